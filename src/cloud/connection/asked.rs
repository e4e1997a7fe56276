//! Whom a request was for, in the error of one that never got there: the SDK's errors say "dns error", but not of which host,
//! and signing in asks other hosts (STS, SSO) than the call that it is for.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;

use crate::model::connection::authority_of;

/// An error of the network with the host that was asked.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Host and port, where the port is not the usual one.
    pub host: String,
    source: BoxError,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "asking {}", self.host)
    }
}

impl Error for Asked {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}

/// The host that was asked in vain, where an error is of the network.
pub(crate) fn host_of_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a str> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(asked) = cause.downcast_ref::<Asked>() {
            return Some(&asked.host);
        }
        next = cause.source();
    }
    None
}

/// A client whose errors name the host.
pub(crate) fn naming(client: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(NamingClient(client))
}

#[derive(Debug)]
struct NamingClient(SharedHttpClient);

impl HttpClient for NamingClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.0.http_connector(settings, components);
        SharedHttpConnector::new(NamingConnector(connector))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        bag: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.validate_base_client_config(components, bag)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        bag: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.validate_final_config(components, bag)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

#[derive(Debug)]
struct NamingConnector(SharedHttpConnector);

impl HttpConnector for NamingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let host = authority_of(request.uri()).to_owned();
        let call = self.0.call(request);
        HttpConnectorFuture::new(async move { call.await.map_err(|error| named(error, host)) })
    }
}

/// The same error with the host in its chain.
fn named(error: ConnectorError, host: String) -> ConnectorError {
    let connection = error.connection_metadata().cloned();
    let (timeout, user, io) = (error.is_timeout(), error.is_user(), error.is_io());
    let kind = error.as_other();
    let source = Box::new(Asked {
        host,
        source: error.into_source(),
    });
    let named = match () {
        () if timeout => ConnectorError::timeout(source),
        () if user => ConnectorError::user(source),
        () if io => ConnectorError::io(source),
        () => ConnectorError::other(source, kind),
    };
    match connection {
        Some(connection) => named.with_connection(connection),
        None => named,
    }
}

//! Whom a connection trusts: the system's certificates, a corporate bundle, or exactly one pinned certificate.

use crate::cloud::connection::asked;
use crate::cloud::connection::chain::{self, Settings, invalid};
use crate::cloud::connection::machine::Machine;
use crate::cloud::connection::pin;
use crate::model::connection::ConnectionSpec;
use crate::model::error::CloudError;
use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The HTTP client of a connection. `local`: the endpoint is on this machine, where no proxy has a place.
///
/// # Errors
/// Where the bundle is missing or holds no certificate.
pub(crate) async fn http_client(
    machine: &Machine,
    spec: &ConnectionSpec,
    settings: &Settings,
    local: bool,
) -> Result<SharedHttpClient, CloudError> {
    Ok(trust(machine, spec, settings, local).await?.client())
}

/// Whom a connection trusts, and how it gets there.
#[derive(Debug, Clone)]
pub(crate) enum Trust {
    /// One certificate.
    Pinned(SharedHttpConnector),
    /// Nothing of this connection is encrypted: the system's certificates need not even be there.
    Plain,
    /// Certificates, through a proxy where one is configured.
    Tls(Box<(TlsContext, ProxyConfig)>),
}

impl Trust {
    /// For the SDK's clients.
    pub(crate) fn client(&self) -> SharedHttpClient {
        asked::naming(match self.clone() {
            Self::Pinned(connector) => http_client_fn(move |_, _| connector.clone()),
            trust => Builder::new().build_with_connector_fn(move |limits, components| {
                trust.connector(limits, components)
            }),
        })
    }

    /// For a signed link, which is fetched without the SDK.
    pub(crate) fn downloads(&self, connect: Duration) -> SharedHttpConnector {
        let limits = HttpConnectorSettings::builder()
            .connect_timeout(connect)
            .build();
        match self {
            Self::Pinned(connector) => connector.clone(),
            trust => SharedHttpConnector::new(trust.connector(Some(&limits), None)),
        }
    }

    fn connector(
        &self,
        limits: Option<&HttpConnectorSettings>,
        components: Option<&RuntimeComponents>,
    ) -> Connector {
        let builder = connector(limits, components);
        match self {
            Self::Tls(with) => builder
                .proxy_config(with.1.clone())
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .tls_context(with.0.clone())
                .build(),
            Self::Pinned(_) | Self::Plain => builder.build_http(),
        }
    }
}

/// Whom a connection trusts. `local`: the endpoint is on this machine, where no proxy has a place.
///
/// # Errors
/// Where the bundle is missing or holds no certificate.
pub(crate) async fn trust(
    machine: &Machine,
    spec: &ConnectionSpec,
    settings: &Settings,
    local: bool,
) -> Result<Trust, CloudError> {
    if let Some(fingerprint) = spec.pinned_certificate.as_ref().filter(|_| local) {
        return Ok(Trust::Pinned(pin::connector(fingerprint).map_err(invalid)?));
    }
    let is_plain = spec
        .endpoint
        .as_deref()
        .is_some_and(|endpoint| endpoint.starts_with("http://"));
    if local && is_plain && spec.profile.is_none() {
        return Ok(Trust::Plain);
    }
    let mut store = TrustStore::default();
    if let Some(path) = bundle_path(machine, spec, settings) {
        for certificate in certificates(machine, &path).await? {
            store.add_pem_certificate(pem(&certificate));
        }
    }
    let context = TlsContext::builder()
        .with_trust_store(store)
        .build()
        .map_err(|error| invalid(error.to_string()))?;
    let proxy = if local {
        ProxyConfig::disabled()
    } else {
        ProxyConfig::from_env()
    };
    Ok(Trust::Tls(Box::new((context, proxy))))
}

/// Whom the client of stages trusts: the system's certificates, and the connection's bundle beside them.
///
/// # Errors
/// Where the bundle is missing or holds no certificate, or the system has none.
pub(crate) async fn client_trust(
    machine: &Machine,
    spec: &ConnectionSpec,
) -> Result<Arc<rustls::ClientConfig>, CloudError> {
    let settings = chain::read_settings(machine, spec).await?;
    let mut roots = rustls::RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if let Some(path) = bundle_path(machine, spec, &settings) {
        roots.add_parsable_certificates(certificates(machine, &path).await?);
    }
    if roots.is_empty() {
        return Err(invalid("This machine has no certificates to trust"));
    }
    let config = rustls::ClientConfig::builder_with_provider(pin::provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| invalid(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn connector(
    limits: Option<&HttpConnectorSettings>,
    components: Option<&RuntimeComponents>,
) -> ConnectorBuilder {
    let mut builder = Connector::builder().enable_tcp_nodelay(true);
    builder.set_connector_settings(limits.cloned());
    builder.set_sleep_impl(
        components
            .and_then(|components| components.sleep_impl())
            .or_else(default_async_sleep),
    );
    builder
}

/// `spec.ca_bundle`, else `AWS_CA_BUNDLE`, else `ca_bundle` of the profile
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html>).
fn bundle_path(machine: &Machine, spec: &ConnectionSpec, settings: &Settings) -> Option<PathBuf> {
    spec.ca_bundle
        .clone()
        .or_else(|| machine.var("AWS_CA_BUNDLE").map(PathBuf::from))
        .or_else(|| settings.profile_key("ca_bundle").map(PathBuf::from))
}

/// The certificates of a bundle. The TLS stack ends the process on one that it can't read, so that they are read here first.
///
/// # Errors
/// Where the file can't be read or holds no certificate that can be used.
pub(crate) async fn certificates(
    machine: &Machine,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, CloudError> {
    let shown = path.display();
    let bytes = machine
        .read_path(path)
        .await
        .map_err(|error| invalid(format!("The CA bundle {shown} can't be read: {error}.")))?;
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        let certificate = certificate.map_err(|error| {
            invalid(format!("The CA bundle {shown} is not valid PEM: {error}."))
        })?;
        if rustls::RootCertStore::empty()
            .add(certificate.clone())
            .is_ok()
        {
            found.push(certificate);
        }
    }
    if found.is_empty() {
        return Err(invalid(format!(
            "The CA bundle {shown} holds no certificate that can be used."
        )));
    }
    Ok(found)
}

/// A certificate as PEM text.
pub(crate) fn pem(certificate: &CertificateDer<'_>) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for (at, c) in text.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            pem.push('\n');
        }
        pem.push(c);
    }
    pem.push_str("\n-----END CERTIFICATE-----\n");
    pem
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;

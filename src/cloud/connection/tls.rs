//! Whom a connection trusts: the system's certificates, a corporate bundle, or exactly one pinned certificate.

use crate::cloud::connection::chain::Settings;
use crate::cloud::connection::machine::Machine;
use crate::model::connection::ConnectionSpec;
use crate::model::error::{CloudError, ErrorKind};
use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};

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
    let mut store = TrustStore::default();
    if let Some(path) = bundle_path(machine, spec, settings) {
        for pem in read_bundle(machine, &path).await? {
            store.add_pem_certificate(pem);
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
    Ok(
        Builder::new().build_with_connector_fn(move |limits, components| {
            let mut builder = Connector::builder()
                .enable_tcp_nodelay(true)
                .proxy_config(proxy.clone());
            builder.set_connector_settings(limits.cloned());
            builder.set_sleep_impl(
                components
                    .and_then(|components| components.sleep_impl())
                    .or_else(default_async_sleep),
            );
            builder
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .tls_context(context.clone())
                .build()
        }),
    )
}

/// `spec.ca_bundle`, else `AWS_CA_BUNDLE`, else `ca_bundle` of the profile
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html>).
fn bundle_path(machine: &Machine, spec: &ConnectionSpec, settings: &Settings) -> Option<PathBuf> {
    spec.ca_bundle
        .clone()
        .or_else(|| machine.var("AWS_CA_BUNDLE").map(PathBuf::from))
        .or_else(|| settings.profile_key("ca_bundle").map(PathBuf::from))
}

/// Every certificate of a bundle as its own PEM text. The TLS stack ends the process on one that it can't read, so that
/// they are read here first.
async fn read_bundle(machine: &Machine, path: &Path) -> Result<Vec<Vec<u8>>, CloudError> {
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
        let text = pem(&certificate).into_bytes();
        if rustls::RootCertStore::empty().add(certificate).is_ok() {
            found.push(text);
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

fn invalid(message: String) -> CloudError {
    CloudError::local("Connect", ErrorKind::Invalid, message)
}

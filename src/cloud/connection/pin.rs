//! One certificate, trusted by its fingerprint and for one endpoint: for servers on this machine that make their own.
//!
//! The fingerprint takes the place of the chain and of the name: whoever holds this very certificate's key is meant, and
//! nobody else, which is more than a certificate authority would promise. Handshake signatures are verified as always.

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::rt::TokioExecutor;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;

/// The SHA-256 of a certificate as lower-case hexadecimal digits.
pub(crate) fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = Sha256::digest(certificate);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A fingerprint as people compare it: `AB:CD:…`.
pub fn shown(fingerprint: &str) -> String {
    let upper = fingerprint.to_ascii_uppercase();
    let pairs: Vec<&str> = (0..upper.len())
        .step_by(2)
        .filter_map(|at| upper.get(at..at + 2))
        .collect();
    pairs.join(":")
}

/// A connector that talks to whoever shows the certificate of this fingerprint.
pub(crate) fn connector(fingerprint: &str) -> Result<SharedHttpConnector, String> {
    let config = pinned_config(fingerprint)?;
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_only()
        .enable_http1()
        .build();
    let client = Client::builder(TokioExecutor::new()).build(https);
    Ok(SharedHttpConnector::new(PinnedConnector { client }))
}

/// The same for a connection that is made by hand.
pub(crate) fn trust(fingerprint: &str) -> Result<Arc<ClientConfig>, String> {
    pinned_config(fingerprint).map(Arc::new)
}

fn pinned_config(fingerprint: &str) -> Result<ClientConfig, String> {
    let verifier = Pinned {
        fingerprint: without_signs(fingerprint),
        provider: provider(),
    };
    client_config(Arc::new(verifier))
}

fn without_signs(fingerprint: &str) -> String {
    fingerprint
        .chars()
        .filter(char::is_ascii_hexdigit)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn client_config(verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, String> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(config)
}

#[derive(Debug)]
struct Pinned {
    fingerprint: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if fingerprint(end_entity) == self.fingerprint {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::General(
                "the endpoint shows another certificate than the trusted one".into(),
            ))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[derive(Debug)]
struct PinnedConnector {
    client: Client<HttpsConnector<Tcp>, SdkBody>,
}

impl HttpConnector for PinnedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.client.clone();
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let response = client
                .request(request)
                .await
                .map_err(|error| ConnectorError::io(error.into()))?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What a server showed in a handshake: its own certificate first.
pub(crate) struct Shown {
    chain: Vec<CertificateDer<'static>>,
}

impl Shown {
    /// The fingerprint of the server's own certificate.
    pub(crate) fn fingerprint(&self) -> Option<String> {
        self.chain.first().map(fingerprint)
    }

    /// Whether these certificates vouch for it, by name.
    pub(crate) fn is_vouched_for_by(
        &self,
        roots: Vec<CertificateDer<'static>>,
        host: &str,
    ) -> bool {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots);
        let Some((own, rest)) = self.chain.split_first() else {
            return false;
        };
        let Ok(name) = ServerName::try_from(host.to_owned()) else {
            return false;
        };
        WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider())
            .build()
            .is_ok_and(|verifier| {
                verifier
                    .verify_server_cert(own, rest, &name, &[], UnixTime::now())
                    .is_ok()
            })
    }
}

/// Shakes hands with a server, says nothing, and tells what it showed. None where no TLS is spoken in time.
pub(crate) async fn look(port: u16, most: Duration) -> Option<Shown> {
    let recorder = Arc::new(Recorder {
        chain: Mutex::default(),
        inner: Pinned {
            fingerprint: String::new(),
            provider: provider(),
        },
    });
    let config = client_config(recorder.clone()).ok()?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let name = ServerName::try_from("localhost").ok()?;
    let shaken = async {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        // The recorder refuses every certificate once it has it: this connection is for looking only.
        let _refused = connector.connect(name, stream).await;
        Some(())
    };
    tokio::time::timeout(most, shaken).await.ok()??;
    let chain = std::mem::take(&mut *recorder.lock());
    (!chain.is_empty()).then_some(Shown { chain })
}

#[derive(Debug)]
struct Recorder {
    chain: Mutex<Vec<CertificateDer<'static>>>,
    inner: Pinned,
}

impl Recorder {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<CertificateDer<'static>>> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut chain = vec![end_entity.clone().into_owned()];
        chain.extend(intermediates.iter().map(|c| c.clone().into_owned()));
        *self.lock() = chain;
        Err(Error::General("only looking".into()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

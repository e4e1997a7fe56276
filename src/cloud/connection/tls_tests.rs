#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::cloud::connection::pin;
use crate::cloud::error::from_sdk;
use crate::cloud::testing::{Certificate, Reply, Server};
use crate::cloud::{Cloud, Hooks};
use crate::model::connection::ConnectionSpec;
use crate::model::error::{CloudError, ErrorKind};
use std::time::Duration;

async fn list(spec: ConnectionSpec, machine: Machine) -> Result<(), CloudError> {
    let cloud = Cloud::on(machine, spec, Hooks::quiet());
    let client = cloud.lambda().await?;
    let one = aws_sdk_lambda::config::retry::RetryConfig::disabled();
    let call = client
        .list_functions()
        .customize()
        .config_override(aws_sdk_lambda::config::Config::builder().retry_config(one));
    let answer = call.send().await;
    answer
        .map(|_| ())
        .map_err(|e| from_sdk("ListFunctions", "", e))
}

fn server(certificate: Certificate) -> Server {
    Server::start_tls(certificate, |_, _| Reply::json(200, r#"{"Functions":[]}"#))
}

fn spec(server: &Server) -> ConnectionSpec {
    ConnectionSpec::of_discovered("tls", &server.endpoint)
}

fn port(server: &Server) -> u16 {
    let port = server.endpoint.rsplit(':').next().unwrap();
    port.parse().unwrap()
}

fn bundle(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.pem");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

#[tokio::test]
async fn a_certificate_of_the_bundle_is_trusted_and_an_unknown_one_is_not() {
    let server = server(Certificate::Signed);
    let error = list(spec(&server), Machine::of(&[], &[]))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network);
    assert!(error.message.contains("not trusted"), "{error:?}");

    let (_folder, path) = bundle(include_str!("testdata/ca.pem"));
    let by_spec = ConnectionSpec {
        ca_bundle: Some(path.clone()),
        ..spec(&server)
    };
    list(by_spec, Machine::with_real_files(&[])).await.unwrap();

    let by_variable = [("AWS_CA_BUNDLE", path.to_str().unwrap())];
    let machine = Machine::with_real_files(&by_variable);
    list(spec(&server), machine).await.unwrap();
}

#[tokio::test]
async fn a_bundle_that_holds_nothing_is_named() {
    for (text, said) in [
        ("no certificate at all", "holds no certificate"),
        (
            "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
            "not valid PEM",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "holds no certificate",
        ),
    ] {
        let (_folder, path) = bundle(text);
        let spec = ConnectionSpec {
            ca_bundle: Some(path.clone()),
            ..ConnectionSpec::of_discovered("x", "https://127.0.0.1:9")
        };
        let error = list(spec, Machine::with_real_files(&[])).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Configuration);
        assert!(error.message.contains(said), "{}", error.message);
        assert!(error.message.contains("bundle.pem"));
    }
    let spec = ConnectionSpec {
        ca_bundle: Some("/nowhere/b.pem".into()),
        ..ConnectionSpec::of_discovered("x", "https://127.0.0.1:9")
    };
    let error = list(spec, Machine::with_real_files(&[])).await.unwrap_err();
    assert!(
        error.message.contains("/nowhere/b.pem"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn exactly_the_pinned_certificate_is_trusted_whatever_name_it_bears() {
    let server = server(Certificate::SelfSigned);
    let shown = pin::look(port(&server), Duration::from_secs(2))
        .await
        .unwrap();
    let fingerprint = shown.fingerprint().unwrap();
    let pinned = |fingerprint: &str| ConnectionSpec {
        pinned_certificate: Some(fingerprint.to_owned()),
        ..spec(&server)
    };
    list(pinned(&fingerprint), Machine::of(&[], &[]))
        .await
        .unwrap();
    // As people write it down.
    let written = pin::shown(&fingerprint);
    list(pinned(&written), Machine::of(&[], &[])).await.unwrap();

    let other = format!("00{}", &fingerprint[2..]);
    let error = list(pinned(&other), Machine::of(&[], &[]))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network);
    assert!(error.message.contains("not trusted"), "{error:?}");
}

#[tokio::test]
async fn a_pin_counts_on_this_machine_only() {
    let spec = ConnectionSpec {
        region: Some("eu-west-1".into()),
        pinned_certificate: Some("00".repeat(32)),
        ..ConnectionSpec::of_endpoint("far", "https://lambda.example.com")
    };
    let machine = Machine::of(&[], &[]);
    let settings = crate::cloud::connection::chain::read_settings(&machine, &spec)
        .await
        .unwrap();
    let far = http_client(&machine, &spec, &settings, false)
        .await
        .unwrap();
    let near = http_client(&machine, &spec, &settings, true).await.unwrap();
    assert!(format!("{near:?}").contains("ConnectorFn"), "{near:?}");
    assert!(!format!("{far:?}").contains("ConnectorFn"), "{far:?}");
}

#[test]
fn a_fingerprint_is_shown_in_pairs() {
    assert_eq!(pin::shown("ab01ff"), "AB:01:FF");
}

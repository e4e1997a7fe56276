#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use super::*;
use crate::cloud::Hooks;
use crate::cloud::connection::machine::Machine;
use crate::cloud::testing::{Reply, Server};
use crate::model::connection::ConnectionSpec;

fn at(server: &Server) -> Cloud {
    let spec = ConnectionSpec::of_endpoint("local", &server.endpoint);
    Cloud::on(Machine::of(&[], &[]), spec, Hooks::quiet())
}

async fn fetch(server: &Server, path: &str) -> (Result<Vec<u8>, CloudError>, Progress) {
    let progress = Progress::new(Arc::new(|| {}));
    let link = Secret::new(format!("{}{path}", server.endpoint));
    let cloud = at(server);
    let bytes = download(&cloud, "Download", "f", &link, &progress).await;
    (bytes, progress)
}

#[tokio::test]
async fn a_link_is_fetched_without_credentials_and_counted() {
    let package = vec![7u8; 300_000];
    let sent = package.clone();
    let server = Server::start(move |_, _| Reply::Http(200, Vec::new(), sent.clone()));
    let (bytes, progress) = fetch(&server, "/code?X-Amz-Signature=s3cret").await;
    assert_eq!(bytes.unwrap(), package);
    assert_eq!(progress.amount(), (300_000, 300_000));
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].header("authorization").is_none());
}

#[tokio::test]
async fn a_link_that_ran_out_says_so_and_is_not_repeated_in_the_error() {
    let server = Server::start(|_, _| {
        let body = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
        Reply::xml(403, body)
    });
    let (error, _) = fetch(&server, "/code?X-Amz-Signature=s3cret").await;
    let error = error.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Permission { .. }));
    assert!(error.message.contains("Request has expired"), "{error}");
    assert!(!error.report().contains("s3cret"));
}

#[tokio::test]
async fn a_transfer_that_breaks_off_is_an_error_and_not_half_a_package() {
    let server = Server::start(|_, _| Reply::DropMidBody);
    let (error, _) = fetch(&server, "/code?X-Amz-Signature=s3cret").await;
    let error = error.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network);
    assert!(error.message.contains("broke after"), "{error}");
    assert!(!error.report().contains("s3cret"));
}

#[tokio::test]
async fn what_is_too_large_is_not_even_begun() {
    let server = Server::start(|_, _| {
        let length = (MOST_BYTES + 1).to_string();
        Reply::Http(200, vec![("content-length", length)], Vec::new())
    });
    let (error, _) = fetch(&server, "/code").await;
    let error = error.unwrap_err();
    assert!(error.message.contains("300 MB"), "{error}");
}

#[tokio::test]
async fn an_address_that_nobody_listens_at_is_told_without_the_link() {
    let server = Server::start(|_, _| Reply::Close);
    let progress = Progress::new(Arc::new(|| {}));
    let link = Secret::new("http://127.0.0.1:9/code?X-Amz-Signature=s3cret");
    let error = download(&at(&server), "Download", "f", &link, &progress).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network);
    assert!(!error.report().contains("s3cret"), "{}", error.report());
}

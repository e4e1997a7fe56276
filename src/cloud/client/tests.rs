#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::cloud::Hooks;
use crate::cloud::connection::machine::Machine;
use crate::cloud::testing::{Certificate, Reply, Server};
use crate::model::client::answer::Timings;
use crate::model::client::resolve::{Values, resolve};
use crate::model::client::{Auth, Field, Request};
use crate::model::connection::ConnectionSpec;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;

fn prepared(base: &str, request: &Request) -> Prepared {
    let secrets = BTreeMap::from([("partner".to_owned(), Secret::new("hunter2"))]);
    let values = Values {
        stage_url: Some(base),
        variables: &BTreeMap::new(),
        secrets: &secrets,
        made: &|_| None,
    };
    resolve(request, &values).unwrap()
}

fn get(base: &str, path: &str) -> Prepared {
    let request = Request {
        url: path.into(),
        ..Request::default()
    };
    prepared(base, &request)
}

fn cloud(spec: ConnectionSpec) -> Cloud {
    let vars = [
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
        ("AWS_SESSION_TOKEN", "session"),
    ];
    Cloud::on(Machine::with_real_files(&vars), spec, Hooks::quiet())
}

fn here(server: &Server) -> Cloud {
    cloud(ConnectionSpec::of_endpoint("test", &server.endpoint))
}

async fn sent(request: &Prepared, cloud: &Cloud) -> Sent {
    within(request, cloud, Duration::from_secs(60)).await
}

async fn within(request: &Prepared, cloud: &Cloud, longest: Duration) -> Sent {
    let progress = Progress::new(Arc::new(|| {}));
    send(request, cloud, &progress, longest).await.unwrap()
}

fn failure(sent: Sent) -> Failure {
    sent.result.expect_err("it failed")
}

#[tokio::test]
async fn what_was_written_goes_out_and_what_comes_back_is_told_with_its_times() {
    let server = Server::start(|_, _| Reply::json(201, "{\"a\": 1}").with("x-odd", "ä"));
    let request = prepared(
        &server.endpoint,
        &Request {
            method: "POST".into(),
            url: "//a%2Fb/c d".into(),
            query: vec![Field::new("q", "1 +2"), Field::new("q", "é")],
            headers: vec![Field::new("X-One", "1"), Field::new("x-one", "2")],
            body: "{}".into(),
            auth: Auth::ApiKey("partner".into()),
            ..Request::default()
        },
    );
    let sent = sent(&request, &here(&server)).await;
    let seen = &server.seen()[0];
    assert_eq!(
        (seen.method.as_str(), seen.body.as_slice()),
        ("POST", b"{}".as_slice())
    );
    assert_eq!(seen.path, "//a%2Fb/c%20d?q=1%20+2&q=%C3%A9");
    let ones: Vec<_> = seen
        .headers
        .iter()
        .filter(|(name, _)| name == "x-one")
        .collect();
    assert_eq!(ones.len(), 2, "{:?}", seen.headers);
    assert_eq!(seen.header("x-api-key"), Some("hunter2"));
    assert_eq!(seen.header("content-length"), Some("2"));
    assert_eq!(
        seen.header("host").unwrap(),
        server.endpoint.strip_prefix("http://").unwrap()
    );
    let shown = format!("{sent:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    let answer = sent.result.unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (201, "{\"a\": 1}"));
    assert_eq!(answer.request_id(), Some("11111111-2222"));
    let Timings {
        dns,
        connect,
        tls,
        wait,
        download,
    } = answer.timings;
    assert!(dns.is_some() && connect.is_some() && wait.is_some() && download.is_some());
    assert_eq!(tls, None);
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let server =
        Server::start(|_, _| Reply::Http(302, vec![("location", "/elsewhere".into())], Vec::new()));
    let sent = sent(&get(&server.endpoint, "/x"), &here(&server)).await;
    assert_eq!(sent.result.unwrap().redirect(), Some("/elsewhere"));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_at_the_step_that_it_hangs_in() {
    let server = Server::start(|_, _| Reply::Hang);
    let longest = Duration::from_millis(400);
    let failure = failure(within(&get(&server.endpoint, "/x"), &here(&server), longest).await);
    assert_eq!(failure.step, Step::Wait);
    assert_eq!(failure.text, "No answer came within 0.4 s");
    assert!(
        failure.timings.wait.unwrap() >= 300.0,
        "{:?}",
        failure.timings
    );
}

#[tokio::test]
async fn a_server_that_breaks_off_is_told_from_one_that_says_nothing() {
    let server = Server::start(|_, seen| match seen.path.as_str() {
        "/half" => Reply::DropMidBody,
        _ => Reply::Close,
    });
    let cloud = here(&server);
    let half = failure(sent(&get(&server.endpoint, "/half"), &cloud).await);
    assert_eq!(half.step, Step::Download);
    assert_eq!(half.text, "The answer broke off after 35 bytes of its body");
    let closed = failure(sent(&get(&server.endpoint, "/none"), &cloud).await);
    assert_eq!(closed.step, Step::Wait);
    assert_eq!(
        closed.text,
        "The connection was closed before an answer came"
    );
    // It is never sent a second time by itself.
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_a_name_that_nobody_has_are_told() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let cloud = cloud(ConnectionSpec::default());
    let refused = failure(sent(&get(&format!("http://a.localhost:{port}"), "/"), &cloud).await);
    assert_eq!(refused.step, Step::Connect);
    assert!(
        refused
            .text
            .starts_with(&format!("a.localhost:{port} refuses the connection")),
        "{}",
        refused.text
    );
    // A name under .invalid never has an address (RFC 6761).
    let unknown = failure(sent(&get("https://k3v9qp2xw1.invalid", "/"), &cloud).await);
    assert_eq!(unknown.step, Step::Dns);
    assert!(
        unknown.text.contains("k3v9qp2xw1.invalid"),
        "{}",
        unknown.text
    );
}

#[tokio::test]
async fn a_certificate_is_trusted_by_the_connections_bundle_and_refused_without() {
    let server = Server::start_tls(Certificate::Signed, |_, _| Reply::json(200, "{}"));
    let bundle = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/cloud/connection/testdata/ca.pem"
    ));
    let base = server.endpoint.replace("127.0.0.1", "localhost");
    let trusting = cloud(ConnectionSpec {
        ca_bundle: Some(bundle),
        ..ConnectionSpec::default()
    });
    let good = sent(&get(&base, "/x"), &trusting).await;
    let answer = good.result.expect("the bundle vouches for it");
    assert!(answer.timings.tls.is_some());
    let refused = failure(sent(&get(&base, "/x"), &cloud(ConnectionSpec::default())).await);
    assert_eq!(refused.step, Step::Tls);
    assert_eq!(
        refused.text,
        "Nobody whom this machine trusts vouches for the certificate of localhost"
    );
    let plain = server.endpoint.replace("https://", "http://");
    let other = failure(sent(&get(&plain, "/x"), &trusting).await);
    assert_eq!(other.step, Step::Wait, "{other:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_told_as_that() {
    // A client hello holds no empty line, so that the server says what it says to anybody.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let sent = sent(
        &get(&format!("https://localhost:{port}"), "/"),
        &cloud(ConnectionSpec::default()),
    )
    .await;
    let failure = failure(sent);
    assert_eq!(failure.step, Step::Tls);
    assert_eq!(failure.text, "localhost does not speak TLS on this port");
}

#[tokio::test]
async fn a_body_longer_than_the_limit_is_cut_and_told() {
    let server = Server::start(|_, _| Reply::Http(200, Vec::new(), vec![b'a'; MOST_BYTES + 5]));
    let sent = sent(&get(&server.endpoint, "/x"), &here(&server)).await;
    let answer = sent.result.unwrap();
    assert_eq!((answer.body.len(), answer.cut), (MOST_BYTES, true));
}

#[tokio::test]
async fn a_signed_request_shows_its_date_and_nothing_that_proves_it() {
    let server = Server::start(|_, _| Reply::json(200, "{}"));
    let request = prepared(
        &server.endpoint,
        &Request {
            auth: Auth::SigV4,
            ..Request::default()
        },
    );
    let sent = sent(&request, &here(&server)).await;
    let seen = &server.seen()[0];
    let authorization = seen.header("authorization").unwrap();
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"),
        "{authorization}"
    );
    assert!(
        authorization.contains("/us-east-1/execute-api/aws4_request"),
        "{authorization}"
    );
    assert_eq!(seen.header("x-amz-security-token"), Some("session"));
    let added = &sent.headers[sent.headers.len() - sent.added..];
    let names: Vec<_> = added.iter().map(|(name, _)| name.as_str()).collect();
    for name in ["authorization", "x-amz-date", "x-amz-security-token"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let shown = format!("{sent:?}");
    assert!(
        !shown.contains("Signature=") && !shown.contains("\"session\""),
        "{shown}"
    );
}

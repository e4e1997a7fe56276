#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::cloud::testing::{Certificate, Reply, Server};
use std::time::Instant;

fn nowhere() -> Places {
    Places {
        stacks: Vec::new(),
        moto: Vec::new(),
        emulator: Vec::new(),
        registry: None,
        emulator_files: None,
    }
}

fn port(server: &Server) -> u16 {
    server.endpoint.rsplit(':').next().unwrap().parse().unwrap()
}

async fn at(places: Places) -> Vec<Found> {
    discover_at(&Machine::with_real_files(&[]), places).await
}

/// A server that answers one path with JSON and all others as S3 would.
fn answering(path: &'static str, body: &'static str) -> Server {
    Server::start(move |_, seen| {
        if seen.path == path {
            Reply::json(200, body)
        } else {
            Reply::xml(404, "<Error><Code>NoSuchBucket</Code></Error>")
        }
    })
}

#[tokio::test]
async fn each_server_is_known_by_its_own_path() {
    let sandbox = answering(
        "/_sekisho/health",
        r#"{"service":"sekisho-sandbox","version":"0.1.0"}"#,
    );
    // As ministack 1.5 answers, on both paths.
    let mini = Server::start(|_, seen| match seen.path.as_str() {
        "/_ministack/health" | "/_localstack/health" => Reply::json(
            200,
            r#"{"services":{"s3":"available"},"edition":"light","version":"1.5.33"}"#,
        ),
        _ => Reply::json(404, r#"{"error":"unknown"}"#),
    });
    let localstack = answering(
        "/_localstack/health",
        r#"{"services":{"lambda":"available"},"edition":"community","version":"4.1.0"}"#,
    );
    // As moto 5.2 answers, with 201.
    let moto = Server::start(|_, seen| match seen.path.as_str() {
        "/moto-api/config" => Reply::json(201, r#"{"batch": {"use_docker": true}}"#),
        _ => Reply::json(404, "{}"),
    });
    let found = at(Places {
        stacks: vec![port(&sandbox), port(&mini), port(&localstack)],
        moto: vec![port(&moto)],
        ..nowhere()
    })
    .await;
    let kinds: Vec<_> = found.iter().map(|f| f.kind).collect();
    use EndpointKind::{LocalStack, MiniStack, Moto, Sandbox};
    assert_eq!(kinds, [Sandbox, LocalStack, MiniStack, Moto]);
    assert_eq!(found[0].version.as_deref(), Some("0.1.0"));
    assert_eq!(found[0].spec.endpoint.as_ref(), Some(&sandbox.endpoint));
    assert!(found.iter().all(|f| f.spec.discovered && !f.needs_trust));
    assert!(found.iter().all(|f| !f.spec.read_only));
}

#[tokio::test]
async fn a_stranger_on_the_port_is_not_taken_for_any_of_them() {
    let stranger = Server::start(|_, _| Reply::json(200, r#"{"status":"ok"}"#));
    let page = Server::start(|_, _| Reply::Http(200, vec![], b"<html>{}</html>".to_vec()));
    let places = Places {
        stacks: vec![port(&stranger), port(&page)],
        ..nowhere()
    };
    assert_eq!(at(places).await, []);
}

#[tokio::test]
async fn silence_costs_no_more_than_the_limit() {
    let silent = Server::start(|_, _| Reply::Hang);
    let began = Instant::now();
    let places = Places {
        stacks: vec![port(&silent)],
        moto: vec![port(&silent)],
        emulator: vec![port(&silent)],
        ..nowhere()
    };
    assert_eq!(at(places).await, []);
    assert!(began.elapsed() < MOST * 4, "{:?}", began.elapsed());
}

#[tokio::test]
async fn sandboxes_are_found_where_they_left_their_endpoint_and_dead_or_foreign_ones_are_not() {
    let alive = answering("/_sekisho/health", r#"{"service":"sekisho-sandbox"}"#);
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("sekisho");
    let mut closed = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut closed, 0o700);
    closed.create(&folder).unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
    };
    write(
        &format!("sandbox-{}.json", std::process::id()),
        &format!(r#"{{"endpoint":"{}"}}"#, alive.endpoint),
    );
    write(
        "sandbox-4294967295.json",
        r#"{"endpoint":"http://127.0.0.1:2"}"#,
    );
    let registry = Registry {
        folder,
        processes: "/proc".into(),
    };
    let found = at(Places {
        registry: Some(registry),
        stacks: vec![port(&alive)],
        ..nowhere()
    })
    .await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].endpoint, alive.endpoint);
    assert_eq!(found[0].spec.region.as_deref(), Some("us-east-1"));
}

#[tokio::test]
async fn an_emulator_whose_files_vouch_for_it_is_connected_to_with_the_keys_it_wrote() {
    let server = Server::start_tls(Certificate::Signed, |_, seen| {
        let signed = seen.header("authorization").unwrap_or_default();
        if signed.contains("Credential=EMULATORKEY/") {
            Reply::json(200, r#"{"Functions":[]}"#)
        } else {
            Reply::error(403, "InvalidClientTokenId", "not of this run")
        }
    });
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(port(&server).to_string());
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("ca.pem"), include_str!("testdata/ca.pem")).unwrap();
    std::fs::write(
        folder.join("emulator_credentials"),
        "[default]\naws_access_key_id = EMULATORKEY\naws_secret_access_key = s\n",
    )
    .unwrap();
    // Not by its usual port, but by its folder.
    let found = at(Places {
        emulator_files: Some(home.path().to_owned()),
        ..nowhere()
    })
    .await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, EndpointKind::AwsEmulator);
    assert!(!found[0].needs_trust);
    let real = [
        ("AWS_ACCESS_KEY_ID", "AKIAREAL"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
    ];
    let machine = Machine::with_real_files(&real);
    let spec = found[0].spec.clone();
    let cloud = crate::cloud::Cloud::on(machine, spec, crate::cloud::Hooks::quiet());
    let client = cloud.lambda().await.unwrap();
    client.list_functions().send().await.unwrap();
    assert!(!format!("{:?}", server.seen()).contains("AKIAREAL"));
}

#[tokio::test]
async fn a_certificate_that_nothing_vouches_for_is_reported_with_its_fingerprint() {
    let server = Server::start_tls(Certificate::SelfSigned, |_, _| {
        Reply::json(200, r#"{"Functions":[]}"#)
    });
    let found = at(Places {
        emulator: vec![port(&server)],
        ..nowhere()
    })
    .await;
    assert_eq!(found.len(), 1);
    assert!(found[0].needs_trust);
    assert_eq!(found[0].spec.ca_bundle, None);
    assert!(server.seen().is_empty(), "only a handshake");
    let spec = found[0].trusted();
    let cloud = crate::cloud::Cloud::on(Machine::of(&[], &[]), spec, crate::cloud::Hooks::quiet());
    let client = cloud.lambda().await.unwrap();
    client.list_functions().send().await.unwrap();
}

#[test]
fn answers_are_read_whole_and_in_chunks_and_bad_ones_not() {
    let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
    assert_eq!(json_of(whole).unwrap()["a"], 1);
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n";
    assert_eq!(json_of(chunked).unwrap()["a"], 1);
    assert_eq!(json_of(b"HTTP/1.1 404 X\r\n\r\n{\"a\":1}"), None);
    assert_eq!(json_of(b"SSH-2.0-OpenSSH"), None);
}

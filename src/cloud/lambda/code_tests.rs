#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::cloud::connection::machine::Machine;
use crate::cloud::{Hooks, Limits};
use crate::model::connection::ConnectionSpec;
use crate::model::package::{Source, Watch};

fn impatient(endpoint: &str) -> Arc<Cloud> {
    let spec = ConnectionSpec::of_endpoint("local", endpoint);
    let mut cloud = Cloud::on(Machine::of(&[], &[]), spec, Hooks::quiet());
    cloud.limits = Limits {
        connect: Duration::from_millis(500),
        read_attempt: Duration::from_millis(2_000),
        attempts: 3,
        longest_wait: Duration::from_millis(20),
        paced: false,
    };
    Arc::new(cloud)
}

fn upload(sha_before: &str) -> UploadCode {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("app.py", options).unwrap();
    zip.write_all(&vec![b'#'; 4 << 20]).unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    let mut watch = Watch {
        cancel: &AtomicBool::new(false),
        progress: &mut |_| {},
    };
    let package = Package::open(Source::Bytes(bytes.into()), &mut watch).unwrap();
    UploadCode {
        function: Arc::new(Function {
            name: "f".into(),
            arn: "arn:aws:lambda:us-east-1:1:function:f".into(),
            code_sha256: sha_before.into(),
            revision_id: Some("r-1".into()),
            ..Function::default()
        }),
        package: Arc::new(package),
        path: "/tmp/f.zip".into(),
        changes: "1 changed".into(),
        publish: None,
        architecture: None,
        via: None,
        dry_run: false,
        keep: None,
        context: CliContext::default(),
    }
}

/// Answers reads with the function `answer` gives, and breaks every upload in its middle; counts the uploads.
fn breaking(answer: &'static str, refuse_second: bool) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let uploads = Arc::new(AtomicUsize::new(0));
    let count = uploads.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut piece = vec![0; 64 * 1024];
            let read = stream.read(&mut piece).unwrap_or(0);
            let is_upload = piece[..read].starts_with(b"PUT ");
            let number = if is_upload {
                count.fetch_add(1, Ordering::SeqCst)
            } else {
                0
            };
            if is_upload && !(refuse_second && number > 0) {
                continue;
            }
            let (status, kind, body) = match is_upload {
                false => ("200 OK", "", answer),
                true => (
                    "412 Precondition Failed",
                    "x-amzn-errortype: PreconditionFailedException\r\n",
                    r#"{"Message":"The Revision Id provided does not match the latest Revision Id."}"#,
                ),
            };
            while is_upload
                && stream
                    .set_read_timeout(Some(Duration::from_millis(200)))
                    .is_ok()
            {
                if !matches!(stream.read(&mut piece), Ok(1..)) {
                    break;
                }
            }
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\n{kind}content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            let _gone = stream.write_all(head.as_bytes());
        }
    });
    (address, uploads)
}

async fn apply(cloud: Arc<Cloud>, action: UploadCode) -> Result<Applied, CloudError> {
    let progress = Arc::new(Progress::new(Arc::new(|| {})));
    Arc::new(action).apply(cloud, progress).await
}

#[tokio::test]
async fn a_connection_that_drops_in_the_middle_of_an_upload_is_told_clearly() {
    let answer = r#"{"FunctionName":"f","CodeSha256":"old","RevisionId":"r-1","State":"Active"}"#;
    let (endpoint, uploads) = breaking(answer, false);
    let action = upload("old");
    let error = apply(impatient(&endpoint), action).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Network, "{error:?}");
    assert_eq!(error.operation, "UpdateFunctionCode");
    assert!(!error.message.is_empty());
    assert_eq!(uploads.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_retry_that_finds_its_own_package_there_has_arrived() {
    // What the first attempt deployed before its connection broke is what the reads after it see; the revision that the
    // person saw is checked against the read before, so both are the same here.
    let action = upload("old");
    let sha = action.package.code_sha256.clone();
    let old = r#"{"FunctionName":"f","CodeSha256":"old","RevisionId":"r-1","State":"Active"}"#;
    let new = format!(
        r#"{{"FunctionName":"f","CodeSha256":"{sha}","RevisionId":"r-2","State":"Active"}}"#
    );
    let server = crate::cloud::testing::Server::start(move |number, seen| {
        use crate::cloud::testing::Reply;
        match (seen.method.as_str(), number) {
            ("PUT", 1) => Reply::Close,
            ("PUT", _) => Reply::error(412, "PreconditionFailedException", "Revision Id"),
            (_, 0) => Reply::json(200, old),
            _ => Reply::json(200, &new),
        }
    });
    let applied = apply(impatient(&server.endpoint), action).await.unwrap();
    let uploaded = applied.output::<Uploaded>().unwrap();
    assert_eq!(uploaded.function.code_sha256, sha);
}

#[tokio::test]
async fn a_revision_that_is_refused_by_the_service_is_a_conflict() {
    let answer = r#"{"FunctionName":"f","CodeSha256":"old","RevisionId":"r-1","State":"Active"}"#;
    let (endpoint, _) = breaking(answer, true);
    let error = apply(impatient(&endpoint), upload("old"))
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind, ErrorKind::Conflict, "{error:?}");
}

#[test]
fn the_plan_shows_what_is_there_and_what_will_be() {
    let mut action = upload("old=");
    action.publish = Some("now with orders".into());
    action.architecture = Some(Architecture::Arm64);
    let plan = action.plan();
    let fields: Vec<&str> = plan
        .differences
        .iter()
        .map(|row| row.field.as_str())
        .collect();
    assert_eq!(
        fields,
        [
            "CodeSha256",
            "CodeSize",
            "Files",
            "Architectures",
            "New version"
        ]
    );
    assert!(plan.cli.contains("--revision-id r-1"), "{}", plan.cli);
    assert!(
        plan.cli.contains("--description 'now with orders'"),
        "{}",
        plan.cli
    );
}

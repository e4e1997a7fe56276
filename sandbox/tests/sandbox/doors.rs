//! Who gets in: foreign hosts, pages in browsers, other users of the machine, signatures from elsewhere; on every service and
//! with every method, through real sockets.

use crate::support::{Live, config, package};
use aws_sdk_lambda::config::Credentials;
use sekisho_sandbox::{Options, runtime::roomy_directory};
use std::{
    net::{IpAddr, SocketAddr},
    path::Path,
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
};

const METHODS: [&str; 8] = [
    "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "BREW",
];

/// An address of every service and of the sandbox itself: the service that the signature names, and the path.
const PLACES: [(&str, &str); 11] = [
    ("lambda", "/2015-03-31/functions/"),
    ("lambda", "/2015-03-31/functions/f/invocations"),
    ("iam", "/?Action=ListRoles&Version=2010-05-08"),
    ("sts", "/?Action=GetCallerIdentity&Version=2011-06-15"),
    ("s3", "/bucket/key"),
    ("logs", "/"),
    (
        "monitoring",
        "/service/GraniteServiceVersion20100801/operation/ListMetrics",
    ),
    ("tagging", "/"),
    ("quantum", "/quantum"),
    ("", "/_sekisho/health"),
    (
        "",
        "/_sekisho/packages/00000000-0000-4000-8000-000000000000",
    ),
];

fn signed(service: &str) -> String {
    format!(
        "authorization: AWS4-HMAC-SHA256 Credential=AKIDANY/20261127/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n"
    )
}

fn address(live: &Live) -> String {
    let endpoint = live.sandbox.endpoint();
    endpoint.strip_prefix("http://").unwrap().to_owned()
}

/// What comes back to a request that is sent as it is: status, head in lower case, body. Half of the line is closed after it.
pub async fn raw(address: &str, request: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    // A server that closes with something unread resets the line; what it said before counts.
    while let Ok(Ok(read @ 1..)) =
        tokio::time::timeout(Duration::from_secs(60), stream.read(&mut piece)).await
    {
        answer.extend_from_slice(&piece[..read]);
    }
    let text = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
    (
        status.unwrap_or_else(|| panic!("no answer to {request}: {text}")),
        head.to_ascii_lowercase(),
        body.to_owned(),
    )
}

/// A request that announces a body and never sends it: whoever answers it has not read the body.
fn request(method: &str, host: &str, (service, path): (&str, &str), more: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\n{}content-type: text/plain\r\ncontent-length: 100\r\n{more}\r\n",
        signed(service)
    )
}

fn assert_refused(what: &str, status: u16, (wanted, code): (u16, &str), head: &str) {
    assert_eq!(status, wanted, "{what}: {head}");
    assert!(
        head.contains(&format!("x-amzn-errortype: {code}")),
        "{what}: {head}"
    );
    assert!(!head.contains("access-control-"), "{what}: {head}");
    assert!(head.contains("connection: close"), "{what}: {head}");
}

const DENIED: (u16, &str) = (403, "accessdeniedexception");
const BAD: (u16, &str) = (400, "badrequest");

#[tokio::test]
async fn a_foreign_host_is_refused_by_every_service_and_method() {
    let live = Live::start().await;
    let address = address(&live);
    for place in PLACES {
        for method in METHODS {
            for host in ["attacker.example", "attacker.example:4566", "0.0.0.0"] {
                let what = format!("{method} {} {host}", place.1);
                let (status, head, body) = raw(&address, &request(method, host, place, "")).await;
                assert_refused(&what, status, DENIED, &head);
                assert_eq!(body.contains("--host"), method != "HEAD", "{what}: {body}");
            }
        }
    }
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn a_request_names_one_host_and_its_target_the_same() {
    let live = Live::start().await;
    let address = address(&live);
    let port = address.rsplit_once(':').unwrap().1;
    for place in PLACES {
        let auth = signed(place.0);
        let path = place.1;
        for (start, hosts, refusal) in [
            (format!("GET {path} HTTP/1.1"), String::new(), BAD),
            (format!("GET {path} HTTP/1.0"), String::new(), BAD),
            (format!("GET {path} HTTP/1.1"), "host: \r\n".into(), BAD),
            (
                format!("GET {path} HTTP/1.1"),
                format!("host: {address}\r\nhost: attacker.example\r\n"),
                BAD,
            ),
            (
                format!("GET {path} HTTP/1.1"),
                format!("host: {address}\r\nHost: {address}\r\n"),
                BAD,
            ),
            (
                format!("GET {path} HTTP/1.1"),
                format!("host: {address}, attacker.example\r\n"),
                BAD,
            ),
            (
                format!("GET http://attacker.example{path} HTTP/1.1"),
                format!("host: {address}\r\n"),
                BAD,
            ),
            (
                format!("GET http://attacker.example{path} HTTP/1.1"),
                "host: attacker.example\r\n".into(),
                DENIED,
            ),
        ] {
            let request = format!("{start}\r\n{hosts}{auth}\r\n");
            let (status, head, _) = raw(&address, &request).await;
            assert_refused(&format!("{start} {hosts}"), status, refusal, &head);
        }
    }
    // As a client with a proxy sends it, and by the names that clients make of the endpoint.
    for (target, host) in [
        (format!("http://{address}/_sekisho/health"), address.clone()),
        ("/_sekisho/health".into(), format!("localhost:{port}")),
        (
            "/_sekisho/health".into(),
            format!("bucket.localhost:{port}"),
        ),
        (
            "/_sekisho/health".into(),
            format!("bucket.127.0.0.1:{port}"),
        ),
        (
            "/_sekisho/health".into(),
            format!("stream-127.0.0.1:{port}"),
        ),
        (
            "/_sekisho/health".into(),
            "lambda.eu-west-1.amazonaws.com".into(),
        ),
        (
            "/_sekisho/health".into(),
            "x.vpc-lattice-svcs.eu-west-1.on.aws".into(),
        ),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        assert_eq!(raw(&address, &request).await.0, 200, "{request}");
    }
    let tunnel = format!("CONNECT {address} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    assert_eq!(raw(&address, &tunnel).await.0, 405);
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn a_name_that_was_given_is_taken() {
    let live = Live::start_with(Options {
        hosts: vec!["sekisho.lan".into()],
        ..Options::default()
    })
    .await;
    let address = address(&live);
    for (host, wanted) in [("sekisho.lan:4566", 200), ("other.lan", 403)] {
        let request =
            format!("GET /_sekisho/health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        assert_eq!(raw(&address, &request).await.0, wanted, "{host}");
    }
    live.sandbox.shutdown().await;
}

/// What browsers send for a page elsewhere: forms, images, scripts, fetch, preflights, frames, links, sockets, sandboxed frames,
/// and a page that the sandbox itself might be made to serve.
fn pages(address: &str) -> Vec<String> {
    let evil = "https://attacker.example";
    [
        format!("origin: {evil}"),
        "origin: null".to_owned(),
        "origin: http://localhost:3000".to_owned(),
        format!("origin: http://{address}"),
        format!("origin: {evil}\r\naccess-control-request-method: PUT\r\naccess-control-request-headers: x-amz-target\r\nsec-fetch-mode: cors"),
        format!("origin: {evil}\r\naccess-control-request-private-network: true"),
        format!("origin: {evil}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="),
        "sec-fetch-site: cross-site\r\nsec-fetch-mode: no-cors\r\nsec-fetch-dest: image".to_owned(),
        "sec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\nsec-fetch-dest: document\r\nsec-fetch-user: ?1".to_owned(),
        "sec-fetch-site: same-site\r\nsec-fetch-mode: navigate\r\nsec-fetch-dest: iframe".to_owned(),
        "sec-fetch-site: same-origin\r\nsec-fetch-mode: cors\r\nsec-fetch-dest: empty".to_owned(),
        "sec-fetch-site: none\r\nsec-fetch-mode: cors".to_owned(),
    ]
    .map(|headers| headers + "\r\n")
    .to_vec()
}

#[tokio::test]
async fn what_a_browser_sends_for_a_page_is_refused_by_every_service_and_method() {
    let live = Live::start().await;
    let address = address(&live);
    for place in PLACES {
        for method in METHODS {
            for page in pages(&address) {
                let what = format!("{method} {} {page}", place.1);
                let request = request(method, &address, place, &page);
                let (status, head, _) = raw(&address, &request).await;
                assert_refused(&what, status, DENIED, &head);
            }
        }
    }
    live.sandbox.shutdown().await;
}

/// As it was tried: no preflight is asked for a POST of `text/plain` with the credential in the query.
#[tokio::test]
async fn a_page_makes_no_function() {
    let live = Live::start().await;
    let address = address(&live);
    let zip = base64::Engine::encode(
        &base64::prelude::BASE64_STANDARD,
        package(&[("index.py", "def handler(e, c): pass")]).as_ref(),
    );
    let body = format!(
        r#"{{"FunctionName":"evil","Runtime":"python3.12","Handler":"index.handler","Role":"arn:aws:iam::000000000000:role/sekisho","Code":{{"ZipFile":"{zip}"}}}}"#
    );
    let post = |page: &str| {
        format!(
            "POST /2015-03-31/functions?X-Amz-Credential=AKID/20261127/us-east-1/lambda/aws4_request HTTP/1.1\r\nhost: {address}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n{page}\r\n{body}",
            body.len()
        )
    };
    for page in pages(&address) {
        assert_eq!(raw(&address, &post(&page)).await.0, 403, "{page}");
    }
    let functions = live.lambda.list_functions().send().await.unwrap();
    assert_eq!(functions.functions().len(), 0);
    // The same from a program: it was the page that was refused.
    assert_eq!(raw(&address, &post("")).await.0, 201);
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn a_person_may_open_an_address_and_a_program_may_fetch() {
    let live = Live::start().await;
    let address = address(&live);
    for (headers, wanted) in [
        (
            "sec-fetch-site: none\r\nsec-fetch-mode: navigate\r\nsec-fetch-dest: document\r\nsec-fetch-user: ?1\r\n",
            200,
        ),
        // Node's own fetch.
        (
            "sec-fetch-mode: cors\r\naccept-language: *\r\nuser-agent: node\r\n",
            200,
        ),
    ] {
        let request = format!(
            "GET /_sekisho/health HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n"
        );
        assert_eq!(raw(&address, &request).await.0, wanted, "{headers}");
    }
    live.sandbox.shutdown().await;
}

/// Calls every place with every method as the user given, each over a connection of its own, and prints the statuses.
const CALLER: &str = r"
import encodings.idna, os, socket, sys
user, host, port, methods, places = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4].split(), sys.argv[5].split()
if os.getuid() != user:
    os.setgroups([]); os.setgid(user); os.setuid(user)
for place in places:
    service, path = place.split('|')
    for method in methods:
        line = socket.create_connection((host, port), timeout=60)
        line.sendall((f'{method} {path} HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\ncontent-length: 0\r\n'
            f'authorization: AWS4-HMAC-SHA256 Credential=A/20261127/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n').encode())
        answer = b''
        while True:
            try: piece = line.recv(65536)
            except ConnectionResetError: break
            if not piece: break
            answer += piece
        refused = b'accessdeniedexception' in answer.lower().split(b'\r\n\r\n')[0]
        print(method, path, answer.split(b' ')[1].decode(), 'refused' if refused else 'served')
";

/// Another user of this machine; only root can become one.
const NOBODY: u32 = 65534;

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    let root = std::fs::metadata("/proc/self").is_ok_and(|facts| facts.uid() == 0);
    if !root {
        println!("skipped: only root can become another user");
    }
    root
}

async fn python(script: &str, arguments: &[String]) -> String {
    let output = Command::new("python3")
        .arg("-c")
        .arg(script)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

async fn call_as(user: u32, address: &str) -> Vec<String> {
    let (host, port) = address.rsplit_once(':').unwrap();
    let places = PLACES.map(|(service, path)| format!("{service}|{path}"));
    let arguments = [
        user.to_string(),
        host.to_owned(),
        port.to_owned(),
        METHODS.join(" "),
        places.join(" "),
    ];
    let lines = python(CALLER, &arguments).await;
    lines.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn another_user_is_refused_by_every_service_and_method() {
    if !is_root() {
        return;
    }
    let live = Live::start().await;
    let address = address(&live);
    let theirs = call_as(NOBODY, &address).await;
    assert_eq!(theirs.len(), METHODS.len() * PLACES.len());
    for line in theirs {
        assert!(line.ends_with(" 403 refused"), "{line}");
    }
    // The same from the sandbox's own user is let in, whatever the services make of it.
    let own = call_as(0, &address).await;
    assert_eq!(own.len(), METHODS.len() * PLACES.len());
    for line in own {
        assert!(line.ends_with(" served"), "{line}");
    }
    live.sandbox.shutdown().await;
}

/// A socket that nobody holds any more is shown as root's. Whoever sends and lets go at once is not let in for that.
#[tokio::test]
async fn another_user_who_sends_and_lets_go_does_nothing() {
    const SENDER: &str = r"
import encodings.idna, os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for n in range(300):
    line = socket.create_connection((sys.argv[1], int(sys.argv[2])))
    line.sendall((f'PUT /theirs-{n} HTTP/1.1\r\nhost: {sys.argv[1]}\r\ncontent-length: 0\r\n'
        'authorization: AWS4-HMAC-SHA256 Credential=A/20261127/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n').encode())
    line.close()
";
    if !is_root() {
        return;
    }
    let live = Live::start().await;
    let address = address(&live);
    let (host, port) = address.rsplit_once(':').unwrap();
    python(SENDER, &[host.to_owned(), port.to_owned()]).await;
    let s3 = aws_sdk_s3::Client::new(&live.config);
    s3.create_bucket().bucket("ours").send().await.unwrap();
    let buckets = s3.list_buckets().send().await.unwrap();
    let names: Vec<_> = buckets.buckets().iter().filter_map(|b| b.name()).collect();
    assert_eq!(names, ["ours"]);
    live.sandbox.shutdown().await;
}

/// Lines that another user holds open are closed beyond some, and its own user gets in all the while.
#[tokio::test]
async fn another_users_idle_connections_keep_nobody_out() {
    const HOLDER: &str = r"
import encodings.idna, os, selectors, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
watch = selectors.DefaultSelector()
lines = []
for n in range(300):
    line = socket.create_connection((sys.argv[1], int(sys.argv[2])))
    watch.register(line, selectors.EVENT_READ); lines.append(line)
closed = 0
while closed < 236:
    for key, _ in watch.select(60):
        watch.unregister(key.fileobj); closed += 1
print('closed', flush=True)
sys.stdin.read()
";
    if !is_root() {
        return;
    }
    let live = Live::start().await;
    let address = address(&live);
    let (host, port) = address.rsplit_once(':').unwrap();
    let mut holder = Command::new("python3")
        .args(["-c", HOLDER, host, port])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    live.create_echo("orders").await;
    let mut said = [0; 7];
    let mut out = holder.stdout.take().unwrap();
    tokio::time::timeout(Duration::from_secs(60), out.read_exact(&mut said))
        .await
        .unwrap()
        .unwrap();
    let answer = live.invoke("orders", serde_json::json!({"n": 1})).await;
    assert_eq!(answer["event"]["n"], 1);
    drop(holder.stdin.take());
    holder.wait().await.unwrap();
    live.sandbox.shutdown().await;
}

/// An address of this machine that is not loopback's; what is sent there does not leave the machine.
fn own_address() -> Option<IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Connecting a datagram socket sends nothing: it only chooses the address.
    socket.connect("203.0.113.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}

/// A sandbox that listens on every address, and its address that is not loopback's.
async fn shared() -> Option<(Live, SocketAddr)> {
    let Some(ip) = own_address() else {
        println!("skipped: this machine has no address but loopback's");
        return None;
    };
    let live = Live::start_with(Options {
        listen: Some("0.0.0.0".parse().unwrap()),
        ..Options::default()
    })
    .await;
    let port = address(&live).rsplit_once(':').unwrap().1.parse().unwrap();
    Some((live, SocketAddr::new(ip, port)))
}

/// The keys in a sandbox's credentials file.
fn keys(file: &Path) -> (String, String) {
    let text = std::fs::read_to_string(file).unwrap();
    let value = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_once(" = ").unwrap().1.to_owned()
    };
    (value("aws_access_key_id"), value("aws_secret_access_key"))
}

fn config_with(address: SocketAddr, (key, secret): (&str, &str)) -> aws_config::SdkConfig {
    config(&format!("http://{address}"), "us-east-1")
        .into_builder()
        .credentials_provider(aws_sdk_lambda::config::SharedCredentialsProvider::new(
            Credentials::new(key, secret, None, None, "test"),
        ))
        .build()
}

#[tokio::test]
async fn from_elsewhere_nothing_gets_in_without_a_signature() {
    let Some((live, elsewhere)) = shared().await else {
        return;
    };
    let elsewhere = elsewhere.to_string();
    for (service, path) in PLACES {
        for method in METHODS {
            let what = format!("{method} {path}");
            let unsigned = format!(
                "{method} {path} HTTP/1.1\r\nhost: {elsewhere}\r\ncontent-length: 100\r\n\r\n"
            );
            let (status, head, _) = raw(&elsewhere, &unsigned).await;
            let missing = (403, "missingauthenticationtokenexception");
            assert_refused(&what, status, missing, &head);
            let made_up = request(method, &elsewhere, (service, path), "");
            let (status, head, _) = raw(&elsewhere, &made_up).await;
            assert_refused(&what, status, (400, "incompletesignatureexception"), &head);
        }
    }
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn from_elsewhere_the_keys_of_the_sandbox_get_in_and_no_others() {
    use aws_sdk_s3::{presigning::PresigningConfig, primitives::ByteStream};
    let Some((live, elsewhere)) = shared().await else {
        return;
    };
    let (key, secret) = keys(live.sandbox.credentials_file().unwrap());
    let right = config_with(elsewhere, (&key, &secret));
    let lambda = aws_sdk_lambda::Client::new(&right);
    lambda.list_functions().send().await.unwrap();
    // A path with an ARN in it, which is encoded, and a body.
    lambda
        .invoke()
        .function_name("arn:aws:lambda:us-east-1:000000000000:function:none")
        .payload(aws_sdk_lambda::primitives::Blob::new("{}"))
        .send()
        .await
        .map_err(|error| assert!(error.into_service_error().is_resource_not_found_exception()))
        .unwrap_err();
    aws_sdk_iam::Client::new(&right)
        .list_roles()
        .send()
        .await
        .unwrap();
    aws_sdk_sts::Client::new(&right)
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    aws_sdk_cloudwatchlogs::Client::new(&right)
        .describe_log_groups()
        .send()
        .await
        .unwrap();
    aws_sdk_cloudwatch::Client::new(&right)
        .list_metrics()
        .send()
        .await
        .unwrap();
    let s3 = aws_sdk_s3::Client::new(&right);
    s3.create_bucket().bucket("parcels").send().await.unwrap();
    let body = ByteStream::from(vec![b'x'; 200_000]);
    let name = "a key/with (odd) chärs+.txt";
    s3.put_object()
        .bucket("parcels")
        .key(name)
        .body(body)
        .send()
        .await
        .unwrap();
    let week = PresigningConfig::expires_in(Duration::from_secs(600)).unwrap();
    let presigned = s3
        .get_object()
        .bucket("parcels")
        .key(name)
        .presigned(week)
        .await
        .unwrap();
    let target = presigned
        .uri()
        .split_once(&elsewhere.to_string())
        .unwrap()
        .1;
    let get = |target: &str| {
        format!("GET {target} HTTP/1.1\r\nhost: {elsewhere}\r\nconnection: close\r\n\r\n")
    };
    let (status, _, body) = raw(&elsewhere.to_string(), &get(target)).await;
    assert_eq!((status, body.len()), (200, 200_000));
    let other = target
        .replacen("chars", "char", 1)
        .replacen("with", "wit", 1);
    assert_eq!(raw(&elsewhere.to_string(), &get(&other)).await.0, 403);

    for (what, keys, wanted) in [
        (
            "another secret",
            (key.as_str(), "secret"),
            "InvalidSignatureException",
        ),
        (
            "another key",
            ("AKIDOTHER", secret.as_str()),
            "UnrecognizedClientException",
        ),
        (
            "any key",
            ("AKIDSEKISHO", "secret"),
            "UnrecognizedClientException",
        ),
    ] {
        let lambda = aws_sdk_lambda::Client::new(&config_with(elsewhere, keys));
        let code = crate::support::code(lambda.list_functions().send().await);
        assert_eq!(code, wanted, "{what}");
    }
    // On loopback any key still lets its user in.
    live.lambda.list_functions().send().await.unwrap();
    live.sandbox.shutdown().await;
}

/// HMAC of SHA-1 in Base64, as Signature Version 2 has it.
fn signed_as_before(secret: &str, text: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use sha1::{Digest, Sha1};
    let mut key = [0; 64];
    key[..secret.len()].copy_from_slice(secret.as_bytes());
    let with = |pad: u8, message: &[u8]| {
        let padded = key.map(|byte| byte ^ pad);
        Sha1::new()
            .chain_update(padded)
            .chain_update(message)
            .finalize()
    };
    BASE64_STANDARD.encode(with(0x5c, &with(0x36, text.as_bytes())))
}

/// What boto3 presigns unless it is told otherwise, and what S3's clients are told when it does not hold.
#[tokio::test]
async fn from_elsewhere_s3_takes_signatures_of_version_2_with_the_keys_of_the_sandbox() {
    let Some((live, elsewhere)) = shared().await else {
        return;
    };
    let (key, secret) = keys(live.sandbox.credentials_file().unwrap());
    let s3 = aws_sdk_s3::Client::new(&live.config);
    s3.create_bucket().bucket("parcels").send().await.unwrap();
    let put = s3.put_object().bucket("parcels").key("a");
    put.body(b"content".to_vec().into()).send().await.unwrap();
    let until = jiff::Timestamp::now().as_second() + 60;
    let address = elsewhere.to_string();
    let ask = async |secret: &str, key: &str, path: &str, until: i64| {
        let signature = signed_as_before(secret, &format!("GET\n\n\n{until}\n/parcels/a"));
        let signature: String = form_urlencoded::byte_serialize(signature.as_bytes()).collect();
        let request = format!(
            "GET {path}?AWSAccessKeyId={key}&Expires={until}&Signature={signature} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
        );
        let (status, _, body) = raw(&address, &request).await;
        (status, body)
    };
    let good = ask(&secret, &key, "/parcels/a", until).await;
    assert_eq!(good, (200, "content".to_owned()));
    for (secret, key, path, until, code) in [
        (
            "other",
            key.as_str(),
            "/parcels/a",
            until,
            "SignatureDoesNotMatch",
        ),
        (&secret, &key, "/parcels/b", until, "SignatureDoesNotMatch"),
        (
            &secret,
            &key,
            "/parcels/a",
            until - 120,
            "SignatureDoesNotMatch",
        ),
        (
            &secret,
            "AKIDOTHER",
            "/parcels/a",
            until,
            "InvalidAccessKeyId",
        ),
    ] {
        let (status, body) = ask(secret, key, path, until).await;
        assert_eq!(status, 403, "{body}");
        assert!(body.contains(&format!("<Code>{code}</Code>")), "{body}");
    }
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn another_user_of_this_machine_needs_the_keys_over_the_address_that_is_shared_too() {
    if !is_root() {
        return;
    }
    let Some((live, elsewhere)) = shared().await else {
        return;
    };
    for line in call_as(NOBODY, &elsewhere.to_string()).await {
        assert!(line.contains(" 400 ") || line.contains(" 403 "), "{line}");
    }
    for line in call_as(NOBODY, &address(&live)).await {
        assert!(line.ends_with(" 403 refused"), "{line}");
    }
    live.sandbox.shutdown().await;
}

/// Answers where its package is for the machine, and not only for the function.
const WHERE: &str = "
import os
def handler(e, c):
    root = os.environ['LAMBDA_TASK_ROOT']
    if os.path.exists('/proc/self/mountinfo'):
        for line in open('/proc/self/mountinfo'):
            fields = line.split()
            if fields[4] == root:
                return fields[3]
    return root
";

/// Folders 0700 and files 0600; what a function's package says may be executed is 0500.
#[tokio::test]
async fn nobody_else_can_read_what_the_sandbox_writes() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let live = Live::start_with(Options {
        data_dir: Some(data.clone()),
        ..Options::default()
    })
    .await;
    live.create(
        "where",
        aws_sdk_lambda::types::Runtime::Python312,
        "index.handler",
        &[("index.py", WHERE)],
    )
    .await;
    let code = live.invoke("where", serde_json::json!({})).await;
    let code = Path::new(code.as_str().unwrap());
    let is_scratch = |path: &&Path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("sekisho-sandbox-"))
    };
    let scratch = code.ancestors().find(is_scratch).unwrap();
    let scratch = roomy_directory().join(scratch.file_name().unwrap());
    let mut left = vec![data.clone(), scratch];
    let mut seen = 0;
    while let Some(path) = left.pop() {
        let Ok(facts) = path.symlink_metadata() else {
            // What an environment needed for a moment is gone again.
            continue;
        };
        if facts.is_symlink() {
            // Its modes say nothing.
            continue;
        }
        let mode = facts.permissions().mode() & 0o777;
        if facts.is_dir() {
            assert_eq!(mode, 0o700, "{}", path.display());
            left.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .flatten()
                    .map(|e| e.path()),
            );
        } else {
            let is_code = path.ends_with("index.py");
            assert_eq!(
                mode,
                if is_code { 0o500 } else { 0o600 },
                "{}",
                path.display()
            );
        }
        seen += 1;
    }
    assert!(seen > 8, "{seen}");
    live.sandbox.shutdown().await;
}

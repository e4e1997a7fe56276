//! A loopback proxy before a live sandbox that does what networks and services do on bad days, one operation at a time:
//! errors in the operation's own protocol, silence, connections that break, web pages, clocks that are off.
//!
//! Threads and blocking sockets: what goes wrong here must not depend on the runtime that is being tested.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use sekisho::model::connection::ConnectionSpec;

/// What is done instead of passing a request on.
#[derive(Debug, Clone)]
pub enum Fault {
    /// An error of AWS: status, code and message, in the protocol that the request speaks.
    Error(u16, &'static str, String),
    /// The same with `Retry-After`, in seconds.
    Busy(u16, &'static str, u32),
    /// A page for people, as a server answers that does not know the path.
    Html(u16),
    /// The request is read and nothing is ever answered, until the proxy is released.
    Hang,
    /// The request is passed on only once the proxy is released.
    Hold,
    /// The connection is closed before anything is said.
    Close,
    /// The real answer, broken off in the middle of its body.
    Break,
    /// The real answer, but whoever signed with a clock that differs by more than 15 minutes from this machine's clock and
    /// these seconds is refused. `true`: the answer tells the service's time.
    Clock(i64, bool),
}

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// AWS's name of the operation, for example `ListFunctions`; the method and the path where it is not known.
    pub operation: String,
    /// With its query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    method: String,
    body: Vec<u8>,
}

impl Call {
    /// A header's value; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    /// It asks for a page behind the first.
    fn is_later_page(&self) -> bool {
        self.path.contains("Marker=") || self.path.contains("marker=")
    }
}

struct Rule {
    /// An operation, `*` for every one, or `OPERATION+` for its pages behind the first.
    operation: String,
    fault: Fault,
    left: usize,
}

impl Rule {
    fn takes(&self, call: &Call) -> bool {
        let of = |name: &str| name == "*" || name == call.operation;
        self.left > 0
            && match self.operation.strip_suffix('+') {
                Some(name) => of(name) && call.is_later_page(),
                None => of(&self.operation),
            }
    }
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    seen: Vec<Call>,
    page: Option<u32>,
    released: bool,
}

struct Shared {
    state: Mutex<State>,
    release: Condvar,
    upstream: String,
}

/// The proxy. It listens until the test's process ends.
pub struct Faulty {
    endpoint: String,
    shared: Arc<Shared>,
}

impl Faulty {
    /// A proxy before `upstream`, a URL of loopback; it passes everything on until it is told otherwise.
    pub fn before(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            release: Condvar::new(),
            upstream: upstream.trim_start_matches("http://").to_owned(),
        });
        let kept = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let shared = kept.clone();
                // A client that goes away in the middle is what half of these tests are about.
                std::thread::spawn(move || serve(stream, &shared).ok());
            }
        });
        Self { endpoint, shared }
    }

    /// A connection through it, in `us-east-1`.
    pub fn spec(&self, name: &str) -> ConnectionSpec {
        ConnectionSpec {
            region: Some("us-east-1".into()),
            ..ConnectionSpec::of_discovered(name, self.endpoint.clone())
        }
    }

    /// From now on `operation` fails: always.
    pub fn always(&self, operation: &str, fault: Fault) {
        self.times(usize::MAX, operation, fault);
    }

    /// The next `times` requests of `operation` fail.
    pub fn times(&self, times: usize, operation: &str, fault: Fault) {
        self.state().rules.push(Rule {
            operation: operation.to_owned(),
            fault,
            left: times,
        });
    }

    /// All is well again; what hangs stays hanging.
    pub fn heal(&self) {
        self.state().rules.clear();
    }

    /// What was held goes on, what hung is closed.
    pub fn release(&self) {
        self.state().released = true;
        self.shared.release.notify_all();
    }

    /// Lists come in pages of so many.
    pub fn pages_of(&self, count: u32) {
        self.state().page = Some(count);
    }

    /// What came in so far of `operation`.
    pub fn count(&self, operation: &str) -> usize {
        let state = self.state();
        let seen = state.seen.iter();
        seen.filter(|call| call.operation == operation).count()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.release();
    }
}

impl Shared {
    /// What is to be done with a request, and with which page size.
    fn judge(&self, call: &Call) -> (Option<Fault>, Option<u32>) {
        let mut state = self.state.lock().unwrap();
        state.seen.push(Call {
            body: Vec::new(),
            ..call.clone()
        });
        let page = state.page.filter(|_| call.operation == "ListFunctions");
        let rule = state.rules.iter_mut().find(|rule| rule.takes(call));
        let fault = rule.map(|rule| {
            rule.left -= 1;
            rule.fault.clone()
        });
        (fault, page)
    }

    fn wait_for_release(&self) {
        let state = self.state.lock().unwrap();
        let released = self
            .release
            .wait_timeout_while(state, Duration::from_secs(120), |state| !state.released);
        drop(released.unwrap());
    }
}

fn serve(mut client: TcpStream, shared: &Shared) -> std::io::Result<()> {
    client.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut call = read_request(&mut client)?;
    let (fault, page) = shared.judge(&call);
    if let Some(count) = page {
        let sign = if call.path.contains('?') { '&' } else { '?' };
        call.path += &format!("{sign}MaxItems={count}");
    }
    match fault {
        None => pass(&mut client, &call, shared),
        Some(Fault::Error(status, code, message)) => {
            client.write_all(&error(&call, status, code, &message, &[]))
        }
        Some(Fault::Busy(status, code, seconds)) => {
            let after = [("retry-after", seconds.to_string())];
            client.write_all(&error(&call, status, code, "Rate exceeded", &after))
        }
        Some(Fault::Html(status)) => {
            let page = "<!doctype html>\n<html lang=en>\n<title>Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL \
                        was not found on the server.</p>\n";
            let html = [("content-type", "text/html; charset=utf-8".to_owned())];
            client.write_all(&answer(status, &html, page.as_bytes()))
        }
        Some(Fault::Hang) => {
            shared.wait_for_release();
            Ok(())
        }
        Some(Fault::Hold) => {
            shared.wait_for_release();
            pass(&mut client, &call, shared)
        }
        Some(Fault::Close) => Ok(()),
        Some(Fault::Break) => {
            let whole = ask(&call, shared)?;
            let head = head_end(&whole).unwrap_or(0);
            let half = head + (whole.len() - head) / 2;
            client.write_all(&whole[..half])
        }
        Some(Fault::Clock(seconds, tells)) => clocked(&mut client, &call, shared, seconds, tells),
    }
}

/// Passes the request on, and the answer back as it comes.
fn pass(client: &mut TcpStream, call: &Call, shared: &Shared) -> std::io::Result<()> {
    let mut server = send(call, shared)?;
    std::io::copy(&mut server, client)?;
    client.shutdown(std::net::Shutdown::Write)
}

/// The whole answer of the sandbox.
fn ask(call: &Call, shared: &Shared) -> std::io::Result<Vec<u8>> {
    let mut whole = Vec::new();
    send(call, shared)?.read_to_end(&mut whole)?;
    Ok(whole)
}

fn send(call: &Call, shared: &Shared) -> std::io::Result<TcpStream> {
    let mut server = TcpStream::connect(&shared.upstream)?;
    let mut head = format!("{} {} HTTP/1.1\r\n", call.method, call.path);
    for (name, value) in &call.headers {
        if !matches!(name.as_str(), "connection" | "expect") {
            head += &format!("{name}: {value}\r\n");
        }
    }
    server.write_all(format!("{head}connection: close\r\n\r\n").as_bytes())?;
    server.write_all(&call.body)?;
    Ok(server)
}

/// A service whose clock is `seconds` ahead of this machine's.
fn clocked(
    client: &mut TcpStream,
    call: &Call,
    shared: &Shared,
    seconds: i64,
    tells: bool,
) -> std::io::Result<()> {
    let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    let short = |at: jiff::Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let signed = call.header("x-amz-date").unwrap_or_default().to_owned();
    let earliest = short(now - jiff::SignedDuration::from_mins(15));
    let latest = short(now + jiff::SignedDuration::from_mins(15));
    if (earliest.as_str()..latest.as_str()).contains(&signed.as_str()) {
        return pass(client, call, shared);
    }
    let message = format!(
        "Signature expired: {signed} is now earlier than {earliest} ({} - 15 min.)",
        short(now)
    );
    let date = [(
        "date",
        now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
    )];
    let headers: &[(&str, String)] = if tells { &date } else { &[] };
    client.write_all(&error(
        call,
        403,
        "InvalidSignatureException",
        &message,
        headers,
    ))
}

/// An error as the service would write it to this caller: XML for the query protocol, CBOR or JSON otherwise.
fn error(call: &Call, status: u16, code: &str, message: &str, more: &[(&str, String)]) -> Vec<u8> {
    let mut headers = vec![("x-amzn-requestid", "scripted-0001".to_owned())];
    headers.extend(more.iter().map(|(name, value)| (*name, value.clone())));
    let body = if call.header("smithy-protocol") == Some("rpc-v2-cbor") {
        headers.push(("smithy-protocol", "rpc-v2-cbor".into()));
        headers.push(("content-type", "application/cbor".into()));
        let mut map = vec![0xa2];
        for text in ["__type", code, "message", message] {
            // A text string with its length in two bytes.
            map.push(0x79);
            map.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
            map.extend(text.as_bytes());
        }
        map
    } else if call.body.windows(7).any(|window| window == b"Action=") {
        headers.push(("content-type", "text/xml".into()));
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>scripted-0001</RequestId></ErrorResponse>"
        )
        .into_bytes()
    } else {
        headers.push(("content-type", "application/json".into()));
        headers.push(("x-amzn-errortype", code.to_owned()));
        serde_json::json!({ "__type": code, "message": message, "Type": "User" })
            .to_string()
            .into_bytes()
    };
    answer(status, &headers, &body)
}

fn answer(status: u16, headers: &[(&str, String)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Scripted\r\nconnection: close\r\n");
    head += &format!("content-length: {}\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut whole = format!("{head}\r\n").into_bytes();
    whole.extend_from_slice(body);
    whole
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    let at = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some(at + 4)
}

fn read_request(stream: &mut TcpStream) -> std::io::Result<Call> {
    let mut bytes = Vec::new();
    let mut piece = [0; 65_536];
    let end = loop {
        if let Some(end) = head_end(&bytes) {
            break end;
        }
        match stream.read(&mut piece)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&piece[..count]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.trim_end().split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let mut call = Call {
        method: first.next().unwrap_or_default().to_owned(),
        path: first.next().unwrap_or_default().to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body: bytes[end..].to_vec(),
        ..Call::default()
    };
    if call.header("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let chunked = call.header("transfer-encoding").is_some();
    let length = call.header("content-length").and_then(|l| l.parse().ok());
    let length: usize = length.unwrap_or(0);
    let whole = |body: &[u8]| match chunked {
        true => body.ends_with(b"0\r\n\r\n"),
        false => body.len() >= length,
    };
    while !whole(&call.body) {
        match stream.read(&mut piece)? {
            0 => break,
            count => call.body.extend_from_slice(&piece[..count]),
        }
    }
    call.operation = operation_of(&call);
    Ok(call)
}

/// AWS's name of what is asked, in whichever protocol it is asked.
fn operation_of(call: &Call) -> String {
    if let Some((_, operation)) = call
        .header("x-amz-target")
        .and_then(|target| target.rsplit_once('.'))
    {
        return operation.to_owned();
    }
    let path = call.path.split('?').next().unwrap_or_default();
    if let Some((_, operation)) = path.split_once("/operation/") {
        return operation.to_owned();
    }
    let body = String::from_utf8_lossy(&call.body[..call.body.len().min(4_096)]);
    if let Some((_, action)) = body.split_once("Action=") {
        return action.split('&').next().unwrap_or_default().to_owned();
    }
    let parts: Vec<&str> = path.trim_matches('/').split('/').skip(1).collect();
    let name = match (call.method.as_str(), parts.as_slice()) {
        ("GET", ["functions"]) => "ListFunctions",
        ("GET", ["functions", _]) => "GetFunction",
        ("DELETE", ["functions", _]) => "DeleteFunction",
        ("GET", ["functions", _, "configuration"]) => "GetFunctionConfiguration",
        ("PUT", ["functions", _, "configuration"]) => "UpdateFunctionConfiguration",
        ("PUT", ["functions", _, "code"]) => "UpdateFunctionCode",
        ("GET", ["functions", _, "policy"]) => "GetPolicy",
        ("GET", ["functions", _, "versions"]) => "ListVersionsByFunction",
        ("GET", ["functions", _, "aliases"]) => "ListAliases",
        ("POST", ["functions", _, "invocations"]) => "Invoke",
        ("GET", ["event-source-mappings"]) => "ListEventSourceMappings",
        ("GET", ["account-settings"]) => "GetAccountSettings",
        _ => return format!("{} {path}", call.method),
    };
    name.to_owned()
}

#[test]
fn a_request_is_known_by_its_operation_in_every_protocol() {
    let call = |method: &str, path: &str, target: Option<&str>, body: &str| {
        let target = target.map(|target| ("x-amz-target".to_owned(), target.to_owned()));
        operation_of(&Call {
            method: method.into(),
            path: path.into(),
            headers: target.into_iter().collect(),
            body: body.into(),
            ..Call::default()
        })
    };
    let path = "/service/GraniteServiceVersion20100801/operation/GetMetricData";
    assert_eq!(call("POST", path, None, ""), "GetMetricData");
    let target = Some("Logs_20140328.FilterLogEvents");
    assert_eq!(call("POST", "/", target, "{}"), "FilterLogEvents");
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    assert_eq!(call("POST", "/", None, body), "GetCallerIdentity");
    let path = "/2015-03-31/functions/?Marker=a";
    assert_eq!(call("GET", path, None, ""), "ListFunctions");
    let path = "/2015-03-31/functions/orders/policy";
    assert_eq!(call("GET", path, None, ""), "GetPolicy");
}

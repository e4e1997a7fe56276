//! `HTTP` and `HTTP_PROXY`: an address that the person names is asked, over HTTP alone. Through a proxy the request goes on
//! as it came; else only what is mapped, and the integration responses make the answer.
//! A proxy that streams gives the answer on as it comes.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html>, and for streams
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html>.

use super::{
    exchange::Exchange,
    log::{self, Log},
    mapped::{self, Answered},
    refusal::Refusal,
};
use crate::{
    apigateway::{ApiGateway, model::Integration},
    request::{Body, Response},
    services::Services,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, client::conn::http1::SendRequest};
use hyper_util::rt::TokioIo;
use sekisho_rules::vtl::RequestOverride;
use std::{pin::Pin, time::Duration};
use tokio::{net::TcpStream, sync::mpsc};

/// The most that a backend may answer: 10 MB.
const MAX_BYTES: usize = 10_485_760;

/// How long an answer may stream, and how long it may stand still meanwhile (at a regional endpoint).
const LONGEST_STREAM: Duration = Duration::from_secs(15 * 60);
const IDLE_STREAM: Duration = Duration::from_secs(5 * 60);

/// Headers that are a connection's, and go no further.
const OF_CONNECTION: [&str; 6] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// What of a backend's answer AWS passes on under another name.
const REMAPPED: [&str; 7] = [
    "authorization",
    "connection",
    "content-length",
    "date",
    "server",
    "www-authenticate",
    "x-amzn-requestid",
];

/// What goes out.
#[derive(Debug)]
pub struct Outgoing {
    pub verb: String,
    pub uri: Uri,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// Asks the backend.
///
/// # Errors
/// When it can't be reached, takes too long, or no integration response is for what it answers.
pub async fn run(
    services: &Services,
    exchange: &Exchange<'_>,
    integration: &Integration,
) -> Result<Response, Refusal> {
    let clock = &services.base.clock;
    let is_proxy = integration.kind == "HTTP_PROXY";
    let mut scope = exchange.scope(exchange.body_text());
    let body = match is_proxy {
        true => exchange.request.body.clone(),
        false => mapped::body(integration, exchange, &mut scope)?,
    };
    let over = &scope.overrides.request;
    let uri = exchange.fill(integration.uri.as_deref().unwrap_or_default());
    let out = outgoing(exchange, integration, over, uri, body)?;
    out.tell(&exchange.log);
    let began = clock.now();
    let limit = Duration::from_millis(integration.timeout_in_millis.max(0).unsigned_abs());
    let linked = linked(services, exchange, integration)?;
    let asking = async {
        let begun = begin(out, &services.base.endpoint, linked.as_deref()).await?;
        // What streams is told by its head: its body is not waited for.
        match integration.streams() {
            true => Ok((begun.status, begun.headers.clone(), Whole::Coming(begun))),
            false => begun.whole().await,
        }
    };
    let answer = tokio::select! {
        answer = asking => answer.map_err(|error: Broken| {
            tracing::info!(%error, "a backend could not be asked");
            Refusal::unreachable(&error.to_string())
        })?,
        () = clock.sleep(limit) => return Err(Refusal::timeout()),
    };
    let (status, headers, body) = answer;
    exchange.behind(|behind| behind.status = Some(status));
    let took = clock.since(began).as_millis();
    let body = match body {
        Whole::Here(body) => body,
        Whole::Coming(begun) => {
            received(&exchange.log, (status, &headers, b""), took);
            let mut response = Response::empty(status);
            response.headers = headers.into_iter().filter_map(passed_on).collect();
            response.body = Body::Stream(begun.stream(services));
            return Ok(response);
        }
    };
    received(&exchange.log, (status, &headers, &body), took);
    if is_proxy {
        let mut response = Response::empty(status);
        response.headers = headers.into_iter().filter_map(passed_on).collect();
        response.body = Body::Full(body);
        return Ok(response);
    }
    let answered = Answered {
        selector: Some(status.to_string()),
        headers,
        body,
    };
    let mut response = mapped::respond(exchange, integration, &answered, scope)?;
    let trace = ("X-Amzn-Trace-Id".to_owned(), exchange.trace.clone());
    response.headers.insert(0, trace);
    Ok(response)
}

impl Outgoing {
    /// What the log says of it.
    pub fn tell(&self, log: &Log) {
        log.data(|| format!("Endpoint request URI: {}", self.uri));
        log.data(|| format!("Endpoint request headers: {}", log::pairs(&self.headers)));
        log.data(|| {
            let body = String::from_utf8_lossy(&self.body);
            format!("Endpoint request body after transformations: {body}")
        });
        log.info(|| format!("Sending request to {}", self.uri));
    }
}

/// What the log says of an answer that took so many milliseconds.
pub fn received(log: &Log, (status, headers, body): (u16, &[(String, String)], &[u8]), ms: u128) {
    log.info(|| format!("Received response. Status: {status}, Integration latency: {ms} ms"));
    log.data(|| format!("Endpoint response headers: {}", log::pairs(headers)));
    log.data(|| {
        let body = String::from_utf8_lossy(body);
        format!("Endpoint response body before transformations: {body}")
    });
}

/// A backend's header as the caller gets it.
fn passed_on((name, value): (String, String)) -> Option<(String, String)> {
    if name != "connection" && OF_CONNECTION.contains(&name.as_str()) {
        return None;
    }
    match REMAPPED.contains(&name.as_str()) {
        true => Some((format!("x-amzn-Remapped-{name}"), value)),
        false => Some((name, value)),
    }
}

/// What goes out to an address, by what the integration maps and what a template overrides.
///
/// # Errors
/// When the address is none.
pub fn outgoing(
    exchange: &Exchange<'_>,
    integration: &Integration,
    over: &RequestOverride,
    mut uri: String,
    body: Bytes,
) -> Result<Outgoing, Refusal> {
    let is_proxy = integration.kind == "HTTP_PROXY";
    let (mut headers, mut query) = match is_proxy {
        true => {
            let theirs = ["Host", "X-Amzn-Trace-Id"];
            let mut all = exchange.headers();
            all.retain(|(name, _)| !theirs.contains(&name.as_str()));
            (all, exchange.request.query.clone())
        }
        false => {
            let kind = exchange
                .header("content-type")
                .unwrap_or("application/json");
            (
                vec![
                    ("Accept".to_owned(), "application/json".to_owned()),
                    ("Content-Type".to_owned(), kind.to_owned()),
                ],
                Vec::new(),
            )
        }
    };
    for (to, from) in &integration.request_parameters {
        let Some(value) = exchange.mapped(from) else {
            continue;
        };
        let to = to
            .strip_prefix("integration.request.")
            .and_then(|to| to.split_once('.'));
        match to {
            Some(("path", name)) => uri = uri.replace(&format!("{{{name}}}"), &value),
            Some(("querystring", name)) => set(&mut query, name, value),
            Some(("header", name)) => set(&mut headers, name, value),
            _ => {}
        }
    }
    for (name, value) in &over.path {
        uri = uri.replace(&format!("{{{name}}}"), value);
    }
    for (name, value) in &over.querystring {
        set(&mut query, name, value.clone());
    }
    for (name, value) in &over.header {
        set(&mut headers, name, value.clone());
    }
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("user-agent"))
    {
        set(
            &mut headers,
            "User-Agent",
            format!("AmazonAPIGateway_{}", exchange.api()),
        );
    }
    set(
        &mut headers,
        "X-Amzn-Apigateway-Api-Id",
        exchange.api().to_owned(),
    );
    set(&mut headers, "X-Amzn-Trace-Id", exchange.trace.clone());
    if !query.is_empty() {
        let mut written = form_urlencoded::Serializer::new(String::new());
        written.extend_pairs(&query);
        uri.push(if uri.contains('?') { '&' } else { '?' });
        uri.push_str(&written.finish());
    }
    let verb = match integration.http_method.as_deref() {
        Some("ANY") | None => exchange.verb().to_owned(),
        Some(verb) => verb.to_owned(),
    };
    Ok(Outgoing {
        verb,
        uri: address(&uri).ok_or_else(|| Refusal::configuration("Invalid endpoint address"))?,
        headers,
        body,
    })
}

/// An address with a host.
fn address(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    uri.host()
        .is_some_and(|host| !host.is_empty())
        .then_some(uri)
}

fn set(all: &mut Vec<(String, String)>, name: &str, value: String) {
    all.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    all.push((name.to_owned(), value));
}

/// Where a backend is. AWS's names of function URLs and stages mean those of the sandbox, which need no TLS; names under
/// `localhost` are this machine, which not every resolver knows.
fn reach(uri: &Uri, host: &str, own: &str) -> Result<(String, u16), &'static str> {
    let is_own = (host.contains(".lambda-url.") && host.ends_with(".on.aws"))
        || (host.contains(".execute-api.") && host.ends_with(".amazonaws.com"));
    if is_own {
        let own: Uri = own.parse().map_err(|_| "the sandbox has no address")?;
        let at = own.host().unwrap_or("127.0.0.1").to_owned();
        return Ok((at, own.port_u16().unwrap_or(80)));
    }
    if uri.scheme_str() != Some("http") {
        return Err("the sandbox asks backends over HTTP alone, not over HTTPS");
    }
    let port = uri.port_u16().unwrap_or(80);
    if host.ends_with(".localhost") {
        return Ok(("127.0.0.1".to_owned(), port));
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    Ok((bare.to_owned(), port))
}

/// Where an integration through a VPC link leads, if the sandbox was told.
///
/// # Errors
/// When there is no such link.
fn linked(
    services: &Services,
    exchange: &Exchange<'_>,
    integration: &Integration,
) -> Result<Option<String>, Refusal> {
    if integration.connection_type.as_deref() != Some("VPC_LINK") {
        return Ok(None);
    }
    let id = exchange.fill(integration.connection_id.as_deref().unwrap_or_default());
    let plane = services.get::<ApiGateway>(exchange.region);
    let name = plane.vpc_link(&id);
    let name = name.ok_or_else(|| Refusal::configuration("Invalid VPC link"))?;
    let known = &services.base.vpc_links;
    Ok(known.get(&id).or_else(|| known.get(&name)).cloned())
}

type Broken = Box<dyn std::error::Error + Send + Sync>;

/// A connection, which brings nothing unless it is waited for.
type Connection = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

/// A body that has come, or one that is on its way.
enum Whole {
    Here(Bytes),
    Coming(Begun),
}

/// An answer of which the head has come.
struct Begun {
    status: u16,
    headers: Vec<(String, String)>,
    body: Incoming,
    connection: Option<Connection>,
    /// The connection ends with it.
    _sender: SendRequest<Full<Bytes>>,
}

/// Waits for something that a connection brings. It lives as long as its one answer: nothing is left running behind it.
async fn driven<T>(connection: &mut Option<Connection>, wanted: impl Future<Output = T>) -> T {
    tokio::pin!(wanted);
    if let Some(driving) = connection {
        tokio::select! {
            biased;
            got = &mut wanted => return got,
            // If it ended badly, whoever waits is told so.
            _ended = driving => *connection = None,
        }
    }
    wanted.await
}

async fn begin(out: Outgoing, own: &str, linked: Option<&str>) -> Result<Begun, Broken> {
    let host = out.uri.host().ok_or("the address has no host")?.to_owned();
    let (at, port) = match linked.and_then(|linked| linked.rsplit_once(':')) {
        Some((at, port)) => (at.to_owned(), port.parse()?),
        None => reach(&out.uri, &host, own)?,
    };
    let stream = TcpStream::connect((at.as_str(), port)).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let mut connection: Option<Connection> = Some(Box::pin(connection));
    let authority = out
        .uri
        .authority()
        .map(|authority| authority.as_str().to_owned());
    let path = out.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = http::Request::builder().method(out.verb.as_str()).uri(path);
    request = request.header("host", authority.unwrap_or(host));
    for (name, value) in &out.headers {
        let name: HeaderName = name.parse()?;
        if !OF_CONNECTION.contains(&name.as_str()) && name != "content-length" {
            request = request.header(name, HeaderValue::from_str(value)?);
        }
    }
    let request = request.body(Full::new(out.body))?;
    let answer = driven(&mut connection, sender.send_request(request)).await?;
    let (head, body) = answer.into_parts();
    let headers = head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    Ok(Begun {
        status: head.status.as_u16(),
        headers: headers.collect(),
        body,
        connection,
        _sender: sender,
    })
}

impl Begun {
    /// The answer, once all of its body has come.
    async fn whole(mut self) -> Result<(u16, Vec<(String, String)>, Whole), Broken> {
        let collecting = Limited::new(self.body, MAX_BYTES).collect();
        let body = driven(&mut self.connection, collecting).await?.to_bytes();
        Ok((self.status, self.headers, Whole::Here(body)))
    }

    /// The body as it comes, as long as somebody reads it, nothing stands still for too long and all of it does not take too long.
    fn stream(mut self, services: &Services) -> mpsc::Receiver<Bytes> {
        let (sender, receiver) = mpsc::channel(16);
        let clock = services.base.clock.clone();
        services.base.tasks.spawn(async move {
            let began = clock.now();
            while clock.since(began) < LONGEST_STREAM {
                let frame = driven(&mut self.connection, self.body.frame());
                let frame = tokio::select! {
                    frame = frame => frame,
                    () = clock.sleep(IDLE_STREAM) => return,
                    () = sender.closed() => return,
                };
                let Some(Ok(frame)) = frame else { return };
                if let Ok(data) = frame.into_data()
                    && sender.send(data).await.is_err()
                {
                    return;
                }
            }
        });
        receiver
    }
}

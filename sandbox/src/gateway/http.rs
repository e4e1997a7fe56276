//! `HTTP` and `HTTP_PROXY`: an address that the person names is asked, over HTTP alone. Through a proxy the request goes on
//! as it came; else only what is mapped, and the integration responses make the answer.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html>.

use super::{
    exchange::Exchange,
    log::{self, Log},
    mapped::{self, Answered},
    refusal::Refusal,
};
use crate::{
    apigateway::model::Integration,
    clock::Clock,
    request::{Body, Response},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use sekisho_rules::vtl::RequestOverride;
use std::time::Duration;
use tokio::net::TcpStream;

/// The most that a backend may answer: 10 MB.
const MAX_BYTES: usize = 10_485_760;

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

/// Asks the backend. `own` is where the sandbox itself answers.
///
/// # Errors
/// When it can't be reached, takes too long, or no integration response is for what it answers.
pub async fn run(
    clock: &Clock,
    own: &str,
    exchange: &Exchange<'_>,
    integration: &Integration,
) -> Result<Response, Refusal> {
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
    let answer = tokio::select! {
        answer = ask(out, own) => answer.map_err(|error| {
            tracing::info!(%error, "a backend could not be asked");
            Refusal::unreachable(&error.to_string())
        })?,
        () = clock.sleep(limit) => return Err(Refusal::timeout()),
    };
    let (status, headers, body) = answer;
    exchange.behind(|behind| behind.status = Some(status));
    let took = clock.since(began).as_millis();
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

type Answer = (u16, Vec<(String, String)>, Bytes);

async fn ask(out: Outgoing, own: &str) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
    let host = out.uri.host().ok_or("the address has no host")?.to_owned();
    let (at, port) = reach(&out.uri, &host, own)?;
    let stream = TcpStream::connect((at.as_str(), port)).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
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
    let asking = async move {
        let answer = sender.send_request(request).await?;
        let status = answer.status().as_u16();
        let (head, body) = answer.into_parts();
        let headers = head.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let headers = headers.collect();
        let body = Limited::new(body, MAX_BYTES).collect().await?.to_bytes();
        Ok((status, headers, body))
    };
    // The connection lives as long as its one answer: nothing is left running behind it.
    tokio::pin!(asking);
    tokio::pin!(connection);
    tokio::select! {
        answer = &mut asking => answer,
        ended = &mut connection => {
            ended?;
            asking.await
        }
    }
}

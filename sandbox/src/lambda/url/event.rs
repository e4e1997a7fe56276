//! The event that a function gets from its URL: payload format 2.0.

use super::Visit;
use crate::{request::Request, sts::Identity};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// The event of a request.
pub fn of(
    visit: &Visit<'_>,
    request: &Request,
    identity: Option<&Identity>,
    trace: &str,
    now: Timestamp,
) -> Value {
    let mut event = Map::new();
    let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
    put("version", "2.0".into());
    put("routeKey", "$default".into());
    put("rawPath", path(request).into());
    put("rawQueryString", visit.query.into());
    let cookies = cookies(request);
    if !cookies.is_empty() {
        put("cookies", cookies.into());
    }
    put("headers", headers(visit, request, trace).into());
    if !request.query.is_empty() {
        let mut query = Map::new();
        for (name, value) in &request.query {
            join(&mut query, name, value);
        }
        put("queryStringParameters", query.into());
    }
    put("requestContext", context(visit, request, identity, now));
    if !request.body.is_empty() {
        match text(request) {
            Some(text) => {
                put("body", text.into());
                put("isBase64Encoded", false.into());
            }
            None => {
                put("body", BASE64_STANDARD.encode(&request.body).into());
                put("isBase64Encoded", true.into());
            }
        }
    } else {
        put("isBase64Encoded", false.into());
    }
    event.into()
}

/// The path as the function sees it, which is decoded, `raw` or not.
fn path(request: &Request) -> String {
    let decoded = percent_decode_str(&request.path).decode_utf8_lossy();
    decoded.into_owned()
}

/// Several values of one name are one, with commas between.
fn join(all: &mut Map<String, Value>, name: &str, value: &str) {
    match all.get_mut(name) {
        Some(Value::String(known)) => {
            known.push(',');
            known.push_str(value);
        }
        _ => {
            all.insert(name.to_owned(), value.into());
        }
    }
}

fn cookies(request: &Request) -> Vec<String> {
    let sent = request.headers.get_all("cookie").iter();
    let texts = sent.filter_map(|value| value.to_str().ok());
    texts
        .flat_map(|text| text.split(';'))
        .map(|cookie| cookie.trim().to_owned())
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

/// What was sent, and what AWS's front adds.
fn headers(visit: &Visit<'_>, request: &Request, trace: &str) -> Map<String, Value> {
    let mut all = Map::new();
    // One that speaks for a connection goes no further.
    let of_connection = ["connection", "keep-alive", "transfer-encoding", "cookie"];
    for (name, value) in &request.headers {
        if !of_connection.contains(&name.as_str()) {
            join(
                &mut all,
                name.as_str(),
                &String::from_utf8_lossy(value.as_bytes()),
            );
        }
    }
    // As recorded behind a gateway: the way that was told is not added to.
    let from = match request.header("x-forwarded-for") {
        Some(told) => told.to_owned(),
        None => visit.from.to_string(),
    };
    let added = [
        ("host", visit.address.host.as_str()),
        ("x-amzn-tls-cipher-suite", "TLS_AES_128_GCM_SHA256"),
        ("x-amzn-tls-version", "TLSv1.3"),
        ("x-amzn-trace-id", trace),
        ("x-forwarded-for", &from),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ];
    for (name, value) in added {
        all.insert(name.to_owned(), value.into());
    }
    all
}

fn context(
    visit: &Visit<'_>,
    request: &Request,
    identity: Option<&Identity>,
    now: Timestamp,
) -> Value {
    let mut context = Map::new();
    let account = identity.map_or("anonymous", |identity| identity.account.as_str());
    context.insert("accountId".into(), account.into());
    context.insert("apiId".into(), visit.address.id.as_str().into());
    if let Some(identity) = identity {
        let iam = json!({
            "accessKey": identity.access_key,
            "accountId": identity.account,
            "callerId": identity.user_id,
            "cognitoIdentity": null,
            "principalOrgId": null,
            "userArn": identity.arn,
            "userId": identity.user_id,
        });
        context.insert("authorizer".into(), json!({ "iam": iam }));
    }
    let rest = json!({
        "domainName": visit.address.host,
        "domainPrefix": visit.address.id,
        "http": {
            "method": request.method.as_str(),
            "path": path(request),
            "protocol": visit.protocol,
            "sourceIp": visit.from.to_string(),
            "userAgent": request.header("user-agent").unwrap_or_default(),
        },
        "requestId": visit.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "timeEpoch": now.as_millisecond(),
    });
    if let Value::Object(rest) = rest {
        context.extend(rest);
    }
    context.into()
}

/// The body where its type says that it is text, and it is.
fn text(request: &Request) -> Option<&str> {
    let kind = request.header("content-type")?.split(';').next()?.trim();
    let kind = kind.to_ascii_lowercase();
    let known = [
        "application/json",
        "application/javascript",
        "application/xml",
    ];
    let is_text = kind.starts_with("text/") || known.contains(&kind.as_str());
    is_text.then(|| std::str::from_utf8(&request.body).ok())?
}

//! What a function answered, as the answer of its URL.

use crate::request::{Body, Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde_json::{Map, Value};

/// What separates the head from the body in a stream that has one.
const SEPARATOR: [u8; 8] = [0; 8];

/// Headers that are the connection's or the front's: AWS passes them on under another name.
const REMAPPED: [&str; 11] = [
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "proxy-authenticate",
    "server",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "www-authenticate",
];

/// The function failed, or answered what is no answer.
pub fn broken() -> Response {
    Response::new(502, "application/json", "Internal Server Error")
}

/// An answer of a function that was waited for. With `statusCode` it says all that an answer has, else it is the body.
pub fn of(payload: &Bytes) -> Response {
    let Ok(value) = serde_json::from_slice::<Value>(payload) else {
        return match head_of_stream(payload) {
            Some((head, body)) => whole(&head, Some(body)).unwrap_or_else(broken),
            None => broken(),
        };
    };
    match value {
        Value::Object(answer) if answer.contains_key("statusCode") => {
            whole(&answer, None).unwrap_or_else(broken)
        }
        Value::String(text) => Response::new(200, "application/json", text),
        other => Response::new(200, "application/json", other.to_string()),
    }
}

/// An answer of a URL that streams: bytes, after a head if there is one.
pub fn of_stream(payload: &Bytes) -> Response {
    match head_of_stream(payload) {
        Some((head, body)) => whole(&head, Some(body)).unwrap_or_else(broken),
        None => Response::new(200, "application/octet-stream", payload.clone()),
    }
}

/// The head of a stream that has one, and what follows it.
pub fn head_of_stream(payload: &Bytes) -> Option<(Map<String, Value>, Bytes)> {
    let at = payload
        .windows(SEPARATOR.len())
        .position(|window| window == SEPARATOR)?;
    let head = serde_json::from_slice(&payload[..at]).ok()?;
    Some((head, payload.slice(at + SEPARATOR.len()..)))
}

/// An answer with its status and its headers. None where a part of it is none.
fn whole(answer: &Map<String, Value>, body: Option<Bytes>) -> Option<Response> {
    let status = match answer.get("statusCode") {
        Some(Value::Number(number)) => number.as_u64()?,
        Some(Value::String(text)) => text.parse().ok()?,
        Some(_) => return None,
        None => 200,
    };
    let status = u16::try_from(status)
        .ok()
        .filter(|status| (100..=599).contains(status))?;
    let mut response = Response::empty(status);
    response.body = Body::Full(match body {
        Some(body) => body,
        None => body_of(answer)?,
    });
    for (name, value) in answer
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let Some(text) = text(value) else { continue };
        match REMAPPED.contains(&name.to_ascii_lowercase().as_str()) {
            true => response = response.with_header(&format!("x-amzn-Remapped-{name}"), text),
            false => response = response.with_header(name, text),
        }
    }
    let cookies = answer.get("cookies").and_then(Value::as_array);
    for cookie in cookies.into_iter().flatten().filter_map(Value::as_str) {
        response = response.with_header("set-cookie", cookie);
    }
    if !response.has_header("content-type") {
        response = response.with_header("content-type", "application/json");
    }
    Some(response)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn body_of(answer: &Map<String, Value>) -> Option<Bytes> {
    let text = match answer.get("body") {
        None | Some(Value::Null) => return Some(Bytes::new()),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if answer.get("isBase64Encoded") == Some(&Value::Bool(true)) {
        return BASE64_STANDARD.decode(text).ok().map(Bytes::from);
    }
    Some(text.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn shown(payload: &str) -> (u16, String, String) {
        let response = of(&Bytes::from(payload.to_owned()));
        let kind = response.headers.iter();
        let kind = kind.filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let kind: Vec<_> = kind.map(|(_, value)| value.clone()).collect();
        let Body::Full(body) = response.body else {
            panic!("a stream")
        };
        let body = String::from_utf8(body.to_vec()).unwrap();
        (response.status, kind.join("|"), body)
    }

    /// As AWS answered them in its recorded tests.
    #[test]
    fn what_is_no_answer_by_itself_is_the_body_without_blanks() {
        let json = "application/json".to_owned();
        for (payload, body) in [
            (r#"{"hello": "world"}"#, r#"{"hello":"world"}"#),
            (r#"["hello", 3, true]"#, r#"["hello",3,true]"#),
            (r#""hello""#, "hello"),
            ("3", "3"),
            ("3.1", "3.1"),
            ("true", "true"),
            (r#"{"statusCode": 200, "body": "body123"}"#, "body123"),
            (
                r#"{"statusCode": 200, "body": "{\"hello\": \"world\"}"}"#,
                r#"{"hello": "world"}"#,
            ),
        ] {
            assert_eq!(shown(payload), (200, json.clone(), body.to_owned()));
        }
    }

    #[test]
    fn an_answer_has_its_status_headers_cookies_and_bytes() {
        assert_eq!(
            shown(r#"{"statusCode": "418", "body": "i'm a teapot"}"#),
            (418, "application/json".into(), "i'm a teapot".into())
        );
        let answer = r#"{"statusCode": 201, "headers": {"Content-Type": "image/png", "Age": 3, "Content-Length": "9"},
            "cookies": ["a=1; Secure", "b=2"], "body": "aGk=", "isBase64Encoded": true}"#;
        assert_eq!(shown(answer), (201, "image/png".into(), "hi".into()));
        let response = of(&Bytes::from(answer));
        let of_name = |name: &str| -> Vec<&str> {
            let all = response.headers.iter();
            let all = all.filter(|(known, _)| known.eq_ignore_ascii_case(name));
            all.map(|(_, value)| value.as_str()).collect()
        };
        assert_eq!(of_name("set-cookie"), ["a=1; Secure", "b=2"]);
        assert_eq!(of_name("age"), ["3"]);
        assert_eq!(of_name("content-length"), Vec::<&str>::new());
        for wrong in [
            r#"{"statusCode": "x"}"#,
            r#"{"statusCode": 7}"#,
            r#"{"statusCode": 200, "body": "?", "isBase64Encoded": true}"#,
            "no json",
        ] {
            assert_eq!(shown(wrong).0, 502, "{wrong}");
        }
    }

    #[test]
    fn a_stream_may_begin_with_its_head() {
        let head = r#"{"statusCode": 203, "headers": {"Content-Type": "text/html"}}"#;
        let payload = Bytes::from(format!("{head}\0\0\0\0\0\0\0\0<p>"));
        let response = of_stream(&payload);
        assert_eq!(response.status, 203);
        let Body::Full(body) = response.body else {
            panic!("a stream")
        };
        assert_eq!(body, "<p>");
        assert_eq!(of_stream(&Bytes::from("plain")).status, 200);
    }
}

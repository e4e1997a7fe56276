//! Bodies as texts and as bytes: which they are by the API's binary media types, and what the content handling of an
//! integration makes of them.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html> and
//! the service's recorded tests.

use super::refusal::Refusal;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;

/// A body on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    Text(String),
    /// Bytes, which no template can read.
    Binary(Bytes),
}

impl Payload {
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::Text(text) => text.into(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// The text, for a template.
    ///
    /// # Errors
    /// When it is bytes.
    pub fn text(self) -> Result<String, Refusal> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Binary(_) => Err(Refusal::configuration(
                "Unable to transform the body: it is binary",
            )),
        }
    }
}

fn text(body: &Bytes) -> Payload {
    Payload::Text(String::from_utf8_lossy(body).into_owned())
}

fn encoded(body: &Bytes) -> Payload {
    Payload::Text(BASE64_STANDARD.encode(body))
}

fn decoded(body: &Bytes) -> Result<Payload, Refusal> {
    let bytes = BASE64_STANDARD.decode(body);
    let bytes = bytes.map_err(|_| Refusal::configuration("Unable to base64 decode the body."))?;
    Ok(Payload::Binary(bytes.into()))
}

/// A request's body as the integration gets it.
///
/// # Errors
/// When a text that should be bytes is none.
pub fn request(body: &Bytes, is_binary: bool, handling: Option<&str>) -> Result<Payload, Refusal> {
    match (is_binary, handling) {
        (false, Some("CONVERT_TO_BINARY")) => decoded(body),
        (false, _) => Ok(text(body)),
        (true, Some("CONVERT_TO_TEXT")) => Ok(encoded(body)),
        (true, _) => Ok(Payload::Binary(body.clone())),
    }
}

/// An answer's body as the caller gets it; `accepted` says whether the caller takes bytes.
///
/// # Errors
/// When a text that should be bytes is none.
pub fn response(
    body: &Bytes,
    is_binary: bool,
    accepted: bool,
    handling: Option<&str>,
) -> Result<Payload, Refusal> {
    match (is_binary, handling) {
        (true, Some("CONVERT_TO_TEXT")) => Ok(encoded(body)),
        (true, Some("CONVERT_TO_BINARY")) => Ok(Payload::Binary(body.clone())),
        (true, _) if accepted => Ok(Payload::Binary(body.clone())),
        (true, _) => Ok(encoded(body)),
        (false, Some("CONVERT_TO_TEXT")) => Ok(text(body)),
        (false, Some("CONVERT_TO_BINARY")) => decoded(body),
        (false, _) if accepted => decoded(body),
        (false, _) => Ok(text(body)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_texts_or_bytes_as_the_service_tells() {
        let raw = Bytes::from_static(b"\x1f\xff");
        let base64 = Bytes::from_static(b"H/8=");
        let (to_text, to_binary) = (Some("CONVERT_TO_TEXT"), Some("CONVERT_TO_BINARY"));
        let text = |text: &str| Some(Payload::Text(text.to_owned()));
        let bytes = || Some(Payload::Binary(raw.clone()));
        for (body, is_binary, handling, expected) in [
            (&raw, false, None, text("\u{1f}\u{fffd}")),
            (&raw, false, to_text, text("\u{1f}\u{fffd}")),
            (&base64, false, to_binary, bytes()),
            (&raw, false, to_binary, None),
            (&raw, true, None, bytes()),
            (&raw, true, to_binary, bytes()),
            (&raw, true, to_text, text("H/8=")),
        ] {
            let found = request(body, is_binary, handling).ok();
            assert_eq!(found, expected, "{body:?} {is_binary} {handling:?}");
        }
        for (body, is_binary, accepted, handling, expected) in [
            (&base64, false, false, None, text("H/8=")),
            (&base64, false, true, None, bytes()),
            (&raw, false, true, None, None),
            (&base64, false, true, to_text, text("H/8=")),
            (&base64, false, false, to_binary, bytes()),
            (&raw, true, false, None, text("H/8=")),
            (&raw, true, true, None, bytes()),
            (&raw, true, false, to_binary, bytes()),
            (&raw, true, true, to_text, text("H/8=")),
        ] {
            let found = response(body, is_binary, accepted, handling).ok();
            let said = format!("{body:?} {is_binary} {accepted} {handling:?}");
            assert_eq!(found, expected, "{said}");
        }
    }
}

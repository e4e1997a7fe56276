//! Metadata of objects on the wire. HTTP's headers are ASCII; what is not is said in words of RFC 2047, in both directions.

use crate::{error::AwsError, request::Request};
use base64::{Engine, prelude::BASE64_STANDARD};

/// The most that an object's own metadata may be, names and values together.
const MOST: usize = 2048;

const PREFIX: &str = "x-amz-meta-";

/// The metadata of a request, as it is stored.
///
/// # Errors
/// `MetadataTooLarge`.
pub fn of(request: &Request) -> Result<Vec<(String, String)>, AwsError> {
    let mut all: Vec<(String, String)> = Vec::new();
    for name in request.headers.keys() {
        if !name.as_str().starts_with(PREFIX) || name.as_str() == PREFIX {
            continue;
        }
        // The same name twice is one value, as HTTP joins them.
        let values: Vec<String> = request
            .headers
            .get_all(name)
            .iter()
            .map(|value| decode(&String::from_utf8_lossy(value.as_bytes())))
            .collect();
        all.push((name.as_str().to_owned(), values.join(",")));
    }
    let size: usize = all
        .iter()
        .map(|(name, value)| name.len() - PREFIX.len() + value.len())
        .sum();
    if size > MOST {
        return Err(AwsError::new(
            400,
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
        )
        .with("Size", size.to_string())
        .with("MaxSizeAllowed", MOST.to_string()));
    }
    Ok(all)
}

/// A header's text, also where it is not ASCII.
pub fn text(request: &Request, name: &str) -> Option<String> {
    let value = request.headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// What comes back for a stored value.
pub fn encode(value: &str) -> String {
    if is_plain(value) {
        return value.to_owned();
    }
    let is_printable = |c: char| !c.is_control() && c != char::REPLACEMENT_CHARACTER;
    if !value.chars().all(is_printable) {
        return format!("=?UTF-8?B?{}?=", BASE64_STANDARD.encode(value));
    }
    as_word(value)
}

/// A header's text that is stored as `value`, be it a word of RFC 2047 itself.
pub fn wrapped(value: &str) -> String {
    if is_plain(value) && word(value).is_some() {
        as_word(value)
    } else {
        encode(value)
    }
}

fn is_plain(value: &str) -> bool {
    value
        .bytes()
        .all(|b| (b' '..=b'~').contains(&b) || b == b'\t')
}

fn as_word(value: &str) -> String {
    let mut out = "=?UTF-8?Q?".to_owned();
    for byte in value.bytes() {
        match byte {
            b' ' => out.push('_'),
            b'=' | b'?' | b'_' => out.push_str(&format!("={byte:02X}")),
            b'!'..=b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("={other:02X}")),
        }
    }
    out.push_str("?=");
    out
}

/// What is stored for a value that came.
fn decode(value: &str) -> String {
    word(value).unwrap_or_else(|| value.to_owned())
}

/// `=?UTF-8?B?…?=` or `=?UTF-8?Q?…?=`.
fn word(value: &str) -> Option<String> {
    let inner = value.strip_prefix("=?")?.strip_suffix("?=")?;
    let mut parts = inner.splitn(3, '?');
    let (charset, form, text) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let bytes = match form {
        "B" | "b" => BASE64_STANDARD.decode(text).ok()?,
        "Q" | "q" => quoted(text)?,
        _ => return None,
    };
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn quoted(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'_' => out.push(b' '),
            b'=' => {
                let digits = [bytes.next()?, bytes.next()?];
                let digits = std::str::from_utf8(&digits).ok()?.to_owned();
                out.push(u8::from_str_radix(&digits, 16).ok()?);
            }
            other => out.push(other),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn what_is_not_ascii_comes_back_in_words_of_rfc_2047() {
        // As AWS answered.
        for (stored, told) in [
            ("plain, with spaces", "plain, with spaces"),
            ("ÄMÄZÕÑ S3", "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="),
            (
                "test_—_file%E2%80%94_é_2?.pdf",
                "=?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=5F=C3=A9=5F2=3F.pdf?=",
            ),
            ("\u{0}\u{1}\u{2}", "=?UTF-8?B?AAEC?="),
        ] {
            assert_eq!(encode(stored), told, "{stored:?}");
            assert_eq!(decode(told), stored, "{told}");
        }
        assert_eq!(decode("=?UTF-8?B?YWJj?="), "abc");
        for value in ["=?UTF-8?B?YWJj?=", "abc", "é"] {
            assert_eq!(decode(&wrapped(value)), value);
        }
        assert_eq!(decode("=?UTF-8?X?abc?="), "=?UTF-8?X?abc?=");
    }
}

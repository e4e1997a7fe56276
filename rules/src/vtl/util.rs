//! `$util`: escaping, coding and decoding.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::json::read_json;
use super::methods::Called;
use super::value::Value;

/// Standard base64 that is read with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn util_method(name: &str, arguments: &[Value], limit: usize) -> Called {
    let [argument] = arguments else {
        return Ok(None);
    };
    if argument.is_null() {
        return Ok(None);
    }
    let text = argument.to_text(limit);
    let result = match name {
        "escapeJavaScript" => escape_java_script(&text),
        "parseJson" => return read_json(&text).map(Some),
        "urlEncode" => form_urlencoded::byte_serialize(text.as_bytes()).collect(),
        "urlDecode" => url_decode(&text)?,
        "base64Encode" => BASE64.encode(text),
        "base64Decode" => {
            let bytes = BASE64
                .decode(text.trim())
                .map_err(|error| format!("no base64: {error}"))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => return Ok(None),
    };
    Ok(Some(Value::text(result)))
}

/// As Apache's commons-lang escapes: quotes of both kinds, slashes of both kinds, and everything outside ASCII.
fn escape_java_script(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some(c @ ('\'' | '"' | '\\' | '/')) => {
                out.push('\\');
                out.push(c);
            }
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\u{c}') => out.push_str("\\f"),
            Some(c @ ' '..='\u{7f}') => out.push(c),
            _ => out.push_str(&format!("\\u{unit:04X}")),
        }
    }
    out
}

/// Java's URLDecoder: a plus is a blank, and a percent sign must have two digits behind it.
fn url_decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = rest
                    .get(..2)
                    .and_then(|digits| std::str::from_utf8(digits).ok());
                let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())
                else {
                    return Err(format!(
                        "java.lang.IllegalArgumentException: Illegal hex characters in {text}"
                    ));
                };
                bytes.push(byte);
                rest = rest.get(2..).unwrap_or_default();
            }
            byte => bytes.push(*byte),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

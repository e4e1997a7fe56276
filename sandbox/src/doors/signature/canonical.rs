//! The canonical request of SigV4: what client and server both make of a request, to sign the same bytes.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
//!
//! It is made of the request as it was sent, so that no two requests with different meanings share a signature.

use http::{HeaderMap, request::Parts};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::fmt::Write as _;

/// All but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const ENCODED_IN_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// The canonical request up to the hash of the payload, in each form that clients make of the path: the SDKs normalise it for
/// every service but S3, others do not. `None` when a signed header is not there.
pub(super) fn forms(head: &Parts, signed: &[&str], service: &str) -> Option<Vec<String>> {
    let query = query(head.uri.query().unwrap_or_default());
    let headers = headers(&head.headers, signed)?;
    let mut paths = paths(head.uri.path(), service == "s3");
    paths.dedup();
    let form = |path: &String| {
        format!(
            "{}\n{path}\n{query}\n{headers}\n{}\n",
            head.method,
            signed.join(";")
        )
    };
    Some(paths.iter().map(form).collect())
}

fn paths(sent: &str, is_s3: bool) -> Vec<String> {
    let sent = if sent.is_empty() { "/" } else { sent };
    let encode = |path: &str| utf8_percent_encode(path, ENCODED_IN_PATH).to_string();
    if is_s3 {
        // Encoded once: as it was sent, and as a client sends it that encodes other characters than it signs.
        let decoded: Vec<u8> = percent_decode_str(sent).collect();
        let again = percent_encoding::percent_encode(&decoded, ENCODED_IN_PATH).to_string();
        vec![sent.to_owned(), again]
    } else {
        // Encoded once more.
        vec![encode(&normalised(sent)), encode(sent)]
    }
}

/// Without empty segments and dots.
fn normalised(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let ends = !kept.is_empty()
        && path
            .rsplit('/')
            .next()
            .is_some_and(|last| matches!(last, "" | "." | ".."));
    format!("/{}{}", kept.join("/"), if ends { "/" } else { "" })
}

/// Each parameter decoded and encoded again, in order. The signature itself is none of them.
fn query(sent: &str) -> String {
    let encode = |text: &str| {
        let spaced = text.replace('+', " ");
        let bytes: Vec<u8> = percent_decode_str(&spaced).collect();
        percent_encoding::percent_encode(&bytes, ENCODED).to_string()
    };
    let mut pairs: Vec<(String, String)> = sent
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encode(name), encode(value)))
        .filter(|(name, _)| name != "X-Amz-Signature")
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
    pairs.join("&")
}

fn headers(all: &HeaderMap, signed: &[&str]) -> Option<String> {
    let mut text = String::new();
    for name in signed {
        let values = all.get_all(*name);
        let values: Vec<String> = values.iter().map(|v| trimmed(v.as_bytes())).collect();
        if values.is_empty() {
            return None;
        }
        // Writing to a String does not fail.
        let _ = writeln!(text, "{name}:{}", values.join(","));
    }
    Some(text)
}

/// Without spaces around it, and with one for several.
fn trimmed(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let words: Vec<&str> = text
        .split([' ', '\t'])
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_path_is_encoded_once_more_but_for_s3() {
        let arn = "/2015-03-31/functions/arn%3Aaws%3Alambda";
        assert_eq!(
            paths(arn, false)[0],
            "/2015-03-31/functions/arn%253Aaws%253Alambda"
        );
        assert_eq!(paths("/b/a%20b(c", true), ["/b/a%20b(c", "/b/a%20b%28c"]);
        assert_eq!(paths("", false)[0], "/");
    }

    #[test]
    fn dots_and_empty_segments_go() {
        for (sent, wanted) in [
            ("/", "/"),
            ("//", "/"),
            ("/./", "/"),
            ("/a//b/", "/a/b/"),
            ("/a/../b", "/b"),
            ("/../..", "/"),
            ("/a/.", "/a/"),
        ] {
            assert_eq!(normalised(sent), wanted, "{sent}");
        }
    }

    #[test]
    fn parameters_are_in_order_encoded_one_way_and_the_signature_is_left_out() {
        assert_eq!(
            query("b=1&a=x%2fy&a=+&uploads&X-Amz-Signature=0&A=~%7E"),
            "A=~~&a=%20&a=x%2Fy&b=1&uploads="
        );
    }
}

//! Checksums: what a client says of its content is compared with what arrived.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>.

use crate::{error::AwsError, request::Request};
use base64::{Engine, prelude::BASE64_STANDARD};
use md5::{Digest as _, Md5};
use sha2::{Digest as _, Sha256};

/// The names of the checksums that S3 keeps.
const NAMES: [&str; 5] = [
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
];

/// Base64 of the MD5.
pub fn md5(body: &[u8]) -> [u8; 16] {
    Md5::digest(body).into()
}

/// An ETag with its quotes.
pub fn etag(body: &[u8]) -> String {
    format!("\"{}\"", hex(&md5(body)))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The checksums that came with a content, after comparing those that can be computed here.
///
/// # Errors
/// `BadDigest` when one is not that of the content, `InvalidDigest` when the MD5 is malformed.
pub fn verified(
    request: &Request,
    trailers: &[(String, String)],
    body: &[u8],
) -> Result<Vec<(String, String)>, AwsError> {
    if let Some(given) = request.header("content-md5") {
        let bytes = BASE64_STANDARD
            .decode(given)
            .ok()
            .filter(|bytes| bytes.len() == 16)
            .ok_or_else(|| {
                AwsError::new(
                    400,
                    "InvalidDigest",
                    "The Content-MD5 you specified was invalid.",
                )
            })?;
        if bytes != md5(body) {
            return Err(bad_digest("Content-MD5"));
        }
    }
    let mut kept = Vec::new();
    for name in NAMES {
        let given = request.header(name).or_else(|| {
            trailers
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        });
        let Some(given) = given else { continue };
        if let Some(actual) = compute(name, body)
            && actual != given
        {
            return Err(bad_digest(name.trim_start_matches("x-amz-checksum-")));
        }
        kept.push((name.to_owned(), given.to_owned()));
    }
    Ok(kept)
}

fn compute(name: &str, body: &[u8]) -> Option<String> {
    match name {
        "x-amz-checksum-crc32" => Some(BASE64_STANDARD.encode(crc32fast::hash(body).to_be_bytes())),
        "x-amz-checksum-sha256" => Some(BASE64_STANDARD.encode(Sha256::digest(body))),
        // The other ones are kept and given back as they came.
        _ => None,
    }
}

fn bad_digest(name: &str) -> AwsError {
    AwsError::new(
        400,
        "BadDigest",
        format!("The {name} you specified did not match the calculated checksum."),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn checksums_are_those_of_the_known_vectors() {
        assert_eq!(
            compute("x-amz-checksum-crc32", b"123456789").unwrap(),
            "y/Q5Jg=="
        );
        assert_eq!(etag(b""), "\"d41d8cd98f00b204e9800998ecf8427e\"");
    }
}

//! SHA-256, HMAC and what SigV4 makes of them.

use sha2::{Digest, Sha256, digest::Output};
use std::fmt::Write as _;
use subtle::ConstantTimeEq;

const BLOCK: usize = 64;

/// In lower-case hexadecimal digits.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// RFC 2104, with SHA-256 or SHA-1: both work in blocks of 64 bytes.
pub(super) fn hmac<D: Digest>(key: &[u8], message: &[u8]) -> Output<D> {
    let mut padded = [0; BLOCK];
    if key.len() > BLOCK {
        let short = D::digest(key);
        padded[..short.len()].copy_from_slice(&short);
    } else {
        padded[..key.len()].copy_from_slice(key);
    }
    let with = |pad: u8| padded.map(|byte| byte ^ pad);
    let inner = D::new()
        .chain_update(with(0x36))
        .chain_update(message)
        .finalize();
    D::new()
        .chain_update(with(0x5c))
        .chain_update(inner)
        .finalize()
}

/// The key that signs a day's requests to one service in one region.
pub(super) fn signing_key(secret: &str, date: &str, region: &str, service: &str) -> [u8; 32] {
    let start = format!("AWS4{secret}");
    [date, region, service, "aws4_request"]
        .iter()
        .fold(start.into_bytes(), |key, part| {
            hmac::<Sha256>(&key, part.as_bytes()).to_vec()
        })
        .try_into()
        .unwrap_or_default()
}

/// Takes as long whether the first character differs or the last.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn hmac_gives_the_values_of_rfc_4231() {
        for (key, message, value) in [
            (
                vec![0x0b; 20],
                b"Hi There".to_vec(),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?".to_vec(),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                vec![0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            assert_eq!(hex(&hmac::<Sha256>(&key, &message)), value);
        }
    }

    #[test]
    fn the_signing_key_is_the_one_of_aws_documentation() {
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-examples.html
        let key = signing_key(
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "20120215",
            "us-east-1",
            "iam",
        );
        assert_eq!(
            hex(&key),
            "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"
        );
    }

    #[test]
    fn only_equal_signatures_are_the_same() {
        assert!(is_same("abc", "abc"));
        assert!(!is_same("abc", "abd") && !is_same("abc", "ab") && !is_same("", "a"));
    }
}

//! What a signature says of the body: a hash of it, or pieces that are signed one after the other (`aws-chunked`).
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>

use super::{
    hash::{hex, hmac, is_same, sha256_hex},
    mismatch,
};
use crate::error::AwsError;
use sha2::Sha256;

/// What was signed before the body, and with which key.
#[derive(Clone)]
pub(super) struct Signer {
    pub key: [u8; 32],
    /// `20130524T000000Z`, and the scope below it.
    pub time_and_scope: String,
}

impl Signer {
    pub fn sign(&self, text: &str) -> String {
        hex(&hmac::<Sha256>(&self.key, text.as_bytes()))
    }

    /// The signature of a request.
    pub fn sign_request(&self, canonical: &str) -> String {
        self.sign(&format!(
            "AWS4-HMAC-SHA256\n{}\n{}",
            self.time_and_scope,
            sha256_hex(canonical.as_bytes())
        ))
    }
}

/// What a request's head promises of its body.
pub enum Promise {
    /// Nothing: whoever sends it is known by other means, or S3's client chose not to sign it.
    None,
    /// That it has this hash.
    Hash(String),
    /// That it has a hash with which the signature is the right one.
    Whole(Whole),
    /// That each piece is signed.
    Pieces(Pieces),
}

/// A signature over a body that was not there yet.
pub struct Whole {
    pub(super) signer: Signer,
    pub(super) forms: Vec<String>,
    pub(super) signature: String,
}

/// Signatures that each take in the one before, the head's first.
pub struct Pieces {
    pub(super) signer: Signer,
    pub(super) seed: String,
    pub(super) has_trailer: bool,
}

impl Promise {
    /// Holds the promise against the body.
    ///
    /// # Errors
    /// When the body is not the one that was signed.
    pub fn keep(&self, body: &[u8]) -> Result<(), AwsError> {
        let kept = match self {
            Self::None => true,
            Self::Hash(hash) => is_same(hash, &sha256_hex(body)),
            Self::Whole(whole) => whole.is_kept(&sha256_hex(body)),
            Self::Pieces(pieces) => pieces.are_kept(body).unwrap_or(false),
        };
        if kept { Ok(()) } else { Err(mismatch()) }
    }
}

impl Whole {
    pub(super) fn is_kept(&self, payload: &str) -> bool {
        // All forms are tried, so that the time says nothing of which was right.
        self.forms.iter().fold(false, |kept, form| {
            let right = self.signer.sign_request(&format!("{form}{payload}"));
            kept | is_same(&right, &self.signature)
        })
    }
}

impl Pieces {
    fn are_kept(&self, body: &[u8]) -> Option<bool> {
        let mut rest = body;
        let mut before = self.seed.clone();
        loop {
            let line = take_line(&mut rest)?;
            let (size, signature) = line.split_once(";chunk-signature=")?;
            let size = usize::from_str_radix(size.trim(), 16).ok()?;
            let data = rest.get(..size)?;
            rest = rest.get(size..)?;
            let right = self.of_piece(&before, data);
            if !is_same(&right, signature.trim()) {
                return Some(false);
            }
            before = right;
            if size == 0 {
                return self.is_end(&before, rest);
            }
            rest = rest.strip_prefix(b"\r\n")?;
        }
    }

    fn of_piece(&self, before: &str, data: &[u8]) -> String {
        self.signer.sign(&format!(
            "AWS4-HMAC-SHA256-PAYLOAD\n{}\n{before}\n{}\n{}",
            self.signer.time_and_scope,
            sha256_hex(b""),
            sha256_hex(data)
        ))
    }

    fn of_trailer(&self, before: &str, trailer: &str) -> String {
        self.signer.sign(&format!(
            "AWS4-HMAC-SHA256-TRAILER\n{}\n{before}\n{}",
            self.signer.time_and_scope,
            sha256_hex(trailer.as_bytes())
        ))
    }

    /// What comes after the last piece: nothing, or headers and a signature over all of them.
    fn is_end(&self, before: &str, mut rest: &[u8]) -> Option<bool> {
        let mut trailer = String::new();
        let mut signature = None;
        while !rest.is_empty() {
            let line = take_line(&mut rest)?;
            match line.split_once(':') {
                None if line.trim().is_empty() => {}
                // Nothing may follow the signature: nobody would have signed it.
                _ if signature.is_some() || !self.has_trailer => return Some(false),
                Some((name, value)) if name.eq_ignore_ascii_case("x-amz-trailer-signature") => {
                    signature = Some(value.trim().to_owned());
                }
                Some((name, value)) => {
                    let name = name.trim().to_ascii_lowercase();
                    trailer.push_str(&format!("{name}:{}\n", value.trim()));
                }
                None => return Some(false),
            }
        }
        match signature {
            Some(signature) => Some(is_same(&self.of_trailer(before, &trailer), &signature)),
            None => Some(!self.has_trailer),
        }
    }
}

fn take_line(rest: &mut &[u8]) -> Option<String> {
    let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
    let line = std::str::from_utf8(rest.get(..end)?).ok()?.to_owned();
    *rest = rest.get(end + 2..)?;
    Some(line)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::hash::signing_key;
    use super::*;

    /// The examples of both pages above: 65 KB of `a` as pieces of 64 KB and 1 KB.
    fn pieces(seed: &str, has_trailer: bool) -> Pieces {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        Pieces {
            signer: Signer {
                key: signing_key(secret, "20130524", "us-east-1", "s3"),
                time_and_scope: "20130524T000000Z\n20130524/us-east-1/s3/aws4_request".into(),
            },
            seed: seed.into(),
            has_trailer,
        }
    }

    fn framed(signatures: [&str; 3], end: &str) -> Vec<u8> {
        let mut body = Vec::new();
        for (size, signature) in [65536, 1024, 0].into_iter().zip(signatures) {
            body.extend(format!("{size:x};chunk-signature={signature}\r\n").bytes());
            body.extend(std::iter::repeat_n(b'a', size));
            if size > 0 {
                body.extend(b"\r\n");
            }
        }
        body.extend(end.bytes());
        body
    }

    const SEED: &str = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    const SIGNED: [&str; 3] = [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ];
    const SEED_WITH_TRAILER: &str =
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
    const SIGNED_WITH_TRAILER: [&str; 3] = [
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    ];
    const TRAILER: &str = "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";

    #[test]
    fn the_pieces_of_aws_example_are_kept_and_none_that_was_changed() {
        let pieces = pieces(SEED, false);
        let good = framed(SIGNED, "\r\n");
        assert_eq!(pieces.are_kept(&good), Some(true));
        assert_eq!(pieces.are_kept(&framed(SIGNED, "")), Some(true));
        let mut changed = good.clone();
        changed[200] = b'b';
        assert_eq!(pieces.are_kept(&changed), Some(false));
        let swapped = [SIGNED[1], SIGNED[0], SIGNED[2]];
        assert_eq!(pieces.are_kept(&framed(swapped, "\r\n")), Some(false));
        // Cut off, and with headers that nobody signed.
        assert_eq!(pieces.are_kept(&good[..66_600]), None);
        assert_eq!(
            pieces.are_kept(&framed(SIGNED, "x-amz-a:b\r\n\r\n")),
            Some(false)
        );
        assert_eq!(pieces.are_kept(b"5\r\nhello\r\n0\r\n\r\n"), None);
    }

    #[test]
    fn the_trailer_of_aws_example_is_kept_and_none_that_was_changed() {
        let pieces = pieces(SEED_WITH_TRAILER, true);
        let ends = |end: &str| pieces.are_kept(&framed(SIGNED_WITH_TRAILER, end));
        assert_eq!(ends(TRAILER), Some(true));
        assert_eq!(ends(&TRAILER.replace("sOO8", "sOO9")), Some(false));
        let longer = TRAILER.replace("\r\n\r\n", "\r\nx-amz-a:b\r\n\r\n");
        assert_eq!(ends(&longer), Some(false));
        assert_eq!(ends("\r\n"), Some(false));
        assert_eq!(ends("x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n"), Some(false));
    }
}

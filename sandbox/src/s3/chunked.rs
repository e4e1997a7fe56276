//! `aws-chunked`: the body in pieces with a signature each, and checksums after the last one.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>.

use crate::{error::AwsError, request::Request};
use bytes::{Bytes, BytesMut};

/// A body without its framing, and the headers that came after it.
#[derive(Debug, PartialEq)]
pub struct Decoded {
    pub body: Bytes,
    pub trailers: Vec<(String, String)>,
}

/// The content of a request.
///
/// # Errors
/// `IncompleteBody` when the framing is broken or the length is not the one that was announced.
pub fn content(request: &Request) -> Result<Decoded, AwsError> {
    let hash = request.header("x-amz-content-sha256").unwrap_or_default();
    let encoding = request.header("content-encoding").unwrap_or_default();
    if !hash.starts_with("STREAMING-")
        && !encoding.split(',').any(|part| part.trim() == "aws-chunked")
    {
        return Ok(Decoded {
            body: request.body.clone(),
            trailers: Vec::new(),
        });
    }
    let decoded = decode(&request.body).ok_or_else(incomplete)?;
    let announced = request
        .header("x-amz-decoded-content-length")
        .and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length != decoded.body.len()) {
        return Err(incomplete());
    }
    Ok(decoded)
}

fn incomplete() -> AwsError {
    AwsError::new(
        400,
        "IncompleteBody",
        "The request body terminated unexpectedly",
    )
}

fn decode(framed: &Bytes) -> Option<Decoded> {
    let mut rest = framed.clone();
    let mut body = BytesMut::with_capacity(framed.len());
    loop {
        let line = take_line(&mut rest)?;
        let size = line.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            break;
        }
        if rest.len() < size.checked_add(2)? {
            return None;
        }
        body.extend_from_slice(&rest.split_to(size));
        if rest.split_to(2) != b"\r\n"[..] {
            return None;
        }
    }
    let mut trailers = Vec::new();
    while let Some(line) = take_line(&mut rest) {
        if let Some((name, value)) = line.split_once(':') {
            trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    Some(Decoded {
        body: body.freeze(),
        trailers,
    })
}

fn take_line(rest: &mut Bytes) -> Option<String> {
    let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
    let line = rest.split_to(end);
    let _ = rest.split_to(2);
    String::from_utf8(line.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn pieces_are_joined_and_trailers_read() {
        let framed = Bytes::from_static(
            b"5;chunk-signature=abc\r\nhello\r\n3\r\n wo\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:x\r\n\r\n",
        );
        let decoded = decode(&framed).unwrap();
        assert_eq!(decoded.body, "hello wo");
        assert_eq!(
            decoded.trailers[0],
            ("x-amz-checksum-crc32".into(), "AAAAAA==".into())
        );
    }

    #[test]
    fn a_body_that_ends_too_early_is_incomplete() {
        for framed in [
            "5\r\nhel",
            "5\r\nhello",
            "zz\r\n",
            "ffffffffffffffff\r\nx\r\n",
            "",
        ] {
            assert_eq!(decode(&Bytes::from(framed)), None, "{framed:?}");
        }
    }
}

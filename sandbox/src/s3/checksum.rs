//! Checksums: what a client says of its content is compared with what arrived, and what S3 makes where it says nothing.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>.

use super::route::Call;
use crate::error::AwsError;
use base64::{Engine, prelude::BASE64_STANDARD};
use crc_fast::CrcAlgorithm;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// How a checksum is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    Crc32,
    Crc32c,
    Crc64nvme,
    Sha1,
    Sha256,
}

/// A checksum that is kept with an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    pub algorithm: Algorithm,
    /// In Base64; one of parts' checksums ends in their number, as in `5FRUiw==-3`.
    pub value: String,
    /// Whether it is one of parts' checksums.
    #[serde(default)]
    pub is_composite: bool,
}

impl Algorithm {
    pub const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// As `ChecksumAlgorithm` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The one of that name, in whichever case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The header that carries it.
    pub fn header(self) -> String {
        format!("x-amz-checksum-{}", self.name().to_ascii_lowercase())
    }

    /// The element that carries it.
    pub fn element(self) -> String {
        format!("Checksum{}", self.name())
    }

    /// Whether the whole's can be told of parts' without their contents, so that S3 gives it of a multipart object.
    pub fn is_crc(self) -> bool {
        matches!(self, Self::Crc32 | Self::Crc32c | Self::Crc64nvme)
    }

    /// What it gives for a content.
    pub fn of(self, content: &[u8]) -> Vec<u8> {
        match self {
            Self::Crc32 => crc32fast::hash(content).to_be_bytes().to_vec(),
            Self::Crc32c => {
                let sum = crc_fast::checksum(CrcAlgorithm::Crc32Iscsi, content);
                sum.to_be_bytes()[4..].to_vec()
            }
            Self::Crc64nvme => crc_fast::checksum(CrcAlgorithm::Crc64Nvme, content)
                .to_be_bytes()
                .to_vec(),
            Self::Sha1 => Sha1::digest(content).to_vec(),
            Self::Sha256 => Sha256::digest(content).to_vec(),
        }
    }

    fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

impl Checksum {
    /// That of a whole content.
    pub fn of(algorithm: Algorithm, content: &[u8]) -> Self {
        Self {
            algorithm,
            value: BASE64_STANDARD.encode(algorithm.of(content)),
            is_composite: false,
        }
    }

    /// `ChecksumType`.
    pub fn kind(&self) -> &'static str {
        kind(self.is_composite)
    }
}

/// `ChecksumType`.
pub fn kind(is_composite: bool) -> &'static str {
    if is_composite {
        "COMPOSITE"
    } else {
        "FULL_OBJECT"
    }
}

/// The MD5.
pub fn md5(body: &[u8]) -> [u8; 16] {
    Md5::digest(body).into()
}

/// An ETag with its quotes.
pub fn etag(md5: &[u8]) -> String {
    format!("\"{}\"", hex(md5))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What came with a content, after it was compared with it: its checksum if the client said one, and its MD5.
///
/// # Errors
/// `BadDigest` when one is not that of the content, `InvalidDigest` and `InvalidRequest` when one is malformed.
pub fn verified(
    call: &Call<'_>,
    trailers: &[(String, String)],
    body: &[u8],
) -> Result<(Option<Checksum>, [u8; 16]), AwsError> {
    let sum = md5(body);
    if let Some(given) = call.header("content-md5") {
        check_md5(call, given, &sum)?;
    }
    let given = given(call, trailers)?;
    if let Some(given) = &given
        && Checksum::of(given.algorithm, body).value != given.value
    {
        return Err(AwsError::new(
            400,
            "BadDigest",
            format!(
                "The {} you specified did not match the calculated checksum.",
                given.algorithm.name()
            ),
        ));
    }
    Ok((given, sum))
}

fn check_md5(call: &Call<'_>, given: &str, sum: &[u8; 16]) -> Result<(), AwsError> {
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
            .with("Content-MD5", given)
        })?;
    if bytes == sum {
        return Ok(());
    }
    // As AWS writes it: of a part in Base64, of an object in hexadecimal.
    let expected = if call.has("partNumber") {
        given.to_owned()
    } else {
        hex(&bytes)
    };
    Err(AwsError::new(
        400,
        "BadDigest",
        "The Content-MD5 you specified did not match what we received.",
    )
    .with("ExpectedDigest", expected)
    .with("CalculatedDigest", BASE64_STANDARD.encode(sum)))
}

/// The checksum that a request says, in a header or after its body.
fn given(call: &Call<'_>, trailers: &[(String, String)]) -> Result<Option<Checksum>, AwsError> {
    let said: Vec<(Algorithm, &str)> = Algorithm::ALL
        .into_iter()
        .filter_map(|algorithm| {
            let header = algorithm.header();
            let trailed = trailers.iter().find(|(name, _)| *name == header);
            let value = call.header(&header);
            Some((
                algorithm,
                value.or(trailed.map(|(_, value)| value.as_str()))?,
            ))
        })
        .collect();
    if said.len() > 1 {
        return Err(invalid(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ));
    }
    let found = said.first().map(|(algorithm, value)| Checksum {
        algorithm: *algorithm,
        value: (*value).to_owned(),
        is_composite: false,
    });
    if let Some(sum) = &found
        && BASE64_STANDARD.decode(&sum.value).map(|bytes| bytes.len()) != Ok(sum.algorithm.length())
    {
        return Err(invalid(format!(
            "Value for {} header is invalid.",
            sum.algorithm.header()
        )));
    }
    let announced = call.header("x-amz-trailer").unwrap_or_default();
    if found.is_none() && announced.contains("x-amz-checksum-") {
        return Err(AwsError::new(
            400,
            "MalformedTrailerError",
            "The request contained trailing data that was not well-formed or did not conform to our published schema.",
        ));
    }
    if let Some(name) = call.header("x-amz-sdk-checksum-algorithm")
        && Algorithm::named(name).is_none()
    {
        return Err(invalid(
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        ));
    }
    Ok(found)
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidRequest", message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn checksums_are_those_of_the_known_vectors() {
        // The check values of the CRC catalogue, and what AWS answered for `test data..`.
        for (algorithm, content, value) in [
            (Algorithm::Crc32, "123456789", "y/Q5Jg=="),
            (Algorithm::Crc32c, "123456789", "4waSgw=="),
            (Algorithm::Crc64nvme, "123456789", "rosUhgp5mIg="),
            (Algorithm::Crc32, "test data..", "cZWHwQ=="),
            (Algorithm::Crc32c, "test data..", "Pf4upw=="),
            (Algorithm::Crc64nvme, "test data..", "qUVrWYOrIAM="),
            (
                Algorithm::Sha1,
                "test data..",
                "B++3uSfJMSHWToQMQ1g6lIJY5Eo=",
            ),
            (
                Algorithm::Sha256,
                "test data..",
                "2l26x0trnT0r2AvakoFk2MB7eKVKzYESLMxSAKAzoik=",
            ),
        ] {
            let sum = Checksum::of(algorithm, content.as_bytes());
            assert_eq!(sum.value, value, "{} of {content}", algorithm.name());
        }
        assert_eq!(etag(&md5(b"")), "\"d41d8cd98f00b204e9800998ecf8427e\"");
    }

    #[test]
    fn algorithms_are_named_in_either_case() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::named(algorithm.name()), Some(algorithm));
            let kept = serde_json::to_string(&algorithm).unwrap();
            assert_eq!(kept, format!("\"{}\"", algorithm.name()));
        }
        assert_eq!(Algorithm::named("crc32c"), Some(Algorithm::Crc32c));
        assert_eq!(Algorithm::named("md5"), None);
    }
}

//! AWS's signatures, really verified, with the keys of this sandbox: in the `Authorization` header or in the query of a
//! presigned address. Version 4 for every service, version 2 for S3. Judged by the head alone; what it says of the body is a
//! [`Promise`].
//!
//! Errors have AWS's codes, so that clients tell them as they would AWS's.

mod canonical;
mod hash;
mod keys;
mod old;
mod payload;

pub use keys::Keys;
pub use payload::Promise;

use crate::error::AwsError;
use hash::{is_same, signing_key};
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use payload::{Pieces, Signer, Whole};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far a client's clock may be off.
const SKEW: SignedDuration = SignedDuration::from_mins(15);
/// How long a presigned address may live: a week.
const LONGEST: i64 = 604_800;
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// What a request says of its signature.
#[derive(Debug, PartialEq)]
struct Claim {
    access_key: String,
    date: String,
    region: String,
    service: String,
    signed: String,
    signature: String,
    time: String,
    /// Seconds for which a presigned address holds; none in a header.
    expires: Option<i64>,
}

/// Verifies a request's head.
///
/// # Errors
/// As AWS refuses it.
pub fn head(keys: Option<&Keys>, head: &Parts, now: Timestamp) -> Result<Promise, AwsError> {
    if old::is_used(head) {
        return old::verify(keys, head, now).map(|()| Promise::None);
    }
    let claim = claim(head)?;
    claim.check_time(now)?;
    let keys = keys
        .filter(|keys| is_same(&keys.access_key, &claim.access_key))
        .ok_or_else(unknown_key)?;
    let signed: Vec<&str> = claim.signed.split(';').collect();
    check_signed(&head.headers, &signed)?;
    let forms = canonical::forms(head, &signed, &claim.service)
        .ok_or_else(|| incomplete("A header that was signed is not there."))?;
    let scope = format!(
        "{}/{}/{}/aws4_request",
        claim.date, claim.region, claim.service
    );
    let whole = Whole {
        signer: Signer {
            key: signing_key(&keys.secret, &claim.date, &claim.region, &claim.service),
            time_and_scope: format!("{}\n{scope}", claim.time),
        },
        forms,
        signature: claim.signature.clone(),
    };
    promise(&claim, &head.headers, whole)
}

/// The query that signs a GET of `path` at `host` from now on, by the time that the doors judge by.
pub fn presign_from_now(keys: &Keys, host: &str, path: &str, seconds: u32) -> String {
    presign(keys, host, path, Timestamp::now(), seconds)
}

/// The query that signs a GET of `path` (of unreserved characters alone) at `host` for some seconds, as AWS presigns addresses.
fn presign(keys: &Keys, host: &str, path: &str, now: Timestamp, seconds: u32) -> String {
    let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let date = time.get(..8).unwrap_or_default();
    let scope = format!("{date}/us-east-1/lambda/aws4_request");
    let credential = format!("{}/{scope}", keys.access_key).replace('/', "%2F");
    let query = format!(
        "X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={credential}&X-Amz-Date={time}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host"
    );
    let signer = Signer {
        key: signing_key(&keys.secret, date, "us-east-1", "lambda"),
        time_and_scope: format!("{time}\n{scope}"),
    };
    let payload = hash::sha256_hex(b"");
    let canonical = format!("GET\n{path}\n{query}\nhost:{host}\n\nhost\n{payload}");
    format!(
        "{query}&X-Amz-Signature={}",
        signer.sign_request(&canonical)
    )
}

/// What the signature covers of the body. Where the head says it, the signature is verified here and now.
fn promise(claim: &Claim, headers: &HeaderMap, whole: Whole) -> Result<Promise, AwsError> {
    let is_s3 = claim.service == "s3";
    let said = single(headers, "x-amz-content-sha256")?;
    let Some(said) = said.or((is_s3 && claim.expires.is_some()).then_some(UNSIGNED)) else {
        if is_s3 {
            return Err(incomplete(
                "Missing required header for this request: x-amz-content-sha256",
            ));
        }
        return Ok(Promise::Whole(whole));
    };
    if !whole.is_kept(said) {
        return Err(mismatch());
    }
    let is_hash = said.len() == 64 && said.bytes().all(|b| b.is_ascii_hexdigit());
    match said {
        _ if is_hash => Ok(Promise::Hash(said.to_ascii_lowercase())),
        UNSIGNED | "STREAMING-UNSIGNED-PAYLOAD-TRAILER" if is_s3 => Ok(Promise::None),
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" if is_s3 => {
            Ok(Promise::Pieces(pieces(claim, whole.signer, false)))
        }
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" if is_s3 => {
            Ok(Promise::Pieces(pieces(claim, whole.signer, true)))
        }
        _ => Err(incomplete(
            "This x-amz-content-sha256 is none that this service takes.",
        )),
    }
}

fn pieces(claim: &Claim, signer: Signer, has_trailer: bool) -> Pieces {
    Pieces {
        signer,
        seed: claim.signature.clone(),
        has_trailer,
    }
}

/// `Host` and what AWS's headers say must be under the signature, or somebody on the way could change it.
fn check_signed(headers: &HeaderMap, signed: &[&str]) -> Result<(), AwsError> {
    let free = ["x-amz-user-agent", "x-amz-security-token"];
    let unsigned = headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-") && !free.contains(name))
        .find(|name| !signed.contains(name));
    match unsigned {
        Some(name) => Err(incomplete(&format!(
            "The header {name} is there but was not signed."
        ))),
        None if !signed.contains(&"host") => Err(incomplete("The header host was not signed.")),
        None => Ok(()),
    }
}

impl Claim {
    fn check_time(&self, now: Timestamp) -> Result<(), AwsError> {
        let at = DateTime::strptime("%Y%m%dT%H%M%SZ", &self.time)
            .ok()
            .and_then(|at| TimeZone::UTC.to_timestamp(at).ok())
            .ok_or_else(|| {
                incomplete("The date of the signature is not one such as 20261127T180000Z.")
            })?;
        if self.date.len() != 8 || !self.time.starts_with(&self.date) {
            return Err(incomplete(
                "The date of the credential's scope is not the one of the request.",
            ));
        }
        let age = now.duration_since(at);
        let most = match self.expires {
            Some(seconds) if !(1..=LONGEST).contains(&seconds) => {
                return Err(incomplete(
                    "X-Amz-Expires is a number of seconds from 1 to 604800.",
                ));
            }
            Some(seconds) => SignedDuration::from_secs(seconds),
            None => SKEW,
        };
        if age > most || age < -SKEW {
            return Err(AwsError::new(
                403,
                "InvalidSignatureException",
                format!("Signature expired or not yet valid: signed at {at}, and it is {now}"),
            ));
        }
        Ok(())
    }
}

/// What the request says of its signature, in one place only.
fn claim(head: &Parts) -> Result<Claim, AwsError> {
    let query: Vec<(String, String)> =
        form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let is_presigned = query.iter().any(|(name, _)| name == "X-Amz-Signature");
    match (single(&head.headers, AUTHORIZATION.as_str())?, is_presigned) {
        (Some(_), true) => Err(incomplete(
            "A request is signed once: in a header or in its query.",
        )),
        (Some(text), false) => in_header(text, &head.headers),
        (None, true) => in_query(&query),
        (None, false) => Err(AwsError::new(
            403,
            "MissingAuthenticationTokenException",
            "From elsewhere, each request is signed with the keys of this sandbox: its credentials file holds them, and this one is not signed.",
        )),
    }
}

fn in_header(text: &str, headers: &HeaderMap) -> Result<Claim, AwsError> {
    let rest = text
        .strip_prefix(ALGORITHM)
        .and_then(|rest| rest.strip_prefix(' '))
        .ok_or_else(|| incomplete("Only signatures of AWS4-HMAC-SHA256 are verified here."))?;
    let (mut credential, mut signed, mut signature) = (None, None, None);
    for part in rest.split(',') {
        let (name, value) = part.trim().split_once('=').unwrap_or_default();
        let slot = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed,
            "Signature" => &mut signature,
            _ => {
                return Err(incomplete(
                    "The Authorization header has a part that is unknown.",
                ));
            }
        };
        if slot.replace(value).is_some() {
            return Err(incomplete("The Authorization header has a part twice."));
        }
    }
    let (Some(credential), Some(signed), Some(signature)) = (credential, signed, signature) else {
        return Err(incomplete(
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.",
        ));
    };
    let time = single(headers, "x-amz-date")?.ok_or_else(|| {
        incomplete("Authorization header requires existence of a 'X-Amz-Date' header.")
    })?;
    of_credential(credential, signed, signature, time, None)
}

fn in_query(query: &[(String, String)]) -> Result<Claim, AwsError> {
    let one = |name: &str| {
        let mut values = query.iter().filter(|(key, _)| key == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Ok(value.as_str()),
            _ => Err(incomplete(&format!("A presigned address has {name} once."))),
        }
    };
    if one("X-Amz-Algorithm")? != ALGORITHM {
        return Err(incomplete(
            "Only signatures of AWS4-HMAC-SHA256 are verified here.",
        ));
    }
    of_credential(
        one("X-Amz-Credential")?,
        one("X-Amz-SignedHeaders")?,
        one("X-Amz-Signature")?,
        one("X-Amz-Date")?,
        Some(one("X-Amz-Expires")?.parse().unwrap_or(0)),
    )
}

fn of_credential(
    credential: &str,
    signed: &str,
    signature: &str,
    time: &str,
    expires: Option<i64>,
) -> Result<Claim, AwsError> {
    let parts: Vec<&str> = credential.split('/').collect();
    let [access_key, date, region, service, "aws4_request"] = parts[..] else {
        return Err(incomplete(
            "A credential is written ACCESS_KEY/DATE/REGION/SERVICE/aws4_request.",
        ));
    };
    let [access_key, date, region, service, signed, signature, time] =
        [access_key, date, region, service, signed, signature, time].map(str::to_owned);
    Ok(Claim {
        access_key,
        date,
        region,
        service,
        signed,
        signature,
        time,
        expires,
    })
}

/// The one value of a header.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, AwsError> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    if values.next().is_some() {
        return Err(incomplete(&format!("The header {name} is there twice.")));
    }
    value
        .map(|value| value.to_str())
        .transpose()
        .map_err(|_| incomplete(&format!("The header {name} is no text.")))
}

fn incomplete(message: &str) -> AwsError {
    AwsError::new(400, "IncompleteSignatureException", message)
}

fn unknown_key() -> AwsError {
    AwsError::new(
        403,
        "UnrecognizedClientException",
        "The access key is not the one of this sandbox: from elsewhere, only the keys in its credentials file get in.",
    )
}

fn mismatch() -> AwsError {
    AwsError::new(
        403,
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check that the secret is the one in this sandbox's credentials file.",
    )
}

#[cfg(test)]
mod tests;

//! What S3 asks of a request's signature before it does anything: that there is one, that it is whole, that it has not expired.
//! Whether it is right was judged at the door, from whoever has to sign; see `doors::signature`.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>.

use super::{form, invalid_argument};
use crate::{error::AwsError, protocol::time, request::Request};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

/// The parameters of a presigned address that are none of the operation's, in lower case.
pub const PARAMETERS: [&str; 7] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-signedheaders",
    "x-amz-signature",
    "x-amz-security-token",
];

const V4: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
];
const V2: [&str; 3] = ["Signature", "Expires", "AWSAccessKeyId"];

/// How long a presigned address may live: a week.
const LONGEST: i64 = 604_800;

/// Whether an address holds its signature, of whichever version.
pub fn is_presigned(request: &Request) -> bool {
    is_v4(request) || is_v2(request)
}

fn is_v4(request: &Request) -> bool {
    ["X-Amz-Algorithm", "X-Amz-Signature", "X-Amz-Credential"]
        .iter()
        .any(|name| request.has_query(name))
}

fn is_v2(request: &Request) -> bool {
    request.has_query("AWSAccessKeyId") || request.has_query("Signature")
}

/// Lets a request in, or says as S3 does why not.
///
/// # Errors
/// `AccessDenied`, or what is malformed.
pub fn admit(request: &Request, now: Timestamp) -> Result<(), AwsError> {
    let in_header = request.header("authorization");
    match in_header {
        Some(_) if is_presigned(request) => Err(invalid_argument(
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
            "Authorization",
            in_header.unwrap_or_default(),
        )),
        Some(value) if value.starts_with("AWS4-") || value.starts_with("AWS ") => Ok(()),
        Some(value) => Err(invalid_argument(
            "Unsupported Authorization Type",
            "Authorization",
            value,
        )),
        None if is_v4(request) => check_v4(request, now),
        None if is_v2(request) => check_v2(request, now),
        // Its signature is in the form.
        None if form::is_form(request) => Ok(()),
        None => Err(denied("Access Denied")),
    }
}

fn check_v4(request: &Request, now: Timestamp) -> Result<(), AwsError> {
    if V4.iter().any(|name| !request.has_query(name)) {
        return Err(wrong(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        ));
    }
    let value = |name: &str| request.query_value(name).unwrap_or_default();
    if !value("X-Amz-Algorithm").starts_with("AWS4-") {
        return Err(wrong(
            "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
        ));
    }
    // The scope of a signature over several regions has none.
    let scope = value("X-Amz-Credential").split('/').count();
    if scope < 4 || !value("X-Amz-Credential").ends_with("/aws4_request") {
        return Err(wrong(
            "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
        ));
    }
    let said = value("X-Amz-Expires");
    let seconds = match said.parse::<i64>() {
        Err(_) => return Err(wrong("X-Amz-Expires should be a number")),
        Ok(seconds) if seconds < 0 => return Err(wrong("X-Amz-Expires must be non-negative")),
        Ok(seconds) if seconds > LONGEST => {
            return Err(wrong(
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
            ));
        }
        Ok(seconds) => seconds,
    };
    let at = DateTime::strptime("%Y%m%dT%H%M%SZ", value("X-Amz-Date"))
        .ok()
        .and_then(|at| TimeZone::UTC.to_timestamp(at).ok())
        .ok_or_else(|| {
            wrong("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
        })?;
    let end = at
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX);
    if end < now {
        return Err(expired(Some(said), end, now));
    }
    check_headers(request, value("X-Amz-SignedHeaders"))
}

/// What AWS's headers say counts only if it was signed.
fn check_headers(request: &Request, signed: &str) -> Result<(), AwsError> {
    let signed: Vec<&str> = signed.split(';').collect();
    let mut free: Vec<&str> = request
        .headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-") && *name != "x-amz-content-sha256")
        .filter(|name| !signed.contains(name))
        .collect();
    if free.is_empty() {
        return Ok(());
    }
    free.sort_unstable();
    Err(
        denied("There were headers present in the request which were not signed")
            .with("HeadersNotSigned", free.join(", ")),
    )
}

fn check_v2(request: &Request, now: Timestamp) -> Result<(), AwsError> {
    if V2.iter().any(|name| !request.has_query(name)) {
        return Err(denied(
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
        ));
    }
    let said = request.query_value("Expires").unwrap_or_default();
    let end = said
        .parse::<i64>()
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| {
            denied(&format!(
                "Invalid date (should be seconds since epoch): {said}"
            ))
        })?;
    if end < now {
        return Err(expired(None, end, now));
    }
    Ok(())
}

fn expired(seconds: Option<&str>, end: Timestamp, now: Timestamp) -> AwsError {
    let text = |at: Timestamp| time::iso8601(at.as_second() as f64);
    let mut error = denied("Request has expired");
    if let Some(seconds) = seconds {
        error = error.with("X-Amz-Expires", seconds);
    }
    error
        .with("Expires", text(end))
        .with("ServerTime", text(now))
}

/// `AccessDenied`.
pub fn denied(message: &str) -> AwsError {
    AwsError::new(403, "AccessDenied", message)
}

fn wrong(message: &str) -> AwsError {
    AwsError::new(400, "AuthorizationQueryParametersError", message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const DAY: &str = "2026-11-27T12:00:00Z";
    const SIGNED: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK/20261127/us-east-1/s3/aws4_request&X-Amz-Date=20261127T115900Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00";

    fn judged(query: &str, header: Option<(&'static str, &str)>) -> Result<(), (String, String)> {
        let mut headers = http::HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, value.parse().unwrap());
        }
        let request = Request {
            method: http::Method::GET,
            path: "/b/k".into(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers,
            body: bytes::Bytes::new(),
        };
        admit(&request, DAY.parse().unwrap()).map_err(|error| (error.code, error.message))
    }

    #[test]
    fn signatures_of_either_version_get_in_until_they_expire() {
        for (query, header) in [
            (SIGNED, None),
            ("AWSAccessKeyId=AK&Signature=x&Expires=1795780860", None),
            ("", Some(("authorization", "AWS AK:x"))),
            ("", Some(("authorization", "AWS4-HMAC-SHA256 Credential=x"))),
        ] {
            assert_eq!(judged(query, header), Ok(()), "{query} {header:?}");
        }
        for query in [
            SIGNED.replace("Expires=60", "Expires=59"),
            "AWSAccessKeyId=AK&Signature=x&Expires=1795780799".to_owned(),
        ] {
            let refused = ("AccessDenied".to_owned(), "Request has expired".to_owned());
            assert_eq!(judged(&query, None), Err(refused), "{query}");
        }
    }

    #[test]
    fn what_is_missing_or_malformed_is_told_in_aws_words() {
        let code = |query: &str, header| judged(query, header).unwrap_err().0;
        assert_eq!(code("", None), "AccessDenied");
        assert_eq!(code("Signature=x", None), "AccessDenied");
        for query in [
            SIGNED.replace("X-Amz-Expires=60&", ""),
            SIGNED.replace("Expires=60", "Expires=x"),
            SIGNED.replace("Expires=60", "Expires=604801"),
            SIGNED.replace("/us-east-1/s3/aws4", "%252Fus-east-1%252Fs3%252Faws4"),
        ] {
            let wrong = "AuthorizationQueryParametersError";
            assert_eq!(code(&query, None), wrong, "{query}");
        }
        assert_eq!(
            code("", Some(("authorization", "Bearer x"))),
            "InvalidArgument"
        );
        let free = Some(("x-amz-meta-wrong", "wrong"));
        assert_eq!(code(SIGNED, free), "AccessDenied");
    }
}

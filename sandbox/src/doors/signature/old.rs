//! Signature Version 2, which S3 alone still takes: boto3 presigns with it unless it is told otherwise, and older clients sign
//! so. <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>
//!
//! It covers the method, the resource, the date and AWS's headers; of the body it says nothing but a `Content-MD5` that was sent.

use super::{
    Keys, SKEW,
    hash::{hmac, is_same},
    incomplete, mismatch, single, unknown_key,
};
use crate::error::AwsError;
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{
    HeaderMap,
    header::{AUTHORIZATION, HOST},
    request::Parts,
};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use sha1::Sha1;

/// What of the query belongs to the resource.
const SUBRESOURCES: [&str; 29] = [
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "delete",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "select-type",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
    "legal-hold",
];

/// What a request says of its signature.
struct Claim {
    access_key: String,
    signature: String,
    /// Until when a presigned address holds, in seconds of the epoch, as it was written; none in a header.
    expires: Option<String>,
}

/// Whether a request is signed so.
pub(super) fn is_used(head: &Parts) -> bool {
    let in_header = head
        .headers
        .get(AUTHORIZATION)
        .is_some_and(|value| value.as_bytes().starts_with(b"AWS "));
    in_header || query(head).iter().any(|(name, _)| name == "AWSAccessKeyId")
}

/// Verifies a request's head.
///
/// # Errors
/// As AWS refuses it.
pub(super) fn verify(keys: Option<&Keys>, head: &Parts, now: Timestamp) -> Result<(), AwsError> {
    let query = query(head);
    let claim = claim(head, &query)?;
    check_time(&claim, &head.headers, now)?;
    let keys = keys
        .filter(|keys| is_same(&keys.access_key, &claim.access_key))
        .ok_or_else(unknown_key)?;
    let text = text(head, &query, claim.expires.as_deref())?;
    let right = BASE64_STANDARD.encode(hmac::<Sha1>(keys.secret.as_bytes(), text.as_bytes()));
    if is_same(&right, &claim.signature) {
        Ok(())
    } else {
        Err(mismatch())
    }
}

fn query(head: &Parts) -> Vec<(String, String)> {
    let text = head.uri.query().unwrap_or_default();
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

fn claim(head: &Parts, query: &[(String, String)]) -> Result<Claim, AwsError> {
    let is_in_query = query.iter().any(|(name, _)| name == "AWSAccessKeyId");
    match (single(&head.headers, AUTHORIZATION.as_str())?, is_in_query) {
        (Some(_), true) => Err(incomplete(
            "A request is signed once: in a header or in its query.",
        )),
        (Some(text), false) => {
            let rest = text.strip_prefix("AWS ").unwrap_or_default();
            let (access_key, signature) = rest.split_once(':').ok_or_else(|| {
                incomplete("The Authorization header is written AWS ACCESS_KEY:SIGNATURE.")
            })?;
            Ok(Claim {
                access_key: access_key.to_owned(),
                signature: signature.to_owned(),
                expires: None,
            })
        }
        (None, _) => {
            let one = |name: &str| {
                let mut values = query.iter().filter(|(key, _)| key == name);
                match (values.next(), values.next()) {
                    (Some((_, value)), None) => Ok(value.clone()),
                    _ => Err(incomplete(&format!("A presigned address has {name} once."))),
                }
            };
            Ok(Claim {
                access_key: one("AWSAccessKeyId")?,
                signature: one("Signature")?,
                expires: Some(one("Expires")?),
            })
        }
    }
}

fn check_time(claim: &Claim, headers: &HeaderMap, now: Timestamp) -> Result<(), AwsError> {
    let expired = || {
        AwsError::new(
            403,
            "InvalidSignatureException",
            format!("Signature expired or not yet valid: it is {now}"),
        )
    };
    if let Some(text) = &claim.expires {
        let end = text
            .parse()
            .ok()
            .and_then(|s| Timestamp::from_second(s).ok());
        return match end {
            Some(end) if now <= end => Ok(()),
            Some(_) => Err(expired()),
            None => Err(incomplete("Expires is a number of seconds since 1970.")),
        };
    }
    let text = match single(headers, "x-amz-date")? {
        Some(text) => text,
        None => single(headers, "date")?
            .ok_or_else(|| incomplete("A signed request has a Date header."))?,
    };
    let at = DateTime::strptime("%a, %d %b %Y %H:%M:%S", text.get(..25).unwrap_or_default())
        .ok()
        .filter(|_| text.ends_with(" GMT") || text.ends_with(" +0000"))
        .and_then(|at| TimeZone::UTC.to_timestamp(at).ok())
        .ok_or_else(|| {
            incomplete("The request's date is not one such as Fri, 27 Nov 2026 18:00:00 GMT.")
        })?;
    let age = now.duration_since(at);
    if age > SKEW || age < -SKEW {
        return Err(expired());
    }
    Ok(())
}

/// What is signed.
fn text(
    head: &Parts,
    query: &[(String, String)],
    expires: Option<&str>,
) -> Result<String, AwsError> {
    let header = |name: &str| Ok(single(&head.headers, name)?.unwrap_or_default().to_owned());
    let date = match expires {
        Some(expires) => expires.to_owned(),
        None if head.headers.contains_key("x-amz-date") => String::new(),
        None => header("date")?,
    };
    Ok(format!(
        "{}\n{}\n{}\n{date}\n{}{}",
        head.method,
        header("content-md5")?,
        header("content-type")?,
        amz_headers(&head.headers)?,
        resource(head, query)
    ))
}

fn amz_headers(headers: &HeaderMap) -> Result<String, AwsError> {
    let mut names: Vec<&str> = headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-"))
        .collect();
    names.sort_unstable();
    let mut out = String::new();
    for name in names {
        let values: Result<Vec<&str>, _> = headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().map(str::trim))
            .collect();
        let values = values.map_err(|_| incomplete(&format!("The header {name} is no text.")))?;
        out.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    Ok(out)
}

/// The bucket that the host names, the path as it was sent, and what of the query belongs to it.
fn resource(head: &Parts, query: &[(String, String)]) -> String {
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let mut out = String::new();
    if let Some(bucket) = host.and_then(crate::s3::bucket_of) {
        out.push('/');
        out.push_str(&bucket);
    }
    out.push_str(head.uri.path());
    let mut own: Vec<&(String, String)> = query
        .iter()
        .filter(|(name, _)| SUBRESOURCES.contains(&name.as_str()) || name.starts_with("response-"))
        .collect();
    own.sort();
    for (at, (name, value)) in own.into_iter().enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        out.push_str(name);
        if !value.is_empty() {
            out.push('=');
            out.push_str(value);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use http::Request;

    /// The examples of the page above, with its keys.
    fn keys() -> Keys {
        Keys {
            access_key: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        }
    }

    fn head(line: &str, headers: &[(&str, &str)]) -> Parts {
        let (method, target) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn code(head: &Parts, now: &str) -> Option<String> {
        let judged = verify(Some(&keys()), head, now.parse().unwrap());
        judged.err().map(|error| error.code)
    }

    #[test]
    fn the_hmac_is_the_one_of_rfc_2202() {
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(
            hex(&hmac::<Sha1>(b"Jefe", b"what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
        let long = hmac::<Sha1>(
            &[0xaa; 80],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
        );
        assert_eq!(hex(&long), "aa4ae5e15272d00e95705637ce8a3b55ed402112");
    }

    #[test]
    fn what_is_signed_is_what_the_examples_of_aws_sign() {
        let get = head(
            "GET /photos/puppy.jpg",
            &[
                ("host", "awsexamplebucket1.s3.us-west-1.amazonaws.com"),
                ("date", "Tue, 27 Mar 2007 19:36:42 +0000"),
            ],
        );
        assert_eq!(
            text(&get, &query(&get), None).unwrap(),
            "GET\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n/awsexamplebucket1/photos/puppy.jpg"
        );
        let list = head(
            "GET /?prefix=photos&max-keys=50&marker=puppy",
            &[
                ("host", "awsexamplebucket1.s3.us-west-1.amazonaws.com"),
                ("date", "Tue, 27 Mar 2007 19:42:41 +0000"),
            ],
        );
        assert_eq!(
            text(&list, &query(&list), None).unwrap(),
            "GET\n\n\nTue, 27 Mar 2007 19:42:41 +0000\n/awsexamplebucket1/"
        );
        let delete = head(
            "DELETE /awsexamplebucket1/photos/puppy.jpg",
            &[
                ("host", "s3.us-west-1.amazonaws.com"),
                ("date", "Tue, 27 Mar 2007 21:20:26 +0000"),
                ("x-amz-date", "Tue, 27 Mar 2007 21:20:27 +0000"),
            ],
        );
        assert_eq!(
            text(&delete, &query(&delete), None).unwrap(),
            "DELETE\n\n\n\nx-amz-date:Tue, 27 Mar 2007 21:20:27 +0000\n/awsexamplebucket1/photos/puppy.jpg"
        );
        let acl = head("GET /b?acl&versionId=x&other=y", &[("host", "127.0.0.1")]);
        assert!(
            text(&acl, &query(&acl), Some("1"))
                .unwrap()
                .ends_with("\n1\n/b?acl&versionId=x")
        );
    }

    #[test]
    fn a_signature_holds_for_its_request_and_its_time_alone() {
        let signed = |line: &str, date: &str, expires: Option<&str>| {
            let unsigned = head(line, &[("host", "127.0.0.1"), ("date", date)]);
            let text = text(&unsigned, &query(&unsigned), expires).unwrap();
            BASE64_STANDARD.encode(hmac::<Sha1>(keys().secret.as_bytes(), text.as_bytes()))
        };
        let date = "Fri, 27 Nov 2026 12:00:00 GMT";
        let signature = signed("GET /b/k", date, None);
        let value = format!("AWS AKIAIOSFODNN7EXAMPLE:{signature}");
        let with = |line: &str, value: &str| {
            let headers = [
                ("host", "127.0.0.1"),
                ("date", date),
                ("authorization", value),
            ];
            let head = head(line, &headers);
            assert!(is_used(&head));
            head
        };
        let good = with("GET /b/k", &value);
        assert_eq!(code(&good, "2026-11-27T12:15:00Z"), None);
        let invalid = Some("InvalidSignatureException".to_owned());
        assert_eq!(code(&good, "2026-11-27T12:15:01Z"), invalid);
        let now = "2026-11-27T12:00:00Z";
        assert_eq!(code(&with("PUT /b/k", &value), now), invalid);
        assert_eq!(code(&with("GET /b/other", &value), now), invalid);
        assert_eq!(code(&with("GET /b/k?acl", &value), now), invalid);
        let other = value.replace("AKIA", "AKIB");
        let unknown = Some("UnrecognizedClientException".to_owned());
        assert_eq!(code(&with("GET /b/k", &other), now), unknown);
        let bare = Some("IncompleteSignatureException".to_owned());
        assert_eq!(code(&with("GET /b/k", "AWS x"), now), bare);

        let until = "1795780860";
        let signature = signed("GET /b/k", "", Some(until));
        let signature: String = form_urlencoded::byte_serialize(signature.as_bytes()).collect();
        let line = format!(
            "GET /b/k?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires={until}&Signature={signature}"
        );
        let presigned = |line: &str| head(line, &[("host", "127.0.0.1")]);
        assert!(is_used(&presigned(&line)));
        assert_eq!(code(&presigned(&line), "2026-11-27T12:01:00Z"), None);
        assert_eq!(code(&presigned(&line), "2026-11-27T12:01:01Z"), invalid);
        let longer = line.replace(until, "1795784400");
        assert_eq!(code(&presigned(&longer), now), invalid);
        let moved = head(&line, &[("host", "other.s3.localhost")]);
        assert_eq!(code(&moved, now), invalid);
    }
}

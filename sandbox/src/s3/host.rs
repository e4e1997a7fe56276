//! Bucket and key of a request: from its host, or from its path.

use crate::request::Request;
use percent_encoding::percent_decode_str;

/// Where a request points.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    pub bucket: String,
    pub key: String,
    /// Whether the host names the bucket.
    pub is_virtual: bool,
}

/// Where a request points.
pub fn place(request: &Request) -> Place {
    let path = request.path.strip_prefix('/').unwrap_or(&request.path);
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    if let Some(bucket) = bucket_of(request.header("host").unwrap_or_default()) {
        return Place {
            bucket,
            key: decode(path),
            is_virtual: true,
        };
    }
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    Place {
        bucket: decode(bucket),
        key: decode(key),
        is_virtual: false,
    }
}

/// Whether a host is one of S3's: of a bucket, or of the service.
pub fn is_s3(host: &str) -> bool {
    let host = name(host);
    bucket_of(&host).is_some() || service(&host)
}

/// The bucket that a host names.
pub fn bucket_of(host: &str) -> Option<String> {
    let host = name(host);
    for suffix in [".localhost", ".127.0.0.1"] {
        let Some(before) = host.strip_suffix(suffix) else {
            continue;
        };
        let before = before
            .strip_suffix(".s3")
            .or_else(|| Some(before.rsplit_once(".s3.")?.0))
            .unwrap_or(before);
        let is_service = before == "s3" || before.starts_with("s3.") || before.starts_with("s3-");
        return (!before.is_empty() && !is_service).then(|| before.to_owned());
    }
    let before = amazon(&host)?;
    // From the right, because a bucket's name may itself hold `.s3.`: its region holds no dot.
    let labels: Vec<&str> = before.split('.').collect();
    let start = labels.len().saturating_sub(3).max(1);
    let at = (start..labels.len()).find(|at| is_service_label(labels[*at]))?;
    Some(labels[..at].join("."))
}

fn service(host: &str) -> bool {
    let local = [".localhost", ".127.0.0.1"];
    let before = amazon(host).or_else(|| local.iter().find_map(|end| host.strip_suffix(end)));
    before.is_some_and(|before| is_service_label(before.split('.').next().unwrap_or_default()))
}

/// `s3`, and `s3-eu-west-1` as regions were once written, `s3-accelerate`.
fn is_service_label(label: &str) -> bool {
    label == "s3" || label.starts_with("s3-")
}

fn amazon(host: &str) -> Option<&str> {
    host.strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"))
}

fn name(host: &str) -> String {
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    host.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_bucket_is_named_by_the_host_or_by_the_path() {
        for (host, bucket) in [
            ("orders.localhost", Some("orders")),
            ("orders.s3.localhost:4566", Some("orders")),
            ("orders.s3.eu-west-1.localhost", Some("orders")),
            ("orders.s3.amazonaws.com", Some("orders")),
            ("orders.s3.eu-west-1.amazonaws.com", Some("orders")),
            ("orders.s3-eu-west-1.amazonaws.com", Some("orders")),
            (
                "orders.s3.dualstack.eu-west-1.amazonaws.com",
                Some("orders"),
            ),
            ("or.ders.s3.amazonaws.com", Some("or.ders")),
            ("ORDERS.s3.amazonaws.com", Some("orders")),
            ("s3.amazonaws.com", None),
            ("s3.eu-west-1.amazonaws.com", None),
            ("s3-eu-west-1.amazonaws.com", None),
            ("lambda.eu-west-1.amazonaws.com", None),
            ("127.0.0.1:4566", None),
            ("localhost", None),
            ("s3.localhost", None),
            ("s3.eu-west-1.localhost", None),
            ("a.b.127.0.0.1", Some("a.b")),
        ] {
            assert_eq!(bucket_of(host).as_deref(), bucket, "{host}");
        }
        assert!(is_s3("s3.eu-west-1.amazonaws.com") && is_s3("orders.s3.localhost"));
        assert!(!is_s3("lambda.eu-west-1.amazonaws.com") && !is_s3("127.0.0.1:4566"));
    }

    #[test]
    fn a_key_may_begin_with_slashes_and_hold_encoded_ones() {
        let at = |host: &str, path: &str| {
            let mut headers = http::HeaderMap::new();
            headers.insert("host", host.parse().unwrap());
            let place = place(&Request {
                method: http::Method::GET,
                path: path.into(),
                query: Vec::new(),
                headers,
                body: bytes::Bytes::new(),
            });
            (place.bucket, place.key)
        };
        let is = |bucket: &str, key: &str| (bucket.to_owned(), key.to_owned());
        assert_eq!(at("127.0.0.1", "/b//foo/"), is("b", "/foo/"));
        assert_eq!(at("127.0.0.1", "/b/a%2Fb%20c+d"), is("b", "a/b c+d"));
        assert_eq!(at("b.s3.localhost", "//foo"), is("b", "/foo"));
        assert_eq!(at("127.0.0.1", "/b"), is("b", ""));
        assert_eq!(at("127.0.0.1", "/"), is("", ""));
    }
}

//! One HTTP request and one answer, as every service of the sandbox sees them. Knows of no service and no protocol
//! beyond the AWS signature's credential scope, which names the region and the service that a client means.

use bytes::Bytes;
use http::{HeaderMap, Method};
use tokio::sync::mpsc;

/// The account that everything in the sandbox belongs to, unless it was started with another.
pub const DEFAULT_ACCOUNT: &str = "000000000000";

/// Whether a text is an account's id: twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The region of a request whose signature names none.
pub const DEFAULT_REGION: &str = "us-east-1";

/// A request whose body has arrived.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    /// The path as it was sent: not decoded, because a function's ARN or an object's key may hold encoded slashes.
    pub path: String,
    /// The query's parameters, decoded, in the order in which they were sent.
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Request {
    /// The value of a header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The first value of a query parameter.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a query parameter was given, with a value or without one (as S3's `?uploads`).
    pub fn has_query(&self, name: &str) -> bool {
        self.query.iter().any(|(key, _)| key == name)
    }

    /// The region that the signature's credential scope names.
    pub fn region(&self) -> String {
        self.scope()
            .and_then(|scope| scope.region)
            .unwrap_or_else(|| DEFAULT_REGION.to_owned())
    }

    /// The service that the signature's credential scope names, for example `lambda` or `monitoring`.
    pub fn service(&self) -> Option<String> {
        self.scope().map(|scope| scope.service)
    }

    /// The access key that signed the request.
    pub fn access_key(&self) -> Option<String> {
        self.scope().map(|scope| scope.access_key)
    }

    /// When the client says it signed the request, as `20261123T152500Z`.
    pub fn amz_date(&self) -> Option<String> {
        self.header("x-amz-date")
            .or_else(|| self.query_value("X-Amz-Date"))
            .map(str::to_owned)
    }

    /// Whether the request carries a signature at all, in a header or in the query.
    pub fn is_signed(&self) -> bool {
        self.headers.contains_key("authorization")
            || self.has_query("X-Amz-Credential")
            || self.has_query("Signature")
    }

    /// Whether it is signed as only S3 still takes it: Signature Version 2, in a header or in the query.
    pub fn has_old_s3_signature(&self) -> bool {
        self.has_query("AWSAccessKeyId")
            || self
                .header("authorization")
                .is_some_and(|value| value.starts_with("AWS "))
    }

    fn scope(&self) -> Option<Scope> {
        match self.header("authorization") {
            Some(value) => {
                let (_, rest) = value.split_once("Credential=")?;
                Scope::parse(rest.split([',', ' ']).next().unwrap_or_default())
            }
            None => Scope::parse(self.query_value("X-Amz-Credential")?),
        }
    }
}

/// `AKID/20261123/us-east-1/lambda/aws4_request`; SigV4a's scope has no region.
struct Scope {
    access_key: String,
    region: Option<String>,
    service: String,
}

impl Scope {
    fn parse(credential: &str) -> Option<Self> {
        let parts: Vec<&str> = credential.split('/').collect();
        let (region, service, date) = match parts.len() {
            n if n >= 5 => (Some(parts[n - 3].to_owned()), parts[n - 2], n - 4),
            4 => (None, parts[2], 1),
            _ => return None,
        };
        Some(Self {
            // An access key may itself hold a slash: everything before the date belongs to it.
            access_key: parts[..date].join("/"),
            region: region.filter(|region| !region.is_empty()),
            service: service.to_owned(),
        })
    }
}

/// What the sandbox answers.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

/// A whole body, or one that is written while it is read (event streams). The stream ends when its sender is dropped.
#[derive(Debug)]
pub enum Body {
    Full(Bytes),
    Stream(mpsc::Receiver<Bytes>),
}

impl Response {
    /// An answer of a content type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: Body::Full(body.into()),
        }
    }

    /// An answer of JSON, as rest-json services give it.
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::new(status, "application/json", value.to_string())
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Full(Bytes::new()),
        }
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Whether a header was already given, without regard to case.
    pub fn has_header(&self, name: &str) -> bool {
        self.headers
            .iter()
            .any(|(key, _)| key.eq_ignore_ascii_case(name))
    }
}

/// What a service knows of the request that it answers.
#[derive(Debug, Clone)]
pub struct Ctx {
    pub region: String,
    pub account: String,
    pub request_id: String,
    /// Where the sandbox answers, for example `http://127.0.0.1:4566`.
    pub endpoint: String,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn signed(authorization: &str) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", authorization.parse().unwrap());
        Request {
            method: Method::GET,
            path: "/".into(),
            query: Vec::new(),
            headers,
            body: Bytes::new(),
        }
    }

    #[test]
    fn the_scope_of_the_signature_names_region_service_and_key() {
        let request = signed(
            "AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=0",
        );
        assert_eq!(request.region(), "eu-west-1");
        assert_eq!(request.service().unwrap(), "lambda");
        assert_eq!(request.access_key().unwrap(), "AKID");
    }

    #[test]
    fn a_scope_without_a_region_falls_back_to_the_default_region() {
        let request =
            signed("AWS4-ECDSA-P256-SHA256 Credential=AKID/20261123/s3/aws4_request, Signature=0");
        assert_eq!(request.region(), DEFAULT_REGION);
        assert_eq!(request.service().unwrap(), "s3");
    }

    #[test]
    fn a_presigned_query_names_the_scope_too() {
        let mut request = signed("x");
        request.headers.clear();
        request.query = vec![(
            "X-Amz-Credential".into(),
            "AKID/20261123/us-west-2/s3/aws4_request".into(),
        )];
        assert!(request.is_signed());
        assert_eq!(request.region(), "us-west-2");
    }

    #[test]
    fn a_malformed_authorization_still_has_the_default_region() {
        let request = signed("Bearer of good news");
        assert_eq!(request.region(), DEFAULT_REGION);
        assert_eq!(request.service(), None);
    }
}

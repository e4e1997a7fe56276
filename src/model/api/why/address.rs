//! The address of a call: which API, stage and path it names.

use super::super::query;

/// A call's address, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// The API's id.
    pub api: String,
    /// Where the host names it.
    pub region: Option<String>,
    /// The first part of the path; empty where there is none.
    pub stage: String,
    /// From `/`, within the stage, as it is sent.
    pub path: String,
    /// Decoded, in their order.
    pub query: Vec<(String, String)>,
    /// Over TLS.
    pub secure: bool,
}

/// Why an address names no API that could be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// Nothing is written yet.
    Empty,
    /// It is no address of a call.
    NotOne(String),
    /// A name of one's own: which API stands behind it is said by its mappings, which are not read.
    CustomDomain(String),
}

/// Where the sandbox and LocalStack serve APIs below a path.
const BELOW: &str = "/_aws/execute-api/";

impl Address {
    /// Reads an address, with or without its scheme.
    ///
    /// # Errors
    /// Why it names no API.
    pub fn of(text: &str) -> Result<Self, Unread> {
        let text = text.trim().trim_matches(['"', '\'']);
        if text.is_empty() {
            return Err(Unread::Empty);
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
        if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
            return Err(Unread::NotOne(format!(
                "{scheme}:// is not how APIs are called"
            )));
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (before, written) = rest.split_once('?').unwrap_or((rest, ""));
        let at = before.find('/').unwrap_or(before.len());
        let (host, path) = before.split_at(at);
        let host = host.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        let host = host.to_ascii_lowercase();
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(Unread::NotOne("It has no host".to_owned()));
        }
        let (api, region, path) = if let Some(below) = path.strip_prefix(BELOW) {
            let at = below.find('/').unwrap_or(below.len());
            let (api, path) = below.split_at(at);
            (api.to_owned(), None, path)
        } else {
            let (api, region) = by_host(&host)?;
            (api, region, path)
        };
        if api.is_empty() {
            return Err(Unread::NotOne("It names no API".to_owned()));
        }
        // Slashes before the stage and before the path don't count.
        let path = path.trim_start_matches('/');
        let at = path.find('/').unwrap_or(path.len());
        let (stage, path) = path.split_at(at);
        Ok(Self {
            api,
            region,
            stage: query::decoded(stage, false),
            path: format!("/{}", path.trim_start_matches('/')),
            query: query::pairs(written),
            secure: scheme.eq_ignore_ascii_case("https"),
        })
    }
}

/// API and region of a host under `execute-api`.
fn by_host(host: &str) -> Result<(String, Option<String>), Unread> {
    let labels: Vec<&str> = host.split('.').collect();
    let region = match labels.as_slice() {
        [_, "execute-api", "localhost"] => None,
        [_, "execute-api", region, "localhost"]
        | [_, "execute-api", region, "amazonaws", "com" | "eu"]
        | [_, "execute-api", region, "amazonaws", "com", "cn"] => Some((*region).to_owned()),
        ["localhost" | "127"] | ["127", ..] => {
            let words = format!("{host} alone names no API: its path begins with {BELOW}");
            return Err(Unread::NotOne(words));
        }
        _ => return Err(Unread::CustomDomain(host.to_owned())),
    };
    let api = labels.first().copied().unwrap_or_default();
    // A private API by its VPC endpoint: k3v9qp2xw1-vpce-0a4d91c2.
    let api = api.split_once("-vpce-").map_or(api, |(api, _)| api);
    Ok((api.to_owned(), region))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(text: &str) -> String {
        match Address::of(text) {
            Ok(of) => format!(
                "{} {} {} {} {}",
                of.api,
                of.region.as_deref().unwrap_or("-"),
                of.stage,
                of.path,
                of.query.len()
            ),
            Err(Unread::Empty) => "empty".to_owned(),
            Err(Unread::NotOne(_)) => "none".to_owned(),
            Err(Unread::CustomDomain(host)) => format!("domain {host}"),
        }
    }

    #[test]
    fn every_form_of_an_address_names_its_api() {
        for (text, expected) in [
            (
                "https://abc.execute-api.eu-west-1.amazonaws.com/prod/orders/7?a=1&b",
                "abc eu-west-1 prod /orders/7 2",
            ),
            (
                "abc.execute-api.cn-north-1.amazonaws.com.cn/prod",
                "abc cn-north-1 prod / 0",
            ),
            (
                "https://abc-vpce-0a4d91c2e7f3b6508.execute-api.eu-west-1.amazonaws.com/p/x",
                "abc eu-west-1 p /x 0",
            ),
            (
                "http://ABC.execute-api.localhost:4566//prod//a%2Fb/#x",
                "abc - prod /a%2Fb/ 0",
            ),
            (
                "http://abc.execute-api.us-east-1.localhost:4566/s",
                "abc us-east-1 s / 0",
            ),
            (
                "http://localhost:4566/_aws/execute-api/abc/prod/orders",
                "abc - prod /orders 0",
            ),
            ("http://127.0.0.1:4566/_aws/execute-api/abc", "abc -  / 0"),
            (
                "https://api.shop.example/v1/orders",
                "domain api.shop.example",
            ),
            ("http://127.0.0.1:4566/orders", "none"),
            ("ftp://abc.execute-api.localhost/s", "none"),
            ("https:///x", "none"),
            ("  ", "empty"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }
}

//! What names a stage in a request: the host, as browsers and unchanged clients send it, or a path, as every client can.

use http::{HeaderMap, header::HOST};

/// What stands before the API and the stage where the path names them.
const PATH: &str = "/_aws/execute-api/";

/// An API as a request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub api: String,
    /// None where the name has none.
    pub region: Option<String>,
    /// The host as it was named, without its port; none where a path names the API.
    pub host: Option<String>,
}

/// The API that a request is for.
pub fn address(headers: &HeaderMap, path: &str) -> Option<Address> {
    by_host(headers).or_else(|| by_path(path))
}

fn by_path(path: &str) -> Option<Address> {
    let rest = path.strip_prefix(PATH)?;
    let api = rest.split('/').next().filter(|api| !api.is_empty())?;
    Some(Address {
        api: api.to_owned(),
        region: None,
        host: None,
    })
}

fn by_host(headers: &HeaderMap) -> Option<Address> {
    let host = headers.get(HOST)?.to_str().ok()?;
    let host = host.split(':').next()?.to_ascii_lowercase();
    let mut labels = host.split('.');
    let (api, word) = (labels.next()?, labels.next()?);
    let rest: Vec<&str> = labels.collect();
    let region = match rest.as_slice() {
        ["localhost"] => None,
        [region, "localhost"]
        | [region, "amazonaws", "com" | "eu"]
        | [region, "amazonaws", "com", "cn"] => Some((*region).to_owned()),
        _ => return None,
    };
    (word == "execute-api" && !api.is_empty()).then(|| Address {
        api: api.to_owned(),
        region,
        host: Some(host.clone()),
    })
}

impl Address {
    /// What follows the API in the path: the stage, and the path within it. Slashes before the stage don't count.
    pub fn split<'a>(&self, path: &'a str) -> (&'a str, &'a str) {
        let rest = match &self.host {
            Some(_) => path,
            None => {
                let rest = path.strip_prefix(PATH).unwrap_or(path);
                rest.strip_prefix(self.api.as_str()).unwrap_or(rest)
            }
        };
        let rest = rest.trim_start_matches('/');
        match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn of(host: &str, path: &str) -> Option<(String, Option<String>)> {
        let mut headers = HeaderMap::new();
        headers.insert("host", host.parse().unwrap());
        address(&headers, path).map(|address| (address.api, address.region))
    }

    #[test]
    fn an_api_is_named_by_its_host_or_by_the_path() {
        let in_region = Some(("abc".to_owned(), Some("eu-west-1".to_owned())));
        assert_eq!(
            of("abc.execute-api.eu-west-1.amazonaws.com", "/s"),
            in_region
        );
        assert_eq!(
            of("ABC.execute-api.eu-west-1.localhost:4566", "/s"),
            in_region
        );
        let anywhere = Some(("abc".to_owned(), None));
        assert_eq!(of("abc.execute-api.localhost:4566", "/s"), anywhere);
        assert_eq!(of("localhost:4566", "/_aws/execute-api/abc/s"), anywhere);
        for (host, path) in [
            ("localhost:4566", "/restapis/abc"),
            ("localhost:4566", "/_aws/execute-api/"),
            ("abc.execute-api.attacker.example", "/s"),
            ("execute-api.eu-west-1.amazonaws.com", "/s"),
            (
                "abc.execute-api.eu-west-1.amazonaws.com.attacker.example",
                "/s",
            ),
        ] {
            assert_eq!(of(host, path), None, "{host}{path}");
        }
    }

    #[test]
    fn the_stage_is_the_first_part_and_the_rest_stays_as_it_was_sent() {
        let by_host = Address {
            api: "abc".into(),
            region: None,
            host: Some("abc.execute-api.localhost".into()),
        };
        assert_eq!(by_host.split("/s//a%2Fb/"), ("s", "//a%2Fb/"));
        assert_eq!(by_host.split("//s/a"), ("s", "/a"));
        assert_eq!(by_host.split("/s"), ("s", ""));
        let by_path = Address {
            host: None,
            ..by_host
        };
        assert_eq!(by_path.split("/_aws/execute-api/abc/s/a"), ("s", "/a"));
    }
}

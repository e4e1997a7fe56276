//! Which names a request may call the sandbox by. A page in a browser can have its own name point at 127.0.0.1 (DNS rebinding);
//! the name that it then sends in `Host` is all that tells it from a program on this machine.
//!
//! Knows names alone: nothing of connections, browsers or services.

use http::{HeaderMap, Uri, header::HOST, uri::Authority};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The suffixes of AWS's own host names, as the SDKs' partitions list them: clients that are told of the sandbox by a proxy or
/// by the hosts file send them unchanged, and nobody but AWS puts names under them into the DNS.
const AWS: [&str; 6] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".on.aws",
    ".amazonaws.eu",
];

/// The names that were given with `--host`, beside those that are always allowed.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    given: Vec<String>,
}

/// Why a request's host is not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is none, as in HTTP/1.0.
    Missing,
    /// There are two, or the request's target names another one than `Host` does.
    Several,
    /// It is no host at all.
    Malformed,
    /// It is somebody else's.
    Foreign(String),
}

/// A host as it is written in a request.
#[derive(Debug, PartialEq, Eq)]
enum Written {
    Address(IpAddr),
    /// In lower case, without the dot that may end it.
    Name(String),
}

impl Hosts {
    /// # Errors
    /// The first of the names that is none: with a port, a scheme or anything else that no host name has.
    pub fn new(given: &[String]) -> Result<Self, String> {
        let given = given.iter().map(|name| {
            let bare = name.strip_prefix("*.").unwrap_or(name);
            let known = match read_host(bare) {
                Some(Written::Name(name)) => name,
                Some(Written::Address(address)) => address.to_string(),
                None => return Err(name.clone()),
            };
            Ok(if bare.len() < name.len() {
                format!(".{known}")
            } else {
                known
            })
        });
        Ok(Self {
            given: given.collect::<Result<_, _>>()?,
        })
    }

    /// Judges a request that came over a connection to the address `local`.
    ///
    /// # Errors
    /// Why it is not for this sandbox.
    pub fn judge(&self, target: &Uri, headers: &HeaderMap, local: IpAddr) -> Result<(), Refused> {
        let mut all = headers.get_all(HOST).iter();
        let host = all.next().ok_or(Refused::Missing)?;
        if all.next().is_some() {
            return Err(Refused::Several);
        }
        let host = host.to_str().map_err(|_| Refused::Malformed)?;
        // RFC 9112, 3.2.2: what an absolute target names counts, and `Host` is to say the same.
        if target
            .authority()
            .map(Authority::as_str)
            .is_some_and(|named| !named.eq_ignore_ascii_case(host))
        {
            return Err(Refused::Several);
        }
        let written = read(host).ok_or(Refused::Malformed)?;
        if self.allows(&written, local) {
            Ok(())
        } else {
            Err(Refused::Foreign(host.to_owned()))
        }
    }

    fn allows(&self, host: &Written, local: IpAddr) -> bool {
        match host {
            Written::Address(address) => {
                // An address is nobody's name, so that the one that was really called can't be a trick.
                let address = address.to_canonical();
                address.is_loopback()
                    || address == local.to_canonical()
                    || self.given.contains(&address.to_string())
            }
            Written::Name(name) => {
                name == "localhost"
                    || name.ends_with(".localhost")
                    || AWS.iter().any(|suffix| name.ends_with(suffix))
                    || is_prefixed_loopback(name)
                    || self.given.iter().any(|given| {
                        name == given || (given.starts_with('.') && name.ends_with(given.as_str()))
                    })
            }
        }
    }
}

/// `bucket.127.0.0.1` and `stream-127.0.0.1`, as S3 clients with virtual hosts and `StartLiveTail` make them of the endpoint.
/// They can't be a trick either: a name that ends in a number is in no DNS, and browsers take none
/// (<https://url.spec.whatwg.org/#ends-in-a-number-checker>).
fn is_prefixed_loopback(name: &str) -> bool {
    let mut labels = name.rsplitn(4, '.');
    let low: Option<Vec<u8>> = labels.by_ref().take(3).map(|l| l.parse().ok()).collect();
    let first = labels
        .next()
        .and_then(|rest| rest.rsplit(['.', '-']).next());
    low.is_some_and(|low| low.len() == 3) && first == Some("127")
}

/// A host with its port, if it has one.
fn read(authority: &str) -> Option<Written> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']')? + 2;
            (authority.get(..end)?, authority.get(end..)?)
        }
        None => match authority.find(':') {
            Some(at) => (authority.get(..at)?, authority.get(at..)?),
            None => (authority, ""),
        },
    };
    let port = port.strip_prefix(':').unwrap_or(port);
    let is_port = port.is_empty() || (port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()));
    is_port.then(|| read_host(host)).flatten()
}

fn read_host(host: &str) -> Option<Written> {
    if let Some(inner) = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        let address: Ipv6Addr = inner.parse().ok()?;
        return Some(Written::Address(address.into()));
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Some(Written::Address(address.into()));
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    (name.len() <= 253 && name.split('.').all(is_label))
        .then(|| Written::Name(name.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn judged(hosts: &Hosts, target: &str, sent: &[&str], local: IpAddr) -> Result<(), Refused> {
        let mut headers = HeaderMap::new();
        for host in sent {
            headers.append(HOST, host.parse().unwrap());
        }
        hosts.judge(&target.parse().unwrap(), &headers, local)
    }

    fn of(host: &str) -> Result<(), Refused> {
        judged(&Hosts::default(), "/", &[host], LOCAL)
    }

    #[test]
    fn loopback_localhost_and_aws_own_names_are_taken() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:4566",
            "127.1.2.3:4566",
            "[::1]",
            "[::1]:4566",
            "[::ffff:127.0.0.1]:4566",
            "localhost",
            "LocalHost:4566",
            "localhost.:4566",
            "localhost:",
            "bucket.localhost:4566",
            "a.b.s3.localhost",
            "my_bucket.localhost",
            "bucket.127.0.0.1:4566",
            "a.b.127.0.0.1",
            "stream-127.0.0.1:4566",
            "streaming-127.0.0.1",
            "lambda.us-east-1.amazonaws.com",
            "lambda.us-east-1.amazonaws.com:443",
            "bucket.s3.amazonaws.com",
            "lambda.cn-north-1.amazonaws.com.cn",
            "lambda.us-east-1.api.aws",
            "abc.lambda-url.us-east-1.on.aws",
        ] {
            assert_eq!(of(host), Ok(()), "{host}");
        }
    }

    #[test]
    fn what_a_strangers_dns_can_hold_is_foreign() {
        for host in [
            "attacker.example",
            "attacker.example:4566",
            "localhost.attacker.example",
            "127.0.0.1.attacker.example",
            "127.0.0.1.nip.io:4566",
            "notlocalhost",
            "streaming-localhost",
            "amazonaws.com",
            "amazonaws.com.attacker.example",
            "evilamazonaws.com",
            "on.aws",
            "0.0.0.0:4566",
            "192.0.2.1",
            "[::]",
            "[2001:db8::1]:4566",
            "127.1",
            "2130706433",
            "x.127.0.0.256",
            "x.128.0.0.1",
            "0x7f.0.0.1",
        ] {
            assert_eq!(of(host), Err(Refused::Foreign(host.into())), "{host}");
        }
    }

    #[test]
    fn what_is_no_host_is_told_so() {
        for host in [
            "",
            ":4566",
            "localhost:x",
            "localhost:4566:1",
            "localhost:123456",
            "user@localhost",
            "localhost/..",
            "localhost, attacker.example",
            "local host",
            "localhost..",
            ".localhost",
            "[::1",
            "[::1]x",
            "[127.0.0.1]",
            "::1",
            "localhost#",
            "local%68ost",
        ] {
            assert_eq!(of(host), Err(Refused::Malformed), "{host}");
        }
    }

    #[test]
    fn one_host_is_needed_and_an_absolute_target_names_the_same() {
        let hosts = Hosts::default();
        let judge = |target: &str, sent: &[&str]| judged(&hosts, target, sent, LOCAL);
        assert_eq!(judge("/", &[]), Err(Refused::Missing));
        assert_eq!(
            judge("/", &["localhost", "localhost"]),
            Err(Refused::Several)
        );
        assert_eq!(judge("http://localhost:4566/", &["localhost:4566"]), Ok(()));
        assert_eq!(
            judge("http://attacker.example/", &["localhost:4566"]),
            Err(Refused::Several)
        );
        assert_eq!(
            judge("http://localhost/", &["attacker.example"]),
            Err(Refused::Several)
        );
        assert_eq!(
            judge("http://attacker.example/", &["attacker.example"]),
            Err(Refused::Foreign("attacker.example".into()))
        );
    }

    #[test]
    fn the_address_that_was_called_and_the_names_given_are_taken_and_no_others() {
        let given = ["Sekisho.lan", "*.apps.lan", "198.51.100.7"].map(str::to_owned);
        let hosts = Hosts::new(&given).unwrap();
        let local: IpAddr = "192.0.2.1".parse().unwrap();
        for host in [
            "192.0.2.1:4566",
            "sekisho.LAN:4566",
            "x.apps.lan",
            "198.51.100.7",
            "localhost",
        ] {
            assert_eq!(judged(&hosts, "/", &[host], local), Ok(()), "{host}");
        }
        for host in ["192.0.2.2", "x.sekisho.lan", "apps.lan", "xapps.lan"] {
            assert_eq!(
                judged(&hosts, "/", &[host], local),
                Err(Refused::Foreign(host.into()))
            );
        }
        for wrong in ["http://x", "x:80", "", "*", "x y", "*."] {
            assert_eq!(Hosts::new(&[wrong.to_owned()]).unwrap_err(), wrong);
        }
    }
}

//! URLs as they are written and as they go out: parts, parameters in braces, and what must be percent-encoded.
//!
//! What a person wrote is what is sent: a `%` with two digits stays, signs that may stand in a URL stay, and everything else
//! is encoded (RFC 3986, section 2). Nothing is made smaller, joined or put in order.

use super::Field;

/// A URL in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// `https`.
    pub secure: bool,
    /// Without brackets where it is an IPv6 address.
    pub host: String,
    /// As it is written; none for the scheme's own.
    pub port: Option<u16>,
    /// From `/`, encoded.
    pub path: String,
    /// Behind `?`, encoded; none where there is no `?`.
    pub query: Option<String>,
}

impl Url {
    /// Reads a whole URL, and encodes what can't stand in one.
    ///
    /// # Errors
    /// In the field's own terms.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err("A URL begins with https:// or http://".into());
        };
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            other => {
                return Err(format!(
                    "{other}:// is not sent here, only https:// and http://"
                ));
            }
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        if authority.contains('@') {
            return Err(
                "A user and password don't belong into the URL: choose them under Auth".into(),
            );
        }
        let (host, port) = authority_of(authority)?;
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(encoded(query, is_query))),
            None => (rest, None),
        };
        let path = encoded(path, is_path);
        Ok(Self {
            secure,
            host,
            port,
            path: if path.is_empty() { "/".into() } else { path },
            query,
        })
    }

    /// The port that is connected to.
    pub fn connects_to(&self) -> u16 {
        self.port.unwrap_or(if self.secure { 443 } else { 80 })
    }

    /// What the `Host` header says: the port where it is not the scheme's own.
    pub fn authority(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        let usual = if self.secure { 443 } else { 80 };
        match self.port.filter(|port| *port != usual) {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }

    /// What stands in the first line of the request.
    pub fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    /// The whole.
    pub fn text(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}{}", self.authority(), self.target())
    }
}

fn authority_of(text: &str) -> Result<(String, Option<u16>), String> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest
                .split_once(']')
                .ok_or("The IPv6 address has no ] at its end")?;
            (host, rest.strip_prefix(':'))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    if host.is_empty() {
        return Err("The URL has no host".into());
    }
    let fits = |c: char| c.is_alphanumeric() || "-._:".contains(c);
    if let Some(odd) = host.chars().find(|c| !fits(*c)) {
        return Err(format!("{odd:?} can't stand in a host's name"));
    }
    let port = match port {
        None | Some("") => None,
        Some(port) => Some(
            port.parse()
                .map_err(|_| format!("{port:?} is no port: 1 to 65535"))?,
        ),
    };
    Ok((host.to_ascii_lowercase(), port))
}

/// Signs that stand in a path as they are: RFC 3986's `pchar` and `/`.
fn is_path(byte: u8) -> bool {
    is_plain(byte) || b"!$&'()*+,;=:@/".contains(&byte)
}

/// Signs that stand in a query as they are.
fn is_query(byte: u8) -> bool {
    is_path(byte) || byte == b'?'
}

/// Within a value of a query `&` would end it, and within a name `=`.
fn is_query_value(byte: u8) -> bool {
    is_query(byte) && byte != b'&'
}

fn is_query_name(byte: u8) -> bool {
    is_query_value(byte) && byte != b'='
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Encodes what `fits` does not let stand; what is encoded already stays.
fn encoded(text: &str, fits: fn(u8) -> bool) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    for (at, byte) in bytes.iter().copied().enumerate() {
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
        if fits(byte) || byte == b'%' && digit(at + 1) && digit(at + 2) {
            out.push(char::from(byte));
        } else {
            push_encoded(&mut out, byte);
        }
    }
    out
}

fn push_encoded(out: &mut String, byte: u8) {
    out.push('%');
    for digit in [byte >> 4, byte & 15] {
        let digit = char::from_digit(u32::from(digit), 16).unwrap_or('0');
        out.push(digit.to_ascii_uppercase());
    }
}

/// A value that stands for a parameter of the path: every sign that is not plain is encoded, for a `/` would make two parts of it;
/// `whole` is for one that takes the rest of the path.
pub fn path_value(value: &str, whole: bool) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if is_plain(byte) || whole && byte == b'/' {
            out.push(char::from(byte));
        } else {
            push_encoded(&mut out, byte);
        }
    }
    out
}

/// The parameters in braces of a path: `id` of `/orders/{id}`, `key+` of `/{key+}`. Variables in double braces are none.
pub fn parameters(url: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = url;
    while let Some(at) = rest.find('{') {
        rest = &rest[at..];
        if let Some(inside) = rest.strip_prefix("{{") {
            rest = inside.split_once("}}").map_or("", |(_, rest)| rest);
            continue;
        }
        let Some((name, after)) = rest[1..].split_once('}') else {
            break;
        };
        if !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
        rest = after;
    }
    names
}

/// A query as lines, each as it is written.
pub fn query_fields(query: &str) -> Vec<Field> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let one = |part: &str| match part.split_once('=') {
        Some((name, value)) => Field::new(name, value),
        None => Field::new(part, ""),
    };
    parts.map(one).collect()
}

/// Lines of a query as they go out.
pub fn query_text(fields: &[(String, String)]) -> String {
    let one = |(name, value): &(String, String)| {
        format!(
            "{}={}",
            encoded(name, is_query_name),
            encoded(value, is_query_value)
        )
    };
    let parts: Vec<String> = fields.iter().map(one).collect();
    parts.join("&")
}

/// The path within a stage of a URL that is below `stage`, with its query: none where it is elsewhere.
pub fn within<'a>(url: &'a str, stage: &str) -> Option<&'a str> {
    let stage = stage.trim_end_matches('/');
    let head = url.get(..stage.len())?;
    if !head.eq_ignore_ascii_case(stage) {
        return None;
    }
    match &url[stage.len()..] {
        "" => Some("/"),
        rest if rest.starts_with(['/', '?']) => Some(rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_url_is_read_in_parts_and_written_back() {
        for (text, back, host, port) in [
            ("https://a.example", "https://a.example/", "a.example", 443),
            (
                "HTTP://A.Example:8080/x",
                "http://a.example:8080/x",
                "a.example",
                8080,
            ),
            (
                "https://a.example:443/x",
                "https://a.example/x",
                "a.example",
                443,
            ),
            (
                "http://[::1]:4566/p?q",
                "http://[::1]:4566/p?q",
                "::1",
                4566,
            ),
            (
                "https://a.example/x#part",
                "https://a.example/x",
                "a.example",
                443,
            ),
            (
                "https://a.example?x=1",
                "https://a.example/?x=1",
                "a.example",
                443,
            ),
        ] {
            let url = Url::read(text).unwrap();
            assert_eq!(url.text(), back, "{text}");
            assert_eq!(
                (url.host.as_str(), url.connects_to()),
                (host, port),
                "{text}"
            );
        }
    }

    #[test]
    fn what_was_written_is_what_is_sent() {
        for (text, target) in [
            ("/a/b%2Bc@x.example/d+e/", "/a/b%2Bc@x.example/d+e/"),
            ("//hard", "//hard"),
            ("/a b", "/a%20b"),
            ("/100%", "/100%25"),
            ("/抹茶", "/%E6%8A%B9%E8%8C%B6"),
            ("/a/../b/./c", "/a/../b/./c"),
            ("/x?a=1&a=2&b=c d&e=é", "/x?a=1&a=2&b=c%20d&e=%C3%A9"),
            ("/x?a=[1]&b={}", "/x?a=%5B1%5D&b=%7B%7D"),
            (
                "/x?when=2026-01-02T03:04:05+09:00",
                "/x?when=2026-01-02T03:04:05+09:00",
            ),
            ("/x?", "/x?"),
            ("/x?a=b?c", "/x?a=b?c"),
        ] {
            let url = Url::read(&format!("https://h{text}")).unwrap();
            assert_eq!(url.target(), target, "{text}");
        }
    }

    #[test]
    fn what_is_no_url_is_told_in_the_fields_own_terms() {
        for (text, why) in [
            ("orders", "begins with"),
            ("ftp://x", "ftp://"),
            ("https://", "no host"),
            ("https://a b/", "' '"),
            ("https://h:99999/", "no port"),
            ("https://me:pass@h/", "Auth"),
            ("http://[::1/", "]"),
        ] {
            let said = Url::read(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
            assert!(!said.contains("pass@"), "{said}");
        }
    }

    #[test]
    fn parameters_are_told_from_variables() {
        assert_eq!(
            parameters("{{base}}/orders/{id}/{key+}?x={id}"),
            ["id", "key+"]
        );
        assert!(parameters("/{{a}}/{").is_empty());
        assert_eq!(path_value("a b/c", false), "a%20b%2Fc");
        assert_eq!(path_value("x/y z+", true), "x/y%20z%2B");
    }

    #[test]
    fn lines_of_a_query_keep_what_is_encoded_and_encode_what_would_cut_them() {
        let pairs = |query: &str| -> Vec<(String, String)> {
            query_fields(query)
                .into_iter()
                .map(|of| (of.name, of.value))
                .collect()
        };
        assert_eq!(
            query_text(&pairs("a=1&a=%26&b=c+d&&e")),
            "a=1&a=%26&b=c+d&e="
        );
        let odd = [("a=b&c".to_owned(), "x&y=#z é".to_owned())];
        assert_eq!(query_text(&odd), "a%3Db%26c=x%26y=%23z%20%C3%A9");
    }

    #[test]
    fn a_url_below_a_stage_is_a_path_within_it() {
        let stage = "https://k3v9qp2xw1.execute-api.eu-west-1.amazonaws.com/prod";
        let path = |rest: &str| within(&format!("{stage}{rest}"), stage).map(str::to_owned);
        assert_eq!(path("/orders?x=1").as_deref(), Some("/orders?x=1"));
        assert_eq!(path("").as_deref(), Some("/"));
        assert_eq!(path("?x=1").as_deref(), Some("?x=1"));
        assert_eq!(path("uction/x"), None);
        assert_eq!(within("https://else.example/prod/x", stage), None);
    }
}

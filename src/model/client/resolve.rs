//! What is sent of a request: variables, parameters and secrets put in, or every name that nobody knows, at its place.

use std::collections::BTreeMap;

use base64::Engine;

use super::url::{Url, path_value, query_text};
use super::{Auth, Request};
use crate::model::secret::{MASK, Secret};

/// What stands before the name of a secret: `{{secret.partner}}`.
pub const SECRET: &str = "secret.";
/// The variable that holds the stage's own URL.
pub const STAGE_URL: &str = "stageUrl";

/// What is put in.
pub struct Values<'a> {
    /// Where the stage answers, without a `/` at its end; none where no stage is chosen.
    pub stage_url: Option<&'a str>,
    /// Of the chosen environment.
    pub variables: &'a BTreeMap<String, String>,
    /// Secrets that are known.
    pub secrets: &'a BTreeMap<String, Secret>,
    /// What is made anew for each use, by its name with the `$`: `$uuid`, `$timestamp`.
    pub made: &'a dyn Fn(&str) -> Option<String>,
}

/// Something that keeps a request from being sent, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which part of the request.
    pub place: Place,
    /// In a sentence.
    pub text: String,
}

/// A part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The method.
    Method,
    /// The URL.
    Url,
    /// The n-th parameter of the path.
    Path(usize),
    /// The n-th line of the query.
    Query(usize),
    /// The n-th header.
    Header(usize),
    /// The body.
    Body,
    /// Who sends it.
    Auth,
}

/// A header as it goes out.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// As it was written.
    pub name: String,
    /// What is sent.
    pub value: Secret,
    /// Nobody is to see it.
    pub secret: bool,
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name, self.shown())
    }
}

impl Header {
    /// What may be seen of it.
    pub fn shown(&self) -> &str {
        self.value.text(!self.secret)
    }
}

/// A request as it goes out.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The method.
    pub method: String,
    /// Where to.
    pub url: Url,
    /// The URL with its secrets masked.
    pub shown_url: String,
    /// In their order, without `Host`.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Secret,
    /// The body may be seen: no secret was put into it.
    pub body_shown: bool,
    /// It is to be signed with the connection's credentials.
    pub signed: bool,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {:?}", self.method, self.shown_url, self.headers)
    }
}

/// A text with its variables put in, and whether a secret was.
struct Put {
    text: String,
    /// The same with secrets masked.
    shown: String,
}

struct Resolver<'a> {
    values: &'a Values<'a>,
    problems: Vec<Problem>,
}

impl Resolver<'_> {
    fn wrong(&mut self, place: Place, text: impl Into<String>) {
        let text = text.into();
        self.problems.push(Problem { place, text });
    }

    fn put(&mut self, place: Place, text: &str) -> Put {
        let mut put = Put {
            text: String::with_capacity(text.len()),
            shown: String::new(),
        };
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            put.text.push_str(before);
            put.shown.push_str(before);
            let Some((name, behind)) = after.split_once("}}") else {
                rest = &rest[before.len()..];
                put.text.push_str(rest);
                put.shown.push_str(rest);
                return put;
            };
            self.name(place, name.trim(), &mut put);
            rest = behind;
        }
        put.text.push_str(rest);
        put.shown.push_str(rest);
        put
    }

    fn name(&mut self, place: Place, name: &str, put: &mut Put) {
        if let Some(secret) = name.strip_prefix(SECRET) {
            let known = self.values.secrets.get(secret).map(Secret::reveal);
            match known.map(str::to_owned) {
                Some(value) => put.text.push_str(&value),
                None => self.wrong(place, unknown_secret(secret)),
            }
            put.shown.push_str(MASK);
            return;
        }
        let value = match name {
            STAGE_URL => self.values.stage_url.map(str::to_owned),
            name if name.starts_with('$') => (self.values.made)(name),
            name => self.values.variables.get(name).cloned(),
        };
        match value {
            Some(value) => {
                put.text.push_str(&value);
                put.shown.push_str(&value);
            }
            None if name == STAGE_URL => self.wrong(place, "No stage is chosen"),
            None => self.wrong(place, format!("The environment has no variable {name}")),
        }
    }

    /// Parameters in braces become their values.
    fn path(&mut self, request: &Request) -> String {
        let mut url = request.url.clone();
        for (at, (name, value)) in request.path.iter().enumerate() {
            let put = self.put(Place::Path(at), value);
            if put.text.is_empty() && url.contains(&format!("{{{name}}}")) {
                self.wrong(Place::Path(at), format!("{name} has no value"));
            }
            let value = path_value(&put.text, name.ends_with('+'));
            url = replaced(&url, name, &value);
        }
        url
    }

    fn url(&mut self, request: &Request) -> Option<(Url, String)> {
        let path = self.path(request);
        let put = self.put(Place::Url, &path);
        let mut shown = put.shown;
        let mut text = put.text;
        if text.starts_with('/') {
            let Some(stage) = self.values.stage_url else {
                self.wrong(Place::Url, "No stage is chosen");
                return None;
            };
            text = format!("{}{text}", stage.trim_end_matches('/'));
            shown = format!("{}{shown}", stage.trim_end_matches('/'));
        }
        let (mut pairs, mut seen) = (Vec::new(), Vec::new());
        for (at, field) in request.query.iter().enumerate().filter(|(_, of)| of.on) {
            if field.name.is_empty() && field.value.is_empty() {
                continue;
            }
            let name = self.put(Place::Query(at), &field.name);
            let value = self.put(Place::Query(at), &field.value);
            let masked = match super::is_secret_name(&name.text) {
                true => MASK.to_owned(),
                false => value.shown,
            };
            pairs.push((name.text, value.text));
            seen.push((name.shown, masked));
        }
        if !pairs.is_empty() {
            let sign = if text.contains('?') { '&' } else { '?' };
            text = format!("{text}{sign}{}", query_text(&pairs));
            shown = format!("{shown}{sign}{}", query_text(&seen));
        }
        match (Url::read(&text), Url::read(&shown)) {
            (Ok(url), shown) => Some((url, shown.map(|url| url.text()).unwrap_or_default())),
            (Err(why), _) => {
                self.wrong(Place::Url, why);
                None
            }
        }
    }

    fn headers(&mut self, request: &Request) -> Vec<Header> {
        let mut headers = Vec::new();
        for (at, field) in request.headers.iter().enumerate().filter(|(_, of)| of.on) {
            if field.name.trim().is_empty() && field.value.trim().is_empty() {
                continue;
            }
            let place = Place::Header(at);
            let name = self.put(place, field.name.trim());
            let value = self.put(place, field.value.trim());
            if let Some(why) = header_problem(&name.text, &value.text) {
                self.wrong(place, why);
            }
            headers.push(Header {
                secret: value.shown != value.text || super::is_secret_name(&name.text),
                name: name.text,
                value: Secret::new(value.text),
            });
        }
        headers
    }

    fn auth(&mut self, request: &Request, headers: &mut Vec<Header>) {
        let Some(name) = request.auth.secret() else {
            return;
        };
        if name.is_empty() {
            return self.wrong(Place::Auth, "Choose a secret, or give it a value");
        }
        let Some(secret) = self.values.secrets.get(name) else {
            return self.wrong(Place::Auth, unknown_secret(name));
        };
        let value = secret.reveal();
        let (header, value) = match &request.auth {
            Auth::ApiKey(_) => ("x-api-key", value.to_owned()),
            Auth::Basic(_) => {
                let text = base64::engine::general_purpose::STANDARD.encode(value);
                ("authorization", format!("Basic {text}"))
            }
            _ => ("authorization", format!("Bearer {value}")),
        };
        if let Some(why) = header_problem(header, &value) {
            return self.wrong(Place::Auth, format!("The secret {name}: {why}"));
        }
        headers.retain(|of| !of.name.eq_ignore_ascii_case(header));
        headers.push(Header {
            name: header.to_owned(),
            value: Secret::new(value),
            secret: true,
        });
    }
}

/// What is said of a secret that has no value here.
pub fn unknown_secret(name: &str) -> String {
    format!("The secret {name} has no value on this machine")
}

/// Puts a value in for a parameter in braces, and leaves variables in double braces alone.
fn replaced(url: &str, name: &str, value: &str) -> String {
    let wanted = format!("{{{name}}}");
    let mut out = String::with_capacity(url.len());
    let mut rest = url;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("{{") {
            let end = rest.find("}}").map_or(rest.len(), |at| at + 2);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if let Some(behind) = rest.strip_prefix(&wanted) {
            out.push_str(value);
            rest = behind;
        } else {
            out.push('{');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// Why a header can't go out: RFC 9110, section 5. What the connection itself says is not for a person to say.
fn header_problem(name: &str, value: &str) -> Option<String> {
    const OWN: [&str; 5] = [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
    ];
    if name.is_empty() {
        return Some("The header has no name".into());
    }
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if let Some(odd) = name.chars().find(|c| !token(*c)) {
        return Some(format!("{odd:?} can't stand in a header's name"));
    }
    if OWN.contains(&name.to_ascii_lowercase().as_str()) {
        return Some(format!("{name} is said by the client itself"));
    }
    let odd = value.chars().find(|c| c.is_control() && *c != '\t');
    odd.map(|odd| format!("{odd:?} can't stand in the value of {name}"))
}

/// What is sent.
///
/// # Errors
/// Everything that is in the way, at its place.
pub fn resolve(request: &Request, values: &Values<'_>) -> Result<Prepared, Vec<Problem>> {
    let mut resolver = Resolver {
        values,
        problems: Vec::new(),
    };
    let method = request.method.trim().to_owned();
    let token = |c: char| c.is_ascii_alphabetic() || c == '-' || c == '_';
    if method.is_empty() || !method.chars().all(token) {
        resolver.wrong(Place::Method, "A method is a word, as GET");
    }
    let url = resolver.url(request);
    let mut headers = resolver.headers(request);
    resolver.auth(request, &mut headers);
    let body = resolver.put(Place::Body, &request.body);
    match (url, resolver.problems.is_empty()) {
        (Some((url, shown_url)), true) => Ok(Prepared {
            method,
            url,
            shown_url,
            headers,
            body_shown: body.shown == body.text,
            body: Secret::new(body.text),
            signed: request.auth == Auth::SigV4,
        }),
        _ => Err(resolver.problems),
    }
}

/// The same request with what proves its caller by name alone: what was typed or pasted literally into headers and queries is taken
/// out and given back under the names that now stand there. To be called before a request is kept anywhere.
/// `known` are those that have values already: another value gets another name.
pub fn without_secrets(
    request: &Request,
    known: &BTreeMap<String, Secret>,
) -> (Request, Vec<(String, Secret)>) {
    let mut request = request.clone();
    let mut taken: Vec<(String, Secret)> = Vec::new();
    let fields = request.headers.iter_mut().chain(&mut request.query);
    for field in fields.filter(|of| super::is_secret_name(&of.name)) {
        if field.value.is_empty() || field.value.contains("{{") {
            continue;
        }
        let (scheme, value) = match field.value.split_once(' ') {
            Some((scheme @ ("Bearer" | "bearer" | "Basic" | "Token"), value)) => {
                (format!("{scheme} "), value)
            }
            _ => (String::new(), field.value.as_str()),
        };
        let value = Secret::new(value);
        let name = free_name(&field.name.to_ascii_lowercase(), &value, &taken, known);
        field.value = format!("{scheme}{{{{{SECRET}{name}}}}}");
        taken.push((name, value));
    }
    (request, taken)
}

/// A name for a value under which no other one is known: `token`, `token-2`.
pub fn free_name(
    name: &str,
    value: &Secret,
    taken: &[(String, Secret)],
    known: &BTreeMap<String, Secret>,
) -> String {
    let other = |name: &str| {
        let here = taken.iter().any(|(of, has)| of == name && has != value);
        here || known.get(name).is_some_and(|has| has != value)
    };
    let mut free = name.to_owned();
    let mut number = 2;
    while other(&free) {
        free = format!("{name}-{number}");
        number += 1;
    }
    free
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::client::Field;

    fn values<'a>(
        variables: &'a BTreeMap<String, String>,
        secrets: &'a BTreeMap<String, Secret>,
    ) -> Values<'a> {
        Values {
            stage_url: Some("https://a.example/prod"),
            variables,
            secrets,
            made: &|name| (name == "$uuid").then(|| "1-2".to_owned()),
        }
    }

    fn sent(request: &Request) -> Result<Prepared, Vec<Problem>> {
        let variables = BTreeMap::from([("id".to_owned(), "88/41".to_owned())]);
        let secrets = BTreeMap::from([
            ("partner".to_owned(), Secret::new("hunter2")),
            ("login".to_owned(), Secret::new("me:pass")),
        ]);
        resolve(request, &values(&variables, &secrets))
    }

    #[test]
    fn variables_parameters_and_what_is_made_anew_are_put_in() {
        let prepared = sent(&Request {
            url: "/orders/{id}".into(),
            path: vec![("id".into(), "{{id}}".into())],
            query: vec![
                Field::new("expand", "a b"),
                Field {
                    on: false,
                    ..Field::new("off", "1")
                },
            ],
            headers: vec![Field::new(" x-correlation-id ", "ops-{{$uuid}} ")],
            ..Request::default()
        })
        .unwrap();
        assert_eq!(
            prepared.url.text(),
            "https://a.example/prod/orders/88%2F41?expand=a%20b"
        );
        assert_eq!(
            format!("{:?}", prepared.headers),
            "[x-correlation-id: ops-1-2]"
        );
    }

    #[test]
    fn a_whole_url_goes_where_it_says_and_the_stage_is_a_variable() {
        let at = |url: &str| {
            let request = Request {
                url: url.into(),
                ..Request::default()
            };
            sent(&request).unwrap().url.text()
        };
        assert_eq!(at("https://b.example/x"), "https://b.example/x");
        assert_eq!(at("{{stageUrl}}/x?y=1"), "https://a.example/prod/x?y=1");
        assert_eq!(at("//hard"), "https://a.example/prod//hard");
    }

    #[test]
    fn names_that_nobody_knows_are_told_at_their_places() {
        let problems = sent(&Request {
            url: "/{{what}}/{id}".into(),
            path: vec![("id".into(), String::new())],
            query: vec![Field::new("a", "1"), Field::new("b", "{{who}}")],
            headers: vec![Field::new("x", "{{secret.gone}}")],
            body: "{{$nothing}}".into(),
            auth: Auth::Bearer("gone".into()),
            ..Request::default()
        })
        .unwrap_err();
        let told: Vec<_> = problems
            .iter()
            .map(|of| (of.place, of.text.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (Place::Path(0), "id has no value"),
                (Place::Url, "The environment has no variable what"),
                (Place::Query(1), "The environment has no variable who"),
                (
                    Place::Header(0),
                    "The secret gone has no value on this machine"
                ),
                (Place::Auth, "The secret gone has no value on this machine"),
                (Place::Body, "The environment has no variable $nothing"),
            ]
        );
    }

    #[test]
    fn secrets_are_sent_and_not_shown() {
        let shown = |request: Request| {
            let prepared = sent(&request).unwrap();
            let values: Vec<_> = prepared
                .headers
                .iter()
                .map(|of| of.value.reveal().to_owned())
                .collect();
            let debug = format!("{prepared:?}");
            for secret in ["hunter2", "pass", "literal"] {
                assert!(!debug.contains(secret), "{debug}");
            }
            (values, prepared.url.text())
        };
        let (values, _) = shown(Request {
            auth: Auth::ApiKey("partner".into()),
            ..Request::default()
        });
        assert_eq!(values, ["hunter2"]);
        let (values, _) = shown(Request {
            auth: Auth::Bearer("partner".into()),
            ..Request::default()
        });
        assert_eq!(values, ["Bearer hunter2"]);
        let (values, _) = shown(Request {
            auth: Auth::Basic("login".into()),
            ..Request::default()
        });
        assert_eq!(values, ["Basic bWU6cGFzcw=="]);
        let (_, url) = shown(Request {
            query: vec![
                Field::new("q", "{{secret.partner}}"),
                Field::new("access_token", "literal"),
            ],
            headers: vec![Field::new("x-own", "{{secret.partner}}")],
            ..Request::default()
        });
        assert!(url.contains("q=hunter2&access_token=literal"), "{url}");
    }

    #[test]
    fn a_header_that_can_not_go_out_is_told() {
        for (name, value, why) in [
            ("a b", "1", "' '"),
            ("x", "a\nb", "'\\n'"),
            ("Host", "h", "the client itself"),
            ("", "v", "no name"),
        ] {
            let request = Request {
                headers: vec![Field::new(name, value)],
                ..Request::default()
            };
            let problems = sent(&request).unwrap_err();
            assert!(problems[0].text.contains(why), "{name}: {problems:?}");
        }
        let request = Request {
            method: "GE T".into(),
            ..Request::default()
        };
        assert_eq!(sent(&request).unwrap_err()[0].place, Place::Method);
    }

    #[test]
    fn what_proves_a_caller_is_taken_out_before_a_request_is_kept() {
        let request = Request {
            headers: vec![
                Field::new("X-Api-Key", "hunter2"),
                Field::new("Authorization", "Bearer abc"),
                Field::new("accept", "text/html"),
                Field::new("Cookie", "{{secret.session}}"),
            ],
            query: vec![Field::new("token", "t"), Field::new("page", "2")],
            ..Request::default()
        };
        let known = BTreeMap::from([("token".to_owned(), Secret::new("another"))]);
        let (kept, taken) = without_secrets(&request, &known);
        let values: Vec<_> = kept.headers.iter().map(|of| of.value.as_str()).collect();
        assert_eq!(
            values,
            [
                "{{secret.x-api-key}}",
                "Bearer {{secret.authorization}}",
                "text/html",
                "{{secret.session}}"
            ]
        );
        assert_eq!(kept.query[0].value, "{{secret.token-2}}");
        let told: Vec<_> = taken
            .iter()
            .map(|(name, of)| (name.as_str(), of.reveal()))
            .collect();
        assert_eq!(
            told,
            [
                ("x-api-key", "hunter2"),
                ("authorization", "abc"),
                ("token-2", "t")
            ]
        );
        assert_eq!(without_secrets(&kept, &known), (kept, Vec::new()));
    }
}

//! The client of a stage: a request as a person writes it, what is sent of it, and what its answer should be.
//!
//! Knows neither a network nor a window. A request holds no secret: keys, tokens and passwords stand in it by name
//! (`{{secret.NAME}}`, [`Auth`]) and are put in by [`resolve`] for sending alone.

pub mod answer;
pub mod cause;
pub mod curl;
pub mod environments;
pub mod expect;
pub mod file;
pub mod logs;
pub mod resolve;
pub mod url;

use expect::Expectation;

/// A line of a header or a query that can be switched off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// It is sent.
    pub on: bool,
    /// May hold variables.
    pub name: String,
    /// May hold variables.
    pub value: String,
}

impl Field {
    /// One that is sent.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            on: true,
            name: name.into(),
            value: value.into(),
        }
    }
}

/// How a request says who sends it. Secrets stand here by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Auth {
    /// It does not.
    #[default]
    None,
    /// Signed with the credentials of the connection.
    SigV4,
    /// `x-api-key` holds the secret.
    ApiKey(String),
    /// `Authorization: Bearer` with the secret.
    Bearer(String),
    /// `Authorization: Basic`; the secret is `user:password`.
    Basic(String),
}

impl Auth {
    /// Its word in a file.
    pub fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SigV4 => "sigv4",
            Self::ApiKey(_) => "api-key",
            Self::Bearer(_) => "bearer",
            Self::Basic(_) => "basic",
        }
    }

    /// The same as people say it.
    pub fn title(&self) -> &'static str {
        match self {
            Self::None => "No auth",
            Self::SigV4 => "SigV4",
            Self::ApiKey(_) => "API key",
            Self::Bearer(_) => "Bearer token",
            Self::Basic(_) => "User and password",
        }
    }

    /// The name of the secret that it needs.
    pub fn secret(&self) -> Option<&str> {
        match self {
            Self::None | Self::SigV4 => None,
            Self::ApiKey(name) | Self::Bearer(name) | Self::Basic(name) => Some(name),
        }
    }

    /// The one of this word, with a secret by this name.
    pub fn of(word: &str, secret: &str) -> Option<Self> {
        let secret = secret.to_owned();
        Some(match word {
            "none" => Self::None,
            "sigv4" => Self::SigV4,
            "api-key" => Self::ApiKey(secret),
            "bearer" => Self::Bearer(secret),
            "basic" => Self::Basic(secret),
            _ => return None,
        })
    }
}

/// A request as it is written, saved and read: nothing of it is put in yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, or any other token.
    pub method: String,
    /// A path within the stage, from `/`, or a whole URL. Parameters stand in braces; what follows `?` is in `query`.
    pub url: String,
    /// What stands for the parameters in braces.
    pub path: Vec<(String, String)>,
    /// In their order.
    pub query: Vec<Field>,
    /// In their order.
    pub headers: Vec<Field>,
    /// Sent as it stands; nothing where it is empty.
    pub body: String,
    /// Who sends it.
    pub auth: Auth,
    /// What its answer should be.
    pub expect: Vec<Expectation>,
    /// Lines of a file that say something to people or to other tools, as they stand there.
    pub notes: Vec<String>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            method: "GET".into(),
            url: "/".into(),
            path: Vec::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: String::new(),
            auth: Auth::None,
            expect: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl Request {
    /// Gives every parameter of the URL a value to be filled in, in its order; those that are no longer there go.
    pub fn settle_parameters(&mut self) {
        let names = url::parameters(&self.url);
        let old = std::mem::take(&mut self.path);
        for name in names {
            let known = old.iter().find(|(of, _)| *of == name);
            let value = known.map(|(_, value)| value.clone()).unwrap_or_default();
            self.path.push((name, value));
        }
    }

    /// The query's part of a URL that was typed or pasted goes where it belongs.
    pub fn settle_query(&mut self) {
        if let Some((url, query)) = self.url.clone().split_once('?') {
            self.url = url.to_owned();
            let query = query.split('#').next().unwrap_or_default();
            self.query.extend(url::query_fields(query));
        }
    }

    /// A word for lists: the verb and the path.
    pub fn words(&self) -> String {
        format!("{} {}", self.method, self.url)
    }
}

/// Whether a header or a parameter of this name holds what a caller proves itself with.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['-', '_'], "");
    ["authorization", "cookie", "setcookie", "signature"].contains(&name.as_str())
        || [
            "token",
            "apikey",
            "secret",
            "password",
            "credential",
            "xamzsignature",
        ]
        .iter()
        .any(|part| name.contains(part))
}

/// Verbs that change something, so that production asks first.
pub fn changes(method: &str) -> bool {
    !matches!(
        method.to_ascii_uppercase().as_str(),
        "GET" | "HEAD" | "OPTIONS"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_follow_the_url_and_keep_their_values() {
        let mut request = Request {
            url: "/orders/{id}/{key+}".into(),
            path: vec![("key+".into(), "a/b".into()), ("gone".into(), "x".into())],
            ..Request::default()
        };
        request.settle_parameters();
        assert_eq!(
            request.path,
            [
                ("id".to_owned(), String::new()),
                ("key+".to_owned(), "a/b".to_owned())
            ]
        );
    }

    #[test]
    fn a_query_in_the_url_becomes_lines() {
        let mut request = Request {
            url: "/orders?a=1&b=%20x#frag".into(),
            ..Request::default()
        };
        request.settle_query();
        assert_eq!(request.url, "/orders");
        assert_eq!(
            request.query,
            [Field::new("a", "1"), Field::new("b", "%20x")]
        );
    }

    #[test]
    fn what_proves_a_caller_is_known_by_its_name() {
        for name in [
            "Authorization",
            "x-api-key",
            "X-Amz-Security-Token",
            "access_token",
            "apikey",
            "Cookie",
            "client_secret",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["accept", "content-type", "x-correlation-id", "page", "key"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}

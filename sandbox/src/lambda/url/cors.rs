//! CORS as a function URL is set up for it. Preflights are answered here and never reach the function; what the function says of
//! CORS itself gives way to the setting.

use crate::request::{Request, Response};
use serde_json::Value;

/// A URL's `Cors`.
#[derive(Debug, Default, PartialEq)]
pub struct Cors {
    origins: Vec<String>,
    methods: Vec<String>,
    headers: Vec<String>,
    exposed: Vec<String>,
    credentials: bool,
    max_age: Option<i64>,
}

/// Whether a browser asks what it may send.
pub fn is_preflight(request: &Request) -> bool {
    request.method == http::Method::OPTIONS
        && request.headers.contains_key("origin")
        && request
            .headers
            .contains_key("access-control-request-method")
}

impl Cors {
    /// As the configuration has it.
    pub fn read(config: &Value) -> Self {
        let list = |member: &str| -> Vec<String> {
            let all = config[member].as_array().into_iter().flatten();
            all.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Self {
            origins: list("AllowOrigins"),
            methods: list("AllowMethods"),
            headers: list("AllowHeaders"),
            exposed: list("ExposeHeaders"),
            credentials: config["AllowCredentials"].as_bool().unwrap_or(false),
            max_age: config["MaxAge"].as_i64(),
        }
    }

    /// The answer to a browser that asks.
    pub fn preflight(&self, request: &Request) -> Response {
        let mut response = Response::empty(200);
        let origin = request.header("origin").unwrap_or_default();
        if !self.allow(origin, &mut response) {
            return response;
        }
        let list = |all: &[String]| all.join(",");
        if !self.methods.is_empty() {
            response = response.with_header("access-control-allow-methods", list(&self.methods));
        }
        if !self.headers.is_empty() {
            response = response.with_header("access-control-allow-headers", list(&self.headers));
        }
        if let Some(seconds) = self.max_age {
            response = response.with_header("access-control-max-age", seconds.to_string());
        }
        response
    }

    /// Adds to the function's answer what lets the page read it.
    pub fn add(&self, origin: &str, response: &mut Response) {
        response.headers.retain(|(name, _)| {
            let name = name.to_ascii_lowercase();
            !name.starts_with("access-control-")
        });
        if self.allow(origin, response) && !self.exposed.is_empty() {
            let exposed = (
                "access-control-expose-headers".into(),
                self.exposed.join(","),
            );
            response.headers.push(exposed);
        }
    }

    /// Whether pages of an origin may call, which the answer then says.
    fn allow(&self, origin: &str, response: &mut Response) -> bool {
        let all = self.origins.iter().any(|allowed| allowed == "*");
        if !all && !self.origins.iter().any(|allowed| is_of(origin, allowed)) {
            return false;
        }
        let said = match all && !self.credentials {
            true => "*",
            false => origin,
        };
        let mut put = |name: &str, value: &str| {
            response.headers.push((name.to_owned(), value.to_owned()));
        };
        put("access-control-allow-origin", said);
        if said != "*" {
            put("vary", "Origin");
        }
        if self.credentials {
            put("access-control-allow-credentials", "true");
        }
        true
    }
}

/// An origin itself, or a pattern with one star.
fn is_of(origin: &str, allowed: &str) -> bool {
    let (origin, allowed) = (origin.to_ascii_lowercase(), allowed.to_ascii_lowercase());
    match allowed.split_once('*') {
        Some((start, end)) => {
            origin.len() >= start.len() + end.len()
                && origin.starts_with(start)
                && origin.ends_with(end)
        }
        None => origin == allowed,
    }
}

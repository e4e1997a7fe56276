//! Letting pages of other origins call a resource: what a browser asks before, and what each answer must say.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html>.

use std::collections::BTreeMap;

use super::{Integration, IntegrationResponse, Method, MethodResponse, Resource, VERBS};

/// The headers that a browser may be told to send where nothing else is said: those of AWS's own console.
pub const HEADERS: &str = "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token";

const ORIGIN: &str = "Access-Control-Allow-Origin";
const CREDENTIALS: &str = "Access-Control-Allow-Credentials";

/// What is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// `*`, or one origin as `https://shop.example`.
    pub origin: String,
    /// Separated by commas.
    pub headers: String,
    /// The verbs that a page may use.
    pub verbs: Vec<String>,
    /// Cookies and signatures go with a call.
    pub credentials: bool,
    /// Seconds for which a browser remembers the answer; as typed, empty for its own.
    pub max_age: String,
    /// What the gateway refuses says so too.
    pub gateway: bool,
}

impl Cors {
    /// What suits a resource.
    pub fn of(resource: &Resource) -> Self {
        let all = resource.methods.keys().any(|verb| verb == "ANY");
        let verbs = VERBS
            .iter()
            .filter(|verb| **verb != "ANY" && **verb != "OPTIONS");
        let there = |verb: &&&str| all || resource.methods.contains_key(**verb);
        Self {
            origin: "*".to_owned(),
            headers: HEADERS.to_owned(),
            verbs: verbs.filter(there).map(|verb| (*verb).to_owned()).collect(),
            credentials: false,
            max_age: String::new(),
            gateway: true,
        }
    }

    /// Why it can't be applied to a resource.
    pub fn problem(&self, resource: &Resource) -> Option<String> {
        let origin = self.origin.trim();
        let named = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"));
        let words = match (origin, named) {
            ("*", _) if self.credentials => {
                "With credentials one origin must be named: a browser refuses * then"
            }
            ("*", _) => "",
            (_, Some(host)) if host.is_empty() || host.contains(['/', ' ', ',', '\'']) => {
                "An origin is a scheme and a host, without a path: https://shop.example"
            }
            (_, Some(_)) => "",
            _ => "Type *, or an origin as https://shop.example",
        };
        if !words.is_empty() {
            return Some(words.to_owned());
        }
        if self.headers.contains(['\'', '\n']) {
            return Some("Headers are names, separated by commas".to_owned());
        }
        if self.verbs.is_empty() {
            return Some("Choose at least one verb".to_owned());
        }
        if !self.max_age.trim().is_empty() && self.max_age.trim().parse::<u32>().is_err() {
            return Some("The age is a whole number of seconds".to_owned());
        }
        let options = resource.methods.get("OPTIONS");
        let integration = options.and_then(|method| method.integration.as_ref());
        integration.filter(|of| of.kind != "MOCK").map(|of| {
            format!(
                "OPTIONS is answered by {} already: delete it first, or let that answer",
                of.target()
            )
        })
    }

    /// Header and value, for the answer to a browser's question.
    fn asked(&self) -> Vec<(&'static str, String)> {
        let mut verbs = self.verbs.clone();
        verbs.push("OPTIONS".to_owned());
        let mut all = vec![
            (ORIGIN, self.origin.trim().to_owned()),
            ("Access-Control-Allow-Methods", verbs.join(",")),
        ];
        let headers = self.headers.trim();
        if !headers.is_empty() {
            all.push(("Access-Control-Allow-Headers", headers.to_owned()));
        }
        let age = self.max_age.trim();
        if !age.is_empty() {
            all.push(("Access-Control-Max-Age", age.to_owned()));
        }
        if self.credentials {
            all.push((CREDENTIALS, "true".to_owned()));
        }
        all
    }

    /// Header and value, for every other answer.
    fn answered(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![(ORIGIN, self.origin.trim().to_owned())];
        if self.credentials {
            all.push((CREDENTIALS, "true".to_owned()));
        }
        all
    }

    /// What the mock of `OPTIONS` declares and answers.
    pub fn options(&self) -> (MethodResponse, Integration) {
        let declared = self.asked().into_iter();
        let method = MethodResponse {
            parameters: declared
                .map(|(name, _)| (method_header(name), false))
                .collect(),
            models: BTreeMap::new(),
        };
        let answers = IntegrationResponse {
            parameters: mapped(self.asked()),
            ..IntegrationResponse::default()
        };
        let integration = Integration {
            kind: "MOCK".to_owned(),
            passthrough: "WHEN_NO_MATCH".to_owned(),
            request_templates: [(
                "application/json".to_owned(),
                "{\"statusCode\": 200}".to_owned(),
            )]
            .into(),
            responses: [("200".to_owned(), answers)].into(),
            ..Integration::default()
        };
        (method, integration)
    }

    /// What the answers of a method have to say besides: status, and header with its value in quotes. A proxy's answers are its
    /// backend's.
    pub fn added(&self, method: &Method) -> Vec<(String, BTreeMap<String, String>)> {
        let Some(of) = &method.integration else {
            return Vec::new();
        };
        if of.is_proxy() {
            return Vec::new();
        }
        let statuses = of.responses.keys();
        let statuses = statuses.filter(|status| method.responses.contains_key(*status));
        statuses
            .map(|status| (status.clone(), mapped(self.answered())))
            .collect()
    }

    /// What the gateway's own refusals say: the name of a gateway response's header, and its value in quotes.
    pub fn refused(&self) -> BTreeMap<String, String> {
        let all = self.answered().into_iter();
        all.map(|(name, value)| (format!("gatewayresponse.header.{name}"), quoted(&value)))
            .collect()
    }

    /// The verbs whose backend must answer the headers itself.
    pub fn left_to_backends(resource: &Resource) -> Vec<String> {
        let proxies = resource.methods.iter().filter(|(verb, method)| {
            let proxy = method
                .integration
                .as_ref()
                .is_some_and(Integration::is_proxy);
            proxy && verb.as_str() != "OPTIONS"
        });
        proxies.map(|(verb, _)| verb.clone()).collect()
    }
}

fn method_header(name: &str) -> String {
    format!("method.response.header.{name}")
}

fn quoted(value: &str) -> String {
    format!("'{value}'")
}

fn mapped(all: Vec<(&'static str, String)>) -> BTreeMap<String, String> {
    let all = all.into_iter();
    all.map(|(name, value)| (method_header(name), quoted(&value)))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn method(kind: &str) -> Method {
        Method {
            integration: Some(Integration {
                kind: kind.into(),
                uri: Some("https://x.example".into()),
                responses: [
                    ("200".to_owned(), IntegrationResponse::default()),
                    ("404".to_owned(), IntegrationResponse::default()),
                ]
                .into(),
                ..Integration::default()
            }),
            responses: [("200".to_owned(), MethodResponse::default())].into(),
            ..Method::default()
        }
    }

    fn resource(methods: &[(&str, &str)]) -> Resource {
        let methods = methods.iter();
        Resource {
            path: "/orders".into(),
            methods: methods
                .map(|(verb, kind)| ((*verb).to_owned(), method(kind)))
                .collect(),
            ..Resource::default()
        }
    }

    #[test]
    fn a_browsers_question_is_answered_with_what_the_resource_has() {
        let cors = Cors::of(&resource(&[("GET", "HTTP"), ("POST", "AWS_PROXY")]));
        let (declared, integration) = cors.options();
        assert_eq!(declared.parameters.len(), 3);
        let answers = &integration.responses["200"].parameters;
        let value = |name: &str| answers[&method_header(name)].clone();
        assert_eq!(value("Access-Control-Allow-Methods"), "'GET,POST,OPTIONS'");
        assert_eq!(value("Access-Control-Allow-Origin"), "'*'");
        assert!(value("Access-Control-Allow-Headers").starts_with("'Content-Type,"));
        let any = Cors::of(&resource(&[("ANY", "HTTP")]));
        assert_eq!(any.verbs, ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]);
    }

    #[test]
    fn only_answers_that_pass_through_the_gateway_get_the_header_here() {
        let resource = resource(&[("GET", "HTTP"), ("POST", "AWS_PROXY")]);
        let cors = Cors::of(&resource);
        let added = cors.added(&resource.methods["GET"]);
        // A status that is not declared has nowhere to put a header.
        assert_eq!(added.len(), 1);
        assert_eq!(added[0].0, "200");
        assert_eq!(
            added[0].1["method.response.header.Access-Control-Allow-Origin"],
            "'*'"
        );
        assert!(cors.added(&resource.methods["POST"]).is_empty());
        assert_eq!(Cors::left_to_backends(&resource), ["POST"]);
        assert_eq!(
            cors.refused()["gatewayresponse.header.Access-Control-Allow-Origin"],
            "'*'"
        );
    }

    #[test]
    fn what_a_browser_would_refuse_is_told() {
        let resource = resource(&[("GET", "HTTP")]);
        let mut cors = Cors::of(&resource);
        assert_eq!(cors.problem(&resource), None);
        cors.credentials = true;
        assert!(cors.problem(&resource).unwrap().contains("named"));
        cors.origin = "https://shop.example".into();
        assert_eq!(cors.problem(&resource), None);
        assert_eq!(cors.refused().len(), 2);
        for wrong in [
            "shop.example",
            "https://",
            "https://a/b",
            "https://a, https://b",
        ] {
            cors.origin = wrong.into();
            assert!(cors.problem(&resource).is_some(), "{wrong}");
        }
        cors.origin = "*".into();
        cors.credentials = false;
        cors.max_age = "x".into();
        assert!(cors.problem(&resource).unwrap().contains("seconds"));
        cors.max_age = "600".into();
        cors.verbs.clear();
        assert!(cors.problem(&resource).unwrap().contains("verb"));
        let taken = super::tests::resource(&[("OPTIONS", "HTTP")]);
        let cors = Cors {
            verbs: vec!["GET".into()],
            ..Cors::of(&taken)
        };
        assert!(cors.problem(&taken).unwrap().contains("already"));
    }
}

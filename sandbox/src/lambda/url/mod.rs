//! Function URLs, served: `https://ID.lambda-url.REGION.on.aws/` as a proxy or the hosts file sends it here, and
//! `http://ID.lambda-url.REGION.localhost:4566/`, which browsers send here by themselves. Who may call is the URL's own matter:
//! its authorization, the function's resource policy and its CORS rules.
//!
//! Sources: <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>, `urls-auth.html`, `urls-configuration.html`.

mod cors;
mod event;
mod reply;

use super::{
    Lambda, Target,
    door::{Caller, Invocation, Sent},
    invoke::trace_header,
};
use crate::{
    error::AwsError,
    policy::{Context, Decision, Document, Policies, Principal, Request as Question, decide},
    request::{Request, Response},
    sts::Identity,
};
use cors::Cors;
use http::HeaderMap;
pub use reply::head_of_stream;
use serde_json::{Map, Value, json};
use std::{net::IpAddr, sync::Arc};

/// The most that a request may carry: 6 MB.
const MAX_BYTES: usize = 6_291_456;

/// What a function URL is called by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub id: String,
    pub region: String,
    /// The host as it was named, without its port.
    pub host: String,
}

/// A request at a function URL, beside what every request has.
#[derive(Debug)]
pub struct Visit<'a> {
    pub address: &'a Address,
    /// The query as it was sent.
    pub query: &'a str,
    /// `HTTP/1.1`
    pub protocol: String,
    pub from: IpAddr,
    pub request_id: &'a str,
}

/// The function URL that a request's host names.
pub fn address(headers: &HeaderMap) -> Option<Address> {
    let host = headers.get(http::header::HOST)?.to_str().ok()?;
    let host = host.split(':').next()?.to_ascii_lowercase();
    let mut labels = host.split('.');
    let (id, word, region) = (labels.next()?, labels.next()?, labels.next()?);
    let rest: Vec<&str> = labels.collect();
    let served = matches!(rest.as_slice(), ["on", "aws"] | ["localhost"]);
    (word == "lambda-url" && served && !id.is_empty()).then(|| Address {
        id: id.to_owned(),
        region: region.to_owned(),
        host: host.clone(),
    })
}

/// A URL's configuration with the function behind it.
struct Found {
    target: Target,
    is_open: bool,
    streams: bool,
    cors: Option<Cors>,
    policy: Option<Document>,
    resource: String,
}

impl Lambda {
    /// Answers a request at a function URL of this region.
    pub async fn visit(self: &Arc<Self>, visit: &Visit<'_>, request: &Request) -> Response {
        let Some(found) = self.url(&visit.address.id) else {
            return nobody();
        };
        let origin = request.header("origin");
        if let Some(cors) = &found.cors
            && cors::is_preflight(request)
        {
            return cors.preflight(request);
        }
        let mut response = match self.judge(&found, request) {
            Ok(identity) => self.answer(&found, visit, request, identity.as_ref()).await,
            Err(response) => response,
        };
        if let (Some(cors), Some(origin)) = (&found.cors, origin) {
            cors.add(origin, &mut response);
        }
        response
    }

    fn url(&self, id: &str) -> Option<Found> {
        let start = format!("https://{id}.");
        let state = self.state();
        state.functions.values().find_map(|function| {
            let is_it = |config: &Map<String, Value>| {
                let url = config.get("FunctionUrl").and_then(Value::as_str);
                url.is_some_and(|url| url.starts_with(&start))
            };
            let (qualifier, config) = function.urls.iter().find(|(_, config)| is_it(config))?;
            let text = |member: &str| config.get(member).and_then(Value::as_str);
            let qualifier = Some(qualifier.clone()).filter(|qualifier| !qualifier.is_empty());
            let policy = function.policies.get(qualifier.as_deref().unwrap_or(""));
            Some(Found {
                resource: self.arn(&function.name, qualifier.as_deref()),
                is_open: text("AuthType") == Some("NONE"),
                streams: text("InvokeMode") == Some("RESPONSE_STREAM"),
                cors: config.get("Cors").map(Cors::read),
                policy: policy.and_then(|policy| Document::parse("resource", &policy.document())),
                target: Target {
                    name: function.name.clone(),
                    qualifier,
                },
            })
        })
    }

    /// Who calls, if it may. Without authorization everybody is let in whom the function's policy lets in; with IAM everybody
    /// who signed, because the sandbox judges no identities yet.
    fn judge(&self, found: &Found, request: &Request) -> Result<Option<Identity>, Response> {
        let forbidden = "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";
        let refusal = || refused(403, "AccessDeniedException", &forbidden.into());
        if !found.is_open {
            return match request.access_key() {
                Some(key) if request.service().as_deref() == Some("lambda") => Ok(Some(
                    self.needs.sts.identity(&self.region, &self.account, &key),
                )),
                _ => Err(refusal()),
            };
        }
        let mut context = Context::of(&Principal::Anonymous);
        context.set("lambda:FunctionUrlAuthType", vec!["NONE".to_owned()]);
        let question = Question {
            principal: &Principal::Anonymous,
            action: "lambda:InvokeFunctionUrl",
            resource: &found.resource,
            context: &context,
        };
        let policies = Policies {
            resource: found.policy.as_ref(),
            owner: Some(&self.account),
            ..Policies::default()
        };
        match decide(&question, &policies).decision {
            Decision::Allowed => Ok(None),
            _ => Err(refusal()),
        }
    }

    async fn answer(
        self: &Arc<Self>,
        found: &Found,
        visit: &Visit<'_>,
        request: &Request,
        identity: Option<&Identity>,
    ) -> Response {
        if request.body.len() > MAX_BYTES {
            let message = json!({"message": "Request Entity Too Large"});
            return Response::json(413, &message);
        }
        let now = self.needs.clock.now();
        let trace = match request.header("x-amzn-trace-id") {
            Some(trace) => trace.to_owned(),
            None => trace_header(None, now),
        };
        let told = match request.header("x-amzn-trace-id") {
            // The front says its own part of a trace that it did not begin.
            Some(trace) => format!("Self={};{trace}", own_part(now)),
            None => trace.clone(),
        };
        let event = event::of(visit, request, identity, &told, now);
        let invocation = Invocation {
            caller: Caller::Url,
            target: found.target.clone(),
            payload: event.to_string().into(),
            log_tail: false,
            sent: Sent {
                request_id: visit.request_id.to_owned(),
                client_context: None,
                trace_header: Some(trace.clone()),
            },
        };
        let response = match self.enter(invocation).await {
            Ok(ended) if ended.outcome.function_error.is_some() => reply::broken(),
            Ok(ended) if found.streams => reply::of_stream(&ended.outcome.payload),
            Ok(ended) => reply::of(&ended.outcome.payload),
            Err(error) => failed(&error),
        };
        response.with_header("x-amzn-trace-id", trace)
    }
}

/// The answer where there is no such URL.
pub fn nobody() -> Response {
    refused(403, "AccessDeniedException", &Value::Null)
}

/// The function could not be called.
fn failed(error: &AwsError) -> Response {
    match error.status {
        429 => {
            let reason = error.members.get("Reason").cloned();
            let body = json!({"Reason": reason, "Type": "User", "message": error.message});
            Response::json(429, &body).with_header("x-amzn-errortype", "TooManyRequestsException")
        }
        403 | 404 => nobody(),
        _ => reply::broken(),
    }
}

fn refused(status: u16, kind: &str, message: &Value) -> Response {
    Response::json(status, &json!({ "Message": message })).with_header("x-amzn-ErrorType", kind)
}

/// An id like that of a trace.
fn own_part(now: jiff::Timestamp) -> String {
    let header = trace_header(None, now);
    let root = header.split(';').next().unwrap_or_default();
    root.trim_start_matches("Root=").to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_function_url_is_known_by_its_host() {
        let of = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("host", host.parse().unwrap());
            address(&headers).map(|address| (address.id, address.region))
        };
        let known = Some(("abc1".to_owned(), "eu-west-1".to_owned()));
        assert_eq!(of("abc1.lambda-url.eu-west-1.on.aws"), known);
        assert_eq!(of("ABC1.lambda-url.eu-west-1.localhost:4566"), known);
        for other in [
            "localhost:4566",
            "lambda.eu-west-1.amazonaws.com",
            "abc1.lambda-url.eu-west-1.attacker.example",
            "abc1.lambda-url.eu-west-1.on.aws.attacker.example",
            "lambda-url.eu-west-1.on.aws",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}

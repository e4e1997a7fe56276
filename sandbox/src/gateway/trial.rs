//! Trying a method or an authorizer of an API as it is now, without a deployment and a stage: who may call is not asked,
//! what comes of it is told with its whole log.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html> and the service's
//! recorded tests.

use super::{
    Address, Gateway, Prepared, Spelling, Visit, authorize,
    behind::{Behind, Trial},
    exchange::Exchange,
    log::Log,
    refusal::Refusal,
    root,
    routes::{Route, Routes},
    run, template, validate,
};
use crate::{
    apigateway::{
        Served, error,
        model::{Definition, Method, Resource, Stage, Texts},
    },
    error::AwsError,
    lambda::trace_header,
    request::{Body, Request, Response},
    services::Services,
    sts::Identity,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Method as Verb};
use serde_json::{Map, Value, json};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
};

/// The stage that a method which is tried is told.
const STAGE: &str = "test-invoke-stage";
/// The stage in the ARN that an authorizer is told.
const AUTHORIZER_STAGE: &str = "ESTestInvoke-stage";

/// What to try, of which API, for whom.
#[derive(Debug)]
pub struct Tried<'a> {
    pub definition: Arc<Definition>,
    pub region: &'a str,
    pub account: &'a str,
    pub caller: Identity,
    pub user_agent: Option<String>,
    /// With its query.
    pub path: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub variables: Texts,
}

/// Runs a method and tells what came of it.
///
/// # Errors
/// When there is no such method.
pub(crate) async fn method(
    services: &Services,
    tried: &Tried<'_>,
    resource: &str,
    verb: &str,
) -> Result<Value, AwsError> {
    let resource = tried.definition.resources.get(resource);
    let resource = resource.ok_or_else(error::no_resource)?;
    let all = &resource.resource_methods;
    let method = all.get(verb).or_else(|| all.get("ANY"));
    let method = method.ok_or_else(error::no_method)?;
    let path = tried.path.clone().unwrap_or_else(|| resource.path.clone());
    let (path, query) = split(&path);
    let route = Route {
        resource,
        method,
        parameters: parameters(&resource.path, &path),
    };
    let stand = Stand::new(services, tried, verb, path, query);
    let visit = stand.visit();
    let exchange = stand.exchange(&visit, tried, route.clone(), STAGE);
    let clock = &services.base.clock;
    let came = run::run(services, &stand.gateway, &stand.prepared, &exchange, &route).await;
    let is_refused = came.is_err();
    let response = run::end(&exchange, came);
    let latency = clock.since(exchange.now).as_millis();
    let mut told = told(response, is_refused);
    told["latency"] = json!(latency);
    told["log"] = exchange.log.text(&stand.request_id).into();
    Ok(told)
}

/// Asks an authorizer and tells what came of it.
///
/// # Errors
/// When there is no such authorizer.
pub(crate) async fn authorizer(
    services: &Services,
    tried: &Tried<'_>,
    authorizer: &str,
) -> Result<Value, AwsError> {
    let authorizer = tried.definition.authorizers.get(authorizer);
    let authorizer = authorizer.ok_or_else(error::no_authorizer)?;
    let (path, query) = split(tried.path.as_deref().unwrap_or("/"));
    let resource = Resource {
        id: "test-invoke-resource-id".into(),
        path: path.clone(),
        ..Resource::default()
    };
    let method = Method {
        http_method: "GET".into(),
        ..Method::default()
    };
    let route = Route {
        resource: &resource,
        method: &method,
        parameters: Vec::new(),
    };
    let stand = Stand::new(services, tried, "GET", path, query);
    let visit = stand.visit();
    let exchange = stand.exchange(&visit, tried, route, AUTHORIZER_STAGE);
    let came = authorize::tried(services, &exchange, authorizer).await;
    let latency = services.base.clock.since(exchange.now).as_millis();
    let mut told = match came {
        Ok(mut said) => {
            said["clientStatus"] = 0.into();
            said
        }
        Err(refusal) => json!({"clientStatus": refused(&exchange, &refusal)}),
    };
    told["latency"] = json!(latency);
    told["log"] = exchange.log.text(&stand.request_id).into();
    Ok(told)
}

/// The status of a refusal, which the log tells.
fn refused(exchange: &Exchange<'_>, refusal: &Refusal) -> u16 {
    if let Some(line) = &refusal.log {
        exchange.log.failed(line);
    }
    let name = refusal.message.as_deref().unwrap_or(refusal.error);
    exchange.log.failed(name);
    refusal.respond(exchange).status
}

/// What a trial stands on while it runs.
struct Stand {
    gateway: Arc<Gateway>,
    prepared: Prepared,
    served: Served,
    request: Request,
    request_id: String,
    address: Address,
    spelling: Spelling,
    path: String,
}

impl Stand {
    fn new(
        services: &Services,
        tried: &Tried<'_>,
        verb: &str,
        path: String,
        query: Vec<(String, String)>,
    ) -> Self {
        let mut headers = HeaderMap::new();
        let mut spelled = Vec::new();
        for (name, value) in &tried.headers {
            let known = (HeaderName::try_from(name), HeaderValue::from_str(value));
            // What can be no header is none that a caller could have sent.
            if let (Ok(known), Ok(value)) = known {
                headers.append(known, value);
                spelled.push(name.as_str());
            }
        }
        let stage = Stage {
            stage_name: STAGE.into(),
            variables: tried.variables.clone(),
            ..Stage::default()
        };
        Self {
            gateway: services.get::<Gateway>(tried.region),
            prepared: Prepared {
                routes: Routes::default(),
                models: validate::Models::default(),
                templates: template::Templates::default(),
            },
            served: Served {
                definition: tried.definition.clone(),
                stage: Arc::new(stage),
                deployment: String::new(),
                canary: None,
            },
            spelling: Spelling::known(&spelled),
            request: Request {
                method: Verb::from_bytes(verb.as_bytes()).unwrap_or_default(),
                path: path.clone(),
                query,
                headers,
                body: tried.body.clone().into(),
            },
            request_id: uuid::Uuid::new_v4().to_string(),
            address: Address {
                api: tried.definition.rest.id.clone(),
                region: Some(tried.region.to_owned()),
                host: Some("testPrefix.testDomainName".into()),
            },
            path,
        }
    }

    fn visit(&self) -> Visit<'_> {
        Visit {
            address: &self.address,
            protocol: "HTTP/1.1".into(),
            from: IpAddr::V4(Ipv4Addr::LOCALHOST),
            request_id: &self.request_id,
            spelling: &self.spelling,
        }
    }

    fn exchange<'a>(
        &'a self,
        visit: &'a Visit<'a>,
        tried: &'a Tried<'a>,
        route: Route<'a>,
        told_stage: &'static str,
    ) -> Exchange<'a> {
        let now = self.gateway.clock.now();
        let random = *uuid::Uuid::new_v4().as_bytes();
        Exchange {
            visit,
            request: &self.request,
            served: &self.served,
            serving: &self.served.definition,
            is_canary: false,
            templates: &self.prepared.templates,
            region: tried.region,
            account: tried.account,
            stage_path: self.path.clone(),
            path: self.path.clone(),
            route: Some(route),
            variables: tried.variables.clone(),
            now,
            trace: root(&trace_header(None, now)),
            extended_id: BASE64_STANDARD.encode(&random[..11]),
            caller: Some(tried.caller.clone()),
            authorizer: None,
            authorized_key: None,
            key: None,
            log: Log::whole(self.gateway.clock.clone()),
            behind: Mutex::new(Behind::default()),
            trial: Some(Trial {
                user_agent: tried.user_agent.clone(),
                told_stage,
            }),
        }
    }
}

/// A path and its query.
fn split(path: &str) -> (String, Vec<(String, String)>) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let query = form_urlencoded::parse(query.as_bytes());
    (path.to_owned(), query.into_owned().collect())
}

/// A path's parameters by its resource's path; none when it is another's.
fn parameters(of: &str, path: &str) -> Vec<(String, String)> {
    let mut parts = path.trim_matches('/').split('/');
    let mut all = Vec::new();
    for part in of.trim_matches('/').split('/') {
        let inner = part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'));
        if let Some(name) = inner.and_then(|inner| inner.strip_suffix('+')) {
            let rest: Vec<&str> = parts.by_ref().collect();
            if rest.is_empty() {
                return Vec::new();
            }
            all.push((name.to_owned(), rest.join("/")));
            continue;
        }
        match (inner, parts.next()) {
            (Some(name), Some(given)) => all.push((name.to_owned(), given.to_owned())),
            (None, Some(given)) if given == part => {}
            _ => return Vec::new(),
        }
    }
    match parts.next() {
        Some(_) => Vec::new(),
        None => all,
    }
}

/// An answer as a trial tells it. A refusal's type is not told, as the service was recorded.
fn told(response: Response, is_refused: bool) -> Value {
    let (mut one, mut all) = (Map::new(), Map::new());
    for (name, value) in &response.headers {
        let name = run::spelled(name);
        if is_refused && name == "Content-Type" {
            continue;
        }
        one.insert(name.to_owned(), value.as_str().into());
        let list = all.entry(name.to_owned()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(value.as_str().into());
        }
    }
    let body = match &response.body {
        Body::Full(body) => String::from_utf8_lossy(body).into_owned(),
        Body::Stream(_) => String::new(),
    };
    json!({
        "status": response.status,
        "body": body,
        "headers": one,
        "multiValueHeaders": all,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_not_the_resources_has_no_parameters() {
        let of = |resource: &str, path: &str| {
            let all = parameters(resource, path);
            let all = all.iter().map(|(name, value)| format!("{name}={value}"));
            all.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("/pets/{id}", "/pets/7"), "id=7");
        assert_eq!(of("/pets/{id}", "/pets/{id}"), "id={id}");
        assert_eq!(of("/pets/{id}", "/random/test"), "");
        assert_eq!(of("/pets/{id}", "/pets/7/8"), "");
        assert_eq!(of("/{proxy+}", "/a/b"), "proxy=a/b");
        assert_eq!(of("/{a}/{rest+}", "/1/2/3"), "a=1 rest=2/3");
        assert_eq!(of("/", "/"), "");
    }
}

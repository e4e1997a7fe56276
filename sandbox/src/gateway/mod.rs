//! API Gateway's data plane: requests to stages, answered as their frozen deployments say, in the service's order of steps.
//! Knows nothing of how APIs are built; it asks the control plane for what a stage serves, and for what keys may do.
//!
//! | step | what it needs, what it may refuse |
//! |---|---|
//! | `address` | the stage that a host or a path names |
//! | `routes` | the resource and the method; 403 where there is none |
//! | `authorize`, `entry`, `pools` | the API's policy, signatures, authorizers, tokens of user pools; 401, 403, 500 |
//! | `guard` | keys, throttles, quotas; 403, 429 |
//! | `validate`, `pattern` | required parameters, the body's model; 400 |
//! | `cache` | answers that a stage keeps |
//! | `template` | mapping templates, which `sekisho_rules::vtl` renders |
//! | `payload` | texts and bytes of bodies, and what is made of one for the other |
//! | `proxy`, `invoke`, `service`, `http`, `mapped`, `function` | what stands behind the method; 500, 502, 504 |
//! | `run` | the method from end to end, once the caller is let in |
//! | `log` | what the execution log says |
//! | `trial` | a method or an authorizer of the API as it is now, tried without a stage |
//! | `refusal` | the gateway response of each refusal |
//! | `watch` | the stage's logs |
//! | `measure` | metrics of each request |

mod address;
mod authorize;
mod behind;
mod cache;
mod entry;
mod exchange;
mod function;
mod guard;
mod headers;
mod http;
mod invoke;
mod log;
mod mapped;
mod measure;
mod pattern;
mod payload;
mod pools;
mod proxy;
mod refusal;
mod routes;
mod run;
mod service;
mod spelling;
mod template;
mod trial;
mod validate;
mod watch;

pub use address::{Address, address};
pub use spelling::{Spelling, Watched};
pub(crate) use trial::{Tried, authorizer as try_authorizer, method as try_method};

use crate::{
    apigateway::{ApiGateway, Served, model::Definition},
    clock::Clock,
    lambda::trace_header,
    region::lock,
    request::{Request, Response},
    services::{Service, Services},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use exchange::Exchange;
use refusal::Refusal;
use routes::Routes;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex},
};

/// The most that a request may carry: 10 MB.
const MAX_BYTES: usize = 10_485_760;
/// The most that a request's first line and its headers may be.
const MAX_HEAD: usize = 10_240;
/// Deployments that are remembered.
const MAX_PREPARED: usize = 256;

/// A request at a stage, beside what every request has.
#[derive(Debug)]
pub struct Visit<'a> {
    pub address: &'a Address,
    /// `HTTP/1.1`
    pub protocol: String,
    pub from: IpAddr,
    pub request_id: &'a str,
    pub spelling: &'a Spelling,
}

/// What the data plane of a region remembers between requests. Nothing of it is kept.
#[derive(Debug)]
pub struct Gateway {
    clock: Clock,
    buckets: guard::Buckets,
    verdicts: authorize::Verdicts,
    cache: cache::Cache,
    /// By API and deployment.
    prepared: Mutex<HashMap<(String, String), Arc<Prepared>>>,
}

/// What is made of a deployment once.
#[derive(Debug)]
struct Prepared {
    routes: Routes,
    models: validate::Models,
    templates: template::Templates,
}

impl Service for Gateway {
    fn make(services: &Services, _region: &str) -> Arc<Self> {
        Arc::new(Self {
            clock: services.base.clock.clone(),
            buckets: guard::Buckets::default(),
            verdicts: authorize::Verdicts::default(),
            cache: cache::Cache::default(),
            prepared: Mutex::default(),
        })
    }
}

/// Answers a request at a stage.
pub async fn visit(services: &Services, visit: &Visit<'_>, request: &Request) -> Response {
    match plane(services, visit.address) {
        Some(plane) => answer(services, &plane, visit, request).await,
        None => refusal::nobody(),
    }
}

/// The control plane that has the API.
fn plane(services: &Services, address: &Address) -> Option<Arc<ApiGateway>> {
    match &address.region {
        Some(region) => services.made::<ApiGateway>(region),
        None => services
            .all_made::<ApiGateway>()
            .into_iter()
            .find(|plane| plane.has(&address.api)),
    }
}

async fn answer(
    services: &Services,
    plane: &ApiGateway,
    visit: &Visit<'_>,
    request: &Request,
) -> Response {
    if head_bytes(request) > MAX_HEAD {
        return refusal::head_too_large();
    }
    let (stage, rest) = visit.address.split(&request.path);
    let Some(served) = plane.served(&visit.address.api, stage) else {
        return refusal::nobody();
    };
    if served.definition.rest.disable_execute_api_endpoint {
        return refusal::nobody();
    }
    let (region, account) = plane.place();
    let gateway = services.get::<Gateway>(region);
    let is_canary = is_canary(&served);
    let serving = served.canary.as_ref().filter(|_| is_canary);
    let serving = serving.unwrap_or(&served.definition);
    let path = format!("/{}", rest.trim_start_matches('/'));
    let now = gateway.clock.now();
    let mut variables = served.stage.variables.clone();
    if let Some(canary) = served.stage.canary_settings.as_ref().filter(|_| is_canary) {
        variables.extend(canary.stage_variable_overrides.clone());
    }
    let random = *uuid::Uuid::new_v4().as_bytes();
    let prepared = gateway.prepared(&served, serving, is_canary);
    let route = routes::find(&prepared.routes, serving, &path, request.method.as_str());
    let setting = route.as_ref().and_then(|route| {
        let (path, verb) = (&route.resource.path, &route.method.http_method);
        served.stage.setting(path, verb)
    });
    let mut exchange = Exchange {
        visit,
        request,
        served: &served,
        serving,
        is_canary,
        templates: &prepared.templates,
        region,
        account,
        stage_path: format!("/{stage}{rest}"),
        route,
        path,
        variables,
        now,
        trace: match request.header("x-amzn-trace-id") {
            Some(trace) => trace.to_owned(),
            None => root(&trace_header(None, now)),
        },
        extended_id: BASE64_STANDARD.encode(&random[..11]),
        key: None,
        caller: None,
        authorizer: None,
        authorized_key: None,
        log: log::Log::of(gateway.clock.clone(), setting),
        behind: Mutex::default(),
        trial: None,
    };
    let came = steps(services, plane, &gateway, &prepared, &mut exchange).await;
    let response = run::end(&exchange, came);
    let behind = lock(&exchange.behind).clone();
    watch::write(services, plane, &exchange, &response, &behind);
    measure::put(
        services,
        &exchange,
        response.status,
        gateway.clock.since(now),
        &behind,
    );
    response
        .with_header("x-amzn-RequestId", visit.request_id)
        .with_header("x-amz-apigw-id", exchange.extended_id)
}

/// The bytes of a request's first line and of its headers.
fn head_bytes(request: &Request) -> usize {
    let query = request.query.iter();
    let query: usize = query
        .map(|(name, value)| name.len() + value.len() + 2)
        .sum();
    let headers = request.headers.iter();
    let headers: usize = headers
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    request.path.len() + query + headers
}

/// The trace's root alone, as the gateway names a trace that it begins.
fn root(header: &str) -> String {
    header.split(';').next().unwrap_or_default().to_owned()
}

/// The steps of a request, in the service's order.
async fn steps(
    services: &Services,
    plane: &ApiGateway,
    gateway: &Gateway,
    prepared: &Prepared,
    exchange: &mut Exchange<'_>,
) -> Result<Response, Refusal> {
    let route = exchange.route.clone().ok_or_else(Refusal::no_route)?;
    if exchange.request.body.len() > MAX_BYTES {
        return Err(Refusal::too_large());
    }
    let extended = &exchange.extended_id;
    exchange
        .log
        .info(|| format!("Extended Request Id: {extended}"));
    authorize::check(services, gateway, exchange).await?;
    gateway.guard(plane, exchange)?;
    run::run(services, gateway, prepared, exchange, &route).await
}

/// Whether this request is one of the canary's share.
fn is_canary(served: &Served) -> bool {
    let Some(canary) = served.stage.canary_settings.as_ref() else {
        return false;
    };
    let random = uuid::Uuid::new_v4().as_u128() as u32;
    served.canary.is_some()
        && f64::from(random) / f64::from(u32::MAX) * 100.0 < canary.percent_traffic
}

impl Gateway {
    /// What is made of a deployment, when it is first asked for.
    fn prepared(
        &self,
        served: &Served,
        serving: &Arc<Definition>,
        is_canary: bool,
    ) -> Arc<Prepared> {
        let canary = served.stage.canary_settings.as_ref();
        let canary = canary.filter(|_| is_canary);
        let deployment = canary.map_or(&served.deployment, |canary| &canary.deployment_id);
        let key = (serving.rest.id.clone(), deployment.clone());
        let mut all = lock(&self.prepared);
        if let Some(known) = all.get(&key) {
            return known.clone();
        }
        if all.len() >= MAX_PREPARED {
            all.clear();
        }
        let made = Arc::new(Prepared {
            routes: routes::of(serving),
            models: validate::Models::default(),
            templates: template::Templates::default(),
        });
        all.insert(key, made.clone());
        made
    }
}

//! API Gateway's control plane: REST APIs as they are built, their frozen deployments and stages, keys and plans. Knows
//! rest-json; how a request to a stage is answered is the gateway's (`crate::gateway`), which reads frozen deployments only.
//!
//! Source of paths and shapes: <https://docs.aws.amazon.com/apigateway/latest/api/API_Operations_Amazon_API_Gateway.html>;
//! messages are those that the service was recorded with.

mod account;
mod apis;
mod authorizers;
mod certificates;
mod deployments;
mod documentation;
pub(crate) mod error;
mod exports;
mod gateway_responses;
mod imports;
mod integrations;
mod keep;
mod keys;
mod links;
mod methods;
pub mod model;
mod models;
pub mod openapi;
mod patch;
mod plans;
mod resources;
mod responses;
mod route;
mod settings;
mod stages;
mod tags;
mod trials;
mod usage;
mod validators;
mod value;
mod x509;

pub(crate) use apis::expanded;
pub(crate) use gateway_responses::usual_status;
pub(crate) use methods::parameter;
pub use usage::Metered;

use crate::{
    clock::Clock,
    error::AwsError,
    iam::Iam,
    lambda::Violations,
    logs::Logs,
    region,
    request::{Ctx, Request, Response},
    services::{Answering, Row, Service, Services, Wire},
    store::{Held, Records, Shelf, StateError},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD};
use model::{Api, Definition, Method, Resource, Stage, State};
use patch::Patch;
use serde::Serialize;
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// API Gateway's row in the table of services.
pub static ROW: Row = Row {
    path: |path| path == "/restapis" || path.starts_with("/restapis/"),
    restore: Some(ApiGateway::restore_all),
    tags: Some(|services, region| services.get::<ApiGateway>(region)),
    ..Row::new("API Gateway", "apigateway", Wire::RestJson, answer)
};

fn answer<'a>(services: &'a Services, ctx: &'a Ctx, request: &'a Request) -> Answering<'a> {
    Box::pin(async move {
        let gateway = services.get::<ApiGateway>(&ctx.region);
        if let Some(answer) = gateway.flush(services, request) {
            return answer.unwrap_or_else(|error| error::respond(&error));
        }
        match gateway.try_out(services, request).await {
            Some(answer) => answer.unwrap_or_else(|error| error::respond(&error)),
            None => gateway.handle(request),
        }
    })
}

impl Service for ApiGateway {
    fn make(services: &Services, region: &str) -> Arc<Self> {
        Arc::new(Self {
            region: region.to_owned(),
            account: services.base.account.clone(),
            clock: services.base.clock.clone(),
            state: Mutex::default(),
            shelf: services.store.shelf(keep::SERVICE, region),
            iam: services.global::<Iam>(),
            logs: services.get::<Logs>(region),
        })
    }
}

/// API Gateway in one region.
#[derive(Debug)]
pub struct ApiGateway {
    region: String,
    account: String,
    clock: Clock,
    state: Mutex<State>,
    shelf: Shelf,
    iam: Arc<Iam>,
    logs: Arc<Logs>,
}

/// What a stage serves: one frozen deployment with the stage's settings.
#[derive(Debug, Clone)]
pub struct Served {
    pub definition: Arc<Definition>,
    pub stage: Arc<Stage>,
    pub deployment: String,
    /// The canary's deployment, if there is one.
    pub canary: Option<Arc<Definition>>,
}

/// One call of an operation.
struct Call<'a> {
    request: &'a Request,
}

type Answer = Result<Response, AwsError>;

/// Items of a page unless the caller says otherwise, and at most.
const PAGE: (usize, usize) = (25, 500);

impl Call<'_> {
    /// The body as JSON; an empty object when there is no body.
    fn body(&self) -> Result<Value, AwsError> {
        if self.request.body.is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        serde_json::from_slice(&self.request.body).map_err(|error| {
            error::serialization(format!("Could not parse request body into json: {error}"))
        })
    }

    fn query(&self, name: &str) -> Option<&str> {
        self.request
            .query_value(name)
            .filter(|value| !value.is_empty())
    }

    /// The patches of an update, when all of them are operations.
    fn patches(&self, input: &str) -> Result<Vec<Patch>, AwsError> {
        self.checked_patches(input, Violations::default())
    }

    /// The same, where more may be wrong with the request: it is told after the operations.
    fn checked_patches(&self, input: &str, more: Violations) -> Result<Vec<Patch>, AwsError> {
        let mut wrong = Violations::default();
        let patches = patch::read(&self.body()?, input, &mut wrong)?;
        wrong.extend(more);
        wrong.check()?;
        Ok(patches)
    }

    /// A page of things in the order of their keys, as `item` and `position`.
    fn page<'a>(&self, all: impl Iterator<Item = (&'a str, Value)>) -> Answer {
        let (usual, most) = PAGE;
        let limit = self.query("limit").and_then(|limit| limit.parse().ok());
        let limit: usize = limit.unwrap_or(usual).clamp(1, most);
        // A position is the last key, in letters that say nothing.
        let after = self.query("position").unwrap_or_default();
        let after = URL_SAFE_NO_PAD.decode(after).unwrap_or_default();
        let after = String::from_utf8_lossy(&after);
        let mut rest = all.skip_while(|(key, _)| !after.is_empty() && **key <= *after);
        let mut last = "";
        let mut items = Vec::new();
        for (key, value) in rest.by_ref().take(limit) {
            last = key;
            items.push(value);
        }
        let mut body = serde_json::Map::new();
        body.insert("item".into(), items.into());
        if rest.next().is_some() {
            body.insert("position".into(), URL_SAFE_NO_PAD.encode(last).into());
        }
        ok(Value::Object(body))
    }
}

impl ApiGateway {
    /// Takes in what was kept of every region.
    fn restore_all(services: &Services, records: &mut Records) -> Result<(), StateError> {
        for region in records.regions(keep::SERVICE) {
            let gateway = services.get::<Self>(&region);
            gateway.restore(records.take(keep::SERVICE, &region))?;
        }
        Ok(())
    }

    fn handle(&self, request: &Request) -> Response {
        let call = Call { request };
        route::dispatch(self, &call).unwrap_or_else(|error| error::respond(&error))
    }

    /// The state. What is touched is kept when it is let go.
    fn state(&self) -> Held<'_, State> {
        Held::new(&self.state, &self.shelf)
    }

    /// Seconds since 1970.
    fn now(&self) -> i64 {
        self.clock.now().as_second()
    }

    fn arn(&self, resource: &str) -> String {
        format!(
            "arn:{}:apigateway:{}::{resource}",
            region::partition(&self.region),
            self.region
        )
    }

    /// What a stage of an API serves, if there is both.
    pub fn served(&self, api: &str, stage: &str) -> Option<Served> {
        let state = self.state();
        let api = state.apis.get(api)?;
        let stage = api.stages.get(stage)?;
        let deployment = api.deployments.get(&stage.deployment_id)?;
        let canary = stage.canary_settings.as_ref();
        let canary = canary.and_then(|canary| api.deployments.get(&canary.deployment_id));
        Some(Served {
            definition: deployment.frozen.clone(),
            stage: stage.clone(),
            deployment: deployment.id.clone(),
            canary: canary.map(|canary| canary.frozen.clone()),
        })
    }

    /// Whether an API is here.
    pub fn has(&self, api: &str) -> bool {
        self.state().apis.contains_key(api)
    }

    /// Where this is.
    pub fn place(&self) -> (&str, &str) {
        (&self.region, &self.account)
    }

    fn api<'a>(&self, state: &'a State, id: &str) -> Result<&'a Api, AwsError> {
        let api = state.apis.get(id);
        api.ok_or_else(|| error::no_api(&self.account, id))
    }

    fn api_mut<'a>(&self, state: &'a mut State, id: &str) -> Result<&'a mut Api, AwsError> {
        state.touch(keep::Touched::Api(id.to_owned()));
        let api = state.apis.get_mut(id);
        api.ok_or_else(|| error::no_api(&self.account, id))
    }
}

/// A resource, to be changed.
fn resource_mut<'a>(
    state: &'a mut State,
    api: &str,
    resource: &str,
) -> Result<&'a mut Resource, AwsError> {
    state.touch(keep::Touched::Resource(api.to_owned(), resource.to_owned()));
    let api = state.apis.get_mut(api).ok_or_else(error::no_resource)?;
    let found = api.now.resources.get_mut(resource);
    found.ok_or_else(error::no_resource)
}

/// A method, to be changed.
fn method_mut<'a>(
    state: &'a mut State,
    api: &str,
    resource: &str,
    method: &str,
) -> Result<&'a mut Method, AwsError> {
    let resource = resource_mut(state, api, resource)?;
    let method = resource.resource_methods.get_mut(method);
    method.ok_or_else(error::no_method)
}

fn resource<'a>(state: &'a State, api: &str, resource: &str) -> Result<&'a Resource, AwsError> {
    let api = state.apis.get(api).ok_or_else(error::no_resource)?;
    api.now
        .resources
        .get(resource)
        .ok_or_else(error::no_resource)
}

fn method<'a>(state: &'a State, api: &str, id: &str, method: &str) -> Result<&'a Method, AwsError> {
    let resource = resource(state, api, id)?;
    resource
        .resource_methods
        .get(method)
        .ok_or_else(error::no_method)
}

/// A new id of this many letters and digits.
fn new_id(length: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut id = String::with_capacity(length);
    while id.len() < length {
        let mut random = uuid::Uuid::new_v4().as_u128();
        // The fixed bits of a UUID are in the middle; both ends are random.
        for _ in 0..8.min(length - id.len()) {
            id.push(char::from(LETTERS[(random % 36) as usize]));
            random /= 36;
        }
    }
    id
}

fn shown(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn ok(value: impl Into<Value>) -> Answer {
    Ok(Response::json(200, &value.into()))
}

fn created(value: impl Into<Value>) -> Answer {
    Ok(Response::json(201, &value.into()))
}

fn accepted() -> Answer {
    Ok(Response::empty(202))
}

fn no_content() -> Answer {
    Ok(Response::empty(204))
}

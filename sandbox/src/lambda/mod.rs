//! Lambda's API: functions, versions, aliases, layers and their settings, and invocations. Knows rest-json; how a
//! function is run is the runtime's.
//!
//! Source of paths, shapes and messages: <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>.

mod aliases;
mod asynchronous;
mod code;
mod concurrency;
mod configuration;
mod constraints;
mod destinations;
mod door;
mod errand;
mod error;
mod event_invoke;
mod functions;
mod invoke;
mod jackson;
mod keep;
mod layer_policy;
mod layers;
mod limits;
mod mappings;
mod measure;
mod model;
mod name;
mod package;
mod paging;
mod policy;
mod route;
mod runtimes;
mod seed;
mod settings;
mod signing;
mod streaming;
mod tags;
pub mod url;
mod urls;
mod value;
mod versions;

pub use errand::{Errand, Refused};
pub(crate) use invoke::trace_header;
pub use keep::SERVICE;
pub use measure::MetricSink;
pub use package::Packages;

use crate::{
    clock::Clock,
    error::AwsError,
    iam::Iam,
    request::{Ctx, Request, Response},
    runtime::Pool,
    s3::S3,
    services::{Answering, Row, Service, Services, Wire},
    store::{Held, Records, Shelf, StateError, Store},
    sts::Sts,
};
pub use error::Violations;
use jiff::Timestamp;
use keep::Touched;
use model::{Function, State};
use name::{Named, Target, function_arn};
use serde_json::Value;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Lambda's row in the table of services.
pub static ROW: Row = Row {
    path: route::is_versioned,
    restore: Some(Lambda::restore_all),
    tags: Some(|services, region| services.get::<Lambda>(region)),
    ..Row::new("Lambda", "lambda", Wire::RestJson, answer)
};

fn answer<'a>(services: &'a Services, ctx: &'a Ctx, request: &'a Request) -> Answering<'a> {
    Box::pin(async move {
        services
            .get::<Lambda>(&ctx.region)
            .handle(ctx, request)
            .await
    })
}

impl Service for Lambda {
    fn make(services: &Services, region: &str) -> Arc<Self> {
        let base = &services.base;
        let needs = Needs {
            store: services.store.clone(),
            packages: services.packages.clone(),
            s3: services.global(),
            iam: services.global(),
            sts: services.global(),
            pool: services.pool.clone(),
            settle: base.settle,
            clock: base.clock.clone(),
            retry_delays: base.retry_delays,
            tasks: base.tasks.clone(),
            stop: base.stop.clone(),
        };
        let metrics = services.telemetry.clone();
        Arc::new(Self::new(region, &base.account, needs, metrics))
    }
}

/// What Lambda needs from the rest of the sandbox.
#[derive(Clone)]
pub struct Needs {
    pub store: Store,
    pub packages: Packages,
    pub s3: Arc<S3>,
    pub iam: Arc<Iam>,
    pub sts: Arc<Sts>,
    pub pool: Arc<Pool>,
    /// How long a function stays `Pending` or `InProgress`.
    pub settle: Duration,
    pub clock: Clock,
    /// The waits before an asynchronous invocation that failed is tried again.
    pub retry_delays: [Duration; 2],
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}

/// Lambda in one region.
pub struct Lambda {
    region: String,
    account: String,
    needs: Needs,
    metrics: Arc<dyn MetricSink>,
    state: Mutex<State>,
    shelf: Shelf,
    running: measure::Running,
    rates: door::Rates,
    events: asynchronous::Events,
}

impl std::fmt::Debug for Needs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Needs")
            .field("settle", &self.settle)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Lambda {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lambda")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// One call of an operation.
struct Call<'a> {
    ctx: &'a Ctx,
    request: &'a Request,
}

/// The most that a request may be that brings code along.
const MAX_REQUEST_BYTES: usize = 70_167_211;

/// What an operation gives.
type Answer = Result<Response, AwsError>;

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

    /// The `Qualifier` parameter; an empty one is one too.
    fn qualifier(&self) -> Option<&str> {
        self.request.query_value("Qualifier")
    }

    /// A function as the path and the `Qualifier` parameter name it.
    fn target(&self, operation: &'static str, name: &str) -> Result<Target, AwsError> {
        self.checked(operation, name, Violations::default())
    }

    /// The same, where more may be wrong with the request: AWS tells all of it at once, before it looks for anything.
    fn checked(
        &self,
        operation: &'static str,
        name: &str,
        mut wrong: Violations,
    ) -> Result<Target, AwsError> {
        let named = Named::read(operation, name, self.qualifier(), &mut wrong);
        name::named_or_wrong(named, wrong)?.reach(self.ctx)
    }

    /// # Errors
    /// `RequestEntityTooLargeException` when the package that is sent along is too large, or else the whole request.
    fn check_size(&self, operation: &str, code: &Value) -> Result<(), AwsError> {
        if let Some(text) = value::text(code, "ZipFile")? {
            code::check_zipped(text)?;
        }
        if self.request.body.len() > MAX_REQUEST_BYTES {
            return Err(error::entity_too_large(format!(
                "Request must be smaller than {MAX_REQUEST_BYTES} bytes for the {operation} operation"
            )));
        }
        Ok(())
    }
}

impl Lambda {
    /// Lambda in a region, with nothing in it.
    pub fn new(region: &str, account: &str, needs: Needs, metrics: Arc<dyn MetricSink>) -> Self {
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            shelf: needs.store.shelf(SERVICE, region),
            rates: door::Rates::new(needs.clock.clone()),
            needs,
            metrics,
            state: Mutex::default(),
            running: measure::Running::default(),
            events: asynchronous::Events::default(),
        }
    }

    /// Takes in what was kept of every region.
    fn restore_all(services: &Services, records: &mut Records) -> Result<(), StateError> {
        for region in records.regions(SERVICE) {
            let lambda = services.get::<Self>(&region);
            lambda.restore(records.take(SERVICE, &region))?;
        }
        Ok(())
    }

    /// Answers one request.
    pub async fn handle(self: &Arc<Self>, ctx: &Ctx, request: &Request) -> Response {
        let call = Call { ctx, request };
        route::dispatch(self, &call)
            .await
            .unwrap_or_else(|error| error::respond(&error))
    }

    /// The state, with everything settled whose time has come. What is touched is kept when it is let go.
    fn state(&self) -> Held<'_, State> {
        let mut state = Held::new(&self.state, &self.shelf);
        state.settle(self.needs.clock.now());
        state
    }

    /// When something that begins now will have settled.
    fn settles(&self) -> Timestamp {
        self.needs.clock.after(self.needs.settle)
    }

    /// Where this is, for names that come otherwise than with a call.
    fn place(&self) -> Ctx {
        Ctx {
            region: self.region.clone(),
            account: self.account.clone(),
            request_id: String::new(),
            endpoint: String::new(),
        }
    }

    fn arn(&self, name: &str, qualifier: Option<&str>) -> String {
        function_arn(&self.region, &self.account, name, qualifier)
    }

    fn no_function(&self, target: &Target) -> AwsError {
        error::not_found(format!(
            "Function not found: {}",
            target.arn(&self.region, &self.account)
        ))
    }

    /// The error of a version or alias that is not there, or whose function is not.
    fn no_version(&self, name: &str, qualifier: &str) -> AwsError {
        error::not_found(format!(
            "Function not found: {}",
            self.arn(name, Some(qualifier))
        ))
    }

    fn function<'a>(&self, state: &'a State, target: &Target) -> Result<&'a Function, AwsError> {
        state
            .functions
            .get(&target.name)
            .ok_or_else(|| self.no_function(target))
    }

    fn function_mut<'a>(
        &self,
        state: &'a mut State,
        target: &Target,
    ) -> Result<&'a mut Function, AwsError> {
        state.touch(Touched::Function(target.name.clone()));
        state
            .functions
            .get_mut(&target.name)
            .ok_or_else(|| self.no_function(target))
    }
}

fn ok(value: impl Into<Value>) -> Answer {
    Ok(Response::json(200, &value.into()))
}

fn created(value: impl Into<Value>) -> Answer {
    Ok(Response::json(201, &value.into()))
}

fn no_content() -> Answer {
    Ok(Response::empty(204))
}

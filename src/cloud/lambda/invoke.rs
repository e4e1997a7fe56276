//! Running a function: one Invoke, sent once.
//!
//! Knows no panel. It is an action because it is a write: what the function does, really happens.
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_lambda::types::{InvocationType as SdkType, LogType};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::Blob;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::cli::{self, CliContext};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::invoke::{InvocationType, InvokeRequest, InvokeResult, RawInvokeResult};
use crate::model::plan::{Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

const OPERATION: &str = "Invoke";

/// Invokes a function. [`Applied::output`] is an [`InvokeResult`]; a function that failed is a result too, for the call
/// itself succeeded. It is never sent twice, and nothing takes it back.
#[derive(Debug, Clone)]
pub struct Invoke {
    /// What is asked.
    pub request: InvokeRequest,
    /// The function's ARN, or its name where that is not known.
    pub target: String,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Invoke {
    fn function_name(&self) -> &str {
        // An ARN is `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]`.
        let mut parts = self.request.function.split(":function:");
        let name = parts
            .nth(1)
            .and_then(|rest| rest.split(':').next())
            .filter(|name| !name.is_empty());
        name.unwrap_or(&self.request.function)
    }

    async fn send(&self, cloud: &Cloud) -> Result<InvokeResult, CloudError> {
        let request = &self.request;
        request
            .check()
            .map_err(|reason| CloudError::local(OPERATION, ErrorKind::Invalid, reason))?;
        let client = cloud.lambda_for_invoke().await?;
        let trace = TraceId::default();
        let synchronous = request.invocation_type == InvocationType::RequestResponse;
        let payload = request.payload.trim();
        let started = Instant::now();
        let answer = client
            .invoke()
            .function_name(&request.function)
            .set_qualifier(request.qualifier.clone())
            .invocation_type(to_sdk(request.invocation_type))
            .set_log_type((synchronous && request.log_tail).then_some(LogType::Tail))
            .set_payload((!payload.is_empty()).then(|| Blob::new(payload)))
            .customize()
            .interceptor(trace.clone())
            .send()
            .await
            .map_err(|error| from_sdk(OPERATION, &self.target, error))?;
        let round_trip_ms = started.elapsed().as_secs_f64() * 1_000.0;
        Ok(read(&answer, trace.take().as_deref(), round_trip_ms))
    }
}

impl Action<Cloud> for Invoke {
    fn plan(&self) -> Plan {
        let command = cli::invoke(&self.request).with(&self.context);
        let title = match self.request.invocation_type {
            InvocationType::RequestResponse => "Invoke",
            InvocationType::Event => "Invoke asynchronously",
            InvocationType::DryRun => "Invoke as a dry run",
        };
        Plan {
            title: title.to_owned(),
            target: self.target.clone(),
            risk: match self.request.invocation_type {
                InvocationType::DryRun => Risk::Safe,
                _ => Risk::Changes,
            },
            differences: Vec::new(),
            cli: command.lines(),
        }
    }

    fn service(&self) -> &'static str {
        // Runs of fifteen minutes must not hold up the permits of the reads.
        "lambda-invoke"
    }

    fn invalidates(&self) -> Vec<Topic> {
        match self.request.invocation_type {
            InvocationType::DryRun => Vec::new(),
            _ => vec![Topic::Invocations(self.function_name().to_owned())],
        }
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say(match self.request.invocation_type {
                InvocationType::RequestResponse => "running",
                _ => "sending",
            });
            let result = self.send(&cloud).await?;
            Ok(Applied {
                request_id: result.request_id.clone(),
                summary: format!("{}: {}", self.function_name(), result.headline()),
                failed: result.error.is_some(),
                output: Some(Arc::new(result)),
                undo: None,
            })
        })
    }
}

fn to_sdk(kind: InvocationType) -> SdkType {
    match kind {
        InvocationType::RequestResponse => SdkType::RequestResponse,
        InvocationType::Event => SdkType::Event,
        InvocationType::DryRun => SdkType::DryRun,
    }
}

fn read(answer: &InvokeOutput, trace_id: Option<&str>, round_trip_ms: f64) -> InvokeResult {
    InvokeResult::parse(&RawInvokeResult {
        status: u16::try_from(answer.status_code()).unwrap_or_default(),
        function_error: answer.function_error(),
        log_result: answer.log_result(),
        executed_version: answer.executed_version(),
        request_id: answer.request_id(),
        trace_id,
        payload: answer.payload().map(AsRef::as_ref).unwrap_or_default(),
        round_trip_ms,
    })
}

/// Takes `X-Amzn-Trace-Id` from the answer: the SDK's output has no room for it.
#[derive(Debug, Clone, Default)]
struct TraceId(Arc<Mutex<Option<String>>>);

impl TraceId {
    fn take(&self) -> Option<String> {
        self.0.lock().ok()?.take()
    }
}

#[dyn_dispatch_hint]
impl Intercept for TraceId {
    fn name(&self) -> &'static str {
        "SekishoTraceId"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let header = context.response().headers().get("x-amzn-trace-id");
        if let (Some(header), Ok(mut kept)) = (header, self.0.lock()) {
            *kept = Some(header.to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "invoke_tests.rs"]
mod tests;

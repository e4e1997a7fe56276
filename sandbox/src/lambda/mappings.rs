//! Event source mappings. They are kept and shown; nothing is polled.

use super::{
    Answer, Call, Lambda, Response, Target,
    destinations::is_destination,
    error::{Violations, conflict, invalid, not_found},
    keep::Touched,
    name::{Named, named_or_wrong},
    ok, paging,
    tags::check_tags,
    value,
};
use crate::{error::AwsError, region::arn};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Members of a request that a mapping keeps as they are.
const KEPT: [&str; 22] = [
    "AmazonManagedKafkaEventSourceConfig",
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "DocumentDBEventSourceConfig",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KMSKeyArn",
    "LoggingConfig",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
    "ProvisionedPollerConfig",
    "Queues",
    "ScalingConfig",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations",
    "Topics",
    "TumblingWindowInSeconds",
];

const SOURCE_PATTERN: &str = r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)";

impl Lambda {
    pub(super) fn create_event_source_mapping(&self, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        wrong.required("functionName", body.get("FunctionName"));
        check(&body, &mut wrong)?;
        let target = self.mapped_function("CreateEventSourceMapping", &body, wrong)?;
        let tags = value::text_map(&body, "Tags")?.unwrap_or_default();
        check_tags(&tags)?;
        let source = value::text(&body, "EventSourceArn")?.map(str::to_owned);
        if source.is_none() && body.get("SelfManagedEventSource").is_none() {
            return Err(invalid(
                "Unrecognized event source, must be kinesis, dynamodb stream, sqs, kafka, or mq.",
            ));
        }
        let kind = source.as_deref().map_or("kafka", service_of).to_owned();
        check_start(&kind, &body)?;
        let mut state = self.state();
        let function = self.function(&state, &target)?;
        self.check_qualifier(function, &target)?;
        let arn = self.arn(&target.name, target.qualifier.as_deref());
        let twin = state.mappings.values().find(|mapping| {
            mapping.get("FunctionArn") == Some(&json!(arn))
                && mapping.get("EventSourceArn") == Some(&json!(source))
        });
        if let Some(twin) = twin.filter(|_| source.is_some()) {
            return Err(conflict(format!(
                "An event source mapping with event source arn (\" {} \") and function name (\" {} \") already exists. Please update or delete the existing mapping with UUID {}",
                source.unwrap_or_default(),
                target.name,
                twin["UUID"].as_str().unwrap_or_default()
            )));
        }
        let id = uuid::Uuid::new_v4().to_string();
        let mut mapping = defaults(&kind);
        mapping.insert("UUID".into(), id.clone().into());
        mapping.insert("EventSourceMappingArn".into(), self.mapping_arn(&id).into());
        if let Some(source) = source {
            mapping.insert("EventSourceArn".into(), source.into());
        }
        mapping.insert("FunctionArn".into(), arn.into());
        for member in ["StartingPosition", "StartingPositionTimestamp"] {
            if let Some(given) = body.get(member) {
                mapping.insert(member.into(), given.clone());
            }
        }
        let enabled = body.get("Enabled").and_then(Value::as_bool).unwrap_or(true);
        merge(&mut mapping, &body, self.needs.clock.now());
        set_state(&mut mapping, enabled);
        let mut shown = mapping.clone();
        shown.insert("State".into(), "Creating".into());
        if !tags.is_empty() {
            state.mapping_tags.insert(id.clone(), tags);
        }
        state.touch(Touched::Mapping(id.clone()));
        state.mappings.insert(id, mapping);
        Ok(Response::json(202, &shown.into()))
    }

    pub(super) fn get_event_source_mapping(&self, id: &str) -> Answer {
        let state = self.state();
        ok(state.mappings.get(id).ok_or_else(no_mapping)?.clone())
    }

    pub(super) fn update_event_source_mapping(&self, call: &Call<'_>, id: &str) -> Answer {
        let body = call.body()?;
        let mut state = self.state();
        let mut mapping = state.mappings.get(id).ok_or_else(no_mapping)?.clone();
        let mut wrong = Violations::default();
        check(&body, &mut wrong)?;
        if value::text(&body, "FunctionName")?.is_none() {
            wrong.check()?;
        } else {
            let target = self.mapped_function("UpdateEventSourceMapping", &body, wrong)?;
            self.check_qualifier(self.function(&state, &target)?, &target)?;
            mapping.insert(
                "FunctionArn".into(),
                self.arn(&target.name, target.qualifier.as_deref()).into(),
            );
        }
        merge(&mut mapping, &body, self.needs.clock.now());
        if let Some(enabled) = body.get("Enabled").and_then(Value::as_bool) {
            set_state(&mut mapping, enabled);
        }
        let mut shown = mapping.clone();
        shown.insert("State".into(), "Updating".into());
        state.touch(Touched::Mapping(id.to_owned()));
        state.mappings.insert(id.to_owned(), mapping);
        Ok(Response::json(202, &shown.into()))
    }

    pub(super) fn delete_event_source_mapping(&self, id: &str) -> Answer {
        let mut state = self.state();
        let mut mapping = state.mappings.remove(id).ok_or_else(no_mapping)?;
        state.mapping_tags.remove(id);
        state.touch(Touched::Mapping(id.to_owned()));
        mapping.insert("State".into(), "Deleting".into());
        Ok(Response::json(202, &mapping.into()))
    }

    pub(super) fn list_event_source_mappings(&self, call: &Call<'_>) -> Answer {
        // As in AWS: of a function that is not there, there is none.
        let function = call
            .query("FunctionName")
            .map(|name| call.target("ListEventSourceMappings", name))
            .transpose()?;
        let state = self.state();
        let arn = function.map(|target| self.arn(&target.name, target.qualifier.as_deref()));
        let source = call.query("EventSourceArn");
        let rows = state
            .mappings
            .iter()
            .filter(|(_, mapping)| {
                let is = |member: &str, wanted: Option<&str>| {
                    wanted.is_none_or(|wanted| {
                        mapping.get(member).and_then(Value::as_str) == Some(wanted)
                    })
                };
                is("FunctionArn", arn.as_deref()) && is("EventSourceArn", source)
            })
            .map(|(id, mapping)| (id.clone(), mapping));
        ok(paging::page(
            call,
            "EventSourceMappings",
            rows,
            |mapping| Value::Object(mapping.clone()),
        )?)
    }

    fn mapped_function(
        &self,
        operation: &'static str,
        body: &Value,
        mut wrong: Violations,
    ) -> Result<Target, AwsError> {
        let name = value::text(body, "FunctionName")?.unwrap_or_default();
        let named = Named::read(operation, name, None, &mut wrong);
        named_or_wrong(named, wrong)?.reach(&self.place())
    }
}

impl Lambda {
    /// The ARN of a mapping.
    pub(super) fn mapping_arn(&self, id: &str) -> String {
        let resource = format!("event-source-mapping:{id}");
        arn("lambda", &self.region, &self.account, &resource)
    }
}

fn no_mapping() -> AwsError {
    not_found("The resource you requested does not exist.")
}

fn service_of(arn: &str) -> &str {
    arn.split(':').nth(2).unwrap_or_default()
}

/// What AWS fills in for a kind of source.
fn defaults(kind: &str) -> Map<String, Value> {
    let mut out = Map::new();
    let batch = if kind == "sqs" { 10 } else { 100 };
    out.insert("BatchSize".into(), batch.into());
    out.insert("MaximumBatchingWindowInSeconds".into(), 0.into());
    if kind == "kinesis" || kind == "dynamodb" {
        out.insert("ParallelizationFactor".into(), 1.into());
        out.insert("MaximumRecordAgeInSeconds".into(), (-1).into());
        out.insert("MaximumRetryAttempts".into(), (-1).into());
        out.insert("BisectBatchOnFunctionError".into(), false.into());
        out.insert("TumblingWindowInSeconds".into(), 0.into());
        out.insert("DestinationConfig".into(), json!({"OnFailure": {}}));
        out.insert("LastProcessingResult".into(), "No records processed".into());
    }
    out.insert("FunctionResponseTypes".into(), json!([]));
    let reason = match kind {
        "kinesis" | "dynamodb" => "User action",
        _ => "USER_INITIATED",
    };
    out.insert("StateTransitionReason".into(), reason.into());
    out
}

/// What the API's front door checks of a mapping.
fn check(body: &Value, wrong: &mut Violations) -> Result<(), AwsError> {
    if let Some(size) = value::number(body, "BatchSize")? {
        wrong.range("batchSize", size, 1, 10_000);
    }
    if let Some(window) = value::number(body, "MaximumBatchingWindowInSeconds")? {
        wrong.range("maximumBatchingWindowInSeconds", window, 0, 300);
    }
    if let Some(factor) = value::number(body, "ParallelizationFactor")? {
        wrong.range("parallelizationFactor", factor, 1, 10);
    }
    if let Some(position) = value::text(body, "StartingPosition")? {
        let allowed = ["LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"];
        wrong.one_of("startingPosition", position, &allowed);
    }
    if let Some(source) = value::text(body, "EventSourceArn")? {
        let fits = source.starts_with("arn:") && is_destination(source);
        wrong.pattern("eventSourceArn", source, fits, SOURCE_PATTERN);
    }
    Ok(())
}

/// A stream is read from somewhere on. AWS says it as a violation, under another code and with a full stop.
fn check_start(kind: &str, body: &Value) -> Result<(), AwsError> {
    let stream = matches!(kind, "kinesis" | "dynamodb");
    if stream && value::text(body, "StartingPosition")?.is_none() {
        return Err(invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
        ));
    }
    Ok(())
}

fn merge(mapping: &mut Map<String, Value>, body: &Value, now: Timestamp) {
    for member in KEPT {
        if let Some(given) = body.get(member).filter(|given| !given.is_null()) {
            mapping.insert(member.to_owned(), given.clone());
        }
    }
    mapping.insert("LastModified".into(), json!(value::epoch(now)));
}

fn set_state(mapping: &mut Map<String, Value>, enabled: bool) {
    let state = if enabled { "Enabled" } else { "Disabled" };
    mapping.insert("State".into(), state.into());
}

//! Event source mappings. They are kept and shown; nothing is polled.

use super::{
    Answer, Call, Lambda, Response, Target,
    error::{Violations, conflict, invalid, not_found},
    keep::Touched,
    ok, paging, value,
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

impl Lambda {
    pub(super) fn create_event_source_mapping(&self, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let target = self.mapped_function(&body)?;
        let source = value::text(&body, "EventSourceArn")?.map(str::to_owned);
        if source.is_none() && body.get("SelfManagedEventSource").is_none() {
            return Err(invalid(
                "Unrecognized event source, must be kinesis, dynamodb stream, sqs, kafka, or mq.",
            ));
        }
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
        let kind = source.as_deref().map_or("kafka", service_of);
        let id = uuid::Uuid::new_v4().to_string();
        let mut mapping = defaults(kind);
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
        merge(&mut mapping, &body, self.needs.clock.now())?;
        set_state(&mut mapping, enabled);
        let mut shown = mapping.clone();
        shown.insert("State".into(), "Creating".into());
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
        if value::text(&body, "FunctionName")?.is_some() {
            let target = self.mapped_function(&body)?;
            self.check_qualifier(self.function(&state, &target)?, &target)?;
            mapping.insert(
                "FunctionArn".into(),
                self.arn(&target.name, target.qualifier.as_deref()).into(),
            );
        }
        merge(&mut mapping, &body, self.needs.clock.now())?;
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
        state.touch(Touched::Mapping(id.to_owned()));
        mapping.insert("State".into(), "Deleting".into());
        Ok(Response::json(202, &mapping.into()))
    }

    pub(super) fn list_event_source_mappings(&self, call: &Call<'_>) -> Answer {
        let function = call
            .query("FunctionName")
            .map(|name| Target::parse(name, None, &self.region))
            .transpose()?;
        let state = self.state();
        if let Some(target) = &function {
            self.function(&state, target)?;
        }
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

    fn mapped_function(&self, body: &Value) -> Result<Target, AwsError> {
        Target::parse(
            value::text(body, "FunctionName")?.unwrap_or_default(),
            None,
            &self.region,
        )
    }
}

impl Lambda {
    fn mapping_arn(&self, id: &str) -> String {
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
    out.insert("StateTransitionReason".into(), "USER_INITIATED".into());
    out
}

fn merge(mapping: &mut Map<String, Value>, body: &Value, now: Timestamp) -> Result<(), AwsError> {
    let mut violations = Violations::default();
    if let Some(size) = value::number(body, "BatchSize")? {
        violations.range("batchSize", size, 1, 10_000);
    }
    if let Some(window) = value::number(body, "MaximumBatchingWindowInSeconds")? {
        violations.range("maximumBatchingWindowInSeconds", window, 0, 300);
    }
    if let Some(factor) = value::number(body, "ParallelizationFactor")? {
        violations.range("parallelizationFactor", factor, 1, 10);
    }
    violations.check()?;
    for member in KEPT {
        if let Some(given) = body.get(member).filter(|given| !given.is_null()) {
            mapping.insert(member.to_owned(), given.clone());
        }
    }
    mapping.insert("LastModified".into(), json!(value::epoch(now)));
    Ok(())
}

fn set_state(mapping: &mut Map<String, Value>, enabled: bool) {
    let state = if enabled { "Enabled" } else { "Disabled" };
    mapping.insert("State".into(), state.into());
}

//! From the SDK's shapes to the model's. Every member may be missing: other endpoints than AWS's leave many out.

use aws_sdk_lambda::types as sdk;

use crate::model::function::{
    Alias, Architecture, Destination, DestinationKind, EventInvokeConfig, Function,
    LastUpdateStatus, LayerRef, Logging, PackageType, Secret, State, Tracing, Trigger,
    TriggerState, Version, VpcConfig,
};

/// Lambda's own defaults, for what an endpoint left out.
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>.
const DEFAULT_MEMORY_MB: u32 = 128;
const DEFAULT_TIMEOUT_S: u32 = 3;
const DEFAULT_EPHEMERAL_MB: u32 = 512;

/// A function or a version of it, without tags: those come with `GetFunction` or from the tagging service.
pub fn function_of(from: &sdk::FunctionConfiguration) -> Function {
    let arn = text(from.function_arn());
    let (environment, environment_error) = environment(from.environment());
    Function {
        name: match from.function_name() {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => name_in(&arn),
        },
        runtime: from
            .runtime()
            .map(|runtime| runtime.as_str().to_owned())
            .filter(|runtime| !runtime.is_empty()),
        handler: some(from.handler()),
        role: text(from.role()),
        memory_mb: from
            .memory_size()
            .and_then(|memory| u32::try_from(memory).ok())
            .unwrap_or(DEFAULT_MEMORY_MB),
        timeout_s: from
            .timeout()
            .and_then(|timeout| u32::try_from(timeout).ok())
            .unwrap_or(DEFAULT_TIMEOUT_S),
        ephemeral_mb: from
            .ephemeral_storage()
            .and_then(|storage| u32::try_from(storage.size()).ok())
            .unwrap_or(DEFAULT_EPHEMERAL_MB),
        code_size: u64::try_from(from.code_size()).unwrap_or_default(),
        code_sha256: text(from.code_sha256()),
        architecture: from
            .architectures()
            .first()
            .and_then(|architecture| Architecture::parse(architecture.as_str()))
            .unwrap_or_default(),
        description: text(from.description()),
        last_modified: from.last_modified().and_then(time),
        state: from
            .state()
            .map_or(State::Active, |state| State::parse(state.as_str())),
        state_reason: some(from.state_reason()),
        state_reason_code: some(from.state_reason_code().map(|code| code.as_str())),
        last_update_status: from
            .last_update_status()
            .map_or(LastUpdateStatus::Successful, |status| {
                LastUpdateStatus::parse(status.as_str())
            }),
        last_update_status_reason: some(from.last_update_status_reason()),
        version: some(from.version()).unwrap_or_else(|| "$LATEST".to_owned()),
        revision_id: some(from.revision_id()),
        environment,
        environment_error,
        layers: from.layers().iter().map(layer).collect(),
        tracing: tracing(from),
        vpc: from.vpc_config().and_then(vpc),
        dead_letter: from
            .dead_letter_config()
            .and_then(|config| some(config.target_arn())),
        logging: from.logging_config().map(logging).unwrap_or_default(),
        package_type: match from.package_type() {
            Some(sdk::PackageType::Image) => PackageType::Image,
            _ => PackageType::Zip,
        },
        kms_key: some(from.kms_key_arn()),
        tags: None,
        arn,
    }
}

/// The same members under another of the SDK's names: every operation that answers a configuration has a type of its own.
macro_rules! as_configuration {
    ($from:expr) => {{
        let from = $from;
        sdk::FunctionConfiguration::builder()
            .set_function_name(from.function_name)
            .set_function_arn(from.function_arn)
            .set_runtime(from.runtime)
            .set_role(from.role)
            .set_handler(from.handler)
            .code_size(from.code_size)
            .set_description(from.description)
            .set_timeout(from.timeout)
            .set_memory_size(from.memory_size)
            .set_last_modified(from.last_modified)
            .set_code_sha256(from.code_sha256)
            .set_version(from.version)
            .set_vpc_config(from.vpc_config)
            .set_dead_letter_config(from.dead_letter_config)
            .set_environment(from.environment)
            .set_kms_key_arn(from.kms_key_arn)
            .set_tracing_config(from.tracing_config)
            .set_revision_id(from.revision_id)
            .set_layers(from.layers)
            .set_state(from.state)
            .set_state_reason(from.state_reason)
            .set_state_reason_code(from.state_reason_code)
            .set_last_update_status(from.last_update_status)
            .set_last_update_status_reason(from.last_update_status_reason)
            .set_package_type(from.package_type)
            .set_architectures(from.architectures)
            .set_ephemeral_storage(from.ephemeral_storage)
            .set_logging_config(from.logging_config)
            .build()
    }};
}

/// What `GetFunctionConfiguration` answers, as the model has it.
pub(super) fn function_of_answer(
    from: aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput,
) -> Function {
    function_of(&as_configuration!(from))
}

/// ISO 8601 as Lambda writes it (`2026-11-23T02:42:07.318+0000`), and as other endpoints do; ms since 1970.
pub(super) fn time(text: &str) -> Option<i64> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_millisecond());
    }
    // Without any zone UTC is meant.
    let civil = text.parse::<jiff::civil::DateTime>().ok()?;
    let zoned = civil.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

pub(super) fn text(from: Option<&str>) -> String {
    from.unwrap_or_default().to_owned()
}

pub(super) fn some(from: Option<&str>) -> Option<String> {
    from.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn name_in(arn: &str) -> String {
    arn.split(':').nth(6).unwrap_or(arn).to_owned()
}

type Variables = Vec<(String, Secret)>;

fn environment(from: Option<&sdk::EnvironmentResponse>) -> (Variables, Option<String>) {
    let Some(from) = from else {
        return (Vec::new(), None);
    };
    // The SDK gives a map without order: by name is the order that stays the same from one answer to the next.
    let mut variables: Variables = from
        .variables()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), Secret::new(value)))
        .collect();
    variables.sort_by(|a, b| a.0.cmp(&b.0));
    let error = from.error().map(|error| {
        let parts = [error.error_code(), error.message()];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        parts.join(": ")
    });
    (variables, error)
}

fn layer(from: &sdk::Layer) -> LayerRef {
    LayerRef {
        arn: text(from.arn()),
        code_size: u64::try_from(from.code_size()).unwrap_or_default(),
    }
}

fn tracing(from: &sdk::FunctionConfiguration) -> Tracing {
    let mode = from.tracing_config().and_then(|config| config.mode());
    match mode {
        Some(sdk::TracingMode::Active) => Tracing::Active,
        _ => Tracing::PassThrough,
    }
}

/// A function that left its VPC keeps the member with nothing in it.
fn vpc(from: &sdk::VpcConfigResponse) -> Option<VpcConfig> {
    let config = VpcConfig {
        vpc_id: text(from.vpc_id()),
        subnet_ids: from.subnet_ids().to_vec(),
        security_group_ids: from.security_group_ids().to_vec(),
    };
    (config != VpcConfig::default()).then_some(config)
}

fn logging(from: &sdk::LoggingConfig) -> Logging {
    Logging {
        log_group: some(from.log_group()),
        json: from.log_format() == Some(&sdk::LogFormat::Json),
        application_level: some(from.application_log_level().map(|level| level.as_str())),
        system_level: some(from.system_log_level().map(|level| level.as_str())),
    }
}

pub(super) fn version_of(from: &sdk::FunctionConfiguration) -> Version {
    let function = function_of(from);
    Version {
        version: function.version,
        arn: function.arn,
        description: function.description,
        last_modified: function.last_modified,
        code_sha256: function.code_sha256,
        code_size: function.code_size,
        runtime: function.runtime,
    }
}

pub(super) fn alias_of(from: &sdk::AliasConfiguration) -> Alias {
    let weights = from
        .routing_config()
        .and_then(|routing| routing.additional_version_weights());
    Alias {
        name: text(from.name()),
        arn: text(from.alias_arn()),
        version: text(from.function_version()),
        additional: weights
            .into_iter()
            .flatten()
            .next()
            .map(|(version, share)| (version.clone(), *share)),
        description: text(from.description()),
        revision_id: some(from.revision_id()),
    }
}

/// A mapping as a trigger, and the destinations for batches that failed for good.
pub(super) fn mapping_of(
    from: &sdk::EventSourceMappingConfiguration,
) -> (Trigger, Vec<Destination>) {
    let brokers = from
        .self_managed_event_source()
        .and_then(|source| source.endpoints())
        .and_then(|endpoints| endpoints.values().flatten().next());
    let source = from.event_source_arn().or(brokers.map(String::as_str));
    let id = some(from.uuid());
    let function_arn = text(from.function_arn());
    let trigger = Trigger {
        qualifier: function_arn.split(':').nth(7).map(str::to_owned),
        mapping_id: id.clone(),
        state: TriggerState::parse(from.state().unwrap_or("Enabled")),
        last_result: some(from.last_processing_result())
            .filter(|result| result != "No records processed" && result != "OK"),
        batch_size: from.batch_size(),
        ..Trigger::from_source(source.unwrap_or_default())
    };
    (trigger, destinations(from.destination_config(), id))
}

pub(super) fn event_invoke_of(from: &sdk::FunctionEventInvokeConfig) -> EventInvokeConfig {
    let arn = text(from.function_arn());
    let qualifier = arn.split(':').nth(7).map(str::to_owned);
    EventInvokeConfig {
        maximum_retry_attempts: from.maximum_retry_attempts(),
        maximum_event_age_s: from.maximum_event_age_in_seconds(),
        destinations: destinations(from.destination_config(), qualifier.clone()),
        qualifier,
    }
}

fn destinations(from: Option<&sdk::DestinationConfig>, of: Option<String>) -> Vec<Destination> {
    let Some(from) = from else {
        return Vec::new();
    };
    let success = from.on_success().and_then(|on| some(on.destination()));
    let failure = from.on_failure().and_then(|on| some(on.destination()));
    [
        (DestinationKind::OnSuccess, success),
        (DestinationKind::OnFailure, failure),
    ]
    .into_iter()
    .filter_map(|(kind, arn)| {
        arn.map(|arn| Destination {
            kind,
            arn,
            of: of.clone(),
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn times_are_read_as_each_endpoint_writes_them() {
        for written in [
            "2026-11-23T02:42:07.318+0000",
            "2026-11-23T02:42:07.318Z",
            "2026-11-23T02:42:07.318+00:00",
            "2026-11-23T02:42:07.318000",
            "2026-11-23T11:42:07.318+0900",
        ] {
            assert_eq!(time(written), Some(1_795_401_727_318), "{written}");
        }
        assert_eq!(time("yesterday"), None);
    }

    #[test]
    fn a_function_of_which_little_is_said_has_lambdas_defaults() {
        let from = sdk::FunctionConfiguration::builder()
            .function_arn("arn:aws:lambda:eu-west-1:123456789012:function:orders")
            .build();
        let function = function_of(&from);
        assert_eq!(function.name, "orders");
        assert_eq!((function.memory_mb, function.timeout_s), (128, 3));
        assert_eq!(function.ephemeral_mb, 512);
        assert_eq!(function.state, State::Active);
        assert_eq!(function.version, "$LATEST");
        assert!(function.vpc.is_none() && function.last_modified.is_none());
    }

    #[test]
    fn an_environment_is_sorted_and_its_values_do_not_print() {
        let from = sdk::FunctionConfiguration::builder()
            .environment(
                sdk::EnvironmentResponse::builder()
                    .variables("TOKEN", "hunter2")
                    .variables("A", "1")
                    .build(),
            )
            .build();
        let function = function_of(&from);
        let names: Vec<_> = function
            .environment
            .iter()
            .map(|(n, _)| n.as_str())
            .collect();
        assert_eq!(names, ["A", "TOKEN"]);
        assert!(!format!("{function:?}").contains("hunter2"));
    }

    #[test]
    fn an_environment_that_could_not_be_decrypted_says_why() {
        let error = sdk::EnvironmentError::builder()
            .error_code("AccessDeniedException")
            .message("Lambda was unable to decrypt")
            .build();
        let environment = sdk::EnvironmentResponse::builder().error(error).build();
        let from = sdk::FunctionConfiguration::builder()
            .environment(environment)
            .build();
        let told = function_of(&from).environment_error.unwrap();
        assert_eq!(told, "AccessDeniedException: Lambda was unable to decrypt");
    }

    #[test]
    fn a_vpc_that_was_left_is_none() {
        let empty = sdk::VpcConfigResponse::builder().vpc_id("").build();
        let from = sdk::FunctionConfiguration::builder()
            .vpc_config(empty)
            .build();
        assert!(function_of(&from).vpc.is_none());
    }

    #[test]
    fn a_mapping_tells_its_source_state_and_where_failed_batches_go() {
        let failure = sdk::OnFailure::builder()
            .destination("arn:aws:sqs:eu-west-1:1:failed")
            .build();
        let from = sdk::EventSourceMappingConfiguration::builder()
            .uuid("u-1")
            .event_source_arn("arn:aws:sqs:eu-west-1:1:jobs")
            .function_arn("arn:aws:lambda:eu-west-1:1:function:f:PROD")
            .state("Disabled")
            .last_processing_result("PROBLEM: Function call failed")
            .destination_config(
                sdk::DestinationConfig::builder()
                    .on_failure(failure)
                    .build(),
            )
            .build();
        let (trigger, destinations) = mapping_of(&from);
        assert_eq!(
            (trigger.service.as_str(), trigger.source.as_str()),
            ("sqs", "jobs")
        );
        assert_eq!(trigger.qualifier.as_deref(), Some("PROD"));
        assert_eq!(trigger.state, TriggerState::Disabled);
        assert!(trigger.last_result.unwrap().starts_with("PROBLEM"));
        assert_eq!(destinations[0].name(), "failed");
    }

    #[test]
    fn an_alias_with_a_second_version_keeps_its_share() {
        let routing = sdk::AliasRoutingConfiguration::builder()
            .additional_version_weights("4", 0.1)
            .build();
        let from = sdk::AliasConfiguration::builder()
            .name("live")
            .function_version("3")
            .routing_config(routing)
            .build();
        assert_eq!(alias_of(&from).routing(), "3 90 % · 4 10 %");
    }
}

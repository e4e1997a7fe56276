//! What the wire doesn't say: which members are timestamps, which members of a form are numbers, flags or lists, and how
//! an error's code in query relates to its shape's name elsewhere.
//!
//! One table for all services, keyed by a member's path without list positions (`MetricData.Value`), because query
//! carries strings only. The names come from the services' Smithy models; whatever is not listed stays a string, so a
//! member that is missing here shows as a clear type error in the service, never as a wrong value.

use serde_json::Value;

use super::time;
use crate::error::AwsError;

/// What a string of a form stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// As it is.
    Text,
    /// A whole number.
    Integer,
    /// A floating-point number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A timestamp in ISO 8601, kept as epoch seconds.
    Timestamp,
    /// A list; seen as a string only when it is empty (`Dimensions=`).
    List,
}

/// Members whose value is a timestamp wherever they appear in CloudWatch, IAM and STS.
pub fn is_timestamp(member: &str) -> bool {
    matches!(
        member,
        "Timestamp"
            | "Timestamps"
            | "StartTime"
            | "EndTime"
            | "LastModified"
            | "StateUpdatedTimestamp"
            | "StateTransitionedTimestamp"
            | "AlarmConfigurationUpdatedTimestamp"
            | "CreateDate"
            | "UpdateDate"
            | "LastUsedDate"
            | "UploadDate"
            | "PasswordLastUsed"
            | "Expiration"
            | "AttachmentDate"
    )
}

/// Members that are maps, not structures: query writes their entries, not their keys, as elements.
pub fn is_map(member: &str) -> bool {
    matches!(member, "ExtendedStatistics" | "SummaryMap")
}

/// What the member at `path` (list positions left out, joined by dots) stands for in a form.
pub fn kind(path: &str) -> Kind {
    let member = path.rsplit_once('.').map_or(path, |(_, last)| last);
    match path {
        "MetricData.Value"
        | "MetricData.Values"
        | "MetricData.Counts"
        | "MetricData.StatisticValues.SampleCount"
        | "MetricData.StatisticValues.Sum"
        | "MetricData.StatisticValues.Minimum"
        | "MetricData.StatisticValues.Maximum"
        | "Threshold" => return Kind::Number,
        "Statistics" | "ExtendedStatistics" | "AlarmNames" | "AlarmTypes" | "MetricData"
        | "MetricDataQueries" | "TagKeys" => return Kind::List,
        _ => {}
    }
    match member {
        "Period" | "MaxDatapoints" | "StorageResolution" | "MaxRecords" | "MaxItems"
        | "MaxResults" | "MaxSessionDuration" | "DurationSeconds" | "EvaluationPeriods"
        | "DatapointsToAlarm" => Kind::Integer,
        "ReturnData"
        | "IncludeLinkedAccounts"
        | "OnlyAttached"
        | "ActionsEnabled"
        | "SetAsDefault" => Kind::Flag,
        "Dimensions"
        | "Tags"
        | "AlarmActions"
        | "OKActions"
        | "InsufficientDataActions"
        | "PolicyArns" => Kind::List,
        name if is_timestamp(name) => Kind::Timestamp,
        _ => Kind::Text,
    }
}

/// The string of a form as the JSON value that its path stands for.
///
/// # Errors
/// `MalformedInput` when it can't be read as that.
pub fn coerce(path: &str, text: &str) -> Result<Value, AwsError> {
    let malformed = |what: &str| {
        AwsError::new(
            400,
            "MalformedInput",
            format!("{text} is not a valid {what} for parameter {path}"),
        )
    };
    match kind(path) {
        Kind::Text => Ok(Value::from(text)),
        Kind::Integer => text
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| malformed("integer")),
        Kind::Number => number(text).ok_or_else(|| malformed("double")),
        Kind::Flag => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(malformed("boolean")),
        },
        Kind::Timestamp => time::parse(text)
            .map(Value::from)
            .ok_or_else(|| malformed("timestamp, it must follow ISO8601")),
        Kind::List if text.is_empty() => Ok(Value::Array(Vec::new())),
        Kind::List => Ok(Value::from(text)),
    }
}

/// NaN and the infinities have no JSON number; they travel by name, as in AWS's JSON protocols.
fn number(text: &str) -> Option<Value> {
    let value: f64 = text.parse().ok()?;
    Some(float(value))
}

/// A float as JSON; NaN and the infinities by name.
pub fn float(value: f64) -> Value {
    if value.is_nan() {
        Value::from("NaN")
    } else if value.is_infinite() {
        Value::from(if value > 0.0 { "Infinity" } else { "-Infinity" })
    } else {
        Value::from(value)
    }
}

/// The shape's name of an error whose code in query differs from it
/// (CloudWatch's `@awsQueryError` traits); any other code is its own shape's name.
pub fn error_shape(query_code: &str) -> &str {
    match query_code {
        "InvalidParameterValue" => "InvalidParameterValueException",
        "InvalidParameterCombination" => "InvalidParameterCombinationException",
        "MissingParameter" => "MissingRequiredParameterException",
        "InternalServiceError" => "InternalServiceFault",
        "LimitExceeded" => "LimitExceededFault",
        "InvalidFormat" => "InvalidFormatFault",
        other => other,
    }
}

/// The XML namespace of a query service, by the `Version` that its callers send.
pub fn namespace(version: &str) -> &'static str {
    match version {
        "2010-05-08" => "https://iam.amazonaws.com/doc/2010-05-08/",
        "2011-06-15" => "https://sts.amazonaws.com/doc/2011-06-15/",
        _ => "http://monitoring.amazonaws.com/doc/2010-08-01/",
    }
}

//! Lambda's limits, and validation in the form's own terms before the network is asked.
//!
//! Where the service disagrees the service is right: these only spare a round trip.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html> and the request of
//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use super::format::number_exact;
pub use super::runtimes::{Runtime, RuntimeFamily, runtime, runtimes};
use super::secret::Secret;

/// Memory, MB.
pub const MEMORY_MB: RangeInclusive<u32> = 128..=10_240;
/// Timeout, seconds.
pub const TIMEOUT_S: RangeInclusive<u32> = 1..=900;
/// `/tmp`, MB.
pub const EPHEMERAL_MB: RangeInclusive<u32> = 512..=10_240;
/// All variables together, in bytes of JSON, as Lambda measures them.
pub const ENVIRONMENT_BYTES: usize = 4_096;
/// Characters of a description.
pub const DESCRIPTION_CHARS: usize = 256;
/// Characters of a handler.
pub const HANDLER_CHARS: usize = 128;
/// Characters of a function's name.
pub const NAME_CHARS: usize = 64;
/// Layers of a function.
pub const LAYERS: usize = 5;
/// Bytes of an event for a synchronous invocation, and of its answer.
pub const SYNC_PAYLOAD_BYTES: usize = 6 * 1_048_576;
/// Bytes of an event for an asynchronous invocation.
pub const ASYNC_PAYLOAD_BYTES: usize = 1_048_576;
/// Bytes of a ZIP that is sent in the request; a larger one goes through S3.
pub const ZIP_DIRECT_BYTES: u64 = 50 * 1_048_576;
/// Bytes of a package, unpacked, with its layers.
pub const UNPACKED_BYTES: u64 = 250 * 1_048_576;

/// Variables that Lambda sets itself and refuses to be given.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>.
pub const RESERVED_NAMES: [&str; 18] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Reads memory as it was typed.
///
/// # Errors
/// What is wrong, for the line under the field.
pub fn memory(text: &str) -> Result<u32, String> {
    whole_number(text, &MEMORY_MB, "Memory", "MB")
}

/// Reads the timeout as it was typed: seconds.
///
/// # Errors
/// What is wrong, for the line under the field.
pub fn timeout(text: &str) -> Result<u32, String> {
    whole_number(text, &TIMEOUT_S, "The timeout", "seconds")
}

/// Reads ephemeral storage as it was typed.
///
/// # Errors
/// What is wrong, for the line under the field.
pub fn ephemeral_storage(text: &str) -> Result<u32, String> {
    whole_number(text, &EPHEMERAL_MB, "Ephemeral storage", "MB")
}

fn whole_number(
    text: &str,
    range: &RangeInclusive<u32>,
    what: &str,
    unit: &str,
) -> Result<u32, String> {
    let text = text.trim();
    let (low, high) = (range.start(), range.end());
    if text.is_empty() {
        return Err(format!(
            "{what} is needed: {} to {} {unit}.",
            thousands(*low),
            thousands(*high)
        ));
    }
    let digits: String = text
        .chars()
        .filter(|character| !matches!(character, ',' | '_'))
        .collect();
    let Ok(number) = digits.parse::<i64>() else {
        return Err(format!(
            "{what} is a whole number of {unit}, not “{}”.",
            shortened(text)
        ));
    };
    match u32::try_from(number) {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!(
            "{what} is {} to {} {unit}, not {digits}.",
            thousands(*low),
            thousands(*high)
        )),
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 20 {
        return text.to_owned();
    }
    text.chars().take(20).chain(['…']).collect()
}

/// A number with commas, as people read it.
pub(super) fn thousands(number: impl Into<u64>) -> String {
    number_exact(i64::try_from(number.into()).unwrap_or(i64::MAX))
}

/// Checks a description.
///
/// # Errors
/// What is wrong, for the line under the field.
pub fn description(text: &str) -> Result<(), String> {
    match text.chars().count() {
        0..=DESCRIPTION_CHARS => Ok(()),
        count => Err(format!(
            "The description has {count} characters; {DESCRIPTION_CHARS} are allowed."
        )),
    }
}

/// Checks a function's name.
///
/// # Errors
/// What is wrong, for the line under the field.
pub fn function_name(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("A name is needed.".to_owned());
    }
    if let Some(bad) = text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))
    {
        return Err(format!(
            "The name has letters, digits, - and _ only, not “{bad}”."
        ));
    }
    match text.len() {
        ..=NAME_CHARS => Ok(()),
        count => Err(format!(
            "The name has {count} characters; {NAME_CHARS} are allowed."
        )),
    }
}

/// Checks an alias's name.
///
/// # Errors
/// What is wrong, for the line under the field.
pub fn alias_name(text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > 128 {
        return Err("An alias has 1 to 128 characters.".to_owned());
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("An alias is not a number: numbers are versions.".to_owned());
    }
    match text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))
    {
        Some(bad) => Err(format!(
            "An alias has letters, digits, - and _ only, not “{bad}”."
        )),
        None => Ok(()),
    }
}

/// Checks a handler against what its runtime looks for.
///
/// # Errors
/// What is wrong, for the line under the field.
pub fn handler(text: &str, runtime_id: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("A handler is needed.".to_owned());
    }
    if text.chars().any(char::is_whitespace) {
        return Err("The handler has no white space.".to_owned());
    }
    if text.chars().count() > HANDLER_CHARS {
        return Err(format!(
            "The handler has more than {HANDLER_CHARS} characters."
        ));
    }
    let family = RuntimeFamily::of(runtime_id);
    let fits = match family {
        RuntimeFamily::Python | RuntimeFamily::Node | RuntimeFamily::Ruby => {
            matches!(text.rsplit_once('.'), Some((file, function)) if !file.is_empty() && !file.ends_with('/')
                && !function.is_empty() && !function.contains('/'))
        }
        RuntimeFamily::Java => {
            text.split("::").count() <= 2 && text.split("::").all(|part| !part.is_empty())
        }
        RuntimeFamily::DotNet => {
            matches!(text.split("::").count(), 1 | 3)
                && text.split("::").all(|part| !part.is_empty())
        }
        RuntimeFamily::Go | RuntimeFamily::Provided | RuntimeFamily::Other => true,
    };
    if fits {
        return Ok(());
    }
    let wanted = match family {
        RuntimeFamily::Python => "file.function, as app.handler for handler() in app.py",
        RuntimeFamily::Node => {
            "file.export, as index.handler for the export handler of index.js or index.mjs"
        }
        RuntimeFamily::Ruby => {
            "file.method or file.Class.method, as app.handler for handler in app.rb"
        }
        RuntimeFamily::Java => "package.Class::method or package.Class",
        _ => "Assembly::Namespace.Class::Method, or the assembly's name alone",
    };
    Err(format!("For {runtime_id} the handler is {wanted}."))
}

/// Checks a runtime's identifier. One that is not known here may be newer than this program: it is let through.
///
/// # Errors
/// What is wrong, for the line under the field.
pub fn runtime_id(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("A runtime is needed.".to_owned());
    }
    match text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && *c != '.')
    {
        Some(bad) => Err(format!(
            "A runtime is named as python3.13 or nodejs22.x, without “{bad}”."
        )),
        None => Ok(()),
    }
}

/// Checks a role's ARN.
/// Source: the pattern `arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+` of `Role`.
///
/// # Errors
/// What is wrong, for the line under the field.
pub fn role(text: &str) -> Result<(), String> {
    let wanted = "The role is an ARN, as arn:aws:iam::123456789012:role/name.";
    let arn: super::arn::Arn = text.parse().map_err(|_| wanted.to_owned())?;
    let account = arn.account.len() == 12 && arn.account.bytes().all(|byte| byte.is_ascii_digit());
    let name = arn.resource.strip_prefix("role/").unwrap_or_default();
    if arn.service != "iam" || !account || name.is_empty() || name.chars().any(char::is_whitespace)
    {
        return Err(wanted.to_owned());
    }
    Ok(())
}

/// Checks the name of one environment variable.
///
/// # Errors
/// What is wrong, for the line under the field.
pub fn variable_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("A variable needs a name.".to_owned());
    }
    if RESERVED_NAMES.contains(&name) {
        return Err(format!(
            "{name} is set by Lambda itself: choose another name."
        ));
    }
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(format!("{name} begins with something that is no letter."));
    }
    if let Some(bad) = name
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && *c != '_')
    {
        return Err(format!(
            "{name}: a name has letters, digits and _ only, not “{bad}”."
        ));
    }
    if name.len() < 2 {
        return Err(format!(
            "{name} is too short: a name has at least two characters."
        ));
    }
    Ok(())
}

/// What is wrong with an environment: by row, and for all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentProblems {
    /// Row number and message.
    pub rows: Vec<(usize, String)>,
    /// Too large altogether.
    pub total: Option<String>,
    /// Bytes as Lambda measures them, of [`ENVIRONMENT_BYTES`].
    pub bytes: usize,
}

impl EnvironmentProblems {
    /// It can be sent.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.total.is_none()
    }
}

/// Checks an environment as it stands in a form.
pub fn environment(rows: &[(String, Secret)]) -> EnvironmentProblems {
    let mut problems = EnvironmentProblems {
        bytes: environment_bytes(rows),
        ..Default::default()
    };
    let mut seen = HashSet::new();
    for (index, (name, _)) in rows.iter().enumerate() {
        match variable_name(name) {
            Err(message) => problems.rows.push((index, message)),
            Ok(()) if !seen.insert(name.as_str()) => {
                problems
                    .rows
                    .push((index, format!("{name} is there twice.")));
            }
            Ok(()) => {}
        }
    }
    if problems.bytes > ENVIRONMENT_BYTES {
        problems.total = Some(format!(
            "The variables take {} bytes together; Lambda allows {} (4 KB).",
            thousands(problems.bytes as u64),
            thousands(ENVIRONMENT_BYTES as u64)
        ));
    }
    problems
}

/// Bytes of an environment as Lambda measures it: the JSON object of names and values, as its error message shows it
/// ("exceeded the 4KB limit. String measured: {…}").
pub fn environment_bytes(rows: &[(String, Secret)]) -> usize {
    let escaped =
        |text: &str| serde_json::to_string(text).map_or(text.len() + 2, |text| text.len());
    let pairs: usize = rows
        .iter()
        .map(|(name, value)| escaped(name) + 1 + escaped(value.reveal()))
        .sum();
    2 + pairs + rows.len().saturating_sub(1)
}

/// Checks the size of an event.
///
/// # Errors
/// What is wrong, for the line under the editor.
pub fn payload(bytes: usize, asynchronous: bool) -> Result<(), String> {
    let (limit, how) = match asynchronous {
        true => (ASYNC_PAYLOAD_BYTES, "asynchronous"),
        false => (SYNC_PAYLOAD_BYTES, "synchronous"),
    };
    if bytes <= limit {
        return Ok(());
    }
    Err(format!(
        "The event has {} bytes; an {how} invocation takes at most {} ({} MB).",
        thousands(bytes as u64),
        thousands(limit as u64),
        limit / 1_048_576
    )
    .replace("an synchronous", "a synchronous"))
}

#[cfg(test)]
mod tests;

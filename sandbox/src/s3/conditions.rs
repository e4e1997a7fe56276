//! Conditions on reading, copying and writing: `If-Match` and its kin.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>.

use super::{
    object::{Object, not_done},
    route::Call,
    store::no_such_key,
};
use crate::{error::AwsError, protocol::time};
use jiff::{civil::DateTime, tz::TimeZone};

/// What came of the conditions on reading.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    Wanted,
    /// The client has it already.
    NotModified,
}

/// Whether an object is wanted, given what the client has.
///
/// # Errors
/// `PreconditionFailed`.
pub fn on_reading(call: &Call<'_>, object: &Object) -> Result<Reading, AwsError> {
    match failed(call, "", object) {
        Some(condition) if condition == "If-Match" || condition == "If-Unmodified-Since" => {
            Err(precondition_failed(&condition))
        }
        Some(_) => Ok(Reading::NotModified),
        None => Ok(Reading::Wanted),
    }
}

/// Whether a source is the one that is meant to be copied.
///
/// # Errors
/// `PreconditionFailed`.
pub fn on_copying(call: &Call<'_>, source: &Object) -> Result<(), AwsError> {
    match failed(call, "x-amz-copy-source-", source) {
        Some(condition) => Err(precondition_failed(&condition)),
        None => Ok(()),
    }
}

/// The condition that does not hold. As RFC 9110 has it, what is said of ETags decides where both are said.
fn failed(call: &Call<'_>, prefix: &str, object: &Object) -> Option<String> {
    let header = |name: &str| call.header(&format!("{prefix}{}", name.to_ascii_lowercase()));
    let date = |name: &str| header(name).and_then(date);
    let is = |etags: &str| {
        etags
            .split(',')
            .any(|etag| matches(etag.trim(), &object.etag))
    };
    // HTTP's dates have seconds.
    let modified = object.modified_ms.div_euclid(1000);
    let (only, unless) = (header("If-Match"), header("If-None-Match"));
    let failed = if only.is_some_and(|etags| !is(etags)) {
        "If-Match"
    } else if only.is_none() && date("If-Unmodified-Since").is_some_and(|at| modified > at) {
        "If-Unmodified-Since"
    } else if unless.is_some_and(is) {
        "If-None-Match"
    } else if unless.is_none()
        && date("If-Modified-Since").is_some_and(|at| modified <= at && at <= call.now.as_second())
    {
        "If-Modified-Since"
    } else {
        return None;
    };
    Some(format!("{prefix}{failed}"))
}

fn matches(given: &str, etag: &str) -> bool {
    given == "*" || given.trim_matches('"') == etag.trim_matches('"')
}

fn date(text: &str) -> Option<i64> {
    let http = DateTime::strptime("%a, %d %b %Y %H:%M:%S GMT", text)
        .ok()
        .and_then(|at| TimeZone::UTC.to_timestamp(at).ok())
        .map(|at| at.as_second());
    http.or_else(|| time::parse(text).map(|seconds| seconds as i64))
}

/// A condition on what is there before something is written over it.
#[derive(Debug, PartialEq, Eq)]
pub enum Writing {
    Always,
    /// Only if there is nothing.
    IfNothing,
    /// Only if there is this one.
    IfThis(String),
}

impl Writing {
    /// The condition that a request says.
    ///
    /// # Errors
    /// `NotImplemented`, as S3 says of the forms that it does not take.
    pub fn of(call: &Call<'_>) -> Result<Self, AwsError> {
        let refused = |header: &str, why: &str| not_done(header).with("additionalMessage", why);
        let value = |name: &str| {
            format!("We don't accept the provided value of {name} header for this API")
        };
        match (call.header("if-match"), call.header("if-none-match")) {
            (None, None) => Ok(Self::Always),
            (Some(_), Some(_)) => Err(refused(
                "If-Match,If-None-Match",
                "Multiple conditional request headers present in the request",
            )),
            (None, Some("*")) => Ok(Self::IfNothing),
            (None, Some(_)) => Err(refused("If-None-Match", &value("If-None-Match"))),
            (Some("*"), None) => Err(refused("If-Match", &value("If-Match"))),
            (Some(etag), None) => Ok(Self::IfThis(etag.to_owned())),
        }
    }

    /// Holds the condition against what is there.
    ///
    /// # Errors
    /// `PreconditionFailed` or `NoSuchKey`.
    pub fn check(&self, key: &str, present: Option<&Object>) -> Result<(), AwsError> {
        match (self, present) {
            (Self::Always, _) | (Self::IfNothing, None) => Ok(()),
            (Self::IfNothing, Some(_)) => Err(precondition_failed("If-None-Match")),
            (Self::IfThis(_), None) => Err(no_such_key(key)),
            (Self::IfThis(etag), Some(object)) if matches(etag, &object.etag) => Ok(()),
            (Self::IfThis(_), Some(_)) => Err(precondition_failed("If-Match")),
        }
    }

    /// The same for an upload: what was changed since it began is a conflict, and to be tried again from its start.
    ///
    /// # Errors
    /// `ConditionalRequestConflict`, `PreconditionFailed` or `NoSuchKey`.
    pub fn check_since(
        &self,
        key: &str,
        present: Option<&Object>,
        is_overtaken: bool,
    ) -> Result<(), AwsError> {
        self.check(key, present)?;
        let name = match self {
            Self::Always => return Ok(()),
            Self::IfNothing => "If-None-Match",
            Self::IfThis(_) => "If-Match",
        };
        if !is_overtaken {
            return Ok(());
        }
        Err(AwsError::new(
            409,
            "ConditionalRequestConflict",
            "The conditional request cannot succeed due to a conflicting operation against this resource.",
        )
        .with("Condition", name)
        .with("Key", key))
    }
}

fn precondition_failed(condition: &str) -> AwsError {
    AwsError::new(
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
    )
    .with("Condition", condition)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn dates_are_read_in_both_forms() {
        let at = Some(1_795_780_800);
        assert_eq!(date("Fri, 27 Nov 2026 12:00:00 GMT"), at);
        assert_eq!(date("2026-11-27T12:00:00Z"), at);
        assert_eq!(date("yesterday"), None);
    }

    #[test]
    fn etags_match_with_and_without_quotes() {
        assert!(matches("\"a\"", "\"a\"") && matches("a", "\"a\"") && matches("*", "\"a\""));
        assert!(!matches("\"b\"", "\"a\""));
    }
}

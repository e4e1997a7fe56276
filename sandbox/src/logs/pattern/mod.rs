//! CloudWatch Logs' filter patterns: which messages a pattern takes.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>
//!
//! Three languages share one string: words (`ERROR -"not this"`), JSON selectors (`{ $.level = "ERROR" }`) and fields
//! between spaces (`[ip, user, status = 4*]`). Nothing here knows groups, streams or events.

mod json;
mod scan;
mod space;
mod value;
mod words;

use crate::error::AwsError;

/// Longest pattern that AWS takes, in characters.
const MAX_LENGTH: usize = 1024;

/// A pattern that was read.
#[derive(Debug)]
pub enum Pattern {
    /// The empty pattern takes everything.
    All,
    /// Words, phrases and regular expressions.
    Words(words::Words),
    /// Selectors on a message that is a JSON object.
    Json(json::Condition),
    /// Conditions on fields between spaces.
    Space(space::Fields),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// `InvalidParameterException`, as AWS answers a pattern that it can't read.
    pub fn parse(text: &str) -> Result<Self, AwsError> {
        if text.chars().count() > MAX_LENGTH {
            return Err(invalid(&format!(
                "Filter pattern is longer than {MAX_LENGTH} characters"
            )));
        }
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::All);
        }
        let read = if text.starts_with('{') {
            json::Condition::parse(text).map(Self::Json)
        } else if text.starts_with('[') {
            space::Fields::parse(text).map(Self::Space)
        } else {
            words::Words::parse(text).map(Self::Words)
        };
        read.map_err(|reason| invalid(&reason))
    }

    /// What a message that the pattern takes has in a field: `$.a.b` of JSON, `$name` of fields between spaces.
    pub fn field(&self, message: &str, selector: &str) -> Option<String> {
        match self {
            Self::Json(_) => json::field(message, selector),
            Self::Space(fields) => {
                let name = selector.strip_prefix('$')?;
                let fields = fields.extracted(message);
                fields
                    .into_iter()
                    .find(|(field, _)| field == name)
                    .map(|(_, text)| text)
            }
            Self::All | Self::Words(_) => None,
        }
    }

    /// The fields that the pattern names with what a message has there, as TestMetricFilter shows them.
    pub fn extracted(&self, message: &str) -> Vec<(String, String)> {
        match self {
            Self::Json(condition) => condition.extracted(message),
            Self::Space(fields) => {
                let fields = fields.extracted(message).into_iter();
                fields
                    .map(|(name, text)| (format!("${name}"), text))
                    .collect()
            }
            Self::All | Self::Words(_) => Vec::new(),
        }
    }

    /// Whether the pattern takes this message.
    pub fn matches(&self, message: &str) -> bool {
        match self {
            Self::All => true,
            Self::Words(words) => words.matches(message),
            Self::Json(condition) => condition.matches(message),
            Self::Space(fields) => fields.matches(message),
        }
    }
}

fn invalid(reason: &str) -> AwsError {
    AwsError::new(
        400,
        "InvalidParameterException",
        format!("Invalid filter pattern: {reason}"),
    )
}

#[cfg(test)]
mod tests;

//! Where the results of asynchronous calls are sent, as a request names it.
//! Source: the shape `DestinationArn` of Lambda's model in botocore.

use super::{
    error::Violations,
    name::{is_digits, is_region},
    value,
};
use crate::error::AwsError;
use serde_json::{Value, json};
use std::fmt;

const PATTERN: &str = r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)";

/// One of the two, as it was given: with a place or without one.
type Destination = Option<Option<String>>;

/// Both of them.
#[derive(Debug, Default)]
pub struct Destinations {
    success: Destination,
    failure: Destination,
    /// Whether the request names destinations at all.
    given: bool,
}

impl Destinations {
    /// Reads `DestinationConfig`.
    ///
    /// # Errors
    /// `SerializationException` for a member of the wrong type.
    pub fn read(body: &Value, wrong: &mut Violations) -> Result<Self, AwsError> {
        let Some(config) = body.get("DestinationConfig").filter(|c| c.is_object()) else {
            return Ok(Self::default());
        };
        let mut one = |member: &str, at: &str| -> Result<Destination, AwsError> {
            let Some(given) = config.get(member).filter(|given| given.is_object()) else {
                return Ok(None);
            };
            let place = value::text(given, "Destination")?;
            if let Some(place) = place {
                let at = format!("destinationConfig.{at}.destination");
                wrong.pattern(&at, place, is_destination(place), PATTERN);
                wrong.length(&at, place, 350);
            }
            Ok(Some(place.map(str::to_owned)))
        };
        Ok(Self {
            success: one("OnSuccess", "onSuccess")?,
            failure: one("OnFailure", "onFailure")?,
            given: true,
        })
    }

    /// Whether the request names destinations, be they empty.
    pub fn is_given(&self) -> bool {
        self.given
    }

    /// The places that are named.
    pub fn arns(&self) -> impl Iterator<Item = &str> {
        let both = [&self.success, &self.failure];
        let places = both.into_iter().filter_map(|one| one.as_ref()?.as_deref());
        places.filter(|place| !place.is_empty())
    }

    /// Replaces what was given.
    pub fn write(&self, config: &mut Value) {
        for (member, given) in [("OnSuccess", &self.success), ("OnFailure", &self.failure)] {
            if let Some(given) = given {
                config[member] = match given.as_deref() {
                    Some(place) if !place.is_empty() => json!({"Destination": place}),
                    _ => json!({}),
                };
            }
        }
    }
}

/// As AWS shows a configuration that it refuses.
impl fmt::Display for Destinations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |name: &str, one: &Destination| match one {
            Some(place) => {
                let place = place.as_deref().unwrap_or("null");
                format!("{name}(destination={place})")
            }
            None => "null".to_owned(),
        };
        let (success, failure) = (
            show("OnSuccess", &self.success),
            show("OnFailure", &self.failure),
        );
        write!(
            f,
            "DestinationConfig(onSuccess={success}, onFailure={failure})"
        )
    }
}

/// The service in an ARN.
pub fn service(arn: &str) -> &str {
    arn.split(':').nth(2).unwrap_or_default()
}

/// Whether a text fits [`PATTERN`].
pub fn is_destination(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    if let Some(topic) = text.strip_prefix("kafka://") {
        let mut rest = topic.chars();
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        return rest.next().is_some_and(|first| first != '.') && rest.all(fits);
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, _] = parts.as_slice() else {
        return false;
    };
    let word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    *arn == "arn"
        && partition.strip_prefix("aws").is_some_and(word)
        && !service.is_empty()
        && word(service)
        && (region.is_empty() || is_region(region))
        && (account.is_empty() || (account.len() == 12 && is_digits(account)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_destination_is_an_arn_of_any_service_or_nothing() {
        for text in [
            "",
            "arn:aws:sqs:us-east-1:000000000000:orders",
            "arn:aws-cn:lambda:cn-north-1:000000000000:function:f:live",
            "arn:aws:s3:::failed",
            "kafka://orders",
        ] {
            assert!(is_destination(text), "{text}");
        }
        for text in [
            "orders",
            "arn:aws:_-/!lambda:us-east-1:000000000000:function:f",
            "arn:aws:sqs:nowhere:000000000000:orders",
            "arn:aws:sqs:us-east-1:12:orders",
            "kafka://.orders",
        ] {
            assert!(!is_destination(text), "{text}");
        }
        let body = json!({"DestinationConfig": {"OnFailure": {"Destination": "orders"}}});
        let mut wrong = Violations::default();
        Destinations::read(&body, &mut wrong).unwrap();
        let message = wrong.check().unwrap_err().message;
        let begins = "1 validation error detected: Value 'orders' at 'destinationConfig.onFailure.destination' failed to satisfy constraint: Member must satisfy regular expression pattern: $|kafka://";
        assert!(message.starts_with(begins), "{message}");
    }

    #[test]
    fn a_refused_configuration_is_shown_as_aws_shows_it() {
        let body = json!({"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:iam::1:x"}}});
        let given = Destinations::read(&body, &mut Violations::default()).unwrap();
        assert_eq!(
            given.to_string(),
            "DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:iam::1:x), onFailure=null)"
        );
    }
}

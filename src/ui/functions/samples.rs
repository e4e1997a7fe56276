//! Events that the samples of a sandbox understand, to begin a test with. What a sample is, its tag says; which event it takes
//! is told by its name, as the sandbox's documentation names them.

use crate::model::function::Function;

/// The tag that says what a sample is.
pub const SAMPLE: &str = "sekisho:sample";

/// An order as API Gateway hands it over.
pub const ORDER: &str = r#"{
  "body": "{\"id\": \"my-first-order\", \"lines\": [{\"sku\": \"tea-01\", \"quantity\": 2}], \"card\": \"4111111111111111\"}"
}"#;
const MOVEMENTS: &str = r#"{
  "Records": [
    {
      "messageId": "m-1",
      "eventSource": "aws:sqs",
      "body": "{\"sku\": \"sku-1\", \"change\": 5}"
    }
  ]
}"#;
const UPLOAD: &str = r#"{
  "Records": [
    {
      "eventSource": "aws:s3",
      "eventName": "ObjectCreated:Put",
      "s3": {
        "bucket": { "name": "uploads" },
        "object": { "key": "photos/800x600/fuji-1.png" }
      }
    }
  ]
}"#;
const PAYMENT: &str = r#"{
  "customer": "customer-00001",
  "amount": 12000,
  "hour": 14,
  "distance_km": 3,
  "attempts": 1
}"#;
const DAY: &str = r#"{
  "day": "2026-11-03"
}"#;
const SCHEDULE: &str = r#"{
  "source": "aws.events",
  "detail-type": "Scheduled Event",
  "detail": { "backlog": 2000 }
}"#;

/// The event that a test of this function begins with, where it is a sample.
pub fn first_event(function: &Function) -> Option<&'static str> {
    let tags = function.tags.as_ref()?;
    if !tags.contains_key(SAMPLE) {
        return None;
    }
    match function.name.as_str() {
        "orders-api" => Some(ORDER),
        "inventory-sync" => Some(MOVEMENTS),
        "thumbnail-resize" => Some(UPLOAD),
        "fraud-score" => Some(PAYMENT),
        "report-nightly" => Some(DAY),
        "session-cleanup" => Some(SCHEDULE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_sample_has_an_event_of_its_own_and_a_function_of_the_same_name_has_none() {
        let of = |name: &str, tagged: bool| {
            let tags = tagged.then(|| (SAMPLE.to_owned(), "yes".to_owned()));
            let function = Function {
                name: name.into(),
                tags: Some(tags.into_iter().collect()),
                ..Function::default()
            };
            first_event(&function)
        };
        for name in [
            "orders-api",
            "inventory-sync",
            "thumbnail-resize",
            "fraud-score",
            "report-nightly",
            "session-cleanup",
        ] {
            let event = of(name, true).unwrap();
            assert!(
                serde_json::from_str::<serde_json::Value>(event).is_ok(),
                "{name}"
            );
            assert_eq!(of(name, false), None);
        }
        assert_eq!(of("other", true), None);
    }
}

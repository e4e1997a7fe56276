//! Events as the common sources send them, to begin a test with.
//!
//! Source: the "Using AWS Lambda with…" pages of <https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html>.

/// An event to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTemplate {
    /// A stable name, for a saved choice.
    pub id: &'static str,
    /// For the menu.
    pub title: &'static str,
    /// What it stands for, for the menu's tooltip.
    pub about: &'static str,
    /// The service that sends it, as in ARNs; empty for none.
    pub service: &'static str,
    /// JSON, indented.
    pub payload: &'static str,
}

macro_rules! template {
    ($id:literal, $service:literal, $title:literal, $about:literal) => {
        EventTemplate {
            id: $id,
            title: $title,
            about: $about,
            service: $service,
            payload: include_str!(concat!("../../assets/events/", $id, ".json")),
        }
    };
}

const TEMPLATES: [EventTemplate; 14] = [
    template!(
        "hello",
        "",
        "Three keys",
        "A small object, as the AWS console begins"
    ),
    template!("empty", "", "Empty", "An object without anything"),
    template!(
        "api-gateway-proxy",
        "apigateway",
        "API Gateway REST proxy",
        "POST /orders/42 through a Lambda proxy integration"
    ),
    template!(
        "api-gateway-http-v2",
        "apigateway",
        "API Gateway HTTP (v2)",
        "POST /orders/42, payload format 2.0; function URLs send the same"
    ),
    template!(
        "s3-put",
        "s3",
        "S3 put",
        "An object was created; its key is URL-encoded"
    ),
    template!("sqs", "sqs", "SQS", "A batch of one message"),
    template!("sns", "sns", "SNS", "One notification"),
    template!(
        "dynamodb-stream",
        "dynamodb",
        "DynamoDB stream",
        "An item is inserted, modified and removed"
    ),
    template!(
        "kinesis",
        "kinesis",
        "Kinesis",
        "A batch of one record; its data is base64"
    ),
    template!("eventbridge", "events", "EventBridge", "A custom event"),
    template!("scheduled", "events", "Scheduled", "A rule with a schedule"),
    template!(
        "cloudwatch-logs",
        "logs",
        "CloudWatch Logs",
        "A subscription filter; its data is base64 of gzip of JSON"
    ),
    template!(
        "alb",
        "elasticloadbalancing",
        "Application Load Balancer",
        "POST /orders/42"
    ),
    template!(
        "cognito-pre-sign-up",
        "cognito-idp",
        "Cognito pre sign-up",
        "A user signs up"
    ),
];

/// All of them, in the order of the menu.
pub fn event_templates() -> &'static [EventTemplate] {
    &TEMPLATES
}

/// By its stable name.
pub fn event_template(id: &str) -> Option<&'static EventTemplate> {
    TEMPLATES.iter().find(|template| template.id == id)
}

/// The template that suits a function best: that of its first trigger whose service has one.
pub fn suggested<'a>(services: impl IntoIterator<Item = &'a str>) -> &'static EventTemplate {
    let of = |service: &str| {
        TEMPLATES
            .iter()
            .find(|template| !service.is_empty() && template.service == service)
    };
    services.into_iter().find_map(of).unwrap_or(&TEMPLATES[0])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use base64::Engine as _;
    use serde_json::Value;

    fn value(id: &str) -> Value {
        serde_json::from_str(event_template(id).unwrap().payload).unwrap()
    }

    #[test]
    fn every_template_is_an_indented_json_object_under_a_name_of_its_own() {
        let mut ids = std::collections::HashSet::new();
        for template in event_templates() {
            let value: Value = serde_json::from_str(template.payload).unwrap();
            assert!(value.is_object(), "{}", template.id);
            assert!(
                ids.insert(template.id) && !template.title.is_empty() && !template.about.is_empty()
            );
            assert!(
                template.payload.lines().all(|line| line.len() < 700),
                "{}",
                template.id
            );
        }
    }

    #[test]
    fn records_name_the_source_that_sends_them() {
        for (id, source) in [
            ("s3-put", "aws:s3"),
            ("sqs", "aws:sqs"),
            ("dynamodb-stream", "aws:dynamodb"),
            ("kinesis", "aws:kinesis"),
        ] {
            assert_eq!(value(id)["Records"][0]["eventSource"], source);
        }
        assert_eq!(value("sns")["Records"][0]["EventSource"], "aws:sns");
        assert_eq!(value("api-gateway-http-v2")["version"], "2.0");
    }

    #[test]
    fn bodies_and_data_inside_are_what_they_say() {
        for id in ["api-gateway-proxy", "api-gateway-http-v2", "alb"] {
            let value = value(id);
            let body: Value = serde_json::from_str(value["body"].as_str().unwrap()).unwrap();
            assert_eq!(body["item"], "tea");
        }
        let decode = |text: &Value| {
            base64::engine::general_purpose::STANDARD
                .decode(text.as_str().unwrap())
                .unwrap()
        };
        let record = decode(&value("kinesis")["Records"][0]["kinesis"]["data"]);
        assert_eq!(
            serde_json::from_slice::<Value>(&record).unwrap()["quantity"],
            2
        );
        assert!(decode(&value("cloudwatch-logs")["awslogs"]["data"]).starts_with(&[0x1f, 0x8b]));
    }

    #[test]
    fn a_template_is_suggested_by_the_trigger() {
        assert_eq!(suggested(["iam", "sqs"]).id, "sqs");
        assert_eq!(suggested(["", "unknown"]).id, "hello");
    }
}

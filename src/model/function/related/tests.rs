#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

#[test]
fn an_alias_tells_where_the_calls_go() {
    let alias = Alias {
        version: "3".into(),
        ..Alias::default()
    };
    assert_eq!(alias.routing(), "3");
    let split = Alias {
        additional: Some(("4".into(), 0.125)),
        ..alias
    };
    assert_eq!(split.routing(), "3 87.5 % · 4 12.5 %");
}

#[test]
fn a_policy_tells_which_services_may_invoke() {
    let policy = r#"{"Version":"2012-10-17","Statement":[
      {"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction",
       "Resource":"arn:aws:lambda:eu-west-1:123456789012:function:f:PROD",
       "Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::photos"},"StringEquals":{"AWS:SourceAccount":"1"}}},
      {"Effect":"Allow","Principal":{"Service":["events.amazonaws.com"]},"Action":"lambda:InvokeFunction",
       "Condition":{"ArnLike":{"aws:SourceArn":["arn:aws:events:eu-west-1:1:rule/a","arn:aws:events:eu-west-1:1:rule/b"]}}},
      {"Effect":"Allow","Principal":{"Service":"logs.eu-west-1.amazonaws.com"}},
      {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"}},
      {"Effect":"Allow","Principal":"*"},
      {"Effect":"Deny","Principal":"*"}]}"#;
    let triggers = triggers_of_policy(policy).unwrap();
    let rows: Vec<_> = triggers
        .iter()
        .map(|t| (t.service.as_str(), t.source.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("s3", "photos"),
            ("events", "a"),
            ("events", "b"),
            ("logs", "CloudWatch Logs"),
            ("iam", "account 210987654321"),
            ("iam", "anyone"),
        ]
    );
    assert_eq!(triggers[0].qualifier.as_deref(), Some("PROD"));
    assert_eq!(triggers[0].statement_id.as_deref(), Some("s3"));
}

#[test]
fn a_single_statement_needs_no_array_and_nonsense_is_told() {
    let one = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"}}}"#;
    assert_eq!(triggers_of_policy(one).unwrap().len(), 1);
    assert!(triggers_of_policy("{").is_err());
    assert!(triggers_of_policy("{}").is_err());
}

#[test]
fn a_source_is_named_as_people_name_it() {
    let queue = Trigger::from_source("arn:aws:sqs:eu-west-1:1:jobs");
    assert_eq!(
        (queue.service_title(), queue.source.as_str()),
        ("SQS", "jobs")
    );
    let brokers = Trigger::from_source("b-1.example.com:9092");
    assert_eq!(
        (brokers.service_title(), brokers.source.as_str()),
        ("Kafka", "b-1.example.com:9092")
    );
}

#[test]
fn an_alias_says_which_version_its_callers_do_not_get() {
    let version = |version: &str| Version {
        version: version.into(),
        ..Version::default()
    };
    let versions = ["$LATEST", "2", "9", "10"].map(version);
    let alias = |at: &str, second: Option<&str>| Alias {
        version: at.into(),
        additional: second.map(|second| (second.to_owned(), 0.1)),
        ..Alias::default()
    };
    let misses = |alias: Alias| alias.misses(&versions).map(|v| v.version.clone());
    assert_eq!(misses(alias("9", None)).as_deref(), Some("10"));
    assert_eq!(misses(alias("10", None)), None);
    assert_eq!(misses(alias("9", Some("10"))), None, "some calls get it");
    assert_eq!(misses(alias("$LATEST", None)), None);
    assert_eq!(alias("1", None).misses(&[version("$LATEST")]), None);
}

#[test]
fn a_method_of_an_api_is_called_by_its_verb_and_path() {
    let source = |rest: &str| {
        Trigger::from_source(&format!(
            "arn:aws:execute-api:eu-west-1:1:k3v9qp2xw1/{rest}"
        ))
        .source
    };
    assert_eq!(source("*/GET/orders/{id}"), "GET /orders/{id}");
    assert_eq!(source("prod/*/orders"), "ANY /orders");
    assert_eq!(source("*/GET/"), "GET /");
    assert_eq!(source("authorizers/a1b2c3"), "authorizer a1b2c3");
}

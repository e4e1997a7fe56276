//! Tagging over a service that has nothing but tags.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use std::sync::Mutex;

/// Functions with tags, and nothing else of Lambda.
#[derive(Default)]
struct Functions(Mutex<BTreeMap<String, Tags>>);

impl TagSource for Functions {
    fn tagged(&self) -> Vec<(String, Tags)> {
        let all = self.0.lock().unwrap();
        all.iter()
            .map(|(arn, tags)| (arn.clone(), tags.clone()))
            .collect()
    }

    fn owns(&self, arn: &str) -> bool {
        arn.starts_with("arn:aws:lambda:")
    }

    fn set_tags(&self, arn: &str, tags: Tags) -> Result<(), AwsError> {
        let mut all = self.0.lock().unwrap();
        let held = all.get_mut(arn);
        held.ok_or_else(|| AwsError::new(404, "ResourceNotFoundException", "gone"))?
            .extend(tags);
        Ok(())
    }

    fn remove_tags(&self, arn: &str, keys: &[&str]) -> Result<(), AwsError> {
        let mut all = self.0.lock().unwrap();
        if let Some(tags) = all.get_mut(arn) {
            tags.retain(|key, _| !keys.contains(&key.as_str()));
        }
        Ok(())
    }
}

fn arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:000000000000:function:{name}")
}

fn tagging(functions: &[(&str, &[(&str, &str)])]) -> Tagging {
    let source = Functions::default();
    for (name, tags) in functions {
        let tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        source.0.lock().unwrap().insert(arn(name), tags.collect());
    }
    Tagging::new(vec![Arc::new(source)])
}

fn call(tagging: &Tagging, operation: &str, input: Value) -> Result<Value, AwsError> {
    let ctx = Ctx {
        region: "us-east-1".into(),
        account: "000000000000".into(),
        request_id: "req".into(),
        endpoint: String::new(),
    };
    tagging.call(&ctx, operation, input)
}

fn names(output: &Value) -> Vec<String> {
    let list = output["ResourceTagMappingList"].as_array().unwrap().iter();
    list.map(|item| {
        item["ResourceARN"]
            .as_str()
            .unwrap()
            .rsplit(':')
            .next()
            .unwrap()
            .to_owned()
    })
    .collect()
}

#[test]
fn resources_are_found_by_type_and_by_tags() {
    let tagging = tagging(&[
        ("a", &[("team", "x"), ("env", "prod")]),
        ("b", &[("team", "y")]),
        ("c", &[]),
    ]);
    let found = |input: Value| names(&call(&tagging, "GetResources", input).unwrap()).join(" ");
    assert_eq!(found(json!({})), "a b", "what has no tags isn't known");
    assert_eq!(
        found(json!({"ResourceTypeFilters": ["lambda:function"]})),
        "a b"
    );
    assert_eq!(found(json!({"ResourceTypeFilters": ["lambda"]})), "a b");
    assert_eq!(
        found(json!({"ResourceTypeFilters": ["lambda:layer", "s3"]})),
        ""
    );
    assert_eq!(found(json!({"TagFilters": [{"Key": "team"}]})), "a b");
    assert_eq!(
        found(json!({"TagFilters": [{"Key": "team", "Values": ["y", "z"]}]})),
        "b"
    );
    assert_eq!(
        found(json!({"TagFilters": [{"Key": "team"}, {"Key": "env", "Values": ["prod"]}]})),
        "a"
    );
    assert_eq!(
        found(json!({"ResourceARNList": [arn("b"), arn("zz")]})),
        "b"
    );
    let both = json!({"ResourceARNList": [arn("b")], "TagFilters": [{"Key": "team"}]});
    assert_eq!(
        call(&tagging, "GetResources", both).unwrap_err().code,
        "InvalidParameterException"
    );
}

#[test]
fn resources_come_in_pages_and_the_last_has_an_empty_token() {
    let all: Vec<String> = (0..7).map(|at| format!("f{at}")).collect();
    let functions: Vec<(&str, &[(&str, &str)])> = all
        .iter()
        .map(|name| (name.as_str(), &[("k", "v")][..]))
        .collect();
    let tagging = tagging(&functions);
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let input = json!({"ResourcesPerPage": 3, "PaginationToken": token});
        let output = call(&tagging, "GetResources", input).unwrap();
        assert!(names(&output).len() <= 3);
        seen.extend(names(&output));
        token = output["PaginationToken"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, all);
    assert!(call(&tagging, "GetResources", json!({"ResourcesPerPage": 0})).is_err());
}

#[test]
fn keys_and_values_are_listed_once() {
    let tagging = tagging(&[
        ("a", &[("k", "1"), ("l", "2")]),
        ("b", &[("k", "1")]),
        ("c", &[("k", "3")]),
    ]);
    let output = call(&tagging, "GetTagKeys", json!({})).unwrap();
    assert_eq!(
        output,
        json!({"TagKeys": ["k", "l"], "PaginationToken": ""})
    );
    let output = call(&tagging, "GetTagValues", json!({"Key": "k"})).unwrap();
    assert_eq!(output["TagValues"], json!(["1", "3"]));
    assert!(call(&tagging, "GetTagValues", json!({})).is_err());
}

#[test]
fn tags_are_set_and_removed_and_failures_are_listed_by_resource() {
    let tagging = tagging(&[("a", &[("old", "1")])]);
    let other = "arn:aws:sqs:us-east-1:000000000000:q";
    let input = json!({"ResourceARNList": [arn("a"), arn("gone"), other], "Tags": {"new": "2"}});
    let failed = call(&tagging, "TagResources", input).unwrap()["FailedResourcesMap"].clone();
    assert_eq!(failed.as_object().unwrap().len(), 2);
    assert_eq!(failed[arn("gone")]["StatusCode"], 404);
    assert_eq!(failed[other]["ErrorCode"], "InvalidParameterException");
    let input = json!({"ResourceARNList": [arn("a")], "TagKeys": ["old"]});
    assert_eq!(
        call(&tagging, "UntagResources", input).unwrap(),
        json!({"FailedResourcesMap": {}})
    );
    let output = call(&tagging, "GetResources", json!({})).unwrap();
    assert_eq!(
        output["ResourceTagMappingList"][0]["Tags"],
        json!([{"Key": "new", "Value": "2"}])
    );
    assert!(
        call(
            &tagging,
            "TagResources",
            json!({"ResourceARNList": [], "Tags": {"a": "b"}})
        )
        .is_err()
    );
    assert!(
        call(
            &tagging,
            "UntagResources",
            json!({"ResourceARNList": [arn("a")], "TagKeys": []})
        )
        .is_err()
    );
    assert_eq!(
        call(&tagging, "StartReportCreation", json!({}))
            .unwrap_err()
            .code,
        "UnknownOperationException"
    );
}

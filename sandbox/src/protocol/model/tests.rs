//! The models are read, and drive a form from its parameters to its answer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use serde_json::json;

fn model() -> Model {
    Model::load(
        r#"{"version":"2020-01-01","namespace":"http://x/","elsewhere":["Fly"],
        "operations":{"Make":{"input":"In","output":"Out"},"Drop":{"input":"In"},"Touch":{"output":"Nothing"}},
        "shapes":{
        "In":{"type":"structure","required":["Name"],"members":[["Name","Name"],["Size","Size"],["Tags","Tags"],["Labels","Labels"],["Mode","Mode"],["On","Flag"],["At","Time"]]},
        "Out":{"type":"structure","required":["Name"],"members":[["Name","Name"],["At","Time"],["Tags","Tags"],["On","Flag"]]},
        "Nothing":{"type":"structure","members":[]},
        "Name":{"type":"string","min":2,"max":8,"pattern":"[\\w-]*"},
        "Size":{"type":"integer","min":1,"max":10},
        "Mode":{"type":"string","enum":["fast","slow"]},
        "Flag":{"type":"boolean"},"Time":{"type":"timestamp"},
        "Tags":{"type":"list","member":"Tag","max":2},
        "Tag":{"type":"structure","required":["Key"],"members":[["Key","Name"],["Value","Name"]]},
        "Labels":{"type":"map","key":"Name","value":"Name"}}}"#,
    )
}

/// Says what it was given, unless it is to say something else.
struct Echo(Option<Value>);

impl RpcService for Echo {
    fn call(&self, _: &Ctx, _: &str, input: Value) -> Result<Value, AwsError> {
        match &self.0 {
            Some(answer) => Ok(answer.clone()),
            None => Err(AwsError::new(418, "Echo", input.to_string())),
        }
    }
}

fn ask(form: &str, answer: Option<Value>) -> (u16, String) {
    let mut headers = http::HeaderMap::new();
    headers.insert(
        "content-type",
        "application/x-www-form-urlencoded".parse().unwrap(),
    );
    let request = Request {
        method: http::Method::POST,
        path: "/".into(),
        query: Vec::new(),
        headers,
        body: form.to_owned().into(),
    };
    let ctx = Ctx {
        region: "us-east-1".into(),
        account: "000000000000".into(),
        request_id: "req".into(),
        endpoint: String::new(),
    };
    let lacks = |operation: &str| {
        AwsError::new(
            400,
            "UnknownOperationException",
            format!("no {operation} here"),
        )
    };
    let response = model()
        .answer(&Echo(answer), &lacks, &ctx, &request)
        .unwrap();
    let crate::request::Body::Full(body) = response.body else {
        panic!("a stream");
    };
    (response.status, String::from_utf8(body.to_vec()).unwrap())
}

#[test]
fn a_form_is_read_by_its_shapes() {
    let (_, body) = ask(
        "Action=Make&Name=abc&Size=7&On=true&At=1970-01-01T00:01:00Z&Tags.member.2.Key=k2&Tags.member.1.Key=k1&Tags.member.1.Value=v1&Labels.entry.1.key=aa&Labels.entry.1.value=bb&Colour=red",
        None,
    );
    let said = body
        .split("<Message>")
        .nth(1)
        .unwrap()
        .split("</Message>")
        .next()
        .unwrap();
    let read: Value = serde_json::from_str(&said.replace("&quot;", "\"")).unwrap();
    assert_eq!(
        read,
        json!({"Name": "abc", "Size": 7, "On": true, "At": 60.0,
               "Tags": [{"Key": "k1", "Value": "v1"}, {"Key": "k2"}], "Labels": {"aa": "bb"}})
    );
    let (status, body) = ask("Action=Make&Name=abc&Size=seven", None);
    assert_eq!(status, 400);
    assert!(body.contains("<Code>MalformedInput</Code>"), "{body}");
}

#[test]
fn everything_that_is_wrong_is_counted_and_told_in_awss_words() {
    let rows = [
        (
            "",
            "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
        ),
        (
            "&Name=a",
            "1 validation error detected: Value 'a' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2",
        ),
        (
            "&Name=abcdefgh%21",
            r"2 validation errors detected: Value 'abcdefgh!' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]*; Value 'abcdefgh!' at 'name' failed to satisfy constraint: Member must have length less than or equal to 8",
        ),
        (
            "&Name=ab&Size=11",
            "1 validation error detected: Value '11' at 'size' failed to satisfy constraint: Member must have value less than or equal to 10",
        ),
        (
            "&Name=ab&Mode=odd",
            "1 validation error detected: Value 'odd' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: [fast, slow]",
        ),
        (
            "&Name=ab&Tags.member.1.Value=ab",
            "1 validation error detected: Value null at 'tags.1.member.key' failed to satisfy constraint: Member must not be null",
        ),
        (
            "&Name=ab&Tags.member.1.Key=a1&Tags.member.2.Key=a2&Tags.member.3.Key=a3",
            "1 validation error detected: Value '[{key=a1}, {key=a2}, {key=a3}]' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 2",
        ),
    ];
    for (form, message) in rows {
        let (status, body) = ask(&format!("Action=Make{form}"), Some(json!({"Name": "ab"})));
        assert_eq!(status, 400, "{form}");
        assert!(
            body.contains("<Code>ValidationError</Code>") && body.contains(message),
            "{form}: {body}"
        );
    }
}

#[test]
fn an_answer_is_written_by_its_shapes_and_one_of_another_shape_is_found() {
    let answer = json!({"On": false, "Tags": [{"Key": "k1"}], "At": 60.0, "Name": "ab"});
    let (status, body) = ask("Action=Make&Name=ab", Some(answer));
    assert_eq!(status, 200, "{body}");
    assert!(
        body.contains("<MakeResult><Name>ab</Name><At>1970-01-01T00:01:00Z</At><Tags><member><Key>k1</Key></member></Tags><On>false</On></MakeResult>"),
        "{body}"
    );
    let (_, body) = ask("Action=Touch", Some(json!({})));
    assert!(
        body.contains("<TouchResult></TouchResult>"),
        "an output without members has a result: {body}"
    );
    let (_, body) = ask("Action=Drop&Name=ab", Some(json!({})));
    assert!(!body.contains("DropResult"), "{body}");
    for wrong in [
        json!({}),
        json!({"Name": 1}),
        json!({"Name": "ab", "More": 1}),
        json!({"Name": "ab", "Tags": [{}]}),
    ] {
        let (status, body) = ask("Action=Make&Name=ab", Some(wrong.clone()));
        assert_eq!(status, 500, "{wrong}: {body}");
    }
}

#[test]
fn an_operation_that_is_nowhere_is_told_apart_from_one_that_only_aws_has() {
    let (status, body) = ask("Action=Fly", Some(json!({})));
    assert_eq!(status, 400);
    assert!(
        body.contains("<Code>InvalidAction</Code>") && body.contains("no Fly here"),
        "{body}"
    );
    let (_, body) = ask("Action=Swim", Some(json!({})));
    assert!(
        body.contains("Could not find operation Swim for version 2020-01-01"),
        "{body}"
    );
}

#[test]
fn every_model_is_whole() {
    for text in [include_str!("sts.json"), include_str!("iam.json")] {
        let model: Model = serde_json::from_str(text).unwrap();
        assert!(model.operations().count() > 3);
        for shape in model.shapes.values() {
            let parts = shape.members.iter().map(Member::shape);
            let parts = parts.chain(
                [&shape.member, &shape.value]
                    .into_iter()
                    .flatten()
                    .map(String::as_str),
            );
            for part in parts {
                assert!(model.shape(part).is_some(), "{part}");
            }
        }
        for operation in model.operations.values() {
            for side in [&operation.input, &operation.output].into_iter().flatten() {
                assert!(model.shape(side).is_some(), "{side}");
            }
        }
    }
}

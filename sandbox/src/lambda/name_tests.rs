//! What of a function's name is told apart, and what AWS answers to what is none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const P1: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
const P2: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";

fn ctx() -> Ctx {
    Ctx {
        region: "us-east-1".into(),
        account: "000000000000".into(),
        request_id: String::new(),
        endpoint: String::new(),
    }
}

fn read(
    operation: &'static str,
    text: &str,
    qualifier: Option<&str>,
) -> Result<(String, Option<String>), AwsError> {
    let mut wrong = Violations::default();
    let named = Named::read(operation, text, qualifier, &mut wrong);
    wrong.check()?;
    let target = named.unwrap().reach(&ctx())?;
    Ok((target.name, target.qualifier))
}

fn wrong(operation: &'static str, text: &str, qualifier: Option<&str>) -> (String, String) {
    let error = read(operation, text, qualifier).unwrap_err();
    (error.code, error.message)
}

#[test]
fn every_form_of_a_name_means_the_same_function() {
    for form in [
        "orders",
        "function:orders",
        "000000000000:function:orders",
        "000000000000:orders",
        "us-east-1:000000000000:function:orders",
        "us-east-1:orders",
        "arn:aws:lambda:us-east-1:000000000000:function:orders",
        "arn:aws:lambda:orders",
    ] {
        let plain = read("GetFunction", form, None).unwrap();
        assert_eq!(plain, ("orders".into(), None), "{form}");
        let live = read("GetFunction", &format!("{form}:live"), None).unwrap();
        assert_eq!(live, ("orders".into(), Some("live".into())), "{form}");
    }
    let latest = read("Invoke", "orders:$LATEST", None).unwrap();
    assert_eq!(latest.1.unwrap(), "$LATEST");
}

#[test]
fn what_could_be_a_prefix_is_a_name_where_nothing_follows() {
    for (text, name) in [
        ("arn:aws:lambda:us-east-1:000000000000:function", "function"),
        ("function", "function"),
        ("function:$LATEST", "function"),
        ("123456789012", "123456789012"),
        ("us-east-1", "us-east-1"),
        ("function:function", "function"),
    ] {
        assert_eq!(read("GetFunction", text, None).unwrap().0, name, "{text}");
    }
}

#[test]
fn a_name_in_no_form_is_told_with_the_pattern_of_its_operation() {
    for text in [
        "my-function!",
        "*",
        "invalid-account:function:my-function",
        "arn:aws:lambda:invalid-region:000000000000:function:my-function",
        "arn:aws:ec2:us-east-1:000000000000:instance:i-1234567890abcdef0",
        "arn:aws:lambda:us-east-1:000000000000:function:my-function:1:2",
        "function:my-function:$LATEST:extra",
        "arn:aws:lambda::000000000000:function:my-function",
        "arn:aws:lambda:us-east-1::function:my-function",
        "arn:aws:lambda:us-east-1:000000000000:function:my-function:$LATES",
        "",
    ] {
        for (operation, pattern) in [
            ("GetFunction", P1),
            ("DeleteFunction", P1),
            ("Invoke", P1),
            ("CreateFunction", P2),
        ] {
            let expected = format!(
                "1 validation error detected: Value '{text}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}"
            );
            assert_eq!(
                wrong(operation, text, None),
                ("ValidationException".into(), expected),
                "{operation}"
            );
        }
    }
    assert!(read("GetFunction", "a.b", None).is_ok());
    assert!(read("UpdateFunctionCode", "a.b", None).is_err());
    assert!(read("GetFunction", "f:$LATEST.PUBLISHED", None).is_ok());
    assert!(read("CreateAlias", "f:$LATEST.PUBLISHED", None).is_err());
    assert!(read("PutFunctionRecursionConfig", "f:1", None).is_err());
    assert!(read("GetFunctionUrlConfig", "f:1", None).is_err());
    assert!(read("GetFunctionUrlConfig", "f:v1", None).is_ok());
}

#[test]
fn lengths_are_checked_as_each_operation_checks_them() {
    let long = format!(
        "arn:aws:lambda:invalid-region:000000000000:function:my-function-{}",
        "a".repeat(170)
    );
    for operation in ["GetFunction", "DeleteFunction", "Invoke"] {
        let (_, message) = wrong(operation, &long, None);
        assert!(message.starts_with("1 validation error"), "{message}");
        let qualifier = "a".repeat(129);
        let (_, message) = wrong(operation, &long, Some(&qualifier));
        assert!(message.starts_with("2 validation errors"), "{message}");
        assert!(message.ends_with("at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128"), "{message}");
    }
    let (_, message) = wrong("CreateFunction", &long, None);
    assert!(message.starts_with("2 validation errors"), "{message}");
    assert!(
        message.contains("Member must have length less than or equal to 140"),
        "{message}"
    );
    let plain = format!("my-function:{}", "a".repeat(129));
    let (_, message) = wrong("CreateFunction", &plain, None);
    assert_eq!(
        message,
        format!(
            "1 validation error detected: Value '{plain}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 140"
        )
    );
    assert!(read("GetFunction", &"a".repeat(65), None).is_ok());
}

#[test]
fn a_qualifier_is_told_with_the_pattern_of_its_operation() {
    for (operation, qualifier, pattern) in [
        (
            "GetFunction",
            "invalid!",
            r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
        ),
        ("GetFunctionUrlConfig", "1", r"((?!^\d+$)^[0-9a-zA-Z-_]+$)"),
        (
            "GetFunctionUrlConfig",
            "$LATEST",
            r"((?!^\d+$)^[0-9a-zA-Z-_]+$)",
        ),
        (
            "GetProvisionedConcurrencyConfig",
            "a b",
            "(|[a-zA-Z0-9$_-]+)",
        ),
    ] {
        let expected = format!(
            "1 validation error detected: Value '{qualifier}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}"
        );
        assert_eq!(
            wrong(operation, "my-function", Some(qualifier)),
            ("ValidationException".into(), expected)
        );
    }
    assert!(read("GetFunction", "f", Some("$latest")).is_ok());
}

#[test]
fn a_function_of_another_region_is_not_reachable_and_one_of_another_account_is_denied() {
    let elsewhere = "arn:aws:lambda:eu-west-1:000000000000:function:orders";
    let error = read("GetFunction", elsewhere, None).unwrap_err();
    assert_eq!(
        (error.status, error.message.as_str()),
        (
            404,
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"
        )
    );
    for text in [
        "arn:aws:lambda:us-east-1:111111111111:function:q",
        "111111111111:q",
    ] {
        let error = read("Invoke", text, None).unwrap_err();
        assert_eq!(
            (error.status, error.code.as_str()),
            (403, "AccessDeniedException")
        );
        assert_eq!(
            error.message,
            "User: arn:aws:iam::000000000000:user/sekisho is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:111111111111:function:q because no resource-based policy allows the lambda:InvokeFunction action"
        );
        assert_eq!(
            read("CreateFunction", text, None).unwrap_err().members["Message"],
            serde_json::Value::Null
        );
    }
}

#[test]
fn two_qualifiers_that_differ_contradict_each_other() {
    let error = read("GetFunction", "orders:1", Some("2")).unwrap_err();
    assert_eq!(error.code, "InvalidParameterValueException");
    assert!(read("GetFunction", "orders:2", Some("2")).is_ok());
}

#[test]
fn regions_are_told_by_their_form() {
    for region in [
        "us-east-1",
        "us-gov-west-1",
        "us-iso-east-1",
        "us-isob-east-1",
        "eusc-de-east-1",
        "cn-north-1",
    ] {
        assert!(is_region(region), "{region}");
    }
    for text in [
        "invalid-region",
        "us-east-10",
        "us-1",
        "",
        "function",
        "us-gov-west",
    ] {
        assert!(!is_region(text), "{text}");
    }
}

//! A function's role: it must be there and trust Lambda, when the function is made and when its role is changed.

use crate::support::{Live, echo, refusal};

fn pair(code: &str, message: &str) -> (String, String) {
    (code.to_owned(), message.to_owned())
}

#[tokio::test]
async fn a_role_must_be_there_and_trust_lambda() {
    let live = Live::start().await;
    let refused = pair(
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    );
    let role = |name: &str| format!("arn:aws:iam::000000000000:role/{name}");
    assert_eq!(
        refusal(echo(&live, "orders").role(role("nobody")).send().await),
        refused
    );
    let iam = aws_sdk_iam::Client::new(&live.config);
    let trust = |service: &str, condition: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"{condition}}}]}}"#
        )
    };
    for (name, document) in [
        ("ec2", trust("ec2.amazonaws.com", "")),
        (
            "other",
            trust(
                "lambda.amazonaws.com",
                r#","Condition":{"StringEquals":{"aws:SourceAccount":"111111111111"}}"#,
            ),
        ),
        (
            "own",
            trust(
                "lambda.amazonaws.com",
                r#","Condition":{"StringEquals":{"aws:SourceAccount":"000000000000"}}"#,
            ),
        ),
    ] {
        let made = iam
            .create_role()
            .role_name(name)
            .assume_role_policy_document(document);
        made.send().await.unwrap();
    }
    for name in ["ec2", "other"] {
        assert_eq!(
            refusal(echo(&live, "orders").role(role(name)).send().await),
            refused
        );
    }
    echo(&live, "orders")
        .role(role("own"))
        .send()
        .await
        .unwrap();
    live.settled("orders").await;
    let change = live
        .lambda
        .update_function_configuration()
        .function_name("orders");
    assert_eq!(refusal(change.role(role("ec2")).send().await), refused);
    // <https://github.com/fabric8io/kubernetes-alexa/issues/6>
    let theirs = echo(&live, "theirs").role("arn:aws:iam::111111111111:role/own");
    assert_eq!(
        refusal(theirs.send().await),
        pair(
            "AccessDeniedException",
            "Cross-account pass role is not allowed."
        )
    );
}

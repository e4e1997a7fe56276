//! What Lambda refuses, and in which words.

use crate::support::{ECHO, Live, ROLE, package, refusal};
use aws_sdk_lambda::{
    operation::create_function::builders::CreateFunctionFluentBuilder,
    primitives::Blob,
    types::{Environment, FunctionCode, Runtime},
};

fn orders(live: &Live) -> CreateFunctionFluentBuilder {
    live.lambda
        .create_function()
        .function_name("orders")
        .runtime(Runtime::Python312)
        .handler("index.handler")
        .role(ROLE)
        .code(
            FunctionCode::builder()
                .zip_file(package(&[("index.py", ECHO)]))
                .build(),
        )
}

#[tokio::test]
async fn each_mistake_is_told_in_lambdas_words() {
    let live = Live::start().await;
    let cases: Vec<(CreateFunctionFluentBuilder, &str, &str)> = vec![
        (
            orders(&live).memory_size(64),
            "ValidationException",
            "1 validation error detected: Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128",
        ),
        (
            orders(&live).memory_size(20_000),
            "ValidationException",
            "1 validation error detected: Value '20000' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240",
        ),
        (
            orders(&live).timeout(901),
            "ValidationException",
            "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
        ),
        (
            orders(&live).runtime(Runtime::from("cobol85")),
            "InvalidParameterValueException",
            "Value cobol85 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [",
        ),
        (
            orders(&live).runtime(Runtime::from("python2.7")),
            "InvalidParameterValueException",
            "The runtime parameter of python2.7 is no longer supported for creating or updating AWS Lambda functions.",
        ),
        (
            orders(&live).role("me"),
            "ValidationException",
            "1 validation error detected: Value 'me' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:",
        ),
        (
            orders(&live).function_name("or ders"),
            "ValidationException",
            "1 validation error detected: Value 'or ders' at 'functionName' failed to satisfy constraint:",
        ),
        (
            orders(&live).handler("with space"),
            "ValidationException",
            "1 validation error detected: Value 'with space' at 'handler' failed to satisfy constraint:",
        ),
        (
            orders(&live).environment(
                Environment::builder()
                    .variables("BIG", "x".repeat(5000))
                    .build(),
            ),
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {\"BIG\":",
        ),
        (
            orders(&live).environment(Environment::builder().variables("AWS_REGION", "x").build()),
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys",
        ),
        (
            orders(&live).code(
                FunctionCode::builder()
                    .zip_file(Blob::new("no zip"))
                    .build(),
            ),
            "InvalidParameterValueException",
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ),
        (
            orders(&live).code(FunctionCode::builder().build()),
            "InvalidParameterValueException",
            "Please provide a source for function code.",
        ),
        (
            orders(&live).set_runtime(None),
            "InvalidParameterValueException",
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        ),
    ];
    for (request, code, message) in cases {
        let (actual_code, actual) = refusal(request.send().await);
        assert_eq!(actual_code, code, "{actual}");
        assert!(actual.starts_with(message), "{actual}");
    }
    assert!(
        live.lambda
            .list_functions()
            .send()
            .await
            .unwrap()
            .functions()
            .is_empty()
    );
}

#[tokio::test]
async fn six_layers_and_layers_that_are_not_there_are_refused() {
    let live = Live::start().await;
    let arn = |n: u32| format!("arn:aws:lambda:us-east-1:000000000000:layer:l{n}:1");
    let six = (0..6).fold(orders(&live), |request, n| request.layers(arn(n)));
    assert_eq!(
        refusal(six.send().await).1,
        "Cannot reference more than 5 layers."
    );
    let one = orders(&live).layers(arn(1)).send().await;
    assert_eq!(
        refusal(one).1,
        format!("Layer version {} does not exist.", arn(1))
    );
}

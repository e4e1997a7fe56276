//! Functions on whatever answers as Lambda does, through the SDK.
#![allow(dead_code)]

use std::io::Write as _;
use std::time::{Duration, Instant};

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};

/// The role that the functions are given, if it is not there yet.
async fn role(endpoint: &str) {
    let credentials = aws_sdk_iam::config::Credentials::new("test", "test", None, None, "bench");
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(aws_sdk_iam::config::BehaviorVersion::latest())
        .region(aws_sdk_iam::config::Region::new("us-east-1"))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .build();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let role = aws_sdk_iam::Client::from_conf(config)
        .create_role()
        .role_name("bench");
    let _made = role.assume_role_policy_document(trust).send().await;
}

/// Lambda at an endpoint, with the role that functions are given.
pub async fn client(endpoint: &str) -> aws_sdk_lambda::Client {
    let credentials = aws_sdk_lambda::config::Credentials::new("test", "test", None, None, "bench");
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(aws_sdk_lambda::config::BehaviorVersion::latest())
        .region(aws_sdk_lambda::config::Region::new("us-east-1"))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .build();
    role(endpoint).await;
    aws_sdk_lambda::Client::from_conf(config)
}

/// A package of one file.
pub fn package(file: &str, source: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file(file, options).unwrap();
    writer.write_all(source.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

/// Makes a function whose handler is `app.handler`.
pub async fn create_in(
    client: &aws_sdk_lambda::Client,
    name: &str,
    runtime: Runtime,
    package: &[u8],
) {
    let code = FunctionCode::builder().zip_file(Blob::new(package)).build();
    client
        .create_function()
        .function_name(name)
        .runtime(runtime)
        .role("arn:aws:iam::000000000000:role/bench")
        .handler("app.handler")
        .code(code)
        .send()
        .await
        .unwrap();
}

/// Waiting for a function.
pub trait WaitActive {
    /// Waits until it can be called.
    async fn wait_until_active(&self, name: &str);
}

impl WaitActive for aws_sdk_lambda::Client {
    async fn wait_until_active(&self, name: &str) {
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until {
            let answer = self
                .get_function_configuration()
                .function_name(name)
                .send()
                .await
                .unwrap();
            if answer.state().is_none_or(|s| s.as_str() == "Active") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{name} did not become active");
    }
}

//! A live sandbox with the SDK's own clients, packages to deploy, and waiting for things that take a moment.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_lambda::{
    Client,
    config::Credentials,
    error::ProvideErrorMetadata as _,
    operation::create_function::builders::CreateFunctionFluentBuilder,
    primitives::Blob,
    types::{FunctionCode, LastUpdateStatus, Runtime, State},
};
use sekisho_sandbox::{Options, Sandbox};
use std::{
    io::{Cursor, Write},
    time::{Duration, Instant},
};

pub const ROLE: &str = "arn:aws:iam::000000000000:role/sekisho";

/// Answers with its event, its version and one of its variables.
pub const ECHO: &str = "
import os
def handler(event, context):
    print('hello from', context.function_name)
    return {'event': event, 'version': context.function_version, 'arn': context.invoked_function_arn,
            'mode': os.environ.get('MODE')}
";

/// A sandbox of one's own, bare, in which changes settle quickly.
pub struct Live {
    pub sandbox: Sandbox,
    pub config: SdkConfig,
    pub lambda: Client,
}

impl Live {
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub async fn start_with(options: Options) -> Self {
        let sandbox = Sandbox::start(Options {
            port: 0,
            empty: true,
            workload: false,
            settle: if options.settle == Options::default().settle {
                Duration::from_millis(30)
            } else {
                options.settle
            },
            ..options
        })
        .await
        .unwrap();
        let config = config(&sandbox.endpoint(), "us-east-1");
        let lambda = Client::new(&config);
        role(&config, "sekisho").await;
        Self {
            sandbox,
            config,
            lambda,
        }
    }

    /// Creates a function and waits until it is active.
    pub async fn create(
        &self,
        name: &str,
        runtime: Runtime,
        handler: &str,
        files: &[(&str, &str)],
    ) {
        self.lambda
            .create_function()
            .function_name(name)
            .runtime(runtime)
            .handler(handler)
            .role(ROLE)
            // Lambda's own 3 seconds are little on a machine that is busy with other tests.
            .timeout(60)
            .code(FunctionCode::builder().zip_file(package(files)).build())
            .send()
            .await
            .unwrap();
        self.settled(name).await;
    }

    /// Creates the echo function.
    pub async fn create_echo(&self, name: &str) {
        self.create(
            name,
            Runtime::Python312,
            "index.handler",
            &[("index.py", ECHO)],
        )
        .await;
    }

    /// Waits until a function is active and its last update is through.
    pub async fn settled(&self, name: &str) {
        until(|| async {
            let function = self
                .lambda
                .get_function_configuration()
                .function_name(name)
                .send()
                .await
                .unwrap();
            function.state() == Some(&State::Active)
                && function.last_update_status() == Some(&LastUpdateStatus::Successful)
        })
        .await;
    }

    /// Invokes and reads the answer as JSON.
    pub async fn invoke(&self, name: &str, event: serde_json::Value) -> serde_json::Value {
        let out = self
            .lambda
            .invoke()
            .function_name(name)
            .payload(Blob::new(event.to_string()))
            .send()
            .await
            .unwrap();
        serde_json::from_slice(out.payload().unwrap().as_ref()).unwrap()
    }
}

/// A role that functions may be given, if it is not there yet.
pub async fn role(config: &SdkConfig, name: &str) {
    const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let _there = aws_sdk_iam::Client::new(config)
        .create_role()
        .role_name(name)
        .assume_role_policy_document(TRUST)
        .send()
        .await;
}

/// A function that answers with its event, not sent yet.
pub fn echo(live: &Live, name: &str) -> CreateFunctionFluentBuilder {
    live.lambda
        .create_function()
        .function_name(name)
        .runtime(Runtime::Python312)
        .handler("index.handler")
        .role(ROLE)
        .code(
            FunctionCode::builder()
                .zip_file(package(&[("index.py", ECHO)]))
                .build(),
        )
}

/// What the SDK needs to know to talk to an endpoint.
pub fn config(endpoint: &str, region: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .endpoint_url(endpoint)
        .credentials_provider(aws_sdk_lambda::config::SharedCredentialsProvider::new(
            Credentials::new("AKIDSEKISHO", "secret", None, None, "test"),
        ))
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .build()
}

/// A ZIP file with these files; a `bootstrap` may be executed.
pub fn package(files: &[(&str, &str)]) -> Blob {
    Blob::new(zipped(files))
}

/// The bytes of a ZIP file.
pub fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Waits until something holds, for a minute at most: a machine that is busy with other things is no failure.
pub async fn until<F, Fut>(holds: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = bool>,
{
    let begun = Instant::now();
    while !holds().await {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it did not come to hold within a minute"
        );
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// The code of what AWS answered instead of a result.
pub fn code<T, E>(result: Result<T, aws_sdk_lambda::error::SdkError<E>>) -> String
where
    E: aws_sdk_lambda::error::ProvideErrorMetadata + std::error::Error + 'static,
{
    refusal(result).0
}

/// The code and the message of what AWS answered instead of a result.
pub fn refusal<T, E>(result: Result<T, aws_sdk_lambda::error::SdkError<E>>) -> (String, String)
where
    E: aws_sdk_lambda::error::ProvideErrorMetadata + std::error::Error + 'static,
{
    match result {
        Ok(_) => panic!("this should have been refused"),
        Err(error) => (
            error.code().unwrap_or_default().to_owned(),
            error.message().unwrap_or_default().to_owned(),
        ),
    }
}

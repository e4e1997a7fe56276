//! What a sandbox that is not empty starts with: the samples, their role, and the workload that calls them.

use crate::{
    error::AwsError,
    iam::Iam,
    lambda::Lambda,
    protocol::RpcService,
    request::{Ctx, DEFAULT_REGION},
    samples::{self, Alias, Sample},
    services::Services,
    workload::{self, Visit},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const ROLE: &str = "sekisho-sample";

/// The region that the samples live in.
pub const REGION: &str = DEFAULT_REGION;

/// Stands for the account in the samples' tags.
const ACCOUNT: &str = "{account}";

/// Creates the samples and their role. One that fails is left out: the sandbox is of use without it.
pub async fn samples(services: &Services) {
    let lambda = services.get::<Lambda>(REGION);
    let account = &services.base.account;
    if let Err(error) = role(services) {
        tracing::warn!(%error, "the samples' role could not be created");
    }
    for sample in samples::ALL {
        if let Err(error) = create(&lambda, account, sample).await {
            tracing::warn!(sample = sample.name, %error, "a sample could not be created");
        }
    }
}

fn role(services: &Services) -> Result<(), AwsError> {
    let iam = services.global::<Iam>();
    let ctx = Ctx {
        region: REGION.into(),
        account: services.base.account.clone(),
        request_id: uuid::Uuid::new_v4().to_string(),
        endpoint: services.base.endpoint.clone(),
    };
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }],
    });
    let input = json!({
        "RoleName": ROLE,
        "Description": "What the sample functions may do",
        "AssumeRolePolicyDocument": trust.to_string(),
    });
    iam.call(&ctx, "CreateRole", input)?;
    for policy in [
        "service-role/AWSLambdaBasicExecutionRole",
        "AWSXRayDaemonWriteAccess",
    ] {
        let arn = format!("arn:aws:iam::aws:policy/{policy}");
        iam.call(
            &ctx,
            "AttachRolePolicy",
            json!({"RoleName": ROLE, "PolicyArn": arn}),
        )?;
    }
    Ok(())
}

async fn create(lambda: &Lambda, account: &str, sample: &Sample) -> Result<(), AwsError> {
    let zip = sample
        .zip()
        .map_err(|error| AwsError::new(500, "ServiceException", error.to_string()))?;
    let pairs = |pairs: &[(&str, &str)]| -> Map<String, Value> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.replace(ACCOUNT, account).into()))
            .collect()
    };
    let mut tags = pairs(sample.tags);
    // By this a console tells what came with the sandbox from what somebody has made in it.
    tags.insert("sekisho:sample".into(), "yes".into());
    let function = json!({
        "FunctionName": sample.name,
        "Description": sample.description,
        "Runtime": sample.runtime,
        "Handler": sample.handler,
        "Role": format!("arn:aws:iam::{account}:role/{ROLE}"),
        "MemorySize": sample.memory_mb,
        "Timeout": sample.timeout_s,
        "Architectures": [sample.architecture],
        "TracingConfig": {"Mode": if sample.tracing_active { "Active" } else { "PassThrough" }},
        "Environment": {"Variables": pairs(sample.environment)},
        "Tags": tags,
        "Code": {"ZipFile": BASE64_STANDARD.encode(zip)},
    });
    let aliases: Vec<Value> = sample.aliases.iter().map(alias).collect();
    lambda.seed(&function, sample.versions, &aliases).await
}

fn alias(alias: &Alias) -> Value {
    let mut body = json!({
        "Name": alias.name,
        "Description": alias.description,
        "FunctionVersion": alias.version,
    });
    if let Some((version, weight)) = alias.also {
        body["RoutingConfig"] = json!({"AdditionalVersionWeights": {version: weight}});
    }
    body
}

/// Calls the samples until `stop`, while `on` says so.
pub async fn workload(lambda: Arc<Lambda>, on: watch::Receiver<bool>, stop: CancellationToken) {
    let seed = uuid::Uuid::new_v4().as_u64_pair().0;
    let call = move |visit: Visit| {
        let lambda = lambda.clone();
        async move {
            let name = match visit.qualifier {
                Some(qualifier) => format!("{}:{qualifier}", visit.function),
                None => visit.function.to_owned(),
            };
            // A sample may have been deleted or throttled by the person who tries things: that is theirs to see.
            if let Err(error) = lambda.call(&name, visit.event.to_string().into()).await {
                tracing::debug!(name, %error, "a call of the workload was refused");
            }
        }
    };
    workload::run(call, seed, on, stop).await;
}

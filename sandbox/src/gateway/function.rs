//! Calling a function for a method or an authorizer: the integration's address of it, who lets the gateway in, how long it
//! may take, and what the execution log says of it.

use super::{exchange::Exchange, log, refusal::Refusal};
use crate::{
    apigateway::model::Integration,
    lambda::{self, Lambda, Refused},
    runtime::Outcome,
    services::Services,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::time::Duration;

/// A function as an integration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its ARN, with a version or an alias if it has one.
    pub arn: String,
    pub region: String,
}

impl Function {
    /// `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations`.
    pub fn of(uri: &str) -> Option<Self> {
        let (_, rest) = uri.split_once(":lambda:path/")?;
        let (_, rest) = rest.split_once("/functions/")?;
        let (arn, _) = rest.rsplit_once('/')?;
        let region = arn.split(':').nth(3)?;
        arn.starts_with("arn:").then(|| Self {
            arn: arn.to_owned(),
            region: region.to_owned(),
        })
    }

    fn url(&self) -> String {
        format!(
            "https://lambda.{}.amazonaws.com/2015-03-31/functions/{}/invocations",
            self.region, self.arn
        )
    }
}

/// What a call is made for.
#[derive(Debug)]
pub struct Errand {
    /// As the function's policy is asked for it.
    pub source_arn: String,
    /// As the log names it.
    pub named_arn: String,
    /// A role speaks for it; then the function's policy is not asked.
    pub by_role: bool,
    pub limit: Duration,
}

/// What a function did.
#[derive(Debug)]
pub struct Called {
    pub outcome: Outcome,
    /// Lambda's name of the call.
    pub request_id: String,
}

impl Called {
    /// What the function answered, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.outcome.payload).into_owned()
    }
}

/// Calls a method's function and waits, as long as the integration may take.
///
/// # Errors
/// When it can't be called, or takes too long.
pub async fn call(
    services: &Services,
    exchange: &Exchange<'_>,
    integration: &Integration,
    function: &Function,
    payload: String,
) -> Result<Called, Refusal> {
    let (path, verb) = match &exchange.route {
        Some(route) => (route.resource.path.as_str(), &*route.method.http_method),
        None => ("/", exchange.verb()),
    };
    let errand = Errand {
        source_arn: exchange.method_arn(&starred(path)),
        named_arn: exchange.arn_of(verb, path),
        by_role: integration.credentials.is_some(),
        limit: Duration::from_millis(integration.timeout_in_millis.max(0).unsigned_abs()),
    };
    let clock = &services.base.clock;
    let began = clock.now();
    let called = send(services, exchange, function, errand, payload).await?;
    let took = clock.since(began).as_millis();
    exchange.behind(|behind| {
        behind.status = Some(200);
        behind.request_id = Some(called.request_id.clone());
    });
    let log = &exchange.log;
    log.info(|| format!("Received response. Status: 200, Integration latency: {took} ms"));
    log.data(|| format!("Endpoint response headers: {}", answered(exchange, &called)));
    log.data(|| {
        format!(
            "Endpoint response body before transformations: {}",
            called.text()
        )
    });
    Ok(called)
}

/// Calls a function.
///
/// # Errors
/// When it can't be called, or takes too long.
pub async fn send(
    services: &Services,
    exchange: &Exchange<'_>,
    function: &Function,
    errand: Errand,
    payload: String,
) -> Result<Called, Refusal> {
    let lambda = services.get::<Lambda>(&function.region);
    let limit = errand.limit;
    let (log, url) = (&exchange.log, function.url());
    log.data(|| format!("Endpoint request URI: {url}"));
    log.data(|| format!("Endpoint request headers: {}", sent(exchange, &errand)));
    log.data(|| format!("Endpoint request body after transformations: {payload}"));
    log.info(|| format!("Sending request to {url}"));
    let request_id = uuid::Uuid::new_v4().to_string();
    let errand = lambda::Errand {
        service: "apigateway.amazonaws.com",
        source_arn: errand.source_arn,
        by_role: errand.by_role,
        function: function.arn.clone(),
        payload: payload.into(),
        trace: exchange.trace.clone(),
        request_id: request_id.clone(),
    };
    let ended = tokio::select! {
        ended = lambda.run_errand(errand) => ended,
        () = services.base.clock.sleep(limit) => return Err(Refusal::timeout()),
    };
    let outcome = ended.map_err(|refused| match refused {
        Refused::Denied => {
            exchange.behind(|behind| behind.status = Some(403));
            Refusal::configuration("Invalid permissions on Lambda function")
        }
        Refused::Failed(error) => {
            exchange.behind(|behind| behind.status = Some(error.status));
            log.failed(&format!(
                "Lambda invocation failed with status: {}. Lambda request id: {request_id}",
                error.status
            ));
            match error.status {
                429 => Refusal::configuration("Rate Exceeded."),
                _ => Refusal::configuration(&error.message),
            }
        }
    })?;
    Ok(Called {
        outcome,
        request_id,
    })
}

/// A resource's path with a star for each variable, as the gateway says it to functions' policies.
fn starred(path: &str) -> String {
    let parts = path.split('/');
    let parts = parts.map(|part| if part.starts_with('{') { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The headers that the service sends a function, as its log shows them: no signature and no token can be read in it.
fn sent(exchange: &Exchange<'_>, errand: &Errand) -> String {
    let random = || *uuid::Uuid::new_v4().as_bytes();
    let token: Vec<u8> = std::iter::repeat_with(random).take(48).flatten().collect();
    let signed = exchange.now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let agent = format!("AmazonAPIGateway_{}", exchange.api());
    // As long as a signature is in its header.
    let signature = format!(
        "{}{}",
        "-".repeat(230),
        &uuid::Uuid::new_v4().simple().to_string()[..6]
    );
    let token = BASE64_STANDARD.encode(token);
    let mut all = vec![
        ("x-amzn-lambda-integration-tag", exchange.visit.request_id),
        ("Authorization", &signature),
        ("X-Amz-Date", &signed),
        ("x-amzn-apigateway-api-id", exchange.api()),
    ];
    if !errand.by_role {
        all.push(("X-Amz-Source-Arn", &errand.named_arn));
    }
    all.push(("Accept", "application/json"));
    all.push(("User-Agent", &agent));
    all.push(("X-Amz-Security-Token", &token));
    log::map(all)
}

/// The headers of Lambda's answer.
fn answered(exchange: &Exchange<'_>, called: &Called) -> String {
    let date = exchange
        .now
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    let length = called.outcome.payload.len().to_string();
    let mut all = vec![
        ("Date", date.as_str()),
        ("Content-Type", "application/json"),
        ("Content-Length", &length),
        ("Connection", "keep-alive"),
        ("x-amzn-RequestId", &called.request_id),
    ];
    if let Some(error) = &called.outcome.function_error {
        all.push(("X-Amz-Function-Error", error));
    }
    all.push(("x-amzn-Remapped-Content-Length", "0"));
    all.push(("X-Amz-Executed-Version", &called.outcome.executed_version));
    all.push(("X-Amzn-Trace-Id", &exchange.trace));
    log::map(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integration_names_a_function_with_its_alias() {
        let uri = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f:live/invocations";
        let function = Function {
            arn: "arn:aws:lambda:us-east-1:000000000000:function:f:live".into(),
            region: "us-east-1".into(),
        };
        assert_eq!(Function::of(uri), Some(function));
        assert_eq!(
            Function::of("arn:aws:apigateway:eu-west-1:s3:path/b/k"),
            None
        );
        assert_eq!(starred("/pets/{id}/{proxy+}"), "/pets/*/*");
    }
}

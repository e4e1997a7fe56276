//! Calling a function for a method: the integration's address of it, who lets the gateway in, and how long it may take.

use super::{exchange::Exchange, refusal::Refusal};
use crate::{
    apigateway::model::Integration,
    lambda::{self, Lambda, Refused},
    runtime::Outcome,
    services::Services,
};
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
}

/// What a call is made for.
#[derive(Debug)]
pub struct Errand {
    /// As the function's policy is asked for it.
    pub source_arn: String,
    /// A role speaks for it; then the function's policy is not asked.
    pub by_role: bool,
    pub limit: Duration,
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
) -> Result<Outcome, Refusal> {
    let resource = exchange
        .route
        .as_ref()
        .map_or("/", |route| &route.resource.path);
    let errand = Errand {
        source_arn: exchange.method_arn(&starred(resource)),
        by_role: integration.credentials.is_some(),
        limit: Duration::from_millis(integration.timeout_in_millis.max(0).unsigned_abs()),
    };
    send(services, exchange, function, errand, payload).await
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
) -> Result<Outcome, Refusal> {
    let lambda = services.get::<Lambda>(&function.region);
    let limit = errand.limit;
    let errand = lambda::Errand {
        service: "apigateway.amazonaws.com",
        source_arn: errand.source_arn,
        by_role: errand.by_role,
        function: function.arn.clone(),
        payload: payload.into(),
        trace: exchange.trace.clone(),
    };
    let ended = tokio::select! {
        ended = lambda.run_errand(errand) => ended,
        () = services.base.clock.sleep(limit) => return Err(Refusal::timeout()),
    };
    ended.map_err(|refused| match refused {
        Refused::Denied => {
            tracing::info!(
                function = function.arn,
                "the function's policy does not let the API call it"
            );
            Refusal::configuration()
        }
        Refused::Failed(error) => {
            tracing::info!(function = function.arn, %error, "the API could not call the function");
            Refusal::configuration()
        }
    })
}

/// A resource's path with a star for each variable, as the gateway says it to functions' policies.
fn starred(path: &str) -> String {
    let parts = path.split('/');
    let parts = parts.map(|part| if part.starts_with('{') { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
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

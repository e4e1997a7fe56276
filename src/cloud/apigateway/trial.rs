//! Trying a method without a stage. It really calls the backend: a write, sent once.

use std::sync::Arc;

use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::trial::{TrialAnswer, TrialRequest, steps};
use crate::model::cli::CliContext;
use crate::model::client::is_secret_name;
use crate::model::error::CloudError;
use crate::model::plan::{Plan, Risk};
use crate::model::secret::MASK;
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::place::MethodPlace;

/// Tries a method. [`Applied::output`] is a [`TrialAnswer`].
#[derive(Debug, Clone)]
pub struct TryMethod {
    /// Which.
    pub place: MethodPlace,
    /// What is sent.
    pub request: TrialRequest,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl TryMethod {
    fn cli(&self) -> String {
        let TrialRequest {
            path_with_query,
            headers,
            body,
            variables,
        } = &self.request;
        // What a caller proves itself with goes into no journal.
        let shown = |(name, values): (&String, &Vec<String>)| {
            let values = match is_secret_name(name) {
                true => vec![MASK.to_owned()],
                false => values.clone(),
            };
            (name.clone(), values)
        };
        let headers: std::collections::BTreeMap<_, _> = headers.iter().map(shown).collect();
        let headers = (!headers.is_empty()).then(|| serde_json::to_string(&headers));
        let variables = (!variables.is_empty()).then(|| serde_json::to_string(variables));
        self.place
            .cli("test-invoke-method")
            .option("path-with-query-string", path_with_query)
            .maybe("multi-value-headers", headers.and_then(Result::ok))
            .maybe("body", body.clone())
            .maybe("stage-variables", variables.and_then(Result::ok))
            .with(&self.context)
            .lines()
    }
}

impl Action<Cloud> for TryMethod {
    fn plan(&self) -> Plan {
        Plan {
            title: format!("Test {}", self.place.words()),
            target: self.place.arn(),
            risk: Risk::Changes,
            differences: Vec::new(),
            cli: self.cli(),
        }
    }

    fn service(&self) -> &'static str {
        // A backend that takes its time must not hold up the permits of the reads.
        "apigateway-test"
    }

    fn invalidates(&self) -> Vec<Topic> {
        Vec::new()
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Waiting for the answer");
            let client = cloud.apigateway_for_test().await?;
            let request = &self.request;
            let headers = request.headers.clone().into_iter().collect();
            let variables = request.variables.clone().into_iter().collect();
            let answer = client
                .test_invoke_method()
                .rest_api_id(&self.place.api)
                .resource_id(&self.place.resource)
                .http_method(&self.place.verb)
                .path_with_query_string(&request.path_with_query)
                .set_multi_value_headers((!request.headers.is_empty()).then_some(headers))
                .set_body(request.body.clone())
                .set_stage_variables((!request.variables.is_empty()).then_some(variables))
                .send()
                .await
                .map_err(|error| from_sdk("TestInvokeMethod", &self.place.words(), error))?;
            let told = TrialAnswer {
                status: answer.status(),
                headers: headers_of(&answer),
                body: answer.body().unwrap_or_default().to_owned(),
                latency_ms: answer.latency(),
                steps: steps(answer.log().unwrap_or_default()),
            };
            Ok(Applied {
                failed: told.status >= 500,
                request_id: answer.request_id().map(str::to_owned),
                summary: format!("{} answered {}", self.place.words(), told.status),
                output: Some(Arc::new(told)),
                undo: None,
            })
        })
    }
}

fn headers_of(
    answer: &aws_sdk_apigateway::operation::test_invoke_method::TestInvokeMethodOutput,
) -> Vec<(String, String)> {
    let many = answer.multi_value_headers().into_iter().flatten();
    let mut headers: Vec<(String, String)> = many
        .flat_map(|(name, values)| values.iter().map(|value| (name.clone(), value.clone())))
        .collect();
    if headers.is_empty() {
        let single = answer.headers().into_iter().flatten();
        headers.extend(single.map(|(name, value)| (name.clone(), value.clone())));
    }
    headers.sort();
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_holds_what_is_sent_and_nothing_secret() {
        let headers = [("Authorization", "Bearer hunter2"), ("X-A", "1")];
        let headers = headers.map(|(name, value)| (name.to_owned(), vec![value.to_owned()]));
        let action = TryMethod {
            place: MethodPlace {
                verb: "POST".into(),
                path: "/orders".into(),
                ..MethodPlace::default()
            },
            request: TrialRequest {
                path_with_query: "/orders?a=1".into(),
                headers: headers.into(),
                body: Some("{}".into()),
                ..TrialRequest::default()
            },
            context: CliContext::default(),
        };
        let cli = action.plan().cli;
        assert!(
            cli.contains("--path-with-query-string '/orders?a=1'"),
            "{cli}"
        );
        assert!(cli.contains(r#""X-A":["1"]"#), "{cli}");
        assert!(!cli.contains("hunter2"), "{cli}");
    }
}

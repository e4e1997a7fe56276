//! Authorizers: made, changed by patches, deleted, and asked of a caller that is made up.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeAuthorizer.html>.

use std::sync::Arc;

use aws_sdk_apigateway::types::AuthorizerType;
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::access::authorizer::{AuthorizerForm, Verdict, patches};
use crate::model::api::patch::json;
use crate::model::api::trial::steps;
use crate::model::arn::partition_of;
use crate::model::cli::{Cli, CliContext};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::secret::{MASK, Secret};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Pages, Progress, Query};

use super::update::operations;

const WAITS: &str = "It is in force in a stage only once the API is deployed to it.";

/// The authorizers of an API with all that they are set to, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GetAuthorizers {
    /// The API's id.
    pub api: String,
}

impl Query<Cloud> for GetAuthorizers {
    type Output = Vec<AuthorizerForm>;

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Api(self.api.clone())]
    }

    async fn fetch(
        self,
        cloud: Arc<Cloud>,
        pages: Pages<Vec<AuthorizerForm>>,
    ) -> Result<(), CloudError> {
        let all = super::pages::authorizers(&cloud.apigateway().await?, &self.api).await?;
        let mut all: Vec<AuthorizerForm> = all.iter().map(form_of).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        pages.send(all).await;
        Ok(())
    }
}

fn form_of(from: &aws_sdk_apigateway::types::Authorizer) -> AuthorizerForm {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    AuthorizerForm {
        id: text(from.id()),
        name: text(from.name()),
        kind: from
            .r#type()
            .map(|kind| kind.as_str().to_owned())
            .unwrap_or_default(),
        uri: text(from.authorizer_uri()),
        credentials: text(from.authorizer_credentials()),
        identity: text(from.identity_source()),
        expression: text(from.identity_validation_expression()),
        ttl: from
            .authorizer_result_ttl_in_seconds()
            .unwrap_or(300)
            .to_string(),
        providers: from.provider_arns().join(", "),
    }
}

/// Which authorizer of which API.
#[derive(Debug, Clone, Default)]
pub struct Of {
    /// The API's id.
    pub api: String,
    /// Its name.
    pub name: String,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Of {
    fn arn(&self, id: &str) -> String {
        let region = self.context.region.as_deref().unwrap_or_default();
        let partition = partition_of(region);
        format!(
            "arn:{partition}:apigateway:{region}::/restapis/{}/authorizers/{id}",
            self.api
        )
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Api(self.api.clone())]
    }
}

/// Makes an authorizer, or changes one by patches.
#[derive(Debug, Clone)]
pub struct PutAuthorizer {
    /// Of which API.
    pub of: Of,
    /// As it was when the change began; none where it is made.
    pub before: Option<AuthorizerForm>,
    /// As it is to be.
    pub after: AuthorizerForm,
}

impl PutAuthorizer {
    fn command(&self) -> String {
        let form = &self.after;
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let cli = match &self.before {
            Some(before) => Cli::new("apigateway", "update-authorizer")
                .option("rest-api-id", &self.of.api)
                .option("authorizer-id", &before.id)
                .option("patch-operations", json(&patches(before, form))),
            None => Cli::new("apigateway", "create-authorizer")
                .option("rest-api-id", &self.of.api)
                .option("name", form.name.trim())
                .option("type", &form.kind)
                .maybe(
                    "authorizer-uri",
                    filled(&form.uri).filter(|_| form.asks_function()),
                )
                .maybe("authorizer-credentials", filled(&form.credentials))
                .maybe("provider-arns", filled(&form.provider_list().join(" ")))
                .maybe("identity-source", filled(&form.identity))
                .maybe("identity-validation-expression", filled(&form.expression))
                .option("authorizer-result-ttl-in-seconds", form.ttl.trim()),
        };
        cli.with(&self.of.context).lines()
    }

    async fn make(&self, cloud: &Cloud) -> Result<Option<String>, CloudError> {
        let client = cloud.apigateway().await?;
        let form = &self.after;
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let Some(before) = &self.before else {
            let providers = form.provider_list();
            let answer = client
                .create_authorizer()
                .rest_api_id(&self.of.api)
                .name(form.name.trim())
                .r#type(AuthorizerType::from(form.kind.as_str()))
                .set_authorizer_uri(filled(&form.uri).filter(|_| form.asks_function()))
                .set_authorizer_credentials(filled(&form.credentials))
                .set_provider_arns((!providers.is_empty()).then_some(providers))
                .set_identity_source(filled(&form.identity))
                .set_identity_validation_expression(filled(&form.expression))
                .set_authorizer_result_ttl_in_seconds(form.ttl.trim().parse().ok())
                .send()
                .await
                .map_err(|error| from_sdk("CreateAuthorizer", &form.name, error))?;
            return Ok(answer.request_id().map(str::to_owned));
        };
        let call = client.get_authorizer().rest_api_id(&self.of.api);
        let now = call.authorizer_id(&before.id).send().await;
        let now = now.map_err(|error| from_sdk("GetAuthorizer", &before.name, error))?;
        if !same(&now, before) {
            let words = "Somebody else has changed the authorizer meanwhile. Nothing was applied: look at it again.";
            return Err(CloudError {
                target: before.name.clone(),
                ..CloudError::local("UpdateAuthorizer", ErrorKind::Conflict, words)
            });
        }
        let answer = client
            .update_authorizer()
            .rest_api_id(&self.of.api)
            .authorizer_id(&before.id)
            .set_patch_operations(Some(operations(&patches(before, form))))
            .send()
            .await
            .map_err(|error| from_sdk("UpdateAuthorizer", &before.name, error))?;
        Ok(answer.request_id().map(str::to_owned))
    }
}

fn same(
    now: &aws_sdk_apigateway::operation::get_authorizer::GetAuthorizerOutput,
    before: &AuthorizerForm,
) -> bool {
    let is = |now: Option<&str>, before: &str| now.unwrap_or_default() == before;
    is(now.name(), &before.name)
        && is(now.authorizer_uri(), &before.uri)
        && is(now.identity_source(), &before.identity)
        && is(now.identity_validation_expression(), &before.expression)
        && is(now.authorizer_credentials(), &before.credentials)
        && now
            .authorizer_result_ttl_in_seconds()
            .unwrap_or(300)
            .to_string()
            == before.ttl
        && now.provider_arns().join(", ") == before.providers
}

impl Action<Cloud> for PutAuthorizer {
    fn plan(&self) -> Plan {
        let nothing = AuthorizerForm::default();
        let before = self.before.as_ref().unwrap_or(&nothing);
        let pairs = before.members().into_iter().zip(self.after.members());
        let differences = pairs.filter(|((_, was), (_, will))| was != will);
        let title = match &self.before {
            Some(before) => format!("Change the authorizer {}", before.name),
            None => format!("Create the authorizer {}", self.after.name.trim()),
        };
        Plan {
            title,
            target: match &self.before {
                Some(before) => self.of.arn(&before.id),
                None => self.of.arn(self.after.name.trim()),
            },
            risk: match self.before {
                Some(_) => Risk::Changes,
                None => Risk::Safe,
            },
            differences: differences
                .map(|((field, before), (_, after))| Difference {
                    field: field.to_owned(),
                    before,
                    after,
                })
                .collect(),
            cli: self.command(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![WAITS.to_owned()];
        if self.before.is_none() {
            notes.push("It guards nothing until a method names it, in Build.".to_owned());
        }
        if self.after.asks_function() && self.after.credentials.trim().is_empty() {
            notes.push("The function's policy must let API Gateway call it.".to_owned());
        }
        notes
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        self.of.invalidates()
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Putting the authorizer");
            let request_id = self.make(&cloud).await?;
            Ok(Applied {
                failed: false,
                request_id,
                summary: format!("The authorizer {} is in the API", self.after.name.trim()),
                output: None,
                undo: None,
            })
        })
    }
}

/// Deletes an authorizer that no method names.
#[derive(Debug, Clone)]
pub struct DeleteAuthorizer {
    /// Of which API.
    pub of: Of,
    /// As it is.
    pub form: AuthorizerForm,
}

impl Action<Cloud> for DeleteAuthorizer {
    fn plan(&self) -> Plan {
        let members = self.form.members().into_iter();
        let filled = members.filter(|(_, value)| !value.is_empty());
        Plan {
            title: format!("Delete the authorizer {}", self.form.name),
            target: format!("{}/{}", self.of.arn(&self.form.id), self.form.name),
            risk: Risk::Destroys,
            differences: filled
                .map(|(field, before)| Difference {
                    field: field.to_owned(),
                    before,
                    after: String::new(),
                })
                .collect(),
            cli: Cli::new("apigateway", "delete-authorizer")
                .option("rest-api-id", &self.of.api)
                .option("authorizer-id", &self.form.id)
                .with(&self.of.context)
                .lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let deployed = "Stages that were deployed with it go on asking it.";
        vec!["It can't be undone.".to_owned(), deployed.to_owned()]
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        self.of.invalidates()
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Deleting the authorizer");
            let client = cloud.apigateway().await?;
            let call = client.delete_authorizer().rest_api_id(&self.of.api);
            let answer = call.authorizer_id(&self.form.id).send().await;
            let answer =
                answer.map_err(|error| from_sdk("DeleteAuthorizer", &self.form.name, error))?;
            Ok(Applied {
                failed: false,
                request_id: answer.request_id().map(str::to_owned),
                summary: format!("The authorizer {} is gone", self.form.name),
                output: None,
                undo: None,
            })
        })
    }
}

/// Asks an authorizer of a caller. It really calls its function: a write, sent once. [`Applied::output`] is a [`Verdict`].
#[derive(Debug, Clone)]
pub struct TryAuthorizer {
    /// Of which API.
    pub of: Of,
    /// Its id.
    pub id: String,
    /// Its name.
    pub authorizer: String,
    /// The headers that it gets; their values are nobody's business.
    pub headers: Vec<(String, Secret)>,
    /// With its query.
    pub path: String,
}

/// The service's log without what the caller proves itself with: it writes down what its function gets.
fn masked(log: &str, headers: &[(String, Secret)]) -> String {
    let given = headers.iter().filter(|(_, value)| !value.is_empty());
    given.fold(log.to_owned(), |log, (_, value)| {
        log.replace(value.reveal(), MASK)
    })
}

impl Action<Cloud> for TryAuthorizer {
    fn plan(&self) -> Plan {
        let masked: std::collections::BTreeMap<&str, &str> = self
            .headers
            .iter()
            .map(|(name, _)| (name.as_str(), MASK))
            .collect();
        let headers = serde_json::to_string(&masked).unwrap_or_default();
        Plan {
            title: format!("Test the authorizer {}", self.authorizer),
            target: self.of.arn(&self.id),
            risk: Risk::Changes,
            differences: Vec::new(),
            cli: Cli::new("apigateway", "test-invoke-authorizer")
                .option("rest-api-id", &self.of.api)
                .option("authorizer-id", &self.id)
                .maybe("headers", (!masked.is_empty()).then_some(headers))
                .option("path-with-query-string", &self.path)
                .with(&self.of.context)
                .lines(),
        }
    }

    fn service(&self) -> &'static str {
        // A function that takes its time must not hold up the permits of the reads.
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
            progress.say("Waiting for the authorizer");
            let client = cloud.apigateway_for_test().await?;
            let headers = self.headers.iter();
            let headers = headers.map(|(name, value)| (name.clone(), value.reveal().to_owned()));
            let answer = client
                .test_invoke_authorizer()
                .rest_api_id(&self.of.api)
                .authorizer_id(&self.id)
                .set_headers(Some(headers.collect()))
                .path_with_query_string(&self.path)
                .send()
                .await
                .map_err(|error| from_sdk("TestInvokeAuthorizer", &self.authorizer, error))?;
            let claims = answer.claims().into_iter().flatten();
            let verdict = Verdict {
                status: answer.client_status(),
                principal: answer.principal_id().unwrap_or_default().to_owned(),
                policy: answer.policy().unwrap_or_default().to_owned(),
                claims: claims
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
                latency_ms: answer.latency(),
                steps: steps(&masked(answer.log().unwrap_or_default(), &self.headers)),
            };
            Ok(Applied {
                failed: verdict.status >= 500,
                request_id: answer.request_id().map(str::to_owned),
                summary: format!("{}: {}", self.authorizer, verdict.words()),
                output: Some(Arc::new(verdict)),
                undo: None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_names_headers_and_no_token() {
        let action = TryAuthorizer {
            of: Of::default(),
            id: "abc123".into(),
            authorizer: "tokens".into(),
            headers: vec![("Authorization".into(), Secret::new("hunter2"))],
            path: "/orders".into(),
        };
        let plan = action.plan();
        assert!(plan.cli.contains("Authorization"), "{}", plan.cli);
        let log = "Endpoint request body: {\"authorizationToken\": \"hunter2\"}";
        assert!(!masked(log, &action.headers).contains("hunter2"));
        assert!(!plan.cli.contains("hunter2") && !format!("{action:?}").contains("hunter2"));
    }

    #[test]
    fn an_authorizer_is_made_with_what_its_kind_has_and_changed_by_patches() {
        let form = AuthorizerForm {
            name: "pool".into(),
            kind: "COGNITO_USER_POOLS".into(),
            uri: "left from another kind".into(),
            providers: "arn:aws:cognito-idp:eu-west-1:1:userpool/a".into(),
            identity: "method.request.header.Authorization".into(),
            ttl: "300".into(),
            ..AuthorizerForm::default()
        };
        let mut action = PutAuthorizer {
            of: Of::default(),
            before: None,
            after: form.clone(),
        };
        let cli = action.plan().cli;
        assert!(
            cli.contains("--provider-arns") && !cli.contains("--authorizer-uri"),
            "{cli}"
        );
        action.before = Some(AuthorizerForm {
            id: "abc123".into(),
            ..form.clone()
        });
        action.after.ttl = "0".into();
        let plan = action.plan();
        assert_eq!(plan.differences.len(), 1);
        assert!(
            plan.cli.contains("/authorizerResultTtlInSeconds"),
            "{}",
            plan.cli
        );
    }
}

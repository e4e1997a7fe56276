//! Letting pages of other origins call a resource, as one plan: the answer to a browser's question, the header on what methods
//! answer, and on what the gateway refuses by itself.
//!
//! What stands there is read again right before anything is written. The steps run in order; what fails leaves the rest as it is,
//! and the error says what was made.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_apigateway::types::{GatewayResponseType, IntegrationType};

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::cors::Cors;
use crate::model::api::patch::{Patch, json, of_map};
use crate::model::api::{IntegrationResponse, Method, Resource};
use crate::model::cli::{Cli, CliContext};
use crate::model::draft::method::Step;
use crate::model::error::{CloudError, ErrorKind};
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::apis::resources_of;
use super::place::MethodPlace;
use super::{put, respond};

const OPERATION: &str = "PutMethod";
/// The gateway's own responses that all others of their class follow.
const KINDS: [&str; 2] = ["DEFAULT_4XX", "DEFAULT_5XX"];

/// Enables CORS on a resource.
#[derive(Debug, Clone)]
pub struct EnableCors {
    /// The resource; its verb says nothing.
    pub place: MethodPlace,
    /// The resource as it was shown.
    pub resource: Resource,
    /// What is to hold.
    pub cors: Cors,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

/// The patches of one status of one method.
struct OfMethod {
    place: MethodPlace,
    status: String,
    declared: Vec<Patch>,
    /// The integration's response, with what is added.
    answers: IntegrationResponse,
}

impl EnableCors {
    fn at(&self, verb: &str) -> MethodPlace {
        MethodPlace {
            verb: verb.to_owned(),
            ..self.place.clone()
        }
    }

    /// What is changed on the methods that are there.
    fn of_methods(&self, resource: &Resource) -> Vec<OfMethod> {
        let mut all = Vec::new();
        for (verb, method) in resource
            .methods
            .iter()
            .filter(|(verb, _)| *verb != "OPTIONS")
        {
            for (status, added) in self.cors.added(method) {
                all.extend(self.of_status(verb, method, status, added));
            }
        }
        all
    }

    fn of_status(
        &self,
        verb: &str,
        method: &Method,
        status: String,
        added: BTreeMap<String, String>,
    ) -> Option<OfMethod> {
        let before = &method.responses.get(&status)?.parameters;
        let mut after = before.clone();
        for name in added.keys() {
            after.entry(name.clone()).or_insert(false);
        }
        let mut answers = method.integration.as_ref()?.responses.get(&status)?.clone();
        answers.parameters.extend(added);
        Some(OfMethod {
            place: self.at(verb),
            declared: of_map("/responseParameters", before, &after),
            status,
            answers,
        })
    }

    /// What `OPTIONS` declares that it does not yet; none where it is to be put.
    fn of_options(&self, resource: &Resource) -> Option<Vec<Patch>> {
        let there = resource.methods.get("OPTIONS")?.responses.get("200")?;
        let mut after = there.parameters.clone();
        after.extend(self.cors.options().0.parameters);
        Some(of_map("/responseParameters", &there.parameters, &after))
    }

    fn commands(&self) -> Vec<String> {
        let options = self.at("OPTIONS");
        let (declared, integration) = self.cors.options();
        let mut commands = Vec::new();
        let mut push = |cli: Cli| commands.push(cli.with(&self.context).lines());
        let text = |map: &BTreeMap<String, String>| serde_json::to_string(map).unwrap_or_default();
        if !self.resource.methods.contains_key("OPTIONS") {
            push(
                options
                    .cli("put-method")
                    .option("authorization-type", "NONE"),
            );
        }
        push(
            options
                .cli("put-integration")
                .option("type", "MOCK")
                .option("request-templates", text(&integration.request_templates)),
        );
        match self.of_options(&self.resource) {
            None => push(
                options
                    .cli("put-method-response")
                    .option("status-code", "200")
                    .option(
                        "response-parameters",
                        serde_json::to_string(&declared.parameters).unwrap_or_default(),
                    ),
            ),
            Some(patches) if patches.is_empty() => {}
            Some(patches) => push(
                options
                    .cli("update-method-response")
                    .option("status-code", "200")
                    .option("patch-operations", json(&patches)),
            ),
        }
        for (status, response) in &integration.responses {
            push(put::response_command(&options, status, response));
        }
        for of in self.of_methods(&self.resource) {
            if !of.declared.is_empty() {
                push(
                    of.place
                        .cli("update-method-response")
                        .option("status-code", &of.status)
                        .option("patch-operations", json(&of.declared)),
                );
            }
            push(put::response_command(&of.place, &of.status, &of.answers));
        }
        if self.cors.gateway {
            for kind in KINDS {
                push(
                    Cli::new("apigateway", "put-gateway-response")
                        .option("rest-api-id", &self.place.api)
                        .option("response-type", kind)
                        .option("response-parameters", text(&self.cors.refused())),
                );
            }
        }
        commands
    }

    async fn options(&self, cloud: &Cloud, now: &Resource) -> Result<(), CloudError> {
        let client = cloud.apigateway().await?;
        let place = self.at("OPTIONS");
        let told = place.words();
        let (declared, integration) = self.cors.options();
        if !now.methods.contains_key("OPTIONS") {
            let call = client.put_method().rest_api_id(&place.api);
            let call = call.resource_id(&place.resource).http_method("OPTIONS");
            let sent = call.authorization_type("NONE").send().await;
            sent.map_err(|error| from_sdk(OPERATION, &told, error))?;
        }
        let call = client.put_integration().rest_api_id(&place.api);
        let call = call.resource_id(&place.resource).http_method("OPTIONS");
        let templates: HashMap<_, _> = integration.request_templates.into_iter().collect();
        let sent = call
            .r#type(IntegrationType::Mock)
            .set_request_templates(Some(templates))
            .send()
            .await;
        sent.map_err(|error| from_sdk("PutIntegration", &told, error))?;
        match self.of_options(now) {
            None => {
                let step = Step::Declare("200".to_owned(), declared);
                respond::apply(cloud, &place, &step).await?;
            }
            Some(patches) => declare(cloud, &place, "200", &patches).await?,
        }
        for (status, response) in &integration.responses {
            put::put_response(cloud, &place, status, response).await?;
        }
        Ok(())
    }

    /// One of the gateway's own responses: what it says besides stays.
    async fn gateway(&self, cloud: &Cloud, kind: &str) -> Result<(), CloudError> {
        let client = cloud.apigateway().await?;
        let kind_of = GatewayResponseType::from(kind);
        let call = client.get_gateway_response().rest_api_id(&self.place.api);
        let there = call.response_type(kind_of.clone()).send().await;
        let there = there.map_err(|error| from_sdk("GetGatewayResponse", kind, error))?;
        let mut parameters = there.response_parameters().cloned().unwrap_or_default();
        parameters.extend(self.cors.refused());
        client
            .put_gateway_response()
            .rest_api_id(&self.place.api)
            .response_type(kind_of)
            .set_status_code(there.status_code().map(str::to_owned))
            .set_response_parameters(Some(parameters))
            .set_response_templates(there.response_templates().cloned())
            .send()
            .await
            .map_err(|error| from_sdk("PutGatewayResponse", kind, error))?;
        Ok(())
    }

    async fn make(
        &self,
        cloud: &Cloud,
        progress: &Progress,
        made: &mut Vec<String>,
    ) -> Result<(), CloudError> {
        progress.say("Reading the resource again");
        let now = resources_of(cloud, &self.place.api).await?;
        let now = now.into_iter().find(|of| of.id == self.place.resource);
        let Some(now) = now.filter(|now| *now == self.resource) else {
            let message = format!(
                "Somebody else has changed {} meanwhile. Nothing was applied: look at it again.",
                self.place.path
            );
            return Err(CloudError::local(OPERATION, ErrorKind::Conflict, message));
        };
        progress.say("Answering a browser's question");
        self.options(cloud, &now).await?;
        made.push("OPTIONS".to_owned());
        progress.say("Adding the header to what methods answer");
        for of in self.of_methods(&now) {
            declare(cloud, &of.place, &of.status, &of.declared).await?;
            put::put_response(cloud, &of.place, &of.status, &of.answers).await?;
            made.push(format!("{} {}", of.place.verb, of.status));
        }
        if self.cors.gateway {
            progress.say("Adding the header to what the gateway refuses");
            for kind in KINDS {
                self.gateway(cloud, kind).await?;
                made.push(kind.to_owned());
            }
        }
        Ok(())
    }
}

/// Declares more headers of a status.
async fn declare(
    cloud: &Cloud,
    place: &MethodPlace,
    status: &str,
    patches: &[Patch],
) -> Result<(), CloudError> {
    match patches {
        [] => Ok(()),
        patches => {
            let step = Step::PatchDeclared(status.to_owned(), patches.to_vec());
            respond::apply(cloud, place, &step).await
        }
    }
}

impl Action<Cloud> for EnableCors {
    fn plan(&self) -> Plan {
        let made = |field: String, before: &str, after: String| Difference {
            field,
            before: before.to_owned(),
            after,
        };
        let (_, integration) = self.cors.options();
        let headers = |all: &BTreeMap<String, String>| {
            let all = all.iter().map(|(name, value)| {
                let name = name.rsplit('.').next().unwrap_or(name);
                format!("{name}: {}", value.trim_matches('\''))
            });
            all.collect::<Vec<String>>().join("\n")
        };
        let before = match self.resource.methods.contains_key("OPTIONS") {
            true => "a mock",
            false => "",
        };
        let mut differences = vec![made(
            "OPTIONS".to_owned(),
            before,
            "a mock that answers 200".to_owned(),
        )];
        for (status, response) in &integration.responses {
            let field = format!("OPTIONS {status}");
            differences.push(made(field, "", headers(&response.parameters)));
        }
        for of in self.of_methods(&self.resource) {
            let added = of.answers.parameters.iter();
            let added = added.filter(|(name, _)| name.contains("Access-Control-"));
            let added = added.map(|(k, v)| (k.clone(), v.clone())).collect();
            let field = format!("{} {}", of.place.verb, of.status);
            differences.push(made(field, "", headers(&added)));
        }
        if self.cors.gateway {
            for kind in KINDS {
                let field = format!("Gateway response {kind}");
                differences.push(made(field, "", headers(&self.cors.refused())));
            }
        }
        Plan {
            title: format!("Enable CORS on {}", self.place.path),
            target: format!("{}{}", self.place.name, self.place.path),
            risk: Risk::Changes,
            differences,
            cli: self.commands().join("\n"),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec!["Browsers see it once it is deployed to a stage.".to_owned()];
        let proxies = Cors::left_to_backends(&self.resource);
        if !proxies.is_empty() {
            notes.push(format!(
                "The backend of {} must answer Access-Control-Allow-Origin itself: a proxy's answer is passed on as it is.",
                proxies.join(", ")
            ));
        }
        if self.cors.gateway {
            let words =
                "What the gateway itself answers with 4XX and 5XX changes for the whole API.";
            notes.push(words.to_owned());
        }
        notes
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Api(self.place.api.clone())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            let mut made = Vec::new();
            let result = self.make(&cloud, &progress, &mut made).await;
            result.map_err(|error| super::kept(error, &made))?;
            Ok(Applied {
                failed: false,
                request_id: None,
                summary: format!(
                    "{} answers pages of {}, once it is deployed",
                    self.place.path,
                    match self.cors.origin.trim() {
                        "*" => "every origin",
                        origin => origin,
                    }
                ),
                output: None,
                undo: None,
            })
        })
    }
}

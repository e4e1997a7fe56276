//! Adding a method that a Lambda function answers: the resources that lack, the method, its integration, and the permission that
//! the function needs, as one plan.
//!
//! API Gateway has no revision: what stands there is read again right before anything is written. What fails leaves the rest as
//! it is, and the error says what was made.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-create-api-as-simple-proxy-for-lambda.html>.

use std::sync::Arc;

use aws_sdk_apigateway::types::IntegrationType;
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::permission::ApiPlace;
use crate::model::api::{Resource, Step, missing};
use crate::model::cli::{Cli, CliContext};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::apis::resources_of;
use super::permit::AddPermission;

const OPERATION: &str = "PutMethod";

/// Adds a method with a Lambda proxy behind it.
#[derive(Debug, Clone)]
pub struct AddMethod {
    /// The API's id.
    pub api: String,
    /// The API's name.
    pub name: String,
    /// Where, from `/`.
    pub path: String,
    /// As `GET`; `ANY` for all.
    pub verb: String,
    /// The function's ARN, with its qualifier where it has one.
    pub function: String,
    /// `NONE` or `AWS_IAM`.
    pub authorization: &'static str,
    /// A key of a usage plan must be given.
    pub api_key_required: bool,
    /// The resources of the API as they were shown.
    pub resources: Vec<Resource>,
    /// The account, for ARNs.
    pub account: String,
    /// The region, for ARNs.
    pub region: String,
    /// Its partition, for ARNs.
    pub partition: String,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl AddMethod {
    fn uri(&self) -> String {
        let Self {
            partition,
            region,
            function,
            ..
        } = self;
        format!(
            "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{function}/invocations"
        )
    }

    /// The statement that lets it call the function.
    fn permission(&self) -> AddPermission {
        let (name, qualifier) = self.called();
        AddPermission {
            place: ApiPlace {
                partition: self.partition.clone(),
                region: self.region.clone(),
                account: self.account.clone(),
                api: self.api.clone(),
            },
            verb: self.verb.clone(),
            path: self.path.clone(),
            function: name.to_owned(),
            qualifier: qualifier.map(str::to_owned),
            context: self.context.clone(),
        }
    }

    /// The function's name and qualifier.
    fn called(&self) -> (&str, Option<&str>) {
        let mut parts = self.function.splitn(8, ':').skip(6);
        (
            parts.next().unwrap_or(&self.function),
            parts.next().filter(|qualifier| !qualifier.is_empty()),
        )
    }

    fn commands(&self) -> Vec<String> {
        let api =
            |operation: &str| Cli::new("apigateway", operation).option("rest-api-id", &self.api);
        let mut commands = Vec::new();
        let known = |path: &str| {
            let found = self.resources.iter().find(|resource| resource.path == path);
            found.map_or_else(|| format!("ID of {path}"), |resource| resource.id.clone())
        };
        for step in missing(&self.path, &self.resources) {
            commands.push(
                api("create-resource")
                    .option("parent-id", known(&step.parent))
                    .option("path-part", &step.part)
                    .with(&self.context)
                    .lines(),
            );
        }
        let at = known(&self.path);
        commands.push(
            api("put-method")
                .option("resource-id", &at)
                .option("http-method", &self.verb)
                .option("authorization-type", self.authorization)
                .flag("api-key-required", self.api_key_required)
                .with(&self.context)
                .lines(),
        );
        commands.push(
            api("put-integration")
                .option("resource-id", &at)
                .option("http-method", &self.verb)
                .option("type", "AWS_PROXY")
                .option("integration-http-method", "POST")
                .option("uri", self.uri())
                .with(&self.context)
                .lines(),
        );
        commands.push(self.permission().command());
        commands
    }

    /// The resource of the path; what lacks of it is made.
    async fn resource(&self, cloud: &Cloud, made: &mut Vec<String>) -> Result<String, CloudError> {
        let client = cloud.apigateway().await?;
        let now = resources_of(cloud, &self.api).await?;
        let id_of = |path: &str| {
            now.iter()
                .find(|of| of.path == path)
                .map(|of| of.id.clone())
        };
        if let Some(there) = now.iter().find(|of| of.path == self.path)
            && there.methods.contains_key(&self.verb)
        {
            let message = format!("{} {} is there already", self.verb, self.path);
            return Err(CloudError::local(OPERATION, ErrorKind::Conflict, message));
        }
        let mut last: Option<String> = None;
        for Step { parent, part, path } in missing(&self.path, &now) {
            let above = match last.take().or_else(|| id_of(&parent)) {
                Some(above) => above,
                None => {
                    let message = format!("{parent} is not there any more");
                    return Err(CloudError::local(OPERATION, ErrorKind::Conflict, message));
                }
            };
            let answer = client
                .create_resource()
                .rest_api_id(&self.api)
                .parent_id(above)
                .path_part(part)
                .send()
                .await
                .map_err(|error| from_sdk("CreateResource", &path, error))?;
            last = answer.id().map(str::to_owned);
            made.push(format!("the resource {path}"));
        }
        let id = last.or_else(|| id_of(&self.path));
        id.ok_or_else(|| {
            let message = format!("{} has no resource", self.path);
            CloudError::local(OPERATION, ErrorKind::Other, message)
        })
    }

    async fn make(
        &self,
        cloud: &Cloud,
        progress: &Progress,
        made: &mut Vec<String>,
    ) -> Result<Option<String>, CloudError> {
        let client = cloud.apigateway().await?;
        progress.say("Making the resources");
        let resource = self.resource(cloud, made).await?;
        progress.say("Making the method");
        client
            .put_method()
            .rest_api_id(&self.api)
            .resource_id(&resource)
            .http_method(&self.verb)
            .authorization_type(self.authorization)
            .api_key_required(self.api_key_required)
            .send()
            .await
            .map_err(|error| from_sdk(OPERATION, &self.path, error))?;
        made.push(format!("the method {}", self.verb));
        let answer = client
            .put_integration()
            .rest_api_id(&self.api)
            .resource_id(&resource)
            .http_method(&self.verb)
            .r#type(IntegrationType::AwsProxy)
            .integration_http_method("POST")
            .uri(self.uri())
            .send()
            .await
            .map_err(|error| from_sdk("PutIntegration", &self.path, error))?;
        made.push("its integration".to_owned());
        progress.say("Letting API Gateway call the function");
        self.permission().add(cloud).await?;
        Ok(answer.request_id().map(str::to_owned))
    }
}

impl Action<Cloud> for AddMethod {
    fn plan(&self) -> Plan {
        let made = |field: String, after: String| Difference {
            field,
            before: String::new(),
            after,
        };
        let mut differences: Vec<Difference> = missing(&self.path, &self.resources)
            .into_iter()
            .map(|step| made("Resource".into(), step.path))
            .collect();
        let (name, qualifier) = self.called();
        let function = match qualifier {
            Some(qualifier) => format!("{name}:{qualifier}"),
            None => name.to_owned(),
        };
        differences.push(made(
            "Method".into(),
            format!("{} {}", self.verb, self.path),
        ));
        differences.push(made("authorizationType".into(), self.authorization.into()));
        if self.api_key_required {
            differences.push(made("apiKeyRequired".into(), "true".into()));
        }
        differences.push(made(
            "Integration".into(),
            format!("Lambda proxy to {function}"),
        ));
        differences.push(self.permission().difference());
        Plan {
            title: format!("Add {} {}", self.verb, self.path),
            target: format!("{}{}", self.name, self.path),
            risk: Risk::Safe,
            differences,
            cli: self.commands().join("\n"),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec!["Callers see it once it is deployed to a stage.".to_owned()];
        if self.authorization == "NONE" && !self.api_key_required {
            notes.push("Anybody who knows the address can call it then.".to_owned());
        }
        notes
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        let (name, _) = self.called();
        vec![
            Topic::Api(self.api.clone()),
            Topic::Function(name.to_owned()),
        ]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            let mut made = Vec::new();
            let request_id = self.make(&cloud, &progress, &mut made).await;
            let request_id = request_id.map_err(|error| super::kept(error, &made))?;
            Ok(Applied {
                failed: false,
                request_id,
                summary: format!(
                    "{} {} is in the API, and not deployed yet",
                    self.verb, self.path
                ),
                output: None,
                undo: None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    fn add(path: &str, verb: &str) -> AddMethod {
        AddMethod {
            api: "k3v9qp2xw1".into(),
            name: "shop".into(),
            path: path.into(),
            verb: verb.into(),
            function: "arn:aws:lambda:eu-west-1:482177391105:function:orders-api:live".into(),
            authorization: "NONE",
            api_key_required: false,
            resources: vec![Resource {
                id: "root12345a".into(),
                path: "/".into(),
                ..Resource::default()
            }],
            account: "482177391105".into(),
            region: "eu-west-1".into(),
            partition: "aws".into(),
            context: CliContext::default(),
        }
    }

    #[test]
    fn the_review_names_every_step_in_its_order() {
        let plan = add("/orders/{id}", "GET").plan();
        let order = [
            "--path-part orders",
            "--path-part '{id}'",
            "put-method",
            "put-integration",
            "lambda add-permission",
            "--qualifier live",
        ];
        let places: Vec<_> = order
            .iter()
            .map(|part| {
                plan.cli
                    .find(part)
                    .unwrap_or_else(|| panic!("{part}: {}", plan.cli))
            })
            .collect();
        assert!(places.is_sorted(), "{}", plan.cli);
        let fields: Vec<_> = plan.differences.iter().map(|d| d.after.as_str()).collect();
        assert_eq!(fields[..3], ["/orders", "/orders/{id}", "GET /orders/{id}"]);
    }

    #[test]
    fn what_is_open_to_everybody_is_said() {
        assert_eq!(add("/", "GET").notes().len(), 2);
        let mut keyed = add("/", "GET");
        keyed.api_key_required = true;
        assert_eq!(keyed.notes().len(), 1);
    }
}

//! What is written about an API: read with what it may be about, changed part by part, published as a version.
//!
//! A part is found by what it is of and not by its id: what a change begins from is read again first.
//! Sources: <https://docs.aws.amazon.com/apigateway/latest/api/API_GetDocumentationParts.html> and the calls beside it.

use std::sync::Arc;

use aws_sdk_apigateway::types::{DocumentationPartLocation, DocumentationPartType};
use aws_sdk_apigateway::{Client, types};
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::documentation::{Documentation, Location, Part, Version};
use crate::model::api::patch::{Patch, json};
use crate::model::cli::{Cli, CliContext};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::model::undo::Undo;
use crate::store::{Action, Applied, BoxFuture, Pages, Progress, Query};

use super::pages::{self, PAGE};
use super::stage::arn;
use super::update::operations;

/// Everything that is written about an API.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GetDocumentation {
    /// The API's id.
    pub api: String,
}

impl Query<Cloud> for GetDocumentation {
    type Output = Documentation;

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Api(self.api.clone())]
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Documentation>) -> Result<(), CloudError> {
        let (client, id) = (cloud.apigateway().await?, &self.api);
        let mut read = Documentation {
            parts: parts(&client, id).await?,
            ..Documentation::default()
        };
        let versions = pages::all(|position| {
            let call = client
                .get_documentation_versions()
                .rest_api_id(id)
                .limit(PAGE);
            let call = call.set_position(position).send();
            async {
                let answer = call.await;
                let answer =
                    answer.map_err(|error| from_sdk("GetDocumentationVersions", id, error))?;
                Ok((
                    answer.items().to_vec(),
                    answer.position().map(str::to_owned),
                ))
            }
        });
        read.versions = versions.await?.iter().map(version_of).collect();
        read.versions
            .sort_by_key(|version| std::cmp::Reverse(version.created_at));
        let mut models = client
            .get_models()
            .rest_api_id(id)
            .limit(PAGE)
            .into_paginator()
            .send();
        while let Some(answer) = models.next().await {
            let answer = answer.map_err(|error| from_sdk("GetModels", id, error))?;
            let names = answer.items().iter().filter_map(|model| model.name());
            read.models.extend(names.map(str::to_owned));
        }
        let authorizers = pages::authorizers(&client, id).await?;
        let names = authorizers.iter().filter_map(|one| one.name());
        read.authorizers = names.map(str::to_owned).collect();
        read.models.sort();
        read.authorizers.sort();
        pages.send(read).await;
        Ok(())
    }
}

async fn parts(client: &Client, id: &str) -> Result<Vec<Part>, CloudError> {
    let all = pages::all(|position| {
        let call = client.get_documentation_parts().rest_api_id(id).limit(PAGE);
        let call = call.set_position(position).send();
        async {
            let answer = call.await;
            let answer = answer.map_err(|error| from_sdk("GetDocumentationParts", id, error))?;
            Ok((
                answer.items().to_vec(),
                answer.position().map(str::to_owned),
            ))
        }
    });
    let mut parts: Vec<Part> = all.await?.iter().map(part_of).collect();
    parts.sort_by(|one, other| one.location.cmp(&other.location));
    Ok(parts)
}

fn part_of(from: &types::DocumentationPart) -> Part {
    let text = |from: Option<&str>| from.unwrap_or_default().to_owned();
    Part {
        id: text(from.id()),
        location: from.location().map(location_of).unwrap_or_default(),
        properties: text(from.properties()),
    }
}

/// What a kind of part is told apart by: path, method, status, name.
fn told_by(kind: &str) -> [bool; 4] {
    match kind {
        "API" => [false; 4],
        "MODEL" | "AUTHORIZER" => [false, false, false, true],
        "RESOURCE" => [true, false, false, false],
        "METHOD" | "REQUEST_BODY" => [true, true, false, false],
        "RESPONSE" | "RESPONSE_BODY" => [true, true, true, false],
        "RESPONSE_HEADER" => [true; 4],
        _ => [true, true, false, true],
    }
}

/// What is left out holds for all.
fn location_of(from: &DocumentationPartLocation) -> Location {
    let kind = from.r#type().as_str().to_owned();
    let [path, method, status, name] = told_by(&kind);
    let value = |holds: bool, value: Option<&str>, unset: &str| match holds {
        true => value
            .filter(|value| !value.is_empty())
            .unwrap_or(unset)
            .to_owned(),
        false => String::new(),
    };
    Location {
        path: value(path, from.path(), "/"),
        method: value(method, from.method(), "*"),
        status: value(status, from.status_code(), "*"),
        name: value(name, from.name(), ""),
        kind,
    }
}

fn sent(location: &Location) -> Result<DocumentationPartLocation, CloudError> {
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    DocumentationPartLocation::builder()
        .r#type(DocumentationPartType::from(location.kind.as_str()))
        .set_path(filled(&location.path))
        .set_method(filled(&location.method))
        .set_status_code(filled(&location.status))
        .set_name(filled(&location.name))
        .build()
        .map_err(|error| {
            CloudError::local(
                "CreateDocumentationPart",
                ErrorKind::Invalid,
                error.to_string(),
            )
        })
}

fn version_of(from: &types::DocumentationVersion) -> Version {
    let text = |from: Option<&str>| from.unwrap_or_default().to_owned();
    Version {
        version: text(from.version()),
        description: text(from.description()),
        created_at: from.created_date().and_then(|at| at.to_millis().ok()),
    }
}

/// The part of a location as it is now.
///
/// # Errors
/// Those of `GetDocumentationParts`.
pub async fn part_at(
    cloud: &Cloud,
    api: &str,
    location: &Location,
) -> Result<Option<Part>, CloudError> {
    let all = parts(&cloud.apigateway().await?, api).await?;
    Ok(all.into_iter().find(|part| part.location == *location))
}

/// Writes a part, changes it, or takes it away.
#[derive(Debug, Clone)]
pub struct SetPart {
    /// The API's id.
    pub api: String,
    /// What the part is of.
    pub location: Location,
    /// The properties that it had; none where there was no part.
    pub before: Option<String>,
    /// The properties that it gets; none takes it away.
    pub after: Option<String>,
    /// It takes an earlier change back.
    pub undoing: bool,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl SetPart {
    fn patches(&self) -> [Patch; 1] {
        [Patch::replace(
            "/properties",
            self.after.clone().unwrap_or_default(),
        )]
    }

    fn cli(&self) -> Cli {
        let id = || "ID of the part";
        match (&self.before, &self.after) {
            (None, after) => {
                let Location {
                    path,
                    method,
                    kind,
                    status,
                    name,
                } = &self.location;
                let mut words = format!("type={kind}");
                for (key, value) in [
                    ("path", path),
                    ("method", method),
                    ("statusCode", status),
                    ("name", name),
                ] {
                    if !value.is_empty() {
                        words.push_str(&format!(",{key}={value}"));
                    }
                }
                Cli::new("apigateway", "create-documentation-part")
                    .option("rest-api-id", &self.api)
                    .option("location", words)
                    .option("properties", after.as_deref().unwrap_or_default())
            }
            (Some(_), Some(_)) => Cli::new("apigateway", "update-documentation-part")
                .option("rest-api-id", &self.api)
                .option("documentation-part-id", id())
                .option("patch-operations", json(&self.patches())),
            (Some(_), None) => Cli::new("apigateway", "delete-documentation-part")
                .option("rest-api-id", &self.api)
                .option("documentation-part-id", id()),
        }
    }

    async fn set(&self, cloud: &Cloud, there: Option<Part>) -> Result<Option<String>, CloudError> {
        let client = cloud.apigateway().await?;
        let words = self.location.words();
        let id = there.map(|part| part.id).unwrap_or_default();
        Ok(match (&self.before, &self.after) {
            (None, after) => {
                let call = client.create_documentation_part().rest_api_id(&self.api);
                let call = call.location(sent(&self.location)?);
                let answer = call.set_properties(after.clone()).send().await;
                let answer =
                    answer.map_err(|error| from_sdk("CreateDocumentationPart", &words, error))?;
                answer.request_id().map(str::to_owned)
            }
            (Some(_), Some(_)) => {
                let call = client.update_documentation_part().rest_api_id(&self.api);
                let call = call.documentation_part_id(id);
                let call = call.set_patch_operations(Some(operations(&self.patches())));
                let answer = call.send().await;
                let answer =
                    answer.map_err(|error| from_sdk("UpdateDocumentationPart", &words, error))?;
                answer.request_id().map(str::to_owned)
            }
            (Some(_), None) => {
                let call = client.delete_documentation_part().rest_api_id(&self.api);
                let answer = call.documentation_part_id(id).send().await;
                let answer =
                    answer.map_err(|error| from_sdk("DeleteDocumentationPart", &words, error))?;
                answer.request_id().map(str::to_owned)
            }
        })
    }
}

impl Action<Cloud> for SetPart {
    fn plan(&self) -> Plan {
        let verb = match (&self.before, &self.after) {
            (None, _) => "Describe",
            (_, None) => "Delete the documentation of",
            _ => "Change the documentation of",
        };
        let words = self.location.words();
        Plan {
            title: match self.undoing {
                true => format!("Undo: document {words}"),
                false => format!("{verb} {words}"),
            },
            target: arn(
                &self.context,
                &format!("restapis/{}/documentation/parts", self.api),
            ),
            risk: match self.before {
                Some(_) => Risk::Changes,
                None => Risk::Safe,
            },
            differences: vec![Difference {
                field: "properties".into(),
                before: self.before.clone().unwrap_or_default(),
                after: self.after.clone().unwrap_or_default(),
            }],
            cli: self.cli().with(&self.context).lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec!["Readers see it once a version is published and a stage points at it.".to_owned()]
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Api(self.api.clone())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Looking whether it is as it was");
            let there = part_at(&cloud, &self.api, &self.location).await?;
            if there.as_ref().map(|part| &part.properties) != self.before.as_ref() {
                let words = "Somebody else has written here meanwhile. Nothing was applied: look at it again.";
                return Err(CloudError {
                    target: self.location.words(),
                    ..CloudError::local("DocumentationPart", ErrorKind::Conflict, words)
                });
            }
            progress.say("Writing it");
            let request_id = self.set(&cloud, there).await?;
            Ok(Applied {
                request_id,
                summary: match self.after {
                    Some(_) => format!("{} is described", self.location.words()),
                    None => format!("{} is no longer described", self.location.words()),
                },
                output: self.after.clone().map(|after| Arc::new(after) as _),
                undo: Some(Undo::Part {
                    api: self.api.clone(),
                    location: self.location.clone(),
                    before: self.before.clone(),
                    after: self.after.clone(),
                }),
                ..Applied::default()
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_review_shows_what_is_written_and_its_command() {
        let mut set = SetPart {
            api: "a1".into(),
            location: Location {
                path: "/orders".into(),
                method: "GET".into(),
                kind: "QUERY_PARAMETER".into(),
                name: "page".into(),
                ..Location::default()
            },
            before: None,
            after: Some(r#"{"description":"From 1"}"#.into()),
            undoing: false,
            context: CliContext::default(),
        };
        let cli = set.plan().cli;
        assert!(
            cli.contains("type=QUERY_PARAMETER,path=/orders,method=GET,name=page"),
            "{cli}"
        );
        set.before = Some("{}".into());
        assert!(set.plan().cli.contains("update-documentation-part"));
        set.after = None;
        let plan = set.plan();
        assert_eq!(
            plan.title,
            "Delete the documentation of QUERY_PARAMETER page of GET /orders"
        );
    }

    #[test]
    fn what_a_location_leaves_out_holds_for_all() {
        let location = DocumentationPartLocation::builder().r#type(DocumentationPartType::Response);
        let read = location
            .build()
            .map(|of| location_of(&of))
            .unwrap_or_default();
        assert_eq!(
            (
                read.path.as_str(),
                read.method.as_str(),
                read.status.as_str()
            ),
            ("/", "*", "*")
        );
        let location = DocumentationPartLocation::builder().r#type(DocumentationPartType::Api);
        let read = location
            .build()
            .map(|of| location_of(&of))
            .unwrap_or_default();
        assert_eq!(read.words(), "API");
    }
}

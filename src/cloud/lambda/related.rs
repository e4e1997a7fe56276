//! What stands around one function: versions, aliases, who may call it, what triggers it, where its results go.
//!
//! Each is a query of its own, so that a permission that lacks for one empties only that one's place.

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::error::{CloudError, ErrorKind};
use crate::model::function::{
    Alias, Destination, EventInvokeConfig as AsyncConfig, Trigger, Version, triggers_of_policy,
};
use crate::model::topic::Topic;
use crate::store::{Pages, Query};

use super::convert::{alias_of, event_invoke_of, mapping_of, text, version_of};

/// `$LATEST` and the published versions of a function.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListVersions {
    /// The function's name.
    pub name: String,
}

impl Query<Cloud> for ListVersions {
    type Output = Vec<Version>;

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Function(self.name.clone())]
    }

    fn append(so_far: &mut Vec<Version>, page: Vec<Version>) {
        so_far.extend(page);
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Vec<Version>>) -> Result<(), CloudError> {
        let client = cloud.lambda().await?;
        let call = client.list_versions_by_function().function_name(&self.name);
        let mut answers = call.into_paginator().send();
        while let Some(answer) = answers.next().await {
            let answer =
                answer.map_err(|error| from_sdk("ListVersionsByFunction", &self.name, error))?;
            pages
                .send(answer.versions().iter().map(version_of).collect())
                .await;
        }
        Ok(())
    }
}

/// All versions of a function at once, for an action that needs them.
///
/// # Errors
/// Those of `ListVersionsByFunction`.
pub async fn versions_of(cloud: &Cloud, name: &str) -> Result<Vec<Version>, CloudError> {
    let client = cloud.lambda().await?;
    let call = client.list_versions_by_function().function_name(name);
    let mut answers = call.into_paginator().send();
    let mut versions = Vec::new();
    while let Some(answer) = answers.next().await {
        let answer = answer.map_err(|error| from_sdk("ListVersionsByFunction", name, error))?;
        versions.extend(answer.versions().iter().map(version_of));
    }
    Ok(versions)
}

/// The aliases of a function.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListAliases {
    /// The function's name.
    pub name: String,
}

impl Query<Cloud> for ListAliases {
    type Output = Vec<Alias>;

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Function(self.name.clone())]
    }

    fn append(so_far: &mut Vec<Alias>, page: Vec<Alias>) {
        so_far.extend(page);
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Vec<Alias>>) -> Result<(), CloudError> {
        let client = cloud.lambda().await?;
        let call = client.list_aliases().function_name(&self.name);
        let mut answers = call.into_paginator().send();
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| from_sdk("ListAliases", &self.name, error))?;
            pages
                .send(answer.aliases().iter().map(alias_of).collect())
                .await;
        }
        Ok(())
    }
}

/// The resource policy of a function: who may call it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GetPolicy {
    /// The function's name.
    pub name: String,
}

/// A resource policy, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourcePolicy {
    /// The document as it came; empty where there is none.
    pub document: String,
    /// What a conditional write names.
    pub revision_id: Option<String>,
    /// Who it lets call.
    pub triggers: Vec<Trigger>,
    /// Why the document could not be read.
    pub unreadable: Option<String>,
}

impl Query<Cloud> for GetPolicy {
    type Output = ResourcePolicy;

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Function(self.name.clone())]
    }

    async fn fetch(
        self,
        cloud: Arc<Cloud>,
        pages: Pages<ResourcePolicy>,
    ) -> Result<(), CloudError> {
        let client = cloud.lambda().await?;
        let answer = client.get_policy().function_name(&self.name).send().await;
        let policy = match answer {
            Ok(answer) => {
                let document = text(answer.policy());
                let (triggers, unreadable) = match triggers_of_policy(&document) {
                    Ok(triggers) => (triggers, None),
                    Err(_) if document.is_empty() => (Vec::new(), None),
                    Err(why) => (Vec::new(), Some(why)),
                };
                ResourcePolicy {
                    document,
                    revision_id: answer.revision_id().map(str::to_owned),
                    triggers,
                    unreadable,
                }
            }
            Err(error) => nothing_there(from_sdk("GetPolicy", &self.name, error))?,
        };
        pages.send(policy).await;
        Ok(())
    }
}

/// Lambda says "not found" of a part that a function simply does not have. That the function itself is gone, its
/// configuration tells.
fn nothing_there<T: Default>(error: CloudError) -> Result<T, CloudError> {
    match error.kind {
        ErrorKind::NotFound => Ok(T::default()),
        _ => Err(error),
    }
}

/// The queues and streams that a function reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventSourceMappings {
    /// The function's name.
    pub name: String,
}

/// Event source mappings as triggers, and where they send batches that failed for good.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mappings {
    /// One for each mapping.
    pub triggers: Vec<Trigger>,
    /// Those of all mappings; `of` is the mapping's id.
    pub destinations: Vec<Destination>,
}

impl Query<Cloud> for EventSourceMappings {
    type Output = Mappings;

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Function(self.name.clone())]
    }

    fn append(so_far: &mut Mappings, page: Mappings) {
        so_far.triggers.extend(page.triggers);
        so_far.destinations.extend(page.destinations);
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Mappings>) -> Result<(), CloudError> {
        let client = cloud.lambda().await?;
        let call = client
            .list_event_source_mappings()
            .function_name(&self.name);
        let mut answers = call.into_paginator().send();
        while let Some(answer) = answers.next().await {
            let answer =
                answer.map_err(|error| from_sdk("ListEventSourceMappings", &self.name, error))?;
            let mut page = Mappings::default();
            for (trigger, destinations) in answer.event_source_mappings().iter().map(mapping_of) {
                page.triggers.push(trigger);
                page.destinations.extend(destinations);
            }
            pages.send(page).await;
        }
        Ok(())
    }
}

/// How asynchronous invocations of a function are treated, for each qualifier that has settings of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventInvokeConfig {
    /// The function's name.
    pub name: String,
}

impl Query<Cloud> for EventInvokeConfig {
    type Output = Vec<AsyncConfig>;

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Function(self.name.clone())]
    }

    fn append(so_far: &mut Vec<AsyncConfig>, page: Vec<AsyncConfig>) {
        so_far.extend(page);
    }

    async fn fetch(
        self,
        cloud: Arc<Cloud>,
        pages: Pages<Vec<AsyncConfig>>,
    ) -> Result<(), CloudError> {
        let client = cloud.lambda().await?;
        let call = client.list_function_event_invoke_configs();
        let mut answers = call.function_name(&self.name).into_paginator().send();
        while let Some(answer) = answers.next().await {
            let page = match answer {
                Ok(answer) => {
                    let configs = answer.function_event_invoke_configs().iter();
                    configs.map(event_invoke_of).collect()
                }
                Err(error) => {
                    let operation = "ListFunctionEventInvokeConfigs";
                    nothing_there(from_sdk(operation, &self.name, error))?
                }
            };
            pages.send(page).await;
        }
        Ok(())
    }
}

/// The addresses under which a function and its aliases are called over HTTPS.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionUrl {
    /// The function's name.
    pub name: String,
}

/// An address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UrlConfig {
    /// `https://….lambda-url.REGION.on.aws/`.
    pub url: String,
    /// `NONE` (anyone who has the address) or `AWS_IAM`.
    pub auth_type: String,
    /// The alias; `None` for `$LATEST`.
    pub qualifier: Option<String>,
    /// `BUFFERED` or `RESPONSE_STREAM`.
    pub invoke_mode: Option<String>,
}

impl Query<Cloud> for FunctionUrl {
    type Output = Vec<UrlConfig>;

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Function(self.name.clone())]
    }

    fn append(so_far: &mut Vec<UrlConfig>, page: Vec<UrlConfig>) {
        so_far.extend(page);
    }

    async fn fetch(
        self,
        cloud: Arc<Cloud>,
        pages: Pages<Vec<UrlConfig>>,
    ) -> Result<(), CloudError> {
        let client = cloud.lambda().await?;
        let call = client.list_function_url_configs().function_name(&self.name);
        let mut answers = call.into_paginator().send();
        while let Some(answer) = answers.next().await {
            let page = match answer {
                Ok(answer) => answer.function_url_configs().iter().map(url_of).collect(),
                Err(error) => nothing_there(from_sdk("ListFunctionUrlConfigs", &self.name, error))?,
            };
            pages.send(page).await;
        }
        Ok(())
    }
}

fn url_of(from: &aws_sdk_lambda::types::FunctionUrlConfig) -> UrlConfig {
    UrlConfig {
        url: from.function_url().to_owned(),
        auth_type: from.auth_type().as_str().to_owned(),
        qualifier: from.function_arn().split(':').nth(7).map(str::to_owned),
        invoke_mode: from.invoke_mode().map(|mode| mode.as_str().to_owned()),
    }
}

//! One API key: switched on and off, made or taken into a plan, taken out of it, deleted.

use std::sync::Arc;

use aws_sdk_apigateway::operation::get_api_key::GetApiKeyOutput;
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::patch::{Patch, json};
use crate::model::cli::{Cli, CliContext};
use crate::model::error::CloudError;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::model::undo::Undo;
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::stage::arn;
use super::update::operations;

/// `on` or `off`, as differences say it.
pub fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// A key as it is now, without its value.
///
/// # Errors
/// Those of `GetApiKey`.
pub async fn get_key(cloud: &Cloud, id: &str) -> Result<GetApiKeyOutput, CloudError> {
    let client = cloud.apigateway().await?;
    let answer = client.get_api_key().api_key(id).include_value(false);
    let answer = answer.send().await;
    answer.map_err(|error| from_sdk("GetApiKey", id, error))
}

/// Switches a key on or off.
#[derive(Debug, Clone)]
pub struct SwitchKey {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// On from then on.
    pub on: bool,
    /// It takes an earlier change back.
    pub undoing: bool,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl SwitchKey {
    fn patches(&self) -> [Patch; 1] {
        [Patch::replace("/enabled", self.on.to_string())]
    }
}

impl Action<Cloud> for SwitchKey {
    fn plan(&self) -> Plan {
        let undo = if self.undoing {
            "Undo: switch"
        } else {
            "Switch"
        };
        Plan {
            title: format!("{undo} the key {} {}", self.name, word(self.on)),
            target: arn(&self.context, &format!("apikeys/{}", self.id)),
            risk: Risk::Changes,
            differences: vec![Difference {
                field: "enabled".into(),
                before: word(!self.on).into(),
                after: word(self.on).into(),
            }],
            cli: Cli::new("apigateway", "update-api-key")
                .option("api-key", &self.id)
                .option("patch-operations", json(&self.patches()))
                .with(&self.context)
                .lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        match self.on {
            true => Vec::new(),
            false => vec!["Whoever calls with it is refused from then on: 403 Forbidden.".into()],
        }
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Keys]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Switching the key");
            let client = cloud.apigateway().await?;
            let answer = client
                .update_api_key()
                .api_key(&self.id)
                .set_patch_operations(Some(operations(&self.patches())))
                .send()
                .await
                .map_err(|error| from_sdk("UpdateApiKey", &self.name, error))?;
            Ok(Applied {
                request_id: answer.request_id().map(str::to_owned),
                summary: format!("The key {} is {}", self.name, word(self.on)),
                undo: Some(Undo::Key {
                    id: self.id.clone(),
                    name: self.name.clone(),
                    on: !self.on,
                }),
                ..Applied::default()
            })
        })
    }
}

/// Deletes a key.
#[derive(Debug, Clone)]
pub struct DeleteKey {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The names of the plans that it is in.
    pub plans: Vec<String>,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Action<Cloud> for DeleteKey {
    fn plan(&self) -> Plan {
        let gone = |field: &str, before: String| Difference {
            field: field.to_owned(),
            before,
            after: String::new(),
        };
        let mut differences = vec![gone("id", self.id.clone())];
        if !self.plans.is_empty() {
            differences.push(gone("Usage plans", self.plans.join(", ")));
        }
        Plan {
            title: "Delete the key".into(),
            target: self.name.clone(),
            risk: Risk::Destroys,
            differences,
            cli: Cli::new("apigateway", "delete-api-key")
                .option("api-key", &self.id)
                .with(&self.context)
                .lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec![
            "It can't be undone: the value is gone, and so is what it has used.".to_owned(),
            "Whoever calls with it is refused from then on. To try that first, switch it off."
                .to_owned(),
        ]
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Keys]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Deleting the key");
            let client = cloud.apigateway().await?;
            let answer = client.delete_api_key().api_key(&self.id).send().await;
            let answer = answer.map_err(|error| from_sdk("DeleteApiKey", &self.name, error))?;
            Ok(Applied {
                request_id: answer.request_id().map(str::to_owned),
                summary: format!("The key {} is deleted", self.name),
                ..Applied::default()
            })
        })
    }
}

/// Takes a key into a plan: one that is there, or a new one.
#[derive(Debug, Clone)]
pub struct AddKey {
    /// The plan's id and name.
    pub plan: (String, String),
    /// The key's id; none makes a new one.
    pub id: Option<String>,
    /// The key's name.
    pub name: String,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Action<Cloud> for AddKey {
    fn plan(&self) -> Plan {
        let made = |field: &str, after: String| Difference {
            field: field.to_owned(),
            before: String::new(),
            after,
        };
        let key = match &self.id {
            Some(id) => made("API key", format!("{} ({id})", self.name)),
            None => made(
                "API key",
                format!("{}, with a value that API Gateway makes", self.name),
            ),
        };
        let make = Cli::new("apigateway", "create-api-key")
            .option("name", &self.name)
            .flag("enabled", true)
            .with(&self.context);
        let add = Cli::new("apigateway", "create-usage-plan-key")
            .option("usage-plan-id", &self.plan.0)
            .option("key-id", self.id.as_deref().unwrap_or("ID of the key"))
            .option("key-type", "API_KEY")
            .with(&self.context);
        let commands = match self.id {
            Some(_) => vec![add.lines()],
            None => vec![make.lines(), add.lines()],
        };
        Plan {
            title: format!("Add {} to {}", self.name, self.plan.1),
            target: self.plan.1.clone(),
            risk: Risk::Safe,
            differences: vec![key, made("Usage plan", self.plan.1.clone())],
            cli: commands.join("\n"),
        }
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Keys]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            let client = cloud.apigateway().await?;
            let mut made = Vec::new();
            let id = match &self.id {
                Some(id) => id.clone(),
                None => {
                    progress.say("Making the key");
                    let call = client.create_api_key().name(&self.name).enabled(true);
                    let key = call.send().await;
                    let key = key.map_err(|error| from_sdk("CreateApiKey", &self.name, error))?;
                    made.push(format!("the key {}", self.name));
                    key.id().unwrap_or_default().to_owned()
                }
            };
            progress.say("Adding it to the plan");
            let call = client.create_usage_plan_key().usage_plan_id(&self.plan.0);
            let answer = call.key_id(id).key_type("API_KEY").send().await;
            let answer = answer
                .map_err(|error| from_sdk("CreateUsagePlanKey", &self.name, error))
                .map_err(|error| super::kept(error, &made))?;
            Ok(Applied {
                request_id: answer.request_id().map(str::to_owned),
                summary: format!("The key {} is in {}", self.name, self.plan.1),
                ..Applied::default()
            })
        })
    }
}

/// Takes a key out of a plan.
#[derive(Debug, Clone)]
pub struct RemoveKey {
    /// The plan's id and name.
    pub plan: (String, String),
    /// The key's id and name.
    pub key: (String, String),
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Action<Cloud> for RemoveKey {
    fn plan(&self) -> Plan {
        Plan {
            title: format!("Take {} out of {}", self.key.1, self.plan.1),
            target: self.plan.1.clone(),
            risk: Risk::Changes,
            differences: vec![Difference {
                field: "API key".into(),
                before: self.key.1.clone(),
                after: String::new(),
            }],
            cli: Cli::new("apigateway", "delete-usage-plan-key")
                .option("usage-plan-id", &self.plan.0)
                .option("key-id", &self.key.0)
                .with(&self.context)
                .lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec![format!(
            "The key stays, but no longer opens what {} opens: 403 Forbidden, unless another plan lets it in.",
            self.plan.1
        )]
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Keys]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Taking it out of the plan");
            let client = cloud.apigateway().await?;
            let call = client.delete_usage_plan_key().usage_plan_id(&self.plan.0);
            let answer = call.key_id(&self.key.0).send().await;
            let answer =
                answer.map_err(|error| from_sdk("DeleteUsagePlanKey", &self.key.1, error))?;
            Ok(Applied {
                request_id: answer.request_id().map(str::to_owned),
                summary: format!("The key {} is no longer in {}", self.key.1, self.plan.1),
                ..Applied::default()
            })
        })
    }
}

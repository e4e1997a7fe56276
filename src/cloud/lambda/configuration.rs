//! Changing a function's configuration, guarded by its revision, and taking such a change back.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html>.

use std::sync::Arc;

use aws_sdk_lambda::types::{Environment, EphemeralStorage, Runtime};
use aws_types::request_id::RequestId;
use serde_json::{Map, Value};

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::cli::{self, CliContext};
use crate::model::draft::{
    Configuration, ConfigurationDraft, ConfigurationUpdate, Draft, Field, Values,
};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::function::{Function, LastUpdateStatus};
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::model::undo::Undo;
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::settle::wait_until_settled;

const OPERATION: &str = "UpdateFunctionConfiguration";

/// Applies a draft. The answer's output is the [`Function`] as it is afterwards, with its new revision.
pub struct UpdateConfiguration {
    arn: String,
    update: ConfigurationUpdate,
    differences: Vec<Difference>,
    undo: Option<Undo>,
    context: CliContext,
}

impl UpdateConfiguration {
    /// The write of what differs in `draft`.
    ///
    /// # Errors
    /// The draft cannot be applied; see [`Draft::can_apply`].
    pub fn of(draft: &ConfigurationDraft, arn: &str, context: CliContext) -> Result<Self, String> {
        let update = draft.update()?;
        Ok(Self {
            arn: arn.to_owned(),
            undo: undo_of(draft),
            differences: draft.differences(false),
            update,
            context,
        })
    }
}

/// What takes the draft's general fields back. A change of variables cannot be taken back from the journal, which never
/// holds their values; then there is no undo at all, because half of one misleads.
fn undo_of(draft: &ConfigurationDraft) -> Option<Undo> {
    let changed = draft.changed();
    if changed
        .iter()
        .any(|field| matches!(field, Field::Environment(_)))
    {
        return None;
    }
    let base = draft.base();
    let number = |text: &str| text.parse::<u32>().map_or(Value::Null, Value::from);
    let before: Map<String, Value> = changed
        .iter()
        .filter_map(|field| {
            let value = match field {
                Field::Description => base.description.clone().into(),
                Field::Memory => number(&base.memory),
                Field::Timeout => number(&base.timeout),
                Field::EphemeralStorage => number(&base.ephemeral_storage),
                Field::Handler => base.handler.clone().into(),
                Field::Runtime => base.runtime.clone().into(),
                Field::Role => base.role.clone().into(),
                Field::Architecture | Field::Environment(_) => return None,
            };
            let name = Configuration::describe(field).name.into_owned();
            Some((name, value))
        })
        .collect();
    (!before.is_empty()).then(|| Undo::Configuration {
        function: draft.function_name().to_owned(),
        before,
    })
}

impl Action<Cloud> for UpdateConfiguration {
    fn plan(&self) -> Plan {
        Plan {
            title: "Update configuration".into(),
            target: self.arn.clone(),
            risk: Risk::Changes,
            differences: self.differences.clone(),
            cli: cli::update_function_configuration(&self.update, false)
                .with(&self.context)
                .lines(),
        }
    }

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![
            Topic::Functions,
            Topic::Function(self.update.function_name.clone()),
        ]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            let (request_id, function) = send(&cloud, &self.update, &progress).await?;
            Ok(Applied {
                failed: false,
                request_id,
                summary: format!("{} has the new configuration", function.name),
                output: Some(Arc::new(function)),
                undo: self.undo.clone(),
            })
        })
    }
}

/// Sends the update and waits until it has settled.
async fn send(
    cloud: &Cloud,
    update: &ConfigurationUpdate,
    progress: &Progress,
) -> Result<(Option<String>, Function), CloudError> {
    let name = &update.function_name;
    let client = cloud.lambda().await?;
    let environment = update.environment.as_ref().map(|rows| {
        let variables = rows
            .iter()
            .map(|(name, value)| (name.clone(), value.reveal().to_owned()))
            .collect();
        Environment::builder()
            .set_variables(Some(variables))
            .build()
    });
    let storage = update.ephemeral_mb.and_then(|size| {
        let size = i32::try_from(size).ok()?;
        // It fails where the size is missing, and it is not.
        EphemeralStorage::builder().size(size).build().ok()
    });
    let whole = |value: Option<u32>| value.and_then(|value| i32::try_from(value).ok());
    progress.say("Sending the change");
    let answer = client
        .update_function_configuration()
        .function_name(name)
        .set_description(update.description.clone())
        .set_memory_size(whole(update.memory_mb))
        .set_timeout(whole(update.timeout_s))
        .set_ephemeral_storage(storage)
        .set_handler(update.handler.clone())
        .set_runtime(update.runtime.as_deref().map(Runtime::from))
        .set_role(update.role.clone())
        .set_environment(environment)
        .set_revision_id(update.revision_id.clone())
        .send()
        .await
        .map_err(|error| from_sdk(OPERATION, name, error))?;
    let request_id = answer.request_id().map(str::to_owned);
    progress.say("Waiting until the update has settled");
    let function = wait_until_settled(cloud, name).await?;
    if function.last_update_status == LastUpdateStatus::Failed {
        let reason = function
            .last_update_status_reason
            .unwrap_or_else(|| "Lambda gave no reason".into());
        let mut error = CloudError::local(OPERATION, ErrorKind::Invalid, reason);
        error.target.clone_from(name);
        error.request_id = request_id;
        return Err(error);
    }
    Ok((request_id, function))
}

/// Sets general fields back to what the journal says was there before.
pub struct Restore {
    function: String,
    arn: String,
    before: Map<String, Value>,
    made: Vec<Difference>,
    context: CliContext,
}

impl Restore {
    /// Of the function with this name and ARN; `before` as in [`Undo::Configuration`], `made` the differences that are
    /// taken back.
    pub fn new(
        function: &str,
        arn: &str,
        before: &Map<String, Value>,
        made: &[Difference],
        context: CliContext,
    ) -> Self {
        Self {
            function: function.to_owned(),
            arn: arn.to_owned(),
            before: before.clone(),
            made: made.to_vec(),
            context,
        }
    }

    /// Somebody may have changed it again meanwhile: what they set is not taken back with ours.
    fn still_as_made(&self, draft: &ConfigurationDraft) -> Result<(), CloudError> {
        let changed = draft.differences(false).into_iter().find_map(|now| {
            let made = self.made.iter().find(|made| made.field == now.field)?;
            (made.after != now.before).then(|| (now, made.after.clone()))
        });
        let Some((now, made)) = changed else {
            return Ok(());
        };
        let message = format!(
            "{} is {} by now, not the {made} that this would take back",
            now.field, now.before
        );
        let mut error = CloudError::local(OPERATION, ErrorKind::Conflict, message);
        error.target.clone_from(&self.function);
        Err(error)
    }

    fn update(&self) -> ConfigurationUpdate {
        let text = |name: &str| self.before.get(name)?.as_str().map(str::to_owned);
        let number = |name: &str| u32::try_from(self.before.get(name)?.as_u64()?).ok();
        ConfigurationUpdate {
            function_name: self.function.clone(),
            description: text("Description"),
            memory_mb: number("MemorySize"),
            timeout_s: number("Timeout"),
            ephemeral_mb: number("EphemeralStorage"),
            handler: text("Handler"),
            runtime: text("Runtime"),
            role: text("Role"),
            environment: None,
            revision_id: None,
        }
    }
}

impl Action<Cloud> for Restore {
    fn plan(&self) -> Plan {
        Plan {
            title: "Undo: update configuration".into(),
            target: self.arn.clone(),
            risk: Risk::Changes,
            differences: self
                .made
                .iter()
                .filter(|made| self.before.contains_key(&made.field))
                .map(|made| Difference {
                    field: made.field.clone(),
                    before: made.after.clone(),
                    after: made.before.clone(),
                })
                .collect(),
            cli: cli::update_function_configuration(&self.update(), false)
                .with(&self.context)
                .lines(),
        }
    }

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Functions, Topic::Function(self.function.clone())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Reading what is there now");
            let now = super::function::get_function(&cloud, &self.function, None).await?;
            let mut draft = Draft::new(&now.function);
            for (name, value) in &self.before {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                match name.as_str() {
                    "Description" => draft.mine.description = text,
                    "MemorySize" => draft.mine.memory = text,
                    "Timeout" => draft.mine.timeout = text,
                    "EphemeralStorage" => draft.mine.ephemeral_storage = text,
                    "Handler" => draft.mine.handler = text,
                    "Runtime" => draft.mine.runtime = text,
                    "Role" => draft.mine.role = text,
                    _ => {}
                }
            }
            self.still_as_made(&draft)?;
            // Naming the revision that was read makes a change between the two calls a conflict, not a loss.
            let update = ConfigurationUpdate {
                revision_id: draft.revision_id().map(str::to_owned),
                ..self.update()
            };
            let (request_id, function) = send(&cloud, &update, &progress).await?;
            Ok(Applied {
                failed: false,
                request_id,
                summary: format!("{} has its earlier configuration again", function.name),
                output: Some(Arc::new(function)),
                undo: undo_of(&draft),
            })
        })
    }
}

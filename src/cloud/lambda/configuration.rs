//! Changing a function's configuration, guarded by its revision. Taking such a change back is another change of it.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html>.

use std::sync::Arc;

use aws_sdk_lambda::types::{Environment, EphemeralStorage, Runtime};
use aws_types::request_id::RequestId;
use serde_json::{Map, Value};

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::cli::{self, CliContext};
use crate::model::draft::{Configuration, ConfigurationDraft, ConfigurationUpdate, Field, Values};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::function::{Function, LastUpdateStatus};
use crate::model::plan::{Plan, Risk};
use crate::model::secret::Secret;
use crate::model::topic::Topic;
use crate::model::undo::{Undo, VariableBefore};
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::settle::wait_until_settled;

const OPERATION: &str = "UpdateFunctionConfiguration";

/// Applies a draft. The answer's output is the [`Function`] as it is afterwards, with its new revision.
pub struct UpdateConfiguration {
    arn: String,
    draft: ConfigurationDraft,
    update: ConfigurationUpdate,
    undoing: bool,
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
            draft: draft.clone(),
            undoing: false,
            update,
            context,
        })
    }

    /// The same, which takes an earlier change back.
    ///
    /// # Errors
    /// Those of [`UpdateConfiguration::of`].
    pub fn undo(
        draft: &ConfigurationDraft,
        arn: &str,
        context: CliContext,
    ) -> Result<Self, String> {
        let undoing = true;
        Self::of(draft, arn, context).map(|action| Self { undoing, ..action })
    }

    fn plan_of(&self, reveal: bool) -> Plan {
        Plan {
            title: match self.undoing {
                true => "Undo: update configuration".into(),
                false => "Update configuration".into(),
            },
            target: self.arn.clone(),
            risk: Risk::Changes,
            differences: self.draft.differences(reveal),
            cli: cli::update_configuration(&self.update, self.draft.base(), &self.context, reveal),
        }
    }
}

/// What takes the draft's changes back. The values of variables are kept in memory alone: the journal never holds them.
fn undo_of(draft: &ConfigurationDraft) -> Option<Undo> {
    let changed = draft.changed();
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
    let variables: Vec<VariableBefore> = changed
        .iter()
        .filter_map(|field| {
            let Field::Environment(name) = field else {
                return None;
            };
            let value = base.get(field).map(Secret::new);
            Some(VariableBefore {
                name: name.clone(),
                was: value.is_some(),
                value,
            })
        })
        .collect();
    (!before.is_empty() || !variables.is_empty()).then(|| Undo::Configuration {
        function: draft.function_name().to_owned(),
        before,
        variables,
    })
}

/// What should be known before it is applied.
fn notes_of(draft: &ConfigurationDraft) -> Vec<String> {
    let base = draft.base();
    let names: Vec<String> = draft
        .changed()
        .into_iter()
        .filter(|field| base.get(field).is_some())
        .filter_map(|field| match field {
            Field::Environment(name) => Some(name),
            _ => None,
        })
        .collect();
    match names.as_slice() {
        [] => Vec::new(),
        [name] => vec![format!(
            "Once this window is closed, Undo asks for the earlier value of {name}: values of variables are never written down."
        )],
        names => vec![format!(
            "Once this window is closed, Undo asks for the earlier values of {}: values of variables are never written down.",
            names.join(", ")
        )],
    }
}

impl Action<Cloud> for UpdateConfiguration {
    fn plan(&self) -> Plan {
        self.plan_of(false)
    }

    fn revealed(&self) -> Option<Plan> {
        let secret = |field: &Field| matches!(field, Field::Environment(_));
        let any = self.draft.changed().iter().any(secret);
        any.then(|| self.plan_of(true))
    }

    fn notes(&self) -> Vec<String> {
        notes_of(&self.draft)
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
                summary: match self.undoing {
                    true => format!("{} has its earlier configuration again", function.name),
                    false => format!("{} has the new configuration", function.name),
                },
                output: Some(Arc::new(function)),
                undo: undo_of(&self.draft),
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

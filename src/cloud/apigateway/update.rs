//! Changing a method and its integration from a draft. API Gateway has no revision: the method is read again right before, and
//! what somebody else has changed meanwhile refuses it all.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateMethod.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateIntegration.html>.

use std::sync::Arc;

use aws_sdk_apigateway::types::{Op, PatchOperation};
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::Method;
use crate::model::api::patch::{Patch, json};
use crate::model::cli::CliContext;
use crate::model::draft::method::{Changes, MethodField, MethodForm, ToIntegration};
use crate::model::draft::{Draft, Values};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::model::undo::Undo;
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::place::MethodPlace;
use super::{put, respond};

/// Applies a draft. The answer's output is the [`Method`] as it is afterwards.
pub struct UpdateMethod {
    place: MethodPlace,
    draft: Draft<MethodForm>,
    /// What the form does not hold of it.
    there: Method,
    changes: Changes,
    undoing: bool,
    context: CliContext,
}

impl UpdateMethod {
    /// The write of what differs in `draft`; `there` is the method that it began from.
    ///
    /// # Errors
    /// The draft can't be applied; see [`Draft::can_apply`].
    pub fn of(
        place: MethodPlace,
        draft: &Draft<MethodForm>,
        there: Method,
        context: CliContext,
    ) -> Result<Self, String> {
        Ok(Self {
            place,
            changes: draft.changes()?,
            draft: draft.clone(),
            there,
            undoing: false,
            context,
        })
    }

    /// The same, which takes an earlier change back.
    ///
    /// # Errors
    /// Those of [`UpdateMethod::of`].
    pub fn undo(
        place: MethodPlace,
        draft: &Draft<MethodForm>,
        there: Method,
        context: CliContext,
    ) -> Result<Self, String> {
        let undoing = true;
        Self::of(place, draft, there, context).map(|action| Self { undoing, ..action })
    }

    fn commands(&self) -> Vec<String> {
        let patched = |operation: &str, patches: &[Patch]| {
            let command = self.place.cli(operation);
            let command = command.option("patch-operations", json(patches));
            command.with(&self.context).lines()
        };
        let mut commands = Vec::new();
        if !self.changes.method.is_empty() {
            commands.push(patched("update-method", &self.changes.method));
        }
        match &self.changes.integration {
            ToIntegration::Nothing => {}
            ToIntegration::Patches(patches) => {
                commands.push(patched("update-integration", patches));
            }
            ToIntegration::Put => {
                let form = &self.draft.mine;
                commands.push(put::command(&self.place, form, &self.there, &self.context));
            }
        }
        commands.extend(respond::commands(
            &self.place,
            &self.changes.responses,
            &self.context,
        ));
        if !self.changes.after.is_empty() {
            commands.push(patched("update-method", &self.changes.after));
        }
        commands
    }

    /// Somebody may have changed it since the draft began: what they set is not overwritten unseen.
    fn still_as_begun(&self, now: &Method) -> Result<(), CloudError> {
        let (base, now) = (self.draft.base(), MethodForm::of(now));
        let fields = MethodForm::fields(&[base, &now]).into_iter();
        let other: Vec<String> = fields
            .filter(|field| base.get(field) != now.get(field))
            .map(|field| MethodForm::describe(&field).label.into_owned())
            .collect();
        if other.is_empty() {
            return Ok(());
        }
        let message = format!(
            "Somebody else has changed {} of {} meanwhile. Nothing was applied: look at it again.",
            other.join(", "),
            self.place.words()
        );
        Err(CloudError {
            target: self.place.words(),
            ..CloudError::local("UpdateMethod", ErrorKind::Conflict, message)
        })
    }

    async fn patch_method(
        &self,
        cloud: &Cloud,
        patches: &[Patch],
    ) -> Result<Option<String>, CloudError> {
        let answer = cloud
            .apigateway()
            .await?
            .update_method()
            .rest_api_id(&self.place.api)
            .resource_id(&self.place.resource)
            .http_method(&self.place.verb)
            .set_patch_operations(Some(operations(patches)))
            .send()
            .await
            .map_err(|error| from_sdk("UpdateMethod", &self.place.words(), error))?;
        Ok(answer.request_id().map(str::to_owned))
    }

    async fn patch_integration(
        &self,
        cloud: &Cloud,
        patches: &[Patch],
    ) -> Result<Option<String>, CloudError> {
        let answer = cloud
            .apigateway()
            .await?
            .update_integration()
            .rest_api_id(&self.place.api)
            .resource_id(&self.place.resource)
            .http_method(&self.place.verb)
            .set_patch_operations(Some(operations(patches)))
            .send()
            .await
            .map_err(|error| from_sdk("UpdateIntegration", &self.place.words(), error))?;
        Ok(answer.request_id().map(str::to_owned))
    }

    async fn make(
        &self,
        cloud: &Cloud,
        progress: &Progress,
        made: &mut Vec<String>,
    ) -> Result<Option<String>, CloudError> {
        let mut request_id = None;
        if !self.changes.method.is_empty() {
            progress.say("Changing the method");
            request_id = self.patch_method(cloud, &self.changes.method).await?;
            made.push("the method request".to_owned());
        }
        match &self.changes.integration {
            ToIntegration::Nothing => {}
            ToIntegration::Patches(patches) => {
                progress.say("Changing the integration");
                request_id = self.patch_integration(cloud, patches).await?;
                made.push("the integration request".to_owned());
            }
            ToIntegration::Put => {
                progress.say("Putting the integration");
                let form = &self.draft.mine;
                request_id = put::put(cloud, &self.place, form, &self.there).await?;
                made.push("the integration".to_owned());
            }
        }
        for step in &self.changes.responses {
            progress.say("Changing what is answered");
            respond::apply(cloud, &self.place, step).await?;
            made.push(respond::words(step));
        }
        if !self.changes.after.is_empty() {
            request_id = self.patch_method(cloud, &self.changes.after).await?;
        }
        Ok(request_id)
    }

    /// What takes it back. An integration where there was none can't be patched away.
    fn inverse(&self) -> Option<Undo> {
        let base = self.draft.base();
        let had = !base.kind.is_empty() || self.draft.mine.kind.is_empty();
        let before = |field: MethodField| (field.clone(), base.get(&field));
        had.then(|| Undo::Method {
            api: self.place.api.clone(),
            name: self.place.name.clone(),
            resource: self.place.resource.clone(),
            path: self.place.path.clone(),
            verb: self.place.verb.clone(),
            region: self.place.region.clone(),
            partition: self.place.partition.clone(),
            before: self.draft.changed().into_iter().map(before).collect(),
        })
    }
}

/// As the SDK takes them.
pub(super) fn operations(patches: &[Patch]) -> Vec<PatchOperation> {
    let of = |patch: &Patch| {
        PatchOperation::builder()
            .op(Op::from(patch.op))
            .path(&patch.path)
            .set_value(patch.value.clone())
            .build()
    };
    patches.iter().map(of).collect()
}

impl Action<Cloud> for UpdateMethod {
    fn plan(&self) -> Plan {
        let differences: Vec<Difference> = self.draft.differences(false);
        let title = match self.undoing {
            true => format!("Undo: change {}", self.place.words()),
            false => format!("Change {}", self.place.words()),
        };
        Plan {
            title,
            target: self.place.arn(),
            risk: Risk::Changes,
            differences,
            cli: self.commands().join("\n"),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "It is in the API from then on; stages answer as before until they are deployed."
                .to_owned(),
        ];
        let open = |form: &MethodForm| form.authorization == "NONE" && !form.key;
        if open(&self.draft.mine) && !open(self.draft.base()) {
            notes.push("Once deployed, anybody who knows the address can call it.".to_owned());
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
            progress.say("Reading it again");
            self.still_as_begun(&self.place.read(&cloud).await?)?;
            let mut made = Vec::new();
            let request_id = self.make(&cloud, &progress, &mut made).await;
            let request_id = request_id.map_err(|mut error| {
                if !made.is_empty() {
                    let told = format!("{} Changed and kept: {}.", error.message, made.join(", "));
                    error.message = told;
                }
                error
            })?;
            let now = self.place.read(&cloud).await?;
            Ok(Applied {
                failed: false,
                request_id,
                summary: format!(
                    "{} is changed in the API, and not deployed yet",
                    self.place.words()
                ),
                output: Some(Arc::new(now)),
                undo: self.inverse(),
            })
        })
    }
}

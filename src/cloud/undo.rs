//! Takes a change back: looks at what is there now, and makes the action of what a person chose.

use std::path::PathBuf;
use std::sync::Arc;

use super::Cloud;
use super::apigateway::change_plan::{ChangePlan, changed_meanwhile, get_plan};
use super::apigateway::documentation::{SetPart, part_at};
use super::apigateway::key_change::{SwitchKey, get_key, word};
use super::apigateway::place::MethodPlace;
use super::apigateway::policy::{UpdatePolicy, policy_now};
use super::apigateway::stage::{ChangeStage, Where, get_stage};
use super::apigateway::update::UpdateMethod;
use super::lambda::again::{Before, DeployAgain};
use super::lambda::alias::{MoveAlias, get_alias};
use super::lambda::code::ChangeArchitecture;
use super::lambda::configuration::UpdateConfiguration;
use super::lambda::function::get_function;
use super::lambda::related::versions_of;
use super::lambda::tags::ChangeTags;
use crate::model::api::Method;
use crate::model::api::access::compact;
use crate::model::api::stage::{self, Stage};
use crate::model::cli::CliContext;
use crate::model::draft::method::{MethodField, MethodForm};
use crate::model::draft::{Draft, Values};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::function::{Alias, Architecture, Function};
use crate::model::plan::Difference;
use crate::model::secret::Secret;
use crate::model::undo::{self, Row, Undo};
use crate::store::Action;

/// What is there now of what is to be taken back.
#[derive(Debug, Clone)]
pub enum Now {
    /// A function's configuration, and what of the change can be taken back from it.
    Configuration(Arc<Function>, Vec<Row>),
    /// A function's code, and where the package before comes from.
    Code(Arc<Function>, Before, u64),
    /// A function, for its architecture.
    Architecture(Arc<Function>),
    /// An alias.
    Alias(Alias),
    /// A stage of an API.
    Stage(Stage),
    /// An API's resource policy, on one line.
    Policy(String),
    /// A usage plan or a key that is as the change made it.
    AsMade,
    /// Nothing needs to be looked at.
    Tags,
    /// A method of a REST API, and the fields of it that are as the change made them.
    Method(Box<Method>, Vec<(MethodField, Option<String>)>),
}

/// Looks at what is there now. `made` are the differences that the change made.
///
/// # Errors
/// Those of the reads; a conflict where what was made is not there any more as a whole; not found where the package before is
/// nowhere.
pub async fn look(cloud: &Cloud, undo: &Undo, made: &[Difference]) -> Result<Now, CloudError> {
    match undo {
        Undo::Tags { .. } => Ok(Now::Tags),
        Undo::Configuration {
            function,
            before,
            variables,
        } => {
            let now = get_function(cloud, function, None).await?.function;
            let rows = undo::rows(before, variables, made, &Draft::new(&now));
            if rows.is_empty() {
                return Err(nothing_left(function));
            }
            Ok(Now::Configuration(now, rows))
        }
        Undo::Code {
            function,
            sha256,
            kept,
            ..
        } => {
            let now = get_function(cloud, function, None).await?.function;
            as_made(function, "CodeSha256", &now.code_sha256, made)?;
            let (before, size) = package(cloud, function, sha256, kept.as_ref()).await?;
            Ok(Now::Code(now, before, size))
        }
        Undo::Architecture { function, was } => {
            let now = get_function(cloud, function, None).await?.function;
            as_made(function, "Architectures", now.architecture.as_str(), made)?;
            if now.architecture.as_str() == was {
                return Err(nothing_left(function));
            }
            Ok(Now::Architecture(now))
        }
        Undo::Alias {
            function, alias, ..
        } => {
            let now = get_alias(cloud, function, alias).await?;
            as_made(alias, "FunctionVersion", &now.routing(), made)?;
            Ok(Now::Alias(now))
        }
        Undo::Method { before, .. } => {
            let place = method_place(undo).unwrap_or_default();
            let now = place.read(cloud).await?;
            let form = MethodForm::of(&now);
            let draft = Draft::of("", None, form);
            let mut left = Vec::new();
            for (field, value) in before {
                let there = draft.base().get(field);
                if there == *value {
                    continue;
                }
                let descriptor = MethodForm::describe(field);
                let shown = descriptor.shown(there.map(Secret::new).as_ref(), false);
                as_made(&place.words(), &descriptor.name, &shown, made)?;
                left.push((field.clone(), value.clone()));
            }
            match left.is_empty() {
                true => Err(nothing_left(&place.words())),
                false => Ok(Now::Method(Box::new(now), left)),
            }
        }
        Undo::ApiPolicy {
            api,
            name,
            before,
            made,
        } => {
            let now = compact(&policy_now(cloud, api).await?);
            match &now {
                now if now == before => Err(nothing_left(name)),
                now if now == made => Ok(Now::Policy(now.clone())),
                _ => {
                    let words = "The policy was changed again since".to_owned();
                    Err(told(name, ErrorKind::Conflict, words))
                }
            }
        }
        Undo::Stage {
            id,
            api,
            stage,
            moved,
        } => {
            let now = get_stage(cloud, &at(id, api, stage)).await?;
            let other = stage::changed_meanwhile(&stage::back(moved), &now.values);
            if !other.is_empty() {
                let words = format!("It was changed again since: {}", other.join(", "));
                return Err(told(stage, ErrorKind::Conflict, words));
            }
            Ok(Now::Stage(now))
        }
        Undo::Plan { id, name, moved } => {
            let now = get_plan(cloud, id).await?.values();
            let other = changed_meanwhile(&stage::back(moved), &now);
            if !other.is_empty() {
                let words = format!("It was changed again since: {}", other.join(", "));
                return Err(told(name, ErrorKind::Conflict, words));
            }
            Ok(Now::AsMade)
        }
        Undo::Part {
            api,
            location,
            after,
            ..
        } => {
            let now = part_at(cloud, api, location).await?;
            if now.map(|part| part.properties) != *after {
                let words = "It was changed again since".to_owned();
                return Err(told(&location.words(), ErrorKind::Conflict, words));
            }
            Ok(Now::AsMade)
        }
        Undo::Key { id, name, .. } => {
            let now = get_key(cloud, id).await?;
            as_made(name, "enabled", word(now.enabled()), made)?;
            Ok(Now::AsMade)
        }
    }
}

fn at(id: &str, api: &str, stage: &str) -> Where {
    Where {
        id: id.to_owned(),
        api: api.to_owned(),
        stage: stage.to_owned(),
    }
}

/// Where the method is that was changed.
fn method_place(undo: &Undo) -> Option<MethodPlace> {
    let Undo::Method {
        api,
        name,
        resource,
        path,
        verb,
        region,
        partition,
        ..
    } = undo
    else {
        return None;
    };
    Some(MethodPlace {
        api: api.clone(),
        name: name.clone(),
        resource: resource.clone(),
        path: path.clone(),
        verb: verb.clone(),
        region: region.clone(),
        partition: partition.clone(),
    })
}

/// Somebody may have changed it again meanwhile: what they set is not taken back with ours.
fn as_made(name: &str, field: &str, now: &str, made: &[Difference]) -> Result<(), CloudError> {
    let made = made.iter().find(|made| made.field == field);
    let Some(made) = made.filter(|made| made.after != now) else {
        return Ok(());
    };
    let message = if made.before == now {
        format!("{field} is {now} again already")
    } else {
        format!(
            "{field} is {now} by now, not the {} that this would take back",
            made.after
        )
    };
    Err(told(name, ErrorKind::Conflict, message))
}

fn nothing_left(name: &str) -> CloudError {
    let message = "Everything is as it was before already".to_owned();
    told(name, ErrorKind::Conflict, message)
}

fn told(name: &str, kind: ErrorKind, message: String) -> CloudError {
    CloudError {
        target: name.to_owned(),
        ..CloudError::local("", kind, message)
    }
}

/// Where the package before comes from: the copy of this machine, else a version with the same code.
async fn package(
    cloud: &Cloud,
    function: &str,
    sha256: &str,
    kept: Option<&PathBuf>,
) -> Result<(Before, u64), CloudError> {
    if let Some(path) = kept
        && let Ok(file) = tokio::fs::metadata(path).await
    {
        return Ok((Before::Kept(path.clone()), file.len()));
    }
    let versions = versions_of(cloud, function).await?;
    let found = versions
        .iter()
        .rev()
        .find(|version| version.version != "$LATEST" && version.code_sha256 == sha256);
    match found {
        Some(version) => Ok((Before::Version(version.version.clone()), version.code_size)),
        None => {
            let message = "The package that was there is neither kept on this machine nor published as a version";
            Err(told(function, ErrorKind::NotFound, message.to_owned()))
        }
    }
}

/// The action of what was chosen.
///
/// # Errors
/// Nothing is left to be taken back, or what is chosen can't be applied: the words for it.
pub fn action(
    undo: &Undo,
    now: &Now,
    keep: Option<PathBuf>,
    context: CliContext,
) -> Result<Arc<dyn Action<Cloud>>, String> {
    Ok(match (undo, now) {
        (Undo::Configuration { .. }, Now::Configuration(function, rows)) => {
            let mut draft = Draft::new(function);
            undo::put(rows, &mut draft);
            Arc::new(UpdateConfiguration::undo(&draft, &function.arn, context)?)
        }
        (
            Undo::Code {
                sha256,
                architecture,
                ..
            },
            Now::Code(function, from, size),
        ) => Arc::new(DeployAgain {
            function: function.clone(),
            from: from.clone(),
            sha256: sha256.clone(),
            size: *size,
            architecture: architecture.as_deref().and_then(Architecture::parse),
            undoing: true,
            keep,
            context,
        }),
        (Undo::Architecture { was, .. }, Now::Architecture(function)) => {
            Arc::new(ChangeArchitecture {
                function: function.clone(),
                to: Architecture::parse(was).unwrap_or(function.architecture),
                undoing: true,
                context,
            })
        }
        (
            Undo::Alias {
                function,
                version,
                additional,
                ..
            },
            Now::Alias(alias),
        ) => Arc::new(MoveAlias {
            function: function.clone(),
            alias: alias.clone(),
            to: version.clone(),
            additional: additional.clone(),
            undoing: true,
            context,
        }),
        (
            Undo::Tags {
                resource,
                set,
                remove,
            },
            Now::Tags,
        ) => {
            let name = resource.rsplit(':').next().unwrap_or(resource);
            let change = ChangeTags::undo(name, resource, set, remove);
            Arc::new(ChangeTags { context, ..change })
        }
        (Undo::Method { .. }, Now::Method(method, before)) => {
            let place = method_place(undo).unwrap_or_default();
            let mut draft = Draft::of(&place.words(), None, MethodForm::of(method));
            for (field, value) in before {
                draft.mine.set(field, value.clone());
            }
            Arc::new(UpdateMethod::undo(
                place,
                &draft,
                (**method).clone(),
                context,
            )?)
        }
        (
            Undo::ApiPolicy {
                api, name, before, ..
            },
            Now::Policy(now),
        ) => Arc::new(UpdatePolicy {
            api: api.clone(),
            name: name.clone(),
            before: now.clone(),
            after: before.clone(),
            danger: None,
            undoing: true,
            context,
        }),
        (
            Undo::Stage {
                id,
                api,
                stage,
                moved,
            },
            Now::Stage(_),
        ) => Arc::new(ChangeStage {
            of: at(id, api, stage),
            title: "Undo: change the stage".into(),
            moved: stage::back(moved),
            notes: vec!["A stage's settings act at once, without a deployment.".into()],
            summary: format!("The stage {stage} is as it was before"),
            context,
        }),
        (Undo::Plan { id, name, moved }, Now::AsMade) => {
            let moved = stage::back(moved);
            Arc::new(ChangePlan {
                id: id.clone(),
                name: name.clone(),
                title: format!("Undo: change the plan {name}"),
                notes: crate::model::draft::plan::notes(&moved),
                moved,
                context,
            })
        }
        (
            Undo::Part {
                api,
                location,
                before,
                after,
            },
            Now::AsMade,
        ) => Arc::new(SetPart {
            api: api.clone(),
            location: location.clone(),
            before: after.clone(),
            after: before.clone(),
            undoing: true,
            context,
        }),
        (Undo::Key { id, name, on }, Now::AsMade) => Arc::new(SwitchKey {
            id: id.clone(),
            name: name.clone(),
            on: *on,
            undoing: true,
            context,
        }),
        _ => return Err("What is there is not what was changed".into()),
    })
}

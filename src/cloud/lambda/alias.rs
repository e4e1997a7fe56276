//! Where an alias points: what its callers get.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html>.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_lambda::types::AliasRoutingConfiguration;
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::cli::{Cli, CliContext};
use crate::model::error::CloudError;
use crate::model::function::Alias;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::model::undo::Undo;
use crate::store::{Action, Applied, BoxFuture, Progress};

/// Millionths in a whole.
const WHOLE: f64 = 1_000_000.0;

/// Lets an alias point at another version.
pub struct MoveAlias {
    /// The function's name.
    pub function: String,
    /// The alias as the person saw it: its revision guards the write.
    pub alias: Alias,
    /// The version that it is to point at.
    pub to: String,
    /// A second version with its share in millionths; none sends every call to the first.
    pub additional: Option<(String, u32)>,
    /// It takes an earlier move back.
    pub undoing: bool,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl MoveAlias {
    fn after(&self) -> Alias {
        Alias {
            version: self.to.clone(),
            additional: self
                .additional
                .as_ref()
                .map(|(version, share)| (version.clone(), f64::from(*share) / WHOLE)),
            ..self.alias.clone()
        }
    }

    fn cli(&self) -> Cli {
        let weights = match &self.additional {
            Some((version, share)) => format!("{version}={}", f64::from(*share) / WHOLE),
            None => String::new(),
        };
        let changes = self.additional.is_some() || self.alias.additional.is_some();
        Cli::new("lambda", "update-alias")
            .option("function-name", &self.function)
            .option("name", &self.alias.name)
            .option("function-version", &self.to)
            .maybe(
                "routing-config",
                changes.then(|| format!("AdditionalVersionWeights={{{weights}}}")),
            )
            .maybe("revision-id", self.alias.revision_id.clone())
            .with(&self.context)
    }
}

/// How to let `alias` point where it does now.
fn inverse(function: &str, alias: &Alias) -> Undo {
    Undo::Alias {
        function: function.to_owned(),
        alias: alias.name.clone(),
        version: alias.version.clone(),
        additional: alias
            .additional
            .as_ref()
            .map(|(version, share)| (version.clone(), (share * WHOLE).round() as u32)),
    }
}

impl Action<Cloud> for MoveAlias {
    fn plan(&self) -> Plan {
        let title = format!("move the alias {}", self.alias.name);
        Plan {
            title: match self.undoing {
                true => format!("Undo: {title}"),
                false => title.replacen('m', "M", 1),
            },
            target: self.alias.arn.clone(),
            risk: Risk::Changes,
            differences: vec![Difference {
                field: "FunctionVersion".into(),
                before: self.alias.routing(),
                after: self.after().routing(),
            }],
            cli: self.cli().lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec![format!(
            "Whoever calls {}:{} gets version {} from then on.",
            self.function, self.alias.name, self.to
        )]
    }

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Function(self.function.clone())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Moving the alias");
            let client = cloud.lambda().await?;
            let weights: HashMap<String, f64> = self
                .additional
                .iter()
                .map(|(version, share)| (version.clone(), f64::from(*share) / WHOLE))
                .collect();
            // An empty map takes weights away; none at all would leave them.
            let changes = self.additional.is_some() || self.alias.additional.is_some();
            let routing = changes.then(|| {
                AliasRoutingConfiguration::builder()
                    .set_additional_version_weights(Some(weights))
                    .build()
            });
            let answer = client
                .update_alias()
                .function_name(&self.function)
                .name(&self.alias.name)
                .function_version(&self.to)
                .set_routing_config(routing)
                .set_revision_id(self.alias.revision_id.clone())
                .send()
                .await
                .map_err(|error| from_sdk("UpdateAlias", &self.alias.arn, error))?;
            Ok(Applied {
                failed: false,
                request_id: answer.request_id().map(str::to_owned),
                summary: format!(
                    "{} of {} points at version {}",
                    self.alias.name, self.function, self.to
                ),
                output: None,
                undo: Some(inverse(&self.function, &self.alias)),
            })
        })
    }
}

/// An alias as it is now.
///
/// # Errors
/// Those of `GetAlias`.
pub async fn get_alias(cloud: &Cloud, function: &str, name: &str) -> Result<Alias, CloudError> {
    let client = cloud.lambda().await?;
    let answer = client.get_alias().function_name(function).name(name);
    let answer = answer.send().await;
    let answer = answer.map_err(|error| from_sdk("GetAlias", name, error))?;
    let weights = answer
        .routing_config()
        .and_then(|routing| routing.additional_version_weights());
    Ok(Alias {
        name: answer.name().unwrap_or(name).to_owned(),
        arn: answer.alias_arn().unwrap_or_default().to_owned(),
        version: answer.function_version().unwrap_or_default().to_owned(),
        additional: weights
            .into_iter()
            .flatten()
            .next()
            .map(|(version, share)| (version.clone(), *share)),
        description: answer.description().unwrap_or_default().to_owned(),
        revision_id: answer.revision_id().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moving(additional: Option<(&str, f64)>) -> MoveAlias {
        MoveAlias {
            function: "orders".into(),
            alias: Alias {
                name: "live".into(),
                arn: "arn:aws:lambda:eu-west-1:1:function:orders:live".into(),
                version: "2".into(),
                additional: additional.map(|(version, share)| (version.to_owned(), share)),
                revision_id: Some("r".into()),
                ..Alias::default()
            },
            to: "4".into(),
            additional: None,
            undoing: false,
            context: CliContext::default(),
        }
    }

    #[test]
    fn a_move_says_from_where_to_where_and_its_command_takes_weights_away() {
        let plan = moving(Some(("3", 0.1))).plan();
        assert_eq!(plan.title, "Move the alias live");
        assert_eq!(plan.differences[0].before, "2 90 % · 3 10 %");
        assert_eq!(plan.differences[0].after, "4");
        let command = moving(Some(("3", 0.1))).cli().one_line();
        assert_eq!(
            command,
            "aws lambda update-alias --function-name orders --name live --function-version 4 \
             --routing-config 'AdditionalVersionWeights={}' --revision-id r"
        );
        assert!(!moving(None).cli().one_line().contains("routing-config"));
    }

    #[test]
    fn its_undo_brings_the_weights_back() {
        let alias = moving(Some(("3", 0.1))).alias;
        let expected = Undo::Alias {
            function: "orders".into(),
            alias: "live".into(),
            version: "2".into(),
            additional: Some(("3".into(), 100_000)),
        };
        assert_eq!(inverse("orders", &alias), expected);
    }
}

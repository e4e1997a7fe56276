//! Setting and removing tags of a function.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::cli::{Cli, CliContext};
use crate::model::error::CloudError;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::model::undo::Undo;
use crate::store::{Action, Applied, BoxFuture, Progress};

/// Changes a function's tags from what they were to what they shall be: `TagResource` and `UntagResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeTags {
    /// The function's name, for what is asked again afterwards.
    pub name: String,
    /// The function's ARN, without qualifier.
    pub arn: String,
    /// What was there when the person began.
    pub before: BTreeMap<String, String>,
    /// What shall be there.
    pub after: BTreeMap<String, String>,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl ChangeTags {
    /// The change that sets tags back, from what the journal keeps.
    pub fn undo(name: &str, arn: &str, set: &[(String, String)], remove: &[String]) -> Self {
        let before = remove.iter().map(|key| (key.clone(), String::new()));
        Self {
            name: name.to_owned(),
            arn: arn.to_owned(),
            before: before.collect(),
            after: set.iter().cloned().collect(),
            context: CliContext::default(),
        }
    }

    /// Keys that are added or get another value, with it.
    fn set(&self) -> BTreeMap<String, String> {
        let changed = |(key, value): &(&String, &String)| self.before.get(*key) != Some(*value);
        let tags = self.after.iter().filter(changed);
        tags.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Keys that are taken away.
    fn removed(&self) -> Vec<String> {
        let gone = |key: &&String| !self.after.contains_key(*key);
        self.before.keys().filter(gone).cloned().collect()
    }

    fn inverse(&self) -> Undo {
        let set = self.before.iter();
        let changed = |(key, value): &(&String, &String)| self.after.get(*key) != Some(*value);
        let added = |key: &&String| !self.before.contains_key(*key);
        Undo::Tags {
            resource: self.arn.clone(),
            set: set
                .filter(changed)
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            remove: self.after.keys().filter(added).cloned().collect(),
        }
    }

    fn cli(&self) -> String {
        let mut commands = Vec::new();
        let set = self.set();
        if !set.is_empty() {
            let tags = serde_json::to_string(&set).unwrap_or_default();
            let command = Cli::new("lambda", "tag-resource");
            let command = command.option("resource", &self.arn).option("tags", tags);
            commands.push(command.with(&self.context).lines());
        }
        let removed = self.removed();
        if let Some((first, rest)) = removed.split_first() {
            let command = Cli::new("lambda", "untag-resource").option("resource", &self.arn);
            let command = command.option("tag-keys", first);
            let command = rest.iter().fold(command, |command, key| command.word(key));
            commands.push(command.with(&self.context).lines());
        }
        commands.join("\n")
    }
}

impl Action<Cloud> for ChangeTags {
    fn plan(&self) -> Plan {
        let keys = self.set().into_keys().chain(self.removed());
        let value = |tags: &BTreeMap<String, String>, key: &str| tags.get(key).cloned();
        let mut differences: Vec<Difference> = keys
            .map(|key| Difference {
                before: value(&self.before, &key).unwrap_or_default(),
                after: value(&self.after, &key).unwrap_or_default(),
                field: format!("Tags.{key}"),
            })
            .collect();
        differences.sort_by(|a, b| a.field.cmp(&b.field));
        Plan {
            title: format!("Change tags of {}", self.name),
            target: self.arn.clone(),
            risk: Risk::Changes,
            differences,
            cli: self.cli(),
        }
    }

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Function(self.name.clone()), Topic::Functions]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        _progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            let client = cloud.lambda().await?;
            let mut request_id = None;
            let set = self.set();
            if !set.is_empty() {
                let call = client.tag_resource().resource(&self.arn);
                let answer = call.set_tags(Some(set.into_iter().collect())).send().await;
                let answer = answer.map_err(|error| from_sdk("TagResource", &self.arn, error))?;
                request_id = answer.request_id().map(str::to_owned);
            }
            let removed = self.removed();
            if !removed.is_empty() {
                let call = client.untag_resource().resource(&self.arn);
                let answer = call.set_tag_keys(Some(removed)).send().await;
                let answer = answer.map_err(|error| from_sdk("UntagResource", &self.arn, error))?;
                request_id = answer.request_id().map(str::to_owned).or(request_id);
            }
            Ok(Applied {
                failed: false,
                request_id,
                summary: format!("The tags of {} are changed", self.name),
                output: None,
                undo: Some(self.inverse()),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    fn change() -> ChangeTags {
        ChangeTags {
            name: "f".into(),
            arn: "arn:aws:lambda:eu-west-1:1:function:f".into(),
            before: tags(&[("team", "shop"), ("old", "1"), ("same", "x")]),
            after: tags(&[("team", "web"), ("new", "it's"), ("same", "x")]),
            context: CliContext::default(),
        }
    }

    #[test]
    fn a_plan_names_each_tag_that_differs_and_the_commands() {
        let plan = change().plan();
        let rows: Vec<_> = plan
            .differences
            .iter()
            .map(|d| (d.field.as_str(), d.before.as_str(), d.after.as_str()))
            .collect();
        assert_eq!(
            rows,
            [
                ("Tags.new", "", "it's"),
                ("Tags.old", "1", ""),
                ("Tags.team", "shop", "web")
            ]
        );
        assert_eq!(
            plan.cli.replace(" \\\n ", ""),
            "aws lambda tag-resource --resource arn:aws:lambda:eu-west-1:1:function:f --tags \
             '{\"new\":\"it'\\''s\",\"team\":\"web\"}'\n\
             aws lambda untag-resource --resource arn:aws:lambda:eu-west-1:1:function:f --tag-keys old"
        );
    }

    #[test]
    fn undo_sets_back_what_was_there_and_takes_away_what_was_not() {
        let Undo::Tags { set, remove, .. } = change().inverse() else {
            panic!("not of tags");
        };
        assert_eq!(
            set,
            [("old".into(), "1".into()), ("team".into(), "shop".into())]
        );
        assert_eq!(remove, ["new"]);
        let back = ChangeTags::undo("f", "arn", &set, &remove);
        assert_eq!(back.removed(), ["new"]);
        assert_eq!(back.set(), tags(&[("old", "1"), ("team", "shop")]));
    }
}

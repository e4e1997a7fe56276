//! Importing an OpenAPI document: as a new API, into one that is there, or in the place of all that is in one.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html>.

use std::sync::Arc;

use aws_sdk_apigateway::primitives::Blob;
use aws_sdk_apigateway::types::PutMode;
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::document::{Base, Change, Document, Touched};
use crate::model::cli::{Cli, CliContext};
use crate::model::error::CloudError;
use crate::model::format::counted;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

/// Where a document goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// An API that is not there yet.
    New,
    /// An API by its id and its name: what the document says is added or replaced.
    Merge(String, String),
    /// An API by its id and its name: it becomes what the document says.
    Overwrite(String, String),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The API's id.
    pub id: String,
    /// Its name, as the document has it.
    pub name: String,
    /// What the service left out, in its words.
    pub warnings: Vec<String>,
}

/// Imports a document. [`Applied::output`] is an [`Imported`].
#[derive(Debug, Clone)]
pub struct ImportApi {
    /// Where to.
    pub into: Destination,
    /// The document's text.
    pub text: Arc<str>,
    /// Its file, for the command.
    pub file: String,
    /// What it says.
    pub document: Arc<Document>,
    /// What is done with its base path.
    pub base: Base,
    /// A warning of the service undoes everything.
    pub strict: bool,
    /// What happens to which methods.
    pub changes: Vec<Touched>,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl ImportApi {
    fn target(&self) -> &str {
        match &self.into {
            Destination::New => &self.document.title,
            Destination::Merge(_, name) | Destination::Overwrite(_, name) => name,
        }
    }

    fn count(&self, change: Change) -> usize {
        let changes = self.changes.iter();
        changes.filter(|one| one.change == change).count()
    }

    fn cli(&self) -> String {
        let base = Some(self.base).filter(|base| *base != Base::Ignore);
        let base = base.map(|base| format!("basepath={}", base.word()));
        let cli = match &self.into {
            Destination::New => Cli::new("apigateway", "import-rest-api"),
            Destination::Merge(id, _) => Cli::new("apigateway", "put-rest-api")
                .option("rest-api-id", id)
                .option("mode", "merge"),
            Destination::Overwrite(id, _) => Cli::new("apigateway", "put-rest-api")
                .option("rest-api-id", id)
                .option("mode", "overwrite"),
        };
        cli.maybe("parameters", base)
            .flag("fail-on-warnings", self.strict)
            .option("body", format!("fileb://{}", self.file))
            .with(&self.context)
            .lines()
    }

    async fn send(&self, cloud: &Cloud) -> Result<(Imported, Option<String>), CloudError> {
        let client = cloud.apigateway().await?;
        let body = Blob::new(self.text.as_bytes());
        let (id, mode) = match &self.into {
            Destination::New => {
                let call = client.import_rest_api().body(body);
                let call = call.parameters("basepath", self.base.word());
                let answer = call.fail_on_warnings(self.strict).send().await;
                let answer =
                    answer.map_err(|error| from_sdk("ImportRestApi", self.target(), error))?;
                let imported = Imported {
                    id: answer.id().unwrap_or_default().to_owned(),
                    name: answer.name().unwrap_or_default().to_owned(),
                    warnings: answer.warnings().to_vec(),
                };
                return Ok((imported, answer.request_id().map(str::to_owned)));
            }
            Destination::Merge(id, _) => (id, PutMode::Merge),
            Destination::Overwrite(id, _) => (id, PutMode::Overwrite),
        };
        let call = client.put_rest_api().rest_api_id(id).mode(mode).body(body);
        let call = call.parameters("basepath", self.base.word());
        let answer = call.fail_on_warnings(self.strict).send().await;
        let answer = answer.map_err(|error| from_sdk("PutRestApi", self.target(), error))?;
        let imported = Imported {
            id: id.clone(),
            name: answer.name().unwrap_or_default().to_owned(),
            warnings: answer.warnings().to_vec(),
        };
        Ok((imported, answer.request_id().map(str::to_owned)))
    }
}

impl Action<Cloud> for ImportApi {
    fn plan(&self) -> Plan {
        let name = self.target();
        let (title, risk) = match &self.into {
            Destination::New => (format!("Import {name} as a new API"), Risk::Safe),
            Destination::Merge(..) => (format!("Merge into {name}"), Risk::Changes),
            Destination::Overwrite(..) => (format!("Overwrite {name}"), Risk::Destroys),
        };
        let changes = self.changes.iter().map(|one| {
            let target = match one.target.is_empty() {
                true => "nothing answers".to_owned(),
                false => one.target.clone(),
            };
            let (before, after) = match one.change {
                Change::Removed => (target, String::new()),
                Change::Replaced => ("as it is".to_owned(), format!("as in the file: {target}")),
                Change::Added => (String::new(), target),
            };
            Difference {
                field: format!("{} {}", one.verb, one.path),
                before,
                after,
            }
        });
        let before = match &self.into {
            Destination::New => String::new(),
            _ => name.to_owned(),
        };
        let head = Difference {
            field: "name".into(),
            before,
            after: self.document.title.clone(),
        };
        let same = head.before == head.after;
        Plan {
            title,
            target: name.to_owned(),
            risk,
            differences: Some(head)
                .filter(|_| !same)
                .into_iter()
                .chain(changes)
                .collect(),
            cli: self.cli(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.into != Destination::New {
            notes.push("Stages answer as before until the API is deployed.".to_owned());
        }
        match self.document.open() {
            0 => {}
            open => notes.push(format!(
                "{} can be called by anybody: no authorizer, no signature and no key is asked for.",
                counted(open, "method")
            )),
        }
        notes
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        match &self.into {
            Destination::New => vec![Topic::Apis],
            Destination::Merge(id, _) | Destination::Overwrite(id, _) => {
                vec![Topic::Apis, Topic::Api(id.clone())]
            }
        }
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Importing the document");
            let (imported, request_id) = self.send(&cloud).await?;
            let counts = [
                (Change::Added, "added"),
                (Change::Replaced, "replaced"),
                (Change::Removed, "removed"),
            ];
            let counts = counts.into_iter().filter_map(|(change, word)| {
                let count = self.count(change);
                (count > 0).then(|| format!("{} {word}", counted(count, "method")))
            });
            let mut told: Vec<String> = counts.collect();
            if !imported.warnings.is_empty() {
                told.push(counted(imported.warnings.len(), "warning"));
            }
            Ok(Applied {
                failed: false,
                request_id,
                summary: format!("{} is imported: {}", imported.name, told.join(", ")),
                output: Some(Arc::new(imported)),
                undo: None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::api::document;

    #[test]
    fn the_review_names_what_goes_and_comes_and_the_command() {
        let text = "openapi: 3.0.1\ninfo: {title: shop}\npaths: {/a: {get: {x-amazon-apigateway-integration: {type: mock}}}}\n";
        let document = Arc::new(document::read(text).unwrap());
        let mut action = ImportApi {
            into: Destination::New,
            text: text.into(),
            file: "/tmp/shop.yaml".into(),
            changes: document.changes(Base::Split, &[], false),
            document,
            base: Base::Split,
            strict: true,
            context: CliContext::default(),
        };
        let plan = action.plan();
        assert_eq!(
            (plan.title.as_str(), plan.risk),
            ("Import shop as a new API", Risk::Safe)
        );
        let fields: Vec<_> = plan
            .differences
            .iter()
            .map(|one| (one.field.as_str(), one.after.as_str()))
            .collect();
        assert_eq!(fields, [("name", "shop"), ("GET /a", "mock")]);
        for part in [
            "import-rest-api",
            "--parameters basepath=split",
            "--fail-on-warnings",
            "--body fileb:///tmp/shop.yaml",
        ] {
            assert!(plan.cli.contains(part), "{part}: {}", plan.cli);
        }
        assert!(action.notes()[0].starts_with("1 method can be called by anybody"));
        action.into = Destination::Overwrite("abc".into(), "shop".into());
        let plan = action.plan();
        assert_eq!((plan.risk, plan.target_name()), (Risk::Destroys, "shop"));
        assert_eq!(plan.differences.len(), 1);
        assert!(plan.cli.contains("--rest-api-id abc") && plan.cli.contains("--mode overwrite"));
    }
}

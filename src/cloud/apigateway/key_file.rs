//! Importing API keys from a file that was read and checked here. The values go to API Gateway and nowhere else: the review
//! shows names and plans.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_ImportApiKeys.html>.

use std::sync::Arc;

use aws_sdk_apigateway::primitives::Blob;
use aws_sdk_apigateway::types::ApiKeysFormat;
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::key_file::KeyFile;
use crate::model::cli::{Cli, CliContext};
use crate::model::error::CloudError;
use crate::model::format::counted;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

/// So many keys are named in the review.
const NAMED: usize = 20;

/// Imports keys.
#[derive(Debug, Clone)]
pub struct ImportKeys {
    /// The file's name.
    pub name: String,
    /// What was read, and can be sent.
    pub file: Arc<KeyFile>,
    /// Nothing is imported where the service has anything to say.
    pub fail_on_warnings: bool,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many keys.
    pub count: usize,
    /// What the service had to say.
    pub warnings: Vec<String>,
}

impl Action<Cloud> for ImportKeys {
    fn plan(&self) -> Plan {
        let entries = &self.file.entries;
        let made = |field: String, after: String| Difference {
            field,
            before: String::new(),
            after,
        };
        let mut differences: Vec<Difference> = entries
            .iter()
            .take(NAMED)
            .map(|entry| {
                let plans = match entry.plans.is_empty() {
                    true => "for no plan".to_owned(),
                    false => format!("for {}", entry.plans.join(", ")),
                };
                let off = if entry.enabled { "" } else { ", off" };
                made(format!("API key {}", entry.name), format!("{plans}{off}"))
            })
            .collect();
        if let Some(more) = entries.len().checked_sub(NAMED).filter(|more| *more > 0) {
            differences.push(made("And".into(), format!("{} more", counted(more, "key"))));
        }
        let fail = match self.fail_on_warnings {
            true => "fail-on-warnings",
            false => "no-fail-on-warnings",
        };
        Plan {
            title: format!("Import {}", counted(entries.len(), "key")),
            target: self.name.clone(),
            risk: Risk::Safe,
            differences,
            cli: Cli::new("apigateway", "import-api-keys")
                .option("body", format!("fileb://{}", self.name))
                .option("format", "csv")
                .flag(fail, true)
                .with(&self.context)
                .lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec![
            "A key whose value is there already is overwritten by AWS with what the file says."
                .to_owned(),
            "Values are sent to API Gateway and shown nowhere.".to_owned(),
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
            progress.say("Sending the keys");
            let client = cloud.apigateway().await?;
            let answer = client
                .import_api_keys()
                .format(ApiKeysFormat::Csv)
                .fail_on_warnings(self.fail_on_warnings)
                .body(Blob::new(self.file.sent().reveal()))
                .send()
                .await
                .map_err(|error| from_sdk("ImportApiKeys", &self.name, error))?;
            let imported = Imported {
                count: answer.ids().len(),
                warnings: answer.warnings().to_vec(),
            };
            let warned = match imported.warnings.len() {
                0 => String::new(),
                count => format!(", with {}", counted(count, "warning")),
            };
            Ok(Applied {
                request_id: answer.request_id().map(str::to_owned),
                summary: format!("{} imported{warned}", counted(imported.count, "key")),
                output: Some(Arc::new(imported)),
                ..Applied::default()
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::api::key_file;

    #[test]
    fn the_review_names_keys_and_plans_and_no_value() {
        let text = "Name,Key,Enabled\nana,secretsecretsecretsecret,false\n";
        let import = ImportKeys {
            name: "keys.csv".into(),
            file: Arc::new(key_file::read(text, &[], &[])),
            fail_on_warnings: true,
            context: CliContext::default(),
        };
        let plan = import.plan();
        assert_eq!(plan.differences[0].field, "API key ana");
        assert_eq!(plan.differences[0].after, "for no plan, off");
        assert!(plan.cli.contains("--fail-on-warnings"), "{}", plan.cli);
        assert!(!format!("{plan:?}{import:?}").contains("secretsecret"));
    }
}

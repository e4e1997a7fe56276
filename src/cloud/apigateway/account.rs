//! The account's settings of API Gateway in a region: the role that logs are written with, made and set in one plan.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateAccount.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>.

use std::sync::Arc;
use std::time::Duration;

use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::patch::{Patch, json};
use crate::model::cli::{Cli, CliContext};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Pages, Progress, Query};

use super::update::operations;

const POLICY: &str = "service-role/AmazonAPIGatewayPushToCloudWatchLogs";
/// What is said of a role that API Gateway can't take, which one that was made a moment ago is.
const NOT_YET: &str = "does not have required permissions";
/// A new role takes some seconds to reach API Gateway.
const BETWEEN: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Whether API Gateway may write logs in this region.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GetLogging {}

/// What is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logging {
    /// The account names no role.
    NoRole,
    /// It names a role that is not there any more.
    Gone(String),
    /// It names a role that is there.
    Role(String),
    /// It names a role; whether it is there may not be asked.
    Unchecked(String),
}

impl Query<Cloud> for GetLogging {
    type Output = Logging;

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Apis]
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Logging>) -> Result<(), CloudError> {
        let role = role_now(&cloud).await?;
        let known = match role {
            None => Logging::NoRole,
            Some(arn) => {
                let name = arn.rsplit('/').next().unwrap_or_default();
                let client = cloud.iam().await?;
                let answer = client.get_role().role_name(name).send().await;
                match answer.map_err(|error| from_sdk("GetRole", name, error)) {
                    Ok(_) => Logging::Role(arn),
                    Err(error) if error.kind == ErrorKind::NotFound => Logging::Gone(arn),
                    // Somebody without IAM's permissions still wants to know that a role is named.
                    Err(_) => Logging::Unchecked(arn),
                }
            }
        };
        pages.send(known).await;
        Ok(())
    }
}

/// The role that the account names.
async fn role_now(cloud: &Cloud) -> Result<Option<String>, CloudError> {
    let client = cloud.apigateway().await?;
    let answer = client.get_account().send().await;
    let answer = answer.map_err(|error| from_sdk("GetAccount", "", error))?;
    let role = answer.cloudwatch_role_arn().unwrap_or_default();
    Ok(Some(role.to_owned()).filter(|role| !role.is_empty()))
}

/// Makes the role and sets it for the account in this region.
#[derive(Debug, Clone)]
pub struct SetUpLogging {
    /// The role's name.
    pub role: String,
    /// Twelve digits.
    pub account: String,
    /// As `aws`.
    pub partition: String,
    /// As `eu-west-1`.
    pub region: String,
    /// The role that the account names now.
    pub before: Option<String>,
    /// The other APIs of the region, by name.
    pub others: Vec<String>,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl SetUpLogging {
    fn role_arn(&self) -> String {
        let Self {
            partition,
            account,
            role,
            ..
        } = self;
        format!("arn:{partition}:iam::{account}:role/{role}")
    }

    fn policy_arn(&self) -> String {
        format!("arn:{}:iam::aws:policy/{POLICY}", self.partition)
    }

    /// Who may assume the role: API Gateway, and nobody else.
    fn trust() -> String {
        serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "apigateway.amazonaws.com" },
                "Action": "sts:AssumeRole",
            }],
        })
        .to_string()
    }

    fn patches(&self) -> Vec<Patch> {
        vec![Patch::replace("/cloudwatchRoleArn", self.role_arn())]
    }

    /// Makes the role; one of this name that API Gateway may assume is taken as it is.
    async fn make_role(&self, cloud: &Cloud, made: &mut Vec<String>) -> Result<(), CloudError> {
        let client = cloud.iam().await?;
        let answer = client
            .create_role()
            .role_name(&self.role)
            .assume_role_policy_document(Self::trust())
            .description("Lets API Gateway write its logs")
            .send()
            .await
            .map_err(|error| from_sdk("CreateRole", &self.role, error));
        match answer {
            Ok(_) => made.push(format!("the role {}", self.role)),
            Err(error) if error.code.starts_with("EntityAlreadyExists") => {
                let there = client.get_role().role_name(&self.role).send().await;
                let there = there.map_err(|error| from_sdk("GetRole", &self.role, error))?;
                let trust = there
                    .role()
                    .and_then(|role| role.assume_role_policy_document());
                if !trust
                    .unwrap_or_default()
                    .contains("apigateway.amazonaws.com")
                {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
        client
            .attach_role_policy()
            .role_name(&self.role)
            .policy_arn(self.policy_arn())
            .send()
            .await
            .map_err(|error| from_sdk("AttachRolePolicy", &self.role, error))?;
        Ok(())
    }

    /// Sets it, and tries again while API Gateway has not yet heard of the role that was just made.
    async fn set(&self, cloud: &Cloud, progress: &Progress) -> Result<Option<String>, CloudError> {
        let client = cloud.apigateway().await?;
        let mut waited = Duration::ZERO;
        loop {
            let call = client.update_account();
            let call = call.set_patch_operations(Some(operations(&self.patches())));
            let error = match call.send().await {
                Ok(answer) => return Ok(answer.request_id().map(str::to_owned)),
                Err(error) => from_sdk("UpdateAccount", &self.account, error),
            };
            if !error.message.contains(NOT_YET) || waited >= LONGEST_WAIT {
                return Err(error);
            }
            progress.say("Waiting until API Gateway knows the new role");
            tokio::time::sleep(BETWEEN).await;
            waited += BETWEEN;
        }
    }

    async fn make(
        &self,
        cloud: &Cloud,
        progress: &Progress,
        made: &mut Vec<String>,
    ) -> Result<Option<String>, CloudError> {
        progress.say("Looking whether it is as it was");
        let now = role_now(cloud).await?;
        if now != self.before {
            let words = "Somebody else has set another role meanwhile. Nothing was applied: look at it again.";
            return Err(CloudError::local(
                "UpdateAccount",
                ErrorKind::Conflict,
                words,
            ));
        }
        progress.say("Making the role");
        self.make_role(cloud, made).await?;
        progress.say("Setting it for the account");
        self.set(cloud, progress).await
    }
}

impl Action<Cloud> for SetUpLogging {
    fn plan(&self) -> Plan {
        let made = |field: &str, before: String, after: String| Difference {
            field: field.to_owned(),
            before,
            after,
        };
        let Self {
            partition,
            region,
            account,
            ..
        } = self;
        let commands = [
            Cli::new("iam", "create-role")
                .option("role-name", &self.role)
                .option("assume-role-policy-document", Self::trust())
                .with(&self.context)
                .lines(),
            Cli::new("iam", "attach-role-policy")
                .option("role-name", &self.role)
                .option("policy-arn", self.policy_arn())
                .with(&self.context)
                .lines(),
            Cli::new("apigateway", "update-account")
                .option("patch-operations", json(&self.patches()))
                .with(&self.context)
                .lines(),
        ];
        Plan {
            title: "Let API Gateway write logs".to_owned(),
            target: format!("arn:{partition}:apigateway:{region}:{account}:/account"),
            risk: Risk::Changes,
            differences: vec![
                made(
                    "IAM role",
                    String::new(),
                    format!(
                        "{}: API Gateway may assume it; it may write logs and nothing else",
                        self.role
                    ),
                ),
                made(
                    "cloudwatchRoleArn",
                    self.before.clone().unwrap_or_default(),
                    self.role_arn(),
                ),
            ],
            cli: commands.join("\n"),
        }
    }

    fn notes(&self) -> Vec<String> {
        const MOST: usize = 8;
        let named: Vec<&str> = self.others.iter().take(MOST).map(String::as_str).collect();
        let more = self.others.len().saturating_sub(MOST);
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let touches = match self.others.is_empty() {
            true => format!(
                "It holds for every API of {}; this is the only one.",
                self.region
            ),
            false => format!(
                "It holds for every API of {}: those that have logging switched on begin to write too: {}{more}.",
                self.region,
                named.join(", ")
            ),
        };
        vec![touches, "CloudWatch bills what is written.".to_owned()]
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Apis]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            let mut made = Vec::new();
            let request_id = self.make(&cloud, &progress, &mut made).await;
            let request_id = request_id.map_err(|error| super::kept(error, &made))?;
            Ok(Applied {
                failed: false,
                request_id,
                summary: format!("API Gateway may write logs in {}", self.region),
                output: None,
                undo: None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_makes_the_role_sets_it_and_names_the_other_apis() {
        let action = SetUpLogging {
            role: "api-gateway-logs".into(),
            account: "482177391105".into(),
            partition: "aws".into(),
            region: "eu-west-1".into(),
            before: None,
            others: (1..=10).map(|n| format!("api-{n}")).collect(),
            context: CliContext::default(),
        };
        let plan = action.plan();
        for part in [
            "iam create-role",
            "apigateway.amazonaws.com",
            "policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
            "apigateway update-account",
            "/cloudwatchRoleArn",
            "arn:aws:iam::482177391105:role/api-gateway-logs",
        ] {
            assert!(plan.cli.contains(part), "{part}: {}", plan.cli);
        }
        let notes = action.notes();
        assert!(notes[0].contains("api-8 and 2 more"), "{notes:?}");
    }
}

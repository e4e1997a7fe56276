//! Creating a function from one file of starter code, with a role of its own where it gets no other one.
//!
//! The steps run in order. What fails leaves the rest as it is, and the error says what was made.
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>.

use std::io::{Cursor, Write};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_lambda::types::{Architecture as SdkArchitecture, FunctionCode, Runtime};
use aws_smithy_types::Blob;
use aws_types::request_id::RequestId;
use zip::write::SimpleFileOptions;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::cli::{Cli, CliContext};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::function::Architecture;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::settle::wait_until_settled;

const OPERATION: &str = "CreateFunction";
/// AWS's own policy: a function may write its log, and nothing else.
const BASIC: &str = "service-role/AWSLambdaBasicExecutionRole";
/// A new role takes some seconds to reach Lambda; AWS's own tools wait about as long.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const BETWEEN: Duration = Duration::from_secs(2);

/// What the function may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A role that exists, by its ARN.
    Existing(String),
    /// One that is made: its name.
    New(String),
}

/// Creates a function. [`Applied::output`] is a [`Function`](crate::model::function::Function).
#[derive(Debug, Clone)]
pub struct CreateFunction {
    /// Its name.
    pub name: String,
    /// The runtime's identifier.
    pub runtime: String,
    /// As the runtime reads it.
    pub handler: String,
    /// What it runs on.
    pub architecture: Architecture,
    /// What it may do.
    pub role: Role,
    /// The package's one file: its name.
    pub file: String,
    /// Its text.
    pub text: String,
    /// Lambda starts it as a program.
    pub executable: bool,
    /// The account, for ARNs.
    pub account: String,
    /// The region, for ARNs.
    pub region: String,
    /// Its partition, for ARNs.
    pub partition: String,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl CreateFunction {
    /// The ARN that it will have.
    pub fn arn(&self) -> String {
        let Self {
            partition,
            region,
            account,
            name,
            ..
        } = self;
        format!("arn:{partition}:lambda:{region}:{account}:function:{name}")
    }

    fn role_arn(&self) -> String {
        match &self.role {
            Role::Existing(arn) => arn.clone(),
            Role::New(name) => format!("arn:{}:iam::{}:role/{name}", self.partition, self.account),
        }
    }

    fn policy_arn(&self) -> String {
        format!("arn:{}:iam::aws:policy/{BASIC}", self.partition)
    }

    /// Who may assume the role that is made: Lambda, and nobody else.
    fn trust() -> String {
        serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "lambda.amazonaws.com" },
                "Action": "sts:AssumeRole",
            }],
        })
        .to_string()
    }

    fn zip(&self) -> Result<Vec<u8>, CloudError> {
        let pack = || -> std::io::Result<Vec<u8>> {
            let mode = if self.executable { 0o755 } else { 0o644 };
            let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
            let options = SimpleFileOptions::default().unix_permissions(mode);
            writer.start_file(&*self.file, options)?;
            writer.write_all(self.text.as_bytes())?;
            Ok(writer.finish()?.into_inner())
        };
        pack().map_err(|error| {
            CloudError::local(
                OPERATION,
                ErrorKind::Other,
                format!("The code could not be packed: {error}"),
            )
        })
    }

    async fn make_role(&self, cloud: &Cloud, name: &str) -> Result<(), CloudError> {
        let client = cloud.iam().await?;
        client
            .create_role()
            .role_name(name)
            .assume_role_policy_document(Self::trust())
            .description(format!("For the function {}", self.name))
            .send()
            .await
            .map_err(|error| from_sdk("CreateRole", name, error))?;
        client
            .attach_role_policy()
            .role_name(name)
            .policy_arn(self.policy_arn())
            .send()
            .await
            .map_err(|error| from_sdk("AttachRolePolicy", name, error))?;
        Ok(())
    }

    /// Creates it, and tries again while Lambda has not yet heard of the role that was just made.
    async fn make(&self, cloud: &Cloud, progress: &Progress) -> Result<Option<String>, CloudError> {
        let client = cloud.lambda().await?;
        let zip = self.zip()?;
        let mut waited = Duration::ZERO;
        loop {
            let code = FunctionCode::builder().zip_file(Blob::new(zip.clone()));
            let answer = client
                .create_function()
                .function_name(&self.name)
                .runtime(Runtime::from(self.runtime.as_str()))
                .handler(&self.handler)
                .role(self.role_arn())
                .architectures(SdkArchitecture::from(self.architecture.as_str()))
                .code(code.build())
                .send()
                .await;
            let error = match answer {
                Ok(answer) => return Ok(answer.request_id().map(str::to_owned)),
                Err(error) => from_sdk(OPERATION, &self.name, error),
            };
            let unknown_yet = matches!(self.role, Role::New(_)) && is_of_role(&error);
            if !unknown_yet || waited >= LONGEST_WAIT {
                return Err(error);
            }
            progress.say("Waiting until Lambda knows the new role");
            tokio::time::sleep(BETWEEN).await;
            waited += BETWEEN;
        }
    }
}

/// Lambda refuses a role that it can't assume, which one that was made a moment ago is.
fn is_of_role(error: &CloudError) -> bool {
    error.code == "InvalidParameterValueException" && error.message.contains("assumed by Lambda")
}

impl Action<Cloud> for CreateFunction {
    fn plan(&self) -> Plan {
        let made = |field: &str, after: String| Difference {
            field: field.to_owned(),
            before: String::new(),
            after,
        };
        let mut differences = Vec::new();
        let mut commands = Vec::new();
        if let Role::New(name) = &self.role {
            differences.push(made(
                "IAM role",
                format!("{name}: Lambda may assume it; it may write its log and nothing else"),
            ));
            commands.push(
                Cli::new("iam", "create-role")
                    .option("role-name", name)
                    .option("assume-role-policy-document", Self::trust())
                    .with(&self.context)
                    .lines(),
            );
            commands.push(
                Cli::new("iam", "attach-role-policy")
                    .option("role-name", name)
                    .option("policy-arn", self.policy_arn())
                    .with(&self.context)
                    .lines(),
            );
        }
        differences.push(made("FunctionName", self.name.clone()));
        differences.push(made("Runtime", self.runtime.clone()));
        differences.push(made("Handler", self.handler.clone()));
        differences.push(made("Architectures", self.architecture.as_str().to_owned()));
        differences.push(made("Role", self.role_arn()));
        differences.push(made("MemorySize", "128 MB, Lambda's default".into()));
        differences.push(made("Timeout", "3 s, Lambda's default".into()));
        differences.push(made(
            "Code",
            format!("{}, {} bytes", self.file, self.text.len()),
        ));
        commands.push(format!("zip function.zip {}", self.file));
        commands.push(
            Cli::new("lambda", "create-function")
                .option("function-name", &self.name)
                .option("runtime", &self.runtime)
                .option("handler", &self.handler)
                .option("architectures", self.architecture.as_str())
                .option("role", self.role_arn())
                .option("zip-file", "fileb://function.zip")
                .with(&self.context)
                .lines(),
        );
        Plan {
            title: "Create the function".into(),
            target: self.arn(),
            risk: Risk::Safe,
            differences,
            cli: commands.join("\n"),
        }
    }

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Functions, Topic::Function(self.name.clone())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            if let Role::New(name) = &self.role {
                progress.say("Making the role");
                self.make_role(&cloud, name).await?;
            }
            progress.say("Creating the function");
            let request_id = self.make(&cloud, &progress).await.map_err(|mut error| {
                if let Role::New(name) = &self.role {
                    let made = format!("{} The role {name} was made and stays.", error.message);
                    error.message = made;
                }
                error
            })?;
            progress.say("Waiting until it is active");
            let function = wait_until_settled(&cloud, &self.name).await?;
            Ok(Applied {
                failed: false,
                request_id,
                summary: format!("{} is there and can be invoked", self.name),
                output: Some(Arc::new(function)),
                undo: None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn create(role: Role) -> CreateFunction {
        CreateFunction {
            name: "greeter".into(),
            runtime: "python3.13".into(),
            handler: "app.handler".into(),
            architecture: Architecture::X86_64,
            role,
            file: "app.py".into(),
            text: "def handler(event, context):\n    return 1\n".into(),
            executable: false,
            account: "482177391105".into(),
            region: "eu-west-1".into(),
            partition: "aws".into(),
            context: CliContext::default(),
        }
    }

    #[test]
    fn the_review_names_all_that_is_made_and_the_commands_that_make_it() {
        let plan = create(Role::New("greeter-role".into())).plan();
        assert_eq!(plan.target_name(), "greeter");
        assert_eq!(plan.risk, Risk::Safe);
        assert!(plan.differences.iter().all(|d| d.before.is_empty()));
        assert_eq!(plan.differences[0].field, "IAM role");
        let order = [
            "iam create-role",
            "iam attach-role-policy",
            "zip function.zip app.py",
            "lambda create-function",
        ];
        let places: Vec<_> = order
            .iter()
            .map(|part| plan.cli.find(part).unwrap())
            .collect();
        assert!(places.is_sorted(), "{}", plan.cli);
        assert!(
            plan.cli
                .contains("arn:aws:iam::482177391105:role/greeter-role"),
            "{}",
            plan.cli
        );
    }

    #[test]
    fn a_role_that_exists_is_only_named() {
        let arn = "arn:aws:iam::482177391105:role/service-role/basic";
        let plan = create(Role::Existing(arn.into())).plan();
        assert!(!plan.cli.contains("create-role"));
        assert!(plan.cli.contains(arn));
        assert_eq!(plan.differences[0].field, "FunctionName");
    }

    #[test]
    fn only_a_role_that_lambda_has_not_heard_of_is_waited_for() {
        let refused = |code: &str, message: &str| CloudError {
            code: code.into(),
            ..CloudError::local(OPERATION, ErrorKind::Invalid, message)
        };
        let role = "The role defined for the function cannot be assumed by Lambda.";
        assert!(is_of_role(&refused("InvalidParameterValueException", role)));
        assert!(!is_of_role(&refused(
            "InvalidParameterValueException",
            "Unzipped size must be smaller"
        )));
        assert!(!is_of_role(&refused("ResourceConflictException", role)));
    }
}

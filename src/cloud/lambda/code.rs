//! A function's code: uploading a package, moving to another architecture, publishing a version, fetching what is
//! deployed.
//!
//! Every write names the revision that was looked at. What changed meanwhile stops it, and the message says what changed.
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html>.

use std::path::PathBuf;
use std::sync::Arc;

use aws_sdk_lambda::operation::update_function_code::builders::UpdateFunctionCodeFluentBuilder;
use aws_sdk_lambda::types::Architecture as SdkArchitecture;
use aws_smithy_types::Blob;
use aws_smithy_types::byte_stream::ByteStream;
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::download::download;
use crate::cloud::error::from_sdk;
use crate::cloud::progress::UploadProgress;
use crate::model::cli::{self, Cli, CliContext, CodeSource};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::format;
use crate::model::function::{Architecture, Function, LastUpdateStatus};
use crate::model::limits::ZIP_DIRECT_BYTES;
use crate::model::package::Package;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::model::undo::Undo;
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::again;
use super::convert::function_of_answer;
use super::function::get_function;
use super::settle::wait_until_settled;

pub(super) const UPDATE: &str = "UpdateFunctionCode";
const PUBLISH: &str = "PublishVersion";
/// What fetching the deployed package is called in errors: `GetFunction` gives the link, this follows it.
const DOWNLOAD: &str = "GetFunction (code)";

/// Where a package goes that is too large for the request itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Target {
    /// The bucket, in the function's region.
    pub bucket: String,
    /// The object's key.
    pub key: String,
}

/// What came of an upload: [`Applied::output`] of [`UploadCode`] and [`ChangeArchitecture`].
#[derive(Debug, Clone)]
pub struct Uploaded {
    /// The function as it is afterwards.
    pub function: Function,
    /// The version that was published, where that was asked for.
    pub version: Option<String>,
}

/// Uploads a package. Its bytes are read again when it is applied, and must be those that were checked.
pub struct UploadCode {
    /// The function as the person saw it: its revision guards the write.
    pub function: Arc<Function>,
    /// What was checked.
    pub package: Arc<Package>,
    /// Where it lies, for the AWS CLI command.
    pub path: PathBuf,
    /// What changes file by file, in one line; empty where that was not compared.
    pub changes: String,
    /// The description of the version that is published afterwards; `None` publishes none.
    pub publish: Option<String>,
    /// Another instruction set than before.
    pub architecture: Option<Architecture>,
    /// The way of a package above [`ZIP_DIRECT_BYTES`].
    pub via: Option<S3Target>,
    /// The service only checks: nothing changes.
    pub dry_run: bool,
    /// The folder in which this machine keeps what is replaced, so that it can be taken back.
    pub keep: Option<PathBuf>,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl UploadCode {
    fn name(&self) -> &str {
        &self.function.name
    }

    fn cli(&self) -> String {
        let path = self.path.to_string_lossy();
        let source = match &self.via {
            Some(s3) => CodeSource::S3(&s3.bucket, &s3.key, None),
            None => CodeSource::ZipFile(&path),
        };
        let revision = self.function.revision_id.as_deref();
        let update =
            cli::update_function_code(self.name(), source, self.architecture, false, revision)
                .flag("dry-run", self.dry_run)
                .with(&self.context)
                .lines();
        let copy = self.via.as_ref().map(|s3| {
            Cli::new("s3", "cp")
                .word(path.as_ref())
                .word(format!("s3://{}/{}", s3.bucket, s3.key))
                .with(&self.context)
                .lines()
        });
        let publish = self.publish.as_ref().filter(|_| !self.dry_run).map(|text| {
            let wait = Cli::new("lambda", "wait")
                .word("function-updated-v2")
                .option("function-name", self.name())
                .with(&self.context)
                .lines();
            let sha = Some(self.package.code_sha256.as_str());
            let publish = cli::publish_version(self.name(), text, sha, None)
                .with(&self.context)
                .lines();
            format!("{wait}\n{publish}")
        });
        let lines: Vec<String> = [copy, Some(update), publish]
            .into_iter()
            .flatten()
            .collect();
        lines.join("\n")
    }

    async fn run(&self, cloud: &Cloud, progress: &Arc<Progress>) -> Result<Applied, CloudError> {
        let name = self.name();
        if self.via.is_none() && self.package.size > ZIP_DIRECT_BYTES {
            let most = format::bytes(ZIP_DIRECT_BYTES);
            let message = format!("Above {most} a package goes up through an S3 bucket: name one");
            return Err(failed(UPDATE, name, ErrorKind::Invalid, message));
        }
        progress.say("Reading the package");
        let bytes = off_the_workers(|| self.package.bytes());
        let bytes = bytes
            .map_err(|problem| failed(UPDATE, name, ErrorKind::Invalid, problem.to_string()))?;
        progress.say("Looking whether anything changed meanwhile");
        let before = unchanged(cloud, &self.function).await?;
        let keep = self.keep.as_deref().filter(|_| !self.dry_run);
        let kept = again::keep(cloud, &before, keep, progress).await;
        let client = cloud.lambda_for_upload().await?;
        let call = client
            .update_function_code()
            .function_name(name)
            .set_revision_id(before.revision_id.clone())
            .set_dry_run(self.dry_run.then_some(true));
        let call = with_architecture(call, self.architecture);
        let call = match &self.via {
            None => call.zip_file(Blob::new(bytes.to_vec())),
            Some(s3) => {
                put(cloud, s3, bytes.to_vec(), progress).await?;
                call.s3_bucket(&s3.bucket).s3_key(&s3.key)
            }
        };
        progress.say("Uploading");
        let sent = self.send(cloud, call, progress).await?;
        if self.dry_run {
            return self.checked(cloud, sent.request_id).await;
        }
        let function = settled(cloud, name, sent.request_id.clone(), progress).await?;
        let version = match &self.publish {
            None => None,
            Some(text) => Some(
                publish(cloud, &function, text, progress)
                    .await
                    .map_err(|error| {
                        let message = format!(
                            "The code is deployed, but no version was published: {}",
                            error.message
                        );
                        CloudError { message, ..error }
                    })?
                    .1,
            ),
        };
        let what = match &version {
            Some(version) => format!("{name} runs the new package, published as version {version}"),
            None => format!("{name} runs the new package"),
        };
        Ok(Applied {
            failed: false,
            request_id: sent.request_id,
            summary: what,
            output: Some(Arc::new(Uploaded { function, version })),
            undo: Some(Undo::Code {
                function: name.to_owned(),
                sha256: before.code_sha256.clone(),
                kept,
                architecture: self
                    .architecture
                    .filter(|to| *to != before.architecture)
                    .map(|_| before.architecture.as_str().to_owned()),
            }),
        })
    }

    /// Sends it. A connection that broke after the last byte is tried again by the SDK, and is then refused because of
    /// the revision that the first attempt made: when our own package is what is there, it has arrived.
    async fn send(
        &self,
        cloud: &Cloud,
        call: UpdateFunctionCodeFluentBuilder,
        progress: &Arc<Progress>,
    ) -> Result<Sent, CloudError> {
        let size = self.package.size;
        let shown = match self.via {
            None => UploadProgress::of(progress.clone(), size),
            // The package is up already: these are the few bytes that name it.
            Some(_) => UploadProgress::new(progress.clone()),
        };
        let answer = call.customize().interceptor(shown).send().await;
        match answer {
            Ok(answer) => Ok(Sent {
                request_id: answer.request_id().map(str::to_owned),
            }),
            Err(error) => {
                let error = from_sdk(UPDATE, self.name(), error);
                if error.kind == ErrorKind::Conflict
                    && !self.dry_run
                    && self.function.code_sha256 != self.package.code_sha256
                    && configuration(cloud, self.name())
                        .await
                        .is_ok_and(|now| now.code_sha256 == self.package.code_sha256)
                {
                    return Ok(Sent {
                        request_id: error.request_id,
                    });
                }
                Err(error)
            }
        }
    }

    /// A dry run is believed only after a look: endpoints that do not know it deploy instead.
    async fn checked(
        &self,
        cloud: &Cloud,
        request_id: Option<String>,
    ) -> Result<Applied, CloudError> {
        let name = self.name();
        let now = configuration(cloud, name).await?;
        if now.code_sha256 != self.function.code_sha256 {
            let message = "The endpoint does not know DryRun: it deployed the package";
            return Err(failed(UPDATE, name, ErrorKind::Other, message.into()));
        }
        Ok(Applied {
            failed: false,
            request_id,
            summary: format!("{name} would take the package; nothing was changed"),
            output: None,
            undo: None,
        })
    }
}

struct Sent {
    request_id: Option<String>,
}

impl Action<Cloud> for UploadCode {
    fn plan(&self) -> Plan {
        let function = &self.function;
        let package = &self.package;
        let mut differences = vec![
            row("CodeSha256", &function.code_sha256, &package.code_sha256),
            row(
                "CodeSize",
                &format::bytes_exact(function.code_size),
                &format::bytes_exact(package.size),
            ),
        ];
        if !self.changes.is_empty() {
            differences.push(row("Files", "", &self.changes));
        }
        if let Some(to) = self.architecture.filter(|to| *to != function.architecture) {
            differences.push(row(
                "Architectures",
                function.architecture.as_str(),
                to.as_str(),
            ));
        }
        if let Some(s3) = &self.via {
            let object = format!("s3://{}/{}", s3.bucket, s3.key);
            differences.push(row("S3 object", "", &object));
        }
        if let Some(text) = self.publish.as_ref().filter(|_| !self.dry_run) {
            let after = match text.as_str() {
                "" => "without a description",
                text => text,
            };
            differences.push(row("New version", "", after));
        }
        Plan {
            title: match self.dry_run {
                true => "Check a package (dry run)".into(),
                false => "Upload code".into(),
            },
            target: function.arn.clone(),
            risk: match self.dry_run && self.via.is_none() {
                true => Risk::Safe,
                false => Risk::Changes,
            },
            differences,
            cli: self.cli(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let warnings = self.package.problems.iter().map(ToString::to_string);
        let mut notes: Vec<String> = warnings.map(|text| format!("Warning: {text}")).collect();
        if self.dry_run {
            return notes;
        }
        let too_large = self.function.code_size > ZIP_DIRECT_BYTES;
        let undo = match (&self.keep, too_large) {
            (Some(_), false) => {
                "Undo brings back the package that is there now: this machine keeps a copy of it."
            }
            (Some(_), true) => {
                "Undo finds the package that is there now only if it is published as a version: it is too large to be kept here."
            }
            (None, _) => {
                "Undo finds the package that is there now only if it is published as a version."
            }
        };
        notes.push(undo.to_owned());
        notes
    }

    fn service(&self) -> &'static str {
        // A slow line must not hold up the permits of the reads.
        "lambda-upload"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Functions, Topic::Function(self.name().to_owned())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move { self.run(&cloud, &progress).await })
    }
}

/// Deploys the package that is there once more, for another instruction set: AWS changes it with the code alone.
pub struct ChangeArchitecture {
    /// The function as the person saw it.
    pub function: Arc<Function>,
    /// What it is to run on.
    pub to: Architecture,
    /// It takes an earlier change back.
    pub undoing: bool,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl ChangeArchitecture {
    async fn run(&self, cloud: &Cloud, progress: &Arc<Progress>) -> Result<Applied, CloudError> {
        let name = &self.function.name;
        progress.say("Looking whether anything changed meanwhile");
        let before = unchanged(cloud, &self.function).await?;
        if before.code_size > ZIP_DIRECT_BYTES {
            let most = format::bytes(ZIP_DIRECT_BYTES);
            let message = format!(
                "The deployed package has more than {most}: upload it again through S3, with the other architecture"
            );
            return Err(failed(UPDATE, name, ErrorKind::Invalid, message));
        }
        progress.say("Downloading the deployed package");
        let bytes = deployed_bytes(cloud, name, &before.code_sha256, progress).await?;
        let size = bytes.len() as u64;
        progress.say("Uploading it for the other architecture");
        let client = cloud.lambda_for_upload().await?;
        let call = client
            .update_function_code()
            .function_name(name)
            .set_revision_id(before.revision_id.clone())
            .zip_file(Blob::new(bytes));
        let answer = with_architecture(call, Some(self.to))
            .customize()
            .interceptor(UploadProgress::of(progress.clone(), size))
            .send()
            .await
            .map_err(|error| from_sdk(UPDATE, name, error))?;
        let request_id = answer.request_id().map(str::to_owned);
        let function = settled(cloud, name, request_id.clone(), progress).await?;
        Ok(Applied {
            failed: false,
            request_id,
            summary: format!("{name} runs on {} now", self.to.as_str()),
            output: Some(Arc::new(Uploaded {
                function,
                version: None,
            })),
            undo: Some(Undo::Architecture {
                function: name.clone(),
                was: before.architecture.as_str().to_owned(),
            }),
        })
    }
}

impl Action<Cloud> for ChangeArchitecture {
    fn plan(&self) -> Plan {
        let function = &self.function;
        let revision = function.revision_id.as_deref();
        let file = format!("{}.zip", function.name);
        let update = cli::update_function_code(
            &function.name,
            CodeSource::ZipFile(&file),
            Some(self.to),
            false,
            revision,
        );
        let fetch = cli::fetch_package(&function.name, None, &file, &self.context);
        Plan {
            title: match self.undoing {
                true => "Undo: change the architecture".into(),
                false => "Change the architecture".into(),
            },
            target: function.arn.clone(),
            risk: Risk::Changes,
            differences: vec![row(
                "Architectures",
                function.architecture.as_str(),
                self.to.as_str(),
            )],
            cli: format!("{fetch}\n{}", update.with(&self.context).lines()),
        }
    }

    fn service(&self) -> &'static str {
        "lambda-upload"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![
            Topic::Functions,
            Topic::Function(self.function.name.clone()),
        ]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move { self.run(&cloud, &progress).await })
    }
}

/// Freezes `$LATEST` as a numbered version. [`Applied::output`] is its number, a `String`.
pub struct PublishVersion {
    /// The function as the person saw it: another package meanwhile stops it.
    pub function: Arc<Function>,
    /// The version's description; may be empty.
    pub description: String,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Action<Cloud> for PublishVersion {
    fn plan(&self) -> Plan {
        let function = &self.function;
        let command = cli::publish_version(
            &function.name,
            &self.description,
            Some(&function.code_sha256)
                .filter(|sha| !sha.is_empty())
                .map(String::as_str),
            function.revision_id.as_deref(),
        );
        let mut differences = vec![row("New version of CodeSha256", "", &function.code_sha256)];
        if !self.description.is_empty() {
            differences.push(row("Description", "", &self.description));
        }
        Plan {
            title: "Publish a version".into(),
            target: function.arn.clone(),
            risk: Risk::Safe,
            differences,
            cli: command.with(&self.context).lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec![
            "Aliases stay where they are: whoever calls through one gets this version once the alias is moved."
                .into(),
        ]
    }

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![
            Topic::Functions,
            Topic::Function(self.function.name.clone()),
        ]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            let before = unchanged(&cloud, &self.function).await?;
            let (request_id, version) =
                publish(&cloud, &before, &self.description, &progress).await?;
            Ok(Applied {
                failed: false,
                request_id,
                summary: format!("Version {version} of {} is published", self.function.name),
                output: Some(Arc::new(version)),
                undo: None,
            })
        })
    }
}

/// The package that is deployed, as bytes; `sha256` is what it must have.
///
/// # Errors
/// Those of `GetFunction` and of the download; a conflict where another package is there by now.
pub async fn deployed_bytes(
    cloud: &Cloud,
    name: &str,
    sha256: &str,
    progress: &Progress,
) -> Result<Vec<u8>, CloudError> {
    // A link is good for ten minutes: it is asked for when it is used.
    let detail = get_function(cloud, name, None).await?;
    if detail.function.code_sha256 != sha256 {
        return Err(code_changed(DOWNLOAD, name));
    }
    let Some(link) = &detail.code.link else {
        let message = "The endpoint does not give the package out".to_owned();
        return Err(failed(DOWNLOAD, name, ErrorKind::NotServed, message));
    };
    download(cloud, DOWNLOAD, name, link, progress).await
}

/// The function as it is now, when it is still what the person saw.
pub(super) async fn unchanged(cloud: &Cloud, seen: &Function) -> Result<Function, CloudError> {
    let now = configuration(cloud, &seen.name).await?;
    if now.code_sha256 != seen.code_sha256 {
        return Err(code_changed(UPDATE, &seen.name));
    }
    if now.revision_id.is_some() && now.revision_id != seen.revision_id {
        let message = "The function's configuration was changed elsewhere since it was shown here";
        let message = message.to_owned();
        return Err(failed(UPDATE, &seen.name, ErrorKind::Conflict, message));
    }
    Ok(now)
}

async fn configuration(cloud: &Cloud, name: &str) -> Result<Function, CloudError> {
    let client = cloud.lambda().await?;
    let answer = client
        .get_function_configuration()
        .function_name(name)
        .send()
        .await
        .map_err(|error| from_sdk("GetFunctionConfiguration", name, error))?;
    Ok(function_of_answer(answer))
}

fn code_changed(operation: &str, name: &str) -> CloudError {
    let message =
        "The deployed code changed since it was shown here: look at what is there now first";
    failed(operation, name, ErrorKind::Conflict, message.into())
}

pub(super) fn failed(operation: &str, name: &str, kind: ErrorKind, message: String) -> CloudError {
    CloudError {
        target: name.to_owned(),
        ..CloudError::local(operation, kind, message)
    }
}

pub(super) fn row(field: &str, before: &str, after: &str) -> Difference {
    Difference {
        field: field.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
    }
}

fn with_architecture(
    call: UpdateFunctionCodeFluentBuilder,
    architecture: Option<Architecture>,
) -> UpdateFunctionCodeFluentBuilder {
    match architecture {
        Some(architecture) => call.architectures(SdkArchitecture::from(architecture.as_str())),
        None => call,
    }
}

async fn put(
    cloud: &Cloud,
    s3: &S3Target,
    bytes: Vec<u8>,
    progress: &Arc<Progress>,
) -> Result<(), CloudError> {
    progress.say("Uploading to S3");
    let client = cloud.s3().await?;
    let target = format!("s3://{}/{}", s3.bucket, s3.key);
    client
        .put_object()
        .bucket(&s3.bucket)
        .key(&s3.key)
        .body(ByteStream::from(bytes))
        .customize()
        .interceptor(UploadProgress::new(progress.clone()))
        .send()
        .await
        .map_err(|error| from_sdk("PutObject", &target, error))?;
    Ok(())
}

pub(super) async fn settled(
    cloud: &Cloud,
    name: &str,
    request_id: Option<String>,
    progress: &Progress,
) -> Result<Function, CloudError> {
    progress.say("Waiting until the update has settled");
    let function = wait_until_settled(cloud, name).await?;
    if function.last_update_status == LastUpdateStatus::Failed {
        let reason = function
            .last_update_status_reason
            .unwrap_or_else(|| "Lambda gave no reason".into());
        return Err(CloudError {
            request_id,
            ..failed(UPDATE, name, ErrorKind::Invalid, reason)
        });
    }
    Ok(function)
}

async fn publish(
    cloud: &Cloud,
    function: &Function,
    description: &str,
    progress: &Progress,
) -> Result<(Option<String>, String), CloudError> {
    progress.say("Publishing a version");
    let client = cloud.lambda().await?;
    let sha = Some(&function.code_sha256).filter(|sha| !sha.is_empty());
    let answer = client
        .publish_version()
        .function_name(&function.name)
        .set_description(Some(description.to_owned()).filter(|text| !text.is_empty()))
        .set_code_sha256(sha.cloned())
        .set_revision_id(function.revision_id.clone())
        .send()
        .await
        .map_err(|error| from_sdk(PUBLISH, &function.name, error))?;
    let request_id = answer.request_id().map(str::to_owned);
    let version = answer.version().unwrap_or_default().to_owned();
    Ok((request_id, version))
}

/// Runs what reads the disk and hashes without holding up other work of this thread, where the runtime has others.
fn off_the_workers<R>(work: impl FnOnce() -> R) -> R {
    use tokio::runtime::{Handle, RuntimeFlavor};
    let many = Handle::try_current()
        .is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread);
    if many {
        tokio::task::block_in_place(work)
    } else {
        work()
    }
}

#[cfg(test)]
#[path = "code_tests.rs"]
mod tests;

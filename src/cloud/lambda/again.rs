//! Deploying code that was there before: of a published version, or from the copy that this machine kept of what an upload
//! replaced. That is how an upload is taken back.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html>.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_sdk_lambda::types::Architecture as SdkArchitecture;
use aws_smithy_types::Blob;
use aws_types::request_id::RequestId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::cloud::Cloud;
use crate::cloud::download::download;
use crate::cloud::error::from_sdk;
use crate::cloud::progress::UploadProgress;
use crate::model::cli::{self, CliContext, CodeSource};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::format;
use crate::model::function::{Architecture, Function};
use crate::model::limits::ZIP_DIRECT_BYTES;
use crate::model::package::code_sha256;
use crate::model::plan::{Plan, Risk};
use crate::model::topic::Topic;
use crate::model::undo::Undo;
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::code::{UPDATE, Uploaded, deployed_bytes, failed, row, settled, unchanged};
use super::function::get_function;

/// How many packages are kept on this machine; the oldest goes.
const KEPT: usize = 20;

/// Where code comes from that was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    /// A published version.
    Version(String),
    /// A file of this machine.
    Kept(PathBuf),
}

/// Deploys code that was there before.
pub struct DeployAgain {
    /// The function as it is: its revision guards the write.
    pub function: Arc<Function>,
    /// Where the code comes from.
    pub from: Before,
    /// Its `CodeSha256`.
    pub sha256: String,
    /// Bytes, zipped.
    pub size: u64,
    /// Another instruction set than the function has.
    pub architecture: Option<Architecture>,
    /// It takes an upload back.
    pub undoing: bool,
    /// Where what it replaces is kept; see [`keep`].
    pub keep: Option<PathBuf>,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl DeployAgain {
    async fn run(&self, cloud: &Cloud, progress: &Arc<Progress>) -> Result<Applied, CloudError> {
        let name = &self.function.name;
        progress.say("Looking whether anything changed meanwhile");
        let before = unchanged(cloud, &self.function).await?;
        progress.say("Fetching the package");
        let bytes = match &self.from {
            Before::Version(version) => {
                let version = Some(version.clone());
                bytes_of(cloud, name, version, &self.sha256, progress).await?
            }
            Before::Kept(path) => read_kept(path, &self.sha256)
                .await
                .map_err(|message| failed(UPDATE, name, ErrorKind::NotFound, message))?,
        };
        if bytes.len() as u64 > ZIP_DIRECT_BYTES {
            let most = format::bytes(ZIP_DIRECT_BYTES);
            let message =
                format!("The package has more than {most}: download it and upload it through S3");
            return Err(failed(UPDATE, name, ErrorKind::Invalid, message));
        }
        let kept = keep(cloud, &before, self.keep.as_deref(), progress).await;
        let size = bytes.len() as u64;
        progress.say("Uploading");
        let client = cloud.lambda_for_upload().await?;
        let call = client
            .update_function_code()
            .function_name(name)
            .set_revision_id(before.revision_id.clone())
            .zip_file(Blob::new(bytes));
        let call = match self.architecture {
            Some(to) => call.architectures(SdkArchitecture::from(to.as_str())),
            None => call,
        };
        let answer = call
            .customize()
            .interceptor(UploadProgress::of(progress.clone(), size))
            .send()
            .await
            .map_err(|error| from_sdk(UPDATE, name, error))?;
        let request_id = answer.request_id().map(str::to_owned);
        let function = settled(cloud, name, request_id.clone(), progress).await?;
        let summary = match &self.from {
            Before::Version(version) => format!("{name} runs the code of version {version}"),
            Before::Kept(_) => format!("{name} runs its earlier code again"),
        };
        Ok(Applied {
            failed: false,
            request_id,
            summary,
            output: Some(Arc::new(Uploaded {
                function,
                version: None,
            })),
            undo: Some(Undo::Code {
                function: name.clone(),
                sha256: before.code_sha256.clone(),
                kept,
                architecture: self
                    .architecture
                    .map(|_| before.architecture.as_str().to_owned()),
            }),
        })
    }

    fn cli(&self) -> String {
        let name = &self.function.name;
        let file = match &self.from {
            Before::Version(_) => format!("{name}.zip"),
            Before::Kept(path) => path.display().to_string(),
        };
        let update = cli::update_function_code(
            name,
            CodeSource::ZipFile(&file),
            self.architecture,
            false,
            self.function.revision_id.as_deref(),
        );
        let update = update.with(&self.context).lines();
        let Before::Version(version) = &self.from else {
            return update;
        };
        let fetch = cli::fetch_package(name, Some(version), &file, &self.context);
        format!("{fetch}\n{update}")
    }
}

impl Action<Cloud> for DeployAgain {
    fn plan(&self) -> Plan {
        let function = &self.function;
        let mut differences = vec![
            row("CodeSha256", &function.code_sha256, &self.sha256),
            row(
                "CodeSize",
                &format::bytes_exact(function.code_size),
                &format::bytes_exact(self.size),
            ),
        ];
        if let Some(to) = self.architecture.filter(|to| *to != function.architecture) {
            differences.push(row(
                "Architectures",
                function.architecture.as_str(),
                to.as_str(),
            ));
        }
        Plan {
            title: match (&self.from, self.undoing) {
                (_, true) => "Undo: upload code".into(),
                (Before::Version(version), false) => format!("Deploy version {version} again"),
                (Before::Kept(_), false) => "Deploy earlier code again".into(),
            },
            target: function.arn.clone(),
            risk: Risk::Changes,
            differences,
            cli: self.cli(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec![
            "It replaces the code of $LATEST alone. Configuration, versions and aliases stay as they are.".into(),
        ]
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

/// The package of a version, as bytes.
async fn bytes_of(
    cloud: &Cloud,
    name: &str,
    version: Option<String>,
    sha256: &str,
    progress: &Progress,
) -> Result<Vec<u8>, CloudError> {
    const FETCH: &str = "GetFunction (code)";
    let detail = get_function(cloud, name, version).await?;
    if detail.function.code_sha256 != sha256 {
        let message = "The version has other code than was shown here".to_owned();
        return Err(failed(FETCH, name, ErrorKind::Conflict, message));
    }
    let Some(link) = &detail.code.link else {
        let message = "The endpoint does not give the package out".to_owned();
        return Err(failed(FETCH, name, ErrorKind::NotServed, message));
    };
    download(cloud, FETCH, name, link, progress).await
}

/// A copy that this machine kept, when it still is what it was.
async fn read_kept(path: &Path, sha256: &str) -> Result<Vec<u8>, String> {
    let bytes = tokio::fs::read(path)
        .await
        .map_err(|error| format!("The copy of the package that was there is gone: {error}"))?;
    match code_sha256(&bytes) == sha256 {
        true => Ok(bytes),
        false => Err("The copy of the package that was there has changed".into()),
    }
}

/// Keeps a copy of what is deployed, in `folder`, before it is replaced: so that the upload can be taken back. That it can't be
/// kept is no reason not to upload; then there is `None`.
pub(super) async fn keep(
    cloud: &Cloud,
    function: &Function,
    folder: Option<&Path>,
    progress: &Progress,
) -> Option<PathBuf> {
    let folder = folder?;
    let sha = &function.code_sha256;
    let digest = STANDARD.decode(sha).ok()?;
    let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = folder.join(name).with_extension("zip");
    if read_kept(&path, sha).await.is_ok() {
        return Some(path);
    }
    if function.code_size > ZIP_DIRECT_BYTES {
        return None;
    }
    progress.say("Keeping the package that is there, for Undo");
    let bytes = deployed_bytes(cloud, &function.name, sha, progress).await;
    progress.set(0, 0);
    let bytes = bytes
        .inspect_err(|error| tracing::warn!(%error, "the deployed package could not be kept"))
        .ok()?;
    if code_sha256(&bytes) != *sha {
        return None;
    }
    match write_private(folder, &path, &bytes) {
        Ok(()) => Some(path),
        Err(error) => {
            tracing::warn!(%error, "the deployed package could not be kept");
            None
        }
    }
}

/// Writes it for this person alone, whole or not at all, and lets the oldest go.
fn write_private(folder: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let beside = path.with_extension("part");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&beside)?.write_all(bytes)?;
    std::fs::rename(&beside, path)?;
    let mut all: Vec<_> = std::fs::read_dir(folder)?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
        })
        .collect();
    all.sort();
    let over = all.len().saturating_sub(KEPT);
    for (_, old) in all.into_iter().take(over) {
        std::fs::remove_file(old)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_kept_copy_is_private_believed_only_while_it_is_what_it_was_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("packages");
        let path = |n: usize| inside.join(format!("{n}.zip"));
        for n in 0..=KEPT {
            write_private(&inside, &path(n), &[1, 2, 3]).unwrap();
            let at = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(n as u64);
            let file = std::fs::File::options().write(true).open(path(n)).unwrap();
            file.set_modified(at).unwrap();
        }
        write_private(&inside, &path(99), &[1, 2, 3]).unwrap();
        assert_eq!(std::fs::read_dir(&inside).unwrap().count(), KEPT);
        assert!(!path(0).exists() && path(99).exists());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&inside), mode(&path(99))), (0o700, 0o600));
        }
        let sha = code_sha256(&[1, 2, 3]);
        assert_eq!(read_kept(&path(99), &sha).await.unwrap(), [1, 2, 3]);
        std::fs::write(path(99), [4]).unwrap();
        assert!(read_kept(&path(99), &sha).await.is_err());
    }
}

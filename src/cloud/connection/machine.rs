//! The environment and the files that a connection is read from, as a value, so that tests bring their own and don't race.

use crate::cloud::connection::names;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_runtime::env_config::section::EnvConfigSections;
use aws_types::os_shim_internal::{Env, Fs};
use std::borrow::Cow;
use std::path::PathBuf;

/// An environment and a file system.
#[derive(Debug, Clone)]
pub struct Machine {
    env: Env,
    fs: Fs,
    /// Whether container and instance roles may be asked for: they live at addresses of the network.
    asks_the_network: bool,
}

/// The two files of `~/.aws`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AwsFile {
    Config,
    Credentials,
}

impl Machine {
    /// This process's environment and this machine's files.
    pub fn real() -> Self {
        Self {
            env: Env::real(),
            fs: Fs::real(),
            asks_the_network: true,
        }
    }

    /// Only what is given, for tests: no other variable, no other file, no container or instance role.
    pub fn of(variables: &[(&str, &str)], files: &[(&str, &str)]) -> Self {
        Self {
            env: Env::from_slice(variables),
            fs: Fs::from_slice(files),
            asks_the_network: false,
        }
    }

    /// Only the given variables, with real files (their paths come from the variables).
    pub fn with_real_files(variables: &[(&str, &str)]) -> Self {
        Self {
            fs: Fs::real(),
            ..Self::of(variables, &[])
        }
    }

    /// A variable that is set and not empty.
    pub fn var(&self, name: &str) -> Option<String> {
        self.env.get(name).ok().filter(|value| !value.is_empty())
    }

    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    pub(crate) fn asks_the_network(&self) -> bool {
        self.asks_the_network
    }

    /// The home directory, as AWS's tools find it.
    pub fn home(&self) -> Option<PathBuf> {
        let windows = || match (self.var("HOMEDRIVE"), self.var("HOMEPATH")) {
            (Some(drive), Some(path)) => Some(drive + &path),
            _ => None,
        };
        self.var("HOME")
            .or_else(|| self.var("USERPROFILE"))
            .or_else(windows)
            .map(PathBuf::from)
    }

    /// Where one of the files is, whether it exists or not; none without a home directory.
    pub fn path(&self, file: AwsFile) -> Option<PathBuf> {
        let (variable, name) = match file {
            AwsFile::Config => ("AWS_CONFIG_FILE", "config"),
            AwsFile::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        };
        match self.var(variable) {
            Some(path) => Some(match path.strip_prefix("~/") {
                Some(rest) => self.home()?.join(rest),
                None => PathBuf::from(path),
            }),
            None => Some(self.home()?.join(".aws").join(name)),
        }
    }

    /// The text of one of the files; none where it is missing or can't be read.
    pub async fn read(&self, file: AwsFile) -> Option<String> {
        let bytes = self.fs.read_to_end(self.path(file)?).await.ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Any file's bytes.
    pub(crate) async fn read_path(&self, path: &std::path::Path) -> std::io::Result<Vec<u8>> {
        self.fs.read_to_end(path).await
    }

    /// The profile that is used when none is chosen.
    pub fn default_profile(&self) -> String {
        self.var("AWS_PROFILE").unwrap_or_else(|| "default".into())
    }

    /// Both files as the SDK takes them: with names that it can read, see [`names`].
    pub(crate) async fn files(&self) -> EnvConfigFiles {
        let config = self.read(AwsFile::Config).await.unwrap_or_default();
        let credentials = self.read(AwsFile::Credentials).await.unwrap_or_default();
        EnvConfigFiles::builder()
            .with_contents(
                EnvConfigFileKind::Config,
                names::rewritten(AwsFile::Config, &config),
            )
            .with_contents(
                EnvConfigFileKind::Credentials,
                names::rewritten(AwsFile::Credentials, &credentials),
            )
            .build()
    }

    /// Both files, parsed, with `profile` selected.
    ///
    /// # Errors
    /// The first thing that is wrong in them, in one sentence.
    pub(crate) async fn sections(&self, profile: &str) -> Result<EnvConfigSections, String> {
        let files = self.files().await;
        #[expect(deprecated, reason = "the type's new name is the same type")]
        let loaded = aws_config::profile::load(
            &self.fs,
            &self.env,
            &files as &aws_config::profile::profile_file::ProfileFiles,
            Some(Cow::Owned(names::fitting(profile).into_owned())),
        )
        .await;
        loaded.map_err(|error| {
            let causes = crate::cloud::error::causes(&error);
            causes.last().cloned().unwrap_or_default()
        })
    }
}

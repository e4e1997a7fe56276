//! Roles on the way to credentials. The SDK's own chain asks nobody for an MFA code, and tells whatever goes wrong on the way as
//! missing credentials; this one asks the window, keeps the session in memory until it runs out, and names what was denied.

use crate::cloud::connection::chain::{EnvKeys, Source, invalid};
use crate::cloud::connection::names::told;
use crate::cloud::error::from_sdk;
use crate::cloud::observe::Observer;
use crate::cloud::{Hooks, Prompt};
use crate::model::error::{CloudError, ErrorKind};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_runtime::env_config::section::EnvConfigSections;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_types::SdkConfig;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// How often a refused code may be typed again.
const TRIES: u32 = 3;

/// One role on the way, as a profile describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    pub profile: String,
    pub arn: String,
    pub mfa_serial: Option<String>,
    pub external_id: Option<String>,
    pub session_name: Option<String>,
    pub duration_seconds: Option<i32>,
}

/// Where the first credentials come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Base {
    /// A profile that the SDK can do by itself.
    Profile(String),
    /// The keys that are written in a profile which also names a role.
    KeysOf(String),
    /// `credential_source`: Environment, EcsContainer or Ec2InstanceMetadata.
    Named(String),
}

/// Takes the roles of a profile's chain one after the other, from the first credentials to the profile's own role.
#[derive(Clone)]
pub(crate) struct RoleChain {
    base: SharedCredentialsProvider,
    roles: Vec<Role>,
    config: SdkConfig,
    hooks: Hooks,
}

impl fmt::Debug for RoleChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoleChain")
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

/// The chain of a profile as its sections say: the base, and the roles from the first to the last.
pub(crate) fn plan(
    sections: &EnvConfigSections,
    profile: &str,
) -> Result<(Base, Vec<Role>), String> {
    let mut roles: Vec<Role> = Vec::new();
    let mut name = profile.to_owned();
    loop {
        let Some(section) = sections.get_profile(&name) else {
            let (profile, name) = (told(profile), told(&name));
            return Err(format!(
                "The profile {profile} takes its credentials from {name}, which does not exist."
            ));
        };
        let text = |key: &str| section.get(key).map(str::to_owned);
        let role = text("role_arn").filter(|_| section.get("web_identity_token_file").is_none());
        let Some(arn) = role else {
            break;
        };
        if roles.iter().any(|role| role.profile == name) {
            let profile = told(profile);
            return Err(format!(
                "The profiles from {profile} on take their credentials from each other in a circle."
            ));
        }
        roles.push(Role {
            profile: name.clone(),
            arn,
            mfa_serial: text("mfa_serial"),
            external_id: text("external_id"),
            session_name: text("role_session_name"),
            duration_seconds: text("duration_seconds").and_then(|s| s.parse().ok()),
        });
        match (text("source_profile"), text("credential_source")) {
            (Some(_), Some(_)) => {
                let name = told(&name);
                return Err(format!(
                    "The profile {name} names both source_profile and credential_source."
                ));
            }
            (Some(source), None) if source == name => {
                roles.reverse();
                return Ok((Base::KeysOf(name), roles));
            }
            (Some(source), None) => {
                let keys = sections.get_profile(&source);
                if keys.is_some_and(|s| s.get("aws_access_key_id").is_some())
                    && roles.iter().any(|role| role.profile == source)
                {
                    roles.reverse();
                    return Ok((Base::KeysOf(source), roles));
                }
                name = source;
            }
            (None, Some(source)) => {
                roles.reverse();
                return Ok((Base::Named(source), roles));
            }
            (None, None) => {
                let name = told(&name);
                return Err(format!(
                    "The profile {name} names a role but neither source_profile nor credential_source."
                ));
            }
        }
    }
    roles.reverse();
    Ok((Base::Profile(name), roles))
}

impl RoleChain {
    /// The chain of a profile, where it leads over roles; none where the SDK does it all.
    pub(crate) async fn of(source: &Source<'_>, profile: &str) -> Result<Option<Self>, CloudError> {
        let sections = source.settings.sections.as_ref();
        if sections.get_profile(profile).is_none() {
            return Ok(None);
        }
        let (base, roles) = plan(sections, profile).map_err(invalid)?;
        if roles.is_empty() {
            return Ok(None);
        }
        let base = match base {
            Base::Profile(name) => source.plain_profile(&name)?,
            Base::KeysOf(name) => keys_of(sections, &name)?,
            Base::Named(name) => named(source, &name)?,
        };
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_types::region::Region::new(source.region.to_owned()))
            .http_client(source.http.clone())
            .service_config(source.settings.clone())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .timeout_config(source.timeouts())
            .build();
        Ok(Some(Self {
            base,
            roles,
            config,
            hooks: source.hooks.clone(),
        }))
    }

    async fn load(&self) -> Result<Credentials, CredentialsError> {
        let mut credentials: Option<Credentials> = None;
        // A session that is still good spares everything before it.
        let mut first = 0;
        for (at, role) in self.roles.iter().enumerate() {
            if role.mfa_serial.is_some()
                && let Some(session) = self.hooks.sessions.get(&key(role), SystemTime::now())
            {
                credentials = Some(session);
                first = at + 1;
            }
        }
        let mut credentials = match credentials {
            Some(credentials) => credentials,
            None => self.base.provide_credentials().await?,
        };
        for role in self.roles.get(first..).unwrap_or_default() {
            credentials = match &role.mfa_serial {
                Some(serial) => {
                    let session = self.assume_with_code(role, serial, &credentials).await;
                    let session = session.map_err(CredentialsError::provider_error)?;
                    self.hooks.sessions.put(key(role), session.clone());
                    session
                }
                None => self
                    .assume(role, &credentials, None)
                    .await
                    .map_err(CredentialsError::provider_error)?,
            };
        }
        Ok(credentials)
    }

    async fn assume_with_code(
        &self,
        role: &Role,
        serial: &str,
        with: &Credentials,
    ) -> Result<Credentials, CloudError> {
        let Some(ask) = &self.hooks.ask else {
            return Err(CloudError::local(
                "AssumeRole",
                ErrorKind::SignIn {
                    sso: false,
                    expired: false,
                },
                format!(
                    "The profile {} wants an MFA code, and nobody can be asked here.",
                    told(&role.profile)
                ),
            ));
        };
        let mut refused = None;
        for left in (0..TRIES).rev() {
            let prompt = Prompt::MfaCode {
                serial: serial.to_owned(),
                profile: told(&role.profile).into_owned(),
                refused: refused.take(),
            };
            let Some(code) = ask(prompt).await else {
                return Err(CloudError::local(
                    "AssumeRole",
                    ErrorKind::Cancelled,
                    format!(
                        "No MFA code was given for the profile {}.",
                        told(&role.profile)
                    ),
                ));
            };
            let code = code.trim();
            if code.len() != 6 || !code.chars().all(|c| c.is_ascii_digit()) {
                refused = Some("A code has six digits.".to_owned());
                continue;
            }
            match self.assume(role, with, Some((serial, code))).await {
                Ok(session) => return Ok(session),
                Err(error) if left > 0 && is_wrong_code(&error) => {
                    refused = Some(error.message);
                }
                Err(error) => return Err(error),
            }
        }
        Err(CloudError::local(
            "AssumeRole",
            ErrorKind::SignIn {
                sso: false,
                expired: false,
            },
            refused.unwrap_or_else(|| "The MFA code was refused.".into()),
        ))
    }

    async fn assume(
        &self,
        role: &Role,
        with: &Credentials,
        code: Option<(&str, &str)>,
    ) -> Result<Credentials, CloudError> {
        let config = aws_sdk_sts::config::Builder::from(&self.config)
            .credentials_provider(with.clone())
            .interceptor(Observer::new(self.hooks.calls.clone()))
            .build();
        let name = role.session_name.clone().unwrap_or_else(session_name);
        let answer = aws_sdk_sts::Client::from_conf(config)
            .assume_role()
            .role_arn(&role.arn)
            .role_session_name(name)
            .set_external_id(role.external_id.clone())
            .set_duration_seconds(role.duration_seconds)
            .set_serial_number(code.map(|(serial, _)| serial.to_owned()))
            .set_token_code(code.map(|(_, code)| code.to_owned()))
            .send()
            .await
            .map_err(|error| from_sdk("AssumeRole", &role.arn, error))?;
        let Some(keys) = answer.credentials() else {
            return Err(CloudError::local(
                "AssumeRole",
                ErrorKind::Other,
                "The answer holds no credentials.",
            ));
        };
        let expiry = SystemTime::try_from(*keys.expiration()).unwrap_or(UNIX_EPOCH);
        Ok(Credentials::new(
            keys.access_key_id(),
            keys.secret_access_key(),
            Some(keys.session_token().to_owned()),
            Some(expiry),
            "AssumeRole",
        ))
    }
}

/// STS's words for a code that is wrong or was used before.
fn is_wrong_code(error: &CloudError) -> bool {
    error.message.contains("MultiFactorAuthentication failed")
        || error.message.contains("token code")
}

fn key(role: &Role) -> String {
    format!(
        "{}|{}|{}",
        role.profile,
        role.arn,
        role.mfa_serial.as_deref().unwrap_or_default()
    )
}

/// What CloudTrail shows for roles whose profile names no session.
fn session_name() -> String {
    format!("sekisho-{}", crate::cloud::observe::now_ms() / 1000)
}

fn keys_of(
    sections: &EnvConfigSections,
    name: &str,
) -> Result<SharedCredentialsProvider, CloudError> {
    let profile = sections.get_profile(name);
    let text = |key: &str| profile.and_then(|p| p.get(key)).map(str::to_owned);
    match (text("aws_access_key_id"), text("aws_secret_access_key")) {
        (Some(id), Some(secret)) => {
            let token = text("aws_session_token");
            let keys = Credentials::new(id, secret, token, None, "ProfileFile");
            Ok(SharedCredentialsProvider::new(keys))
        }
        _ => Err(invalid(format!(
            "The profile {} is its own source_profile but holds no keys.",
            told(name)
        ))),
    }
}

fn named(source: &Source<'_>, name: &str) -> Result<SharedCredentialsProvider, CloudError> {
    match name {
        "Environment" => Ok(SharedCredentialsProvider::new(EnvKeys(
            source.machine.clone(),
        ))),
        "EcsContainer" => Ok(SharedCredentialsProvider::new(
            aws_config::ecs::EcsCredentialsProvider::builder()
                .configure(&source.provider_config())
                .build(),
        )),
        "Ec2InstanceMetadata" => Ok(SharedCredentialsProvider::new(
            aws_config::imds::credentials::ImdsCredentialsProvider::builder()
                .configure(&source.provider_config())
                .build(),
        )),
        other => Err(invalid(format!(
            "credential_source {other} is none of Environment, EcsContainer and Ec2InstanceMetadata."
        ))),
    }
}

impl ProvideCredentials for RoleChain {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }
}

#[cfg(test)]
#[path = "mfa_tests.rs"]
mod tests;

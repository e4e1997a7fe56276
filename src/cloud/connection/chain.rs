//! What a connection resolves to: region, endpoint, trust and the source of its credentials, by AWS's rules for
//! environment and profiles (<https://docs.aws.amazon.com/sdkref/latest/guide/overview.html>).
//!
//! Two rules are ours. A profile that a person chose is asked alone: keys in the environment must not answer in its
//! place. And an endpoint on this machine gets dummy keys unless the person's own profile or environment is meant for it,
//! never any real ones if the console found it by itself.

use crate::cloud::connection::keyring::Keyring;
use crate::cloud::connection::machine::Machine;
use crate::cloud::connection::mfa::RoleChain;
use crate::cloud::connection::{names, profiles, sso, tls};
use crate::cloud::{Hooks, Limits};
use crate::model::connection::{ConnectionSpec, is_loopback_url};
use crate::model::error::{CloudError, ErrorKind};
use aws_config::identity::IdentityCache;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_runtime::env_config::EnvConfigValue;
use aws_runtime::env_config::section::EnvConfigSections;
use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector};
use aws_smithy_types::checksum_config::RequestChecksumCalculation;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::app_name::AppName;
use aws_types::origin::Origin;
use aws_types::os_shim_internal::Env;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A connection, ready for clients.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub config: SdkConfig,
    pub region: String,
    /// For all services or for Lambda, instead of AWS's own.
    pub endpoint: Option<String>,
    /// S3 has one of its own in the environment or the profile.
    pub has_s3_endpoint: bool,
    pub keyring: Keyring,
    /// Fetches signed links, with the trust of the connection and without its credentials.
    pub downloads: SharedHttpConnector,
}

/// The environment and the chosen profile together, asked in AWS's order.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    env: Env,
    pub sections: Arc<EnvConfigSections>,
}

impl Settings {
    /// A key of the chosen profile.
    pub(crate) fn profile_key(&self, key: &str) -> Option<String> {
        let value = self.sections.get(key).filter(|value| !value.is_empty());
        value.map(str::to_owned)
    }

    /// A variable, else a key of the profile; for a service, its own variable and `services` section first.
    fn value(&self, variable: &str, key: &str, service: Option<&str>) -> Option<String> {
        let mut wanted = EnvConfigValue::new().env(variable).profile(key);
        if let Some(service) = service {
            wanted = wanted.service_id(service);
        }
        let (value, _source) = wanted.load(&self.env, Some(&self.sections))?;
        (!value.is_empty()).then(|| value.into_owned())
    }

    fn flag(&self, variable: &str, key: &str) -> Option<bool> {
        let value = self.value(variable, key, None)?;
        value.to_ascii_lowercase().parse().ok()
    }

    /// The endpoint of a service by `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the `services` section or
    /// `endpoint_url` (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
    fn endpoint(&self, service: &str) -> Option<String> {
        if self.ignores_endpoints() {
            return None;
        }
        self.value("AWS_ENDPOINT_URL", "endpoint_url", Some(service))
    }

    fn ignores_endpoints(&self) -> bool {
        self.flag(
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "ignore_configured_endpoint_urls",
        ) == Some(true)
    }
}

impl LoadServiceConfig for Settings {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        if key.env() == "AWS_ENDPOINT_URL" && self.ignores_endpoints() {
            return None;
        }
        self.value(key.env(), key.profile(), Some(key.service_id()))
    }
}

/// Reads the configuration and prepares everything; only an instance's region is asked for over the network.
pub(crate) async fn resolve(
    machine: &Machine,
    spec: &ConnectionSpec,
    hooks: &Hooks,
    limits: &Limits,
) -> Result<Resolved, CloudError> {
    let settings = read_settings(machine, spec).await?;
    let endpoint = match &spec.endpoint {
        Some(endpoint) => Some(endpoint.trim().to_owned()),
        None => settings.endpoint("Lambda"),
    };
    if let Some(problem) = endpoint
        .as_deref()
        .and_then(crate::model::connection::endpoint_problem)
    {
        return Err(invalid(problem));
    }
    let local = endpoint.as_deref().is_some_and(is_loopback_url);
    let region = region(machine, spec, &settings, endpoint.is_some(), local).await?;
    let trust = tls::trust(machine, spec, &settings, local).await?;
    let http = trust.client();
    let source = Source {
        machine,
        spec,
        settings: &settings,
        region: &region,
        http: &http,
        hooks,
        limits,
    };
    let keyring = source.keyring(local).await?;
    let config = sdk_config(
        spec,
        &settings,
        &region,
        endpoint.as_deref(),
        http,
        &keyring,
    );
    Ok(Resolved {
        config,
        region,
        has_s3_endpoint: settings.endpoint("S3").is_some(),
        endpoint,
        keyring,
        downloads: trust.downloads(limits.connect),
    })
}

/// The chosen profile with the environment. A profile that was named must exist.
pub(crate) async fn read_settings(
    machine: &Machine,
    spec: &ConnectionSpec,
) -> Result<Settings, CloudError> {
    let named = spec.profile.clone().or_else(|| machine.var("AWS_PROFILE"));
    let profile = named.clone().unwrap_or_else(|| "default".into());
    let sections = machine.sections(&profile).await;
    let sections = match sections {
        Ok(sections) => sections,
        // What was found on this machine takes nothing from the person's files: broken ones are no hindrance.
        Err(_) if spec.discovered => Machine::of(&[], &[])
            .sections("default")
            .await
            .map_err(invalid)?,
        Err(problem) => {
            let better = profiles::first_problem(machine).await;
            return Err(invalid(better.unwrap_or(problem)));
        }
    };
    if let Some(name) = named.filter(|name| name != "default")
        && sections.get_profile(&names::fitting(&name)).is_none()
        && !spec.discovered
    {
        return Err(invalid(format!(
            "There is no profile named {name} in {}.",
            profiles::places(machine)
        )));
    }
    Ok(Settings {
        env: machine.env().clone(),
        sections: Arc::new(sections),
    })
}

async fn region(
    machine: &Machine,
    spec: &ConnectionSpec,
    settings: &Settings,
    custom: bool,
    local: bool,
) -> Result<String, CloudError> {
    let configured = spec
        .region
        .clone()
        .filter(|region| !region.is_empty())
        .or_else(|| machine.var("AWS_REGION"))
        .or_else(|| machine.var("AWS_DEFAULT_REGION"))
        .or_else(|| settings.profile_key("region"));
    if let Some(region) = configured {
        return well_formed(region.trim());
    }
    if local {
        return Ok("us-east-1".into());
    }
    if spec.profile.is_none() && !custom && machine.asks_the_network() {
        let asked = instance_region();
        if let Ok(Some(region)) = tokio::time::timeout(Duration::from_secs(3), asked).await {
            return well_formed(&region);
        }
    }
    Err(invalid(match &spec.profile {
        Some(profile) => format!(
            "No region is set: choose one, or write `region` into the profile {profile}, or set AWS_REGION."
        ),
        None => {
            "No region is set: choose one, or set AWS_REGION, or write `region` into ~/.aws/config."
                .to_owned()
        }
    }))
}

/// A region becomes part of a host's name: nothing else may get in there.
fn well_formed(region: &str) -> Result<String, CloudError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if region.is_empty() || region.len() > 40 || !region.chars().all(fits) {
        return Err(invalid(format!(
            "{region:?} is no region: regions look like eu-central-1."
        )));
    }
    Ok(region.to_owned())
}

async fn instance_region() -> Option<String> {
    use aws_config::meta::region::ProvideRegion;
    let provider = aws_config::imds::region::ImdsRegionProvider::builder().build();
    let region = ProvideRegion::region(&provider).await?;
    Some(region.as_ref().to_owned())
}

fn sdk_config(
    spec: &ConnectionSpec,
    settings: &Settings,
    region: &str,
    endpoint: Option<&str>,
    http: SharedHttpClient,
    keyring: &Keyring,
) -> SdkConfig {
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .http_client(http)
        // The keyring is the cache: it knows when the person signed in again.
        .identity_cache(IdentityCache::no_cache())
        .credentials_provider(SharedCredentialsProvider::new(keyring.clone()))
        .service_config(settings.clone());
    builder.set_sleep_impl(default_async_sleep());
    builder.set_app_name(AppName::new("sekisho").ok());
    builder.set_use_fips(settings.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"));
    builder
        .set_use_dual_stack(settings.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"));
    if let Some(endpoint) = &spec.endpoint {
        // What the person named for this connection wins over every variable and section.
        builder.insert_origin("endpoint_url", Origin::shared_config());
        builder.set_endpoint_url(Some(endpoint.trim().to_owned()));
    } else if !settings.ignores_endpoints() {
        builder.set_endpoint_url(settings.value("AWS_ENDPOINT_URL", "endpoint_url", None));
    }
    if endpoint.is_some() {
        // Servers that are not AWS's often don't know the trailing checksums that S3 takes by default.
        builder.set_request_checksum_calculation(Some(RequestChecksumCalculation::WhenRequired));
    }
    builder.build()
}

/// Everything that a source of credentials is made from.
pub(crate) struct Source<'a> {
    pub machine: &'a Machine,
    pub spec: &'a ConnectionSpec,
    pub settings: &'a Settings,
    pub region: &'a str,
    pub http: &'a SharedHttpClient,
    pub hooks: &'a Hooks,
    pub limits: &'a Limits,
}

impl Source<'_> {
    async fn keyring(&self, local: bool) -> Result<Keyring, CloudError> {
        let env_keys = EnvKeys(self.machine.clone());
        let in_environment = env_keys.load().is_some();
        let profile = self
            .spec
            .profile
            .clone()
            .or_else(|| self.machine.var("AWS_PROFILE"));
        if let Some(path) = self.spec.credentials_file.clone().filter(|_| local) {
            let machine = self.machine.clone();
            let keys = SharedCredentialsProvider::new(FileKeys { machine, path });
            return Ok(Keyring::new(keys, false));
        }
        if self.spec.discovered {
            return Ok(Keyring::new(dummy(), false));
        }
        if local && profile.is_none() && !in_environment {
            let by_default_profile = self.spec.endpoint.is_none()
                && profiles::has_credentials(self.settings.sections.as_ref(), "default");
            if !by_default_profile {
                return Ok(Keyring::new(dummy(), false));
            }
        }
        let name = profile.unwrap_or_else(|| "default".into());
        let name = names::fitting(&name).into_owned();
        let sso = profiles::signs_in_by_sso(self.settings.sections.as_ref(), &name);
        let from_profile = self.profile_provider(&name).await?;
        let login = profiles::signs_in_by_login(self.settings.sections.as_ref(), &name);
        if self.spec.profile.is_some() {
            return Ok(Keyring::new(from_profile, sso).by_login(login));
        }
        let mut chain = CredentialsProviderChain::first_try("Environment", env_keys)
            .or_else("Profile", from_profile);
        if self.machine.asks_the_network() {
            let config = self.provider_config();
            chain = chain
                .or_else(
                    "WebIdentityToken",
                    aws_config::web_identity_token::WebIdentityTokenCredentialsProvider::builder()
                        .configure(&config)
                        .build(),
                )
                .or_else(
                    "EcsContainer",
                    aws_config::ecs::EcsCredentialsProvider::builder()
                        .configure(&config)
                        .build(),
                )
                .or_else(
                    "Ec2InstanceMetadata",
                    aws_config::imds::credentials::ImdsCredentialsProvider::builder()
                        .configure(&config)
                        .build(),
                );
        }
        Ok(Keyring::new(
            SharedCredentialsProvider::new(chain),
            sso && !in_environment,
        )
        .by_login(login.filter(|_| !in_environment)))
    }

    /// The credentials of a profile: by the SDK, or by our own chain where it leads over roles. The SDK's asks nobody for an
    /// MFA code, and tells a role that is denied and a host that is not there as one and the same.
    async fn profile_provider(&self, name: &str) -> Result<SharedCredentialsProvider, CloudError> {
        match RoleChain::of(self, name).await? {
            Some(chain) => Ok(SharedCredentialsProvider::new(chain)),
            None => self.plain_profile(name),
        }
    }

    /// The SDK's provider for a profile, without roles that we take ourselves.
    pub(crate) fn plain_profile(
        &self,
        name: &str,
    ) -> Result<SharedCredentialsProvider, CloudError> {
        if let Some(sso) = sso::provider(self, name).map_err(invalid)? {
            return Ok(SharedCredentialsProvider::new(sso));
        }
        Ok(SharedCredentialsProvider::new(FreshProfile {
            machine: self.machine.clone(),
            config: self.provider_config(),
            name: name.to_owned(),
        }))
    }

    pub(crate) fn provider_config(&self) -> ProviderConfig {
        ProviderConfig::without_region()
            .with_region(Some(Region::new(self.region.to_owned())))
            .with_http_client(self.http.clone())
            .with_timeout_config(self.timeouts())
    }

    /// How long signing in may take.
    pub(crate) fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.limits.connect)
            .operation_attempt_timeout(self.limits.read_attempt)
            .build()
    }
}

/// Keys for an endpoint that takes any.
fn dummy() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "Dummy"))
}

/// A profile by the SDK, read from its files each time: tools renew them while the window is open, and the SDK's own
/// provider never tries again after its first error.
#[derive(Debug)]
struct FreshProfile {
    machine: Machine,
    config: ProviderConfig,
    name: String,
}

impl ProvideCredentials for FreshProfile {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let provider = ProfileFileCredentialsProvider::builder()
                .configure(&self.config)
                .profile_files(self.machine.files().await)
                .profile_name(&self.name)
                .with_custom_provider("Environment", EnvKeys(self.machine.clone()))
                .build();
            provider.provide_credentials().await
        })
    }
}

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` of a [`Machine`].
#[derive(Debug, Clone)]
pub(crate) struct EnvKeys(pub Machine);

impl EnvKeys {
    pub(crate) fn load(&self) -> Option<Credentials> {
        let id = self.0.var("AWS_ACCESS_KEY_ID")?;
        let secret = self.0.var("AWS_SECRET_ACCESS_KEY")?;
        let token = self.0.var("AWS_SESSION_TOKEN");
        Some(Credentials::new(id, secret, token, None, "Environment"))
    }
}

impl ProvideCredentials for EnvKeys {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(self.load().ok_or_else(|| {
            CredentialsError::not_loaded("the environment holds no AWS_ACCESS_KEY_ID")
        }))
    }
}

/// The first keys of a credentials file, read again each time: a server on this machine writes new ones on every start.
#[derive(Debug)]
struct FileKeys {
    machine: Machine,
    path: PathBuf,
}

impl FileKeys {
    async fn load(&self) -> Result<Credentials, CredentialsError> {
        let bytes = self.machine.read_path(&self.path).await;
        let bytes = bytes.map_err(CredentialsError::not_loaded)?;
        let text = String::from_utf8_lossy(&bytes);
        let value = |key: &str| {
            text.lines()
                .filter_map(|line| line.split_once('='))
                .find(|(name, _)| name.trim().eq_ignore_ascii_case(key))
                .map(|(_, value)| value.trim().to_owned())
        };
        match (value("aws_access_key_id"), value("aws_secret_access_key")) {
            (Some(id), Some(secret)) => {
                let token = value("aws_session_token");
                Ok(Credentials::new(id, secret, token, None, "EndpointFile"))
            }
            _ => Err(CredentialsError::not_loaded(
                "the endpoint's own credentials file holds no keys",
            )),
        }
    }
}

impl ProvideCredentials for FileKeys {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }
}

pub(crate) fn invalid(message: impl Into<String>) -> CloudError {
    CloudError::local("Connect", ErrorKind::Configuration, message)
}

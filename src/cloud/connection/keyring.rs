//! The credentials of one connection: asked for once, outside of any call's time limit, and shared by all its clients.
//!
//! The SDK would ask the chain inside of a call's attempt: an MFA prompt or a slow `credential_process` would then run into
//! the attempt's timeout, and each of twenty panels would ask by itself. So [`Keyring::credentials`] is awaited before a
//! client is handed out, and the SDK gets what is there.

use crate::cloud::connection::sessions::is_good;
use crate::cloud::error::network_behind;
use crate::cloud::observe::error_code;
use crate::model::cli::quote;
use crate::model::error::{CloudError, ErrorKind};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Mutex;

/// A failure is told again to everyone who asks within this time, instead of asking the chain for each of them.
const FAILURE_LASTS: Duration = Duration::from_secs(5);
/// Credentials that name no end are asked for again after this time: files and processes may have new ones.
const UNDATED_LASTS: Duration = Duration::from_secs(15 * 60);

/// Shared by the clients of a connection.
#[derive(Clone)]
pub struct Keyring {
    provider: SharedCredentialsProvider,
    sso: bool,
    /// The profile whose console session `aws login` signs in.
    login: Option<String>,
    state: Arc<Mutex<State>>,
}

enum State {
    Empty,
    Have {
        credentials: Credentials,
        since: Instant,
    },
    Failed {
        error: CloudError,
        since: Instant,
        declined: bool,
    },
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").finish_non_exhaustive()
    }
}

impl Keyring {
    /// `sso`: the credentials come from an SSO session, which the window can renew.
    pub(crate) fn new(provider: SharedCredentialsProvider, sso: bool) -> Self {
        Self {
            provider,
            sso,
            login: None,
            state: Arc::new(Mutex::new(State::Empty)),
        }
    }

    /// The same, where the credentials come from the console session of a profile: `aws login` signs that in.
    pub(crate) fn by_login(mut self, profile: Option<String>) -> Self {
        self.login = profile;
        self
    }

    /// Credentials that are good now.
    pub(crate) async fn credentials(&self) -> Result<Credentials, CloudError> {
        let mut state = self.state.lock().await;
        match &*state {
            State::Have { credentials, since }
                if is_good(credentials, SystemTime::now())
                    && (credentials.expiry().is_some() || since.elapsed() < UNDATED_LASTS) =>
            {
                return Ok(credentials.clone());
            }
            State::Failed {
                error,
                since,
                declined,
            } if *declined || since.elapsed() < FAILURE_LASTS => return Err(error.clone()),
            _ => {}
        }
        let had = matches!(&*state, State::Have { .. });
        match self.provider.provide_credentials().await {
            Ok(credentials) => {
                *state = State::Have {
                    credentials: credentials.clone(),
                    since: Instant::now(),
                };
                Ok(credentials)
            }
            Err(error) => {
                let error = self.explain(&error, had);
                *state = State::Failed {
                    declined: error.kind == ErrorKind::Cancelled,
                    since: Instant::now(),
                    error: error.clone(),
                };
                Err(error)
            }
        }
    }

    /// Forgets what it has and what failed: the next call asks again.
    pub(crate) async fn forget(&self) {
        *self.state.lock().await = State::Empty;
    }

    /// The same from where nothing can be awaited; someone who is asking right now will get fresh ones anyway.
    fn forget_soon(&self) {
        if let Ok(mut state) = self.state.try_lock() {
            *state = State::Empty;
        }
    }

    fn explain(&self, error: &CredentialsError, had: bool) -> CloudError {
        let causes = crate::cloud::error::causes(error);
        if let Some(known) = known_cause(error) {
            return known;
        }
        if !matches!(error, CredentialsError::CredentialsNotLoaded(_))
            && let Some(network) = network_behind("Sign in", error)
        {
            return network;
        }
        let text = causes.join(" ").to_ascii_lowercase();
        let expired = had
            || text.contains("expired")
            || self.sso && text.contains("refresh")
            || text.contains("expiredtoken");
        let (kind, message) = match error {
            _ if self.login.is_some() => {
                let profile = self.login.as_deref().unwrap_or_default();
                let kind = ErrorKind::SignIn {
                    sso: false,
                    expired,
                };
                (kind, login_words(profile, &text))
            }
            CredentialsError::CredentialsNotLoaded(_) if !self.sso => (
                ErrorKind::SignIn {
                    sso: false,
                    expired: false,
                },
                "Neither the environment, nor the profile, nor a role of this machine gave credentials."
                    .to_owned(),
            ),
            CredentialsError::ProviderTimedOut(_) => (
                ErrorKind::Timeout,
                "The source of the credentials did not answer in time.".to_owned(),
            ),
            CredentialsError::InvalidConfiguration(_) => (
                ErrorKind::Configuration,
                causes.last().cloned().unwrap_or_default(),
            ),
            _ if text.contains("external process") || text.contains("credential process") => {
                (ErrorKind::Configuration, process_words(&causes))
            }
            _ if self.sso => (
                ErrorKind::SignIn { sso: true, expired },
                "The SSO session of this profile has expired or was never started.".to_owned(),
            ),
            _ => (
                ErrorKind::SignIn {
                    sso: false,
                    expired,
                },
                causes.last().cloned().unwrap_or_default(),
            ),
        };
        CloudError {
            source: causes,
            ..CloudError::local("Sign in", kind, message)
        }
    }
}

/// What to do where the console session of a profile can't be used.
fn login_words(profile: &str, causes: &str) -> String {
    let profile = match profile {
        "default" => String::new(),
        profile => format!(" --profile {}", quote(profile)),
    };
    let why = if causes.contains("password") {
        "The password of the console session was changed"
    } else if causes.contains("insufficient permissions") {
        "The console session may not be renewed (signin:CreateOAuth2Token is needed)"
    } else if causes.contains("expired") || causes.contains("refresh") {
        "The console session has run out"
    } else {
        "The console session was not signed in on this machine"
    };
    format!("{why}: run `aws login{profile}`, then retry.")
}

/// The words of a `credential_process` that failed: its own, where it said something.
fn process_words(causes: &[String]) -> String {
    let told = causes.last().map(String::as_str).unwrap_or_default();
    let (first, said) = told.split_once("Stderr:").unwrap_or((told, ""));
    let said = said.trim();
    if said.is_empty() {
        return format!("The profile's credential_process failed: {}", first.trim());
    }
    format!("The profile's credential_process failed: {said}")
}

/// An error of ours that was put into the SDK's: the refused MFA code, the declined prompt.
fn known_cause(error: &(dyn std::error::Error + 'static)) -> Option<CloudError> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(known) = cause.downcast_ref::<CloudError>() {
            return Some(known.clone());
        }
        next = cause.source();
    }
    None
}

/// Forgets credentials that a service calls expired: those of a file name no end, and another tool may have renewed it.
#[derive(Debug, Clone)]
pub(crate) struct ForgetExpired(pub Keyring);

#[dyn_dispatch_hint]
impl Intercept for ForgetExpired {
    fn name(&self) -> &'static str {
        "SekishoForgetExpired"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let refused = context
            .response()
            .filter(|response| matches!(response.status().as_u16(), 400 | 401 | 403));
        let code = refused.and_then(error_code).unwrap_or_default();
        if code.starts_with("ExpiredToken") || code == "TokenRefreshRequired" {
            self.0.forget_soon();
        }
        Ok(())
    }
}

impl ProvideCredentials for Keyring {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            self.credentials()
                .await
                .map_err(CredentialsError::provider_error)
        })
    }
}

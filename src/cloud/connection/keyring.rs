//! The credentials of one connection: asked for once, outside of any call's time limit, and shared by all its clients.
//!
//! The SDK would ask the chain inside of a call's attempt: an MFA prompt or a slow `credential_process` would then run into
//! the attempt's timeout, and each of twenty panels would ask by itself. So [`Keyring::credentials`] is awaited before a
//! client is handed out, and the SDK gets what is there.

use crate::cloud::connection::sessions::is_good;
use crate::cloud::observe::error_code;
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
            state: Arc::new(Mutex::new(State::Empty)),
        }
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
        let text = causes.join(" ").to_ascii_lowercase();
        let expired = had
            || text.contains("expired")
            || self.sso && text.contains("refresh")
            || text.contains("expiredtoken");
        let (kind, message) = match error {
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
                ErrorKind::Invalid,
                causes.last().cloned().unwrap_or_default(),
            ),
            _ if self.sso && (text.contains("dispatch") || text.contains("connector")) => (
                ErrorKind::Network,
                "The SSO service could not be reached.".to_owned(),
            ),
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

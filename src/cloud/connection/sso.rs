//! Signing in to an SSO session again: the device flow of IAM Identity Center
//! (<https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html>). The window shows an address and a code,
//! the person approves in their browser, and the token goes where AWS's own tools keep it, so that they are signed in too.

use crate::cloud::Cloud;
use crate::cloud::connection::chain::{Settings, Source, invalid, read_settings};
use crate::cloud::connection::machine::Machine;
use crate::cloud::connection::{names, profiles, tls};
use crate::cloud::error::from_sdk;
use crate::cloud::observe::Observer;
use crate::model::connection::is_loopback_url;
use crate::model::error::{CloudError, ErrorKind};
use aws_config::sso::SsoCredentialsProvider;
use aws_runtime::env_config::section::EnvConfigSections;
use aws_sdk_ssooidc::config::Region;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::{SignedDuration, Timestamp};
use sha1::{Digest, Sha1};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a person is to do, and what has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SsoStep {
    /// Open this address; it shows the code, which must be the same.
    Open {
        /// Holds the code already; always `https`, except on this machine.
        url: String,
        /// For example `ABCD-EFGH`.
        code: String,
        /// Milliseconds since 1970: until then it can be approved.
        until_ms: i64,
    },
    /// The token is in its file; calls go on.
    Done,
}

/// The SSO session of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    /// What the token's file is named after: the session's name, or the start URL for profiles of the old form.
    identifier: String,
    start_url: String,
    region: String,
    scopes: Vec<String>,
}

/// Signs in to the SSO session of the connection's profile. Dropping the future gives up.
///
/// # Errors
/// Where the profile has no SSO session, the person declined or was too late, or the service can't be reached.
pub async fn sign_in(cloud: &Cloud, tell: impl Fn(SsoStep)) -> Result<(), CloudError> {
    let machine = cloud.machine();
    let settings = read_settings(machine, cloud.spec()).await?;
    let chosen = cloud.spec().profile.clone();
    let profile = chosen.unwrap_or_else(|| machine.default_profile());
    let session = session_of(&settings.sections, &profile).map_err(invalid)?;
    let client = client(cloud, &settings, &session).await?;
    let token = authorize(&client, &session, &tell).await?;
    let path = cache_path(machine, &session.identifier)?;
    write_private(&path, &token).map_err(|error| {
        invalid(format!(
            "The token can't be written to {}: {error}.",
            path.display()
        ))
    })?;
    cloud.sign_in_again().await;
    tell(SsoStep::Done);
    Ok(())
}

/// The session at the end of a profile's chain of roles.
pub(crate) fn session_of(sections: &EnvConfigSections, profile: &str) -> Result<Session, String> {
    let base = profiles::base_of(sections, profile).and_then(|base| sections.get_profile(&base));
    let profile = names::told(profile);
    let base =
        base.ok_or_else(|| format!("The profile {profile} does not lead to credentials."))?;
    let missing = |key: &str| format!("The SSO configuration of {profile} has no {key}.");
    let Some(name) = base.get("sso_session") else {
        let start_url = base
            .get("sso_start_url")
            .ok_or_else(|| format!("The profile {profile} does not sign in by SSO."))?;
        return Ok(Session {
            identifier: start_url.to_owned(),
            start_url: start_url.to_owned(),
            region: base
                .get("sso_region")
                .ok_or_else(|| missing("sso_region"))?
                .to_owned(),
            scopes: Vec::new(),
        });
    };
    let section = sections.sso_session(name).ok_or_else(|| {
        let name = names::told(name);
        format!("The section [sso-session {name}] does not exist.")
    })?;
    let scopes = section
        .get("sso_registration_scopes")
        .unwrap_or("sso:account:access");
    Ok(Session {
        identifier: names::told(name).into_owned(),
        start_url: section
            .get("sso_start_url")
            .ok_or_else(|| missing("sso_start_url"))?
            .to_owned(),
        region: section
            .get("sso_region")
            .ok_or_else(|| missing("sso_region"))?
            .to_owned(),
        scopes: scopes
            .split(',')
            .map(|scope| scope.trim().to_owned())
            .filter(|scope| !scope.is_empty())
            .collect(),
    })
}

/// The credentials of a profile whose session has a name that AWS's reader would not take: it would look for the token under
/// the rewritten one. None for all others.
pub(crate) fn provider(
    source: &Source<'_>,
    profile: &str,
) -> Result<Option<SsoCredentialsProvider>, String> {
    let sections = source.settings.sections.as_ref();
    let Some(section) = sections.get_profile(profile) else {
        return Ok(None);
    };
    let is_ours = section.get("sso_session").is_some_and(names::is_rewritten);
    if !is_ours {
        return Ok(None);
    }
    let session = session_of(sections, profile)?;
    let needed = |key: &str| {
        let missing = || format!("The profile {} has no {key}.", names::told(profile));
        section.get(key).ok_or_else(missing)
    };
    let provider = SsoCredentialsProvider::builder()
        .configure(&source.provider_config())
        .account_id(needed("sso_account_id")?)
        .role_name(needed("sso_role_name")?)
        .start_url(session.start_url)
        .session_name(session.identifier)
        .region(Region::new(session.region));
    Ok(Some(provider.build()))
}

async fn client(
    cloud: &Cloud,
    settings: &Settings,
    session: &Session,
) -> Result<aws_sdk_ssooidc::Client, CloudError> {
    let http = tls::http_client(cloud.machine(), cloud.spec(), settings, false).await?;
    let shared = aws_config::SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(Region::new(session.region.clone()))
        .http_client(http)
        .service_config(settings.clone())
        .build();
    let config = aws_sdk_ssooidc::config::Builder::from(&shared)
        .interceptor(Observer::new(cloud.hooks().calls.clone()))
        .build();
    Ok(aws_sdk_ssooidc::Client::from_conf(config))
}

/// Registers this console, gets a code, and asks until it is approved; the token as its file's text.
async fn authorize(
    client: &aws_sdk_ssooidc::Client,
    session: &Session,
    tell: &impl Fn(SsoStep),
) -> Result<String, CloudError> {
    let scopes = (!session.scopes.is_empty()).then(|| session.scopes.clone());
    let registered = client
        .register_client()
        .client_name("sekisho")
        .client_type("public")
        .set_scopes(scopes)
        .send()
        .await
        .map_err(|error| from_sdk("RegisterClient", &session.start_url, error))?;
    let (Some(id), Some(secret)) = (registered.client_id(), registered.client_secret()) else {
        return Err(unreadable("RegisterClient"));
    };
    let begun = client
        .start_device_authorization()
        .client_id(id)
        .client_secret(secret)
        .start_url(&session.start_url)
        .send()
        .await
        .map_err(|error| from_sdk("StartDeviceAuthorization", &session.start_url, error))?;
    let url = begun
        .verification_uri_complete()
        .or_else(|| begun.verification_uri());
    let (Some(url), Some(code), Some(device)) = (url, begun.user_code(), begun.device_code())
    else {
        return Err(unreadable("StartDeviceAuthorization"));
    };
    if !url.starts_with("https://") && !is_loopback_url(url) {
        return Err(invalid(
            "The SSO service named an address that is not https.",
        ));
    }
    let until = after(begun.expires_in());
    tell(SsoStep::Open {
        url: url.to_owned(),
        code: code.to_owned(),
        until_ms: until.as_millisecond(),
    });
    let mut pause = Duration::from_secs(u64::try_from(begun.interval()).unwrap_or(5).max(1));
    loop {
        tokio::time::sleep(pause).await;
        let answer = client
            .create_token()
            .client_id(id)
            .client_secret(secret)
            .grant_type("urn:ietf:params:oauth:grant-type:device_code")
            .device_code(device)
            .send()
            .await;
        match answer {
            Ok(token) => {
                let Some(access) = token.access_token() else {
                    return Err(unreadable("CreateToken"));
                };
                let registration = Timestamp::from_second(registered.client_secret_expires_at());
                return Ok(token_file(
                    session,
                    access,
                    after(token.expires_in()),
                    token.refresh_token(),
                    (id, secret, registration.unwrap_or(Timestamp::UNIX_EPOCH)),
                ));
            }
            Err(error) => match error.code() {
                Some("AuthorizationPendingException") if Timestamp::now() < until => {}
                Some("SlowDownException") if Timestamp::now() < until => {
                    pause += Duration::from_secs(5);
                }
                Some(
                    "AuthorizationPendingException" | "SlowDownException" | "ExpiredTokenException",
                ) => {
                    return Err(refused("The code was not approved in time."));
                }
                Some("AccessDeniedException") => {
                    return Err(refused("The sign-in was declined in the browser."));
                }
                _ => return Err(from_sdk("CreateToken", &session.start_url, error)),
            },
        }
    }
}

fn after(seconds: i32) -> Timestamp {
    let now = Timestamp::now();
    now.checked_add(SignedDuration::from_secs(seconds.into()))
        .unwrap_or(now)
}

fn refused(message: &str) -> CloudError {
    let kind = ErrorKind::SignIn {
        sso: true,
        expired: true,
    };
    CloudError::local("CreateToken", kind, message)
}

fn unreadable(operation: &str) -> CloudError {
    CloudError::local(
        operation,
        ErrorKind::Other,
        "The SSO service's answer lacks what it must hold.",
    )
}

/// The file as the AWS CLI writes it (`botocore.tokens`) and the SDKs read it.
fn token_file(
    session: &Session,
    access: &str,
    expires: Timestamp,
    refresh: Option<&str>,
    (id, secret, registered_until): (&str, &str, Timestamp),
) -> String {
    let time = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut token = serde_json::json!({
        "startUrl": session.start_url,
        "region": session.region,
        "accessToken": access,
        "expiresAt": time(expires),
        "clientId": id,
        "clientSecret": secret,
        "registrationExpiresAt": time(registered_until),
    });
    if let (Some(refresh), Some(fields)) = (refresh, token.as_object_mut()) {
        fields.insert("refreshToken".into(), refresh.into());
    }
    token.to_string()
}

/// `~/.aws/sso/cache/<SHA-1 of the identifier>.json`
fn cache_path(machine: &Machine, identifier: &str) -> Result<PathBuf, CloudError> {
    let home = machine
        .home()
        .ok_or_else(|| invalid("There is no home directory to keep the token in."))?;
    let digest = Sha1::digest(identifier.as_bytes());
    let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(home
        .join(".aws/sso/cache")
        .join(name)
        .with_extension("json"))
}

/// Writes beside the file and renames, so that nobody ever reads half a token; only the person may read it.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)?;
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(&beside)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // What is left of it holds a token.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
#[path = "sso_tests.rs"]
mod tests;

//! Signing in: by password, by a refresh token, and the new password that a temporary one asks for.
//! Source: <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow.html>.

use super::{
    ALL, Cognito, Untrue, attributes, invalid, lacks,
    model::{Client, Pool, Refresh, Session, State, User},
    no_key, no_user, not_authorized, passwords,
    passwords::Hashed,
    random, text,
    tokens::{self, SignedIn},
    users::TO_CHANGE,
};
use crate::error::AwsError;
use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Refresh tokens of a user that are remembered; the oldest are forgotten first.
const MOST_REFRESHES: usize = 100;
/// Sign-ins that wait for an answer.
const MOST_SESSIONS: usize = 10_000;
const CHALLENGE: &str = "NEW_PASSWORD_REQUIRED";

/// # Errors
/// When a client has a secret, and the caller does not know it.
pub fn check_secret(client: &Client, username: &str, given: Option<&str>) -> Result<(), AwsError> {
    let id = &client.id;
    match (&client.secret, given) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(not_authorized(format!(
            "Client {id} is configured with secret but SECRET_HASH was not received"
        ))),
        (Some(secret), Some(given)) => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            let told = format!("{username}{id}");
            let given = BASE64_STANDARD.decode(given).unwrap_or_default();
            let same = hmac::verify(&key, told.as_bytes(), &given);
            same.map_err(|_| unverified(id))
        }
        (None, Some(_)) => Err(unverified(id)),
    }
}

fn unverified(client: &str) -> AwsError {
    not_authorized(format!("Unable to verify secret hash for client {client}"))
}

fn hash(token: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(token))
}

/// # Errors
/// When a client may not sign in so.
fn check_flow(client: &Client, flow: &str) -> Result<(), AwsError> {
    let given = client.list("ExplicitAuthFlows");
    // What a client may that names no flow.
    let usual = [
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_CUSTOM_AUTH",
    ];
    let all = if given.is_empty() {
        &usual
    } else {
        given.as_slice()
    };
    let any = |names: &[&str]| names.iter().any(|name| all.contains(name));
    let is_old = !all.iter().any(|name| name.starts_with("ALLOW_"));
    match flow {
        "USER_PASSWORD_AUTH" if any(&["ALLOW_USER_PASSWORD_AUTH", flow]) => Ok(()),
        "USER_PASSWORD_AUTH" => Err(invalid(
            "USER_PASSWORD_AUTH flow not enabled for this client",
        )),
        "ADMIN_USER_PASSWORD_AUTH" | "ADMIN_NO_SRP_AUTH"
            if any(&["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"]) =>
        {
            Ok(())
        }
        "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" if is_old || any(&["ALLOW_REFRESH_TOKEN_AUTH"]) => {
            Ok(())
        }
        "ADMIN_USER_PASSWORD_AUTH"
        | "ADMIN_NO_SRP_AUTH"
        | "REFRESH_TOKEN_AUTH"
        | "REFRESH_TOKEN" => Err(invalid("Auth flow not enabled for this client")),
        other => Err(lacks(&format!("sign-in by {other}"))),
    }
}

/// A parameter that must be there.
fn parameter<'a>(all: &'a Value, name: &str) -> Result<&'a str, AwsError> {
    let given = all[name].as_str().filter(|given| !given.is_empty());
    given.ok_or_else(|| invalid(format!("Missing required parameter {name}")))
}

impl Cognito {
    pub(super) fn initiate_auth(&self, input: &Value) -> Result<Value, AwsError> {
        if text(input, "AuthFlow").starts_with("ADMIN_") {
            return Err(invalid("Initiate Auth method not supported."));
        }
        let client = self.state().client(text(input, "ClientId"))?.clone();
        self.begin(input, &client)
    }

    pub(super) fn admin_initiate_auth(&self, input: &Value) -> Result<Value, AwsError> {
        let (pool, id) = (text(input, "UserPoolId"), text(input, "ClientId"));
        let client = self.state().client_of(pool, id)?.clone();
        self.begin(input, &client)
    }

    fn begin(&self, input: &Value, client: &Client) -> Result<Value, AwsError> {
        let flow = text(input, "AuthFlow");
        check_flow(client, flow)?;
        let parameters = &input["AuthParameters"];
        match flow {
            "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" => self.refresh(client, parameters),
            _ => self.by_password(client, parameters),
        }
    }

    fn by_password(&self, client: &Client, parameters: &Value) -> Result<Value, AwsError> {
        let name = parameter(parameters, "USERNAME")?;
        let password = parameter(parameters, "PASSWORD")?;
        check_secret(client, name, parameters["SECRET_HASH"].as_str())?;
        let wrong = || not_authorized("Incorrect username or password.");
        let hides = client.settings.get("PreventUserExistenceErrors");
        let hides = hides.is_some_and(|told| told == "ENABLED");
        let (pool, found) = {
            let state = self.state();
            let pool = state.pool(&client.pool)?.clone();
            let key = state.key_of(&pool, name);
            let user = key.and_then(|key| state.users.get(&key).cloned().map(|user| (key, user)));
            (pool, user)
        };
        let (key, user) = found.ok_or_else(if hides { wrong } else { no_user })?;
        // Hashing takes its time: it is not done under the lock.
        if !user
            .password
            .as_ref()
            .is_some_and(|known| known.is(password))
        {
            return Err(wrong());
        }
        check_user(&user)?;
        if user.status != TO_CHANGE {
            return self.sign_in(&pool, client, &key);
        }
        if user
            .temporary_until
            .is_some_and(|until| until < self.clock.now_ms())
        {
            return Err(not_authorized(
                "Temporary password has expired and must be reset by an administrator.",
            ));
        }
        Ok(self.challenge(&pool, client, &key, &user))
    }

    /// Asks for a new password in place of a temporary one.
    fn challenge(&self, pool: &Pool, client: &Client, key: &str, user: &User) -> Value {
        let minutes = client.settings.get("AuthSessionValidity");
        let minutes = minutes.and_then(Value::as_i64).unwrap_or(3);
        let now = self.now();
        let session = Session {
            client: client.id.clone(),
            user: key.to_owned(),
            until: now + minutes * 60,
        };
        let name = random(ALL, 128);
        {
            let mut state = self.state();
            if state.sessions.len() >= MOST_SESSIONS {
                state.sessions.retain(|_, session| session.until > now);
            }
            state.sessions.insert(hash(&name), session);
        }
        let told = user.attributes.iter().filter(|(name, _)| name != "sub");
        let told: Value = told
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let missing: Vec<String> = missing(pool, user)
            .map(|name| format!("userAttributes.{name}"))
            .collect();
        json!({
            "ChallengeName": CHALLENGE, "Session": name,
            "ChallengeParameters": {
                "USER_ID_FOR_SRP": user.username,
                "requiredAttributes": json!(missing).to_string(),
                "userAttributes": told.to_string(),
            },
        })
    }

    pub(super) fn respond_to_auth_challenge(&self, input: &Value) -> Result<Value, AwsError> {
        let client = self.state().client(text(input, "ClientId"))?.clone();
        let responses = &input["ChallengeResponses"];
        let asked = text(input, "ChallengeName");
        if asked != CHALLENGE {
            return Err(lacks(&format!("challenge {asked}")));
        }
        let name = parameter(responses, "USERNAME")?;
        check_secret(&client, name, responses["SECRET_HASH"].as_str())?;
        let password = parameter(responses, "NEW_PASSWORD")?;
        let session = hash(text(input, "Session"));
        let (pool, key, user) = {
            let state = self.state();
            let pool = state.pool(&client.pool)?.clone();
            let of = state.key_of(&pool, name).unwrap_or_default();
            let found = state.sessions.get(&session);
            let found = found.filter(|found| found.client == client.id && found.user == of);
            let found = found.ok_or_else(|| not_authorized("Invalid session for the user."))?;
            if found.until <= self.now() {
                return Err(not_authorized(
                    "Invalid session for the user, session is expired.",
                ));
            }
            let user = state.users.get(&of).cloned().ok_or_else(no_user)?;
            (pool, of, user)
        };
        passwords::check(&pool, password)?;
        let mut all = user.attributes.clone();
        for (name, value) in responses.as_object().into_iter().flatten() {
            let Some(name) = name.strip_prefix("userAttributes.") else {
                continue;
            };
            all.retain(|(known, _)| known != name);
            let value = value.as_str().unwrap_or_default();
            all.push((name.to_owned(), value.to_owned()));
        }
        attributes::check(&pool, &all)?;
        let password = Hashed::of(password);
        {
            let now = self.clock.now_ms();
            let mut state = self.state();
            // Whoever was first has used the session up.
            if state.sessions.remove(&session).is_none() {
                return Err(not_authorized("Invalid session for the user."));
            }
            let user = state.users.get_mut(&key).ok_or_else(no_user)?;
            user.attributes = all;
            user.password = Some(password);
            user.temporary_until = None;
            "CONFIRMED".clone_into(&mut user.status);
            user.modified = now;
        }
        self.sign_in(&pool, &client, &key)
    }

    /// Gives a user new tokens.
    fn sign_in(&self, pool: &Pool, client: &Client, key: &str) -> Result<Value, AwsError> {
        let now = self.now();
        let by = SignedIn {
            origin: uuid::Uuid::new_v4().to_string(),
            at: now,
        };
        let token = random(ALL, 200);
        let refresh = Refresh {
            hash: hash(&token),
            client: client.id.clone(),
            origin: by.origin.clone(),
            signed_in: now,
            until: now + tokens::validity(client, "Refresh"),
        };
        let user = {
            let mut state = self.state();
            let user = state.users.get_mut(key).ok_or_else(no_user)?;
            user.refreshes.retain(|known| known.until > now);
            if user.refreshes.len() >= MOST_REFRESHES {
                user.refreshes.remove(0);
            }
            user.refreshes.push(refresh);
            user.clone()
        };
        let mut given = self.tokens(pool, client, &user, &by)?;
        given["RefreshToken"] = token.into();
        Ok(json!({"ChallengeParameters": {}, "AuthenticationResult": given}))
    }

    fn tokens(
        &self,
        pool: &Pool,
        client: &Client,
        user: &User,
        by: &SignedIn,
    ) -> Result<Value, AwsError> {
        let (region, now) = (&self.region, self.now());
        let access = tokens::access(region, pool, client, user, by, now).ok_or_else(no_key)?;
        let identity = tokens::identity(region, pool, client, user, by, now).ok_or_else(no_key)?;
        Ok(json!({
            "AccessToken": access, "ExpiresIn": tokens::validity(client, "Access"),
            "TokenType": "Bearer", "IdToken": identity,
        }))
    }

    fn refresh(&self, client: &Client, parameters: &Value) -> Result<Value, AwsError> {
        let token = hash(parameter(parameters, "REFRESH_TOKEN")?);
        let (pool, user, refresh) = {
            let state = self.state();
            let pool = state.pool(&client.pool)?.clone();
            let (user, refresh) = found(&state, client, &token)
                .ok_or_else(|| not_authorized("Invalid Refresh Token"))?;
            (pool, user.clone(), refresh.clone())
        };
        check_secret(client, &user.username, parameters["SECRET_HASH"].as_str())?;
        if refresh.until <= self.now() {
            return Err(not_authorized("Refresh Token has expired"));
        }
        check_user(&user)?;
        let by = SignedIn {
            origin: refresh.origin,
            at: refresh.signed_in,
        };
        let given = self.tokens(&pool, client, &user, &by)?;
        Ok(json!({"ChallengeParameters": {}, "AuthenticationResult": given}))
    }

    pub(super) fn get_user(&self, input: &Value) -> Result<Value, AwsError> {
        let claims = self.verify(text(input, "AccessToken"));
        let claims = claims.map_err(|why| match why {
            Untrue::Foreign => not_authorized("Invalid Access Token"),
            Untrue::Expired => not_authorized("Access Token has expired"),
        })?;
        let said = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        if said("token_use") != "access" {
            return Err(not_authorized("Invalid Access Token"));
        }
        let scopes = said("scope").split(' ');
        if !scopes
            .into_iter()
            .any(|scope| scope == "aws.cognito.signin.user.admin")
        {
            return Err(not_authorized("Access Token does not have required scopes"));
        }
        let state = self.state();
        let (_, pool) = tokens::of_issuer(said("iss")).ok_or_else(no_user)?;
        let key = state.key_of(state.pool(pool)?, said("username"));
        let user = key.and_then(|key| state.users.get(&key));
        let user = user.filter(|user| user.sub() == said("sub"));
        let user = user.ok_or_else(no_user)?;
        check_user(user)?;
        Ok(json!({
            "Username": user.username, "UserAttributes": attributes::shown(&user.attributes),
        }))
    }
}

/// # Errors
/// When a user may not sign in.
fn check_user(user: &User) -> Result<(), AwsError> {
    if !user.enabled {
        return Err(not_authorized("User is disabled."));
    }
    match user.status.as_str() {
        "UNCONFIRMED" => Err(AwsError::new(
            400,
            "UserNotConfirmedException",
            "User is not confirmed.",
        )),
        _ => Ok(()),
    }
}

/// The user that a refresh token of a client was given to.
fn found<'a>(state: &'a State, client: &Client, hash: &str) -> Option<(&'a User, &'a Refresh)> {
    let mut all = state.users.values().filter(|user| user.pool == client.pool);
    all.find_map(|user| {
        let mut of = user.refreshes.iter();
        let found = of.find(|known| known.hash == hash && known.client == client.id);
        found.map(|refresh| (user, refresh))
    })
}

/// Attributes that a pool wants of everybody, and a user lacks.
fn missing<'a>(pool: &'a Pool, user: &'a User) -> impl Iterator<Item = &'a str> {
    let wanted = pool.schema.iter().filter(|known| known["Required"] == true);
    let wanted = wanted.filter_map(|known| known["Name"].as_str());
    wanted.filter(|name| user.attribute(name).is_none())
}

//! App clients: what signs users in, with a secret or without, and how.
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html>.

use super::{
    Cognito, SMALL, invalid,
    model::{Client, State},
    page, random, seconds, text,
};
use crate::error::AwsError;
use serde_json::{Map, Value, json};

/// What of a client is shown as it was asked for.
const SETTINGS: [&str; 19] = [
    "RefreshTokenValidity",
    "AccessTokenValidity",
    "IdTokenValidity",
    "TokenValidityUnits",
    "ReadAttributes",
    "WriteAttributes",
    "ExplicitAuthFlows",
    "SupportedIdentityProviders",
    "CallbackURLs",
    "LogoutURLs",
    "DefaultRedirectURI",
    "AllowedOAuthFlows",
    "AllowedOAuthScopes",
    "AllowedOAuthFlowsUserPoolClient",
    "PreventUserExistenceErrors",
    "EnableTokenRevocation",
    "EnablePropagateAdditionalUserContextData",
    "AuthSessionValidity",
    "AnalyticsConfiguration",
];

/// Scopes that every pool knows.
const SCOPES: [&str; 5] = [
    "openid",
    "email",
    "phone",
    "profile",
    "aws.cognito.signin.user.admin",
];

/// The lengths of a client's id and of its secret.
const LENGTHS: (usize, usize) = (26, 52);

fn settings(input: &Value) -> Map<String, Value> {
    let mut all = Map::new();
    let usual = [
        ("RefreshTokenValidity", json!(30)),
        ("TokenValidityUnits", json!({})),
        ("AllowedOAuthFlowsUserPoolClient", json!(false)),
        ("EnableTokenRevocation", json!(true)),
        ("EnablePropagateAdditionalUserContextData", json!(false)),
        ("AuthSessionValidity", json!(3)),
    ];
    for (name, value) in usual {
        all.insert(name.to_owned(), value);
    }
    for name in SETTINGS {
        if let Some(value) = input.get(name).filter(|value| !value.is_null()) {
            all.insert(name.to_owned(), value.clone());
        }
    }
    all
}

/// # Errors
/// When what is asked of OAuth does not go together.
fn check(state: &State, client: &Client) -> Result<(), AwsError> {
    let flows = client.list("AllowedOAuthFlows");
    let scopes = client.list("AllowedOAuthScopes");
    if client.flag("AllowedOAuthFlowsUserPoolClient") && (flows.is_empty() || scopes.is_empty()) {
        return Err(invalid(
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
        ));
    }
    let refused = |message: &str| AwsError::new(400, "InvalidOAuthFlowException", message);
    if flows.contains(&"client_credentials") {
        if flows.len() > 1 {
            return Err(refused(
                "client_credentials flow can not be selected along with code flow or implicit flow.",
            ));
        }
        if client.secret.is_none() {
            return Err(refused(
                "client_credentials flow can not be selected if client does not have a client secret.",
            ));
        }
    }
    let is_known = |scope: &str| {
        SCOPES.contains(&scope)
            || state.servers.values().any(|server| {
                let mut of = server.scopes.iter();
                server.pool == client.pool
                    && of.any(|(name, _)| scope == format!("{}/{name}", server.identifier))
            })
    };
    if let Some(scope) = scopes.iter().find(|scope| !is_known(scope)) {
        return Err(AwsError::new(
            400,
            "ScopeDoesNotExistException",
            format!("Invalid scope requested: {scope}"),
        ));
    }
    Ok(())
}

fn shown(client: &Client) -> Value {
    let mut out = json!({
        "UserPoolId": client.pool, "ClientId": client.id,
        "CreationDate": seconds(client.created), "LastModifiedDate": seconds(client.created),
    });
    if let Some(secret) = &client.secret {
        out["ClientSecret"] = secret.as_str().into();
    }
    for (name, value) in &client.settings {
        out[name] = value.clone();
    }
    out
}

impl Cognito {
    pub(super) fn create_user_pool_client(&self, input: &Value) -> Result<Value, AwsError> {
        let (id, secret) = LENGTHS;
        let given = input["ClientSecret"].as_str().map(str::to_owned);
        let wants = input["GenerateSecret"] == true;
        if wants && given.is_some() {
            return Err(invalid(
                "GenerateSecret and ClientSecret can't both be given.",
            ));
        }
        let mut settings = settings(input);
        settings.insert("ClientName".into(), input["ClientName"].clone());
        let client = Client {
            id: random(SMALL, id),
            pool: text(input, "UserPoolId").to_owned(),
            secret: given.or_else(|| wants.then(|| random(SMALL, secret))),
            created: self.clock.now_ms(),
            settings,
        };
        let mut state = self.state();
        state.pool(&client.pool)?;
        check(&state, &client)?;
        let answer = shown(&client);
        state.clients.insert(client.id.clone(), client);
        Ok(json!({"UserPoolClient": answer}))
    }

    pub(super) fn describe_user_pool_client(&self, input: &Value) -> Result<Value, AwsError> {
        let state = self.state();
        let client = state.client_of(text(input, "UserPoolId"), text(input, "ClientId"))?;
        Ok(json!({"UserPoolClient": shown(client)}))
    }

    pub(super) fn list_user_pool_clients(&self, input: &Value) -> Result<Value, AwsError> {
        let id = text(input, "UserPoolId");
        let state = self.state();
        state.pool(id)?;
        let all = state.clients.values().filter(|client| client.pool == id);
        let all = all.map(|client| {
            let name = &client.settings["ClientName"];
            let shown = json!({"ClientId": client.id, "UserPoolId": id, "ClientName": name});
            (client.id.as_str(), shown)
        });
        let most = input["MaxResults"].as_u64().unwrap_or(60);
        let (clients, next) = page(all, most as usize, text(input, "NextToken"));
        let mut out = json!({"UserPoolClients": clients});
        if let Some(next) = next {
            out["NextToken"] = next.into();
        }
        Ok(out)
    }

    pub(super) fn delete_user_pool_client(&self, input: &Value) -> Result<Value, AwsError> {
        let mut state = self.state();
        let id = text(input, "ClientId");
        state.client_of(text(input, "UserPoolId"), id)?;
        state.clients.remove(id);
        Ok(Value::Null)
    }
}

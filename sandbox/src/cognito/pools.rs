//! User pools and their resource servers.
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html>.

use super::{
    ALL, Cognito, attributes, invalid, lacks,
    model::{Key, Pool, Server, State, within},
    no_key, not_found, page, passwords, random, seconds, text,
};
use crate::error::AwsError;
use serde_json::{Map, Value, json};

/// What of a pool is shown as it was asked for.
const SETTINGS: [&str; 16] = [
    "DeletionProtection",
    "AutoVerifiedAttributes",
    "AliasAttributes",
    "UsernameAttributes",
    "SmsVerificationMessage",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "VerificationMessageTemplate",
    "SmsAuthenticationMessage",
    "UserAttributeUpdateSettings",
    "EmailConfiguration",
    "SmsConfiguration",
    "UserPoolTags",
    "UsernameConfiguration",
    "AccountRecoverySetting",
    "UserPoolTier",
];

/// What a pool is made with that the sandbox would have to do something for, and can't.
const ABSENT: [(&str, &str); 4] = [
    ("LambdaConfig", "triggers"),
    ("DeviceConfiguration", "devices that are remembered"),
    ("UserPoolAddOns", "threat protection"),
    ("KeyConfiguration", "keys of KMS"),
];

fn settings(input: &Value) -> Result<Map<String, Value>, AwsError> {
    for (name, what) in ABSENT {
        let given = input[name].as_object();
        if given.is_some_and(|given| !given.is_empty()) {
            return Err(lacks(what));
        }
    }
    if input["MfaConfiguration"] == "ON" {
        return Err(lacks(
            "second factors, so that it can't ask every user for one",
        ));
    }
    let mut all = Map::new();
    let usual = [
        ("DeletionProtection", json!("INACTIVE")),
        (
            "VerificationMessageTemplate",
            json!({"DefaultEmailOption": "CONFIRM_WITH_CODE"}),
        ),
        (
            "EmailConfiguration",
            json!({"EmailSendingAccount": "COGNITO_DEFAULT"}),
        ),
        ("UserPoolTags", json!({})),
        ("UserPoolTier", json!("ESSENTIALS")),
    ];
    for (name, value) in usual {
        all.insert(name.to_owned(), value);
    }
    for name in SETTINGS {
        if let Some(value) = input.get(name).filter(|value| !value.is_null()) {
            all.insert(name.to_owned(), value.clone());
        }
    }
    let mut admin = json!({"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7});
    for (name, value) in input["AdminCreateUserConfig"]
        .as_object()
        .into_iter()
        .flatten()
    {
        admin[name] = value.clone();
    }
    all.insert("AdminCreateUserConfig".into(), admin);
    let mfa = input["MfaConfiguration"].as_str().unwrap_or("OFF");
    all.insert("MfaConfiguration".into(), mfa.into());
    let policies = passwords::policies(input.get("Policies"));
    all.insert("Policies".into(), policies);
    Ok(all)
}

impl Cognito {
    fn shown(&self, state: &State, pool: &Pool) -> Value {
        let users = state.users.values().filter(|user| user.pool == pool.id);
        let mut out = json!({
            "Id": pool.id, "Name": pool.name, "Arn": self.arn(&pool.id), "LambdaConfig": {},
            "CreationDate": seconds(pool.created), "LastModifiedDate": seconds(pool.created),
            "SchemaAttributes": pool.schema, "EstimatedNumberOfUsers": users.count(),
        });
        for (name, value) in &pool.settings {
            out[name] = value.clone();
        }
        out
    }

    pub(super) fn create_user_pool(&self, input: &Value) -> Result<Value, AwsError> {
        let settings = settings(input)?;
        let schema = attributes::schema(&input["Schema"])?;
        let pool = Pool {
            id: format!("{}_{}", self.region, random(ALL, 9)),
            name: text(input, "PoolName").to_owned(),
            created: self.clock.now_ms(),
            settings,
            schema,
            key: Key::make().ok_or_else(no_key)?,
        };
        let mut state = self.state();
        let answer = self.shown(&state, &pool);
        state.pools.insert(pool.id.clone(), pool);
        Ok(json!({"UserPool": answer}))
    }

    pub(super) fn describe_user_pool(&self, input: &Value) -> Result<Value, AwsError> {
        let state = self.state();
        let pool = state.pool(text(input, "UserPoolId"))?;
        Ok(json!({"UserPool": self.shown(&state, pool)}))
    }

    pub(super) fn list_user_pools(&self, input: &Value) -> Value {
        let state = self.state();
        let most = input["MaxResults"].as_u64().unwrap_or(60);
        let all = state.pools.iter().map(|(id, pool)| {
            let shown = json!({
                "Id": id, "Name": pool.name, "LambdaConfig": {},
                "CreationDate": seconds(pool.created), "LastModifiedDate": seconds(pool.created),
            });
            (id.as_str(), shown)
        });
        let (pools, next) = page(all, most as usize, text(input, "NextToken"));
        let mut out = json!({"UserPools": pools});
        if let Some(next) = next {
            out["NextToken"] = next.into();
        }
        out
    }

    pub(super) fn delete_user_pool(&self, input: &Value) -> Result<Value, AwsError> {
        let id = text(input, "UserPoolId");
        let mut state = self.state();
        if state.pool(id)?.settings["DeletionProtection"] == "ACTIVE" {
            return Err(invalid(
                "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.",
            ));
        }
        state.pools.remove(id);
        state.clients.retain(|_, client| client.pool != id);
        state.servers.retain(|_, server| server.pool != id);
        state.users.retain(|_, user| user.pool != id);
        Ok(Value::Null)
    }

    pub(super) fn create_resource_server(&self, input: &Value) -> Result<Value, AwsError> {
        let (pool, identifier) = (text(input, "UserPoolId"), text(input, "Identifier"));
        let scopes = input["Scopes"].as_array().into_iter().flatten();
        let scopes = scopes.map(|scope| {
            let told = text(scope, "ScopeDescription");
            (text(scope, "ScopeName").to_owned(), told.to_owned())
        });
        let server = Server {
            pool: pool.to_owned(),
            identifier: identifier.to_owned(),
            name: text(input, "Name").to_owned(),
            scopes: scopes.collect(),
        };
        let key = within(pool, identifier);
        let mut state = self.state();
        state.pool(pool)?;
        if state.servers.contains_key(&key) {
            return Err(invalid(format!(
                "A resource server with identifier {identifier} already exists in this user pool."
            )));
        }
        let shown: Vec<Value> = server
            .scopes
            .iter()
            .map(|(name, told)| json!({"ScopeName": name, "ScopeDescription": told}))
            .collect();
        let answer = json!({
            "UserPoolId": pool, "Identifier": identifier, "Name": server.name, "Scopes": shown,
        });
        state.servers.insert(key, server);
        Ok(json!({"ResourceServer": answer}))
    }

    /// The keys that verify a pool's tokens.
    pub(super) fn key_set(&self, pool: &str) -> Result<Value, AwsError> {
        let key = self.state().pool(pool)?.key.shown();
        let key = key.ok_or_else(|| not_found(format!("User pool {pool} does not exist.")))?;
        Ok(json!({"keys": [key]}))
    }
}

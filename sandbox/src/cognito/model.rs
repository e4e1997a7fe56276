//! What user pools are made of, as it is kept. Knows no request and no protocol.

use super::{keep::Kept, passwords::Hashed};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

/// A user pool.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Pool {
    /// `us-east-1_` and nine letters and digits.
    pub id: String,
    pub name: String,
    /// ms since 1970.
    pub created: i64,
    /// What was asked for, by the members' own names.
    pub settings: Map<String, Value>,
    /// Attributes with their constraints, the standard ones first.
    pub schema: Vec<Value>,
    pub key: Key,
}

/// What a pool signs its tokens with.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Key {
    /// Names it in tokens.
    pub id: String,
    /// PKCS #8, base64.
    pub private: String,
    /// PKCS #1, base64.
    pub public: String,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the key {}", self.id)
    }
}

/// An app client of a pool.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Client {
    pub id: String,
    pub pool: String,
    pub secret: Option<String>,
    /// ms since 1970.
    pub created: i64,
    /// What was asked for, by the members' own names.
    pub settings: Map<String, Value>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the client {}", self.id)
    }
}

impl Client {
    /// The members of a list of texts.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let all = self.settings.get(name).and_then(Value::as_array);
        let all = all.into_iter().flatten();
        all.filter_map(Value::as_str).collect()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.settings.get(name).and_then(Value::as_bool) == Some(true)
    }
}

/// A resource server: an API, with the scopes that tokens may have for it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Server {
    pub pool: String,
    pub identifier: String,
    pub name: String,
    /// By their names, what they allow.
    pub scopes: Vec<(String, String)>,
}

/// A user of a pool.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct User {
    pub pool: String,
    pub username: String,
    /// In the order in which they were given; `sub` is the first.
    pub attributes: Vec<(String, String)>,
    pub enabled: bool,
    pub status: String,
    pub password: Option<Hashed>,
    /// Until when a temporary password is good; ms since 1970.
    pub temporary_until: Option<i64>,
    /// ms since 1970.
    pub created: i64,
    pub modified: i64,
    pub refreshes: Vec<Refresh>,
}

impl User {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        all.find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn sub(&self) -> &str {
        self.attribute("sub").unwrap_or_default()
    }
}

/// A refresh token that was given out. The token itself is not kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Refresh {
    /// SHA-256 of the token, base64.
    pub hash: String,
    pub client: String,
    /// Names the sign-in in every token that follows from it.
    pub origin: String,
    /// Seconds since 1970.
    pub signed_in: i64,
    pub until: i64,
}

/// A sign-in that waits for an answer to a challenge.
#[derive(Debug, Clone)]
pub struct Session {
    pub client: String,
    pub user: String,
    /// Seconds since 1970.
    pub until: i64,
}

/// All of a region.
#[derive(Debug, Default)]
pub struct State {
    pub pools: BTreeMap<String, Pool>,
    pub clients: BTreeMap<String, Client>,
    /// By pool and identifier, with a slash between.
    pub servers: BTreeMap<String, Server>,
    /// By pool and username, with a slash between.
    pub users: BTreeMap<String, User>,
    /// Not kept: who signs in while the sandbox ends begins anew.
    pub sessions: HashMap<String, Session>,
    pub kept: Kept,
}

/// A key of what belongs to a pool. Pools' ids have no slash.
pub fn within(pool: &str, name: &str) -> String {
    format!("{pool}/{name}")
}

//! The tokens of a pool: RS256 with the pool's own key, in the form that Cognito gives them. Signing and verifying are aws-lc's,
//! which is in the tree: a crate for tokens would bring its own forms of keys and claims for the same two calls.
//!
//! The issuer is AWS's, as authorizers and clients that know a pool by its id expect it; the keys that verify a token are found at
//! the sandbox, below `/POOL/.well-known/`.
//!
//! Source: <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html>.

use super::model::{Client, Key, Pool, User};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
    },
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Claims of a token.
pub type Claims = Map<String, Value>;

/// Who issues a pool's tokens.
pub fn issuer(region: &str, pool: &str) -> String {
    let end = match region.starts_with("cn-") {
        true => "amazonaws.com.cn",
        false => "amazonaws.com",
    };
    format!("https://cognito-idp.{region}.{end}/{pool}")
}

/// The region and the pool of an issuer.
pub fn of_issuer(issuer: &str) -> Option<(&str, &str)> {
    let (host, pool) = issuer
        .strip_prefix("https://cognito-idp.")?
        .split_once('/')?;
    Some((host.split('.').next()?, pool))
}

impl Key {
    /// A new one; none when no key can be made.
    pub fn make() -> Option<Self> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
        let private: Pkcs8V1Der<'_> = pair.as_der().ok()?;
        let public = pair.public_key().as_ref();
        Some(Self {
            id: BASE64_STANDARD.encode(Sha256::digest(public)),
            private: BASE64_STANDARD.encode(private.as_ref()),
            public: BASE64_STANDARD.encode(public),
        })
    }

    /// As clients read it (RFC 7517).
    pub fn shown(&self) -> Option<Value> {
        let public = BASE64_STANDARD.decode(&self.public).ok()?;
        let (modulus, exponent) = parts(&public)?;
        Some(json!({
            "alg": "RS256", "e": BASE64_URL_SAFE_NO_PAD.encode(exponent), "kid": self.id, "kty": "RSA",
            "n": BASE64_URL_SAFE_NO_PAD.encode(modulus), "use": "sig",
        }))
    }

    /// A token that says these claims.
    pub fn sign(&self, claims: &Value) -> Option<String> {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let head = json!({"kid": self.id, "alg": "RS256"});
        let told = format!("{}.{}", part(&head), part(claims));
        let private = BASE64_STANDARD.decode(&self.private).ok()?;
        let pair = RsaKeyPair::from_pkcs8(&private).ok()?;
        let mut signature = vec![0; pair.public_modulus_len()];
        let random = SystemRandom::new();
        pair.sign(&RSA_PKCS1_SHA256, &random, told.as_bytes(), &mut signature)
            .ok()?;
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
        Some(format!("{told}.{signature}"))
    }

    /// What a token says that this key has signed; none when it has not.
    pub fn verify(&self, token: &str) -> Option<Claims> {
        let (told, signature) = token.rsplit_once('.')?;
        let (head, claims) = told.split_once('.')?;
        let head: Value = serde_json::from_slice(&part(head)?).ok()?;
        if head["alg"] != "RS256" || head["kid"] != self.id.as_str() {
            return None;
        }
        let public = BASE64_STANDARD.decode(&self.public).ok()?;
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
        let signature = part(signature)?;
        public.verify(told.as_bytes(), &signature).ok()?;
        serde_json::from_slice(&part(claims)?).ok()
    }
}

fn part(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

/// What a token says of itself, be it true or not.
pub fn told(token: &str) -> Option<Claims> {
    let claims = token.split('.').nth(1)?;
    serde_json::from_slice(&part(claims)?).ok()
}

/// Modulus and exponent of a public key (RFC 8017, `RSAPublicKey`), without the zero that keeps them from being negative.
fn parts(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (inside, _) = value(der, 0x30)?;
    let (modulus, rest) = value(inside, 0x02)?;
    let (exponent, _) = value(rest, 0x02)?;
    let bare = |of: &'_ [u8]| of.len() - of.strip_prefix(&[0]).unwrap_or(of).len();
    Some((&modulus[bare(modulus)..], &exponent[bare(exponent)..]))
}

/// A value of a tag, and what follows it.
fn value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = der.strip_prefix(&[tag])?.split_first()?;
    let (length, rest) = match length {
        0..=127 => (usize::from(length), rest),
        _ => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let length = bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (length, rest)
        }
    };
    rest.split_at_checked(length)
}

/// A sign-in, which all tokens that follow from it name.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub origin: String,
    /// Seconds since 1970.
    pub at: i64,
}

/// Seconds that a client's tokens of a kind (`Access`, `Id`, `Refresh`) are good.
pub fn validity(client: &Client, kind: &str) -> i64 {
    let (usual, unit) = match kind {
        "Refresh" => (30, "days"),
        _ => (1, "hours"),
    };
    let given = client.settings.get(&format!("{kind}TokenValidity"));
    let units = client.settings.get("TokenValidityUnits");
    let unit = units
        .and_then(|units| units[format!("{kind}Token")].as_str())
        .unwrap_or(unit);
    let one = match unit {
        "seconds" => 1,
        "minutes" => 60,
        "hours" => 3600,
        _ => 86_400,
    };
    let given = given.and_then(Value::as_i64).filter(|given| *given > 0);
    given.unwrap_or(usual) * one
}

/// The access token of a user.
pub fn access(
    region: &str,
    pool: &Pool,
    client: &Client,
    user: &User,
    by: &SignedIn,
    now: i64,
) -> Option<String> {
    let id = || uuid::Uuid::new_v4().to_string();
    pool.key.sign(&json!({
        "sub": user.sub(), "iss": issuer(region, &pool.id), "client_id": client.id,
        "origin_jti": by.origin, "event_id": id(), "token_use": "access",
        "scope": "aws.cognito.signin.user.admin", "auth_time": by.at,
        "exp": now + validity(client, "Access"), "iat": now, "jti": id(), "username": user.username,
    }))
}

/// The access token of a client that speaks for itself.
pub fn of_client(
    region: &str,
    pool: &Pool,
    client: &Client,
    scopes: &str,
    now: i64,
) -> Option<String> {
    pool.key.sign(&json!({
        "sub": client.id, "token_use": "access", "scope": scopes, "auth_time": now,
        "iss": issuer(region, &pool.id), "exp": now + validity(client, "Access"), "iat": now,
        "version": 2, "jti": uuid::Uuid::new_v4().to_string(), "client_id": client.id,
    }))
}

/// The ID token of a user: with all attributes of theirs that the client may read.
pub fn identity(
    region: &str,
    pool: &Pool,
    client: &Client,
    user: &User,
    by: &SignedIn,
    now: i64,
) -> Option<String> {
    let id = || uuid::Uuid::new_v4().to_string();
    let mut claims = json!({"sub": user.sub()});
    let readable = client.list("ReadAttributes");
    for (name, value) in &user.attributes {
        let is_read = readable.is_empty() || readable.contains(&name.as_str());
        if name == "sub" || !is_read {
            continue;
        }
        claims[name] = match name.as_str() {
            "email_verified" | "phone_number_verified" => (value == "true").into(),
            _ => value.as_str().into(),
        };
    }
    let rest = json!({
        "iss": issuer(region, &pool.id), "cognito:username": user.username, "origin_jti": by.origin,
        "aud": client.id, "event_id": id(), "token_use": "id", "auth_time": by.at,
        "exp": now + validity(client, "Id"), "iat": now, "jti": id(),
    });
    for (name, value) in rest.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    pool.key.sign(&claims)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_key_knows_its_own_tokens_alone() {
        let (key, other) = (Key::make().unwrap(), Key::make().unwrap());
        let token = key.sign(&json!({"sub": "me", "exp": 5})).unwrap();
        assert_eq!(key.verify(&token).unwrap()["sub"], "me");
        assert!(other.verify(&token).is_none());
        assert_eq!(told(&token).unwrap()["exp"], 5);
        let (head, rest) = token.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        let forged = BASE64_URL_SAFE_NO_PAD.encode(r#"{"sub":"you"}"#);
        assert!(
            key.verify(&format!("{head}.{forged}.{signature}"))
                .is_none()
        );
        // Whoever says that nothing is signed is not believed.
        let none = json!({"alg": "none", "kid": key.id}).to_string();
        let none = BASE64_URL_SAFE_NO_PAD.encode(none);
        for wrong in [
            format!("{none}.{forged}."),
            format!("{none}.{forged}.{signature}"),
            head.to_owned(),
            String::new(),
            "a.b.c".to_owned(),
        ] {
            assert!(key.verify(&wrong).is_none(), "{wrong}");
        }
        assert!(!format!("{key:?}").contains(&key.private));
    }

    #[test]
    fn a_key_is_shown_as_its_two_numbers() {
        let key = Key::make().unwrap();
        let shown = key.shown().unwrap();
        assert_eq!(
            (&shown["kty"], &shown["e"]),
            (&json!("RSA"), &json!("AQAB"))
        );
        let modulus = part(shown["n"].as_str().unwrap()).unwrap();
        assert_eq!(modulus.len(), 256);
        assert_ne!(modulus[0], 0);
    }

    #[test]
    fn a_client_says_how_long_its_tokens_are_good() {
        let mut client = Client::default();
        assert_eq!(validity(&client, "Access"), 3600);
        assert_eq!(validity(&client, "Refresh"), 30 * 86_400);
        let settings =
            json!({"AccessTokenValidity": 20, "TokenValidityUnits": {"AccessToken": "minutes"}});
        client.settings = settings.as_object().unwrap().clone();
        assert_eq!(validity(&client, "Access"), 1200);
        assert_eq!(validity(&client, "Id"), 3600);
    }

    #[test]
    fn an_issuer_names_region_and_pool() {
        let one = issuer("eu-west-1", "eu-west-1_abc");
        assert_eq!(
            one,
            "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"
        );
        assert_eq!(of_issuer(&one), Some(("eu-west-1", "eu-west-1_abc")));
        assert_eq!(of_issuer("https://attacker.example/eu-west-1_abc"), None);
    }
}

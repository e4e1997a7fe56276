//! Passwords: what a pool asks of them, and what is kept in their place.
//! Source: <https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html>.

use super::model::Pool;
use crate::error::AwsError;
use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA256};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::num::NonZeroU32;

/// Rounds of a new hash. A sandbox's passwords guard a sandbox; who reads its disk still can't read them.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(49_999);

/// What is kept of a password.
#[derive(Clone, Serialize, Deserialize)]
pub struct Hashed {
    salt: String,
    hash: String,
    rounds: NonZeroU32,
}

impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a password")
    }
}

impl Hashed {
    /// Of a password, with a salt of its own.
    pub fn of(password: &str) -> Self {
        let salt = *uuid::Uuid::new_v4().as_bytes();
        let mut hash = [0_u8; 32];
        let text = password.as_bytes();
        pbkdf2::derive(PBKDF2_HMAC_SHA256, ROUNDS, &salt, text, &mut hash);
        Self {
            salt: BASE64_STANDARD.encode(salt),
            hash: BASE64_STANDARD.encode(hash),
            rounds: ROUNDS,
        }
    }

    /// Whether it is of this password.
    pub fn is(&self, password: &str) -> bool {
        let salt = BASE64_STANDARD.decode(&self.salt).unwrap_or_default();
        let hash = BASE64_STANDARD.decode(&self.hash).unwrap_or_default();
        let text = password.as_bytes();
        pbkdf2::verify(PBKDF2_HMAC_SHA256, self.rounds, &salt, text, &hash).is_ok()
    }
}

/// The policy of a pool that names none.
fn usual() -> Value {
    json!({
        "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true,
        "RequireNumbers": true, "RequireSymbols": true, "TemporaryPasswordValidityDays": 7,
    })
}

/// A pool's policies with all that they leave out: what is not asked of a password in a policy that is given is not asked.
pub fn policies(given: Option<&Value>) -> Value {
    let mut policies = given.cloned().unwrap_or_else(|| json!({}));
    let policy = match policies.get("PasswordPolicy").filter(|of| of.is_object()) {
        None => usual(),
        Some(given) => {
            let mut policy = json!({
                "MinimumLength": 8, "RequireUppercase": false, "RequireLowercase": false,
                "RequireNumbers": false, "RequireSymbols": false, "TemporaryPasswordValidityDays": 7,
            });
            for (name, value) in given.as_object().into_iter().flatten() {
                policy[name] = value.clone();
            }
            policy
        }
    };
    policies["PasswordPolicy"] = policy;
    if policies.get("SignInPolicy").is_none() {
        policies["SignInPolicy"] = json!({"AllowedFirstAuthFactors": ["PASSWORD"]});
    }
    policies
}

fn policy(pool: &Pool) -> Value {
    let policies = pool.settings.get("Policies");
    let policy = policies.map(|policies| policies["PasswordPolicy"].clone());
    policy.unwrap_or_else(usual)
}

/// Days that a temporary password is good.
pub fn temporary_days(pool: &Pool) -> i64 {
    let days = policy(pool)["TemporaryPasswordValidityDays"].as_i64();
    days.filter(|days| *days > 0).unwrap_or(7)
}

/// # Errors
/// When a pool doesn't take a password.
pub fn check(pool: &Pool, password: &str) -> Result<(), AwsError> {
    let policy = policy(pool);
    let asks = |name: &str| policy[name].as_bool() == Some(true);
    let least = policy["MinimumLength"].as_u64().unwrap_or(8);
    let has = |of: &dyn Fn(char) -> bool| password.chars().any(of);
    // As Cognito documents them; a space counts between others.
    let symbols = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-";
    let lacks = [
        (
            (password.chars().count() as u64) < least,
            "Password not long enough",
        ),
        (
            asks("RequireUppercase") && !has(&|c| c.is_ascii_uppercase()),
            "Password must have uppercase characters",
        ),
        (
            asks("RequireLowercase") && !has(&|c| c.is_ascii_lowercase()),
            "Password must have lowercase characters",
        ),
        (
            asks("RequireNumbers") && !has(&|c| c.is_ascii_digit()),
            "Password must have numeric characters",
        ),
        (
            asks("RequireSymbols") && !has(&|c| symbols.contains(c)),
            "Password must have symbol characters",
        ),
    ];
    match lacks.iter().find(|(lacks, _)| *lacks) {
        None => Ok(()),
        Some((_, what)) => Err(AwsError::new(
            400,
            "InvalidPasswordException",
            format!("Password did not conform with policy: {what}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_password_is_known_again_and_shown_nowhere() {
        let hashed = Hashed::of("Pässword-1");
        assert!(hashed.is("Pässword-1"));
        assert!(!hashed.is("Pässword-2"));
        assert_eq!(format!("{hashed:?}"), "a password");
        let kept = serde_json::to_string(&hashed).unwrap();
        assert!(!kept.contains("ssword-1"));
        assert!(
            serde_json::from_str::<Hashed>(&kept)
                .unwrap()
                .is("Pässword-1")
        );
    }

    #[test]
    fn what_a_password_lacks_is_told_one_at_a_time() {
        let mut pool = Pool::default();
        let told = |pool: &Pool, password: &str| {
            let error = check(pool, password).err();
            error.map(|error| {
                let message = error.message;
                message.rsplit(": ").next().unwrap_or_default().to_owned()
            })
        };
        for (password, lacks) in [
            ("Ab1!", Some("Password not long enough")),
            ("abcdefg1!", Some("Password must have uppercase characters")),
            ("ABCDEFG1!", Some("Password must have lowercase characters")),
            ("Abcdefgh!", Some("Password must have numeric characters")),
            ("Abcdefg1", Some("Password must have symbol characters")),
            ("Abcdefg1!", None),
        ] {
            assert_eq!(told(&pool, password).as_deref(), lacks, "{password}");
        }
        let given = json!({"PasswordPolicy": {"MinimumLength": 6}});
        let policies = policies(Some(&given));
        pool.settings.insert("Policies".into(), policies);
        assert_eq!(told(&pool, "secret"), None);
        assert_eq!(
            told(&pool, "short").as_deref(),
            Some("Password not long enough")
        );
    }
}

//! `COGNITO_USER_POOLS`: callers who show a token that a pool of the sandbox gave out: an ID token, or, where the method has
//! scopes, an access token with one of them. What the token says is passed on.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html>.

use super::{exchange::Exchange, log, refusal::Refusal};
use crate::{
    apigateway::model::Authorizer,
    cognito::{Claims, Cognito, Untrue, of_issuer, told},
    services::Services,
};
use jiff::Timestamp;
use regex_lite::Regex;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Where the token is, unless the authorizer says otherwise.
const USUAL: &str = "method.request.header.Authorization";

/// What a caller's token says, every value as a text.
///
/// # Errors
/// Why the caller is not let in.
pub fn claims(
    services: &Services,
    exchange: &Exchange<'_>,
    authorizer: &Authorizer,
) -> Result<Map<String, Value>, Refusal> {
    let unauthorized = || {
        let id = exchange.visit.request_id;
        Refusal::unauthorized().because(format!("Unauthorized request: {id}"))
    };
    let source = authorizer.identity_source.as_deref().unwrap_or(USUAL);
    let token = exchange.mapped(source).filter(|token| !token.is_empty());
    let token = token.ok_or_else(unauthorized)?;
    let log = &exchange.log;
    log.data(|| format!("Incoming identity: {}", log::hidden(&token)));
    let token = token.strip_prefix("Bearer ").unwrap_or(&token);
    let pool = pool(services, authorizer, token).ok_or_else(unauthorized)?;
    let claims = pool.verify(token).map_err(|why| match why {
        Untrue::Foreign => unauthorized(),
        Untrue::Expired => Refusal::expired(),
    })?;
    let said = |name: &str| claims.get(name).and_then(Value::as_str);
    let scopes = exchange.route.iter();
    let mut scopes = scopes.flat_map(|route| &route.method.authorization_scopes);
    let wants_scopes = scopes.clone().next().is_some();
    let wanted = if wants_scopes { "access" } else { "id" };
    if said("token_use") != Some(wanted) {
        return Err(unauthorized());
    }
    // An access token names its client elsewhere than an ID token.
    let audience = said("aud").or_else(|| said("client_id"));
    if let Some(pattern) = &authorizer.identity_validation_expression {
        let pattern = Regex::new(&format!("^(?:{pattern})$"));
        if pattern.is_ok_and(|pattern| !pattern.is_match(audience.unwrap_or_default())) {
            return Err(unauthorized());
        }
    }
    let held: Vec<&str> = said("scope").unwrap_or_default().split(' ').collect();
    if wants_scopes && !scopes.any(|scope| held.contains(&scope.as_str())) {
        let told = "The client is not authorized to perform this operation.";
        let refused = "User is not authorized to access this resource";
        return Err(Refusal::forbidden(refused).because(told));
    }
    Ok(texts(&claims))
}

/// The pool that a token names as its issuer, where it is one of the authorizer's.
fn pool(services: &Services, authorizer: &Authorizer, token: &str) -> Option<Arc<Cognito>> {
    let claims = told(token)?;
    let (region, pool) = of_issuer(claims.get("iss")?.as_str()?)?;
    let is_named = authorizer.provider_arns.iter().any(|arn| {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        parts.get(3) == Some(&region)
            && parts.get(5).and_then(|rest| rest.strip_prefix("userpool/")) == Some(pool)
    });
    services.made::<Cognito>(region).filter(|_| is_named)
}

/// Claims as the service passes them on: dates as Java prints them, lists with commas, everything else as its text.
fn texts(claims: &Claims) -> Map<String, Value> {
    let text = |(name, value): (&String, &Value)| {
        let text = match (name.as_str(), value) {
            ("exp" | "iat", Value::Number(at)) => date(at.as_i64().unwrap_or_default()),
            (_, Value::String(text)) => text.clone(),
            (_, Value::Array(all)) => {
                let all = all.iter();
                let all =
                    all.map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned));
                all.collect::<Vec<_>>().join(",")
            }
            (_, other) => other.to_string(),
        };
        (name.clone(), text.into())
    };
    claims.iter().map(text).collect()
}

/// `Sat Nov 28 05:07:09 UTC 2026`.
fn date(seconds: i64) -> String {
    let at = Timestamp::from_second(seconds).unwrap_or_default();
    at.strftime("%a %b %d %H:%M:%S UTC %Y").to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use serde_json::json;

    #[test]
    fn claims_are_passed_on_as_texts() {
        let claims = json!({
            "sub": "s", "email_verified": true, "auth_time": 1_549_748_547, "exp": 1_549_752_147,
            "cognito:groups": ["a", "b"], "custom:n": "1",
        });
        let expected = json!({
            "sub": "s", "email_verified": "true", "auth_time": "1549748547",
            "exp": "Sat Feb 09 22:42:27 UTC 2019", "cognito:groups": "a,b", "custom:n": "1",
        });
        let told = texts(claims.as_object().unwrap());
        assert_eq!(Value::Object(told), expected);
    }
}

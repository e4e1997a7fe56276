//! What of a pool is asked for by path: the keys that verify its tokens, what OpenID clients ask first, and tokens for clients that
//! speak for themselves. A client's id says which pool is meant, so that `/oauth2/token` needs no domain.
//! Source: <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>.

use super::{Cognito, model::Client, of_client, tokens};
use crate::{
    request::{Ctx, Request, Response},
    services::Services,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use subtle::ConstantTimeEq;

const TOKEN: &str = "/oauth2/token";
const KEYS: &str = "jwks.json";
const CONFIGURATION: &str = "openid-configuration";

/// Whether a path is one of these.
pub fn is_path(path: &str) -> bool {
    path == TOKEN || known(path).is_some()
}

/// The pool and what of it a path means.
fn known(path: &str) -> Option<(&str, &str)> {
    let (pool, rest) = path.strip_prefix('/')?.split_once("/.well-known/")?;
    // Buckets' names have no underscore.
    let is_pool = pool.split_once('_').is_some_and(|(region, id)| {
        let fits = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        fits(region) && !id.is_empty() && fits(id)
    });
    (is_pool && [KEYS, CONFIGURATION].contains(&rest)).then_some((pool, rest))
}

/// Answers a request by path; none when it is none.
pub fn answer(services: &Services, ctx: &Ctx, request: &Request) -> Option<Response> {
    if request.path == TOKEN {
        return Some(match request.method {
            Method::POST => token(services, request)
                .unwrap_or_else(|error| Response::json(400, &json!({ "error": error }))),
            _ => Response::empty(405),
        });
    }
    let (pool, what) = known(&request.path)?;
    if request.method != Method::GET && request.method != Method::HEAD {
        return Some(Response::empty(405));
    }
    let (region, _) = pool.split_once('_')?;
    let cognito = services.made::<Cognito>(region);
    let keys = cognito.and_then(|cognito| cognito.key_set(pool).ok());
    let Some(keys) = keys else {
        let message = format!("User pool {pool} does not exist.");
        return Some(Response::json(400, &json!({ "message": message })));
    };
    Some(Response::json(
        200,
        &match what {
            KEYS => keys,
            _ => configuration(&ctx.endpoint, region, pool),
        },
    ))
}

/// What OpenID Connect clients read first. The issuer is AWS's, as tokens say it; the rest is where it is found here.
fn configuration(endpoint: &str, region: &str, pool: &str) -> Value {
    json!({
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": tokens::issuer(region, pool),
        "jwks_uri": format!("{endpoint}/{pool}/.well-known/{KEYS}"),
        "response_types_supported": ["token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": format!("{endpoint}{TOKEN}"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    })
}

/// A token for a client that speaks for itself.
fn token(services: &Services, request: &Request) -> Result<Response, &'static str> {
    let form: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
    let given = |name: &str| {
        let mut all = form.iter().filter(|(known, _)| known == name);
        all.next().map(|(_, value)| value.as_str())
    };
    let grant = given("grant_type").ok_or("invalid_request")?;
    let (id, secret) = match basic(request) {
        Some((id, secret)) => (id, Some(secret)),
        None => {
            let id = given("client_id").ok_or("invalid_request")?;
            (id.to_owned(), given("client_secret").map(str::to_owned))
        }
    };
    let cognito = of_client(services, &id).ok_or("invalid_client")?;
    let client = cognito.state().client(&id).cloned();
    let client = client.map_err(|_| "invalid_client")?;
    if !is_secret(&client, secret.as_deref()) {
        return Err("invalid_client");
    }
    match grant {
        "client_credentials" => of_itself(&cognito, &client, given("scope")),
        // The others begin on a page to sign in on, which there is none of.
        "authorization_code" | "refresh_token" => Err("unauthorized_client"),
        _ => Err("unsupported_grant_type"),
    }
}

/// `Authorization: Basic`, the client's id and its secret.
fn basic(request: &Request) -> Option<(String, String)> {
    let value = request.header("authorization")?;
    let text = BASE64_STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(text).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn is_secret(client: &Client, given: Option<&str>) -> bool {
    match (&client.secret, given) {
        (Some(secret), Some(given)) => bool::from(secret.as_bytes().ct_eq(given.as_bytes())),
        (None, None) => true,
        _ => false,
    }
}

fn of_itself(
    cognito: &Arc<Cognito>,
    client: &Client,
    wanted: Option<&str>,
) -> Result<Response, &'static str> {
    let may = client.flag("AllowedOAuthFlowsUserPoolClient")
        && client
            .list("AllowedOAuthFlows")
            .contains(&"client_credentials");
    if !may {
        return Err("unauthorized_client");
    }
    // Of itself a client speaks for resource servers, never as a user.
    let allowed = client.list("AllowedOAuthScopes");
    let allowed: Vec<&str> = allowed
        .into_iter()
        .filter(|scope| scope.contains('/'))
        .collect();
    let wanted: Vec<&str> = match wanted.map(str::trim).filter(|wanted| !wanted.is_empty()) {
        Some(wanted) => wanted.split_whitespace().collect(),
        None => allowed.clone(),
    };
    if wanted.iter().any(|scope| !allowed.contains(scope)) {
        return Err("invalid_scope");
    }
    let pool = cognito.state().pool(&client.pool).cloned();
    let pool = pool.map_err(|_| "invalid_client")?;
    let (region, scopes) = (&cognito.region, wanted.join(" "));
    let token = tokens::of_client(region, &pool, client, &scopes, cognito.now());
    let answer = json!({
        "access_token": token.ok_or("invalid_request")?,
        "expires_in": tokens::validity(client, "Access"), "token_type": "Bearer",
    });
    Ok(Response::json(200, &answer).with_header("Cache-Control", "no-store"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_pools_are_no_paths_of_buckets() {
        let of = |path: &str| known(path).map(|(pool, _)| pool.to_owned());
        let pool = Some("us-east-1_aB3".to_owned());
        assert_eq!(of("/us-east-1_aB3/.well-known/jwks.json"), pool);
        assert_eq!(of("/us-east-1_aB3/.well-known/openid-configuration"), pool);
        for path in [
            "/us-east-1_aB3/.well-known/other",
            "/bucket/.well-known/jwks.json",
            "/us-east-1_/.well-known/jwks.json",
            "/a/us-east-1_aB3/.well-known/jwks.json",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
        assert!(is_path("/oauth2/token"));
    }
}

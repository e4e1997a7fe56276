//! Who may call: functions that judge a caller (`TOKEN`, `REQUEST`), signatures (`AWS_IAM`), and the API's own policy; tokens of
//! user pools are read in `pools`.
//! What a function said of an identity is remembered for its time, and its policy judged anew for each method.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>.

use super::{
    Gateway,
    behind::Asked,
    entry,
    exchange::{Exchange, maps},
    function::{self, Function},
    log, pools,
    refusal::Refusal,
};
use crate::{
    apigateway::model::Authorizer,
    iam::Iam,
    policy::{Context, Decision, Document, Policies, Principal, Request as Question, decide},
    region::lock,
    services::Services,
};
use jiff::Timestamp;
use regex_lite::Regex;
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

pub const ACTION: &str = "execute-api:Invoke";
/// Seconds that an answer is remembered unless the authorizer says otherwise.
const TTL_S: i64 = 300;
/// Identities that are remembered.
const MOST: usize = 10_000;

/// What authorizers said, by authorizer and identity, until when.
#[derive(Debug, Default)]
pub struct Verdicts(Mutex<HashMap<String, (Timestamp, Arc<Verdict>)>>);

/// What an authorizer said of an identity.
#[derive(Debug)]
struct Verdict {
    principal: String,
    policy: Document,
    /// The policy as the function wrote it.
    written: String,
    context: Map<String, Value>,
    key: Option<String>,
}

impl Gateway {
    /// Forgets what authorizers said of callers of a stage.
    pub fn flush_authorizers(&self, api: &str, stage: &str) {
        let of = format!("{api}/{stage}/");
        lock(&self.verdicts.0).retain(|name, _| !name.starts_with(&of));
    }
}

/// Lets the caller in, or not.
///
/// # Errors
/// Why it is not let in.
pub async fn check(
    services: &Services,
    gateway: &Gateway,
    exchange: &mut Exchange<'_>,
) -> Result<(), Refusal> {
    let Some(route) = exchange.route.clone() else {
        return Ok(());
    };
    let method = route.method;
    if method.authorization_type == "AWS_IAM" {
        entry::signed(services, exchange)?;
    }
    let is_let_in = entry::by_policy(exchange)?;
    if let Some(caller) = &exchange.caller {
        let arn = exchange.method_arn(&exchange.path);
        let iam = services.global::<Iam>();
        if !is_let_in && !iam.may(&caller.arn, ACTION, &arn) {
            return Err(entry::not_allowed(exchange, ""));
        }
    }
    match method.authorization_type.as_str() {
        "NONE" | "AWS_IAM" => Ok(()),
        kind @ ("CUSTOM" | "COGNITO_USER_POOLS") => {
            let id = method.authorizer_id.as_deref().unwrap_or_default();
            let authorizer = exchange.definition().authorizers.get(id).cloned();
            let authorizer = authorizer.ok_or_else(|| Refusal::authorizer("Authorizer error"))?;
            if kind == "CUSTOM" {
                return custom(services, gateway, exchange, &authorizer).await;
            }
            let claims = pools::claims(services, exchange, &authorizer)?;
            exchange.authorizer =
                Some([("claims".to_owned(), claims.into())].into_iter().collect());
            Ok(())
        }
        _ => Err(Refusal::authorizer("Authorizer error")),
    }
}

async fn custom(
    services: &Services,
    gateway: &Gateway,
    exchange: &mut Exchange<'_>,
    authorizer: &Authorizer,
) -> Result<(), Refusal> {
    begin(exchange, authorizer);
    let identity = identity(exchange, authorizer)?;
    let ttl = authorizer.authorizer_result_ttl_in_seconds.unwrap_or(TTL_S);
    let name = format!(
        "{}/{}/{}/{identity}",
        exchange.api(),
        exchange.stage(),
        authorizer.id
    );
    let is_cached = ttl > 0 && !identity.is_empty();
    let now = exchange.now;
    let known = match is_cached {
        true => lock(&gateway.verdicts.0)
            .get(&name)
            .filter(|(until, _)| *until > now)
            .map(|(_, verdict)| verdict.clone()),
        false => None,
    };
    let verdict = match known {
        Some(verdict) => verdict,
        None => {
            let verdict = Arc::new(ask(services, exchange, authorizer, &identity).await?);
            if is_cached {
                let until = gateway.clock.after(Duration::from_secs(ttl.unsigned_abs()));
                let mut all = lock(&gateway.verdicts.0);
                if all.len() >= MOST {
                    all.retain(|_, (until, _)| *until > now);
                }
                all.insert(name, (until, verdict.clone()));
            }
            verdict
        }
    };
    done(exchange, &verdict);
    judge(exchange, &verdict)?;
    let mut context = verdict.context.clone();
    context.insert("principalId".into(), verdict.principal.as_str().into());
    exchange.authorizer = Some(context);
    exchange.authorized_key.clone_from(&verdict.key);
    Ok(())
}

/// Asks an authorizer of a caller that is made up, and judges nothing: gives the principal and the policy as the
/// function said them, or what a pool's token says.
///
/// # Errors
/// What a caller would be refused with.
pub async fn tried(
    services: &Services,
    exchange: &Exchange<'_>,
    authorizer: &Authorizer,
) -> Result<Value, Refusal> {
    begin(exchange, authorizer);
    if authorizer.kind == "COGNITO_USER_POOLS" {
        let claims = pools::claims(services, exchange, authorizer)?;
        return Ok(json!({"claims": claims}));
    }
    let identity = identity(exchange, authorizer)?;
    let verdict = ask(services, exchange, authorizer, &identity).await?;
    done(exchange, &verdict);
    Ok(json!({"principalId": verdict.principal, "policy": verdict.written}))
}

fn begin(exchange: &Exchange<'_>, authorizer: &Authorizer) {
    let (log, id) = (&exchange.log, exchange.visit.request_id);
    log.info(|| format!("Starting authorizer: {} for request: {id}", authorizer.id));
}

fn done(exchange: &Exchange<'_>, verdict: &Verdict) {
    let log = &exchange.log;
    log.info(|| {
        let principal = log::hidden(&verdict.principal);
        format!("Using valid authorizer policy for principal: {principal}")
    });
    log.info(|| "Successfully completed authorizer execution".to_owned());
}

/// What an authorizer knows a caller by; several things with a bar between.
///
/// # Errors
/// When any of it is missing, or a token is none that the authorizer looks at.
fn identity(exchange: &Exchange<'_>, authorizer: &Authorizer) -> Result<String, Refusal> {
    let is_token = authorizer.kind == "TOKEN";
    let usual = if is_token {
        "method.request.header.Authorization"
    } else {
        ""
    };
    let sources = authorizer.identity_source.as_deref().unwrap_or(usual);
    let mut parts = Vec::new();
    let mut named = Vec::new();
    let unauthorized = || {
        let id = exchange.visit.request_id;
        Refusal::unauthorized().because(format!("Unauthorized request: {id}"))
    };
    for source in sources
        .split(',')
        .map(str::trim)
        .filter(|source| !source.is_empty())
    {
        let value = exchange.mapped(source).filter(|value| !value.is_empty());
        let value = value.ok_or_else(unauthorized)?;
        named.push(format!("{source}={}", log::hidden(&value)));
        parts.push(value);
    }
    let identity = parts.join("|");
    exchange.log.data(|| match is_token {
        true => format!("Incoming identity: {}", log::hidden(&identity)),
        false => format!("Incoming identity: {{{}}}", named.join(", ")),
    });
    if is_token && let Some(pattern) = &authorizer.identity_validation_expression {
        let pattern = Regex::new(&format!("^(?:{pattern})$"));
        if pattern.is_ok_and(|pattern| !pattern.is_match(&identity)) {
            return Err(unauthorized());
        }
    }
    Ok(identity)
}

/// The event that an authorizer's function gets.
fn event(exchange: &Exchange<'_>, authorizer: &Authorizer, identity: &str) -> Value {
    let arn = exchange.method_arn(&exchange.path);
    if authorizer.kind == "TOKEN" {
        return json!({"type": "TOKEN", "methodArn": arn, "authorizationToken": identity});
    }
    let (headers, header_lists) = maps(&exchange.headers());
    let (query, query_lists) = maps(&exchange.request.query);
    let or_empty = |value: Value| if value.is_null() { json!({}) } else { value };
    let (resource, path) = match &exchange.route {
        Some(route) => (route.resource.path.as_str(), maps(&route.parameters).0),
        None => ("", Value::Null),
    };
    json!({
        "type": "REQUEST",
        "methodArn": arn,
        "resource": resource,
        "path": exchange.path,
        "httpMethod": exchange.verb(),
        "headers": headers,
        "multiValueHeaders": header_lists,
        "queryStringParameters": or_empty(query),
        "multiValueQueryStringParameters": or_empty(query_lists),
        "pathParameters": or_empty(path),
        "stageVariables": exchange.variables,
        "requestContext": exchange.request_context(),
    })
}

/// Calls the authorizer's function.
async fn ask(
    services: &Services,
    exchange: &Exchange<'_>,
    authorizer: &Authorizer,
    identity: &str,
) -> Result<Verdict, Refusal> {
    let uri = exchange.fill(authorizer.authorizer_uri.as_deref().unwrap_or_default());
    let function =
        Function::of(&uri).ok_or_else(|| Refusal::authorizer("Invalid lambda function"))?;
    let rest = format!("{}/authorizers/{}", exchange.api(), authorizer.id);
    let source_arn = crate::region::arn("execute-api", exchange.region, exchange.account, &rest);
    let errand = function::Errand {
        named_arn: source_arn.clone(),
        source_arn,
        by_role: authorizer.authorizer_credentials.is_some(),
        limit: Duration::from_secs(29),
    };
    let payload = event(exchange, authorizer, identity).to_string();
    let clock = &services.base.clock;
    let began = clock.now();
    let called = function::send(services, exchange, &function, errand, payload).await;
    let took = clock.since(began);
    let called = called.map_err(|refusal| Refusal {
        log: refusal.log,
        ..Refusal::authorizer("Authorizer error")
    })?;
    exchange.behind(|behind| {
        behind.asked = Some(Asked {
            status: 200,
            request_id: called.request_id.clone(),
            took,
        });
    });
    let answer: Value = serde_json::from_slice(&called.outcome.payload).unwrap_or_default();
    // A function says that somebody is nobody by failing with this word.
    if called.outcome.function_error.is_some() && answer["errorMessage"] == "Unauthorized" {
        let id = exchange.visit.request_id;
        return Err(Refusal::unauthorized().because(format!("Unauthorized request: {id}")));
    }
    let log = &exchange.log;
    log.data(|| format!("Authorizer result body before parsing: {}", called.text()));
    read(&answer).ok_or_else(|| Refusal::authorizer(&wrong(&answer)))
}

/// What is wrong with what a function says, as the service tells it.
fn wrong(answer: &Value) -> String {
    let known = [
        "principalId",
        "policyDocument",
        "context",
        "usageIdentifierKey",
    ];
    let Some(members) = answer.as_object() else {
        return "Invalid JSON in response".to_owned();
    };
    let unknown = members.keys().find(|name| !known.contains(&name.as_str()));
    if let Some(name) = unknown {
        return format!(
            "Invalid JSON in response: Unrecognized field \"{name}\" , not marked as ignorable"
        );
    }
    match members.get("policyDocument") {
        None | Some(Value::Null) => "Could not parse policy: null".to_owned(),
        Some(policy) if Document::parse("authorizer", &policy.to_string()).is_none() => {
            format!("Could not parse policy: {policy}")
        }
        Some(_) if !members.get("principalId").is_some_and(Value::is_string) => {
            "Invalid JSON in response: principalId is missing".to_owned()
        }
        Some(_) => "Invalid JSON in response: context is no map of texts".to_owned(),
    }
}

fn read(answer: &Value) -> Option<Verdict> {
    let policy = answer.get("policyDocument")?;
    let context = match answer.get("context") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(all)) => {
            let texts = all.iter().map(|(name, value)| match value {
                Value::String(_) => Some((name.clone(), value.clone())),
                Value::Number(_) | Value::Bool(_) => Some((name.clone(), value.to_string().into())),
                _ => None,
            });
            texts.collect::<Option<_>>()?
        }
        Some(_) => return None,
    };
    Some(Verdict {
        principal: answer.get("principalId")?.as_str()?.to_owned(),
        policy: Document::parse("authorizer", &policy.to_string())?,
        written: policy.to_string(),
        context,
        key: answer["usageIdentifierKey"].as_str().map(str::to_owned),
    })
}

fn judge(exchange: &Exchange<'_>, verdict: &Verdict) -> Result<(), Refusal> {
    // Whoever it is: an account's root would be allowed everything.
    let principal = Principal::User {
        arn: crate::region::global_arn("iam", exchange.region, exchange.account, "user/caller"),
    };
    let mut context = Context::of(&principal);
    context.set("aws:SourceIp", vec![exchange.visit.from.to_string()]);
    let question = Question {
        principal: &principal,
        action: ACTION,
        resource: &exchange.method_arn(&exchange.path),
        context: &context,
    };
    let policies = Policies {
        identity: std::slice::from_ref(&verdict.policy),
        ..Policies::default()
    };
    let refused = "User is not authorized to access this resource";
    let told = "The client is not authorized to perform this operation.";
    match decide(&question, &policies).decision {
        Decision::Allowed => Ok(()),
        Decision::ExplicitDeny => {
            Err(Refusal::forbidden(&format!("{refused} with an explicit deny")).because(told))
        }
        Decision::ImplicitDeny => Err(Refusal::forbidden(refused).because(told)),
    }
}

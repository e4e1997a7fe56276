//! Who signed a request, and whether the API's own policy lets them in.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>.

use super::{authorize::ACTION, exchange::Exchange, refusal::Refusal};
use crate::{
    apigateway::expanded,
    policy::{Context, Decision, Document, Policies, Principal, Request as Question, decide},
    services::Services,
    sts::Sts,
};

/// Takes the identity of who signed.
pub fn signed(services: &Services, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
    let key = exchange.request.access_key();
    let for_us = exchange.request.service().as_deref() == Some("execute-api");
    let key = key.filter(|_| for_us).ok_or_else(Refusal::no_route)?;
    let sts = services.global::<Sts>();
    exchange.caller = Some(sts.identity(exchange.region, exchange.account, &key));
    Ok(())
}

/// Asks the API's own policy, if it has one: whether it lets the caller in by itself.
///
/// # Errors
/// When it keeps the caller out.
pub fn by_policy(exchange: &Exchange<'_>) -> Result<bool, Refusal> {
    let rest = &exchange.definition().rest;
    let Some(policy) = &rest.policy else {
        return Ok(false);
    };
    let policy = expanded(policy, exchange.region, exchange.account, &rest.id);
    let Some(policy) = Document::parse("resource", &policy) else {
        return Ok(false);
    };
    let arn = exchange.method_arn(&exchange.path);
    let principal = exchange.caller.as_ref();
    let principal = principal.and_then(|caller| Principal::of_arn(&caller.arn));
    let is_known = principal.is_some();
    let principal = principal.unwrap_or(Principal::Anonymous);
    let mut context = Context::of(&principal);
    context.set("aws:SourceIp", vec![exchange.visit.from.to_string()]);
    let question = Question {
        principal: &principal,
        action: ACTION,
        resource: &arn,
        context: &context,
    };
    let policies = Policies {
        resource: Some(&policy),
        owner: Some(exchange.account),
        ..Policies::default()
    };
    let decision = decide(&question, &policies).decision;
    // Who signed is of the account, and is judged by their own policies unless this one says that they may not.
    if decision == Decision::Allowed || (is_known && decision != Decision::ExplicitDeny) {
        return Ok(decision == Decision::Allowed);
    }
    Err(not_allowed(
        exchange,
        match decision {
            Decision::ExplicitDeny => " with an explicit deny",
            _ => "",
        },
    ))
}

/// The refusal of a policy, which hides most of the account.
pub fn not_allowed(exchange: &Exchange<'_>, explicit: &str) -> Refusal {
    let arn = exchange.method_arn(&exchange.path);
    let who = exchange
        .caller
        .as_ref()
        .map_or("anonymous", |caller| &caller.arn);
    let hidden = format!(
        ":********{}:",
        exchange.account.get(8..).unwrap_or_default()
    );
    let arn = arn.replacen(&format!(":{}:", exchange.account), &hidden, 1);
    Refusal::denied(&format!(
        "User: {who} is not authorized to perform: {ACTION} on resource: {arn}{explicit}"
    ))
}

//! Services of AWS's that call functions, as API Gateway does: a function's resource policy says whether they may.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html>.

use super::{
    Lambda, Target,
    door::{Caller, Invocation, Sent},
};
use crate::{
    error::AwsError,
    policy::{Context, Decision, Document, Policies, Principal, Request as Question, decide},
    runtime::Outcome,
};
use bytes::Bytes;
use std::sync::Arc;

/// A call that a service makes.
#[derive(Debug)]
pub struct Errand {
    /// As `apigateway.amazonaws.com`.
    pub service: &'static str,
    /// What of the service's it is made for.
    pub source_arn: String,
    /// Whether a role is taken on for it, so that the function's policy isn't asked.
    pub by_role: bool,
    /// The function's ARN, with a qualifier if it has one.
    pub function: String,
    pub payload: Bytes,
    pub trace: String,
    pub request_id: String,
}

/// Why nothing came of an errand.
#[derive(Debug)]
pub enum Refused {
    /// The function's policy does not let the service in.
    Denied,
    /// What Invoke would answer.
    Failed(AwsError),
}

impl Lambda {
    /// Calls a function for a service, and waits for what comes of it.
    ///
    /// # Errors
    /// When it may not, or can't.
    pub async fn run_errand(self: &Arc<Self>, errand: Errand) -> Result<Outcome, Refused> {
        let target = Target::within(&errand.function, &self.region, &self.account)
            .map_err(Refused::Failed)?;
        if !errand.by_role && !self.lets_in(&target, &errand) {
            return Err(Refused::Denied);
        }
        let invocation = Invocation {
            caller: Caller::Service,
            target,
            payload: errand.payload,
            log_tail: false,
            sent: Sent {
                request_id: errand.request_id,
                client_context: None,
                trace_header: Some(errand.trace),
            },
        };
        let ended = self.enter(invocation).await.map_err(Refused::Failed)?;
        Ok(ended.outcome)
    }

    fn lets_in(&self, target: &Target, errand: &Errand) -> bool {
        let state = self.state();
        let Some(function) = state.functions.get(&target.name) else {
            return false;
        };
        let policy = function
            .policies
            .get(target.qualifier.as_deref().unwrap_or(""));
        let policy = policy.and_then(|policy| Document::parse("resource", &policy.document()));
        drop(state);
        let principal = Principal::Service {
            name: errand.service.to_owned(),
        };
        let mut context = Context::of(&principal);
        context.set("aws:SourceArn", vec![errand.source_arn.clone()]);
        context.set("aws:SourceAccount", vec![self.account.clone()]);
        let question = Question {
            principal: &principal,
            action: "lambda:InvokeFunction",
            resource: &target.arn(&self.region, &self.account),
            context: &context,
        };
        let policies = Policies {
            resource: policy.as_ref(),
            owner: Some(&self.account),
            ..Policies::default()
        };
        decide(&question, &policies).decision == Decision::Allowed
    }
}

//! Which roles a service may take on.

use super::Iam;
use crate::policy::{Context, Decision, Document, Policies, Principal, Request, decide};

impl Iam {
    /// Whether there is a role that a service may assume for one of an account's resources.
    pub fn trusts(&self, role: &str, service: &str, account: &str, source: &str) -> bool {
        let state = self.state();
        let known = state.roles.values().find(|known| known.arn == role);
        let Some(trust) = known.and_then(|role| Document::parse("trust", &role.trust)) else {
            return false;
        };
        let principal = Principal::Service {
            name: service.to_owned(),
        };
        let mut context = Context::of(&principal);
        context.set("aws:SourceAccount", vec![account.to_owned()]);
        context.set("aws:SourceArn", vec![source.to_owned()]);
        let request = Request {
            principal: &principal,
            action: "sts:AssumeRole",
            resource: role,
            context: &context,
        };
        let policies = Policies {
            resource: Some(&trust),
            resource_decides: true,
            ..Policies::default()
        };
        decide(&request, &policies).decision == Decision::Allowed
    }
}

//! Which roles a service may take on, and what it may do with them.

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

    /// Whether a role's own policies let it do something.
    pub fn lets(&self, role: &str, action: &str, resource: &str) -> bool {
        let state = self.state();
        let known = state.roles.values().find(|known| known.arn == role);
        let Some(known) = known else { return false };
        let identity = state.documents(known);
        let boundary: Option<Vec<Document>> =
            state.boundary_of(known).map(|document| vec![document]);
        let session = role.replacen(":iam:", ":sts:", 1);
        let session = session.replacen(":role/", ":assumed-role/", 1);
        let principal = Principal::Session {
            arn: format!("{session}/BackplaneAssumeRoleSession"),
            role: role.to_owned(),
        };
        let context = Context::of(&principal);
        let request = Request {
            principal: &principal,
            action,
            resource,
            context: &context,
        };
        let policies = Policies {
            identity: &identity,
            boundary: boundary.as_deref(),
            ..Policies::default()
        };
        decide(&request, &policies).decision == Decision::Allowed
    }

    /// Whether a caller may do something: the sandbox's own user may do everything, a session of a role what the role may.
    pub fn may(&self, caller: &str, action: &str, resource: &str) -> bool {
        let Some((_, session)) = caller.split_once(":assumed-role/") else {
            return true;
        };
        let name = session.split('/').next().unwrap_or_default();
        let role = self.state().roles.get(name).map(|role| role.arn.clone());
        role.is_some_and(|role| self.lets(&role, action, resource))
    }
}

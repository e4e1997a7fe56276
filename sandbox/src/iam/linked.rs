//! Service-linked roles: CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus. A service of
//! AWS's has one, by a name and with a policy that AWS chose; nobody else changes it.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html>
//!
//! Which role belongs to which service is data: `linked.tsv`, names as AWS gives them.

use super::{Iam, Input, Role, exists_already, new_id, no_such, seconds};
use crate::{
    error::AwsError,
    region::{global_arn, partition},
    request::Ctx,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Answer = Result<Value, AwsError>;

/// Service, role, policy, whether a suffix may be given; a line each.
const LINKED: &str = include_str!("linked.tsv");

/// What all their paths begin with.
const PATH: &str = "/aws-service-role/";

/// A service's role.
struct Linked {
    role: &'static str,
    policy: &'static str,
    suffix: bool,
}

fn linked(service: &str) -> Option<Linked> {
    LINKED.lines().find_map(|line| {
        let mut columns = line.split('\t');
        (columns.next()? == service).then_some(())?;
        Some(Linked {
            role: columns.next()?,
            policy: columns.next()?,
            suffix: columns.next()? == "suffix",
        })
    })
}

fn invalid_input(message: String) -> AwsError {
    AwsError::new(400, "InvalidInput", message)
}

impl Role {
    /// Whether only its service may change it.
    pub(super) fn is_linked(&self) -> bool {
        self.path.starts_with(PATH)
    }

    /// # Errors
    /// `UnmodifiableEntity` when only its service may change it.
    pub(super) fn check_modifiable(&self) -> Result<(), AwsError> {
        if !self.is_linked() {
            return Ok(());
        }
        Err(AwsError::new(
            400,
            "UnmodifiableEntity",
            format!(
                "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
                self.name
            ),
        ))
    }
}

impl Iam {
    pub(super) fn create_service_linked_role(&self, ctx: &Ctx, input: &Input<'_>) -> Answer {
        let service = input.required("AWSServiceName");
        let known = linked(service)
            .ok_or_else(|| invalid_input(format!("{service} has no service-linked role.")))?;
        let suffix = input.text("CustomSuffix");
        if suffix.is_some() && !known.suffix {
            return Err(invalid_input(format!(
                "Custom suffix is not allowed for {service}"
            )));
        }
        let name = match suffix {
            Some(suffix) => format!("{}_{suffix}", known.role),
            None => known.role.to_owned(),
        };
        let path = format!("{PATH}{service}/");
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
            }],
        });
        let mut state = self.state();
        if state.roles.contains_key(&name) {
            return Err(invalid_input(exists_already(&name)));
        }
        let resource = |rest: &str| global_arn("iam", &ctx.region, &ctx.account, rest);
        let partition = partition(&ctx.region);
        let attached = format!("arn:{partition}:iam::aws:policy{PATH}{}", known.policy);
        let role = Role {
            id: new_id("AROA"),
            arn: resource(&format!("role{path}{name}")),
            path,
            created: seconds(&self.clock),
            trust: trust.to_string(),
            description: input.text("Description").unwrap_or_default().to_owned(),
            max_session: 3600,
            tags: Vec::new(),
            boundary: None,
            attached: vec![attached],
            inline: BTreeMap::new(),
            name: name.clone(),
        };
        let shown = role.show_created();
        state.roles.insert(name, role);
        Ok(json!({"Role": shown}))
    }

    /// The role is gone when this is answered; its task says so.
    pub(super) fn delete_service_linked_role(&self, input: &Input<'_>) -> Answer {
        let mut state = self.state();
        let role = state.role(input)?;
        let service = role
            .path
            .strip_prefix(PATH)
            .ok_or_else(|| invalid_input(format!("{} is not a service-linked role", role.name)))?
            .trim_end_matches('/');
        let (name, service) = (role.name.clone(), service.to_owned());
        let id = uuid::Uuid::new_v4();
        state.roles.remove(&name);
        Ok(json!({"DeletionTaskId": format!("task{PATH}{service}/{name}/{id}")}))
    }

    pub(super) fn deletion_status(&self, input: &Input<'_>) -> Answer {
        let id = input.required("DeletionTaskId");
        let task = id.strip_prefix("task/aws-service-role/");
        let parts: Vec<_> = task.unwrap_or_default().split('/').collect();
        match parts[..] {
            // Deleting takes no time here, so whatever was begun is done.
            [_, name, _] if !self.state().roles.contains_key(name) => {
                Ok(json!({"Status": "SUCCEEDED"}))
            }
            _ => Err(no_such(format!("Deletion task {id} does not exist."))),
        }
    }
}

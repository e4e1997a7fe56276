//! VPC links, by which integrations reach what is in a VPC. The sandbox has no VPC: what a link names is kept as it is given,
//! and an integration through it asks the address that the sandbox was started with for the link (`--vpc-link`), else its own.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateVpcLink.html>.

use super::{
    Answer, ApiGateway, Call, accepted,
    error::{bad_request, not_found},
    keep::Touched,
    model::{State, VpcLink},
    new_id, ok,
    patch::Op,
    shown, value,
};
use crate::{error::AwsError, request::Response};
use serde_json::{Value, json};

fn none() -> AwsError {
    not_found("Invalid Vpc Link identifier specified")
}

/// As a list shows it: ready, as it is once it has been made.
fn listed(link: &VpcLink) -> Value {
    let mut out = shown(link);
    out["status"] = "AVAILABLE".into();
    out["statusMessage"] = "Your vpc link is ready for use".into();
    out
}

/// As it is shown by itself: with its tags, be there any or none.
fn described(link: &VpcLink) -> Value {
    let mut out = listed(link);
    out["tags"] = json!(link.tags);
    out
}

/// # Errors
/// When it is no ARN of a load balancer.
fn check_target(arn: &str) -> Result<(), AwsError> {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "elasticloadbalancing", _, _, rest, ..] if !rest.is_empty() => Ok(()),
        _ => Err(bad_request(format!(
            "Invalid ARN. ARN is not well formed {arn}"
        ))),
    }
}

impl ApiGateway {
    /// The name of a link, if it is there.
    pub fn vpc_link(&self, id: &str) -> Option<String> {
        self.state().links.get(id).map(|link| link.name.clone())
    }

    pub(super) fn get_vpc_links(&self, call: &Call<'_>) -> Answer {
        let state = self.state();
        let all = state.links.iter();
        call.page(all.map(|(id, link)| (id.as_str(), listed(link))))
    }

    pub(super) fn create_vpc_link(&self, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let made = VpcLink {
            id: new_id(6),
            name: value::text(&body, "name")?.unwrap_or_default(),
            description: value::filled(&body, "description")?,
            target_arns: value::texts(&body, "targetArns")?.unwrap_or_default(),
            tags: value::map(&body, "tags")?.unwrap_or_default(),
        };
        if made.name.is_empty() {
            return Err(bad_request("Name cannot be empty"));
        }
        if made.target_arns.is_empty() {
            return Err(bad_request("Target ARNs cannot be empty"));
        }
        for arn in &made.target_arns {
            check_target(arn)?;
        }
        let mut answer = shown(&made);
        answer["status"] = "PENDING".into();
        let id = made.id.clone();
        let mut state = self.state();
        state.links.insert(id.clone(), made);
        state.touch(Touched::Link(id));
        Ok(Response::json(202, &answer))
    }

    pub(super) fn get_vpc_link(&self, id: &str) -> Answer {
        let state = self.state();
        ok(described(state.links.get(id).ok_or_else(none)?))
    }

    pub(super) fn update_vpc_link(&self, call: &Call<'_>, id: &str) -> Answer {
        let patches = call.patches("updateVpcLinkInput")?;
        let mut state = self.state();
        let found = state.links.get_mut(id).ok_or_else(none)?;
        let mut changed = found.clone();
        for patch in &patches {
            match patch.replaces(&["/name", "/description"])?.as_str() {
                "/name" => changed.name = patch.value(),
                _ => changed.description = patch.filled().filter(|_| patch.op != Op::Remove),
            }
        }
        if changed.name.is_empty() {
            return Err(bad_request("Name cannot be empty"));
        }
        found.clone_from(&changed);
        state.touch(Touched::Link(id.to_owned()));
        ok(described(&changed))
    }

    pub(super) fn delete_vpc_link(&self, id: &str) -> Answer {
        let mut state = self.state();
        if !state.links.contains_key(id) {
            return Err(none());
        }
        let users = users(&state, id);
        if !users.is_empty() {
            return Err(bad_request(format!(
                "Cannot delete vpc link. Vpc link '{id}', is referenced in [{}] in format of [Method:Resource:Stage].",
                users.join(", ")
            )));
        }
        state.links.remove(id);
        state.touch(Touched::Link(id.to_owned()));
        accepted()
    }
}

/// The methods that a stage still runs through a link, as the service names them.
fn users(state: &State, id: &str) -> Vec<String> {
    let mut all = Vec::new();
    for api in state.apis.values() {
        for stage in api.stages.values() {
            let Some(deployment) = api.deployments.get(&stage.deployment_id) else {
                continue;
            };
            let resources = deployment.frozen.resources.values();
            let methods = resources.flat_map(|resource| {
                let methods = resource.resource_methods.values();
                methods.map(move |method| (resource, method))
            });
            for (resource, method) in methods {
                let integration = method.method_integration.as_ref();
                let link = integration.and_then(|integration| integration.connection_id.as_deref());
                if link == Some(id) {
                    let (verb, stage) = (&method.http_method, &stage.stage_name);
                    all.push(format!("{verb}:{}:{stage}", resource.id));
                }
            }
        }
    }
    all
}

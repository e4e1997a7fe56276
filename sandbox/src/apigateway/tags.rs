//! Tags of APIs, stages, keys and plans, and their names as ARNs: `arn:aws:apigateway:us-east-1::/restapis/ID/stages/NAME`.

use super::{
    Answer, ApiGateway, Call,
    error::{bad_request, not_found},
    keep::Touched,
    model::{State, Texts},
    no_content, ok, value,
};
use crate::{
    error::AwsError,
    tagging::{TagSource, Tags},
};
use serde_json::json;
use std::sync::Arc;

impl ApiGateway {
    pub(super) fn get_tags(&self, arn: &str) -> Answer {
        let mut state = self.state();
        let mut found = Texts::new();
        self.with_tags(&mut state, arn, |tags| found = tags.clone())?;
        ok(json!({ "tags": found }))
    }

    pub(super) fn tag_resource(&self, call: &Call<'_>, arn: &str) -> Answer {
        let added = value::map(&call.body()?, "tags")?.unwrap_or_default();
        self.with_tags(&mut self.state(), arn, |tags| tags.extend(added))?;
        no_content()
    }

    pub(super) fn untag_resource(&self, call: &Call<'_>, arn: &str) -> Answer {
        let query = call.request.query.iter();
        let keys: Vec<&str> = query
            .filter(|(name, _)| name == "tagKeys")
            .map(|(_, value)| value.as_str())
            .collect();
        self.with_tags(&mut self.state(), arn, |tags| {
            tags.retain(|key, _| !keys.contains(&key.as_str()));
        })?;
        no_content()
    }

    fn with_tags(
        &self,
        state: &mut State,
        arn: &str,
        change: impl FnOnce(&mut Texts),
    ) -> Result<(), AwsError> {
        let Some(path) = arn.strip_prefix(&self.arn("")) else {
            return Err(bad_request("Invalid ARN specified in the request"));
        };
        let no_such = || not_found("Invalid resource ARN specified in the request");
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match parts.as_slice() {
            ["restapis", id] => change(&mut self.api_mut(state, id)?.now.rest.tags),
            ["restapis", id, "stages", name] => {
                state.touch(Touched::Stage((*id).to_owned(), (*name).to_owned()));
                let stage = self.api_mut(state, id)?.stages.get_mut(*name);
                let stage = stage.ok_or_else(super::error::no_stage)?;
                change(&mut Arc::make_mut(stage).tags);
            }
            ["apikeys", id] => {
                state.touch(Touched::Key((*id).to_owned()));
                let key = state.keys.get_mut(*id);
                change(&mut key.ok_or_else(super::error::no_key)?.tags);
            }
            ["usageplans", id] => {
                state.touch(Touched::Plan((*id).to_owned()));
                let plan = state.plans.get_mut(*id);
                change(&mut plan.ok_or_else(super::error::no_plan)?.tags);
            }
            ["clientcertificates", id] => {
                state.touch(Touched::Certificate((*id).to_owned()));
                let found = state.certificates.get_mut(*id);
                change(&mut found.ok_or_else(no_such)?.tags);
            }
            ["vpclinks", id] => {
                state.touch(Touched::Link((*id).to_owned()));
                let found = state.links.get_mut(*id);
                change(&mut found.ok_or_else(no_such)?.tags);
            }
            _ => return Err(not_found("Invalid resource ARN specified in the request")),
        }
        Ok(())
    }
}

impl TagSource for ApiGateway {
    fn tagged(&self) -> Vec<(String, Tags)> {
        let state = self.state();
        let mut all = Vec::new();
        for (id, api) in &state.apis {
            all.push((
                self.arn(&format!("/restapis/{id}")),
                api.now.rest.tags.clone(),
            ));
            for (name, stage) in &api.stages {
                let arn = self.arn(&format!("/restapis/{id}/stages/{name}"));
                all.push((arn, stage.tags.clone()));
            }
        }
        for (id, key) in &state.keys {
            all.push((self.arn(&format!("/apikeys/{id}")), key.tags.clone()));
        }
        for (id, plan) in &state.plans {
            all.push((self.arn(&format!("/usageplans/{id}")), plan.tags.clone()));
        }
        all
    }

    fn owns(&self, arn: &str) -> bool {
        arn.starts_with(&self.arn("/"))
    }

    fn set_tags(&self, arn: &str, added: Tags) -> Result<(), AwsError> {
        self.with_tags(&mut self.state(), arn, |tags| tags.extend(added))
    }

    fn remove_tags(&self, arn: &str, keys: &[&str]) -> Result<(), AwsError> {
        self.with_tags(&mut self.state(), arn, |tags| {
            tags.retain(|key, _| !keys.contains(&key.as_str()));
        })
    }
}

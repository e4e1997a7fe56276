//! API keys and usage plans, read; a key's value only where somebody asks for it.

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::keys::{ApiKey, MethodLimit, UsagePlan};
use crate::model::error::CloudError;
use crate::model::secret::Secret;
use crate::model::topic::Topic;
use crate::store::{Pages, Query};

use super::pages::PAGE;

/// Every usage plan with its keys, and every key. Values are not asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListKeys {}

/// What there is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeyRing {
    /// In the order of their names.
    pub plans: Vec<UsagePlan>,
    /// In the order of their names.
    pub keys: Vec<ApiKey>,
}

impl KeyRing {
    /// The keys that no plan is for: they open nothing.
    pub fn loose(&self) -> impl Iterator<Item = &ApiKey> {
        let planned = |id: &str| {
            let mut plans = self.plans.iter().flat_map(|plan| &plan.keys);
            plans.any(|key| key.id == id)
        };
        self.keys.iter().filter(move |key| !planned(&key.id))
    }
}

impl Query<Cloud> for ListKeys {
    type Output = KeyRing;

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Keys]
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<KeyRing>) -> Result<(), CloudError> {
        let client = cloud.apigateway().await?;
        let mut ring = KeyRing::default();
        let call = client.get_api_keys().include_values(false).limit(PAGE);
        let mut answers = call.into_paginator().send();
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| from_sdk("GetApiKeys", "", error))?;
            ring.keys.extend(answer.items().iter().map(key_of));
        }
        let mut answers = client.get_usage_plans().limit(PAGE).into_paginator().send();
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| from_sdk("GetUsagePlans", "", error))?;
            ring.plans.extend(answer.items().iter().map(plan_of));
        }
        for plan in &mut ring.plans {
            let call = client.get_usage_plan_keys().usage_plan_id(&plan.id);
            let mut answers = call.limit(PAGE).into_paginator().send();
            while let Some(answer) = answers.next().await {
                let answer =
                    answer.map_err(|error| from_sdk("GetUsagePlanKeys", &plan.name, error))?;
                let ids = answer.items().iter().filter_map(|from| from.id());
                let known = |id: &str| ring.keys.iter().find(|key| key.id == id).cloned();
                plan.keys.extend(ids.filter_map(known));
            }
        }
        for plan in &mut ring.plans {
            plan.keys.sort_by(|one, other| one.name.cmp(&other.name));
        }
        ring.plans.sort_by(|one, other| one.name.cmp(&other.name));
        ring.keys.sort_by(|one, other| one.name.cmp(&other.name));
        pages.send(ring).await;
        Ok(())
    }
}

/// The key that has a value, without any value: nobody's value leaves this call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyWith {
    /// What a caller has shown.
    pub value: Secret,
}

impl Query<Cloud> for KeyWith {
    type Output = Option<ApiKey>;

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Keys]
    }

    async fn fetch(
        self,
        cloud: Arc<Cloud>,
        pages: Pages<Option<ApiKey>>,
    ) -> Result<(), CloudError> {
        let client = cloud.apigateway().await?;
        let call = client.get_api_keys().include_values(true).limit(PAGE);
        let mut answers = call.into_paginator().send();
        let mut found = None;
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| from_sdk("GetApiKeys", "", error))?;
            let mut keys = answer.items().iter();
            found = keys
                .find(|from| from.value() == Some(self.value.reveal()))
                .map(key_of);
            if found.is_some() {
                break;
            }
        }
        pages.send(found).await;
        Ok(())
    }
}

fn key_of(from: &aws_sdk_apigateway::types::ApiKey) -> ApiKey {
    ApiKey {
        id: from.id().unwrap_or_default().to_owned(),
        name: from.name().unwrap_or_default().to_owned(),
        enabled: from.enabled(),
        created_at: from.created_date().and_then(|at| at.to_millis().ok()),
    }
}

/// The SDK's shape as the model's, without keys.
pub(super) fn plan_of(from: &aws_sdk_apigateway::types::UsagePlan) -> UsagePlan {
    let throttle = from.throttle();
    let text = |from: Option<&str>| from.unwrap_or_default().to_owned();
    UsagePlan {
        id: text(from.id()),
        name: text(from.name()),
        description: text(from.description()),
        stages: from
            .api_stages()
            .iter()
            .map(|of| (text(of.api_id()), text(of.stage())))
            .collect(),
        rate: throttle.map(|of| of.rate_limit()),
        burst: throttle.map(|of| of.burst_limit()),
        quota: from.quota().map(|of| {
            let period = of.period().map(|period| period.as_str());
            (of.limit(), text(period))
        }),
        methods: methods_of(from),
        keys: Vec::new(),
    }
}

/// The limits of single methods, which are named as `/orders/GET`.
fn methods_of(from: &aws_sdk_apigateway::types::UsagePlan) -> Vec<MethodLimit> {
    let mut all = Vec::new();
    for stage in from.api_stages() {
        let text = |from: Option<&str>| from.unwrap_or_default().to_owned();
        let at = (text(stage.api_id()), text(stage.stage()));
        for (method, limit) in stage.throttle().into_iter().flatten() {
            let (path, verb) = method.rsplit_once('/').unwrap_or(("", method));
            all.push(MethodLimit {
                stage: at.clone(),
                verb: verb.to_owned(),
                path: path.to_owned(),
                rate: limit.rate_limit(),
                burst: limit.burst_limit(),
            });
        }
    }
    all.sort_by(|one, other| {
        (&one.stage, &one.path, &one.verb).cmp(&(&other.stage, &other.path, &other.verb))
    });
    all
}

/// The value of a key, because a person asked for it.
///
/// # Errors
/// Those of `GetApiKey`.
pub async fn value_of(cloud: &Cloud, id: &str) -> Result<Secret, CloudError> {
    let client = cloud.apigateway().await?;
    let answer = client.get_api_key().api_key(id).include_value(true).send();
    let answer = answer.await;
    let answer = answer.map_err(|error| from_sdk("GetApiKey", id, error))?;
    Ok(Secret::new(answer.value().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_no_plan_is_for_are_found() {
        let key = |id: &str| ApiKey {
            id: id.into(),
            ..ApiKey::default()
        };
        let ring = KeyRing {
            plans: vec![UsagePlan {
                keys: vec![key("a")],
                ..UsagePlan::default()
            }],
            keys: vec![key("a"), key("b")],
        };
        let loose: Vec<_> = ring.loose().map(|key| key.id.as_str()).collect();
        assert_eq!(loose, ["b"]);
    }
}

//! IAM: what a function's execution role may do, and the roles that a function can be given.

use std::sync::Arc;
use std::time::Duration;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::error::CloudError;
use crate::model::role::Policy;
use crate::store::{Pages, Query};

/// The policies of a role with their documents, as they come (percent-encoded, from IAM). One page is one policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RolePolicies {
    /// The role's name, without its path.
    pub role: String,
}

/// What the policies of a role say, and which could not be read: the others are shown nevertheless.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleDocuments {
    /// Attached ones first, then inline ones.
    pub policies: Vec<Policy>,
    /// One sentence for each that could not be read.
    pub problems: Vec<String>,
}

impl RoleDocuments {
    fn one(name: &str, document: Result<String, CloudError>) -> Self {
        let mut page = Self::default();
        match document {
            Ok(document) => page.policies.push(Policy {
                name: name.to_owned(),
                document,
            }),
            Err(error) => page.problems.push(format!("{name}: {error}")),
        }
        page
    }
}

impl Query<Cloud> for RolePolicies {
    type Output = RoleDocuments;

    fn service(&self) -> &'static str {
        "iam"
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn append(so_far: &mut RoleDocuments, page: RoleDocuments) {
        so_far.policies.extend(page.policies);
        so_far.problems.extend(page.problems);
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<RoleDocuments>) -> Result<(), CloudError> {
        let client = cloud.iam().await?;
        let mut any = false;
        let call = client.list_attached_role_policies().role_name(&self.role);
        let mut answers = call.into_paginator().send();
        while let Some(answer) = answers.next().await {
            let answer =
                answer.map_err(|error| from_sdk("ListAttachedRolePolicies", &self.role, error))?;
            for attached in answer.attached_policies() {
                let arn = attached.policy_arn().unwrap_or_default();
                let name = attached.policy_name().unwrap_or_default();
                let document = managed_document(&client, arn).await;
                any = true;
                pages.send(RoleDocuments::one(name, document)).await;
            }
        }
        let call = client.list_role_policies().role_name(&self.role);
        let mut answers = call.into_paginator().send();
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| from_sdk("ListRolePolicies", &self.role, error))?;
            for name in answer.policy_names() {
                let document = inline_document(&client, &self.role, name).await;
                any = true;
                pages.send(RoleDocuments::one(name, document)).await;
            }
        }
        if !any {
            pages.send(RoleDocuments::default()).await;
        }
        Ok(())
    }
}

async fn managed_document(client: &aws_sdk_iam::Client, arn: &str) -> Result<String, CloudError> {
    let answer = client.get_policy().policy_arn(arn).send().await;
    let answer = answer.map_err(|error| from_sdk("GetPolicy", arn, error))?;
    let version = answer
        .policy()
        .and_then(|policy| policy.default_version_id())
        .unwrap_or("v1");
    let call = client.get_policy_version().policy_arn(arn);
    let answer = call.version_id(version).send().await;
    let answer = answer.map_err(|error| from_sdk("GetPolicyVersion", arn, error))?;
    let document = answer
        .policy_version()
        .and_then(|version| version.document());
    Ok(document.unwrap_or_default().to_owned())
}

async fn inline_document(
    client: &aws_sdk_iam::Client,
    role: &str,
    name: &str,
) -> Result<String, CloudError> {
    let call = client.get_role_policy().role_name(role).policy_name(name);
    let answer = call.send().await;
    let answer = answer.map_err(|error| from_sdk("GetRolePolicy", role, error))?;
    Ok(answer.policy_document().to_owned())
}

/// The roles of the account, page by page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListRoles {}

/// A role that can be picked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Role {
    /// Its name, without its path.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The person's own words.
    pub description: String,
    /// Lambda may assume it.
    pub for_lambda: bool,
}

impl Query<Cloud> for ListRoles {
    type Output = Vec<Role>;

    fn service(&self) -> &'static str {
        "iam"
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn append(so_far: &mut Vec<Role>, page: Vec<Role>) {
        so_far.extend(page);
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Vec<Role>>) -> Result<(), CloudError> {
        let client = cloud.iam().await?;
        let mut answers = client.list_roles().into_paginator().send();
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| from_sdk("ListRoles", "", error))?;
            pages
                .send(answer.roles().iter().map(role_of).collect())
                .await;
        }
        Ok(())
    }
}

fn role_of(from: &aws_sdk_iam::types::Role) -> Role {
    // The name holds nothing that is encoded, so that the document need not be decoded.
    let trust = from.assume_role_policy_document().unwrap_or_default();
    Role {
        name: from.role_name().to_owned(),
        arn: from.arn().to_owned(),
        description: from.description().unwrap_or_default().to_owned(),
        for_lambda: trust.contains("lambda.amazonaws.com"),
    }
}

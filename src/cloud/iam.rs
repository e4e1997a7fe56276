//! IAM: what a function's execution role may do, and the roles that a function can be given.

use std::sync::Arc;
use std::time::Duration;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::error::CloudError;
use crate::store::{Pages, Query};

/// The policies of a role, with their documents: attached ones and inline ones. One page is one policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RolePolicies {
    /// The role's name, without its path.
    pub role: String,
}

/// A policy of a role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RolePolicy {
    /// Its name.
    pub name: String,
    /// Its ARN; `None` for an inline one.
    pub arn: Option<String>,
    /// The document, as JSON.
    pub document: String,
    /// Why the document could not be read: the others are shown nevertheless.
    pub error: Option<String>,
}

impl Query<Cloud> for RolePolicies {
    type Output = Vec<RolePolicy>;

    fn service(&self) -> &'static str {
        "iam"
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn append(so_far: &mut Vec<RolePolicy>, page: Vec<RolePolicy>) {
        so_far.extend(page);
    }

    async fn fetch(
        self,
        cloud: Arc<Cloud>,
        pages: Pages<Vec<RolePolicy>>,
    ) -> Result<(), CloudError> {
        let client = cloud.iam().await?;
        let mut any = false;
        let call = client.list_attached_role_policies().role_name(&self.role);
        let mut answers = call.into_paginator().send();
        while let Some(answer) = answers.next().await {
            let answer =
                answer.map_err(|error| from_sdk("ListAttachedRolePolicies", &self.role, error))?;
            for attached in answer.attached_policies() {
                let arn = attached.policy_arn().unwrap_or_default();
                let (document, error) = told(managed_document(&client, arn).await);
                let policy = RolePolicy {
                    name: attached.policy_name().unwrap_or_default().to_owned(),
                    arn: Some(arn.to_owned()),
                    document,
                    error,
                };
                any = true;
                pages.send(vec![policy]).await;
            }
        }
        let call = client.list_role_policies().role_name(&self.role);
        let mut answers = call.into_paginator().send();
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| from_sdk("ListRolePolicies", &self.role, error))?;
            for name in answer.policy_names() {
                let (document, error) = told(inline_document(&client, &self.role, name).await);
                let policy = RolePolicy {
                    name: name.clone(),
                    arn: None,
                    document,
                    error,
                };
                any = true;
                pages.send(vec![policy]).await;
            }
        }
        if !any {
            pages.send(Vec::new()).await;
        }
        Ok(())
    }
}

fn told(result: Result<String, CloudError>) -> (String, Option<String>) {
    match result {
        Ok(document) => (document, None),
        Err(error) => (String::new(), Some(error.to_string())),
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
    Ok(decoded(document.unwrap_or_default()))
}

async fn inline_document(
    client: &aws_sdk_iam::Client,
    role: &str,
    name: &str,
) -> Result<String, CloudError> {
    let call = client.get_role_policy().role_name(role).policy_name(name);
    let answer = call.send().await;
    let answer = answer.map_err(|error| from_sdk("GetRolePolicy", role, error))?;
    Ok(decoded(answer.policy_document()))
}

/// IAM gives documents URL-encoded (RFC 3986); other endpoints give them plain, and a plain one is left as it is.
fn decoded(document: &str) -> String {
    if document.trim_start().starts_with('{') {
        return document.to_owned();
    }
    let bytes = document.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = document.get(at + 1..at + 3);
        let value = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, value) {
            (b'%', Some(value)) => {
                plain.push(value);
                at += 3;
            }
            (b'+', _) => {
                plain.push(b' ');
                at += 1;
            }
            _ => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
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
    let trust = decoded(from.assume_role_policy_document().unwrap_or_default());
    Role {
        name: from.role_name().to_owned(),
        arn: from.arn().to_owned(),
        description: from.description().unwrap_or_default().to_owned(),
        for_lambda: trust.contains("lambda.amazonaws.com"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_encoded_and_plain() {
        assert_eq!(
            decoded("%7B%22a%22%3A%20%22%E9%96%A2%22%7D"),
            r#"{"a": "関"}"#
        );
        assert_eq!(decoded(r#" {"a": "100%25"}"#), r#" {"a": "100%25"}"#);
        assert_eq!(decoded("%7B100%"), "{100%");
    }
}

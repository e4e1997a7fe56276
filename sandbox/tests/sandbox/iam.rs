//! Roles and policies.

use crate::support::{Live, code, refusal};
use aws_sdk_iam::{Client, types::PolicyScopeType};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

async fn role(iam: &Client, name: &str) -> aws_sdk_iam::types::Role {
    iam.create_role()
        .role_name(name)
        .path("/service-role/")
        .description("what orders may do")
        .assume_role_policy_document(TRUST)
        .send()
        .await
        .unwrap()
        .role()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn a_role_is_created_read_listed_and_deleted() {
    let live = Live::start().await;
    let iam = Client::new(&live.config);
    let created = role(&iam, "orders").await;
    assert_eq!(
        created.arn(),
        "arn:aws:iam::000000000000:role/service-role/orders"
    );
    assert!(created.role_id().starts_with("AROA"));
    let again = iam
        .create_role()
        .role_name("orders")
        .assume_role_policy_document(TRUST)
        .send()
        .await;
    assert_eq!(
        refusal(again),
        (
            "EntityAlreadyExists".into(),
            "Role with name orders already exists.".into()
        )
    );
    let read = iam.get_role().role_name("orders").send().await.unwrap();
    let document = read.role().unwrap().assume_role_policy_document().unwrap();
    assert!(
        document.starts_with("%7B%22Version%22"),
        "it is shown percent-encoded: {document}"
    );
    for n in 0..4 {
        role(&iam, &format!("r{n}")).await;
    }
    let listed = iam
        .list_roles()
        .path_prefix("/service-role/")
        .into_paginator()
        .page_size(2)
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    let names: Vec<&str> = listed.iter().map(|role| role.role_name()).collect();
    assert_eq!(names, ["orders", "r0", "r1", "r2", "r3"]);
    iam.delete_role().role_name("orders").send().await.unwrap();
    let (name, message) = refusal(iam.get_role().role_name("orders").send().await);
    assert_eq!(name, "NoSuchEntity");
    assert_eq!(message, "The role with name orders cannot be found.");
}

#[tokio::test]
async fn managed_policies_are_attached_and_detached() {
    let live = Live::start().await;
    let iam = Client::new(&live.config);
    role(&iam, "orders").await;
    iam.attach_role_policy()
        .role_name("orders")
        .policy_arn(BASIC)
        .send()
        .await
        .unwrap();
    let attached = iam
        .list_attached_role_policies()
        .role_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(
        attached.attached_policies()[0].policy_name(),
        Some("AWSLambdaBasicExecutionRole")
    );
    assert_eq!(
        code(iam.delete_role().role_name("orders").send().await),
        "DeleteConflict"
    );
    let detach = || {
        iam.detach_role_policy()
            .role_name("orders")
            .policy_arn(BASIC)
            .send()
    };
    detach().await.unwrap();
    assert_eq!(code(detach().await), "NoSuchEntity");
    let unknown = iam
        .attach_role_policy()
        .role_name("orders")
        .policy_arn("arn:aws:iam::aws:policy/Nothing")
        .send()
        .await;
    assert_eq!(code(unknown), "NoSuchEntity");
}

#[tokio::test]
async fn a_role_has_policies_of_its_own() {
    let live = Live::start().await;
    let iam = Client::new(&live.config);
    role(&iam, "orders").await;
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    iam.put_role_policy()
        .role_name("orders")
        .policy_name("read")
        .policy_document(document)
        .send()
        .await
        .unwrap();
    let names = iam
        .list_role_policies()
        .role_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(names.policy_names(), ["read"]);
    let read = iam
        .get_role_policy()
        .role_name("orders")
        .policy_name("read")
        .send()
        .await
        .unwrap();
    assert!(
        read.policy_document().contains("s3%3AGetObject"),
        "{}",
        read.policy_document()
    );
    let malformed = iam
        .put_role_policy()
        .role_name("orders")
        .policy_name("bad")
        .policy_document("{")
        .send()
        .await;
    assert_eq!(code(malformed), "MalformedPolicyDocument");
    iam.delete_role_policy()
        .role_name("orders")
        .policy_name("read")
        .send()
        .await
        .unwrap();
    let gone = iam
        .get_role_policy()
        .role_name("orders")
        .policy_name("read")
        .send()
        .await;
    assert_eq!(code(gone), "NoSuchEntity");
}

#[tokio::test]
async fn policies_of_aws_and_of_the_account_are_listed_by_scope() {
    let live = Live::start().await;
    let iam = Client::new(&live.config);
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let created = iam
        .create_policy()
        .policy_name("orders")
        .policy_document(document)
        .send()
        .await
        .unwrap();
    let arn = created.policy().unwrap().arn().unwrap().to_owned();
    let list = |scope: PolicyScopeType| iam.list_policies().scope(scope).send();
    let local = list(PolicyScopeType::Local).await.unwrap();
    assert_eq!(local.policies().len(), 1);
    let aws = list(PolicyScopeType::Aws).await.unwrap();
    let names: Vec<&str> = aws
        .policies()
        .iter()
        .map(|policy| policy.policy_name().unwrap())
        .collect();
    for name in [
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaVPCAccessExecutionRole",
        "AWSXRayDaemonWriteAccess",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    let read = iam.get_policy().policy_arn(&arn).send().await.unwrap();
    let version = read
        .policy()
        .unwrap()
        .default_version_id()
        .unwrap()
        .to_owned();
    let version = iam
        .get_policy_version()
        .policy_arn(&arn)
        .version_id(version)
        .send()
        .await
        .unwrap();
    assert!(
        version
            .policy_version()
            .unwrap()
            .document()
            .unwrap()
            .contains("2012-10-17")
    );
    assert_eq!(
        code(
            iam.get_policy()
                .policy_arn("arn:aws:iam::aws:policy/Nothing00000")
                .send()
                .await
        ),
        "NoSuchEntity"
    );
}

#[tokio::test]
async fn the_account_has_an_alias_and_the_caller_is_a_user() {
    let live = Live::start().await;
    let iam = Client::new(&live.config);
    let aliases = iam.list_account_aliases().send().await.unwrap();
    assert_eq!(aliases.account_aliases(), ["sekisho-sandbox"]);
    let user = iam.get_user().send().await.unwrap();
    assert_eq!(
        user.user().unwrap().arn(),
        "arn:aws:iam::000000000000:user/sekisho"
    );
}

#[tokio::test]
async fn what_a_role_may_do_is_simulated_by_its_policies() {
    use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
    let live = Live::start().await;
    let iam = Client::new(&live.config);
    let role = role(&iam, "orders").await;
    iam.attach_role_policy()
        .role_name("orders")
        .policy_arn("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
        .send()
        .await
        .unwrap();
    let own = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::orders/*",
         "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Effect": "Deny", "Action": "logs:CreateLogGroup", "Resource": "*"}]}"#;
    iam.put_role_policy()
        .role_name("orders")
        .policy_name("own")
        .policy_document(own)
        .send()
        .await
        .unwrap();
    let simulated = iam
        .simulate_principal_policy()
        .policy_source_arn(role.arn())
        .action_names("logs:PutLogEvents")
        .action_names("logs:CreateLogGroup")
        .action_names("s3:GetObject")
        .resource_arns("arn:aws:s3:::orders/1")
        .context_entries(
            ContextEntry::builder()
                .context_key_name("aws:SecureTransport")
                .context_key_values("true")
                .context_key_type(ContextKeyTypeEnum::Boolean)
                .build(),
        )
        .send()
        .await
        .unwrap();
    let decisions: Vec<_> = simulated
        .evaluation_results()
        .iter()
        .map(|result| result.eval_decision().clone())
        .collect();
    assert_eq!(
        decisions,
        [
            PolicyEvaluationDecisionType::Allowed,
            PolicyEvaluationDecisionType::ExplicitDeny,
            PolicyEvaluationDecisionType::Allowed,
        ]
    );
    let denied = &simulated.evaluation_results()[1].matched_statements()[0];
    assert_eq!(denied.source_policy_id(), Some("role_orders_own"));
    assert_eq!(denied.start_position().unwrap().line(), 3);
    let custom = iam
        .simulate_custom_policy()
        .policy_input_list(own)
        .action_names("s3:GetObject")
        .send()
        .await
        .unwrap();
    let result = &custom.evaluation_results()[0];
    assert_eq!(
        result.eval_decision(),
        &PolicyEvaluationDecisionType::ImplicitDeny
    );
    assert_eq!(result.eval_resource_name(), Some("*"));
}

#[tokio::test]
async fn what_the_model_forbids_is_refused_in_awss_words_before_anything_is_looked_at() {
    let live = Live::start().await;
    let iam = Client::new(&live.config);
    let long = "r".repeat(65);
    let (code, message) = refusal(iam.get_role().role_name(&long).send().await);
    assert_eq!(code, "ValidationError");
    assert_eq!(
        message,
        format!(
            "1 validation error detected: Value '{long}' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64"
        )
    );
    let (code, message) = refusal(iam.list_roles().max_items(1001).send().await);
    assert_eq!(code, "ValidationError");
    assert!(message.contains("'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000"), "{message}");
    role(&iam, "orders").await;
    let updated = iam.update_role().role_name("orders").send().await;
    assert!(updated.is_ok(), "its result is empty and there");
    let (code, message) = refusal(
        iam.put_role_policy()
            .role_name("orders")
            .policy_name("own")
            .policy_document(
                r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*"}}"#,
            )
            .send()
            .await,
    );
    assert_eq!(
        (code.as_str(), message.as_str()),
        (
            "MalformedPolicyDocument",
            "Policy statement must contain resources."
        )
    );
}

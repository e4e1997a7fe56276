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

#[tokio::test]
async fn a_role_is_answered_as_aws_answers_it() {
    let live = Live::start().await;
    let iam = Client::new(&live.config);
    let created = role(&iam, "orders").await;
    assert_eq!(
        created.max_session_duration(),
        None,
        "AWS does not say it when a role is made"
    );
    let read = iam.get_role().role_name("orders").send().await.unwrap();
    assert_eq!(read.role().unwrap().max_session_duration(), Some(3600));
    let change = iam
        .update_role()
        .role_name("orders")
        .max_session_duration(7200);
    change.send().await.unwrap();
    let listed = iam.list_roles().send().await.unwrap();
    assert_eq!(listed.roles()[0].max_session_duration(), Some(7200));
    // boto3 looks for the result, though nothing is in it.
    let form = "Action=UpdateRole&Version=2010-05-08&RoleName=orders";
    let endpoint = live.sandbox.endpoint();
    let host = endpoint.trim_start_matches("http://");
    let scope = "AWS4-HMAC-SHA256 Credential=AKID/20261127/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {host}\r\nauthorization: {scope}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{form}",
        form.len()
    );
    let (status, _, body) = crate::endpoint::send(host, &request).await;
    let body = String::from_utf8(body).unwrap();
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("<UpdateRoleResult"), "{body}");
}

#[tokio::test]
async fn tags_of_roles_and_policies_are_kept_within_their_bounds() {
    let live = Live::start().await;
    let iam = Client::new(&live.config);
    let tag = |key: &str, value: &str| {
        aws_sdk_iam::types::Tag::builder()
            .key(key)
            .value(value)
            .build()
            .unwrap()
    };
    let make = |tags: Vec<aws_sdk_iam::types::Tag>| {
        let role = iam.create_role().role_name("tagged");
        let role = role.assume_role_policy_document(TRUST);
        role.set_tags(Some(tags)).send()
    };
    assert_eq!(
        refusal(make(vec![tag("Shop", "a"), tag("shop", "b")]).await),
        (
            "InvalidInput".into(),
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.".into()
        )
    );
    assert_eq!(
        code(make(vec![tag(&"k".repeat(129), "a")]).await),
        "ValidationError"
    );
    assert_eq!(
        code(make(vec![tag("k", &"v".repeat(257))]).await),
        "ValidationError"
    );
    let many = |count: usize| {
        (0..count)
            .map(|at| tag(&format!("k{at:02}"), "v"))
            .collect()
    };
    assert_eq!(code(make(many(51)).await), "ValidationError");
    make(many(50)).await.unwrap();
    let more = iam
        .tag_role()
        .role_name("tagged")
        .tags(tag("one more", "v"));
    assert_eq!(code(more.send().await), "LimitExceeded");
    let again = iam.tag_role().role_name("tagged").tags(tag("K00", "other"));
    again.send().await.unwrap();
    let page = iam.list_role_tags().role_name("tagged").max_items(30);
    let page = page.send().await.unwrap();
    assert_eq!((page.tags().len(), page.is_truncated()), (30, true));
    assert_eq!(
        (page.tags()[0].key(), page.tags()[0].value()),
        ("k00", "other")
    );
    let rest = iam
        .list_role_tags()
        .role_name("tagged")
        .set_marker(page.marker().map(str::to_owned));
    assert_eq!(rest.send().await.unwrap().tags().len(), 20);
    let policy = iam
        .create_policy()
        .policy_name("tagged")
        .tags(tag("Shop", "a"));
    let policy = policy.policy_document(READ).send().await.unwrap();
    let arn = policy.policy().unwrap().arn().unwrap();
    iam.tag_policy()
        .policy_arn(arn)
        .tags(tag("Till", "1"))
        .send()
        .await
        .unwrap();
    iam.untag_policy()
        .policy_arn(arn)
        .tag_keys("shop")
        .send()
        .await
        .unwrap();
    let left = iam.list_policy_tags().policy_arn(arn).send().await.unwrap();
    assert_eq!(left.tags(), [tag("Till", "1")]);
}

const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}"#;

#[tokio::test]
async fn a_policy_has_five_versions_at_most_and_says_what_its_default_says() {
    let live = Live::start().await;
    let iam = Client::new(&live.config);
    let policy = iam.create_policy().policy_name("p").policy_document(READ);
    let policy = policy.send().await.unwrap();
    let arn = policy.policy().unwrap().arn().unwrap().to_owned();
    let put = |document: String, default: bool| {
        let version = iam.create_policy_version().policy_arn(&arn);
        version
            .policy_document(document)
            .set_as_default(default)
            .send()
    };
    assert_eq!(
        code(put("{".into(), false).await),
        "MalformedPolicyDocument"
    );
    let second = put(READ.replace("s3:Get*", "s3:Put*"), true).await.unwrap();
    assert_eq!(second.policy_version().unwrap().version_id(), Some("v2"));
    for _ in 3..=5 {
        put(READ.into(), false).await.unwrap();
    }
    assert_eq!(code(put(READ.into(), false).await), "LimitExceeded");
    let delete = |id: &str| {
        let delete = iam.delete_policy_version().policy_arn(&arn);
        delete.version_id(id).send()
    };
    assert_eq!(code(delete("v2").await), "DeleteConflict");
    delete("v5").await.unwrap();
    let sixth = put(READ.into(), false).await.unwrap();
    assert_eq!(
        sixth.policy_version().unwrap().version_id(),
        Some("v6"),
        "no number comes twice"
    );
    let listed = iam
        .list_policy_versions()
        .policy_arn(&arn)
        .send()
        .await
        .unwrap();
    let ids: Vec<_> = listed
        .versions()
        .iter()
        .map(|one| one.version_id().unwrap())
        .collect();
    assert_eq!(ids, ["v6", "v4", "v3", "v2", "v1"]);
    assert_eq!(
        code(iam.delete_policy().policy_arn(&arn).send().await),
        "DeleteConflict"
    );
    let default = iam.get_policy().policy_arn(&arn).send().await.unwrap();
    assert_eq!(default.policy().unwrap().default_version_id(), Some("v2"));
    role(&iam, "orders").await;
    let attach = iam
        .attach_role_policy()
        .role_name("orders")
        .policy_arn(&arn);
    attach.send().await.unwrap();
    let may = |action: &str| {
        let may = iam.simulate_principal_policy().action_names(action);
        may.policy_source_arn("arn:aws:iam::000000000000:role/service-role/orders")
            .send()
    };
    let decision = |answer: aws_sdk_iam::operation::simulate_principal_policy::SimulatePrincipalPolicyOutput| {
        answer.evaluation_results()[0].eval_decision().as_str().to_owned()
    };
    assert_eq!(decision(may("s3:PutObject").await.unwrap()), "allowed");
    let default = iam.set_default_policy_version().policy_arn(&arn);
    default.version_id("v1").send().await.unwrap();
    assert_eq!(decision(may("s3:PutObject").await.unwrap()), "implicitDeny");
    let bound = iam.put_role_permissions_boundary().role_name("orders");
    bound.permissions_boundary(BASIC).send().await.unwrap();
    assert_eq!(decision(may("s3:GetObject").await.unwrap()), "implicitDeny");
    let read = iam.get_role().role_name("orders").send().await.unwrap();
    let bound = read.role().unwrap().permissions_boundary().unwrap();
    assert_eq!(bound.permissions_boundary_arn(), Some(BASIC));
    let unbound = iam.delete_role_permissions_boundary().role_name("orders");
    unbound.send().await.unwrap();
    assert_eq!(decision(may("s3:GetObject").await.unwrap()), "allowed");
}

#[tokio::test]
async fn a_services_own_role_is_made_by_its_name_and_changed_by_nobody_else() {
    let live = Live::start().await;
    let iam = Client::new(&live.config);
    let make = |service: &str, suffix: Option<&str>| {
        let make = iam.create_service_linked_role().aws_service_name(service);
        make.set_custom_suffix(suffix.map(str::to_owned)).send()
    };
    let made = make("lambda.application-autoscaling.amazonaws.com", None)
        .await
        .unwrap();
    let name = "AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency";
    let role = made.role().unwrap();
    assert_eq!(role.role_name(), name);
    assert_eq!(
        role.path(),
        "/aws-service-role/lambda.application-autoscaling.amazonaws.com/"
    );
    let attached = iam
        .list_attached_role_policies()
        .role_name(name)
        .send()
        .await
        .unwrap();
    assert_eq!(
        attached.attached_policies()[0].policy_arn(),
        Some(
            "arn:aws:iam::aws:policy/aws-service-role/AWSApplicationAutoscalingLambdaConcurrencyPolicy"
        )
    );
    make("batch.amazonaws.com", None).await.unwrap();
    assert_eq!(
        refusal(make("batch.amazonaws.com", None).await),
        (
            "InvalidInput".into(),
            "Service role name AWSServiceRoleForBatch has been taken in this account, please try a different suffix.".into()
        )
    );
    assert_eq!(
        refusal(make("batch.amazonaws.com", Some("x")).await),
        (
            "InvalidInput".into(),
            "Custom suffix is not allowed for batch.amazonaws.com".into()
        )
    );
    let suffixed = make("autoscaling.amazonaws.com", Some("x")).await.unwrap();
    assert_eq!(
        suffixed.role().unwrap().role_name(),
        "AWSServiceRoleForAutoScaling_x"
    );
    let attach = iam.attach_role_policy().role_name(name).policy_arn(BASIC);
    assert_eq!(code(attach.send().await), "UnmodifiableEntity");
    assert_eq!(
        code(iam.delete_role().role_name(name).send().await),
        "UnmodifiableEntity"
    );
    let gone = iam
        .delete_service_linked_role()
        .role_name("AWSServiceRoleForBatch");
    let gone = gone.send().await.unwrap();
    let task = gone.deletion_task_id();
    assert!(
        task.starts_with("task/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch/"),
        "{task}"
    );
    let status = iam
        .get_service_linked_role_deletion_status()
        .deletion_task_id(task);
    assert_eq!(status.send().await.unwrap().status().as_str(), "SUCCEEDED");
    assert_eq!(
        code(
            iam.get_role()
                .role_name("AWSServiceRoleForBatch")
                .send()
                .await
        ),
        "NoSuchEntity"
    );
}

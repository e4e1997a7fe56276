#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::cloud::Cloud;
use crate::cloud::connection::machine::Machine;
use crate::cloud::testing::{Reply, Server};
use crate::model::connection::ConnectionSpec;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

async fn plan_of(config: &str, profile: &str) -> Result<(Base, Vec<Role>), String> {
    let machine = Machine::of(&[("HOME", "/h")], &[("/h/.aws/config", config)]);
    plan(&machine.sections(profile).await.unwrap(), profile)
}

fn names(roles: &[Role]) -> Vec<&str> {
    roles.iter().map(|role| role.profile.as_str()).collect()
}

#[tokio::test]
async fn a_chain_is_taken_from_its_base_to_the_profile() {
    let config = "[profile top]\nrole_arn = T\nsource_profile = mid\n[profile mid]\nrole_arn = M\nsource_profile = keys\nmfa_serial = dev\n[profile keys]\naws_access_key_id = a\naws_secret_access_key = b\n";
    let (base, roles) = plan_of(config, "top").await.unwrap();
    assert_eq!(base, Base::Profile("keys".into()));
    assert_eq!(names(&roles), ["mid", "top"]);
    assert_eq!(roles[0].mfa_serial.as_deref(), Some("dev"));
}

#[tokio::test]
async fn a_profile_that_is_its_own_source_uses_its_keys() {
    let config = "[profile me]\nrole_arn = R\nsource_profile = me\naws_access_key_id = a\naws_secret_access_key = b\n";
    let (base, roles) = plan_of(config, "me").await.unwrap();
    assert_eq!(base, Base::KeysOf("me".into()));
    assert_eq!(names(&roles), ["me"]);
}

#[tokio::test]
async fn a_credential_source_is_a_base_and_mistakes_are_named() {
    let config = "[profile e]\nrole_arn = R\ncredential_source = Environment\n[profile both]\nrole_arn = R\ncredential_source = Environment\nsource_profile = e\n[profile none]\nrole_arn = R\n[profile lost]\nrole_arn = R\nsource_profile = gone\n[profile x]\nrole_arn = X\nsource_profile = y\n[profile y]\nrole_arn = Y\nsource_profile = x\n";
    let (base, _) = plan_of(config, "e").await.unwrap();
    assert_eq!(base, Base::Named("Environment".into()));
    for (profile, said) in [
        ("both", "both"),
        ("none", "neither"),
        ("lost", "gone"),
        ("x", "circle"),
    ] {
        let problem = plan_of(config, profile).await.unwrap_err();
        assert!(problem.contains(said), "{problem}");
    }
}

/// STS that takes the code 123456, and Lambda that takes the session's key.
fn account() -> Server {
    Server::start(|_, seen| {
        let body = String::from_utf8_lossy(&seen.body).into_owned();
        if !body.contains("Action=AssumeRole") {
            return Reply::json(200, r#"{"Functions":[]}"#);
        }
        if !body.contains("TokenCode=123456") {
            return Reply::xml(
                403,
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>MultiFactorAuthentication failed with invalid MFA one time pass code. </Message></Error></ErrorResponse>",
            );
        }
        Reply::xml(
            200,
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIASESSION</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
        )
    })
}

/// A machine with a role that wants a code, and a person who types `codes`, then declines.
fn person(server: &Server, codes: &[&str]) -> (Machine, Hooks, Arc<Mutex<Vec<Prompt>>>) {
    let config = format!(
        "[profile deploy]\nregion = eu-west-1\nendpoint_url = {}\nrole_arn = arn:aws:iam::1:role/D\nsource_profile = keys\nmfa_serial = arn:aws:iam::1:mfa/ana\n[profile keys]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n",
        server.endpoint
    );
    let machine = Machine::of(&[("HOME", "/h")], &[("/h/.aws/config", &config)]);
    let asked: Arc<Mutex<Vec<Prompt>>> = Arc::default();
    let left: Arc<Mutex<VecDeque<String>>> = Arc::new(Mutex::new(
        codes.iter().map(|code| (*code).to_owned()).collect(),
    ));
    let log = asked.clone();
    let hooks = Hooks::new(
        Some(Arc::new(move |prompt| {
            log.lock().unwrap().push(prompt);
            let code = left.lock().unwrap().pop_front();
            Box::pin(std::future::ready(code))
        })),
        Arc::new(|| {}),
    );
    (machine, hooks, asked)
}

#[tokio::test]
async fn one_code_serves_all_clients_and_all_regions() {
    let server = account();
    let (machine, hooks, asked) = person(&server, &["123456"]);
    let spec = ConnectionSpec::of_profile("deploy");
    let first = Cloud::on(machine.clone(), spec.clone(), hooks.clone());
    let client = first.lambda().await.unwrap();
    client.list_functions().send().await.unwrap();
    first.logs().await.unwrap();
    let elsewhere = ConnectionSpec {
        region: Some("us-west-2".into()),
        ..spec
    };
    let second = Cloud::on(machine, elsewhere, hooks);
    second.lambda().await.unwrap();
    assert_eq!(asked.lock().unwrap().len(), 1);
    let signed = server.seen().last().unwrap().clone();
    let authorization = signed.header("authorization").unwrap();
    assert!(authorization.contains("ASIASESSION"), "{authorization}");
}

#[tokio::test]
async fn a_refused_code_is_asked_again_with_the_reason() {
    let server = account();
    let (machine, hooks, asked) = person(&server, &["12", "000000", "123456"]);
    let cloud = Cloud::on(machine, ConnectionSpec::of_profile("deploy"), hooks);
    cloud.lambda().await.unwrap();
    let asked = asked.lock().unwrap();
    let reasons: Vec<_> = asked
        .iter()
        .map(|Prompt::MfaCode { refused, .. }| refused.clone().unwrap_or_default())
        .collect();
    assert_eq!(reasons.len(), 3);
    assert!(reasons[0].is_empty());
    assert!(reasons[1].contains("six digits"), "{reasons:?}");
    assert!(reasons[2].contains("MultiFactor"), "{reasons:?}");
}

#[tokio::test]
async fn a_declined_prompt_is_not_put_up_again_until_the_person_signs_in() {
    let server = account();
    let (machine, hooks, asked) = person(&server, &[]);
    let cloud = Cloud::on(machine, ConnectionSpec::of_profile("deploy"), hooks);
    for _ in 0..5 {
        let error = cloud.lambda().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Cancelled);
    }
    assert_eq!(asked.lock().unwrap().len(), 1);
    cloud.sign_in_again().await;
    assert!(cloud.lambda().await.is_err());
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn many_panels_at_once_ask_once() {
    let server = account();
    let (machine, hooks, asked) = person(&server, &["123456"]);
    let cloud = Cloud::on(machine, ConnectionSpec::of_profile("deploy"), hooks);
    let (a, b, c) = tokio::join!(cloud.lambda(), cloud.logs(), cloud.cloudwatch());
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn without_anybody_to_ask_the_profile_says_so() {
    let server = account();
    let (machine, _, _) = person(&server, &[]);
    let spec = ConnectionSpec::of_profile("deploy");
    let error = Cloud::on(machine, spec, Hooks::quiet())
        .lambda()
        .await
        .unwrap_err();
    assert!(matches!(error.kind, ErrorKind::SignIn { .. }), "{error:?}");
    assert!(error.message.contains("MFA"));
}

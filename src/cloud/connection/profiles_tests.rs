#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const CONFIG: &str = "\
# comment
[default]
region = eu-central-1

[profile acme-prod]
sso_session = acme
sso_account_id = 123456789012
sso_role_name = Ops
region = eu-west-1 # where it runs

[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = eu-west-1
region = nowhere

[profile deploy]
role_arn = arn:aws:iam::123456789012:role/Deploy
source_profile = keys
mfa_serial = arn:aws:iam::123456789012:mfa/ana

[profile 'with space']
credential_process = /bin/secret --password hunter2
endpoint_url = http://localhost:4566

[services local]
lambda =
  endpoint_url = http://localhost:1
";

const CREDENTIALS: &str = "\
[keys]
aws_access_key_id = AKIASECRETID
aws_secret_access_key = verysecret
";

fn machine(config: &str, credentials: &str) -> Machine {
    Machine::of(
        &[("HOME", "/h")],
        &[
            ("/h/.aws/config", config),
            ("/h/.aws/credentials", credentials),
        ],
    )
}

#[tokio::test]
async fn both_files_are_listed_default_first() {
    let found = list(&machine(CONFIG, CREDENTIALS)).await;
    let names: Vec<_> = found.profiles.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(
        names,
        ["default", "acme-prod", "deploy", "keys", "with space"]
    );
    assert_eq!(found.problems, []);
    let by = |name: &str| found.profiles.iter().find(|p| p.name == name).unwrap();
    assert_eq!(by("acme-prod").region.as_deref(), Some("eu-west-1"));
    assert_eq!(by("acme-prod").way(), "SSO");
    assert_eq!(by("deploy").way(), "role with MFA");
    assert_eq!(by("deploy").source_profile.as_deref(), Some("keys"));
    assert_eq!(by("with space").way(), "program");
    assert_eq!(by("keys").way(), "keys");
    assert_eq!(by("default").way(), "no credentials");
}

#[tokio::test]
async fn no_secret_is_in_what_is_listed() {
    let found = list(&machine(CONFIG, CREDENTIALS)).await;
    let text = format!("{found:?}");
    for secret in ["AKIASECRETID", "verysecret", "hunter2", "/bin/secret"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_named_by_file_and_line_and_the_rest_is_listed() {
    let config = "region = x\n[profile a]\nregion eu-west-1\n\n[profile b\nregion = y\n[profile c]\nregion = us-east-1\n";
    let found = list(&machine(config, "")).await;
    let lines: Vec<_> = found.problems.iter().map(|p| p.line).collect();
    assert_eq!(lines, [1, 3, 5]);
    assert_eq!(
        found.problems[1].to_string(),
        "/h/.aws/config, line 3: a property has no equals sign"
    );
    let names: Vec<_> = found.profiles.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["a", "c"]);
}

#[tokio::test]
async fn a_machine_without_the_files_has_no_profiles_and_no_problem() {
    assert_eq!(list(&Machine::of(&[], &[])).await, Profiles::default());
    let elsewhere = Machine::of(
        &[("AWS_CONFIG_FILE", "~/x"), ("HOME", "/h")],
        &[("/h/x", "[profile moved]\n")],
    );
    assert_eq!(list(&elsewhere).await.profiles[0].name, "moved");
}

#[tokio::test]
async fn sso_is_found_at_the_end_of_a_chain_of_roles() {
    let config = "[profile top]\nrole_arn = a\nsource_profile = acme-prod\n".to_owned() + CONFIG;
    let sections = machine(&config, "").sections("top").await.unwrap();
    assert!(signs_in_by_sso(&sections, "top"));
    assert!(!signs_in_by_sso(&sections, "default"));
    let circle = "[profile a]\nrole_arn = x\nsource_profile = b\n[profile b]\nrole_arn = y\nsource_profile = a\n";
    let sections = machine(circle, "").sections("a").await.unwrap();
    assert!(!signs_in_by_sso(&sections, "a"));
}

#[tokio::test]
async fn names_of_any_form_are_listed_as_they_are_written() {
    let config = "[profile 'Hill Shop.Reader']\nregion = e\n[profile 関所]\nregion = e\n\
        [profile Hill Shop]\nregion = e\n[profile 'open]\n[profile ana]\nlogin_session = arn\n";
    let found = list(&machine(config, "[Hill Shop]\naws_access_key_id = A\n")).await;
    let names: Vec<_> = found.profiles.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["Hill Shop", "Hill Shop.Reader", "ana", "関所"]);
    let lines: Vec<_> = found.problems.iter().map(|p| p.line).collect();
    assert_eq!(lines, [5, 7], "the AWS CLI passes over both");
    let ana = found.profiles.iter().find(|p| p.name == "ana").unwrap();
    assert_eq!(ana.way(), "console sign-in");
}

#[tokio::test]
async fn a_profile_that_leads_nowhere_says_why() {
    let config = "[profile a]\nrole_arn = r\nsource_profile = gone\n\
        [profile b]\nrole_arn = r\nsource_profile = c\n[profile c]\nrole_arn = r\nsource_profile = b\n\
        [profile d]\nrole_arn = r\n[profile e]\nsso_session = none\n\
        [profile f]\nrole_arn = r\nsource_profile = a\n\
        [profile good]\nrole_arn = r\nsource_profile = keys\n\
        [profile pod]\nrole_arn = r\nweb_identity_token_file = t\n";
    let found = list(&machine(config, CREDENTIALS)).await;
    let why = |name: &str| {
        let profile = found.profiles.iter().find(|p| p.name == name).unwrap();
        profile.broken.clone().unwrap_or_default()
    };
    assert_eq!(why("a"), "a needs the profile gone, which is not there");
    assert_eq!(why("b"), "c and b need each other");
    assert!(why("d").contains("neither source_profile"));
    assert_eq!(why("e"), "e needs the sso-session none, which is not there");
    assert_eq!(why("f"), why("a"), "the reason is told where it is");
    assert_eq!([why("good"), why("pod"), why("keys")], ["", "", ""]);
}

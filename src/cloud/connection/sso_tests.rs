#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::cloud::Hooks;
use crate::cloud::testing::{Reply, Server};
use crate::model::connection::ConnectionSpec;
use std::sync::Mutex;

const CONFIG: &str = "[profile ops]\nsso_session = acme\nsso_account_id = 1\nsso_role_name = Ops\nregion = eu-west-1\n[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n[profile top]\nrole_arn = arn:aws:iam::1:role/R\nsource_profile = ops\n[profile old]\nsso_start_url = https://old.awsapps.com/start\nsso_region = us-east-1\n[profile none]\nregion = eu-west-1\n";

/// A service that approves the code at the `polls`-th time of asking.
fn service(polls: usize, last: fn() -> Reply) -> Server {
    Server::start(move |n, seen| match seen.path.as_str() {
        "/client/register" => Reply::json(
            200,
            r#"{"clientId":"cid","clientSecret":"csecret","clientSecretExpiresAt":4102444800}"#,
        ),
        "/device_authorization" => Reply::json(
            200,
            r#"{"deviceCode":"dev","userCode":"ABCD-EFGH","verificationUri":"https://device.sso/","verificationUriComplete":"https://device.sso/?user_code=ABCD-EFGH","expiresIn":600,"interval":0}"#,
        ),
        "/token" if n - 2 < polls => Reply::error(400, "AuthorizationPendingException", "pending"),
        _ => last(),
    })
}

fn granted() -> Reply {
    Reply::json(
        200,
        r#"{"accessToken":"access","refreshToken":"refresh","expiresIn":28800,"tokenType":"Bearer"}"#,
    )
}

fn home(server: &Server) -> (tempfile::TempDir, Machine) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".aws")).unwrap();
    std::fs::write(folder.path().join(".aws/config"), CONFIG).unwrap();
    let machine = Machine::with_real_files(&[
        ("HOME", folder.path().to_str().unwrap()),
        ("AWS_ENDPOINT_URL_SSO_OIDC", &server.endpoint),
    ]);
    (folder, machine)
}

#[tokio::test]
async fn the_person_sees_address_and_code_and_the_token_is_kept_as_aws_keeps_it() {
    let server = service(1, granted);
    let (folder, machine) = home(&server);
    let cloud = Cloud::on(machine, ConnectionSpec::of_profile("top"), Hooks::quiet());
    let steps = Mutex::new(Vec::new());
    sign_in(&cloud, |step| steps.lock().unwrap().push(step))
        .await
        .unwrap();
    let steps = steps.into_inner().unwrap();
    assert!(
        matches!(&steps[0], SsoStep::Open { url, code, .. } if url.contains("ABCD-EFGH") && code == "ABCD-EFGH"),
        "{steps:?}"
    );
    assert_eq!(steps[1], SsoStep::Done);

    // The SHA-1 of "acme".
    let file = folder
        .path()
        .join(".aws/sso/cache/293abb6b76d7791c0732cc517d38c4b5c734b87f.json");
    let names: Vec<_> = std::fs::read_dir(file.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, [file.file_name().unwrap()]);
    let text = std::fs::read_to_string(&file).unwrap();
    let token: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(token["accessToken"], "access");
    assert_eq!(token["refreshToken"], "refresh");
    assert_eq!(token["startUrl"], "https://acme.awsapps.com/start");
    assert_eq!(token["registrationExpiresAt"], "2100-01-01T00:00:00Z");
    let expires: Timestamp = token["expiresAt"].as_str().unwrap().parse().unwrap();
    assert!(expires > Timestamp::now());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Nothing of it is in what the window shows of calls.
    let calls = format!("{:?}", cloud.hooks().calls.since(0));
    assert!(!calls.contains("access") && !calls.contains("csecret"));
    assert_eq!(cloud.hooks().calls.since(0).len(), 4);
}

#[tokio::test]
async fn declined_in_the_browser_leaves_no_token() {
    let server = service(0, || Reply::error(400, "AccessDeniedException", "no"));
    let (folder, machine) = home(&server);
    let cloud = Cloud::on(machine, ConnectionSpec::of_profile("ops"), Hooks::quiet());
    let error = sign_in(&cloud, |_| {}).await.unwrap_err();
    assert!(error.message.contains("declined"), "{error:?}");
    assert!(!folder.path().join(".aws/sso").exists());
}

#[tokio::test]
async fn giving_up_leaves_no_token() {
    let server = service(1000, granted);
    let (folder, machine) = home(&server);
    let cloud = Cloud::on(machine, ConnectionSpec::of_profile("ops"), Hooks::quiet());
    let outcome = tokio::time::timeout(Duration::from_millis(300), sign_in(&cloud, |_| {})).await;
    assert!(outcome.is_err());
    assert!(!folder.path().join(".aws/sso").exists());
}

#[tokio::test]
async fn an_address_that_is_no_web_page_is_never_shown() {
    let server = Server::start(|n, _| match n {
        0 => Reply::json(200, r#"{"clientId":"c","clientSecret":"s"}"#),
        _ => Reply::json(
            200,
            r#"{"deviceCode":"d","userCode":"U","verificationUriComplete":"file:///etc/passwd","expiresIn":600}"#,
        ),
    });
    let (_folder, machine) = home(&server);
    let cloud = Cloud::on(machine, ConnectionSpec::of_profile("ops"), Hooks::quiet());
    let told = Mutex::new(0);
    assert!(
        sign_in(&cloud, |_| *told.lock().unwrap() += 1)
            .await
            .is_err()
    );
    assert_eq!(*told.lock().unwrap(), 0);
}

#[tokio::test]
async fn an_expired_session_offers_the_sign_in() {
    let server = service(0, granted);
    let (_folder, machine) = home(&server);
    let cloud = Cloud::on(machine, ConnectionSpec::of_profile("ops"), Hooks::quiet());
    let error = cloud.lambda().await.unwrap_err();
    assert!(
        matches!(error.kind, ErrorKind::SignIn { sso: true, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn both_forms_of_configuration_and_their_mistakes() {
    let machine = Machine::of(&[("HOME", "/h")], &[("/h/.aws/config", CONFIG)]);
    let sections = machine.sections("ops").await.unwrap();
    let session = session_of(&sections, "ops").unwrap();
    assert_eq!(session.identifier, "acme");
    assert_eq!(session.scopes, ["sso:account:access"]);
    assert_eq!(session_of(&sections, "top").unwrap(), session);
    let old = session_of(&sections, "old").unwrap();
    assert_eq!(old.identifier, "https://old.awsapps.com/start");
    assert!(session_of(&sections, "none").unwrap_err().contains("SSO"));
}

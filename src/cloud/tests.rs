#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::cloud::connection::machine::Machine;
use crate::cloud::error::from_sdk;
use crate::cloud::progress::UploadProgress;
use crate::cloud::testing::{Reply, Server};
use crate::cloud::{Cloud, Hooks, Limits};
use crate::model::connection::ConnectionSpec;
use crate::model::error::{CloudError, ErrorKind};
use crate::store::Progress;
use std::sync::Arc;
use std::time::Duration;

const KEYS: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "AKIAREALREALREAL"),
    ("AWS_SECRET_ACCESS_KEY", "real-secret"),
];

/// Waits between attempts are short; for an answer it waits as long as a loaded machine needs.
fn impatient(mut cloud: Cloud) -> Cloud {
    cloud.limits = Limits {
        connect: Duration::from_secs(30),
        read_attempt: Duration::from_secs(30),
        attempts: 4,
        longest_wait: Duration::from_millis(20),
        paced: false,
    };
    cloud
}

fn at(server: &Server) -> Cloud {
    let spec = ConnectionSpec::of_endpoint("local", &server.endpoint);
    impatient(Cloud::on(Machine::of(&[], &[]), spec, Hooks::quiet()))
}

async fn list(cloud: &Cloud) -> Result<usize, CloudError> {
    let client = cloud.lambda().await?;
    let answer = client.list_functions().send().await;
    let answer = answer.map_err(|e| from_sdk("ListFunctions", "", e))?;
    Ok(answer.functions().len())
}

#[tokio::test]
async fn no_credentials_is_told_before_any_call_is_sent() {
    let server = Server::start(|_, _| Reply::json(200, "{}"));
    let spec = ConnectionSpec {
        region: Some("eu-west-1".into()),
        ..ConnectionSpec::default()
    };
    let cloud = Cloud::on(Machine::of(&[], &[]), spec, Hooks::quiet());
    let error = cloud.lambda().await.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::SignIn {
            sso: false,
            expired: false
        },
        "{error:?}"
    );
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn no_region_names_what_to_set() {
    let cloud = Cloud::on(
        Machine::of(KEYS, &[]),
        ConnectionSpec::default(),
        Hooks::quiet(),
    );
    let error = cloud.lambda().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert!(error.message.contains("AWS_REGION"), "{}", error.message);
}

#[tokio::test]
async fn a_region_that_would_change_the_host_is_refused() {
    let spec = ConnectionSpec {
        region: Some("evil.example/x".into()),
        ..ConnectionSpec::default()
    };
    let cloud = Cloud::on(Machine::of(KEYS, &[]), spec, Hooks::quiet());
    assert_eq!(
        cloud.region().await.unwrap_err().kind,
        ErrorKind::Configuration
    );
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_named_with_the_files() {
    let machine = Machine::of(
        &[("HOME", "/home/ana")],
        &[(
            "/home/ana/.aws/config",
            "[profile dev]\nregion = eu-west-1\n",
        )],
    );
    let cloud = Cloud::on(machine, ConnectionSpec::of_profile("dve"), Hooks::quiet());
    let error = cloud.lambda().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert!(error.message.contains("dve") && error.message.contains("/home/ana/.aws/config"));
}

#[tokio::test]
async fn a_chosen_profile_is_asked_alone_and_not_the_environment() {
    let server = Server::start(|_, _| Reply::json(200, r#"{"Functions":[]}"#));
    let config = format!(
        "[profile dev]\nregion = eu-west-1\nendpoint_url = {}\naws_access_key_id = AKIADEVDEVDEV\naws_secret_access_key = x\n",
        server.endpoint
    );
    let mut variables = KEYS.to_vec();
    variables.push(("HOME", "/h"));
    let machine = Machine::of(&variables, &[("/h/.aws/config", &config)]);
    let cloud = impatient(Cloud::on(
        machine,
        ConnectionSpec::of_profile("dev"),
        Hooks::quiet(),
    ));
    assert_eq!(list(&cloud).await.unwrap(), 0);
    let signed = server.seen()[0].header("authorization").unwrap().to_owned();
    assert!(signed.contains("AKIADEVDEVDEV") && signed.contains("eu-west-1"));
}

/// The files of case 16 and 17; `{}` is the endpoint.
const ANY_NAMES: &str = r#"[profile 'Hill Shop.Reader']
region = eu-west-1
endpoint_url = {}
credential_process = "/bin/sh" -c "printf '{\"Version\":1,\"AccessKeyId\":\"AKIDHILL\",\"SecretAccessKey\":\"s\"}'"
[profile 関所]
region = ap-northeast-1
endpoint_url = {}
aws_access_key_id = AKIDJP
aws_secret_access_key = s
[profile "from Hill"]
role_arn = arn:aws:iam::123456789012:role/Dev
source_profile = Hill Shop.Reader
region = eu-west-1
endpoint_url = {}
[profile ops]
sso_session = Hill Shop
sso_account_id = 123456789012
sso_role_name = Reader
region = eu-west-1
[sso-session 'Hill Shop']
sso_start_url = https://hill.example/start
sso_region = eu-west-1
[profile ana]
login_session = arn:aws:iam::123456789012:user/ana
region = eu-west-1
[profile dev]
role_arn = arn:aws:iam::123456789012:role/Dev
source_profile = ana
region = eu-west-1
"#;

fn as_profile(config: &str, name: &str) -> Cloud {
    let machine = Machine::of(&[("HOME", "/h")], &[("/h/.aws/config", config)]);
    let spec = ConnectionSpec::of_profile(name);
    Cloud::on(machine, spec, Hooks::quiet()).within(Limits {
        connect: Duration::from_secs(10),
        read_attempt: Duration::from_secs(10),
        attempts: 1,
        longest_wait: Duration::from_millis(20),
        paced: false,
    })
}

const ASSUMED: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
    <AccessKeyId>ASIADEV</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
    <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";

#[tokio::test]
async fn profiles_with_any_name_connect() {
    let server = Server::start(|_, seen| match seen.path.as_str() {
        "/" => Reply::xml(200, ASSUMED),
        _ => Reply::json(200, r#"{"Functions":[]}"#),
    });
    let config = ANY_NAMES.replace("{}\n", &format!("{}\n", server.endpoint));
    for (name, key) in [
        ("Hill Shop.Reader", "AKIDHILL"),
        ("関所", "AKIDJP"),
        ("from Hill", "ASIADEV"),
    ] {
        list(&as_profile(&config, name)).await.unwrap();
        let seen = server.seen();
        let signed = seen.last().unwrap().header("authorization").unwrap();
        assert!(signed.contains(&format!("Credential={key}/")), "{signed}");
    }
}

#[tokio::test]
async fn an_sso_session_with_any_name_asks_to_sign_in() {
    let cloud = as_profile(ANY_NAMES, "ops");
    let error = cloud.lambda().await.unwrap_err();
    assert!(
        matches!(error.kind, ErrorKind::SignIn { sso: true, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_console_session_that_is_not_signed_in_names_the_command() {
    for name in ["ana", "dev"] {
        let error = as_profile(ANY_NAMES, name).lambda().await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::SignIn { sso: false, .. }));
        assert!(
            error.message.contains("`aws login --profile ana`"),
            "{}",
            error.message
        );
    }
}

#[tokio::test]
async fn a_host_that_is_not_there_while_signing_in_is_no_lack_of_credentials() {
    // Nothing listens there any more.
    let gone = Server::start(|_, _| Reply::Close).endpoint.clone();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gone_port = free.local_addr().unwrap().port();
    drop(free);
    let sts = gone.replace(
        gone.rsplit(':').next().unwrap().trim_end_matches('/'),
        &gone_port.to_string(),
    );
    let config = format!(
        "[profile dev]\nregion = eu-west-1\nrole_arn = arn:aws:iam::1:role/D\nsource_profile = keys\nservices = s\n\
         [services s]\nsts =\n  endpoint_url = {sts}\n\
         [profile keys]\naws_access_key_id = A\naws_secret_access_key = s\n"
    );
    let error = as_profile(&config, "dev").lambda().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network, "{error:?}");
    let host = format!("127.0.0.1:{gone_port}");
    assert!(error.message.contains(&host), "{}", error.message);
}

#[tokio::test]
async fn a_role_that_may_not_be_taken_names_the_permission() {
    let denied = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::1:user/a is not \
        authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/D</Message></Error></ErrorResponse>";
    let server = Server::start(move |_, _| Reply::xml(403, denied));
    let config = format!(
        "[profile dev]\nregion = eu-west-1\nrole_arn = arn:aws:iam::1:role/D\nsource_profile = keys\nendpoint_url = {}\n\
         [profile keys]\naws_access_key_id = A\naws_secret_access_key = s\n",
        server.endpoint
    );
    let error = as_profile(&config, "dev").lambda().await.unwrap_err();
    let ErrorKind::Permission { action, .. } = &error.kind else {
        panic!("{error:?}");
    };
    assert_eq!(action.as_deref(), Some("sts:AssumeRole"));
}

#[tokio::test]
async fn a_credential_process_that_fails_is_told_as_such() {
    let config = "[profile p]\nregion = eu-west-1\ncredential_process = /bin/sh -c 'echo no vault here >&2; exit 3'\n";
    let error = as_profile(config, "p").lambda().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration, "{error:?}");
    assert_eq!(
        error.message,
        "The profile's credential_process failed: no vault here"
    );
}

#[tokio::test]
async fn a_discovered_endpoint_never_gets_the_persons_keys() {
    let server = Server::start(|_, _| Reply::json(200, r#"{"Functions":[]}"#));
    let spec = ConnectionSpec::of_discovered("found", &server.endpoint);
    let cloud = impatient(Cloud::on(Machine::of(KEYS, &[]), spec, Hooks::quiet()));
    list(&cloud).await.unwrap();
    let signed = server.seen()[0].header("authorization").unwrap().to_owned();
    assert!(signed.contains("Credential=test/"), "{signed}");
}

#[tokio::test]
async fn a_local_endpoint_needs_neither_region_nor_credentials() {
    let server = Server::start(|_, _| Reply::json(200, r#"{"Functions":[]}"#));
    let cloud = at(&server);
    list(&cloud).await.unwrap();
    let signed = server.seen()[0].header("authorization").unwrap().to_owned();
    assert!(signed.contains("Credential=test/") && signed.contains("/us-east-1/lambda/"));
}

#[tokio::test]
async fn an_endpoint_that_the_person_named_gets_their_environments_keys() {
    let server = Server::start(|_, _| Reply::json(200, r#"{"Functions":[]}"#));
    let spec = ConnectionSpec::of_endpoint("mine", &server.endpoint);
    let cloud = impatient(Cloud::on(Machine::of(KEYS, &[]), spec, Hooks::quiet()));
    list(&cloud).await.unwrap();
    let signed = server.seen()[0].header("authorization").unwrap().to_owned();
    assert!(signed.contains("AKIAREALREALREAL"));
}

#[tokio::test]
async fn a_services_own_endpoint_comes_from_variable_section_and_profile_in_this_order() {
    let general = Server::start(|_, _| Reply::json(200, r#"{"Functions":[]}"#));
    let own = Server::start(|_, _| Reply::json(200, r#"{"Functions":[]}"#));
    let config = format!(
        "[default]\nregion = eu-west-1\nservices = local\nendpoint_url = {}\n[services local]\nlambda =\n  endpoint_url = {}\n",
        general.endpoint, own.endpoint
    );
    let files = [("/h/.aws/config", config.as_str())];
    let mut variables = KEYS.to_vec();
    variables.push(("HOME", "/h"));
    let spec = ConnectionSpec::default();
    let cloud = Cloud::on(
        Machine::of(&variables, &files),
        spec.clone(),
        Hooks::quiet(),
    );
    list(&impatient(cloud)).await.unwrap();
    assert_eq!((own.seen().len(), general.seen().len()), (1, 0));

    let third = Server::start(|_, _| Reply::json(200, r#"{"Functions":[]}"#));
    variables.push(("AWS_ENDPOINT_URL_LAMBDA", &third.endpoint));
    let cloud = Cloud::on(
        Machine::of(&variables, &files),
        spec.clone(),
        Hooks::quiet(),
    );
    list(&impatient(cloud)).await.unwrap();
    assert_eq!((third.seen().len(), own.seen().len()), (1, 1));

    let named = Server::start(|_, _| Reply::json(200, r#"{"Functions":[]}"#));
    let spec = ConnectionSpec::of_endpoint("named", &named.endpoint);
    let cloud = Cloud::on(Machine::of(&variables, &files), spec, Hooks::quiet());
    list(&impatient(cloud)).await.unwrap();
    assert_eq!((named.seen().len(), third.seen().len()), (1, 1));
}

#[tokio::test]
async fn an_expired_token_says_so_once_and_is_not_retried() {
    let server = Server::start(|_, _| {
        Reply::error(
            403,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        )
    });
    let error = list(&at(&server)).await.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::SignIn {
            sso: false,
            expired: true
        }
    );
    assert_eq!(error.request_id.as_deref(), Some("11111111-2222"));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_denied_call_names_action_and_resource() {
    let sentence = "User: arn:aws:iam::123456789012:user/ana is not authorized to perform: lambda:ListFunctions on resource: * because no identity-based policy allows the lambda:ListFunctions action";
    let server = Server::start(move |_, _| Reply::error(403, "AccessDeniedException", sentence));
    let error = list(&at(&server)).await.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::Permission {
            action: Some("lambda:ListFunctions".into()),
            resource: Some("*".into())
        }
    );
    assert_eq!(error.message, sentence);
}

#[tokio::test]
async fn being_slowed_down_is_retried_and_seen_and_then_succeeds() {
    let server = Server::start(|n, _| match n {
        0..3 => Reply::error(429, "TooManyRequestsException", "Rate exceeded"),
        _ => Reply::json(200, r#"{"Functions":[]}"#),
    });
    let cloud = at(&server);
    list(&cloud).await.unwrap();
    let stats = cloud.hooks().calls.stats().services["Lambda"];
    assert_eq!((stats.throttles, stats.attempts), (3, 4));
    assert_eq!((stats.in_flight, stats.waiting, stats.finished), (0, 0, 1));
    assert!(stats.last_throttle_ms.is_some());
    let call = &cloud.hooks().calls.since(0)[0];
    assert_eq!((call.attempts, call.status), (4, Some(200)));
    assert_eq!(call.error_code, None);
}

#[tokio::test]
async fn being_slowed_down_for_ever_ends_as_throttled() {
    let server =
        Server::start(|_, _| Reply::error(429, "TooManyRequestsException", "Rate exceeded"));
    let cloud = at(&server);
    let error = list(&cloud).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Throttled);
    assert_eq!(error.message, "Rate exceeded");
    let call = &cloud.hooks().calls.since(0)[0];
    assert_eq!(call.error_code.as_deref(), Some("TooManyRequestsException"));
}

#[tokio::test]
async fn a_connection_that_hangs_ends_as_a_timeout_and_soon() {
    let server = Server::start(|_, _| Reply::Hang);
    let mut cloud = at(&server);
    cloud.limits.read_attempt = Duration::from_millis(300);
    let soon = tokio::time::timeout(Duration::from_secs(60), list(&cloud));
    let error = soon.await.unwrap().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout, "{error:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_of_a_page_is_a_network_error() {
    let server = Server::start(|_, _| Reply::DropMidBody);
    let error = list(&at(&server)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network, "{error:?}");
    let server = Server::start(|_, _| Reply::Close);
    let error = list(&at(&server)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network, "{error:?}");
}

#[tokio::test]
async fn an_endpoint_where_nothing_listens_says_so() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", port.local_addr().unwrap());
    drop(port);
    let spec = ConnectionSpec::of_endpoint("gone", endpoint);
    let cloud = impatient(Cloud::on(Machine::of(&[], &[]), spec, Hooks::quiet()));
    let error = list(&cloud).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network);
    assert!(error.message.contains("refused"), "{}", error.message);
}

#[tokio::test]
async fn a_clock_an_hour_off_is_put_right_by_the_sdk_where_the_server_tells_its_time() {
    let date = "Sat, 01 Jan 2028 00:00:00 GMT";
    let server = Server::start(move |_, seen| {
        let signed_at = seen.header("x-amz-date").unwrap_or_default().to_owned();
        if signed_at.starts_with("20280101T0000") {
            Reply::json(200, r#"{"Functions":[]}"#).with("date", date)
        } else {
            Reply::error(
                403,
                "InvalidSignatureException",
                "Signature expired: 20261123T150000Z is now earlier than 20271231T234500Z",
            )
            .with("date", date)
        }
    });
    assert_eq!(list(&at(&server)).await.unwrap(), 0);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_clock_that_cannot_be_put_right_is_told_as_the_clock() {
    let server = Server::start(|_, _| {
        Reply::error(
            403,
            "InvalidSignatureException",
            "Signature not yet current: 20261123T160000Z is still later than 20261123T151500Z",
        )
    });
    let error = list(&at(&server)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Clock);
}

#[tokio::test]
async fn a_web_page_in_place_of_an_answer_is_unsupported_and_not_shown() {
    let page = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<p>The requested URL was not found";
    let server = Server::start(move |_, _| {
        Reply::Http(
            404,
            vec![("content-type", "text/html; charset=utf-8".into())],
            page.into(),
        )
    });
    let cloud = at(&server);
    let lambda = list(&cloud).await.unwrap_err();
    let client = cloud.cloudwatch().await.unwrap();
    let answer = client.list_metrics().send().await;
    let metrics = from_sdk("ListMetrics", "", answer.unwrap_err());
    for error in [lambda, metrics] {
        assert_eq!(error.kind, ErrorKind::NotServed, "{error:?}");
        assert!(!error.report().contains("<html"), "{}", error.report());
        assert!(!error.report().contains("requested URL"));
        assert!(error.message.contains("404"), "{}", error.message);
    }
}

#[tokio::test]
async fn a_good_status_with_another_protocols_body_is_unsupported() {
    let server = Server::start(|_, _| Reply::xml(200, "<Response/>"));
    let error = list(&at(&server)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotServed, "{error:?}");
}

#[tokio::test]
async fn a_function_in_another_region_is_not_found_with_the_advice_to_look_there() {
    let server = Server::start(|_, _| {
        Reply::error(
            404,
            "ResourceNotFoundException",
            "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:a",
        )
    });
    let cloud = at(&server);
    let client = cloud.lambda().await.unwrap();
    let answer = client.get_function().function_name("a").send().await;
    let error = from_sdk("GetFunction", "a", answer.unwrap_err());
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.kind.advice().contains("region"));
    assert_eq!(
        cloud.hooks().calls.since(0)[0].target.as_deref(),
        Some("/2015-03-31/functions/a")
    );
}

#[tokio::test]
async fn invoke_is_never_sent_twice() {
    let server = Server::start(|_, _| Reply::Http(500, vec![], b"{}".to_vec()));
    let cloud = at(&server);
    let client = cloud.lambda_for_invoke().await.unwrap();
    assert!(client.invoke().function_name("f").send().await.is_err());
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_cancelled_call_is_no_longer_in_flight_and_is_recorded() {
    let server = Server::start(|_, _| Reply::Hang);
    let cloud = Cloud::on(
        Machine::of(&[], &[]),
        ConnectionSpec::of_endpoint("slow", &server.endpoint),
        Hooks::quiet(),
    );
    let outcome = tokio::time::timeout(Duration::from_secs(2), list(&cloud)).await;
    assert!(outcome.is_err());
    let calls = &cloud.hooks().calls;
    assert_eq!(calls.stats().in_flight(), 0);
    assert_eq!(calls.since(0)[0].error_code.as_deref(), Some("Cancelled"));
}

#[tokio::test]
async fn the_live_tails_host_has_no_prefix_at_an_endpoint_that_is_not_aws() {
    let server = Server::start(|_, _| Reply::error(400, "InvalidParameterException", "scripted"));
    let cloud = at(&server);
    let client = cloud.logs_for_tail().await.unwrap();
    let call = client
        .start_live_tail()
        .log_group_identifiers("arn:aws:logs:us-east-1:0:log-group:g");
    assert!(call.send().await.is_err());
    let seen = server.seen();
    let host = seen[0].header("host").unwrap();
    assert_eq!(format!("http://{host}"), server.endpoint);
}

#[tokio::test]
async fn an_upload_reports_its_bytes_and_a_retry_begins_again() {
    let server = Server::start(|n, _| match n {
        0 => Reply::error(500, "ServiceException", "again"),
        _ => Reply::json(200, r#"{"FunctionName":"f"}"#),
    });
    let cloud = at(&server);
    let steps = Arc::new(std::sync::Mutex::new(Vec::new()));
    let slot: Arc<std::sync::OnceLock<Arc<Progress>>> = Arc::default();
    let (kept, seen) = (slot.clone(), steps.clone());
    let progress = Arc::new(Progress::new(Arc::new(move || {
        if let Some(progress) = kept.get() {
            seen.lock().unwrap().push(progress.amount().0);
        }
    })));
    slot.set(progress.clone()).ok();
    let client = cloud.lambda_for_upload().await.unwrap();
    client
        .update_function_code()
        .function_name("f")
        .zip_file(vec![7u8; 600_000].into())
        .customize()
        .interceptor(UploadProgress::new(progress.clone()))
        .send()
        .await
        .unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].body, seen[1].body);
    let whole = seen[1].body.len() as u64;
    assert_eq!(progress.amount(), (whole, whole));
    let steps = steps.lock().unwrap();
    assert!(steps.len() > 10, "{steps:?}");
    assert_eq!(steps.iter().filter(|sent| **sent == 0).count(), 2);
}

#[tokio::test]
async fn keys_that_another_tool_renews_are_read_again_once_the_old_ones_have_expired() {
    let server = Server::start(|_, seen| {
        if seen
            .header("authorization")
            .is_some_and(|a| a.contains("AKIANEW"))
        {
            Reply::json(200, r#"{"Functions":[]}"#)
        } else {
            Reply::error(403, "ExpiredTokenException", "The token is expired")
        }
    });
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".aws");
    std::fs::create_dir(&folder).unwrap();
    let write = |key: &str| {
        let text = format!("[dev]\naws_access_key_id = {key}\naws_secret_access_key = s\n");
        std::fs::write(folder.join("credentials"), text).unwrap();
    };
    write("AKIAOLD");
    let variables = [("HOME", home.path().to_str().unwrap())];
    let spec = ConnectionSpec {
        endpoint: Some(server.endpoint.clone()),
        ..ConnectionSpec::of_profile("dev")
    };
    let cloud = impatient(Cloud::on(
        Machine::with_real_files(&variables),
        spec,
        Hooks::quiet(),
    ));
    assert!(list(&cloud).await.is_err());
    write("AKIANEW");
    assert_eq!(list(&cloud).await.unwrap(), 0);
}

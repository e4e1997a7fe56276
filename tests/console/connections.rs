//! Connections through the window: who one is, switching, the picker, marks and locks, MFA and SSO.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use egui::{Key, Modifiers, Role};
use sekisho::cloud::connection::machine::Machine;
use sekisho::core::{Core, Paths};
use sekisho::model::connection::ConnectionSpec;
use sekisho::route::Route;

use crate::scripted::{caller, serve, xml_error};
use crate::window::{Live, Window, runtime};

fn open_picker(window: &mut Window) {
    window.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    window.wait_for_role(Role::TextInput, "Search connections");
    window.settle();
}

/// A window on a machine of its own, connected to `profile`.
fn on_machine(machine: Machine, profile: Option<&'static str>) -> Window {
    Window::new(&runtime(), None, move |handle, wake| {
        let mut core = Core::on(machine, handle, wake, &Paths::default());
        if let Some(profile) = profile {
            core.connect(ConnectionSpec::of_profile(profile));
        }
        core
    })
}

#[test]
fn the_window_says_who_one_is_and_lists_the_samples() {
    let (mut window, _live) = Window::over_samples(Some(Route::Functions));
    window.wait_for_part("Connection sandbox sekisho-sandbox 0000-0000-0000");
}

#[test]
fn switching_keeps_the_screen_and_never_shows_ones_rows_under_anothers_name() {
    let runtime = runtime();
    let full = Live::start(&runtime, false);
    let empty = Live::start(&runtime, true);
    let first = ConnectionSpec {
        region: Some("us-east-1".into()),
        ..ConnectionSpec::of_endpoint("full", full.endpoint())
    };
    let mut window = Window::connected(&runtime, first, Some(Route::Functions));
    window.wait_for_part("Connection full sekisho-sandbox");
    let rows = |window: &Window| {
        let names = window.names();
        names.iter().any(|name| name == "fraud-score")
    };
    window.wait_until("the samples", |window| rows(window));

    open_picker(&mut window);
    window.type_text(&empty.endpoint());
    window.press(Key::Enter);
    window.wait_for_role(Role::TextInput, "Endpoint URL");
    window.wait_until("the typed URL in the form", |window| {
        window.value("Endpoint URL") == empty.endpoint()
    });
    window.settle();
    window.press(Key::Enter);
    window.wait_until("the other connection", |window| {
        let there = window.has_part("Connection 127.0.0.1");
        assert!(!(there && rows(window)), "rows of the first connection");
        there && window.has_part("No functions")
    });

    open_picker(&mut window);
    window.type_text("full");
    window.press(Key::Enter);
    window.wait_until("the way back", |window| {
        let there = window.has_part("Connection full");
        assert!(!(there && window.has_part("No functions")), "an empty list");
        there && rows(window)
    });
}

#[test]
fn a_typed_region_switches_the_region_and_keeps_the_screen() {
    let (mut window, _live) = Window::over_samples(Some(Route::Functions));
    window.wait_for_part("Connection sandbox sekisho-sandbox");
    open_picker(&mut window);
    window.type_text("frankfurt");
    window.press(Key::Enter);
    window.wait_for_part("eu-central-1");
    window.wait_for_part("Connection sandbox sekisho-sandbox 0000-0000-0000 · eu-central-1");
    window.wait_for_part("No functions");
}

#[test]
fn production_is_unlocked_by_its_name_alone_and_locked_again_by_one_press() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let mut window = Window::connected(&runtime, live.spec("acme-prod"), None);
    window.wait_for_part("Connection acme-prod sekisho-sandbox");
    assert!(window.core().store.may_write().is_err());
    window.click("Locked · read-only");
    window.wait_for_role(Role::Button, "Unlock");
    window.type_into("Type acme-prod to unlock", "acme");
    window.press(Key::Enter);
    assert!(window.core().store.may_write().is_err());
    window.type_text("-prod");
    window.press(Key::Enter);
    window.wait_for("Unlocked");
    assert!(window.core().store.may_write().is_ok());
    window.click("Unlocked");
    window.wait_for("Locked · read-only");
}

#[test]
fn a_mark_is_shown_at_once_and_kept_for_every_region() {
    let (mut window, live) = Window::over_samples(Some(Route::Functions));
    window.wait_for_part("Connection sandbox sekisho-sandbox");
    open_picker(&mut window);
    window.replace("Name of the connection", "mine");
    window.click("Colour Violet");
    window.click("Starts read-only");
    window.press(Key::Escape);
    window.wait_for_part("Connection mine");
    window.wait_for("Locked · read-only");
    let marked = window.core().marks().marked(ConnectionSpec {
        region: Some("eu-west-1".into()),
        ..live.spec("sandbox")
    });
    assert_eq!(marked.name, "mine");
    assert!(marked.read_only);
}

#[test]
fn a_machine_without_anything_starts_with_the_picker_which_says_what_to_do() {
    let mut window = on_machine(Machine::of(&[("HOME", "/h")], &[]), None);
    window.wait_for_role(Role::TextInput, "Search connections");
    window.wait_for_part("aws configure sso");
    // The first row is chosen, whatever was listed first while the others were still read.
    window.wait_for_role(Role::TextInput, "Filter regions");
    window.press(Key::Escape);
    window.wait_for("Not connected");
    window.click_role(Role::Button, "Connect");
    window.wait_for_role(Role::TextInput, "Search connections");
}

#[test]
fn a_profile_without_a_region_is_offered_the_regions() {
    let endpoint = serve(|_| caller("ana"));
    let config = format!(
        "[profile dev]\nendpoint_url = {endpoint}\naws_access_key_id = a\naws_secret_access_key = b\n"
    )
    .replace("http://127.0.0.1", "http://10.0.0.1");
    let machine = Machine::of(&[("HOME", "/h")], &[("/h/.aws/config", &config)]);
    let mut window = on_machine(machine, Some("dev"));
    window.wait_for_role(Role::TextInput, "Filter regions");
    window.wait_for_part("No region is set");
}

#[test]
fn an_mfa_code_is_asked_for_again_when_it_is_refused_and_then_the_window_goes_on() {
    let endpoint = serve(|asked| {
        if asked.body.contains("Action=AssumeRole") {
            if asked.body.contains("TokenCode=654321") {
                let text = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
                return (200, "text/xml", text.to_owned());
            }
            return xml_error(
                403,
                "AccessDenied",
                "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
            );
        }
        if asked.body.contains("Action=GetCallerIdentity") {
            return caller("ana");
        }
        (200, "application/json", r#"{"Functions":[]}"#.to_owned())
    });
    let config = format!(
        "[profile deploy]\nregion = eu-west-1\nendpoint_url = {endpoint}\nrole_arn = arn:aws:iam::1:role/D\nsource_profile = keys\nmfa_serial = arn:aws:iam::1:mfa/ana\n[profile keys]\naws_access_key_id = A\naws_secret_access_key = s\n"
    );
    let machine = Machine::of(&[("HOME", "/h")], &[("/h/.aws/config", &config)]);
    let mut window = on_machine(machine, Some("deploy"));
    window.wait_for_part("asks for the code of arn:aws:iam::1:mfa/ana");
    window.settle();
    window.type_text("111111");
    window.press(Key::Enter);
    window.wait_for_part("▲");
    window.settle();
    window.type_text("654321");
    window.press(Key::Enter);
    window.wait_for_part("Connection deploy 4821-7739-1105");
}

#[test]
fn an_expired_sso_session_is_renewed_in_the_window_which_then_goes_on_by_itself() {
    let approved = Arc::new(AtomicBool::new(false));
    let is_approved = approved.clone();
    let endpoint = serve(move |asked| {
        let json = |status, text: &str| (status, "application/json", text.to_owned());
        match asked.path.split('?').next().unwrap_or_default() {
            "/client/register" => json(
                200,
                r#"{"clientId":"cid","clientSecret":"cs","clientSecretExpiresAt":4102444800}"#,
            ),
            "/device_authorization" => json(
                200,
                r#"{"deviceCode":"dev","userCode":"ABCD-EFGH","verificationUri":"https://device.sso/","verificationUriComplete":"https://device.sso/?user_code=ABCD-EFGH","expiresIn":600,"interval":0}"#,
            ),
            "/token" if !is_approved.load(Ordering::SeqCst) => json(
                400,
                r#"{"__type":"AuthorizationPendingException","error":"authorization_pending"}"#,
            ),
            "/token" => json(
                200,
                r#"{"accessToken":"access","expiresIn":28800,"tokenType":"Bearer"}"#,
            ),
            _ if asked.body.contains("Action=GetCallerIdentity") => caller("ana"),
            _ => json(200, r#"{"Functions":[]}"#),
        }
    });
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let config = "[profile ops]\nsso_session = acme\nsso_account_id = 1\nsso_role_name = Ops\nregion = eu-west-1\n[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n";
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    let machine = Machine::with_real_files(&[
        ("HOME", home.path().to_str().unwrap()),
        ("AWS_ENDPOINT_URL", &endpoint),
    ]);
    let mut window = on_machine(machine, Some("ops"));
    window.click_role(Role::Button, "Sign in");
    window.wait_for("ABCD-EFGH");
    assert!(window.has_role(Role::Button, "Copy code"));
    // The SDK asks AWS's own portal for the role's keys, which no test may reach: from now on the profile has keys.
    let with_keys =
        "[profile ops]\nregion = eu-west-1\naws_access_key_id = A\naws_secret_access_key = s\n";
    std::fs::write(home.path().join(".aws/config"), with_keys).unwrap();
    approved.store(true, Ordering::SeqCst);
    window.wait_until_gone("ABCD-EFGH");
    window.wait_for_part("Connection ops 4821-7739-1105");
    let kept = std::fs::read_dir(home.path().join(".aws/sso/cache")).unwrap();
    assert_eq!(
        kept.count(),
        1,
        "the token is where AWS's tools look for it"
    );
}

//! The console against endpoints that others wrote: moto and ministack. `packaging/peers.sh` starts them and says where they
//! are; without it these tests say that they were left out.
//!
//! They answer wrongly in places. What they don't know must be said where it would stand, and nothing may hang.

use std::io::Write as _;
use std::sync::Arc;

use aws_sdk_lambda::types::{FunctionCode, Runtime};
use egui::{Key, Role};
use sekisho::cloud::error::from_sdk;
use sekisho::cloud::lambda::function::{FunctionDetail, get_function};
use sekisho::cloud::lambda::settle::wait_until_settled;
use sekisho::cloud::{Cloud, Hooks};
use sekisho::model::connection::ConnectionSpec;
use sekisho::model::error::ErrorKind;
use sekisho::route::{FunctionTab, Route};

use crate::window::{Window, runtime};

const CODE: &str =
    "def handler(event, context):\n    print('a line of the peer')\n    return {'echo': event}\n";

/// A peer with one function, which no other test has touched.
struct Peer {
    window: Window,
    cloud: Arc<Cloud>,
    name: String,
}

impl Peer {
    /// `None`, with a word, where the variable names no endpoint.
    fn of(variable: &str, name: &str) -> Option<Self> {
        let Ok(endpoint) = std::env::var(variable) else {
            println!("SKIPPED: {variable} is not set; run packaging/peers.sh");
            return None;
        };
        let runtime = runtime();
        let spec = ConnectionSpec {
            region: Some("us-east-1".into()),
            ..ConnectionSpec::of_discovered("peer", endpoint)
        };
        let cloud = Arc::new(Cloud::new(spec.clone(), Hooks::quiet()));
        runtime.block_on(create(&cloud, name));
        Some(Self {
            window: Window::connected(&runtime, spec, Some(Route::Functions)),
            cloud,
            name: name.to_owned(),
        })
    }

    fn detail(&self) -> FunctionDetail {
        let asked = get_function(&self.cloud, &self.name, None);
        self.window.block_on(asked).unwrap()
    }

    /// From the list to the function's overview, as a person goes.
    fn open(&mut self) {
        self.window.click_role(Role::Row, &self.name.clone());
        self.window.wait_for_role(Role::Tab, "Overview");
    }

    fn part(&mut self, tab: FunctionTab) {
        self.window.click_role(Role::Tab, tab.title());
    }

    /// The overview is whole: facts, and an end to every part that loads.
    fn overview(&mut self) {
        let diagram = format!("Diagram of {}", self.name);
        self.window.wait_for_part(&diagram);
        self.window.wait_for("Facts");
        self.window.wait_for_part("team = peers");
        self.window
            .wait_until("an end of loading", |window| !window.has_part("Loading"));
    }

    /// Memory is changed, reviewed, applied, and is so on the server.
    fn configure(&mut self) {
        self.part(FunctionTab::Configuration);
        self.window.wait_for_role(Role::TextInput, "Memory");
        self.window.replace("Memory", "512");
        self.window.click_role(Role::Button, "Review changes");
        self.window
            .wait_for_part("aws lambda update-function-configuration");
        self.window.click_role(Role::Button, "Apply");
        self.window
            .wait_until("the change's end", |window| ended_well(window, 1));
        self.window.wait_for("No changes");
        assert_eq!(self.detail().function.memory_mb, 512);
    }

    /// A tag is added, reviewed, applied, and is there on the server.
    fn tags(&mut self) {
        self.part(FunctionTab::Overview);
        self.overview();
        self.window.settle();
        self.window.click("Edit tags");
        self.window.click("Add tag");
        self.window.type_into("Key of tag 2", "tier");
        self.window.type_into("Value of tag 2", "gold");
        self.window.click_role(Role::Button, "Review");
        self.window.wait_for_part("aws lambda tag-resource");
        self.window.click_role(Role::Button, "Apply");
        self.window
            .wait_until("the tags' end", |window| ended_well(window, 2));
        self.window.wait_for("tier = gold");
        let function = self.detail().function;
        let tags = function.tags.clone().unwrap();
        assert_eq!(tags.get("tier").map(String::as_str), Some("gold"));
        assert_eq!(tags.get("team").map(String::as_str), Some("peers"));
    }

    /// Something of CloudWatch is on the screen or is said not to be there; no markup is.
    fn metrics_are_shown_or_said_to_be_missing(&mut self) {
        self.window.wait_until("an answer of CloudWatch", |window| {
            let calls = window.core().session.hooks().calls.since(0);
            calls.iter().any(|call| call.service == "CloudWatch")
        });
        self.window.settle();
        assert!(!self.window.has_part("<html"), "{:#?}", self.window.names());
        assert!(!self.window.has_part("<!doctype"));
    }
}

/// What the endpoint has not is not served, whatever it answers for it; what is not there is not found.
async fn lacks_and_misses(cloud: &Cloud) {
    let lambda = cloud.lambda().await.unwrap();
    let call = lambda.get_runtime_management_config().function_name("nope");
    let lacks = from_sdk(
        "GetRuntimeManagementConfig",
        "nope",
        call.send().await.unwrap_err(),
    );
    let logs = cloud.logs().await.unwrap();
    let anomalies = logs.list_anomalies().send().await;
    let also = from_sdk("ListAnomalies", "", anomalies.unwrap_err());
    let iam = cloud.iam().await.unwrap();
    let device = iam
        .get_mfa_device()
        .serial_number("arn:aws:iam::123456789012:mfa/a");
    let too = from_sdk("GetMFADevice", "", device.send().await.unwrap_err());
    for error in [lacks, also, too] {
        assert_eq!(error.kind, ErrorKind::NotServed, "{}", error.report());
        assert!(
            error
                .headline()
                .starts_with("Not served by this endpoint: ")
        );
    }
    let call = lambda.get_function().function_name("nope");
    let missing = from_sdk("GetFunction", "nope", call.send().await.unwrap_err());
    assert_eq!(missing.kind, ErrorKind::NotFound, "{}", missing.report());
    let call = logs.filter_log_events().log_group_name("nope");
    let missing = from_sdk("FilterLogEvents", "nope", call.send().await.unwrap_err());
    assert_eq!(missing.kind, ErrorKind::NotFound, "{}", missing.report());
    let call = cloud.s3().await.unwrap().head_bucket().bucket("nope");
    let missing = from_sdk("HeadBucket", "nope", call.send().await.unwrap_err());
    assert_eq!(missing.kind, ErrorKind::NotFound, "{}", missing.report());
}

/// The `count`th action of this window has ended; it must have ended well.
#[track_caller]
fn ended_well(window: &mut Window, count: usize) -> bool {
    let actions: Vec<_> = window.core().store.actions().cloned().collect();
    let Some(action) = actions.get(count - 1) else {
        return false;
    };
    if let Some(Err(error)) = &action.result {
        panic!("{}", error.report());
    }
    action.result.is_some()
}

/// A role and a Python function with a tag; what an earlier run left is replaced.
async fn create(cloud: &Cloud, name: &str) {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let iam = cloud.iam().await.unwrap();
    let call = iam.create_role().role_name("peer");
    let _exists = call.assume_role_policy_document(trust).send().await;
    let role = iam.get_role().role_name("peer").send().await.unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("app.py", zip::write::SimpleFileOptions::default())
        .unwrap();
    zip.write_all(CODE.as_bytes()).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    let lambda = cloud.lambda().await.unwrap();
    let _was_not = lambda.delete_function().function_name(name).send().await;
    lambda
        .create_function()
        .function_name(name)
        .runtime(Runtime::Python312)
        .role(role.role().unwrap().arn())
        .handler("app.handler")
        .memory_size(256)
        .timeout(20)
        .tags("team", "peers")
        .code(FunctionCode::builder().zip_file(zip.into()).build())
        .send()
        .await
        .unwrap();
    wait_until_settled(cloud, name).await.unwrap();
}

#[test]
fn moto_is_listed_shown_configured_and_tagged_and_its_missing_metrics_are_said() {
    let Some(mut peer) = Peer::of("SEKISHO_MOTO", "peer-moto") else {
        return;
    };
    peer.window.wait_for_role(Role::Row, "peer-moto");
    peer.metrics_are_shown_or_said_to_be_missing();
    peer.window
        .wait_for_part("Not served by this endpoint: GetMetricData");
    let cloud = peer.cloud.clone();
    peer.window.block_on(lacks_and_misses(&cloud));
    peer.open();
    peer.overview();
    peer.configure();
    peer.tags();
    // Every part that a person can open ends: with what it shows, or with a word.
    for tab in FunctionTab::ALL {
        peer.part(tab);
        peer.window
            .wait_until("an end of loading", |window| !window.has_part("Loading"));
    }
    peer.part(FunctionTab::Monitor);
    peer.window
        .wait_for_part("Not served by this endpoint: GetMetricData");
    peer.window.press(Key::F5);
    peer.window.settle();
}

#[test]
fn ministack_is_listed_shown_configured_tagged_run_and_its_log_is_read() {
    let Some(mut peer) = Peer::of("SEKISHO_MINISTACK", "peer-mini") else {
        return;
    };
    peer.window.wait_for_role(Role::Row, "peer-mini");
    peer.metrics_are_shown_or_said_to_be_missing();
    let cloud = peer.cloud.clone();
    peer.window.block_on(lacks_and_misses(&cloud));
    peer.open();
    peer.overview();
    peer.configure();
    peer.tags();
    peer.part(FunctionTab::Test);
    peer.window.click_role(Role::Button, "Invoke");
    peer.window
        .wait_until("the run's end", |window| ended_well(window, 3));
    peer.window.wait_for_part("Succeeded");
    peer.part(FunctionTab::Logs);
    peer.window.wait_for_part("a line of the peer");
    for tab in FunctionTab::ALL {
        peer.part(tab);
        peer.window
            .wait_until("an end of loading", |window| !window.has_part("Loading"));
    }
}

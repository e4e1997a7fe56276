//! The list of functions, a function's head and its overview: each query over a live sandbox, and the walks of a person.
#![allow(
    clippy::disallowed_methods,
    reason = "a test may sleep between two looks"
)]

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_lambda::types as sdk;
use egui::{Key, Role};
use egui_kittest::kittest::{NodeT, Queryable};
use sekisho::cloud::Cloud;
use sekisho::cloud::iam::{ListRoles, RolePolicies};
use sekisho::cloud::lambda::function::GetFunction;
use sekisho::cloud::lambda::functions::{AccountSettings, ListFunctions};
use sekisho::cloud::lambda::related::{
    EventInvokeConfig, EventSourceMappings, FunctionUrl, GetPolicy, ListAliases, ListVersions,
};
use sekisho::cloud::lambda::settle::Settled;
use sekisho::cloud::lambda::tags::ChangeTags;
use sekisho::cloud::tagging::FunctionTags;
use sekisho::core::{Core, Paths};
use sekisho::model::cli::CliContext;
use sekisho::model::error::{CloudError, ErrorKind};
use sekisho::model::function::{DestinationKind, TriggerState};
use sekisho::model::role::Permissions;
use sekisho::route::Route;
use sekisho::store::Query;
use tokio::runtime::Runtime;

use crate::window::{Live, Window, runtime};

/// The core without a window, connected to a sandbox with the samples.
struct Behind {
    core: Core,
    runtime: Arc<Runtime>,
    _live: Live,
}

impl Behind {
    fn start() -> Self {
        let runtime = runtime();
        let live = Live::start(&runtime, false);
        let wake = Arc::new(|| {});
        let mut core = Core::new(runtime.handle().clone(), wake, &Paths::default());
        core.connect(live.spec("sandbox"));
        Self {
            core,
            runtime,
            _live: live,
        }
    }

    fn cloud(&self) -> Arc<Cloud> {
        self.core.cloud().unwrap().clone()
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Wants a query until it has answered.
    #[track_caller]
    fn ask<Q: Query<Cloud> + Debug>(
        &mut self,
        query: &Q,
    ) -> Result<Arc<Q::Output>, Arc<CloudError>> {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            self.core.receive();
            let now = self.core.now();
            let known = self.core.store.want(query, now);
            self.core.dispatch();
            match (known.value, known.error, known.loading) {
                (_, Some(error), false) => return Err(error),
                (Some(value), None, false) => return Ok(value),
                _ => {}
            }
            assert!(Instant::now() < end, "no answer to {query:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Submits an action and waits for its end.
    #[track_caller]
    fn apply(&mut self, action: ChangeTags) -> sekisho::store::Applied {
        let now = self.core.now();
        let id = self.core.store.submit(Arc::new(action), now).unwrap();
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            self.core.receive();
            self.core.dispatch();
            if let Some(result) = &self.core.store.action(id).unwrap().result {
                return result.clone().unwrap();
            }
            assert!(Instant::now() < end, "the action does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn named(name: &str) -> String {
    name.to_owned()
}

#[test]
fn the_list_brings_every_sample_and_the_tagging_service_their_tags() {
    let mut behind = Behind::start();
    let list = behind.ask(&ListFunctions {}).unwrap();
    let mut names: Vec<_> = list.rows.iter().map(|f| f.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "fraud-score",
            "inventory-sync",
            "orders-api",
            "report-nightly",
            "session-cleanup",
            "thumbnail-resize"
        ]
    );
    let orders = list.rows.iter().find(|f| f.name == "orders-api").unwrap();
    assert_eq!((orders.memory_mb, orders.timeout_s), (256, 10));
    assert!(orders.last_modified.is_some() && orders.tags.is_none());
    let tags = behind.ask(&FunctionTags {}).unwrap();
    assert_eq!(tags.tags[&orders.arn]["team"], "shop");
}

#[test]
fn one_function_comes_with_tags_and_a_link_to_its_code_that_does_not_print() {
    let mut behind = Behind::start();
    let detail = behind
        .ask(&GetFunction::latest("thumbnail-resize"))
        .unwrap();
    assert_eq!(detail.function.stack().unwrap().stack, "media-pipeline");
    let link = detail.code.link.as_ref().unwrap().reveal().to_owned();
    assert!(link.starts_with("http"));
    assert!(!format!("{detail:?}").contains(&link));
    let version = GetFunction {
        name: named("orders-api"),
        qualifier: Some(named("2")),
    };
    assert_eq!(behind.ask(&version).unwrap().function.version, "2");
    let error = behind.ask(&GetFunction::latest("nobody")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[test]
fn versions_and_aliases_come_with_their_weights() {
    let mut behind = Behind::start();
    let versions = behind
        .ask(&ListVersions {
            name: named("fraud-score"),
        })
        .unwrap();
    let numbers: Vec<_> = versions.iter().map(|v| v.version.as_str()).collect();
    assert_eq!(numbers, ["$LATEST", "1", "2"]);
    let aliases = behind
        .ask(&ListAliases {
            name: named("fraud-score"),
        })
        .unwrap();
    let live = aliases.iter().find(|alias| alias.name == "live").unwrap();
    assert_eq!(live.routing(), "1 90 % · 2 10 %");
}

#[test]
fn what_a_function_does_not_have_is_empty_and_no_error() {
    let mut behind = Behind::start();
    let name = || named("report-nightly");
    assert_eq!(
        behind.ask(&GetPolicy { name: name() }).unwrap().document,
        ""
    );
    assert!(
        behind
            .ask(&FunctionUrl { name: name() })
            .unwrap()
            .is_empty()
    );
    assert!(
        behind
            .ask(&EventInvokeConfig { name: name() })
            .unwrap()
            .is_empty()
    );
    assert!(
        behind
            .ask(&EventSourceMappings { name: name() })
            .unwrap()
            .triggers
            .is_empty()
    );
    assert!(
        behind
            .ask(&ListAliases { name: name() })
            .unwrap()
            .is_empty()
    );
}

#[test]
fn triggers_destinations_and_addresses_are_read() {
    let mut behind = Behind::start();
    let name = "inventory-sync";
    let cloud = behind.cloud();
    behind.block_on(async {
        let lambda = cloud.lambda().await.unwrap();
        lambda
            .create_event_source_mapping()
            .function_name(name)
            .event_source_arn("arn:aws:sqs:us-east-1:000000000000:movements")
            .batch_size(10)
            .enabled(false)
            .send()
            .await
            .unwrap();
        lambda
            .add_permission()
            .function_name(name)
            .statement_id("from-s3")
            .action("lambda:InvokeFunction")
            .principal("s3.amazonaws.com")
            .source_arn("arn:aws:s3:::pictures")
            .send()
            .await
            .unwrap();
        lambda
            .create_function_url_config()
            .function_name(name)
            .auth_type(sdk::FunctionUrlAuthType::None)
            .send()
            .await
            .unwrap();
        let failed =
            sdk::OnFailure::builder().destination("arn:aws:sqs:us-east-1:000000000000:failed");
        lambda
            .put_function_event_invoke_config()
            .function_name(name)
            .maximum_retry_attempts(1)
            .destination_config(
                sdk::DestinationConfig::builder()
                    .on_failure(failed.build())
                    .build(),
            )
            .send()
            .await
            .unwrap();
    });
    let mappings = behind
        .ask(&EventSourceMappings { name: named(name) })
        .unwrap();
    let mapping = &mappings.triggers[0];
    assert_eq!(
        (mapping.service.as_str(), mapping.source.as_str()),
        ("sqs", "movements")
    );
    assert!(matches!(
        mapping.state,
        TriggerState::Disabled | TriggerState::Other(_)
    ));
    let policy = behind.ask(&GetPolicy { name: named(name) }).unwrap();
    let from_s3 = policy.triggers.iter().find(|t| t.service == "s3").unwrap();
    assert_eq!(from_s3.source, "pictures");
    let urls = behind.ask(&FunctionUrl { name: named(name) }).unwrap();
    assert_eq!(urls[0].auth_type, "NONE");
    let configs = behind
        .ask(&EventInvokeConfig { name: named(name) })
        .unwrap();
    assert_eq!(configs[0].maximum_retry_attempts, Some(1));
    assert_eq!(configs[0].destinations[0].kind, DestinationKind::OnFailure);
    assert_eq!(configs[0].destinations[0].name(), "failed");
}

#[test]
fn what_the_role_may_do_and_what_the_account_allows_is_read() {
    let mut behind = Behind::start();
    let detail = behind.ask(&GetFunction::latest("orders-api")).unwrap();
    let role = detail.function.role_name().to_owned();
    let documents = behind.ask(&RolePolicies { role: role.clone() }).unwrap();
    assert!(documents.problems.is_empty());
    let permissions = Permissions::of(&documents.policies);
    assert!(
        permissions.allows("logs", "PutLogEvents"),
        "{permissions:?}"
    );
    let roles = behind.ask(&ListRoles {}).unwrap();
    assert!(
        roles
            .iter()
            .any(|known| known.name == role && known.for_lambda)
    );
    let account = behind.ask(&AccountSettings {}).unwrap();
    assert_eq!(account.concurrent_executions, 1_000);
    assert_eq!(account.function_count, 6);
}

#[test]
fn waiting_for_an_update_ends_when_it_has_settled() {
    let mut behind = Behind::start();
    let cloud = behind.cloud();
    behind.block_on(async {
        let lambda = cloud.lambda().await.unwrap();
        let call = lambda.update_function_configuration();
        call.function_name("orders-api")
            .memory_size(320)
            .send()
            .await
            .unwrap();
    });
    let settled = behind
        .ask(&Settled {
            name: named("orders-api"),
            revision: None,
        })
        .unwrap();
    assert!(settled.is_settled());
    assert_eq!(settled.memory_mb, 320);
}

#[test]
fn tags_are_changed_and_taken_back() {
    let mut behind = Behind::start();
    let detail = behind.ask(&GetFunction::latest("orders-api")).unwrap();
    let before = detail.function.tags.clone().unwrap();
    let mut after = before.clone();
    after.insert(named("team"), named("web"));
    after.remove("stage");
    after.insert(named("tier"), named("gold"));
    let applied = behind.apply(ChangeTags {
        name: named("orders-api"),
        arn: detail.function.arn.clone(),
        before: before.clone(),
        after: after.clone(),
        context: CliContext::default(),
    });
    assert!(applied.request_id.is_some());
    let now = behind.ask(&GetFunction::latest("orders-api")).unwrap();
    assert_eq!(now.function.tags.as_ref(), Some(&after));
    let Some(sekisho::model::undo::Undo::Tags {
        resource,
        set,
        remove,
    }) = applied.undo
    else {
        panic!("it can't be taken back");
    };
    behind.apply(ChangeTags::undo("orders-api", &resource, &set, &remove));
    let back = behind.ask(&GetFunction::latest("orders-api")).unwrap();
    assert_eq!(back.function.tags.as_ref(), Some(&before));
}

/// The names of the rows, from top to bottom.
fn rows(window: &Window) -> Vec<String> {
    const SAMPLES: [&str; 6] = [
        "fraud-score",
        "inventory-sync",
        "orders-api",
        "report-nightly",
        "session-cleanup",
        "thumbnail-resize",
    ];
    let names = window.names();
    let stars = names
        .iter()
        .filter_map(|name| name.strip_prefix("Favourite "));
    stars
        .filter(|name| SAMPLES.contains(name))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_person_filters_marks_and_opens() {
    let (mut window, _live) = Window::over_samples(Some(Route::Functions));
    window.wait_for("6 functions");
    window.wait_for_role(Role::Row, "orders-api");
    window.type_into("Filter functions", "tag:team=shop");
    window.wait_for("2 of 6 functions");
    assert_eq!(rows(&window), ["inventory-sync", "orders-api"]);
    window.click("Favourite orders-api");
    window.wait_until("the favourite to stand first", |window| {
        rows(window) == ["orders-api", "inventory-sync"]
    });
    window.press(Key::Escape);
    window.wait_for("6 functions");
    assert_eq!(rows(&window)[0], "orders-api");
    window.click_role(Role::Row, "fraud-score");
    window.wait_for_role(Role::Tab, "Overview");
    window.wait_for_part("Diagram of fraud-score");
    window.wait_for_part("CloudWatch Logs, ");
    window.wait_until("the weights of the alias", |window| {
        let rows = window
            .harness()
            .query_all_by_role_and_label(Role::Row, "live");
        let heard = |row: egui_kittest::Node<'_>| row.accesskit_node().description();
        rows.filter_map(heard)
            .any(|text| text.contains("1 90 % · 2 10 %"))
    });
}

#[test]
fn a_filter_that_hides_everything_offers_to_show_all() {
    let (mut window, _live) = Window::over_samples(Some(Route::Functions));
    window.wait_for("6 functions");
    window.type_into("Filter functions", "no-such-function");
    window.wait_for("No function matches");
    window.click("Show all");
    window.wait_for("6 functions");
}

#[test]
fn an_empty_region_says_what_to_do_next() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let mut window = Window::connected(&runtime, live.spec("bare"), Some(Route::Functions));
    window.wait_for("No functions in us-east-1");
    assert!(window.has_part("Create one here, with code that runs as it is"));
}

#[test]
fn tags_are_edited_reviewed_and_applied_in_the_window() {
    let (mut window, _live) = Window::over_samples(Some(Route::function("orders-api")));
    // Once all parts have come, nothing moves under the pointer.
    window.wait_for_part("CloudWatch Logs, ");
    window.click("Edit tags");
    window.click("Add tag");
    window.type_into("Key of tag 5", "tier");
    window.type_into("Value of tag 5", "gold");
    window.click_role(Role::Button, "Review");
    window.wait_for("Change tags of orders-api");
    assert!(window.has_part("aws lambda tag-resource"));
    window.click_role(Role::Button, "Apply");
    window.wait_for("tier = gold");
}

#[test]
fn a_function_that_is_deleted_while_it_is_open_says_so_and_leads_back() {
    let (mut window, _live) = Window::over_samples(Some(Route::function("session-cleanup")));
    window.wait_for_part("Diagram of session-cleanup");
    let cloud = window.core().cloud().unwrap().clone();
    window.block_on(async {
        let lambda = cloud.lambda().await.unwrap();
        let call = lambda.delete_function().function_name("session-cleanup");
        call.send().await.unwrap();
    });
    window.click("Refresh this function");
    window.wait_for_part("was deleted while it was open");
    assert!(
        window.has_part("Diagram of session-cleanup"),
        "what was known stays"
    );
    window.click("Back to functions");
    window.wait_for("5 functions");
}

#[test]
fn a_function_is_deleted_when_its_name_is_typed() {
    let (mut window, _live) = Window::over_samples(Some(Route::function("fraud-score")));
    window.wait_for_part("CloudWatch Logs, ");
    window.click("More");
    window.click("Delete function…");
    window.type_into("Type fraud-score to confirm", "fraud-score");
    window.click_role(Role::Button, "Delete the function");
    // One's own deletion is no surprise: the tab goes, and the list is in front.
    window.wait_for("5 functions");
    assert!(!window.has_role(Role::Tab, "fraud-score"));
}

#[test]
fn a_submission_that_is_dismissed_leaves_the_draft() {
    let (mut window, _live) = Window::over_samples(Some(Route::function("orders-api")));
    // Once all parts have come, nothing moves under the pointer.
    window.wait_for_part("CloudWatch Logs, ");
    window.click("Edit tags");
    window.replace("Value of tag 1", "other");
    window.click_role(Role::Button, "Review");
    window.click_role(Role::Button, "Cancel");
    window.settle();
    assert_eq!(window.value("Value of tag 1"), "other");
}

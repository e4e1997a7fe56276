#![allow(clippy::unwrap_used)]

use super::*;

struct Own;

impl Hosted for Own {
    fn endpoint(&self) -> &str {
        "http://127.0.0.1:40001"
    }

    fn folder(&self) -> Option<PathBuf> {
        None
    }

    fn save(&self, _file: PathBuf) -> crate::store::BoxFuture<Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    fn load(&self, _file: PathBuf) -> crate::store::BoxFuture<Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    fn reset(&self) -> crate::store::BoxFuture<Result<(), String>> {
        Box::pin(async { Ok(()) })
    }
}

fn core(runtime: &tokio::runtime::Runtime) -> Core {
    Core::new(runtime.handle().clone(), Arc::new(|| {}), &Paths::default())
}

fn link(text: &str) -> Link {
    text.parse().unwrap()
}

#[test]
fn a_link_leads_without_a_question_only_to_what_is_open() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut core = core(&runtime);
    let _inside = runtime.enter();
    core.connect(ConnectionSpec::of_endpoint("e", "http://127.0.0.1:1"));
    core.connect(ConnectionSpec {
        region: Some("eu-west-1".into()),
        ..ConnectionSpec::of_profile("acme-dev")
    });
    let here = |text: &str| core.way(&link(text), Some("eu-west-1"));
    assert_eq!(here("functions/a"), Way::Here);
    assert_eq!(here("sekisho://functions/a?profile=acme-dev"), Way::Here);
    assert_eq!(
        here("sekisho://functions/a?profile=acme-dev&region=eu-west-1"),
        Way::Here
    );
    let Way::To(spec) = here("sekisho://functions?region=us-east-1") else {
        unreachable!("another region of the same connection is no question");
    };
    assert_eq!(spec.profile.as_deref(), Some("acme-dev"));
    assert_eq!(spec.region.as_deref(), Some("us-east-1"));
    let open = here("sekisho://functions?endpoint=http://127.0.0.1:1");
    assert!(
        matches!(&open, Way::To(spec) if !spec.discovered),
        "{open:?}"
    );
    for other in [
        "sekisho://functions?profile=acme-staging",
        "sekisho://functions?endpoint=https://evil.example",
        "sekisho://functions?endpoint=http://127.0.0.1:2",
        "sekisho://functions?endpoint=http://127.0.0.1:1&profile=acme-dev",
        "sekisho://functions?default",
    ] {
        assert!(matches!(here(other), Way::Ask(_)), "{other}");
    }
    assert!(matches!(
        here("sekisho://functions?sandbox"),
        Way::Nowhere(_)
    ));
}

#[test]
fn the_sandbox_of_a_link_is_the_window_s_own() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut core = core(&runtime);
    let _inside = runtime.enter();
    core.hosted = Some(Arc::new(Own));
    let own = ConnectionSpec::of_discovered("sandbox", Own.endpoint());
    core.connect(own.clone());
    assert_eq!(core.place_of(&own), Place::Sandbox);
    assert_eq!(
        core.way(&link("sekisho://functions?sandbox"), None),
        Way::Here
    );
}

#[test]
fn a_link_never_unlocks() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut core = core(&runtime);
    let _inside = runtime.enter();
    core.connect(ConnectionSpec::of_profile("acme-prod"));
    assert!(core.store.may_write().is_err());
    core.connect(ConnectionSpec::of_profile("acme-dev"));
    let leads = core.way(&link("sekisho://functions?profile=acme-prod"), None);
    let Way::To(spec) = leads else {
        unreachable!("it is open: {leads:?}");
    };
    core.connect(spec);
    assert!(core.store.may_write().is_err());
    // Another region of a locked connection is locked too.
    let leads = core.way(&link("sekisho://functions?region=eu-west-2"), None);
    assert!(
        matches!(&leads, Way::To(spec) if spec.read_only),
        "{leads:?}"
    );
}

#[test]
fn only_what_has_answered_is_a_recent_connection() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut core = core(&runtime);
    let _inside = runtime.enter();
    let mistyped = ConnectionSpec::of_endpoint("127.0.0.1:1", "http://127.0.0.1:1");
    core.connect(mistyped);
    assert_eq!(core.recents().iter().count(), 0);
    let good = ConnectionSpec::of_profile("acme-dev");
    core.connect(good.clone());
    core.remember(&good);
    core.remember(&good);
    let recents = core.recents();
    assert_eq!(recents.iter().collect::<Vec<_>>(), [&good]);
}

#[test]
fn what_is_kept_belongs_to_the_endpoint_and_that_of_aws_to_none() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut core = core(&runtime);
    let of = |core: &Core, endpoint: &str| {
        core.kept_for(&ConnectionSpec::of_endpoint("e", endpoint), None)
    };
    assert_eq!(of(&core, "http://127.0.0.1:4999/"), "http://127.0.0.1:4999");
    assert_ne!(
        of(&core, "http://127.0.0.1:4999"),
        of(&core, "http://127.0.0.1:40001")
    );
    assert_eq!(
        of(&core, "https://ana:key@aws.example.com"),
        "https://aws.example.com"
    );
    let profile = ConnectionSpec::of_profile("dev");
    assert_eq!(core.kept_for(&profile, None), "");
    assert_eq!(
        core.kept_for(&profile, Some("http://localhost:4566")),
        "http://localhost:4566"
    );
    core.hosted = Some(Arc::new(Own));
    assert_eq!(
        of(&core, "http://127.0.0.1:40001"),
        "sandbox",
        "whatever port it has this time"
    );
}

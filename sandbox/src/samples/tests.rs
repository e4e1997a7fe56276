//! The samples really run, and fail where they are meant to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};

use super::{ALL, Sample};
use crate::runtime::tests::House;
use crate::runtime::{FunctionSpec, Outcome};

fn named(name: &str) -> &'static Sample {
    ALL.iter().find(|sample| sample.name == name).unwrap()
}

async fn call(house: &House, name: &str, event: Value) -> (Value, Outcome) {
    let sample = named(name);
    let mut spec: FunctionSpec = house.function(sample.runtime, sample.handler, sample.files);
    spec.memory_mb = sample.memory_mb;
    spec.timeout_s = sample.timeout_s;
    spec.environment = sample
        .environment
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    let outcome = house.call(&spec, event).await.unwrap();
    (serde_json::from_slice(&outcome.payload).unwrap(), outcome)
}

#[test]
fn every_sample_packs_its_files_with_their_modes() {
    for sample in ALL {
        let zip = sample.zip().unwrap();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
        assert_eq!(archive.len(), sample.files.len());
        let bootstrap = archive
            .by_name("bootstrap")
            .ok()
            .and_then(|file| file.unix_mode());
        assert!(bootstrap.is_none_or(|mode| mode & 0o111 != 0));
    }
}

#[test]
fn samples_keep_lambdas_rules() {
    let runtimes: std::collections::BTreeSet<&str> =
        ALL.iter().map(|sample| &sample.runtime[..4]).collect();
    assert_eq!(runtimes.len(), 3);
    for sample in ALL {
        assert!(
            (128..=10_240).contains(&sample.memory_mb) && (1..=900).contains(&sample.timeout_s)
        );
        assert!(sample.description.chars().count() <= 256);
        for alias in sample.aliases {
            let exists = |version: &str| {
                version
                    .parse::<usize>()
                    .is_ok_and(|n| (1..=sample.versions.len()).contains(&n))
            };
            assert!(
                exists(alias.version)
                    && alias
                        .also
                        .is_none_or(|(version, weight)| exists(version) && weight < 1.0)
            );
        }
    }
}

#[tokio::test]
async fn an_order_is_taken_refused_or_fails() {
    let house = House::new();
    let order = |lines: Value, card: &str| json!({ "body": json!({ "lines": lines, "card": card }).to_string() });
    let (taken, outcome) = call(
        &house,
        "orders-api",
        order(json!([{ "sku": "tea-01", "quantity": 2 }]), "41"),
    )
    .await;
    assert_eq!(taken["statusCode"], json!(201), "{}", outcome.log_tail);
    assert!(taken["body"].as_str().unwrap().contains("\"total\": 3240"));
    assert!(outcome.log_tail.contains("Order placed"));
    let (refused, _) = call(
        &house,
        "orders-api",
        order(json!([{ "sku": "gone-99" }]), "41"),
    )
    .await;
    assert_eq!(refused["statusCode"], json!(400));
    let (failed, outcome) = call(
        &house,
        "orders-api",
        order(json!([{ "sku": "tea-01" }]), "40000"),
    )
    .await;
    assert_eq!(failed["errorType"], json!("PaymentDeclined"));
    assert_eq!(outcome.function_error.as_deref(), Some("Unhandled"));
}

#[tokio::test]
async fn a_thumbnail_is_made_of_a_picture_and_refused_for_anything_else() {
    let house = House::new();
    let upload = |key: &str| json!({ "Records": [{ "s3": { "object": { "key": key } } }] });
    let (made, outcome) = call(
        &house,
        "thumbnail-resize",
        upload("photos/640x480/fuji.png"),
    )
    .await;
    assert_eq!(
        made["thumbnails"][0]["width"],
        json!(160),
        "{}",
        outcome.log_tail
    );
    assert_eq!(
        made["thumbnails"][0]["key"],
        json!("photos/640x480/fuji.thumb.png")
    );
    let (failed, _) = call(&house, "thumbnail-resize", upload("a.pdf")).await;
    assert_eq!(failed["errorType"], json!("UnsupportedImage"));
}

#[tokio::test]
async fn the_report_is_written_in_four_steps_by_bash() {
    let house = House::new();
    let (report, outcome) = call(&house, "report-nightly", json!({ "day": "2026-11-23" })).await;
    assert_eq!(
        (&report["day"], &report["rows"]),
        (&json!("2026-11-23"), &json!(200)),
        "{}",
        outcome.log_tail
    );
    assert!(
        outcome.log_tail.contains("[4/4] Report written"),
        "{}",
        outcome.log_tail
    );
    let (failed, outcome) = call(&house, "report-nightly", json!({ "day": "2026-02-30" })).await;
    assert_eq!(failed["errorType"], json!("InvalidDay"));
    assert!(
        outcome.log_tail.contains("ERROR: 2026-02-30 is no day\n"),
        "{}",
        outcome.log_tail
    );
}

#[tokio::test]
async fn messages_that_fail_are_named_for_redelivery() {
    let house = House::new();
    let event = json!({ "Records": [
        { "messageId": "good", "body": "{\"sku\":\"a\",\"change\":-3}" },
        { "messageId": "bad", "body": "not JSON" },
    ] });
    let (answer, outcome) = call(&house, "inventory-sync", event).await;
    assert_eq!(
        answer,
        json!({ "batchItemFailures": [{ "itemIdentifier": "bad" }] })
    );
    assert!(
        outcome.log_tail.contains("Stock of a changed by -3 to 37"),
        "{}",
        outcome.log_tail
    );
}

#[tokio::test]
async fn a_large_backlog_runs_into_the_timeout() {
    let house = House::new();
    let (done, outcome) = call(
        &house,
        "session-cleanup",
        json!({ "detail": { "backlog": 300 } }),
    )
    .await;
    assert_eq!(done, json!({ "removed": 300 }), "{}", outcome.log_tail);
    let (failed, outcome) = call(
        &house,
        "session-cleanup",
        json!({ "detail": { "backlog": 40_000 } }),
    )
    .await;
    assert_eq!(
        failed["errorType"],
        json!("Sandbox.Timedout"),
        "{}",
        outcome.log_tail
    );
    // Whoever reads the log learns why.
    let why = "Running out of time";
    assert!(outcome.log_tail.contains(why), "{}", outcome.log_tail);
}

#[tokio::test]
async fn a_payment_is_scored() {
    let house = House::new();
    let payment = json!({ "customer": "customer-00007", "amount": 190_000, "hour": 3, "distance_km": 480, "attempts": 5 });
    let (score, outcome) = call(&house, "fraud-score", payment).await;
    assert_eq!(
        score["verdict"],
        json!("review"),
        "{score} {}",
        outcome.log_tail
    );
    assert!(outcome.max_memory_mb < 200, "{}", outcome.max_memory_mb);
}

//! Versions of objects.

use crate::{
    s3::{body, client},
    support::{Live, code, zipped},
};
use aws_sdk_s3::{
    Client,
    types::{BucketVersioningStatus, VersioningConfiguration},
};
use sekisho_sandbox::Options;

async fn versioning(s3: &Client, status: BucketVersioningStatus) {
    let said = VersioningConfiguration::builder().status(status).build();
    s3.put_bucket_versioning()
        .bucket("orders")
        .versioning_configuration(said)
        .send()
        .await
        .unwrap();
}

async fn put(s3: &Client, content: &str) -> Option<String> {
    s3.put_object()
        .bucket("orders")
        .key("k")
        .body(content.as_bytes().to_vec().into())
        .send()
        .await
        .unwrap()
        .version_id
}

/// Versions as they are listed, the newest first, a marker with a minus.
async fn listed(s3: &Client) -> Vec<String> {
    let all = s3.list_object_versions().bucket("orders");
    let all = all.send().await.unwrap();
    let versions = all
        .versions()
        .iter()
        .map(|v| (v.last_modified(), v.version_id().unwrap()));
    let mut out: Vec<String> = versions.map(|(_, id)| id.to_owned()).collect();
    out.extend(
        all.delete_markers()
            .iter()
            .map(|m| format!("-{}", m.version_id().unwrap())),
    );
    out
}

#[tokio::test]
async fn a_deletion_leaves_a_marker_and_what_was_is_still_there() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options {
        state: Some(folder.path().to_owned()),
        ..Options::default()
    };
    let live = Live::start_with(options()).await;
    let s3 = client(&live);
    s3.create_bucket().bucket("orders").send().await.unwrap();
    let before = s3.get_bucket_versioning().bucket("orders");
    assert_eq!(before.send().await.unwrap().status(), None);
    assert_eq!(put(&s3, "zero").await, None);
    versioning(&s3, BucketVersioningStatus::Enabled).await;
    let one = put(&s3, "one").await.unwrap();
    let two = put(&s3, "two").await.unwrap();
    assert_eq!(one.len(), 32);
    let deleted = s3.delete_object().bucket("orders").key("k");
    let deleted = deleted.send().await.unwrap();
    assert_eq!(deleted.delete_marker(), Some(true));
    let marker = deleted.version_id().unwrap().to_owned();
    let get = |s3: &Client| s3.get_object().bucket("orders").key("k");
    assert_eq!(code(get(&s3).send().await), "NoSuchKey");
    assert_eq!(
        code(get(&s3).version_id(&marker).send().await),
        "MethodNotAllowed"
    );
    let all = vec![
        two.clone(),
        one.clone(),
        "null".to_owned(),
        format!("-{marker}"),
    ];
    assert_eq!(listed(&s3).await, all);

    // All of it is there after a restart.
    live.sandbox.shutdown().await;
    drop(live);
    let live = Live::start_with(options()).await;
    let s3 = client(&live);
    assert_eq!(listed(&s3).await, all);
    for (id, content) in [(one.as_str(), "one"), (&two, "two"), ("null", "zero")] {
        let got = get(&s3).version_id(id).send().await.unwrap();
        assert_eq!(got.version_id(), Some(id));
        assert_eq!(body(got.body).await, content.as_bytes());
    }
    let page = s3.list_object_versions().bucket("orders").max_keys(2);
    let page = page.send().await.unwrap();
    assert_eq!(page.is_truncated(), Some(true));
    assert_eq!(page.next_version_id_marker(), Some(two.as_str()));
    let rest = s3
        .list_object_versions()
        .bucket("orders")
        .key_marker("k")
        .version_id_marker(&two)
        .send()
        .await
        .unwrap();
    assert_eq!(rest.versions().len(), 2);

    // The marker goes, and the newest is back; a version that goes is gone.
    let delete = |id: &str| {
        let delete = s3.delete_object().bucket("orders").key("k");
        delete.version_id(id).send()
    };
    assert_eq!(delete(&marker).await.unwrap().delete_marker(), Some(true));
    assert_eq!(body(get(&s3).send().await.unwrap().body).await, b"two");
    delete(&two).await.unwrap();
    assert_eq!(
        code(get(&s3).version_id(&two).send().await),
        "NoSuchVersion"
    );
    assert_eq!(body(get(&s3).send().await.unwrap().body).await, b"one");
    assert_eq!(
        code(get(&s3).version_id("short").send().await),
        "InvalidArgument"
    );
    let kept = s3.delete_bucket().bucket("orders").send().await;
    assert_eq!(code(kept), "BucketNotEmpty");

    versioning(&s3, BucketVersioningStatus::Suspended).await;
    assert_eq!(put(&s3, "three").await, None);
    assert_eq!(listed(&s3).await, ["null".to_owned(), one]);
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn a_function_is_made_of_the_version_that_was_named() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let s3 = client(&live);
    s3.create_bucket().bucket("orders").send().await.unwrap();
    versioning(&s3, BucketVersioningStatus::Enabled).await;
    let package = |text: &str| {
        let code = format!("def handler(event, context):\n    return '{text}'\n");
        s3.put_object()
            .bucket("orders")
            .key("code.zip")
            .body(zipped(&[("index.py", &code)]).into())
            .send()
    };
    let first = package("first").await.unwrap();
    package("second").await.unwrap();
    let update = |version: Option<&str>| {
        live.lambda
            .update_function_code()
            .function_name("orders")
            .s3_bucket("orders")
            .s3_key("code.zip")
            .set_s3_object_version(version.map(str::to_owned))
            .send()
    };
    update(first.version_id()).await.unwrap();
    live.settled("orders").await;
    let answer = live.invoke("orders", serde_json::json!({})).await;
    assert_eq!(answer, serde_json::json!("first"));
    update(None).await.unwrap();
    live.settled("orders").await;
    let answer = live.invoke("orders", serde_json::json!({})).await;
    assert_eq!(answer, serde_json::json!("second"));
}

//! A state outlives the sandbox that made it: what every service showed before, it shows after, and in a copy.

use crate::support::{self, Live, config, package, until, zipped};
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use aws_sdk_lambda::{
    primitives::Blob,
    types::{AliasRoutingConfiguration, Environment, FunctionCode, InvocationType, Runtime},
};
use sekisho_sandbox::{
    Options, Sandbox, StartError, StateError,
    store::{Home, Store},
};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

async fn start(state: &Path) -> Live {
    Live::start_with(Options {
        state: Some(state.to_owned()),
        ..Options::default()
    })
    .await
}

/// All that is made in the tests, as the clients read it, in one text; without ETags of time and addresses with a port.
async fn listing(live: &Live) -> String {
    let mut out = Vec::new();
    let lambda = &live.lambda;
    let functions = lambda.list_functions().send().await.unwrap();
    for function in functions.functions() {
        let name = function.function_name().unwrap();
        let got = lambda
            .get_function()
            .function_name(name)
            .send()
            .await
            .unwrap();
        out.push(format!("{:?} {:?}", got.configuration(), got.tags()));
        out.push(format!("{:?}", got.concurrency()));
        let versions = lambda.list_versions_by_function().function_name(name);
        out.push(format!("{:?}", versions.send().await.unwrap().versions()));
        let aliases = lambda.list_aliases().function_name(name);
        out.push(format!("{:?}", aliases.send().await.unwrap().aliases()));
        let policy = lambda.get_policy().function_name(name).send().await;
        out.push(format!("{:?}", policy.ok().map(|policy| policy.policy)));
        let urls = lambda.list_function_url_configs().function_name(name);
        out.push(format!(
            "{:?}",
            urls.send().await.unwrap().function_url_configs()
        ));
        let events = lambda
            .list_function_event_invoke_configs()
            .function_name(name);
        let events = events.send().await.unwrap();
        out.push(format!("{:?}", events.function_event_invoke_configs()));
    }
    let layers = lambda.list_layers().send().await.unwrap();
    out.push(format!("{:?}", layers.layers()));
    let mappings = lambda.list_event_source_mappings().send().await.unwrap();
    out.push(format!("{:?}", mappings.event_source_mappings()));
    let iam = aws_sdk_iam::Client::new(&live.config);
    for role in iam.list_roles().send().await.unwrap().roles() {
        let name = role.role_name();
        out.push(format!("{role:?}"));
        let attached = iam.list_attached_role_policies().role_name(name);
        out.push(format!(
            "{:?}",
            attached.send().await.unwrap().attached_policies()
        ));
        let tags = iam.list_role_tags().role_name(name);
        out.push(format!("{:?}", tags.send().await.unwrap().tags()));
    }
    let own = iam
        .list_policies()
        .scope(aws_sdk_iam::types::PolicyScopeType::Local);
    out.push(format!("{:?}", own.send().await.unwrap().policies()));
    let s3 = s3(live);
    for bucket in s3.list_buckets().send().await.unwrap().buckets() {
        let name = bucket.name().unwrap();
        let objects = s3.list_objects_v2().bucket(name).send().await.unwrap();
        for object in objects.contents() {
            let key = object.key().unwrap();
            let got = s3.get_object().bucket(name).key(key).send().await.unwrap();
            let kind = got.content_type().unwrap_or_default().to_owned();
            let bytes = got.body.collect().await.unwrap().into_bytes();
            out.push(format!("{object:?} {kind} {}", bytes.len()));
        }
        let uploads = s3.list_multipart_uploads().bucket(name);
        out.push(format!("{:?}", uploads.send().await.unwrap().uploads()));
    }
    let logs = aws_sdk_cloudwatchlogs::Client::new(&live.config);
    for group in logs
        .describe_log_groups()
        .send()
        .await
        .unwrap()
        .log_groups()
    {
        out.push(format!("{group:?}"));
        let name = group.log_group_name().unwrap();
        let streams = logs.describe_log_streams().log_group_name(name);
        out.push(format!("{:?}", streams.send().await.unwrap().log_streams()));
        let events = logs.filter_log_events().log_group_name(name);
        out.push(format!("{:?}", events.send().await.unwrap().events()));
        let tags = logs
            .list_tags_for_resource()
            .resource_arn(group.log_group_arn().unwrap());
        let tags = tags.send().await.unwrap();
        let mut tags: Vec<_> = tags.tags().into_iter().flatten().collect();
        tags.sort();
        out.push(format!("{tags:?}"));
    }
    let metrics = aws_sdk_cloudwatch::Client::new(&live.config);
    let listed = metrics.list_metrics().send().await.unwrap();
    out.push(format!("{:?}", listed.metrics()));
    out.push(format!(
        "{}",
        sum(&metrics, "AWS/Lambda", "Invocations").await
    ));
    out.push(format!("{}", sum(&metrics, "own", "m").await));
    out.join("\n")
}

async fn sum(metrics: &aws_sdk_cloudwatch::Client, namespace: &str, name: &str) -> f64 {
    let now = std::time::SystemTime::now();
    let hour = Duration::from_secs(3600);
    let found = metrics
        .get_metric_statistics()
        .namespace(namespace)
        .metric_name(name)
        .start_time((now - hour).into())
        .end_time((now + hour).into())
        .period(86_400)
        .statistics(aws_sdk_cloudwatch::types::Statistic::Sum)
        .send()
        .await
        .unwrap();
    found
        .datapoints()
        .iter()
        .filter_map(|point| point.sum())
        .sum()
}

fn s3(live: &Live) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(&live.config).force_path_style(true);
    aws_sdk_s3::Client::from_conf(config.build())
}

async fn make_functions(live: &Live) {
    let lambda = &live.lambda;
    live.create_echo("echo").await;
    live.create(
        "other",
        Runtime::Python312,
        "index.handler",
        &[("index.py", support::ECHO)],
    )
    .await;
    let environment = Environment::builder().variables("MODE", "kept").build();
    lambda
        .update_function_configuration()
        .function_name("echo")
        .environment(environment)
        .send()
        .await
        .unwrap();
    live.settled("echo").await;
    for description in ["first", "second"] {
        lambda
            .publish_version()
            .function_name("echo")
            .description(description)
            .send()
            .await
            .unwrap();
        lambda
            .update_function_code()
            .function_name("echo")
            .zip_file(package(&[(
                "index.py",
                &format!("{}\n# {description}", support::ECHO),
            )]))
            .send()
            .await
            .unwrap();
        live.settled("echo").await;
    }
    let weights = AliasRoutingConfiguration::builder().additional_version_weights("2", 0.25);
    lambda
        .create_alias()
        .function_name("echo")
        .name("live")
        .function_version("1")
        .routing_config(weights.build())
        .send()
        .await
        .unwrap();
    lambda
        .tag_resource()
        .resource("arn:aws:lambda:us-east-1:000000000000:function:echo")
        .tags("team", "a")
        .send()
        .await
        .unwrap();
    lambda
        .add_permission()
        .function_name("echo")
        .statement_id("s")
        .action("lambda:InvokeFunction")
        .principal("s3.amazonaws.com")
        .send()
        .await
        .unwrap();
    lambda
        .put_function_concurrency()
        .function_name("echo")
        .reserved_concurrent_executions(7)
        .send()
        .await
        .unwrap();
    lambda
        .create_function_url_config()
        .function_name("echo")
        .auth_type(aws_sdk_lambda::types::FunctionUrlAuthType::None)
        .send()
        .await
        .unwrap();
    lambda
        .put_function_event_invoke_config()
        .function_name("echo")
        .maximum_retry_attempts(1)
        .send()
        .await
        .unwrap();
    let content = aws_sdk_lambda::types::LayerVersionContentInput::builder()
        .zip_file(package(&[("python/l.py", "x = 1")]))
        .build();
    lambda
        .publish_layer_version()
        .layer_name("l")
        .content(content)
        .send()
        .await
        .unwrap();
    lambda
        .create_event_source_mapping()
        .function_name("echo")
        .event_source_arn("arn:aws:sqs:us-east-1:000000000000:q")
        .send()
        .await
        .unwrap();
    live.invoke("echo", serde_json::json!({"n": 1})).await;
}

async fn make_others(live: &Live) {
    let iam = aws_sdk_iam::Client::new(&live.config);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}"#;
    iam.create_role()
        .role_name("r")
        .assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    let policy = iam
        .create_policy()
        .policy_name("p")
        .policy_document(document);
    let arn = policy.send().await.unwrap().policy.unwrap().arn.unwrap();
    iam.attach_role_policy()
        .role_name("r")
        .policy_arn(arn)
        .send()
        .await
        .unwrap();
    let tag = aws_sdk_iam::types::Tag::builder()
        .key("k")
        .value("v")
        .build()
        .unwrap();
    iam.tag_role()
        .role_name("r")
        .tags(tag)
        .send()
        .await
        .unwrap();
    let s3 = s3(live);
    s3.create_bucket().bucket("things").send().await.unwrap();
    for (key, body) in [
        ("a/b", vec![1; 70_000]),
        ("gone", vec![2]),
        ("ünï", vec![3; 3]),
    ] {
        let put = s3
            .put_object()
            .bucket("things")
            .key(key)
            .content_type("text/x");
        put.body(body.into()).send().await.unwrap();
    }
    s3.copy_object()
        .bucket("things")
        .key("copy")
        .copy_source("things/a/b")
        .send()
        .await
        .unwrap();
    s3.delete_object()
        .bucket("things")
        .key("gone")
        .send()
        .await
        .unwrap();
    let upload = s3
        .create_multipart_upload()
        .bucket("things")
        .key("big")
        .send()
        .await
        .unwrap();
    let part = s3.upload_part().bucket("things").key("big").part_number(1);
    let part = part
        .upload_id(upload.upload_id().unwrap())
        .body(vec![4; 9].into());
    part.send().await.unwrap();
    let logs = aws_sdk_cloudwatchlogs::Client::new(&live.config);
    logs.create_log_group()
        .log_group_name("g")
        .tags("a", "b")
        .send()
        .await
        .unwrap();
    logs.create_log_group()
        .log_group_name("gone")
        .send()
        .await
        .unwrap();
    logs.delete_log_group()
        .log_group_name("gone")
        .send()
        .await
        .unwrap();
    logs.put_retention_policy()
        .log_group_name("g")
        .retention_in_days(7)
        .send()
        .await
        .unwrap();
    logs.create_log_stream()
        .log_group_name("g")
        .log_stream_name("s")
        .send()
        .await
        .unwrap();
    let event = InputLogEvent::builder()
        .timestamp(jiff::Timestamp::now().as_millisecond())
        .message("a line")
        .build()
        .unwrap();
    let put = logs
        .put_log_events()
        .log_group_name("g")
        .log_stream_name("s");
    put.log_events(event).send().await.unwrap();
    let metrics = aws_sdk_cloudwatch::Client::new(&live.config);
    let datum = aws_sdk_cloudwatch::types::MetricDatum::builder()
        .metric_name("m")
        .value(2.5);
    metrics
        .put_metric_data()
        .namespace("own")
        .metric_data(datum.build())
        .send()
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_restart_and_runs_and_so_it_is_in_a_copy() {
    let folder = tempfile::tempdir().unwrap();
    let live = start(&folder.path().join("a")).await;
    assert!(live.sandbox.is_kept());
    make_functions(&live).await;
    make_others(&live).await;
    let before = listing(&live).await;
    let file = folder.path().join("saved.zip");
    live.sandbox.save(&file).await.unwrap();
    live.sandbox.shutdown().await;
    drop(live);

    let live = start(&folder.path().join("a")).await;
    assert_eq!(listing(&live).await, before);
    let answer = live.invoke("echo:live", serde_json::json!({"n": 2})).await;
    assert_eq!(answer["mode"], "kept");
    // A number is never used twice, and an upload goes on.
    let published = live
        .lambda
        .publish_version()
        .function_name("echo")
        .send()
        .await
        .unwrap();
    assert_eq!(published.version(), Some("3"));
    live.sandbox.shutdown().await;
    drop(live);

    let copy = Live::start_with(Options {
        load: Some(file.clone()),
        ..Options::default()
    })
    .await;
    assert_eq!(listing(&copy).await, before);
    assert!(!copy.sandbox.is_kept(), "nobody said where");
    let state = folder.path().join("a");
    let refused = Sandbox::start(Options {
        port: 0,
        state: Some(state.clone()),
        load: Some(file.clone()),
        ..Options::default()
    });
    let error = refused.await.err().unwrap();
    assert!(matches!(
        error,
        StartError::State(StateError::NotEmpty { .. })
    ));

    // While it runs: loaded over what is there, at the same address.
    let live = start(&state).await;
    assert_ne!(listing(&live).await, before);
    live.sandbox.load(&file).await.unwrap();
    assert_eq!(listing(&live).await, before);
    let broken = folder.path().join("broken.zip");
    std::fs::write(&broken, &std::fs::read(&file).unwrap()[..5000]).unwrap();
    live.sandbox.load(&broken).await.unwrap_err();
    assert_eq!(listing(&live).await, before, "nothing is half loaded");
    live.sandbox.reset().await.unwrap();
    assert_eq!(
        live.lambda
            .list_functions()
            .send()
            .await
            .unwrap()
            .functions()
            .len(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_in_parts_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let live = start(folder.path()).await;
    let client = s3(&live);
    client
        .create_bucket()
        .bucket("things")
        .send()
        .await
        .unwrap();
    let upload = client
        .create_multipart_upload()
        .bucket("things")
        .key("big")
        .send()
        .await
        .unwrap();
    let id = upload.upload_id().unwrap().to_owned();
    let part = |client: &aws_sdk_s3::Client, number, body: Vec<u8>| {
        let part = client
            .upload_part()
            .bucket("things")
            .key("big")
            .upload_id(&id);
        part.part_number(number).body(body.into()).send()
    };
    let first = part(&client, 1, vec![1; 5 * 1024 * 1024]).await.unwrap();
    live.sandbox.shutdown().await;
    drop(live);
    let live = start(folder.path()).await;
    let client = s3(&live);
    let second = part(&client, 2, vec![2; 10]).await.unwrap();
    let parts = [(1, first), (2, second)].map(|(number, part)| {
        let done = aws_sdk_s3::types::CompletedPart::builder().part_number(number);
        done.e_tag(part.e_tag().unwrap()).build()
    });
    let parts =
        aws_sdk_s3::types::CompletedMultipartUpload::builder().set_parts(Some(parts.into()));
    let complete = client
        .complete_multipart_upload()
        .bucket("things")
        .key("big");
    complete
        .upload_id(&id)
        .multipart_upload(parts.build())
        .send()
        .await
        .unwrap();
    live.sandbox.shutdown().await;
    drop(live);
    let live = start(folder.path()).await;
    let got = s3(&live)
        .get_object()
        .bucket("things")
        .key("big")
        .send()
        .await
        .unwrap();
    assert_eq!(
        got.body.collect().await.unwrap().into_bytes().len(),
        5 * 1024 * 1024 + 10
    );
    // The parts are in the object now: their files are gone.
    let objects = std::fs::read_dir(folder.path().join("data/objects")).unwrap();
    assert_eq!(objects.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_accepted_runs_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    // A retry that this sandbox does not live to see.
    let live = start(folder.path()).await;
    let code = "
def handler(event, context):
    print('try of', event['id'])
    raise Exception('not this time')
";
    live.create(
        "later",
        Runtime::Python312,
        "index.handler",
        &[("index.py", code)],
    )
    .await;
    live.lambda
        .invoke()
        .function_name("later")
        .invocation_type(InvocationType::Event)
        .payload(Blob::new(r#"{"id": "kept"}"#))
        .send()
        .await
        .unwrap();
    until(|| async { tries(&live).await == 1 }).await;
    live.sandbox.shutdown().await;
    drop(live);
    assert_eq!(kept_kinds(folder.path()), ["event", "function"]);

    let live = Live::start_with(Options {
        state: Some(folder.path().to_owned()),
        retry_delays: [Duration::from_millis(1); 2],
        ..Options::default()
    })
    .await;
    // Of its three tries, two were left.
    until(|| async { tries(&live).await == 3 }).await;
    let metrics = aws_sdk_cloudwatch::Client::new(&live.config);
    until(|| async { sum(&metrics, "AWS/Lambda", "AsyncEventsDropped").await == 1.0 }).await;
    live.sandbox.shutdown().await;
    drop(live);
    assert_eq!(kept_kinds(folder.path()), ["function"], "it is done with");
}

async fn tries(live: &Live) -> usize {
    let logs = aws_sdk_cloudwatchlogs::Client::new(&live.config);
    let found = logs
        .filter_log_events()
        .log_group_name("/aws/lambda/later")
        .filter_pattern("\"try of kept\"")
        .send()
        .await;
    // Before the first try there is no group.
    found.map_or(0, |found| found.events().len())
}

/// The kinds of Lambda's records in a state that nobody uses.
fn kept_kinds(state: &Path) -> Vec<String> {
    let home = Home::take(state).unwrap();
    let (_store, mut records) = Store::open(&home).unwrap();
    let records = records.take("lambda", "us-east-1").into_iter();
    records.map(|record| record.kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_was_being_changed_has_settled_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let live = Live::start_with(Options {
        state: Some(folder.path().to_owned()),
        settle: Duration::from_secs(3600),
        ..Options::default()
    })
    .await;
    let code = FunctionCode::builder().zip_file(package(&[("index.py", support::ECHO)]));
    live.lambda
        .create_function()
        .function_name("f")
        .runtime(Runtime::Python312)
        .handler("index.handler")
        .role(support::ROLE)
        .code(code.build())
        .send()
        .await
        .unwrap();
    live.sandbox.shutdown().await;
    drop(live);
    let live = start(folder.path()).await;
    live.settled("f").await;
    live.invoke("f", serde_json::json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_come_once_and_again_only_after_forgetting() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options {
        port: 0,
        workload: false,
        settle: Duration::from_millis(1),
        state: Some(folder.path().to_owned()),
        ..Options::default()
    };
    let count = async |sandbox: &Sandbox| {
        let client = aws_sdk_lambda::Client::new(&config(&sandbox.endpoint(), "us-east-1"));
        let listed = client.list_functions().send().await.unwrap();
        (client, listed.functions().len())
    };
    let sandbox = Sandbox::start(options()).await.unwrap();
    let (client, all) = count(&sandbox).await;
    client
        .delete_function()
        .function_name("orders-api")
        .send()
        .await
        .unwrap();
    sandbox.shutdown().await;
    drop(sandbox);
    let sandbox = Sandbox::start(options()).await.unwrap();
    assert_eq!(
        count(&sandbox).await.1,
        all - 1,
        "what was deleted stays deleted"
    );
    sandbox.reset().await.unwrap();
    assert_eq!(count(&sandbox).await.1, all);
    let (client, _) = count(&sandbox).await;
    client
        .delete_function()
        .function_name("orders-api")
        .send()
        .await
        .unwrap();
    sandbox.shutdown().await;
    drop(sandbox);
    let fresh = Options {
        fresh: true,
        ..options()
    };
    let sandbox = Sandbox::start(fresh).await.unwrap();
    assert_eq!(count(&sandbox).await.1, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_is_in_use_or_damaged_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let live = start(folder.path()).await;
    let again = || {
        Sandbox::start(Options {
            port: 0,
            state: Some(folder.path().to_owned()),
            ..Options::default()
        })
    };
    let error = again().await.err().unwrap().to_string();
    assert!(
        error.contains(&format!("process {}", std::process::id())),
        "{error}"
    );
    live.sandbox.shutdown().await;
    drop(live);
    let file = folder.path().join("data/state.sqlite");
    std::fs::write(&file, "garbage").unwrap();
    let error = again().await.err().unwrap();
    assert!(
        matches!(error, StartError::State(StateError::Damaged { .. })),
        "{error}"
    );
    assert_eq!(std::fs::read(&file).unwrap(), b"garbage");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_saved_while_things_are_made_holds_only_whole_things() {
    let folder = tempfile::tempdir().unwrap();
    let live = start(&folder.path().join("a")).await;
    let s3_client = s3(&live);
    s3_client
        .create_bucket()
        .bucket("things")
        .send()
        .await
        .unwrap();
    let ends = Arc::new(AtomicBool::new(false));
    let mut work = tokio::task::JoinSet::new();
    for worker in 0..3_u8 {
        let (client, lambda, ends) = (s3_client.clone(), live.lambda.clone(), ends.clone());
        work.spawn(async move {
            let mut at = 0_u32;
            while !ends.load(Ordering::SeqCst) {
                at += 1;
                let key = format!("{worker}/{}", at % 7);
                let body = vec![worker; (at as usize % 50) * 1000 + 1];
                let put = client.put_object().bucket("things").key(&key);
                put.body(body.into()).send().await.unwrap();
                if at.is_multiple_of(5) {
                    client
                        .delete_object()
                        .bucket("things")
                        .key(&key)
                        .send()
                        .await
                        .unwrap();
                }
                let name = format!("f{worker}");
                let zip = zipped(&[("index.py", &format!("n = {at}"))]);
                let code = FunctionCode::builder().zip_file(Blob::new(zip)).build();
                let create = lambda.create_function().function_name(&name).code(code);
                let create = create.runtime(Runtime::Python312).handler("index.h");
                create.role(support::ROLE).send().await.unwrap();
                lambda
                    .delete_function()
                    .function_name(&name)
                    .send()
                    .await
                    .unwrap();
            }
        });
    }
    for at in 0..4 {
        let file = folder.path().join(format!("{at}.zip"));
        live.sandbox.save(&file).await.unwrap();
        // It starts only when every file that a record names is there, and objects are as long as they say.
        let copy = Live::start_with(Options {
            load: Some(file),
            ..Options::default()
        })
        .await;
        let client = s3(&copy);
        let objects = client
            .list_objects_v2()
            .bucket("things")
            .send()
            .await
            .unwrap();
        for object in objects.contents() {
            let got = client
                .get_object()
                .bucket("things")
                .key(object.key().unwrap());
            let bytes = got
                .send()
                .await
                .unwrap()
                .body
                .collect()
                .await
                .unwrap()
                .into_bytes();
            assert_eq!(bytes.len() as i64, object.size().unwrap());
        }
        copy.sandbox.shutdown().await;
    }
    ends.store(true, Ordering::SeqCst);
    while let Some(done) = work.join_next().await {
        done.unwrap();
    }
}

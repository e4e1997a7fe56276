//! What must be there after a start: everything that was answered. What was not answered may have happened or not; from then on
//! it is what was found.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use aws_sdk_cloudwatch::types::{Dimension, Statistic};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::{Clients, Worker};

/// Compares all that the workers know. Gives how many values that were.
pub async fn all(workers: &mut Vec<Worker>, clients: &Clients) -> u64 {
    let mut work = tokio::task::JoinSet::new();
    for mut worker in std::mem::take(workers) {
        let clients = clients.clone();
        work.spawn(async move {
            let checked = one(&mut worker, &clients).await;
            (worker, checked)
        });
    }
    let mut checked = 0;
    for (worker, count) in work.join_all().await {
        workers.push(worker);
        checked += count;
    }
    checked
}

async fn one(worker: &mut Worker, clients: &Clients) -> u64 {
    let keys: Vec<String> = worker.known.keys().cloned().collect();
    for key in &keys {
        let found = value(key, clients).await;
        let known = worker.known.get_mut(key).unwrap();
        let expected = found == known.certain || known.maybe.as_ref() == Some(&found);
        assert!(expected, "{key} is {found:?}, known is {known:?}");
        known.certain = found;
        known.maybe = None;
    }
    let mut checked = keys.len() as u64;
    for (group, lines) in &mut worker.lines {
        checked += lines.len() as u64;
        has_lines(group, lines, clients).await;
        // They have been found after a start: later ones matter now, and all of a group would be more every time.
        lines.clear();
    }
    for (name, answered) in &worker.invocations {
        let dimension = Dimension::builder()
            .name("FunctionName")
            .value(name)
            .build();
        let found = sum(clients, "AWS/Lambda", "Invocations", Some(dimension)).await;
        assert!(
            found >= *answered,
            "{name}: {found} invocations of {answered} answered"
        );
        checked += 1;
    }
    let (answered, unanswered) = worker.values;
    let found = sum(clients, "killed", &format!("w{}", worker.id), None).await;
    let most = answered + unanswered;
    assert!(
        (answered..=most).contains(&found),
        "{found} of {answered} to {most}"
    );
    checked + 1
}

/// The value of a thing; nothing when it is not there.
async fn value(key: &str, clients: &Clients) -> Option<String> {
    let mut parts = key.split('/');
    let kind = parts.next().unwrap();
    let (name, rest) = (parts.next().unwrap(), parts.next());
    let lambda = &clients.lambda;
    match kind {
        "code" | "variable" | "version" => {
            let get = lambda.get_function_configuration().function_name(name);
            let found = there(get.set_qualifier(rest.map(str::to_owned)).send().await)?;
            if kind == "variable" {
                let environment = found.environment()?.variables()?;
                return environment.get("VALUE").cloned();
            }
            found.code_sha256().map(str::to_owned)
        }
        "alias" => {
            let get = lambda.get_alias().function_name(name).name(rest.unwrap());
            there(get.send().await)?.function_version
        }
        "bucket" => {
            there(clients.s3.head_bucket().bucket(name).send().await)?;
            Some(name.to_owned())
        }
        "object" => {
            let get = clients.s3.get_object().bucket(name).key(rest.unwrap());
            let body = there(get.send().await)?.body.collect().await.unwrap();
            Some(BASE64_STANDARD.encode(Sha256::digest(body.into_bytes())))
        }
        "role" => {
            let found = there(clients.iam.get_role().role_name(name).send().await)?;
            found.role.and_then(|role| role.description)
        }
        "group" => {
            let groups = clients
                .logs
                .describe_log_groups()
                .log_group_name_prefix(name);
            let found = groups.send().await.unwrap();
            (!found.log_groups().is_empty()).then(|| name.to_owned())
        }
        "stream" => {
            let streams = clients.logs.describe_log_streams().log_group_name(name);
            let found = streams
                .log_stream_name_prefix(rest.unwrap())
                .send()
                .await
                .unwrap();
            (!found.log_streams().is_empty()).then(|| rest.unwrap().to_owned())
        }
        other => panic!("nothing is called {other}"),
    }
}

/// What was found; nothing where the answer is that it is not there. Anything else is a failure.
fn there<T, E, R>(result: Result<T, aws_sdk_lambda::error::SdkError<E, R>>) -> Option<T>
where
    E: std::fmt::Debug,
    R: std::fmt::Debug,
{
    match result {
        Ok(found) => Some(found),
        Err(error) => {
            let text = format!("{error:?}");
            let missing = [
                "ResourceNotFound",
                "NoSuchEntity",
                "NoSuchKey",
                "NoSuchBucket",
                "NotFound",
            ];
            assert!(missing.iter().any(|code| text.contains(code)), "{text}");
            None
        }
    }
}

async fn has_lines(group: &str, lines: &[String], clients: &Clients) {
    if lines.is_empty() {
        return;
    }
    let found = messages(group, clients).await;
    let found = found.unwrap_or_else(|| panic!("{group} is not there"));
    for line in lines {
        assert!(found.contains(line), "{group} lacks {line:?}");
    }
}

/// Every message of a group; nothing when it is not there.
async fn messages(group: &str, clients: &Clients) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut token = None;
    loop {
        let filter = clients.logs.filter_log_events().log_group_name(group);
        let page = there(filter.set_next_token(token).send().await)?;
        let texts = page.events().iter().filter_map(|event| event.message());
        found.extend(texts.map(|text| text.trim_end().to_owned()));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            return Some(found);
        }
    }
}

async fn sum(clients: &Clients, namespace: &str, name: &str, of: Option<Dimension>) -> u64 {
    let now = std::time::SystemTime::now();
    let found = clients
        .metrics
        .get_metric_statistics()
        .namespace(namespace)
        .metric_name(name)
        .set_dimensions(of.map(|dimension| vec![dimension]))
        .start_time((now - Duration::from_secs(86_400)).into())
        .end_time((now + Duration::from_secs(3600)).into())
        .period(86_400)
        .statistics(Statistic::Sum)
        .send()
        .await
        .unwrap();
    let sums = found.datapoints().iter().filter_map(|point| point.sum());
    sums.sum::<f64>() as u64
}

/// Every event that was accepted has run, or does so now, or was dropped after its last try.
pub async fn events(workers: &[Worker], clients: &Clients) {
    for worker in workers {
        let group = format!("/aws/lambda/w{}-events", worker.id);
        let begun = Instant::now();
        while !worker.events.is_empty() {
            // A function's first event makes the group, maybe only now.
            let found = messages(&group, clients).await.unwrap_or_default();
            let missing: Vec<_> = worker
                .events
                .iter()
                .filter(|line| !found.contains(*line))
                .collect();
            // One that failed three times has been dropped, as on AWS, and counted: that is no loss.
            let name = Dimension::builder().name("FunctionName");
            let name = name.value(format!("w{}-events", worker.id)).build();
            let dropped = sum(clients, "AWS/Lambda", "AsyncEventsDropped", Some(name)).await;
            if missing.len() as u64 <= dropped {
                break;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "{missing:?} never ran"
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

//! What a worker does until the sandbox is gone: every kind of change, at random, one after another. Each is noted before it
//! is sent, and again when it is answered.

use std::io::Write;

use aws_sdk_cloudwatch::types::MetricDatum;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, InvocationType, Runtime};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::{Clients, Known, Worker};

const ROLE: &str = "arn:aws:iam::000000000000:role/killed";

/// Makes the functions' role, if it is not there yet.
pub async fn execution_role(clients: &Clients) {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let role = clients.iam.create_role().role_name("killed");
    let _made = role.assume_role_policy_document(trust).send().await;
}

/// Prints a line for each call, and now and then leaves a process with a session of its own.
const CODE: &str = "
import os, subprocess
def handler(event, context):
    print('line', event['id'])
    if event.get('stray'):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execvp('sleep', ['sleep', '600'])
            os._exit(0)
    return event['id']
";

/// How a change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Answered,
    /// Answered with an error: nothing was changed.
    Refused,
    /// The sandbox is gone.
    Unanswered,
}

impl Ended {
    fn of<T, E: std::fmt::Debug, R: std::fmt::Debug>(result: &Result<T, SdkError<E, R>>) -> Self {
        match result {
            Ok(_) => Self::Answered,
            Err(SdkError::ServiceError(_)) => Self::Refused,
            Err(_) => Self::Unanswered,
        }
    }
}

impl Worker {
    /// Notes what a value will be when a change is answered.
    fn begin(&mut self, key: &str, value: Option<String>) {
        self.known.entry(key.to_owned()).or_default().maybe = Some(value);
    }

    /// Notes how the change of a value ended.
    fn end(&mut self, key: &str, ended: Ended) {
        let known: &mut Known = self.known.entry(key.to_owned()).or_default();
        match ended {
            Ended::Answered => known.certain = known.maybe.take().flatten(),
            Ended::Refused => known.maybe = None,
            Ended::Unanswered => {}
        }
    }

    fn count(&mut self, ended: Ended) {
        match ended {
            Ended::Answered => self.answered += 1,
            Ended::Refused => {}
            Ended::Unanswered => self.unanswered += 1,
        }
    }

    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn function(&mut self) -> String {
        format!("w{}-f{}", self.id, self.chance.below(4))
    }

    /// The keys of all that goes with a function.
    fn of_function(&self, name: &str) -> Vec<String> {
        let belongs = |key: &&String| key.split('/').nth(1) == Some(name);
        self.known.keys().filter(belongs).cloned().collect()
    }
}

/// Changes things until the sandbox is gone.
pub async fn run(mut worker: Worker, clients: Clients, mark: String) -> Worker {
    loop {
        let kind = worker.chance.below(100);
        let ended = match kind {
            0..15 => create_function(&mut worker, &clients, &mark).await,
            15..25 => update_code(&mut worker, &clients).await,
            25..30 => update_variable(&mut worker, &clients, &mark).await,
            30..36 => publish(&mut worker, &clients).await,
            36..42 => alias(&mut worker, &clients).await,
            42..46 => delete_function(&mut worker, &clients).await,
            46..60 => invoke(&mut worker, &clients).await,
            60..64 => event(&mut worker, &clients, &mark).await,
            64..74 => put_object(&mut worker, &clients).await,
            74..78 => delete_object(&mut worker, &clients).await,
            78..84 => role(&mut worker, &clients).await,
            84..93 => put_events(&mut worker, &clients).await,
            _ => put_metric(&mut worker, &clients).await,
        };
        worker.count(ended);
        if ended == Ended::Unanswered {
            return worker;
        }
    }
}

/// A package with some ballast, and its checksum as Lambda shows it.
fn package(worker: &mut Worker) -> (Vec<u8>, String) {
    let most = if worker.chance.below(8) == 0 {
        3_000_000
    } else {
        30_000
    };
    let length = worker.chance.below(most);
    let ballast = worker.chance.bytes(length);
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in [("index.py", CODE.as_bytes()), ("ballast", &ballast)] {
        writer.start_file(name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let sum = BASE64_STANDARD.encode(Sha256::digest(&bytes));
    (bytes, sum)
}

fn environment(mark: &str, value: &str) -> Environment {
    Environment::builder()
        .variables("MARK", mark)
        .variables("VALUE", value)
        .build()
}

async fn create(worker: &mut Worker, clients: &Clients, mark: &str, name: &str) -> Ended {
    let (bytes, sum) = package(worker);
    let value = worker.next().to_string();
    let (code, variable) = (format!("code/{name}"), format!("variable/{name}"));
    worker.begin(&code, Some(sum));
    worker.begin(&variable, Some(value.clone()));
    let create = clients
        .lambda
        .create_function()
        .function_name(name)
        .runtime(Runtime::Python312)
        .role(ROLE)
        .handler("index.handler")
        // A busy machine is no reason for a function to end: what it was to print would be missed.
        .timeout(60)
        .environment(environment(mark, &value))
        .code(FunctionCode::builder().zip_file(Blob::new(bytes)).build());
    let ended = Ended::of(&create.send().await);
    worker.end(&code, ended);
    worker.end(&variable, ended);
    ended
}

async fn create_function(worker: &mut Worker, clients: &Clients, mark: &str) -> Ended {
    let name = worker.function();
    create(worker, clients, mark, &name).await
}

async fn update_code(worker: &mut Worker, clients: &Clients) -> Ended {
    let name = worker.function();
    let (bytes, sum) = package(worker);
    let key = format!("code/{name}");
    worker.begin(&key, Some(sum));
    let update = clients.lambda.update_function_code().function_name(&name);
    let ended = Ended::of(&update.zip_file(Blob::new(bytes)).send().await);
    worker.end(&key, ended);
    ended
}

async fn update_variable(worker: &mut Worker, clients: &Clients, mark: &str) -> Ended {
    let name = worker.function();
    let value = worker.next().to_string();
    let key = format!("variable/{name}");
    worker.begin(&key, Some(value.clone()));
    let update = clients.lambda.update_function_configuration();
    let update = update
        .function_name(&name)
        .environment(environment(mark, &value));
    let ended = Ended::of(&update.send().await);
    worker.end(&key, ended);
    ended
}

async fn publish(worker: &mut Worker, clients: &Clients) -> Ended {
    let name = worker.function();
    let result = clients
        .lambda
        .publish_version()
        .function_name(&name)
        .send()
        .await;
    // What a number will be is not known before: only those that were answered are.
    if let Ok(version) = &result {
        let key = format!("version/{name}/{}", version.version().unwrap());
        worker.begin(&key, version.code_sha256().map(str::to_owned));
        worker.end(&key, Ended::Answered);
    }
    let ended = Ended::of(&result);
    if ended == Ended::Unanswered {
        // It may have made a number that an earlier function of this name had and that is known to be gone.
        let prefix = format!("version/{name}/");
        worker
            .known
            .retain(|key, known| !key.starts_with(&prefix) || known.certain.is_some());
    }
    ended
}

async fn alias(worker: &mut Worker, clients: &Clients) -> Ended {
    let name = worker.function();
    let prefix = format!("version/{name}/");
    let versions: Vec<String> = worker
        .known
        .iter()
        .filter(|(key, known)| key.starts_with(&prefix) && known.certain.is_some())
        .filter_map(|(key, _)| key.strip_prefix(&prefix).map(str::to_owned))
        .collect();
    if versions.is_empty() {
        return Ended::Refused;
    }
    let at = usize::try_from(worker.chance.below(versions.len() as u64)).unwrap();
    let alias = format!("a{}", worker.chance.below(2));
    let key = format!("alias/{name}/{alias}");
    let there = worker
        .known
        .get(&key)
        .is_some_and(|known| known.certain.is_some());
    worker.begin(&key, Some(versions[at].clone()));
    let ended = if there {
        let update = clients
            .lambda
            .update_alias()
            .function_name(&name)
            .name(&alias);
        Ended::of(&update.function_version(&versions[at]).send().await)
    } else {
        let create = clients
            .lambda
            .create_alias()
            .function_name(&name)
            .name(&alias);
        Ended::of(&create.function_version(&versions[at]).send().await)
    };
    worker.end(&key, ended);
    ended
}

async fn delete_function(worker: &mut Worker, clients: &Clients) -> Ended {
    let name = worker.function();
    let keys = worker.of_function(&name);
    for key in &keys {
        worker.begin(key, None);
    }
    let ended = Ended::of(
        &clients
            .lambda
            .delete_function()
            .function_name(&name)
            .send()
            .await,
    );
    for key in &keys {
        worker.end(key, ended);
    }
    ended
}

async fn invoke(worker: &mut Worker, clients: &Clients) -> Ended {
    let name = worker.function();
    let number = worker.next();
    let id = format!("w{}-{number}", worker.id);
    let stray = worker.chance.below(6) == 0;
    let event = serde_json::json!({"id": id, "stray": stray});
    let invoke = clients.lambda.invoke().function_name(&name);
    let result = invoke.payload(Blob::new(event.to_string())).send().await;
    if let Ok(answer) = &result {
        // A function whose process could not start has no line.
        if answer.function_error().is_none() {
            let group = format!("/aws/lambda/{name}");
            worker
                .lines
                .entry(group)
                .or_default()
                .push(format!("line {id}"));
        }
        *worker.invocations.entry(name).or_default() += 1;
    }
    Ended::of(&result)
}

/// An event for a function that is never deleted.
async fn event(worker: &mut Worker, clients: &Clients, mark: &str) -> Ended {
    let name = format!("w{}-events", worker.id);
    let there = worker.known.get(&format!("code/{name}"));
    if there.is_none_or(|known| known.certain.is_none()) {
        return create(worker, clients, mark, &name).await;
    }
    let number = worker.next();
    let id = format!("w{}-{number}", worker.id);
    let event = serde_json::json!({"id": id});
    let invoke = clients
        .lambda
        .invoke()
        .function_name(&name)
        .invocation_type(InvocationType::Event);
    let ended = Ended::of(&invoke.payload(Blob::new(event.to_string())).send().await);
    if ended == Ended::Answered {
        worker.events.push(format!("line {id}"));
    }
    ended
}

fn sum(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(Sha256::digest(bytes))
}

async fn put_object(worker: &mut Worker, clients: &Clients) -> Ended {
    let bucket = format!("w{}-bucket", worker.id);
    let key = format!("bucket/{bucket}");
    if worker
        .known
        .get(&key)
        .is_none_or(|known| known.certain.is_none())
    {
        worker.begin(&key, Some(bucket.clone()));
        let ended = Ended::of(&clients.s3.create_bucket().bucket(&bucket).send().await);
        worker.end(&key, ended);
        return ended;
    }
    let name = format!("k{}", worker.chance.below(12));
    let most = if worker.chance.below(6) == 0 {
        4_000_000
    } else {
        40_000
    };
    let length = worker.chance.below(most);
    let bytes = worker.chance.bytes(length);
    let key = format!("object/{bucket}/{name}");
    worker.begin(&key, Some(sum(&bytes)));
    let put = clients.s3.put_object().bucket(&bucket).key(&name);
    let ended = Ended::of(&put.body(bytes.into()).send().await);
    worker.end(&key, ended);
    ended
}

async fn delete_object(worker: &mut Worker, clients: &Clients) -> Ended {
    let bucket = format!("w{}-bucket", worker.id);
    let name = format!("k{}", worker.chance.below(12));
    let key = format!("object/{bucket}/{name}");
    worker.begin(&key, None);
    let delete = clients.s3.delete_object().bucket(&bucket).key(&name);
    let ended = Ended::of(&delete.send().await);
    worker.end(&key, ended);
    ended
}

async fn role(worker: &mut Worker, clients: &Clients) -> Ended {
    let name = format!("w{}-r{}", worker.id, worker.chance.below(5));
    let key = format!("role/{name}");
    let there = worker
        .known
        .get(&key)
        .is_some_and(|known| known.certain.is_some());
    let description = worker.next().to_string();
    let ended = match (there, worker.chance.below(3)) {
        (false, _) => {
            worker.begin(&key, Some(description.clone()));
            let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
            let create = clients
                .iam
                .create_role()
                .role_name(&name)
                .description(description);
            Ended::of(&create.assume_role_policy_document(document).send().await)
        }
        (true, 0) => {
            worker.begin(&key, None);
            Ended::of(&clients.iam.delete_role().role_name(&name).send().await)
        }
        (true, _) => {
            worker.begin(&key, Some(description.clone()));
            let update = clients.iam.update_role().role_name(&name);
            Ended::of(&update.description(description).send().await)
        }
    };
    worker.end(&key, ended);
    ended
}

async fn put_events(worker: &mut Worker, clients: &Clients) -> Ended {
    let group = format!("w{}-group", worker.id);
    let key = format!("group/{group}");
    if worker
        .known
        .get(&key)
        .is_none_or(|known| known.certain.is_none())
    {
        worker.begin(&key, Some(group.clone()));
        let ended = Ended::of(
            &clients
                .logs
                .create_log_group()
                .log_group_name(&group)
                .send()
                .await,
        );
        worker.end(&key, ended);
        return ended;
    }
    let stream = format!("s{}", worker.chance.below(3));
    let key = format!("stream/{group}/{stream}");
    if worker
        .known
        .get(&key)
        .is_none_or(|known| known.certain.is_none())
    {
        worker.begin(&key, Some(stream.clone()));
        let create = clients.logs.create_log_stream().log_group_name(&group);
        let ended = Ended::of(&create.log_stream_name(&stream).send().await);
        worker.end(&key, ended);
        return ended;
    }
    let count = 1 + worker.chance.below(20);
    let messages: Vec<String> = (0..count).map(|_| format!("m{}", worker.next())).collect();
    let now = jiff::Timestamp::now().as_millisecond();
    let events = messages.iter().map(|text| {
        InputLogEvent::builder()
            .timestamp(now)
            .message(text)
            .build()
            .unwrap()
    });
    let put = clients.logs.put_log_events().log_group_name(&group);
    let put = put
        .log_stream_name(&stream)
        .set_log_events(Some(events.collect()));
    let ended = Ended::of(&put.send().await);
    if ended == Ended::Answered {
        worker.lines.entry(group).or_default().extend(messages);
    }
    ended
}

async fn put_metric(worker: &mut Worker, clients: &Clients) -> Ended {
    let datum = MetricDatum::builder()
        .metric_name(format!("w{}", worker.id))
        .value(1.0);
    let put = clients.metrics.put_metric_data().namespace("killed");
    let ended = Ended::of(&put.metric_data(datum.build()).send().await);
    match ended {
        Ended::Answered => worker.values.0 += 1,
        Ended::Refused => {}
        Ended::Unanswered => worker.values.1 += 1,
    }
    ended
}

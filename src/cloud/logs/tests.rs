#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};

use super::*;
use crate::cloud::connection::machine::Machine;
use crate::cloud::testing::{Reply, Seen, Server, fetch, fetch_until};
use crate::cloud::{Cloud, Hooks};
use crate::model::connection::ConnectionSpec;
use crate::model::error::ErrorKind;

const GROUP: &str = "/aws/lambda/orders";

fn cloud(server: &Server) -> Cloud {
    let spec = ConnectionSpec::of_endpoint("local", &server.endpoint);
    Cloud::on(Machine::of(&[], &[]), spec, Hooks::quiet())
}

fn tail(live_tail: bool) -> LogTail {
    LogTail {
        group: GROUP.into(),
        since: 1_000,
        live_tail,
    }
}

fn operation(seen: &Seen) -> &str {
    let target = seen.header("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default()
}

fn asked(seen: &Seen) -> Value {
    serde_json::from_slice(&seen.body).unwrap()
}

/// Events as `(time, message)`, with ids that change with every answer, as some endpoints give them.
fn events(events: &[(i64, &str)], token: Option<&str>) -> Reply {
    let events: Vec<Value> = events
        .iter()
        .map(|(time, message)| {
            json!({
                "timestamp": time, "message": message, "logStreamName": "s",
                "eventId": uuid::Uuid::new_v4().to_string(),
            })
        })
        .collect();
    let mut answer = json!({ "events": events });
    if let Some(token) = token {
        answer["nextToken"] = token.into();
    }
    Reply::json(200, &answer.to_string())
}

fn refused(code: &str) -> Reply {
    let body = json!({ "__type": code, "message": "no" });
    Reply::json(400, &body.to_string())
}

fn messages(buffer: &LogBuffer) -> Vec<String> {
    let lines = buffer.lines();
    lines.from(0).map(|line| line.message.to_owned()).collect()
}

#[tokio::test]
async fn a_tail_reads_all_pages_then_asks_again_and_shows_nothing_twice() {
    let server = Server::start(|number, _| match number {
        0 => events(&[(20_000, "a"), (20_000, "a")], Some("more")),
        1 => events(&[(21_000, "b")], None),
        _ => events(
            &[(20_000, "a"), (20_000, "a"), (21_000, "b"), (22_000, "c")],
            None,
        ),
    });
    let known = fetch_until(cloud(&server), &tail(false), |known| {
        let shown = known.value.as_ref();
        shown.is_some_and(|tail| tail.mode == Mode::Polling && tail.buffer.lines().len() >= 4)
    })
    .await;
    let shown = known.value.unwrap();
    assert_eq!(
        messages(&shown.buffer),
        ["a", "a", "b", "c"],
        "equal lines of one time are two"
    );
    assert!(shown.caught_up && known.loading);
    let seen = server.seen();
    assert_eq!(asked(&seen[0])["startTime"], 1_000);
    assert_eq!(asked(&seen[1])["nextToken"], "more");
    assert_eq!(
        asked(&seen[2])["startTime"],
        11_000,
        "ten seconds before the newest"
    );
}

#[tokio::test]
async fn a_group_that_is_not_there_is_said_and_looked_for() {
    let server = Server::start(|number, _| match number {
        0 | 1 => refused("ResourceNotFoundException"),
        _ => events(&[(20_000, "first")], None),
    });
    let mut was_missing = false;
    let known = fetch_until(cloud(&server), &tail(false), |known| {
        let shown = known.value.as_ref();
        was_missing |= shown.is_some_and(|tail| tail.mode == Mode::Missing);
        shown.is_some_and(|tail| tail.mode == Mode::Polling)
    })
    .await;
    assert!(was_missing);
    assert_eq!(messages(&known.value.unwrap().buffer), ["first"]);
}

#[tokio::test]
async fn without_live_tail_it_polls_and_says_why() {
    let server = Server::start(|_, seen| match operation(seen) {
        "DescribeLogGroups" => {
            let arn = format!("arn:aws:logs:eu-west-1:1:log-group:{GROUP}:*");
            let group = json!({ "logGroupName": GROUP, "arn": arn });
            Reply::json(200, &json!({ "logGroups": [group] }).to_string())
        }
        "StartLiveTail" => refused("AccessDeniedException"),
        _ => events(&[(20_000, "a")], None),
    });
    let known = fetch_until(cloud(&server), &tail(true), |known| {
        let shown = known.value.as_ref();
        shown.is_some_and(|tail| tail.mode == Mode::Polling)
    })
    .await;
    let note = known.value.unwrap().note.clone();
    assert_eq!(note, "Live Tail: logs:StartLiveTail is not permitted");
    let seen = server.seen();
    let start = seen
        .iter()
        .find(|seen| operation(seen) == "StartLiveTail")
        .unwrap();
    let groups = &asked(start)["logGroupIdentifiers"];
    assert_eq!(
        groups[0],
        format!("arn:aws:logs:eu-west-1:1:log-group:{GROUP}")
    );
}

#[tokio::test]
async fn a_permission_that_is_missing_ends_the_tail_with_its_error() {
    let server = Server::start(|_, _| refused("AccessDeniedException"));
    let known = fetch_until(cloud(&server), &tail(false), |known| known.error.is_some()).await;
    let error = known.error.unwrap();
    assert!(
        matches!(error.kind, ErrorKind::Permission { .. }),
        "{error:?}"
    );
    assert_eq!(error.target, GROUP);
}

#[tokio::test]
async fn a_search_sends_its_pattern_and_ends() {
    let server = Server::start(|_, _| events(&[(20_000, "ERROR x")], None));
    let search = LogSearch {
        group: GROUP.into(),
        pattern: "ERROR".into(),
        start: 5,
        end: 30_000,
    };
    let found = fetch(cloud(&server), &search).await.value.unwrap();
    assert_eq!(messages(&found.buffer), ["ERROR x"]);
    assert!(!found.cut);
    let asked = asked(&server.seen()[0]);
    assert_eq!(
        (&asked["filterPattern"], &asked["endTime"]),
        (&json!("ERROR"), &json!(30_000))
    );
}

#[tokio::test]
async fn a_token_that_leads_back_to_itself_ends_a_pass() {
    let server = Server::start(|_, _| events(&[(20_000, "a")], Some("same")));
    let search = LogSearch {
        group: GROUP.into(),
        pattern: String::new(),
        start: 5,
        end: 30_000,
    };
    let found = fetch(cloud(&server), &search).await.value.unwrap();
    assert_eq!(server.seen().len(), 2);
    assert_eq!(found.buffer.lines().len(), 2);
}

#[test]
fn an_event_has_the_same_name_in_every_pass() {
    let (mut first, mut second) = (Identities::default(), Identities::default());
    let names = |pass: &mut Identities| {
        [("s", 1, "a\n"), ("s", 1, "a"), ("t", 1, "a"), ("s", 2, "a")]
            .map(|(stream, time, message)| pass.name(stream, time, message))
    };
    let names_of_first = names(&mut first);
    assert_eq!(names_of_first, names(&mut second));
    let distinct: std::collections::HashSet<_> = names_of_first.iter().collect();
    assert_eq!(distinct.len(), 4);
}

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::cloud::Hooks;
use crate::cloud::connection::machine::Machine;
use crate::cloud::testing::{Reply, Seen, Server, fetch};
use crate::model::connection::ConnectionSpec;
use crate::model::error::ErrorKind;

/// CBOR as far as these answers need it.
enum Cbor<'a> {
    Text(&'a str),
    Float(f64),
    /// Seconds since 1970, tagged as a time.
    Time(f64),
    List(Vec<Cbor<'a>>),
    Map(Vec<(&'a str, Cbor<'a>)>),
}

impl Cbor<'_> {
    fn bytes(&self, out: &mut Vec<u8>) {
        let head = |out: &mut Vec<u8>, major: u8, length: usize| {
            out.push(major << 5 | 25);
            out.extend(u16::try_from(length).unwrap().to_be_bytes());
        };
        let float = |out: &mut Vec<u8>, value: f64| {
            out.push(0xfb);
            out.extend(value.to_be_bytes());
        };
        match self {
            Self::Text(text) => {
                head(out, 3, text.len());
                out.extend(text.as_bytes());
            }
            Self::Float(value) => float(out, *value),
            Self::Time(seconds) => {
                out.push(0xc1);
                float(out, *seconds);
            }
            Self::List(items) => {
                head(out, 4, items.len());
                items.iter().for_each(|item| item.bytes(out));
            }
            Self::Map(items) => {
                head(out, 5, items.len());
                for (key, value) in items {
                    Cbor::Text(key).bytes(out);
                    value.bytes(out);
                }
            }
        }
    }

    fn reply(&self) -> Reply {
        let mut body = Vec::new();
        self.bytes(&mut body);
        Reply::Http(
            200,
            vec![
                ("content-type", "application/cbor".to_owned()),
                ("smithy-protocol", "rpc-v2-cbor".to_owned()),
            ],
            body,
        )
    }
}

fn result<'a>(id: &'a str, points: &[(i64, f64)]) -> Cbor<'a> {
    let times = points.iter().map(|(at, _)| Cbor::Time(*at as f64 / 1e3));
    Cbor::Map(vec![
        ("Id", Cbor::Text(id)),
        ("Label", Cbor::Text("Invocations")),
        ("Timestamps", Cbor::List(times.collect())),
        (
            "Values",
            Cbor::List(
                points
                    .iter()
                    .map(|(_, value)| Cbor::Float(*value))
                    .collect(),
            ),
        ),
        ("StatusCode", Cbor::Text("Complete")),
    ])
}

fn page(results: Vec<Cbor<'_>>, token: Option<&'static str>) -> Reply {
    let mut members = vec![("MetricDataResults", Cbor::List(results))];
    members.extend(token.map(|token| ("NextToken", Cbor::Text(token))));
    Cbor::Map(members).reply()
}

fn holds(seen: &Seen, text: &str) -> bool {
    seen.body
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

fn cloud(server: &Server) -> Cloud {
    let spec = ConnectionSpec::of_endpoint("local", &server.endpoint);
    Cloud::on(Machine::of(&[], &[]), spec, Hooks::quiet())
}

fn query(id: &str) -> MetricQuery {
    MetricQuery::of_function(id, "Invocations", "orders", "Sum", 60)
}

const HOUR: TimeRange = TimeRange::Custom(1_700_000_000_000, 1_700_003_600_000);

#[tokio::test]
async fn pages_of_one_series_are_joined_and_what_is_missing_is_a_gap() {
    let start = metric::align(1_700_000_000_000, 60);
    let server = Server::start(move |number, _| match number {
        0 => page(vec![result("m0", &[(start, 3.0)])], Some("more")),
        _ => page(vec![result("m0", &[(start + 120_000, 5.0)])], None),
    });
    let metrics = Metrics::new(vec![query("m0"), query("m1")], HOUR);
    let data = fetch(cloud(&server), &metrics).await.value.unwrap();
    let series = data.get("m0").unwrap();
    assert_eq!(
        series.points().collect::<Vec<_>>(),
        [(start, 3.0), (start + 120_000, 5.0)]
    );
    assert_eq!(series.runs().count(), 2, "the minute between is a gap");
    assert!(data.get("m1").unwrap().is_empty(), "no answer is all gaps");
    assert!(holds(&server.seen()[1], "more"));
}

#[tokio::test]
async fn more_than_500_metrics_go_in_several_calls() {
    let server = Server::start(|_, _| page(Vec::new(), None));
    let queries: Vec<MetricQuery> = (0..501).map(|i| query(&format!("m{i}"))).collect();
    let known = fetch(cloud(&server), &Metrics::new(queries, HOUR)).await;
    assert_eq!(known.value.unwrap().series.len(), 501);
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert!(holds(&seen[0], "m499") && !holds(&seen[0], "m500") && holds(&seen[1], "m500"));
}

#[tokio::test]
async fn an_endpoint_that_answers_a_web_page_does_not_support_it() {
    let server = Server::start(|_, _| {
        let page = b"<!doctype html><title>404 Not Found</title>".to_vec();
        Reply::Http(404, vec![("content-type", "text/html".to_owned())], page)
    });
    let known = fetch(cloud(&server), &Metrics::new(vec![query("m0")], HOUR)).await;
    assert_eq!(known.error.unwrap().kind, ErrorKind::NotServed);
}

#[tokio::test]
async fn nothing_asked_is_nothing_sent() {
    let server = Server::start(|_, _| page(Vec::new(), None));
    let known = fetch(cloud(&server), &Metrics::new(Vec::new(), HOUR)).await;
    assert!(known.value.unwrap().series.is_empty() && server.seen().is_empty());
}

#[test]
fn the_key_of_the_last_three_hours_is_the_same_a_period_later() {
    let metrics = || Metrics::new(vec![query("m0")], TimeRange::ThreeHours);
    assert_eq!(metrics(), metrics());
    let (early, late) = (metrics().bounds(60_000_000), metrics().bounds(60_000_001));
    assert_eq!(early.end, 60_000_000);
    assert_eq!(late.end, 60_060_000, "the running period is asked for");
}

#[test]
fn an_invocation_of_any_of_its_functions_makes_it_stale() {
    let other = MetricQuery::of_function("m1", "Errors", "refunds", "Sum", 60);
    let metrics = Metrics::new(vec![query("m0"), query("m2"), other], HOUR);
    assert_eq!(
        metrics.topics(),
        [
            Topic::Invocations("orders".into()),
            Topic::Invocations("refunds".into())
        ]
    );
}

#[test]
fn how_a_function_was_called_lately_is_one_sentence() {
    let now = 10_000_000_000;
    let words = |minutes: i64, count| lately_words(now - minutes * 60_000, count, now);
    assert_eq!(
        words(0, 196.0),
        "It is in use: called within the last minute, 196 times in the last 3 h."
    );
    assert_eq!(
        words(7, 1.0),
        "It is in use: called 7 min ago, once in the last 3 h."
    );
    assert!(words(0, 0.0).starts_with("It was not called in the last 3 h"));
}

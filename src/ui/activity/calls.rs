//! Every call of this window, newest first: what, how long, how it ended, its request id, its AWS CLI form.

use std::borrow::Cow;
use std::sync::Arc;

use egui::Ui;

use crate::cloud::observe::{CallLog, CallRecord, CallStats, Queued};
use crate::model::cli::{Cli, CliContext};
use crate::model::error::is_not_served;
use crate::model::format;
use crate::store::Loadable;
use crate::ui::cx::{CloudStore, Cx};
use crate::ui::icons::Icon;
use crate::ui::list::{Around, Choice, Entry, Kind, Nothing, Texts};
use crate::ui::theme::space;
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::table::Column;
use crate::ui::widgets::table_cell::Cell;

/// The calls, as far as they are kept.
#[derive(Default)]
pub struct Calls {
    seen: u64,
    revision: u64,
    calls: Arc<Vec<Arc<CallRecord>>>,
}

type Call = Arc<CallRecord>;

fn name_of(call: &CallRecord) -> String {
    format!("{} {}", call.service, call.operation)
}

fn outcome(call: &CallRecord) -> Cow<'_, str> {
    match (&call.error_code, call.status) {
        _ if is_unserved(call) => Cow::Borrowed("Not served"),
        _ if is_absent(call) => Cow::Borrowed("None there"),
        (Some(code), _) => Cow::Borrowed(code),
        (None, Some(status)) => Cow::Owned(status.to_string()),
        (None, None) => Cow::Borrowed(""),
    }
}

fn started(call: &CallRecord) -> i64 {
    i64::try_from(call.started_ms).unwrap_or_default()
}

impl Kind for Calls {
    type Row = Call;
    type Source = Vec<Call>;

    const TEXTS: Texts = Texts {
        key: "activity.calls",
        name: "Calls",
        one: "call",
        many: "calls",
        hint: "operation, outcome:Throttling",
    };
    const COLUMNS: &'static [Column] = &[
        Column::new("time", "Time", 100.0)
            .min(84.0)
            .priority(9)
            .required(),
        Column::new("operation", "Operation", 300.0)
            .min(140.0)
            .whole(250.0)
            .priority(8)
            .required(),
        Column::new("target", "Asked", 340.0).min(120.0).priority(4),
        Column::new("outcome", "Outcome", 130.0)
            .min(84.0)
            .whole(130.0)
            .priority(9),
        Column::new("attempts", "Attempts", 84.0)
            .right()
            .priority(3),
        Column::new("duration", "Duration", 90.0)
            .right()
            .priority(6),
        Column::new("request", "Request id", 280.0).priority(2),
    ];
    const SORT: (&'static str, bool) = ("time", true);
    const CHOICES: &'static [Choice<Call>] = &[
        Choice::new("service", "Service", |call| Cow::Borrowed(&call.service)),
        Choice::new("outcome", "Outcome", |call| outcome(call)),
    ];
    const ENTRIES: &'static [&'static [Entry<Call>]] = &[&[
        Entry::new("Copy as AWS CLI command", |call, ctx, cx| {
            ctx.copy_text(cli_of(call, &cx.connection.cli()));
        }),
        Entry::new("Copy request id", |call, ctx, _| {
            ctx.copy_text(call.request_id.clone().unwrap_or_default());
        }),
    ]];
    const EXAMPLES: &'static [(&'static str, &'static str)] = &[
        ("operation:", "operation:list"),
        ("outcome:", "outcome:throttling"),
        ("attempts:", "attempts:>1"),
        ("duration:", "duration:>=1000"),
        ("request:", "request:8f1c22e4"),
    ];

    fn want(&mut self, cx: &mut Cx<'_>) -> Loadable<Vec<Call>> {
        if let Some(cloud) = cx.store.cloud() {
            let log = &cloud.hooks().calls;
            if log.revision() != self.revision {
                self.revision = log.revision();
                let calls = Arc::make_mut(&mut self.calls);
                calls.extend(log.since(self.seen).into_iter().map(Arc::new));
                self.seen = calls.last().map_or(self.seen, |call| call.number);
                let over = calls.len().saturating_sub(CallLog::KEPT);
                calls.drain(..over);
            }
        }
        Loadable::local(self.calls.clone())
    }

    fn settled(&self, _store: &CloudStore) -> bool {
        true
    }

    fn rows(source: &Vec<Call>) -> &[Call] {
        source
    }

    fn key(call: &Call) -> Cow<'_, str> {
        Cow::Owned(format!("{} {}", call.operation, call.number))
    }

    fn exact<'a>(call: &'a Call, column: &str) -> Cow<'a, str> {
        match column {
            "time" => format::time_exact(started(call), &format::Zone::Utc).into(),
            "operation" => name_of(call).into(),
            "target" => call.target.as_deref().unwrap_or_default().into(),
            "outcome" => outcome(call),
            "attempts" => call.attempts.to_string().into(),
            "duration" => call.duration_ms.to_string().into(),
            _ => call.request_id.as_deref().unwrap_or_default().into(),
        }
    }

    fn csv_title(column: &Column) -> &'static str {
        match column.id {
            "time" => "Time (UTC)",
            "duration" => "Duration (ms)",
            _ => column.title,
        }
    }

    fn compare(column: &str, a: &Call, b: &Call) -> std::cmp::Ordering {
        match column {
            // Two calls of one millisecond stand in the order in which they were made.
            "time" => a.number.cmp(&b.number),
            _ => crate::model::text::natural(&Self::exact(a, column), &Self::exact(b, column)),
        }
    }

    fn cell(&self, call: &Call, column: &str, cell: &mut Cell<'_>, around: &Around<'_>) {
        match column {
            "time" => {
                cell.muted(&format::clock_seconds(started(call), around.zone));
                cell.hover(|| format::time_exact(started(call), around.zone));
            }
            "operation" => cell.name(&name_of(call)),
            "outcome" if is_unserved(call) || is_absent(call) => {
                cell.state(Tone::Muted, &outcome(call));
                cell.hover(|| call.error_code.clone().unwrap_or_default());
            }
            "outcome" if call.error_code.is_some() => cell.state(Tone::Err, &outcome(call)),
            "outcome" => cell.state(Tone::Ok, &outcome(call)),
            "attempts" => cell.muted(&Self::exact(call, column)),
            "duration" => cell.text(&format::duration(call.duration_ms as f64)),
            _ => cell.mono(&Self::exact(call, column)),
        }
    }

    /// What waits for its turn is no call yet.
    fn above(&mut self, ui: &mut Ui, _: &Vec<Call>, cx: &mut Cx<'_>) {
        let stats = cx.store.cloud().map(|cloud| cloud.hooks().calls.stats());
        let words = stats.map(|stats| queued_words(&stats, cx.now));
        if let Some(words) = words.filter(|words| !words.is_empty()) {
            ui.horizontal(|ui| {
                ui.add_space(space::L);
                chip::state(ui, Tone::Accent, &words);
            });
            ui.add_space(space::XS);
        }
    }

    fn nothing(_cx: &Cx<'_>) -> Nothing {
        Nothing {
            icon: Icon::SEND,
            title: "No calls yet".to_owned(),
            advice: "Every call to AWS shows here with its duration and request id.",
            command: None,
        }
    }
}

/// What waits for its turn at which service, and since when; empty where nothing does. `now` in ms since the epoch.
pub fn queued_words(stats: &CallStats, now: i64) -> String {
    let one = |(service, queued): (&String, &Queued)| {
        let since = i64::try_from(queued.since_ms).unwrap_or(now);
        let waited = format::duration((now - since).max(0) as f64);
        let calls = format::counted(queued.count, "call");
        format!(
            "{service}: {calls} in turn, {} for {waited}",
            queued.operation
        )
    };
    let all: Vec<String> = stats.queued.iter().map(one).collect();
    all.join(" · ")
}

/// The endpoint does not have the operation: its code says so, or it answered with no code at all.
fn is_unserved(call: &CallRecord) -> bool {
    let code = call.error_code.as_deref().unwrap_or_default();
    is_not_served(code) || code == "Failed" && matches!(call.status, Some(404 | 405 | 501))
}

/// It asked for a part that a thing need not have, and it has none: AWS says so with a 404, and nothing is wrong.
fn is_absent(call: &CallRecord) -> bool {
    const PARTS: [&str; 9] = [
        "GetPolicy",
        "GetFunctionUrlConfig",
        "GetFunctionEventInvokeConfig",
        "ListFunctionEventInvokeConfigs",
        "ListFunctionUrlConfigs",
        "GetProvisionedConcurrencyConfig",
        "GetFunctionCodeSigningConfig",
        "GetFunctionRecursionConfig",
        "DescribeLogStreams",
    ];
    let code = call.error_code.as_deref().unwrap_or_default();
    code.contains("NotFound") && PARTS.contains(&call.operation.as_str())
}

/// The call as an AWS CLI command. Only what its path names is known of its input: bodies are never kept.
fn cli_of(call: &CallRecord, context: &CliContext) -> String {
    let service = match call.service.as_str() {
        "CloudWatch Logs" => "logs".to_owned(),
        "Resource Groups Tagging API" => "resourcegroupstaggingapi".to_owned(),
        other => other.to_lowercase().replace(' ', ""),
    };
    let function = call
        .target
        .as_deref()
        .and_then(|path| path.split("/functions/").nth(1))
        .and_then(|rest| rest.split('/').next())
        .filter(|name| !name.is_empty());
    Cli::new(&service, &kebab(&call.operation))
        .maybe("function-name", function)
        .with(context)
        .one_line()
}

/// `ListFunctions` as `list-functions`.
fn kebab(operation: &str) -> String {
    let mut words = String::new();
    for letter in operation.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_its_turn_is_told_with_what_waits_longest() {
        let mut stats = CallStats::default();
        assert_eq!(queued_words(&stats, 9_000), "");
        let queued = Queued {
            operation: "GetResources",
            since_ms: 6_000,
            count: 4,
        };
        stats.queued.insert("API Gateway".into(), queued);
        assert_eq!(
            queued_words(&stats, 9_000),
            "API Gateway: 4 calls in turn, GetResources for 3 s"
        );
    }

    fn call() -> CallRecord {
        CallRecord {
            number: 1,
            service: "Lambda".into(),
            operation: "GetFunctionConfiguration".into(),
            started_ms: 0,
            duration_ms: 1,
            status: Some(200),
            request_id: None,
            attempts: 1,
            error_code: None,
            target: Some("/2015-03-31/functions/orders-api/configuration".into()),
        }
    }

    #[test]
    fn in_little_room_when_what_and_how_it_ended_stay() {
        use crate::ui::widgets::table::kept;
        let kept = |width| kept(Calls::COLUMNS, width);
        assert_eq!(kept(340.0), ["time", "operation", "outcome"]);
        assert_eq!(kept(600.0), ["time", "operation", "outcome", "duration"]);
    }

    #[test]
    fn a_part_that_is_not_there_is_no_alarm_and_a_function_that_is_not_there_is() {
        let of = |operation: &str| CallRecord {
            operation: operation.into(),
            status: Some(404),
            error_code: Some("ResourceNotFoundException".into()),
            ..call()
        };
        assert_eq!(outcome(&of("GetPolicy")), "None there");
        assert_eq!(outcome(&of("GetFunction")), "ResourceNotFoundException");
    }

    #[test]
    fn a_call_is_told_as_an_aws_cli_command_as_far_as_its_path_says() {
        let call = call();
        let context = CliContext {
            region: Some("eu-west-1".into()),
            ..CliContext::default()
        };
        assert_eq!(
            cli_of(&call, &context),
            "aws lambda get-function-configuration --function-name orders-api --region eu-west-1"
        );
    }
}

//! Every call of this window, newest first: what, how long, how it ended, its request id, its AWS CLI form.

use egui::Ui;

use crate::cloud::observe::CallRecord;
use crate::model::cli::{Cli, CliContext};
use crate::model::error::is_not_served;
use crate::model::format;
use crate::ui::cx::Cx;
use crate::ui::icons::Icon;
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::state::{Empty, empty_state};
use crate::ui::widgets::table::{Column, Rows, Table, TableState};
use crate::ui::widgets::table_cell::Cell;

const COLUMNS: [Column; 7] = [
    Column::new("time", "Time", 110.0).unsorted(),
    Column::new("operation", "Operation", 300.0).unsorted(),
    Column::new("target", "Asked", 340.0).unsorted(),
    Column::new("status", "Outcome", 130.0).unsorted(),
    Column::new("attempts", "Attempts", 84.0).right().unsorted(),
    Column::new("duration", "Duration", 90.0).right().unsorted(),
    Column::new("request", "Request id", 280.0).unsorted(),
];

/// The part's state between frames.
#[derive(Default)]
pub struct Calls {
    table: TableState,
    seen: u64,
    revision: u64,
    calls: Vec<CallRecord>,
}

struct Shown<'a> {
    context: CliContext,
    calls: &'a [CallRecord],
    zone: &'a format::Zone,
}

impl Shown<'_> {
    fn call(&self, row: usize) -> Option<&CallRecord> {
        self.calls.get(self.calls.len().checked_sub(row + 1)?)
    }
}

impl Rows for Shown<'_> {
    fn count(&self) -> usize {
        self.calls.len()
    }

    fn name(&self, row: usize) -> std::borrow::Cow<'_, str> {
        self.call(row)
            .map(|call| format!("{} {}", call.operation, call.number))
            .unwrap_or_default()
            .into()
    }

    fn has_menu(&self) -> bool {
        true
    }

    fn menu(&mut self, row: usize, ui: &mut Ui) {
        let Some(call) = self.call(row) else { return };
        let id = call.request_id.clone().unwrap_or_default();
        let items = [
            ("Copy as AWS CLI command", cli_of(call, &self.context)),
            ("Copy request id", id),
        ];
        for (name, text) in items {
            if !text.is_empty() && ui.button(name).clicked() {
                ui.ctx().copy_text(text);
                ui.close();
            }
        }
    }

    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        let Some(call) = self.call(row) else { return };
        match column {
            "time" => {
                let at = i64::try_from(call.started_ms).unwrap_or_default();
                cell.muted(&format::clock(at, self.zone));
            }
            "operation" => cell.name(&format!("{} {}", call.service, call.operation)),
            "target" => cell.mono(call.target.as_deref().unwrap_or_default()),
            "status" => match &call.error_code {
                Some(_) if is_unserved(call) => cell.state(Tone::Muted, "Not served"),
                Some(code) => cell.state(Tone::Err, code),
                None => cell.state(
                    Tone::Ok,
                    &call.status.map_or_else(String::new, |s| s.to_string()),
                ),
            },
            "attempts" => cell.muted(&call.attempts.to_string()),
            "duration" => cell.text(&format::duration(call.duration_ms as f64)),
            _ => cell.mono(call.request_id.as_deref().unwrap_or_default()),
        }
    }
}

/// The endpoint does not have the operation: its code says so, or it answered with no code at all.
fn is_unserved(call: &CallRecord) -> bool {
    let code = call.error_code.as_deref().unwrap_or_default();
    is_not_served(code) || code == "Failed" && matches!(call.status, Some(404 | 405 | 501))
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

impl Calls {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        if let Some(cloud) = cx.store.cloud() {
            let log = &cloud.hooks().calls;
            if log.revision() != self.revision {
                self.revision = log.revision();
                self.calls.extend(log.since(self.seen));
                self.seen = self.calls.last().map_or(self.seen, |call| call.number);
                let over = self
                    .calls
                    .len()
                    .saturating_sub(crate::cloud::observe::CallLog::KEPT);
                self.calls.drain(..over);
            }
        }
        if self.calls.is_empty() {
            let empty = Empty {
                icon: Icon::SEND,
                title: "No calls yet",
                advice: "Every call to AWS shows here with its duration and request id.",
                action: "",
            };
            empty_state(ui, &empty);
            return;
        }
        let mut rows = Shown {
            context: cx.connection.cli(),
            calls: &self.calls,
            zone: cx.zone,
        };
        Table::new("Calls", &COLUMNS, &mut self.table).show(ui, &mut rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_told_as_an_aws_cli_command_as_far_as_its_path_says() {
        let call = CallRecord {
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
        };
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

//! What is read: facts, code, JSON, differences, a log.

use egui::{RichText, Ui};

use crate::model::format::Zone;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::code::{CodeEditor, Language};
use crate::ui::widgets::diff::{self, Compared};
use crate::ui::widgets::json::JsonTree;
use crate::ui::widgets::kv::{self, Value};
use crate::ui::widgets::log_view::{LogRow, LogRows, LogTone, LogView};
use crate::ui::widgets::sparkline::sparkline;

const EVENT: &str =
    "{\n  \"order\": 8841,\n  \"customer\": \"佐藤 美咲\",\n  \"total\": { \"value\": 12800 },\n}";

/// What the widgets keep between frames.
pub struct Data {
    event: String,
    editor: CodeEditor,
    tree: JsonTree,
    compared: Compared,
    log: LogView,
}

impl Default for Data {
    fn default() -> Self {
        let value = serde_json::json!({
            "level": "ERROR", "message": "bank timeout", "order": 8841, "retried": false, "cause": null,
            "bank": { "host": "bank.example.com", "path": "/capture", "tries": [2400, 4800] },
        });
        Self {
            event: EVENT.to_owned(),
            editor: CodeEditor::default(),
            tree: JsonTree::new(&value),
            compared: diff::compare(
                "TIMEOUT_S = 8\nRETRIES = 2\n\ndef capture(order):\n",
                "TIMEOUT_S = 2.4\nRETRIES = 0\n\ndef capture(order):\n    pass\n",
            ),
            log: LogView::default(),
        }
    }
}

pub fn facts(ui: &mut Ui) {
    kv::grid(
        ui,
        "facts",
        &[
            ("Name", Value::Text("payments-capture")),
            (
                "Role",
                Value::Code("arn:aws:iam::482177391105:role/capture"),
            ),
            ("Code size", Value::Exact("12.4 MB", "13,002,342 bytes")),
            ("State", Value::State(Tone::Err, "Update failed")),
            ("Description", Value::Missing("Nobody has described it")),
        ],
    );
    ui.add_space(space::S);
    let line: Vec<f32> = (0..60).map(|at| ((at * 7) % 13) as f32).collect();
    let size = egui::vec2(140.0, 24.0);
    let accent = Theme::of(ui).accent;
    sparkline(ui, size, &line, accent, "Invocations of three hours");
}

impl Data {
    pub fn code(&mut self, ui: &mut Ui) {
        let event = &mut self.event;
        self.editor
            .show(ui, "Event with a mistake", event, Language::Json, 120.0);
        ui.add_space(space::M);
        self.tree
            .show(ui, "A log line's JSON", 200.0, || EVENT.to_owned());
    }

    pub fn differences(&mut self, ui: &mut Ui) {
        let theme = Theme::of(ui);
        ui.label(RichText::new("One under the other").color(theme.muted));
        diff::unified(ui, "unified", &self.compared, 150.0);
        ui.add_space(space::M);
        ui.label(RichText::new("Side by side").color(theme.muted));
        diff::side_by_side(ui, "side by side", &self.compared, 110.0);
    }

    pub fn log(&mut self, ui: &mut Ui) {
        let wanted = egui::vec2(ui.available_width(), 200.0);
        ui.allocate_ui(wanted, |ui| {
            ui.set_height(200.0);
            self.log.show(ui, "A log", &Lines, &Zone::Utc);
        });
    }
}

const LINES: [(LogTone, &str, &str); 6] = [
    (
        LogTone::Platform,
        "START",
        "RequestId: 8f1c22e4 Version: 41",
    ),
    (
        LogTone::Info,
        "INFO",
        "注文を受け付けました order=8841 total=12,800",
    ),
    (LogTone::Quiet, "DEBUG", "retry policy: none"),
    (LogTone::Warn, "WARN", "bank answers slowly: 2,100 ms"),
    (
        LogTone::Error,
        "ERROR",
        "bank timeout after 2400 ms; giving up (retries=0)",
    ),
    (
        LogTone::Platform,
        "REPORT",
        "Duration: 2470 ms Billed: 2471 ms Memory: 118 MB",
    ),
];

struct Lines;

impl LogRows for Lines {
    fn len(&self) -> usize {
        LINES.len()
    }

    fn row(&self, index: usize) -> Option<LogRow<'_>> {
        let (tone, word, message) = *LINES.get(index)?;
        Some(LogRow {
            number: index as u64,
            time: 1_795_000_000_000 + index as i64 * 137,
            tone,
            word,
            message,
        })
    }
}

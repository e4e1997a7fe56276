//! The log grouped by invocation: a row for each request, and the lines of the one that is selected.

use std::borrow::Cow;

use egui::{Ui, UiBuilder};

use super::lines::ChosenRows;
use crate::model::format::{self, Zone};
use crate::model::log::{Invocation, Level, LogBuffer, Outcome};
use crate::ui::cx::Cx;
use crate::ui::icons::Icon;
use crate::ui::theme::{CONTROL_HEIGHT, space};
use crate::ui::widgets::button::{Button, copy_button};
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::log_view::{LogView, follow_button, follow_words};
use crate::ui::widgets::state::{Empty, empty_state};
use crate::ui::widgets::table::{Column, Rows, Table, TableState};
use crate::ui::widgets::table_cell::Cell;
use crate::ui::widgets::toolbar::{Look, Toolbar};

/// When it began and how it ended stay whole as long as there is room for them; the id is whole above its lines.
const COLUMNS: [Column; 8] = [
    Column::new("time", "Time", 112.0)
        .min(112.0)
        .unsorted()
        .required(),
    Column::new("request", "Request ID", 280.0)
        .min(88.0)
        .unsorted()
        .priority(7),
    Column::new("outcome", "Outcome", 140.0)
        .min(140.0)
        .unsorted()
        .priority(9),
    Column::new("duration", "Duration", 90.0)
        .unsorted()
        .right()
        .priority(6),
    Column::new("memory", "Memory", 120.0)
        .unsorted()
        .right()
        .priority(4),
    Column::new("start", "Start", 130.0)
        .min(112.0)
        .unsorted()
        .priority(3),
    Column::new("version", "Version", 90.0)
        .min(86.0)
        .unsorted()
        .priority(2),
    Column::new("lines", "Lines", 64.0)
        .unsorted()
        .right()
        .priority(1),
];

/// So many points of an id tell it from the others of a log.
const LEAST_ID: f32 = 76.0;

/// What is kept between frames.
#[derive(Default)]
pub struct InvocationsView {
    table: TableState,
    log: LogView,
    selected: Option<Box<str>>,
    /// The newest one is to be selected.
    newest: bool,
    /// The numbers of the selected one's lines, and how many it had when they were gathered.
    numbers: (u32, Vec<u64>),
    /// Lines that came while the end of the request's lines was left.
    new: Option<usize>,
    /// Positions that the filter leaves, newest first, and what they were made from.
    shown: Vec<u32>,
    made_from: Option<(u64, String, Option<Level>)>,
    /// The selected one is to be brought into view.
    goes_to_it: bool,
    /// The function brings its own runtime, which need not write that a run failed.
    pub own_runtime: bool,
}

struct InvocationRows<'a> {
    buffer: &'a LogBuffer,
    shown: &'a [u32],
    zone: &'a Zone,
    now: i64,
    partial: bool,
    own_runtime: bool,
}

/// What is said where no row is left.
fn nothing((text, level): (&str, Option<Level>)) -> Empty<'static> {
    let empty = Empty {
        icon: Icon::LIST_TREE,
        title: "No invocation matches",
        advice: "The filter looks at request ids, versions and words such as error and cold.",
        action: "Clear the filter",
    };
    match text.trim().is_empty() && level.is_none() {
        false => empty,
        true => Empty {
            title: "No invocation in these lines",
            advice: "Lines that belong to no request stand under Lines.",
            action: "",
            ..empty
        },
    }
}

impl InvocationsView {
    /// Lines of the request that are too long go on below.
    pub fn wrap(&mut self, wrap: bool) {
        self.log.wrap = wrap;
    }

    /// Shows one request.
    pub fn show(&mut self, request: &str) {
        self.selected = Some(request.into());
        self.numbers = Default::default();
        self.log.reset();
        self.made_from = None;
        self.goes_to_it = true;
    }

    /// Shows the newest one that the filter leaves.
    pub fn select_newest(&mut self) {
        self.newest = true;
    }

    /// One of them is shown with its lines.
    pub fn is_selected(&self) -> bool {
        self.selected.is_some()
    }

    /// What is to be known of the selected lines of the request that is shown.
    pub fn selection_words(&self) -> Option<String> {
        self.selected.as_ref()?;
        self.log.selection_words()
    }

    /// How many rows there are.
    pub fn shown(&self) -> usize {
        self.shown.len()
    }

    /// Draws it over the space of `ui`. `partial`: only lines that match a search were read. True where the filter is to be
    /// cleared.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        (buffer, partial): (&LogBuffer, bool),
        filter: (&str, Option<Level>),
        cx: &Cx<'_>,
    ) -> bool {
        self.choose(buffer, filter);
        if std::mem::take(&mut self.newest) {
            let newest = self.shown.first().map(|at| *at as usize);
            let newest = newest.and_then(|at| buffer.invocations().get(at));
            let is_shown = |id: &str| self.selected.as_deref() == Some(id);
            if let Some(newest) = newest.filter(|newest| !is_shown(&newest.request_id)) {
                self.show(&newest.request_id);
                self.table.select(0, &newest.request_id);
            }
        }
        if self.shown.is_empty() {
            return empty_state(ui, &nothing(filter));
        }
        let whole = ui.available_rect_before_wrap();
        let top = match &self.selected {
            Some(_) => whole.with_max_y(whole.top() + (whole.height() * 0.5).round()),
            None => whole,
        };
        let mut child = ui.new_child(UiBuilder::new().id_salt("table").max_rect(top));
        let mut rows = InvocationRows {
            buffer,
            shown: &self.shown,
            zone: cx.zone,
            now: cx.now,
            partial,
            own_runtime: self.own_runtime,
        };
        let output = Table::new("Invocations", &COLUMNS, &mut self.table)
            .height(top.height())
            .show(&mut child, &mut rows);
        if let Some(row) = output.selected.or(output.activated) {
            let chosen = rows.invocation(row);
            self.selected = chosen.map(|invocation| invocation.request_id.clone());
            self.numbers = Default::default();
            self.log.reset();
        }
        let selected = self.selected.clone();
        if let Some(request) = selected {
            let bottom = whole.with_min_y(top.bottom() + space::S);
            let mut child = ui.new_child(UiBuilder::new().id_salt("lines").max_rect(bottom));
            self.detail(&mut child, (buffer, partial), &request, cx);
        }
        false
    }

    /// The lines of one request.
    fn detail(
        &mut self,
        ui: &mut Ui,
        (buffer, partial): (&LogBuffer, bool),
        request: &str,
        cx: &Cx<'_>,
    ) {
        let Some(invocation) = buffer.invocations().by_request_id(request) else {
            self.selected = None;
            return;
        };
        if self.numbers.0 != invocation.lines {
            let numbers = buffer.lines_of(invocation).map(|line| line.number);
            self.numbers = (invocation.lines, numbers.collect());
        }
        let new = self.new.filter(|new| *new > 0);
        let lines = || {
            let lines = buffer.lines_of(invocation);
            let lines: Vec<_> = lines.map(|line| line.plain()).collect();
            lines.join("\n")
        };
        let pressed = head(ui, (request, partial), new.map(follow_words), lines);
        if pressed == Some(Press::Follow) {
            self.log.follow();
        }
        let rows = ChosenRows {
            lines: buffer.lines(),
            numbers: &self.numbers.1,
        };
        let output = self.log.show(ui, "Lines of the request", &rows, cx.zone);
        self.new = output.new;
        if pressed == Some(Press::Close) {
            self.selected = None;
        }
    }

    /// Finds what the filter leaves, when lines came or the filter changed.
    fn choose(&mut self, buffer: &LogBuffer, (text, level): (&str, Option<Level>)) {
        let end = buffer.lines().end();
        let same = self
            .made_from
            .as_ref()
            .is_some_and(|(at, known, least)| *at == end && known == text && *least == level);
        if same {
            return;
        }
        let words = text.to_lowercase();
        let words: Vec<&str> = words.split_whitespace().collect();
        self.shown.clear();
        let invocations = buffer.invocations().iter().enumerate().rev();
        let matching = invocations.filter(|(_, invocation)| matches(invocation, &words, level));
        self.shown.extend(matching.map(|(at, _)| at as u32));
        self.made_from = Some((end, text.to_owned(), level));
        // New rows come at the top: the selection is found again by its name.
        let selected = self.selected.as_deref();
        self.table.selected = selected.and_then(|request| {
            let place = self.shown.iter().position(|at| {
                let invocation = buffer.invocations().get(*at as usize);
                invocation.is_some_and(|invocation| &*invocation.request_id == request)
            });
            place.inspect(|_| request.clone_into(&mut self.table.selected_name))
        });
        if std::mem::take(&mut self.goes_to_it) {
            self.table.scroll_to = self.table.selected;
        }
    }
}

/// What is pressed above the lines of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Press {
    Follow,
    Close,
}

/// Whose lines they are; in little room the id is shortened and all that can be pressed stays.
fn head(
    ui: &mut Ui,
    (request, partial): (&str, bool),
    follow: Option<String>,
    lines: impl FnOnce() -> String,
) -> Option<Press> {
    let title = match partial {
        true => "Matching lines of this request",
        false => "Lines of this request",
    };
    let word = follow.unwrap_or_default();
    let copy = CONTROL_HEIGHT..=CONTROL_HEIGHT;
    let mut bar = Toolbar::new(title)
        .text(title, Look::Strong)
        .text(request, Look::Code)
        .least(LEAST_ID)
        .rank(9)
        .stays()
        .hover(request)
        .widget(copy.clone(), |ui| {
            copy_button(ui, "the request id", || request.to_owned());
            None
        })
        .space();
    if !word.is_empty() {
        bar = bar.button(follow_button(&word), Press::Follow).stays();
    }
    let close = Button::icon_only(Icon::X, "Close the lines");
    bar.widget(copy, |ui| {
        copy_button(ui, "the lines", lines);
        None
    })
    .button(close, Press::Close)
    .stays()
    .show(ui)
    .pressed
}

fn matches(invocation: &Invocation, words: &[&str], level: Option<Level>) -> bool {
    if level.is_some()
        && invocation.level < level
        && !(invocation.failed && level <= Some(Level::Error))
    {
        return false;
    }
    words.iter().all(|word| {
        let (negated, word) = match word.strip_prefix('-') {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, *word),
        };
        let found = invocation.request_id.contains(word)
            || (word == "error" && (invocation.failed || invocation.level >= Some(Level::Error)))
            || (word == "cold" && invocation.cold)
            || invocation.version.as_deref() == Some(word);
        found != negated
    })
}

impl InvocationRows<'_> {
    fn invocation(&self, row: usize) -> Option<&Invocation> {
        let at = *self.shown.get(row)?;
        self.buffer.invocations().get(at as usize)
    }
}

impl Rows for InvocationRows<'_> {
    fn count(&self) -> usize {
        self.shown.len()
    }

    fn name(&self, row: usize) -> Cow<'_, str> {
        let invocation = self.invocation(row);
        invocation
            .map_or("", |invocation| &invocation.request_id)
            .into()
    }

    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        let Some(invocation) = self.invocation(row) else {
            return;
        };
        let report = invocation.report.as_deref();
        match column {
            "time" => cell.mono_name(&format::clock(invocation.started, self.zone)),
            "request" => cell.mono(&invocation.request_id),
            "outcome" => {
                let known = invocation.outcome(self.now, self.partial);
                let status = invocation
                    .report
                    .as_ref()
                    .and_then(|report| report.status.as_ref());
                let (tone, word) = match known {
                    Outcome::Succeeded if self.own_runtime && status.is_none() => {
                        (Tone::Muted, "Ended")
                    }
                    known => outcome(known),
                };
                cell.state(tone, word);
            }
            "duration" => {
                if let Some(ms) = invocation.duration_ms() {
                    cell.text(&format::duration(ms));
                }
            }
            "memory" => {
                let used = report.and_then(|report| report.max_memory_used_mb);
                let size = report.and_then(|report| report.memory_size_mb);
                if let (Some(used), Some(size)) = (used, size) {
                    cell.text(&format!("{used} of {size} MB"));
                }
            }
            "start" => {
                let restored = report.and_then(|report| report.restore_ms);
                let begun = report.and_then(|report| report.init_ms);
                match (restored, begun, invocation.warm(self.partial)) {
                    (Some(ms), ..) => cell.text(&format!("restored {}", format::duration(ms))),
                    (None, Some(ms), _) => cell.text(&format!("cold {}", format::duration(ms))),
                    (None, None, Some(false)) => cell.text("cold"),
                    (None, None, Some(true)) => cell.muted("warm"),
                    (None, None, None) => {}
                }
            }
            "version" => cell.muted(invocation.version.as_deref().unwrap_or("")),
            _ => cell.muted(&format::number_exact(i64::from(invocation.lines))),
        }
    }
}

fn outcome(outcome: Outcome) -> (Tone, &'static str) {
    match outcome {
        Outcome::TimedOut => (Tone::Err, "Timed out"),
        Outcome::Failed => (Tone::Err, "Failed"),
        Outcome::Running => (Tone::Accent, "Running"),
        Outcome::LoggedAnError => (Tone::Warn, "Logged an error"),
        Outcome::Succeeded => (Tone::Ok, "Succeeded"),
        Outcome::Unknown => (Tone::Muted, "Not known"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::model::log::LogEvent;

    fn buffer() -> LogBuffer {
        let id = |n: u32| format!("0000000{n}-1f6b-4b3a-8f3e-0c1d2e3f4a5b");
        let mut messages = Vec::new();
        for n in 0..3 {
            messages.push(format!("START RequestId: {} Version: {n}", id(n)));
            messages.push(format!("END RequestId: {}", id(n)));
            let status = if n == 1 { "\tStatus: timeout" } else { "" };
            messages.push(format!(
                "REPORT RequestId: {}\tDuration: 5.00 ms\tBilled Duration: 5 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB{status}",
                id(n)
            ));
        }
        let mut buffer = LogBuffer::default();
        buffer.extend(messages.iter().map(|message| LogEvent {
            stream: "s",
            message,
            ..LogEvent::default()
        }));
        buffer
    }

    #[test]
    fn time_and_outcome_stay_whole_and_the_rest_yields_in_order() {
        use crate::ui::widgets::table::kept;
        assert_eq!(kept(&COLUMNS, 340.0), ["time", "request", "outcome"]);
        assert_eq!(kept(&COLUMNS, 300.0), ["time", "outcome"]);
        let half = ["time", "request", "outcome", "duration", "memory"];
        assert_eq!(kept(&COLUMNS, 600.0), half);
        assert_eq!(kept(&COLUMNS, 816.0).len(), COLUMNS.len());
    }

    #[test]
    fn the_newest_stands_first_and_a_filter_leaves_what_it_names() {
        let buffer = buffer();
        let mut view = InvocationsView::default();
        view.choose(&buffer, ("", None));
        assert_eq!(view.shown, [2, 1, 0]);
        view.choose(&buffer, ("error", None));
        assert_eq!(view.shown, [1]);
        view.choose(&buffer, ("-error", None));
        assert_eq!(view.shown, [2, 0]);
        view.choose(&buffer, ("00000002-", None));
        assert_eq!(view.shown, [2]);
        view.choose(&buffer, ("", Some(Level::Error)));
        assert_eq!(view.shown, [1]);
    }
}

//! What came of a run: how it went, its numbers, its ids, the response and the end of its log.

use egui::{Align, Label, Layout, RichText, ScrollArea, Ui};

use crate::model::error::{CloudError, ErrorKind};
use crate::model::format;
use crate::model::invoke::{Followed, FunctionError, InvokeResult};
use crate::model::log::parse::{classify, without_escapes};
use crate::model::log::{Outcome as How, Report};
use crate::ui::functions::log_words::{level_word, platform_word, said};
use crate::ui::widgets::button::{Button, copy_button};
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::in_order::in_order;
use crate::ui::widgets::json::JsonTree;
use crate::ui::widgets::kv::{self, Value};
use crate::ui::widgets::progress;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::state;
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{RADIUS, Theme, size, space},
};

/// A longer line of a response is cut for the eye; Copy takes it whole.
const LINE_CHARACTERS: usize = 2_000;
/// Lines of a response that are shown as text.
const LINES: usize = 20_000;
const LINE_HEIGHT: f32 = 18.0;

/// An outcome made ready to be drawn; made where it holds nobody up.
pub struct Outcome {
    result: InvokeResult,
    tree: Option<JsonTree>,
    lines: Vec<String>,
    tail: Vec<TailLine>,
}

struct TailLine {
    tone: Tone,
    word: &'static str,
    text: String,
}

/// What a person pressed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pressed {
    /// Show the function's log.
    pub logs: bool,
    /// Run it again.
    pub again: bool,
    /// Start the sign-in.
    pub sign_in: bool,
}

impl Outcome {
    /// Lays a result out. Linear in the response.
    pub fn new(result: InvokeResult) -> Self {
        let value = serde_json::from_str::<serde_json::Value>(&result.payload).ok();
        let branches = value.filter(|value| value.is_object() || value.is_array());
        let text = match &branches {
            Some(value) => serde_json::to_string_pretty(value).unwrap_or_default(),
            None => result.payload.clone(),
        };
        let tail = result.log_tail.as_deref().unwrap_or_default();
        Self {
            tree: branches.as_ref().map(JsonTree::new),
            lines: text.lines().take(LINES).map(cut).collect(),
            tail: tail.lines().map(TailLine::new).collect(),
            result,
        }
    }

    /// The result itself.
    pub fn result(&self) -> &InvokeResult {
        &self.result
    }

    /// Takes up what the log tells of a queued event; true where that is new.
    pub fn follow(&mut self, followed: Followed, report: Option<Report>, lines: &str) -> bool {
        let new = self.result.follow(followed, report, lines);
        if new {
            let tail = self.result.log_tail.as_deref().unwrap_or_default();
            self.tail = tail.lines().map(TailLine::new).collect();
        }
        new
    }

    /// Draws it. `raw` is whether the response is shown as text.
    pub fn ui(&mut self, ui: &mut Ui, raw: &mut bool, when: &str) -> Pressed {
        let mut pressed = Pressed::default();
        ScrollArea::vertical()
            .id_salt("outcome")
            .auto_shrink(false)
            .show(ui, |ui| {
                // The scroll bar lies over the contents.
                ui.set_max_width(ui.available_width() - space::M);
                self.head(ui, when);
                if let Some(error) = &self.result.error {
                    function_error(ui, error);
                }
                self.numbers(ui);
                self.ids(ui);
                if self.result.error.is_some() {
                    // The response is the error that stands above; the log says more.
                    pressed.logs = self.tail(ui);
                    ui.add_space(space::M);
                    self.response(ui, raw);
                } else {
                    self.response(ui, raw);
                    pressed.logs = self.tail(ui);
                }
            });
        pressed
    }

    fn head(&self, ui: &mut Ui, when: &str) {
        let theme = Theme::of(ui);
        let (tone, icon, word) = words(&self.result);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let color = tone.color(theme);
            glyph(ui, icon, 17.0, color);
            ui.label(
                RichText::new(&word)
                    .font(fonts::semibold(size::HEADING))
                    .color(color),
            );
            ui.add_space(space::XS);
            ui.label(RichText::new(when).color(theme.muted));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let round = format!(
                    "answered in {}",
                    format::duration(self.result.round_trip_ms)
                );
                let text = RichText::new(round).color(theme.muted);
                let hover = "From sending to the last byte of the answer, by this machine's clock";
                ui.add(Label::new(text).truncate()).on_hover_text(hover);
            });
        });
        ui.add_space(space::S);
    }

    fn numbers(&self, ui: &mut Ui) {
        let report = self.result.report.as_ref();
        let version = self.result.executed_version.as_deref();
        if report.is_none() && version.is_none() {
            return;
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(space::L, space::S);
            if let Some(report) = report {
                report_numbers(ui, report);
            }
            if let Some(version) = version {
                stat(ui, "Version", version, "The version that ran");
            }
        });
        ui.add_space(space::M);
    }

    fn ids(&self, ui: &mut Ui) {
        let request = self.result.request_id.as_deref();
        let trace = self.result.trace_id.as_deref();
        let pairs: Vec<(&str, Value<'_>)> = [("Request ID", request), ("Trace ID", trace)]
            .into_iter()
            .filter_map(|(name, id)| Some((name, Value::Code(id?))))
            .collect();
        if !pairs.is_empty() {
            kv::grid(ui, "ids of the run", &pairs);
            ui.add_space(space::M);
        }
    }

    fn response(&mut self, ui: &mut Ui, raw: &mut bool) {
        if self.result.status == 202 || self.result.status == 204 {
            let text = match self.result.status {
                202 if self.result.followed.is_none() => {
                    "Lambda has queued the event. Its log is followed here; there is no response to an asynchronous run."
                }
                202 => {
                    "There is no response to an asynchronous run. A failure is tried again twice, then goes to the destination or the dead-letter queue."
                }
                _ => {
                    "Nothing was run: the caller may invoke the function, and the request is well formed."
                }
            };
            ui.label(RichText::new(text).color(Theme::of(ui).muted));
            ui.add_space(space::M);
            return;
        }
        let bytes = self.result.payload.len() as u64;
        ui.horizontal(|ui| {
            heading(ui, "Response", &format::bytes(bytes));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                in_order(ui, "with the response", |ui| {
                    if self.tree.is_some() {
                        segmented(
                            ui,
                            "How the response is shown",
                            raw,
                            &[(false, "Tree"), (true, "Text")],
                        );
                    }
                    if self.tree.is_none() || *raw {
                        copy_button(ui, "the response", || self.result.payload.clone());
                    }
                });
            });
        });
        ui.add_space(space::XS);
        match &mut self.tree {
            Some(tree) if !*raw => {
                let payload = &self.result.payload;
                tree.show(ui, "Response as a tree", 280.0, || payload.clone());
            }
            _ => text_lines(ui, "Response as text", &self.lines),
        }
        ui.add_space(space::M);
    }

    /// The end of the log; true when the whole log is asked for.
    fn tail(&self, ui: &mut Ui) -> bool {
        let mut all = false;
        ui.horizontal(|ui| {
            let detail = match self.tail.is_empty() || self.result.is_queued() {
                true => "",
                false => "the last 4 KB",
            };
            heading(ui, "Log", detail);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                in_order(ui, "with the log", |ui| {
                    if let Some(tail) = &self.result.log_tail {
                        copy_button(ui, "the log", || tail.clone());
                    }
                    all = Button::new("Show in Logs")
                        .icon(Icon::LOGS)
                        .ghost()
                        .hover("The lines of this request in the function's log")
                        .show(ui)
                        .clicked();
                });
            });
        });
        let theme = Theme::of(ui);
        if self.tail.is_empty() {
            let text = match self.result.status {
                202 => "Nothing of it stands in the log yet.",
                204 => "A dry run writes no log.",
                _ => "The answer brought no log along.",
            };
            ui.label(RichText::new(text).color(theme.muted));
            return all;
        }
        sunken(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for line in &self.tail {
                line.ui(ui, theme);
            }
        });
        all
    }
}

impl TailLine {
    fn new(line: &str) -> Self {
        let what = classify(&without_escapes(line));
        let (tone, word) = match what.platform {
            Some(_) if what.failed => (Tone::Err, platform_word(line)),
            Some(_) => (Tone::Muted, platform_word(line)),
            None => level_word(what.level),
        };
        Self {
            tone,
            word,
            // What the word already says is not said again.
            text: cut(&said(line, word)),
        }
    }

    fn ui(&self, ui: &mut Ui, theme: &Theme) {
        let quiet = self.tone == Tone::Muted;
        let color = if quiet { theme.muted } else { theme.text };
        let mono = |text: &str, color| {
            RichText::new(text)
                .font(fonts::mono(size::SMALL))
                .color(color)
        };
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let word = Label::new(mono(self.word, self.tone.color(theme))).extend();
            let column = egui::vec2(78.0, 16.0);
            ui.allocate_ui_with_layout(column, Layout::left_to_right(Align::Min), |ui| {
                ui.set_min_width(column.x);
                ui.add(word);
            });
            ui.add(Label::new(mono(&self.text, color)).wrap());
        });
    }
}

/// An error of the call itself: the function did not run, as far as is known.
pub fn call_failed(ui: &mut Ui, error: &CloudError, when: &str) -> Pressed {
    let theme = Theme::of(ui);
    let (tone, icon, word) = failed_words(&error.kind);
    let color = tone.color(theme);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        glyph(ui, icon, 17.0, color);
        let font = fonts::semibold(size::HEADING);
        ui.label(RichText::new(word).font(font).color(color));
        ui.add_space(space::XS);
        ui.label(RichText::new(when).color(theme.muted));
    });
    ui.add_space(space::S);
    if error.kind == ErrorKind::Cancelled {
        let text = "The function goes on running until it ends or its time is over. What it does stands in the log.";
        ui.label(RichText::new(text).color(theme.muted));
        let logs = Button::new("Show in Logs")
            .icon(Icon::LOGS)
            .show(ui)
            .clicked();
        return Pressed {
            logs,
            ..Pressed::default()
        };
    }
    let pressed = state::alert(ui, error, false);
    Pressed {
        again: pressed.retry,
        sign_in: pressed.sign_in,
        logs: false,
    }
}

/// How a call that brought no result is headed. Who was not reached has refused nothing.
fn failed_words(kind: &ErrorKind) -> (Tone, &'static str, &'static str) {
    match kind {
        ErrorKind::Throttled => (Tone::Warn, Icon::BAN, "Throttled"),
        ErrorKind::Cancelled => (Tone::Warn, Icon::BAN, "Stopped waiting"),
        ErrorKind::Network => (Tone::Err, Icon::WIFI_OFF, "Not reached"),
        ErrorKind::Timeout => (Tone::Err, Icon::WIFI_OFF, "No answer"),
        _ => (Tone::Warn, Icon::BAN, "Refused"),
    }
}

fn words(result: &InvokeResult) -> (Tone, &'static str, String) {
    let (tone, icon, word) = match (&result.error, result.status) {
        (Some(_), _) => (Tone::Err, Icon::OCTAGON_ALERT, "Function error"),
        (None, 202) => return queued_words(result),
        (None, 204) => (Tone::Ok, Icon::CIRCLE_CHECK, "Would be permitted"),
        (None, 200..=299) => (Tone::Ok, Icon::CIRCLE_CHECK, "Succeeded"),
        _ => (Tone::Warn, Icon::TRIANGLE_ALERT, "Answered"),
    };
    (tone, icon, word.to_owned())
}

fn queued_words(result: &InvokeResult) -> (Tone, &'static str, String) {
    let outcome = result.followed.as_ref().map(|followed| followed.outcome);
    let (tone, icon) = match outcome {
        None => (Tone::Accent, Icon::SEND),
        Some(How::Running | How::Unknown) => (Tone::Accent, Icon::PLAY),
        Some(How::Succeeded) => (Tone::Ok, Icon::CIRCLE_CHECK),
        Some(How::LoggedAnError) => (Tone::Warn, Icon::TRIANGLE_ALERT),
        Some(How::Failed | How::TimedOut) => (Tone::Err, Icon::OCTAGON_ALERT),
    };
    (tone, icon, result.headline())
}

fn function_error(ui: &mut Ui, error: &FunctionError) {
    let theme = Theme::of(ui);
    let title = match (error.error_type.as_str(), error.kind.as_str()) {
        ("", kind) => kind,
        (error_type, _) => error_type,
    };
    sunken(ui, |ui| {
        ui.horizontal(|ui| {
            let text = RichText::new(title).font(fonts::medium(size::BODY));
            ui.label(text.color(theme.err));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                copy_button(ui, "the error", || {
                    let head = format!("{title}: {}", error.message);
                    [&[head], error.stack_trace.as_slice()].concat().join("\n")
                });
            });
        });
        ui.add(Label::new(&error.message).wrap());
        if !error.stack_trace.is_empty() {
            ui.add_space(space::XS);
            ui.spacing_mut().item_spacing.y = 2.0;
            let frames = error.stack_trace.iter().flat_map(|frame| frame.lines());
            for frame in frames.take(200) {
                let frame = RichText::new(frame).font(fonts::mono(size::SMALL));
                ui.add(Label::new(frame.color(theme.muted)).wrap());
            }
        }
    });
    ui.add_space(space::M);
}

fn report_numbers(ui: &mut Ui, report: &Report) {
    let time = |ui: &mut Ui, label, ms: Option<f64>| {
        if let Some(ms) = ms {
            stat(
                ui,
                label,
                &format::duration(ms),
                &format::duration_exact(ms),
            );
        }
    };
    time(ui, "Duration", report.duration_ms);
    time(ui, "Billed", report.billed_ms);
    match (report.init_ms, report.restore_ms) {
        (Some(init), _) => time(ui, "Cold start", Some(init)),
        (None, Some(restore)) => time(ui, "Restored", Some(restore)),
        (None, None) => stat(
            ui,
            "Start",
            "warm",
            "An execution environment was there already",
        ),
    }
    if let (Some(used), Some(size)) = (report.max_memory_used_mb, report.memory_size_mb) {
        let text = format!("{used} of {size} MB");
        let used = format!(
            "{} of the memory was used",
            format::percent(f64::from(report.memory_share().unwrap_or(0.0)))
        );
        stat_with(ui, "Memory", &text, &used, |ui| {
            progress::bar(ui, "Memory used", report.memory_share());
        });
    }
}

fn stat(ui: &mut Ui, name: &str, value: &str, exact: &str) {
    stat_with(ui, name, value, exact, |_| {});
}

/// A number under its name, as wide as its words: so that several of them wrap as wholes.
fn stat_with(ui: &mut Ui, name: &str, value: &str, exact: &str, below: impl FnOnce(&mut Ui)) {
    let muted = Theme::of(ui).muted;
    let name = RichText::new(name)
        .font(fonts::body(size::TINY))
        .color(muted);
    let width = |ui: &Ui, text: &str, font| {
        let galley = ui.painter().layout_no_wrap(text.to_owned(), font, muted);
        galley.size().x
    };
    let wide = width(ui, name.text(), fonts::body(size::TINY));
    let wide = wide.max(width(ui, value, fonts::body(size::BODY))).ceil() + 1.0;
    let column = egui::vec2(wide, 38.0);
    ui.allocate_ui_with_layout(column, Layout::top_down(Align::Min), |ui| {
        ui.set_width(wide);
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.add(Label::new(name).extend());
        ui.add(Label::new(value).extend()).on_hover_text(exact);
        below(ui);
    });
}

/// The head of a part: its name, and muted words beside it.
pub fn heading(ui: &mut Ui, text: &str, detail: &str) {
    ui.label(RichText::new(text).font(fonts::semibold(size::BODY)));
    let detail = RichText::new(detail).font(fonts::body(size::SMALL));
    ui.label(detail.color(Theme::of(ui).muted));
}

fn sunken(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let theme = Theme::of(ui);
    egui::Frame::new()
        .fill(theme.panel)
        .corner_radius(RADIUS)
        .inner_margin(egui::Margin::symmetric(space::M as i8, space::S as i8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            contents(ui);
        });
}

fn text_lines(ui: &mut Ui, name: &str, lines: &[String]) {
    sunken(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        if lines.is_empty() {
            ui.label(RichText::new("empty").color(Theme::of(ui).muted));
        }
        ScrollArea::both()
            .id_salt(name)
            .max_height(280.0)
            .auto_shrink([false, true])
            .show_rows(ui, LINE_HEIGHT, lines.len(), |ui, range| {
                for line in lines.get(range).unwrap_or_default() {
                    let line = RichText::new(line).font(fonts::mono(size::SMALL));
                    ui.add(Label::new(line).extend());
                }
            });
    });
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(LINE_CHARACTERS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn result(payload: &str) -> InvokeResult {
        InvokeResult {
            status: 200,
            payload: payload.into(),
            ..InvokeResult::default()
        }
    }

    #[test]
    fn an_object_folds_and_anything_else_is_text() {
        assert!(Outcome::new(result("{\"a\":[1]}")).tree.is_some());
        for payload in ["\"text\"", "null", "<html>", ""] {
            assert!(Outcome::new(result(payload)).tree.is_none(), "{payload}");
        }
    }

    #[test]
    fn lines_of_the_tail_have_their_levels() {
        let tail = "START RequestId: 8f1c22e4-0000-4000-8000-000000000000 Version: 3\n\
                    [ERROR]\t2026-01-01T00:00:00Z\t8f1c22e4-0000-4000-8000-000000000000\tno\n\
                    plain\n";
        let outcome = Outcome::new(InvokeResult {
            log_tail: Some(tail.into()),
            ..result("null")
        });
        let words: Vec<&str> = outcome.tail.iter().map(|line| line.word).collect();
        assert_eq!(words, ["START", "ERROR", ""]);
    }

    #[test]
    fn who_was_not_reached_has_refused_nothing() {
        let head = |kind: &ErrorKind| failed_words(kind);
        assert_eq!(head(&ErrorKind::Network).2, "Not reached");
        assert_eq!(head(&ErrorKind::Network).0, Tone::Err);
        assert_eq!(head(&ErrorKind::Invalid).2, "Refused");
    }

    #[test]
    fn every_status_has_its_word() {
        let word = |status, error| {
            words(&InvokeResult {
                status,
                error,
                ..InvokeResult::default()
            })
            .2
        };
        assert_eq!(word(200, None), "Succeeded");
        assert_eq!(word(202, None), "Queued");
        assert_eq!(word(204, None), "Would be permitted");
        assert_eq!(word(200, Some(FunctionError::default())), "Function error");
    }

    #[test]
    fn a_response_of_six_megabytes_on_one_line_is_cut_for_the_eye_alone() {
        let outcome = Outcome::new(result(&format!("\"{}\"", "注".repeat(2_000_000))));
        assert_eq!(outcome.lines.len(), 1);
        assert_eq!(outcome.lines[0].chars().count(), LINE_CHARACTERS + 1);
        assert_eq!(outcome.result.payload.len(), 6_000_002);
    }
}

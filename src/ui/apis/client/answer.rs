//! What came back: status, times as a bar, ids with their way to the log, body, headers, what went out; or the step that failed.

use std::sync::Arc;

use egui::{Label, Rect, RichText, ScrollArea, Sense, Ui, pos2, vec2};

use super::log::{LogPart, Logged};
use super::sent::Kept;
use crate::model::client::answer::{Answer, Failure, Sent, Step, Timings, readable};
use crate::model::client::cause::cause;
use crate::model::format;
use crate::store::Ticket;
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::copy_button;
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::code::{CodeEditor, Language, MOST_BYTES};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::json::JsonTree;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::text_field::TextField;

/// Lines that a search in a body shows at most.
const MOST_LINES: usize = 500;

/// What of an answer is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Part {
    #[default]
    Body,
    Headers,
    Sent,
    Log,
}

/// A body made ready to be drawn; made where it holds nobody up.
struct Laid {
    tree: Option<JsonTree>,
    text: String,
    language: Language,
    cut: bool,
}

/// What is kept between frames.
#[derive(Default)]
pub struct AnswerView {
    of: Option<Arc<Sent>>,
    part: Part,
    as_text: bool,
    find: String,
    laid: Option<Laid>,
    laying: Option<Ticket<Laid>>,
    editor: CodeEditor,
    log: LogPart,
}

fn laid(answer: &Answer) -> Laid {
    let text = answer.text();
    let tree = serde_json::from_str::<serde_json::Value>(&text).ok();
    let tree = tree.filter(|of| of.is_object() || of.is_array());
    let (mut text, json) = readable(&text);
    let cut = text.len() > MOST_BYTES;
    if cut {
        let end = (0..=MOST_BYTES).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or_default());
    }
    Laid {
        tree: tree.as_ref().map(JsonTree::new),
        text,
        language: if json {
            Language::Json
        } else {
            Language::Plain
        },
        cut,
    }
}

impl AnswerView {
    /// Draws what came of sending.
    pub fn ui(&mut self, ui: &mut Ui, kept: &Kept, cx: &mut Cx<'_>) {
        ui.spacing_mut().item_spacing.y = space::S;
        if !self
            .of
            .as_ref()
            .is_some_and(|of| Arc::ptr_eq(of, &kept.sent))
        {
            self.begin(&kept.sent, cx);
        }
        if let Some(Ok(laid)) = self.laying.as_ref().and_then(|job| cx.store.collect(job)) {
            self.laid = Some(laid);
            self.laying = None;
        }
        match &kept.sent.result {
            Err(failure) => failed(ui, kept, failure, cx),
            Ok(answer) => self.answered(ui, kept, answer, cx),
        }
    }

    fn begin(&mut self, sent: &Arc<Sent>, cx: &mut Cx<'_>) {
        self.of = Some(sent.clone());
        self.laid = None;
        self.log = LogPart::default();
        let of = sent.clone();
        let work = async move {
            Ok(match &of.result {
                Ok(answer) => laid(answer),
                Err(_) => laid(&Answer::default()),
            })
        };
        self.laying = Some(cx.store.job(true, work));
    }

    fn answered(&mut self, ui: &mut Ui, kept: &Kept, answer: &Answer, cx: &mut Cx<'_>) {
        let theme = Theme::of(ui);
        let logged = self.log.follow(ui, kept, answer, cx);
        ui.horizontal_wrapped(|ui| {
            let words = format!("{} {}", answer.status, answer.reason);
            chip::state(ui, tone(answer.status), words.trim());
            let whole = format::duration(answer.timings.whole_ms());
            let size = format::bytes(answer.body.len() as u64);
            let at = format::clock_seconds(kept.sent.at, cx.zone);
            let words = format!("{whole} · {size} · {at}");
            ui.label(RichText::new(words).color(theme.muted));
        });
        bars(ui, &answer.timings, logged.told.integration_ms, None);
        expected(ui, kept, answer);
        if let Some(words) = cause(answer, &kept.facts.known) {
            ui.horizontal_top(|ui| {
                glyph(ui, Icon::CIRCLE_HELP, 14.0, theme.warn);
                ui.add(Label::new(RichText::new(words)).wrap());
            });
        }
        if let Some(to) = answer.redirect() {
            let words = format!("It leads to {to}, which is not followed");
            ui.add(Label::new(RichText::new(words).color(theme.warn)).wrap());
        }
        self.log.ids(ui, kept, answer, &logged, cx);
        ui.add_space(space::XS);
        self.parts(ui, answer, &logged);
        match self.part {
            Part::Body => self.body(ui, answer),
            Part::Headers => pairs(ui, "Headers of the answer", &answer.headers),
            Part::Sent => went_out(ui, &kept.sent),
            Part::Log => lines(ui, &logged),
        }
    }

    fn parts(&mut self, ui: &mut Ui, answer: &Answer, logged: &Logged) {
        let headers = format!("Headers {}", answer.headers.len());
        let log = format!("Log {}", logged.lines.len());
        let mut choices = vec![
            (Part::Body, "Body"),
            (Part::Headers, headers.as_str()),
            (Part::Sent, "Sent"),
        ];
        if !logged.lines.is_empty() {
            choices.push((Part::Log, log.as_str()));
        } else if self.part == Part::Log {
            self.part = Part::Body;
        }
        ui.horizontal_wrapped(|ui| {
            segmented(ui, "Part of the answer", &mut self.part, &choices);
            if self.part != Part::Body || answer.body.is_empty() {
                return;
            }
            let tree = self.laid.as_ref().is_some_and(|laid| laid.tree.is_some());
            if tree {
                let choices = [(false, "Tree"), (true, "Text")];
                segmented(ui, "How the body is shown", &mut self.as_text, &choices);
            }
            TextField::new("Find in the body", &mut self.find)
                .hint("find")
                .width(110.0)
                .show(ui);
            // The tree has one of its own.
            if !tree || self.as_text || !self.find.is_empty() {
                copy_button(ui, "body", || answer.text());
            }
        });
    }

    fn body(&mut self, ui: &mut Ui, answer: &Answer) {
        let theme = Theme::of(ui);
        let muted = |ui: &mut Ui, words: &str| {
            ui.add(Label::new(RichText::new(words).color(theme.muted)).wrap());
        };
        if answer.body.is_empty() {
            return muted(ui, "The body is empty");
        }
        if answer.cut {
            muted(ui, "The body is longer than 10 MB: the rest was not read");
        }
        if answer.is_binary() {
            let words = match answer.header("content-encoding") {
                Some(encoding) => format!("The body is compressed ({encoding}) and not shown"),
                None => "The body is no text and not shown".to_owned(),
            };
            return muted(ui, &words);
        }
        let Some(laid) = &mut self.laid else {
            return muted(ui, "Laying the body out…");
        };
        if laid.cut {
            muted(
                ui,
                "Only the first 512 KB are shown as text; Copy takes all",
            );
        }
        if !self.find.trim().is_empty() {
            return found(ui, &laid.text, self.find.trim());
        }
        let height = (ui.available_height() - space::M).max(160.0);
        match &mut laid.tree {
            Some(tree) if !self.as_text => {
                tree.show(ui, "Body as a tree", height, || answer.text());
            }
            _ => {
                self.editor.show_read_only(
                    ui,
                    "Body of the answer",
                    &laid.text,
                    laid.language,
                    height,
                );
            }
        }
    }
}

/// How many expectations hold, and those that do not.
fn expected(ui: &mut Ui, kept: &Kept, answer: &Answer) {
    let all = &kept.request.expect;
    if all.is_empty() {
        return;
    }
    let broken: Vec<_> = all.iter().filter(|of| !of.check(answer).holds).collect();
    let words = format!(
        "{} of {}",
        all.len() - broken.len(),
        format::counted(all.len(), "expectation")
    );
    let tone = if broken.is_empty() {
        Tone::Ok
    } else {
        Tone::Err
    };
    let words = format!("{words} {}", format::either(all.len(), "holds", "hold"));
    chip::state(ui, tone, &words);
    for expectation in broken {
        let was = expectation.check(answer).was;
        let words = RichText::new(format!("{expectation}: was {was}"));
        ui.add(Label::new(words.font(fonts::mono(size::SMALL))).wrap());
    }
}

/// The lines of a text in which something stands, with their numbers; large and small letters are one.
fn found(ui: &mut Ui, text: &str, wanted: &str) {
    let wanted = wanted.to_lowercase();
    let lines = text.lines().enumerate();
    let all: Vec<(usize, &str)> = lines
        .filter(|(_, line)| line.to_lowercase().contains(&wanted))
        .take(MOST_LINES + 1)
        .collect();
    let words = match all.len() {
        0 => "Nothing in the body matches".to_owned(),
        count if count > MOST_LINES => format!("More than {MOST_LINES} lines match"),
        count => format!(
            "{} {}",
            format::counted(count, "line"),
            format::either(count, "matches", "match")
        ),
    };
    ui.label(RichText::new(words).color(Theme::of(ui).muted));
    ScrollArea::vertical()
        .id_salt("found")
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for (at, line) in all.iter().take(MOST_LINES) {
                let line: String = line.trim_start().chars().take(300).collect();
                let words = format!("{:>5}  {line}", at + 1);
                ui.add(Label::new(RichText::new(words).font(fonts::mono(size::SMALL))).wrap());
            }
        });
}

fn lines(ui: &mut Ui, logged: &Logged) {
    ScrollArea::vertical()
        .id_salt("stage lines")
        .auto_shrink(false)
        .show(ui, |ui| {
            for line in &logged.lines {
                ui.add(
                    Label::new(RichText::new(line.trim_end()).font(fonts::mono(size::SMALL)))
                        .wrap(),
                );
            }
        });
}

fn went_out(ui: &mut Ui, sent: &Sent) {
    let theme = Theme::of(ui);
    let target = RichText::new(&sent.target).font(fonts::mono(size::SMALL));
    ui.add(Label::new(target).wrap());
    let (own, added) = sent.headers.split_at(sent.headers.len() - sent.added);
    pairs(ui, "Headers that were sent", own);
    if !added.is_empty() {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Added by signing").font(fonts::semibold(size::BODY)));
            ui.label(RichText::new("the secret is never shown").color(theme.muted));
        });
        pairs(ui, "Headers that signing added", added);
    }
}

fn pairs(ui: &mut Ui, name: &str, pairs: &[(String, String)]) {
    let theme = Theme::of(ui);
    egui::Grid::new(name)
        .num_columns(2)
        .spacing([space::M, 4.0])
        .show(ui, |ui| {
            for (name, value) in pairs {
                let mono = |text: &str| RichText::new(text).font(fonts::mono(size::SMALL));
                ui.label(mono(name).color(theme.muted));
                ui.add(Label::new(mono(value)).wrap());
                ui.end_row();
            }
        });
}

fn failed(ui: &mut Ui, kept: &Kept, failure: &Failure, cx: &Cx<'_>) {
    let theme = Theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        chip::state(
            ui,
            Tone::Err,
            &format!("Failed at: {}", failure.step.title()),
        );
        let at = format::clock_seconds(kept.sent.at, cx.zone);
        ui.label(RichText::new(at).color(theme.muted));
        copy_button(ui, "what failed", || {
            format!("{}\n{}", failure.text, failure.advice)
        });
    });
    bars(ui, &failure.timings, None, Some(failure.step));
    ui.add(Label::new(RichText::new(&failure.text).color(theme.err)).wrap());
    if !failure.advice.is_empty() {
        ui.add(Label::new(RichText::new(&failure.advice).color(theme.muted)).wrap());
    }
    ui.add_space(space::S);
    went_out(ui, &kept.sent);
}

/// How good a status is.
pub fn tone(status: u16) -> Tone {
    match status {
        500.. => Tone::Err,
        400..=499 => Tone::Warn,
        _ => Tone::Ok,
    }
}

/// The steps as a bar, each as wide as its share, and their times in words below it.
fn bars(ui: &mut Ui, timings: &Timings, integration_ms: Option<u64>, failed: Option<Step>) {
    let theme = Theme::of(ui);
    let mut steps: Vec<(String, f64, egui::Color32)> = Vec::new();
    for (at, step) in Step::ALL.into_iter().enumerate() {
        let Some(ms) = timings.of(step) else { continue };
        let color = match failed == Some(step) {
            true => theme.err,
            false => theme.series_color(at),
        };
        match integration_ms
            .map(|of| of as f64)
            .filter(|of| step == Step::Wait && *of <= ms)
        {
            Some(behind) => {
                steps.push(("Gateway".to_owned(), ms - behind, color));
                steps.push(("Integration".to_owned(), behind, theme.series_color(6)));
            }
            None => steps.push((step.title().to_owned(), ms, color)),
        }
    }
    let whole: f64 = steps.iter().map(|(_, ms, _)| ms).sum();
    let width = ui.available_width();
    let (rect, _) = ui.allocate_exact_size(vec2(width, 10.0), Sense::hover());
    // A step that took next to nothing is seen all the same.
    let least = 3.0;
    let room = (width - least * steps.len() as f32).max(0.0);
    let mut left = rect.left();
    for (_, ms, color) in &steps {
        let share = if whole > 0.0 {
            (ms / whole) as f32
        } else {
            0.0
        };
        let right = left + least + room * share;
        let part = Rect::from_min_max(pos2(left, rect.top()), pos2(right - 1.0, rect.bottom()));
        ui.painter().rect_filled(part, 2, *color);
        left = right;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for (name, ms, color) in &steps {
            let (dot, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
            ui.painter().rect_filled(dot, 2, *color);
            let words = format!("{name} {}", format::duration(*ms));
            let text = RichText::new(words)
                .font(fonts::body(size::SMALL))
                .color(theme.muted);
            ui.label(text);
            ui.add_space(space::S);
        }
    });
}

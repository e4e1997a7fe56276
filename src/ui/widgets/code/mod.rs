//! An editor for JSON and code: line numbers, colours, and the line that is wrong. A text that is too large to lay out
//! while somebody waits is not laid out at all.

mod language;
mod tokens;

use std::sync::Arc;

use egui::{
    Align2, Color32, Galley, Rect, Response, RichText, ScrollArea, TextBuffer, TextEdit, Ui, pos2,
    text::{LayoutJob, TextFormat},
    vec2,
};

use super::steady::steady_id;
use crate::model::format;
use crate::ui::widgets::glyph::glyph;
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{RADIUS, Theme, size, space},
};

pub use language::Language;
use tokens::{Kind, tokens};

/// The largest text that is edited in the window, in bytes; a larger one stays in its file.
pub const MOST_BYTES: usize = 512 * 1024;

/// Where JSON breaks off, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonProblem {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// In a sentence.
    pub message: String,
}

/// Whether a text is JSON. Bounded by the text; for large ones call it when the text changed, not on every frame.
///
/// # Errors
/// The first place that is wrong.
pub fn json_check(text: &str) -> Result<(), JsonProblem> {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(error) => {
            let message = error.to_string();
            let message = match message.rfind(" at line ") {
                Some(end) => &message[..end],
                None => &message,
            };
            let message = if ends_after_comma(text, error.line(), error.column()) {
                "trailing comma"
            } else {
                message
            };
            let mut letters = message.chars();
            let message = match letters.next() {
                Some(first) => first.to_uppercase().collect::<String>() + letters.as_str(),
                None => "Not JSON".to_owned(),
            };
            Err(JsonProblem {
                line: error.line().max(1),
                column: error.column().max(1),
                message,
            })
        }
    }
}

/// The place is a closing bracket behind a comma: the commonest mistake, which the parser calls a missing key.
fn ends_after_comma(text: &str, line: usize, column: usize) -> bool {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let at = start + column.saturating_sub(1);
    let closes = matches!(text.as_bytes().get(at), Some(b'}' | b']'));
    let before = text.get(..at).unwrap_or_default();
    closes && before.trim_end().ends_with(',')
}

/// What an editor keeps between frames: the last layout's recipe, and the last check.
#[derive(Default)]
pub struct CodeEditor {
    job: Option<(u64, Arc<LayoutJob>)>,
    checked: Option<(u64, Result<(), JsonProblem>)>,
    marks: Marks,
}

/// Lines that somebody other than the editor has something to say of, from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// The line that is wrong.
    pub wrong: Option<usize>,
    /// Lines to look at.
    pub look: Vec<usize>,
}

/// What happened in an editor.
pub struct CodeOutput {
    /// The text's own response; None where the text is too large.
    pub response: Option<Response>,
    /// Whether the text is JSON; always fine for other languages.
    pub problem: Result<(), JsonProblem>,
}

impl CodeEditor {
    /// Marks lines, until they are marked otherwise.
    pub fn mark(&mut self, marks: Marks) {
        self.marks = marks;
    }

    /// Draws the editor `height` points high. `name` is for screen readers.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        name: &str,
        text: &mut String,
        language: Language,
        height: f32,
    ) -> CodeOutput {
        if text.len() > MOST_BYTES {
            too_large(ui, text.len());
            return CodeOutput {
                response: None,
                problem: Ok(()),
            };
        }
        let theme = Theme::of(ui);
        let problem = self.check(text, language);
        let wrong = problem.as_ref().err().map(|problem| problem.line);
        let frame = egui::Frame::new()
            .fill(theme.panel)
            .stroke(theme.stroke())
            .corner_radius(RADIUS);
        let shown = frame
            .show(ui, |ui| {
                ScrollArea::both()
                    .id_salt(name)
                    .max_height(height)
                    .min_scrolled_height(height)
                    .auto_shrink(false)
                    .show(ui, |ui| {
                        self.editor(ui, name, text, language, height, wrong)
                    })
            })
            .inner;
        let response = shown.inner;
        leave_hint(ui, &response, shown.inner_rect);
        let problem = if response.changed() {
            self.check(text, language)
        } else {
            problem
        };
        if let Err(problem) = &problem {
            tell(ui, theme, problem);
        }
        CodeOutput {
            response: Some(response),
            problem,
        }
    }

    /// Draws a text that is only read: it can be selected and copied.
    pub fn show_read_only(
        &mut self,
        ui: &mut Ui,
        name: &str,
        text: &str,
        language: Language,
        height: f32,
    ) {
        if text.len() > MOST_BYTES {
            too_large(ui, text.len());
            return;
        }
        let mut text = text;
        ScrollArea::both()
            .id_salt(name)
            .max_height(height)
            .auto_shrink(false)
            .show(ui, |ui| {
                self.editor(ui, name, &mut text, language, height, None)
            });
    }

    fn check(&mut self, text: &str, language: Language) -> Result<(), JsonProblem> {
        if language != Language::Json || text.trim().is_empty() {
            return Ok(());
        }
        let key = egui::util::hash(text);
        match &self.checked {
            Some((known, result)) if *known == key => result.clone(),
            _ => {
                let result = json_check(text);
                self.checked = Some((key, result.clone()));
                result
            }
        }
    }

    fn editor(
        &mut self,
        ui: &mut Ui,
        name: &str,
        text: &mut dyn TextBuffer,
        language: Language,
        height: f32,
        wrong: Option<usize>,
    ) -> Response {
        let theme = Theme::of(ui);
        let lines = text.as_str().bytes().filter(|byte| *byte == b'\n').count() + 1;
        let gutter = 20.0 + 7.3 * lines.to_string().len().max(2) as f32;
        let job = &mut self.job;
        let mut layouter = |ui: &Ui, buffer: &dyn TextBuffer, _width: f32| -> Arc<Galley> {
            let text = buffer.as_str();
            let key = egui::util::hash((text, theme.dark, language));
            let job = match job {
                Some((known, job)) if *known == key => Arc::clone(job),
                _ => {
                    let fresh = Arc::new(highlight(text, language, theme));
                    *job = Some((key, Arc::clone(&fresh)));
                    fresh
                }
            };
            ui.fonts_mut(|fonts| fonts.layout_job((*job).clone()))
        };
        let margin = egui::Margin {
            left: gutter as i8,
            right: space::M as i8,
            top: space::S as i8,
            bottom: space::S as i8,
        };
        // Tab indents where it can be typed into, and leads on where it can't.
        let indents = text.is_mutable();
        let output = TextEdit::multiline(text)
            .id(steady_id(ui, name))
            .code_editor()
            .lock_focus(indents)
            .frame(egui::Frame::new().inner_margin(margin))
            .desired_width(f32::INFINITY)
            .min_size(vec2(0.0, height))
            .layouter(&mut layouter)
            .show(ui);
        let marks = Marks {
            wrong: wrong.or(self.marks.wrong),
            look: self.marks.look.clone(),
        };
        numbers(ui, theme, output.galley_pos, &output.galley, &marks);
        output.response.response.accessible_name(name)
    }
}

/// How the keyboard leaves an editor that takes Tab for its own, in its corner as long as it has it.
fn leave_hint(ui: &Ui, editor: &Response, seen: Rect) {
    let words = "Esc, then Tab leaves";
    ui.ctx()
        .accesskit_node_builder(editor.id, |node| node.set_description(words));
    if !editor.has_focus() {
        return;
    }
    let theme = Theme::of(ui);
    let font = fonts::body(size::TINY);
    let galley = ui
        .painter()
        .layout_no_wrap(words.to_owned(), font, theme.muted);
    let corner = seen.right_bottom() - vec2(space::M, space::XS);
    let place = Align2::RIGHT_BOTTOM.anchor_size(corner, galley.size());
    let ground = place.expand2(vec2(space::XS, 1.0));
    ui.painter().rect_filled(ground, RADIUS - 2, theme.panel);
    ui.painter().galley(place.min, galley, theme.muted);
}

/// Line numbers left of the text, of the lines on screen only; marked ones in their colour.
fn numbers(ui: &Ui, theme: &Theme, at: egui::Pos2, galley: &Galley, marks: &Marks) {
    let clip = ui.clip_rect();
    let mut line = 1;
    let mut starts = true;
    for row in &galley.rows {
        let rect = row.rect().translate(at.to_vec2());
        if starts && rect.bottom() >= clip.top() && rect.top() <= clip.bottom() {
            let marked = match (marks.wrong == Some(line), marks.look.contains(&line)) {
                (true, _) => Some(theme.err),
                (false, true) => Some(theme.warn),
                (false, false) => None,
            };
            let color = marked.unwrap_or(theme.muted);
            if let Some(color) = marked {
                let whole = Rect::from_x_y_ranges(clip.x_range(), rect.y_range());
                ui.painter()
                    .rect_filled(whole, 0, color.gamma_multiply(0.14));
            }
            let place = pos2(at.x - 10.0, rect.center().y);
            let font = fonts::mono(size::TINY);
            ui.painter()
                .text(place, Align2::RIGHT_CENTER, line, font, color);
        }
        starts = row.ends_with_newline;
        if starts {
            line += 1;
        }
    }
}

fn tell(ui: &mut Ui, theme: &Theme, problem: &JsonProblem) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        glyph(ui, Icon::CIRCLE_ALERT, 13.0, theme.err);
        let text = format!(
            "{} (line {}, column {})",
            problem.message, problem.line, problem.column
        );
        let text = RichText::new(text).font(fonts::body(size::SMALL));
        ui.label(text.color(theme.err));
    });
}

fn too_large(ui: &mut Ui, bytes: usize) {
    let theme = Theme::of(ui);
    egui::Frame::new()
        .fill(theme.panel)
        .stroke(theme.stroke())
        .corner_radius(RADIUS)
        .inner_margin(space::L)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let text = format!("This text has {}", format::bytes(bytes as u64));
            ui.label(RichText::new(text).font(fonts::medium(size::BODY)))
                .on_hover_text(format::bytes_exact(bytes as u64));
            let most = format::bytes(MOST_BYTES as u64);
            let advice = format!(
                "Up to {most} are edited in the window. Larger texts stay in their file and are taken from there."
            );
            ui.label(RichText::new(advice).color(theme.muted));
        });
}

/// The text in its colours. Linear in the text; kept until it changes.
pub fn highlight(text: &str, language: Language, theme: &Theme) -> LayoutJob {
    let font = fonts::mono(size::SMALL);
    let format = |color: Color32| TextFormat {
        line_height: Some(18.0),
        ..TextFormat::simple(font.clone(), color)
    };
    let mut job = LayoutJob::default();
    job.wrap.max_width = f32::INFINITY;
    for (piece, kind) in tokens(text, language) {
        let color = match kind {
            Kind::Key => theme.accent,
            Kind::Text => theme.ok,
            Kind::Word => theme.warn,
            Kind::Comment => theme.muted,
            Kind::Other => theme.text,
        };
        job.append(piece, 0.0, format(color));
    }
    job
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_problem_has_its_line_its_column_and_a_sentence() {
        let problem = json_check("{\n  \"a\": 1,\n}").unwrap_err();
        assert_eq!((problem.line, problem.column), (3, 1));
        assert_eq!(problem.message, "Trailing comma");
        assert_eq!(json_check("{}"), Ok(()));
        assert!(json_check("").is_err());
    }

    #[test]
    fn six_megabytes_are_checked_without_being_built() {
        let text = format!("[{}1]", "1,".repeat(3_000_000));
        assert_eq!(json_check(&text), Ok(()));
    }
}

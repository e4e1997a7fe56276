//! What a mapping template makes of a sample, rendered as one types. Nothing is called. The sample is kept for each method as
//! long as the window is open, and nowhere else.

use egui::{Label, RichText, TextEdit, Ui};

use crate::model::api::template::{EmptyLine, Part, Rendered, Sample, render};
use crate::model::api::trial::parameters;
use crate::model::format;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{CONTROL_HEIGHT, Theme, size, space};
use crate::ui::widgets::code::{CodeEditor, Language, Marks};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::steady::steady_id;
use crate::ui::widgets::text_field::TextField;

use super::Shown;
use super::template::HEIGHT;

/// So many lines without a value are told in words; all are marked.
const TOLD: usize = 3;

/// The part of the sample in front.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Body,
    Parameters,
    Context,
}

type Outcome = Result<Rendered, (Part, String)>;

/// What it keeps between frames.
#[derive(Default)]
pub struct Tester {
    sample: Option<Sample>,
    side: Side,
    body: CodeEditor,
    context: CodeEditor,
    shown: CodeEditor,
    /// What came of which template and sample.
    known: Option<(u64, Outcome)>,
    /// The last output, which stays when nothing comes of what is typed now.
    last: String,
}

impl Tester {
    /// Makes up a sample where there is none yet.
    pub fn begin(&mut self, shown: &Shown<'_>) {
        self.sample.get_or_insert_with(|| {
            let resource = shown.resource;
            Sample::of(
                &shown.detail.api.id,
                &resource.id,
                &resource.path,
                shown.verb,
            )
        });
    }

    /// Renders the template where it or the sample is another; the lines of it that are to be marked.
    pub fn render(&mut self, template: &str) -> Marks {
        let Some(sample) = &self.sample else {
            return Marks::default();
        };
        let Sample {
            body,
            path,
            query,
            headers,
            variables,
            context,
        } = sample;
        let key = egui::util::hash((template, body, path, query, headers, variables, context));
        if self.known.as_ref().is_none_or(|(known, _)| *known != key) {
            let rendered = sample.scope().map(|scope| render(template, scope));
            if let Ok(Rendered::Output { text, .. }) = &rendered {
                self.last.clone_from(text);
            }
            self.known = Some((key, rendered));
        }
        let mut marks = Marks::default();
        match self.known.as_ref().map(|(_, rendered)| rendered) {
            Some(Ok(Rendered::Wrong { line, .. } | Rendered::Failed { line, .. })) => {
                marks.wrong = Some(*line).filter(|line| *line > 0);
            }
            Some(Ok(Rendered::Output { empty, .. })) => {
                marks.look = empty.iter().map(|of| of.line).collect();
            }
            _ => {}
        }
        marks
    }

    /// The sample.
    pub fn sample(&mut self, ui: &mut Ui, shown: &Shown<'_>) {
        let Some(sample) = &mut self.sample else {
            return;
        };
        ui.horizontal(|ui| {
            ui.label(RichText::new("Input").font(fonts::semibold(size::BODY)));
            let choices = [
                (Side::Body, "Body"),
                (Side::Parameters, "Params"),
                (Side::Context, "Context"),
            ];
            segmented(ui, "Part of the sample", &mut self.side, &choices);
        });
        match self.side {
            Side::Body => {
                let language = match sample.body.trim_start().starts_with(['{', '[']) {
                    true => Language::Json,
                    false => Language::Plain,
                };
                let name = "Sample body";
                self.body.show(ui, name, &mut sample.body, language, HEIGHT);
            }
            Side::Parameters => {
                egui::ScrollArea::vertical()
                    .id_salt("sample parameters")
                    .max_height(HEIGHT + space::L)
                    .show(ui, |ui| fields(ui, sample, shown));
            }
            Side::Context => {
                let name = "Sample $context";
                let text = &mut sample.context;
                self.context.show(ui, name, text, Language::Json, HEIGHT);
            }
        }
    }

    /// What comes of it.
    pub fn output(&mut self, ui: &mut Ui) {
        let theme = Theme::of(ui);
        let Some((_, rendered)) = &self.known else {
            return;
        };
        let (words, good) = match rendered {
            Ok(Rendered::Output { json: true, .. }) => ("valid JSON", true),
            Ok(Rendered::Output { .. }) => ("not JSON", true),
            _ => ("as it was before", false),
        };
        ui.horizontal(|ui| {
            ui.set_min_height(CONTROL_HEIGHT);
            ui.label(RichText::new("Output").font(fonts::semibold(size::BODY)));
            let bytes = format::bytes(self.last.len() as u64);
            let words = format!("{words}, {bytes}");
            ui.add(Label::new(RichText::new(words).color(theme.muted)).truncate());
        });
        match rendered {
            Ok(Rendered::Output { empty, .. }) => {
                let look = empty.iter().filter_map(|of| of.output).collect();
                self.shown.mark(Marks { wrong: None, look });
            }
            _ => self.shown.mark(Marks::default()),
        }
        let wrong = match rendered {
            Ok(Rendered::Wrong {
                line,
                column,
                message,
            }) => Some(format!("Line {line}, column {column}: {message}")),
            Ok(Rendered::Failed { line: 0, message }) => Some(format!("It fails: {message}")),
            Ok(Rendered::Failed { line, message }) => Some(format!("Line {line} fails: {message}")),
            Err((part, why)) => Some(format!("{}: {why}", part_words(*part))),
            Ok(Rendered::Output { .. }) => None,
        };
        if let Some(words) = wrong {
            note(ui, Icon::CIRCLE_ALERT, theme.err, &words);
        }
        let language = match self.last.trim_start().starts_with(['{', '[']) {
            true => Language::Json,
            false => Language::Plain,
        };
        // What belongs to another text is grey.
        ui.add_enabled_ui(good, |ui| {
            self.shown
                .show_read_only(ui, "Output of the template", &self.last, language, HEIGHT);
        });
        if let Ok(Rendered::Output { empty, .. }) = rendered {
            told(ui, empty);
        }
    }
}

/// Lines without a value, in words.
fn told(ui: &mut Ui, empty: &[EmptyLine]) {
    let theme = Theme::of(ui);
    for of in empty.iter().take(TOLD) {
        note(ui, Icon::TRIANGLE_ALERT, theme.warn, &of.words());
    }
    if let Some(more) = empty.len().checked_sub(TOLD).filter(|more| *more > 0) {
        let words = format!("and {more} more without a value");
        note(ui, Icon::TRIANGLE_ALERT, theme.warn, &words);
    }
}

fn part_words(part: Part) -> &'static str {
    match part {
        Part::Headers => "Sample headers",
        Part::Variables => "Sample stage variables",
        Part::Context => "Sample $context",
    }
}

fn note(ui: &mut Ui, icon: &str, color: egui::Color32, words: &str) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        glyph(ui, icon, 13.0, color);
        let text = RichText::new(words).font(fonts::body(size::SMALL));
        ui.add(Label::new(text.color(color)).wrap());
    });
}

/// The heading of one of the three.
pub fn title(ui: &mut Ui, words: &str, more: &str) {
    ui.horizontal(|ui| {
        ui.set_min_height(CONTROL_HEIGHT);
        ui.label(RichText::new(words).font(fonts::semibold(size::BODY)));
        ui.label(RichText::new(more).color(Theme::of(ui).muted));
    });
}

fn fields(ui: &mut Ui, sample: &mut Sample, shown: &Shown<'_>) {
    let width = ui.available_width() - space::S;
    let muted = Theme::of(ui).muted;
    for name in parameters(&shown.resource.path) {
        ui.label(RichText::new(format!("{{{name}}}")).color(muted));
        let value = sample.path.entry(name.to_owned()).or_default();
        let said = format!("Sample path parameter {name}");
        TextField::new(&said, value).mono().width(width).show(ui);
    }
    ui.label(RichText::new("Query").color(muted));
    let field = TextField::new("Sample query", &mut sample.query);
    field.mono().hint("page=2&size=10").width(width).show(ui);
    ui.label(RichText::new("Headers").color(muted));
    lines(ui, "Sample headers", &mut sample.headers, width);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Stage variables").color(muted));
        take(ui, sample, shown);
    });
    lines(ui, "Sample stage variables", &mut sample.variables, width);
}

/// Takes the variables of a stage.
fn take(ui: &mut Ui, sample: &mut Sample, shown: &Shown<'_>) {
    let stages = shown.detail.stages.iter();
    let filled: Vec<_> = stages
        .filter(|stage| stage.variables().next().is_some())
        .collect();
    if filled.is_empty() {
        return;
    }
    drop_down(ui, "Sample variables of a stage", "From a stage", |ui| {
        for stage in &filled {
            if entry(ui, false, &stage.name, "") {
                let all = stage.variables().map(|(k, v)| format!("{k}={v}"));
                sample.variables = all.collect::<Vec<String>>().join("\n");
            }
        }
    });
}

fn lines(ui: &mut Ui, name: &str, text: &mut String, width: f32) {
    let field = TextEdit::multiline(text)
        .id(steady_id(ui, name))
        .font(fonts::mono(size::SMALL))
        .margin(egui::Margin::symmetric(10, 6))
        .desired_rows(2)
        .desired_width(width);
    ui.add(field).accessible_name(name);
}

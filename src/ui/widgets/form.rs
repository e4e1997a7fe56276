//! Rows of a form: label, input, unit and help; what differs from the server is marked and can be reverted; what is
//! wrong is told beside the field while typing.

use std::ops::RangeInclusive;

use egui::{Grid, InnerResponse, Label, Response, RichText, Ui, vec2};

use super::button::Button;
use super::glyph::glyph;
use super::steady::steady;
use super::text_field::TextField;
use crate::model::format::number_exact;
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{CONTROL_HEIGHT, Theme, size, space},
};

/// Help and errors are read in lines no longer than this, in points.
const WORDS: f32 = 560.0;
/// "was 128 MB" has at least this much room before Revert loses its words, in points.
const LEAST_WAS: f32 = 72.0;

/// One row, built up and then shown within [`form`].
#[must_use = "a row does nothing until it is shown"]
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    label: &'a str,
    unit: &'a str,
    help: &'a str,
    was: Option<&'a str>,
    wrong: &'a str,
}

/// What a row gave back.
pub struct RowOutput<R> {
    /// From the input.
    pub inner: R,
    /// Revert was pressed: put the server's value back.
    pub revert: bool,
}

/// Labels stand beside their inputs from this width on, in points; above them under it.
const BESIDE: f32 = 430.0;
/// As wide as the labels of most forms, so that one form's inputs stand under another's, in points.
const LABELS: f32 = 128.0;
/// Says to the rows that they are stacked.
const STACKED: &str = "stacked form";

/// Holds the rows; `name` sets it apart from others of the panel.
pub fn form<R>(ui: &mut Ui, name: &str, rows: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    if ui.available_width() < BESIDE {
        let info = egui::UiStackInfo::default().with_tag(STACKED);
        let builder = egui::UiBuilder::new().ui_stack_info(info).id_salt(name);
        return ui.scope_builder(builder, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            rows(ui)
        });
    }
    Grid::new(name)
        .num_columns(2)
        .min_row_height(CONTROL_HEIGHT)
        .spacing([space::XL, space::S])
        .show(ui, rows)
}

impl<'a> Row<'a> {
    /// A row with this label, which also names the input for screen readers.
    pub fn new(label: &'a str) -> Self {
        Self {
            label,
            unit: "",
            help: "",
            was: None,
            wrong: "",
        }
    }

    /// After the input, as "MB".
    pub fn unit(mut self, unit: &'a str) -> Self {
        self.unit = unit;
        self
    }

    /// Under the input, in a sentence.
    pub fn help(mut self, help: &'a str) -> Self {
        self.help = help;
        self
    }

    /// What the server has, where the draft differs: marks the row and offers Revert.
    pub fn was(mut self, was: Option<&'a str>) -> Self {
        self.was = was;
        self
    }

    /// What is wrong with the input, in the field's own terms; empty where nothing is.
    pub fn wrong(mut self, wrong: &'a str) -> Self {
        self.wrong = wrong;
        self
    }

    /// Draws it.
    pub fn show<R>(self, ui: &mut Ui, input: impl FnOnce(&mut Ui) -> R) -> RowOutput<R> {
        let theme = Theme::of(ui);
        let stacked = ui
            .stack()
            .iter()
            .any(|level| level.tags().contains(STACKED));
        if !stacked {
            self.label(ui, theme);
            let output = ui.vertical(|ui| self.field(ui, theme, input)).inner;
            ui.end_row();
            return output;
        }
        let output = ui.vertical(|ui| {
            self.label(ui, theme);
            self.field(ui, theme, input)
        });
        ui.add_space(space::S);
        output.inner
    }

    /// The input with what belongs to it, and what is said below it.
    fn field<R>(
        &self,
        ui: &mut Ui,
        theme: &Theme,
        input: impl FnOnce(&mut Ui) -> R,
    ) -> RowOutput<R> {
        ui.spacing_mut().item_spacing.y = 2.0;
        // Whatever the input does, words below it wrap where the pane ends.
        let room = ui.available_width();
        let mut revert = false;
        let mut marked = self.was.is_none();
        let row = ui.horizontal(|ui| {
            ui.set_min_height(CONTROL_HEIGHT);
            let inner = ui.name_inputs(self.label, input);
            if !self.unit.is_empty() {
                ui.label(RichText::new(self.unit).color(theme.muted));
            }
            if !marked && ui.available_width() >= LEAST_WAS + 40.0 {
                marked = true;
                revert = self.draft_mark(ui, theme);
            }
            inner
        });
        if !marked {
            ui.horizontal(|ui| {
                ui.set_max_width(room);
                revert = self.draft_mark(ui, theme);
            });
        }
        ui.scope(|ui| {
            ui.set_max_width(room.min(WORDS));
            self.below(ui, theme);
        });
        RowOutput {
            inner: row.inner,
            revert,
        }
    }

    fn label(&self, ui: &mut Ui, theme: &Theme) {
        ui.vertical(|ui| {
            ui.horizontal(|ui| {
                ui.set_min_height(CONTROL_HEIGHT);
                ui.spacing_mut().item_spacing.x = 6.0;
                ui.add(Label::new(RichText::new(self.label).color(theme.muted)).extend());
                // After the label, so that all that stands below each other begins at one edge.
                let (rect, _) = ui.allocate_exact_size(vec2(6.0, 6.0), egui::Sense::hover());
                if self.was.is_some() {
                    ui.painter().circle_filled(rect.center(), 3.0, theme.accent);
                }
                let taken = ui.min_rect().width();
                ui.add_space((LABELS - taken).max(0.0));
            });
        });
    }

    /// "was 128 MB" and Revert; true when it was pressed.
    fn draft_mark(&self, ui: &mut Ui, theme: &Theme) -> bool {
        let Some(was) = self.was else { return false };
        let text = if was.is_empty() {
            "was empty".to_owned()
        } else {
            format!("was {was}")
        };
        let text = RichText::new(text).font(fonts::body(size::SMALL));
        let name = format!("Revert {}", self.label);
        let button = Button::new("Revert").ghost().icon(Icon::UNDO_2).name(&name);
        // The words give way to the button, and its own words to them where there is little room.
        let (full, narrow) = button.widths(ui);
        let room = ui.available_width() - ui.spacing().item_spacing.x;
        let compact = room - full < LEAST_WAS;
        let taken = if compact { narrow } else { full };
        ui.scope(|ui| {
            ui.set_max_width((room - taken).max(0.0));
            ui.add(Label::new(text.color(theme.accent)).truncate());
        });
        button.compact(compact).show(ui).clicked()
    }

    fn below(&self, ui: &mut Ui, theme: &Theme) {
        if !self.wrong.is_empty() {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                ui.spacing_mut().interact_size.y = 16.0;
                glyph(ui, Icon::CIRCLE_ALERT, 13.0, theme.err);
                let text = RichText::new(self.wrong).font(fonts::body(size::SMALL));
                ui.add(Label::new(text.color(theme.err)).wrap());
            });
        } else if !self.help.is_empty() {
            let text = RichText::new(self.help).font(fonts::body(size::SMALL));
            ui.add(Label::new(text.color(theme.muted)).wrap());
        }
    }
}

/// A whole number within a range, or what is wrong with what was typed. Separators of thousands are allowed.
///
/// # Errors
/// In the field's own terms, as "Between 128 and 10,240 MB".
pub fn whole_number(text: &str, range: &RangeInclusive<i64>, unit: &str) -> Result<i64, String> {
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, ',' | '_' | ' ' | '\u{a0}' | '\u{202f}'))
        .collect();
    if plain.is_empty() {
        return Err("A number is needed here".to_owned());
    }
    let Ok(value) = plain.parse::<i64>() else {
        return Err(if plain.parse::<f64>().is_ok() {
            "A whole number is needed here".to_owned()
        } else {
            format!("{text:?} is not a number")
        });
    };
    if range.contains(&value) {
        return Ok(value);
    }
    let (least, most) = (number_exact(*range.start()), number_exact(*range.end()));
    let unit = if unit.is_empty() {
        String::new()
    } else {
        format!(" {unit}")
    };
    Err(format!("Between {least} and {most}{unit}"))
}

/// A field for a whole number that is checked while it is typed. The unit and the words for what is wrong belong to the
/// [`Row`] around it.
pub fn number_field(
    ui: &mut Ui,
    name: &str,
    text: &mut String,
    range: &RangeInclusive<i64>,
    unit: &str,
) -> (Response, Result<i64, String>) {
    let before = whole_number(text, range, unit);
    let response = TextField::new(name, text)
        .width(120.0)
        .wrong(before.is_err())
        .show(ui);
    let value = whole_number(text, range, unit);
    (response, value)
}

/// A box to tick, outlined so that it is seen on every ground.
pub fn checkbox(ui: &mut Ui, value: &mut bool, text: &str) -> Response {
    let theme = Theme::of(ui);
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for state in [&mut widgets.inactive, &mut widgets.hovered] {
            state.bg_stroke.color = theme.muted;
        }
        if *value {
            for state in [
                &mut widgets.inactive,
                &mut widgets.hovered,
                &mut widgets.active,
            ] {
                state.bg_fill = theme.accent_fill;
                state.fg_stroke.color = theme.on_accent;
            }
        }
        let label = RichText::new(text).color(theme.text);
        steady(ui, text, |ui| ui.checkbox(value, label))
    })
    .inner
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn memory(text: &str) -> Result<i64, String> {
        whole_number(text, &(128..=10_240), "MB")
    }

    #[test]
    fn numbers_may_be_written_with_separators() {
        for text in ["1024", "1,024", "1 024", " 1_024 "] {
            assert_eq!(memory(text), Ok(1024), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_in_the_fields_own_terms() {
        let cases = [
            ("", "A number is needed here"),
            ("12.5", "A whole number is needed here"),
            ("much", "\"much\" is not a number"),
            ("64", "Between 128 and 10,240 MB"),
            ("99999999999999999999", "A whole number is needed here"),
        ];
        for (text, expected) in cases {
            assert_eq!(memory(text), Err(expected.to_owned()), "{text}");
        }
    }
}

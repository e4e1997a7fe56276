//! What an import would do, method by method, and what of the document a person should look at first.

use egui::{Align, Label, Layout, RichText, ScrollArea, Ui, vec2};

use crate::model::api::document::{Change, Document, Touched};
use crate::model::format::counted;
use crate::ui::apis::verb;
use crate::ui::fonts;
use crate::ui::theme::{ROW_HEIGHT, Theme, size, space};

/// The most of the height that notes take.
const NOTES: f32 = 0.4;
/// The width of the longest verb, in points.
const VERB: f32 = 56.0;

/// Draws it over the rest of the space.
pub fn ui(ui: &mut Ui, document: &Document, changes: &[Touched]) {
    let height = ui.available_height();
    head(ui, document, changes);
    ui.spacing_mut().item_spacing.y = 0.0;
    let notes = if document.notes.is_empty() {
        0.0
    } else {
        height * NOTES
    };
    ScrollArea::vertical()
        .id_salt("what the import does")
        .auto_shrink([false, notes > 0.0])
        .max_height((ui.available_height() - notes).max(ROW_HEIGHT * 3.0))
        .show_rows(ui, ROW_HEIGHT, changes.len(), |ui, rows| {
            for one in changes.get(rows).unwrap_or_default() {
                row(ui, one);
            }
        });
    if document.notes.is_empty() {
        return;
    }
    ui.add_space(space::S);
    let words = format!("{} to look at", counted(document.notes.len(), "line"));
    ui.label(RichText::new(words).font(fonts::semibold(size::BODY)));
    ui.add_space(space::XS);
    ScrollArea::vertical()
        .id_salt("lines to look at")
        .auto_shrink(false)
        .show_rows(ui, ROW_HEIGHT, document.notes.len(), |ui, rows| {
            for note in document.notes.get(rows).unwrap_or_default() {
                ui.horizontal(|ui| {
                    ui.set_height(ROW_HEIGHT);
                    let line = RichText::new(format!("line {}", note.line));
                    let line = line.font(fonts::mono(size::SMALL));
                    ui.label(line.color(Theme::of(ui).muted));
                    let text = RichText::new(&note.text).color(Theme::of(ui).warn);
                    ui.add(Label::new(text).truncate())
                        .on_hover_text(&note.text);
                });
            }
        });
}

fn head(ui: &mut Ui, document: &Document, changes: &[Touched]) {
    let theme = Theme::of(ui);
    let count = |change: Change| changes.iter().filter(|one| one.change == change).count();
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("What it does").font(fonts::semibold(size::BODY)));
        for (change, word) in [
            (Change::Added, "added"),
            (Change::Replaced, "replaced"),
            (Change::Removed, "removed"),
        ] {
            let count = count(change);
            if count > 0 {
                let text = format!("{} {count} {word}", sign(change));
                ui.label(RichText::new(text).color(color(theme, change)));
            }
        }
        if changes.is_empty() {
            ui.label(RichText::new("no methods").color(theme.muted));
        }
        match document.open() {
            0 => {}
            open => {
                let text = format!("{} open to everybody", counted(open, "method"));
                ui.label(RichText::new(text).color(theme.warn));
            }
        }
    });
    ui.add_space(space::XS);
}

fn sign(change: Change) -> &'static str {
    match change {
        Change::Removed => "−",
        Change::Replaced => "~",
        Change::Added => "+",
    }
}

fn color(theme: &Theme, change: Change) -> egui::Color32 {
    match change {
        Change::Removed => theme.err,
        Change::Replaced => theme.accent,
        Change::Added => theme.ok,
    }
}

fn row(ui: &mut Ui, one: &Touched) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(ROW_HEIGHT);
        let sign = RichText::new(sign(one.change)).font(fonts::mono(size::BODY));
        ui.label(sign.color(color(theme, one.change)));
        let verb = vec2(VERB, ROW_HEIGHT);
        ui.allocate_ui_with_layout(verb, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(VERB);
            verb::label(ui, &one.verb);
        });
        ui.label(RichText::new(&one.path).font(fonts::mono(size::BODY)));
        ui.add_space(space::S);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(line) = one.line {
                let text = RichText::new(format!("line {line}")).font(fonts::mono(size::SMALL));
                ui.label(text.color(theme.muted));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (words, color) = match one.target.is_empty() {
                    true => ("nothing answers", theme.warn),
                    false => (one.target.as_str(), theme.muted),
                };
                let target = RichText::new(words).color(color);
                ui.add(Label::new(target).truncate()).on_hover_text(words);
            });
        });
    });
}

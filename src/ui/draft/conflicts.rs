//! Fields that the person and somebody else changed, differently: before, mine, theirs, and which one holds.

use egui::{Frame, Grid, Margin, RichText, Ui};

use crate::model::draft::{Draft, Values};
use crate::ui::fonts;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::button::Button;

/// The values stand in columns from this width on, in points.
const GRID: f32 = 560.0;

/// The same in a narrow pane: one conflict under the other.
fn below_each_other<V: Values>(ui: &mut Ui, draft: &Draft<V>) -> Option<(V::Field, bool)> {
    let theme = Theme::of(ui);
    let mut decided = None;
    for conflict in draft.conflicts() {
        let name = V::describe(&conflict.field).name;
        ui.label(RichText::new(name.as_ref()).font(fonts::medium(size::BODY)));
        let titles = ["Before", "Yours", "Theirs"].into_iter();
        for (title, text) in titles.zip(draft.texts(conflict, false)) {
            let text = if text.is_empty() {
                "–".to_owned()
            } else {
                text
            };
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(title).color(theme.muted));
                ui.label(RichText::new(text).font(fonts::mono(size::SMALL)));
            });
        }
        ui.horizontal_wrapped(|ui| {
            for (words, take_theirs) in [("Keep mine", false), ("Take theirs", true)] {
                let label = format!("{words}: {name}");
                if Button::new(words).name(&label).show(ui).clicked() {
                    decided = Some((conflict.field.clone(), take_theirs));
                }
            }
        });
    }
    decided
}

/// Draws the conflicts that are open, where there are any.
pub fn ui<V: Values>(ui: &mut Ui, draft: &mut Draft<V>) {
    if draft.conflicts().is_empty() {
        return;
    }
    let theme = Theme::of(ui);
    let mut decided = None;
    Frame::new()
        .fill(theme.panel)
        .stroke(egui::Stroke::new(1.0, theme.warn))
        .corner_radius(RADIUS)
        .inner_margin(Margin::same(12))
        .show(ui, |ui| {
            let title = "▲ Changed elsewhere while you were editing: which value holds?";
            let title = RichText::new(title).font(fonts::medium(size::BODY));
            ui.add(egui::Label::new(title.color(theme.warn)).wrap());
            if ui.available_width() < GRID {
                decided = below_each_other(ui, draft);
                return;
            }
            let grid = Grid::new("conflicts")
                .num_columns(6)
                .spacing([space::L, space::XS]);
            grid.show(ui, |ui| {
                for name in ["Field", "Before", "Yours", "Theirs"] {
                    ui.label(RichText::new(name).color(theme.muted));
                }
                ui.end_row();
                for conflict in draft.conflicts() {
                    let name = V::describe(&conflict.field).name;
                    ui.label(name.as_ref());
                    for text in draft.texts(conflict, false) {
                        let text = if text.is_empty() { "–" } else { &text };
                        ui.label(RichText::new(text).font(fonts::mono(size::SMALL)));
                    }
                    for (words, take_theirs) in [("Keep mine", false), ("Take theirs", true)] {
                        let label = format!("{words}: {name}");
                        if Button::new(words).name(&label).show(ui).clicked() {
                            decided = Some((conflict.field.clone(), take_theirs));
                        }
                    }
                    ui.end_row();
                }
            });
        });
    if let Some((field, take_theirs)) = decided {
        draft.resolve(&field, take_theirs);
    }
}

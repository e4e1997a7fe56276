//! Fields that the person and somebody else changed, differently: before, mine, theirs, and which one holds.

use egui::{Frame, Grid, Margin, RichText, Ui};

use crate::model::draft::Draft;
use crate::ui::fonts;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::button::Button;

/// Draws the conflicts that are open, where there are any.
pub fn ui(ui: &mut Ui, draft: &mut Draft) {
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
            ui.label(
                RichText::new(title)
                    .color(theme.warn)
                    .font(fonts::medium(size::BODY)),
            );
            Grid::new("conflicts")
                .num_columns(6)
                .spacing([space::L, space::XS])
                .show(ui, |ui| {
                    for name in ["Field", "Before", "Yours", "Theirs"] {
                        ui.label(RichText::new(name).color(theme.muted));
                    }
                    ui.end_row();
                    for conflict in draft.conflicts() {
                        let name = conflict.field.aws_name();
                        ui.label(&name);
                        for text in conflict.texts(false) {
                            let text = if text.is_empty() {
                                "–".to_owned()
                            } else {
                                text
                            };
                            ui.label(RichText::new(text).font(fonts::mono(size::SMALL)));
                        }
                        if Button::new("Keep mine")
                            .name(&format!("Keep mine: {name}"))
                            .show(ui)
                            .clicked()
                        {
                            decided = Some((conflict.field.clone(), false));
                        }
                        if Button::new("Take theirs")
                            .name(&format!("Take theirs: {name}"))
                            .show(ui)
                            .clicked()
                        {
                            decided = Some((conflict.field.clone(), true));
                        }
                        ui.end_row();
                    }
                });
        });
    if let Some((field, take_theirs)) = decided {
        draft.resolve(&field, take_theirs);
    }
}

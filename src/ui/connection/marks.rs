//! How the chosen connection is marked: its name, its colour, whether it starts read-only.

use egui::{CornerRadius, RichText, Role, Sense, Stroke, Ui, WidgetInfo, vec2};

use super::{Picker, shade};
use crate::core::Core;
use crate::model::connection::{ConnColour, ConnectionSpec};
use crate::ui::fonts;
use crate::ui::keyboard::focus_ring;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::text_field::TextField;

/// The height of the part, in points.
pub const HEIGHT: f32 = 140.0;

impl Picker {
    /// Draws it; what is changed is kept at once.
    pub(super) fn marks(&mut self, ui: &mut Ui, core: &mut Core, spec: &ConnectionSpec) {
        let theme = Theme::of(ui);
        ui.spacing_mut().item_spacing.y = space::S;
        let mut mark = core.marks().of(spec);
        let before = mark.clone();
        let caption = RichText::new("Name and colour, the same in every region")
            .font(fonts::medium(size::SMALL));
        ui.label(caption.color(theme.muted));
        let hint = spec.profile.clone().unwrap_or_else(|| spec.name.clone());
        let width = ui.available_width();
        let field = TextField::new("Name of the connection", &mut self.mark_name)
            .hint(&hint)
            .width(width)
            .show(ui);
        if field.changed() {
            self.mark_name.trim().clone_into(&mut mark.name);
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for colour in ConnColour::ALL {
                if swatch(ui, colour, mark.colour == colour) {
                    mark.colour = colour;
                }
            }
            ui.add_space(space::XS);
            let word = RichText::new(mark.colour.label()).font(fonts::body(size::SMALL));
            ui.add(egui::Label::new(word.color(theme.muted)).truncate());
        });
        let production = spec.says_production();
        let mut locked = mark.read_only || production;
        let text = "Starts read-only";
        let response = ui.add_enabled(!production, egui::Checkbox::new(&mut locked, text));
        if response.changed() {
            mark.read_only = locked;
        }
        response.on_disabled_hover_text(
            "Production always starts read-only; unlock it in the top bar.",
        );
        if mark != before {
            core.mark(spec, mark);
            self.sources.marks = core.marks();
            self.sources.recents = core.recents();
            self.touched = true;
            self.generation += 1;
        }
    }
}

/// One colour; true when it was pressed.
fn swatch(ui: &mut Ui, colour: ConnColour, on: bool) -> bool {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(24.0, 24.0), Sense::click());
    let name = format!("Colour {}", colour.label());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, &name));
    let fill = shade(colour, theme);
    let dot = rect.shrink(6.0);
    if colour == ConnColour::Auto {
        // No colour of its own: a ring.
        let stroke = Stroke::new(1.5, theme.muted);
        ui.painter().circle_stroke(dot.center(), 5.5, stroke);
    } else {
        ui.painter().circle_filled(dot.center(), 6.5, fill);
    }
    if on {
        let stroke = Stroke::new(1.5, theme.text);
        ui.painter().circle_stroke(rect.center(), 10.0, stroke);
    } else if response.hovered() {
        ui.painter().rect_stroke(
            rect,
            CornerRadius::same(6),
            theme.stroke(),
            egui::StrokeKind::Inside,
        );
    }
    focus_ring(ui, rect, &response);
    response.on_hover_text(name).clicked()
}

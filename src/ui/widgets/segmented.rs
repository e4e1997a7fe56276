//! A choice of a few, side by side; and the sub-tabs of a panel.

use egui::{
    Align2, CornerRadius, Frame, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::ui::{
    fonts,
    theme::{CONTROL_HEIGHT, RADIUS, Theme, size, space},
};

/// A choice of a few on one ground; gives back true when it changed. `name` is for screen readers.
pub fn segmented<T: PartialEq + Copy>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    choices: &[(T, &str)],
) -> bool {
    let theme = Theme::of(ui);
    let mut changed = false;
    Frame::new()
        .fill(theme.raised)
        .corner_radius(RADIUS)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.horizontal(|ui| {
                for (choice, text) in choices {
                    let on = *value == *choice;
                    if segment(ui, name, text, on).clicked() && !on {
                        *value = *choice;
                        changed = true;
                    }
                }
            });
        });
    changed
}

fn segment(ui: &mut Ui, name: &str, text: &str, on: bool) -> Response {
    let theme = Theme::of(ui);
    let color = if on { theme.text } else { theme.muted };
    let font = if on {
        fonts::medium(size::BODY)
    } else {
        fonts::body(size::BODY)
    };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
    let wanted = vec2(galley.size().x + 2.0 * space::M, CONTROL_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), on, text));
    let response = response.on_hover_text(name);
    let inner = rect.shrink(2.0);
    let radius = CornerRadius::same(RADIUS - 2);
    if on {
        ui.painter().rect_filled(inner, radius, theme.sel);
    } else if response.hovered() {
        ui.painter().rect_filled(inner, radius, theme.hover);
    }
    focus_ring(ui, inner, &response);
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, color);
    response
}

/// A panel's sub-tabs, as wide as the panel, with a line under them; gives back true when the choice changed.
pub fn sub_tabs<T: PartialEq + Copy>(ui: &mut Ui, value: &mut T, tabs: &[(T, &str)]) -> bool {
    let theme = Theme::of(ui);
    let mut changed = false;
    let left = ui.available_rect_before_wrap().x_range();
    let row = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(space::XS);
        for (tab, text) in tabs {
            let on = *value == *tab;
            if sub_tab(ui, text, on).clicked() && !on {
                *value = *tab;
                changed = true;
            }
        }
    });
    ui.painter()
        .hline(left, row.response.rect.bottom() - 0.5, theme.stroke());
    changed
}

fn sub_tab(ui: &mut Ui, text: &str, on: bool) -> Response {
    let theme = Theme::of(ui);
    let galley = ui.painter().layout_no_wrap(
        text.to_owned(),
        fonts::medium(size::BODY),
        if on { theme.text } else { theme.muted },
    );
    let wanted = vec2(galley.size().x + 2.0 * space::M, 34.0);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, ui.is_enabled(), on, text));
    let color = if on || response.hovered() {
        theme.text
    } else {
        theme.muted
    };
    let at = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size());
    ui.painter()
        .galley_with_override_text_color(at.min, galley, color);
    if on {
        let under = Rect::from_min_max(
            pos2(at.left(), rect.bottom() - 2.0),
            pos2(at.right(), rect.bottom()),
        );
        ui.painter().rect_filled(under, 0, theme.accent);
    }
    focus_ring(ui, rect.shrink(2.0), &response);
    response
}

/// The ring that shows where the keyboard is.
pub fn focus_ring(ui: &Ui, rect: Rect, response: &Response) {
    if response.has_focus() {
        ui.painter().rect_stroke(
            rect,
            CornerRadius::same(RADIUS - 2),
            Stroke::new(2.0, Theme::of(ui).accent),
            egui::StrokeKind::Inside,
        );
    }
}

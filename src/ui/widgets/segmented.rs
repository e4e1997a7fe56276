//! A choice of a few, side by side; and the sub-tabs of a panel.

use egui::{
    Align2, Context, CornerRadius, Frame, Id, Rect, Response, Role, Ui, WidgetInfo, pos2, vec2,
};

use super::button::{icon_button, text_width};
use super::drop_down::entry;
use super::menu::menu;
use super::roving::{self, Group};
use super::steady::steady_area;
use crate::ui::{
    fonts,
    icons::Icon,
    keyboard::focus_ring,
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
    let frame = Frame::new()
        .fill(theme.raised)
        .corner_radius(RADIUS)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.horizontal(|ui| {
                let at = choices.iter().position(|(choice, _)| value == choice);
                let stop = at.unwrap_or(0);
                let mut group = Group::new(ui, name);
                for (index, (choice, text)) in choices.iter().enumerate() {
                    let on = at == Some(index);
                    let response = segment(ui, name, text, on, index == stop);
                    group.member(ui, &response, index == stop);
                    if response.clicked() && !on {
                        *value = *choice;
                        changed = true;
                    }
                }
                if let Some(target) = group.target(ui, stop, choices.len()) {
                    changed |= at != Some(target);
                    *value = choices[target].0;
                }
            });
        });
    let edge = egui::StrokeKind::Inside;
    let rect = frame.response.rect;
    ui.painter().rect_stroke(rect, RADIUS, theme.edge(), edge);
    changed
}

/// How wide that is, in points.
pub fn segmented_width<'a>(ui: &Ui, choices: impl Iterator<Item = (&'a str, bool)>) -> f32 {
    choices
        .map(|(text, on)| text_width(ui, text, segment_font(on)) + 2.0 * space::M)
        .sum()
}

fn segment_font(on: bool) -> egui::FontId {
    if on {
        fonts::medium(size::BODY)
    } else {
        fonts::body(size::BODY)
    }
}

fn segment(ui: &mut Ui, name: &str, text: &str, on: bool, stop: bool) -> Response {
    let theme = Theme::of(ui);
    let color = if on { theme.text } else { theme.muted };
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), segment_font(on), color);
    let wanted = vec2(galley.size().x + 2.0 * space::M, CONTROL_HEIGHT);
    let (rect, response) = steady_area(ui, wanted, text, roving::sense(stop));
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

/// The group of a panel's sub-tabs.
const PARTS: &str = "parts";

/// A panel's sub-tabs, as wide as the panel, with a line under them; gives back true when the choice changed. Those that
/// there is no room for are in a menu at the end; the chosen one always stands in the row.
pub fn sub_tabs<T: PartialEq + Copy>(ui: &mut Ui, value: &mut T, tabs: &[(T, &str)]) -> bool {
    let theme = Theme::of(ui);
    let before = *value;
    let left = ui.available_rect_before_wrap().x_range();
    let widths: Vec<f32> = tabs.iter().map(|(_, text)| tab_width(ui, text)).collect();
    let chosen = tabs.iter().position(|(tab, _)| tab == value);
    let stop = chosen.unwrap_or(0);
    let mut group = Group::new(ui, PARTS);
    let shown = fitting(&widths, chosen, left.span() - space::XS);
    let row = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(space::XS);
        for (at, (tab, text)) in tabs.iter().enumerate().filter(|(at, _)| shown[*at]) {
            let response = sub_tab(ui, text, chosen == Some(at), stop == at);
            group.member(ui, &response, stop == at);
            if response.has_focus() {
                ui.data_mut(|data| data.insert_temp(Id::unique(PART), response.id));
            }
            if response.clicked() {
                *value = *tab;
            }
        }
        if let Some(target) = group.target(ui, stop, tabs.len()) {
            *value = tabs[target].0;
        }
        if shown.contains(&false) {
            let button = icon_button(ui, Icon::CHEVRON_DOWN, "More parts");
            menu(&button, |ui| {
                for ((tab, text), _) in tabs.iter().zip(&shown).filter(|(_, shown)| !**shown) {
                    if entry(ui, false, text, "") {
                        *value = *tab;
                    }
                }
            });
        }
    });
    ui.painter()
        .hline(left, row.response.rect.bottom() - 0.5, theme.stroke());
    *value != before
}

const PART: &str = "the part with the keyboard";

/// The chosen one of the sub-tabs that are drawn next in `ui` takes the keyboard.
pub fn lead_to_sub_tabs(ui: &Ui) {
    Group::new(ui, PARTS).lead(ui);
}

/// What has the keyboard is a sub-tab: it has no use for Esc.
pub fn is_sub_tab(ctx: &Context, focused: Id) -> bool {
    ctx.data(|data| data.get_temp(Id::unique(PART))) == Some(focused)
}

/// Which tabs have room: the first ones, and the chosen one.
fn fitting(widths: &[f32], chosen: Option<usize>, room: f32) -> Vec<bool> {
    if widths.iter().sum::<f32>() <= room {
        return vec![true; widths.len()];
    }
    let mut left = room - CONTROL_HEIGHT - chosen.map_or(0.0, |at| widths[at]);
    let mut full = false;
    widths
        .iter()
        .enumerate()
        .map(|(at, width)| {
            if chosen == Some(at) {
                return true;
            }
            full |= *width > left;
            if !full {
                left -= width;
            }
            !full
        })
        .collect()
}

fn tab_width(ui: &Ui, text: &str) -> f32 {
    text_width(ui, text, fonts::medium(size::BODY)) + 2.0 * space::M
}

fn sub_tab(ui: &mut Ui, text: &str, on: bool, stop: bool) -> Response {
    let theme = Theme::of(ui);
    let galley = ui.painter().layout_no_wrap(
        text.to_owned(),
        fonts::medium(size::BODY),
        if on { theme.text } else { theme.muted },
    );
    let wanted = vec2(galley.size().x + 2.0 * space::M, 34.0);
    let (rect, response) = steady_area(ui, wanted, text, roving::sense(stop));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_tab_is_in_the_row_however_narrow_it_is() {
        let widths = [80.0, 60.0, 110.0, 60.0, 70.0, 60.0];
        assert_eq!(fitting(&widths, Some(4), 440.0), [true; 6]);
        let few = fitting(&widths, Some(4), 300.0);
        assert_eq!(few, [true, true, false, false, true, false]);
        assert_eq!(
            fitting(&widths, Some(4), 60.0),
            [false, false, false, false, true, false]
        );
    }
}

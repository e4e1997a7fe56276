//! Values that matter: a limit says what it is, a threshold can be dragged, or moved by the arrows, and says its value.

use egui::accesskit::{Action, ActionData};
use egui::{
    Align2, CornerRadius, CursorIcon, EventFilter, Key, Modifiers, Rect, Response, Role, Sense,
    Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use egui_plot::PlotTransform;

use super::group::{PlotGroup, Ready};
use super::{Plot, Scale, Threshold, ticks};
use crate::ui::{
    fonts,
    theme::{Theme, size, space},
};

/// The size of the handle beside its text, in points.
const HANDLE: f32 = 20.0;
/// Where the handle stands along the line.
const ALONG: f32 = 0.3;
/// How much of the axis an arrow moves it by.
const ARROW: f64 = 0.01;

/// Draws labels and handles; gives back which threshold was moved, and to what value.
pub(super) fn show(
    ui: &Ui,
    theme: &Theme,
    plot: &Plot<'_>,
    response: &Response,
    ready: &Ready,
    transform: &PlotTransform,
    group: &mut PlotGroup,
) -> Option<(usize, f64)> {
    let mut moved = None;
    for (index, threshold) in plot.thresholds.iter().enumerate() {
        let height = plot.scale.height(threshold.value);
        let y = transform.position_from_point_y(height);
        let y = y.clamp(ready.area.top(), ready.area.bottom());
        if threshold.drag {
            let held = handle(ui, theme, plot, threshold, response, ready.area, index, y);
            let value = value(ui, plot, threshold, &held, ready, transform);
            moved = value.map(|value| (index, value)).or(moved);
            if held.drag_started() {
                group.held = Some(ready.id);
            } else if held.drag_stopped() {
                group.held = None;
                ui.ctx().request_repaint();
            }
        } else {
            label(ui, plot, threshold, response, ready.area, index, y);
        }
    }
    moved
}

/// The words of a limit at the right end of its line, above it where there is room.
fn label(
    ui: &Ui,
    plot: &Plot<'_>,
    threshold: &Threshold,
    response: &Response,
    area: Rect,
    index: usize,
    y: f32,
) {
    let font = fonts::body(size::TINY);
    let painter = ui.painter();
    let galley = painter.layout_no_wrap(threshold.text.clone(), font, threshold.color);
    let above = y - galley.size().y - 1.0 >= area.top() - 2.0;
    let (align, y) = if above {
        (Align2::RIGHT_BOTTOM, y - 1.0)
    } else {
        (Align2::RIGHT_TOP, y + 1.0)
    };
    let rect = align.anchor_size(pos2(area.right() - 2.0, y), galley.size());
    // Bars and lines may lie below the words, and have a colour in which they could not be read.
    let chip = rect.expand2(vec2(3.0, 0.0));
    painter.rect_filled(chip, 2, Theme::of(ui).panel);
    painter.galley(rect.min, galley, threshold.color);
    let id = response.id.with(("limit", index));
    let said = ui.interact(rect, id, Sense::hover());
    let text = plot.unit.text(threshold.value);
    let name = format!("{} {text}", threshold.text);
    said.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    said.on_hover_text(name);
}

/// The grip with the value in it.
#[allow(clippy::too_many_arguments)]
fn handle(
    ui: &Ui,
    theme: &Theme,
    plot: &Plot<'_>,
    threshold: &Threshold,
    response: &Response,
    area: Rect,
    index: usize,
    y: f32,
) -> Response {
    let font = fonts::medium(size::SMALL);
    let text = plot.unit.text(threshold.value);
    let galley = ui.painter().layout_no_wrap(text.clone(), font, theme.text);
    let grip = 10.0;
    let wanted = vec2(galley.size().x + grip + 3.0 * space::S, HANDLE);
    let x = area.left() + area.width() * ALONG;
    let rect = Rect::from_center_size(pos2(x, y), wanted);
    let id = response.id.with(("threshold", index));
    let strip = Rect::from_x_y_ranges(area.x_range(), y - 4.0..=y + 4.0);
    // The line takes the pointer too; the handle alone takes the focus.
    let line = ui.interact(strip, id.with("line"), Sense::DRAG);
    let held = ui.interact(rect, id, Sense::click_and_drag());
    let hot = held.hovered() || held.dragged() || held.has_focus() || line.hovered();
    let ring = Stroke::new(if held.has_focus() { 2.0 } else { 1.0 }, threshold.color);
    let radius = CornerRadius::same(5);
    let fill = if hot { theme.sel } else { theme.panel };
    ui.painter()
        .rect(rect, radius, fill, ring, StrokeKind::Inside);
    for row in [-3.0, 0.0, 3.0] {
        let left = rect.left() + space::S;
        ui.painter().hline(
            left..=left + grip - 2.0,
            y + row,
            Stroke::new(1.0, threshold.color),
        );
    }
    let at = pos2(
        rect.left() + grip + 2.0 * space::S - 4.0,
        y - galley.size().y / 2.0,
    );
    ui.painter().galley(at, galley, theme.text);
    held.widget_info(|| {
        WidgetInfo::slider(ui.is_enabled(), threshold.value, threshold.text.clone())
    });
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_value(text);
        node.add_action(Action::Increment);
        node.add_action(Action::Decrement);
        node.add_action(Action::SetValue);
    });
    let cursor = CursorIcon::ResizeVertical;
    held.union(line).on_hover_cursor(cursor)
}

/// Where it was moved to, by the pointer, the arrows or a screen reader.
fn value(
    ui: &Ui,
    plot: &Plot<'_>,
    threshold: &Threshold,
    held: &Response,
    ready: &Ready,
    transform: &PlotTransform,
) -> Option<f64> {
    let (low, high) = ready.axis.bounds;
    let (least, most) = (plot.scale.value(low).max(0.0), plot.scale.value(high));
    if held.dragged()
        && let Some(pointer) = ui.ctx().pointer_interact_pos()
    {
        let height = transform.value_from_position(pointer).y.clamp(low, high);
        let value = plot.scale.value(height);
        // Values that read well: one of them to a pixel.
        let step = match plot.scale {
            Scale::Linear => (most - least) / f64::from(ready.area.height().max(1.0)),
            Scale::Logarithmic => value * 0.01,
        };
        return Some(rounded(value, step).clamp(least, most)).filter(|v| *v != threshold.value);
    }
    let asked = ui.input(|input| {
        let requests = input.accesskit_action_requests(held.id, Action::SetValue);
        let values = requests.filter_map(|request| match request.data {
            Some(ActionData::NumericValue(value)) => Some(value),
            _ => None,
        });
        let steps = input.num_accesskit_action_requests(held.id, Action::Increment) as i32
            - input.num_accesskit_action_requests(held.id, Action::Decrement) as i32;
        (values.last(), steps)
    });
    let (set, mut steps) = asked;
    if held.has_focus() {
        let filter = EventFilter {
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(held.id, filter));
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        steps += i32::from(pressed(Key::ArrowUp)) - i32::from(pressed(Key::ArrowDown));
    }
    if set.is_some() {
        return set.filter(|value| value.is_finite() && *value >= 0.0);
    }
    let step = match plot.scale {
        Scale::Linear => (most - least) * ARROW,
        Scale::Logarithmic => threshold.value * 0.05,
    };
    let step = ticks::round_up(step);
    let value = rounded(threshold.value + f64::from(steps) * step, step);
    (steps != 0).then_some(value.max(0.0))
}

/// The value to the nearest whole multiple of a round step.
fn rounded(value: f64, step: f64) -> f64 {
    if step <= 0.0 || !step.is_finite() {
        return value;
    }
    let step = ticks::round_up(step);
    let rounded = (value / step).round() * step;
    // Ten thirds of a step are no step: the last figures of a division are noise.
    let power = 10.0_f64.powf((-step.log10()).ceil().max(0.0) + 1.0);
    (rounded * power).round() / power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dragged_value_reads_well() {
        assert_eq!(rounded(1_003.7, 9.1), 1_000.0);
        assert_eq!(rounded(0.2347, 0.009), 0.23);
        assert_eq!(rounded(273.4, 1.0), 273.0);
        assert_eq!(rounded(5.0, 0.0), 5.0);
    }
}

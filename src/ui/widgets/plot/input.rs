//! Pointer and keyboard in a plot: a drag zooms along the time (or chooses a box), a double click goes back, the arrows
//! move the crosshair, + and − zoom, Home goes back, Esc ends a drag, then leaves the zoom, then the plot.

use egui::{EventFilter, Key, Modifiers, Pos2, Rect, Response, Stroke, StrokeKind, Ui, pos2};
use egui_plot::PlotTransform;

use super::group::PlotGroup;
use super::{Chosen, Plot, PlotOutput, crosshair};
use crate::model::format;
use crate::ui::keyboard::focus_ring;
use crate::ui::theme::Theme;

/// A drag shorter than this was a click, in points.
const LEAST_DRAG: f32 = 6.0;
/// Points that the crosshair moves by with Shift held.
const FAR: i64 = 10;

/// Does what the person asked for and says it in `output`.
pub(super) fn apply(
    ui: &Ui,
    theme: &Theme,
    plot: &Plot<'_>,
    area: Rect,
    transform: &PlotTransform,
    group: &mut PlotGroup,
    output: &mut PlotOutput,
) {
    let response = output.response.clone();
    focus_ring(ui, area.expand(2.0), &response);
    if let Some(chosen) = plot.chosen {
        paint_box(ui, theme, plot, transform, chosen);
    }
    if !plot.is_timed() {
        return;
    }
    drag(ui, theme, plot, area, transform, group, output);
    if response.double_clicked() {
        output.zoomed |= group.zoom_out();
    }
    if response.has_focus() {
        output.zoomed |= keys(ui, &response, group);
    } else if response.lost_focus() {
        group.leave();
    }
}

fn drag(
    ui: &Ui,
    theme: &Theme,
    plot: &Plot<'_>,
    area: Rect,
    transform: &PlotTransform,
    group: &mut PlotGroup,
    output: &mut PlotOutput,
) {
    let response = &output.response;
    let place = |pos: Pos2| {
        let point = transform.value_from_position(area.clamp(pos));
        (point.x as i64, point.y)
    };
    if response.drag_started()
        && let Some(from) = ui.input(|input| input.pointer.press_origin())
    {
        let (at, height) = place(from);
        group.drag = Some((response.id, at, height));
    }
    let Some((_, at, height)) = group.drag.filter(|(id, ..)| *id == response.id) else {
        return;
    };
    if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        group.drag = None;
        return;
    }
    let Some(pointer) = response.interact_pointer_pos() else {
        if !response.dragged() {
            group.drag = None;
        }
        return;
    };
    let (to, other) = place(pointer);
    let x = |at: i64| transform.position_from_point_x(at as f64);
    let chosen = at.min(to)..at.max(to);
    let across = x(chosen.start)..=x(chosen.end);
    let long = across.end() - across.start() >= LEAST_DRAG;
    let heights = height.min(other)..height.max(other);
    let boxed = Chosen {
        times: chosen.clone(),
        values: plot.scale.value(heights.start)..plot.scale.value(heights.end),
    };
    if plot.chooses {
        paint_box(ui, theme, plot, transform, &boxed);
    } else {
        let band = Rect::from_x_y_ranges(across.clone(), area.y_range());
        ui.painter()
            .rect_filled(band, 0, theme.accent.gamma_multiply(0.18));
        if plot.footed && long {
            let length = chosen.end - chosen.start;
            let time = |at| crosshair::time(at, 1_000.max(length / 100), length, &group.zone);
            let text = format!(
                "{} – {}, {}",
                time(chosen.start),
                time(chosen.end),
                format::duration(length as f64)
            );
            let middle = pos2(band.center().x, area.bottom());
            crosshair::chip(ui, theme, &text, middle, area);
        }
    }
    if response.drag_stopped() {
        group.drag = None;
        if plot.chooses {
            output.chosen = Some(boxed);
        } else if long {
            output.zoomed = group.zoom_to(chosen);
        }
    }
}

fn paint_box(ui: &Ui, theme: &Theme, plot: &Plot<'_>, transform: &PlotTransform, chosen: &Chosen) {
    let x = |at: i64| transform.position_from_point_x(at as f64);
    let y = |value: f64| transform.position_from_point_y(plot.scale.height(value));
    let rect = Rect::from_two_pos(
        pos2(x(chosen.times.start), y(chosen.values.start)),
        pos2(x(chosen.times.end), y(chosen.values.end)),
    )
    .intersect(*transform.frame());
    if !rect.is_positive() {
        return;
    }
    let fill = theme.accent.gamma_multiply(0.14);
    let stroke = Stroke::new(1.0, theme.accent);
    ui.painter().rect(rect, 0, fill, stroke, StrokeKind::Inside);
}

/// True when the zoom changed.
fn keys(ui: &Ui, response: &Response, group: &mut PlotGroup) -> bool {
    let filter = EventFilter {
        horizontal_arrows: true,
        escape: group.is_zoomed(),
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    for (key, way) in [(Key::ArrowLeft, -1), (Key::ArrowRight, 1)] {
        if pressed(Modifiers::SHIFT, key) {
            group.step(way * FAR);
        }
        if pressed(Modifiers::NONE, key) {
            group.step(way);
        }
    }
    // A plus needs Shift on some keyboards and none on others.
    let plus = [Key::Plus, Key::Equals];
    let closer = plus
        .into_iter()
        .any(|key| pressed(Modifiers::NONE, key) || pressed(Modifiers::SHIFT, key));
    if closer {
        return group.closer();
    }
    if pressed(Modifiers::NONE, Key::Minus) {
        return group.further();
    }
    if pressed(Modifiers::NONE, Key::Home) {
        return group.zoom_out();
    }
    group.is_zoomed() && pressed(Modifiers::NONE, Key::Escape) && group.zoom_out()
}

//! A line of a few values without axes, cheap enough for every row of a table.
//!
//! By the painter and not by egui_plot as the plots are: the 62 of a full table cost 0.3 ms a frame so, and 0.5 ms by it.

use egui::{
    Color32, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2,
};

/// Draws `values` over the width of `rect`, from zero to their largest; `NaN` is a gap.
pub fn paint(painter: &Painter, rect: Rect, values: &[f32], color: Color32) {
    if values.len() < 2 || !painter.clip_rect().intersects(rect) {
        return;
    }
    let most = values.iter().fold(0.0_f32, |most, value| most.max(*value));
    let scale = if most > 0.0 {
        rect.height() / most
    } else {
        0.0
    };
    let step = rect.width() / (values.len() - 1) as f32;
    let stroke = Stroke::new(1.4, color);
    let mut run: Vec<Pos2> = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        if value.is_nan() {
            finish(painter, &mut run, stroke);
        } else {
            let x = rect.left() + index as f32 * step;
            run.push(pos2(x, rect.bottom() - value.max(0.0) * scale));
        }
    }
    finish(painter, &mut run, stroke);
}

/// A run between gaps: a line, or a dot where one value stands alone.
fn finish(painter: &Painter, run: &mut Vec<Pos2>, stroke: Stroke) {
    match run.as_slice() {
        [] => {}
        [alone] => {
            painter.circle_filled(*alone, stroke.width, stroke.color);
            run.clear();
        }
        _ => {
            let points = std::mem::take(run);
            painter.add(Shape::line(points, stroke));
        }
    }
}

/// The same as a widget; `label` says the whole in words, for example "Invocations, 3 h: 120 at most".
pub fn sparkline(ui: &mut Ui, size: Vec2, values: &[f32], color: Color32, label: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, label));
    paint(ui.painter(), rect, values, color);
    response.on_hover_text(label)
}

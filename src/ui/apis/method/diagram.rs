//! The boxes of the flow: what can be pressed, and the arrows between them.

use egui::{
    Align2, Color32, CornerRadius, FontId, Pos2, Rect, Response, Role, Sense, Shape, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, text::LayoutJob, text::TextWrapping, vec2,
};

use crate::model::api::MethodPart;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::keyboard::focus_ring;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::steady::steady_id;

use super::flow::Node;

/// Four columns from this width on, in points; two below it.
const WIDE: f32 = 620.0;
const BOX: f32 = 68.0;
const SMALL_BOX: f32 = 50.0;
/// Room for an arrow, in points.
const BETWEEN: f32 = 22.0;
const GAP: f32 = 6.0;
const LINE: f32 = 18.0;

/// Draws the six boxes; gives the part that was pressed.
pub fn show(ui: &mut Ui, nodes: &[Node], open: Option<MethodPart>, of: &str) -> Option<MethodPart> {
    let width = ui.available_width();
    let wide = width >= WIDE;
    let tall = match wide {
        true => 2.0 * BOX + GAP,
        false => SMALL_BOX + 2.0 * (BOX + GAP) + BETWEEN - GAP,
    };
    let (rect, whole) = ui.allocate_exact_size(vec2(width, tall), Sense::hover());
    whole.widget_info(|| WidgetInfo::labeled(Role::Group, true, format!("Flow of {of}")));
    let places = match wide {
        true => columns(rect),
        false => pairs(rect),
    };
    let mut pressed = None;
    for (node, place) in nodes.iter().zip(places) {
        let response = draw(ui, place, node, node.part.is_some() && node.part == open);
        if response.clicked() {
            pressed = node.part;
        }
    }
    arrows(ui, &places, wide);
    pressed
}

/// Client, request, integration, backend, integration response, response.
fn columns(rect: Rect) -> [Rect; 6] {
    let room = rect.width() - 3.0 * BETWEEN;
    let widths = [room * 0.15, room * 0.31, room * 0.31, room * 0.23];
    let mut x = rect.left();
    let lefts = widths.map(|width| {
        let left = x;
        x += width + BETWEEN;
        left
    });
    let whole =
        |n: usize| Rect::from_min_size(pos2(lefts[n], rect.top()), vec2(widths[n], rect.height()));
    let half = |n: usize, lower: bool| {
        let top = rect.top() + if lower { BOX + GAP } else { 0.0 };
        Rect::from_min_size(pos2(lefts[n], top), vec2(widths[n], BOX))
    };
    [
        whole(0),
        half(1, false),
        half(2, false),
        whole(3),
        half(2, true),
        half(1, true),
    ]
}

/// Where four have no room: the two ends above, the two ways below.
fn pairs(rect: Rect) -> [Rect; 6] {
    let width = (rect.width() - BETWEEN) / 2.0;
    let right = rect.left() + width + BETWEEN;
    let first = rect.top() + SMALL_BOX + BETWEEN - GAP;
    let second = first + BOX + GAP;
    let at = |x: f32, y: f32, height: f32| Rect::from_min_size(pos2(x, y), vec2(width, height));
    [
        at(rect.left(), rect.top(), SMALL_BOX),
        at(rect.left(), first, BOX),
        at(right, first, BOX),
        at(right, rect.top(), SMALL_BOX),
        at(right, second, BOX),
        at(rect.left(), second, BOX),
    ]
}

fn arrows(
    ui: &Ui,
    [client, request, integration, backend, back, response]: &[Rect; 6],
    wide: bool,
) {
    let color = Theme::of(ui).muted.gamma_multiply(0.7);
    let across = |from: Pos2, to: Pos2| arrow(ui, from, to, color);
    across(request.right_center(), integration.left_center());
    across(back.left_center(), response.right_center());
    if wide {
        let at = |x: f32, of: &Rect| pos2(x, of.center().y);
        across(at(client.right(), request), request.left_center());
        across(integration.right_center(), at(backend.left(), integration));
        across(at(backend.left(), back), back.right_center());
        across(response.left_center(), at(client.right(), response));
    } else {
        across(client.center_bottom(), request.center_top());
        across(integration.center_top(), backend.center_bottom());
    }
}

fn arrow(ui: &Ui, from: Pos2, to: Pos2, color: Color32) {
    let way = (to - from).normalized();
    let (from, to) = (from + way * 3.0, to - way * 3.0);
    let stroke = Stroke::new(1.2, color);
    ui.painter().line_segment([from, to], stroke);
    let side = way.rot90() * 3.5;
    let head = vec![to, to - way * 6.0 + side, to - way * 6.0 - side];
    ui.painter()
        .add(Shape::convex_polygon(head, color, Stroke::NONE));
}

fn draw(ui: &mut Ui, rect: Rect, node: &Node, on: bool) -> Response {
    let theme = Theme::of(ui);
    let called = node.part.map_or("Client", MethodPart::title);
    let id = steady_id(ui, called);
    let sense = match node.part {
        Some(_) => Sense::click(),
        None => Sense::hover(),
    };
    let response = ui.interact(rect, id, sense);
    let name = match node.part {
        Some(part) if node.title != part.title() => format!("{}: {}", part.title(), node.name()),
        _ => node.name(),
    };
    response.widget_info(|| match node.part {
        Some(_) => WidgetInfo::selected(Role::Button, ui.is_enabled(), on, &name),
        None => WidgetInfo::labeled(Role::Label, true, &name),
    });
    let (fill, edge) = match (on, response.hovered() && node.part.is_some()) {
        (true, _) => (theme.sel, theme.accent),
        (false, true) => (theme.hover, theme.line),
        (false, false) => (theme.panel, theme.line),
    };
    let stroke = Stroke::new(if on { 1.5 } else { 1.0 }, edge);
    let radius = CornerRadius::same(RADIUS);
    ui.painter()
        .rect(rect, radius, fill, stroke, StrokeKind::Inside);
    focus_ring(ui, rect, &response);
    contents(ui, rect.shrink2(vec2(space::S + 2.0, 0.0)), node);
    match node.part {
        Some(_) => response
            .on_hover_cursor(egui::CursorIcon::PointingHand)
            .on_hover_text(name),
        None => response.on_hover_text(name),
    }
}

fn contents(ui: &Ui, rect: Rect, node: &Node) {
    let theme = Theme::of(ui);
    let mut right = rect.right();
    let mut sign = |text: &str, font: FontId, color: Color32| {
        let at = pos2(right, rect.top() + 15.0);
        let drawn = ui
            .painter()
            .text(at, Align2::RIGHT_CENTER, text, font, color);
        right = drawn.left() - 6.0;
    };
    if let Some(part) = node.part {
        let place = MethodPart::ALL.iter().position(|one| *one == part);
        let number = (place.unwrap_or_default() + 1).to_string();
        sign(&number, fonts::mono(size::TINY), theme.muted);
    }
    if node.draft {
        sign(Icon::PENCIL, fonts::icon(13.0), theme.accent);
    }
    let mut left = rect.left();
    if !node.icon.is_empty() {
        let color = match node.lines.first() {
            Some((_, Tone::Warn)) => theme.warn,
            _ => theme.accent,
        };
        let at = pos2(left, rect.top() + 15.0);
        let font = fonts::icon(14.0);
        let drawn = ui
            .painter()
            .text(at, Align2::LEFT_CENTER, node.icon, font, color);
        left = drawn.right() + 6.0;
    }
    let at = pos2(left, rect.top() + 15.0);
    let font = fonts::medium(size::BODY);
    line(ui, at, right - left, &node.title, font, theme.text);
    let most = ((rect.height() - 24.0) / LINE).floor().max(1.0) as usize;
    // Where not all have room, what is amiss goes first.
    let mut lines: Vec<_> = node.lines.iter().collect();
    if lines.len() > most {
        lines.sort_by_key(|(_, tone)| !matches!(tone, Tone::Warn | Tone::Err));
    }
    for (n, (words, tone)) in lines.into_iter().take(most).enumerate() {
        let at = pos2(rect.left(), rect.top() + 34.0 + LINE * n as f32);
        let font = fonts::body(size::SMALL);
        line(ui, at, rect.width(), words, font, tone.color(theme));
    }
}

/// One line, cut off where it does not fit; `at` is the middle of its left edge.
fn line(ui: &Ui, at: Pos2, room: f32, text: &str, font: FontId, color: Color32) {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width(room);
    let galley = ui.painter().layout_job(job);
    let at = pos2(at.x, at.y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
}

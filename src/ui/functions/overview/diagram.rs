//! The diagram: boxes that can be pressed, and lines painted between them and the function.

use egui::{
    Align2, Color32, CornerRadius, FontId, Pos2, Rect, Response, Role, Sense, Shape, Stroke,
    StrokeKind, Ui, WidgetInfo, epaint::CubicBezierShape, pos2, text::LayoutJob,
    text::TextWrapping, vec2,
};

use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::chip::Tone;

use super::nodes::{Group, Node, Nodes, Press};

const NODE_HEIGHT: f32 = 42.0;
const CAPTION_HEIGHT: f32 = 20.0;
const GAP: f32 = 6.0;
const GROUP_GAP: f32 = 12.0;
/// So high at least, so that little moves under the pointer while the parts come.
const LEAST: f32 = 190.0;
/// A narrower box holds no name, in points.
const LEAST_BOX: f32 = 140.0;
/// Lines and their heads take so much room at least, in points.
const LEAST_BETWEEN: f32 = 28.0;
/// Boxes of a group that are shown until a person asks for all.
const MOST: usize = 6;

/// The function in the middle.
pub struct Middle<'a> {
    /// Its name.
    pub name: &'a str,
    /// Lines under it.
    pub lines: &'a [String],
    /// Aliases and versions, under a line of its own.
    pub footer: &'a str,
}

/// Draws it over the width that there is; gives what was pressed.
pub fn show(ui: &mut Ui, nodes: &Nodes, middle: &Middle<'_>, all: &mut bool) -> Option<Press> {
    let width = ui.available_width();
    if width < 3.0 * LEAST_BOX + 2.0 * LEAST_BETWEEN {
        return stacked(ui, nodes, middle, all);
    }
    let between = (width * 0.07).clamp(LEAST_BETWEEN, 110.0);
    let side = ((width - 2.0 * between) / 3.0).clamp(LEAST_BOX, 330.0);
    let centre = (width - 2.0 * side - 2.0 * between).clamp(LEAST_BOX, 280.0);
    let limit = if *all { usize::MAX } else { MOST };
    let middle_height = middle.height();
    let (left_height, right_height) = (height(&nodes.left, limit), height(&nodes.right, limit));
    let tall = LEAST
        .max(left_height)
        .max(right_height)
        .max(middle_height + CAPTION_HEIGHT);
    let used = 2.0 * side + 2.0 * between + centre;
    let (rect, whole) = ui.allocate_exact_size(vec2(width, tall), Sense::hover());
    named(&whole, middle);
    let x = rect.left() + ((width - used) / 2.0).max(0.0);
    let top = |height: f32| rect.top() + (tall - height) / 2.0;
    let left = Side {
        rect: Rect::from_min_size(pos2(x, top(left_height)), vec2(side, left_height)),
        limit,
    };
    let box_rect = Rect::from_min_size(
        pos2(x + side + between, top(middle_height)),
        vec2(centre, middle_height),
    );
    let right = Side {
        rect: Rect::from_min_size(
            pos2(box_rect.right() + between, top(right_height)),
            vec2(side, right_height),
        ),
        limit,
    };
    let mut pressed = None;
    let from = left.show(ui, &nodes.left, all, &mut pressed);
    let to = right.show(ui, &nodes.right, all, &mut pressed);
    let count = from.len();
    for (index, (node, color)) in from.into_iter().enumerate() {
        let end = anchor(box_rect.left(), box_rect, index, count);
        link(ui, node.right_center(), end, color);
    }
    let count = to.len();
    for (index, (node, color)) in to.into_iter().enumerate() {
        let start = anchor(box_rect.right(), box_rect, index, count);
        link(ui, start, node.left_center(), color);
    }
    function(ui, box_rect, middle);
    pressed
}

/// The same one below the other, where three columns have no room.
fn stacked(ui: &mut Ui, nodes: &Nodes, middle: &Middle<'_>, all: &mut bool) -> Option<Press> {
    let width = ui.available_width();
    let limit = if *all { usize::MAX } else { MOST };
    let heights = [height(&nodes.left, limit), height(&nodes.right, limit)];
    // A side without boxes takes no room.
    let [above, below] = heights.map(|height| match height > 0.0 {
        true => height + LEAST_BETWEEN,
        false => 0.0,
    });
    let tall = above + middle.height() + below;
    let (rect, whole) = ui.allocate_exact_size(vec2(width, tall), Sense::hover());
    named(&whole, middle);
    let mut pressed = None;
    let place = |top: f32, height: f32| {
        let rect = Rect::from_min_size(pos2(rect.left(), rect.top() + top), vec2(width, height));
        Side { rect, limit }
    };
    let box_rect = place(above, middle.height()).rect;
    let left = place(0.0, heights[0]);
    let right = place(above + middle.height() + LEAST_BETWEEN, heights[1]);
    let from = left.show(ui, &nodes.left, all, &mut pressed);
    let to = right.show(ui, &nodes.right, all, &mut pressed);
    if let Some((_, color)) = from.last() {
        down(
            ui,
            left.rect.center_bottom() - vec2(0.0, GAP),
            box_rect.center_top(),
            *color,
        );
    }
    if let Some((_, color)) = to.first() {
        down(
            ui,
            box_rect.center_bottom(),
            right.rect.center_top(),
            *color,
        );
    }
    function(ui, box_rect, middle);
    pressed
}

/// An arrow straight down.
fn down(ui: &Ui, from: Pos2, to: Pos2, color: Color32) {
    let stroke = Stroke::new(1.2, color);
    ui.painter().line_segment([from, to], stroke);
    let head = vec![to, to + vec2(-3.5, -6.0), to + vec2(3.5, -6.0)];
    ui.painter()
        .add(Shape::convex_polygon(head, color, Stroke::NONE));
}

fn named(whole: &Response, middle: &Middle<'_>) {
    whole.widget_info(|| {
        let name = format!("Diagram of {}", middle.name);
        WidgetInfo::labeled(Role::Group, true, name)
    });
}

impl Middle<'_> {
    fn height(&self) -> f32 {
        62.0 + self.lines.len() as f32 * 19.0 + 30.0
    }
}

/// Where a line meets the function: spread over its side in the order of the boxes, so that lines do not cross.
fn anchor(x: f32, function: Rect, index: usize, count: usize) -> Pos2 {
    let inner = function.shrink2(vec2(0.0, space::M));
    // Few lines stay together around the middle.
    let step = (inner.height() / count.max(1) as f32).min(28.0);
    let first = inner.center().y - step * (count as f32 - 1.0) / 2.0;
    pos2(x, first + step * index as f32)
}

fn link(ui: &Ui, from: Pos2, to: Pos2, color: Color32) {
    let bend = (to.x - from.x) * 0.5;
    let points = [from, from + vec2(bend, 0.0), to - vec2(bend, 0.0), to];
    let stroke = Stroke::new(1.2, color);
    let curve = CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, stroke);
    ui.painter().add(curve);
    // The way that events and results take.
    let tip = to;
    let head = vec![tip, tip + vec2(-6.0, -3.5), tip + vec2(-6.0, 3.5)];
    ui.painter()
        .add(Shape::convex_polygon(head, color, Stroke::NONE));
}

fn height(groups: &[Group], limit: usize) -> f32 {
    let group = |group: &Group| {
        let shown = group.nodes.len().min(limit);
        let more = if group.nodes.len() > limit {
            24.0 + GAP
        } else {
            0.0
        };
        CAPTION_HEIGHT + shown as f32 * (NODE_HEIGHT + GAP) + more
    };
    let sum: f32 = groups.iter().map(group).sum();
    sum + groups.len().saturating_sub(1) as f32 * GROUP_GAP
}

struct Side {
    rect: Rect,
    limit: usize,
}

impl Side {
    /// Draws the boxes; gives those that a line leads to.
    fn show(
        &self,
        ui: &mut Ui,
        groups: &[Group],
        all: &mut bool,
        pressed: &mut Option<Press>,
    ) -> Vec<(Rect, Color32)> {
        let theme = Theme::of(ui);
        let mut links = Vec::new();
        let mut y = self.rect.top();
        for group in groups {
            let at = pos2(self.rect.left() + 2.0, y + CAPTION_HEIGHT / 2.0 - 1.0);
            let font = fonts::medium(size::SMALL);
            let painter = ui.painter();
            painter.text(at, Align2::LEFT_CENTER, group.caption, font, theme.muted);
            y += CAPTION_HEIGHT;
            for (index, node) in group.nodes.iter().take(self.limit).enumerate() {
                let place = Rect::from_min_size(
                    pos2(self.rect.left(), y),
                    vec2(self.rect.width(), NODE_HEIGHT),
                );
                let response = draw(ui, place, node, (group.caption, index));
                if response.clicked() {
                    *pressed = Some(node.press.clone());
                }
                if node.linked {
                    let color = match node.tone {
                        Tone::Warn | Tone::Err => node.tone.color(theme),
                        _ => theme.muted.gamma_multiply(0.6),
                    };
                    links.push((place, color));
                }
                y += NODE_HEIGHT + GAP;
            }
            let hidden = group.nodes.len().saturating_sub(self.limit);
            if hidden > 0 {
                let place =
                    Rect::from_min_size(pos2(self.rect.left(), y), vec2(self.rect.width(), 24.0));
                let text = format!("Show {hidden} more");
                let button = egui::Button::new(text).frame(false);
                if ui.put(place, button).clicked() {
                    *all = true;
                }
                y += 24.0 + GAP;
            }
            y += GROUP_GAP;
        }
        links
    }
}

fn draw(ui: &mut Ui, rect: Rect, node: &Node, id: (&str, usize)) -> Response {
    let theme = Theme::of(ui);
    let presses = node.press != Press::Nothing;
    let sense = if presses {
        Sense::click()
    } else {
        Sense::hover()
    };
    let id = ui.scope_id().with(("node", id));
    let mut response = ui.interact(rect, id, sense);
    let role = if presses { Role::Button } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, ui.is_enabled(), node.name()));
    let fill = match (presses && response.hovered(), node.linked) {
        (true, _) => theme.hover,
        (false, true) => theme.panel,
        (false, false) => Color32::TRANSPARENT,
    };
    let outline = if response.has_focus() {
        theme.accent
    } else {
        theme.line
    };
    let painter = ui.painter();
    let radius = CornerRadius::same(RADIUS);
    let stroke = Stroke::new(1.0, outline);
    painter.rect(rect, radius, fill, stroke, StrokeKind::Inside);
    let color = match node.tone {
        Tone::Plain => theme.text,
        tone => tone.color(theme),
    };
    let icon_color = match node.tone {
        Tone::Plain => theme.accent,
        tone => tone.color(theme),
    };
    let icon_at = pos2(rect.left() + 20.0, rect.center().y);
    painter.text(
        icon_at,
        Align2::CENTER_CENTER,
        node.icon,
        fonts::icon(16.0),
        icon_color,
    );
    let left = rect.left() + 38.0;
    let room = rect.right() - left - space::S;
    let title_y = if node.detail.is_empty() { 21.0 } else { 14.0 };
    let one = |text: &str, font: FontId, color: Color32, y: f32| {
        line(ui, pos2(left, rect.top() + y), room, text, font, color);
    };
    one(&node.title, fonts::medium(size::BODY), color, title_y);
    let detail_color = match node.tone {
        Tone::Warn | Tone::Err => color,
        _ => theme.muted,
    };
    one(&node.detail, fonts::body(size::SMALL), detail_color, 30.0);
    let verb = match &node.press {
        Press::Copy(what, _) => format!("Press to copy the {what}"),
        Press::Nothing | Press::Retry | Press::Open(_) => String::new(),
    };
    let hover = [node.name(), node.hover.clone(), verb];
    if presses {
        response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
    }
    response.on_hover_ui(|ui| {
        for text in hover.iter().filter(|text| !text.is_empty()) {
            ui.label(text);
        }
    })
}

/// One line, cut off where it does not fit; `at` is the middle of its left edge.
fn line(ui: &Ui, at: Pos2, room: f32, text: &str, font: FontId, color: Color32) {
    if text.is_empty() {
        return;
    }
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width(room);
    let galley = ui.painter().layout_job(job);
    let at = pos2(at.x, at.y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
}

fn function(ui: &Ui, rect: Rect, middle: &Middle<'_>) {
    let theme = Theme::of(ui);
    let painter = ui.painter();
    let radius = CornerRadius::same(RADIUS);
    let stroke = Stroke::new(1.5, theme.accent);
    painter.rect(rect, radius, theme.sel, stroke, StrokeKind::Inside);
    let head = pos2(rect.left() + space::L, rect.top() + 24.0);
    let sign = fonts::icon(18.0);
    painter.text(
        head,
        Align2::LEFT_CENTER,
        Icon::SQUARE_FUNCTION,
        sign,
        theme.accent,
    );
    let room = rect.width() - 2.0 * space::L;
    let name_at = head + vec2(26.0, 0.0);
    let font = fonts::semibold(size::HEADING);
    line(ui, name_at, room - 26.0, middle.name, font, theme.text);
    let mut y = rect.top() + 52.0;
    for text in middle.lines {
        let at = pos2(rect.left() + space::L, y);
        line(ui, at, room, text, fonts::body(size::BODY), theme.text);
        y += 19.0;
    }
    let foot = rect.bottom() - 17.0;
    painter.hline(rect.x_range().shrink(space::L), foot - 15.0, theme.stroke());
    let at = pos2(rect.left() + space::L, foot);
    line(
        ui,
        at,
        room,
        middle.footer,
        fonts::body(size::SMALL),
        theme.muted,
    );
}

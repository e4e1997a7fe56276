//! Small marks: the connection's chip with its colour, tags, a key's cap, a state with its dot and word.

use egui::{
    Align2, Color32, CornerRadius, Painter, Pos2, Rect, Response, RichText, Role, Sense,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::button::{make_room, text_width};
use super::steady::steady_area;
use crate::ui::{
    fonts,
    theme::{CONTROL_HEIGHT, RADIUS, Theme, size, space},
};

/// The connection's chip: a bar in its colour, the profile's name, what else is known of it, and its state where that is not as it
/// should be. It can be pressed.
pub fn connection_chip(
    ui: &mut Ui,
    bar: Color32,
    name: &str,
    detail: &str,
    state: Option<(&str, Color32)>,
) -> Response {
    let theme = Theme::of(ui);
    let (words, color) = state.unwrap_or(("", theme.muted));
    let [strong, rest, mark] = connection_lines(ui, name, detail, words, color);
    let gap = if detail.is_empty() { 0.0 } else { space::S };
    let last = if words.is_empty() { 0.0 } else { space::S };
    let width = 10.0 + strong.size().x + gap + rest.size().x + last + mark.size().x + 10.0;
    let wanted = vec2(width, CONTROL_HEIGHT);
    let (rect, response) = steady_area(ui, wanted, "the connection", Sense::click());
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Button,
            ui.is_enabled(),
            format!("Connection {name} {detail} {words}").trim(),
        )
    });
    ground(ui, theme, rect, &response);
    let painter = ui.painter();
    let clipped = painter.with_clip_rect(Rect::from_min_size(rect.min, vec2(3.0, rect.height())));
    clipped.rect_filled(rect, CornerRadius::same(RADIUS), bar);
    let middle = rect.center().y;
    let x = rect.left() + 10.0;
    let step = strong.size().x + gap;
    painter.galley(pos2(x, middle - strong.size().y / 2.0), strong, theme.text);
    let end = x + step + rest.size().x + last;
    painter.galley(
        pos2(x + step, middle - rest.size().y / 2.0),
        rest,
        theme.muted,
    );
    painter.galley(pos2(end, middle - mark.size().y / 2.0), mark, color);
    response
}

/// How wide that is, in points.
pub fn connection_chip_width(ui: &Ui, name: &str, detail: &str, state: &str) -> f32 {
    let muted = Theme::of(ui).muted;
    let lines = connection_lines(ui, name, detail, state, muted);
    let gaps = [detail, state]
        .iter()
        .filter(|words| !words.is_empty())
        .count();
    let words: f32 = lines.iter().map(|line| line.size().x).sum();
    20.0 + words + gaps as f32 * space::S
}

/// A long name must not push the lock and the search out of the bar; screen readers are told all of it.
fn connection_lines(
    ui: &Ui,
    name: &str,
    detail: &str,
    state: &str,
    color: Color32,
) -> [std::sync::Arc<egui::Galley>; 3] {
    let theme = Theme::of(ui);
    let room = ui.ctx().content_rect().width();
    let line = |text: &str, font, color, width| {
        let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
        job.wrap = egui::text::TextWrapping::truncate_at_width(width);
        ui.painter().layout_job(job)
    };
    [
        line(name, fonts::semibold(size::BODY), theme.text, room * 0.18),
        line(detail, fonts::body(size::BODY), theme.muted, room * 0.22),
        line(state, fonts::medium(size::BODY), color, room * 0.2),
    ]
}

fn ground(ui: &Ui, theme: &Theme, rect: Rect, response: &Response) {
    let fill = if response.hovered() {
        theme.hover
    } else {
        theme.raised
    };
    let radius = CornerRadius::same(RADIUS);
    let edge = match response.has_focus() {
        true => egui::Stroke::new(2.0, theme.accent),
        false => theme.edge(),
    };
    ui.painter()
        .rect(rect, radius, fill, edge, StrokeKind::Inside);
}

/// A tag: a short word on a raised ground, not for pressing.
pub fn tag(ui: &mut Ui, text: &str) -> Response {
    small_mark(ui, text, |painter, theme, at| {
        paint_tag(painter, theme, at, text)
    })
}

/// A key's cap, as in "Ctrl K".
pub fn keycap(ui: &mut Ui, text: &str) -> Response {
    small_mark(ui, text, |painter, theme, at| {
        paint_keycap(painter, theme, at, text)
    })
}

fn small_mark(
    ui: &mut Ui,
    text: &str,
    paint: impl FnOnce(&Painter, &Theme, Pos2) -> Rect,
) -> Response {
    let theme = Theme::of(ui);
    let font = fonts::body(size::TINY);
    let width = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font, theme.muted)
        .size()
        .x;
    let (rect, response) = ui.allocate_exact_size(vec2(width + 12.0, 20.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    paint(ui.painter(), theme, rect.left_center());
    response
}

/// How something is, in the theme's colours; always with a word beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Nothing to say.
    Plain,
    /// It steps back.
    Muted,
    /// It can be acted on, or is under way.
    Accent,
    /// All is well.
    Ok,
    /// Look here soon.
    Warn,
    /// Look here now.
    Err,
}

impl Tone {
    /// Its colour.
    pub fn color(self, theme: &Theme) -> Color32 {
        match self {
            Self::Plain => theme.text,
            Self::Muted => theme.muted,
            Self::Accent => theme.accent,
            Self::Ok => theme.ok,
            Self::Warn => theme.warn,
            Self::Err => theme.err,
        }
    }

    /// A sign of its own, for those who do not see the colour.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Plain | Self::Muted => "",
            Self::Accent => "●",
            Self::Ok => "✓",
            Self::Warn => "◆",
            Self::Err => "▲",
        }
    }
}

/// A state: its sign and its word, in its colour.
pub fn state(ui: &mut Ui, tone: Tone, word: &str) -> Response {
    let color = tone.color(Theme::of(ui));
    let text = match tone.sign() {
        "" => word.to_owned(),
        sign => format!("{sign} {word}"),
    };
    let width = text_width(ui, &text, fonts::body(size::BODY));
    make_room(ui, width);
    let response = ui.add(egui::Label::new(RichText::new(text).color(color)).extend());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, word));
    response
}

/// Paints a tag without a widget, for table cells; gives back where it is.
pub fn paint_tag(painter: &Painter, theme: &Theme, left_center: Pos2, text: &str) -> Rect {
    paint_tag_within(painter, theme, left_center, text, f32::INFINITY)
}

/// How wide a tag is, in points.
pub fn tag_width(ui: &Ui, text: &str) -> f32 {
    super::button::text_width(ui, text, fonts::body(size::TINY)) + 12.0
}

/// The same as [`paint_tag`], cut off with an ellipsis where it would be wider than `most`, in points.
pub fn paint_tag_within(
    painter: &Painter,
    theme: &Theme,
    left_center: Pos2,
    text: &str,
    most: f32,
) -> Rect {
    let font = fonts::body(size::TINY);
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, theme.muted);
    job.wrap = egui::text::TextWrapping::truncate_at_width((most - 12.0).max(1.0));
    let galley = painter.layout_job(job);
    let rect = Align2::LEFT_CENTER.anchor_size(left_center, galley.size() + vec2(12.0, 4.0));
    painter.rect(rect, 4, theme.raised, theme.stroke(), StrokeKind::Inside);
    let at = pos2(rect.left() + 6.0, rect.center().y - galley.size().y / 2.0);
    painter.galley(at, galley, theme.muted);
    rect
}

/// Paints a key's cap without a widget; gives back where it is.
pub fn paint_keycap(painter: &Painter, theme: &Theme, left_center: Pos2, text: &str) -> Rect {
    let font = fonts::body(size::TINY);
    let galley = painter.layout_no_wrap(text.to_owned(), font, theme.muted);
    let rect = Align2::LEFT_CENTER.anchor_size(left_center, galley.size() + vec2(12.0, 5.0));
    painter.rect_stroke(rect, 4, theme.stroke(), StrokeKind::Inside);
    let at = pos2(rect.left() + 6.0, rect.center().y - galley.size().y / 2.0);
    painter.galley(at, galley, theme.muted);
    rect
}

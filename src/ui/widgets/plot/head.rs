//! Above the area: title, the number that matters, and the legend, which is the read-out while there is a crosshair.

use std::sync::Arc;

use egui::{
    Align2, Color32, FontId, Galley, Id, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui,
    WidgetInfo, pos2,
    text::{LayoutJob, TextWrapping},
    vec2,
};

use super::texts::Texts;
use super::{Form, Look, NUMBER, Note, Plot, TITLE};
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{Theme, size, space},
};

/// The room of a swatch before its name, in points.
const SWATCH: f32 = 14.0;

/// The room of the number of lines that have none, in points.
const MORE: f32 = 22.0;

/// What a legend's sample looks like.
#[derive(Clone, Copy)]
enum Swatch {
    Line(Look),
    Form(Form),
}

/// One line of the legend.
struct Entry {
    swatch: Swatch,
    color: Color32,
    name: Arc<Galley>,
    value: Arc<Galley>,
}

impl Entry {
    fn width(&self) -> f32 {
        SWATCH + self.name.size().x + self.value.size().x
    }

    fn text(&self) -> String {
        format!("{}{}", self.name.text(), self.value.text())
    }
}

/// Draws it into `rect`; `at` is the time under the crosshair.
pub(super) fn show(
    ui: &Ui,
    theme: &Theme,
    id: Id,
    plot: &Plot<'_>,
    rect: Rect,
    at: Option<i64>,
    texts: &mut Texts,
) {
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let left = rect.left();
    let first = rect.top() + TITLE / 2.0;
    let (font, color) = if plot.value.is_empty() {
        (fonts::semibold(size::BODY), theme.text)
    } else {
        (fonts::medium(size::SMALL), theme.muted)
    };
    let title_end = within(
        &painter,
        pos2(left, first),
        rect.right(),
        plot.title,
        font,
        color,
    );
    let entries = entries(ui, theme, plot, at, texts);
    let mut after = title_end;
    let mut second = first;
    if plot.value.is_empty() {
        let room = rect.right() - title_end - 2.0 * space::M - width_of(&entries);
        if room > 40.0 {
            let at = pos2(title_end + space::S, first);
            after = words(&painter, theme, plot, at, at.x + room);
        }
    }
    let room = rect.right() - after - space::M;
    // Where there is no second line, the number of those without room needs some.
    let fit = match fitting(&entries, room) {
        fit if fit < entries.len() && plot.value.is_empty() => fitting(&entries, room - MORE),
        fit => fit,
    };
    let (above, below) = entries.split_at(fit);
    if !plot.value.is_empty() {
        second = rect.top() + TITLE + NUMBER / 2.0;
        let font = fonts::body(size::BIG);
        let color = plot.tone.unwrap_or(theme.text);
        let at_number = pos2(left, second);
        let big = painter.text(at_number, Align2::LEFT_CENTER, plot.value, font, color);
        after = big.right();
        // The read-out is asked for; the words can wait.
        if below.is_empty() || at.is_none() {
            let at = pos2(big.right() + 6.0, second + 2.0);
            after = words(&painter, theme, plot, at, rect.right());
        }
    }
    let start = legend(ui, &painter, id, 0, above, pos2(rect.right(), first));
    let mut rest = (below, pos2(start, first));
    if second > first {
        let fit = fitting(below, rect.right() - after - space::M - MORE);
        let (below, left) = below.split_at(fit);
        let end = pos2(rect.right(), second + 2.0);
        let start = legend(ui, &painter, id, above.len(), below, end);
        rest = (left, pos2(start, end.y));
    }
    if rest.1.x - MORE >= after.min(title_end) {
        more(ui, &painter, theme, id, rest.0, rest.1);
    }
}

/// How many lines have no room, at the left of those that have; hovering names them.
fn more(ui: &Ui, painter: &Painter, theme: &Theme, id: Id, left: &[Entry], end: Pos2) {
    if left.is_empty() {
        return;
    }
    let font = fonts::body(size::TINY);
    let text = format!("+{}", left.len());
    let rect = painter.text(end, Align2::RIGHT_CENTER, text, font, theme.muted);
    let names: Vec<String> = left.iter().map(Entry::text).collect();
    let names = names.join(", ");
    let response = ui.interact(rect, id.with("legend"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &names));
    response.on_hover_text(names);
}

/// The words beside the number or the title, cut off at the card's edge; gives back where they end.
fn words(painter: &Painter, theme: &Theme, plot: &Plot<'_>, at: Pos2, right: f32) -> f32 {
    let font = fonts::body(size::SMALL);
    within(painter, at, right, plot.subtitle, font, theme.muted)
}

/// A text whose left end is `at`, with an ellipsis where it would go past `right`; gives back where it ends.
fn within(
    painter: &Painter,
    at: Pos2,
    right: f32,
    text: &str,
    font: FontId,
    color: Color32,
) -> f32 {
    // An ellipsis alone says nothing.
    if text.is_empty() || right - at.x < 2.0 * space::M {
        return at.x;
    }
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width(right - at.x);
    let galley = painter.layout_job(job);
    let end = at.x + galley.size().x;
    let place = pos2(at.x, at.y - galley.size().y / 2.0);
    painter.galley(place, galley, color);
    end
}

fn width_of(entries: &[Entry]) -> f32 {
    entries.iter().map(|entry| entry.width() + space::S).sum()
}

/// How many entries fit into this width, from the first.
fn fitting(entries: &[Entry], width: f32) -> usize {
    let mut used = 0.0;
    let fits = |entry: &&Entry| {
        used += entry.width() + space::S;
        used <= width + space::S
    };
    entries.iter().take_while(fits).count()
}

/// Names, and values while there is a crosshair. A line that is named as its plot says its value alone.
fn entries(
    ui: &Ui,
    theme: &Theme,
    plot: &Plot<'_>,
    at: Option<i64>,
    texts: &mut Texts,
) -> Vec<Entry> {
    if plot.note != Note::None {
        return Vec::new();
    }
    let mut entry = |name: String, value: String, swatch: Swatch, color: Color32| Entry {
        swatch,
        color,
        name: texts.tiny(ui, name, theme.muted),
        value: texts.tiny(ui, value, theme.text),
    };
    let one = plot.lines.len() + plot.dots.len() < 2;
    let mut entries = Vec::with_capacity(plot.lines.len() + plot.dots.len());
    for line in plot.lines {
        let (name, value) = match at {
            Some(at) => plot.named(line, at),
            None if one && line.name == plot.title => continue,
            None => (line.name.to_owned(), String::new()),
        };
        entries.push(entry(name, value, Swatch::Line(line.look), line.color));
    }
    for dots in plot.dots {
        let swatch = Swatch::Form(dots.form);
        entries.push(entry(
            dots.name.to_owned(),
            String::new(),
            swatch,
            dots.color,
        ));
    }
    entries
}

/// Draws entries so that the last ends at `end`, and gives back where the first begins; each is a label for screen readers.
fn legend(ui: &Ui, painter: &Painter, id: Id, offset: usize, entries: &[Entry], end: Pos2) -> f32 {
    let mut x = end.x;
    for (index, entry) in entries.iter().enumerate().rev() {
        x -= entry.width();
        let (name, value) = (&entry.name, &entry.value);
        let height = name.size().y.max(value.size().y);
        sample(painter, entry.swatch, pos2(x + 5.0, end.y), entry.color);
        let at = pos2(x + SWATCH, end.y - height / 2.0);
        painter.galley(at, name.clone(), entry.color);
        let beside = pos2(at.x + name.size().x, at.y);
        painter.galley(beside, value.clone(), entry.color);
        let rect = Rect::from_min_size(at, vec2(entry.width() - SWATCH, height));
        let response = ui.interact(rect, id.with(("legend", offset + index)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, entry.text()));
        x -= space::S;
    }
    x
}

fn sample(painter: &Painter, swatch: Swatch, middle: Pos2, color: Color32) {
    let line = |from: f32, to: f32| {
        let rect = Rect::from_x_y_ranges(
            middle.x + from..=middle.x + to,
            middle.y - 1.0..=middle.y + 1.0,
        );
        painter.rect_filled(rect, 1, color);
    };
    match swatch {
        Swatch::Line(Look::Solid | Look::Area) => line(-5.0, 5.0),
        Swatch::Line(Look::Dashed) => {
            line(-5.0, -1.0);
            line(1.5, 5.0);
        }
        Swatch::Line(Look::Dotted) => {
            for x in [-5.0, -1.0, 3.0] {
                line(x, x + 2.0);
            }
        }
        Swatch::Line(Look::Stacked | Look::Bars) => {
            let square = Rect::from_center_size(middle, vec2(8.0, 8.0));
            painter.rect_filled(square, 1, color);
        }
        Swatch::Form(form) => {
            painter.add(form_at(form, middle, color));
        }
    }
}

fn form_at(form: Form, middle: Pos2, color: Color32) -> Shape {
    let points = |places: &[(f32, f32)]| {
        let points = places.iter().map(|(x, y)| middle + vec2(*x, *y)).collect();
        Shape::convex_polygon(points, color, Stroke::NONE)
    };
    match form {
        Form::Dot => Shape::circle_filled(middle, 2.5, color),
        Form::Square => points(&[(-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0)]),
        Form::Triangle => points(&[(0.0, -3.5), (3.5, 3.0), (-3.5, 3.0)]),
        Form::Diamond => points(&[(0.0, -4.0), (4.0, 0.0), (0.0, 4.0), (-4.0, 0.0)]),
    }
}

impl Plot<'_> {
    /// What stands in the area in place of the data.
    pub(super) fn annotate(&self, ui: &Ui, theme: &Theme, area: Rect) {
        let (text, color, sign) = match self.note {
            Note::None => return,
            Note::Plain(note) => (note, theme.muted, ""),
            Note::Loading => {
                skeleton(ui.painter(), theme, area);
                return;
            }
            Note::Failed(why) => (why, theme.err, Icon::CIRCLE_ALERT),
        };
        let font = fonts::body(size::SMALL);
        let width = (area.width() - 2.0 * space::M).max(40.0);
        let galley = ui.painter().layout(text.to_owned(), font, color, width);
        let rect = Align2::CENTER_CENTER.anchor_size(area.center(), galley.size());
        ui.painter().galley(rect.min, galley, color);
        if !sign.is_empty() {
            let at = pos2(area.center().x, rect.top() - 4.0);
            let icon = fonts::icon(16.0);
            ui.painter()
                .text(at, Align2::CENTER_BOTTOM, sign, icon, color);
        }
    }
}

/// Grey bars where the lines will be. They stand still, so that the window does too.
fn skeleton(painter: &Painter, theme: &Theme, area: Rect) {
    let count = ((area.width() / 24.0) as usize).clamp(3, 40);
    let wide = area.width() / count as f32;
    for index in 0..count {
        let share = 0.35 + ((index * 5) % 7) as f32 * 0.06;
        let left = area.left() + index as f32 * wide;
        let top = area.bottom() - area.height() * share;
        let bar = Rect::from_min_max(
            pos2(left + 2.0, top),
            pos2(left + wide - 2.0, area.bottom()),
        );
        painter.rect_filled(bar, 2, theme.raised);
    }
}

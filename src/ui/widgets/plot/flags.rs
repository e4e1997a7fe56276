//! Marks along the time: dashed lines with flags on top. Neighbouring marks share a flag; hovering tells the words, and
//! what is hovered in one plot is lit in all of them.

use std::ops::Range;

use egui::{
    Color32, CornerRadius, Rect, RectAlign, Response, Role, Sense, Shape, Stroke, Tooltip, Ui,
    WidgetInfo, pos2, vec2,
};

use super::data::{Mark, Span};
use super::group::PlotGroup;
use crate::model::format;
use crate::ui::{
    fonts,
    theme::{Theme, size, space},
};

/// The height of the strip above the area that flags stand in, in points.
pub(super) const STRIP: f32 = 18.0;
/// Words up to this length stand in the flag themselves.
const SHORT: usize = 12;
/// A day, in ms.
const DAY: i64 = 86_400_000;
/// The least distance between two flags, in points.
const APART: f32 = 2.0;

/// The letter of the `index`-th mark in the order of time: A to Z, AA, AB…; for lists beside the plots, too.
pub fn letter(index: usize) -> String {
    let mut text = String::new();
    let mut rest = index + 1;
    while rest > 0 {
        rest -= 1;
        let letter = char::from(b'A' + (rest % 26) as u8);
        text.insert(0, letter);
        rest /= 26;
    }
    text
}

/// What each flag shows: its words where all are short, else letters. Whether it is the one or the other never changes
/// with the zoom.
fn faces(marks: &[Mark]) -> Vec<String> {
    let short = marks.iter().all(|mark| mark.text.chars().count() <= SHORT);
    let mut order: Vec<usize> = (0..marks.len()).collect();
    order.sort_by_key(|index| marks.get(*index).map(|mark| mark.at));
    let mut faces = vec![String::new(); marks.len()];
    for (place, index) in order.into_iter().enumerate() {
        if let (Some(face), Some(mark)) = (faces.get_mut(index), marks.get(index)) {
            *face = if short {
                mark.text.clone()
            } else {
                letter(place)
            };
        }
    }
    faces
}

/// Which neighbours share a flag. `places` are the middles and widths of flags in order; those that would touch are
/// joined, until none do.
fn join(places: &[(f32, f32)]) -> Vec<Range<usize>> {
    let bounds = |range: &Range<usize>| {
        let part = places.get(range.clone()).unwrap_or_default();
        let first = part.first().map_or(0.0, |place| place.0);
        let last = part.last().map_or(0.0, |place| place.0);
        let width: f32 = part.iter().map(|place| place.1).sum();
        let middle = (first + last) / 2.0;
        (middle - width / 2.0, middle + width / 2.0)
    };
    let mut flags: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for index in 0..places.len() {
        let mut flag = index..index + 1;
        // A flag that grew may reach the one before it.
        while let Some(before) = flags.last() {
            if bounds(before).1 + APART <= bounds(&flag).0 {
                break;
            }
            flag.start = before.start;
            flags.pop();
        }
        flags.push(flag);
    }
    flags
}

/// What a shared flag shows: up to three faces, or the first and the last.
fn shared(faces: &[&str]) -> String {
    match faces {
        [first, _, .., _, last] if faces.len() > 3 => format!("{first} – {last}"),
        faces => faces.join("  "),
    }
}

/// Something with a flag, on its way to the screen.
struct Flagged<'a> {
    x: f32,
    at: i64,
    face: String,
    text: &'a str,
    color: Color32,
    span: bool,
}

/// Draws marks and the flags of spans over `area`; `x_of` places a time. `plot` is the plot's own response.
pub(super) fn show(
    ui: &Ui,
    plot: &Response,
    area: Rect,
    marks: &[Mark],
    spans: &[Span],
    group: &mut PlotGroup,
    x_of: impl Fn(i64) -> f32,
) {
    if marks.is_empty() && spans.iter().all(|span| span.face.is_empty()) {
        return;
    }
    let theme = Theme::of(ui);
    let visible = group.visible();
    let mut flagged: Vec<Flagged<'_>> = faces(marks)
        .into_iter()
        .zip(marks)
        .filter(|(_, mark)| visible.contains(&mark.at))
        .map(|(face, mark)| Flagged {
            x: x_of(mark.at),
            at: mark.at,
            face,
            text: &mark.text,
            color: theme.accent,
            span: false,
        })
        .collect();
    flagged.extend(spans.iter().filter_map(|span| {
        let seen = span.range.start.max(visible.start)..span.range.end.min(visible.end);
        (!span.face.is_empty() && !seen.is_empty()).then(|| Flagged {
            x: (x_of(seen.start) + x_of(seen.end)) / 2.0,
            at: span.range.start,
            face: span.face.clone(),
            text: &span.text,
            color: span.color,
            span: true,
        })
    }));
    flagged.sort_by(|a, b| a.x.total_cmp(&b.x));
    for flag in flagged.iter().filter(|flag| !flag.span) {
        let lit = group.lit() == Some(flag.at);
        let stroke = Stroke::new(if lit { 2.0 } else { 1.0 }, flag.color);
        let x = flag.x.round() + 0.5;
        let ends = [pos2(x, area.top() - 1.0), pos2(x, area.bottom())];
        ui.painter()
            .extend(Shape::dashed_line(&ends, stroke, 3.0, 3.0));
    }
    let width = |flag: &Flagged<'_>| {
        let font = fonts::medium(size::TINY);
        let galley = ui
            .painter()
            .layout_no_wrap(flag.face.clone(), font, flag.color);
        (flag.x, galley.size().x + 8.0)
    };
    let places: Vec<(f32, f32)> = flagged.iter().map(width).collect();
    for (index, range) in join(&places).into_iter().enumerate() {
        let part = flagged.get(range.clone()).unwrap_or_default();
        let wide: f32 = places
            .get(range)
            .unwrap_or_default()
            .iter()
            .map(|p| p.1)
            .sum();
        flag(ui, plot, area, part, wide, index, group);
    }
}

/// One flag, which one or several marks share.
fn flag(
    ui: &Ui,
    plot: &Response,
    area: Rect,
    part: &[Flagged<'_>],
    wide: f32,
    index: usize,
    group: &mut PlotGroup,
) {
    let (Some(first), Some(last)) = (part.first(), part.last()) else {
        return;
    };
    let theme = Theme::of(ui);
    let faces: Vec<&str> = part.iter().map(|flag| &*flag.face).collect();
    let text = shared(&faces);
    let font = fonts::medium(size::TINY);
    let lit = part.iter().any(|flag| group.lit() == Some(flag.at));
    let (fill, color) = if lit || first.span {
        (first.color, theme.bg)
    } else {
        (theme.sel, first.color)
    };
    let galley = ui.painter().layout_no_wrap(text, font, color);
    let width = (galley.size().x + 8.0).max(if part.len() == 1 { 16.0 } else { wide });
    let middle = (first.x + last.x) / 2.0;
    // A flag at an end leans into the area rather than over its edge.
    let right = (area.right() - width).max(area.left());
    let left = (middle - width / 2.0).clamp(area.left(), right);
    let top = area.top() - STRIP + 1.0;
    let rect = Rect::from_min_size(pos2(left, top), vec2(width, STRIP - 2.0));
    let radius = CornerRadius::same(if first.span { 8 } else { 3 });
    ui.painter().rect_filled(rect, radius, fill);
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, color);
    let id = plot.id.with(("flag", index));
    let response = ui.interact(rect, id, Sense::hover());
    let zone = group.zone.clone();
    let words = |between: &str, exact: bool| {
        let word = |flag: &Flagged<'_>| {
            let at = match exact {
                true => format::time_exact(flag.at, &zone),
                false => {
                    let day = format::axis_time(flag.at, DAY, &zone);
                    format!("{day} {}", format::clock_seconds(flag.at, &zone))
                }
            };
            if flag.face == flag.text {
                format!("{}, {at}", flag.text)
            } else {
                format!("{}: {}, {at}", flag.face, flag.text)
            }
        };
        part.iter().map(word).collect::<Vec<_>>().join(between)
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words("; ", true)));
    if response.hovered() {
        let pointer = ui.ctx().pointer_hover_pos();
        let x = pointer.map_or(middle, |pos| pos.x);
        let near = part
            .iter()
            .min_by(|a, b| (a.x - x).abs().total_cmp(&(b.x - x).abs()));
        group.light(near.map(|flag| flag.at));
    }
    // Beside the line and not over it.
    let mut tooltip = Tooltip::for_enabled(&response);
    tooltip.popup = tooltip.popup.align(RectAlign::RIGHT_END).gap(space::S);
    tooltip.show(|ui| {
        ui.label(words("\n", false));
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn mark(at: i64, text: &str) -> Mark {
        Mark {
            at,
            text: text.to_owned(),
        }
    }

    #[test]
    fn letters_go_on_after_z() {
        let letters = [0, 1, 25, 26, 27, 701, 702].map(letter);
        assert_eq!(letters, ["A", "B", "Z", "AA", "AB", "ZZ", "AAA"]);
    }

    #[test]
    fn short_words_stand_in_the_flag_and_long_ones_get_letters_in_the_order_of_time() {
        let marks = [mark(9, "25 %"), mark(3, "5 %")];
        assert_eq!(faces(&marks), ["25 %", "5 %"]);
        let marks = [
            mark(9, "audit-archive reserved 120 to 80"),
            mark(3, "payments-capture live 40 to 41"),
        ];
        assert_eq!(faces(&marks), ["B", "A"]);
    }

    #[test]
    fn marks_that_are_near_share_a_flag() {
        let far = [(10.0, 16.0), (40.0, 16.0), (90.0, 16.0)];
        assert_eq!(join(&far), [0..1, 1..2, 2..3]);
        let near = [(10.0, 16.0), (80.0, 16.0), (90.0, 16.0)];
        assert_eq!(join(&near), [0..1, 1..3]);
        assert!(join(&[]).is_empty());
    }

    #[test]
    fn a_flag_that_grew_takes_its_neighbour_in() {
        // The last two touch; together they are wide enough to reach the first.
        let places = [(10.0, 16.0), (33.0, 16.0), (36.0, 16.0)];
        assert_eq!(join(&places).as_slice(), std::slice::from_ref(&(0..3)));
    }

    #[test]
    fn a_shared_flag_names_all_or_the_first_and_the_last() {
        assert_eq!(shared(&["A"]), "A");
        assert_eq!(shared(&["B", "C"]), "B  C");
        assert_eq!(shared(&["A", "B", "C", "D", "E"]), "A – E");
    }
}

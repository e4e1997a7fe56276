//! What the plots of a page share: the range of time, the zoom, the crosshair; and the grid that they stand in.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use egui::{
    Context, CornerRadius, Id, Pos2, Rect, Sense, StrokeKind, Ui, UiBuilder, Vec2, pos2, vec2,
};

use super::plot::{Plot, Unit};
use super::plot_lines::{self, Drawn};
use crate::model::format::Zone;
use crate::ui::{
    fonts,
    theme::{RADIUS, Theme},
};

/// The shared state of a page's plots. Call [`PlotGroup::begin`] on every frame before the first of them.
pub struct PlotGroup {
    /// The zone that times are written in.
    pub zone: Zone,
    pub(super) drag: Option<(Id, i64)>,
    range: Range<i64>,
    zoom: Option<Range<i64>>,
    pointed: Option<i64>,
    stepped: Option<i64>,
    step: i64,
    cards: HashMap<Id, Card>,
    frame: u64,
}

/// What is kept of one plot between frames.
struct Card {
    key: Key,
    drawn: Drawn,
    origin: Pos2,
    area: Rect,
    labels: f32,
    frame: u64,
}

/// What the drawn lines depend on; a change of any makes them anew.
#[derive(Clone, PartialEq)]
struct Key {
    generation: u64,
    visible: Range<i64>,
    size: Vec2,
    pixels_per_point: f32,
    unit: Unit,
    dark: bool,
    lines: usize,
    zone: Zone,
}

impl Default for PlotGroup {
    fn default() -> Self {
        Self {
            zone: Zone::Local,
            drag: None,
            range: 0..1,
            zoom: None,
            pointed: None,
            stepped: None,
            step: 60_000,
            cards: HashMap::new(),
            frame: 0,
        }
    }
}

impl PlotGroup {
    /// Times are written in this zone.
    pub fn new(zone: Zone) -> Self {
        Self {
            zone,
            ..Self::default()
        }
    }

    /// Says what the page shows, in ms since the epoch, with `step` ms between points; and finds the crosshair.
    pub fn begin(&mut self, ctx: &Context, range: Range<i64>, step: i64) {
        self.range = range.start..range.end.max(range.start + 1);
        self.step = step.max(1);
        self.frame += 1;
        // Cards that were not drawn in the last frame belong to another page.
        let last = self.frame - 1;
        self.cards.retain(|_, card| card.frame + 1 >= last);
        let pointer = ctx.pointer_hover_pos();
        let visible = self.visible();
        self.pointed = pointer.and_then(|pos| {
            let card = self.cards.values().find(|card| card.area.contains(pos))?;
            Some(plot_lines::time_of(pos.x, &visible, card.area))
        });
        if self.pointed.is_some() {
            self.stepped = None;
        }
    }

    /// What the plots show: the zoom, or else the range.
    pub fn visible(&self) -> Range<i64> {
        self.zoom.clone().unwrap_or_else(|| self.range.clone())
    }

    /// Somebody zoomed in.
    pub fn is_zoomed(&self) -> bool {
        self.zoom.is_some()
    }

    /// Shows only this; true, for the caller's convenience. Never less than two points.
    pub fn zoom_to(&mut self, chosen: Range<i64>) -> bool {
        let least = 2 * self.step;
        let middle = chosen.start + (chosen.end - chosen.start) / 2;
        self.zoom = Some(if chosen.end - chosen.start < least {
            middle - least / 2..middle + least / 2
        } else {
            chosen
        });
        true
    }

    /// Back to the range; true when there was a zoom.
    pub fn zoom_out(&mut self) -> bool {
        self.zoom.take().is_some()
    }

    /// The time under the crosshair, where there is one.
    pub fn hovered(&self) -> Option<i64> {
        self.pointed.or(self.stepped)
    }

    pub(super) fn by_keys(&self) -> bool {
        self.stepped.is_some()
    }

    /// Moves the crosshair by so many points, with the keyboard.
    pub(super) fn step(&mut self, by: i64) {
        let visible = self.visible();
        let at = self.hovered().unwrap_or(visible.end);
        self.stepped = Some((at + by * self.step).clamp(visible.start, visible.end - 1));
    }

    /// How much room the axis' labels need; learnt when the plot was drawn last.
    pub(super) fn labels_width(&self, id: Id) -> f32 {
        self.cards.get(&id).map_or(34.0, |card| card.labels)
    }

    /// What to draw of a plot: what was drawn last, moved where it was scrolled to, unless something changed.
    pub(super) fn drawn(
        &mut self,
        ui: &Ui,
        id: Id,
        plot: &Plot<'_>,
        area: Rect,
        theme: &Theme,
    ) -> Drawn {
        let key = Key {
            generation: plot.generation(),
            visible: self.visible(),
            size: area.size(),
            pixels_per_point: ui.pixels_per_point(),
            unit: plot.unit(),
            dark: theme.dark,
            lines: plot.lines().len(),
            zone: self.zone.clone(),
        };
        let frame = self.frame;
        if let Some(card) = self.cards.get_mut(&id)
            && card.key == key
        {
            let moved = area.min - card.origin;
            if moved != Vec2::ZERO {
                Arc::make_mut(&mut card.drawn.mesh).translate(moved);
                card.origin = area.min;
            }
            (card.area, card.frame) = (area, frame);
            return card.drawn.clone();
        }
        let drawn = draw(ui, plot, &key, area);
        let labels = labels_width(ui, &drawn);
        if (labels - self.labels_width(id)).abs() > 0.5 {
            // The lines stand beside labels of another width from the next frame on.
            ui.ctx().request_repaint();
        }
        let card = Card {
            key,
            drawn: drawn.clone(),
            origin: area.min,
            area,
            labels,
            frame,
        };
        self.cards.insert(id, card);
        drawn
    }
}

fn draw(ui: &Ui, plot: &Plot<'_>, key: &Key, area: Rect) -> Drawn {
    let (least, most) = plot_lines::extremes(plot.lines(), &key.visible);
    let values = plot_lines::y_marks(least, most, key.unit);
    let range = (
        values.first().copied().unwrap_or(0.0),
        values.last().copied().unwrap_or(1.0),
    );
    let y_marks = values
        .into_iter()
        .map(|value| (value, key.unit.text(value)))
        .collect();
    let mut drawn = Drawn {
        y_marks: Arc::new(y_marks),
        x_marks: Arc::new(plot_lines::x_marks(&key.visible, area.width(), &key.zone)),
        mesh: Arc::default(),
        range,
    };
    let mesh = plot_lines::mesh(ui.ctx(), plot.lines(), &key.visible, area, &drawn);
    drawn.mesh = Arc::new(mesh);
    drawn
}

fn labels_width(ui: &Ui, drawn: &Drawn) -> f32 {
    let widest = drawn
        .y_marks
        .iter()
        .map(|(_, text)| {
            let font = fonts::body(10.0);
            let color = Theme::of(ui).muted;
            ui.painter()
                .layout_no_wrap(text.clone(), font, color)
                .size()
                .x
        })
        .fold(0.0, f32::max);
    (widest + 8.0).ceil().max(34.0)
}

/// Lays `count` cards of this height out in as many columns as fit, with one-pixel lines between them and one outline
/// around all. Cards out of sight are not drawn.
pub fn plot_grid(ui: &mut Ui, count: usize, height: f32, mut card: impl FnMut(&mut Ui, usize)) {
    let theme = Theme::of(ui);
    let width = ui.available_width();
    let columns = ((width / 320.0) as usize).clamp(1, 3).min(count.max(1));
    let lines = count.div_ceil(columns);
    let wanted = vec2(width, lines as f32 * height);
    let (rect, _) = ui.allocate_exact_size(wanted, Sense::hover());
    ui.painter()
        .rect_filled(rect, CornerRadius::same(RADIUS), theme.panel);
    let step = (width / columns as f32).floor();
    for index in 0..count {
        let (column, line) = (index % columns, index / columns);
        let left = rect.left() + column as f32 * step;
        let right = if column + 1 == columns {
            rect.right()
        } else {
            left + step
        };
        let top = rect.top() + line as f32 * height;
        let place = Rect::from_min_max(pos2(left, top), pos2(right, top + height));
        if ui.is_rect_visible(place) {
            let builder = UiBuilder::new().id_salt(index).max_rect(place);
            card(&mut ui.new_child(builder), index);
        }
    }
    for column in 1..columns {
        let x = rect.left() + column as f32 * step;
        ui.painter().vline(x - 0.5, rect.y_range(), theme.stroke());
    }
    for line in 1..lines {
        let y = rect.top() + line as f32 * height;
        ui.painter().hline(rect.x_range(), y - 0.5, theme.stroke());
    }
    let radius = CornerRadius::same(RADIUS);
    ui.painter()
        .rect_stroke(rect, radius, theme.stroke(), StrokeKind::Inside);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn group() -> PlotGroup {
        let mut group = PlotGroup::default();
        group.begin(&Context::default(), 0..3_600_000, 60_000);
        group
    }

    #[test]
    fn a_zoom_holds_until_it_is_left() {
        let mut group = group();
        assert!(group.zoom_to(600_000..1_200_000));
        assert_eq!(group.visible(), 600_000..1_200_000);
        assert!(group.zoom_out());
        assert!(!group.zoom_out());
        assert_eq!(group.visible(), 0..3_600_000);
    }

    #[test]
    fn nobody_zooms_in_on_less_than_two_points() {
        let mut group = group();
        group.zoom_to(600_000..600_001);
        let visible = group.visible();
        assert_eq!(visible.end - visible.start, 120_000);
    }

    #[test]
    fn the_keyboard_moves_the_crosshair_by_points_and_stays_inside() {
        let mut group = group();
        group.step(-1);
        assert_eq!(group.hovered(), Some(3_540_000));
        group.step(10);
        assert_eq!(group.hovered(), Some(3_599_999));
    }
}

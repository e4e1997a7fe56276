//! What the plots of a page share: the range of time, the zoom, the crosshair, the room for labels; and the grid that
//! they stand in.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use egui::{
    Context, CornerRadius, Id, LayerId, Rect, Sense, StrokeKind, Ui, UiBuilder, pos2, vec2,
};

use super::Plot;
use super::picture::Kept;
use super::prepared::{self, Axis, Key, Points};
use super::texts::Texts;
use crate::model::format::Zone;
use crate::ui::theme::{RADIUS, Theme};

/// The shared state of a page's plots. Call [`PlotGroup::begin`] on every frame before the first of them.
pub struct PlotGroup {
    /// The zone that times are written in.
    pub zone: Zone,
    /// The plot in which somebody drags, and the time and height at which they began.
    pub(super) drag: Option<(Id, i64, f64)>,
    /// The plot of which a threshold is dragged: its axis stands still meanwhile.
    pub(super) held: Option<Id>,
    range: Range<i64>,
    zoom: Option<Range<i64>>,
    pointed: Option<i64>,
    stepped: Option<i64>,
    step: i64,
    lit: Option<i64>,
    lit_next: Option<i64>,
    cards: HashMap<Id, Card>,
    /// Read-outs.
    pub(super) texts: Texts,
    /// Plots that were made anew in this frame.
    made: usize,
    /// Those whose turn it is, of plots that wait to be made anew.
    turn: Vec<Id>,
    frame: u64,
}

/// So many plots of a page are made anew in one frame; the others show for another frame what they did.
const MADE_A_FRAME: usize = 2;

/// What is kept of one plot between frames.
struct Card {
    key: Key,
    axis: Arc<Axis>,
    points: Arc<Points>,
    kept: Kept,
    /// The frame since which it waits to be made anew.
    late: Option<u64>,
    area: Rect,
    /// What of the area can be seen, and in which layer.
    seen: Rect,
    layer: LayerId,
    /// The left edge of the card: plots with the same one stand in one column.
    left: f32,
    /// Its horizontal axis is time.
    timed: bool,
    frame: u64,
}

/// What a plot draws in this frame, and where.
pub(super) struct Ready {
    /// The card's own id, under which its axis is kept.
    pub id: Id,
    /// The room for the labels of the value axis, in points.
    pub gutter: f32,
    pub axis: Arc<Axis>,
    pub points: Arc<Points>,
    /// What was made of the points to be drawn.
    pub kept: Kept,
    pub area: Rect,
}

impl Default for PlotGroup {
    fn default() -> Self {
        Self {
            zone: Zone::Local,
            drag: None,
            held: None,
            range: 0..1,
            zoom: None,
            pointed: None,
            stepped: None,
            step: 60_000,
            lit: None,
            lit_next: None,
            cards: HashMap::new(),
            texts: Texts::default(),
            made: 0,
            turn: Vec::new(),
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
        self.made = 0;
        self.lit = self.lit_next.take();
        // Cards that were not drawn in the last frame belong to another page.
        let last = self.frame - 1;
        self.cards.retain(|_, card| card.frame + 1 >= last);
        let late = |(id, card): (&Id, &Card)| Some((card.late?, *id));
        self.turn = turn(self.cards.iter().filter_map(late).collect());
        let visible = self.visible();
        self.pointed = ctx.pointer_hover_pos().and_then(|pos| {
            let under = |card: &&Card| card.timed && card.seen.contains(pos);
            let card = self.cards.values().find(under)?;
            // A menu or a dialog may lie over the plot, or beside it and over everything.
            let on_top = ctx.layer_id_at(pos).is_none_or(|layer| layer == card.layer)
                && ctx.memory(|memory| memory.allows_interaction(card.layer));
            let share = f64::from((pos.x - card.area.left()) / card.area.width().max(1.0));
            let length = (visible.end - visible.start) as f64;
            on_top.then_some(visible.start + (share * length) as i64)
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

    /// Shows half as much around the crosshair, or else around the middle; true when that is less than before.
    pub(super) fn closer(&mut self) -> bool {
        self.scale(0.5)
    }

    /// Shows twice as much, and the range at most; true when there was a zoom.
    pub(super) fn further(&mut self) -> bool {
        self.is_zoomed() && self.scale(2.0)
    }

    fn scale(&mut self, factor: f64) -> bool {
        let before = self.visible();
        let length = before.end - before.start;
        let wanted = (length as f64 * factor) as i64;
        if wanted >= self.range.end - self.range.start {
            return self.zoom_out();
        }
        if wanted < 2 * self.step {
            return false;
        }
        let around = self.hovered().unwrap_or(before.start + length / 2);
        let share = (around - before.start) as f64 / length.max(1) as f64;
        let start = around - (share * wanted as f64) as i64;
        let latest = self.range.end - wanted;
        let start = start.clamp(self.range.start, latest.max(self.range.start));
        self.zoom_to(start..start + wanted)
    }

    /// Back to the range; true when there was a zoom.
    pub fn zoom_out(&mut self) -> bool {
        self.zoom.take().is_some()
    }

    /// The time under the crosshair, where there is one.
    pub fn hovered(&self) -> Option<i64> {
        self.pointed.or(self.stepped)
    }

    /// The time of the mark under the pointer, in a plot or in a list beside them; its flag is lit in every plot.
    pub fn lit(&self) -> Option<i64> {
        self.lit
    }

    /// Lights the mark of this time from the next frame on, for as long as this is called.
    pub fn light(&mut self, at: Option<i64>) {
        self.lit_next = at.or(self.lit_next);
    }

    /// Moves the crosshair by so many points, with the keyboard.
    pub(super) fn step(&mut self, by: i64) {
        let visible = self.visible();
        let at = self.hovered().unwrap_or(visible.end);
        self.pointed = None;
        self.stepped = Some((at + by * self.step).clamp(visible.start, visible.end - 1));
    }

    /// The crosshair goes when the keyboard leaves the plot.
    pub(super) fn leave(&mut self) {
        self.stepped = None;
    }

    /// What to draw of a plot within `body`: what was drawn last, unless something changed.
    pub(super) fn ready(&mut self, ui: &Ui, id: Id, plot: &Plot<'_>, body: Rect) -> Ready {
        let height = (body.height() - plot.foot()).max(8.0);
        let mut key = Key::new(ui, plot, self.visible(), height, &self.zone);
        let known = self.cards.remove(&id);
        if let Some(card) = known.as_ref().filter(|_| self.held == Some(id)) {
            key.highest = card.key.highest;
        }
        let mut late = None;
        if let Some(card) = known.as_ref().filter(|card| card.key != key)
            && card.key.fits(&key)
            && card.area.width() == self.width(body, card.axis.gutter, plot)
            && self.waits(id)
        {
            late = card.late.or(Some(self.frame));
            ui.ctx().request_repaint();
            key = card.key.clone();
        }
        let same = known.filter(|card| card.key == key);
        let axis = match &same {
            Some(card) => card.axis.clone(),
            None => Arc::new(prepared::axis(ui, plot, &key)),
        };
        let gutter = axis.gutter.max(self.gutter(body.left(), plot));
        let width = self.width(body, axis.gutter, plot);
        let area = Rect::from_min_size(pos2(body.left() + gutter, body.top()), vec2(width, height));
        let (points, kept) = match &same {
            Some(card) if card.area.width() == area.width() => {
                (card.points.clone(), card.kept.clone())
            }
            _ => {
                // The others of its column may have to make room.
                ui.ctx().request_repaint();
                let points = prepared::points(ui, plot, &key, &axis, area.width());
                (Arc::new(points), Kept::default())
            }
        };
        let card = Card {
            key,
            axis: axis.clone(),
            area,
            points: points.clone(),
            kept: kept.clone(),
            late,
            seen: area.intersect(ui.clip_rect()),
            layer: ui.layer_id(),
            left: body.left(),
            timed: plot.is_timed(),
            frame: self.frame,
        };
        self.cards.insert(id, card);
        Ready {
            id,
            gutter,
            axis,
            points,
            kept,
            area,
        }
    }

    /// Whether a plot has to wait before it is made anew, so that a page's plots together don't hold up a frame. Who has
    /// waited comes first.
    fn waits(&mut self, id: Id) -> bool {
        let waits = if self.turn.is_empty() {
            self.made >= MADE_A_FRAME
        } else {
            !self.turn.contains(&id)
        };
        if !waits {
            self.made += 1;
        }
        waits
    }

    /// How wide the area of a plot is that needs this room for its own labels.
    fn width(&self, body: Rect, own: f32, plot: &Plot<'_>) -> f32 {
        let left = body.left() + own.max(self.gutter(body.left(), plot));
        body.right().max(left + 8.0) - left
    }

    /// The room for labels of the plots that stand in the column at `left`.
    fn gutter(&self, left: f32, plot: &Plot<'_>) -> f32 {
        if !plot.labelled {
            return 0.0;
        }
        let column = self.cards.values().filter(|card| card.left == left);
        column.map(|card| card.axis.gutter).fold(0.0, f32::max)
    }
}

/// Those that have waited longest, of frames since which they wait.
fn turn(mut late: Vec<(u64, Id)>) -> Vec<Id> {
    late.sort_unstable_by_key(|(since, id)| (*since, id.value()));
    late.into_iter()
        .take(MADE_A_FRAME)
        .map(|(_, id)| id)
        .collect()
}

/// Lays `count` cards of this height out in as many columns as fit, with one-pixel lines between them and one outline
/// around all. Cards out of sight are not drawn.
pub fn plot_grid(ui: &mut Ui, count: usize, height: f32, card: impl FnMut(&mut Ui, usize)) {
    let columns = ((ui.available_width() / 320.0) as usize).clamp(1, 3);
    plot_columns(ui, count, columns.min(count.max(1)), height, card);
}

/// The same in so many columns.
pub fn plot_columns(
    ui: &mut Ui,
    count: usize,
    columns: usize,
    height: f32,
    mut card: impl FnMut(&mut Ui, usize),
) {
    let theme = Theme::of(ui);
    let width = ui.available_width();
    let columns = columns.max(1);
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
        while group.closer() {}
        assert!(group.visible().end - group.visible().start >= 120_000);
    }

    #[test]
    fn the_keyboard_moves_the_crosshair_by_points_and_stays_inside() {
        let mut group = group();
        group.step(-1);
        assert_eq!(group.hovered(), Some(3_540_000));
        group.step(10);
        assert_eq!(group.hovered(), Some(3_599_999));
        group.leave();
        assert_eq!(group.hovered(), None);
    }

    #[test]
    fn on_a_page_that_changes_with_every_frame_each_plot_gets_its_turn() {
        let mut group = group();
        let ids: Vec<Id> = (0..8).map(|plot| Id::unique(("plot", plot))).collect();
        let mut late = [None; 8];
        let mut made = [0; 8];
        for frame in 0..40 {
            let waiting = late.iter().zip(&ids);
            group.turn = turn(
                waiting
                    .filter_map(|(late, id)| Some(((*late)?, *id)))
                    .collect(),
            );
            group.made = 0;
            for (plot, id) in ids.iter().enumerate() {
                let waits = group.waits(*id);
                late[plot] = waits.then(|| late[plot].unwrap_or(frame));
                made[plot] += usize::from(!waits);
            }
            assert_eq!(group.made, MADE_A_FRAME);
        }
        assert_eq!(made, [10; 8]);
    }

    #[test]
    fn zooming_by_keys_keeps_the_crosshair_where_it_is_and_ends_at_the_range() {
        let mut group = group();
        for _ in 0..15 {
            group.step(-1);
        }
        assert_eq!(group.hovered(), Some(2_700_000));
        assert!(group.closer());
        assert_eq!(group.visible(), 1_350_000..3_150_000);
        assert!(group.further());
        assert_eq!(group.visible(), 0..3_600_000);
        assert!(!group.is_zoomed() && !group.further());
    }
}

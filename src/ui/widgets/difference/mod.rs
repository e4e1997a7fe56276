//! A difference of two trees, drawn: what becomes new, different and gone, field below field, before beside after (below each
//! other where there is little room), risks with their number at their row. Only the rows on screen are drawn.
//!
//! With the keyboard: arrows move, Left and Right fold, `n` goes to the next change and `r` to the next risk, Enter opens.

mod gallery;
mod layout;
mod paint;

use egui::{
    Align, EventFilter, Id, Key, Layout, Modifiers, Rect, Response, RichText, Role, ScrollArea,
    Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::button::Button;
use super::chip::keycap;
use super::in_order::in_order;
use super::segmented::segmented;
use crate::model::difference::{Change, Difference, Grouping, Level, Row, View, What};
use crate::ui::fonts;
use crate::ui::keyboard::focus_ring;
use crate::ui::theme::{CONTROL_HEIGHT, HEADER_HEIGHT, Theme, size, space};
pub use gallery::gallery;
use layout::Columns;

/// A difference, and how it is looked at.
#[derive(Debug, Default)]
pub struct Tree {
    difference: Difference,
    view: View,
    rows: Vec<Row>,
    /// For which columns and size of type the rows were laid out, and where each begins; the last is the end.
    laid_out: Option<(Columns, f32)>,
    tops: Vec<f32>,
    at: Option<usize>,
    bring: bool,
}

/// How a difference is shown.
#[derive(Debug, Clone, Copy)]
pub struct Show<'a> {
    /// The accessible name, which sets it apart from others of the panel too.
    pub name: &'a str,
    /// Over what is there: "prod now".
    pub before: &'a str,
    /// Over what will be: "after this deployment".
    pub after: &'a str,
    /// With counts, the filter and the keys above.
    pub head: bool,
    /// A click opens an entry, as Enter does.
    pub opens: bool,
    /// As high as this at most, in points; the default is what is left of the panel, and all of it is taken.
    pub height: Option<f32>,
}

impl<'a> Show<'a> {
    /// With a head, in what is left of the panel.
    pub fn new(name: &'a str) -> Self {
        Self {
            name,
            before: "Now",
            after: "After",
            head: true,
            opens: false,
            height: None,
        }
    }

    /// The words over the two sides.
    pub fn sides(mut self, before: &'a str, after: &'a str) -> Self {
        self.before = before;
        self.after = after;
        self
    }

    /// Without counts, filter and keys: for a few fields.
    pub fn plain(mut self) -> Self {
        self.head = false;
        self
    }

    /// A click opens an entry, as Enter does; without it that takes two.
    pub fn open_on_click(mut self) -> Self {
        self.opens = true;
        self
    }

    /// No higher than this, and only as high as it needs to be.
    pub fn height(mut self, height: f32) -> Self {
        self.height = Some(height);
        self
    }
}

impl Tree {
    /// A difference that is looked at from its top.
    pub fn new(difference: Difference) -> Self {
        let mut tree = Self::default();
        tree.set(difference);
        tree
    }

    /// The same things, compared again: what was folded stays so.
    pub fn set(&mut self, difference: Difference) {
        self.difference = difference;
        self.turn_over();
    }

    /// With things grouped by kind or by what becomes of them.
    pub fn grouped(mut self, grouping: Grouping) -> Self {
        self.view.grouping = grouping;
        self.turn_over();
        self
    }

    /// What is shown.
    pub fn difference(&self) -> &Difference {
        &self.difference
    }

    /// Brings the row of a risk into view; `number` counts from 0.
    pub fn go_to_risk(&mut self, number: usize) {
        self.go(self.rows.iter().position(|row| row.risk == Some(number)));
    }

    fn turn_over(&mut self) {
        let key = self
            .at
            .and_then(|at| self.rows.get(at))
            .map(|row| row.what.clone());
        self.rows = self.difference.rows(&self.view);
        self.laid_out = None;
        self.at = key.and_then(|what| self.rows.iter().position(|row| row.what == what));
    }

    fn go(&mut self, row: Option<usize>) {
        if row.is_some() {
            self.at = row;
            self.bring = true;
        }
    }

    /// The next row for which `is_it`, from the one that is chosen; around the end.
    fn next(&self, is_it: impl Fn(&Row) -> bool) -> Option<usize> {
        let from = self.at.map_or(0, |at| at + 1);
        let after = (from..self.rows.len()).chain(0..from.min(self.rows.len()));
        after
            .into_iter()
            .find(|at| self.rows.get(*at).is_some_and(&is_it))
    }

    fn next_change(&self) -> Option<usize> {
        self.next(|row| row.is_change(&self.difference))
    }

    fn next_risk(&self) -> Option<usize> {
        self.next(|row| row.risk.is_some())
    }

    fn fold(&mut self, at: usize, folded: Option<bool>) {
        let Some(row) = self.rows.get(at) else { return };
        let Some(now) = row.folded else { return };
        if folded.is_some_and(|wanted| wanted == now) {
            return;
        }
        let key = row.key.clone();
        if !self.view.turned.remove(&key) {
            self.view.turned.insert(key);
        }
        self.at = Some(at);
        self.turn_over();
    }

    /// Draws it; gives the entry that was opened, by its place in [`Difference::entries`].
    pub fn show(&mut self, ui: &mut Ui, how: &Show<'_>) -> Option<usize> {
        if how.head {
            self.head(ui, how);
        }
        let width = ui.available_width();
        let columns = Columns::of(width);
        self.lay_out(ui, columns);
        let header = if columns.narrow { 0.0 } else { HEADER_HEIGHT };
        let content = self.tops.last().copied().unwrap_or_default();
        let height = match how.height {
            Some(most) => (header + content).min(most),
            None => ui.available_height(),
        };
        let (whole, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        let (top, body) = whole.split_top_bottom_at_y(whole.top() + header);
        if !columns.narrow {
            paint::header(ui, top, &columns, [how.before, how.after]);
        }
        let id = ui.make_persistent_id(("difference", how.name));
        let tree = ui.interact(body, id, Sense::focusable_noninteractive());
        tree.widget_info(|| WidgetInfo::labeled(Role::Tree, ui.is_enabled(), how.name));
        let opened = self.keys(ui, &tree);
        // A key may have folded something.
        self.lay_out(ui, columns);
        self.body(ui, body, &tree, &columns, how.opens).or(opened)
    }

    /// Where every row begins, where that isn't known for this width.
    fn lay_out(&mut self, ui: &Ui, columns: Columns) {
        let font = fonts::mono(size::SMALL);
        let letter = ui.ctx().fonts_mut(|f| f.glyph_width(&font, '0'));
        if self.laid_out != Some((columns, letter)) {
            self.tops = layout::tops(&self.rows, &self.difference, &columns, letter);
            self.laid_out = Some((columns, letter));
        }
    }

    /// Counts, the filter, and the keys, which can be pressed too.
    fn head(&mut self, ui: &mut Ui, how: &Show<'_>) {
        let theme = Theme::of(ui);
        let counts = self.difference.counts();
        let narrow = ui.available_width() < 520.0;
        // Numbers with their signs alone, where words would run into the choice beside them.
        let tight = ui.available_width() < 400.0;
        ui.horizontal(|ui| {
            ui.set_min_height(CONTROL_HEIGHT);
            ui.spacing_mut().item_spacing.x = space::XS;
            for change in [Change::Added, Change::Changed, Change::Removed] {
                let count = counts.of(change);
                if count == 0 {
                    continue;
                }
                let number = format!("{}{count}", change.sign());
                let number = RichText::new(number).font(fonts::medium(size::BODY));
                let number = ui.label(number.color(paint::color(change, theme)));
                if tight {
                    number.on_hover_text(change.word());
                } else {
                    ui.label(RichText::new(change.word()).color(theme.muted));
                }
                ui.add_space(space::XS);
            }
            if self.difference.same > 0 && !narrow {
                let same = format!("{} the same", self.difference.same);
                ui.label(RichText::new(same).color(theme.muted));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                in_order(ui, how.name, |ui| {
                    if !narrow {
                        self.key_buttons(ui);
                    }
                    let risks = self.difference.risks().len();
                    if risks > 0 {
                        let all = format!("All {}", counts.all());
                        let risky = format!("Risky {risks}");
                        let choices = [(false, all.as_str()), (true, risky.as_str())];
                        if segmented(ui, how.name, &mut self.view.risky, &choices) {
                            self.turn_over();
                        }
                    }
                });
            });
        });
    }

    fn key_buttons(&mut self, ui: &mut Ui) {
        let (risk, change) = (self.next_risk(), self.next_change());
        keycap(ui, "n");
        let next = Button::new("next").ghost().name("Next change");
        if next.show(ui).clicked() {
            self.go(change);
        }
        if risk.is_some() {
            keycap(ui, "r");
            let next = Button::new("risk").ghost().name("Next risk");
            if next.show(ui).clicked() {
                self.go(risk);
            }
        }
    }

    fn keys(&mut self, ui: &Ui, tree: &Response) -> Option<usize> {
        if !tree.has_focus() || !ui.is_enabled() || self.rows.is_empty() {
            return None;
        }
        let filter = EventFilter {
            vertical_arrows: true,
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(tree.id, filter));
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let last = self.rows.len() - 1;
        let at = self.at;
        if pressed(Key::ArrowDown) {
            self.go(Some(at.map_or(0, |at| (at + 1).min(last))));
        }
        if pressed(Key::ArrowUp) {
            self.go(Some(at.map_or(0, |at| at.saturating_sub(1))));
        }
        if pressed(Key::Home) {
            self.go(Some(0));
        }
        if pressed(Key::End) {
            self.go(Some(last));
        }
        if pressed(Key::N) {
            self.go(self.next_change());
        }
        if pressed(Key::R) {
            self.go(self.next_risk());
        }
        let at = at?;
        if pressed(Key::ArrowLeft) {
            self.fold(at, Some(true));
        }
        if pressed(Key::ArrowRight) {
            self.fold(at, Some(false));
        }
        if pressed(Key::Enter) {
            return self.entry_of(at);
        }
        None
    }

    fn entry_of(&self, row: usize) -> Option<usize> {
        match self.rows.get(row)?.what {
            What::Group(..) => None,
            What::Entry(entry) | What::Field(entry, _) => Some(entry),
        }
    }

    fn body(
        &mut self,
        ui: &mut Ui,
        body: Rect,
        tree: &Response,
        columns: &Columns,
        opens: bool,
    ) -> Option<usize> {
        let content = self.tops.last().copied().unwrap_or_default();
        let mut area = ScrollArea::vertical()
            .id_salt(tree.id.with("scroll"))
            .auto_shrink(false);
        if std::mem::take(&mut self.bring)
            && let Some(offset) = self.offset(ui, tree.id, body.height())
        {
            area = area.vertical_scroll_offset(offset);
        }
        let builder = UiBuilder::new()
            .max_rect(body)
            .accessibility_parent(tree.id);
        let mut child = ui.new_child(builder);
        child.shrink_clip_rect(body);
        let (mut opened, mut turned) = (None, None);
        let scrolled = area.show_viewport(&mut child, |ui, viewport| {
            ui.set_min_size(vec2(body.width(), content));
            ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
            let first = self.tops.partition_point(|top| *top <= viewport.top());
            let mut at = first.saturating_sub(1);
            while at < self.rows.len() && self.tops[at] < viewport.bottom() {
                let top = ui.max_rect().top() + self.tops[at];
                let height = self.tops[at + 1] - self.tops[at];
                let rect = Rect::from_min_size(pos2(body.left(), top), vec2(body.width(), height));
                let row = self.row(ui, rect, at, tree, columns);
                if row.clicked() {
                    tree.request_focus();
                    self.at = Some(at);
                    let on_fold = row.interact_pointer_pos().is_some_and(|pointer| {
                        pointer.x < rect.left() + columns.fold(self.rows[at].depth)
                    });
                    let group = matches!(self.rows[at].what, What::Group(..));
                    if on_fold || group {
                        turned = Some(at);
                    } else if opens {
                        opened = self.entry_of(at);
                    }
                }
                if row.double_clicked() {
                    opened = self.entry_of(at);
                }
                at += 1;
            }
        });
        ui.data_mut(|data| data.insert_temp(tree.id, scrolled.state.clamped_offset().y));
        if let Some(at) = turned {
            self.fold(at, None);
        }
        opened
    }

    /// Where to scroll so that the chosen row stands in the middle; none where it is seen.
    fn offset(&self, ui: &Ui, id: Id, height: f32) -> Option<f32> {
        let at = self.at?;
        let (top, bottom) = (*self.tops.get(at)?, *self.tops.get(at + 1)?);
        let now: f32 = ui.data(|data| data.get_temp(id)).unwrap_or_default();
        if top >= now && bottom <= now + height {
            return None;
        }
        Some(((top + bottom - height) / 2.0).max(0.0))
    }

    fn row(&self, ui: &Ui, rect: Rect, at: usize, tree: &Response, columns: &Columns) -> Response {
        let row = &self.rows[at];
        let response = ui.interact(rect, tree.id.with(at), Sense::CLICK);
        let words = self.words(row);
        let chosen = self.at == Some(at);
        response.widget_info(|| WidgetInfo::labeled(Role::TreeItem, ui.is_enabled(), &words));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_selected(chosen);
        });
        let look = paint::Look {
            theme: Theme::of(ui),
            columns,
            letter: self.laid_out.map_or(0.0, |(_, letter)| letter),
            chosen,
            hovered: response.hovered(),
        };
        let cut = paint::row(ui, rect, &self.difference, row, &look);
        if chosen {
            focus_ring(ui, rect.intersect(ui.clip_rect()), tree);
        }
        if cut {
            return response.on_hover_text_at_pointer(words);
        }
        match row.risk.and_then(|risk| self.difference.risks().get(risk)) {
            Some(risk) if !risk.words.is_empty() => response.on_hover_text_at_pointer(&risk.words),
            _ => response,
        }
    }

    /// A row as a screen reader says it.
    fn words(&self, row: &Row) -> String {
        let mut words = match &row.what {
            What::Group(title, count) => format!("{title}, {count}"),
            What::Entry(at) => {
                self.difference
                    .entries()
                    .get(*at)
                    .map_or_else(String::new, |entry| {
                        let change = entry.change.map(|change| format!("{} ", change.word()));
                        let more = [&entry.detail, &entry.summary];
                        let more: String = more
                            .iter()
                            .filter(|m| !m.is_empty())
                            .map(|m| format!(", {m}"))
                            .collect();
                        format!("{}{}{more}", change.unwrap_or_default(), entry.name)
                    })
            }
            What::Field(at, field) => {
                let field = self
                    .difference
                    .entries()
                    .get(*at)
                    .and_then(|e| e.fields.get(*field));
                field.map_or_else(String::new, |field| {
                    let side = |word: &str, side: &Option<String>| {
                        side.as_ref()
                            .map(|side| format!(", {word} {side}"))
                            .unwrap_or_default()
                    };
                    let (before, after) =
                        (side("was", &field.before), side("will be", &field.after));
                    let gone = if field.after.is_none() {
                        ", removed"
                    } else {
                        ""
                    };
                    format!("{}{before}{after}{gone}", field.name)
                })
            }
        };
        if let Some(number) = row.risk
            && let Some(risk) = self.difference.risks().get(number)
        {
            let level = match risk.level {
                Level::Danger => "danger",
                Level::Warning => "warning",
            };
            words.push_str(&format!(", {level} {}: {}", number + 1, risk.short));
        }
        words
    }
}

/// Draws a few fields, without keeping anything between frames: for a record that does not change.
pub fn fields(ui: &mut Ui, name: &str, sides: [&str; 2], difference: Difference) {
    let how = Show::new(name)
        .sides(sides[0], sides[1])
        .plain()
        .height(f32::INFINITY);
    Tree::new(difference).show(ui, &how);
}

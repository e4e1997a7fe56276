//! The table: rows drawn only where they can be seen, a header that stays, sorting, widths, chosen columns, one
//! selection, and the keyboard.
//!
//! It holds no rows: they come from [`Rows`], which is asked only for what is on screen. Nothing here is done once per
//! row of the data in a frame, except to find the selected row again after the rows changed under it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use egui::{
    Id, Key, Modifiers, Rect, Response, Role, ScrollArea, Sense, Ui, UiBuilder, Vec2, WidgetInfo,
    pos2, vec2,
};
use serde::{Deserialize, Serialize};

use super::table_cell::Cell;
use super::table_header::{self, widths};
use crate::ui::keyboard::focus_ring;
use crate::ui::theme::{HEADER_HEIGHT, ROW_HEIGHT, Theme};

/// A column: what it is called, how wide it starts, how it behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Stands for the column in the kept state and in [`Rows::cell`].
    pub id: &'static str,
    /// The header's text; empty for a column of icons.
    pub title: &'static str,
    /// The width that it starts with, in points.
    pub width: f32,
    /// The width that it never goes under, in points.
    pub min: f32,
    /// The width that it keeps as long as a column of less priority could go instead, in points.
    pub whole: f32,
    /// Aligned right, as numbers are.
    pub right: bool,
    /// A click on the header sorts by it.
    pub sortable: bool,
    /// Takes no part when spare width is given out.
    pub fixed: bool,
    /// Always shown; the others can be hidden.
    pub required: bool,
    /// Hidden until chosen.
    pub hidden: bool,
    /// Where not all have room, whoever has less goes first; of equals, the one on the right.
    pub priority: u8,
    /// The first click on the header sorts downwards.
    pub largest_first: bool,
    /// More about it, on hover.
    pub hint: &'static str,
}

impl Column {
    /// A column aligned left that can be sorted by.
    pub const fn new(id: &'static str, title: &'static str, width: f32) -> Self {
        Self {
            id,
            title,
            width,
            // Narrower than this, more is cut off than is read; the table scrolls sideways instead.
            min: width * 0.7,
            whole: width * 0.7,
            right: false,
            sortable: true,
            fixed: false,
            required: false,
            hidden: false,
            priority: 5,
            largest_first: false,
            hint: "",
        }
    }

    /// A column of icons: narrow, as wide as it is, never hidden, not sorted by.
    pub const fn icon(id: &'static str, width: f32) -> Self {
        Self {
            min: width,
            whole: width,
            sortable: false,
            fixed: true,
            required: true,
            ..Self::new(id, "", width)
        }
    }

    /// Aligned right; a number cut short would be another number, so it keeps the width that it starts with.
    pub const fn right(mut self) -> Self {
        self.right = true;
        self.largest_first = true;
        self.min = self.width;
        self.whole = self.width;
        self
    }

    /// The first click on the header sorts downwards, as of numbers.
    pub const fn largest_first(mut self) -> Self {
        self.largest_first = true;
        self
    }

    /// Not sorted by.
    pub const fn unsorted(mut self) -> Self {
        self.sortable = false;
        self
    }

    /// The width that it never goes under, in points.
    pub const fn min(mut self, min: f32) -> Self {
        self.min = min;
        self.whole = min;
        self
    }

    /// The width that it keeps as long as a column of less priority could go instead, in points; said after `min`.
    pub const fn whole(mut self, whole: f32) -> Self {
        self.whole = whole;
        self
    }

    /// Always shown.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Hidden until chosen.
    pub const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// How long it holds out in a narrow table: 0 goes first, 9 last; what is required stays. The others have 5.
    pub const fn priority(mut self, priority: u8) -> Self {
        self.priority = priority;
        self
    }

    /// More about it, on hover.
    pub const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }
}

/// By which column, and in which direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// The column's id.
    pub column: String,
    /// Largest first.
    pub descending: bool,
}

/// What a table keeps between frames; the serialised part is worth keeping between runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TableState {
    /// What the rows are to be sorted by; the panel sorts.
    pub sort: Option<Sort>,
    /// Widths that a person dragged, in points.
    pub widths: BTreeMap<String, f32>,
    /// Columns that a person hid.
    pub hidden: BTreeSet<String>,
    /// Columns hidden at first that a person chose.
    pub chosen: BTreeSet<String>,
    /// The selected row.
    #[serde(skip)]
    pub selected: Option<usize>,
    /// Its name, by which it is found again when the rows change.
    #[serde(skip)]
    pub selected_name: String,
    /// Columns that are chosen and had no room in the last frame.
    #[serde(skip)]
    pub no_room: usize,
    /// Brings this row into view on the next frame.
    #[serde(skip)]
    pub scroll_to: Option<usize>,
}

impl TableState {
    /// Whether the column is on screen.
    pub fn shows(&self, column: &Column) -> bool {
        column.required
            || if column.hidden {
                self.chosen.contains(column.id)
            } else {
                !self.hidden.contains(column.id)
            }
    }

    /// Shows or hides a column.
    pub fn set_shown(&mut self, column: &Column, shown: bool) {
        let (set, inside) = if column.hidden {
            (&mut self.chosen, shown)
        } else {
            (&mut self.hidden, !shown)
        };
        if inside {
            set.insert(column.id.to_owned());
        } else {
            set.remove(column.id);
        }
    }

    /// Selects a row and brings it into view.
    pub fn select(&mut self, row: usize, name: &str) {
        self.selected = Some(row);
        name.clone_into(&mut self.selected_name);
        self.scroll_to = Some(row);
    }
}

/// The rows of a table, as far as it asks.
pub trait Rows {
    /// How many there are.
    fn count(&self) -> usize;

    /// What the row is found by: the first text column. Unique within the table.
    fn name(&self, row: usize) -> Cow<'_, str>;

    /// What a screen reader says of it.
    fn said(&self, row: usize) -> Cow<'_, str> {
        self.name(row)
    }

    /// Draws one cell; called for cells on screen only.
    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>);

    /// Fills the row's context menu. The default has none.
    fn menu(&mut self, _row: usize, _ui: &mut Ui) {}

    /// Whether rows have a context menu.
    fn has_menu(&self) -> bool {
        false
    }
}

/// What happened in a table.
#[derive(Debug)]
pub struct TableOutput {
    /// The rows on screen: ask metrics for these only.
    pub visible: Range<usize>,
    /// The sorting changed.
    pub sorted: bool,
    /// Another row was selected.
    pub selected: Option<usize>,
    /// A row was double-clicked, or Enter was pressed on it.
    pub activated: Option<usize>,
}

/// A table, built up and then shown.
#[must_use = "a table does nothing until it is shown"]
pub struct Table<'a> {
    name: &'a str,
    columns: &'a [Column],
    state: &'a mut TableState,
    open_on_click: bool,
    takes_keys: bool,
    height: Option<f32>,
}

/// What stays in egui's memory: where the rows were scrolled to, and how much of them was seen.
#[derive(Clone, Copy, Default)]
struct Seen {
    offset: Vec2,
    view: Vec2,
}

impl<'a> Table<'a> {
    /// `name` is what a screen reader says, and must be unique on the panel.
    pub fn new(name: &'a str, columns: &'a [Column], state: &'a mut TableState) -> Self {
        Self {
            name,
            columns,
            state,
            open_on_click: false,
            takes_keys: true,
            height: None,
        }
    }

    /// A single click activates.
    pub fn open_on_click(mut self) -> Self {
        self.open_on_click = true;
        self
    }

    /// The arrows move in it only while it has the keyboard; for the second table of a panel.
    pub fn secondary(mut self) -> Self {
        self.takes_keys = false;
        self
    }

    /// As high as this, with its header, in points; the default is what is left of the panel.
    pub fn height(mut self, height: f32) -> Self {
        self.height = Some(height);
        self
    }

    /// Draws it.
    pub fn show(self, ui: &mut Ui, rows: &mut impl Rows) -> TableOutput {
        let id = ui.make_persistent_id(("table", self.name));
        let mut shown: Vec<&Column> = self
            .columns
            .iter()
            .filter(|column| self.state.shows(column))
            .collect();
        let space = ui.available_size_before_wrap();
        let chosen = shown.len();
        table_header::make_room(&mut shown, &self.state.widths, space.x);
        self.state.no_room = chosen - shown.len();
        let size = vec2(
            space.x,
            self.height
                .unwrap_or(space.y)
                .max(HEADER_HEIGHT + ROW_HEIGHT),
        );
        let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
        let header = Rect::from_min_size(whole.min, vec2(size.x, HEADER_HEIGHT));
        let body = Rect::from_min_max(pos2(whole.left(), header.bottom()), whole.max);
        let widths = widths(&shown, &self.state.widths, size.x);
        let seen: Seen = ui.data(|data| data.get_temp(id)).unwrap_or_default();
        // Before the rows, as the eye comes to it; what it sorts is sorted with the next frame.
        let sorted = table_header::show(ui, id, header, &shown, &widths, seen.offset.x, self.state);
        let table = ui.interact(body, id, Sense::focusable_noninteractive());
        table.widget_info(|| WidgetInfo::labeled(Role::Table, ui.is_enabled(), self.name));
        find_selected_again(self.state, rows);
        let mut output = TableOutput {
            visible: 0..0,
            sorted,
            selected: None,
            activated: None,
        };
        keyboard(ui, &table, &self, rows, seen, &mut output);
        let mut drawn = Body {
            id,
            table: &table,
            columns: &shown,
            widths: &widths,
            state: self.state,
            open_on_click: self.open_on_click,
        };
        let seen = drawn.show(ui, body, rows, seen, &mut output);
        ui.data_mut(|data| data.insert_temp(id, seen));
        output
    }
}

/// The rows may be others than in the last frame: the selection follows its name, or goes with it.
fn find_selected_again(state: &mut TableState, rows: &impl Rows) {
    let Some(row) = state.selected else { return };
    let count = rows.count();
    if row < count && rows.name(row) == state.selected_name {
        return;
    }
    state.selected = (0..count).find(|row| rows.name(*row) == state.selected_name);
}

fn keyboard(
    ui: &Ui,
    table: &Response,
    options: &Table<'_>,
    rows: &impl Rows,
    seen: Seen,
    output: &mut TableOutput,
) {
    let focused = table.has_focus();
    if focused {
        let filter = egui::EventFilter {
            vertical_arrows: true,
            ..Default::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(table.id, filter));
    }
    let free = options.takes_keys && nobody_else_has_keys(ui);
    let count = rows.count();
    if count == 0 || !(focused || free) || !ui.is_enabled() {
        return;
    }
    let page = ((seen.view.y / ROW_HEIGHT) as usize)
        .saturating_sub(1)
        .max(1);
    let at = options.state.selected;
    let last = count - 1;
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let step = |by: isize| match at {
        None => 0,
        Some(row) => row.saturating_add_signed(by).min(last),
    };
    let target = if pressed(Key::ArrowDown) {
        Some(step(1))
    } else if pressed(Key::ArrowUp) {
        Some(step(-1))
    } else if pressed(Key::PageDown) {
        Some(step(page as isize))
    } else if pressed(Key::PageUp) {
        Some(step(-(page as isize)))
    } else if pressed(Key::Home) {
        Some(0)
    } else if pressed(Key::End) {
        Some(last)
    } else {
        None
    };
    output.selected = target;
    if at.is_some() && pressed(Key::Enter) {
        output.activated = at;
    }
}

/// No widget has the keyboard, and no dialog or menu is above this table.
fn nobody_else_has_keys(ui: &Ui) -> bool {
    let layer = ui.layer_id();
    ui.memory(|memory| {
        memory.focused().is_none() && memory.top_modal_layer().is_none_or(|top| top == layer)
    }) && !egui::Popup::is_any_open(ui.ctx())
}

/// The columns that a table of this width shows, for tests of what yields first.
#[cfg(test)]
pub fn kept(columns: &[Column], width: f32) -> Vec<&'static str> {
    let state = TableState::default();
    let mut shown: Vec<&Column> = columns
        .iter()
        .filter(|column| state.shows(column))
        .collect();
    table_header::make_room(&mut shown, &state.widths, width);
    shown.into_iter().map(|column| column.id).collect()
}

struct Body<'a> {
    id: Id,
    table: &'a Response,
    columns: &'a [&'a Column],
    widths: &'a [f32],
    state: &'a mut TableState,
    open_on_click: bool,
}

impl Body<'_> {
    fn show(
        &mut self,
        ui: &mut Ui,
        body: Rect,
        rows: &mut impl Rows,
        seen: Seen,
        output: &mut TableOutput,
    ) -> Seen {
        if let Some(row) = output.selected {
            let name = rows.name(row).into_owned();
            self.state.select(row, &name);
        }
        let total = vec2(self.widths.iter().sum(), rows.count() as f32 * ROW_HEIGHT);
        let mut area = ScrollArea::both()
            .id_salt(self.id.with("scroll"))
            .auto_shrink(false);
        if let Some(offset) = self.offset_for(seen) {
            area = area.vertical_scroll_offset(offset);
        }
        let builder = UiBuilder::new()
            .max_rect(body)
            .accessibility_parent(self.id);
        let mut child = ui.new_child(builder);
        child.shrink_clip_rect(body);
        let scrolled = area.show_viewport(&mut child, |ui, viewport| {
            ui.set_min_size(total);
            // egui grows what can be pressed by half the spacing, and the pointer would be on two rows at once.
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            let first = (viewport.min.y / ROW_HEIGHT).floor().max(0.0) as usize;
            let end = (viewport.max.y / ROW_HEIGHT).ceil().max(0.0) as usize;
            output.visible = first.min(rows.count())..end.min(rows.count());
            let origin = ui.max_rect().min;
            let width = total.x.max(body.width());
            for row in output.visible.clone() {
                let top = origin.y + row as f32 * ROW_HEIGHT;
                let rect = Rect::from_min_size(pos2(origin.x, top), vec2(width, ROW_HEIGHT));
                self.row(ui, rect, row, rows, output);
            }
        });
        Seen {
            offset: scrolled.state.clamped_offset(),
            view: scrolled.inner_rect.size(),
        }
    }

    /// Where to scroll so that the wanted row is in view, if it is not.
    fn offset_for(&mut self, seen: Seen) -> Option<f32> {
        let row = self.state.scroll_to.take()?;
        let top = row as f32 * ROW_HEIGHT;
        let bottom = top + ROW_HEIGHT;
        if top < seen.offset.y {
            Some(top)
        } else if bottom > seen.offset.y + seen.view.y && seen.view.y > 0.0 {
            Some(bottom - seen.view.y)
        } else {
            None
        }
    }

    fn row(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        row: usize,
        rows: &mut impl Rows,
        output: &mut TableOutput,
    ) {
        let theme = Theme::of(ui);
        let id = self.id.with(row);
        let response = ui.interact(rect, id, Sense::CLICK);
        self.clicks(&response, row, rows, output);
        let selected = self.state.selected == Some(row);
        let hovered = response.contains_pointer();
        if selected {
            ui.painter().rect_filled(rect, 0, theme.sel);
        } else if hovered {
            ui.painter().rect_filled(rect, 0, theme.row_hover);
        }
        if selected {
            let seen = rect.intersect(ui.clip_rect());
            focus_ring(ui, seen, self.table);
        }
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, (1.0, theme.row_line));
        let enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::selected(Role::Row, enabled, selected, rows.said(row)));
        let heard = ui.ctx().accesskit_node_builder(id, |_| String::new());
        let texts = match heard {
            None => {
                self.cells(ui, rect, row, rows, None, selected, hovered, &response);
                None
            }
            // Somebody listens: cells are nodes of their own within the row's.
            Some(heard) => {
                let builder = UiBuilder::new()
                    .id_salt(("row", row))
                    .max_rect(rect)
                    .accessibility_parent(id);
                let mut within = ui.new_child(builder);
                let heard = Some(heard);
                self.cells(
                    &mut within,
                    rect,
                    row,
                    rows,
                    heard,
                    selected,
                    hovered,
                    &response,
                )
            }
        };
        if let Some(texts) = texts {
            ui.ctx().accesskit_node_builder(id, |node| {
                node.set_description(texts);
                node.set_row_index(row);
            });
        }
        if rows.has_menu() {
            response.context_menu(|ui| rows.menu(row, ui));
        }
    }

    fn clicks(
        &mut self,
        response: &Response,
        row: usize,
        rows: &impl Rows,
        output: &mut TableOutput,
    ) {
        let pressed = response.clicked() || response.secondary_clicked();
        if pressed {
            self.table.request_focus();
            if self.state.selected != Some(row) {
                self.state.selected = Some(row);
                self.state.selected_name = rows.name(row).into_owned();
                output.selected = Some(row);
            }
        }
        if response.double_clicked() || (self.open_on_click && response.clicked()) {
            output.activated = Some(row);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn cells(
        &self,
        ui: &mut Ui,
        rect: Rect,
        row: usize,
        rows: &mut impl Rows,
        mut heard: Option<String>,
        selected: bool,
        hovered: bool,
        response: &Response,
    ) -> Option<String> {
        let mut x = rect.left();
        let clip = ui.clip_rect();
        for (at, (column, width)) in self.columns.iter().zip(self.widths).enumerate() {
            let place = Rect::from_min_size(pos2(x, rect.top()), vec2(*width, rect.height()));
            x += width;
            if place.right() < clip.left() || place.left() > clip.right() {
                continue;
            }
            let before = heard.as_ref().map(String::len);
            let mut cell = Cell::new(ui, place, self.id.with((row, column.id)), column.right);
            cell.selected = selected;
            cell.hovered = hovered;
            cell.heard = heard.as_mut();
            rows.cell(row, column.id, &mut cell);
            let full = cell.cut_off.take();
            if let Some(full) = full
                && hovered
                && ui.rect_contains_pointer(place)
            {
                // At the cell, and not at the left end of its row.
                let mut here = response.clone();
                here.rect = place.intersect(clip);
                here.interact_rect = here.rect;
                here.on_hover_text(full);
            }
            if let (Some(before), Some(heard)) = (before, &heard) {
                let said = heard[before..].trim_start_matches(", ");
                self.node(ui, place, (row, at), column, said);
            }
        }
        heard
    }

    /// A cell's node for screen readers: the column and what stands there.
    fn node(&self, ui: &Ui, place: Rect, (row, at): (usize, usize), column: &Column, said: &str) {
        if column.title.is_empty() || said.is_empty() {
            return;
        }
        let id = self.id.with((row, column.id, "cell"));
        let node = ui.interact(place, id, Sense::hover());
        let name = format!("{}: {said}", column.title);
        node.widget_info(|| WidgetInfo::labeled(Role::Cell, true, name.clone()));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_column_index(at);
            node.set_row_index(row);
        });
    }
}

//! A log: up to a million lines, newest at the bottom, following the end until somebody scrolls up. Lines are of one height
//! or wrapped; a range of them can be selected, copied and asked about.
//!
//! It scrolls in lines and not in points: a million lines of 20 points are more than an `f32` can tell apart, so egui's
//! own scroll area would shake. Lines come from [`LogRows`], which is asked only for those on screen.

mod input;
mod paint;
mod place;
mod select;

use std::borrow::Cow;
use std::collections::BTreeMap;

use egui::{Color32, Id, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::button::Button;
use super::log_lines::{self, Opened};
use crate::model::format::{self, Zone};
use crate::ui::{icons::Icon, theme::Theme};
use paint::Columns;
use place::Place;
use select::Selection;

/// The height of a line, in points.
pub const LINE_HEIGHT: f32 = 20.0;

/// How a line is marked, beside its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTone {
    /// The platform's own lines: START, END, REPORT.
    Platform,
    /// Nobody said.
    Plain,
    /// DEBUG and TRACE.
    Quiet,
    /// INFO.
    Info,
    /// WARN.
    Warn,
    /// ERROR and FATAL.
    Error,
}

impl LogTone {
    fn color(self, theme: &Theme) -> Color32 {
        match self {
            Self::Platform | Self::Plain | Self::Quiet => theme.muted,
            Self::Info => theme.accent,
            Self::Warn => theme.warn,
            Self::Error => theme.err,
        }
    }
}

/// One line, as it is asked for.
#[derive(Debug, Clone, Copy)]
pub struct LogRow<'a> {
    /// Stands for the line even when lines before it are dropped.
    pub number: u64,
    /// In ms since the epoch.
    pub time: i64,
    /// Its colour.
    pub tone: LogTone,
    /// The level's word: "ERROR", "REPORT"; may be empty.
    pub word: &'a str,
    /// The message as it came, with all of its lines.
    pub message: &'a str,
}

/// Where lines come from.
pub trait LogRows {
    /// How many there are.
    fn len(&self) -> usize;
    /// There are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// One of them; `index` is below `len`.
    fn row(&self, index: usize) -> Option<LogRow<'_>>;
    /// Where the line with this number is, or the next one after it: numbers rise with the index.
    fn index_of(&self, number: u64) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.row(middle) {
                Some(row) if row.number < number => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }
    /// Words that the filter looks for, to be marked. The default has none.
    fn marked(&self) -> &str {
        ""
    }
    /// What a row says; the message is what is unfolded. The default is the message.
    fn text<'a>(&self, row: &LogRow<'a>) -> Cow<'a, str> {
        row.message.into()
    }
    /// What is copied of a row. The default is the message.
    fn copied<'a>(&self, row: &LogRow<'a>) -> Cow<'a, str> {
        row.message.into()
    }
    /// The row's fields with their values, for its menu. The default has none.
    fn fields(&self, _row: &LogRow<'_>) -> Vec<(String, String)> {
        Vec::new()
    }
    /// Its menu offers what belongs to a whole log: its request, the lines around it. The default does not.
    fn offers(&self, _row: &LogRow<'_>) -> Offers {
        Offers::default()
    }
}

/// What a row's menu offers beyond copying.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offers {
    /// It belongs to a request that can be shown.
    pub request: bool,
    /// A filter hides lines around it.
    pub around: bool,
    /// A filter can be written.
    pub filter: bool,
}

/// What is asked for in a row's menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Add this to the filter: a field with its value.
    Filter {
        /// The field.
        name: String,
        /// Its value.
        value: String,
        /// The lines without it.
        without: bool,
    },
    /// Show the request of the line with this number.
    Request(u64),
    /// Show all lines around the line with this number.
    Around(u64),
}

/// What a log keeps between frames.
#[derive(Debug, Default)]
pub struct LogView {
    /// Lines that are too long go on below, instead of being cut off.
    pub wrap: bool,
    paused: bool,
    /// The number of the line at the top, and how many of its lines are scrolled out.
    top: Option<(u64, f64)>,
    seen_end: u64,
    selection: Option<Selection>,
    opened: BTreeMap<u64, Opened>,
    columns: Columns,
    grip: Option<f32>,
    /// Lines that are selected and on view, as of the last frame.
    chosen: usize,
    /// This selection was copied.
    copied: Option<Selection>,
    /// The pointer is drawing a selection.
    drawing: bool,
    /// A menu is open: nothing moves under it. Whether the end was followed before.
    held: Option<bool>,
}

/// What happened in a log.
pub struct LogOutput {
    /// The rows on screen, by index.
    pub visible: std::ops::Range<usize>,
    /// The line that was selected last, by number.
    pub selected: Option<u64>,
    /// Lines that came since the end was left; `None` while it is followed.
    pub new: Option<usize>,
    /// What was asked for in a row's menu.
    pub asked: Option<Asked>,
}

impl LogView {
    /// It follows the end.
    pub fn follows(&self) -> bool {
        !self.paused
    }

    /// Goes to the end and follows it.
    pub fn follow(&mut self) {
        self.paused = false;
        self.top = None;
    }

    /// Brings a line into view and selects it.
    pub fn go_to(&mut self, number: u64) {
        self.paused = true;
        self.top = Some((number.saturating_sub(4), 0.0));
        self.selection = Some(Selection::of(number));
    }

    /// Closes what was opened; for a log of other lines.
    pub fn reset(&mut self) {
        *self = Self {
            wrap: self.wrap,
            ..Self::default()
        };
    }

    /// Draws it over all of the space that is left.
    pub fn show(&mut self, ui: &mut Ui, name: &str, rows: &impl LogRows, zone: &Zone) -> LogOutput {
        let id = ui.make_persistent_id(("log", name));
        let wanted = ui
            .available_size_before_wrap()
            .max(vec2(120.0, 3.0 * LINE_HEIGHT));
        let (rect, _) = ui.allocate_exact_size(wanted, Sense::hover());
        let log = ui.interact(rect, id, Sense::click());
        log.widget_info(|| WidgetInfo::labeled(Role::Log, ui.is_enabled(), name));
        let lines = rect.with_max_x(rect.right() - 10.0);
        self.lay_out(lines.width(), rows);
        let page = f64::from((rect.height() / LINE_HEIGHT).max(1.0));
        let mut top = self.top_place(ui, rows, page);
        let by = self.wheel(ui, rect) + self.beyond(ui, rect);
        top = place::moved(top, by, rows.len(), |at| self.height(ui, rows, at));
        top = self.keys(ui, &log, rows, (top, page));
        top = self.scroll_bar(ui, id, rect, rows, (top, page));
        let last = place::last(rows.len(), page, |at| self.height(ui, rows, at));
        let at_end = top.reaches(last);
        top = top.min(last);
        // Scrolling to the end follows again; scrolling away from it pauses, and so does whatever is open over it.
        self.paused = !at_end || self.held.is_some() || self.drawing;
        self.top = rows.row(top.index).map(|row| (row.number, top.part));
        let (visible, asked) = self.paint(ui, id, lines, rows, top, zone);
        self.chosen = self.selected_rows(rows).len();
        let new = self.paused.then(|| {
            let seen = rows.index_of(self.seen_end).min(rows.len());
            rows.len() - seen
        });
        if new.is_none() {
            self.seen_end = end_of(rows);
        }
        LogOutput {
            visible,
            selected: self.selection.map(|selection| selection.lead),
            new,
            asked,
        }
    }

    /// What is to be known of the selection, as "5 selected"; nothing of one line that was not copied.
    pub fn selection_words(&self) -> Option<String> {
        let is_copied = self.selection.is_some() && self.copied == self.selection;
        match (self.chosen, is_copied) {
            (0, _) | (1, false) => None,
            (chosen, false) => Some(format!("{} selected", format::number_exact(chosen as i64))),
            (chosen, true) => Some(format!("{} copied", format::counted(chosen, "line"))),
        }
    }

    /// The button that says how many lines have come since the end was left, and goes to them; nothing while it is followed.
    pub fn follow_button(&mut self, ui: &mut Ui, new: Option<usize>) {
        let Some(word) = new.map(follow_words) else {
            return;
        };
        if follow_button(&word).show(ui).clicked() {
            self.follow();
        }
    }

    /// Takes up how much room there is; what was opened is broken anew for another width.
    fn lay_out(&mut self, width: f32, rows: &impl LogRows) {
        let columns = Columns::of(width);
        let other = columns.characters() != self.columns.characters();
        self.columns = columns;
        if !other || self.opened.is_empty() {
            return;
        }
        for (number, opened) in &mut self.opened {
            let row = rows.row(rows.index_of(*number));
            if let Some(row) = row.filter(|row| row.number == *number) {
                *opened = Opened::new(row.message, columns.characters());
            }
        }
    }

    /// How many lines a row takes: its own and those that were unfolded below it.
    fn height(&self, ui: &Ui, rows: &impl LogRows, index: usize) -> usize {
        if !self.wrap && self.opened.is_empty() {
            return 1;
        }
        let Some(row) = rows.row(index) else { return 1 };
        let below = self.opened.get(&row.number);
        self.own_height(ui, rows, &row) + below.map_or(0, |opened| opened.lines.len())
    }

    fn own_height(&self, ui: &Ui, rows: &impl LogRows, row: &LogRow<'_>) -> usize {
        match self.wrap {
            true => paint::wrapped(ui, self.columns, rows, row)
                .rows
                .len()
                .max(1),
            false => 1,
        }
    }

    fn top_place(&self, ui: &Ui, rows: &impl LogRows, page: f64) -> Place {
        match self.top {
            Some((number, part)) if self.paused => Place {
                index: rows.index_of(number),
                part,
            },
            _ => place::last(rows.len(), page, |at| self.height(ui, rows, at)),
        }
    }

    fn toggle(&mut self, row: &LogRow<'_>) {
        if self.opened.remove(&row.number).is_none() {
            if self.opened.len() >= log_lines::MOST_OPENED {
                self.opened.pop_first();
            }
            // What was opened is read: the end may wait.
            self.paused = true;
            let opened = Opened::new(row.message, self.columns.characters());
            self.opened.insert(row.number, opened);
        }
    }

    /// Our own bar: it speaks in rows. Gives back where the top is now.
    fn scroll_bar(
        &mut self,
        ui: &Ui,
        id: Id,
        rect: Rect,
        rows: &impl LogRows,
        (top, page): (Place, f64),
    ) -> Place {
        let height = |at| self.height(ui, rows, at);
        let last = place::last(rows.len(), page, height);
        let most = last.in_rows(height);
        if most <= 0.0 {
            return Place::default();
        }
        let now = top.in_rows(height).clamp(0.0, most);
        let theme = Theme::of(ui);
        let track = Rect::from_min_max(pos2(rect.right() - 10.0, rect.top()), rect.max);
        let share = (1.0 - most / rows.len() as f64) as f32;
        let length = (track.height() * share).max(24.0);
        let room = track.height() - length;
        let handle = |now: f64| {
            let y = track.top() + (now / most) as f32 * room;
            Rect::from_min_size(pos2(track.left() + 2.0, y), vec2(6.0, length))
        };
        let response = ui.interact(track, id.with("bar"), Sense::CLICK | Sense::DRAG);
        response.widget_info(|| WidgetInfo::new(Role::ScrollBar));
        let mut place = (top, now);
        if let Some(pointer) = response.interact_pointer_pos() {
            let drawn = handle(now);
            let on_it = drawn.contains(pos2(drawn.center().x, pointer.y));
            let grip = self.grip.unwrap_or(match on_it {
                true => pointer.y - drawn.top(),
                false => length / 2.0,
            });
            let share = (pointer.y - grip - track.top()) / room.max(1.0);
            let rows_above = f64::from(share.clamp(0.0, 1.0)) * most;
            place = (Place::of_rows(rows_above, height), rows_above);
            self.grip = Some(grip);
        } else {
            self.grip = None;
        }
        let strong = response.hovered() || response.dragged();
        let color = if strong { theme.muted } else { theme.line };
        ui.painter().rect_filled(handle(place.1), 3, color);
        place.0
    }
}

fn end_of(rows: &impl LogRows) -> u64 {
    rows.len()
        .checked_sub(1)
        .and_then(|last| rows.row(last))
        .map_or(0, |row| row.number + 1)
}

/// What leads back to the end says how many lines have come since it was left.
pub fn follow_words(new: usize) -> String {
    match new {
        0 => "To the end".to_owned(),
        new => format::counted(new, "new line"),
    }
}

/// The button with those words.
pub fn follow_button(words: &str) -> Button<'_> {
    Button::new(words)
        .icon(Icon::ARROW_DOWN_TO_LINE)
        .hover("Goes to the end and follows it")
}

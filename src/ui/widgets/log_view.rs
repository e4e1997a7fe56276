//! A log: up to a million lines of one height, newest at the bottom, following the end until somebody scrolls up.
//!
//! It scrolls in lines and not in points: a million lines of 20 points are more than an `f32` can tell apart, so egui's
//! own scroll area would shake. Lines come from [`LogRows`], which is asked only for those on screen.

use std::borrow::Cow;
use std::collections::BTreeMap;

use egui::{
    Align2, Color32, Id, Key, Modifiers, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2,
    text::LayoutJob, text::TextFormat, text::TextWrapping, vec2,
};

use super::button::Button;
use super::log_lines::{self, Opened};
use crate::model::format::{self, Zone};
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{Theme, size, space},
};

/// The height of a line, in points.
pub const LINE_HEIGHT: f32 = 20.0;
/// Characters of a message that are laid out; the rest shows when the line is opened.
const SHOWN_CHARACTERS: usize = 600;

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
    /// What a row of one line says; the message is what is unfolded and copied. The default is the message.
    fn text<'a>(&self, row: &LogRow<'a>) -> Cow<'a, str> {
        row.message.into()
    }
}

/// What a log keeps between frames.
#[derive(Debug, Default)]
pub struct LogView {
    paused: bool,
    /// The number of the line at the top, and how much of it is scrolled out, in lines.
    top: Option<(u64, f32)>,
    seen_end: u64,
    selected: Option<u64>,
    opened: BTreeMap<u64, Opened>,
    grip: Option<f32>,
}

/// What happened in a log.
pub struct LogOutput {
    /// The rows on screen, by index.
    pub visible: std::ops::Range<usize>,
    /// The line that is selected, by number.
    pub selected: Option<u64>,
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
        self.selected = Some(number);
    }

    /// Closes what was opened; for a log of other lines.
    pub fn reset(&mut self) {
        *self = Self::default();
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
        let page = (rect.height() / LINE_HEIGHT).max(1.0);
        let total = self.slots(rows);
        let mut top = self.top_slot(rows, total, page);
        top += self.wheel(ui, rect);
        top += self.keys(ui, &log, rows, page);
        // A key may have opened or closed a line.
        let total = self.slots(rows);
        let last_top = (total as f64 - f64::from(page)).max(0.0);
        top = self.scroll_bar(ui, id, rect, top, total, page);
        let at_end = top >= last_top - 0.01;
        top = top.clamp(0.0, last_top);
        // Scrolling to the end follows again; scrolling away from it pauses.
        self.paused = !at_end;
        self.remember(rows, top);
        let painter_rect = rect.with_max_x(rect.right() - 10.0);
        let visible = self.paint(ui, id, painter_rect, rows, top, zone);
        if self.paused {
            self.new_lines(ui, rect, rows);
        } else {
            self.seen_end = end_of(rows);
        }
        LogOutput {
            visible,
            selected: self.selected,
        }
    }

    /// Lines on the screen's scale: every row is one, and opened rows have more under them.
    fn slots(&self, rows: &impl LogRows) -> usize {
        let extra: usize = self.opened.values().map(|opened| opened.lines.len()).sum();
        rows.len() + if rows.is_empty() { 0 } else { extra }
    }

    /// The slot of a row: its index and the opened lines before it. Costs what is opened, not what is there.
    fn slot_of(&self, rows: &impl LogRows, index: usize, number: u64) -> usize {
        let first = rows.row(0).map_or(0, |row| row.number);
        let before = self.opened.range(first..number.max(first));
        index + before.map(|(_, opened)| opened.lines.len()).sum::<usize>()
    }

    /// The row that holds a slot, and which of its lines it is (0 is the row itself).
    fn row_at(&self, rows: &impl LogRows, slot: usize) -> (usize, usize) {
        let mut extra = 0;
        for (number, opened) in &self.opened {
            let index = rows.index_of(*number);
            let at = index + extra;
            if slot <= at {
                break;
            }
            if slot <= at + opened.lines.len() {
                return (index, slot - at);
            }
            extra += opened.lines.len();
        }
        (slot - extra.min(slot), 0)
    }

    fn top_slot(&self, rows: &impl LogRows, total: usize, page: f32) -> f64 {
        match self.top {
            Some((number, part)) if self.paused => {
                let index = rows.index_of(number);
                self.slot_of(rows, index, number) as f64 + f64::from(part)
            }
            _ => (total as f64 - f64::from(page)).max(0.0),
        }
    }

    fn remember(&mut self, rows: &impl LogRows, top: f64) {
        let (index, line) = self.row_at(rows, top as usize);
        self.top = rows
            .row(index)
            .map(|row| (row.number, (top.fract() + line as f64) as f32));
    }

    fn wheel(&self, ui: &Ui, rect: Rect) -> f64 {
        if !ui.rect_contains_pointer(rect) || !ui.is_enabled() {
            return 0.0;
        }
        ui.input_mut(|input| {
            let delta = std::mem::take(&mut input.smooth_scroll_delta.y);
            -f64::from(delta / LINE_HEIGHT)
        })
    }

    fn keys(&mut self, ui: &Ui, log: &Response, rows: &impl LogRows, page: f32) -> f64 {
        if !log.has_focus() {
            return 0.0;
        }
        let filter = egui::EventFilter {
            vertical_arrows: true,
            ..Default::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(log.id, filter));
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let all = rows.len() as f64 * 2.0 + 1e6;
        let page_step = f64::from(page) - 1.0;
        if pressed(Key::Enter) {
            self.toggle_selected(rows);
        }
        if ui.input(|input| input.events.contains(&egui::Event::Copy)) {
            self.copy(ui, rows);
        }
        let steps = [
            (Key::PageDown, page_step),
            (Key::PageUp, -page_step),
            (Key::Home, -all),
            (Key::End, all),
        ];
        if let Some((_, step)) = steps.into_iter().find(|(key, _)| pressed(*key)) {
            return step;
        }
        for (key, by) in [(Key::ArrowDown, 1), (Key::ArrowUp, -1)] {
            if pressed(key) {
                return self.select_next(rows, by, page);
            }
        }
        0.0
    }

    /// Moves the selection by a row; gives back how far to scroll so that it stays in view.
    fn select_next(&mut self, rows: &impl LogRows, by: isize, page: f32) -> f64 {
        if rows.is_empty() {
            return 0.0;
        }
        let total = self.slots(rows);
        let top = self.top_slot(rows, total, page);
        let last = rows.len() - 1;
        let index = match self.selected {
            Some(number) => rows.index_of(number).saturating_add_signed(by).min(last),
            None => last,
        };
        let Some(row) = rows.row(index) else {
            return 0.0;
        };
        self.selected = Some(row.number);
        let slot = self.slot_of(rows, index, row.number) as f64;
        let bottom = top + f64::from(page) - 1.0;
        if slot < top {
            slot - top
        } else if slot > bottom {
            slot - bottom
        } else {
            0.0
        }
    }

    fn toggle_selected(&mut self, rows: &impl LogRows) {
        if let Some(number) = self.selected {
            let row = rows.row(rows.index_of(number));
            if let Some(row) = row.filter(|row| row.number == number) {
                self.toggle(&row);
            }
        }
    }

    fn toggle(&mut self, row: &LogRow<'_>) {
        if self.opened.remove(&row.number).is_none() {
            if self.opened.len() >= log_lines::MOST_OPENED {
                self.opened.pop_first();
            }
            // What was opened is read: the end may wait.
            self.paused = true;
            self.opened.insert(row.number, Opened::new(row.message));
        }
    }

    fn copy(&self, ui: &Ui, rows: &impl LogRows) {
        if let Some(number) = self.selected
            && let Some(row) = rows.row(rows.index_of(number))
        {
            ui.ctx().copy_text(row.message.to_owned());
        }
    }

    /// Our own bar: it speaks in lines. Gives back where the top is now.
    fn scroll_bar(
        &mut self,
        ui: &Ui,
        id: Id,
        rect: Rect,
        top: f64,
        total: usize,
        page: f32,
    ) -> f64 {
        let last_top = (total as f64 - f64::from(page)).max(0.0);
        if last_top <= 0.0 {
            return 0.0;
        }
        let theme = Theme::of(ui);
        let track = Rect::from_min_max(pos2(rect.right() - 10.0, rect.top()), rect.max);
        let share = (f64::from(page) / total as f64) as f32;
        let length = (track.height() * share).max(24.0);
        let room = track.height() - length;
        let handle = |top: f64| {
            let y = track.top() + (top.clamp(0.0, last_top) / last_top) as f32 * room;
            Rect::from_min_size(pos2(track.left() + 2.0, y), vec2(6.0, length))
        };
        let sense = Sense::CLICK | Sense::DRAG;
        let response = ui.interact(track, id.with("bar"), sense);
        response.widget_info(|| WidgetInfo::new(Role::ScrollBar));
        let mut top = top;
        if let Some(pointer) = response.interact_pointer_pos() {
            let now = handle(top);
            let grip = *self
                .grip
                .get_or_insert(if now.contains(pos2(now.center().x, pointer.y)) {
                    pointer.y - now.top()
                } else {
                    length / 2.0
                });
            let share = (pointer.y - grip - track.top()) / room.max(1.0);
            top = f64::from(share.clamp(0.0, 1.0)) * last_top;
        } else {
            self.grip = None;
        }
        let strong = response.hovered() || response.dragged();
        let color = if strong { theme.muted } else { theme.line };
        ui.painter().rect_filled(handle(top), 3, color);
        top
    }

    fn paint(
        &mut self,
        ui: &mut Ui,
        id: Id,
        rect: Rect,
        rows: &impl LogRows,
        top: f64,
        zone: &Zone,
    ) -> std::ops::Range<usize> {
        let clip = rect.intersect(ui.clip_rect());
        let total = self.slots(rows);
        let mut y = rect.top() - (top.fract() as f32) * LINE_HEIGHT;
        let mut slot = top as usize;
        let (first, _) = self.row_at(rows, slot);
        let mut last = first;
        let mut child = ui.new_child(
            egui::UiBuilder::new()
                .max_rect(rect)
                .accessibility_parent(id),
        );
        child.set_clip_rect(clip);
        // egui grows what can be pressed by half the spacing, and the pointer would be on two lines at once.
        child.spacing_mut().item_spacing = egui::Vec2::ZERO;
        while y < rect.bottom() && slot < total {
            let (index, line) = self.row_at(rows, slot);
            let place = Rect::from_min_size(pos2(rect.left(), y), vec2(rect.width(), LINE_HEIGHT));
            let Some(row) = rows.row(index) else { break };
            if line == 0 {
                let said = rows.text(&row);
                let said = (said.as_ref(), rows.marked());
                self.paint_row(&mut child, id, place, &row, said, zone);
            } else if let Some(opened) = self.opened.get(&row.number) {
                opened.paint(&child, place, line - 1);
            }
            last = index + 1;
            slot += 1;
            y += LINE_HEIGHT;
        }
        first..last
    }

    fn paint_row(
        &mut self,
        ui: &mut Ui,
        id: Id,
        place: Rect,
        row: &LogRow<'_>,
        said: (&str, &str),
        zone: &Zone,
    ) {
        let theme = Theme::of(ui);
        let response = ui.interact(place, id.with(row.number), Sense::CLICK);
        let selected = self.selected == Some(row.number);
        response.widget_info(|| {
            let text = format!("{} {}", row.word, first_line(said.0));
            WidgetInfo::selected(Role::ListItem, true, selected, text.trim())
        });
        if response.clicked() {
            self.selected = Some(row.number);
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let sign = Rect::from_min_size(place.min, vec2(space::L + 4.0, place.height()));
        let on_sign = response
            .interact_pointer_pos()
            .is_some_and(|pointer| sign.contains(pointer));
        if response.double_clicked() || (response.clicked() && on_sign) {
            self.toggle(row);
        }
        if selected {
            ui.painter().rect_filled(place, 0, theme.sel);
        } else if response.contains_pointer() {
            ui.painter().rect_filled(place, 0, theme.row_hover);
        }
        if response.contains_pointer() || selected || self.opened.contains_key(&row.number) {
            let icon = if self.opened.contains_key(&row.number) {
                Icon::CHEVRON_DOWN
            } else {
                Icon::CHEVRON_RIGHT
            };
            let middle = sign.center();
            let font = fonts::icon(12.0);
            ui.painter()
                .text(middle, Align2::CENTER_CENTER, icon, font, theme.muted);
        }
        text(ui, theme, place, row, said, zone);
        response.context_menu(|ui| {
            if Button::new("Copy message").ghost().show(ui).clicked() {
                ui.ctx().copy_text(row.message.to_owned());
                ui.close();
            }
            if Button::new("Copy time and message")
                .ghost()
                .show(ui)
                .clicked()
            {
                let time = format::time_exact(row.time, zone);
                ui.ctx().copy_text(format!("{time} {}", row.message));
                ui.close();
            }
        });
    }

    /// The button that says how many lines have come since, and goes to them.
    fn new_lines(&mut self, ui: &mut Ui, rect: Rect, rows: &impl LogRows) {
        let new = rows.len() - rows.index_of(self.seen_end).min(rows.len());
        let word = match new {
            0 => "Follow".to_owned(),
            1 => "1 new line".to_owned(),
            _ => format!("{} new lines", format::number_exact(new as i64)),
        };
        let place = Align2::CENTER_BOTTOM.anchor_size(
            rect.center_bottom() - vec2(0.0, space::M),
            vec2(180.0, 28.0),
        );
        let builder =
            egui::UiBuilder::new()
                .max_rect(place)
                .layout(egui::Layout::centered_and_justified(
                    egui::Direction::TopDown,
                ));
        let mut child = ui.new_child(builder);
        let button = Button::new(&word).icon(Icon::ARROW_DOWN_TO_LINE).primary();
        if button.show(&mut child).clicked() {
            self.follow();
        }
    }
}

fn end_of(rows: &impl LogRows) -> u64 {
    rows.len()
        .checked_sub(1)
        .and_then(|last| rows.row(last))
        .map_or(0, |row| row.number + 1)
}

fn first_line(message: &str) -> &str {
    let line = message.lines().next().unwrap_or_default();
    match line.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => &line[..end],
        None => line,
    }
}

/// Time, word and the message's first line, laid out at once and remembered by egui.
fn text(
    ui: &Ui,
    theme: &Theme,
    place: Rect,
    row: &LogRow<'_>,
    (said, marked): (&str, &str),
    zone: &Zone,
) {
    let font = fonts::mono(size::SMALL);
    let format = |color| TextFormat::simple(font.clone(), color);
    let left = place.left() + space::L + 4.0;
    let mut job = LayoutJob {
        wrap: TextWrapping::truncate_at_width((place.right() - left).max(20.0)),
        break_on_newline: false,
        ..LayoutJob::default()
    };
    job.append(&format::clock(row.time, zone), 0.0, format(theme.muted));
    job.append(
        &format!(" {:<11}", row.word),
        0.0,
        format(row.tone.color(theme)),
    );
    let color = match row.tone {
        LogTone::Platform | LogTone::Quiet => theme.muted,
        _ => theme.text,
    };
    let mark = TextFormat {
        background: theme.accent.gamma_multiply(0.3),
        ..format(theme.text)
    };
    log_lines::append_marked(&mut job, first_line(said), marked, &format(color), &mark);
    let galley = ui.painter().layout_job(job);
    let at = pos2(left, place.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.text);
}

//! What is drawn of a log: time, word and message of each row on screen, what was unfolded below it, and its menu.

use std::sync::Arc;

use egui::{
    Align2, Galley, Id, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, text::LayoutJob,
    text::TextFormat, text::TextWrapping, vec2,
};

use super::place::Place;
use super::select::Selection;
use super::{Asked, LINE_HEIGHT, LogRow, LogRows, LogTone, LogView};
use crate::model::format::{self, Zone};
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{Theme, size, space},
    widgets::drop_down::entry,
    widgets::log_lines,
};

/// Characters of a message that are laid out in one line; the rest shows when the line is opened.
const SHOWN_CHARACTERS: usize = 600;
/// Characters of a message that are laid out where lines wrap.
const WRAPPED_CHARACTERS: usize = 4_000;
/// The width of a letter of the monospaced face, in points.
const ADVANCE: f32 = 7.2;
/// What stands before the time: the sign that unfolds.
const SIGN: f32 = space::L + 4.0;
/// A narrower log has its time in seconds and less room for the word, in points.
const NARROW: f32 = 560.0;

/// How the width of a log is shared out.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Columns {
    width: f32,
}

impl Columns {
    pub fn of(width: f32) -> Self {
        Self { width }
    }

    fn narrow(self) -> bool {
        self.width < NARROW
    }

    /// Letters of the word's column.
    fn word(self) -> usize {
        if self.narrow() { 6 } else { 14 }
    }

    /// Where the message begins, in points from the left.
    fn message(self) -> f32 {
        let time = if self.narrow() { 8 } else { 12 };
        SIGN + (time + 1 + self.word() + 1) as f32 * ADVANCE
    }

    /// Letters of a message that have room beside each other.
    pub fn characters(self) -> usize {
        let room = (self.width - self.message() - space::S) / ADVANCE;
        (room as usize).clamp(24, 160)
    }

    fn before(self, row: &LogRow<'_>, zone: &Zone) -> [String; 2] {
        let time = match self.narrow() {
            true => format::clock_seconds(row.time, zone),
            false => format::clock(row.time, zone),
        };
        let wide = self.word();
        let word = match row.word.char_indices().nth(wide) {
            Some(_) => format!("{}…", row.word.chars().take(wide - 1).collect::<String>()),
            None => row.word.to_owned(),
        };
        [time, format!(" {word:<wide$} ")]
    }
}

/// The message as it is laid out where lines wrap.
pub(super) fn wrapped(
    ui: &Ui,
    columns: Columns,
    rows: &impl LogRows,
    row: &LogRow<'_>,
) -> Arc<Galley> {
    let theme = Theme::of(ui);
    let said = rows.text(row);
    let said = said.trim_end();
    let (text, cut) = match said.char_indices().nth(WRAPPED_CHARACTERS) {
        Some((end, _)) => (&said[..end], " …"),
        None => (said, ""),
    };
    let mut job = LayoutJob::default();
    job.wrap.max_width = (columns.width - columns.message() - space::S).max(60.0);
    append(&mut job, text, rows.marked(), row.tone, theme);
    let mut more = TextFormat::simple(fonts::mono(size::SMALL), theme.muted);
    more.line_height = Some(LINE_HEIGHT);
    job.append(cut, 0.0, more);
    ui.painter().layout_job(job)
}

fn append(job: &mut LayoutJob, text: &str, marked: &str, tone: LogTone, theme: &Theme) {
    let format = |color| TextFormat {
        line_height: Some(LINE_HEIGHT),
        ..TextFormat::simple(fonts::mono(size::SMALL), color)
    };
    let color = match tone {
        LogTone::Platform | LogTone::Quiet => theme.muted,
        _ => theme.text,
    };
    let mark = TextFormat {
        background: theme.accent.gamma_multiply(0.3),
        // Within its row: boxes below each other would lie over one another.
        expand_bg: -1.0,
        ..format(theme.text)
    };
    log_lines::append_marked(job, text, marked, &format(color), &mark);
}

impl LogView {
    /// Draws the rows from `top` on; gives back which they are, and what was asked for in a menu.
    pub(super) fn paint(
        &mut self,
        ui: &mut Ui,
        id: Id,
        rect: Rect,
        rows: &impl LogRows,
        top: Place,
        zone: &Zone,
    ) -> (std::ops::Range<usize>, Option<Asked>) {
        let mut child = ui.new_child(
            egui::UiBuilder::new()
                .max_rect(rect)
                .accessibility_parent(id),
        );
        child.set_clip_rect(rect.intersect(ui.clip_rect()));
        // egui grows what can be pressed by half the spacing, and the pointer would be on two lines at once.
        child.spacing_mut().item_spacing = egui::Vec2::ZERO;
        let mut y = rect.top() - (top.part as f32) * LINE_HEIGHT;
        let mut index = top.index;
        let mut asked = None;
        let mut menu = false;
        while y < rect.bottom() && index < rows.len() {
            let Some(row) = rows.row(index) else { break };
            let own = self.own_height(&child, rows, &row) as f32 * LINE_HEIGHT;
            let place = Rect::from_min_size(pos2(rect.left(), y), vec2(rect.width(), own));
            let response = self.row(&mut child, id, (place, rect), (rows, &row), zone);
            if let Some(chosen) = self.menu(&response, rows, &row, zone) {
                menu = true;
                asked = asked.or(chosen);
            }
            y += own;
            if let Some(opened) = self.opened.get(&row.number) {
                let left = rect.left() + self.columns.message();
                for line in 0..opened.lines.len() {
                    let at = y + line as f32 * LINE_HEIGHT;
                    if at + LINE_HEIGHT > rect.top() && at < rect.bottom() {
                        let size = vec2(rect.right() - left, LINE_HEIGHT);
                        let place = Rect::from_min_size(pos2(left, at), size);
                        opened.paint(&child, place, line);
                    }
                }
                y += opened.lines.len() as f32 * LINE_HEIGHT;
            }
            index += 1;
        }
        self.hold(menu);
        (top.index..index, asked)
    }

    /// While a menu is open nothing moves; afterwards the end is followed as before.
    fn hold(&mut self, menu: bool) {
        match (menu, self.held) {
            (true, None) => {
                self.held = Some(!self.paused);
                self.paused = true;
            }
            (false, Some(followed)) => {
                self.held = None;
                if followed {
                    self.follow();
                }
            }
            _ => {}
        }
    }

    fn row(
        &mut self,
        ui: &mut Ui,
        id: Id,
        (place, view): (Rect, Rect),
        (rows, row): (&impl LogRows, &LogRow<'_>),
        zone: &Zone,
    ) -> Response {
        let theme = Theme::of(ui);
        let response = ui.interact(place, id.with(row.number), Sense::CLICK | Sense::DRAG);
        self.pointed(ui, id, &response, (place, view), row);
        let selected = self.selection.is_some_and(|now| now.holds(row.number));
        let said = rows.text(row);
        response.widget_info(|| {
            let text = format!("{} {}", row.word, first_line(&said));
            WidgetInfo::selected(Role::ListItem, true, selected, text.trim())
        });
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_selected(selected));
        // A pointer between two lines is on one of them.
        let pointer = ui.input(|input| input.pointer.latest_pos());
        let below = pointer.is_some_and(|pointer| pointer.y < place.bottom());
        let pointed = response.contains_pointer() && below && !self.drawing;
        if selected {
            ui.painter().rect_filled(place, 0, theme.sel);
        } else if pointed {
            ui.painter().rect_filled(place, 0, theme.row_hover);
        }
        let opened = self.opened.contains_key(&row.number);
        let lead = self.selection.is_some_and(|now| now.lead == row.number);
        if pointed || lead || opened {
            let icon = match opened {
                true => Icon::CHEVRON_DOWN,
                false => Icon::CHEVRON_RIGHT,
            };
            let middle = sign(place).center();
            let font = fonts::icon(12.0);
            ui.painter()
                .text(middle, Align2::CENTER_CENTER, icon, font, theme.muted);
        }
        self.text(ui, theme, place, (rows, row, &*said), zone);
        response
    }

    /// Selects by click, with Shift up to here, and by drawing over lines; unfolds by a double click or on the sign.
    fn pointed(
        &mut self,
        ui: &Ui,
        id: Id,
        response: &Response,
        (place, view): (Rect, Rect),
        row: &LogRow<'_>,
    ) {
        let extend = ui.input(|input| input.modifiers.shift);
        let begins = response.drag_started_by(egui::PointerButton::Primary);
        if response.clicked() || begins {
            self.selection = Some(Selection::led(self.selection, row.number, extend));
            self.drawing = begins;
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        if response.secondary_clicked() && !self.selection.is_some_and(|now| now.holds(row.number))
        {
            self.selection = Some(Selection::of(row.number));
        }
        if self.drawing
            && let Some(pointer) = ui.input(|input| input.pointer.latest_pos())
        {
            let y = pointer.y.clamp(view.top() + 1.0, view.bottom() - 1.0);
            let on_it = place.y_range().contains(y);
            if on_it {
                self.selection = Some(Selection::led(self.selection, row.number, true));
            }
        }
        let on_sign = response
            .interact_pointer_pos()
            .is_some_and(|pointer| sign(place).contains(pointer));
        if response.double_clicked() || (response.clicked() && on_sign && !extend) {
            self.toggle(row);
        }
    }

    /// Time, word and message. In one line they are laid out at once, and egui remembers them.
    fn text(
        &self,
        ui: &Ui,
        theme: &Theme,
        place: Rect,
        (rows, row, said): (&impl LogRows, &LogRow<'_>, &str),
        zone: &Zone,
    ) {
        let left = place.left() + SIGN;
        let mut job = LayoutJob {
            wrap: TextWrapping::truncate_at_width((place.right() - left).max(20.0)),
            break_on_newline: false,
            ..LayoutJob::default()
        };
        let [time, word] = self.columns.before(row, zone);
        let format = |color| TextFormat {
            line_height: Some(LINE_HEIGHT),
            ..TextFormat::simple(fonts::mono(size::SMALL), color)
        };
        job.append(&time, 0.0, format(theme.muted));
        job.append(&word, 0.0, format(row.tone.color(theme)));
        if self.wrap {
            let at = pos2(place.left() + self.columns.message(), place.top());
            let galley = wrapped(ui, self.columns, rows, row);
            ui.painter().galley(at, galley, theme.text);
        } else {
            append(&mut job, first_line(said), rows.marked(), row.tone, theme);
        }
        let galley = ui.painter().layout_job(job);
        ui.painter()
            .galley(pos2(left, place.top()), galley, theme.text);
    }

    /// A row's menu: some while it is open, with what was asked for in it.
    fn menu(
        &mut self,
        response: &Response,
        rows: &impl LogRows,
        row: &LogRow<'_>,
        zone: &Zone,
    ) -> Option<Option<Asked>> {
        let mut asked = None;
        let shown = response.context_menu(|ui| {
            let count = self.selected_rows(rows).len().max(1);
            let copy = match count {
                1 => "Copy the message".to_owned(),
                count => format!("Copy {}", format::counted(count, "line")),
            };
            if entry(ui, false, &copy, "Ctrl+C") {
                ui.ctx().copy_text(self.copied_text(rows, None));
                self.copied = self.selection;
            }
            if entry(ui, false, "Copy with time", "") {
                ui.ctx().copy_text(self.copied_text(rows, Some(zone)));
                self.copied = self.selection;
            }
            let offers = rows.offers(row);
            if offers.request && entry(ui, false, "Show this request", "") {
                asked = Some(Asked::Request(row.number));
            }
            if offers.around && entry(ui, false, "Show the lines around it", "") {
                asked = Some(Asked::Around(row.number));
            }
            let fields = if offers.filter {
                rows.fields(row)
            } else {
                Vec::new()
            };
            if !fields.is_empty() {
                ui.separator();
                for (title, without) in [("Only lines with", false), ("Without lines with", true)] {
                    ui.menu_button(title, |ui| {
                        for (name, value) in &fields {
                            let shown = format!("{name}={}", cut(value));
                            if entry(ui, false, &shown, "") {
                                asked = Some(Asked::Filter {
                                    name: name.clone(),
                                    value: value.clone(),
                                    without,
                                });
                            }
                        }
                    });
                }
            }
        });
        shown.is_some().then_some(asked)
    }
}

fn sign(place: Rect) -> Rect {
    Rect::from_min_size(place.min, vec2(SIGN, LINE_HEIGHT))
}

/// A value in a menu.
fn cut(value: &str) -> String {
    match value.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

fn first_line(message: &str) -> &str {
    let line = message.split(['\n', '\r']).next().unwrap_or_default();
    match line.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => &line[..end],
        None => line,
    }
}

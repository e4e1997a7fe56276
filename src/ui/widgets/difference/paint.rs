//! One row of a difference, painted.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align2, Color32, FontId, Galley, Rect, Stroke, Ui, pos2};

use super::layout::{Columns, LINE, MOST_LINES, ROW, after_width, broken, per_line};
use crate::model::difference::{Change, Difference, Entry, FieldChange, Level, Row, What};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};

/// What a row is painted with.
pub struct Look<'a> {
    /// The colours.
    pub theme: &'a Theme,
    /// Where things stand.
    pub columns: &'a Columns,
    /// How wide a letter of a value is, in points.
    pub letter: f32,
    /// It is the row that keys act on.
    pub chosen: bool,
    /// The pointer is on it.
    pub hovered: bool,
}

/// The colour of a change's sign.
pub fn color(change: Change, theme: &Theme) -> Color32 {
    match change {
        Change::Added => theme.ok,
        Change::Changed => theme.accent,
        Change::Removed => theme.err,
    }
}

/// The words over the columns.
pub fn header(ui: &Ui, rect: Rect, columns: &Columns, sides: [&str; 2]) {
    let theme = Theme::of(ui);
    let words = [
        (columns.name(0), "What"),
        (columns.before, sides[0]),
        (columns.after, sides[1]),
    ];
    for (x, word) in words {
        let at = pos2(rect.left() + x, rect.center().y);
        let font = fonts::body(size::SMALL);
        ui.painter()
            .text(at, Align2::LEFT_CENTER, word, font, theme.muted);
    }
    let line = theme.stroke();
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, line);
}

/// Paints a row; true where something of it was cut off.
pub fn row(ui: &Ui, rect: Rect, of: &Difference, row: &Row, look: &Look<'_>) -> bool {
    let theme = look.theme;
    let entry = match row.what {
        What::Group(..) => None,
        What::Entry(at) | What::Field(at, _) => of.entries().get(at),
    };
    let change = entry.and_then(|entry| entry.change);
    let ground = match change {
        _ if look.chosen => Some(theme.sel),
        Some(Change::Added) => Some(theme.added),
        Some(Change::Removed) => Some(theme.removed),
        _ if look.hovered => Some(theme.row_hover),
        _ => None,
    };
    if let Some(ground) = ground {
        ui.painter().rect_filled(rect, 0, ground);
    }
    let line = Stroke::new(1.0, theme.row_line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, line);
    let mut pen = Pen {
        ui,
        rect,
        look,
        cut: false,
    };
    match (&row.what, entry) {
        (What::Group(title, count), _) => pen.group(title, *count, row),
        (What::Entry(_), Some(entry)) => pen.entry(entry, of, row),
        (What::Field(_, field), Some(entry)) => {
            if let Some(field) = entry.fields.get(*field) {
                let whole = entry.name.is_empty();
                pen.field(field, whole, of, row);
            }
        }
        _ => {}
    }
    pen.cut
}

struct Pen<'a> {
    ui: &'a Ui,
    rect: Rect,
    look: &'a Look<'a>,
    cut: bool,
}

impl Pen<'_> {
    /// One line of text at `x` from the left, in the row's first line; gives where it ends.
    fn text(&mut self, x: f32, room: f32, text: &str, font: FontId, color: Color32) -> f32 {
        let galley = self.galley(text, font, color, room, 1);
        let end = x + galley.size().x;
        let at = pos2(
            self.rect.left() + x,
            self.rect.top() + (ROW - galley.size().y) / 2.0,
        );
        self.ui.painter().galley(at, galley, color);
        end
    }

    fn galley(
        &mut self,
        text: &str,
        font: FontId,
        color: Color32,
        room: f32,
        lines: usize,
    ) -> Arc<Galley> {
        let format = TextFormat {
            line_height: (lines > 1).then_some(LINE),
            ..TextFormat::simple(font, color)
        };
        let mut job = LayoutJob::single_section(text.replace('\t', "    "), format);
        job.wrap = TextWrapping {
            max_width: room.max(8.0),
            max_rows: lines,
            break_anywhere: true,
            overflow_character: Some('…'),
        };
        let galley = self.ui.ctx().fonts_mut(|fonts| fonts.layout_job(job));
        self.cut |= galley.elided;
        galley
    }

    fn sign(&self, x: f32, sign: &str, font: FontId, color: Color32) {
        let at = pos2(self.rect.left() + x, self.rect.top() + ROW / 2.0);
        self.ui
            .painter()
            .text(at, Align2::CENTER_CENTER, sign, font, color);
    }

    fn group(&mut self, title: &str, count: usize, row: &Row) {
        let theme = self.look.theme;
        self.chevron(row, 10.0);
        let x = self.look.columns.name(0);
        let room = self.look.columns.width - x - 40.0;
        let end = self.text(x, room, title, fonts::medium(size::SMALL), theme.text);
        self.text(
            end + space::XS,
            60.0,
            &count.to_string(),
            fonts::body(size::SMALL),
            theme.muted,
        );
    }

    fn chevron(&self, row: &Row, x: f32) {
        let sign = match row.folded {
            Some(true) => Icon::CHEVRON_RIGHT,
            Some(false) => Icon::CHEVRON_DOWN,
            None => return,
        };
        self.sign(x, sign, fonts::icon(13.0), self.look.theme.muted);
    }

    fn entry(&mut self, entry: &Entry, of: &Difference, row: &Row) {
        let (theme, columns) = (self.look.theme, self.look.columns);
        let x = columns.name(row.depth);
        match entry.change {
            // What is folded says so; the colour of the row says the rest, and its name does for those who don't see it.
            Some(change) => {
                let sign = change.sign();
                self.sign(
                    x - 10.0,
                    sign,
                    fonts::mono(size::SMALL),
                    color(change, theme),
                );
            }
            None => self.chevron(row, x - 10.0),
        }
        let ends = self.risk(of, row);
        let summary = |change| match &entry.summary {
            summary if entry.change == Some(change) && !summary.is_empty() => Some(summary.clone()),
            _ => None,
        };
        let sides = (summary(Change::Removed), summary(Change::Added));
        let room = if columns.narrow || sides == (None, None) {
            ends
        } else {
            columns.before
        };
        let end = self.text(
            x,
            room - x - 8.0,
            &entry.name,
            fonts::mono(size::SMALL),
            theme.text,
        );
        let mut end = end + space::S;
        if !entry.detail.is_empty() && room - end > 40.0 {
            let font = fonts::body(size::SMALL);
            end = self.text(end, room - end - 8.0, &entry.detail, font, theme.muted) + space::S;
        }
        if row.folded == Some(true) && entry.change.is_some() && room - end > 20.0 {
            let font = fonts::icon(12.0);
            self.text(end, 20.0, Icon::ELLIPSIS, font, theme.muted);
        }
        if columns.narrow {
            return;
        }
        if let Some(before) = sides.0 {
            self.side(
                Change::Removed,
                &before,
                columns.before,
                ends - columns.before,
                0.0,
                1,
            );
        }
        if let Some(after) = sides.1 {
            self.side(
                Change::Added,
                &after,
                columns.after,
                ends - columns.after,
                0.0,
                1,
            );
        }
    }

    fn field(&mut self, field: &FieldChange, whole: bool, of: &Difference, row: &Row) {
        let (theme, columns) = (self.look.theme, self.look.columns);
        let x = columns.name(row.depth);
        if whole {
            let change = field.change();
            self.sign(
                x - 10.0,
                change.sign(),
                fonts::mono(size::SMALL),
                color(change, theme),
            );
        }
        let ends = self.risk(of, row);
        let room = if columns.narrow { ends } else { columns.before };
        let name = if whole { theme.text } else { theme.muted };
        self.text(
            x,
            room - x - 8.0,
            &field.name,
            fonts::body(size::SMALL),
            name,
        );
        let top = if columns.narrow { ROW - 4.0 } else { 0.0 };
        let mut y = top;
        if let Some(before) = &field.before {
            let room = columns.before_width();
            let lines = self.side(Change::Removed, before, columns.before, room, y, MOST_LINES);
            if columns.narrow {
                y += lines;
            }
        }
        if let Some(after) = &field.after {
            let room = after_width(columns, row.risk.is_some());
            self.side(Change::Added, after, columns.after, room, y, MOST_LINES);
        }
    }

    /// A value after its sign; gives how high it is.
    fn side(&mut self, side: Change, text: &str, x: f32, room: f32, y: f32, lines: usize) -> f32 {
        let theme = self.look.theme;
        let sign = match side {
            Change::Added => "+",
            _ => "−",
        };
        let at = pos2(self.rect.left() + x, self.rect.top() + y + ROW / 2.0);
        let font = fonts::mono(size::SMALL);
        let painter = self.ui.painter();
        painter.text(
            at,
            Align2::LEFT_CENTER,
            sign,
            font.clone(),
            color(side, theme),
        );
        let letter = self.look.letter;
        let broken = (lines > 1).then(|| broken(text, per_line(room, letter)));
        let text = broken.as_deref().unwrap_or(text);
        let galley = self.galley(text, font, theme.text, room - 16.0, lines);
        let height = galley.size().y;
        let top = if lines == 1 {
            (ROW - height) / 2.0
        } else {
            (ROW - LINE) / 2.0
        };
        let at = pos2(self.rect.left() + x + 14.0, self.rect.top() + y + top);
        self.ui.painter().galley(at, galley, theme.text);
        height
    }

    /// The risk of the row at its right end, with its number; gives where the rest of the row has to end.
    fn risk(&mut self, of: &Difference, row: &Row) -> f32 {
        let width = self.look.columns.width - 8.0;
        let Some(number) = row.risk else { return width };
        let Some(risk) = of.risks().get(number) else {
            return width;
        };
        let theme = self.look.theme;
        let (icon, color) = match risk.level {
            Level::Danger => (Icon::CIRCLE_ALERT, theme.err),
            Level::Warning => (Icon::TRIANGLE_ALERT, theme.warn),
        };
        let words = format!("{} {}", number + 1, risk.short);
        let most = self.look.columns.after_width() * 0.45 - 20.0;
        let galley = self.galley(&words, fonts::body(size::SMALL), color, most, 1);
        let left = width - galley.size().x;
        let middle = self.rect.top() + (ROW - galley.size().y) / 2.0;
        self.ui
            .painter()
            .galley(pos2(self.rect.left() + left, middle), galley, color);
        self.sign(left - 12.0, icon, fonts::icon(13.0), color);
        left - 24.0
    }
}

//! Wheel, keys and the pointer's drags in a log.

use egui::{Key, Modifiers, Rect, Response, Ui};

use super::place::{self, Place};
use super::select::Selection;
use super::{LINE_HEIGHT, LogRows, LogView};

/// Lines a second, for each line that the pointer is beyond the edge while it draws a selection.
const BEYOND_SPEED: f64 = 12.0;

impl LogView {
    /// Lines that the wheel asks for.
    pub(super) fn wheel(&self, ui: &Ui, rect: Rect) -> f64 {
        if !ui.rect_contains_pointer(rect) || !ui.is_enabled() {
            return 0.0;
        }
        ui.input_mut(|input| {
            let delta = std::mem::take(&mut input.smooth_scroll_delta.y);
            -f64::from(delta / LINE_HEIGHT)
        })
    }

    /// Lines to scroll because a selection is drawn beyond the edge.
    pub(super) fn beyond(&mut self, ui: &Ui, rect: Rect) -> f64 {
        if !self.drawing {
            return 0.0;
        }
        let (held, pointer, seconds) = ui.input(|input| {
            let held = input.pointer.primary_down();
            (held, input.pointer.latest_pos(), input.stable_dt.min(0.1))
        });
        self.drawing = held;
        let Some(pointer) = pointer.filter(|_| held) else {
            return 0.0;
        };
        let over = (pointer.y - rect.bottom()).max(0.0) + (pointer.y - rect.top()).min(0.0);
        if over != 0.0 {
            ui.ctx().request_repaint();
        }
        f64::from(over / LINE_HEIGHT) * f64::from(seconds) * BEYOND_SPEED
    }

    /// Acts on the keys; gives back where the top is then.
    pub(super) fn keys(
        &mut self,
        ui: &Ui,
        log: &Response,
        rows: &impl LogRows,
        (top, page): (Place, f64),
    ) -> Place {
        if !log.has_focus() || rows.is_empty() {
            return top;
        }
        let several = self.selection.filter(|now| now.anchor != now.lead);
        // Esc leaves one line of several, and only then the log.
        let filter = egui::EventFilter {
            vertical_arrows: true,
            escape: several.is_some(),
            ..Default::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(log.id, filter));
        let extend = ui.input(|input| input.modifiers.shift);
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        let plain = |key| pressed(Modifiers::NONE, key);
        if plain(Key::Enter) {
            self.toggle_selected(rows);
        }
        if ui.input(|input| input.events.contains(&egui::Event::Copy)) {
            ui.ctx().copy_text(self.copied_text(rows, None));
            self.copied = self.selection;
        }
        if pressed(Modifiers::COMMAND, Key::A) {
            let ends = [0, rows.len() - 1].map(|at| rows.row(at).map(|row| row.number));
            if let [Some(anchor), Some(lead)] = ends {
                self.selection = Some(Selection { anchor, lead });
            }
        }
        if let Some(several) = several
            && plain(Key::Escape)
        {
            self.selection = Some(Selection::of(several.lead));
        }
        let last = rows.len() - 1;
        let lead = self.selection.map(|now| rows.index_of(now.lead).min(last));
        let step = (page as usize).saturating_sub(1).max(1);
        let steps = [
            (Key::ArrowDown, 1),
            (Key::ArrowUp, -1),
            (Key::PageDown, step as isize),
            (Key::PageUp, -(step as isize)),
            (Key::Home, isize::MIN),
            (Key::End, isize::MAX),
        ];
        let Some((key, by)) = steps.into_iter().find(|(key, _)| plain(*key)) else {
            return top;
        };
        let height = |at| self.height(ui, rows, at);
        if !extend && !matches!(key, Key::ArrowDown | Key::ArrowUp) {
            return match by {
                isize::MIN => Place::default(),
                isize::MAX => place::last(rows.len(), page, height),
                by => place::moved(top, by as f64, rows.len(), height),
            };
        }
        let to = match lead {
            Some(lead) => lead.saturating_add_signed(by).min(last),
            None => last,
        };
        let shown = place::to_show(to, top, page, height);
        if let Some(row) = rows.row(to) {
            self.selection = Some(Selection::led(self.selection, row.number, extend));
        }
        shown
    }

    fn toggle_selected(&mut self, rows: &impl LogRows) {
        if let Some(selection) = self.selection {
            let row = rows.row(rows.index_of(selection.lead));
            if let Some(row) = row.filter(|row| row.number == selection.lead) {
                self.toggle(&row);
            }
        }
    }
}

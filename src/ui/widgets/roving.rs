//! One stop for the keyboard in a group of equals, as a row of tabs or a choice of a few: Tab comes to the chosen one alone,
//! and the arrows go on from there, taking the choice and the keyboard with them.

use egui::{EventFilter, Id, Key, Modifiers, Response, Sense, Ui};

/// What a member of a group senses: the keyboard comes to the chosen one alone.
pub fn sense(chosen: bool) -> Sense {
    match chosen {
        true => Sense::click(),
        false => Sense::CLICK,
    }
}

/// Which way an arrow leads from a member that has the keyboard: true goes forward.
pub fn arrow(ui: &Ui, id: Id) -> Option<bool> {
    let filter = EventFilter {
        horizontal_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        match (pressed(Key::ArrowLeft), pressed(Key::ArrowRight)) {
            (false, true) => Some(true),
            (true, false) => Some(false),
            _ => None,
        }
    })
}

/// A group while it is drawn.
pub struct Group {
    id: Id,
    stepped: Option<bool>,
}

impl Group {
    /// The group of this name in `ui`.
    pub fn new(ui: &Ui, name: &str) -> Self {
        Self {
            id: ui.make_persistent_id(("group", name)),
            stepped: None,
        }
    }

    /// The chosen member of the group takes the keyboard when it is drawn next.
    pub fn lead(self, ui: &Ui) {
        ui.data_mut(|data| data.insert_temp(self.id, Led));
        ui.ctx().request_repaint();
    }

    /// Sees to a member that was drawn.
    pub fn member(&mut self, ui: &Ui, response: &Response, chosen: bool) {
        if chosen
            && ui
                .data_mut(|data| data.remove_temp::<Led>(self.id))
                .is_some()
        {
            response.request_focus();
        }
        let pass = ui.ctx().cumulative_pass_nr();
        let focused = ui.memory(egui::Memory::focused);
        if chosen && focused != Some(response.id) {
            // Another was chosen elsewhere, as by a shortcut, and the one that had the keyboard can't have it any more: it goes
            // with the choice, and is not lost.
            let had = ui.data(|data| data.get_temp::<Had>(self.id));
            let left = had.filter(|had| had.pass + 1 >= pass && had.member != response.id);
            if left.is_some_and(|had| focused.is_none_or(|id| id == had.member)) {
                response.request_focus();
            }
        }
        // Not `Response::has_focus`: that is false while another window is in front, though a key that comes is for this one.
        if ui.memory(|memory| memory.has_focus(response.id)) {
            let member = response.id;
            ui.data_mut(|data| data.insert_temp(self.id, Had { member, pass }));
            self.stepped = arrow(ui, response.id);
        }
    }

    /// Where the arrow that was pressed leads from `at` among `count`, round at the ends; the keyboard goes there too.
    pub fn target(self, ui: &Ui, at: usize, count: usize) -> Option<usize> {
        let forward = self.stepped?;
        self.lead(ui);
        let step = if forward { 1 } else { count.saturating_sub(1) };
        (at + step).checked_rem(count)
    }
}

/// The chosen member takes the keyboard.
#[derive(Clone, Default)]
struct Led;

/// Which member had the keyboard, in which pass.
#[derive(Clone, Copy)]
struct Had {
    member: Id,
    pass: u64,
}

//! Activity: what runs and what has ended, every call with its request id, and the journal with Undo.

mod calls;
mod journal;
pub mod undo;
mod work;

use egui::Ui;

use crate::route::Route;
use crate::settings::Settings;
use crate::store::journal::Record;
use crate::ui::cx::{CloudStore, Cx, Panel};
use crate::ui::icons::Icon;
use crate::ui::list::List;
use crate::ui::theme::space;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::segmented::sub_tabs;

pub use self::calls::queued_words;
use self::undo::Undoing;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Part {
    #[default]
    Work,
    Calls,
    Journal,
}

/// The panel's state between frames.
pub struct ActivityPanel {
    part: Part,
    work: work::Work,
    calls: List<calls::Calls>,
    journal: journal::Journal,
    undoing: Option<Undoing>,
}

impl ActivityPanel {
    /// With what the person chose before.
    pub fn new(settings: &Settings) -> Self {
        Self {
            part: Part::default(),
            work: work::Work::default(),
            calls: List::new(settings),
            journal: journal::Journal::new(settings),
            undoing: None,
        }
    }
}

impl Panel for ActivityPanel {
    fn ui(&mut self, ui: &mut Ui, _route: &Route, cx: &mut Cx<'_>) {
        let parts = [
            (Part::Work, "Work"),
            (Part::Calls, "Calls"),
            (Part::Journal, "Journal"),
        ];
        ui.add_space(space::XS);
        sub_tabs(ui, &mut self.part, &parts);
        match self.part {
            Part::Work => self.work.ui(ui, cx, &mut self.undoing),
            Part::Calls => self.calls.show(ui, cx),
            Part::Journal => self.journal.ui(ui, cx, &mut self.undoing),
        }
        let ctx = ui.ctx().clone();
        if let Some(undoing) = &mut self.undoing
            && !undoing.show(&ctx, cx)
        {
            self.undoing = None;
        }
    }

    fn settled(&self, _route: &Route, _store: &CloudStore) -> bool {
        true
    }
}

/// Undo of what was done, or why there is none; nothing where it failed. `name` is what a screen reader says of it.
fn undo_button(
    ui: &mut Ui,
    record: &Record,
    name: &str,
    undoing: &mut Option<Undoing>,
    cx: &mut Cx<'_>,
) {
    if !record.succeeded() {
        return;
    }
    let available = match undoing {
        Some(undoing) if undoing.is_looking() => Err("It is being looked at"),
        _ => undo::available(record, cx),
    };
    let button = Button::new("Undo").name(name).icon(Icon::UNDO_2);
    if button.available(available).show(ui).clicked() {
        *undoing = Undoing::start(record, cx.store);
    }
}

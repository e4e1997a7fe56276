//! Activity: what runs and what has ended, every call with its request id, and the journal with Undo.

mod calls;
mod journal;
pub mod undo;
mod work;

use egui::Ui;

use crate::route::Route;
use crate::settings::Settings;
use crate::ui::cx::{CloudStore, Cx, Panel};
use crate::ui::list::List;
use crate::ui::theme::space;
use crate::ui::widgets::segmented::sub_tabs;

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
}

impl ActivityPanel {
    /// With what the person chose before.
    pub fn new(settings: &Settings) -> Self {
        Self {
            part: Part::default(),
            work: work::Work::default(),
            calls: List::new(settings),
            journal: journal::Journal::new(settings),
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
            Part::Work => self.work.ui(ui, cx),
            Part::Calls => self.calls.show(ui, cx),
            Part::Journal => self.journal.ui(ui, cx),
        }
    }

    fn settled(&self, _route: &Route, _store: &CloudStore) -> bool {
        true
    }
}

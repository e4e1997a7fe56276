//! Every function of the region, as a table.

use egui::Ui;

use crate::route::Route;
use crate::settings::Settings;
use crate::ui::cx::{CloudStore, Cx, Panel};

/// The list's state between frames.
pub struct List {}

impl List {
    /// With what the person chose before.
    pub fn new(settings: &Settings) -> Self {
        let _ = settings;
        Self {}
    }
}

impl Panel for List {
    fn ui(&mut self, ui: &mut Ui, _route: &Route, cx: &mut Cx<'_>) {
        let _ = (ui, cx);
    }

    fn settled(&self, _route: &Route, store: &CloudStore) -> bool {
        let _ = store;
        true
    }
}

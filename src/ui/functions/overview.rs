//! One function: its overview.

use egui::Ui;

use crate::ui::cx::{CloudStore, Cx};

/// What this part keeps between frames.
#[derive(Default)]
pub struct Overview {}

impl Overview {
    /// Draws it for the function `name`.
    pub fn ui(&mut self, ui: &mut Ui, name: &str, cx: &mut Cx<'_>) {
        let _ = (ui, name, cx);
    }

    /// All that it shows has been loaded, or has failed to.
    pub fn settled(&self, name: &str, store: &CloudStore) -> bool {
        let _ = (name, store);
        true
    }
}

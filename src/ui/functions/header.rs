//! The head of a function's screen: its name and state, its parts, what can be done with it.

use egui::{RichText, Ui};

use crate::route::{FunctionTab, Route};
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::theme::{size, space};
use crate::ui::widgets::segmented::sub_tabs;

/// What the head keeps between frames.
#[derive(Default)]
pub struct Header {}

impl Header {
    /// Draws it, and opens another part when one is chosen.
    pub fn ui(&mut self, ui: &mut Ui, name: &str, tab: FunctionTab, cx: &mut Cx<'_>) {
        ui.horizontal(|ui| {
            ui.add_space(space::L);
            ui.label(RichText::new(name).font(fonts::semibold(size::HEADING)));
        });
        let mut chosen = tab;
        let tabs = FunctionTab::ALL.map(|tab| (tab, tab.title()));
        if sub_tabs(ui, &mut chosen, &tabs) {
            cx.open(Route::function_tab(name, chosen));
        }
    }
}

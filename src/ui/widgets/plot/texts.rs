//! Values that were written lately, as they are drawn: a read-out under a moving pointer shows the same few again and again.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Color32, Galley, Ui};

use crate::ui::fonts;
use crate::ui::theme::size;

/// More than this are forgotten together.
const MOST: usize = 1_024;

/// By text and colour.
#[derive(Debug, Default)]
pub(super) struct Texts {
    known: HashMap<(String, Color32), Arc<Galley>>,
    /// How full the fonts' picture was: when it is begun anew, what points into it is void.
    filled: f32,
    pixels_per_point: f32,
}

impl Texts {
    /// Forgets what can't be drawn any more. Before the first text of each plot.
    pub fn begin(&mut self, ctx: &egui::Context) {
        let filled = ctx.fonts(|fonts| fonts.font_atlas_fill_ratio());
        let scale = ctx.pixels_per_point();
        if filled < self.filled || scale != self.pixels_per_point || self.known.len() > MOST {
            self.known.clear();
        }
        (self.filled, self.pixels_per_point) = (filled, scale);
    }

    /// A tiny text on one line.
    pub fn tiny(&mut self, ui: &Ui, text: String, color: Color32) -> Arc<Galley> {
        let lay_out = |(text, color): &(String, Color32)| {
            let font = fonts::body(size::TINY);
            ui.painter().layout_no_wrap(text.clone(), font, *color)
        };
        match self.known.entry((text, color)) {
            std::collections::hash_map::Entry::Occupied(known) => known.get().clone(),
            std::collections::hash_map::Entry::Vacant(free) => {
                let galley = lay_out(free.key());
                free.insert(galley).clone()
            }
        }
    }
}

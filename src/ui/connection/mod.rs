//! The picker of connections: profiles and regions of this machine, endpoints that were found, recent ones.

use egui::Context;

use crate::core::Core;
use crate::model::connection::ConnectionSpec;
use crate::settings::Settings;

/// What the picker keeps between frames.
pub struct Picker {
    open: bool,
}

impl Picker {
    /// With what was chosen before.
    pub fn new(settings: &Settings) -> Self {
        let _ = settings;
        Self { open: false }
    }

    /// Opens it.
    pub fn open(&mut self) {
        self.open = true;
    }

    /// It is on the screen.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Starts the sign-in of the connection that is shown.
    pub fn sign_in(&mut self, core: &mut Core) {
        core.sign_in_again();
    }

    /// Draws it where it is open; gives the connection that was chosen.
    pub fn show(&mut self, ctx: &Context, core: &mut Core) -> Option<ConnectionSpec> {
        let _ = (ctx, core);
        self.open = false;
        None
    }
}

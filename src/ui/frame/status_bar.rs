//! The status bar: calls in flight, throttling, the age of what is shown, the endpoint, the version.

use egui::{Align, Label, Layout, RichText, Ui};

use crate::model::format::{self, Zone};
use crate::store::Activity;
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};

/// What the bar shows.
pub struct StatusBar<'a> {
    /// Fetches, actions, the age of what is shown.
    pub activity: Activity,
    /// Services that asked to slow down within the last seconds.
    pub throttled: &'a [String],
    /// The endpoint instead of AWS's own.
    pub endpoint: Option<&'a str>,
    /// The part of the screen that the age is of.
    pub what: &'a str,
    /// Milliseconds since the epoch.
    pub now: i64,
    /// The zone that times are shown in.
    pub zone: &'a Zone,
}

impl StatusBar<'_> {
    /// Draws it.
    pub fn ui(&self, ui: &mut Ui) {
        let theme = Theme::of(ui);
        let text = |text: String| RichText::new(text).font(fonts::body(size::SMALL));
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 20.0;
            ui.add_space(space::M);
            let calls = match self.activity.in_flight {
                0 => "No calls in flight".to_owned(),
                1 => "1 call in flight".to_owned(),
                n => format!("{n} calls in flight"),
            };
            ui.add(Label::new(text(calls).color(theme.muted)).selectable(false));
            if !self.throttled.is_empty() {
                let words = format!("▲ slowed down by {}", self.throttled.join(", "));
                ui.add(Label::new(text(words).color(theme.warn)).selectable(false))
                    .on_hover_text(
                        "The service answered 429; calls are sent more slowly and tried again.",
                    );
            }
            if let Some(at) = self.activity.oldest_shown {
                let words = format!("{} {}", self.what, format::ago(at, self.now, self.zone));
                ui.add(Label::new(text(words).color(theme.muted)).selectable(false))
                    .on_hover_text(format!("Shown as of {}", format::time_exact(at, self.zone)));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(space::M);
                let version = format!("v{}", env!("CARGO_PKG_VERSION"));
                let whence = match self.endpoint {
                    Some(endpoint) => format!("{version} · {endpoint}"),
                    None => format!("{version} · AWS"),
                };
                ui.add(Label::new(text(whence).color(theme.muted)).selectable(false))
                    .on_hover_text(env!("SEKISHO_BUILD"));
            });
        });
    }
}

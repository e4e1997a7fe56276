//! How large the window was, for the next session.

use egui::Context;
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

const KEY: &str = "window";
/// A size is kept once it has stayed for this long, in seconds: not each step of a drag is written.
const STAYS: f64 = 0.5;

/// A window's size in points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Of the contents, as it was before it filled the screen.
    pub width: f32,
    /// Of the contents, as it was before it filled the screen.
    pub height: f32,
    /// It fills the screen.
    pub maximized: bool,
}

impl Place {
    /// What was kept by the session before, where it makes sense.
    pub fn restore(settings: &Settings) -> Option<Self> {
        let place: Self = settings.get(KEY)?;
        let sides = [place.width, place.height];
        let usable = sides.iter().all(|side| (200.0..=16_384.0).contains(side));
        usable.then_some(place)
    }

    fn of(ctx: &Context, before: Option<Self>) -> Option<Self> {
        let (inside, maximized, fullscreen) = ctx.input(|input| {
            let viewport = input.viewport();
            (
                viewport.inner_rect,
                viewport.maximized.unwrap_or_default(),
                viewport.fullscreen.unwrap_or_default(),
            )
        });
        let size = inside?.size();
        let place = Self {
            width: size.x.round(),
            height: size.y.round(),
            maximized,
        };
        match before {
            _ if fullscreen => None,
            // The size to go back to.
            Some(before) if maximized => Some(Self {
                maximized: true,
                ..before
            }),
            _ => Some(place),
        }
    }

    /// Keeps the size of now, once it has stayed.
    pub fn keep(ctx: &Context, settings: &mut Settings) {
        let before = Self::restore(settings);
        let Some(place) = Self::of(ctx, before) else {
            return;
        };
        if before == Some(place) {
            return;
        }
        let id = egui::Id::unique("window's size");
        let now = ctx.input(|input| input.time);
        let since = ctx.data_mut(|data| {
            let seen: &mut (Self, f64) = data.get_temp_mut_or_insert_with(id, || (place, now));
            if seen.0 != place {
                *seen = (place, now);
            }
            seen.1
        });
        if now - since >= STAYS {
            settings.set(KEY, &place);
        } else {
            let rest = std::time::Duration::from_secs_f64(STAYS - (now - since));
            ctx.request_repaint_after(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws a frame at `time` with what a window system tells.
    fn frame(ctx: &Context, settings: &mut Settings, time: f64, width: f32, maximized: bool) {
        let mut input = egui::RawInput {
            time: Some(time),
            ..egui::RawInput::default()
        };
        let viewport = input.viewports.entry(egui::ViewportId::ROOT).or_default();
        viewport.inner_rect = Some(egui::Rect::from_min_size(
            egui::Pos2::ZERO,
            egui::vec2(width, 700.0),
        ));
        viewport.maximized = Some(maximized);
        let mut drawn = ctx.run_ui(input, |ui| Place::keep(ui.ctx(), settings));
        drawn.textures_delta.clear();
    }

    #[test]
    fn a_size_is_kept_once_it_has_stayed_and_a_full_screen_leads_back_to_it() {
        let ctx = Context::default();
        let mut settings = Settings::in_memory();
        frame(&ctx, &mut settings, 1.0, 1200.0, false);
        frame(&ctx, &mut settings, 1.4, 1100.0, false);
        frame(&ctx, &mut settings, 1.8, 1000.0, false);
        assert_eq!(Place::restore(&settings), None, "it is being dragged");
        frame(&ctx, &mut settings, 2.4, 1000.0, false);
        let kept = Place::restore(&settings).expect("it has stayed");
        assert_eq!((kept.width, kept.maximized), (1000.0, false));
        frame(&ctx, &mut settings, 3.0, 1900.0, true);
        frame(&ctx, &mut settings, 4.0, 1900.0, true);
        let kept = Place::restore(&settings).expect("it was kept before");
        assert_eq!((kept.width, kept.maximized), (1000.0, true));
    }

    #[test]
    fn what_makes_no_window_is_not_taken() {
        let mut settings = Settings::in_memory();
        let place = Place {
            width: f32::MAX,
            height: 3.0,
            maximized: false,
        };
        settings.set(KEY, &place);
        assert_eq!(Place::restore(&settings), None);
    }
}

//! The top bar: the connection in its colour, the lock, the search, the clock's zone, the theme, activity.

use egui::{
    Align, Align2, CornerRadius, Layout, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::command::Command;
use crate::model::connection::ConnColour;
use crate::ui::connection::colour;
use crate::ui::cx::ConnectionView;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Appearance, CONTROL_HEIGHT, RADIUS, Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::{chip, connection_chip};

/// What the bar shows.
pub struct TopBar<'a> {
    /// `None` before anything was connected.
    pub connection: Option<&'a ConnectionView>,
    /// Writes are refused.
    pub read_only: bool,
    /// `Local time · UTC+9`.
    pub zone_text: &'a str,
    /// Light or dark.
    pub appearance: Appearance,
    /// Work that runs.
    pub running: usize,
}

impl TopBar<'_> {
    /// Draws it; gives the command that was pressed.
    pub fn ui(&self, ui: &mut Ui) -> Option<Command> {
        let mut pressed = None;
        let bar = ui.max_rect();
        self.production_line(ui, bar);
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            if self.connection_chip(ui) {
                pressed = Some(Command::Connect);
            }
            if self.lock(ui) {
                pressed = Some(Command::ToggleReadOnly);
            }
            let left = ui.cursor().left();
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                if let Some(command) = self.right(ui) {
                    pressed = Some(command);
                }
                let right = ui.cursor().right();
                if search(ui, bar, left, right) {
                    pressed = Some(Command::Palette);
                }
            });
        });
        pressed
    }

    /// A line under the whole bar in production's red, so that it is recognised before anything is read.
    fn production_line(&self, ui: &Ui, bar: Rect) {
        let red = |view: &&ConnectionView| view.spec.drawn_colour() == ConnColour::Red;
        let Some(view) = self.connection.filter(red) else {
            return;
        };
        let window = ui.ctx().content_rect().x_range();
        let line = Rect::from_x_y_ranges(window, bar.bottom() - 2.0..=bar.bottom());
        let painter = ui.painter().with_clip_rect(line);
        painter.rect_filled(line, CornerRadius::ZERO, colour(&view.spec, Theme::of(ui)));
    }

    fn connection_chip(&self, ui: &mut Ui) -> bool {
        let theme = Theme::of(ui);
        let roomy = ui.ctx().content_rect().width() > 1_200.0;
        let (bar, name, detail) = match self.connection {
            None => (theme.muted, "Not connected".to_owned(), String::new()),
            Some(view) => {
                let account = view.identity.as_ref().map(|identity| {
                    let account = grouped(&identity.account);
                    match &identity.alias {
                        // Where there is little room, the region matters more than the alias.
                        Some(alias) if roomy => format!("{alias} {account}"),
                        _ => account,
                    }
                });
                let parts = [account, Some(view.region.clone())];
                let detail: Vec<String> = parts
                    .into_iter()
                    .flatten()
                    .filter(|part| !part.is_empty())
                    .collect();
                (
                    colour(&view.spec, theme),
                    view.spec.name.clone(),
                    detail.join(" · "),
                )
            }
        };
        let response = connection_chip(ui, bar, &name, &detail);
        let mut hover = String::from("Switch profile, region or endpoint");
        if let Some(identity) = self.connection.and_then(|view| view.identity.as_ref()) {
            hover = format!("{}\n{hover}", identity.arn);
        }
        response.on_hover_text(hover).clicked()
    }

    fn lock(&self, ui: &mut Ui) -> bool {
        if self.connection.is_none() {
            return false;
        }
        let theme = Theme::of(ui);
        let (icon, word, color) = if self.read_only {
            (Icon::LOCK, "Locked · read-only", theme.warn)
        } else {
            (Icon::LOCK_OPEN, "Unlocked", theme.muted)
        };
        let hover = if self.read_only {
            "This connection refuses every change. Press to unlock it."
        } else {
            "Changes are possible. Press to make this connection read-only."
        };
        chip(ui, icon, word, color).on_hover_text(hover).clicked()
    }

    fn right(&self, ui: &mut Ui) -> Option<Command> {
        let mut pressed = None;
        let activity = if self.running > 0 {
            format!("Activity  {}", self.running)
        } else {
            "Activity".to_owned()
        };
        if Button::new(&activity)
            .name("Activity, in the top bar")
            .show(ui)
            .clicked()
        {
            pressed = Some(Command::Activity);
        }
        let (icon, name) = match self.appearance {
            Appearance::System => (Icon::MONITOR, "Theme: system"),
            Appearance::Dark => (Icon::MOON, "Theme: dark"),
            Appearance::Light => (Icon::SUN, "Theme: light"),
        };
        if Button::icon_only(icon, name).show(ui).clicked() {
            pressed = Some(Command::ToggleTheme);
        }
        if ui.max_rect().width() > 560.0
            && Button::new(self.zone_text)
                .ghost()
                .hover("Switch between this machine's zone and UTC")
                .show(ui)
                .clicked()
        {
            pressed = Some(Command::ToggleUtc);
        }
        pressed
    }
}

/// `482177391105` as `4821-7739-1105`.
pub fn grouped(account: &str) -> String {
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        return account.to_owned();
    }
    format!("{}-{}-{}", &account[..4], &account[4..8], &account[8..])
}

/// The search that opens the palette, in the middle of the bar where there is room.
fn search(ui: &mut Ui, bar: Rect, left: f32, right: f32) -> bool {
    let theme = Theme::of(ui);
    let room = right - left - 2.0 * space::M;
    if room < 60.0 {
        return false;
    }
    let width = room.min(520.0);
    let center = bar.center().x.clamp(
        left + space::M + width / 2.0,
        right - space::M - width / 2.0,
    );
    let rect = Rect::from_center_size(pos2(center, bar.center().y), vec2(width, CONTROL_HEIGHT));
    let response = ui.interact(rect, ui.scope_id().with("search"), Sense::click());
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Button,
            ui.is_enabled(),
            "Search functions and commands",
        )
    });
    let stroke = if response.hovered() || response.has_focus() {
        egui::Stroke::new(1.0, theme.accent)
    } else {
        theme.stroke()
    };
    let radius = CornerRadius::same(RADIUS);
    ui.painter().rect_filled(rect, radius, theme.bg);
    ui.painter()
        .rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    let text = if width > 300.0 {
        "Search functions and commands"
    } else {
        "Search"
    };
    ui.painter().text(
        pos2(rect.left() + 10.0, rect.center().y),
        Align2::LEFT_CENTER,
        text,
        fonts::body(size::BODY),
        theme.muted,
    );
    let keys = Command::Palette
        .shortcut()
        .map(|s| s.text())
        .unwrap_or_default();
    ui.painter().text(
        pos2(rect.right() - 10.0, rect.center().y),
        Align2::RIGHT_CENTER,
        keys,
        fonts::body(size::TINY),
        theme.muted,
    );
    response.clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_numbers_are_grouped_and_other_words_are_not() {
        assert_eq!(grouped("482177391105"), "4821-7739-1105");
        assert_eq!(grouped("localhost"), "localhost");
    }
}

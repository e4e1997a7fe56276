//! The top bar: the connection in its colour, the lock, the search, the clock's zone, the theme, activity.

use egui::{Align2, CornerRadius, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::command::Command;
use crate::model::connection::ConnColour;
use crate::ui::connection::colour;
use crate::ui::cx::ConnectionView;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Appearance, CONTROL_HEIGHT, RADIUS, Theme, size};
use crate::ui::widgets::button::{Button, text_width};
use crate::ui::widgets::chip::{connection_chip, connection_chip_width};
use crate::ui::widgets::steady::steady_area;
use crate::ui::widgets::toolbar::Toolbar;

/// Whether a connection answers.
pub enum State {
    /// It does; when it last did.
    Live(Option<String>),
    /// These services ask to slow down.
    Slow(String),
    /// It does not.
    Down {
        /// Since when: "12:31".
        since: String,
        /// Why and by whom.
        why: String,
    },
}

impl State {
    /// The mark in the chip, where it is not as it should be, and a line on hover.
    fn words(&self, theme: &Theme) -> (Option<(String, egui::Color32)>, String) {
        match self {
            Self::Live(None) => (None, String::new()),
            Self::Live(Some(at)) => (None, format!("Answered at {at}\n")),
            Self::Slow(services) => {
                let told = format!("{services} asked to slow down\n");
                (Some(("slow".to_owned(), theme.warn)), told)
            }
            Self::Down { since, why } => {
                let mark = (format!("down since {since}"), theme.err);
                (Some(mark), format!("Down since {since}: {why}\n"))
            }
        }
    }
}

/// What the bar shows.
pub struct TopBar<'a> {
    /// `None` before anything was connected.
    pub connection: Option<&'a ConnectionView>,
    /// What it really is, where that is not AWS: one line.
    pub real: Option<&'a str>,
    /// Whether it answers.
    pub state: &'a State,
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
        let bar = ui.max_rect();
        self.production_line(ui, bar);
        let activity = match self.running {
            0 => "Activity".to_owned(),
            running => format!("Activity  {running}"),
        };
        let (theme_icon, theme_name) = match self.appearance {
            Appearance::System => (Icon::MONITOR, "Theme: system"),
            Appearance::Dark => (Icon::MOON, "Theme: dark"),
            Appearance::Light => (Icon::SUN, "Theme: light"),
        };
        let zone = Button::new(self.zone_text).ghost().icon(Icon::CLOCK);
        let zone = zone.hover("Switch between this machine's zone and UTC");
        let connection = self.connection_words(ui);
        let mark = connection.mark.clone();
        let words = |mark: &Option<(String, egui::Color32)>| {
            mark.as_ref()
                .map_or_else(String::new, |(words, _)| words.clone())
        };
        let width = connection_chip_width(ui, &connection.name, &connection.detail, &words(&mark));
        let mut items = Toolbar::new("The window").widget(width..=width, move |ui| {
            let mark = mark.as_ref().map(|(words, color)| (words.as_str(), *color));
            let (name, detail) = (&connection.name, &connection.detail);
            let response = connection_chip(ui, connection.bar, name, detail, mark);
            let clicked = response.on_hover_text(connection.hover).clicked();
            clicked.then_some(Command::Connect)
        });
        if self.connection.is_some() {
            let lock = self.lock(Theme::of(ui));
            items = items.button(lock, Command::ToggleReadOnly).rank(6).stays();
        }
        ui.horizontal_centered(|ui| {
            items
                .space()
                .widget(44.0..=520.0, |ui| search(ui).then_some(Command::Palette))
                .space()
                .button(zone, Command::ToggleUtc)
                .rank(2)
                .button(
                    Button::icon_only(theme_icon, theme_name),
                    Command::ToggleTheme,
                )
                .rank(4)
                .button(
                    Button::new(&activity)
                        .icon(Icon::ACTIVITY)
                        .name("Activity, in the top bar"),
                    Command::Activity,
                )
                .stays()
                .show(ui)
                .pressed
        })
        .inner
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

    fn connection_words(&self, ui: &Ui) -> ConnectionWords {
        let theme = Theme::of(ui);
        let Some(view) = self.connection else {
            return ConnectionWords {
                bar: theme.muted,
                name: "Not connected".to_owned(),
                detail: String::new(),
                mark: None,
                hover: SWITCH.to_owned(),
            };
        };
        let roomy = ui.ctx().content_rect().width() > 1_200.0;
        let account = view.identity.as_ref().map(|identity| {
            let account = grouped(&identity.account);
            match &identity.alias {
                // Where there is little room, the region matters more than the alias.
                Some(alias) if roomy => format!("{alias} {account}"),
                _ => account,
            }
        });
        // And more than the account, which stands on hover.
        let narrow = ui.ctx().content_rect().width() < 860.0;
        let account = account.filter(|_| !narrow || view.region.is_empty());
        let parts = [account, Some(view.region.clone())];
        let parts = parts.into_iter().flatten();
        let detail: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
        let identity = view.identity.as_ref();
        let (mark, told) = self.state.words(theme);
        ConnectionWords {
            bar: colour(&view.spec, theme),
            name: view.spec.name.clone(),
            detail: detail.join(" · "),
            hover: {
                let parts = [
                    self.real.unwrap_or_default(),
                    identity.map_or("", |identity| &identity.arn),
                    told.trim_end(),
                    SWITCH,
                ];
                let parts = parts.into_iter().filter(|part| !part.is_empty());
                parts.collect::<Vec<_>>().join("\n")
            },
            mark,
        }
    }

    fn lock(&self, theme: &Theme) -> Button<'static> {
        if self.read_only {
            Button::new("Locked · read-only")
                .known_as("the lock")
                .icon(Icon::LOCK)
                .color(theme.warn)
                .hover("This connection refuses every change. Press to unlock it.")
        } else {
            Button::new("Unlocked")
                .known_as("the lock")
                .icon(Icon::LOCK_OPEN)
                .color(theme.muted)
                .hover("Changes are possible. Press to make this connection read-only.")
        }
    }
}

const SWITCH: &str = "Switch profile, region or endpoint";

/// What the connection's chip says.
struct ConnectionWords {
    bar: egui::Color32,
    name: String,
    detail: String,
    /// Its state, where that is not as it should be.
    mark: Option<(String, egui::Color32)>,
    hover: String,
}

/// `482177391105` as `4821-7739-1105`.
pub fn grouped(account: &str) -> String {
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        return account.to_owned();
    }
    format!("{}-{}-{}", &account[..4], &account[4..8], &account[8..])
}

/// The search that opens the palette, over the width there is.
fn search(ui: &mut Ui) -> bool {
    let theme = Theme::of(ui);
    let room = vec2(ui.available_width(), CONTROL_HEIGHT);
    let (rect, response) = steady_area(ui, room, "search", Sense::click());
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
    let keys = Command::Palette
        .shortcut()
        .map(|keys| keys.text())
        .unwrap_or_default();
    let keys_at = pos2(rect.right() - 10.0, rect.center().y);
    let small = fonts::body(size::TINY);
    let keys = ui.painter().layout_no_wrap(keys, small, theme.muted);
    let room = rect.width() - 32.0 - keys.size().x;
    // The words that fit; an icon where none do.
    let words = ["Search functions and commands", "Search"];
    let font = fonts::body(size::BODY);
    let fits = |text: &&&str| text_width(ui, text, font.clone()) <= room;
    let Some(text) = words.iter().find(fits) else {
        let icon = fonts::icon(15.0);
        let at = rect.center();
        ui.painter()
            .text(at, Align2::CENTER_CENTER, Icon::SEARCH, icon, theme.muted);
        return response.on_hover_text(words[0]).clicked();
    };
    let at = pos2(rect.left() + 10.0, rect.center().y);
    ui.painter()
        .text(at, Align2::LEFT_CENTER, *text, font, theme.muted);
    let at = Align2::RIGHT_CENTER.anchor_size(keys_at, keys.size()).min;
    ui.painter().galley(at, keys, theme.muted);
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

//! The rail on the left: one entry a panel that exists.

use egui::{Align2, CornerRadius, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::command::Command;
use crate::route::Route;
use crate::ui::commands::hover;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::keyboard::focus_ring;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::steady::steady_area;

/// One entry.
pub struct Entry {
    /// What pressing it runs.
    pub command: Command,
    /// See [`Icon`].
    pub icon: &'static str,
    /// The word.
    pub word: &'static str,
    /// A number at its right, where one is known.
    pub count: Option<String>,
    /// The route in front belongs to it.
    pub on: bool,
}

/// The entries for what is in front; `functions`, `apis` and `running` are the counts.
pub fn entries(
    route: Option<&Route>,
    functions: Option<usize>,
    apis: Option<usize>,
    running: usize,
) -> Vec<Entry> {
    let of_functions = |route: &Route| {
        let all = matches!(route, Route::Functions | Route::CreateFunction);
        all || route.function_name().is_some()
    };
    let of_apis = |route: &Route| {
        matches!(
            route,
            Route::Apis
                | Route::CreateApi
                | Route::ImportApi
                | Route::Api { .. }
                | Route::Why { .. }
        )
    };
    let on_functions = route.is_some_and(of_functions);
    vec![
        Entry {
            command: Command::Functions,
            icon: Icon::SQUARE_FUNCTION,
            word: "Functions",
            count: functions.map(|n| n.to_string()),
            on: on_functions,
        },
        Entry {
            command: Command::Apis,
            icon: Icon::NETWORK,
            word: "APIs",
            count: apis.map(|n| n.to_string()),
            on: route.is_some_and(of_apis),
        },
        Entry {
            command: Command::Keys,
            icon: Icon::KEY_ROUND,
            word: "Keys & plans",
            count: None,
            on: route == Some(&Route::Keys),
        },
        Entry {
            command: Command::Activity,
            icon: Icon::ACTIVITY,
            word: "Activity",
            count: (running > 0).then(|| running.to_string()),
            on: route == Some(&Route::Activity),
        },
    ]
}

/// Draws the rail; gives the command of the entry that was pressed. Narrow, it shows icons alone.
pub fn ui(ui: &mut Ui, entries: &[Entry], narrow: bool) -> Option<Command> {
    let mut pressed = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    for entry in entries {
        if item(ui, entry, narrow).clicked() {
            pressed = Some(entry.command);
        }
    }
    pressed
}

fn item(ui: &mut Ui, entry: &Entry, narrow: bool) -> egui::Response {
    let theme = Theme::of(ui);
    let wanted = vec2(ui.available_width(), 32.0);
    let (rect, response) = steady_area(ui, wanted, entry.word, Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), entry.on, entry.word));
    let fill = match (entry.on, response.hovered()) {
        (true, _) => Some(theme.sel),
        (false, true) => Some(theme.raised),
        _ => None,
    };
    if let Some(fill) = fill {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(RADIUS), fill);
    }
    let color = if entry.on { theme.text } else { theme.muted };
    let painter = ui.painter();
    let icon_at = if narrow {
        rect.center()
    } else {
        pos2(rect.left() + 18.0, rect.center().y)
    };
    painter.text(
        icon_at,
        Align2::CENTER_CENTER,
        entry.icon,
        fonts::icon(15.0),
        color,
    );
    if !narrow {
        let font = if entry.on {
            fonts::medium(size::BODY)
        } else {
            fonts::body(size::BODY)
        };
        let at = pos2(rect.left() + 34.0, rect.center().y);
        painter.text(at, Align2::LEFT_CENTER, entry.word, font, color);
        if let Some(count) = &entry.count {
            let at = pos2(rect.right() - 10.0, rect.center().y);
            painter.text(
                at,
                Align2::RIGHT_CENTER,
                count,
                fonts::body(size::SMALL),
                theme.muted,
            );
        }
    }
    focus_ring(ui, rect, &response);
    if narrow {
        return response.on_hover_text(entry.word);
    }
    response.on_hover_text_at_pointer(hover(entry.command))
}

/// The rail's place: its frame and width.
pub fn width(narrow: bool) -> f32 {
    if narrow {
        2.0 * space::S + 32.0
    } else {
        crate::ui::theme::RAIL_WIDTH
    }
}

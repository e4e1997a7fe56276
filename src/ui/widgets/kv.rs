//! Names and values, one pair a line, each value with a way to copy it.

use egui::{Grid, Label, Response, RichText, Role, Ui, WidgetInfo, vec2};

use super::chip::{self, Tone};
use super::steady::steady;
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{Theme, size, space},
};

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// As text.
    Text(&'a str),
    /// Monospaced, with Copy: ARNs, ids, URLs, digests.
    Code(&'a str),
    /// As text, with the exact value on hover: "12.4 MB" and "13,002,342 bytes".
    Exact(&'a str, &'a str),
    /// A sign and a word.
    State(Tone, &'a str),
    /// There is none: a dash, and why on hover.
    Missing(&'a str),
}

/// Lays pairs out under each other; `name` sets this grid apart from others of the panel.
pub fn grid(ui: &mut Ui, name: &str, pairs: &[(&str, Value<'_>)]) {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        Grid::new(name)
            .num_columns(2)
            .min_row_height(20.0)
            .spacing([space::L, space::XS])
            .show(ui, |ui| {
                for (name, value) in pairs {
                    pair(ui, name, *value);
                    ui.end_row();
                }
            });
    });
}

fn pair(ui: &mut Ui, name: &str, value: Value<'_>) {
    let theme = Theme::of(ui);
    ui.add(Label::new(RichText::new(name).color(theme.muted)).extend());
    match value {
        // A row of its own is as high as one line, and words that go on below would lie over the next pair.
        Value::Text(_) | Value::Exact(..) => drop(show(ui, name, value)),
        _ => {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                show(ui, name, value);
            });
        }
    }
}

/// As high as the line that it stands in: the usual one would push its text off the middle.
fn small_copy(ui: &mut Ui, name: &str, text: &str) {
    let theme = Theme::of(ui);
    let icon = RichText::new(Icon::COPY).font(fonts::icon(13.0));
    let name = format!("Copy {name}");
    ui.scope(|ui| {
        ui.spacing_mut().button_padding = vec2(4.0, 0.0);
        let button = egui::Button::new(icon.color(theme.muted))
            .frame_when_inactive(false)
            .min_size(vec2(22.0, 20.0));
        let response = steady(ui, &name, |ui| ui.add(button));
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &name));
        if response.on_hover_text(&name).clicked() {
            ui.ctx().copy_text(text.to_owned());
        }
    });
}

fn show(ui: &mut Ui, name: &str, value: Value<'_>) -> Response {
    let theme = Theme::of(ui);
    match value {
        Value::Text(text) => ui.add(Label::new(text).wrap()),
        Value::Exact(text, exact) => ui.add(Label::new(text).wrap()).on_hover_text(exact),
        Value::State(tone, word) => chip::state(ui, tone, word),
        Value::Missing(why) => {
            let dash = ui.label(RichText::new("–").color(theme.muted));
            if why.is_empty() {
                dash
            } else {
                dash.on_hover_text(why)
            }
        }
        Value::Code(text) => {
            let code = RichText::new(text).font(fonts::mono(size::SMALL));
            let width = (ui.available_width() - 30.0).max(60.0);
            let label = ui
                .scope(|ui| {
                    ui.set_max_width(width);
                    ui.add(Label::new(code).truncate())
                })
                .inner;
            small_copy(ui, name, text);
            label
        }
    }
}

//! One-line fields: text, a filter that `/` goes to, and a secret that stays masked until it is revealed.

use egui::{Align2, Id, Key, Modifiers, Response, RichText, TextEdit, Ui, vec2};

use super::button::Button;
use super::steady::steady_id;
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{CONTROL_HEIGHT, Theme, size},
};

/// A one-line field, built up and then shown.
#[must_use = "a field does nothing until it is shown"]
pub struct TextField<'a> {
    text: &'a mut String,
    name: &'a str,
    hint: &'a str,
    width: f32,
    mono: bool,
    wrong: bool,
    id: Option<Id>,
    enabled: bool,
    takes_escape: bool,
}

impl<'a> TextField<'a> {
    /// A field for `text`; `name` is what a screen reader says.
    pub fn new(name: &'a str, text: &'a mut String) -> Self {
        Self {
            text,
            name,
            hint: "",
            width: 320.0,
            mono: false,
            wrong: false,
            id: None,
            enabled: true,
            takes_escape: false,
        }
    }

    /// What an empty field shows.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// Its width, in points.
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// For code, ids and numbers.
    pub fn mono(mut self) -> Self {
        self.mono = true;
        self
    }

    /// Outlined as wrong; the words for it go beside the field.
    pub fn wrong(mut self, wrong: bool) -> Self {
        self.wrong = wrong;
        self
    }

    /// An id of its own, so that focus can be asked for from elsewhere; else it follows from the name.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Whether it can be typed into.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Esc is for the caller while this has the keyboard, and does not leave the field.
    pub fn takes_escape(mut self, takes: bool) -> Self {
        self.takes_escape = takes;
        self
    }

    /// Draws it. `changed()` is true while typing.
    pub fn show(self, ui: &mut Ui) -> Response {
        let theme = Theme::of(ui);
        let id = self.id.unwrap_or_else(|| steady_id(ui, self.name));
        let font = if self.mono {
            fonts::mono(size::SMALL)
        } else {
            fonts::body(size::BODY)
        };
        let field = TextEdit::singleline(self.text)
            .id(id)
            .font(font)
            .margin(egui::Margin::symmetric(10, 4))
            .align(Align2::LEFT_CENTER)
            .min_size(vec2(self.width, CONTROL_HEIGHT))
            .desired_width(self.width - 20.0)
            .event_filter(egui::EventFilter {
                horizontal_arrows: true,
                vertical_arrows: true,
                tab: false,
                escape: self.takes_escape,
            })
            .hint_text(RichText::new(self.hint).color(theme.muted));
        let response = ui.add_enabled(self.enabled, field);
        if self.wrong {
            ui.painter().rect_stroke(
                response.rect,
                crate::ui::theme::RADIUS,
                egui::Stroke::new(1.0, theme.err),
                egui::StrokeKind::Inside,
            );
        }
        response.accessible_name(self.name)
    }
}

/// What happened to a filter field.
pub struct FilterOutput {
    /// The field itself.
    pub response: Response,
    /// The text is another than before.
    pub changed: bool,
}

/// A filter: `/` puts the keyboard into it, Esc empties it and then leaves it, Down goes on to the list, a cross empties it.
pub fn filter_field(
    ui: &mut Ui,
    name: &str,
    hint: &str,
    text: &mut String,
    width: f32,
) -> FilterOutput {
    let id = ui.make_persistent_id(("filter", name));
    if nothing_is_typed_into(ui) && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Slash)) {
        // The key's own character must not land in the field that it opens.
        ui.input_mut(|i| {
            i.events
                .retain(|event| !matches!(event, egui::Event::Text(t) if t == "/"))
        });
        ui.memory_mut(|memory| memory.request_focus(id));
    }
    let escape = ui.memory(|memory| memory.has_focus(id))
        && !text.is_empty()
        && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape));
    // Down leaves the field for the list under it, which takes the key when nothing has the keyboard.
    if ui.memory(|memory| memory.has_focus(id)) && ui.input(|i| i.key_pressed(Key::ArrowDown)) {
        ui.memory_mut(|memory| memory.surrender_focus(id));
    }
    let full_hint = format!("/  {hint}");
    let takes_escape = !text.is_empty();
    let mut response = TextField::new(name, text)
        .hint(&full_hint)
        .width(width)
        .id(id)
        .takes_escape(takes_escape)
        .show(ui);
    let mut changed = response.changed();
    if escape {
        text.clear();
        changed = true;
        ui.memory_mut(|memory| memory.request_focus(id));
    }
    if !text.is_empty() && clear_cross(ui, &response, name) {
        text.clear();
        changed = true;
        response.request_focus();
    }
    if changed {
        response.mark_changed();
    }
    FilterOutput { response, changed }
}

fn clear_cross(ui: &mut Ui, field: &Response, name: &str) -> bool {
    let rect = Align2::RIGHT_CENTER
        .anchor_size(field.rect.right_center() - vec2(2.0, 0.0), vec2(24.0, 24.0));
    let response = ui.interact(rect, field.id.with("clear"), egui::Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Clear {name}"))
    });
    let theme = Theme::of(ui);
    let color = if response.hovered() || response.has_focus() {
        theme.text
    } else {
        theme.muted
    };
    ui.painter().text(
        rect.center(),
        Align2::CENTER_CENTER,
        Icon::X,
        fonts::icon(14.0),
        color,
    );
    response
        .on_hover_cursor(egui::CursorIcon::Default)
        .clicked()
}

/// No text field has the keyboard, so that single keys are commands.
pub fn nothing_is_typed_into(ui: &Ui) -> bool {
    !ui.ctx().text_edit_focused()
}

/// What stands for a value that is not shown, whatever its length: that is nobody's business either.
pub const HIDDEN: &str = "••••••••";

/// A secret: masked until revealed; `changed()` says that it is another. `revealed` belongs to this one value alone. A value may
/// have several lines. While it is masked, what is typed or pasted replaces it as a whole, unseen.
pub fn secret_field(
    ui: &mut Ui,
    name: &str,
    text: &mut String,
    revealed: &mut bool,
    width: f32,
) -> Response {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let response = match *revealed {
            true => lines_field(ui, name, text, width),
            false => hidden_field(ui, name, text, width),
        };
        let (icon, verb) = if *revealed {
            (Icon::EYE_OFF, "Hide")
        } else {
            (Icon::EYE, "Reveal")
        };
        let said = format!("{verb} {name}");
        let eye = Button::icon_only(icon, &said).known_as(name);
        if eye.show(ui).clicked() {
            *revealed = !*revealed;
        }
        response
    })
    .inner
}

/// A field of code that grows with its lines, and keeps each as it was pasted.
fn lines_field(ui: &mut Ui, name: &str, text: &mut String, width: f32) -> Response {
    let field = TextEdit::multiline(text)
        .id(steady_id(ui, name))
        .font(fonts::mono(size::SMALL))
        .margin(egui::Margin::symmetric(10, 6))
        .min_size(vec2(width, CONTROL_HEIGHT))
        .desired_width(width - 20.0)
        .desired_rows(1);
    ui.add(field).accessible_name(name)
}

/// A field that shows neither its value nor how long it is.
fn hidden_field(ui: &mut Ui, name: &str, text: &mut String, width: f32) -> Response {
    let theme = Theme::of(ui);
    let (_, rect) = ui.allocate_space(vec2(width, CONTROL_HEIGHT));
    let id = steady_id(ui, name).with("unseen");
    let mut response = ui.interact(rect, id, egui::Sense::click());
    if response.clicked() {
        response.request_focus();
    }
    let begun_id = response.id.with("begun");
    // Not `Response::has_focus`: that is false while another window is in front, though a key that comes is for this one.
    let focused = ui.memory(|memory| memory.has_focus(response.id));
    if focused {
        // Single keys are typed here, and are no commands.
        egui::text_edit::TextEditState::default().store(ui.ctx(), response.id);
        let begun = ui.data(|data| data.get_temp::<bool>(begun_id).unwrap_or_default());
        if let Some(typed) = typed_into(ui, text, begun) {
            *text = typed;
            ui.data_mut(|data| data.insert_temp(begun_id, true));
            response.mark_changed();
        }
    } else {
        ui.data_mut(|data| data.remove::<bool>(begun_id));
    }
    let shown = if text.is_empty() { "" } else { HIDDEN };
    response.widget_info(|| {
        let enabled = ui.is_enabled();
        egui::WidgetInfo::text_edit(enabled, shown, shown, "")
    });
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(egui::accesskit::Role::PasswordInput);
    });
    let visuals = ui.style().interact(&response);
    let stroke = match focused {
        true => ui.visuals().selection.stroke,
        false => visuals.bg_stroke,
    };
    let radius = crate::ui::theme::RADIUS;
    ui.painter().rect(
        rect,
        radius,
        ui.visuals().text_edit_bg_color(),
        stroke,
        egui::StrokeKind::Inside,
    );
    let words = match (focused, shown) {
        (true, "") => "type or paste, unseen",
        _ => shown,
    };
    ui.painter().text(
        rect.left_center() + vec2(10.0, 0.0),
        Align2::LEFT_CENTER,
        words,
        fonts::mono(size::SMALL),
        theme.muted,
    );
    response
        .on_hover_text("What is typed or pasted here replaces the value, unseen")
        .accessible_name(name)
}

/// What the value is after this frame's keys, where they change it: the first replaces it.
fn typed_into(ui: &Ui, text: &str, begun: bool) -> Option<String> {
    let mut now = if begun {
        text.to_owned()
    } else {
        String::new()
    };
    let mut changed = false;
    ui.input(|input| {
        for event in &input.events {
            match event {
                egui::Event::Text(typed) | egui::Event::Paste(typed) => {
                    now.push_str(typed);
                    changed = true;
                }
                egui::Event::Ime(egui::ImeEvent::Commit(typed)) => {
                    now.push_str(typed);
                    changed = true;
                }
                egui::Event::Key {
                    key: Key::Backspace | Key::Delete,
                    pressed: true,
                    ..
                } => {
                    now.pop();
                    changed = true;
                }
                _ => {}
            }
        }
    });
    changed.then_some(now)
}

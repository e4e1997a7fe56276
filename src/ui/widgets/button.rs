//! Buttons: normal, primary, destroying, and quiet ones; one that cannot be used says why.

use std::borrow::Cow;

use egui::{Color32, Response, RichText, Role, Stroke, Ui, WidgetInfo, vec2};

use super::steady::steady;
use crate::ui::keyboard::focus_ring;
use crate::ui::{
    fonts,
    theme::{CONTROL_HEIGHT, Theme, size},
};

/// The size of a button's icon, in points.
const ICON: f32 = 15.0;
/// What stays free on both sides of an icon that stands alone, in points.
const NARROW_PADDING: f32 = 6.0;

/// What pressing it means, told by its looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One among others.
    Normal,
    /// The one that a person most likely wants; at most one on a panel.
    Primary,
    /// It destroys.
    Danger,
    /// It steps back until the pointer is on it: rows, toolbars, headers.
    Ghost,
}

/// A button, built up and then shown.
#[must_use = "a button does nothing until it is shown"]
pub struct Button<'a> {
    text: &'a str,
    icon: Option<&'static str>,
    name: Option<&'a str>,
    kind: Kind,
    selected: Option<bool>,
    available: Result<(), &'a str>,
    hover: &'a str,
    shortcut: Cow<'a, str>,
    width: Option<f32>,
    compact: bool,
    color: Option<Color32>,
    id: Option<&'a str>,
}

impl<'a> Button<'a> {
    /// A normal button with this text.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            icon: None,
            name: None,
            kind: Kind::Normal,
            selected: None,
            available: Ok(()),
            hover: "",
            shortcut: Cow::Borrowed(""),
            width: None,
            compact: false,
            color: None,
            id: None,
        }
    }

    /// A quiet button with an icon alone; `name` is what a screen reader says and what shows on hover.
    pub fn icon_only(icon: &'static str, name: &'a str) -> Self {
        Self {
            icon: Some(icon),
            name: Some(name),
            kind: Kind::Ghost,
            hover: name,
            ..Self::new("")
        }
    }

    /// The one that a person most likely wants.
    pub fn primary(mut self) -> Self {
        self.kind = Kind::Primary;
        self
    }

    /// It destroys.
    pub fn danger(mut self) -> Self {
        self.kind = Kind::Danger;
        self
    }

    /// Without a ground until the pointer is on it.
    pub fn ghost(mut self) -> Self {
        self.kind = Kind::Ghost;
        self
    }

    /// An icon before the text; see [`crate::ui::icons::Icon`].
    pub fn icon(mut self, icon: &'static str) -> Self {
        self.icon = Some(icon);
        self
    }

    /// The accessible name, where the text alone does not say it ("Revert" of which field?).
    pub fn name(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    /// A switch that is on or off.
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = Some(selected);
        self
    }

    /// Whether it can be used; the reason why not is shown on hover and told to screen readers.
    pub fn available(mut self, available: Result<(), &'a str>) -> Self {
        self.available = available;
        self
    }

    /// More words, on hover.
    pub fn hover(mut self, hover: &'a str) -> Self {
        self.hover = hover;
        self
    }

    /// The shortcut as text, shown on hover.
    pub fn shortcut(mut self, shortcut: impl Into<Cow<'a, str>>) -> Self {
        self.shortcut = shortcut.into();
        self
    }

    /// A width of its own, in points.
    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// Icon and words in this colour, where that means something: a lock that is shut.
    pub fn color(mut self, color: Color32) -> Self {
        self.color = Some(color);
        self
    }

    /// Its icon alone, with the words on hover; a button without an icon stays as it is.
    pub fn compact(mut self, compact: bool) -> Self {
        self.compact = compact && self.icon.is_some() && !self.text.is_empty();
        self
    }

    /// What it is known by from frame to frame, where its name changes with each press.
    pub fn known_as(mut self, id: &'a str) -> Self {
        self.id = Some(id);
        self
    }

    fn key(&self) -> &'a str {
        self.id.unwrap_or(self.accessible_name())
    }

    /// What a screen reader says.
    pub fn accessible_name(&self) -> &'a str {
        self.name.unwrap_or(self.text)
    }

    /// How wide it is with its words, and as an icon, in points.
    pub fn widths(&self, ui: &Ui) -> (f32, f32) {
        let padding = 2.0 * ui.spacing().button_padding.x;
        let sign = self
            .icon
            .map(|icon| text_width(ui, icon, fonts::icon(ICON)));
        let narrow = |sign: f32| (sign + 2.0 * NARROW_PADDING).max(CONTROL_HEIGHT);
        if self.text.is_empty() {
            let width = narrow(sign.unwrap_or_default());
            return (width, width);
        }
        let words = text_width(ui, self.text, self.font());
        let gap = ui.spacing().icon_spacing;
        let full = padding + words + sign.map_or(0.0, |sign| sign + gap);
        let full = full.max(self.width.unwrap_or_default());
        (full, sign.map_or(full, narrow))
    }

    /// The same as an entry of a menu.
    pub fn menu_entry(self, ui: &mut Ui) -> Response {
        let theme = Theme::of(ui);
        let enabled = self.available.is_ok();
        let color = match self.kind {
            Kind::Danger => theme.err,
            _ => theme.text,
        };
        // An entry without a sign keeps a sign's room, so that all words begin at one edge.
        let (sign, ink) = match self.icon {
            Some(icon) => (icon, color),
            None => (crate::ui::icons::Icon::COPY, egui::Color32::TRANSPARENT),
        };
        let sign = RichText::new(sign).font(fonts::icon(ICON));
        let name = self.accessible_name();
        let words = if self.text.is_empty() {
            name
        } else {
            self.text
        };
        let words = RichText::new(words)
            .font(fonts::body(size::BODY))
            .color(color);
        let keys = RichText::new(self.shortcut.as_ref())
            .font(fonts::body(size::SMALL))
            .color(theme.muted);
        let entry = egui::Button::selectable(false, (sign.color(ink), words)).right_text(keys);
        let response = steady(ui, self.key(), |ui| ui.add_enabled(enabled, entry));
        response
            .widget_info(|| WidgetInfo::labeled(Role::Button, enabled && ui.is_enabled(), name));
        Self {
            // They stand beside the words already.
            shortcut: Cow::Borrowed(""),
            ..self
        }
        .explain(response)
    }

    /// Draws it. `clicked()` is true for a press, Enter and Space.
    pub fn show(self, ui: &mut Ui) -> Response {
        let theme = Theme::of(ui);
        let enabled = self.available.is_ok();
        let (full, narrow) = self.widths(ui);
        make_room(ui, if self.compact { narrow } else { full });
        let response = steady(ui, self.key(), |ui| {
            if self.compact || self.text.is_empty() {
                ui.spacing_mut().button_padding.x = NARROW_PADDING;
            }
            if enabled {
                self.paint_style(ui, theme);
            } else {
                self.outline(ui, theme);
            }
            let button = self.build(theme);
            ui.add_enabled(enabled, button)
        });
        let name = self.accessible_name();
        response.widget_info(|| match self.selected {
            Some(on) => WidgetInfo::selected(Role::Button, enabled && ui.is_enabled(), on, name),
            None => WidgetInfo::labeled(Role::Button, enabled && ui.is_enabled(), name),
        });
        focus_ring(ui, response.rect.shrink(1.0), &response);
        self.explain(response)
    }

    fn explain(&self, response: Response) -> Response {
        if let Err(reason) = self.available {
            response.ctx.accesskit_node_builder(response.id, |node| {
                node.set_description(reason);
            });
            return response.on_disabled_hover_text(reason);
        }
        if self.compact {
            // The words that it lacks come first.
            let parts = [self.accessible_name(), self.hover, self.shortcut.as_ref()];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            return response.on_hover_text(parts.join("   "));
        }
        match (self.hover, self.shortcut.as_ref()) {
            ("", "") => response,
            (hover, "") => response.on_hover_text(hover),
            ("", shortcut) => response.on_hover_text(shortcut),
            (hover, shortcut) => response.on_hover_text(format!("{hover}   {shortcut}")),
        }
    }

    fn paint_style(&self, ui: &mut Ui, theme: &Theme) {
        let (fill, text) = match self.kind {
            Kind::Normal | Kind::Ghost => return self.outline(ui, theme),
            Kind::Primary => (theme.accent_fill, theme.on_accent),
            Kind::Danger => (theme.err_fill, theme.on_err),
        };
        let widgets = &mut ui.visuals_mut().widgets;
        for state in [
            &mut widgets.noninteractive,
            &mut widgets.inactive,
            &mut widgets.hovered,
            &mut widgets.active,
            &mut widgets.open,
        ] {
            state.weak_bg_fill = fill;
            state.fg_stroke.color = text;
            state.bg_stroke = Stroke::NONE;
        }
        widgets.hovered.weak_bg_fill = fill.lerp_to_gamma(theme.text, 0.12);
        widgets.active.weak_bg_fill = fill.lerp_to_gamma(theme.bg, 0.12);
        widgets.active.bg_stroke = Stroke::new(1.0, theme.text);
    }

    fn outline(&self, ui: &mut Ui, theme: &Theme) {
        let widgets = &mut ui.visuals_mut().widgets;
        let line = match self.kind {
            Kind::Ghost => Stroke::NONE,
            // What is primary or destroys has its own fill only while it can be pressed.
            _ => theme.edge(),
        };
        for state in [
            &mut widgets.noninteractive,
            &mut widgets.inactive,
            &mut widgets.hovered,
        ] {
            state.bg_stroke = line;
        }
        widgets.noninteractive.weak_bg_fill = theme.raised;
    }

    fn font(&self) -> egui::FontId {
        match self.kind {
            Kind::Primary | Kind::Danger => fonts::medium(size::BODY),
            _ => fonts::body(size::BODY),
        }
    }

    fn build(&self, theme: &Theme) -> egui::Button<'a> {
        let shown = if self.compact { "" } else { self.text };
        let colored = |text: RichText| match self.color {
            Some(color) => text.color(color),
            None => text,
        };
        let text = colored(RichText::new(shown).font(self.font()));
        let icon = |icon: &'static str| colored(RichText::new(icon).font(fonts::icon(ICON)));
        let button = match (self.icon, shown) {
            (Some(sign), "") => egui::Button::new(icon(sign)),
            (Some(sign), _) => egui::Button::new((icon(sign), text)),
            (None, _) => egui::Button::new(text),
        };
        let mut button = button.wrap_mode(egui::TextWrapMode::Extend);
        if self.kind == Kind::Ghost {
            button = button.frame_when_inactive(self.selected == Some(true));
        }
        if self.selected == Some(true) {
            button = button.fill(theme.sel);
        }
        let width = match (self.width, shown) {
            (Some(width), _) => width,
            (None, "") => CONTROL_HEIGHT,
            (None, _) => 0.0,
        };
        button.min_size(vec2(width, CONTROL_HEIGHT))
    }
}

/// A quiet button with an icon alone.
pub fn icon_button(ui: &mut Ui, icon: &'static str, name: &str) -> Response {
    Button::icon_only(icon, name).show(ui)
}

/// Goes on in the next row of a layout that wraps, where the rest of this one is too short: what draws itself in a part of
/// its own is not moved there by the layout.
pub(super) fn make_room(ui: &mut Ui, width: f32) {
    let layout = *ui.layout();
    let wraps = layout.main_wrap() && layout.is_horizontal();
    if wraps && ui.available_size_before_wrap().x < width {
        ui.end_row();
    }
}

/// How wide a text is in one line, in points.
pub fn text_width(ui: &Ui, text: &str, font: egui::FontId) -> f32 {
    let color = Theme::of(ui).text;
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
    galley.size().x
}

/// How long a copied thing is ticked, in seconds.
const TICKED: f64 = 1.2;

/// A quiet button that puts `text` on the clipboard; its name is `Copy` and what is copied.
pub fn copy_button(ui: &mut Ui, what: &str, text: impl FnOnce() -> String) -> Response {
    let name = format!("Copy {what}");
    let id = ui.make_persistent_id(("copied", &name));
    let now = ui.input(|input| input.time);
    let until: Option<f64> = ui.data(|data| data.get_temp(id));
    // A tick for a moment says that it was done.
    let left = until.map(|until| until - now).filter(|left| *left > 0.0);
    let icon = match left {
        Some(_) => crate::ui::icons::Icon::CHECK,
        None => crate::ui::icons::Icon::COPY,
    };
    if let Some(left) = left {
        let wait = std::time::Duration::from_secs_f64(left);
        ui.ctx().request_repaint_after(wait);
    }
    let response = icon_button(ui, icon, &name);
    if response.clicked() {
        ui.ctx().copy_text(text());
        ui.data_mut(|data| data.insert_temp(id, now + TICKED));
    }
    response
}

//! Buttons: normal, primary, destroying, and quiet ones; one that cannot be used says why.

use std::borrow::Cow;

use egui::{Response, RichText, Role, Stroke, Ui, WidgetInfo, vec2};

use super::segmented::focus_ring;
use crate::ui::{
    fonts,
    theme::{CONTROL_HEIGHT, Theme, size},
};

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

    /// Draws it. `clicked()` is true for a press, Enter and Space.
    pub fn show(self, ui: &mut Ui) -> Response {
        let theme = Theme::of(ui);
        let enabled = self.available.is_ok();
        let response = ui
            .scope(|ui| {
                if enabled {
                    self.paint_style(ui, theme);
                } else {
                    Self::no_outline(ui, theme);
                }
                let button = self.build(theme);
                ui.add_enabled(enabled, button)
            })
            .inner;
        let name = self.name.unwrap_or(self.text);
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
        match (self.hover, self.shortcut.as_ref()) {
            ("", "") => response,
            (hover, "") => response.on_hover_text(hover),
            ("", shortcut) => response.on_hover_text(shortcut),
            (hover, shortcut) => response.on_hover_text(format!("{hover}   {shortcut}")),
        }
    }

    fn paint_style(&self, ui: &mut Ui, theme: &Theme) {
        let (fill, text) = match self.kind {
            Kind::Normal | Kind::Ghost => return Self::no_outline(ui, theme),
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

    fn no_outline(ui: &mut Ui, theme: &Theme) {
        let widgets = &mut ui.visuals_mut().widgets;
        for state in [&mut widgets.inactive, &mut widgets.hovered] {
            state.bg_stroke = Stroke::NONE;
        }
        widgets.noninteractive.weak_bg_fill = theme.raised;
    }

    fn build(&self, theme: &Theme) -> egui::Button<'a> {
        let font = match self.kind {
            Kind::Primary | Kind::Danger => fonts::medium(size::BODY),
            _ => fonts::body(size::BODY),
        };
        let text = RichText::new(self.text).font(font);
        let icon = |icon: &'static str| RichText::new(icon).font(fonts::icon(15.0));
        let button = match (self.icon, self.text) {
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
        let width = match (self.width, self.text) {
            (Some(width), _) => width,
            (None, "") => CONTROL_HEIGHT,
            (None, _) => 0.0,
        };
        button.min_size(vec2(width, CONTROL_HEIGHT))
    }
}

/// A quiet button with an icon alone.
pub fn icon_button(ui: &mut Ui, icon: &'static str, name: &str) -> Response {
    ui.scope(|ui| {
        ui.spacing_mut().button_padding.x = 6.0;
        Button::icon_only(icon, name).show(ui)
    })
    .inner
}

/// A quiet button that puts `text` on the clipboard; its name is `Copy` and what is copied.
pub fn copy_button(ui: &mut Ui, what: &str, text: impl FnOnce() -> String) -> Response {
    let name = format!("Copy {what}");
    let response = icon_button(ui, crate::ui::icons::Icon::COPY, &name);
    if response.clicked() {
        ui.ctx().copy_text(text());
    }
    response
}

//! Measures the items by their texts, and draws each into the place that it was given.

use egui::{Align, Id, Layout, PopupCloseBehavior, Rect, RichText, Ui, UiBuilder, pos2, vec2};

use super::fit::{Form, Want, fit};
use super::{Field, Item, Kind, Look, Output, Toolbar};
use crate::ui::widgets::button::{Button, text_width};
use crate::ui::widgets::chip;
use crate::ui::widgets::drop_down::{self, entry};
use crate::ui::widgets::menu;
use crate::ui::widgets::segmented::{segmented, segmented_width};
use crate::ui::widgets::text_field::{TextField, filter_field};
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{CONTROL_HEIGHT, Theme, size},
};

const MORE: &str = "More";

pub(super) fn show<A: Copy>(bar: Toolbar<'_, A>, ui: &mut Ui) -> Output<A> {
    // A bar of words alone may be lower than a control.
    let room = vec2(
        ui.available_width(),
        CONTROL_HEIGHT.min(ui.available_height()),
    );
    let gap = bar.gap;
    let (rect, _) = ui.allocate_exact_size(room, egui::Sense::hover());
    let place = rect.shrink2(vec2(bar.inset, 0.0));
    let id = ui.make_persistent_id(("toolbar", bar.name));
    let group = ui.interact(rect, id, egui::Sense::hover());
    group.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Toolbar, true, bar.name));
    let wants: Vec<Want> = bar.items.iter().map(|item| want(ui, item)).collect();
    // What takes no room takes no gap either.
    let gaps = bar.items.iter().filter(|item| item.is_mark()).count() as f32 * gap;
    let fitted = fit(&wants, gap, CONTROL_HEIGHT, place.width() + gaps);
    let mut drawing = Drawing {
        id,
        gap,
        place,
        output: Output {
            pressed: None,
            changed: false,
            entered: false,
        },
        over: Vec::new(),
    };
    let free = free_width(&bar, &fitted.forms, fitted.more, place.width());
    drawing.items(ui, bar.items, &fitted.forms, fitted.more, free);
    drawing.output
}

/// What the spaces share.
fn free_width<A>(bar: &Toolbar<'_, A>, forms: &[(Form, f32)], more: bool, room: f32) -> f32 {
    let gap = bar.gap;
    let shown = bar
        .items
        .iter()
        .zip(forms)
        .filter(|(item, (form, _))| *form != Form::Over && !item.is_mark());
    let more = if more { CONTROL_HEIGHT + gap } else { 0.0 };
    let used: f32 = shown.map(|(_, (_, width))| width + gap).sum::<f32>() + more - gap;
    (room - used).max(0.0)
}

impl<A> Item<'_, A> {
    /// Nothing is drawn for it.
    fn is_mark(&self) -> bool {
        matches!(self.kind, Kind::Space | Kind::More)
    }
}

fn want<A>(ui: &Ui, item: &Item<'_, A>) -> Want {
    let (full, least, compact) = match &item.kind {
        Kind::Button(button, _) => {
            let (full, compact) = button.widths(ui);
            (full, full, compact)
        }
        Kind::Choice { name, options } => {
            let chosen = options.iter().find(|(_, _, on)| *on);
            let chosen = chosen.map_or(*name, |(_, text, _)| text.as_ref());
            let full =
                segmented_width(ui, options.iter().map(|(_, text, on)| (text.as_ref(), *on)));
            let (compact, _) = drop_down::widths(ui, chosen, None);
            (full, full, compact.min(full))
        }
        Kind::Menu { text, icon, .. } => {
            let (full, compact) = drop_down::widths(ui, text, *icon);
            (full, full, compact)
        }
        Kind::Field(field) => (
            *field.width.end(),
            *field.width.start(),
            *field.width.start(),
        ),
        Kind::Text { text, look, least } => {
            let full = look.width(ui, text);
            (full, least.min(full), least.min(full))
        }
        Kind::Any(width, _) => (*width.end(), *width.start(), *width.start()),
        Kind::Space | Kind::More | Kind::Divider => (0.0, 0.0, 0.0),
    };
    Want {
        light: matches!(item.kind, Kind::Text { .. }),
        full,
        least,
        compact,
        rank: item.rank,
        stays: item.stays,
        tucked: item.tucked,
    }
}

impl Look {
    fn text(self, text: &str) -> String {
        match self {
            Self::State(tone) if !tone.sign().is_empty() => format!("{} {text}", tone.sign()),
            _ => text.to_owned(),
        }
    }

    fn font(self) -> egui::FontId {
        match self {
            Self::Plain | Self::Muted | Self::State(_) => fonts::body(size::BODY),
            Self::Strong => fonts::medium(size::BODY),
            Self::Small => fonts::body(size::SMALL),
            Self::Code => fonts::mono(size::SMALL),
            Self::Heading => fonts::semibold(size::HEADING),
            Self::Tag => fonts::body(size::TINY),
        }
    }

    fn width(self, ui: &Ui, text: &str) -> f32 {
        let width = text_width(ui, &self.text(text), self.font());
        match self {
            Self::Tag => width + 12.0,
            _ => width,
        }
    }

    fn draw(self, ui: &mut Ui, text: &str) -> egui::Response {
        let theme = Theme::of(ui);
        let words = RichText::new(text).font(self.font());
        match self {
            Self::Muted | Self::Small | Self::Code => {
                ui.add(egui::Label::new(words.color(theme.muted)).truncate())
            }
            Self::Plain | Self::Strong | Self::Heading => {
                ui.add(egui::Label::new(words).truncate())
            }
            Self::Tag => chip::tag(ui, text),
            Self::State(tone) => {
                let words = RichText::new(self.text(text)).font(self.font());
                let label = egui::Label::new(words.color(tone.color(theme))).truncate();
                let response = ui.add(label);
                // The sign is for eyes.
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
                response
            }
        }
    }
}

struct Drawing<'a, A> {
    id: Id,
    gap: f32,
    place: Rect,
    output: Output<A>,
    over: Vec<Item<'a, A>>,
}

impl<'a, A: Copy> Drawing<'a, A> {
    fn items(
        &mut self,
        ui: &mut Ui,
        items: Vec<Item<'a, A>>,
        forms: &[(Form, f32)],
        has_menu: bool,
        free: f32,
    ) {
        let spaces = items.iter().filter(|item| matches!(item.kind, Kind::Space));
        let share = free / spaces.count().max(1) as f32;
        let mut x = self.place.left();
        let mut menu = has_menu;
        // What is in the menu first: the menu's button is drawn in its place, so that Tab comes to it there.
        let mut shown = Vec::new();
        for (index, (item, (form, width))) in items.into_iter().zip(forms).enumerate() {
            match form {
                Form::Over => self.over.push(item),
                _ => shown.push((index, item, *form, *width)),
            }
        }
        for (index, item, form, width) in shown {
            match item.kind {
                Kind::Space => x += share,
                Kind::More if menu => {
                    menu = false;
                    let slot = self.slot(x, CONTROL_HEIGHT);
                    self.more(ui, slot);
                    x += CONTROL_HEIGHT + self.gap;
                }
                Kind::More => {}
                _ => {
                    let slot = self.slot(x, width);
                    x += width + self.gap;
                    let compact = form == Form::Compact;
                    self.item(ui, item, index, slot, compact);
                }
            }
        }
        if menu {
            let slot = self.slot(x, CONTROL_HEIGHT);
            self.more(ui, slot);
        }
    }

    fn slot(&self, x: f32, width: f32) -> Rect {
        Rect::from_min_size(pos2(x, self.place.top()), vec2(width, self.place.height()))
    }

    fn child(&self, ui: &mut Ui, slot: Rect, key: impl std::hash::Hash + std::fmt::Debug) -> Ui {
        let builder = UiBuilder::new()
            // By what it is and not by its place, so that a menu stays open when another item yields.
            .scope_id(self.id.with(("item", key)))
            .max_rect(slot)
            .accessibility_parent(self.id)
            .layout(Layout::left_to_right(Align::Center));
        ui.new_child(builder)
    }

    fn item(&mut self, ui: &mut Ui, item: Item<'a, A>, index: usize, slot: Rect, compact: bool) {
        let hover = item.hover;
        let explain = |response: egui::Response| match hover.as_ref() {
            "" => response,
            words => response.on_hover_text(words),
        };
        match item.kind {
            Kind::Button(button, action) => {
                let mut ui = self.child(ui, slot, button.accessible_name());
                if button.compact(compact).show(&mut ui).clicked() {
                    self.output.pressed = Some(action);
                }
            }
            Kind::Choice { name, options } => {
                let mut ui = self.child(ui, slot, name);
                let chosen = choice(&mut ui, name, &options, compact);
                self.output.pressed = chosen.or(self.output.pressed);
            }
            Kind::Menu {
                name,
                text,
                icon,
                on,
                keep_open,
                fill,
            } => {
                let mut ui = self.child(ui, slot, name);
                let button = drop_down::button(&mut ui, name, &text, icon, compact, on);
                let button = explain(button);
                let fill = |ui: &mut Ui| {
                    ui.set_min_width(160.0);
                    fill(ui)
                };
                let chosen = match keep_open {
                    true => menu::staying(&button, fill),
                    false => menu::menu(&button, fill),
                };
                self.output.pressed = chosen.flatten().or(self.output.pressed);
            }
            Kind::Field(field) => {
                let mut ui = self.child(ui, slot, field.name);
                self.field(&mut ui, field, slot.width());
            }
            Kind::Text { text, look, .. } => {
                let mut ui = self.child(ui, slot, index);
                // A hair more, so that what was measured to fit is not cut off by rounding.
                ui.set_max_width(slot.width() + 1.0);
                let response = look.draw(&mut ui, &text);
                if hover.is_empty() && look == Look::Heading {
                    response.on_hover_text(text.as_ref());
                } else {
                    explain(response);
                }
            }
            Kind::Any(_, add) => {
                let mut ui = self.child(ui, slot, index);
                self.output.pressed = add(&mut ui).or(self.output.pressed);
            }
            Kind::Space | Kind::More | Kind::Divider => {}
        }
    }

    fn field(&mut self, ui: &mut Ui, field: Field<'_>, width: f32) {
        let response = if field.filter {
            if field.focus {
                let id = ui.make_persistent_id(("filter", field.name));
                ui.memory_mut(|memory| memory.request_focus(id));
            }
            let output = filter_field(ui, field.name, field.hint, field.text, width);
            self.output.changed |= output.changed;
            output.response
        } else {
            let mut text = TextField::new(field.name, field.text).hint(field.hint);
            if field.mono {
                text = text.mono();
            }
            let response = text.width(width).show(ui);
            self.output.changed |= response.changed();
            response
        };
        self.output.entered |=
            response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if let Some(help) = field.help {
            response.on_hover_ui(help);
        }
    }

    fn more(&mut self, ui: &mut Ui, slot: Rect) {
        let mut ui = self.child(ui, slot, MORE);
        let button = Button::icon_only(Icon::ELLIPSIS, MORE).show(&mut ui);
        let items = std::mem::take(&mut self.over);
        let chosen = menu::menu(&button, |ui| {
            ui.set_min_width(180.0);
            let mut chosen = None;
            for item in items {
                chosen = entry_of(ui, item).or(chosen);
            }
            chosen
        });
        self.output.pressed = chosen.flatten().or(self.output.pressed);
    }
}

/// A choice in the bar: side by side, or as a drop-down.
fn choice<A: Copy>(
    ui: &mut Ui,
    name: &str,
    options: &[(A, std::borrow::Cow<'_, str>, bool)],
    compact: bool,
) -> Option<A> {
    let at = options.iter().position(|(_, _, on)| *on);
    if compact {
        let text = at.map_or(name, |at| options[at].1.as_ref());
        let mut chosen = None;
        drop_down::drop_down(ui, name, text, |ui| {
            for (action, text, on) in options {
                if entry(ui, *on, text, "") {
                    chosen = Some(*action);
                }
            }
        });
        return chosen;
    }
    let texts: Vec<(usize, &str)> = options
        .iter()
        .enumerate()
        .map(|(index, (_, text, _))| (index, text.as_ref()))
        .collect();
    let mut value = at.unwrap_or(usize::MAX);
    segmented(ui, name, &mut value, &texts).then(|| options[value].0)
}

/// An item in the menu.
fn entry_of<A: Copy>(ui: &mut Ui, item: Item<'_, A>) -> Option<A> {
    match item.kind {
        Kind::Button(button, action) => {
            let clicked = button.menu_entry(ui).clicked();
            if clicked {
                ui.close();
            }
            clicked.then_some(action)
        }
        Kind::Choice { name, options } => {
            caption(ui, name);
            let mut chosen = None;
            for (action, text, on) in &options {
                if entry(ui, *on, text, "") {
                    chosen = Some(*action);
                }
            }
            chosen
        }
        Kind::Menu {
            name,
            text,
            keep_open,
            fill,
            ..
        } => {
            let title = drop_down::words(name, &text);
            let mut menu = egui::containers::menu::SubMenuButton::new(title);
            if keep_open {
                let config = egui::containers::menu::MenuConfig::new()
                    .close_behavior(PopupCloseBehavior::CloseOnClickOutside);
                menu = menu.config(config);
            }
            menu.ui(ui, fill).1.and_then(|shown| shown.inner)
        }
        Kind::Text { text, .. } => {
            caption(ui, &text);
            None
        }
        Kind::Divider => {
            ui.separator();
            None
        }
        Kind::Field(_) | Kind::Any(..) | Kind::Space | Kind::More => None,
    }
}

fn caption(ui: &mut Ui, text: &str) {
    let theme = Theme::of(ui);
    let words = RichText::new(text).font(fonts::body(size::SMALL));
    ui.add(egui::Label::new(words.color(theme.muted)).selectable(false));
}

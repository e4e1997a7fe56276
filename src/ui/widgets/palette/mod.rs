//! The command palette: one field, a list of everything that it can jump to or run, in sections, ranked by fuzzy name.
//!
//! It knows items by their number only; what they are and what choosing one does is for the caller.

mod rank;

use egui::{
    Align2, Color32, Context, Id, Key, Modal, Modifiers, Rect, Role, ScrollArea, Sense, TextEdit,
    Ui, WidgetInfo, pos2, vec2,
};

use crate::ui::{
    fonts,
    icons::Icon,
    keyboard,
    theme::{ROW_HEIGHT, Theme, size, space},
};
use rank::Row;
pub use rank::{near, rank};

const WIDTH: f32 = 640.0;
const ROWS: f32 = 11.0;

/// One thing that can be chosen.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// See [`Icon`].
    pub icon: &'static str,
    /// What it stands under.
    pub section: &'a str,
    /// What is searched and shown.
    pub title: &'a str,
    /// Of what kind it is or where; shown, and searched too.
    pub detail: &'a str,
    /// Other words that it is found by, after everything that fits by what is shown; may be empty.
    pub also: &'a str,
    /// Its shortcut as text; may be empty.
    pub shortcut: &'a str,
    /// Why it cannot be chosen now; None where it can.
    pub disabled: Option<&'a str>,
}

/// Where items come from; asked for all of them only when the query or the generation changes.
pub trait Items {
    /// How many there are.
    fn count(&self) -> usize;
    /// One of them.
    fn item(&self, index: usize) -> Item<'_>;
    /// Another number whenever the items are others.
    fn generation(&self) -> u64;
    /// The query is another: for items that depend on it. The default has none.
    fn asked(&mut self, _query: &str) {}
    /// What the empty field says.
    fn hint(&self) -> &str {
        "Search"
    }
    /// Words below the items: what is still being loaded, or could not be; may be empty.
    fn note(&self) -> &str {
        ""
    }
}

/// What the palette keeps between frames.
#[derive(Debug, Default)]
pub struct Palette {
    open: bool,
    query: String,
    /// A position in `rows`, of an item.
    selected: usize,
    rows: Vec<Row>,
    /// What is called nearly so, where nothing is called so.
    nearest: Option<String>,
    ranked_for: Option<(String, u64)>,
    fresh: bool,
}

impl Palette {
    /// Opens it with an empty query, or with what was typed elsewhere.
    pub fn open(&mut self, query: &str) {
        query.clone_into(&mut self.query);
        self.open = true;
        self.fresh = true;
        self.selected = 0;
        self.ranked_for = None;
    }

    /// It is on screen.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Draws it where it is open; gives back the item that was chosen.
    pub fn show(&mut self, ctx: &Context, items: &mut impl Items) -> Option<usize> {
        if !self.open {
            return None;
        }
        self.rank(items);
        let theme = Theme::of_ctx(ctx);
        let mut chosen = None;
        let top = (ctx.content_rect().height() * 0.12).clamp(24.0, 120.0);
        let id = Id::unique("palette");
        let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, top));
        let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(0);
        let modal = Modal::new(id)
            .area(area)
            .frame(frame)
            .backdrop_color(theme.backdrop)
            .show(ctx, |ui| {
                ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 2.0 * space::XL));
                ui.spacing_mut().item_spacing.y = 0.0;
                let moved = self.keys(ui);
                self.field(ui, items.hint());
                self.rank(items);
                chosen = self.list(ui, items, moved);
                if ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Enter)) {
                    chosen = self.current(items);
                }
            });
        self.fresh = false;
        if chosen.is_some() || modal.should_close() {
            self.open = false;
        }
        chosen
    }

    fn current(&self, items: &impl Items) -> Option<usize> {
        let Row::Item(index) = *self.rows.get(self.selected)? else {
            return None;
        };
        let index = index as usize;
        items.item(index).disabled.is_none().then_some(index)
    }

    fn rank(&mut self, items: &mut impl Items) {
        let wanted = (self.query.as_str(), items.generation());
        if self
            .ranked_for
            .as_ref()
            .is_some_and(|(query, generation)| (query.as_str(), *generation) == wanted)
        {
            return;
        }
        let same_query = self
            .ranked_for
            .as_ref()
            .is_some_and(|(query, _)| *query == self.query);
        items.asked(&self.query);
        self.rows = rank::rows(&self.query, items);
        self.nearest = match self.rows.is_empty() {
            true => rank::nearest(&self.query, items),
            false => None,
        };
        self.ranked_for = Some((self.query.clone(), items.generation()));
        if !same_query {
            self.selected = 0;
        }
        self.selected = self.selected.min(self.rows.len().saturating_sub(1));
        self.past_head();
    }

    /// A head can't be chosen: the item below it is.
    fn past_head(&mut self) {
        if matches!(self.rows.get(self.selected), Some(Row::Head(_))) {
            self.step(1);
        }
    }

    /// The next item that way, past heads; round at the ends.
    fn step(&mut self, by: isize) {
        let count = self.rows.len();
        for _ in 0..count {
            self.selected = (self.selected + count).saturating_add_signed(by) % count;
            if matches!(self.rows.get(self.selected), Some(Row::Item(_))) {
                return;
            }
        }
    }

    /// Arrows and pages move in the list while the field keeps the keyboard; true when they did.
    fn keys(&mut self, ui: &Ui) -> bool {
        let last = self.rows.len().saturating_sub(1);
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let before = self.selected;
        if pressed(Key::ArrowDown) {
            self.step(1);
        }
        if pressed(Key::ArrowUp) {
            self.step(-1);
        }
        if pressed(Key::PageDown) {
            self.selected = (self.selected + ROWS as usize).min(last);
            self.past_head();
        }
        if pressed(Key::PageUp) {
            self.selected = self.selected.saturating_sub(ROWS as usize);
            self.past_head();
        }
        before != self.selected
    }

    fn field(&mut self, ui: &mut Ui, hint: &str) {
        let theme = Theme::of(ui);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.add_space(space::L);
            let (rect, _) = ui.allocate_exact_size(vec2(20.0, 44.0), Sense::hover());
            ui.painter().text(
                rect.left_center(),
                Align2::LEFT_CENTER,
                Icon::SEARCH,
                fonts::icon(16.0),
                theme.muted,
            );
            let field = TextEdit::singleline(&mut self.query)
                .id(Id::unique("palette field"))
                .frame(egui::Frame::new())
                .font(fonts::body(size::HEADING))
                .align(Align2::LEFT_CENTER)
                .min_size(vec2(0.0, 44.0))
                .desired_width(ui.available_width() - space::L)
                .hint_text(egui::RichText::new(hint).color(theme.muted));
            let response = ui.add(field).accessible_name("Search everything");
            if self.fresh || !response.has_focus() {
                response.request_focus();
            }
            // Nothing else here can have the keyboard.
            keyboard::mark_ringed(ui.ctx(), response.id);
        });
        let line = ui.max_rect().x_range();
        ui.painter()
            .hline(line, ui.min_rect().bottom() - 0.5, theme.stroke());
    }

    fn list(&mut self, ui: &mut Ui, items: &impl Items, moved: bool) -> Option<usize> {
        let theme = Theme::of(ui);
        let note = items.note();
        if self.rows.is_empty() {
            ui.add_space(space::L);
            ui.vertical_centered(|ui| {
                let text = match (note.is_empty(), &self.nearest) {
                    (true, None) => "Nothing is called that".to_owned(),
                    (true, Some(near)) => format!("Nothing is called that; nearest: {near}"),
                    (false, _) => note.to_owned(),
                };
                ui.label(egui::RichText::new(text).color(theme.muted));
            });
            ui.add_space(space::L);
            return None;
        }
        let mut chosen = None;
        let height = ROWS * ROW_HEIGHT;
        let pointer_moved = ui.input(|input| input.pointer.is_moving());
        ScrollArea::vertical()
            .max_height(height)
            // All of its room at once: what is around it has the height that it had before.
            .min_scrolled_height(height)
            .auto_shrink([false, true])
            .show_rows(ui, ROW_HEIGHT, self.rows.len(), |ui, range| {
                if moved {
                    let top = ui.max_rect().top() - range.start as f32 * ROW_HEIGHT;
                    let y = top + self.selected as f32 * ROW_HEIGHT;
                    let target =
                        Rect::from_min_size(pos2(ui.max_rect().left(), y), vec2(1.0, ROW_HEIGHT));
                    ui.scroll_to_rect_animation(target, None, egui::style::ScrollAnimation::none());
                }
                for place in range {
                    let index = match self.rows.get(place) {
                        Some(Row::Item(index)) => *index as usize,
                        Some(Row::Head(text)) => {
                            head(ui, text);
                            continue;
                        }
                        None => continue,
                    };
                    let item = items.item(index);
                    let response = row(ui, &item, place == self.selected);
                    if response.hovered() && pointer_moved {
                        self.selected = place;
                    }
                    if response.clicked() && item.disabled.is_none() {
                        chosen = Some(index);
                    }
                    if let Some(reason) = item.disabled {
                        response.on_hover_text(reason);
                    }
                }
            });
        if !note.is_empty() {
            ui.horizontal(|ui| {
                ui.add_space(space::L);
                let text = egui::RichText::new(note).font(fonts::body(size::SMALL));
                ui.label(text.color(theme.muted));
            });
            ui.add_space(space::S);
        }
        chosen
    }
}

/// What the items below it are.
fn head(ui: &mut Ui, text: &str) {
    let theme = Theme::of(ui);
    let size = vec2(ui.available_width(), ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let at = pos2(rect.left() + space::L, rect.center().y + 2.0);
    let font = fonts::semibold(size::TINY);
    ui.painter()
        .text(at, Align2::LEFT_CENTER, text, font, theme.muted);
}

fn row(ui: &mut Ui, item: &Item<'_>, selected: bool) -> egui::Response {
    let theme = Theme::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::CLICK);
    let enabled = item.disabled.is_none();
    response
        .widget_info(|| WidgetInfo::selected(Role::ListBoxOption, enabled, selected, item.title));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_description(item.disabled.unwrap_or(item.detail));
    });
    if selected {
        ui.painter().rect_filled(rect, 0, theme.sel);
    }
    let color = if enabled { theme.text } else { theme.muted };
    let middle = rect.center().y;
    let paint = |x: f32, align, text: &str, font, color: Color32| {
        ui.painter().text(pos2(x, middle), align, text, font, color)
    };
    let left = Align2::LEFT_CENTER;
    paint(
        rect.left() + space::L,
        left,
        item.icon,
        fonts::icon(15.0),
        theme.muted,
    );
    let title = paint(
        rect.left() + 44.0,
        left,
        item.title,
        fonts::body(size::BODY),
        color,
    );
    let detail = item.disabled.unwrap_or(item.detail);
    let small = fonts::body(size::SMALL);
    paint(
        title.right() + space::M,
        left,
        detail,
        small.clone(),
        theme.muted,
    );
    paint(
        rect.right() - space::L,
        Align2::RIGHT_CENTER,
        item.shortcut,
        small,
        theme.muted,
    );
    response
}

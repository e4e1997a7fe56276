//! The command palette: one field, a list of everything that it can jump to or run, ranked by fuzzy name.
//!
//! It knows items by their number only; what they are and what choosing one does is for the caller.

use std::collections::HashMap;

use egui::{
    Align2, Color32, Context, Id, Key, Modal, Modifiers, Rect, Role, ScrollArea, Sense, TextEdit,
    Ui, WidgetInfo, pos2, vec2,
};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use crate::ui::{
    fonts,
    icons::Icon,
    theme::{ROW_HEIGHT, Theme, size, space},
};

/// How many ranked items are kept: nobody scrolls further than this, they type another letter.
const KEPT: usize = 500;
/// From so many letters on, one of them may be wrong.
const FORGIVEN: usize = 4;
const WIDTH: f32 = 640.0;
const ROWS: f32 = 11.0;

/// One thing that can be chosen.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// See [`Icon`].
    pub icon: &'static str,
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
}

/// What the palette keeps between frames.
#[derive(Debug, Default)]
pub struct Palette {
    open: bool,
    query: String,
    selected: usize,
    ranked: Vec<u32>,
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
    }

    /// It is on screen.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Draws it where it is open; gives back the item that was chosen.
    pub fn show(&mut self, ctx: &Context, items: &impl Items) -> Option<usize> {
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
                self.field(ui);
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
        let index = *self.ranked.get(self.selected)? as usize;
        items.item(index).disabled.is_none().then_some(index)
    }

    fn rank(&mut self, items: &impl Items) {
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
        self.ranked = rank(&self.query, items);
        self.ranked_for = Some((self.query.clone(), items.generation()));
        if !same_query {
            self.selected = 0;
        }
        self.selected = self.selected.min(self.ranked.len().saturating_sub(1));
    }

    /// Arrows and pages move in the list while the field keeps the keyboard; true when they did.
    fn keys(&mut self, ui: &Ui) -> bool {
        let last = self.ranked.len().saturating_sub(1);
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let before = self.selected;
        if pressed(Key::ArrowDown) {
            self.selected = if self.selected >= last {
                0
            } else {
                self.selected + 1
            };
        }
        if pressed(Key::ArrowUp) {
            self.selected = self.selected.checked_sub(1).unwrap_or(last);
        }
        if pressed(Key::PageDown) {
            self.selected = (self.selected + ROWS as usize).min(last);
        }
        if pressed(Key::PageUp) {
            self.selected = self.selected.saturating_sub(ROWS as usize);
        }
        before != self.selected
    }

    fn field(&mut self, ui: &mut Ui) {
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
            let hint = "Search functions, APIs, log groups, commands";
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
        });
        let line = ui.max_rect().x_range();
        ui.painter()
            .hline(line, ui.min_rect().bottom() - 0.5, theme.stroke());
    }

    fn list(&mut self, ui: &mut Ui, items: &impl Items, moved: bool) -> Option<usize> {
        let theme = Theme::of(ui);
        if self.ranked.is_empty() {
            ui.add_space(space::L);
            ui.vertical_centered(|ui| {
                ui.label(egui::RichText::new("Nothing is called that").color(theme.muted));
            });
            ui.add_space(space::L);
            return None;
        }
        let mut chosen = None;
        let height = ROWS * ROW_HEIGHT;
        let pointer_moved = ui.input(|input| input.pointer.is_moving());
        ScrollArea::vertical()
            .max_height(height)
            .auto_shrink([false, true])
            .show_rows(ui, ROW_HEIGHT, self.ranked.len(), |ui, range| {
                if moved {
                    let top = ui.max_rect().top() - range.start as f32 * ROW_HEIGHT;
                    let y = top + self.selected as f32 * ROW_HEIGHT;
                    let target =
                        Rect::from_min_size(pos2(ui.max_rect().left(), y), vec2(1.0, ROW_HEIGHT));
                    ui.scroll_to_rect_animation(target, None, egui::style::ScrollAnimation::none());
                }
                for place in range {
                    let Some(index) = self.ranked.get(place) else {
                        continue;
                    };
                    let index = *index as usize;
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
        chosen
    }
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

/// The numbers of the items that the query fits, best first; all of them in their own order for an empty query.
pub fn rank(query: &str, items: &impl Items) -> Vec<u32> {
    if query.trim().is_empty() {
        return (0..items.count().min(KEPT) as u32).collect();
    }
    let mut scored = score(query, items);
    if scored.is_empty() {
        scored = forgive(query, items);
    }
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    scored.truncate(KEPT);
    scored.into_iter().map(|(_, index)| index).collect()
}

/// The items that the query fits, with how well.
fn score(query: &str, items: &impl Items) -> Vec<(u32, u32)> {
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut letters = Vec::new();
    let mut scored: Vec<(u32, u32)> = Vec::new();
    let mut text = String::new();
    for index in 0..items.count() {
        let item = items.item(index);
        text.clear();
        text.push_str(item.title);
        text.push(' ');
        text.push_str(item.detail);
        let mut shown = pattern.score(Utf32Str::new(&text, &mut letters), &mut matcher);
        // A name that starts with what was typed is what was meant; a name that is it, all the more.
        if starts_with(item.title, query) {
            let whole = item.title.chars().count() == query.chars().count();
            shown = shown.map(|score| score + if whole { 200 } else { 50 });
        }
        let mut found = shown;
        if !item.also.is_empty() {
            let words = pattern.score(Utf32Str::new(item.also, &mut letters), &mut matcher);
            let whole = item.also.split(' ').any(|word| starts_with(word, query));
            found = found.max(words.map(|score| if whole { score } else { score / 2 }));
        }
        scored.extend(found.map(|score| (score, index as u32)));
    }
    scored
}

/// What would fit if one letter of the query were wrong, too many, or had changed places with its neighbour: each letter is
/// left out in turn. A letter that lacks needs no forgiving, as a query need not be whole anyway.
fn forgive(query: &str, items: &impl Items) -> Vec<(u32, u32)> {
    if query.trim().chars().count() < FORGIVEN {
        return Vec::new();
    }
    let mut best: HashMap<u32, u32> = HashMap::new();
    for (at, letter) in query.char_indices() {
        let mut shorter = query.to_owned();
        shorter.remove(at);
        if letter.is_whitespace() {
            continue;
        }
        for (score, index) in score(&shorter, items) {
            let most = best.entry(index).or_default();
            *most = score.max(*most);
        }
    }
    best.into_iter()
        .map(|(index, score)| (score, index))
        .collect()
}

fn starts_with(title: &str, query: &str) -> bool {
    let mut title = title.chars().flat_map(char::to_lowercase);
    query
        .chars()
        .flat_map(char::to_lowercase)
        .all(|wanted| title.next() == Some(wanted))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    struct Names(Vec<&'static str>);

    impl Items for Names {
        fn count(&self) -> usize {
            self.0.len()
        }
        fn item(&self, index: usize) -> Item<'_> {
            Item {
                icon: Icon::SQUARE_FUNCTION,
                title: self.0[index],
                detail: "function",
                also: "",
                shortcut: "",
                disabled: None,
            }
        }
        fn generation(&self) -> u64 {
            0
        }
    }

    fn best(query: &str, names: &[&'static str]) -> Vec<&'static str> {
        let items = Names(names.to_vec());
        rank(query, &items)
            .into_iter()
            .map(|index| names[index as usize])
            .collect()
    }

    #[test]
    fn a_few_letters_of_each_word_find_the_name() {
        let found = best("pcap", &["orders-api", "payments-capture", "geo-lookup"]);
        assert_eq!(found, ["payments-capture"]);
    }

    #[test]
    fn a_name_that_starts_with_the_query_comes_first() {
        let found = best("order", &["reorder-point", "orders-api"]);
        assert_eq!(found[0], "orders-api");
    }

    #[test]
    fn an_empty_query_keeps_the_order() {
        assert_eq!(best(" ", &["b", "a"]), ["b", "a"]);
    }

    #[test]
    fn the_kind_is_searched_too() {
        assert_eq!(
            best("geo function", &["geo-lookup", "other"]),
            ["geo-lookup"]
        );
    }

    #[test]
    fn one_wrong_letter_is_forgiven() {
        for typed in ["ordres-api", "orderz-api", "orderss-api"] {
            assert_eq!(
                best(typed, &["geo-lookup", "orders-api"]),
                ["orders-api"],
                "{typed}"
            );
        }
    }

    #[test]
    fn what_fits_nothing_finds_nothing() {
        assert!(best("zzz", &["orders-api"]).is_empty());
    }
}

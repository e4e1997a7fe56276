//! A toolbar that yields: full, then icons with the word on hover, then a menu, so that nothing overlaps or is cut off.
//!
//! It is given its items as values, measures them by their texts, shares out the width there is and draws each into its
//! place, all in one pass. Every item gives back an action of the caller's own type, wherever it was pressed.

mod draw;
mod fit;

use std::borrow::Cow;
use std::ops::RangeInclusive;

use egui::Ui;

use super::button::Button;
use super::chip::Tone;
use crate::ui::theme::space;

/// A menu's contents; gives back what was chosen.
type Fill<'a, A> = Box<dyn FnOnce(&mut Ui) -> Option<A> + 'a>;

/// The items, built up and then shown.
#[must_use = "a toolbar does nothing until it is shown"]
pub struct Toolbar<'a, A> {
    name: &'a str,
    items: Vec<Item<'a, A>>,
    inset: f32,
    gap: f32,
}

/// What happened in a toolbar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output<A> {
    /// What was pressed or chosen.
    pub pressed: Option<A>,
    /// The text of a field is another.
    pub changed: bool,
    /// Enter was pressed in a field.
    pub entered: bool,
}

struct Item<'a, A> {
    kind: Kind<'a, A>,
    rank: u8,
    stays: bool,
    tucked: bool,
    hover: Cow<'a, str>,
}

enum Kind<'a, A> {
    Button(Box<Button<'a>>, A),
    Choice {
        name: &'a str,
        options: Vec<(A, Cow<'a, str>, bool)>,
    },
    Menu {
        name: &'a str,
        text: Cow<'a, str>,
        icon: Option<&'static str>,
        on: bool,
        keep_open: bool,
        fill: Fill<'a, A>,
    },
    Field(Field<'a>),
    Text {
        text: Cow<'a, str>,
        look: Look,
        least: f32,
    },
    /// Any widget, as wide as is told.
    Any(RangeInclusive<f32>, Fill<'a, A>),
    Space,
    /// A line in the menu, nothing in the bar.
    Divider,
    /// Where the menu's button is.
    More,
}

struct Field<'a> {
    name: &'a str,
    hint: &'a str,
    text: &'a mut String,
    width: RangeInclusive<f32>,
    /// `/` leads to it, Esc empties it.
    filter: bool,
    mono: bool,
    focus: bool,
    help: Option<fn(&mut Ui)>,
}

/// How words in a toolbar look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Words as any others.
    Plain,
    /// What the bar is about.
    Strong,
    /// Words that step back.
    Muted,
    /// The same, smaller.
    Small,
    /// An id: monospaced, and steps back.
    Code,
    /// What the panel is about.
    Heading,
    /// A short word on a ground.
    Tag,
    /// A state, in its colour and with its sign.
    State(Tone),
}

impl<'a, A: Copy> Toolbar<'a, A> {
    /// `name` is what a screen reader says; unique on the panel.
    pub fn new(name: &'a str) -> Self {
        Self {
            name,
            items: Vec::with_capacity(16),
            inset: 0.0,
            gap: space::S,
        }
    }

    /// Points that stay free at both ends.
    pub fn inset(mut self, inset: f32) -> Self {
        self.inset = inset;
        self
    }

    /// Points between two items.
    pub fn gap(mut self, gap: f32) -> Self {
        self.gap = gap;
        self
    }

    fn push(mut self, kind: Kind<'a, A>, rank: u8, stays: bool) -> Self {
        self.items.push(Item {
            kind,
            rank,
            stays,
            tucked: false,
            hover: Cow::Borrowed(""),
        });
        self
    }

    /// A button. One with an icon yields to that icon first.
    pub fn button(self, button: Button<'a>, action: A) -> Self {
        self.push(Kind::Button(Box::new(button), action), 5, false)
    }

    /// A choice of a few, side by side; it yields to a drop-down.
    pub fn choice<T: PartialEq>(
        self,
        name: &'a str,
        value: &T,
        choices: impl IntoIterator<Item = (T, impl Into<Cow<'a, str>>)>,
        action: impl Fn(T) -> A,
    ) -> Self {
        let options = choices.into_iter().map(|(choice, text)| {
            let on = choice == *value;
            (action(choice), text.into(), on)
        });
        let options = options.collect();
        self.push(Kind::Choice { name, options }, 6, false)
    }

    /// A button with a menu under it. In the bar's own menu it is a menu within.
    pub fn menu(
        self,
        name: &'a str,
        text: impl Into<Cow<'a, str>>,
        fill: impl FnOnce(&mut Ui) -> Option<A> + 'a,
    ) -> Self {
        let kind = Kind::Menu {
            name,
            text: text.into(),
            icon: None,
            on: false,
            keep_open: false,
            fill: Box::new(fill),
        };
        self.push(kind, 5, false)
    }

    /// The menu stands open until one presses beside it: for boxes to tick.
    pub fn keep_open(mut self) -> Self {
        if let Some(Kind::Menu { keep_open, .. }) = self.last() {
            *keep_open = true;
        }
        self
    }

    /// The menu's button before its words, and all that is shown of it when there is little room.
    pub fn icon(mut self, sign: &'static str) -> Self {
        if let Some(Kind::Menu { icon, .. }) = self.last() {
            *icon = Some(sign);
        }
        self
    }

    /// The menu's choice hides something.
    pub fn lit(mut self, lit: bool) -> Self {
        if let Some(Kind::Menu { on, .. }) = self.last() {
            *on = lit;
        }
        self
    }

    /// A filter: `/` leads to it, Esc empties it. It is as wide as there is room for, within `width`.
    pub fn filter(
        self,
        name: &'a str,
        hint: &'a str,
        text: &'a mut String,
        width: RangeInclusive<f32>,
    ) -> Self {
        self.field_of(name, hint, text, width, true)
    }

    /// A field; the same without the keys.
    pub fn field(
        self,
        name: &'a str,
        hint: &'a str,
        text: &'a mut String,
        width: RangeInclusive<f32>,
    ) -> Self {
        self.field_of(name, hint, text, width, false)
    }

    fn field_of(
        self,
        name: &'a str,
        hint: &'a str,
        text: &'a mut String,
        width: RangeInclusive<f32>,
        filter: bool,
    ) -> Self {
        let field = Field {
            name,
            hint,
            text,
            width,
            filter,
            mono: !filter,
            focus: false,
            help: None,
        };
        self.push(Kind::Field(field), 9, true)
    }

    /// The field gets the keyboard.
    pub fn focus(mut self, now: bool) -> Self {
        if let Some(Kind::Field(field)) = self.last() {
            field.focus |= now;
        }
        self
    }

    /// What shows beside the field while the pointer is on it.
    pub fn help(mut self, words: fn(&mut Ui)) -> Self {
        if let Some(Kind::Field(field)) = self.last() {
            field.help = Some(words);
        }
        self
    }

    /// Words. They yield before anything that can be pressed.
    pub fn text(self, text: impl Into<Cow<'a, str>>, look: Look) -> Self {
        let text = text.into();
        if text.is_empty() {
            return self;
        }
        let least = f32::INFINITY;
        self.push(Kind::Text { text, look, least }, 3, false)
    }

    /// Instead of going, the words are cut off down to this many points.
    pub fn least(mut self, width: f32) -> Self {
        if let Some(Kind::Text { least, .. }) = self.last() {
            *least = width;
        }
        self
    }

    /// The panel's title: cut off where there is no room for it, but never less than `least` points.
    pub fn heading(self, text: impl Into<Cow<'a, str>>, least: f32) -> Self {
        let kind = Kind::Text {
            text: text.into(),
            look: Look::Heading,
            least,
        };
        self.push(kind, 9, true)
    }

    /// Any widget of a width within these bounds. It stays.
    pub fn widget(
        self,
        width: RangeInclusive<f32>,
        add: impl FnOnce(&mut Ui) -> Option<A> + 'a,
    ) -> Self {
        self.push(Kind::Any(width, Box::new(add)), 9, true)
    }

    /// Everything after it stands on the right.
    pub fn space(self) -> Self {
        self.push(Kind::Space, 9, true)
    }

    /// A line within the menu.
    pub fn divider(self) -> Self {
        self.push(Kind::Divider, 0, false).tucked()
    }

    /// The menu's button is here; else it is the last.
    pub fn more_here(self) -> Self {
        self.push(Kind::More, 9, true)
    }

    /// How long the last item holds out: 0 yields first, 9 last. Buttons have 5, words 3, choices 6.
    pub fn rank(mut self, rank: u8) -> Self {
        if let Some(item) = self.items.last_mut() {
            item.rank = rank;
        }
        self
    }

    /// The last item never goes into the menu.
    pub fn stays(mut self) -> Self {
        if let Some(item) = self.items.last_mut() {
            item.stays = true;
        }
        self
    }

    /// The last item is always in the menu.
    pub fn tucked(mut self) -> Self {
        if let Some(item) = self.items.last_mut() {
            item.tucked = true;
        }
        self
    }

    /// More about the last item, on hover.
    pub fn hover(mut self, words: impl Into<Cow<'a, str>>) -> Self {
        if let Some(item) = self.items.last_mut() {
            item.hover = words.into();
        }
        self
    }

    fn last(&mut self) -> Option<&mut Kind<'a, A>> {
        self.items.last_mut().map(|item| &mut item.kind)
    }

    /// Draws it over the width that is left.
    pub fn show(self, ui: &mut Ui) -> Output<A> {
        draw::show(self, ui)
    }
}

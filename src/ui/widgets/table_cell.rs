//! One cell of a table, drawn with the painter: a text in a cell costs a layout that egui remembers, and no widget.

use egui::{
    Align, Align2, Color32, FontId, Id, Layout, Rect, Response, Role, Sense, Ui, UiBuilder,
    WidgetInfo, pos2, text::LayoutJob, text::TextWrapping, vec2,
};

use super::chip::{Tone, paint_tag_within, tag_width};
use super::sparkline;
use crate::ui::{
    fonts,
    theme::{Theme, size, space},
};

/// A narrower tag is left out, in points.
const LEAST_TAG: f32 = 52.0;
/// In a narrower cell a name has no tag, in points.
const TAGGED: f32 = 156.0;

/// Where one cell's contents go. Texts follow each other from the left, or from the right in a column aligned right.
pub struct Cell<'a> {
    /// The table's own; for what the painter cannot do, see [`Cell::ui`].
    pub ui: &'a mut Ui,
    /// Within the cell's margins, in points.
    pub rect: Rect,
    /// The row is the selected one.
    pub selected: bool,
    /// The pointer is on the row.
    pub hovered: bool,
    pub(super) heard: Option<&'a mut String>,
    pub(super) cut_off: Option<String>,
    id: Id,
    right: bool,
}

impl<'a> Cell<'a> {
    pub(super) fn new(ui: &'a mut Ui, place: Rect, id: Id, right: bool) -> Self {
        let margin = if place.width() < 40.0 { 6.0 } else { space::M };
        Self {
            ui,
            rect: place.shrink2(vec2(margin, 0.0)),
            selected: false,
            hovered: false,
            heard: None,
            cut_off: None,
            id,
            right,
        }
    }

    /// The theme's colours.
    pub fn theme(&self) -> &'static Theme {
        Theme::of(self.ui)
    }

    /// Plain text.
    pub fn text(&mut self, text: &str) {
        self.paint(text, fonts::body(size::BODY), self.theme().text);
    }

    /// The row's name.
    pub fn name(&mut self, text: &str) {
        self.paint(text, fonts::medium(size::BODY), self.theme().text);
    }

    /// The row's name with a tag. All rows of a column show their tags, or none does: a name gives way to its tag, and where it
    /// could not be read then there is none.
    pub fn tagged_name(&mut self, text: &str, tag: &str) {
        let whole = self.rect;
        if whole.width() < TAGGED {
            self.name(text);
            self.hear(tag);
            return;
        }
        self.rect.max.x -= tag_width(self.ui, tag) + space::XS;
        self.name(text);
        self.rect.max.x = whole.max.x;
        self.tag(tag);
    }

    /// Text that steps back.
    pub fn muted(&mut self, text: &str) {
        self.paint(text, fonts::body(size::BODY), self.theme().muted);
    }

    /// Code, ids, runtimes: monospaced and muted.
    pub fn mono(&mut self, text: &str) {
        self.paint(text, fonts::mono(size::SMALL), self.theme().muted);
    }

    /// Code that is the row's name: monospaced, in the text's colour.
    pub fn mono_name(&mut self, text: &str) {
        self.paint(text, fonts::mono(size::SMALL), self.theme().text);
    }

    /// A state: its sign and its word in its colour.
    pub fn state(&mut self, tone: Tone, word: &str) {
        let color = tone.color(self.theme());
        match tone.sign() {
            "" => self.paint(word, fonts::body(size::BODY), color),
            sign => self.paint(&format!("{sign} {word}"), fonts::body(size::BODY), color),
        }
    }

    /// Text in a colour that means something.
    pub fn colored(&mut self, text: &str, color: Color32) {
        self.paint(text, fonts::body(size::BODY), color);
    }

    /// Text that leads somewhere; true when it is pressed. `name` says to screen readers where. The row's own keys lead there
    /// too, so that it is no stop of Tab.
    pub fn link(&mut self, text: &str, color: Color32, name: impl Fn() -> String) -> bool {
        let whole = self.rect;
        self.paint(text, fonts::body(size::BODY), color);
        let end = (self.rect.min.x - space::XS).max(whole.left());
        let words = whole.with_max_x(if self.right { whole.right() } else { end });
        let press = words.expand2(vec2(space::XS, 0.0));
        let response = self.ui.interact(press, self.id, Sense::CLICK);
        let enabled = self.ui.is_enabled();
        response.widget_info(|| WidgetInfo::labeled(Role::Link, enabled, name()));
        if response.hovered() {
            self.ui
                .ctx()
                .set_cursor_icon(egui::CursorIcon::PointingHand);
            let y = whole.center().y + 8.0;
            self.ui.painter().hline(words.x_range(), y, (1.0, color));
        }
        let clicked = response.clicked();
        response.on_hover_ui(|ui| {
            ui.label(name());
        });
        clicked
    }

    /// A tag after what is already there.
    pub fn tag(&mut self, text: &str) {
        self.hear(text);
        // A letter or two say nothing.
        if self.rect.width() < LEAST_TAG.min(tag_width(self.ui, text)) {
            return;
        }
        let painter = self
            .ui
            .painter()
            .with_clip_rect(self.rect.intersect(self.ui.clip_rect()));
        let (at, room) = (self.rect.left_center(), self.rect.width());
        let end = paint_tag_within(&painter, self.theme(), at, text, room).right();
        self.rect.min.x = (end + space::XS).min(self.rect.max.x);
    }

    /// A small line of values, `NaN` where there is none, 18 points high; `label` is what a screen reader says.
    pub fn sparkline(&mut self, values: &[f32], color: Color32, label: &str) {
        self.hear(label);
        let wanted = vec2(self.rect.width().min(140.0), 18.0);
        let rect = if self.right {
            Align2::RIGHT_CENTER.anchor_size(self.rect.right_center(), wanted)
        } else {
            Align2::LEFT_CENTER.anchor_size(self.rect.left_center(), wanted)
        };
        sparkline::paint(self.ui.painter(), rect, values, color);
    }

    /// A sign that can be switched, as a favourite's star; `name` says what of which row.
    pub fn toggle(&mut self, sign: &str, on: bool, on_color: Color32, name: &str) -> Response {
        let rect = Rect::from_center_size(self.rect.center(), vec2(24.0, 24.0));
        // No stop for the keyboard: a row's menu has it too, and one in each row would be too many.
        let response = self.ui.interact(rect, self.id, Sense::CLICK);
        let enabled = self.ui.is_enabled();
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, on, name));
        let theme = self.theme();
        let color = if on {
            on_color
        } else if response.hovered() {
            theme.text
        } else {
            theme.muted
        };
        self.ui.painter().text(
            rect.center(),
            Align2::CENTER_CENTER,
            sign,
            fonts::body(size::BODY),
            color,
        );
        response
    }

    /// Any widgets, in a layout of their own. Costs more than text: for controls only.
    pub fn ui<R>(&mut self, add: impl FnOnce(&mut Ui) -> R) -> R {
        let layout = if self.right {
            Layout::right_to_left(Align::Center)
        } else {
            Layout::left_to_right(Align::Center)
        };
        let builder = UiBuilder::new()
            .id_salt(self.id)
            .max_rect(self.rect)
            .layout(layout);
        let mut child = self.ui.new_child(builder);
        child.shrink_clip_rect(self.rect);
        child.spacing_mut().item_spacing.x = space::S;
        add(&mut child)
    }

    /// Text in this font and colour, cut off with an ellipsis where it does not fit; whole on hover.
    pub fn paint(&mut self, text: &str, font: FontId, color: Color32) {
        if text.is_empty() || self.rect.width() < 4.0 {
            return;
        }
        self.hear(text);
        let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
        job.wrap = TextWrapping {
            max_width: self.rect.width(),
            max_rows: 1,
            break_anywhere: true,
            ..Default::default()
        };
        let galley = self.ui.painter().layout_job(job);
        let middle = self.rect.center().y - galley.size().y / 2.0;
        let width = galley.size().x;
        if galley.elided {
            self.cut_off = Some(text.to_owned());
        }
        let x = if self.right {
            self.rect.right() - width
        } else {
            self.rect.left()
        };
        self.ui.painter().galley(pos2(x, middle), galley, color);
        if self.right {
            self.rect.max.x = (self.rect.max.x - width - space::XS).max(self.rect.min.x);
        } else {
            self.rect.min.x = (self.rect.min.x + width + space::XS).min(self.rect.max.x);
        }
    }

    /// What shows while the pointer is on this cell: the exact value, the reason of a state.
    pub fn hover(&mut self, text: impl FnOnce() -> String) {
        if self.hovered {
            self.cut_off = Some(text());
        }
    }

    /// Tells screen readers a cell's text as part of its row.
    fn hear(&mut self, text: &str) {
        if let Some(heard) = &mut self.heard {
            if !heard.is_empty() {
                heard.push_str(", ");
            }
            heard.push_str(text);
        }
    }
}

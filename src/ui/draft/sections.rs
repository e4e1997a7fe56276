//! The parts of a long form, as a list that jumps to them: what each holds in a word, and whether it is edited or lacks something.

use egui::{Align2, CornerRadius, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::keyboard::focus_ring;
use crate::ui::theme::{RADIUS, Theme, size, space};

/// One part.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// What it holds, in a word: "512 MB, 29 s".
    pub value: String,
    /// How many of its fields differ from the server's.
    pub changed: usize,
    /// How many of its fields something is wrong with, or lack something.
    pub wrong: usize,
}

impl Section {
    /// What stands at its right.
    fn words(&self) -> (String, Option<&'static str>) {
        match (self.wrong, self.changed) {
            (0, 0) => (self.value.clone(), None),
            (0, 1) => ("1 change".to_owned(), Some(Icon::PENCIL)),
            (0, n) => (format!("{n} changes"), Some(Icon::PENCIL)),
            (n, _) => (format!("{n} wrong"), Some(Icon::TRIANGLE_ALERT)),
        }
    }
}

/// Draws the list; gives the one that was pressed. `on` is the one in front, where only one is shown at a time.
pub fn sections(ui: &mut Ui, all: &[Section], on: Option<&str>) -> Option<&'static str> {
    let mut pressed = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    for section in all {
        if row(ui, section, on == Some(section.title)).clicked() {
            pressed = Some(section.title);
        }
    }
    pressed
}

fn row(ui: &mut Ui, section: &Section, on: bool) -> egui::Response {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::click());
    let (words, sign) = section.words();
    let name = format!("{}: {words}", section.title);
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), on, &name));
    if let Some(fill) = theme.ground(on, response.hovered()) {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(RADIUS), fill);
    }
    let middle = rect.center().y;
    let title = ui.painter().text(
        pos2(rect.left() + space::S, middle),
        Align2::LEFT_CENTER,
        section.title,
        fonts::body(size::BODY),
        theme.text,
    );
    let color = match (section.wrong, section.changed) {
        (0, 0) => theme.muted,
        (0, _) => theme.accent,
        _ => theme.warn,
    };
    let mut right = rect.right() - space::S;
    if let Some(sign) = sign {
        let at = pos2(right, middle);
        let font = fonts::icon(13.0);
        right = ui
            .painter()
            .text(at, Align2::RIGHT_CENTER, sign, font, color)
            .left()
            - 6.0;
    }
    let font = fonts::body(size::SMALL);
    let galley = ui.painter().layout_no_wrap(words.clone(), font, color);
    let fits = right - galley.size().x > title.right() + space::S;
    if fits {
        let at = pos2(right - galley.size().x, middle - galley.size().y / 2.0);
        ui.painter().galley(at, galley, color);
    }
    focus_ring(ui, rect, &response);
    if fits {
        response
    } else {
        response.on_hover_text(words)
    }
}

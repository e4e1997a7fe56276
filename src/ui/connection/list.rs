//! The left side of the picker: the search, and the list under it. Only the lines that are seen are drawn.

use std::sync::Arc;

use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align2, Color32, CornerRadius, FontId, Galley, Rect, Role, ScrollArea, Sense, TextEdit, Ui,
    WidgetInfo, pos2, vec2,
};

use super::rows::{Choice, Does, Line};
use super::{FIELD_HEIGHT, Focus, Picker, colour, search_id};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{ROW_HEIGHT, Theme, size, space};

const FOOTER_HEIGHT: f32 = 28.0;

/// Text in one line that ends in … where there is no more room.
pub fn elided(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width(width.max(8.0));
    ui.painter().layout_job(job)
}

impl Picker {
    /// The field that everything is found with.
    pub(super) fn search(&mut self, ui: &mut Ui) {
        let theme = Theme::of(ui);
        let rect = ui.max_rect();
        ui.painter().text(
            pos2(rect.left() + space::L, rect.center().y),
            Align2::LEFT_CENTER,
            Icon::SEARCH,
            fonts::icon(16.0),
            theme.muted,
        );
        let place = Rect::from_min_max(
            pos2(rect.left() + 44.0, rect.top()),
            pos2(rect.right() - space::L, rect.bottom()),
        );
        let hint = egui::RichText::new("Profile, account, region or endpoint").color(theme.muted);
        let field = TextEdit::singleline(&mut self.query)
            .id(search_id())
            .frame(egui::Frame::new())
            .font(fonts::body(size::HEADING))
            .align(Align2::LEFT_CENTER)
            .min_size(vec2(0.0, FIELD_HEIGHT))
            .desired_width(place.width())
            .hint_text(hint);
        let response = ui.put(place, field).accessible_name("Search connections");
        let nothing = ui.memory(|memory| memory.focused().is_none());
        if self.focus == Some(Focus::Search) || self.focus.is_none() && nothing {
            self.focus = None;
            response.request_focus();
        }
    }

    /// The list; some when a row was pressed, true when twice.
    pub(super) fn list(&mut self, ui: &mut Ui) -> Option<bool> {
        let theme = Theme::of(ui);
        let rect = ui.max_rect();
        let mut pressed = None;
        let moved = std::mem::take(&mut self.moved);
        ui.set_clip_rect(rect);
        if self.lines.is_empty() {
            ui.add_space(space::XL);
            ui.vertical_centered(|ui| ui.label("Nothing is called that"));
        }
        ScrollArea::vertical()
            .id_salt("connections")
            .max_height(rect.height() - FOOTER_HEIGHT)
            .auto_shrink([false, false])
            .show_rows(ui, ROW_HEIGHT, self.lines.len(), |ui, range| {
                if moved {
                    // The caption over the first row comes into sight with it.
                    let above = usize::from(self.selected <= 1);
                    let first = ui.max_rect().top() - range.start as f32 * ROW_HEIGHT;
                    let y = first + (self.selected - above.min(self.selected)) as f32 * ROW_HEIGHT;
                    let height = ROW_HEIGHT * (1 + above) as f32;
                    let target =
                        Rect::from_min_size(pos2(ui.max_rect().left(), y), vec2(1.0, height));
                    ui.scroll_to_rect_animation(target, None, egui::style::ScrollAnimation::none());
                }
                for at in range {
                    match self.lines.get(at) {
                        Some(Line::Caption(text)) => caption(ui, text),
                        Some(Line::Note(text, bad)) => note(ui, text, *bad),
                        Some(Line::Choice(choice)) => {
                            let response = row(ui, choice, at == self.selected);
                            if response.double_clicked() {
                                pressed = Some((at, true));
                            } else if response.clicked() {
                                pressed = Some((at, false));
                            }
                        }
                        None => {}
                    }
                }
            });
        let foot = Rect::from_min_max(pos2(rect.left(), rect.bottom() - FOOTER_HEIGHT), rect.max);
        ui.painter()
            .hline(foot.x_range(), foot.top(), theme.stroke());
        let keys = "↑ ↓ choose · Enter connect · Tab its details · Esc close";
        let room = foot.width() - 2.0 * space::L;
        let keys = elided(ui, keys, fonts::body(size::SMALL), theme.muted, room);
        let at = pos2(
            foot.left() + space::L,
            foot.center().y - keys.size().y / 2.0,
        );
        ui.painter().galley(at, keys, theme.muted);
        let (at, twice) = pressed?;
        self.selected = at;
        self.touched = true;
        if let Some(Does::Custom) = self.choice().map(|c| c.does.clone()) {
            self.focus = Some(Focus::Url);
        }
        Some(twice)
    }
}

fn caption(ui: &mut Ui, text: &str) {
    let theme = Theme::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, text));
    ui.painter().text(
        pos2(rect.left() + space::L, rect.bottom() - 6.0),
        Align2::LEFT_BOTTOM,
        text,
        fonts::medium(size::SMALL),
        theme.muted,
    );
}

fn note(ui: &mut Ui, text: &str, bad: bool) {
    let theme = Theme::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let color = if bad { theme.warn } else { theme.muted };
    let icon = if bad {
        Icon::TRIANGLE_ALERT
    } else {
        Icon::INFO
    };
    ui.painter().text(
        pos2(rect.left() + space::L, rect.center().y),
        Align2::LEFT_CENTER,
        icon,
        fonts::icon(14.0),
        color,
    );
    let room = rect.width() - 44.0 - space::M;
    let galley = elided(ui, text, fonts::body(size::SMALL), color, room);
    let at = pos2(rect.left() + 44.0, rect.center().y - galley.size().y / 2.0);
    let cut = galley.elided;
    ui.painter().galley(at, galley, color);
    if cut {
        response.on_hover_text(text);
    }
}

fn row(ui: &mut Ui, choice: &Choice, selected: bool) -> egui::Response {
    let theme = Theme::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::CLICK);
    response
        .widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, selected, &choice.title));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_description(format!("{} {}", choice.detail, choice.tag).trim());
    });
    if selected {
        ui.painter().rect_filled(rect, 0, theme.sel);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0, theme.row_hover);
    }
    let middle = rect.center().y;
    let is_place = matches!(choice.does, Does::Connect | Does::Trust(_) | Does::Sandbox);
    if is_place {
        let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height())).shrink2(vec2(0.0, 5.0));
        let fill = colour(&choice.spec, theme);
        ui.painter().rect_filled(bar, CornerRadius::same(1), fill);
    }
    let icon = fonts::icon(15.0);
    ui.painter().text(
        pos2(rect.left() + space::L, middle),
        Align2::LEFT_CENTER,
        choice.icon,
        icon.clone(),
        theme.muted,
    );
    let small = fonts::body(size::SMALL);
    let mut right = rect.right() - space::M;
    // The name comes before what is said of it.
    let most = (rect.width() - 44.0 - space::M) * 0.5;
    let mut at_right = |text: &str, font: FontId, color: Color32| {
        let galley = elided(ui, text, font, color, most);
        let at = pos2(right - galley.size().x, middle - galley.size().y / 2.0);
        ui.painter().galley(at, galley, color);
        right = at.x - space::S;
    };
    if !choice.tag.is_empty() {
        let color = if choice.warns {
            theme.warn
        } else {
            theme.muted
        };
        at_right(&choice.tag, small.clone(), color);
    }
    if choice.spec.read_only && is_place {
        at_right(Icon::LOCK, fonts::icon(13.0), theme.warn);
    }
    let left = rect.left() + 44.0;
    let room = right - left;
    let galley = elided(
        ui,
        &choice.title,
        fonts::medium(size::BODY),
        theme.text,
        match choice.detail.is_empty() {
            true => room,
            false => room * 0.6,
        },
    );
    let width = galley.size().x;
    let title_at = pos2(left, middle - galley.size().y / 2.0);
    let mut cut = galley.elided;
    ui.painter().galley(title_at, galley, theme.text);
    let detail_left = left + width + space::M;
    if right - detail_left > 24.0 {
        let detail = elided(ui, &choice.detail, small, theme.muted, right - detail_left);
        let at = pos2(detail_left, middle - detail.size().y / 2.0);
        cut |= detail.elided;
        ui.painter().galley(at, detail, theme.muted);
    }
    if cut {
        return response.on_hover_text(format!("{}\n{}", choice.title, choice.detail));
    }
    response
}

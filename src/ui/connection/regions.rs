//! The regions of the connection that is chosen in the picker, with a filter of their own.

use egui::{Align2, Id, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::list::elided;
use super::rows::regions_of;
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::text_field::TextField;

const ROW: f32 = 28.0;

/// What the list of regions keeps between frames.
#[derive(Default)]
pub struct Regions {
    /// Used lately, latest first.
    pub recent: Vec<String>,
    /// Nothing says where the connection goes: one must be chosen.
    pub is_needed: bool,
    own: Option<String>,
    query: String,
    selected: usize,
    moved: bool,
    rows: Vec<(String, &'static str)>,
    rows_for: Option<(Option<String>, String)>,
}

impl Regions {
    /// The id of the filter, so that the picker knows where the keyboard is.
    pub fn field_id() -> Id {
        Id::unique("region search")
    }

    /// For another connection, which has a region of its own or none.
    pub fn begin(&mut self, own: Option<&str>) {
        self.own = own.map(str::to_owned);
        self.query.clear();
        self.selected = 0;
        self.moved = true;
        self.rows_for = None;
    }

    /// The region under the mark.
    pub fn current(&self) -> Option<String> {
        self.rows.get(self.selected).map(|(id, _)| id.clone())
    }

    /// Moves the mark.
    pub fn step(&mut self, by: isize) {
        let last = self.rows.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
        self.moved = true;
    }

    /// Draws filter and list in `height`; gives the region that was pressed.
    pub fn show(&mut self, ui: &mut Ui, height: f32, focus: bool) -> Option<String> {
        let wanted = (self.own.clone(), self.query.clone());
        if self.rows_for.as_ref() != Some(&wanted) {
            self.rows = regions_of(self.own.as_deref(), &self.recent, &self.query);
            self.rows_for = Some(wanted);
            self.selected = 0;
        }
        let width = ui.available_width();
        let field = TextField::new("Filter regions", &mut self.query)
            .hint("Region: id or place")
            .width(width)
            .id(Self::field_id())
            .show(ui);
        if focus {
            field.request_focus();
        }
        let has_keyboard = field.has_focus();
        ui.add_space(space::XS);
        let theme = Theme::of(ui);
        if self.rows.is_empty() {
            ui.add_space(space::S);
            let text = "No region is called that. Regions look like eu-central-1.";
            ui.add(egui::Label::new(egui::RichText::new(text).color(theme.muted)).wrap());
            return None;
        }
        let moved = std::mem::take(&mut self.moved);
        let mut pressed = None;
        let room = (height - ui.min_rect().height()).max(3.0 * ROW);
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical()
            .id_salt("regions")
            .max_height(room)
            .auto_shrink([false, false])
            .show_rows(ui, ROW, self.rows.len(), |ui, range| {
                if moved {
                    let first = ui.max_rect().top() - range.start as f32 * ROW;
                    let y = first + self.selected as f32 * ROW;
                    let target = Rect::from_min_size(pos2(ui.max_rect().left(), y), vec2(1.0, ROW));
                    ui.scroll_to_rect_animation(target, None, egui::style::ScrollAnimation::none());
                }
                for at in range {
                    let Some((id, name)) = self.rows.get(at) else {
                        continue;
                    };
                    let own = self.own.as_ref() == Some(id);
                    let marked = at == self.selected && (has_keyboard || own);
                    if region(ui, id, name, marked, own) {
                        pressed = Some(id.clone());
                    }
                }
            });
        pressed
    }
}

/// One region; true when it was pressed.
fn region(ui: &mut Ui, id: &str, name: &str, marked: bool, own: bool) -> bool {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, marked, id));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_description(name);
    });
    if marked {
        ui.painter().rect_filled(rect, 4, theme.sel);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 4, theme.row_hover);
    }
    let middle = rect.center().y;
    let color = if own { theme.accent } else { theme.text };
    let drawn = ui.painter().text(
        pos2(rect.left() + space::S, middle),
        Align2::LEFT_CENTER,
        id,
        fonts::mono(size::SMALL),
        color,
    );
    let left = drawn.right() + space::S;
    let room = rect.right() - space::XS - left;
    let place = elided(ui, name, fonts::body(size::SMALL), theme.muted, room);
    let at = pos2(left, middle - place.size().y / 2.0);
    ui.painter().galley(at, place, theme.muted);
    response.on_hover_text(format!("{id}  {name}")).clicked()
}

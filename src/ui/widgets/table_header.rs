//! A table's header: titles, the arrow of the sorting, edges that can be dragged, and the menu of columns.

use std::collections::BTreeMap;

use egui::{
    Align2, CursorIcon, Id, Rect, Role, Sense, Ui, WidgetInfo, pos2, text::LayoutJob,
    text::TextWrapping, vec2,
};

use super::button::Button;
use super::table::{Column, Sort, TableState};
use crate::ui::keyboard::focus_ring;
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{Theme, size, space},
};

/// The columns' widths, in points: what was dragged stays, the others share what is left over or lacking in proportion.
pub(super) fn widths(columns: &[&Column], dragged: &BTreeMap<String, f32>, space: f32) -> Vec<f32> {
    let mut widths: Vec<f32> = columns
        .iter()
        .map(|column| dragged.get(column.id).copied().unwrap_or(column.width))
        .collect();
    let mut flexible: Vec<bool> = columns
        .iter()
        .map(|column| !column.fixed && !dragged.contains_key(column.id))
        .collect();
    let least = leasts(columns);
    // Whoever reaches its least width leaves the others to share again; each round settles one column at least.
    for _ in 0..columns.len() {
        let spare = space - widths.iter().sum::<f32>();
        let weight: f32 = sharing(&widths, &flexible).sum();
        if weight <= 0.0 || spare.abs() < 1.0 {
            break;
        }
        let mut settled = false;
        for ((width, least), flexible) in widths.iter_mut().zip(&least).zip(&mut flexible) {
            if *flexible {
                let wanted = *width + spare * *width / weight;
                if wanted < *least {
                    *flexible = false;
                    settled = true;
                }
                *width = wanted.max(*least).floor();
            }
        }
        if !settled {
            break;
        }
    }
    widths
}

/// Leaves out the columns that there is no room for, from the least priority up.
pub(super) fn make_room(columns: &mut Vec<&Column>, dragged: &BTreeMap<String, f32>, space: f32) {
    let needed = |columns: &[&Column]| -> f32 {
        let least = leasts(columns).into_iter().zip(columns);
        let dragged = |column: &Column| dragged.get(column.id).copied();
        least
            .map(|(least, column)| dragged(column).unwrap_or(least))
            .sum()
    };
    while needed(columns) > space {
        let Some(first) = first_to_go(columns) else {
            return;
        };
        columns.remove(first);
    }
}

/// The one of the least priority that may go; of equals, the one on the right.
fn first_to_go(columns: &[&Column]) -> Option<usize> {
    let may_go = columns.iter().enumerate().rev();
    let may_go = may_go.filter(|(_, column)| !column.required);
    may_go
        .min_by_key(|(_, column)| column.priority)
        .map(|(at, _)| at)
}

/// The width that each does not go under: whole for those before which another one can go.
fn leasts(columns: &[&Column]) -> Vec<f32> {
    let first = first_to_go(columns).map(|at| columns[at].priority);
    let least = |column: &&Column| match first {
        Some(first) if first < column.priority => column.whole,
        _ => column.min,
    };
    columns.iter().map(least).collect()
}

fn sharing<'a>(widths: &'a [f32], flexible: &'a [bool]) -> impl Iterator<Item = f32> + 'a {
    widths
        .iter()
        .zip(flexible)
        .filter_map(|(width, flexible)| flexible.then_some(*width))
}

/// Draws the header over columns of these widths, scrolled by `offset`; true when the sorting changed.
pub(super) fn show(
    ui: &mut Ui,
    id: Id,
    rect: Rect,
    columns: &[&Column],
    widths: &[f32],
    offset: f32,
    state: &mut TableState,
) -> bool {
    let theme = Theme::of(ui);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, theme.stroke());
    let mut child = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(rect)
            .accessibility_parent(id),
    );
    child.shrink_clip_rect(rect);
    let mut x = rect.left() - offset;
    let mut sorted = false;
    for (column, width) in columns.iter().zip(widths) {
        let place = Rect::from_min_size(pos2(x, rect.top()), vec2(*width, rect.height()));
        x += width;
        if !column.title.is_empty() {
            sorted |= title(&mut child, id, place, column, state);
        }
        if !column.fixed {
            edge(&mut child, id, place, column, state);
        }
    }
    sorted
}

fn title(ui: &mut Ui, id: Id, place: Rect, column: &Column, state: &mut TableState) -> bool {
    let theme = Theme::of(ui);
    let sense = if column.sortable {
        Sense::click()
    } else {
        Sense::hover()
    };
    let mut response = ui.interact(place, id.with(("header", column.id)), sense);
    let sort = state.sort.as_ref().filter(|sort| sort.column == column.id);
    let direction = sort.map(|sort| {
        if sort.descending {
            "descending"
        } else {
            "ascending"
        }
    });
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, ui.is_enabled(), column.title));
    if let Some(direction) = direction {
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_description(format!("sorted {direction}"));
        });
    }
    if !column.hint.is_empty() {
        response = response.on_hover_text(column.hint);
    }
    let color = if direction.is_some() || (column.sortable && response.hovered()) {
        theme.text
    } else {
        theme.muted
    };
    let inner = place.shrink2(vec2(space::M, 0.0));
    let arrow = direction.map_or(0.0, |_| 14.0);
    let mut job =
        LayoutJob::simple_singleline(column.title.to_owned(), fonts::medium(size::SMALL), color);
    job.wrap = TextWrapping::truncate_at_width((inner.width() - arrow).max(8.0));
    let galley = ui.painter().layout_job(job);
    let y = place.center().y - galley.size().y / 2.0;
    let left = if column.right {
        inner.right() - galley.size().x - arrow
    } else {
        inner.left()
    };
    let end = left + galley.size().x;
    ui.painter().galley(pos2(left, y), galley, color);
    if let Some(direction) = direction {
        let sign = if direction == "descending" {
            Icon::ARROW_DOWN
        } else {
            Icon::ARROW_UP
        };
        let at = pos2(end + 3.0, place.center().y);
        ui.painter().text(
            at,
            Align2::LEFT_CENTER,
            sign,
            fonts::icon(12.0),
            theme.accent,
        );
    }
    focus_ring(ui, place.shrink(1.0), &response);
    if response.clicked() {
        state.sort = next_sort(sort.cloned(), column);
        return true;
    }
    false
}

/// The first click sorts the way that is asked for most: names upwards, numbers downwards; the next turns it round.
fn next_sort(now: Option<Sort>, column: &Column) -> Option<Sort> {
    Some(Sort {
        column: column.id.to_owned(),
        descending: now.map_or(column.largest_first, |sort| !sort.descending),
    })
}

fn edge(ui: &mut Ui, id: Id, place: Rect, column: &Column, state: &mut TableState) {
    let grip = Rect::from_center_size(
        pos2(place.right(), place.center().y),
        vec2(8.0, place.height()),
    );
    let sense = Sense::DRAG | Sense::CLICK;
    let response = ui
        .interact(grip, id.with(("edge", column.id)), sense)
        .on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    if response.dragged() {
        let width = (place.width() + response.drag_delta().x).max(column.min);
        state.widths.insert(column.id.to_owned(), width);
    }
    if response.double_clicked() {
        state.widths.remove(column.id);
    }
    if response.hovered() || response.dragged() {
        let theme = Theme::of(ui);
        ui.painter()
            .vline(place.right() - 0.5, place.y_range(), (1.0, theme.accent));
    }
}

/// The menu that chooses which columns are shown.
pub fn columns_menu(ui: &mut Ui, columns: &[Column], state: &mut TableState) {
    for column in columns.iter().filter(|column| !column.title.is_empty()) {
        let mut shown = state.shows(column);
        let checkbox = egui::Checkbox::new(&mut shown, column.title);
        if ui.add_enabled(!column.required, checkbox).changed() {
            state.set_shown(column, shown);
        }
    }
    if state.no_room > 0 {
        let text = format!("No room for {} of them now", state.no_room);
        let color = Theme::of(ui).muted;
        ui.label(
            egui::RichText::new(text)
                .font(fonts::body(size::SMALL))
                .color(color),
        );
    }
    ui.separator();
    if Button::new("Reset widths").ghost().show(ui).clicked() {
        state.widths.clear();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column::icon("star", 28.0),
        Column::new("name", "Name", 200.0),
        Column::new("memory", "Memory", 100.0).right(),
    ];

    fn sized(dragged: &[(&str, f32)], space: f32) -> Vec<f32> {
        let columns: Vec<&Column> = COLUMNS.iter().collect();
        let dragged = dragged.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect();
        widths(&columns, &dragged, space)
    }

    #[test]
    fn spare_width_is_shared_in_proportion_and_icons_stay_narrow() {
        assert_eq!(sized(&[], 628.0), [28.0, 400.0, 200.0]);
    }

    #[test]
    fn a_dragged_width_stays() {
        assert_eq!(sized(&[("name", 150.0)], 628.0), [28.0, 150.0, 450.0]);
    }

    #[test]
    fn no_column_goes_under_its_least_width() {
        assert_eq!(sized(&[], 60.0), [28.0, 140.0, 100.0]);
    }

    #[test]
    fn what_has_the_least_priority_goes_first_and_what_is_required_stays() {
        let columns = [
            Column::new("name", "Name", 100.0).required(),
            Column::new("a", "A", 100.0).min(100.0).priority(8),
            Column::new("b", "B", 100.0).min(100.0),
            Column::new("c", "C", 100.0).min(100.0),
        ];
        let left = |space: f32| -> Vec<&str> {
            let mut shown: Vec<&Column> = columns.iter().collect();
            make_room(&mut shown, &BTreeMap::new(), space);
            shown.into_iter().map(|column| column.id).collect()
        };
        assert_eq!(left(370.0), ["name", "a", "b", "c"]);
        assert_eq!(left(369.0), ["name", "a", "b"]);
        assert_eq!(left(200.0), ["name", "a"]);
        assert_eq!(left(50.0), ["name"]);
    }

    #[test]
    fn what_matters_stays_whole_while_less_can_go_and_is_then_cut_rather_than_gone() {
        let columns = [
            Column::new("what", "What", 300.0)
                .min(100.0)
                .whole(200.0)
                .priority(8)
                .required(),
            Column::new("outcome", "Outcome", 100.0)
                .min(80.0)
                .priority(9),
            Column::new("note", "Note", 400.0).min(100.0).priority(2),
        ];
        let left = |space: f32| -> Vec<(&str, f32)> {
            let mut shown: Vec<&Column> = columns.iter().collect();
            make_room(&mut shown, &BTreeMap::new(), space);
            let widths = widths(&shown, &BTreeMap::new(), space);
            shown.iter().map(|column| column.id).zip(widths).collect()
        };
        let all = left(400.0);
        assert_eq!(all.len(), 3, "{all:?}");
        assert!(all[0].1 >= 200.0, "{all:?}");
        assert_eq!(left(379.0).len(), 2);
        assert_eq!(left(200.0), [("what", 120.0), ("outcome", 80.0)]);
    }

    #[test]
    fn names_give_way_before_numbers_do() {
        assert_eq!(sized(&[], 280.0), [28.0, 152.0, 100.0]);
    }

    #[test]
    fn numbers_are_first_sorted_downwards_and_names_upwards() {
        let first = |column| next_sort(None, column).unwrap().descending;
        assert!(first(&COLUMNS[2]));
        assert!(!first(&COLUMNS[1]));
        let again = next_sort(next_sort(None, &COLUMNS[1]), &COLUMNS[1]).unwrap();
        assert!(again.descending);
    }
}

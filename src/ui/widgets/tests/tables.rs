use std::borrow::Cow;

use egui::{Key, Role};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};

use super::window;
use crate::ui::widgets::table::{Column, Rows, Table, TableState};
use crate::ui::widgets::table_cell::Cell;

const COLUMNS: [Column; 3] = [
    Column::new("name", "Name", 200.0).required(),
    Column::new("memory", "Memory", 100.0).right(),
    Column::new("note", "Note", 100.0).hidden(),
];

struct Names(Vec<String>, usize);

impl Rows for Names {
    fn count(&self) -> usize {
        self.0.len()
    }
    fn name(&self, row: usize) -> Cow<'_, str> {
        Cow::Borrowed(&self.0[row])
    }
    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        self.1 += 1;
        match column {
            "name" => cell.name(&self.0[row]),
            _ => cell.text("128 MB"),
        }
    }
    fn has_menu(&self) -> bool {
        true
    }
    fn menu(&mut self, row: usize, ui: &mut egui::Ui) {
        ui.label(format!("Menu of {}", self.0[row]));
    }
}

struct Panel {
    table: TableState,
    rows: Names,
    activated: Option<usize>,
    visible: std::ops::Range<usize>,
    sorted: usize,
}

fn panel(count: usize) -> Harness<'static, Panel> {
    let names = (0..count).map(|i| format!("function-{i:05}")).collect();
    let panel = Panel {
        table: TableState::default(),
        rows: Names(names, 0),
        activated: None,
        visible: 0..0,
        sorted: 0,
    };
    window(panel, |ui, panel| {
        panel.rows.1 = 0;
        let table = Table::new("Functions", &COLUMNS, &mut panel.table);
        let output = table.show(ui, &mut panel.rows);
        panel.activated = panel.activated.or(output.activated);
        panel.visible = output.visible;
        panel.sorted += usize::from(output.sorted);
    })
}

#[test]
fn only_the_rows_on_screen_are_drawn_of_ten_thousand() {
    let harness = panel(10_000);
    let panel = harness.state();
    assert_eq!(panel.visible.start, 0);
    assert!(
        (16..22).contains(&panel.visible.len()),
        "{:?}",
        panel.visible
    );
    assert_eq!(panel.rows.1, panel.visible.len() * 2);
}

#[test]
fn a_row_is_found_by_its_name_and_says_its_other_cells() {
    let harness = panel(3);
    let row = harness.get_by_role_and_label(Role::Row, "function-00001");
    let node = row.accesskit_node();
    assert_eq!(
        node.description().as_deref(),
        Some("function-00001, 128 MB")
    );
}

#[test]
fn a_click_selects_and_a_double_click_opens() {
    let mut harness = panel(10);
    harness
        .get_by_role_and_label(Role::Row, "function-00004")
        .click();
    harness.step();
    assert_eq!(harness.state().table.selected, Some(4));
    assert_eq!(harness.state().activated, None);
    let row = harness.get_by_role_and_label(Role::Row, "function-00004");
    row.click();
    harness.run();
    assert_eq!(harness.state().activated, Some(4));
}

#[test]
fn arrows_pages_and_ends_move_the_selection_and_enter_opens() {
    let mut harness = panel(1000);
    for key in [Key::ArrowDown, Key::ArrowDown, Key::ArrowDown, Key::ArrowUp] {
        harness.key_press(key);
        harness.run();
    }
    assert_eq!(harness.state().table.selected, Some(1));
    harness.key_press(Key::End);
    harness.run();
    assert_eq!(harness.state().table.selected, Some(999));
    assert_eq!(
        harness.state().visible.end,
        1000,
        "the selection is brought into view"
    );
    harness.key_press(Key::PageUp);
    harness.run();
    let after_page = harness.state().table.selected.unwrap();
    assert!((975..995).contains(&after_page), "{after_page}");
    harness.key_press(Key::Home);
    harness.run();
    assert_eq!(harness.state().table.selected, Some(0));
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().activated, Some(0));
}

#[test]
fn the_selection_follows_its_row_when_the_rows_change() {
    let mut harness = panel(10);
    harness
        .get_by_role_and_label(Role::Row, "function-00007")
        .click();
    harness.run();
    harness.state_mut().rows.0.reverse();
    harness.run();
    assert_eq!(harness.state().table.selected, Some(2));
    harness
        .state_mut()
        .rows
        .0
        .retain(|name| name != "function-00007");
    harness.run();
    assert_eq!(harness.state().table.selected, None);
}

#[test]
fn a_click_on_a_header_sorts_and_the_next_turns_it_round() {
    let mut harness = panel(3);
    for (descending, clicks) in [(true, 1), (false, 2)] {
        harness
            .get_by_role_and_label(Role::ColumnHeader, "Memory")
            .click();
        harness.run();
        let sort = harness.state().table.sort.clone().unwrap();
        assert_eq!(
            (sort.column.as_str(), sort.descending),
            ("memory", descending)
        );
        assert_eq!(harness.state().sorted, clicks);
    }
}

#[test]
fn a_hidden_column_shows_when_it_is_chosen() {
    let mut harness = panel(3);
    assert!(harness.query_by_label("Note").is_none());
    harness.state_mut().table.set_shown(&COLUMNS[2], true);
    harness.run();
    harness.get_by_role_and_label(Role::ColumnHeader, "Note");
    harness.state_mut().table.set_shown(&COLUMNS[1], false);
    harness.run();
    assert!(harness.query_by_label("Memory").is_none());
}

#[test]
fn an_edge_that_is_dragged_makes_its_column_wider() {
    let mut harness = panel(3);
    let before = harness
        .get_by_role_and_label(Role::ColumnHeader, "Name")
        .rect();
    let edge = before.right_center();
    harness.drag_at(edge);
    harness.step();
    harness.hover_at(edge + egui::vec2(40.0, 0.0));
    harness.step();
    harness.drop_at(edge + egui::vec2(40.0, 0.0));
    harness.run();
    let after = harness
        .get_by_role_and_label(Role::ColumnHeader, "Name")
        .rect();
    assert!(
        after.width() > before.width() + 20.0,
        "{before:?} {after:?}"
    );
    assert!(harness.state().table.widths.contains_key("name"));
}

#[test]
fn a_right_click_opens_the_rows_menu() {
    let mut harness = panel(3);
    harness
        .get_by_role_and_label(Role::Row, "function-00002")
        .click_secondary();
    harness.run();
    harness.get_by_label("Menu of function-00002");
    assert_eq!(harness.state().table.selected, Some(2));
}

#[test]
fn what_is_worth_keeping_of_a_table_survives_a_restart() {
    let mut state = TableState::default();
    state.set_shown(&COLUMNS[2], true);
    state.widths.insert("name".into(), 321.0);
    state.select(4, "x");
    let text = serde_json::to_string(&state).unwrap();
    let back: TableState = serde_json::from_str(&text).unwrap();
    assert_eq!(back.widths, state.widths);
    assert!(back.shows(&COLUMNS[2]));
    assert_eq!(back.selected, None, "rows of another run are other rows");
}

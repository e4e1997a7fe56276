use egui::Ui;
use egui::{Key, Role, pos2, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};

use super::window;
use crate::model::format::Zone;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::code::{CodeEditor, Language, MOST_BYTES};
use crate::ui::widgets::json::JsonTree;
use crate::ui::widgets::log_view::{LogRow, LogRows, LogTone, LogView};

struct Numbered {
    first: u64,
    count: usize,
    message: String,
}

impl LogRows for Numbered {
    fn len(&self) -> usize {
        self.count
    }
    fn row(&self, index: usize) -> Option<LogRow<'_>> {
        (index < self.count).then(|| LogRow {
            number: self.first + index as u64,
            time: 1_795_000_000_000 + index as i64,
            tone: LogTone::Info,
            word: "INFO",
            message: &self.message,
        })
    }
}

struct Log {
    view: LogView,
    rows: Numbered,
    visible: std::ops::Range<usize>,
    new: Option<usize>,
}

fn log(count: usize) -> Harness<'static, Log> {
    let rows = Numbered {
        first: 0,
        count,
        message: "order {\"id\": 8841}".into(),
    };
    let log = Log {
        view: LogView::default(),
        rows,
        visible: 0..0,
        new: None,
    };
    window(log, |ui, log| {
        // It stands in a place of its own, as at the foot of a log.
        ui.horizontal(|ui| {
            ui.set_min_height(32.0);
            log.view.follow_button(ui, log.new);
        });
        let output = log.view.show(ui, "Log", &log.rows, &Zone::Utc);
        (log.visible, log.new) = (output.visible, output.new);
    })
}

#[test]
fn a_log_of_a_million_lines_starts_at_its_end_and_draws_a_page() {
    let harness = log(1_000_000);
    let visible = &harness.state().visible;
    assert_eq!(visible.end, 1_000_000);
    assert!(visible.len() <= 31, "{visible:?}");
    harness.get_by_role_and_label(Role::Log, "Log");
}

#[test]
fn a_log_follows_new_lines_until_somebody_scrolls_up() {
    let mut harness = log(1000);
    harness.state_mut().rows.count = 1010;
    harness.run();
    assert_eq!(harness.state().visible.end, 1010);
    harness.hover_at(pos2(400.0, 300.0));
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Page,
        delta: vec2(0.0, 2.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: egui::Modifiers::NONE,
    });
    harness.run();
    assert!(!harness.state().view.follows());
    let before = harness.state().visible.clone();
    harness.state_mut().rows.count = 1015;
    harness.run();
    assert_eq!(harness.state().visible, before, "it stays where it was");
    harness.run();
    harness
        .get_by_role_and_label(Role::Button, "5 new lines")
        .click();
    harness.run();
    assert!(harness.state().view.follows());
    assert_eq!(harness.state().visible.end, 1015);
}

#[test]
fn a_paused_log_stays_on_its_line_when_older_lines_are_dropped() {
    let mut harness = log(1000);
    harness.state_mut().view.go_to(500);
    harness.run();
    let before = harness.state().visible.start as u64;
    harness.state_mut().rows.first = 100;
    harness.state_mut().rows.count = 900;
    harness.run();
    let after = harness.state().visible.start as u64 + 100;
    assert_eq!(after, before);
}

#[test]
fn enter_opens_the_selected_line_and_unfolds_its_json() {
    let mut harness = log(100);
    let line = harness
        .get_all_by_role_and_label(Role::ListItem, "INFO order {\"id\": 8841}")
        .nth(5)
        .unwrap();
    line.click();
    harness.run();
    let before = harness.state().visible.len();
    harness.key_press(Key::Enter);
    harness.run();
    assert!(
        harness.state().visible.len() < before,
        "its JSON takes room"
    );
}

/// Rows of which every second one is hidden by a filter.
struct Halved(Numbered);

impl LogRows for Halved {
    fn len(&self) -> usize {
        self.0.count
    }
    fn row(&self, index: usize) -> Option<LogRow<'_>> {
        let row = self.0.row(index)?;
        Some(LogRow {
            number: row.number * 2,
            ..row
        })
    }
}

#[test]
fn lines_that_are_unfolded_and_then_filtered_out_take_no_room() {
    let mut harness = log(100);
    harness.state_mut().view.go_to(11);
    harness.run();
    harness.get_by_role(Role::Log).focus();
    for _ in 0..3 {
        harness.key_press(Key::Enter);
        harness.run();
        harness.key_press(Key::ArrowDown);
        harness.key_press(Key::ArrowDown);
        harness.run();
    }
    // 11, 13 and 15 are unfolded; only even numbers are left.
    let state = std::mem::replace(harness.state_mut(), empty_log());
    let rows = Halved(Numbered {
        first: 0,
        count: 20,
        ..state.rows
    });
    let halved = (state.view, rows, 0..0);
    let mut harness = window(halved, |ui, (view, rows, visible)| {
        *visible = view.show(ui, "Log", rows, &Zone::Utc).visible;
    });
    harness.run();
    assert_eq!(harness.state().2, 0..20, "all of them are on screen");
}

fn empty_log() -> Log {
    Log {
        view: LogView::default(),
        rows: Numbered {
            first: 0,
            count: 0,
            message: String::new(),
        },
        visible: 0..0,
        new: None,
    }
}

fn copied(harness: &Harness<'_, Log>) -> String {
    let commands = &harness.output().platform_output.commands;
    let copied = commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    copied.unwrap_or_default()
}

fn selected(harness: &Harness<'_, Log>) -> usize {
    let lines = harness.get_all_by_role(Role::ListItem);
    lines
        .filter(|line| line.accesskit_node().is_selected() == Some(true))
        .count()
}

fn line<'a>(harness: &'a Harness<'_, Log>, at: usize) -> egui_kittest::Node<'a> {
    harness.get_all_by_role(Role::ListItem).nth(at).unwrap()
}

#[test]
fn shift_and_arrows_select_several_lines_which_are_copied_together() {
    let mut harness = log(100);
    line(&harness, 4).click();
    harness.run();
    for _ in 0..2 {
        harness.key_press_modifiers(egui::Modifiers::SHIFT, Key::ArrowDown);
        harness.run();
    }
    assert_eq!(selected(&harness), 3);
    harness.event(egui::Event::Copy);
    harness.step();
    assert_eq!(copied(&harness).lines().count(), 3);
    harness.run();
    let told = |harness: &Harness<'_, Log>| harness.state().view.selection_words();
    assert_eq!(told(&harness).as_deref(), Some("3 lines copied"));
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(selected(&harness), 1);
    assert_eq!(told(&harness), None, "one line tells itself");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    harness.run();
    assert_eq!(told(&harness).as_deref(), Some("100 selected"));
    harness.event(egui::Event::Copy);
    harness.step();
    assert_eq!(
        copied(&harness).lines().count(),
        100,
        "also those off the screen"
    );
}

#[test]
fn shift_and_a_click_select_up_to_there_and_so_does_drawing_over_lines() {
    let mut harness = log(100);
    line(&harness, 3).click();
    harness.run();
    line(&harness, 7).click_modifiers(egui::Modifiers::SHIFT);
    harness.run();
    assert_eq!(selected(&harness), 5);
    let [from, to] = [10, 12].map(|at| line(&harness, at).rect().center());
    harness.drag_at(from);
    harness.run();
    harness.hover_at(to);
    harness.run();
    harness.drop_at(to);
    harness.run();
    assert_eq!(selected(&harness), 3);
}

#[test]
fn a_log_that_wraps_shows_the_end_of_a_long_line() {
    let mut harness = log(50);
    let long = format!("{} the end", "word ".repeat(60));
    harness.state_mut().rows.message = long;
    harness.state_mut().view.wrap = true;
    harness.run();
    let visible = &harness.state().visible;
    assert_eq!(visible.end, 50);
    assert!(visible.len() < 15, "a line takes several: {visible:?}");
    harness.key_press(Key::Tab);
    harness.run();
}

#[test]
fn json_is_checked_while_it_is_typed() {
    let state = (CodeEditor::default(), "{".to_owned());
    let mut harness = window(state, |ui, (editor, text)| {
        editor.show(ui, "Event", text, Language::Json, 200.0);
    });
    harness.get_by_label_contains("line 1, column 1");
    let field = harness.get_by_label("Event");
    field.focus();
    harness.run();
    harness.get_by_label("Event").type_text("}");
    harness.run();
    assert_eq!(harness.state().1, "{}");
    assert!(harness.query_by_label_contains("line 1").is_none());
}

/// A screen of which more becomes known while somebody uses it.
#[derive(Default)]
struct Growing {
    more: bool,
    editor: CodeEditor,
    text: String,
    pressed: bool,
}

fn growing(ui: &mut Ui, state: &mut Growing) {
    ui.horizontal(|ui| {
        ui.set_height(30.0);
        state.pressed |= Button::new("Invoke").show(ui).clicked();
    });
    let place = ui.max_rect().with_min_y(200.0);
    if state.more {
        ui.label("It is known now");
    }
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place));
    let Growing { editor, text, .. } = state;
    editor.show(&mut child, "Event", text, Language::Json, 200.0);
}

#[test]
fn what_becomes_known_above_takes_no_keys_from_whoever_types() {
    let mut harness = window(Growing::default(), growing);
    harness.get_by_label("Event").focus();
    harness.run();
    harness.event(egui::Event::Text("[1".to_owned()));
    harness.run();
    harness.state_mut().more = true;
    harness.run();
    harness.event(egui::Event::Text("]".to_owned()));
    harness.run();
    assert_eq!(harness.state().text, "[1]");
}

#[test]
fn a_press_is_not_lost_when_something_appears_before_it_is_let_go() {
    let mut harness = window(Growing::default(), |ui, state| {
        if state.more {
            // It takes no room, and is counted all the same.
            ui.allocate_exact_size(egui::Vec2::ZERO, egui::Sense::hover());
        }
        growing(ui, state);
    });
    let at = harness.get_by_label("Invoke").rect().center();
    let button = |pressed| egui::Event::PointerButton {
        pos: at,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    harness.event(egui::Event::PointerMoved(at));
    harness.event(button(true));
    harness.step();
    harness.state_mut().more = true;
    harness.event(button(false));
    harness.run();
    assert!(harness.state().pressed);
}

#[test]
fn a_text_that_is_too_large_is_not_laid_out() {
    let state = (CodeEditor::default(), "x".repeat(MOST_BYTES + 1));
    let harness = window(state, |ui, (editor, text)| {
        editor.show(ui, "Event", text, Language::Json, 200.0);
    });
    harness.get_by_label("This text has 512 KB");
    assert!(harness.query_by_role(Role::MultilineTextInput).is_none());
}

#[test]
fn a_branch_of_json_unfolds_with_a_click() {
    let value = serde_json::json!({"a": {"b": {"c": 1}}});
    let mut harness = window(JsonTree::new(&value), |ui, tree| {
        tree.show(ui, "result", 300.0, || "{}".into());
    });
    assert!(harness.query_by_label("c 1").is_none());
    harness
        .get_by_role_and_label(Role::TreeItem, "b { 1 field }")
        .click();
    harness.run();
    harness.get_by_label("c 1");
}

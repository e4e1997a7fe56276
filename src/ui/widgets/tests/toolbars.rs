use egui::{Key, Rect, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use crate::ui::icons::Icon;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::toolbar::{Look, Toolbar};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Shape(u8),
    Level(u8),
    Csv,
    Delete,
    Create,
}

#[derive(Default)]
struct State {
    filter: String,
    shape: u8,
    done: Vec<Act>,
}

/// Everything that a toolbar can hold.
fn bar(ui: &mut egui::Ui, state: &mut State) {
    let csv = Button::new("CSV").icon(Icon::DOWNLOAD).name("Export CSV");
    let output = Toolbar::new("Bar")
        .inset(12.0)
        .heading("payments-capture", 60.0)
        .text("python3.13", Look::Tag)
        .text("Update failed", Look::State(Tone::Err))
        .rank(9)
        .filter("Filter", "name", &mut state.filter, 90.0..=320.0)
        .menu("Level", "All levels", |ui| {
            ui.button("ERROR").clicked().then_some(Act::Level(1))
        })
        .choice(
            "Shape",
            &state.shape,
            [(0, "Lines"), (1, "Invocations")],
            Act::Shape,
        )
        .text("248 functions", Look::Muted)
        .space()
        .button(csv, Act::Csv)
        .more_here()
        .button(Button::new("Delete…").icon(Icon::TRASH_2), Act::Delete)
        .tucked()
        .button(
            Button::new("Create").icon(Icon::PLUS).primary(),
            Act::Create,
        )
        .stays()
        .show(ui);
    if let Some(act) = output.pressed {
        state.done.push(act);
        if let Act::Shape(shape) = act {
            state.shape = shape;
        }
    }
}

fn window(width: f32) -> Harness<'static, State> {
    let mut harness = Harness::builder()
        .with_size([width, 300.0])
        .with_step_dt(1.0 / 60.0)
        .with_max_steps(60)
        .with_context_setup(crate::ui::dress)
        .build_ui_state(bar, State::default());
    harness.run();
    harness
}

/// Everything in the bar that has a name, with its place.
fn places(harness: &Harness<'_, State>) -> Vec<(String, Rect)> {
    let all = harness.query_all(egui_kittest::kittest::By::new());
    all.filter(|node| {
        let role = node.accesskit_node().role();
        matches!(
            role,
            Role::Button | Role::RadioButton | Role::TextInput | Role::Label
        )
    })
    .filter_map(|node| {
        let node_name = node.accesskit_node();
        let name = node_name.label().or_else(|| node_name.value())?;
        Some((name, node.rect()))
    })
    .collect()
}

#[test]
fn nothing_overlaps_or_is_outside_at_any_width() {
    for width in (372..1_200).step_by(7) {
        let harness = window(width as f32);
        let places = places(&harness);
        assert!(places.iter().any(|(name, _)| name == "Create"), "{width}");
        for (name, rect) in &places {
            let inside = rect.left() >= 0.0 && rect.right() <= width as f32 + 0.5;
            assert!(inside, "{width}: {name} is at {rect:?}");
        }
        for (at, (name, rect)) in places.iter().enumerate() {
            for (other, place) in &places[at + 1..] {
                let shared = rect.shrink(0.5).intersect(place.shrink(0.5));
                // What belongs to a field or a button lies upon it.
                let within = rect.contains_rect(*place) || place.contains_rect(*rect);
                assert!(
                    !shared.is_positive() || within,
                    "{width}: {name} {rect:?} and {other} {place:?}"
                );
            }
        }
    }
}

#[test]
fn a_frame_after_another_width_is_drawn_right_at_once() {
    let mut harness = window(1_100.0);
    harness.set_size(egui::vec2(400.0, 300.0));
    harness.step();
    let first = places(&harness);
    harness.step();
    assert_eq!(first, places(&harness), "the second frame changed nothing");
}

#[test]
fn what_is_measured_is_what_is_drawn() {
    let mut harness = Harness::builder()
        .with_size([900.0, 300.0])
        .with_context_setup(crate::ui::dress)
        .build_ui_state(
            |ui, wrong: &mut Vec<String>| {
                let buttons = || {
                    [
                        Button::new("Review changes").primary(),
                        Button::new("CSV").icon(Icon::DOWNLOAD),
                        Button::new("Delete…").danger().icon(Icon::TRASH_2),
                        Button::new("AWS CLI").ghost(),
                        Button::icon_only(Icon::COPY, "Copy"),
                    ]
                };
                wrong.clear();
                for compact in [false, true] {
                    for (button, same) in buttons().into_iter().zip(buttons()) {
                        let (full, narrow) = same.widths(ui);
                        let wanted = if compact { narrow } else { full };
                        let name = same.accessible_name();
                        let drawn = button.compact(compact).show(ui).rect.width();
                        if (drawn - wanted).abs() > 1.0 {
                            wrong.push(format!("{name}: {wanted} measured, {drawn} drawn"));
                        }
                    }
                }
            },
            Vec::new(),
        );
    harness.run();
    assert_eq!(harness.state(), &Vec::<String>::new());
}

#[test]
fn words_give_way_to_icons_which_keep_their_names() {
    let harness = window(1_200.0);
    let wide = harness.get_by_role_and_label(Role::Button, "Export CSV");
    let narrower = window(640.0);
    let narrow = narrower.get_by_role_and_label(Role::Button, "Export CSV");
    assert!(narrow.rect().width() < wide.rect().width() - 20.0);
    narrower.get_by_role_and_label(Role::Button, "Shape: Lines");
}

#[test]
fn what_has_no_room_is_in_the_menu_and_the_keyboard_gets_there() {
    let mut harness = window(372.0);
    assert!(harness.query_by_label("Export CSV").is_none());
    harness.get_by_label("More").focus();
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    harness.get_by_label("Export CSV").focus();
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().done, [Act::Csv]);
    // A menu works from there as it does in the bar; a choice yields to a drop-down before that.
    harness.get_by_label("Shape: Lines").click();
    harness.run();
    harness.get_by_label_contains("Invocations").click();
    harness.run();
    harness.get_by_label("More").click();
    harness.run();
    harness.get_by_label_contains("Level: All levels").click();
    harness.run();
    harness.get_by_label("ERROR").click();
    harness.run();
    assert_eq!(
        harness.state().done,
        [Act::Csv, Act::Shape(1), Act::Level(1)]
    );
}

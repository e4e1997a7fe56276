//! Where the keyboard goes: on from an editor that was left with Esc, back from a dialog, into view, in the eye's order, and
//! once to each group.

use egui::{Key, Modifiers, Role, ScrollArea, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};

use super::window;
use crate::model::plan::{Plan, Risk};
use crate::ui::keyboard;
use crate::ui::theme::DARK;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::code::{CodeEditor, Language};
use crate::ui::widgets::confirm::{Answer, Review, ask, footer, review};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::segmented::{segmented, sub_tabs};
use crate::ui::widgets::toast::Toasts;
use crate::ui::widgets::toolbar::{Look, Toolbar};

/// The names of what has the keyboard after each of so many Tabs.
fn stops<S>(harness: &mut Harness<'_, S>, count: usize, modifiers: Modifiers) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..count {
        harness.key_press_modifiers(modifiers, Key::Tab);
        harness.run();
        names.push(focused(harness));
    }
    names
}

/// What has the keyboard, by its name.
fn focused<S>(harness: &Harness<'_, S>) -> String {
    let node = harness.query_all(egui_kittest::kittest::by().predicate(|node| node.is_focused()));
    node.filter_map(|node| node.accesskit_node().label())
        .next()
        .unwrap_or_default()
}

fn with_editor() -> Harness<'static, (CodeEditor, String)> {
    let state = (CodeEditor::default(), "{\n  \"a\": 1\n}".to_owned());
    window(state, |ui, (editor, text)| {
        Button::new("Top").show(ui);
        Button::new("Before").show(ui);
        editor.show(ui, "Event JSON", text, Language::Json, 200.0);
        Button::new("Behind").show(ui);
        Button::new("Last").show(ui);
    })
}

#[test]
fn after_escape_tab_goes_on_behind_the_editor_and_shift_tab_before_it() {
    for (modifiers, wanted) in [
        (Modifiers::NONE, ["Behind", "Last"]),
        (Modifiers::SHIFT, ["Before", "Top"]),
    ] {
        let mut harness = with_editor();
        harness.get_by_label("Event JSON").focus();
        harness.run();
        let node = harness.get_by_label("Event JSON");
        let told = node.accesskit_node().description();
        assert_eq!(told.as_deref(), Some("Esc, then Tab leaves"));
        harness.key_press(Key::Escape);
        harness.run();
        assert_eq!(stops(&mut harness, 2, modifiers), wanted);
        let text = &harness.state().1;
        assert_eq!(text, "{\n  \"a\": 1\n}", "the key itself is not typed");
    }
}

#[test]
fn tab_leads_on_from_a_text_that_is_only_read() {
    let mut harness = window(CodeEditor::default(), |ui, editor| {
        editor.show_read_only(ui, "Text of app.py", "a\nb", Language::Python, 100.0);
        Button::new("Behind").show(ui);
    });
    harness.get_by_label("Text of app.py").focus();
    harness.run();
    assert_eq!(stops(&mut harness, 1, Modifiers::NONE), ["Behind"]);
}

fn plan(risk: Risk) -> Plan {
    Plan {
        title: "Do it".into(),
        target: "arn:aws:lambda:eu-west-1:123456789012:function:orders-api".into(),
        risk,
        differences: Vec::new(),
        cli: String::new(),
    }
}

/// A page with a button that opens a dialog; what the dialog answered.
#[derive(Default)]
struct Page {
    review: Option<(Plan, Review)>,
    asking: bool,
    answer: Option<Answer>,
}

fn page(risk: Option<Risk>) -> Harness<'static, Page> {
    window(Page::default(), move |ui, page| {
        Button::new("First").show(ui);
        if Button::new("Review changes").show(ui).clicked() {
            match risk {
                Some(risk) => page.review = Some((plan(risk), Review::default())),
                None => page.asking = true,
            }
        }
        if let Some((plan, state)) = &mut page.review
            && let Some(answer) = review(ui.ctx(), plan, state, Ok(()), None)
        {
            page.answer = Some(answer);
            page.review = None;
        }
        if page.asking
            && let Some(answer) = ask(ui.ctx(), "Close the tab?", "", "Close", "Stay")
        {
            page.answer = Some(answer);
            page.asking = false;
        }
    })
}

#[test]
fn a_dialog_begins_where_nothing_is_hurt_and_gives_the_keyboard_back() {
    for (risk, begins) in [
        (Some(Risk::Safe), "Do it"),
        (Some(Risk::Changes), "Cancel"),
        (Some(Risk::Destroys), "Type orders-api to confirm"),
        (None, "Stay"),
    ] {
        let mut harness = page(risk);
        harness.get_by_label("Review changes").focus();
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(focused(&harness), begins, "{risk:?}");
        harness.key_press(Key::Escape);
        harness.run();
        assert_eq!(harness.state().answer, Some(Answer::Cancel));
        assert_eq!(focused(&harness), "Review changes", "{risk:?}");
    }
}

#[test]
fn the_keyboard_comes_back_also_from_what_was_pressed_in_the_dialog() {
    let mut harness = page(Some(Risk::Safe));
    harness.get_by_label("Review changes").focus();
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().answer, Some(Answer::Apply));
    assert_eq!(focused(&harness), "Review changes");
}

#[test]
fn control_and_enter_applies_while_cancel_has_the_keyboard() {
    let mut harness = page(Some(Risk::Changes));
    harness.get_by_label("Review changes").click();
    harness.run();
    assert_eq!(focused(&harness), "Cancel");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run();
    assert_eq!(harness.state().answer, Some(Answer::Apply));
}

#[test]
fn what_tab_comes_to_is_scrolled_into_view_and_wears_the_ring() {
    let mut harness = window((), |ui, ()| {
        ScrollArea::vertical().max_height(200.0).show(ui, |ui| {
            for number in 0..30 {
                Button::new(&format!("Button {number}")).show(ui);
            }
            // A control of egui's own, that draws no ring.
            let mut on = false;
            ui.checkbox(&mut on, "Starts read-only");
        });
    });
    harness.get_by_label("Button 0").focus();
    harness.run();
    stops(&mut harness, 20, Modifiers::NONE);
    assert_eq!(focused(&harness), "Button 20");
    let shown = |harness: &Harness<'_, ()>, name: &str| harness.get_by_label(name).rect();
    let place = shown(&harness, "Button 20");
    assert!(place.top() >= 0.0 && place.bottom() <= 208.0, "{place:?}");
    stops(&mut harness, 10, Modifiers::NONE);
    assert_eq!(focused(&harness), "Starts read-only");
    let place = shown(&harness, "Starts read-only");
    assert!(place.top() >= 0.0 && place.bottom() <= 208.0, "{place:?}");
    assert_eq!(rings(&harness), 1);
    // Backwards too.
    stops(&mut harness, 30, Modifiers::SHIFT);
    assert_eq!(focused(&harness), "Button 0");
    assert!(shown(&harness, "Button 0").top() >= 0.0);
    assert_eq!(rings(&harness), 1);
}

#[test]
fn an_editor_says_in_its_corner_how_it_is_left_also_where_a_line_is_longer_than_it() {
    let state = (CodeEditor::default(), "x".repeat(4_000));
    let mut harness = window(state, |ui, (editor, text)| {
        ui.set_width(400.0);
        editor.show(ui, "Event JSON", text, Language::Plain, 200.0);
    });
    harness.get_by_label("Event JSON").focus();
    harness.run();
    let shapes = harness.output().shapes.iter();
    let mut hint = shapes.filter_map(|clipped| match &clipped.shape {
        egui::Shape::Text(text) if text.galley.text() == "Esc, then Tab leaves" => {
            Some(text.visual_bounding_rect())
        }
        _ => None,
    });
    let hint = hint.next().unwrap();
    assert!(hint.right() < 420.0 && hint.bottom() < 220.0, "{hint}");
}

/// How many rings of the keyboard are on the screen.
fn rings<S>(harness: &Harness<'_, S>) -> usize {
    let accent = DARK.accent;
    let shapes = harness.output().shapes.iter();
    let ring = |shape: &egui::Shape| matches!(shape, egui::Shape::Rect(rect) if rect.stroke.width == 2.0 && rect.stroke.color == accent);
    shapes.filter(|clipped| ring(&clipped.shape)).count()
}

#[test]
fn a_group_is_one_stop_and_the_arrows_choose_in_it() {
    let state = (0, 1, 0);
    let mut harness = window(state, |ui, (part, shape, drawn)| {
        *drawn += 1;
        Button::new("Before").show(ui);
        sub_tabs(ui, part, &[(0, "Overview"), (1, "Test"), (2, "Logs")]);
        segmented(ui, "Shape", shape, &[(0, "Lines"), (1, "Invocations")]);
        Button::new("Behind").show(ui);
    });
    let wanted = ["Before", "Overview", "Invocations", "Behind"];
    assert_eq!(stops(&mut harness, 4, Modifiers::NONE), wanted);
    harness.get_by_role_and_label(Role::Tab, "Overview").focus();
    harness.run();
    for (key, part, name) in [
        (Key::ArrowRight, 1, "Test"),
        (Key::ArrowRight, 2, "Logs"),
        (Key::ArrowRight, 0, "Overview"),
        (Key::ArrowLeft, 2, "Logs"),
    ] {
        harness.key_press(key);
        harness.run();
        assert_eq!(
            (harness.state().0, focused(&harness).as_str()),
            (part, name)
        );
    }
    assert_eq!(
        stops(&mut harness, 2, Modifiers::NONE),
        ["Invocations", "Behind"]
    );
}

#[test]
fn tab_comes_to_buttons_from_left_to_right() {
    let mut harness = window((), |ui, ()| {
        let bar = Toolbar::new("The function")
            .text("orders-api", Look::Heading)
            .space()
            .button(Button::new("Refresh"), 0)
            .more_here()
            .button(Button::new("Copy name"), 1)
            .tucked()
            .button(Button::new("Test"), 2)
            .stays();
        bar.show(ui);
        footer(ui, |ui| {
            Button::new("Cancel").show(ui);
            Button::new("Apply").show(ui);
        });
    });
    let names = ["Refresh", "More", "Test", "Cancel", "Apply"];
    assert_eq!(stops(&mut harness, 5, Modifiers::NONE), names);
    let left = |name: &str| harness.get_by_label(name).rect().left();
    assert!(left("Refresh") < left("More") && left("More") < left("Test"));
    assert!(left("Cancel") < left("Apply"));
    let end = harness.get_by_label("Apply").rect().right();
    assert!((890.0..=900.0).contains(&end), "{end}: at the right end");
}

#[test]
fn a_messages_undo_comes_before_its_cross() {
    let mut toasts = Toasts::default();
    toasts.changed("Deleted", "orders-api", "", Some(("Undo", 7)));
    let mut harness = window(toasts, |ui, toasts| {
        toasts.show(ui.ctx());
    });
    let names = ["Undo: Deleted", "Close: Deleted"];
    assert_eq!(stops(&mut harness, 2, Modifiers::NONE), names);
}

#[test]
fn what_has_the_keyboard_wears_one_ring_whoever_draws_it() {
    let mut harness = window(false, |ui, on| {
        ui.set_width(300.0);
        Button::new("Ours").show(ui);
        ui.checkbox(on, "egui's");
        let (rect, _) = ui.allocate_exact_size(vec2(40.0, 40.0), egui::Sense::hover());
        let id = ui.make_persistent_id("drawn");
        let own = ui.interact(rect, id, egui::Sense::click());
        own.widget_info(|| egui::WidgetInfo::labeled(Role::Button, true, "Drawn by hand"));
        keyboard::focus_ring(ui, rect, &own);
    });
    for name in ["Ours", "egui's", "Drawn by hand"] {
        harness.get_by_label(name).focus();
        harness.run();
        assert_eq!(rings(&harness), 1, "{name}");
    }
}

#[test]
fn a_menu_takes_the_keyboard_in_and_gives_it_back() {
    let mut harness = window("none", |ui, chosen| {
        Button::new("Before").show(ui);
        drop_down(ui, "Range", "3 h", |ui| {
            for text in ["1 h", "3 h", "1 d"] {
                if entry(ui, text == "3 h", text, "") {
                    *chosen = text;
                }
            }
        });
        Button::new("After").show(ui);
    });
    let press = |harness: &mut Harness<'_, &str>, key: Key| {
        harness.key_press(key);
        harness.run();
    };
    let names = ["Before", "Range: 3 h"];
    assert_eq!(stops(&mut harness, 2, Modifiers::NONE), names);
    press(&mut harness, Key::Enter);
    assert_eq!(focused(&harness), "3 h", "it begins at what is chosen");
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::Enter);
    assert_eq!(*harness.state(), "1 d");
    assert_eq!(focused(&harness), "Range: 3 h");
    press(&mut harness, Key::Enter);
    press(&mut harness, Key::Escape);
    assert!(harness.query_by_label("1 h").is_none(), "it is closed");
    assert_eq!(focused(&harness), "Range: 3 h");
}

#[test]
fn a_menu_begins_at_what_is_chosen() {
    let mut harness = window((), |ui, ()| {
        drop_down(ui, "Runtime", "python3.13", |ui| {
            for runtime in ["nodejs24.x", "python3.14", "python3.13", "ruby3.4"] {
                entry(ui, runtime == "python3.13", runtime, "");
            }
        });
    });
    harness.get_by_label("Runtime: python3.13").focus();
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(focused(&harness), "python3.13");
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(focused(&harness), "Runtime: python3.13");
}

#[test]
fn the_keyboard_goes_with_a_choice_that_was_made_elsewhere() {
    let mut harness = window(0_usize, |ui, chosen| {
        if ui.input_mut(|input| input.consume_key(Modifiers::ALT, Key::Num3)) {
            *chosen = 2;
        }
        let parts = [(0, "Overview"), (1, "Test"), (2, "Configuration")];
        segmented(ui, "Parts", chosen, &parts);
        Button::new("Behind").show(ui);
    });
    harness.get_by_label("Overview").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::ALT, Key::Num3);
    harness.run();
    assert_eq!(focused(&harness), "Configuration");
    assert_eq!(stops(&mut harness, 1, Modifiers::NONE), ["Behind"]);
}

#[test]
fn a_press_that_is_held_for_seconds_is_a_press() {
    let mut harness = window(false, |ui, pressed| {
        *pressed |= Button::new("Apply").show(ui).clicked();
    });
    let at = harness.get_by_label("Apply").rect().center();
    let button = |pressed| egui::Event::PointerButton {
        pos: at,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.event(egui::Event::PointerMoved(at));
    harness.event(button(true));
    for _ in 0..200 {
        harness.step();
    }
    harness.event(button(false));
    harness.run();
    assert!(*harness.state(), "200 frames of a 60th of a second");
}

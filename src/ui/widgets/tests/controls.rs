use egui::{Key, Role};
use egui_kittest::kittest::{NodeT, Queryable};

use super::window;
use crate::ui::icons::Icon;
use crate::ui::widgets::button::{Button, copy_button};
use crate::ui::widgets::form::{Row, form, number_field, whole_number};
use crate::ui::widgets::progress::{Progress, progress};
use crate::ui::widgets::segmented::{segmented, sub_tabs};
use crate::ui::widgets::text_field::{filter_field, secret_field};

#[test]
fn a_button_that_cannot_be_used_says_why() {
    let mut harness = window(0, |ui, pressed| {
        let button = Button::new("Create").available(Err("The connection is read-only"));
        *pressed += usize::from(button.show(ui).clicked());
    });
    let node = harness.get_by_role_and_label(Role::Button, "Create");
    assert!(node.accesskit_node().is_disabled());
    let why = node.accesskit_node().description();
    assert_eq!(why.as_deref(), Some("The connection is read-only"));
    node.click();
    harness.run();
    assert_eq!(*harness.state(), 0);
}

#[test]
fn an_icon_on_a_button_is_not_part_of_its_name() {
    let harness = window((), |ui, ()| {
        Button::new("Invoke").icon(Icon::PLAY).show(ui);
        copy_button(ui, "ARN", || "arn".into());
    });
    harness.get_by_role_and_label(Role::Button, "Invoke");
    harness.get_by_role_and_label(Role::Button, "Copy ARN");
}

#[test]
fn copy_puts_the_text_on_the_clipboard() {
    let mut harness = window((), |ui, ()| {
        copy_button(ui, "ARN", || "arn:aws:lambda".into());
    });
    harness.get_by_label("Copy ARN").click();
    harness.step();
    let commands = &harness.output().platform_output.commands;
    let copied = egui::OutputCommand::CopyText("arn:aws:lambda".into());
    assert!(commands.contains(&copied), "{commands:?}");
}

#[test]
fn a_choice_of_a_few_and_sub_tabs_change_with_a_click() {
    let mut harness = window((0, 0), |ui, (statistic, tab)| {
        segmented(ui, "Statistic", statistic, &[(0, "p50"), (1, "p99")]);
        sub_tabs(ui, tab, &[(0, "Overview"), (1, "Logs")]);
    });
    harness
        .get_by_role_and_label(Role::RadioButton, "p99")
        .click();
    harness.get_by_role_and_label(Role::Tab, "Logs").click();
    harness.run();
    assert_eq!(*harness.state(), (1, 1));
}

#[test]
fn slash_goes_to_the_filter_escape_empties_it_and_then_leaves_it() {
    let mut harness = window(String::new(), |ui, text| {
        filter_field(ui, "Filter", "name", text, 300.0);
    });
    harness.event(egui::Event::Text("/".into()));
    harness.key_press(Key::Slash);
    harness.run();
    harness.get_by_label("Filter").type_text("orders");
    harness.run();
    assert_eq!(harness.state(), "orders", "the slash itself is not typed");
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(harness.state(), "");
    assert!(harness.get_by_label("Filter").is_focused());
    harness.key_press(Key::Escape);
    harness.run();
    assert!(!harness.get_by_label("Filter").is_focused());
}

#[test]
fn the_filters_cross_empties_it() {
    let mut harness = window("orders".to_owned(), |ui, text| {
        filter_field(ui, "Filter", "name", text, 300.0);
    });
    harness.get_by_label("Clear Filter").click();
    harness.run();
    assert_eq!(harness.state(), "");
}

#[test]
fn a_secret_is_masked_until_it_is_revealed() {
    let state = ("hunter2".to_owned(), false);
    let mut harness = window(state, |ui, (text, revealed)| {
        secret_field(ui, "DB_PASSWORD", text, revealed, 200.0);
    });
    let shown = |harness: &egui_kittest::Harness<'_, (String, bool)>| {
        harness
            .get_by_label("DB_PASSWORD")
            .value()
            .unwrap_or_default()
    };
    assert!(!shown(&harness).contains("hunter2"));
    harness.get_by_label("Reveal DB_PASSWORD").click();
    harness.run();
    assert_eq!(shown(&harness), "hunter2");
    harness.get_by_label("Hide DB_PASSWORD").click();
    harness.run();
    assert!(!shown(&harness).contains("hunter2"));
}

#[test]
fn a_masked_value_shows_no_length_and_is_replaced_unseen_with_every_line_of_what_is_pasted() {
    let state = ("hunter2".to_owned(), false);
    let mut harness = window(state, |ui, (text, revealed)| {
        secret_field(ui, "DB_PASSWORD", text, revealed, 200.0);
    });
    let shown = |harness: &egui_kittest::Harness<'_, (String, bool)>| {
        harness
            .get_by_label("DB_PASSWORD")
            .value()
            .unwrap_or_default()
    };
    let before = shown(&harness);
    let pem = "-----BEGIN KEY-----\nabc\tdef\n-----END KEY-----\n";
    harness.get_by_label("DB_PASSWORD").focus();
    harness.run();
    harness.event(egui::Event::Paste(pem.into()));
    harness.run();
    assert_eq!(
        harness.state().0,
        pem,
        "byte by byte, and nothing of what was there"
    );
    assert_eq!(shown(&harness), before, "eight dots, whatever the length");
    harness.event(egui::Event::Text("x".into()));
    harness.run();
    assert_eq!(harness.state().0, format!("{pem}x"));
    // Revealed, lines stay lines.
    harness.state_mut().1 = true;
    harness.run();
    harness.get_by_label("DB_PASSWORD").focus();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.run();
    harness.event(egui::Event::Paste(pem.into()));
    harness.run();
    assert_eq!(harness.state().0, pem);
}

#[test]
fn a_form_marks_what_differs_says_what_is_wrong_and_reverts() {
    let mut harness = window("64".to_owned(), |ui, text| {
        form(ui, "general", |ui| {
            let range = 128..=10_240;
            let wrong = whole_number(text, &range, "MB").err().unwrap_or_default();
            let was = (text != "128").then_some("128 MB");
            let row = Row::new("Memory").unit("MB").was(was).wrong(&wrong);
            let row = row.show(ui, |ui| number_field(ui, "Memory", text, &range, "MB"));
            if row.revert {
                *text = "128".into();
            }
        });
    });
    harness.get_by_label("Between 128 and 10,240 MB");
    harness.get_by_label("was 128 MB");
    harness
        .get_by_role_and_label(Role::Button, "Revert Memory")
        .click();
    harness.run();
    assert_eq!(harness.state(), "128");
    assert!(harness.query_by_label("was 128 MB").is_none());
    harness.get_by_role_and_label(Role::TextInput, "Memory");
}

#[test]
fn long_work_can_be_cancelled() {
    let mut harness = window(false, |ui, cancelled| {
        *cancelled |= progress(
            ui,
            &Progress {
                title: "Uploading orders.zip",
                detail: "12 MB of 48 MB",
                share: Some(0.25),
                cancel: Ok(()),
            },
        );
    });
    let bar = harness.get_by_role_and_label(Role::ProgressIndicator, "Uploading orders.zip");
    assert_eq!(bar.accesskit_node().numeric_value(), Some(25.0));
    harness.get_by_label("Cancel: Uploading orders.zip").click();
    harness.run();
    assert!(*harness.state());
}

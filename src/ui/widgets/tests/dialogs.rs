use std::sync::Arc;

use egui::{Key, Role};
use egui_kittest::{Harness, kittest::Queryable};

use super::window;
use crate::model::error::{CloudError, ErrorKind};
use crate::model::plan::{Difference, Plan, Risk};
use crate::store::Loadable;
use crate::ui::icons::Icon;
use crate::ui::widgets::confirm::{Answer, Review, review};
use crate::ui::widgets::palette::{Item, Items, Palette};
use crate::ui::widgets::state::{Empty, show};
use crate::ui::widgets::toast::Toasts;

fn plan(risk: Risk) -> Plan {
    Plan {
        title: "Delete function".into(),
        target: "arn:aws:lambda:eu-west-1:123456789012:function:orders-api".into(),
        risk,
        differences: vec![Difference {
            field: "MemorySize".into(),
            before: "128 MB".into(),
            after: "512 MB".into(),
        }],
        cli: "aws lambda delete-function --function-name orders-api".into(),
    }
}

type Dialog = (Plan, Review, Option<Answer>);

fn dialog(risk: Risk) -> Harness<'static, Dialog> {
    let state = (plan(risk), Review::default(), None);
    window(state, |ui, (plan, typed, answer)| {
        if answer.is_none() {
            *answer = review(ui.ctx(), plan, typed, Ok(()), None);
        }
    })
}

#[test]
fn a_review_shows_target_difference_and_command_before_it_is_applied() {
    let mut harness = dialog(Risk::Changes);
    harness.get_by_label("Memory, was 128 MB, will be 512 MB");
    harness.get_by_label("aws lambda delete-function --function-name orders-api");
    harness.get_by_role_and_label(Role::Button, "Apply").click();
    harness.run();
    assert_eq!(harness.state().2, Some(Answer::Apply));
}

#[test]
fn destroying_needs_the_name_typed() {
    let mut harness = dialog(Risk::Destroys);
    let delete = |harness: &Harness<'_, Dialog>| {
        harness
            .get_by_role_and_label(Role::Button, "Delete function")
            .click();
    };
    delete(&harness);
    harness.run();
    assert_eq!(harness.state().2, None);
    harness
        .get_by_label("Type orders-api to confirm")
        .type_text("orders-api");
    harness.run();
    delete(&harness);
    harness.run();
    assert_eq!(harness.state().2, Some(Answer::Apply));
}

#[test]
fn escape_closes_a_review_and_nothing_is_done() {
    let mut harness = dialog(Risk::Changes);
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(harness.state().2, Some(Answer::Cancel));
}

#[test]
fn a_click_beside_a_review_leaves_it_as_it_is() {
    let mut harness = dialog(Risk::Changes);
    let beside = egui::pos2(8.0, 8.0);
    harness.hover_at(beside);
    for pressed in [true, false] {
        harness.event(egui::Event::PointerButton {
            pos: beside,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        });
        harness.run();
    }
    assert_eq!(harness.state().2, None);
    harness.get_by_role_and_label(Role::Button, "Apply");
}

struct Names(&'static [&'static str]);

impl Items for Names {
    fn count(&self) -> usize {
        self.0.len()
    }
    fn item(&self, index: usize) -> Item<'_> {
        Item {
            icon: Icon::SQUARE_FUNCTION,
            section: "",
            title: self.0[index],
            also: "",
            detail: "function",
            shortcut: "",
            disabled: (self.0[index] == "Create function").then_some("The connection is read-only"),
        }
    }
    fn generation(&self) -> u64 {
        1
    }
}

const NAMES: &[&str] = &[
    "Create function",
    "geo-lookup",
    "orders-api",
    "orders-settle",
];

fn palette() -> Harness<'static, (Palette, Option<usize>)> {
    let mut palette = Palette::default();
    palette.open("");
    window((palette, None), |ui, (palette, chosen)| {
        *chosen = chosen.or(palette.show(ui.ctx(), &mut Names(NAMES)));
    })
}

#[test]
fn the_palette_takes_letters_arrows_and_enter() {
    let mut harness = palette();
    harness.get_by_label("Search everything").type_text("ord");
    harness.run();
    assert!(harness.query_by_label("geo-lookup").is_none());
    harness.key_press(Key::ArrowDown);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().1, Some(3));
    assert!(!harness.state().0.is_open());
}

#[test]
fn the_palette_does_not_run_what_is_disabled_and_escape_closes_it() {
    let mut harness = palette();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().1, None);
    assert!(harness.state().0.is_open());
    harness.key_press(Key::Escape);
    harness.run();
    assert!(!harness.state().0.is_open());
}

#[test]
fn a_click_in_the_palette_chooses() {
    let mut harness = palette();
    harness
        .get_by_role_and_label(Role::ListBoxOption, "geo-lookup")
        .click();
    harness.run();
    assert_eq!(harness.state().1, Some(1));
}

/// How many rows of the palette are in sight.
fn rows_in_sight<S>(harness: &Harness<'_, S>) -> usize {
    harness.query_all_by_role(Role::ListBoxOption).count()
}

#[test]
fn the_palette_has_its_rows_again_after_it_had_but_one() {
    let mut palette = Palette::default();
    palette.open("");
    let mut harness = window(palette, |ui, palette| {
        if ui.input(|input| input.key_pressed(Key::F2)) {
            palette.open("");
        }
        palette.show(ui.ctx(), &mut Names(NAMES));
    });
    assert_eq!(rows_in_sight(&harness), NAMES.len());
    harness.get_by_label("Search everything").type_text("geo");
    harness.run();
    assert_eq!(rows_in_sight(&harness), 1);
    for _ in 0..3 {
        harness.key_press(Key::Backspace);
        harness.run();
    }
    assert_eq!(rows_in_sight(&harness), NAMES.len(), "cleared");
    harness.get_by_label("Search everything").type_text("geo");
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press(Key::F2);
    harness.run();
    assert_eq!(rows_in_sight(&harness), NAMES.len(), "opened again");
}

#[test]
fn a_message_goes_by_itself_an_error_last_and_can_be_closed_before() {
    let mut toasts = Toasts::default();
    toasts.done("Saved", "");
    toasts.error("Could not upload", "Too large", "report");
    toasts.error("Could not save", "No room", "report");
    let mut harness = window(toasts, |ui, toasts| {
        toasts.show(ui.ctx());
    });
    harness.get_by_role_and_label(Role::Status, "Saved");
    harness.run_steps(400);
    assert_eq!(harness.state().len(), 2);
    harness.get_by_label("Close: Could not upload").click();
    harness.run();
    assert_eq!(harness.state().len(), 1);
    harness.run_steps(1_000);
    assert!(harness.state().is_empty());
}

#[test]
fn a_message_stays_while_somebody_points_at_it() {
    let mut toasts = Toasts::default();
    toasts.error("Could not upload", "Too large", "report");
    let mut harness = window(toasts, |ui, toasts| {
        toasts.show(ui.ctx());
    });
    harness
        .get_by_role_and_label(Role::Alert, "Could not upload")
        .hover();
    harness.run_steps(1_500);
    assert_eq!(harness.state().len(), 1);
    harness.hover_at(egui::pos2(10.0, 10.0));
    harness.run_steps(500);
    assert!(harness.state().is_empty());
}

#[test]
fn no_message_lies_over_a_dialog_and_none_goes_unseen_behind_it() {
    let mut toasts = Toasts::default();
    toasts.done("Saved", "");
    let state = (toasts, true);
    let mut harness = window(state, |ui, (toasts, open)| {
        if *open {
            review(
                ui.ctx(),
                &plan(Risk::Changes),
                &mut Review::default(),
                Ok(()),
                None,
            );
        }
        toasts.show(ui.ctx());
    });
    harness.run_steps(500);
    assert!(harness.query_by_label("Saved").is_none());
    harness.state_mut().1 = false;
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Status, "Saved");
    harness.run_steps(400);
    assert!(harness.state().0.is_empty());
}

type Listed = (Loadable<Vec<&'static str>>, usize, usize);

fn list(loadable: Loadable<Vec<&'static str>>) -> Harness<'static, Listed> {
    window((loadable, 0, 0), |ui, (loadable, retries, actions)| {
        let empty = Empty {
            icon: Icon::SQUARE_FUNCTION,
            title: "No functions here",
            advice: "Create one.",
            action: "Create function",
        };
        let shown = show(
            ui,
            "functions",
            loadable,
            &empty,
            Vec::is_empty,
            |ui, rows| {
                for row in rows.iter() {
                    ui.label(*row);
                }
            },
        );
        *retries += usize::from(shown.retry);
        *actions += usize::from(shown.action);
    })
}

fn refused() -> Arc<CloudError> {
    let kind = ErrorKind::Permission {
        action: Some("lambda:ListFunctions".into()),
        resource: None,
    };
    let error = CloudError::local("ListFunctions", kind, "You may not list functions");
    Arc::new(error)
}

#[test]
fn a_first_load_shows_a_skeleton_and_the_window_stands_still() {
    let mut loadable = Loadable::unknown();
    loadable.loading = true;
    let mut harness = list(loadable);
    harness.get_by_role_and_label(Role::ProgressIndicator, "Loading functions");
    let steps = harness.run();
    assert!(steps <= 2, "{steps} frames for nothing");
}

#[test]
fn a_failed_refresh_keeps_the_rows_and_says_so_above_them() {
    let mut loadable = Loadable::unknown();
    loadable.value = Some(Arc::new(vec!["orders-api"]));
    loadable.error = Some(refused());
    let mut harness = list(loadable);
    harness.get_by_label("orders-api");
    harness.get_by_label("Not permitted");
    harness.get_by_role_and_label(Role::Button, "Retry").click();
    harness.run();
    assert_eq!(harness.state().1, 1);
}

#[test]
fn an_error_without_rows_says_what_to_do_and_can_be_copied_whole() {
    let mut loadable = Loadable::unknown();
    loadable.error = Some(refused());
    let mut harness = list(loadable);
    harness.get_by_label("Ask for lambda:ListFunctions.");
    harness.get_by_label("Copy error").click();
    harness.step();
    let commands = &harness.output().platform_output.commands;
    let copied = egui::OutputCommand::CopyText(refused().report());
    assert!(commands.contains(&copied));
}

#[test]
fn an_empty_list_says_what_to_do_next() {
    let mut loadable = Loadable::unknown();
    loadable.value = Some(Arc::new(Vec::new()));
    let mut harness = list(loadable);
    harness.get_by_label("No functions here");
    harness
        .get_by_role_and_label(Role::Button, "Create function")
        .click();
    harness.run();
    assert_eq!(harness.state().2, 1);
}

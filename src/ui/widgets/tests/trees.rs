//! The difference of two trees: seen, gone through by keys, folded, and narrow.

use egui::{Key, Role};
use egui_kittest::kittest::{NodeT, Queryable};

use super::window;
use crate::model::difference::{Level, Node, Risk, compare};
use crate::ui::widgets::difference::{Show, Tree, gallery};

/// `count` methods, of which every tenth lost its authorizer.
fn deployment(count: usize) -> Tree {
    let method = |n: usize| Node::new("Methods", &format!("GET /orders/{n}"));
    let before: Vec<Node> = (0..count)
        .map(|n| {
            method(n)
                .field("Authorization", "CUSTOM")
                .field("Timeout", "29 s")
        })
        .collect();
    let after: Vec<Node> = (0..count)
        .map(|n| {
            method(n)
                .field("Authorization", "NONE")
                .field("Timeout", "10 s")
        })
        .collect();
    let risks = (0..count).step_by(10).map(|n| Risk {
        level: Level::Danger,
        path: vec!["Methods".into(), format!("GET /orders/{n}")],
        field: "Authorization".into(),
        short: "open to the world".into(),
        words: "Anyone on the internet could call it.".into(),
    });
    Tree::new(compare(&before, &after).with_risks(risks.collect()))
}

type State = (Tree, Option<usize>, f32);

fn shown(count: usize, width: f32) -> egui_kittest::Harness<'static, State> {
    window(
        (deployment(count), None, width),
        |ui, (tree, opened, width)| {
            ui.set_max_width(*width);
            let how = Show::new("Changes").sides("prod now", "after this deployment");
            *opened = tree.show(ui, &how).or(*opened);
        },
    )
}

fn chosen(harness: &egui_kittest::Harness<'_, State>) -> String {
    let all = harness.query_all_by_role(Role::TreeItem);
    let mut on = all.filter(|node| node.accesskit_node().is_selected() == Some(true));
    on.next()
        .and_then(|node| node.accesskit_node().label())
        .unwrap_or_default()
}

#[test]
fn rows_say_what_was_what_will_be_and_their_risk_and_only_those_seen_are_drawn() {
    let harness = shown(2_000, 880.0);
    harness.get_by_label("Methods, 2000");
    harness.get_by_label("changed GET /orders/0");
    harness.get_by_label("Authorization, was CUSTOM, will be NONE, danger 1: open to the world");
    let drawn = harness.query_all_by_role(Role::TreeItem).count();
    assert!((10..80).contains(&drawn), "{drawn} rows were drawn");
}

#[test]
fn n_and_r_go_through_changes_and_risks_and_enter_opens() {
    let mut harness = shown(2_000, 880.0);
    harness.get_by_role_and_label(Role::Tree, "Changes").focus();
    harness.run();
    for (key, expected) in [
        (Key::N, "changed GET /orders/0"),
        (Key::N, "changed GET /orders/1"),
        (
            Key::R,
            "Authorization, was CUSTOM, will be NONE, danger 2: open to the world",
        ),
        (Key::N, "changed GET /orders/11"),
        (
            Key::R,
            "Authorization, was CUSTOM, will be NONE, danger 3: open to the world",
        ),
    ] {
        harness.key_press(key);
        harness.run();
        assert_eq!(chosen(&harness), expected);
    }
    harness.key_press(Key::Enter);
    harness.run();
    let opened = harness.state().1.unwrap();
    assert_eq!(
        harness.state().0.difference().entries()[opened].name,
        "GET /orders/20"
    );
}

#[test]
fn what_is_folded_goes_and_only_risky_rows_can_be_asked_for() {
    let mut harness = shown(20, 880.0);
    harness.get_by_label("Risky 2").click();
    harness.run();
    assert!(harness.query_by_label("changed GET /orders/1").is_none());
    harness.get_by_label("changed GET /orders/10");
    harness.get_by_label("Methods, 2").click();
    harness.run();
    assert!(harness.query_by_label("changed GET /orders/10").is_none());
    harness.key_press(Key::ArrowRight);
    harness.run();
    harness.get_by_label("changed GET /orders/10");
}

#[test]
fn narrow_after_stands_below_before() {
    let wide = shown(1, 880.0);
    let narrow = shown(1, 400.0);
    let height = |harness: &egui_kittest::Harness<'_, State>| {
        let row = harness.get_by_label("Timeout, was 29 s, will be 10 s");
        row.rect().height()
    };
    assert!(height(&narrow) > height(&wide) + 20.0);
}

#[test]
fn the_gallery_shows_risks_by_number_and_no_masked_value() {
    let harness = window((), |ui, ()| {
        egui::ScrollArea::vertical().show(ui, gallery);
    });
    let risk = "Authorization, was CUSTOM shop-jwt, will be NONE, danger 1: open to the world";
    assert!(harness.query_all_by_label(risk).next().is_some());
    let masked = "bankToken, was ***, will be ***";
    assert!(harness.query_all_by_label(masked).next().is_some());
}

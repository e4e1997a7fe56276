//! A difference in its states, for the hidden page that shows every widget: grouped both ways, wide and narrow.

use std::sync::{Arc, Mutex};

use egui::{Id, Ui};

use super::{Show, Tree};
use crate::model::difference::{Difference, Grouping, Level, Node, Risk, compare};
use crate::model::secret::Secret;
use crate::ui::theme::space;

/// What a deployment would change, with its risks.
fn deployment() -> Difference {
    let method = |name: &str| Node::new("Methods", name);
    let whole = |mut node: Node, summary: &str| {
        node.summary = summary.into();
        node
    };
    let before = [
        method("POST /payments/{id}/capture")
            .field("Authorization", "CUSTOM shop-jwt")
            .field("Integration", "payments-capture:live")
            .field("Timeout", "29,000 ms"),
        whole(
            method("GET /legacy/cart").field("Integration", "cart-merge:live"),
            "Lambda proxy cart-merge:live",
        ),
        Node::new("Models", "Order").field("required", "[\"id\",\"lines\"]"),
        Node::new("Stage", "prod").masked("bankToken", Secret::new("a")),
    ];
    let after = [
        method("POST /payments/{id}/capture")
            .field("Authorization", "NONE")
            .field("Integration", "payments-capture:stable")
            .field("Timeout", "10,000 ms"),
        whole(
            method("POST /orders/{id}/refunds").field("Integration", "orders-settle:live"),
            "Lambda proxy orders-settle:live · IAM",
        ),
        Node::new("Models", "Order").field(
            "required",
            "[\"id\",\"lines\",\"currency\",\"a value that is longer than one line of its column has room for\"]",
        ),
        Node::new("Stage", "prod").masked("bankToken", Secret::new("b")),
    ];
    let risk = |level, path: [&str; 2], field: &str, short: &str, words: &str| Risk {
        level,
        path: path.map(str::to_owned).into(),
        field: field.into(),
        short: short.into(),
        words: words.into(),
    };
    let capture = ["Methods", "POST /payments/{id}/capture"];
    compare(&before, &after).with_risks(vec![
        risk(
            Level::Danger,
            capture,
            "Authorization",
            "open to the world",
            "Anyone on the internet could capture a payment.",
        ),
        risk(
            Level::Warning,
            ["Methods", "GET /legacy/cart"],
            "",
            "still called",
            "Called 1,204 times in 24 h; they would get 403.",
        ),
        risk(
            Level::Warning,
            ["Models", "Order"],
            "required",
            "stricter",
            "Requests without currency would get 400.",
        ),
    ])
}

/// Draws the page.
pub fn gallery(ui: &mut Ui) {
    let id = Id::unique("gallery of differences");
    let trees = ui.data_mut(|data| {
        data.get_temp_mut_or_insert_with(id, || {
            let new = || Tree::new(deployment());
            Arc::new(Mutex::new([new(), new().grouped(Grouping::Change), new()]))
        })
        .clone()
    });
    let Ok(mut trees) = trees.lock() else { return };
    let [kinds, changes, narrow] = &mut *trees;
    let how = |name| {
        Show::new(name)
            .sides("prod now", "After this deployment")
            .height(f32::INFINITY)
    };
    kinds.show(ui, &how("By kind"));
    ui.add_space(space::L);
    changes.show(ui, &how("By change").plain());
    ui.add_space(space::L);
    ui.scope(|ui| {
        ui.set_max_width(ui.available_width().min(400.0));
        narrow.show(ui, &how("Narrow"));
    });
}

//! What stands over the window: toasts, the review with a name to type, the palette, the file dialog. A section's button
//! opens it; opened by its own route it is there at once.

use egui::Ui;

use crate::model::plan::{Difference, Plan, Risk};
use crate::ui::cx::Cx;
use crate::ui::icons::Icon;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::confirm::{self, Review};
use crate::ui::widgets::file_dialog::{FileDialog, Request};
use crate::ui::widgets::palette::{Item, Items, Palette};
use crate::ui::widgets::toast::Toasts;

/// What is open.
#[derive(Default)]
pub struct Over {
    toasts: Toasts,
    review: Option<Review>,
    palette: Palette,
    file: FileDialog,
    /// The section that was opened by its route: its dialog is opened once.
    stood: &'static str,
}

impl Over {
    pub fn toasts(&mut self, ui: &mut Ui) {
        if Button::new("Show three toasts").show(ui).clicked() {
            self.add_toasts();
        }
        self.toasts.show(ui.ctx());
    }

    fn add_toasts(&mut self) {
        self.toasts
            .done("ARN copied", "arn:aws:lambda:eu-west-1:482177391105");
        self.toasts
            .note("The link leads nowhere", "It names no region.");
        let text = "The call failed: ServiceException, request 8f1c22e4";
        self.toasts
            .error("Update configuration: the call failed", text, text);
    }

    pub fn confirm(&mut self, ui: &mut Ui) {
        if Button::new("Delete payments-capture…").show(ui).clicked() {
            self.review = Some(Review::default());
        }
        let Some(review) = &mut self.review else {
            return;
        };
        let plan = Plan {
            title: "Delete function".to_owned(),
            target: "arn:aws:lambda:eu-west-1:482177391105:function:payments-capture".to_owned(),
            risk: Risk::Destroys,
            differences: vec![Difference {
                field: "Versions".to_owned(),
                before: "41 versions".to_owned(),
                after: String::new(),
            }],
            cli: "aws lambda delete-function --function-name payments-capture".to_owned(),
        };
        if confirm::review(ui.ctx(), &plan, review, Ok(()), None).is_some() {
            self.review = None;
        }
    }

    pub fn palette(&mut self, ui: &mut Ui) {
        if Button::new("Open the palette").show(ui).clicked() {
            self.palette.open("");
        }
        self.palette.show(ui.ctx(), &mut Samples);
    }

    pub fn file(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        if Button::new("Save a file…").show(ui).clicked() {
            self.ask(cx);
        }
        self.file.show(ui.ctx(), cx.store);
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        let request = Request::save("Export functions", "CSV", "functions-eu-west-1.csv");
        self.file.open(cx.store, request);
    }

    /// A section was opened by its route: what it is about stands over the window.
    pub fn stand(&mut self, slug: &'static str, ui: &Ui, cx: &mut Cx<'_>) {
        if std::mem::replace(&mut self.stood, slug) == slug {
            return;
        }
        match slug {
            "toasts" => self.add_toasts(),
            "confirm" => self.review = Some(Review::default()),
            "palette" => self.palette.open(""),
            "file" => self.ask(cx),
            _ => return,
        }
        ui.ctx().request_repaint();
    }
}

struct Samples;

const ITEMS: [(&str, &str, &str, Option<&str>); 4] = [
    ("orders-api", "python3.13", "", None),
    ("payments-webhook", "java21", "", None),
    ("Go to functions", "", "Ctrl+Shift+F", None),
    (
        "Delete the function",
        "command",
        "",
        Some("Open a function first"),
    ),
];

impl Items for Samples {
    fn count(&self) -> usize {
        ITEMS.len()
    }

    fn item(&self, index: usize) -> Item<'_> {
        let (title, detail, shortcut, disabled) = ITEMS[index];
        Item {
            icon: Icon::SQUARE_FUNCTION,
            section: if index < 2 { "Functions" } else { "Commands" },
            title,
            detail,
            also: "",
            shortcut,
            disabled,
        }
    }

    fn generation(&self) -> u64 {
        1
    }
}

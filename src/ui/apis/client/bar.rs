//! The line above: method, stage, URL, who sends it, Send.

use egui::{Align, Layout, Ui};

use super::parts::kinds;
use crate::command::Command;
use crate::model::api::{ApiDetail, VERBS};
use crate::model::client::Request;
use crate::ui::apis::verb;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::menu::menu;
use crate::ui::widgets::steady::steady_id;
use crate::ui::widgets::text_field::TextField;

/// What happened in it.
#[derive(Debug, Default)]
pub struct Output {
    /// Send was pressed.
    pub send: bool,
    /// Another stage was chosen.
    pub stage: Option<String>,
    /// The URL was changed.
    pub typed: bool,
    /// The keyboard has left the URL.
    pub left: bool,
    /// Save was pressed.
    pub save: bool,
}

/// From this width on everything stands in one line, in points.
const ONE_LINE: f32 = 700.0;

/// Draws it. `ready` is why nothing can be sent.
pub fn ui(
    ui: &mut Ui,
    detail: &ApiDetail,
    request: &mut Request,
    stage: &str,
    ready: Result<(), &str>,
    focus: bool,
) -> Output {
    let mut output = Output::default();
    let one_line = ui.available_width() >= ONE_LINE;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        methods(ui, request);
        stages(ui, detail, stage, &mut output);
        if !one_line {
            kinds(ui, request);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let send = Button::new("Send").icon(Icon::SEND).primary();
            let send = send.shortcut(Command::Invoke.keys_text()).available(ready);
            output.send = send.show(ui).clicked();
            let save = Button::icon_only(Icon::SAVE, "Save the request");
            let save = save.shortcut(Command::Review.keys_text());
            output.save = save.show(ui).clicked();
            if one_line {
                kinds(ui, request);
                url(ui, request, focus, &mut output);
            }
        });
    });
    if !one_line {
        url(ui, request, focus, &mut output);
    }
    output
}

fn methods(ui: &mut Ui, request: &mut Request) {
    let color = verb::color(Theme::of(ui), &request.method);
    let words = format!("{} {}", request.method, Icon::CHEVRON_DOWN);
    let name = format!("Method: {}", request.method);
    let button = Button::new(&words)
        .name(&name)
        .known_as("Method")
        .color(color);
    let button = button.show(ui);
    menu(&button, |ui| {
        for word in VERBS.into_iter().filter(|word| *word != "ANY") {
            if entry(ui, request.method == word, word, "") {
                request.method = word.to_owned();
            }
        }
    });
}

fn stages(ui: &mut Ui, detail: &ApiDetail, stage: &str, output: &mut Output) {
    drop_down(ui, "Stage", stage, |ui| {
        for one in &detail.stages {
            if entry(ui, one.name == stage, &one.name, one.description()) {
                output.stage = Some(one.name.clone());
            }
        }
    });
}

fn url(ui: &mut Ui, request: &mut Request, focus: bool, output: &mut Output) {
    let id = steady_id(ui, "URL of the request");
    let field = TextField::new("URL of the request", &mut request.url)
        .mono()
        .id(id)
        .hint("/orders/{id}, a whole URL, or a cURL command")
        .width(ui.available_width());
    let response = field.show(ui);
    if focus {
        response.request_focus();
    }
    output.typed = response.changed();
    output.left = response.lost_focus();
}

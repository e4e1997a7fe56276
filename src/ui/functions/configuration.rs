//! One function: its configuration, edited as a draft by the one editor of drafts. What is here is which fields stand where,
//! and which action the draft is.

use std::sync::Arc;

use egui::{Frame, Margin, Panel, RichText, ScrollArea, Ui};

use super::code::facts;
use crate::cloud::lambda::configuration::UpdateConfiguration;
use crate::cloud::lambda::function::{FunctionDetail, GetFunction};
use crate::command::Command;
use crate::model::draft::{Configuration as Values, Draft, ENVIRONMENT, Field, GENERAL};
use crate::model::function::{Function, PackageType};
use crate::ui::cx::{CloudStore, Cx, Message};
use crate::ui::draft::{Bar, Editor, Place, Rows, Section, sections};
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::state::{self, Empty};

/// The list of parts shows from this width on.
const WIDE: f32 = 860.0;

/// What this part keeps between frames.
#[derive(Default)]
pub struct Configuration {
    editor: Editor<Values>,
    variables: Rows,
}

impl Configuration {
    /// Draws it for the function `name`.
    pub fn ui(&mut self, ui: &mut Ui, name: &str, cx: &mut Cx<'_>) {
        let known = cx.store.want(&GetFunction::latest(name), cx.now);
        let applied = self.editor.follow(cx);
        if let Some(function) = applied.and_then(|applied| applied.output::<Function>()) {
            self.editor.start(Draft::new(&function));
            self.variables = Rows::default();
        }
        if let Some(detail) = known.value.as_deref() {
            let there = &detail.function;
            let revision = there.revision_id.as_deref();
            let values = || Values::of(there);
            self.editor.bring_up_to_date(name, revision, values);
        }
        let empty = Empty {
            icon: Icon::SETTINGS,
            title: "No configuration",
            advice: "",
            action: "",
        };
        let what = "configuration";
        let shown = state::show(
            ui,
            what,
            &known,
            &empty,
            |_| false,
            |ui, detail| {
                self.form(ui, detail, cx);
            },
        );
        if shown.retry {
            cx.store.refresh();
        }
        if shown.sign_in {
            cx.messages.push(Message::SignIn);
        }
    }

    /// What would be lost if the tab were closed now.
    pub fn unsaved(&self) -> Option<String> {
        self.editor.unsaved("setting", "settings")
    }

    /// All that it shows has been loaded, or has failed to.
    pub fn settled(&self, name: &str, store: &CloudStore) -> bool {
        let known = store.peek(&GetFunction::latest(name));
        known.value.is_some() || known.error.is_some()
    }

    fn form(&mut self, ui: &mut Ui, detail: &FunctionDetail, cx: &mut Cx<'_>) {
        let bar = Bar {
            name: "configuration",
            place: Place::Bottom,
            note: "",
        };
        let (arn, context) = (&detail.function.arn, cx.connection.cli());
        let reverted = self.editor.bar(ui, &bar, cx, |draft| {
            Ok(Arc::new(UpdateConfiguration::of(draft, arn, context)?))
        });
        if reverted {
            self.variables = Rows::default();
        }
        if ui.available_width() >= WIDE {
            self.list(ui, &detail.function);
        }
        let margin = Frame::new().inner_margin(Margin::symmetric(16, 12));
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            margin.show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = space::S;
                if Editor::<Values>::lock(ui, cx.may_write()) {
                    cx.messages.push(Message::Run(Command::ToggleReadOnly));
                }
                self.editor.notices(ui);
                let enabled = self.editor.running(cx).is_none();
                ui.add_enabled_ui(enabled, |ui| {
                    self.editor.heading(ui, GENERAL);
                    let image = detail.function.package_type == PackageType::Image;
                    self.editor.fields(ui, "general", general(image), cx.now);
                    facts::architecture(ui, &detail.function, image, cx);
                    ui.add_space(space::L);
                    self.editor.heading(ui, ENVIRONMENT);
                    self.environment(ui, &detail.function);
                });
            });
        });
    }

    fn list(&mut self, ui: &mut Ui, function: &Function) {
        let count = function.environment.len();
        let variables = if count == 1 { "variable" } else { "variables" };
        let values = [
            (
                GENERAL,
                format!("{} MB, {} s", function.memory_mb, function.timeout_s),
            ),
            (ENVIRONMENT, format!("{count} {variables}")),
        ];
        let parts = values.map(|(title, value)| {
            let (changed, wrong) = self.editor.state_of(title);
            Section {
                title,
                value,
                changed,
                wrong,
            }
        });
        let frame = Frame::new()
            .fill(Theme::of(ui).bg)
            .inner_margin(Margin::same(8));
        let panel = Panel::left("parts of the configuration")
            .resizable(false)
            .exact_size(208.0)
            .frame(frame);
        let pressed = panel.show(ui, |ui| sections(ui, &parts, None)).inner;
        if let Some(section) = pressed {
            self.editor.jump_to(section);
        }
    }

    fn environment(&mut self, ui: &mut Ui, function: &Function) {
        let Some(draft) = self.editor.draft_mut() else {
            return;
        };
        match &function.environment_error {
            None => self.variables.ui(ui, draft),
            Some(reason) => {
                let words = format!(
                    "▲ The variables can't be read, and so can't be changed here: {reason}"
                );
                ui.label(RichText::new(words).color(Theme::of(ui).warn));
            }
        }
    }
}

/// The general fields; a container image has neither handler nor runtime, and the architecture goes with the code.
fn general(image: bool) -> &'static [Field] {
    const ZIP: &[Field] = &[
        Field::Description,
        Field::Memory,
        Field::Timeout,
        Field::EphemeralStorage,
        Field::Handler,
        Field::Runtime,
        Field::Role,
    ];
    const IMAGE: &[Field] = &[
        Field::Description,
        Field::Memory,
        Field::Timeout,
        Field::EphemeralStorage,
        Field::Role,
    ];
    if image { IMAGE } else { ZIP }
}

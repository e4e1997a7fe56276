//! The general settings: description, memory, timeout, storage, handler, runtime, role.

use egui::{ComboBox, RichText, Ui};

use crate::cloud::lambda::function::FunctionDetail;
use crate::model::draft::{Draft, Field};
use crate::model::function::PackageType;
use crate::model::runtimes;
use crate::ui::cx::Cx;
use crate::ui::theme::Theme;
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::text_field::TextField;

/// Draws the form.
pub fn ui(ui: &mut Ui, draft: &mut Draft, detail: &FunctionDetail, cx: &Cx<'_>) {
    let image = detail.function.package_type == PackageType::Image;
    form(ui, "general", |ui| {
        let help = "At most 256 characters; it shows in the list and in the palette.";
        text(
            ui,
            draft,
            Field::Description,
            "Description",
            help,
            420.0,
            |draft| &mut draft.mine.description,
        );
        let help = "128 to 10,240 MB. CPU grows with it: 1,769 MB is one full core.";
        number(ui, draft, Field::Memory, "Memory", "MB", help, |draft| {
            &mut draft.mine.memory
        });
        let help = "1 to 900 s; then Lambda stops the invocation.";
        number(ui, draft, Field::Timeout, "Timeout", "s", help, |draft| {
            &mut draft.mine.timeout
        });
        let help = "Size of /tmp, 512 to 10,240 MB.";
        number(
            ui,
            draft,
            Field::EphemeralStorage,
            "Ephemeral storage",
            "MB",
            help,
            |draft| &mut draft.mine.ephemeral_storage,
        );
        if !image {
            let help = "What Lambda calls: file and function, as app.handler.";
            text(ui, draft, Field::Handler, "Handler", help, 260.0, |draft| {
                &mut draft.mine.handler
            });
            runtime(ui, draft, cx.now);
        }
        let help = "The execution role: what the function may do.";
        text(ui, draft, Field::Role, "Role", help, 420.0, |draft| {
            &mut draft.mine.role
        });
    });
}

/// What the server has, where the draft differs.
fn was(draft: &Draft, field: &Field) -> Option<String> {
    if !draft.differs(field) {
        return None;
    }
    let differences = draft.differences(false);
    let name = field.aws_name();
    let found = differences
        .into_iter()
        .find(|difference| difference.field == name);
    found.map(|difference| difference.before)
}

fn text(
    ui: &mut Ui,
    draft: &mut Draft,
    field: Field,
    label: &str,
    help: &str,
    width: f32,
    value: impl Fn(&mut Draft) -> &mut String,
) {
    let before = was(draft, &field);
    let problem = draft.problem(&field).unwrap_or_default();
    let row = Row::new(label)
        .help(help)
        .was(before.as_deref())
        .wrong(&problem);
    let output = row.show(ui, |ui| {
        TextField::new(label, value(draft))
            .width(width)
            .wrong(!problem.is_empty())
            .show(ui)
    });
    if output.revert {
        draft.revert(&field);
    }
}

fn number(
    ui: &mut Ui,
    draft: &mut Draft,
    field: Field,
    label: &str,
    unit: &str,
    help: &str,
    value: impl Fn(&mut Draft) -> &mut String,
) {
    let before = was(draft, &field);
    let problem = draft.problem(&field).unwrap_or_default();
    let row = Row::new(label)
        .unit(unit)
        .help(help)
        .was(before.as_deref())
        .wrong(&problem);
    let output = row.show(ui, |ui| {
        TextField::new(label, value(draft))
            .width(120.0)
            .wrong(!problem.is_empty())
            .show(ui)
    });
    if output.revert {
        draft.revert(&field);
    }
}

fn runtime(ui: &mut Ui, draft: &mut Draft, now: i64) {
    let before = was(draft, &Field::Runtime);
    let problem = draft.problem(&Field::Runtime).unwrap_or_default();
    let warning = runtimes::runtime(&draft.mine.runtime)
        .and_then(|runtime| runtime.warning(now))
        .unwrap_or_default();
    let row = Row::new("Runtime")
        .help(&warning)
        .was(before.as_deref())
        .wrong(&problem);
    let output = row.show(ui, |ui| {
        let theme = Theme::of(ui);
        ComboBox::new("runtime", "")
            .width(200.0)
            .height(360.0)
            .selected_text(draft.mine.runtime.clone())
            .show_ui(ui, |ui| {
                for runtime in runtimes::runtimes() {
                    let mut words = RichText::new(runtime.id);
                    if runtime.warning(now).is_some() {
                        words = RichText::new(format!("{} (deprecated)", runtime.id))
                            .color(theme.muted);
                    }
                    let on = draft.mine.runtime == runtime.id;
                    if ui.selectable_label(on, words).clicked() {
                        runtime.id.clone_into(&mut draft.mine.runtime);
                    }
                }
            })
            .response
    });
    if output.revert {
        draft.revert(&Field::Runtime);
    }
}

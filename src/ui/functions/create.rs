//! A new function in its simplest form: name, runtime, starter code that runs, and a role that is made or chosen. Each field is
//! judged while one types; what is made is reviewed before it is.

use std::sync::Arc;

use egui::{Frame, Label, Margin, Panel as EguiPanel, RichText, ScrollArea, Ui};

use crate::cloud::iam::ListRoles;
use crate::cloud::lambda::create::{CreateFunction, Role};
use crate::command::Command;
use crate::model::arn::partition_of;
use crate::model::error::CloudError;
use crate::model::function::{Architecture, Function};
use crate::model::limits;
use crate::model::starter::{Starter, starter, with_starter};
use crate::route::{FunctionTab, Route};
use crate::store::Applied;
use crate::ui::cx::{CloudStore, Cx, Followed, Message, Panel, Submission};
use crate::ui::fonts;
use crate::ui::functions::test::kept::Kept;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::code::{CodeEditor, Language};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::in_order::in_order;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::state;
use crate::ui::widgets::text_field::TextField;

/// From this width on the code stands beside the form, in points.
const BESIDE: f32 = 860.0;
/// The form's width there, in points.
const FORM: f32 = 460.0;
/// IAM's limit.
const ROLE_CHARS: usize = 64;

/// What the screen keeps between frames.
pub struct CreatePanel {
    name: String,
    runtime: &'static str,
    architecture: Architecture,
    /// A role is made for it; else the chosen one is used.
    new_role: bool,
    /// The role's name as it was typed; empty follows the function's.
    role_name: String,
    /// The ARN of the chosen role.
    role: String,
    /// The code as it was changed; none while it is the starter's own.
    code: Option<String>,
    editor: CodeEditor,
    submission: Option<Submission>,
    failed: Option<Arc<CloudError>>,
    begun: bool,
}

impl Default for CreatePanel {
    fn default() -> Self {
        Self {
            name: String::new(),
            runtime: "python3.13",
            architecture: Architecture::default(),
            new_role: true,
            role_name: String::new(),
            role: String::new(),
            code: None,
            editor: CodeEditor::default(),
            submission: None,
            failed: None,
            begun: false,
        }
    }
}

/// Which field is wrong, and how it is told.
type Wrong = (&'static str, String);

impl Panel for CreatePanel {
    fn ui(&mut self, ui: &mut Ui, _route: &Route, cx: &mut Cx<'_>) {
        let running = self.follow(cx);
        let taken = super::list(cx.store).is_some_and(|known| {
            let name = self.name.trim();
            known.rows.iter().any(|row| row.name == name)
        });
        let wrong = self.wrong(taken, &cx.connection.region);
        self.head(ui);
        self.foot(ui, &wrong, running, cx);
        ui.add_enabled_ui(!running, |ui| self.body(ui, &wrong, cx));
        self.begun = true;
    }

    fn unsaved(&self) -> Option<String> {
        let typed = !self.name.trim().is_empty() || self.code.is_some();
        typed.then(|| match self.name.trim() {
            "" => "the code of a new function".to_owned(),
            name => format!("the new function {name}"),
        })
    }

    fn settled(&self, _route: &Route, _store: &CloudStore) -> bool {
        self.begun
    }
}

impl CreatePanel {
    fn starter(&self) -> Starter {
        // Every runtime that is offered has one.
        starter(self.runtime).unwrap_or(Starter {
            file: "",
            handler: "",
            text: "",
            executable: false,
            event: "",
        })
    }

    fn role_name(&self) -> String {
        match self.role_name.trim() {
            "" => role_of(self.name.trim()),
            typed => typed.to_owned(),
        }
    }

    /// The fields that are wrong, in the order of the screen.
    fn wrong(&self, taken: bool, region: &str) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        let name = self.name.trim();
        if let Err(why) = limits::function_name(name) {
            wrong.push(("Name", why));
        } else if taken {
            wrong.push((
                "Name",
                format!("There is a function {name} in {region} already."),
            ));
        }
        if self.new_role {
            // One that follows a name which is wrong itself was not asked for.
            let follows = self.role_name.trim().is_empty();
            if !(follows && wrong.iter().any(|(field, _)| *field == "Name"))
                && let Some(why) = role_problem(&self.role_name())
            {
                wrong.push(("Role name", why));
            }
        } else if self.role.is_empty() {
            wrong.push(("Role", "Choose a role that Lambda may assume.".into()));
        }
        let empty = self
            .code
            .as_ref()
            .is_some_and(|code| code.trim().is_empty());
        if empty {
            wrong.push(("Code", "The file is empty.".into()));
        }
        wrong
    }

    /// What became of the last submission; true while it runs. Once it is made, it is shown where it can be tried.
    fn follow(&mut self, cx: &mut Cx<'_>) -> bool {
        match Submission::follow(&mut self.submission, cx.store) {
            Followed::Waiting | Followed::Dismissed => {}
            Followed::Running => return true,
            Followed::Done(applied) => {
                self.first_event(&applied, cx);
                let made = Route::function_tab(self.name.trim(), FunctionTab::Test);
                *self = Self::default();
                cx.messages.push(Message::OpenInNewTab(made));
                cx.messages.push(Message::Close(Route::CreateFunction));
            }
            Followed::Failed(error) => self.failed = Some(error),
        }
        false
    }

    /// A function of code as it was offered is tried with an event that this code understands.
    fn first_event(&self, applied: &Applied, cx: &mut Cx<'_>) {
        let made = applied.output::<Function>();
        if let Some(function) = made.filter(|_| self.code.is_none()) {
            let key = cx.connection.key(&function.arn);
            Kept::begin(cx.settings, &key, self.starter().event);
        }
    }

    fn head(&self, ui: &mut Ui) {
        let theme = Theme::of(ui);
        let margin = Margin::symmetric(space::L as i8, space::M as i8);
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new("Create function").font(fonts::semibold(size::HEADING)));
                let words = "with code that runs as it is; a package of your own goes up afterwards, under Code";
                ui.label(RichText::new(words).color(theme.muted));
            });
        });
    }

    fn body(&mut self, ui: &mut Ui, wrong: &[Wrong], cx: &mut Cx<'_>) {
        let margin = Margin::symmetric(space::L as i8, 0);
        if ui.available_width() < BESIDE {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                Frame::new().inner_margin(margin).show(ui, |ui| {
                    self.fields(ui, wrong, cx);
                    ui.add_space(space::M);
                    self.code(ui, wrong, 260.0);
                });
            });
            return;
        }
        let frame = Frame::new().inner_margin(margin);
        EguiPanel::left("fields of the new function")
            .resizable(false)
            .exact_size(FORM)
            .frame(frame)
            .show(ui, |ui| {
                ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                    self.fields(ui, wrong, cx);
                });
            });
        Frame::new().inner_margin(margin).show(ui, |ui| {
            let height = (ui.available_height() - 56.0).max(160.0);
            self.code(ui, wrong, height);
        });
    }

    fn fields(&mut self, ui: &mut Ui, wrong: &[Wrong], cx: &mut Cx<'_>) {
        let told = |field: &str| {
            let found = wrong.iter().find(|(name, _)| *name == field);
            found.map_or("", |(_, why)| why.as_str())
        };
        if let Some(error) = self.failed.clone() {
            let pressed = state::error_line(ui, &error);
            if pressed.sign_in {
                cx.messages.push(Message::SignIn);
            }
            if pressed.retry {
                self.failed = None;
            }
            ui.add_space(space::S);
        }
        let free = format!("Free in {}.", cx.connection.region);
        // An empty form is not scolded before anything was typed.
        let name_wrong = match self.name.is_empty() {
            true => "",
            false => told("Name"),
        };
        form(ui, "new function", |ui| {
            let help = if self.name.is_empty() {
                "Letters, digits, - and _"
            } else {
                &free
            };
            Row::new("Name")
                .help(help)
                .wrong(name_wrong)
                .show(ui, |ui| {
                    let field = TextField::new("Name", &mut self.name)
                        .hint("greeter")
                        .width(280.0);
                    let response = field.wrong(!name_wrong.is_empty()).show(ui);
                    if !self.begun {
                        response.request_focus();
                    }
                });
            let code_kept =
                "Another language shows its own starter; what was written is kept until then.";
            let help = if self.code.is_some() { code_kept } else { "" };
            Row::new("Runtime")
                .help(help)
                .show(ui, |ui| self.runtimes(ui, cx.now));
            let help = match cx.connection.spec.is_local() {
                true => "The endpoint of this machine runs both on its own processor.",
                false => "arm64 costs about 20 % less a millisecond.",
            };
            Row::new("Architecture").help(help).show(ui, |ui| {
                let choices = Architecture::ALL.map(|of| (of, of.as_str()));
                segmented(ui, "Architecture", &mut self.architecture, &choices);
            });
            Row::new("Execution role").show(ui, |ui| {
                let choices = [(true, "New"), (false, "Existing")];
                segmented(ui, "Execution role", &mut self.new_role, &choices);
            });
            if self.new_role {
                let wrong = told("Role name");
                let follows = match self.name.trim() {
                    "" => role_of("greeter"),
                    name => role_of(name),
                };
                let help =
                    "Lambda may assume it; it may write the function's log, and nothing else.";
                Row::new("Role name")
                    .help(help)
                    .wrong(wrong)
                    .show(ui, |ui| {
                        let field = TextField::new("Role name", &mut self.role_name).hint(&follows);
                        field.width(280.0).wrong(!wrong.is_empty()).show(ui);
                    });
            } else {
                let wrong = if self.name.is_empty() {
                    ""
                } else {
                    told("Role")
                };
                Row::new("Role")
                    .wrong(wrong)
                    .show(ui, |ui| self.roles(ui, cx));
            }
        });
    }

    fn runtimes(&mut self, ui: &mut Ui, now: i64) {
        let mut chosen = None;
        drop_down(ui, "Runtime", self.runtime, |ui| {
            for runtime in with_starter(now) {
                if entry(ui, runtime.id == self.runtime, runtime.id, runtime.title) {
                    chosen = Some(runtime.id);
                }
            }
        });
        if let Some(runtime) = chosen {
            if starter(runtime) != starter(self.runtime) {
                self.code = None;
            }
            self.runtime = runtime;
        }
    }

    fn roles(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let known = cx.store.want(&ListRoles {}, cx.now);
        let words = match self.role.rsplit('/').next() {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => "Choose".to_owned(),
        };
        let mut chosen = None;
        drop_down(ui, "Role", &words, |ui| {
            ui.set_max_width(340.0);
            let Some(roles) = known.shown() else {
                let words = match &known.error {
                    Some(error) => error.headline(),
                    None => "Reading the roles…".to_owned(),
                };
                ui.label(words);
                return;
            };
            let roles_of = ScrollArea::vertical()
                .max_height(320.0)
                .min_scrolled_height(320.0);
            roles_of.show(ui, |ui| {
                for role in roles.iter().filter(|role| role.for_lambda) {
                    if entry(ui, role.arn == self.role, &role.name, "") {
                        chosen = Some(role.arn.clone());
                    }
                }
            });
        });
        if let Some(role) = chosen {
            self.role = role;
        }
    }

    fn code(&mut self, ui: &mut Ui, wrong: &[Wrong], height: f32) {
        let theme = Theme::of(ui);
        let own = self.starter();
        ui.horizontal(|ui| {
            ui.label(RichText::new(own.file).font(fonts::mono(size::BODY)));
            let words = format!("called as {}", own.handler);
            ui.label(RichText::new(words).color(theme.muted));
            if self.code.is_some()
                && Button::new("Starter again")
                    .ghost()
                    .icon(Icon::UNDO_2)
                    .show(ui)
                    .clicked()
            {
                self.code = None;
            }
            if let Some((_, why)) = wrong.iter().find(|(name, _)| *name == "Code") {
                ui.label(RichText::new(why).color(theme.err));
            }
        });
        ui.add_space(space::XS);
        let mut text = self.code.clone().unwrap_or_else(|| own.text.to_owned());
        let language = Language::of(own.file, own.text);
        let output = self.editor.show(ui, "Code", &mut text, language, height);
        if output.response.is_some_and(|response| response.changed()) {
            self.code = (text != own.text).then_some(text);
        }
    }

    fn foot(&mut self, ui: &mut Ui, wrong: &[Wrong], running: bool, cx: &mut Cx<'_>) {
        let theme = Theme::of(ui);
        let frame = Frame::new()
            .fill(theme.panel)
            .inner_margin(Margin::symmetric(space::L as i8, space::S as i8));
        let mut create = cx.take(Command::Review);
        let mut leave = false;
        EguiPanel::bottom("create the function")
            .frame(frame)
            .show(ui, |ui| {
                ui.horizontal(|ui| {
                    let made = match self.new_role {
                        true => format!("Makes the role {}, then the function", self.role_name()),
                        false => "Makes the function".to_owned(),
                    };
                    let (words, color) = match (running, wrong.first()) {
                        (true, _) => (
                            "It is being made: you may leave, it goes on in Activity".to_owned(),
                            theme.muted,
                        ),
                        (_, Some((field, _))) if !self.name.is_empty() => {
                            (format!("To correct: {field}"), theme.err)
                        }
                        (_, Some(_)) => ("Give it a name".to_owned(), theme.muted),
                        (_, None) => (made, theme.muted),
                    };
                    let available = match (running, wrong.is_empty(), cx.may_write()) {
                        (true, ..) => Err("It is being made"),
                        (_, false, _) => Err("A field is wrong or empty"),
                        (_, _, may) => may,
                    };
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        in_order(ui, "leave or create", |ui| {
                            leave = Button::new("Cancel").ghost().show(ui).clicked();
                            let button = Button::new("Review and create").primary();
                            let button = button.shortcut(Command::Review.keys_text());
                            create |= button.available(available).show(ui).clicked();
                            create &= available.is_ok();
                        });
                        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                            ui.add(Label::new(RichText::new(words).color(color)).truncate());
                        });
                    });
                });
            });
        if leave {
            *self = Self::default();
            cx.open(Route::Functions);
        } else if create {
            self.failed = None;
            let action = Arc::new(self.action(cx));
            self.submission = Some(cx.review(action));
        }
    }

    fn action(&self, cx: &Cx<'_>) -> CreateFunction {
        let own = self.starter();
        let region = cx.connection.region.clone();
        let identity = cx.connection.identity.as_ref();
        CreateFunction {
            name: self.name.trim().to_owned(),
            runtime: self.runtime.to_owned(),
            handler: own.handler.to_owned(),
            architecture: self.architecture,
            role: match self.new_role {
                true => Role::New(self.role_name()),
                false => Role::Existing(self.role.clone()),
            },
            file: own.file.to_owned(),
            text: self.code.clone().unwrap_or_else(|| own.text.to_owned()),
            executable: own.executable,
            account: identity
                .map(|identity| identity.account.clone())
                .unwrap_or_default(),
            partition: partition_of(&region).to_owned(),
            region,
            context: cx.connection.cli(),
        }
    }
}

/// A role's name after its function's, as long as IAM allows.
fn role_of(function: &str) -> String {
    const END: &str = "-role";
    let most = function.floor_char_boundary(ROLE_CHARS - END.len());
    format!("{}{END}", &function[..most])
}

/// IAM's rules for the name of a role.
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
fn role_problem(name: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if let Some(bad) = name.chars().find(|c| !fits(*c)) {
        return Some(format!(
            "A role's name has letters, digits and _+=,.@- only, not “{bad}”."
        ));
    }
    match name.len() {
        ..=ROLE_CHARS => None,
        count => Some(format!(
            "The name has {count} characters; {ROLE_CHARS} are allowed."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(panel: &CreatePanel, taken: bool) -> Vec<&'static str> {
        let wrong = panel.wrong(taken, "eu-west-1");
        wrong.into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn each_field_is_judged_and_the_role_follows_the_name() {
        let mut panel = CreatePanel::default();
        assert_eq!(wrong(&panel, false), ["Name"]);
        panel.name = "greeter".into();
        assert_eq!(wrong(&panel, false), [""; 0]);
        assert_eq!(panel.role_name(), "greeter-role");
        assert_eq!(wrong(&panel, true), ["Name"], "there is one of that name");
        panel.role_name = "a role".into();
        assert_eq!(wrong(&panel, false), ["Role name"]);
        panel.new_role = false;
        assert_eq!(wrong(&panel, false), ["Role"]);
        panel.role = "arn:aws:iam::482177391105:role/basic".into();
        panel.code = Some(" \n".into());
        assert_eq!(wrong(&panel, false), ["Code"]);
    }

    #[test]
    fn the_role_of_a_long_name_is_cut_to_what_iam_allows() {
        let panel = CreatePanel {
            name: "f".repeat(64),
            ..CreatePanel::default()
        };
        assert_eq!(wrong(&panel, false), [""; 0]);
        assert_eq!(panel.role_name().len(), 64);
        assert!(panel.role_name().ends_with("-role"));
    }
}

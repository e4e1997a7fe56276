//! The request as a cURL command, and a command that becomes one.

use egui::{Label, RichText, Ui};

use super::Client;
use super::parts::lines;
use crate::model::client::curl::{How, read, write};
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, copy_button};
use crate::ui::widgets::code::{CodeEditor, Language};

/// What is kept between frames.
#[derive(Default)]
pub struct Commands {
    pasted: String,
    problem: String,
    editor: CodeEditor,
}

impl Client {
    /// Draws it.
    pub(super) fn command(&mut self, ui: &mut Ui, stage_url: Option<&str>, cx: &mut Cx<'_>) {
        let theme = Theme::of(ui);
        let variables = self.environments().variables(&self.environment);
        let values = self.values(stage_url, &variables);
        let how = |revealed| How {
            region: &cx.connection.region,
            revealed,
        };
        match write(&self.request, &values, how(false)) {
            Err(problems) => {
                for problem in problems {
                    ui.add(Label::new(RichText::new(problem.text).color(theme.err)).wrap());
                }
            }
            Ok(text) => {
                let named = text.contains("${");
                let copy = text.clone();
                ui.horizontal_wrapped(|ui| {
                    copy_button(ui, "as cURL", || copy);
                    if named {
                        let words = "secrets come from the environment of the shell";
                        ui.label(RichText::new(words).color(theme.muted));
                        let button = Button::new("Copy with secrets").ghost();
                        let hover =
                            "Puts the command on the clipboard with the values of its secrets";
                        if button.hover(hover).show(ui).clicked()
                            && let Ok(text) = write(&self.request, &values, how(true))
                        {
                            ui.ctx().copy_text(text);
                            cx.toast("Command copied", "It holds the values of its secrets");
                        }
                    }
                });
                let height = (text.lines().count().clamp(2, 12) as f32) * 18.0 + 14.0;
                let editor = &mut self.commands.editor;
                editor.show_read_only(ui, "The request as cURL", &text, Language::Plain, height);
            }
        }
        ui.add_space(space::S);
        ui.label(RichText::new("Paste a command").font(fonts::semibold(size::BODY)));
        lines(
            ui,
            "cURL command",
            &mut self.commands.pasted,
            "curl https://…",
            3,
        );
        let may = match self.commands.pasted.trim() {
            "" => Err("Paste a cURL command first"),
            _ => Ok(()),
        };
        if Button::new("Make it the request")
            .available(may)
            .show(ui)
            .clicked()
        {
            let text = std::mem::take(&mut self.commands.pasted);
            self.paste(&text);
        }
        if !self.commands.problem.is_empty() {
            let words = RichText::new(&self.commands.problem).color(theme.err);
            ui.add(Label::new(words).wrap());
        }
    }

    /// A command becomes the request; what was edited can be had back.
    pub(super) fn paste(&mut self, text: &str) {
        match read(text, self.vault.values()) {
            Err(why) => {
                self.commands.problem = why;
                text.clone_into(&mut self.commands.pasted);
                self.part = super::Part::Curl;
            }
            Ok(pasted) => {
                self.commands.problem.clear();
                for (name, value) in pasted.secrets {
                    self.vault.put(&name, value);
                }
                self.take(pasted.request, None);
                self.notes = pasted.notes;
            }
        }
    }
}

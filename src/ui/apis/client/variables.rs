//! Environments: which is chosen, and its variables as lines.

use egui::{RichText, Ui};

use super::Client;
use super::folder::Known;
use super::parts::lines;
use crate::model::client::environments::{Environments, FILE};
use crate::model::client::is_secret_name;
use crate::ui::cx::Cx;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::text_field::TextField;

/// What is typed.
#[derive(Default)]
pub struct Typed {
    /// The environment that the lines are of.
    of: String,
    lines: String,
    /// The lines as they were.
    before: String,
    /// A new environment's name.
    name: String,
}

impl Client {
    /// The environments: the folder's, or those of this tab.
    pub(super) fn environments(&self) -> &Environments {
        self.folder.environments().unwrap_or(&self.own)
    }

    /// The choice of one.
    pub(super) fn environment(&mut self, ui: &mut Ui) {
        let names = self.environments().names();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        if !names.contains(&self.environment) {
            self.environment.clear();
        }
        let words = match self.environment.as_str() {
            "" => "No environment",
            name => name,
        }
        .to_owned();
        drop_down(ui, "Environment", &words, |ui| {
            if entry(ui, self.environment.is_empty(), "No environment", "") {
                self.environment.clear();
            }
            for name in &names {
                if entry(ui, self.environment == *name, name, "") {
                    self.environment.clone_from(name);
                }
            }
        });
    }

    /// The variables of the chosen one.
    pub(super) fn variables(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let theme = Theme::of(ui);
        if let Some(Err(why)) = &self.folder.listed.environments {
            let words = format!("{why}. Nothing is written over it");
            ui.label(RichText::new(words).color(theme.err));
            return;
        }
        ui.horizontal_wrapped(|ui| {
            self.environment(ui);
            let field = TextField::new("Name of a new environment", &mut self.typed.name);
            field.hint("staging").width(120.0).show(ui);
            let name = self.typed.name.trim().to_owned();
            let known = self.environments().names().contains(&name.as_str());
            let may = match (name.as_str(), known) {
                ("", _) => Err("Give it a name first"),
                (_, true) => Err("There is one of this name"),
                _ => Ok(()),
            };
            if Button::new("Add")
                .name("Add the environment")
                .available(may)
                .show(ui)
                .clicked()
            {
                self.typed.name.clear();
                self.set(&name, "", cx);
                self.environment = name;
            }
        });
        if self.environment.is_empty() {
            let words =
                "Choose an environment, or add one: its variables stand for {{name}} in a request";
            ui.label(RichText::new(words).color(theme.muted));
            return;
        }
        let now = self.environments().lines(&self.environment);
        let typed = &mut self.typed;
        if typed.of != self.environment || typed.before != now && typed.lines == typed.before {
            typed.of.clone_from(&self.environment);
            typed.lines.clone_from(&now);
        }
        typed.before.clone_from(&now);
        lines(
            ui,
            "Variables of the environment",
            &mut typed.lines,
            "orderId=8841",
            6,
        );
        let problem = problem(&typed.lines);
        if let Some(why) = &problem {
            ui.label(RichText::new(why).color(theme.err));
        }
        ui.add_space(space::XS);
        let may = match (&problem, typed.lines == now) {
            (Some(why), _) => Err(why.as_str()),
            (None, true) => Err("Nothing was changed"),
            (None, false) => Ok(()),
        };
        let kept = match &self.folder.path {
            Some(_) => format!("Kept in {FILE} in the folder, as other tools read it"),
            None => "Kept in this tab: choose a folder to keep them".to_owned(),
        };
        let take = ui.horizontal_wrapped(|ui| {
            let button = Button::new("Save variables").available(may);
            let take = button.show(ui).clicked();
            ui.label(RichText::new(kept).color(theme.muted));
            take
        });
        if take.inner {
            let (name, lines) = (self.environment.clone(), self.typed.lines.clone());
            self.set(&name, &lines, cx);
        }
    }

    fn set(&mut self, name: &str, lines: &str, cx: &mut Cx<'_>) {
        let mut all = self.environments().clone();
        if all.set_lines(name, lines).is_err() {
            return;
        }
        let Some(folder) = self.folder.path.clone() else {
            self.own = all;
            return;
        };
        let known = match self.folder.listed.environments_text.clone() {
            Some(text) => Known::Text(text),
            None => Known::New,
        };
        let text = all.write();
        self.folder.take_environments(all);
        self.folder.write(folder.join(FILE), text, known, cx);
    }
}

/// What is wrong with the lines; a secret does not belong there.
fn problem(lines: &str) -> Option<String> {
    if let Err(why) = Environments::default().set_lines("x", lines) {
        return Some(why);
    }
    let names = lines.lines().filter_map(|line| line.split_once('='));
    let mut secret = names.filter(|(name, value)| is_secret_name(name) && !value.trim().is_empty());
    let (name, _) = secret.next()?;
    let name = name.trim();
    Some(format!(
        "{name} looks like a secret, and this is a file: write {{{{secret.{name}}}}} in the request instead"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_taken_into_the_file_of_an_environment() {
        assert_eq!(problem("page=2\nid=x"), None);
        assert!(problem("page").is_some_and(|why| why.contains("Line 1")));
        assert!(problem("api_key=abc").is_some_and(|why| why.contains("{{secret.api_key}}")));
        assert_eq!(problem("token="), None);
    }
}

//! What the palette offers: every function of the connection, every screen, every command.

use std::sync::Arc;

use crate::command::{Command, Environment, Reason};
use crate::model::function::Function;
use crate::route::Route;
use crate::ui::commands;
use crate::ui::icons::Icon;
use crate::ui::widgets::palette::{Item, Items};

/// What choosing an item does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Shows a screen.
    Open(Route),
    /// Runs a command.
    Run(Command),
}

/// The items of one opening of the palette.
#[derive(Default)]
pub struct Jump {
    commands: Vec<(Command, String, Result<(), Reason>)>,
    functions: Vec<Arc<Function>>,
    generation: u64,
}

impl Jump {
    /// Takes up what there is now; does nothing while nothing changed.
    pub fn refresh(
        &mut self,
        functions: Option<&[Arc<Function>]>,
        environment: &Environment,
        opened: bool,
    ) {
        let functions = functions.unwrap_or_default();
        let ends =
            |list: &[Arc<Function>]| (list.first().map(Arc::as_ptr), list.last().map(Arc::as_ptr));
        let same =
            functions.len() == self.functions.len() && ends(functions) == ends(&self.functions);
        if same && !opened {
            return;
        }
        self.functions = functions.to_vec();
        self.commands = Command::ALL
            .iter()
            .filter(|command| **command != Command::Palette)
            .map(|command| {
                (
                    *command,
                    command.keys_text(),
                    command.available(environment),
                )
            })
            .collect();
        self.generation += 1;
    }

    /// What the chosen item does.
    pub fn choice(&self, index: usize) -> Option<Choice> {
        match self.functions.get(index) {
            Some(function) => Some(Choice::Open(Route::function(&function.name))),
            None => self
                .commands
                .get(index - self.functions.len())
                .map(|(command, _, _)| Choice::Run(*command)),
        }
    }
}

impl Items for Jump {
    fn count(&self) -> usize {
        self.functions.len() + self.commands.len()
    }

    fn item(&self, index: usize) -> Item<'_> {
        if let Some(function) = self.functions.get(index) {
            return Item {
                icon: Icon::SQUARE_FUNCTION,
                title: &function.name,
                detail: function.runtime.as_deref().unwrap_or("image"),
                also: "",
                shortcut: "",
                disabled: None,
            };
        }
        let (command, keys, available) = &self.commands[index - self.functions.len()];
        Item {
            icon: commands::icon(*command),
            title: command.text(),
            detail: "command",
            also: command.spec().also,
            shortcut: keys,
            disabled: available.err(),
        }
    }

    fn generation(&self) -> u64 {
        self.generation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::palette::rank;

    #[test]
    fn every_command_is_reachable_from_the_palette() {
        let mut jump = Jump::default();
        jump.refresh(None, &Environment::default(), true);
        let offered: Vec<_> = (0..jump.count()).filter_map(|n| jump.choice(n)).collect();
        for command in Command::ALL.iter().filter(|c| **c != Command::Palette) {
            assert!(offered.contains(&Choice::Run(*command)), "{command:?}");
        }
    }

    /// What the palette puts first for these words, on the list of functions.
    fn first(query: &str) -> Option<Choice> {
        let environment = Environment {
            connected: true,
            route: Some(Route::Functions),
            ..Environment::default()
        };
        let mut jump = Jump::default();
        jump.refresh(None, &environment, true);
        let found = *rank(query, &jump).first()?;
        jump.choice(found as usize)
    }

    #[test]
    fn every_command_is_found_first_by_its_own_text() {
        for command in Command::ALL.iter().filter(|c| **c != Command::Palette) {
            assert_eq!(first(command.text()), Some(Choice::Run(*command)));
        }
    }

    #[test]
    fn a_command_is_found_by_other_words_for_it_and_with_a_typo() {
        let by_word = [
            ("dark", Command::ToggleTheme),
            ("night", Command::ToggleTheme),
            ("timezone", Command::ToggleUtc),
            ("bookmark", Command::ToggleFavourite),
            ("spreadsheet", Command::ExportCsv),
            ("discard", Command::Revert),
            ("sso", Command::Connect),
            ("reload", Command::Refresh),
            ("refersh", Command::Refresh),
            ("donwload", Command::DownloadPackage),
        ];
        for (words, command) in by_word {
            assert_eq!(first(words), Some(Choice::Run(command)), "{words}");
        }
    }

    #[test]
    fn a_command_that_lacks_its_object_is_found_and_says_so() {
        let mut jump = Jump::default();
        jump.refresh(None, &Environment::default(), true);
        let run = Choice::Run(Command::DownloadPackage);
        let index = (0..jump.count()).find(|n| jump.choice(*n).as_ref() == Some(&run));
        let item = index.map(|index| jump.item(index));
        assert_eq!(item.and_then(|i| i.disabled), Some("Open a function first"));
    }

    #[test]
    fn functions_come_before_commands() {
        let function = Function {
            name: "orders-api".into(),
            ..Function::default()
        };
        let mut jump = Jump::default();
        jump.refresh(Some(&[Arc::new(function)]), &Environment::default(), false);
        assert_eq!(
            jump.choice(0),
            Some(Choice::Open(Route::function("orders-api")))
        );
        assert_eq!(jump.item(0).title, "orders-api");
    }
}

//! What the palette offers: every function of the connection and what can be done with it, every screen, every command. A
//! command that lacks its function asks which one.

use std::sync::Arc;

use crate::command::{Command, Environment, Reason, Screen};
use crate::model::function::Function;
use crate::route::{FunctionTab, Route};
use crate::ui::commands;
use crate::ui::icons::Icon;
use crate::ui::widgets::palette::{Item, Items, near, rank};

/// Functions whose verbs are offered for one query.
const MOST_MEANT: usize = 4;

/// What choosing an item does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Shows a screen.
    Open(Route),
    /// Runs a command.
    Run(Command),
    /// Runs a command on that function.
    RunOn(String, Command),
    /// Asks on which function.
    Ask(Command),
}

/// The items of one opening of the palette.
#[derive(Default)]
pub struct Jump {
    commands: Vec<Offer>,
    functions: Vec<Arc<Function>>,
    /// Of those, by position, which are not among the items for the query already.
    listed: Vec<usize>,
    /// Items that depend on the query: functions that were opened lately, or what can be done with those that it names.
    derived: Vec<Derived>,
    recent: Vec<String>,
    environment: Environment,
    asking: Option<Command>,
    question: String,
    note: String,
    generation: u64,
}

/// A command, and whether it can be chosen.
struct Offer {
    command: Command,
    keys: String,
    also: String,
    state: Result<Way, Reason>,
}

/// How a command that can be chosen is run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Run,
    /// It belongs to a function, and none is in front.
    Ask,
}

/// An item that is made for the query.
struct Derived {
    section: &'static str,
    icon: &'static str,
    title: String,
    detail: String,
    also: String,
    keys: String,
    disabled: Option<Reason>,
    choice: Choice,
}

/// What is known of the functions while the palette is open.
#[derive(Default)]
pub struct Known<'a> {
    /// Those that have been read.
    pub functions: &'a [Arc<Function>],
    /// That they are being read, or why they could not be; empty where all are known.
    pub note: &'a str,
    /// Names of those that were opened lately, newest first.
    pub recent: &'a [String],
}

impl Jump {
    /// Takes up what there is now; does nothing while nothing changed.
    pub fn refresh(&mut self, known: &Known<'_>, environment: &Environment, opened: bool) {
        let functions = known.functions;
        let ends =
            |list: &[Arc<Function>]| (list.first().map(Arc::as_ptr), list.last().map(Arc::as_ptr));
        let same = functions.len() == self.functions.len()
            && ends(functions) == ends(&self.functions)
            && self.note == known.note;
        if same && !opened {
            return;
        }
        self.functions = functions.to_vec();
        known.note.clone_into(&mut self.note);
        self.listed = (0..functions.len()).collect();
        self.recent = known.recent.to_vec();
        self.environment = environment.clone();
        if opened {
            self.asking = None;
        }
        let all = Command::ALL.iter().copied();
        self.commands = all
            .filter(|command| *command != Command::Palette)
            .map(|command| Offer {
                command,
                keys: command.keys_text(),
                also: also(command),
                state: way(command, environment),
            })
            .collect();
        self.generation += 1;
    }

    /// Offers the functions alone: the one that is chosen is what the command is run on.
    pub fn ask(&mut self, command: Command) {
        self.asking = Some(command);
        self.question = format!("{}: which function?", command.text().trim_end_matches('…'));
        self.derived.clear();
        self.list();
        self.generation += 1;
    }

    /// A function that is offered as one of the last stands there alone.
    fn list(&mut self) {
        let known = |function: &Function| {
            let open = |derived: &Derived| match &derived.choice {
                Choice::Open(route) => route.function_name() == Some(&function.name),
                _ => false,
            };
            self.derived.iter().any(open)
        };
        let all = self.functions.iter().enumerate();
        let listed = all.filter(|(_, function)| !known(function));
        self.listed = listed.map(|(at, _)| at).collect();
    }

    fn listed(&self, place: usize) -> Option<&Arc<Function>> {
        self.functions.get(*self.listed.get(place)?)
    }

    /// What the chosen item does.
    pub fn choice(&self, index: usize) -> Option<Choice> {
        if let Some(derived) = self.derived.get(index) {
            return Some(derived.choice.clone());
        }
        let index = index - self.derived.len();
        match (self.listed(index), self.asking) {
            (Some(function), Some(command)) => Some(Choice::RunOn(function.name.clone(), command)),
            (Some(function), None) => Some(Choice::Open(Route::function(&function.name))),
            (None, _) => {
                let offer = self.commands.get(index - self.listed.len())?;
                Some(match offer.state {
                    Ok(Way::Ask) => Choice::Ask(offer.command),
                    _ => Choice::Run(offer.command),
                })
            }
        }
    }

    /// The functions that the query names with what it asks of them: `orders > logs`, `orders log`, `invoke orders`.
    fn verbs(&self, query: &str) -> Vec<Derived> {
        let spaced = query.replace('>', " > ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut found: Vec<(usize, Command)> = Vec::new();
        let mut add = |function: &[&str], verb: &[&str]| {
            let commands: Vec<Command> = verbs().filter(|command| fits(*command, verb)).collect();
            if commands.is_empty() || function.is_empty() {
                return;
            }
            let names = Names(&self.functions);
            for index in rank(&function.join(" "), &names)
                .into_iter()
                .take(MOST_MEANT)
            {
                for command in &commands {
                    let pair = (index as usize, *command);
                    if !found.contains(&pair) {
                        found.push(pair);
                    }
                }
            }
        };
        if let Some(at) = words.iter().position(|word| *word == ">") {
            add(&words[..at], &words[at + 1..]);
        } else if words.len() > 1 {
            for at in 1..words.len() {
                add(&words[..at], &words[at..]);
            }
            add(&words[1..], &words[..1]);
        } else if let [name] = words.as_slice()
            && self.functions.iter().any(|function| function.name == *name)
        {
            add(&[*name], &[]);
            found.retain(|(index, _)| self.functions[*index].name == *name);
        }
        found
            .into_iter()
            .map(|(index, command)| self.verb(&self.functions[index].name, command))
            .collect()
    }

    fn verb(&self, name: &str, command: Command) -> Derived {
        let on_it = Environment {
            route: Some(Route::function(name)),
            ..self.environment.clone()
        };
        Derived {
            section: "On a function",
            icon: commands::icon(command),
            title: format!("{name} > {}", short(command)),
            detail: String::new(),
            also: format!("{name} > {}", also(command)),
            keys: String::new(),
            disabled: command.available(&on_it).err(),
            choice: Choice::RunOn(name.to_owned(), command),
        }
    }

    fn lately(&self) -> Vec<Derived> {
        let front = match &self.environment.route {
            Some(route) => route.function_name().unwrap_or_default(),
            None => "",
        };
        let known = |name: &&String| {
            let gone = self.note.is_empty()
                && !self
                    .functions
                    .iter()
                    .any(|function| function.name == **name);
            **name != front && !gone
        };
        let names = self.recent.iter().filter(known);
        names
            .map(|name| Derived {
                section: "Recent",
                icon: Icon::HISTORY,
                title: name.clone(),
                detail: String::new(),
                also: String::new(),
                keys: String::new(),
                disabled: None,
                choice: Choice::Open(Route::function(name)),
            })
            .collect()
    }
}

fn way(command: Command, environment: &Environment) -> Result<Way, Reason> {
    let screen = command.spec().screen;
    let lacks = screen == Screen::Function && !screen.holds(environment.route.as_ref());
    if !lacks {
        return command.available(environment).map(|()| Way::Run);
    }
    if !verbs().any(|verb| verb == command) {
        return command.available(environment).map(|()| Way::Run);
    }
    let on_one = Environment {
        route: Some(Route::function("")),
        ..environment.clone()
    };
    command.available(&on_one).map(|()| Way::Ask)
}

/// What can be done with a function wherever one is: not what belongs to a draft.
fn verbs() -> impl Iterator<Item = Command> {
    Command::ALL.iter().copied().filter(|command| {
        let of_function = command.spec().screen == Screen::Function;
        (of_function || *command == Command::NewestFailure)
            && !matches!(
                command,
                Command::Review | Command::Revert | Command::FindInLog
            )
    })
}

/// Its words behind a function's name.
fn short(command: Command) -> &'static str {
    match command {
        Command::FunctionTab(tab) => tab.title(),
        Command::Invoke => "Invoke",
        Command::DeleteFunction => "Delete…",
        Command::NewestFailure => "Newest failure",
        command => command.text(),
    }
}

/// Words for what stands on a part of a function, beside those of the table: each leads to where it can be seen.
fn more_words(command: Command) -> &'static str {
    match command {
        Command::FunctionTab(FunctionTab::Overview) => {
            "concurrency tracing trace x-ray xray layers role"
        }
        Command::FunctionTab(FunctionTab::Configuration) => "change edit set storage handler",
        Command::FunctionTab(FunctionTab::Logs) => "insights query",
        _ => "",
    }
}

/// All words that a command is found by without showing them.
fn also(command: Command) -> String {
    let more = more_words(command);
    match more {
        "" => command.spec().also.to_owned(),
        more => format!("{} {more}", command.spec().also),
    }
}

/// Every word stands for the command, as far as it was typed.
fn fits(command: Command, words: &[&str]) -> bool {
    words.iter().all(|word| {
        let known = [
            command.text(),
            short(command),
            command.spec().also,
            more_words(command),
        ];
        let mut known = known.iter().flat_map(|text| text.split([' ', ':']));
        known.any(|known| near(word, known))
    })
}

/// The screen on which a command that was chosen for a function is run; `None` where that is all of it.
pub fn place(name: &str, command: Command) -> (Route, Option<Command>) {
    match command {
        Command::FunctionTab(tab) => (Route::function_tab(name, tab), None),
        // It shows the event first: nobody runs what they have not seen.
        Command::Invoke => (Route::function_tab(name, FunctionTab::Test), None),
        Command::NewestFailure => (Route::failures(name), None),
        Command::UploadZip | Command::DownloadPackage => {
            let route = Route::function_tab(name, FunctionTab::Code);
            (route, Some(command))
        }
        command => (Route::function(name), Some(command)),
    }
}

/// The functions alone, to be ranked by their names.
struct Names<'a>(&'a [Arc<Function>]);

impl Items for Names<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn item(&self, index: usize) -> Item<'_> {
        of_function(&self.0[index])
    }

    fn generation(&self) -> u64 {
        0
    }
}

fn of_function(function: &Function) -> Item<'_> {
    Item {
        icon: Icon::SQUARE_FUNCTION,
        section: "Functions",
        title: &function.name,
        detail: function.runtime.as_deref().unwrap_or("image"),
        also: "",
        shortcut: "",
        disabled: None,
    }
}

impl Items for Jump {
    fn count(&self) -> usize {
        let commands = if self.asking.is_some() {
            0
        } else {
            self.commands.len()
        };
        self.derived.len() + self.listed.len() + commands
    }

    fn item(&self, index: usize) -> Item<'_> {
        if let Some(derived) = self.derived.get(index) {
            return Item {
                icon: derived.icon,
                section: derived.section,
                title: &derived.title,
                detail: &derived.detail,
                also: &derived.also,
                shortcut: &derived.keys,
                disabled: derived.disabled,
            };
        }
        let index = index - self.derived.len();
        if let Some(function) = self.listed(index) {
            let item = of_function(function);
            return match self.asking {
                Some(_) => Item {
                    section: &self.question,
                    ..item
                },
                None => item,
            };
        }
        let offer = &self.commands[index - self.listed.len()];
        Item {
            icon: commands::icon(offer.command),
            section: "Commands",
            title: offer.command.text(),
            detail: match offer.state {
                Ok(Way::Ask) => "asks which function",
                _ => "",
            },
            also: &offer.also,
            shortcut: &offer.keys,
            disabled: offer.state.err(),
        }
    }

    fn generation(&self) -> u64 {
        self.generation
    }

    fn asked(&mut self, query: &str) {
        self.derived = match (self.asking, query.trim()) {
            (Some(_), _) => Vec::new(),
            (None, "") => self.lately(),
            (None, query) => self.verbs(query),
        };
        self.list();
    }

    fn hint(&self) -> &str {
        match self.asking {
            Some(_) => &self.question,
            None => "Search functions and commands, or both: orders > logs",
        }
    }

    fn note(&self) -> &str {
        &self.note
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::palette::rank;

    #[test]
    fn every_command_is_reachable_from_the_palette() {
        let mut jump = Jump::default();
        jump.refresh(&Known::default(), &Environment::default(), true);
        let offered: Vec<_> = (0..jump.count()).filter_map(|n| jump.choice(n)).collect();
        for command in Command::ALL.iter().filter(|c| **c != Command::Palette) {
            let asks = Choice::Ask(*command);
            let there = offered.contains(&Choice::Run(*command)) || offered.contains(&asks);
            assert!(there, "{command:?}");
        }
    }

    fn function(name: &str) -> Arc<Function> {
        Arc::new(Function {
            name: name.into(),
            ..Function::default()
        })
    }

    /// What the palette puts first over three functions, connected and on the list.
    fn first_of(query: &str) -> Option<Choice> {
        let functions = ["geo-lookup", "orders-api", "payments-capture"].map(function);
        let known = Known {
            functions: &functions,
            ..Known::default()
        };
        let environment = Environment {
            connected: true,
            route: Some(Route::Functions),
            ..Environment::default()
        };
        let mut jump = Jump::default();
        jump.refresh(&known, &environment, true);
        jump.asked(query);
        let found = *rank(query, &jump).first()?;
        jump.choice(found as usize)
    }

    #[test]
    fn a_verb_after_or_before_a_function_is_done_on_it() {
        let on = |name: &str, command| Some(Choice::RunOn(name.to_owned(), command));
        let tab = Command::FunctionTab;
        let cases = [
            ("orders > logs", "orders-api", tab(FunctionTab::Logs)),
            ("orders log", "orders-api", tab(FunctionTab::Logs)),
            ("orders>conf", "orders-api", tab(FunctionTab::Configuration)),
            (
                "orders memory",
                "orders-api",
                tab(FunctionTab::Configuration),
            ),
            ("invoke orders", "orders-api", Command::Invoke),
            ("geo delete", "geo-lookup", Command::DeleteFunction),
            (
                "payments mon",
                "payments-capture",
                tab(FunctionTab::Monitor),
            ),
            ("ordrs lgos", "orders-api", tab(FunctionTab::Logs)),
            ("orders insights", "orders-api", tab(FunctionTab::Logs)),
        ];
        for (query, name, command) in cases {
            assert_eq!(first_of(query), on(name, command), "{query}");
        }
        let open = Choice::Open(Route::function("orders-api"));
        for query in ["orders-api", "orders", "ordrs-apo", "ordesr"] {
            assert_eq!(first_of(query), Some(open.clone()), "{query}");
        }
    }

    #[test]
    fn a_command_without_its_function_asks_and_runs_on_the_one_that_is_chosen() {
        assert_eq!(
            first_of("Invoke the function"),
            Some(Choice::Ask(Command::Invoke))
        );
        assert_eq!(
            first_of("download package"),
            Some(Choice::Ask(Command::DownloadPackage))
        );
        let functions = ["geo-lookup", "orders-api"].map(function);
        let known = Known {
            functions: &functions,
            note: "Loading the functions…",
            ..Known::default()
        };
        let mut jump = Jump::default();
        jump.refresh(&known, &Environment::default(), true);
        assert_eq!(jump.note(), "Loading the functions…");
        jump.ask(Command::CopyArn);
        jump.asked("ord");
        assert_eq!(jump.hint(), "Copy ARN: which function?");
        let found = rank("ord", &jump);
        assert_eq!(found.len(), 1, "functions alone");
        let chosen = jump.choice(found[0] as usize);
        assert_eq!(
            chosen,
            Some(Choice::RunOn("orders-api".into(), Command::CopyArn))
        );
    }

    #[test]
    fn what_was_opened_lately_stands_first_before_anything_is_typed() {
        let functions = ["geo-lookup", "orders-api"].map(function);
        let recent = ["orders-api".to_owned(), "gone".to_owned()];
        let known = Known {
            functions: &functions,
            recent: &recent,
            ..Known::default()
        };
        let mut jump = Jump::default();
        jump.refresh(&known, &Environment::default(), true);
        jump.asked("");
        assert_eq!(
            (jump.item(0).section, jump.item(0).title),
            ("Recent", "orders-api")
        );
        assert_eq!(jump.item(1).section, "Functions");
        let there = (0..jump.count()).filter(|at| jump.item(*at).title == "orders-api");
        assert_eq!(there.count(), 1, "nothing stands there twice");
    }

    fn on_list() -> Environment {
        Environment {
            connected: true,
            route: Some(Route::Functions),
            ..Environment::default()
        }
    }

    /// What the palette puts first for these words, on the list of functions.
    fn first(query: &str) -> Option<Choice> {
        let environment = on_list();
        let mut jump = Jump::default();
        jump.refresh(&Known::default(), &environment, true);
        let found = *rank(query, &jump).first()?;
        jump.choice(found as usize)
    }

    #[test]
    fn every_command_is_found_first_by_its_own_text() {
        for command in Command::ALL.iter().filter(|c| **c != Command::Palette) {
            let asks = way(*command, &on_list()) == Ok(Way::Ask);
            let choice = if asks { Choice::Ask } else { Choice::Run };
            assert_eq!(first(command.text()), Some(choice(*command)));
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
            (
                "change memory",
                Command::FunctionTab(FunctionTab::Configuration),
            ),
            (
                "chnage memry",
                Command::FunctionTab(FunctionTab::Configuration),
            ),
            ("concurrency", Command::FunctionTab(FunctionTab::Overview)),
            ("tracing", Command::FunctionTab(FunctionTab::Overview)),
            ("trace", Command::FunctionTab(FunctionTab::Overview)),
            ("insights", Command::FunctionTab(FunctionTab::Logs)),
        ];
        for (words, command) in by_word {
            let run = Some(Choice::Run(command));
            let ask = Some(Choice::Ask(command));
            assert!([run, ask].contains(&first(words)), "{words}");
        }
    }

    #[test]
    fn a_command_that_lacks_its_draft_is_found_and_says_so() {
        let mut jump = Jump::default();
        jump.refresh(&Known::default(), &Environment::default(), true);
        let run = Choice::Run(Command::Revert);
        let index = (0..jump.count()).find(|n| jump.choice(*n).as_ref() == Some(&run));
        let item = index.map(|index| jump.item(index));
        assert_eq!(item.and_then(|i| i.disabled), Some("Open a function first"));
    }

    #[test]
    fn functions_come_before_commands() {
        let functions = [function("orders-api")];
        let known = Known {
            functions: &functions,
            ..Known::default()
        };
        let mut jump = Jump::default();
        jump.refresh(&known, &Environment::default(), false);
        assert_eq!(
            jump.choice(0),
            Some(Choice::Open(Route::function("orders-api")))
        );
        assert_eq!(jump.item(0).title, "orders-api");
    }
}

//! A function's configuration while it is edited: its fields, its values, and what of them is sent.

use super::super::format::number_exact;
use super::super::function::{Architecture, Environment, Function, PackageType};
use super::super::limits::{self, ENVIRONMENT_BYTES};
use super::super::runtimes;
use super::{
    Choice, Descriptor, Draft, Input, Merge, PairProblems, PairWords, Paired, Pairs, Values, pairs,
};

/// The part of the form with what every function has one of.
pub const GENERAL: &str = "General";
/// The part of the form with the variables.
pub const ENVIRONMENT: &str = "Environment";

/// A function's configuration while it is edited.
pub type ConfigurationDraft = Draft<Configuration>;

/// A field of the form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// `Description`.
    Description,
    /// `MemorySize`, MB.
    Memory,
    /// `Timeout`, s.
    Timeout,
    /// `EphemeralStorage`, MB.
    EphemeralStorage,
    /// `Handler`.
    Handler,
    /// `Runtime`.
    Runtime,
    /// `Architectures`: changes together with the code only.
    Architecture,
    /// `Role`.
    Role,
    /// One variable by name.
    Environment(String),
}

impl Field {
    /// Those of which there is one each.
    pub const GENERAL: [Self; 8] = [
        Self::Description,
        Self::Memory,
        Self::Timeout,
        Self::EphemeralStorage,
        Self::Handler,
        Self::Runtime,
        Self::Architecture,
        Self::Role,
    ];
}

/// The values as they stand in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Configuration {
    pub description: String,
    /// As typed, MB.
    pub memory: String,
    /// As typed, s.
    pub timeout: String,
    /// As typed, MB.
    pub ephemeral_storage: String,
    pub handler: String,
    pub runtime: String,
    pub architecture: Architecture,
    pub role: String,
    /// Rows as they stand; one that is empty on both sides does not count.
    pub environment: Environment,
    package_type: PackageType,
    environment_readable: bool,
}

impl Configuration {
    /// Those of a function.
    pub fn of(function: &Function) -> Self {
        Self {
            description: function.description.clone(),
            memory: function.memory_mb.to_string(),
            timeout: function.timeout_s.to_string(),
            ephemeral_storage: function.ephemeral_mb.to_string(),
            handler: function.handler.clone().unwrap_or_default(),
            runtime: function.runtime.clone().unwrap_or_default(),
            architecture: function.architecture,
            role: function.role.clone(),
            environment: function.environment.clone(),
            package_type: function.package_type,
            environment_readable: function.environment_error.is_none(),
        }
    }

    /// Sets a variable, adds it, or takes it away.
    pub fn set_variable(&mut self, name: &str, value: Option<String>) {
        pairs::set(&mut self.environment, name, value);
    }

    /// The variables that count.
    pub(super) fn variables(&self) -> Environment {
        pairs::counted(&self.environment)
    }
}

impl Values for Configuration {
    type Field = Field;

    /// The general fields, and every variable that any of these has.
    fn fields(of: &[&Self]) -> Vec<Field> {
        let names = pairs::names(of.iter().map(|values| &values.environment));
        let variables = names
            .into_iter()
            .map(|name| Field::Environment(name.to_owned()));
        Field::GENERAL.into_iter().chain(variables).collect()
    }

    fn describe(field: &Field) -> Descriptor {
        let number = |name, label, unit, help| Descriptor {
            unit,
            help,
            input: Input::Number,
            section: GENERAL,
            ..Descriptor::line(name, label, 0.0)
        };
        let line = |name, label, width, help| Descriptor {
            help,
            section: GENERAL,
            ..Descriptor::line(name, label, width)
        };
        match field {
            Field::Description => line(
                "Description",
                "Description",
                420.0,
                "At most 256 characters; it shows in the list and in the palette.",
            ),
            Field::Memory => number(
                "MemorySize",
                "Memory",
                "MB",
                "128 to 10,240 MB. CPU grows with it: 1,769 MB is one full core.",
            ),
            Field::Timeout => number(
                "Timeout",
                "Timeout",
                "s",
                "1 to 900 s; then Lambda stops the invocation.",
            ),
            Field::EphemeralStorage => number(
                "EphemeralStorage",
                "Ephemeral storage",
                "MB",
                "Size of /tmp, 512 to 10,240 MB.",
            ),
            Field::Handler => Descriptor {
                code: true,
                ..line(
                    "Handler",
                    "Handler",
                    260.0,
                    "What Lambda calls: file and function, as app.handler.",
                )
            },
            Field::Runtime => Descriptor {
                input: Input::OneOf(runtime_choices),
                ..line("Runtime", "Runtime", 200.0, "")
            },
            // It goes with the code, and is changed where the code is.
            Field::Architecture => Descriptor {
                input: Input::Own,
                ..line("Architectures", "Architecture", 0.0, "")
            },
            Field::Role => Descriptor {
                code: true,
                ..line(
                    "Role",
                    "Role",
                    420.0,
                    "The execution role: what the function may do.",
                )
            },
            Field::Environment(name) => Descriptor {
                name: format!("Environment.{name}").into(),
                label: name.clone().into(),
                section: ENVIRONMENT,
                input: Input::Own,
                secret: true,
                ..Descriptor::line("", "", 0.0)
            },
        }
    }

    fn get(&self, field: &Field) -> Option<String> {
        let number = |text: &str, parsed: Result<u32, String>| {
            Some(parsed.map_or_else(|_| text.trim().to_owned(), |number| number.to_string()))
        };
        match field {
            Field::Description => Some(self.description.clone()),
            Field::Memory => number(&self.memory, limits::memory(&self.memory)),
            Field::Timeout => number(&self.timeout, limits::timeout(&self.timeout)),
            Field::EphemeralStorage => number(
                &self.ephemeral_storage,
                limits::ephemeral_storage(&self.ephemeral_storage),
            ),
            Field::Handler => Some(self.handler.trim().to_owned()),
            Field::Runtime => Some(self.runtime.trim().to_owned()),
            Field::Architecture => Some(self.architecture.as_str().to_owned()),
            Field::Role => Some(self.role.trim().to_owned()),
            Field::Environment(name) => pairs::get(&self.environment, name),
        }
    }

    fn set(&mut self, field: &Field, value: Option<String>) {
        if let Field::Environment(name) = field {
            self.set_variable(name, value);
            return;
        }
        let value = value.unwrap_or_default();
        match field {
            Field::Description => self.description = value,
            Field::Memory => self.memory = value,
            Field::Timeout => self.timeout = value,
            Field::EphemeralStorage => self.ephemeral_storage = value,
            Field::Handler => self.handler = value,
            Field::Runtime => self.runtime = value,
            Field::Architecture => {
                self.architecture = Architecture::parse(&value).unwrap_or(self.architecture)
            }
            Field::Role => self.role = value,
            Field::Environment(_) => {}
        }
    }

    fn typed(&mut self, field: &Field) -> Option<&mut String> {
        Some(match field {
            Field::Description => &mut self.description,
            Field::Memory => &mut self.memory,
            Field::Timeout => &mut self.timeout,
            Field::EphemeralStorage => &mut self.ephemeral_storage,
            Field::Handler => &mut self.handler,
            Field::Runtime => &mut self.runtime,
            Field::Role => &mut self.role,
            Field::Architecture | Field::Environment(_) => return None,
        })
    }

    fn problem(&self, base: &Self, field: &Field) -> Option<String> {
        let differs = |field: &Field| base.get(field) != self.get(field);
        // A handler is right or wrong for its runtime, so it is looked at when either changes.
        let runtime_changed = *field == Field::Handler && differs(&Field::Runtime);
        if !differs(field) && !runtime_changed {
            return None;
        }
        match field {
            Field::Description => limits::description(&self.description).err(),
            Field::Memory => limits::memory(&self.memory).err(),
            Field::Timeout => limits::timeout(&self.timeout).err(),
            Field::EphemeralStorage => limits::ephemeral_storage(&self.ephemeral_storage).err(),
            Field::Handler if self.package_type == PackageType::Image => None,
            Field::Handler => limits::handler(self.handler.trim(), self.runtime.trim()).err(),
            Field::Runtime if self.package_type == PackageType::Image => None,
            Field::Runtime => limits::runtime_id(self.runtime.trim()).err(),
            Field::Architecture => None,
            Field::Role => limits::role(&self.role).err(),
            Field::Environment(name) => {
                let row = self
                    .environment
                    .iter()
                    .position(|(other, _)| other == name)?;
                self.pair_problems(base).of_row(row).map(str::to_owned)
            }
        }
    }

    fn problems(&self, base: &Self) -> Vec<(String, String)> {
        let general = Field::GENERAL.iter().filter_map(|field| {
            let words = self.problem(base, field)?;
            Some((Self::describe(field).label.into_owned(), words))
        });
        let environment = self.pair_problems(base);
        let all = environment
            .total
            .map(|words| (ENVIRONMENT.to_owned(), words));
        let name = |row: usize| match self.environment.get(row) {
            Some((name, _)) if !name.is_empty() => name.clone(),
            _ => ENVIRONMENT.to_owned(),
        };
        let rows = environment.rows.into_iter();
        general
            .chain(rows.map(|(row, words)| (name(row), words)))
            .chain(all)
            .collect()
    }

    fn note(&self, field: &Field, now: i64) -> Option<String> {
        match field {
            Field::Runtime => runtimes::runtime(&self.runtime)?.warning(now),
            _ => None,
        }
    }

    fn is_unfinished(&self, base: &Self) -> bool {
        self.variables().len() != base.variables().len()
    }

    fn is_readable(&self, field: &Field) -> bool {
        self.environment_readable || !matches!(field, Field::Environment(_))
    }
}

/// The runtimes, those that AWS has deprecated, or will soon, with a word.
fn runtime_choices(now: i64) -> Vec<Choice> {
    let choice = |runtime: &runtimes::Runtime| Choice {
        value: runtime.id.to_owned(),
        but: runtime.word(now),
    };
    runtimes::runtimes().iter().map(choice).collect()
}

impl Paired for Configuration {
    const WORDS: PairWords = PairWords {
        one: "variable",
        name: "Name",
        name_hint: "NAME",
        masked: true,
    };

    fn rows(&self) -> &Pairs {
        &self.environment
    }

    fn rows_mut(&mut self) -> &mut Pairs {
        &mut self.environment
    }

    fn pair(name: &str) -> Field {
        Field::Environment(name.to_owned())
    }

    fn pair_name(field: &Field) -> Option<&str> {
        match field {
            Field::Environment(name) => Some(name),
            _ => None,
        }
    }

    fn pair_problems(&self, base: &Self) -> PairProblems {
        let number = |bytes| number_exact(i64::try_from(bytes).unwrap_or(i64::MAX));
        let bytes = limits::environment_bytes(&self.variables());
        // An empty object has two signs, which nobody has written.
        let used = match self.environment.is_empty() {
            true => format!("none of {} bytes", number(ENVIRONMENT_BYTES)),
            false => format!("{} of {} bytes", number(bytes), number(ENVIRONMENT_BYTES)),
        };
        if self.environment == base.environment {
            return PairProblems {
                used,
                ..PairProblems::default()
            };
        }
        let mut problems = limits::environment(&self.environment);
        let counts = |row: &usize| self.environment.get(*row).is_some_and(pairs::counts);
        problems.rows.retain(|(row, _)| counts(row));
        PairProblems {
            rows: problems.rows,
            total: problems.total.filter(|_| bytes > ENVIRONMENT_BYTES),
            used,
        }
    }
}

impl Draft<Configuration> {
    /// A draft without changes.
    pub fn new(function: &Function) -> Self {
        let revision = function.revision_id.clone();
        Self::of(&function.name, revision, Configuration::of(function))
    }

    /// The function's name.
    pub fn function_name(&self) -> &str {
        self.name()
    }

    /// Brings it up to what is there now; see [`Draft::merge`].
    pub fn rebase(&mut self, theirs: &Function) -> Merge<Field> {
        self.merge(theirs.revision_id.clone(), Configuration::of(theirs))
    }

    /// The architecture, where it was changed: it goes with `UpdateFunctionCode`, not with the configuration.
    pub fn architecture_change(&self) -> Option<Architecture> {
        self.differs(&Field::Architecture)
            .then_some(self.mine.architecture)
    }

    /// What `UpdateFunctionConfiguration` is to be sent: the changed fields alone. Variables go all together, because
    /// Lambda replaces them all.
    ///
    /// # Errors
    /// The draft cannot be applied; see [`Draft::can_apply`].
    pub fn update(&self) -> Result<ConfigurationUpdate, String> {
        self.can_apply()?;
        let text = |field: Field| {
            self.differs(&field)
                .then(|| self.mine.get(&field).unwrap_or_default())
        };
        let number = |field: Field, parsed: Result<u32, String>| {
            if self.differs(&field) {
                parsed.map(Some)
            } else {
                Ok(None)
            }
        };
        let changed_variables = self
            .changed()
            .iter()
            .any(|field| matches!(field, Field::Environment(_)));
        Ok(ConfigurationUpdate {
            function_name: self.name().to_owned(),
            description: text(Field::Description),
            memory_mb: number(Field::Memory, limits::memory(&self.mine.memory))?,
            timeout_s: number(Field::Timeout, limits::timeout(&self.mine.timeout))?,
            ephemeral_mb: number(
                Field::EphemeralStorage,
                limits::ephemeral_storage(&self.mine.ephemeral_storage),
            )?,
            handler: text(Field::Handler),
            runtime: text(Field::Runtime),
            role: text(Field::Role),
            environment: (changed_variables && self.base().environment_readable)
                .then(|| self.mine.variables()),
            revision_id: self.revision_id().map(str::to_owned),
        })
    }
}

/// What `UpdateFunctionConfiguration` is sent: what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ConfigurationUpdate {
    pub function_name: String,
    pub description: Option<String>,
    pub memory_mb: Option<u32>,
    pub timeout_s: Option<u32>,
    pub ephemeral_mb: Option<u32>,
    pub handler: Option<String>,
    pub runtime: Option<String>,
    pub role: Option<String>,
    /// All variables, not the changed ones alone.
    pub environment: Option<Environment>,
    /// The write is refused where the function has another revision by now.
    pub revision_id: Option<String>,
}

impl ConfigurationUpdate {
    /// Nothing would change (the architecture alone was edited, say).
    pub fn is_empty(&self) -> bool {
        let nothing = Self {
            function_name: self.function_name.clone(),
            revision_id: self.revision_id.clone(),
            ..Self::default()
        };
        *self == nothing
    }
}

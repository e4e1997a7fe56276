//! A function's configuration while a person edits it: what differs, what is wrong, and what happened meanwhile.
//!
//! The form edits `mine` as text, so that wrong input stays visible; nothing here talks to anything.

mod values;

use super::function::{Architecture, Environment, Function, PackageType};
use super::limits::{self, EnvironmentProblems};
use super::plan::Difference;
use super::secret::Secret;
pub use values::{Field, Values};
use values::{fields, shown};

/// A field that both the person and somebody else changed, differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Which.
    pub field: Field,
    /// Before both; `None` where the variable was not there.
    pub base: Option<Secret>,
    /// The person's.
    pub mine: Option<Secret>,
    /// What is there now.
    pub theirs: Option<Secret>,
}

impl Conflict {
    /// Base, mine and theirs as text: variables are masked unless `reveal`.
    pub fn texts(&self, reveal: bool) -> [String; 3] {
        [&self.base, &self.mine, &self.theirs]
            .map(|value| shown(&self.field, value.as_ref(), reveal))
    }
}

/// What came of bringing a draft up to date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merge {
    /// Fields that somebody else changed and the person had not touched: the form now shows theirs.
    pub taken: Vec<Field>,
    /// Fields to decide upon.
    pub conflicts: Vec<Conflict>,
}

/// An edit under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    function_name: String,
    package_type: PackageType,
    environment_readable: bool,
    revision_id: Option<String>,
    base: Values,
    /// What the form edits.
    pub mine: Values,
    conflicts: Vec<Conflict>,
}

impl Draft {
    /// A draft without changes.
    pub fn new(function: &Function) -> Self {
        let base = Values::of(function);
        Self {
            function_name: function.name.clone(),
            package_type: function.package_type,
            environment_readable: function.environment_error.is_none(),
            revision_id: function.revision_id.clone(),
            mine: base.clone(),
            base,
            conflicts: Vec::new(),
        }
    }

    /// The function's name.
    pub fn function_name(&self) -> &str {
        &self.function_name
    }

    /// The revision that the draft started from or was brought up to: what a conditional write names.
    pub fn revision_id(&self) -> Option<&str> {
        self.revision_id.as_deref()
    }

    /// The values as they are on the server, as far as this draft knows.
    pub fn base(&self) -> &Values {
        &self.base
    }

    /// Whether a field differs from the server's.
    pub fn differs(&self, field: &Field) -> bool {
        self.base.get(field) != self.mine.get(field)
    }

    /// The fields that differ, in the form's order.
    pub fn changed(&self) -> Vec<Field> {
        fields(&[&self.base, &self.mine])
            .into_iter()
            .filter(|field| self.differs(field))
            .collect()
    }

    /// Whether leaving would lose something; a half-typed row of the environment counts.
    pub fn is_dirty(&self) -> bool {
        !self.changed().is_empty() || self.mine.variables().len() != self.base.variables().len()
    }

    /// What differs, with units; variables are masked unless `reveal`, also where both are there and differ.
    pub fn differences(&self, reveal: bool) -> Vec<Difference> {
        let difference = |field: Field| Difference {
            before: shown(
                &field,
                self.base.get(&field).map(Secret::new).as_ref(),
                reveal,
            ),
            after: shown(
                &field,
                self.mine.get(&field).map(Secret::new).as_ref(),
                reveal,
            ),
            field: field.aws_name(),
        };
        self.changed().into_iter().map(difference).collect()
    }

    /// Puts one field back to the server's value.
    pub fn revert(&mut self, field: &Field) {
        self.mine.set(field, self.base.get(field));
        self.conflicts.retain(|conflict| conflict.field != *field);
    }

    /// Puts everything back.
    pub fn revert_all(&mut self) {
        self.mine = self.base.clone();
        self.conflicts.clear();
    }

    /// What is wrong with the variables, row by row of `mine.environment`; nothing while they are as on the server.
    pub fn environment_problems(&self) -> EnvironmentProblems {
        let mut problems = limits::environment(&self.mine.environment);
        problems.bytes = limits::environment_bytes(&self.mine.variables());
        if self.mine.environment == self.base.environment {
            return EnvironmentProblems {
                bytes: problems.bytes,
                ..EnvironmentProblems::default()
            };
        }
        problems.rows.retain(|(row, _)| {
            self.mine
                .environment
                .get(*row)
                .is_some_and(|(name, value)| !name.is_empty() || !value.is_empty())
        });
        if problems.bytes <= limits::ENVIRONMENT_BYTES {
            problems.total = None;
        }
        problems
    }

    /// What is wrong with a field that was changed; what is on the server is the server's to judge.
    pub fn problem(&self, field: &Field) -> Option<String> {
        // A handler is right or wrong for its runtime, so it is looked at when either changes.
        let runtime_changed = *field == Field::Handler && self.differs(&Field::Runtime);
        if !self.differs(field) && !runtime_changed {
            return None;
        }
        match field {
            Field::Description => limits::description(&self.mine.description).err(),
            Field::Memory => limits::memory(&self.mine.memory).err(),
            Field::Timeout => limits::timeout(&self.mine.timeout).err(),
            Field::EphemeralStorage => {
                limits::ephemeral_storage(&self.mine.ephemeral_storage).err()
            }
            Field::Handler if self.package_type == PackageType::Image => None,
            Field::Handler => {
                limits::handler(self.mine.handler.trim(), self.mine.runtime.trim()).err()
            }
            Field::Runtime if self.package_type == PackageType::Image => None,
            Field::Runtime => limits::runtime_id(self.mine.runtime.trim()).err(),
            Field::Architecture => None,
            Field::Role => limits::role(&self.mine.role).err(),
            Field::Environment(name) => {
                let row = self
                    .mine
                    .environment
                    .iter()
                    .position(|(other, _)| other == name)?;
                let problems = self.environment_problems().rows;
                problems
                    .into_iter()
                    .find(|(at, _)| *at == row)
                    .map(|(_, message)| message)
            }
        }
    }

    /// Everything that is wrong, in the form's order.
    pub fn problems(&self) -> Vec<String> {
        let general = Field::GENERAL
            .iter()
            .filter_map(|field| self.problem(field));
        let environment = self.environment_problems();
        general
            .chain(environment.rows.into_iter().map(|(_, message)| message))
            .chain(environment.total)
            .collect()
    }

    /// The conflicts that are still to be decided.
    pub fn conflicts(&self) -> &[Conflict] {
        &self.conflicts
    }

    /// Whether it can be reviewed and applied.
    ///
    /// # Errors
    /// The reason, for the disabled control's tooltip.
    pub fn can_apply(&self) -> Result<(), String> {
        if !self.is_dirty() {
            return Err("Nothing was changed.".to_owned());
        }
        if let Some(problem) = self.problems().into_iter().next() {
            return Err(problem);
        }
        match self.conflicts.len() {
            0 => Ok(()),
            1 => Err(
                "One field was changed elsewhere meanwhile: decide which value holds.".to_owned(),
            ),
            count => Err(format!(
                "{count} fields were changed elsewhere meanwhile: decide which values hold."
            )),
        }
    }

    /// Brings the draft up to what is there now: what only they changed is taken, what only the person changed stays,
    /// and what both changed differently is a conflict, with the person's value in the form until it is decided.
    pub fn rebase(&mut self, theirs: &Function) -> Merge {
        let there = Values::of(theirs);
        let readable = theirs.environment_error.is_none() && self.environment_readable;
        let mut merge = Merge::default();
        for field in fields(&[&self.base, &self.mine, &there]) {
            if field.is_secret() && !readable {
                continue;
            }
            let (base, mine, new) = (
                self.base.get(&field),
                self.mine.get(&field),
                there.get(&field),
            );
            if base == new || mine == new {
                continue;
            }
            if mine == base {
                self.mine.set(&field, new);
                merge.taken.push(field);
                continue;
            }
            let [base, mine, theirs] = [base, mine, new].map(|value| value.map(Secret::new));
            merge.conflicts.push(Conflict {
                field,
                base,
                mine,
                theirs,
            });
        }
        // An older conflict stays open, unless the values now agree; its "theirs" is what is there now.
        for mut old in std::mem::take(&mut self.conflicts) {
            let again = merge
                .conflicts
                .iter()
                .any(|conflict| conflict.field == old.field);
            let new = there.get(&old.field);
            if !again && self.mine.get(&old.field) != new {
                old.theirs = new.map(Secret::new);
                merge.conflicts.push(old);
            }
        }
        if !readable {
            self.mine.environment.clone_from(&there.environment);
        }
        self.environment_readable = theirs.environment_error.is_none();
        self.revision_id.clone_from(&theirs.revision_id);
        self.base = there;
        self.conflicts.clone_from(&merge.conflicts);
        merge
    }

    /// Decides a conflict.
    pub fn resolve(&mut self, field: &Field, take_theirs: bool) {
        if take_theirs {
            self.mine.set(field, self.base.get(field));
        }
        self.conflicts.retain(|conflict| conflict.field != *field);
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
        let changed_variables = self.changed().iter().any(Field::is_secret);
        Ok(ConfigurationUpdate {
            function_name: self.function_name.clone(),
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
            environment: (changed_variables && self.environment_readable)
                .then(|| self.mine.variables()),
            revision_id: self.revision_id.clone(),
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

#[cfg(test)]
mod tests;

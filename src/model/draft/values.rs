//! The fields of the form and the values that stand in them.

use std::collections::BTreeSet;

use super::super::function::{Architecture, Environment, Function};
use super::super::limits;
use super::super::secret::{MASK, Secret};

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

    /// AWS's name.
    pub fn aws_name(&self) -> String {
        match self {
            Self::Description => "Description".to_owned(),
            Self::Memory => "MemorySize".to_owned(),
            Self::Timeout => "Timeout".to_owned(),
            Self::EphemeralStorage => "EphemeralStorage".to_owned(),
            Self::Handler => "Handler".to_owned(),
            Self::Runtime => "Runtime".to_owned(),
            Self::Architecture => "Architectures".to_owned(),
            Self::Role => "Role".to_owned(),
            Self::Environment(name) => format!("Environment.{name}"),
        }
    }

    pub(super) fn is_secret(&self) -> bool {
        matches!(self, Self::Environment(_))
    }

    pub(super) fn unit(&self) -> &'static str {
        match self {
            Self::Memory | Self::EphemeralStorage => " MB",
            Self::Timeout => " s",
            _ => "",
        }
    }
}

/// The values as they stand in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Values {
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
}

impl Values {
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
        }
    }

    /// A field's value, numbers in one form however they were typed; `None` for a variable that is not there.
    pub(super) fn get(&self, field: &Field) -> Option<String> {
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
            Field::Environment(name) => {
                let found = self.environment.iter().find(|(other, _)| other == name);
                found.map(|(_, value)| value.reveal().to_owned())
            }
        }
    }

    pub(super) fn set(&mut self, field: &Field, value: Option<String>) {
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

    pub(super) fn set_variable(&mut self, name: &str, value: Option<String>) {
        let Some(value) = value else {
            self.environment.retain(|(other, _)| other != name);
            return;
        };
        match self.environment.iter_mut().find(|(other, _)| other == name) {
            Some((_, secret)) => *secret = Secret::new(value),
            None => self.environment.push((name.to_owned(), Secret::new(value))),
        }
    }

    /// The rows that count.
    pub(super) fn variables(&self) -> Environment {
        let counts = |(name, value): &&(String, Secret)| !name.is_empty() || !value.is_empty();
        self.environment.iter().filter(counts).cloned().collect()
    }
}

/// The general fields, and every variable that any of these has.
pub(super) fn fields(values: &[&Values]) -> Vec<Field> {
    let rows = values.iter().flat_map(|values| &values.environment);
    let names: BTreeSet<&String> = rows
        .map(|(name, _)| name)
        .filter(|name| !name.is_empty())
        .collect();
    Field::GENERAL
        .into_iter()
        .chain(names.into_iter().cloned().map(Field::Environment))
        .collect()
}

pub(super) fn shown(field: &Field, value: Option<&Secret>, reveal: bool) -> String {
    match value {
        None => String::new(),
        Some(_) if field.is_secret() && !reveal => MASK.to_owned(),
        Some(value) if value.is_empty() => String::new(),
        Some(value) => format!("{}{}", value.reveal(), field.unit()),
    }
}

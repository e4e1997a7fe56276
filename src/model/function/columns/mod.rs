//! The columns of the table of functions: titles, cells, order and CSV, as pure functions of a function.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::super::format::{self, Zone};
use super::super::text::natural;
use super::{Function, LastUpdateStatus, PackageType, State};

/// A column that can be shown, sorted by and exported.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Column {
    Name,
    Runtime,
    Memory,
    Timeout,
    CodeSize,
    Architecture,
    LastModified,
    State,
    Description,
    Handler,
    EphemeralStorage,
    PackageType,
    Layers,
    Tracing,
    Role,
    Version,
    Arn,
}

/// What a cell shows, and the exact value for its tooltip where the text was shortened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell<'a> {
    /// For people.
    pub text: Cow<'a, str>,
    /// The exact value, where it differs.
    pub exact: Option<String>,
}

impl<'a> Cell<'a> {
    fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            text: text.into(),
            exact: None,
        }
    }

    fn short(text: String, exact: String) -> Self {
        Self {
            text: text.into(),
            exact: Some(exact),
        }
    }
}

const NONE: &str = "–";

impl Column {
    /// All of them, in the order of the chooser.
    pub const ALL: [Self; 17] = [
        Self::Name,
        Self::Runtime,
        Self::Memory,
        Self::Timeout,
        Self::CodeSize,
        Self::Architecture,
        Self::LastModified,
        Self::State,
        Self::Description,
        Self::Handler,
        Self::EphemeralStorage,
        Self::PackageType,
        Self::Layers,
        Self::Tracing,
        Self::Role,
        Self::Version,
        Self::Arn,
    ];

    /// The header.
    pub fn title(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Runtime => "Runtime",
            Self::Memory => "Memory",
            Self::Timeout => "Timeout",
            Self::CodeSize => "Code size",
            Self::Architecture => "Architecture",
            Self::LastModified => "Last modified",
            Self::State => "State",
            Self::Description => "Description",
            Self::Handler => "Handler",
            Self::EphemeralStorage => "Ephemeral storage",
            Self::PackageType => "Package type",
            Self::Layers => "Layers",
            Self::Tracing => "Tracing",
            Self::Role => "Role",
            Self::Version => "Version",
            Self::Arn => "ARN",
        }
    }

    /// The header of a CSV file: a number there has its unit in the header, and none in the cell.
    pub fn csv_title(self) -> &'static str {
        match self {
            Self::Memory => "Memory (MB)",
            Self::Timeout => "Timeout (s)",
            Self::CodeSize => "Code size (bytes)",
            Self::EphemeralStorage => "Ephemeral storage (MB)",
            Self::LastModified => "Last modified (UTC)",
            other => other.title(),
        }
    }

    /// The cell, for people; `now` in ms since 1970.
    pub fn cell<'a>(self, function: &'a Function, now: i64, zone: &Zone) -> Cell<'a> {
        match self {
            Self::Name => Cell::plain(&function.name),
            Self::Runtime => Cell::plain(runtime(function)),
            Self::Memory => Cell::plain(format::megabytes(function.memory_mb.into())),
            Self::Timeout => Cell::plain(timeout(function.timeout_s)),
            Self::CodeSize => Cell::short(
                format::bytes(function.code_size),
                format::bytes_exact(function.code_size),
            ),
            Self::Architecture => Cell::plain(function.architecture.as_str()),
            Self::LastModified => match function.last_modified {
                Some(at) => Cell::short(format::ago(at, now, zone), format::time_exact(at, zone)),
                None => Cell::plain(NONE),
            },
            Self::State => state(function),
            Self::Description => Cell::plain(&function.description),
            Self::Handler => Cell::plain(function.handler.as_deref().unwrap_or(NONE)),
            Self::EphemeralStorage => Cell::plain(format::megabytes(function.ephemeral_mb.into())),
            Self::PackageType => Cell::plain(package(function)),
            Self::Layers => Cell::plain(function.layers.len().to_string()),
            Self::Tracing => Cell::plain(tracing(function)),
            Self::Role => Cell {
                text: function.role_name().into(),
                exact: Some(function.role.clone()),
            },
            Self::Version => Cell::plain(&function.version),
            Self::Arn => Cell::plain(&function.arn),
        }
    }

    /// The exact value, as a CSV file holds it: numbers without units, times in UTC.
    pub fn exact(self, function: &Function) -> Cow<'_, str> {
        match self {
            Self::Memory => function.memory_mb.to_string().into(),
            Self::Timeout => function.timeout_s.to_string().into(),
            Self::CodeSize => function.code_size.to_string().into(),
            Self::EphemeralStorage => function.ephemeral_mb.to_string().into(),
            Self::LastModified => function.last_modified.map(utc).unwrap_or_default().into(),
            Self::Role => function.role.as_str().into(),
            Self::Handler => function.handler.as_deref().unwrap_or_default().into(),
            Self::Runtime => function.runtime.as_deref().unwrap_or_default().into(),
            other => other.cell(function, 0, &Zone::Utc).text,
        }
    }

    /// The order of two functions by this column alone, ascending.
    pub fn compare(self, a: &Function, b: &Function) -> Ordering {
        match self {
            Self::Memory => a.memory_mb.cmp(&b.memory_mb),
            Self::Timeout => a.timeout_s.cmp(&b.timeout_s),
            Self::CodeSize => a.code_size.cmp(&b.code_size),
            Self::EphemeralStorage => a.ephemeral_mb.cmp(&b.ephemeral_mb),
            Self::LastModified => a.last_modified.cmp(&b.last_modified),
            Self::Layers => a.layers.len().cmp(&b.layers.len()),
            Self::Architecture => a.architecture.cmp(&b.architecture),
            Self::Runtime => natural(runtime(a), runtime(b)),
            Self::State => urgency(b).cmp(&urgency(a)),
            Self::Name => natural(&a.name, &b.name),
            Self::Description => natural(&a.description, &b.description),
            Self::Handler => natural(handler(a), handler(b)),
            Self::PackageType => package(a).cmp(package(b)),
            Self::Tracing => tracing(a).cmp(tracing(b)),
            Self::Role => natural(a.role_name(), b.role_name()),
            Self::Version => natural(&a.version, &b.version),
            Self::Arn => natural(&a.arn, &b.arn),
        }
    }
}

fn runtime(function: &Function) -> &str {
    match (&function.runtime, function.package_type) {
        (Some(runtime), _) => runtime,
        (None, PackageType::Image) => "container image",
        (None, PackageType::Zip) => NONE,
    }
}

fn handler(function: &Function) -> &str {
    function.handler.as_deref().unwrap_or_default()
}

fn package(function: &Function) -> &'static str {
    match function.package_type {
        PackageType::Zip => "Zip",
        PackageType::Image => "Image",
    }
}

fn tracing(function: &Function) -> &'static str {
    match function.tracing {
        super::Tracing::Active => "Active",
        super::Tracing::PassThrough => "PassThrough",
    }
}

fn state(function: &Function) -> Cell<'_> {
    let (text, reason): (Cow<'_, str>, _) = match (&function.state, function.last_update_status) {
        (State::Active, LastUpdateStatus::InProgress) => {
            ("Updating".into(), &function.last_update_status_reason)
        }
        (State::Active, LastUpdateStatus::Failed) => {
            ("Update failed".into(), &function.last_update_status_reason)
        }
        (state, _) => (state.as_str().into(), &function.state_reason),
    };
    Cell {
        text,
        exact: reason.clone(),
    }
}

/// How much a person should look at it: sorting by state brings trouble to one end.
fn urgency(function: &Function) -> u8 {
    match (&function.state, function.last_update_status) {
        (State::Failed, _) => 5,
        (State::Active, LastUpdateStatus::Failed) => 4,
        (State::Other(_), _) => 3,
        (State::Pending, _) => 2,
        (State::Active, LastUpdateStatus::InProgress) => 2,
        (State::Inactive, _) => 1,
        (State::Active, LastUpdateStatus::Successful) => 0,
    }
}

fn timeout(seconds: u32) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn utc(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at)
        .map(|time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;

//! The facts of a function as names and values, and its aliases and versions as small tables.

use std::borrow::Cow;

use egui::{RichText, Ui};

use crate::cloud::lambda::function::FunctionDetail;
use crate::cloud::lambda::functions::AccountLimits;
use crate::model::format::{self, Zone};
use crate::model::function::{Alias, Function, LastUpdateStatus, PackageType, Tracing, Version};
use crate::ui::fonts;
use crate::ui::theme::{HEADER_HEIGHT, ROW_HEIGHT, size, space};
use crate::ui::widgets::kv::{self, Value};
use crate::ui::widgets::table::{Column, Rows, Table, TableState};
use crate::ui::widgets::table_cell::Cell;

/// Rows of a small table before it scrolls.
const MOST_ROWS: usize = 8;

/// A heading within the overview.
pub fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(space::M);
    ui.label(RichText::new(text).font(fonts::semibold(size::BODY)));
    ui.add_space(2.0);
}

/// Names and values.
pub fn facts(
    ui: &mut Ui,
    detail: &FunctionDetail,
    account: Option<&AccountLimits>,
    now: i64,
    zone: &Zone,
) {
    let function = &*detail.function;
    let texts = Texts::of(detail, account, now, zone);
    let mut pairs = vec![
        ("ARN", Value::Code(&function.arn)),
        ("Description", some(&function.description, "None was given")),
        ("Execution role", code(&function.role)),
        (
            "Handler",
            option(
                function.handler.as_deref(),
                "A container image names its own",
            ),
        ),
        ("Architecture", Value::Text(function.architecture.as_str())),
        (
            "Package",
            Value::Exact(&texts.package, &texts.package_exact),
        ),
        ("Code SHA-256", code(&function.code_sha256)),
        (
            "Last modified",
            Value::Exact(&texts.modified, &texts.modified_exact),
        ),
        ("State", Value::Text(&texts.state)),
        ("Last update", Value::Text(&texts.update)),
        ("Concurrency", Value::Text(&texts.concurrency)),
        ("Tracing", Value::Text(tracing(function))),
        ("Log group", Value::Code(&texts.log_group)),
    ];
    if let Some(image) = &detail.code.image {
        pairs.insert(6, ("Image", Value::Code(image)));
    }
    if let Some(key) = &function.kms_key {
        pairs.push(("Encrypted with", Value::Code(key)));
    }
    if let Some(revision) = &function.revision_id {
        pairs.push(("Revision", Value::Code(revision)));
    }
    kv::grid(ui, "facts", &pairs);
}

fn some<'a>(text: &'a str, why: &'a str) -> Value<'a> {
    match text {
        "" => Value::Missing(why),
        text => Value::Text(text),
    }
}

fn option<'a>(text: Option<&'a str>, why: &'a str) -> Value<'a> {
    text.map_or(Value::Missing(why), Value::Code)
}

fn code(text: &str) -> Value<'_> {
    match text {
        "" => Value::Missing("The endpoint does not say"),
        text => Value::Code(text),
    }
}

fn tracing(function: &Function) -> &'static str {
    match function.tracing {
        Tracing::Active => "Active: X-Ray samples its invocations",
        Tracing::PassThrough => "PassThrough: only where the caller traces",
    }
}

struct Texts {
    package: String,
    package_exact: String,
    modified: String,
    modified_exact: String,
    state: String,
    update: String,
    concurrency: String,
    log_group: String,
}

impl Texts {
    fn of(detail: &FunctionDetail, account: Option<&AccountLimits>, now: i64, zone: &Zone) -> Self {
        let function = &*detail.function;
        let kind = match function.package_type {
            PackageType::Zip => "ZIP",
            PackageType::Image => "Container image",
        };
        let package = match function.code_size {
            0 => kind.to_owned(),
            bytes => format!("{kind}, {}", format::bytes(bytes)),
        };
        let modified = function.last_modified;
        Self {
            package,
            package_exact: format::bytes_exact(function.code_size),
            modified: modified.map_or("–".to_owned(), |at| format::ago(at, now, zone)),
            modified_exact: modified.map_or("The endpoint does not say".to_owned(), |at| {
                format::time_exact(at, zone)
            }),
            state: with_reason(
                function.state.as_str(),
                function.state_reason_code.as_deref(),
                function.state_reason.as_deref(),
            ),
            update: with_reason(
                match function.last_update_status {
                    LastUpdateStatus::InProgress => "In progress",
                    other => other.as_str(),
                },
                None,
                function.last_update_status_reason.as_deref(),
            ),
            concurrency: concurrency(detail.reserved_concurrency, account),
            log_group: function.log_group(),
        }
    }
}

fn with_reason(word: &str, code: Option<&str>, reason: Option<&str>) -> String {
    match (code, reason) {
        (Some(code), Some(reason)) => format!("{word}: {reason} ({code})"),
        (None, Some(reason)) => format!("{word}: {reason}"),
        (Some(code), None) => format!("{word} ({code})"),
        (None, None) => word.to_owned(),
    }
}

fn concurrency(reserved: Option<i32>, account: Option<&AccountLimits>) -> String {
    let number = |value: i32| format::number_exact(i64::from(value));
    match (reserved, account) {
        (Some(0), _) => {
            "Switched off: none reserved for it, so that every call is throttled".into()
        }
        (Some(reserved), _) => format!("{} reserved for it", number(reserved)),
        (None, Some(account)) => match account.unreserved_concurrent_executions {
            Some(unreserved) => format!(
                "Unreserved: shares {} of the account's {}",
                number(unreserved),
                number(account.concurrent_executions)
            ),
            None => "Unreserved".to_owned(),
        },
        (None, None) => "Unreserved".to_owned(),
    }
}

const ALIAS_COLUMNS: [Column; 3] = [
    Column::new("name", "Alias", 140.0)
        .min(90.0)
        .unsorted()
        .required(),
    Column::new("routing", "Version", 160.0)
        .min(100.0)
        .unsorted()
        .priority(9),
    Column::new("description", "Description", 260.0)
        .min(120.0)
        .unsorted(),
];

const VERSION_COLUMNS: [Column; 5] = [
    Column::new("name", "Version", 90.0)
        .min(84.0)
        .unsorted()
        .required(),
    Column::new("description", "Description", 220.0)
        .min(120.0)
        .unsorted()
        .priority(7),
    Column::new("runtime", "Runtime", 110.0)
        .min(104.0)
        .unsorted()
        .priority(4),
    Column::new("size", "Size", 80.0).right().unsorted(),
    Column::new("changed", "Modified", 92.0)
        .right()
        .unsorted()
        .priority(9),
];

fn height(rows: usize) -> f32 {
    HEADER_HEIGHT + rows.clamp(1, MOST_ROWS) as f32 * ROW_HEIGHT
}

/// The aliases with their weights.
pub fn aliases(ui: &mut Ui, aliases: &[Alias], state: &mut TableState) {
    Table::new("Aliases", &ALIAS_COLUMNS, state)
        .secondary()
        .height(height(aliases.len()))
        .show(ui, &mut AliasRows(aliases));
}

/// The versions, newest first.
pub fn versions(ui: &mut Ui, versions: &[Version], now: i64, zone: &Zone, state: &mut TableState) {
    let mut rows = VersionRows {
        versions,
        now,
        zone,
    };
    Table::new("Versions", &VERSION_COLUMNS, state)
        .secondary()
        .height(height(versions.len()))
        .show(ui, &mut rows);
}

struct AliasRows<'a>(&'a [Alias]);

impl Rows for AliasRows<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn name(&self, row: usize) -> Cow<'_, str> {
        self.0.get(row).map_or("", |alias| &alias.name).into()
    }

    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        let Some(alias) = self.0.get(row) else { return };
        match column {
            "name" => cell.name(&alias.name),
            "routing" => cell.text(&alias.routing()),
            _ => cell.muted(&alias.description),
        }
    }
}

struct VersionRows<'a> {
    versions: &'a [Version],
    now: i64,
    zone: &'a Zone,
}

impl VersionRows<'_> {
    /// Lambda lists the oldest first.
    fn at(&self, row: usize) -> Option<&Version> {
        let last = self.versions.len().checked_sub(1)?;
        self.versions.get(last.checked_sub(row)?)
    }
}

impl Rows for VersionRows<'_> {
    fn count(&self) -> usize {
        self.versions.len()
    }

    fn name(&self, row: usize) -> Cow<'_, str> {
        self.at(row).map_or("", |version| &version.version).into()
    }

    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        let (now, zone) = (self.now, self.zone);
        let Some(version) = self.at(row) else { return };
        match column {
            "name" => cell.name(&version.version),
            "runtime" => cell.mono(version.runtime.as_deref().unwrap_or("–")),
            "size" => {
                cell.text(&format::bytes(version.code_size));
                cell.hover(|| version.code_sha256.clone());
            }
            "changed" => match version.last_modified {
                Some(at) => {
                    cell.muted(&format::age(at, now, zone));
                    cell.hover(|| format::time_exact(at, zone));
                }
                None => cell.muted("–"),
            },
            _ => cell.muted(&version.description),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrency_is_told_in_words() {
        let account = AccountLimits {
            concurrent_executions: 1000,
            unreserved_concurrent_executions: Some(900),
            ..AccountLimits::default()
        };
        assert_eq!(
            concurrency(None, Some(&account)),
            "Unreserved: shares 900 of the account's 1,000"
        );
        assert_eq!(concurrency(Some(5), None), "5 reserved for it");
        assert!(concurrency(Some(0), Some(&account)).starts_with("Switched off"));
    }

    #[test]
    fn in_little_room_a_versions_number_what_it_is_and_when_it_came_stay() {
        use crate::ui::widgets::table::kept;
        let stay = ["name", "description", "changed"];
        assert_eq!(kept(&VERSION_COLUMNS, 340.0), stay);
        assert_eq!(kept(&ALIAS_COLUMNS, 200.0), ["name", "routing"]);
    }

    #[test]
    fn versions_stand_newest_first() {
        let version = |number: &str| Version {
            version: number.into(),
            ..Version::default()
        };
        let versions = [version("1"), version("2"), version("3")];
        let rows = VersionRows {
            versions: &versions,
            now: 0,
            zone: &Zone::Utc,
        };
        let names: Vec<_> = (0..rows.count()).map(|row| rows.name(row)).collect();
        assert_eq!(names, ["3", "2", "1"]);
        assert_eq!(rows.name(3), "");
    }
}

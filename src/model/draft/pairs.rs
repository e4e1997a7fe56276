//! Rows of names and values that a person adds, renames and removes: environment variables, tags, variables of a stage.

use std::collections::BTreeSet;

use super::Values;
use crate::model::secret::Secret;

/// Rows as they stand in a form. One that is empty on both sides does not count.
pub type Pairs = Vec<(String, Secret)>;

/// Values with rows of pairs. Each row with a name is a field too, so that it is compared, merged and reverted as others are.
pub trait Paired: Values {
    /// What a row is called, and how it is shown.
    const WORDS: PairWords;

    /// The rows.
    fn rows(&self) -> &Pairs;

    /// The rows, to be edited.
    fn rows_mut(&mut self) -> &mut Pairs;

    /// The field that a row with this name is.
    fn pair(name: &str) -> Self::Field;

    /// The name of a row, where a field is one.
    fn pair_name(field: &Self::Field) -> Option<&str>;

    /// What is wrong with the rows; nothing while they are as on the server.
    fn pair_problems(&self, base: &Self) -> PairProblems;
}

/// What rows of pairs are called.
#[derive(Debug, Clone, Copy)]
pub struct PairWords {
    /// One of them: "variable".
    pub one: &'static str,
    /// What its name is: "Name", "Key".
    pub name: &'static str,
    /// In the name's empty field.
    pub name_hint: &'static str,
    /// Values are masked until they are revealed one by one.
    pub masked: bool,
}

/// What is wrong with rows of pairs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PairProblems {
    /// Row number and words.
    pub rows: Vec<(usize, String)>,
    /// What is wrong with all of them together.
    pub total: Option<String>,
    /// How much of the room is taken: "64 of 4,096 bytes"; may be empty.
    pub used: String,
}

impl PairProblems {
    /// What is wrong with a row.
    pub fn of_row(&self, row: usize) -> Option<&str> {
        let found = self.rows.iter().find(|(at, _)| *at == row);
        found.map(|(_, words)| words.as_str())
    }
}

/// A row's value.
pub(super) fn get(rows: &Pairs, name: &str) -> Option<String> {
    let found = rows.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value.reveal().to_owned())
}

/// Sets a row's value, adds it, or takes it away.
pub(super) fn set(rows: &mut Pairs, name: &str, value: Option<String>) {
    let Some(value) = value else {
        rows.retain(|(other, _)| other != name);
        return;
    };
    match rows.iter_mut().find(|(other, _)| other == name) {
        Some((_, secret)) => *secret = Secret::new(value),
        None => rows.push((name.to_owned(), Secret::new(value))),
    }
}

/// The rows that count.
pub(super) fn counted(rows: &Pairs) -> Pairs {
    rows.iter().filter(|row| counts(row)).cloned().collect()
}

/// A row that is empty on both sides does not count.
pub(super) fn counts((name, value): &(String, Secret)) -> bool {
    !name.is_empty() || !value.is_empty()
}

/// Every name that any of these has.
pub(super) fn names<'a>(rows: impl Iterator<Item = &'a Pairs>) -> BTreeSet<&'a str> {
    let names = rows.flatten().map(|(name, _)| name.as_str());
    names.filter(|name| !name.is_empty()).collect()
}

//! The tags of something, while they are edited.

use std::collections::BTreeMap;

use super::{Descriptor, Input, PairProblems, PairWords, Paired, Pairs, Values, pairs};
use crate::model::secret::Secret;

/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html>.
const MOST_TAGS: usize = 50;
const KEY_LENGTH: usize = 128;
const VALUE_LENGTH: usize = 256;
/// Only AWS sets tags that begin so.
const RESERVED: &str = "aws:";

/// The tags as they stand in the form; those that AWS itself sets can't be changed, and are no part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    rows: Pairs,
}

impl Tags {
    /// Those that are there, by key.
    pub fn of(tags: &BTreeMap<String, String>) -> Self {
        let own = tags.iter().filter(|(key, _)| !key.starts_with(RESERVED));
        let row = |(key, value): (&String, &String)| (key.clone(), Secret::new(value.clone()));
        Self {
            rows: own.map(row).collect(),
        }
    }

    /// The tags that count, by key.
    pub fn map(&self) -> BTreeMap<String, String> {
        let rows = self.rows.iter().filter(|row| pairs::counts(row));
        let tag =
            |(key, value): &(String, Secret)| (key.trim().to_owned(), value.reveal().to_owned());
        rows.map(tag).collect()
    }

    /// What is wrong with a row, in the field's own terms.
    fn wrong(&self, index: usize) -> Option<String> {
        let row = self.rows.get(index).filter(|row| pairs::counts(row))?;
        let (key, value) = (row.0.trim(), row.1.reveal());
        if key.is_empty() {
            return Some("A key is needed".to_owned());
        }
        if key.to_ascii_lowercase().starts_with(RESERVED) {
            return Some("Only AWS sets keys that begin with aws:".to_owned());
        }
        if key.chars().count() > KEY_LENGTH {
            return Some(format!("A key has at most {KEY_LENGTH} characters"));
        }
        if value.chars().count() > VALUE_LENGTH {
            return Some(format!("A value has at most {VALUE_LENGTH} characters"));
        }
        let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
        if let Some(odd) = key.chars().chain(value.chars()).find(|c| !allowed(*c)) {
            return Some(format!(
                "{odd} is not allowed: letters, numbers, spaces and _ . : / = + - @"
            ));
        }
        let earlier = self.rows.get(..index).unwrap_or_default();
        if earlier.iter().any(|(other, _)| other.trim() == key) {
            return Some(format!("The key {key} stands there twice"));
        }
        None
    }
}

impl Values for Tags {
    /// Its key.
    type Field = String;

    fn fields(of: &[&Self]) -> Vec<String> {
        let names = pairs::names(of.iter().map(|tags| &tags.rows));
        names.into_iter().map(str::to_owned).collect()
    }

    fn describe(key: &String) -> Descriptor {
        Descriptor {
            name: key.clone().into(),
            label: key.clone().into(),
            input: Input::Own,
            section: "Tags",
            ..Descriptor::line("", "", 0.0)
        }
    }

    fn get(&self, key: &String) -> Option<String> {
        pairs::get(&self.rows, key)
    }

    fn set(&mut self, key: &String, value: Option<String>) {
        pairs::set(&mut self.rows, key, value);
    }

    fn typed(&mut self, _: &String) -> Option<&mut String> {
        None
    }

    fn problem(&self, base: &Self, key: &String) -> Option<String> {
        let row = self.rows.iter().position(|(other, _)| other == key)?;
        self.pair_problems(base).of_row(row).map(str::to_owned)
    }

    fn problems(&self, base: &Self) -> Vec<(String, String)> {
        let problems = self.pair_problems(base);
        let key = |row: usize| {
            self.rows
                .get(row)
                .map_or(String::new(), |row| row.0.clone())
        };
        let rows = problems.rows.into_iter();
        rows.map(|(row, words)| (key(row), words))
            .chain(problems.total.map(|words| ("Tags".to_owned(), words)))
            .collect()
    }

    fn is_unfinished(&self, _: &Self) -> bool {
        self.rows
            .iter()
            .any(|(key, value)| key.is_empty() && !value.is_empty())
    }
}

impl Paired for Tags {
    const WORDS: PairWords = PairWords {
        one: "tag",
        name: "Key",
        name_hint: "key",
        masked: false,
    };

    fn rows(&self) -> &Pairs {
        &self.rows
    }

    fn rows_mut(&mut self) -> &mut Pairs {
        &mut self.rows
    }

    fn pair(name: &str) -> String {
        name.to_owned()
    }

    fn pair_name(key: &String) -> Option<&str> {
        Some(key)
    }

    fn pair_problems(&self, base: &Self) -> PairProblems {
        if self.rows == base.rows {
            return PairProblems::default();
        }
        let wrong = |row| Some((row, self.wrong(row)?));
        let count = self.map().len();
        let most = count > MOST_TAGS;
        PairProblems {
            rows: (0..self.rows.len()).filter_map(wrong).collect(),
            total: most.then(|| format!("At most {MOST_TAGS} tags are allowed; these are {count}")),
            used: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::Draft;
    use super::*;

    fn draft(tags: &[(&str, &str)]) -> Draft<Tags> {
        let tags = tags.iter();
        let tags = tags.map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Draft::of("orders", None, Tags::of(&tags.collect()))
    }

    fn row(key: &str, value: &str) -> (String, Secret) {
        (key.into(), Secret::new(value))
    }

    #[test]
    fn what_aws_set_is_no_part_of_the_draft() {
        let draft = draft(&[("aws:cloudformation:stack-name", "shop"), ("team", "web")]);
        assert_eq!(draft.mine.rows.len(), 1);
        assert!(!draft.is_dirty());
        assert_eq!(draft.can_apply().unwrap_err(), "Nothing was changed.");
    }

    #[test]
    fn removing_and_adding_make_a_difference_and_blank_rows_do_not() {
        let mut draft = draft(&[("team", "web")]);
        draft.mine.rows.push(row("", ""));
        assert!(!draft.is_dirty());
        draft.mine.set(&"team".to_owned(), None);
        draft.mine.rows.push(row("tier", "gold"));
        let after = BTreeMap::from([("tier".to_owned(), "gold".to_owned())]);
        assert_eq!(draft.mine.map(), after);
        assert_eq!(draft.can_apply(), Ok(()));
        assert_eq!(draft.changed(), ["team", "tier"]);
    }

    #[test]
    fn what_aws_would_refuse_is_told_beside_the_field() {
        let mut draft = draft(&[("team", "web")]);
        let cases = [
            (row("aws:x", "1"), "Only AWS sets"),
            (row("", "1"), "A key is needed"),
            (row("team", "2"), "stands there twice"),
            (row("a*b", "2"), "* is not allowed"),
            (row(&"k".repeat(129), ""), "at most 128"),
            (row("k", &"v".repeat(257)), "at most 256"),
        ];
        for (wrong, words) in cases {
            draft.mine.rows.truncate(1);
            draft.mine.rows.push(wrong);
            let problems = draft.mine.pair_problems(draft.base());
            assert!(problems.of_row(1).unwrap().contains(words), "{words}");
            assert!(draft.can_apply().is_err(), "{words}");
        }
        draft.mine.rows.truncate(1);
        draft.mine.rows.push(row("チーム", "店 1"));
        assert_eq!(draft.can_apply(), Ok(()));
        draft
            .mine
            .rows
            .extend((0..50).map(|n| row(&format!("k{n}"), "")));
        assert!(draft.can_apply().unwrap_err().contains("At most 50"));
    }

    #[test]
    fn tags_are_merged_with_what_somebody_else_did_meanwhile() {
        let mut draft = draft(&[("team", "web"), ("tier", "gold")]);
        draft.mine.set(&"team".to_owned(), Some("shop".into()));
        let theirs = [("team", "web"), ("tier", "silver"), ("new", "1")];
        let theirs = theirs.map(|(k, v)| (k.to_owned(), v.to_owned()));
        let merge = draft.merge(None, Tags::of(&theirs.into_iter().collect()));
        assert_eq!((merge.taken.len(), merge.conflicts.len()), (2, 0));
        assert_eq!(draft.changed(), ["team"]);
        assert_eq!(draft.mine.map()["tier"], "silver");
    }
}

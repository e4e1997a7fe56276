//! Something remote while a person edits it: what differs, what is wrong, and what happened meanwhile.
//!
//! [`Draft`] is one for all: a function's configuration, a method's integration, a stage, a plan. What is edited tells its fields
//! by [`Values`]; `ui::draft` draws it. The form edits `mine` as text, so that wrong input stays visible; nothing here talks to
//! anything.

mod function;
pub mod method;
mod pairs;
pub mod part;
pub mod plan;
pub mod policy;
pub mod stage;
mod tags;

use std::borrow::Cow;
use std::fmt::Debug;

use super::plan::Difference;
use super::secret::{MASK, Secret};
pub use function::{
    Configuration, ConfigurationDraft, ConfigurationUpdate, ENVIRONMENT, Field, GENERAL,
};
pub use pairs::{PairProblems, PairWords, Paired, Pairs};
pub use tags::Tags;

/// What a draft edits: its fields, and the values that stand in the form as they were typed.
pub trait Values: Clone + PartialEq {
    /// One field.
    type Field: Clone + Ord + Debug;

    /// Every field that any of these has, in the form's order.
    fn fields(of: &[&Self]) -> Vec<Self::Field>;

    /// What a field is called, and how it is typed in.
    fn describe(field: &Self::Field) -> Descriptor;

    /// A field's value in one form, however it was typed; `None` where it is not there.
    fn get(&self, field: &Self::Field) -> Option<String>;

    /// Puts a value, as [`Values::get`] gives it, into the form.
    fn set(&mut self, field: &Self::Field, value: Option<String>);

    /// The text as it is typed; `None` for what isn't typed, and for what is not there.
    fn typed(&mut self, field: &Self::Field) -> Option<&mut String>;

    /// What is wrong with a field that was changed, in the field's own terms. What is on the server is the server's to judge.
    fn problem(&self, base: &Self, field: &Self::Field) -> Option<String>;

    /// Everything that is wrong: the field's name on the screen, and the words. The default asks every field.
    fn problems(&self, base: &Self) -> Vec<(String, String)> {
        let wrong = |field: Self::Field| {
            let words = self.problem(base, &field)?;
            Some((Self::describe(&field).label.into_owned(), words))
        };
        let fields = Self::fields(&[base, self]);
        fields.into_iter().filter_map(wrong).collect()
    }

    /// What should be known of a value that is not wrong. `now` is in milliseconds since the epoch.
    fn note(&self, _field: &Self::Field, _now: i64) -> Option<String> {
        None
    }

    /// There is something in the form that is no field yet, as a row without a name.
    fn is_unfinished(&self, _base: &Self) -> bool {
        false
    }

    /// The server told what the field is: what it would not tell can't be merged, and must not be written.
    fn is_readable(&self, _field: &Self::Field) -> bool {
        true
    }
}

/// What a field is called, and how it is typed in.
#[derive(Debug, Clone)]
pub struct Descriptor {
    /// AWS's name: `MemorySize`.
    pub name: Cow<'static, str>,
    /// Its name on the screen.
    pub label: Cow<'static, str>,
    /// After the value: "MB"; may be empty.
    pub unit: &'static str,
    /// A sentence below the field; may be empty.
    pub help: &'static str,
    /// The part of the form that it stands in.
    pub section: &'static str,
    /// How it is typed in.
    pub input: Input,
    /// It is shown only when somebody asks for it.
    pub secret: bool,
    /// It is a name in code or an id, and no words.
    pub code: bool,
}

/// How a field is typed in.
#[derive(Debug, Clone, Copy)]
pub enum Input {
    /// A line of so many points.
    Line(f32),
    /// A number, which may have separators.
    Number,
    /// Several lines.
    Paragraph,
    /// One of many, from a list that opens. `now` is in milliseconds since the epoch.
    OneOf(fn(now: i64) -> Vec<Choice>),
    /// One of a few, side by side: value and words.
    Segments(&'static [(&'static str, &'static str)]),
    /// On ("true") or off ("false"), with words beside the box.
    Tick(&'static str),
    /// Elsewhere: it has a place of its own.
    Own,
}

/// One of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it stands for.
    pub value: String,
    /// In a word, why one might not want it: "deprecated"; may be empty.
    pub but: String,
}

impl Descriptor {
    /// A line of text; the other parts are set with `..`.
    pub fn line(name: &'static str, label: &'static str, width: f32) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            unit: "",
            help: "",
            section: "",
            input: Input::Line(width),
            secret: false,
            code: false,
        }
    }

    /// A value as people read it, with its unit; masked where it is secret, unless `reveal`.
    pub fn shown(&self, value: Option<&Secret>, reveal: bool) -> String {
        match value {
            None => String::new(),
            Some(_) if self.secret && !reveal => MASK.to_owned(),
            Some(value) if value.is_empty() || self.unit.is_empty() => value.reveal().to_owned(),
            Some(value) => format!("{} {}", value.reveal(), self.unit),
        }
    }
}

/// A field that both the person and somebody else changed, differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict<F> {
    /// Which.
    pub field: F,
    /// Before both; `None` where it was not there.
    pub base: Option<Secret>,
    /// The person's.
    pub mine: Option<Secret>,
    /// What is there now.
    pub theirs: Option<Secret>,
}

/// What came of bringing a draft up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge<F> {
    /// Fields that somebody else changed and the person had not touched: the form now shows theirs.
    pub taken: Vec<F>,
    /// Fields to decide upon.
    pub conflicts: Vec<Conflict<F>>,
}

/// An edit under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft<V: Values> {
    /// The name of what is edited.
    of: String,
    revision: Option<String>,
    base: V,
    /// What the form edits.
    pub mine: V,
    conflicts: Vec<Conflict<V::Field>>,
}

impl<V: Values> Draft<V> {
    /// A draft without changes, of the thing called `of`. `revision` is what its service calls this state of it; a service without
    /// revisions is compared by values.
    pub fn of(of: &str, revision: Option<String>, base: V) -> Self {
        Self {
            of: of.to_owned(),
            revision,
            mine: base.clone(),
            base,
            conflicts: Vec::new(),
        }
    }

    /// The name of what is edited.
    pub fn name(&self) -> &str {
        &self.of
    }

    /// The revision that the draft started from or was brought up to: what a conditional write names.
    pub fn revision_id(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// The values as they are on the server, as far as this draft knows.
    pub fn base(&self) -> &V {
        &self.base
    }

    /// Whether a field differs from the server's.
    pub fn differs(&self, field: &V::Field) -> bool {
        self.base.get(field) != self.mine.get(field)
    }

    /// The fields that differ, in the form's order.
    pub fn changed(&self) -> Vec<V::Field> {
        V::fields(&[&self.base, &self.mine])
            .into_iter()
            .filter(|field| self.differs(field))
            .collect()
    }

    /// Whether leaving would lose something; what is no field yet counts.
    pub fn is_dirty(&self) -> bool {
        self.mine.is_unfinished(&self.base) || !self.changed().is_empty()
    }

    /// What the server has, where the draft differs.
    pub fn was(&self, field: &V::Field) -> Option<String> {
        let base = self.base.get(field).map(Secret::new);
        let shown = || V::describe(field).shown(base.as_ref(), false);
        self.differs(field).then(shown)
    }

    /// What differs, with units; secrets are masked unless `reveal`, also where both are there and differ.
    pub fn differences(&self, reveal: bool) -> Vec<Difference> {
        let difference = |field: V::Field| {
            let descriptor = V::describe(&field);
            let shown = |values: &V| {
                let value = values.get(&field).map(Secret::new);
                descriptor.shown(value.as_ref(), reveal)
            };
            Difference {
                before: shown(&self.base),
                after: shown(&self.mine),
                field: descriptor.name.into_owned(),
            }
        };
        self.changed().into_iter().map(difference).collect()
    }

    /// Puts one field back to the server's value.
    pub fn revert(&mut self, field: &V::Field) {
        self.mine.set(field, self.base.get(field));
        self.conflicts.retain(|conflict| conflict.field != *field);
    }

    /// Puts everything back.
    pub fn revert_all(&mut self) {
        self.mine = self.base.clone();
        self.conflicts.clear();
    }

    /// What is wrong with a field; see [`Values::problem`].
    pub fn problem(&self, field: &V::Field) -> Option<String> {
        self.mine.problem(&self.base, field)
    }

    /// Everything that is wrong, in the form's order.
    pub fn problems(&self) -> Vec<String> {
        let all = self.mine.problems(&self.base);
        all.into_iter().map(|(_, words)| words).collect()
    }

    /// The fields that something is wrong with, as they are called on the screen, each once.
    pub fn wrong_fields(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (name, _) in self.mine.problems(&self.base) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The conflicts that are still to be decided.
    pub fn conflicts(&self) -> &[Conflict<V::Field>] {
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
    pub fn merge(&mut self, revision: Option<String>, there: V) -> Merge<V::Field> {
        let mut merge = Merge {
            taken: Vec::new(),
            conflicts: Vec::new(),
        };
        for field in V::fields(&[&self.base, &self.mine, &there]) {
            let theirs = there.get(&field);
            if !(self.base.is_readable(&field) && there.is_readable(&field)) {
                self.mine.set(&field, theirs);
                continue;
            }
            let (base, mine) = (self.base.get(&field), self.mine.get(&field));
            if base == theirs || mine == theirs {
                continue;
            }
            if mine == base {
                self.mine.set(&field, theirs);
                merge.taken.push(field);
                continue;
            }
            let [base, mine, theirs] = [base, mine, theirs].map(|value| value.map(Secret::new));
            merge.conflicts.push(Conflict {
                field,
                base,
                mine,
                theirs,
            });
        }
        // An older conflict stays open, unless the values now agree; its "theirs" is what is there now.
        for mut old in std::mem::take(&mut self.conflicts) {
            let again = merge.conflicts.iter().any(|new| new.field == old.field);
            let new = there.get(&old.field);
            if !again && self.mine.get(&old.field) != new {
                old.theirs = new.map(Secret::new);
                merge.conflicts.push(old);
            }
        }
        self.revision = revision;
        self.base = there;
        self.conflicts.clone_from(&merge.conflicts);
        merge
    }

    /// Base, mine and theirs of a conflict as text: secrets are masked unless `reveal`.
    pub fn texts(&self, conflict: &Conflict<V::Field>, reveal: bool) -> [String; 3] {
        let descriptor = V::describe(&conflict.field);
        [&conflict.base, &conflict.mine, &conflict.theirs]
            .map(|value| descriptor.shown(value.as_ref(), reveal))
    }

    /// Decides a conflict.
    pub fn resolve(&mut self, field: &V::Field, take_theirs: bool) {
        if take_theirs {
            self.mine.set(field, self.base.get(field));
        }
        self.conflicts.retain(|conflict| conflict.field != *field);
    }
}

#[cfg(test)]
mod tests;

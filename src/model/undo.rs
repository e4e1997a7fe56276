//! How to take a change back, as a value that the journal can keep. What it keeps on the disk holds no secret.
//!
//! [`rows`] compares a kept change with what is there now: what can be taken back, what must be asked for, and what somebody
//! has changed again meanwhile.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::api::documentation::Location;
use super::api::stage::Moved;
use super::draft::method::MethodField;
use super::draft::{Configuration, ConfigurationDraft, Field, Values};
use super::plan::Difference;
use super::secret::Secret;

/// The inverse of a change that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Undo {
    /// Set these fields of a function's configuration back to what they were.
    Configuration {
        /// Name of the function.
        function: String,
        /// Pairs of AWS's member name and the JSON value before; the environment is never among them.
        before: serde_json::Map<String, serde_json::Value>,
        /// The variables that were changed, by name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        variables: Vec<VariableBefore>,
    },
    /// Set tags back: those that were changed or removed with their values, and the keys that were added.
    Tags {
        /// ARN of the resource.
        resource: String,
        /// Key and value before.
        set: Vec<(String, String)>,
        /// Keys that did not exist before.
        remove: Vec<String>,
    },
    /// Deploy the package again that was there.
    Code {
        /// Name of the function.
        function: String,
        /// Its `CodeSha256`.
        sha256: String,
        /// Where this machine keeps a copy of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept: Option<PathBuf>,
        /// The instruction set before, where that was changed too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        architecture: Option<String>,
    },
    /// Deploy what is there once more, for the instruction set that it had.
    Architecture {
        /// Name of the function.
        function: String,
        /// The one before.
        was: String,
    },
    /// Let an alias point where it pointed.
    Alias {
        /// Name of the function.
        function: String,
        /// Name of the alias.
        alias: String,
        /// The version before.
        version: String,
        /// The second version before, and its share in millionths.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        additional: Option<(String, u32)>,
    },
    /// Set these fields of a method of a REST API, and of its integration, back to what they were.
    Method {
        /// The API's id.
        api: String,
        /// The API's name.
        name: String,
        /// The resource's id.
        resource: String,
        /// The resource's path.
        path: String,
        /// As `GET`.
        verb: String,
        /// For its ARN.
        region: String,
        /// For its ARN.
        partition: String,
        /// Fields with their values before; none where it was not there.
        before: Vec<(MethodField, Option<String>)>,
    },
    /// Put an API's resource policy back.
    ApiPolicy {
        /// The API's id.
        api: String,
        /// The API's name.
        name: String,
        /// The policy before, on one line; empty where there was none.
        before: String,
        /// What the change made.
        made: String,
    },
    /// Set values of an API's stage back: what it stands on, its settings.
    Stage {
        /// The API's id.
        id: String,
        /// The API's name.
        api: String,
        /// The stage's name.
        stage: String,
        /// What was made of what.
        moved: Vec<Moved>,
    },
    /// Set values of a usage plan back.
    Plan {
        /// Its id.
        id: String,
        /// Its name, as it was called then.
        name: String,
        /// What was made of what.
        moved: Vec<Moved>,
    },
    /// Write the documentation of something as it was.
    Part {
        /// The API's id.
        api: String,
        /// What it is of.
        location: Location,
        /// The properties before; none where there was no part.
        before: Option<String>,
        /// The properties that the change made; none where it took the part away.
        after: Option<String>,
    },
    /// Switch an API key back.
    Key {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// It was on.
        on: bool,
    },
}

/// A variable before a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariableBefore {
    /// Its name.
    pub name: String,
    /// It was there. Where it was not, taking it away is all that undoes it.
    pub was: bool,
    /// Its value before, for as long as this window is open: it is never written down.
    #[serde(skip)]
    pub value: Option<Secret>,
}

/// One field that could be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// AWS's name, as in the differences: `MemorySize`, `Environment.TOKEN`.
    pub name: String,
    /// Which.
    pub field: Field,
    /// What is there now, as it is shown.
    pub now: String,
    /// What it would be again, as it is shown; empty where it goes.
    pub back: String,
    /// Somebody has changed it again: what they set, which is not what the change made.
    pub stale: bool,
    /// What it would be again; `None` where it goes.
    pub value: Option<Secret>,
    /// The value before was never written down: the person must say it.
    pub asks: bool,
    /// It is to be taken back.
    pub chosen: bool,
}

/// What of a change of a configuration can be taken back from `now`, which is a draft without changes of what is there. `made`
/// are the differences that the change made. What is as it was before is left out.
pub fn rows(
    before: &serde_json::Map<String, serde_json::Value>,
    variables: &[VariableBefore],
    made: &[Difference],
    now: &ConfigurationDraft,
) -> Vec<Row> {
    let base = now.base();
    let shown =
        |field: &Field, value: Option<&Secret>| Configuration::describe(field).shown(value, false);
    let after = |name: &str| {
        let made = made.iter().find(|made| made.field == name);
        made.map(|made| made.after.clone())
    };
    let general = Field::GENERAL.iter().filter_map(|field| {
        let name = Configuration::describe(field).name.into_owned();
        let value = before.get(&name)?;
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let there = base.get(field);
        if there.as_ref() == Some(&value) {
            return None;
        }
        let now = shown(field, there.map(Secret::new).as_ref());
        let value = Secret::new(value);
        let stale = after(&name).is_some_and(|after| after != now);
        Some(Row {
            back: shown(field, Some(&value)),
            stale,
            value: Some(value),
            asks: false,
            chosen: !stale,
            field: field.clone(),
            name,
            now,
        })
    });
    let variables = variables.iter().filter_map(|variable| {
        let field = Field::Environment(variable.name.clone());
        let name = Configuration::describe(&field).name.into_owned();
        let there = base.get(&field).map(Secret::new);
        let same = match (&there, variable.was, &variable.value) {
            (None, false, _) => true,
            (Some(there), true, Some(value)) => there == value,
            _ => false,
        };
        if same {
            return None;
        }
        // Values are not written down: only that it came or went is seen.
        let gone = after(&name).is_some_and(|after| after.is_empty());
        let stale = gone == there.is_some();
        let asks = variable.was && variable.value.is_none();
        Some(Row {
            now: shown(&field, there.as_ref()),
            back: match (variable.was, &variable.value) {
                (false, _) => String::new(),
                (true, value) => shown(&field, Some(&value.clone().unwrap_or_default())),
            },
            value: variable
                .was
                .then(|| variable.value.clone().unwrap_or_default()),
            asks,
            stale,
            chosen: !stale && !asks,
            field,
            name,
        })
    });
    general.chain(variables).collect()
}

/// Puts what is chosen of the rows into a draft.
pub fn put(rows: &[Row], draft: &mut ConfigurationDraft) {
    for row in rows.iter().filter(|row| row.chosen) {
        let value = row.value.as_ref().map(|value| value.reveal().to_owned());
        draft.mine.set(&row.field, value);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::draft::Draft;
    use super::super::function::Function;
    use super::*;

    fn made(field: &str, before: &str, after: &str) -> Difference {
        Difference {
            field: field.into(),
            before: before.into(),
            after: after.into(),
        }
    }

    fn function(memory_mb: u32, environment: &[(&str, &str)]) -> Function {
        let rows = environment.iter();
        Function {
            name: "f".into(),
            memory_mb,
            timeout_s: 3,
            ephemeral_mb: 512,
            environment: rows.map(|(n, v)| ((*n).into(), Secret::new(*v))).collect(),
            ..Function::default()
        }
    }

    fn variable(name: &str, was: bool, value: Option<&str>) -> VariableBefore {
        VariableBefore {
            name: name.into(),
            was,
            value: value.map(Secret::new),
        }
    }

    /// Memory 256 to 400, TOKEN changed, NEW added, OLD removed.
    fn change() -> [Difference; 4] {
        [
            made("MemorySize", "256 MB", "400 MB"),
            made("Environment.TOKEN", "***", "***"),
            made("Environment.NEW", "", "***"),
            made("Environment.OLD", "***", ""),
        ]
    }

    fn before() -> serde_json::Map<String, serde_json::Value> {
        serde_json::json!({ "MemorySize": 256 })
            .as_object()
            .unwrap()
            .clone()
    }

    #[test]
    fn what_is_known_is_taken_back_and_the_rest_is_asked_for() {
        let variables = [
            variable("TOKEN", true, None),
            variable("NEW", false, None),
            variable("OLD", true, None),
        ];
        let draft = Draft::new(&function(400, &[("TOKEN", "2"), ("NEW", "x")]));
        let rows = rows(&before(), &variables, &change(), &draft);
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.name.as_str(), row.asks, row.chosen, row.stale))
            .collect();
        assert_eq!(
            told,
            [
                ("MemorySize", false, true, false),
                ("Environment.TOKEN", true, false, false),
                ("Environment.NEW", false, true, false),
                ("Environment.OLD", true, false, false),
            ]
        );
        let mut part = draft.clone();
        put(&rows, &mut part);
        let update = part.update().unwrap();
        assert_eq!(update.memory_mb, Some(256));
        assert_eq!(
            update.environment,
            Some(vec![("TOKEN".into(), Secret::new("2"))]),
            "what was added goes, what must be asked for stays"
        );
    }

    #[test]
    fn within_a_session_the_values_are_known_too() {
        let variables = [
            variable("TOKEN", true, Some("1")),
            variable("NEW", false, None),
            variable("OLD", true, Some("o")),
        ];
        let draft = Draft::new(&function(400, &[("TOKEN", "2"), ("NEW", "x")]));
        let rows = rows(&before(), &variables, &change(), &draft);
        assert!(rows.iter().all(|row| row.chosen && !row.asks));
        let mut whole = draft;
        put(&rows, &mut whole);
        let mut environment = whole.update().unwrap().environment.unwrap();
        environment.sort_by(|a, b| a.0.cmp(&b.0));
        let expected = [("OLD", "o"), ("TOKEN", "1")];
        assert_eq!(
            environment,
            expected.map(|(n, v)| (n.to_owned(), Secret::new(v)))
        );
    }

    #[test]
    fn what_somebody_changed_again_is_told_and_not_taken_back_unasked() {
        let draft = Draft::new(&function(300, &[("TOKEN", "2"), ("OLD", "theirs")]));
        let variables = [variable("NEW", false, None), variable("OLD", true, None)];
        let rows = rows(&before(), &variables, &change(), &draft);
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.name.as_str(), row.now.as_str(), row.stale, row.chosen))
            .collect();
        assert_eq!(
            told,
            [
                ("MemorySize", "300 MB", true, false),
                ("Environment.OLD", "***", true, false)
            ],
            "NEW is gone already"
        );
    }

    #[test]
    fn a_value_is_never_written_down_and_older_journals_are_read() {
        let undo = Undo::Configuration {
            function: "f".into(),
            before: before(),
            variables: vec![variable("TOKEN", true, Some("hunter2"))],
        };
        let text = serde_json::to_string(&undo).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
        let old = r#"{"kind":"configuration","function":"f","before":{"MemorySize":256}}"#;
        let Undo::Configuration { variables, .. } = serde_json::from_str(old).unwrap() else {
            unreachable!("it is of a configuration");
        };
        assert!(variables.is_empty());
    }
}

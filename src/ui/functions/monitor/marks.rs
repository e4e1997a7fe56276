//! What happened to a function within a range: its versions, what this window changed, and the last change of all.

use std::sync::Arc;

use crate::cloud::lambda::function::GetFunction;
use crate::cloud::lambda::related::ListVersions;
use crate::model::format::number_exact;
use crate::model::function::{Function, Version};
use crate::model::plan::Difference;
use crate::store::journal::Record;
use crate::ui::cx::Cx;
use crate::ui::widgets::plot::Mark;

/// AWS's time of a change and this machine's differ by no more, in ms: it is the same change.
const SAME_MS: i64 = 60_000;

/// The marks of the function `name`, in order of time.
pub fn of(name: &str, cx: &mut Cx<'_>) -> Vec<Mark> {
    let known = cx.store.want(&GetFunction::latest(name), cx.now);
    let function = known.shown().map(|detail| detail.function.clone());
    let versions = ListVersions {
        name: name.to_owned(),
    };
    let versions = cx.store.want(&versions, cx.now);
    let versions = versions.shown().cloned();
    let versions = versions.as_deref().map_or(&[][..], Vec::as_slice);
    let Some(function) = function else {
        return Vec::new();
    };
    let journal = cx.store.journal();
    let records = journal
        .iter()
        .filter(|record| record.target == function.arn);
    marks(&function, versions, records)
}

fn marks<'a>(
    function: &Arc<Function>,
    versions: &[Version],
    records: impl Iterator<Item = &'a Record>,
) -> Vec<Mark> {
    let mut marks: Vec<Mark> = records
        .filter(|record| record.succeeded())
        .filter_map(|record| {
            Some(Mark {
                at: record.at,
                text: words(record)?,
            })
        })
        .collect();
    let is_known =
        |marks: &[Mark], at: i64| marks.iter().any(|mark| (mark.at - at).abs() <= SAME_MS);
    for version in versions
        .iter()
        .filter(|version| version.version != "$LATEST")
    {
        if let Some(at) = version.last_modified.filter(|at| !is_known(&marks, *at)) {
            marks.push(Mark {
                at,
                text: format!("version {}", version.version),
            });
        }
    }
    if let Some(at) = function.last_modified.filter(|at| !is_known(&marks, *at)) {
        marks.push(Mark {
            at,
            text: "last change".to_owned(),
        });
    }
    marks.sort_by_key(|mark| mark.at);
    marks
}

/// What was done, in a word or two; none for what changes nothing that runs.
fn words(record: &Record) -> Option<String> {
    let title = record.title.to_lowercase();
    if title.starts_with("invoke") || title.contains("dry run") || title.contains("check") {
        return None;
    }
    if title.contains("create") && title.contains("function") {
        return Some("created".to_owned());
    }
    let fields = &record.differences;
    if let [one] = fields.as_slice()
        && let Some(words) = of_field(one)
    {
        return Some(words);
    }
    let kinds = [
        ("code", "code"),
        ("publish", "version"),
        ("alias", "alias"),
        ("concurrency", "concurrency"),
        ("tag", "tags"),
        ("configuration", "settings"),
    ];
    let kind = kinds.iter().find(|(part, _)| title.contains(part));
    Some(kind.map_or("changed", |(_, word)| word).to_owned())
}

fn of_field(one: &Difference) -> Option<String> {
    let field = one.field.as_str();
    let words = match field {
        "MemorySize" | "Memory" | "Timeout" => {
            let number = |text: &str| text.split(' ').next().unwrap_or_default().replace(',', "");
            let (before, after) = (number(&one.before), number(&one.after));
            let unit = if field == "Timeout" { "s" } else { "MB" };
            let after: i64 = after.parse().ok()?;
            let text = format!("{before}→{} {unit}", number_exact(after));
            match text.chars().count() {
                ..=12 => text,
                _ => format!("{} {unit}", number_exact(after)),
            }
        }
        "Runtime" => "runtime".to_owned(),
        "Handler" => "handler".to_owned(),
        "Role" => "role".to_owned(),
        _ if field.starts_with("Environment") => "variables".to_owned(),
        _ if field.starts_with("Code") => "code".to_owned(),
        _ => return None,
    };
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(at: i64, title: &str, field: &str, before: &str, after: &str) -> Record {
        Record {
            at,
            connection: String::new(),
            caller: String::new(),
            title: title.into(),
            target: "arn".into(),
            differences: vec![Difference {
                field: field.into(),
                before: before.into(),
                after: after.into(),
            }],
            request_id: None,
            outcome: "ok".into(),
            undo: None,
        }
    }

    #[test]
    fn each_mark_says_what_was_done_and_nothing_is_marked_twice() {
        let function = Arc::new(Function {
            last_modified: Some(9_000_000),
            ..Function::default()
        });
        let version = |version: &str, at| Version {
            version: version.into(),
            last_modified: Some(at),
            ..Version::default()
        };
        let versions = [version("$LATEST", 9_000_000), version("3", 5_000_000)];
        let records = [
            record(
                1_000_000,
                "Update configuration",
                "MemorySize",
                "256 MB",
                "512 MB",
            ),
            record(
                2_000_000,
                "Update configuration",
                "Environment.KEY",
                "***",
                "***",
            ),
            record(3_000_000, "Invoke", "", "", ""),
            record(8_990_000, "Upload code", "CodeSha256", "a", "b"),
        ];
        let marks = marks(&function, &versions, records.iter());
        let told: Vec<(i64, &str)> = marks.iter().map(|mark| (mark.at, &*mark.text)).collect();
        let expected = [
            (1_000_000, "256→512 MB"),
            (2_000_000, "variables"),
            (5_000_000, "version 3"),
            (8_990_000, "code"),
        ];
        assert_eq!(told, expected, "the last change is the upload");
        let plain = super::marks(&function, &[], [].iter());
        assert_eq!(plain[0].text, "last change");
    }
}

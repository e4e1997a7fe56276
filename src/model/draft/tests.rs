#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::super::cli::{CliContext, update_configuration};
use super::super::function::{Architecture, Environment, Function, PackageType};
use super::*;

fn function() -> Function {
    Function {
        name: "orders".into(),
        runtime: Some("python3.13".into()),
        handler: Some("app.handler".into()),
        role: "arn:aws:iam::123456789012:role/orders".into(),
        memory_mb: 128,
        timeout_s: 3,
        ephemeral_mb: 512,
        environment: environment(&[("URL", "u"), ("MODE", "fast")]),
        revision_id: Some("r1".into()),
        version: "$LATEST".into(),
        ..Function::default()
    }
}

fn environment(rows: &[(&str, &str)]) -> Environment {
    rows.iter()
        .map(|(name, value)| ((*name).to_owned(), Secret::new(*value)))
        .collect()
}

fn variable(name: &str) -> Field {
    Field::Environment(name.to_owned())
}

#[test]
fn a_new_draft_changes_nothing() {
    let draft = Draft::new(&function());
    assert!(!draft.is_dirty() && draft.changed().is_empty() && draft.problems().is_empty());
    assert_eq!(draft.can_apply().unwrap_err(), "Nothing was changed.");
}

#[test]
fn what_differs_is_told_field_by_field() {
    let mut draft = Draft::new(&function());
    draft.mine.memory = "1,024".into();
    draft.mine.timeout = " 3 ".into();
    draft.mine.set_variable("MODE", Some("slow".into()));
    draft.mine.set_variable("NEW", Some("1".into()));
    draft.mine.set_variable("URL", None);
    assert_eq!(
        draft.changed(),
        [
            Field::Memory,
            variable("MODE"),
            variable("NEW"),
            variable("URL")
        ]
    );
    let rows: Vec<_> = draft
        .differences(false)
        .into_iter()
        .map(|d| (d.field, d.before, d.after))
        .collect();
    let row = |field: &str, before: &str, after: &str| {
        (field.to_owned(), before.to_owned(), after.to_owned())
    };
    assert_eq!(
        rows,
        [
            row("MemorySize", "128 MB", "1024 MB"),
            row("Environment.MODE", "***", "***"),
            row("Environment.NEW", "", "***"),
            row("Environment.URL", "***", ""),
        ]
    );
    assert_eq!(draft.differences(true)[1].after, "slow");
}

#[test]
fn the_order_of_variables_is_no_change_and_an_empty_row_does_not_count() {
    let mut draft = Draft::new(&function());
    draft.mine.environment.reverse();
    draft
        .mine
        .environment
        .push((String::new(), Secret::default()));
    assert!(!draft.is_dirty() && draft.problems().is_empty());
    draft
        .mine
        .environment
        .push((String::new(), Secret::new("half")));
    assert!(draft.is_dirty());
    assert!(draft.can_apply().unwrap_err().contains("needs a name"));
}

#[test]
fn wrong_input_is_told_in_the_fields_own_terms() {
    let mut draft = Draft::new(&function());
    draft.mine.memory = "64".into();
    draft.mine.timeout = "soon".into();
    draft.mine.handler = "app".into();
    draft.mine.set_variable("AWS_REGION", Some("x".into()));
    assert!(
        draft
            .problem(&Field::Memory)
            .unwrap()
            .contains("128 to 10,240 MB")
    );
    assert!(draft.problem(&Field::Timeout).unwrap().contains("soon"));
    assert!(draft.problem(&Field::Handler).unwrap().contains("app.py"));
    assert!(
        draft
            .problem(&variable("AWS_REGION"))
            .unwrap()
            .contains("Lambda itself")
    );
    assert_eq!(draft.problems().len(), 4);
    assert!(draft.update().is_err());
}

#[test]
fn what_is_on_the_server_is_not_judged_until_it_is_touched() {
    let odd = Function {
        memory_mb: 64,
        handler: Some("weird".into()),
        environment: environment(&[("_x", "1")]),
        ..function()
    };
    let mut draft = Draft::new(&odd);
    assert!(draft.problems().is_empty());
    draft.mine.runtime = "python3.12".into();
    assert!(
        draft.problem(&Field::Handler).is_some(),
        "a handler is judged when its runtime changes"
    );
    let image = Function {
        package_type: PackageType::Image,
        runtime: None,
        handler: None,
        ..function()
    };
    let mut draft = Draft::new(&image);
    draft.mine.memory = "256".into();
    assert!(draft.can_apply().is_ok());
}

#[test]
fn one_field_goes_back_and_the_others_stay() {
    let mut draft = Draft::new(&function());
    draft.mine.memory = "256".into();
    draft.mine.timeout = "9".into();
    draft.mine.set_variable("URL", None);
    draft.revert(&Field::Memory);
    draft.revert(&variable("URL"));
    assert_eq!(draft.changed(), [Field::Timeout]);
    assert_eq!(draft.mine.get(&variable("URL")).as_deref(), Some("u"));
    draft.revert_all();
    assert!(!draft.is_dirty());
}

#[test]
fn the_update_holds_the_changed_fields_and_the_revision() {
    let mut draft = Draft::new(&function());
    draft.mine.memory = "256".into();
    draft.mine.set_variable("MODE", Some("slow".into()));
    let update = draft.update().unwrap();
    assert_eq!(
        (update.memory_mb, update.timeout_s, update.handler.clone()),
        (Some(256), None, None)
    );
    assert_eq!(
        update.environment.clone().unwrap(),
        environment(&[("URL", "u"), ("MODE", "slow")])
    );
    assert_eq!(update.revision_id.as_deref(), Some("r1"));
    let cli = update_configuration(&update, draft.base(), &CliContext::default(), false);
    assert!(
        cli.contains("--memory-size 256") && cli.contains("ask_line MODE") && !cli.contains("slow"),
        "{cli}"
    );
}

#[test]
fn an_architecture_goes_with_the_code() {
    let mut draft = Draft::new(&function());
    draft.mine.architecture = Architecture::Arm64;
    assert_eq!(draft.architecture_change(), Some(Architecture::Arm64));
    assert!(draft.update().unwrap().is_empty());
}

#[test]
fn a_description_and_all_variables_can_be_emptied() {
    let mut draft = Draft::new(&Function {
        description: "old".into(),
        ..function()
    });
    draft.mine.description.clear();
    draft.mine.environment.clear();
    let update = draft.update().unwrap();
    assert_eq!(update.description.as_deref(), Some(""));
    assert_eq!(update.environment, Some(Vec::new()));
    assert!(!update.is_empty());
}

#[test]
fn merging_takes_theirs_keeps_mine_and_asks_where_both_changed() {
    let mut draft = Draft::new(&function());
    draft.mine.memory = "256".into();
    draft.mine.timeout = "10".into();
    draft.mine.set_variable("URL", Some("mine".into()));
    draft.mine.set_variable("MINE", Some("1".into()));
    let theirs = Function {
        memory_mb: 512,
        timeout_s: 10,
        description: "theirs".into(),
        environment: environment(&[("MODE", "fast"), ("THEIRS", "2"), ("URL", "theirs")]),
        revision_id: Some("r2".into()),
        ..function()
    };
    let merge = draft.rebase(&theirs);
    assert_eq!(merge.taken, [Field::Description, variable("THEIRS")]);
    let conflicts: Vec<_> = merge
        .conflicts
        .iter()
        .map(|c| (c.field.clone(), draft.texts(c, true)))
        .collect();
    assert_eq!(
        conflicts,
        [
            (
                Field::Memory,
                ["128 MB", "256 MB", "512 MB"].map(str::to_owned)
            ),
            (variable("URL"), ["u", "mine", "theirs"].map(str::to_owned)),
        ]
    );
    assert_eq!(
        draft.texts(&merge.conflicts[1], false),
        ["***", "***", "***"]
    );
    assert_eq!(draft.revision_id(), Some("r2"));
    assert!(!draft.differs(&Field::Timeout), "both made the same change");
    assert!(draft.can_apply().unwrap_err().starts_with("2 fields"));
    draft.resolve(&Field::Memory, true);
    draft.resolve(&variable("URL"), false);
    assert!(draft.can_apply().is_ok());
    assert_eq!(draft.changed(), [variable("MINE"), variable("URL")]);
    assert_eq!(draft.mine.memory, "512");
}

#[test]
fn a_conflict_stays_open_over_a_second_change_elsewhere() {
    let mut draft = Draft::new(&function());
    draft.mine.memory = "256".into();
    let memory = |memory_mb| Function {
        memory_mb,
        ..function()
    };
    assert_eq!(draft.rebase(&memory(512)).conflicts.len(), 1);
    let again = draft.rebase(&memory(512));
    assert_eq!(again.conflicts.len(), 1, "looking again decides nothing");
    let third = draft.rebase(&memory(1024));
    assert_eq!(draft.texts(&third.conflicts[0], true)[2], "1024 MB");
    assert!(
        draft.rebase(&memory(256)).conflicts.is_empty(),
        "they came to the same value"
    );
    assert!(draft.can_apply().is_err());
}

#[test]
fn a_variable_removed_there_and_changed_here_is_a_conflict() {
    let mut draft = Draft::new(&function());
    draft.mine.set_variable("URL", Some("mine".into()));
    let merge = draft.rebase(&Function {
        environment: environment(&[("MODE", "fast")]),
        ..function()
    });
    assert_eq!(draft.texts(&merge.conflicts[0], true), ["u", "mine", ""]);
    draft.resolve(&variable("URL"), true);
    assert_eq!(draft.mine.environment, environment(&[("MODE", "fast")]));
}

#[test]
fn an_environment_that_cannot_be_read_is_never_sent() {
    let locked = Function {
        environment: Vec::new(),
        environment_error: Some("AccessDenied".into()),
        ..function()
    };
    let mut draft = Draft::new(&function());
    draft.mine.memory = "256".into();
    draft.rebase(&locked);
    draft.mine.set_variable("NEW", Some("1".into()));
    assert!(draft.update().unwrap().environment.is_none());
}

#[test]
fn merging_agrees_with_the_rule_on_every_combination() {
    for (base, mine, theirs) in (0..27).map(|n| (n % 3, n / 3 % 3, n / 9)) {
        let memory = |choice: i32| 128 + 64 * choice as u32;
        let mut draft = Draft::new(&Function {
            memory_mb: memory(base),
            ..function()
        });
        draft.mine.memory = memory(mine).to_string();
        let merge = draft.rebase(&Function {
            memory_mb: memory(theirs),
            ..function()
        });
        let conflict = base != mine && base != theirs && mine != theirs;
        assert_eq!(
            merge.conflicts.len(),
            usize::from(conflict),
            "{base} {mine} {theirs}"
        );
        let expected = if mine == base { theirs } else { mine };
        assert_eq!(draft.mine.memory, memory(expected).to_string());
    }
}

#[test]
fn nothing_of_a_draft_prints_a_secret() {
    let mut draft = Draft::new(&function());
    draft.mine.set_variable("URL", Some("hunter2".into()));
    draft.rebase(&Function {
        environment: environment(&[("URL", "hunter3")]),
        ..function()
    });
    let text = format!("{draft:?} {:?}", draft.update());
    assert!(!text.contains("hunter"), "{text}");
}

#[test]
fn no_variables_take_none_of_the_room() {
    let without = Configuration::of(&Function::default());
    assert_eq!(without.pair_problems(&without).used, "none of 4,096 bytes");
}

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

fn named(name: &str) -> Function {
    Function {
        name: name.into(),
        runtime: Some("python3.13".into()),
        memory_mb: 128,
        timeout_s: 65,
        code_size: 1_300_000,
        ..Function::default()
    }
}

#[test]
fn cells_are_for_people_and_keep_the_exact_value() {
    let function = Function {
        last_modified: Some(1_700_000_000_000),
        ..named("a")
    };
    let cell = |column: Column| column.cell(&function, 1_700_000_200_000, &Zone::Utc);
    assert_eq!(cell(Column::Memory).text, "128 MB");
    assert_eq!(cell(Column::Timeout).text, "1 min 5 s");
    assert_eq!(cell(Column::CodeSize).text, "1.2 MB");
    assert_eq!(cell(Column::CodeSize).exact.unwrap(), "1,300,000 bytes");
    assert_eq!(cell(Column::LastModified).text, "3 min ago");
    assert_eq!(
        cell(Column::LastModified).exact.unwrap(),
        "2023-11-14 22:13:20.000 UTC"
    );
}

#[test]
fn the_state_cell_tells_of_updates() {
    let updating = Function {
        last_update_status: LastUpdateStatus::Failed,
        last_update_status_reason: Some("image gone".into()),
        ..named("a")
    };
    let cell = Column::State.cell(&updating, 0, &Zone::Utc);
    assert_eq!(
        (cell.text.as_ref(), cell.exact.as_deref()),
        ("Update failed", Some("image gone"))
    );
}

#[test]
fn sorting_by_state_brings_trouble_first() {
    let failed = Function {
        state: State::Failed,
        ..named("z")
    };
    assert_eq!(Column::State.compare(&failed, &named("a")), Ordering::Less);
}

#[test]
fn every_column_has_a_title_and_an_order_of_its_own() {
    let (less, more) = (
        named("a"),
        Function {
            memory_mb: 512,
            ..named("b")
        },
    );
    for column in Column::ALL {
        assert!(!column.title().is_empty());
        assert_eq!(column.compare(&less, &less), Ordering::Equal);
    }
    assert_eq!(Column::Memory.compare(&less, &more), Ordering::Less);
    assert_eq!(Column::Name.compare(&more, &less), Ordering::Greater);
    assert_eq!(Column::Timeout.compare(&less, &more), Ordering::Equal);
}

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use std::sync::Arc;

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
fn equal_rows_stay_in_order_of_name_when_the_column_descends() {
    let mut rows: Vec<FunctionRow> = ["c", "a", "b"].map(|name| Arc::new(named(name))).into();
    rows.push(Arc::new(Function {
        memory_mb: 512,
        ..named("z")
    }));
    let mut order = vec![0, 1, 2, 3];
    sort(&mut order, &rows, Column::Memory, true);
    assert_eq!(order, [3, 1, 2, 0]);
    sort(&mut order, &rows, Column::Name, true);
    assert_eq!(order, [3, 0, 2, 1]);
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
fn every_column_has_a_title_and_sorts_ten_thousand_rows() {
    let rows: Vec<FunctionRow> = (0..10_000u32)
        .map(|n| {
            Arc::new(Function {
                memory_mb: n.wrapping_mul(7919) % 512,
                ..named(&format!("f-{n}"))
            })
        })
        .collect();
    for column in Column::ALL {
        assert!(!column.title().is_empty());
        let mut order: Vec<u32> = (0..10_000).rev().collect();
        sort(&mut order, &rows, column, false);
        assert!(order.windows(2).all(|pair| {
            column.compare(&rows[pair[0] as usize], &rows[pair[1] as usize]) != Ordering::Greater
        }));
    }
}

#[test]
fn csv_has_exact_values_and_cannot_start_a_formula() {
    let evil = Function {
        description: "=HYPERLINK(\"x\")".into(),
        ..named("a,b")
    };
    let text = csv(
        std::iter::once(&evil),
        &[Column::Name, Column::Memory, Column::Description],
    );
    assert_eq!(
        text,
        "Name,Memory (MB),Description\r\n\"a,b\",128,\"'=HYPERLINK(\"\"x\"\")\"\r\n"
    );
}

use super::*;
use crate::model::plan;
use crate::model::secret::MASK;

fn method(name: &str) -> Node {
    Node::new("Methods", name)
}

/// The story of the mock-up: one method loses its authorizer, one comes, one goes, one stays.
fn deployment() -> Difference {
    let capture = method("POST /capture")
        .field("Authorization", "CUSTOM shop-jwt")
        .field("Timeout", "29,000 ms")
        .field("API key", "no");
    let now = [
        capture,
        method("GET /orders").field("Timeout", "29,000 ms"),
        method("GET /legacy").field("Integration", "cart-merge:live"),
        Node::new("Models", "Order").field("required", "id, lines"),
    ];
    let mut refunds = method("POST /refunds").field("Integration", "orders-settle:live");
    refunds.summary = "Lambda proxy orders-settle:live".into();
    let then = [
        method("POST /capture")
            .field("Authorization", "NONE")
            .field("Timeout", "10,000 ms")
            .field("API key", "no"),
        method("GET /orders").field("Timeout", "29,000 ms"),
        refunds,
        Node::new("Models", "Order").field("required", "id, lines, currency"),
    ];
    compare(&now, &then).with_risks(vec![
        risk(
            Level::Warning,
            &["Methods", "GET /legacy"],
            "",
            "still called",
        ),
        risk(
            Level::Danger,
            &["Methods", "POST /capture"],
            "Authorization",
            "open",
        ),
    ])
}

fn risk(level: Level, path: &[&str], field: &str, short: &str) -> Risk {
    Risk {
        level,
        path: path.iter().map(|part| (*part).to_owned()).collect(),
        field: field.into(),
        short: short.into(),
        words: String::new(),
    }
}

/// The rows in words, as they would be read.
fn told(difference: &Difference, view: &View) -> Vec<String> {
    let text = |row: Row| {
        let indent = "  ".repeat(row.depth);
        let risk = row
            .risk
            .map(|at| format!(" !{}", at + 1))
            .unwrap_or_default();
        let fold = if row.folded == Some(true) { " …" } else { "" };
        let words = match row.what {
            What::Group(title, count) => format!("[{title} {count}]"),
            What::Entry(at) => {
                let entry = &difference.entries()[at];
                let sign = entry.change.map_or(" ", Change::sign);
                format!("{sign} {}", entry.name)
            }
            What::Field(at, field) => {
                let field = &difference.entries()[at].fields[field];
                let side = |side: &Option<String>| side.clone().unwrap_or_default();
                format!(
                    "{}: {} > {}",
                    field.name,
                    side(&field.before),
                    side(&field.after)
                )
            }
        };
        format!("{indent}{words}{fold}{risk}")
    };
    difference.rows(view).into_iter().map(text).collect()
}

#[test]
fn things_are_grouped_by_kind_and_told_field_by_field() {
    let rows = told(&deployment(), &View::default());
    let expected = [
        "[Methods 3]",
        "~ POST /capture",
        "  Authorization: CUSTOM shop-jwt > NONE !1",
        "  Timeout: 29,000 ms > 10,000 ms",
        "+ POST /refunds …",
        "− GET /legacy !2",
        "  Integration: cart-merge:live > ",
        "[Models 1]",
        "~ Order",
        "  required: id, lines > id, lines, currency",
    ];
    assert_eq!(rows, expected);
}

#[test]
fn what_is_the_same_is_counted_and_not_shown() {
    let difference = deployment();
    assert_eq!(difference.same, 1);
    let counts = difference.counts();
    assert_eq!((counts.added, counts.changed, counts.removed), (1, 2, 1));
    let node = [method("GET /").field("Timeout", "3 s")];
    assert!(compare(&node, &node).is_empty());
}

#[test]
fn only_what_has_a_risk_shows_with_what_it_stands_in() {
    let view = View {
        risky: true,
        ..View::default()
    };
    let expected = [
        "[Methods 2]",
        "~ POST /capture",
        "  Authorization: CUSTOM shop-jwt > NONE !1",
        "− GET /legacy !2",
    ];
    assert_eq!(told(&deployment(), &view), expected);
}

#[test]
fn what_is_folded_keeps_its_head_and_what_comes_whole_unfolds() {
    let difference = deployment();
    let mut view = View::default();
    let rows = difference.rows(&view);
    let models = rows
        .iter()
        .find(|row| row.what == What::Group("Models".into(), 1));
    view.turned
        .insert(models.map(|row| row.key.clone()).unwrap_or_default());
    let refunds = rows.iter().find(|row| row.folded == Some(true));
    view.turned
        .insert(refunds.map(|row| row.key.clone()).unwrap_or_default());
    let rows = told(&difference, &view);
    assert_eq!(rows.last().map(String::as_str), Some("[Models 1] …"));
    assert!(rows.contains(&"  Integration:  > orders-settle:live".to_owned()));
}

#[test]
fn grouped_by_change_what_goes_comes_first() {
    let view = View {
        grouping: Grouping::Change,
        ..View::default()
    };
    let rows = told(&deployment(), &view);
    let heads: Vec<&String> = rows.iter().filter(|row| row.starts_with('[')).collect();
    assert_eq!(heads, ["[Removed 1]", "[Changed 2]", "[Added 1]"]);
}

#[test]
fn a_tree_keeps_what_holds_a_change() {
    let leaf = |timeout| method("GET").field("Timeout", timeout);
    let tree = |timeout| {
        let number = Node::new("", "/{no}").child(leaf(timeout));
        [Node::new("Paths", "/tracking")
            .child(number)
            .child(method("HEAD"))]
    };
    let difference = compare(&tree("3 s"), &tree("4 s"));
    let expected = [
        "[Paths 1]",
        "  /tracking",
        "    /{no}",
        "    ~ GET",
        "      Timeout: 3 s > 4 s",
    ];
    assert_eq!(told(&difference, &View::default()), expected);
    assert_eq!(difference.counts().all(), 1);
    assert_eq!(difference.same, 1);
}

#[test]
fn masked_values_are_compared_and_never_shown() {
    let token = |value| [Node::new("Stage", "prod").masked("TOKEN", Secret::new(value))];
    let difference = compare(&token("hunter2"), &token("hunter3"));
    let field = &difference.entries()[0].fields[0];
    assert_eq!(
        (field.before.as_deref(), field.after.as_deref()),
        (Some(MASK), Some(MASK))
    );
    assert!(!format!("{difference:?}").contains("hunter"));
    assert!(compare(&token("hunter2"), &token("hunter2")).is_empty());
}

#[test]
fn a_plans_fields_stand_for_the_whole_and_those_with_a_dot_under_their_thing() {
    let field = |field: &str, before: &str, after: &str| plan::Difference {
        field: field.into(),
        before: before.into(),
        after: after.into(),
    };
    let difference = of_fields(&[
        field("Environment.LEVEL", MASK, MASK),
        field("MemorySize", "128 MB", "512 MB"),
        field("Environment.NEW", "", MASK),
        field("app.py", "2 KB", ""),
    ]);
    let rows = told(&difference, &View::default());
    let expected = [
        "Memory: 128 MB > 512 MB",
        "app.py: 2 KB > ",
        "~ Environment",
        "  LEVEL: *** > ***",
        "  NEW:  > ***",
    ];
    assert_eq!(rows, expected);
    let counts = difference.counts();
    assert_eq!((counts.added, counts.changed, counts.removed), (0, 2, 1));
}

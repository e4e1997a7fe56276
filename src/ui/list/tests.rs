#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::figures::{Figures, RowFigures, are_shown, figures_for_tests, most_a_batch};
use super::order::{Context, Order, Wish};
use super::*;
use crate::cloud::cloudwatch::MetricData;
use crate::model::error::ErrorKind;
use crate::model::metric::{MAX_QUERIES_A_CALL, Series, Span};

/// A thing with a name, a size and a colour: as much as a list needs.
#[derive(Debug, Clone, PartialEq)]
struct Thing {
    name: String,
    size: u64,
    color: &'static str,
}

#[derive(Default)]
struct Things;

impl Kind for Things {
    type Row = Thing;
    type Source = Vec<Thing>;

    const TEXTS: Texts = Texts {
        key: "things",
        name: "Things",
        one: "thing",
        many: "things",
        hint: "name",
    };
    const COLUMNS: &'static [Column] = &[
        Column::icon(FAVOURITE, 36.0),
        Column::new("name", "Name", 200.0).required(),
        Column::new("size", "Size", 80.0).right(),
        Column::new("color", "Colour", 80.0).hidden(),
        Column::new("calls", "Calls", 80.0),
        Column::new("rate", "Rate", 80.0),
        Column::new("errors", "Errors", 80.0),
        Column::new("p99", "p99", 80.0),
    ];
    const SORT: (&'static str, bool) = ("name", false);
    const CHOICES: &'static [Choice<Thing>] = &[Choice::new("color", "Colour", |thing| {
        Cow::Borrowed(thing.color)
    })];
    const MEASURES: &'static [Measure] = &[
        Measure::new("Invocations", "Sum", 60),
        Measure::new("Errors", "Sum", 60),
        Measure::new("Duration", "p99", 3_600),
    ];
    const FIGURES: &'static [Figure] = &[
        Figure::new("calls", 0, Show::Line("call"), "Calls in {}"),
        Figure::new("rate", 0, Show::Rate("call"), ""),
        Figure::new("errors", 1, Show::Failures("error", 0), "Errors in {}"),
        Figure::new("p99", 2, Show::MostMs, "p99 (ms)"),
    ];
    const FAVOURITES: Option<&'static str> = Some("favourite-things");

    fn want(&mut self, _cx: &mut Cx<'_>) -> Loadable<Vec<Thing>> {
        Loadable::unknown()
    }

    fn settled(&self, _store: &CloudStore) -> bool {
        true
    }

    fn rows(source: &Vec<Thing>) -> &[Thing] {
        source
    }

    fn key(thing: &Thing) -> Cow<'_, str> {
        Cow::Borrowed(&thing.name)
    }

    fn exact<'a>(thing: &'a Thing, column: &str) -> Cow<'a, str> {
        match column {
            "name" => Cow::Borrowed(&thing.name),
            "size" => thing.size.to_string().into(),
            "color" => Cow::Borrowed(thing.color),
            _ => Cow::Borrowed(""),
        }
    }

    fn cell(&self, thing: &Thing, column: &str, cell: &mut Cell<'_>, _around: &Around<'_>) {
        cell.text(&Self::exact(thing, column));
    }

    fn nothing(_cx: &Cx<'_>) -> Nothing {
        Nothing {
            icon: Icon::INBOX,
            title: "No things".to_owned(),
            advice: "",
            command: None,
        }
    }

    fn measured(thing: &Thing, measure: &Measure, id: String) -> Option<MetricQuery> {
        Some(measure.of_function(id, &thing.name))
    }
}

fn thing(name: &str, size: u64) -> Thing {
    Thing {
        name: name.to_owned(),
        size,
        color: if size > 128 { "red" } else { "blue" },
    }
}

fn wish() -> Wish {
    Wish {
        column: "name",
        choices: vec![None],
        ..Wish::default()
    }
}

fn update(order: &mut Order<Things>, source: &Arc<Vec<Thing>>, wish: Wish) -> bool {
    update_with(order, source, wish, None, &Figures::default())
}

fn update_with(
    order: &mut Order<Things>,
    source: &Arc<Vec<Thing>>,
    wish: Wish,
    favourites: Option<&Favourites>,
    figures: &Figures<Things>,
) -> bool {
    let context = Context {
        kind: &Things,
        favourites,
        figures,
    };
    order.update(source, wish, &context)
}

fn names(order: &Order<Things>) -> Vec<&str> {
    let rows = (0..order.shown.len()).filter_map(|row| order.row(row));
    rows.map(|thing| thing.name.as_str()).collect()
}

// ---- order -----------------------------------------------------------------------------------------------------

#[test]
fn favourites_stand_first_in_the_order_of_the_column() {
    let source = Arc::new(vec![thing("b", 128), thing("a", 512), thing("c", 256)]);
    let mut order = Order::default();
    let wish = Wish {
        column: "size",
        descending: true,
        ..wish()
    };
    let marked = Favourites::for_tests(&["b", "c"]);
    let figures = Figures::default();
    let all = |order: &mut Order<Things>| {
        update_with(order, &source, wish.clone(), Some(&marked), &figures)
    };
    assert!(all(&mut order));
    assert_eq!(names(&order), ["c", "b", "a"]);
    assert!(!all(&mut order), "nothing changed");
}

#[test]
fn equal_rows_stay_in_order_of_name_when_the_column_descends() {
    let rows = [("c", 1), ("a", 1), ("b", 1), ("z", 5)];
    let source = Arc::new(rows.map(|(name, size)| thing(name, size)).to_vec());
    let mut order = Order::default();
    for (column, expected) in [
        ("size", ["z", "a", "b", "c"]),
        ("name", ["z", "c", "b", "a"]),
    ] {
        let wish = Wish {
            column,
            descending: true,
            ..wish()
        };
        update(&mut order, &source, wish);
        assert_eq!(names(&order), expected, "{column}");
    }
}

#[test]
fn filter_and_choices_hold_together_and_choices_are_counted() {
    let rows = vec![thing("orders", 1), thing("orders-2", 512), thing("x", 1)];
    let source = Arc::new(rows);
    let mut order = Order::default();
    update(&mut order, &source, wish());
    assert_eq!(order.choices, [[("blue".into(), 2), ("red".into(), 1)]]);
    assert!(!order.is_filtered());
    let both = Wish {
        filter: "orders".into(),
        choices: vec![Some("blue".into())],
        ..wish()
    };
    update(&mut order, &source, both);
    assert_eq!(names(&order), ["orders"]);
    assert!(order.is_filtered());
}

#[test]
fn a_kind_that_says_nothing_of_filters_is_searched_by_its_columns() {
    let source = Arc::new(vec![thing("orders", 1), thing("billing", 512)]);
    let mut order = Order::default();
    for (filter, expected) in [
        ("red", vec!["billing"]),
        ("color:blue", vec!["orders"]),
        ("size:>100", vec!["billing"]),
        ("-name:bill", vec!["orders"]),
        ("size:red", vec![]),
    ] {
        let filtered = Wish {
            filter: filter.into(),
            ..wish()
        };
        update(&mut order, &source, filtered);
        assert_eq!(names(&order), expected, "{filter}");
    }
}

#[test]
fn what_has_no_metrics_comes_last_both_ways() {
    let source = Arc::new(["a", "b", "c"].map(|name| thing(name, 1)).to_vec());
    let known = [("a", 7.0), ("c", 2.0)];
    let figures = figures_for_tests(known.map(|(name, errors)| (name, row(0.0, errors))));
    let mut order = Order::default();
    for (descending, expected) in [(true, ["a", "c", "b"]), (false, ["c", "a", "b"])] {
        let wish = Wish {
            column: "errors",
            descending,
            ..wish()
        };
        update_with(&mut order, &source, wish, None, &figures);
        assert_eq!(names(&order), expected);
    }
}

#[test]
fn errors_are_sorted_by_their_share_and_a_filter_leaves_what_fails() {
    let source = Arc::new(
        ["busy", "broken", "well", "new"]
            .map(|name| thing(name, 1))
            .to_vec(),
    );
    let known = [
        ("busy", 5_000.0, 70.0),
        ("broken", 594.0, 41.0),
        ("well", 900.0, 0.0),
    ];
    let figures = figures_for_tests(known.map(|(name, calls, errors)| (name, row(calls, errors))));
    let mut order = Order::default();
    let by_errors = Wish {
        column: "errors",
        descending: true,
        figures: 1,
        ..wish()
    };
    update_with(&mut order, &source, by_errors.clone(), None, &figures);
    assert_eq!(names(&order), ["broken", "busy", "well", "new"]);
    let failing = Wish {
        failing: true,
        ..by_errors
    };
    update_with(&mut order, &source, failing, None, &figures);
    assert_eq!(names(&order), ["broken", "busy"]);
    assert!(order.is_filtered());
    // What is not known yet is asked for.
    assert_eq!(order.candidates.len(), 4);
}

#[test]
fn what_is_young_is_shown_over_the_time_that_it_has() {
    let minute = 60_000;
    let calls = Series {
        start: 0,
        period_s: 60,
        values: [vec![f64::NAN; 178], vec![30.0, 30.0]].concat(),
        ..Series::default()
    };
    let measured = |measure| (measure == 0).then_some(&calls);
    let window = figures::Window {
        span: Span::Quarter,
        began: Some(178 * minute),
        end: 180 * minute,
    };
    let row = RowFigures::of(Things::FIGURES, measured, window);
    assert_eq!(row.cells[0].line.len(), 15, "a point a minute");
    assert_eq!(row.cells[0].label, "60 calls in 15 min");
    assert_eq!(
        row.cells[1].text, "30 /min",
        "of the minutes that there are"
    );
}

#[test]
fn ten_thousand_rows_are_filtered_without_being_sorted_again() {
    let rows = (0..10_000).map(|n| thing(&format!("f-{n}"), n % 900));
    let source = Arc::new(rows.collect::<Vec<_>>());
    let mut order = Order::default();
    update(&mut order, &source, wish());
    assert_eq!(order.shown.len(), 10_000);
    let sorted = order.sorted_at();
    let filtered = Wish {
        filter: "f-99".into(),
        ..wish()
    };
    update(&mut order, &source, filtered);
    assert_eq!(order.shown.len(), 111);
    assert_eq!(order.sorted_at(), sorted);
}

// ---- what is kept ----------------------------------------------------------------------------------------------

#[test]
fn choices_are_kept_beside_filter_and_table_and_read_back() {
    // As the settings of the first version have them.
    let old = r#"{"table": {"sort": null, "widths": {}, "hidden": ["size"], "chosen": []},
        "filter": "x", "color": "red"}"#;
    let kept: Kept = serde_json::from_str(old).unwrap();
    assert_eq!(kept.choices["color"].as_deref(), Some("red"));
    let mut settings = Settings::in_memory();
    settings.set("things", &kept);
    let list = List::<Things>::new(&settings);
    assert_eq!(list.kept.filter, "x");
    assert_eq!(list.kept.choices["color"].as_deref(), Some("red"));
    assert_eq!(list.sorting(), ("name", false));
    let written = serde_json::to_value(&list.kept).unwrap();
    assert_eq!(written["color"], "red");
    assert_eq!(written["table"]["hidden"][0], "size");
}

// ---- figures ---------------------------------------------------------------------------------------------------

fn series(values: &[f64]) -> Series {
    Series {
        period_s: 60,
        values: values.to_vec(),
        ..Series::default()
    }
}

/// A row that was called and failed so often.
fn row(calls: f64, errors: f64) -> RowFigures {
    let (calls, errors) = (series(&[calls]), series(&[errors]));
    let measured = |measure| match measure {
        0 => Some(&calls),
        1 => Some(&errors),
        _ => None,
    };
    RowFigures::of(Things::FIGURES, measured, until(60_000))
}

/// All of three hours.
fn until(end: i64) -> figures::Window {
    figures::Window {
        end,
        ..figures::Window::default()
    }
}

fn things(range: std::ops::Range<usize>) -> Vec<Thing> {
    range.map(|n| thing(&format!("f{n}"), 1)).collect()
}

fn arrange(figures: &mut Figures<Things>, range: std::ops::Range<usize>) {
    let things = things(range);
    figures.arrange(&things.iter().collect::<Vec<_>>());
}

#[test]
fn a_screen_of_rows_is_one_batch_and_stays_the_same_one() {
    let mut figures = Figures::default();
    arrange(&mut figures, 0..30);
    let first = figures.batches[&0].metrics.clone();
    let asked: Vec<_> = first.iter().map(|metrics| metrics.queries.len()).collect();
    assert_eq!(asked, [60, 30], "the lines, and the percentile of an hour");
    arrange(&mut figures, 0..30);
    assert_eq!(figures.wanted, [0]);
    assert_eq!(figures.batches[&0].metrics, first);
}

#[test]
fn rows_that_come_later_join_with_a_batch_of_their_own() {
    let mut figures = Figures::default();
    arrange(&mut figures, 0..30);
    arrange(&mut figures, 10..40);
    assert_eq!(figures.wanted, [0, 1]);
    let keys: Vec<_> = things(30..40).into_iter().map(|thing| thing.name).collect();
    assert_eq!(figures.batches[&1].keys, keys);
}

#[test]
fn no_call_holds_more_than_five_hundred_metrics() {
    assert_eq!(most_a_batch::<Things>(), 250);
    let mut figures = Figures::default();
    arrange(&mut figures, 0..600);
    assert_eq!(figures.wanted.len(), 3);
    for metrics in figures.batches.values().flat_map(|batch| &batch.metrics) {
        assert!(metrics.queries.len() <= MAX_QUERIES_A_CALL);
    }
}

#[test]
fn a_screen_that_is_patched_together_of_many_batches_is_made_one() {
    let mut figures = Figures::default();
    for step in 0..8 {
        arrange(&mut figures, step * 10..step * 10 + 10);
    }
    arrange(&mut figures, 0..80);
    assert_eq!(figures.wanted.len(), 1);
    assert_eq!(figures.batches.len(), 1, "those that nobody needs are gone");
}

#[test]
fn rows_are_asked_for_only_when_they_stand_still() {
    let mut figures = Figures::<Things>::default();
    assert_eq!(figures.settle(1, &(0..30), 0), Some(150));
    assert_eq!(figures.settle(1, &(5..35), 100), Some(150));
    assert_eq!(figures.settle(1, &(5..35), 200), Some(50));
    assert_eq!(figures.settle(1, &(5..35), 250), Some(0));
    assert_eq!(figures.settle(1, &(5..35), 260), None);
    assert_eq!(figures.settle(2, &(5..35), 270), Some(150), "other rows");
}

#[test]
fn an_endpoint_that_refuses_is_not_asked_about_ever_more_rows() {
    let mut figures = Figures::default();
    arrange(&mut figures, 0..30);
    let refused = CloudError::local("GetMetricData", ErrorKind::NotServed, "404");
    figures.error = Some(Arc::new(refused));
    arrange(&mut figures, 100..130);
    assert_eq!(figures.batches.len(), 1);
    assert_eq!(
        figures.wanted,
        [0],
        "so that its refresh can tell that it is well again"
    );
}

#[test]
fn hiding_every_column_of_metrics_asks_for_none() {
    let mut table = TableState::default();
    assert!(are_shown::<Things>(&table));
    for figure in Things::FIGURES {
        let mut columns = Things::COLUMNS.iter();
        let column = columns.find(|column| column.id == figure.column).unwrap();
        table.set_shown(column, false);
    }
    assert!(!are_shown::<Things>(&table));
}

#[test]
fn a_row_shows_rate_percentile_and_trouble() {
    let mut lines = MetricData {
        bounds: 0..180_000,
        ..MetricData::default()
    };
    let calls = series(&[500.0, f64::NAN, 580.0]);
    lines.series.insert("m0r0".into(), calls);
    let errors = series(&[0.0, f64::NAN, 41.0]);
    lines.series.insert("m1r0".into(), errors);
    let mut percentiles = MetricData::default();
    let durations = series(&[120.0, 829.0]);
    percentiles.series.insert("m2r0".into(), durations);
    let data = [Arc::new(lines), Arc::new(percentiles)];
    let row = figures::figures_of::<Things>(0, &data, until(180_000));
    let texts: Vec<_> = row.cells.iter().map(|cell| cell.text.as_str()).collect();
    assert_eq!(texts, ["1.1 k", "72 /min", "41 · 3.8 %", "829 ms"]);
    assert_eq!(row.trouble.as_deref(), Some("3.8 % errors"));
    let labels: Vec<_> = row.cells.iter().map(|cell| cell.label.as_str()).collect();
    let told = [
        "1.1 k calls in 3 h",
        "1.1 k calls in 3 h",
        "41 errors in 3 h",
        "829 ms",
    ];
    assert_eq!(labels, told);
    let none = figures::figures_of::<Things>(1, &data, until(180_000));
    assert!(none.cells.iter().all(|cell| cell.text == "–"));
    assert_eq!(none.trouble, None);
}

// ---- CSV -------------------------------------------------------------------------------------------------------

#[test]
fn rows_are_saved_as_they_are_shown_with_exact_values() {
    let source = Arc::new(vec![thing("a", 1), thing("b", 256)]);
    let figures = figures_for_tests([("b", row(1_080.0, 41.0))]);
    let mut order = Order::default();
    let wish = Wish {
        column: "size",
        descending: true,
        ..wish()
    };
    update_with(&mut order, &source, wish, None, &figures);
    let rows = export::Rows::of(&order, &figures, &TableState::default());
    assert_eq!(
        rows.text(),
        "Name,Size,Calls in 3 h,Errors in 3 h,p99 (ms)\r\nb,256,1080,41,\r\na,1,,,\r\n"
    );
}

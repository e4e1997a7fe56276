#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

const NOW: i64 = 1_700_000_012_345;

fn series(values: &[f64]) -> Series {
    Series {
        start: 0,
        period_s: 60,
        values: values.to_vec(),
        ..Series::default()
    }
}

#[test]
fn each_preset_has_a_period_that_suits_it() {
    let periods = TimeRange::PRESETS.map(|range| range.period_s(NOW));
    assert_eq!(periods, [60, 60, 60, 300, 300, 3_600]);
}

#[test]
fn a_period_is_no_finer_than_what_cloudwatch_kept() {
    let day = 86_400_000;
    let hour_ago =
        |days: i64| TimeRange::Custom(NOW - days * day, NOW - days * day + 3_600_000).period_s(NOW);
    assert_eq!([hour_ago(1), hour_ago(16), hour_ago(64)], [60, 300, 3_600]);
}

#[test]
fn no_range_asks_for_more_points_than_a_plot_shows() {
    let mut span = 1_000i64;
    while span < 1_400 * 86_400_000 {
        let range = TimeRange::Custom(NOW - span, NOW);
        let (bounds, period) = range.aligned(NOW);
        let points = (bounds.end - bounds.start) / 1_000 / i64::from(period);
        assert!(points <= MAX_POINTS + 2, "{span} {period} {points}");
        assert_eq!(bounds.start % (i64::from(period) * 1_000), 0);
        span = span * 3 / 2;
    }
}

#[test]
fn bounds_lie_on_the_grid_and_hold_the_range() {
    for range in TimeRange::PRESETS {
        let (bounds, period) = range.aligned(NOW);
        let wanted = range.bounds(NOW);
        assert!(bounds.start <= wanted.start && bounds.end >= wanted.end);
        assert_eq!(
            (
                bounds.start % (i64::from(period) * 1_000),
                bounds.end % (i64::from(period) * 1_000)
            ),
            (0, 0)
        );
    }
    assert_eq!(TimeRange::Custom(5, 1).bounds(0), 1..5);
    assert_eq!(align(-1, 60), -60_000);
}

#[test]
fn points_in_any_order_land_on_the_grid_and_gaps_stay_gaps() {
    let points = [
        (120_000, 3.0),
        (0, 1.0),
        (999_000_000, 9.0),
        (-60_000, 9.0),
        (60_500, f64::INFINITY),
    ];
    let series = Series::on_grid("m", "M", 0..240_000, 60, points);
    assert_eq!(series.values.len(), 4);
    assert_eq!(
        series.points().collect::<Vec<_>>(),
        [(0, 1.0), (120_000, 3.0)]
    );
    assert_eq!(series.value_at(130_000), Some(3.0));
    assert_eq!(series.value_at(60_000), None);
    assert_eq!(series.value_at(-1), None);
}

#[test]
fn a_grid_stays_small_whatever_is_asked() {
    let series = Series::on_grid(
        "m",
        "M",
        i64::MIN..i64::MAX,
        1,
        [(i64::MAX, 1.0), (i64::MIN, 1.0)],
    );
    assert!(series.values.len() <= 20_000);
    let backwards = Range { start: 10, end: 5 };
    assert!(Series::on_grid("m", "M", backwards, 60, []).is_empty());
}

#[test]
fn no_run_crosses_a_gap() {
    let gap = f64::NAN;
    let runs = |values: &[f64]| series(values).runs().collect::<Vec<_>>();
    assert_eq!(runs(&[gap, 1.0, 2.0, gap, gap, 3.0]), [1..3, 5..6]);
    assert_eq!(runs(&[1.0]), vec![Range { start: 0, end: 1 }]);
    assert!(runs(&[gap, gap]).is_empty() && runs(&[]).is_empty());
}

#[test]
fn runs_hold_every_point_once() {
    let mut seed = 3u64;
    for _ in 0..500 {
        let values: Vec<f64> = (0..20)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                if seed >> 63 == 0 { f64::NAN } else { 1.0 }
            })
            .collect();
        let series = series(&values);
        assert_eq!(series.runs().flatten().count(), series.points().count());
    }
}

#[test]
fn statistics_leave_the_gaps_out() {
    let summary = series(&[f64::NAN, 4.0, 1.0, f64::NAN, 3.0, 2.0])
        .summary()
        .unwrap();
    assert_eq!(
        (summary.count, summary.sum, summary.average),
        (4, 10.0, 2.5)
    );
    assert_eq!(
        (summary.minimum, summary.maximum, summary.last),
        (1.0, 4.0, 2.0)
    );
    assert_eq!((summary.p50, summary.p90), (2.5, 3.7));
    assert!(series(&[f64::NAN]).summary().is_none());
}

#[test]
fn a_sparkline_keeps_the_sum_and_the_gaps() {
    let full = series(&(0..180).map(f64::from).collect::<Vec<_>>());
    let buckets = full.sparkline(24);
    assert_eq!(buckets.len(), 24);
    assert_eq!(buckets.iter().sum::<f32>(), (0..180).sum::<i32>() as f32);
    assert!(series(&[]).sparkline(3).iter().all(|value| value.is_nan()));
    let gaps = series(&[1.0, f64::NAN]).sparkline(4);
    assert!(gaps[0] == 1.0 && gaps[3].is_nan());
}

#[test]
fn success_is_unknown_where_nothing_ran_and_errors_may_be_absent() {
    let rate = success_rate(
        &series(&[10.0, 0.0, f64::NAN, 4.0, 1.0]),
        &series(&[1.0, 0.0, f64::NAN, f64::NAN, 5.0]),
    );
    assert_eq!(
        rate.points().collect::<Vec<_>>(),
        [(0, 90.0), (180_000, 100.0), (240_000, 0.0)]
    );
}

#[test]
fn reading_a_thousand_metrics_costs_a_cent() {
    assert!((get_metric_data_cost(1_000) - 0.01).abs() < 1e-12);
}

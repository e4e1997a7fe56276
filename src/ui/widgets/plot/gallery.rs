//! The plot in every state, on one page: for the hidden route that shows every widget, and for whoever changes it.

use std::f64::consts::TAU;
use std::sync::{Arc, Mutex};

use egui::{Id, Ui};

use super::{
    Bin, Chosen, Dots, Form, Line, Look, Mark, Plot, PlotGroup, PlotOutput, Scale, Span, Threshold,
    Unit, plot_grid,
};
use crate::model::format::Zone;
use crate::model::metric::Series;
use crate::ui::theme::Theme;

/// 12 November 2026, 00:00 UTC: the same on every day, so that pictures can be compared.
const START: i64 = 1_794_441_600_000;
const MINUTE: i64 = 60_000;
const MINUTES: i64 = 180;
const CARDS: usize = 15;
const HEIGHT: f32 = 208.0;

/// What the page keeps between frames.
struct Page {
    group: PlotGroup,
    data: Data,
    threshold: f64,
    chosen: Option<Chosen>,
}

/// Made once, and the same each time.
struct Data {
    calm: Series,
    before: Series,
    fault: Series,
    gaps: Series,
    one: Series,
    many: Series,
    waves: Series,
    layer: Series,
    bursts: Series,
    traces: Vec<(i64, f64)>,
    errors: Vec<(i64, f64)>,
    faults: Vec<(i64, f64)>,
}

/// Draws all states of the plot; needs about 1,100 points of height at three columns.
pub fn gallery(ui: &mut Ui) {
    let id = Id::unique("plot gallery");
    let page = ui.data_mut(|data| {
        let new = || Arc::new(Mutex::new(Page::new()));
        data.get_temp_mut_or_insert_with(id, new).clone()
    });
    let Ok(mut page) = page.lock() else { return };
    let page = &mut *page;
    let range = START..START + MINUTES * MINUTE;
    page.group.begin(ui.ctx(), range, MINUTE);
    let mut outputs = Vec::new();
    let (group, data) = (&mut page.group, &page.data);
    let (threshold, chosen) = (page.threshold, page.chosen.as_ref());
    plot_grid(ui, CARDS, HEIGHT, |ui, card| {
        outputs.push(show(ui, card, data, group, threshold, chosen));
    });
    for output in outputs {
        if let Some((_, value)) = output.threshold {
            page.threshold = value;
        }
        if output.chosen.is_some() {
            page.chosen = output.chosen;
        }
    }
}

impl Page {
    fn new() -> Self {
        Self {
            group: PlotGroup::new(Zone::Utc),
            data: Data::new(),
            threshold: 1_000.0,
            chosen: None,
        }
    }
}

/// A number between 0 and 1 that follows from its index.
fn noise(index: i64) -> f64 {
    let mixed = (index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed());
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0x3F58_476D_1CE4_E5B9);
    ((mixed >> 17) & 0xFFFF) as f64 / 65_535.0
}

fn minutes(value: impl Fn(i64) -> f64) -> Series {
    let range = START..START + MINUTES * MINUTE;
    let points = (0..MINUTES).map(|i| (START + i * MINUTE, value(i)));
    Series::on_grid("m", "m", range, 60, points)
}

impl Data {
    fn new() -> Self {
        let wave = |i: i64| (i as f64 / MINUTES as f64 * TAU).sin();
        let range = START..START + MINUTES * MINUTE;
        // 2,000 points over the three hours would need a period below a minute: a longer range, shown in part, is as dense.
        let long = (0..2_000).map(|i| {
            let spike = if i == 137 { 90.0 } else { 0.0 };
            (START + i * 5_000, 20.0 + 8.0 * noise(i) + spike)
        });
        let many = Series::on_grid("m", "m", range, 5, long);
        let scatter = |count: i64, from: f64, spread: f64, since: i64| {
            let at = |i: i64| {
                let time = since + (noise(i * 3) * (MINUTES * MINUTE - since) as f64) as i64;
                let value = from * (spread * (noise(i * 3 + 1) + noise(i * 3 + 2) - 1.0)).exp();
                (START + time, value)
            };
            (0..count).map(at).collect::<Vec<_>>()
        };
        Self {
            calm: minutes(|i| 31_000.0 + 2_000.0 * wave(i) + 3_000.0 * noise(i)),
            before: minutes(|i| 29_000.0 + 2_500.0 * wave(i + 9) + 3_000.0 * noise(i + 7)),
            fault: minutes(|i| {
                if i > 140 {
                    1_800.0 + 300.0 * noise(i)
                } else {
                    210.0
                }
            }),
            gaps: minutes(|i| match i {
                30..60 | 90..120 => f64::NAN,
                75 => 62.0,
                70..=80 => f64::NAN,
                _ => 40.0 + 12.0 * noise(i),
            }),
            one: minutes(|i| if i == 90 { 7.0 } else { f64::NAN }),
            many,
            waves: minutes(|i| 900.0 + 120.0 * wave(i) + 40.0 * noise(i)),
            layer: minutes(|i| {
                if i > 90 {
                    220.0 + 60.0 * noise(i)
                } else {
                    f64::NAN
                }
            }),
            bursts: minutes(|i| {
                if i > 150 || i == 92 {
                    240.0 * noise(i)
                } else {
                    0.0
                }
            }),
            traces: scatter(1_200, 280.0, 1.3, 0),
            errors: scatter(14, 300.0, 0.8, 0),
            faults: scatter(98, 2_450.0, 0.3, 145 * MINUTE),
        }
    }
}

fn show(
    ui: &mut Ui,
    card: usize,
    data: &Data,
    group: &mut PlotGroup,
    threshold: f64,
    chosen: Option<&Chosen>,
) -> PlotOutput {
    let theme = Theme::of(ui);
    let color = |index| theme.series_color(index);
    let marks = changes();
    match card {
        0 => Plot::new("Loading", Unit::Count, &[], 0)
            .value("–", "")
            .loading()
            .show(ui, group),
        1 => Plot::new("Empty", Unit::Count, &[], 0)
            .value("–", "")
            .note("No data in this range")
            .show(ui, group),
        2 => Plot::new("Denied", Unit::Count, &[], 0)
            .value("–", "")
            .failed("Not allowed: cloudwatch:GetMetricData on this account")
            .show(ui, group),
        3 => {
            let line = Line::new("Old", &data.calm, color(0));
            Plot::new("Old", Unit::Count, &[line], 0)
                .value("31.2 k", "throttled, 4 min old")
                .dimmed(true)
                .show(ui, group)
        }
        4 => {
            let line = Line::new("One point", &data.one, color(0));
            Plot::new("One point", Unit::Count, &[line], 0)
                .value("7", "at 01:30")
                .show(ui, group)
        }
        5 => {
            let line = Line::new("Gaps", &data.gaps, color(2));
            Plot::new("Gaps", Unit::Milliseconds, &[line], 0)
                .value("41 ms", "p50, two gaps and a point alone")
                .show(ui, group)
        }
        6 => {
            let lines = [
                Line::new("today", &data.calm, color(0)),
                Line::new("yesterday", &data.before, theme.muted).look(Look::Dotted),
            ];
            Plot::new("Compared", Unit::Count, &lines, 0)
                .value("31.2 k", "a minute by functions")
                .marks(&marks)
                .show(ui, group)
        }
        7 => {
            let lines = [
                Line::new("p99", &data.fault, color(1)),
                Line::new("p50", &data.gaps, color(2)),
            ];
            Plot::new("Neighbouring marks", Unit::Milliseconds, &lines, 0)
                .value("1.9 s", "p99, was 212 ms")
                .tone(theme.err)
                .marks(&marks)
                .show(ui, group)
        }
        8 => {
            let line = Line::new("Bars", &data.bursts, theme.warn).look(Look::Bars);
            Plot::new("Bars", Unit::Count, &[line], 0)
                .value("214", "audit-archive, since 02:31")
                .tone(theme.warn)
                .marks(&marks)
                .show(ui, group)
        }
        9 => area(ui, data, group),
        10 => {
            let lines = [
                Line::new("57", &data.waves, color(0)).look(Look::Stacked),
                Line::new("58", &data.layer, color(1)).look(Look::Stacked),
            ];
            Plot::new("Stacked", Unit::Count, &lines, 0)
                .value("1.2 k", "calls a minute")
                .show(ui, group)
        }
        11 => alarm(ui, data, group, threshold),
        12 => {
            let line = Line::new("2,000 points", &data.many, color(0));
            Plot::new("2,000 points", Unit::Milliseconds, &[line], 0)
                .value("28 ms", "a lone spike keeps its weight")
                .show(ui, group)
        }
        13 => {
            let dots = dots(data, theme);
            Plot::new("Time and duration", Unit::Milliseconds, &[], 0)
                .dots(&dots)
                .scale(Scale::Logarithmic)
                .values(100.0, 10_000.0)
                .chooses(chosen)
                .show(ui, group)
        }
        _ => histogram(ui, data, group),
    }
}

fn changes() -> Vec<Mark> {
    let mark = |minute: i64, text: &str| Mark {
        at: START + minute * MINUTE,
        text: text.to_owned(),
    };
    vec![
        mark(143, "payments-capture live 40 to 41"),
        mark(161, "audit-role-policy replaced"),
        mark(166, "audit-archive reserved 120 to 80"),
    ]
}

/// An area below a limit, beside what it was.
fn area(ui: &mut Ui, data: &Data, group: &mut PlotGroup) -> PlotOutput {
    let theme = Theme::of(ui);
    let lines = [
        Line::new("now", &data.waves, theme.series_color(0)).look(Look::Area),
        Line::new("typical", &data.layer, theme.muted).look(Look::Dashed),
    ];
    let limit = [Threshold {
        value: 1_500.0,
        text: "limit".to_owned(),
        color: theme.err,
        drag: false,
    }];
    Plot::new("Area and limit", Unit::Count, &lines, 0)
        .value("912", "of 1,500")
        .thresholds(&limit)
        .show(ui, group)
}

/// An alarm that is being made: the threshold is dragged, the bands are when it would have fired.
fn alarm(ui: &mut Ui, data: &Data, group: &mut PlotGroup, threshold: f64) -> PlotOutput {
    let theme = Theme::of(ui);
    let lines = [Line::new("p99", &data.fault, theme.text)];
    let above = data.fault.points().filter(|(_, value)| *value > threshold);
    let first = above.map(|(at, _)| at).next();
    let spans: Vec<Span> = first
        .map(|from| Span {
            range: from..START + MINUTES * MINUTE,
            face: "1".to_owned(),
            text: "would have fired".to_owned(),
            color: theme.err,
        })
        .into_iter()
        .collect();
    let thresholds = [Threshold {
        value: threshold,
        text: "Threshold".to_owned(),
        color: theme.accent,
        drag: true,
    }];
    Plot::new("Threshold", Unit::Milliseconds, &lines, 0)
        .value("1.9 s", "drag the line")
        .spans(&spans)
        .thresholds(&thresholds)
        .show(ui, group)
}

fn dots<'a>(data: &'a Data, theme: &Theme) -> [Dots<'a>; 3] {
    let dots = |name, points, color, form| Dots {
        name,
        points,
        color,
        form,
    };
    [
        dots("OK 1,200", &*data.traces, theme.series_color(0), Form::Dot),
        dots("error 14", &*data.errors, theme.warn, Form::Square),
        dots("fault 98", &*data.faults, theme.err, Form::Triangle),
    ]
}

/// How many traces took how long, on the scatter's own axis.
fn histogram(ui: &mut Ui, data: &Data, group: &mut PlotGroup) -> PlotOutput {
    let theme = Theme::of(ui);
    let edge = |index: i32| 100.0 * 10.0_f64.powf(f64::from(index) / 15.0);
    let all = || data.traces.iter().chain(&data.faults);
    let bins: Vec<Bin> = (0..30)
        .map(|index| {
            let values = edge(index)..edge(index + 1);
            let count = all().filter(|(_, value)| values.contains(value)).count();
            let color = if values.start > 2_000.0 {
                theme.err
            } else {
                theme.series_color(0)
            };
            Bin {
                values,
                count: count as f64,
                color,
            }
        })
        .collect();
    let median = [Threshold {
        value: 284.0,
        text: "p50 284 ms".to_owned(),
        color: theme.muted,
        drag: false,
    }];
    Plot::new("Distribution", Unit::Milliseconds, &[], 0)
        .value("", "traces by duration")
        .bins(&bins)
        .scale(Scale::Logarithmic)
        .values(100.0, 10_000.0)
        .thresholds(&median)
        .show(ui, group)
}

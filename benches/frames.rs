//! CPU for one frame, layout and tessellation included, without a window: `cargo bench --bench frames`.
//!
//! Counts the processor's time of the drawing thread, which a busy machine does not stretch as it does a wall clock.
//! One part alone is measured by its name: `cargo bench --bench frames -- api` (logs, plots, api, table).
//!
//! Prints percentiles with the machine's facts; it fails nothing, so that a busy machine does not fail a build.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod common;
mod screen;

use std::time::Duration;

use common::{machine, percentile, say};
use cpu_time::ThreadTime;
use egui::{Context, Event, Key, Modifiers, MouseWheelUnit, Pos2, RawInput, Rect, Ui, pos2, vec2};
use screen::{Api, Functions};
use sekisho::model::format::Zone;
use sekisho::model::metric::Series;
use sekisho::ui::theme::Theme;
use sekisho::ui::widgets::log_view::{LogRow, LogRows, LogTone, LogView};
use sekisho::ui::widgets::plot::{
    Dots, Form, Line, Look, Mark, Plot, PlotGroup, Scale, Threshold, Unit, plot_grid,
};

const FRAMES: usize = 600;
const WARM_UP: usize = 240;
/// Frames in which a page comes to rest on its own and its metrics are asked for and answered.
const REST: usize = 30;

/// A window that is drawn into nothing.
struct Screen {
    ctx: Context,
    /// 1,600 by 1,000 points unless a page needs more.
    size: egui::Vec2,
    frame: usize,
}

impl Screen {
    fn new() -> Self {
        let ctx = Context::default();
        Theme::apply(&ctx);
        ctx.set_theme(egui::Theme::Dark);
        Self {
            ctx,
            size: vec2(1600.0, 1000.0),
            frame: 0,
        }
    }

    /// Runs a frame with these events and gives back what it cost, from input to triangles.
    fn frame(&mut self, events: Vec<Event>, ui: &mut dyn FnMut(&mut Ui)) -> Duration {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            time: Some(self.frame as f64 / 60.0),
            events,
            ..RawInput::default()
        };
        self.frame += 1;
        let start = ThreadTime::now();
        let output = self.ctx.run_ui(input, |root| ui(root));
        let mut output = output;
        let shapes = std::mem::take(&mut output.shapes);
        let triangles = self.ctx.tessellate(shapes, output.pixels_per_point);
        let cost = start.elapsed();
        assert!(!triangles.is_empty());
        output.drop_without_applying_deltas();
        cost
    }
}

fn measure(name: &str, goal_ms: f64, mut frame: impl FnMut(&mut Screen, usize) -> Duration) {
    let mut screen = Screen::new();
    for index in 0..WARM_UP {
        frame(&mut screen, index);
    }
    let mut costs: Vec<f64> = (0..FRAMES)
        .map(|index| frame(&mut screen, WARM_UP + index).as_secs_f64() * 1000.0)
        .collect();
    let figures = [50.0, 99.0, 100.0].map(|p| percentile(&mut costs, p));
    let [p50, p99, most] = figures;
    let met = if p99 <= goal_ms { "met" } else { "missed" };
    let figure = format!(
        "p50 {p50:.2} ms, p99 {p99:.2} ms, most {most:.2} ms; goal p99 {goal_ms} ms: {met}"
    );
    say(name, &figure);
}

fn wheel(delta: f32) -> Vec<Event> {
    wheel_at(pos2(700.0, 500.0), delta)
}

fn wheel_at(place: Pos2, delta: f32) -> Vec<Event> {
    vec![
        Event::PointerMoved(place),
        Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: vec2(0.0, delta),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        },
    ]
}

/// The functions screen itself: its filter line, favourites, two sparklines a row, columns by their priorities.
fn table() {
    let mut functions = Functions::new();
    measure(
        "functions list, 10,000 rows with 2 sparklines, scrolling",
        2.0,
        |screen, index| {
            // Down page by page, resting for the metrics of each; then up and down over what was read.
            let (delta, ms) = match index.checked_sub(WARM_UP) {
                None if index > 0 && index.is_multiple_of(REST) => (-900.0, 200),
                None => (0.0, 200),
                Some(index) if index % 200 < 100 => (48.0, 16),
                Some(_) => (-48.0, 16),
            };
            let cost = screen.frame(wheel(delta), &mut |ui| functions.ui(ui));
            functions.end_frame(ms);
            cost
        },
    );
    assert!(functions.batches > 6, "no metrics were shown");
}

/// The build screen of an API of 300 resources and 1,200 methods: opened again and again, scrolled through, searched.
fn api() {
    let of = "API, 300 resources and 1,200 methods";
    let mut screen_of = Api::new();
    measure(&format!("{of}, opened"), 2.0, |screen, index| {
        // Opened anew, answered, and what it is compared with answered: then it has all it shows.
        if index.is_multiple_of(6) {
            screen_of = Api::new();
        }
        let cost = screen.frame(Vec::new(), &mut |ui| screen_of.ui(ui));
        screen_of.end_frame();
        cost
    });
    assert!(screen_of.answered >= 3, "the API was not compared");
    let mut screen_of = Api::new();
    measure(&format!("{of}, scrolling"), 2.0, |screen, index| {
        let delta = if index % 200 < 100 { -120.0 } else { 120.0 };
        let events = wheel_at(pos2(150.0, 500.0), delta);
        let cost = screen.frame(events, &mut |ui| screen_of.ui(ui));
        screen_of.end_frame();
        cost
    });
    let field = place_of("Filter methods");
    let mut screen_of = Api::new();
    let mut typed = 0;
    measure(&format!("{of}, searching"), 2.0, |screen, index| {
        let words = "delete area-3 lines";
        let events = match index.checked_sub(10) {
            None => Vec::new(),
            Some(0) => vec![Event::PointerMoved(field), button(field, true)],
            Some(1) => vec![button(field, false)],
            // Letter by letter, and back again.
            Some(at) => match (at - 2) % (2 * words.len()) {
                at if at < words.len() => {
                    typed += 1;
                    vec![Event::Text(words[at..=at].to_owned())]
                }
                _ => vec![key(Key::Backspace)],
            },
        };
        let cost = screen.frame(events, &mut |ui| screen_of.ui(ui));
        screen_of.end_frame();
        cost
    });
    assert!(typed > 0);
}

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }
}

fn key(key: Key) -> Event {
    Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    }
}

/// Where a field of the API's screen is, as screen readers are told.
fn place_of(name: &str) -> Pos2 {
    let screen = Screen::new();
    screen.ctx.enable_accesskit();
    let mut api = Api::new();
    let mut place = None;
    for _ in 0..6 {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, screen.size)),
            ..RawInput::default()
        };
        let mut output = screen.ctx.run_ui(input, |ui| api.ui(ui));
        let update = output.platform_output.accesskit_update.take();
        output.drop_without_applying_deltas();
        api.end_frame();
        let nodes = update.into_iter().flat_map(|update| update.nodes);
        for (_, node) in nodes {
            let bounds = node.bounds().filter(|_| node.label() == Some(name));
            if let Some(at) = bounds {
                place = Some(pos2(
                    ((at.x0 + at.x1) / 2.0) as f32,
                    ((at.y0 + at.y1) / 2.0) as f32,
                ));
            }
        }
    }
    place.unwrap()
}

struct Lines(usize);

impl LogRows for Lines {
    fn len(&self) -> usize {
        self.0
    }
    fn row(&self, index: usize) -> Option<LogRow<'_>> {
        let kinds = [
            (
                LogTone::Platform,
                "START",
                "RequestId: 8f1c22e4-7c52-4a9d Version: 41",
            ),
            (
                LogTone::Info,
                "INFO",
                "POST https://bank.example.com/capture attempt=1 order=8841",
            ),
            (
                LogTone::Error,
                "ERROR",
                "bank timeout after 2400 ms; giving up (retries=0)",
            ),
            (
                LogTone::Info,
                "INFO",
                "{\"order\": 8841, \"amount\": 12800, \"currency\": \"JPY\"}",
            ),
        ];
        let (tone, word, message) = kinds[index % kinds.len()];
        (index < self.0).then_some(LogRow {
            number: index as u64,
            time: 1_795_000_000_000 + index as i64 * 137,
            tone,
            word,
            message,
        })
    }
}

fn logs() {
    let mut view = LogView::default();
    let mut lines = Lines(1_000_000);
    measure(
        "log of 1,000,000 lines, followed while 40 a frame are added",
        2.0,
        |screen, _| {
            lines.0 += 40;
            screen.frame(Vec::new(), &mut |ui| {
                view.show(ui, "Log", &lines, &Zone::Utc);
            })
        },
    );
    let mut view = LogView::default();
    measure(
        "log of 1,000,000 lines, scrolled while lines are added",
        2.0,
        |screen, index| {
            lines.0 += 4;
            let delta = if index % 200 < 150 { 400.0 } else { -300.0 };
            screen.frame(wheel(delta), &mut |ui| {
                view.show(ui, "Log", &lines, &Zone::Utc);
            })
        },
    );
}

/// Where every plot of these pages begins and ends: a day of minutes.
const DAY: std::ops::Range<i64> = 0..1_440 * 60_000;

fn noise(line: i64) -> Series {
    let value = |i: i64| ((i * 7_919 + line * 104_729) % 97) as f64;
    let points = (0..1_440).map(|i| (i * 60_000, 100.0 + value(i)));
    Series::on_grid("m", "m", DAY, 60, points)
}

/// The pointer goes over the first line of plots, so that every frame has another crosshair and read-out.
fn pointer(index: usize) -> Vec<Event> {
    let x = 40.0 + (index * 7 % 1500) as f32;
    vec![Event::PointerMoved(pos2(x, 150.0))]
}

/// A page of so many plots of three lines.
fn page(count: usize, goal_ms: f64, new_values: bool) {
    let series: Vec<Series> = (0..3 * count as i64).map(noise).collect();
    let marks = [Mark {
        at: 60_000_000,
        text: "deploy 7f3a".into(),
    }];
    let titles: Vec<String> = (0..count).map(|i| format!("Metric {i}")).collect();
    let mut group = PlotGroup::new(Zone::Utc);
    let how = if new_values {
        "hovered, new values each second"
    } else {
        "hovered"
    };
    let title = format!("{count} plots of 1,440 points in 3 series, {how}");
    measure(&title, goal_ms, |screen, index| {
        screen.size.y = 240.0 + 208.0 * (count / 3) as f32;
        let generation = if new_values { index as u64 / 60 } else { 1 };
        screen.frame(pointer(index), &mut |ui| {
            group.begin(ui.ctx(), DAY, 60_000);
            plot_grid(ui, count, 208.0, |ui, card| {
                let line = |k: usize| {
                    let series = &series[card * 3 + k];
                    Line::new(
                        ["p50", "p90", "p99"][k],
                        series,
                        Theme::of(ui).series_color(k),
                    )
                };
                let lines = [line(0), line(1), line(2)];
                Plot::new(&titles[card], Unit::Milliseconds, &lines, generation)
                    .value("212 ms", "p99")
                    .marks(&marks)
                    .show(ui, &mut group);
            });
        })
    });
}

fn scatter() {
    let points: Vec<(i64, f64)> = (0..5_000_i64)
        .map(|i| {
            let (x, y) = ((i * 7_919) % 86_400, (i * 104_729) % 4_999);
            (x * 1_000, 10.0_f64.powf(2.0 + y as f64 / 2_500.0))
        })
        .collect();
    let mut group = PlotGroup::new(Zone::Utc);
    measure("scatter of 5,000 points, hovered", 3.0, |screen, index| {
        screen.frame(pointer(index), &mut |ui| {
            group.begin(ui.ctx(), DAY, 60_000);
            let dots = [Dots {
                name: "OK 5,000",
                points: &points,
                color: Theme::of(ui).series_color(0),
                form: Form::Dot,
            }];
            plot_grid(ui, 1, 600.0, |ui, _| {
                Plot::new("Time and duration", Unit::Milliseconds, &[], 1)
                    .dots(&dots)
                    .scale(Scale::Logarithmic)
                    .show(ui, &mut group);
            });
        })
    });
}

fn bars_and_thresholds() {
    let series: Vec<Series> = (0..24).map(noise).collect();
    let titles: Vec<String> = (0..12).map(|i| format!("Metric {i}")).collect();
    let mut group = PlotGroup::new(Zone::Utc);
    let name = "12 plots of 1,440 bars, an area, a limit and a threshold, hovered";
    measure(name, 3.0, |screen, index| {
        screen.frame(pointer(index), &mut |ui| {
            group.begin(ui.ctx(), DAY, 60_000);
            let theme = Theme::of(ui);
            let threshold = |value, drag| Threshold {
                value,
                text: "limit".into(),
                color: theme.err,
                drag,
            };
            let thresholds = [threshold(180.0, false), threshold(150.0, true)];
            plot_grid(ui, 12, 208.0, |ui, card| {
                let lines = [
                    Line::new("area", &series[card * 2], theme.series_color(0)).look(Look::Area),
                    Line::new("bars", &series[card * 2 + 1], theme.warn).look(Look::Bars),
                ];
                Plot::new(&titles[card], Unit::Count, &lines, 1)
                    .value("412", "of 1,000")
                    .thresholds(&thresholds)
                    .show(ui, &mut group);
            });
        })
    });
}

fn plots() {
    page(12, 3.0, false);
    page(12, 3.0, true);
    page(24, 6.0, false);
    page(24, 6.0, true);
    scatter();
    bars_and_thresholds();
}

fn main() {
    machine();
    // Last the list: it ends the run where no metrics were read, for then its figure would be too good.
    let parts: [(&str, fn()); 4] = [
        ("logs", logs),
        ("plots", plots),
        ("api", api),
        ("table", table),
    ];
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let named = |name: &str| wanted.iter().any(|wanted| wanted == name);
    let all = !parts.iter().any(|(name, _)| named(name));
    for (name, part) in parts {
        if all || named(name) {
            part();
        }
    }
}

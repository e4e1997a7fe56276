use egui::{Color32, Key, Modifiers, Pos2, Rect, Role, Shape, pos2};
use egui_kittest::{Harness, kittest::Queryable};

use super::window;
use crate::model::format::Zone;
use crate::model::metric::Series;
use crate::ui::theme::{DARK, Theme};
use crate::ui::widgets::plot::{
    Chosen, Dots, Form, Line, Look, Mark, Plot, PlotGroup, Threshold, Unit, gallery, plot_grid,
};

const HOUR: i64 = 3_600_000;

fn series(values: impl IntoIterator<Item = (i64, f64)>) -> Series {
    Series::on_grid("m1", "m1", 0..HOUR, 60, values)
}

fn deployed() -> [Mark; 1] {
    [Mark {
        at: 1_800_000,
        text: "deploy 7f3a".into(),
    }]
}

fn plots() -> Harness<'static, PlotGroup> {
    let values = series((0..60).map(|i| (i * 60_000, 100.0 + i as f64)));
    window(PlotGroup::new(Zone::Utc), move |ui, group| {
        group.begin(ui.ctx(), 0..HOUR, 60_000);
        let lines = [Line::new("p99", &values, Theme::of(ui).series_color(0))];
        plot_grid(ui, 2, 200.0, |ui, index| {
            let title = ["Latency", "Duration"][index];
            Plot::new(title, Unit::Milliseconds, &lines, 1)
                .value("159 ms", "p99")
                .marks(&deployed())
                .show(ui, group);
        });
    })
}

const LATENCY: &str = "Latency: 159 ms p99";

fn area<S>(harness: &Harness<'_, S>, name: &str) -> Rect {
    harness.get_by_role_and_label(Role::Figure, name).rect()
}

#[test]
fn a_plot_says_its_title_and_its_number() {
    let harness = plots();
    harness.get_by_role_and_label(Role::Figure, LATENCY);
}

#[test]
fn hovering_one_plot_puts_the_crosshair_into_all_and_names_time_and_value() {
    let mut harness = plots();
    harness.hover_at(area(&harness, LATENCY).center());
    harness.run();
    let hovered = harness.state().hovered().unwrap();
    assert!((hovered - 1_800_000).abs() < 60_000, "{hovered}");
    let said = harness.get_all_by_value("1970-01-01 00:30:00.000 UTC: p99 130 ms, deploy 7f3a");
    assert_eq!(said.count(), 2, "both plots say it");
    let legend = harness.get_all_by_role_and_label(Role::Label, "p99 130 ms");
    assert_eq!(legend.count(), 2, "the legend is the read-out");
    harness.remove_cursor();
    harness.run();
    assert_eq!(harness.state().hovered(), None);
    let legend = harness.get_all_by_role_and_label(Role::Label, "p99");
    assert_eq!(legend.count(), 2, "and says the name alone otherwise");
}

#[test]
fn lines_that_have_no_room_in_the_legend_are_counted_and_named() {
    let values = series((0..60).map(|i| (i * 60_000, 5.0)));
    let names: Vec<String> = (0..9).map(|i| format!("a-function-{i}")).collect();
    let harness = window(PlotGroup::new(Zone::Utc), move |ui, group| {
        group.begin(ui.ctx(), 0..HOUR, 60_000);
        ui.set_max_width(400.0);
        let color = Theme::of(ui).accent;
        let lines: Vec<Line<'_>> = names
            .iter()
            .map(|name| Line::new(name, &values, color))
            .collect();
        plot_grid(ui, 1, 200.0, |ui, _| {
            Plot::new("Calls", Unit::Count, &lines, 1)
                .value("45", "a minute")
                .show(ui, group);
        });
    });
    harness.get_by_role_and_label(Role::Label, "a-function-0");
    let named = harness.query_all_by_label_contains("a-function-8").count();
    assert!(named >= 1, "the last one is named too");
}

#[test]
fn a_window_over_a_plot_takes_the_pointer_from_it() {
    let values = series((0..60).map(|i| (i * 60_000, 5.0)));
    let mut harness = window(PlotGroup::new(Zone::Utc), move |ui, group| {
        group.begin(ui.ctx(), 0..HOUR, 60_000);
        let lines = [Line::new("Calls", &values, Theme::of(ui).accent)];
        plot_grid(ui, 1, 400.0, |ui, _| {
            Plot::new("Calls", Unit::Count, &lines, 1).show(ui, group);
        });
        egui::Window::new("Over")
            .fixed_pos(pos2(400.0, 150.0))
            .show(ui.ctx(), |ui| ui.label("it"));
    });
    harness.hover_at(pos2(200.0, 170.0));
    harness.run();
    assert!(harness.state().hovered().is_some());
    harness.hover_at(pos2(420.0, 170.0));
    harness.run();
    assert_eq!(harness.state().hovered(), None);
}

#[test]
fn dragging_zooms_all_plots_along_the_time_and_a_double_click_goes_back() {
    let mut harness = plots();
    let area = area(&harness, LATENCY);
    let at = |share: f32| pos2(area.left() + share * area.width(), area.center().y);
    harness.drag_at(at(0.25));
    harness.step();
    harness.hover_at(at(0.4));
    harness.step();
    harness.hover_at(at(0.5));
    harness.step();
    harness.drop_at(at(0.5));
    harness.run();
    let visible = harness.state().visible();
    assert!((visible.start - 900_000).abs() < 30_000, "{visible:?}");
    assert!((visible.end - 1_800_000).abs() < 30_000, "{visible:?}");
    for _ in 0..2 {
        harness.get_by_role_and_label(Role::Figure, LATENCY).click();
        harness.step();
    }
    harness.run();
    assert_eq!(harness.state().visible(), 0..HOUR);
}

#[test]
fn escape_ends_a_drag_without_a_zoom() {
    let mut harness = plots();
    let area = area(&harness, LATENCY);
    let at = |share: f32| pos2(area.left() + share * area.width(), area.center().y);
    harness.drag_at(at(0.25));
    harness.step();
    harness.hover_at(at(0.5));
    harness.step();
    harness.key_press(Key::Escape);
    harness.step();
    harness.hover_at(at(0.6));
    harness.step();
    harness.drop_at(at(0.6));
    harness.run();
    assert_eq!(harness.state().visible(), 0..HOUR);
}

#[test]
fn the_keyboard_moves_the_crosshair_zooms_goes_back_and_leaves() {
    let mut harness = plots();
    harness.get_by_role_and_label(Role::Figure, LATENCY).focus();
    harness.run();
    harness.key_press(Key::ArrowLeft);
    harness.run();
    let said = harness.query_all_by_value("1970-01-01 00:59:00.000 UTC: p99 159 ms");
    assert_eq!(said.count(), 2);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowLeft);
    harness.run();
    let said = harness.query_all_by_value("1970-01-01 00:49:00.000 UTC: p99 149 ms");
    assert_eq!(said.count(), 2);
    harness.key_press(Key::Plus);
    harness.run();
    let visible = harness.state().visible();
    assert_eq!(visible.end - visible.start, HOUR / 2);
    assert!(visible.contains(&(49 * 60_000)));
    harness.key_press(Key::Minus);
    harness.run();
    assert_eq!(harness.state().visible(), 0..HOUR);
    harness.key_press(Key::Plus);
    harness.run();
    harness.key_press(Key::Home);
    harness.run();
    assert!(!harness.state().is_zoomed());
    harness.key_press(Key::Escape);
    harness.run();
    let figure = harness.get_by_role_and_label(Role::Figure, LATENCY);
    assert!(!figure.is_focused());
    assert_eq!(harness.state().hovered(), None);
}

#[test]
fn neighbouring_marks_share_a_flag_that_says_their_words() {
    let marks: Vec<Mark> = [
        (10, "payments-capture live 40 to 41"),
        (50, "audit-role-policy replaced"),
        (52, "audit-archive reserved 120 to 80"),
    ]
    .into_iter()
    .map(|(minute, text)| Mark {
        at: minute * 60_000,
        text: text.into(),
    })
    .collect();
    let values = series([(0, 1.0), (60_000, 2.0)]);
    let harness = window(PlotGroup::new(Zone::Utc), move |ui, group| {
        group.begin(ui.ctx(), 0..HOUR, 60_000);
        let lines = [Line::new("Calls", &values, Theme::of(ui).accent)];
        plot_grid(ui, 1, 200.0, |ui, _| {
            ui.set_max_width(320.0);
            Plot::new("Calls", Unit::Count, &lines, 1)
                .marks(&marks)
                .show(ui, group);
        });
    });
    harness.get_by_role_and_label(
        Role::Label,
        "A: payments-capture live 40 to 41, 1970-01-01 00:10:00.000 UTC",
    );
    harness.get_by_role_and_label(
        Role::Label,
        "B: audit-role-policy replaced, 1970-01-01 00:50:00.000 UTC; \
         C: audit-archive reserved 120 to 80, 1970-01-01 00:52:00.000 UTC",
    );
}

fn alarm() -> Harness<'static, (PlotGroup, f64)> {
    let values = series((0..60).map(|i| (i * 60_000, 300.0 + i as f64)));
    let state = (PlotGroup::new(Zone::Utc), 200.0);
    window(state, move |ui, (group, value)| {
        group.begin(ui.ctx(), 0..HOUR, 60_000);
        let lines = [Line::new("p99", &values, Theme::of(ui).accent)];
        let thresholds = [Threshold {
            value: *value,
            text: "Threshold".into(),
            color: Theme::of(ui).accent,
            drag: true,
        }];
        plot_grid(ui, 1, 300.0, |ui, _| {
            let plot = Plot::new("p99", Unit::Milliseconds, &lines, 1);
            let shown = plot.thresholds(&thresholds).show(ui, group);
            if let Some((0, moved)) = shown.threshold {
                *value = moved;
            }
        });
    })
}

#[test]
fn a_threshold_is_dragged_and_says_its_value_while_the_axis_stands_still() {
    let mut harness = alarm();
    let handle = harness
        .get_by_role_and_label(Role::Slider, "Threshold")
        .rect();
    let area = area(&harness, "p99");
    let top = pos2(handle.center().x, area.top() + 4.0);
    harness.drag_at(handle.center());
    harness.step();
    harness.hover_at(pos2(top.x, area.center().y));
    harness.step();
    harness.hover_at(top);
    harness.step();
    harness.drop_at(top);
    harness.run();
    let (group, value) = harness.state();
    assert!((370.0..=400.0).contains(value), "{value}");
    assert!(!group.is_zoomed(), "dragging a threshold is no zoom");
    let said = format!("{value} ms");
    let handle = harness.get_by_role_and_label(Role::Slider, "Threshold");
    assert_eq!(handle.value().as_deref(), Some(&*said));
}

#[test]
fn a_threshold_is_moved_by_the_arrows_and_by_a_screen_reader() {
    let mut harness = alarm();
    harness
        .get_by_role_and_label(Role::Slider, "Threshold")
        .focus();
    harness.run();
    harness.key_press(Key::ArrowUp);
    harness.run();
    assert_eq!(harness.state().1, 205.0, "a hundredth of the axis, rounded");
    harness.key_press(Key::ArrowDown);
    harness.key_press(Key::ArrowDown);
    harness.run();
    assert_eq!(harness.state().1, 195.0);
    let handle = harness.get_by_role_and_label(Role::Slider, "Threshold");
    handle.increment_accesskit();
    harness.run();
    assert_eq!(harness.state().1, 200.0);
    harness
        .get_by_role_and_label(Role::Slider, "Threshold")
        .set_value_accesskit(640.0);
    harness.run();
    assert_eq!(harness.state().1, 640.0);
}

#[test]
fn a_limit_is_named_with_its_value() {
    let harness = window(PlotGroup::new(Zone::Utc), |ui, group| {
        group.begin(ui.ctx(), 0..HOUR, 60_000);
        let limit = [Threshold {
            value: 1_000.0,
            text: "limit".into(),
            color: Theme::of(ui).err,
            drag: false,
        }];
        plot_grid(ui, 1, 300.0, |ui, _| {
            Plot::new("Concurrency", Unit::Count, &[], 1)
                .thresholds(&limit)
                .show(ui, group);
        });
    });
    harness.get_by_role_and_label(Role::Label, "limit 1 k");
}

/// A color that nothing else has.
const INK: Color32 = DARK.prod;

/// Where ink is: the vertices that have all of it.
fn inked(output: &egui::FullOutput) -> Vec<Pos2> {
    let meshes = output.shapes.iter().filter_map(|clipped| {
        let Shape::Mesh(mesh) = &clipped.shape else {
            return None;
        };
        Some(&mesh.vertices)
    });
    let inked = meshes.flatten().filter(|vertex| vertex.color == INK);
    inked.map(|vertex| vertex.pos).collect()
}

#[test]
fn nothing_is_drawn_between_two_runs_and_a_point_alone_is_a_dot() {
    // Minutes 0 to 19, 30 alone, and 40 to 59.
    let minutes = (0..20).chain(30..31).chain(40..60);
    let values = series(minutes.map(|i| (i * 60_000, 5.0)));
    let harness = window(PlotGroup::new(Zone::Utc), move |ui, group| {
        group.begin(ui.ctx(), 0..HOUR, 60_000);
        let lines = [Line::new("Calls", &values, INK)];
        plot_grid(ui, 1, 300.0, |ui, _| {
            Plot::new("Calls", Unit::Count, &lines, 1)
                .value("5", "")
                .show(ui, group);
        });
    });
    let area = area(&harness, "Calls: 5");
    let x = |minute: f32| area.left() + area.width() * minute / 60.0;
    let mut at: Vec<f32> = inked(harness.output()).iter().map(|pos| pos.x).collect();
    at.sort_by(f32::total_cmp);
    let near = |a: f32, b: f32| (a - b).abs() < 1.0;
    // From the first minute, evenly to the last; a point; and again. Two minutes are further apart than ink is wide.
    let apart = area.width() / 60.0 * 1.5;
    let parts: Vec<&[f32]> = at.chunk_by(|a, b| b - a < apart).collect();
    let ends: Vec<(f32, f32)> = parts
        .iter()
        .map(|part| (part[0], part[part.len() - 1]))
        .collect();
    let minutes = [(0.0, 19.0), (30.0, 30.0), (40.0, 59.0)];
    assert_eq!(ends.len(), minutes.len(), "{ends:?}");
    for ((from, to), (first, last)) in ends.iter().zip(minutes) {
        match first == last {
            // A dot is as wide as it is, around its minute.
            true => assert!(near((from + to) / 2.0, x(first)), "{ends:?}"),
            false => assert!(near(*from, x(first)) && near(*to, x(last)), "{ends:?}"),
        }
    }
}

#[test]
fn a_lone_spike_on_a_dense_line_keeps_the_width_of_a_line_to_its_top() {
    let values = (0..1_440).map(|i| (i * 60_000, if i == 700 { 90.0 } else { 20.0 }));
    let values = Series::on_grid("m", "m", 0..24 * HOUR, 60, values);
    let harness = window(PlotGroup::new(Zone::Utc), move |ui, group| {
        group.begin(ui.ctx(), 0..24 * HOUR, 60_000);
        let lines = [Line::new("Calls", &values, INK)];
        plot_grid(ui, 1, 300.0, |ui, _| {
            Plot::new("Calls", Unit::Count, &lines, 1).show(ui, group);
        });
    });
    let ink = inked(harness.output());
    assert!(!ink.is_empty());
    assert!(ink.len() <= 1_000, "a sample for two pixels at most");
    let highest = ink.iter().map(|pos| pos.y).fold(f32::MAX, f32::min);
    let top = ink.iter().filter(|pos| pos.y - highest < 0.01);
    let top: Vec<f32> = top.map(|pos| pos.x).collect();
    assert!(top.len() == 2 && top[1] - top[0] > 1.0, "{top:?}");
}

#[test]
fn areas_of_a_column_align_however_wide_their_labels_are() {
    let (small, large) = (
        series((0..60).map(|i| (i * 60_000, 2.0))),
        series((0..60).map(|i| (i * 60_000, 88.8e12))),
    );
    let harness = window(PlotGroup::new(Zone::Utc), move |ui, group| {
        group.begin(ui.ctx(), 0..HOUR, 60_000);
        ui.set_max_width(400.0);
        plot_grid(ui, 2, 200.0, |ui, index| {
            let (title, series, unit) = [
                ("Small", &small, Unit::Count),
                ("Large", &large, Unit::PerSecond),
            ][index];
            let lines = [Line::new(title, series, Theme::of(ui).accent)];
            Plot::new(title, unit, &lines, 1).show(ui, group);
        });
    });
    let (small, large) = (area(&harness, "Small"), area(&harness, "Large"));
    assert!(small.top() < large.top(), "they stand in one column");
    assert_eq!(small.x_range(), large.x_range());
    assert!(small.left() > 45.0, "the wide labels have room");
}

#[test]
fn dragging_in_a_scatter_chooses_a_box_of_times_and_values() {
    let state = (PlotGroup::new(Zone::Utc), None::<Chosen>);
    let points: Vec<(i64, f64)> = (0..60).map(|i| (i * 60_000, i as f64)).collect();
    let mut harness = window(state, move |ui, (group, chosen)| {
        group.begin(ui.ctx(), 0..HOUR, 60_000);
        let dots = [Dots {
            name: "OK 60",
            points: &points,
            color: Theme::of(ui).accent,
            form: Form::Dot,
        }];
        let before = chosen.clone();
        plot_grid(ui, 1, 300.0, |ui, _| {
            let plot = Plot::new("Traces", Unit::Milliseconds, &[], 1).dots(&dots);
            let shown = plot.chooses(before.as_ref()).show(ui, group);
            if let Some(new) = shown.chosen {
                *chosen = Some(new);
            }
        });
    });
    let area = area(&harness, "Traces");
    let at = |x: f32, y: f32| {
        pos2(
            area.left() + x * area.width(),
            area.bottom() - y * area.height(),
        )
    };
    harness.drag_at(at(0.5, 0.25));
    harness.step();
    harness.hover_at(at(0.6, 0.3));
    harness.step();
    harness.hover_at(at(0.75, 0.5));
    harness.step();
    harness.drop_at(at(0.75, 0.5));
    harness.run();
    let chosen = harness.state().1.clone().unwrap();
    assert!((chosen.times.start - HOUR / 2).abs() < 60_000, "{chosen:?}");
    assert!(
        (chosen.times.end - HOUR * 3 / 4).abs() < 60_000,
        "{chosen:?}"
    );
    assert!(
        chosen.values.start > 13.0 && chosen.values.end < 32.0,
        "{chosen:?}"
    );
    assert!(!harness.state().0.is_zoomed());
}

#[test]
fn bars_and_lines_of_no_points_and_of_one_are_shown() {
    for count in [0, 1] {
        for look in [
            Look::Solid,
            Look::Dashed,
            Look::Dotted,
            Look::Area,
            Look::Stacked,
            Look::Bars,
        ] {
            let values = series((0..count).map(|i| (i * 60_000, 5.0)));
            let harness = window(PlotGroup::new(Zone::Utc), move |ui, group| {
                group.begin(ui.ctx(), 0..HOUR, 60_000);
                let lines = [Line::new("x", &values, Theme::of(ui).accent).look(look)];
                plot_grid(ui, 1, 120.0, |ui, _| {
                    Plot::new("Few", Unit::Count, &lines, 1).show(ui, group);
                });
            });
            harness.get_by_role_and_label(Role::Figure, "Few");
        }
    }
}

#[test]
fn the_gallery_shows_the_plot_in_every_state() {
    let mut harness = window((), |ui, ()| {
        egui::ScrollArea::vertical().show(ui, gallery);
    });
    harness.set_size(egui::vec2(1_200.0, 1_200.0));
    harness.run();
    let names = [
        "Loading: –",
        "Empty: –",
        "Denied: –",
        "One point: 7 at 01:30",
        "Threshold: 1.9 s drag the line",
        "Time and duration",
        "Distribution: traces by duration",
    ];
    for name in names {
        harness.get_by_role_and_label(Role::Figure, name);
    }
    harness.get_by_role_and_label(Role::Slider, "Threshold");
}

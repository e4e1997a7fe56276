//! The crosshair that all plots of a page share: a line, a dot on each line of the plot, and the time on the axis.

use egui::{Align2, CornerRadius, Pos2, Rect, Stroke, Ui, pos2, vec2};
use egui_plot::PlotTransform;

use super::group::PlotGroup;
use super::{FOOT, Look, Plot, reduce};
use crate::model::format::{self, Zone};
use crate::ui::{
    fonts,
    theme::{Theme, size},
};

const DAY: i64 = 86_400_000;

/// Draws it at the time `at`, which is one of the plot's own.
pub(super) fn show(
    ui: &Ui,
    theme: &Theme,
    plot: &Plot<'_>,
    area: Rect,
    transform: &PlotTransform,
    at: i64,
    group: &PlotGroup,
) {
    let step = plot
        .lines
        .first()
        .map_or(60_000, |line| reduce::step_of(line.series));
    // A bar covers its period: the crosshair goes through the middle of one that is wide.
    let within = if plot.wide_bars { step / 2 } else { 0 };
    let x = transform.position_from_point_x((at + within) as f64);
    let painter = ui
        .painter()
        .with_clip_rect(area.expand(4.0).intersect(ui.clip_rect()));
    painter.vline(x, area.y_range(), Stroke::new(1.0, theme.muted));
    let drawn = plot.lines.iter().enumerate();
    // A bar shows itself, and of a line to compare with only the mean is drawn.
    let pointed = |look| !matches!(look, Look::Bars | Look::Dashed | Look::Dotted);
    for (index, line) in drawn.filter(|(_, line)| pointed(line.look)) {
        let Some(mut value) = line.series.value_at(at) else {
            continue;
        };
        if line.look == Look::Stacked {
            let below = plot.lines.get(..index).unwrap_or_default();
            let below = below.iter().filter(|line| line.look == Look::Stacked);
            value += below
                .filter_map(|line| line.series.value_at(at))
                .sum::<f64>();
        }
        let y = transform.position_from_point_y(plot.scale.height(value));
        let dot = Stroke::new(1.0, theme.panel);
        painter.circle(pos2(x, y), 3.0, line.color, dot);
    }
    if plot.footed {
        let visible = group.visible();
        let text = time(at, step, visible.end - visible.start, &group.zone);
        chip(ui, theme, &text, pos2(x, area.bottom()), area);
    }
}

/// A time for the axis' chip, with the day where the range is longer than one.
pub(super) fn time(at: i64, step: i64, length: i64, zone: &Zone) -> String {
    let time = format::axis_time(at, step, zone);
    if length <= DAY {
        return time;
    }
    let day = format::axis_time(at, DAY, zone);
    if day == time {
        day
    } else {
        format!("{day}, {time}")
    }
}

/// A text on the time axis, over its labels.
pub(super) fn chip(ui: &Ui, theme: &Theme, text: &str, middle: Pos2, area: Rect) {
    let font = fonts::medium(size::TINY);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, theme.bg);
    let wanted = vec2(galley.size().x + 8.0, FOOT - 1.0);
    let half = wanted.x / 2.0;
    let most = (area.right() - half).max(area.left());
    let x = middle.x.clamp(area.left(), most);
    let rect = Align2::CENTER_TOP.anchor_size(pos2(x, middle.y + 1.0), wanted);
    ui.painter()
        .rect_filled(rect, CornerRadius::same(3), theme.text);
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, theme.bg);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_on_the_axis_has_its_day_where_the_range_is_longer_than_one() {
        let at = DAY + 5_400_000;
        assert_eq!(time(at, 60_000, 3_600_000, &Zone::Utc), "01:30");
        assert_eq!(time(at, 3_600_000, 7 * DAY, &Zone::Utc), "2 Jan, 01:30");
        assert_eq!(time(DAY, 3_600_000, 7 * DAY, &Zone::Utc), "2 Jan");
    }
}

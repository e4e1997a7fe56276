//! What is left of a quota over its period, with the even pace beside it, and the requests of each day below: of one key or of all.

use egui::{RichText, Ui};

use super::table::OfPlan;
use crate::model::api::keys::ApiKey;
use crate::model::api::usage::{begin_of, even_pace, period_begins, period_ends};
use crate::model::format;
use crate::model::metric::Series;
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::plot::{Line, Look, Mark, Plot, PlotGroup, Unit, plot_columns};
use crate::ui::widgets::segmented::segmented;

const HEIGHT: f32 = 190.0;
/// A day, in ms.
const DAY_MS: i64 = 86_400_000;
/// So many keys have a part of their own in the stack; the rest is one.
const TOP: usize = 7;

/// What this part keeps between frames.
#[derive(Default)]
pub struct Chart {
    all: bool,
    group: PlotGroup,
    /// What the lines were made of; the plots are made anew where it is another.
    of: Option<Of>,
    generation: u64,
    lines: Lines,
}

#[derive(PartialEq)]
struct Of {
    plan: String,
    key: String,
    all: bool,
    usage: crate::model::api::usage::Usage,
}

#[derive(Default)]
struct Lines {
    left: Option<Series>,
    even: Option<Series>,
    /// By day: names and values, the first lowest.
    days: Vec<(String, Series)>,
}

impl Chart {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, of: &OfPlan<'_>, key: &ApiKey, cx: &Cx<'_>) {
        let Some(usage) = of.usage else { return };
        let theme = Theme::of(ui);
        ui.horizontal_wrapped(|ui| {
            let title = if of.plan.quota.is_some() {
                "What is left"
            } else {
                "Use by day"
            };
            ui.label(RichText::new(title).font(fonts::semibold(size::BODY)));
            let choices = [(false, "Chosen key"), (true, "All keys")];
            segmented(ui, "Whose use", &mut self.all, &choices);
            if !self.all {
                ui.label(RichText::new(&key.name).color(theme.muted));
                if let Some(at) = usage.gone_at(of.plan, &key.id, cx.now) {
                    let words = format!(
                        "▲ at the pace of the last 7 days the quota is gone on {}",
                        format::time_exact(at, cx.zone)
                    );
                    ui.label(RichText::new(words).color(theme.warn));
                }
            }
        });
        ui.add_space(space::XS);
        self.update(of, key);
        let period = of
            .plan
            .quota
            .as_ref()
            .map_or("MONTH", |(_, period)| period.as_str());
        let begins = begin_of(period_begins(period, of.today)).min(begin_of(usage.from));
        let ends = begin_of(period_ends(period, of.today));
        if self.group.zone != *cx.zone {
            self.group.zone = cx.zone.clone();
        }
        self.group.begin(ui.ctx(), begins..ends, DAY_MS);
        let now = [Mark {
            at: cx.now / 60_000 * 60_000,
            text: "now".to_owned(),
        }];
        let (lines, generation, group) = (&self.lines, self.generation, &mut self.group);
        let left = (!self.all).then_some(()).and(lines.left.as_ref());
        let cards = 1 + usize::from(left.is_some());
        plot_columns(ui, cards, 1, HEIGHT, |ui, card| match (card, left) {
            (0, Some(left)) => quota(ui, left, lines.even.as_ref(), &now, generation, group),
            _ => days(ui, &lines.days, &now, generation, group),
        });
    }

    fn update(&mut self, of: &OfPlan<'_>, key: &ApiKey) {
        let Some(usage) = of.usage else { return };
        let now = Of {
            plan: of.plan.id.clone(),
            key: key.id.clone(),
            all: self.all,
            usage: usage.clone(),
        };
        if self.of.as_ref() == Some(&now) {
            return;
        }
        let mut even = None;
        if let Some((limit, period)) = &of.plan.quota {
            even = Some(even_pace(*limit, period, of.today));
        }
        self.lines = Lines {
            left: usage.left(of.plan, &key.id, of.today),
            even,
            days: match self.all {
                false => vec![("Requests".to_owned(), usage.series(Some(&key.id)))],
                true => largest(of),
            },
        };
        self.generation += 1;
        self.of = Some(now);
    }
}

/// The days of the keys that used most, and those of all others together.
fn largest(of: &OfPlan<'_>) -> Vec<(String, Series)> {
    let Some(usage) = of.usage else {
        return Vec::new();
    };
    let mut keys: Vec<(&ApiKey, i64)> = of
        .plan
        .keys
        .iter()
        .map(|key| (key, usage.by_day(Some(&key.id)).iter().sum()))
        .collect();
    keys.sort_by_key(|(_, sum)| std::cmp::Reverse(*sum));
    let mut lines: Vec<(String, Series)> = keys
        .iter()
        .take(TOP)
        .map(|(key, _)| (key.name.clone(), usage.series(Some(&key.id))))
        .collect();
    let all = usage.series(None);
    if keys.len() > TOP {
        let mut rest = all.clone();
        for (_, line) in &lines {
            for (rest, own) in rest.values.iter_mut().zip(&line.values) {
                *rest -= own;
            }
        }
        lines.push(("others".to_owned(), rest));
    }
    lines
}

fn quota(
    ui: &mut Ui,
    left: &Series,
    even: Option<&Series>,
    now: &[Mark],
    generation: u64,
    group: &mut PlotGroup,
) {
    let theme = Theme::of(ui);
    let mut lines = vec![Line::new("Left", left, theme.series[0])];
    if let Some(even) = even {
        lines.push(Line::new("Even pace", even, theme.muted).look(Look::Dotted));
    }
    let last = left.values.last().copied().unwrap_or_default();
    let words = format::number(last);
    Plot::new("Left of the quota", Unit::Count, &lines, generation)
        .value(&words, "now")
        .marks(now)
        .show(ui, group);
}

fn days(
    ui: &mut Ui,
    days: &[(String, Series)],
    now: &[Mark],
    generation: u64,
    group: &mut PlotGroup,
) {
    let theme = Theme::of(ui);
    let look = if days.len() > 1 {
        Look::Stacked
    } else {
        Look::Bars
    };
    let colors = theme.series.iter().cycle();
    let lines: Vec<Line<'_>> = days
        .iter()
        .zip(colors)
        .map(|((name, series), color)| Line::new(name, series, *color).look(look))
        .collect();
    let sum: f64 = days.iter().flat_map(|(_, series)| &series.values).sum();
    let words = format::number(sum);
    Plot::new("Requests by day", Unit::Count, &lines, generation)
        .value(&words, "in all")
        .marks(now)
        .show(ui, group);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::api::keys::UsagePlan;
    use crate::model::api::usage::{Day, Usage};

    #[test]
    fn seven_keys_stand_for_themselves_and_the_rest_is_one() {
        let today = jiff::civil::date(2026, 11, 1);
        let key = |at: i64| ApiKey {
            id: at.to_string(),
            name: format!("key {at}"),
            ..ApiKey::default()
        };
        let plan = UsagePlan {
            keys: (0..10).map(key).collect(),
            ..UsagePlan::default()
        };
        let usage = Usage {
            from: today,
            keys: (0..10)
                .map(|at| (at.to_string(), vec![Day { used: at, left: 0 }]))
                .collect(),
        };
        let of = OfPlan {
            plan: &plan,
            usage: Some(&usage),
            today,
        };
        let lines = largest(&of);
        assert_eq!(lines.len(), 8);
        assert_eq!((lines[0].0.as_str(), lines[0].1.values[0]), ("key 9", 9.0));
        assert_eq!((lines[7].0.as_str(), lines[7].1.values[0]), ("others", 3.0));
    }
}

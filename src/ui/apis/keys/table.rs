//! Keys as a table: of a plan with what each has used, or all of them with their plans; and what can be done with the chosen one.

use std::borrow::Cow;

use egui::{Ui, pos2, vec2};
use jiff::civil::Date;

use super::side::NEAR;
use super::value::Values;
use crate::model::api::keys::{ApiKey, UsagePlan};
use crate::model::api::usage::{Standing, Usage, share_words};
use crate::model::format::{number, number_exact};
use crate::ui::cx::Cx;
use crate::ui::icons::Icon;
use crate::ui::theme::{HEADER_HEIGHT, ROW_HEIGHT, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::table::{Column, Rows, Table, TableState};
use crate::ui::widgets::table_cell::Cell;
use crate::ui::widgets::text_field::HIDDEN;
use crate::ui::widgets::toolbar::{Look, Toolbar};

/// More keys than this scroll within the table.
const MOST_ROWS: usize = 10;

const OF_PLAN: [Column; 7] = [
    Column::new("name", "Key", 150.0)
        .min(110.0)
        .unsorted()
        .required(),
    Column::new("id", "ID", 110.0)
        .min(96.0)
        .unsorted()
        .priority(2),
    Column::new("value", "Value", 190.0)
        .min(96.0)
        .unsorted()
        .priority(6),
    Column::new("days", "By day", 150.0)
        .min(80.0)
        .unsorted()
        .priority(5),
    Column::new("used", "Used", 90.0)
        .right()
        .unsorted()
        .priority(8),
    Column::new("share", "Of the quota", 130.0)
        .min(90.0)
        .unsorted()
        .priority(9),
    Column::new("left", "Left", 90.0)
        .right()
        .unsorted()
        .priority(7),
];

const OF_ALL: [Column; 5] = [
    Column::new("name", "Key", 200.0)
        .min(110.0)
        .unsorted()
        .required(),
    Column::new("id", "ID", 120.0)
        .min(96.0)
        .unsorted()
        .priority(2),
    Column::new("value", "Value", 240.0)
        .min(96.0)
        .unsorted()
        .priority(6),
    Column::new("plans", "Plans", 240.0)
        .min(110.0)
        .unsorted()
        .priority(8),
    Column::new("created", "Created", 90.0)
        .right()
        .unsorted()
        .priority(3),
];

/// Of a plan, what its keys used, as far as that is known.
pub struct OfPlan<'a> {
    /// The plan.
    pub plan: &'a UsagePlan,
    /// None while it is not known.
    pub usage: Option<&'a Usage>,
    /// By UTC.
    pub today: Date,
}

impl OfPlan<'_> {
    fn standing(&self, key: &str) -> Option<Standing> {
        Some(self.usage?.standing(self.plan, key, self.today))
    }
}

/// What is asked of the chosen key.
pub enum Wish {
    /// Show its value for a minute.
    Reveal,
    /// Take the value off the screen.
    Hide,
    /// Put the value on the clipboard.
    Copy,
    /// On or off.
    Switch,
    /// Set what is left.
    Extend,
    /// Take it out of the plan.
    Remove,
    /// Delete it.
    Delete,
}

/// The names of the plans that a key is in.
pub fn plans_of<'a>(plans: &'a [UsagePlan], key: &str) -> Vec<&'a str> {
    let has = |plan: &&UsagePlan| plan.keys.iter().any(|of| of.id == key);
    plans
        .iter()
        .filter(has)
        .map(|plan| plan.name.as_str())
        .collect()
}

struct KeyRows<'a> {
    keys: &'a [ApiKey],
    of_plan: Option<&'a OfPlan<'a>>,
    plans: &'a [UsagePlan],
    values: &'a Values,
    now: i64,
    zone: &'a crate::model::format::Zone,
}

impl Rows for KeyRows<'_> {
    fn count(&self) -> usize {
        self.keys.len()
    }

    fn name(&self, row: usize) -> Cow<'_, str> {
        Cow::Borrowed(self.keys.get(row).map_or("", |key| key.id.as_str()))
    }

    fn said(&self, row: usize) -> Cow<'_, str> {
        Cow::Borrowed(self.keys.get(row).map_or("", |key| key.name.as_str()))
    }

    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        let Some(key) = self.keys.get(row) else {
            return;
        };
        match column {
            "name" => {
                cell.name(&key.name);
                if !key.enabled {
                    cell.tag("off");
                }
            }
            "id" => cell.mono(&key.id),
            "value" => match self.values.of(&key.id, self.now) {
                Some((value, _)) => cell.mono_name(value),
                None => cell.mono(HIDDEN),
            },
            "plans" => {
                let plans = plans_of(self.plans, &key.id);
                match plans.is_empty() {
                    true => cell.state(Tone::Warn, "none: it opens nothing"),
                    false => cell.muted(&plans.join(", ")),
                }
            }
            "created" => {
                if let Some(at) = key.created_at {
                    cell.muted(&crate::model::format::age(at, self.now, self.zone));
                    cell.hover(|| crate::model::format::time_exact(at, self.zone));
                }
            }
            _ => self.usage_cell(key, column, cell),
        }
    }
}

impl KeyRows<'_> {
    fn usage_cell(&self, key: &ApiKey, column: &str, cell: &mut Cell<'_>) {
        let Some(of) = self.of_plan else { return };
        let Some(standing) = of.standing(&key.id) else {
            cell.muted("…");
            return;
        };
        let count = |count: i64| number(count as f64);
        match column {
            "days" => {
                let days = of.usage.map(|usage| usage.by_day(Some(&key.id)));
                let days: Vec<f32> = days
                    .unwrap_or_default()
                    .iter()
                    .map(|used| *used as f32)
                    .collect();
                let accent = cell.theme().accent;
                let words = format!("{} by day", key.name);
                cell.sparkline(&days, accent, &words);
            }
            "used" => {
                cell.text(&count(standing.used));
                cell.hover(|| number_exact(standing.used));
            }
            "share" => match standing.share {
                Some(share) => bar(cell, share),
                None => cell.muted("no quota"),
            },
            _ => match standing.left {
                Some(0) => cell.state(Tone::Err, "none"),
                Some(left) => {
                    cell.text(&count(left));
                    cell.hover(|| number_exact(left));
                }
                None => cell.muted("–"),
            },
        }
    }
}

/// A share as a bar and in words.
fn bar(cell: &mut Cell<'_>, share: f64) {
    let theme = cell.theme();
    let color = match share {
        _ if share >= 1.0 => theme.err,
        _ if share >= NEAR => theme.warn,
        _ => theme.accent,
    };
    let room = (cell.rect.width() - 58.0).min(56.0);
    if room > 12.0 {
        let at = pos2(cell.rect.left(), cell.rect.center().y - 2.0);
        let whole = egui::Rect::from_min_size(at, vec2(room, 4.0));
        let part = whole.with_max_x(at.x + room * share.clamp(0.0, 1.0) as f32);
        cell.ui.painter().rect_filled(whole, 2.0, theme.line);
        cell.ui.painter().rect_filled(part, 2.0, color);
        cell.rect.min.x += room + space::S;
    }
    match share >= NEAR {
        true => cell.colored(&format!("▲ {}", share_words(share)), color),
        false => cell.muted(&share_words(share)),
    }
}

/// Draws it, and above it what can be done with the chosen key; what was asked of which.
pub fn keys<'a>(
    ui: &mut Ui,
    keys: &'a [ApiKey],
    of_plan: Option<&OfPlan<'_>>,
    plans: &[UsagePlan],
    values: &Values,
    state: &mut TableState,
    cx: &Cx<'_>,
) -> Option<(Wish, &'a ApiKey)> {
    if state.selected.is_none_or(|at| at >= keys.len())
        && let Some(first) = keys.first()
    {
        state.select(0, &first.id);
    }
    let chosen = state.selected.and_then(|at| keys.get(at));
    let wish = chosen.and_then(|key| actions(ui, key, of_plan, values, cx));
    let mut rows = KeyRows {
        keys,
        of_plan,
        plans,
        values,
        now: cx.now,
        zone: cx.zone,
    };
    let (name, columns): (&str, &[Column]) = match of_plan {
        Some(_) => ("Keys of the plan", &OF_PLAN),
        None => ("All keys", &OF_ALL),
    };
    let table = Table::new(name, columns, state);
    match of_plan {
        Some(_) => {
            let shown = keys.len().clamp(1, MOST_ROWS) as f32;
            let height = HEADER_HEIGHT + shown * ROW_HEIGHT;
            table.height(height).show(ui, &mut rows);
        }
        None => {
            table.show(ui, &mut rows);
        }
    }
    Some((wish?, chosen?))
}

fn actions(
    ui: &mut Ui,
    key: &ApiKey,
    of_plan: Option<&OfPlan<'_>>,
    values: &Values,
    cx: &Cx<'_>,
) -> Option<Wish> {
    #[derive(Clone, Copy)]
    enum Press {
        Eye,
        Copy,
        Extend,
        Switch,
        Remove,
        Delete,
    }
    let shown = values.of(&key.id, cx.now);
    let (icon, eye) = match shown {
        Some(_) => (Icon::EYE_OFF, format!("Hide {}", key.name)),
        None => (Icon::EYE, format!("Reveal {}", key.name)),
    };
    let left = shown.map(|(_, seconds)| format!("hidden in {seconds} s"));
    let copy = format!("Copy {}", key.name);
    let (switch, switch_said) = match key.enabled {
        true => ("Switch off…", format!("Switch {} off", key.name)),
        false => ("Switch on…", format!("Switch {} on", key.name)),
    };
    let extend = match of_plan {
        Some(of) if of.plan.quota.is_none() => Err("The plan has no quota"),
        Some(of) if of.usage.is_none() => Err("What it has used is not known yet"),
        _ => cx.may_write(),
    };
    let may = cx.may_write();
    let extend_said = format!("Extend {}…", key.name);
    let remove_said = format!("Take {} out of the plan…", key.name);
    let delete_said = format!("Delete the key {}…", key.name);
    let mut bar = Toolbar::new("The chosen key")
        .text(key.name.as_str(), Look::Muted)
        .rank(3)
        .button(Button::icon_only(icon, &eye).known_as(&key.id), Press::Eye)
        .rank(8)
        .button(Button::icon_only(Icon::COPY, &copy), Press::Copy)
        .rank(7)
        .text(left.unwrap_or_default(), Look::Small)
        .space();
    if of_plan.is_some() {
        let button = Button::new("Extend…").name(&extend_said).available(extend);
        bar = bar.button(button, Press::Extend).rank(9);
    }
    let button = Button::new(switch).icon(Icon::POWER).name(&switch_said);
    bar = bar
        .button(button.available(may), Press::Switch)
        .rank(6)
        .more_here();
    if of_plan.is_some() {
        let button = Button::new("Take out of the plan…").name(&remove_said);
        bar = bar.button(button.available(may), Press::Remove).tucked();
    }
    let button = Button::new("Delete the key…")
        .icon(Icon::TRASH_2)
        .name(&delete_said);
    bar = bar.button(button.available(may), Press::Delete).tucked();
    Some(match bar.show(ui).pressed? {
        Press::Eye if shown.is_some() => Wish::Hide,
        Press::Eye => Wish::Reveal,
        Press::Copy => Wish::Copy,
        Press::Extend => Wish::Extend,
        Press::Switch => Wish::Switch,
        Press::Remove => Wish::Remove,
        Press::Delete => Wish::Delete,
    })
}

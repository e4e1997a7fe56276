//! The list of plans: what each allows, how many keys it has, and how the worst of them stands.

use egui::{Align2, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use jiff::civil::Date;

use crate::cloud::apigateway::keys::KeyRing;
use crate::cloud::apigateway::usage::GetUsage;
use crate::model::api::keys::UsagePlan;
use crate::model::api::usage::{Usage, Worst, asked_from, share_words};
use crate::model::format::{counted, number};
use crate::store::Loadable;
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::keyboard::focus_ring;
use crate::ui::theme::{RADIUS, Theme, size, space};

/// From this share on it is worth a look.
pub const NEAR: f64 = 0.9;

/// The usage of a plan, read beside where nobody looks at it.
pub fn usage_of(plan: &UsagePlan, today: Date, beside: bool) -> GetUsage {
    GetUsage {
        plan: plan.id.clone(),
        from: asked_from(today),
        to: today,
        beside,
    }
}

/// What a plan allows, in few letters: `200 /s · burst 400 · 1 M a month`.
fn allows(plan: &UsagePlan) -> String {
    let mut parts = Vec::new();
    if let Some(rate) = plan.rate {
        parts.push(format!("{} /s", number(rate)));
    }
    if let Some(burst) = plan.burst {
        parts.push(format!("burst {}", number(f64::from(burst))));
    }
    parts.push(match &plan.quota {
        Some((limit, period)) => {
            format!("{} a {}", number(f64::from(*limit)), period.to_lowercase())
        }
        None => "no quota".to_owned(),
    });
    parts.join(" · ")
}

/// How the worst key stands, and whether that is worth a look: `94 %`, `3 out`, `…` while it is not known, `?` where it could not
/// be read.
fn worst_words(plan: &UsagePlan, known: &Loadable<Usage>, today: Date) -> (String, bool) {
    if plan.quota.is_none() || plan.keys.is_empty() {
        return (String::new(), false);
    }
    let Some(usage) = known.shown() else {
        let unknown = if known.error.is_some() {
            "not read"
        } else {
            "…"
        };
        return (unknown.to_owned(), false);
    };
    match usage.worst(plan, today) {
        Some(Worst { out, .. }) if out > 0 => (format!("▲ {out} out"), true),
        Some(worst) if worst.share >= NEAR => (format!("▲ {}", share_words(worst.share)), true),
        Some(worst) => (share_words(worst.share), false),
        None => (String::new(), false),
    }
}

/// Draws it; the id of a plan that was pressed.
pub fn plans(
    ui: &mut Ui,
    ring: &KeyRing,
    chosen: Option<&str>,
    today: Date,
    cx: &mut Cx<'_>,
) -> Option<String> {
    let mut pressed = None;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for plan in &ring.plans {
            let on = chosen == Some(plan.id.as_str());
            let wanted = plan.quota.is_some() && !plan.keys.is_empty();
            let known = match wanted {
                true => cx.store.want(&usage_of(plan, today, !on), cx.now),
                false => Loadable::unknown(),
            };
            let worst = worst_words(plan, &known, today);
            if row(ui, plan, &worst, on) {
                pressed = Some(plan.id.clone());
            }
        }
    });
    pressed
}

fn row(ui: &mut Ui, plan: &UsagePlan, (worst, near): &(String, bool), on: bool) -> bool {
    let theme = Theme::of(ui);
    let size_of = vec2(ui.available_width(), 48.0);
    let (rect, response) = ui.allocate_exact_size(size_of, Sense::click());
    let keys = counted(plan.keys.len(), "key");
    let allowed = allows(plan);
    let told = [plan.name.as_str(), &keys, &allowed, worst].join(", ");
    let said = told.trim_end_matches([',', ' ']).to_owned();
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), on, &said));
    if let Some(fill) = theme.ground(on, response.hovered()) {
        ui.painter().rect_filled(rect, RADIUS, fill);
    }
    let inner = rect.shrink2(vec2(space::M, 0.0));
    let lines = [inner.top() + 15.0, inner.top() + 34.0];
    let end = |at: f32, text: &str, color| {
        let font = fonts::body(size::SMALL);
        ui.painter().text(
            pos2(inner.right(), at),
            Align2::RIGHT_CENTER,
            text,
            font,
            color,
        )
    };
    let of_keys = end(lines[0], &keys, theme.muted);
    let tone = if *near { theme.warn } else { theme.muted };
    let of_worst = end(lines[1], worst, tone);
    let begin = |at: f32, until: Rect, text: &str, font, color| {
        let clip = rect.with_max_x(until.left() - space::S);
        ui.painter()
            .with_clip_rect(clip.intersect(ui.clip_rect()))
            .text(
                pos2(inner.left(), at),
                Align2::LEFT_CENTER,
                text,
                font,
                color,
            );
    };
    begin(
        lines[0],
        of_keys,
        &plan.name,
        fonts::medium(size::BODY),
        theme.text,
    );
    begin(
        lines[1],
        of_worst,
        &allowed,
        fonts::body(size::SMALL),
        theme.muted,
    );
    focus_ring(ui, rect, &response);
    response.on_hover_text(told).clicked()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::api::keys::ApiKey;
    use crate::model::api::usage::Day;
    use crate::model::error::{CloudError, ErrorKind};
    use std::sync::Arc;

    fn plan() -> UsagePlan {
        UsagePlan {
            rate: Some(200.0),
            burst: Some(400),
            quota: Some((1_000_000, "MONTH".into())),
            keys: vec![ApiKey {
                id: "k".into(),
                ..ApiKey::default()
            }],
            ..UsagePlan::default()
        }
    }

    #[test]
    fn what_is_not_known_is_never_a_number() {
        let today = jiff::civil::date(2026, 11, 2);
        let mut known: Loadable<Usage> = Loadable::unknown();
        assert_eq!(worst_words(&plan(), &known, today), ("…".to_owned(), false));
        let error = CloudError::local("GetUsage", ErrorKind::Throttled, "no");
        known.error = Some(Arc::new(error));
        assert_eq!(worst_words(&plan(), &known, today).0, "not read");
        let of = |used, left| {
            let day = Day { used, left };
            Loadable::local(Arc::new(Usage {
                from: today,
                keys: [("k".to_owned(), vec![day])].into(),
            }))
        };
        let told = |used, left| worst_words(&plan(), &of(used, left), today);
        assert_eq!(told(94, 6), ("▲ 94 %".to_owned(), true));
        assert_eq!(told(61, 39), ("61 %".to_owned(), false));
        assert_eq!(told(5, 0), ("▲ 1 out".to_owned(), true));
        let without = UsagePlan {
            quota: None,
            ..plan()
        };
        assert_eq!(worst_words(&without, &of(1, 1), today).0, "");
    }

    #[test]
    fn what_a_plan_allows_is_said_in_few_letters() {
        assert_eq!(allows(&plan()), "200 /s · burst 400 · 1 M a month");
        assert_eq!(allows(&UsagePlan::default()), "no quota");
    }
}

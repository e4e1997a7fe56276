//! API keys and usage plans: who may call how much, and how much of it is used. Plans stand at the left with how the worst of
//! their keys stands; the chosen one shows its limits, what it opens, its keys and where their use leads.

mod ask;
mod chart;
mod import;
mod plan;
mod side;
mod table;
mod value;

use std::sync::Arc;

use egui::{Frame, Margin, RichText, ScrollArea, Ui};

use crate::cloud::apigateway::key_change::{DeleteKey, SwitchKey};
use crate::cloud::apigateway::keys::{KeyRing, ListKeys};
use crate::model::api::keys::ApiKey;
use crate::model::api::usage::day_of;
use crate::model::format::counted;
use crate::model::topic::Topic;
use crate::route::Route;
use crate::ui::cx::{CloudStore, Cx, Message, Panel};
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::state::{self, Empty, age_words};
use crate::ui::widgets::table::TableState;
use crate::ui::widgets::toolbar::{Look, Toolbar};

use self::table::Wish;
use super::limits::{End, PlanForm};

/// The list of plans shows beside from this width on.
const WIDE: f32 = 780.0;
const LIST: f32 = 264.0;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Plans,
    Keys,
}

/// What the panel keeps between frames.
#[derive(Default)]
pub struct KeysPanel {
    part: Part,
    chosen: Option<String>,
    form: Option<PlanForm>,
    import: Option<import::Import>,
    values: value::Values,
    page: plan::PlanPage,
    all: TableState,
}

#[derive(Clone, Copy)]
enum Press {
    Create,
    Import,
    Refresh,
}

impl Panel for KeysPanel {
    fn ui(&mut self, ui: &mut Ui, _route: &Route, cx: &mut Cx<'_>) {
        self.values.take_in(ui, cx);
        let loaded = cx.store.want(&ListKeys {}, cx.now);
        self.bar(ui, &loaded, cx);
        let may = cx.may_write().is_ok();
        let empty = Empty {
            icon: Icon::KEY_ROUND,
            title: "No usage plans and no keys",
            advice: "A usage plan says how much each key may call of a stage. Methods on which a key is required refuse everybody else.",
            action: match may {
                true => "Create a usage plan with a key",
                false => "",
            },
        };
        if self.form.is_some() {
            self.form(ui, cx);
            return;
        }
        let importing = self.import.is_some();
        let nothing = |ring: &KeyRing| ring.plans.is_empty() && ring.keys.is_empty() && !importing;
        let shown = state::show(
            ui,
            "keys and plans",
            &loaded,
            &empty,
            nothing,
            |ui, ring| {
                self.ring(ui, ring, cx);
            },
        );
        if shown.retry {
            cx.store.refresh();
        }
        if shown.sign_in {
            cx.messages.push(Message::SignIn);
        }
        if shown.action {
            self.form = Some(PlanForm::default());
        }
    }

    fn unsaved(&self) -> Option<String> {
        let form = self.form.as_ref().and_then(PlanForm::unsaved);
        let import = || self.import.as_ref().and_then(import::Import::unsaved);
        form.or_else(import).or_else(|| self.page.unsaved())
    }

    fn settled(&self, _route: &Route, store: &CloudStore) -> bool {
        let known = store.peek(&ListKeys {});
        known.is_settled() && store.activity().in_flight == 0
    }
}

impl KeysPanel {
    fn bar(&mut self, ui: &mut Ui, loaded: &crate::store::Loadable<KeyRing>, cx: &mut Cx<'_>) {
        ui.add_space(10.0);
        let (age, read) = age_words(loaded, cx.now, cx.zone);
        let busy = match (&self.form, &self.import) {
            (Some(_), _) | (_, Some(_)) => Err("It is open"),
            _ => cx.may_write(),
        };
        let create = Button::new("Plan with a key").icon(Icon::PLUS);
        let create = create.name("Create a usage plan with a key");
        let import = Button::new("Import CSV…").icon(Icon::UPLOAD);
        let refresh = Button::icon_only(Icon::REFRESH_CW, "Refresh keys and plans");
        let shown = self.values_shown(loaded, cx);
        let pressed = Toolbar::new("Above keys and plans")
            .inset(space::L)
            .heading("Keys & plans", 100.0)
            .text(shown, Look::Small)
            .space()
            .text(age, Look::Small)
            .rank(1)
            .hover(read)
            .button(refresh, Press::Refresh)
            .button(import.available(busy), Press::Import)
            .rank(5)
            .button(create.available(busy), Press::Create)
            .stays()
            .show(ui)
            .pressed;
        match pressed {
            Some(Press::Create) => self.form = Some(PlanForm::default()),
            Some(Press::Import) => self.import = Some(import::Import::new(cx)),
            Some(Press::Refresh) => cx.store.invalidate(&[Topic::Keys]),
            None => {}
        }
    }

    /// That a value is on the screen, and for how long yet.
    fn values_shown(&self, loaded: &crate::store::Loadable<KeyRing>, cx: &Cx<'_>) -> String {
        let keys = loaded.shown().into_iter().flat_map(|ring| &ring.keys);
        let mut shown = keys.filter_map(|key| self.values.of(&key.id, cx.now));
        shown.next().map_or_else(String::new, |(_, seconds)| {
            format!("Values shown: 1, hidden again in {seconds} s")
        })
    }

    fn form(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let margin = Margin::symmetric(space::L as i8, space::M as i8);
            Frame::new().inner_margin(margin).show(ui, |ui| {
                if let Some(form) = &mut self.form
                    && form.ui(ui, cx) == End::Done
                {
                    self.form = None;
                }
            });
        });
    }

    fn ring(&mut self, ui: &mut Ui, ring: &Arc<KeyRing>, cx: &mut Cx<'_>) {
        if let Some(import) = &mut self.import {
            let margin = Margin::symmetric(space::L as i8, space::M as i8);
            let left = Frame::new().inner_margin(margin);
            if left.show(ui, |ui| import.ui(ui, ring, cx)).inner {
                self.import = None;
            }
            return;
        }
        let there = |id: &String| ring.plans.iter().any(|plan| plan.id == *id);
        if !self.chosen.as_ref().is_some_and(there) {
            self.chosen = ring.plans.first().map(|plan| plan.id.clone());
        }
        let wide = ui.available_width() >= WIDE;
        if wide && self.part == Part::Plans {
            let frame = Frame::new().inner_margin(Margin::same(space::S as i8));
            let panel = egui::Panel::left("plans").exact_size(LIST).resizable(false);
            panel.frame(frame).show(ui, |ui| {
                self.parts(ui, ring);
                ui.add_space(space::S);
                self.loose(ui, ring);
                let today = day_of(cx.now);
                let chosen = self.chosen.as_deref();
                if let Some(pressed) = side::plans(ui, ring, chosen, today, cx) {
                    self.chosen = Some(pressed);
                }
            });
        } else {
            ui.horizontal_wrapped(|ui| {
                ui.add_space(space::L);
                self.parts(ui, ring);
                self.narrow(ui, ring);
            });
            ui.add_space(space::XS);
        }
        match self.part {
            Part::Plans => self.plan(ui, ring, cx),
            Part::Keys => self.keys(ui, ring, cx),
        }
    }

    fn parts(&mut self, ui: &mut Ui, ring: &KeyRing) {
        let plans = format!("Plans {}", ring.plans.len());
        let keys = format!("Keys {}", ring.keys.len());
        let choices = [(Part::Plans, plans.as_str()), (Part::Keys, keys.as_str())];
        segmented(ui, "Plans or keys", &mut self.part, &choices);
    }

    /// Where there is no room for the list, the plan is chosen from a menu.
    fn narrow(&mut self, ui: &mut Ui, ring: &KeyRing) {
        if self.part == Part::Keys || ring.plans.is_empty() {
            return;
        }
        let name = |id: &String| ring.plans.iter().find(|plan| plan.id == *id);
        let now = self.chosen.as_ref().and_then(name);
        let words = now.map_or("Choose", |plan| plan.name.as_str());
        let mut chosen = None;
        drop_down(ui, "Usage plan", words, |ui| {
            for plan in &ring.plans {
                let on = self.chosen.as_ref() == Some(&plan.id);
                if entry(ui, on, &plan.name, &counted(plan.keys.len(), "key")) {
                    chosen = Some(plan.id.clone());
                }
            }
        });
        if chosen.is_some() {
            self.chosen = chosen;
        }
    }

    /// Keys that no plan is for.
    fn loose(&mut self, ui: &mut Ui, ring: &KeyRing) {
        let loose = ring.loose().count();
        if loose == 0 {
            return;
        }
        ui.horizontal(|ui| {
            let words = match loose {
                1 => "1 key belongs to no plan".to_owned(),
                more => format!("{more} keys belong to no plan"),
            };
            ui.label(RichText::new(words).color(Theme::of(ui).muted));
            let show = Button::new("Show").name("Show keys without a plan").ghost();
            if show.show(ui).clicked() {
                self.part = Part::Keys;
            }
        });
        ui.add_space(space::XS);
    }

    fn plan(&mut self, ui: &mut Ui, ring: &KeyRing, cx: &mut Cx<'_>) {
        let chosen =
            |plan: &&crate::model::api::keys::UsagePlan| self.chosen.as_ref() == Some(&plan.id);
        let Some(plan) = ring.plans.iter().find(chosen) else {
            let empty = Empty {
                icon: Icon::KEY_ROUND,
                title: "No usage plans",
                advice: "Keys open nothing until a plan takes them in.",
                action: "",
            };
            state::empty_state(ui, &empty);
            return;
        };
        let today = day_of(cx.now);
        let asked = self.page.ui(ui, plan, ring, &self.values, today, cx);
        if let Some((wish, key)) = asked {
            self.grant(wish, &key, ring, cx);
        }
    }

    fn keys(&mut self, ui: &mut Ui, ring: &KeyRing, cx: &mut Cx<'_>) {
        // Those that open nothing are what one looks for here.
        let mut keys = ring.keys.clone();
        keys.sort_by_key(|key| !table::plans_of(&ring.plans, &key.id).is_empty());
        let margin = Margin::symmetric(space::M as i8, 0);
        let frame = Frame::new().inner_margin(margin);
        let asked = frame.show(ui, |ui| {
            let (values, all) = (&self.values, &mut self.all);
            let asked = table::keys(ui, &keys, None, &ring.plans, values, all, cx);
            asked.map(|(wish, key)| (wish, key.clone()))
        });
        if let Some((wish, key)) = asked.inner {
            self.grant(wish, &key, ring, cx);
        }
    }

    fn grant(&mut self, wish: Wish, key: &ApiKey, ring: &KeyRing, cx: &mut Cx<'_>) {
        match wish {
            Wish::Reveal => self.values.ask(key, false, cx),
            Wish::Copy => self.values.ask(key, true, cx),
            Wish::Hide => self.values.hide(),
            Wish::Switch => {
                cx.review(Arc::new(SwitchKey {
                    id: key.id.clone(),
                    name: key.name.clone(),
                    on: !key.enabled,
                    undoing: false,
                    context: cx.connection.cli(),
                }));
            }
            Wish::Delete => {
                let plans = table::plans_of(&ring.plans, &key.id);
                cx.review(Arc::new(DeleteKey {
                    id: key.id.clone(),
                    name: key.name.clone(),
                    plans: plans.into_iter().map(str::to_owned).collect(),
                    context: cx.connection.cli(),
                }));
            }
            // These belong to a plan's page.
            Wish::Extend | Wish::Remove => {}
        }
    }
}

//! API keys and usage plans: who may call how much. A key's value is read only when somebody asks for it, shown for a minute, and
//! goes nowhere else.

use std::sync::Arc;

use egui::{Frame, RichText, ScrollArea, Ui};

use crate::cloud::apigateway::apis::ListApis;
use crate::cloud::apigateway::keys::{KeyRing, ListKeys, value_of};
use crate::cloud::apigateway::plan::SwitchKey;
use crate::model::api::keys::{ApiKey, UsagePlan};
use crate::model::secret::Secret;
use crate::model::topic::Topic;
use crate::route::Route;
use crate::store::Ticket;
use crate::ui::cx::{CloudStore, Cx, Message, Panel};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::state::{self, Empty, age_words};
use crate::ui::widgets::toolbar::{Look, Toolbar};

use super::limits::{End, PlanForm};

/// How long a value stays on the screen, in ms.
const SHOWN_MS: i64 = 60_000;

/// What the panel keeps between frames.
#[derive(Default)]
pub struct KeysPanel {
    form: Option<PlanForm>,
    reading: Option<Reading>,
    shown: Option<Shown>,
}

/// A value that is being read.
struct Reading {
    key: String,
    ticket: Ticket<Secret>,
    /// It goes to the clipboard and not on the screen.
    copy: bool,
}

/// A value on the screen.
struct Shown {
    key: String,
    value: Arc<Secret>,
    until: i64,
}

#[derive(Clone, Copy)]
enum Press {
    Create,
    Refresh,
}

/// What is pressed on a key.
enum Wish {
    Show(String),
    Hide,
    Copy(String),
    Switch(ApiKey),
}

impl Panel for KeysPanel {
    fn ui(&mut self, ui: &mut Ui, _route: &Route, cx: &mut Cx<'_>) {
        self.take_in(ui, cx);
        let loaded = cx.store.want(&ListKeys {}, cx.now);
        ui.add_space(10.0);
        let (age, read) = age_words(&loaded, cx.now, cx.zone);
        let create = Button::new("Plan with a key").primary().icon(Icon::PLUS);
        let create = create.name("Create a usage plan with a key");
        let may = match self.form {
            Some(_) => Err("It is open"),
            None => cx.may_write(),
        };
        let refresh = Button::icon_only(Icon::REFRESH_CW, "Refresh keys and plans");
        let bar = Toolbar::new("Above keys and plans")
            .inset(space::L)
            .heading("Keys & plans", 100.0)
            .space()
            .text(age, Look::Small)
            .hover(read)
            .button(refresh, Press::Refresh)
            .button(create.available(may), Press::Create)
            .stays();
        match bar.show(ui).pressed {
            Some(Press::Create) => self.form = Some(PlanForm::default()),
            Some(Press::Refresh) => cx.store.invalidate(&[Topic::Keys]),
            None => {}
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let margin = egui::Margin::symmetric(space::L as i8, space::M as i8);
            Frame::new().inner_margin(margin).show(ui, |ui| {
                if let Some(form) = &mut self.form {
                    if form.ui(ui, cx) == End::Done {
                        self.form = None;
                    }
                    ui.add_space(space::L);
                }
                let may = cx.may_write().is_ok() && self.form.is_none();
                let empty = Empty {
                    icon: Icon::KEY_ROUND,
                    title: "No usage plans and no keys",
                    advice: "A usage plan says how much each key may call of a stage. Methods on which a key is required refuse everybody else.",
                    action: match may {
                        true => "Create a usage plan with a key",
                        false => "",
                    },
                };
                let nothing = |ring: &KeyRing| ring.plans.is_empty() && ring.keys.is_empty();
                let shown = state::show(ui, "keys and plans", &loaded, &empty, nothing, |ui, ring| {
                    self.ring(ui, ring, cx)
                });
                if shown.retry {
                    cx.store.refresh();
                }
                if shown.sign_in {
                    cx.messages.push(Message::SignIn);
                }
                if shown.action {
                    self.form = Some(PlanForm::default());
                }
                if let Some(Some(wish)) = shown.inner {
                    self.grant(wish, cx);
                }
            });
        });
    }

    fn unsaved(&self) -> Option<String> {
        self.form.as_ref().and_then(PlanForm::unsaved)
    }

    fn settled(&self, _route: &Route, store: &CloudStore) -> bool {
        store.peek(&ListKeys {}).is_settled()
    }
}

impl KeysPanel {
    /// Takes in a value that was asked for, and puts one away whose minute is over.
    fn take_in(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        if self
            .shown
            .as_ref()
            .is_some_and(|shown| cx.now >= shown.until)
        {
            self.shown = None;
        }
        if let Some(shown) = &self.shown {
            let left = u64::try_from(shown.until - cx.now).unwrap_or_default();
            let left = left.min(1_000);
            ui.ctx()
                .request_repaint_after(std::time::Duration::from_millis(left));
        }
        let answer = self
            .reading
            .as_ref()
            .and_then(|of| cx.store.collect(&of.ticket));
        let (Some(answer), Some(of)) = (answer, self.reading.take_if(|_| true)) else {
            return;
        };
        match answer {
            Ok(value) if of.copy => {
                ui.ctx().copy_text(value.reveal().to_owned());
                cx.toast("Key copied", "Its value is on the clipboard");
            }
            Ok(value) => {
                self.shown = Some(Shown {
                    key: of.key,
                    value: Arc::new(value),
                    until: cx.now + SHOWN_MS,
                });
            }
            Err(error) => cx.messages.push(Message::Error(error)),
        }
    }

    fn grant(&mut self, wish: Wish, cx: &mut Cx<'_>) {
        let mut read = |id: String, copy: bool, cx: &mut Cx<'_>| {
            let Some(cloud) = cx.store.cloud().cloned() else {
                return;
            };
            let key = id.clone();
            let work = async move { value_of(&cloud, &id).await };
            self.reading = Some(Reading {
                key,
                ticket: cx.store.job(false, work),
                copy,
            });
        };
        match wish {
            Wish::Show(id) => read(id, false, cx),
            Wish::Copy(id) => read(id, true, cx),
            Wish::Hide => self.shown = None,
            Wish::Switch(key) => {
                cx.review(Arc::new(SwitchKey {
                    id: key.id,
                    name: key.name,
                    on: !key.enabled,
                    context: cx.connection.cli(),
                }));
            }
        }
    }

    fn ring(&self, ui: &mut Ui, ring: &KeyRing, cx: &mut Cx<'_>) -> Option<Wish> {
        let mut wish = None;
        for plan in &ring.plans {
            card(ui, |ui| self.plan(ui, plan, cx, &mut wish));
            ui.add_space(space::S);
        }
        let loose: Vec<&ApiKey> = ring.loose().collect();
        if !loose.is_empty() {
            card(ui, |ui| {
                ui.label(RichText::new("Keys without a plan").font(fonts::semibold(size::BODY)));
                let words =
                    "They open nothing: a key counts only in a plan of the stage that is called.";
                ui.label(RichText::new(words).color(Theme::of(ui).muted));
                for key in loose {
                    self.key(ui, key, cx, &mut wish);
                }
            });
        }
        wish
    }

    fn plan(&self, ui: &mut Ui, plan: &UsagePlan, cx: &mut Cx<'_>, wish: &mut Option<Wish>) {
        let theme = Theme::of(ui);
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(&plan.name).font(fonts::semibold(size::BODY)));
            ui.label(RichText::new(plan.limits()).color(theme.muted));
        });
        let apis = cx.store.want(&ListApis {}, cx.now);
        for (api, stage) in &plan.stages {
            let rows = apis.shown().into_iter().flat_map(|known| &known.rows);
            let mut rows = rows.filter(|row| row.id == *api);
            let name = rows.next().map_or(api.as_str(), |row| row.name.as_str());
            ui.label(RichText::new(format!("opens {name} {stage}")).color(theme.muted));
        }
        if plan.stages.is_empty() {
            ui.label(RichText::new("opens nothing: it has no stage").color(theme.warn));
        }
        ui.add_space(space::XS);
        for key in &plan.keys {
            self.key(ui, key, cx, wish);
        }
        if plan.keys.is_empty() {
            ui.label(RichText::new("No keys yet").color(theme.muted));
        }
    }

    fn key(&self, ui: &mut Ui, key: &ApiKey, cx: &mut Cx<'_>, wish: &mut Option<Wish>) {
        let shown = self.shown.as_ref().filter(|shown| shown.key == key.id);
        ui.horizontal_wrapped(|ui| {
            ui.label(&key.name);
            if !key.enabled {
                chip::state(ui, Tone::Warn, "off");
            }
            let value = match shown {
                Some(shown) => shown.value.reveal(),
                None => "••••••••",
            };
            ui.label(RichText::new(value).font(fonts::mono(size::SMALL)));
            if let Some(shown) = shown {
                let seconds = (shown.until - cx.now).max(0) / 1_000 + 1;
                let words = format!("hidden in {seconds} s");
                ui.label(RichText::new(words).color(Theme::of(ui).muted));
            }
            let (icon, said) = match shown {
                Some(_) => (Icon::EYE_OFF, format!("Hide {}", key.name)),
                None => (Icon::EYE, format!("Reveal {}", key.name)),
            };
            let eye = Button::icon_only(icon, &said).known_as(&key.id);
            if eye.show(ui).clicked() {
                *wish = Some(match shown {
                    Some(_) => Wish::Hide,
                    None => Wish::Show(key.id.clone()),
                });
            }
            let said = format!("Copy {}", key.name);
            if Button::icon_only(Icon::COPY, &said).show(ui).clicked() {
                *wish = Some(Wish::Copy(key.id.clone()));
            }
            let (text, said) = match key.enabled {
                true => ("Switch off…", format!("Switch {} off", key.name)),
                false => ("Switch on…", format!("Switch {} on", key.name)),
            };
            let switch = Button::new(text).name(&said).ghost();
            if switch.available(cx.may_write()).show(ui).clicked() {
                *wish = Some(Wish::Switch(key.clone()));
            }
        });
    }
}

fn card(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let theme = Theme::of(ui);
    Frame::new()
        .fill(theme.panel)
        .stroke(theme.stroke())
        .corner_radius(RADIUS)
        .inner_margin(space::M)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            contents(ui);
        });
}

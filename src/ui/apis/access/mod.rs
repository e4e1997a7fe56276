//! Access of an API: its resource policy in words and as JSON, which are one draft; who gets in, worked out for one caller; and
//! its authorizers, each with the methods that it guards and a test.

mod authorizers;
mod edit;
mod policy;
mod trial;
mod who;

use std::sync::Arc;

use egui::{Frame, Label, Margin, RichText, ScrollArea, Ui};

use crate::cloud::apigateway::authorizer::GetAuthorizers;
use crate::cloud::apigateway::policy::UpdatePolicy;
use crate::command::Command;
use crate::model::api::ApiDetail;
use crate::model::api::access::{self, compact};
use crate::model::api::permission::ApiPlace;
use crate::model::arn::partition_of;
use crate::model::draft::policy::{PolicyField, PolicyForm};
use crate::model::draft::{Draft, Values};
use crate::ui::cx::{CloudStore, Cx, Message};
use crate::ui::draft::{Bar, Editor, Place};
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};

/// Words and JSON stand side by side from this width on, in points.
const BESIDE: f32 = 900.0;

const BAR: Bar<'_> = Bar {
    name: "access",
    place: Place::Bottom,
    note: "in the API, once applied; in force once it is deployed",
};

/// What this part keeps between frames.
#[derive(Default)]
pub struct Access {
    editor: Editor<PolicyForm>,
    /// The policy before the last change was applied, until the API is read again.
    outdated: Option<String>,
    policy: policy::Policy,
    who: who::WhoGetsIn,
    authorizers: authorizers::Authorizers,
}

/// Where an API is, for ARNs.
fn place_of(detail: &ApiDetail, cx: &Cx<'_>) -> ApiPlace {
    let region = cx.connection.region.clone();
    let identity = cx.connection.identity.as_ref();
    ApiPlace {
        partition: partition_of(&region).to_owned(),
        account: identity.map(|of| of.account.clone()).unwrap_or_default(),
        api: detail.api.id.clone(),
        region,
    }
}

impl Access {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        self.follow(detail, cx);
        let place = place_of(detail, cx);
        self.bar(ui, detail, &place, cx);
        let margin = Margin::symmetric(space::L as i8, space::S as i8);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            Frame::new().inner_margin(margin).show(ui, |ui| {
                if Editor::<PolicyForm>::lock(ui, cx.may_write()) {
                    cx.messages.push(Message::Run(Command::ToggleReadOnly));
                }
                self.editor.notices(ui);
                self.parts(ui, detail, &place, cx);
            });
        });
    }

    fn parts(&mut self, ui: &mut Ui, detail: &ApiDetail, place: &ApiPlace, cx: &mut Cx<'_>) {
        let running = self.editor.running(cx).is_some();
        let Some(draft) = self.editor.draft_mut() else {
            return;
        };
        self.who.judge(draft, detail, place);
        let judged = self.who.judged();
        let (policy, who) = (&mut self.policy, &mut self.who);
        if ui.available_width() < BESIDE {
            ui.add_enabled_ui(!running, |ui| {
                policy.words(ui, draft, detail, judged.as_deref());
                ui.add_space(space::M);
                policy.json(ui, draft, judged.as_deref());
            });
            ui.add_space(space::L);
            who.ui(ui, detail);
            ui.add_space(space::L);
            self.authorizers.list(ui, detail, cx);
            ui.add_space(space::M);
            self.authorizers.side(ui, detail, cx);
            return;
        }
        let room = ui.available_width() - space::XL;
        let side = |ui: &mut Ui, share: f32, draw: &mut dyn FnMut(&mut Ui)| {
            ui.vertical(|ui| {
                ui.set_width(room * share);
                ui.spacing_mut().item_spacing.x = space::S;
                draw(ui);
            });
        };
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::XL;
            side(ui, 0.62, &mut |ui| {
                ui.add_enabled_ui(!running, |ui| {
                    policy.words(ui, draft, detail, judged.as_deref());
                });
                ui.add_space(space::L);
                who.ui(ui, detail);
            });
            side(ui, 0.38, &mut |ui| {
                ui.add_enabled_ui(!running, |ui| policy.json(ui, draft, judged.as_deref()));
            });
        });
        ui.add_space(space::L);
        let authorizers = &mut self.authorizers;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::XL;
            ui.vertical(|ui| {
                ui.set_width(room * 0.62);
                ui.spacing_mut().item_spacing.x = space::S;
                authorizers.list(ui, detail, cx);
            });
            ui.vertical(|ui| {
                ui.set_width(room * 0.38);
                ui.spacing_mut().item_spacing.x = space::S;
                authorizers.side(ui, detail, cx);
            });
        });
    }

    /// Takes up what was applied, and what is there now.
    fn follow(&mut self, detail: &ApiDetail, cx: &Cx<'_>) {
        let there = detail.api.policy.as_str();
        let applied = self.editor.follow(cx);
        if let Some(made) = applied.and_then(|applied| applied.output::<String>()) {
            self.outdated = (compact(there) != compact(&made)).then(|| compact(there));
            let form = PolicyForm::of(&made);
            self.editor.start(Draft::of(&detail.api.name, None, form));
        }
        // Until the API is read again, what is known of it is older than what was applied.
        if self.outdated.as_ref() == Some(&compact(there)) {
            return;
        }
        self.outdated = None;
        let name = &detail.api.name;
        self.editor
            .bring_up_to_date(name, None, || PolicyForm::of(there));
    }

    fn bar(&mut self, ui: &mut Ui, detail: &ApiDetail, place: &ApiPlace, cx: &mut Cx<'_>) {
        let dirty = self.editor.draft().is_some_and(Draft::is_dirty);
        if !dirty && self.editor.running(cx).is_none() {
            return;
        }
        let danger = self
            .editor
            .draft()
            .and_then(|draft| access::shuts_out(&draft.mine.text, place))
            .or_else(|| self.who.loses());
        if let Some(why) = &danger {
            let margin = Margin::symmetric(16, 6);
            let frame = Frame::new().fill(Theme::of(ui).panel).inner_margin(margin);
            egui::Panel::bottom("access danger")
                .frame(frame)
                .show(ui, |ui| {
                    let words = format!("▲ {why} The API's name is typed before it is applied.");
                    let text = RichText::new(words).color(Theme::of(ui).err);
                    ui.add(Label::new(text).wrap());
                });
        }
        let context = cx.connection.cli();
        self.editor.bar(ui, &BAR, cx, |draft| {
            let text = |form: &PolicyForm| form.get(&PolicyField).unwrap_or_default();
            Ok(Arc::new(UpdatePolicy {
                api: detail.api.id.clone(),
                name: detail.api.name.clone(),
                before: text(draft.base()),
                after: text(&draft.mine),
                danger,
                undoing: false,
                context,
            }))
        });
    }

    /// What would be lost.
    pub fn unsaved(&self) -> Option<String> {
        let policy = self.editor.unsaved("policy", "policies");
        policy.or_else(|| self.authorizers.unsaved())
    }

    /// All that it shows has been loaded, or has failed to.
    pub fn settled(&self, api: &str, store: &CloudStore) -> bool {
        let api = api.to_owned();
        store.peek(&GetAuthorizers { api }).is_settled()
    }
}

/// The heading of a part, with a word behind it.
fn heading(ui: &mut Ui, title: &str, words: &str) {
    ui.label(RichText::new(title).font(fonts::semibold(size::BODY)));
    if !words.is_empty() {
        ui.label(RichText::new(words).color(Theme::of(ui).muted));
    }
}

/// A line that says what is not there.
fn quiet(ui: &mut Ui, words: &str) {
    let text = RichText::new(words).color(Theme::of(ui).muted);
    ui.add(Label::new(text).wrap());
}

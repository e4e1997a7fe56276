//! Who gets in: the draft's policy for one caller, worked out as one types, step by step.

use std::sync::Arc;

use egui::{Label, RichText, Ui};

use sekisho_rules::policy::Principal;
use sekisho_rules::policy::explain::Verdict;

use super::{heading, quiet};
use crate::model::api::access::{Caller, Judged, judged};
use crate::model::api::permission::ApiPlace;
use crate::model::api::{ApiDetail, VERBS};
use crate::model::draft::Draft;
use crate::model::draft::policy::PolicyForm;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::text_field::TextField;

/// Form and steps stand side by side from this width on, in points.
const BESIDE: f32 = 620.0;

/// What it keeps between frames.
pub struct WhoGetsIn {
    signed: bool,
    arn: String,
    from: String,
    endpoint: String,
    verb: String,
    path: String,
    stage: String,
    /// What came of which policy and caller.
    known: Option<(u64, Result<Arc<Judged>, String>)>,
    /// What the policy that is in the API says of the same caller.
    before: Option<Verdict>,
}

impl Default for WhoGetsIn {
    fn default() -> Self {
        Self {
            signed: false,
            arn: String::new(),
            from: String::new(),
            endpoint: String::new(),
            verb: "GET".into(),
            path: "/".into(),
            stage: String::new(),
            known: None,
            before: None,
        }
    }
}

impl WhoGetsIn {
    /// Works it out where something of it is another.
    pub fn judge(&mut self, draft: &Draft<PolicyForm>, detail: &ApiDetail, place: &ApiPlace) {
        if self.stage.is_empty() {
            let first = detail.stages.first();
            self.stage = first.map_or("prod".to_owned(), |stage| stage.name.clone());
        }
        let text = &draft.mine.text;
        let base = &draft.base().text;
        let Self {
            signed,
            arn,
            from,
            endpoint,
            verb,
            path,
            stage,
            ..
        } = &*self;
        let of_caller = (signed, arn, from, endpoint, verb, path, stage);
        let key = egui::util::hash((text, base, of_caller, &place.account));
        if self.known.as_ref().is_some_and(|(known, _)| *known == key) {
            return;
        }
        let caller = self.caller(detail);
        let path = self.path.trim().trim_start_matches('/');
        let call = format!("{}/{}/{}/{path}", place.api_arn(), self.stage, self.verb);
        let of = |text: &str| judged(text, place, &caller, &call);
        let before = (!base.trim().is_empty()).then(|| of(base).ok()).flatten();
        self.before = before.map(|judged| judged.verdict);
        let now = match text.trim().is_empty() {
            true => Err(String::new()),
            false => of(text).map(Arc::new),
        };
        self.known = Some((key, now));
    }

    fn caller(&self, detail: &ApiDetail) -> Caller {
        let principal = match (self.signed, self.arn.trim()) {
            (false, _) => Some(Principal::Anonymous),
            (true, arn) => Principal::of_arn(arn),
        };
        Caller {
            principal,
            from: self.from.clone(),
            endpoint: self.endpoint.clone(),
            private: detail.api.endpoint() == "Private",
            secure: true,
            ..Caller::default()
        }
    }

    /// What the draft says of the caller.
    pub fn judged(&self) -> Option<Arc<Judged>> {
        let (_, judged) = self.known.as_ref()?;
        judged.as_ref().ok().cloned()
    }

    /// The draft shuts out a caller that the policy in the API lets in: who it is.
    pub fn loses(&self) -> Option<String> {
        let now = self.judged()?;
        let was = match self.before {
            None => true,
            Some(before) => before == Verdict::Allowed,
        };
        let out = matches!(
            now.verdict,
            Verdict::ExplicitDeny | Verdict::ImplicitDeny | Verdict::Denied
        );
        // Who signs may get in by policies of their own, unless it is denied outright.
        let out = out && (!self.signed || now.verdict == Verdict::ExplicitDeny);
        let asked = !self.from.trim().is_empty() || self.signed;
        (was && out && asked).then(|| {
            let from = match self.from.trim() {
                "" => String::new(),
                from => format!(" from {from}"),
            };
            format!("It shuts out the caller{from} that is asked about, who gets in now.")
        })
    }

    /// Draws the form and what it comes to.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail) {
        if ui.available_width() < BESIDE {
            self.form(ui, detail);
            ui.add_space(space::S);
            self.steps(ui);
            return;
        }
        let room = ui.available_width() - space::L;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::L;
            ui.vertical(|ui| {
                ui.set_width(room * 0.5);
                ui.spacing_mut().item_spacing.x = space::S;
                self.form(ui, detail);
            });
            ui.vertical(|ui| {
                ui.set_width(room * 0.5);
                ui.spacing_mut().item_spacing.x = space::S;
                self.steps(ui);
            });
        });
    }

    fn form(&mut self, ui: &mut Ui, detail: &ApiDetail) {
        ui.horizontal_wrapped(|ui| heading(ui, "Who gets in", "worked out as you type"));
        let private = detail.api.endpoint() == "Private";
        let wide = (ui.available_width() - 150.0).clamp(110.0, 300.0);
        form(ui, "who gets in", |ui| {
            Row::new("Caller").show(ui, |ui| {
                let choices = [(false, "Anybody"), (true, "Signed")];
                segmented(ui, "Caller", &mut self.signed, &choices);
            });
            if self.signed {
                let wrong = match Principal::of_arn(self.arn.trim()) {
                    None if !self.arn.trim().is_empty() => "ARN of a user, a role or an account",
                    _ => "",
                };
                Row::new("ARN").wrong(wrong).show(ui, |ui| {
                    let field = TextField::new("ARN of the caller", &mut self.arn);
                    field
                        .mono()
                        .hint("arn:aws:iam::…:role/name")
                        .width(wide)
                        .show(ui);
                });
            }
            if private {
                Row::new("Through").show(ui, |ui| {
                    let field = TextField::new("VPC endpoint of the caller", &mut self.endpoint);
                    field.mono().hint("vpce-…").width(wide).show(ui);
                });
            }
            let wrong = match self.from.trim() {
                "" => "",
                from if from.parse::<std::net::IpAddr>().is_err() => "Not an IP address",
                _ => "",
            };
            let row = Row::new("From address").wrong(wrong);
            row.show(ui, |ui| {
                let field = TextField::new("Address of the caller", &mut self.from);
                field
                    .mono()
                    .hint("not known")
                    .width(wide.min(200.0))
                    .show(ui);
            });
            Row::new("Calls").show(ui, |ui| self.call(ui, detail));
        });
    }

    fn call(&mut self, ui: &mut Ui, detail: &ApiDetail) {
        ui.horizontal_wrapped(|ui| {
            let verb = self.verb.clone();
            drop_down(ui, "Method of the call", &verb, |ui| {
                for of in VERBS.into_iter().filter(|of| *of != "ANY") {
                    if entry(ui, of == verb, of, "") {
                        of.clone_into(&mut self.verb);
                    }
                }
            });
            let field = TextField::new("Path of the call", &mut self.path);
            field.mono().width(120.0).show(ui);
            let stage = self.stage.clone();
            drop_down(ui, "Stage of the call", &stage, |ui| {
                for of in &detail.stages {
                    if entry(ui, of.name == stage, &of.name, "") {
                        self.stage.clone_from(&of.name);
                    }
                }
                if detail.stages.is_empty() {
                    quiet(ui, "The API has no stage yet");
                }
            });
        });
    }

    fn steps(&self, ui: &mut Ui) {
        let theme = Theme::of(ui);
        let judged = match self.known.as_ref().map(|(_, judged)| judged) {
            Some(Ok(judged)) => judged,
            Some(Err(why)) if !why.is_empty() => {
                quiet(ui, "Not worked out: the policy can't be read.");
                return;
            }
            _ => {
                quiet(
                    ui,
                    "Without a policy, methods and authorizers decide alone.",
                );
                return;
            }
        };
        let (tone, word, status) = match judged.verdict {
            Verdict::Allowed => (Tone::Ok, "Allowed", ""),
            Verdict::Unknown => (Tone::Warn, "Not known", ""),
            _ if self.signed && judged.verdict != Verdict::ExplicitDeny => {
                (Tone::Warn, "Not by this policy", "")
            }
            _ => (Tone::Err, "Denied", "403"),
        };
        ui.horizontal_wrapped(|ui| {
            chip::state(ui, tone, word);
            ui.label(RichText::new(status).color(theme.muted));
        });
        ui.add(Label::new(judged.reason()).wrap());
        ui.add_space(space::XS);
        for said in &judged.statements {
            let (icon, color) = match (said.applies, said.allows) {
                (Some(true), true) => (Icon::CHECK, theme.ok),
                (Some(true), false) => (Icon::BAN, theme.err),
                (None, _) => (Icon::CIRCLE_QUESTION_MARK, theme.warn),
                (Some(false), _) => (Icon::MINUS, theme.muted),
            };
            let words = match (said.decides, said.applies) {
                (true, _) if color == theme.err => theme.err,
                (_, Some(false)) => theme.muted,
                _ => theme.text,
            };
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                glyph(ui, icon, 13.0, color);
                let number = format!("Statement {}", said.number);
                ui.label(
                    RichText::new(number)
                        .font(fonts::body(size::SMALL))
                        .color(words),
                );
                let text = RichText::new(&said.words).font(fonts::body(size::SMALL));
                ui.add(Label::new(text.color(words)).wrap());
            });
        }
        if self.signed
            && judged.verdict != Verdict::ExplicitDeny
            && judged.verdict != Verdict::Allowed
        {
            quiet(
                ui,
                "A caller of this account may get in by policies of its own; one of another account needs both.",
            );
        }
        if !judged.advice.is_empty() {
            ui.add_space(space::XS);
            ui.add(Label::new(RichText::new(&judged.advice).color(theme.muted)).wrap());
        }
    }
}

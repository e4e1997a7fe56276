//! Where an API is deployed to, to whom, and what to know before: the choices beside the difference.

use std::collections::BTreeMap;

use egui::{Label, RichText, Role, Sense, Ui, WidgetInfo, vec2};

use super::deploy::{address, deployed_words};
use crate::model::api::{ApiDetail, Canary, Stage, stage_url};
use crate::model::difference::{Difference, Level};
use crate::model::format::counted;
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::keyboard::focus_ring;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::button::copy_button;
use crate::ui::widgets::form::{Row, checkbox, form};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::text_field::TextField;

/// API Gateway's limit, in characters.
const NAME_CHARS: usize = 128;
const NEW: &str = "New stage…";

/// What is chosen.
#[derive(Default)]
pub struct Side {
    begun: bool,
    /// The stage that is there; none makes a new one.
    chosen: Option<String>,
    new: String,
    /// What the deployment is called.
    pub description: String,
    canary: bool,
    share: String,
    stage_cache: bool,
    /// The canary's own values of the stage's variables; empty where it sees the stage's.
    own: BTreeMap<String, String>,
}

impl Side {
    /// Begins with the stage that matters most; true where what was chosen is no longer so.
    pub fn begin(&mut self, lead: Option<&str>) -> bool {
        if std::mem::replace(&mut self.begun, true) {
            return false;
        }
        self.chosen = lead.map(str::to_owned);
        self.new = "prod".to_owned();
        self.share = "10".to_owned();
        true
    }

    /// The name of the stage that it goes to.
    pub fn stage(&self) -> &str {
        match &self.chosen {
            Some(name) => name,
            None => self.new.trim(),
        }
    }

    /// The share that tries it first; only a stage that is there can have one.
    pub fn canary(&self, is_there: bool) -> Option<Canary> {
        (self.canary && is_there).then(|| Canary {
            deployment_id: String::new(),
            percent: self.share.trim().parse().unwrap_or_default(),
            own_cache: !self.stage_cache,
            variables: self
                .own
                .iter()
                .map(|(name, value)| (name.clone(), value.trim().to_owned()))
                .filter(|(_, value)| !value.is_empty())
                .collect(),
        })
    }

    /// What is wrong with it.
    pub fn problem(&self) -> Option<String> {
        if self.chosen.is_none()
            && let Some(why) = name_problem(self.new.trim())
        {
            return Some(why);
        }
        share_problem(&self.share).filter(|_| self.canary && self.chosen.is_some())
    }

    /// Draws it; true where another stage is chosen.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        detail: &ApiDetail,
        behind: Option<usize>,
        cx: &Cx<'_>,
    ) -> bool {
        let theme = Theme::of(ui);
        let before = self.stage().to_owned();
        heading(ui, "Deploy to");
        // What was deleted meanwhile is no longer a choice; what was just made is one.
        let there = |name: &str| detail.stages.iter().any(|stage| stage.name == name);
        match &self.chosen {
            Some(name) if !there(name) => {
                self.new.clone_from(name);
                self.chosen = None;
            }
            None if there(self.new.trim()) => self.chosen = Some(self.new.trim().to_owned()),
            _ => {}
        }
        for stage in &detail.stages {
            let on = self.chosen.as_deref() == Some(&stage.name);
            let end = match behind.filter(|_| on) {
                Some(0) => "up to date".to_owned(),
                Some(count) => counted(count, "change"),
                None => String::new(),
            };
            let words = deployed_words(detail, &stage.deployment_id, cx);
            let words = format!("{}  {words}", stage.deployment_id);
            if choice(ui, &stage.name, words.trim(), &end, on).clicked() {
                self.chosen = Some(stage.name.clone());
            }
        }
        if choice(ui, NEW, "", "", self.chosen.is_none()).clicked() {
            self.chosen = None;
            if there(self.new.trim()) {
                self.new.clear();
            }
        }
        ui.add_space(space::S);
        let is_new = self.chosen.is_none();
        form(ui, "deploy to", |ui| {
            if is_new {
                let wrong = name_problem(self.new.trim()).unwrap_or_default();
                Row::new("Stage")
                    .help("It is made")
                    .wrong(&wrong)
                    .show(ui, |ui| {
                        let field = TextField::new("Stage", &mut self.new).mono();
                        field.width(160.0).wrong(!wrong.is_empty()).show(ui);
                    });
            }
            Row::new("Description").show(ui, |ui| {
                let width = ui.available_width().clamp(140.0, 320.0);
                let field = TextField::new("Description", &mut self.description);
                field.hint("what changed").width(width).show(ui);
            });
            if let Some(stage) = detail.stages.iter().find(|of| of.name == self.stage()) {
                self.traffic(ui, stage);
            }
        });
        if !is_new {
            let endpoint = cx.connection.spec.endpoint.as_deref();
            let url = stage_url(
                &detail.api.id,
                &cx.connection.region,
                self.stage(),
                endpoint,
            );
            ui.add_space(space::XS);
            address(ui, &url);
        }
        let canary = detail
            .stages
            .iter()
            .find(|stage| stage.name == self.stage());
        if let Some(canary) = canary.and_then(|stage| stage.canary()) {
            let words = format!(
                "A canary, {}, gets {} % of the requests: promote or drop it in Stages.",
                canary.deployment_id, canary.percent
            );
            ui.add(Label::new(RichText::new(words).color(theme.warn)).wrap());
        }
        if before != self.stage() {
            self.own.clear();
            return true;
        }
        false
    }

    fn traffic(&mut self, ui: &mut Ui, stage: &Stage) {
        Row::new("Traffic").show(ui, |ui| {
            let choices = [(false, "All at once"), (true, "Canary")];
            segmented(ui, "Traffic", &mut self.canary, &choices);
        });
        if !self.canary {
            return;
        }
        let wrong = share_problem(&self.share).unwrap_or_default();
        let help = "Of the stage's requests; promoted or dropped in Stages";
        let row = Row::new("Share").unit("%").help(help).wrong(&wrong);
        row.show(ui, |ui| {
            let field = TextField::new("Share", &mut self.share).width(72.0);
            field.wrong(!wrong.is_empty()).show(ui);
        });
        Row::new("Cache").show(ui, |ui| {
            checkbox(ui, &mut self.stage_cache, "Uses the stage's cache");
        });
        for (name, value) in stage.variables() {
            let label = format!("{name} in the canary");
            let own = self.own.entry(name.to_owned()).or_default();
            Row::new(&label).show(ui, |ui| {
                TextField::new(&label, own)
                    .hint(value)
                    .mono()
                    .width(160.0)
                    .show(ui);
            });
        }
    }
}

/// Letters, digits, `-` and `_`.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html>.
pub fn name_problem(name: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match name.chars().count() {
        0 => Some("Give it a name".into()),
        count if count > NAME_CHARS => Some(format!(
            "The name has {count} characters; {NAME_CHARS} are allowed"
        )),
        _ if !name.chars().all(fits) => Some("Letters, digits, - and _ only".into()),
        _ => None,
    }
}

/// A share of requests, in per cent.
pub fn share_problem(text: &str) -> Option<String> {
    let share = text.trim().parse::<f64>();
    let fits = share.is_ok_and(|share| (0.0..=100.0).contains(&share));
    (!fits).then(|| "0 to 100".to_owned())
}

/// A heading within a page.
pub fn heading(ui: &mut Ui, words: &str) {
    ui.label(RichText::new(words).font(fonts::semibold(size::BODY)));
    ui.add_space(space::XS);
}

/// One of several, with what is known of it.
fn choice(ui: &mut Ui, name: &str, words: &str, end: &str, on: bool) -> egui::Response {
    let theme = Theme::of(ui);
    let height = if words.is_empty() { 28.0 } else { 40.0 };
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    let told = [name, words, end].join(", ");
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), on, name));
    if let Some(fill) = theme.ground(on, response.hovered()) {
        ui.painter().rect_filled(rect, RADIUS, fill);
    }
    let top = if words.is_empty() {
        rect.center().y
    } else {
        rect.top() + 13.0
    };
    let sign = egui::pos2(rect.left() + space::M, top);
    let painter = ui.painter();
    let color = if on { theme.accent } else { theme.outline };
    painter.circle_stroke(sign, 6.5, egui::Stroke::new(1.0, color));
    if on {
        painter.circle_filled(sign, 3.5, color);
    }
    let left = sign.x + space::M;
    let text = |at, text: &str, font, color| {
        let room = rect.right() - space::S - left;
        let galley = painter.layout(text.to_owned(), font, color, f32::INFINITY);
        let clip =
            egui::Rect::from_min_size(egui::pos2(left, rect.top()), vec2(room, rect.height()));
        let at: egui::Pos2 = at;
        painter
            .with_clip_rect(clip.intersect(painter.clip_rect()))
            .galley(
                egui::pos2(at.x, at.y - galley.size().y / 2.0),
                galley,
                color,
            );
    };
    text(
        egui::pos2(left, top),
        name,
        fonts::body(size::BODY),
        theme.text,
    );
    if !words.is_empty() {
        text(
            egui::pos2(left, rect.top() + 29.0),
            words,
            fonts::body(size::SMALL),
            theme.muted,
        );
    }
    if !end.is_empty() {
        let color = if end == "up to date" {
            theme.muted
        } else {
            theme.warn
        };
        let galley = painter.layout_no_wrap(end.to_owned(), fonts::body(size::SMALL), color);
        let at = egui::pos2(
            rect.right() - space::S - galley.size().x,
            top - galley.size().y / 2.0,
        );
        painter.galley(at, galley, color);
    }
    focus_ring(ui, rect, &response);
    response.on_hover_text(told)
}

/// What to know, numbered as at the rows; gives the number of one that was pressed, from 0.
pub fn risks(ui: &mut Ui, difference: &Difference) -> Option<usize> {
    let theme = Theme::of(ui);
    let risks = difference.risks();
    if risks.is_empty() {
        return None;
    }
    ui.add_space(space::M);
    heading(ui, "Risks");
    let mut pressed = None;
    for (at, risk) in risks.iter().enumerate() {
        let (icon, color) = match risk.level {
            Level::Danger => (Icon::CIRCLE_ALERT, theme.err),
            Level::Warning => (Icon::TRIANGLE_ALERT, theme.warn),
        };
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            glyph(ui, icon, 14.0, color);
            ui.label(RichText::new((at + 1).to_string()).color(color));
            let words = RichText::new(&risk.words).color(match risk.level {
                Level::Danger => theme.err,
                Level::Warning => theme.text,
            });
            let label = ui.add(Label::new(words).wrap().sense(Sense::click()));
            if label.on_hover_text("Shows its row").clicked() {
                pressed = Some(at);
            }
        });
    }
    pressed
}

/// The same as an AWS CLI command.
pub fn command(ui: &mut Ui, cli: &str) {
    ui.add_space(space::M);
    ui.horizontal(|ui| {
        ui.label(RichText::new("AWS CLI").font(fonts::semibold(size::BODY)));
        copy_button(ui, "AWS CLI command", || cli.to_owned());
    });
    ui.add(Label::new(RichText::new(cli).font(fonts::mono(size::SMALL))).wrap());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_share_are_checked_while_they_are_typed() {
        assert!(name_problem("a b").is_some());
        assert!(name_problem("").is_some());
        assert_eq!(name_problem("v1_a-b"), None);
        assert_eq!(share_problem("12.5"), None);
        for wrong in ["", "101", "-1", "x"] {
            assert!(share_problem(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn the_stage_that_matters_most_is_offered_and_prod_where_there_is_none() {
        let mut side = Side::default();
        side.begin(None);
        assert_eq!(side.stage(), "prod");
        assert!(side.canary(true).is_none());
        let mut side = Side::default();
        side.begin(Some("dev"));
        assert_eq!(side.stage(), "dev");
        side.canary = true;
        assert!(side.canary(false).is_none(), "a new stage has no canary");
        assert_eq!(side.canary(true).map(|canary| canary.percent), Some(10.0));
    }
}

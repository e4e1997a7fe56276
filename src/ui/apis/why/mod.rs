//! "Why this answer?": a request, and perhaps the answer that it got, on one side; on the other the steps that it goes through
//! and the first that fails. Nothing is sent to the address: what is said follows from the configuration that is read.

mod read;

use egui::{Frame, Label, Margin, RichText, ScrollArea, TextEdit, Ui};

use crate::model::api::VERBS;
use crate::model::api::why::{Answer, Asked, Cause, Explanation, Finding, State, Step};
use crate::route::{ApiTab, Route};
use crate::ui::cx::{CloudStore, Cx, Panel};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::steady::steady_id;
use crate::ui::widgets::text_field::TextField;

/// Request and reasons stand side by side from this width on, in points.
const BESIDE: f32 = 860.0;
/// The titles of the steps have this much room, in points.
const TITLES: f32 = 112.0;

/// What the screen keeps between frames.
#[derive(Default)]
pub struct WhyPanel {
    /// What the route asked for when it was last another one.
    route: Option<Route>,
    /// As it is typed.
    typed: Asked,
    /// What is explained.
    asked: Asked,
    reader: read::Reader,
    begun: bool,
}

impl Panel for WhyPanel {
    fn ui(&mut self, ui: &mut Ui, route: &Route, cx: &mut Cx<'_>) {
        self.arrive_at(route);
        let explanation = self.reader.explain(&self.asked, cx);
        let margin = Margin::symmetric(space::L as i8, space::M as i8);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            Frame::new().inner_margin(margin).show(ui, |ui| {
                ui.horizontal_wrapped(|ui| {
                    let heading = RichText::new("Why this answer?");
                    ui.label(heading.font(fonts::semibold(size::HEADING)));
                    let words = "worked out from the configuration; nothing is sent to the address";
                    ui.label(RichText::new(words).color(Theme::of(ui).muted));
                });
                ui.add_space(space::M);
                if ui.available_width() < BESIDE {
                    self.request(ui);
                    ui.add_space(space::L);
                    self.reasons(ui, &explanation, cx);
                    return;
                }
                let room = ui.available_width() - space::XL;
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = space::XL;
                    ui.vertical(|ui| {
                        ui.set_width(room * 0.42);
                        ui.spacing_mut().item_spacing.x = space::S;
                        self.request(ui);
                    });
                    ui.vertical(|ui| {
                        ui.set_width(room * 0.58);
                        ui.spacing_mut().item_spacing.x = space::S;
                        self.reasons(ui, &explanation, cx);
                    });
                });
            });
        });
        self.begun = true;
    }

    fn is_worked_in(&self) -> bool {
        self.typed != Asked::default()
    }

    fn settled(&self, _route: &Route, _store: &CloudStore) -> bool {
        self.begun && !self.reader.is_waiting()
    }
}

impl WhyPanel {
    /// Takes up what a route asks for.
    fn arrive_at(&mut self, route: &Route) {
        if self.route.as_ref() == Some(route) {
            return;
        }
        self.route = Some(route.clone());
        if let Route::Why { verb, url, status } = route
            && !url.is_empty()
        {
            self.typed = Asked {
                url: url.clone(),
                verb: verb.clone(),
                answer: status.map(|status| status.to_string()).unwrap_or_default(),
                ..Asked::default()
            };
            self.asked = self.typed.clone();
        }
    }

    /// What was called, and what came back.
    fn request(&mut self, ui: &mut Ui) {
        let mut explain = false;
        let wide = (ui.available_width() - 150.0).clamp(140.0, 520.0);
        form(ui, "the request", |ui| {
            let help = "As it was called; a name of one's own is not looked up";
            Row::new("Address").help(help).show(ui, |ui| {
                let hint = "https://ID.execute-api.REGION.amazonaws.com/STAGE/…";
                let field = TextField::new("Address of the request", &mut self.typed.url);
                let field = field.mono().hint(hint).width(wide).show(ui);
                if !self.begun {
                    field.request_focus();
                }
                explain |= field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            });
            Row::new("Method").show(ui, |ui| self.verb(ui));
            let wrong = crate::model::api::trial::headers(&self.typed.headers).err();
            let wrong = wrong.unwrap_or_default();
            let help = "Tokens and keys among them stay in this window";
            let row = Row::new("Headers").wrong(&wrong).help(help);
            row.show(ui, |ui| {
                let hint = "x-api-key: …\nAuthorization: Bearer …";
                lines(
                    ui,
                    "Headers of the request",
                    &mut self.typed.headers,
                    hint,
                    wide,
                    3,
                );
            });
            let help = "The caller's address, as a resource policy sees it";
            Row::new("From").help(help).show(ui, |ui| {
                let field = TextField::new("Address of the caller", &mut self.typed.from);
                field.mono().hint("not known").width(180.0).show(ui);
            });
            let help = "Who signed it, where the method asks for a signature";
            Row::new("Signed by").help(help).show(ui, |ui| {
                let field = TextField::new("ARN of the signer", &mut self.typed.caller);
                field.mono().hint("not known").width(wide).show(ui);
            });
            let help = "Status, headers and body, as curl -i prints them; some of it is enough";
            Row::new("Answer").help(help).show(ui, |ui| {
                let hint = "HTTP/1.1 403 Forbidden\nx-amzn-errortype: …\n\n{\"message\": …}";
                lines(
                    ui,
                    "Answer that came",
                    &mut self.typed.answer,
                    hint,
                    wide,
                    5,
                );
            });
        });
        ui.add_space(space::S);
        let may = match (&self.typed, self.typed == self.asked) {
            (typed, _) if *typed == Asked::default() => Err("Paste an address or an answer first"),
            (_, true) => Err("It is explained"),
            (_, false) => Ok(()),
        };
        ui.horizontal(|ui| {
            let button = Button::new("Explain")
                .icon(Icon::CIRCLE_QUESTION_MARK)
                .primary();
            explain |= button.available(may).show(ui).clicked();
            let can = match self.typed == Asked::default() {
                true => Err("There is nothing to clear"),
                false => Ok(()),
            };
            if Button::new("Clear").available(can).show(ui).clicked() {
                self.typed = Asked::default();
                self.asked = Asked::default();
            }
        });
        if explain && may.is_ok() {
            self.asked = self.typed.clone();
        }
    }

    fn verb(&mut self, ui: &mut Ui) {
        let shown = match self.typed.verb.trim() {
            "" => "GET".to_owned(),
            verb => verb.to_ascii_uppercase(),
        };
        drop_down(ui, "Method of the request", &shown, |ui| {
            for verb in VERBS.into_iter().filter(|verb| *verb != "ANY") {
                if entry(ui, verb == shown, verb, "") {
                    verb.clone_into(&mut self.typed.verb);
                }
            }
        });
    }

    fn reasons(&self, ui: &mut Ui, explanation: &Explanation, cx: &mut Cx<'_>) {
        let theme = Theme::of(ui);
        if self.asked == Asked::default() {
            nothing_yet(ui);
            return;
        }
        match &explanation.finding {
            Some(finding) => found(ui, finding),
            None if explanation.is_waiting() => {
                ui.label(RichText::new("Reading the configuration").color(theme.muted));
            }
            None => self.nothing_found(ui, explanation),
        }
        if self.typed != self.asked {
            let words = "What is typed is not explained yet.";
            ui.label(RichText::new(words).color(theme.accent));
        }
        leads(ui, explanation, cx);
        ui.add_space(space::M);
        for step in &explanation.steps {
            show_step(ui, step);
        }
        for note in &explanation.notes {
            ui.add_space(space::XS);
            noted(ui, Icon::INFO, theme.muted, note);
        }
    }

    fn nothing_found(&self, ui: &mut Ui, explanation: &Explanation) {
        let answer = Answer::of(&self.asked.answer);
        let reached = explanation
            .taken
            .as_ref()
            .is_some_and(|of| of.method.is_some());
        let words = match (answer.status, reached) {
            (Some(status), _) if status < 400 => format!("It was answered with {status}"),
            (_, true) => "Nothing that can be seen from outside stands in its way".to_owned(),
            (_, false) => "It is not known".to_owned(),
        };
        ui.add(Label::new(RichText::new(words).font(fonts::semibold(size::BODY))).wrap());
        let open = explanation.steps.iter();
        let open =
            open.filter(|step| matches!(&step.state, State::Unknown(all) if !all.is_empty()));
        let open: Vec<&str> = open.map(|step| step.title).collect();
        if reached && !open.is_empty() {
            let words = format!(
                "It may still end at: {}. Paste the answer to say which.",
                open.join(", ")
            );
            let text = RichText::new(words).color(Theme::of(ui).muted);
            ui.add(Label::new(text).wrap());
        }
    }
}

fn nothing_yet(ui: &mut Ui) {
    let theme = Theme::of(ui);
    let title = "Paste the address of a request, or the answer that it got";
    ui.label(RichText::new(title).font(fonts::semibold(size::BODY)));
    let lines = [
        "403 \"Missing Authentication Token\" mostly means a path that is not there.",
        "403 \"Forbidden\" is a stage that is not there, or a key that does not open it.",
        "403 \"is not authorized to perform\" is a policy; the statement that decides is shown.",
        "500 \"Internal server error\" is mostly a function that may not be called.",
    ];
    for line in lines {
        let text = RichText::new(line).color(theme.muted);
        ui.add(Label::new(text).wrap());
    }
}

/// The cause, or what may be it.
fn found(ui: &mut Ui, finding: &Finding) {
    let theme = Theme::of(ui);
    let tone = match finding.certain {
        true => Tone::Err,
        false => Tone::Warn,
    };
    let frame = Frame::new()
        .fill(theme.panel)
        .stroke(theme.stroke())
        .corner_radius(RADIUS)
        .inner_margin(space::M);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let mut titles: Vec<&str> = finding.causes.iter().map(|cause| cause.title()).collect();
        titles.dedup();
        ui.horizontal_wrapped(|ui| {
            if finding.status > 0 {
                chip::state(ui, tone, &finding.status.to_string());
            }
            let words = match (finding.certain, titles.as_slice()) {
                (true, [one, ..]) => (*one).to_owned(),
                (_, all) => all.join(", or: "),
            };
            ui.add(Label::new(RichText::new(words).font(fonts::semibold(size::BODY))).wrap());
        });
        if let Some(cause) = finding.causes.first().filter(|_| finding.certain) {
            said(ui, *cause);
        }
        ui.add(Label::new(&finding.words).wrap());
    });
}

/// How the service says a cause.
fn said(ui: &mut Ui, cause: Cause) {
    if cause.error().is_empty() {
        return;
    }
    let words = format!("x-amzn-errortype: {}", cause.error());
    let text = RichText::new(words).font(fonts::mono(size::SMALL));
    let hover = match cause.kind() {
        "" => "No gateway response says it: its words can't be changed".to_owned(),
        kind => format!("Said by the gateway response {kind}"),
    };
    ui.label(text.color(Theme::of(ui).muted))
        .on_hover_text(hover);
}

/// Ways to what takes the request.
fn leads(ui: &mut Ui, explanation: &Explanation, cx: &mut Cx<'_>) {
    let Some(taken) = &explanation.taken else {
        return;
    };
    ui.add_space(space::S);
    ui.horizontal_wrapped(|ui| {
        let mut lead = |ui: &mut Ui, text: &str, route: Route| {
            let name = format!("{text} of {}", taken.name);
            if Button::new(text).name(&name).show(ui).clicked() {
                cx.messages
                    .push(crate::ui::cx::Message::OpenInNewTab(route));
            }
        };
        lead(ui, "Build", Route::api(&taken.api));
        lead(ui, "Stages", Route::api_tab(&taken.api, ApiTab::Stages));
        lead(ui, "Access", Route::api_tab(&taken.api, ApiTab::Access));
        if explanation.steps.iter().any(|step| step.title == "API key") {
            lead(ui, "Keys & plans", Route::Keys);
        }
    });
}

fn show_step(ui: &mut Ui, step: &Step) {
    let theme = Theme::of(ui);
    let (icon, color, state) = match &step.state {
        State::Passes => (Icon::CHECK, theme.ok, "passes"),
        State::Fails(_) => (Icon::BAN, theme.err, "ends here"),
        State::Unknown(_) => (Icon::CIRCLE_QUESTION_MARK, theme.warn, "not known"),
        State::Waiting => (Icon::HOURGLASS, theme.muted, "being read"),
        State::Skipped => (Icon::MINUS, theme.muted, "not reached"),
    };
    let words = match &step.state {
        State::Fails(_) => theme.err,
        State::Skipped | State::Waiting => theme.muted,
        _ => theme.text,
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        glyph(ui, icon, 14.0, color).on_hover_text(state);
        ui.vertical(|ui| {
            ui.set_width(TITLES);
            ui.label(RichText::new(step.title).color(theme.muted));
        });
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let text = RichText::new(&step.words).color(words);
            let label = ui.add(Label::new(text).wrap());
            label.on_hover_text(state);
            for line in &step.more {
                let text = RichText::new(line).font(fonts::mono(size::SMALL));
                ui.add(Label::new(text.color(theme.muted)).wrap());
            }
        });
    });
}

fn noted(ui: &mut Ui, icon: &str, color: egui::Color32, words: &str) {
    ui.horizontal_top(|ui| {
        glyph(ui, icon, 14.0, color);
        ui.add(Label::new(RichText::new(words).color(color)).wrap());
    });
}

/// A field of a few lines.
fn lines(ui: &mut Ui, name: &str, text: &mut String, hint: &str, width: f32, rows: usize) {
    let field = TextEdit::multiline(text)
        .id(steady_id(ui, name))
        .font(fonts::mono(size::SMALL))
        .margin(Margin::symmetric(10, 6))
        .hint_text(hint)
        .desired_rows(rows)
        .desired_width(width);
    ui.add(field).accessible_name(name);
}

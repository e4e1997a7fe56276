//! One method as its flow: the way of a request through it as boxes, and below them the box that is open, with its form.
//!
//! What stands in the forms is one draft for the whole method. A draft is kept for each method that was edited, until it is
//! applied or put back.

mod backend;
mod diagram;
mod flow;
mod integration;
mod permission;
mod request;
mod responses;
mod row;
mod template;
mod tester;
mod trial;

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Align, Frame, Layout, Margin, RichText, ScrollArea, Ui};

use crate::cloud::apigateway::parts::{ListAuthorizers, ListValidators};
use crate::cloud::apigateway::place::MethodPlace;
use crate::cloud::apigateway::remove::Remove;
use crate::cloud::apigateway::update::UpdateMethod;
use crate::command::Command;
use crate::model::api::{ApiDetail, Authorizer, Method, MethodPart, Resource, Validator};
use crate::model::arn::partition_of;
use crate::model::draft::Draft;
use crate::model::draft::method::{ANSWERS, DECLARED, INTEGRATION, MethodForm, REQUEST};
use crate::store::Loadable;
use crate::ui::apis::verb;
use crate::ui::cx::{Cx, Message};
use crate::ui::draft::{Bar, Editor, Place, Rows};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::toolbar::{Look, Toolbar};

pub use flow::icon as sign;

/// What stands in the forms of one method.
#[derive(Default)]
struct State {
    editor: Editor<MethodForm>,
    /// The method as it was before the last change was applied, until another state of it is known.
    outdated: Option<MethodForm>,
    mappings: Rows,
    shape: Option<integration::Shape>,
    parameter: request::NewParameter,
    template: template::Template,
    responses: responses::Responses,
    /// Its sample stays when the draft begins again.
    tester: tester::Tester,
    trial: trial::Trial,
}

/// What this part keeps between frames.
#[derive(Default)]
pub struct MethodView {
    open: MethodPart,
    /// It is being tried: that stands in place of the box.
    trying: bool,
    /// By resource and verb.
    states: BTreeMap<(String, String), State>,
}

/// The method that is shown, with what it is of.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The API.
    pub detail: &'a ApiDetail,
    /// Its resource.
    pub resource: &'a Resource,
    /// As `GET`.
    pub verb: &'a str,
    /// The method itself.
    pub method: &'a Method,
}

impl Shown<'_> {
    /// Where it is.
    pub fn place(&self, cx: &Cx<'_>) -> MethodPlace {
        let region = cx.connection.region.clone();
        MethodPlace {
            api: self.detail.api.id.clone(),
            name: self.detail.api.name.clone(),
            resource: self.resource.id.clone(),
            path: self.resource.path.clone(),
            verb: self.verb.to_owned(),
            partition: partition_of(&region).to_owned(),
            region,
        }
    }

    fn words(&self) -> String {
        format!("{} {}", self.verb, self.resource.path)
    }
}

/// What its methods point at, as far as it is known.
struct Parts {
    authorizers: Loadable<Vec<Authorizer>>,
    validators: Loadable<Vec<Validator>>,
}

impl Parts {
    fn want(api: &str, cx: &mut Cx<'_>) -> Self {
        let api = api.to_owned();
        Self {
            authorizers: cx.store.want(&ListAuthorizers { api: api.clone() }, cx.now),
            validators: cx.store.want(&ListValidators { api }, cx.now),
        }
    }

    fn authorizers(&self) -> &[Authorizer] {
        self.authorizers.shown().map_or(&[], |all| all.as_slice())
    }

    fn validators(&self) -> &[Validator] {
        self.validators.shown().map_or(&[], |all| all.as_slice())
    }
}

#[derive(Clone, Copy)]
enum Press {
    Test,
    Cors,
    Delete,
}

/// What is asked of the panel around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Nothing.
    Nothing,
    /// The form of CORS on its resource.
    Cors,
}

const BAR: Bar<'_> = Bar {
    name: "method",
    place: Place::Bottom,
    note: "in the API, once applied; stages change when they are deployed",
};

impl MethodView {
    /// Draws it over what is left of the panel.
    pub fn ui(&mut self, ui: &mut Ui, shown: &Shown<'_>, cx: &mut Cx<'_>) -> Asked {
        let mut asked = Asked::Nothing;
        for part in MethodPart::ALL {
            if cx.take(Command::MethodPart(part)) {
                self.open = part;
                self.trying = false;
            }
        }
        let key = (shown.resource.id.clone(), shown.verb.to_owned());
        let state = self.states.entry(key).or_default();
        state.follow(shown, cx);
        state.bar(ui, shown, cx);
        let parts = Parts::want(&shown.detail.api.id, cx);
        let margin = Margin::symmetric(space::L as i8, space::S as i8);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            Frame::new().inner_margin(margin).show(ui, |ui| {
                asked = head(ui, shown, state, &mut self.trying, cx);
                ui.add_space(space::S);
                let nodes = flow::nodes(
                    shown.method,
                    &flow::Known {
                        detail: shown.detail,
                        authorizers: parts.authorizers(),
                        validators: parts.validators(),
                        backend: backend::lines(shown, cx),
                        drafts: [REQUEST, INTEGRATION, ANSWERS, DECLARED]
                            .map(|part| state.editor.state_of(part).0 > 0),
                    },
                );
                let open = (!self.trying).then_some(self.open);
                if let Some(part) = diagram::show(ui, &nodes, open, &shown.words()) {
                    self.open = part;
                    self.trying = false;
                }
                ui.add_space(space::M);
                if self.trying {
                    heading(ui, "Test", "as it is in the API now, without a stage");
                    ui.add_space(space::XS);
                    state.trial.ui(ui, shown, cx);
                    return;
                }
                heading(ui, self.open.title(), self.open.words());
                ui.add_space(space::XS);
                part(ui, self.open, state, shown, &parts, cx);
            });
        });
        asked
    }

    /// What would be lost if the tab were closed now.
    pub fn unsaved(&self) -> Option<String> {
        let mut all = self.states.values();
        let one = all.find_map(|state| state.editor.unsaved("field", "fields"))?;
        let others = all.filter(|state| state.is_dirty()).count();
        Some(match others {
            0 => one,
            others => format!("{one}, and of {others} more"),
        })
    }

    /// Something of it is in the draft.
    pub fn is_edited(&self, resource: &str, verb: &str) -> bool {
        let found = self.states.iter();
        let mut found = found.filter(|((id, of), _)| id == resource && of == verb);
        found.any(|(_, state)| state.is_dirty())
    }

    /// All that it shows has been loaded, or has failed to.
    pub fn settled(&self, api: &str, store: &crate::ui::cx::CloudStore) -> bool {
        let api = api.to_owned();
        store
            .peek(&ListAuthorizers { api: api.clone() })
            .is_settled()
            && store.peek(&ListValidators { api }).is_settled()
    }
}

impl State {
    fn is_dirty(&self) -> bool {
        self.editor.draft().is_some_and(Draft::is_dirty)
    }

    /// Takes up what was applied, and what is there now.
    fn follow(&mut self, shown: &Shown<'_>, cx: &mut Cx<'_>) {
        let there = MethodForm::of(shown.method);
        let applied = self.editor.follow(cx);
        if let Some(now) = applied.and_then(|applied| applied.output::<Method>()) {
            let now = Draft::of(&shown.words(), None, MethodForm::of(&now));
            self.outdated = (there != *now.base()).then(|| there.clone());
            self.editor.start(now);
            self.begin_again();
        }
        // Until the API is read again, what is known of it is older than what was applied.
        if self.outdated.as_ref() == Some(&there) {
            return;
        }
        self.outdated = None;
        self.editor.bring_up_to_date(&shown.words(), None, || there);
    }

    fn begin_again(&mut self) {
        self.mappings = Rows::default();
        self.shape = None;
        self.template = template::Template::default();
        self.responses = responses::Responses::default();
    }

    fn bar(&mut self, ui: &mut Ui, shown: &Shown<'_>, cx: &mut Cx<'_>) {
        if !self.is_dirty() && self.editor.running(cx).is_none() {
            return;
        }
        let (place, context) = (shown.place(cx), cx.connection.cli());
        let method = shown.method.clone();
        let reverted = self.editor.bar(ui, &BAR, cx, |draft| {
            Ok(Arc::new(UpdateMethod::of(place, draft, method, context)?))
        });
        if reverted {
            self.begin_again();
        }
    }
}

fn head(
    ui: &mut Ui,
    shown: &Shown<'_>,
    state: &State,
    trying: &mut bool,
    cx: &mut Cx<'_>,
) -> Asked {
    let changed = state
        .editor
        .draft()
        .map_or(0, |draft| draft.changed().len());
    let words = match changed {
        0 => String::new(),
        1 => "1 field in draft".to_owned(),
        n => format!("{n} fields in draft"),
    };
    let width = 8.0 * shown.verb.len() as f32;
    let test = Button::new("Test")
        .icon(Icon::FLASK_CONICAL)
        .selected(*trying);
    let cors = Button::new("CORS on this resource…").icon(Icon::GLOBE);
    let delete = Button::new("Delete method…").icon(Icon::TRASH_2);
    let output = Toolbar::new("The method")
        .widget(width..=width, |ui| {
            verb::label(ui, shown.verb);
            None
        })
        .heading(shown.resource.path.as_str(), 90.0)
        .text(words, Look::State(Tone::Accent))
        .rank(6)
        .space()
        .button(test, Press::Test)
        .more_here()
        .button(cors, Press::Cors)
        .tucked()
        .button(delete.available(cx.may_write()), Press::Delete)
        .tucked()
        .show(ui);
    match output.pressed {
        Some(Press::Test) => *trying = !*trying,
        Some(Press::Delete) => remove(shown, cx),
        Some(Press::Cors) => return Asked::Cors,
        None => {}
    }
    Asked::Nothing
}

fn remove(shown: &Shown<'_>, cx: &mut Cx<'_>) {
    let target = shown.method.integration.as_ref().map(|of| of.target());
    let mut with = vec![("Method".to_owned(), shown.words())];
    with.extend(target.map(|target| ("Integration".to_owned(), target)));
    cx.review(Arc::new(Remove {
        place: shown.place(cx),
        with,
        context: cx.connection.cli(),
    }));
}

/// So much room has the heading at least where the keys are told too, in points.
const KEYS: f32 = 480.0;

fn heading(ui: &mut Ui, title: &str, words: &str) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new(title).font(fonts::semibold(size::BODY)));
        ui.label(RichText::new(words).color(theme.muted));
        if ui.max_rect().width() >= KEYS {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                chip::keycap(ui, "Alt+1 … 5");
                ui.label(RichText::new("another box").color(theme.muted));
            });
        }
    });
}

fn part(
    ui: &mut Ui,
    open: MethodPart,
    state: &mut State,
    shown: &Shown<'_>,
    parts: &Parts,
    cx: &mut Cx<'_>,
) {
    if open != MethodPart::Backend {
        if Editor::<MethodForm>::lock(ui, cx.may_write()) {
            cx.messages.push(Message::Run(Command::ToggleReadOnly));
        }
        state.editor.notices(ui);
    }
    let enabled = state.editor.running(cx).is_none();
    // The rows of a form stand in several grids: as far from each other as within one.
    ui.spacing_mut().item_spacing.y = space::S;
    match open {
        MethodPart::Request => {
            ui.add_enabled_ui(enabled, |ui| request::ui(ui, state, shown, parts, cx));
        }
        MethodPart::Integration => {
            let permission = permission::of(shown, cx);
            if let permission::Permission::Refused(_) = permission {
                permission::ui(ui, &permission, cx);
            }
            ui.add_enabled_ui(enabled, |ui| integration::ui(ui, state, shown, cx));
        }
        MethodPart::Backend => backend::ui(ui, shown, cx),
        MethodPart::IntegrationResponse => {
            ui.add_enabled_ui(enabled, |ui| {
                responses::integration(ui, &mut state.editor, &mut state.responses, cx);
            });
        }
        MethodPart::Response => {
            ui.add_enabled_ui(enabled, |ui| {
                if let Some(draft) = state.editor.draft_mut() {
                    responses::declared(ui, draft, &mut state.responses);
                }
            });
        }
    }
}

//! Links that have come to the window, and the question before one leads to another connection: any web page can open a
//! link, so nothing is connected that the person has not opened or allowed here.

use std::collections::VecDeque;

use egui::{Context, RichText};

use crate::core::{Core, Way};
use crate::instance::{Visit, Word};
use crate::link::{Link, Place};
use crate::model::connection::ConnectionSpec;
use crate::model::metric::TimeRange;
use crate::route::Route;
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::confirm::{self, Answer};

/// Links that may wait while a question stands; a page that opens more of them is not heard.
const WAITING: usize = 8;

/// A screen and its range of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// The screen; what is in front when there is none.
    pub route: Option<Route>,
    /// The range of its plots.
    pub range: Option<TimeRange>,
}

impl From<&Link> for Target {
    fn from(link: &Link) -> Self {
        Self {
            route: link.route.clone(),
            range: link.range,
        }
    }
}

/// What the window does with a link.
pub enum Arrived {
    /// It shows a screen of the connection that is shown.
    Show(Target),
    /// It shows a screen of another one.
    Connect(ConnectionSpec, Target),
    /// It says why not.
    Refuse(&'static str),
}

/// Links that wait, and the question about the one in front.
#[derive(Default)]
pub struct Arrivals {
    waiting: VecDeque<Visit>,
    asking: Option<Asking>,
}

struct Asking {
    link: Link,
    spec: ConnectionSpec,
}

impl Arrivals {
    /// A link has come.
    pub fn put(&mut self, visit: Visit) {
        if self.waiting.len() < WAITING {
            self.waiting.push_back(visit);
        }
    }

    /// A question is on the screen.
    pub fn is_asking(&self) -> bool {
        self.asking.is_some()
    }

    /// What is to be done now. `region` is the one that is shown, once known.
    pub fn next(&mut self, core: &Core, region: Option<&str>) -> Option<Arrived> {
        if self.asking.is_some() {
            // The question is not exchanged for another one under the person's hand.
            return None;
        }
        let Visit { link, word } = self.waiting.pop_front()?;
        let target = Target::from(&link);
        match core.way(&link, region) {
            Way::Here => Some(Arrived::Show(target)),
            Way::To(spec) => Some(Arrived::Connect(spec, target)),
            Way::Ask(mut spec) if word == Word::Person => {
                // Whoever names an endpoint after --endpoint-url means their own keys.
                spec.discovered &= link.place == Some(Place::Sandbox);
                Some(Arrived::Connect(spec, target))
            }
            Way::Ask(spec) => {
                self.asking = Some(Asking { link, spec });
                None
            }
            Way::Nowhere(why) => Some(Arrived::Refuse(why)),
        }
    }

    /// Draws the question; gives what the person has allowed.
    pub fn show(&mut self, ctx: &Context) -> Option<Arrived> {
        let answer = self.asking.as_ref().and_then(|asking| asking.show(ctx))?;
        let Asking { link, spec } = self.asking.take()?;
        (answer == Answer::Apply).then(|| Arrived::Connect(spec, Target::from(&link)))
    }
}

impl Asking {
    fn show(&self, ctx: &Context) -> Option<Answer> {
        let theme = Theme::of_ctx(ctx);
        let mut answer = None;
        let modal = confirm::dialog(ctx, "link", theme, |ui| {
            ui.set_width(confirm::width(ui, 460.0));
            ui.spacing_mut().item_spacing.y = space::S;
            ui.label(RichText::new(self.title()).font(fonts::semibold(size::HEADING)));
            for line in self.lines() {
                ui.label(RichText::new(line).color(theme.muted));
            }
            ui.add_space(space::XS);
            confirm::footer(ui, |ui| {
                if Button::new("Connect").show(ui).clicked() {
                    answer = Some(Answer::Apply);
                }
                let stay = Button::new("Don't").primary().show(ui);
                confirm::begin_at(ui, &stay);
                if stay.clicked() {
                    answer = Some(Answer::Cancel);
                }
            });
        });
        if answer.is_none() && confirm::left(&modal) {
            answer = Some(Answer::Cancel);
        }
        answer
    }

    fn title(&self) -> String {
        let place = match &self.link.place {
            Some(Place::Endpoint { url, .. }) => url.clone(),
            Some(Place::Profile(profile)) => format!("the profile {profile}"),
            Some(Place::Default) | None => "the standard chain of this machine".into(),
            Some(Place::Sandbox) => "the sandbox of this window".into(),
        };
        format!("A link wants to connect to {place}")
    }

    /// What would be shown, whose keys would be used, and what to think of before it.
    fn lines(&self) -> Vec<String> {
        let shown = self.link.route.as_ref().map_or_else(
            || "It names no screen".to_owned(),
            |route| format!("It leads to {}", said(route)),
        );
        let region = self.link.region.as_ref();
        let shown = region.map_or_else(
            || format!("{shown}."),
            |region| format!("{shown} in {region}."),
        );
        let keys = match &self.link.place {
            Some(Place::Endpoint { profile: None, .. }) => {
                "None of your keys is sent there.".to_owned()
            }
            Some(Place::Endpoint {
                profile: Some(profile),
                ..
            }) => format!("Requests there are signed with the keys of your profile {profile}."),
            _ => "It is asked with your own keys.".to_owned(),
        };
        let care = "Any web page can open a link. Connect only if you know who made it.";
        vec![shown, keys, care.to_owned()]
    }
}

/// A route in words: the part and the name.
fn said(route: &Route) -> String {
    match route {
        Route::Function { name, tab } => format!("{} of the function {name}", tab.title()),
        Route::Failures { name } => format!("the newest failure of the function {name}"),
        Route::Run { name, .. } => format!("a run of the function {name}"),
        other => other.title(),
    }
}

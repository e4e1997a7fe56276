//! What a panel is given on every frame, and how it asks for things: the store to read from, a command that is meant for
//! it, and messages to the window.

use std::sync::{Arc, Mutex, Weak};

use crate::cloud::Cloud;
use crate::command::Command;
use crate::model::cli::CliContext;
use crate::model::connection::ConnectionSpec;
use crate::model::connection::Identity;
use crate::model::error::CloudError;
use crate::model::format::Zone;
use crate::model::metric::TimeRange;
use crate::route::Route;
use crate::settings::{Settings, key_at};
use crate::store::{Action, ActionId, Applied, Store};

/// The store of this console.
pub type CloudStore = Store<Cloud>;

/// What a panel asks of the window.
pub enum Message {
    /// Show this: in the tab that has it, else in the tab in front.
    Open(Route),
    /// Show this in a tab of its own.
    OpenInNewTab(Route),
    /// Opens a screen in one more tab, also where one has it: two views of one thing.
    OpenAnother(Route),
    /// Show the review of an action; `Submission` says what became of it.
    Review(Arc<dyn Action<Cloud>>, Submission),
    /// A short word at the edge that goes away.
    Toast {
        /// What happened.
        title: String,
        /// More words; may be empty.
        text: String,
    },
    /// An error that belongs to no place on the screen.
    Error(CloudError),
    /// Start the sign-in of the current connection and go on where this was.
    SignIn,
    /// Run a command, as if its keys were pressed.
    Run(Command),
    /// Close the tab that shows this: what it was for is done.
    Close(Route),
}

/// What became of an action that was given to review.
#[derive(Debug, Clone, Default)]
pub struct Submission {
    state: Arc<Mutex<SubmissionState>>,
    /// Held by whoever gave the action to review, as long as they care.
    held: Arc<()>,
}

/// The states of a [`Submission`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SubmissionState {
    /// The review is open.
    #[default]
    Reviewing,
    /// The person closed the review.
    Dismissed,
    /// It runs, or has run: `store.action(id)` says how it goes.
    Submitted(ActionId),
    /// The store refused it.
    Refused(CloudError),
}

/// How far what was given to review has come, for whoever waits for it.
pub enum Followed {
    /// Nothing was given, or the review is open.
    Waiting,
    /// It was closed without being applied.
    Dismissed,
    /// It is being done.
    Running,
    /// It was done.
    Done(Box<Applied>),
    /// It was refused, or it failed.
    Failed(Arc<CloudError>),
}

impl Submission {
    /// Takes up how far it has come. What has ended is taken from `waited`, so that it is told once.
    pub fn follow(waited: &mut Option<Self>, store: &CloudStore) -> Followed {
        let followed = match waited.as_ref().map(Self::state) {
            None | Some(SubmissionState::Reviewing) => return Followed::Waiting,
            Some(SubmissionState::Dismissed) => Followed::Dismissed,
            Some(SubmissionState::Refused(error)) => Followed::Failed(Arc::new(error)),
            Some(SubmissionState::Submitted(id)) => {
                match store.action(id).and_then(|action| action.result.clone()) {
                    None => return Followed::Running,
                    Some(Ok(applied)) => Followed::Done(Box::new(applied)),
                    Some(Err(error)) => Followed::Failed(error),
                }
            }
        };
        *waited = None;
        followed
    }

    /// What became of it so far.
    pub fn state(&self) -> SubmissionState {
        let state = self.state.lock();
        state.map(|state| state.clone()).unwrap_or_default()
    }

    /// Says what became of it. For the window, not for panels.
    pub fn set(&self, state: SubmissionState) {
        if let Ok(mut current) = self.state.lock() {
            *current = state;
        }
    }

    /// Says whether somebody still waits for it, where somebody does beside whoever asks. For the window, not for panels.
    pub fn held(&self) -> Option<Weak<()>> {
        (Arc::strong_count(&self.held) > 1).then(|| Arc::downgrade(&self.held))
    }

    /// The action's id once it was submitted.
    pub fn action(&self) -> Option<ActionId> {
        match self.state() {
            SubmissionState::Submitted(id) => Some(id),
            _ => None,
        }
    }
}

/// An action that a button submits at once, and what came of it last.
pub struct Run<T> {
    id: Option<ActionId>,
    outcome: Option<Result<Arc<T>, Arc<CloudError>>>,
}

impl<T> Default for Run<T> {
    fn default() -> Self {
        Self {
            id: None,
            outcome: None,
        }
    }
}

impl<T: Send + Sync + 'static> Run<T> {
    /// Submits it. What came of the one before is told no more once this one is under way.
    pub fn start(&mut self, action: Arc<dyn Action<Cloud>>, cx: &mut Cx<'_>) {
        match cx.submit(action) {
            Ok(id) => {
                self.id = Some(id);
                self.outcome = None;
            }
            Err(error) => self.outcome = Some(Err(Arc::new(error))),
        }
    }

    /// Takes up how far it has come.
    pub fn follow(&mut self, store: &CloudStore) {
        let Some(id) = self.id else { return };
        let Some(state) = store.action(id) else {
            self.id = None;
            return;
        };
        let Some(result) = state.result.clone() else {
            return;
        };
        self.id = None;
        self.outcome = match result {
            Ok(applied) => applied.output::<T>().map(Ok),
            Err(error) => Some(Err(error)),
        };
    }

    /// The action that is under way.
    pub fn running(&self) -> Option<ActionId> {
        self.id
    }

    /// What came of the last one.
    pub fn outcome(&self) -> Option<&Result<Arc<T>, Arc<CloudError>>> {
        self.outcome.as_ref()
    }
}

/// The connection that a frame is drawn for.
#[derive(Debug, Clone)]
pub struct ConnectionView {
    /// What it was made from.
    pub spec: ConnectionSpec,
    /// Where it really is, for example `eu-west-1`.
    pub region: String,
    /// Who one is, once known.
    pub identity: Option<Arc<Identity>>,
    /// Whose what is kept of it is, see [`key_at`].
    pub place: String,
}

impl ConnectionView {
    /// The key under which something of this connection's endpoint is kept.
    pub fn key(&self, key: &str) -> String {
        key_at(key, &self.place)
    }

    /// What this connection adds to every AWS CLI command.
    pub fn cli(&self) -> CliContext {
        CliContext {
            profile: self.spec.profile.clone(),
            region: Some(self.region.clone()).filter(|region| !region.is_empty()),
            endpoint_url: self.spec.endpoint.clone(),
        }
    }
}

/// What a panel is given.
pub struct Cx<'a> {
    /// What is known of remote things; ask it on every frame.
    pub store: &'a mut CloudStore,
    /// What the person has chosen.
    pub settings: &'a mut Settings,
    /// The connection that is shown.
    pub connection: &'a ConnectionView,
    /// Milliseconds since the epoch.
    pub now: i64,
    /// The zone that times are shown in.
    pub zone: &'a Zone,
    /// This panel has the keyboard.
    pub active: bool,
    /// A command meant for this panel in this frame; see [`Cx::take`].
    pub command: &'a mut Option<Command>,
    /// What the panel asks of the window.
    pub messages: &'a mut Vec<Message>,
}

impl Cx<'_> {
    /// Whether `command` was given and is meant for this panel; it is then taken.
    pub fn take(&mut self, command: Command) -> bool {
        let given = self.active && *self.command == Some(command);
        if given {
            *self.command = None;
        }
        given
    }

    /// Shows another screen.
    pub fn open(&mut self, route: Route) {
        self.messages.push(Message::Open(route));
    }

    /// Opens the review of an action: what it changes, its AWS CLI command, Apply. Destroying asks for the name.
    pub fn review(&mut self, action: Arc<dyn Action<Cloud>>) -> Submission {
        let submission = Submission::default();
        self.messages
            .push(Message::Review(action, submission.clone()));
        submission
    }

    /// Submits an action at once: for those whose button says all, such as Invoke.
    ///
    /// # Errors
    /// The connection is read-only.
    pub fn submit(&mut self, action: Arc<dyn Action<Cloud>>) -> Result<ActionId, CloudError> {
        self.store.submit(action, self.now)
    }

    /// Why nothing may be changed now, for a control's disabled state.
    ///
    /// # Errors
    /// The reason.
    pub fn may_write(&self) -> Result<(), &'static str> {
        self.store.may_write()
    }

    /// A short word at the edge that goes away.
    pub fn toast(&mut self, title: impl Into<String>, text: impl Into<String>) {
        self.messages.push(Message::Toast {
            title: title.into(),
            text: text.into(),
        });
    }
}

/// One screen in a tab.
pub trait Panel {
    /// Draws it for `route`; called on every frame that it is seen.
    fn ui(&mut self, ui: &mut egui::Ui, route: &Route, cx: &mut Cx<'_>);

    /// What would be lost if it were closed now, as "2 changed settings of orders-api".
    fn unsaved(&self) -> Option<String> {
        None
    }

    /// The words of its tab, where they are better than those of the route: a name for an id.
    fn title(&self) -> Option<String> {
        None
    }

    /// A person has worked in it, so that it is more than a look: something was typed or run.
    fn is_worked_in(&self) -> bool {
        self.unsaved().is_some()
    }

    /// A link asks for this range of time: shown where `route` has one.
    fn arrive(&mut self, _route: &Route, _range: TimeRange) {}

    /// The range of time that `route` shows, for a link to it. `now` in ms since the epoch.
    fn range(&self, _route: &Route, _now: i64) -> Option<TimeRange> {
        None
    }

    /// All that `route` shows has been loaded (or has failed to): for `--screenshot`.
    fn settled(&self, route: &Route, store: &CloudStore) -> bool;
}

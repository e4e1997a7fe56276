//! The window around the panels: bars, rail, tabs, and what stands over them. It turns what is pressed into commands and
//! runs those that concern the window; a panel gets the rest.

mod arrivals;
mod banner;
mod dialogs;
mod hosting;
mod jump;
mod keys;
pub mod place;
mod rail;
mod recent;
mod status_bar;
mod tabs;
mod top_bar;

use std::sync::Weak;

use egui::{CentralPanel, Context, Panel, Ui, ViewportCommand};

use crate::cloud::whoami::{Here, Listens, WhoAmI};
use crate::command::{Command, Environment};
use crate::core::Core;
use crate::hosted::kept;
use crate::instance::Visit;
use crate::link::Link;
use crate::model::connection::{ConnectionSpec, is_loopback_url};
use crate::model::format::{self, Zone};
use crate::model::plan::{Plan, Risk};
use crate::route::{ApiTab, FunctionTab, Route};
use crate::settings::key_at;
use crate::store::Loadable;
use crate::ui::activity::undo::Undoing;
use crate::ui::apis;
use crate::ui::connection::Picker;
use crate::ui::cx::{ConnectionView, Cx, Message};
use crate::ui::functions;
use crate::ui::keyboard;
use crate::ui::theme::{Appearance, STATUS_BAR_HEIGHT, TOP_BAR_HEIGHT, Theme, space};
use crate::ui::widgets::confirm::Answer;
use crate::ui::widgets::palette::Palette;
use crate::ui::widgets::segmented::is_sub_tab;
use crate::ui::widgets::state;
use crate::ui::widgets::toast::Toasts;
use arrivals::{Arrivals, Arrived, Target};
use dialogs::{Leaving, MfaCode, Review, Then, help};
use hosting::Hosting;
use jump::{Choice, Jump, Known};
use place::Place;
use recent::Recent;
use tabs::Surroundings;
pub use tabs::Tabs;
pub use top_bar::grouped;

/// A throttled service is named for this long after it asked to slow down, in ms.
const THROTTLED_MS: u64 = 15_000;

/// What the window keeps between frames.
pub struct Frame {
    tabs: Tabs,
    /// What was to be shown of the connection, until it is known which endpoint it has.
    target: Option<Target>,
    palette: Palette,
    jump: Jump,
    recent: Recent,
    waiting: Option<Waiting>,
    toasts: Toasts,
    picker: Picker,
    review: Option<Review>,
    leaving: Option<Leaving>,
    mfa: MfaCode,
    arrivals: Arrivals,
    hosting: Hosting,
    help: bool,
    appearance: Appearance,
    zone: Zone,
    command: Option<Command>,
    /// The command that the panels were offered in this frame: one that came after them is kept for the next.
    offered: Option<Command>,
    messages: Vec<Message>,
    /// A change that is being taken back from its message.
    undoing: Option<Undoing>,
    /// Actions whose form shows what becomes of them, as long as it is there.
    shown: Vec<(crate::store::ActionId, Weak<()>)>,
    /// Messages of runs, with the screen that shows more of them.
    runs_told: Vec<(u64, Route)>,
    may_quit: bool,
    /// Something had the keyboard at the end of the last frame, or stood over the window: Esc was meant for it.
    escape_taken: bool,
}

/// A command for a function that is being opened: its panel is offered it until it can take it.
struct Waiting {
    route: Route,
    command: Command,
    /// When it is given up, in ms since the epoch.
    until: i64,
}

/// How long a command waits for its function to be read, in ms.
const PATIENCE_MS: i64 = 15_000;

impl Frame {
    /// The window as it was left.
    pub fn new(core: &Core, ctx: &Context) -> Self {
        let appearance = core.settings.get("appearance").unwrap_or_default();
        Theme::choose(ctx, appearance);
        let utc: bool = core.settings.get("utc").unwrap_or_default();
        let mut picker = Picker::default();
        if core.store.current().is_none() {
            picker.open();
        }
        let spec = core.session.spec(&core.store);
        let place = spec.map(|spec| core.kept_for(spec, None));
        Self {
            tabs: Tabs::restore(&core.settings, place.as_deref()),
            target: None,
            palette: Palette::default(),
            jump: Jump::default(),
            recent: Recent::restore(&core.settings),
            waiting: None,
            toasts: Toasts::default(),
            picker,
            review: None,
            leaving: None,
            mfa: MfaCode::default(),
            arrivals: Arrivals::default(),
            hosting: Hosting::default(),
            help: false,
            appearance,
            zone: if utc { Zone::Utc } else { Zone::Local },
            command: None,
            offered: None,
            messages: Vec::new(),
            undoing: None,
            shown: Vec::new(),
            runs_told: Vec::new(),
            may_quit: false,
            escape_taken: false,
        }
    }

    /// Shows `route`.
    pub fn open(&mut self, route: &Route) {
        self.tabs.open(route);
        self.target = Some(Target {
            route: Some(route.clone()),
            ..Target::default()
        });
    }

    /// Goes where a link leads; asks first where that is another connection and a stranger may have made the link.
    pub fn arrive(&mut self, visit: Visit) {
        self.arrivals.put(visit);
    }

    /// Closes the window without asking.
    pub fn end(&mut self, ctx: &Context) {
        self.may_quit = true;
        ctx.send_viewport_cmd(ViewportCommand::Close);
    }

    /// All that is in front has been loaded.
    pub fn settled(&self, core: &Core) -> bool {
        if core.store.current().is_none() {
            return self.picker.settled();
        }
        let here = core.store.peek(&WhoAmI);
        (here.error.is_some() || here.value.is_some() && self.tabs.settled(&core.store))
            && core.store.activity().in_flight == 0
    }

    /// Draws a frame.
    pub fn ui(&mut self, ui: &mut Ui, core: &mut Core) {
        let ctx = ui.ctx().clone();
        let here = core.store.want(&WhoAmI, core.now());
        let view = self.view(core, &here);
        if let Some(view) = view.as_ref().filter(|view| view.identity.is_some()) {
            self.turn_to(core, &view.place);
            self.target = None;
            let endpoint = here.value.as_ref().and_then(|here| here.endpoint.clone());
            if let Some(endpoint) = endpoint.filter(|url| is_loopback_url(url)) {
                core.store.set_near(true);
                let _told_by_the_banner = core.store.want(&Listens { endpoint }, core.now());
            }
        }
        self.keys(&ctx, core, view.is_some());
        self.top(ui, core, view.as_ref(), &here);
        self.banner(ui, core, view.as_ref(), &here);
        self.bottom(ui, core, view.as_ref(), &here);
        self.rail(ui, core);
        self.offer_waiting(core.now());
        self.offered = self.command;
        let theme = Theme::of(ui);
        let frame = egui::Frame::new().fill(theme.bg);
        CentralPanel::no_frame()
            .frame(frame)
            .show(ui, |ui| self.center(ui, core, view.as_ref(), &here));
        self.over(&ctx, core, view.as_ref());
        if ctx.memory(|memory| memory.top_modal_layer().is_some()) {
            // Who can't see the backdrop must not be led behind it.
            ctx.accesskit_node_builder(ui.unique_id(), |page| page.set_hidden());
        }
        let region = view.as_ref().map(|view| view.region.as_str());
        if let Some(arrived) = self.arrivals.next(core, region) {
            self.go(core, arrived);
            ctx.request_repaint();
        }
        self.work(&ctx, core);
        let front = self.tabs.route().and_then(Route::function_name);
        if let (Some(view), Some(name)) = (&view, front) {
            let connection = view.key(&view.spec.name);
            self.recent.seen(&mut core.settings, &connection, name);
        }
        self.tabs.keep(&mut core.settings);
        Place::keep(&ctx, &mut core.settings);
    }

    fn view(&self, core: &mut Core, here: &Loadable<Here>) -> Option<ConnectionView> {
        let spec = core.session.spec(&core.store)?.clone();
        let known = here.value.as_ref();
        if let Some(here) = known {
            core.store.set_caller(&here.identity.arn);
            core.remember(&spec);
        }
        Some(ConnectionView {
            region: known.map_or_else(
                || spec.region.clone().unwrap_or_default(),
                |h| h.region.clone(),
            ),
            identity: known.map(|here| here.identity.clone()),
            place: core.kept_for(&spec, known.and_then(|here| here.endpoint.as_deref())),
            spec,
        })
    }

    /// Shows the tabs of that place, with what was to be shown of it.
    fn turn_to(&mut self, core: &mut Core, place: &str) {
        if self.tabs.turn_to(&mut core.settings, place)
            && let Some(target) = &self.target
        {
            self.tabs.arrive(target);
        }
    }

    /// Shows another connection.
    fn switch(&mut self, core: &mut Core, spec: ConnectionSpec, target: Target) {
        let place = core.kept_for(&spec, None);
        core.connect(spec);
        self.tabs.renew();
        let _others = self.tabs.turn_to(&mut core.settings, &place);
        self.tabs.arrive(&target);
        self.target = Some(target);
    }

    fn environment(&self, core: &Core, connected: bool) -> Environment {
        let (can_go_back, can_go_forward) = self.tabs.can_go();
        Environment {
            connected,
            route: self.tabs.route().cloned(),
            locked: core.store.may_write().err(),
            can_go_back,
            can_go_forward,
            hosts: core.hosted.is_some(),
            can_host: core.host.is_some(),
        }
    }

    fn keys(&mut self, ctx: &Context, core: &Core, connected: bool) {
        let over = self.palette.is_open()
            || self.review.is_some()
            || self.leaving.is_some()
            || self.help
            || self.arrivals.is_asking()
            || self.hosting.is_open()
            || self.picker.is_open()
            || core.questions.front().is_some();
        if over {
            return;
        }
        if let Some(command) = keys::pressed(ctx, self.tabs.route()) {
            match command.available(&self.environment(core, connected)) {
                Ok(()) => self.command = Some(command),
                Err(reason) => self.toasts.note(command.text(), reason),
            }
        }
    }

    /// The connection's state, told once for all panes. Before anybody was known to be there, the centre tells it.
    fn banner(
        &mut self,
        ui: &mut Ui,
        core: &mut Core,
        view: Option<&ConnectionView>,
        here: &Loadable<Here>,
    ) {
        let known = view.filter(|view| view.identity.is_some());
        let down = known.and_then(|view| Some((view, core.store.health()?.down()?)));
        state::tell_elsewhere(ui.ctx(), down.is_some());
        let Some((view, down)) = down else { return };
        let endpoint = here
            .value
            .as_ref()
            .and_then(|here| here.endpoint.as_deref());
        let place = banner::place(view, endpoint);
        let banner = banner::Banner {
            down: &down,
            place: &place,
            asking: core.store.activity().in_flight > 0,
            next: core.store.next_try(),
            now: core.now(),
            zone: &self.zone,
        };
        if banner.ui(ui) {
            core.store.refresh();
        }
    }

    fn top(
        &mut self,
        ui: &mut Ui,
        core: &mut Core,
        view: Option<&ConnectionView>,
        here: &Loadable<Here>,
    ) {
        let theme = Theme::of(ui);
        let frame = egui::Frame::new()
            .fill(theme.panel)
            .inner_margin(egui::Margin::symmetric(12, 0));
        Panel::top("top bar")
            .exact_size(TOP_BAR_HEIGHT)
            .frame(frame)
            .show(ui, |ui| {
                let now = core.now();
                let zone_text = self.zone.name(now);
                let state = self.state(core, view, here);
                let real = view.and_then(|view| reality(core, view));
                let bar = top_bar::TopBar {
                    connection: view,
                    real: real.as_deref(),
                    state: &state,
                    read_only: core.store.may_write().is_err(),
                    zone_text: &zone_text,
                    appearance: self.appearance,
                    running: core.store.actions().filter(|a| a.is_running()).count(),
                };
                if let Some(command) = bar.ui(ui) {
                    self.command = Some(command);
                }
            });
    }

    /// Whether the connection answers, for its chip.
    fn state(
        &self,
        core: &Core,
        view: Option<&ConnectionView>,
        here: &Loadable<Here>,
    ) -> top_bar::State {
        let now = core.now();
        let health = core.store.health();
        if let Some(down) = health.and_then(|health| health.down())
            && let Some(view) = view
        {
            let endpoint = here
                .value
                .as_ref()
                .and_then(|here| here.endpoint.as_deref());
            return top_bar::State::Down {
                since: banner::since(&down, now, &self.zone),
                why: down.cause.words(&banner::place(view, endpoint)),
            };
        }
        let throttled = self.throttled(core);
        if !throttled.is_empty() {
            return top_bar::State::Slow(throttled.join(", "));
        }
        let answered = health.and_then(|health| health.answered());
        top_bar::State::Live(answered.map(|at| format::clock_seconds(at, &self.zone)))
    }

    fn throttled(&self, core: &Core) -> Vec<String> {
        let now = u64::try_from(core.now()).unwrap_or_default();
        let stats = core.session.hooks().calls.stats();
        stats
            .throttled(now, THROTTLED_MS)
            .map(str::to_owned)
            .collect()
    }

    fn bottom(
        &mut self,
        ui: &mut Ui,
        core: &mut Core,
        view: Option<&ConnectionView>,
        here: &Loadable<Here>,
    ) {
        let theme = Theme::of(ui);
        let frame = egui::Frame::new().fill(theme.panel);
        let now = core.now();
        let throttled = self.throttled(core);
        let queued = crate::ui::activity::queued_words(&core.session.hooks().calls.stats(), now);
        let endpoint = here
            .value
            .as_ref()
            .and_then(|here| here.endpoint.as_deref());
        let endpoint = endpoint.or_else(|| view.and_then(|view| view.spec.endpoint.as_deref()));
        let kept = view.and_then(|view| reality(core, view));
        Panel::bottom("status bar")
            .exact_size(STATUS_BAR_HEIGHT)
            .frame(frame)
            .show(ui, |ui| {
                status_bar::StatusBar {
                    activity: core.store.activity(),
                    throttled: &throttled,
                    queued: &queued,
                    endpoint,
                    kept: kept.as_deref(),
                    now,
                    zone: &self.zone,
                }
                .ui(ui);
            });
    }

    fn rail(&mut self, ui: &mut Ui, core: &mut Core) {
        let theme = Theme::of(ui);
        let narrow = ui.ctx().content_rect().width() < 880.0;
        let frame = egui::Frame::new()
            .fill(theme.panel)
            .inner_margin(egui::Margin::same(8));
        let running = core.store.actions().filter(|a| a.is_running()).count();
        let now = core.now();
        let entries = rail::entries(
            self.tabs.route(),
            functions::known(&mut core.store, now),
            apis::known(&mut core.store, now),
            running,
        );
        Panel::left("rail")
            .resizable(false)
            .exact_size(rail::width(narrow))
            .frame(frame)
            .show(ui, |ui| {
                if let Some(command) = rail::ui(ui, &entries, narrow) {
                    self.command = Some(command);
                }
            });
    }

    fn center(
        &mut self,
        ui: &mut Ui,
        core: &mut Core,
        view: Option<&ConnectionView>,
        here: &Loadable<Here>,
    ) {
        let Some(view) = view else {
            let empty = state::Empty {
                icon: crate::ui::icons::Icon::PLUG,
                title: "Not connected",
                advice: "Choose a profile of this machine, a region, or an endpoint. The sandbox needs none of them: it runs here, with sample functions.",
                action: "Connect",
            };
            if state::empty_state(ui, &empty) {
                self.command = Some(Command::Connect);
            }
            return;
        };
        if view.identity.is_none() {
            ui.add_space(space::L);
            match &here.error {
                None => {
                    state::skeleton(ui, &format!("who you are on {}", view.spec.name), 3);
                }
                Some(error) => {
                    let pressed = state::alert(ui, error, here.loading);
                    if pressed.retry {
                        core.sign_in_again();
                    }
                    if pressed.sign_in {
                        self.messages.push(Message::SignIn);
                    }
                    if let Some(command) = self.picker.ways_out(ui, core, error) {
                        self.command = Some(command);
                    }
                }
            }
            return;
        }
        let now = core.now();
        let around = Surroundings {
            store: &mut core.store,
            settings: &mut core.settings,
            connection: view,
            now,
            zone: &self.zone,
            command: &mut self.command,
            messages: &mut self.messages,
        };
        self.tabs.ui(ui, around);
    }

    /// What stands over the window.
    fn over(&mut self, ctx: &Context, core: &mut Core, view: Option<&ConnectionView>) {
        let connected = view.is_some();
        let now = core.now();
        if let Some(review) = &mut self.review
            && !review.show(ctx, &mut core.store, now)
        {
            self.shown.extend(review.watched());
            self.review = None;
        }
        if let Some(answer) = self.leaving.as_ref().and_then(|leaving| leaving.show(ctx))
            && let Some(leaving) = self.leaving.take()
            && answer == Answer::Apply
        {
            self.leave(ctx, core, leaving.then);
        }
        self.mfa.show(ctx, &core.questions);
        if self.help {
            self.help = help(ctx);
        }
        if let Some(spec) = self.picker.show(ctx, core) {
            self.connect(core, spec, Target::default());
        }
        if let Some(arrived) = self.arrivals.show(ctx) {
            self.go(core, arrived);
        }
        if self.picker.take_sandbox() {
            self.hosting.open(core);
        }
        self.hosting.show(ctx, core, &mut self.toasts);
        if let Some(spec) = self.hosting.take_opened() {
            self.picker.close();
            let here = core.session.spec(&core.store);
            if here.is_none_or(|here| !here.same_place(&spec)) {
                self.connect(core, spec, Target::default());
            }
        }
        if self.palette.is_open() {
            self.refresh_jump(core, connected, false);
            let chosen = self.palette.show(ctx, &mut self.jump);
            match chosen.and_then(|index| self.jump.choice(index)) {
                Some(Choice::Open(route)) => {
                    self.lead(ctx, &route);
                    self.tabs.open(&route);
                }
                Some(Choice::Run(command)) => self.command = Some(command),
                Some(Choice::RunOn(name, command)) => self.run_on(&name, command, now),
                Some(Choice::Ask(command)) => {
                    self.jump.ask(command);
                    self.palette.open("");
                    ctx.request_repaint();
                }
                None => {}
            }
        }
        self.seen_runs();
        if let Some(number) = self.toasts.show(ctx) {
            self.undo(core, crate::store::ActionId(number));
        }
        self.undoing(ctx, core, view);
    }

    /// Takes back what an action of this session did.
    fn undo(&mut self, core: &mut Core, id: crate::store::ActionId) {
        let Some(state) = core.store.action(id) else {
            return;
        };
        let (at, target) = (state.finished_at, state.plan.target.clone());
        let journal = core.store.journal();
        let record = journal
            .iter()
            .rev()
            .find(|record| Some(record.at) == at && record.target == target)
            .cloned();
        if let Some(record) = record {
            self.undoing = Undoing::start(&record, &mut core.store);
        }
    }

    fn undoing(&mut self, ctx: &Context, core: &mut Core, view: Option<&ConnectionView>) {
        let (Some(undoing), Some(view)) = (&mut self.undoing, view) else {
            return;
        };
        let now = core.now();
        let mut cx = Cx {
            store: &mut core.store,
            settings: &mut core.settings,
            connection: view,
            now,
            zone: &self.zone,
            active: false,
            command: &mut self.command,
            messages: &mut self.messages,
        };
        if !undoing.show(ctx, &mut cx) {
            self.undoing = None;
        }
    }

    /// What the palette offers. The functions are asked for as long as it is open.
    fn refresh_jump(&mut self, core: &mut Core, connected: bool, opened: bool) {
        let environment = self.environment(core, connected);
        let now = core.now();
        let (functions, note) = match core.store.current() {
            Some(_) => functions::wanted(&mut core.store, now),
            None => (None, String::new()),
        };
        let here = core.store.peek(&WhoAmI).value;
        let found = here.as_ref().and_then(|here| here.endpoint.as_deref());
        let connection = core.session.spec(&core.store).map(|spec| {
            let place = core.kept_for(spec, found);
            key_at(&spec.name, &place)
        });
        let known = Known {
            functions: functions
                .as_ref()
                .map_or(&[][..], |list| list.rows.as_slice()),
            note: &note,
            recent: self.recent.of(connection.as_deref().unwrap_or_default()),
        };
        self.jump.refresh(&known, &environment, opened);
    }

    /// Opens a function for a command that was chosen for it.
    fn run_on(&mut self, name: &str, command: Command, now: i64) {
        let (route, then) = jump::place(name, command);
        // What can be done on any part is done on the one in front.
        let here = self.tabs.route().filter(|front| front.same_place(&route));
        let part =
            then.is_none() || matches!(command, Command::UploadZip | Command::DownloadPackage);
        let route = match here {
            Some(front) if !part => front.clone(),
            _ => route,
        };
        self.tabs.open(&route);
        self.waiting = then.map(|command| Waiting {
            route,
            command,
            until: now + PATIENCE_MS,
        });
    }

    /// Offers the command that waits, while its function is in front and nothing else was pressed.
    fn offer_waiting(&mut self, now: i64) {
        let Some(waiting) = &self.waiting else { return };
        let front = self.tabs.route();
        let there = front.is_some_and(|front| front.same_place(&waiting.route));
        if now > waiting.until || !there {
            self.waiting = None;
        } else if self.command.is_none() {
            self.command = Some(waiting.command);
        }
    }

    /// Whether the command that waits was left untaken in this frame: it is offered again in the next.
    fn waits_on(&mut self, ctx: &Context) {
        let Some(waiting) = &self.waiting else { return };
        if self.offered != Some(waiting.command) {
            return;
        }
        if self.command == Some(waiting.command) {
            self.command = None;
            ctx.request_repaint_after(std::time::Duration::from_millis(100));
        } else {
            self.waiting = None;
        }
    }

    /// Who opens a function with a key goes on with keys there: its parts have the keyboard.
    fn lead(&self, ctx: &Context, route: &Route) {
        let front = self.tabs.route();
        let stays = front.is_some_and(|front| front.same_place(route));
        if keyboard::leads(ctx) && !stays && matches!(route, Route::Function { .. }) {
            functions::lead(ctx);
        }
    }

    /// Esc leads from a function to the list, where nobody else had a use for it.
    fn escape(&mut self, ctx: &Context) {
        let taken = self.escape_taken;
        let focused = ctx.memory(|memory| memory.focused());
        self.escape_taken = focused.is_some_and(|id| !is_sub_tab(ctx, id))
            || ctx.memory(|memory| memory.top_modal_layer().is_some())
            || egui::Popup::is_any_open(ctx);
        let free = !taken && !self.escape_taken && self.command.is_none();
        let pressed = || ctx.input_mut(|i| i.consume_key(egui::Modifiers::NONE, egui::Key::Escape));
        let inside = self
            .tabs
            .route()
            .map(|route| (route.function_name().is_some(), route.api_id().is_some()));
        let list = match inside {
            Some((true, _)) => Command::Functions,
            Some((_, true)) => Command::Apis,
            _ => return,
        };
        if free && pressed() {
            self.command = Some(list);
        }
    }

    /// Runs the command and reads the messages of this frame.
    fn work(&mut self, ctx: &Context, core: &mut Core) {
        self.waits_on(ctx);
        self.escape(ctx);
        for message in std::mem::take(&mut self.messages) {
            if let Message::Open(route) | Message::OpenInNewTab(route) = &message {
                self.lead(ctx, route);
            }
            self.read(core, message);
        }
        if let Some(command) = self.command.take() {
            self.run(ctx, core, command);
            ctx.request_repaint();
        }
        while let Some((id, unsaved)) = self.tabs.take_closing() {
            match unsaved {
                None => self.tabs.close(id),
                Some(what) => {
                    self.leaving = Some(Leaving {
                        what,
                        then: Then::Close(id),
                    })
                }
            }
        }
        for id in core.store.take_ended() {
            self.say_ended(core, id);
        }
        self.closing(ctx, core);
    }

    fn read(&mut self, core: &mut Core, message: Message) {
        match message {
            Message::Open(route) => self.tabs.look_at(&route),
            Message::OpenInNewTab(route) => self.tabs.open(&route),
            Message::OpenAnother(route) => self.tabs.another(&route),
            Message::Review(action, submission) => {
                self.review = Some(Review::new(action, submission));
            }
            Message::Toast { title, text } => self.toasts.done(title, text),
            Message::Error(error) if !error.is_fault() => {
                self.toasts.note(error.headline(), &error.message);
            }
            Message::Error(error) => {
                self.toasts
                    .error(error.kind.title(), &error.message, error.report());
            }
            Message::SignIn => self.picker.sign_in(core),
            Message::Run(command) => self.command = Some(command),
            Message::Close(route) => self.tabs.done(&route),
        }
    }

    /// Opens a screen; asked for with a key, the keyboard is not left on what it was on elsewhere.
    fn visit(&mut self, ctx: &Context, route: &Route) {
        let there = self.tabs.route() == Some(route);
        self.tabs.open(route);
        if keyboard::leads(ctx) && !there {
            self.tabs.enter();
        }
    }

    /// Commands that concern the window. Those of a panel are taken by it when it is drawn; one that came after the panels
    /// were drawn, as from the palette, is kept for the next frame once.
    fn run(&mut self, ctx: &Context, core: &mut Core, command: Command) {
        match command {
            Command::Palette => {
                self.refresh_jump(core, true, true);
                self.palette.open("");
            }
            Command::Functions => self.visit(ctx, &Route::Functions),
            Command::Apis => self.visit(ctx, &Route::Apis),
            Command::Keys => self.visit(ctx, &Route::Keys),
            Command::Why => self.visit(ctx, &Route::why()),
            Command::Activity => self.visit(ctx, &Route::Activity),
            Command::Connect => self.picker.open(),
            Command::Refresh => core.store.refresh(),
            Command::Back => self.tabs.step(false),
            Command::Forward => self.tabs.step(true),
            Command::CloseTab => self.tabs.close_active(),
            Command::NextTab => self.tabs.cycle(true),
            Command::PreviousTab => self.tabs.cycle(false),
            Command::SplitTab => self.tabs.split(),
            Command::NextPane => self.tabs.next_pane(true),
            Command::PreviousPane => self.tabs.next_pane(false),
            Command::ToggleReadOnly => self.picker.toggle_lock(core),
            Command::ToggleTheme => {
                self.appearance = match ctx.theme() {
                    egui::Theme::Dark => Appearance::Light,
                    egui::Theme::Light => Appearance::Dark,
                };
                Theme::choose(ctx, self.appearance);
                core.settings.set("appearance", &self.appearance);
            }
            Command::ToggleUtc => {
                let utc = self.zone != Zone::Utc;
                self.zone = if utc { Zone::Utc } else { Zone::Local };
                core.settings.set("utc", &utc);
            }
            Command::Help => self.help = true,
            Command::CopyLink => self.copy_link(ctx, core),
            Command::CreateFunction => self.tabs.open(&Route::CreateFunction),
            Command::CreateApi => self.tabs.open(&Route::CreateApi),
            Command::ImportApi => self.tabs.open(&Route::ImportApi),
            Command::OpenSandbox => self.hosting.open(core),
            Command::SaveSandbox => self.hosting.save(core),
            Command::LoadSandbox => self.hosting.load(core),
            Command::ResetSandbox => self.hosting.reset(core),
            _ if self.offered != Some(command) => self.command = Some(command),
            _ => {}
        }
    }

    /// Puts a link to what is in front on the clipboard: it names the place and no key.
    fn copy_link(&mut self, ctx: &Context, core: &Core) {
        let Some(spec) = core.session.spec(&core.store) else {
            return;
        };
        let here = core.store.peek(&WhoAmI).value;
        let region = here.map(|here| here.region.clone());
        let link = Link {
            place: Some(core.place_of(spec)),
            region: region.or_else(|| spec.region.clone()),
            route: self.tabs.route().cloned(),
            range: self.tabs.range(core.now()),
        };
        let text = link.to_string();
        self.toasts.done("The link is copied", &text);
        ctx.copy_text(text);
    }

    /// Where a link has led.
    fn go(&mut self, core: &mut Core, arrived: Arrived) {
        match arrived {
            Arrived::Show(target) => self.tabs.arrive(&target),
            Arrived::Connect(spec, target) => {
                self.picker.close();
                self.connect(core, spec, target);
            }
            Arrived::Refuse(why) => self.toasts.note("The link leads nowhere", why),
        }
    }

    /// Shows `target` of another connection, unless there is unsaved work.
    fn connect(&mut self, core: &mut Core, spec: ConnectionSpec, target: Target) {
        let unsaved = self.tabs.unsaved();
        if unsaved.is_empty() {
            self.switch(core, spec, target);
        } else {
            let then = Then::Connect(Box::new(spec), target);
            self.leaving = Some(Leaving {
                what: unsaved.join("\n"),
                then,
            });
        }
    }

    fn leave(&mut self, ctx: &Context, core: &mut Core, then: Then) {
        match then {
            Then::Close(id) => self.tabs.close(id),
            Then::Connect(spec, target) => {
                self.switch(core, *spec, target);
            }
            Then::Quit => self.end(ctx),
        }
    }

    fn say_ended(&mut self, core: &Core, id: crate::store::ActionId) {
        let at = self.shown.iter().position(|(shown, _)| *shown == id);
        let form = at.map(|at| self.shown.swap_remove(at).1);
        // Who took the answer up in this frame has let go of the submission; who still holds it is not on the screen.
        let in_its_form = form.is_some_and(|form| form.strong_count() == 0);
        let Some(state) = core.store.action(id) else {
            return;
        };
        // Whoever looks at the part that it was started from sees there what came of a run.
        let run = run_screen(&state.plan);
        if run.as_ref().is_some_and(|screen| self.tabs.shows(screen)) {
            return;
        }
        let mut told = None;
        if state.plan.risk == Risk::Destroys && matches!(state.result, Some(Ok(_))) {
            self.tabs.leave(&Route::function(state.plan.target_name()));
        }
        match &state.result {
            Some(Ok(applied)) if applied.failed => {
                let summary = applied.summary.clone();
                let title = &state.plan.title;
                told = Some(self.toasts.error(title, &applied.summary, summary));
            }
            Some(Ok(applied)) if !applied.summary.is_empty() => {
                let (title, text) = (&state.plan.title, &applied.summary);
                // To take an undo back is to do the change again.
                let word = match title.starts_with("Undo") {
                    true => "Redo",
                    false => "Undo",
                };
                let action = applied.undo.as_ref().map(|_| (word, id.0));
                self.toasts
                    .changed(title, text, state.plan.changes(), action);
            }
            // Its form has it already.
            Some(Err(_)) if in_its_form => {}
            Some(Err(error)) if !error.is_fault() => {
                let title = format!("{}: {}", state.plan.title, error.headline());
                self.toasts.note(title, &error.message);
            }
            Some(Err(error)) => {
                told = Some(self.toasts.error(
                    format!("{}: {}", state.plan.title, error.kind.title()),
                    &error.message,
                    error.report(),
                ));
            }
            _ => {}
        }
        if let (Some(told), Some(screen)) = (told, run) {
            self.runs_told.push((told, screen));
            let gone = self.runs_told.len().saturating_sub(self.toasts.len());
            self.runs_told.drain(..gone);
        }
    }

    /// A run that was told of at the edge is no news any more where its own screen shows it.
    fn seen_runs(&mut self) {
        let (tabs, toasts) = (&self.tabs, &mut self.toasts);
        self.runs_told.retain(|(toast, test)| {
            let seen = tabs.shows(test);
            if seen {
                toasts.close(*toast);
            }
            !seen
        });
    }

    /// A window with work that runs or is not saved asks before it closes.
    fn closing(&mut self, ctx: &Context, core: &Core) {
        if self.may_quit || !ctx.input(|input| input.viewport().close_requested()) {
            return;
        }
        let running = core.store.actions().filter(|a| a.is_running());
        let mut what: Vec<String> = running
            .map(|action| {
                format!(
                    "{} is still running on {}.",
                    action.plan.title,
                    action.plan.target_name()
                )
            })
            .collect();
        what.extend(self.tabs.unsaved());
        what.extend(hosting::thrown_away(core));
        if !what.is_empty() {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.leaving = Some(Leaving {
                what: what.join("\n"),
                then: Then::Quit,
            });
        }
    }
}

/// The part of a screen that shows what comes of a run that was started there.
fn run_screen(plan: &Plan) -> Option<Route> {
    if plan.title.starts_with("Invoke") {
        return Some(Route::function_tab(plan.target_name(), FunctionTab::Test));
    }
    // `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/GET/path`.
    let (_, rest) = plan.target.split_once(":execute-api:")?;
    let api = rest.split(':').nth(2)?.split('/').next()?;
    Some(Route::api_tab(api, ApiTab::Client))
}

/// What a connection really is, where it is a sandbox and not AWS.
fn reality(core: &Core, view: &ConnectionView) -> Option<String> {
    let endpoint = view.spec.endpoint.as_deref();
    let hosted = core.hosted.as_deref();
    if let Some(own) = hosted.filter(|own| endpoint == Some(own.endpoint())) {
        return Some(kept(own));
    }
    let alias = view.identity.as_ref().and_then(|who| who.alias.as_deref());
    let is_one = view.spec.is_local() && alias == Some(SANDBOX);
    is_one.then(|| "A sandbox on this machine: nothing in it reaches AWS.".to_owned())
}

/// The alias that the account of every sandbox has.
const SANDBOX: &str = "sekisho-sandbox";

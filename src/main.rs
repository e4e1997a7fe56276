//! Arguments, logging, runtime, window; nothing else. The only file of the console that names the sandbox's crate.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use clap::Parser;
use sekisho::app::{self, App, Picture};
use sekisho::arguments::{Arguments, Command, SandboxArguments, SaveArguments};
use sekisho::cloud::connection::machine::Machine;
use sekisho::cloud::connection::profiles;
use sekisho::core::{Core, Paths};
use sekisho::hosted::{self, Host, Hosted};
use sekisho::instance::{self, Listening, Start, Visit, Visits, Word};
use sekisho::link::Link;
use sekisho::model::connection::{ConnectionSpec, authority_of};
use sekisho::settings::Settings;
use sekisho::store::BoxFuture;
use sekisho::ui::frame::place::Place;
use sekisho_sandbox::registry::Registered;
use sekisho_sandbox::store::archive;
use sekisho_sandbox::{Options, Sandbox, StartError, StateError};
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    if let Some(code) = sekisho_sandbox::warden::hook() {
        return code;
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    log();
    let result = match &arguments.command {
        Some(Command::Sandbox(sandbox)) => {
            runtime().and_then(|runtime| run_sandbox(&runtime, sandbox))
        }
        Some(Command::Generate { what, folder }) => sekisho::generate::write(*what, folder)
            .map(|()| ExitCode::SUCCESS)
            .map_err(|error| format!("{} can't be written: {error}", folder.display())),
        Some(Command::Save(save)) => runtime().and_then(|runtime| run_save(&runtime, save)),
        None => show(&arguments),
    };
    result.unwrap_or_else(|message| {
        eprintln!("sekisho: {message}");
        ExitCode::FAILURE
    })
}

/// Wrong arguments are told in one line, with exit 2; help and version are printed as they are.
fn refuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Nobody is left to tell when the output is closed.
        let _closed = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let lines = text.lines().take_while(|line| !line.trim().is_empty());
    let words: Vec<&str> = lines.map(str::trim).collect();
    let words = words.join(" ");
    let words = words.strip_prefix("error: ").unwrap_or(&words);
    eprintln!("sekisho: {words} (see sekisho --help)");
    ExitCode::from(2)
}

fn log() {
    let filter = std::env::var("SEKISHO_LOG").ok();
    let subscriber = sekisho::cloud::logging::subscriber(filter.as_deref(), std::io::stderr);
    // It is the first one: nothing was set before.
    let _already = tracing::subscriber::set_global_default(subscriber);
}

fn runtime() -> Result<Runtime, String> {
    Runtime::new().map_err(|error| format!("the runtime could not be started: {error}"))
}

fn run_sandbox(runtime: &Runtime, arguments: &SandboxArguments) -> Result<ExitCode, String> {
    runtime.block_on(async {
        let ending = Ending::watch().map_err(|error| error.to_string())?;
        let options = Options {
            port: arguments.port,
            listen: arguments.listen,
            hosts: arguments.host.clone(),
            vpc_links: arguments.vpc_link.iter().cloned().collect(),
            empty: arguments.empty,
            workload: !arguments.quiet && !arguments.empty,
            state: arguments.state.clone(),
            fresh: arguments.fresh,
            load: arguments.load.clone(),
            ..of_account(arguments.account.as_deref())
        };
        let sandbox = Sandbox::start(options)
            .await
            .map_err(|error| error.to_string())?;
        let _registered = sekisho_sandbox::registry::register(&sandbox.endpoint());
        announce(&sandbox.endpoint());
        match sandbox.state_dir() {
            Some(folder) => eprintln!(
                "sekisho: what is made in it is kept in {}",
                folder.display()
            ),
            None => eprintln!("sekisho: what is made in it is gone when it ends; --state keeps it"),
        }
        if let (Some(address), Some(file)) = (arguments.listen, sandbox.credentials_file()) {
            tell_keys(address, file);
        }
        ending.asked().await.map_err(|error| error.to_string())?;
        sandbox.shutdown().await;
        Ok(ExitCode::SUCCESS)
    })
}

fn run_save(runtime: &Runtime, arguments: &SaveArguments) -> Result<ExitCode, String> {
    let file = &arguments.file;
    if let Some(endpoint) = &arguments.endpoint {
        archive::fetch(endpoint, file)?;
        return Ok(ExitCode::SUCCESS);
    }
    let state = arguments
        .state
        .clone()
        .or_else(Paths::sandbox_of_this_machine);
    let state = state.ok_or("this user has no data folder: name the state with --state")?;
    let saved = runtime.block_on(archive::save_stopped(&state, file));
    saved.map_err(|error| match error {
        StateError::InUse { .. } => {
            format!("{error}; save it with --endpoint and where that sandbox answers")
        }
        other => other.to_string(),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The usual sandbox, of the account that was given.
fn of_account(account: Option<&str>) -> Options {
    Options {
        account: account.map(str::to_owned),
        ..Options::default()
    }
}

#[allow(
    clippy::print_stdout,
    reason = "the one line that `sekisho sandbox` promises on its standard output"
)]
fn announce(endpoint: &str) {
    println!("{endpoint}");
}

/// Where the keys are that get in from elsewhere; never the keys themselves.
fn tell_keys(address: std::net::IpAddr, file: &std::path::Path) {
    let file = file.display();
    eprintln!(
        "sekisho: over {address}, only requests that are signed with the keys in {file} get in"
    );
    eprintln!("sekisho: copy that file to who may, and name it in AWS_SHARED_CREDENTIALS_FILE");
}

/// What ends the sandbox in order. It is caught from when this is made, before anybody is told where the sandbox is: who reads that
/// line may end it at once.
struct Ending {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
}

impl Ending {
    fn watch() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                signals: [
                    signal(SignalKind::terminate())?,
                    signal(SignalKind::hangup())?,
                    signal(SignalKind::interrupt())?,
                ],
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    async fn asked(self) -> std::io::Result<()> {
        #[cfg(unix)]
        {
            let [mut terminate, mut hangup, mut interrupt] = self.signals;
            tokio::select! {
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
                _ = interrupt.recv() => {}
            }
            Ok(())
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await
    }
}

/// Shows the window that runs what is asked for, or opens one.
fn show(arguments: &Arguments) -> Result<ExitCode, String> {
    let visit = arguments.visit()?;
    let start = if arguments.new_window || arguments.screenshot.is_some() {
        Start::Alone
    } else {
        let handed = arguments.may_be_handed_over().then_some(&visit);
        instance::start(handed, arguments.wants_sandbox())
    };
    let listening = match start {
        Start::Taken => {
            eprintln!("sekisho: shown in the window that is open; --new-window opens another one");
            return Ok(ExitCode::SUCCESS);
        }
        Start::First(listening) => Some(listening),
        Start::Alone => None,
    };
    let door = listening.as_ref().map(Listening::door);
    let code = runtime().and_then(|runtime| run_window(&runtime, arguments, visit, listening));
    if let Some(door) = door {
        door.close();
    }
    code
}

fn run_window(
    runtime: &Runtime,
    arguments: &Arguments,
    visit: Visit,
    listening: Option<Listening>,
) -> Result<ExitCode, String> {
    let _inside = runtime.enter();
    let sandbox = if arguments.wants_sandbox() {
        let options = Options {
            port: 0,
            state: kept_in(arguments),
            fresh: arguments.fresh,
            ..of_account(arguments.account.as_deref())
        };
        let alone = options.clone();
        let started = match runtime.block_on(Sandbox::start(options)) {
            // A second window of one's own choice: its sandbox begins anew, and says so.
            Err(StartError::State(StateError::InUse { path, .. }))
                if arguments.new_window && arguments.state.is_none() =>
            {
                eprintln!(
                    "sekisho: the sandbox in {} is open in another window; this window has one of its own, which keeps nothing (--state FOLDER keeps it)",
                    path.display()
                );
                let options = Options {
                    state: None,
                    ..alone
                };
                runtime.block_on(Sandbox::start(options))
            }
            started => started,
        };
        Some(Own::of(started.map_err(|error| error.to_string())?))
    } else {
        None
    };
    let endpoint = sandbox.as_ref().map(|own| own.endpoint.clone());
    let host = Arc::new(Starter {
        options: Options {
            port: 0,
            state: kept_in(arguments),
            ..of_account(arguments.account.as_deref())
        },
        running: tokio::sync::Mutex::new(sandbox.clone()),
    });
    let first = First {
        visit,
        listening,
        hosted: sandbox,
        host: host.clone(),
    };
    let code = open_window(runtime, arguments, endpoint.as_deref(), first);
    if let Some(own) = runtime.block_on(host.running.lock()).as_ref() {
        runtime.block_on(own.sandbox.shutdown());
    }
    code
}

/// Starts the sandbox of this window when a person asks for it.
struct Starter {
    options: Options,
    running: tokio::sync::Mutex<Option<Own>>,
}

/// Makes a sandbox start for the window.
#[derive(Clone)]
struct Starting(Arc<Starter>);

impl Host for Starting {
    fn start(&self) -> BoxFuture<Result<Arc<dyn Hosted>, String>> {
        let starter = self.0.clone();
        Box::pin(async move {
            let mut running = starter.running.lock().await;
            let own = match running.as_ref() {
                Some(own) => own.clone(),
                None => {
                    let started = Sandbox::start(starter.options.clone()).await;
                    Own::of(started.map_err(|error| error.to_string())?)
                }
            };
            *running = Some(own.clone());
            Ok(Arc::new(own) as Arc<dyn Hosted>)
        })
    }
}

/// Where the window's own sandbox keeps its state. One that is there for a picture keeps nothing, unless told where.
fn kept_in(arguments: &Arguments) -> Option<PathBuf> {
    let own = || match arguments.screenshot {
        Some(_) => None,
        None => Paths::sandbox_of_this_machine(),
    };
    arguments.state.clone().or_else(own)
}

/// The window's icon; none where it can't be read.
fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../assets/icon.png")).unwrap_or_default()
}

/// The connection that the arguments ask for.
fn connection(arguments: &Arguments, sandbox: Option<&str>, link: &Link) -> ConnectionSpec {
    let mut spec = match (sandbox, &arguments.endpoint_url, &arguments.profile) {
        (Some(endpoint), _, _) => hosted::connection(endpoint),
        (None, Some(endpoint), None) => {
            ConnectionSpec::of_endpoint(authority_of(endpoint), endpoint)
        }
        (None, _, Some(profile)) => ConnectionSpec::of_profile(profile),
        (None, None, None) => ConnectionSpec::default(),
    };
    if sandbox.is_none() {
        spec.endpoint = arguments.endpoint_url.clone();
    }
    if link.region.is_some() || sandbox.is_none() {
        spec.region.clone_from(&link.region);
    }
    spec
}

/// Something says where to connect. Without arguments that is the standard chain; where it has nothing to go by, the
/// window starts with the picker instead of an error.
fn is_asked_for(runtime: &Runtime, arguments: &Arguments) -> bool {
    arguments.wants_sandbox()
        || arguments.profile.is_some()
        || arguments.endpoint_url.is_some()
        || runtime.block_on(profiles::has_standard_chain(&Machine::real()))
}

/// What a window begins with.
struct First {
    visit: Visit,
    listening: Option<Listening>,
    hosted: Option<Own>,
    host: Arc<Starter>,
}

/// The sandbox of this process, as the console may know it.
#[derive(Clone)]
struct Own {
    sandbox: Arc<Sandbox>,
    endpoint: String,
    /// Other windows of this machine find it while this is held.
    _registered: Arc<Registered>,
}

impl Own {
    fn of(sandbox: Sandbox) -> Self {
        Self {
            _registered: Arc::new(sekisho_sandbox::registry::register(&sandbox.endpoint())),
            endpoint: sandbox.endpoint(),
            sandbox: Arc::new(sandbox),
        }
    }
}

impl Hosted for Own {
    fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn folder(&self) -> Option<PathBuf> {
        self.sandbox.state_dir()
    }

    fn save(&self, file: PathBuf) -> BoxFuture<Result<(), String>> {
        let sandbox = self.sandbox.clone();
        Box::pin(async move { sandbox.save(&file).await.map_err(|error| error.to_string()) })
    }

    fn load(&self, file: PathBuf) -> BoxFuture<Result<(), String>> {
        let sandbox = self.sandbox.clone();
        Box::pin(async move { sandbox.load(&file).await.map_err(|error| error.to_string()) })
    }

    fn reset(&self) -> BoxFuture<Result<(), String>> {
        let sandbox = self.sandbox.clone();
        Box::pin(async move { sandbox.reset().await.map_err(|error| error.to_string()) })
    }
}

fn open_window(
    runtime: &Runtime,
    arguments: &Arguments,
    sandbox: Option<&str>,
    first: First,
) -> Result<ExitCode, String> {
    let mut visit = first.visit;
    let begins_there = visit.word == Word::Person || arguments.wants_sandbox();
    let link = if begins_there {
        visit.link.clone()
    } else {
        Link::default()
    };
    let spec = is_asked_for(runtime, arguments).then(|| connection(arguments, sandbox, &link));
    let starts_locked = arguments.read_only;
    let paths = if arguments.screenshot.is_some() {
        Paths::default()
    } else {
        Paths::of_this_machine()
    };
    let handle = runtime.handle().clone();
    let hosted = first.hosted;
    let host = Starting(first.host);
    if let Some(route) = &arguments.wait_for {
        visit.link.route = Some(route.clone());
    }
    if begins_there {
        visit.link.place = None;
        visit.link.region = None;
    }
    let written = Arc::new(AtomicU8::new(app::PENDING));
    let picture = arguments.screenshot.clone().map(|path| Picture {
        path,
        written: written.clone(),
    });
    let taking = picture.is_some();
    let known = paths.settings.as_deref().map(Settings::load);
    let place = known.as_ref().and_then(Place::restore);
    let place = place.filter(|_| arguments.size.is_none());
    let size = arguments.size.unwrap_or_default();
    let (width, height) = place.map_or((size.width, size.height), |place| {
        (place.width, place.height)
    });
    let viewport = egui::ViewportBuilder::default()
        .with_title("Sekisho")
        .with_app_id("sekisho")
        .with_inner_size([width, height])
        .with_maximized(place.is_some_and(|place| place.maximized))
        .with_min_inner_size([720.0, 480.0])
        .with_icon(icon());
    let options = eframe::NativeOptions {
        viewport,
        ..eframe::NativeOptions::default()
    };
    let theme = arguments.theme;
    eframe::run_native(
        "sekisho",
        options,
        Box::new(move |creation| {
            let ctx = creation.egui_ctx.clone();
            let repaint = ctx.clone();
            let mut core = Core::new(handle, Arc::new(move || repaint.request_repaint()), &paths);
            if let Some(theme) = theme {
                core.settings.set("appearance", &theme.appearance());
            }
            core.starts_locked = starts_locked;
            let hosts = hosted.is_some();
            core.hosted = hosted.map(|own| Arc::new(own) as Arc<dyn Hosted>);
            core.host = Some(Arc::new(host));
            let mut visits = Visits::default();
            if let Some(listening) = first.listening {
                visits = listening.visits();
                core.tasks.serve_visits(listening, hosts);
            }
            if let Some(spec) = spec {
                core.connect(spec);
            }
            let mut app = App::new(&ctx, core, None, picture).with_visits(visits);
            app.arrive(visit);
            Ok(Box::new(app))
        }),
    )
    .map_err(|error| format!("the window could not be opened: {error}"))?;
    if taking && written.load(Ordering::SeqCst) != app::WRITTEN {
        return Err("the picture was not taken: the screen did not load in time, or the file could not be written".into());
    }
    Ok(ExitCode::SUCCESS)
}

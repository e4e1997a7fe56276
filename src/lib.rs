//! Sekisho: a desktop console for AWS Lambda and API Gateway, with a sandbox that really runs functions and serves APIs. This page
//! is the map.
//!
//! The console and the sandbox meet only over HTTP, in AWS's own protocols. The console never knows that it talks to the
//! sandbox: there is no demo mode and no second cloud inside it.
//!
//! # A frame
//!
//! [`app::App::logic`](app::App) hands what running work has said to the [`store`]; `ui` draws. A panel asks the store for
//! what it shows on every frame (a [`store::Query`]), gets a [`store::Loadable`] at once, and the store fetches once. What a
//! person confirms is a [`store::Action`]. After the frame, [`tasks`] starts and stops what the store wants started and
//! stopped, and the window sleeps until something happens.
//!
//! # The rooms
//!
//! | room | what it is for | what it may name |
//! |---|---|---|
//! | `main.rs` | arguments, logging, runtime, window; starts the sandbox | everything |
//! | [`arguments`] | the command line | `route`, `ui::theme` |
//! | [`generate`] | man pages and completions, for packages | `arguments` |
//! | [`app`] | the window as eframe sees it; pictures | `core`, `ui` |
//! | [`core`] | the console without its window | all but `ui` |
//! | [`session`] | which connections are open; questions to the person | `cloud`, `model`, `store` |
//! | [`settings`] | what a person has chosen, one JSON file | nothing |
//! | [`link`] | `sekisho://`: a connection, a region, a screen, a range of time | `route`, `model` |
//! | [`instance`] | a second start hands its link to the running window | `link`, `store` |
//! | [`hosted`] | what the console may know of an endpoint in its own process | `model`, `store` |
//! | [`command`] | every command once: text, keys, where it is available | `route` |
//! | [`route`] | what is on the screen, as a value that prints and parses | nothing |
//! | [`model`] | plain types and rules of the domain | nothing of the project |
//! | [`store`] | what is known about remote things; pure, `now` is a parameter | `model` |
//! | [`tasks`] | the only place that spawns | `store`, `model`, tokio |
//! | [`cloud`] | the only place that names `aws_sdk_*`; one module a service | `model`, `store`, tokio |
//! | [`ui`] | what is drawn: `frame` (bars, rail, tabs, palette), `widgets`, one folder a panel | all but tokio |
//! | `rules/` | what AWS works out from text alone (policies, mapping templates, routes), for both sides; no I/O | nothing of the project |
//! | `sandbox/` | the AWS-compatible endpoint, a crate of its own; see its `lib.rs` | nothing of the console |
//!
//! # What holds everywhere
//!
//! `tests/console/invariants.rs` checks it: who names what (the table above), that only `tasks` spawns, that no code panics on
//! purpose, that colours live in `ui/theme.rs`, that every channel is bounded and that nothing spins on its own. Deliberately
//! absent: a mock of AWS inside the console, a blocking call on the frame path, a write that the store has not let through
//! (a read-only connection refuses all of them in `store::Store::submit`), and secrets in logs, journal or pictures
//! ([`model::secret::Secret`] neither prints nor serialises).
//!
//! # What is where, by what it shows
//!
//! Functions: `ui/functions`, `cloud/lambda`, `model/function`. REST APIs, keys and plans: `ui/apis` (`method` is Build's flow,
//! `publish` what a deployment would change and the stages, `import` documents of OpenAPI, `client` what is sent to a stage for
//! real, `keys` plans and what is used of them, `documentation` what is written about an API), `cloud/apigateway` (every call of
//! it waits for its turn in `queue`) and `cloud/client`, `model/api` and `model/client`.
//! Lists of either are one [`ui::list::List`] with a `Kind` each. What is pressed or typed into has a steady id
//! (`ui/widgets/steady.rs`), so that nothing that appears above it takes the press or the keyboard away.
//!
//! # To add a screen
//!
//! A value in [`route::Route`], a query or an action in `cloud/<service>/`, a folder under `ui/` with a
//! [`ui::cx::Panel`], a line in `ui/frame/tabs.rs`, an entry in `ui/frame/rail.rs`, its commands in [`command`].

pub mod app;
pub mod arguments;
pub mod cloud;
pub mod command;
pub mod core;
pub mod generate;
pub mod hosted;
pub mod instance;
pub mod link;
pub mod model;
pub mod route;
pub mod session;
pub mod settings;
pub mod store;
pub mod tasks;
pub mod ui;

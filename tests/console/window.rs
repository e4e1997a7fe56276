//! The whole window without a screen, over a live sandbox: frames are drawn until what is waited for is there, and controls
//! are found by their names and roles, as screen readers find them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT, Queryable};
use sekisho::app::App;
use sekisho::core::{Core, Paths};
use sekisho::model::connection::ConnectionSpec;
use sekisho::route::Route;
use sekisho::tasks::Wake;
use sekisho_sandbox::{Options, Sandbox};
use tokio::runtime::{Handle, Runtime};

/// What is waited for is not there after this long: the test fails and says what is on the screen instead.
const MOST: Duration = Duration::from_secs(120);

/// A window, what is behind it, and the sandboxes that it was given.
pub struct Window {
    harness: Harness<'static, Option<App>>,
    // Declared last: work of the window and of the sandboxes goes on until they are gone.
    runtime: Arc<Runtime>,
}

/// A sandbox on a port of its own, without the workload unless `options` says otherwise.
pub struct Live {
    sandbox: Option<Sandbox>,
    runtime: Arc<Runtime>,
}

/// The runtime that a window and its sandboxes share.
pub fn runtime() -> Arc<Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    Arc::new(runtime)
}

impl Live {
    /// A sandbox with the samples or, with `empty`, without any function.
    pub fn start(runtime: &Arc<Runtime>, empty: bool) -> Self {
        Self::start_at(runtime, empty, 0)
    }

    /// The same on a port that is known: where another one was before.
    pub fn start_at(runtime: &Arc<Runtime>, empty: bool, port: u16) -> Self {
        let options = Options {
            port,
            empty,
            workload: false,
            settle: Duration::from_millis(50),
            ..Options::default()
        };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        Self {
            sandbox: Some(sandbox),
            runtime: runtime.clone(),
        }
    }

    /// Where it answers.
    pub fn endpoint(&self) -> String {
        self.sandbox.as_ref().unwrap().endpoint()
    }

    /// A connection to it.
    pub fn spec(&self, name: &str) -> ConnectionSpec {
        ConnectionSpec {
            region: Some("us-east-1".into()),
            ..ConnectionSpec::of_discovered(name, self.endpoint())
        }
    }

    /// Ends it: whoever asks it now is refused.
    pub fn stop(&mut self) {
        if let Some(sandbox) = self.sandbox.take() {
            self.runtime.block_on(sandbox.shutdown());
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Window {
    /// A window of 1440×900 in the dark theme over what `core` makes, on `open`.
    pub fn new(
        runtime: &Arc<Runtime>,
        open: Option<Route>,
        core: impl FnOnce(Handle, Wake) -> Core + 'static,
    ) -> Self {
        let handle = runtime.handle().clone();
        let mut make = Some(core);
        let harness = Harness::builder()
            .with_size([1440.0, 900.0])
            .allow_missing_glyphs()
            .with_context_setup(sekisho::ui::dress)
            .build_ui_state(
                move |ui, app: &mut Option<App>| {
                    let app = app.get_or_insert_with(|| {
                        let ctx = ui.ctx().clone();
                        let wake: Wake = Arc::new(move || ctx.request_repaint());
                        let core = (make.take().unwrap())(handle.clone(), wake);
                        App::new(ui.ctx(), core, open.as_ref(), None)
                    });
                    app.receive();
                    app.draw(ui);
                },
                None,
            );
        Self {
            harness,
            runtime: runtime.clone(),
        }
    }

    /// A window that is connected to `spec`, with nothing kept on the disk.
    pub fn connected(runtime: &Arc<Runtime>, spec: ConnectionSpec, open: Option<Route>) -> Self {
        Self::new(runtime, open, move |handle, wake| {
            let mut core = Core::new(handle, wake, &Paths::default());
            core.connect(spec);
            core
        })
    }

    /// The sandbox with its samples, and a window connected to it.
    pub fn over_samples(open: Option<Route>) -> (Self, Live) {
        let runtime = runtime();
        let live = Live::start(&runtime, false);
        let window = Self::connected(&runtime, live.spec("sandbox"), open);
        (window, live)
    }

    /// What is behind the window.
    pub fn core(&mut self) -> &mut Core {
        self.harness.state_mut().as_mut().unwrap().core_mut()
    }

    /// Runs a future of the test, for example a call of an SDK.
    pub fn block_on<F: std::future::Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// The harness, for what has no word here.
    pub fn harness(&mut self) -> &mut Harness<'static, Option<App>> {
        &mut self.harness
    }

    /// Draws a few frames, so that what was pressed has had its effect.
    pub fn settle(&mut self) {
        for _ in 0..3 {
            self.harness.step();
        }
    }

    /// Draws frames until `is_so`.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, mut is_so: impl FnMut(&mut Self) -> bool) {
        let end = Instant::now() + MOST;
        loop {
            self.harness.step();
            if is_so(self) {
                return;
            }
            assert!(
                Instant::now() < end,
                "waited in vain for {what}; on the screen: {:#?}",
                self.names()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Draws frames until something has `label` as its name or its text.
    #[track_caller]
    pub fn wait_for(&mut self, label: &str) {
        self.wait_until(label, |window| window.has(label));
    }

    /// Draws frames until something's name or text holds `part`.
    #[track_caller]
    pub fn wait_for_part(&mut self, part: &str) {
        self.wait_until(part, |window| window.has_part(part));
    }

    /// Draws frames until a control of `role` has `label` as its name.
    #[track_caller]
    pub fn wait_for_role(&mut self, role: Role, label: &str) {
        self.wait_until(label, |window| window.has_role(role, label));
    }

    /// Draws frames until nothing has `label` as its name or its text.
    #[track_caller]
    pub fn wait_until_gone(&mut self, label: &str) {
        self.wait_until(&format!("{label} to go"), |window| !window.has(label));
    }

    /// Something on the screen has `label` as its name or its text.
    pub fn has(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
            || self.harness.query_all_by_value(label).next().is_some()
    }

    /// Something on the screen holds `part` in its name or its text.
    pub fn has_part(&self, part: &str) -> bool {
        self.harness
            .query_all_by_label_contains(part)
            .next()
            .is_some()
            || self.names().iter().any(|name| name.contains(part))
    }

    /// A control of `role` on the screen has `label` as its name.
    pub fn has_role(&self, role: Role, label: &str) -> bool {
        self.harness
            .query_all_by_role_and_label(role, label)
            .next()
            .is_some()
    }

    /// Presses the control named `label`, with the pointer, once it is there; of several, the last drawn, which is the one
    /// on top.
    #[track_caller]
    pub fn click(&mut self, label: &str) {
        self.wait_for(label);
        self.wait_until_steady(|harness| {
            let node = harness.query_all_by_label(label).last();
            let node = node.or_else(|| harness.query_all_by_value(label).last());
            node.map(|node| node.rect())
        });
        let node = self.harness.query_all_by_label(label).last();
        let node = node.or_else(|| self.harness.query_all_by_value(label).last());
        node.unwrap().click();
        self.settle();
    }

    /// Draws frames until what `place` finds has stood still for a moment: a person does not press what is moving.
    fn wait_until_steady(
        &mut self,
        place: impl Fn(&Harness<'static, Option<App>>) -> Option<egui::Rect>,
    ) {
        let (mut last, mut same) = (None, 0);
        let end = Instant::now() + MOST;
        while Instant::now() < end {
            self.harness.step();
            let now = place(&self.harness);
            same = if now.is_some() && now == last {
                same + 1
            } else {
                0
            };
            last = now;
            if same >= 6 {
                return;
            }
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Presses the control of `role` named `label`, with the pointer, once it is there.
    #[track_caller]
    pub fn click_role(&mut self, role: Role, label: &str) {
        self.wait_for_role(role, label);
        // As with a wheel, to what is below.
        let node = self.harness.query_all_by_role_and_label(role, label).last();
        node.unwrap().scroll_to_me();
        self.settle();
        self.wait_until_steady(|harness| {
            let node = harness.query_all_by_role_and_label(role, label).last();
            node.map(|node| node.rect())
        });
        let node = self.harness.query_all_by_role_and_label(role, label).last();
        node.unwrap().click();
        self.settle();
    }

    /// Puts the keyboard into the field named `label` and types `text` behind what is there.
    #[track_caller]
    pub fn type_into(&mut self, label: &str, text: &str) {
        self.wait_for(label);
        let field = |harness: &Harness<'static, Option<App>>, role| {
            let node = harness.query_all_by_role_and_label(role, label).last();
            node.map(|node| {
                node.focus();
            })
        };
        let found = field(&self.harness, Role::TextInput)
            .or_else(|| field(&self.harness, Role::MultilineTextInput));
        found.unwrap_or_else(|| panic!("no field is named {label}: {:#?}", self.names()));
        self.settle();
        self.type_text(text);
    }

    /// Empties the field named `label` and types `text`.
    #[track_caller]
    pub fn replace(&mut self, label: &str, text: &str) {
        self.type_into(label, "");
        self.press_with(Modifiers::COMMAND, Key::A);
        self.type_text(text);
    }

    /// Types into whatever has the keyboard.
    pub fn type_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.harness.event(egui::Event::Text(text.to_owned()));
        }
        self.settle();
    }

    /// Presses a key.
    pub fn press(&mut self, key: Key) {
        self.press_with(Modifiers::NONE, key);
    }

    /// Presses a key with others held.
    pub fn press_with(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    /// Clicks at a point.
    pub fn click_at(&mut self, at: egui::Pos2) {
        let pressed = |pressed| egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.harness.event(egui::Event::PointerMoved(at));
        self.settle();
        self.harness.event(pressed(true));
        self.harness.event(pressed(false));
        self.settle();
    }

    /// Every name and text on the screen, for messages and for looking.
    pub fn names(&self) -> Vec<String> {
        let all = self.harness.query_all(By::new());
        all.filter_map(|node| {
            let node = node.accesskit_node();
            let name = node.label().filter(|name| !name.is_empty());
            name.or_else(|| node.value())
                .filter(|name| !name.is_empty())
        })
        .collect()
    }

    /// The text of the field named `label`.
    #[track_caller]
    pub fn value(&self, label: &str) -> String {
        let node = self.harness.query_all_by_label(label).last();
        node.and_then(|node| node.value()).unwrap_or_default()
    }
}

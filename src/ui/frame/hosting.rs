//! The sandbox of this window: saved to a file, loaded from one, reset, and what closing the window would throw away. The
//! window knows it by [`Hosted`](crate::hosted::Hosted) alone.

use std::path::PathBuf;
use std::sync::Arc;

use egui::Context;

use crate::core::Core;
use crate::hosted::{self, Hosted};
use crate::model::connection::ConnectionSpec;
use crate::model::error::{CloudError, ErrorKind};
use crate::model::plan::{Difference, Plan, Risk};
use crate::store::{BoxFuture, Ticket};
use crate::ui::widgets::confirm::{self, Answer};
use crate::ui::widgets::file_dialog::{FileDialog, Request};
use crate::ui::widgets::toast::Toasts;

/// What a saved state is called.
const KIND: &str = "sandbox state";
/// The ending of its file.
const ENDING: &str = "sekisho";

/// What can be done with the sandbox of this window.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Deed {
    Save(PathBuf),
    Load(PathBuf),
    Reset,
}

/// What stands over the window, and what runs.
#[derive(Default)]
pub struct Hosting {
    save: FileDialog,
    load: FileDialog,
    review: Option<(Deed, Plan, confirm::Review)>,
    running: Option<(Deed, Ticket<()>)>,
    /// It is being started.
    starting: Option<Ticket<Arc<dyn Hosted>>>,
    /// It is to be connected to.
    opened: Option<ConnectionSpec>,
}

impl Hosting {
    /// Leads to it; starts it before where it does not run.
    pub fn open(&mut self, core: &mut Core) {
        if let Some(endpoint) = core.hosted_endpoint() {
            self.opened = Some(hosted::connection(endpoint));
            return;
        }
        let Some(host) = core.host.clone().filter(|_| self.starting.is_none()) else {
            return;
        };
        let started = host.start();
        self.starting = Some(core.store.job(false, async move {
            let wrong = |why| CloudError::local("Sandbox", ErrorKind::Other, why);
            started.await.map_err(wrong)
        }));
    }

    /// The connection to it, once it runs.
    pub fn take_opened(&mut self) -> Option<ConnectionSpec> {
        self.opened.take()
    }

    fn started(&mut self, core: &mut Core, toasts: &mut Toasts) {
        let ticket = self.starting.as_ref();
        let Some(result) = ticket.and_then(|ticket| core.store.collect(ticket)) else {
            return;
        };
        self.starting = None;
        match result {
            Ok(hosted) => {
                self.opened = Some(hosted::connection(hosted.endpoint()));
                core.hosted = Some(hosted);
            }
            Err(error) => {
                toasts.error(
                    "The sandbox could not be started",
                    &error.message,
                    error.report(),
                );
            }
        }
    }

    /// Asks where to save it.
    pub fn save(&mut self, core: &mut Core) {
        let name = format!("sandbox.{ENDING}");
        let request = Request::save("Save the sandbox to a file", KIND, &name);
        self.save.open(&mut core.store, request);
    }

    /// Asks which file to load.
    pub fn load(&mut self, core: &mut Core) {
        let request = Request::pick("Load a sandbox from a file", KIND, &[ENDING]);
        self.load.open(&mut core.store, request);
    }

    /// Asks whether to forget everything.
    pub fn reset(&mut self, core: &Core) {
        if let Some(hosted) = &core.hosted {
            self.ask(Deed::Reset, &**hosted);
        }
    }

    /// Something of it stands over the window.
    pub fn is_open(&self) -> bool {
        self.save.is_open() || self.load.is_open() || self.review.is_some()
    }

    /// To be called on every frame.
    pub fn show(&mut self, ctx: &Context, core: &mut Core, toasts: &mut Toasts) {
        self.started(core, toasts);
        let Some(hosted) = core.hosted.clone() else {
            return;
        };
        if let Some(file) = self.save.show(ctx, &mut core.store) {
            self.begin(core, &hosted, Deed::Save(file));
        }
        if let Some(file) = self.load.show(ctx, &mut core.store) {
            self.ask(Deed::Load(file), &*hosted);
        }
        if let Some(deed) = self.answered(ctx) {
            self.begin(core, &hosted, deed);
        }
        let Some((deed, ticket)) = &self.running else {
            return;
        };
        if let Some(result) = core.store.collect(ticket) {
            say(deed, result, toasts);
            if !matches!(deed, Deed::Save(_)) {
                core.store.refresh();
            }
            self.running = None;
        }
    }

    fn ask(&mut self, deed: Deed, hosted: &dyn Hosted) {
        let plan = plan(&deed, hosted);
        self.review = Some((deed, plan, confirm::Review::default()));
    }

    fn answered(&mut self, ctx: &Context) -> Option<Deed> {
        let (_, plan, review) = self.review.as_mut()?;
        let may = if self.running.is_some() {
            Err("The last change is not done yet")
        } else {
            Ok(())
        };
        let answer = confirm::review(ctx, plan, review, may, None)?;
        let (deed, ..) = self.review.take()?;
        (answer == Answer::Apply).then_some(deed)
    }

    fn begin(&mut self, core: &mut Core, hosted: &Arc<dyn Hosted>, deed: Deed) {
        let done: BoxFuture<Result<(), String>> = match &deed {
            Deed::Save(file) => hosted.save(file.clone()),
            Deed::Load(file) => hosted.load(file.clone()),
            Deed::Reset => hosted.reset(),
        };
        let work = async move {
            let wrong = |why| CloudError::local("Sandbox", ErrorKind::Other, why);
            done.await.map_err(wrong)
        };
        self.running = Some((deed, core.store.job(false, work)));
    }
}

/// What goes, what comes, and where from. The name to be typed is the last part of the target.
fn plan(deed: &Deed, hosted: &dyn Hosted) -> Plan {
    let (title, comes) = match deed {
        Deed::Load(file) => ("Load the sandbox", format!("what {} holds", file.display())),
        Deed::Save(_) | Deed::Reset => ("Reset the sandbox", "as at its first start".to_owned()),
    };
    let mut differences = vec![Difference {
        field: "Functions, packages, logs, metrics, roles, buckets".into(),
        before: "everything that is in it now".into(),
        after: comes,
    }];
    if let Some(folder) = hosted.folder() {
        differences.push(Difference {
            field: "Kept in".into(),
            before: folder.display().to_string(),
            after: folder.display().to_string(),
        });
    }
    Plan {
        title: title.into(),
        target: format!("{}/sandbox", hosted.endpoint()),
        risk: Risk::Destroys,
        differences,
        cli: String::new(),
    }
}

fn say(deed: &Deed, result: Result<(), CloudError>, toasts: &mut Toasts) {
    let (done, failed, text) = match deed {
        Deed::Save(file) => (
            "The sandbox is saved",
            "The sandbox was not saved",
            file.display().to_string(),
        ),
        Deed::Load(file) => (
            "The sandbox is loaded",
            "The sandbox was not loaded",
            file.display().to_string(),
        ),
        Deed::Reset => (
            "The sandbox is as new",
            "The sandbox was not reset",
            String::new(),
        ),
    };
    match result {
        Ok(()) => toasts.done(done, text),
        Err(error) => {
            toasts.error(failed, &error.message, error.report());
        }
    }
}

/// What closing the window would throw away: changes that were made from here in a sandbox that is not kept.
pub fn thrown_away(core: &Core) -> Option<String> {
    let hosted = core.hosted.as_deref()?;
    if hosted.folder().is_some() {
        return None;
    }
    let own = core
        .session
        .specs()
        .find(|spec| spec.endpoint.as_deref() == Some(hosted.endpoint()))?;
    let changes = core.store.actions().filter(|action| {
        action.connection == own.name
            && action.plan.risk != Risk::Safe
            && matches!(action.result, Some(Ok(_)))
    });
    match changes.count() {
        0 => None,
        1 => Some("A change in the sandbox of this window, which is not kept.".into()),
        n => Some(format!(
            "{n} changes in the sandbox of this window, which is not kept."
        )),
    }
}

//! A package that is being opened and checked beside the window, with its progress and a way to stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use egui::Context;

use crate::model::function::Function;
use crate::model::package::{self, Package, PackageProblem, Source, Watch};
use crate::store::{Progress, Ticket};
use crate::ui::cx::CloudStore;

/// What the check gives.
pub type Opened = Result<Package, PackageProblem>;

/// A check under way. Dropping it stops it.
pub struct Opening {
    ticket: Ticket<Opened>,
    cancel: Arc<AtomicBool>,
    /// Bytes of the check: the ZIP once, and its contents once.
    pub progress: Arc<Progress>,
}

/// Progress that asks for a frame as it comes.
pub fn progress_of(ctx: &Context) -> Arc<Progress> {
    let ctx = ctx.clone();
    Arc::new(Progress::new(Arc::new(move || ctx.request_repaint())))
}

impl Opening {
    /// Begins. With a function, its handler is looked for too.
    pub fn start(
        ctx: &Context,
        store: &mut CloudStore,
        source: Source,
        of: Option<&Function>,
    ) -> Self {
        let cancel = Arc::new(AtomicBool::new(false));
        let progress = progress_of(ctx);
        let handler = of.and_then(|f| Some((f.runtime.clone()?, f.handler.clone()?)));
        let (stop, told) = (cancel.clone(), progress.clone());
        let ticket = store.job(true, async move {
            let mut watch = Watch {
                cancel: &stop,
                progress: &mut |at: package::Progress| told.set(at.done, at.total),
            };
            let opened = Package::open(source, &mut watch).map(|mut package| {
                if let Some((runtime, handler)) = handler {
                    let found = package::check_handler(&package, &runtime, &handler);
                    package.problems.extend(found);
                }
                package
            });
            Ok(opened)
        });
        Self {
            ticket,
            cancel,
            progress,
        }
    }

    /// What came of it, once.
    pub fn poll(&self, store: &mut CloudStore) -> Option<Opened> {
        let result = store.collect(&self.ticket)?;
        Some(result.unwrap_or_else(|error| {
            Err(PackageProblem::Unreadable {
                reason: error.message,
            })
        }))
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

//! Something that is saved as a file: where to is asked first, then it is made and written by a job, off the frame path.

use std::path::PathBuf;

use egui::Context;

use crate::model::error::{CloudError, ErrorKind};
use crate::store::Ticket;
use crate::ui::cx::{Cx, Message};
use crate::ui::widgets::file_dialog::{FileDialog, Request};

/// Makes the file's bytes; gives a word about them, as "1,024 lines".
pub type Make = Box<dyn FnOnce() -> Result<(Vec<u8>, String), String> + Send>;

/// Saving under way.
#[derive(Default)]
pub struct Save {
    dialog: FileDialog,
    make: Option<Make>,
    writing: Option<Ticket<(PathBuf, String)>>,
}

impl Save {
    /// Asks where to. `kind` is what such files are called; `name` is proposed.
    pub fn open(&mut self, cx: &mut Cx<'_>, kind: &'static str, name: &str, make: Make) {
        self.make = Some(make);
        let request = Request::save(&format!("Save {name}"), kind, name);
        self.dialog.open(cx.store, request);
    }

    /// To be called on every frame.
    pub fn show(&mut self, ctx: &Context, cx: &mut Cx<'_>) {
        if let Some(path) = self.dialog.show(ctx, cx.store)
            && let Some(make) = self.make.take()
        {
            self.writing = Some(cx.store.job(true, async move { write(path, make) }));
        }
        let Some(done) = self.writing.as_ref().and_then(|job| cx.store.collect(job)) else {
            return;
        };
        self.writing = None;
        match done {
            Ok((path, word)) => cx.toast(format!("Saved {word}"), path.display().to_string()),
            Err(error) => cx.messages.push(Message::Error(error)),
        }
    }
}

fn write(path: PathBuf, make: Make) -> Result<(PathBuf, String), CloudError> {
    let wrong = |text| CloudError::local("Save", ErrorKind::Other, text);
    let (bytes, word) = make().map_err(wrong)?;
    std::fs::write(&path, bytes)
        .map_err(|error| wrong(format!("{} could not be written: {error}", path.display())))?;
    Ok((path, word))
}

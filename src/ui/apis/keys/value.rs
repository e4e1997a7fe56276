//! A key's value, where a person asks for it: one on the screen for a minute, or on the clipboard without being shown. That it was
//! asked for is written into the journal; the value goes nowhere.

use std::sync::Arc;

use egui::Ui;

use crate::cloud::apigateway::keys::value_of;
use crate::model::api::keys::ApiKey;
use crate::model::secret::Secret;
use crate::store::Ticket;
use crate::ui::cx::{Cx, Message};

/// How long a value stays on the screen, in ms.
const SHOWN_MS: i64 = 60_000;

/// What is kept between frames.
#[derive(Default)]
pub struct Values {
    reading: Option<Reading>,
    shown: Option<Shown>,
}

/// A value that is being read.
struct Reading {
    key: String,
    name: String,
    ticket: Ticket<Secret>,
    /// It goes to the clipboard and not on the screen.
    copy: bool,
}

/// A value on the screen.
struct Shown {
    key: String,
    value: Arc<Secret>,
    until: i64,
}

impl Values {
    /// Takes in a value that was asked for, and puts one away whose minute is over.
    pub fn take_in(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        self.shown.take_if(|shown| cx.now >= shown.until);
        if let Some(shown) = &self.shown {
            let left = u64::try_from(shown.until - cx.now).unwrap_or_default();
            let left = std::time::Duration::from_millis(left.min(1_000));
            ui.ctx().request_repaint_after(left);
        }
        let reading = self.reading.as_ref();
        let Some(answer) = reading.and_then(|of| cx.store.collect(&of.ticket)) else {
            return;
        };
        // Only now: what is dropped before its answer has come is never told.
        let Some(of) = self.reading.take() else {
            return;
        };
        match answer {
            Ok(value) if of.copy => {
                ui.ctx().copy_text(value.reveal().to_owned());
                cx.store.note("Copy the value of a key", &of.name, cx.now);
                cx.toast(
                    format!("The value of {} is copied", of.name),
                    "It is on the clipboard, and was not shown",
                );
            }
            Ok(value) => {
                cx.store.note("Reveal the value of a key", &of.name, cx.now);
                self.shown = Some(Shown {
                    key: of.key,
                    value: Arc::new(value),
                    until: cx.now + SHOWN_MS,
                });
            }
            Err(error) => cx.messages.push(Message::Error(error)),
        }
    }

    /// Asks for a value: to be copied, or to be shown.
    pub fn ask(&mut self, key: &ApiKey, copy: bool, cx: &mut Cx<'_>) {
        let Some(cloud) = cx.store.cloud().cloned() else {
            return;
        };
        let id = key.id.clone();
        let ticket = cx
            .store
            .job(false, async move { value_of(&cloud, &id).await });
        self.reading = Some(Reading {
            key: key.id.clone(),
            name: key.name.clone(),
            ticket,
            copy,
        });
    }

    /// Takes it off the screen.
    pub fn hide(&mut self) {
        self.shown = None;
    }

    /// The value of a key, where it is shown, and for how many seconds yet.
    pub fn of(&self, key: &str, now: i64) -> Option<(&str, i64)> {
        let shown = self.shown.as_ref().filter(|shown| shown.key == key)?;
        Some((shown.value.reveal(), (shown.until - now).max(0) / 1_000 + 1))
    }
}

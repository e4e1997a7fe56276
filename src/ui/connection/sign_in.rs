//! The sign-in to an SSO session while it goes on: an address, a code, and what has become of it.

use std::sync::{Arc, Mutex};

use egui::{Context, OpenUrl, RichText};

use crate::cloud::connection::sso::{self, SsoStep};
use crate::core::Core;
use crate::model::error::CloudError;
use crate::model::format::{self, Zone};
use crate::store::Ticket;
use crate::ui::fonts;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::button::{Button, copy_button};
use crate::ui::widgets::confirm::{begin_at, dialog, footer, left};
use crate::ui::widgets::state;

/// One sign-in.
pub struct SignIn {
    ticket: Option<Ticket<()>>,
    step: Arc<Mutex<Option<SsoStep>>>,
    opened: bool,
    name: String,
    error: Option<CloudError>,
}

/// What becomes of the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It goes on.
    Wait,
    /// It is over: signed in, or given up.
    Close,
}

impl SignIn {
    /// Starts the sign-in of the connection that is shown; none without one.
    pub fn start(core: &mut Core) -> Option<Self> {
        let cloud = core.store.cloud()?.clone();
        let name = cloud.spec().name.clone();
        let wake = core.session.hooks().wake.clone();
        let step: Arc<Mutex<Option<SsoStep>>> = Arc::default();
        let told = step.clone();
        let work = async move {
            let tell = |step| {
                if let Ok(mut told) = told.lock() {
                    *told = Some(step);
                }
                wake();
            };
            sso::sign_in(&cloud, tell).await
        };
        Some(Self {
            ticket: Some(core.store.job(false, work)),
            step,
            opened: false,
            name,
            error: None,
        })
    }

    /// Draws it, and goes on with everything on the screen once it is done.
    pub fn show(&mut self, ctx: &Context, core: &mut Core) -> Then {
        let outcome = self
            .ticket
            .as_ref()
            .and_then(|ticket| core.store.collect(ticket));
        match outcome {
            Some(Ok(())) => {
                core.store.refresh();
                return Then::Close;
            }
            Some(Err(error)) => {
                self.ticket = None;
                self.error = Some(error);
            }
            None => {}
        }
        let step = self.step.lock().ok().and_then(|step| step.clone());
        if let Some(SsoStep::Open { url, .. }) = &step
            && !self.opened
        {
            self.opened = true;
            ctx.open_url(OpenUrl::new_tab(url));
        }
        let mut then = Then::Wait;
        let mut again = false;
        let modal = dialog(ctx, "sign in", Theme::of_ctx(ctx), |ui| {
            ui.set_width(crate::ui::widgets::confirm::width(ui, 440.0));
            ui.spacing_mut().item_spacing.y = space::S;
            let title = format!("Sign in to {}", self.name);
            let title = RichText::new(title).font(fonts::semibold(size::HEADING));
            ui.add(egui::Label::new(title).wrap());
            match (&self.error, &step) {
                (Some(error), _) => {
                    let pressed = state::alert(ui, error, false);
                    again = pressed.retry || pressed.sign_in;
                }
                (
                    None,
                    Some(SsoStep::Open {
                        url,
                        code,
                        until_ms,
                    }),
                ) => {
                    open(ui, url, code, *until_ms);
                }
                (None, _) => {
                    state::skeleton(ui, "the sign-in", 2);
                }
            }
            ui.add_space(space::XS);
            footer(ui, |ui| {
                let cancel = Button::new("Cancel").name("Cancel the sign-in");
                let cancel = cancel.show(ui);
                begin_at(ui, &cancel);
                if cancel.clicked() {
                    then = Then::Close;
                }
            });
        });
        if left(&modal) {
            then = Then::Close;
        }
        if then == Then::Close
            && let Some(ticket) = self.ticket.take()
        {
            core.store.cancel_job(&ticket);
        }
        if again && let Some(fresh) = Self::start(core) {
            *self = fresh;
        }
        then
    }
}

/// The code, the address, and how long both are good.
fn open(ui: &mut egui::Ui, url: &str, code: &str, until_ms: i64) {
    let theme = Theme::of(ui);
    let text = "Your browser has been opened. Approve the request there if it shows this code:";
    ui.label(RichText::new(text).color(theme.muted));
    egui::Frame::new()
        .fill(theme.raised)
        .corner_radius(RADIUS)
        .inner_margin(egui::Margin::same(space::M as i8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.label(RichText::new(code).font(fonts::mono(size::BIG)));
                copy_button(ui, "code", || code.to_owned());
            });
        });
    ui.horizontal(|ui| {
        let room = (ui.available_width() - 40.0).max(80.0);
        ui.scope(|ui| {
            ui.set_max_width(room);
            let link = RichText::new(url).font(fonts::mono(size::SMALL));
            ui.add(egui::Label::new(link.color(theme.muted)).truncate());
        });
        copy_button(ui, "address", || url.to_owned());
    });
    let until = format!(
        "Waiting for the approval. The code is good until {}.",
        format::time_exact(until_ms, &Zone::Local)
    );
    ui.label(RichText::new(until).color(theme.muted));
    if Button::new("Open the browser again")
        .primary()
        .show(ui)
        .clicked()
    {
        ui.ctx().open_url(OpenUrl::new_tab(url));
    }
}

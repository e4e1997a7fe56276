//! What stands over the window: the review of an action, the question before unsaved work is left, an MFA code, keys.

use std::sync::{Arc, Weak};

use egui::{Context, Key, Modifiers, RichText, ScrollArea, Ui};

use crate::cloud::{Cloud, Prompt};
use crate::command::{Command, Screen};
use crate::model::connection::ConnectionSpec;
use crate::model::error::CloudError;
use crate::model::plan::Plan;
use crate::session::Questions;
use crate::store::{Action, ActionId};
use crate::ui::cx::{CloudStore, Submission, SubmissionState};
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::keycap;
use crate::ui::widgets::confirm::{self, Answer};
use crate::ui::widgets::text_field::TextField;

use super::arrivals::Target;

/// The review of one action.
pub struct Review {
    action: Arc<dyn Action<Cloud>>,
    plan: Plan,
    /// With its secrets, while the person looks at them.
    revealed: Option<Plan>,
    submission: Submission,
    state: confirm::Review,
    refused: Option<CloudError>,
}

impl Review {
    /// Opens it.
    pub fn new(action: Arc<dyn Action<Cloud>>, submission: Submission) -> Self {
        let state = confirm::Review::of(action.notes(), action.revealed().is_some());
        Self {
            plan: action.plan(),
            revealed: None,
            action,
            submission,
            state,
            refused: None,
        }
    }

    /// The action that was submitted, with whoever waits for it in a form.
    pub fn watched(&self) -> Option<(ActionId, Weak<()>)> {
        Some((self.submission.action()?, self.submission.held()?))
    }

    /// Draws it; false when it is over.
    pub fn show(&mut self, ctx: &Context, store: &mut CloudStore, now: i64) -> bool {
        let available = store.may_write();
        match self.state.revealed {
            false => self.revealed = None,
            true if self.revealed.is_none() => self.revealed = self.action.revealed(),
            true => {}
        }
        let answer = confirm::review(
            ctx,
            self.revealed.as_ref().unwrap_or(&self.plan),
            &mut self.state,
            available,
            self.refused.as_ref(),
        );
        match answer {
            None => true,
            Some(Answer::Cancel) => {
                self.submission.set(SubmissionState::Dismissed);
                false
            }
            Some(Answer::Apply) => match store.submit(self.action.clone(), now) {
                Ok(id) => {
                    self.submission.set(SubmissionState::Submitted(id));
                    false
                }
                Err(error) => {
                    self.submission.set(SubmissionState::Refused(error.clone()));
                    self.refused = Some(error);
                    true
                }
            },
        }
    }
}

/// What goes on once unsaved work may be left.
pub enum Then {
    /// The tab is closed.
    Close(egui_tiles::TileId),
    /// Another connection is shown.
    Connect(Box<ConnectionSpec>, Target),
    /// The window is closed.
    Quit,
}

/// The question before unsaved work is left.
pub struct Leaving {
    /// What would be lost.
    pub what: String,
    /// What goes on.
    pub then: Then,
}

impl Leaving {
    /// Draws it; the answer once there is one.
    pub fn show(&self, ctx: &Context) -> Option<Answer> {
        let (title, yes) = match self.then {
            Then::Close(_) => ("Close the tab?", "Close and lose it"),
            Then::Connect(..) => ("Switch the connection?", "Switch and lose it"),
            Then::Quit => ("Close Sekisho?", "Close anyway"),
        };
        let text = format!("This would be lost, or not be finished:\n{}", self.what);
        confirm::ask(ctx, title, &text, yes, "Stay")
    }
}

/// The code of an MFA device, while it is typed.
#[derive(Default)]
pub struct MfaCode {
    typed: String,
}

impl MfaCode {
    /// Draws the question that waits, where one does.
    pub fn show(&mut self, ctx: &Context, questions: &Questions) {
        let Some(Prompt::MfaCode {
            serial,
            profile,
            refused,
        }) = questions.front()
        else {
            return;
        };
        let theme = Theme::of_ctx(ctx);
        let mut answer = None;
        let modal = confirm::dialog(ctx, "mfa", theme, |ui| {
            ui.set_width(confirm::width(ui, 380.0));
            ui.spacing_mut().item_spacing.y = space::S;
            ui.label(RichText::new("MFA code").font(fonts::semibold(size::HEADING)));
            let text = format!("Profile {profile} asks for the code of {serial}.");
            ui.label(RichText::new(text).color(theme.muted));
            if let Some(refused) = &refused {
                ui.label(RichText::new(format!("▲ {refused}")).color(theme.err));
            }
            let field = TextField::new("MFA code", &mut self.typed)
                .hint("6 digits")
                .mono()
                .show(ui);
            if self.typed.is_empty() {
                field.request_focus();
            }
            let complete = self.typed.trim().len() == 6;
            let available = if complete { Ok(()) } else { Err("Six digits") };
            ui.add_space(space::XS);
            confirm::footer(ui, |ui| {
                if Button::new("Cancel").show(ui).clicked() {
                    answer = Some(None);
                }
                let entered = ui.input(|input| input.key_pressed(Key::Enter));
                if (Button::new("Continue")
                    .primary()
                    .available(available)
                    .show(ui)
                    .clicked()
                    || entered)
                    && complete
                {
                    answer = Some(Some(self.typed.trim().to_owned()));
                }
            });
        });
        if confirm::left(&modal) {
            answer = Some(None);
        }
        if let Some(answer) = answer {
            self.typed.clear();
            questions.answer(answer);
        }
    }
}

/// The commands of one screen that have keys.
fn keys_of(ui: &mut Ui, screen: Screen) {
    let title = RichText::new(screen.title()).font(fonts::medium(size::SMALL));
    ui.label(title.color(Theme::of(ui).muted));
    ui.end_row();
    let own = Command::ALL.iter().filter(|c| c.spec().screen == screen);
    for (command, keys) in own.filter_map(|c| Some((c, c.shortcut()?))) {
        keycap(ui, &keys.text());
        ui.label(command.text()).on_hover_text(command.tooltip());
        ui.end_row();
    }
}

/// How far the keys move what has this id and the keyboard, in points; `room` is how much of it is seen.
fn scroll_keys(ui: &Ui, id: egui::Id, room: f32) -> f32 {
    if !ui.memory(|memory| memory.has_focus(id)) {
        return 0.0;
    }
    let filter = egui::EventFilter {
        vertical_arrows: true,
        ..egui::EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    let steps = [
        (Key::ArrowDown, 40.0),
        (Key::ArrowUp, -40.0),
        (Key::PageDown, room * 0.9),
        (Key::PageUp, -room * 0.9),
        (Key::Home, -1e6),
        (Key::End, 1e6),
    ];
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let pressed = steps.into_iter().filter(|(key, _)| pressed(*key));
    pressed.map(|(_, points)| points).sum()
}

/// All commands with their keys; false when it was closed.
pub fn help(ctx: &Context) -> bool {
    let theme = Theme::of_ctx(ctx);
    let modal = confirm::dialog(ctx, "help", theme, |ui| {
        ui.set_width(confirm::width(ui, 460.0));
        ui.label(RichText::new("Keyboard shortcuts").font(fonts::semibold(size::HEADING)));
        ui.add_space(space::S);
        // What stands around the keys, and as much margin below as above.
        let room = (ui.ctx().content_rect().height() - 120.0 - 4.0 * space::XL).max(80.0);
        // All of its room at once: otherwise the dialog grows from frame to frame until it has it.
        let keys = ScrollArea::vertical()
            .max_height(room)
            .min_scrolled_height(room)
            .auto_shrink([false, true]);
        let id = ui.make_persistent_id("the shortcuts");
        let scroll = scroll_keys(ui, id, room);
        let shown = keys.show(ui, |ui| {
            ui.scroll_with_delta(egui::vec2(0.0, -scroll));
            egui::Grid::new("keys")
                .num_columns(2)
                .spacing([space::XL, space::XS])
                .show(ui, |ui| {
                    for screen in Screen::ALL {
                        keys_of(ui, screen);
                    }
                    for (keys, what) in [
                        ("↑ ↓ Enter", "Move in a list, open"),
                        ("Esc", "Close, clear, go back"),
                    ] {
                        keycap(ui, keys);
                        ui.label(what);
                        ui.end_row();
                    }
                });
        });
        let list = ui.interact(
            // Its ring stands clear of the words.
            shown.inner_rect.expand(6.0),
            id,
            egui::Sense::focusable_noninteractive(),
        );
        let name = "Commands and their keys";
        list.widget_info(|| egui::WidgetInfo::labeled(egui::Role::List, true, name));
        if shown.content_size.y > shown.inner_rect.height() {
            confirm::begin_at(ui, &list);
        }
        ui.add_space(space::S);
        let mut close = false;
        confirm::footer(ui, |ui| {
            let button = Button::new("Close").show(ui);
            confirm::begin_at(ui, &button);
            close = button.clicked();
        });
        close
    });
    let enter = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F1));
    !(modal.inner || modal.should_close() || enter)
}

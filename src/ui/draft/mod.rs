//! One editor for whatever is edited as a draft: fields with "was …" and Revert, what is wrong while it is typed, what somebody
//! else changed meanwhile, and the bar that counts the changes and leads to their review.
//!
//! It knows what is edited by [`Values`] alone. A panel says which fields stand where ([`Editor::fields`]), what is there now
//! ([`Editor::bring_up_to_date`]), and which action the draft is ([`Editor::bar`]).

mod bar;
mod conflicts;
mod fields;
mod gallery;
mod pairs;
mod sections;

use std::sync::Arc;

use egui::{Frame, Label, Margin, RichText, Ui};

use crate::model::draft::{Draft, Merge, Values};
use crate::model::error::{CloudError, ErrorKind};
use crate::store::Applied;
use crate::ui::cx::{Cx, Followed, Submission};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::state;

pub use bar::{Bar, Place};
pub use gallery::gallery;
pub use pairs::Rows;
pub use sections::{Section, sections};

/// What an editor keeps between frames.
pub struct Editor<V: Values> {
    draft: Option<Draft<V>>,
    submission: Option<Submission>,
    failed: Option<Arc<CloudError>>,
    /// What the last merge did without asking, in words.
    merged: Option<String>,
    /// The last attempt met what somebody else had changed, and changed nothing.
    kept_back: bool,
    /// The section that is to be brought into view.
    jump: Option<&'static str>,
}

impl<V: Values> Default for Editor<V> {
    fn default() -> Self {
        Self {
            draft: None,
            submission: None,
            failed: None,
            merged: None,
            kept_back: false,
            jump: None,
        }
    }
}

impl<V: Values> Editor<V> {
    /// What is edited, once it is known.
    pub fn draft(&self) -> Option<&Draft<V>> {
        self.draft.as_ref()
    }

    /// What is edited, for fields that have a place of their own.
    pub fn draft_mut(&mut self) -> Option<&mut Draft<V>> {
        self.draft.as_mut()
    }

    /// Begins anew.
    pub fn start(&mut self, draft: Draft<V>) {
        *self = Self {
            draft: Some(draft),
            ..Self::default()
        };
    }

    /// Drops what was edited.
    pub fn leave(&mut self) {
        *self = Self::default();
    }

    /// Another state came: an untouched draft follows it, a touched one is merged. `revision` names the state where its
    /// service does; `there` is asked only where it may be another.
    pub fn bring_up_to_date(
        &mut self,
        of: &str,
        revision: Option<&str>,
        there: impl FnOnce() -> V,
    ) {
        let revision = revision.map(str::to_owned);
        if self.is_running() {
            return;
        }
        let Some(draft) = &mut self.draft else {
            self.draft = Some(Draft::of(of, revision, there()));
            return;
        };
        let same = revision.is_some() && draft.revision_id() == revision.as_deref();
        if same {
            return;
        }
        let there = there();
        if *draft.base() == there && draft.revision_id() == revision.as_deref() {
            return;
        }
        if !draft.is_dirty() {
            *draft = Draft::of(of, revision, there);
            return;
        }
        let merge = draft.merge(revision, there);
        self.merged = Some(words_of::<V>(&merge));
    }

    /// What would be lost, as "2 changed settings of orders-api".
    pub fn unsaved(&self, one: &str, many: &str) -> Option<String> {
        let draft = self.draft.as_ref().filter(|draft| draft.is_dirty())?;
        let count = draft.changed().len().max(1);
        let word = if count == 1 { one } else { many };
        Some(format!("{count} changed {word} of {}", draft.name()))
    }

    /// The draft was submitted and is being applied.
    fn is_running(&self) -> bool {
        self.submission
            .as_ref()
            .and_then(Submission::action)
            .is_some()
    }

    /// What is being done, while the draft is applied.
    pub fn running(&self, cx: &Cx<'_>) -> Option<String> {
        let id = self.submission.as_ref()?.action()?;
        let state = cx.store.action(id)?;
        Some(state.progress.label())
    }

    /// Takes up what became of the last review; what was applied, in the frame in which it is known.
    pub fn follow(&mut self, cx: &Cx<'_>) -> Option<Applied> {
        match Submission::follow(&mut self.submission, cx.store) {
            Followed::Waiting | Followed::Dismissed | Followed::Running => None,
            Followed::Done(applied) => {
                self.failed = None;
                self.merged = None;
                self.kept_back = false;
                Some(*applied)
            }
            Followed::Failed(error) => {
                self.failed = Some(error);
                None
            }
        }
    }

    /// That nothing can be applied now, and why, once for the whole form; true where unlocking was asked for.
    pub fn lock(ui: &mut Ui, may: Result<(), &str>) -> bool {
        let Err(reason) = may else { return false };
        let theme = Theme::of(ui);
        let mut unlock = false;
        let frame = Frame::new()
            .fill(theme.raised)
            .corner_radius(RADIUS)
            .inner_margin(Margin::symmetric(space::M as i8, space::XS as i8));
        frame.show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                glyph(ui, Icon::LOCK, 15.0, theme.warn);
                ui.label("Read-only: draft and review, but not apply.")
                    .on_hover_text(reason);
                let button = Button::new("Unlock").name("Unlock, to apply changes");
                unlock = button.show(ui).clicked();
            });
        });
        unlock
    }

    /// What somebody else changed meanwhile, and what went wrong with the last attempt.
    pub fn notices(&mut self, ui: &mut Ui) {
        // Theirs was taken for all of it: there is nothing more to be said.
        if self.draft.as_ref().is_some_and(|draft| !draft.is_dirty()) {
            self.merged = None;
            self.kept_back = false;
        }
        if let Some(words) = &self.merged {
            let words = match self.kept_back {
                true => format!("Nothing was applied. {words}"),
                false => words.clone(),
            };
            let text = RichText::new(format!("▲ {words}"));
            ui.add(Label::new(text.color(Theme::of(ui).warn)).wrap());
        }
        if let Some(draft) = &mut self.draft {
            conflicts::ui(ui, draft);
        }
        // What somebody else changed is told above, in the form's own words: not once more in the service's.
        let told = self.merged.is_some();
        let conflict = |error: &Arc<CloudError>| error.kind == ErrorKind::Conflict;
        if told && self.failed.as_ref().is_some_and(conflict) {
            self.failed = None;
            self.kept_back = true;
        }
        if let Some(error) = &self.failed {
            state::alert(ui, error, false);
        }
    }

    /// Brings the part of the form with this heading into view.
    pub fn jump_to(&mut self, section: &'static str) {
        self.jump = Some(section);
    }

    /// The heading of a part of the form.
    pub fn heading(&mut self, ui: &mut Ui, section: &'static str) {
        let text = RichText::new(section).font(fonts::semibold(size::BODY));
        let heading = ui.label(text);
        if self.jump == Some(section) {
            self.jump = None;
            heading.scroll_to_me(Some(egui::Align::TOP));
        }
    }

    /// How many fields of a part differ, and how many of them are wrong.
    pub fn state_of(&self, section: &str) -> (usize, usize) {
        let Some(draft) = &self.draft else {
            return (0, 0);
        };
        let here = |field: &V::Field| V::describe(field).section == section;
        let changed: Vec<V::Field> = draft.changed().into_iter().filter(here).collect();
        let wrong = changed
            .iter()
            .filter(|field| draft.problem(field).is_some());
        (changed.len(), wrong.count())
    }

    fn revert_all(&mut self) {
        if let Some(draft) = &mut self.draft {
            draft.revert_all();
        }
        self.failed = None;
        self.merged = None;
        self.kept_back = false;
    }
}

fn words_of<V: Values>(merge: &Merge<V::Field>) -> String {
    let names = merge.taken.iter().map(|field| V::describe(field).name);
    let names: Vec<_> = names.collect();
    if names.is_empty() {
        "It was changed elsewhere; your changes still stand.".to_owned()
    } else {
        format!("Changed elsewhere and taken over: {}.", names.join(", "))
    }
}

#[cfg(test)]
mod tests;

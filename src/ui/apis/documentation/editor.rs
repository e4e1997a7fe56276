//! The editor of one part: fields or JSON, the same draft either way. Drafts of other things are kept while another one is in front.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{RichText, TextEdit, Ui};

use crate::cloud::apigateway::documentation::SetPart;
use crate::command::Command;
use crate::model::api::documentation::{Location, Thing};
use crate::model::draft::Draft;
use crate::model::draft::part::{PartField, PartValues, after};
use crate::ui::cx::{Cx, Message};
use crate::ui::draft::{Bar, Editor, Place};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::steady::steady_id;

/// What the editor keeps between frames.
#[derive(Default)]
pub struct PartEditor {
    drafts: BTreeMap<Location, One>,
    /// The one in front.
    front: Option<Location>,
    as_json: bool,
}

#[derive(Default)]
struct One {
    editor: Editor<PartValues>,
    /// The properties that the draft began from.
    before: Option<String>,
}

impl PartEditor {
    /// Something of this thing was changed here and not applied.
    pub fn has_draft(&self, thing: &Thing) -> bool {
        let one = self.drafts.get(&thing.location);
        one.and_then(|one| one.editor.draft())
            .is_some_and(Draft::is_dirty)
    }

    /// What would be lost.
    pub fn unsaved(&self) -> Option<String> {
        let dirty = |one: &&One| one.editor.draft().is_some_and(Draft::is_dirty);
        match self.drafts.values().filter(dirty).count() {
            0 => None,
            1 => Some("1 changed part of the documentation".to_owned()),
            more => Some(format!("{more} changed parts of the documentation")),
        }
    }

    /// The bar at the bottom, of the thing in front.
    pub fn bar(&mut self, ui: &mut Ui, api: &str, cx: &mut Cx<'_>) {
        let Some(location) = self.front.clone() else {
            return;
        };
        let Some(one) = self.drafts.get_mut(&location) else {
            return;
        };
        if let Some(applied) = one.editor.follow(cx) {
            let made = applied.output::<String>().map(|made| (*made).clone());
            one.editor.start(Draft::of(
                &location.words(),
                None,
                PartValues::of(made.as_deref()),
            ));
            one.before = made;
        }
        if !one.editor.draft().is_some_and(Draft::is_dirty) {
            return;
        }
        let bar = Bar {
            name: "documentation",
            place: Place::Bottom,
            note: "readers see it once a version is published",
        };
        let (before, context, api) = (one.before.clone(), cx.connection.cli(), api.to_owned());
        let reverted = one.editor.bar(ui, &bar, cx, |draft| {
            let after = after(draft);
            if after == before {
                return Err("Nothing was changed.".to_owned());
            }
            Ok(Arc::new(SetPart {
                api,
                location,
                before,
                after,
                undoing: false,
                context,
            }))
        });
        if reverted && let Some(draft) = one.editor.draft_mut() {
            draft.mine.leave_raw();
        }
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, api: &str, thing: &Thing, cx: &mut Cx<'_>) {
        let theme = Theme::of(ui);
        self.front = Some(thing.location.clone());
        let own = thing.part.as_ref().filter(|_| thing.is_own());
        let there = own.map(|part| part.properties.clone());
        let one = self.drafts.entry(thing.location.clone()).or_default();
        let touched = one.editor.draft().is_some_and(Draft::is_dirty);
        one.editor
            .bring_up_to_date(&thing.location.words(), None, || {
                PartValues::of(there.as_deref())
            });
        if !touched {
            one.before.clone_from(&there);
        } else if one.before != there {
            // The draft was merged with what is there now; that is what it is to be put over.
            one.before.clone_from(&there);
        }
        if Editor::<PartValues>::lock(ui, cx.may_write()) {
            cx.messages.push(Message::Run(Command::ToggleReadOnly));
        }
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(thing.location.words()).font(fonts::semibold(size::BODY)));
            let choices = [(false, "Fields"), (true, "As JSON")];
            if segmented(ui, "Edited as", &mut self.as_json, &choices)
                && let Some(draft) = one.editor.draft_mut()
            {
                draft.mine.leave_raw();
            }
            let delete = Button::new("Delete…")
                .name("Delete this part…")
                .icon(Icon::TRASH_2);
            if there.is_some() && delete.available(cx.may_write()).show(ui).clicked() {
                cx.review(Arc::new(SetPart {
                    api: api.to_owned(),
                    location: thing.location.clone(),
                    before: there.clone(),
                    after: None,
                    undoing: false,
                    context: cx.connection.cli(),
                }));
            }
        });
        if let Some(part) = thing.part.as_ref().filter(|_| !thing.is_own()) {
            let words = format!(
                "Described from {}: what is written here holds for this alone.",
                part.location.words()
            );
            ui.label(RichText::new(words).color(theme.muted));
        }
        one.editor.notices(ui);
        let enabled = one.editor.running(cx).is_none();
        ui.add_enabled_ui(enabled, |ui| match self.as_json {
            false => {
                let fields = [PartField::Summary, PartField::Description];
                one.editor.fields(ui, "the part", &fields, cx.now);
            }
            true => json(ui, &mut one.editor),
        });
        ui.add_space(space::XS);
    }
}

fn json(ui: &mut Ui, editor: &mut Editor<PartValues>) {
    let Some(draft) = editor.draft_mut() else {
        return;
    };
    let edit = TextEdit::multiline(draft.mine.raw_mut())
        .font(fonts::mono(size::SMALL))
        .desired_rows(6)
        .desired_width(ui.available_width().min(720.0));
    let edit = edit.id(steady_id(ui, "Properties"));
    if ui.add(edit).accessible_name("Properties").changed() {
        draft.mine.read_raw();
    }
    if let Some(wrong) = draft.mine.wrong() {
        ui.label(RichText::new(wrong).color(Theme::of(ui).err));
    }
}

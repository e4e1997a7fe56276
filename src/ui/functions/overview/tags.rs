//! The tags of a function: chips, and a form that adds, changes and removes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{RichText, Ui};

use crate::cloud::lambda::tags::ChangeTags;
use crate::model::draft;
use crate::ui::cx::Cx;
use crate::ui::draft::{Bar, Editor, Place, Rows};
use crate::ui::icons::Icon;
use crate::ui::theme::Theme;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip;

const BAR: Bar<'_> = Bar {
    name: "tags",
    place: Place::Here,
    note: "",
};

/// What the part keeps between frames.
#[derive(Default)]
pub struct Tags {
    editor: Editor<draft::Tags>,
    rows: Rows,
}

impl Tags {
    /// Draws it. `Err` says why tags are not known.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        name: &str,
        arn: &str,
        tags: Result<&BTreeMap<String, String>, &str>,
        cx: &mut Cx<'_>,
    ) {
        let tags = match tags {
            Ok(tags) => tags,
            Err(why) => {
                let text = format!("The tags could not be read: {why}");
                ui.label(RichText::new(text).color(Theme::of(ui).muted));
                return;
            }
        };
        if self.editor.follow(cx).is_some() {
            self.editor.leave();
        }
        if self.editor.draft().is_none() {
            if chips(ui, tags, cx) {
                self.rows = Rows::default();
                self.editor
                    .bring_up_to_date(name, None, || draft::Tags::of(tags));
            }
            return;
        }
        self.editor
            .bring_up_to_date(name, None, || draft::Tags::of(tags));
        self.form(ui, name, arn, cx);
    }

    /// What would be lost.
    pub fn unsaved(&self) -> Option<String> {
        self.editor.unsaved("tag", "tags")
    }

    fn form(&mut self, ui: &mut Ui, name: &str, arn: &str, cx: &mut Cx<'_>) {
        self.editor.notices(ui);
        if let Some(draft) = self.editor.draft_mut() {
            self.rows.ui(ui, draft);
        }
        let context = cx.connection.cli();
        let left = self.editor.bar(ui, &BAR, cx, |draft| {
            Ok(Arc::new(ChangeTags {
                name: name.to_owned(),
                arn: arn.to_owned(),
                before: draft.base().map(),
                after: draft.mine.map(),
                context,
            }))
        });
        if left {
            self.editor.leave();
        }
    }
}

/// The tags as they are; true when they are to be edited.
fn chips(ui: &mut Ui, tags: &BTreeMap<String, String>, cx: &Cx<'_>) -> bool {
    let theme = Theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.spacing_mut().interact_size.y = 20.0;
        if tags.is_empty() {
            ui.label(RichText::new("No tags").color(theme.muted));
        }
        for (key, value) in tags {
            let text = match value.as_str() {
                "" => key.clone(),
                value => format!("{key} = {value}"),
            };
            chip::tag(ui, &shorten(&text)).on_hover_text(text);
        }
    });
    ui.add_space(2.0);
    // On a line of its own: a column would make it as wide as itself.
    let edit = Button::new("Edit tags")
        .icon(Icon::PENCIL)
        .available(cx.may_write());
    ui.horizontal(|ui| edit.show(ui).clicked()).inner
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

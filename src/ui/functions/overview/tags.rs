//! The tags of a function: chips, and a form that adds, changes and removes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{RichText, Ui};

use crate::cloud::lambda::tags::ChangeTags;
use crate::command::Command;
use crate::ui::cx::{Cx, Submission, SubmissionState};
use crate::ui::icons::Icon;
use crate::ui::theme::Theme;
use crate::ui::widgets::button::{Button, icon_button};
use crate::ui::widgets::chip;
use crate::ui::widgets::text_field::TextField;

/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html>.
const MOST_TAGS: usize = 50;
const KEY_LENGTH: usize = 128;
const VALUE_LENGTH: usize = 256;
/// Only AWS sets tags that begin so.
const RESERVED: &str = "aws:";

/// What the part keeps between frames.
#[derive(Default)]
pub struct Tags {
    draft: Option<Draft>,
}

struct Draft {
    /// What was there when the person began.
    before: BTreeMap<String, String>,
    rows: Vec<Row>,
    submission: Option<Submission>,
    focus: bool,
}

#[derive(Clone, Default)]
struct Row {
    key: String,
    value: String,
    removed: bool,
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
        let theme = Theme::of(ui);
        let tags = match tags {
            Ok(tags) => tags,
            Err(why) => {
                let text = format!("The tags could not be read: {why}");
                ui.label(RichText::new(text).color(theme.muted));
                return;
            }
        };
        self.after_submission(cx);
        match &mut self.draft {
            None => self.chips(ui, tags, cx),
            Some(draft) => {
                if draft.form(ui, name, arn, cx) {
                    self.draft = None;
                }
            }
        }
    }

    /// What would be lost.
    pub fn unsaved(&self) -> Option<String> {
        let draft = self.draft.as_ref()?;
        draft.differs().then(|| "changed tags".to_owned())
    }

    fn chips(&mut self, ui: &mut Ui, tags: &BTreeMap<String, String>, cx: &mut Cx<'_>) {
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
        ui.horizontal(|ui| {
            let edit = Button::new("Edit tags")
                .icon(Icon::PENCIL)
                .available(cx.may_write())
                .show(ui);
            if edit.clicked() {
                self.draft = Some(Draft::of(tags));
            }
        });
    }

    /// The draft has done its work once what it asked for was applied.
    fn after_submission(&mut self, cx: &Cx<'_>) {
        let Some(draft) = &mut self.draft else { return };
        let Some(submission) = &draft.submission else {
            return;
        };
        match submission.state() {
            SubmissionState::Reviewing => {}
            SubmissionState::Dismissed | SubmissionState::Refused(_) => draft.submission = None,
            SubmissionState::Submitted(id) => {
                let state = cx.store.action(id);
                match state.and_then(|state| state.result.as_ref()) {
                    Some(Ok(_)) => self.draft = None,
                    Some(Err(_)) => draft.submission = None,
                    None => {}
                }
            }
        }
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

impl Draft {
    fn of(tags: &BTreeMap<String, String>) -> Self {
        // What AWS set can't be changed, and so is no part of the draft.
        let own = tags.iter().filter(|(key, _)| !key.starts_with(RESERVED));
        let before: BTreeMap<String, String> = own
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let mut rows: Vec<Row> = before
            .iter()
            .map(|(key, value)| Row {
                key: key.clone(),
                value: value.clone(),
                removed: false,
            })
            .collect();
        if rows.is_empty() {
            rows.push(Row::default());
        }
        Self {
            before,
            rows,
            submission: None,
            focus: false,
        }
    }

    fn after(&self) -> BTreeMap<String, String> {
        let kept = self
            .rows
            .iter()
            .filter(|row| !row.removed && !row.is_blank());
        kept.map(|row| (row.key.trim().to_owned(), row.value.clone()))
            .collect()
    }

    fn differs(&self) -> bool {
        self.after() != self.before
    }

    /// What is wrong with a row, in the field's own terms.
    fn wrong(&self, index: usize) -> Option<String> {
        let row = self.rows.get(index)?;
        if row.removed || row.is_blank() {
            return None;
        }
        let key = row.key.trim();
        if key.is_empty() {
            return Some("A key is needed".to_owned());
        }
        if key.to_ascii_lowercase().starts_with(RESERVED) {
            return Some("Only AWS sets keys that begin with aws:".to_owned());
        }
        if key.chars().count() > KEY_LENGTH {
            return Some(format!("A key has at most {KEY_LENGTH} characters"));
        }
        if row.value.chars().count() > VALUE_LENGTH {
            return Some(format!("A value has at most {VALUE_LENGTH} characters"));
        }
        let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
        if let Some(odd) = key.chars().chain(row.value.chars()).find(|c| !allowed(*c)) {
            return Some(format!(
                "{odd} is not allowed: letters, numbers, spaces and _ . : / = + - @"
            ));
        }
        let same = |other: &Row| !other.removed && other.key.trim() == key;
        let earlier = self.rows.get(..index).unwrap_or_default();
        if earlier.iter().any(same) {
            return Some(format!("The key {key} stands there twice"));
        }
        None
    }

    fn ready(&self, may_write: Result<(), &'static str>) -> Result<(), String> {
        may_write.map_err(str::to_owned)?;
        if self.submission.is_some() {
            return Err("It has been sent already".to_owned());
        }
        if (0..self.rows.len()).any(|row| self.wrong(row).is_some()) {
            return Err("Something above is wrong".to_owned());
        }
        if self.after().len() > MOST_TAGS {
            return Err(format!("A function has at most {MOST_TAGS} tags"));
        }
        if !self.differs() {
            return Err("Nothing differs".to_owned());
        }
        Ok(())
    }

    /// Draws the form; true when it is left.
    fn form(&mut self, ui: &mut Ui, name: &str, arn: &str, cx: &mut Cx<'_>) -> bool {
        let theme = Theme::of(ui);
        let mut added_last = false;
        for index in 0..self.rows.len() {
            let wrong = self.wrong(index);
            let Some(row) = self.rows.get_mut(index) else {
                break;
            };
            let was = self.before.get(row.key.trim());
            let mark = match was {
                _ if row.removed => "removed",
                _ if row.is_blank() => "",
                None => "added",
                Some(was) if *was != row.value => "changed",
                Some(_) => "",
            };
            added_last |= row.ui(ui, index, wrong.is_some(), mark, self.focus);
            if let Some(wrong) = wrong {
                ui.label(RichText::new(wrong).color(theme.err));
            }
        }
        self.focus = false;
        let mut leave = false;
        ui.horizontal(|ui| {
            if Button::new("Add tag").icon(Icon::PLUS).show(ui).clicked() || added_last {
                self.rows.push(Row::default());
                self.focus = true;
            }
            let ready = self.ready(cx.may_write());
            let reason = ready.as_ref().copied().map_err(String::as_str);
            let review = Button::new("Review").primary().available(reason).show(ui);
            let asked = cx.take(Command::Review) && ready.is_ok();
            if review.clicked() || asked {
                let change = ChangeTags {
                    name: name.to_owned(),
                    arn: arn.to_owned(),
                    before: self.before.clone(),
                    after: self.after(),
                    context: cx.connection.cli(),
                };
                self.submission = Some(cx.review(Arc::new(change)));
            }
            let word = if self.differs() { "Revert" } else { "Close" };
            leave = Button::new(word)
                .name("Leave the tags as they are")
                .show(ui)
                .clicked()
                || cx.take(Command::Revert);
        });
        leave
    }
}

impl Row {
    fn is_blank(&self) -> bool {
        self.key.trim().is_empty() && self.value.is_empty()
    }

    /// Draws the fields; true when Enter asks for another row.
    fn ui(&mut self, ui: &mut Ui, index: usize, wrong: bool, mark: &str, focus: bool) -> bool {
        let theme = Theme::of(ui);
        let mut another = false;
        ui.horizontal(|ui| {
            let key_name = format!("Key of tag {}", index + 1);
            let key = TextField::new(&key_name, &mut self.key)
                .hint("key")
                .width(180.0)
                .wrong(wrong)
                .enabled(!self.removed)
                .show(ui);
            if focus && self.key.is_empty() {
                key.request_focus();
            }
            ui.label(RichText::new("=").color(theme.muted));
            let value_name = format!("Value of tag {}", index + 1);
            let room = (ui.available_width() - 120.0).clamp(100.0, 320.0);
            let value = TextField::new(&value_name, &mut self.value)
                .hint("value")
                .width(room)
                .enabled(!self.removed)
                .show(ui);
            another = value.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            let (icon, verb) = if self.removed {
                (Icon::UNDO_2, "Keep")
            } else {
                (Icon::TRASH_2, "Remove")
            };
            if icon_button(ui, icon, &format!("{verb} tag {}", index + 1)).clicked() {
                self.removed = !self.removed;
            }
            ui.label(RichText::new(mark).color(theme.accent));
        });
        another
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn draft(tags: &[(&str, &str)]) -> Draft {
        let tags = tags.iter();
        Draft::of(
            &tags
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        )
    }

    fn row(key: &str, value: &str) -> Row {
        Row {
            key: key.into(),
            value: value.into(),
            removed: false,
        }
    }

    #[test]
    fn what_aws_set_is_no_part_of_the_draft() {
        let draft = draft(&[("aws:cloudformation:stack-name", "shop"), ("team", "web")]);
        assert_eq!(draft.rows.len(), 1);
        assert!(!draft.differs());
        assert_eq!(draft.ready(Ok(())), Err("Nothing differs".to_owned()));
    }

    #[test]
    fn removing_and_adding_make_a_difference_and_blank_rows_do_not() {
        let mut draft = draft(&[("team", "web")]);
        draft.rows.push(Row::default());
        assert!(!draft.differs());
        draft.rows[0].removed = true;
        draft.rows.push(row("tier", "gold"));
        assert_eq!(
            draft.after(),
            BTreeMap::from([("tier".into(), "gold".into())])
        );
        assert_eq!(draft.ready(Ok(())), Ok(()));
        assert_eq!(draft.ready(Err("locked")), Err("locked".to_owned()));
    }

    #[test]
    fn what_aws_would_refuse_is_told_beside_the_field() {
        let mut draft = draft(&[("team", "web")]);
        let cases = [
            (row("aws:x", "1"), "Only AWS sets"),
            (row("", "1"), "A key is needed"),
            (row("team", "2"), "stands there twice"),
            (row("a*b", "2"), "* is not allowed"),
            (row(&"k".repeat(129), ""), "at most 128"),
            (row("k", &"v".repeat(257)), "at most 256"),
        ];
        for (wrong, words) in cases {
            draft.rows.truncate(1);
            draft.rows.push(wrong);
            assert!(draft.wrong(1).unwrap().contains(words), "{words}");
            assert!(draft.ready(Ok(())).is_err());
        }
        draft.rows.truncate(1);
        draft.rows.push(row("チーム", "店 1"));
        assert_eq!(draft.wrong(1), None);
    }
}

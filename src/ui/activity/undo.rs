//! Taking a change back: it is looked at what is there now; what must be asked for or was changed again is asked; and then the
//! review opens, over what is really there.

use std::collections::HashSet;

use egui::{Checkbox, Context, Label, RichText, ScrollArea, Ui};

use crate::cloud::undo::{self, Now};
use crate::model::error::CloudError;
use crate::model::format;
use crate::model::plan::Difference;
use crate::model::secret::Secret;
use crate::model::undo::{Row, Undo};
use crate::store::Ticket;
use crate::store::journal::Record;
use crate::ui::cx::{CloudStore, Cx, Message, Submission};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::confirm::{begin_at, dialog, footer, left};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::text_field::secret_field;

/// One change that is being taken back.
pub struct Undoing {
    undo: Undo,
    title: String,
    /// What it was of, and when it was made.
    target: String,
    at: i64,
    state: State,
    revealed: Vec<bool>,
}

enum State {
    Looking(Ticket<Now>),
    Asking(Now),
}

/// Whether a change can be taken back here, and why not.
///
/// # Errors
/// The reason, for the control.
pub fn available(record: &Record, cx: &Cx<'_>) -> Result<(), &'static str> {
    let Some(undo) = &record.undo else {
        return Err("How to take this back is not known");
    };
    if is_taken_back(undo, record, cx.store.journal()) {
        return Err("It was taken back already");
    }
    let region = format!(":{}:", cx.connection.region);
    let here = record.connection == cx.connection.spec.name && record.target.contains(&region);
    if !here {
        return Err("Switch to the connection and region that it was made on");
    }
    cx.may_write()
}

/// Whether later records have taken all of it back.
fn is_taken_back<'a>(
    undo: &Undo,
    record: &Record,
    journal: impl IntoIterator<Item = &'a Record>,
) -> bool {
    let back: HashSet<&str> = journal
        .into_iter()
        .filter(|later| {
            later.succeeded()
                && later.at > record.at
                && later.target == record.target
                && later.title.starts_with("Undo")
        })
        .flat_map(|later| later.differences.iter())
        .filter(|after| {
            record.differences.iter().any(|before| {
                before.field == after.field
                    && before.after == after.before
                    && before.before == after.after
            })
        })
        .map(|difference| difference.field.as_str())
        .collect();
    match undo {
        Undo::Configuration { .. }
        | Undo::Tags { .. }
        | Undo::Stage { .. }
        | Undo::ApiPolicy { .. }
        | Undo::Plan { .. }
        | Undo::Key { .. }
        | Undo::Part { .. }
        | Undo::Method { .. } => {
            let all = &record.differences;
            !all.is_empty() && all.iter().all(|made| back.contains(made.field.as_str()))
        }
        // One field says it all: the digest of the code, the version of the alias.
        Undo::Code { .. } | Undo::Architecture { .. } | Undo::Alias { .. } => !back.is_empty(),
    }
}

/// What part of a change can be taken back without being asked anything, in a sentence; nothing where it is all of it.
pub fn in_part(record: &Record) -> Option<String> {
    let Some(Undo::Configuration { variables, .. }) = &record.undo else {
        return None;
    };
    let asked: Vec<&str> = variables
        .iter()
        .filter(|variable| variable.was && variable.value.is_none())
        .map(|variable| variable.name.as_str())
        .collect();
    (!asked.is_empty()).then(|| {
        format!(
            "Undo asks for the earlier value of {}: values of variables are never written down.",
            asked.join(", ")
        )
    })
}

impl Undoing {
    /// Begins with a look at what is there now; nothing where there is no connection.
    pub fn start(record: &Record, store: &mut CloudStore) -> Option<Self> {
        let undo = record.undo.clone()?;
        let cloud = store.cloud()?.clone();
        let (wanted, made) = (undo.clone(), record.differences.clone());
        let ticket = store.job(
            false,
            async move { undo::look(&cloud, &wanted, &made).await },
        );
        Some(Self {
            undo,
            title: record.title.clone(),
            target: record.target.clone(),
            at: record.at,
            state: State::Looking(ticket),
            revealed: Vec::new(),
        })
    }

    /// What is there now is being looked at.
    pub fn is_looking(&self) -> bool {
        matches!(self.state, State::Looking(_))
    }

    /// Goes on with it; false when it is over.
    pub fn show(&mut self, ctx: &Context, cx: &mut Cx<'_>) -> bool {
        if let State::Looking(ticket) = &self.state {
            match cx.store.collect(ticket) {
                None => return true,
                Some(Err(error)) => {
                    cx.messages.push(Message::Error(CloudError {
                        operation: "Undo".to_owned(),
                        ..error
                    }));
                    return false;
                }
                Some(Ok(now)) => {
                    let asks = matches!(&now, Now::Configuration(_, rows)
                        if rows.iter().any(|row| row.asks || row.stale));
                    if !asks {
                        self.review(&now, cx);
                        return false;
                    }
                    self.state = State::Asking(now);
                }
            }
        }
        self.ask(ctx, cx)
    }

    fn review(&self, now: &Now, cx: &mut Cx<'_>) -> Option<Submission> {
        let keep = cx.settings.packages();
        match undo::action(&self.undo, now, keep, cx.connection.cli()) {
            Ok(action) => Some(cx.review(action)),
            Err(why) => {
                cx.toast("Nothing is taken back", why);
                None
            }
        }
    }

    /// What can't be known is asked; false when it is over.
    fn ask(&mut self, ctx: &Context, cx: &mut Cx<'_>) -> bool {
        let State::Asking(Now::Configuration(function, rows)) = &mut self.state else {
            return false;
        };
        let theme = Theme::of_ctx(ctx);
        self.revealed.resize(rows.len(), false);
        let (mut review, mut cancel) = (false, false);
        let (title, revealed) = (&self.title, &mut self.revealed);
        let since: Vec<Option<i64>> = rows
            .iter()
            .map(|row| changed_here(row, &self.target, self.at, cx.store.journal()))
            .collect();
        let (now, zone) = (cx.now, cx.zone);
        let modal = dialog(ctx, "undo", theme, |ui| {
            ui.set_width(crate::ui::widgets::confirm::width(ui, 520.0));
            ui.spacing_mut().item_spacing.y = space::S;
            let heading = format!("Undo “{title}” of {}", function.name);
            let heading = RichText::new(heading).font(fonts::semibold(size::HEADING));
            ui.add(Label::new(heading).wrap());
            let room = (ui.ctx().content_rect().height() - 260.0).max(120.0);
            ScrollArea::vertical()
                .max_height(room)
                .min_scrolled_height(room)
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    for (place, row) in rows.iter_mut().enumerate() {
                        let here = since.get(place).copied().flatten();
                        let here = here.map(|at| format::ago(at, now, zone));
                        if let Some(revealed) = revealed.get_mut(place) {
                            one(ui, theme, row, here.as_deref(), revealed);
                        }
                    }
                });
            let chosen = rows.iter().any(|row| row.chosen);
            let available = match chosen {
                true => Ok(()),
                false => Err("Choose what is taken back"),
            };
            footer(ui, |ui| {
                let stay = Button::new("Cancel").show(ui);
                begin_at(ui, &stay);
                cancel = stay.clicked();
                let button = Button::new("Review").primary().available(available);
                review = button.show(ui).clicked();
            });
        });
        if review && let State::Asking(now) = &self.state {
            let now = now.clone();
            self.review(&now, cx);
            return false;
        }
        !(cancel || left(&modal))
    }
}

/// When this machine itself changed a field to what it is now, after the change that is taken back; in ms since the epoch.
fn changed_here<'a>(
    row: &Row,
    target: &str,
    at: i64,
    journal: impl IntoIterator<Item = &'a Record>,
) -> Option<i64> {
    let later = journal.into_iter().filter(|later| {
        let is_made = |made: &Difference| made.field == row.name && made.after == row.now;
        later.succeeded()
            && later.at > at
            && later.target == target
            && later.differences.iter().any(is_made)
    });
    later.map(|later| later.at).max()
}

/// What became of a field since, and by whom.
fn since_then(row: &Row, here: Option<&str>) -> String {
    let now = match row.now.as_str() {
        "" => "It is gone by now".to_owned(),
        now => format!("It is {now} by now"),
    };
    match here {
        Some(when) => format!("{now}: you changed it again from here, {when}."),
        None => format!("{now}: somebody changed it after this change."),
    }
}

/// One field: whether it is taken back, to what, and what stands in the way. `here` is when it was changed again from here.
fn one(ui: &mut Ui, theme: &Theme, row: &mut Row, here: Option<&str>, revealed: &mut bool) {
    let back = match (row.asks, row.back.as_str()) {
        (true, _) => format!("Set {} back to its earlier value", row.name),
        (false, "") => format!("Take {} away again", row.name),
        (false, back) => format!("Set {} back to {back}", row.name),
    };
    ui.add(Checkbox::new(&mut row.chosen, back));
    let note = |ui: &mut Ui, icon: &str, words: &str, color| {
        ui.horizontal_top(|ui| {
            ui.add_space(space::XL);
            ui.spacing_mut().item_spacing.x = 6.0;
            glyph(ui, icon, 14.0, color);
            ui.add(Label::new(RichText::new(words).color(theme.text)).wrap());
        });
    };
    if row.stale {
        let words = since_then(row, here);
        note(ui, Icon::TRIANGLE_ALERT, &words, theme.warn);
    }
    if row.asks {
        let words =
            "Its earlier value was never written down. Type it, or leave the variable as it is.";
        note(ui, Icon::INFO, words, theme.muted);
        ui.horizontal(|ui| {
            ui.add_space(space::XL);
            let mut value = row.value.clone().unwrap_or_default();
            let label = format!("Earlier value of {}", row.name);
            let width = (ui.available_width() - 60.0).clamp(120.0, 360.0);
            let field = secret_field(ui, &label, value.reveal_mut(), revealed, width);
            if field.changed() {
                row.value = Some(Secret::new(value.reveal()));
                row.chosen = true;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::draft::Field;
    use crate::model::undo::VariableBefore;

    fn record(at: i64, title: &str, differences: &[(&str, &str, &str)]) -> Record {
        let of = |(field, before, after): &(&str, &str, &str)| Difference {
            field: (*field).to_owned(),
            before: (*before).to_owned(),
            after: (*after).to_owned(),
        };
        Record {
            at,
            connection: "c".to_owned(),
            caller: String::new(),
            title: title.to_owned(),
            target: "arn".to_owned(),
            differences: differences.iter().map(of).collect(),
            request_id: None,
            outcome: "ok".to_owned(),
            undo: Some(Undo::Configuration {
                function: "f".to_owned(),
                before: serde_json::Map::new(),
                variables: vec![VariableBefore {
                    name: "TOKEN".to_owned(),
                    was: true,
                    value: None,
                }],
            }),
        }
    }

    #[test]
    fn a_change_is_taken_back_once_every_part_of_it_is() {
        let made = record(
            1,
            "Update configuration",
            &[
                ("MemorySize", "256 MB", "400 MB"),
                ("Environment.TOKEN", "***", "***"),
            ],
        );
        let title = "Undo: update configuration";
        let memory = record(2, title, &[("MemorySize", "400 MB", "256 MB")]);
        let token = record(3, title, &[("Environment.TOKEN", "***", "***")]);
        let back = |journal: &[&Record]| {
            let undo = made.undo.as_ref();
            undo.is_some_and(|undo| is_taken_back(undo, &made, journal.iter().copied()))
        };
        assert!(!back(&[&made]));
        assert!(!back(&[&made, &memory]), "the rest still can");
        assert!(back(&[&made, &memory, &token]));
        let other = record(2, title, &[("MemorySize", "300 MB", "256 MB")]);
        assert!(!back(&[&other, &token]), "another change was undone");
    }

    #[test]
    fn a_field_that_was_changed_again_from_here_was_not_changed_by_somebody() {
        let title = "Update configuration";
        let made = record(1, title, &[("MemorySize", "256 MB", "400 MB")]);
        let again = record(2, title, &[("MemorySize", "400 MB", "512 MB")]);
        let row = |now: &str| Row {
            field: Field::Memory,
            name: "MemorySize".to_owned(),
            now: now.to_owned(),
            back: "256 MB".to_owned(),
            value: None,
            asks: false,
            stale: true,
            chosen: false,
        };
        let here = |now: &str| changed_here(&row(now), "arn", 1, [&made, &again]);
        assert_eq!(here("512 MB"), Some(2));
        assert_eq!(here("1,024 MB"), None, "that was somebody else");
        let words = since_then(&row("512 MB"), Some("12 s ago"));
        assert_eq!(
            words,
            "It is 512 MB by now: you changed it again from here, 12 s ago."
        );
        assert!(since_then(&row("512 MB"), None).contains("somebody"));
    }

    #[test]
    fn what_undo_will_ask_for_is_said_beforehand() {
        let words = in_part(&record(1, "Update configuration", &[])).unwrap_or_default();
        assert!(words.contains("the earlier value of TOKEN"), "{words}");
    }
}

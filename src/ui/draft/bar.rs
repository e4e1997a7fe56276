//! What is changed, in a line: how much, what from and to, what is wrong; Revert all, and Review.

use std::sync::Arc;

use egui::{Align, Frame, Label, Layout, Margin, Panel, RichText, Ui};

use super::Editor;
use crate::cloud::Cloud;
use crate::command::Command;
use crate::model::draft::{Draft, Values};
use crate::store::Action;
use crate::ui::cx::Cx;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::in_order::in_order;

/// Where the bar stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At the panel's bottom: call it before what stands above.
    Bottom,
    /// Where it is drawn, for a draft within a page; it is left by Revert.
    Here,
}

/// How the bar is shown.
#[derive(Debug, Clone, Copy)]
pub struct Bar<'a> {
    /// Sets it apart from others of the panel.
    pub name: &'a str,
    /// Where it stands.
    pub place: Place,
    /// What is to be known of applying it: "a stage's settings act at once"; may be empty.
    pub note: &'a str,
}

/// What a draft is when it is applied.
pub type Submitted = Arc<dyn Action<Cloud>>;

impl<V: Values> Editor<V> {
    /// Draws it, and opens the review of what `make` gives. True where everything was put back.
    pub fn bar(
        &mut self,
        ui: &mut Ui,
        bar: &Bar<'_>,
        cx: &mut Cx<'_>,
        make: impl FnOnce(&Draft<V>) -> Result<Submitted, String>,
    ) -> bool {
        let Some(draft) = &self.draft else {
            return false;
        };
        let running = self.running(cx);
        let busy = match (&running, &self.submission) {
            (Some(_), _) => Err("An update is running".to_owned()),
            (None, Some(_)) => Err("It is being reviewed already".to_owned()),
            (None, None) => Ok(()),
        };
        // Looking at a difference and its command changes nothing: a lock keeps only Apply.
        let available = busy.and_then(|()| draft.can_apply());
        let asked = [cx.take(Command::Review), cx.take(Command::Revert)];
        let line = Line::of(draft, running, bar.note);
        let mut pressed = [false; 2];
        match bar.place {
            Place::Bottom => {
                let frame = Frame::new()
                    .fill(Theme::of(ui).panel)
                    .inner_margin(Margin::symmetric(16, 8));
                let panel = Panel::bottom(format!("{} bar", bar.name));
                panel.exact_size(44.0).frame(frame).show(ui, |ui| {
                    ui.horizontal_centered(|ui| {
                        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                            pressed = in_order(ui, "revert or review", |ui| {
                                buttons(ui, bar, draft.is_dirty(), &available)
                            });
                            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                                line.show(ui);
                            });
                        });
                    });
                });
            }
            Place::Here => {
                ui.add_space(space::S);
                ui.horizontal(|ui| line.show(ui));
                ui.add_space(space::XS);
                ui.horizontal(|ui| pressed = buttons(ui, bar, draft.is_dirty(), &available));
            }
        }
        let review = (asked[0] || pressed[0]) && available.is_ok();
        let revert = asked[1] || pressed[1];
        if review {
            match make(draft) {
                Ok(action) => {
                    self.failed = None;
                    self.submission = Some(cx.review(action));
                }
                Err(reason) => cx.toast("Nothing to review", reason),
            }
        }
        if revert {
            self.revert_all();
        }
        revert
    }
}

/// Review and Revert. At the foot of a page the one that leads on stands last, in a place of its own first.
pub fn buttons(
    ui: &mut Ui,
    bar: &Bar<'_>,
    dirty: bool,
    available: &Result<(), String>,
) -> [bool; 2] {
    let available = available.as_ref().copied().map_err(String::as_str);
    let here = bar.place == Place::Here;
    let review = |ui: &mut Ui| {
        let button = Button::new(if here { "Review" } else { "Review changes" })
            .primary()
            .shortcut(Command::Review.keys_text());
        button.available(available).show(ui).clicked()
    };
    if here {
        let reviewed = review(ui);
        let name = format!("Leave the {} as they are", bar.name);
        let word = if dirty { "Revert" } else { "Close" };
        let reverted = Button::new(word).name(&name).show(ui).clicked();
        return [reviewed, reverted];
    }
    let can = match dirty {
        true => Ok(()),
        false => Err("Nothing was changed"),
    };
    let reverted = Button::new("Revert all").available(can).show(ui).clicked();
    [review(ui), reverted]
}

/// The words of the bar.
pub struct Line {
    count: String,
    changes: String,
    pub(super) wrong: String,
    /// Of what is wrong.
    names: String,
    note: String,
    quiet: bool,
}

impl Line {
    pub fn of<V: Values>(draft: &Draft<V>, running: Option<String>, note: &str) -> Self {
        let changed = draft.changed();
        let count = match (running, changed.len()) {
            (Some(label), _) => label,
            (None, 0) if draft.is_dirty() => "Something unfinished".to_owned(),
            (None, 0) => "No changes".to_owned(),
            (None, 1) => "1 change".to_owned(),
            (None, n) => format!("{n} changes"),
        };
        let wrong = draft.wrong_fields();
        Self {
            count,
            changes: changes(draft),
            wrong: match wrong.len() {
                // A button that can't be pressed says here why, and not only where it is pointed at.
                0 => match draft.conflicts().len() {
                    0 => String::new(),
                    1 => "1 field was changed elsewhere: decide above which value holds".to_owned(),
                    n => {
                        format!("{n} fields were changed elsewhere: decide above which values hold")
                    }
                },
                // The name first: in little room the rest is cut off.
                1 => format!("{} is to be corrected", wrong[0]),
                n => format!("{} are to be corrected, {n} fields", wrong.join(", ")),
            },
            names: wrong.join(", "),
            note: note.to_owned(),
            quiet: !draft.is_dirty(),
        }
    }

    pub fn show(&self, ui: &mut Ui) {
        let theme = Theme::of(ui);
        ui.spacing_mut().item_spacing.x = space::S;
        let color = if self.quiet {
            theme.muted
        } else {
            theme.accent
        };
        // In little room only what is wrong is said, by its names.
        let roomy = ui.available_width() > 240.0;
        if self.wrong.is_empty() || roomy {
            ui.label(RichText::new(&self.count).color(color));
        }
        let (text, color) = match (self.wrong.is_empty(), roomy) {
            (true, _) => (self.changes.clone(), theme.text),
            (false, true) => (format!("▲ {}", self.wrong), theme.err),
            (false, false) => (format!("▲ {}", self.names), theme.err),
        };
        if !text.is_empty() {
            let label = Label::new(RichText::new(&text).color(color)).truncate();
            ui.add(label).on_hover_text(text);
        }
        if !self.note.is_empty() && !self.quiet && ui.available_width() > 80.0 {
            let note = RichText::new(&self.note).color(theme.muted);
            ui.add(Label::new(note).truncate());
        }
    }
}

/// What is changed from what to what, as "Memory 128 MB to 512 MB, LOG_LEVEL".
fn changes<V: Values>(draft: &Draft<V>) -> String {
    let told = |field: V::Field| {
        let descriptor = V::describe(&field);
        if descriptor.secret {
            return descriptor.label.into_owned();
        }
        let shown = |values: &V| {
            let value = values.get(&field).map(crate::model::secret::Secret::new);
            descriptor.shown(value.as_ref(), false)
        };
        let (before, after) = (shown(draft.base()), shown(&draft.mine));
        let long = before.len().max(after.len()) > 40;
        match (before.as_str(), after.as_str()) {
            _ if long => descriptor.label.into_owned(),
            ("", after) => format!("{} {after}", descriptor.label),
            (before, "") => format!("{} no longer {before}", descriptor.label),
            (before, after) => format!("{} {before} to {after}", descriptor.label),
        }
    };
    let all: Vec<String> = draft.changed().into_iter().map(told).collect();
    all.join(", ")
}

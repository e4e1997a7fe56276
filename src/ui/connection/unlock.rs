//! The question before production is unlocked: the connection's name is typed, so that it is not done by habit.

use egui::{Context, Key, Modifiers, RichText};

use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::confirm::{Answer, begin_at, dialog, footer, left};
use crate::ui::widgets::text_field::TextField;

/// The question while it is open.
pub struct Unlock {
    name: String,
    typed: String,
}

impl Unlock {
    /// Asks for the connection of this name.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            typed: String::new(),
        }
    }

    fn is_complete(&self) -> bool {
        self.typed.trim() == self.name.trim()
    }

    /// Draws it; the answer once there is one.
    pub fn show(&mut self, ctx: &Context) -> Option<Answer> {
        let theme = Theme::of_ctx(ctx);
        let mut answer = None;
        let label = format!("Type {} to unlock", self.name);
        let modal = dialog(ctx, "unlock", theme, |ui| {
            ui.set_width(crate::ui::widgets::confirm::width(ui, 420.0));
            ui.spacing_mut().item_spacing.y = space::S;
            let title = format!("Unlock {}?", self.name);
            let title = RichText::new(title).font(fonts::semibold(size::HEADING));
            ui.add(egui::Label::new(title).wrap());
            let text = "This connection starts locked. Unlocked, everything that you apply, invoke or delete here is real. It is locked again when you switch the connection or close the window.";
            ui.label(RichText::new(text).color(theme.muted));
            ui.add(egui::Label::new(&label).wrap());
            let field = TextField::new(&label, &mut self.typed)
                .width(420.0)
                .show(ui);
            begin_at(ui, &field);
            let complete = self.is_complete();
            ui.add_space(space::XS);
            footer(ui, |ui| {
                if Button::new("Stay locked").show(ui).clicked() {
                    answer = Some(Answer::Cancel);
                }
                let available = if complete {
                    Ok(())
                } else {
                    Err(label.as_str())
                };
                let unlock = Button::new("Unlock").danger().available(available).show(ui);
                let enter = ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Enter));
                if complete && (enter || unlock.clicked()) {
                    answer = Some(Answer::Apply);
                }
            });
        });
        if answer.is_none() && left(&modal) {
            answer = Some(Answer::Cancel);
        }
        answer
    }
}

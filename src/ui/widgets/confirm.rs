//! Dialogs before something is written: what will be done to what, at which risk, field by field, and the AWS CLI
//! command that does the same. Destroying needs the resource's name typed.

use egui::{
    Align, Align2, Context, Frame, Id, Key, Label, Layout, Margin, Modal, Modifiers, Response,
    RichText, ScrollArea, Ui,
};

use super::button::{Button, copy_button};
use super::chip::Tone;
use super::difference::{Show, Tree};
use super::glyph::glyph;
use super::in_order::in_order;
use super::state;
use super::text_field::TextField;
use crate::model::difference::of_fields;
use crate::model::error::CloudError;
use crate::model::plan::{Plan, Risk};
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{CONTROL_HEIGHT, RADIUS, Theme, size, space},
};

const WIDTH: f32 = 620.0;
/// In a window that is higher than this a dialog stands above the middle, in points.
const LIFTED: f32 = 1_000.0;
/// From so many fields on, a review counts them and offers keys to go through them.
const MANY: usize = 8;

/// What a dialog keeps while it is open.
#[derive(Debug, Default)]
pub struct Review {
    /// What was typed so far of the name.
    pub typed: String,
    /// It was sent and has not been answered: the buttons wait.
    pub busy: bool,
    /// What should be known before it is applied, a sentence each.
    pub notes: Vec<String>,
    /// Values are secret, and can be shown.
    pub secrets: bool,
    /// The person asked to see them.
    pub revealed: bool,
    /// What would change, as it is looked at.
    tree: Option<Tree>,
    /// The highest that what is read was so far, in points: the buttons stay where they are when values are hidden again.
    highest: f32,
}

impl Review {
    /// With what should be known, and whether values are secret and can be shown.
    pub fn of(notes: Vec<String>, secrets: bool) -> Self {
        Self {
            notes,
            secrets,
            ..Self::default()
        }
    }
}

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Do it.
    Apply,
    /// Do nothing.
    Cancel,
}

/// Whether Apply may be pressed now.
///
/// # Errors
/// The reason why not, for the button.
pub fn may_apply(plan: &Plan, review: &Review, available: Result<(), &str>) -> Result<(), String> {
    available.map_err(str::to_owned)?;
    if review.busy {
        return Err("It is being done already".to_owned());
    }
    let name = plan.target_name();
    if plan.risk == Risk::Destroys && review.typed.trim() != name {
        return Err(format!("Type {name} to confirm"));
    }
    Ok(())
}

/// Shows a plan and waits for a decision. `available` is the connection's own word: read-only refuses here.
/// `error` is the last attempt's, shown in its form.
pub fn review(
    ctx: &Context,
    plan: &Plan,
    review: &mut Review,
    available: Result<(), &str>,
    error: Option<&CloudError>,
) -> Option<Answer> {
    let theme = Theme::of_ctx(ctx);
    let mut answer = None;
    // Enter with Ctrl applies, wherever the keyboard is: the button that has it must not take the key for its own.
    let applies = plan.risk != Risk::Destroys
        && ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Enter));
    let modal = dialog(ctx, "review", theme, |ui| {
        ui.set_width(width(ui, WIDTH));
        ui.spacing_mut().item_spacing.y = space::S;
        head(ui, theme, plan);
        let room = (ui.ctx().content_rect().height() - 320.0).max(120.0);
        ScrollArea::vertical()
            .max_height(room)
            .min_scrolled_height(room)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                ui.set_min_height(review.highest.min(room));
                differences(ui, theme, plan, review, room);
                notes(ui, theme, review);
                command(ui, theme, &plan.cli);
                review.highest = review.highest.max(ui.min_rect().height());
            });
        if plan.risk == Risk::Destroys {
            type_name(ui, theme, plan, review);
        }
        if let Some(error) = error {
            state::alert(ui, error, true);
        }
        answer = buttons(ui, plan, review, available);
    });
    if applies && modal.is_top_modal && may_apply(plan, review, available).is_ok() {
        answer = Some(Answer::Apply);
    }
    if answer.is_none() && left(&modal) && !review.busy {
        answer = Some(Answer::Cancel);
    }
    answer
}

/// A question with two answers, as when a form with changes is left.
pub fn ask(ctx: &Context, title: &str, text: &str, yes: &str, no: &str) -> Option<Answer> {
    let theme = Theme::of_ctx(ctx);
    let mut answer = None;
    let modal = dialog(ctx, "question", theme, |ui| {
        ui.set_width(width(ui, 400.0));
        ui.spacing_mut().item_spacing.y = space::S;
        ui.label(RichText::new(title).font(fonts::semibold(size::HEADING)));
        ui.label(RichText::new(text).color(theme.muted));
        ui.add_space(space::XS);
        footer(ui, |ui| {
            let stay = Button::new(no).show(ui);
            begin_at(ui, &stay);
            if stay.clicked() {
                answer = Some(Answer::Cancel);
            }
            if Button::new(yes).danger().show(ui).clicked() {
                answer = Some(Answer::Apply);
            }
        });
    });
    if answer.is_none() && left(&modal) {
        answer = Some(Answer::Cancel);
    }
    answer
}

/// The width of a dialog that would be this wide, in points: less in a window that is narrower, with a margin on both sides.
pub fn width(ui: &Ui, wanted: f32) -> f32 {
    let around = 2.0 * (space::XL + space::L);
    wanted.min(ui.ctx().content_rect().width() - around)
}

/// The dialog's buttons at its right end, from left to right.
pub fn footer(ui: &mut Ui, buttons: impl FnOnce(&mut Ui)) {
    let row = egui::vec2(ui.available_width(), CONTROL_HEIGHT);
    ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
        in_order(ui, "the dialog's buttons", buttons);
    });
}

/// The keyboard begins here in a dialog that was just opened, and comes back here when nothing has it.
pub fn begin_at(ui: &Ui, response: &Response) {
    if response.enabled() && ui.memory(|memory| memory.focused().is_none()) {
        response.request_focus();
    }
}

/// Whether a dialog is left: with Escape, or because its contents close it. A click beside it leaves nothing: what was typed
/// or is being read would go with a slip of the hand.
pub fn left<R>(modal: &egui::ModalResponse<R>) -> bool {
    let ctx = &modal.response.ctx;
    modal.response.should_close()
        || (modal.is_top_modal
            && !modal.any_popup_open
            && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)))
}

/// A dialog in the theme's looks, a little above the middle.
pub fn dialog<R>(
    ctx: &Context,
    name: &str,
    theme: &Theme,
    contents: impl FnOnce(&mut Ui) -> R,
) -> egui::ModalResponse<R> {
    let id = Id::unique(("dialog", name));
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(space::L as i8));
    // In a low window in the middle, so that a high dialog has as much margin above as below.
    let lift = match ctx.content_rect().height() > LIFTED {
        true => space::XL,
        false => 0.0,
    };
    let area = Modal::default_area(id).anchor(Align2::CENTER_CENTER, [0.0, -lift]);
    Modal::new(id)
        .area(area)
        .frame(frame)
        .backdrop_color(theme.backdrop)
        .show(ctx, contents)
}

fn head(ui: &mut Ui, theme: &Theme, plan: &Plan) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(&plan.title).font(fonts::semibold(size::HEADING)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (tone, icon, word) = risk_words(plan.risk);
            ui.spacing_mut().item_spacing.x = 6.0;
            let color = tone.color(theme);
            ui.label(RichText::new(word).color(color));
            glyph(ui, icon, 15.0, color);
        });
    });
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 40.0).max(80.0);
        ui.scope(|ui| {
            ui.set_max_width(width);
            let target = RichText::new(&plan.target).font(fonts::mono(size::SMALL));
            ui.add(Label::new(target.color(theme.muted)).truncate());
        });
        copy_button(ui, "ARN", || plan.target.clone());
    });
}

/// How a risk is shown: its tone, its icon, its words.
pub fn risk_words(risk: Risk) -> (Tone, &'static str, &'static str) {
    match risk {
        Risk::Safe => (Tone::Ok, Icon::SHIELD_CHECK, "Changes nothing that exists"),
        Risk::Changes => (Tone::Warn, Icon::PENCIL, "Changes what exists"),
        Risk::Destroys => (Tone::Err, Icon::TRIANGLE_ALERT, "Destroys"),
    }
}

fn differences(ui: &mut Ui, theme: &Theme, plan: &Plan, review: &mut Review, room: f32) {
    if plan.differences.is_empty() {
        return;
    }
    Frame::new()
        .fill(theme.raised)
        .corner_radius(RADIUS)
        .inner_margin(Margin::symmetric(space::XS as i8, 2))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let tree = review
                .tree
                .get_or_insert_with(|| Tree::new(of_fields(&plan.differences)));
            let mut how = Show::new("Differences").height(room * 0.7);
            if plan.differences.len() < MANY {
                how = how.plain();
            }
            tree.show(ui, &how);
        });
    ui.add_space(space::S);
}

/// What should be known, and whether values are shown.
fn notes(ui: &mut Ui, theme: &Theme, review: &mut Review) {
    if review.secrets {
        let (icon, words) = match review.revealed {
            true => (Icon::EYE_OFF, "Hide values"),
            false => (Icon::EYE, "Show values"),
        };
        let hover = "Shows them here and in the command, and copies them with it";
        let button = Button::new(words).icon(icon).hover(hover);
        let button = button.known_as("the values' eye");
        if button.show(ui).clicked() {
            review.revealed = !review.revealed;
            review.tree = None;
        }
    }
    for note in &review.notes {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let (icon, color) = match note.contains("can't be undone") {
                true => (Icon::TRIANGLE_ALERT, theme.warn),
                false => (Icon::INFO, theme.muted),
            };
            glyph(ui, icon, 14.0, color);
            ui.add(Label::new(RichText::new(note).color(theme.text)).wrap());
        });
    }
    if review.secrets || !review.notes.is_empty() {
        ui.add_space(space::S);
    }
}

fn command(ui: &mut Ui, theme: &Theme, cli: &str) {
    if cli.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        let caption = RichText::new("The same with the AWS CLI").font(fonts::body(size::SMALL));
        ui.label(caption.color(theme.muted));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            copy_button(ui, "AWS CLI command", || cli.to_owned());
        });
    });
    Frame::new()
        .fill(theme.raised)
        .corner_radius(RADIUS)
        .inner_margin(Margin::same(space::S as i8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.add(Label::new(RichText::new(cli).font(fonts::mono(size::SMALL))).wrap());
        });
}

fn type_name(ui: &mut Ui, theme: &Theme, plan: &Plan, review: &mut Review) {
    let name = plan.target_name();
    ui.add_space(space::XS);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.label(RichText::new("Type").color(theme.muted));
        ui.label(RichText::new(name).font(fonts::mono(size::SMALL)));
        ui.label(RichText::new("to confirm.").color(theme.muted));
    });
    let label = format!("Type {name} to confirm");
    let field = TextField::new(&label, &mut review.typed)
        .mono()
        .width(320.0)
        .show(ui);
    begin_at(ui, &field);
}

fn buttons(
    ui: &mut Ui,
    plan: &Plan,
    review: &Review,
    available: Result<(), &str>,
) -> Option<Answer> {
    let mut answer = None;
    ui.add_space(space::XS);
    footer(ui, |ui| {
        let may = may_apply(plan, review, available);
        let reason = may.as_ref().copied().map_err(String::as_str);
        let apply = match plan.risk {
            Risk::Destroys => Button::new(&plan.title).danger(),
            // What changes nothing is not applied: its title says what it does.
            Risk::Safe => Button::new(&plan.title).primary().shortcut("Ctrl+Enter"),
            Risk::Changes => Button::new("Apply").primary().shortcut("Ctrl+Enter"),
        };
        let waits = if review.busy {
            Err("It has been sent already")
        } else {
            Ok(())
        };
        let cancel = Button::new("Cancel").available(waits).show(ui);
        if cancel.clicked() {
            answer = Some(Answer::Cancel);
        }
        let apply = apply.available(reason).show(ui);
        if apply.clicked() {
            answer = Some(Answer::Apply);
        }
        // Enter that is still held down from the button that led here must change nothing.
        if plan.risk == Risk::Safe {
            begin_at(ui, &apply);
        }
        begin_at(ui, &cancel);
    });
    answer
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn plan(risk: Risk) -> Plan {
        Plan {
            title: "Delete function".into(),
            target: "arn:aws:lambda:eu-west-1:123456789012:function:orders-api".into(),
            risk,
            differences: Vec::new(),
            cli: String::new(),
        }
    }

    #[test]
    fn destroying_waits_for_the_name() {
        let plan = plan(Risk::Destroys);
        let mut review = Review::default();
        assert!(may_apply(&plan, &review, Ok(())).is_err());
        review.typed = "orders".into();
        assert!(may_apply(&plan, &review, Ok(())).is_err());
        review.typed = "orders-api ".into();
        assert_eq!(may_apply(&plan, &review, Ok(())), Ok(()));
    }

    #[test]
    fn a_read_only_connection_refuses_with_its_own_reason() {
        let review = Review::default();
        let answer = may_apply(&plan(Risk::Changes), &review, Err("read-only"));
        assert_eq!(answer, Err("read-only".to_owned()));
    }

    #[test]
    fn it_is_not_sent_twice() {
        let review = Review {
            busy: true,
            ..Default::default()
        };
        assert!(may_apply(&plan(Risk::Changes), &review, Ok(())).is_err());
    }
}

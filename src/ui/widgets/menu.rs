//! A menu under its button, for who has no pointer: opened with a key, its first entry has the keyboard; closed, the button has
//! it again, unless what was chosen took it elsewhere. It knows nothing of what stands in it.

use egui::{Context, Id, Popup, PopupCloseBehavior, Response, Ui};

/// A menu that closes when something in it is chosen; what `add` gives, while it is open.
pub fn menu<R>(button: &Response, add: impl FnOnce(&mut Ui) -> R) -> Option<R> {
    show(button, PopupCloseBehavior::default(), add)
}

/// One that stays until it is left, as a small form does.
pub fn staying<R>(button: &Response, add: impl FnOnce(&mut Ui) -> R) -> Option<R> {
    show(button, PopupCloseBehavior::CloseOnClickOutside, add)
}

/// Sees to an entry that was drawn: of a menu that was just opened with a key the one that is chosen takes the keyboard, or the
/// first.
pub fn lead(entry: &Response, chosen: bool) {
    let ctx = &entry.ctx;
    match ctx.data(|data| data.get_temp::<Led>(led())) {
        Some(Led { given }) if chosen || !given => {
            entry.request_focus();
            ctx.data_mut(|data| data.insert_temp(led(), Led { given: true }));
        }
        _ => {}
    }
}

fn show<R>(
    button: &Response,
    closing: PopupCloseBehavior,
    add: impl FnOnce(&mut Ui) -> R,
) -> Option<R> {
    let ctx = &button.ctx;
    let id = button.id.with("the keyboard in its menu");
    let before = ctx.data(|data| data.get_temp::<Inside>(id));
    let has_keyboard = ctx.memory(|memory| memory.has_focus(button.id));
    let opened = before.is_none() && button.clicked() && has_keyboard;
    if opened {
        ctx.data_mut(|data| data.insert_temp(led(), Led { given: false }));
    }
    let shown = Popup::menu(button).close_behavior(closing).show(add);
    ctx.data_mut(|data| data.remove_temp::<Led>(led()));
    let focused = ctx.memory(egui::Memory::focused);
    match (&shown, before) {
        (Some(_), Some(_)) => keep(ctx, id, focused),
        (Some(_), None) if opened => keep(ctx, id, focused),
        (None, Some(Inside(last))) => {
            ctx.data_mut(|data| data.remove_temp::<Inside>(id));
            if focused.is_none() || focused == last {
                button.request_focus();
            }
        }
        _ => {}
    }
    shown.map(|shown| shown.inner)
}

fn keep(ctx: &Context, id: Id, focused: Option<Id>) {
    ctx.data_mut(|data| data.insert_temp(id, Inside(focused)));
}

fn led() -> Id {
    Id::unique("a menu was opened with a key")
}

/// The entries that are drawn are of a menu that was just opened with a key.
#[derive(Clone, Default)]
struct Led {
    /// One of them has the keyboard.
    given: bool,
}

/// What had the keyboard while a menu was open that was opened with a key.
#[derive(Clone, Default)]
struct Inside(Option<Id>);

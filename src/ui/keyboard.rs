//! Where the keyboard is, for the whole window: what egui leaves open. What had the keyboard before a dialog gets it back,
//! Tab goes on from where the keyboard was last, what it comes to is scrolled into view, and everything that has it wears
//! the same ring. Knows nothing of panels.

use egui::accesskit::{Action, ActionRequest, TreeId};
use egui::{
    Context, CornerRadius, Event, Id, Key, LayerId, Modifiers, Plugin, RawInput, Rect, Response,
    Stroke, StrokeKind, Ui,
};

use super::theme::{RADIUS, Theme};

/// So much of a thing must be seen of it in each direction, in points, or all of it where it is smaller.
const SEEN: f32 = 48.0;

/// What is kept from frame to frame.
#[derive(Default)]
pub struct Keyboard {
    /// What had the keyboard last, also after it was left with Esc.
    last: Option<Id>,
    /// What had it at the end of the pass before.
    before: Option<Id>,
    /// What had it when the pass began, and what had it last: a dialog that opens in this pass has not taken it yet.
    begun: Place,
    /// The dialogs that are open, the lowest first, with where the keyboard was when each opened.
    dialogs: Vec<(LayerId, Place)>,
    /// Scrolled into view with the next frame.
    reveal: Option<Id>,
    /// Tab goes on from [`Self::last`] in this pass; the key is nobody else's.
    goes_on: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    focused: Option<Id>,
    last: Option<Id>,
}

impl Keyboard {
    /// Sees to the keyboard of this window from now on.
    pub fn watch(ctx: &Context) {
        ctx.add_plugin(Self::default());
    }

    /// Gives the keyboard back where a dialog has closed.
    fn dialogs(&mut self, ctx: &Context) {
        let top = ctx.memory(|memory| memory.top_modal_layer());
        let current = self.dialogs.last().map(|(layer, _)| *layer);
        if top == current {
            return;
        }
        if let Some(top) = top
            && !self.dialogs.iter().any(|(layer, _)| *layer == top)
        {
            self.dialogs.push((top, self.begun));
            return;
        }
        let mut back = None;
        while self
            .dialogs
            .last()
            .is_some_and(|(layer, _)| Some(*layer) != top)
        {
            back = self.dialogs.pop().map(|(_, place)| place);
        }
        let Some(back) = back else { return };
        let taken = ctx.memory(|memory| memory.focused());
        if taken.is_some_and(|id| reachable(ctx, id)) {
            return;
        }
        self.last = back.last;
        if let Some(id) = back.focused.filter(|id| reachable(ctx, *id)) {
            ctx.memory_mut(|memory| memory.request_focus(id));
            ctx.request_repaint();
        }
    }
}

/// It is on the screen, and the keyboard may be given to it.
fn reachable(ctx: &Context, id: Id) -> bool {
    ctx.read_response(id).is_some_and(|response| {
        response.enabled()
            && response.sense.is_focusable()
            && ctx.memory(|memory| memory.allows_interaction(response.layer_id))
    })
}

/// The Tab among these events, with whether it goes backwards.
fn tab(events: &[Event]) -> bool {
    events.iter().any(|event| {
        matches!(event, Event::Key { key: Key::Tab, pressed: true, modifiers, .. }
            if !modifiers.any() || modifiers.shift_only())
    })
}

/// Not enough of it is seen for a person to know where the keyboard is.
fn is_hidden(response: &Response) -> bool {
    let (whole, seen) = (response.rect, response.interact_rect);
    if !whole.is_positive() || !whole.is_finite() {
        return false;
    }
    let enough = |whole: f32, seen: f32| seen + 1.0 >= whole.min(SEEN);
    !(seen.is_positive()
        && enough(whole.width(), seen.width())
        && enough(whole.height(), seen.height()))
}

impl Plugin for Keyboard {
    fn debug_name(&self) -> &'static str {
        "keyboard"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        note_hand(ctx, &input.events);
        let focused = ctx.memory(|memory| memory.focused());
        if focused.is_none()
            && tab(&input.events)
            && let Some(last) = self.last.filter(|last| reachable(ctx, *last))
        {
            ctx.memory_mut(|memory| memory.request_focus(last));
            self.goes_on = true;
        }
        // The scroll area around it takes this up, as for a screen reader.
        if let Some(id) = self.reveal.take()
            && focused == Some(id)
        {
            input
                .events
                .push(Event::AccessKitActionRequest(ActionRequest {
                    action: Action::ScrollIntoView,
                    target_tree: TreeId::ROOT,
                    target_node: id.accesskit_id(),
                    data: None,
                }));
        }
    }

    fn on_begin_pass(&mut self, ui: &mut Ui) {
        if std::mem::take(&mut self.goes_on) {
            // It leads on from there; an editor must not indent with it.
            ui.input_mut(|input| {
                input.consume_key(Modifiers::NONE, Key::Tab);
                input.consume_key(Modifiers::SHIFT, Key::Tab);
            });
        }
        self.dialogs(ui.ctx());
        self.begun = Place {
            focused: ui.memory(|memory| memory.focused()),
            last: self.last,
        };
    }

    fn on_end_pass(&mut self, ui: &mut Ui) {
        let focused = ui.memory(|memory| memory.focused());
        let moved = focused != self.before;
        self.before = focused;
        let Some(id) = focused else { return };
        self.last = Some(id);
        // What the pointer is on is seen already, and must not move under it. And egui takes the keyboard from whatever is asked
        // about while something else is pressed, as the row of a list that has it.
        let presses = |pointer: &egui::PointerState| {
            pointer.any_pressed() || pointer.any_down() || pointer.any_released()
        };
        if ui.input(|input| presses(&input.pointer)) {
            return;
        }
        let Some(response) = ui.ctx().read_response(id) else {
            return;
        };
        if moved {
            let next = ui.ctx().cumulative_pass_nr() + 1;
            ui.data_mut(|data| data.insert_temp(Id::unique(CAME), (next, id)));
            self.reveal = is_hidden(&response).then_some(id);
            ui.ctx().request_repaint();
        }
        if !is_ringed(ui.ctx(), id) {
            paint_ring(ui.ctx(), &response);
        }
    }
}

const BY_KEYS: &str = "by keys";
const CAME: &str = "came";

/// Keeps whether a key or the pointer was pressed last.
fn note_hand(ctx: &Context, events: &[Event]) {
    let by_keys = events.iter().rev().find_map(|event| match event {
        Event::Key { pressed: true, .. } => Some(true),
        Event::PointerButton { pressed: true, .. } | Event::Touch { .. } => Some(false),
        Event::AccessKitActionRequest(request) if request.action == Action::Click => Some(false),
        _ => None,
    });
    if let Some(by_keys) = by_keys {
        ctx.data_mut(|data| data.insert_temp(Id::unique(BY_KEYS), by_keys));
    }
}

/// Nothing has the keyboard any more, and Tab goes on from there.
pub fn leave_at(ctx: &Context, id: Id) {
    if let Some(focused) = ctx.memory(|memory| memory.focused()) {
        ctx.memory_mut(|memory| memory.surrender_focus(focused));
    }
    ctx.with_plugin::<Keyboard, _>(|keyboard| {
        keyboard.last = Some(id);
        keyboard.before = None;
    });
}

/// What happens now was asked for with a key, and not with the pointer.
pub fn leads(ctx: &Context) -> bool {
    ctx.data(|data| data.get_temp(Id::unique(BY_KEYS)))
        .unwrap_or_default()
}

/// What the keyboard came to with the pass before, other than by a press of the pointer.
pub fn came(ctx: &Context) -> Option<Response> {
    let (pass, id): (u64, Id) = ctx.data(|data| data.get_temp(Id::unique(CAME)))?;
    let pressed = ctx.input(|input| input.pointer.any_pressed() || input.pointer.any_released());
    let now = pass == ctx.cumulative_pass_nr() && !pressed;
    now.then(|| ctx.read_response(id)).flatten()
}

/// The ring that shows where the keyboard is, for what draws its own: at `rect`, if it is there.
pub fn focus_ring(ui: &Ui, rect: Rect, response: &Response) {
    if response.has_focus() {
        mark_ringed(ui.ctx(), response.id);
        ui.painter()
            .rect_stroke(rect, radius(), stroke(ui.ctx()), StrokeKind::Inside);
    }
}

/// What has this id shows by itself where the keyboard is: it gets no ring in this pass.
pub fn mark_ringed(ctx: &Context, id: Id) {
    let pass = ctx.cumulative_pass_nr();
    ctx.data_mut(|data| data.insert_temp(Id::unique("ringed"), (pass, id)));
}

fn is_ringed(ctx: &Context, id: Id) -> bool {
    let ringed: Option<(u64, Id)> = ctx.data(|data| data.get_temp(Id::unique("ringed")));
    ringed == Some((ctx.cumulative_pass_nr(), id))
}

/// Over what was drawn in its layer, around what is seen of it.
fn paint_ring(ctx: &Context, response: &Response) {
    let seen = response.interact_rect;
    if seen.is_positive() && seen.is_finite() {
        ctx.layer_painter(response.layer_id).rect_stroke(
            seen,
            radius(),
            stroke(ctx),
            StrokeKind::Inside,
        );
    }
}

fn radius() -> CornerRadius {
    CornerRadius::same(RADIUS - 2)
}

fn stroke(ctx: &Context) -> Stroke {
    Stroke::new(2.0, Theme::of_ctx(ctx).accent)
}

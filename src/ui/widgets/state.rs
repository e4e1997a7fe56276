//! The one place that shows a [`Loadable`]: a skeleton on the first load, rows that stay while they are refreshed, an
//! empty list with what to do next, or an error with what to do next. Each error shows once and can be copied whole.

use std::sync::Arc;

use egui::{
    Context, CornerRadius, Frame, Id, Margin, Rect, Response, RichText, Role, Sense, Ui,
    WidgetInfo, pos2, vec2,
};

use super::button::{Button, copy_button};
use super::chip::Tone;
use super::glyph::glyph;
use super::toolbar::{Look, Toolbar};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::format;
use crate::model::health::Cause;
use crate::store::Loadable;
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{RADIUS, ROW_HEIGHT, Theme, size, space},
};

/// Whether the connection's state is told elsewhere, in one place for all panes.
fn told() -> Id {
    Id::unique("connection is told elsewhere")
}

/// Says for this frame whether a banner tells that the connection does not answer: panes then don't repeat it.
pub fn tell_elsewhere(ctx: &Context, is: bool) {
    ctx.data_mut(|data| data.insert_temp(told(), is));
}

/// The error is the connection's, and the banner tells it already.
pub fn is_told(ctx: &Context, error: &CloudError) -> bool {
    let elsewhere = ctx.data(|data| data.get_temp(told())).unwrap_or(false);
    elsewhere && Cause::of(error).is_some()
}

/// What an empty list says.
#[derive(Debug, Clone, Copy)]
pub struct Empty<'a> {
    /// Of what there is nothing; see [`Icon`].
    pub icon: &'static str,
    /// As "No functions in eu-west-1".
    pub title: &'a str,
    /// What to do next, in a sentence or two.
    pub advice: &'a str,
    /// The button that does it; empty for none.
    pub action: &'a str,
}

/// What a person pressed, and what the rows gave back.
#[derive(Debug)]
pub struct Shown<R> {
    /// What the rows' closure gave back, where there were rows.
    pub inner: Option<R>,
    /// Ask again.
    pub retry: bool,
    /// Start the sign-in and go on where this was.
    pub sign_in: bool,
    /// The empty list's button was pressed.
    pub action: bool,
}

/// Shows what is known: `rows` is called with the value, or with the pages so far of a first load.
///
/// `what` names it, as "functions", for screen readers and the skeleton.
pub fn show<T, R>(
    ui: &mut Ui,
    what: &str,
    loadable: &Loadable<T>,
    empty: &Empty<'_>,
    is_empty: impl Fn(&T) -> bool,
    rows: impl FnOnce(&mut Ui, &Arc<T>) -> R,
) -> Shown<R> {
    let mut shown = Shown {
        inner: None,
        retry: false,
        sign_in: false,
        action: false,
    };
    let Some(value) = loadable.shown() else {
        match &loadable.error {
            Some(error) => {
                let pressed = unread(ui, what, error, loadable.loading);
                shown.retry = pressed.retry;
                shown.sign_in = pressed.sign_in;
            }
            None => {
                skeleton(ui, what, 8);
            }
        }
        return shown;
    };
    if let Some(error) = &loadable.error {
        let pressed = error_line(ui, error);
        shown.retry = pressed.retry;
        shown.sign_in = pressed.sign_in;
    }
    let nothing = is_empty(value);
    if nothing && loadable.loading && loadable.value.is_none() {
        skeleton(ui, what, 8);
    } else if nothing && loadable.error.is_none() {
        shown.action = empty_state(ui, empty);
    } else {
        shown.inner = Some(rows(ui, value));
    }
    shown
}

/// Grey rows where the first ones will be. It stands still, so that the window does too.
pub fn skeleton(ui: &mut Ui, what: &str, rows: usize) -> Response {
    let theme = Theme::of(ui);
    let size = vec2(ui.available_width(), rows as f32 * ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| {
        WidgetInfo::labeled(Role::ProgressIndicator, true, format!("Loading {what}"))
    });
    // On the light ground what is raised is hardly seen without an edge.
    let fill = if theme.dark {
        theme.raised
    } else {
        theme.hover
    };
    for row in 0..rows {
        let top = rect.top() + row as f32 * ROW_HEIGHT;
        // Widths that look like words and are the same on every frame.
        for (column, share) in [0.22, 0.12, 0.16, 0.10].into_iter().enumerate() {
            let left = rect.left() + space::L + column as f32 * rect.width() * 0.24;
            let vary = 1.0 - ((row * 5 + column * 3) % 7) as f32 * 0.07;
            let bar = Rect::from_min_size(
                pos2(left, top + 11.0),
                vec2(rect.width() * share * vary, 10.0),
            );
            ui.painter().rect_filled(bar, CornerRadius::same(3), fill);
        }
        ui.painter().hline(
            rect.x_range(),
            top + ROW_HEIGHT - 0.5,
            (1.0, theme.row_line),
        );
    }
    response
}

/// An empty list: what is not there, and what to do next. True when its button was pressed.
pub fn empty_state(ui: &mut Ui, empty: &Empty<'_>) -> bool {
    let theme = Theme::of(ui);
    let mut pressed = false;
    ui.add_space((ui.available_height() * 0.18).clamp(space::L, 120.0));
    ui.vertical_centered(|ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        glyph(ui, empty.icon, 28.0, theme.muted);
        ui.label(RichText::new(empty.title).font(fonts::semibold(size::HEADING)));
        if !empty.advice.is_empty() {
            ui.scope(|ui| {
                ui.set_max_width(460.0_f32.min(ui.available_width()));
                ui.label(RichText::new(empty.advice).color(theme.muted));
            });
        }
        if !empty.action.is_empty() {
            ui.add_space(space::XS);
            pressed = Button::new(empty.action).primary().show(ui).clicked();
        }
    });
    pressed
}

/// What was pressed on an error.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Pressed {
    /// Ask again.
    pub retry: bool,
    /// Start the sign-in.
    pub sign_in: bool,
}

/// Nothing was read: why, where the rows would be, unless the banner tells it.
pub fn unread(ui: &mut Ui, what: &str, error: &CloudError, loading: bool) -> Pressed {
    if !is_told(ui.ctx(), error) {
        return alert(ui, error, loading);
    }
    ui.add_space(space::M);
    let name = format!("Read {what}");
    let available = match loading {
        true => Err("It is being asked again already"),
        false => Ok(()),
    };
    let retry = Button::new("Retry").icon(Icon::REFRESH_CW).name(&name);
    let pressed = Toolbar::new("What was not read")
        .inset(space::L)
        .text(format!("Not read: {what}"), Look::Plain)
        .rank(9)
        .text(format!("· {}", error.headline()), Look::Muted)
        .least(60.0)
        .button(retry.available(available), OnLine::Retry)
        .stays()
        .show(ui)
        .pressed;
    Pressed {
        retry: pressed.is_some(),
        sign_in: false,
    }
}

/// An error in its place: title, message, advice, where from, Copy, Retry or Sign in. Also for places that hold one without a
/// [`Loadable`]: a form, a failed action.
pub fn alert(ui: &mut Ui, error: &CloudError, loading: bool) -> Pressed {
    let theme = Theme::of(ui);
    let mut pressed = Pressed::default();
    let outer = Margin::symmetric(space::L as i8, space::S as i8);
    let frame = card(theme).outer_margin(outer).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = space::XS;
        headline(ui, error);
        let message = RichText::new(&error.message);
        ui.label(if error.is_fault() {
            message
        } else {
            message.color(theme.muted)
        });
        let advice = error.kind.advice();
        if !advice.is_empty() {
            ui.label(RichText::new(advice).color(theme.muted));
        }
        let from = whence(error);
        if !from.is_empty() {
            let small = RichText::new(from).font(fonts::mono(size::SMALL));
            ui.label(small.color(theme.muted));
        }
        ui.add_space(space::XS);
        ui.horizontal(|ui| pressed = buttons(ui, error, loading));
    });
    announce(ui, &frame.response, error);
    pressed
}

/// What is pressed on an error in one line.
#[derive(Clone, Copy)]
enum OnLine {
    Retry,
    SignIn,
    Copy,
}

/// The same in one line above rows that stay: a refresh failed, or a page of the first load did.
pub fn error_line(ui: &mut Ui, error: &CloudError) -> Pressed {
    let theme = Theme::of(ui);
    if is_told(ui.ctx(), error) {
        return Pressed::default();
    }
    let tone = if error.is_fault() {
        Tone::Err
    } else {
        Tone::Muted
    };
    let frame = Frame::new()
        .fill(theme.raised)
        .inner_margin(Margin::symmetric(0, space::XS as i8))
        .show(ui, |ui| {
            let mut bar = Toolbar::new("What failed")
                .inset(space::L)
                .text(error.headline(), Look::State(tone))
                .least(60.0)
                .rank(9)
                .text(error.message.as_str(), Look::Plain)
                .least(40.0)
                .hover(whence(error))
                .space();
            if let ErrorKind::SignIn { sso: true, .. } = error.kind {
                let sign_in = Button::new("Sign in").primary();
                bar = bar.button(sign_in, OnLine::SignIn).stays();
            }
            let retry = Button::new("Retry").icon(Icon::REFRESH_CW);
            let copy = Button::icon_only(Icon::COPY, "Copy error");
            bar.button(retry, OnLine::Retry)
                .stays()
                .button(copy, OnLine::Copy)
                .show(ui)
                .pressed
        });
    if let Some(OnLine::Copy) = frame.inner {
        ui.ctx().copy_text(error.report());
    }
    announce(ui, &frame.response, error);
    Pressed {
        retry: matches!(frame.inner, Some(OnLine::Retry)),
        sign_in: matches!(frame.inner, Some(OnLine::SignIn)),
    }
}

fn card(theme: &Theme) -> Frame {
    Frame::new()
        .fill(theme.panel)
        .stroke(theme.stroke())
        .corner_radius(RADIUS)
        .inner_margin(Margin::same(space::L as i8))
}

fn headline(ui: &mut Ui, error: &CloudError) {
    let theme = Theme::of(ui);
    // What an endpoint does not have is no fault: it is said calmly.
    let (icon, sign_color, color) = if error.is_fault() {
        (Icon::CIRCLE_ALERT, theme.err, theme.err)
    } else {
        (Icon::INFO, theme.muted, theme.text)
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        glyph(ui, icon, 16.0, sign_color);
        let title = RichText::new(error.headline()).font(fonts::medium(size::BODY));
        ui.add(egui::Label::new(title.color(color)).extend());
    });
}

/// Operation, target, code and request id in one line.
fn whence(error: &CloudError) -> String {
    let id = error
        .request_id
        .as_ref()
        .map(|id| format!("request id {id}"));
    // Only AWS's own names: "Sign in" or "Connect" would read as something to press.
    let own = error.operation.contains(' ') || error.operation == "Connect";
    [
        Some(error.operation.clone()).filter(|_| !own),
        Some(error.target.clone()),
        Some(error.code.clone()),
        id,
    ]
    .into_iter()
    .flatten()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join(" · ")
}

fn buttons(ui: &mut Ui, error: &CloudError, loading: bool) -> Pressed {
    let mut pressed = Pressed::default();
    if let ErrorKind::SignIn { sso: true, .. } = error.kind {
        pressed.sign_in = Button::new("Sign in").primary().show(ui).clicked();
    }
    let available = if loading {
        Err("It is being asked again already")
    } else {
        Ok(())
    };
    pressed.retry = Button::new("Retry")
        .icon(Icon::REFRESH_CW)
        .available(available)
        .show(ui)
        .clicked();
    copy_button(ui, "error", || error.report());
    pressed
}

/// Screen readers say an alert when it comes; what is no fault waits until it is read.
fn announce(ui: &Ui, response: &Response, error: &CloudError) {
    let id = response.id.with("alert");
    let alert = ui.interact(response.rect, id, Sense::hover());
    let text = format!("{}: {}", error.headline(), error.message);
    let role = if error.is_fault() {
        Role::Alert
    } else {
        Role::Status
    };
    alert.widget_info(|| WidgetInfo::labeled(role, true, &text));
}

/// How old what is shown is, or that it is being refreshed, and when exactly it was read: for toolbars. `now` in ms since the
/// epoch.
pub fn age_words<T>(loadable: &Loadable<T>, now: i64, zone: &format::Zone) -> (String, String) {
    let text = match (loadable.loading, loadable.fetched_at) {
        (true, Some(_)) => "Refreshing…".to_owned(),
        (true, None) => "Loading…".to_owned(),
        (false, Some(at)) => format::ago(at, now, zone),
        (false, None) => String::new(),
    };
    let read = |at| format!("Read {}", format::time_exact(at, zone));
    (text, loadable.fetched_at.map(read).unwrap_or_default())
}

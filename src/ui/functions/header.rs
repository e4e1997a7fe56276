//! The head of a function's screen: its name and state, its parts, what can be done with it.

use std::sync::Arc;

use egui::{Align, Frame, Label, Layout, Margin, RichText, Ui};

use crate::cloud::cloudwatch::called_lately;
use crate::cloud::lambda::delete::DeleteFunction;
use crate::cloud::lambda::function::{FunctionDetail, GetFunction};
use crate::cloud::lambda::settle::Settled;
use crate::command::Command;
use crate::model::arn::partition_of;
use crate::model::error::ErrorKind;
use crate::model::function::{Architecture, Function};
use crate::model::topic::Topic;
use crate::route::{FunctionTab, Route};
use crate::store::{Loadable, Ticket};
use crate::ui::commands;
use crate::ui::cx::{ConnectionView, Cx, Message};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::segmented::{lead_to_sub_tabs, sub_tabs};
use crate::ui::widgets::state::age_words;
use crate::ui::widgets::toolbar::{Look, Toolbar};

use super::condition::condition;
use super::list::FAVOURITES;
use crate::ui::list::favourites::Favourites;

/// What the head keeps between frames.
#[derive(Default)]
pub struct Header {
    /// The last answer that the function has settled: what is shown of it is then asked again, once.
    settled: Option<Arc<Function>>,
    /// The configuration differs from what is deployed.
    pub draft: bool,
    /// A package was chosen and has not gone up.
    pub package: bool,
    /// Deleting was asked for, and it is being looked how the function was called lately.
    deleting: Option<Ticket<String>>,
}

impl Header {
    /// Draws it, and opens another part when one is chosen.
    pub fn ui(&mut self, ui: &mut Ui, name: &str, tab: FunctionTab, cx: &mut Cx<'_>) {
        let loaded = cx.store.want(&GetFunction::latest(name), cx.now);
        let detail = loaded.value.clone();
        let function = detail.as_ref().map(|detail| detail.function.clone());
        self.watch(name, function.as_deref(), cx);
        self.commands(ui, name, tab, function.as_deref(), cx);
        ui.add_space(space::S);
        if bar(ui, name, tab, &loaded, cx) && self.deleting.is_none() {
            self.deleting = look_before_deleting(name, cx);
        }
        self.delete(function.as_deref(), cx);
        if let Some(function) = &function {
            last_update(ui, function);
        }
        gone(ui, name, &loaded, cx);
        ui.add_space(2.0);
        let mut chosen = tab;
        let tabs = FunctionTab::ALL.map(|tab| match tab {
            FunctionTab::Configuration if self.draft => (tab, "Configuration •"),
            FunctionTab::Code if self.package => (tab, "Code •"),
            _ => (tab, tab.title()),
        });
        if cx.active && ui.data_mut(|data| data.remove_temp::<bool>(led())) == Some(true) {
            lead_to_sub_tabs(ui);
        }
        if sub_tabs(ui, &mut chosen, &tabs) {
            cx.open(Route::function_tab(name, chosen));
        }
    }

    /// While it is being made or changed, waits for the end of that, and then has everything of it asked again.
    fn watch(&mut self, name: &str, function: Option<&Function>, cx: &mut Cx<'_>) {
        let Some(function) = function.filter(|function| !function.is_settled()) else {
            return;
        };
        let query = Settled {
            name: name.to_owned(),
            revision: function.revision_id.clone(),
        };
        let Some(settled) = cx.store.want(&query, cx.now).value else {
            return;
        };
        let seen = self.settled.as_ref();
        if !seen.is_some_and(|seen| Arc::ptr_eq(seen, &settled)) {
            self.settled = Some(settled);
            let topics = [Topic::Function(name.to_owned()), Topic::Functions];
            cx.store.invalidate(&topics);
        }
    }

    /// Opens the review of deleting once it is known how the function was called lately, or that this can't be known.
    fn delete(&mut self, function: Option<&Function>, cx: &mut Cx<'_>) {
        let answer = self.deleting.as_ref().and_then(|t| cx.store.collect(t));
        let Some(called) = answer else { return };
        self.deleting = None;
        let Some(function) = function else { return };
        cx.review(Arc::new(DeleteFunction {
            name: function.name.clone(),
            arn: function.arn.clone(),
            called: called.unwrap_or_default(),
            log_group: function.log_group(),
            context: cx.connection.cli(),
        }));
    }

    fn commands(
        &self,
        ui: &Ui,
        name: &str,
        tab: FunctionTab,
        function: Option<&Function>,
        cx: &mut Cx<'_>,
    ) {
        if cx.take(Command::ToggleFavourite) {
            Favourites::of(ui.ctx(), cx, FAVOURITES).toggle(ui.ctx(), cx, name);
        }
        if let Some(function) = function
            && cx.take(Command::CopyArn)
        {
            copy_arn(ui, function, cx);
        }
        // On the part that has the event, that part runs it.
        if tab != FunctionTab::Test && cx.take(Command::Invoke) {
            cx.open(Route::function_tab(name, FunctionTab::Test));
        }
    }
}

fn led() -> egui::Id {
    egui::Id::unique("the parts of a function take the keyboard")
}

/// The parts of the function that is shown next take the keyboard.
pub fn lead(ctx: &egui::Context) {
    ctx.data_mut(|data| data.insert_temp(led(), true));
}

fn copy_arn(ui: &Ui, function: &Function, cx: &mut Cx<'_>) {
    ui.ctx().copy_text(function.arn.clone());
    cx.toast("ARN copied", function.arn.clone());
}

/// What is pressed in the head.
#[derive(Clone, Copy)]
enum Pressed {
    Favourite,
    Refresh,
    CopyArn,
    AwsConsole,
    CopyName,
    NewTab,
    Delete,
    Test,
}

/// Asks how it was called lately: who deletes it should know.
fn look_before_deleting(name: &str, cx: &mut Cx<'_>) -> Option<Ticket<String>> {
    let (cloud, name) = (cx.store.cloud()?.clone(), name.to_owned());
    let work = async move { called_lately(&cloud, &name).await };
    Some(cx.store.job(false, work))
}

/// Its name and state on the left, what can be done with it on the right. True where it is to be deleted.
fn bar(
    ui: &mut Ui,
    name: &str,
    tab: FunctionTab,
    loaded: &Loadable<FunctionDetail>,
    cx: &mut Cx<'_>,
) -> bool {
    let function = loaded.value.as_ref().map(|detail| detail.function.clone());
    let function = function.as_deref();
    let favourites = Favourites::of(ui.ctx(), cx, FAVOURITES);
    let on = favourites.has(name);
    let may_delete = may_delete(function, cx);
    let link = console_link(cx.connection, name);
    let may = function.map_or(Ok(()), Function::can_invoke);
    let mut bar = Toolbar::new("The function")
        .inset(space::L)
        .widget(18.0..=18.0, move |ui| {
            star(ui, on, &format!("Favourite {name}")).then_some(Pressed::Favourite)
        })
        .heading(name, 90.0);
    if let Some(function) = function {
        bar = facts(bar, function);
    }
    let (age, read) = age_words(loaded, cx.now, cx.zone);
    bar = bar.space().text(age, Look::Small).rank(2).hover(read);
    let icon = Button::icon_only;
    bar = bar.button(
        icon(Icon::REFRESH_CW, "Refresh this function"),
        Pressed::Refresh,
    );
    if function.is_some() {
        bar = bar
            .button(icon(Icon::COPY, "Copy ARN"), Pressed::CopyArn)
            .rank(4);
    }
    if link.is_some() {
        let open = icon(Icon::EXTERNAL_LINK, "Open in the AWS console");
        bar = bar.button(open, Pressed::AwsConsole).rank(3);
    }
    let delete = commands::button(Command::DeleteFunction);
    bar = bar
        .more_here()
        .button(Button::new("Copy name"), Pressed::CopyName)
        .tucked()
        .button(Button::new("Open one more view of it"), Pressed::NewTab)
        .tucked()
        .divider()
        .button(delete.available(may_delete), Pressed::Delete)
        .tucked();
    // It stays where the part is open, so that nothing beside it moves.
    let may = match tab {
        FunctionTab::Test => Err("It is open"),
        _ => may.as_ref().copied().map_err(String::as_str),
    };
    let test = Button::new("Test")
        .icon(Icon::PLAY)
        .hover("Edit an event and invoke the function with it");
    bar = bar.button(test.available(may), Pressed::Test).stays();
    let mut pressed = bar.show(ui).pressed;
    if may_delete.is_ok() && cx.take(Command::DeleteFunction) {
        pressed = Some(Pressed::Delete);
    }
    let Some(pressed) = pressed else {
        return false;
    };
    match (pressed, function) {
        (Pressed::Favourite, _) => favourites.toggle(ui.ctx(), cx, name),
        (Pressed::Refresh, _) => cx.store.invalidate(&[
            Topic::Function(name.to_owned()),
            Topic::Invocations(name.to_owned()),
        ]),
        (Pressed::CopyArn, Some(function)) => copy_arn(ui, function, cx),
        (Pressed::CopyName, _) => ui.ctx().copy_text(name.to_owned()),
        (Pressed::NewTab, _) => {
            let route = Route::function(name);
            cx.messages.push(Message::OpenAnother(route));
        }
        (Pressed::Delete, Some(_)) => return true,
        (Pressed::Test, _) => cx.open(Route::function_tab(name, FunctionTab::Test)),
        (Pressed::AwsConsole, _) => {
            if let Some(link) = link {
                ui.ctx().open_url(egui::OpenUrl::new_tab(link));
            }
        }
        (Pressed::CopyArn | Pressed::Delete, None) => {}
    }
    false
}

/// Runtime, architecture, state and owner. What is as it should be is told quietly, and in words.
fn facts<'a>(bar: Toolbar<'a, Pressed>, function: &'a Function) -> Toolbar<'a, Pressed> {
    let runtime = function.runtime.as_deref().unwrap_or("container image");
    let mut bar = bar.text(runtime, Look::Tag).rank(3);
    if function.architecture == Architecture::Arm64 {
        bar = bar.text(function.architecture.as_str(), Look::Tag).rank(1);
    }
    let (tone, words, reason) = condition(function);
    // It goes last of all words: it is why one looks.
    bar = bar
        .text(words, Look::State(tone))
        .rank(9)
        .hover(reason.unwrap_or_default());
    if let Some(owner) = function.stack() {
        let words = format!("stack {}", owner.stack);
        bar = bar
            .text(words, Look::State(Tone::Warn))
            .rank(4)
            .hover(owner.to_string());
    }
    bar
}

fn star(ui: &mut Ui, on: bool, name: &str) -> bool {
    let theme = Theme::of(ui);
    let color = if on { theme.warn } else { theme.muted };
    // The outline of the icons is drawn with a stroke that is seen; the letter's is a hair.
    let text = match on {
        true => RichText::new("★").font(fonts::body(size::HEADING)),
        false => RichText::new(Icon::STAR).font(fonts::icon(15.0)),
    };
    let button = egui::Button::new(text.color(color)).frame(false);
    let response = ui.add(button);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, on, name));
    let hover = if on {
        "A favourite: it stands first in the list"
    } else {
        "Make it a favourite"
    };
    response.on_hover_text(hover).clicked()
}

fn may_delete(function: Option<&Function>, cx: &Cx<'_>) -> Result<(), &'static str> {
    if function.is_none() {
        return Err("It is not known yet");
    }
    cx.may_write()
}

/// Where AWS's own console shows it; there is none for an endpoint of one's own.
/// Source: <https://docs.aws.amazon.com/signin/latest/userguide/console-sign-in-tutorials.html> for the partitions' hosts.
fn console_link(connection: &ConnectionView, name: &str) -> Option<String> {
    if connection.spec.endpoint.is_some() {
        return None;
    }
    let region = &connection.region;
    let host = match partition_of(region) {
        "aws" => "console.aws.amazon.com",
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => return None,
    };
    Some(format!(
        "https://{region}.{host}/lambda/home?region={region}#/functions/{name}"
    ))
}

/// What the service says of the last change, where that is not simply done.
fn last_update(ui: &mut Ui, function: &Function) {
    let (tone, words, reason) = condition(function);
    let (Tone::Err | Tone::Warn, Some(reason)) = (tone, reason) else {
        return;
    };
    ui.horizontal(|ui| {
        ui.add_space(space::L);
        let color = tone.color(Theme::of(ui));
        let text = RichText::new(format!("{words}: {reason}")).color(color);
        ui.add(Label::new(text).wrap());
    });
}

/// It is not there, or not any more: the parts below stay readable.
fn gone(ui: &mut Ui, name: &str, loaded: &Loadable<FunctionDetail>, cx: &mut Cx<'_>) {
    let theme = Theme::of(ui);
    let is_gone = |kind: &ErrorKind| *kind == ErrorKind::NotFound;
    let Some(error) = loaded.error.as_ref().filter(|error| is_gone(&error.kind)) else {
        return;
    };
    let region = &cx.connection.region;
    let text = if loaded.value.is_some() {
        format!(
            "{name} was deleted while it was open. What is shown below is what it was; drafts stay readable, but nothing can \
             be applied to it."
        )
    } else {
        format!("There is no function {name} in {region}. It may be in another region or account.")
    };
    let mut back = false;
    let frame = Frame::new()
        .fill(theme.removed)
        .corner_radius(RADIUS)
        .inner_margin(Margin::symmetric(space::M as i8, space::S as i8))
        .outer_margin(Margin::symmetric(space::L as i8, space::XS as i8));
    let shown = frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.set_width(ui.available_width());
            glyph(ui, Icon::CIRCLE_ALERT, 16.0, theme.err);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                back = Button::new("Back to functions").show(ui).clicked();
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(&text).wrap())
                        .on_hover_text(error.report());
                });
            });
        });
    });
    let id = shown.response.id.with("alert");
    let alert = ui.interact(shown.response.rect, id, egui::Sense::hover());
    alert.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Alert, true, &text));
    if back {
        cx.open(Route::Functions);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::connection::ConnectionSpec;

    fn link(spec: ConnectionSpec, region: &str) -> Option<String> {
        let connection = ConnectionView {
            place: String::new(),
            spec,
            region: region.to_owned(),
            identity: None,
        };
        console_link(&connection, "orders")
    }

    #[test]
    fn only_aws_itself_has_a_console_to_open() {
        let shop = || ConnectionSpec::of_profile("shop");
        assert_eq!(
            link(shop(), "eu-west-1").as_deref(),
            Some(
                "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/orders"
            )
        );
        assert!(link(shop(), "cn-north-1").is_some_and(|link| link.contains("amazonaws.cn")));
        let local = ConnectionSpec::of_endpoint("local", "http://127.0.0.1:4566");
        assert_eq!(link(local, "eu-west-1"), None);
    }
}

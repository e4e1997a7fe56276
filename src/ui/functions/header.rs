//! The head of a function's screen: its name and state, its parts, what can be done with it.

use std::sync::Arc;

use egui::{Align, Frame, Label, Layout, Margin, Popup, RichText, Ui};

use crate::cloud::lambda::delete::DeleteFunction;
use crate::cloud::lambda::function::{FunctionDetail, GetFunction};
use crate::cloud::lambda::settle::Settled;
use crate::command::Command;
use crate::model::arn::partition_of;
use crate::model::error::ErrorKind;
use crate::model::format;
use crate::model::function::{Architecture, Function};
use crate::model::topic::Topic;
use crate::route::{FunctionTab, Route};
use crate::store::Loadable;
use crate::ui::commands;
use crate::ui::cx::{ConnectionView, Cx, Message};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::button::{Button, icon_button};
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::segmented::sub_tabs;

use super::favourites::Favourites;
use super::list::condition;

/// What the head keeps between frames.
#[derive(Default)]
pub struct Header {
    /// The last answer that the function has settled: what is shown of it is then asked again, once.
    settled: Option<Arc<Function>>,
    /// The configuration differs from what is deployed.
    pub draft: bool,
    /// A package was chosen and has not gone up.
    pub package: bool,
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
        ui.horizontal(|ui| {
            ui.add_space(space::L);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(space::M);
                buttons(ui, name, tab, &loaded, cx);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    title(ui, name, function.as_deref(), cx);
                });
            });
        });
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

    fn commands(
        &self,
        ui: &Ui,
        name: &str,
        tab: FunctionTab,
        function: Option<&Function>,
        cx: &mut Cx<'_>,
    ) {
        if cx.take(Command::ToggleFavourite) {
            Favourites::of(ui.ctx(), cx).toggle(ui.ctx(), cx, name);
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

fn copy_arn(ui: &Ui, function: &Function, cx: &mut Cx<'_>) {
    ui.ctx().copy_text(function.arn.clone());
    cx.toast("ARN copied", function.arn.clone());
}

fn title(ui: &mut Ui, name: &str, function: Option<&Function>, cx: &mut Cx<'_>) {
    let theme = Theme::of(ui);
    let favourites = Favourites::of(ui.ctx(), cx);
    let on = favourites.has(name);
    star(ui, on, &format!("Favourite {name}")).then(|| favourites.toggle(ui.ctx(), cx, name));
    let title = RichText::new(name).font(fonts::semibold(size::HEADING));
    // The name is cut off rather than the buttons beside it.
    let room = (ui.available_width() - 190.0).max(80.0);
    ui.scope(|ui| {
        ui.set_max_width(room);
        ui.add(Label::new(title).truncate()).on_hover_text(name);
    });
    let Some(function) = function else { return };
    if let Some(runtime) = &function.runtime {
        chip::tag(ui, runtime);
    } else {
        chip::tag(ui, "container image");
    }
    if function.architecture == Architecture::Arm64 {
        chip::tag(ui, function.architecture.as_str());
    }
    let (tone, words, reason) = condition(function);
    // What is as it should be is told quietly, and in words.
    let shown = chip::state(ui, tone, &words);
    if let Some(reason) = reason {
        shown.on_hover_text(reason);
    }
    if let Some(owner) = function.stack() {
        let text = RichText::new(format!("◆ stack {}", owner.stack)).font(fonts::body(size::SMALL));
        ui.add(Label::new(text.color(theme.warn)).extend())
            .on_hover_text(owner.to_string());
    }
}

fn star(ui: &mut Ui, on: bool, name: &str) -> bool {
    let theme = Theme::of(ui);
    let color = if on { theme.warn } else { theme.muted };
    let sign = if on { "★" } else { "☆" };
    let text = RichText::new(sign).font(fonts::body(size::HEADING));
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

/// From right to left.
fn buttons(
    ui: &mut Ui,
    name: &str,
    tab: FunctionTab,
    loaded: &Loadable<FunctionDetail>,
    cx: &mut Cx<'_>,
) {
    let function = loaded.value.as_ref().map(|detail| detail.function.clone());
    if tab != FunctionTab::Test {
        let may = function
            .as_ref()
            .map_or(Ok(()), |function| function.can_invoke());
        let may = may.as_ref().copied().map_err(String::as_str);
        let test = Button::new("Test")
            .icon(Icon::PLAY)
            .hover("Edit an event and invoke the function with it")
            .available(may)
            .show(ui);
        if test.clicked() {
            cx.open(Route::function_tab(name, FunctionTab::Test));
        }
    }
    more(ui, name, function.as_deref(), cx);
    if let Some(link) = console_link(cx.connection, name) {
        let open = icon_button(ui, Icon::EXTERNAL_LINK, "Open in the AWS console");
        if open.clicked() {
            ui.ctx().open_url(egui::OpenUrl::new_tab(link));
        }
    }
    if let Some(function) = &function
        && icon_button(ui, Icon::COPY, "Copy ARN").clicked()
    {
        copy_arn(ui, function, cx);
    }
    if icon_button(ui, Icon::REFRESH_CW, "Refresh this function").clicked() {
        let topics = [
            Topic::Function(name.to_owned()),
            Topic::Invocations(name.to_owned()),
        ];
        cx.store.invalidate(&topics);
    }
    age(ui, loaded, cx);
}

/// What is done seldom.
fn more(ui: &mut Ui, name: &str, function: Option<&Function>, cx: &mut Cx<'_>) {
    let may = may_delete(function, cx);
    let mut delete = cx.take(Command::DeleteFunction) && may.is_ok();
    let button = icon_button(ui, Icon::ELLIPSIS, "More");
    Popup::menu(&button).show(|ui| {
        if ui.button("Copy name").clicked() {
            ui.ctx().copy_text(name.to_owned());
        }
        if ui.button("Open in new tab").clicked() {
            cx.messages
                .push(Message::OpenInNewTab(Route::function(name)));
        }
        ui.separator();
        delete |= commands::menu_entry(ui, Command::DeleteFunction, may);
    });
    if delete && let Some(function) = function {
        cx.review(Arc::new(DeleteFunction {
            name: name.to_owned(),
            arn: function.arn.clone(),
            context: cx.connection.cli(),
        }));
    }
}

fn may_delete(function: Option<&Function>, cx: &Cx<'_>) -> Result<(), &'static str> {
    if function.is_none() {
        return Err("It is not known yet");
    }
    cx.may_write()
}

fn age(ui: &mut Ui, loaded: &Loadable<FunctionDetail>, cx: &Cx<'_>) {
    let theme = Theme::of(ui);
    let text = match (loaded.loading, loaded.fetched_at) {
        (true, Some(_)) => "Refreshing…".to_owned(),
        (true, None) => "Loading…".to_owned(),
        (false, Some(at)) => format::ago(at, cx.now, cx.zone),
        (false, None) => return,
    };
    let text = RichText::new(text).font(fonts::body(size::SMALL));
    let label = ui.add(Label::new(text.color(theme.muted)).extend());
    if let Some(at) = loaded.fetched_at {
        label.on_hover_ui(|ui| {
            ui.label(format!("Read {}", format::time_exact(at, cx.zone)));
        });
    }
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
            let sign = RichText::new(Icon::CIRCLE_ALERT).font(fonts::icon(16.0));
            ui.add(Label::new(sign.color(theme.err)).selectable(false));
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

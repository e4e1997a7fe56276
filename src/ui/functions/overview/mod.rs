//! One function: how it does, what runs it, what it may do, where results go; its facts, tags, aliases and versions.

mod diagram;
mod facts;
mod health;
mod nodes;
mod parts;
mod tags;

use egui::{Frame, Label, Margin, RichText, ScrollArea, Ui};

use crate::cloud::lambda::function::FunctionDetail;
use crate::model::error::ErrorKind;
use crate::model::format;
use crate::model::function::{Function, PackageType};
use crate::model::topic::Topic;
use crate::store::Loadable;
use crate::ui::cx::{CloudStore, Cx, Message};
use crate::ui::icons::Icon;
use crate::ui::theme::{RADIUS, Theme, space};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::state;
use crate::ui::widgets::table::TableState;

use diagram::Middle;
use health::Health;
use nodes::{Nodes, Press};
use parts::Parts;

/// From this width on, the facts stand beside tags, aliases and versions.
const TWO_COLUMNS: f32 = 980.0;

/// What this part keeps between frames.
#[derive(Default)]
pub struct Overview {
    of: String,
    /// What the diagram was made from. It is held, not only remembered by its address: pages are added in place to what
    /// nobody else holds.
    held: Option<Parts>,
    health: Health,
    nodes: Nodes,
    lines: Vec<String>,
    footer: String,
    all: bool,
    tags: tags::Tags,
    aliases: TableState,
    versions: TableState,
}

impl Overview {
    /// Draws it for the function `name`.
    pub fn ui(&mut self, ui: &mut Ui, name: &str, cx: &mut Cx<'_>) {
        if self.of != name {
            *self = Self {
                of: name.to_owned(),
                ..Self::default()
            };
        }
        let parts = Parts::want(name, cx);
        self.derive(name, &parts);
        let Some(detail) = parts.detail.value.clone() else {
            first_load(ui, name, &parts.detail, cx);
            return;
        };
        ScrollArea::vertical()
            .id_salt("overview")
            .auto_shrink(false)
            .show(ui, |ui| {
                Frame::new()
                    .inner_margin(Margin::symmetric(space::L as i8, space::M as i8))
                    .show(ui, |ui| {
                        ui.set_width(ui.available_width());
                        self.contents(ui, name, &detail, &parts, cx);
                    });
            });
    }

    fn derive(&mut self, name: &str, parts: &Parts) {
        if self
            .held
            .as_ref()
            .is_some_and(|held| held.stamp() == parts.stamp())
        {
            return;
        }
        self.held = Some(parts.clone());
        self.nodes = Nodes::of(name, parts);
        self.lines = match &parts.detail.value {
            Some(detail) => lines(&detail.function),
            None => Vec::new(),
        };
        let published = parts.versions.shown().map(|versions| {
            let published = versions.iter().filter(|v| v.version != "$LATEST");
            count(published.count(), "version", "versions")
        });
        let aliases = parts.aliases.shown();
        let aliases = aliases.map(|aliases| count(aliases.len(), "alias", "aliases"));
        let words: Vec<String> = [published, aliases].into_iter().flatten().collect();
        self.footer = words.join(" · ");
    }

    fn contents(
        &mut self,
        ui: &mut Ui,
        name: &str,
        detail: &FunctionDetail,
        parts: &Parts,
        cx: &mut Cx<'_>,
    ) {
        if let Some(error) = &parts.detail.error
            && error.kind != ErrorKind::NotFound
        {
            let pressed = state::error_line(ui, error);
            answer(name, pressed.retry, pressed.sign_in, cx);
            ui.add_space(space::S);
        }
        stack_warning(ui, &detail.function);
        let log = detail.function.log_group();
        let of_log = (log.as_str(), detail.function.timeout_s);
        self.health.ui(ui, name, of_log, cx);
        if let Some(aliases) = parts.aliases.shown().filter(|all| !all.is_empty()) {
            let versions = parts.versions.shown();
            health::callers(ui, aliases, versions.map(|all| all.as_slice()));
        }
        ui.add_space(space::M);
        let middle = Middle {
            name,
            lines: &self.lines,
            footer: &self.footer,
        };
        if let Some(press) = diagram::show(ui, &self.nodes, &middle, &mut self.all) {
            act(ui, name, press, cx);
        }
        ui.add_space(space::S);
        if ui.available_width() >= TWO_COLUMNS {
            ui.columns(2, |columns| {
                if let [left, right] = columns {
                    facts_of(left, detail, parts, cx);
                    self.right(right, name, detail, parts, cx);
                }
            });
        } else {
            facts_of(ui, detail, parts, cx);
            self.right(ui, name, detail, parts, cx);
        }
    }

    fn right(
        &mut self,
        ui: &mut Ui,
        name: &str,
        detail: &FunctionDetail,
        parts: &Parts,
        cx: &mut Cx<'_>,
    ) {
        facts::heading(ui, "Tags");
        let tags = match (&detail.function.tags, &detail.tags_error) {
            (Some(tags), _) => Ok(tags),
            (None, Some(why)) => Err(why.as_str()),
            (None, None) => Err("the endpoint does not say"),
        };
        self.tags.ui(ui, name, &detail.function.arn, tags, cx);
        facts::heading(ui, "Aliases");
        let known = small(ui, "aliases", &parts.aliases, name, cx);
        if let Some(aliases) = known {
            if aliases.is_empty() {
                none(ui, "No alias: callers name the function or a version.");
            } else {
                facts::aliases(ui, &aliases, &mut self.aliases);
            }
        }
        facts::heading(ui, "Versions");
        if let Some(versions) = small(ui, "versions", &parts.versions, name, cx) {
            facts::versions(ui, &versions, cx.now, cx.zone, &mut self.versions);
        }
    }

    /// What would be lost if the tab were closed now.
    pub fn unsaved(&self) -> Option<String> {
        self.tags.unsaved()
    }

    /// All that it shows has been loaded, or has failed to.
    pub fn settled(&self, name: &str, store: &CloudStore) -> bool {
        Parts::settled(name, store) && self.health.settled(store)
    }
}

fn facts_of(ui: &mut Ui, detail: &FunctionDetail, parts: &Parts, cx: &Cx<'_>) {
    facts::heading(ui, "Facts");
    let account = parts.account.value.as_deref();
    facts::facts(ui, detail, account, cx.now, cx.zone);
}

/// A small list: what is known of it, or a word in its place.
fn small<T>(
    ui: &mut Ui,
    what: &str,
    loadable: &Loadable<T>,
    name: &str,
    cx: &mut Cx<'_>,
) -> Option<std::sync::Arc<T>> {
    if let Some(error) = &loadable.error {
        let pressed = state::error_line(ui, error);
        answer(name, pressed.retry, pressed.sign_in, cx);
    } else if loadable.shown().is_none() {
        state::skeleton(ui, what, 2);
    }
    loadable.shown().cloned()
}

fn none(ui: &mut Ui, text: &str) {
    let muted = Theme::of(ui).muted;
    ui.label(RichText::new(text).color(muted));
}

fn answer(name: &str, retry: bool, sign_in: bool, cx: &mut Cx<'_>) {
    if retry {
        cx.store.invalidate(&[Topic::Function(name.to_owned())]);
    }
    if sign_in {
        cx.messages.push(Message::SignIn);
    }
}

fn act(ui: &Ui, name: &str, press: Press, cx: &mut Cx<'_>) {
    match press {
        Press::Nothing => {}
        Press::Copy(what, text) => {
            ui.ctx().copy_text(text.clone());
            cx.toast(format!("{what} copied"), text);
        }
        Press::Open(route) => cx.open(route),
        Press::Retry => answer(name, true, false, cx),
    }
}

/// Before anything is known of the function. That it is not there, the head says.
fn first_load(ui: &mut Ui, name: &str, detail: &Loadable<FunctionDetail>, cx: &mut Cx<'_>) {
    match &detail.error {
        Some(error) if error.kind == ErrorKind::NotFound => {}
        Some(error) => {
            let pressed = state::unread(ui, "overview", error, detail.loading);
            answer(name, pressed.retry, pressed.sign_in, cx);
        }
        None => {
            state::skeleton(ui, "the overview", 10);
        }
    }
}

fn stack_warning(ui: &mut Ui, function: &Function) {
    let Some(owner) = function.stack() else {
        return;
    };
    let theme = Theme::of(ui);
    Frame::new()
        .stroke(egui::Stroke::new(1.0, theme.warn))
        .corner_radius(RADIUS)
        .inner_margin(Margin::symmetric(space::M as i8, space::S as i8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                glyph(ui, Icon::TRIANGLE_ALERT, 15.0, theme.warn);
                let text = format!(
                    "A CloudFormation stack ({}) owns this function: changes made here will be overwritten by its next \
                     deployment.",
                    owner.stack
                );
                let label = ui.add(Label::new(text).wrap());
                if let Some(id) = &owner.logical_id {
                    label.on_hover_text(format!("In the template it is {id}."));
                }
            });
        });
    ui.add_space(space::M);
}

fn lines(function: &Function) -> Vec<String> {
    let runtime = match (&function.runtime, function.package_type) {
        (Some(runtime), _) => runtime.clone(),
        (None, PackageType::Image) => "container image".to_owned(),
        (None, PackageType::Zip) => "runtime not known".to_owned(),
    };
    vec![
        format!("{runtime} · {}", function.architecture.as_str()),
        format!(
            "{} · {} s timeout",
            format::megabytes(i64::from(function.memory_mb)),
            function.timeout_s
        ),
    ]
}

fn count(count: usize, one: &str, many: &str) -> String {
    match count {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    }
}

//! What an API is made of: its resources as a tree with their methods, and one method.

use std::borrow::Cow;

use egui::{Key, Modifiers, Panel as EguiPanel, RichText, ScrollArea, Sense, Ui, pos2, vec2};

use crate::model::api::{ApiDetail, Method, Resource, stage_url};
use crate::model::format::{counted, number};
use crate::route::Route;
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::keyboard::focus_ring;
use crate::ui::theme::{ROW_HEIGHT, Theme, size, space};
use crate::ui::widgets::button::{Button, copy_button};
use crate::ui::widgets::kv::{self, Value};
use crate::ui::widgets::state::{Empty, empty_state};
use crate::ui::widgets::steady::steady_area;
use crate::ui::widgets::toolbar::Toolbar;

use super::add::{Add, Outcome};
use super::verb;

/// From this width on, the tree stands beside what is chosen in it, in points.
const BESIDE: f32 = 640.0;
/// The tree's width there, in points.
const TREE: f32 = 320.0;
/// How far a level stands in, in points.
const INDENT: f32 = 14.0;

/// A place in the tree: a path, and a verb where it is a method.
type Place = (String, Option<String>);

/// What this part keeps between frames.
#[derive(Default)]
pub struct Build {
    filter: String,
    chosen: Option<Place>,
    add: Option<Add>,
}

#[derive(Clone, Copy)]
enum Press {
    Add,
}

impl Build {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        self.follow(cx);
        if ui.available_width() < BESIDE {
            let height = ui.available_height() * 0.42;
            EguiPanel::top("the API's tree")
                .exact_size(height)
                .show(ui, |ui| self.tree(ui, detail, cx));
        } else {
            EguiPanel::left("the API's tree")
                .resizable(true)
                .default_size(TREE)
                .size_range(220.0..=520.0)
                .show(ui, |ui| self.tree(ui, detail, cx));
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let margin = egui::Margin::symmetric(space::L as i8, space::M as i8);
            egui::Frame::new().inner_margin(margin).show(ui, |ui| {
                self.right(ui, detail, cx);
            });
        });
    }

    /// What would be lost if the tab were closed now.
    pub fn unsaved(&self) -> Option<String> {
        self.add.as_ref().and_then(Add::unsaved)
    }

    fn follow(&mut self, cx: &mut Cx<'_>) {
        let Some(add) = &mut self.add else { return };
        if let Outcome::Made(path, verb) = add.follow(cx) {
            self.chosen = Some((path, Some(verb)));
            self.add = None;
        }
    }

    fn tree(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        ui.add_space(space::S);
        let (methods, _) = detail.methods();
        let add = Button::new("Method").icon(Icon::PLUS).name("Add a method");
        let hint = format!("filter {}", counted(methods, "method"));
        let output = Toolbar::new("Above the tree")
            .inset(space::S)
            .filter("Filter methods", &hint, &mut self.filter, 90.0..=220.0)
            .space()
            .button(add.available(cx.may_write()), Press::Add)
            .stays()
            .show(ui);
        if output.pressed.is_some() {
            self.add = Some(Add::at(self.chosen.as_ref().map_or("/", |(path, _)| path)));
        }
        ui.add_space(space::XS);
        let rows = rows(detail, &self.filter);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let mut pressed = None;
            for row in &rows {
                let on = self.chosen.as_ref() == Some(&row.place);
                let response = draw_row(ui, row, on);
                if on && response.has_focus() {
                    pressed = neighbour(ui, &response, &rows, &row.place).or(pressed);
                }
                if response.clicked() {
                    response.request_focus();
                    pressed = Some(row.place.clone());
                }
            }
            if let Some(place) = pressed {
                self.chosen = Some(place);
                self.add = None;
            }
        });
    }

    fn right(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        if let Some(add) = &mut self.add {
            if add.ui(ui, detail, cx) {
                self.add = None;
            }
            return;
        }
        let chosen = self.chosen.clone();
        let found = chosen.and_then(|(path, verb)| {
            let resource = detail.resource(&path)?;
            Some((resource, verb))
        });
        let Some((resource, verb)) = found else {
            self.nothing(ui, detail, cx);
            return;
        };
        let method = verb
            .as_ref()
            .and_then(|verb| Some((verb, resource.methods.get(verb)?)));
        match method {
            Some((verb, method)) => one_method(ui, resource, verb, method, detail, cx),
            None => one_resource(ui, resource),
        }
    }

    fn nothing(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &Cx<'_>) {
        let (methods, _) = detail.methods();
        let (title, advice) = match methods {
            0 => (
                "No methods yet",
                "Add one: a path, a verb, and the function that answers. Callers see it once it is deployed to a stage.",
            ),
            _ => (
                "Nothing is chosen",
                "Choose a method on the left, or add one.",
            ),
        };
        let empty = Empty {
            icon: Icon::NETWORK,
            title,
            advice,
            action: match cx.may_write() {
                Ok(()) => "Add a method",
                Err(_) => "",
            },
        };
        if empty_state(ui, &empty) {
            self.add = Some(Add::at("/"));
        }
    }
}

/// A row of the tree.
struct Row<'a> {
    place: Place,
    depth: usize,
    words: Cow<'a, str>,
    method: Option<&'a Method>,
}

/// The resources with their methods, as far as the filter leaves them: it is looked for in path, verb and what answers.
fn rows<'a>(detail: &'a ApiDetail, filter: &str) -> Vec<Row<'a>> {
    let filter = filter.trim().to_lowercase();
    let holds = |resource: &Resource, verb: &str, method: &Method| {
        let target = method.integration.as_ref().map(|of| of.target());
        let text = format!("{verb} {} {}", resource.path, target.unwrap_or_default());
        filter
            .split_whitespace()
            .all(|word| text.to_lowercase().contains(word))
    };
    let mut rows = Vec::new();
    for resource in &detail.resources {
        let methods: Vec<_> = resource
            .methods
            .iter()
            .filter(|(verb, method)| holds(resource, verb, method))
            .collect();
        if !filter.is_empty() && methods.is_empty() {
            continue;
        }
        let depth = resource
            .path
            .split('/')
            .filter(|part| !part.is_empty())
            .count();
        rows.push(Row {
            place: (resource.path.clone(), None),
            depth,
            words: match (&resource.path_part, filter.is_empty()) {
                (Some(part), true) => Cow::Owned(format!("/{part}")),
                _ => Cow::Borrowed(resource.path.as_str()),
            },
            method: None,
        });
        for (verb, method) in methods {
            rows.push(Row {
                place: (resource.path.clone(), Some(verb.clone())),
                depth: depth + 1,
                words: Cow::Borrowed(verb.as_str()),
                method: Some(method),
            });
        }
    }
    rows
}

/// Where an arrow leads from the row that has the keyboard.
fn neighbour(ui: &Ui, response: &egui::Response, rows: &[Row<'_>], from: &Place) -> Option<Place> {
    let filter = egui::EventFilter {
        vertical_arrows: true,
        ..egui::EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let at = rows.iter().position(|row| row.place == *from)?;
    let (up, down) = ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        (pressed(Key::ArrowUp), pressed(Key::ArrowDown))
    });
    let to = match (up, down) {
        (true, _) => at.checked_sub(1)?,
        (_, true) => at + 1,
        _ => return None,
    };
    let place = rows.get(to)?.place.clone();
    let id = row_id(ui, &place);
    ui.memory_mut(|memory| memory.request_focus(id));
    Some(place)
}

fn name_of((path, verb): &Place) -> String {
    match verb {
        Some(verb) => format!("{verb} {path}"),
        None => path.clone(),
    }
}

fn row_id(ui: &Ui, place: &Place) -> egui::Id {
    ui.make_persistent_id(("called", name_of(place).as_str()))
}

fn draw_row(ui: &mut Ui, row: &Row<'_>, on: bool) -> egui::Response {
    let theme = Theme::of(ui);
    let wanted = vec2(ui.available_width(), ROW_HEIGHT - 6.0);
    let name = name_of(&row.place);
    let (rect, response) = steady_area(ui, wanted, &name, Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::TreeItem, ui.is_enabled(), on, &name)
    });
    if on {
        ui.painter().rect_filled(rect, 0, theme.sel);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0, theme.row_hover);
    }
    focus_ring(ui, rect.shrink(1.0), &response);
    let mut x = rect.left() + space::M + INDENT * row.depth as f32;
    let middle = rect.center().y;
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let mut draw = |text: &str, font: egui::FontId, color, step: f32| {
        let drawn = painter.text(
            pos2(x, middle),
            egui::Align2::LEFT_CENTER,
            text,
            font,
            color,
        );
        x = (drawn.right() + space::S).max(x + step);
    };
    let mono = || fonts::mono(size::SMALL);
    let Some(method) = row.method else {
        draw(&row.words, mono(), theme.text, 0.0);
        return response;
    };
    draw(&row.words, mono(), verb::color(theme, &row.words), 58.0);
    let target = match &method.integration {
        Some(integration) => integration.target(),
        None => "nothing answers yet".to_owned(),
    };
    draw(&target, fonts::body(size::SMALL), theme.muted, 0.0);
    if method.is_open() {
        let at = pos2(rect.right() - space::M, middle);
        let sign = fonts::icon(13.0);
        painter.text(
            at,
            egui::Align2::RIGHT_CENTER,
            Icon::GLOBE,
            sign,
            theme.warn,
        );
        return response.on_hover_text("Open: no authorizer, no signature and no key is asked for");
    }
    response
}

fn one_resource(ui: &mut Ui, resource: &Resource) {
    let words = RichText::new(&resource.path).font(fonts::mono(size::HEADING));
    ui.label(words);
    ui.add_space(space::S);
    let count = counted(resource.methods.len(), "method");
    kv::grid(
        ui,
        "the resource",
        &[
            ("Resource ID", Value::Code(&resource.id)),
            ("Methods", Value::Text(&count)),
        ],
    );
}

fn one_method(
    ui: &mut Ui,
    resource: &Resource,
    verb: &str,
    method: &Method,
    detail: &ApiDetail,
    cx: &mut Cx<'_>,
) {
    ui.horizontal_wrapped(|ui| {
        verb::label(ui, verb);
        ui.label(RichText::new(&resource.path).font(fonts::mono(size::HEADING)));
    });
    ui.add_space(space::S);
    let authorization = match method.authorization.as_str() {
        "NONE" => "none: anybody may call it",
        "AWS_IAM" => "AWS_IAM: requests are signed",
        other => other,
    };
    let key = match method.api_key_required {
        true => "required",
        false => "not asked for",
    };
    let responses = method.responses.join(", ");
    let mut pairs = vec![
        ("Authorization", Value::Text(authorization)),
        ("API key", Value::Text(key)),
    ];
    let integration = method.integration.as_ref();
    let target = integration.map(|of| of.target()).unwrap_or_default();
    let timeout = integration
        .and_then(|of| of.timeout_ms)
        .map(|ms| format!("{} ms", number(f64::from(ms))));
    match integration {
        None => pairs.push((
            "Integration",
            Value::Missing("Nothing answers: it can't be deployed so"),
        )),
        Some(of) => {
            pairs.push(("Integration", Value::Text(of.words())));
            pairs.push(("Answered by", Value::Text(&target)));
            if let Some(uri) = &of.uri {
                pairs.push(("URI", Value::Code(uri)));
            }
            if let Some(timeout) = &timeout {
                pairs.push(("Timeout", Value::Text(timeout)));
            }
        }
    }
    if !responses.is_empty() {
        pairs.push(("Responses", Value::Text(&responses)));
    }
    kv::grid(ui, "the method", &pairs);
    let function = integration
        .and_then(|of| of.function_arn())
        .and_then(|arn| arn.split(':').nth(6));
    if let Some(function) = function {
        ui.add_space(space::M);
        let name = format!("Open {function}");
        let button = Button::new(&name).icon(Icon::SQUARE_FUNCTION);
        if button.show(ui).clicked() {
            cx.open(Route::function(function));
        }
    }
    ui.add_space(space::L);
    ui.label(RichText::new("Where it answers").font(fonts::semibold(size::BODY)));
    if detail.stages.is_empty() {
        let words = "Nowhere yet: deploy the API to a stage.";
        ui.label(RichText::new(words).color(Theme::of(ui).muted));
    }
    for stage in &detail.stages {
        let endpoint = cx.connection.spec.endpoint.as_deref();
        let base = stage_url(&detail.api.id, &cx.connection.region, &stage.name, endpoint);
        let url = format!("{base}{}", resource.path.trim_end_matches('/'));
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(&stage.name).color(Theme::of(ui).muted));
            ui.label(RichText::new(&url).font(fonts::mono(size::SMALL)));
            copy_button(ui, &format!("URL in {}", stage.name), || url.clone());
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::api::Integration;

    fn detail() -> ApiDetail {
        let method = |uri: &str| Method {
            integration: Some(Integration {
                kind: "HTTP_PROXY".into(),
                uri: Some(uri.into()),
                ..Integration::default()
            }),
            ..Method::default()
        };
        let resource = |path: &str, methods: Vec<(&str, Method)>| Resource {
            path: path.into(),
            path_part: path.rsplit('/').next().map(str::to_owned),
            methods: methods
                .into_iter()
                .map(|(verb, of)| (verb.to_owned(), of))
                .collect(),
            ..Resource::default()
        };
        ApiDetail {
            resources: vec![
                resource("/", vec![]),
                resource(
                    "/orders",
                    vec![("GET", method("list")), ("POST", method("create"))],
                ),
                resource("/orders/{id}", vec![("GET", method("one"))]),
            ],
            ..ApiDetail::default()
        }
    }

    fn told(filter: &str) -> Vec<String> {
        rows(&detail(), filter)
            .iter()
            .map(|row| name_of(&row.place))
            .collect()
    }

    #[test]
    fn methods_stand_below_their_paths_and_a_filter_leaves_those_it_is_found_in() {
        let all = [
            "/",
            "/orders",
            "GET /orders",
            "POST /orders",
            "/orders/{id}",
            "GET /orders/{id}",
        ];
        assert_eq!(told(""), all);
        assert_eq!(told("post"), ["/orders", "POST /orders"]);
        assert_eq!(told("get one"), ["/orders/{id}", "GET /orders/{id}"]);
        assert!(told("nothing").is_empty());
        let depths: Vec<_> = rows(&detail(), "").iter().map(|row| row.depth).collect();
        assert_eq!(depths, [0, 1, 2, 2, 2, 3]);
    }
}

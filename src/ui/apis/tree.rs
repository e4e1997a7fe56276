//! The resources of an API as a tree with their methods: its rows, how they are drawn, and where an arrow leads.

use std::borrow::Cow;
use std::sync::Arc;

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, Color32, Key, Modifiers, Sense, Ui, pos2, vec2};

use crate::model::api::{ApiDetail, Method, Resource};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::keyboard::focus_ring;
use crate::ui::theme::{ROW_HEIGHT, Theme, size, space};
use crate::ui::widgets::steady::steady_area;

use super::verb;

/// How far a level stands in, in points.
const INDENT: f32 = 14.0;

/// The height of a row, in points.
pub const ROW: f32 = ROW_HEIGHT - 6.0;

/// A place in the tree: a path, and a verb where it is a method.
pub type Place = (String, Option<String>);

/// A row of the tree.
pub struct Row<'a> {
    /// What it is, or is a method of.
    pub resource: &'a Resource,
    /// Of a method.
    pub verb: Option<&'a str>,
    method: Option<&'a Method>,
    depth: usize,
    /// It stands among others that are not shown, and so says where it is.
    whole: bool,
}

impl Row<'_> {
    /// Where it is.
    pub fn place(&self) -> Place {
        let verb = self.verb.map(str::to_owned);
        (self.resource.path.clone(), verb)
    }

    /// Whether it is there.
    pub fn is(&self, (path, verb): &Place) -> bool {
        self.resource.path == *path && self.verb == verb.as_deref()
    }

    /// What is written in it.
    fn words(&self) -> Cow<'_, str> {
        let path = self.resource.path.as_str();
        match (self.verb, &self.resource.path_part) {
            (Some(verb), _) => verb.into(),
            (None, Some(part)) if !self.whole => format!("/{part}").into(),
            (None, _) => path.into(),
        }
    }
}

/// What is looked for in, made once for an API as it was read.
#[derive(Default)]
pub struct Texts {
    of: Option<Arc<ApiDetail>>,
    /// Path, verb and what answers, in small letters; one a method, in the order of the rows.
    all: Vec<String>,
}

impl Texts {
    /// Brings it up to date.
    pub fn know(&mut self, detail: &Arc<ApiDetail>) {
        if self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, detail)) {
            return;
        }
        let text = |resource: &Resource, verb: &str, method: &Method| {
            let target = method.integration.as_ref().map(|of| of.target());
            let target = target.unwrap_or_default();
            format!("{verb} {} {target}", resource.path).to_lowercase()
        };
        let all = detail.resources.iter().flat_map(|resource| {
            let methods = resource.methods.iter();
            methods.map(move |(verb, method)| text(resource, verb, method))
        });
        self.all = all.collect();
        self.of = Some(detail.clone());
    }
}

/// The resources with their methods, as far as the filter leaves them: it is looked for in path, verb and what answers.
pub fn rows<'a>(detail: &'a ApiDetail, filter: &str, texts: &Texts) -> Vec<Row<'a>> {
    let filter = filter.to_lowercase();
    let words: Vec<&str> = filter.split_whitespace().collect();
    let mut texts = texts.all.iter();
    let mut holds = || {
        let text = texts.next();
        words
            .iter()
            .all(|word| text.is_some_and(|text| text.contains(word)))
    };
    let mut rows = Vec::new();
    for resource in &detail.resources {
        let methods: Vec<_> = resource.methods.iter().filter(|_| holds()).collect();
        if !words.is_empty() && methods.is_empty() {
            continue;
        }
        let depth = resource
            .path
            .split('/')
            .filter(|part| !part.is_empty())
            .count();
        let row = |verb, method, depth| Row {
            resource,
            verb,
            method,
            depth,
            whole: !words.is_empty(),
        };
        rows.push(row(None, None, depth));
        let methods = methods.into_iter();
        rows.extend(
            methods.map(|(verb, method)| row(Some(verb.as_str()), Some(method), depth + 1)),
        );
    }
    rows
}

/// Where an arrow leads from the row that has the keyboard.
pub fn neighbour(
    ui: &Ui,
    response: &egui::Response,
    rows: &[Row<'_>],
    from: &Place,
) -> Option<Place> {
    let filter = egui::EventFilter {
        vertical_arrows: true,
        ..egui::EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let at = rows.iter().position(|row| row.is(from))?;
    let (up, down) = ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        (pressed(Key::ArrowUp), pressed(Key::ArrowDown))
    });
    let to = match (up, down) {
        (true, _) => at.checked_sub(1)?,
        (_, true) => at + 1,
        _ => return None,
    };
    let place = rows.get(to)?.place();
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

/// Draws a row.
pub fn draw_row(ui: &mut Ui, row: &Row<'_>, on: bool, edited: bool) -> egui::Response {
    let theme = Theme::of(ui);
    let wanted = vec2(ui.available_width(), ROW);
    let name = name_of(&row.place());
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
        let drawn = painter.text(pos2(x, middle), Align2::LEFT_CENTER, text, font, color);
        x = (drawn.right() + space::S).max(x + step);
    };
    let mono = || fonts::mono(size::SMALL);
    let words = row.words();
    let Some(method) = row.method else {
        draw(&words, mono(), theme.text, 0.0);
        return response;
    };
    draw(&words, mono(), verb::color(theme, &words), 58.0);
    let target = match &method.integration {
        Some(integration) => {
            let sign = super::method::sign(integration);
            draw(sign, fonts::icon(13.0), theme.muted, 0.0);
            integration.target()
        }
        None => "nothing answers yet".to_owned(),
    };
    // Marks stand in columns of their own, at the right.
    let mut marks = Vec::new();
    let (sign, color, words) = gate(method, theme);
    marks.push((0.0, sign, color, words));
    if method.api_key_required {
        let words = "A key of a usage plan is required";
        marks.push((1.0, Icon::KEY, theme.muted, words));
    }
    if edited {
        let words = "Draft: changed on this machine, and not applied";
        marks.push((2.0, Icon::PENCIL, theme.accent, words));
    }
    let room = rect.right() - space::M - 20.0 * MARKS - x;
    let mut job = LayoutJob::simple_singleline(target, fonts::body(size::SMALL), theme.muted);
    job.wrap = TextWrapping::truncate_at_width(room.max(0.0));
    let galley = painter.layout_job(job);
    let at = pos2(x, middle - galley.size().y / 2.0);
    painter.galley(at, galley, theme.muted);
    let mut told = vec![name.clone()];
    told.extend(method.integration.as_ref().map(|of| of.target()));
    for (place, sign, color, words) in marks {
        let at = pos2(rect.right() - space::M - 20.0 * place, middle);
        painter.text(at, Align2::RIGHT_CENTER, sign, fonts::icon(13.0), color);
        told.push(words.to_owned());
    }
    response.on_hover_text(told.join("\n"))
}

/// Marks that a row has room for.
const MARKS: f32 = 3.0;

/// Who gets in: a sign, its colour, and what it means.
fn gate(method: &Method, theme: &Theme) -> (&'static str, Color32, &'static str) {
    match method.authorization.as_str() {
        "NONE" if method.is_open() => (
            Icon::GLOBE,
            theme.warn,
            "Open: no authorizer, no signature and no key is asked for",
        ),
        "AWS_IAM" => (Icon::LOCK, theme.muted, "Requests are signed: AWS_IAM"),
        "NONE" => ("", theme.muted, "Nobody is asked but for the key"),
        _ => (Icon::USER, theme.muted, "An authorizer is asked"),
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
        let (detail, mut texts) = (Arc::new(detail()), Texts::default());
        texts.know(&detail);
        let rows = rows(&detail, filter, &texts);
        rows.iter().map(|row| name_of(&row.place())).collect()
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
        assert_eq!(told(" Get ONE "), ["/orders/{id}", "GET /orders/{id}"]);
        assert!(told("nothing").is_empty());
        let depths: Vec<_> = rows(&detail(), "", &Texts::default())
            .iter()
            .map(|row| row.depth)
            .collect();
        assert_eq!(depths, [0, 1, 2, 2, 2, 3]);
    }
}

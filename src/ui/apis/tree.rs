//! The resources of an API as a tree with their methods: its rows, how they are drawn, and where an arrow leads.

use std::borrow::Cow;

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

/// A place in the tree: a path, and a verb where it is a method.
pub type Place = (String, Option<String>);

/// A row of the tree.
pub struct Row<'a> {
    /// Where it is.
    pub place: Place,
    depth: usize,
    words: Cow<'a, str>,
    method: Option<&'a Method>,
}

/// The resources with their methods, as far as the filter leaves them: it is looked for in path, verb and what answers.
pub fn rows<'a>(detail: &'a ApiDetail, filter: &str) -> Vec<Row<'a>> {
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

/// Draws a row.
pub fn draw_row(ui: &mut Ui, row: &Row<'_>, on: bool, edited: bool) -> egui::Response {
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
        let drawn = painter.text(pos2(x, middle), Align2::LEFT_CENTER, text, font, color);
        x = (drawn.right() + space::S).max(x + step);
    };
    let mono = || fonts::mono(size::SMALL);
    let Some(method) = row.method else {
        draw(&row.words, mono(), theme.text, 0.0);
        return response;
    };
    draw(&row.words, mono(), verb::color(theme, &row.words), 58.0);
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

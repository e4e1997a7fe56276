//! What an API is made of: its resources as a tree with their methods, and one method.

use std::sync::Arc;

use egui::{Panel as EguiPanel, Rect, RichText, ScrollArea, Ui, pos2, vec2};

use crate::cloud::apigateway::place::MethodPlace;
use crate::cloud::apigateway::remove::Remove;
use crate::model::api::{ApiDetail, Resource};
use crate::model::format::counted;
use crate::ui::cx::{CloudStore, Cx};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::kv::{self, Value};
use crate::ui::widgets::state::{Empty, empty_state};
use crate::ui::widgets::toolbar::Toolbar;

use super::add::{Add, Outcome};
use super::cors::CorsForm;
use super::method::{Asked, MethodView, Shown};
use super::tree::{Place, ROW as TREE_ROW, Row, Texts, draw_row, neighbour, rows};

/// From this width on, the tree stands beside what is chosen in it, in points.
const BESIDE: f32 = 640.0;
/// The tree's width there, in points.
const TREE: f32 = 320.0;

/// What this part keeps between frames.
#[derive(Default)]
pub struct Build {
    filter: String,
    texts: Texts,
    chosen: Option<Place>,
    add: Option<Add>,
    cors: Option<CorsForm>,
    method: MethodView,
}

#[derive(Clone, Copy)]
enum Press {
    Add,
}

impl Build {
    /// Takes in the API as it was read.
    pub fn know(&mut self, detail: &Arc<ApiDetail>) {
        self.texts.know(detail);
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        self.follow(cx);
        if ui.available_width() < BESIDE {
            // What is chosen has more to say than the tree.
            let share = match self.shown(detail) {
                Some(_) => 0.28,
                None => 0.42,
            };
            let height = ui.available_height() * share;
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
        if let (None, None, Some(shown)) = (&self.add, &self.cors, self.shown(detail)) {
            let asked = self.method.ui(ui, &shown, cx);
            let resource = shown.resource;
            if asked == Asked::Cors {
                self.cors = Some(CorsForm::of(resource));
            }
            return;
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let margin = egui::Margin::symmetric(space::L as i8, space::M as i8);
            egui::Frame::new().inner_margin(margin).show(ui, |ui| {
                self.right(ui, detail, cx);
            });
        });
    }

    /// The method that is chosen, where it is there.
    fn shown<'a>(&self, detail: &'a ApiDetail) -> Option<Shown<'a>> {
        let (path, verb) = self.chosen.as_ref()?;
        let resource = detail.resource(path)?;
        let (verb, method) = resource.methods.get_key_value(verb.as_ref()?)?;
        Some(Shown {
            detail,
            resource,
            verb,
            method,
        })
    }

    /// All that it shows has been loaded, or has failed to.
    pub fn settled(&self, api: &str, store: &CloudStore) -> bool {
        let on_method = self.chosen.as_ref().is_some_and(|(_, verb)| verb.is_some());
        !on_method || self.method.settled(api, store)
    }

    /// What would be lost if the tab were closed now.
    pub fn unsaved(&self) -> Option<String> {
        let add = self.add.as_ref().and_then(Add::unsaved);
        add.or_else(|| self.cors.as_ref().and_then(CorsForm::unsaved))
            .or_else(|| self.method.unsaved())
    }

    fn follow(&mut self, cx: &mut Cx<'_>) {
        if self.cors.as_mut().is_some_and(|cors| cors.follow(cx)) {
            self.cors = None;
        }
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
        let rows = rows(detail, &self.filter, &self.texts);
        let area = ScrollArea::vertical().auto_shrink(false);
        area.show_viewport(ui, |ui, viewport| self.rows(ui, viewport, &rows));
    }

    /// Draws the rows that are in sight, and those beside the chosen one: the keyboard goes there next.
    fn rows(&mut self, ui: &mut Ui, viewport: Rect, rows: &[Row<'_>]) {
        ui.spacing_mut().item_spacing.y = 0.0;
        let chosen = self.chosen.as_ref();
        let chosen = chosen.and_then(|chosen| rows.iter().position(|row| row.is(chosen)));
        let beside = chosen.map_or(0..0, |at| at.saturating_sub(1)..(at + 2).min(rows.len()));
        let first = (viewport.top() / TREE_ROW).floor().max(0.0) as usize;
        let last = (viewport.bottom() / TREE_ROW).ceil().max(0.0) as usize;
        let seen = first.min(rows.len())..last.min(rows.len());
        let top = ui.cursor().top();
        let mut drawn: Vec<usize> = seen.chain(beside).collect();
        drawn.sort_unstable();
        drawn.dedup();
        let (mut at, mut pressed) = (0, None);
        for index in drawn {
            ui.add_space((index - at) as f32 * TREE_ROW);
            at = index + 1;
            let row = &rows[index];
            let on = chosen == Some(index);
            let response = draw_row(ui, row, on, self.is_edited(row));
            if on && response.has_focus() {
                pressed = neighbour(ui, &response, rows, &row.place()).or(pressed);
            }
            if response.clicked() {
                response.request_focus();
                pressed = Some(row.place());
            }
        }
        ui.add_space((rows.len() - at) as f32 * TREE_ROW);
        let Some(place) = pressed else { return };
        if let Some(index) = rows.iter().position(|row| row.is(&place)) {
            let top = top + index as f32 * TREE_ROW;
            let size = vec2(ui.available_width(), TREE_ROW);
            ui.scroll_to_rect(
                Rect::from_min_size(pos2(ui.min_rect().left(), top), size),
                None,
            );
        }
        self.chosen = Some(place);
        self.add = None;
        self.cors = None;
    }

    /// Something of the row's method is in a draft.
    fn is_edited(&self, row: &Row<'_>) -> bool {
        let verb = row.verb.unwrap_or_default();
        self.method.is_edited(&row.resource.id, verb)
    }

    fn right(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        if let Some(add) = &mut self.add {
            if add.ui(ui, detail, cx) {
                self.add = None;
            }
            return;
        }
        if let Some(cors) = &mut self.cors {
            let resource = detail.resource(&cors.path);
            if resource.is_none_or(|resource| cors.ui(ui, resource, detail, cx)) {
                self.cors = None;
            }
            return;
        }
        let path = self.chosen.as_ref().map(|(path, _)| path.as_str());
        match path.and_then(|path| detail.resource(path)) {
            Some(resource) => {
                if one_resource(ui, resource, detail, cx) {
                    self.cors = Some(CorsForm::of(resource));
                }
            }
            None => self.nothing(ui, detail, cx),
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

/// Draws a resource; true where CORS is asked for.
fn one_resource(ui: &mut Ui, resource: &Resource, detail: &ApiDetail, cx: &mut Cx<'_>) -> bool {
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
    ui.add_space(space::M);
    let may = match resource.parent_id {
        None => Err("The root can't be deleted"),
        Some(_) => cx.may_write(),
    };
    let mut cors = false;
    ui.horizontal_wrapped(|ui| {
        cors = Button::new("CORS…").icon(Icon::GLOBE).show(ui).clicked();
        let delete = Button::new("Delete resource…").icon(Icon::TRASH_2);
        if delete.available(may).show(ui).clicked() {
            delete_resource(resource, detail, cx);
        }
    });
    cors
}

/// What goes with a resource: all below it, and their methods.
fn delete_resource(resource: &Resource, detail: &ApiDetail, cx: &mut Cx<'_>) {
    let below = format!("{}/", resource.path);
    let gone = detail
        .resources
        .iter()
        .filter(|of| of.path == resource.path || of.path.starts_with(&below));
    let with = gone.map(|of| {
        let verbs: Vec<&str> = of.methods.keys().map(String::as_str).collect();
        let words = match verbs.is_empty() {
            true => of.path.clone(),
            false => format!("{}: {}", of.path, verbs.join(", ")),
        };
        ("Resource".to_owned(), words)
    });
    let with = with.collect();
    cx.review(Arc::new(Remove {
        place: MethodPlace {
            api: detail.api.id.clone(),
            name: detail.api.name.clone(),
            resource: resource.id.clone(),
            path: resource.path.clone(),
            ..MethodPlace::default()
        },
        with,
        context: cx.connection.cli(),
    }));
}

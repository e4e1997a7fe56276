//! Document: what is written about an API as a tree that counts it, each thing with its part of its own or from above, the editor
//! of one part, versions, and the export.

mod editor;
mod tree;
mod versions;

use egui::{Frame, Margin, ScrollArea, Ui};

use self::editor::PartEditor;
use super::export::Export;
use crate::cloud::apigateway::documentation::GetDocumentation;
use crate::model::api::ApiDetail;
use crate::model::api::documentation::{Documentation, Place, Thing, Tree, tree};
use crate::ui::cx::{CloudStore, Cx, Message};
use crate::ui::icons::Icon;
use crate::ui::theme::space;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::state::{self, Empty};

/// The tree shows beside from this width on.
const WIDE: f32 = 780.0;
const LIST: f32 = 240.0;

/// What the tab keeps between frames.
#[derive(Default)]
pub struct Document {
    gaps: bool,
    filter: String,
    chosen: Option<Place>,
    thing: Option<Thing>,
    editor: PartEditor,
    versions: versions::Versions,
    export: Export,
    /// What the tree was made of.
    of: Option<(ApiDetail, std::sync::Arc<Documentation>)>,
    tree: Tree,
}

impl Document {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        let api = detail.api.id.clone();
        let known = cx.store.want(&GetDocumentation { api }, cx.now);
        let empty = Empty {
            icon: Icon::FILE_TEXT,
            title: "",
            advice: "",
            action: "",
        };
        let never = |_: &Documentation| false;
        let shown = state::show(ui, "the documentation", &known, &empty, never, |ui, of| {
            self.known(ui, detail, of, cx);
        });
        if shown.retry {
            cx.store.refresh();
        }
        if shown.sign_in {
            cx.messages.push(Message::SignIn);
        }
    }

    /// What would be lost if the tab were closed now.
    pub fn unsaved(&self) -> Option<String> {
        self.editor.unsaved()
    }

    /// Everything that is shown has come.
    pub fn settled(&self, id: &str, store: &CloudStore) -> bool {
        let api = id.to_owned();
        store.peek(&GetDocumentation { api }).is_settled()
    }

    fn known(
        &mut self,
        ui: &mut Ui,
        detail: &ApiDetail,
        of: &std::sync::Arc<Documentation>,
        cx: &mut Cx<'_>,
    ) {
        let same = self
            .of
            .as_ref()
            .is_some_and(|(before, known)| std::sync::Arc::ptr_eq(known, of) && before == detail);
        if !same {
            self.tree = tree(detail, of);
            self.of = Some((detail.clone(), of.clone()));
        }
        if !self
            .chosen
            .as_ref()
            .is_some_and(|at| self.tree.contains_key(at))
        {
            self.chosen = Some(Place::Api);
            self.thing = None;
        }
        self.editor.bar(ui, &detail.api.id, cx);
        let mut chosen = None;
        if ui.available_width() >= WIDE {
            let frame = Frame::new().inner_margin(Margin::same(space::S as i8));
            let panel = egui::Panel::left("documentation")
                .exact_size(LIST)
                .resizable(false);
            panel.frame(frame).show(ui, |ui| {
                chosen = tree::ui(
                    ui,
                    &self.tree,
                    self.chosen.as_ref(),
                    &mut self.gaps,
                    &mut self.filter,
                );
            });
        } else {
            ui.add_space(space::S);
            ui.horizontal(|ui| {
                ui.add_space(space::L);
                let words = self.chosen.as_ref().map(tree::words).unwrap_or_default();
                drop_down(ui, "What is described", &words, |ui| {
                    ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
                        for place in self.tree.keys() {
                            let on = self.chosen.as_ref() == Some(place);
                            if entry(ui, on, &tree::words(place), "") {
                                chosen = Some(place.clone());
                            }
                        }
                    });
                });
            });
        }
        if let Some(place) = chosen {
            self.chosen = Some(place);
            self.thing = None;
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let margin = Margin::symmetric(space::L as i8, space::M as i8);
            Frame::new().inner_margin(margin).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = space::S;
                self.page(ui, detail, of, cx);
            });
        });
    }

    fn page(&mut self, ui: &mut Ui, detail: &ApiDetail, of: &Documentation, cx: &mut Cx<'_>) {
        let Some(place) = self.chosen.clone() else {
            return;
        };
        let things = self.tree.get(&place).map_or(&[] as &[Thing], Vec::as_slice);
        // What was written meanwhile is shown with what it says now.
        let now = |wanted: &Thing| {
            things
                .iter()
                .find(|thing| thing.location == wanted.location)
        };
        let current = self
            .thing
            .as_ref()
            .and_then(now)
            .or(things.first())
            .cloned();
        if let Some(pressed) = tree::things(ui, &place, things, current.as_ref(), &self.editor) {
            self.thing = Some(pressed);
        } else {
            self.thing.clone_from(&current);
        }
        if let Some(thing) = self.thing.clone() {
            ui.add_space(space::S);
            self.editor.ui(ui, &detail.api.id, &thing, cx);
        }
        ui.add_space(space::M);
        self.versions.ui(ui, detail, of, cx);
        ui.add_space(space::M);
        super::publish::heading(ui, "Export");
        self.export.ui(ui, detail, None, cx);
    }
}

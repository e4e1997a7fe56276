//! JSON as a tree that folds. The tree is laid out flat once; only the lines on screen are drawn.

use std::collections::BTreeSet;

use egui::{
    Align2, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, text::LayoutJob, text::TextFormat,
    vec2,
};
use serde_json::Value;

use super::button::copy_button;
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{Theme, size},
};

const LINE: f32 = 20.0;
const INDENT: f32 = 16.0;
/// Nodes of a tree at most; a larger value is cut off with a word.
const MOST_NODES: usize = 200_000;
/// Characters of a text that are shown in a line.
const MOST_CHARACTERS: usize = 300;

/// One line of the tree.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    depth: u16,
    key: String,
    text: String,
    kind: Kind,
    /// Behind the last line that belongs to it.
    end: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Branch,
    Text,
    Word,
}

/// A value laid out as a tree, and which of its branches are folded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JsonTree {
    nodes: Vec<Node>,
    folded: BTreeSet<u32>,
    visible: Vec<u32>,
    selected: Option<u32>,
}

impl JsonTree {
    /// Lays a value out, with everything below the second level folded. Not for the frame path.
    pub fn new(value: &Value) -> Self {
        let mut tree = Self::default();
        tree.push(0, String::new(), value);
        tree.folded = (0..tree.nodes.len() as u32)
            .filter(|index| {
                let node = &tree.nodes[*index as usize];
                node.kind == Kind::Branch && node.depth >= 2
            })
            .collect();
        tree.lay_out();
        tree
    }

    fn push(&mut self, depth: u16, key: String, value: &Value) {
        if self.nodes.len() >= MOST_NODES {
            return;
        }
        let at = self.nodes.len();
        let (text, kind) = preview(value);
        self.nodes.push(Node {
            depth,
            key,
            text,
            kind,
            end: 0,
        });
        // serde_json reads 128 levels at most, so this does not run away.
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    self.push(depth + 1, key.clone(), value);
                }
            }
            Value::Array(list) => {
                for (index, value) in list.iter().enumerate() {
                    self.push(depth + 1, index.to_string(), value);
                }
            }
            _ => {}
        }
        self.nodes[at].end = self.nodes.len() as u32;
    }

    fn lay_out(&mut self) {
        self.visible.clear();
        let mut at = 0;
        while (at as usize) < self.nodes.len() {
            self.visible.push(at);
            at = if self.folded.contains(&at) {
                self.nodes[at as usize].end
            } else {
                at + 1
            };
        }
    }

    fn toggle(&mut self, node: u32) {
        if !self.folded.remove(&node) {
            self.folded.insert(node);
        }
        self.lay_out();
    }

    /// Unfolds everything.
    pub fn unfold_all(&mut self) {
        self.folded.clear();
        self.lay_out();
    }

    /// Draws the tree `height` points high. `whole` is what Copy copies.
    pub fn show(&mut self, ui: &mut Ui, name: &str, height: f32, whole: impl FnOnce() -> String) {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let top = ui.cursor().min;
            let right = ui.available_rect_before_wrap().right();
            let mut pressed = None;
            ScrollArea::vertical()
                .id_salt(name)
                .max_height(height)
                .auto_shrink([false, true])
                .show_rows(ui, LINE, self.visible.len(), |ui, range| {
                    for place in range {
                        if let Some(index) = self.visible.get(place).copied() {
                            pressed = pressed.or(self.line(ui, index));
                        }
                    }
                });
            if let Some(index) = pressed {
                self.selected = Some(index);
                if self.nodes[index as usize].kind == Kind::Branch {
                    self.toggle(index);
                }
            }
            let corner = Rect::from_min_size(pos2(right - 40.0, top.y), vec2(28.0, 28.0));
            let mut child = ui.new_child(egui::UiBuilder::new().max_rect(corner));
            copy_button(&mut child, name, whole);
        });
    }

    /// Draws one line; gives it back when it was pressed.
    fn line(&self, ui: &mut Ui, index: u32) -> Option<u32> {
        let theme = Theme::of(ui);
        let node = &self.nodes[index as usize];
        let folded = self.folded.contains(&index);
        let wanted = vec2(ui.available_width(), LINE);
        let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
        response.widget_info(|| {
            let text = format!("{} {}", node.key, node.text);
            WidgetInfo::labeled(Role::TreeItem, ui.is_enabled(), text.trim())
        });
        if node.kind == Kind::Branch {
            ui.ctx()
                .accesskit_node_builder(response.id, |node| node.set_expanded(!folded));
        }
        if self.selected == Some(index) {
            ui.painter().rect_filled(rect, 0, theme.sel);
        } else if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect, 0, theme.row_hover);
        }
        let left = rect.left() + f32::from(node.depth) * INDENT;
        if node.kind == Kind::Branch {
            let icon = if folded {
                Icon::CHEVRON_RIGHT
            } else {
                Icon::CHEVRON_DOWN
            };
            let at = pos2(left + 8.0, rect.center().y);
            let font = fonts::icon(12.0);
            ui.painter()
                .text(at, Align2::CENTER_CENTER, icon, font, theme.muted);
        }
        let galley = ui
            .painter()
            .layout_job(job(node, theme, rect.right() - left - 20.0));
        let at = pos2(left + 20.0, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, theme.text);
        let pressed = response.clicked();
        response.context_menu(|ui| {
            if ui.button("Copy value").clicked() {
                ui.ctx().copy_text(node.text.clone());
                ui.close();
            }
        });
        pressed.then_some(index)
    }
}

fn job(node: &Node, theme: &Theme, width: f32) -> LayoutJob {
    let font = fonts::mono(size::SMALL);
    let mut job = LayoutJob {
        wrap: egui::text::TextWrapping::truncate_at_width(width.max(20.0)),
        break_on_newline: false,
        ..LayoutJob::default()
    };
    if !node.key.is_empty() {
        let format = TextFormat::simple(font.clone(), theme.accent);
        job.append(&node.key, 0.0, format);
        job.append(": ", 0.0, TextFormat::simple(font.clone(), theme.muted));
    }
    let color = match node.kind {
        Kind::Branch => theme.muted,
        Kind::Text => theme.ok,
        Kind::Word => theme.warn,
    };
    job.append(&node.text, 0.0, TextFormat::simple(font, color));
    job
}

fn preview(value: &Value) -> (String, Kind) {
    let count = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    };
    match value {
        Value::Object(map) => (
            format!("{{ {} }}", count(map.len(), "field", "fields")),
            Kind::Branch,
        ),
        Value::Array(list) => (
            format!("[ {} ]", count(list.len(), "item", "items")),
            Kind::Branch,
        ),
        Value::String(text) => {
            let mut shown: String = text.chars().take(MOST_CHARACTERS).collect();
            if shown.len() < text.len() {
                shown.push('…');
            }
            (format!("\"{}\"", shown.replace('\n', "\\n")), Kind::Text)
        }
        other => (other.to_string(), Kind::Word),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn tree() -> JsonTree {
        let value = serde_json::json!({"a": {"b": {"c": [1, 2]}}, "d": "x"});
        JsonTree::new(&value)
    }

    fn shown(tree: &JsonTree) -> Vec<&str> {
        let key = |index: &u32| tree.nodes[*index as usize].key.as_str();
        tree.visible.iter().map(key).collect()
    }

    #[test]
    fn everything_below_the_second_level_starts_folded() {
        assert_eq!(shown(&tree()), ["", "a", "b", "d"]);
    }

    #[test]
    fn a_branch_unfolds_and_folds_again() {
        let mut tree = tree();
        let before = tree.clone();
        let b = tree.visible[2];
        tree.toggle(b);
        assert_eq!(shown(&tree), ["", "a", "b", "c", "d"]);
        tree.toggle(b);
        assert_eq!(tree, before);
        tree.unfold_all();
        assert_eq!(shown(&tree), ["", "a", "b", "c", "0", "1", "d"]);
    }

    #[test]
    fn an_endless_array_is_bounded() {
        let value = Value::Array(vec![Value::Null; MOST_NODES + 10]);
        assert_eq!(JsonTree::new(&value).nodes.len(), MOST_NODES);
    }
}

//! What a package changes against the deployed one, file by file, and the text of one file line by line.

use std::sync::Arc;

use egui::{RichText, Ui};

use crate::model::difference::{self, Difference, Node};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::format;
use crate::model::package::{Change, Comparison, FileChange, Package, PackageProblem, compare};
use crate::store::Ticket;
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size};
use crate::ui::widgets::button::icon_button;
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::diff::{self, Compared};
use crate::ui::widgets::difference::{Show, Tree};
use crate::ui::widgets::state;

/// The list is no higher than this, in points; then it scrolls by itself.
const MOST_HIGH: f32 = 360.0;

/// A comparison, and which of its files is looked at.
pub struct Changes {
    old: Arc<Package>,
    new: Arc<Package>,
    comparison: Comparison,
    /// One line: `2 added, 1 changed, 14 the same`.
    pub summary: String,
    tree: Tree,
    open: Option<Open>,
}

struct Open {
    path: String,
    text: Text,
}

enum Text {
    Comparing(Ticket<Option<Compared>>),
    Here(Compared),
    Binary,
    Failed(CloudError),
}

/// The files that differ, as the difference of two trees.
fn tree_of(changes: &[FileChange]) -> Difference {
    let size = |bytes: Option<u64>| bytes.map(format::bytes).unwrap_or_default();
    let node = |file: &FileChange| Node::new("", &file.path);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for file in changes {
        match file.change {
            Change::Added => after.push(Node {
                summary: size(file.after),
                ..node(file)
            }),
            Change::Removed => before.push(Node {
                summary: size(file.before),
                ..node(file)
            }),
            // Other contents may have the same size, and a size the same words.
            Change::Changed if size(file.before) == size(file.after) => {
                let of = |which: &str| format!("{}, {which}", size(file.before));
                before.push(node(file).field("Contents", of("as deployed")));
                after.push(node(file).field("Contents", of("others")));
            }
            Change::Changed => {
                before.push(node(file).field("Size", size(file.before)));
                after.push(node(file).field("Size", size(file.after)));
            }
            Change::Mode => {
                before.push(node(file).field("Permissions", "as deployed"));
                after.push(node(file).field("Permissions", "others"));
            }
        }
    }
    difference::compare(&before, &after)
}

impl Changes {
    /// Compares two packages.
    pub fn of(old: &Arc<Package>, new: &Arc<Package>) -> Self {
        let comparison = compare(old, new);
        Self {
            old: old.clone(),
            new: new.clone(),
            summary: comparison.summary(),
            tree: Tree::new(tree_of(&comparison.changes)),
            comparison,
            open: None,
        }
    }

    /// It compares these two.
    pub fn is_of(&self, old: &Arc<Package>, new: &Arc<Package>) -> bool {
        Arc::ptr_eq(&self.old, old) && Arc::ptr_eq(&self.new, new)
    }

    /// No file differs.
    pub fn is_empty(&self) -> bool {
        self.comparison.changes.is_empty()
    }

    /// Draws the list, and the difference of the file that is chosen.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        self.follow(cx);
        if self.is_empty() {
            let text = "Every file is the same as in the deployed package.";
            ui.label(RichText::new(text).color(Theme::of(ui).muted));
            return;
        }
        let how = Show::new("Changed files")
            .sides("Deployed", "New")
            .open_on_click()
            .height(MOST_HIGH);
        if let Some(entry) = self.tree.show(ui, &how) {
            let entries = self.tree.difference().entries();
            let path = entries.get(entry).map(|entry| entry.name.clone());
            let mut changes = self.comparison.changes.iter();
            let file = changes.find(|file| Some(&file.path) == path.as_ref());
            if let Some(file) = file.cloned() {
                self.look(&file, cx);
            }
        }
        self.difference(ui);
    }

    fn look(&mut self, file: &FileChange, cx: &mut Cx<'_>) {
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.path == file.path)
        {
            return;
        }
        let text = if file.may_be_text() {
            let (old, new, file) = (self.old.clone(), self.new.clone(), file.clone());
            let ticket = cx.store.job(true, async move {
                compared(&old, &new, &file).map_err(|problem| {
                    let kind = ErrorKind::Other;
                    CloudError::local("Compare a file", kind, problem.to_string())
                })
            });
            Text::Comparing(ticket)
        } else {
            Text::Binary
        };
        self.open = Some(Open {
            path: file.path.clone(),
            text,
        });
    }

    fn follow(&mut self, cx: &mut Cx<'_>) {
        if let Some(open) = &mut self.open
            && let Text::Comparing(ticket) = &open.text
            && let Some(result) = cx.store.collect(ticket)
        {
            open.text = match result {
                Ok(Some(compared)) => Text::Here(compared),
                Ok(None) => Text::Binary,
                Err(error) => Text::Failed(error),
            };
        }
    }

    fn difference(&mut self, ui: &mut Ui) {
        let Some(open) = &self.open else { return };
        let theme = Theme::of(ui);
        let mut close = false;
        ui.horizontal(|ui| {
            let path = RichText::new(&open.path).font(fonts::mono(size::SMALL));
            ui.label(path);
            close = icon_button(ui, Icon::X, "Close the difference").clicked();
        });
        match &open.text {
            Text::Comparing(_) => {
                state::skeleton(ui, "the difference", 4);
            }
            Text::Here(compared) => {
                let frame = egui::Frame::new()
                    .fill(theme.panel)
                    .stroke(theme.stroke())
                    .corner_radius(crate::ui::theme::RADIUS)
                    .inner_margin(1);
                frame.show(ui, |ui| {
                    diff::unified(ui, "difference", compared, 360.0);
                });
            }
            Text::Binary => {
                let text = "It is not a text, or too long to be shown line by line.";
                ui.label(RichText::new(text).color(theme.muted));
            }
            Text::Failed(error) => {
                ui.label(RichText::new(&error.message).color(Tone::Err.color(theme)));
            }
        }
        if close {
            self.open = None;
        }
    }
}

/// Both texts line by line; none where one of them is no text.
fn compared(
    old: &Package,
    new: &Package,
    file: &FileChange,
) -> Result<Option<Compared>, PackageProblem> {
    let side = |package: &Package, is_there: bool| match is_there {
        true => package.text(&file.path),
        false => Ok(Some(String::new())),
    };
    let before = side(old, file.before.is_some())?;
    let after = side(new, file.after.is_some())?;
    Ok(match (before, after) {
        (Some(before), Some(after)) => Some(diff::compare(&before, &after)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::model::package::{Source, Watch};
    use std::io::Write as _;
    use std::sync::atomic::AtomicBool;

    fn package(files: &[(&str, &[u8])]) -> Arc<Package> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, text) in files {
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(*name, options).unwrap();
            zip.write_all(text).unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        let mut watch = Watch {
            cancel: &AtomicBool::new(false),
            progress: &mut |_| {},
        };
        Arc::new(Package::open(Source::Bytes(bytes.into()), &mut watch).unwrap())
    }

    #[test]
    fn texts_are_compared_line_by_line_and_binaries_are_not() {
        let old = package(&[
            ("a.py", b"1\n2\n"),
            ("gone.txt", b"x\n"),
            ("b.bin", &[0, 1]),
        ]);
        let new = package(&[("a.py", b"1\n3\n"), ("new.txt", b"y\n"), ("b.bin", &[0, 2])]);
        let changes = Changes::of(&old, &new);
        assert_eq!(changes.summary, "1 added, 1 removed, 2 changed");
        let told: Vec<_> = changes
            .tree
            .difference()
            .entries()
            .iter()
            .map(|entry| (entry.name.as_str(), entry.fields.len()))
            .collect();
        let expected = [("a.py", 1), ("b.bin", 1), ("new.txt", 0), ("gone.txt", 0)];
        assert_eq!(told, expected, "also where only the contents are others");
        let lines = |path: &str| {
            let file = changes.comparison.changes.iter().find(|f| f.path == path);
            let compared = compared(&old, &new, file.unwrap()).unwrap()?;
            let changed = compared
                .unified
                .iter()
                .filter(|l| l.change != diff::Change::Same);
            Some(changed.map(|line| line.text.clone()).collect::<Vec<_>>())
        };
        assert_eq!(lines("a.py").unwrap(), ["2", "3"]);
        assert_eq!(lines("gone.txt").unwrap(), ["x"]);
        assert_eq!(lines("new.txt").unwrap(), ["y"]);
        assert_eq!(lines("b.bin"), None);
    }
}

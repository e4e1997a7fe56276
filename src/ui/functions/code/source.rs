//! The deployed package's files, and beside or below them the text of one. It is only read.

use std::borrow::Cow;
use std::sync::Arc;

use egui::{Label, RichText, Ui, UiBuilder};

use crate::model::error::CloudError;
use crate::model::format;
use crate::model::package::{Entry, EntryKind, Package, TEXT_BYTES};
use crate::store::Ticket;
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{HEADER_HEIGHT, ROW_HEIGHT, Theme, size, space};
use crate::ui::widgets::button::copy_button;
use crate::ui::widgets::code::{CodeEditor, Language};
use crate::ui::widgets::state::{self, Empty};
use crate::ui::widgets::table::{Column, Rows, Table, TableState};
use crate::ui::widgets::table_cell::Cell;

const COLUMNS: [Column; 2] = [
    Column::new("path", "File", 180.0)
        .min(100.0)
        .unsorted()
        .required(),
    Column::new("size", "Size", 74.0)
        .right()
        .unsorted()
        .required(),
];

/// From this width on the list stands beside the text, in points; else above it.
const BESIDE: f32 = 480.0;
/// So many files show above the text; the others are scrolled to.
const MOST_ABOVE: usize = 5;

/// What the view keeps between frames.
#[derive(Default)]
pub struct SourceView {
    /// The package that `files` are of.
    of: Option<Arc<Package>>,
    /// Indices of its files, in order of path.
    files: Vec<usize>,
    table: TableState,
    shown: Option<Shown>,
    editor: CodeEditor,
}

struct Shown {
    path: String,
    text: Text,
}

enum Text {
    Reading(Ticket<Option<String>>),
    Here(String),
    Binary,
    Failed(CloudError),
}

struct FileRows<'a> {
    entries: &'a [Entry],
    files: &'a [usize],
}

impl FileRows<'_> {
    fn at(&self, row: usize) -> Option<&Entry> {
        self.entries.get(*self.files.get(row)?)
    }
}

impl Rows for FileRows<'_> {
    fn count(&self) -> usize {
        self.files.len()
    }

    fn name(&self, row: usize) -> Cow<'_, str> {
        self.at(row).map_or("", |entry| &entry.path).into()
    }

    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        let Some(entry) = self.at(row) else { return };
        match column {
            "path" => cell.mono_name(&entry.path),
            _ => {
                cell.muted(&format::bytes(entry.size));
                cell.hover(|| format::bytes_exact(entry.size));
            }
        }
    }
}

impl SourceView {
    /// Draws the files of `package`; the handler's file is shown first.
    pub fn ui(&mut self, ui: &mut Ui, package: &Arc<Package>, handler: &str, cx: &mut Cx<'_>) {
        if !self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, package)) {
            self.take(package, handler, cx);
        }
        self.follow(cx);
        let whole = ui.available_rect_before_wrap();
        let line = Theme::of(ui).stroke();
        let stacked = whole.width() < BESIDE;
        let (list, text) = if stacked {
            let rows = self.files.len().clamp(1, MOST_ABOVE) as f32 * ROW_HEIGHT;
            let least = HEADER_HEIGHT + ROW_HEIGHT;
            let height = (HEADER_HEIGHT + rows).min(whole.height() * 0.4).max(least);
            let split = whole.top() + height.round();
            (whole.with_max_y(split), whole.with_min_y(split + 1.0))
        } else {
            let width = (whole.width() * 0.34).clamp(180.0, 320.0);
            let split = whole.left() + width.round();
            (whole.with_max_x(split), whole.with_min_x(split + 1.0))
        };
        let mut child = ui.new_child(UiBuilder::new().id_salt("files").max_rect(list));
        self.list(&mut child, package, cx);
        match stacked {
            true => ui.painter().hline(list.x_range(), list.bottom(), line),
            false => ui.painter().vline(list.right(), list.y_range(), line),
        };
        let mut child = ui.new_child(UiBuilder::new().id_salt("text").max_rect(text));
        self.text(&mut child, package);
        ui.advance_cursor_after_rect(whole);
    }

    fn list(&mut self, ui: &mut Ui, package: &Arc<Package>, cx: &mut Cx<'_>) {
        let mut rows = FileRows {
            entries: &package.entries,
            files: &self.files,
        };
        let output = Table::new("Files of the package", &COLUMNS, &mut self.table)
            .open_on_click()
            .height(ui.available_height())
            .show(ui, &mut rows);
        if let Some(row) = output.selected.or(output.activated)
            && let Some(entry) = rows.at(row)
        {
            let path = entry.path.clone();
            self.read(package, &path, cx);
        }
    }

    fn take(&mut self, package: &Arc<Package>, handler: &str, cx: &mut Cx<'_>) {
        self.of = Some(package.clone());
        self.files = (0..package.entries.len())
            .filter(|at| {
                package
                    .entries
                    .get(*at)
                    .is_some_and(|entry| entry.kind != EntryKind::Directory)
            })
            .collect();
        let before = self.shown.take().map(|shown| shown.path);
        let module = handler
            .rsplit_once('.')
            .map_or(handler, |(module, _)| module);
        let files = package.entries.iter();
        let files = files.filter(|entry| entry.kind == EntryKind::File);
        let first = files.map(|entry| entry.path.as_str());
        let first = before
            .filter(|path| package.entry(path).is_some())
            .or_else(|| first_of(first, &module.replace('.', "/")));
        if let Some(path) = first {
            let row = self.files.iter().position(|at| {
                package
                    .entries
                    .get(*at)
                    .is_some_and(|entry| entry.path == path)
            });
            if let Some(row) = row {
                self.table.select(row, &path);
            }
            self.read(package, &path, cx);
        }
    }

    fn read(&mut self, package: &Arc<Package>, path: &str, cx: &mut Cx<'_>) {
        if self.shown.as_ref().is_some_and(|shown| shown.path == path) {
            return;
        }
        let (package, wanted) = (package.clone(), path.to_owned());
        let ticket = cx.store.job(true, async move {
            package.text(&wanted).map_err(|problem| {
                let kind = crate::model::error::ErrorKind::Other;
                CloudError::local("Read a file", kind, problem.to_string())
            })
        });
        self.shown = Some(Shown {
            path: path.to_owned(),
            text: Text::Reading(ticket),
        });
    }

    fn follow(&mut self, cx: &mut Cx<'_>) {
        let Some(shown) = &mut self.shown else { return };
        if let Text::Reading(ticket) = &shown.text
            && let Some(result) = cx.store.collect(ticket)
        {
            shown.text = match result {
                Ok(Some(text)) => Text::Here(text),
                Ok(None) => Text::Binary,
                Err(error) => Text::Failed(error),
            };
        }
    }

    fn text(&mut self, ui: &mut Ui, package: &Package) {
        let Some(shown) = &self.shown else {
            let empty = Empty {
                icon: Icon::FILE_CODE,
                title: "No file is chosen",
                advice: "Choose a file of the list to read it.",
                action: "",
            };
            state::empty_state(ui, &empty);
            return;
        };
        let theme = Theme::of(ui);
        ui.horizontal(|ui| {
            ui.add_space(space::M);
            let path = RichText::new(&shown.path).font(fonts::mono(size::SMALL));
            let room = (ui.available_width() - 190.0).max(60.0);
            ui.scope(|ui| {
                ui.set_max_width(room);
                ui.add(Label::new(path).truncate());
            });
            if let Text::Here(text) = &shown.text {
                copy_button(ui, "file", || text.clone());
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.add_space(space::S);
                let note = RichText::new("read only").font(fonts::body(size::SMALL));
                ui.label(note.color(theme.muted));
            });
        });
        let line = theme.stroke();
        ui.painter()
            .hline(ui.max_rect().x_range(), ui.cursor().top() - 2.0, line);
        match &shown.text {
            Text::Reading(_) => {
                state::skeleton(ui, "the file", 6);
            }
            Text::Here(text) => {
                let language = Language::of(&shown.path, text);
                let height = (ui.available_height() - 2.0).max(60.0);
                let name = format!("Text of {}", shown.path);
                self.editor
                    .show_read_only(ui, &name, text, language, height);
            }
            Text::Binary => {
                let bytes = package.entry(&shown.path).map_or(0, |entry| entry.size);
                let advice = format!(
                    "It has {}. Text files up to {} are shown here; download the package for the others.",
                    format::bytes(bytes),
                    format::bytes(TEXT_BYTES)
                );
                let empty = Empty {
                    icon: Icon::FILE,
                    title: "This file is not shown",
                    advice: &advice,
                    action: "",
                };
                state::empty_state(ui, &empty);
            }
            Text::Failed(error) => {
                state::alert(ui, error, false);
            }
        }
    }
}

/// The handler's file, else the first that looks like code, else the first.
fn first_of<'a>(paths: impl Iterator<Item = &'a str> + Clone, module: &str) -> Option<String> {
    let stem = |path: &'a str| path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let code = [".py", ".js", ".mjs", ".cjs", ".rb", ".sh", ".ts"];
    let found = paths
        .clone()
        .find(|path| stem(path) == module)
        .or_else(|| paths.clone().find(|path| *path == "bootstrap"))
        .or_else(|| {
            paths
                .clone()
                .find(|path| code.iter().any(|end| path.ends_with(end)))
        })
        .or_else(|| paths.clone().next());
    found.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handlers_file_is_shown_first() {
        let first = |paths: &[&str], module: &str| first_of(paths.iter().copied(), module);
        assert_eq!(first(&["a.py", "app.py"], "app").as_deref(), Some("app.py"));
        assert_eq!(
            first(&["lib/x", "src/app.mjs"], "src/app").as_deref(),
            Some("src/app.mjs")
        );
        assert_eq!(
            first(&["assets/a", "bootstrap"], "none").as_deref(),
            Some("bootstrap")
        );
        assert_eq!(first(&["data.bin"], "app").as_deref(), Some("data.bin"));
        assert_eq!(first(&[], "app"), None);
    }
}

//! The published versions, newest first, and publishing a new one.

use std::borrow::Cow;
use std::sync::Arc;

use egui::{RichText, Ui};

use super::aliases;
use crate::cloud::lambda::again::{Before, DeployAgain};
use crate::cloud::lambda::code::PublishVersion;
use crate::cloud::lambda::related::ListVersions;
use crate::model::format::{self, Zone};
use crate::model::function::{Function, Version};
use crate::model::limits;
use crate::ui::cx::{Cx, Followed, Message, Submission};
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::state::{self, Empty};
use crate::ui::widgets::table::{Column, Rows, Table, TableState};
use crate::ui::widgets::table_cell::Cell;
use crate::ui::widgets::text_field::TextField;

const COLUMNS: [Column; 5] = [
    Column::new("version", "Version", 90.0)
        .min(84.0)
        .unsorted()
        .required(),
    Column::new("published", "Modified", 110.0)
        .min(104.0)
        .unsorted()
        .priority(9),
    Column::new("description", "Description", 260.0)
        .min(110.0)
        .unsorted()
        .priority(7),
    Column::new("size", "Size", 80.0)
        .right()
        .unsorted()
        .priority(6),
    Column::new("sha", "SHA-256", 200.0)
        .min(150.0)
        .unsorted()
        .priority(2),
];

/// What the view keeps between frames.
#[derive(Default)]
pub struct Versions {
    table: TableState,
    description: String,
    submission: Option<Submission>,
}

struct VersionRows<'a> {
    versions: &'a [Version],
    now: i64,
    zone: &'a Zone,
    /// The SHA-256 of what is deployed as $LATEST.
    latest: &'a str,
    /// Whether a version may be deployed again, and why not.
    may: Result<(), &'a str>,
    /// The row whose version is to be deployed again.
    again: Option<usize>,
}

impl VersionRows<'_> {
    /// Lambda lists `$LATEST` and then the oldest first; here the oldest is last.
    fn at(&self, row: usize) -> Option<&Version> {
        let first = self.versions.first()?;
        let last = self.versions.len() - 1;
        match (first.version.as_str(), row) {
            ("$LATEST", 0) => Some(first),
            ("$LATEST", row) if row <= last => self.versions.get(last + 1 - row),
            ("$LATEST", _) => None,
            (_, row) => self.versions.get(last.checked_sub(row)?),
        }
    }
}

impl Rows for VersionRows<'_> {
    fn count(&self) -> usize {
        self.versions.len()
    }

    fn name(&self, row: usize) -> Cow<'_, str> {
        self.at(row).map_or("", |version| &version.version).into()
    }

    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        let (now, zone, latest) = (self.now, self.zone, self.latest);
        let Some(version) = self.at(row) else { return };
        match column {
            "version" => cell.name(&version.version),
            "published" => match version.last_modified {
                Some(at) => {
                    cell.text(&format::ago(at, now, zone));
                    cell.hover(|| format::time_exact(at, zone));
                }
                None => cell.muted("–"),
            },
            "description" => cell.text(&version.description),
            "size" => {
                cell.text(&format::bytes(version.code_size));
                cell.hover(|| format::bytes_exact(version.code_size));
            }
            _ => {
                if version.version != "$LATEST" && version.code_sha256 == latest {
                    cell.tag("as $LATEST");
                }
                cell.mono(&version.code_sha256);
            }
        }
    }

    fn has_menu(&self) -> bool {
        true
    }

    fn menu(&mut self, row: usize, ui: &mut Ui) {
        let Some(version) = self.at(row).cloned() else {
            return;
        };
        if version.version != "$LATEST" {
            let text = format!("Deploy version {} again…", version.version);
            let may = may_deploy(&version, self.latest, self.may);
            let button = ui.add_enabled(may.is_ok(), egui::Button::new(text));
            if button.clicked() {
                self.again = Some(row);
                ui.close();
            }
            if let Err(reason) = may {
                button.on_disabled_hover_text(reason);
            }
            ui.separator();
        }
        for (text, value) in [
            ("Copy ARN", &version.arn),
            ("Copy SHA-256", &version.code_sha256),
        ] {
            if ui.button(text).clicked() {
                ui.ctx().copy_text(value.clone());
                ui.close();
            }
        }
    }
}

/// Whether a version's code may be deployed again as `$LATEST`, whose SHA-256 is `latest`.
fn may_deploy<'a>(
    version: &Version,
    latest: &str,
    may: Result<(), &'a str>,
) -> Result<(), &'a str> {
    if version.code_sha256 == latest {
        return Err("$LATEST has this very code");
    }
    may
}

/// What can be done with the selected version; its row where it is to be deployed again.
fn chosen(ui: &mut Ui, table: &TableState, rows: &VersionRows<'_>) -> Option<usize> {
    let row = table.selected?;
    let version = rows.at(row).filter(|v| v.version != "$LATEST")?;
    let text = format!("Deploy version {} again…", version.version);
    let button = Button::new(&text)
        .hover("Puts its code back as $LATEST")
        .available(may_deploy(version, rows.latest, rows.may));
    let pressed = button.show(ui).clicked();
    ui.add_space(space::S);
    pressed.then_some(row)
}

impl Versions {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, function: &Arc<Function>, cx: &mut Cx<'_>) {
        self.follow(cx);
        let query = ListVersions {
            name: function.name.clone(),
        };
        let known = cx.store.want(&query, cx.now);
        self.publish(ui, function, cx);
        ui.add_space(space::S);
        let listed = known.value.as_ref().map(|versions| versions.as_slice());
        aliases::ui(ui, function, listed.unwrap_or_default(), cx);
        let may = cx.may_write().map_err(str::to_owned);
        let may = may.and_then(|()| function.can_update());
        let may = may.as_ref().copied().map_err(String::as_str);
        let mut deploy = None;
        let empty = Empty {
            icon: Icon::HISTORY,
            title: "No version",
            advice: "",
            action: "",
        };
        let (now, zone) = (cx.now, cx.zone);
        let table = &mut self.table;
        let shown = state::show(
            ui,
            "versions",
            &known,
            &empty,
            |versions| versions.is_empty(),
            |ui, versions| {
                let mut rows = VersionRows {
                    versions,
                    now,
                    zone,
                    latest: &function.code_sha256,
                    may,
                    again: None,
                };
                let pressed = chosen(ui, table, &rows);
                Table::new("Versions", &COLUMNS, table).show(ui, &mut rows);
                let again = pressed.or(rows.again).filter(|_| may.is_ok());
                deploy = again.and_then(|row| rows.at(row)).cloned();
            },
        );
        if let Some(version) = deploy {
            self.deploy(function, &version, cx);
        }
        if shown.retry {
            cx.store.refresh();
        }
        if shown.sign_in {
            cx.messages.push(Message::SignIn);
        }
    }

    fn deploy(&mut self, function: &Arc<Function>, version: &Version, cx: &mut Cx<'_>) {
        self.submission = Some(cx.review(Arc::new(DeployAgain {
            function: function.clone(),
            from: Before::Version(version.version.clone()),
            sha256: version.code_sha256.clone(),
            size: version.code_size,
            architecture: None,
            undoing: false,
            keep: cx.settings.packages(),
            context: cx.connection.cli(),
        })));
    }

    fn publish(&mut self, ui: &mut Ui, function: &Arc<Function>, cx: &mut Cx<'_>) {
        let problem = limits::description(&self.description)
            .err()
            .unwrap_or_default();
        let available = match () {
            () if self.submission.is_some() => Err("It is under way".to_owned()),
            () if !problem.is_empty() => Err(problem.clone()),
            () => cx
                .may_write()
                .map_err(str::to_owned)
                .and_then(|()| function.can_update()),
        };
        let mut pressed = false;
        ui.horizontal(|ui| {
            let field = TextField::new("Description of the version", &mut self.description)
                .hint("Description, may be empty")
                .width(300.0_f32.min(ui.available_width() - 180.0))
                .wrong(!problem.is_empty())
                .show(ui);
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            let button = Button::new("Publish new version")
                .hover("Freezes $LATEST as a numbered version")
                .available(available.as_ref().copied().map_err(String::as_str));
            pressed = button.show(ui).clicked() || entered;
            if !problem.is_empty() {
                ui.label(RichText::new(&problem).color(Theme::of(ui).err));
            }
        });
        if pressed && available.is_ok() {
            let action = PublishVersion {
                function: function.clone(),
                description: self.description.trim().to_owned(),
                context: cx.connection.cli(),
            };
            self.submission = Some(cx.review(Arc::new(action)));
        }
    }

    fn follow(&mut self, cx: &Cx<'_>) {
        let followed = Submission::follow(&mut self.submission, cx.store);
        if matches!(followed, Followed::Done(_)) {
            self.description.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_is_first_and_then_the_newest() {
        let version = |name: &str| Version {
            version: name.to_owned(),
            ..Version::default()
        };
        let order = |names: &[&str]| {
            let versions: Vec<Version> = names.iter().map(|name| version(name)).collect();
            let rows = VersionRows {
                versions: &versions,
                now: 0,
                zone: &Zone::Utc,
                latest: "",
                may: Ok(()),
                again: None,
            };
            (0..=names.len())
                .map(|row| rows.name(row).into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(order(&["$LATEST", "1", "2"]), ["$LATEST", "2", "1", ""]);
        assert_eq!(order(&["1", "2"]), ["2", "1", ""]);
        assert_eq!(order(&["$LATEST"]), ["$LATEST", ""]);
        assert_eq!(order(&[]), [""]);
    }
}

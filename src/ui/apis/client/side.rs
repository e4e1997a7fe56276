//! Beside the request: those that are saved, the methods of the API, and what was sent in this session.

use std::path::{Path, PathBuf};

use egui::{Label, RichText, ScrollArea, Ui};

use super::answer::tone;
use super::folder::{Folder, Saved};
use super::sent::History;
use crate::model::api::ApiDetail;
use crate::model::format;
use crate::ui::apis::verb;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::keyboard::focus_ring;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::steady::steady_area;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum List {
    /// The API's own methods.
    #[default]
    Methods,
    /// The folder's requests.
    Saved,
    /// What was sent.
    Sent,
}

/// What was pressed.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// A saved request.
    Open(PathBuf),
    /// A method, by path and verb.
    Method(String, String),
    /// What was sent, by its place.
    Sent(usize),
    /// Another folder.
    Choose,
    /// An empty request.
    New,
}

/// Draws it.
pub fn ui(
    ui: &mut Ui,
    list: &mut List,
    detail: &ApiDetail,
    folder: &Folder,
    opened: Option<&Path>,
    history: &History,
) -> Option<Asked> {
    let mut asked = None;
    ui.horizontal_wrapped(|ui| {
        let sent = format!("Sent {}", history.all().len());
        let choices = [
            (List::Methods, "Methods"),
            (List::Saved, "Saved"),
            (List::Sent, sent.as_str()),
        ];
        segmented(ui, "Beside the request", list, &choices);
        if Button::icon_only(Icon::PLUS, "New request")
            .show(ui)
            .clicked()
        {
            asked = Some(Asked::New);
        }
    });
    ui.add_space(space::XS);
    if *list == List::Saved {
        asked = head(ui, folder).or(asked);
    }
    ScrollArea::vertical()
        .id_salt("beside")
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let pressed = match list {
                List::Methods => methods(ui, detail),
                List::Saved => saved(ui, folder, opened),
                List::Sent => sent(ui, history),
            };
            asked = pressed.or(asked.take());
        });
    asked
}

fn quiet(ui: &mut Ui, words: &str) {
    let color = Theme::of(ui).muted;
    ui.add(Label::new(RichText::new(words).color(color)).wrap());
}

fn methods(ui: &mut Ui, detail: &ApiDetail) -> Option<Asked> {
    let mut asked = None;
    let mut any = false;
    for resource in &detail.resources {
        for word in resource.methods.keys() {
            any = true;
            let name = format!("{word} {}", resource.path);
            if row(ui, word, &resource.path, "", false, &name) {
                asked = Some(Asked::Method(resource.path.clone(), word.clone()));
            }
        }
    }
    if !any {
        quiet(ui, "The API has no methods yet: add one under Build");
    }
    asked
}

fn head(ui: &mut Ui, folder: &Folder) -> Option<Asked> {
    let mut asked = None;
    ui.horizontal(|ui| {
        let words = match &folder.path {
            Some(path) => path.display().to_string(),
            None => "No folder is chosen".to_owned(),
        };
        let choose = Button::icon_only(Icon::FOLDER_OPEN, "Choose a folder").show(ui);
        if choose.clicked() {
            asked = Some(Asked::Choose);
        }
        let text = RichText::new(&words)
            .font(fonts::mono(size::SMALL))
            .color(Theme::of(ui).muted);
        ui.add(Label::new(text).truncate()).on_hover_text(&words);
    });
    if let Some(why) = &folder.failed {
        let text = RichText::new(why).color(Theme::of(ui).err);
        ui.add(Label::new(text).wrap());
    }
    asked
}

fn saved(ui: &mut Ui, folder: &Folder, opened: Option<&Path>) -> Option<Asked> {
    let mut asked = None;
    if folder.path.is_none() {
        quiet(
            ui,
            "Requests are kept as text files in a folder of yours, one request a file: they diff well and hold no secret",
        );
        ui.add_space(space::S);
        if Button::new("Choose a folder…")
            .icon(Icon::FOLDER_OPEN)
            .show(ui)
            .clicked()
        {
            return Some(Asked::Choose);
        }
        return None;
    }
    if folder.listed.files.is_empty() && folder.failed.is_none() {
        quiet(
            ui,
            "Nothing is saved here yet: Save keeps the request that is edited",
        );
    }
    let mut group = "";
    for file in &folder.listed.files {
        if file.group != group {
            group = &file.group;
            ui.add_space(space::S);
            let count = folder
                .listed
                .files
                .iter()
                .filter(|of| of.group == group)
                .count();
            let words = format!("{group} {count}");
            ui.label(RichText::new(words).font(fonts::semibold(size::BODY)));
        }
        if file_row(ui, file, opened == Some(&file.path)) {
            asked = Some(Asked::Open(file.path.clone()));
        }
    }
    if folder.listed.cut {
        quiet(ui, "There are more than 500: the rest is not listed");
    }
    asked
}

fn file_row(ui: &mut Ui, file: &Saved, on: bool) -> bool {
    match &file.request {
        Ok(request) => row(
            ui,
            &request.method,
            &file.name,
            "",
            on,
            &format!("Saved {}", file.name),
        ),
        Err(why) => {
            let name = format!("Saved {}, which can't be read: {why}", file.name);
            let _ = row(ui, "?", &file.name, "can't be read", on, &name);
            false
        }
    }
}

fn sent(ui: &mut Ui, history: &History) -> Option<Asked> {
    let mut asked = None;
    if history.all().is_empty() {
        quiet(ui, "Nothing was sent yet in this session");
    }
    for (at, kept) in history.all().iter().enumerate() {
        let took = format::duration(kept.sent.timings().whole_ms());
        let status = match &kept.sent.result {
            Ok(answer) => answer.status.to_string(),
            Err(failure) => failure.step.title().to_owned(),
        };
        let name = format!("{status} {} {took}", kept.request.words());
        let detail = format!("{status} · {took}");
        if row(
            ui,
            &kept.request.method,
            &kept.request.url,
            &detail,
            at == history.place(),
            &name,
        ) {
            asked = Some(Asked::Sent(at));
        }
    }
    asked
}

/// A row: a verb in its colour, words, and a detail at its right end. True where it was pressed.
fn row(ui: &mut Ui, word: &str, text: &str, detail: &str, on: bool, name: &str) -> bool {
    let theme = Theme::of(ui);
    let wanted = egui::vec2(ui.available_width(), 26.0);
    let (rect, response) = steady_area(ui, wanted, name, egui::Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::ListItem, ui.is_enabled(), on, name)
    });
    if on {
        ui.painter().rect_filled(rect, 4, theme.sel);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 4, theme.row_hover);
    }
    focus_ring(ui, rect.shrink(1.0), &response);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let middle = rect.center().y;
    let at = |x: f32| egui::pos2(x, middle);
    let left = egui::Align2::LEFT_CENTER;
    let short: String = word.chars().take(7).collect();
    painter.text(
        at(rect.left() + 6.0),
        left,
        short,
        fonts::mono(size::SMALL),
        verb::color(theme, word),
    );
    let mut right = rect.right() - 6.0;
    if !detail.is_empty() {
        let color = match detail.split(' ').next().and_then(|of| of.parse().ok()) {
            Some(status) => tone(status).color(theme),
            None => theme.muted,
        };
        let font = fonts::body(size::SMALL);
        let drawn = painter.text(at(right), egui::Align2::RIGHT_CENTER, detail, font, color);
        right = drawn.left() - space::S;
    }
    let from = rect.left() + 62.0;
    let mut job = egui::text::LayoutJob::simple_singleline(
        text.to_owned(),
        fonts::body(size::BODY),
        theme.text,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width((right - from).max(0.0));
    let galley = painter.layout_job(job);
    let place = egui::pos2(from, middle - galley.size().y / 2.0);
    painter.galley(place, galley, theme.text);
    response.on_hover_text(name).clicked()
}

//! What the chosen API of the list is made of: its stages with their addresses, what is not deployed to the one that matters most,
//! and the methods that anybody may call.

use egui::{Grid, RichText, ScrollArea, Ui};

use super::list::Known;
use super::verb;
use crate::model::api::definition::Place;
use crate::model::api::standing::{Behind, Line, Standing};
use crate::model::api::{RestApi, stage_url};
use crate::model::difference::Change;
use crate::model::format;
use crate::route::{ApiTab, Route};
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::list::Around;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, copy_button};
use crate::ui::widgets::chip::{self, Tone};

/// So many lines of each part are shown; the rest is counted.
const MOST: usize = 5;

/// What the part keeps between frames.
#[derive(Default)]
pub struct Into {}

impl Into {
    /// Draws it.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        api: &RestApi,
        known: Option<&Known>,
        around: &Around<'_>,
        cx: &mut Cx<'_>,
    ) {
        let standing = match known {
            None => {
                ui.label(
                    RichText::new("How it stands is being worked out…").color(Theme::of(ui).muted),
                );
                return;
            }
            Some(Known::Unread(error)) => {
                ui.label(format!(
                    "How it stands could not be read: {}",
                    error.message
                ));
                return;
            }
            Some(Known::Is(standing)) => standing.clone(),
        };
        let third = ui.available_width() / 3.0;
        ui.horizontal_top(|ui| {
            for part in 0..3 {
                ui.allocate_ui(egui::vec2(third - space::S, ui.available_height()), |ui| {
                    ui.set_width(third - space::M);
                    ui.push_id(("into", part), |ui| {
                        ScrollArea::vertical()
                            .auto_shrink(false)
                            .show(ui, |ui| match part {
                                0 => stages(ui, api, &standing, around, cx),
                                1 => behind(ui, api, &standing, cx),
                                _ => open(ui, &standing),
                            });
                    });
                });
            }
        });
    }
}

fn title(ui: &mut Ui, words: &str, more: &str) {
    ui.label(RichText::new(words).font(fonts::semibold(size::BODY)));
    ui.label(RichText::new(more).color(Theme::of(ui).muted));
}

fn stages(ui: &mut Ui, api: &RestApi, standing: &Standing, around: &Around<'_>, cx: &mut Cx<'_>) {
    ui.horizontal(|ui| {
        title(ui, &api.name, "");
        ui.label(
            RichText::new(&api.id)
                .font(fonts::mono(size::SMALL))
                .color(Theme::of(ui).muted),
        );
    });
    if standing.stages.is_empty() {
        chip::state(ui, Tone::Warn, "no stage answers with it yet");
    }
    let endpoint = cx.connection.spec.endpoint.as_deref();
    Grid::new("stages of the row")
        .num_columns(4)
        .show(ui, |ui| {
            for stage in &standing.stages {
                ui.label(&stage.name);
                ui.label(RichText::new(&stage.deployment).font(fonts::mono(size::SMALL)));
                let age = stage
                    .deployed_at
                    .map(|at| format::age(at, around.now, around.zone));
                ui.label(RichText::new(age.unwrap_or_default()).color(Theme::of(ui).muted));
                let url = stage_url(&api.id, &cx.connection.region, &stage.name, endpoint);
                copy_button(ui, &format!("the URL of {}", stage.name), || url.clone())
                    .on_hover_text(&url);
                ui.end_row();
            }
        });
}

fn place(ui: &mut Ui, place: &Place) {
    verb::label(ui, &place.verb);
    ui.label(RichText::new(&place.path).font(fonts::mono(size::SMALL)));
}

fn behind(ui: &mut Ui, api: &RestApi, standing: &Standing, cx: &mut Cx<'_>) {
    let Some(stage) = standing.stages.first() else {
        return;
    };
    let lines = match &stage.behind {
        Behind::By(lines) => lines,
        Behind::Unread(why) => {
            title(ui, &format!("Not deployed to {}", stage.name), "not known");
            ui.label(format!(
                "What the stage answers with could not be read: {why}"
            ));
            return;
        }
    };
    ui.horizontal(|ui| {
        title(
            ui,
            &format!("Not deployed to {}", stage.name),
            &lines.len().to_string(),
        );
        let look = Button::new("Review").name("What would change").ghost();
        if !lines.is_empty() && look.show(ui).clicked() {
            cx.open(Route::api_tab(&api.id, ApiTab::Deploy));
        }
    });
    if lines.is_empty() {
        let words = format!("{} has what the API has", stage.name);
        ui.label(RichText::new(words).color(Theme::of(ui).muted));
    }
    for line in lines.iter().take(MOST) {
        ui.horizontal(|ui| {
            ui.label(line.change.sign());
            match &line.place {
                Some(at) => place(ui, at),
                None => {
                    ui.label(&line.name);
                }
            }
            ui.label(RichText::new(changed_words(line)).color(Theme::of(ui).muted));
        });
    }
    more(ui, lines.len());
}

fn changed_words(line: &Line) -> String {
    match line.change {
        Change::Added => "new".to_owned(),
        Change::Removed => "gone".to_owned(),
        Change::Changed => match line.fields {
            0 => String::new(),
            fields => format::counted(fields, "field"),
        },
    }
}

fn open(ui: &mut Ui, standing: &Standing) {
    ui.horizontal(|ui| {
        let count = format!(
            "{} of {}",
            standing.open.len(),
            format::counted(standing.methods, "method")
        );
        title(ui, "Open to the world", &count);
    });
    for at in standing.open.iter().take(MOST) {
        ui.horizontal(|ui| place(ui, at));
    }
    more(ui, standing.open.len());
}

fn more(ui: &mut Ui, count: usize) {
    if let Some(more) = count.checked_sub(MOST).filter(|more| *more > 0) {
        ui.label(RichText::new(format!("and {more} more")).color(Theme::of(ui).muted));
    }
}

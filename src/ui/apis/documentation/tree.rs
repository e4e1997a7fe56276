//! The tree of what can be described, with how much of it is; and the things of one place.

use egui::{Align2, Grid, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};

use super::super::verb;
use super::editor::PartEditor;
use crate::model::api::documentation::{Place, Thing, Tree, counted};
use crate::model::draft::part::PartValues;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::keyboard::focus_ring;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::text_field::TextField;

/// A place as it is called.
pub fn words(place: &Place) -> String {
    match place {
        Place::Api => "API".to_owned(),
        Place::Resource(path) => path.clone(),
        Place::Method(path, verb) => format!("{verb} {path}"),
        Place::Models => "Models".to_owned(),
        Place::Authorizers => "Authorizers".to_owned(),
        Place::Gone => "No longer in the API".to_owned(),
    }
}

/// The places in the order of the screen: the API, each path with its methods, and what belongs to none.
fn in_order(tree: &Tree) -> Vec<(&Place, &Vec<Thing>)> {
    let mut all: Vec<_> = tree.iter().collect();
    let rank = |place: &Place| match place {
        Place::Api => (0, String::new(), String::new()),
        Place::Resource(path) => (1, path.clone(), String::new()),
        Place::Method(path, verb) => (1, path.clone(), verb.clone()),
        Place::Models => (2, String::new(), String::new()),
        Place::Authorizers => (3, String::new(), String::new()),
        Place::Gone => (4, String::new(), String::new()),
    };
    all.sort_by_key(|(place, _)| rank(place));
    all
}

/// Draws it; a place that was pressed.
pub fn ui(
    ui: &mut Ui,
    tree: &Tree,
    chosen: Option<&Place>,
    gaps: &mut bool,
    filter: &mut String,
) -> Option<Place> {
    let theme = Theme::of(ui);
    let (described, all) = counted(tree.values().flatten());
    ui.horizontal(|ui| {
        TextField::new("Filter what is described", filter)
            .hint("filter")
            .width(110.0)
            .show(ui);
        let words = format!("Gaps {}", all - described);
        if Button::new(&words).selected(*gaps).show(ui).clicked() {
            *gaps = !*gaps;
        }
    });
    let words = format!("Described {described} of {all}");
    ui.label(RichText::new(words).color(theme.muted));
    let mut pressed = None;
    let wanted = filter.trim().to_lowercase();
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for (place, things) in in_order(tree) {
            let has_gap = things.iter().any(Thing::is_gap);
            let name = self::words(place);
            if (*gaps && !has_gap) || !name.to_lowercase().contains(&wanted) {
                continue;
            }
            let (described, all) = counted(things);
            let state = match (place, all) {
                (Place::Gone, _) => things.len().to_string(),
                (_, 0) => String::new(),
                (_, all) if all == described => "✓".to_owned(),
                _ => format!("{described} of {all}"),
            };
            let said = format!("{name}, {state}");
            let said = said.trim_end_matches([',', ' ']);
            if row(ui, place, &state, has_gap, said, chosen == Some(place)) {
                pressed = Some(place.clone());
            }
        }
    });
    pressed
}

/// One place: a path with its methods below it, and at the end how much is described.
fn row(ui: &mut Ui, place: &Place, state: &str, gap: bool, said: &str, on: bool) -> bool {
    let theme = Theme::of(ui);
    let size_of = vec2(ui.available_width(), 26.0);
    let (rect, response) = ui.allocate_exact_size(size_of, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), on, said));
    if let Some(fill) = theme.ground(on, response.hovered()) {
        ui.painter().rect_filled(rect, RADIUS, fill);
    }
    let inner = rect.shrink2(vec2(space::S, 0.0));
    let (indent, text, font, color) = match place {
        Place::Method(_, verb) => (
            space::L,
            verb.clone(),
            fonts::mono(size::SMALL),
            verb::color(theme, verb),
        ),
        Place::Resource(path) => (0.0, path.clone(), fonts::mono(size::SMALL), theme.text),
        other => (0.0, words(other), fonts::body(size::BODY), theme.text),
    };
    let tone = match (place, gap) {
        (Place::Gone, _) | (_, true) => theme.warn,
        _ if state == "✓" => theme.ok,
        _ => theme.muted,
    };
    let end = ui.painter().text(
        inner.right_center(),
        Align2::RIGHT_CENTER,
        state,
        fonts::body(size::SMALL),
        tone,
    );
    let clip = rect.with_max_x(end.left() - space::XS);
    ui.painter()
        .with_clip_rect(clip.intersect(ui.clip_rect()))
        .text(
            inner.left_center() + vec2(indent, 0.0),
            Align2::LEFT_CENTER,
            text,
            font,
            color,
        );
    focus_ring(ui, rect, &response);
    response.on_hover_text(said).clicked()
}

/// The things of a place with what is written; one that was pressed.
pub fn things(
    ui: &mut Ui,
    place: &Place,
    things: &[Thing],
    chosen: Option<&Thing>,
    editor: &PartEditor,
) -> Option<Thing> {
    let theme = Theme::of(ui);
    let (described, all) = counted(things);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(words(place)).font(fonts::semibold(size::HEADING)));
        let own = things.iter().filter(|thing| thing.is_own()).count();
        let above = things.iter().filter(|thing| thing.part.is_some()).count() - own;
        let words = match all {
            0 => format!("{own} of its own"),
            _ => format!(
                "{own} of its own, {above} from above, {} not described",
                all - described
            ),
        };
        ui.label(RichText::new(words).color(theme.muted));
    });
    let mut pressed = None;
    Grid::new("things")
        .num_columns(4)
        .spacing([space::L, space::XS])
        .show(ui, |ui| {
            for head in ["Part", "Name", "Description", "From"] {
                ui.label(RichText::new(head).color(theme.muted));
            }
            ui.end_row();
            for thing in things {
                let on = chosen.is_some_and(|chosen| chosen.location == thing.location);
                let at = &thing.location;
                let said = format!(
                    "{}{}",
                    at.words(),
                    if thing.part.is_some() {
                        ""
                    } else {
                        ", not described"
                    }
                );
                let row = Button::new(&at.kind).ghost().selected(on).name(&said);
                if row.show(ui).clicked() {
                    pressed = Some(thing.clone());
                }
                let name = [at.status.as_str(), at.name.as_str()];
                let name: Vec<&str> = name.into_iter().filter(|part| !part.is_empty()).collect();
                let mut name = RichText::new(name.join(" ")).font(fonts::mono(size::SMALL));
                if *place == Place::Gone {
                    name = RichText::new(at.words())
                        .font(fonts::mono(size::SMALL))
                        .strikethrough();
                }
                ui.label(name);
                description(ui, thing, editor);
                ui.label(RichText::new(thing.origin()).color(theme.muted));
                ui.end_row();
            }
        });
    pressed
}

fn description(ui: &mut Ui, thing: &Thing, editor: &PartEditor) {
    let theme = Theme::of(ui);
    let values = PartValues::of(thing.part.as_ref().map(|part| part.properties.as_str()));
    let (summary, description) = values.texts();
    let words = if description.is_empty() {
        summary
    } else {
        description
    };
    let line = words.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(80).collect();
    ui.horizontal(|ui| {
        if editor.has_draft(thing) {
            ui.label(RichText::new("●").color(theme.accent))
                .on_hover_text("Changed here, not applied");
        }
        match (&thing.part, cut.is_empty()) {
            (None, _) if thing.optional => ui.label(RichText::new("–").color(theme.muted)),
            (None, _) => ui.label(
                RichText::new(format!("{} not described", Icon::CIRCLE_DASHED)).color(theme.warn),
            ),
            (Some(_), true) => ui.label(RichText::new("no text").color(theme.muted)),
            (Some(_), false) => ui.label(cut).on_hover_text(words),
        };
    });
}

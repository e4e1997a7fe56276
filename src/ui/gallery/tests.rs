#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! What every widget must hold in every state, at three widths and in both themes: no text is cut off without
//! an ellipsis, no text lies on another, text stands out from its ground, and every control has a name. Read from what is
//! really painted, so that neither a display nor a graphics card is needed.

use std::sync::Arc;

use egui::{Color32, Rect, Role, Shape, Ui, epaint::ClippedShape, epaint::TextShape};
use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT, Queryable};

use super::*;
use crate::command::Command;
use crate::model::connection::ConnectionSpec;
use crate::model::format::Zone;
use crate::store::{BoxFuture, Event, Outbox};
use crate::ui::cx::{ConnectionView, Message};
use crate::ui::theme::{DARK, LIGHT, Theme, tests::contrast};

/// Nothing is fetched here.
struct Nowhere;

impl Outbox for Nowhere {
    fn send(&self, _event: Event) -> BoxFuture<()> {
        Box::pin(async {})
    }
}

struct Page {
    gallery: Gallery,
    store: CloudStore,
    settings: Settings,
    connection: ConnectionView,
    command: Option<Command>,
    messages: Vec<Message>,
    route: Route,
}

fn show(ui: &mut Ui, page: &mut Page) {
    let mut cx = Cx {
        store: &mut page.store,
        settings: &mut page.settings,
        connection: &page.connection,
        now: 1_795_000_000_000,
        zone: &Zone::Utc,
        active: true,
        command: &mut page.command,
        messages: &mut page.messages,
    };
    page.gallery.ui(ui, &page.route, &mut cx);
}

fn page(section: &str, width: f32, theme: egui::Theme) -> Harness<'static, Page> {
    let page = Page {
        gallery: Gallery::default(),
        store: CloudStore::new(Arc::new(Nowhere), Arc::new(|| {})),
        settings: Settings::in_memory(),
        connection: ConnectionView {
            place: String::new(),
            spec: ConnectionSpec::of_profile("shop-prod"),
            region: "eu-west-1".to_owned(),
            identity: None,
        },
        command: None,
        messages: Vec::new(),
        route: Route::Gallery {
            section: section.to_owned(),
        },
    };
    let mut harness = Harness::builder()
        // High enough for a whole section: what is scrolled out of sight is not painted.
        .with_size([width, 3_000.0])
        .with_step_dt(1.0 / 60.0)
        .with_max_steps(60)
        .with_context_setup(crate::ui::dress)
        .with_theme(theme)
        .build_ui_state(show, page);
    harness.run();
    harness
}

/// Sections that stand on the page, and not over it.
fn flat() -> impl Iterator<Item = &'static str> {
    let over = ["toasts", "confirm", "palette", "file"];
    let slugs = SECTIONS.iter().map(|section| section.slug);
    slugs.filter(move |slug| !over.contains(slug))
}

/// A text as it is painted: its words, where they are, what part of that is seen, its colours, and the ground under it.
struct Painted {
    words: String,
    rect: Rect,
    clip: Rect,
    colors: Vec<Color32>,
    ground: Color32,
    elided: bool,
}

/// Walks over what was painted, in its order, and looks for each text what was last filled under its middle.
fn painted(shapes: &[ClippedShape], page: Color32) -> Vec<Painted> {
    let mut grounds: Vec<(Rect, Color32)> = Vec::new();
    let mut texts = Vec::new();
    for clipped in shapes {
        walk(
            &clipped.shape,
            clipped.clip_rect,
            page,
            &mut grounds,
            &mut texts,
        );
    }
    texts
}

fn walk(
    shape: &Shape,
    clip: Rect,
    page: Color32,
    grounds: &mut Vec<(Rect, Color32)>,
    texts: &mut Vec<Painted>,
) {
    match shape {
        Shape::Vec(shapes) => {
            for shape in shapes {
                walk(shape, clip, page, grounds, texts);
            }
        }
        Shape::Rect(rect) if rect.fill.a() == 255 => {
            grounds.push((rect.rect.intersect(clip), rect.fill));
        }
        Shape::Text(text) => {
            let rect = text.visual_bounding_rect();
            let seen = rect.intersect(clip);
            let words = text.galley.text().trim();
            if !seen.is_positive() || words.is_empty() {
                return;
            }
            let mut under = grounds.iter().rev();
            let ground = under.find(|(ground, _)| ground.contains(seen.center()));
            texts.push(Painted {
                words: words.to_owned(),
                rect,
                clip,
                colors: colors(text),
                ground: ground.map_or(page, |(_, fill)| *fill),
                elided: text.galley.elided,
            });
        }
        _ => {}
    }
}

/// The colours of a text; those that shine through are left out: what is disabled may be faint.
fn colors(text: &TextShape) -> Vec<Color32> {
    if let Some(color) = text.override_text_color {
        return [color]
            .into_iter()
            .filter(|color| color.a() == 255)
            .collect();
    }
    let sections = text.galley.job.sections.iter();
    let of = |color: Color32| match color {
        Color32::PLACEHOLDER => text.fallback_color,
        color => color,
    };
    sections
        .map(|section| of(section.format.color))
        .filter(|color| color.a() == 255 && text.opacity_factor >= 1.0)
        .collect()
}

/// A sign of the icon font or a star: a mark, and no text.
fn is_mark(words: &str) -> bool {
    let sign = |c: char| ('\u{e000}'..='\u{f8ff}').contains(&c) || "★☆●✓◆▲–…·".contains(c);
    words.chars().all(|c| sign(c) || c.is_whitespace())
}

fn each(check: impl Fn(&Harness<'_, Page>, &[Painted]) -> Vec<String>) {
    let mut wrong = Vec::new();
    for slug in flat() {
        for (name, theme) in [(egui::Theme::Dark, &DARK), (egui::Theme::Light, &LIGHT)] {
            for width in [372.0, 720.0, 1_264.0] {
                let harness = page(slug, width, name);
                assert_eq!(Theme::of_ctx(&harness.ctx).dark, theme.dark);
                let texts = painted(&harness.output().shapes, theme.bg);
                assert!(texts.len() > 3, "{slug} at {width} paints next to nothing");
                let said = check(&harness, &texts);
                let place = format!("{slug} at {width}, {name:?}");
                wrong.extend(said.into_iter().map(|said| format!("{place}: {said}")));
            }
        }
    }
    wrong.dedup();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn no_text_is_cut_off_without_an_ellipsis() {
    each(|_, texts| {
        let cut = texts.iter().filter(|text| {
            let (rect, clip) = (text.rect, text.clip);
            rect.left() < clip.left() - 1.0 || rect.right() > clip.right() + 1.0
        });
        cut.map(|text| format!("{:?} {:?} in {:?}", text.words, text.rect, text.clip))
            .collect()
    });
}

#[test]
fn no_text_lies_on_another() {
    each(|_, texts| {
        let mut wrong = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            for other in &texts[at + 1..] {
                let rect = |text: &Painted| text.rect.intersect(text.clip).shrink(1.0);
                if rect(text).intersect(rect(other)).is_positive() {
                    wrong.push(format!("{:?} and {:?}", text.words, other.words));
                }
            }
        }
        wrong
    });
}

#[test]
fn text_stands_out_from_its_ground_and_marks_do_too() {
    each(|_, texts| {
        let mut wrong = Vec::new();
        for text in texts {
            let least = if is_mark(&text.words) { 3.0 } else { 4.5 };
            for color in &text.colors {
                let ratio = contrast(*color, text.ground);
                if ratio < least {
                    let (words, ground) = (&text.words, text.ground);
                    wrong.push(format!("{words:?} {ratio:.2}: {color:?} on {ground:?}"));
                }
            }
        }
        wrong
    });
}

#[test]
fn every_control_has_a_name() {
    each(|harness, _| {
        let controls = [
            Role::Button,
            Role::CheckBox,
            Role::RadioButton,
            Role::Tab,
            Role::TextInput,
            Role::MultilineTextInput,
            Role::Row,
            Role::ColumnHeader,
        ];
        let nameless = harness.query_all(By::new()).filter(|node| {
            let node = node.accesskit_node();
            controls.contains(&node.role()) && node.label().is_none_or(|label| label.is_empty())
        });
        nameless
            .map(|node| format!("{:?} at {:?}", node.accesskit_node().role(), node.rect()))
            .collect()
    });
}

#[test]
fn the_checks_find_what_they_are_for() {
    let mut harness = Harness::builder()
        .with_size([200.0, 100.0])
        .with_context_setup(crate::ui::dress)
        .build_ui(|ui| {
            let theme = Theme::of(ui);
            let text = |at: f32, color| {
                let at = egui::pos2(at, 20.0);
                let words = "Words that are far too long for this place".to_owned();
                let font = crate::ui::fonts::body(13.0);
                let galley = ui.painter().layout_no_wrap(words, font, color);
                ui.painter().galley(at, galley, color);
            };
            text(10.0, theme.text);
            text(14.0, theme.line);
        });
    harness.run();
    let theme = Theme::of_ctx(&harness.ctx);
    let texts = painted(&harness.output().shapes, theme.bg);
    assert_eq!(texts.len(), 2);
    assert!(
        texts
            .iter()
            .all(|text| text.rect.right() > text.clip.right() + 1.0)
    );
    assert!(!texts[0].elided);
    assert!(contrast(texts[1].colors[0], texts[1].ground) < 3.0);
    assert!(texts[0].rect.intersects(texts[1].rect));
}

#[test]
fn what_stands_over_the_window_opens_by_its_route() {
    for (slug, role, name) in [
        ("toasts", Role::Label, "ARN copied"),
        ("confirm", Role::Button, "Delete function"),
        ("palette", Role::TextInput, "Search everything"),
    ] {
        for width in [420.0, 1_024.0] {
            let harness = page(slug, width, egui::Theme::Dark);
            let found = harness.query_all(By::new()).any(|node| {
                let node = node.accesskit_node();
                let words = [node.label(), node.value()];
                node.role() == role && words.iter().flatten().any(|words| words == name)
            });
            assert!(found, "{slug} at {width}");
        }
    }
}

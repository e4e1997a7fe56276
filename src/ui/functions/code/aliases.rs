//! The aliases of a function beside its versions: what their callers get, whether that is the newest, and moving them.

use std::sync::Arc;

use egui::{Label, RichText, Ui};

use crate::cloud::lambda::alias::MoveAlias;
use crate::cloud::lambda::related::ListAliases;
use crate::model::function::{Alias, Function, Version, newest};
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::state;

/// Draws them; nothing where there are none.
pub fn ui(ui: &mut Ui, function: &Function, versions: &[Version], cx: &mut Cx<'_>) {
    let query = ListAliases {
        name: function.name.clone(),
    };
    let known = cx.store.want(&query, cx.now);
    if let Some(error) = &known.error
        && state::error_line(ui, error).retry
    {
        cx.store.refresh();
    }
    let Some(aliases) = known.value.filter(|aliases| !aliases.is_empty()) else {
        return;
    };
    ui.label(RichText::new("Aliases").font(fonts::semibold(size::BODY)));
    let may = cx.may_write();
    let mut moved = None;
    for alias in aliases.iter() {
        if let Some(to) = one(ui, alias, versions, may) {
            moved = Some((alias.clone(), to));
        }
    }
    unpublished(ui, function, versions);
    ui.add_space(space::S);
    if let Some((alias, to)) = moved {
        cx.review(Arc::new(MoveAlias {
            function: function.name.clone(),
            alias,
            to,
            additional: None,
            undoing: false,
            context: cx.connection.cli(),
        }));
    }
}

/// One alias; the version that it is to be moved to.
fn one(
    ui: &mut Ui,
    alias: &Alias,
    versions: &[Version],
    may: Result<(), &'static str>,
) -> Option<String> {
    let theme = Theme::of(ui);
    let mut to = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.label(RichText::new(&alias.name).font(fonts::mono(size::BODY)))
            .on_hover_text(&alias.description);
        let version = match &alias.additional {
            None => format!("version {}", alias.version),
            Some(_) => format!("versions {}", alias.routing()),
        };
        ui.label(version);
        let missed = alias.misses(versions);
        if let Some(missed) = missed {
            glyph(ui, Icon::TRIANGLE_ALERT, 14.0, theme.warn);
            let words = format!("its callers don't get version {}", missed.version);
            ui.label(words);
            let text = format!("Move to {}…", missed.version);
            let name = format!("Move {} to version {}", alias.name, missed.version);
            let button = Button::new(&text).name(&name).available(may);
            if button.show(ui).clicked() {
                to = Some(missed.version.clone());
            }
        }
        let name = format!("Move {} to", alias.name);
        let text = if missed.is_some() {
            "Another version"
        } else {
            "Move"
        };
        if may.is_ok() {
            drop_down(ui, &name, text, |ui| {
                for version in versions.iter().rev() {
                    let on = version.version == alias.version;
                    if entry(ui, on, &version.version, &version.description) && !on {
                        to = Some(version.version.clone());
                    }
                }
            });
        }
    });
    to
}

/// No alias can serve code that was never published.
fn unpublished(ui: &mut Ui, function: &Function, versions: &[Version]) {
    let theme = Theme::of(ui);
    let newest = newest(versions);
    let same = newest.is_some_and(|newest| newest.code_sha256 == function.code_sha256);
    if same || function.code_sha256.is_empty() {
        return;
    }
    let words = match newest {
        Some(newest) => format!(
            "$LATEST has other code than version {}, the newest: no alias serves it until it is published.",
            newest.version
        ),
        None => "Nothing is published yet: no alias can serve this code.".to_owned(),
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        glyph(ui, Icon::INFO, 14.0, theme.muted);
        ui.add(Label::new(RichText::new(words).color(theme.muted)).wrap());
    });
}

//! What is invoked: `$LATEST`, an alias or a version. Reads both lists; knows nothing of the event.

use std::sync::Arc;

use egui::{RichText, Ui};

use crate::cloud::lambda::related::{ListAliases, ListVersions};
use crate::store::{Loadable, Query};
use crate::ui::cx::Cx;
use crate::ui::theme::Theme;
use crate::ui::widgets::drop_down::entry;

/// The aliases and versions of one function, and which is chosen.
pub struct Qualifiers<'a> {
    current: Option<&'a str>,
    aliases: Loadable<Output<ListAliases>>,
    versions: Loadable<Output<ListVersions>>,
}

type Output<Q> = <Q as Query<crate::cloud::Cloud>>::Output;

impl<'a> Qualifiers<'a> {
    /// What is known of them now.
    pub fn of(name: &str, current: Option<&'a str>, cx: &mut Cx<'_>) -> Self {
        let name = || name.to_owned();
        Self {
            current,
            aliases: cx.store.want(&ListAliases { name: name() }, cx.now),
            versions: cx.store.want(&ListVersions { name: name() }, cx.now),
        }
    }

    /// The entries; gives back the one that was chosen, where `None` is `$LATEST`.
    pub fn menu(&self, ui: &mut Ui) -> Option<Option<String>> {
        let mut chosen = None;
        if entry(ui, self.current.is_none(), "$LATEST", "the newest code") {
            chosen = Some(None);
        }
        let aliases = self.aliases.shown().map(Arc::as_ref);
        for alias in aliases.into_iter().flatten() {
            let on = self.current == Some(&alias.name);
            if entry(ui, on, &alias.name, &alias.routing()) {
                chosen = Some(Some(alias.name.clone()));
            }
        }
        let versions = self.versions.shown().map(Arc::as_ref);
        let numbered = versions.into_iter().flatten();
        for version in numbered.filter(|version| version.version != "$LATEST") {
            let on = self.current == Some(&version.version);
            if entry(ui, on, &version.version, &version.description) {
                chosen = Some(Some(version.version.clone()));
            }
        }
        let errors = [&self.aliases.error, &self.versions.error];
        for error in errors.into_iter().flatten() {
            let theme = Theme::of(ui);
            let color = if error.is_fault() {
                theme.err
            } else {
                theme.muted
            };
            ui.label(RichText::new(error.headline()).color(color))
                .on_hover_text(error.to_string());
        }
        chosen
    }
}

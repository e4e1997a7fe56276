//! The functions that a person marked: kept by account and region, and the same for the list and for a function's head.
//!
//! They live in egui's memory while the window runs, so that every panel sees the same set without reading the settings
//! on each frame.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Context, Id};

use crate::ui::cx::{ConnectionView, Cx};

/// The favourites of one account in one region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Favourites {
    key: String,
    names: BTreeSet<String>,
    /// Grows with every change: what was derived from the set is compared with it.
    pub version: u64,
}

impl Favourites {
    /// Those of the connection that is shown.
    pub fn of(ctx: &Context, cx: &Cx<'_>) -> Arc<Self> {
        let id = Id::unique("favourite functions");
        let kept: Option<Arc<Self>> = ctx.data(|data| data.get_temp(id));
        let place = place(cx.connection);
        if let Some(kept) = &kept
            && same_place(&kept.key, &place)
        {
            return kept.clone();
        }
        let key = format!("favourites.{}.{}", place.0, place.1);
        let names = cx
            .settings
            .get::<BTreeSet<String>>(&key)
            .unwrap_or_default();
        let version = kept.map_or(0, |kept| kept.version + 1);
        let loaded = Arc::new(Self {
            key,
            names,
            version,
        });
        ctx.data_mut(|data| data.insert_temp(id, loaded.clone()));
        loaded
    }

    /// Whether the function is one.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Marks the function, or takes the mark away.
    pub fn toggle(&self, ctx: &Context, cx: &mut Cx<'_>, name: &str) {
        let mut changed = self.clone();
        if !changed.names.remove(name) {
            changed.names.insert(name.to_owned());
        }
        changed.version += 1;
        cx.settings.set(&changed.key, &changed.names);
        let id = Id::unique("favourite functions");
        ctx.data_mut(|data| data.insert_temp(id, Arc::new(changed)));
    }
}

/// The account once it is known, and until then the connection's name; and the region.
fn place(connection: &ConnectionView) -> (&str, &str) {
    let account = connection
        .identity
        .as_ref()
        .map(|identity| identity.account.as_str())
        .filter(|account| !account.is_empty());
    (account.unwrap_or(&connection.spec.name), &connection.region)
}

/// Without making a text on every frame.
fn same_place(key: &str, (account, region): &(&str, &str)) -> bool {
    key.strip_prefix("favourites.")
        .and_then(|rest| rest.strip_prefix(account))
        .and_then(|rest| rest.strip_prefix('.'))
        == Some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_belongs_to_one_account_in_one_region() {
        assert!(same_place(
            "favourites.123.eu-west-1",
            &("123", "eu-west-1")
        ));
        assert!(!same_place(
            "favourites.123.eu-west-1",
            &("123", "eu-west-2")
        ));
        assert!(!same_place(
            "favourites.123.eu-west-1",
            &("12", "eu-west-1")
        ));
    }
}

//! The rows that a person marked: kept by account, region and endpoint, and the same for a list and for the head of what it opens.
//!
//! They live in egui's memory while the window runs, so that every panel sees the same set without reading the settings
//! on each frame.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Context, Id};

use crate::settings::key_at;
use crate::ui::cx::{ConnectionView, Cx};

/// The favourites of one kind, of one account in one region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Favourites {
    kind: &'static str,
    key: String,
    names: BTreeSet<String>,
    /// Grows with every change: what was derived from the set is compared with it.
    pub version: u64,
}

impl Favourites {
    /// Those of this kind on the connection that is shown.
    pub fn of(ctx: &Context, cx: &Cx<'_>, kind: &'static str) -> Arc<Self> {
        let id = place_in_memory(kind);
        let kept: Option<Arc<Self>> = ctx.data(|data| data.get_temp(id));
        let place = place(cx.connection);
        if let Some(kept) = &kept
            && same_place(&kept.key, kind, &place)
        {
            return kept.clone();
        }
        let key = key_at(&format!("{kind}.{}.{}", place.0, place.1), place.2);
        let names = cx
            .settings
            .get::<BTreeSet<String>>(&key)
            .unwrap_or_default();
        let version = kept.map_or(0, |kept| kept.version + 1);
        let loaded = Arc::new(Self {
            kind,
            key,
            names,
            version,
        });
        ctx.data_mut(|data| data.insert_temp(id, loaded.clone()));
        loaded
    }

    /// These names, wherever.
    #[cfg(test)]
    pub fn for_tests(names: &[&str]) -> Self {
        Self {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// Whether the row is one.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Marks the row, or takes the mark away.
    pub fn toggle(&self, ctx: &Context, cx: &mut Cx<'_>, name: &str) {
        let mut changed = self.clone();
        if !changed.names.remove(name) {
            changed.names.insert(name.to_owned());
        }
        changed.version += 1;
        cx.settings.set(&changed.key, &changed.names);
        let id = place_in_memory(self.kind);
        ctx.data_mut(|data| data.insert_temp(id, Arc::new(changed)));
    }
}

fn place_in_memory(kind: &'static str) -> Id {
    Id::unique("favourites").with(kind)
}

/// The account once it is known, and until then the connection's name; the region; and whose it is, see [`key_at`].
fn place(connection: &ConnectionView) -> (&str, &str, &str) {
    let account = connection
        .identity
        .as_ref()
        .map(|identity| identity.account.as_str())
        .filter(|account| !account.is_empty());
    let account = account.unwrap_or(&connection.spec.name);
    (account, &connection.region, &connection.place)
}

/// Without making a text on every frame.
fn same_place(key: &str, kind: &str, (account, region, place): &(&str, &str, &str)) -> bool {
    let key = match *place {
        "" => Some(key),
        place => key
            .strip_suffix(place)
            .and_then(|rest| rest.strip_suffix('@')),
    };
    key.and_then(|key| key.strip_prefix(kind))
        .and_then(|rest| rest.strip_prefix('.'))
        .and_then(|rest| rest.strip_prefix(account))
        .and_then(|rest| rest.strip_prefix('.'))
        == Some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_belongs_to_one_kind_of_one_account_in_one_region() {
        let key = "favourites.123.eu-west-1";
        let same = |kind, account, region| same_place(key, kind, &(account, region, ""));
        assert!(same("favourites", "123", "eu-west-1"));
        assert!(!same("favourites", "123", "eu-west-2"));
        assert!(!same("favourites", "12", "eu-west-1"));
        assert!(!same("favourite-apis", "123", "eu-west-1"));
        let there = ("123", "eu-west-1", "http://127.0.0.1:1");
        assert!(!same_place(key, "favourites", &there));
        let its_own = "favourites.123.eu-west-1@http://127.0.0.1:1";
        assert!(same_place(its_own, "favourites", &there));
        assert!(!same_place(
            its_own,
            "favourites",
            &("123", "eu-west-1", "")
        ));
    }
}

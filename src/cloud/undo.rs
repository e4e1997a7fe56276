//! Takes a change back: the journal's `Undo` values as actions.

use std::sync::Arc;

use super::Cloud;
use super::lambda::tags::ChangeTags;
use crate::model::undo::Undo;
use crate::store::Action;

/// The action that takes `undo` back, where this version knows how to.
pub fn action(undo: &Undo) -> Option<Arc<dyn Action<Cloud>>> {
    match undo {
        Undo::Configuration { .. } => None,
        Undo::Tags {
            resource,
            set,
            remove,
        } => {
            let name = resource.rsplit(':').next().unwrap_or(resource);
            Some(Arc::new(ChangeTags::undo(name, resource, set, remove)))
        }
    }
}

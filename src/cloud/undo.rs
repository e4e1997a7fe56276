//! Takes a change back: the journal's `Undo` values as actions.

use std::sync::Arc;

use super::Cloud;
use super::lambda::configuration::Restore;
use super::lambda::tags::ChangeTags;
use crate::model::undo::Undo;
use crate::store::Action;

/// The action that takes the change of `target` (an ARN) back, where this version knows how to.
pub fn action(undo: &Undo, target: &str) -> Option<Arc<dyn Action<Cloud>>> {
    match undo {
        Undo::Configuration { function, before } => {
            Some(Arc::new(Restore::new(function, target, before)))
        }
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

//! Takes a change back: the journal's `Undo` values as actions.

use std::sync::Arc;

use super::Cloud;
use super::lambda::configuration::Restore;
use super::lambda::tags::ChangeTags;
use crate::model::cli::CliContext;
use crate::model::undo::Undo;
use crate::store::Action;
use crate::store::journal::Record;

/// The action that takes the change of `record` back, where this version knows how to.
pub fn action(undo: &Undo, record: &Record, context: CliContext) -> Option<Arc<dyn Action<Cloud>>> {
    match undo {
        Undo::Configuration { function, before } => Some(Arc::new(Restore::new(
            function,
            &record.target,
            before,
            &record.differences,
            context,
        ))),
        Undo::Tags {
            resource,
            set,
            remove,
        } => {
            let name = resource.rsplit(':').next().unwrap_or(resource);
            let change = ChangeTags::undo(name, resource, set, remove);
            Some(Arc::new(ChangeTags { context, ..change }))
        }
    }
}

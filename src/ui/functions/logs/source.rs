//! Where the lines come from: a tail of the function's log group, or a search.

use super::bar::Bar;
use crate::cloud::lambda::function::GetFunction;
use crate::cloud::logs::{LogSearch, LogTail};
use crate::ui::cx::Cx;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The log as it is written.
    Tail(LogTail),
    /// What a search found.
    Search(LogSearch),
}

impl Source {
    /// What the bar asks for; none until it is known which group the function writes to.
    pub fn of(name: &str, bar: &mut Bar, cx: &mut Cx<'_>) -> Option<Self> {
        let known = cx.store.want(&GetFunction::latest(name), cx.now);
        let group = match known.shown() {
            Some(detail) => detail.function.log_group(),
            // Whoever may not read the function may still read its log, at its usual place.
            None if known.error.is_some() => format!("/aws/lambda/{name}"),
            None => return None,
        };
        bar.begin(&group, cx);
        if let Some(search) = &bar.search {
            return Some(Self::Search(search.clone()));
        }
        Some(Self::Tail(LogTail {
            group,
            since: bar.since,
            live_tail: bar.live_tail,
        }))
    }
}

//! One pass over a stretch of a log, page by page, oldest first.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>.

use aws_sdk_cloudwatchlogs::Client;

use super::{Event, Identities};
use crate::cloud::error::from_sdk;
use crate::model::error::CloudError;

const OPERATION: &str = "FilterLogEvents";

/// Pages without an event that are read in a row before the pass is given up: a token that leads nowhere must not keep
/// a window busy for ever. AWS itself answers empty pages where it looked and found nothing.
const EMPTY_PAGES: usize = 2_000;

/// What a pass reads, and how far it has come.
pub(super) struct Pass<'a> {
    client: &'a Client,
    group: &'a str,
    pattern: Option<&'a str>,
    start: i64,
    end: Option<i64>,
    token: Option<String>,
    begun: bool,
    empty: usize,
    identities: Identities,
}

impl<'a> Pass<'a> {
    /// From `start` (ms since 1970, included) to what is there now.
    pub fn new(client: &'a Client, group: &'a str, start: i64) -> Self {
        Self {
            client,
            group,
            pattern: None,
            start,
            end: None,
            token: None,
            begun: false,
            empty: 0,
            identities: Identities::default(),
        }
    }

    /// Up to `end` (ms since 1970), and only what a CloudWatch filter pattern lets through; an empty one lets all.
    pub fn matching(mut self, pattern: &'a str, end: i64) -> Self {
        self.pattern = Some(pattern).filter(|pattern| !pattern.trim().is_empty());
        self.end = Some(end);
        self
    }

    /// The next events; none when the pass is over. A page may be empty and others follow.
    pub async fn next(&mut self) -> Result<Option<Vec<Event>>, CloudError> {
        if self.begun && self.token.is_none() || self.empty > EMPTY_PAGES {
            return Ok(None);
        }
        let answer = self
            .client
            .filter_log_events()
            .log_group_name(self.group)
            .start_time(self.start.max(0))
            .set_end_time(self.end)
            .set_filter_pattern(self.pattern.map(str::to_owned))
            .set_next_token(self.token.clone())
            .send()
            .await
            .map_err(|error| from_sdk(OPERATION, self.group, error))?;
        self.begun = true;
        // A token that comes back unchanged is an end for some endpoints.
        let token = answer.next_token().map(str::to_owned);
        self.token = token.filter(|token| self.token.as_ref() != Some(token));
        let events: Vec<Event> = answer
            .events()
            .iter()
            .map(|event| {
                self.identities.event(
                    event.log_stream_name(),
                    event.message(),
                    event.timestamp(),
                    event.ingestion_time(),
                )
            })
            .collect();
        self.empty = if events.is_empty() { self.empty + 1 } else { 0 };
        Ok(Some(events))
    }
}

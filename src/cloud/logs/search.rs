//! A search on the server: a CloudWatch filter pattern over a stretch of time.

use std::sync::Arc;
use std::time::Duration;

use super::read::Pass;
use super::{EVENTS_A_PAGE, Event, add};
use crate::cloud::Cloud;
use crate::model::error::CloudError;
use crate::model::log::LogBuffer;
use crate::store::{Pages, Query};

/// Events after which a search ends by itself: more is no help to a person who reads.
const MOST: usize = 10_000;

/// What is searched for, where and when.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogSearch {
    /// The log group's name.
    pub group: String,
    /// CloudWatch's filter pattern; empty for all events.
    /// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>.
    pub pattern: String,
    /// From, ms since 1970.
    pub start: i64,
    /// To, ms since 1970.
    pub end: i64,
}

/// What a search has found so far, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The events.
    pub buffer: LogBuffer,
    /// There is more than is shown.
    pub cut: bool,
    incoming: Vec<Event>,
}

impl Query<Cloud> for LogSearch {
    type Output = Found;

    fn service(&self) -> &'static str {
        "logs"
    }

    fn ttl(&self) -> Duration {
        // What is past stays as it was; nobody wants a long search to run again by itself.
        Duration::from_secs(24 * 3_600)
    }

    fn append(so_far: &mut Found, page: Found) {
        add(&mut so_far.buffer, &page.incoming);
        so_far.cut |= page.cut;
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Found>) -> Result<(), CloudError> {
        // The first page is kept as it is; the others are added to it.
        pages.send(Found::default()).await;
        let client = cloud.logs().await?;
        let mut pass =
            Pass::new(&client, &self.group, self.start).matching(&self.pattern, self.end);
        let mut count = 0;
        while let Some(events) = pass.next().await? {
            for part in events.chunks(EVENTS_A_PAGE) {
                count += part.len();
                let cut = count >= MOST;
                let incoming = part.to_vec();
                let page = Found {
                    incoming,
                    cut,
                    ..Found::default()
                };
                pages.send(page).await;
                if cut {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

//! A group's log as it is written: first what is there, then what comes, by Live Tail or by asking again and again.
//!
//! A break is taken up again a little before the newest line: what had come is recognised and left out. A tail says how it
//! follows and why; only what a person must act on (no permission, no such region) ends it with an error.
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html>.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::{LiveTailSessionUpdate, StartLiveTailResponseStream};

use super::read::Pass;
use super::{EVENTS_A_PAGE, Event, Identities, add};
use crate::cloud::Cloud;
use crate::cloud::error::{from_sdk, from_stream};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::log::LogBuffer;
use crate::store::{Heard, Pages, Query};
use tokio::time::Instant;

/// How often a group is asked for new events.
pub const POLL: Duration = Duration::from_millis(if cfg!(test) { 30 } else { 3_000 });
/// How long a tail waits at most, when it is throttled or the connection is gone.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The same for an endpoint on this machine, where a try costs nothing.
const LONGEST_WAIT_NEAR: Duration = Duration::from_secs(10);
/// How often it is looked whether a group that was not there has come.
const MISSING: Duration = Duration::from_millis(if cfg!(test) { 30 } else { 5_000 });
/// Events may arrive this much later than others that were written after them, ms.
const OVERLAP_MS: i64 = 10_000;
/// How long it is waited at least before another session is started.
const BETWEEN_SESSIONS: Duration = Duration::from_secs(1);
/// Sessions that broke without having brought anything, after which polling is used instead.
const FAILED_SESSIONS: u32 = 3;

/// The log of a group since a time, and all that comes. It never ends by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogTail {
    /// The log group's name.
    pub group: String,
    /// From, ms since 1970.
    pub since: i64,
    /// Follow by Live Tail, which AWS bills by the minute, where the endpoint offers it.
    pub live_tail: bool,
}

/// How a tail follows now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// It reads what is there.
    #[default]
    Reading,
    /// Events are pushed.
    LiveTail,
    /// The group is asked every few seconds; see [`POLL`].
    Polling,
    /// There is no such group: it is looked for from time to time.
    Missing,
    /// It is interrupted and tries again.
    Waiting,
}

/// What a tail has brought so far.
#[derive(Debug, Clone, Default)]
pub struct Tail {
    /// The lines.
    pub buffer: LogBuffer,
    /// How it follows.
    pub mode: Mode,
    /// Why it follows in this way, or what it waits for; empty when there is nothing to say.
    pub note: String,
    /// What was there has been read to its end.
    pub caught_up: bool,
    /// Live Tail leaves events out, as there are more than 500 in a second; they are being read.
    pub sampled: bool,
    incoming: Vec<Event>,
    heard: Says,
}

/// What a page says of the other side.
#[derive(Debug, Clone, Default)]
enum Says {
    /// It tells what is being done here.
    #[default]
    Nothing,
    /// Something was answered.
    Answered,
    /// Nothing was, and it is tried again.
    Failed(CloudError),
}

impl Query<Cloud> for LogTail {
    type Output = Tail;

    fn service(&self) -> &'static str {
        // Tails hold their permit for hours, and must not hold up the reads.
        "logs-tail"
    }

    fn is_live(&self) -> bool {
        true
    }

    fn heard(page: &Tail) -> Heard {
        match &page.heard {
            Says::Nothing => Heard::Nothing,
            Says::Answered => Heard::Answer,
            Says::Failed(error) => Heard::Failure(Box::new(error.clone())),
        }
    }

    fn append(so_far: &mut Tail, page: Tail) {
        add(&mut so_far.buffer, &page.incoming);
        so_far.mode = page.mode;
        so_far.note = page.note;
        so_far.caught_up |= page.caught_up;
        so_far.sampled = page.sampled;
    }

    async fn fetch(self, cloud: Arc<Cloud>, mut pages: Pages<Tail>) -> Result<(), CloudError> {
        let resume = pages.resume();
        let latest = resume.and_then(|tail| tail.buffer.latest());
        let caught_up = resume.is_some_and(|tail| tail.caught_up);
        pages.forget_resume();
        let mut follower = Follower {
            client: cloud.logs().await?,
            group: self.group,
            since: self.since,
            latest,
            pages,
            caught_up,
            sampled: false,
            note: String::new(),
            longest_wait: match cloud.spec().is_local() {
                true => LONGEST_WAIT_NEAR,
                false => LONGEST_WAIT,
            },
        };
        // The first page is kept as it is; the others are added to it.
        follower.tell(Mode::Reading, Says::Nothing).await;
        follower.read().await?;
        if self.live_tail {
            follower.live(&cloud).await?;
        }
        follower.poll().await
    }
}

/// A tail at work.
struct Follower {
    client: Client,
    group: String,
    since: i64,
    /// The newest time that was seen.
    latest: Option<i64>,
    pages: Pages<Tail>,
    caught_up: bool,
    sampled: bool,
    note: String,
    longest_wait: Duration,
}

impl Follower {
    /// Says how it follows, after something was answered.
    async fn say(&self, mode: Mode) {
        self.tell(mode, Says::Answered).await;
    }

    async fn tell(&self, mode: Mode, heard: Says) {
        self.page(mode, Vec::new(), heard).await;
    }

    async fn page(&self, mode: Mode, incoming: Vec<Event>, heard: Says) {
        let page = Tail {
            heard,
            mode,
            incoming,
            note: self.note.clone(),
            caught_up: self.caught_up,
            sampled: self.sampled,
            buffer: LogBuffer::default(),
        };
        self.pages.send(page).await;
    }

    async fn bring(&mut self, mode: Mode, events: Vec<Event>) {
        let newest = events.iter().map(|event| event.time).max();
        self.latest = self.latest.max(newest);
        for part in events.chunks(EVENTS_A_PAGE) {
            self.page(mode, part.to_vec(), Says::Answered).await;
        }
    }

    /// Where the next pass begins: a little before the newest line. This machine's clock has no say, for it may be off.
    fn start(&self) -> i64 {
        let newest = self.latest.map(|at| at.saturating_sub(OVERLAP_MS));
        newest.map_or(self.since, |at| at.max(self.since))
    }

    /// Reads all that is there, waiting for the group to be made where it is missing.
    async fn read(&mut self) -> Result<(), CloudError> {
        loop {
            match self.pass(Mode::Reading).await {
                Ok(()) => return Ok(()),
                Err(error) if error.kind == ErrorKind::NotFound => {
                    self.note.clear();
                    self.say(Mode::Missing).await;
                    tokio::time::sleep(MISSING).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// One pass over what is new. Nothing is sent where nothing is new, so that a quiet log draws no frame.
    async fn pass(&mut self, mode: Mode) -> Result<(), CloudError> {
        let client = self.client.clone();
        let group = self.group.clone();
        let mut pass = Pass::new(&client, &group, self.start());
        while let Some(events) = pass.next().await? {
            self.bring(mode, events).await;
        }
        self.caught_up = true;
        Ok(())
    }

    // ---- polling -----------------------------------------------------------------------------------------------

    async fn poll(&mut self) -> Result<(), CloudError> {
        let mut wait = POLL;
        let mut mode = Mode::Polling;
        self.sampled = false;
        self.tell(mode, Says::Nothing).await;
        loop {
            tokio::time::sleep(wait).await;
            match self.pass(Mode::Polling).await {
                Ok(()) => {
                    wait = POLL;
                    if mode != Mode::Polling {
                        mode = Mode::Polling;
                        self.note.clear();
                        self.say(mode).await;
                    }
                }
                Err(error) if error.passes_by_itself() => {
                    wait = (wait * 2).min(self.longest_wait);
                    mode = Mode::Waiting;
                    self.note = interruption(&error, wait);
                    self.tell(mode, Says::Failed(error)).await;
                }
                Err(error) if error.kind == ErrorKind::NotFound => {
                    // The group was deleted while it was followed; the next run of the function makes it again.
                    wait = MISSING;
                    if mode != Mode::Missing {
                        mode = Mode::Missing;
                        self.note.clear();
                        self.say(mode).await;
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    // ---- Live Tail ---------------------------------------------------------------------------------------------

    /// Follows by Live Tail until that turns out not to be offered here; then the note says why.
    async fn live(&mut self, cloud: &Cloud) -> Result<(), CloudError> {
        let mut failures = 0;
        loop {
            let error = match self.session(cloud, &mut failures).await {
                // The session came to its end, as it does every three hours: the next one follows.
                Ok(()) => {
                    tokio::time::sleep(BETWEEN_SESSIONS).await;
                    continue;
                }
                Err(error) => error,
            };
            let passing = error.passes_by_itself() || error.kind == ErrorKind::Other;
            failures += 1;
            if !passing || failures >= FAILED_SESSIONS {
                self.note = format!("Live Tail: {}", reason(&error));
                return Ok(());
            }
            let wait = (BETWEEN_SESSIONS * 2u32.pow(failures - 1)).min(self.longest_wait);
            self.note = interruption(&error, wait);
            self.tell(Mode::Waiting, Says::Failed(error)).await;
            tokio::time::sleep(wait).await;
        }
    }

    /// One session, from its beginning to its end. What was written before it began is read beside it, and so is what it
    /// leaves out: while it samples, nothing of it is shown, but the group is read, so that all lines come and in order.
    async fn session(&mut self, cloud: &Cloud, failures: &mut u32) -> Result<(), CloudError> {
        const OPERATION: &str = "StartLiveTail";
        let arn = self.group_arn().await?;
        let client = cloud.logs_for_tail().await?;
        let answer = client.start_live_tail().log_group_identifiers(arn).send();
        let answer = answer
            .await
            .map_err(|error| from_sdk(OPERATION, &self.group, error))?;
        let mut stream = answer.response_stream;
        let mut identities = Identities::default();
        let mut begun = false;
        let mut left_out: Option<LeftOut> = None;
        loop {
            let message = match &left_out {
                None => stream.recv().await,
                Some(waits) => match tokio::time::timeout_at(waits.until, stream.recv()).await {
                    Ok(message) => message,
                    Err(_) => {
                        left_out = self.read_left_out(left_out).await?;
                        continue;
                    }
                },
            };
            let message = message.map_err(|error| from_stream(OPERATION, &self.group, error))?;
            match message {
                None if begun => return Ok(()),
                None => {
                    let text = "the session ended before it began";
                    return Err(CloudError::local(OPERATION, ErrorKind::Network, text));
                }
                Some(StartLiveTailResponseStream::SessionStart(_)) => {
                    begun = true;
                    *failures = 0;
                    self.note.clear();
                    // From here on events are pushed; those that came between the last pass and now are not.
                    self.pass(Mode::LiveTail).await?;
                    self.sampled = false;
                    self.say(Mode::LiveTail).await;
                }
                Some(StartLiveTailResponseStream::SessionUpdate(update)) => {
                    let events = named(&update, &mut identities);
                    let sampled = update.session_metadata().is_some_and(|data| data.sampled());
                    if sampled && left_out.is_none() {
                        self.sampled = true;
                        self.say(Mode::LiveTail).await;
                    }
                    match left_out.take() {
                        None if !sampled => self.bring(Mode::LiveTail, events).await,
                        waiting => {
                            let mut waits = waiting.unwrap_or_else(LeftOut::new);
                            waits.again |= sampled;
                            waits.hold(events);
                            left_out = Some(waits);
                        }
                    }
                }
                Some(_) => {}
            }
        }
    }

    /// Reads what Live Tail has left out. Once nothing more was left out meanwhile, it is followed by pushes again.
    async fn read_left_out(
        &mut self,
        left_out: Option<LeftOut>,
    ) -> Result<Option<LeftOut>, CloudError> {
        self.pass(Mode::LiveTail).await?;
        match left_out {
            Some(waits) if waits.again => Ok(Some(LeftOut {
                held: waits.held,
                ..LeftOut::new()
            })),
            waits => {
                self.sampled = false;
                // What was pushed meanwhile and read too is left out by the buffer.
                let held = waits.map(|waits| waits.held).unwrap_or_default();
                self.bring(Mode::LiveTail, held).await;
                self.say(Mode::LiveTail).await;
                Ok(None)
            }
        }
    }

    /// Live Tail takes ARNs alone, without the `:*` that DescribeLogGroups puts behind them.
    async fn group_arn(&self) -> Result<String, CloudError> {
        const OPERATION: &str = "DescribeLogGroups";
        let answer = self
            .client
            .describe_log_groups()
            .log_group_name_prefix(&self.group)
            .send()
            .await
            .map_err(|error| from_sdk(OPERATION, &self.group, error))?;
        let mut groups = answer.log_groups().iter();
        let group = groups.find(|group| group.log_group_name() == Some(&self.group));
        let arn = group.and_then(|group| group.log_group_arn().or_else(|| group.arn()));
        match arn {
            Some(arn) => Ok(arn.strip_suffix(":*").unwrap_or(arn).to_owned()),
            None => {
                let text = format!("the endpoint names no ARN for {}", self.group);
                Err(CloudError::local(OPERATION, ErrorKind::NotServed, text))
            }
        }
    }
}

/// Live Tail samples: the group is read until it no longer does.
struct LeftOut {
    /// When it is read next.
    until: Instant,
    /// More was left out since it was read last.
    again: bool,
    /// What was pushed meanwhile: shown after what is read, so that lines stay in order.
    held: Vec<Event>,
}

/// Events that are held back at most; whatever is older has been read by then.
const HELD: usize = 20_000;

impl LeftOut {
    fn new() -> Self {
        Self {
            until: Instant::now() + POLL,
            again: false,
            held: Vec::new(),
        }
    }

    fn hold(&mut self, events: Vec<Event>) {
        self.held.extend(events);
        let too_many = self.held.len().saturating_sub(HELD);
        self.held.drain(..too_many);
    }
}

/// The events of an update, with names.
fn named(update: &LiveTailSessionUpdate, identities: &mut Identities) -> Vec<Event> {
    let events = update.session_results().iter();
    events
        .map(|event| {
            identities.event(
                event.log_stream_name(),
                event.message(),
                event.timestamp(),
                event.ingestion_time(),
            )
        })
        .collect()
}

fn reason(error: &CloudError) -> String {
    match error.kind {
        ErrorKind::NotServed => "not served by this endpoint".to_owned(),
        ErrorKind::Permission { .. } => "logs:StartLiveTail is not permitted".to_owned(),
        _ => error.message.clone(),
    }
}

fn interruption(error: &CloudError, wait: Duration) -> String {
    let what = match error.kind {
        ErrorKind::Throttled => "CloudWatch Logs asked to slow down",
        ErrorKind::Timeout => "No answer in time",
        _ => "The connection broke",
    };
    format!("{what}; trying again after {} s", wait.as_secs())
}

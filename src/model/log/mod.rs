//! A log as it comes in: up to a million lines, with their levels, their invocations and a filter that keeps up.
//!
//! Knows no client and no widget. A frame asks for the rows that it shows, by number, and pays for those alone.

pub mod fields;
mod filter;
mod invocation;
pub mod parse;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

pub use filter::{FilteredView, LogFilter};
pub use invocation::{Invocation, Invocations, Outcome};
pub use parse::{Level, Platform, Report};

/// Lines of a chunk: what is copied at most when a chunk is shared while lines are added, and dropped at once.
const CHUNK: usize = 1_024;

/// Event ids that are remembered: a tail that is taken up again asks for the last seconds once more.
const SEEN: usize = 65_536;

/// A longer message is cut; CloudWatch takes at most 1 MB.
const MESSAGE_BYTES: usize = 1_048_576;

/// An event as a log service gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogEvent<'a> {
    /// When it was written, ms since 1970.
    pub time: i64,
    /// When it arrived at the service, ms since 1970.
    pub ingestion: i64,
    /// The stream's name.
    pub stream: &'a str,
    /// The text.
    pub message: &'a str,
    /// The service's id, where it gives one; an event that was seen is not added again.
    pub event_id: Option<&'a str>,
}

/// A line of the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Counted from the first line that ever came.
    pub number: u64,
    /// When it was written, ms since 1970.
    pub time: i64,
    /// When it arrived at the service, ms since 1970.
    pub ingestion: i64,
    /// The stream's name.
    pub stream: &'a str,
    /// The text, which may itself hold line breaks.
    pub message: &'a str,
    /// Its level, where it says one.
    pub level: Option<Level>,
    /// It is JSON and can be unfolded.
    pub json: bool,
    /// START, END, REPORT and other lines of the platform.
    pub platform: bool,
    /// The invocation that wrote it; ask [`Invocations::by_number`].
    pub invocation: Option<u32>,
}

impl<'a> Line<'a> {
    /// The message without what it holds for a terminal: what is shown and searched.
    pub fn plain(&self) -> Cow<'a, str> {
        parse::without_escapes(self.message)
    }
}

#[derive(Debug, Clone, Default)]
struct Chunk {
    lines: Vec<Meta>,
    text: String,
}

#[derive(Debug, Clone, Copy)]
struct Meta {
    time: i64,
    ingestion: i64,
    start: u32,
    stream: u32,
    invocation: Option<u32>,
    level: Option<Level>,
    json: bool,
    platform: bool,
}

/// The lines alone: a clone shares the chunks, so that an export can run beside a tail that goes on.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    /// All but the last are full.
    chunks: VecDeque<Arc<Chunk>>,
    /// The number of the first line of the first chunk.
    first: u64,
    end: u64,
    bytes: usize,
    streams: Arc<Vec<Box<str>>>,
}

impl Lines {
    /// The number of the oldest line that is kept: so many were dropped before it.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// One past the number of the newest line.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Lines that are kept.
    pub fn len(&self) -> usize {
        (self.end - self.first) as usize
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.end == self.first
    }

    /// Bytes of text that are kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The line of that number; `None` where it was dropped or has not come.
    pub fn get(&self, number: u64) -> Option<Line<'_>> {
        let offset = number.checked_sub(self.first)? as usize;
        let chunk = self.chunks.get(offset / CHUNK)?;
        let index = offset % CHUNK;
        let meta = chunk.lines.get(index)?;
        let end = chunk
            .lines
            .get(index + 1)
            .map_or(chunk.text.len(), |next| next.start as usize);
        Some(Line {
            number,
            time: meta.time,
            ingestion: meta.ingestion,
            stream: self
                .streams
                .get(meta.stream as usize)
                .map_or("", |stream| stream),
            message: chunk.text.get(meta.start as usize..end).unwrap_or_default(),
            level: meta.level,
            json: meta.json,
            platform: meta.platform,
            invocation: meta.invocation,
        })
    }

    /// All lines from a number on.
    pub fn from(&self, number: u64) -> impl Iterator<Item = Line<'_>> {
        (number.max(self.first)..self.end).filter_map(|number| self.get(number))
    }

    fn push(&mut self, meta: Meta, message: &str) {
        let meta_of = |text: &String| Meta {
            start: text.len() as u32,
            ..meta
        };
        match self.chunks.back_mut() {
            Some(last) if last.lines.len() < CHUNK => {
                let chunk = Arc::make_mut(last);
                chunk.lines.push(meta_of(&chunk.text));
                chunk.text.push_str(message);
            }
            _ => {
                // A full chunk has reached its size for good.
                let mut chunk = Chunk {
                    lines: Vec::with_capacity(CHUNK),
                    text: String::with_capacity(message.len()),
                };
                chunk.lines.push(meta_of(&chunk.text));
                chunk.text.push_str(message);
                self.chunks.push_back(Arc::new(chunk));
            }
        }
        self.end += 1;
        self.bytes += message.len();
    }
}

/// Lines, invocations, and what has been seen.
#[derive(Debug, Clone)]
pub struct LogBuffer {
    lines: Lines,
    invocations: Invocations,
    max_lines: usize,
    max_bytes: usize,
    seen: HashSet<u64, BuildHasherDefault<DefaultHasher>>,
    seen_order: VecDeque<u64>,
    latest: Option<i64>,
    /// Names stay for as long as the buffer: they are few and short.
    stream_numbers: HashMap<Box<str>, u32>,
    last_stream: u32,
}

impl Default for LogBuffer {
    fn default() -> Self {
        Self::new(1_000_000, 512 << 20)
    }
}

impl LogBuffer {
    /// A buffer that keeps at most so many lines and bytes of text; the oldest go first, a chunk at a time.
    pub fn new(max_lines: usize, max_bytes: usize) -> Self {
        Self {
            lines: Lines::default(),
            invocations: Invocations::default(),
            max_lines,
            max_bytes,
            seen: HashSet::default(),
            seen_order: VecDeque::new(),
            latest: None,
            stream_numbers: HashMap::new(),
            last_stream: 0,
        }
    }

    /// The lines.
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// The invocations.
    pub fn invocations(&self) -> &Invocations {
        &self.invocations
    }

    /// How many lines were dropped because there were too many.
    pub fn dropped(&self) -> u64 {
        self.lines.first
    }

    /// The newest time of any line, ms: where a tail that broke is taken up again.
    pub fn latest(&self) -> Option<i64> {
        self.latest
    }

    /// The lines of one invocation, in order.
    pub fn lines_of<'a>(&'a self, invocation: &Invocation) -> impl Iterator<Item = Line<'a>> {
        let number = invocation.number;
        let last = invocation.last;
        self.lines
            .from(invocation.first)
            .take_while(move |line| line.number <= last)
            .filter(move |line| line.invocation == Some(number))
    }

    /// Adds events in the order in which they came; says how many were new.
    pub fn extend<'a>(&mut self, events: impl IntoIterator<Item = LogEvent<'a>>) -> usize {
        events.into_iter().filter(|event| self.push(event)).count()
    }

    /// Adds one event; `false` where it had been seen.
    pub fn push(&mut self, event: &LogEvent<'_>) -> bool {
        if event.event_id.is_some_and(|id| !self.is_new(id)) {
            return false;
        }
        let message = event.message.trim_end_matches(['\n', '\r']);
        let message = &message[..message.floor_char_boundary(MESSAGE_BYTES)];
        let what = parse::classify(&parse::without_escapes(message));
        let stream = self.stream_number(event.stream);
        let invocation = self
            .invocations
            .add(self.lines.end, event.time, stream, &what);
        let meta = Meta {
            time: event.time,
            ingestion: event.ingestion,
            start: 0,
            stream,
            invocation,
            level: what.level,
            json: what.json,
            platform: what.platform.is_some(),
        };
        self.lines.push(meta, message);
        self.latest = self.latest.max(Some(event.time));
        self.trim();
        true
    }

    /// Forgets all lines; the numbers go on, so that nothing confuses an old line with a new one.
    pub fn clear(&mut self) {
        self.lines.chunks.clear();
        // The next line begins a chunk, whatever its number.
        self.lines.first = self.lines.end;
        self.lines.bytes = 0;
        self.invocations.drop_before(self.lines.first);
    }

    fn stream_number(&mut self, name: &str) -> u32 {
        // Lines of one stream come together.
        let last = self.lines.streams.get(self.last_stream as usize);
        if last.is_some_and(|last| **last == *name) {
            return self.last_stream;
        }
        self.last_stream = match self.stream_numbers.get(name) {
            Some(number) => *number,
            None => {
                let number = self.lines.streams.len() as u32;
                Arc::make_mut(&mut self.lines.streams).push(name.into());
                self.stream_numbers.insert(name.into(), number);
                number
            }
        };
        self.last_stream
    }

    fn is_new(&mut self, id: &str) -> bool {
        let hash = self.seen.hasher().hash_one(id);
        if !self.seen.insert(hash) {
            return false;
        }
        self.seen_order.push_back(hash);
        if self.seen_order.len() > SEEN
            && let Some(oldest) = self.seen_order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }

    fn trim(&mut self) {
        let too_many = self.lines.len() > self.max_lines || self.lines.bytes > self.max_bytes;
        if !too_many || self.lines.chunks.len() < 2 {
            return;
        }
        if let Some(chunk) = self.lines.chunks.pop_front() {
            self.lines.first += chunk.lines.len() as u64;
            self.lines.bytes -= chunk.text.len();
            self.invocations.drop_before(self.lines.first);
        }
    }
}

#[cfg(test)]
mod tests;

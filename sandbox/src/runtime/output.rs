//! What a function prints: one pipe for both streams, cut into log events.
//!
//! It knows no invocation. Reading is done by whoever drives the environment, so that what was printed before an answer is
//! read before that answer is passed on; between invocations the pipe waits, as Lambda's environments do while frozen.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

use tokio::net::unix::pipe;

/// The largest event that CloudWatch Logs takes, in bytes, less its own overhead and the line feed at its end.
const MAX_EVENT: usize = 256 * 1024 - 27;
/// Our bootstraps put this before a record, then its length in bytes and a line feed: the record may hold line feeds.
const FRAME: &[u8] = b"\x1e\x02";

/// The reading end of an environment's output.
pub(super) struct Output {
    ready: pipe::Receiver,
    /// The same pipe read directly: tokio's readiness lags behind what has already been written.
    direct: File,
    buffer: Vec<u8>,
    splitter: Splitter,
    open: bool,
}

impl Output {
    /// A pipe, and the end that the child writes to.
    pub fn new() -> io::Result<(Self, OwnedFd)> {
        let (reader, writer) = io::pipe()?;
        let reader = OwnedFd::from(reader);
        let direct = File::from(reader.try_clone()?);
        let output = Self {
            ready: pipe::Receiver::from_owned_fd(reader)?,
            direct,
            buffer: vec![0; 16 * 1024],
            splitter: Splitter::default(),
            open: true,
        };
        Ok((output, OwnedFd::from(writer)))
    }

    /// Waits until there is something to read; for ever once the other side is closed. Cancel-safe.
    pub async fn readable(&self) {
        if !self.open || self.ready.readable().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Reads one buffer, 16 KB at most, and calls `event` for each whole line.
    pub fn read_some(&mut self, mut event: impl FnMut(String)) {
        self.read_buffer(&mut event);
    }

    /// Reads all that the pipe holds, 64 KB on Linux, and not what is added meanwhile for ever.
    pub fn read_all(&mut self, mut event: impl FnMut(String)) {
        for _ in 0..8 {
            if !self.read_buffer(&mut event) {
                return;
            }
        }
    }

    /// Whether there may be more.
    fn read_buffer(&mut self, event: &mut impl FnMut(String)) -> bool {
        match self.direct.read(&mut self.buffer) {
            Ok(0) => self.open = false,
            Ok(size) => {
                self.splitter.push(&self.buffer[..size], event);
                return true;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                // This clears tokio's readiness, which is set although everything has been read.
                if let Ok(size) = self.ready.try_read(&mut self.buffer[..1]) {
                    self.splitter.push(&self.buffer[..size], event);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return true,
            Err(_) => self.open = false,
        }
        false
    }

    /// Ends a line that has no line feed yet.
    pub fn flush(&mut self, mut event: impl FnMut(String)) {
        self.splitter.flush(&mut event);
    }
}

/// Cuts a stream of bytes into lines and framed records; characters are never cut in two.
#[derive(Default)]
struct Splitter {
    pending: Vec<u8>,
}

impl Splitter {
    fn push(&mut self, bytes: &[u8], event: &mut impl FnMut(String)) {
        self.pending.extend_from_slice(bytes);
        let mut start = 0;
        while let Some((size, used)) = first(&self.pending[start..]) {
            start += used;
            emit(&self.pending[start - size..start], event);
        }
        self.pending.drain(..start);
        if self.pending.len() > MAX_EVENT && frame(&self.pending).is_none() {
            let cut = boundary(&self.pending, MAX_EVENT);
            let rest = self.pending.split_off(cut);
            emit(&std::mem::replace(&mut self.pending, rest), event);
        }
    }

    fn flush(&mut self, event: &mut impl FnMut(String)) {
        if !self.pending.is_empty() {
            let rest = std::mem::take(&mut self.pending);
            emit(&rest, event);
        }
    }
}

/// The first whole line or record: its length, and how many bytes it takes from the stream. The text is at the end.
fn first(bytes: &[u8]) -> Option<(usize, usize)> {
    if let Some((header, length)) = frame(bytes) {
        let used = header + length;
        return (bytes.len() >= used).then_some((length, used));
    }
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((end + 1, end + 1))
}

/// A record's header: how long it is, and how long the record is.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let rest = bytes.strip_prefix(FRAME)?;
    let end = rest.iter().take(9).position(|byte| *byte == b'\n')?;
    let length = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    Some((FRAME.len() + end + 1, length))
}

fn emit(bytes: &[u8], event: &mut impl FnMut(String)) {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let mut rest = bytes;
    while rest.len() > MAX_EVENT {
        let cut = boundary(rest, MAX_EVENT);
        event(String::from_utf8_lossy(&rest[..cut]).into_owned());
        rest = &rest[cut..];
    }
    // CloudWatch Logs takes no empty event.
    if !rest.is_empty() {
        // Some runtimes write a carriage return for a line feed that is not to end the event.
        event(String::from_utf8_lossy(rest).replace('\r', "\n"));
    }
}

/// The last place at or before `at` where a character begins.
fn boundary(bytes: &[u8], at: usize) -> usize {
    (at.saturating_sub(3)..=at)
        .rev()
        .find(|index| bytes.get(*index).is_none_or(|byte| byte & 0xC0 != 0x80))
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::{MAX_EVENT, Splitter};

    fn split(chunks: &[&[u8]]) -> Vec<String> {
        let mut events = Vec::new();
        let mut splitter = Splitter::default();
        for chunk in chunks {
            splitter.push(chunk, &mut |event| events.push(event));
        }
        splitter.flush(&mut |event| events.push(event));
        events
    }

    #[test]
    fn each_line_is_an_event_and_the_last_needs_no_line_feed() {
        assert_eq!(
            split(&[b"one\ntwo\r\n\nthr", b"ee"]),
            ["one", "two", "three"]
        );
    }

    #[test]
    fn carriage_returns_within_an_event_are_line_feeds() {
        assert_eq!(split(&[b"[ERROR] x\r  at y\r\n"]), ["[ERROR] x\n  at y"]);
    }

    #[test]
    fn a_character_that_arrives_in_two_pieces_stays_whole() {
        let text = "関所を通る\n".as_bytes();
        for at in 0..text.len() {
            assert_eq!(split(&[&text[..at], &text[at..]]), ["関所を通る"]);
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_replaced() {
        assert_eq!(split(&[b"a\xffb\n"]), ["a\u{fffd}b"]);
    }

    #[test]
    fn a_framed_record_keeps_its_line_feeds_wherever_it_is_cut() {
        let stream = b"before\n\x1e\x028\none\ntwo\nafter\n";
        for at in 0..stream.len() {
            assert_eq!(
                split(&[&stream[..at], &stream[at..]]),
                ["before", "one\ntwo", "after"]
            );
        }
    }

    #[test]
    fn a_line_longer_than_an_event_is_cut_between_characters() {
        let line = "関".repeat(MAX_EVENT / 2);
        let events = split(&[line.as_bytes(), b"\n"]);
        assert!(events.len() > 1 && events.iter().all(|event| event.len() <= MAX_EVENT));
        assert_eq!(events.concat(), line);
    }
}

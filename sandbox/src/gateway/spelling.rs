//! How a client spelled the names of its headers. Names of headers have no case, and the listener gives them in small
//! letters; but a function sees them as they were sent, so that the bytes of a request's head are looked at once more on
//! their way in.

use crate::region::lock;
use std::{
    collections::HashMap,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Names that are remembered of one connection.
const MOST: usize = 256;
/// Letters of the longest name.
const LONGEST: usize = 128;

/// The names on one connection, as they were last spelled; clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Spelling(Arc<Mutex<Names>>);

#[derive(Debug, Default)]
struct Names {
    known: HashMap<String, String>,
    /// The line that has begun, as far as a name may reach.
    line: Vec<u8>,
    /// Whether the name of this line is over.
    named: bool,
    /// Whether the head is over, so that bytes are a body's.
    body: bool,
}

impl Spelling {
    /// Of names that were spelled like this.
    pub fn known(names: &[&str]) -> Self {
        let known = names.iter();
        let known = known.map(|name| (name.to_ascii_lowercase(), (*name).to_owned()));
        Self(Arc::new(Mutex::new(Names {
            known: known.collect(),
            ..Names::default()
        })))
    }

    /// A name as it was spelled.
    pub fn of(&self, name: &str) -> String {
        let names = lock(&self.0);
        names
            .known
            .get(name)
            .map_or_else(|| name.to_owned(), Clone::clone)
    }

    /// Says that a body is over: what follows is a head.
    pub fn next(&self) {
        let mut names = lock(&self.0);
        names.body = false;
        names.line.clear();
        names.named = false;
    }

    fn see(&self, bytes: &[u8]) {
        let mut names = lock(&self.0);
        for byte in bytes {
            if names.body {
                return;
            }
            names.take(*byte);
        }
    }
}

impl Names {
    fn take(&mut self, byte: u8) {
        match byte {
            b'\r' => {}
            b'\n' => {
                self.body = self.line.is_empty() && !self.named;
                self.line.clear();
                self.named = false;
            }
            b':' if !self.named => {
                self.named = true;
                let spelled = String::from_utf8_lossy(&self.line).into_owned();
                let name = spelled.to_ascii_lowercase();
                if self.known.len() < MOST || self.known.contains_key(&name) {
                    self.known.insert(name, spelled);
                }
                self.line.clear();
            }
            _ if self.named => {}
            byte => {
                if self.line.len() < LONGEST {
                    self.line.push(byte);
                }
            }
        }
    }
}

/// A connection whose heads are looked at.
#[derive(Debug)]
pub struct Watched<S> {
    stream: S,
    spelling: Spelling,
}

impl<S> Watched<S> {
    pub fn new(stream: S, spelling: Spelling) -> Self {
        Self { stream, spelling }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Some(new) = buffer.filled().get(before..) {
            self.spelling.see(new);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_they_were_sent_in_each_request_of_a_connection() {
        let spelling = Spelling::default();
        spelling.see(b"POST / HTTP/1.1\r\ntEsT-Hea");
        spelling.see(b"DeR: a:b\r\nAccept: *\r\n\r\nACCEPT: body\r\n");
        assert_eq!(spelling.of("test-header"), "tEsT-HeaDeR");
        assert_eq!(spelling.of("accept"), "Accept");
        assert_eq!(spelling.of("other"), "other");
        spelling.next();
        spelling.see(b"GET / HTTP/1.1\r\naccept: *\r\n\r\n");
        assert_eq!(spelling.of("accept"), "accept");
    }
}

//! The sandbox's end of a keeper: the process that it keeps, until it is ended.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::Arc;

use rustix::net::Shutdown;
use tokio::net::UnixStream as Socket;

use super::Order;

/// A process that runs under a keeper. It ends with all that it started when this is dropped.
pub(in crate::runtime) struct Kept {
    /// The process's own number.
    pub pid: u32,
    lines: Lines,
    exit: Option<ExitStatus>,
}

impl Kept {
    pub(super) async fn start(socket: Arc<Socket>, order: &Order) -> io::Result<io::Result<Self>> {
        let mut text = serde_json::to_vec(order)?;
        text.push(b'\n');
        write(&socket, &text).await?;
        let mut lines = Lines {
            socket,
            buffer: Vec::new(),
        };
        let line = lines.next().await;
        let line = line.ok_or_else(|| io::Error::other("the keeper of a process is gone"))?;
        if let Some(pid) = number(&line, "started ") {
            return Ok(Ok(Self {
                pid: u32::try_from(pid).unwrap_or(0),
                lines,
                exit: None,
            }));
        }
        let error = number(&line, "failed ").unwrap_or(0);
        Ok(Err(io::Error::from_raw_os_error(error)))
    }

    /// Waits until the process has ended. A keeper that is gone had it killed. Cancel-safe.
    pub async fn exited(&mut self) -> ExitStatus {
        loop {
            if let Some(exit) = self.exit {
                return exit;
            }
            let line = self.lines.next().await;
            self.hear(line.as_deref());
        }
    }

    /// Whether the process runs, as far as its keeper has said by now.
    pub fn runs(&mut self) -> bool {
        while self.exit.is_none() {
            match self.lines.try_next() {
                Ok(Some(line)) => self.hear(Some(&line)),
                Ok(None) => return true,
                Err(_) => self.hear(None),
            }
        }
        false
    }

    fn hear(&mut self, line: Option<&str>) {
        match line {
            Some(line) => {
                self.exit = number(line, "exited ").map(ExitStatus::from_raw);
            }
            None => self.exit = Some(ExitStatus::from_raw(9)),
        }
    }

    /// Has the process killed with all that it started.
    pub fn end(&self) {
        close(&self.lines.socket);
    }

    /// The same, and what waits until nothing of it is left.
    pub fn gone(&self) -> impl Future<Output = ()> + Send + use<> {
        self.end();
        let mut lines = Lines {
            socket: Arc::clone(&self.lines.socket),
            buffer: Vec::new(),
        };
        async move { while lines.next().await.is_some() {} }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.end();
    }
}

/// Tells a keeper that its process is no longer wanted.
pub(super) fn close(socket: &Socket) {
    // A keeper that is gone needs no telling.
    let _ = rustix::net::shutdown(socket, Shutdown::Write);
}

fn number(line: &str, word: &str) -> Option<i32> {
    line.strip_prefix(word)?.parse().ok()
}

async fn write(socket: &Socket, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        socket.writable().await?;
        match socket.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What a keeper says, line by line.
struct Lines {
    socket: Arc<Socket>,
    buffer: Vec<u8>,
}

impl Lines {
    /// `None` when the keeper is gone. Cancel-safe.
    async fn next(&mut self) -> Option<String> {
        loop {
            match self.try_next() {
                Ok(Some(line)) => return Some(line),
                Ok(None) => self.socket.readable().await.ok()?,
                Err(_) => return None,
            }
        }
    }

    /// A line if there is one already, an error when the keeper is gone.
    fn try_next(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(Some(String::from_utf8_lossy(&line[..end]).into_owned()));
            }
            match self.socket.try_read_buf(&mut self.buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}

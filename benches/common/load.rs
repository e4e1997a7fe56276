//! Callers of one address, each on a connection of its own that stays open: how many answers they get a second, and how long
//! each waits. It sends and reads the least that HTTP/1.1 asks for, so that the figures are the server's.

use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

use super::percentile;

/// How often all callers ask at once before it counts.
const ROUNDS: usize = 4;

/// What is asked.
#[derive(Clone)]
pub struct Target {
    /// `127.0.0.1:PORT`.
    pub address: String,
    pub path: String,
    /// What the body must hold: a server that answers something else is not measured.
    pub answer: &'static str,
}

/// What callers got.
pub struct Figures {
    pub a_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub failed: usize,
}

/// Has so many callers ask for a while. It counts once each of them was answered: what stands behind is then there for all.
///
/// # Errors
/// What the server answered, if that is not what is measured.
pub async fn load(
    target: &Target,
    callers: usize,
    counted: Duration,
) -> std::result::Result<Figures, String> {
    let mut first = Caller::new(target);
    match first.ask().await {
        Ok((200, body)) if body.contains(target.answer) => {}
        Ok((status, body)) => return Err(format!("{status} {body}")),
        Err(error) => return Err(error.to_string()),
    }
    let ready = Arc::new(Barrier::new(callers));
    let callers = (0..callers).map(|_| tokio::spawn(one(target.clone(), ready.clone(), counted)));
    let callers: Vec<_> = callers.collect();
    let (mut took, mut failed) = (Vec::new(), 0);
    for caller in callers {
        let (its, not) = caller.await.map_err(|error| error.to_string())?;
        took.extend(its);
        failed += not;
    }
    if took.is_empty() {
        return Err(format!("nothing was answered, {failed} failed"));
    }
    Ok(Figures {
        a_second: took.len() as f64 / counted.as_secs_f64(),
        p50_ms: percentile(&mut took, 50.0),
        p99_ms: percentile(&mut took, 99.0),
        failed,
    })
}

/// Milliseconds of each answer that came in the time that counts, and how many were none.
async fn one(target: Target, ready: Arc<Barrier>, counted: Duration) -> (Vec<f64>, usize) {
    let mut caller = Caller::new(&target);
    let (mut took, mut failed) = (Vec::new(), 0);
    // All at once, a few times: so that as many stand behind as are needed when it counts.
    for _ in 0..ROUNDS {
        ready.wait().await;
        let patience = Instant::now() + Duration::from_secs(60);
        while !matches!(caller.ask().await, Ok((200, _))) && Instant::now() < patience {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    ready.wait().await;
    let until = Instant::now() + counted;
    loop {
        let started = Instant::now();
        if started >= until {
            return (took, failed);
        }
        let answer = caller.ask().await;
        let ended = Instant::now();
        if ended > until {
            continue;
        }
        match answer {
            Ok((200, body)) if body.contains(target.answer) => {
                took.push((ended - started).as_secs_f64() * 1_000.0);
            }
            _ => failed += 1,
        }
    }
}

struct Caller {
    address: String,
    request: String,
    connection: Option<BufReader<TcpStream>>,
}

impl Caller {
    fn new(target: &Target) -> Self {
        let (path, address) = (&target.path, &target.address);
        Self {
            address: address.clone(),
            request: format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: */*\r\n\r\n"),
            connection: None,
        }
    }

    /// Asks once; on a new connection where the last one was closed.
    async fn ask(&mut self) -> Result<(u16, String)> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let stream = TcpStream::connect(&self.address).await?;
                stream.set_nodelay(true)?;
                BufReader::new(stream)
            }
        };
        connection
            .get_mut()
            .write_all(self.request.as_bytes())
            .await?;
        let head = Head::read(&mut connection).await?;
        let body = head.body(&mut connection).await?;
        if !head.closes {
            self.connection = Some(connection);
        }
        Ok((head.status, String::from_utf8_lossy(&body).into_owned()))
    }
}

struct Head {
    status: u16,
    length: Option<usize>,
    closes: bool,
}

impl Head {
    async fn read(from: &mut BufReader<TcpStream>) -> Result<Self> {
        let broken = |line: &str| Error::new(ErrorKind::InvalidData, line.to_owned());
        let mut line = String::new();
        if from.read_line(&mut line).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let mut head = Self {
            status: status.ok_or_else(|| broken(&line))?,
            length: None,
            closes: false,
        };
        loop {
            line.clear();
            from.read_line(&mut line).await?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                return Ok(head);
            };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => head.length = value.parse().ok(),
                "connection" => head.closes = value.eq_ignore_ascii_case("close"),
                _ => {}
            }
        }
    }

    /// The body, by its length or in chunks.
    async fn body(&self, from: &mut BufReader<TcpStream>) -> Result<Vec<u8>> {
        if let Some(length) = self.length {
            let mut body = vec![0; length];
            from.read_exact(&mut body).await?;
            return Ok(body);
        }
        let mut body = Vec::new();
        let mut line = String::new();
        loop {
            line.clear();
            from.read_line(&mut line).await?;
            let size = usize::from_str_radix(line.trim(), 16);
            let size = size.map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
            let mut chunk = vec![0; size + 2];
            from.read_exact(&mut chunk).await?;
            body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                return Ok(body);
            }
        }
    }
}

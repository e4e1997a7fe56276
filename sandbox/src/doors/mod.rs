//! The doors: who gets in. A connection is judged once, when it is accepted, by whose it is; a request is judged before anything
//! reads its body, by the name that it calls the sandbox by, by whether a browser sent it, and, where the system does not tell
//! whose the connection is or it comes from elsewhere, by its signature.
//!
//! | part | what it judges |
//! |---|---|
//! | `owner`, `diag` | whose a connection on loopback is |
//! | `host` | the names in `Host` and in the target |
//! | `origin` | what browsers add to requests of pages |
//! | `signature` | AWS's signatures, with the keys of this sandbox |
//! | `files` | not a door, but the same promise: files that nobody else reads |
//!
//! Nothing here knows a service. `SECURITY.md` says what all this promises and what it does not.

#[cfg(target_os = "linux")]
mod diag;
pub mod files;
mod host;
mod origin;
mod owner;
pub mod signature;

pub use host::Hosts;
pub use origin::Audience;

use crate::error::AwsError;
use host::Refused;
use http::{HeaderMap, Method, header::HOST, request::Parts};
use jiff::Timestamp;
use owner::Owner;
use signature::{Keys, Promise};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
};

/// How many connections of others are answered at once: they must not use up what its user needs.
const MOST_STRANGERS: usize = 64;
const MOST_REMOTE: usize = 512;

/// How long a client may take to send a request's head, and how long its body may stand still.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// The same of those who are turned away.
const LITTLE_PATIENCE: Duration = Duration::from_secs(5);

/// Everything that judges.
#[derive(Debug)]
pub struct Doors {
    hosts: Hosts,
    keys: Option<Keys>,
    user: Option<u32>,
    /// Who comes over loopback where the system does not tell whose connection it is.
    untold: Standing,
    strangers: Arc<Semaphore>,
    remote: Arc<Semaphore>,
    told: AtomicU16,
    patience: Duration,
}

/// Who is at the other end of a connection.
#[derive(Debug)]
pub struct Caller {
    standing: Standing,
    peer: IpAddr,
    local: IpAddr,
    patience: Duration,
    _place: Option<OwnedSemaphorePermit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The user who started the sandbox, or root.
    Owner,
    /// It must sign each request with the keys of this sandbox.
    Signs,
    /// Another user of this machine.
    Stranger(u32),
    /// Nobody any more.
    Gone,
}

/// Why somebody is turned away; each is logged once.
#[derive(Debug, Clone, Copy)]
#[repr(u16)]
enum Reason {
    Stranger = 1,
    Gone = 2,
    Host = 4,
    Page = 8,
    Signature = 16,
    Crowd = 32,
    Tunnel = 64,
}

impl Doors {
    /// Doors that open to the names in `hosts`, and by signature with `keys` to those who are not the user on loopback.
    pub fn new(hosts: Hosts, keys: Option<Keys>) -> Self {
        Self {
            hosts,
            keys,
            user: owner::own_user(),
            untold: Standing::Signs,
            strangers: Arc::new(Semaphore::new(MOST_STRANGERS)),
            remote: Arc::new(Semaphore::new(MOST_REMOTE)),
            told: AtomicU16::new(0),
            patience: PATIENCE,
        }
    }

    /// The same, which wait so long for what a client sends.
    #[must_use]
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Doors of a listener for the sandbox's own processes, which know its port by their environment alone and sign nothing: where
    /// the system does not tell, it takes whoever names loopback.
    pub fn of_processes() -> Self {
        Self {
            untold: Standing::Owner,
            ..Self::new(Hosts::default(), None)
        }
    }

    /// Who is at the other end. Nobody, when the connection is gone or there are too many of its kind.
    pub async fn meet(&self, stream: &TcpStream) -> Option<Caller> {
        let (peer, local) = (stream.peer_addr().ok()?, stream.local_addr().ok()?);
        let standing = self.standing(peer, local).await;
        let crowd = match standing {
            Standing::Owner => None,
            Standing::Signs => Some(&self.remote),
            Standing::Stranger(_) | Standing::Gone => Some(&self.strangers),
        };
        let place = match crowd.map(|crowd| crowd.clone().try_acquire_owned()) {
            None => None,
            Some(Ok(place)) => Some(place),
            Some(Err(_)) => {
                self.warn(
                    Reason::Crowd,
                    "connections of others were closed: too many at once",
                );
                return None;
            }
        };
        Some(Caller {
            standing,
            peer: peer.ip().to_canonical(),
            local: local.ip(),
            patience: match standing {
                Standing::Owner | Standing::Signs => self.patience,
                Standing::Stranger(_) | Standing::Gone => self.patience.min(LITTLE_PATIENCE),
            },
            _place: place,
        })
    }

    async fn standing(&self, peer: SocketAddr, local: SocketAddr) -> Standing {
        let is_loopback = |end: SocketAddr| end.ip().to_canonical().is_loopback();
        if !is_loopback(peer) || !is_loopback(local) {
            return Standing::Signs;
        }
        match owner::of(peer, local).await {
            Owner::User(0) => Standing::Owner,
            Owner::User(user) if Some(user) == self.user => Standing::Owner,
            Owner::User(user) => Standing::Stranger(user),
            Owner::Gone => Standing::Gone,
            Owner::Untold => self.untold,
        }
    }

    /// Judges a request by its head. What it promises of its body is to be kept before the body is used.
    ///
    /// # Errors
    /// Why it is turned away, in words that say what would let it in.
    pub fn judge(
        &self,
        caller: &Caller,
        audience: Audience,
        head: &Parts,
        now: Timestamp,
    ) -> Result<Promise, AwsError> {
        let refused = |reason, error: AwsError| {
            self.warn(reason, &error.message);
            Err(error)
        };
        match caller.standing {
            Standing::Owner | Standing::Signs => {}
            Standing::Stranger(user) => return refused(Reason::Stranger, stranger(user)),
            Standing::Gone => return refused(Reason::Gone, gone()),
        }
        if let Err(wrong) = self.hosts.judge(&head.uri, &head.headers, caller.local) {
            return refused(Reason::Host, foreign(&wrong));
        }
        if head.method == Method::CONNECT {
            return refused(Reason::Tunnel, tunnel());
        }
        if audience == Audience::Programs
            && let Some(header) = origin::page(&head.method, &head.uri, &head.headers)
        {
            return refused(Reason::Page, page(header));
        }
        if caller.standing == Standing::Owner {
            return Ok(Promise::None);
        }
        match signature::head(self.keys.as_ref(), head, now) {
            Ok(promise) => Ok(promise),
            Err(error) => refused(Reason::Signature, error),
        }
    }

    /// Once for each reason: a page that tries a thousand times is one line.
    fn warn(&self, reason: Reason, message: &str) {
        let bit = reason as u16;
        if self.told.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
            tracing::warn!(
                ?reason,
                why = message,
                "somebody was turned away; the next ones are not logged"
            );
        }
    }
}

impl Caller {
    /// The address that it calls from.
    pub fn address(&self) -> IpAddr {
        self.peer
    }

    /// How long it may take to send a request's head, and how long its body may stand still.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// Where this caller reaches the sandbox: as it called it, if it came from elsewhere, or else as `usual`.
    pub fn endpoint(&self, headers: &HeaderMap, usual: &str) -> String {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        match (self.standing, host) {
            (Standing::Signs, Some(host)) => format!("http://{host}"),
            _ => usual.to_owned(),
        }
    }
}

fn denied(message: impl Into<String>) -> AwsError {
    AwsError::new(403, "AccessDeniedException", message)
}

fn stranger(user: u32) -> AwsError {
    denied(format!(
        "This sandbox answers only the user who started it, not user {user}. To share it, start it with: sekisho sandbox --listen ADDRESS, and sign with its keys."
    ))
}

fn gone() -> AwsError {
    denied(
        "Nobody holds the other end of this connection any more, so that it can't be told whose request this is.",
    )
}

fn tunnel() -> AwsError {
    AwsError::new(405, "MethodNotAllowed", "The sandbox is no proxy.")
}

fn page(header: &str) -> AwsError {
    denied(format!(
        "A page in a browser sent this request (its header {header} says so), and pages get in nowhere but at API stages and function URLs. Call the sandbox from a program."
    ))
}

fn foreign(wrong: &Refused) -> AwsError {
    match wrong {
        Refused::Missing => bad("A request names its host: the header Host is missing."),
        Refused::Several => bad("A request names one host: there are several."),
        Refused::Malformed => bad("The request's host is none."),
        Refused::Foreign(host) => {
            let shown: String = host.chars().take(80).collect();
            let name = shown.split(':').next().unwrap_or_default();
            denied(format!(
                "{shown} is no name of this sandbox, and anybody's page could be behind it. To allow it, start the sandbox with: sekisho sandbox --host {name}"
            ))
        }
    }
}

fn bad(message: &str) -> AwsError {
    AwsError::new(400, "BadRequest", message)
}

//! Whether a connection answers, from how its calls end: the one place that says so, so that not every pane has to.
//!
//! A call that was answered, be it with an error, shows that the endpoint is there. One that was refused, or whose name isn't
//! known, shows at once that it is not; one that broke off or timed out may be bad luck, and shows it when several do.

use std::collections::HashMap;

use super::error::{CloudError, ErrorKind};

/// So many calls in a row that broke off or timed out are no bad luck.
const UNLUCKY: u32 = 3;

/// How the calls of a connection have ended.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// When any service last answered, in ms since the epoch.
    answered: Option<i64>,
    /// Services that do not answer.
    failing: HashMap<&'static str, Failing>,
}

#[derive(Debug, Clone)]
struct Failing {
    since: i64,
    times: u32,
    cause: Cause,
    error: CloudError,
}

/// A connection that does not answer.
#[derive(Debug, Clone)]
pub struct Down<'a> {
    /// When the first call failed since the last answer, in ms since the epoch.
    pub since: i64,
    /// Why.
    pub cause: Cause,
    /// The last call's error.
    pub error: &'a CloudError,
}

/// Why an endpoint does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nothing listens there.
    Refused,
    /// Its name isn't known.
    Name,
    /// There is no way to it.
    Unreachable,
    /// Its certificate is not trusted.
    Certificate,
    /// No encrypted connection came about.
    Encryption,
    /// The proxy before it can't be used.
    Proxy,
    /// Connections break off.
    Broken,
    /// Nothing comes.
    Silent,
}

impl Cause {
    /// Why a call had no answer; `None` where it had one, or never went out.
    pub fn of(error: &CloudError) -> Option<Self> {
        if !error.code.is_empty() || error.request_id.is_some() {
            return None;
        }
        match error.kind {
            ErrorKind::Timeout => Some(Self::Silent),
            ErrorKind::Network => Some(Self::of_network(error)),
            _ => None,
        }
    }

    fn of_network(error: &CloudError) -> Self {
        let text = error.source.join(" ").to_ascii_lowercase();
        let signs: [(&[&str], Self); 6] = [
            (&["proxy", "tunnel"], Self::Proxy),
            (
                &[
                    "dns error",
                    "failed to lookup",
                    "name or service not known",
                    "no such host",
                    "nodename nor servname",
                ],
                Self::Name,
            ),
            (&["connection refused"], Self::Refused),
            (
                &["certificate", "unknownissuer", "invalidcertificate"],
                Self::Certificate,
            ),
            (
                &["network is unreachable", "no route to host"],
                Self::Unreachable,
            ),
            (&["tls", "handshake"], Self::Encryption),
        ];
        let found = signs
            .into_iter()
            .find(|(signs, _)| signs.iter().any(|sign| text.contains(sign)));
        found.map_or(Self::Broken, |(_, cause)| cause)
    }

    /// It says by itself that the endpoint is not there.
    fn is_certain(self) -> bool {
        !matches!(self, Self::Broken | Self::Silent)
    }

    /// In words, of a place as "127.0.0.1:4566".
    pub fn words(self, place: &str) -> String {
        match self {
            Self::Refused => format!("connection refused by {place}"),
            Self::Name => format!("the name of {place} is not known"),
            Self::Unreachable => format!("no way through the network to {place}"),
            Self::Certificate => format!("the certificate of {place} is not trusted"),
            Self::Encryption => format!("no encrypted connection with {place}"),
            Self::Proxy => format!("the proxy before {place} can't be used"),
            Self::Broken => format!("connections to {place} break off"),
            Self::Silent => format!("no answer from {place}"),
        }
    }
}

impl Health {
    /// Takes up how a call of a service ended, at `now` in ms since the epoch.
    pub fn ended(&mut self, service: &'static str, result: Result<(), &CloudError>, now: i64) {
        let error = match result {
            Ok(()) => None,
            // It was stopped here, and says nothing of the other side.
            Err(error) if matches!(error.kind, ErrorKind::Cancelled | ErrorKind::ReadOnly) => {
                return;
            }
            Err(error) => Some(error),
        };
        match error.and_then(|error| Some((error, Cause::of(error)?))) {
            Some((error, cause)) => {
                let failing = self.failing.entry(service).or_insert_with(|| Failing {
                    since: now,
                    times: 0,
                    cause,
                    error: error.clone(),
                });
                failing.times += 1;
                failing.cause = cause;
                failing.error = error.clone();
            }
            // An error without a code may have come from this machine: only what was answered shows that somebody is there.
            None if error.is_some_and(|e| e.code.is_empty() && e.request_id.is_none()) => {}
            None => {
                self.answered = Some(now);
                self.failing.remove(service);
            }
        }
    }

    /// Takes up that nobody is missing there any more, though nothing was answered yet.
    pub fn listens(&mut self, service: &'static str) {
        self.failing.remove(service);
    }

    /// It does not answer: no service has since the first of those that fail did.
    pub fn down(&self) -> Option<Down<'_>> {
        let unheard = |failing: &&Failing| self.answered.is_none_or(|at| at < failing.since);
        let unheard: Vec<&Failing> = self.failing.values().filter(unheard).collect();
        let certain = unheard.iter().any(|failing| failing.cause.is_certain());
        let times: u32 = unheard.iter().map(|failing| failing.times).sum();
        if !certain && times < UNLUCKY {
            return None;
        }
        let first = unheard.iter().min_by_key(|failing| failing.since)?;
        // What is certain says more than what may be bad luck.
        let told = unheard
            .iter()
            .find(|f| f.cause.is_certain())
            .unwrap_or(first);
        Some(Down {
            since: first.since,
            cause: told.cause,
            error: &told.error,
        })
    }

    /// When it answered last, in ms since the epoch.
    pub fn answered(&self) -> Option<i64> {
        self.answered
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn network(cause: &str) -> CloudError {
        CloudError {
            source: vec!["dispatch failure".into(), cause.into()],
            ..CloudError::local("Op", ErrorKind::Network, "")
        }
    }

    fn denied() -> CloudError {
        CloudError {
            code: "AccessDeniedException".into(),
            ..CloudError::local("Op", ErrorKind::Other, "")
        }
    }

    #[test]
    fn a_refused_connection_is_down_at_once_and_since_the_first_refusal() {
        let mut health = Health::default();
        health.ended("lambda", Ok(()), 1_000);
        assert!(health.down().is_none());
        let refused = network("tcp connect error: Connection refused (os error 111)");
        health.ended("lambda", Err(&refused), 2_000);
        health.ended("sts", Err(&refused), 3_000);
        let down = health.down().unwrap();
        assert_eq!((down.since, down.cause), (2_000, Cause::Refused));
        let words = down.cause.words("127.0.0.1:4566");
        assert_eq!(words, "connection refused by 127.0.0.1:4566");
        health.ended("sts", Ok(()), 4_000);
        assert!(health.down().is_none(), "somebody answers");
        assert_eq!(health.answered(), Some(4_000));
    }

    #[test]
    fn one_service_that_is_not_there_is_no_connection_that_is_down() {
        let mut health = Health::default();
        let refused = network("Connection refused");
        health.ended("monitoring", Err(&refused), 1_000);
        health.ended("lambda", Ok(()), 2_000);
        health.ended("monitoring", Err(&refused), 3_000);
        assert!(health.down().is_none());
    }

    #[test]
    fn what_breaks_off_once_is_bad_luck_and_three_times_is_not() {
        let mut health = Health::default();
        let broken = network("connection closed before message completed");
        for at in [1_000, 2_000] {
            health.ended("lambda", Err(&broken), at);
            assert!(health.down().is_none());
        }
        let silent = CloudError::local("Op", ErrorKind::Timeout, "");
        health.ended("sts", Err(&silent), 3_000);
        assert_eq!(health.down().unwrap().since, 1_000);
    }

    #[test]
    fn an_error_that_was_answered_shows_that_somebody_is_there() {
        let mut health = Health::default();
        health.ended("lambda", Err(&network("dns error")), 1_000);
        assert_eq!(health.down().unwrap().cause, Cause::Name);
        health.ended("lambda", Err(&denied()), 2_000);
        assert!(health.down().is_none());
        // What was stopped here, or never went out, says nothing.
        health.ended("lambda", Err(&network("dns error")), 3_000);
        let stopped = CloudError::local("Op", ErrorKind::Cancelled, "");
        health.ended("lambda", Err(&stopped), 4_000);
        let no_credentials = ErrorKind::SignIn {
            sso: false,
            expired: false,
        };
        health.ended(
            "lambda",
            Err(&CloudError::local("Op", no_credentials, "")),
            5_000,
        );
        assert_eq!(health.down().unwrap().since, 3_000);
    }

    #[test]
    fn every_cause_is_told_of_its_place() {
        let rows = [
            ("no route to host", Cause::Unreachable),
            (
                "invalid peer certificate: UnknownIssuer",
                Cause::Certificate,
            ),
            ("received fatal alert: HandshakeFailure", Cause::Encryption),
            ("unsuccessful tunnel", Cause::Proxy),
            ("connection reset by peer", Cause::Broken),
        ];
        for (text, cause) in rows {
            assert_eq!(Cause::of(&network(text)), Some(cause), "{text}");
            assert!(cause.words("here").contains("here"));
        }
    }
}

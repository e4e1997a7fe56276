//! What came back: an answer with its times, or the step at which sending failed.

use std::sync::Arc;

/// What is kept of a body at most, in bytes: API Gateway's own limit of a payload.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;

/// An answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// As `200`.
    pub status: u16,
    /// As `OK`; may be empty.
    pub reason: String,
    /// In the order in which they came.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub body: Arc<[u8]>,
    /// The body is longer than what is kept of it.
    pub cut: bool,
    /// How long each step took.
    pub timings: Timings,
}

impl Answer {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let header = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(header.1.as_str())
    }

    /// The body as text; bytes that are none are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body is no text: compressed, a picture.
    pub fn is_binary(&self) -> bool {
        let start = &self.body[..self.body.len().min(4096)];
        let broken = match std::str::from_utf8(start) {
            Ok(_) => false,
            // A sign may be cut at the end of what is looked at.
            Err(error) => error.error_len().is_some(),
        };
        broken || start.contains(&0)
    }

    /// `$context.requestId`, as API Gateway tells it.
    pub fn request_id(&self) -> Option<&str> {
        self.header("x-amzn-requestid")
    }

    /// The root of the trace: `1-6b08efc6-5d0c7be29a41f3807c6e2b91`.
    pub fn trace(&self) -> Option<&str> {
        let header = self.header("x-amzn-trace-id")?;
        let mut parts = header.split(';');
        parts.find_map(|part| part.trim().strip_prefix("Root="))
    }

    /// Where it leads, where it is a redirect: it is told and not followed.
    pub fn redirect(&self) -> Option<&str> {
        matches!(self.status, 301 | 302 | 303 | 307 | 308)
            .then(|| self.header("location"))
            .flatten()
    }
}

/// A step of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The host's address is asked for.
    Dns,
    /// A connection is made.
    Connect,
    /// It is made safe.
    Tls,
    /// The request is sent and its answer awaited.
    Wait,
    /// The body comes.
    Download,
}

impl Step {
    /// All, in their order.
    pub const ALL: [Self; 5] = [
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::Wait,
        Self::Download,
    ];

    /// Its word.
    pub fn title(self) -> &'static str {
        match self {
            Self::Dns => "DNS",
            Self::Connect => "Connect",
            Self::Tls => "TLS",
            Self::Wait => "First byte",
            Self::Download => "Download",
        }
    }
}

/// How long each step took, ms; none where there was none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Timings {
    /// To the host's address.
    pub dns: Option<f64>,
    /// To the connection.
    pub connect: Option<f64>,
    /// To the end of the handshake.
    pub tls: Option<f64>,
    /// From the first byte out to the first byte in.
    pub wait: Option<f64>,
    /// To the last byte in.
    pub download: Option<f64>,
}

impl Timings {
    /// Of one step.
    pub fn of(&self, step: Step) -> Option<f64> {
        match step {
            Step::Dns => self.dns,
            Step::Connect => self.connect,
            Step::Tls => self.tls,
            Step::Wait => self.wait,
            Step::Download => self.download,
        }
    }

    /// Takes the time of one step.
    pub fn set(&mut self, step: Step, ms: f64) {
        let of = match step {
            Step::Dns => &mut self.dns,
            Step::Connect => &mut self.connect,
            Step::Tls => &mut self.tls,
            Step::Wait => &mut self.wait,
            Step::Download => &mut self.download,
        };
        *of = Some(ms);
    }

    /// All together, ms.
    pub fn whole_ms(&self) -> f64 {
        Step::ALL.iter().filter_map(|step| self.of(*step)).sum()
    }
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The step at which it failed.
    pub step: Step,
    /// What happened, in a sentence.
    pub text: String,
    /// What to do, or what it may mean; may be empty.
    pub advice: String,
    /// How long the steps took until then.
    pub timings: Timings,
}

/// What came of sending.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// What came back.
    pub result: Result<Answer, Failure>,
    /// What went out, as it may be seen: the request's first line.
    pub target: String,
    /// Headers that went out, those that signing added among them; secrets masked.
    pub headers: Vec<(String, String)>,
    /// How many of the last of them signing added.
    pub added: usize,
    /// When it was sent, ms since 1970.
    pub at: i64,
}

impl Sent {
    /// How long it took, as far as it came.
    pub fn timings(&self) -> &Timings {
        match &self.result {
            Ok(answer) => &answer.timings,
            Err(failure) => &failure.timings,
        }
    }
}

/// A body made ready to be read: JSON with its lines, or the text as it is.
pub fn readable(text: &str) -> (String, bool) {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) if value.is_object() || value.is_array() => {
            let pretty = serde_json::to_string_pretty(&value);
            (pretty.unwrap_or_else(|_| text.to_owned()), true)
        }
        _ => (text.to_owned(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_redirects_and_bytes_are_known() {
        let headers = [
            ("X-Amzn-RequestId", "8f1c"),
            ("x-amzn-trace-id", "Root=1-6b08efc6-5d0c;Parent=1;Sampled=0"),
            ("Location", "/b"),
        ];
        let mut answer = Answer {
            status: 302,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ..Answer::default()
        };
        assert_eq!(answer.request_id(), Some("8f1c"));
        assert_eq!(answer.trace(), Some("1-6b08efc6-5d0c"));
        assert_eq!(answer.redirect(), Some("/b"));
        answer.status = 201;
        assert_eq!(answer.redirect(), None);
        assert!(!answer.is_binary());
        answer.body = [0x1f, 0x8b, 8, 0][..].into();
        assert!(answer.is_binary());
        // A long text that is cut within a sign.
        answer.body = format!("a{}", "茶".repeat(3000)).as_bytes().into();
        assert!(!answer.is_binary());
    }

    #[test]
    fn the_whole_is_the_sum_of_the_steps() {
        let mut timings = Timings::default();
        timings.set(Step::Connect, 2.0);
        timings.set(Step::Wait, 10.5);
        assert_eq!(timings.whole_ms(), 12.5);
        assert_eq!(timings.of(Step::Tls), None);
    }
}

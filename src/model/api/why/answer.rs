//! An answer as it was captured: a status, a whole answer of `curl -i`, or a body alone.

use serde_json::Value;

/// What is known of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: Option<u16>,
    /// What `x-amzn-errortype` says, without what follows a colon.
    pub error: Option<String>,
    /// What the body says as `message` or `Message`.
    pub message: Option<String>,
    /// Headers were captured too: one that is not among them was not there.
    pub whole: bool,
}

impl Answer {
    /// Nothing is known of it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads what was pasted: lines of a head, a body, or a status alone.
    pub fn of(text: &str) -> Self {
        let mut answer = Self::default();
        let mut body = String::new();
        let mut in_body = false;
        for line in text.trim().lines() {
            // What `curl -v` writes before what came.
            let line = line.strip_prefix("< ").unwrap_or(line).trim_end();
            let begins = line.trim_start().starts_with(['{', '[']);
            match line.split_once(':') {
                _ if in_body || begins => {
                    in_body = true;
                    body.push_str(line);
                    body.push('\n');
                }
                _ if answer.status.is_none() && status(line).is_some() => {
                    answer.status = status(line);
                    answer.whole |= line.starts_with("HTTP/");
                }
                Some((name, value)) => answer.header(name.trim(), value.trim()),
                None => {}
            }
        }
        let read: Value = serde_json::from_str(&body).unwrap_or_default();
        let said = read.get("message").or_else(|| read.get("Message"));
        answer.message = said.and_then(Value::as_str).map(str::to_owned);
        answer
    }

    fn header(&mut self, name: &str, value: &str) {
        self.whole = true;
        if name.eq_ignore_ascii_case("x-amzn-errortype") {
            let kind = value.split(':').next().unwrap_or_default();
            self.error = Some(kind.to_owned()).filter(|kind| !kind.is_empty());
        }
    }

    /// It comes from what stands behind the method: whatever the gateway itself refuses has its error's name in a header.
    pub fn is_of_backend(&self) -> bool {
        self.whole && self.error.is_none()
    }
}

/// `403`, `403 Forbidden`, `HTTP/1.1 403 Forbidden`, `HTTP/2 403`.
fn status(line: &str) -> Option<u16> {
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let code = match first.starts_with("HTTP/") {
        true => words.next()?,
        false => first,
    };
    let code = code.parse::<u16>().ok()?;
    (100..600).contains(&code).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_however_it_was_captured() {
        let whole = "HTTP/2 403 \r\nx-amzn-requestid: a\r\nx-amzn-errortype: MissingAuthenticationTokenException:http://x\r\n\r\n{\"message\":\"Missing Authentication Token\"}";
        let answer = Answer::of(whole);
        assert_eq!(answer.status, Some(403));
        assert_eq!(
            answer.error.as_deref(),
            Some("MissingAuthenticationTokenException")
        );
        assert_eq!(
            answer.message.as_deref(),
            Some("Missing Authentication Token")
        );
        assert!(!answer.is_of_backend());
        let body = Answer::of("{\n  \"Message\": \"User: anonymous\"\n}");
        assert_eq!(body.message.as_deref(), Some("User: anonymous"));
        assert_eq!((body.status, body.whole), (None, false));
        assert_eq!(Answer::of("429 Too Many Requests").status, Some(429));
        assert_eq!(Answer::of("503").status, Some(503));
        let verbose = Answer::of("< HTTP/1.1 500 Internal\n< content-type: text/plain\n\noops");
        assert_eq!((verbose.status, verbose.is_of_backend()), (Some(500), true));
        assert!(Answer::of("").is_empty());
        assert!(Answer::of("nothing of it").is_empty());
    }
}

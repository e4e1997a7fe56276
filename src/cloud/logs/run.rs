//! From a request of a stage to what was logged of it, and to the function's own name of its run.
//!
//! See [`crate::model::client::logs`] for how that is known. A log group that is not there tells nothing, and is no error.

use std::sync::Arc;
use std::time::Duration;

use super::add;
use super::read::Pass;
use crate::cloud::Cloud;
use crate::model::client::logs::{Told, is_id, of_access_log, of_execution_log};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::log::{Invocation, LogBuffer};
use crate::store::{Pages, Query};

/// Lines of a group that are read at most.
const MOST: usize = 500;
/// Lines that are read to see in whose run one stands.
const MOST_AROUND: usize = 5_000;

/// What was logged of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FindRun {
    /// `$context.requestId`.
    pub request: String,
    /// The root of its trace, where the answer told it.
    pub trace: Option<String>,
    /// The stage's access log: its group and its format.
    pub access: Option<(String, String)>,
    /// The stage's execution log.
    pub execution: Option<String>,
    /// The function's log.
    pub function: Option<String>,
    /// From, ms since 1970.
    pub start: i64,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logged {
    /// What the lines tell.
    pub told: Told,
    /// The stage's lines of the request, oldest first.
    pub lines: Vec<String>,
}

impl Query<Cloud> for FindRun {
    type Output = Logged;

    fn service(&self) -> &'static str {
        "logs"
    }

    fn ttl(&self) -> Duration {
        // Lines come seconds after the answer: it is asked again while somebody looks, see the screen.
        Duration::from_secs(3)
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Logged>) -> Result<(), CloudError> {
        let client = cloud.logs().await?;
        let mut logged = Logged::default();
        let quoted = format!("\"{}\"", self.request);
        if let Some((group, format)) = &self.access {
            for line in lines(&client, group, self.start, &quoted).await? {
                logged.told.add(of_access_log(format, &line));
                logged.lines.push(line);
            }
        }
        if let Some(group) = &self.execution {
            for line in lines(&client, group, self.start, &quoted).await? {
                logged.told.add(of_execution_log(&self.request, &line));
                logged.lines.push(line);
            }
        }
        if let (None, Some(group)) = (&logged.told.run, &self.function) {
            let pattern = match &self.trace {
                Some(trace) => format!("?{quoted} ?\"{trace}\""),
                None => quoted,
            };
            let found = lines(&client, group, self.start, &pattern).await?;
            logged.told.run = found.iter().find_map(|line| run_of(line, &self.request));
            // A line that has the request's id alone belongs to the run that it stands in.
            if logged.told.run.is_none() && !found.is_empty() {
                logged.told.run = stands_in(&client, group, self.start, &self.request).await?;
            }
        }
        pages.send(logged).await;
        Ok(())
    }
}

async fn lines(
    client: &aws_sdk_cloudwatchlogs::Client,
    group: &str,
    start: i64,
    pattern: &str,
) -> Result<Vec<String>, CloudError> {
    // The end is open: what comes while it is read belongs to it too.
    let mut pass = Pass::new(client, group, start).matching(pattern, start + 3_600_000);
    let mut found = Vec::new();
    loop {
        match pass.next().await {
            Ok(Some(events)) => found.extend(events.into_iter().map(|event| event.message)),
            Ok(None) => return Ok(found),
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(error),
        }
        if found.len() >= MOST {
            return Ok(found);
        }
    }
}

/// The run among whose lines one says `request`.
async fn stands_in(
    client: &aws_sdk_cloudwatchlogs::Client,
    group: &str,
    start: i64,
    request: &str,
) -> Result<Option<String>, CloudError> {
    let mut pass = Pass::new(client, group, start).matching("", start + 3_600_000);
    let mut buffer = LogBuffer::default();
    let mut count = 0;
    while let Some(events) = pass.next().await? {
        count += events.len();
        add(&mut buffer, &events);
        if count >= MOST_AROUND {
            break;
        }
    }
    let says = |of: &&Invocation| {
        let mut lines = buffer.lines_of(of);
        lines.any(|line| line.message.contains(request))
    };
    let run = buffer.invocations().iter().find(says);
    Ok(run.map(|of| of.request_id.to_string()))
}

/// The run that a line of a function's log is of: the first id in it that is not the request's own.
fn run_of(line: &str, request: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut words = line.split(|c| !fits(c));
    let id = words.find(|word| is_id(word) && *word != request)?;
    Some(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_function_tells_its_run() {
        let (api, run) = (
            "8f1c22e4-6b0d-4a57-9d0e-2b7f41c6a9d3",
            "79104ad7-1f6b-4b3a-8f3e-0c1d2e3f4a5b",
        );
        for line in [
            format!(
                "REPORT RequestId: {run}\tDuration: 5 ms\t\nXRAY TraceId: 1-6b08efc6-5d0c7be29a41f3807c6e2b91\t"
            ),
            format!("2026-11-28T05:00:00.000Z\t{run}\tINFO\trequest {api}"),
            format!("{{\"api\":\"{api}\",\"requestId\":\"{run}\"}}"),
        ] {
            assert_eq!(run_of(&line, api).as_deref(), Some(run), "{line}");
        }
        assert_eq!(run_of(&format!("the request {api}"), api), None);
    }
}

//! Sending a request to a stage for real: what goes out is signed as it goes out, every step is timed, and a step that fails is named.
//!
//! It is a write, for what the backend does really happens; it is sent once and never again by itself. Redirects are told and not
//! followed. No SDK takes part, but the connection's own credentials sign, and whom it trusts is trusted.

mod connect;
mod exchange;
mod sign;
mod trace;

use std::sync::Arc;
use std::time::Duration;

use crate::cloud::Cloud;
use crate::model::client::answer::{Answer, Failure, MOST_BYTES, Sent, Step};
use crate::model::client::resolve::{Header, Prepared};
use crate::model::error::CloudError;
use crate::model::plan::{Plan, Risk};
use crate::model::secret::Secret;
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

use trace::Trace;

/// How long the whole may take: API Gateway itself gives up after 29 s where nothing else was agreed.
const LONGEST: Duration = Duration::from_secs(30);

/// Sends a request. [`Applied::output`] is a [`Sent`]: a failure on the way is one too.
#[derive(Debug, Clone)]
pub struct SendRequest {
    /// What goes out.
    pub request: Prepared,
    /// It in a few words, without its query: `GET /orders`.
    pub words: String,
    /// The method's ARN as policies name it.
    pub arn: String,
    /// The same as a command, its secrets masked.
    pub curl: String,
}

impl Action<Cloud> for SendRequest {
    fn plan(&self) -> Plan {
        Plan {
            title: format!("Send {}", self.words),
            target: self.arn.clone(),
            risk: match crate::model::client::changes(&self.request.method) {
                true => Risk::Changes,
                false => Risk::Safe,
            },
            differences: Vec::new(),
            cli: self.curl.clone(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec!["What the backend does of it is not taken back".to_owned()]
    }

    fn service(&self) -> &'static str {
        // A backend that takes its time must not hold up the permits of the reads.
        "stage-client"
    }

    fn invalidates(&self) -> Vec<Topic> {
        Vec::new()
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            let sent = send(&self.request, &cloud, &progress, LONGEST).await?;
            let (summary, failed) = match &sent.result {
                Ok(answer) => (
                    format!("{} answered {}", self.words, answer.status),
                    answer.status >= 500,
                ),
                Err(failure) => (format!("{}: {}", self.words, failure.text), true),
            };
            let id = sent.result.as_ref().ok().and_then(Answer::request_id);
            Ok(Applied {
                request_id: id.map(str::to_owned),
                summary,
                failed,
                output: Some(Arc::new(sent)),
                undo: None,
            })
        })
    }
}

/// Sends it, within `longest`.
///
/// # Errors
/// Where it can't be signed, or whom to trust can't be read. What goes wrong on the way is in the result.
async fn send(
    request: &Prepared,
    cloud: &Cloud,
    progress: &Progress,
    longest: Duration,
) -> Result<Sent, CloudError> {
    let mut headers = usual(request);
    let before = headers.len();
    if request.signed {
        let added = sign::sign(request, &headers, cloud).await?;
        headers.extend(added);
    }
    let tls = match request.url.secure {
        true => Some(cloud.trusted_by_client(&request.url.host).await?),
        false => None,
    };
    let trace = Trace::new(progress);
    let at = jiff::Timestamp::now().as_millisecond();
    let way = async {
        let stream = connect::connect(&request.url, tls, &trace).await?;
        exchange::exchange(stream, request, &headers, &trace).await
    };
    let result = match tokio::time::timeout(longest, way).await {
        Ok(result) => result,
        Err(_) => Err(trace.late(longest, cloud)),
    };
    let result = result.map_err(|(step, text, advice)| Failure {
        step,
        text,
        advice,
        timings: trace.timings(),
    });
    Ok(Sent {
        result: result.map(|answer| Answer {
            timings: trace.timings(),
            ..answer
        }),
        target: format!("{} {}", request.method, request.shown_url),
        added: headers.len() - before,
        headers: headers
            .iter()
            .map(|of| (of.name.clone(), of.shown().to_owned()))
            .collect(),
        at,
    })
}

/// What failed, in what words, with what advice.
type Broken = (Step, String, String);

/// The headers that go out before a signature: the host first, and what every client says of itself unless the person did.
fn usual(request: &Prepared) -> Vec<Header> {
    let plain = |name: &str, value: &str| Header {
        name: name.to_owned(),
        value: Secret::new(value),
        secret: false,
    };
    let mut headers = vec![plain("host", &request.url.authority())];
    let said = |name: &str| {
        let mut headers = request.headers.iter();
        headers.any(|of| of.name.eq_ignore_ascii_case(name))
    };
    if !said("user-agent") {
        let agent = concat!("sekisho/", env!("CARGO_PKG_VERSION"));
        headers.push(plain("user-agent", agent));
    }
    if !said("accept") {
        headers.push(plain("accept", "*/*"));
    }
    headers.extend(request.headers.iter().cloned());
    headers
}

#[cfg(test)]
mod tests;

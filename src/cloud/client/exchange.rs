//! One request and its answer on a connection that is made for them, over HTTP/1.1.

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::connect::Stream;
use super::trace::Trace;
use super::{Answer, Broken, MOST_BYTES};
use crate::model::client::answer::Step;
use crate::model::client::resolve::{Header, Prepared};

/// Sends and reads.
pub async fn exchange(
    stream: Stream,
    request: &Prepared,
    headers: &[Header],
    trace: &Trace<'_>,
) -> Result<Answer, Broken> {
    trace.begin(Step::Wait);
    let request = built(request, headers).map_err(|why| (Step::Wait, why, String::new()))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    let work = Box::pin(async move {
        let answer = sender.send_request(request).await;
        trace.end();
        let answer = answer.map_err(broken)?;
        trace.begin(Step::Download);
        let read = read(answer, trace).await;
        trace.end();
        read
    });
    // The connection moves only while it is asked: both are asked until the answer is there, whichever ends first.
    match select(work, Box::pin(connection)).await {
        Either::Left((answer, _)) => answer,
        Either::Right((_, work)) => work.await,
    }
}

fn built(request: &Prepared, headers: &[Header]) -> Result<Request<Full<Bytes>>, String> {
    let method =
        Method::from_bytes(request.method.as_bytes()).map_err(|error| error.to_string())?;
    let target: Uri = request
        .url
        .target()
        .parse()
        .map_err(|error| format!("The URL can't be sent: {error}"))?;
    let body = Bytes::copy_from_slice(request.body.reveal().as_bytes());
    let mut built = Request::new(Full::new(body));
    *built.method_mut() = method;
    *built.uri_mut() = target;
    for header in headers {
        let name =
            HeaderName::from_bytes(header.name.as_bytes()).map_err(|error| error.to_string())?;
        // Texts beyond ASCII go out as their UTF-8.
        let mut value = HeaderValue::from_bytes(header.value.reveal().as_bytes())
            .map_err(|_| format!("The value of {} can't be sent", header.name))?;
        value.set_sensitive(header.secret);
        built.headers_mut().append(name, value);
    }
    Ok(built)
}

async fn read(answer: Response<Incoming>, trace: &Trace<'_>) -> Result<Answer, Broken> {
    let (head, mut body) = answer.into_parts();
    let total = body.size_hint().exact().unwrap_or_default();
    let mut bytes: Vec<u8> = Vec::new();
    let mut cut = false;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let text = format!(
                "The answer broke off after {} bytes of its body",
                bytes.len()
            );
            (Step::Download, text, words(&error))
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let room = MOST_BYTES - bytes.len();
        bytes.extend_from_slice(&data[..data.len().min(room)]);
        trace.came(bytes.len(), total);
        if data.len() > room {
            cut = true;
            break;
        }
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter();
    Ok(Answer {
        status: head.status.as_u16(),
        reason: head
            .status
            .canonical_reason()
            .unwrap_or_default()
            .to_owned(),
        headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
        body: bytes.into(),
        cut,
        timings: trace.timings(),
    })
}

fn broken(error: hyper::Error) -> Broken {
    let text = if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        "The connection was closed before an answer came".to_owned()
    } else if error.is_parse() {
        "What came is no HTTP/1.1 answer".to_owned()
    } else {
        "The connection broke off before an answer came".to_owned()
    };
    (Step::Wait, text, words(&error))
}

fn words(error: &hyper::Error) -> String {
    let causes = crate::cloud::error::causes(error);
    causes.last().cloned().unwrap_or_default()
}

//! The listener on loopback: connections in, requests to the service that they mean, answers out. Knows no
//! service: which one a request means is read off their table.

use crate::{
    doors::{Audience, Caller, Doors, signature::Promise},
    error::AwsError,
    gateway::{self, Spelling, Watched},
    lambda::{
        Lambda,
        url::{self, Address, Visit},
    },
    request::{Body, Ctx, Request, Response},
    services::{self, Services, absent},
    store::archive,
};
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http_body_util::{BodyExt, Limited};
use hyper::{body::Frame, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The largest body that is read: Lambda takes 50 MB of ZIP in one request, which Base64 makes 67 MB. What is a little larger
/// is read so that it is refused in Lambda's own words.
pub const MAX_BODY_BYTES: usize = 96 * 1024 * 1024;

/// Bytes a second that a body comes at, at least.
const LEAST_RATE: u64 = 1024;
/// The status of a request that takes too long to come.
const TOO_SLOW: u16 = 408;

/// The services that answer now; none while a state is being replaced.
pub type Current = watch::Receiver<Option<Arc<Services>>>;

/// Accepts connections until `stop` is cancelled; then those still open are dropped.
pub async fn serve(
    listener: TcpListener,
    doors: Arc<Doors>,
    current: Current,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let serving = connection(stream, doors.clone(), current.clone(), stop.clone());
                tasks.spawn(serving);
            }
            Err(error) => {
                // Out of file descriptors, most likely: the next connection may find one again.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    doors: Arc<Doors>,
    current: Current,
    stop: CancellationToken,
) {
    // Answers are small and written at once: waiting to fill a packet would only add 40 ms to them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let Some(caller) = doors.meet(&stream).await else {
        return;
    };
    let patience = caller.patience();
    let caller = Arc::new(caller);
    let spelling = Spelling::default();
    let stream = Watched::new(stream, spelling.clone());
    let service = service_fn(move |request| {
        let (doors, caller, spelling) = (doors.clone(), caller.clone(), spelling.clone());
        answer(doors, caller, current.clone(), spelling, request)
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        () = stop.cancelled() => {}
        served = serving => {
            if let Err(error) = served {
                tracing::debug!(%error, "a connection ended early");
            }
        }
    }
}

async fn answer(
    doors: Arc<Doors>,
    caller: Arc<Caller>,
    mut current: Current,
    spelling: Spelling,
    request: http::Request<hyper::body::Incoming>,
) -> Result<http::Response<Outgoing>, Infallible> {
    let request_id = uuid::Uuid::new_v4().to_string();
    let is_head = request.method() == http::Method::HEAD;
    let (head, body) = request.into_parts();
    let now = jiff::Timestamp::now();
    let front = Front::of(&head);
    let connection = head.headers.get(http::header::CONNECTION);
    let stays = connection.is_none_or(|value| !value.as_bytes().eq_ignore_ascii_case(b"close"));
    let (query, protocol) = (
        head.uri.query().unwrap_or_default().to_owned(),
        format!("{:?}", head.version),
    );
    let response = match doors.judge(&caller, front.audience(), &head, now) {
        Ok(promise) => match read(head, body, &promise, caller.patience()).await {
            Ok(request) => match current_services(&mut current).await {
                Some(services) => match &front {
                    Front::Stage(address) => {
                        let visit = gateway::Visit {
                            address,
                            protocol,
                            from: caller.address(),
                            request_id: &request_id,
                            spelling: &spelling,
                        };
                        gateway::visit(&services, &visit, &request).await
                    }
                    Front::Url(address) => {
                        let visit = Visit {
                            address,
                            query: &query,
                            protocol,
                            from: caller.address(),
                            request_id: &request_id,
                        };
                        match services.made::<Lambda>(&address.region) {
                            Some(lambda) => lambda.visit(&visit, &request).await,
                            None => url::nobody(),
                        }
                    }
                    Front::Service => {
                        let answer = route(&services, &caller, request, &request_id);
                        services.store.answering(answer).await
                    }
                },
                None => Response::empty(503),
            },
            // What is left of a body that came too slowly is not waited for.
            Err(error) if error.status == TOO_SLOW => {
                absent::plain(&error).with_header("connection", "close")
            }
            Err(error) => absent::plain(&error),
        },
        // Whoever is turned away has sent a body, perhaps, that nobody is going to read.
        Err(error) => turned_away(head, &request_id, &error).with_header("connection", "close"),
    };
    spelling.next();
    let is_service = matches!(front, Front::Service);
    let response = match !is_service && stays && !response.has_header("connection") {
        // As AWS's fronts say it, though it goes without saying.
        true => response.with_header("connection", "keep-alive"),
        false => response,
    };
    Ok(finish(response, &request_id, is_head, is_service))
}

/// The services, after a state that is being replaced has been; none when the sandbox ends.
async fn current_services(current: &mut Current) -> Option<Arc<Services>> {
    let found = current.wait_for(Option::is_some).await.ok()?;
    found.clone()
}

/// What a request's name of the sandbox means.
enum Front {
    /// A stage of an API.
    Stage(gateway::Address),
    /// A function URL.
    Url(Address),
    /// AWS's own APIs, and the sandbox's.
    Service,
}

impl Front {
    fn of(head: &Parts) -> Self {
        if let Some(url) = url::address(&head.headers) {
            return Self::Url(url);
        }
        match gateway::address(&head.headers, head.uri.path()) {
            Some(stage) => Self::Stage(stage),
            None => Self::Service,
        }
    }

    /// For whom a request's route answers. Function URLs and stages are for pages too, by their own rules.
    fn audience(&self) -> Audience {
        match self {
            Self::Stage(_) | Self::Url(_) => Audience::Pages,
            Self::Service => Audience::Programs,
        }
    }
}

/// The answer of the doors, in the form of the service that was meant.
fn turned_away(head: Parts, request_id: &str, error: &AwsError) -> Response {
    absent::turned_away(&whole(head, Bytes::new()), request_id, error)
}

/// The whole request, once its body is the one that was promised.
async fn read(
    parts: Parts,
    body: hyper::body::Incoming,
    promise: &Promise,
    patience: Duration,
) -> Result<Request, AwsError> {
    let body = collect(body, patience).await?;
    promise.keep(&body)?;
    Ok(whole(parts, body))
}

/// A body as it comes, which may take its time but not stand still: it has to keep up a rate once patience is over.
async fn collect(body: hyper::body::Incoming, patience: Duration) -> Result<Bytes, AwsError> {
    let mut body = Limited::new(body, MAX_BODY_BYTES);
    let began = Instant::now();
    let mut all = BytesMut::new();
    loop {
        let more = Duration::from_secs(all.len() as u64 / LEAST_RATE);
        let frame = match timeout_at(began + patience + more, body.frame()).await {
            Ok(Some(frame)) => frame.map_err(|error| broken(error.as_ref()))?,
            Ok(None) => return Ok(all.freeze()),
            Err(_elapsed) => {
                return Err(AwsError::new(
                    TOO_SLOW,
                    "RequestTimeout",
                    "The request's body came too slowly.",
                ));
            }
        };
        if let Ok(data) = frame.into_data() {
            all.extend_from_slice(&data);
        }
    }
}

fn broken(error: &(dyn std::error::Error + Send + Sync + 'static)) -> AwsError {
    if error.is::<http_body_util::LengthLimitError>() {
        return AwsError::new(
            413,
            "RequestEntityTooLargeException",
            format!("Request must be smaller than {MAX_BODY_BYTES} bytes"),
        );
    }
    AwsError::new(
        400,
        "IncompleteBody",
        format!("The request's body could not be read: {error}"),
    )
}

fn whole(head: Parts, body: Bytes) -> Request {
    let query = head.uri.query().unwrap_or_default();
    Request {
        query: form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        path: head.uri.path().to_owned(),
        method: head.method,
        headers: head.headers,
        body,
    }
}

async fn route(
    services: &Services,
    caller: &Caller,
    request: Request,
    request_id: &str,
) -> Response {
    if let Some(rest) = request.path.strip_prefix("/_sekisho/") {
        return own(services, rest).await;
    }
    let ctx = Ctx {
        region: request.region(),
        account: services.base.account.clone(),
        request_id: request_id.to_owned(),
        endpoint: caller.endpoint(&request.headers, &services.base.endpoint),
    };
    services::answer(services, &ctx, &request).await
}

/// The sandbox's own addresses, which need no signature.
async fn own(services: &Services, path: &str) -> Response {
    if path == "health" {
        return Response::json(
            200,
            &json!({"service": "sekisho-sandbox", "version": env!("CARGO_PKG_VERSION")}),
        );
    }
    if path == "state" {
        return saved(services).await;
    }
    let file = path
        .strip_prefix("packages/")
        .and_then(|id| services.packages.file(id));
    match file {
        // A package is removed when its function is; then its address is gone too.
        Some(file) => match tokio::fs::read(file).await {
            Ok(bytes) => Response::new(200, "application/zip", bytes),
            Err(_) => Response::empty(404),
        },
        None => Response::empty(404),
    }
}

/// The state in one file, as it is now.
async fn saved(services: &Services) -> Response {
    match archive::open(&services.store).await {
        Ok(body) => Response {
            status: 200,
            headers: vec![("content-type".into(), "application/zip".into())],
            body: Body::Stream(body),
        },
        Err(error) => Response::new(409, "text/plain", error.to_string()),
    }
}

fn finish(
    mut response: Response,
    request_id: &str,
    is_head: bool,
    is_service: bool,
) -> http::Response<Outgoing> {
    // A service that names its requests in one way does not name them in another.
    let is_named = response.has_header("x-amz-request-id") || response.has_header("x-amz-apigw-id");
    let names: &[&str] = match is_service {
        true => &["x-amzn-requestid", "x-amz-request-id"],
        false => &["x-amzn-requestid"],
    };
    for name in names.iter().copied() {
        if !is_named && !response.has_header(name) {
            response
                .headers
                .push((name.to_owned(), request_id.to_owned()));
        }
    }
    if is_head
        && !response.has_header("content-length")
        && let Body::Full(bytes) = &response.body
    {
        // What a GET would have sent: its length is part of the answer, its content is not.
        let length = bytes.len().to_string();
        response.headers.push(("content-length".to_owned(), length));
    }
    let mut builder = http::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        // A value that is no header text (a newline in a function's error, say) must not lose the whole answer.
        if let Ok(value) = http::HeaderValue::from_str(value) {
            builder = builder.header(name.as_str(), value);
        }
    }
    let body = match response.body {
        Body::Full(_) if is_head => Outgoing::Full(None),
        Body::Full(bytes) => Outgoing::Full(Some(bytes)),
        Body::Stream(receiver) => Outgoing::Stream(receiver),
    };
    builder.body(body).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer could not be written");
        http::Response::new(Outgoing::Full(None))
    })
}

/// A body as hyper writes it.
enum Outgoing {
    Full(Option<Bytes>),
    Stream(tokio::sync::mpsc::Receiver<Bytes>),
}

impl hyper::body::Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Full(bytes) => Poll::Ready(
                bytes
                    .take()
                    .filter(|b| !b.is_empty())
                    .map(|b| Ok(Frame::data(b))),
            ),
            Self::Stream(receiver) => receiver
                .poll_recv(context)
                .map(|next| next.map(|b| Ok(Frame::data(b)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Full(None))
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        match self {
            Self::Full(bytes) => hyper::body::SizeHint::with_exact(
                bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            ),
            Self::Stream(_) => hyper::body::SizeHint::default(),
        }
    }
}

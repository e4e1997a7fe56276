//! Lambda's Runtime API for one execution environment: a listener of its own on loopback.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>. It hands one invocation at a time to the runtime and
//! reports what the runtime says; it knows no process, no log and no deadline.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};
use tokio::task::{AbortHandle, JoinSet};

use super::extensions::{self, Extensions};
use super::telemetry::{self, Telemetry};
use crate::doors::{Audience, Caller, Doors};

/// The largest answer of a function, in bytes; Lambda's 6 MB is this.
pub(super) const MAX_RESPONSE: usize = 6_291_556;
const ERROR_TYPE: &str = "Lambda-Runtime-Function-Error-Type";
const PREFIX: &str = "/2018-06-01/runtime/";

/// What the runtime is handed on `/next`.
#[derive(Debug, Clone)]
pub(super) struct Invocation {
    pub request_id: String,
    pub event: Bytes,
    /// Milliseconds since 1970.
    pub deadline_ms: u64,
    pub invoked_arn: String,
    pub trace: String,
    pub client_context: Option<String>,
}

/// What the runtime said.
#[derive(Debug)]
pub(super) enum Said {
    /// A spare process asks which function it is to be.
    Spare,
    /// It asks for an invocation: it is initialised, or has finished the last one.
    Next,
    /// The answer to an invocation.
    Response { request_id: String, body: Bytes },
    /// The answer was larger than Lambda takes.
    TooLarge { request_id: String },
    /// The handler failed.
    Error { request_id: String, body: Bytes },
    /// Initialisation failed.
    InitError { kind: Option<String>, body: Bytes },
}

/// The listener of one environment; it and its connections end when this is dropped.
pub(super) struct RuntimeApi {
    /// `127.0.0.1:port`, for `AWS_LAMBDA_RUNTIME_API`.
    pub address: String,
    /// The extensions that speak here too.
    pub extensions: Arc<Extensions>,
    /// What subscribers are told.
    pub telemetry: Arc<Telemetry>,
    deliver: mpsc::Sender<Invocation>,
    assign: mpsc::Sender<Bytes>,
    said: mpsc::Receiver<Said>,
    listener: AbortHandle,
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

struct Shared {
    doors: Doors,
    waiting: Mutex<mpsc::Receiver<Invocation>>,
    assignments: Mutex<mpsc::Receiver<Bytes>>,
    said: mpsc::Sender<Said>,
    extensions: Arc<Extensions>,
    telemetry: Arc<Telemetry>,
    /// The invocation that the runtime is working on.
    current: std::sync::Mutex<Option<String>>,
}

impl RuntimeApi {
    /// Listens on a free port of loopback.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let (deliver, waiting) = mpsc::channel(1);
        let (assign, assignments) = mpsc::channel(1);
        let (say, said) = mpsc::channel(8);
        let (extensions, telemetry) = (Arc::<Extensions>::default(), Arc::<Telemetry>::default());
        let shared = Arc::new(Shared {
            extensions: Arc::clone(&extensions),
            telemetry: Arc::clone(&telemetry),
            doors: Doors::of_processes(),
            waiting: Mutex::new(waiting),
            assignments: Mutex::new(assignments),
            said: say,
            current: std::sync::Mutex::new(None),
        });
        let listener = tokio::spawn(accept(listener, shared)).abort_handle();
        Ok(Self {
            address,
            extensions,
            telemetry,
            deliver,
            assign,
            said,
            listener,
        })
    }

    /// Hands an invocation to the runtime; it waits in the channel if the runtime has not asked yet.
    /// False when one is waiting already, which a well-behaved caller never sees.
    pub fn deliver(&self, invocation: Invocation) -> bool {
        self.deliver.try_send(invocation).is_ok()
    }

    /// Tells a spare process which function it is: the function's variables, as JSON.
    pub fn assign(&self, variables: Bytes) -> bool {
        self.assign.try_send(variables).is_ok()
    }

    /// The next thing that the runtime says. Cancel-safe.
    pub async fn said(&mut self) -> Option<Said> {
        self.said.recv().await
    }

    /// What the runtime has said and nobody has heard yet.
    pub fn heard(&mut self) -> Option<Said> {
        self.said.try_recv().ok()
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // The set ends every connection when this task is aborted.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(serve(stream, Arc::clone(&shared))); }
                Err(error) => {
                    tracing::debug!(%error, "the Runtime API could not accept a connection");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // Answers are small and the runtime waits for each: Nagle would hold them back.
    let _ = stream.set_nodelay(true);
    let Some(caller) = shared.doors.meet(&stream).await else {
        return;
    };
    let caller = Arc::new(caller);
    let service = service_fn(move |request| {
        let (shared, caller) = (Arc::clone(&shared), Arc::clone(&caller));
        async move { Ok::<_, Infallible>(judged(request, &caller, &shared).await) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::trace!(%error, "a connection of the Runtime API ended");
    }
}

/// A page in a browser, or another user, could otherwise reach this port and answer in the function's place.
async fn judged(
    request: Request<Incoming>,
    caller: &Caller,
    shared: &Shared,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let now = jiff::Timestamp::now();
    match shared.doors.judge(caller, Audience::Programs, &head, now) {
        Ok(_) => answer(Request::from_parts(head, body), shared).await,
        Err(error) => refusal(
            StatusCode::from_u16(error.status).unwrap_or(StatusCode::FORBIDDEN),
            &error.code,
            &error.message,
        ),
    }
}

async fn answer(request: Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let Some(rest) = path.strip_prefix(PREFIX) else {
        return beside(request, &path, shared).await;
    };
    let parts: Vec<&str> = rest.split('/').collect();
    match (request.method(), parts.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => next(shared).await,
        (&Method::GET, ["sekisho", "assignment"]) => assignment(shared).await,
        (&Method::POST, ["init", "error"]) => init_error(request, shared).await,
        (&Method::POST, ["invocation", id, "response"]) => {
            let id = (*id).to_owned();
            response(request, id, shared).await
        }
        (&Method::POST, ["invocation", id, "error"]) => {
            let id = (*id).to_owned();
            error(request, id, shared).await
        }
        _ => not_found(&path),
    }
}

/// What extensions say.
async fn beside(request: Request<Incoming>, path: &str, shared: &Shared) -> Response<Full<Bytes>> {
    let operation = path.strip_prefix(extensions::api::PREFIX);
    let subscribes =
        request.method() == Method::PUT && path.trim_end_matches('/') == telemetry::PATH;
    if operation.is_none() && !subscribes {
        return not_found(path);
    }
    let (head, body) = request.into_parts();
    let body = match read(body).await {
        Some((Some(body), _)) => body,
        _ => Bytes::new(),
    };
    match operation {
        Some(operation) => {
            let extensions = &shared.extensions;
            extensions
                .answer(&head.method, operation, &head.headers, &body)
                .await
        }
        None => match shared.extensions.known(&head.headers) {
            Ok(id) => {
                let name = shared.extensions.name_of(&id).unwrap_or_default();
                shared.telemetry.subscribe(&name, &body)
            }
            Err(refused) => *refused,
        },
    }
}

async fn assignment(shared: &Shared) -> Response<Full<Bytes>> {
    let _ = shared.said.send(Said::Spare).await;
    match shared.assignments.lock().await.recv().await {
        Some(variables) => Response::new(Full::new(variables)),
        None => refusal(StatusCode::GONE, "Gone", "The environment has ended"),
    }
}

async fn next(shared: &Shared) -> Response<Full<Bytes>> {
    if shared.said.send(Said::Next).await.is_err() {
        return refusal(StatusCode::GONE, "Gone", "The environment has ended");
    }
    let invocation = shared.waiting.lock().await.recv().await;
    let Some(invocation) = invocation else {
        return refusal(StatusCode::GONE, "Gone", "The environment has ended");
    };
    set_current(shared, Some(invocation.request_id.clone()));
    let mut builder = Response::builder()
        .header("Content-Type", "application/json")
        .header("Lambda-Runtime-Aws-Request-Id", &invocation.request_id)
        .header("Lambda-Runtime-Deadline-Ms", invocation.deadline_ms)
        .header(
            "Lambda-Runtime-Invoked-Function-Arn",
            &invocation.invoked_arn,
        )
        .header("Lambda-Runtime-Trace-Id", &invocation.trace);
    if let Some(context) = &invocation.client_context {
        builder = builder.header("Lambda-Runtime-Client-Context", header_text(context));
    }
    builder
        .body(Full::new(invocation.event))
        .unwrap_or_else(|error| {
            refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Internal",
                &error.to_string(),
            )
        })
}

/// A header holds no line breaks; JSON means the same without them.
fn header_text(text: &str) -> Vec<u8> {
    text.bytes()
        .map(|byte| if byte < b' ' { b' ' } else { byte })
        .collect()
}

async fn response(
    request: Request<Incoming>,
    id: String,
    shared: &Shared,
) -> Response<Full<Bytes>> {
    if let Some(refused) = wrong_id(&id, shared) {
        return refused;
    }
    let mut failed = request.headers().contains_key(ERROR_TYPE);
    let Some((body, trailers)) = read(request.into_body()).await else {
        return refusal(StatusCode::BAD_REQUEST, "Truncated", "The body ended early");
    };
    set_current(shared, None);
    let Some(body) = body else {
        let _ = shared.said.send(Said::TooLarge { request_id: id }).await;
        return refusal(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Function.ResponseSizeTooLarge",
            "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        );
    };
    // A runtime that streams reports a failure after the first bytes in a trailer.
    failed |= trailers.is_some_and(|trailers| trailers.contains_key(ERROR_TYPE));
    let request_id = id;
    let said = if failed {
        Said::Error { request_id, body }
    } else {
        Said::Response { request_id, body }
    };
    let _ = shared.said.send(said).await;
    accepted()
}

/// A body with its trailers; no bytes when there are more than Lambda takes. `None` when the connection broke.
/// Even then all of it is read: a runtime that is still writing would not see the answer.
async fn read(mut body: Incoming) -> Option<(Option<Bytes>, Option<HeaderMap>)> {
    let mut all = BytesMut::new();
    let mut too_large = false;
    let mut trailers = None;
    while let Some(frame) = body.frame().await {
        match frame.ok()?.into_data() {
            Ok(data) => {
                too_large |= all.len() + data.len() > MAX_RESPONSE;
                if !too_large {
                    all.extend_from_slice(&data);
                }
            }
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    Some(((!too_large).then(|| all.freeze()), trailers))
}

async fn error(request: Request<Incoming>, id: String, shared: &Shared) -> Response<Full<Bytes>> {
    if let Some(refused) = wrong_id(&id, shared) {
        return refused;
    }
    let (_, body) = error_body(request).await;
    set_current(shared, None);
    let _ = shared
        .said
        .send(Said::Error {
            request_id: id,
            body,
        })
        .await;
    accepted()
}

async fn init_error(request: Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    let (kind, body) = error_body(request).await;
    let _ = shared.said.send(Said::InitError { kind, body }).await;
    accepted()
}

async fn error_body(request: Request<Incoming>) -> (Option<String>, Bytes) {
    let kind = request
        .headers()
        .get(ERROR_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let body = match read(request.into_body()).await {
        Some((Some(body), _)) => body,
        _ => Bytes::new(),
    };
    (kind, body)
}

fn wrong_id(id: &str, shared: &Shared) -> Option<Response<Full<Bytes>>> {
    let current = shared
        .current
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    match current.as_deref() {
        Some(current) if current == id => None,
        _ => Some(refusal(
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "Invalid request ID",
        )),
    }
}

fn set_current(shared: &Shared, id: Option<String>) {
    *shared
        .current
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner) = id;
}

fn accepted() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"{\"status\":\"OK\"}\n")));
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

fn not_found(path: &str) -> Response<Full<Bytes>> {
    refusal(
        StatusCode::NOT_FOUND,
        "NotFound",
        &format!("No such resource: {path}"),
    )
}

fn refusal(status: StatusCode, kind: &str, message: &str) -> Response<Full<Bytes>> {
    let body = serde_json::json!({ "errorMessage": message, "errorType": kind }).to_string();
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
}

//! How much of a request's body has gone out.
//!
//! Counts behind the signature and behind the SDK's own checks, attempt by attempt: a retry begins at nothing again.

use crate::cloud::observe::Wake;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};

/// Bytes at a time: small enough that a slow line shows progress, large enough not to cost a fast one anything.
const PIECE: usize = 64 * 1024;

/// Bytes of one upload, for the window to read while it runs.
pub struct Progress {
    sent: AtomicU64,
    total: AtomicU64,
    wake: Wake,
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("sent", &self.sent())
            .field("total", &self.total())
            .finish()
    }
}

impl Progress {
    /// Nothing sent; `wake` is called as bytes go out.
    pub fn new(wake: Wake) -> Arc<Self> {
        Arc::new(Self {
            sent: AtomicU64::new(0),
            total: AtomicU64::new(0),
            wake,
        })
    }

    /// Bytes of the current attempt that were handed to the connection.
    pub fn sent(&self) -> u64 {
        self.sent.load(Relaxed)
    }

    /// Bytes of the whole body as it is sent, 0 before it is known.
    pub fn total(&self) -> u64 {
        self.total.load(Relaxed)
    }

    fn begin(&self, total: u64) {
        self.sent.store(0, Relaxed);
        self.total.store(total, Relaxed);
        (self.wake)();
    }

    fn add(&self, bytes: usize) {
        self.sent
            .fetch_add(u64::try_from(bytes).unwrap_or_default(), Relaxed);
        (self.wake)();
    }
}

/// Reports one call's upload: `client.update_function_code()….customize().interceptor(UploadProgress::new(progress))`.
#[derive(Debug, Clone)]
pub struct UploadProgress {
    progress: Arc<Progress>,
}

impl UploadProgress {
    pub fn new(progress: Arc<Progress>) -> Self {
        Self { progress }
    }
}

#[dyn_dispatch_hint]
impl Intercept for UploadProgress {
    fn name(&self) -> &'static str {
        "SekishoUploadProgress"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = std::mem::replace(context.request_mut().body_mut(), SdkBody::taken());
        self.progress.begin(body.content_length().unwrap_or(0));
        let counted = Counted {
            inner: body,
            rest: Bytes::new(),
            progress: self.progress.clone(),
        };
        *context.request_mut().body_mut() = SdkBody::from_body_1_x(counted);
        Ok(())
    }
}

/// A body that is passed on in pieces, each of them counted when the connection takes it.
struct Counted {
    inner: SdkBody,
    rest: Bytes,
    progress: Arc<Progress>,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = aws_smithy_types::body::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.rest.is_empty() {
            match Pin::new(&mut self.inner).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                other => return other,
            }
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        self.progress.add(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // Before the first piece this is the whole body, which is when the length is asked for.
        let inner = Body::size_hint(&self.inner);
        let rest = u64::try_from(self.rest.len()).unwrap_or_default();
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + rest);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

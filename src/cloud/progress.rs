//! How much of a request's body has gone out.
//!
//! Counts behind the signature and behind the SDK's own checks, attempt by attempt: a retry begins at nothing again.

use crate::store::Progress;
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
use std::task::{Context, Poll};

/// Bytes at a time: small enough that a slow line shows progress, large enough not to cost a fast one anything.
const PIECE: usize = 64 * 1024;

/// Reports one call's upload: `client.update_function_code()….customize().interceptor(UploadProgress::new(progress))`.
#[derive(Clone)]
pub struct UploadProgress {
    progress: Arc<Progress>,
    size: Option<u64>,
}

impl fmt::Debug for UploadProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadProgress").finish_non_exhaustive()
    }
}

impl UploadProgress {
    /// Counts the bytes of the body as it is sent.
    pub fn new(progress: Arc<Progress>) -> Self {
        Self {
            progress,
            size: None,
        }
    }

    /// Counts in bytes of the thing that is sent, `size` of them, whatever the body makes of it: Lambda's packages go as
    /// Base64 in JSON, a third larger than the file that a person knows.
    pub fn of(progress: Arc<Progress>, size: u64) -> Self {
        Self {
            progress,
            size: Some(size),
        }
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
        let body_size = body.content_length().unwrap_or(0);
        let total = self.size.unwrap_or(body_size);
        self.progress.set(0, total);
        let counted = Counted {
            inner: body,
            rest: Bytes::new(),
            progress: self.progress.clone(),
            sent: 0,
            body_size,
            total,
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
    sent: u64,
    body_size: u64,
    total: u64,
}

impl Counted {
    fn count(&mut self, bytes: usize) {
        self.sent += u64::try_from(bytes).unwrap_or_default();
        let done = match self.body_size {
            0 => self.sent,
            size => self.sent.saturating_mul(self.total) / size,
        };
        self.progress.set(done, self.total);
    }
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
        self.count(length);
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

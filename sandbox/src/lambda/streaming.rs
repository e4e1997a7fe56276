//! InvokeWithResponseStream: the answer as a stream of events. The runtime here collects an answer before it gives it, so
//! the events come at the end, all at once.
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html>.

use super::{Answer, Call, Lambda, Response, invoke};
use crate::{
    protocol::eventstream::{CONTENT_TYPE, Message},
    request::Body,
    runtime::Outcome,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::BytesMut;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What an event carries at most: well below what a message may.
const CHUNK_BYTES: usize = 128 * 1024;

impl Lambda {
    pub(super) async fn invoke_with_response_stream(
        self: &Arc<Self>,
        call: &Call<'_>,
        name: &str,
    ) -> Answer {
        let target = call.target("InvokeWithResponseStream", name)?;
        if call.request.header("x-amz-invocation-type") == Some("DryRun") {
            self.could_enter(&target)?;
            return Ok(Response::empty(204));
        }
        let outcome = self
            .invoke_once(call, &target, call.request.body.clone())
            .await?;
        let wants_tail = invoke::wants_tail(call);
        let mut body = BytesMut::new();
        for chunk in outcome.payload.chunks(CHUNK_BYTES) {
            let payload = outcome.payload.slice_ref(chunk);
            body.extend_from_slice(
                &Message::event_of("PayloadChunk", "application/octet-stream", payload).encode(),
            );
        }
        body.extend_from_slice(
            &Message::event("InvokeComplete", &complete(&outcome, wants_tail)).encode(),
        );
        Ok(Response {
            status: 200,
            headers: vec![
                ("content-type".into(), CONTENT_TYPE.into()),
                ("x-amz-executed-version".into(), outcome.executed_version),
                (
                    "x-amzn-trace-id".into(),
                    invoke::trace_header(outcome.trace_id.as_deref(), self.needs.clock.now()),
                ),
            ],
            body: Body::Full(body.freeze()),
        })
    }
}

/// The last event: how the invocation ended.
fn complete(outcome: &Outcome, wants_tail: bool) -> Value {
    let mut out = Map::new();
    if let Some(error) = &outcome.function_error {
        out.insert("ErrorCode".into(), error.clone().into());
        let details = String::from_utf8_lossy(&outcome.payload).into_owned();
        out.insert("ErrorDetails".into(), details.into());
    }
    if wants_tail {
        out.insert(
            "LogResult".into(),
            BASE64_STANDARD.encode(&outcome.log_tail).into(),
        );
    }
    out.into()
}

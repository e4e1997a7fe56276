//! An empty template comes as `null`, as the ones that AWS's own console makes for CORS do; the SDK's maps of texts refuse that,
//! and with it the whole API. They are read as empty texts.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use bytes::Bytes;
use http_body::{Body, Frame};
use serde_json::Value;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Gives answers with empty texts for null.
#[derive(Debug)]
pub struct EmptyForNull;

/// The members whose entries may be null.
const MAPS: [&str; 2] = ["requestTemplates", "responseTemplates"];

#[dyn_dispatch_hint]
impl Intercept for EmptyForNull {
    fn name(&self) -> &'static str {
        "EmptyForNull"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        // A document that was exported stays as it is.
        if response.headers().get("content-disposition").is_some() {
            return Ok(());
        }
        let body = std::mem::replace(response.body_mut(), SdkBody::taken());
        *response.body_mut() = SdkBody::from_body_1_x(Filled {
            inner: body,
            gathered: Vec::new(),
            given: false,
        });
        Ok(())
    }
}

/// A body that is gathered and given on as a whole: the SDK reads it only after its interceptors.
struct Filled {
    inner: SdkBody,
    gathered: Vec<u8>,
    given: bool,
}

impl Body for Filled {
    type Data = Bytes;
    type Error = aws_smithy_types::body::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        while !self.given {
            match Pin::new(&mut self.inner).poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        self.gathered.extend_from_slice(&data);
                    }
                }
                Poll::Ready(None) => {
                    self.given = true;
                    let gathered = std::mem::take(&mut self.gathered);
                    let whole = match fill(&gathered) {
                        Some(text) => Bytes::from(text),
                        None => Bytes::from(gathered),
                    };
                    return Poll::Ready(Some(Ok(Frame::data(whole))));
                }
            }
        }
        Poll::Ready(None)
    }
}

/// The answer with empty texts, where it has a null that is one.
fn fill(body: &[u8]) -> Option<String> {
    let mut words = body.windows(4);
    if !words.any(|word| word == b"null") {
        return None;
    }
    let mut value: Value = serde_json::from_slice(body).ok()?;
    fill_value(&mut value).then(|| value.to_string())
}

fn fill_value(value: &mut Value) -> bool {
    let mut filled = false;
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if let (true, Value::Object(texts)) = (MAPS.contains(&name.as_str()), &mut *member)
                {
                    for text in texts.values_mut().filter(|text| text.is_null()) {
                        *text = Value::String(String::new());
                        filled = true;
                    }
                }
                filled |= fill_value(member);
            }
        }
        Value::Array(items) => {
            for item in items {
                filled |= fill_value(item);
            }
        }
        _ => {}
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_template_is_a_text_and_what_else_is_null_stays() {
        let body = br#"{"item":[{"parentId":null,"resourceMethods":{"OPTIONS":{"methodIntegration":{"requestTemplates":{"application/json":null},"uri":null}}}}]}"#;
        assert_eq!(
            fill(body).as_deref(),
            Some(
                r#"{"item":[{"parentId":null,"resourceMethods":{"OPTIONS":{"methodIntegration":{"requestTemplates":{"application/json":""},"uri":null}}}}]}"#
            )
        );
        assert_eq!(fill(br#"{"a":null}"#), None);
        assert_eq!(fill(br#"{"a":"b"}"#), None);
    }
}

//! Fetching a signed link, as `GetFunction` gives one for a function's package: with the trust of the connection (its CA
//! bundle, its pinned certificate, its proxy) and without its credentials. Whoever has such a link has the code, so that it
//! is in no log, no error and no list of calls.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt as _;

use crate::cloud::Cloud;
use crate::cloud::error::causes;
use crate::model::error::{CloudError, ErrorKind};
use crate::model::function::Secret;
use crate::store::Progress;

/// Bytes that are fetched at most: a package and its layers have 250 MB unpacked, and a ZIP can be a little larger.
pub const MOST_BYTES: u64 = 300 << 20;

/// A transfer that brings nothing for this long is given up.
const STALL: Duration = Duration::from_secs(30);

/// Fetches what a link leads to. Dropping the future stops it. `operation` and `target` name it in errors.
///
/// # Errors
/// No connection, one that breaks or stands still, an answer that is none, or more than [`MOST_BYTES`].
pub async fn download(
    cloud: &Cloud,
    operation: &str,
    target: &str,
    link: &Secret,
    progress: &Progress,
) -> Result<Vec<u8>, CloudError> {
    let fail = |kind: ErrorKind, message: String, source: Vec<String>| CloudError {
        target: target.to_owned(),
        source: source
            .iter()
            .map(|cause| cause.replace(link.reveal(), "the signed link"))
            .collect(),
        ..CloudError::local(operation, kind, message)
    };
    let no_link = || {
        let message = "The endpoint gave no address that can be fetched";
        fail(ErrorKind::Other, message.into(), Vec::new())
    };
    let request = HttpRequest::get(link.reveal()).map_err(|_| no_link())?;
    let resolved = cloud.resolve().await?;
    progress.set(0, 0);
    let answer = tokio::time::timeout(STALL, resolved.downloads.call(request)).await;
    let answer = answer
        .map_err(|_| {
            let message = "The package's address did not answer in time";
            fail(ErrorKind::Timeout, message.into(), Vec::new())
        })?
        .map_err(|error| {
            let message = "The package's address could not be reached";
            fail(ErrorKind::Network, message.into(), causes(&error))
        })?;
    let status = answer.status().as_u16();
    let total = answer
        .headers()
        .get("content-length")
        .and_then(|length| length.parse::<u64>().ok())
        .unwrap_or(0);
    if !(200..300).contains(&status) {
        let body = answer.into_body();
        let (kind, message) = refusal(status, &start_of(body).await);
        return Err(fail(kind, message, Vec::new()));
    }
    if total > MOST_BYTES {
        return Err(fail(ErrorKind::Invalid, too_much(), Vec::new()));
    }
    let mut body = answer.into_body();
    let mut bytes = Vec::with_capacity(usize::try_from(total).unwrap_or(0));
    progress.set(0, total);
    loop {
        let frame = tokio::time::timeout(STALL, body.frame()).await;
        let frame = frame.map_err(|_| {
            let message = format!("The transfer stood still after {} bytes", bytes.len());
            fail(ErrorKind::Timeout, message, Vec::new())
        })?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|error| {
            let message = broke_off(bytes.len(), total);
            fail(ErrorKind::Network, message, causes(error.as_ref()))
        })?;
        if let Ok(data) = frame.into_data() {
            bytes.extend_from_slice(&data);
        }
        let done = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if done > MOST_BYTES {
            return Err(fail(ErrorKind::Invalid, too_much(), Vec::new()));
        }
        progress.set(done, total);
    }
    if total > 0 && bytes.len() as u64 != total {
        let message = broke_off(bytes.len(), total);
        return Err(fail(ErrorKind::Network, message, Vec::new()));
    }
    Ok(bytes)
}

fn broke_off(done: usize, total: u64) -> String {
    match total {
        0 => format!("The connection broke after {done} bytes"),
        total => format!("The connection broke after {done} of {total} bytes"),
    }
}

fn too_much() -> String {
    format!("The package has more than {} MB", MOST_BYTES >> 20)
}

/// The first piece of an answer that refuses; S3 says why in XML.
async fn start_of(mut body: SdkBody) -> String {
    let frame = tokio::time::timeout(Duration::from_secs(5), body.frame()).await;
    match frame {
        Ok(Some(Ok(frame))) => match frame.into_data() {
            Ok(data) => {
                let start = data.get(..data.len().min(4_096)).unwrap_or_default();
                String::from_utf8_lossy(start).into_owned()
            }
            Err(_) => String::new(),
        },
        _ => String::new(),
    }
}

fn refusal(status: u16, body: &str) -> (ErrorKind, String) {
    let inside = |tag: &str| {
        let start = body.split_once(&format!("<{tag}>"))?.1;
        Some(start.split_once("</")?.0.to_owned())
    };
    let said = inside("Message").unwrap_or_else(|| format!("HTTP status {status}"));
    let kind = match status {
        404 => ErrorKind::NotFound,
        403 => ErrorKind::Permission {
            action: None,
            resource: None,
        },
        429 | 503 => ErrorKind::Throttled,
        _ => ErrorKind::Other,
    };
    (kind, format!("The package was not given out: {said}"))
}

#[cfg(test)]
#[path = "download_tests.rs"]
mod tests;

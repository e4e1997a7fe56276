//! A stage as an OpenAPI document in a file.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html>.

use std::path::Path;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::export::Wanted;
use crate::model::error::{CloudError, ErrorKind};

/// The document as the service writes it.
///
/// # Errors
/// Those of `GetExport`; where there is nothing in the answer.
pub async fn export(cloud: &Cloud, wanted: &Wanted) -> Result<Vec<u8>, CloudError> {
    let client = cloud.apigateway().await?;
    let extensions = wanted.extensions();
    let call = client
        .get_export()
        .rest_api_id(&wanted.api)
        .stage_name(&wanted.stage)
        .export_type(wanted.kind())
        .accepts(wanted.accepts());
    let call = match extensions.is_empty() {
        true => call,
        false => call.parameters("extensions", extensions),
    };
    // The SDK asks for JSON in every call to API Gateway, whatever was said: what is wanted is said once more after it.
    let accepts = wanted.accepts();
    let call = call.customize().mutate_request(move |request| {
        request.headers_mut().insert("accept", accepts);
    });
    let answer = call.send().await;
    let answer = answer.map_err(|error| from_sdk("GetExport", &wanted.stage, error))?;
    let body = answer.body.map(aws_smithy_types::Blob::into_inner);
    body.filter(|body| !body.is_empty()).ok_or_else(|| {
        let words = "The answer holds no document";
        CloudError::local("GetExport", ErrorKind::NotServed, words)
    })
}

/// Writes it to a file; how many bytes.
///
/// # Errors
/// Those of [`export`], and where the file can't be written.
pub async fn export_to(cloud: &Cloud, wanted: &Wanted, path: &Path) -> Result<u64, CloudError> {
    let document = export(cloud, wanted).await?;
    tokio::fs::write(path, &document).await.map_err(|error| {
        let message = format!("{} could not be written: {error}", path.display());
        CloudError::local("Export", ErrorKind::Other, message)
    })?;
    Ok(document.len() as u64)
}

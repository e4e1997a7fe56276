//! Where a function's code comes from: a ZIP file in the request, an object in S3, or an image.

use super::{
    Answer, Call, Lambda,
    constraints::check_architectures,
    error::{
        Violations, conflict, entity_too_large, invalid, revision_mismatch, serialization, service,
    },
    model::{Code, Status},
    ok,
    package::{MAX_UNZIPPED_BYTES, MAX_ZIPPED_BYTES},
    value,
};
use crate::error::AwsError;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde_json::Value;

impl Lambda {
    /// Takes in the code that a body names.
    pub(super) async fn take_code(&self, code: &Value) -> Result<Code, AwsError> {
        if let Some(uri) = value::text(code, "ImageUri")? {
            return Ok(Code::Image {
                uri: uri.to_owned(),
            });
        }
        let bytes = if let Some(text) = value::text(code, "ZipFile")? {
            inline(text)?
        } else if let Some(bucket) = value::text(code, "S3Bucket")? {
            let key = value::text(code, "S3Key")?
                .ok_or_else(|| invalid("Please provide a source for function code."))?;
            let version = value::text(code, "S3ObjectVersion")?;
            self.fetch(bucket, key, version).await.map_err(|error| {
                invalid(format!(
                    "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}",
                    error.code, error.message
                ))
            })?
        } else {
            return Err(invalid("Please provide a source for function code."));
        };
        Ok(Code::Zip(self.needs.packages.store(bytes).await?))
    }

    /// An object's content, which may have to be read from a disk.
    async fn fetch(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Bytes, AwsError> {
        let s3 = self.needs.s3.clone();
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        let version = version.map(str::to_owned);
        tokio::task::spawn_blocking(move || s3.object(&bucket, &key, version.as_deref()))
            .await
            .map_err(|error| service(error.to_string()))?
    }

    pub(super) async fn update_function_code(&self, call: &Call<'_>, name: &str) -> Answer {
        let body = call.body()?;
        call.check_size("UpdateFunctionCode", &body)?;
        let mut wrong = Violations::default();
        let architectures = value::texts(&body, "Architectures")?;
        if let Some(list) = &architectures {
            check_architectures(list, &mut wrong);
        }
        let target = call.checked("UpdateFunctionCode", name, wrong)?;
        // Before the package is read: a function that is not there is the more useful answer.
        {
            let state = self.state();
            self.check_update(&state, &target, &body)?;
            check_kind(&self.function(&state, &target)?.latest.code, &body)?;
        }
        let code = self.take_code(&body).await?;
        let mut state = self.state();
        self.check_update(&state, &target, &body)?;
        let function = self.function_mut(&mut state, &target)?;
        let mut next = function.latest.settings.clone();
        if let Some(list) = architectures {
            next.architecture = list.into_iter().next().unwrap_or_default();
        }
        check_fits(&code, next.unzipped_layers())?;
        let mut latest = function.latest.clone();
        latest.settings = next;
        latest.code = code;
        let now = self.needs.clock.now();
        let settles = self.settles();
        latest.begin_update(now, settles);
        if value::flag(&body, "DryRun") {
            return ok(latest.to_json(&target.name, &self.region, &self.account));
        }
        state.settle_at(&target.name, settles);
        let function = self.function_mut(&mut state, &target)?;
        function.latest = latest;
        if value::flag(&body, "Publish") {
            let number = function.publish(None);
            if let Some(version) = function.versions.get_mut(&number) {
                // As in AWS: it is a version that is being made, although the function is only being updated.
                version.status = Status::Creating(settles);
                return ok(version.to_json(&target.name, &self.region, &self.account));
            }
        }
        ok(function
            .latest
            .to_json(&target.name, &self.region, &self.account))
    }

    /// # Errors
    /// What keeps a function from being updated: it is not there, it is being updated, or it changed meanwhile.
    pub(super) fn check_update(
        &self,
        state: &super::State,
        target: &super::Target,
        body: &Value,
    ) -> Result<(), AwsError> {
        let function = self.function(state, target)?;
        if target
            .qualifier
            .as_deref()
            .is_some_and(|qualifier| qualifier != "$LATEST")
        {
            return Err(invalid(
                "Cannot update a published version or an alias of a function.",
            ));
        }
        function.check_settled(&self.arn(&target.name, None))?;
        match value::text(body, "RevisionId")? {
            Some(revision) if revision != function.latest.revision_id => Err(revision_mismatch()),
            _ => Ok(()),
        }
    }
}

/// # Errors
/// When the code and the layers together unpack to too much.
pub fn check_fits(code: &Code, unzipped_layers: u64) -> Result<(), AwsError> {
    match code {
        Code::Zip(package) if unzipped_layers > 0 => {
            let actual = package.unzipped.saturating_add(unzipped_layers);
            match actual > MAX_UNZIPPED_BYTES {
                false => Ok(()),
                true => Err(invalid(format!(
                    "Function code combined with layers exceeds the maximum allowed size of {MAX_UNZIPPED_BYTES} bytes. The actual size is {actual} bytes."
                ))),
            }
        }
        _ => Ok(()),
    }
}

/// # Errors
/// When a function would become another kind than it is.
fn check_kind(current: &Code, body: &Value) -> Result<(), AwsError> {
    let to_image = value::text(body, "ImageUri")?.is_some();
    match current {
        Code::Image { .. } if !to_image => Err(invalid(
            "Please provide ImageUri when updating a function with packageType Image.",
        )),
        Code::Zip(_) if to_image => Err(invalid(
            "Please don't provide ImageUri when updating a function with packageType Zip.",
        )),
        _ => Ok(()),
    }
}

/// # Errors
/// `RequestEntityTooLargeException` when a package in Base64 is more than a package may be.
pub fn check_zipped(text: &str) -> Result<(), AwsError> {
    // Four characters are three bytes: what is too large need not be decoded to be refused.
    let padding = text
        .bytes()
        .rev()
        .take(2)
        .filter(|byte| *byte == b'=')
        .count();
    if (text.len() / 4 * 3).saturating_sub(padding) > MAX_ZIPPED_BYTES {
        return Err(entity_too_large(format!(
            "Zipped size must be smaller than {MAX_ZIPPED_BYTES} bytes"
        )));
    }
    Ok(())
}

/// # Errors
/// When the text is no Base64, or is more than a package may be.
pub fn inline(text: &str) -> Result<Bytes, AwsError> {
    check_zipped(text)?;
    let bytes = BASE64_STANDARD
        .decode(text)
        .map_err(|error| serialization(format!("The ZipFile is not valid Base64: {error}")))?;
    Ok(bytes.into())
}

/// The error of a function that exists already.
pub fn already_exists(name: &str) -> AwsError {
    conflict(format!("Function already exist: {name}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_package_of_more_than_fifty_megabytes_must_come_through_s3() {
        let limit = "A".repeat(MAX_ZIPPED_BYTES / 3 * 4);
        let error = inline(&format!("{limit}AAAA")).unwrap_err();
        assert_eq!(error.code, "RequestEntityTooLargeException");
        assert_eq!(
            error.message,
            "Zipped size must be smaller than 52428800 bytes"
        );
        assert!(inline("UEsDBA==").is_ok());
        assert_eq!(inline("?").unwrap_err().code, "SerializationException");
    }
}

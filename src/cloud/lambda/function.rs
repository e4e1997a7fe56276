//! One function: configuration, tags, where its code lies, and what was reserved for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::error::CloudError;
use crate::model::function::{Function, Secret};
use crate::model::topic::Topic;
use crate::store::{Pages, Query};

use super::convert::{function_of, some};

/// One function, of `$LATEST` or of a version or alias.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GetFunction {
    /// Its name.
    pub name: String,
    /// A version's number or an alias; `None` for `$LATEST`.
    pub qualifier: Option<String>,
}

impl GetFunction {
    /// `$LATEST` of the function.
    pub fn latest(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            qualifier: None,
        }
    }
}

/// What `GetFunction` answers.
#[derive(Debug, Clone, Default)]
pub struct FunctionDetail {
    /// The configuration; its tags are `None` where they could not be read.
    pub function: Arc<Function>,
    /// Why the tags could not be read.
    pub tags_error: Option<String>,
    /// Where the code lies.
    pub code: CodeLocation,
    /// Executions that are kept for this function alone; 0 means that it is switched off.
    pub reserved_concurrency: Option<i32>,
}

/// Where a function's code lies.
#[derive(Debug, Clone, Default)]
pub struct CodeLocation {
    /// `S3` or `ECR`.
    pub repository: Option<String>,
    /// A signed link, good for ten minutes: whoever has it has the code, so it does not print.
    pub link: Option<Secret>,
    /// The image's name as it was given.
    pub image: Option<String>,
    /// The image's name with its digest.
    pub resolved_image: Option<String>,
}

impl Query<Cloud> for GetFunction {
    type Output = FunctionDetail;

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Function(self.name.clone())]
    }

    async fn fetch(
        self,
        cloud: Arc<Cloud>,
        pages: Pages<FunctionDetail>,
    ) -> Result<(), CloudError> {
        let detail = get_function(&cloud, &self.name, self.qualifier).await?;
        pages.send(detail).await;
        Ok(())
    }
}

/// Asks for a function once, also from an action that needs what is there now.
///
/// # Errors
/// Those of `GetFunction`.
pub async fn get_function(
    cloud: &Cloud,
    name: &str,
    qualifier: Option<String>,
) -> Result<FunctionDetail, CloudError> {
    let client = cloud.lambda().await?;
    let call = client.get_function().function_name(name);
    let answer = call.set_qualifier(qualifier).send().await;
    let answer = answer.map_err(|error| from_sdk("GetFunction", name, error))?;
    let mut function = answer.configuration().map(function_of).unwrap_or_default();
    let tags_error = answer
        .tags_error()
        .map(|error| format!("{}: {}", error.error_code(), error.message()));
    if tags_error.is_none() {
        let tags = answer.tags().into_iter().flatten();
        let tags: BTreeMap<String, String> = tags
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        function.tags = Some(tags);
    }
    let code = answer.code();
    Ok(FunctionDetail {
        function: Arc::new(function),
        tags_error,
        code: CodeLocation {
            repository: code.and_then(|code| some(code.repository_type())),
            link: code.and_then(|code| some(code.location())).map(Secret::new),
            image: code.and_then(|code| some(code.image_uri())),
            resolved_image: code.and_then(|code| some(code.resolved_image_uri())),
        },
        reserved_concurrency: answer
            .concurrency()
            .and_then(|concurrency| concurrency.reserved_concurrent_executions()),
    })
}

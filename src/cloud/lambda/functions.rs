//! The list of functions of a region, and what the account allows there.

use std::sync::Arc;
use std::time::Duration;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::error::CloudError;
use crate::model::function::FunctionRow;
use crate::model::topic::Topic;
use crate::store::{Pages, Query};

use super::convert::function_of;

/// Every function of the region, page by page. Tags do not come with it: see [`crate::cloud::tagging::FunctionTags`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListFunctions {}

/// The functions, in the service's order.
#[derive(Debug, Clone, Default)]
pub struct FunctionList {
    /// One pointer a function.
    pub rows: Vec<FunctionRow>,
}

impl Query<Cloud> for ListFunctions {
    type Output = FunctionList;

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Functions]
    }

    fn append(so_far: &mut FunctionList, page: FunctionList) {
        so_far.rows.extend(page.rows);
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<FunctionList>) -> Result<(), CloudError> {
        let client = cloud.lambda().await?;
        let mut answers = client.list_functions().into_paginator().send();
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| from_sdk("ListFunctions", "", error))?;
            let rows = answer.functions().iter();
            let rows = rows.map(|from| Arc::new(function_of(from))).collect();
            pages.send(FunctionList { rows }).await;
        }
        Ok(())
    }
}

/// What the account may use in the region, and what it uses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountSettings {}

/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html>.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountLimits {
    /// Bytes that all packages and layers may have together.
    pub total_code_size: i64,
    /// Bytes of one package and its layers, unpacked.
    pub code_size_unzipped: i64,
    /// Bytes of one package that is uploaded directly.
    pub code_size_zipped: i64,
    /// Executions at once in the region.
    pub concurrent_executions: i32,
    /// Of those, what no function has reserved.
    pub unreserved_concurrent_executions: Option<i32>,
    /// Bytes that all packages and layers have.
    pub used_code_size: i64,
    /// Functions in the region.
    pub function_count: i64,
}

impl Query<Cloud> for AccountSettings {
    type Output = AccountLimits;

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs(300)
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<AccountLimits>) -> Result<(), CloudError> {
        let client = cloud.lambda().await?;
        let answer = client.get_account_settings().send().await;
        let answer = answer.map_err(|error| from_sdk("GetAccountSettings", "", error))?;
        let mut limits = AccountLimits::default();
        if let Some(limit) = answer.account_limit() {
            limits.total_code_size = limit.total_code_size();
            limits.code_size_unzipped = limit.code_size_unzipped();
            limits.code_size_zipped = limit.code_size_zipped();
            limits.concurrent_executions = limit.concurrent_executions();
            limits.unreserved_concurrent_executions = limit.unreserved_concurrent_executions();
        }
        if let Some(usage) = answer.account_usage() {
            limits.used_code_size = usage.total_code_size();
            limits.function_count = usage.function_count();
        }
        pages.send(limits).await;
        Ok(())
    }
}

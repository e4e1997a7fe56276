//! The tags of every function of the region, in a few calls: the list of functions does not carry them.
//!
//! Source: <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::error::CloudError;
use crate::model::topic::Topic;
use crate::store::{Pages, Query};

/// All tags of all functions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionTags {}

/// Tags by the function's ARN. A function without tags is not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagsByArn {
    /// Tags of each, by the ARN without qualifier.
    pub tags: HashMap<String, BTreeMap<String, String>>,
}

impl Query<Cloud> for FunctionTags {
    type Output = TagsByArn;

    fn service(&self) -> &'static str {
        "tagging"
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Functions]
    }

    fn append(so_far: &mut TagsByArn, page: TagsByArn) {
        so_far.tags.extend(page.tags);
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<TagsByArn>) -> Result<(), CloudError> {
        let client = cloud.tagging().await?;
        let call = client
            .get_resources()
            .resource_type_filters("lambda:function")
            .resources_per_page(100);
        let mut answers = call.into_paginator().send();
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| from_sdk("GetResources", "", error))?;
            let mut page = TagsByArn::default();
            for resource in answer.resource_tag_mapping_list() {
                let tags = resource.tags().iter();
                let tags = tags.map(|tag| (tag.key().to_owned(), tag.value().to_owned()));
                let arn = resource.resource_arn().unwrap_or_default().to_owned();
                page.tags.insert(arn, tags.collect());
            }
            pages.send(page).await;
        }
        Ok(())
    }
}

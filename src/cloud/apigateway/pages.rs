//! What comes in pages, to its end: one loop for the calls that the SDK pages by itself, one for those that it does not, and the
//! lists that more than one query is made of.

use std::future::Future;

use aws_sdk_apigateway::{Client, types};

use crate::cloud::error::from_sdk;
use crate::model::error::CloudError;

/// The most that a page may hold.
pub(super) const PAGE: i32 = 500;

/// A page, and where the next one begins.
type Page<T> = (Vec<T>, Option<String>);

/// Asks from position to position until there is no next one.
pub(super) async fn all<T, F>(
    mut ask: impl FnMut(Option<String>) -> F,
) -> Result<Vec<T>, CloudError>
where
    F: Future<Output = Result<Page<T>, CloudError>>,
{
    let (mut items, mut position) = (Vec::new(), None);
    loop {
        let (page, next) = ask(position).await?;
        items.extend(page);
        position = next;
        if position.is_none() {
            return Ok(items);
        }
    }
}

/// The authorizers of an API.
pub(super) async fn authorizers(
    client: &Client,
    id: &str,
) -> Result<Vec<types::Authorizer>, CloudError> {
    all(|position| {
        let call = client.get_authorizers().rest_api_id(id).limit(PAGE);
        let call = call.set_position(position).send();
        async {
            let answer = call.await;
            let answer = answer.map_err(|error| from_sdk("GetAuthorizers", id, error))?;
            Ok((
                answer.items().to_vec(),
                answer.position().map(str::to_owned),
            ))
        }
    })
    .await
}

/// The request validators of an API.
pub(super) async fn validators(
    client: &Client,
    id: &str,
) -> Result<Vec<types::RequestValidator>, CloudError> {
    all(|position| {
        let call = client.get_request_validators().rest_api_id(id).limit(PAGE);
        let call = call.set_position(position).send();
        async {
            let answer = call.await;
            let answer = answer.map_err(|error| from_sdk("GetRequestValidators", id, error))?;
            Ok((
                answer.items().to_vec(),
                answer.position().map(str::to_owned),
            ))
        }
    })
    .await
}

/// The resources of an API with their methods: five hundred a call, which may be made five times in two seconds.
pub(super) async fn resources(
    client: &Client,
    id: &str,
) -> Result<Vec<types::Resource>, CloudError> {
    let call = client.get_resources().rest_api_id(id);
    let call = call.embed("methods").limit(PAGE);
    let mut answers = call.into_paginator().send();
    let mut resources = Vec::new();
    while let Some(answer) = answers.next().await {
        let answer = answer.map_err(|error| from_sdk("GetResources", id, error))?;
        resources.extend(answer.items.unwrap_or_default());
    }
    Ok(resources)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn pages_are_asked_for_until_there_is_no_next_position() {
        let mut asked = Vec::new();
        let items = all(|position| {
            asked.push(position.clone());
            let page = match position.as_deref() {
                None => (vec![1, 2], Some("b".to_owned())),
                Some("b") => (Vec::new(), Some("c".to_owned())),
                _ => (vec![3], None),
            };
            async { Ok(page) }
        });
        assert_eq!(items.await.unwrap(), [1, 2, 3]);
        assert_eq!(asked, [None, Some("b".to_owned()), Some("c".to_owned())]);
    }
}

//! Everything that an overview reads, one query a part: each loads and fails on its own.

use std::sync::Arc;

use crate::cloud::iam::{RoleDocuments, RolePolicies};
use crate::cloud::lambda::function::{FunctionDetail, GetFunction};
use crate::cloud::lambda::functions::{AccountLimits, AccountSettings};
use crate::cloud::lambda::related::{
    EventInvokeConfig, EventSourceMappings, FunctionUrl, GetPolicy, ListAliases, ListVersions,
    Mappings, ResourcePolicy, UrlConfig,
};
use crate::model::error::CloudError;
use crate::model::function::{Alias, EventInvokeConfig as AsyncConfig, Version};
use crate::store::Loadable;
use crate::ui::cx::{CloudStore, Cx};

/// What is known of each part now.
#[derive(Clone)]
pub struct Parts {
    /// The function itself.
    pub detail: Loadable<FunctionDetail>,
    /// Queues and streams that it reads.
    pub mappings: Loadable<Mappings>,
    /// Who may call it.
    pub policy: Loadable<ResourcePolicy>,
    /// Its addresses.
    pub urls: Loadable<Vec<UrlConfig>>,
    /// Where results go.
    pub asynchronous: Loadable<Vec<AsyncConfig>>,
    /// What it may do; `None` until its role is known.
    pub role: Option<Loadable<RoleDocuments>>,
    /// Its aliases.
    pub aliases: Loadable<Vec<Alias>>,
    /// Its versions.
    pub versions: Loadable<Vec<Version>>,
    /// What the account allows.
    pub account: Loadable<AccountLimits>,
}

impl Parts {
    /// Asks for all of them.
    pub fn want(name: &str, cx: &mut Cx<'_>) -> Self {
        let now = cx.now;
        let store = &mut *cx.store;
        let owned = || name.to_owned();
        let detail = store.want(&GetFunction::latest(name), now);
        let role = detail.value.as_ref().and_then(|detail| {
            let role = detail.function.role_name().to_owned();
            (!role.is_empty()).then_some(RolePolicies { role })
        });
        Self {
            mappings: store.want(&EventSourceMappings { name: owned() }, now),
            policy: store.want(&GetPolicy { name: owned() }, now),
            urls: store.want(&FunctionUrl { name: owned() }, now),
            asynchronous: store.want(&EventInvokeConfig { name: owned() }, now),
            role: role.map(|role| store.want(&role, now)),
            aliases: store.want(&ListAliases { name: owned() }, now),
            versions: store.want(&ListVersions { name: owned() }, now),
            account: store.want(&AccountSettings {}, now),
            detail,
        }
    }

    /// The same as [`Self::want`] without wanting: whether all has come, or has failed to.
    pub fn settled(name: &str, store: &CloudStore) -> bool {
        let owned = || name.to_owned();
        store.peek(&GetFunction::latest(name)).is_settled()
            && store
                .peek(&EventSourceMappings { name: owned() })
                .is_settled()
            && store.peek(&GetPolicy { name: owned() }).is_settled()
            && store.peek(&FunctionUrl { name: owned() }).is_settled()
            && store
                .peek(&EventInvokeConfig { name: owned() })
                .is_settled()
            && store.peek(&ListAliases { name: owned() }).is_settled()
            && store.peek(&ListVersions { name: owned() }).is_settled()
            && store
                .peek(&GetFunction::latest(name))
                .value
                .is_none_or(|detail| {
                    let role = detail.function.role_name().to_owned();
                    role.is_empty() || store.peek(&RolePolicies { role }).is_settled()
                })
    }

    /// What the diagram was drawn from: it is laid out again when this changes. Comparable while both are held.
    pub fn stamp(&self) -> [usize; 16] {
        let role = self.role.as_ref();
        [
            value(&self.detail),
            value(&self.mappings),
            value(&self.policy),
            value(&self.urls),
            value(&self.asynchronous),
            role.map_or(0, value),
            value(&self.aliases),
            value(&self.versions),
            error(&self.mappings.error),
            error(&self.policy.error),
            error(&self.urls.error),
            error(&self.asynchronous.error),
            role.map_or(0, |role| error(&role.error)),
            error(&self.aliases.error),
            error(&self.versions.error),
            usize::from(role.is_some()),
        ]
    }
}

fn value<T>(loadable: &Loadable<T>) -> usize {
    loadable
        .shown()
        .map_or(0, |value| Arc::as_ptr(value).cast::<u8>().addr())
}

fn error(error: &Option<Arc<CloudError>>) -> usize {
    error.as_ref().map_or(0, |error| Arc::as_ptr(error).addr())
}

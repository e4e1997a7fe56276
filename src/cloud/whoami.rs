//! The query that comes before all others: who one is, and where.

use std::sync::Arc;
use std::time::Duration;

use super::Cloud;
use super::connection::identity::who_am_i;
use crate::model::connection::Identity;
use crate::model::error::CloudError;
use crate::store::{Pages, Query};

/// Asks who the caller is and where calls go.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WhoAmI;

/// Who and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// Account, ARN, alias.
    pub identity: Arc<Identity>,
    /// For example `eu-west-1`.
    pub region: String,
    /// The endpoint instead of AWS's own, where there is one.
    pub endpoint: Option<String>,
}

impl Query<Cloud> for WhoAmI {
    type Output = Here;

    fn service(&self) -> &'static str {
        "sts"
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs(3_600)
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Here>) -> Result<(), CloudError> {
        let identity = Arc::new(who_am_i(&cloud).await?);
        let region = cloud.region().await?;
        let endpoint = cloud.endpoint().await?;
        pages
            .send(Here {
                identity,
                region,
                endpoint,
            })
            .await;
        Ok(())
    }
}

//! The query that comes before all others: who one is, and where; and whether an endpoint of this machine is there at all.

use std::sync::Arc;
use std::time::Duration;

use super::Cloud;
use super::connection::identity::who_am_i;
use crate::model::connection::Identity;
use crate::model::connection::authority_of;
use crate::model::error::{CloudError, ErrorKind};
use crate::store::{Heard, Pages, Query};
use tokio::net::TcpStream;
use tokio::time::timeout;

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

/// Whether somebody listens at an endpoint of this machine: a connection is opened and closed, and nothing is asked. Such an
/// endpoint is ended and started again all the time, and nobody should learn of it by a call that fails much later.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Listens {
    /// As `http://127.0.0.1:4566`.
    pub endpoint: String,
}

/// How long it may take, on one machine.
const LISTENS_IN: Duration = Duration::from_secs(2);

impl Query<Cloud> for Listens {
    type Output = ();

    fn service(&self) -> &'static str {
        "listens"
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs(3)
    }

    fn heard((): &()) -> Heard {
        // It is there, and has answered nothing.
        Heard::Nothing
    }

    /// Nobody waits for it.
    fn is_live(&self) -> bool {
        true
    }

    async fn fetch(self, _cloud: Arc<Cloud>, pages: Pages<()>) -> Result<(), CloudError> {
        pages.send(()).await;
        let place = authority_of(&self.endpoint);
        let place = match place.rsplit_once(':') {
            Some((_, port)) if port.parse::<u16>().is_ok() => place.to_owned(),
            _ if self.endpoint.starts_with("https") => format!("{place}:443"),
            _ => format!("{place}:80"),
        };
        match timeout(LISTENS_IN, TcpStream::connect(&place)).await {
            Ok(Err(error)) => {
                let message = format!("Nobody listens at {place}");
                let mut told = CloudError::local("Connect", ErrorKind::Network, message);
                told.source = vec![error.to_string()];
                Err(told)
            }
            // A machine that is busy may take its time to answer; that nothing listens is known at once.
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }
}

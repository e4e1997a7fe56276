//! All that serves requests behind the listener, from a state that was opened to its end: it is replaced as a whole when
//! a state is reset or loaded, while the endpoint stays.

use crate::{
    Options, StartError, data_directory,
    doors::signature::Keys,
    populate, request,
    runtime::{Pool, PoolConfig, Scratch},
    services::{self, Base, Services},
    store::{Home, Records, Store},
};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The services with what they run on.
pub struct Engine {
    pub services: Arc<Services>,
    pub store: Store,
    pool: Arc<Pool>,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Removed with the engine. It is declared last so that nothing uses it any more when it goes.
    _scratch: Scratch,
}

impl Engine {
    /// Opens the state and starts what serves it.
    ///
    /// # Errors
    /// When the state can't be used, or a folder can't be made.
    pub async fn start(
        options: &Options,
        endpoint: &str,
        keys: &Keys,
        home: Option<&Home>,
        workload: watch::Receiver<bool>,
    ) -> Result<Self, StartError> {
        let scratch = Scratch::new().map_err(|source| StartError::Directory { source })?;
        let path = data_directory(options.data_dir.as_deref(), &scratch)?;
        let (store, mut records) = match home {
            Some(home) => Store::open(home)?,
            None => (Store::none(), Records::none()),
        };
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let config = PoolConfig {
            ephemeral: scratch.path().to_owned(),
            ..PoolConfig::new(scratch.path().join("environments"), endpoint)
        };
        let base = Base {
            endpoint: endpoint.to_owned(),
            keys: keys.clone(),
            account: account(options, &mut records)?,
            clock: options.clock.clone(),
            settle: options.settle,
            vpc_links: options.vpc_links.clone(),
            retry_delays: options.retry_delays,
            tasks: tasks.clone(),
            stop: stop.clone(),
        };
        let services = Services::new(base, store.clone(), config, &path);
        let engine = Self {
            pool: services.pool.clone(),
            services,
            store,
            stop,
            tasks,
            _scratch: scratch,
        };
        if let Err(error) = services::restore(&engine.services, &mut records) {
            engine.shutdown().await;
            return Err(error.into());
        }
        engine.populate(options, records.is_fresh, workload).await?;
        Ok(engine)
    }

    /// Gives a new state its samples, and a sandbox that has them its workload.
    async fn populate(
        &self,
        options: &Options,
        is_fresh: bool,
        workload: watch::Receiver<bool>,
    ) -> Result<(), StartError> {
        let services = &self.services;
        if is_fresh {
            // All of it or none: a start that is cut short begins anew.
            let together = self.store.together();
            if !options.empty {
                populate::samples(services).await;
            }
            let seeded = serde_json::json!({
                "samples": !options.empty,
                "account": services.base.account,
            });
            self.store
                .shelf("sandbox", "")
                .put("meta", "seeded", &seeded);
            drop(together);
            let settled = self.store.settled().await;
            settled.map_err(|what| StartError::Directory {
                source: std::io::Error::other(what),
            })?;
        }
        if !options.empty {
            let lambda = services.get(populate::REGION);
            self.tasks
                .spawn(populate::workload(lambda, workload, self.stop.clone()));
        }
        Ok(())
    }

    /// Ends every child process, waits until all of it is gone, and closes the state.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.pool.shutdown().await;
        self.tasks.close();
        self.tasks.wait().await;
        self.store.close().await;
    }
}

/// The account that was given, which must be the one that the state belongs to; else the state's.
fn account(options: &Options, records: &mut Records) -> Result<String, StartError> {
    let mut kept = None;
    for record in records.take("sandbox", "") {
        if record.key == "seeded" {
            let seeded: serde_json::Value = record.read()?;
            kept = seeded["account"].as_str().map(str::to_owned);
        }
    }
    let usual = || request::DEFAULT_ACCOUNT.to_owned();
    match (&options.account, kept) {
        (Some(given), _) if !request::is_account(given) => Err(StartError::Account {
            given: given.clone(),
        }),
        (Some(given), Some(kept)) if *given != kept => Err(StartError::OtherAccount {
            given: given.clone(),
            kept,
        }),
        (Some(given), _) => Ok(given.clone()),
        (None, kept) => Ok(kept.unwrap_or_else(usual)),
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

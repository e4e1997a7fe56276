//! All that serves requests behind the listener, from a state that was opened to its end: it is replaced as a whole when
//! a state is reset or loaded, while the endpoint stays.

use crate::{
    Options, StartError, data_directory, http,
    iam::Iam,
    lambda::{self, Packages},
    populate,
    region::Regions,
    runtime::{Pool, PoolConfig, Scratch},
    s3::S3,
    store::{Home, Records, Store},
    sts::Sts,
    telemetry::Telemetry,
};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The services with what they run on.
pub struct Engine {
    pub services: Arc<http::Services>,
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
        let telemetry = Arc::new(Telemetry::restore(&store)?);
        let config = PoolConfig {
            ephemeral: scratch.path().to_owned(),
            ..PoolConfig::new(scratch.path().join("environments"), endpoint)
        };
        let pool = Pool::new(config, telemetry.clone());
        let packages = Packages::new(store.data().unwrap_or(&path).to_owned(), store.clone());
        let s3 = Arc::new(S3::new(&store));
        let iam = Arc::new(Iam::new(&store));
        let needs = lambda::Needs {
            store: store.clone(),
            packages: packages.clone(),
            s3: s3.clone(),
            pool: pool.clone(),
            settle: options.settle,
            retry_delays: options.retry_delays,
            tasks: tasks.clone(),
            stop: stop.clone(),
        };
        let regions = Regions::new(needs, telemetry);
        let engine = Self {
            services: Arc::new(http::Services {
                endpoint: endpoint.to_owned(),
                store: store.clone(),
                packages,
                s3,
                sts: Sts::new(iam.clone()),
                iam,
                regions,
            }),
            store,
            pool,
            stop,
            tasks,
            _scratch: scratch,
        };
        let restored = engine
            .services
            .iam
            .restore(&mut records)
            .and_then(|()| engine.services.s3.restore(&mut records))
            .and_then(|()| engine.services.regions.restore(&mut records));
        if let Err(error) = restored {
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
                let region = services.regions.get(populate::REGION);
                populate::samples(&services.iam, &region.lambda, &services.endpoint).await;
            }
            let seeded = serde_json::json!({"samples": !options.empty});
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
            let lambda = services.regions.get(populate::REGION).lambda.clone();
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

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

//! A running sandbox: the endpoint, and behind it the services, which are replaced as a whole when its state is.

use crate::{
    Options, StartError, StateError,
    doors::{Doors, Hosts, signature::Keys},
    engine::Engine,
    http,
    runtime::Scratch,
    services::Services,
    store::{Home, archive},
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    net::TcpListener,
    sync::{Mutex, watch},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A sandbox that answers. Dropping it stops it; [`Sandbox::shutdown`] also waits until it has stopped.
pub struct Sandbox {
    endpoint: String,
    keys: Keys,
    credentials: Option<(Scratch, PathBuf)>,
    options: Options,
    stop: CancellationToken,
    tasks: TaskTracker,
    current: watch::Sender<Option<Arc<Services>>>,
    engine: Mutex<Option<Engine>>,
    workload: watch::Sender<bool>,
    /// The folder of the state, locked as long as this is there.
    home: Option<Arc<Home>>,
    /// The folder of a state that was loaded to be gone with the sandbox.
    temporary: Option<Scratch>,
}

impl Sandbox {
    /// Starts a sandbox on the current tokio runtime. When this returns, it answers.
    ///
    /// # Errors
    /// When the port can't be bound, the directory for packages can't be made, or the state can't be used.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let hosts = Hosts::new(&options.hosts).map_err(|name| StartError::Host { name })?;
        let keys = Keys::generate().map_err(|source| StartError::Keys { source })?;
        let (listeners, port) = listen(options.port, options.listen).await?;
        let endpoint = format!("http://127.0.0.1:{port}");
        let credentials = credentials(&options, &keys)?;
        let temporary = temporary(&options)?;
        let folder = temporary
            .as_ref()
            .map(|scratch| scratch.path().join("state"));
        let folder = options.state.clone().or(folder);
        let home = folder.as_deref().map(Home::take).transpose()?.map(Arc::new);
        if let Some(home) = home.as_deref().filter(|_| options.fresh) {
            home.forget()?;
        }
        if let (Some(file), Some(home)) = (&options.load, &home) {
            home.check_vacant()?;
            let part = unpack(file, home.clone()).await?;
            home.replace(&part)?;
        }
        let (workload, on) = watch::channel(options.workload);
        let engine = Engine::start(&options, &endpoint, &keys, home.as_deref(), on).await?;
        let (current, answering) = watch::channel(Some(engine.services.clone()));
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let doors = Doors::new(hosts, Some(keys.clone())).patient(options.patience);
        let doors = Arc::new(doors);
        for listener in listeners {
            let (doors, answering) = (doors.clone(), answering.clone());
            let serving = http::serve(listener, doors, answering, stop.clone(), tasks.clone());
            tasks.spawn(serving);
        }
        Ok(Self {
            endpoint,
            keys,
            credentials,
            options,
            stop,
            tasks,
            current,
            engine: Mutex::new(Some(engine)),
            workload,
            home,
            temporary,
        })
    }

    /// Where it answers, for example `http://127.0.0.1:4566`.
    pub fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// The file with the keys that let in from elsewhere, as `AWS_SHARED_CREDENTIALS_FILE` names it; none where nobody needs it.
    pub fn credentials_file(&self) -> Option<&Path> {
        self.credentials.as_ref().map(|(_, file)| file.as_path())
    }

    /// Switches the workload that calls the samples on or off. It calls nothing in a sandbox that started empty.
    pub fn set_workload(&self, on: bool) {
        self.workload.send_replace(on);
    }

    /// The folder that the state is kept in.
    pub fn state_dir(&self) -> Option<PathBuf> {
        let home = self.home.as_ref().filter(|_| self.is_kept());
        home.map(|home| home.root().to_owned())
    }

    /// Whether what is made in it is still there at the next start.
    pub fn is_kept(&self) -> bool {
        self.home.is_some() && self.temporary.is_none()
    }

    /// Forgets everything, as a new sandbox; the samples are there again unless it started without them. The endpoint
    /// stays, and requests wait meanwhile.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn reset(&self) -> Result<(), StartError> {
        self.replace(|home| home.map_or(Ok(()), Home::forget)).await
    }

    /// Saves the state to one file, as it is at one moment; requests are served meanwhile.
    ///
    /// # Errors
    /// When the state is in memory alone, or the disk refuses.
    pub async fn save(&self, file: &Path) -> Result<(), StateError> {
        let engine = self.engine.lock().await;
        let engine = engine.as_ref().ok_or(StateError::Stopped)?;
        archive::save(&engine.store, file).await
    }

    /// Replaces the state by one that was saved. The endpoint stays, and requests wait meanwhile.
    ///
    /// # Errors
    /// When the file is no state, damaged or newer: then nothing is changed. When the state is in memory alone.
    pub async fn load(&self, file: &Path) -> Result<(), StartError> {
        let home = self.home.clone().ok_or(StateError::NotKept)?;
        let part = unpack(file, home).await?;
        self.replace(|home| home.map_or(Err(StateError::NotKept), |home| home.replace(&part)))
            .await
    }

    /// Stops what serves, changes what is kept, and starts again.
    async fn replace(
        &self,
        change: impl FnOnce(Option<&Home>) -> Result<(), StateError>,
    ) -> Result<(), StartError> {
        let mut engine = self.engine.lock().await;
        self.current.send_replace(None);
        if let Some(engine) = engine.take() {
            engine.shutdown().await;
        }
        let home = self.home.as_deref();
        // What was there is served again when it can't be changed.
        let changed = change(home);
        let on = self.workload.subscribe();
        let started = Engine::start(&self.options, &self.endpoint, &self.keys, home, on).await?;
        self.current.send_replace(Some(started.services.clone()));
        *engine = Some(started);
        changed.map_err(StartError::from)
    }

    /// Stops answering, ends every child process and waits until all of it is gone.
    pub async fn shutdown(&self) {
        self.stop.cancel();
        self.current.send_replace(None);
        if let Some(engine) = self.engine.lock().await.take() {
            engine.shutdown().await;
        }
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Listens on 127.0.0.1 and where else it is wanted, on one port: the listeners and the port.
async fn listen(port: u16, also: Option<IpAddr>) -> Result<(Vec<TcpListener>, u16), StartError> {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let mut listeners = Vec::new();
    let mut taken = port;
    // Every address of the machine: 127.0.0.1 is one of them, and can't be listened on twice.
    let all = also.filter(IpAddr::is_unspecified);
    let first = all.unwrap_or(loopback);
    for ip in std::iter::once(first).chain(also.filter(|ip| *ip != first)) {
        let address = SocketAddr::new(ip, taken);
        let bind = |source| StartError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        taken = listener.local_addr().map_err(bind)?.port();
        listeners.push(listener);
    }
    Ok((listeners, taken))
}

/// A file with the keys, where somebody has to sign with them.
fn credentials(options: &Options, keys: &Keys) -> Result<Option<(Scratch, PathBuf)>, StartError> {
    if options.listen.is_none() && cfg!(target_os = "linux") {
        return Ok(None);
    }
    let failed = |source| StartError::Directory { source };
    let folder = Scratch::new().map_err(failed)?;
    let file = folder.path().join("credentials");
    keys.write(&file).map_err(failed)?;
    Ok(Some((folder, file)))
}

/// A folder for a state that is loaded and not to be kept.
fn temporary(options: &Options) -> Result<Option<Scratch>, StartError> {
    if options.load.is_none() || options.state.is_some() {
        return Ok(None);
    }
    Scratch::new()
        .map(Some)
        .map_err(|source| StartError::Directory { source })
}

async fn unpack(file: &Path, home: Arc<Home>) -> Result<PathBuf, StateError> {
    let file = file.to_owned();
    let work = tokio::task::spawn_blocking(move || archive::unpack(&file, &home));
    work.await.map_err(|_| StateError::Stopped)?
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

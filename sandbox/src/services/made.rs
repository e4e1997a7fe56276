//! What the services are made from, and the services that were made so far: each when it is first asked for. Knows no
//! service by name.

use crate::{
    clock::Clock,
    doors::signature::Keys,
    lambda::Packages,
    region::lock,
    runtime::{Pool, PoolConfig},
    store::Store,
    telemetry::Telemetry,
};
use std::{
    any::{Any, TypeId},
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{Arc, Mutex, OnceLock, Weak},
    time::Duration,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What a sandbox was started with, as far as services need it.
#[derive(Debug, Clone)]
pub struct Base {
    /// Where the sandbox answers, for example `http://127.0.0.1:4566`.
    pub endpoint: String,
    /// What presigns addresses of packages.
    pub keys: Keys,
    /// The account that everything belongs to: twelve digits.
    pub account: String,
    pub clock: Clock,
    /// How long a function stays `Pending` or `InProgress`.
    pub settle: Duration,
    /// Where VPC links lead, by a link's name or id.
    pub vpc_links: BTreeMap<String, String>,
    /// The waits before an asynchronous invocation that failed is tried again.
    pub retry_delays: [Duration; 2],
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}

/// A service's state, which exists once in each region, or once at all.
pub trait Service: Send + Sync + 'static {
    /// Whether all regions share it, as S3 and IAM.
    const GLOBAL: bool = false;

    /// Makes it, with nothing in it. Other services may be asked for, as long as they don't ask for this one.
    fn make(services: &Services, region: &str) -> Arc<Self>;
}

type Key = (TypeId, String);
type Slot = Arc<OnceLock<Arc<dyn Any + Send + Sync>>>;

/// Every service that was asked for so far, and what they share.
pub struct Services {
    pub base: Base,
    pub store: Store,
    pub packages: Packages,
    pub pool: Arc<Pool>,
    pub telemetry: Arc<Telemetry>,
    made: Mutex<HashMap<Key, Slot>>,
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Services {
    /// No service yet. Packages are in `directory` unless the state is kept elsewhere.
    pub fn new(base: Base, store: Store, config: PoolConfig, directory: &Path) -> Arc<Self> {
        Arc::new_cyclic(|me: &Weak<Self>| {
            let telemetry = Arc::new(Telemetry::new(me.clone()));
            Self {
                packages: Packages::new(
                    store.data().unwrap_or(directory).to_owned(),
                    store.clone(),
                )
                .signing(base.keys.clone()),
                pool: Pool::new(config, telemetry.clone()),
                telemetry,
                made: Mutex::default(),
                store,
                base,
            }
        })
    }

    /// The service in a region, made now if it was not yet.
    pub fn get<S: Service>(&self, region: &str) -> Arc<S> {
        let region = if S::GLOBAL { "" } else { region };
        let slot = lock(&self.made)
            .entry((TypeId::of::<S>(), region.to_owned()))
            .or_default()
            .clone();
        // Made without the lock, because making one service may ask for another.
        let made = slot.get_or_init(|| S::make(self, region)).clone();
        // The key is the type's own, so this is always it.
        made.downcast().unwrap_or_else(|_| S::make(self, region))
    }

    /// The service in a region, if it was ever asked for there: a name that anybody may send makes none.
    pub fn made<S: Service>(&self, region: &str) -> Option<Arc<S>> {
        let slot = lock(&self.made)
            .get(&(TypeId::of::<S>(), region.to_owned()))?
            .clone();
        slot.get()?.clone().downcast().ok()
    }

    /// The service in every region in which it was ever asked for.
    pub fn all_made<S: Service>(&self) -> Vec<Arc<S>> {
        let slots: Vec<Slot> = lock(&self.made)
            .iter()
            .filter(|((kind, _), _)| *kind == TypeId::of::<S>())
            .map(|(_, slot)| slot.clone())
            .collect();
        let made = slots.iter().filter_map(|slot| slot.get().cloned());
        made.filter_map(|made| made.downcast().ok()).collect()
    }

    /// Puts a service in its place that was made from what was kept, before anybody asks for it.
    pub fn put<S: Service>(&self, region: &str, service: Arc<S>) {
        let key = (TypeId::of::<S>(), region.to_owned());
        let slot = lock(&self.made).entry(key).or_default().clone();
        if slot.set(service).is_err() {
            tracing::error!(region, "a service was there before what was kept of it");
        }
    }

    /// The service that all regions share.
    pub fn global<S: Service>(&self) -> Arc<S> {
        self.get("")
    }
}

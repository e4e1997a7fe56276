//! What API Gateway keeps in the store: a record for each API without its resources, resource, deployment, stage, key, plan,
//! usage of a plan, client certificate and VPC link.

use super::{
    ApiGateway,
    model::{Api, Definition, State},
};
use crate::store::{Change, Keep, Record, Shelf, StateError};
use serde_json::json;
use std::sync::Arc;

/// What its records belong to.
pub const SERVICE: &str = "apigateway";

const API: &str = "api";
const RESOURCE: &str = "resource";
const DEPLOYMENT: &str = "deployment";
const STAGE: &str = "stage";
const DOCUMENTATION: &str = "documentation";
const KEY: &str = "api-key";
const PLAN: &str = "usage-plan";
const USAGE: &str = "usage";
const ACCOUNT: &str = "account";
const CERTIFICATE: &str = "client-certificate";
const LINK: &str = "vpc-link";

/// What an operation may have changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touched {
    /// An API by its id, without its resources.
    Api(String),
    Resource(String, String),
    Deployment(String, String),
    Stage(String, String),
    /// Of an API.
    Documentation(String),
    Key(String),
    Plan(String),
    /// By plan and key.
    Usage(String, String),
    Account,
    Certificate(String),
    Link(String),
}

impl Keep for State {
    fn keep(&mut self, shelf: &Shelf) {
        let touched = std::mem::take(&mut self.touched);
        if !shelf.store().is_kept() {
            return;
        }
        shelf.change(|change| {
            for one in &touched {
                keep_one(self, one, change);
            }
        });
    }
}

fn keep_one(state: &State, what: &Touched, change: &mut Change<'_>) {
    let api = |id: &String| state.apis.get(id);
    match what {
        Touched::Api(id) => match api(id) {
            Some(api) => {
                let now = &api.now;
                let head = json!({
                    "rest": now.rest, "models": now.models, "validators": now.validators,
                    "authorizers": now.authorizers, "responses": now.responses,
                });
                change.put(API, id, &head, Vec::new());
            }
            None => change.remove(API, id),
        },
        Touched::Resource(id, resource) => {
            let found = api(id).and_then(|api| api.now.resources.get(resource));
            put(change, RESOURCE, &key(id, resource), found);
        }
        Touched::Deployment(id, deployment) => {
            let found = api(id).and_then(|api| api.deployments.get(deployment));
            put(change, DEPLOYMENT, &key(id, deployment), found);
        }
        Touched::Stage(id, stage) => {
            let found = api(id).and_then(|api| api.stages.get(stage));
            put(change, STAGE, &key(id, stage), found.map(Arc::as_ref));
        }
        Touched::Documentation(id) => {
            let found = api(id).map(|api| &api.documentation);
            put(change, DOCUMENTATION, id, found);
        }
        Touched::Key(id) => put(change, KEY, id, state.keys.get(id)),
        Touched::Plan(id) => put(change, PLAN, id, state.plans.get(id)),
        Touched::Usage(plan, of) => {
            let found = state.usage.get(&(plan.clone(), of.clone()));
            put(change, USAGE, &key(plan, of), found);
        }
        Touched::Account => put(change, ACCOUNT, "account", Some(&state.account)),
        Touched::Certificate(id) => put(change, CERTIFICATE, id, state.certificates.get(id)),
        Touched::Link(id) => put(change, LINK, id, state.links.get(id)),
    }
}

fn put<T: serde::Serialize>(
    change: &mut Change<'_>,
    kind: &'static str,
    key: &str,
    found: Option<&T>,
) {
    match found {
        Some(found) => change.put(kind, key, found, Vec::new()),
        None => change.remove(kind, key),
    }
}

/// Neither ids nor names of stages have a slash.
fn key(of: &str, id: &str) -> String {
    format!("{of}/{id}")
}

fn split(record: &Record) -> Result<(String, String), StateError> {
    let parts = record.key.split_once('/');
    parts
        .map(|(of, id)| (of.to_owned(), id.to_owned()))
        .ok_or_else(|| record.damaged("its key has one part"))
}

impl State {
    /// Says that all of an API may have changed, as before it is removed.
    pub fn touch_all(&mut self, id: &str) {
        self.touch(Touched::Api(id.to_owned()));
        self.touch(Touched::Documentation(id.to_owned()));
        let Some(api) = self.apis.get(id) else { return };
        let of = |make: fn(String, String) -> Touched, keys: Vec<&String>| {
            let keys = keys.into_iter().cloned();
            keys.map(|key| make(id.to_owned(), key)).collect::<Vec<_>>()
        };
        let mut all = of(Touched::Resource, api.now.resources.keys().collect());
        all.extend(of(Touched::Deployment, api.deployments.keys().collect()));
        all.extend(of(Touched::Stage, api.stages.keys().collect()));
        self.touched.extend(all);
    }
}

impl ApiGateway {
    /// Takes in what was kept.
    ///
    /// # Errors
    /// When a record can't be read.
    pub fn restore(&self, records: Vec<Record>) -> Result<(), StateError> {
        let mut state = self.state();
        for record in records {
            take(&mut state, record)?;
        }
        Ok(())
    }
}

fn take(state: &mut State, record: Record) -> Result<(), StateError> {
    match record.kind.as_str() {
        API => {
            let head: Definition = record.read()?;
            let api: &mut Api = state.apis.entry(record.key).or_default();
            let resources = std::mem::take(&mut api.now.resources);
            api.now = Definition { resources, ..head };
        }
        RESOURCE => {
            let (id, resource) = split(&record)?;
            let value = record.read()?;
            let api = state.apis.entry(id).or_default();
            api.now.resources.insert(resource, value);
        }
        DEPLOYMENT => {
            let (id, deployment) = split(&record)?;
            let value = record.read()?;
            let api = state.apis.entry(id).or_default();
            api.deployments.insert(deployment, value);
        }
        STAGE => {
            let (id, stage) = split(&record)?;
            let value = Arc::new(record.read()?);
            state
                .apis
                .entry(id)
                .or_default()
                .stages
                .insert(stage, value);
        }
        DOCUMENTATION => {
            let value = record.read()?;
            state.apis.entry(record.key).or_default().documentation = value;
        }
        KEY => {
            let value = record.read()?;
            state.keys.insert(record.key, value);
        }
        PLAN => {
            let value = record.read()?;
            state.plans.insert(record.key, value);
        }
        USAGE => {
            let value = record.read()?;
            state.usage.insert(split(&record)?, value);
        }
        ACCOUNT => state.account = record.read()?,
        CERTIFICATE => {
            let value = record.read()?;
            state.certificates.insert(record.key, value);
        }
        LINK => {
            let value = record.read()?;
            state.links.insert(record.key, value);
        }
        other => tracing::warn!(other, "a kind of record that API Gateway does not know"),
    }
    Ok(())
}

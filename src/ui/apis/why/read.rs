//! What the reasons rest on, read as far as it is needed, and explained again only when something of it has changed.

use std::sync::Arc;

use crate::cloud::apigateway::apis::GetApi;
use crate::cloud::apigateway::definition::{GetDefinition, GetDeployed};
use crate::cloud::apigateway::keys::{KeyWith, ListKeys};
use crate::cloud::apigateway::parts::ListAuthorizers;
use crate::cloud::apigateway::permit::PolicyOf;
use crate::cloud::lambda::function::GetFunction;
use crate::model::api::why::{Asked, Called, Explanation, Facts, Function, Read, Want, explain};
use crate::model::arn::partition_of;
use crate::model::error::ErrorKind;
use crate::store::Loadable;
use crate::ui::cx::Cx;

/// More reads than these follow from each other never.
const MOST: usize = 8;

/// What it keeps between frames.
#[derive(Default)]
pub struct Reader {
    asked: Asked,
    /// What stood behind the explanation.
    known: Vec<Mark>,
    place: String,
    last: Option<Arc<Explanation>>,
}

/// One state of one read.
type Mark = (usize, usize);

impl Reader {
    /// Something is still being read.
    pub fn is_waiting(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.is_waiting())
    }

    /// Explains what is asked by what is known now.
    pub fn explain(&mut self, asked: &Asked, cx: &mut Cx<'_>) -> Arc<Explanation> {
        if let Some(last) = &self.last {
            let mut facts = Facts::default();
            let marks = last.wants.iter().map(|want| fill(want, &mut facts, cx));
            let marks: Vec<Mark> = marks.collect();
            let place = place(cx);
            if self.asked == *asked && self.known == marks && self.place == place {
                return last.clone();
            }
        }
        let mut facts = facts(cx);
        let mut explanation = explain(asked, &facts);
        let mut known: Vec<Mark> = Vec::new();
        for _ in 0..MOST {
            let before = known.len();
            let wants = explanation.wants.iter().skip(before);
            known.extend(wants.map(|want| fill(want, &mut facts, cx)));
            if known.len() == before {
                break;
            }
            explanation = explain(asked, &facts);
        }
        self.asked = asked.clone();
        self.known = known;
        self.place = place(cx);
        let explanation = Arc::new(explanation);
        self.last = Some(explanation.clone());
        explanation
    }
}

fn place(cx: &Cx<'_>) -> String {
    let account = cx
        .connection
        .identity
        .as_ref()
        .map(|of| of.account.as_str());
    format!("{}/{}", cx.connection.region, account.unwrap_or_default())
}

fn facts(cx: &Cx<'_>) -> Facts {
    let region = cx.connection.region.clone();
    let identity = cx.connection.identity.as_ref();
    Facts {
        account: identity.map(|of| of.account.clone()).unwrap_or_default(),
        partition: partition_of(&region).to_owned(),
        region,
        ..Facts::default()
    }
}

/// How a read stands, to see that it stands otherwise.
fn mark<T>(of: &Loadable<T>) -> Mark {
    let value = of
        .value
        .as_ref()
        .map_or(0, |value| Arc::as_ptr(value).cast::<()>() as usize);
    let error = of
        .error
        .as_ref()
        .map_or(0, |error| Arc::as_ptr(error).cast::<()>() as usize);
    (value, error)
}

fn read<T, U>(of: &Loadable<T>, got: impl FnOnce(&Arc<T>) -> U) -> Read<U> {
    match (&of.value, &of.error) {
        (Some(value), _) => Read::Got(got(value)),
        (None, Some(error)) if error.kind == ErrorKind::NotFound => Read::Gone,
        (None, Some(error)) => Read::Failed(error.message.clone()),
        (None, None) => Read::Waiting,
    }
}

/// Reads what is wanted into its place.
fn fill(want: &Want, facts: &mut Facts, cx: &mut Cx<'_>) -> Mark {
    let now = cx.now;
    let store = &mut cx.store;
    match want {
        Want::Api(id) => {
            let known = store.want(&GetApi { id: id.clone() }, now);
            facts.api = read(&known, Arc::clone);
            mark(&known)
        }
        Want::Deployed(id, stage, deployment) => {
            let query = GetDeployed {
                id: id.clone(),
                stage: stage.clone(),
                deployment: deployment.clone(),
            };
            let known = store.want(&query, now);
            facts.deployed = read(&known, Arc::clone);
            mark(&known)
        }
        Want::Present(id) => {
            let known = store.want(&GetDefinition { id: id.clone() }, now);
            facts.present = read(&known, Arc::clone);
            mark(&known)
        }
        Want::Authorizers(api) => {
            let known = store.want(&ListAuthorizers { api: api.clone() }, now);
            facts.authorizers = read(&known, Arc::clone);
            mark(&known)
        }
        Want::Plans => {
            let known = store.want(&ListKeys {}, now);
            facts.plans = read(&known, |ring| ring.plans.clone());
            mark(&known)
        }
        Want::Key(value) => {
            let value = value.clone();
            let known = store.want(&KeyWith { value }, now);
            facts.key = read(&known, |key| (**key).clone());
            mark(&known)
        }
        Want::Function(called) => function(called, facts, cx),
    }
}

/// A function with the policy that the qualifier has.
fn function(called: &Called, facts: &mut Facts, cx: &mut Cx<'_>) -> Mark {
    let query = GetFunction {
        name: called.name.clone(),
        qualifier: called.qualifier.clone(),
    };
    let known = cx.store.want(&query, cx.now);
    let query = PolicyOf {
        function: called.name.clone(),
        qualifier: called.qualifier.clone(),
    };
    let policy = cx.store.want(&query, cx.now);
    let of = match read(&known, |detail| detail.function.timeout_s) {
        Read::Got(timeout_s) => read(&policy, |policy| Function {
            timeout_s,
            policy: (**policy).clone(),
        }),
        Read::Waiting => Read::Waiting,
        Read::Gone => Read::Gone,
        Read::Failed(why) => Read::Failed(why),
    };
    facts.functions.insert(called.clone(), of);
    let (one, other) = (mark(&known), mark(&policy));
    (
        one.0 ^ other.0.rotate_left(17),
        one.1 ^ other.1.rotate_left(17),
    )
}

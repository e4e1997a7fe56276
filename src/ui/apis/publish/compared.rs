//! What a stage's deployment and the API now differ in, worked out once for each pair of answers.

use std::sync::Arc;

use crate::cloud::apigateway::definition::{GetDefinition, GetDeployed};
use crate::model::api::definition::{self, Definition};
use crate::model::api::{ApiDetail, Stage};
use crate::model::difference::Difference;
use crate::model::error::CloudError;
use crate::ui::cx::Cx;
use crate::ui::widgets::difference::Tree;

/// What is known of a comparison.
pub enum Known {
    /// It is being read.
    Loading,
    /// One of the two sides can't be had: what was asked of whom.
    Failed(&'static str, Arc<CloudError>),
    /// It is worked out.
    Ready,
}

/// A comparison, as it is looked at.
#[derive(Default)]
pub struct Compared {
    before: Option<Arc<Definition>>,
    after: Option<Arc<Definition>>,
    /// The difference of the two.
    pub tree: Tree,
}

/// Reads one side: what a stage stands on.
fn deployed(detail: &ApiDetail, stage: &Stage) -> GetDeployed {
    GetDeployed {
        id: detail.api.id.clone(),
        stage: stage.name.clone(),
        deployment: stage.deployment_id.clone(),
    }
}

/// Both sides, once they are known; else what could not be read, and why.
type Sides = Result<Option<[Arc<Definition>; 2]>, (&'static str, Arc<CloudError>)>;

/// Reads both sides; a stage that is not there has nothing.
fn sides(detail: &ApiDetail, stage: Option<&Stage>, cx: &mut Cx<'_>) -> Sides {
    let id = detail.api.id.clone();
    let after = cx.store.want(&GetDefinition { id }, cx.now);
    let before = stage.map(|stage| cx.store.want(&deployed(detail, stage), cx.now));
    // What is wrong is told before what is still being read; an older answer of the API would be a lie here.
    if let Some(error) = before.as_ref().and_then(|before| before.error.clone())
        && before.as_ref().is_some_and(|before| before.value.is_none())
    {
        return Err(("what the stage answers with", error));
    }
    if let Some(error) = after.error {
        return Err(("the API as it is now", error));
    }
    let Some(after) = after.value else {
        return Ok(None);
    };
    match before {
        None => Ok(Some([Arc::default(), after])),
        Some(before) => Ok(before.value.map(|before| [before, after])),
    }
}

impl Compared {
    /// Brings it up to date.
    pub fn update(&mut self, detail: &ApiDetail, stage: Option<&Stage>, cx: &mut Cx<'_>) -> Known {
        let [before, after] = match sides(detail, stage, cx) {
            Err((what, error)) => return Known::Failed(what, error),
            Ok(None) => return Known::Loading,
            Ok(Some(sides)) => sides,
        };
        let same = |one: &Option<Arc<Definition>>, other: &Arc<Definition>| {
            one.as_ref().is_some_and(|one| one == other)
        };
        if !same(&self.before, &before) || !same(&self.after, &after) {
            self.tree.set(definition::difference(&before, &after));
        }
        self.before = Some(before);
        self.after = Some(after);
        Known::Ready
    }

    /// What would change.
    pub fn difference(&self) -> &Difference {
        self.tree.difference()
    }

    /// The API as it was shown.
    pub fn seen(&self) -> Option<Arc<Definition>> {
        self.after.clone()
    }
}

/// How many changes a stage lacks, for the head of the API.
#[derive(Default)]
pub struct Behind {
    sides: Option<[Arc<Definition>; 2]>,
    count: usize,
}

impl Behind {
    /// The stage that matters most, and how many changes are not deployed to it; none while that is not known.
    pub fn of(&mut self, detail: &ApiDetail, cx: &mut Cx<'_>) -> Option<(String, usize)> {
        let stage = super::lead(detail)?;
        self.stage(detail, stage, cx)
            .map(|count| (stage.name.clone(), count))
    }

    /// How many changes are not deployed to a stage.
    pub fn stage(&mut self, detail: &ApiDetail, stage: &Stage, cx: &mut Cx<'_>) -> Option<usize> {
        let sides = sides(detail, Some(stage), cx).ok()??;
        let same = self.sides.as_ref().is_some_and(|known| {
            let mut pairs = known.iter().zip(&sides);
            pairs.all(|(one, other)| Arc::ptr_eq(one, other))
        });
        if !same {
            let [before, after] = &sides;
            self.count = definition::difference(before, after).counts().all();
            self.sides = Some(sides);
        }
        Some(self.count)
    }
}

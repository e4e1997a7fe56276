//! "Why this answer?": which API, stage, method, authorizer, key and backend take a request, step by step in the service's
//! order, and which of them fails first. Worked out from the configuration that was read; what can't be known from outside is
//! said to be unknown, and never guessed. Pure: who asks brings what was read.

mod address;
mod answer;
mod behind;
mod failure;
mod guard;
mod nearest;
mod way;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::definition::{Definition, Place};
use super::keys::{ApiKey, UsagePlan};
use super::parts::Authorizer;
use super::{ApiDetail, trial};
use crate::model::secret::Secret;

pub use address::{Address, Unread};
pub use answer::Answer;
pub use failure::Cause;

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// As it was called.
    pub url: String,
    /// As `GET`.
    pub verb: String,
    /// `Name: value`, one a line.
    pub headers: String,
    /// The address that the caller has; empty where it is not known.
    pub from: String,
    /// The ARN of who signed; empty where it is not known.
    pub caller: String,
    /// The answer, as it was captured; empty where there is none.
    pub answer: String,
}

impl Asked {
    fn headers(&self) -> BTreeMap<String, Vec<String>> {
        trial::headers(&self.headers).unwrap_or_default()
    }

    /// A header's value, whatever its case.
    fn header(&self, name: &str) -> Option<String> {
        let all = self.headers();
        let found = all
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.and_then(|(_, values)| values.first().cloned())
    }

    fn verb(&self) -> String {
        match self.verb.trim() {
            "" => "GET".to_owned(),
            verb => verb.to_ascii_uppercase(),
        }
    }
}

/// Something that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Read<T> {
    /// It has not come yet.
    #[default]
    Waiting,
    /// There is no such thing.
    Gone,
    /// It could not be read, and why.
    Failed(String),
    /// Here it is.
    Got(T),
}

impl<T> Read<T> {
    fn got(&self) -> Option<&T> {
        match self {
            Self::Got(value) => Some(value),
            _ => None,
        }
    }
}

/// A function that a method or an authorizer calls.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Called {
    /// Its name.
    pub name: String,
    /// The alias or version.
    pub qualifier: Option<String>,
}

impl Called {
    fn words(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", self.name),
            None => self.name.clone(),
        }
    }
}

/// What is known of such a function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Function {
    /// Seconds that it may take.
    pub timeout_s: u32,
    /// Its policy; empty where it has none.
    pub policy: String,
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Where the connection looks.
    pub region: String,
    /// Its account; empty where it is not known.
    pub account: String,
    /// As `aws`.
    pub partition: String,
    /// The API as it is, with its stages.
    pub api: Read<Arc<ApiDetail>>,
    /// What the stage's deployment froze.
    pub deployed: Read<Arc<Definition>>,
    /// The same of the API as it is now; asked for where the other can't be read, and to tell what is not deployed.
    pub present: Read<Arc<Definition>>,
    /// The API's authorizers with their ids.
    pub authorizers: Read<Arc<Vec<Authorizer>>>,
    /// The region's usage plans with their keys.
    pub plans: Read<Vec<UsagePlan>>,
    /// The key whose value was given.
    pub key: Read<Option<ApiKey>>,
    /// By what calls them.
    pub functions: BTreeMap<Called, Read<Function>>,
}

/// What would have to be read to say more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// The API as it is, by its id.
    Api(String),
    /// What a stage's deployment froze: API, stage, deployment.
    Deployed(String, String, String),
    /// The API as it is, as one definition.
    Present(String),
    /// Its authorizers.
    Authorizers(String),
    /// The usage plans.
    Plans,
    /// The key with this value.
    Key(Secret),
    /// A function of this region.
    Function(Called),
}

/// How a step stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The request gets through it.
    Passes,
    /// It ends here.
    Fails(Cause),
    /// It can't be known from outside; what may come of it.
    Unknown(Vec<Cause>),
    /// It is being read.
    Waiting,
    /// The request does not get so far, or nothing is asked.
    Skipped,
}

/// One step of a request's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// As "Resource policy".
    pub title: &'static str,
    /// How it stands.
    pub state: State,
    /// In a sentence.
    pub words: String,
    /// More lines: a statement, near paths.
    pub more: Vec<String>,
}

/// Which method takes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The API's id.
    pub api: String,
    /// Its name.
    pub name: String,
    /// The stage.
    pub stage: String,
    /// The method, where there is one.
    pub method: Option<Place>,
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The likeliest first; one alone is meant.
    pub causes: Vec<Cause>,
    /// It follows from what was read, and not from the answer alone.
    pub certain: bool,
    /// The status that the caller gets.
    pub status: u16,
    /// In a sentence or two.
    pub words: String,
}

/// All that can be said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// In the service's order.
    pub steps: Vec<Step>,
    /// What takes the request, as far as it is known.
    pub taken: Option<Taken>,
    /// Why it is answered as it is; none where nothing stands in its way that could be seen.
    pub finding: Option<Finding>,
    /// What else should be known.
    pub notes: Vec<String>,
    /// What would have to be read.
    pub wants: Vec<Want>,
}

impl Explanation {
    /// Something of it is still being read.
    pub fn is_waiting(&self) -> bool {
        self.steps.iter().any(|step| step.state == State::Waiting)
    }
}

/// Explains a request by what was read.
pub fn explain(asked: &Asked, facts: &Facts) -> Explanation {
    let mut way = way::Way::new(asked, facts);
    way.go();
    let answer = Answer::of(&asked.answer);
    let definition = way.definition().cloned();
    let mut explanation = way.done;
    explanation.finding = find(&explanation, &answer, definition.as_deref());
    explanation
}

/// The cause, from the steps and the answer.
fn find(
    explanation: &Explanation,
    answer: &Answer,
    definition: Option<&Definition>,
) -> Option<Finding> {
    let steps = &explanation.steps;
    let failed = steps.iter().find_map(|step| match &step.state {
        State::Fails(cause) => Some((*cause, step)),
        _ => None,
    });
    let finding = |causes: Vec<Cause>, certain: bool, words: String| {
        let first = causes.first().copied().unwrap_or(Cause::Backend);
        let status = answer.status.unwrap_or_else(|| first.status(definition));
        Some(Finding {
            causes,
            certain,
            status,
            words,
        })
    };
    if answer.is_empty() {
        let (cause, step) = failed?;
        return finding(vec![cause], true, step.words.clone());
    }
    let fits = |cause: &Cause| cause.fits(answer, definition);
    if let Some((cause, step)) = failed.filter(|(cause, _)| fits(cause)) {
        return finding(vec![cause], true, step.words.clone());
    }
    // What can't be known from outside, and can end so.
    let open = steps.iter().filter_map(|step| match &step.state {
        State::Unknown(causes) => Some((causes.iter().find(|cause| fits(cause))?, step)),
        _ => None,
    });
    let open: Vec<(&Cause, &Step)> = open.collect();
    if let [(_, step), ..] = open.as_slice() {
        let words = match open.len() {
            1 => step.words.clone(),
            _ => {
                let all: Vec<&str> = open.iter().map(|(_, step)| step.title).collect();
                format!("It comes from one of these steps: {}.", all.join(", "))
            }
        };
        let certain = open.len() == 1;
        let causes = open.iter().map(|(cause, _)| **cause).collect();
        let words = match certain {
            true => format!("The answer says so. {words}"),
            false => words,
        };
        return finding(causes, certain, words);
    }
    if answer.status.is_some_and(|status| status < 400) && failed.is_none() {
        return None;
    }
    let causes = Cause::of_answer(answer);
    if steps.is_empty() || explanation.is_waiting() || explanation.taken.is_none() {
        let words = "Told from the answer alone: paste the address to say which it is.";
        return (!causes.is_empty()).then(|| finding(causes, false, words.to_owned()))?;
    }
    let words = match failed {
        Some((cause, step)) => format!(
            "By what was read now, the request would end otherwise: {} {}. Either it has changed since, or the request was another one.",
            cause.status(definition),
            step.words.trim_end_matches('.')
        ),
        None if answer.is_of_backend() || causes.is_empty() => {
            return finding(
                vec![Cause::Backend],
                false,
                "The answer has no x-amzn-errortype: what stands behind the method answered so, and its log says why."
                    .to_owned(),
            );
        }
        None => "Nothing that was read leads to this answer: it may have changed since, or the request was another one.".to_owned(),
    };
    finding(causes, false, words)
}

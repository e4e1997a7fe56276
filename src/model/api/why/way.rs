//! The way of a request, step after step, until one of them ends it.

use std::collections::BTreeMap;
use std::sync::Arc;

use sekisho_rules::routes::{Part, Routes};

use super::super::definition::{Definition, Method, Place};
use super::super::stage::{Stage, key_of};
use super::super::steps_of;
use super::nearest;
use super::{
    Address, ApiDetail, Asked, Cause, Explanation, Facts, Read, State, Step, Taken, Unread, Want,
};

/// The steps that follow the stage's own, for those that a request does not reach.
const LATER: [&str; 8] = [
    "Resource",
    "Size",
    "Resource policy",
    "Authorizer",
    "API key",
    "Throttling",
    "Validator",
    "Integration",
];
/// The most that a body may have.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>.
const MOST_BYTES: u64 = 10_485_760;
/// The most that the first line and the headers may have together.
const MOST_HEAD: usize = 10_240;

/// The way so far.
pub(super) struct Way<'a> {
    pub(super) asked: &'a Asked,
    pub(super) facts: &'a Facts,
    pub(super) done: Explanation,
    definition: Option<Arc<Definition>>,
}

/// The request where a method takes it.
pub(super) struct Arrived<'a> {
    pub(super) address: &'a Address,
    pub(super) detail: &'a ApiDetail,
    pub(super) stage: &'a Stage,
    pub(super) place: &'a Place,
    pub(super) method: &'a Method,
    pub(super) definition: &'a Definition,
}

/// Go on, or not.
pub(super) type Goes = Option<()>;

impl<'a> Way<'a> {
    pub(super) fn new(asked: &'a Asked, facts: &'a Facts) -> Self {
        Self {
            asked,
            facts,
            done: Explanation::default(),
            definition: None,
        }
    }

    /// What the request is answered by.
    pub(super) fn definition(&self) -> Option<&Arc<Definition>> {
        self.definition.as_ref()
    }

    pub(super) fn push(&mut self, title: &'static str, state: State, words: impl Into<String>) {
        self.done.steps.push(Step {
            title,
            state,
            words: words.into(),
            more: Vec::new(),
        });
    }

    /// Lines below the last step.
    pub(super) fn more(&mut self, lines: Vec<String>) {
        if let Some(last) = self.done.steps.last_mut() {
            last.more.extend(lines);
        }
    }

    pub(super) fn pass(&mut self, title: &'static str, words: impl Into<String>) -> Goes {
        self.push(title, State::Passes, words);
        Some(())
    }

    pub(super) fn fail(
        &mut self,
        title: &'static str,
        cause: Cause,
        words: impl Into<String>,
    ) -> Goes {
        self.push(title, State::Fails(cause), words);
        None
    }

    pub(super) fn open(
        &mut self,
        title: &'static str,
        causes: &[Cause],
        words: impl Into<String>,
    ) -> Goes {
        self.push(title, State::Unknown(causes.to_vec()), words);
        Some(())
    }

    pub(super) fn want(&mut self, want: Want) {
        if !self.done.wants.contains(&want) {
            self.done.wants.push(want);
        }
    }

    /// Goes as far as it gets.
    pub(super) fn go(&mut self) {
        let address = match Address::of(&self.asked.url) {
            Ok(address) => address,
            Err(unread) => return self.unread(&unread),
        };
        let before = self.done.steps.len();
        let reached = self.arrive(&address).is_some();
        if !reached && self.done.steps.len() > before {
            let last = self.done.steps.last().map(|step| step.title);
            let from = LATER.iter().position(|title| Some(*title) == last);
            for title in &LATER[from.map_or(0, |at| at + 1)..] {
                if !self.done.steps.iter().any(|step| step.title == *title) {
                    self.push(title, State::Skipped, "not reached");
                }
            }
        }
    }

    fn unread(&mut self, unread: &Unread) {
        match unread {
            Unread::Empty => {}
            Unread::NotOne(why) => self.push("Address", State::Unknown(Vec::new()), why.clone()),
            Unread::CustomDomain(host) => {
                let words = format!(
                    "{host} is a name of one's own. Which API and stage stand behind it is said by its mappings, which are not read here: paste the address under execute-api instead."
                );
                self.push("Address", State::Unknown(Vec::new()), words);
            }
        }
    }

    fn arrive(&mut self, address: &Address) -> Goes {
        let region = self.facts.region.clone();
        if let Some(other) = address.region.as_ref().filter(|other| **other != region) {
            let words = format!(
                "The address is of {other}, this connection looks at {region}: switch to {other} and ask again."
            );
            self.push("API", State::Unknown(Vec::new()), words);
            return None;
        }
        let detail = self.api(address)?;
        let stage = self.stage(address, &detail)?;
        let definition = self.deployment(address, &detail, &stage)?;
        self.definition = Some(definition.clone());
        let (place, method) = self.route(address, &stage, &definition)?;
        if let Some(taken) = &mut self.done.taken {
            taken.method = Some(place.clone());
        }
        let here = Arrived {
            address,
            detail: &detail,
            stage: &stage,
            place: &place,
            method: &method,
            definition: &definition,
        };
        self.size()?;
        self.guards(&here)?;
        self.behind(&here)
    }

    fn api(&mut self, address: &Address) -> Option<Arc<ApiDetail>> {
        self.want(Want::Api(address.api.clone()));
        let region = &self.facts.region;
        match &self.facts.api {
            Read::Got(detail) if detail.api.id == address.api => {
                let detail = detail.clone();
                self.done.taken = Some(Taken {
                    api: detail.api.id.clone(),
                    name: detail.api.name.clone(),
                    stage: address.stage.clone(),
                    method: None,
                });
                let words = format!("{} ({})", detail.api.name, detail.api.id);
                if detail.api.default_endpoint_disabled {
                    let words = format!(
                        "The default address of {words} is switched off: only names of its own answer."
                    );
                    self.fail("API", Cause::DefaultEndpointOff, words);
                    return None;
                }
                if detail.api.endpoint() == "Private" {
                    let words = "The API is private: its name resolves within VPCs that have an endpoint for execute-api, and nowhere else.";
                    self.done.notes.push(words.to_owned());
                }
                self.pass("API", words)?;
                Some(detail)
            }
            Read::Gone => {
                let words = format!(
                    "There is no REST API {} in {region}. HTTP and WebSocket APIs are not looked at here.",
                    address.api
                );
                self.fail("API", Cause::UnknownApi, words);
                None
            }
            Read::Failed(why) => {
                let words = format!("{} could not be read: {why}", address.api);
                self.push("API", State::Unknown(Vec::new()), words);
                None
            }
            _ => {
                self.push("API", State::Waiting, format!("Reading {}", address.api));
                None
            }
        }
    }

    fn stage(&mut self, address: &Address, detail: &ApiDetail) -> Option<Stage> {
        let name = &address.stage;
        if let Some(stage) = detail.stages.iter().find(|stage| stage.name == *name) {
            let since = stage.canary().map(|canary| {
                format!(
                    "A canary, deployment {}, answers {} % of the requests: what follows is of the stage's own deployment.",
                    canary.deployment_id, canary.percent
                )
            });
            self.done.notes.extend(since);
            let words = format!("{name}, on deployment {}", stage.deployment_id);
            self.pass("Stage", words)?;
            if let Some(firewall) = &stage.web_acl {
                let words = format!(
                    "{firewall} stands in front of it; what it lets through is not read here."
                );
                self.open("Firewall", &[], words)?;
            }
            return Some(stage.clone());
        }
        let known: Vec<&str> = detail.stages.iter().map(|of| of.name.as_str()).collect();
        let have = match known.as_slice() {
            [] => "It has no stage at all: deploy it first.".to_owned(),
            all => format!("It has {}.", all.join(", ")),
        };
        let words = match name.as_str() {
            "" => format!("The address names no stage of {}. {have}", detail.api.name),
            name => format!("{} has no stage {name}. {have}", detail.api.name),
        };
        self.fail("Stage", Cause::UnknownStage, words);
        let forgotten = nearest::without_stage(address, detail);
        self.more(forgotten.into_iter().collect());
        None
    }

    fn deployment(
        &mut self,
        address: &Address,
        detail: &ApiDetail,
        stage: &Stage,
    ) -> Option<Arc<Definition>> {
        let api = &address.api;
        let of = stage.deployment_id.clone();
        self.want(Want::Deployed(api.clone(), stage.name.clone(), of.clone()));
        let told = detail.deployments.iter().find(|known| known.id == of);
        let told = told.map_or("", |known| known.description.as_str());
        let told = match told {
            "" => String::new(),
            told => format!(", \"{told}\""),
        };
        match &self.facts.deployed {
            Read::Got(definition) => {
                let definition = definition.clone();
                self.pass("Deployment", format!("{of}{told}, as it was frozen"))?;
                Some(definition)
            }
            Read::Waiting => {
                self.push("Deployment", State::Waiting, format!("Reading {of}"));
                None
            }
            why => {
                let why = match why {
                    Read::Failed(why) => why.clone(),
                    _ => "there is no export of it".to_owned(),
                };
                self.want(Want::Present(api.clone()));
                let words = format!("What {of} froze could not be read: {why}");
                match &self.facts.present {
                    Read::Got(definition) => {
                        let definition = definition.clone();
                        let words = format!(
                            "{words}. What follows is of the API as it is now, which the stage may not have."
                        );
                        self.open("Deployment", &[], words)?;
                        Some(definition)
                    }
                    Read::Waiting => {
                        self.push(
                            "Deployment",
                            State::Waiting,
                            format!("{words}. Reading the API"),
                        );
                        None
                    }
                    _ => {
                        let words =
                            format!("{words}. The API as it is now could not be read either.");
                        self.push("Deployment", State::Unknown(Vec::new()), words);
                        None
                    }
                }
            }
        }
    }

    fn route(
        &mut self,
        address: &Address,
        stage: &Stage,
        definition: &Definition,
    ) -> Option<(Place, Method)> {
        let verb = self.asked.verb();
        let routes = routes_of(definition);
        if let Some(found) = routes.find(&address.path, &verb) {
            let place = Place {
                path: found.resource.to_owned(),
                verb: found.method.to_owned(),
            };
            let method = definition.methods.get(&place)?.clone();
            let values = found.parameters.iter();
            let values: Vec<String> = values.map(|(k, v)| format!("{k} = {v}")).collect();
            let words = match values.is_empty() {
                true => place.name(),
                false => format!("{}, {}", place.name(), values.join(", ")),
            };
            self.pass("Resource", words)?;
            return Some((place, method));
        }
        let words = format!(
            "No method of {} answers {verb} {}. The service says so with the words \"Missing Authentication Token\", whether a token was sent or not.",
            stage.name, address.path
        );
        self.fail("Resource", Cause::NoRoute, words);
        let mut more = nearest::of(&address.path, &verb, &routes, definition);
        self.want(Want::Present(address.api.clone()));
        if let Some(now) = self.facts.present.got()
            && let Some(found) = routes_of(now).find(&address.path, &verb)
        {
            let words = format!(
                "The API has {} {} now: it is not deployed to {} yet.",
                found.method, found.resource, stage.name
            );
            more.insert(0, words);
        }
        if self.asked.header("authorization").is_some() {
            let words = "With an Authorization header that is no signature, the service says it otherwise: \"not a valid key=value pair (missing equal-sign) in Authorization header\". It is the same: an unknown path.";
            more.push(words.to_owned());
        }
        self.more(more);
        None
    }

    fn size(&mut self) -> Goes {
        let headers = self.asked.headers();
        let each = headers.iter().flat_map(|(name, values)| {
            let size = |value: &String| name.len() + value.len();
            values.iter().map(size)
        });
        let head = each.sum::<usize>() + self.asked.url.len();
        if head > MOST_HEAD {
            let words = format!(
                "The first line and the headers have {head} bytes; {MOST_HEAD} are allowed."
            );
            return self.fail("Size", Cause::HeadTooLarge, words);
        }
        let length = self.asked.header("content-length");
        let length = length.and_then(|text| text.trim().parse::<u64>().ok());
        match length {
            Some(length) if length > MOST_BYTES => {
                let words =
                    format!("The body has {length} bytes; {MOST_BYTES} (10 MB) are allowed.");
                self.fail("Size", Cause::TooLarge, words)
            }
            Some(_) => self.pass("Size", "The body is small enough"),
            None => {
                let words = "Content-Length was not given: a body over 10 MB is refused with 413.";
                self.open("Size", &[Cause::TooLarge], words)
            }
        }
    }

    /// A setting of the method in the stage: its own, else that of every method.
    pub(super) fn setting<'s>(here: &Arrived<'s>, name: &str) -> Option<&'s str> {
        let own = format!("/{}/{name}", key_of(&here.place.path, &here.place.verb));
        let all = format!("/*/*/{name}");
        let stage = here.stage;
        let own = stage.get(&own);
        own.or_else(|| stage.get(&all))
    }
}

/// The routes of a definition: a resource without methods counts only for what is below it.
pub(super) fn routes_of(definition: &Definition) -> Routes {
    let mut verbs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for place in definition.methods.keys() {
        verbs.entry(&place.path).or_default().push(&place.verb);
    }
    let mut steps = BTreeMap::new();
    for step in verbs.keys().flat_map(|path| steps_of(path)) {
        steps.insert(step.path.clone(), step);
    }
    let of = |path: &str| verbs.get(path).cloned().unwrap_or_default();
    let mut parts = vec![Part {
        id: "/",
        parent: None,
        path_part: "",
        methods: of("/"),
    }];
    parts.extend(steps.values().map(|step| Part {
        id: &step.path,
        parent: Some(&step.parent),
        path_part: &step.part,
        methods: of(&step.path),
    }));
    Routes::of("/", &parts)
}

//! What comes once the caller is let in: the validator, the integration and what it calls.

use super::super::definition::Integration;
use super::super::function_arn;
use super::super::permission::resolved;
use super::guard::Callee;
use super::way::{Arrived, Goes, Way};
use super::{Called, Cause, Function, Read, State, Want};

const VALIDATOR: &str = "Validator";
const INTEGRATION: &str = "Integration";
const BACKEND: &str = "Backend";

impl Way<'_> {
    /// All of it.
    pub(super) fn behind(&mut self, here: &Arrived<'_>) -> Goes {
        self.validator(here)?;
        let Some(of) = &here.method.integration else {
            let words = "Nothing stands behind the method.";
            return self.fail(INTEGRATION, Cause::NotConfigured, words);
        };
        self.integration(here, of)
    }

    fn media_type(&self) -> String {
        let said = self.asked.header("content-type").unwrap_or_default();
        match said.split(';').next().unwrap_or_default().trim() {
            "" => "application/json".to_owned(),
            kind => kind.to_ascii_lowercase(),
        }
    }

    fn validator(&mut self, here: &Arrived<'_>) -> Goes {
        let Some(name) = &here.method.validator else {
            return self.pass(VALIDATOR, "None: nothing is checked");
        };
        let known = here.definition.validators.get(name).copied();
        let Some(of) = known else {
            let words = format!("{name}; what it checks could not be read.");
            let causes = [Cause::ParameterMissing, Cause::BodyInvalid];
            return self.open(VALIDATOR, &causes, words);
        };
        if of.parameters {
            let required = here.method.parameters.iter();
            let required = required.filter(|(_, required)| **required);
            let missing: Vec<&str> = required
                .map(|(place, _)| place.as_str())
                .filter(|place| !self.is_given(here, place))
                .collect();
            if !missing.is_empty() {
                let names: Vec<&str> = missing
                    .iter()
                    .map(|place| place.split_once('.').map_or(*place, |(_, name)| name))
                    .collect();
                let places: Vec<String> =
                    missing.iter().map(|of| of.replacen('.', " ", 1)).collect();
                let words = format!(
                    "{name} asks for {}: Missing required request parameters: [{}].",
                    places.join(", "),
                    names.join(", ")
                );
                return self.fail(VALIDATOR, Cause::ParameterMissing, words);
            }
        }
        let kind = self.media_type();
        let mut models = here.method.models.iter();
        let model = models.find(|(known, _)| known.eq_ignore_ascii_case(&kind));
        match (of.body, model) {
            (false, _) => self.pass(VALIDATOR, format!("{name}: {} there", of.words())),
            (true, None) => {
                let words = format!("{name}: no model is for {kind}, so the body is not checked");
                self.pass(VALIDATOR, words)
            }
            (true, Some((_, model))) => {
                let words = format!(
                    "{name} holds the body against {model}; whether it fits is not worked out here."
                );
                self.open(VALIDATOR, &[Cause::BodyInvalid], words)
            }
        }
    }

    /// A parameter that must be there is, and is not empty.
    fn is_given(&self, here: &Arrived<'_>, place: &str) -> bool {
        let value = match place.split_once('.') {
            Some(("header", name)) => self.asked.header(name),
            Some(("querystring", name)) => {
                let mut all = here.address.query.iter();
                all.find(|(known, _)| known == name)
                    .map(|(_, value)| value.clone())
            }
            _ => return true,
        };
        value.is_some_and(|value| !value.trim().is_empty())
    }

    fn integration(&mut self, here: &Arrived<'_>, of: &Integration) -> Goes {
        let is_proxy = of.kind.ends_with("_PROXY");
        if !is_proxy && let Some(why) = unsupported(of, &self.media_type()) {
            return self.fail(INTEGRATION, Cause::MediaType, why);
        }
        if !is_proxy && of.responses.is_empty() {
            let words = "It has no integration response: whatever the backend says becomes 500.";
            return self.fail(INTEGRATION, Cause::NotConfigured, words);
        }
        let uri = of.uri.as_deref().unwrap_or_default();
        if of.kind == "MOCK" {
            self.pass(INTEGRATION, "Mock: the gateway answers by itself")?;
            let words = "Its template says the status; one without statusCode becomes 500.";
            return self.open(BACKEND, &[Cause::NotConfigured], words);
        }
        if function_arn(uri).is_some() {
            return self.lambda(here, of, uri);
        }
        let target = super::super::target_of(uri);
        let variables = here.stage.variable_map();
        if let Err(variable) = resolved(uri, &variables) {
            let words = format!(
                "{target} needs the stage variable {variable}, which {} does not have.",
                here.stage.name
            );
            return self.fail(INTEGRATION, Cause::NotConfigured, words);
        }
        let words = format!("{target}, which is not asked from here");
        self.open(INTEGRATION, &[Cause::NotConfigured], words)?;
        let words = format!(
            "It may take {} ms; then the caller gets 504.",
            of.timeout_ms
        );
        self.open(
            BACKEND,
            &[Cause::TimedOut, Cause::Unreachable, Cause::Backend],
            words,
        )
    }

    fn lambda(&mut self, here: &Arrived<'_>, of: &Integration, uri: &str) -> Goes {
        let source = self.call_arn(here);
        let by_role = of.credentials.is_some();
        match self.function(here, uri, by_role, source.as_deref()) {
            Callee::Fails(why) => {
                let gone = why.contains("is not there");
                let cause = match (gone, why.contains("lets")) {
                    (true, _) => Cause::FunctionGone,
                    (false, true) => Cause::NotPermitted,
                    (false, false) => Cause::NotConfigured,
                };
                self.fail(INTEGRATION, cause, why)
            }
            Callee::Waiting => {
                self.push(INTEGRATION, State::Waiting, "Reading the function");
                Some(())
            }
            Callee::Open(why) => {
                let words = format!("A function{why}");
                let causes = [Cause::NotPermitted, Cause::FunctionGone];
                self.open(INTEGRATION, &causes, words)?;
                self.answer(of, None)
            }
            Callee::May {
                function,
                timeout_s,
            } => {
                let words = format!("{} may be called", function.words());
                self.pass(INTEGRATION, words)?;
                self.answer(of, Some(timeout_s))
            }
        }
    }

    fn answer(&mut self, of: &Integration, timeout_s: Option<u32>) -> Goes {
        let mut causes = vec![Cause::TimedOut];
        let mut words = format!(
            "The integration waits {} ms, then the caller gets 504.",
            of.timeout_ms
        );
        if let Some(seconds) = timeout_s.filter(|of_it| i64::from(*of_it) * 1_000 > of.timeout_ms) {
            words.push_str(&format!(
                " The function itself may take {seconds} s, which is longer."
            ));
        }
        if of.kind == "AWS_PROXY" {
            causes.insert(0, Cause::Malformed);
            words.push_str(" An answer without the form of a proxy's, or an error of the function, becomes 502. Its log says which.");
            causes.push(Cause::Backend);
        } else {
            causes.push(Cause::NotConfigured);
        }
        self.open(BACKEND, &causes, words)
    }

    /// The ARN of this call, as functions' policies see it.
    fn call_arn(&self, here: &Arrived<'_>) -> Option<String> {
        let facts = self.facts;
        let place = super::super::permission::ApiPlace {
            partition: facts.partition.clone(),
            region: facts.region.clone(),
            account: facts.account.clone(),
            api: here.address.api.clone(),
        };
        let known = !facts.account.is_empty();
        known.then(|| place.calls(&here.stage.name, &self.asked.verb(), &here.place.path))
    }

    /// Whether a function can be called, by its address.
    pub(super) fn function(
        &mut self,
        here: &Arrived<'_>,
        uri: &str,
        by_role: bool,
        source: Option<&str>,
    ) -> Callee {
        let variables = here.stage.variable_map();
        let arn = match resolved(uri, &variables) {
            Ok(uri) => function_arn(&uri).unwrap_or_default().to_owned(),
            Err(variable) => {
                return Callee::Fails(format!(
                    "The function is named by the stage variable {variable}, which {} does not have.",
                    here.stage.name
                ));
            }
        };
        let parts: Vec<&str> = arn.splitn(8, ':').collect();
        let [_, _, _, region, account, _, name, rest @ ..] = parts.as_slice() else {
            return Callee::Fails(format!("{arn} is no function's ARN."));
        };
        let elsewhere = *region != self.facts.region
            || (!self.facts.account.is_empty() && *account != self.facts.account);
        if elsewhere {
            return Callee::Open(format!(
                " of another region or account, {name}, which is not read here"
            ));
        }
        let called = Called {
            name: (*name).to_owned(),
            qualifier: rest.first().map(|qualifier| (*qualifier).to_owned()),
        };
        self.want(Want::Function(called.clone()));
        match self.facts.functions.get(&called) {
            None | Some(Read::Waiting) => Callee::Waiting,
            Some(Read::Gone) => Callee::Fails(format!("{} is not there.", called.words())),
            Some(Read::Failed(why)) => Callee::Open(format!(
                ", {}, which could not be read: {why}",
                called.words()
            )),
            Some(Read::Got(function)) => self.permitted(function, called, by_role, source),
        }
    }

    fn permitted(
        &self,
        function: &Function,
        called: Called,
        by_role: bool,
        source: Option<&str>,
    ) -> Callee {
        if by_role {
            return Callee::Open(format!(
                ", {}, called by a role whose policies are not read here",
                called.words()
            ));
        }
        let Some(source) = source else {
            return Callee::Open(format!(
                ", {}: whether it may be called is not known",
                called.words()
            ));
        };
        match super::super::permission::lets_call(&function.policy, source, &self.facts.account) {
            Ok(true) => Callee::May {
                function: called,
                timeout_s: function.timeout_s,
            },
            Ok(false) => Callee::Fails(format!(
                "No statement of {} lets this call through: {source}",
                called.words()
            )),
            Err(why) => Callee::Open(format!(
                ", {}, whose policy can't be read: {why}",
                called.words()
            )),
        }
    }
}

/// Why a body of this media type is refused.
fn unsupported(of: &Integration, kind: &str) -> Option<String> {
    let mut known = of.templates.keys();
    let has = known.any(|name| name.eq_ignore_ascii_case(kind) || name == "$default");
    let refuses = match of.passthrough.as_str() {
        "NEVER" => true,
        "WHEN_NO_TEMPLATES" => !of.templates.is_empty(),
        _ => false,
    };
    (!has && refuses).then(|| {
        let names: Vec<&str> = of.templates.keys().map(String::as_str).collect();
        let there = match names.as_slice() {
            [] => "there are none".to_owned(),
            names => format!("there are some for {}", names.join(", ")),
        };
        format!(
            "No template is for {kind}, {there}, and {} refuses it.",
            of.passthrough
        )
    })
}

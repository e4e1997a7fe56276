//! What somebody should know before an API is deployed: who may call what could not be called before, and who gets an error.

use std::collections::BTreeSet;

use serde_json::Value;

use super::nodes::{
    AUTHORIZATION, AUTHORIZERS, CHECKS, FUNCTION, INTEGRATION, KEY, METHODS, MODELS, POLICY,
    REQUIRED, RESULT_TTL, SETTINGS, VALIDATOR, VALIDATORS, WHOLE, backend,
};
use super::{Definition, Method, Place, Texts};
use crate::model::difference::{Level, Risk};

/// All of them; [`super::difference`] puts them in their order.
pub(super) fn risks(before: &Definition, after: &Definition) -> Vec<Risk> {
    let mut found = Found::default();
    for (place, was) in &before.methods {
        match after.methods.get(place) {
            Some(will) => found.method(place, was, will, after),
            None => found.gone(place, after),
        }
    }
    // What a first deployment brings is new as a whole: nobody relies on it yet.
    let first = before.methods.is_empty();
    for (place, will) in &after.methods {
        let is_new = !before.methods.contains_key(place);
        if is_new && !first && will.is_open() && place.verb != "OPTIONS" {
            let words = format!("{} is new, and anybody may call it.", place.name());
            found.push(
                Level::Warning,
                METHODS,
                &place.name(),
                "",
                "new and open",
                words,
            );
        }
    }
    found.authorizers(before, after);
    found.models(before, after);
    found.validators(before, after);
    found.policy(before, after);
    found.0
}

#[derive(Default)]
struct Found(Vec<Risk>);

impl Found {
    fn push(
        &mut self,
        level: Level,
        kind: &str,
        name: &str,
        field: &str,
        short: &str,
        words: String,
    ) {
        self.0.push(Risk {
            level,
            path: vec![kind.to_owned(), name.to_owned()],
            field: field.to_owned(),
            short: short.to_owned(),
            words,
        });
    }

    fn gone(&mut self, place: &Place, after: &Definition) {
        let any = Place {
            verb: "ANY".into(),
            ..place.clone()
        };
        let words = match after.methods.contains_key(&any) {
            true => format!("{} is gone: ANY answers in its place.", place.name()),
            false => format!(
                "{} is gone: whoever calls it gets 403 Missing Authentication Token.",
                place.name()
            ),
        };
        let name = place.name();
        self.push(Level::Warning, METHODS, &name, "", "gone", words);
    }

    fn method(&mut self, place: &Place, was: &Method, will: &Method, after: &Definition) {
        let name = place.name();
        self.guard(&name, was, will);
        if was.key && !will.key {
            let open = will.authorization == "NONE";
            let (short, words) = match open && was.authorization == "NONE" {
                true => (
                    "open to the world",
                    format!("{name} no longer asks for a key: anybody may call it."),
                ),
                false => (
                    "key not required",
                    format!(
                        "{name} no longer asks for a key: plans, quotas and throttles of keys do not hold for it."
                    ),
                ),
            };
            self.push(Level::Danger, METHODS, &name, KEY, short, words);
        }
        if was.validator.is_some() && will.validator.is_none() {
            let words = format!(
                "{name} is no longer checked: what {} refused reaches the backend.",
                was.validator.as_deref().unwrap_or_default()
            );
            self.push(
                Level::Warning,
                METHODS,
                &name,
                VALIDATOR,
                "not checked",
                words,
            );
        }
        if let (Some(old), Some(new)) = (&was.integration, &will.integration)
            && (&old.kind, &old.uri, &old.link) != (&new.kind, &new.uri, &new.link)
        {
            let words = format!(
                "{name} is answered by {}, no longer by {}.",
                backend(new, Some(old)),
                backend(old, Some(new))
            );
            self.push(
                Level::Warning,
                METHODS,
                &name,
                INTEGRATION,
                "another backend",
                words,
            );
        }
        let checks = will.validator.as_ref();
        let checks = checks.and_then(|name| after.validators.get(name));
        if checks.is_some_and(|checks| checks.parameters) {
            for (parameter, required) in &will.parameters {
                let did = was.parameters.get(parameter).copied().unwrap_or(false);
                if *required && !did {
                    let words = format!("{name} requires {parameter}: without it, 400.");
                    let field = format!("Parameter {parameter}");
                    self.push(Level::Warning, METHODS, &name, &field, "stricter", words);
                }
            }
        }
    }

    /// Who is asked before a caller gets through.
    fn guard(&mut self, name: &str, was: &Method, will: &Method) {
        if was.authorization == "NONE" {
            return;
        }
        if will.authorization == "NONE" {
            let lost = match was.authorization.as_str() {
                "AWS_IAM" => "its IAM authorization".to_owned(),
                _ => match &was.authorizer {
                    Some(authorizer) => format!("its authorizer {authorizer}"),
                    None => "its authorizer".to_owned(),
                },
            };
            let (short, rest) = match will.key {
                true => ("authorizer lost", "a key is all that is asked for"),
                false => ("open to the world", "anybody may call it"),
            };
            let words = format!("{name} loses {lost}: {rest}.");
            self.push(Level::Danger, METHODS, name, AUTHORIZATION, short, words);
        } else if (&was.authorization, &was.authorizer) != (&will.authorization, &will.authorizer) {
            let words = format!(
                "{name} is guarded by {}, no longer by {}.",
                will.guard(),
                was.guard()
            );
            self.push(
                Level::Warning,
                METHODS,
                name,
                AUTHORIZATION,
                "another guard",
                words,
            );
        } else if was.scopes.iter().any(|scope| !will.scopes.contains(scope)) {
            let words = format!("{name} accepts other scopes than before.");
            self.push(
                Level::Warning,
                METHODS,
                name,
                AUTHORIZATION,
                "other scopes",
                words,
            );
        }
    }

    fn authorizers(&mut self, before: &Definition, after: &Definition) {
        for (name, was) in &before.authorizers {
            let Some(will) = after.authorizers.get(name) else {
                continue;
            };
            if will.ttl_s > was.ttl_s {
                let words = format!(
                    "{name} remembers for {} s: a token that is taken back works that much longer.",
                    will.ttl_s
                );
                let short = format!("kept {} s", will.ttl_s);
                self.push(Level::Warning, AUTHORIZERS, name, RESULT_TTL, &short, words);
            }
            if was.uri != will.uri {
                let words = format!("{name} asks another function.");
                self.push(
                    Level::Warning,
                    AUTHORIZERS,
                    name,
                    FUNCTION,
                    "another function",
                    words,
                );
            }
        }
    }

    /// What a model requires now and did not before.
    fn models(&mut self, before: &Definition, after: &Definition) {
        for (name, was) in &before.models {
            let Some(will) = after.models.get(name) else {
                continue;
            };
            let (old, new) = (required(was), required(will));
            let more: Vec<&str> = new.difference(&old).map(String::as_str).collect();
            if !more.is_empty() {
                let words = format!(
                    "{name} requires {}: where it is checked, a body without gets 400.",
                    more.join(", ")
                );
                self.push(Level::Warning, MODELS, name, REQUIRED, "stricter", words);
            }
        }
    }

    fn validators(&mut self, before: &Definition, after: &Definition) {
        for (name, was) in &before.validators {
            let Some(will) = after.validators.get(name) else {
                continue;
            };
            if (was.body && !will.body) || (was.parameters && !will.parameters) {
                let words = format!(
                    "{name} checks {} only: it checked {}.",
                    will.words(),
                    was.words()
                );
                self.push(
                    Level::Warning,
                    VALIDATORS,
                    name,
                    CHECKS,
                    "checks less",
                    words,
                );
            }
        }
    }

    fn policy(&mut self, before: &Definition, after: &Definition) {
        let (was, will) = (&before.settings.policy, &after.settings.policy);
        match (was, will) {
            (Some(_), None) => {
                let words = "The resource policy is gone: it decides no longer who may call.";
                self.push(
                    Level::Danger,
                    WHOLE,
                    SETTINGS,
                    POLICY,
                    "policy lost",
                    words.into(),
                );
            }
            (Some(was), Some(will)) if was != will => {
                let words = "The resource policy is another: others may call, or may not.";
                self.push(
                    Level::Warning,
                    WHOLE,
                    SETTINGS,
                    POLICY,
                    "another policy",
                    words.into(),
                );
            }
            _ => {}
        }
    }
}

/// The properties that must be there at the top of a schema.
fn required(schema: &Texts) -> BTreeSet<String> {
    let text = schema.get(REQUIRED).map(String::as_str).unwrap_or("[]");
    let all: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
    let all = all.into_iter();
    all.filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect()
}

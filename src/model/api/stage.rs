//! A stage: what it stands on and how it is set, as values by path, in the form in which API Gateway takes changes.
//!
//! Every change of a stage is two such maps, before and after; the patches follow from them, and so does what takes it back.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html>.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A name under which a deployment answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stage {
    /// The first part of the path.
    pub name: String,
    /// What answers.
    pub deployment_id: String,
    /// ms since 1970.
    pub updated_at: Option<i64>,
    /// `AVAILABLE`, `CREATE_IN_PROGRESS` and so on, where there is a cache.
    pub cache_status: Option<String>,
    /// The firewall in front of it.
    pub web_acl: Option<String>,
    /// Everything that can be changed of it.
    pub values: Flat,
}

/// Values by their path: `/variables/bank`, `/*/*/throttling/rateLimit`.
pub type Flat = BTreeMap<String, String>;

/// What may be set of methods: API Gateway's path below the method, and what holds where nothing was set.
pub const METHOD_SETTINGS: [(&str, &str); 8] = [
    ("throttling/rateLimit", "-1"),
    ("throttling/burstLimit", "-1"),
    ("logging/loglevel", "OFF"),
    ("logging/dataTrace", "false"),
    ("metrics/enabled", "false"),
    ("caching/enabled", "false"),
    ("caching/ttlInSeconds", "300"),
    ("caching/dataEncrypted", "false"),
];

/// The settings of every method that has none of its own.
pub const ALL_METHODS: &str = "*/*";

impl Stage {
    /// A value, by its path.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.values.get(path).map(String::as_str)
    }

    /// What it is for; may be empty.
    pub fn description(&self) -> &str {
        self.get("/description").unwrap_or_default()
    }

    /// What `$stageVariables` holds.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        below(&self.values, "/variables/")
    }

    /// The same as a map.
    pub fn variable_map(&self) -> BTreeMap<String, String> {
        let all = self.variables();
        all.map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// A second deployment that some requests go to.
    pub fn canary(&self) -> Option<Canary> {
        let value = |name: &str| self.get(&format!("/canarySettings/{name}"));
        Some(Canary {
            deployment_id: value("deploymentId")?.to_owned(),
            percent: value("percentTraffic")
                .and_then(|of| of.parse().ok())
                .unwrap_or_default(),
            own_cache: value("useStageCache") != Some("true"),
            variables: below(&self.values, "/canarySettings/stageVariableOverrides/")
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }

    /// The methods with settings of their own, as they stand in paths: `~1orders/GET`.
    pub fn own_methods(&self) -> BTreeSet<String> {
        let methods = self.values.keys().filter_map(|path| method_of(path));
        methods
            .filter(|method| *method != ALL_METHODS)
            .map(str::to_owned)
            .collect()
    }
}

/// A second deployment that some requests go to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Canary {
    /// What answers them.
    pub deployment_id: String,
    /// How many in a hundred.
    pub percent: f64,
    /// It has a cache of its own.
    pub own_cache: bool,
    /// Stage variables that are others for it.
    pub variables: BTreeMap<String, String>,
}

fn below<'a>(values: &'a Flat, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    values
        .iter()
        .filter_map(move |(path, value)| Some((path.strip_prefix(prefix)?, value.as_str())))
}

/// The method that a path is of, as `*/*` or `~1orders/GET`; none where it is of the stage.
pub fn method_of(path: &str) -> Option<&str> {
    let path = path.strip_prefix('/')?;
    let setting = METHOD_SETTINGS.iter().find(|(name, _)| {
        path.strip_suffix(name)
            .is_some_and(|rest| rest.ends_with('/'))
    })?;
    path.strip_suffix(setting.0)?.strip_suffix('/')
}

/// A method as it stands in paths, from the key of the service's answer: `orders/{id}/GET`.
pub fn method_key(answered: &str) -> String {
    if answered == ALL_METHODS {
        return answered.to_owned();
    }
    let plain = answered.replace("~1", "/");
    let (path, verb) = plain.rsplit_once('/').unwrap_or(("", &plain));
    key_of(&format!("/{}", path.trim_start_matches('/')), verb)
}

/// A method as it stands in paths.
pub fn key_of(path: &str, verb: &str) -> String {
    format!("{}/{verb}", path.replace('~', "~0").replace('/', "~1"))
}

/// A method as people call it: `GET /orders`.
pub fn method_name(key: &str) -> String {
    if key == ALL_METHODS {
        return "Every method".to_owned();
    }
    let (path, verb) = key.rsplit_once('/').unwrap_or(("", key));
    format!("{verb} {}", path.replace("~1", "/").replace("~0", "~"))
}

/// A path as people call it, in the terms of the service.
pub fn named(path: &str) -> String {
    if let Some(name) = path.strip_prefix("/variables/") {
        return format!("Variables.{name}");
    }
    if let Some(name) = path.strip_prefix("/canarySettings/") {
        return format!("Canary.{}", name.replace('/', " "));
    }
    match method_of(path) {
        Some(method) => {
            let setting = path.strip_prefix(&format!("/{method}/")).unwrap_or(path);
            match method {
                ALL_METHODS => setting.to_owned(),
                method => format!("{} {setting}", method_name(method)),
            }
        }
        None => path.trim_start_matches('/').to_owned(),
    }
}

/// One operation of an `UpdateStage`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Takes away; else it replaces, which also adds.
    pub removes: bool,
    /// Where.
    pub path: String,
    /// What stands there then; empty where it is taken away.
    pub value: String,
}

/// The operations that make `after` of `before`.
pub fn patches(before: &Flat, after: &Flat) -> Vec<Patch> {
    let replaced = |path: &str, value: &str| Patch {
        removes: false,
        path: path.to_owned(),
        value: value.to_owned(),
    };
    let removed = |path: String| Patch {
        removes: true,
        path,
        value: String::new(),
    };
    let mut all: Vec<Patch> = Vec::new();
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        let patch = match group_of(path) {
            Some(group) if !after.keys().any(|other| within(other, &group)) => removed(group),
            // Of a group that stays a value goes back to what holds without it.
            Some(_)
                if path.starts_with("/variables/") || path.contains("/stageVariableOverrides/") =>
            {
                removed(path.clone())
            }
            _ => replaced(path, unset(path)),
        };
        if !all.contains(&patch) {
            all.push(patch);
        }
    }
    // What belongs to a thing comes after the thing: a cache's size after its switch, in the paths' own order.
    for (path, value) in after {
        if before.get(path) != Some(value) {
            all.push(replaced(path, value));
        }
    }
    all
}

/// What is taken away as a whole, by a path within it.
fn group_of(path: &str) -> Option<String> {
    for group in ["/accessLogSettings", "/canarySettings"] {
        if within(path, group) {
            return Some(group.to_owned());
        }
    }
    if path.starts_with("/variables/") {
        return Some(path.to_owned());
    }
    method_of(path).map(|method| format!("/{method}"))
}

fn within(path: &str, group: &str) -> bool {
    path == group
        || path
            .strip_prefix(group)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// What holds where nothing is set.
fn unset(path: &str) -> &'static str {
    let setting = METHOD_SETTINGS
        .iter()
        .find(|(name, _)| path.ends_with(name));
    match (path, setting) {
        (_, Some((_, value))) => value,
        ("/tracingEnabled" | "/cacheClusterEnabled", _) => "false",
        _ => "",
    }
}

/// The operations as the AWS CLI takes them.
pub fn as_json(patches: &[Patch]) -> String {
    let one = |patch: &Patch| match patch.removes {
        true => serde_json::json!({"op": "remove", "path": patch.path}),
        false => serde_json::json!({"op": "replace", "path": patch.path, "value": patch.value}),
    };
    serde_json::Value::from_iter(patches.iter().map(one)).to_string()
}

/// A value before and after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Where.
    pub path: String,
    /// What stood there; none where nothing did.
    pub before: Option<String>,
    /// What stands there; none where nothing does.
    pub after: Option<String>,
}

/// What differs between two states.
pub fn moved(before: &Flat, after: &Flat) -> Vec<Moved> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differs = |path: &&String| before.get(*path) != after.get(*path);
    let one = |path: &String| Moved {
        path: path.clone(),
        before: before.get(path).cloned(),
        after: after.get(path).cloned(),
    };
    paths.into_iter().filter(differs).map(one).collect()
}

/// What is not as it was where a change begins: somebody else changed it meanwhile.
pub fn changed_meanwhile(moved: &[Moved], now: &Flat) -> Vec<String> {
    let differs = |of: &&Moved| now.get(&of.path) != of.before.as_ref();
    let other = moved.iter().filter(differs);
    other.map(|of| named(&of.path)).collect()
}

/// `now` with the changes made.
pub fn with(now: &Flat, moved: &[Moved]) -> Flat {
    let mut after = now.clone();
    for of in moved {
        match &of.after {
            Some(value) => after.insert(of.path.clone(), value.clone()),
            None => after.remove(&of.path),
        };
    }
    after
}

/// The same changes the other way round.
pub fn back(moved: &[Moved]) -> Vec<Moved> {
    let one = |of: &Moved| Moved {
        path: of.path.clone(),
        before: of.after.clone(),
        after: of.before.clone(),
    };
    moved.iter().map(one).collect()
}

/// A frozen copy of an API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployment {
    /// Six letters and digits.
    pub id: String,
    /// May be empty.
    pub description: String,
    /// ms since 1970.
    pub created_at: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(values: &[(&str, &str)]) -> Flat {
        let values = values.iter();
        values
            .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// As `-/variables/a` and `/description=x`.
    fn told(before: &[(&str, &str)], after: &[(&str, &str)]) -> Vec<String> {
        let patches = patches(&flat(before), &flat(after));
        let one = |patch: &Patch| match patch.removes {
            true => format!("-{}", patch.path),
            false => format!("{}={}", patch.path, patch.value),
        };
        patches.iter().map(one).collect()
    }

    #[test]
    fn what_goes_is_removed_and_what_can_not_go_is_put_back_to_what_holds_without() {
        assert_eq!(
            told(
                &[
                    ("/variables/a", "1"),
                    ("/variables/b", "2"),
                    ("/description", "x"),
                    ("/tracingEnabled", "true")
                ],
                &[("/variables/b", "3")],
            ),
            [
                "/description=",
                "/tracingEnabled=false",
                "-/variables/a",
                "/variables/b=3"
            ]
        );
    }

    #[test]
    fn a_group_that_goes_is_removed_once_and_as_a_whole() {
        let canary = [
            ("/canarySettings/deploymentId", "d"),
            ("/canarySettings/percentTraffic", "10.0"),
            ("/canarySettings/stageVariableOverrides/a", "1"),
        ];
        assert_eq!(told(&canary, &[]), ["-/canarySettings"]);
        assert_eq!(
            told(&canary, &canary[..2]),
            ["-/canarySettings/stageVariableOverrides/a"]
        );
        let log = [
            ("/accessLogSettings/destinationArn", "a"),
            ("/accessLogSettings/format", "f"),
        ];
        assert_eq!(told(&log, &[]), ["-/accessLogSettings"]);
        let own = [
            ("/~1orders/GET/throttling/rateLimit", "5"),
            ("/~1orders/GET/throttling/burstLimit", "2"),
        ];
        assert_eq!(told(&own, &[]), ["-/~1orders/GET"]);
        assert_eq!(
            told(&own, &own[..1]),
            ["/~1orders/GET/throttling/burstLimit=-1"]
        );
    }

    #[test]
    fn a_method_is_named_by_its_path_and_verb() {
        for (answered, key, name) in [
            ("*/*", "*/*", "Every method"),
            ("test/GET", "~1test/GET", "GET /test"),
            ("orders/{id}/GET", "~1orders~1{id}/GET", "GET /orders/{id}"),
            ("/GET", "~1/GET", "GET /"),
            (
                "~1orders~1{id}/PUT",
                "~1orders~1{id}/PUT",
                "PUT /orders/{id}",
            ),
        ] {
            assert_eq!(method_key(answered), key);
            assert_eq!(method_name(key), name);
        }
        assert_eq!(key_of("/orders/{id}", "GET"), "~1orders~1{id}/GET");
        assert_eq!(
            method_of("/~1a~1b/GET/logging/loglevel"),
            Some("~1a~1b/GET")
        );
        assert_eq!(method_of("/*/*/caching/enabled"), Some("*/*"));
        assert_eq!(method_of("/description"), None);
        assert_eq!(named("/*/*/caching/enabled"), "caching/enabled");
        assert_eq!(named("/~1a/GET/caching/enabled"), "GET /a caching/enabled");
        assert_eq!(named("/variables/bank"), "Variables.bank");
    }

    #[test]
    fn a_change_is_taken_back_by_its_own_inverse_and_stops_where_somebody_changed_it_again() {
        let before = flat(&[("/deploymentId", "a"), ("/variables/x", "1")]);
        let after = flat(&[("/deploymentId", "b"), ("/variables/y", "2")]);
        let change = moved(&before, &after);
        assert_eq!(with(&before, &change), after);
        let inverse = back(&change);
        assert_eq!(with(&after, &inverse), before);
        assert!(changed_meanwhile(&inverse, &after).is_empty());
        let other = flat(&[("/deploymentId", "c"), ("/variables/y", "2")]);
        assert_eq!(changed_meanwhile(&inverse, &other), ["deploymentId"]);
    }

    #[test]
    fn a_canary_is_read_from_the_values() {
        let stage = Stage {
            values: flat(&[
                ("/canarySettings/deploymentId", "d"),
                ("/canarySettings/percentTraffic", "12.5"),
                ("/canarySettings/stageVariableOverrides/a", "1"),
                ("/canarySettings/useStageCache", "false"),
                ("/~1orders/GET/caching/enabled", "true"),
                ("/*/*/caching/enabled", "true"),
            ]),
            ..Stage::default()
        };
        let canary = stage.canary().unwrap_or_default();
        assert_eq!(canary.percent, 12.5);
        assert!(canary.own_cache);
        assert_eq!(canary.variables.len(), 1);
        assert_eq!(
            stage.own_methods().into_iter().collect::<Vec<_>>(),
            ["~1orders/GET"]
        );
    }

    #[test]
    fn operations_are_written_as_the_cli_takes_them() {
        let all = patches(
            &flat(&[("/variables/a", "1")]),
            &flat(&[("/description", "it's, so")]),
        );
        assert_eq!(
            as_json(&all),
            r#"[{"op":"remove","path":"/variables/a"},{"op":"replace","path":"/description","value":"it's, so"}]"#
        );
    }
}

//! One form for what is the same: defaults are said, orders are fixed, what nothing depends on is left out.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Definition, Integration, Method, Texts};

/// The form that is compared.
pub(super) fn normal(mut of: Definition) -> Definition {
    for (place, method) in &mut of.methods {
        one(method);
        if place.verb == "OPTIONS" && method.authorization.is_empty() {
            method.authorization = "NONE".into();
        }
    }
    let used = |name: &dyn Fn(&Method) -> Option<&String>| -> BTreeSet<String> {
        of.methods.values().filter_map(name).cloned().collect()
    };
    let authorizers = used(&|method| method.authorizer.as_ref());
    let validators = used(&|method| method.validator.as_ref());
    of.authorizers.retain(|name, _| authorizers.contains(name));
    of.validators.retain(|name, _| validators.contains(name));
    let models = used_models(&of);
    of.models.retain(|name, _| models.contains(name));
    for authorizer in of.authorizers.values_mut() {
        authorizer.providers.sort();
        authorizer.identity = identity(&authorizer.identity);
        empty(&mut authorizer.expression);
        empty(&mut authorizer.credentials);
    }
    of.settings.binary_media_types.sort();
    of
}

/// Where identities are read, in one order.
fn identity(text: &str) -> String {
    let mut sources: Vec<&str> = text.split(',').map(str::trim).collect();
    sources.retain(|source| !source.is_empty());
    sources.sort_unstable();
    sources.join(", ")
}

fn empty(text: &mut Option<String>) {
    if text.as_ref().is_some_and(String::is_empty) {
        *text = None;
    }
}

fn one(method: &mut Method) {
    if method.authorization.is_empty() {
        method.authorization = "NONE".into();
    }
    // What stands in the path must be given, whatever is declared.
    method
        .parameters
        .retain(|name, _| !name.starts_with("path."));
    method.scopes.sort();
    empty(&mut method.operation);
    empty(&mut method.validator);
    if !matches!(
        method.authorization.as_str(),
        "CUSTOM" | "COGNITO_USER_POOLS"
    ) {
        method.authorizer = None;
    }
    for response in method.responses.values_mut() {
        response.headers.sort();
    }
    if let Some(integration) = &mut method.integration {
        behind(integration);
    }
}

fn behind(of: &mut Integration) {
    of.kind = of.kind.to_uppercase();
    of.passthrough = match of.passthrough.to_uppercase() {
        none if none.is_empty() => "WHEN_NO_MATCH".to_owned(),
        some => some,
    };
    of.cache_keys.sort();
    for text in [&mut of.uri, &mut of.verb, &mut of.link, &mut of.credentials] {
        empty(text);
    }
    if of.kind == "MOCK" {
        of.verb = None;
        of.uri = None;
    }
    of.verb = of.verb.take().map(|verb| verb.to_uppercase());
    of.content_handling = of.content_handling.take().map(|how| how.to_uppercase());
    empty(&mut of.content_handling);
    for response in of.responses.values_mut() {
        let how = response.content_handling.take();
        response.content_handling = how.map(|how| how.to_uppercase());
        empty(&mut response.content_handling);
    }
}

/// The models that methods name, and those that they name.
fn used_models(of: &Definition) -> BTreeSet<String> {
    let methods = of.methods.values();
    let named = methods.flat_map(|method| {
        let answers = method.responses.values();
        let answers = answers.flat_map(|response| response.models.values());
        method.models.values().chain(answers).cloned()
    });
    let mut waiting: Vec<String> = named.collect();
    let mut used = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        let Some(schema) = of.models.get(&name) else {
            continue;
        };
        if used.insert(name) {
            waiting.extend(schema.values().flat_map(|text| references(text)));
        }
    }
    used
}

/// The models that a piece of a schema names.
fn references(text: &str) -> Vec<String> {
    fn within(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(name)) = map.get("$ref") {
                    found.push(name.clone());
                }
                map.values().for_each(|value| within(value, found));
            }
            Value::Array(all) => all.iter().for_each(|value| within(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    match serde_json::from_str::<Value>(text) {
        // A schema that is nothing but a reference has its name for its only value.
        Ok(Value::String(name)) => found.push(name),
        Ok(value) => within(&value, &mut found),
        Err(_) => {}
    }
    found
}

/// A model's schema, key by key; one that is no JSON is kept as it is.
pub(super) fn schema_text(text: &str) -> Texts {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => schema(&value),
        Err(_) => Texts::from([("schema".to_owned(), text.trim().to_owned())]),
    }
}

/// The same of JSON.
pub(super) fn schema(value: &Value) -> Texts {
    let Value::Object(map) = value else {
        return Texts::from([("schema".to_owned(), text_of(value))]);
    };
    // Which dialect it is written in is not exported.
    let told = |key: &&String| !matches!(key.as_str(), "$schema" | "$id" | "id");
    map.iter()
        .filter(|(key, _)| told(key))
        .map(|(key, value)| {
            let own = Map::from_iter([(key.clone(), value.clone())]);
            let own = by_name(&Value::Object(own));
            (key.clone(), text_of(own.get(key).unwrap_or(value)))
        })
        .collect()
}

/// With models named by their names alone, wherever they stand.
fn by_name(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| match value {
                Value::String(to) if key == "$ref" => (key.clone(), model_name(to).into()),
                value => (key.clone(), by_name(value)),
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(all) => all.iter().map(by_name).collect(),
        value => value.clone(),
    }
}

/// The name at the end of a reference.
pub(super) fn model_name(reference: &str) -> String {
    reference.rsplit('/').next().unwrap_or(reference).to_owned()
}

/// JSON in one form: keys in their order, nothing between. A list of names that must be there has no order of its own.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            let pairs = keys.into_iter().map(|key| {
                let value = map.get(key).unwrap_or(&Value::Null);
                format!("{}:{}", Value::String(key.clone()), text_of(value))
            });
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
        }
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(text_of).collect();
            format!("[{}]", all.join(","))
        }
        value => value.to_string(),
    }
}

/// A resource policy in one form. `GetRestApi` answers it with its quotes escaped once more.
pub fn policy_of(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let plain = serde_json::from_str::<Value>(text);
    let value = plain.or_else(|_| serde_json::from_str(&text.replace("\\\"", "\"")));
    Some(value.map_or_else(|_| text.to_owned(), |value| text_of(&value)))
}

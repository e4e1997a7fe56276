//! Statements of a resource policy as words, and words as statements. What words can't say stands in JSON only.

use serde_json::{Map, Value, json};

/// A statement as it is read in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// It allows.
    pub allows: bool,
    /// Whom it is about.
    pub who: String,
    /// Which calls.
    pub what: String,
    /// Under which condition.
    pub when: String,
    /// The same where it can be edited in words.
    pub words: Option<Words>,
}

/// A statement in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// It allows.
    pub allows: bool,
    /// Whom it is about.
    pub who: Who,
    /// A stage, or `*`.
    pub stage: String,
    /// A verb, or `*`.
    pub verb: String,
    /// From `/`, wildcards in it.
    pub path: String,
    /// Under which condition.
    pub when: When,
}

/// Whom a statement is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Who {
    /// Everybody.
    #[default]
    Everyone,
    /// ARNs and accounts, separated by commas.
    Named(String),
}

/// Under which condition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum When {
    /// Always.
    #[default]
    Always,
    /// A condition key that has, or has not, one of the values.
    Key {
        /// As `aws:SourceIp`.
        key: String,
        /// It holds where the key has none of them.
        unless: bool,
        /// Separated by commas.
        values: String,
    },
}

const INVOKE: &str = "execute-api:Invoke";
const SHORT: &str = "execute-api:/";

/// The statements of a policy's text; nothing where it is none.
pub fn rows(text: &str) -> Vec<Row> {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let all = sekisho_rules::policy::statements(&value).unwrap_or_default();
    all.iter().map(row).collect()
}

fn row(of: &Value) -> Row {
    let words = words(of);
    let who = match words.as_ref().map(|words| &words.who) {
        Some(Who::Everyone) => "everyone".to_owned(),
        Some(Who::Named(names)) => names
            .split(',')
            .map(|name| named(name.trim()))
            .collect::<Vec<_>>()
            .join(", "),
        None => match (of.get("Principal"), of.get("NotPrincipal")) {
            (Some(one), _) => principals(one),
            (None, Some(one)) => format!("everyone but {}", principals(one)),
            _ => String::new(),
        },
    };
    let (what, when) = match &words {
        Some(words) => (words.calls(), words.when.words()),
        None => ("in JSON only".to_owned(), "in JSON only".to_owned()),
    };
    Row {
        allows: of["Effect"] == "Allow",
        who,
        what,
        when,
        words,
    }
}

fn principals(of: &Value) -> String {
    match of {
        Value::String(text) if text == "*" => "everyone".to_owned(),
        Value::String(text) => named(text),
        Value::Array(all) => all.iter().map(principals).collect::<Vec<_>>().join(", "),
        Value::Object(kinds) => kinds
            .values()
            .map(principals)
            .collect::<Vec<_>>()
            .join(", "),
        _ => String::new(),
    }
}

/// A principal's ARN in a few words: `role report-reader, 771903355120`.
fn named(arn: &str) -> String {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, _, _, account, rest] = parts.as_slice() else {
        return match arn {
            "*" => "everyone".to_owned(),
            arn => arn.to_owned(),
        };
    };
    match rest.split_once('/') {
        Some((kind, path)) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            format!("{kind} {name}, {account}")
        }
        None if *rest == "root" => format!("account {account}"),
        None => arn.to_owned(),
    }
}

impl Words {
    /// Which calls: "POST /refunds/* on prod".
    fn calls(&self) -> String {
        let verb = match self.verb.as_str() {
            "*" => "any method",
            verb => verb,
        };
        let stage = match self.stage.as_str() {
            "*" => "any stage",
            stage => stage,
        };
        match (self.path.as_str(), self.verb.as_str()) {
            ("/*" | "*", "*") => format!("any method of {stage}"),
            (path, _) => format!("{verb} {path} on {stage}"),
        }
    }

    fn resource(&self) -> String {
        let path = self.path.trim().trim_start_matches('/');
        match (self.stage.trim(), self.verb.trim(), path) {
            ("*", "*", "*") => format!("{SHORT}*"),
            (stage, "*", "*") => format!("{SHORT}{stage}/*"),
            (stage, verb, path) => format!("{SHORT}{stage}/{verb}/{path}"),
        }
    }
}

impl When {
    fn words(&self) -> String {
        let Self::Key {
            key,
            unless,
            values,
        } = self
        else {
            return "always".to_owned();
        };
        let not = if *unless { "unless " } else { "" };
        match key.to_ascii_lowercase().as_str() {
            "aws:sourceip" | "aws:vpcsourceip" => format!("{not}from {values}"),
            "aws:sourcevpce" | "aws:sourcevpc" => format!("{not}through {values}"),
            "aws:principalaccount" => format!("{not}of account {values}"),
            _ if *unless => format!("unless {key} is {values}"),
            _ => format!("where {key} is {values}"),
        }
    }

    /// The operator that fits the key.
    fn operator(key: &str, unless: bool) -> &'static str {
        let address = key.to_ascii_lowercase().ends_with("sourceip");
        match (address, unless) {
            (true, false) => "IpAddress",
            (true, true) => "NotIpAddress",
            (false, false) => "StringEquals",
            (false, true) => "StringNotEquals",
        }
    }
}

/// One text, or a list of them.
fn texts(of: &Value) -> Option<Vec<String>> {
    match of {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(all) => all
            .iter()
            .map(|one| Some(one.as_str()?.to_owned()))
            .collect(),
        _ => None,
    }
}

/// A statement in words; none where they can't say it.
fn words(of: &Value) -> Option<Words> {
    let known = [
        "Sid",
        "Effect",
        "Principal",
        "Action",
        "Resource",
        "Condition",
    ];
    let members = of.as_object()?;
    if !members.keys().all(|name| known.contains(&name.as_str())) {
        return None;
    }
    let actions = texts(of.get("Action")?)?;
    if actions.len() != 1
        || !actions
            .iter()
            .all(|action| action.eq_ignore_ascii_case(INVOKE))
    {
        return None;
    }
    let [resource] = texts(of.get("Resource")?)?.try_into().ok()?;
    let (stage, verb, path) = call(&resource)?;
    Some(Words {
        allows: of["Effect"] == "Allow",
        who: who(of.get("Principal")?)?,
        stage,
        verb,
        path,
        when: match of.get("Condition") {
            None => When::Always,
            Some(condition) => when(condition)?,
        },
    })
}

fn who(of: &Value) -> Option<Who> {
    let names = match of {
        Value::String(text) => vec![text.clone()],
        Value::Object(kinds) if kinds.len() == 1 => texts(kinds.get("AWS")?)?,
        _ => return None,
    };
    match names.as_slice() {
        [one] if one == "*" => Some(Who::Everyone),
        _ if of.is_object() => Some(Who::Named(names.join(", "))),
        _ => None,
    }
}

/// Stage, verb and path of a resource, by its short form or its ARN.
fn call(resource: &str) -> Option<(String, String, String)> {
    let all = || Some(("*".to_owned(), "*".to_owned(), "/*".to_owned()));
    if resource == "*" {
        return all();
    }
    let rest = match resource.strip_prefix(SHORT) {
        Some(rest) => rest,
        None => {
            let api = resource.splitn(6, ':').nth(5)?;
            api.split_once('/').map_or("*", |(_, rest)| rest)
        }
    };
    let mut parts = rest.splitn(3, '/');
    let own = |part: Option<&str>| part.unwrap_or("*").to_owned();
    let (stage, verb, path) = (own(parts.next()), own(parts.next()), own(parts.next()));
    if stage == "*" && rest == "*" {
        return all();
    }
    Some((stage, verb, format!("/{path}")))
}

fn when(of: &Value) -> Option<When> {
    let operators = of.as_object()?;
    let (operator, keys) = operators.iter().next().filter(|_| operators.len() == 1)?;
    let keys = keys.as_object()?;
    let (key, values) = keys.iter().next().filter(|_| keys.len() == 1)?;
    let unless = [true, false]
        .into_iter()
        .find(|unless| When::operator(key, *unless) == operator)?;
    Some(When::Key {
        key: key.clone(),
        unless,
        values: texts(values)?.join(", "),
    })
}

/// The names between commas.
fn list(text: &str) -> Value {
    let names = text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let names: Vec<&str> = names.collect();
    match names.as_slice() {
        [one] => json!(one),
        all => json!(all),
    }
}

fn statement(words: &Words, sid: Option<&Value>) -> Value {
    let mut of = Map::new();
    if let Some(sid) = sid {
        of.insert("Sid".into(), sid.clone());
    }
    let effect = if words.allows { "Allow" } else { "Deny" };
    of.insert("Effect".into(), effect.into());
    let principal = match &words.who {
        Who::Everyone => json!("*"),
        Who::Named(names) => json!({"AWS": list(names)}),
    };
    of.insert("Principal".into(), principal);
    of.insert("Action".into(), INVOKE.into());
    of.insert("Resource".into(), words.resource().into());
    if let When::Key {
        key,
        unless,
        values,
    } = &words.when
    {
        let mut keys = Map::new();
        keys.insert(key.clone(), list(values));
        let mut condition = Map::new();
        condition.insert(When::operator(key, *unless).into(), keys.into());
        of.insert("Condition".into(), condition.into());
    }
    of.into()
}

/// The policy's text with one statement put otherwise. What it can't read stays as it is.
pub fn write(text: &str, at: usize, words: &Words) -> String {
    changed(text, |all| {
        if let Some(of) = all.get_mut(at) {
            let sid = of.get("Sid").cloned();
            *of = statement(words, sid.as_ref());
        }
    })
}

/// The policy's text with one statement more; an empty text becomes a policy.
pub fn add(text: &str, words: &Words) -> String {
    let text = match text.trim() {
        "" => r#"{"Version": "2012-10-17", "Statement": []}"#,
        text => text,
    };
    changed(text, |all| all.push(statement(words, None)))
}

/// The policy's text without a statement; without any it is empty.
pub fn remove(text: &str, at: usize) -> String {
    let mut left = 0;
    let text = changed(text, |all| {
        if at < all.len() {
            all.remove(at);
        }
        left = all.len();
    });
    match left {
        0 => String::new(),
        _ => text,
    }
}

fn changed(text: &str, change: impl FnOnce(&mut Vec<Value>)) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else {
        return text.to_owned();
    };
    let Some(of) = value.get_mut("Statement") else {
        return text.to_owned();
    };
    if of.is_object() {
        *of = Value::Array(vec![of.take()]);
    }
    let Some(all) = of.as_array_mut() else {
        return text.to_owned();
    };
    change(all);
    serde_json::to_string_pretty(&value).unwrap_or_else(|_| text.to_owned())
}

/// A statement that people begin with, by its name; none for another name.
pub fn template(name: &str, private: bool) -> Option<Words> {
    let key = |key: &str, unless: bool, values: &str| When::Key {
        key: key.to_owned(),
        unless,
        values: values.to_owned(),
    };
    let address = if private {
        "aws:VpcSourceIp"
    } else {
        "aws:SourceIp"
    };
    let all = Words {
        allows: true,
        stage: "*".into(),
        verb: "*".into(),
        path: "/*".into(),
        ..Words::default()
    };
    Some(match name {
        "everyone" => all,
        "addresses" => Words {
            when: key(address, false, "192.0.2.0/24"),
            ..all
        },
        "deny addresses" => Words {
            allows: false,
            when: key(address, false, "192.0.2.0/24"),
            ..all
        },
        "endpoint" => Words {
            when: key("aws:SourceVpce", false, "vpce-0123456789abcdef0"),
            ..all
        },
        "account" => Words {
            who: Who::Named("arn:aws:iam::123456789012:root".into()),
            ..all
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn statements_are_words_and_words_are_statements() {
        let policy = r#"{"Version": "2012-10-17", "Statement": [
            {"Sid": "a", "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
             "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}},
            {"Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": "execute-api:Invoke",
             "Resource": "arn:aws:execute-api:eu-west-1:1:abc/prod/POST/refunds/*",
             "Condition": {"NotIpAddress": {"aws:VpcSourceIp": ["10.20.0.0/16", "10.21.8.0/24"]}}},
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::2:role/x/reader"}, "Action": ["execute-api:Invoke"], "Resource": "execute-api:/dev/*"},
            {"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::2:root"}, "Action": "execute-api:Invoke", "Resource": "*"}
        ]}"#;
        let rows = rows(policy);
        let told: Vec<String> = rows
            .iter()
            .map(|row| format!("{} | {} | {}", row.who, row.what, row.when))
            .collect();
        assert_eq!(
            told,
            [
                "everyone | any method of any stage | through vpce-1",
                "everyone | POST /refunds/* on prod | unless from 10.20.0.0/16, 10.21.8.0/24",
                "role reader, 2 | any method of dev | always",
                "everyone but account 2 | in JSON only | in JSON only",
            ]
        );
        // What is written back says the same.
        for at in 0..3 {
            let words = rows[at].words.clone().unwrap();
            let again = super::rows(&write(policy, at, &words));
            assert_eq!(again[at], rows[at]);
        }
        let words = Words {
            allows: false,
            ..rows[0].words.clone().unwrap()
        };
        let text = write(policy, 0, &words);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["Statement"][0]["Sid"], "a");
        assert_eq!(value["Statement"][0]["Effect"], "Deny");
    }

    #[test]
    fn statements_come_and_go() {
        let one = template("addresses", false).unwrap();
        let text = add("", &one);
        assert_eq!(rows(&text)[0].when, "from 192.0.2.0/24");
        let text = add(&text, &template("account", true).unwrap());
        assert_eq!(rows(&text)[1].who, "account 123456789012");
        assert_eq!(rows(&remove(&text, 0)).len(), 1);
        assert_eq!(remove(&remove(&text, 0), 0), "");
        assert_eq!(write("{", 0, &one), "{", "what is being typed stays");
        assert_eq!(template("x", false), None);
    }
}

//! What an execution role may do, as far as its policies say so: by service, for people.
//!
//! This reads documents; it does not evaluate them. Conditions, boundaries and service control policies can only take
//! away, and are named where they are seen.
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::function::{service_title, strings};

/// A role as IAM describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Role {
    /// The name without path.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// The person's own words.
    pub description: String,
    /// Who may assume it, JSON.
    pub trust: String,
    /// Its policies, inline and attached.
    pub policies: Vec<Policy>,
}

/// A policy's document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// JSON, percent-encoded or not: IAM gives it encoded.
    pub document: String,
}

/// What may be done with one service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServicePermissions {
    /// The abbreviation in actions, as `dynamodb`; `*` for every service.
    pub service: String,
    /// Allowed actions without the service, sorted: `GetItem`, `Get*`, `*`.
    pub allowed: Vec<String>,
    /// Denied actions, which win.
    pub denied: Vec<String>,
    /// The resources that the allowed actions are limited to; `*` where they are not.
    pub resources: Vec<String>,
    /// A condition limits some of it.
    pub conditional: bool,
    /// Policies that say so.
    pub policies: Vec<String>,
}

impl ServicePermissions {
    /// The service's name for people.
    pub fn title(&self) -> &str {
        service_title(&self.service)
    }

    /// Everything is allowed on everything: worth a warning.
    pub fn is_unlimited(&self) -> bool {
        self.allowed.iter().any(|action| action == "*")
            && self.resources.iter().any(|resource| resource == "*")
            && !self.conditional
    }

    /// One line: `read and write on 2 resources`, as far as the actions' names tell.
    pub fn summary(&self) -> String {
        if self.allowed.is_empty() {
            return "denied".to_owned();
        }
        let what = if self.allowed.iter().any(|action| action == "*") {
            "everything"
        } else {
            match (
                self.allowed.iter().any(|a| reads(a)),
                self.allowed.iter().any(|a| !reads(a)),
            ) {
                (true, true) => "read and write",
                (true, false) => "read",
                _ => "write",
            }
        };
        let wide = self.resources.iter().any(|resource| resource == "*");
        match self.resources.len() {
            _ if wide => format!("{what} on every resource"),
            1 => format!("{what} on 1 resource"),
            count => format!("{what} on {count} resources"),
        }
    }
}

fn reads(action: &str) -> bool {
    [
        "Get", "List", "Describe", "BatchGet", "Query", "Scan", "Head", "Receive", "Select",
        "Lookup", "Search",
    ]
    .iter()
    .any(|verb| action.starts_with(verb))
}

/// Permissions by service, and what could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// In order of the service's abbreviation, every service first.
    pub services: Vec<ServicePermissions>,
    /// One message a policy that is no policy.
    pub problems: Vec<String>,
}

#[derive(Default)]
struct Gathered {
    allowed: BTreeSet<String>,
    denied: BTreeSet<String>,
    resources: BTreeSet<String>,
    policies: BTreeSet<String>,
    conditional: bool,
}

impl Permissions {
    /// Reads policies.
    pub fn of(policies: &[Policy]) -> Self {
        let mut services: BTreeMap<String, Gathered> = BTreeMap::new();
        let mut problems = Vec::new();
        for policy in policies {
            if let Err(problem) = gather(policy, &mut services) {
                problems.push(format!("{}: {problem}", policy.name));
            }
        }
        let services = services
            .into_iter()
            .map(|(service, found)| ServicePermissions {
                service,
                allowed: found.allowed.into_iter().collect(),
                denied: found.denied.into_iter().collect(),
                resources: found.resources.into_iter().collect(),
                conditional: found.conditional,
                policies: found.policies.into_iter().collect(),
            })
            .collect();
        Self { services, problems }
    }

    /// Whether an action of a service is allowed on some resource, by name alone; a denial wins.
    pub fn allows(&self, service: &str, action: &str) -> bool {
        let of_service = |permissions: &&ServicePermissions| {
            permissions.service == "*" || permissions.service.eq_ignore_ascii_case(service)
        };
        let any = |patterns: &[String]| patterns.iter().any(|pattern| wildcard(pattern, action));
        let mut found = self.services.iter().filter(of_service);
        let denied = self
            .services
            .iter()
            .filter(of_service)
            .any(|s| any(&s.denied) && !s.conditional);
        !denied && found.any(|service| any(&service.allowed))
    }

    /// The first of these that the role lacks, for "the function can't write its log" and the like.
    pub fn missing<'a>(&self, actions: &[&'a str]) -> Option<&'a str> {
        let lacks = |action: &&&str| {
            let (service, name) = action.split_once(':').unwrap_or(("", action));
            !self.allows(service, name)
        };
        actions.iter().find(lacks).copied()
    }
}

fn gather(policy: &Policy, services: &mut BTreeMap<String, Gathered>) -> Result<(), String> {
    let text = percent_decoded(&policy.document);
    let document: Value =
        serde_json::from_str(&text).map_err(|error| format!("not JSON: {error}"))?;
    let statements = match &document["Statement"] {
        Value::Array(statements) => statements.as_slice(),
        statement @ Value::Object(_) => std::slice::from_ref(statement),
        _ => return Err("it has no Statement".to_owned()),
    };
    for statement in statements {
        let denies = statement["Effect"] == "Deny";
        let mut actions = strings(&statement["Action"]);
        // NotAction allows all but these, of every service: that is shown as it is, not expanded.
        actions.extend(
            strings(&statement["NotAction"])
                .iter()
                .map(|action| format!("*:all but {action}")),
        );
        let mut resources = strings(&statement["Resource"]);
        resources.extend(
            strings(&statement["NotResource"])
                .iter()
                .map(|resource| format!("all but {resource}")),
        );
        for action in actions {
            let (service, name) = action.split_once(':').unwrap_or(("*", "*"));
            let found = services.entry(service.to_ascii_lowercase()).or_default();
            found.policies.insert(policy.name.clone());
            found.conditional |= statement["Condition"]
                .as_object()
                .is_some_and(|keys| !keys.is_empty());
            if denies {
                found.denied.insert(name.to_owned());
            } else {
                found.allowed.insert(name.to_owned());
                found.resources.extend(resources.iter().cloned());
            }
        }
    }
    Ok(())
}

/// Matches IAM's `*` and `?`, without regard to case, as action names are matched.
pub fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || byte.eq_ignore_ascii_case(&text[t]) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((star_p, star_t)) => {
                    star = Some((star_p, star_t + 1));
                    p = star_p + 1;
                    t = star_t + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// IAM percent-encodes documents (RFC 3986); what is not encoded, or badly, is kept as it is.
fn percent_decoded(text: &str) -> String {
    if text.trim_start().starts_with('{') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) if byte == b'%' => {
                out.push(decoded);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn policy(document: &str) -> Policy {
        Policy {
            name: "p".into(),
            document: document.into(),
        }
    }

    fn permissions(document: &str) -> Permissions {
        Permissions::of(&[policy(document)])
    }

    #[test]
    fn actions_are_grouped_by_service() {
        let found = permissions(
            r#"{"Statement":[
              {"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:PutItem","s3:GetObject"],"Resource":["arn:aws:dynamodb:r:1:table/t"]},
              {"Effect":"Allow","Action":"logs:*","Resource":"*"},
              {"Effect":"Deny","Action":"dynamodb:DeleteTable","Resource":"*"}]}"#,
        );
        let rows: Vec<_> = found
            .services
            .iter()
            .map(|s| (s.title(), s.summary()))
            .collect();
        assert_eq!(
            rows,
            [
                ("DynamoDB", "read and write on 1 resource".to_owned()),
                ("CloudWatch Logs", "everything on every resource".to_owned()),
                ("S3", "read on 1 resource".to_owned()),
            ]
        );
        assert_eq!(found.services[0].denied, ["DeleteTable"]);
        assert!(found.services[1].is_unlimited() && !found.services[0].is_unlimited());
    }

    #[test]
    fn a_document_may_be_percent_encoded_and_hold_one_statement() {
        let found = permissions(
            "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sqs%3A*%22%2C%22Resource%22%3A%22*%22%7D%7D",
        );
        assert_eq!(found.services[0].service, "sqs");
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%zz%e6%97%a5"), "%zz日");
    }

    #[test]
    fn a_denial_wins_and_wildcards_count() {
        let found = permissions(
            r#"{"Statement":[{"Effect":"Allow","Action":["xray:Put*","logs:CreateLogStream"],"Resource":"*"},
              {"Effect":"Deny","Action":"xray:PutEncryptionConfig","Resource":"*"}]}"#,
        );
        assert!(
            found.allows("xray", "PutTraceSegments") && found.allows("XRAY", "puttelemetryrecords")
        );
        assert!(!found.allows("xray", "PutEncryptionConfig") && !found.allows("s3", "GetObject"));
        assert_eq!(
            found.missing(&["logs:CreateLogStream", "logs:PutLogEvents"]),
            Some("logs:PutLogEvents")
        );
        let admin = permissions(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#);
        assert!(admin.allows("anything", "AtAll") && admin.services[0].title() == "Every service");
    }

    #[test]
    fn what_is_no_policy_is_told_and_the_others_are_read() {
        let found = Permissions::of(&[
            policy("{"),
            policy("[]"),
            policy(r#"{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}"#),
        ]);
        assert_eq!((found.problems.len(), found.services.len()), (2, 1));
    }

    #[test]
    fn not_action_is_shown_as_it_is() {
        let found =
            permissions(r#"{"Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}}"#);
        assert_eq!(found.services[0].allowed, ["all but iam:*"]);
        assert!(
            !found.allows("s3", "GetObject"),
            "what is not expanded is not promised"
        );
    }

    #[test]
    fn wildcards_match_as_iam_does() {
        for (pattern, text, matches) in [
            ("*", "", true),
            ("Get*", "getitem", true),
            ("G?t", "Get", true),
            ("G?t", "Gt", false),
            ("*Item*", "BatchGetItems", true),
            ("a*b*c", "a1b2c3", false),
            ("a*b*c", "aXbYbZc", true),
            ("", "a", false),
        ] {
            assert_eq!(wildcard(pattern, text), matches, "{pattern} {text}");
        }
        assert!(!wildcard(&"*a".repeat(50), &"a".repeat(40)));
    }
}

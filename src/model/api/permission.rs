//! Whether a function lets an API call it: the statement that this takes, and whether its policy has one.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html>; a parameter of a path stands as `*` in the
//! ARN of a call.

use std::collections::BTreeMap;

use serde_json::Value;

/// Where an API and its account are, for ARNs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiPlace {
    /// As `aws`.
    pub partition: String,
    /// As `eu-west-1`.
    pub region: String,
    /// Twelve digits.
    pub account: String,
    /// The API's id.
    pub api: String,
}

/// A path with `*` for each parameter.
fn starred(path: &str) -> String {
    let part = |part: &str| match part.starts_with('{') {
        true => "*".to_owned(),
        false => part.to_owned(),
    };
    let parts: Vec<String> = path.split('/').map(part).collect();
    parts.join("/")
}

impl ApiPlace {
    /// What the ARNs of its calls begin with.
    pub fn api_arn(&self) -> String {
        let Self {
            partition,
            region,
            account,
            api,
        } = self;
        format!("arn:{partition}:execute-api:{region}:{account}:{api}")
    }

    /// The ARN of calls; `stage` and `verb` may be `*`.
    pub fn calls(&self, stage: &str, verb: &str, path: &str) -> String {
        format!("{}/{stage}/{verb}{}", self.api_arn(), starred(path))
    }

    /// Which calls a function lets through for a method: those of every stage.
    pub fn source_arn(&self, verb: &str, path: &str) -> String {
        let verb = if verb == "ANY" { "*" } else { verb };
        self.calls("*", verb, path)
    }

    /// The stages, of those named, whose calls of a method the policy lets through no statement for. Without stages, one that is
    /// yet to come is asked for.
    ///
    /// # Errors
    /// The document can't be read.
    pub fn refused(
        &self,
        document: &str,
        stages: &[&str],
        (verb, path): (&str, &str),
    ) -> Result<Vec<String>, String> {
        let policy = read(document)?;
        // A method for any verb is called as each of them.
        let verbs: &[&str] = match verb {
            "ANY" => &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"],
            verb => &[verb],
        };
        let to_come = ["a-stage-to-come"];
        let asked = if stages.is_empty() { &to_come } else { stages };
        let refused = asked.iter().filter(|stage| {
            let mut verbs = verbs.iter();
            !verbs.all(|verb| lets(&policy, &self.calls(stage, verb, path), &self.account))
        });
        Ok(refused.map(|stage| (*stage).to_owned()).collect())
    }
}

/// Whether a function's policy lets one call through, by the call's ARN.
///
/// # Errors
/// The document can't be read.
pub fn lets_call(document: &str, call: &str, account: &str) -> Result<bool, String> {
    Ok(lets(&read(document)?, call, account))
}

/// A text with the variables of a stage in it.
///
/// # Errors
/// The variable that the stage lacks.
pub fn resolved(text: &str, variables: &BTreeMap<String, String>) -> Result<String, String> {
    const START: &str = "${stageVariables.";
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(START) {
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(variables.get(name).ok_or_else(|| name.to_owned())?);
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

/// Unique for the method, and readable in the function's policy.
pub fn statement_id(api: &str, verb: &str, path: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let path: String = path.chars().map(plain).collect();
    let mut id = format!("apigateway-{api}-{verb}{path}");
    id.truncate(100);
    id
}

fn read(document: &str) -> Result<Value, String> {
    match document {
        "" => Ok(Value::Null),
        document => serde_json::from_str(document).map_err(|error| error.to_string()),
    }
}

/// One or several.
fn several(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

fn texts(value: &Value) -> Vec<&str> {
    let all = several(value).into_iter();
    all.filter_map(Value::as_str).collect()
}

fn lets(policy: &Value, call: &str, account: &str) -> bool {
    let statements = several(&policy["Statement"]);
    let with = |effect: &str| {
        let statements = statements.iter();
        statements
            .filter(|statement| statement["Effect"] == effect)
            .any(|statement| fits(statement, call, account))
    };
    with("Allow") && !with("Deny")
}

fn fits(statement: &Value, call: &str, account: &str) -> bool {
    let principal = &statement["Principal"];
    let services = texts(&principal["Service"]);
    let everybody = principal == "*" || texts(&principal["AWS"]).contains(&"*");
    let named = everybody || services.iter().any(|name| name.starts_with("apigateway."));
    let actions = texts(&statement["Action"]);
    let acts = |action: &&str| matches(&action.to_ascii_lowercase(), "lambda:invokefunction");
    named && actions.iter().any(acts) && conditions(&statement["Condition"], call, account)
}

/// Whether all conditions hold. One that is not known holds for nobody.
fn conditions(all: &Value, call: &str, account: &str) -> bool {
    let operators = all.as_object().into_iter().flatten();
    let mut each = operators.flat_map(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.map(move |(key, values)| (operator.as_str(), key.to_ascii_lowercase(), values))
    });
    each.all(|(operator, key, values)| {
        let asked = match key.as_str() {
            "aws:sourcearn" => call,
            "aws:sourceaccount" => account,
            _ => return false,
        };
        let values = texts(values);
        let mut values = values.iter();
        match operator {
            "ArnLike" | "ArnEquals" | "StringLike" => values.any(|value| matches(value, asked)),
            "StringEquals" => values.any(|value| *value == asked),
            _ => false,
        }
    })
}

/// `*` stands for any letters, `?` for one.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    back = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn place() -> ApiPlace {
        ApiPlace {
            partition: "aws".into(),
            region: "eu-west-1".into(),
            account: "482177391105".into(),
            api: "k3v9qp2xw1".into(),
        }
    }

    fn policy(source: &str) -> String {
        format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"Service":"apigateway.amazonaws.com"}},"Action":"lambda:InvokeFunction","Condition":{{"ArnLike":{{"AWS:SourceArn":"arn:aws:execute-api:eu-west-1:482177391105:k3v9qp2xw1/{source}"}}}}}}]}}"#
        )
    }

    fn refused(source: &str, stages: &[&str], method: (&str, &str)) -> Vec<String> {
        place().refused(&policy(source), stages, method).unwrap()
    }

    #[test]
    fn the_function_lets_through_this_method_in_every_stage_and_nothing_else() {
        let start = "arn:aws:execute-api:eu-west-1:482177391105:k3v9qp2xw1/*";
        let arn = |verb, path| place().source_arn(verb, path);
        assert_eq!(arn("GET", "/orders/{id}"), format!("{start}/GET/orders/*"));
        assert_eq!(arn("ANY", "/{proxy+}"), format!("{start}/*/*"));
        assert_eq!(arn("POST", "/"), format!("{start}/POST/"));
    }

    #[test]
    fn a_stage_whose_calls_no_statement_lets_through_is_named() {
        let get = ("GET", "/orders/{id}");
        let none: [String; 0] = [];
        assert_eq!(refused("*/GET/orders/*", &["prod"], get), none);
        assert_eq!(refused("*", &["prod", "dev"], get), none);
        assert_eq!(refused("prod/*", &["prod", "dev"], get), ["dev"]);
        assert_eq!(refused("*/POST/orders/*", &["prod"], get), ["prod"]);
        assert_eq!(
            refused("*/GET/orders/*", &["prod"], ("ANY", "/orders/{id}")),
            ["prod"]
        );
        assert_eq!(refused("*/*/orders/*", &[], ("ANY", "/orders/{id}")), none);
        assert_eq!(refused("prod/*", &[], get).len(), 1);
        let nothing = place().refused("", &["prod"], get).unwrap();
        assert_eq!(nothing, ["prod"]);
        assert!(place().refused("{", &["prod"], get).is_err());
    }

    #[test]
    fn a_denial_and_a_condition_that_is_not_known_let_nothing_through() {
        let get = ("GET", "/");
        let with = |statement: &str| {
            let document = format!(r#"{{"Statement":{statement}}}"#);
            place().refused(&document, &["prod"], get).unwrap().len()
        };
        let allow = r#"{"Effect":"Allow","Principal":"*","Action":"lambda:*"}"#;
        assert_eq!(with(allow), 0);
        let deny = r#"{"Effect":"Deny","Principal":"*","Action":["lambda:InvokeFunction"]}"#;
        assert_eq!(with(&format!("[{allow},{deny}]")), 1);
        let odd = r#"{"Effect":"Allow","Principal":"*","Action":"lambda:*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#;
        assert_eq!(with(odd), 1);
        let other = r#"{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction"}"#;
        assert_eq!(with(other), 1);
    }

    #[test]
    fn a_stages_variables_say_which_function_is_called() {
        let variables = [("fn", "orders"), ("alias", "live")];
        let variables = variables.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let arn = "arn:aws:lambda:r:1:function:${stageVariables.fn}:${stageVariables.alias}";
        assert_eq!(
            resolved(arn, &variables).unwrap(),
            "arn:aws:lambda:r:1:function:orders:live"
        );
        assert_eq!(resolved("x", &variables).unwrap(), "x");
        assert_eq!(
            resolved("${stageVariables.no}", &variables).unwrap_err(),
            "no"
        );
    }

    #[test]
    fn a_statements_name_is_readable_and_short_enough() {
        assert_eq!(
            statement_id("abc", "GET", "/o/{id}"),
            "apigateway-abc-GET-o--id-"
        );
        assert_eq!(statement_id("abc", "GET", &"/a".repeat(90)).len(), 100);
    }
}

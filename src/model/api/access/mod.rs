//! Who gets in: a resource policy judged for one caller, statement by statement, and what would let the caller in. What depends
//! on something that is not known is said so.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html>.

pub mod authorizer;
mod words;

use serde_json::Value;

use sekisho_rules::execute_api::{INVOKE, expanded};
use sekisho_rules::policy::explain::{Fit, Known, Open, Tested, Verdict, explain};
use sekisho_rules::policy::{Context, Document, Principal};

use super::permission::ApiPlace;
pub use words::{Row, When, Who, Words, add, remove, rows, template, write};

/// The most bytes that a resource policy may have.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>.
pub const MOST_BYTES: usize = 8_192;

/// Who calls, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// None where it is not known; a method without signatures is called by nobody that is known.
    pub principal: Option<Principal>,
    /// The address; empty where it is not known.
    pub from: String,
    /// The VPC endpoint; empty where it is not known, or where there is none.
    pub endpoint: String,
    /// The API is private: calls come through a VPC endpoint.
    pub private: bool,
    /// Over TLS.
    pub secure: bool,
    /// The header `User-Agent`, where it is known.
    pub agent: Option<String>,
    /// The header `Referer`, where it is known.
    pub referer: Option<String>,
}

/// Condition keys that a call from outside a VPC never has.
const OF_VPC: [&str; 3] = ["aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"];
/// Those that a caller without a signature never has.
const OF_SIGNER: [&str; 6] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:userid",
    "aws:username",
];

impl Caller {
    /// What is known of it as condition keys, and which it is known not to have.
    fn context(&self) -> (Context, Vec<&'static str>) {
        let mut context = match &self.principal {
            Some(principal) => Context::of(principal),
            None => Context::default(),
        };
        let mut absent = Vec::new();
        let mut set = |key: &str, value: &str| {
            if !value.is_empty() {
                context.set(key, vec![value.to_owned()]);
            }
        };
        let (own, other) = match self.private {
            true => ("aws:VpcSourceIp", "aws:sourceip"),
            false => ("aws:SourceIp", ""),
        };
        set(own, self.from.trim());
        set("aws:SourceVpce", self.endpoint.trim());
        set(
            "aws:SecureTransport",
            if self.secure { "true" } else { "false" },
        );
        set("aws:UserAgent", self.agent.as_deref().unwrap_or_default());
        set("aws:Referer", self.referer.as_deref().unwrap_or_default());
        match self.private {
            true => absent.push(other),
            false if self.endpoint.trim().is_empty() => absent.extend(OF_VPC),
            false => absent.extend([OF_VPC[0], OF_VPC[2]]),
        }
        if matches!(self.principal, Some(Principal::Anonymous)) {
            absent.extend(OF_SIGNER);
        }
        (context, absent)
    }
}

/// One statement for one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// From 1.
    pub number: usize,
    /// Its `Sid`; may be empty.
    pub sid: String,
    /// It allows.
    pub allows: bool,
    /// It is what decides.
    pub decides: bool,
    /// Whether it is about the call; none where that is not known.
    pub applies: Option<bool>,
    /// In a few words: "is for another caller", "denies: 10.31.4.18 is in neither".
    pub words: String,
    /// As it is written, on one line.
    pub text: String,
}

/// A policy for one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What it comes to.
    pub verdict: Verdict,
    /// In their order.
    pub statements: Vec<Said>,
    /// What would let the caller in, or what would have to be known; may be empty.
    pub advice: String,
}

/// Judges a call, by its ARN.
///
/// # Errors
/// The policy can't be read.
pub fn judged(
    policy: &str,
    place: &ApiPlace,
    caller: &Caller,
    arn: &str,
) -> Result<Judged, String> {
    let policy = expanded(policy, &place.region, &place.account, &place.api);
    let value: Value = serde_json::from_str(&policy).map_err(|error| error.to_string())?;
    let document = Document::parse("resource policy", &policy).ok_or(
        "It is JSON, but no policy: statements have Effect, Principal, Action and Resource",
    )?;
    let (context, absent) = caller.context();
    let known = Known {
        caller: caller.principal.as_ref(),
        action: INVOKE,
        resource: arn,
        context: &context,
        absent: &absent,
    };
    let explained = explain(&document, &known);
    let written = sekisho_rules::policy::statements(&value).unwrap_or_default();
    let statements = document.statements.iter().zip(&explained.fits).enumerate();
    let statements: Vec<Said> = statements
        .map(|(at, (statement, fit))| {
            let value = written.get(at);
            let sid = value.and_then(|value| value["Sid"].as_str());
            Said {
                number: at + 1,
                sid: sid.unwrap_or_default().to_owned(),
                allows: statement.allows,
                decides: explained.deciding.contains(&at),
                applies: match fit {
                    Fit::Applies(_) => Some(true),
                    Fit::Unknown(_) => None,
                    _ => Some(false),
                },
                words: fit_words(fit, statement.allows),
                text: value.map(Value::to_string).unwrap_or_default(),
            }
        })
        .collect();
    let advice = advice(explained.verdict, &statements, &explained.fits);
    Ok(Judged {
        verdict: explained.verdict,
        statements,
        advice,
    })
}

impl Judged {
    /// Why it comes to what it comes to, in a sentence.
    pub fn reason(&self) -> String {
        let decides = self.statements.iter().filter(|said| said.decides);
        let decides: Vec<&Said> = decides.collect();
        let named = |said: &Said| match said.sid.as_str() {
            "" => format!("statement {}", said.number),
            sid => format!("statement {} ({sid})", said.number),
        };
        let names: Vec<String> = decides.iter().map(|said| named(said)).collect();
        let names = names.join(", ");
        match self.verdict {
            Verdict::Allowed => format!("Allowed by {names}."),
            Verdict::ExplicitDeny => {
                let why = decides.first().and_then(|said| said.words.split_once(": "));
                let why = why.map_or(String::new(), |(_, why)| format!(": {why}"));
                format!("Denied by {names}{why}.")
            }
            Verdict::ImplicitDeny | Verdict::Denied => match self.statements.as_slice() {
                [] => "Denied: the policy has no statement.".to_owned(),
                [one] => format!(
                    "Denied, because nothing allows it: its statement {}.",
                    one.words
                ),
                _ => "Denied, because no statement allows it.".to_owned(),
            },
            Verdict::Unknown => format!("Not known: {names} {}.", self.waits()),
        }
    }

    /// What the statements that decide wait for.
    fn waits(&self) -> String {
        let first = self.statements.iter().find(|said| said.decides);
        first.map_or_else(String::new, |said| said.words.clone())
    }

    /// The statements that decide, as they are written.
    pub fn quotes(&self) -> Vec<String> {
        let decides = self.statements.iter().filter(|said| said.decides);
        decides
            .map(|said| format!("{}. {}", said.number, said.text))
            .collect()
    }
}

fn fit_words(fit: &Fit, allows: bool) -> String {
    let verb = if allows { "allows" } else { "denies" };
    match fit {
        Fit::Applies(tested) => match tested.iter().map(holds).collect::<Vec<_>>().join(", ") {
            why if why.is_empty() => format!("{verb} it"),
            why => format!("{verb} it: {why}"),
        },
        Fit::OtherAction => "is about another action".to_owned(),
        Fit::OtherResource => "is for other calls".to_owned(),
        Fit::OtherCaller => "is for another caller".to_owned(),
        Fit::Fails(tested) => format!("does not hold: {}", fails(tested)),
        Fit::Unknown(Open::Caller) => "depends on who calls".to_owned(),
        Fit::Unknown(Open::Condition(tested)) => {
            format!("depends on {}: {}", tested.key, tested.values.join(", "))
        }
    }
}

/// Why a condition holds.
fn holds(of: &Tested) -> String {
    let (held, values) = (of.held.join(", "), of.values.join(", "));
    if of.held.is_empty() {
        return format!("the call has no {}", of.key);
    }
    match of.operator.trim_end_matches("IfExists") {
        "IpAddress" => format!("{held} is in {values}"),
        "NotIpAddress" if of.values.len() > 1 => format!("{held} is in none of {values}"),
        "NotIpAddress" => format!("{held} is not in {values}"),
        operator if operator.contains("Not") => format!("{} is {held}, not {values}", of.key),
        _ => format!("{} is {held}", of.key),
    }
}

/// Why a condition does not hold.
fn fails(of: &Tested) -> String {
    let held = match of.held.as_slice() {
        [] => format!("the call has no {}", of.key),
        held => held.join(", "),
    };
    let values = of.values.join(", ");
    if of.held.is_empty() {
        return held;
    }
    let plain = of.operator.trim_end_matches("IfExists");
    match plain {
        "IpAddress" if of.values.len() > 1 => format!("{held} is in none of {values}"),
        "IpAddress" => format!("{held} is not in {values}"),
        "NotIpAddress" => format!("{held} is in {values}"),
        _ if plain.contains("Not") => format!("{} is {held}", of.key),
        _ => format!("{} is {held}, not {values}", of.key),
    }
}

/// What would let the caller in.
fn advice(verdict: Verdict, statements: &[Said], fits: &[Fit]) -> String {
    let turn = |of: &Tested| {
        let values = of.values.join(" or ");
        match of.operator.trim_end_matches("IfExists") {
            "IpAddress" | "NotIpAddress" => format!("from {values}"),
            "StringEquals" | "StringNotEquals" if of.key.eq_ignore_ascii_case("aws:SourceVpce") => {
                format!("through {values}")
            }
            operator if operator.contains("Not") => format!("where {} is {values}", of.key),
            _ => format!("with {} {values}", of.key),
        }
    };
    match verdict {
        Verdict::ImplicitDeny | Verdict::Denied => {
            // The first statement that would allow it if its condition held.
            let ways = statements.iter().zip(fits);
            let mut ways = ways
                .filter(|(said, _)| said.allows)
                .filter_map(|(_, fit)| match fit {
                    Fit::Fails(tested) => Some(turn(tested)),
                    Fit::OtherCaller => Some("as the caller that the policy names".to_owned()),
                    _ => None,
                });
            ways.next()
                .map_or("Nothing in the policy would let it in".to_owned(), |way| {
                    format!("Would get in {way}")
                })
        }
        Verdict::Unknown => {
            let open = fits.iter().find_map(|fit| match fit {
                Fit::Unknown(Open::Condition(tested)) => Some(tested.key.clone()),
                Fit::Unknown(Open::Caller) => Some("the caller".to_owned()),
                _ => None,
            });
            open.map_or(String::new(), |key| {
                format!("Say {} to know", key_words(&key))
            })
        }
        _ => String::new(),
    }
}

fn key_words(key: &str) -> String {
    match key.to_ascii_lowercase().as_str() {
        "aws:sourceip" | "aws:vpcsourceip" => "the caller's address".to_owned(),
        "aws:sourcevpce" => "the VPC endpoint".to_owned(),
        "the caller" => "who calls".to_owned(),
        _ => key.to_owned(),
    }
}

/// Whom a policy shuts out for good, whatever the call is; none where somebody can get in.
pub fn shuts_out(policy: &str, place: &ApiPlace) -> Option<String> {
    if policy.trim().is_empty() {
        return None;
    }
    let text = expanded(policy, &place.region, &place.account, &place.api);
    let document = Document::parse("", &text)?;
    if !document.statements.iter().any(|of| of.allows) {
        return Some("No statement allows anything: nobody gets in.".to_owned());
    }
    // A denial of everybody and everything, without a condition.
    let nobody = Principal::Anonymous;
    let context = Context::of(&nobody);
    let probe = |rest: &str| {
        let arn = format!("{}/{rest}", place.api_arn());
        let known = Known {
            caller: Some(&nobody),
            action: INVOKE,
            resource: &arn,
            context: &context,
            absent: &[],
        };
        let explained = explain(&document, &known);
        let mut denying = explained.deciding.into_iter();
        (explained.verdict == Verdict::ExplicitDeny).then(|| denying.next().unwrap_or_default())
    };
    let first = probe("any-stage/GET/any/path")?;
    probe("another/POST/")?;
    Some(format!(
        "Statement {} denies every call of everybody: nobody gets in.",
        first + 1
    ))
}

/// A policy as it is edited: with its lines, and without the backslashes that the service answers it with.
pub fn pretty(text: &str) -> String {
    let text = text.trim();
    let plain = serde_json::from_str::<Value>(text);
    let value = plain.or_else(|_| serde_json::from_str(&text.replace("\\\"", "\"")));
    match value {
        Ok(value) => serde_json::to_string_pretty(&value).unwrap_or_else(|_| text.to_owned()),
        Err(_) => text.to_owned(),
    }
}

/// A policy on one line, so that two that differ in spaces alone are the same; what is no JSON stays as it is.
pub fn compact(text: &str) -> String {
    let text = text.trim();
    let plain = serde_json::from_str::<Value>(text);
    let value = plain.or_else(|_| serde_json::from_str(&text.replace("\\\"", "\"")));
    value.map_or_else(|_| text.to_owned(), |value| value.to_string())
}

/// The lines on which a statement stands, from 1.
pub fn lines_of(text: &str, statement: usize) -> Vec<usize> {
    let document = Document::parse("", text);
    let statements = document.map(|of| of.statements).unwrap_or_default();
    let Some(of) = statements.get(statement) else {
        return Vec::new();
    };
    let (start, end) = (of.place.start, of.place.end);
    // It begins where the one before it ended, which may be a line above its own brace.
    let line = text.lines().nth((start.line as usize).saturating_sub(1));
    let behind: String = line
        .unwrap_or_default()
        .chars()
        .skip((start.column as usize).saturating_sub(1))
        .collect();
    let from = match behind.contains('{') || start.line == end.line {
        true => start.line,
        false => start.line + 1,
    };
    (from as usize..=end.line as usize).collect()
}

/// What is wrong with a policy as it is typed, with its line and column where it is no JSON.
pub fn problem(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let message = error.to_string();
            let at = message.rfind(" at line ").unwrap_or(message.len());
            return Some(format!(
                "Line {}, column {}: {}",
                error.line(),
                error.column(),
                &message[..at]
            ));
        }
    };
    let compact = value.to_string();
    if compact.len() > MOST_BYTES {
        return Some(format!(
            "It has {} bytes; {MOST_BYTES} are allowed",
            compact.len()
        ));
    }
    if Document::parse("", text).is_none() {
        return Some(
            "It is JSON, but no policy: Statement is a list of statements with Effect and Action"
                .to_owned(),
        );
    }
    let statements = sekisho_rules::policy::statements(&value).unwrap_or_default();
    if statements.is_empty() {
        return Some("It has no statement: leave it empty to have no policy".to_owned());
    }
    statements.iter().enumerate().find_map(|(at, of)| {
        let lacks = |name: &str| format!("Statement {} has no {name}", at + 1);
        let effect = of["Effect"].as_str().unwrap_or_default();
        if !matches!(effect, "Allow" | "Deny") {
            return Some(format!(
                "The Effect of statement {} is Allow or Deny",
                at + 1
            ));
        }
        let has = |one: &str, other: &str| of.get(one).or_else(|| of.get(other)).is_some();
        if !has("Principal", "NotPrincipal") {
            return Some(lacks("Principal: \"*\" is everybody"));
        }
        if !has("Resource", "NotResource") {
            return Some(lacks("Resource: \"execute-api:/*\" is the whole API"));
        }
        None
    })
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
            api: "b4t8nz1q6e".into(),
        }
    }

    /// The policy of the picture.
    const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
        {"Sid": "FromTheVpc", "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
         "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0a4d91c2e7f3b6508"}}},
        {"Sid": "Reports", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::771903355120:role/report-reader"}, "Action": "execute-api:Invoke", "Resource": "execute-api:/prod/GET/reports/*"},
        {"Sid": "RefundsFromTheOffice", "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/prod/POST/refunds/*",
         "Condition": {"NotIpAddress": {"aws:VpcSourceIp": ["10.20.0.0/16", "10.21.8.0/24"]}}},
        {"Sid": "DevStaysHome", "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/dev/*",
         "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "482177391105"}}}
    ]}"#;

    fn asked(from: &str, endpoint: &str) -> Judged {
        let caller = Caller {
            principal: Some(Principal::Anonymous),
            from: from.into(),
            endpoint: endpoint.into(),
            private: true,
            secure: true,
            ..Caller::default()
        };
        let arn = format!("{}/prod/POST/refunds/8841", place().api_arn());
        judged(POLICY, &place(), &caller, &arn).unwrap()
    }

    #[test]
    fn each_statement_is_told_and_the_one_that_decides() {
        let vpce = "vpce-0a4d91c2e7f3b6508";
        let out = asked("10.31.4.18", vpce);
        assert_eq!(out.verdict, Verdict::ExplicitDeny);
        let words: Vec<&str> = out.statements.iter().map(|of| of.words.as_str()).collect();
        assert_eq!(
            words,
            [
                "allows it: aws:SourceVpce is vpce-0a4d91c2e7f3b6508",
                "is for other calls",
                "denies it: 10.31.4.18 is in none of 10.20.0.0/16, 10.21.8.0/24",
                "is for other calls"
            ]
        );
        assert!(out.statements[2].decides);
        assert_eq!(
            out.reason(),
            "Denied by statement 3 (RefundsFromTheOffice): 10.31.4.18 is in none of 10.20.0.0/16, 10.21.8.0/24."
        );
        assert!(out.quotes()[0].starts_with("3. {\"Sid\":\"RefundsFromTheOffice\""));
        let inside = asked("10.20.1.1", vpce);
        assert_eq!(inside.verdict, Verdict::Allowed);
        assert_eq!(
            inside.statements[2].words,
            "does not hold: 10.20.1.1 is in 10.20.0.0/16, 10.21.8.0/24"
        );
        assert_eq!(inside.reason(), "Allowed by statement 1 (FromTheVpc).");
        let other = asked("10.20.1.1", "vpce-1");
        assert_eq!(other.verdict, Verdict::ImplicitDeny);
        assert_eq!(other.advice, "Would get in through vpce-0a4d91c2e7f3b6508");
    }

    #[test]
    fn an_address_that_is_not_known_is_asked_for() {
        let open = asked("", "vpce-0a4d91c2e7f3b6508");
        assert_eq!(open.verdict, Verdict::Unknown);
        assert_eq!(open.advice, "Say the caller's address to know");
        assert!(open.reason().starts_with("Not known: statement 3"));
    }

    #[test]
    fn a_policy_that_lets_nobody_in_is_told() {
        let of = |statements: &str| {
            let policy = format!(r#"{{"Statement": [{statements}]}}"#);
            shuts_out(&policy, &place())
        };
        let allow = r#"{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}"#;
        let deny = allow.replace("Allow", "Deny");
        assert_eq!(of(allow), None);
        assert!(of(&deny).unwrap().contains("nobody gets in"));
        let both = of(&format!("{allow}, {deny}")).unwrap();
        assert!(both.starts_with("Statement 2 denies every call"), "{both}");
        let some = deny.replace("execute-api:/*", "execute-api:/dev/*");
        assert_eq!(of(&format!("{allow}, {some}")), None);
        assert_eq!(shuts_out("", &place()), None);
        assert_eq!(shuts_out(POLICY, &place()), None);
    }

    #[test]
    fn what_is_wrong_with_a_policy_is_told_with_its_place() {
        assert_eq!(problem(POLICY), None);
        assert_eq!(problem(" "), None);
        let broken = problem("{\n  \"Version\": x\n}").unwrap();
        assert!(broken.starts_with("Line 2, column 1"), "{broken}");
        assert!(problem("{}").unwrap().contains("no policy"));
        let no_principal =
            r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
        assert!(problem(no_principal).unwrap().contains("no Principal"));
        let long = format!(
            r#"{{"Statement": [{{"Sid": "{}", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}]}}"#,
            "x".repeat(9_000)
        );
        assert!(problem(&long).unwrap().contains("8192 are allowed"));
        let lines = "{\n\"Statement\": [\n{\"Effect\": \"Allow\", \"Action\": \"*\"},\n{\n\"Effect\": \"Deny\",\n\"Action\": \"*\"\n}\n]}";
        assert_eq!(lines_of(lines, 0), [3]);
        assert_eq!(lines_of(lines, 1), [4, 5, 6, 7]);
        assert_eq!(lines_of(lines, 2), [0_usize; 0]);
        assert_eq!(compact("{ \"a\": 1 }"), "{\"a\":1}");
        let escaped = r#"{\"Version\":\"2012-10-17\"}"#;
        assert_eq!(pretty(escaped), "{\n  \"Version\": \"2012-10-17\"\n}");
    }
}

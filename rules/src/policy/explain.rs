//! Why a resource policy decides as it does, statement by statement, also where not all of a request is known: what depends
//! on what is not known is said to be unknown, and never guessed.

use super::document::Whom;
use super::{Context, Document, Principal, Request, Statement};

/// What is known of a request.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    /// Who calls; none where it is not known.
    pub caller: Option<&'a Principal>,
    /// As `execute-api:Invoke`.
    pub action: &'a str,
    /// Its ARN.
    pub resource: &'a str,
    /// The condition keys whose values are known.
    pub context: &'a Context,
    /// Condition keys that the request is known not to have, in small letters.
    pub absent: &'a [&'a str],
}

/// How a statement stands to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It is about it, with the conditions that hold.
    Applies(Vec<Tested>),
    /// It is about other actions.
    OtherAction,
    /// It is about other resources.
    OtherResource,
    /// It is about other callers.
    OtherCaller,
    /// A condition of it does not hold.
    Fails(Tested),
    /// Whether it is about it depends on something that is not known.
    Unknown(Open),
}

/// What a statement waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// Who calls.
    Caller,
    /// A condition.
    Condition(Tested),
}

/// A condition as it is written, with what the request has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// As `NotIpAddress`.
    pub operator: String,
    /// As `aws:SourceIp`.
    pub key: String,
    /// What the policy says.
    pub values: Vec<String>,
    /// What the request has; empty where it has no such key, or where it is not known.
    pub held: Vec<String>,
}

/// What a policy says of a request by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It lets it through.
    Allowed,
    /// A statement denies it.
    ExplicitDeny,
    /// No statement allows it.
    ImplicitDeny,
    /// Nothing allows it; whether a statement denies it as well depends on what is not known.
    Denied,
    /// It depends on what is not known.
    Unknown,
}

/// A verdict with what led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What it comes to.
    pub verdict: Verdict,
    /// One for each statement, in their order.
    pub fits: Vec<Fit>,
    /// The statements that it rests on: denying ones, else allowing ones, else those that it waits for.
    pub deciding: Vec<usize>,
}

/// Judges a request by a resource policy alone.
pub fn explain(document: &Document, known: &Known<'_>) -> Explained {
    let all = document.statements.iter();
    let fits: Vec<Fit> = all.map(|of| fit(of, document, known)).collect();
    let with = |allows: bool, is: fn(&Fit) -> bool| -> Vec<usize> {
        let each = document.statements.iter().zip(&fits).enumerate();
        each.filter(|(_, (of, fit))| of.allows == allows && is(fit))
            .map(|(at, _)| at)
            .collect()
    };
    let applies = |fit: &Fit| matches!(fit, Fit::Applies(_));
    let open = |fit: &Fit| matches!(fit, Fit::Unknown(_));
    let (denying, may_deny) = (with(false, applies), with(false, open));
    let (allowing, may_allow) = (with(true, applies), with(true, open));
    let (verdict, deciding) = if !denying.is_empty() {
        (Verdict::ExplicitDeny, denying)
    } else if allowing.is_empty() && may_allow.is_empty() {
        match may_deny.is_empty() {
            true => (Verdict::ImplicitDeny, Vec::new()),
            false => (Verdict::Denied, Vec::new()),
        }
    } else if !allowing.is_empty() && may_deny.is_empty() {
        (Verdict::Allowed, allowing)
    } else {
        let waits = if allowing.is_empty() {
            may_allow
        } else {
            Vec::new()
        };
        (Verdict::Unknown, [may_deny, waits].concat())
    };
    Explained {
        verdict,
        fits,
        deciding,
    }
}

fn fit(of: &Statement, document: &Document, known: &Known<'_>) -> Fit {
    let nobody = Principal::Anonymous;
    let request = Request {
        principal: known.caller.unwrap_or(&nobody),
        action: known.action,
        resource: known.resource,
        context: known.context,
    };
    let variables = document.variables.then_some(known.context);
    if !of.is_of_action(&request) {
        return Fit::OtherAction;
    }
    if !of.is_of_resource(&request, variables) {
        return Fit::OtherResource;
    }
    let (mut waits, mut holding) = (None, Vec::new());
    match (&of.principal, known.caller) {
        (None, _) => {}
        (Some(whom), Some(caller)) if whom.reach(caller).is_none() => return Fit::OtherCaller,
        (Some(whom), None) if !everybody(whom) => waits = Some(Open::Caller),
        _ => {}
    }
    for condition in &of.conditions {
        let held = known.context.get(&condition.key);
        let tested = || Tested {
            operator: condition.operator.clone(),
            key: condition.key.clone(),
            values: condition.values.clone(),
            held: held.unwrap_or_default().to_vec(),
        };
        let key = condition.key.to_ascii_lowercase();
        if held.is_none() && !known.absent.contains(&key.as_str()) {
            waits.get_or_insert_with(|| Open::Condition(tested()));
        } else if !condition.holds(known.context, document.variables) {
            return Fit::Fails(tested());
        } else {
            holding.push(tested());
        }
    }
    waits.map_or(Fit::Applies(holding), Fit::Unknown)
}

/// Whoever calls, it is about them.
fn everybody(whom: &Whom) -> bool {
    let all = |(kind, name): &(String, String)| name == "*" && matches!(kind.as_str(), "" | "AWS");
    !whom.inverted && whom.principals.iter().any(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    const ARN: &str = "arn:aws:execute-api:eu-west-1:482177391105:abc/prod/POST/refunds/1";
    const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:eu-west-1:482177391105:abc/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:eu-west-1:482177391105:abc/prod/POST/*",
         "Condition": {"NotIpAddress": {"aws:SourceIp": ["10.20.0.0/16"]}}},
        {"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::1:role/x"}, "Action": "execute-api:Invoke", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:eu-west-1:482177391105:abc/dev/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "lambda:*", "Resource": "*"}
    ]}"#;

    fn judged(policy: &str, caller: Option<&Principal>, ip: Option<&str>) -> Explained {
        let mut context = Context::default();
        if let Some(ip) = ip {
            context.set("aws:SourceIp", vec![ip.to_owned()]);
        }
        let known = Known {
            caller,
            action: "execute-api:Invoke",
            resource: ARN,
            context: &context,
            absent: &["aws:sourcevpce"],
        };
        explain(&Document::parse("x", policy).unwrap(), &known)
    }

    #[test]
    fn each_statement_says_why_it_is_not_about_a_request() {
        let nobody = Principal::Anonymous;
        let outside = judged(POLICY, Some(&nobody), Some("192.0.2.1"));
        assert_eq!(outside.verdict, Verdict::ExplicitDeny);
        assert_eq!(outside.deciding, [1]);
        assert_eq!(outside.fits[2], Fit::OtherCaller);
        assert_eq!(outside.fits[3], Fit::OtherResource);
        assert_eq!(outside.fits[4], Fit::OtherAction);
        let inside = judged(POLICY, Some(&nobody), Some("10.20.1.1"));
        assert_eq!(
            (inside.verdict, inside.deciding),
            (Verdict::Allowed, vec![0])
        );
        let Fit::Fails(tested) = &inside.fits[1] else {
            panic!("{:?}", inside.fits);
        };
        assert_eq!(tested.operator, "NotIpAddress");
        assert_eq!(tested.held, ["10.20.1.1"]);
    }

    #[test]
    fn what_is_not_known_is_never_guessed() {
        let nobody = Principal::Anonymous;
        let unknown = judged(POLICY, Some(&nobody), None);
        assert_eq!(unknown.verdict, Verdict::Unknown);
        assert_eq!(unknown.deciding, [1]);
        let caller = judged(POLICY, None, Some("10.20.1.1"));
        assert_eq!(caller.verdict, Verdict::Unknown);
        assert_eq!(caller.fits[2], Fit::Unknown(Open::Caller));
        // A deny that holds anyway needs nothing else to be known.
        assert_eq!(
            judged(POLICY, None, Some("192.0.2.1")).verdict,
            Verdict::ExplicitDeny
        );
        let allow = |condition: &str| {
            format!(
                r#"{{"Statement": {{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {condition}}}}}"#
            )
        };
        let vpce = allow(r#"{"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#);
        let verdict = |policy: &str| judged(policy, Some(&nobody), None).verdict;
        assert_eq!(
            verdict(&vpce),
            Verdict::ImplicitDeny,
            "it is known to be absent"
        );
        let ip = allow(r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#);
        assert_eq!(verdict(&ip), Verdict::Unknown);
        let deny = r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}]}"#;
        assert_eq!(verdict(deny), Verdict::Denied);
    }
}

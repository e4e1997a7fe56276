//! The one evaluator of policies: whether a principal may do an action on a resource, by identity policies, a permissions
//! boundary, session policies and a resource policy. Knows no service: who asks brings the documents and the context.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
//!
//! | module | what it is for |
//! |---|---|
//! | `document` | a document as it is judged |
//! | `glob` | wildcards and policy variables |
//! | `condition` | the condition operators |
//! | `place` | where statements stand in a document's text |
//! | `explain` | why a resource policy decides as it does, where not all of a request is known |
//! | `validate` | what IAM refuses as `MalformedPolicyDocument` |

mod condition;
mod document;
pub mod explain;
mod glob;
mod place;
pub mod validate;

pub use document::{Document, Statement, statements};
pub use place::{Place, Position};

use crate::arn;
use document::{Named, Whom};
use glob::Pattern;
use std::collections::{BTreeMap, BTreeSet};

/// The condition keys of a request; their names have no case.
#[derive(Debug, Clone, Default)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Sets a key.
    pub fn set(&mut self, key: &str, values: Vec<String>) {
        self.0.insert(key.to_ascii_lowercase(), values);
    }

    /// The values of a key.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }

    /// What every request says of who makes it.
    pub fn of(principal: &Principal) -> Self {
        let mut context = Self::default();
        let mut set = |key: &str, value: &str| context.set(key, vec![value.to_owned()]);
        set("aws:PrincipalType", principal.kind());
        if let Some(arn) = principal.arn() {
            set("aws:PrincipalArn", principal.role().unwrap_or(&arn));
        }
        if let Some(account) = principal.account() {
            set("aws:PrincipalAccount", &account);
        }
        if let Principal::User { arn } = principal {
            set("aws:username", arn.rsplit('/').next().unwrap_or_default());
        }
        context
    }
}

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An account's root user.
    Root {
        account: String,
    },
    User {
        arn: String,
    },
    /// A session of a role, by both ARNs.
    Session {
        arn: String,
        role: String,
    },
    /// A session of GetFederationToken, with the user that asked for it.
    Federated {
        arn: String,
        user: String,
    },
    /// A service of AWS's, as `s3.amazonaws.com`.
    Service {
        name: String,
    },
    /// Nobody that is known.
    Anonymous,
}

impl Principal {
    /// The principal that an ARN of IAM or STS names; a role stands for a session of it.
    pub fn of_arn(arn: &str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (partition, service) = (parts.nth(1)?, parts.next()?);
        let account = parts.nth(1)?;
        let resource = parts.next()?;
        let (kind, rest) = resource.split_once('/').unwrap_or((resource, ""));
        let arn = arn.to_owned();
        Some(match (service, kind) {
            ("iam", "root") => Self::Root {
                account: account.to_owned(),
            },
            ("iam", "user") => Self::User { arn },
            ("iam", "role") => Self::Session {
                role: arn.clone(),
                arn,
            },
            ("sts", "assumed-role") => Self::Session {
                role: format!(
                    "arn:{partition}:iam::{account}:role/{}",
                    rest.split('/').next().unwrap_or_default()
                ),
                arn,
            },
            ("sts", "federated-user") => Self::Federated {
                user: format!("arn:{partition}:iam::{account}:user/{rest}"),
                arn,
            },
            _ => return None,
        })
    }

    fn arn(&self) -> Option<String> {
        match self {
            Self::Root { account } => Some(format!("arn:aws:iam::{account}:root")),
            Self::User { arn } | Self::Session { arn, .. } | Self::Federated { arn, .. } => {
                Some(arn.clone())
            }
            Self::Service { .. } | Self::Anonymous => None,
        }
    }

    fn role(&self) -> Option<&str> {
        match self {
            Self::Session { role, .. } => Some(role),
            _ => None,
        }
    }

    /// The account that it belongs to.
    pub fn account(&self) -> Option<String> {
        let arn = self.arn()?;
        arn.split(':').nth(4).map(str::to_owned)
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Root { .. } => "Account",
            Self::User { .. } => "User",
            Self::Session { .. } => "AssumedRole",
            Self::Federated { .. } => "FederatedUser",
            Self::Service { .. } => "Service",
            Self::Anonymous => "Anonymous",
        }
    }
}

/// What is to be judged.
#[derive(Debug)]
pub struct Request<'a> {
    pub principal: &'a Principal,
    /// As `lambda:InvokeFunction`.
    pub action: &'a str,
    /// An ARN, or `*`.
    pub resource: &'a str,
    pub context: &'a Context,
}

/// By which policies.
#[derive(Debug, Default)]
pub struct Policies<'a> {
    pub identity: &'a [Document],
    /// Permissions boundary; none means that there is no boundary.
    pub boundary: Option<&'a [Document]>,
    /// Session policies; none means that the session has none.
    pub session: Option<&'a [Document]>,
    pub resource: Option<&'a Document>,
    /// The account that the resource belongs to; none means the principal's own.
    pub owner: Option<&'a str>,
    /// Whether nothing is allowed that the resource's policy does not allow, as with roles' trust policies and KMS's keys.
    pub resource_decides: bool,
}

/// What comes of it, in the words of the simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    ExplicitDeny,
    ImplicitDeny,
}

impl Decision {
    /// As SimulatePrincipalPolicy says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicitDeny",
            Self::ImplicitDeny => "implicitDeny",
        }
    }
}

/// A decision with what led to it.
#[derive(Debug)]
pub struct Outcome<'a> {
    pub decision: Decision,
    /// The statements that it rests on, with their policies: only the denying ones where any denies.
    pub matched: Vec<(&'a Document, &'a Statement)>,
    /// What identity policies and the resource policy say, each for itself.
    pub identity: Decision,
    pub resource: Decision,
    /// None where there is no boundary.
    pub boundary: Option<Decision>,
    /// Condition keys that statements ask for and the context does not have.
    pub missing: BTreeSet<String>,
}

/// How a resource policy reaches a principal, the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// The principal itself, or everybody.
    Direct,
    /// The role or the user behind the session: what limits the session still counts.
    Behind,
    /// The account, which hands it on by identity policies.
    Account,
}

/// Judges a request.
pub fn decide<'a>(request: &Request<'_>, policies: &Policies<'a>) -> Outcome<'a> {
    let mut missing = BTreeSet::new();
    let mut judge = |documents: &'a [Document]| Said::by(documents, request, &mut missing);
    let identity = judge(policies.identity);
    let boundary = policies.boundary.map(&mut judge);
    let session = policies.session.map(&mut judge);
    let resource = judge(policies.resource.map_or(&[], std::slice::from_ref));
    let others = [boundary.as_ref(), session.as_ref()];
    let limits = || others.iter().copied().flatten();
    let all = || [&identity, &resource].into_iter().chain(limits());
    let denying: Vec<_> = all()
        .flat_map(|said| said.denying.iter().copied())
        .collect();
    let decision = if !denying.is_empty() {
        Decision::ExplicitDeny
    } else if is_allowed(
        request,
        policies,
        &identity,
        &resource,
        limits().all(Said::allows),
    ) {
        Decision::Allowed
    } else {
        Decision::ImplicitDeny
    };
    let matched = match decision {
        Decision::ExplicitDeny => denying,
        Decision::Allowed => [&identity, &resource]
            .into_iter()
            .flat_map(|said| said.allowing.iter().copied())
            .collect(),
        Decision::ImplicitDeny => Vec::new(),
    };
    Outcome {
        decision,
        matched,
        identity: identity.decision(),
        resource: resource.decision(),
        boundary: boundary.as_ref().map(Said::decision),
        missing,
    }
}

/// Whether it is allowed where nothing denies: by the tables of AWS for the same account and across accounts.
fn is_allowed(
    request: &Request<'_>,
    policies: &Policies<'_>,
    identity: &Said<'_>,
    resource: &Said<'_>,
    within_limits: bool,
) -> bool {
    let account = request.principal.account();
    let same_account = match (policies.owner, &account) {
        (Some(owner), Some(account)) => owner == account,
        (None, Some(_)) => true,
        (_, None) => false,
    };
    let is_root = matches!(request.principal, Principal::Root { .. });
    // Nothing but a deny holds the root user back in its own account.
    let by_identity = (identity.allows() || is_root) && within_limits;
    match (resource.reach, same_account) {
        // Who belongs to no account has no policies of its own.
        (Some(Reach::Direct), _) if account.is_none() => true,
        (None, true) => by_identity && !policies.resource_decides,
        (Some(Reach::Direct), true) => true,
        (Some(Reach::Behind), true) => within_limits,
        (Some(Reach::Account), true) | (Some(_), false) => by_identity,
        (None, false) => false,
    }
}

/// What a set of policies says of a request.
#[derive(Debug, Default)]
struct Said<'a> {
    allowing: Vec<(&'a Document, &'a Statement)>,
    denying: Vec<(&'a Document, &'a Statement)>,
    /// How the allowing statements reach the principal; none where none has a principal.
    reach: Option<Reach>,
}

impl<'a> Said<'a> {
    fn by(
        documents: &'a [Document],
        request: &Request<'_>,
        missing: &mut BTreeSet<String>,
    ) -> Self {
        let mut said = Self::default();
        for document in documents {
            for statement in &document.statements {
                let variables = document.variables.then_some(request.context);
                if !statement.is_about(request, variables) {
                    continue;
                }
                let reach = match &statement.principal {
                    None => None,
                    Some(whom) => match whom.reach(request.principal) {
                        None => continue,
                        reach => reach,
                    },
                };
                let wanting = statement.conditions.iter().map(|condition| &condition.key);
                missing.extend(
                    wanting
                        .filter(|key| request.context.get(key).is_none())
                        .cloned(),
                );
                let mut conditions = statement.conditions.iter();
                if !conditions.all(|one| one.holds(request.context, document.variables)) {
                    continue;
                }
                if statement.allows {
                    said.allowing.push((document, statement));
                    said.reach = [said.reach, reach].into_iter().flatten().min();
                } else {
                    said.denying.push((document, statement));
                }
            }
        }
        said
    }

    fn allows(&self) -> bool {
        !self.allowing.is_empty()
    }

    fn decision(&self) -> Decision {
        match (self.denying.is_empty(), self.allowing.is_empty()) {
            (false, _) => Decision::ExplicitDeny,
            (true, false) => Decision::Allowed,
            (true, true) => Decision::ImplicitDeny,
        }
    }
}

impl Statement {
    fn is_about(&self, request: &Request<'_>, variables: Option<&Context>) -> bool {
        self.is_of_action(request) && self.is_of_resource(request, variables)
    }

    fn is_of_action(&self, request: &Request<'_>) -> bool {
        let action = request.action.to_ascii_lowercase();
        self.actions.has(|pattern| {
            Pattern::new(&pattern.to_ascii_lowercase(), true, None)
                .is_some_and(|pattern| pattern.matches(&action))
        })
    }

    fn is_of_resource(&self, request: &Request<'_>, variables: Option<&Context>) -> bool {
        self.resources.as_ref().is_none_or(|named| {
            named.has(|pattern| {
                pattern == "*"
                    || Pattern::new(pattern, true, variables)
                        .is_some_and(|pattern| pattern.matches_arn(request.resource))
            })
        })
    }
}

impl Named {
    fn has(&self, is: impl Fn(&str) -> bool) -> bool {
        self.patterns.iter().any(|pattern| is(pattern)) != self.inverted
    }
}

impl Whom {
    /// How it reaches a principal; none where it does not. NotPrincipal reaches whomever it does not name.
    fn reach(&self, principal: &Principal) -> Option<Reach> {
        let named = self
            .principals
            .iter()
            .filter_map(|(kind, name)| reach(kind, name, principal))
            .min();
        match (self.inverted, named) {
            (false, named) => named,
            (true, None) => Some(Reach::Direct),
            (true, Some(_)) => None,
        }
    }
}

fn reach(kind: &str, name: &str, principal: &Principal) -> Option<Reach> {
    if name == "*" && matches!(kind, "" | "AWS") {
        return Some(Reach::Direct);
    }
    if let Principal::Service { name: service } = principal {
        return (kind == "Service" && name == service).then_some(Reach::Direct);
    }
    let account = principal.account()?;
    if kind != "AWS" {
        return None;
    }
    if principal.arn().as_deref() == Some(name) && principal.role() != Some(name) {
        return Some(Reach::Direct);
    }
    let behind = match principal {
        Principal::Session { role, .. } => Some(role),
        Principal::Federated { user, .. } => Some(user),
        _ => None,
    };
    if behind.is_some_and(|behind| same_identity(behind, name)) {
        return Some(Reach::Behind);
    }
    let root = format!(":{account}:root");
    let whole = name == account || arn::after_service(name, "iam") == Some(root.as_str());
    whole.then_some(Reach::Account)
}

/// A session's ARN does not tell the role's path, so roles are the same by account and name.
fn same_identity(behind: &str, named: &str) -> bool {
    let key = |arn: &str| {
        let (head, path) = arn.split_once('/')?;
        let last = path.rsplit('/').next()?;
        Some((head.to_owned(), last.to_owned()))
    };
    key(behind).is_some() && key(behind) == key(named)
}

#[cfg(test)]
mod tests;

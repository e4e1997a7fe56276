//! An authorizer as it is set, as it is edited, and what it says of a caller.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html>.

use std::collections::BTreeMap;

use super::super::patch::Patch;
use super::super::trial::Step;
use super::super::{ApiDetail, Method, function_arn, target_of};

/// The longest that an answer may be kept, in seconds.
pub const MOST_TTL: u32 = 3_600;

/// An authorizer as it stands in a form: everything as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct AuthorizerForm {
    /// Six letters and digits; empty where it is not there yet.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `TOKEN`, `REQUEST` or `COGNITO_USER_POOLS`.
    pub kind: String,
    /// The function's address.
    pub uri: String,
    /// The role that calls it; empty where the function's own policy lets API Gateway in.
    pub credentials: String,
    /// Where a caller's identity is read, separated by commas.
    pub identity: String,
    /// A pattern for a token; may be empty.
    pub expression: String,
    /// Seconds that an answer is kept.
    pub ttl: String,
    /// ARNs of user pools, separated by commas.
    pub providers: String,
}

impl AuthorizerForm {
    /// One to begin with.
    pub fn new() -> Self {
        Self {
            kind: "TOKEN".into(),
            identity: "method.request.header.Authorization".into(),
            ttl: "300".into(),
            ..Self::default()
        }
    }

    /// It calls a function.
    pub fn asks_function(&self) -> bool {
        self.kind != "COGNITO_USER_POOLS"
    }

    /// The user pools, one by one.
    pub fn provider_list(&self) -> Vec<String> {
        let all = self.providers.split(',').map(str::trim);
        let all = all.filter(|arn| !arn.is_empty() && !self.asks_function());
        all.map(str::to_owned).collect()
    }

    /// Its kind as people say it.
    pub fn kind_words(&self) -> &str {
        match self.kind.as_str() {
            "COGNITO_USER_POOLS" => "Cognito",
            kind => kind,
        }
    }

    /// Whom it asks, in a few words.
    pub fn asks(&self) -> String {
        match self.asks_function() {
            true => target_of(&self.uri),
            false => {
                let pools = self.provider_list();
                let names = pools
                    .iter()
                    .map(|arn| arn.rsplit('/').next().unwrap_or(arn));
                names.collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// The function's ARN, where one is asked.
    pub fn function(&self) -> Option<&str> {
        function_arn(&self.uri).filter(|_| self.asks_function())
    }

    /// What it reads of a request, in a few words: "Authorization, path".
    pub fn reads(&self) -> String {
        let sources = self.identity.split(',').map(str::trim);
        let sources = sources.filter(|source| !source.is_empty());
        let names: Vec<&str> = sources
            .map(|source| {
                let source = source.strip_prefix("method.request.").unwrap_or(source);
                source.strip_prefix("header.").unwrap_or(source)
            })
            .collect();
        let mut words = names.join(", ");
        if !self.expression.is_empty() {
            words.push_str(&format!(", {}", self.expression));
        }
        words
    }

    /// The headers that it reads, which a test of it has to give.
    pub fn headers(&self) -> Vec<String> {
        let sources = self.identity.split(',').map(str::trim);
        let header = |source: &str| {
            source
                .strip_prefix("method.request.header.")
                .map(str::to_owned)
        };
        sources.filter_map(header).collect()
    }

    /// How long an answer is kept, in words.
    pub fn kept(&self) -> String {
        match self.ttl.trim() {
            "0" => "off".to_owned(),
            ttl => format!("{ttl} s"),
        }
    }

    /// Name and value of each member, in AWS's names.
    pub fn members(&self) -> Vec<(&'static str, String)> {
        vec![
            ("name", self.name.trim().to_owned()),
            ("type", self.kind.clone()),
            (
                "authorizerUri",
                match self.asks_function() {
                    true => self.uri.trim().to_owned(),
                    false => String::new(),
                },
            ),
            ("authorizerCredentials", self.credentials.trim().to_owned()),
            ("providerARNs", self.provider_list().join(", ")),
            ("identitySource", self.identity.trim().to_owned()),
            (
                "identityValidationExpression",
                self.expression.trim().to_owned(),
            ),
            ("authorizerResultTtlInSeconds", self.ttl.trim().to_owned()),
        ]
    }

    /// What is wrong with it: the field and the words.
    pub fn problem(&self) -> Option<(&'static str, String)> {
        if self.name.trim().is_empty() {
            return Some(("Name", "Give it a name".into()));
        }
        if self.asks_function() && function_arn(&self.uri).is_none() {
            return Some(("Function", "Choose the function that is asked".into()));
        }
        if !self.asks_function() {
            let pools = self.provider_list();
            let fits = |arn: &String| arn.starts_with("arn:") && arn.contains(":cognito-idp:");
            if pools.is_empty() || !pools.iter().all(fits) {
                let words = "ARNs of user pools: arn:aws:cognito-idp:REGION:ACCOUNT:userpool/ID";
                return Some(("User pools", words.into()));
            }
        }
        let ttl = self.ttl.trim().parse::<u32>();
        if !ttl.is_ok_and(|ttl| ttl <= MOST_TTL) {
            return Some(("Kept for", format!("0 to {MOST_TTL} seconds")));
        }
        let named = |source: &str| {
            source.starts_with("method.request.")
                || source.starts_with("context.")
                || source.starts_with("stageVariables.")
        };
        let sources = self
            .identity
            .split(',')
            .map(str::trim)
            .filter(|of| !of.is_empty());
        let sources: Vec<&str> = sources.collect();
        if let Some(wrong) = sources.iter().find(|source| !named(source)) {
            return Some((
                "Reads",
                format!("{wrong}: as method.request.header.Authorization"),
            ));
        }
        let cached = self.ttl.trim() != "0";
        if self.kind == "REQUEST" && sources.is_empty() && cached {
            let words = "What an answer is kept by must be said, or nothing is kept (0 s)";
            return Some(("Reads", words.into()));
        }
        if self.kind == "TOKEN" && sources.len() != 1 {
            return Some(("Reads", "A TOKEN authorizer reads one header".into()));
        }
        None
    }
}

/// What changes one into another.
pub fn patches(before: &AuthorizerForm, after: &AuthorizerForm) -> Vec<Patch> {
    let pairs = before.members().into_iter().zip(after.members());
    let mut all = Vec::new();
    for ((name, was), (_, will)) in pairs {
        if was == will {
            continue;
        }
        if name != "providerARNs" {
            all.push(Patch::replace_or_clear(&format!("/{name}"), &will));
            continue;
        }
        // User pools are added and taken away one by one.
        let (old, new) = (before.provider_list(), after.provider_list());
        let path = "/providerARNs";
        all.extend(
            new.iter()
                .filter(|arn| !old.contains(arn))
                .map(|arn| Patch::add(path, arn)),
        );
        let gone = old.iter().filter(|arn| !new.contains(arn));
        all.extend(gone.map(|arn| Patch::remove(path, Some(arn))));
    }
    all
}

/// The methods of an API by who guards them: authorizers by id, then `AWS_IAM` and `NONE`, so that all methods add up.
pub fn guarded(detail: &ApiDetail) -> BTreeMap<String, Vec<String>> {
    let mut by: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for resource in &detail.resources {
        for (verb, method) in &resource.methods {
            let name = format!("{verb} {}", resource.path);
            by.entry(guard_of(method).to_owned())
                .or_default()
                .push(name);
        }
    }
    by
}

fn guard_of(method: &Method) -> &str {
    match method.authorization.as_str() {
        "CUSTOM" | "COGNITO_USER_POOLS" => method.authorizer_id.as_deref().unwrap_or_default(),
        other => other,
    }
}

/// What an authorizer said of a caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// 0 where the caller is let in; what the caller would get otherwise.
    pub status: i32,
    /// Whom it takes the caller for.
    pub principal: String,
    /// What it lets the caller do, JSON.
    pub policy: String,
    /// What a token of a user pool says.
    pub claims: BTreeMap<String, String>,
    /// As the service measured it.
    pub latency_ms: i64,
    /// What the service did.
    pub steps: Vec<Step>,
}

impl Verdict {
    /// It knows the caller. What the caller may call is for the policy to say.
    pub fn is_known(&self) -> bool {
        matches!(self.status, 0 | 200)
    }

    /// In a line.
    pub fn words(&self) -> String {
        match (self.is_known(), self.principal.as_str()) {
            (true, "") => "the caller is known".to_owned(),
            (true, principal) => format!("the caller is {principal}"),
            (false, _) => format!("the caller gets {}", self.status),
        }
    }

    /// The calls that its policy allows and denies, as they are written, without what the API itself is called by.
    pub fn may(&self) -> (Vec<String>, Vec<String>) {
        let value: serde_json::Value = serde_json::from_str(&self.policy).unwrap_or_default();
        let all = sekisho_rules::policy::statements(&value).unwrap_or_default();
        let (mut may, mut not) = (Vec::new(), Vec::new());
        for of in all {
            let list = match of["Effect"] == "Allow" {
                true => &mut may,
                false => &mut not,
            };
            let resources = match of.get("Resource") {
                Some(serde_json::Value::Array(all)) => all.clone(),
                Some(one) => vec![one.clone()],
                None => Vec::new(),
            };
            list.extend(resources.iter().filter_map(|of| Some(short(of.as_str()?))));
        }
        (may, not)
    }
}

/// `GET prod/refunds/*` of an ARN.
fn short(arn: &str) -> String {
    let Some(rest) = arn.splitn(6, ':').nth(5) else {
        return arn.to_owned();
    };
    let mut parts = rest.splitn(4, '/').skip(1);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(stage), Some(verb), Some(path)) => format!("{verb} {stage}/{path}"),
        (Some(stage), Some(verb), None) => format!("{verb} {stage}"),
        (Some(stage), None, _) => stage.to_owned(),
        _ => "everything".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::super::Resource;
    use super::*;

    fn form() -> AuthorizerForm {
        AuthorizerForm {
            id: "abc123".into(),
            name: "staff".into(),
            kind: "REQUEST".into(),
            uri: "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:1:function:guard:live/invocations".into(),
            identity: "method.request.header.Authorization, method.request.querystring.shop".into(),
            ttl: "300".into(),
            ..AuthorizerForm::default()
        }
    }

    #[test]
    fn an_authorizer_is_told_in_few_words() {
        let form = form();
        assert_eq!(form.asks(), "guard:live");
        assert_eq!(form.reads(), "Authorization, querystring.shop");
        assert_eq!(form.headers(), ["Authorization"]);
        assert_eq!(form.kept(), "300 s");
        assert_eq!(form.problem(), None);
    }

    #[test]
    fn what_is_wrong_is_told_by_its_field() {
        let field = |change: fn(&mut AuthorizerForm)| {
            let mut form = form();
            change(&mut form);
            form.problem().map(|(field, _)| field)
        };
        assert_eq!(field(|of| of.name.clear()), Some("Name"));
        assert_eq!(field(|of| of.uri.clear()), Some("Function"));
        assert_eq!(field(|of| of.ttl = "3601".into()), Some("Kept for"));
        assert_eq!(
            field(|of| of.identity = "Authorization".into()),
            Some("Reads")
        );
        assert_eq!(field(|of| of.identity.clear()), Some("Reads"));
        assert_eq!(field(|of| of.kind = "TOKEN".into()), Some("Reads"));
        assert_eq!(
            field(|of| of.kind = "COGNITO_USER_POOLS".into()),
            Some("User pools")
        );
        let open = AuthorizerForm {
            identity: String::new(),
            ttl: "0".into(),
            ..form()
        };
        assert_eq!(open.problem(), None);
    }

    #[test]
    fn pools_are_added_and_taken_away_one_by_one() {
        let pools = |providers: &str| AuthorizerForm {
            kind: "COGNITO_USER_POOLS".into(),
            providers: providers.into(),
            ..form()
        };
        let all = patches(&pools("arn:a, arn:b"), &pools("arn:b, arn:c"));
        let told: Vec<String> = all
            .iter()
            .map(|of| {
                format!(
                    "{} {} {}",
                    of.op,
                    of.path,
                    of.value.as_deref().unwrap_or("")
                )
            })
            .collect();
        assert_eq!(
            told,
            ["add /providerARNs arn:c", "remove /providerARNs arn:a"]
        );
    }

    #[test]
    fn methods_add_up_by_who_guards_them() {
        let method = |authorization: &str, id: Option<&str>| Method {
            authorization: authorization.into(),
            authorizer_id: id.map(str::to_owned),
            ..Method::default()
        };
        let methods = [
            ("GET", method("CUSTOM", Some("abc123"))),
            ("POST", method("CUSTOM", Some("abc123"))),
            ("PUT", method("AWS_IAM", None)),
            ("OPTIONS", method("NONE", None)),
        ];
        let detail = ApiDetail {
            resources: vec![Resource {
                path: "/a".into(),
                methods: methods.map(|(verb, of)| (verb.to_owned(), of)).into(),
                ..Resource::default()
            }],
            ..ApiDetail::default()
        };
        let by = guarded(&detail);
        assert_eq!(by["abc123"], ["GET /a", "POST /a"]);
        assert_eq!(by["AWS_IAM"], ["PUT /a"]);
        assert_eq!(by.values().map(Vec::len).sum::<usize>(), detail.methods().0);
    }

    #[test]
    fn a_verdict_says_what_may_be_called() {
        let verdict = Verdict {
            principal: "m.sato".into(),
            policy: r#"{"Statement": [
                {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": ["arn:aws:execute-api:r:1:abc/prod/GET/refunds/*", "arn:aws:execute-api:r:1:abc/*"]},
                {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:r:1:abc/prod/DELETE/*"}
            ]}"#.into(),
            ..Verdict::default()
        };
        let (may, not) = verdict.may();
        assert_eq!(may, ["GET prod/refunds/*", "*"]);
        assert_eq!(not, ["DELETE prod/*"]);
        assert_eq!(verdict.words(), "the caller is m.sato");
    }
}

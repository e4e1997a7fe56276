//! Who may call: the resource policy, signatures and authorizers, keys and throttles.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>.

use sekisho_rules::execute_api::fits_expression;
use sekisho_rules::policy::Principal;
use sekisho_rules::policy::explain::Verdict;

use super::super::access::{Caller, Judged, judged};
use super::super::definition::Authorizer;
use super::super::permission::ApiPlace;
use super::way::{Arrived, Goes, Way};
use super::{Cause, Read, State, Want};
use crate::model::secret::Secret;

const POLICY: &str = "Resource policy";
const AUTHORIZER: &str = "Authorizer";
const KEY: &str = "API key";

impl Way<'_> {
    /// All that a caller must get through.
    pub(super) fn guards(&mut self, here: &Arrived<'_>) -> Goes {
        // Who signs, or has a token of a user pool, is known before the policy is asked.
        match here.method.authorization.as_str() {
            "AWS_IAM" => {
                self.signature(here)?;
                self.policy(here)?;
            }
            "COGNITO_USER_POOLS" => {
                self.authorizer(here)?;
                self.policy(here)?;
            }
            _ => {
                self.policy(here)?;
                self.authorizer(here)?;
            }
        }
        self.key(here)
    }

    fn place(&self, here: &Arrived<'_>) -> ApiPlace {
        ApiPlace {
            partition: self.facts.partition.clone(),
            region: self.facts.region.clone(),
            account: self.facts.account.clone(),
            api: here.address.api.clone(),
        }
    }

    fn policy(&mut self, here: &Arrived<'_>) -> Goes {
        let signed = here.method.authorization == "AWS_IAM";
        let Some(policy) = &here.definition.settings.policy else {
            return match signed {
                true => self.pass(POLICY, "There is none: the caller's own policies decide"),
                false => self.pass(POLICY, "There is none"),
            };
        };
        let asked = self.asked;
        let principal = match (signed, asked.caller.trim()) {
            (false, _) => Some(Principal::Anonymous),
            (true, "") => None,
            (true, arn) => Principal::of_arn(arn),
        };
        let caller = Caller {
            principal,
            from: asked.from.trim().to_owned(),
            endpoint: String::new(),
            private: here.detail.api.endpoint() == "Private",
            secure: here.address.secure,
            agent: asked.header("user-agent"),
            referer: asked.header("referer"),
        };
        let verb = asked.verb();
        let path = here.address.path.trim_start_matches('/');
        let place = self.place(here);
        let arn = format!("{}/{}/{verb}/{path}", place.api_arn(), here.stage.name);
        let judged = match judged(policy, &place, &caller, &arn) {
            Ok(judged) => judged,
            Err(why) => {
                let words = format!("It can't be read: {why}");
                return self.open(POLICY, &[], words);
            }
        };
        self.decided(&judged, signed)
    }

    fn decided(&mut self, judged: &Judged, signed: bool) -> Goes {
        let reason = judged.reason();
        match judged.verdict {
            Verdict::ExplicitDeny => {
                let told = self.fail(POLICY, Cause::PolicyDenies, reason);
                self.more(judged.quotes());
                told
            }
            Verdict::Allowed => {
                let told = self.pass(POLICY, reason);
                self.more(judged.quotes());
                told
            }
            // Who signs is of an account, whose own policies may allow it too.
            _ if signed => {
                let words = format!(
                    "{reason} The caller's own policies may let it in as well: they are not read here."
                );
                let causes = [Cause::SignatureRefused, Cause::PolicyDenies];
                let told = self.open(POLICY, &causes, words);
                self.more(judged.quotes());
                told
            }
            Verdict::ImplicitDeny | Verdict::Denied => {
                self.fail(POLICY, Cause::PolicyAllowsNot, reason)
            }
            Verdict::Unknown => {
                let causes = [Cause::PolicyDenies, Cause::PolicyAllowsNot];
                let told = self.open(POLICY, &causes, reason);
                self.more(judged.quotes());
                told
            }
        }
    }

    /// A signature, of which only the form can be seen.
    fn signature(&mut self, here: &Arrived<'_>) -> Goes {
        let header = self.asked.header("authorization").unwrap_or_default();
        let in_query = here.address.query.iter();
        let mut in_query =
            in_query.filter(|(name, _)| name.eq_ignore_ascii_case("X-Amz-Credential"));
        let credential = match header.split_once("Credential=") {
            Some((_, rest)) => Some(rest.split(',').next().unwrap_or_default().to_owned()),
            None => in_query.next().map(|(_, value)| value.clone()),
        };
        let Some(credential) = credential else {
            let words = format!(
                "{} wants a signature (AWS_IAM), and the request has none. The service says so with the words \"Missing Authentication Token\", as for a path that is not there.",
                here.place.name()
            );
            return self.fail(AUTHORIZER, Cause::NotSigned, words);
        };
        // KEY/20261128/eu-west-1/execute-api/aws4_request
        let mut scope = credential.split('/').skip(2);
        let (region, service) = (
            scope.next().unwrap_or_default(),
            scope.next().unwrap_or_default(),
        );
        let words = if service != "execute-api" {
            format!("The request is signed for {service}; it must be signed for execute-api.")
        } else if region != self.facts.region {
            format!(
                "The request is signed for {region}; the API is in {}.",
                self.facts.region
            )
        } else {
            let words = "The request is signed (AWS_IAM). Whether the signature is good can't be seen without its secret key.";
            return self.open(AUTHORIZER, &[Cause::SignatureRefused], words);
        };
        self.fail(AUTHORIZER, Cause::NotSigned, words)
    }

    fn authorizer(&mut self, here: &Arrived<'_>) -> Goes {
        let method = here.method;
        if method.authorization == "NONE" {
            return self.pass(AUTHORIZER, "None: the method is open to everybody");
        }
        let name = method.authorizer.clone().unwrap_or_default();
        let Some(of) = here.definition.authorizers.get(&name) else {
            let words = format!("{name} guards it; what it is set to could not be read.");
            let causes = [Cause::NoToken, Cause::TokenRefused, Cause::AuthorizerDenies];
            return self.open(AUTHORIZER, &causes, words);
        };
        let identity = match self.identity(here, of) {
            Ok(identity) => identity,
            Err(missing) => {
                let words = format!(
                    "{name} reads {missing}, which the request does not have: it is refused with 401 without asking the authorizer."
                );
                return self.fail(AUTHORIZER, Cause::NoToken, words);
            }
        };
        if let Some(pattern) = of.expression.as_deref().filter(|_| of.kind == "TOKEN")
            && fits_expression(pattern, &identity) == Some(false)
        {
            let words = format!(
                "The token is not of the form {pattern} that {name} looks for: it is refused with 401 without asking the authorizer."
            );
            return self.fail(AUTHORIZER, Cause::NoToken, words);
        }
        if method.authorization == "COGNITO_USER_POOLS" {
            let words = format!(
                "{name} checks the token against {} user pools; whether it is good can't be known from outside.",
                of.providers.len()
            );
            return self.open(AUTHORIZER, &[Cause::TokenRefused], words);
        }
        self.asked_function(here, &name, of)
    }

    /// What an authorizer knows a caller by; what of it is missing.
    fn identity(&self, here: &Arrived<'_>, of: &Authorizer) -> Result<String, String> {
        let sources = match (of.identity.trim(), of.kind.as_str()) {
            ("", "REQUEST") => return Ok(String::new()),
            ("", _) => "method.request.header.Authorization",
            (sources, _) => sources,
        };
        let mut parts = Vec::new();
        for source in sources.split(',').map(str::trim) {
            let read = source.strip_prefix("method.request.").unwrap_or(source);
            let value = match read.split_once('.') {
                Some(("header", name)) => self.asked.header(name),
                Some(("querystring", name)) => {
                    let mut all = here.address.query.iter();
                    all.rfind(|(known, _)| known == name)
                        .map(|(_, value)| value.clone())
                }
                Some(("stageVariables", name)) => here.stage.variable_map().get(name).cloned(),
                // What the gateway itself knows is always there.
                _ => Some("*".to_owned()),
            };
            match value.filter(|value| !value.is_empty()) {
                Some(value) => parts.push(value),
                None => return Err(read.replacen('.', " ", 1)),
            }
        }
        Ok(parts.join("|"))
    }

    fn asked_function(&mut self, here: &Arrived<'_>, name: &str, of: &Authorizer) -> Goes {
        let causes = [
            Cause::TokenRefused,
            Cause::AuthorizerDenies,
            Cause::AuthorizerFails,
        ];
        self.want(Want::Authorizers(here.address.api.clone()));
        let ids = self.facts.authorizers.got();
        let id = ids.and_then(|all| all.iter().find(|known| known.name == name));
        let source =
            id.map(|known| format!("{}/authorizers/{}", self.place(here).api_arn(), known.id));
        let uri = of.uri.as_deref().unwrap_or_default();
        match self.function(here, uri, of.credentials.is_some(), source.as_deref()) {
            Callee::Fails(why) => {
                let words = format!("{name} can't be asked: {why}");
                self.fail(AUTHORIZER, Cause::AuthorizerFails, words)
            }
            Callee::Waiting => {
                self.push(
                    AUTHORIZER,
                    State::Waiting,
                    format!("Reading what {name} calls"),
                );
                Some(())
            }
            Callee::Open(why) => {
                let words = format!(
                    "{name} is asked{why}. What its function says of this caller can't be known from outside: Access tests it."
                );
                self.open(AUTHORIZER, &causes, words)
            }
            Callee::May { function, .. } => {
                let words = format!(
                    "{name} asks {}. What it says of this caller can't be known from outside: Access tests it.",
                    function.words()
                );
                self.open(AUTHORIZER, &causes, words)
            }
        }
    }

    fn key(&mut self, here: &Arrived<'_>) -> Goes {
        if !here.method.key {
            self.pass(KEY, "None is required")?;
            return self.throttle(here, None);
        }
        if here.definition.settings.key_from_authorizer {
            let words = "It is what the authorizer gives: it can't be known from outside.";
            self.open(KEY, &[Cause::KeyMissing, Cause::PlanWithoutStage], words)?;
            return self.throttle(here, None);
        }
        let Some(value) = self
            .asked
            .header("x-api-key")
            .filter(|value| !value.is_empty())
        else {
            let words = format!(
                "{} requires an API key in the header x-api-key, and the request has none.",
                here.place.name()
            );
            return self.fail(KEY, Cause::KeyMissing, words);
        };
        self.want(Want::Key(Secret::new(value)));
        self.want(Want::Plans);
        let facts = self.facts;
        let key = match &facts.key {
            Read::Got(Some(key)) => key,
            Read::Got(None) | Read::Gone => {
                let words = "No key of this account and region has the value that was given.";
                return self.fail(KEY, Cause::KeyUnknown, words);
            }
            Read::Waiting => {
                self.push(KEY, State::Waiting, "Looking for the key");
                return Some(());
            }
            Read::Failed(why) => {
                let words = format!("The keys could not be read: {why}");
                let causes = [Cause::KeyUnknown, Cause::KeyOff, Cause::PlanWithoutStage];
                self.open(KEY, &causes, words)?;
                return self.throttle(here, None);
            }
        };
        if !key.enabled {
            let words = format!("The key {} is switched off.", key.name);
            return self.fail(KEY, Cause::KeyOff, words);
        }
        let plans = match &facts.plans {
            Read::Got(plans) => plans,
            Read::Waiting => {
                self.push(KEY, State::Waiting, "Reading the usage plans");
                return Some(());
            }
            _ => {
                let words = format!("{} is a key; the usage plans could not be read.", key.name);
                self.open(KEY, &[Cause::PlanWithoutStage], words)?;
                return self.throttle(here, None);
            }
        };
        let has = |plan: &&super::UsagePlan| plan.keys.iter().any(|of| of.id == key.id);
        let own: Vec<&super::UsagePlan> = plans.iter().filter(has).collect();
        let wanted = (here.address.api.clone(), here.stage.name.clone());
        let good = own.iter().find(|plan| plan.stages.contains(&wanted));
        match (good, own.as_slice()) {
            (Some(plan), _) => {
                let words = format!("{}, by the plan {}", key.name, plan.name);
                self.pass(KEY, words)?;
                self.throttle(here, Some(plan))
            }
            (None, []) => {
                let words = format!(
                    "The key {} is in no usage plan: it opens nothing.",
                    key.name
                );
                self.fail(KEY, Cause::KeyWithoutPlan, words)
            }
            (None, plans) => {
                let names: Vec<&str> = plans.iter().map(|plan| plan.name.as_str()).collect();
                let words = format!(
                    "The key {} is in the plan {}, which does not have the stage {} of this API.",
                    key.name,
                    names.join(", "),
                    here.stage.name
                );
                self.fail(KEY, Cause::PlanWithoutStage, words)
            }
        }
    }

    /// What limits how often; a limit of nothing refuses everybody.
    fn throttle(&mut self, here: &Arrived<'_>, plan: Option<&super::UsagePlan>) -> Goes {
        const TITLE: &str = "Throttling";
        let number = |name: &str| {
            let text = Self::setting(here, name)?;
            text.parse::<f64>().ok().filter(|limit| *limit >= 0.0)
        };
        let rate = number("throttling/rateLimit");
        let burst = number("throttling/burstLimit");
        if rate == Some(0.0) || burst == Some(0.0) {
            let words = format!(
                "{} lets nothing through: its rate or its burst is 0.",
                here.stage.name
            );
            return self.fail(TITLE, Cause::Throttled, words);
        }
        let mut limits = Vec::new();
        if let Some(rate) = rate {
            let burst = burst.map_or(String::new(), |burst| format!(", {burst} at once"));
            limits.push(format!("the stage's {rate} a second{burst}"));
        }
        let mut causes = vec![Cause::Throttled];
        if let Some(plan) = plan {
            limits.push(format!("the plan's {}", plan.limits()));
            causes.extend(plan.quota.as_ref().map(|_| Cause::QuotaExceeded));
        }
        limits.push("the account's".to_owned());
        let words = format!(
            "Limits: {}. How much others call just then can't be known from outside.",
            limits.join("; ")
        );
        self.open(TITLE, &causes, words)
    }
}

/// What is known of a function that is to be called.
pub(super) enum Callee {
    /// It can't be.
    Fails(String),
    /// It is being read.
    Waiting,
    /// It is not known, and why.
    Open(String),
    /// It may be.
    May {
        function: super::Called,
        timeout_s: u32,
    },
}

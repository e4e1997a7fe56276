//! Code signing configurations: whose code a function may run. They are kept, shown and given to functions; no code here
//! is signed, so nothing is held to them.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html>.

use super::{
    Answer, Call, Lambda, created,
    error::{Violations, conflict, not_found},
    keep::Touched,
    model::State,
    no_content, ok, paging,
    tags::check_tags,
    value,
};
use crate::{error::AwsError, region::arn};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const PATTERN: &str = r"arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:code-signing-config:csc-[a-z0-9]{17}";

/// A code signing configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SigningConfig {
    pub id: String,
    pub arn: String,
    pub description: Option<String>,
    pub publishers: Value,
    /// `Warn` or `Enforce`.
    pub policy: String,
    pub last_modified: String,
    pub tags: BTreeMap<String, String>,
}

impl SigningConfig {
    fn to_json(&self) -> Value {
        let mut out = json!({
            "CodeSigningConfigId": self.id,
            "CodeSigningConfigArn": self.arn,
            "AllowedPublishers": self.publishers,
            "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": self.policy},
            "LastModified": self.last_modified,
        });
        if let Some(description) = &self.description {
            out["Description"] = description.clone().into();
        }
        out
    }

    fn merge(&mut self, body: &Value) -> Result<(), AwsError> {
        if let Some(description) = value::text(body, "Description")? {
            self.description = Some(description.to_owned());
        }
        if let Some(publishers) = body.get("AllowedPublishers").filter(|p| p.is_object()) {
            self.publishers = publishers.clone();
        }
        if let Some(policies) = body.get("CodeSigningPolicies")
            && let Some(policy) = value::text(policies, "UntrustedArtifactOnDeployment")?
        {
            self.policy = policy.to_owned();
        }
        Ok(())
    }
}

/// `csc-` and seventeen letters or digits.
pub fn is_id(text: &str) -> bool {
    text.strip_prefix("csc-").is_some_and(|rest| {
        rest.len() == 17
            && rest
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

/// What the API's front door checks of one.
fn check(body: &Value, wrong: &mut Violations) -> Result<(), AwsError> {
    if let Some(description) = value::text(body, "Description")? {
        wrong.length("description", description, 256);
    }
    if let Some(policies) = body.get("CodeSigningPolicies")
        && let Some(policy) = value::text(policies, "UntrustedArtifactOnDeployment")?
    {
        let at = "codeSigningPolicies.untrustedArtifactOnDeployment";
        wrong.one_of(at, policy, &["Warn", "Enforce"]);
    }
    Ok(())
}

fn of_arn(arn: &str, wrong: &mut Violations) {
    let fits = super::name::is_lambda_arn(arn, |rest| match rest {
        ["code-signing-config", id] => is_id(id),
        _ => false,
    });
    wrong.pattern("codeSigningConfigArn", arn, fits, PATTERN);
}

impl Lambda {
    pub(super) fn create_code_signing_config(&self, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        wrong.required("allowedPublishers", body.get("AllowedPublishers"));
        check(&body, &mut wrong)?;
        wrong.check()?;
        let tags = value::text_map(&body, "Tags")?.unwrap_or_default();
        check_tags(&tags)?;
        let id = format!("csc-{}", &uuid::Uuid::new_v4().simple().to_string()[..17]);
        let resource = format!("code-signing-config:{id}");
        let mut config = SigningConfig {
            arn: arn("lambda", &self.region, &self.account, &resource),
            id: id.clone(),
            description: None,
            publishers: Value::Null,
            policy: "Warn".into(),
            last_modified: value::date(self.needs.clock.now()),
            tags,
        };
        config.merge(&body)?;
        let shown = config.to_json();
        let mut state = self.state();
        state.touch(Touched::Signing(id.clone()));
        state.signing.insert(id, config);
        created(json!({"CodeSigningConfig": shown}))
    }

    pub(super) fn get_code_signing_config(&self, arn: &str) -> Answer {
        check_arn(arn)?;
        let state = self.state();
        ok(json!({"CodeSigningConfig": known(&state, arn)?.to_json()}))
    }

    pub(super) fn update_code_signing_config(&self, call: &Call<'_>, arn: &str) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        of_arn(arn, &mut wrong);
        check(&body, &mut wrong)?;
        wrong.check()?;
        let mut state = self.state();
        let mut next = known(&state, arn)?.clone();
        next.merge(&body)?;
        next.last_modified = value::date(self.needs.clock.now());
        let shown = next.to_json();
        state.touch(Touched::Signing(next.id.clone()));
        state.signing.insert(next.id.clone(), next);
        ok(json!({"CodeSigningConfig": shown}))
    }

    pub(super) fn delete_code_signing_config(&self, arn: &str) -> Answer {
        check_arn(arn)?;
        let mut state = self.state();
        let id = known(&state, arn)?.id.clone();
        if using(&state, arn).next().is_some() {
            return Err(conflict(
                "Cannot delete the code signing configuration because functions use it.",
            ));
        }
        state.touch(Touched::Signing(id.clone()));
        state.signing.remove(&id);
        no_content()
    }

    pub(super) fn list_code_signing_configs(&self, call: &Call<'_>) -> Answer {
        let state = self.state();
        let rows = state
            .signing
            .iter()
            .map(|(id, config)| (id.clone(), config));
        let page = paging::page(call, "CodeSigningConfigs", rows, SigningConfig::to_json)?;
        ok(page)
    }

    pub(super) fn list_functions_by_code_signing_config(
        &self,
        call: &Call<'_>,
        arn: &str,
    ) -> Answer {
        check_arn(arn)?;
        let state = self.state();
        known(&state, arn)?;
        let rows = using(&state, arn).map(|name| (name.clone(), name));
        let page = paging::page(call, "FunctionArns", rows, |name| {
            self.arn(name, None).into()
        })?;
        ok(page)
    }

    pub(super) fn put_function_code_signing_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        wrong.required("codeSigningConfigArn", body.get("CodeSigningConfigArn"));
        let arn = value::text(&body, "CodeSigningConfigArn")?.unwrap_or_default();
        if !arn.is_empty() {
            of_arn(arn, &mut wrong);
        }
        let target = call.checked("PutFunctionCodeSigningConfig", name, wrong)?;
        let mut state = self.state();
        check_there(&state, arn)?;
        let function = self.function_mut(&mut state, &target)?;
        function.code_signing = Some(arn.to_owned());
        ok(json!({"CodeSigningConfigArn": arn, "FunctionName": target.name}))
    }

    pub(super) fn get_function_code_signing_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("GetFunctionCodeSigningConfig", name)?;
        let state = self.state();
        match &self.function(&state, &target)?.code_signing {
            Some(arn) => ok(json!({"CodeSigningConfigArn": arn, "FunctionName": target.name})),
            None => ok(Value::Object(Map::new())),
        }
    }

    pub(super) fn delete_function_code_signing_config(
        &self,
        call: &Call<'_>,
        name: &str,
    ) -> Answer {
        let target = call.target("DeleteFunctionCodeSigningConfig", name)?;
        let mut state = self.state();
        self.function_mut(&mut state, &target)?.code_signing = None;
        no_content()
    }
}

fn check_arn(arn: &str) -> Result<(), AwsError> {
    let mut wrong = Violations::default();
    of_arn(arn, &mut wrong);
    wrong.check()
}

fn known<'a>(state: &'a State, arn: &str) -> Result<&'a SigningConfig, AwsError> {
    let id = arn.rsplit(':').next().unwrap_or_default();
    let config = state.signing.get(id).filter(|config| config.arn == arn);
    config.ok_or_else(|| {
        let mut error = not_found(format!(
            "The Lambda code signing configuration {arn} can not be found."
        ));
        error.members.clear();
        error
    })
}

/// # Errors
/// `CodeSigningConfigNotFoundException` when there is no such configuration for a function.
pub fn check_there(state: &State, arn: &str) -> Result<(), AwsError> {
    known(state, arn).map(|_| ()).map_err(|_| {
        let mut error = not_found(format!(
            "The code signing configuration cannot be found. Check that the provided configuration is not deleted: {arn}."
        ));
        error.code = "CodeSigningConfigNotFoundException".into();
        error
    })
}

/// The functions that a configuration is given to.
fn using<'a>(state: &'a State, arn: &'a str) -> impl Iterator<Item = &'a String> {
    let functions = state.functions.values();
    functions
        .filter(move |function| function.code_signing.as_deref() == Some(arn))
        .map(|function| &function.name)
}

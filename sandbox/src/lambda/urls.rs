//! Function URLs as they are set up. `url` serves them.

use super::{
    Answer, Call, Lambda, Target, created,
    error::{Violations, conflict, not_found},
    model::State,
    no_content, ok, paging, value,
};
use crate::error::AwsError;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

impl Lambda {
    pub(super) fn create_function_url_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        wrong.required("authType", body.get("AuthType"));
        check(&body, &mut wrong)?;
        let target = call.checked("CreateFunctionUrlConfig", name, wrong)?;
        let mut state = self.state();
        let region = self.region.clone();
        check_there(&state, &target)?;
        let function = self.function_mut(&mut state, &target)?;
        if function.urls.contains_key(&key(&target)) {
            return Err(conflict(format!(
                "Failed to create function url config for [functionArn = {}]. Error message:  FunctionUrlConfig exists for this Lambda function",
                self.arn(&target.name, target.qualifier.as_deref())
            )));
        }
        let id = uuid::Uuid::new_v4().simple().to_string();
        let now = date(self.needs.clock.now());
        let mut config = Map::new();
        config.insert(
            "FunctionUrl".into(),
            format!("https://{id}.lambda-url.{region}.on.aws/").into(),
        );
        config.insert(
            "FunctionArn".into(),
            self.arn(&target.name, target.qualifier.as_deref()).into(),
        );
        config.insert("AuthType".into(), "NONE".into());
        config.insert("CreationTime".into(), now.clone().into());
        config.insert("LastModifiedTime".into(), now.into());
        merge(&mut config, &body)?;
        function.urls.insert(key(&target), config.clone());
        created(config)
    }

    pub(super) fn get_function_url_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("GetFunctionUrlConfig", name)?;
        let state = self.state();
        let function = state.functions.get(&target.name).ok_or_else(no_url)?;
        ok(function.urls.get(&key(&target)).ok_or_else(no_url)?.clone())
    }

    pub(super) fn update_function_url_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        check(&body, &mut wrong)?;
        let target = call.checked("UpdateFunctionUrlConfig", name, wrong)?;
        let mut state = self.state();
        check_there(&state, &target)?;
        let function = self.function_mut(&mut state, &target)?;
        let config = function.urls.get_mut(&key(&target)).ok_or_else(no_url)?;
        let mut next = config.clone();
        merge(&mut next, &body)?;
        next.insert(
            "LastModifiedTime".into(),
            date(self.needs.clock.now()).into(),
        );
        *config = next.clone();
        ok(next)
    }

    pub(super) fn delete_function_url_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("DeleteFunctionUrlConfig", name)?;
        let mut state = self.state();
        if !state.functions.contains_key(&target.name) {
            return Err(no_url());
        }
        let function = self.function_mut(&mut state, &target)?;
        function.urls.remove(&key(&target)).ok_or_else(no_url)?;
        no_content()
    }

    pub(super) fn list_function_url_configs(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("ListFunctionUrlConfigs", name)?;
        let state = self.state();
        let function = state.functions.get(&target.name).ok_or_else(no_function)?;
        let rows = function
            .urls
            .iter()
            .map(|(qualifier, config)| (format!(":{qualifier}"), config));
        ok(paging::page(call, "FunctionUrlConfigs", rows, |config| {
            Value::Object(config.clone())
        })?)
    }
}

/// # Errors
/// `ResourceNotFoundException` when there is no such function, or no such alias of it.
fn check_there(state: &State, target: &Target) -> Result<(), AwsError> {
    let function = state.functions.get(&target.name).ok_or_else(no_function)?;
    match target.qualifier.as_deref() {
        Some(alias) if !function.aliases.contains_key(alias) => Err(no_function()),
        _ => Ok(()),
    }
}

/// The members that are one of a few, in AWS's order.
const MODES: [(&str, &str, [&str; 2]); 2] = [
    ("AuthType", "authType", ["NONE", "AWS_IAM"]),
    ("InvokeMode", "invokeMode", ["RESPONSE_STREAM", "BUFFERED"]),
];

fn check(body: &Value, wrong: &mut Violations) -> Result<(), AwsError> {
    for (member, name, allowed) in MODES {
        if let Some(text) = value::text(body, member)? {
            wrong.one_of(name, text, &allowed);
        }
    }
    Ok(())
}

fn merge(config: &mut Map<String, Value>, body: &Value) -> Result<(), AwsError> {
    for (member, _, _) in MODES {
        if let Some(text) = value::text(body, member)? {
            config.insert(member.into(), text.into());
        }
    }
    if let Some(cors) = body.get("Cors").filter(|cors| cors.is_object()) {
        if *cors == json!({}) {
            config.remove("Cors");
        } else {
            config.insert("Cors".into(), cors.clone());
        }
    }
    Ok(())
}

fn key(target: &Target) -> String {
    target.qualifier.clone().unwrap_or_default()
}

fn no_function() -> AwsError {
    not_found("Function does not exist")
}

fn no_url() -> AwsError {
    not_found("The resource you requested does not exist.")
}

fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()
}

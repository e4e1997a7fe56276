//! Function URLs. They are kept and shown; the address itself is AWS's and is not served here.

use super::{
    Answer, Call, Lambda, Target, created,
    error::{Violations, conflict, invalid, not_found},
    no_content, ok, paging, value,
};
use crate::error::AwsError;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

impl Lambda {
    pub(super) fn create_function_url_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let body = call.body()?;
        let mut state = self.state();
        let region = self.region.clone();
        let function = self.function_mut(&mut state, &target)?;
        self.check_url_qualifier(function, &target)?;
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
        config.insert("InvokeMode".into(), "BUFFERED".into());
        config.insert("CreationTime".into(), now.clone().into());
        config.insert("LastModifiedTime".into(), now.into());
        if value::text(&body, "AuthType")?.is_none() {
            let mut violations = Violations::default();
            violations.add("authType", "null", "Member must not be null");
            violations.check()?;
        }
        merge(&mut config, &body)?;
        function.urls.insert(key(&target), config.clone());
        created(config)
    }

    pub(super) fn get_function_url_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        ok(function.urls.get(&key(&target)).ok_or_else(no_url)?.clone())
    }

    pub(super) fn update_function_url_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let body = call.body()?;
        let mut state = self.state();
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
        let target = call.target(name)?;
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        function.urls.remove(&key(&target)).ok_or_else(no_url)?;
        no_content()
    }

    pub(super) fn list_function_url_configs(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        let rows = function
            .urls
            .iter()
            .map(|(qualifier, config)| (format!(":{qualifier}"), config));
        ok(paging::page(call, "FunctionUrlConfigs", rows, |config| {
            Value::Object(config.clone())
        })?)
    }

    fn check_url_qualifier(
        &self,
        function: &super::Function,
        target: &Target,
    ) -> Result<(), AwsError> {
        match target.qualifier.as_deref() {
            None => Ok(()),
            Some(qualifier) if function.aliases.contains_key(qualifier) => Ok(()),
            Some(qualifier) if function.version(qualifier).is_some() => Err(invalid(
                "Function URLs can only be assigned to aliases or unpublished functions.",
            )),
            Some(_) => Err(self.no_function(target)),
        }
    }
}

fn merge(config: &mut Map<String, Value>, body: &Value) -> Result<(), AwsError> {
    let mut violations = Violations::default();
    for (member, name, allowed) in [
        ("AuthType", "authType", ["NONE", "AWS_IAM"]),
        ("InvokeMode", "invokeMode", ["BUFFERED", "RESPONSE_STREAM"]),
    ] {
        if let Some(text) = value::text(body, member)? {
            if !allowed.contains(&text) {
                let constraint = format!(
                    "Member must satisfy enum value set: [{}]",
                    allowed.join(", ")
                );
                violations.add(name, text, &constraint);
            }
            config.insert(member.into(), text.into());
        }
    }
    violations.check()?;
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

fn no_url() -> AwsError {
    not_found("The resource you requested does not exist.")
}

fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()
}

//! How asynchronous invocations are retried, and where their results go.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html>.

use super::{
    Answer, Call, Lambda, Target,
    error::{Violations, not_found},
    model::EventInvoke,
    no_content, ok, paging, value,
};
use crate::error::AwsError;
use jiff::Timestamp;
use serde_json::{Value, json};

impl Lambda {
    pub(super) fn put_function_event_invoke_config(&self, call: &Call<'_>, name: &str) -> Answer {
        self.change_event_invoke(call, name, |_| Some(nothing()))
    }

    pub(super) fn update_function_event_invoke_config(
        &self,
        call: &Call<'_>,
        name: &str,
    ) -> Answer {
        self.change_event_invoke(call, name, |current| current.cloned())
    }

    fn change_event_invoke(
        &self,
        call: &Call<'_>,
        name: &str,
        base: impl Fn(Option<&EventInvoke>) -> Option<EventInvoke>,
    ) -> Answer {
        let target = call.target(name)?;
        let body = call.body()?;
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        self.check_qualifier(function, &target)?;
        let current = function.event_invoke.get(&key(&target));
        let base = base(current).ok_or_else(|| self.no_event_invoke(&target))?;
        let next = merge(base, &body, self.needs.clock.now())?;
        let shown = self.show_event_invoke(&target.name, &key(&target), &next);
        function.event_invoke.insert(key(&target), next);
        ok(shown)
    }

    pub(super) fn get_function_event_invoke_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        match function.event_invoke.get(&key(&target)) {
            Some(config) => ok(self.show_event_invoke(&target.name, &key(&target), config)),
            None => Err(self.no_event_invoke(&target)),
        }
    }

    pub(super) fn delete_function_event_invoke_config(
        &self,
        call: &Call<'_>,
        name: &str,
    ) -> Answer {
        let target = call.target(name)?;
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        match function.event_invoke.remove(&key(&target)) {
            Some(_) => no_content(),
            None => Err(self.no_event_invoke(&target)),
        }
    }

    pub(super) fn list_function_event_invoke_configs(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        let rows = function
            .event_invoke
            .iter()
            .map(|(qualifier, config)| (qualifier.clone(), (qualifier, config)));
        let page = paging::page(
            call,
            "FunctionEventInvokeConfigs",
            rows,
            |(qualifier, config)| self.show_event_invoke(&target.name, qualifier, config),
        )?;
        ok(page)
    }

    fn show_event_invoke(&self, name: &str, qualifier: &str, config: &EventInvoke) -> Value {
        let mut out = json!({
            "LastModified": config.last_modified,
            "FunctionArn": self.arn(name, Some(qualifier)),
            "DestinationConfig": config.destinations,
        });
        if let Some(retries) = config.max_retries {
            out["MaximumRetryAttempts"] = retries.into();
        }
        if let Some(age) = config.max_age {
            out["MaximumEventAgeInSeconds"] = age.into();
        }
        out
    }

    fn no_event_invoke(&self, target: &Target) -> AwsError {
        not_found(format!(
            "The function {} doesn't have an EventInvokeConfig",
            self.arn(&target.name, Some(&key(target)))
        ))
    }
}

fn nothing() -> EventInvoke {
    EventInvoke {
        max_retries: None,
        max_age: None,
        destinations: json!({"OnSuccess": {}, "OnFailure": {}}),
        last_modified: 0.0,
    }
}

fn merge(mut config: EventInvoke, body: &Value, now: Timestamp) -> Result<EventInvoke, AwsError> {
    let retries = value::number(body, "MaximumRetryAttempts")?;
    let age = value::number(body, "MaximumEventAgeInSeconds")?;
    let mut violations = Violations::default();
    if let Some(retries) = retries {
        violations.range("maximumRetryAttempts", retries, 0, 2);
    }
    if let Some(age) = age {
        violations.range("maximumEventAgeInSeconds", age, 60, 21_600);
    }
    violations.check()?;
    let narrow = |number: Option<i64>| number.and_then(|n| u32::try_from(n).ok());
    config.max_retries = narrow(retries).or(config.max_retries);
    config.max_age = narrow(age).or(config.max_age);
    if let Some(destinations) = body.get("DestinationConfig").and_then(Value::as_object) {
        for name in ["OnSuccess", "OnFailure"] {
            if let Some(destination) = destinations.get(name).filter(|d| d.is_object()) {
                config.destinations[name] = destination.clone();
            }
        }
    }
    config.last_modified = value::epoch(now);
    Ok(config)
}

fn key(target: &Target) -> String {
    target.qualifier.clone().unwrap_or_else(|| "$LATEST".into())
}

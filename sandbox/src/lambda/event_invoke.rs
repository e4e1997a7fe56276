//! How asynchronous invocations are retried, and where their results go.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html>.

use super::{
    Answer, Call, Lambda, Target,
    destinations::{self, Destinations},
    error::{Violations, invalid, not_found},
    model::{EventInvoke, State},
    no_content, ok, paging, value,
};
use crate::error::AwsError;
use jiff::Timestamp;
use serde_json::{Value, json};

impl Lambda {
    pub(super) fn put_function_event_invoke_config(&self, call: &Call<'_>, name: &str) -> Answer {
        self.change_event_invoke(call, "PutFunctionEventInvokeConfig", name, |_| {
            Some(nothing())
        })
    }

    pub(super) fn update_function_event_invoke_config(
        &self,
        call: &Call<'_>,
        name: &str,
    ) -> Answer {
        self.change_event_invoke(call, "UpdateFunctionEventInvokeConfig", name, |current| {
            current.cloned()
        })
    }

    fn change_event_invoke(
        &self,
        call: &Call<'_>,
        operation: &'static str,
        name: &str,
        base: impl Fn(Option<&EventInvoke>) -> Option<EventInvoke>,
    ) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        let given = Given::read(&body, &mut wrong)?;
        let target = call.checked(operation, name, wrong)?;
        if given.is_nothing() {
            return Err(invalid(
                "You must specify at least one of error handling or destination setting.",
            ));
        }
        let mut state = self.state();
        let known = state.functions.get(&target.name);
        if known.is_none_or(|function| function.resolve(target.qualifier.as_deref()).is_none()) {
            return Err(no_function());
        }
        self.check_destinations(&state, &target, &given.destinations)?;
        let function = self.function_mut(&mut state, &target)?;
        let current = function.event_invoke.get(&key(&target));
        let base = base(current).ok_or_else(|| self.no_event_invoke(&target))?;
        let next = given.merge(base, self.needs.clock.now());
        let shown = self.show_event_invoke(&target.name, &key(&target), &next);
        function.event_invoke.insert(key(&target), next);
        ok(shown)
    }

    pub(super) fn get_function_event_invoke_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("GetFunctionEventInvokeConfig", name)?;
        let state = self.state();
        let function = state.functions.get(&target.name);
        match function.and_then(|function| function.event_invoke.get(&key(&target))) {
            Some(config) => ok(self.show_event_invoke(&target.name, &key(&target), config)),
            None => Err(self.no_event_invoke(&target)),
        }
    }

    pub(super) fn delete_function_event_invoke_config(
        &self,
        call: &Call<'_>,
        name: &str,
    ) -> Answer {
        let target = call.target("DeleteFunctionEventInvokeConfig", name)?;
        let mut state = self.state();
        if !state.functions.contains_key(&target.name) {
            return Err(self.no_event_invoke(&target));
        }
        let function = self.function_mut(&mut state, &target)?;
        match function.event_invoke.remove(&key(&target)) {
            Some(_) => no_content(),
            None => Err(self.no_event_invoke(&target)),
        }
    }

    pub(super) fn list_function_event_invoke_configs(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("ListFunctionEventInvokeConfigs", name)?;
        let state = self.state();
        let function = state.functions.get(&target.name).ok_or_else(no_function)?;
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

    /// # Errors
    /// `InvalidParameterValueException` for a destination that is no function, or is none that there is.
    fn check_destinations(
        &self,
        state: &State,
        target: &Target,
        given: &Destinations,
    ) -> Result<(), AwsError> {
        for arn in given.arns() {
            match destinations::service(arn) {
                "lambda" => {
                    let wrong = || invalid(format!("The destination ARN {arn} is invalid."));
                    let to =
                        Target::within(arn, &self.region, &self.account).map_err(|_| wrong())?;
                    if to.name == target.name {
                        return Err(invalid(
                            "You can't specify the function as a destination for itself.",
                        ));
                    }
                    let function = state.functions.get(&to.name).ok_or_else(wrong)?;
                    function
                        .resolve(to.qualifier.as_deref())
                        .ok_or_else(wrong)?;
                }
                // None of these is here yet: they are taken as they are named.
                "sqs" | "sns" | "events" | "s3" => {}
                _ => {
                    return Err(invalid(format!(
                        "The provided destination config {given} is invalid."
                    )));
                }
            }
        }
        Ok(())
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

fn no_function() -> AwsError {
    not_found("The function doesn't exist.")
}

fn nothing() -> EventInvoke {
    EventInvoke {
        max_retries: None,
        max_age: None,
        destinations: json!({"OnSuccess": {}, "OnFailure": {}}),
        last_modified: 0.0,
    }
}

/// What a request sets.
struct Given {
    retries: Option<i64>,
    age: Option<i64>,
    destinations: Destinations,
}

impl Given {
    fn read(body: &Value, wrong: &mut Violations) -> Result<Self, AwsError> {
        let retries = value::number(body, "MaximumRetryAttempts")?;
        let age = value::number(body, "MaximumEventAgeInSeconds")?;
        if let Some(retries) = retries {
            wrong.range("maximumRetryAttempts", retries, 0, 2);
        }
        if let Some(age) = age {
            wrong.range("maximumEventAgeInSeconds", age, 60, 21_600);
        }
        let destinations = Destinations::read(body, wrong)?;
        Ok(Self {
            retries,
            age,
            destinations,
        })
    }

    fn is_nothing(&self) -> bool {
        self.retries.is_none() && self.age.is_none() && !self.destinations.is_given()
    }

    fn merge(&self, mut config: EventInvoke, now: Timestamp) -> EventInvoke {
        let narrow = |number: Option<i64>| number.and_then(|n| u32::try_from(n).ok());
        config.max_retries = narrow(self.retries).or(config.max_retries);
        config.max_age = narrow(self.age).or(config.max_age);
        self.destinations.write(&mut config.destinations);
        config.last_modified = value::epoch(now);
        config
    }
}

fn key(target: &Target) -> String {
    target.qualifier.clone().unwrap_or_else(|| "$LATEST".into())
}

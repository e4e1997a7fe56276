//! Reserved and provisioned concurrency.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>.

use super::{
    Answer, Call, Lambda, Response, Target,
    error::{Violations, invalid, not_found},
    limits::{MINIMUM_UNRESERVED, unreserved},
    model::Provisioned,
    no_content, ok, paging, value,
};
use crate::error::AwsError;
use serde_json::{Map, Value, json};

impl Lambda {
    pub(super) fn put_function_concurrency(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let wanted = amount(&call.body()?, "ReservedConcurrentExecutions", 0)?;
        let mut state = self.state();
        self.function(&state, &target)?;
        if unreserved(&state, &target.name) < wanted.saturating_add(MINIMUM_UNRESERVED) {
            return Err(invalid(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{MINIMUM_UNRESERVED}]."
            )));
        }
        self.function_mut(&mut state, &target)?.reserved = Some(wanted);
        ok(json!({"ReservedConcurrentExecutions": wanted}))
    }

    pub(super) fn get_function_concurrency(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let state = self.state();
        match self.function(&state, &target)?.reserved {
            Some(reserved) => ok(json!({"ReservedConcurrentExecutions": reserved})),
            None => ok(json!({})),
        }
    }

    pub(super) fn delete_function_concurrency(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let mut state = self.state();
        self.function_mut(&mut state, &target)?.reserved = None;
        no_content()
    }

    pub(super) fn put_provisioned_concurrency_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let wanted = amount(&call.body()?, "ProvisionedConcurrentExecutions", 1)?;
        let qualifier = qualifier(&target)?;
        let mut state = self.state();
        let available = unreserved(&state, &target.name);
        let function = self.function_mut(&mut state, &target)?;
        self.check_qualifier(function, &target)?;
        if qualifier == "$LATEST" {
            return Err(invalid(
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
            ));
        }
        let most = function
            .reserved
            .unwrap_or(available.saturating_sub(MINIMUM_UNRESERVED));
        if wanted > most {
            return Err(invalid(format!(
                "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{most}]."
            )));
        }
        let config = Provisioned {
            requested: wanted,
            ready_at: self.settles(),
            last_modified: value::date(self.needs.clock.now()),
        };
        let shown = config.to_json(self.needs.clock.now());
        function.provisioned.insert(qualifier, config);
        Ok(Response::json(202, &shown.into()))
    }

    pub(super) fn get_provisioned_concurrency_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let qualifier = qualifier(&target)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        self.check_qualifier(function, &target)?;
        match function.provisioned.get(&qualifier) {
            Some(config) => ok(config.to_json(self.needs.clock.now())),
            None => Err(no_provisioned()),
        }
    }

    pub(super) fn delete_provisioned_concurrency_config(
        &self,
        call: &Call<'_>,
        name: &str,
    ) -> Answer {
        let target = call.target(name)?;
        let qualifier = qualifier(&target)?;
        let mut state = self.state();
        self.function_mut(&mut state, &target)?
            .provisioned
            .remove(&qualifier);
        no_content()
    }

    pub(super) fn list_provisioned_concurrency_configs(
        &self,
        call: &Call<'_>,
        name: &str,
    ) -> Answer {
        let target = call.target(name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        let now = self.needs.clock.now();
        let rows = function
            .provisioned
            .iter()
            .map(|(qualifier, config)| (qualifier.clone(), (qualifier, config)));
        let page = paging::page(
            call,
            "ProvisionedConcurrencyConfigs",
            rows,
            |(qualifier, config)| {
                let mut out = Map::new();
                out.insert(
                    "FunctionArn".into(),
                    self.arn(&target.name, Some(qualifier)).into(),
                );
                out.extend(config.to_json(now));
                out.into()
            },
        )?;
        ok(page)
    }
}

fn no_provisioned() -> AwsError {
    let mut error = not_found("No Provisioned Concurrency Config found for this function");
    error.code = "ProvisionedConcurrencyConfigNotFoundException".into();
    error
}

fn qualifier(target: &Target) -> Result<String, AwsError> {
    if let Some(qualifier) = &target.qualifier {
        return Ok(qualifier.clone());
    }
    let mut violations = Violations::default();
    violations.add("qualifier", "null", "Member must not be null");
    violations.check()?;
    Ok(String::new())
}

fn amount(body: &Value, member: &str, least: i64) -> Result<u32, AwsError> {
    let mut violations = Violations::default();
    let mut name = member.to_owned();
    name[..1].make_ascii_lowercase();
    let number = value::number(body, member)?;
    match number {
        Some(number) => violations.range(&name, number, least, i64::from(i32::MAX)),
        None => violations.add(&name, "null", "Member must not be null"),
    }
    violations.check()?;
    Ok(number
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or_default())
}

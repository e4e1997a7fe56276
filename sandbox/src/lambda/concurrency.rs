//! Reserved and provisioned concurrency.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>.

use super::{
    Answer, Call, Lambda, Response, Target,
    error::{Violations, conflict, invalid, not_found, untyped},
    limits::{MINIMUM_UNRESERVED, unreserved},
    model::{Function, Provisioned},
    name::is_digits,
    no_content, ok, paging, value,
};
use crate::error::AwsError;
use serde_json::{Map, Value, json};

impl Lambda {
    pub(super) fn put_function_concurrency(&self, call: &Call<'_>, name: &str) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        let wanted = amount(&body, "ReservedConcurrentExecutions", 0, &mut wrong)?;
        let target = call.checked("PutFunctionConcurrency", name, wrong)?;
        if target.qualifier.is_some() {
            return Err(invalid(
                "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
            ));
        }
        let mut state = self.state();
        let Some(function) = state.functions.get(&target.name) else {
            return Err(self.no_version(&target.name, "$LATEST"));
        };
        if unreserved(&state, &target.name) < wanted.saturating_add(MINIMUM_UNRESERVED) {
            return Err(untyped(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{MINIMUM_UNRESERVED}]."
            )));
        }
        let provisioned: u32 = function.provisioned.values().map(|one| one.requested).sum();
        if wanted < provisioned {
            return Err(untyped(format!(
                " ReservedConcurrentExecutions  {wanted} should not be lower than function's total provisioned concurrency [{provisioned}]."
            )));
        }
        self.function_mut(&mut state, &target)?.reserved = Some(wanted);
        ok(json!({"ReservedConcurrentExecutions": wanted}))
    }

    pub(super) fn get_function_concurrency(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("GetFunctionConcurrency", name)?;
        let state = self.state();
        match self.function(&state, &target)?.reserved {
            Some(reserved) => ok(json!({"ReservedConcurrentExecutions": reserved})),
            None => ok(json!({})),
        }
    }

    pub(super) fn delete_function_concurrency(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("DeleteFunctionConcurrency", name)?;
        let mut state = self.state();
        self.function_mut(&mut state, &target)?.reserved = None;
        no_content()
    }

    pub(super) fn put_provisioned_concurrency_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        let wanted = amount(&body, "ProvisionedConcurrentExecutions", 1, &mut wrong)?;
        let target = provisioned_target(call, "PutProvisionedConcurrencyConfig", name, wrong)?;
        let qualifier = qualifier(&target)?;
        let mut state = self.state();
        let available = unreserved(&state, &target.name);
        let function = self.function_mut(&mut state, &target)?;
        if qualifier == "$LATEST" {
            return Err(invalid(
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
            ));
        }
        self.check_provisionable(function, qualifier)?;
        check_twins(function, qualifier)?;
        let others: u32 = function
            .provisioned
            .iter()
            .filter(|(other, _)| *other != qualifier)
            .map(|(_, one)| one.requested)
            .sum();
        check_room(wanted, others, function.reserved, available)?;
        let now = self.needs.clock.now();
        let config = Provisioned {
            requested: wanted,
            ready_at: self.settles(),
            last_modified: value::date(now),
        };
        // Asked for now, however long this took.
        let shown = config.to_json(now);
        function.provisioned.insert(qualifier.to_owned(), config);
        Ok(Response::json(202, &shown.into()))
    }

    pub(super) fn get_provisioned_concurrency_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let operation = "GetProvisionedConcurrencyConfig";
        let target = provisioned_target(call, operation, name, Violations::default())?;
        let qualifier = qualifier(&target)?;
        if qualifier == "$LATEST" {
            return Err(invalid(
                "The function resource provided must be an alias or a published version.",
            ));
        }
        let state = self.state();
        let function = self.function(&state, &target)?;
        self.check_provisionable(function, qualifier)?;
        match function.provisioned.get(qualifier) {
            Some(config) => ok(config.to_json(self.needs.clock.now())),
            None => Err(no_provisioned()),
        }
    }

    pub(super) fn delete_provisioned_concurrency_config(
        &self,
        call: &Call<'_>,
        name: &str,
    ) -> Answer {
        let operation = "DeleteProvisionedConcurrencyConfig";
        let target = provisioned_target(call, operation, name, Violations::default())?;
        let qualifier = qualifier(&target)?;
        let mut state = self.state();
        self.function_mut(&mut state, &target)?
            .provisioned
            .remove(qualifier);
        no_content()
    }

    pub(super) fn list_provisioned_concurrency_configs(
        &self,
        call: &Call<'_>,
        name: &str,
    ) -> Answer {
        let target = call.target("ListProvisionedConcurrencyConfigs", name)?;
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

    /// # Errors
    /// `ResourceNotFoundException` for an alias or a version that is not there.
    fn check_provisionable(&self, function: &Function, qualifier: &str) -> Result<(), AwsError> {
        let there = function.resolve(Some(qualifier)).is_some();
        match (there, is_digits(qualifier)) {
            (true, _) => Ok(()),
            (false, true) => Err(self.no_version(&function.name, qualifier)),
            (false, false) => Err(self.no_alias(&function.name, qualifier)),
        }
    }
}

/// # Errors
/// `ResourceConflictException` when a version is provisioned both by itself and by an alias.
fn check_twins(function: &Function, qualifier: &str) -> Result<(), AwsError> {
    let by_number = |version: &str| function.provisioned.contains_key(version);
    match function.aliases.get(qualifier) {
        Some(alias) if by_number(&alias.version) => Err(conflict(
            "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
        )),
        Some(_) => Ok(()),
        None => {
            let mut aliases = function.aliases.values();
            let pointed = aliases.any(|alias| alias.version == qualifier && by_number(&alias.name));
            match pointed {
                true => Err(conflict(
                    "Version is pointed by a Provisioned Concurrency alias",
                )),
                false => Ok(()),
            }
        }
    }
}

/// # Errors
/// `InvalidParameterValueException` when the function or the account has not so much concurrency.
fn check_room(
    wanted: u32,
    others: u32,
    reserved: Option<u32>,
    available: u32,
) -> Result<(), AwsError> {
    let wanted = wanted.saturating_add(others);
    if let Some(reserved) = reserved {
        return match wanted > reserved {
            true => Err(invalid(
                "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
            )),
            false => Ok(()),
        };
    }
    if wanted > available {
        return Err(untyped(format!(
            "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{available}]."
        )));
    }
    if available - wanted < MINIMUM_UNRESERVED {
        return Err(untyped(format!(
            "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{MINIMUM_UNRESERVED}]."
        )));
    }
    Ok(())
}

fn no_provisioned() -> AwsError {
    let mut error = not_found("No Provisioned Concurrency Config found for this function");
    error.code = "ProvisionedConcurrencyConfigNotFoundException".into();
    error
}

/// A version or an alias: the qualifier must be there, in the name or beside it.
fn provisioned_target(
    call: &Call<'_>,
    operation: &'static str,
    name: &str,
    mut wrong: Violations,
) -> Result<Target, AwsError> {
    if call.qualifier().is_none() {
        wrong.null("qualifier");
    }
    call.checked(operation, name, wrong)
}

fn qualifier(target: &Target) -> Result<&str, AwsError> {
    target.qualifier.as_deref().ok_or_else(|| {
        invalid("The function resource provided must be an alias or a published version.")
    })
}

fn amount(body: &Value, member: &str, least: i64, wrong: &mut Violations) -> Result<u32, AwsError> {
    let mut name = member.to_owned();
    name[..1].make_ascii_lowercase();
    let number = value::number(body, member)?;
    match number {
        Some(number) => wrong.range(&name, number, least, i64::from(i32::MAX)),
        None => wrong.null(&name),
    }
    Ok(number
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or_default())
}

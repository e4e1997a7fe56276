//! Aliases, with the weights that split their traffic.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html>.

use super::{
    Answer, Call, Lambda, Target, created,
    error::{Violations, conflict, invalid, not_found, revision_mismatch},
    model::{Alias, Function, new_revision},
    name::is_word,
    no_content, ok, paging, value,
};
use crate::error::AwsError;
use serde_json::Value;

impl Lambda {
    pub(super) fn create_alias(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        self.add_alias(&target, &call.body()?).and_then(created)
    }

    /// Makes an alias as CreateAlias's body describes it, and gives it as Lambda shows it.
    pub(super) fn add_alias(&self, target: &Target, body: &Value) -> Result<Value, AwsError> {
        let alias_name = value::text(body, "Name")?.unwrap_or_default().to_owned();
        check_name(&alias_name)?;
        let mut state = self.state();
        let arn = self.arn(&target.name, None);
        let function = self.function_mut(&mut state, target)?;
        if function.aliases.contains_key(&alias_name) {
            return Err(conflict(format!(
                "Alias already exists: {arn}:{alias_name}"
            )));
        }
        let mut alias = Alias {
            name: alias_name.clone(),
            version: String::new(),
            description: String::new(),
            routing: None,
            revision_id: new_revision(),
        };
        self.merge_alias(function, target, &mut alias, body)?;
        let shown = alias.to_json(&arn);
        function.aliases.insert(alias_name, alias);
        Ok(shown)
    }

    pub(super) fn get_alias(&self, call: &Call<'_>, name: &str, alias: &str) -> Answer {
        let target = call.target(name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        let alias = function
            .aliases
            .get(alias)
            .ok_or_else(|| self.no_alias(&target, alias))?;
        ok(alias.to_json(&self.arn(&target.name, None)))
    }

    pub(super) fn update_alias(&self, call: &Call<'_>, name: &str, alias: &str) -> Answer {
        let target = call.target(name)?;
        let body = call.body()?;
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        let mut next = function
            .aliases
            .get(alias)
            .cloned()
            .ok_or_else(|| self.no_alias(&target, alias))?;
        if let Some(revision) = value::text(&body, "RevisionId")?
            && revision != next.revision_id
        {
            return Err(revision_mismatch());
        }
        self.merge_alias(function, &target, &mut next, &body)?;
        next.revision_id = new_revision();
        let shown = next.to_json(&self.arn(&target.name, None));
        function.aliases.insert(alias.to_owned(), next);
        ok(shown)
    }

    pub(super) fn delete_alias(&self, call: &Call<'_>, name: &str, alias: &str) -> Answer {
        let target = call.target(name)?;
        let mut state = self.state();
        // As in AWS: deleting what is not there succeeds, as long as the function is there.
        let function = self.function_mut(&mut state, &target)?;
        function.aliases.remove(alias);
        function.provisioned.remove(alias);
        no_content()
    }

    pub(super) fn list_aliases(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let wanted = call.query("FunctionVersion");
        let state = self.state();
        let function = self.function(&state, &target)?;
        let arn = self.arn(&target.name, None);
        let rows = function
            .aliases
            .iter()
            .filter(|(_, alias)| wanted.is_none_or(|wanted| alias.version == wanted))
            .map(|(name, alias)| (name.clone(), alias));
        ok(paging::page(call, "Aliases", rows, |alias| {
            alias.to_json(&arn)
        })?)
    }

    fn merge_alias(
        &self,
        function: &Function,
        target: &Target,
        alias: &mut Alias,
        body: &Value,
    ) -> Result<(), AwsError> {
        if let Some(description) = value::text(body, "Description")? {
            let mut violations = Violations::default();
            violations.length("description", description, 256);
            violations.check()?;
            alias.description = description.to_owned();
        }
        if let Some(version) = value::text(body, "FunctionVersion")? {
            self.check_version(function, target, version)?;
            alias.version = version.to_owned();
        }
        if alias.version.is_empty() {
            let mut violations = Violations::default();
            violations.add("functionVersion", "null", "Member must not be null");
            violations.check()?;
        }
        if let Some(routing) = body
            .get("RoutingConfig")
            .filter(|routing| !routing.is_null())
        {
            alias.routing = read_routing(routing)?;
        }
        self.check_routing(function, target, alias)
    }

    fn check_routing(
        &self,
        function: &Function,
        target: &Target,
        alias: &Alias,
    ) -> Result<(), AwsError> {
        let Some((second, weight)) = &alias.routing else {
            return Ok(());
        };
        if alias.version == "$LATEST" || second == "$LATEST" {
            return Err(invalid(
                "$LATEST is not supported for an alias pointing to more than 1 version",
            ));
        }
        if *second == alias.version {
            return Err(invalid(format!(
                "Invalid function version {second}. Function version {second} is already included in routing configuration."
            )));
        }
        if !(0.0..=1.0).contains(weight) {
            return Err(invalid(format!(
                "Invalid weight {weight} for function version {second}. The weight must be between 0.0 and 1.0."
            )));
        }
        self.check_version(function, target, second)
    }

    fn check_version(
        &self,
        function: &Function,
        target: &Target,
        number: &str,
    ) -> Result<(), AwsError> {
        let is_number = number == "$LATEST"
            || (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
        let mut violations = Violations::default();
        violations.pattern("functionVersion", number, is_number, r"(\$LATEST|[0-9]+)");
        violations.check()?;
        if function.version(number).is_none() {
            return Err(not_found(format!(
                "Function not found: {}",
                self.arn(&target.name, Some(number))
            )));
        }
        Ok(())
    }

    fn no_alias(&self, target: &Target, alias: &str) -> AwsError {
        not_found(format!(
            "Cannot find alias arn: {}",
            self.arn(&target.name, Some(alias))
        ))
    }
}

fn read_routing(routing: &Value) -> Result<Option<(String, f64)>, AwsError> {
    let Some(weights) = routing
        .get("AdditionalVersionWeights")
        .and_then(Value::as_object)
    else {
        return Ok(None);
    };
    let mut entries = weights.iter();
    let Some((version, weight)) = entries.next() else {
        return Ok(None);
    };
    if entries.next().is_some() {
        return Err(invalid(
            "Number of items in AdditionalVersionWeights cannot be greater than 1. If you want to remove items from AdditionalVersionWeights, you must set AdditionalVersionWeights to an empty map.",
        ));
    }
    let weight = weight.as_f64().ok_or_else(|| {
        super::error::serialization("The weight can not be converted to a Double")
    })?;
    Ok(Some((version.clone(), weight)))
}

fn check_name(name: &str) -> Result<(), AwsError> {
    let mut violations = Violations::default();
    let valid =
        !name.is_empty() && name.chars().all(is_word) && !name.bytes().all(|b| b.is_ascii_digit());
    violations.length("name", name, 128);
    violations.pattern("name", name, valid, r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)");
    violations.check()
}

impl Alias {
    /// The version that a call goes to, given a number between 0 and 1 drawn for it.
    pub fn choose(&self, drawn: f64) -> &str {
        match &self.routing {
            Some((second, weight)) if drawn < *weight => second,
            _ => &self.version,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use serde_json::json;

    #[test]
    fn an_alias_name_is_not_a_number() {
        assert!(check_name("live").is_ok());
        assert!(check_name("12").is_err());
        assert!(check_name("a b").is_err());
    }

    #[test]
    fn only_one_additional_version_takes_part_of_the_traffic() {
        assert!(read_routing(&json!({"AdditionalVersionWeights": {"1": 0.1, "2": 0.2}})).is_err());
        assert_eq!(
            read_routing(&json!({"AdditionalVersionWeights": {"1": 0.1}})).unwrap(),
            Some(("1".into(), 0.1))
        );
        assert_eq!(
            read_routing(&json!({"AdditionalVersionWeights": {}})).unwrap(),
            None
        );
    }

    #[test]
    fn the_weight_is_the_share_of_the_second_version() {
        let alias = Alias {
            name: "live".into(),
            version: "1".into(),
            description: String::new(),
            routing: Some(("2".into(), 0.25)),
            revision_id: String::new(),
        };
        assert_eq!(alias.choose(0.2), "2");
        assert_eq!(alias.choose(0.3), "1");
    }
}

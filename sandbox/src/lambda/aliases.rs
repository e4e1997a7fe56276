//! Aliases, with the weights that split their traffic.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html>.

use super::{
    Answer, Call, Lambda, Target, created,
    error::{Violations, conflict, invalid, not_found, revision_mismatch, serialization, untyped},
    model::{Alias, Function, new_revision},
    name::{is_digits, is_word},
    no_content, ok, paging, value,
};
use crate::error::AwsError;
use serde_json::{Map, Value};

impl Lambda {
    pub(super) fn create_alias(&self, call: &Call<'_>, name: &str) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        wrong.required("name", body.get("Name"));
        wrong.required("functionVersion", body.get("FunctionVersion"));
        check_alias(&body, &mut wrong)?;
        let target = call.checked("CreateAlias", name, wrong)?;
        self.add_alias(&target, &body).and_then(created)
    }

    /// Makes an alias as CreateAlias's body describes it, and gives it as Lambda shows it.
    pub(super) fn add_alias(&self, target: &Target, body: &Value) -> Result<Value, AwsError> {
        let alias_name = value::text(body, "Name")?.unwrap_or_default().to_owned();
        let version = value::text(body, "FunctionVersion")?.unwrap_or_default();
        let mut state = self.state();
        let arn = self.arn(&target.name, None);
        if !state.functions.contains_key(&target.name) {
            return Err(self.no_version(&target.name, version));
        }
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
        let target = call.checked("GetAlias", name, of_name(alias))?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        let alias = function
            .aliases
            .get(alias)
            .ok_or_else(|| self.no_alias(&target.name, alias))?;
        ok(alias.to_json(&self.arn(&target.name, None)))
    }

    pub(super) fn update_alias(&self, call: &Call<'_>, name: &str, alias: &str) -> Answer {
        let body = call.body()?;
        let mut wrong = of_name(alias);
        check_alias(&body, &mut wrong)?;
        let target = call.checked("UpdateAlias", name, wrong)?;
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        let mut next = function.aliases.get(alias).cloned().ok_or_else(|| {
            let arn = self.arn(&target.name, Some(alias));
            not_found(format!("Alias not found: {arn}"))
        })?;
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
        let target = call.checked("DeleteAlias", name, of_name(alias))?;
        let mut state = self.state();
        // As in AWS: deleting what is not there succeeds, as long as the function is there.
        let function = self.function_mut(&mut state, &target)?;
        function.aliases.remove(alias);
        function.provisioned.remove(alias);
        function.policies.remove(alias);
        function.urls.remove(alias);
        no_content()
    }

    pub(super) fn list_aliases(&self, call: &Call<'_>, name: &str) -> Answer {
        let wanted = call.query("FunctionVersion");
        let mut wrong = Violations::default();
        if let Some(version) = wanted {
            of_version(version, &mut wrong);
        }
        let target = call.checked("ListAliases", name, wrong)?;
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
            alias.description = description.to_owned();
        }
        if let Some(version) = value::text(body, "FunctionVersion")? {
            alias.version = version.to_owned();
        }
        if let Some(routing) = body.get("RoutingConfig").filter(|given| !given.is_null()) {
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
        let Some((second, _)) = &alias.routing else {
            return self.check_version(function, target, &alias.version);
        };
        if alias.version == "$LATEST" {
            return Err(untyped(
                "$LATEST is not supported for an alias pointing to more than 1 version",
            ));
        }
        if *second == alias.version {
            return Err(invalid(format!(
                "Invalid function version {second}. Function version {second} is already included in routing configuration."
            )));
        }
        self.check_version(function, target, &alias.version)?;
        self.check_version(function, target, second)
    }

    fn check_version(
        &self,
        function: &Function,
        target: &Target,
        number: &str,
    ) -> Result<(), AwsError> {
        match function.version(number) {
            Some(_) => Ok(()),
            None => Err(self.no_version(&target.name, number)),
        }
    }

    /// The error of an alias that is read and is not there.
    pub(super) fn no_alias(&self, function: &str, alias: &str) -> AwsError {
        let arn = self.arn(function, Some(alias));
        not_found(format!("Cannot find alias arn: {arn}"))
    }
}

/// What may be wrong with an alias's name in the path.
fn of_name(alias: &str) -> Violations {
    let mut wrong = Violations::default();
    let valid = !alias.is_empty() && alias.chars().all(is_word) && !is_digits(alias);
    wrong.pattern("name", alias, valid, r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)");
    wrong.length("name", alias, 128);
    wrong
}

fn of_version(version: &str, wrong: &mut Violations) {
    let valid = matches!(version, "$LATEST" | "$LATEST.PUBLISHED") || is_digits(version);
    let pattern = r"(\$LATEST(\.PUBLISHED)?|[0-9]+)";
    wrong.pattern("functionVersion", version, valid, pattern);
    wrong.length("functionVersion", version, 1024);
}

const AT: &str = "routingConfig.additionalVersionWeights";

/// What the API's front door checks of an alias.
fn check_alias(body: &Value, wrong: &mut Violations) -> Result<(), AwsError> {
    if let Some(name) = value::text(body, "Name")? {
        wrong.extend(of_name(name));
    }
    if let Some(version) = value::text(body, "FunctionVersion")? {
        of_version(version, wrong);
    }
    if let Some(description) = value::text(body, "Description")? {
        wrong.length("description", description, 256);
    }
    let Some(weights) = weights_of(body.get("RoutingConfig").unwrap_or(&Value::Null)) else {
        return Ok(());
    };
    let numbers = weights
        .values()
        .map(weight)
        .collect::<Result<Vec<_>, _>>()?;
    let shown: Vec<String> = weights
        .keys()
        .zip(&numbers)
        .map(|(version, weight)| format!("{version}={weight:?}"))
        .collect();
    let shown = format!("{{{}}}", shown.join(", "));
    if !weights.keys().all(|version| is_digits(version)) {
        wrong.add(AT, &shown, "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]");
    }
    if !numbers.iter().all(|weight| (0.0..=1.0).contains(weight)) {
        wrong.add(AT, &shown, "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]");
    }
    Ok(())
}

fn weights_of(routing: &Value) -> Option<&Map<String, Value>> {
    routing.get("AdditionalVersionWeights")?.as_object()
}

fn weight(value: &Value) -> Result<f64, AwsError> {
    let number = value.as_f64();
    number.ok_or_else(|| serialization("The weight can not be converted to a Double"))
}

fn read_routing(routing: &Value) -> Result<Option<(String, f64)>, AwsError> {
    let Some(weights) = weights_of(routing) else {
        return Ok(None);
    };
    let mut entries = weights.iter();
    let Some((version, share)) = entries.next() else {
        return Ok(None);
    };
    if entries.next().is_some() {
        return Err(invalid(
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ));
    }
    Ok(Some((version.clone(), weight(share)?)))
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

    fn wrong(weights: Value) -> String {
        let body = json!({"RoutingConfig": {"AdditionalVersionWeights": weights}});
        let mut wrong = Violations::default();
        check_alias(&body, &mut wrong).unwrap();
        wrong.check().unwrap_err().message
    }

    #[test]
    fn an_alias_name_is_not_a_number() {
        assert!(of_name("2024-01-02").check().is_ok());
        assert_eq!(
            of_name("2024").check().unwrap_err().message,
            "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
        );
        assert!(of_name("a b").check().is_err());
    }

    #[test]
    fn weights_lie_between_zero_and_one_and_belong_to_numbers() {
        for (weights, shown) in [
            (json!({"2": 2.0}), "{2=2.0}"),
            (json!({"2": -1}), "{2=-1.0}"),
        ] {
            assert_eq!(
                wrong(weights),
                format!(
                    "1 validation error detected: Value '{shown}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]"
                )
            );
        }
        assert_eq!(
            wrong(json!({"$LATEST": 0.5})),
            "1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]"
        );
    }

    #[test]
    fn only_one_additional_version_takes_part_of_the_traffic() {
        let two = json!({"AdditionalVersionWeights": {"1": 0.1, "2": 0.2}});
        assert_eq!(
            read_routing(&two).unwrap_err().message,
            "Number of items in AdditionalVersionWeights cannot be greater than 1"
        );
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

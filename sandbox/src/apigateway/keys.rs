//! API keys.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html>.

use super::{
    Answer, ApiGateway, Call, accepted, created,
    error::{bad_request, conflict, no_key, not_found},
    keep::Touched,
    model::{ApiKey, State},
    new_id, ok, shown, value,
};
use crate::error::AwsError;
use serde_json::{Value, json};

const PATHS: [&str; 4] = ["/description", "/enabled", "/name", "/customerId"];
/// Letters that a description may have.
const MAX_DESCRIPTION: usize = 125_000;

fn described(key: &ApiKey, with_value: bool, with_tags: bool) -> Value {
    let mut out = shown(key);
    if !with_value && let Some(members) = out.as_object_mut() {
        members.remove("value");
    }
    if with_tags {
        out["tags"] = json!(key.tags);
    }
    out
}

fn check_name(name: &str) -> Result<(), AwsError> {
    match name.chars().count() {
        0..=1024 => Ok(()),
        _ => Err(bad_request(
            "Invalid API Key name, can be at most 1024 characters.",
        )),
    }
}

fn check_description(text: &str) -> Result<(), AwsError> {
    match text.chars().count() > MAX_DESCRIPTION {
        true => Err(bad_request("Invalid API Key description specified.")),
        false => Ok(()),
    }
}

fn check_value(state: &State, value: &str) -> Result<(), AwsError> {
    match value.chars().count() {
        0..20 => Err(bad_request(
            "API Key value should be at least 20 characters",
        )),
        129.. => Err(bad_request(
            "API Key value exceeds maximum size of 128 characters",
        )),
        _ if state
            .keys
            .values()
            .any(|key| key.value.as_deref() == Some(value)) =>
        {
            Err(conflict("API Key already exists"))
        }
        _ => Ok(()),
    }
}

impl State {
    /// A new id that comes before those of all keys: the newest key was recorded to be listed first.
    fn new_key_id(&self, now_ms: i64) -> String {
        const DIGITS: usize = 10;
        let random = u64::from(uuid::Uuid::new_v4().as_bytes()[0]);
        // Eight digits for the time that is left, two for chance.
        let left = 36_u64.pow(8).saturating_sub(now_ms.unsigned_abs());
        let mut id = left.saturating_mul(36 * 36).saturating_add(random);
        let first = self.keys.keys().next();
        if let Some(first) = first.and_then(|first| u64::from_str_radix(first, 36).ok()) {
            id = id.min(first.saturating_sub(1));
        }
        let mut digits = [b'0'; DIGITS];
        for digit in digits.iter_mut().rev() {
            let value = u8::try_from(id % 36).unwrap_or_default();
            *digit = if value < 10 {
                b'0' + value
            } else {
                b'a' + value - 10
            };
            id /= 36;
        }
        String::from_utf8_lossy(&digits).into_owned()
    }
}

impl ApiGateway {
    pub(super) fn create_api_key(&self, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let mut state = self.state();
        let name = value::filled(&body, "name")?;
        check_name(name.as_deref().unwrap_or_default())?;
        let description = value::filled(&body, "description")?;
        check_description(description.as_deref().unwrap_or_default())?;
        let secret = match value::filled(&body, "value")? {
            Some(value) => {
                check_value(&state, &value)?;
                value
            }
            None => new_id(40),
        };
        let mut stage_keys = Vec::new();
        for stage in body["stageKeys"].as_array().into_iter().flatten() {
            let (api, name) = (
                value::text(stage, "restApiId")?,
                value::text(stage, "stageName")?,
            );
            let (api, name) = (api.unwrap_or_default(), name.unwrap_or_default());
            self.api(&state, &api)?.stage(&name)?;
            stage_keys.push(format!("{api}/{name}"));
        }
        let made = ApiKey {
            id: state.new_key_id(self.clock.now_ms()),
            value: Some(secret),
            name,
            customer_id: value::filled(&body, "customerId")?,
            description,
            enabled: value::flag(&body, "enabled").unwrap_or(false),
            created_date: self.now(),
            last_updated_date: self.now(),
            stage_keys,
            tags: value::map(&body, "tags")?.unwrap_or_default(),
        };
        let answer = described(&made, true, false);
        state.touch(Touched::Key(made.id.clone()));
        state.keys.insert(made.id.clone(), made);
        created(answer)
    }

    pub(super) fn get_api_keys(&self, call: &Call<'_>) -> Answer {
        let values = call.query("includeValues") == Some("true");
        let name = call.query("name").unwrap_or_default();
        let customer = call.query("customerId");
        let state = self.state();
        let all = state.keys.iter().filter(|(_, key)| {
            key.name.as_deref().unwrap_or_default().starts_with(name)
                && customer.is_none_or(|wanted| key.customer_id.as_deref() == Some(wanted))
        });
        call.page(all.map(|(id, key)| (id.as_str(), described(key, values, false))))
    }

    pub(super) fn get_api_key(&self, call: &Call<'_>, id: &str) -> Answer {
        let value = call.query("includeValue") == Some("true");
        let state = self.state();
        ok(described(
            state.keys.get(id).ok_or_else(no_key)?,
            value,
            true,
        ))
    }

    pub(super) fn update_api_key(&self, call: &Call<'_>, id: &str) -> Answer {
        let patches = call.patches("updateApiKeyInput")?;
        let mut state = self.state();
        let mut changed = state.keys.get(id).ok_or_else(no_key)?.clone();
        for patch in &patches {
            match patch.replaces(&PATHS)?.as_str() {
                "/name" => {
                    check_name(&patch.value())?;
                    changed.name = patch.filled();
                }
                "/description" => {
                    check_description(&patch.value())?;
                    changed.description = patch.filled();
                }
                "/customerId" => changed.customer_id = patch.filled(),
                _ => changed.enabled = patch.is_true(),
            }
        }
        changed.last_updated_date = self.now();
        let answer = described(&changed, false, true);
        state.touch(Touched::Key(id.to_owned()));
        state.keys.insert(id.to_owned(), changed);
        ok(answer)
    }

    pub(super) fn delete_api_key(&self, id: &str) -> Answer {
        let mut state = self.state();
        state.keys.remove(id).ok_or_else(no_key)?;
        state.touch(Touched::Key(id.to_owned()));
        let of: Vec<String> = state
            .plans
            .values_mut()
            .filter_map(|plan| plan.keys.remove(id).then(|| plan.id.clone()))
            .collect();
        for plan in of {
            state.usage.remove(&(plan.clone(), id.to_owned()));
            state.touch(Touched::Usage(plan.clone(), id.to_owned()));
            state.touch(Touched::Plan(plan));
        }
        accepted()
    }

    /// Takes keys in from a CSV file with the columns `Name` and `key`, and perhaps `description`, `Enabled` and
    /// `usageplanIds`.
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html>
    pub(super) fn import_api_keys(&self, call: &Call<'_>) -> Answer {
        if call.query("format") != Some("csv") {
            return Err(bad_request(
                "Invalid format specified. Valid options are csv",
            ));
        }
        let text = std::str::from_utf8(&call.request.body)
            .map_err(|_| bad_request("The file is not UTF-8 text"))?;
        let mut rows = rows(text).into_iter();
        let head: Vec<String> = rows.next().unwrap_or_default();
        let head: Vec<String> = head.iter().map(|name| name.trim().to_lowercase()).collect();
        let column = |name: &str| head.iter().position(|known| known == name);
        let (Some(name_at), Some(key_at)) = (column("name"), column("key")) else {
            return Err(bad_request("The file must have the columns Name and key"));
        };
        let (mut ids, mut warnings) = (Vec::new(), Vec::new());
        let mut state = self.state();
        for row in rows {
            let cell = |at: Option<usize>| {
                let text = at.and_then(|at| row.get(at)).map(|text| text.trim());
                text.filter(|text| !text.is_empty()).map(str::to_owned)
            };
            let Some(secret) = cell(Some(key_at)) else {
                continue;
            };
            if let Err(error) = check_value(&state, &secret) {
                if call.query("failonwarnings") == Some("true") {
                    return Err(error);
                }
                warnings.push(error.message);
                continue;
            }
            let made = ApiKey {
                id: state.new_key_id(self.clock.now_ms()),
                value: Some(secret),
                name: cell(Some(name_at)),
                description: cell(column("description")),
                enabled: cell(column("enabled"))
                    .is_none_or(|text| text.eq_ignore_ascii_case("true")),
                created_date: self.now(),
                last_updated_date: self.now(),
                ..ApiKey::default()
            };
            let plans = cell(column("usageplanids")).unwrap_or_default();
            for plan in plans
                .split(',')
                .map(str::trim)
                .filter(|plan| !plan.is_empty())
            {
                let found = state.plans.get_mut(plan);
                let found = found.ok_or_else(|| not_found("Invalid Usage Plan ID specified"))?;
                found.keys.insert(made.id.clone());
                state.touch(Touched::Plan(plan.to_owned()));
            }
            ids.push(made.id.clone());
            state.touch(Touched::Key(made.id.clone()));
            state.keys.insert(made.id.clone(), made);
        }
        created(json!({"ids": ids, "warnings": warnings}))
    }
}

/// The rows of a CSV file; a cell in double quotes may hold commas.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
            for letter in line.chars() {
                match letter {
                    '"' => quoted = !quoted,
                    ',' if !quoted => cells.push(std::mem::take(&mut cell)),
                    other => cell.push(other),
                }
            }
            cells.push(cell);
            cells
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_in_quotes_may_hold_commas() {
        assert_eq!(
            rows("Name,key,usageplanIds\n\na,b,\"p1,p2\"\r\n"),
            [vec!["Name", "key", "usageplanIds"], vec!["a", "b", "p1,p2"]]
        );
    }
}

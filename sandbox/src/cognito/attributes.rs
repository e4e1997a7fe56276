//! What a pool knows of its users: the standard attributes and those of its own, and whether values are such.
//! Source: <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html>.

use super::{invalid, model::Pool, text};
use crate::error::AwsError;
use serde_json::{Value, json};

/// The standard attributes of text, in the order in which the service shows them; `sub` is first.
const TEXTS: [&str; 16] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "address",
];

fn standard() -> Vec<Value> {
    let one = |name: &str, kind: &str| {
        json!({
            "Name": name, "AttributeDataType": kind, "DeveloperOnlyAttribute": false,
            "Mutable": true, "Required": false,
        })
    };
    let mut sub = one("sub", "String");
    sub["Mutable"] = false.into();
    sub["Required"] = true.into();
    sub["StringAttributeConstraints"] = json!({"MinLength": "1", "MaxLength": "2048"});
    let mut all = vec![sub];
    for name in TEXTS {
        let mut text = one(name, "String");
        text["StringAttributeConstraints"] = match name {
            "birthdate" => json!({"MinLength": "10", "MaxLength": "10"}),
            _ => json!({"MinLength": "0", "MaxLength": "2048"}),
        };
        all.push(text);
    }
    all.push(one("email_verified", "Boolean"));
    all.push(one("phone_number_verified", "Boolean"));
    let mut updated = one("updated_at", "Number");
    updated["NumberAttributeConstraints"] = json!({"MinValue": "0"});
    all.push(updated);
    let mut identities = one("identities", "String");
    identities["StringAttributeConstraints"] = json!({});
    all.push(identities);
    all
}

/// The attributes of a pool: the standard ones, as far as they are given otherwise, and its own.
///
/// # Errors
/// When one of its own says nothing of its kind.
pub fn schema(given: &Value) -> Result<Vec<Value>, AwsError> {
    let mut all = standard();
    for one in given.as_array().into_iter().flatten() {
        let name = text(one, "Name");
        if let Some(known) = all.iter_mut().find(|known| known["Name"] == name) {
            for (member, value) in one.as_object().into_iter().flatten() {
                known[member] = value.clone();
            }
            continue;
        }
        let kind = one["AttributeDataType"].as_str();
        let kind = kind.ok_or_else(|| {
            invalid(
                "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
            )
        })?;
        if one["Required"] == true {
            return Err(invalid(
                "Required custom attributes are not supported currently.",
            ));
        }
        let start = match one["DeveloperOnlyAttribute"] == true {
            true => "dev:custom:",
            false => "custom:",
        };
        let mut made = json!({
            "Name": format!("{start}{name}"), "AttributeDataType": kind,
            "DeveloperOnlyAttribute": one["DeveloperOnlyAttribute"] == true,
            "Mutable": one["Mutable"].as_bool().unwrap_or(true), "Required": false,
        });
        for member in ["StringAttributeConstraints", "NumberAttributeConstraints"] {
            if let Some(bounds) = one.get(member) {
                made[member] = bounds.clone();
            }
        }
        all.push(made);
    }
    Ok(all)
}

/// Attributes that a request gives, `[{"Name": …, "Value": …}]`.
pub fn given(list: &Value) -> Vec<(String, String)> {
    let all = list.as_array().into_iter().flatten();
    all.map(|one| (text(one, "Name").to_owned(), text(one, "Value").to_owned()))
        .collect()
}

/// Attributes as answers have them.
pub fn shown(all: &[(String, String)]) -> Value {
    let all = all.iter();
    all.map(|(name, value)| json!({"Name": name, "Value": value}))
        .collect()
}

/// # Errors
/// When a pool has no such attributes, or a value is none, or one that must be there is not.
pub fn check(pool: &Pool, all: &[(String, String)]) -> Result<(), AwsError> {
    let wrong = |what: String| invalid(format!("Attributes did not conform to the schema: {what}"));
    for (name, value) in all {
        let found = pool
            .schema
            .iter()
            .find(|known| known["Name"] == name.as_str());
        let Some(known) = found else {
            return Err(wrong(format!(
                "Type for attribute {{{name}}} could not be determined"
            )));
        };
        if let Some(why) = misfit(name, value, known) {
            return Err(match why {
                Misfit::Format => invalid(format!("Invalid {} format.", said(name))),
                Misfit::Schema(what) => wrong(format!("{name}: {what}\n")),
            });
        }
    }
    let missing = pool.schema.iter().find(|known| {
        let name = text(known, "Name");
        known["Required"] == true && name != "sub" && !all.iter().any(|(given, _)| given == name)
    });
    match missing {
        Some(known) => Err(wrong(format!(
            "{}: The attribute is required\n",
            text(known, "Name")
        ))),
        None => Ok(()),
    }
}

fn said(name: &str) -> &str {
    match name {
        "email" => "email address",
        "phone_number" => "phone number",
        name => name,
    }
}

enum Misfit {
    Format,
    Schema(String),
}

fn misfit(name: &str, value: &str, known: &Value) -> Option<Misfit> {
    let is_wrong = match name {
        "email" => !value.is_empty() && !is_email(value),
        "phone_number" => !value.is_empty() && !is_phone(value),
        _ => false,
    };
    if is_wrong {
        return Some(Misfit::Format);
    }
    let number =
        |of: &Value, name: &str| of[name].as_str().and_then(|text| text.parse::<f64>().ok());
    match text(known, "AttributeDataType") {
        "String" => {
            let bounds = &known["StringAttributeConstraints"];
            #[allow(clippy::cast_precision_loss, reason = "texts are short")]
            let length = value.chars().count() as f64;
            if number(bounds, "MinLength").is_some_and(|least| length < least) {
                return Some(Misfit::Schema(
                    "String must be longer than the minimum length".into(),
                ));
            }
            number(bounds, "MaxLength")
                .filter(|most| length > *most)
                .map(|_| Misfit::Schema("String must be shorter than the maximum length".into()))
        }
        "Number" => {
            let bounds = &known["NumberAttributeConstraints"];
            let Ok(value) = value.parse::<f64>() else {
                return Some(Misfit::Schema("Attribute value must be a number".into()));
            };
            let low = number(bounds, "MinValue").is_some_and(|least| value < least);
            let high = number(bounds, "MaxValue").is_some_and(|most| value > most);
            (low || high).then(|| Misfit::Schema("Number is out of its bounds".into()))
        }
        "Boolean" if !["true", "false", "True", "False"].contains(&value) => Some(Misfit::Schema(
            "Attribute value must be true or false".into(),
        )),
        _ => None,
    }
}

/// Something before an @ and a name with a dot behind it.
pub fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(before, behind)| {
        !before.is_empty()
            && behind.contains('.')
            && !behind.starts_with('.')
            && !behind.ends_with('.')
            && !text.contains(char::is_whitespace)
            && !behind.contains('@')
    })
}

/// A plus and digits.
pub fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        !digits.is_empty() && digits.len() <= 15 && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn attributes_are_those_of_the_pool() {
        let own = json!([
            {"Name": "level", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "3"}},
            {"Name": "email", "Required": true},
        ]);
        let pool = Pool {
            schema: schema(&own).unwrap(),
            ..Pool::default()
        };
        let told = |all: &[(&str, &str)]| {
            let all: Vec<_> = all
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            check(&pool, &all).err().map(|error| error.message)
        };
        let email = ("email", "a@b.example");
        assert_eq!(told(&[email, ("custom:level", "2")]), None);
        let start = "Attributes did not conform to the schema: ";
        assert_eq!(
            told(&[]).unwrap(),
            format!("{start}email: The attribute is required\n")
        );
        assert_eq!(
            told(&[email, ("level", "2")]).unwrap(),
            format!("{start}Type for attribute {{level}} could not be determined")
        );
        assert!(
            told(&[email, ("custom:level", "4")])
                .unwrap()
                .starts_with(start)
        );
        assert_eq!(
            told(&[("email", "nobody")]).unwrap(),
            "Invalid email address format."
        );
        assert_eq!(
            told(&[email, ("phone_number", "5550100")]).unwrap(),
            "Invalid phone number format."
        );
        let lacks = schema(&json!([{"Name": "x"}])).unwrap_err();
        assert_eq!(lacks.code, "InvalidParameterException");
    }
}

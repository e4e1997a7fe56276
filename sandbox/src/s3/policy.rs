//! The policy of a form: until when it holds, and what the form's fields and its file are to be.

use super::{auth::denied, form::Form};
use crate::error::AwsError;
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde_json::Value;

/// Fields that no policy need name.
const FREE: [&str; 6] = [
    "policy",
    "signature",
    "awsaccesskeyid",
    "x-amz-signature",
    "file",
    "bucket",
];

/// Holds a form against its policy.
///
/// # Errors
/// `InvalidPolicyDocument`, `AccessDenied`, `EntityTooLarge` or `EntityTooSmall`.
pub fn check(document: &str, form: &Form, bucket: &str, now: Timestamp) -> Result<(), AwsError> {
    let policy = BASE64_STANDARD
        .decode(document)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .ok_or_else(|| wrong("Invalid JSON."))?;
    let until = policy
        .get("expiration")
        .and_then(Value::as_str)
        .and_then(|text| text.parse::<Timestamp>().ok())
        .ok_or_else(|| wrong("Policy missing expiration."))?;
    if until < now {
        return Err(refused("Policy expired."));
    }
    let conditions = policy
        .get("conditions")
        .and_then(Value::as_array)
        .ok_or_else(|| wrong("Policy missing conditions."))?;
    let mut named = Vec::new();
    for condition in conditions {
        named.extend(one(condition, form, bucket)?);
    }
    let extra = form.fields.iter().find(|(name, _)| {
        let name = name.to_ascii_lowercase();
        !FREE.contains(&name.as_str()) && !name.starts_with("x-ignore-") && !named.contains(&name)
    });
    match extra {
        None => Ok(()),
        Some((name, _)) => Err(refused(&format!("Extra input fields: {name}"))),
    }
}

/// Holds one condition, and gives the field that it names.
fn one(condition: &Value, form: &Form, bucket: &str) -> Result<Option<String>, AwsError> {
    if let Some(pairs) = condition.as_object() {
        let mut pairs = pairs.iter();
        return match (pairs.next(), pairs.next()) {
            (Some((name, value)), None) => {
                let field = format!("${name}");
                compare("eq", &field, value, form, bucket).map(Some)
            }
            _ => Err(wrong(
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
            )),
        };
    }
    let parts = condition.as_array().map(Vec::as_slice).unwrap_or_default();
    let [kind, second, third] = parts else {
        return Err(wrong("Invalid Condition: wrong number of arguments."));
    };
    match kind.as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("content-length-range") => size(second, third, form.file.len()).map(|()| None),
        Some(kind @ ("eq" | "starts-with")) => compare(
            kind,
            second.as_str().unwrap_or_default(),
            third,
            form,
            bucket,
        )
        .map(Some),
        _ => Err(wrong("Invalid Condition: unknown operation.")),
    }
}

fn compare(
    kind: &str,
    field: &str,
    value: &Value,
    form: &Form,
    bucket: &str,
) -> Result<String, AwsError> {
    let value = value.as_str().unwrap_or_default();
    let failed = || {
        let text = |text: &str| Value::from(text).to_string();
        refused(&format!(
            "Policy Condition failed: [{}, {}, {}]",
            text(kind),
            text(field),
            text(value)
        ))
    };
    let name = field.strip_prefix('$').ok_or_else(failed)?;
    let given = if name.eq_ignore_ascii_case("bucket") {
        bucket
    } else {
        form.get(name).unwrap_or_default()
    };
    let holds = match kind {
        "starts-with" => given.starts_with(value),
        _ => given == value,
    };
    if holds {
        Ok(name.to_ascii_lowercase())
    } else {
        Err(failed())
    }
}

fn size(least: &Value, most: &Value, size: usize) -> Result<(), AwsError> {
    let number = |value: &Value| {
        let text = value.as_str().and_then(|text| text.parse().ok());
        value.as_u64().or(text)
    };
    let (Some(low), Some(high)) = (number(least), number(most)) else {
        return Err(refused(&format!(
            "Policy Condition failed: [\"content-length-range\", {least}, {most}]"
        )));
    };
    let size = size as u64;
    if size > high {
        return Err(AwsError::new(
            400,
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size",
        )
        .with("ProposedSize", size.to_string())
        .with("MaxSizeAllowed", high.to_string()));
    }
    if size < low {
        return Err(AwsError::new(
            400,
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
        )
        .with("ProposedSize", size.to_string())
        .with("MinSizeAllowed", low.to_string()));
    }
    Ok(())
}

fn refused(message: &str) -> AwsError {
    denied(&format!("Invalid according to Policy: {message}"))
}

fn wrong(message: &str) -> AwsError {
    AwsError::new(
        400,
        "InvalidPolicyDocument",
        format!("Invalid Policy: {message}"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use bytes::Bytes;

    fn judged(conditions: &str, fields: &[(&str, &str)]) -> Result<(), String> {
        let policy =
            format!(r#"{{"expiration": "2026-11-27T12:00:00Z", "conditions": [{conditions}]}}"#);
        let form = Form {
            fields: fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            file: Bytes::from_static(b"0123456789"),
            file_name: None,
        };
        let now = "2026-11-27T11:59:59Z".parse().unwrap();
        check(&BASE64_STANDARD.encode(policy), &form, "b", now)
            .map_err(|error| format!("{}: {}", error.code, error.message))
    }

    #[test]
    fn a_form_is_what_its_policy_says() {
        let key = r#"{"bucket": "b"}, ["starts-with", "$key", "a/"]"#;
        let is = |more: &str, fields: &[(&str, &str)]| {
            judged(
                &format!("{key}{more}"),
                &[&[("key", "a/1")], fields].concat(),
            )
        };
        assert_eq!(is("", &[]), Ok(()));
        assert_eq!(is(r#", ["content-length-range", 1, "10"]"#, &[]), Ok(()));
        assert_eq!(
            is(r#", {"Content-Type": "x"}"#, &[("content-type", "x")]),
            Ok(())
        );
        assert_eq!(is("", &[("x-ignore-this", "x")]), Ok(()));
        for (more, fields, refused) in [
            (
                "",
                &[("acl", "private")][..],
                "AccessDenied: Invalid according to Policy: Extra input fields: acl",
            ),
            (
                r#", ["eq", "$acl", "private"]"#,
                &[("acl", "Private")],
                r#"AccessDenied: Invalid according to Policy: Policy Condition failed: ["eq", "$acl", "private"]"#,
            ),
            (
                r#", {"a": "1", "b": "2"}"#,
                &[],
                "InvalidPolicyDocument: Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
            ),
            (
                r#", ["content-length-range", "1", "9"]"#,
                &[],
                "EntityTooLarge: Your proposed upload exceeds the maximum allowed size",
            ),
            (
                r#", ["content-length-range", 11, 20]"#,
                &[],
                "EntityTooSmall: Your proposed upload is smaller than the minimum allowed size",
            ),
            (
                r#", ["content-length-range", "test", "10"]"#,
                &[],
                r#"AccessDenied: Invalid according to Policy: Policy Condition failed: ["content-length-range", "test", "10"]"#,
            ),
        ] {
            assert_eq!(is(more, fields), Err(refused.to_owned()));
        }
    }

    #[test]
    fn a_policy_expires() {
        let form = Form {
            fields: Vec::new(),
            file: Bytes::new(),
            file_name: None,
        };
        let policy = r#"{"expiration": "2026-11-27T12:00:00.000Z", "conditions": []}"#;
        let at = |now: &str| {
            let document = BASE64_STANDARD.encode(policy);
            check(&document, &form, "b", now.parse().unwrap()).is_ok()
        };
        assert!(at("2026-11-27T12:00:00Z") && !at("2026-11-27T12:00:01Z"));
    }
}

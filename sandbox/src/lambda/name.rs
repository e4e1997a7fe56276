//! The ways to name a function: name, partial ARN, ARN, each with or without a qualifier.
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html>, URI parameter FunctionName.

use super::error::{Violations, invalid, not_found};
use crate::{error::AwsError, region};
use serde::{Deserialize, Serialize};

const PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";

/// A function, and which of its versions or aliases is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub name: String,
    /// `$LATEST`, a number or an alias; none when the caller named none.
    pub qualifier: Option<String>,
}

impl Target {
    /// Reads a function's name in any of its forms.
    ///
    /// # Errors
    /// `ValidationException` when it is none of them, `ResourceNotFoundException` when it is of another region, and
    /// `InvalidParameterValueException` when name and `Qualifier` parameter contradict each other.
    pub fn parse(text: &str, qualifier: Option<&str>, region: &str) -> Result<Self, AwsError> {
        let (name, inline) = split(text, region)?;
        let inline = inline.map(str::to_owned);
        let given = qualifier.filter(|q| !q.is_empty()).map(str::to_owned);
        if let (Some(inline), Some(given)) = (&inline, &given)
            && inline != given
        {
            return Err(invalid(
                "The derived qualifier from the function name does not match the specified qualifier.",
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            qualifier: given.or(inline),
        })
    }

    /// The ARN as this target names it.
    pub fn arn(&self, region: &str, account: &str) -> String {
        function_arn(region, account, &self.name, self.qualifier.as_deref())
    }
}

/// A function's ARN, qualified when a qualifier is given.
pub fn function_arn(region: &str, account: &str, name: &str, qualifier: Option<&str>) -> String {
    let resource = match qualifier {
        Some(qualifier) => format!("function:{name}:{qualifier}"),
        None => format!("function:{name}"),
    };
    region::arn("lambda", region, account, &resource)
}

/// Whether a text may be a function's bare name.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.chars().all(is_word)
}

/// Letters, digits, `-` and `_`.
pub fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn split<'a>(text: &'a str, region: &str) -> Result<(&'a str, Option<&'a str>), AwsError> {
    let parts: Vec<&str> = text.split(':').collect();
    let (place, rest): (Option<&str>, &[&str]) = match parts.as_slice() {
        ["arn", _, "lambda", place, account, "function", rest @ ..] if is_account(account) => {
            (Some(place), rest)
        }
        [place, account, "function", rest @ ..] if is_account(account) && place.contains('-') => {
            (Some(place), rest)
        }
        [account, "function", rest @ ..] if is_account(account) => (None, rest),
        ["function", rest @ ..] if !rest.is_empty() => (None, rest),
        rest => (None, rest),
    };
    let named = match rest {
        [name] => Some((*name, None)),
        [name, qualifier] => Some((*name, Some(*qualifier))),
        _ => None,
    };
    let valid =
        named.filter(|(name, qualifier)| is_name(name) && qualifier.is_none_or(is_qualifier));
    let Some(named) = valid else {
        let mut violations = Violations::default();
        if text.split(':').any(|part| part.len() > 64) {
            violations.length("functionName", text, 140);
        }
        violations.pattern("functionName", text, false, PATTERN);
        violations.check()?;
        return Err(invalid("The function name is not valid."));
    };
    if let Some(place) = place
        && place != region
    {
        return Err(not_found(format!(
            "Functions from '{place}' are not reachable in this region ('{region}')"
        )));
    }
    Ok(named)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text may be a qualifier.
pub fn is_qualifier(text: &str) -> bool {
    text == "$LATEST" || (!text.is_empty() && text.len() <= 128 && text.chars().all(is_word))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn parse(text: &str) -> (String, Option<String>) {
        let target = Target::parse(text, None, "us-east-1").unwrap();
        (target.name, target.qualifier)
    }

    #[test]
    fn every_form_of_a_name_means_the_same_function() {
        for form in [
            "orders",
            "function:orders",
            "000000000000:function:orders",
            "us-east-1:000000000000:function:orders",
            "arn:aws:lambda:us-east-1:000000000000:function:orders",
        ] {
            assert_eq!(parse(form), ("orders".into(), None), "{form}");
            assert_eq!(
                parse(&format!("{form}:live")),
                ("orders".into(), Some("live".into())),
                "{form}"
            );
        }
        assert_eq!(parse("orders:$LATEST").1.unwrap(), "$LATEST");
    }

    #[test]
    fn a_name_with_other_characters_is_a_validation_error_that_shows_the_pattern() {
        let error = Target::parse("or ders", None, "us-east-1").unwrap_err();
        assert_eq!(error.code, "ValidationException");
        assert!(
            error
                .message
                .starts_with("1 validation error detected: Value 'or ders' at 'functionName'"),
            "{error}"
        );
    }

    #[test]
    fn a_function_of_another_region_is_not_reachable() {
        let error = Target::parse(
            "arn:aws:lambda:eu-west-1:000000000000:function:orders",
            None,
            "us-east-1",
        )
        .unwrap_err();
        assert_eq!(error.status, 404);
    }

    #[test]
    fn two_qualifiers_that_differ_contradict_each_other() {
        let error = Target::parse("orders:1", Some("2"), "us-east-1").unwrap_err();
        assert_eq!(error.code, "InvalidParameterValueException");
        assert!(Target::parse("orders:2", Some("2"), "us-east-1").is_ok());
    }
}

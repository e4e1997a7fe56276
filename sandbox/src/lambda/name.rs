//! The ways to name a function: name, partial ARN, ARN, each with or without a qualifier, and which of them an operation
//! takes. AWS checks the form first, then the account and the region, and looks for the function last.
//! Source: the shapes `NamespacedFunctionName`, `FunctionName`, `FunctionUrlFunctionName` and `UnqualifiedFunctionName`
//! of Lambda's model in botocore.

use super::error::{Violations, access_denied, invalid, not_found};
use crate::{
    error::AwsError,
    region,
    request::{Ctx, is_account},
    sts::user_arn,
};
use serde::{Deserialize, Serialize};

/// A function, and which of its versions or aliases is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub name: String,
    /// `$LATEST`, a number or an alias; none when the caller named none.
    pub qualifier: Option<String>,
}

/// The forms of a function's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Of what reads or calls a version: a dot may be in the name.
    Namespaced,
    /// Of what changes a function.
    Plain,
    /// Of function URLs, which belong to a function or an alias.
    Url,
    /// Of what belongs to the function as a whole.
    Unqualified,
}

/// What an operation takes as its `Qualifier`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Qualifiers {
    Any,
    Url,
    Provisioned,
}

/// What a name consists of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Parts<'a> {
    region: Option<&'a str>,
    account: Option<&'a str>,
    name: &'a str,
    qualifier: Option<&'a str>,
}

/// A name in a form that its operation takes; whether it is within reach is still to be asked.
#[derive(Debug)]
pub struct Named<'a> {
    operation: &'static str,
    parts: Parts<'a>,
    qualifier: Option<&'a str>,
}

/// The forms of an operation's names.
fn forms(operation: &str) -> (Form, Qualifiers) {
    match operation {
        "CreateAlias"
        | "CreateFunction"
        | "DeleteAlias"
        | "DeleteFunctionConcurrency"
        | "GetAlias"
        | "GetFunctionConcurrency"
        | "ListAliases"
        | "ListProvisionedConcurrencyConfigs"
        | "PublishVersion"
        | "PutFunctionConcurrency"
        | "UpdateAlias"
        | "UpdateFunctionCode"
        | "UpdateFunctionConfiguration" => (Form::Plain, Qualifiers::Any),
        "DeleteProvisionedConcurrencyConfig"
        | "GetProvisionedConcurrencyConfig"
        | "PutProvisionedConcurrencyConfig" => (Form::Plain, Qualifiers::Provisioned),
        "CreateFunctionUrlConfig"
        | "DeleteFunctionUrlConfig"
        | "GetFunctionUrlConfig"
        | "ListFunctionUrlConfigs"
        | "UpdateFunctionUrlConfig" => (Form::Url, Qualifiers::Url),
        "GetFunctionRecursionConfig" | "PutFunctionRecursionConfig" => {
            (Form::Unqualified, Qualifiers::Any)
        }
        _ => (Form::Namespaced, Qualifiers::Any),
    }
}

impl<'a> Named<'a> {
    /// Reads a function's name as an operation takes it. What is wrong with it is added to what else is wrong with the
    /// request; nothing comes of it then.
    pub fn read(
        operation: &'static str,
        text: &'a str,
        qualifier: Option<&'a str>,
        wrong: &mut Violations,
    ) -> Option<Self> {
        let (form, qualifiers) = forms(operation);
        let parts = form.read(text);
        wrong.pattern("functionName", text, parts.is_some(), form.pattern());
        wrong.length("functionName", text, form.most());
        if let Some(qualifier) = qualifier {
            let (fits, pattern) = (qualifiers.fits(qualifier), qualifiers.pattern());
            wrong.pattern("qualifier", qualifier, fits, pattern);
            wrong.length("qualifier", qualifier, 128);
            wrong.least("qualifier", qualifier, 1);
        }
        Some(Self {
            operation,
            parts: parts?,
            qualifier,
        })
    }

    /// The function that is meant, when it may be reached from here at all.
    ///
    /// # Errors
    /// `AccessDeniedException` for another account's function, `ResourceNotFoundException` for another region's, and
    /// `InvalidParameterValueException` when name and `Qualifier` contradict each other.
    pub fn reach(self, ctx: &Ctx) -> Result<Target, AwsError> {
        let Parts {
            region,
            account,
            name,
            qualifier: inline,
        } = self.parts;
        if account.is_some_and(|account| account != ctx.account) {
            return Err(self.denied(ctx));
        }
        if let Some(other) = region.filter(|other| *other != ctx.region) {
            return Err(not_found(format!(
                "Functions from '{other}' are not reachable in this region ('{}')",
                ctx.region
            )));
        }
        if let (Some(inline), Some(given)) = (inline, self.qualifier)
            && inline != given
        {
            return Err(invalid(
                "The derived qualifier from the function name does not match the specified qualifier.",
            ));
        }
        Ok(Target {
            name: name.to_owned(),
            qualifier: self.qualifier.or(inline).map(str::to_owned),
        })
    }

    fn denied(&self, ctx: &Ctx) -> AwsError {
        let action = match self.operation {
            // It alone says nothing.
            "CreateFunction" => return access_denied(None),
            "Invoke" | "InvokeAsync" | "InvokeWithResponseStream" => "InvokeFunction",
            other => other,
        };
        let resource = function_arn(
            self.parts.region.unwrap_or(&ctx.region),
            self.parts.account.unwrap_or_default(),
            self.parts.name,
            self.qualifier.or(self.parts.qualifier),
        );
        access_denied(Some(format!(
            "User: {} is not authorized to perform: lambda:{action} on resource: {resource} because no resource-based policy allows the lambda:{action} action",
            user_arn(ctx)
        )))
    }
}

impl Target {
    /// The function that a name means as the sandbox itself uses it.
    ///
    /// # Errors
    /// As those of an operation that reads a function.
    pub fn within(text: &str, region: &str, account: &str) -> Result<Self, AwsError> {
        let ctx = Ctx {
            region: region.to_owned(),
            account: account.to_owned(),
            request_id: String::new(),
            endpoint: String::new(),
        };
        let mut wrong = Violations::default();
        let named = Named::read("GetFunction", text, None, &mut wrong);
        named_or_wrong(named, wrong)?.reach(&ctx)
    }

    /// The ARN as this target names it.
    pub fn arn(&self, region: &str, account: &str) -> String {
        function_arn(region, account, &self.name, self.qualifier.as_deref())
    }
}

/// # Errors
/// What is wrong with the request.
pub fn named_or_wrong(named: Option<Named<'_>>, wrong: Violations) -> Result<Named<'_>, AwsError> {
    wrong.check()?;
    named.ok_or_else(|| invalid("The function name is not valid."))
}

/// A function's ARN, qualified when a qualifier is given.
pub fn function_arn(region: &str, account: &str, name: &str, qualifier: Option<&str>) -> String {
    let resource = match qualifier {
        Some(qualifier) => format!("function:{name}:{qualifier}"),
        None => format!("function:{name}"),
    };
    region::arn("lambda", region, account, &resource)
}

/// Letters, digits, `-` and `_`.
pub fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// Whether a text is made of digits alone, as a version's number.
pub fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text has the form of a region's name:
/// `(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}`.
pub fn is_region(text: &str) -> bool {
    let letters = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase());
    let parts: Vec<&str> = text
        .strip_prefix("eusc-")
        .unwrap_or(text)
        .split('-')
        .collect();
    let isolated = |kind: &str| {
        let rest = kind.strip_prefix("iso");
        kind == "gov"
            || rest.is_some_and(|rest| rest.is_empty() || (rest.len() == 1 && letters(rest)))
    };
    let (country, place, number) = match parts.as_slice() {
        [country, place, number] => (country, place, number),
        [country, kind, place, number] if isolated(kind) => (country, place, number),
        _ => return false,
    };
    let digit = number.len() == 1 && is_digits(number);
    country.len() == 2 && letters(country) && letters(place) && digit
}

/// `(aws[a-zA-Z-]*)?`
pub fn is_partition(text: &str) -> bool {
    let rest = text.strip_prefix("aws");
    text.is_empty()
        || rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_alphabetic() || c == '-'))
}

/// Whether a text is an ARN of Lambda's in the form that its patterns share, whose resource fits.
pub fn is_lambda_arn(arn: &str, resource: impl Fn(&[&str]) -> bool) -> bool {
    match arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", partition, "lambda", region, account, rest @ ..] => {
            is_partition(partition) && is_region(region) && is_account(account) && resource(rest)
        }
        _ => false,
    }
}

impl Form {
    fn pattern(self) -> &'static str {
        match self {
            Self::Namespaced => {
                r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
            }
            Self::Plain => {
                r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
            }
            Self::Url => {
                r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]{1,64})(:((?!\d+$)[0-9a-zA-Z-_]+))?"
            }
            Self::Unqualified => {
                r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)"
            }
        }
    }

    /// The longest that a name may be, ARNs included.
    fn most(self) -> usize {
        match self {
            Self::Namespaced => 256,
            _ => 140,
        }
    }

    fn is_name(self, text: &str) -> bool {
        let most = if self == Self::Url { 64 } else { usize::MAX };
        let fits = |c| is_word(c) || (self == Self::Namespaced && c == '.');
        !text.is_empty() && text.len() <= most && text.chars().all(fits)
    }

    /// Whether a text may follow the name.
    fn is_qualifier(self, text: &str) -> bool {
        let word = !text.is_empty() && text.chars().all(is_word);
        match self {
            Self::Namespaced => word || matches!(text, "$LATEST" | "$LATEST.PUBLISHED"),
            Self::Plain => word || text == "$LATEST",
            Self::Url => word && !is_digits(text),
            Self::Unqualified => false,
        }
    }

    /// Each part that may come before the name is taken where what follows still makes a name, as an expression would.
    fn read(self, text: &str) -> Option<Parts<'_>> {
        let pieces: Vec<&str> = text.split(':').collect();
        if let ["arn", partition, "lambda", rest @ ..] = pieces.as_slice()
            && is_partition(partition)
            && let Some(parts) = self.after_prefix(rest)
        {
            return Some(parts);
        }
        self.after_prefix(&pieces)
    }

    fn after_prefix<'a>(self, pieces: &[&'a str]) -> Option<Parts<'a>> {
        if let [region, rest @ ..] = pieces
            && is_region(region)
            && let Some(parts) = self.after_region(rest)
        {
            let region = Some(*region);
            return Some(Parts { region, ..parts });
        }
        self.after_region(pieces)
    }

    fn after_region<'a>(self, pieces: &[&'a str]) -> Option<Parts<'a>> {
        if let [account, rest @ ..] = pieces
            && is_account(account)
            && let Some(parts) = self.after_account(rest)
        {
            let account = Some(*account);
            return Some(Parts { account, ..parts });
        }
        self.after_account(pieces)
    }

    fn after_account<'a>(self, pieces: &[&'a str]) -> Option<Parts<'a>> {
        if let ["function", rest @ ..] = pieces
            && let Some(parts) = self.name(rest)
        {
            return Some(parts);
        }
        self.name(pieces)
    }

    fn name<'a>(self, pieces: &[&'a str]) -> Option<Parts<'a>> {
        let (name, qualifier) = match pieces {
            [name] => (*name, None),
            [name, qualifier] => (*name, Some(*qualifier)),
            _ => return None,
        };
        let fits = self.is_name(name) && qualifier.is_none_or(|text| self.is_qualifier(text));
        fits.then_some(Parts {
            name,
            qualifier,
            ..Parts::default()
        })
    }
}

impl Qualifiers {
    fn pattern(self) -> &'static str {
        match self {
            Self::Any => r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
            Self::Url => r"((?!^\d+$)^[0-9a-zA-Z-_]+$)",
            Self::Provisioned => r"(|[a-zA-Z0-9$_-]+)",
        }
    }

    fn fits(self, text: &str) -> bool {
        let words = text.chars().all(|c| is_word(c) || c == '$');
        match self {
            Self::Any => text == "$LATEST.PUBLISHED" || (words && !text.is_empty()),
            Self::Url => !text.is_empty() && text.chars().all(is_word) && !is_digits(text),
            Self::Provisioned => words,
        }
    }
}

#[cfg(test)]
#[path = "name_tests.rs"]
mod tests;

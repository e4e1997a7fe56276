//! A method of a resource with all that belongs to it: what it asks for, what stands behind it, and what it answers.

use std::collections::BTreeMap;

/// The most that an integration may take, ms, where AWS has raised the account's quota.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>.
pub const TIMEOUT_MS: i64 = 300_000;
/// What it may take elsewhere, ms, and takes where nothing else is said.
pub const USUAL_TIMEOUT_MS: i64 = 29_000;

/// The milliseconds that an integration may take, as they were typed.
///
/// # Errors
/// In the field's own terms.
pub fn timeout(text: &str) -> Result<i64, String> {
    let plain: String = text.chars().filter(|c| !", _".contains(*c)).collect();
    let Ok(ms) = plain.parse::<i64>() else {
        return Err("A whole number is needed here".to_owned());
    };
    match (50..=TIMEOUT_MS).contains(&ms) {
        true => Ok(ms),
        false => Err("Between 50 and 29,000 ms".to_owned()),
    }
}

/// What a resource does on one HTTP method.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Method {
    /// `NONE`, `AWS_IAM`, `CUSTOM` or `COGNITO_USER_POOLS`.
    pub authorization: String,
    /// Of `CUSTOM` and `COGNITO_USER_POOLS`.
    pub authorizer_id: Option<String>,
    /// What a token of a user pool must hold one of.
    pub scopes: Vec<String>,
    /// A key of a usage plan must be given.
    pub api_key_required: bool,
    /// A request is checked by this.
    pub validator_id: Option<String>,
    /// The name of the operation in a generated client.
    pub operation_name: Option<String>,
    /// As `method.request.header.X`: whether it must be given.
    pub parameters: BTreeMap<String, bool>,
    /// By media type: the name of the model that a body has.
    pub models: BTreeMap<String, String>,
    /// What answers; none is an error at deployment.
    pub integration: Option<Integration>,
    /// What it may answer, by status code.
    pub responses: BTreeMap<String, MethodResponse>,
}

/// One status that a method may answer with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MethodResponse {
    /// As `method.response.header.X`: whether it is always there.
    pub parameters: BTreeMap<String, bool>,
    /// By media type: the name of the model that the body has.
    pub models: BTreeMap<String, String>,
}

impl Method {
    /// Anybody may call it: neither an authorizer, nor a signature, nor a key is asked for.
    pub fn is_open(&self) -> bool {
        self.authorization == "NONE" && !self.api_key_required
    }
}

/// What stands behind a method.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Integration {
    /// `AWS_PROXY`, `AWS`, `HTTP_PROXY`, `HTTP` or `MOCK`.
    pub kind: String,
    /// Where it leads.
    pub uri: Option<String>,
    /// How the backend is called.
    pub http_method: Option<String>,
    /// Milliseconds.
    pub timeout_ms: Option<i32>,
    /// The role that calls it.
    pub credentials: Option<String>,
    /// `INTERNET` or `VPC_LINK`.
    pub connection: Option<String>,
    /// Of `VPC_LINK`.
    pub connection_id: Option<String>,
    /// What happens to a body that no template is for: `WHEN_NO_MATCH`, `WHEN_NO_TEMPLATES` or `NEVER`.
    pub passthrough: String,
    /// `CONVERT_TO_BINARY` or `CONVERT_TO_TEXT`.
    pub content_handling: Option<String>,
    /// As `integration.request.header.X`: what it is taken from.
    pub parameters: BTreeMap<String, String>,
    /// By media type.
    pub request_templates: BTreeMap<String, String>,
    /// What answers are cached by, beside the path.
    pub cache_keys: Vec<String>,
    /// Who shares the cached answers.
    pub cache_namespace: Option<String>,
    /// A certificate that nobody vouches for is taken.
    pub insecure_tls: bool,
    /// `BUFFERED` or `STREAM`.
    pub transfer_mode: Option<String>,
    /// What its answers become, by status code.
    pub responses: BTreeMap<String, IntegrationResponse>,
}

/// What an answer of the backend becomes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntegrationResponse {
    /// What selects it; none is the one for all else.
    pub pattern: Option<String>,
    /// As `method.response.header.X`: what it is taken from.
    pub parameters: BTreeMap<String, String>,
    /// By media type.
    pub templates: BTreeMap<String, String>,
    /// `CONVERT_TO_BINARY` or `CONVERT_TO_TEXT`.
    pub content_handling: Option<String>,
}

impl Integration {
    /// The function's ARN, with its qualifier, where a function answers.
    pub fn function_arn(&self) -> Option<&str> {
        function_arn(self.uri.as_deref()?)
    }

    /// What answers, in a few words: `orders-api:live`, `mock`, a URL.
    pub fn target(&self) -> String {
        match self.kind.as_str() {
            "MOCK" => "mock".to_owned(),
            _ => target_of(self.uri.as_deref().unwrap_or_default()),
        }
    }

    /// The backend's answer is given back as it is.
    pub fn is_proxy(&self) -> bool {
        self.kind.ends_with("_PROXY")
    }

    /// Its kind as people say it.
    pub fn words(&self) -> &'static str {
        match self.kind.as_str() {
            "AWS_PROXY" => "Lambda proxy",
            "AWS" if self.function_arn().is_some() => "Lambda",
            "AWS" => "AWS service",
            "HTTP_PROXY" => "HTTP proxy",
            "HTTP" => "HTTP",
            "MOCK" => "Mock",
            _ => "",
        }
    }
}

/// The function's ARN, with its qualifier, where a URI leads to one.
pub fn function_arn(uri: &str) -> Option<&str> {
    let from = uri.split_once("/functions/")?.1;
    let arn = from
        .strip_suffix("/response-streaming-invocations")
        .or_else(|| from.strip_suffix("/invocations"));
    Some(arn.unwrap_or(from))
}

/// Where a URI leads, in a few words: `orders-api:live`, `s3: path/bucket/key`, a URL.
pub fn target_of(uri: &str) -> String {
    if let Some(arn) = function_arn(uri) {
        let parts: Vec<&str> = arn.splitn(8, ':').collect();
        return match parts.as_slice() {
            [_, _, _, _, _, _, name, qualifier] => format!("{name}:{qualifier}"),
            [_, _, _, _, _, _, name] => (*name).to_owned(),
            _ => arn.to_owned(),
        };
    }
    if let Some(rest) = uri.strip_prefix("arn:") {
        let parts: Vec<&str> = rest.splitn(5, ':').collect();
        if let [_, "apigateway", _, service, place] = parts.as_slice() {
            return format!("{service}: {place}");
        }
    }
    uri.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_answers_is_said_in_a_few_words() {
        let of = |kind: &str, uri: &str| Integration {
            kind: kind.into(),
            uri: Some(uri.into()).filter(|uri: &String| !uri.is_empty()),
            ..Integration::default()
        };
        let arn = "arn:aws:lambda:eu-west-1:482177391105:function:orders-api";
        let path = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions";
        let plain = of("AWS_PROXY", &format!("{path}/{arn}/invocations"));
        assert_eq!(plain.function_arn(), Some(arn));
        assert_eq!(
            (plain.target().as_str(), plain.words()),
            ("orders-api", "Lambda proxy")
        );
        let alias = of("AWS", &format!("{path}/{arn}:live/invocations"));
        assert_eq!(
            (alias.target().as_str(), alias.words()),
            ("orders-api:live", "Lambda")
        );
        assert_eq!(of("MOCK", "").target(), "mock");
        assert_eq!(
            of("HTTP_PROXY", "https://x.example/a").target(),
            "https://x.example/a"
        );
        let service = of("AWS", "arn:aws:apigateway:eu-west-1:s3:path/bucket/key");
        assert_eq!(
            (service.target().as_str(), service.words()),
            ("s3: path/bucket/key", "AWS service")
        );
    }
}

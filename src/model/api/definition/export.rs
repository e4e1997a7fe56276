//! A stage's deployment, from the OpenAPI 3.0 document that `GetExport` gives of it.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html>.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::normal::{model_name, normal, schema, text_of};
use super::{
    AUTHORIZER_TTL_S, Authorizer, Definition, GatewayResponse, Integration, IntegrationResponse,
    Method, Place, Response, Settings, TIMEOUT_MS, Texts, Validator,
};

const ANY: &str = "x-amazon-apigateway-any-method";
const VERBS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// Reads a document.
///
/// # Errors
/// It is no OpenAPI 3 document, or it does not say what answers: the reason.
pub fn export(text: &str) -> Result<Definition, String> {
    let document: Value =
        serde_json::from_str(text).map_err(|error| format!("The export is no JSON: {error}"))?;
    let version = document.get("openapi").and_then(Value::as_str);
    if !version.is_some_and(|version| version.starts_with("3.")) {
        return Err("The export is no OpenAPI 3 document".to_owned());
    }
    let empty = Map::new();
    let paths = object(&document, "paths").unwrap_or(&empty);
    let schemes = below(&document, &["components", "securitySchemes"]);
    let schemes = schemes.and_then(Value::as_object).unwrap_or(&empty);
    let mut methods = BTreeMap::new();
    for (path, item) in paths {
        let verbs = VERBS.into_iter().chain([ANY]);
        for key in verbs {
            let Some(operation) = item.get(key) else {
                continue;
            };
            let place = Place {
                path: path.clone(),
                verb: match key {
                    ANY => "ANY".to_owned(),
                    verb => verb.to_uppercase(),
                },
            };
            methods.insert(place, method(operation, item, &document, schemes));
        }
    }
    // A deployment has something behind every method: a document without it was made without the extensions.
    let answered = |method: &Method| method.integration.is_some();
    if !methods.is_empty() && !methods.values().any(answered) {
        return Err("The export does not say what answers its methods".to_owned());
    }
    let authorizers = schemes.iter().filter_map(|(name, scheme)| {
        let of = scheme.get("x-amazon-apigateway-authorizer")?;
        Some((name.clone(), authorizer(scheme, of)))
    });
    Ok(normal(Definition {
        settings: settings(&document),
        methods,
        authorizers: authorizers.collect(),
        validators: validators(&document),
        models: models(&document),
        responses: responses(&document),
    }))
}

fn object<'a>(value: &'a Value, key: &str) -> Option<&'a Map<String, Value>> {
    value.get(key)?.as_object()
}

fn below<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().try_fold(value, |value, key| value.get(key))
}

/// A text, or a number as a text.
fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(holds) => Some(holds.to_string()),
        _ => None,
    }
}

fn number(value: &Value, key: &str) -> Option<i64> {
    let value = value.get(key)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn holds(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn texts(value: &Value, key: &str) -> Texts {
    let text = |(key, value): (&String, &Value)| {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => text_of(other),
        };
        (key.clone(), value)
    };
    object(value, key)
        .map(|map| map.iter().map(text).collect())
        .unwrap_or_default()
}

fn list(value: &Value, key: &str) -> Vec<String> {
    let all = value.get(key).and_then(Value::as_array).into_iter();
    all.flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn settings(document: &Value) -> Settings {
    let policy = document.get("x-amazon-apigateway-policy");
    let endpoint = document.get("x-amazon-apigateway-endpoint-configuration");
    // OpenAPI 3 may have it at its server.
    let server = below(document, &["servers"]).and_then(|servers| servers.get(0));
    let server = server.and_then(|server| server.get("x-amazon-apigateway-endpoint-configuration"));
    let disabled = endpoint
        .into_iter()
        .chain(server)
        .any(|of| holds(of, "disableExecuteApiEndpoint"));
    let source = text(document, "x-amazon-apigateway-api-key-source");
    Settings {
        policy: policy.map(text_of),
        binary_media_types: list(document, "x-amazon-apigateway-binary-media-types"),
        minimum_compression: number(document, "x-amazon-apigateway-minimum-compression-size"),
        key_from_authorizer: source.as_deref() == Some("AUTHORIZER"),
        default_endpoint_disabled: disabled,
    }
}

fn validators(document: &Value) -> BTreeMap<String, Validator> {
    let all = object(document, "x-amazon-apigateway-request-validators").into_iter();
    let one = |(name, of): (&String, &Value)| {
        let validator = Validator {
            body: holds(of, "validateRequestBody"),
            parameters: holds(of, "validateRequestParameters"),
        };
        (name.clone(), validator)
    };
    all.flatten().map(one).collect()
}

fn models(document: &Value) -> BTreeMap<String, Texts> {
    let all = below(document, &["components", "schemas"]).and_then(Value::as_object);
    all.into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), schema(value)))
        .collect()
}

fn responses(document: &Value) -> BTreeMap<String, GatewayResponse> {
    let all = object(document, "x-amazon-apigateway-gateway-responses").into_iter();
    let one = |(kind, of): (&String, &Value)| {
        let response = GatewayResponse {
            status: text(of, "statusCode"),
            parameters: texts(of, "responseParameters"),
            templates: texts(of, "responseTemplates"),
        };
        (kind.clone(), response)
    };
    all.flatten().map(one).collect()
}

fn authorizer(scheme: &Value, of: &Value) -> Authorizer {
    let kind = text(of, "type").unwrap_or_default().to_uppercase();
    let header = text(scheme, "name").unwrap_or_default();
    let identity = text(of, "identitySource").unwrap_or_else(|| match kind.as_str() {
        // A function for requests without sources is asked each time.
        "REQUEST" => String::new(),
        _ => format!("method.request.header.{header}"),
    });
    Authorizer {
        uri: text(of, "authorizerUri"),
        credentials: text(of, "authorizerCredentials"),
        identity,
        expression: text(of, "identityValidationExpression"),
        ttl_s: number(of, "authorizerResultTtlInSeconds").unwrap_or(AUTHORIZER_TTL_S),
        providers: list(of, "providerARNs"),
        kind,
    }
}

fn method(
    operation: &Value,
    item: &Value,
    document: &Value,
    schemes: &Map<String, Value>,
) -> Method {
    let mut method = Method {
        operation: text(operation, "operationId"),
        validator: text(operation, "x-amazon-apigateway-request-validator")
            .or_else(|| text(document, "x-amazon-apigateway-request-validator")),
        models: content(operation.get("requestBody")),
        integration: operation
            .get("x-amazon-apigateway-integration")
            .map(integration),
        ..Method::default()
    };
    let security = operation.get("security").or(document.get("security"));
    guard(&mut method, operation, security, schemes);
    for holder in [item, operation] {
        let all = holder.get("parameters").and_then(Value::as_array);
        for of in all.into_iter().flatten() {
            let place = match text(of, "in").as_deref() {
                Some("query") => "querystring",
                Some("header") => "header",
                // Others are of the path, which needs them anyway.
                _ => continue,
            };
            let name = format!("{place}.{}", text(of, "name").unwrap_or_default());
            method.parameters.insert(name, holds(of, "required"));
        }
    }
    let responses = object(operation, "responses").into_iter().flatten();
    for (status, of) in responses {
        let headers = object(of, "headers").into_iter().flatten();
        let response = Response {
            headers: headers.map(|(name, _)| name.clone()).collect(),
            models: content(Some(of)),
        };
        method.responses.insert(status.clone(), response);
    }
    method
}

/// By media type: the model's name, or the schema itself where it has none.
fn content(of: Option<&Value>) -> Texts {
    let all = of.and_then(|of| object(of, "content")).into_iter();
    let one = |(kind, of): (&String, &Value)| {
        let schema = of.get("schema")?;
        let name = match schema.get("$ref").and_then(Value::as_str) {
            Some(to) => model_name(to),
            None => text_of(schema),
        };
        Some((kind.clone(), name))
    };
    all.flatten().filter_map(one).collect()
}

/// What a caller is asked for.
fn guard(
    method: &mut Method,
    operation: &Value,
    security: Option<&Value>,
    schemes: &Map<String, Value>,
) {
    method.authorization = "NONE".to_owned();
    let asked = security.and_then(Value::as_array).into_iter().flatten();
    for (name, scopes) in asked.filter_map(Value::as_object).flatten() {
        let scheme = schemes.get(name).unwrap_or(&Value::Null);
        let kind = text(scheme, "x-amazon-apigateway-authtype");
        let kind = kind.unwrap_or_default();
        let own = scheme.get("x-amazon-apigateway-authorizer");
        if let Some(own) = own {
            let cognito =
                text(own, "type").is_some_and(|of| of.eq_ignore_ascii_case("cognito_user_pools"));
            method.authorization = match cognito {
                true => "COGNITO_USER_POOLS".to_owned(),
                false => "CUSTOM".to_owned(),
            };
            method.authorizer = Some(name.clone());
            let scopes = scopes.as_array().into_iter().flatten();
            let scopes = scopes.filter_map(Value::as_str).map(str::to_owned);
            method.scopes = scopes.collect();
        } else if kind.eq_ignore_ascii_case("awsSigv4") || name == "sigv4" {
            method.authorization = "AWS_IAM".to_owned();
        } else if is_key(name, scheme) {
            method.key = true;
        } else {
            // The document does not tell what it is; that it is asked for is told.
            method.authorization = "CUSTOM".to_owned();
            method.authorizer = Some(name.clone());
        }
    }
    let said = below(operation, &["x-amazon-apigateway-auth", "type"]);
    match said.and_then(Value::as_str) {
        Some(said) if said.eq_ignore_ascii_case("aws_iam") => {
            method.authorization = "AWS_IAM".to_owned();
        }
        _ => {}
    }
}

fn is_key(name: &str, scheme: &Value) -> bool {
    let header = text(scheme, "name").unwrap_or_default();
    let custom = scheme.get("x-amazon-apigateway-authtype").is_some();
    (!custom && header.eq_ignore_ascii_case("x-api-key")) || (scheme.is_null() && name == "api_key")
}

fn integration(of: &Value) -> Integration {
    let responses = object(of, "responses").into_iter().flatten();
    let response = |(pattern, of): (&String, &Value)| {
        let response = IntegrationResponse {
            status: text(of, "statusCode").unwrap_or_default(),
            parameters: texts(of, "responseParameters"),
            templates: texts(of, "responseTemplates"),
            content_handling: text(of, "contentHandling"),
        };
        (pattern.clone(), response)
    };
    let mode = text(of, "responseTransferMode");
    Integration {
        kind: text(of, "type").unwrap_or_default(),
        uri: text(of, "uri"),
        verb: text(of, "httpMethod"),
        link: text(of, "connectionId"),
        credentials: text(of, "credentials"),
        timeout_ms: number(of, "timeoutInMillis").unwrap_or(TIMEOUT_MS),
        passthrough: text(of, "passthroughBehavior").unwrap_or_default(),
        content_handling: text(of, "contentHandling"),
        insecure: of
            .get("tlsConfig")
            .is_some_and(|tls| holds(tls, "insecureSkipVerification")),
        streams: mode.is_some_and(|mode| mode.eq_ignore_ascii_case("stream")),
        cache_keys: list(of, "cacheKeyParameters"),
        parameters: texts(of, "requestParameters"),
        templates: texts(of, "requestTemplates"),
        responses: responses.map(response).collect(),
    }
}

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use serde_json::{Value, json};

use super::*;
use crate::model::difference::{Change, Difference, Level};

const LAMBDA: &str = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:482177391105:function";

/// A document in AWS's form with these paths, as `GetExport` gives it for `oas30` with the extensions of API Gateway.
fn document(paths: Value, components: Value) -> Value {
    json!({
        "openapi": "3.0.1",
        "info": {"title": "shop", "version": "2026-11-28T04:00:00Z"},
        "servers": [{"url": "https://k3v9qp2xw1.execute-api.eu-west-1.amazonaws.com/{basePath}",
            "variables": {"basePath": {"default": "prod"}}}],
        "paths": paths,
        "components": components,
    })
}

fn read(document: &Value) -> Definition {
    export(&document.to_string()).unwrap()
}

fn proxy(function: &str) -> Value {
    json!({
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": format!("{LAMBDA}:{function}/invocations"),
        "responses": {"default": {"statusCode": "200"}},
        "passthroughBehavior": "when_no_match",
    })
}

fn place(verb: &str, path: &str) -> Place {
    Place {
        path: path.into(),
        verb: verb.into(),
    }
}

/// A Lambda proxy as the API's parts have it.
fn behind(function: &str) -> Integration {
    Integration {
        kind: "AWS_PROXY".into(),
        uri: Some(format!("{LAMBDA}:{function}/invocations")),
        verb: Some("POST".into()),
        timeout_ms: TIMEOUT_MS,
        passthrough: "WHEN_NO_MATCH".into(),
        responses: [(
            "default".to_owned(),
            IntegrationResponse {
                status: "200".into(),
                ..IntegrationResponse::default()
            },
        )]
        .into(),
        ..Integration::default()
    }
}

fn open(function: &str) -> Method {
    Method {
        authorization: "NONE".into(),
        integration: Some(behind(function)),
        ..Method::default()
    }
}

fn of(methods: &[(&str, &str, Method)]) -> Definition {
    let methods = methods.iter();
    let methods = methods.map(|(verb, path, method)| (place(verb, path), method.clone()));
    Parts {
        read: Definition {
            methods: methods.collect(),
            ..Definition::default()
        },
        ..Parts::default()
    }
    .whole()
}

/// What differs, as `~ POST /a: Authorization none > IAM`.
fn told(difference: &Difference) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in difference.entries() {
        let sign = entry.change.map_or(" ", Change::sign);
        if entry.change != Some(Change::Changed) {
            lines.push(format!("{sign} {}: {}", entry.name, entry.summary));
            continue;
        }
        for field in &entry.fields {
            let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "–".into());
            lines.push(format!(
                "{sign} {}: {} {} > {}",
                entry.name,
                field.name,
                side(&field.before),
                side(&field.after)
            ));
        }
    }
    lines
}

fn risks(before: &Definition, after: &Definition) -> Vec<(Level, String)> {
    let difference = difference(before, after);
    let entries = difference.entries();
    for risk in difference.risks() {
        let entry = entries.iter().position(|entry| entry.path == risk.path);
        let entry = entry.unwrap_or_else(|| panic!("{risk:?} stands nowhere"));
        let fields = &entries[entry].fields;
        assert!(
            risk.field.is_empty() || fields.iter().any(|field| field.name == risk.field),
            "{risk:?} stands at no field"
        );
    }
    let risks = difference.risks().iter();
    risks.map(|risk| (risk.level, risk.words.clone())).collect()
}

#[test]
fn the_petstore_as_aws_exports_it_is_read() {
    // From AWS's answer for the sample API: an operation of it, with its model.
    let document = document(
        json!({"/pets": {"post": {
            "operationId": "CreatePet",
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewPet"}}}, "required": true},
            "responses": {"200": {"description": "200 response",
                "headers": {"Access-Control-Allow-Origin": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewPetResponse"}}}}},
            "x-amazon-apigateway-integration": {
                "type": "http", "httpMethod": "POST", "uri": "http://petstore.example/pets",
                "responses": {"default": {"statusCode": "200",
                    "responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"}}},
                "passthroughBehavior": "when_no_match"}},
          "get": {
            "parameters": [{"name": "type", "in": "query", "schema": {"type": "string"}}],
            "responses": {"200": {"description": "200 response", "content": {}}},
            "x-amazon-apigateway-integration": {"type": "mock",
                "responses": {"default": {"statusCode": "200"}},
                "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
                "passthroughBehavior": "when_no_match"}}}}),
        json!({"schemas": {
            "NewPet": {"type": "object", "properties": {"type": {"$ref": "#/components/schemas/PetType"}}},
            "NewPetResponse": {"type": "object"},
            "PetType": {"type": "string", "enum": ["dog", "cat"]},
            "Nobodys": {"type": "object"}}}),
    );
    let read = read(&document);
    let names: Vec<_> = read.methods.keys().map(Place::name).collect();
    assert_eq!(names, ["GET /pets", "POST /pets"]);
    let post = &read.methods[&place("POST", "/pets")];
    assert_eq!(post.models["application/json"], "NewPet");
    assert_eq!(post.operation.as_deref(), Some("CreatePet"));
    assert_eq!(
        post.responses["200"].headers,
        ["Access-Control-Allow-Origin"]
    );
    assert!(post.is_open());
    let behind = post.integration.as_ref().unwrap();
    assert_eq!((behind.kind.as_str(), behind.timeout_ms), ("HTTP", 29_000));
    let get = &read.methods[&place("GET", "/pets")];
    assert!(!get.parameters["querystring.type"]);
    assert_eq!(
        get.integration.as_ref().unwrap().passthrough,
        "WHEN_NO_MATCH"
    );
    let models: Vec<_> = read.models.keys().map(String::as_str).collect();
    assert_eq!(models, ["NewPet", "NewPetResponse", "PetType"]);
}

#[test]
fn what_is_deployed_is_what_the_api_has_where_nothing_was_changed() {
    let document = document(
        json!({"/orders/{id}": {
            "x-amazon-apigateway-any-method": {
                "parameters": [
                    {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
                    {"name": "X-Id", "in": "header", "required": true, "schema": {"type": "string"}}],
                "security": [{"shop-jwt": []}, {"api_key": []}],
                "x-amazon-apigateway-request-validator": "all",
                "x-amazon-apigateway-integration": proxy("orders:live"),
            },
            "put": {"responses": {"200": {"description": "200 response", "content": {}}},
                "security": [{"sigv4": []}],
                "x-amazon-apigateway-integration": {"type": "aws", "httpMethod": "POST", "connectionType": "INTERNET",
                    "uri": format!("{LAMBDA}:orders/invocations"), "timeoutInMillis": 10000,
                    "contentHandling": "CONVERT_TO_TEXT", "cacheKeyParameters": ["b", "a"],
                    "responses": {".*Error.*": {"statusCode": "500", "responseTemplates": {"application/json": "{}"}}}}},
        }}),
        json!({"securitySchemes": {
            "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
            "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"},
            "shop-jwt": {"type": "apiKey", "name": "X-Token", "in": "header", "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": format!("{LAMBDA}:auth/invocations")}}}}),
    );
    let mut document = document;
    document["x-amazon-apigateway-request-validators"] =
        json!({"all": {"validateRequestParameters": true, "validateRequestBody": true}});
    document["x-amazon-apigateway-binary-media-types"] = json!(["image/png", "image/jpg"]);
    document["x-amazon-apigateway-policy"] =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*"}]});
    document["x-amazon-apigateway-gateway-responses"] = json!({"DEFAULT_4XX": {"statusCode": 400, "responseParameters": {"gatewayresponse.header.X": "'1'"}}});
    let deployed = read(&document);

    let any = Method {
        authorization: "CUSTOM".into(),
        authorizer: Some("a1".into()),
        key: true,
        validator: Some("v1".into()),
        parameters: [("path.id".into(), true), ("header.X-Id".into(), true)].into(),
        integration: Some(behind("orders:live")),
        ..Method::default()
    };
    let put = Method {
        authorization: "AWS_IAM".into(),
        // A method that had an authorizer may name it still.
        authorizer: Some("a1".into()),
        responses: [("200".to_owned(), Response::default())].into(),
        integration: Some(Integration {
            kind: "AWS".into(),
            uri: Some(format!("{LAMBDA}:orders/invocations")),
            timeout_ms: 10_000,
            passthrough: "WHEN_NO_MATCH".into(),
            content_handling: Some("CONVERT_TO_TEXT".into()),
            cache_keys: vec!["a".into(), "b".into()],
            responses: [(
                ".*Error.*".to_owned(),
                IntegrationResponse {
                    status: "500".into(),
                    templates: [("application/json".into(), "{}".into())].into(),
                    ..IntegrationResponse::default()
                },
            )]
            .into(),
            ..behind("orders")
        }),
        ..Method::default()
    };
    let now = Parts {
        read: Definition {
            settings: Settings {
                policy: policy_of(
                    r#"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Principal\":\"*\",\"Effect\":\"Allow\"}]}"#,
                ),
                binary_media_types: vec!["image/jpg".into(), "image/png".into()],
                ..Settings::default()
            },
            methods: [
                (place("ANY", "/orders/{id}"), any),
                (place("PUT", "/orders/{id}"), put),
            ]
            .into(),
            authorizers: [(
                "shop-jwt".to_owned(),
                Authorizer {
                    kind: "TOKEN".into(),
                    uri: Some(format!("{LAMBDA}:auth/invocations")),
                    identity: "method.request.header.X-Token".into(),
                    ttl_s: AUTHORIZER_TTL_S,
                    ..Authorizer::default()
                },
            )]
            .into(),
            validators: [
                ("all".to_owned(), Validator { body: true, parameters: true }),
                ("nobodys".to_owned(), Validator::default()),
            ]
            .into(),
            models: [("Error".to_owned(), Parts::schema("{}"))].into(),
            responses: [(
                "DEFAULT_4XX".to_owned(),
                GatewayResponse {
                    status: Some("400".into()),
                    parameters: [("gatewayresponse.header.X".into(), "'1'".into())].into(),
                    ..GatewayResponse::default()
                },
            )]
            .into(),
        },
        authorizers: [("a1".into(), "shop-jwt".into())].into(),
        validators: [("v1".into(), "all".into())].into(),
    }
    .whole();
    assert_eq!(told(&difference(&deployed, &now)), Vec::<String>::new());
    assert_eq!(deployed, now);
}

#[test]
fn every_difference_is_told_method_by_method_and_field_by_field() {
    let guarded = |ttl| Method {
        authorization: "AWS_IAM".into(),
        integration: Some(Integration {
            timeout_ms: ttl,
            ..behind("capture:live")
        }),
        ..Method::default()
    };
    let mut after = guarded(10_000);
    after.authorization = "NONE".into();
    after.integration = Some(Integration {
        timeout_ms: 10_000,
        ..behind("capture:stable")
    });
    let before = of(&[
        ("POST", "/payments", guarded(29_000)),
        ("GET", "/legacy", open("cart")),
        ("GET", "/same", open("same")),
    ]);
    let after = of(&[
        ("POST", "/payments", after),
        ("GET", "/same", open("same")),
        ("POST", "/refunds", guarded(29_000)),
    ]);
    let difference = difference(&before, &after);
    assert_eq!(
        told(&difference),
        [
            "~ POST /payments: Authorization IAM > none",
            "~ POST /payments: Integration Lambda proxy capture:live > Lambda proxy capture:stable",
            "~ POST /payments: Timeout 29,000 ms > 10,000 ms",
            "+ POST /refunds: Lambda proxy capture:live · IAM",
            "− GET /legacy: Lambda proxy cart · open",
        ]
    );
    let words: Vec<_> = difference
        .risks()
        .iter()
        .map(|risk| risk.short.as_str())
        .collect();
    assert_eq!(words, ["open to the world", "another backend", "gone"]);
    assert_eq!(difference.risks()[0].level, Level::Danger);
    assert_eq!(
        place_of(&difference.risks()[0].path),
        Some(place("POST", "/payments"))
    );
}

#[test]
fn functions_of_one_name_in_two_accounts_are_told_apart() {
    let other = Method {
        integration: Some(Integration {
            uri: Some(format!(
                "{}:orders/invocations",
                LAMBDA.replace("482177391105", "111122223333")
            )),
            ..behind("orders")
        }),
        ..open("orders")
    };
    let difference = difference(
        &of(&[("GET", "/", open("orders"))]),
        &of(&[("GET", "/", other)]),
    );
    let field = &difference.entries()[0].fields[0];
    assert_eq!(field.name, "Integration");
    assert!(field.after.as_ref().unwrap().contains("111122223333"));
    assert!(field.before.as_ref().unwrap().contains("482177391105"));
}

/// One method in two states.
fn pair(was: Method, will: Method) -> Vec<(Level, String)> {
    risks(&of(&[("POST", "/a", was)]), &of(&[("POST", "/a", will)]))
}

fn with(change: impl FnOnce(&mut Method)) -> Method {
    let mut method = open("f");
    change(&mut method);
    method
}

#[test]
fn who_may_call_what_could_not_be_called_is_a_danger() {
    let custom = |name: &str| {
        let name = name.to_owned();
        with(|method| {
            method.authorization = "CUSTOM".into();
            method.authorizer = Some(name);
        })
    };
    let iam = || with(|method| method.authorization = "AWS_IAM".into());
    let key = || with(|method| method.key = true);
    let cases = [
        (
            custom("jwt"),
            open("f"),
            "POST /a loses its authorizer jwt: anybody may call it.",
        ),
        (
            custom("jwt"),
            key(),
            "POST /a loses its authorizer jwt: a key is all that is asked for.",
        ),
        (
            iam(),
            open("f"),
            "POST /a loses its IAM authorization: anybody may call it.",
        ),
        (
            key(),
            open("f"),
            "POST /a no longer asks for a key: anybody may call it.",
        ),
    ];
    for (was, will, words) in cases {
        assert_eq!(pair(was, will), [(Level::Danger, words.to_owned())]);
    }
    let both = with(|method| {
        method.authorization = "AWS_IAM".into();
        method.key = true;
    });
    let told = pair(both, iam());
    assert_eq!(told[0].0, Level::Danger);
    assert!(
        told[0].1.contains("plans, quotas and throttles"),
        "{told:?}"
    );
    let told = pair(custom("jwt"), custom("other"));
    assert_eq!(
        told,
        [(
            Level::Warning,
            "POST /a is guarded by Authorizer other, no longer by Authorizer jwt.".to_owned()
        )]
    );
    // What becomes stricter by being guarded is no risk.
    assert!(pair(open("f"), iam()).is_empty());
}

#[test]
fn what_reaches_a_backend_unchecked_and_what_is_refused_from_now_on_is_told() {
    let checked = |validator: Option<&str>, required| {
        let validator = validator.map(str::to_owned);
        with(|method| {
            method.validator = validator;
            method
                .parameters
                .insert("querystring.page".into(), required);
        })
    };
    let told = pair(checked(Some("all"), false), checked(None, false));
    assert_eq!(
        told,
        [(
            Level::Warning,
            "POST /a is no longer checked: what all refused reaches the backend.".to_owned()
        )]
    );
    let of = |required, parameters| {
        let mut one = super::tests::of(&[("POST", "/a", checked(Some("all"), required))]);
        one.validators.insert(
            "all".into(),
            Validator {
                body: true,
                parameters,
            },
        );
        one
    };
    assert_eq!(
        risks(&of(false, true), &of(true, true)),
        [(
            Level::Warning,
            "POST /a requires querystring.page: without it, 400.".to_owned()
        )]
    );
    assert_eq!(
        risks(&of(true, true), &of(true, false)),
        [(
            Level::Warning,
            "all checks body only: it checked body and parameters.".to_owned()
        )]
    );
}

#[test]
fn a_model_that_requires_more_an_authorizer_that_remembers_longer_and_a_lost_policy_are_told() {
    let of = |required: Value, ttl_s, policy: Option<&str>| {
        let schema = json!({"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "required": required});
        let method = with(|method| {
            method
                .models
                .insert("application/json".into(), "Order".into());
            method.authorization = "CUSTOM".into();
            method.authorizer = Some("a1".into());
        });
        Parts {
            read: Definition {
                settings: Settings {
                    policy: policy.and_then(policy_of),
                    ..Settings::default()
                },
                methods: [(place("POST", "/a"), method)].into(),
                models: [("Order".to_owned(), Parts::schema(&schema.to_string()))].into(),
                authorizers: [(
                    "jwt".to_owned(),
                    Authorizer {
                        kind: "TOKEN".into(),
                        ttl_s,
                        ..Authorizer::default()
                    },
                )]
                .into(),
                ..Definition::default()
            },
            authorizers: [("a1".into(), "jwt".into())].into(),
            ..Parts::default()
        }
        .whole()
    };
    let policy = Some(r#"{"Statement":[]}"#);
    let told = risks(
        &of(json!(["id"]), 300, policy),
        &of(json!(["id", "currency"]), 3_600, None),
    );
    assert_eq!(
        told,
        [
            (
                Level::Danger,
                "The resource policy is gone: it decides no longer who may call.".to_owned()
            ),
            (
                Level::Warning,
                "jwt remembers for 3600 s: a token that is taken back works that much longer."
                    .to_owned()
            ),
            (
                Level::Warning,
                "Order requires currency: where it is checked, a body without gets 400.".to_owned()
            ),
        ]
    );
    let told = super::difference(
        &of(json!(["id"]), 300, None),
        &of(json!(["id", "currency"]), 300, None),
    );
    assert_eq!(
        self::told(&told),
        [r#"~ Order: required ["id"] > ["id","currency"]"#]
    );
}

#[test]
fn a_first_deployment_brings_no_risks_and_a_later_open_method_does() {
    let all = of(&[("GET", "/", open("f")), ("OPTIONS", "/", open("f"))]);
    assert!(risks(&Definition::default(), &all).is_empty());
    let with_new = of(&[
        ("GET", "/", open("f")),
        ("OPTIONS", "/", open("f")),
        ("GET", "/new", open("f")),
    ]);
    assert_eq!(
        risks(&all, &with_new),
        [(
            Level::Warning,
            "GET /new is new, and anybody may call it.".to_owned()
        )]
    );
}

#[test]
fn what_can_not_be_compared_is_refused_and_never_read_as_nothing() {
    assert!(export("not json").unwrap_err().contains("no JSON"));
    assert!(export(r#"{"swagger":"2.0","paths":{}}"#).is_err());
    // Without the extensions nothing says what answers.
    let bare = document(
        json!({"/": {"get": {"responses": {"200": {"description": "200 response"}}}}}),
        json!({}),
    );
    assert_eq!(
        export(&bare.to_string()).unwrap_err(),
        "The export does not say what answers its methods"
    );
}

#[test]
fn cognito_scopes_and_the_security_of_all_methods_are_read() {
    let mut document = document(
        json!({"/a": {
            "get": {"security": [{"pool": ["shop/read", "shop/all"]}], "x-amazon-apigateway-integration": proxy("f")},
            "post": {"x-amazon-apigateway-integration": proxy("f")},
            "put": {"security": [], "x-amazon-apigateway-integration": proxy("f")},
            "delete": {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}, "security": [], "x-amazon-apigateway-integration": proxy("f")},
        }}),
        json!({"securitySchemes": {
            "pool": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "cognito_user_pools",
                "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": ["arn:b", "arn:a"]}},
            "asked": {"type": "apiKey", "name": "Unused", "in": "header", "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {"type": "request", "authorizerResultTtlInSeconds": 0,
                    "identitySource": "method.request.querystring.b, method.request.header.A"}}}}),
    );
    document["security"] = json!([{"asked": []}]);
    let read = read(&document);
    let get = &read.methods[&place("GET", "/a")];
    assert_eq!(get.authorization, "COGNITO_USER_POOLS");
    assert_eq!(get.scopes, ["shop/all", "shop/read"]);
    assert_eq!(get.guard(), "Cognito pool");
    assert_eq!(
        read.methods[&place("POST", "/a")].authorizer.as_deref(),
        Some("asked")
    );
    assert!(read.methods[&place("PUT", "/a")].is_open());
    assert_eq!(
        read.methods[&place("DELETE", "/a")].authorization,
        "AWS_IAM"
    );
    assert_eq!(read.authorizers["pool"].providers, ["arn:a", "arn:b"]);
    let asked = &read.authorizers["asked"];
    assert_eq!(asked.ttl_s, 0);
    assert_eq!(
        asked.identity,
        "method.request.header.A, method.request.querystring.b"
    );
}

#[test]
fn references_to_models_are_their_names_however_they_are_written() {
    let own = Parts::schema(
        r##"{"$schema":"x","type":"array","items":{"$ref":"https://apigateway.amazonaws.com/restapis/k3v9qp2xw1/models/Pet"}}"##,
    );
    let exported = super::normal::schema(
        &json!({"items": {"$ref": "#/components/schemas/Pet"}, "type": "array"}),
    );
    assert_eq!(own, exported);
    assert_eq!(own["items"], r#"{"$ref":"Pet"}"#);
}

#[test]
fn a_policy_is_one_whatever_its_quotes() {
    let plain = policy_of(r#"{"b":1,"a":[2]}"#);
    assert_eq!(plain.as_deref(), Some(r#"{"a":[2],"b":1}"#));
    assert_eq!(policy_of(r#"{\"a\":[2],\"b\":1}"#), plain);
    assert_eq!(policy_of(""), None);
}

//! Documents and what is planned of them.
#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;
use serde_json::json;

fn options(base_path: BasePath) -> Options {
    Options {
        base_path,
        api: "abc".into(),
        region: "eu-west-2".into(),
        account: "123456789012".into(),
        partition: "aws".into(),
        ..Options::default()
    }
}

fn planned(text: &str) -> Plan {
    read(text.as_bytes(), &options(BasePath::Ignore)).unwrap()
}

fn told(notes: &[Note]) -> Vec<String> {
    notes.iter().map(Note::told).collect()
}

/// An OpenAPI 3.0 document of one path, `members` being what its GET says.
fn get(path: &str, members: Value) -> String {
    let document =
        json!({"openapi": "3.0.1", "info": {"title": "t"}, "paths": {path: {"get": members}}});
    document.to_string()
}

fn method(plan: &Plan) -> &Method {
    &plan.paths[0].methods[0]
}

#[test]
fn what_is_no_document_of_these_languages_is_refused() {
    for text in [
        "",
        "hello",
        "[1]",
        "{'key:value}",
        "a: [",
        "{\"info\":{\"title\":\"t\"},\"paths\":{}}",
        "swagger: '1.2'\ninfo: {title: t}\n",
        "openapi: 3.1.0\ninfo: {title: t}\npaths: {}\n",
        "asyncapi: 2.0.0\n",
    ] {
        let got = read(text.as_bytes(), &options(BasePath::Ignore));
        assert_eq!(got.err(), Some(Refused::NotOpenApi), "{text}");
    }
    assert_eq!(
        read(&[0xff, 0xfe], &options(BasePath::Ignore)).err(),
        Some(Refused::NotOpenApi)
    );
    let large = format!("swagger: '2.0'\n#{}", "x".repeat(12 * 1024 * 1024));
    let got = read(large.as_bytes(), &options(BasePath::Ignore));
    assert_eq!(got.err(), Some(Refused::TooLarge(large.len())));
}

#[test]
fn a_base_path_is_ignored_prepended_or_split() {
    let server = |server: &str| {
        format!("openapi: 3.0.0\ninfo: {{title: t}}\nservers: [{server}]\npaths: {{/test: {{}}}}\n")
    };
    let swagger =
        "swagger: '2.0'\ninfo: {title: t}\nbasePath: /base\npaths: {/test: {}}\n".to_owned();
    let url = server("{url: 'https://x.example/base-url/part/'}");
    let variable =
        server("{url: 'https://x.example', variables: {basePath: {default: /base-var}}}");
    let both = server(
        "{url: 'https://{host}/{v}/api', variables: {host: {default: h}, v: {default: v1}}}",
    );
    let none = server("{url: /}");
    for (text, [ignored, prepended, split]) in [
        (swagger, ["/test", "/base/test", "/test"]),
        (url, ["/test", "/base-url/part/test", "/part/test"]),
        (variable, ["/test", "/base-var/test", "/test"]),
        (both, ["/test", "/v1/api/test", "/api/test"]),
        (none, ["/test", "/test", "/test"]),
    ] {
        for (how, expected) in [
            (BasePath::Ignore, ignored),
            (BasePath::Prepend, prepended),
            (BasePath::Split, split),
        ] {
            let plan = read(text.as_bytes(), &options(how)).unwrap();
            assert_eq!(plan.paths[0].path, expected, "{text} {how:?}");
        }
    }
}

#[test]
fn an_operation_becomes_a_method_with_its_integration() {
    let text = r##"
swagger: 2.0
info: {title: Uber, version: 1}
produces: [application/json, application/xml]
parameters:
  lat: {name: latitude, in: query, required: true, type: number}
paths:
  /products/{id}:
    parameters:
      - {name: Authorization, in: header, required: true, type: string}
    get:
      operationId: List
      parameters:
        - $ref: '#/parameters/lat'
        - {name: b, in: body, schema: {$ref: '#/definitions/Product'}}
      responses:
        200: {description: ok, schema: {type: array, items: {$ref: '#/definitions/Product'}}, headers: {X-A: {type: string}}}
        default: {description: other}
      x-amazon-apigateway-auth: {type: aws_iam}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: post
        uri: arn:aws:apigateway:us-east-1:sqs:path/1/q
        cacheNamespace: cache namespace
        passThroughBehavior: never
        timeoutInMillis: 5000
        requestParameters: {integration.request.header.A: "'x'", integration.request.header.nothing: true}
        requestTemplates: {application/json: '', application/xml: <a/>}
        responses:
          2\d{2}: {statusCode: 200, responseParameters: {method.response.header.X-A: "'1'"}}
          default: {statusCode: '400'}
definitions:
  Product: {properties: {id: {type: string}}}
"##;
    let plan = planned(text);
    assert_eq!(told(&plan.errors), [""; 0]);
    let method = method(&plan);
    assert_eq!(
        serde_json::to_value(&method.request_parameters).unwrap(),
        json!({
            "method.request.path.id": true, "method.request.header.Authorization": true,
            "method.request.querystring.latitude": true,
        })
    );
    assert_eq!(method.authorization_type, "AWS_IAM");
    assert_eq!(method.request_models["application/json"], "Product");
    let ok = &method.method_responses["200"];
    let models = ok.response_models.as_ref().unwrap();
    let made = &models["application/xml"];
    assert!(made.starts_with("MODEL") && models["application/json"] == *made);
    let model = plan
        .models
        .iter()
        .find(|model| model.name == *made)
        .unwrap();
    let reference = "https://apigateway.amazonaws.com/restapis/abc/models/Product";
    assert!(model.schema.as_ref().unwrap().contains(reference));
    let made = method.method_integration.as_ref().unwrap();
    assert_eq!(
        (made.kind.as_str(), made.http_method.as_deref()),
        ("AWS", Some("POST"))
    );
    assert_eq!(
        (made.cache_namespace.as_str(), made.timeout_in_millis),
        ("cache namespace", 5000)
    );
    assert_eq!(made.passthrough_behavior, "WHEN_NO_MATCH");
    assert_eq!(made.request_templates["application/json"], None);
    assert_eq!(
        made.integration_responses["200"]
            .selection_pattern
            .as_deref(),
        Some(r"2\d{2}")
    );
    assert_eq!(made.integration_responses["400"].selection_pattern, None);
    assert_eq!(
        told(&plan.warnings),
        [
            "Response 'default' of method 'GET' on resource at path '/products/{id}' is not supported. Ignoring.",
            "Integration has no property 'passThroughBehavior', it is ignored: 'passthroughBehavior' is written so (line 25)",
            "Invalid format for 'requestParameters'. Expected type string for property 'integration.request.header.nothing' of resource '/products/{id}' and method 'GET' but got 'true'",
        ]
    );
}

#[test]
fn a_requirement_becomes_an_authorizer_a_signature_or_a_key() {
    let document = |security: Value| {
        json!({
            "openapi": "3.0.1", "info": {"title": "t"}, "paths": {"/": {"get": {"security": security}}},
            "components": {"securitySchemes": {
                "key": {"type": "apiKey", "name": "X-Api-Key", "in": "header"},
                "aws.auth#sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"},
                "basic": {"type": "http", "scheme": "Basic"},
                "token": {"type": "apiKey", "name": "Auth", "in": "header", "x-amazon-apigateway-authtype": "oauth2",
                    "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": "arn:x", "identitySource": "", "authorizerResultTtlInSeconds": 60}},
                "query": {"type": "apiKey", "name": "auth", "in": "query",
                    "x-amazon-apigateway-authorizer": {"type": "request", "authorizerUri": "arn:x"}},
                "pool": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "cognito_user_pools",
                    "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": ["arn:p"]}},
            }},
        })
        .to_string()
    };
    for (security, kind, authorizer, scopes, key) in [
        (json!([{"key": []}]), "NONE", None, vec![], true),
        (
            json!([{"basic": []}, {"aws.auth#sigv4": []}]),
            "AWS_IAM",
            None,
            vec![],
            false,
        ),
        (
            json!([{"token": []}, {"key": []}]),
            "CUSTOM",
            Some("token"),
            vec![],
            true,
        ),
        (
            json!([{"pool": ["email"]}]),
            "COGNITO_USER_POOLS",
            Some("pool"),
            vec!["email"],
            false,
        ),
        (json!([]), "NONE", None, vec![], false),
    ] {
        let plan = planned(&document(security));
        let method = method(&plan);
        assert_eq!(method.authorization_type, kind);
        assert_eq!(method.authorizer_id.as_deref(), authorizer);
        assert_eq!(method.authorization_scopes, scopes);
        assert_eq!(method.api_key_required, key);
        let said: Vec<_> = plan
            .authorizers
            .iter()
            .map(|one| {
                (
                    one.name.as_str(),
                    one.kind.as_str(),
                    one.auth_type.as_deref().unwrap(),
                    one.identity_source.as_deref().unwrap(),
                )
            })
            .collect();
        let expected = [
            (
                "pool",
                "COGNITO_USER_POOLS",
                "cognito_user_pools",
                "method.request.header.Authorization",
            ),
            (
                "query",
                "REQUEST",
                "custom",
                "method.request.querystring.auth",
            ),
            ("token", "TOKEN", "oauth2", "method.request.header.Auth"),
        ];
        let mut sorted = said.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
    }
    let plan = planned(&document(json!([{"basic": []}, {"gone": []}])));
    assert_eq!(
        told(&plan.warnings),
        [
            "Security scheme 'basic' is not supported. Ignoring.",
            "Reference to security scheme 'gone' not found. Ignoring.",
        ]
    );
}

#[test]
fn cloudformation_is_understood_and_told_with_its_line() {
    let text = "openapi: 3.0.1
info: {title: t}
paths:
  /a:
    get:
      security:
        - key:
            Fn::If: [Dev, [], {Ref: 'AWS::NoValue'}]
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: GET
        credentials: !GetAtt Role.Arn
        uri:
          Fn::Sub:
            - arn:${AWS::Partition}:apigateway:${AWS::Region}:s3:path/${AWS::AccountId}-${env}/${Other}
            - env: {Fn::If: [Local, dev, {Ref: Environment}]}
  /b:
    get:
      x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: 'https://${host}/${stageVariables.x}'}
  /c:
    get:
      x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: 'https://${stageVariables.x}/'}
components:
  securitySchemes:
    key: {type: apiKey, name: x-api-key, in: header}
";
    let plan = planned(text);
    assert_eq!(told(&plan.errors), [""; 0]);
    assert!(method(&plan).api_key_required);
    let made = method(&plan).method_integration.as_ref().unwrap();
    assert_eq!(
        made.uri.as_deref(),
        Some("arn:aws:apigateway:eu-west-2:s3:path/123456789012-dev/${Other}")
    );
    assert_eq!(made.credentials.as_deref(), Some("${Role.Arn}"));
    assert_eq!(
        told(&plan.warnings),
        [
            "CloudFormation's Fn::If is not evaluated on import: read as what it names first (line 7)",
            "CloudFormation's Fn::GetAtt is not evaluated on import: read as '${Role.Arn}' (line 12)",
            "CloudFormation's Fn::Sub is not evaluated on import: read as 'arn:aws:apigateway:eu-west-2:s3:path/123456789012-dev/${Other}' (line 13)",
            "'uri' has a variable that nobody has filled in: 'https://${host}/${stageVariables.x}' (line 19)",
        ]
    );
}

#[test]
fn references_may_go_round_between_models_and_nowhere_else() {
    let text = "openapi: 3.0.1
info: {title: t}
paths:
  /a:
    get:
      parameters: [{$ref: '#/components/parameters/A'}, {$ref: '#/components/parameters/gone'}]
      responses:
        200: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Person'}}}}
        201: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Gone'}}}}
components:
  parameters:
    A: {$ref: '#/components/parameters/B'}
    B: {$ref: '#/components/parameters/A'}
  schemas:
    Person: {type: object, properties: {house: {$ref: '#/components/schemas/House'}}}
    House: {type: object, description: Where, properties: {of: {$ref: '#/components/schemas/Person'}}}
    Self: {$ref: '#/components/schemas/Self'}
";
    let plan = planned(text);
    let names: Vec<_> = plan
        .models
        .iter()
        .map(|model| model.name.as_str())
        .collect();
    assert_eq!(names, ["Person", "House"]);
    assert_eq!(plan.models[1].description.as_deref(), Some("Where"));
    assert_eq!(
        told(&plan.errors),
        [
            "Unable to resolve reference '#/components/schemas/Self': it is circular",
            "Unable to resolve reference '#/components/parameters/A': it is circular",
        ]
    );
    assert_eq!(plan.errors[1].line, Some(6));
    assert_eq!(
        told(&plan.warnings),
        [
            "Reference '#/components/parameters/gone' not found. Ignoring.",
            "Reference to model 'Gone' not found. Ignoring.",
        ]
    );
}

#[test]
fn what_readers_are_told_becomes_documentation() {
    let mut document: Value = serde_json::from_str(&get(
        "/a",
        json!({
            "summary": "One", "tags": ["x"],
            "parameters": [{"name": "q", "in": "query", "description": "Which"}],
            "responses": {"200": {"description": "200 response"}, "404": {"description": "None"}},
        }),
    ))
    .unwrap();
    document["info"]["description"] = "Whole".into();
    document["x-amazon-apigateway-documentation"] = json!({"documentationParts": [
        {"location": {"type": "API"}, "properties": {"info": {"description": "Told"}}},
        {"location": {"type": "RESPONSE", "method": "*", "statusCode": "404"}, "properties": {"description": "Nothing"}},
    ]});
    let plan = planned(&document.to_string());
    let expected = [
        (json!({"type": "API"}), r#"{"info":{"description":"Told"}}"#),
        (
            json!({"type": "RESPONSE", "method": "*", "statusCode": "404", "path": "/"}),
            r#"{"description":"Nothing"}"#,
        ),
        (
            json!({"type": "METHOD", "path": "/a", "method": "GET"}),
            r#"{"tags":["x"],"summary":"One"}"#,
        ),
        (
            json!({"type": "QUERY_PARAMETER", "path": "/a", "method": "GET", "name": "q"}),
            r#"{"description":"Which"}"#,
        ),
    ];
    let expected = expected.map(|(location, text)| (location, text.to_owned()));
    assert_eq!(plan.documentation, expected);
    let quiet = Options {
        without_documentation: true,
        ..options(BasePath::Ignore)
    };
    let plan = read(document.to_string().as_bytes(), &quiet).unwrap();
    assert_eq!(plan.documentation, []);
}

//! OpenAPI documents through the SDK's client: what a stage serves, exported.

use crate::{
    gateway::{client, create_api, create_resource, mock, patch},
    support::{Live, refusal},
};
use aws_sdk_apigateway::{
    Client,
    types::{AuthorizerType, DocumentationPartLocation, GatewayResponseType, Op},
};
use serde_json::{Value, json};

/// An export's text, with the name of its file.
async fn export(
    client: &Client,
    of: (&str, &str, &str),
    extensions: &str,
    accept: &str,
) -> (String, String) {
    let (api, stage, kind) = of;
    let asked = client.get_export().rest_api_id(api).stage_name(stage);
    let asked = asked.export_type(kind);
    let asked = match extensions {
        "" => asked,
        given => asked.parameters("extensions", given),
    };
    // The SDK for Rust asks for JSON whatever `accepts` says.
    let accept = accept.to_owned();
    let asked = asked.customize().mutate_request(move |request| {
        request.headers_mut().insert("accept", accept.clone());
    });
    let got = asked.send().await.unwrap();
    assert_eq!(got.content_type(), Some("application/octet-stream"));
    let name = got.content_disposition().unwrap().to_owned();
    let text = got.body().unwrap().clone().into_inner();
    (String::from_utf8(text).unwrap(), name)
}

async fn exported(client: &Client, of: (&str, &str, &str), extensions: &str) -> Value {
    let (text, _) = export(client, of, extensions, "application/json").await;
    serde_json::from_str(&text).unwrap()
}

/// An API of one path with all that an export may tell, deployed to `live`.
async fn rich(client: &Client) -> String {
    let (api, root) = create_api(client, "Pets").await;
    let pets = create_resource(client, &api, &root, "pets").await;
    client
        .update_rest_api()
        .rest_api_id(&api)
        .patch_operations(patch(Op::Replace, "/version", "1.0.0"))
        .patch_operations(patch(Op::Add, "/binaryMediaTypes/image~1png", ""))
        .patch_operations(patch(Op::Replace, "/minimumCompressionSize", "0"))
        .patch_operations(patch(Op::Replace, "/apiKeySource", "AUTHORIZER"))
        .patch_operations(patch(
            Op::Replace,
            "/policy",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}"#,
        ))
        .send()
        .await
        .unwrap();
    let model = client.create_model().rest_api_id(&api).name("Pet");
    let reference = format!("https://apigateway.amazonaws.com/restapis/{api}/models/Kind");
    let schema = json!({"type": "object", "properties": {"kind": {"$ref": reference}}});
    let model = model
        .content_type("application/json")
        .schema(schema.to_string());
    model.send().await.unwrap();
    let model = client.create_model().rest_api_id(&api).name("Kind");
    let model = model
        .content_type("application/json")
        .schema(r#"{"type":"string"}"#);
    model.send().await.unwrap();
    let uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:guard/invocations";
    let guard = client.create_authorizer().rest_api_id(&api).name("guard");
    let guard = guard
        .r#type(AuthorizerType::Token)
        .authorizer_uri(uri)
        .identity_source("method.request.header.Authorization")
        .send()
        .await
        .unwrap();
    let validator = client.create_request_validator().rest_api_id(&api);
    let validator = validator.name("all").validate_request_body(true);
    let validator = validator.send().await.unwrap();
    mock(client, &api, &pets, "GET", r#"{"ok":true}"#).await;
    let method = client.update_method().rest_api_id(&api);
    method
        .resource_id(&pets)
        .http_method("GET")
        .patch_operations(patch(
            Op::Add,
            "/requestParameters/method.request.querystring.type",
            "false",
        ))
        .patch_operations(patch(
            Op::Add,
            "/requestParameters/method.request.querystring.page",
            "true",
        ))
        .patch_operations(patch(Op::Add, "/requestModels/application~1json", "Pet"))
        .patch_operations(patch(
            Op::Replace,
            "/requestValidatorId",
            validator.id().unwrap(),
        ))
        .patch_operations(patch(Op::Replace, "/authorizerId", guard.id().unwrap()))
        .patch_operations(patch(Op::Replace, "/authorizationType", "CUSTOM"))
        .patch_operations(patch(Op::Replace, "/apiKeyRequired", "true"))
        .send()
        .await
        .unwrap();
    let answer = client.put_gateway_response().rest_api_id(&api);
    answer
        .response_type(GatewayResponseType::Throttled)
        .status_code("429")
        .response_templates("application/json", "{}")
        .send()
        .await
        .unwrap();
    let deployed = client.create_deployment().rest_api_id(&api);
    deployed.stage_name("live").send().await.unwrap();
    api
}

#[tokio::test]
async fn a_stage_is_exported_as_it_was_frozen_in_both_languages() {
    let live = Live::start().await;
    let client = client(&live);
    let api = rich(&client).await;
    let late = client.update_rest_api().rest_api_id(&api);
    let late = late.patch_operations(patch(Op::Replace, "/name", "Later"));
    late.send().await.unwrap();

    let plain = exported(&client, (&api, "live", "swagger"), "").await;
    assert_eq!(
        plain,
        json!({
            "swagger": "2.0",
            "info": {"version": "1.0.0", "title": "Pets"},
            "host": format!("{api}.execute-api.us-east-1.amazonaws.com"),
            "basePath": "/live",
            "schemes": ["https"],
            "paths": {"/pets": {"get": {
                "consumes": ["application/json"],
                "produces": ["application/json"],
                "parameters": [
                    {"name": "type", "in": "query", "required": false, "type": "string"},
                    {"name": "page", "in": "query", "required": true, "type": "string"},
                    {"in": "body", "name": "Pet", "required": true, "schema": {"$ref": "#/definitions/Pet"}},
                ],
                "responses": {"200": {"description": "200 response"}},
                "security": [{"guard": []}, {"api_key": []}],
            }}},
            "securityDefinitions": {
                "guard": {"type": "apiKey", "name": "Authorization", "in": "header"},
                "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
            },
            "definitions": {
                "Pet": {"type": "object", "properties": {"kind": {"$ref": "#/definitions/Kind"}}},
                "Kind": {"type": "string"},
            },
        })
    );

    let full = exported(&client, (&api, "live", "oas30"), "apigateway").await;
    assert_eq!(full["openapi"], "3.0.1");
    assert_eq!(
        full["servers"][0],
        json!({
            "url": format!("https://{api}.execute-api.us-east-1.amazonaws.com/{{basePath}}"),
            "variables": {"basePath": {"default": "live"}},
        })
    );
    let get = &full["paths"]["/pets"]["get"];
    assert_eq!(
        get["requestBody"],
        json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}, "required": true})
    );
    assert_eq!(
        get["responses"]["200"],
        json!({"description": "200 response", "content": {}})
    );
    assert_eq!(
        get["x-amazon-apigateway-integration"],
        json!({
            "type": "mock",
            "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "{\"ok\":true}"}}},
            "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
            "passthroughBehavior": "when_no_match",
        })
    );
    assert_eq!(get["x-amazon-apigateway-request-validator"], "all");
    let guard = &full["components"]["securitySchemes"]["guard"];
    assert_eq!(guard["x-amazon-apigateway-authtype"], "custom");
    assert_eq!(guard["x-amazon-apigateway-authorizer"]["type"], "token");
    assert_eq!(
        full["x-amazon-apigateway-request-validators"],
        json!({"all": {"validateRequestParameters": false, "validateRequestBody": true}})
    );
    assert_eq!(
        full["x-amazon-apigateway-gateway-responses"],
        json!({"THROTTLED": {"statusCode": 429, "responseTemplates": {"application/json": "{}"}}})
    );
    assert_eq!(
        full["x-amazon-apigateway-policy"]["Statement"][0]["Resource"],
        format!("arn:aws:execute-api:us-east-1:000000000000:{api}/*")
    );
    assert_eq!(full["x-amazon-apigateway-api-key-source"], "AUTHORIZER");
    assert_eq!(full["x-amazon-apigateway-minimum-compression-size"], 0);
    assert_eq!(
        full["x-amazon-apigateway-binary-media-types"],
        json!(["image/png"])
    );
}

#[tokio::test]
async fn an_export_is_a_file_of_json_or_yaml_and_only_of_what_is_there() {
    let live = Live::start().await;
    let client = client(&live);
    let api = rich(&client).await;
    for (kind, accept, begins, name) in [
        (
            "swagger",
            "application/json",
            "{\n  \"swagger\" : \"2.0\",\n  \"info\" : {\n",
            "swagger_1.0.0.json",
        ),
        (
            "swagger",
            "application/yaml",
            "---\nswagger: \"2.0\"\ninfo:\n  version: \"1.0.0\"\n  title: \"Pets\"\n",
            "swagger_1.0.0.yaml",
        ),
        (
            "oas30",
            "application/yaml",
            "openapi: \"3.0.1\"\ninfo:\n  title: Pets\n",
            "oas30_1.0.0.yaml",
        ),
    ] {
        let (text, file) = export(
            &client,
            (&api, "live", kind),
            "integrations,authorizers",
            accept,
        )
        .await;
        assert!(text.starts_with(begins), "{text}");
        assert_eq!(file, format!("attachment; filename=\"{name}\""));
        assert!(
            text.contains("x-amazon-apigateway-integration")
                && text.contains("x-amazon-apigateway-authorizer")
        );
        assert!(!text.contains("gateway-responses"));
    }
    let of = |stage: &str, kind: &str| {
        client
            .get_export()
            .rest_api_id(&api)
            .stage_name(stage)
            .export_type(kind)
    };
    let wrong = refusal(of("none", "swagger").send().await);
    assert_eq!(wrong.1, "Invalid stage identifier specified");
    let wrong = refusal(of("live", "raml").send().await);
    assert_eq!(wrong.0, "BadRequestException");
}

#[tokio::test]
async fn the_documentation_that_a_stage_shows_is_in_its_export() {
    let live = Live::start().await;
    let client = client(&live);
    let api = rich(&client).await;
    let parts = [
        (
            DocumentationPartLocation::builder().r#type("API".into()),
            r#"{"info":{"description":"All pets"}}"#,
        ),
        (
            DocumentationPartLocation::builder()
                .r#type("METHOD".into())
                .path("/pets")
                .method("GET"),
            r#"{"summary":"Lists","tags":["pets"]}"#,
        ),
        (
            DocumentationPartLocation::builder()
                .r#type("RESPONSE".into())
                .method("*")
                .status_code("200"),
            r#"{"description":"Fine"}"#,
        ),
        (
            DocumentationPartLocation::builder()
                .r#type("QUERY_PARAMETER".into())
                .path("/pets")
                .method("GET")
                .name("page"),
            r#"{"description":"Which"}"#,
        ),
    ];
    for (location, properties) in parts {
        let part = client.create_documentation_part().rest_api_id(&api);
        let part = part
            .location(location.build().unwrap())
            .properties(properties);
        part.send().await.unwrap();
    }
    let bare = exported(&client, (&api, "live", "swagger"), "apigateway").await;
    assert_eq!(bare["info"].get("description"), None);
    let version = client.create_documentation_version().rest_api_id(&api);
    let version = version.documentation_version("v1").stage_name("live");
    version.send().await.unwrap();
    let told = exported(&client, (&api, "live", "swagger"), "documentation").await;
    assert_eq!(told["info"]["description"], "All pets");
    let get = &told["paths"]["/pets"]["get"];
    assert_eq!(
        (&get["summary"], &get["tags"]),
        (&json!("Lists"), &json!(["pets"]))
    );
    assert_eq!(get["responses"]["200"]["description"], "Fine");
    assert_eq!(get["parameters"][1]["description"], "Which");
    let kept = &told["x-amazon-apigateway-documentation"];
    assert_eq!(
        (
            &kept["version"],
            kept["documentationParts"].as_array().unwrap().len()
        ),
        (&json!("v1"), 4)
    );
}

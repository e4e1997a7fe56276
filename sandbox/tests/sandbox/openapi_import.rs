//! Imports through the SDK's client: a document becomes an API that answers, and comes back out of it.

use crate::{
    gateway::{call, client, create_api, create_resource, mock},
    support::{Live, refusal},
};
use aws_sdk_apigateway::{
    Client,
    error::SdkError,
    operation::{import_rest_api::ImportRestApiOutput, put_rest_api::PutRestApiError},
    primitives::Blob,
    types::{PutMode, Resource},
};
use sekisho_sandbox::Options;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a document may say, in few words.
const DOCUMENT: &str = r#"
openapi: 3.0.1
info: {title: Stops, version: 1.0.0, description: Where to stop}
x-amazon-apigateway-binary-media-types: [image/png]
x-amazon-apigateway-api-key-source: AUTHORIZER
x-amazon-apigateway-minimum-compression-size: 100
x-amazon-apigateway-request-validators:
  both: {validateRequestBody: true, validateRequestParameters: true}
  none: {validateRequestBody: false, validateRequestParameters: false}
x-amazon-apigateway-request-validator: none
x-amazon-apigateway-gateway-responses:
  THROTTLED: {statusCode: 503, responseParameters: {gatewayresponse.header.A: "'b'"}, responseTemplates: {text/plain: slow}}
x-amazon-apigateway-policy:
  Version: '2012-10-17'
  Statement: [{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*'}]
paths:
  /stops/{id}:
    parameters: [{name: X-Trace, in: header, required: false, schema: {type: string}}]
    get:
      operationId: OneStop
      responses:
        200:
          description: 200 response
          headers: {X-Km: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Stop'}}}
        404: {description: 404 response}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses:
          default: {statusCode: 200, responseParameters: {method.response.header.X-Km: "'3'"}, responseTemplates: {application/json: '{"id":"$input.params(''id'')"}'}}
          '4\d{2}': {statusCode: 404}
    post:
      security: [{guard: []}, {key: []}]
      x-amazon-apigateway-request-validator: both
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Stop'}}}}
      responses:
        201: {description: 201 response, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Stop'}}}}}
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        timeoutInMillis: 3000
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:stops/invocations
  /files/{proxy+}:
    x-amazon-apigateway-any-method:
      security: [{signed: []}]
      responses: {}
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: ANY, uri: 'http://127.0.0.1:9/{proxy}', requestParameters: {integration.request.path.proxy: method.request.path.proxy}}
components:
  schemas:
    Stop: {type: object, title: Stop, required: [km], properties: {km: {type: number}, next: {$ref: '#/components/schemas/Stop'}}}
    Unused: {type: string}
  securitySchemes:
    key: {type: apiKey, name: x-api-key, in: header}
    signed: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
    guard:
      type: apiKey
      name: Token
      in: header
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer: {type: token, authorizerResultTtlInSeconds: 0, authorizerUri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:guard/invocations'}
"#;

async fn import(client: &Client, text: &str) -> ImportRestApiOutput {
    let asked = client.import_rest_api().body(Blob::new(text));
    asked.send().await.unwrap()
}

async fn put(
    client: &Client,
    api: &str,
    mode: PutMode,
    text: &str,
) -> Result<Vec<String>, SdkError<PutRestApiError>> {
    let asked = client.put_rest_api().rest_api_id(api).mode(mode);
    let got = asked.body(Blob::new(text)).send().await?;
    Ok(got.warnings().to_vec())
}

/// Resources by their paths, with their methods.
async fn resources(client: &Client, api: &str) -> BTreeMap<String, Resource> {
    let asked = client.get_resources().rest_api_id(api).embed("methods");
    let got = asked.limit(500).send().await.unwrap();
    let all = got.items().iter().cloned();
    all.map(|one| (one.path().unwrap().to_owned(), one))
        .collect()
}

/// An API's document, as it would be of an API `abc`.
async fn exported(client: &Client, api: &str, kind: &str) -> Value {
    let deployed = client.create_deployment().rest_api_id(api);
    deployed.stage_name("live").send().await.unwrap();
    let asked = client.get_export().rest_api_id(api).stage_name("live");
    let asked = asked
        .export_type(kind)
        .parameters("extensions", "apigateway");
    let got = asked.send().await.unwrap();
    let text = String::from_utf8(got.body().unwrap().clone().into_inner()).unwrap();
    serde_json::from_str(&text.replace(api, "abc")).unwrap()
}

#[tokio::test]
async fn a_document_becomes_an_api_that_answers_and_comes_back_the_same() {
    let live = Live::start().await;
    let client = client(&live);
    let made = import(&client, DOCUMENT).await;
    let api = made.id().unwrap();
    assert_eq!(
        (made.name(), made.version(), made.description()),
        (Some("Stops"), Some("1.0.0"), Some("Where to stop"))
    );
    assert_eq!(made.binary_media_types(), ["image/png"]);
    assert_eq!(made.warnings(), [""; 0]);
    let found = resources(&client, api).await;
    let paths: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        ["/", "/files", "/files/{proxy+}", "/stops", "/stops/{id}"]
    );
    let post = &found["/stops/{id}"].resource_methods().unwrap()["POST"];
    assert_eq!(
        (post.authorization_type(), post.api_key_required()),
        (Some("CUSTOM"), Some(true))
    );
    let schema = client
        .get_model()
        .rest_api_id(api)
        .model_name("Stop")
        .send()
        .await
        .unwrap();
    assert!(
        schema
            .schema()
            .unwrap()
            .contains(&format!("restapis/{api}/models/Stop"))
    );

    let (swagger, openapi) = (
        exported(&client, api, "swagger").await,
        exported(&client, api, "oas30").await,
    );
    let (status, head, body) = call(&live, api, "GET /live/stops/hakone", &[], "").await;
    assert_eq!((status, body.as_str()), (200, r#"{"id":"hakone"}"#));
    assert!(head.to_lowercase().contains("x-km: 3"), "{head}");
    assert_eq!(openapi["components"]["schemas"]["Unused"]["type"], "string");
    assert_eq!(
        swagger["definitions"]["Stop"]["properties"]["next"]["$ref"],
        "#/definitions/Stop"
    );
    for document in [&swagger, &openapi] {
        let again = import(&client, &document.to_string().replace("abc", "other")).await;
        assert_eq!(again.warnings(), [""; 0]);
        let again = again.id().unwrap();
        let policy = |mut document: Value| {
            // An export names its own API in its policy, so that of another names the first.
            document["x-amazon-apigateway-policy"] = Value::Null;
            document
        };
        assert_eq!(
            policy(exported(&client, again, "swagger").await),
            policy(swagger.clone())
        );
        assert_eq!(
            policy(exported(&client, again, "oas30").await),
            policy(openapi.clone())
        );
    }
    // Over itself, an export changes nothing.
    let text = openapi.to_string().replace("abc", api);
    put(&client, api, PutMode::Merge, &text).await.unwrap();
    assert_eq!(exported(&client, api, "oas30").await, openapi);
}

#[tokio::test]
async fn what_is_put_is_merged_or_takes_the_place_of_all() {
    let state = tempfile::tempdir().unwrap();
    let start = || {
        Live::start_with(Options {
            state: Some(state.path().to_owned()),
            ..Options::default()
        })
    };
    let live = start().await;
    let client_one = client(&live);
    let (api, root) = create_api(&client_one, "Before").await;
    let kept = create_resource(&client_one, &api, &root, "kept").await;
    let gone = create_resource(&client_one, &api, &root, "gone").await;
    for resource in [&kept, &gone] {
        mock(&client_one, &api, resource, "GET", "old").await;
    }
    let document = |title: &str| {
        let integration = json!({"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\":200}"},
            "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "new"}}}});
        let post = json!({"responses": {"200": {"description": ""}}, "x-amazon-apigateway-integration": integration});
        let document = json!({"swagger": "2.0", "info": {"title": title}, "basePath": "/v1/kept",
            "x-amazon-apigateway-binary-media-types": [format!("{title}/*")], "paths": {"/": {"post": post}}});
        document.to_string()
    };
    for (mode, title, paths, verbs, kinds) in [
        (
            PutMode::Merge,
            "merged",
            vec!["/", "/gone", "/kept"],
            vec!["GET", "POST"],
            vec!["merged/*"],
        ),
        (
            PutMode::Merge,
            "again",
            vec!["/", "/gone", "/kept"],
            vec!["GET", "POST"],
            vec!["merged/*", "again/*"],
        ),
        (
            PutMode::Overwrite,
            "over",
            vec!["/", "/kept"],
            vec!["POST"],
            vec!["over/*"],
        ),
    ] {
        let asked = client_one.put_rest_api().rest_api_id(&api).mode(mode);
        let asked = asked.parameters("basepath", "split");
        let got = asked.body(Blob::new(document(title))).send().await.unwrap();
        assert_eq!((got.id(), got.name()), (Some(api.as_str()), Some(title)));
        assert_eq!(got.binary_media_types(), kinds);
        let found = resources(&client_one, &api).await;
        assert_eq!(found.keys().collect::<Vec<_>>(), paths);
        assert_eq!(
            (found["/"].id(), found["/kept"].id()),
            (Some(root.as_str()), Some(kept.as_str()))
        );
        let mut got: Vec<_> = found["/kept"].resource_methods().unwrap().keys().collect();
        got.sort();
        assert_eq!(got, verbs);
    }
    let models = client_one
        .get_models()
        .rest_api_id(&api)
        .send()
        .await
        .unwrap();
    assert_eq!(models.items().len(), 0);
    let before = resources(&client_one, &api).await;
    live.sandbox.shutdown().await;
    drop(live);
    let live = start().await;
    assert_eq!(resources(&client(&live), &api).await, before);
}

#[tokio::test]
async fn what_cannot_be_imported_changes_nothing_and_says_why() {
    let live = Live::start().await;
    let client = client(&live);
    let made = import(&client, DOCUMENT).await;
    let api = made.id().unwrap();
    let before = exported(&client, api, "oas30").await;
    let broken = |paths: Value, schemas: Value| {
        let document = json!({"openapi": "3.0.1", "info": {"title": "Broken"}, "paths": paths, "components": {"schemas": schemas}});
        document.to_string()
    };
    let at = |uri: &str| json!({"get": {"x-amazon-apigateway-integration": {"type": "aws", "httpMethod": "POST", "uri": uri}}});
    let fine = at("arn:aws:apigateway:us-east-1:sqs:path/0/q");
    let cases = [
        ("{'key:value}".to_owned(), "Invalid OpenAPI input."),
        ("- a\n- b\n".to_owned(), "Invalid OpenAPI input."),
        (
            format!("swagger: '2.0'\n#{}", "x".repeat(12 * 1024 * 1024)),
            "The API definition has 12582928 bytes. The maximum size of an API definition file is 6 MB (6291456 bytes).",
        ),
        (
            broken(json!({"/a": fine, "/b": at("arn:nonsense")}), json!({})),
            "Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/b': Invalid ARN specified in the request",
        ),
        (
            broken(
                json!({"/a": fine}),
                json!({"Fine": {"type": "object"}, "Wrong": {"type": "objekt"}, "Not_so": {}}),
            ),
            "Errors found during import:\n\tUnable to create model for 'Wrong': Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]\n\tUnable to create model for 'Not_so': Model name must be alphanumeric: Not_so",
        ),
        (
            broken(json!({"/a/{x}": fine, "/a/{y}": fine}), json!({})),
            "Errors found during import:\n\tUnable to create resource at path '/a/{y}': A sibling ({x}) of this resource already has a variable path part -- only one is allowed",
        ),
        (
            broken(
                json!({"/a": {"$ref": "#/paths/~1a"}, "/b": {"$ref": "#/nowhere"}}),
                json!({}),
            ),
            "Errors found during import:\n\tUnable to resolve reference '#/paths/~1a': it is circular\nAdditionally, these warnings were found:\n\tReference '#/nowhere' not found. Ignoring.",
        ),
    ];
    for (text, message) in cases {
        for mode in [PutMode::Merge, PutMode::Overwrite] {
            let (code, said) = refusal(put(&client, api, mode, &text).await);
            assert_eq!(
                (code.as_str(), said.as_str()),
                ("BadRequestException", message)
            );
        }
        let new = client.import_rest_api().body(Blob::new(text));
        assert_eq!(refusal(new.send().await).1, message);
    }
    let warned = broken(
        json!({"/a": {"get": {"security": [{"gone": []}]}}}),
        json!({}),
    );
    let strict = client
        .put_rest_api()
        .rest_api_id(api)
        .fail_on_warnings(true);
    let strict = strict.body(Blob::new(warned.clone())).send().await;
    assert_eq!(
        refusal(strict).1,
        "Warnings found during import:\n\tReference to security scheme 'gone' not found. Ignoring."
    );
    assert_eq!(exported(&client, api, "oas30").await, before);
    let apis = client.get_rest_apis().send().await.unwrap();
    assert_eq!(apis.items().len(), 1);
    let warnings = put(&client, api, PutMode::Merge, &warned).await.unwrap();
    assert_eq!(
        warnings,
        ["Reference to security scheme 'gone' not found. Ignoring."]
    );
    let missing = refusal(put(&client, "none", PutMode::Merge, DOCUMENT).await);
    assert_eq!(
        missing.1,
        "Invalid API identifier specified 000000000000:none"
    );
}

#[tokio::test]
async fn an_import_says_what_kind_of_endpoint_it_wants() {
    let live = Live::start().await;
    let client = client(&live);
    let asked = client
        .import_rest_api()
        .parameters("endpointConfigurationTypes", "REGIONAL");
    let got = asked.body(Blob::new(DOCUMENT)).send().await.unwrap();
    let endpoint = got.endpoint_configuration().unwrap();
    assert_eq!(endpoint.types()[0].as_str(), "REGIONAL");
    let wrong = client.import_rest_api().parameters("basepath", "drop");
    let wrong = refusal(wrong.body(Blob::new(DOCUMENT)).send().await);
    assert_eq!(
        wrong.1,
        "Invalid basepath specified: drop. Must be one of: [ignore, prepend, split]"
    );
}

#[tokio::test]
async fn documentation_is_imported_alone_merged_or_in_the_place_of_all() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, _) = create_api(&client, "Told").await;
    let document = |parts: Value| {
        let document = json!({"openapi": "3.0.0", "info": {"title": "t"}, "paths": {}, "x-amazon-apigateway-documentation": {"documentationParts": parts}});
        Blob::new(document.to_string())
    };
    let part = |kind: &str, said: &str| json!({"location": {"type": kind}, "properties": {"description": said}});
    let import = |mode: PutMode, parts: Value| {
        let asked = client.import_documentation_parts().rest_api_id(&api);
        asked.mode(mode).body(document(parts)).send()
    };
    for (mode, parts, expected) in [
        (
            PutMode::Merge,
            json!([part("API", "one"), part("METHOD", "two")]),
            vec!["one", "two"],
        ),
        (
            PutMode::Merge,
            json!([part("METHOD", "three")]),
            vec!["one", "three"],
        ),
        (
            PutMode::Overwrite,
            json!([part("RESPONSE", "four")]),
            vec!["four"],
        ),
    ] {
        let count = parts.as_array().unwrap().len();
        let got = import(mode, parts).await.unwrap();
        assert_eq!(got.ids().len(), count);
        let all = client
            .get_documentation_parts()
            .rest_api_id(&api)
            .send()
            .await
            .unwrap();
        let said: Vec<String> = all
            .items()
            .iter()
            .map(|part| part.properties().unwrap().to_owned())
            .collect();
        let expected: Vec<String> = expected
            .iter()
            .map(|said| json!({"description": said}).to_string())
            .collect();
        assert_eq!(said, expected);
    }
    // An import of the API leaves it alone when it is asked to, and else takes its place.
    for (ignore, left) in [("documentation", 1), ("nothing", 0)] {
        let asked = client.put_rest_api().rest_api_id(&api);
        let asked = asked.mode(PutMode::Overwrite).parameters("ignore", ignore);
        asked.body(document(json!([]))).send().await.unwrap();
        let all = client.get_documentation_parts().rest_api_id(&api);
        assert_eq!(all.send().await.unwrap().items().len(), left);
    }
    let wrong = client.import_documentation_parts().rest_api_id(&api);
    let wrong = wrong.body(Blob::new("{'key:value}")).send().await;
    assert_eq!(
        refusal(wrong).1,
        "Unable to build importer with provided input."
    );
}

//! Import, deployment, reading and export of an API of 300 resources and 1,200 methods, through the SDK.

use std::time::Instant;

use aws_sdk_apigateway::primitives::Blob;
use serde_json::{Map, Value, json};

use crate::common::{percentile, say, shop};

const TIMES: usize = 5;
/// Seconds that an import and an export may take.
const GOAL_S: f64 = 1.0;

/// The API as OpenAPI 3.0: a Lambda proxy, a model and two parameters a method.
fn document(name: &str) -> String {
    let operation = |path: &str, verb: &str| {
        let called = format!(
            "{}{}",
            verb.to_lowercase(),
            path.replace(['/', '{', '}', '-'], "_")
        );
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:orders";
        let inner = path.split('/').filter_map(|part| part.strip_prefix('{'));
        let mut parameters: Vec<Value> = inner
            .map(|part| {
                json!({"name": part.trim_end_matches('}'), "in": "path", "required": true, "schema": {"type": "string"}})
            })
            .collect();
        parameters.push(json!({"name": "page", "in": "query", "schema": {"type": "string"}}));
        json!({
            "operationId": called,
            "parameters": parameters,
            "responses": {"200": {
                "description": "it is there",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
            }},
            "x-amazon-apigateway-integration": {
                "type": "aws_proxy", "httpMethod": "POST",
                "uri": format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"),
                "passthroughBehavior": "when_no_match",
            },
        })
    };
    let mut paths = Map::new();
    for path in shop::paths() {
        let verbs = shop::VERBS.map(|verb| (verb.to_lowercase(), operation(&path, verb)));
        paths.insert(path, Value::Object(verbs.into_iter().collect()));
    }
    json!({
        "openapi": "3.0.1",
        "info": {"title": name, "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Order": {
            "type": "object", "required": ["id"],
            "properties": {"id": {"type": "string"}, "lines": {"type": "array", "items": {"type": "object"}}},
        }}},
    })
    .to_string()
}

/// Measures all of it a few times.
pub async fn measure(endpoint: &str) {
    let client = super::routes::client(endpoint);
    let [mut imported, mut deployed, mut read, mut exported] = [const { Vec::new() }; 4];
    let mut bytes = (0, 0);
    for turn in 0..TIMES {
        let text = document(&format!("large-{turn}"));
        bytes.0 = text.len();
        let started = Instant::now();
        let made = client.import_rest_api().body(Blob::new(text));
        let made = made.send().await.unwrap();
        imported.push(started.elapsed().as_secs_f64());
        let api = made.id().unwrap();
        let started = Instant::now();
        let call = client.create_deployment().rest_api_id(api);
        call.stage_name("prod").send().await.unwrap();
        deployed.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        let call = client.get_resources().rest_api_id(api);
        let call = call.embed("methods").limit(500).send().await.unwrap();
        read.push(started.elapsed().as_secs_f64());
        let methods = call.items().iter().filter_map(|of| of.resource_methods());
        let methods: usize = methods.map(std::collections::HashMap::len).sum();
        // The root is one more.
        assert_eq!((call.items().len(), methods), (301, 1_200));
        let started = Instant::now();
        let export = client.get_export().rest_api_id(api).stage_name("prod");
        let export = export.export_type("oas30");
        let export = export.parameters("extensions", "integrations,authorizers,apigateway");
        let export = export.accepts("application/json").send().await.unwrap();
        exported.push(started.elapsed().as_secs_f64());
        bytes.1 = export.body().map_or(0, |body| body.as_ref().len());
    }
    tell(&format!("import, {} KB", bytes.0 / 1024), imported);
    tell("deployment", deployed);
    tell("all its resources with their methods", read);
    tell(&format!("export, {} KB", bytes.1 / 1024), exported);
}

fn tell(what: &str, mut took: Vec<f64>) {
    let (median, most) = (percentile(&mut took, 50.0), percentile(&mut took, 100.0));
    let met = if most < GOAL_S { "met" } else { "missed" };
    say(
        &format!("300 resources, 1,200 methods: {what}"),
        &format!("median {median:.3} s, most {most:.3} s; goal {GOAL_S} s: {met}"),
    );
}

//! How APIs stand in their list, what is written about one, and a stage as a file: through the window, over a live sandbox.

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::primitives::Blob;
use egui::Role;
use sekisho::cloud::{Cloud, Hooks};
use sekisho::route::{ApiTab, Route};

use crate::faulty::{Fault, Faulty};
use crate::window::{Live, Window, runtime};

fn document(title: &str, extra: &str) -> Blob {
    let mock = |guard: &str| {
        format!(
            "{{parameters: [{{name: page, in: query, schema: {{type: string}}}}], responses: {{200: {{description: ok}}}}, {guard}x-amazon-apigateway-integration: {{type: mock, requestTemplates: {{application/json: '{{\"statusCode\": 200}}'}}, responses: {{default: {{statusCode: 200}}}}}}}}"
        )
    };
    let signed = "security: [{sigv4: []}], ";
    Blob::new(format!(
        "openapi: 3.0.1\ninfo: {{title: {title}, version: '1'}}\npaths:\n  /orders:\n    get: {}\n    post: {}\n{extra}components:\n  securitySchemes:\n    sigv4: {{type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}}\n",
        mock(""),
        mock(signed)
    ))
}

/// An API as a document has it, deployed to `prod`; its id.
async fn deployed(client: &Client, title: &str) -> String {
    let api = client.import_rest_api().body(document(title, ""));
    let api = api.send().await.unwrap().id().unwrap().to_owned();
    let deploy = client.create_deployment().rest_api_id(&api);
    deploy.stage_name("prod").send().await.unwrap();
    api
}

async fn client(live: &Live) -> Client {
    let cloud = Cloud::new(live.spec("maker"), Hooks::quiet());
    cloud.apigateway().await.unwrap()
}

#[test]
fn the_list_tells_what_is_not_deployed_who_may_call_and_what_could_not_be_read() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let sdk = runtime.block_on(client(&live));
    let [shop, odd] = runtime.block_on(async {
        let shop = deployed(&sdk, "shop").await;
        let root = sdk.get_resources().rest_api_id(&shop).send().await.unwrap();
        let root = root
            .items()
            .iter()
            .find(|of| of.path() == Some("/"))
            .unwrap();
        let call = sdk.create_resource().rest_api_id(&shop).path_part("new");
        let made = call.parent_id(root.id().unwrap()).send().await.unwrap();
        let call = sdk.put_method().rest_api_id(&shop).http_method("PUT");
        let call = call.resource_id(made.id().unwrap());
        call.authorization_type("AWS_IAM").send().await.unwrap();
        deployed(&sdk, "calm").await;
        [shop, deployed(&sdk, "odd").await]
    });
    let proxy = Faulty::before(&live.endpoint());
    let export = format!("GET /restapis/{odd}/stages/prod/exports/oas30");
    let refused = "JSON body models are not found".to_owned();
    proxy.always(&export, Fault::Error(400, "BadRequestException", refused));
    let mut window = Window::connected(&runtime, proxy.spec("faulty"), Some(Route::Apis));
    window.wait_for("Not deployed: ± 1 change");
    window.wait_for("Open: 1 of 3");
    window.wait_for("Not deployed: –");
    // What a stage answers with could not be read: that is no zero.
    window.wait_for("Not deployed: not read");
    window.wait_for_role(Role::Button, "Not deployed 1…");
    window.wait_for_role(Role::Button, "Open 3");
    window.click_role(Role::Button, "Not deployed 1…");
    window.wait_for("1 of 3 APIs");
    // The row is looked into below.
    window.press(egui::Key::ArrowDown);
    window.wait_for("Not deployed to prod");
    window.wait_for("Open to the world");
    assert!(window.has_part("/new"));
    window.click_role(Role::Button, "What would change");
    window.wait_for_part("1 change not deployed to prod");
    assert!(!shop.is_empty());
}

#[test]
fn a_thing_is_described_as_fields_and_as_json_published_and_taken_back() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let sdk = runtime.block_on(client(&live));
    let api = runtime.block_on(deployed(&sdk, "shop"));
    let open = Route::api_tab(&api, ApiTab::Document);
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(open));
    // The API; of GET and POST: themselves, `page`, their answers with what they are written about in the document.
    window.wait_for_part("Described ");
    window.click_role(Role::Button, "POST /orders, 1 of 3");
    window.wait_for_role(Role::Button, "METHOD of POST /orders, not described");
    window.click_role(Role::Button, "METHOD of POST /orders, not described");
    window.replace("Description", "Takes an order");
    window.wait_for_part("1 change");
    window.click("As JSON");
    window.wait_for_role(Role::MultilineTextInput, "Properties");
    window.replace("Properties", "{\"description\": }");
    window.wait_for_part("Line 1, column 17");
    window.replace(
        "Properties",
        r#"{"description": "Takes an order", "tags": ["a"]}"#,
    );
    window.wait_until("it is right", |window| !window.has_part("Line 1, column"));
    window.click("Review changes");
    window.wait_for_part("create-documentation-part");
    window.settle();
    window.click_role(Role::Button, "Describe METHOD of POST /orders");
    window.wait_for_role(Role::Button, "POST /orders, 2 of 3");
    let parts = || {
        let parts = sdk.get_documentation_parts().rest_api_id(&api).limit(500);
        let parts = runtime.block_on(parts.send()).unwrap();
        let all = parts
            .items()
            .iter()
            .map(|part| part.properties().unwrap_or_default().to_owned());
        all.collect::<Vec<String>>()
    };
    let written = parts().into_iter().find(|text| text.contains("Takes"));
    let written: serde_json::Value = serde_json::from_str(&written.unwrap()).unwrap();
    let expected = serde_json::json!({"description": "Takes an order", "tags": ["a"]});
    assert_eq!(written, expected);

    window.replace("Name of the version", "first");
    window.click("prod shows it");
    window.click_role(Role::Button, "Publish…");
    window.wait_for_part("create-documentation-version");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for("Versions 1");
    let stage = sdk.get_stage().rest_api_id(&api).stage_name("prod");
    let stage = runtime.block_on(stage.send()).unwrap();
    assert_eq!(stage.documentation_version(), Some("first"));

    window.click_role(Role::Button, "Activity");
    window.click_role(
        Role::Button,
        "Undo “Describe METHOD of POST /orders” of parts",
    );
    window.wait_for_part("delete-documentation-part");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_until("the part is gone", |_| {
        parts().iter().all(|text| !text.contains("Takes an order"))
    });
}

#[test]
fn a_stage_is_saved_as_a_document_and_an_old_file_is_asked_about() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let sdk = runtime.block_on(client(&live));
    let api = runtime.block_on(deployed(&sdk, "shop"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.yaml");
    std::fs::write(&file, "old").unwrap();
    let open = Route::api_tab(&api, ApiTab::Document);
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(open));
    window.wait_for_role(Role::Button, "Save the export…");
    window.click("Swagger 2.0");
    window.wait_for_part("--export-type swagger");
    window.click_role(Role::Button, "Save the export…");
    window.wait_for_role(Role::TextInput, "Path");
    window.replace("Path", &file.display().to_string());
    window.click_role(Role::Button, "Save");
    window.wait_for_part("exists");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "old");
    window.click_role(Role::Button, "Replace");
    window.wait_for_part("Exported, ");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("swagger: \"2.0\"") && text.contains("/orders"),
        "{text}"
    );
    assert!(text.contains("x-amazon-apigateway-integration"));
}

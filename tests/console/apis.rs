//! From nothing to an API that answers, through the window: an API, a method with a function behind it, a deployment, and then
//! a request to the address that the window shows.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use egui::Role;
use sekisho::route::Route;

use crate::window::Window;

/// Asks an address of this machine as a client does that resolves every name under localhost to it; the status and the body.
fn get(url: &str) -> (u16, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let port = host.rsplit_once(':').unwrap().1;
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, body.to_owned())
}

/// The address of a stage as it stands on the screen.
fn stage_url(window: &Window) -> String {
    let mut names = window.names().into_iter();
    names
        .find(|name| name.starts_with("http://") && name.contains(".execute-api."))
        .unwrap()
}

#[test]
fn an_api_is_made_filled_and_deployed_in_the_window_and_answers() {
    let (mut window, _live) = Window::over_samples(Some(Route::Apis));
    window.wait_for("No APIs in us-east-1");
    window.click_role(Role::Button, "Create an API…");
    window.wait_for_role(Role::TextInput, "Name");
    window.replace("Name", "shop");
    window.click("Review and create");
    window.wait_for_part("aws apigateway create-rest-api");
    window.settle();
    window.click_role(Role::Button, "Create the API");
    window.wait_for_role(Role::Tab, "shop");
    window.wait_for("No methods yet");
    window.click_role(Role::Button, "Add a method");
    window.wait_for_role(Role::TextInput, "Path");
    // What API Gateway would refuse is told while it is typed.
    window.replace("Path", "/orders/{id");
    window.wait_for_part("a parameter fills its part");
    window.replace("Path", "/orders/{id}");
    window.wait_for("Makes /orders, /orders/{id}");
    window.click("Function: Choose");
    window.click("inventory-sync");
    window.click("Review and add");
    window.wait_for_part("aws lambda add-permission");
    window.settle();
    window.click_role(Role::Button, "Add GET /orders/{id}");
    window.wait_for_role(Role::TreeItem, "GET /orders/{id}");
    window.wait_for("no stage answers with it yet");
    window.click_role(Role::Button, "Deploy…");
    window.wait_for("It is made");
    window.wait_for_part("aws apigateway create-deployment");
    window.click_role(Role::Button, "Deploy to prod");
    window.wait_for("prod has what the API has");
    window.wait_until("the stage's address", |window| {
        let names = window.names();
        names
            .iter()
            .any(|name| name.starts_with("http://") && name.contains(".execute-api."))
    });
    let url = stage_url(&window);
    // The function fails on what is no event of its own: the gateway says so as AWS's does.
    let (status, body) = get(&format!("{url}/orders/7"));
    assert_eq!(
        (status, body.as_str()),
        (502, r#"{"message": "Internal server error"}"#)
    );
    let (status, body) = get(&format!("{url}/nothing"));
    assert_eq!(
        (status, body.as_str()),
        (403, r#"{"message":"Missing Authentication Token"}"#)
    );
}

/// A document whose base path is `/v1/stops`, with one thing that an import leaves out.
const DOCUMENT: &str = r#"openapi: 3.0.1
info: {title: stops, version: '1'}
servers: [{url: https://stops.example/v1/stops}]
paths:
  /{id}:
    get:
      parameters: [{name: s, in: cookie, schema: {type: string}}]
      responses: {200: {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: 200, responseTemplates: {application/json: here}}}
"#;

/// Chooses a file by its path, as where the system has no dialog.
fn choose(window: &mut Window, path: &std::path::Path) {
    window.click_role(Role::Button, "Choose file…");
    window.wait_for_role(Role::TextInput, "Path");
    window.replace("Path", &path.display().to_string());
    window.click_role(Role::Button, "Open");
}

#[test]
fn a_document_is_looked_at_imported_and_put_over_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stops.yaml");
    std::fs::write(&file, DOCUMENT).unwrap();
    let none = folder.path().join("none.yaml");
    std::fs::write(&none, "a: 1\n").unwrap();
    let (mut window, _live) = Window::over_samples(Some(Route::ImportApi));
    window.wait_for_role(Role::Button, "Choose file…");
    choose(&mut window, &none);
    window.wait_for_part("no OpenAPI document");
    choose(&mut window, &file);
    window.wait_for_part("OpenAPI 3.0.1 stops");
    window.wait_for("Parameter s in a cookie is left out");
    window.wait_for("/{id}");
    window.click("Split");
    window.wait_for("/stops/{id}");
    window.click("Review and import");
    window.wait_for_part("--parameters basepath=split");
    window.settle();
    window.click_role(Role::Button, "Import stops as a new API");
    // What the service left out is read before anything else.
    window.wait_for("stops is imported, with 1 warning");
    window.click_role(Role::Button, "Open stops");
    window.wait_for_role(Role::TreeItem, "GET /stops/{id}");

    window.click_role(Role::Tab, "Import OpenAPI");
    window.click_role(Role::Button, "Import another");
    choose(&mut window, &file);
    window.wait_for_part("OpenAPI 3.0.1 stops");
    window.click("Overwrite");
    window.click("API: Choose");
    window.click("stops");
    window.wait_for("− 1 removed");
    window.wait_for("+ 1 added");
    window.click("Review and import");
    window.wait_for_part("--mode overwrite");
    window.type_into("Type stops to confirm", "stops");
    window.click_role(Role::Button, "Overwrite stops");
    window.wait_for("stops is imported, with 1 warning");
    window.click_role(Role::Button, "Open stops");
    window.wait_for_role(Role::TreeItem, "GET /{id}");
}

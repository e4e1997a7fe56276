//! The routes that are measured: a mock, and a function behind a proxy in each language, made through the SDK on whatever
//! answers as API Gateway does.

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_apigateway::types::IntegrationType;
use aws_sdk_lambda::types::Runtime;

use crate::common::load::Target;
use crate::lambda::{self, WaitActive};

pub const NODE: &str = "exports.handler = async (event) => ({ statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ from: 'node', path: event.path }) });\n";
pub const PYTHON: &str = "import json\n\ndef handler(event, context):\n    return {'statusCode': 200, 'headers': {'Content-Type': 'application/json'}, 'body': json.dumps({'from': 'python', 'path': event['path']})}\n";

const STAGE: &str = "prod";
const MOCK: &str = "mock";
const PROXIES: [(&str, &str, &str); 2] = [
    ("node", "Node behind a proxy", "node"),
    ("python", "Python behind a proxy", "python"),
];

type Failed = Box<dyn std::error::Error>;

/// API Gateway at an endpoint.
pub fn client(endpoint: &str) -> Client {
    let credentials = Credentials::new("test", "test", None, None, "bench");
    let config = aws_sdk_apigateway::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .build();
    Client::from_conf(config)
}

/// Makes an API with all routes and deploys it; gives what each is called and where it answers.
///
/// # Errors
/// What the endpoint does not do.
pub async fn make(endpoint: &str) -> Result<Vec<(&'static str, Target)>, Failed> {
    let client = client(endpoint);
    let made = client.create_rest_api().name("bench").send().await?;
    let (api, root) = (
        made.id().unwrap_or_default(),
        made.root_resource_id().unwrap_or_default(),
    );
    mock(&client, api, root).await?;
    functions(endpoint).await;
    for (name, _, _) in PROXIES {
        let resource = resource(&client, api, root, name).await?;
        let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:bench-{name}");
        client
            .put_integration()
            .rest_api_id(api)
            .resource_id(resource)
            .http_method("GET")
            .r#type(IntegrationType::AwsProxy)
            .integration_http_method("POST")
            .uri(format!(
                "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
            ))
            .send()
            .await?;
    }
    let deployed = client.create_deployment().rest_api_id(api);
    deployed.stage_name(STAGE).send().await?;
    let address = endpoint.trim_start_matches("http://");
    let at = |path: &str, answer| Target {
        address: address.to_owned(),
        path: format!("/_aws/execute-api/{api}/{STAGE}/{path}"),
        answer,
    };
    let mut all = vec![(MOCK, at(MOCK, "from the mock"))];
    all.extend(PROXIES.map(|(name, what, answer)| (what, at(name, answer))));
    Ok(all)
}

/// The routes of serverless-offline.
pub fn of_serverless(port: u16) -> Vec<(&'static str, Target)> {
    let all = PROXIES.map(|(name, what, answer)| {
        let target = Target {
            address: format!("127.0.0.1:{port}"),
            path: format!("/{STAGE}/{name}"),
            answer,
        };
        (what, target)
    });
    all.into()
}

/// A resource below the root with a GET that is open to all.
async fn resource(client: &Client, api: &str, root: &str, part: &str) -> Result<String, Failed> {
    let made = client.create_resource().rest_api_id(api);
    let made = made.parent_id(root).path_part(part).send().await?;
    let id = made.id().unwrap_or_default().to_owned();
    client
        .put_method()
        .rest_api_id(api)
        .resource_id(&id)
        .http_method("GET")
        .authorization_type("NONE")
        .send()
        .await?;
    Ok(id)
}

async fn mock(client: &Client, api: &str, root: &str) -> Result<(), Failed> {
    let id = resource(client, api, root, MOCK).await?;
    client
        .put_integration()
        .rest_api_id(api)
        .resource_id(&id)
        .http_method("GET")
        .r#type(IntegrationType::Mock)
        .request_templates("application/json", r#"{"statusCode": 200}"#)
        .send()
        .await?;
    client
        .put_method_response()
        .rest_api_id(api)
        .resource_id(&id)
        .http_method("GET")
        .status_code("200")
        .send()
        .await?;
    client
        .put_integration_response()
        .rest_api_id(api)
        .resource_id(&id)
        .http_method("GET")
        .status_code("200")
        .response_templates("application/json", r#"{"said": "from the mock"}"#)
        .send()
        .await?;
    Ok(())
}

/// The functions, which the gateway may call.
async fn functions(endpoint: &str) {
    let client = lambda::client(endpoint).await;
    let sources = [
        ("node", Runtime::Nodejs20x, lambda::package("app.js", NODE)),
        (
            "python",
            Runtime::Python312,
            lambda::package("app.py", PYTHON),
        ),
    ];
    for (name, runtime, package) in sources {
        let name = format!("bench-{name}");
        lambda::create_in(&client, &name, runtime, &package).await;
        client.wait_until_active(&name).await;
        client
            .add_permission()
            .function_name(&name)
            .statement_id("gateway")
            .action("lambda:InvokeFunction")
            .principal("apigateway.amazonaws.com")
            .send()
            .await
            .unwrap();
    }
}

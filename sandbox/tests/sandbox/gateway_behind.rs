//! What stands behind methods: backends over HTTP, services of AWS's, and what becomes of those that hang, break off or are
//! gone.

use crate::{
    gateway::{call, client, create_api, create_resource, deploy, mock, patch, permit, proxied},
    support::{Live, refusal},
};
use aws_sdk_apigateway::{
    Client,
    types::{ContentHandlingStrategy, IntegrationType, Op},
};
use serde_json::Value;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// How a backend answers.
#[derive(Clone, Copy)]
enum Manner {
    /// With the request as it came, as text.
    Echo,
    Never,
    /// With less than it says.
    Half,
}

/// A backend on loopback; gives its address.
async fn backend(manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut all = Vec::new();
                let mut part = [0; 4096];
                loop {
                    let read = stream.read(&mut part).await.unwrap_or(0);
                    all.extend_from_slice(&part[..read]);
                    let text = String::from_utf8_lossy(&all).into_owned();
                    let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
                        let length = head.to_ascii_lowercase();
                        let length = length.split("content-length: ").nth(1);
                        let length = length.and_then(|rest| rest.lines().next());
                        let length = length.and_then(|text| text.parse().ok());
                        body.len() >= length.unwrap_or(0)
                    });
                    if whole || read == 0 {
                        break;
                    }
                }
                let head = "HTTP/1.1 418 Teapot\r\nContent-Type: text/plain\r\nServer: pot\r\nX-Own: a\r\n";
                let answer = match manner {
                    Manner::Echo => {
                        let body = String::from_utf8_lossy(&all).into_owned();
                        format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
                    }
                    Manner::Half => format!("{head}Content-Length: 100\r\n\r\nhalf"),
                    Manner::Never => std::future::pending().await,
                };
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    format!("http://{address}")
}

async fn method(client: &Client, api: &str, resource: &str, verb: &str) {
    let made = client.put_method().rest_api_id(api).resource_id(resource);
    let made = made.http_method(verb).authorization_type("NONE");
    made.send().await.unwrap();
    let answer = client.put_method_response().rest_api_id(api);
    let answer = answer.resource_id(resource).http_method(verb);
    answer.status_code("200").send().await.unwrap();
}

/// The answer of an integration that is for all that a backend says.
async fn any_answer(client: &Client, api: &str, resource: &str, verb: &str) {
    let answer = client.put_integration_response().rest_api_id(api);
    let answer = answer.resource_id(resource).http_method(verb);
    answer.status_code("200").send().await.unwrap();
}

#[tokio::test]
async fn a_backend_gets_what_is_mapped_or_the_request_as_it_came() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    let echo = backend(Manner::Echo).await;
    let mapped = create_resource(&client, &api, &root, "mapped").await;
    method(&client, &api, &mapped, "POST").await;
    let made = client.put_integration().rest_api_id(&api);
    made.resource_id(&mapped)
        .http_method("POST")
        .r#type(IntegrationType::Http)
        .integration_http_method("PUT")
        .uri(format!("{echo}/pets/{{id}}?fixed=1"))
        .request_parameters(
            "integration.request.path.id",
            "method.request.querystring.id",
        )
        .request_parameters("integration.request.querystring.of", "stageVariables.of")
        .request_parameters("integration.request.header.X-Said", "'said'")
        .request_templates("application/json", r#"{"n": $input.json('$.n')}"#)
        .send()
        .await
        .unwrap();
    let answer = client.put_integration_response().rest_api_id(&api);
    let answer = answer.resource_id(&mapped).http_method("POST");
    answer
        .status_code("200")
        .selection_pattern("4\\d{2}")
        .send()
        .await
        .unwrap();
    let through = create_resource(&client, &api, &root, "{proxy+}").await;
    method(&client, &api, &through, "ANY").await;
    let made = client.put_integration().rest_api_id(&api);
    made.resource_id(&through)
        .http_method("ANY")
        .r#type(IntegrationType::HttpProxy)
        .integration_http_method("ANY")
        .uri(format!("{echo}/base/{{proxy}}"))
        .request_parameters(
            "integration.request.path.proxy",
            "method.request.path.proxy",
        )
        .send()
        .await
        .unwrap();
    deploy(&client, &api, "s").await;
    let stage = client.update_stage().rest_api_id(&api).stage_name("s");
    let stage = stage.patch_operations(patch(Op::Replace, "/variables/of", "day"));
    stage.send().await.unwrap();

    let headers = ["Content-Type: application/json", "X-Theirs: b"];
    let (status, head, body) =
        call(&live, &api, "POST /s/mapped?id=7", &headers, r#"{"n":[1]}"#).await;
    assert_eq!(status, 200, "{body}");
    assert!(
        body.starts_with("PUT /pets/7?fixed=1&of=day HTTP/1.1\r\n"),
        "{body}"
    );
    let sent = body.to_ascii_lowercase();
    for line in [
        "x-said: said\r\n",
        "accept: application/json\r\n",
        "user-agent: amazonapigateway_",
        "x-amzn-trace-id: root=1-",
    ] {
        assert!(sent.contains(line), "{line}: {body}");
    }
    assert!(!sent.contains("x-theirs"), "{body}");
    assert!(body.ends_with(r#"{"n": [1]}"#), "{body}");
    assert!(head.contains("x-amzn-trace-id: root=1-"), "{head}");

    let headers = [
        "X-Theirs: b",
        "Expect-Nothing: c",
        "TE: deflate",
        "Max-Forwards: 2",
    ];
    let (status, head, body) = call(&live, &api, "DELETE /s/a/b?q=1&q=2", &headers, "bytes").await;
    assert_eq!(status, 418);
    assert!(
        body.starts_with("DELETE /base/a/b?q=1&q=2 HTTP/1.1\r\n"),
        "{body}"
    );
    let sent = body.to_ascii_lowercase();
    assert!(
        sent.contains("x-theirs: b\r\n") && sent.contains("x-forwarded-for: 127.0.0.1\r\n"),
        "{body}"
    );
    assert!(
        !sent.contains("\r\nte:") && !sent.contains("max-forwards"),
        "{body}"
    );
    assert!(body.ends_with("bytes"), "{body}");
    assert!(
        head.contains("x-amzn-remapped-server: pot") && head.contains("x-own: a"),
        "{head}"
    );
}

#[tokio::test]
async fn a_backend_that_hangs_breaks_off_or_is_not_there_is_a_504() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for (part, address) in [
        ("never", backend(Manner::Never).await),
        ("half", backend(Manner::Half).await),
        ("nobody", nobody),
    ] {
        let resource = create_resource(&client, &api, &root, part).await;
        method(&client, &api, &resource, "GET").await;
        let made = client.put_integration().rest_api_id(&api);
        made.resource_id(&resource)
            .http_method("GET")
            .r#type(IntegrationType::HttpProxy)
            .integration_http_method("GET")
            .uri(address)
            .timeout_in_millis(50)
            .send()
            .await
            .unwrap();
        let told = client.test_invoke_method().rest_api_id(&api);
        let told = told.resource_id(&resource).http_method("GET");
        let told = told.send().await.unwrap();
        let (message, line) = match part {
            "never" => (
                "Endpoint request timed out",
                "Execution failed due to a timeout error",
            ),
            _ => (
                "Network error communicating with endpoint",
                "Execution failed due to a network error communicating with endpoint: ",
            ),
        };
        let body = format!(r#"{{"message": "{message}"}}"#);
        assert_eq!(
            (told.status(), told.body()),
            (504, Some(body.as_str())),
            "{part}"
        );
        let log = told.log().unwrap();
        assert!(log.contains(line), "{log}");
        assert!(
            log.ends_with("Method completed with status: 504\n"),
            "{log}"
        );
    }
}

#[tokio::test]
async fn a_function_that_was_deleted_and_a_template_without_end_fail_their_method_alone() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    proxied(&live, &client, &api, &root, "echo").await;
    permit(&live, "echo", &api).await;
    let endless = create_resource(&client, &api, &root, "endless").await;
    let template = "#foreach($a in [1..100000])#foreach($b in [1..100000])#foreach($c in [1..100000])x#end#end#end";
    mock(&client, &api, &endless, "GET", template).await;
    deploy(&client, &api, "s").await;
    let fine = r#"answer:{"statusCode": 200}"#;
    assert_eq!(call(&live, &api, "POST /s", &[], fine).await.0, 200);
    let gone = live.lambda.delete_function().function_name("echo");
    gone.send().await.unwrap();
    let failed = r#"{"message": "Internal server error"}"#;
    let (status, _, body) = call(&live, &api, "POST /s", &[], fine).await;
    assert_eq!((status, body.as_str()), (500, failed));
    let told = client.test_invoke_method().rest_api_id(&api);
    let told = told.resource_id(&root).http_method("POST").send().await;
    let log = told.unwrap().log().unwrap().to_owned();
    assert!(
        log.contains("Invalid permissions on Lambda function"),
        "{log}"
    );
    let (status, _, body) = call(&live, &api, "GET /s/endless", &[], "").await;
    assert_eq!((status, body.as_str()), (500, failed));
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused_and_nothing_is_run() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    mock(&client, &api, &root, "POST", "{}").await;
    deploy(&client, &api, "s").await;
    let body = "x".repeat(11 * 1024 * 1024);
    let (status, head, said) = call(&live, &api, "POST /s", &[], &body).await;
    assert_eq!(
        (status, said.as_str()),
        (413, r#"{"message":"Request Too Long"}"#)
    );
    assert!(
        head.contains("x-amzn-errortype: requesttoolargeexception"),
        "{head}"
    );
    let long = format!("X-Long: {}", "x".repeat(100 * 1024));
    assert_eq!(call(&live, &api, "POST /s", &[&long], "").await.0, 431);
    let fine = format!("X-Long: {}", "x".repeat(9 * 1024));
    assert_eq!(call(&live, &api, "POST /s", &[&fine], "").await.0, 200);
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// A role that the gateway may take on, with what it is allowed.
async fn role(live: &Live, name: &str, actions: &str) -> String {
    let iam = aws_sdk_iam::Client::new(&live.config);
    let made = iam.create_role().role_name(name);
    let made = made.assume_role_policy_document(TRUST).send().await;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{actions}","Resource":"*"}}]}}"#
    );
    let put = iam.put_role_policy().role_name(name).policy_name("p");
    put.policy_document(policy).send().await.unwrap();
    made.unwrap().role().unwrap().arn().to_owned()
}

#[tokio::test]
async fn a_service_is_asked_by_path_with_a_role_that_may_and_bytes_stay_bytes() {
    let live = Live::start().await;
    let client = client(&live);
    let s3 = aws_sdk_s3::Client::from_conf(
        aws_sdk_s3::config::Builder::from(&live.config)
            .force_path_style(true)
            .build(),
    );
    s3.create_bucket().bucket("parcels").send().await.unwrap();
    let may = role(&live, "may", "s3:*").await;
    let may_not = role(&live, "may-not", "s3:ListBucket").await;
    let (api, root) = create_api(&client, "shop").await;
    let made = async |part: &str, role: &str, handling: Option<ContentHandlingStrategy>| {
        let above = create_resource(&client, &api, &root, part).await;
        let resource = create_resource(&client, &api, &above, "{key+}").await;
        method(&client, &api, &resource, "ANY").await;
        let made = client.put_integration().rest_api_id(&api);
        let kind = "integration.request.header.Content-Type";
        made.resource_id(&resource)
            .http_method("ANY")
            .r#type(IntegrationType::Aws)
            .integration_http_method("ANY")
            .uri("arn:aws:apigateway:us-east-1:s3:path/parcels/{key}")
            .credentials(role)
            .request_parameters("integration.request.path.key", "method.request.path.key")
            .request_parameters(kind, "method.request.header.Content-Type")
            .set_content_handling(handling)
            .send()
            .await
            .unwrap();
        any_answer(&client, &api, &resource, "ANY").await;
    };
    made("fine", &may, None).await;
    made(
        "bytes",
        &may,
        Some(ContentHandlingStrategy::ConvertToBinary),
    )
    .await;
    made("denied", &may_not, None).await;
    made("nobody", "arn:aws:iam::000000000000:role/nobody", None).await;
    deploy(&client, &api, "s").await;
    let png = ["Content-Type: image/png"];
    let put = async |path: &str, body: &str| {
        let line = format!("PUT /s/{path}");
        let (status, _, said) = call(&live, &api, &line, &png, body).await;
        (status, said)
    };
    assert_eq!(put("fine/a/b.txt", "a text").await, (200, String::new()));
    let (status, head, body) = call(&live, &api, "GET /s/fine/a/b.txt", &[], "").await;
    assert_eq!((status, body.as_str()), (200, "a text"));
    assert!(head.contains("content-type: image/png"), "{head}");
    let (status, _, body) = call(&live, &api, "GET /s/fine/none", &[], "").await;
    assert_eq!(
        status, 200,
        "what a service says no with is mapped like any answer"
    );
    assert!(body.contains("<Code>NoSuchKey</Code>"), "{body}");

    assert_eq!(put("bytes/raw", "H/8=").await, (200, String::new()));
    let raw = s3.get_object().bucket("parcels").key("raw").send().await;
    let raw = raw.unwrap().body.collect().await.unwrap().into_bytes();
    assert_eq!(raw.as_ref(), [0x1f, 0xff]);
    assert_eq!(put("bytes/raw", "no base64!").await.0, 500);

    let (status, said) = put("denied/a", "a").await;
    assert_eq!(status, 200);
    assert!(said.contains("<Code>AccessDenied</Code>"), "{said}");
    let failed = (500, r#"{"message": "Internal server error"}"#.to_owned());
    assert_eq!(put("nobody/a", "a").await, failed);
}

#[tokio::test]
async fn a_service_is_asked_by_action_and_a_header_of_its_own_can_not_be_mapped() {
    let live = Live::start().await;
    let client = client(&live);
    let may = role(&live, "may", "sts:GetCallerIdentity").await;
    let (api, root) = create_api(&client, "shop").await;
    for (part, header) in [
        ("who", "X-Fine"),
        ("signed", "Authorization"),
        ("long", "Content-Length"),
    ] {
        let resource = create_resource(&client, &api, &root, part).await;
        method(&client, &api, &resource, "GET").await;
        let made = client.put_integration().rest_api_id(&api);
        made.resource_id(&resource)
            .http_method("GET")
            .r#type(IntegrationType::Aws)
            .integration_http_method("POST")
            .uri("arn:aws:apigateway:us-east-1:sts:action/GetCallerIdentity")
            .credentials(&may)
            .request_parameters(format!("integration.request.header.{header}"), "'a'")
            .send()
            .await
            .unwrap();
        any_answer(&client, &api, &resource, "GET").await;
    }
    deploy(&client, &api, "s").await;
    let (status, _, body) = call(&live, &api, "GET /s/who", &[], "").await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("GetCallerIdentityResult"), "{body}");
    for part in ["signed", "long"] {
        let (status, _, body) = call(&live, &api, &format!("GET /s/{part}"), &[], "").await;
        assert_eq!(
            (status, body.as_str()),
            (500, r#"{"message": "Internal server error"}"#)
        );
    }
}

#[tokio::test]
async fn a_canary_takes_its_share_with_its_own_variables() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    let say = r#"{"v": "$stageVariables.v", "canary": "$context.isCanaryRequest"}"#;
    mock(&client, &api, &root, "GET", say).await;
    let first = deploy(&client, &api, "s").await;
    let update = async |patches: &[(Op, &str, &str)]| {
        let patches = patches
            .iter()
            .map(|(op, path, value)| patch(op.clone(), path, value));
        let stage = client.update_stage().rest_api_id(&api).stage_name("s");
        let stage = stage.set_patch_operations(Some(patches.collect()));
        stage.send().await.unwrap()
    };
    update(&[(Op::Replace, "/variables/v", "stage")]).await;
    let second = client.create_deployment().rest_api_id(&api);
    let second = second.send().await.unwrap().id().unwrap().to_owned();
    assert_ne!(first, second);
    update(&[
        (Op::Replace, "/canarySettings/deploymentId", &second),
        (Op::Replace, "/canarySettings/percentTraffic", "0.0"),
        (
            Op::Replace,
            "/canarySettings/stageVariableOverrides/v",
            "canary",
        ),
    ])
    .await;
    let ask = async || {
        let (_, _, body) = call(&live, &api, "GET /s", &[], "").await;
        serde_json::from_str::<Value>(&body).unwrap()
    };
    for _ in 0..20 {
        let said = ask().await;
        assert_eq!(
            (&said["v"], &said["canary"]),
            (&"stage".into(), &"false".into())
        );
    }
    update(&[(Op::Replace, "/canarySettings/percentTraffic", "100.0")]).await;
    for _ in 0..20 {
        let said = ask().await;
        assert_eq!(
            (&said["v"], &said["canary"]),
            (&"canary".into(), &"true".into())
        );
    }
    update(&[(Op::Replace, "/canarySettings/percentTraffic", "50.0")]).await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..200 {
        seen.insert(ask().await["v"].to_string());
    }
    assert_eq!(seen.len(), 2, "of 200 requests each takes some: {seen:?}");
}

#[tokio::test]
async fn client_certificates_are_made_named_used_and_deleted() {
    let live = Live::start().await;
    let client = client(&live);
    let made = client.generate_client_certificate().description("mine");
    let made = made.tags("team", "shop").send().await.unwrap();
    let id = made.client_certificate_id().unwrap();
    let pem = made.pem_encoded_certificate().unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\nMII"), "{pem}");
    assert!(pem.ends_with("-----END CERTIFICATE-----"), "{pem}");
    let (from, until) = (
        made.created_date().unwrap(),
        made.expiration_date().unwrap(),
    );
    assert_eq!(until.secs() - from.secs(), 365 * 24 * 3600);
    let update = client.update_client_certificate().client_certificate_id(id);
    let update = update.patch_operations(patch(Op::Replace, "/description", "ours"));
    assert_eq!(update.send().await.unwrap().description(), Some("ours"));
    let all = client.get_client_certificates().send().await.unwrap();
    assert_eq!(all.items()[0].pem_encoded_certificate(), Some(pem));

    let (api, root) = create_api(&client, "shop").await;
    mock(&client, &api, &root, "GET", "{}").await;
    deploy(&client, &api, "s").await;
    let stage = |id: &str| {
        let stage = client.update_stage().rest_api_id(&api).stage_name("s");
        stage.patch_operations(patch(Op::Replace, "/clientCertificateId", id))
    };
    assert_eq!(
        refusal(stage("nobody").send().await).0,
        "BadRequestException"
    );
    let used = stage(id).send().await.unwrap();
    assert_eq!(used.client_certificate_id(), Some(id));
    let delete = || client.delete_client_certificate().client_certificate_id(id);
    assert_eq!(refusal(delete().send().await).0, "BadRequestException");
    let stage = client.update_stage().rest_api_id(&api).stage_name("s");
    let stage = stage.patch_operations(patch(Op::Remove, "/clientCertificateId", ""));
    stage.send().await.unwrap();
    delete().send().await.unwrap();
    let gone = client.get_client_certificate().client_certificate_id(id);
    assert_eq!(
        refusal(gone.send().await),
        (
            "NotFoundException".to_owned(),
            "Invalid Client Certificate identifier specified".to_owned()
        )
    );
}

#[tokio::test]
async fn vpc_links_are_made_named_and_not_deleted_while_a_stage_uses_them() {
    let live = Live::start().await;
    let client = client(&live);
    let balancer = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/shop/1";
    for (name, target, expected) in [
        (
            "link",
            "invalid-arn",
            "Invalid ARN. ARN is not well formed invalid-arn",
        ),
        ("", balancer, "Name cannot be empty"),
    ] {
        let made = client.create_vpc_link().name(name).target_arns(target);
        let refused = ("BadRequestException".to_owned(), expected.to_owned());
        assert_eq!(refusal(made.send().await), refused);
    }
    let made = client.create_vpc_link().name("link").target_arns(balancer);
    let made = made.send().await.unwrap();
    let id = made.id().unwrap();
    assert_eq!(made.status().unwrap().as_str(), "PENDING");
    let read = client.get_vpc_link().vpc_link_id(id).send().await.unwrap();
    assert_eq!(read.status().unwrap().as_str(), "AVAILABLE");
    assert_eq!(
        read.status_message(),
        Some("Your vpc link is ready for use")
    );
    let update = client.update_vpc_link().vpc_link_id(id);
    let update = update.patch_operations(patch(Op::Replace, "/name", "other"));
    assert_eq!(update.send().await.unwrap().name(), Some("other"));

    let (api, root) = create_api(&client, "shop").await;
    method(&client, &api, &root, "GET").await;
    let made = client.put_integration().rest_api_id(&api);
    made.resource_id(&root)
        .http_method("GET")
        .r#type(IntegrationType::HttpProxy)
        .integration_http_method("GET")
        .uri("http://shop.example")
        .connection_type(aws_sdk_apigateway::types::ConnectionType::VpcLink)
        .connection_id(id)
        .send()
        .await
        .unwrap();
    deploy(&client, &api, "s").await;
    let delete = || client.delete_vpc_link().vpc_link_id(id);
    assert_eq!(
        refusal(delete().send().await).1,
        format!(
            "Cannot delete vpc link. Vpc link '{id}', is referenced in [GET:{root}:s] in format of [Method:Resource:Stage]."
        )
    );
    let stage = client.delete_stage().rest_api_id(&api).stage_name("s");
    stage.send().await.unwrap();
    delete().send().await.unwrap();
    let gone = client.get_vpc_link().vpc_link_id(id).send().await;
    assert_eq!(refusal(gone).1, "Invalid Vpc Link identifier specified");
}

//! What endpoints really answer for an operation that they do not have, and what they answer for a thing that is not there:
//! bodies recorded from moto 5, ministack and LocalStack, through the SDKs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::cloud::connection::machine::Machine;
use crate::cloud::error::from_sdk;
use crate::cloud::testing::{Reply, Server};
use crate::cloud::{Cloud, Hooks, Limits};
use crate::model::connection::ConnectionSpec;
use crate::model::error::{CloudError, ErrorKind};
use std::time::Duration;

const PAGE_404: &str = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>\n";
const PAGE_500: &str = "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n<p>The server encountered an internal error and was unable to complete your request.</p>\n";
const HTML: &str = "text/html; charset=utf-8";

/// An answer as it came: status, type, `x-amzn-errortype`, body.
struct Recorded(u16, &'static str, &'static str, &'static str);

impl Recorded {
    fn reply(&self) -> Reply {
        let mut headers = vec![("content-type", self.1.to_owned())];
        if !self.2.is_empty() {
            headers.push(("x-amzn-errortype", self.2.to_owned()));
        }
        Reply::Http(self.0, headers, self.3.as_bytes().to_vec())
    }
}

fn cloud(answer: Recorded) -> (Cloud, Server) {
    let server = Server::start(move |_, _| answer.reply());
    let spec = ConnectionSpec::of_endpoint("peer", &server.endpoint);
    let mut cloud = Cloud::on(Machine::of(&[], &[]), spec, Hooks::quiet());
    cloud.limits = Limits {
        connect: Duration::from_secs(5),
        read_attempt: Duration::from_secs(5),
        attempts: 2,
        longest_wait: Duration::from_millis(5),
        paced: false,
    };
    (cloud, server)
}

async fn lambda(answer: Recorded) -> CloudError {
    let (cloud, _server) = cloud(answer);
    let client = cloud.lambda().await.unwrap();
    let call = client.get_function_recursion_config().function_name("f");
    from_sdk(
        "GetFunctionRecursionConfig",
        "f",
        call.send().await.unwrap_err(),
    )
}

async fn logs(answer: Recorded) -> CloudError {
    let (cloud, _server) = cloud(answer);
    let client = cloud.logs().await.unwrap();
    let call = client.filter_log_events().log_group_name("g");
    from_sdk("FilterLogEvents", "g", call.send().await.unwrap_err())
}

async fn cloudwatch(answer: Recorded) -> CloudError {
    let (cloud, _server) = cloud(answer);
    let client = cloud.cloudwatch().await.unwrap();
    let call = client.get_dashboard().dashboard_name("d");
    from_sdk("GetDashboard", "d", call.send().await.unwrap_err())
}

async fn iam(answer: Recorded) -> CloudError {
    let (cloud, _server) = cloud(answer);
    let client = cloud.iam().await.unwrap();
    let call = client.get_role().role_name("r");
    from_sdk("GetRole", "r", call.send().await.unwrap_err())
}

async fn head_bucket(answer: Recorded) -> CloudError {
    let (cloud, _server) = cloud(answer);
    let client = cloud.s3().await.unwrap();
    let call = client.head_bucket().bucket("b");
    from_sdk("HeadBucket", "b", call.send().await.unwrap_err())
}

fn is_calm(error: &CloudError) {
    assert_eq!(error.kind, ErrorKind::NotServed, "{}", error.report());
    assert!(!error.is_fault());
    let said = format!("Not served by this endpoint: {}", error.operation);
    assert_eq!(error.headline(), said);
    assert!(!error.report().contains("<html"), "{}", error.report());
    assert!(!error.message.is_empty());
}

#[tokio::test]
async fn an_operation_of_lambda_that_is_not_there_is_not_served_in_every_peers_words() {
    let json = "application/json";
    for answer in [
        // moto
        Recorded(404, HTML, "", PAGE_404),
        Recorded(500, HTML, "", PAGE_500),
        // ministack takes the path of what it does not know for a function's name.
        Recorded(
            404,
            json,
            "ResourceNotFoundException",
            r#"{"__type": "ResourceNotFoundException", "message": "Function not found: /2024-08-31/functions/f/recursion-config"}"#,
        ),
        // ministack, of a service that it has not at all
        Recorded(400, json, "", r#"{"error": "Unsupported service: xray"}"#),
        Recorded(
            404,
            json,
            "NotFoundException",
            r#"{"message": "Unknown path: /sdktypes", "__type": "NotFoundException"}"#,
        ),
        // LocalStack
        Recorded(
            501,
            json,
            "InternalFailure",
            r#"{"__type": "InternalFailure", "message": "The API action 'GetFunctionRecursionConfig' for service 'lambda' is either not available in your current license plan or has not yet been emulated by LocalStack."}"#,
        ),
        // AWS, of a path that Lambda does not know
        Recorded(
            403,
            json,
            "AccessDeniedException",
            r#"{"Message": "Unable to determine service/operation name to be authorized"}"#,
        ),
        Recorded(404, json, "UnknownOperationException", "{}"),
    ] {
        let text = answer.3;
        let error = lambda(answer).await;
        assert_eq!(
            error.kind,
            ErrorKind::NotServed,
            "{text}: {}",
            error.report()
        );
        is_calm(&error);
    }
}

#[tokio::test]
async fn an_operation_of_the_other_services_that_is_not_there_is_not_served_either() {
    let json = "application/x-amz-json-1.1";
    // ministack
    is_calm(
        &logs(Recorded(
            400,
            json,
            "InvalidOperationException",
            r#"{"__type": "InvalidOperationException", "message": "Unknown action: FilterLogEvents"}"#,
        ))
        .await,
    );
    is_calm(
        &iam(Recorded(
            400,
            "text/xml",
            "",
            r#"<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Unknown IAM action: GetRole</Message></Error><RequestId>1</RequestId></ErrorResponse>"#,
        ))
        .await,
    );
    // moto
    is_calm(&logs(Recorded(500, HTML, "", PAGE_500)).await);
    is_calm(&iam(Recorded(500, HTML, "", PAGE_500)).await);
    is_calm(&cloudwatch(Recorded(404, HTML, "", PAGE_404)).await);
    is_calm(&cloudwatch(Recorded(500, HTML, "", PAGE_500)).await);
}

#[tokio::test]
async fn a_thing_that_is_not_there_is_not_found_however_the_peer_writes_it() {
    let not_found = |error: CloudError| {
        assert_eq!(error.kind, ErrorKind::NotFound, "{}", error.report());
        assert!(error.is_fault());
    };
    not_found(
        lambda(Recorded(
            404,
            "application/json",
            "",
            r#"{"__type": "ResourceNotFoundException", "message": "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f"}"#,
        ))
        .await,
    );
    not_found(
        lambda(Recorded(
            404,
            "application/json",
            "ResourceNotFoundException",
            r#"{"Type": "User", "Message": "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f"}"#,
        ))
        .await,
    );
    not_found(
        logs(Recorded(
            400,
            "application/x-amz-json-1.1",
            "",
            r#"{"__type": "ResourceNotFoundException", "message": "The specified log group does not exist."}"#,
        ))
        .await,
    );
    not_found(
        iam(Recorded(
            404,
            "text/xml",
            "",
            r#"<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>Role r not found</Message></Error><RequestId>1</RequestId></ErrorResponse>"#,
        ))
        .await,
    );
    // moto calls the nothing behind a HEAD a page.
    not_found(head_bucket(Recorded(404, HTML, "", "")).await);
}

#[tokio::test]
async fn what_a_service_refuses_or_breaks_on_stays_what_it_is() {
    let json = "application/json";
    let refused = lambda(Recorded(
        400,
        json,
        "InvalidParameterValueException",
        r#"{"Message": "The operation is not supported for this function"}"#,
    ));
    assert_eq!(refused.await.kind, ErrorKind::Invalid);
    let broken = lambda(Recorded(
        500,
        json,
        "ServiceException",
        r#"{"Message": "oops"}"#,
    ));
    assert_eq!(broken.await.kind, ErrorKind::Other);
    let denied = lambda(Recorded(
        403,
        json,
        "AccessDeniedException",
        r#"{"Message": "User: arn:aws:iam::1:user/a is not authorized to perform: lambda:GetFunctionRecursionConfig"}"#,
    ));
    assert!(matches!(denied.await.kind, ErrorKind::Permission { .. }));
    let away = lambda(Recorded(
        502,
        HTML,
        "",
        "<html><h1>502 Bad Gateway</h1></html>",
    ));
    assert_eq!(away.await.kind, ErrorKind::Network);
}

//! Which service a request means, and what is answered when there is none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::request::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use std::collections::BTreeSet;

fn request(scope: &str, headers: &[(&str, &str)], path: &str, body: &str) -> Request {
    let mut map = HeaderMap::new();
    if !scope.is_empty() {
        let credential = format!(
            "AWS4-HMAC-SHA256 Credential=A/20261127/eu-west-1/{scope}/aws4_request, SignedHeaders=host, Signature=0"
        );
        map.insert("authorization", credential.parse().unwrap());
    }
    for (name, value) in headers {
        map.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    Request {
        method: Method::POST,
        path: path.into(),
        query: Vec::new(),
        headers: map,
        body: Bytes::from(body.to_owned()),
    }
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn ctx() -> Ctx {
    Ctx {
        region: "eu-west-1".into(),
        account: "000000000000".into(),
        request_id: "req-1".into(),
        endpoint: String::new(),
    }
}

fn text(response: &Response) -> String {
    match &response.body {
        Body::Full(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Body::Stream(_) => panic!("a stream"),
    }
}

#[test]
fn no_two_rows_claim_the_same_request() {
    let unique = |of: &dyn Fn(&Row) -> Option<&'static str>| {
        let named: Vec<_> = SERVED.iter().filter_map(|row| of(row)).collect();
        let set: BTreeSet<_> = named.iter().collect();
        assert_eq!(set.len(), named.len(), "{named:?}");
    };
    unique(&|row| Some(row.signing));
    unique(&|row| Some(row.name));
    unique(&|row| row.target);
    unique(&|row| row.version);
}

#[test]
fn every_row_is_named_as_aws_names_it() {
    for row in SERVED {
        let known = absent::names().find(|name| {
            name.signing == row.signing && row.target.is_none_or(|target| target == name.target)
        });
        let known = known.unwrap_or_else(|| panic!("AWS has no service {}", row.signing));
        assert!(
            row.version.is_none_or(|v| v == known.version),
            "{}",
            row.name
        );
    }
}

#[test]
fn a_request_means_the_service_that_its_scope_target_version_or_path_names() {
    let rows: &[(Request, Option<&str>)] = &[
        (request("iam", &[], "/", ""), Some("IAM")),
        (request("quantum", &[], "/2015-03-31/functions", ""), None),
        (
            request(
                "",
                &[("x-amz-target", "Logs_20140328.PutLogEvents")],
                "/",
                "",
            ),
            Some("CloudWatch Logs"),
        ),
        (
            request(
                "",
                &[],
                "/service/GraniteServiceVersion20100801/operation/ListMetrics",
                "",
            ),
            Some("CloudWatch"),
        ),
        (
            request(
                "",
                &[FORM],
                "/",
                "Action=GetCallerIdentity&Version=2011-06-15",
            ),
            Some("STS"),
        ),
        (
            request(
                "",
                &[("authorization", "AWS key:signature")],
                "/bucket/key",
                "",
            ),
            Some("S3"),
        ),
        (
            request("", &[], "/2015-03-31/functions/", ""),
            Some("Lambda"),
        ),
        (request("", &[], "/", ""), None),
    ];
    for (request, name) in rows {
        assert_eq!(find(request).map(|row| row.name), *name, "{request:?}");
    }
}

#[test]
fn a_service_that_is_not_there_is_named_in_its_own_protocol() {
    let rows = [
        (
            request(
                "dynamodb",
                &[
                    ("x-amz-target", "DynamoDB_20120810.CreateTable"),
                    ("content-type", "application/x-amz-json-1.0"),
                ],
                "/",
                "{}",
            ),
            "application/x-amz-json-1.0",
            r#""__type":"NotImplemented""#,
            "The sandbox has no DynamoDB (dynamodb), so it can't answer CreateTable.",
        ),
        (
            request(
                "ecr",
                &[(
                    "x-amz-target",
                    "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories",
                )],
                "/",
                "{}",
            ),
            "application/x-amz-json-1.1",
            r#""__type":"NotImplemented""#,
            "has no ECR (ecr), so it can't answer DescribeRepositories.",
        ),
        (
            request("sns", &[FORM], "/", "Action=Publish&Version=2010-03-31"),
            "text/xml",
            "<ErrorResponse",
            "has no SNS (sns), so it can't answer Publish.",
        ),
        (
            request(
                "ec2",
                &[FORM],
                "/",
                "Action=DescribeVpcs&Version=2016-11-15",
            ),
            "text/xml;charset=UTF-8",
            "<Response><Errors><Error><Code>NotImplemented</Code>",
            "has no EC2 (ec2), so it can't answer DescribeVpcs.",
        ),
        (
            request("appsync", &[], "/v1/apis", "{}"),
            "application/json",
            r#""__type":"NotImplemented""#,
            "has no AppSync (appsync), so it can't answer POST /v1/apis.",
        ),
        (
            request("route53", &[], "/2013-04-01/hostedzone", ""),
            "text/xml",
            "<ErrorResponse><Error><Type>Receiver</Type><Code>NotImplemented</Code>",
            "has no Route 53 (route53)",
        ),
        (
            request("quantum", &[], "/leap", ""),
            "application/json",
            r#""__type":"NotImplemented""#,
            "no service called quantum, so it can't answer POST /leap.",
        ),
    ];
    for (request, kind, form, message) in rows {
        let answer = absent::no_service(&ctx(), &request);
        let body = text(&answer).replace("&apos;", "'");
        assert_eq!(answer.status, 501, "{body}");
        assert!(
            answer
                .headers
                .contains(&("content-type".into(), kind.into())),
            "{:?}",
            answer.headers
        );
        assert!(body.contains(form) && body.contains(message), "{body}");
    }
    let cbor = request(
        "cloudhsm",
        &[("smithy-protocol", "rpc-v2-cbor")],
        "/service/BaldrApiService/operation/ListTags",
        "",
    );
    let answer = absent::no_service(&ctx(), &cbor);
    assert!(
        answer
            .headers
            .contains(&("smithy-protocol".into(), "rpc-v2-cbor".into()))
    );
    let Body::Full(bytes) = &answer.body else {
        panic!("a stream")
    };
    let body = crate::protocol::cbor::decode(bytes).unwrap();
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("CloudHSM V2 (cloudhsm)"),
        "{body}"
    );
}

#[test]
fn a_request_without_a_signature_is_refused_in_its_own_protocol() {
    let rows = [
        (
            request("", &[FORM], "/", "Action=ListRoles&Version=2010-05-08"),
            "<Code>MissingAuthenticationToken</Code>",
        ),
        (
            request(
                "",
                &[("x-amz-target", "Logs_20140328.PutLogEvents")],
                "/",
                "{}",
            ),
            r#""__type":"MissingAuthenticationTokenException""#,
        ),
        (
            request("", &[], "/2015-03-31/functions", ""),
            r#""__type":"MissingAuthenticationTokenException""#,
        ),
        (
            request("", &[], "/orders/a%20key", ""),
            "<Code>AccessDenied</Code>",
        ),
        (
            request("", &[("host", "orders.s3.amazonaws.com")], "/k", ""),
            "<Code>AccessDenied</Code>",
        ),
    ];
    for (request, form) in rows {
        let answer = absent::unsigned(find(&request), &ctx(), &request);
        assert_eq!(answer.status, 403);
        assert!(text(&answer).contains(form), "{}", text(&answer));
    }
}

//! Documents, and what is seen of them before they are sent.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::model::api::{Method, Resource};

const TEXT: &str = "openapi: 3.0.1
info: {title: shop, version: '1'}
servers: [{url: 'https://x.example/v1/shop/'}]
paths:
  /orders/:
    parameters: [{name: s, in: cookie}]
    get:
      responses: {200: {}, 2XX: {}}
      x-amazon-apigateway-integration: {type: mock}
    x-amazon-apigateway-any-method:
      security: [{key: []}]
      x-amazon-apigateway-integration:
        type: aws_proxy
        uri: !Sub 'arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:1:function:f/invocations'
    options: {}
";

#[test]
fn a_document_says_what_it_would_make_and_what_is_left_out() {
    let document = read(TEXT).unwrap();
    let head = (
        document.language.as_str(),
        document.title.as_str(),
        document.base.as_str(),
    );
    assert_eq!(head, ("OpenAPI 3.0.1", "shop", "/v1/shop"));
    let methods: Vec<_> = document
        .methods
        .iter()
        .map(|one| (one.verb, one.line, one.target.as_str(), one.open))
        .collect();
    assert_eq!(
        methods,
        [
            ("GET", 7, "mock", true),
            ("ANY", 10, "f", false),
            ("OPTIONS", 15, "", true)
        ]
    );
    assert_eq!(document.open(), 1);
    let notes: Vec<_> = document
        .notes
        .iter()
        .map(|note| (note.line, note.text.as_str()))
        .collect();
    assert_eq!(
        notes,
        [
            (6, "Parameter s in a cookie is left out"),
            (8, "Response 2XX is left out"),
            (
                14,
                "Fn::Sub is CloudFormation's: an import does not evaluate it"
            ),
            (
                15,
                "Nothing answers OPTIONS /orders/: it has no integration"
            ),
        ]
    );
    for (base, expected) in [
        (Base::Ignore, "/orders"),
        (Base::Prepend, "/v1/shop/orders"),
        (Base::Split, "/shop/orders"),
    ] {
        assert_eq!(document.whole("/orders/", base), expected);
    }
    assert_eq!(document.whole("/", Base::Ignore), "/");
}

#[test]
fn what_is_there_is_kept_replaced_or_removed() {
    let document = read(TEXT).unwrap();
    let resource = |path: &str, verbs: &[&str]| Resource {
        path: path.into(),
        methods: verbs
            .iter()
            .map(|verb| ((*verb).to_owned(), Method::default()))
            .collect(),
        ..Resource::default()
    };
    let there = [
        resource("/orders", &["GET", "PUT"]),
        resource("/a", &["GET"]),
    ];
    let told = |overwrite| {
        let all = document.changes(Base::Ignore, &there, overwrite);
        let told = all
            .iter()
            .map(|one| format!("{:?} {} {}", one.change, one.verb, one.path));
        told.collect::<Vec<_>>()
    };
    let kept = [
        "Replaced GET /orders",
        "Added ANY /orders",
        "Added OPTIONS /orders",
    ];
    assert_eq!(told(false), kept);
    let gone = ["Removed GET /a", "Removed PUT /orders"];
    assert_eq!(told(true), [&gone[..], &kept[..]].concat());
}

#[test]
fn what_is_no_document_is_said_in_one_line() {
    for (text, part) in [
        ("", "empty"),
        ("{\"a\": [}", "neither JSON nor YAML"),
        ("a: 1\n", "no OpenAPI document"),
        ("openapi: 3.1.0\ninfo: {title: t}\n", "It is OpenAPI 3.1.0"),
        ("swagger: '2.0'\ninfo: {}\n", "no title"),
    ] {
        let wrong = read(text).unwrap_err();
        assert!(wrong.contains(part), "{text}: {wrong}");
    }
    let large = "x".repeat(12 * 1024 * 1024);
    assert_eq!(
        read(&large).unwrap_err(),
        "It has 12 MB; API Gateway takes 6 MB"
    );
    let json = "{\n\"swagger\": \"2.0\", \"info\": {\"title\": \"t\"},\n\t\"paths\": {\"/a\": {\n\"get\": {}}}}";
    assert_eq!(read(json).unwrap().methods[0].line, 4);
}

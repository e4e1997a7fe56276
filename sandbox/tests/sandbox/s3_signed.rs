//! What lets a request into S3: presigned addresses of both versions, forms, hosts that name a bucket; and what is said to others.

use crate::{
    endpoint::send,
    s3::{body, client},
    support::Live,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::time::Duration;

struct Site {
    live: Live,
    host: String,
}

impl Site {
    async fn start() -> Self {
        let live = Live::start().await;
        let host = live.sandbox.endpoint().replace("http://", "");
        let s3 = client(&live);
        s3.create_bucket().bucket("orders").send().await.unwrap();
        s3.put_object()
            .bucket("orders")
            .key("a b.txt")
            .body(b"content".to_vec().into())
            .send()
            .await
            .unwrap();
        Self { live, host }
    }

    /// Status, head in lower case, and text of a request whose `Host` is this one or another.
    async fn ask(
        &self,
        line: &str,
        host: &str,
        headers: &str,
        body: &str,
    ) -> (u16, String, String) {
        let length = body.len();
        let request = format!(
            "{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
        let (status, head, body) = send(&self.host, &request).await;
        (status, head, String::from_utf8_lossy(&body).into_owned())
    }

    async fn get(&self, target: &str, headers: &str) -> (u16, String) {
        let (status, _, body) = self
            .ask(&format!("GET {target}"), &self.host, headers, "")
            .await;
        (status, body)
    }
}

fn in_seconds(seconds: i64) -> i64 {
    jiff::Timestamp::now().as_second() + seconds
}

#[tokio::test]
async fn signatures_of_both_versions_are_served_until_they_expire() {
    let site = Site::start().await;
    let file = "/orders/a%20b.txt";
    let old = |at| format!("{file}?AWSAccessKeyId=test&Signature=x%3D&Expires={at}");
    assert_eq!(
        site.get(&old(in_seconds(60)), "").await,
        (200, "content".into())
    );
    let header = "authorization: AWS test:c2lnbmVk\r\ndate: Fri, 27 Nov 2026 12:00:00 GMT\r\n";
    assert_eq!(site.get(file, header).await.0, 200);

    let config = aws_sdk_s3::presigning::PresigningConfig::expires_in(Duration::from_secs(60));
    let presigned = client(&site.live)
        .get_object()
        .bucket("orders")
        .key("a b.txt")
        .response_content_type("text/x-made-up")
        .presigned(config.unwrap())
        .await
        .unwrap();
    let target = presigned.uri().split_once(&site.host).unwrap().1;
    let (status, head, text) = site.ask(&format!("GET {target}"), &site.host, "", "").await;
    assert_eq!((status, text.as_str()), (200, "content"));
    assert!(head.contains("content-type: text/x-made-up"), "{head}");

    let signed_at = "20260101T000000Z";
    let new = target.replace(
        &target[target.find("X-Amz-Date=").unwrap()..][..27],
        &format!("X-Amz-Date={signed_at}"),
    );
    for expired in [old(in_seconds(-60)), new] {
        let (status, text) = site.get(&expired, "").await;
        assert_eq!(status, 403, "{expired}: {text}");
        assert!(text.contains("<Code>AccessDenied</Code>"), "{text}");
        assert!(text.contains("<Message>Request has expired"), "{text}");
        assert!(text.contains("<ServerTime>"), "{text}");
    }
    let unsigned = [
        (file.to_owned(), "AccessDenied"),
        ("/orders".to_owned(), "AccessDenied"),
        (format!("{file}?Signature=x"), "AccessDenied"),
        (
            format!("{file}?X-Amz-Signature=x"),
            "AuthorizationQueryParametersError",
        ),
    ];
    for (target, code) in unsigned {
        let (_, text) = site.get(&target, "").await;
        assert!(text.contains(&format!("<Code>{code}</Code>")), "{text}");
    }
}

#[tokio::test]
async fn what_a_presigned_address_holds_counts_as_headers_but_not_a_checksum_of_nothing() {
    let site = Site::start().await;
    // As the SDK for JavaScript presigns a PUT: with the checksum of an empty content.
    let date = jiff::Timestamp::now()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let target = format!(
        "/orders/js?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F{}%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date={date}&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=00&x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-meta-by=js&x-amz-sdk-checksum-algorithm=CRC32&x-id=PutObject",
        &date[..8]
    );
    let put = format!("PUT {target}");
    let (status, _, text) = site.ask(&put, &site.host, "", "from javascript").await;
    assert_eq!(status, 200, "{text}");
    let got = client(&site.live)
        .get_object()
        .bucket("orders")
        .key("js")
        .send()
        .await
        .unwrap();
    assert_eq!(got.metadata().unwrap()["by"], "js");
    assert!(got.checksum_crc64_nvme().is_some());
    assert_eq!(body(got.body).await, b"from javascript");
    // What was not signed does not count.
    let free = "x-amz-meta-more: x\r\n";
    let (status, _, text) = site.ask(&put, &site.host, free, "x").await;
    assert_eq!(status, 403);
    assert!(
        text.contains("<HeadersNotSigned>x-amz-meta-more<"),
        "{text}"
    );
}

#[tokio::test]
async fn a_bucket_may_be_named_by_the_host() {
    let site = Site::start().await;
    let (_, port) = site.host.split_once(':').unwrap();
    let signed = "authorization: AWS4-HMAC-SHA256 Credential=A/20261127/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n";
    for host in [
        "orders.s3.amazonaws.com".to_owned(),
        "orders.s3.eu-west-1.amazonaws.com".to_owned(),
        "orders.s3-eu-west-1.amazonaws.com".to_owned(),
        format!("orders.s3.localhost:{port}"),
        format!("orders.localhost:{port}"),
        format!("orders.127.0.0.1:{port}"),
    ] {
        let (status, _, text) = site.ask("GET /a%20b.txt", &host, signed, "").await;
        assert_eq!((status, text.as_str()), (200, "content"), "{host}");
        let (status, _, text) = site.ask("GET /a%20b.txt", &host, "", "").await;
        assert_eq!(status, 403, "{host}");
        assert!(text.contains("<Code>AccessDenied</Code>"), "{host}: {text}");
        let (status, _, text) = site.ask("GET /?location", &host, signed, "").await;
        assert_eq!(status, 200, "{host}: {text}");
        assert!(text.contains("<LocationConstraint"), "{host}: {text}");
    }
    let (_, _, text) = site
        .ask("GET /orders/none", "s3.amazonaws.com", signed, "")
        .await;
    assert!(text.contains("<Code>NoSuchKey</Code>"), "{text}");
    assert!(text.contains("<Key>none</Key>"), "{text}");
}

/// A form with some fields, and a file.
fn form(fields: &[(&str, &str)], file: &str) -> String {
    let part = |name: &str, more: &str, value: &str| {
        format!(
            "--sign\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{value}\r\n"
        )
    };
    let mut out: String = fields
        .iter()
        .map(|(name, value)| part(name, "", value))
        .collect();
    out.push_str(&part("file", "; filename=\"cat.jpg\"", file));
    out.push_str("--sign--\r\n");
    out
}

fn policy(seconds: i64, conditions: &str) -> String {
    let until = jiff::Timestamp::from_second(in_seconds(seconds)).unwrap();
    BASE64_STANDARD.encode(format!(
        r#"{{"expiration": "{until}", "conditions": [{{"bucket": "orders"}}, ["starts-with", "$key", "in/"]{conditions}]}}"#
    ))
}

#[tokio::test]
async fn an_object_is_put_by_a_form_that_its_policy_allows() {
    let site = Site::start().await;
    let kind = "content-type: multipart/form-data; boundary=sign\r\n";
    let post = async |policy: &str, more: &[(&str, &str)]| {
        let mut fields = vec![
            ("key", "in/${filename}"),
            ("AWSAccessKeyId", "test"),
            ("policy", policy),
            ("signature", "x"),
        ];
        fields.extend_from_slice(more);
        let (host, form) = (&site.host, form(&fields, "meow"));
        site.ask("POST /orders", host, kind, &form).await
    };
    let (status, head, text) = post(&policy(60, ""), &[]).await;
    assert_eq!((status, text.as_str()), (204, ""), "{head}");
    assert!(head.contains("/orders/in/cat.jpg"), "{head}");
    let got = client(&site.live)
        .get_object()
        .bucket("orders")
        .key("in/cat.jpg")
        .send()
        .await
        .unwrap();
    assert_eq!(body(got.body).await, b"meow");

    let created = r#", ["eq", "$success_action_status", "201"], ["content-length-range", 1, 4]"#;
    let (status, _, text) = post(&policy(60, created), &[("success_action_status", "201")]).await;
    assert_eq!(status, 201, "{text}");
    assert!(text.contains("<Key>in/cat.jpg</Key>"), "{text}");

    for (policy, more, told) in [
        (policy(-60, ""), &[][..], "Policy expired."),
        (
            policy(60, ""),
            &[("acl", "private")][..],
            "Extra input fields: acl",
        ),
        (
            policy(60, r#", ["content-length-range", 1, 3]"#),
            &[][..],
            "<Code>EntityTooLarge</Code>",
        ),
        ("e30=".to_owned(), &[][..], "InvalidPolicyDocument"),
    ] {
        let (status, _, text) = post(&policy, more).await;
        assert!(status == 403 || status == 400, "{status}");
        assert!(text.contains(told), "{told}: {text}");
    }
    let (host, bare) = (&site.host, form(&[("key", "in/x")], "meow"));
    let (status, _, text) = site.ask("POST /orders", host, kind, &bare).await;
    assert_eq!(status, 403);
    assert!(text.contains("<Code>AccessDenied</Code>"), "{text}");
}

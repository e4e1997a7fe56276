//! Buckets and objects.

use crate::support::{Live, code, refusal};
use aws_sdk_s3::{
    Client,
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier},
};

pub fn client(live: &Live) -> Client {
    Client::new(&live.config)
}

pub async fn body(stream: ByteStream) -> Vec<u8> {
    stream.collect().await.unwrap().to_vec()
}

#[tokio::test]
async fn a_bucket_is_created_listed_and_deleted_when_empty() {
    let live = Live::start().await;
    let s3 = client(&live);
    s3.create_bucket().bucket("orders").send().await.unwrap();
    let buckets = s3.list_buckets().send().await.unwrap();
    assert_eq!(buckets.buckets()[0].name(), Some("orders"));
    let head = s3.head_bucket().bucket("orders").send().await.unwrap();
    assert_eq!(head.bucket_region(), Some("us-east-1"));
    assert!(
        s3.get_bucket_location()
            .bucket("orders")
            .send()
            .await
            .is_ok()
    );
    s3.put_object()
        .bucket("orders")
        .key("a")
        .body(ByteStream::from_static(b"x"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        code(s3.delete_bucket().bucket("orders").send().await),
        "BucketNotEmpty"
    );
    s3.delete_object()
        .bucket("orders")
        .key("a")
        .send()
        .await
        .unwrap();
    s3.delete_bucket().bucket("orders").send().await.unwrap();
    assert!(
        s3.head_bucket()
            .bucket("orders")
            .send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_not_found()
    );
    assert_eq!(
        code(s3.create_bucket().bucket("Bad_Name").send().await),
        "InvalidBucketName"
    );
}

#[tokio::test]
async fn an_object_comes_back_as_it_was_put_whole_or_in_part() {
    let live = Live::start().await;
    let s3 = client(&live);
    s3.create_bucket().bucket("orders").send().await.unwrap();
    let key = "a folder/注文+1.zip";
    let put = s3
        .put_object()
        .bucket("orders")
        .key(key)
        .content_type("application/zip")
        .metadata("made-by", "test")
        .body(ByteStream::from_static(b"0123456789"))
        .send()
        .await
        .unwrap();
    assert!(
        put.checksum_crc32().is_some(),
        "the SDK sends a checksum after the body"
    );
    let got = s3
        .get_object()
        .bucket("orders")
        .key(key)
        .send()
        .await
        .unwrap();
    assert_eq!(got.content_type(), Some("application/zip"));
    assert_eq!(got.metadata().unwrap()["made-by"], "test");
    assert_eq!(got.e_tag(), put.e_tag());
    assert_eq!(body(got.body).await, b"0123456789");
    let part = s3
        .get_object()
        .bucket("orders")
        .key(key)
        .range("bytes=2-4")
        .send()
        .await
        .unwrap();
    assert_eq!(part.content_range(), Some("bytes 2-4/10"));
    assert_eq!(body(part.body).await, b"234");
    let head = s3
        .head_object()
        .bucket("orders")
        .key(key)
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_length(), Some(10));
    let far = s3
        .get_object()
        .bucket("orders")
        .key(key)
        .range("bytes=99-")
        .send()
        .await;
    assert_eq!(code(far), "InvalidRange");
    s3.copy_object()
        .bucket("orders")
        .key("copy")
        .copy_source("orders/a%20folder/%E6%B3%A8%E6%96%87%2B1.zip")
        .send()
        .await
        .unwrap();
    let copy = s3
        .get_object()
        .bucket("orders")
        .key("copy")
        .send()
        .await
        .unwrap();
    assert_eq!(body(copy.body).await, b"0123456789");
}

#[tokio::test]
async fn what_is_not_there_is_told_by_its_kind() {
    let live = Live::start().await;
    let s3 = client(&live);
    let get = |bucket: &str| s3.get_object().bucket(bucket).key("k").send();
    assert_eq!(code(get("nothing").await), "NoSuchBucket");
    s3.create_bucket().bucket("orders").send().await.unwrap();
    let (name, message) = refusal(get("orders").await);
    assert_eq!(name, "NoSuchKey");
    assert_eq!(message, "The specified key does not exist.");
    let head = s3.head_object().bucket("orders").key("k").send().await;
    assert!(head.unwrap_err().into_service_error().is_not_found());
}

#[tokio::test]
async fn keys_are_listed_in_pages_by_prefix_and_folder() {
    let live = Live::start().await;
    let s3 = client(&live);
    s3.create_bucket().bucket("orders").send().await.unwrap();
    for key in ["a/1", "a/2", "b/1", "b/2/x", "c", "d"] {
        s3.put_object()
            .bucket("orders")
            .key(key)
            .body(ByteStream::from_static(b"x"))
            .send()
            .await
            .unwrap();
    }
    let all = s3
        .list_objects_v2()
        .bucket("orders")
        .into_paginator()
        .page_size(4)
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    let keys: Vec<Vec<&str>> = all
        .iter()
        .map(|page| {
            page.contents()
                .iter()
                .map(|object| object.key().unwrap())
                .collect()
        })
        .collect();
    assert_eq!(keys, [vec!["a/1", "a/2", "b/1", "b/2/x"], vec!["c", "d"]]);
    let folders = s3
        .list_objects_v2()
        .bucket("orders")
        .delimiter("/")
        .into_paginator()
        .page_size(1)
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    let prefixes: Vec<&str> = folders
        .iter()
        .flat_map(|page| {
            page.common_prefixes()
                .iter()
                .map(|prefix| prefix.prefix().unwrap())
        })
        .collect();
    assert_eq!(prefixes, ["a/", "b/"]);
    assert_eq!(folders.len(), 4);
    let inside = s3
        .list_objects_v2()
        .bucket("orders")
        .prefix("b/")
        .delimiter("/")
        .send()
        .await
        .unwrap();
    assert_eq!(inside.contents()[0].key(), Some("b/1"));
    assert_eq!(inside.common_prefixes()[0].prefix(), Some("b/2/"));
    let deleted = s3
        .delete_objects()
        .bucket("orders")
        .delete(
            Delete::builder()
                .objects(ObjectIdentifier::builder().key("a/1").build().unwrap())
                .objects(ObjectIdentifier::builder().key("a/2").build().unwrap())
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.deleted().len(), 2);
}

#[tokio::test]
async fn parts_are_put_together_in_their_order() {
    let live = Live::start().await;
    let s3 = client(&live);
    s3.create_bucket().bucket("orders").send().await.unwrap();
    let upload = s3
        .create_multipart_upload()
        .bucket("orders")
        .key("big")
        .send()
        .await
        .unwrap();
    let id = upload.upload_id().unwrap();
    let mut parts = Vec::new();
    for (number, content) in [(1, vec![b'a'; 5 * 1024 * 1024]), (2, b"end".to_vec())] {
        let part = s3
            .upload_part()
            .bucket("orders")
            .key("big")
            .upload_id(id)
            .part_number(number)
            .body(content.into())
            .send()
            .await
            .unwrap();
        parts.push(
            CompletedPart::builder()
                .part_number(number)
                .e_tag(part.e_tag().unwrap())
                .build(),
        );
    }
    let listed = s3
        .list_parts()
        .bucket("orders")
        .key("big")
        .upload_id(id)
        .send()
        .await
        .unwrap();
    assert_eq!(listed.parts().len(), 2);
    let done = s3
        .complete_multipart_upload()
        .bucket("orders")
        .key("big")
        .upload_id(id)
        .multipart_upload(
            CompletedMultipartUpload::builder()
                .set_parts(Some(parts))
                .build(),
        )
        .send()
        .await
        .unwrap();
    assert!(
        done.e_tag().unwrap().ends_with("-2\""),
        "{:?}",
        done.e_tag()
    );
    let head = s3
        .head_object()
        .bucket("orders")
        .key("big")
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_length(), Some(5 * 1024 * 1024 + 3));
    let other = s3
        .create_multipart_upload()
        .bucket("orders")
        .key("other")
        .send()
        .await
        .unwrap();
    let abort = || {
        s3.abort_multipart_upload()
            .bucket("orders")
            .key("other")
            .upload_id(other.upload_id().unwrap())
            .send()
    };
    abort().await.unwrap();
    assert_eq!(code(abort().await), "NoSuchUpload");
}

#[tokio::test]
async fn conditions_ranges_and_what_is_kept_beside_a_content_are_as_in_aws() {
    let live = Live::start().await;
    let s3 = client(&live);
    s3.create_bucket().bucket("orders").send().await.unwrap();
    let put = |key: &str| {
        let put = s3.put_object().bucket("orders").key(key);
        put.body(ByteStream::from_static(b"0123456789"))
    };
    let first = put("k").metadata("by", "Ä é").tagging("a=1&b=2");
    let first = first.content_language("de").send().await.unwrap();
    assert_eq!(first.server_side_encryption().unwrap().as_str(), "AES256");
    let get = || s3.get_object().bucket("orders").key("k");
    let got = get().send().await.unwrap();
    assert_eq!(got.tag_count(), Some(2));
    assert_eq!(got.content_language(), Some("de"));
    assert_eq!(got.server_side_encryption().unwrap().as_str(), "AES256");
    let at = *got.last_modified().unwrap();
    let seconds = |more| aws_sdk_s3::primitives::DateTime::from_secs(at.secs() + more);
    let later = get().if_unmodified_since(seconds(-1)).send().await;
    assert_eq!(code(later), "PreconditionFailed");
    let same = get().if_modified_since(at).send().await.unwrap_err();
    assert_eq!(same.raw_response().unwrap().status().as_u16(), 304);
    get().if_modified_since(seconds(-1)).send().await.unwrap();
    let known = get().if_none_match(first.e_tag().unwrap()).send().await;
    let known = known.unwrap_err();
    assert_eq!(known.raw_response().unwrap().status().as_u16(), 304);
    assert_eq!(code(get().range("bytes=-0").send().await), "InvalidRange");

    let other = put("k").if_match("\"other\"").send().await;
    assert_eq!(code(other), "PreconditionFailed");
    let nothing = put("none").if_match("\"other\"").send().await;
    assert_eq!(code(nothing), "NoSuchKey");
    let taken = put("k").if_none_match("*").send().await;
    assert_eq!(code(taken), "PreconditionFailed");
    let delete = s3.delete_object().bucket("orders").key("k");
    let other = delete.if_match("\"other\"").send().await;
    assert_eq!(code(other), "PreconditionFailed");

    let cold = put("cold").storage_class(aws_sdk_s3::types::StorageClass::Glacier);
    cold.send().await.unwrap();
    let cold = s3.get_object().bucket("orders").key("cold").send().await;
    assert_eq!(code(cold), "InvalidObjectState");
    let listed = s3.list_objects_v2().bucket("orders").fetch_owner(true);
    let listed = listed.send().await.unwrap();
    let rows: Vec<_> = listed.contents().iter().collect();
    assert_eq!(rows[0].storage_class().unwrap().as_str(), "GLACIER");
    assert_eq!(rows[1].checksum_algorithm()[0].as_str(), "CRC32");
    assert!(rows[1].owner().unwrap().id().is_some());
    let odd = put("odd").storage_class("FAKE".into()).send().await;
    assert_eq!(code(odd), "InvalidStorageClass");
    let token = s3.list_objects_v2().bucket("orders");
    let token = token.continuation_token("?").send().await;
    assert_eq!(
        refusal(token),
        (
            "InvalidArgument".into(),
            "The continuation token provided is incorrect".into()
        )
    );
    let secret = put("secret").sse_customer_algorithm("AES256").send().await;
    assert_eq!(
        refusal(secret),
        (
            "NotImplemented".into(),
            "A header you provided implies functionality that is not implemented".into()
        )
    );
}

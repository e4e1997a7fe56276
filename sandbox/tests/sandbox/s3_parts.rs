//! Parts, copies and checksums.

use crate::{
    s3::{body, client},
    support::{Live, code, refusal},
};
use aws_sdk_s3::{
    Client,
    types::{
        ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart,
        ObjectAttributes,
    },
};

const BIG: usize = 5 * 1024 * 1024;

async fn started() -> (Live, Client) {
    let live = Live::start().await;
    let s3 = client(&live);
    s3.create_bucket().bucket("orders").send().await.unwrap();
    (live, s3)
}

async fn begin(s3: &Client, kind: Option<(ChecksumAlgorithm, ChecksumType)>) -> String {
    let (algorithm, kind) = kind.unzip();
    let upload = s3
        .create_multipart_upload()
        .bucket("orders")
        .key("whole")
        .set_checksum_algorithm(algorithm)
        .set_checksum_type(kind)
        .send()
        .await
        .unwrap();
    assert_eq!(upload.server_side_encryption().unwrap().as_str(), "AES256");
    upload.upload_id().unwrap().to_owned()
}

fn completed(parts: Vec<CompletedPart>) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder()
        .set_parts(Some(parts))
        .build()
}

/// 20 MB as `aws s3 cp` copies them from S3 to S3, and a part that is read by its number.
#[tokio::test]
async fn a_large_object_is_copied_in_parts_and_read_by_them() {
    let (_live, s3) = started().await;
    let content: Vec<u8> = (0..4 * BIG).map(|at| (at / 7) as u8).collect();
    s3.put_object()
        .bucket("orders")
        .key("source")
        .tagging("kind=large")
        .body(content.clone().into())
        .send()
        .await
        .unwrap();
    let tags = s3.get_object_tagging().bucket("orders").key("source");
    assert_eq!(tags.send().await.unwrap().tag_set()[0].value(), "large");
    let id = begin(&s3, None).await;
    let mut parts = Vec::new();
    for number in 1..=4 {
        let first = (number - 1) * BIG;
        let copied = s3
            .upload_part_copy()
            .bucket("orders")
            .key("whole")
            .upload_id(&id)
            .part_number(number as i32)
            .copy_source("orders/source")
            .copy_source_range(format!("bytes={first}-{}", first + BIG - 1))
            .send()
            .await
            .unwrap();
        let result = copied.copy_part_result().unwrap();
        parts.push(
            CompletedPart::builder()
                .part_number(number as i32)
                .e_tag(result.e_tag().unwrap())
                .build(),
        );
    }
    let listed = s3.list_parts().bucket("orders").key("whole").upload_id(&id);
    let listed = listed.part_number_marker("1").max_parts(2);
    let listed = listed.send().await.unwrap();
    let numbers: Vec<_> = listed
        .parts()
        .iter()
        .map(|p| p.part_number().unwrap())
        .collect();
    assert_eq!((numbers, listed.is_truncated()), (vec![2, 3], Some(true)));
    assert_eq!(listed.next_part_number_marker(), Some("3"));
    assert!(listed.initiator().is_some() && listed.owner().is_some());
    let complete = || {
        s3.complete_multipart_upload()
            .bucket("orders")
            .key("whole")
            .upload_id(&id)
            .multipart_upload(completed(parts.clone()))
            .send()
    };
    let first = complete().await.unwrap();
    assert!(first.checksum_crc64_nvme().is_some());
    let again = complete().await.unwrap();
    assert_eq!(first.e_tag(), again.e_tag(), "asked again, told again");
    let whole = s3.get_object().bucket("orders").key("whole");
    assert!(body(whole.send().await.unwrap().body).await == content);

    let part = |number| {
        s3.get_object()
            .bucket("orders")
            .key("whole")
            .part_number(number)
    };
    let third = part(3).send().await.unwrap();
    assert_eq!(third.parts_count(), Some(4));
    let range = format!("bytes {}-{}/{}", 2 * BIG, 3 * BIG - 1, 4 * BIG);
    assert_eq!(third.content_range(), Some(range.as_str()));
    assert!(body(third.body).await == content[2 * BIG..3 * BIG]);
    assert_eq!(code(part(5).send().await), "InvalidPartNumber");
    assert_eq!(
        code(part(1).range("bytes=0-1").send().await),
        "InvalidRequest"
    );
    let head = s3.head_object().bucket("orders").key("whole");
    let head = head.part_number(1).send().await.unwrap();
    assert_eq!(head.content_length(), Some(BIG as i64));
    assert_eq!(head.parts_count(), Some(4));
    let one = s3.get_object().bucket("orders").key("source");
    let one = one.part_number(1).send().await.unwrap();
    assert_eq!(one.parts_count(), None);
    assert_eq!(one.content_length(), Some(4 * BIG as i64));
}

#[tokio::test]
async fn checksums_are_kept_in_both_types_and_compared() {
    let (_live, s3) = started().await;
    for (algorithm, kind, value) in [
        // As AWS answered for parts of 5,242,881, 5,242,881 and 10 times `a`.
        (
            ChecksumAlgorithm::Crc32,
            ChecksumType::Composite,
            "5FRUiw==-3",
        ),
        (
            ChecksumAlgorithm::Crc32C,
            ChecksumType::Composite,
            "XF5+4A==-3",
        ),
        (
            ChecksumAlgorithm::Sha1,
            ChecksumType::Composite,
            "AyE60nyQoBgJcwsyPHWu7aJuxBs=-3",
        ),
        (
            ChecksumAlgorithm::Sha256,
            ChecksumType::Composite,
            "9o++y6AejqboiJ7MZCx0fahK2Vu5YC/qnNhhYsCLciI=-3",
        ),
        (
            ChecksumAlgorithm::Crc32,
            ChecksumType::FullObject,
            "qSEQSA==",
        ),
        (
            ChecksumAlgorithm::Crc32C,
            ChecksumType::FullObject,
            "eTdAQA==",
        ),
        (
            ChecksumAlgorithm::Crc64Nvme,
            ChecksumType::FullObject,
            "ZMNX55lZurA=",
        ),
    ] {
        let id = begin(&s3, Some((algorithm.clone(), kind.clone()))).await;
        let mut parts = Vec::new();
        for (number, size) in [(1, BIG + 1), (2, BIG + 1), (3, 10)] {
            let part = s3
                .upload_part()
                .bucket("orders")
                .key("whole")
                .upload_id(&id)
                .part_number(number)
                .checksum_algorithm(algorithm.clone())
                .body(vec![b'a'; size].into())
                .send()
                .await
                .unwrap();
            parts.push(
                CompletedPart::builder()
                    .part_number(number)
                    .e_tag(part.e_tag().unwrap())
                    .set_checksum_crc32(part.checksum_crc32)
                    .set_checksum_crc32_c(part.checksum_crc32_c)
                    .set_checksum_sha1(part.checksum_sha1)
                    .set_checksum_sha256(part.checksum_sha256)
                    .set_checksum_crc64_nvme(part.checksum_crc64_nvme)
                    .build(),
            );
        }
        s3.complete_multipart_upload()
            .bucket("orders")
            .key("whole")
            .upload_id(&id)
            .multipart_upload(completed(parts))
            .send()
            .await
            .unwrap();
        let head = s3.head_object().bucket("orders").key("whole");
        let head = head
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
            .unwrap();
        assert_eq!(head.checksum_type(), Some(&kind));
        let told = [
            head.checksum_crc32(),
            head.checksum_crc32_c(),
            head.checksum_sha1(),
            head.checksum_sha256(),
            head.checksum_crc64_nvme(),
        ];
        assert_eq!(told.into_iter().flatten().collect::<Vec<_>>(), [value]);
        let told = s3
            .get_object_attributes()
            .bucket("orders")
            .key("whole")
            .object_attributes(ObjectAttributes::ObjectParts)
            .object_attributes(ObjectAttributes::ObjectSize)
            .send()
            .await
            .unwrap();
        let parts = told.object_parts().unwrap();
        assert_eq!(parts.total_parts_count(), Some(3));
        assert_eq!(
            parts.parts().len(),
            if kind == ChecksumType::Composite {
                3
            } else {
                0
            }
        );
        assert_eq!(told.object_size(), Some(2 * (BIG as i64 + 1) + 10));
    }
    // A copy is one whole, with the same algorithm over all of it.
    let copy = s3
        .copy_object()
        .bucket("orders")
        .key("copy")
        .copy_source("orders/whole")
        .checksum_algorithm(ChecksumAlgorithm::Sha1)
        .send()
        .await
        .unwrap();
    let result = copy.copy_object_result().unwrap();
    assert_eq!(
        (result.checksum_sha1(), result.checksum_type()),
        (
            Some("eIC+AqBqApUmeqCBQ+9n8OVTP+8="),
            Some(&ChecksumType::FullObject)
        )
    );
    assert_eq!(result.e_tag(), Some("\"a0397ee2df08832642af5d7e57c5760c\""));
    let put = |value: &str| {
        s3.put_object()
            .bucket("orders")
            .key("wrong")
            .checksum_sha256(value)
            .body(b"test data..".to_vec().into())
            .send()
    };
    assert_eq!(
        refusal(put("test").await),
        (
            "InvalidRequest".into(),
            "Value for x-amz-checksum-sha256 header is invalid.".into()
        )
    );
    let other = "9o++y6AejqboiJ7MZCx0fahK2Vu5YC/qnNhhYsCLciI=";
    assert_eq!(
        refusal(put(other).await),
        (
            "BadDigest".into(),
            "The SHA256 you specified did not match the calculated checksum.".into()
        )
    );
}

#[tokio::test]
async fn what_a_completion_says_is_held_against_what_came() {
    let (_live, s3) = started().await;
    let id = begin(&s3, None).await;
    let part = s3
        .upload_part()
        .bucket("orders")
        .key("whole")
        .upload_id(&id)
        .part_number(1)
        .body(b"test".to_vec().into())
        .send()
        .await
        .unwrap();
    let named = |number| {
        CompletedPart::builder()
            .part_number(number)
            .e_tag(part.e_tag().unwrap())
            .build()
    };
    let complete = |parts: Vec<CompletedPart>| {
        s3.complete_multipart_upload()
            .bucket("orders")
            .key("whole")
            .upload_id(&id)
            .multipart_upload(completed(parts))
    };
    let none = complete(Vec::new()).send().await;
    assert_eq!(refusal(none).1, "You must specify at least one part");
    assert_eq!(code(complete(vec![named(2)]).send().await), "InvalidPart");
    let twice = complete(vec![named(1), named(1)]).send().await;
    assert_eq!(code(twice), "InvalidPartOrder");
    let size = complete(vec![named(1)]).mpu_object_size(5).send().await;
    assert_eq!(
        refusal(size).1,
        "The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 4"
    );
    // Whoever was there first, or came in between, is not written over.
    let put = s3.put_object().bucket("orders").key("whole");
    put.body(b"mine".to_vec().into()).send().await.unwrap();
    let taken = complete(vec![named(1)]).if_none_match("*").send().await;
    assert_eq!(code(taken), "PreconditionFailed");
    let delete = s3.delete_object().bucket("orders").key("whole");
    delete.send().await.unwrap();
    let between = complete(vec![named(1)]).if_none_match("*").send().await;
    assert_eq!(code(between), "ConditionalRequestConflict");
    complete(vec![named(1)]).send().await.unwrap();
}

#[tokio::test]
async fn a_copy_onto_itself_changes_something_and_keeps_conditions() {
    let (_live, s3) = started().await;
    let put = s3
        .put_object()
        .bucket("orders")
        .key("k")
        .metadata("by", "me")
        .content_type("text/plain")
        .body(b"x".to_vec().into())
        .send()
        .await
        .unwrap();
    let copy = |to: &str| {
        s3.copy_object()
            .bucket("orders")
            .key(to)
            .copy_source("orders/k")
    };
    let (name, message) = refusal(copy("k").send().await);
    assert_eq!(name, "InvalidRequest");
    assert!(message.starts_with("This copy request is illegal because"));
    let replace = aws_sdk_s3::types::MetadataDirective::Replace;
    let replaced = copy("k").metadata_directive(replace).metadata("by", "you");
    replaced.send().await.unwrap();
    let head = s3.head_object().bucket("orders").key("k");
    let head = head.send().await.unwrap();
    assert_eq!(head.metadata().unwrap()["by"], "you");
    assert_eq!(head.content_type(), Some("binary/octet-stream"));
    let etag = put.e_tag().unwrap();
    let unless = copy("c").copy_source_if_none_match(etag).send().await;
    assert_eq!(code(unless), "PreconditionFailed");
    let only = copy("c").copy_source_if_match("\"other\"").send().await;
    assert_eq!(code(only), "PreconditionFailed");
    assert_eq!(code(copy("c").if_match(etag).send().await), "NoSuchKey");
    copy("c").if_none_match("*").send().await.unwrap();
    let taken = copy("c").if_none_match("*").send().await;
    assert_eq!(code(taken), "PreconditionFailed");
}

//! Buckets: where they are, lists of them, their tags, what was never set.

use crate::{
    s3::client,
    support::{Live, code, config, refusal},
};
use aws_sdk_s3::{
    Client,
    types::{BucketLocationConstraint, CreateBucketConfiguration, Tag, Tagging},
};

async fn create(
    s3: &Client,
    bucket: &str,
    place: Option<&str>,
) -> Result<String, (String, String)> {
    let place = place.map(|place| {
        CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(place))
            .build()
    });
    let create = s3.create_bucket().bucket(bucket);
    let made = create.set_create_bucket_configuration(place).send().await;
    match made {
        Ok(made) => Ok(made.bucket_arn().unwrap().to_owned()),
        Err(error) => Err(refusal::<(), _>(Err(error))),
    }
}

#[tokio::test]
async fn a_bucket_is_where_its_region_says() {
    let live = Live::start().await;
    let east = client(&live);
    let west = Client::new(&config(&live.sandbox.endpoint(), "eu-west-1"));
    assert_eq!(
        create(&east, "one", None).await,
        Ok("arn:aws:s3:::one".into())
    );
    create(&east, "two", Some("eu-central-1")).await.unwrap();
    create(&west, "three", Some("eu-west-1")).await.unwrap();
    create(&west, "four", Some("EU")).await.unwrap();
    for (s3, place, wanted) in [
        (&east, Some("us-east-1"), "InvalidLocationConstraint"),
        (&east, Some("nowhere"), "InvalidLocationConstraint"),
        (&west, None, "IllegalLocationConstraintException"),
        (
            &west,
            Some("us-west-1"),
            "IllegalLocationConstraintException",
        ),
    ] {
        let (name, message) = create(s3, "five", place).await.unwrap_err();
        assert_eq!(name, wanted, "{place:?}: {message}");
    }
    for (bucket, place) in [
        ("one", None),
        ("two", Some("eu-central-1")),
        ("three", Some("eu-west-1")),
        ("four", Some("EU")),
    ] {
        let told = east.get_bucket_location().bucket(bucket).send();
        let told = told.await.unwrap();
        let told = told.location_constraint().map(|place| place.as_str());
        assert_eq!(told.filter(|text| !text.is_empty()), place, "{bucket}");
    }
    let twice = create(&west, "three", Some("eu-west-1")).await;
    assert_eq!(twice.unwrap_err().0, "BucketAlreadyOwnedByYou");
    assert!(create(&east, "one", None).await.is_ok());
}

#[tokio::test]
async fn buckets_are_listed_by_prefix_and_region_in_pages() {
    let live = Live::start().await;
    let s3 = client(&live);
    for (name, place) in [("ab-1", None), ("ab-2", Some("eu-west-1")), ("b-1", None)] {
        create(&s3, name, place).await.unwrap();
    }
    let names = |list: aws_sdk_s3::operation::list_buckets::ListBucketsOutput| {
        let buckets = list.buckets().iter();
        let names = buckets.map(|bucket| bucket.name().unwrap().to_owned());
        (names.collect::<Vec<_>>(), list.continuation_token)
    };
    let list = || s3.list_buckets();
    let by_prefix = list().prefix("ab").send().await.unwrap();
    assert_eq!(by_prefix.prefix(), Some("ab"));
    assert_eq!(names(by_prefix).0, ["ab-1", "ab-2"]);
    let by_region = list().bucket_region("us-east-1").send().await.unwrap();
    assert_eq!(names(by_region).0, ["ab-1", "b-1"]);
    let (first, token) = names(list().max_buckets(2).send().await.unwrap());
    assert_eq!(first, ["ab-1", "ab-2"]);
    let rest = list().set_continuation_token(token).send().await.unwrap();
    assert_eq!(names(rest), (vec!["b-1".to_owned()], None));
    let nowhere = list().bucket_region("eu-east-1").send().await;
    assert_eq!(
        refusal(nowhere),
        (
            "InvalidArgument".into(),
            "Argument value eu-east-1 is not a valid AWS Region".into()
        )
    );
}

#[tokio::test]
async fn a_bucket_s_tags_are_those_that_the_tagging_api_shows() {
    let live = Live::start().await;
    let s3 = client(&live);
    create(&s3, "orders", None).await.unwrap();
    let put = |pairs: &[(&str, &str)]| {
        let tag =
            |(key, value): &(&str, &str)| Tag::builder().key(*key).value(*value).build().unwrap();
        let set = pairs.iter().map(tag).collect();
        let tagging = Tagging::builder().set_tag_set(Some(set)).build().unwrap();
        s3.put_bucket_tagging()
            .bucket("orders")
            .tagging(tagging)
            .send()
    };
    put(&[("team", "parcels")]).await.unwrap();
    for wrong in [
        &[("a", "1"), ("a", "2")][..],
        &[("a,b", "1")],
        &[("aws:a", "1")],
        &[("a", "1,2")],
    ] {
        assert_eq!(code(put(wrong).await), "InvalidTag", "{wrong:?}");
    }
    let tags = aws_sdk_resourcegroupstagging::Client::new(&live.config);
    let found = tags
        .get_resources()
        .resource_type_filters("s3:bucket")
        .send()
        .await
        .unwrap();
    let found = found.resource_tag_mapping_list();
    assert_eq!(found[0].resource_arn(), Some("arn:aws:s3:::orders"));
    assert_eq!(found[0].tags()[0].value(), "parcels");
    tags.tag_resources()
        .resource_arn_list("arn:aws:s3:::orders")
        .tags("stage", "test")
        .send()
        .await
        .unwrap();
    let told = s3.get_bucket_tagging().bucket("orders");
    let told = told.send().await.unwrap();
    let keys: Vec<&str> = told.tag_set().iter().map(Tag::key).collect();
    assert_eq!(keys, ["stage", "team"]);
    let delete = s3.delete_bucket_tagging().bucket("orders");
    delete.send().await.unwrap();
    let none = s3.get_bucket_tagging().bucket("orders").send().await;
    assert_eq!(code(none), "NoSuchTagSet");
}

#[tokio::test]
async fn what_was_never_set_is_told_as_aws_tells_it_and_setting_it_is_refused_by_its_name() {
    let live = Live::start().await;
    let s3 = client(&live);
    create(&s3, "orders", None).await.unwrap();
    let encryption = s3.get_bucket_encryption().bucket("orders");
    let encryption = encryption.send().await.unwrap();
    let rules = encryption.server_side_encryption_configuration().unwrap();
    let rule = rules.rules()[0].apply_server_side_encryption_by_default();
    assert_eq!(rule.unwrap().sse_algorithm().as_str(), "AES256");
    let block = s3.get_public_access_block().bucket("orders");
    let block = block.send().await.unwrap();
    let block = block.public_access_block_configuration().unwrap();
    assert_eq!(block.block_public_acls(), Some(true));
    let acl = s3.get_bucket_acl().bucket("orders").send().await.unwrap();
    assert_eq!(
        acl.grants()[0].permission().unwrap().as_str(),
        "FULL_CONTROL"
    );
    let policy = s3.get_bucket_policy().bucket("orders").send().await;
    assert_eq!(code(policy), "NoSuchBucketPolicy");
    let lifecycle = s3.get_bucket_lifecycle_configuration().bucket("orders");
    assert_eq!(code(lifecycle.send().await), "NoSuchLifecycleConfiguration");
    let lifecycle = s3.get_bucket_lifecycle_configuration().bucket("none");
    assert_eq!(code(lifecycle.send().await), "NoSuchBucket");
    let put = s3.put_bucket_policy().bucket("orders").policy("{}");
    assert_eq!(
        refusal(put.send().await),
        (
            "NotImplemented".into(),
            "The sandbox's S3 has no PutBucketPolicy.".into()
        )
    );
}

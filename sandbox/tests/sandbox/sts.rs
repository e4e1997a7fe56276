//! Who the caller is, and temporary credentials.

use crate::support::{Live, code, refusal};
use aws_sdk_sts::Client;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}]}"#;

#[tokio::test]
async fn a_caller_is_the_sandboxs_user_until_it_assumes_a_role() {
    let live = Live::start().await;
    let sts = Client::new(&live.config);
    let me = sts.get_caller_identity().send().await.unwrap();
    assert_eq!(me.account(), Some("000000000000"));
    assert_eq!(me.arn(), Some("arn:aws:iam::000000000000:user/sekisho"));
    let iam = aws_sdk_iam::Client::new(&live.config);
    iam.create_role()
        .role_name("deploy")
        .assume_role_policy_document(TRUST)
        .send()
        .await
        .unwrap();
    let assumed = sts
        .assume_role()
        .role_arn("arn:aws:iam::000000000000:role/deploy")
        .role_session_name("me")
        .send()
        .await
        .unwrap();
    let credentials = assumed.credentials().unwrap();
    assert!(credentials.access_key_id().starts_with("ASIA"));
    let left = credentials.expiration().secs()
        - aws_sdk_sts::primitives::DateTime::from(std::time::SystemTime::now()).secs();
    assert!((3590..=3600).contains(&left), "{left}");
    let config = live
        .config
        .to_builder()
        .credentials_provider(aws_sdk_lambda::config::SharedCredentialsProvider::new(
            aws_sdk_lambda::config::Credentials::new(
                credentials.access_key_id(),
                credentials.secret_access_key(),
                Some(credentials.session_token().to_owned()),
                None,
                "test",
            ),
        ))
        .build();
    let me = Client::new(&config)
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!(
        me.arn(),
        Some("arn:aws:sts::000000000000:assumed-role/deploy/me")
    );
}

#[tokio::test]
async fn a_role_that_is_not_there_and_a_wrong_code_are_refused() {
    let live = Live::start().await;
    let sts = Client::new(&live.config);
    let assume = sts
        .assume_role()
        .role_arn("arn:aws:iam::000000000000:role/nobody")
        .role_session_name("me")
        .send()
        .await;
    assert_eq!(code(assume), "AccessDenied");
    let session = |code: &str| {
        sts.get_session_token()
            .serial_number("arn:aws:iam::000000000000:mfa/me")
            .token_code(code)
            .send()
    };
    assert_eq!(code(session("12").await), "ValidationError");
    assert_eq!(code(session("12345x").await), "ValidationError");
    assert!(session("123456").await.unwrap().credentials().is_some());
}

/// As AWS answered it: what is no ARN is refused before anybody asks who may assume it.
#[tokio::test]
async fn what_is_no_arn_is_no_role() {
    let live = Live::start().await;
    let sts = Client::new(&live.config);
    for arn in [
        "nothing-valid-in-here",
        "arn::b:::something/test-role",
        "arn:a::::something/test-role",
        "arn:a:::something/test-role",
        "arn:a:a::aaaaaaaaaa:",
    ] {
        let assumed = sts
            .assume_role()
            .role_arn(arn)
            .role_session_name("me")
            .send();
        let expected = ("ValidationError".into(), format!("{arn} is invalid"));
        assert_eq!(refusal(assumed.await), expected);
    }
    for name in ["Session1:2", &"a".repeat(65)] {
        let role = "arn:aws:iam::000000000000:role/nobody";
        let assumed = sts.assume_role().role_arn(role).role_session_name(name);
        assert_eq!(code(assumed.send().await), "ValidationError", "{name}");
    }
}

#[tokio::test]
async fn a_tag_that_a_session_passes_on_cannot_be_set_again() {
    let live = Live::start().await;
    let iam = aws_sdk_iam::Client::new(&live.config);
    let role = iam.create_role().role_name("deploy");
    role.assume_role_policy_document(TRUST)
        .send()
        .await
        .unwrap();
    let tag = |key: &str| {
        let tag = aws_sdk_sts::types::Tag::builder().key(key).value("v");
        tag.build().unwrap()
    };
    let assume = |config: &aws_config::SdkConfig| {
        let assume = Client::new(config).assume_role().role_session_name("me");
        assume.role_arn("arn:aws:iam::000000000000:role/deploy")
    };
    let first = assume(&live.config).tags(tag("Shop")).tags(tag("Till"));
    let first = first.transitive_tag_keys("shop").send().await.unwrap();
    let credentials = first.credentials().unwrap();
    let credentials = aws_sdk_lambda::config::Credentials::new(
        credentials.access_key_id(),
        credentials.secret_access_key(),
        Some(credentials.session_token().to_owned()),
        None,
        "test",
    );
    let provider = aws_sdk_lambda::config::SharedCredentialsProvider::new(credentials);
    let config = live
        .config
        .to_builder()
        .credentials_provider(provider)
        .build();
    assume(&config).tags(tag("Till")).send().await.unwrap();
    for key in ["Shop", "shop"] {
        assert_eq!(
            refusal(assume(&config).tags(tag(key)).send().await),
            (
                "InvalidParameterValue".into(),
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.".into()
            )
        );
    }
}

#[tokio::test]
async fn a_federated_user_has_the_name_that_was_asked_for() {
    let live = Live::start().await;
    let sts = Client::new(&live.config);
    let token = sts.get_federation_token().name("bob").send().await.unwrap();
    let user = token.federated_user().unwrap();
    assert_eq!(user.arn(), "arn:aws:sts::000000000000:federated-user/bob");
    assert_eq!(user.federated_user_id(), "000000000000:bob");
    // AWS still answers it beside its newer name.
    #[allow(deprecated)]
    let packed = token.packed_policy_size();
    assert_eq!(packed, Some(0));
}

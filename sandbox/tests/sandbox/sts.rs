//! Who the caller is, and temporary credentials.

use crate::support::{Live, code};
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

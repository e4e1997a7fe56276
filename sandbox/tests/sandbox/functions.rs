//! Functions: created, listed, read and deleted.

use crate::support::{ECHO, Live, ROLE, code, package, refusal};
use aws_sdk_lambda::types::{
    Architecture, Environment, EphemeralStorage, FunctionCode, FunctionVersion, Runtime, State,
};
use sekisho_sandbox::Options;
use std::time::Duration;

#[tokio::test]
async fn a_function_is_pending_until_it_settles_and_its_revision_changes_then() {
    let live = Live::start_with(Options {
        settle: Duration::from_millis(250),
        ..Options::default()
    })
    .await;
    let created = live
        .lambda
        .create_function()
        .function_name("orders")
        .runtime(Runtime::Python312)
        .handler("index.handler")
        .role(ROLE)
        .description("orders of the shop")
        .memory_size(256)
        .timeout(7)
        .architectures(Architecture::Arm64)
        .ephemeral_storage(EphemeralStorage::builder().size(1024).build().unwrap())
        .environment(Environment::builder().variables("MODE", "test").build())
        .tags("team", "shop")
        .code(
            FunctionCode::builder()
                .zip_file(package(&[("index.py", ECHO)]))
                .build(),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(created.state(), Some(&State::Pending));
    assert_eq!(
        created.state_reason(),
        Some("The function is being created.")
    );
    assert_eq!(created.memory_size(), Some(256));
    assert_eq!(created.timeout(), Some(7));
    assert_eq!(created.architectures(), [Architecture::Arm64]);
    assert_eq!(created.version(), Some("$LATEST"));
    let early = live.lambda.invoke().function_name("orders").send().await;
    let (code, message) = refusal(early);
    assert_eq!(code, "ResourceConflictException");
    assert!(message.ends_with("The function is currently in the following state: Pending"));
    live.settled("orders").await;
    let settled = live
        .lambda
        .get_function()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    let configuration = settled.configuration().unwrap();
    assert_ne!(configuration.revision_id(), created.revision_id());
    assert_eq!(configuration.ephemeral_storage().unwrap().size(), 1024);
    assert_eq!(settled.tags().unwrap()["team"], "shop");
    assert_eq!(
        configuration.environment().unwrap().variables().unwrap()["MODE"],
        "test"
    );
}

#[tokio::test]
async fn the_packages_address_gives_the_package_without_a_signature() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let function = live
        .lambda
        .get_function()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    let location = function.code().unwrap().location().unwrap();
    let bytes = crate::endpoint::get(location).await;
    assert_eq!(bytes.0, 200);
    assert_eq!(
        i64::try_from(bytes.1.len()).unwrap(),
        function.configuration().unwrap().code_size()
    );
    assert!(bytes.1.starts_with(b"PK"));
}

#[tokio::test]
async fn a_list_comes_in_pages_of_fifty_in_the_order_of_names() {
    let live = Live::start().await;
    let code = FunctionCode::builder()
        .zip_file(package(&[("index.py", ECHO)]))
        .build();
    for n in 0..120 {
        live.lambda
            .create_function()
            .function_name(format!("f{n:03}"))
            .runtime(Runtime::Python312)
            .handler("index.handler")
            .role(ROLE)
            .code(code.clone())
            .send()
            .await
            .unwrap();
    }
    let first = live
        .lambda
        .list_functions()
        .max_items(1000)
        .send()
        .await
        .unwrap();
    assert_eq!(first.functions().len(), 50);
    assert!(first.next_marker().is_some());
    let mut pages = live
        .lambda
        .list_functions()
        .into_paginator()
        .page_size(17)
        .send();
    let mut names = Vec::new();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        sizes.push(page.functions().len());
        names.extend(
            page.functions()
                .iter()
                .map(|f| f.function_name().unwrap().to_owned()),
        );
    }
    assert_eq!(sizes, [17, 17, 17, 17, 17, 17, 17, 1]);
    let expected: Vec<String> = (0..120).map(|n| format!("f{n:03}")).collect();
    assert_eq!(names, expected);
    assert_eq!(
        first.functions()[0].state(),
        None,
        "the list does not say the state"
    );
}

#[tokio::test]
async fn a_wrong_marker_or_page_size_is_refused() {
    let live = Live::start().await;
    let marker = live.lambda.list_functions().marker("???").send().await;
    assert_eq!(code(marker), "InvalidParameterValueException");
    let size = live.lambda.list_functions().max_items(0).send().await;
    assert_eq!(code(size), "ValidationException");
}

#[tokio::test]
async fn all_versions_are_listed_when_asked_for() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    live.lambda
        .publish_version()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    let all = live
        .lambda
        .list_functions()
        .function_version(FunctionVersion::All)
        .send()
        .await
        .unwrap();
    let arns: Vec<&str> = all
        .functions()
        .iter()
        .map(|f| f.function_arn().unwrap())
        .collect();
    assert_eq!(
        arns,
        [
            "arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST",
            "arn:aws:lambda:us-east-1:000000000000:function:orders:1"
        ]
    );
}

#[tokio::test]
async fn a_function_is_found_by_every_form_of_its_name() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    for name in [
        "orders",
        "orders:$LATEST",
        "000000000000:function:orders",
        "arn:aws:lambda:us-east-1:000000000000:function:orders",
        "arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST",
    ] {
        let found = live
            .lambda
            .get_function_configuration()
            .function_name(name)
            .send()
            .await
            .unwrap();
        assert_eq!(found.function_name(), Some("orders"), "{name}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_named_by_its_arn() {
    let live = Live::start().await;
    let (code, message) = refusal(
        live.lambda
            .get_function()
            .function_name("nope")
            .send()
            .await,
    );
    assert_eq!(code, "ResourceNotFoundException");
    assert_eq!(
        message,
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nope"
    );
    live.create_echo("orders").await;
    let (code, message) = refusal(
        live.lambda
            .get_function_configuration()
            .function_name("orders")
            .qualifier("7")
            .send()
            .await,
    );
    assert_eq!(code, "ResourceNotFoundException");
    assert!(message.ends_with(":function:orders:7"), "{message}");
}

#[tokio::test]
async fn a_second_function_of_the_same_name_conflicts() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let again = live
        .lambda
        .create_function()
        .function_name("orders")
        .runtime(Runtime::Python312)
        .handler("index.handler")
        .role(ROLE)
        .code(
            FunctionCode::builder()
                .zip_file(package(&[("index.py", ECHO)]))
                .build(),
        )
        .send()
        .await;
    assert_eq!(
        refusal(again),
        (
            "ResourceConflictException".into(),
            "Function already exist: orders".into()
        )
    );
}

#[tokio::test]
async fn a_deleted_function_is_gone_with_everything_of_it() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    live.lambda
        .delete_function()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(
        code(
            live.lambda
                .get_function()
                .function_name("orders")
                .send()
                .await
        ),
        "ResourceNotFoundException"
    );
    assert_eq!(
        code(
            live.lambda
                .delete_function()
                .function_name("orders")
                .send()
                .await
        ),
        "ResourceNotFoundException"
    );
    live.create_echo("orders").await;
}

#[tokio::test]
async fn regions_do_not_see_each_others_functions() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let elsewhere = aws_sdk_lambda::Client::new(&crate::support::config(
        &live.sandbox.endpoint(),
        "eu-west-1",
    ));
    assert!(
        elsewhere
            .list_functions()
            .send()
            .await
            .unwrap()
            .functions()
            .is_empty()
    );
}

#[tokio::test]
async fn small_questions_about_a_function_are_answered() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let management = live
        .lambda
        .get_runtime_management_config()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(management.update_runtime_on().unwrap().as_str(), "Auto");
    let signing = live
        .lambda
        .get_function_code_signing_config()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(
        signing.code_signing_config_arn(),
        "",
        "AWS says nothing then"
    );
    let recursion = live
        .lambda
        .put_function_recursion_config()
        .function_name("orders")
        .recursive_loop(aws_sdk_lambda::types::RecursiveLoop::Allow)
        .send()
        .await
        .unwrap();
    assert_eq!(recursion.recursive_loop().unwrap().as_str(), "Allow");
    let recursion = live
        .lambda
        .get_function_recursion_config()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(recursion.recursive_loop().unwrap().as_str(), "Allow");
}

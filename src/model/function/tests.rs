#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

fn function() -> Function {
    Function {
        name: "orders".into(),
        version: "$LATEST".into(),
        ..Function::default()
    }
}

#[test]
fn a_version_a_pending_and_an_updating_function_cannot_be_changed() {
    assert!(function().can_update().is_ok());
    let version = Function {
        version: "3".into(),
        ..function()
    };
    assert!(version.can_update().unwrap_err().contains("Version 3"));
    let pending = Function {
        state: State::Pending,
        ..function()
    };
    assert!(pending.can_update().is_err() && !pending.is_settled());
    let updating = Function {
        last_update_status: LastUpdateStatus::InProgress,
        ..function()
    };
    assert!(updating.can_update().is_err() && !updating.is_settled());
    assert!(updating.can_invoke().is_ok());
}

#[test]
fn an_inactive_function_can_be_invoked_and_a_failed_one_says_why_not() {
    assert!(
        Function {
            state: State::Inactive,
            ..function()
        }
        .can_invoke()
        .is_ok()
    );
    let failed = Function {
        state: State::Failed,
        state_reason: Some("The subnet has no addresses left".into()),
        ..function()
    };
    assert!(
        failed
            .can_invoke()
            .unwrap_err()
            .contains("no addresses left")
    );
}

#[test]
fn an_environment_that_could_not_be_read_is_not_written() {
    let locked = Function {
        environment_error: Some("AccessDenied".into()),
        ..function()
    };
    assert!(
        locked
            .can_edit_environment()
            .unwrap_err()
            .contains("AccessDenied")
    );
    assert!(locked.can_update().is_ok());
}

#[test]
fn the_log_group_is_lambdas_unless_one_was_chosen() {
    assert_eq!(function().log_group(), "/aws/lambda/orders");
    let logging = Logging {
        log_group: Some("shared".into()),
        ..Logging::default()
    };
    assert_eq!(
        Function {
            logging,
            ..function()
        }
        .log_group(),
        "shared"
    );
}

#[test]
fn a_stack_owns_a_function_that_carries_its_tags() {
    assert!(function().stack().is_none());
    let tags = BTreeMap::from([
        (
            "aws:cloudformation:stack-name".to_owned(),
            "shop".to_owned(),
        ),
        (
            "aws:cloudformation:logical-id".to_owned(),
            "OrdersFn".to_owned(),
        ),
    ]);
    let owner = Function {
        tags: Some(tags),
        ..function()
    }
    .stack()
    .unwrap();
    assert!(
        owner
            .to_string()
            .contains("shop owns this function (as OrdersFn)")
    );
}

#[test]
fn states_keep_awss_word_even_when_unknown() {
    for word in ["Active", "Pending", "Inactive", "Failed", "Deactivating"] {
        assert_eq!(State::parse(word).as_str(), word);
    }
}

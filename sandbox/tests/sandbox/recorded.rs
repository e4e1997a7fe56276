//! What AWS itself answered to the same calls. The words are AWS's; account and names are ours.

use crate::support::{ECHO, Live, ROLE, code, echo, package, refusal, zipped};
use aws_sdk_lambda::{
    error::{ProvideErrorMetadata, SdkError},
    primitives::Blob,
    types::{
        AliasRoutingConfiguration, Architecture, DestinationConfig, Environment, FunctionCode,
        FunctionUrlAuthType, FunctionVersion, InvokeMode, LayerVersionContentInput, OnFailure,
        OnSuccess, RecursiveLoop, Runtime, State,
    },
};
use serde_json::json;

const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function";

fn pair(code: &str, message: impl Into<String>) -> (String, String) {
    (code.to_owned(), message.into())
}

fn not_found(message: impl Into<String>) -> (String, String) {
    pair("ResourceNotFoundException", message)
}

fn invalid(message: impl Into<String>) -> (String, String) {
    pair("InvalidParameterValueException", message)
}

/// One violation.
fn violation(rest: impl AsRef<str>) -> (String, String) {
    pair(
        "ValidationException",
        format!("1 validation error detected: {}", rest.as_ref()),
    )
}

/// The body of an error, and its status.
fn body<E: std::error::Error + 'static>(error: SdkError<E>) -> (u16, serde_json::Value) {
    let raw = error.raw_response().unwrap();
    let body = serde_json::from_slice(raw.body().bytes().unwrap()).unwrap();
    (raw.status().as_u16(), body)
}

async fn publish(
    live: &Live,
    name: &str,
) -> aws_sdk_lambda::operation::publish_version::PublishVersionOutput {
    let published = live.lambda.publish_version().function_name(name);
    published.send().await.unwrap()
}

async fn revision(live: &Live, name: &str) -> String {
    let read = live.lambda.get_function_configuration().function_name(name);
    let read = read.send().await.unwrap();
    read.revision_id().unwrap().to_owned()
}

#[tokio::test]
async fn names_and_qualifiers_are_checked_before_anything_is_looked_for() {
    let live = Live::start().await;
    let get = |name: &str| live.lambda.get_function().function_name(name);
    let invoke = |name: &str| live.lambda.invoke().function_name(name);
    let delete = |name: &str| live.lambda.delete_function().function_name(name);
    let long = "a".repeat(65);
    assert_eq!(
        refusal(get(&long).send().await),
        not_found(format!("Function not found: {ARN}:{long}"))
    );
    assert_eq!(
        refusal(invoke(&long).send().await),
        not_found(format!("Function not found: {ARN}:{long}:$LATEST"))
    );
    let error = echo(&live, &long).send().await.unwrap_err();
    assert_eq!(
        body(error),
        (
            400,
            json!({
                "Type": "User",
                "message": format!("1 validation error detected: Value '{long}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64"),
            })
        )
    );
    for qualifier in ["invalid!", &"a".repeat(129)] {
        let (name, message) = refusal(get("orders").qualifier(qualifier).send().await);
        assert_eq!(name, "ValidationException");
        assert!(message.contains("at 'qualifier'"), "{message}");
        let invoked = invoke("orders").qualifier(qualifier).send().await;
        assert_eq!(code(invoked), "ValidationException");
        let deleted = delete("orders").qualifier(qualifier).send().await;
        assert_eq!(code(deleted), "ValidationException");
    }
    assert_eq!(
        refusal(delete("orders").qualifier("$latest").send().await),
        not_found(format!("Function not found: {ARN}:orders"))
    );
    assert_eq!(
        refusal(delete("orders").qualifier("live").send().await),
        invalid("Deletion of aliases is not currently supported.")
    );
    live.create_echo("orders").await;
    publish(&live, "orders").await;
    assert_eq!(
        refusal(invoke("orders").qualifier("01").send().await),
        not_found(format!("Function not found: {ARN}:orders:01")),
        "a number is written in one way"
    );
    delete("orders").qualifier("9").send().await.unwrap();
    let other = format!("{}:orders", ARN.replace("000000000000", "111111111111"));
    let error = echo(&live, &other).send().await.unwrap_err();
    assert_eq!(body(error), (403, json!({"Message": null})));
    for name in [other.as_str(), "111111111111:orders"] {
        let (name, message) = refusal(get(name).send().await);
        assert_eq!(name, "AccessDeniedException");
        assert!(
            message
                .ends_with("because no resource-based policy allows the lambda:GetFunction action"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn an_empty_environment_is_shown_where_it_was_given() {
    let live = Live::start().await;
    let empty = Environment::builder()
        .set_variables(Some(Default::default()))
        .build();
    let created = echo(&live, "with").environment(empty).send().await.unwrap();
    assert_eq!(created.environment().unwrap().variables().unwrap().len(), 0);
    live.settled("with").await;
    let listed = live.lambda.list_functions().send().await.unwrap();
    assert!(listed.functions()[0].environment().is_some());
    let version = publish(&live, "with").await;
    assert!(version.environment().is_some());
    let created = echo(&live, "without").send().await.unwrap();
    assert!(created.environment().is_none());
}

#[tokio::test]
async fn a_url_shows_its_mode_where_it_was_given_and_what_is_not_there_has_words_of_its_own() {
    let live = Live::start().await;
    let create = |name: &str| {
        let call = live.lambda.create_function_url_config();
        call.function_name(name)
            .auth_type(FunctionUrlAuthType::None)
    };
    let get = |name: &str| live.lambda.get_function_url_config().function_name(name);
    let update = |name: &str| live.lambda.update_function_url_config().function_name(name);
    let delete = |name: &str| live.lambda.delete_function_url_config().function_name(name);
    let absent = "The resource you requested does not exist.";
    assert_eq!(
        refusal(create("nope").send().await),
        not_found("Function does not exist")
    );
    assert_eq!(
        refusal(update("nope").send().await),
        not_found("Function does not exist")
    );
    assert_eq!(refusal(get("nope").send().await), not_found(absent));
    assert_eq!(refusal(delete("nope").send().await), not_found(absent));
    live.create_echo("orders").await;
    assert_eq!(refusal(update("orders").send().await), not_found(absent));
    assert_eq!(
        refusal(create("orders").qualifier("nope").send().await),
        not_found("Function does not exist")
    );
    for qualifier in ["1", "$LATEST"] {
        let expected = violation(format!(
            r"Value '{qualifier}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)"
        ));
        assert_eq!(
            refusal(create("orders").qualifier(qualifier).send().await),
            expected
        );
        assert_eq!(
            refusal(get("orders").qualifier(qualifier).send().await),
            expected
        );
        assert_eq!(
            refusal(delete("orders").qualifier(qualifier).send().await),
            expected
        );
    }
    assert_eq!(
        refusal(
            update("orders")
                .invoke_mode(InvokeMode::from("FAST"))
                .send()
                .await
        ),
        violation(
            "Value 'FAST' at 'invokeMode' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]"
        )
    );
    assert!(
        create("orders")
            .send()
            .await
            .unwrap()
            .invoke_mode()
            .is_none()
    );
    assert!(get("orders").send().await.unwrap().invoke_mode().is_none());
    let updated = update("orders")
        .invoke_mode(InvokeMode::ResponseStream)
        .send()
        .await
        .unwrap();
    assert_eq!(updated.invoke_mode(), Some(&InvokeMode::ResponseStream));
}

#[tokio::test]
async fn each_operation_has_its_own_words_for_what_is_not_there() {
    let live = Live::start().await;
    let lambda = &live.lambda;
    let reserve = lambda.put_function_concurrency().function_name("nope");
    assert_eq!(
        refusal(reserve.reserved_concurrent_executions(1).send().await),
        not_found(format!("Function not found: {ARN}:nope:$LATEST"))
    );
    let put = lambda
        .put_function_event_invoke_config()
        .function_name("nope");
    assert_eq!(
        refusal(put.maximum_retry_attempts(1).send().await),
        not_found("The function doesn't exist.")
    );
    let get = lambda
        .get_function_event_invoke_config()
        .function_name("nope");
    assert_eq!(
        refusal(get.send().await),
        not_found(format!(
            "The function {ARN}:nope:$LATEST doesn't have an EventInvokeConfig"
        ))
    );
    let alias = lambda.create_alias().function_name("nope").name("live");
    assert_eq!(
        refusal(alias.function_version("1").send().await),
        not_found(format!("Function not found: {ARN}:nope:1"))
    );
    let mappings = lambda.list_event_source_mappings().function_name("nope");
    assert!(
        mappings
            .send()
            .await
            .unwrap()
            .event_source_mappings()
            .is_empty()
    );
    live.create_echo("orders").await;
    let alias = lambda.update_alias().function_name("orders").name("live");
    assert_eq!(
        refusal(alias.send().await),
        not_found(format!("Alias not found: {ARN}:orders:live"))
    );
    let provisioned = lambda
        .get_provisioned_concurrency_config()
        .function_name("orders");
    assert_eq!(
        refusal(provisioned.clone().qualifier("noalias").send().await),
        not_found(format!("Cannot find alias arn: {ARN}:orders:noalias"))
    );
    assert_eq!(
        refusal(provisioned.qualifier("$LATEST").send().await),
        invalid("The function resource provided must be an alias or a published version.")
    );
}

#[tokio::test]
async fn concurrency_that_does_not_add_up_is_refused() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    publish(&live, "orders").await;
    let reserve = |name: &str, wanted: i32| {
        let call = live.lambda.put_function_concurrency().function_name(name);
        call.reserved_concurrent_executions(wanted).send()
    };
    let provision = |qualifier: &str, wanted: i32| {
        let call = live.lambda.put_provisioned_concurrency_config();
        let call = call.function_name("orders").qualifier(qualifier);
        call.provisioned_concurrent_executions(wanted).send()
    };
    assert_eq!(
        refusal(reserve("orders:$LATEST", 1).await),
        invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN."
        )
    );
    for (wanted, message) in [
        (
            1001,
            "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].",
        ),
        (
            1000,
            "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
        ),
    ] {
        let error = provision("1", wanted).await.unwrap_err();
        assert_eq!(
            body(error),
            (400, json!({"message": message})),
            "without a Type"
        );
    }
    let alias = live
        .lambda
        .create_alias()
        .function_name("orders")
        .name("live");
    alias.function_version("1").send().await.unwrap();
    provision("1", 2).await.unwrap();
    assert_eq!(
        refusal(provision("live", 1).await),
        pair(
            "ResourceConflictException",
            "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
        )
    );
    let error = reserve("orders", 1).await.unwrap_err();
    assert_eq!(
        body(error),
        (
            400,
            json!({"message": " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2]."})
        )
    );
    let delete = live.lambda.delete_provisioned_concurrency_config();
    delete
        .function_name("orders")
        .qualifier("1")
        .send()
        .await
        .unwrap();
    provision("live", 1).await.unwrap();
    assert_eq!(
        refusal(provision("1", 1).await),
        pair(
            "ResourceConflictException",
            "Version is pointed by a Provisioned Concurrency alias"
        )
    );
}

#[tokio::test]
async fn versions_are_shown_and_revised_as_aws_does_it() {
    let live = Live::start().await;
    let created = echo(&live, "orders").publish(true).send().await.unwrap();
    assert_eq!(
        created.function_arn(),
        Some(format!("{ARN}:orders").as_str())
    );
    assert_eq!(created.version(), Some("1"));
    assert_eq!(created.state(), Some(&State::Pending));
    live.settled("orders").await;
    assert_eq!(publish(&live, "orders").await.version(), Some("1"));
    let list = live
        .lambda
        .list_versions_by_function()
        .function_name("orders");
    let list = list.send().await.unwrap();
    for version in list.versions() {
        assert!(version.state().is_none() && version.last_update_status().is_none());
        assert!(version.runtime_version_config().is_none());
    }
    let listed = live
        .lambda
        .list_functions()
        .function_version(FunctionVersion::All);
    assert_eq!(listed.send().await.unwrap().functions().len(), 2);
    let before = revision(&live, "orders").await;
    // The same code: AWS does not compare it. <https://github.com/getmoto/moto/issues/8337>
    let updated = live.lambda.update_function_code().function_name("orders");
    let updated = updated
        .zip_file(Blob::new(zipped(&[("index.py", ECHO)])))
        .publish(true)
        .send()
        .await
        .unwrap();
    assert_eq!(updated.version(), Some("2"));
    assert_eq!(updated.state(), Some(&State::Pending));
    assert_eq!(
        updated.state_reason(),
        Some("The function is being created.")
    );
    assert!(updated.last_update_status().is_none());
    live.settled("orders").await;
    let updated = revision(&live, "orders").await;
    assert_ne!(before, updated);
    let tag = live.lambda.tag_resource().resource(format!("{ARN}:orders"));
    tag.tags("a", "1").send().await.unwrap();
    let tagged = revision(&live, "orders").await;
    assert_ne!(updated, tagged);
    let change = live
        .lambda
        .update_function_configuration()
        .function_name("orders");
    change.description("new").send().await.unwrap();
    live.settled("orders").await;
    let changed = revision(&live, "orders").await;
    publish(&live, "orders").await;
    assert_ne!(changed, revision(&live, "orders").await);
}

#[tokio::test]
async fn a_policy_has_the_revision_of_what_it_belongs_to() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    publish(&live, "orders").await;
    let alias = live
        .lambda
        .create_alias()
        .function_name("orders")
        .name("live");
    let alias = alias.function_version("1").send().await.unwrap();
    let add = |id: &str| {
        let call = live.lambda.add_permission().function_name("orders");
        call.statement_id(id)
            .action("lambda:InvokeFunction")
            .principal("s3.amazonaws.com")
    };
    let on_alias = add("s3")
        .qualifier("live")
        .revision_id(alias.revision_id().unwrap());
    on_alias.send().await.unwrap();
    let again = add("s4")
        .qualifier("live")
        .revision_id(alias.revision_id().unwrap());
    assert_eq!(code(again.send().await), "PreconditionFailedException");
    add("s3")
        .revision_id(revision(&live, "orders").await)
        .send()
        .await
        .unwrap();
    let policy = live
        .lambda
        .get_policy()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(
        policy.revision_id(),
        Some(revision(&live, "orders").await.as_str())
    );
    // <https://github.com/terraform-aws-modules/terraform-aws-lambda/issues/36>
    assert_eq!(
        refusal(add("s5").qualifier("$LATEST").send().await),
        invalid("We currently do not support adding policies for $LATEST.")
    );
    assert_eq!(
        refusal(add("example.com").send().await),
        violation(
            "Value 'example.com' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)"
        )
    );
    assert_eq!(
        refusal(add("s6").principal("somebody").send().await),
        invalid("The provided principal was invalid. Please check the principal and try again.")
    );
}

#[tokio::test]
async fn routes_that_cannot_be_are_refused() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    publish(&live, "orders").await;
    let route = |weights: &[(&str, f64)]| {
        let routing = weights.iter().fold(
            AliasRoutingConfiguration::builder(),
            |routing, (version, weight)| routing.additional_version_weights(*version, *weight),
        );
        let call = live
            .lambda
            .create_alias()
            .function_name("orders")
            .name("live");
        call.function_version("1")
            .routing_config(routing.build())
            .send()
    };
    let at = "at 'routingConfig.additionalVersionWeights' failed to satisfy constraint:";
    assert_eq!(
        refusal(route(&[("2", 2.0)]).await),
        violation(format!(
            "Value '{{2=2.0}}' {at} Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]"
        ))
    );
    assert_eq!(
        refusal(route(&[("$LATEST", 0.5)]).await),
        violation(format!(
            "Value '{{$LATEST=0.5}}' {at} Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]"
        ))
    );
    assert_eq!(
        refusal(route(&[("1", 0.5), ("2", 0.5)]).await),
        invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    );
    assert_eq!(
        refusal(route(&[("10", 0.5)]).await),
        not_found(format!("Function not found: {ARN}:orders:10"))
    );
}

#[tokio::test]
async fn destinations_are_looked_at() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    live.create_echo("failed").await;
    let put = |success: Option<&str>, failure: Option<&str>| {
        let success = success.map(|to| OnSuccess::builder().destination(to).build());
        let failure = failure.map(|to| OnFailure::builder().destination(to).build());
        let config = DestinationConfig::builder()
            .set_on_success(success)
            .set_on_failure(failure);
        let call = live
            .lambda
            .put_function_event_invoke_config()
            .function_name("orders");
        call.destination_config(config.build()).send()
    };
    let nope = format!("{ARN}:nope");
    assert_eq!(
        refusal(put(Some(&nope), None).await),
        invalid(format!("The destination ARN {nope} is invalid."))
    );
    assert_eq!(
        refusal(put(None, Some(&format!("{ARN}:orders"))).await),
        invalid("You can't specify the function as a destination for itself.")
    );
    let iam = "arn:aws:iam:us-east-1:000000000000:function:orders";
    assert_eq!(
        refusal(put(Some(iam), None).await),
        invalid(format!(
            "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination={iam}), onFailure=null) is invalid."
        ))
    );
    let (name, message) = refusal(put(None, Some("orders")).await);
    assert_eq!(name, "ValidationException");
    assert!(
        message.contains("at 'destinationConfig.onFailure.destination'"),
        "{message}"
    );
    put(Some(&format!("{ARN}:failed")), None).await.unwrap();
    put(None, None).await.unwrap();
    let nothing = live
        .lambda
        .put_function_event_invoke_config()
        .function_name("nope");
    assert_eq!(
        refusal(nothing.send().await),
        invalid("You must specify at least one of error handling or destination setting.")
    );
}

#[tokio::test]
async fn tags_are_told_by_what_their_arn_names() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let queue = "arn:aws:sqs:us-east-1:000000000000:orders";
    let mapping = live
        .lambda
        .create_event_source_mapping()
        .function_name("orders");
    let mapping = mapping
        .event_source_arn(queue)
        .tags("team", "shop")
        .send()
        .await
        .unwrap();
    let mapping = mapping.event_source_mapping_arn().unwrap();
    let list = |arn: &str| live.lambda.list_tags().resource(arn).send();
    let tag = |arn: &str| live.lambda.tag_resource().resource(arn);
    let untag = |arn: &str, keys: Vec<String>| {
        live.lambda
            .untag_resource()
            .resource(arn)
            .set_tag_keys(Some(keys))
            .send()
    };
    tag(mapping).tags("cost", "1").send().await.unwrap();
    untag(mapping, vec!["team".into()]).await.unwrap();
    let tags = list(mapping).await.unwrap();
    assert_eq!(tags.tags().unwrap().keys().collect::<Vec<_>>(), ["cost"]);
    let prefix = "arn:aws:lambda:us-east-1:000000000000";
    let other = format!("{prefix}:event-source-mapping:0b9f3b2e-1111-4222-8333-444444444444");
    assert_eq!(
        refusal(list(&other).await),
        not_found(format!("Event source mapping not found: {other}"))
    );
    let fast = format!("{prefix}:capacity-provider:fast");
    assert_eq!(
        refusal(list(&fast).await),
        not_found(format!("Capacity provider not found: {fast}"))
    );
    let latest = format!("{ARN}:orders:$LATEST");
    let whole = invalid(
        "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    );
    assert_eq!(refusal(list(&latest).await), whole);
    assert_eq!(refusal(tag(&latest).tags("a", "1").send().await), whole);
    let (name, message) = refusal(list("arn:aws:something").await);
    assert_eq!(name, "ValidationException");
    assert!(message.starts_with("1 validation error detected: Value 'arn:aws:something' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:"), "{message}");
    let orders = format!("{ARN}:orders");
    let empty = tag(&orders).set_tags(Some(Default::default())).send().await;
    assert_eq!(
        refusal(empty),
        invalid("An error occurred and the request cannot be processed.")
    );
    assert_eq!(
        refusal(untag(&orders, Vec::new()).await),
        violation("Value null at 'tagKeys' failed to satisfy constraint: Member must not be null")
    );
}

#[tokio::test]
async fn layers_may_be_for_retired_runtimes_and_their_versions_begin_at_one() {
    let live = Live::start().await;
    let layer = |runtimes: &[&str]| {
        let content = LayerVersionContentInput::builder()
            .zip_file(package(&[("tools.py", "x = 1")]))
            .build();
        let runtimes = runtimes
            .iter()
            .map(|runtime| Runtime::from(*runtime))
            .collect();
        let call = live
            .lambda
            .publish_layer_version()
            .layer_name("tools")
            .content(content);
        call.set_compatible_runtimes(Some(runtimes)).send()
    };
    let retired = layer(&["nodejs12.x", "python3.7", "java8", "go1.x", "provided"])
        .await
        .unwrap();
    assert_eq!(retired.compatible_runtimes().len(), 5);
    let (name, message) = refusal(layer(&["cobol85", "nodejs20.x"]).await);
    assert_eq!(name, "ValidationException");
    assert!(message.starts_with("1 validation error detected: Value '[cobol85, nodejs20.x]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, python3.14, "), "{message}");
    let version = |number: i64| {
        let call = live.lambda.get_layer_version().layer_name("tools");
        call.version_number(number).send()
    };
    for number in [0, -1] {
        assert_eq!(
            refusal(version(number).await),
            invalid("Layer Version Cannot be less than 1")
        );
    }
    assert_eq!(version(1).await.unwrap().description(), Some(""));
    let listed = live
        .lambda
        .list_layer_versions()
        .layer_name("tools")
        .send()
        .await
        .unwrap();
    assert_eq!(listed.layer_versions()[0].description(), None);
    let search = live
        .lambda
        .list_layers()
        .compatible_runtime(Runtime::from("cobol85"));
    let (name, message) = refusal(search.send().await);
    assert_eq!(name, "ValidationException");
    assert!(
        message.contains("enum value set: [ruby3.5, ruby2.6, dotnetcore1.0, "),
        "{message}"
    );
    let search = live
        .lambda
        .list_layers()
        .compatible_architecture(Architecture::from("x86"));
    assert_eq!(
        refusal(search.send().await),
        violation(
            "Value 'x86' at 'compatibleArchitecture' failed to satisfy constraint: Member must satisfy enum value set: [x86_64, arm64]"
        )
    );
    let share = live
        .lambda
        .add_layer_version_permission()
        .layer_name("tools")
        .version_number(1);
    assert_eq!(
        refusal(
            share
                .statement_id("all")
                .action("*")
                .principal("*")
                .send()
                .await
        ),
        violation(
            "Value '*' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: lambda:GetLayerVersion"
        )
    );
}

#[tokio::test]
async fn a_code_signing_configuration_is_made_given_to_a_function_and_deleted() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let publishers = aws_sdk_lambda::types::AllowedPublishers::builder()
        .signing_profile_version_arns(
            "arn:aws:signer:us-east-1:000000000000:/signing-profiles/test",
        )
        .build()
        .unwrap();
    let made = live
        .lambda
        .create_code_signing_config()
        .allowed_publishers(publishers);
    let made = made.description("ours").send().await.unwrap();
    let made = made.code_signing_config().unwrap();
    let arn = made.code_signing_config_arn();
    assert!(made.code_signing_config_id().starts_with("csc-"));
    let given = live
        .lambda
        .get_function_code_signing_config()
        .function_name("orders");
    assert!(
        given
            .clone()
            .send()
            .await
            .unwrap()
            .code_signing_config_arn()
            .is_empty()
    );
    let put = |arn: &str| {
        let call = live
            .lambda
            .put_function_code_signing_config()
            .function_name("orders");
        call.code_signing_config_arn(arn).send()
    };
    let none = format!("{}csc-00000000000000000", arn.split("csc-").next().unwrap());
    assert_eq!(
        refusal(put(&none).await),
        pair(
            "CodeSigningConfigNotFoundException",
            format!(
                "The code signing configuration cannot be found. Check that the provided configuration is not deleted: {none}."
            )
        )
    );
    put(arn).await.unwrap();
    assert_eq!(given.send().await.unwrap().code_signing_config_arn(), arn);
    let users = live
        .lambda
        .list_functions_by_code_signing_config()
        .code_signing_config_arn(arn);
    assert_eq!(
        users.send().await.unwrap().function_arns(),
        [format!("{ARN}:orders")]
    );
    let created = echo(&live, "signed")
        .code_signing_config_arn(arn)
        .send()
        .await
        .unwrap();
    assert_eq!(created.function_name(), Some("signed"));
    let delete = || {
        live.lambda
            .delete_code_signing_config()
            .code_signing_config_arn(arn)
            .send()
    };
    assert_eq!(code(delete().await), "ResourceConflictException");
    for name in ["orders", "signed"] {
        let take = live
            .lambda
            .delete_function_code_signing_config()
            .function_name(name);
        take.send().await.unwrap();
    }
    delete().await.unwrap();
    assert_eq!(
        refusal(delete().await),
        not_found(format!(
            "The Lambda code signing configuration {arn} can not be found."
        ))
    );
}

#[tokio::test]
async fn an_image_is_shown_by_its_digest_and_stays_an_image() {
    let live = Live::start().await;
    let uri = "000000000000.dkr.ecr.us-east-1.amazonaws.com/orders:latest";
    let image = FunctionCode::builder().image_uri(uri).build();
    let made = live
        .lambda
        .create_function()
        .function_name("orders")
        .role(ROLE)
        .code(image);
    let made = made
        .package_type(aws_sdk_lambda::types::PackageType::Image)
        .send()
        .await
        .unwrap();
    live.settled("orders").await;
    let read = live
        .lambda
        .get_function()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    let place = read.code().unwrap();
    assert_eq!(place.image_uri(), Some(uri));
    let digest = made.code_sha256().unwrap();
    assert_eq!(
        place.resolved_image_uri(),
        Some(
            format!("000000000000.dkr.ecr.us-east-1.amazonaws.com/orders@sha256:{digest}").as_str()
        )
    );
    let update = live.lambda.update_function_code().function_name("orders");
    assert_eq!(
        refusal(update.zip_file(package(&[("index.py", ECHO)])).send().await),
        invalid("Please provide ImageUri when updating a function with packageType Image.")
    );
    live.create_echo("zipped").await;
    let update = live
        .lambda
        .update_function_code()
        .function_name("zipped")
        .image_uri(uri);
    assert_eq!(
        refusal(update.send().await),
        invalid("Please don't provide ImageUri when updating a function with packageType Zip.")
    );
}

#[tokio::test]
async fn an_event_that_is_no_json_is_told_in_jacksons_words() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let invoked = live
        .lambda
        .invoke()
        .function_name("orders")
        .payload(Blob::new("hello"));
    let error = invoked.send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidRequestContentException"));
    assert_eq!(
        error.message(),
        Some(
            "Could not parse request body into json: Could not parse payload into json: Unrecognized token 'hello': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 6]"
        )
    );
}

#[tokio::test]
async fn small_things_are_in_aws_order_and_words() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let recursion = live
        .lambda
        .put_function_recursion_config()
        .function_name("orders");
    assert_eq!(
        refusal(
            recursion
                .recursive_loop(RecursiveLoop::from("Maybe"))
                .send()
                .await
        ),
        violation(
            "Value 'Maybe' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: [Terminate, Allow]"
        )
    );
    let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";
    let mapping = live
        .lambda
        .create_event_source_mapping()
        .function_name("orders");
    assert_eq!(
        refusal(mapping.event_source_arn(stream).send().await),
        invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."
        )
    );
    // <https://github.com/trek10inc/serverless-secrets/issues/39>
    let environment = Environment::builder().variables("a", "secret").build();
    assert_eq!(
        refusal(echo(&live, "other").environment(environment).send().await),
        violation(
            "Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"
        )
    );
    // <https://github.com/highsource/bitcoin-a-day/issues/1>
    assert_eq!(
        refusal(echo(&live, "other").kms_key_arn("\"arn\"").send().await),
        violation(
            "Value '\"arn\"' at 'kMSKeyArn' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"
        )
    );
}

#[tokio::test]
async fn a_version_with_snapstart_is_made_first_and_says_that_it_is_on() {
    let live = Live::start().await;
    let snap = || {
        let apply = aws_sdk_lambda::types::SnapStartApplyOn::PublishedVersions;
        aws_sdk_lambda::types::SnapStart::builder()
            .apply_on(apply)
            .build()
    };
    let node = echo(&live, "node")
        .runtime(Runtime::Nodejs22x)
        .snap_start(snap());
    assert_eq!(
        refusal(node.send().await),
        invalid("nodejs22.x is not supported for SnapStart enabled functions.")
    );
    let made = echo(&live, "orders")
        .snap_start(snap())
        .send()
        .await
        .unwrap();
    let status = |snap: Option<&aws_sdk_lambda::types::SnapStartResponse>| {
        snap.unwrap()
            .optimization_status()
            .unwrap()
            .as_str()
            .to_owned()
    };
    assert_eq!(status(made.snap_start()), "Off");
    live.settled("orders").await;
    let version = publish(&live, "orders").await;
    assert_eq!(status(version.snap_start()), "On");
    assert_eq!(version.state(), Some(&State::Pending));
    live.settled("orders:1").await;
}

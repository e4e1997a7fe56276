//! Who a caller is: functions that judge whole requests, and signatures that are judged by the policies of who signed.

use crate::{
    gateway::{call, client, create_api, create_resource, deploy, mock, patch},
    support::{Live, until},
};
use aws_sdk_apigateway::{
    Client,
    types::{AuthorizerType, Op, QuotaPeriodType, QuotaSettings},
};
use aws_sdk_lambda::types::Runtime;

/// Judges by the header `who` and the query's `room`, and says in its log that it was asked.
const JUDGE: &str = "
import json
def handler(event, context):
    print('asked for', json.dumps(event))
    who = event['headers']['who']
    if who == 'nobody':
        raise Exception('Unauthorized')
    if who == 'broken':
        raise ValueError('x')
    if who == 'list':
        return {'principalId': who, 'context': {'a': [1]}, 'policyDocument': {'Version': '2012-10-17', 'Statement': []}}
    effect = 'Deny' if who == 'banned' else 'Allow'
    resource = event['methodArn'] if who != 'other' else event['methodArn'] + '/other'
    return {'principalId': who, 'context': {'room': event['queryStringParameters']['room'], 'n': 7, 'is': True},
        'policyDocument': {'Version': '2012-10-17', 'Statement': [
            {'Action': 'execute-api:Invoke', 'Effect': effect, 'Resource': resource}]}}
";

struct Shop {
    live: Live,
    client: Client,
    api: String,
}

impl Shop {
    /// An API whose root says who the authorizer says that the caller is.
    async fn judged() -> Self {
        let live = Live::start().await;
        let client = client(&live);
        let files = [("index.py", JUDGE)];
        live.create("judge", Runtime::Python312, "index.handler", &files)
            .await;
        let (api, root) = create_api(&client, "shop").await;
        let permission = live.lambda.add_permission().function_name("judge");
        permission
            .statement_id("api")
            .action("lambda:InvokeFunction")
            .principal("apigateway.amazonaws.com")
            .send()
            .await
            .unwrap();
        let judge = client.create_authorizer().rest_api_id(&api).name("judge");
        let judge = judge
            .r#type(AuthorizerType::Request)
            .authorizer_uri("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:judge/invocations")
            .identity_source("method.request.header.who, method.request.querystring.room")
            .authorizer_result_ttl_in_seconds(300)
            .send()
            .await
            .unwrap();
        let said = "$context.authorizer.principalId $context.authorizer.room $context.authorizer.n $context.authorizer.is";
        mock(&client, &api, &root, "GET", said).await;
        let method = client.update_method().rest_api_id(&api).resource_id(&root);
        method
            .http_method("GET")
            .patch_operations(patch(Op::Replace, "/authorizationType", "CUSTOM"))
            .patch_operations(patch(Op::Replace, "/authorizerId", judge.id().unwrap()))
            .send()
            .await
            .unwrap();
        deploy(&client, &api, "s").await;
        Self { live, client, api }
    }

    async fn ask(&self, query: &str, who: &str) -> (u16, String, String) {
        let header = format!("who: {who}");
        let line = format!("GET /s{query}");
        call(&self.live, &self.api, &line, &[&header], "").await
    }

    /// What the authorizer's function was asked so far.
    async fn asked(&self) -> Vec<String> {
        let logs = aws_sdk_cloudwatchlogs::Client::new(&self.live.config);
        let all = logs.filter_log_events().log_group_name("/aws/lambda/judge");
        let all = all.filter_pattern("\"asked for\"").send().await;
        let Ok(all) = all else { return Vec::new() };
        let all = all.events().iter();
        all.map(|event| event.message().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn a_function_judges_a_whole_request_by_all_of_its_identity() {
    let shop = Shop::judged().await;
    let (status, _, body) = shop.ask("?room=9", "me").await;
    assert_eq!((status, body.as_str()), (200, "me 9 7 true"));
    // The event is the whole request.
    until(async || !shop.asked().await.is_empty()).await;
    let event = shop.asked().await.remove(0);
    for part in [
        r#""type": "REQUEST""#,
        r#""httpMethod": "GET""#,
        r#""path": "/""#,
        r#""queryStringParameters": {"room": "9"}"#,
        &format!(
            r#""methodArn": "arn:aws:execute-api:us-east-1:000000000000:{}/s/GET/""#,
            shop.api
        ),
    ] {
        assert!(event.contains(part), "{part}: {event}");
    }
    // What is missing of the identity is nobody, and the function is not asked.
    for (query, header) in [
        ("", "who: me"),
        ("?room=9", "X-Other: me"),
        ("?room=", "who: me"),
    ] {
        let line = format!("GET /s{query}");
        let (status, head, body) = call(&shop.live, &shop.api, &line, &[header], "").await;
        assert_eq!(
            (status, body.as_str()),
            (401, r#"{"message":"Unauthorized"}"#)
        );
        assert!(
            head.contains("x-amzn-errortype: unauthorizedexception"),
            "{head}"
        );
    }
    assert_eq!(shop.asked().await.len(), 1);

    let denied = r#"{"message":"User is not authorized to access this resource"}"#;
    let explicit =
        r#"{"message":"User is not authorized to access this resource with an explicit deny"}"#;
    for (who, expected) in [
        ("other", (403, denied)),
        ("banned", (403, explicit)),
        ("nobody", (401, r#"{"message":"Unauthorized"}"#)),
        ("broken", (500, r#"{"message":null}"#)),
        ("list", (500, r#"{"message":null}"#)),
    ] {
        let (status, _, body) = shop.ask("?room=9", who).await;
        assert_eq!((status, body.as_str()), expected, "{who}");
    }
}

#[tokio::test]
async fn what_was_said_of_an_identity_is_remembered_until_it_is_flushed() {
    let shop = Shop::judged().await;
    for _ in 0..2 {
        assert_eq!(shop.ask("?room=9", "me").await.0, 200);
    }
    until(async || shop.asked().await.len() == 1).await;
    assert_eq!(shop.ask("?room=8", "me").await.2, "me 8 7 true");
    until(async || shop.asked().await.len() == 2).await;
    let flush = shop.client.flush_stage_authorizers_cache();
    let flush = flush.rest_api_id(&shop.api).stage_name("s");
    flush.send().await.unwrap();
    assert_eq!(shop.ask("?room=9", "me").await.0, 200);
    until(async || shop.asked().await.len() == 3).await;
}

/// The head of a request that is signed with a key, as far as the sandbox asks its owner for it.
fn signed(key: &str) -> String {
    format!(
        "Authorization: AWS4-HMAC-SHA256 Credential={key}/20261128/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=0"
    )
}

#[tokio::test]
async fn who_signs_is_judged_by_their_policies_and_the_apis_own() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    mock(&client, &api, &root, "GET", "$context.identity.userArn").await;
    let closed = create_resource(&client, &api, &root, "closed").await;
    mock(&client, &api, &closed, "GET", "in").await;
    for resource in [&root, &closed] {
        let method = client.update_method().rest_api_id(&api);
        let wanted = patch(Op::Replace, "/authorizationType", "AWS_IAM");
        let method = method.resource_id(resource).http_method("GET");
        method.patch_operations(wanted).send().await.unwrap();
    }
    deploy(&client, &api, "s").await;
    let ask = async |path: &str, header: &str| {
        let line = format!("GET /s{path}");
        let (status, _, body) = call(&live, &api, &line, &[header], "").await;
        (status, body)
    };
    let (status, body) = ask("", "X-Other: a").await;
    assert_eq!(
        (status, body.as_str()),
        (403, r#"{"message":"Missing Authentication Token"}"#)
    );
    let elsewhere = signed("AKID").replace("execute-api", "s3");
    assert_eq!(ask("", &elsewhere).await.0, 403);
    let (status, body) = ask("", &signed("AKIDSEKISHO")).await;
    assert_eq!(status, 200);
    assert!(
        body.starts_with("arn:aws:iam::000000000000:user/"),
        "{body}"
    );

    // A role may what its policies say: the root, and not what is closed.
    let iam = aws_sdk_iam::Client::new(&live.config);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"sts:AssumeRole"}]}"#;
    let role = iam.create_role().role_name("caller");
    let role = role.assume_role_policy_document(trust).send().await;
    let role = role.unwrap().role().unwrap().arn().to_owned();
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:000000000000:{api}/s/GET/"}}]}}"#
    );
    let put = iam.put_role_policy().role_name("caller").policy_name("p");
    put.policy_document(policy).send().await.unwrap();
    let sts = aws_sdk_sts::Client::new(&live.config);
    let session = sts.assume_role().role_arn(&role).role_session_name("me");
    let session = session.send().await.unwrap();
    let key = session.credentials().unwrap().access_key_id().to_owned();
    let (status, body) = ask("", &signed(&key)).await;
    let me = "arn:aws:sts::000000000000:assumed-role/caller/me";
    assert_eq!((status, body.as_str()), (200, me));
    let (status, body) = ask("/closed", &signed(&key)).await;
    assert_eq!(
        (status, body),
        (
            403,
            format!(
                r#"{{"Message":"User: {me} is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:{api}/s/GET/closed"}}"#
            )
        )
    );
    // The API's own policy lets in by itself who is of its account.
    let open = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{role}"}},"Action":"execute-api:Invoke","Resource":"execute-api:/*"}}]}}"#
    );
    let update = client.update_rest_api().rest_api_id(&api);
    let update = update.patch_operations(patch(Op::Replace, "/policy", &open));
    update.send().await.unwrap();
    deploy(&client, &api, "s").await;
    assert_eq!(ask("/closed", &signed(&key)).await, (200, "in".into()));
}

#[tokio::test]
async fn a_quota_below_what_was_used_lets_nobody_in() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    mock(&client, &api, &root, "GET", "{}").await;
    let method = client.update_method().rest_api_id(&api).resource_id(&root);
    let wanted = patch(Op::Replace, "/apiKeyRequired", "true");
    let method = method.http_method("GET").patch_operations(wanted);
    method.send().await.unwrap();
    deploy(&client, &api, "s").await;
    let stage = aws_sdk_apigateway::types::ApiStage::builder();
    let quota = QuotaSettings::builder().limit(10);
    let plan = client.create_usage_plan().name("plan");
    let plan = plan
        .api_stages(stage.api_id(&api).stage("s").build())
        .quota(quota.period(QuotaPeriodType::Month).build())
        .send()
        .await
        .unwrap();
    let plan = plan.id().unwrap();
    let key = client.create_api_key().name("key").enabled(true);
    let key = key.send().await.unwrap();
    let into = client.create_usage_plan_key().usage_plan_id(plan);
    let into = into.key_id(key.id().unwrap()).key_type("API_KEY");
    into.send().await.unwrap();
    let header = format!("x-api-key: {}", key.value().unwrap());
    let ask = async || call(&live, &api, "GET /s", &[&header], "").await.0;
    for _ in 0..3 {
        assert_eq!(ask().await, 200);
    }
    let lower = client.update_usage_plan().usage_plan_id(plan);
    let lower = lower.patch_operations(patch(Op::Replace, "/quota/limit", "2"));
    lower.send().await.unwrap();
    assert_eq!(ask().await, 429);
    let higher = client.update_usage_plan().usage_plan_id(plan);
    let higher = higher.patch_operations(patch(Op::Replace, "/quota/limit", "20"));
    higher.send().await.unwrap();
    assert_eq!(ask().await, 200);
}

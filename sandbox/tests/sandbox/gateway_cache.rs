//! The cache of a stage: what is kept of answers, for whom, how long, and how it is forgotten.

use crate::{
    gateway::{call, client, create_api, create_resource, deploy, mock, patch, permit, proxied},
    support::{Live, refusal, until},
};
use aws_sdk_apigateway::{
    Client,
    types::{Op, PatchOperation},
};
use jiff::Timestamp;
use sekisho_sandbox::{Options, clock::Clock};
use std::time::Duration;

/// An API with a template that says another time at each call: `/pets/{id}`, which is cached by `id` and `q`.
struct Shop {
    live: Live,
    client: Client,
    api: String,
    clock: Clock,
}

impl Shop {
    async fn open() -> Self {
        let clock = Clock::manual("2026-11-28T05:00:00Z".parse::<Timestamp>().unwrap());
        let live = Live::start_with(Options {
            clock: clock.clone(),
            ..Options::default()
        })
        .await;
        let client = client(&live);
        let (api, root) = create_api(&client, "shop").await;
        let pets = create_resource(&client, &api, &root, "pets").await;
        let pet = create_resource(&client, &api, &pets, "{id}").await;
        for verb in ["GET", "POST"] {
            mock(&client, &api, &pet, verb, "$context.requestId").await;
            let keys = ["method.request.path.id", "method.request.querystring.q"];
            for key in keys {
                let method = client.update_method().rest_api_id(&api).resource_id(&pet);
                let wanted = patch(Op::Add, &format!("/requestParameters/{key}"), "false");
                let method = method.http_method(verb).patch_operations(wanted);
                method.send().await.unwrap();
                let made = client.update_integration().rest_api_id(&api);
                let wanted = patch(Op::Add, &format!("/cacheKeyParameters/{key}"), "");
                let made = made.resource_id(&pet).http_method(verb);
                made.patch_operations(wanted).send().await.unwrap();
            }
        }
        deploy(&client, &api, "s").await;
        Self {
            live,
            client,
            api,
            clock,
        }
    }

    async fn set(&self, patches: &[(&str, &str)]) {
        let patches: Vec<PatchOperation> = patches
            .iter()
            .map(|(path, value)| patch(Op::Replace, path, value))
            .collect();
        let stage = self.client.update_stage().rest_api_id(&self.api);
        let stage = stage.stage_name("s").set_patch_operations(Some(patches));
        stage.send().await.unwrap();
    }

    async fn cached() -> Self {
        let shop = Self::open().await;
        let patches = [
            ("/cacheClusterEnabled", "true"),
            ("/*/*/caching/enabled", "true"),
        ];
        shop.set(&patches).await;
        shop
    }

    /// The status, the head and the id of the request that made the answer.
    async fn ask(&self, line: &str, headers: &[&str]) -> (u16, String, String) {
        call(&self.live, &self.api, line, headers, "").await
    }

    async fn made_by(&self, line: &str) -> String {
        let (status, _, body) = self.ask(line, &[]).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

const ONE: &str = "GET /s/pets/1";

#[tokio::test]
async fn an_answer_is_kept_by_the_parameters_that_are_its_key_and_for_its_time() {
    let shop = Shop::open().await;
    assert_ne!(shop.made_by(ONE).await, shop.made_by(ONE).await);
    shop.set(&[("/cacheClusterEnabled", "true")]).await;
    assert_ne!(
        shop.made_by(ONE).await,
        shop.made_by(ONE).await,
        "a cluster alone keeps nothing"
    );
    shop.set(&[("/*/*/caching/enabled", "true")]).await;
    let first = shop.made_by(ONE).await;
    assert_eq!(shop.made_by(ONE).await, first);
    assert_eq!(
        shop.made_by("GET /s/pets/1?other=2").await,
        first,
        "what is no key does not count"
    );
    assert_ne!(shop.made_by("GET /s/pets/2").await, first);
    assert_ne!(shop.made_by("GET /s/pets/1?q=2").await, first);
    let post = "POST /s/pets/1";
    assert_ne!(
        shop.made_by(post).await,
        shop.made_by(post).await,
        "of all methods only GET is kept"
    );
    shop.set(&[("/pets~1{id}/POST/caching/enabled", "true")])
        .await;
    assert_eq!(shop.made_by(post).await, shop.made_by(post).await);

    shop.clock.advance(Duration::from_secs(299));
    assert_eq!(shop.made_by(ONE).await, first);
    shop.clock.advance(Duration::from_secs(1));
    let second = shop.made_by(ONE).await;
    assert_ne!(second, first);
    shop.set(&[("/*/*/caching/ttlInSeconds", "0")]).await;
    assert_ne!(shop.made_by(ONE).await, shop.made_by(ONE).await);
    shop.set(&[("/*/*/caching/ttlInSeconds", "3600")]).await;
    let third = shop.made_by(ONE).await;
    assert_eq!(shop.made_by(ONE).await, third);

    // A cache that is switched off is gone.
    shop.set(&[("/cacheClusterEnabled", "false")]).await;
    assert_ne!(shop.made_by(ONE).await, third);
    shop.set(&[("/cacheClusterEnabled", "true")]).await;
    assert_ne!(shop.made_by(ONE).await, third);
}

#[tokio::test]
async fn who_wants_an_answer_anew_gets_it_a_warning_or_a_refusal() {
    let shop = Shop::cached().await;
    let anew = ["Cache-Control: max-age=0"];
    let first = shop.made_by(ONE).await;
    let (status, head, body) = shop.ask(ONE, &anew).await;
    assert_eq!((status, &body), (200, &first));
    assert!(head.contains("warning: 199 "), "{head}");

    let strategy = "/*/*/caching/unauthorizedCacheControlHeaderStrategy";
    shop.set(&[(strategy, "SUCCEED_WITHOUT_RESPONSE_HEADER")])
        .await;
    let (status, head, body) = shop.ask(ONE, &anew).await;
    assert_eq!((status, &body), (200, &first));
    assert!(!head.contains("warning:"), "{head}");

    shop.set(&[(strategy, "FAIL_WITH_403")]).await;
    let (status, head, _) = shop.ask(ONE, &anew).await;
    assert_eq!(status, 403);
    assert!(
        head.contains("x-amzn-errortype: accessdeniedexception"),
        "{head}"
    );
    assert_eq!(shop.made_by(ONE).await, first);

    let free = "/*/*/caching/requireAuthorizationForCacheControl";
    shop.set(&[(free, "false")]).await;
    let (status, _, second) = shop.ask(ONE, &anew).await;
    assert_eq!(status, 200);
    assert_ne!(second, first);
    assert_eq!(
        shop.made_by(ONE).await,
        second,
        "and it is what is kept now"
    );
}

#[tokio::test]
async fn a_cache_is_flushed_and_its_hits_are_counted() {
    let shop = Shop::cached().await;
    let first = shop.made_by(ONE).await;
    assert_eq!(shop.made_by(ONE).await, first);
    let flush = shop.client.flush_stage_cache().rest_api_id(&shop.api);
    flush.stage_name("s").send().await.unwrap();
    assert_ne!(shop.made_by(ONE).await, first);
    let none = shop.client.flush_stage_cache().rest_api_id(&shop.api);
    let refused = refusal(none.stage_name("none").send().await);
    assert_eq!(refused.1, "Invalid stage identifier specified");

    let metrics = aws_sdk_cloudwatch::Client::new(&shop.live.config);
    let sum = async |name: &str| {
        let stats = metrics.get_metric_statistics().namespace("AWS/ApiGateway");
        let stats = stats.metric_name(name).period(60);
        let at = shop.clock.now().as_second();
        let time = aws_sdk_cloudwatch::primitives::DateTime::from_secs;
        let dimension = aws_sdk_cloudwatch::types::Dimension::builder();
        let stats = stats
            .dimensions(dimension.name("ApiName").value("shop").build())
            .start_time(time(at - 60))
            .end_time(time(at + 60))
            .statistics(aws_sdk_cloudwatch::types::Statistic::Sum);
        let all = stats.send().await.unwrap();
        all.datapoints()
            .iter()
            .filter_map(|point| point.sum())
            .sum::<f64>()
    };
    until(async || sum("CacheMissCount").await == 2.0 && sum("CacheHitCount").await == 1.0).await;
}

#[tokio::test]
async fn what_a_backend_fails_with_is_kept_and_what_the_gateway_refuses_is_not() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    proxied(&live, &client, &api, &root, "echo").await;
    permit(&live, "echo", &api).await;
    deploy(&client, &api, "s").await;
    let stage = client.update_stage().rest_api_id(&api).stage_name("s");
    let patches = vec![
        patch(Op::Replace, "/cacheClusterEnabled", "true"),
        patch(Op::Replace, "/~1/ANY/caching/enabled", "true"),
    ];
    let stage = stage.set_patch_operations(Some(patches));
    stage.send().await.unwrap();
    let ask = async |body: &str| {
        let (status, _, _) = call(&live, &api, "POST /s", &[], body).await;
        status
    };
    assert_eq!(ask("raise").await, 502);
    assert_eq!(ask(r#"answer:{"statusCode": 404}"#).await, 404);
    assert_eq!(ask(r#"answer:{"statusCode": 200}"#).await, 404);
}

//! CloudWatch and tagging through the SDK, which speaks rpc-v2-cbor to the one and json to the other.

use crate::support::{Live, until};
use aws_sdk_cloudwatch::{
    Client,
    error::ProvideErrorMetadata,
    primitives::DateTime,
    types::{
        Dimension, Metric, MetricDataQuery, MetricDatum, MetricStat, ScanBy, StandardUnit,
        Statistic, StatisticSet,
    },
};
use std::time::{SystemTime, UNIX_EPOCH};

/// The beginning of the hour before the last, in seconds since the epoch.
fn base() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs() as i64 / 3600 * 3600 - 3600
}

fn at(seconds: i64) -> DateTime {
    DateTime::from_secs(base() + seconds)
}

fn dimension(value: &str) -> Dimension {
    Dimension::builder().name("Kind").value(value).build()
}

fn metric(name: &str) -> Metric {
    Metric::builder()
        .namespace("App")
        .metric_name(name)
        .dimensions(dimension("a"))
        .build()
}

fn query(id: &str, name: &str, stat: &str) -> MetricDataQuery {
    let stat = MetricStat::builder()
        .metric(metric(name))
        .period(60)
        .stat(stat);
    MetricDataQuery::builder()
        .id(id)
        .metric_stat(stat.build())
        .build()
}

async fn with_values() -> (Live, Client) {
    let live = Live::start().await;
    let metrics = Client::new(&live.config);
    let latency = (1..=100).map(|value| {
        MetricDatum::builder()
            .metric_name("Latency")
            .dimensions(dimension("a"))
            .unit(StandardUnit::Milliseconds)
            .timestamp(at(i64::from(value) % 60))
            .value(f64::from(value))
            .build()
    });
    let set = StatisticSet::builder()
        .sample_count(4.0)
        .sum(8.0)
        .minimum(1.0)
        .maximum(5.0)
        .build();
    let requests = MetricDatum::builder()
        .metric_name("Requests")
        .dimensions(dimension("a"))
        .timestamp(at(0))
        .statistic_values(set)
        .build();
    metrics
        .put_metric_data()
        .namespace("App")
        .set_metric_data(Some(latency.collect()))
        .metric_data(requests)
        .send()
        .await
        .unwrap();
    (live, metrics)
}

#[tokio::test]
async fn metric_data_comes_with_percentiles_and_math() {
    let (live, metrics) = with_values().await;
    let math = MetricDataQuery::builder()
        .id("e")
        .expression("p99 - avg + FILL(requests, 0)")
        .label("spread");
    let output = metrics
        .get_metric_data()
        .start_time(at(0))
        .end_time(at(600))
        .scan_by(ScanBy::TimestampAscending)
        .metric_data_queries(query("p99", "Latency", "p99"))
        .metric_data_queries(query("avg", "Latency", "Average"))
        .metric_data_queries(query("requests", "Requests", "Sum"))
        .metric_data_queries(math.build())
        .send()
        .await
        .unwrap();
    let values: Vec<_> = output
        .metric_data_results()
        .iter()
        .map(|r| r.values()[0])
        .collect();
    assert_eq!(values, [99.01, 50.5, 8.0, 99.01 - 50.5 + 8.0]);
    let last = &output.metric_data_results()[3];
    assert_eq!(last.label(), Some("spread"));
    assert_eq!(last.timestamps(), [at(0)]);
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn metric_statistics_come_with_unit_and_extended_statistics() {
    let (live, metrics) = with_values().await;
    let output = metrics
        .get_metric_statistics()
        .namespace("App")
        .metric_name("Latency")
        .dimensions(dimension("a"))
        .start_time(at(0))
        .end_time(at(600))
        .period(300)
        .statistics(Statistic::Sum)
        .statistics(Statistic::SampleCount)
        .extended_statistics("p50")
        .send()
        .await
        .unwrap();
    let [datapoint] = output.datapoints() else {
        panic!("one datapoint: {output:?}")
    };
    assert_eq!(datapoint.sum(), Some(5050.0));
    assert_eq!(datapoint.sample_count(), Some(100.0));
    assert_eq!(datapoint.extended_statistics().unwrap()["p50"], 50.5);
    assert_eq!(datapoint.unit(), Some(&StandardUnit::Milliseconds));
    assert_eq!(datapoint.timestamp(), Some(&at(0)));
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn metrics_are_listed_by_the_sdks_own_pages() {
    let (live, metrics) = with_values().await;
    let many = (0..600).map(|number| {
        MetricDatum::builder()
            .metric_name("Many")
            .dimensions(dimension(&number.to_string()))
            .value(1.0)
            .build()
    });
    metrics
        .put_metric_data()
        .namespace("App")
        .set_metric_data(Some(many.collect()))
        .send()
        .await
        .unwrap();
    let all = metrics.list_metrics().namespace("App").into_paginator();
    let pages: Vec<_> = all.send().try_collect().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.metrics().len()).collect();
    assert_eq!(sizes, [500, 102]);
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn errors_arrive_with_the_codes_that_query_had() {
    let (live, metrics) = with_values().await;
    let error = metrics
        .get_metric_statistics()
        .namespace("App")
        .metric_name("Latency")
        .start_time(at(600))
        .end_time(at(0))
        .period(60)
        .statistics(Statistic::Sum)
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterValue"));
    let error = error.into_service_error();
    assert!(error.is_invalid_parameter_value_exception(), "{error:?}");
    let message = error.message().unwrap_or_default();
    assert!(message.contains("StartTime must be less"), "{message}");
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn an_invocation_is_counted_and_tags_are_found() {
    let live = Live::start().await;
    let metrics = Client::new(&live.config);
    live.create_echo("orders").await;
    live.invoke("orders", serde_json::json!({})).await;
    until(|| async {
        let listed = metrics
            .list_metrics()
            .namespace("AWS/Lambda")
            .metric_name("Invocations")
            .send()
            .await
            .unwrap();
        let named = |m: &Metric| m.dimensions().iter().any(|d| d.value() == Some("orders"));
        listed.metrics().iter().any(named)
    })
    .await;
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:orders";
    let tagging = aws_sdk_resourcegroupstagging::Client::new(&live.config);
    tagging
        .tag_resources()
        .resource_arn_list(arn)
        .tags("team", "checkout")
        .send()
        .await
        .unwrap();
    let found = tagging
        .get_resources()
        .resource_type_filters("lambda:function")
        .send()
        .await
        .unwrap();
    assert_eq!(
        found.resource_tag_mapping_list()[0].resource_arn(),
        Some(arn)
    );
    assert_eq!(
        found.resource_tag_mapping_list()[0].tags()[0].value(),
        "checkout"
    );
    live.sandbox.shutdown().await;
}

/// A function prints a line in the embedded metric format, as Powertools does it.
const SHOP: &str = r#"
import json, time
def handler(event, context):
    print(json.dumps({"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
        {"Namespace": "Shops", "Dimensions": [["Shop"], ["Shop", "Till"]],
         "Metrics": [{"Name": "Sold", "Unit": "Count"}, {"Name": "Wait", "Unit": "Milliseconds"}]}]},
        "Shop": "north", "Till": "1", "Sold": 3, "Wait": [10, 20, 30]}))
    return "sold"
"#;

#[tokio::test]
async fn what_a_function_prints_in_the_embedded_format_becomes_metrics() {
    let live = Live::start().await;
    let python = aws_sdk_lambda::types::Runtime::Python312;
    let files = [("index.py", SHOP)];
    live.create("shop", python, "index.handler", &files).await;
    live.invoke("shop", serde_json::json!({})).await;
    let metrics = Client::new(&live.config);
    until(|| async {
        let listed = metrics.list_metrics().namespace("Shops").send().await;
        listed.unwrap().metrics().len() == 4
    })
    .await;
    let sum = |name: &str| {
        let north = Dimension::builder().name("Shop").value("north").build();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = now.as_secs() as i64;
        metrics
            .get_metric_statistics()
            .namespace("Shops")
            .metric_name(name)
            .dimensions(north)
            .period(3600)
            .start_time(DateTime::from_secs(now - 1800))
            .end_time(DateTime::from_secs(now + 1800))
            .statistics(Statistic::Sum)
            .statistics(Statistic::SampleCount)
            .send()
    };
    for (name, expected) in [("Sold", (3.0, 1.0)), ("Wait", (60.0, 3.0))] {
        let found = sum(name).await.unwrap();
        let point = &found.datapoints()[0];
        assert_eq!(
            (point.sum().unwrap(), point.sample_count().unwrap()),
            expected
        );
    }
}

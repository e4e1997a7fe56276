//! What CloudWatch learns of each request.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html>.

use super::{behind::Behind, exchange::Exchange};
use crate::{lambda::MetricSink, services::Services};
use std::time::Duration;

const NAMESPACE: &str = "AWS/ApiGateway";

/// Puts what a request amounts to: by the API's name, with the stage, and with the method where the stage wants it.
pub fn put(
    services: &Services,
    exchange: &Exchange<'_>,
    status: u16,
    latency: Duration,
    behind: &Behind,
) {
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let is = |class: u16| f64::from(u8::from(status / 100 == class));
    let mut values = vec![
        ("Count", "Count", 1.0),
        ("Latency", "Milliseconds", ms(latency).round()),
        ("4XXError", "Count", is(4)),
        ("5XXError", "Count", is(5)),
    ];
    if let Some(took) = behind.took {
        values.push(("IntegrationLatency", "Milliseconds", ms(took).round()));
    }
    if let Some(hit) = behind.cached {
        let name = if hit {
            "CacheHitCount"
        } else {
            "CacheMissCount"
        };
        values.push((name, "Count", 1.0));
    }
    let name = ("ApiName", exchange.definition().rest.name.as_str());
    let stage = ("Stage", exchange.stage());
    let mut sets: Vec<Vec<(&str, &str)>> = vec![vec![name], vec![name, stage]];
    if let Some(route) = &exchange.route {
        let (path, verb) = (&route.resource.path, &route.method.http_method);
        let setting = exchange.served.stage.setting(path, verb);
        if setting.is_some_and(|setting| setting.metrics_enabled) {
            let method = ("Method", exchange.verb());
            sets.push(vec![name, method, ("Resource", path), stage]);
        }
    }
    let at = exchange.now.as_millisecond();
    for dimensions in &sets {
        for (metric, unit, value) in &values {
            let sink = &services.telemetry;
            sink.put(
                exchange.region,
                NAMESPACE,
                metric,
                dimensions,
                unit,
                *value,
                at,
            );
        }
    }
}

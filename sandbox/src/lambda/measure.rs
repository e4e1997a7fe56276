//! What CloudWatch learns of each invocation.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>.

use super::Lambda;
use crate::{error::AwsError, region::lock, runtime::Outcome};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

const NAMESPACE: &str = "AWS/Lambda";

/// Where metrics go: CloudWatch, in the sandbox.
pub trait MetricSink: Send + Sync {
    /// Puts one value; `at_ms` is milliseconds since 1970.
    #[allow(
        clippy::too_many_arguments,
        reason = "these are what a metric's value consists of"
    )]
    fn put(
        &self,
        region: &str,
        namespace: &str,
        name: &str,
        dims: &[(&str, &str)],
        unit: &str,
        value: f64,
        at_ms: i64,
    );
}

/// How many invocations are at work, by function.
#[derive(Debug, Default, Clone)]
pub struct Running(Arc<Mutex<HashMap<String, u32>>>);

/// One invocation at work, until this is dropped.
#[derive(Debug)]
pub struct AtWork {
    running: Running,
    name: String,
    /// Invocations of this function at work, this one included.
    pub of_function: u32,
    /// Invocations of all functions at work, this one included.
    pub of_account: u32,
}

impl Running {
    /// One more.
    pub fn begin(&self, name: &str) -> AtWork {
        let mut counts = lock(&self.0);
        let count = counts.entry(name.to_owned()).or_default();
        *count += 1;
        AtWork {
            running: self.clone(),
            name: name.to_owned(),
            of_function: *count,
            of_account: counts.values().sum(),
        }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut counts = lock(&self.running.0);
        if let Some(count) = counts.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.name);
            }
        }
    }
}

impl Lambda {
    /// Puts what an invocation amounts to. `resource` is the function's name, with the qualifier that was called.
    pub(super) fn measure(
        &self,
        at_work: &AtWork,
        resource: &str,
        outcome: &Result<Outcome, AwsError>,
    ) {
        let at = self.needs.clock.now_ms();
        let put = |name: &str, unit: &str, value: f64| {
            self.put_metric(&at_work.name, resource, name, unit, value, at)
        };
        match outcome {
            Ok(outcome) => {
                put("Invocations", "Count", 1.0);
                put(
                    "Errors",
                    "Count",
                    f64::from(u8::from(outcome.function_error.is_some())),
                );
                put("Throttles", "Count", 0.0);
                put("Duration", "Milliseconds", outcome.duration_ms);
            }
            Err(error) if error.code == "TooManyRequestsException" => {
                put("Throttles", "Count", 1.0);
                return;
            }
            // A function that could not be started at all is an invocation that failed.
            Err(_) => {
                put("Invocations", "Count", 1.0);
                put("Errors", "Count", 1.0);
            }
        }
        let name = "ConcurrentExecutions";
        let of_function = f64::from(at_work.of_function);
        let metrics = &self.metrics;
        metrics.put(
            &self.region,
            NAMESPACE,
            name,
            &[("FunctionName", &at_work.name)],
            "Count",
            of_function,
            at,
        );
        metrics.put(
            &self.region,
            NAMESPACE,
            name,
            &[],
            "Count",
            f64::from(at_work.of_account),
            at,
        );
    }

    /// Puts one value under every set of dimensions that Lambda uses.
    pub(super) fn put_metric(
        &self,
        function: &str,
        resource: &str,
        name: &str,
        unit: &str,
        value: f64,
        at_ms: i64,
    ) {
        let of_function = ("FunctionName", function);
        let sets: [&[(&str, &str)]; 3] =
            [&[of_function], &[of_function, ("Resource", resource)], &[]];
        for dimensions in sets {
            self.metrics.put(
                &self.region,
                NAMESPACE,
                name,
                dimensions,
                unit,
                value,
                at_ms,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn invocations_at_work_are_counted_per_function_and_over_all() {
        let running = Running::default();
        let first = running.begin("a");
        let second = running.begin("b");
        let third = running.begin("a");
        assert_eq!((first.of_function, first.of_account), (1, 1));
        assert_eq!((second.of_function, second.of_account), (1, 2));
        assert_eq!((third.of_function, third.of_account), (2, 3));
        drop((first, second, third));
        assert_eq!(running.begin("a").of_account, 1);
    }
}

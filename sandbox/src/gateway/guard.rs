//! Keys, throttles and quotas: who may call now. Buckets are the gateway's and are full when it starts; what a key has used
//! of its plan's quota is kept.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>.

use super::{Gateway, exchange::Exchange, log, refusal::Refusal};
use crate::{
    apigateway::{ApiGateway, Metered, model::Throttle},
    bucket::Bucket,
    region::lock,
};
use std::{collections::HashMap, sync::Mutex};

/// Requests a second and at once, of an account in a region.
const ACCOUNT: Throttle = Throttle {
    burst_limit: 5000,
    rate_limit: 10_000.0,
};

/// Buckets that were made so far, with the limits that they were made for.
#[derive(Debug, Default)]
pub struct Buckets(Mutex<HashMap<String, (Throttle, Bucket)>>);

impl Gateway {
    /// Takes a request out of a bucket.
    ///
    /// # Errors
    /// When it is empty.
    fn take(&self, name: String, limit: Throttle) -> Result<(), Refusal> {
        #[allow(clippy::cast_precision_loss, reason = "bursts are small")]
        let (rate, burst) = (limit.rate_limit, limit.burst_limit as f64);
        let mut all = lock(&self.buckets.0);
        let (made_for, bucket) = all
            .entry(name)
            .or_insert_with(|| (limit, Bucket::new(rate, burst, self.clock.clone())));
        if *made_for != limit {
            *made_for = limit;
            bucket.limit(rate, burst);
        }
        match bucket.take() {
            true => Ok(()),
            false => Err(Refusal::throttled()),
        }
    }

    /// Lets a request in, or not: by its key, then by the throttles of the plan, the stage and the account, then by the quota.
    ///
    /// # Errors
    /// Why it is not let in.
    pub(super) fn guard(
        &self,
        plane: &ApiGateway,
        exchange: &mut Exchange<'_>,
    ) -> Result<(), Refusal> {
        let (api, stage) = (exchange.api().to_owned(), exchange.stage().to_owned());
        let (path, verb) = place(exchange);
        let value = Self::shown(exchange);
        let shown = log::hidden(value.as_deref().unwrap_or_default());
        let (log, id) = (&exchange.log, exchange.visit.request_id);
        log.info(|| {
            format!(
                "Verifying Usage Plan for request: {id}. API Key: {shown} API Stage: {api}/{stage}"
            )
        });
        if !exchange.needs_key() {
            log.info(|| format!("API Key {shown} authorized because method '{verb} {path}' does not require API Key. Request will not contribute to throttle or quota limits"));
        }
        let metered = self.key(plane, exchange, value).map_err(|refusal| {
            refusal.because(format!("API Key {shown} not authorized because method '{verb} {path}' requires API Key and API Key is not associated with a Usage Plan for API Stage {api}/{stage}: No Usage Plan found for key and API Stage"))
        })?;
        if let Some(metered) = &metered {
            let of = format!("plan {} {}", metered.plan, metered.key);
            let resource = exchange
                .route
                .as_ref()
                .map(|route| route.resource.id.as_str());
            let resource = resource.unwrap_or_default();
            let why = |refusal: Refusal, limit: Throttle| {
                refusal.because(format!(
                    "Key throttle limit exceeded for RestApi {api}, Stage {stage}, Resource {resource}, HttpMethod {verb}. Limit: {:.2} Burst: {}",
                    limit.rate_limit, limit.burst_limit
                ))
            };
            if let Some(limit) = metered.of_method {
                self.take(format!("{of} {api}/{stage} {verb} {path}"), limit)
                    .map_err(|refusal| why(refusal, limit))?;
            }
            if let Some(limit) = metered.throttle {
                self.take(of, limit)
                    .map_err(|refusal| why(refusal, limit))?;
            }
        }
        if let Some(setting) = exchange.served.stage.setting(&path, &verb) {
            let limit = Throttle {
                burst_limit: setting.throttling_burst_limit,
                rate_limit: setting.throttling_rate_limit,
            };
            self.take(format!("stage {api}/{stage} {verb} {path}"), limit)?;
        }
        self.take("account".into(), ACCOUNT)?;
        match metered {
            Some(metered) if !plane.count(&metered) => Err(Refusal::quota()),
            _ => {
                exchange.log.info(|| {
                    format!(
                        "Usage Plan check succeeded for API Key {shown} and API Stage {api}/{stage}"
                    )
                });
                Ok(())
            }
        }
    }

    /// The key that the caller shows, where the method wants one.
    fn shown(exchange: &Exchange<'_>) -> Option<String> {
        if !exchange.needs_key() {
            return None;
        }
        match exchange.definition().rest.api_key_source.as_str() {
            "AUTHORIZER" => exchange.authorized_key.clone(),
            _ => exchange.header("x-api-key").map(str::to_owned),
        }
    }

    /// # Errors
    /// When a key is required and none that is good for this stage was shown.
    fn key(
        &self,
        plane: &ApiGateway,
        exchange: &mut Exchange<'_>,
        value: Option<String>,
    ) -> Result<Option<Metered>, Refusal> {
        if !exchange.needs_key() {
            return Ok(None);
        }
        let value = value.ok_or_else(Refusal::no_key)?;
        let (path, verb) = place(exchange);
        let found = plane.metered(exchange.api(), exchange.stage(), (&path, &verb), &value);
        let metered = found.ok_or_else(Refusal::no_key)?;
        exchange.key = Some((value, metered.key.clone()));
        Ok(Some(metered))
    }
}

/// The resource's path and the method by its own name, as settings name them.
fn place(exchange: &Exchange<'_>) -> (String, String) {
    match &exchange.route {
        Some(route) => (
            route.resource.path.clone(),
            route.method.http_method.clone(),
        ),
        None => (String::new(), String::new()),
    }
}

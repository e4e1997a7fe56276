//! The cache of a stage: answers of methods that are kept for a while, by the parameters that the integration names. What
//! the gateway refuses is never kept; what a backend answers is, whatever its status.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html>.

use super::{Gateway, exchange::Exchange, refusal::Refusal};
use crate::{
    apigateway::model::{Integration, MethodSetting},
    iam::Iam,
    region::lock,
    request::{Body, Response},
};
use bytes::Bytes;
use jiff::Timestamp;
use std::{collections::HashMap, sync::Mutex, time::Duration};

/// The largest answer that is kept.
const MAX_BYTES: usize = 1_048_576;
/// Answers that are kept of a stage.
const MOST: usize = 4096;
/// What a caller must be allowed who wants an answer anew.
const ACTION: &str = "execute-api:InvalidateCache";

/// Answers that are kept, by their stage and by what they answer.
#[derive(Debug, Default)]
pub struct Cache(Mutex<HashMap<Stage, HashMap<String, Kept>>>);

/// An API and the name of its stage.
type Stage = (String, String);

#[derive(Debug)]
struct Kept {
    until: Timestamp,
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// Where an answer is kept.
#[derive(Debug)]
pub struct Place {
    stage: Stage,
    /// What is asked, with what makes the stage's cache another.
    of: String,
    ttl: Duration,
    /// Whether the caller may have it anew, and wants it.
    anew: bool,
    /// Whether the caller wanted it anew and is told that it may not.
    warned: bool,
}

impl Gateway {
    /// Where the answer of a request is kept; none where none is.
    ///
    /// # Errors
    /// When the caller wants it anew, may not, and is refused for that.
    pub(super) fn place(
        &self,
        iam: &Iam,
        exchange: &Exchange<'_>,
        integration: &Integration,
    ) -> Result<Option<Place>, Refusal> {
        let stage = &exchange.served.stage;
        let name = (exchange.api().to_owned(), exchange.stage().to_owned());
        if !stage.cache_cluster_enabled {
            // A cache that is switched off is gone, with all that was in it.
            lock(&self.cache.0).remove(&name);
            return Ok(None);
        }
        let Some(route) = &exchange.route else {
            return Ok(None);
        };
        let (path, verb) = (&route.resource.path, &route.method.http_method);
        let setting = stage.caches(path, verb, exchange.verb());
        let Some(setting) = setting else {
            return Ok(None);
        };
        let mut place = Place {
            stage: name,
            of: of(exchange, integration),
            ttl: Duration::from_secs(setting.cache_ttl_in_seconds.max(0).unsigned_abs()),
            anew: false,
            warned: false,
        };
        if wants_anew(exchange) {
            judge(iam, exchange, setting, &mut place)?;
        }
        Ok(Some(place))
    }

    /// The answer that is kept at a place.
    pub(super) fn kept(&self, exchange: &Exchange<'_>, place: &Place) -> Option<Response> {
        let all = lock(&self.cache.0);
        let kept = all
            .get(&place.stage)?
            .get(&place.of)
            .filter(|kept| kept.until > exchange.now && !place.anew)?;
        let mut headers = kept.headers.clone();
        for (name, value) in &mut headers {
            if name.eq_ignore_ascii_case("x-amzn-trace-id") {
                value.clone_from(&exchange.trace);
            }
        }
        Some(Response {
            status: kept.status,
            headers,
            body: Body::Full(kept.body.clone()),
        })
    }

    /// Keeps an answer.
    pub(super) fn keep(&self, place: &Place, response: &Response) {
        let Body::Full(body) = &response.body else {
            return;
        };
        if body.len() > MAX_BYTES {
            return;
        }
        let now = self.clock.now();
        let kept = Kept {
            until: self.clock.after(place.ttl),
            status: response.status,
            headers: response.headers.clone(),
            body: body.clone(),
        };
        let mut all = lock(&self.cache.0);
        let all = all.entry(place.stage.clone()).or_default();
        if all.len() >= MOST {
            all.retain(|_, kept| kept.until > now);
        }
        if all.len() >= MOST {
            let first = all.iter().min_by_key(|(_, kept)| kept.until);
            if let Some(first) = first.map(|(of, _)| of.clone()) {
                all.remove(&first);
            }
        }
        all.insert(place.of.clone(), kept);
    }

    /// Forgets what is kept of a stage.
    pub fn flush(&self, api: &str, stage: &str) {
        lock(&self.cache.0).remove(&(api.to_owned(), stage.to_owned()));
    }
}

impl Place {
    /// The answer as this caller gets it.
    pub fn told(&self, response: Response) -> Response {
        match self.warned {
            true => response.with_header(
                "Warning",
                "199 - \"Not authorized to invalidate the cache: Cache-Control was ignored\"",
            ),
            false => response,
        }
    }
}

fn wants_anew(exchange: &Exchange<'_>) -> bool {
    let control = exchange.header("cache-control").unwrap_or_default();
    let mut all = control.split(',');
    all.any(|one| one.trim().eq_ignore_ascii_case("max-age=0"))
}

/// Whether the caller may have an answer anew, and what becomes of one who may not.
fn judge(
    iam: &Iam,
    exchange: &Exchange<'_>,
    setting: &MethodSetting,
    place: &mut Place,
) -> Result<(), Refusal> {
    let arn = exchange.method_arn(&exchange.path);
    let caller = exchange.caller.as_ref();
    let may = !setting.require_authorization_for_cache_control
        || caller.is_some_and(|caller| iam.may(&caller.arn, ACTION, &arn));
    match setting.unauthorized_cache_control_header_strategy.as_str() {
        _ if may => place.anew = true,
        "FAIL_WITH_403" => {
            let refused = "User is not authorized to access this resource";
            return Err(Refusal::forbidden(refused).because(format!(
                "The caller is not authorized to perform: {ACTION} on resource: {arn}"
            )));
        }
        "SUCCEED_WITH_RESPONSE_HEADER" => place.warned = true,
        _ => {}
    }
    Ok(())
}

/// What an answer is of: the namespace of the integration and the parameters that it names, and nothing else of the request.
fn of(exchange: &Exchange<'_>, integration: &Integration) -> String {
    let stage = &exchange.served.stage;
    let canary = stage.canary_settings.as_ref();
    let is_apart = exchange.is_canary && canary.is_some_and(|canary| !canary.use_stage_cache);
    let mut names: Vec<&String> = integration.cache_key_parameters.iter().collect();
    names.sort_unstable();
    let values = names.into_iter().map(|name| {
        let from = integration.request_parameters.get(name);
        exchange.mapped(from.unwrap_or(name))
    });
    format!(
        "{} {:?} {is_apart} {} {} {:?}",
        stage.created_date,
        stage.cache_cluster_size,
        integration.cache_namespace,
        exchange.verb(),
        values.collect::<Vec<_>>()
    )
}

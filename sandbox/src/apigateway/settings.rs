//! What holds for a stage's methods, all of them (`*/*`) or one (`pets/GET`): throttling, cache, logs, metrics.

use super::{
    error::bad_request,
    model::{MethodSetting, Stage},
    patch::{Op, Patch},
};
use crate::error::AwsError;

/// The paths of a stage's patches, as the service lists them.
const PATHS: &str = "[/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, /{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit/{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled]";

pub(super) fn no_path(patch: &Patch) -> AwsError {
    bad_request(format!(
        "Invalid method setting path: {}. Must be one of: {PATHS}",
        patch.path()
    ))
}

pub(super) fn nothing_to_remove(patch: &Patch) -> AwsError {
    bad_request(format!(
        "Cannot remove method setting {} because there is no method setting for this method ",
        patch.path().trim_start_matches('/')
    ))
}

/// The name of a method's settings.
fn key(path: &str, verb: &str) -> String {
    match path.trim_start_matches('/') {
        "" => format!("/{verb}"),
        path => format!("{path}/{verb}"),
    }
}

pub(super) fn apply(stage: &mut Stage, patch: &Patch, parts: &[&str]) -> Result<(), AwsError> {
    if patch.op == Op::Remove {
        let removed = match parts {
            [path, verb] => stage.method_settings.remove(&key(path, verb)),
            _ => None,
        };
        return removed.map(|_| ()).ok_or_else(|| nothing_to_remove(patch));
    }
    let [path, verb, group, name] = parts else {
        return Err(no_path(patch));
    };
    let known = stage.method_settings.get(&key(path, verb));
    let known = known.or_else(|| stage.method_settings.get("*/*"));
    let mut setting = known.cloned().unwrap_or_default();
    set(&mut setting, group, name, patch)?;
    stage.method_settings.insert(key(path, verb), setting);
    Ok(())
}

fn set(
    setting: &mut MethodSetting,
    group: &str,
    name: &str,
    patch: &Patch,
) -> Result<(), AwsError> {
    let value = patch.value();
    let number = || {
        bad_request(format!(
            "Invalid value for method setting {group}/{name}: {value}"
        ))
    };
    match (group, name) {
        ("metrics", "enabled") => setting.metrics_enabled = patch.is_true(),
        ("logging", "dataTrace") => setting.data_trace_enabled = patch.is_true(),
        ("logging", "loglevel") => {
            if !["OFF", "ERROR", "INFO"].contains(&value.as_str()) {
                return Err(bad_request(
                    "Invalid Log Level specified. Must be one of: [OFF, ERROR, INFO]",
                ));
            }
            setting.logging_level = Some(value);
        }
        ("throttling", "burstLimit") => {
            setting.throttling_burst_limit = value.parse().map_err(|_| number())?;
        }
        ("throttling", "rateLimit") => {
            setting.throttling_rate_limit = value.parse().map_err(|_| number())?;
        }
        ("caching", "enabled") => setting.caching_enabled = patch.is_true(),
        ("caching", "ttlInSeconds") => {
            let ttl: i64 = value.parse().map_err(|_| number())?;
            if !(0..=3600).contains(&ttl) {
                return Err(bad_request("Invalid cache TTL, must be between 0 and 3600"));
            }
            setting.cache_ttl_in_seconds = ttl;
        }
        ("caching", "dataEncrypted") => setting.cache_data_encrypted = patch.is_true(),
        ("caching", "requireAuthorizationForCacheControl") => {
            setting.require_authorization_for_cache_control = patch.is_true();
        }
        ("caching", "unauthorizedCacheControlHeaderStrategy") => {
            setting.unauthorized_cache_control_header_strategy = value;
        }
        _ => return Err(no_path(patch)),
    }
    Ok(())
}

impl Stage {
    /// The setting of a method whose answers are kept. Where only that of all methods says so, it is of GET alone.
    pub fn caches(&self, path: &str, verb: &str, asked: &str) -> Option<&MethodSetting> {
        let own = self.method_settings.get(&key(path, verb));
        let of_all = || self.method_settings.get("*/*").filter(|_| asked == "GET");
        own.or_else(of_all)
            .filter(|setting| setting.caching_enabled && setting.cache_ttl_in_seconds > 0)
    }

    /// What holds for a method: its own settings, else those of all. `*/*` of a stage that never set any holds nothing.
    pub fn setting(&self, path: &str, verb: &str) -> Option<&MethodSetting> {
        let own = self.method_settings.get(&key(path, verb));
        own.or_else(|| self.method_settings.get("*/*"))
    }
}

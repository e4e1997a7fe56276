//! Authorizers: functions and user pools that say who may call.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html>.

use super::{
    Answer, ApiGateway, Call, accepted, created,
    error::{bad_request, conflict, no_authorizer},
    model::Authorizer,
    new_id, ok,
    patch::{Op, Patch},
    shown, value,
};
use crate::{error::AwsError, lambda::Violations};

const KINDS: [&str; 3] = ["TOKEN", "COGNITO_USER_POOLS", "REQUEST"];

impl ApiGateway {
    pub(super) fn get_authorizers(&self, call: &Call<'_>, id: &str) -> Answer {
        let state = self.state();
        let all = self.api(&state, id)?.now.authorizers.iter();
        call.page(all.map(|(id, authorizer)| (id.as_str(), shown(authorizer))))
    }

    pub(super) fn create_authorizer(&self, call: &Call<'_>, id: &str) -> Answer {
        let body = call.body()?;
        let kind = value::text(&body, "type")?.unwrap_or_default();
        let mut wrong = Violations::default();
        wrong.one_of("createAuthorizerInput.type", &kind, &KINDS);
        wrong.check()?;
        let made = Authorizer {
            id: new_id(6),
            name: value::text(&body, "name")?.unwrap_or_default(),
            provider_arns: value::texts(&body, "providerARNs")?.unwrap_or_default(),
            auth_type: Some(value::filled(&body, "authType")?.unwrap_or_else(
                || match kind.as_str() {
                    "COGNITO_USER_POOLS" => "cognito_user_pools".into(),
                    _ => "custom".into(),
                },
            )),
            authorizer_uri: value::filled(&body, "authorizerUri")?,
            authorizer_credentials: value::filled(&body, "authorizerCredentials")?,
            identity_source: value::filled(&body, "identitySource")?,
            identity_validation_expression: value::filled(&body, "identityValidationExpression")?,
            authorizer_result_ttl_in_seconds: value::number(&body, "authorizerResultTtlInSeconds")?,
            kind,
        };
        let mut state = self.state();
        // As the service was recorded: an API that is not there is told as a change of it at the same time.
        let api = self.api_mut(&mut state, id).map_err(|_| {
            conflict(
                "Unable to complete operation due to concurrent modification. Please try again later.",
            )
        })?;
        check(&made)?;
        if api
            .now
            .authorizers
            .values()
            .any(|known| known.name == made.name)
        {
            return Err(bad_request(
                "Authorizer name must be unique. Authorizer ".to_owned()
                    + &made.name
                    + " already exists in this RestApi.",
            ));
        }
        let answer = shown(&made);
        api.now.authorizers.insert(made.id.clone(), made);
        created(answer)
    }

    pub(super) fn get_authorizer(&self, id: &str, of: &str) -> Answer {
        let state = self.state();
        let api = state.apis.get(id).ok_or_else(no_authorizer)?;
        ok(shown(
            api.now.authorizers.get(of).ok_or_else(no_authorizer)?,
        ))
    }

    pub(super) fn update_authorizer(&self, call: &Call<'_>, id: &str, of: &str) -> Answer {
        let patches = call.patches("updateAuthorizerInput")?;
        let mut state = self.state();
        let api = self.api_mut(&mut state, id).map_err(|_| no_authorizer())?;
        let found = api.now.authorizers.get_mut(of).ok_or_else(no_authorizer)?;
        let mut changed = found.clone();
        for patch in &patches {
            apply(&mut changed, patch)?;
        }
        check(&changed)?;
        found.clone_from(&changed);
        ok(shown(&changed))
    }

    pub(super) fn delete_authorizer(&self, id: &str, of: &str) -> Answer {
        let mut state = self.state();
        let api = self.api_mut(&mut state, id).map_err(|_| no_authorizer())?;
        let now = &mut api.now;
        if !now.authorizers.contains_key(of) {
            return Err(no_authorizer());
        }
        let mut methods = now
            .resources
            .values()
            .flat_map(|resource| resource.resource_methods.values());
        if methods.any(|method| method.authorizer_id.as_deref() == Some(of)) {
            return Err(conflict(format!(
                "Cannot delete authorizer '{of}', is referenced in method"
            )));
        }
        now.authorizers.remove(of);
        accepted()
    }
}

/// # Errors
/// When an authorizer lacks what one of its kind must have.
pub(super) fn check(made: &Authorizer) -> Result<(), AwsError> {
    if made.kind == "COGNITO_USER_POOLS" {
        if made.provider_arns.is_empty() {
            return Err(bad_request(
                "Authorizer of type COGNITO_USER_POOLS must have at least one provider ARN",
            ));
        }
    } else if made.authorizer_uri.is_none() {
        return Err(bad_request("Invalid Authorizer URI: null"));
    }
    if made
        .authorizer_result_ttl_in_seconds
        .is_some_and(|ttl| !(0..=3600).contains(&ttl))
    {
        return Err(bad_request(
            "Authorizer result TTL must be between 0 and 3600 seconds",
        ));
    }
    Ok(())
}

fn apply(changed: &mut Authorizer, patch: &Patch) -> Result<(), AwsError> {
    match patch.path() {
        "/name" => changed.name = patch.value(),
        "/type" => changed.kind = patch.value(),
        "/authType" => changed.auth_type = patch.filled(),
        "/authorizerUri" => changed.authorizer_uri = patch.filled(),
        "/authorizerCredentials" => changed.authorizer_credentials = patch.filled(),
        "/identitySource" => changed.identity_source = patch.filled(),
        "/identityValidationExpression" => {
            changed.identity_validation_expression = patch.filled();
        }
        "/authorizerResultTtlInSeconds" => {
            changed.authorizer_result_ttl_in_seconds = patch.value().parse().ok();
        }
        "/providerARNs" => {
            let arn = patch.value();
            changed.provider_arns.retain(|known| *known != arn);
            if patch.op != Op::Remove {
                changed.provider_arns.push(arn);
            }
        }
        _ => return Err(patch.no_path()),
    }
    Ok(())
}

//! Request validators: whether bodies and parameters of a method's requests are looked at.

use super::{
    Answer, ApiGateway, Call, accepted, created,
    error::{bad_request, no_validator},
    model::RequestValidator,
    new_id, ok, shown, value,
};

const PATHS: [&str; 3] = [
    "/name",
    "/validateRequestParameters",
    "/validateRequestBody",
];

impl ApiGateway {
    pub(super) fn get_request_validators(&self, call: &Call<'_>, id: &str) -> Answer {
        let state = self.state();
        let all = self.api(&state, id)?.now.validators.iter();
        call.page(all.map(|(id, validator)| (id.as_str(), shown(validator))))
    }

    pub(super) fn create_request_validator(&self, call: &Call<'_>, id: &str) -> Answer {
        let body = call.body()?;
        let mut state = self.state();
        let api = self.api_mut(&mut state, id);
        let api = api.map_err(|_| bad_request("Invalid REST API identifier specified"))?;
        let made = RequestValidator {
            id: new_id(6),
            name: value::filled(&body, "name")?,
            validate_request_body: value::flag(&body, "validateRequestBody").unwrap_or(false),
            validate_request_parameters: value::flag(&body, "validateRequestParameters")
                .unwrap_or(false),
        };
        let answer = shown(&made);
        api.now.validators.insert(made.id.clone(), made);
        created(answer)
    }

    pub(super) fn get_request_validator(&self, id: &str, of: &str) -> Answer {
        let state = self.state();
        let api = state.apis.get(id).ok_or_else(no_validator)?;
        ok(shown(api.now.validators.get(of).ok_or_else(no_validator)?))
    }

    pub(super) fn update_request_validator(&self, call: &Call<'_>, id: &str, of: &str) -> Answer {
        let patches = call.patches("updateRequestValidatorInput")?;
        let mut state = self.state();
        let api = self.api_mut(&mut state, id).map_err(|_| no_validator())?;
        let found = api.now.validators.get_mut(of).ok_or_else(no_validator)?;
        let mut changed = found.clone();
        for patch in &patches {
            match patch.replaces(&PATHS)?.as_str() {
                "/name" => {
                    let name = patch.filled();
                    let blank = || bad_request("Request Validator name cannot be blank");
                    changed.name = Some(name.ok_or_else(blank)?);
                }
                "/validateRequestBody" => changed.validate_request_body = patch.is_true(),
                _ => changed.validate_request_parameters = patch.is_true(),
            }
        }
        found.clone_from(&changed);
        ok(shown(&changed))
    }

    pub(super) fn delete_request_validator(&self, id: &str, of: &str) -> Answer {
        let mut state = self.state();
        let api = self.api_mut(&mut state, id).map_err(|_| no_validator())?;
        let now = &mut api.now;
        if !now.validators.contains_key(of) {
            return Err(no_validator());
        }
        let mut methods = now
            .resources
            .values()
            .flat_map(|resource| resource.resource_methods.values());
        if methods.any(|method| method.request_validator_id.as_deref() == Some(of)) {
            return Err(super::error::conflict(
                "Cannot delete request validator because it is referenced by a method",
            ));
        }
        now.validators.remove(of);
        accepted()
    }
}

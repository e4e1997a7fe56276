//! What a method answers, and how what its integration answers becomes that.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegrationResponse.html>.

use super::{
    Answer, ApiGateway, Call, created,
    error::{bad_request, conflict, no_integration, no_method, no_status, not_found},
    integrations::{change, templates},
    method, method_mut,
    methods::check_models,
    model::{Integration, IntegrationResponse, MethodResponse, State},
    no_content, ok,
    patch::{Op, Patch},
    resource,
    route::Of,
    shown, value,
};
use crate::{error::AwsError, lambda::Violations};

fn check_code(code: &str) -> Violations {
    let mut wrong = Violations::default();
    let digits = code.as_bytes();
    let fits = digits.len() == 3
        && (b'1'..=b'5').contains(&digits[0])
        && digits.iter().all(u8::is_ascii_digit);
    wrong.pattern("statusCode", code, fits, r"[1-5]\d\d");
    wrong
}

fn integration_mut<'a>(
    state: &'a mut State,
    (id, of, verb): Of<'_>,
) -> Result<&'a mut Integration, AwsError> {
    let method = method_mut(state, id, of, verb)?;
    method
        .method_integration
        .as_mut()
        .ok_or_else(no_integration)
}

impl ApiGateway {
    pub(super) fn put_method_response(&self, call: &Call<'_>, of: Of<'_>, code: &str) -> Answer {
        check_code(code).check()?;
        let body = call.body()?;
        let made = MethodResponse {
            status_code: code.to_owned(),
            response_parameters: value::flags(&body, "responseParameters")?,
            response_models: value::map(&body, "responseModels")?,
        };
        let mut state = self.state();
        let (id, resource, verb) = of;
        method(&state, id, resource, verb)?;
        let models = made.response_models.iter().flat_map(|all| all.values());
        check_models(&self.api(&state, id)?.now, models)?;
        let method = method_mut(&mut state, id, resource, verb)?;
        if method.method_responses.contains_key(code) {
            return Err(conflict("Response already exists for this resource"));
        }
        let answer = shown(&made);
        method.method_responses.insert(code.to_owned(), made);
        created(answer)
    }

    pub(super) fn get_method_response(&self, (id, of, verb): Of<'_>, code: &str) -> Answer {
        check_code(code).check()?;
        let state = self.state();
        let found = method(&state, id, of, verb)?.method_responses.get(code);
        ok(shown(found.ok_or_else(no_status)?))
    }

    pub(super) fn delete_method_response(&self, (id, of, verb): Of<'_>, code: &str) -> Answer {
        check_code(code).check()?;
        let mut state = self.state();
        let method = method_mut(&mut state, id, of, verb)?;
        let gone = method.method_responses.remove(code);
        gone.map(|_| no_content())
            .unwrap_or_else(|| Err(no_status()))
    }

    pub(super) fn update_method_response(&self, call: &Call<'_>, of: Of<'_>, code: &str) -> Answer {
        let patches = call.checked_patches("updateMethodResponseInput", check_code(code))?;
        let mut state = self.state();
        let (id, resource, verb) = of;
        let found = method(&state, id, resource, verb)?
            .method_responses
            .get(code);
        let mut changed = found.ok_or_else(no_status)?.clone();
        for patch in &patches {
            apply_to_method(&mut changed, patch)?;
        }
        let models = changed.response_models.iter().flat_map(|all| all.values());
        check_models(&self.api(&state, id)?.now, models)?;
        let answer = shown(&changed);
        let method = method_mut(&mut state, id, resource, verb)?;
        method.method_responses.insert(code.to_owned(), changed);
        created(answer)
    }

    pub(super) fn put_integration_response(
        &self,
        call: &Call<'_>,
        of: Of<'_>,
        code: &str,
    ) -> Answer {
        check_code(code).check()?;
        let body = call.body()?;
        let parameters = value::map(&body, "responseParameters")?;
        let response_templates = templates(&body, "responseTemplates");
        // What isn't text is refused before anything is looked for, what is no content type only then.
        if let Err(error) = &response_templates
            && error.code == "SerializationException"
        {
            return response_templates.map(|_| Err(no_status()))?;
        }
        let mut state = self.state();
        let integration = integration_mut(&mut state, of)?;
        let made = IntegrationResponse {
            status_code: code.to_owned(),
            selection_pattern: value::text(&body, "selectionPattern")?,
            response_parameters: parameters.unwrap_or_default(),
            response_templates: response_templates?,
            content_handling: value::filled(&body, "contentHandling")?,
        };
        let answer = shown(&made);
        integration
            .integration_responses
            .insert(code.to_owned(), made);
        created(answer)
    }

    pub(super) fn get_integration_response(&self, (id, of, verb): Of<'_>, code: &str) -> Answer {
        check_code(code).check()?;
        let state = self.state();
        let found = &method(&state, id, of, verb)?.method_integration;
        let found = found.as_ref().ok_or_else(no_integration)?;
        let found = found.integration_responses.get(code);
        ok(shown(found.ok_or_else(no_status)?))
    }

    pub(super) fn delete_integration_response(&self, of: Of<'_>, code: &str) -> Answer {
        check_code(code).check()?;
        let mut state = self.state();
        resource(&state, of.0, of.1)?;
        let integration = integration_mut(&mut state, of).map_err(|error| {
            if error == no_method() {
                no_integration()
            } else {
                error
            }
        })?;
        let gone = integration.integration_responses.remove(code);
        gone.map(|_| no_content())
            .unwrap_or_else(|| Err(no_status()))
    }

    pub(super) fn update_integration_response(
        &self,
        call: &Call<'_>,
        of: Of<'_>,
        code: &str,
    ) -> Answer {
        let patches = call.checked_patches("updateIntegrationResponseInput", check_code(code))?;
        let mut state = self.state();
        let integration = integration_mut(&mut state, of)?;
        let found = integration.integration_responses.get(code);
        let mut changed = found.ok_or_else(no_status)?.clone();
        for patch in &patches {
            apply_to_integration(&mut changed, patch)?;
        }
        let answer = shown(&changed);
        integration
            .integration_responses
            .insert(code.to_owned(), changed);
        ok(answer)
    }
}

fn apply_to_method(response: &mut MethodResponse, patch: &Patch) -> Result<(), AwsError> {
    let parts = patch.parts();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["responseParameters", name] => {
            let gone = || not_found("Invalid parameter name specified");
            let all = response.response_parameters.get_or_insert_default();
            if patch.op == Op::Replace && !all.contains_key(*name) {
                return Err(gone());
            }
            change(all, name, patch, patch.is_true(), gone)?;
            response.response_parameters.take_if(|all| all.is_empty());
        }
        ["responseModels", kind] => {
            let gone = || not_found("Content-Type specified was not found");
            let all = response.response_models.get_or_insert_default();
            if patch.op == Op::Replace && !all.contains_key(*kind) {
                return Err(gone());
            }
            change(all, kind, patch, patch.value(), gone)?;
            response.response_models.take_if(|all| all.is_empty());
        }
        _ => return Err(patch.no_path()),
    }
    Ok(())
}

fn apply_to_integration(response: &mut IntegrationResponse, patch: &Patch) -> Result<(), AwsError> {
    let parts = patch.parts();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["responseParameters", name] => {
            let gone = || not_found("Invalid parameter name specified");
            change(
                &mut response.response_parameters,
                name,
                patch,
                patch.value(),
                gone,
            )
        }
        ["responseTemplates", kind] => {
            if !kind.contains('/') {
                return Err(bad_request(format!(
                    "Validation Result: warnings : [], errors : [Invalid content type specified: {kind}]"
                )));
            }
            let gone = || not_found("Content-Type specified was not found");
            change(
                &mut response.response_templates,
                kind,
                patch,
                patch.filled(),
                gone,
            )
        }
        ["selectionPattern"] => {
            response.selection_pattern = patch.value.clone();
            Ok(())
        }
        ["contentHandling"] => {
            response.content_handling = patch.filled().filter(|_| patch.op != Op::Remove);
            Ok(())
        }
        _ => Err(patch.no_path()),
    }
}

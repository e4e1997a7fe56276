//! Documentation of an API: parts by what they are of, and versions of all of it.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDocumentationPart.html>.

use super::{
    Answer, ApiGateway, Call, accepted, created,
    error::{bad_request, conflict, not_found},
    keep::Touched,
    model::{Documentation, DocumentationPart, DocumentationVersion, State},
    new_id, ok, shown, value,
};
use crate::{error::AwsError, lambda::Violations};
use serde_json::Value;

const KINDS: [&str; 12] = [
    "RESPONSE_BODY",
    "RESPONSE",
    "METHOD",
    "MODEL",
    "AUTHORIZER",
    "RESPONSE_HEADER",
    "RESOURCE",
    "PATH_PARAMETER",
    "REQUEST_BODY",
    "QUERY_PARAMETER",
    "API",
    "REQUEST_HEADER",
];

fn no_part() -> AwsError {
    not_found("Invalid Documentation part identifier specified")
}

fn no_version() -> AwsError {
    not_found("Invalid Documentation version specified")
}

impl ApiGateway {
    /// The documentation of an API, to be changed.
    pub(super) fn documentation_mut<'a>(
        &self,
        state: &'a mut State,
        id: &str,
    ) -> Result<&'a mut Documentation, AwsError> {
        state.touch(Touched::Documentation(id.to_owned()));
        Ok(&mut self.api_mut(state, id)?.documentation)
    }

    pub(super) fn get_documentation_parts(&self, call: &Call<'_>, id: &str) -> Answer {
        let state = self.state();
        let all = self.api(&state, id)?.documentation.parts.iter();
        let of = |part: &DocumentationPart, member: &str, query: &str| {
            let wanted = call.query(query);
            wanted.is_none_or(|wanted| part.location[member] == wanted)
        };
        let all = all.filter(|(_, part)| {
            of(part, "type", "type") && of(part, "name", "name") && of(part, "path", "path")
        });
        call.page(all.map(|(id, part)| (id.as_str(), shown(part))))
    }

    pub(super) fn create_documentation_part(&self, call: &Call<'_>, id: &str) -> Answer {
        let body = call.body()?;
        let location = body.get("location").cloned().unwrap_or_default();
        let kind = value::text(&location, "type")?.unwrap_or_default();
        let mut wrong = Violations::default();
        wrong.one_of("createDocumentationPartInput.location.type", &kind, &KINDS);
        wrong.check()?;
        let properties = value::filled(&body, "properties")?;
        let properties = properties
            .ok_or_else(|| bad_request("Documentation part properties must be non-empty"))?;
        let mut state = self.state();
        let documentation = self.documentation_mut(&mut state, id)?;
        if documentation
            .parts
            .values()
            .any(|part| part.location == location)
        {
            return Err(conflict(
                "Documentation part already exists for the specified location",
            ));
        }
        let made = DocumentationPart {
            id: new_id(6),
            location,
            properties,
        };
        let answer = shown(&made);
        documentation.parts.insert(made.id.clone(), made);
        created(answer)
    }

    pub(super) fn get_documentation_part(&self, id: &str, of: &str) -> Answer {
        let state = self.state();
        let api = state.apis.get(id).ok_or_else(no_part)?;
        ok(shown(api.documentation.parts.get(of).ok_or_else(no_part)?))
    }

    pub(super) fn update_documentation_part(&self, call: &Call<'_>, id: &str, of: &str) -> Answer {
        let patches = call.patches("updateDocumentationPartInput")?;
        let mut state = self.state();
        let documentation = self.documentation_mut(&mut state, id);
        let documentation = documentation.map_err(|_| no_part())?;
        let part = documentation.parts.get_mut(of).ok_or_else(no_part)?;
        let mut changed = part.clone();
        for patch in &patches {
            patch.replaces(&["/properties"])?;
            changed.properties = patch.value();
        }
        part.clone_from(&changed);
        ok(shown(&changed))
    }

    pub(super) fn delete_documentation_part(&self, id: &str, of: &str) -> Answer {
        let mut state = self.state();
        let parts = &mut self.documentation_mut(&mut state, id)?.parts;
        parts.remove(of).ok_or_else(no_part)?;
        accepted()
    }

    pub(super) fn get_documentation_versions(&self, call: &Call<'_>, id: &str) -> Answer {
        let state = self.state();
        let all = self.api(&state, id)?.documentation.versions.iter();
        call.page(all.map(|(name, version)| (name.as_str(), described(version))))
    }

    pub(super) fn create_documentation_version(&self, call: &Call<'_>, id: &str) -> Answer {
        let body = call.body()?;
        let name = value::filled(&body, "documentationVersion")?;
        let name = name.ok_or_else(|| bad_request("Documentation version must be non-empty"))?;
        let stage = value::filled(&body, "stageName")?;
        let mut state = self.state();
        if let Some(stage) = &stage {
            self.api(&state, id)?.stage(stage)?;
        }
        let now = self.now();
        let documentation = self.documentation_mut(&mut state, id)?;
        if documentation.versions.contains_key(&name) {
            return Err(conflict("Documentation version already exists"));
        }
        let made = DocumentationVersion {
            version: name.clone(),
            description: value::filled(&body, "description")?,
            created_date: now,
            parts: documentation.parts.clone(),
        };
        let answer = described(&made);
        documentation.versions.insert(name.clone(), made);
        if let Some(stage) = stage {
            let api = self.api_mut(&mut state, id)?;
            if let Some(found) = api.stages.get_mut(&stage) {
                std::sync::Arc::make_mut(found).documentation_version = Some(name);
            }
            state.touch(Touched::Stage(id.to_owned(), stage));
        }
        created(answer)
    }

    pub(super) fn get_documentation_version(&self, id: &str, name: &str) -> Answer {
        let state = self.state();
        let found = self.api(&state, id)?.documentation.versions.get(name);
        ok(described(found.ok_or_else(no_version)?))
    }

    pub(super) fn update_documentation_version(
        &self,
        call: &Call<'_>,
        id: &str,
        name: &str,
    ) -> Answer {
        let patches = call.patches("updateDocumentationVersionInput")?;
        let mut state = self.state();
        let documentation = self.documentation_mut(&mut state, id)?;
        let version = documentation
            .versions
            .get_mut(name)
            .ok_or_else(no_version)?;
        let mut description = version.description.clone();
        for patch in &patches {
            patch.replaces(&["/description"])?;
            description = patch.filled();
        }
        version.description = description;
        ok(described(version))
    }

    pub(super) fn delete_documentation_version(&self, id: &str, name: &str) -> Answer {
        let mut state = self.state();
        let versions = &mut self.documentation_mut(&mut state, id)?.versions;
        versions.remove(name).ok_or_else(no_version)?;
        accepted()
    }
}

/// A version as it is answered: without the parts that it froze.
fn described(version: &DocumentationVersion) -> Value {
    let mut out = shown(version);
    if let Some(members) = out.as_object_mut() {
        members.remove("parts");
    }
    out
}

//! Client certificates, by which a backend knows that the gateway asks it. The sandbox asks backends over HTTP alone, where
//! nobody shows a certificate: so its key is not kept.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_GenerateClientCertificate.html>.

use super::{
    Answer, ApiGateway, Call, accepted, created,
    error::{bad_request, not_found},
    keep::Touched,
    model::ClientCertificate,
    new_id, ok,
    patch::Op,
    shown, value, x509,
};
use crate::error::AwsError;
use jiff::Timestamp;

/// Seconds that a certificate holds: a year.
const LIFE_S: i64 = 365 * 24 * 3600;

fn none() -> AwsError {
    not_found("Invalid Client Certificate identifier specified")
}

impl ApiGateway {
    pub(super) fn get_client_certificates(&self, call: &Call<'_>) -> Answer {
        let state = self.state();
        let all = state.certificates.iter();
        call.page(all.map(|(id, one)| (id.as_str(), shown(one))))
    }

    pub(super) fn generate_client_certificate(&self, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let now = self.now();
        let until = now.saturating_add(LIFE_S);
        let time = |at: i64| Timestamp::from_second(at).unwrap_or_default();
        let made = ClientCertificate {
            client_certificate_id: new_id(6),
            description: value::filled(&body, "description")?,
            pem_encoded_certificate: x509::self_signed("ApiGateway", time(now), time(until))
                .ok_or_else(|| AwsError::new(500, "InternalFailure", "No key could be made"))?,
            created_date: now,
            expiration_date: until,
            tags: value::map(&body, "tags")?.unwrap_or_default(),
        };
        let id = made.client_certificate_id.clone();
        let answer = shown(&made);
        let mut state = self.state();
        state.certificates.insert(id.clone(), made);
        state.touch(Touched::Certificate(id));
        created(answer)
    }

    pub(super) fn get_client_certificate(&self, id: &str) -> Answer {
        let state = self.state();
        ok(shown(state.certificates.get(id).ok_or_else(none)?))
    }

    pub(super) fn update_client_certificate(&self, call: &Call<'_>, id: &str) -> Answer {
        let patches = call.patches("updateClientCertificateInput")?;
        let mut state = self.state();
        let found = state.certificates.get_mut(id).ok_or_else(none)?;
        let mut description = found.description.clone();
        for patch in &patches {
            patch.replaces(&["/description"])?;
            description = patch.filled().filter(|_| patch.op != Op::Remove);
        }
        found.description = description;
        let answer = shown(found);
        state.touch(Touched::Certificate(id.to_owned()));
        ok(answer)
    }

    pub(super) fn delete_client_certificate(&self, id: &str) -> Answer {
        let mut state = self.state();
        if !state.certificates.contains_key(id) {
            return Err(none());
        }
        let mut stages = state.apis.values().flat_map(|api| api.stages.values());
        if stages.any(|stage| stage.client_certificate_id.as_deref() == Some(id)) {
            return Err(bad_request(
                "Cannot delete the client certificate, it is associated with a stage. Please detach it from all stages first.",
            ));
        }
        state.certificates.remove(id);
        state.touch(Touched::Certificate(id.to_owned()));
        accepted()
    }
}

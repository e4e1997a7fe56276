//! What is sent of a draft of a method: patches, or a whole integration where patches can't say it.

use std::collections::BTreeMap;

use super::super::{Draft, Values};
use super::responses::{Responses, Step, steps};
use super::{MethodField, MethodForm};
use crate::model::api::patch::{Patch, of_map};

/// What is sent, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Of the method. New parameters come before what is mapped from them.
    pub method: Vec<Patch>,
    /// Of its integration.
    pub integration: ToIntegration,
    /// What is answered, status by status.
    pub responses: Vec<Step>,
    /// Parameters that go, once nothing is mapped from them any more.
    pub after: Vec<Patch>,
}

/// What is done to an integration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToIntegration {
    /// Nothing.
    Nothing,
    /// It is patched.
    Patches(Vec<Patch>),
    /// It is put anew: type and role can't be patched.
    Put,
}

impl Draft<MethodForm> {
    /// What is to be sent of it.
    ///
    /// # Errors
    /// It can't be applied; see [`Draft::can_apply`].
    pub fn changes(&self) -> Result<Changes, String> {
        self.can_apply()?;
        let (mut method, after) = self.of_method();
        method.extend(self.of_scopes());
        let integration = self.of_integration();
        Ok(Changes {
            method,
            responses: self.of_responses(integration == ToIntegration::Put),
            integration,
            after,
        })
    }

    /// An integration that is put anew has forgotten what its answers become.
    fn of_responses(&self, anew: bool) -> Vec<Step> {
        let held = |form: &MethodForm, forgotten: bool| -> Responses {
            match forgotten || form.is_proxy() {
                true => form.responses.without_answers(),
                false => form.responses.clone(),
            }
        };
        steps(&held(self.base(), anew), &held(&self.mine, false))
    }

    fn of_method(&self) -> (Vec<Patch>, Vec<Patch>) {
        let (base, mine) = (self.base(), &self.mine);
        let mut patches = Vec::new();
        // The authorizer first: its type is refused without one. Another type forgets it by itself.
        if self.differs(&MethodField::Authorizer) && mine.asks_authorizer() {
            patches.push(Patch::replace("/authorizerId", &mine.authorizer));
        }
        if self.differs(&MethodField::Authorization) {
            patches.push(Patch::replace("/authorizationType", &mine.authorization));
        }
        if self.differs(&MethodField::Key) {
            patches.push(Patch::replace("/apiKeyRequired", mine.key.to_string()));
        }
        if self.differs(&MethodField::Validator) {
            patches.push(Patch::replace_or_clear(
                "/requestValidatorId",
                &mine.validator,
            ));
        }
        if self.differs(&MethodField::Operation) {
            patches.push(Patch::replace("/operationName", mine.operation.trim()));
        }
        let parameters = of_map("/requestParameters", &base.parameters, &mine.parameters);
        let (gone, new): (Vec<Patch>, Vec<Patch>) = parameters
            .into_iter()
            .partition(|patch| patch.op == "remove");
        patches.extend(new);
        (patches, gone)
    }

    fn of_scopes(&self) -> Vec<Patch> {
        if !self.differs(&MethodField::Scopes) {
            return Vec::new();
        }
        let lists = |form: &MethodForm| match form.get(&MethodField::Scopes) {
            Some(_) => form.scope_list(),
            None => Vec::new(),
        };
        let (before, after) = (lists(self.base()), lists(&self.mine));
        let gone = before.iter().filter(|scope| !after.contains(scope));
        let new = after.iter().filter(|scope| !before.contains(scope));
        let path = "/authorizationScopes";
        gone.map(|scope| Patch::remove(path, Some(scope)))
            .chain(new.map(|scope| Patch::add(path, scope)))
            .collect()
    }

    fn of_integration(&self) -> ToIntegration {
        let (base, mine) = (self.base(), &self.mine);
        let anew = [MethodField::Kind, MethodField::Credentials];
        if !mine.kind.is_empty() && anew.iter().any(|field| self.differs(field)) {
            return ToIntegration::Put;
        }
        let mut patches = Vec::new();
        let fields = [
            (MethodField::Uri, "/uri"),
            (MethodField::HttpMethod, "/httpMethod"),
            (MethodField::Timeout, "/timeoutInMillis"),
            (MethodField::Passthrough, "/passthroughBehavior"),
        ];
        for (field, path) in fields {
            if self.differs(&field) {
                patches.push(Patch::replace(path, mine.get(&field).unwrap_or_default()));
            }
        }
        let mapping = |form: &MethodForm| -> BTreeMap<String, String> { form.mapping() };
        patches.extend(of_map("/requestParameters", &mapping(base), &mapping(mine)));
        patches.extend(of_map(
            "/requestTemplates",
            &base.templates,
            &mine.templates,
        ));
        match patches.is_empty() {
            true => ToIntegration::Nothing,
            false => ToIntegration::Patches(patches),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::model::api::patch::json;
    use crate::model::api::{Integration, Method};
    use crate::model::secret::Secret;

    const URI: &str = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:orders/invocations";

    fn draft() -> Draft<MethodForm> {
        let method = Method {
            authorization: "NONE".into(),
            parameters: [("method.request.path.id".to_owned(), true)].into(),
            integration: Some(Integration {
                kind: "AWS".into(),
                uri: Some(URI.into()),
                http_method: Some("POST".into()),
                timeout_ms: Some(29_000),
                passthrough: "WHEN_NO_MATCH".into(),
                parameters: [(
                    "integration.request.header.Id".to_owned(),
                    "method.request.path.id".to_owned(),
                )]
                .into(),
                request_templates: [("application/json".to_owned(), "{}".to_owned())].into(),
                ..Integration::default()
            }),
            ..Method::default()
        };
        Draft::of("GET /orders", None, MethodForm::of(&method))
    }

    fn patches(draft: &Draft<MethodForm>) -> String {
        match draft.changes().unwrap().integration {
            ToIntegration::Patches(patches) => json(&patches),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_untouched_form_has_nothing_to_send_and_each_field_is_one_patch() {
        let mut draft = draft();
        assert!(draft.changed().is_empty());
        draft.mine.timeout = "10,000".into();
        draft.mine.passthrough = "NEVER".into();
        draft
            .mine
            .templates
            .insert("application/json".into(), "{\"a\":1}".into());
        assert_eq!(
            patches(&draft),
            r#"[{"op":"replace","path":"/timeoutInMillis","value":"10000"},{"op":"replace","path":"/passthroughBehavior","value":"NEVER"},{"op":"replace","path":"/requestTemplates/application~1json","value":"{\"a\":1}"}]"#
        );
        assert!(draft.changes().unwrap().method.is_empty());
    }

    #[test]
    fn an_authorizer_is_put_before_its_type_and_forgotten_with_it() {
        let mut draft = draft();
        draft.mine.authorization = "COGNITO_USER_POOLS".into();
        assert_eq!(draft.can_apply().unwrap_err(), "Choose an authorizer");
        draft.mine.authorizer = "a1b2c3".into();
        draft.mine.scopes = "shop/read, shop/write shop/read".into();
        assert_eq!(
            json(&draft.changes().unwrap().method),
            r#"[{"op":"replace","path":"/authorizerId","value":"a1b2c3"},{"op":"replace","path":"/authorizationType","value":"COGNITO_USER_POOLS"},{"op":"add","path":"/authorizationScopes","value":"shop/read"},{"op":"add","path":"/authorizationScopes","value":"shop/write"}]"#
        );
        let there = Draft::of("m", None, draft.mine.clone());
        let mut back = there;
        back.mine.authorization = "NONE".into();
        let sent = json(&back.changes().unwrap().method);
        assert!(!sent.contains("authorizerId"), "{sent}");
    }

    #[test]
    fn another_type_is_an_integration_put_anew() {
        let mut draft = draft();
        draft.mine.kind = "AWS_PROXY".into();
        assert_eq!(draft.changes().unwrap().integration, ToIntegration::Put);
        draft.mine.kind = "HTTP".into();
        assert!(draft.can_apply().unwrap_err().contains("http://"));
        draft.mine.uri = "https://orders.example/".into();
        assert_eq!(draft.changes().unwrap().integration, ToIntegration::Put);
    }

    #[test]
    fn a_parameter_goes_after_what_is_mapped_from_it() {
        let mut draft = draft();
        draft.mine.parameters.clear();
        assert!(
            draft
                .can_apply()
                .unwrap_err()
                .contains("not among the parameters")
        );
        draft.mine.mappings.clear();
        let changes = draft.changes().unwrap();
        assert!(changes.method.is_empty());
        assert_eq!(
            json(&changes.after),
            r#"[{"op":"remove","path":"/requestParameters/method.request.path.id"}]"#
        );
        assert!(patches(&draft).contains("/requestParameters/integration.request.header.Id"));
    }

    #[test]
    fn what_api_gateway_would_refuse_is_told_beside_the_field() {
        let mut draft = draft();
        for (to, from, words) in [
            ("body.X", "'a'", "header.NAME"),
            ("header.X", "a", "is taken from"),
            (
                "header.X",
                "method.request.header.Y",
                "not among the parameters",
            ),
            ("integration.request.header.Id", "'a'", "twice"),
        ] {
            draft.mine.mappings.truncate(1);
            draft.mine.mappings.push((to.into(), Secret::new(from)));
            let told = draft.can_apply().unwrap_err();
            assert!(told.contains(words), "{told}");
        }
        draft.mine.mappings.truncate(1);
        for good in [
            "'fixed'",
            "context.identity.sourceIp",
            "method.request.body",
        ] {
            draft.mine.mappings.truncate(1);
            let row = ("header.X".into(), Secret::new(good));
            draft.mine.mappings.push(row);
            assert_eq!(draft.can_apply(), Ok(()), "{good}");
        }
        draft.mine.timeout = "20".into();
        assert!(draft.can_apply().unwrap_err().contains("Between 50"));
        draft.mine.timeout = "60000".into();
        assert_eq!(draft.can_apply(), Ok(()));
        assert!(draft.mine.note(&MethodField::Timeout, 0).is_some());
        draft.mine.uri = "arn:aws:s3:::b".into();
        assert!(
            draft
                .can_apply()
                .unwrap_err()
                .contains("arn:aws:apigateway")
        );
    }
}

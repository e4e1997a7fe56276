//! Security schemes as authorizers, and what operations require.

use super::{
    super::{
        super::model::{Authorizer, Method},
        document::Document,
    },
    Kind, Reading, below,
    settings::{extension, texts},
};

/// What a scheme means to the service.
enum Scheme {
    Key,
    Signed,
    Authorizer { of_pool: bool },
}

/// Where a scheme says that its credential stands, as the service writes it.
fn source(scheme: &Document) -> Option<String> {
    let name = scheme
        .get("name")?
        .scalar()
        .filter(|name| name != "Unused")?;
    let place = match scheme.get("in")?.as_text()? {
        "query" => "querystring",
        "header" => "header",
        _ => return None,
    };
    Some(format!("method.request.{place}.{name}"))
}

fn is_pool(scheme: &Document) -> bool {
    let kind = extension(scheme, "authorizer").and_then(|said| said.get("type")?.as_text());
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("cognito_user_pools"))
}

fn kind(scheme: &Document) -> Option<Scheme> {
    if extension(scheme, "authorizer").is_some() {
        let of_pool = is_pool(scheme);
        return Some(Scheme::Authorizer { of_pool });
    }
    let authtype = extension(scheme, "authtype").and_then(Document::as_text);
    if authtype.is_some_and(|said| said.eq_ignore_ascii_case("awsSigv4")) {
        return Some(Scheme::Signed);
    }
    let is_key = scheme.get("type").and_then(Document::as_text) == Some("apiKey")
        && authtype.is_none()
        && scheme
            .get("name")
            .and_then(Document::as_text)
            .is_some_and(|name| name.eq_ignore_ascii_case("x-api-key"));
    is_key.then_some(Scheme::Key)
}

impl<'a> Reading<'a> {
    fn schemes(&self) -> Option<&'a Document> {
        self.component("securityDefinitions", "securitySchemes")
    }

    pub(super) fn authorizers(&mut self) {
        let Some(all) = self.schemes() else { return };
        for (name, scheme) in all.members() {
            let Some(said) = extension(scheme, "authorizer") else {
                continue;
            };
            let text = |member: &str| said.get(member)?.scalar().filter(|text| !text.is_empty());
            let kind = text("type")
                .unwrap_or_else(|| "token".into())
                .to_ascii_uppercase();
            let usual = match kind.as_str() {
                "COGNITO_USER_POOLS" => "cognito_user_pools",
                _ => "custom",
            };
            let ttl = said.get("authorizerResultTtlInSeconds");
            let authtype = extension(scheme, "authtype").and_then(Document::scalar);
            self.plan.authorizers.push(Authorizer {
                name: name.to_owned(),
                provider_arns: said.get("providerARNs").map(texts).unwrap_or_default(),
                auth_type: Some(authtype.unwrap_or_else(|| usual.into())),
                authorizer_uri: text("authorizerUri"),
                authorizer_credentials: text("authorizerCredentials"),
                identity_source: text("identitySource").or_else(|| source(scheme)),
                identity_validation_expression: text("identityValidationExpression"),
                authorizer_result_ttl_in_seconds: ttl.and_then(Document::whole),
                kind,
                ..Authorizer::default()
            });
        }
    }

    /// Writes into a method who may call it.
    pub(super) fn secure(&mut self, operation: &'a Document, at: &str, method: &mut Method) {
        method.authorization_type = "NONE".into();
        let own = operation.get("security");
        let root = self.document.get("security");
        let at = match own {
            Some(_) => below(at, "security"),
            None => "/security".to_owned(),
        };
        let required = own.or(root).map(Document::items).unwrap_or_default();
        for (name, scopes) in required.iter().flat_map(Document::members) {
            let scheme = self.schemes().and_then(|all| all.get(name));
            match scheme.and_then(kind) {
                Some(Scheme::Key) => method.api_key_required = true,
                Some(Scheme::Signed) => method.authorization_type = "AWS_IAM".into(),
                Some(Scheme::Authorizer { of_pool }) => {
                    let kind = if of_pool {
                        "COGNITO_USER_POOLS"
                    } else {
                        "CUSTOM"
                    };
                    method.authorization_type = kind.into();
                    method.authorizer_id = Some(name.to_owned());
                    method.authorization_scopes = texts(scopes);
                }
                None => self.ignored(name, scheme.is_some(), &at),
            }
        }
        // The old way to say it.
        let auth = extension(operation, "auth").and_then(|auth| auth.get("type")?.scalar());
        if let Some(auth) = auth {
            method.authorization_type = auth.to_ascii_uppercase();
            if method.authorization_type != "CUSTOM" && auth != "cognito_user_pools" {
                method.authorizer_id = None;
            }
        }
    }

    /// Said once of each scheme, not of each of its uses.
    fn ignored(&mut self, name: &str, is_there: bool, at: &str) {
        let place = match self.kind {
            Kind::Swagger => "/securityDefinitions",
            Kind::OpenApi => "/components/securitySchemes",
        };
        let (at, message) = match is_there {
            true => (
                below(place, name),
                format!("Security scheme '{name}' is not supported. Ignoring."),
            ),
            false => (
                at.to_owned(),
                format!("Reference to security scheme '{name}' not found. Ignoring."),
            ),
        };
        if !self
            .notes
            .warnings
            .iter()
            .any(|known| known.told() == message)
        {
            self.notes.warn(&at, message);
        }
    }
}

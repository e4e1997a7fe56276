//! Who may call: authorizers, signatures and keys as security schemes.

use super::{
    super::{
        super::model::{Authorizer, Method},
        document::{Document, Map},
        order::hashed,
    },
    Export, name,
    notes::Place,
};

const KEY: &str = "api_key";
const SIGNED: &str = "sigv4";

fn authorizer<'a>(export: &'a Export<'_>, method: &Method) -> Option<&'a Authorizer> {
    let id = method.authorizer_id.as_ref()?;
    export.source.definition.authorizers.get(id)
}

/// What a method requires.
pub fn required(export: &Export<'_>, method: &Method) -> Vec<Document> {
    let mut out = Vec::new();
    let mut one = |name: &str, scopes: &[String]| {
        let mut required = Map::default();
        required.put(name, scopes.to_vec());
        out.push(required.into());
    };
    if let Some(authorizer) = authorizer(export, method) {
        one(&authorizer.name, &method.authorization_scopes);
    } else if method.authorization_type == "AWS_IAM" {
        one(SIGNED, &[]);
    }
    if method.api_key_required {
        one(KEY, &[]);
    }
    out
}

/// Every scheme: all authorizers, and what else methods require.
pub fn schemes(export: &Export<'_>) -> Map {
    let now = export.source.definition;
    let mut all: Vec<(&str, Map)> = now
        .authorizers
        .values()
        .map(|authorizer| (authorizer.name.as_str(), scheme(export, authorizer)))
        .collect();
    let methods = || {
        let resources = now.resources.values();
        resources.flat_map(|resource| resource.resource_methods.values())
    };
    if methods().any(|method| method.api_key_required) {
        all.push((KEY, header("x-api-key", "header")));
    }
    if methods().any(|method| method.authorization_type == "AWS_IAM") {
        let mut signed = header("Authorization", "header");
        if export.wanted.authorizers {
            signed.put(&name("authtype"), "awsSigv4");
        }
        all.push((SIGNED, signed));
    }
    let all = hashed(all.into_iter()).into_iter();
    all.map(|(name, scheme)| (name.to_owned(), scheme.into()))
        .collect()
}

fn header(name: &str, place: &str) -> Map {
    let mut out = Map::default();
    out.put("type", "apiKey");
    out.put("name", name);
    out.put("in", place);
    out
}

/// Where the one thing that an authorizer looks at stands, as the language can say it.
fn identity(authorizer: &Authorizer) -> (&str, &'static str) {
    let source = authorizer.identity_source.as_deref().unwrap_or_default();
    let one = |start: &str| {
        source
            .strip_prefix(start)
            .filter(|name| !name.contains(','))
    };
    if let Some(name) = one("method.request.header.") {
        return (name, "header");
    }
    match one("method.request.querystring.") {
        Some(name) => (name, "query"),
        None => ("Unused", "header"),
    }
}

fn scheme(export: &Export<'_>, made: &Authorizer) -> Map {
    let (source, place) = identity(made);
    let mut out = header(source, place);
    if let Some(note) = export.notes.of(Place::new("AUTHORIZER").named(&made.name)) {
        out.merge(note);
    }
    if !export.wanted.authorizers {
        return out;
    }
    out.put_some(&name("authtype"), made.auth_type.as_deref());
    let mut said = Map::default();
    said.put_some("authorizerUri", made.authorizer_uri.as_deref());
    said.put_some(
        "authorizerCredentials",
        made.authorizer_credentials.as_deref(),
    );
    said.put_filled("providerARNs", made.provider_arns.clone());
    said.put_some(
        "authorizerResultTtlInSeconds",
        made.authorizer_result_ttl_in_seconds,
    );
    let expression = made.identity_validation_expression.as_deref();
    said.put_some("identityValidationExpression", expression);
    if made.kind == "REQUEST" {
        said.put_some("identitySource", made.identity_source.as_deref());
    }
    said.put("type", made.kind.to_ascii_lowercase());
    out.put(&name("authorizer"), said);
    out
}

//! What stands behind an operation.

use super::{
    super::{
        super::model::{Integration, IntegrationResponse, Texts},
        EXTENSION,
        document::Document,
    },
    Reading, below,
    settings::{extension, texts},
};
use std::collections::BTreeMap;

/// Milliseconds that an integration may take unless it says otherwise.
const USUAL_TIMEOUT: i64 = 29_000;

/// Members that an integration of either kind of API may have.
const KNOWN: [&str; 17] = [
    "type",
    "uri",
    "httpMethod",
    "credentials",
    "connectionType",
    "connectionId",
    "requestParameters",
    "requestTemplates",
    "passthroughBehavior",
    "cacheNamespace",
    "cacheKeyParameters",
    "contentHandling",
    "timeoutInMillis",
    "tlsConfig",
    "responses",
    "responseTransferMode",
    "payloadFormatVersion",
];

/// The method that something is of, for messages.
#[derive(Clone, Copy)]
struct Of<'b> {
    path: &'b str,
    verb: &'b str,
}

impl<'a> Reading<'a> {
    pub(super) fn integration(
        &mut self,
        path: &str,
        verb: &str,
        operation: &'a Document,
        at: &str,
    ) -> Option<Integration> {
        let said = extension(operation, "integration")?;
        let at = below(at, &format!("{EXTENSION}integration"));
        let said = self.shared(said, &at)?;
        let of = Of { path, verb };
        self.unknown(said, &at);
        let text = |member: &str| said.get(member)?.scalar().filter(|text| !text.is_empty());
        let upper = |member: &str| text(member).map(|text| text.to_ascii_uppercase());
        let kind = upper("type").unwrap_or_default();
        let is_mock = kind == "MOCK";
        let is_http = kind == "HTTP" || kind == "HTTP_PROXY";
        let timeout = said.get("timeoutInMillis").and_then(Document::whole);
        for member in ["uri", "credentials", "connectionId"] {
            self.left_over(said, member, &at);
        }
        Some(Integration {
            http_method: upper("httpMethod").filter(|_| !is_mock),
            uri: text("uri").filter(|_| !is_mock),
            connection_type: upper("connectionType").or_else(|| is_http.then(|| "INTERNET".into())),
            connection_id: text("connectionId"),
            credentials: text("credentials"),
            request_parameters: self.map(said, "requestParameters", of, &at),
            request_templates: self.templates(said, "requestTemplates", of, &at),
            passthrough_behavior: upper("passthroughBehavior")
                .unwrap_or_else(|| "WHEN_NO_MATCH".into()),
            content_handling: upper("contentHandling"),
            timeout_in_millis: timeout.unwrap_or(USUAL_TIMEOUT),
            cache_namespace: text("cacheNamespace").unwrap_or_default(),
            cache_key_parameters: said
                .get("cacheKeyParameters")
                .map(texts)
                .unwrap_or_default(),
            tls_config: said.get("tlsConfig").map(Document::to_value),
            response_transfer_mode: upper("responseTransferMode"),
            integration_responses: self.answers(said, of, &at),
            kind,
        })
    }

    /// An integration that is kept among the components, or directly at the root.
    fn shared(&mut self, said: &'a Document, at: &str) -> Option<&'a Document> {
        let reference = said.get("$ref").and_then(Document::as_text);
        let name = reference.and_then(|reference| reference.rsplit_once('/'));
        let all = extension(self.document, "integrations");
        if let (Some((_, name)), Some(all)) = (name, all)
            && let Some(found) = all.get(name)
        {
            return Some(found);
        }
        self.follow(said, at)
    }

    fn unknown(&mut self, said: &Document, at: &str) {
        for (member, _) in said.members() {
            if !KNOWN.contains(&member) {
                let near = KNOWN
                    .iter()
                    .find(|known| known.eq_ignore_ascii_case(member));
                let near = near.map(|near| format!(": '{near}' is written so"));
                let message = format!(
                    "Integration has no property '{member}', it is ignored{}",
                    near.unwrap_or_default()
                );
                self.notes.hint(&below(at, member), message);
            }
        }
    }

    /// A text in which a template's variable was left.
    fn left_over(&mut self, said: &Document, member: &str, at: &str) {
        let at = below(at, member);
        let Some(text) = said.get(member).and_then(Document::as_text) else {
            return;
        };
        // Of what a function gave it has been told already.
        if self.notes.warnings.iter().any(|known| known.pointer == at) {
            return;
        }
        let mut rest = text;
        while let Some((_, after)) = rest.split_once("${") {
            if !after.starts_with("stageVariables") {
                let message =
                    format!("'{member}' has a variable that nobody has filled in: '{text}'");
                self.notes.hint(&at, message);
                return;
            }
            rest = after;
        }
    }

    /// Texts by name; what is no text is told and left out.
    fn map(&mut self, said: &Document, member: &str, of: Of<'_>, at: &str) -> Texts {
        let mut out = Texts::new();
        for (name, value) in said.get(member).into_iter().flat_map(Document::members) {
            match value {
                Document::Text(text) => {
                    out.insert(name.to_owned(), text.clone());
                }
                other => {
                    let got = other
                        .scalar()
                        .unwrap_or_else(|| other.to_value().to_string());
                    let message = format!(
                        "Invalid format for '{member}'. Expected type string for property '{name}' of resource '{}' and method '{}' but got '{got}'",
                        of.path, of.verb
                    );
                    self.notes.warn(&below(&below(at, member), name), message);
                }
            }
        }
        out
    }

    fn templates(
        &mut self,
        said: &Document,
        member: &str,
        of: Of<'_>,
        at: &str,
    ) -> BTreeMap<String, Option<String>> {
        let all = self.map(said, member, of, at).into_iter();
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        all.map(|(kind, text)| (kind, filled(text))).collect()
    }

    /// Answers by their status; the pattern that one stands under selects it.
    fn answers(
        &mut self,
        said: &Document,
        of: Of<'_>,
        at: &str,
    ) -> BTreeMap<String, IntegrationResponse> {
        let mut out = BTreeMap::new();
        for (pattern, answer) in said
            .get("responses")
            .into_iter()
            .flat_map(Document::members)
        {
            let at = below(&below(at, "responses"), pattern);
            let Some(status) = answer.get("statusCode").and_then(Document::scalar) else {
                let message = format!(
                    "Integration response '{pattern}' of method '{}' on resource at path '{}' has no statusCode. Ignoring.",
                    of.verb, of.path
                );
                self.notes.warn(&at, message);
                continue;
            };
            let made = IntegrationResponse {
                status_code: status.clone(),
                selection_pattern: (pattern != "default").then(|| pattern.to_owned()),
                response_parameters: self.map(answer, "responseParameters", of, &at),
                response_templates: self.templates(answer, "responseTemplates", of, &at),
                content_handling: answer
                    .get("contentHandling")
                    .and_then(Document::scalar)
                    .map(|handling| handling.to_ascii_uppercase()),
            };
            out.insert(status, made);
        }
        out
    }
}

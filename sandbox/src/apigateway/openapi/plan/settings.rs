//! What a document says of an API as a whole.

use super::{
    super::{
        super::model::{GatewayResponse, RequestValidator, Texts},
        EXTENSION,
        document::Document,
    },
    BasePath, Kind, Reading, below,
};

/// The value of an extension of the service.
pub fn extension<'a>(of: &'a Document, name: &str) -> Option<&'a Document> {
    of.get(&format!("{EXTENSION}{name}"))
}

/// A list of texts.
pub fn texts(of: &Document) -> Vec<String> {
    of.items().iter().filter_map(Document::scalar).collect()
}

impl Reading<'_> {
    pub(super) fn head(&mut self) {
        let document = self.document;
        let info = document.get("info");
        let said = |member: &str| info?.get(member)?.scalar().filter(|said| !said.is_empty());
        let head = &mut self.plan.head;
        head.description = said("description");
        head.version = said("version");
        match said("title") {
            Some(title) => head.name = title,
            None => {
                let message = "Parse issue: attribute info.title is missing";
                self.notes.error("/info", message);
            }
        }
        head.binary_media_types = extension(document, "binary-media-types").map(texts);
        head.minimum_compression_size =
            extension(document, "minimum-compression-size").and_then(Document::whole);
        head.api_key_source = extension(document, "api-key-source").and_then(Document::scalar);
        let policy = extension(document, "policy");
        head.policy = policy.map(|policy| match policy {
            Document::Text(text) => text.clone(),
            other => serde_json::to_string(other).unwrap_or_default(),
        });
        let servers = document
            .get("servers")
            .map(Document::items)
            .unwrap_or_default();
        for place in std::iter::once(document).chain(servers) {
            let Some(endpoint) = extension(place, "endpoint-configuration") else {
                continue;
            };
            head.vpc_endpoint_ids = endpoint.get("vpcEndpointIds").map(texts);
            head.disable_execute_api_endpoint = endpoint
                .get("disableExecuteApiEndpoint")
                .and_then(Document::flag);
        }
        for tag in document
            .get("tags")
            .map(Document::items)
            .unwrap_or_default()
        {
            let name = tag.get("name").and_then(Document::scalar);
            let value = extension(tag, "tag-value").and_then(Document::scalar);
            if let (Some(name), Some(value)) = (name, value) {
                head.tags.insert(name, value);
            }
        }
    }

    pub(super) fn validators(&mut self) {
        let Some(all) = extension(self.document, "request-validators") else {
            return;
        };
        for (name, said) in all.members() {
            let flag = |member: &str| said.get(member).and_then(Document::flag).unwrap_or(false);
            self.plan.validators.push(RequestValidator {
                name: Some(name.to_owned()),
                validate_request_body: flag("validateRequestBody"),
                validate_request_parameters: flag("validateRequestParameters"),
                ..RequestValidator::default()
            });
        }
    }

    pub(super) fn gateway_responses(&mut self) {
        let Some(all) = extension(self.document, "gateway-responses") else {
            return;
        };
        for (kind, said) in all.members() {
            let map = |member: &str| -> Texts {
                let members = said.get(member).into_iter().flat_map(Document::members);
                members
                    .filter_map(|(name, value)| Some((name.to_owned(), value.scalar()?)))
                    .collect()
            };
            self.plan.responses.push(GatewayResponse {
                response_type: kind.to_owned(),
                status_code: said.get("statusCode").and_then(Document::scalar),
                response_parameters: map("responseParameters"),
                response_templates: map("responseTemplates"),
                default_response: false,
            });
        }
    }

    /// What stands before every path, without a slash at its end.
    pub(super) fn base_path(&self) -> String {
        let said = match self.kind {
            Kind::Swagger => self.document.get("basePath").and_then(Document::scalar),
            Kind::OpenApi => self.server_path(),
        };
        let said = said.unwrap_or_default();
        let parts: Vec<&str> = said.split('/').filter(|part| !part.is_empty()).collect();
        let parts = match self.options.base_path {
            BasePath::Ignore => &[],
            BasePath::Prepend => parts.as_slice(),
            BasePath::Split => parts.get(1..).unwrap_or_default(),
        };
        parts.iter().map(|part| format!("/{part}")).collect()
    }

    /// A server's only variable is its base path when it is called so; else its address has one.
    fn server_path(&self) -> Option<String> {
        let server = self.document.get("servers")?.items().first()?;
        let value = |variable: &Document| variable.get("default").and_then(Document::scalar);
        let variables: Vec<_> = server
            .get("variables")
            .into_iter()
            .flat_map(Document::members)
            .collect();
        if let [("basePath", variable)] = variables.as_slice() {
            return value(variable);
        }
        let mut url = server.get("url")?.scalar()?;
        for (name, variable) in variables {
            let value = value(variable).unwrap_or_default();
            url = url.replace(&format!("{{{name}}}"), &value);
        }
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        rest.find('/').map(|at| rest[at..].to_owned())
    }

    /// The name of the validator of an operation, its own or that of all.
    pub(super) fn validator(&mut self, operation: &Document, at: &str) -> Option<String> {
        let own = extension(operation, "request-validator");
        let said = own
            .or_else(|| extension(self.document, "request-validator"))?
            .scalar()?;
        let known = self.plan.validators.iter();
        let mut known = known.filter_map(|validator| validator.name.as_deref());
        if known.any(|name| name == said) {
            return Some(said);
        }
        let at = below(at, &format!("{EXTENSION}request-validator"));
        let message = format!("Request validator '{said}' not found. Ignoring.");
        self.notes.warn(&at, message);
        None
    }
}

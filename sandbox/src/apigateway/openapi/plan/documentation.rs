//! What a document says to its readers, as parts of the documentation: those of the extension, and where it is silent what
//! the languages' own members say.

use super::{
    super::document::{Document, Map},
    Reading,
    settings::extension,
};
use serde_json::{Value, json};

/// Kinds of things that stand at a path, which is the root when they name none.
const AT_PATH: [&str; 8] = [
    "RESOURCE",
    "METHOD",
    "PATH_PARAMETER",
    "QUERY_PARAMETER",
    "REQUEST_HEADER",
    "REQUEST_BODY",
    "RESPONSE",
    "RESPONSE_HEADER",
];

/// The members of a thing that are for its readers.
fn told(of: &Document, members: &[&str]) -> Map {
    let mut out = Map::default();
    for member in members {
        if let Some(said) = of.get(member) {
            out.put_filled(member, said.clone());
        }
    }
    out
}

impl Reading<'_> {
    pub(super) fn documentation(&mut self) {
        let parts = extension(self.document, "documentation");
        let parts = parts.and_then(|said| said.get("documentationParts"));
        for part in parts.map(Document::items).unwrap_or_default() {
            let location = part.get("location").map(Document::to_value);
            let (Some(mut location), Some(properties)) = (location, part.get("properties")) else {
                continue;
            };
            let kind = location["type"].as_str().unwrap_or_default();
            if AT_PATH.contains(&kind)
                && location.get("path").is_none()
                && let Some(members) = location.as_object_mut()
            {
                members.insert("path".into(), "/".into());
            }
            self.said(location, properties);
        }
        let info = self.document.get("info").map(|info| {
            told(
                info,
                &["description", "termsOfService", "contact", "license"],
            )
        });
        let mut whole = Map::default();
        whole.put_filled("info", info.unwrap_or_default());
        self.part(json!({"type": "API"}), &whole.into());
        let items = self
            .document
            .get("paths")
            .into_iter()
            .flat_map(Document::members);
        let places: Vec<(&str, &Document)> = items.collect();
        for (path, item) in places {
            let told = told(item, &["summary", "description"]);
            self.part(json!({"type": "RESOURCE", "path": path}), &told.into());
            for (verb, operation) in item.members() {
                let verb = match verb {
                    "x-amazon-apigateway-any-method" => "ANY".to_owned(),
                    "get" | "put" | "post" | "delete" | "options" | "head" | "patch" => {
                        verb.to_ascii_uppercase()
                    }
                    _ => continue,
                };
                self.of_method(path, &verb, operation);
            }
        }
    }

    fn of_method(&mut self, path: &str, verb: &str, operation: &Document) {
        let at = |kind: &str| json!({"type": kind, "path": path, "method": verb});
        let members = [
            "tags",
            "summary",
            "description",
            "externalDocs",
            "deprecated",
        ];
        self.part(at("METHOD"), &told(operation, &members).into());
        let body = operation.get("requestBody");
        let body = body
            .map(|body| told(body, &["description"]))
            .unwrap_or_default();
        self.part(at("REQUEST_BODY"), &body.into());
        for parameter in operation
            .get("parameters")
            .map(Document::items)
            .unwrap_or_default()
        {
            let told = Document::from(told(parameter, &["description"]));
            let kind = match parameter.get("in").and_then(Document::as_text) {
                Some("query") => "QUERY_PARAMETER",
                Some("header") => "REQUEST_HEADER",
                Some("path") => "PATH_PARAMETER",
                Some("body") => {
                    self.part(at("REQUEST_BODY"), &told);
                    continue;
                }
                _ => continue,
            };
            let mut location = at(kind);
            location["name"] = parameter
                .get("name")
                .map(Document::to_value)
                .unwrap_or_default();
            self.part(location, &told);
        }
        for (code, response) in operation
            .get("responses")
            .into_iter()
            .flat_map(Document::members)
        {
            let described = response.get("description").and_then(Document::as_text);
            let mut location = at("RESPONSE");
            location["statusCode"] = code.into();
            // What an export says of a response of which nobody has said anything.
            if described != Some(&format!("{code} response")) {
                self.part(location.clone(), &told(response, &["description"]).into());
            }
            for (name, header) in response
                .get("headers")
                .into_iter()
                .flat_map(Document::members)
            {
                let mut location = location.clone();
                location["type"] = "RESPONSE_HEADER".into();
                location["name"] = name.into();
                self.part(location, &told(header, &["description"]).into());
            }
        }
    }

    /// A part, unless nothing is said or there is one of this place or of all such places.
    fn part(&mut self, location: Value, properties: &Document) {
        if properties.as_map().is_none_or(Map::is_empty) {
            return;
        }
        let known = self.plan.documentation.iter();
        if known.clone().any(|(known, _)| covers(known, &location)) {
            return;
        }
        self.said(location, properties);
    }

    fn said(&mut self, location: Value, properties: &Document) {
        let text = serde_json::to_string(properties).unwrap_or_default();
        self.plan.documentation.push((location, text));
    }
}

/// Whether a part of one place is one of another too: what is said of the root is said of everything, methods apart.
fn covers(known: &Value, location: &Value) -> bool {
    let inherited = known["path"] == "/" && location["type"] != "METHOD";
    let fits = |member: &str| {
        let (said, is) = (&known[member], &location[member]);
        said == is || (!is.is_null() && (said == "*" || said.is_null()))
    };
    (inherited || known["path"] == location["path"])
        && ["type", "name"]
            .iter()
            .all(|member| known[*member] == location[*member])
        && ["method", "statusCode"].iter().all(|member| fits(member))
}

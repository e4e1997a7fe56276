//! Mapping templates as the gateway uses them. The template language itself is a module of its own; this is what stands
//! between them: which template is meant, and what it is rendered with.

use crate::{apigateway::model::Integration, region::lock};
use sekisho_rules::vtl::{ParseError, Template};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

pub use sekisho_rules::vtl::{Params, Scope};

/// The templates of a deployment by their texts, each parsed once.
#[derive(Debug, Default)]
pub struct Templates(Mutex<HashMap<String, Parsed>>);

type Parsed = Arc<Result<Template, ParseError>>;

impl Templates {
    /// Renders a template.
    ///
    /// # Errors
    /// Why it has no output.
    pub fn render(&self, text: &str, scope: &mut Scope) -> Result<String, String> {
        // One without references and directives is its own output.
        if !text.contains(['$', '#', '\\']) {
            return Ok(text.to_owned());
        }
        let known = lock(&self.0).get(text).cloned();
        let parsed = known.unwrap_or_else(|| {
            let parsed = Arc::new(Template::parse(text));
            lock(&self.0).insert(text.to_owned(), parsed.clone());
            parsed
        });
        match parsed.as_ref() {
            Ok(template) => template.render(scope).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Which template a request's body goes through.
#[derive(Debug, PartialEq, Eq)]
pub enum Chosen<'a> {
    Template(&'a str),
    /// The body goes on as it is.
    Through,
    /// 415.
    Unsupported,
}

/// The template of a content type, by the integration's passthrough behavior where there is none.
pub fn choose<'a>(integration: &'a Integration, content_type: Option<&str>) -> Chosen<'a> {
    let kind = content_type.and_then(|kind| kind.split(';').next());
    let kind = kind.map(str::trim).filter(|kind| !kind.is_empty());
    let kind = kind.unwrap_or("application/json").to_ascii_lowercase();
    let templates = &integration.request_templates;
    let mut all = templates.iter();
    let found = all.find(|(known, _)| known.to_ascii_lowercase() == kind);
    match found.or_else(|| templates.get_key_value("$default")) {
        Some((_, Some(text))) => return Chosen::Template(text),
        Some((_, None)) => return Chosen::Through,
        None => {}
    }
    match integration.passthrough_behavior.as_str() {
        "NEVER" => Chosen::Unsupported,
        "WHEN_NO_TEMPLATES" if !templates.is_empty() => Chosen::Unsupported,
        _ => Chosen::Through,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_without_a_template_goes_through_or_is_refused() {
        let of = |behavior: &str, kinds: &[&str]| Integration {
            passthrough_behavior: behavior.into(),
            request_templates: kinds
                .iter()
                .map(|kind| ((*kind).to_owned(), Some("T".to_owned())))
                .collect(),
            ..Integration::default()
        };
        let json = ["application/json"];
        let text = Some("text/plain");
        assert_eq!(choose(&of("NEVER", &json), None), Chosen::Template("T"));
        assert_eq!(
            choose(&of("NEVER", &json), Some("Application/JSON; charset=utf-8")),
            Chosen::Template("T")
        );
        assert_eq!(choose(&of("WHEN_NO_MATCH", &json), text), Chosen::Through);
        assert_eq!(
            choose(&of("WHEN_NO_TEMPLATES", &json), text),
            Chosen::Unsupported
        );
        assert_eq!(choose(&of("WHEN_NO_TEMPLATES", &[]), text), Chosen::Through);
        assert_eq!(choose(&of("NEVER", &[]), text), Chosen::Unsupported);
    }
}

//! An OpenAPI document as it is looked at before it is imported: what it says of paths and methods, on which lines, and what
//! of it API Gateway will not take. The service has the last word; this is what can be seen without asking it.

mod changes;
mod tree;

use self::tree::{Node, Value};
use super::{Integration, VERBS};

pub use self::changes::{Change, Touched};

/// The largest document that the service takes, in bytes.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_ImportRestApi.html>.
pub const LARGEST_BYTES: usize = 6 * 1024 * 1024;

/// What is done with the path of the document's own address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Base {
    /// It is left out.
    #[default]
    Ignore,
    /// It stands before every path.
    Prepend,
    /// The same, without its first part.
    Split,
}

impl Base {
    /// As the parameter `basepath` says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Prepend => "prepend",
            Self::Split => "split",
        }
    }
}

/// A method of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// As the document has it.
    pub path: String,
    /// One of [`VERBS`].
    pub verb: &'static str,
    /// Where it stands.
    pub line: usize,
    /// What answers, in a few words; empty where nothing does.
    pub target: String,
    /// Neither an authorizer, nor a signature, nor a key is asked for.
    pub open: bool,
}

/// Something that a person should know before the import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Counted from one.
    pub line: usize,
    /// What it is.
    pub text: String,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// `OpenAPI 3.0.1`, `Swagger 2.0`.
    pub language: String,
    /// The API's name.
    pub title: String,
    /// May be empty.
    pub version: String,
    /// The path of its address, `/v1`; empty where it has none.
    pub base: String,
    /// In the order of the document.
    pub methods: Vec<Declared>,
    /// In the order of their lines.
    pub notes: Vec<Note>,
}

/// Reads a document.
///
/// # Errors
/// Why it can't be imported.
pub fn read(text: &str) -> Result<Document, String> {
    if text.len() > LARGEST_BYTES {
        let megabytes = text.len() / (1024 * 1024);
        return Err(format!("It has {megabytes} MB; API Gateway takes 6 MB"));
    }
    let root = tree::read(text.trim_start_matches('\u{feff}'))?;
    let word = |member: &str| root.get(member).and_then(Node::word);
    let language = match (word("swagger"), word("openapi")) {
        (Some(version), _) if version.starts_with('2') => format!("Swagger {version}"),
        (None, Some(version)) if version.starts_with("3.0") => format!("OpenAPI {version}"),
        (None, Some(version)) => {
            return Err(format!(
                "It is OpenAPI {version}; API Gateway takes 2.0 and 3.0"
            ));
        }
        _ => return Err("It is no OpenAPI document: it has neither swagger nor openapi".into()),
    };
    let info = |member: &str| root.get("info").and_then(|info| info.get(member)?.word());
    let title = info("title").filter(|title| !title.is_empty());
    let mut reading = Reading {
        root: &root,
        methods: Vec::new(),
        notes: Vec::new(),
    };
    reading.paths();
    reading.functions(&root);
    let (methods, mut notes) = (reading.methods, reading.notes);
    notes.sort_by_key(|note| note.line);
    Ok(Document {
        language,
        title: title
            .ok_or("It has no title: the API's name is info.title")?
            .to_owned(),
        version: info("version").unwrap_or_default().to_owned(),
        base: base(&root),
        methods,
        notes,
    })
}

/// The path of the document's address.
fn base(root: &Node) -> String {
    let said = match root.get("basePath") {
        Some(base) => base.word().unwrap_or_default().to_owned(),
        None => root.get("servers").and_then(server).unwrap_or_default(),
    };
    let parts = said.split('/').filter(|part| !part.is_empty());
    parts.map(|part| format!("/{part}")).collect()
}

fn server(servers: &Node) -> Option<String> {
    let server = servers.items().first()?;
    let variables = server.get("variables");
    let variables: Vec<_> = variables.into_iter().flat_map(Node::members).collect();
    let value = |node: &Node| Some(node.get("default")?.word()?.to_owned());
    if let [(name, _, variable)] = variables.as_slice()
        && name == "basePath"
    {
        return value(variable);
    }
    let mut url = server.get("url")?.word()?.to_owned();
    for (name, _, variable) in variables {
        url = url.replace(&format!("{{{name}}}"), &value(variable).unwrap_or_default());
    }
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    rest.find('/').map(|at| rest[at..].to_owned())
}

struct Reading<'a> {
    root: &'a Node,
    methods: Vec<Declared>,
    notes: Vec<Note>,
}

impl<'a> Reading<'a> {
    fn note(&mut self, line: usize, text: impl Into<String>) {
        let text = text.into();
        self.notes.push(Note { line, text });
    }

    fn paths(&mut self) {
        let root = self.root;
        for (path, _, item) in root.get("paths").into_iter().flat_map(Node::members) {
            if path.starts_with("x-") {
                continue;
            }
            self.parameters(item);
            for (member, line, operation) in item.members() {
                let verb = match member.as_str() {
                    "x-amazon-apigateway-any-method" => "ANY".to_owned(),
                    other => other.to_ascii_uppercase(),
                };
                let known = VERBS.iter().find(|known| **known == verb);
                let is_operation = member == &member.to_ascii_lowercase() && member != "any";
                if let Some(verb) = known.filter(|_| is_operation) {
                    self.operation(path, verb, *line, operation);
                }
            }
        }
    }

    fn operation(&mut self, path: &str, verb: &'static str, line: usize, operation: &'a Node) {
        self.parameters(operation);
        let responses = operation.get("responses").into_iter();
        for (code, line, _) in responses.flat_map(Node::members) {
            let is_status = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
            if !is_status && !code.starts_with("x-") {
                self.note(*line, format!("Response {code} is left out"));
            }
        }
        let integration = operation.get("x-amazon-apigateway-integration");
        if integration.is_none() {
            self.note(
                line,
                format!("Nothing answers {verb} {path}: it has no integration"),
            );
        }
        self.methods.push(Declared {
            path: path.to_owned(),
            verb,
            line,
            target: integration.map(|of| self.target(of)).unwrap_or_default(),
            open: self.is_open(operation),
        });
    }

    fn parameters(&mut self, of: &Node) {
        for parameter in of.get("parameters").map(Node::items).unwrap_or_default() {
            let word = |member: &str| parameter.get(member).and_then(Node::word);
            let name = word("name").unwrap_or_default();
            let place = match word("in") {
                Some("cookie") => "in a cookie",
                Some("formData") => "of a form",
                _ => continue,
            };
            self.note(
                parameter.line,
                format!("Parameter {name} {place} is left out"),
            );
        }
    }

    fn target(&self, integration: &Node) -> String {
        let shared = integration.get("$ref").and_then(Node::word);
        let shared = shared.and_then(|reference| reference.rsplit_once('/'));
        let found = shared.and_then(|(_, name)| {
            let all = "x-amazon-apigateway-integrations";
            let components = self.root.get("components");
            let places = [self.root.get(all), components.and_then(|of| of.get(all))];
            places.into_iter().flatten().find_map(|all| all.get(name))
        });
        let integration = found.unwrap_or(integration);
        let word = |member: &str| integration.get(member).and_then(Node::first_word);
        Integration {
            kind: word("type").unwrap_or_default().to_ascii_uppercase(),
            uri: word("uri").map(str::to_owned),
            ..Integration::default()
        }
        .target()
    }

    fn is_open(&self, operation: &Node) -> bool {
        let own = operation.get("x-amazon-apigateway-auth");
        let own = own.and_then(|auth| auth.get("type")?.word());
        if own.is_some_and(|kind| !kind.eq_ignore_ascii_case("none")) {
            return false;
        }
        let required = operation
            .get("security")
            .or_else(|| self.root.get("security"));
        required.is_none_or(|required| required.items().is_empty())
    }

    /// What was left for CloudFormation, told once at the outermost.
    fn functions(&mut self, node: &Node) {
        match &node.value {
            Value::Word(_) => {}
            Value::List(items) => items.iter().for_each(|item| self.functions(item)),
            Value::Map(members) => {
                if let [(name, line, _)] = members.as_slice()
                    && (name.starts_with("Fn::") || name == "Ref")
                {
                    let text =
                        format!("{name} is CloudFormation's: an import does not evaluate it");
                    self.note(*line, text);
                    return;
                }
                for (_, _, member) in members {
                    self.functions(member);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;

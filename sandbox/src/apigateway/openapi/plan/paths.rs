//! Paths, each with its methods.

use super::{
    super::{EXTENSION, document::Document},
    PlannedPath, Reading, below,
};

/// The methods of a path in the order in which the service takes them.
const VERBS: [(&str, &str); 8] = [
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("head", "HEAD"),
    ("patch", "PATCH"),
    ("any-method", "ANY"),
];

impl<'a> Reading<'a> {
    pub(super) fn paths(&mut self) {
        let Some(all) = self.document.get("paths") else {
            self.notes
                .error("", "Parse issue: attribute paths is missing");
            return;
        };
        let base = self.base_path();
        for (path, item) in all.members() {
            if path.starts_with("x-") {
                continue;
            }
            let at = below("/paths", path);
            let Some(item) = self.follow(item, &at) else {
                continue;
            };
            let parts = path.split('/').filter(|part| !part.is_empty());
            let own: String = parts.map(|part| format!("/{part}")).collect();
            let whole = format!("{base}{own}");
            let whole = if whole.is_empty() { "/".into() } else { whole };
            self.path(whole, &at, item);
        }
    }

    fn path(&mut self, path: String, at: &str, item: &'a Document) {
        let mut planned = PlannedPath {
            path,
            pointer: at.to_owned(),
            methods: Vec::new(),
        };
        for (member, verb) in VERBS {
            let member = match verb {
                "ANY" => format!("{EXTENSION}{member}"),
                _ => member.to_owned(),
            };
            if let Some(operation) = item.get(&member) {
                let at = below(at, &member);
                let method = self.operation(&planned.path, verb, item, (operation, &at));
                planned.methods.push(method);
            }
        }
        if item.get("trace").is_some() {
            let message = format!(
                "Method 'TRACE' on resource at path '{}' is not supported. Ignoring.",
                planned.path
            );
            self.notes.warn(&below(at, "trace"), message);
        }
        self.plan.paths.push(planned);
    }
}

//! The languages that functions are written in, as far as colours need to know them.

/// How a text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Keys, strings, numbers, words.
    Json,
    /// Python.
    Python,
    /// JavaScript and TypeScript.
    JavaScript,
    /// Ruby.
    Ruby,
    /// What a custom runtime's `bootstrap` is often written in.
    Shell,
    /// Java, Kotlin, Go, Rust, C#: comments and strings alike.
    Braces,
    /// YAML, TOML, INI and properties.
    Settings,
    /// A mapping template: directives, references, texts.
    Template,
    /// Not at all.
    Plain,
}

/// How a language is cut into pieces.
pub(super) struct Grammar {
    /// Its own words.
    pub(super) words: &'static [&'static str],
    /// What begins a comment that ends with the line.
    pub(super) comment: &'static [&'static str],
    /// A comment begins only at a line's begin or behind a space.
    pub(super) apart: bool,
    /// What begins and ends a longer comment.
    pub(super) block: Option<(&'static str, &'static str)>,
    /// What begins and ends a text, and whether it may go on in the next line; longer ones first.
    pub(super) quotes: &'static [(&'static str, bool)],
}

impl Language {
    /// The language of a file, by its name and, where that says nothing, by how it begins.
    pub fn of(path: &str, text: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending.to_ascii_lowercase().as_str() {
            "json" => Self::Json,
            "py" | "pyi" => Self::Python,
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => Self::JavaScript,
            "rb" | "gemspec" => Self::Ruby,
            "sh" | "bash" => Self::Shell,
            "java" | "kt" | "kts" | "go" | "rs" | "cs" | "scala" | "c" | "h" | "cpp" | "hpp"
            | "swift" | "php" => Self::Braces,
            "yml" | "yaml" | "toml" | "ini" | "cfg" | "conf" | "properties" => Self::Settings,
            _ => match text.lines().next().filter(|first| first.starts_with("#!")) {
                Some(first) if first.contains("python") => Self::Python,
                Some(first) if first.contains("node") => Self::JavaScript,
                Some(first) if first.contains("ruby") => Self::Ruby,
                Some(first) if first.ends_with("sh") => Self::Shell,
                _ => Self::Plain,
            },
        }
    }

    /// None where pieces are not told apart by words.
    pub(super) fn grammar(self) -> Option<&'static Grammar> {
        match self {
            Self::Python => Some(&PYTHON),
            Self::JavaScript => Some(&JAVASCRIPT),
            Self::Ruby => Some(&RUBY),
            Self::Shell => Some(&SHELL),
            Self::Braces => Some(&BRACES),
            Self::Settings => Some(&SETTINGS),
            Self::Json | Self::Template | Self::Plain => None,
        }
    }
}

const PYTHON: Grammar = Grammar {
    words: &[
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class",
        "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global",
        "if", "import", "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass", "raise",
        "return", "try", "while", "with", "yield",
    ],
    comment: &["#"],
    apart: false,
    block: None,
    quotes: &[("\"\"\"", true), ("'''", true), ("\"", false), ("'", false)],
};

const JAVASCRIPT: Grammar = Grammar {
    words: &[
        "as",
        "async",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "from",
        "function",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "let",
        "new",
        "null",
        "of",
        "private",
        "public",
        "readonly",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "type",
        "typeof",
        "undefined",
        "var",
        "void",
        "while",
        "yield",
    ],
    comment: &["//"],
    apart: false,
    block: Some(("/*", "*/")),
    quotes: &[("`", true), ("\"", false), ("'", false)],
};

const RUBY: Grammar = Grammar {
    words: &[
        "alias", "and", "begin", "break", "case", "class", "def", "do", "else", "elsif", "end",
        "ensure", "false", "for", "if", "in", "module", "next", "nil", "not", "or", "raise",
        "redo", "require", "rescue", "retry", "return", "self", "super", "then", "true", "undef",
        "unless", "until", "when", "while", "yield",
    ],
    comment: &["#"],
    apart: false,
    block: None,
    quotes: &[("\"", true), ("'", true)],
};

const SHELL: Grammar = Grammar {
    words: &[
        "case", "do", "done", "elif", "else", "esac", "exec", "exit", "export", "fi", "for",
        "function", "if", "in", "local", "return", "set", "shift", "then", "trap", "until",
        "while",
    ],
    comment: &["#"],
    apart: true,
    block: None,
    quotes: &[("\"", true), ("'", true)],
};

const BRACES: Grammar = Grammar {
    words: &[
        "abstract",
        "as",
        "async",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "data",
        "default",
        "defer",
        "do",
        "else",
        "enum",
        "extends",
        "false",
        "final",
        "finally",
        "fn",
        "for",
        "foreach",
        "fun",
        "func",
        "go",
        "if",
        "impl",
        "implements",
        "import",
        "in",
        "interface",
        "let",
        "loop",
        "match",
        "mod",
        "mut",
        "namespace",
        "new",
        "nil",
        "null",
        "override",
        "package",
        "private",
        "protected",
        "pub",
        "public",
        "range",
        "record",
        "return",
        "select",
        "self",
        "static",
        "struct",
        "super",
        "switch",
        "this",
        "throw",
        "throws",
        "trait",
        "true",
        "try",
        "type",
        "use",
        "using",
        "val",
        "var",
        "void",
        "when",
        "where",
        "while",
    ],
    comment: &["//"],
    apart: false,
    block: Some(("/*", "*/")),
    quotes: &[("\"\"\"", true), ("`", true), ("\"", false)],
};

const SETTINGS: Grammar = Grammar {
    words: &["true", "false", "null", "yes", "no", "on", "off"],
    comment: &["#", ";"],
    apart: true,
    block: None,
    quotes: &[("\"", false), ("'", false)],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_the_name_or_by_the_first_line() {
        let cases = [
            ("src/app.PY", "", Language::Python),
            ("index.mjs", "", Language::JavaScript),
            ("package.json", "", Language::Json),
            ("bootstrap", "#!/bin/sh\nexec x", Language::Shell),
            ("bootstrap", "#!/usr/bin/env python3\n", Language::Python),
            ("main.go", "", Language::Braces),
            ("a.d/LICENSE", "Copyright", Language::Plain),
        ];
        for (path, text, language) in cases {
            assert_eq!(Language::of(path, text), language, "{path}");
        }
    }
}

//! Whether a package holds the file that its runtime will look for.

use super::super::limits::RuntimeFamily;
use super::problem::PackageProblem;
use super::{EntryKind, Package};

/// What stands against a handler in a package, for a runtime; empty where it fits or nothing can be said.
pub fn check_handler(package: &Package, runtime: &str, handler: &str) -> Vec<PackageProblem> {
    let family = RuntimeFamily::of(runtime);
    let wanted = wanted(family, handler.trim());
    if wanted.is_empty() {
        return Vec::new();
    }
    let has =
        |path: &str| package.files().any(|entry| entry.path == path) || is_link(package, path);
    if let Some(found) = wanted.iter().find(|path| has(path)) {
        let runs_itself = matches!(family, RuntimeFamily::Provided | RuntimeFamily::Go);
        return if runs_itself {
            not_executable(package, found)
        } else {
            name_missing(package, family, found, handler.trim())
        };
    }
    if is_inside_an_archive(family, package) {
        return Vec::new();
    }
    if let Some(folder) = only_folder(package)
        && let Some(path) = wanted.iter().find(|path| has(&format!("{folder}/{path}")))
    {
        return vec![PackageProblem::InsideFolder {
            folder,
            wanted: path.clone(),
        }];
    }
    let elsewhere = wanted.iter().find_map(|path| {
        let suffix = format!("/{}", path.rsplit('/').next().unwrap_or(path));
        package
            .files()
            .find(|entry| entry.path.ends_with(&suffix))
            .map(|entry| entry.path.clone())
    });
    vec![PackageProblem::HandlerMissing {
        handler: handler.to_owned(),
        wanted,
        elsewhere,
    }]
}

/// The files of which one must be there, the likeliest first.
fn wanted(family: RuntimeFamily, handler: &str) -> Vec<String> {
    let paths = |base: &str, ends: &[&str]| ends.iter().map(|end| format!("{base}{end}")).collect();
    match family {
        RuntimeFamily::Python => match handler.rsplit_once('.') {
            Some((module, _)) if !module.is_empty() => paths(
                &module.replace('.', "/"),
                &[".py", "/__init__.py", ".pyc", ".so"],
            ),
            _ => Vec::new(),
        },
        // The runtime splits the last piece of the path at its first dot: index.nested.handler is in index.
        RuntimeFamily::Node => match module_of(handler) {
            Some(module) => paths(&module, &[".js", ".mjs", ".cjs", "/index.js"]),
            None => Vec::new(),
        },
        RuntimeFamily::Ruby => match module_of(handler) {
            Some(module) => paths(&module, &[".rb"]),
            None => Vec::new(),
        },
        RuntimeFamily::Java => {
            let class = handler.split("::").next().unwrap_or(handler);
            paths(&class.replace('.', "/"), &[".class"])
        }
        RuntimeFamily::DotNet => {
            let assembly = handler.split("::").next().unwrap_or(handler);
            paths(assembly, &[".dll"])
        }
        RuntimeFamily::Go => vec![handler.to_owned()],
        RuntimeFamily::Provided => vec!["bootstrap".to_owned()],
        RuntimeFamily::Other => Vec::new(),
    }
}

/// The file is there; whether the name is in it, as far as its text tells. What is made while it runs can't be seen, so that a
/// word is said only where the name stands nowhere in a file that defines others.
fn name_missing(
    package: &Package,
    family: RuntimeFamily,
    path: &str,
    handler: &str,
) -> Vec<PackageProblem> {
    let name = handler.rsplit('.').next().unwrap_or_default();
    let Ok(Some(text)) = package.text(path) else {
        return Vec::new();
    };
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    if name.is_empty() || text.split(|c| !is_word(c)).any(|word| word == name) {
        return Vec::new();
    }
    let from_elsewhere: &[&str] = match family {
        RuntimeFamily::Python => &["import *", "globals()", "__getattr__", "exec("],
        RuntimeFamily::Node => &["export *", "module.exports = require", "Object.assign"],
        _ => &["define_method", "require", "extend"],
    };
    let defined = defined(family, &text);
    if defined.is_empty() || from_elsewhere.iter().any(|sign| text.contains(sign)) {
        return Vec::new();
    }
    vec![PackageProblem::NameMissing {
        path: path.to_owned(),
        name: name.to_owned(),
        defined,
    }]
}

/// What a file defines for others, by the usual forms of its language; at most a few.
fn defined(family: RuntimeFamily, text: &str) -> Vec<String> {
    const MOST: usize = 5;
    let starts: &[&str] = match family {
        RuntimeFamily::Python => &["def ", "async def "],
        RuntimeFamily::Node => &[
            "exports.",
            "module.exports.",
            "export function ",
            "export async function ",
            "export const ",
            "export let ",
        ],
        RuntimeFamily::Ruby => &["def self.", "def "],
        _ => &[],
    };
    let name = |line: &str| {
        // Python's must stand at the left: what is set in belongs to a class.
        let line = match family {
            RuntimeFamily::Python => line,
            _ => line.trim_start(),
        };
        let rest = starts.iter().find_map(|start| line.strip_prefix(start))?;
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
        let name = rest.get(..end.unwrap_or(rest.len()))?;
        (!name.is_empty()).then(|| name.to_owned())
    };
    let mut names: Vec<String> = text.lines().filter_map(name).collect();
    names.dedup();
    names.truncate(MOST);
    names
}

fn module_of(handler: &str) -> Option<String> {
    let (folder, last) = match handler.rsplit_once('/') {
        Some((folder, last)) => (format!("{folder}/"), last),
        None => (String::new(), handler),
    };
    let (module, _) = last.split_once('.')?;
    let path = format!("{folder}{module}");
    (!module.is_empty()).then(|| super::paths::normal(&path).to_owned())
}

fn is_link(package: &Package, path: &str) -> bool {
    package
        .entry(path)
        .is_some_and(|entry| entry.kind == EntryKind::Symlink)
}

/// Java's classes may be in a JAR under `lib`, which is not looked into.
fn is_inside_an_archive(family: RuntimeFamily, package: &Package) -> bool {
    family == RuntimeFamily::Java && package.files().any(|entry| entry.path.ends_with(".jar"))
}

fn not_executable(package: &Package, path: &str) -> Vec<PackageProblem> {
    let executable = package.entry(path).and_then(super::Entry::is_executable);
    match executable {
        Some(true) => Vec::new(),
        known => vec![PackageProblem::NotExecutable {
            path: path.to_owned(),
            known: known.is_some(),
        }],
    }
}

/// The folder that holds everything, where there is one. What macOS adds beside it does not count.
fn only_folder(package: &Package) -> Option<String> {
    let tops = package
        .files()
        .map(|entry| entry.path.split_once('/').map_or("", |(top, _)| top));
    let mut tops = tops.filter(|top| *top != "__MACOSX");
    let first = tops.next().filter(|top| !top.is_empty())?;
    tops.all(|top| top == first).then(|| first.to_owned())
}

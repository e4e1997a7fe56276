//! Paths in a package: which of them would leave the folder into which Lambda unpacks it.

use super::problem::PackageProblem;

/// The path as Lambda will have it: without `./` before it and `/` behind it.
pub(super) fn normal(name: &str) -> &str {
    let mut name = name;
    while let Some(rest) = name.strip_prefix("./") {
        name = rest;
    }
    name.trim_end_matches('/')
}

/// What is wrong with a path: it leaves the package, or is not one on Linux.
pub(super) fn escape(name: &str) -> Option<PackageProblem> {
    let bytes = name.as_bytes();
    let drive = matches!(bytes, [letter, b':', ..] if letter.is_ascii_alphabetic());
    let path = name.to_owned();
    // Only `/` parts folders: with `\` before it, even `..` is part of a name.
    if name.split('/').any(|part| part == "..") || name.starts_with('/') {
        return Some(PackageProblem::Escapes { path });
    }
    if name.contains('\\') {
        return Some(PackageProblem::Backslash { path });
    }
    if drive {
        return Some(PackageProblem::Drive { path });
    }
    if name.contains('\0') || normal(name).is_empty() && !name.ends_with('/') {
        return Some(PackageProblem::BadName {
            path: path.replace('\0', "␀"),
        });
    }
    None
}

/// Whether a link leads out of the package, followed as a text: links through links are not resolved, so a link may
/// not begin with more `..` than it lies deep.
pub(super) fn link_escapes(path: &str, target: &[u8]) -> bool {
    let Ok(target) = std::str::from_utf8(target) else {
        return true;
    };
    if target.starts_with('/') || target.is_empty() || target.contains('\0') {
        return true;
    }
    let mut depth = path.split('/').count() as i64 - 1;
    for part in target.split('/') {
        match part {
            ".." => depth -= 1,
            "" | "." => {}
            _ => depth += 1,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_package_are_told() {
        for name in ["../x", "a/../../x", "/etc/passwd", "a/..", ".."] {
            assert!(
                matches!(escape(name), Some(PackageProblem::Escapes { .. })),
                "{name}"
            );
        }
        for name in ["a\\b.py", "..\\x", "a\\..\\x", "\\x", "C:\\x"] {
            assert!(
                matches!(escape(name), Some(PackageProblem::Backslash { .. })),
                "{name}"
            );
        }
        for name in ["C:/x", "C:data.txt"] {
            assert!(
                matches!(escape(name), Some(PackageProblem::Drive { .. })),
                "{name}"
            );
        }
        assert!(matches!(
            escape("a\0b"),
            Some(PackageProblem::BadName { .. })
        ));
        assert!(matches!(escape(""), Some(PackageProblem::BadName { .. })));
        for name in [
            "x",
            "a/b.py",
            "..x",
            "x..",
            "a/...",
            "./a",
            "日本/語.py",
            "./",
            "a b",
            "12:30.txt",
        ] {
            assert!(escape(name).is_none(), "{name}");
        }
    }

    #[test]
    fn links_are_followed_as_text() {
        for (path, target, escapes) in [
            ("a", "b", false),
            ("a/b", "../c", false),
            ("a/b", "../../c", true),
            ("a", "..", true),
            ("a", "/etc/passwd", true),
            ("a/b/c", "../../x/../y", false),
            ("a", "x/../../y", true),
            ("a", "", true),
        ] {
            assert_eq!(
                link_escapes(path, target.as_bytes()),
                escapes,
                "{path} {target}"
            );
        }
        assert!(link_escapes("a", &[0xff]));
    }

    #[test]
    fn a_path_loses_what_says_nothing() {
        assert_eq!(
            ["./a/b/", "././a", "a", "./"].map(normal),
            ["a/b", "a", "a", ""]
        );
    }
}

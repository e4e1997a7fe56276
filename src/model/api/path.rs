//! Paths of resources: what may stand in one, and which resources lack for it.

use super::Resource;

/// A resource that has to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The path of the resource above it.
    pub parent: String,
    /// The part that it adds.
    pub part: String,
    /// The whole path.
    pub path: String,
}

/// The parts of a path, from the root on.
pub fn steps_of(path: &str) -> Vec<Step> {
    let mut parent = "/".to_owned();
    let mut steps = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let path = match parent.as_str() {
            "/" => format!("/{part}"),
            parent => format!("{parent}/{part}"),
        };
        steps.push(Step {
            parent,
            part: part.to_owned(),
            path: path.clone(),
        });
        parent = path;
    }
    steps
}

/// The parts of `path` that `resources` lack, the upper ones first.
pub fn missing(path: &str, resources: &[Resource]) -> Vec<Step> {
    let there = |path: &str| resources.iter().any(|resource| resource.path == path);
    let mut steps = steps_of(path);
    steps.retain(|step| !there(&step.path));
    steps
}

/// Why the path can't be made beside `resources`, in the rules of API Gateway: letters, digits and `._-:~` in a part, a parameter
/// in braces that fills the part, one parameter a level, a greedy one last.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html> and the answers of
/// `CreateResource`.
pub fn path_problem(path: &str, resources: &[Resource]) -> Option<String> {
    if !path.starts_with('/') {
        return Some("It begins with /".into());
    }
    if path.contains("//") {
        return Some("A part between two / is empty".into());
    }
    let steps = steps_of(path);
    for (at, step) in steps.iter().enumerate() {
        let part = step.part.as_str();
        if let Some(why) = part_problem(part, at + 1 == steps.len()) {
            return Some(why);
        }
        if !part.starts_with('{') {
            continue;
        }
        // Two parameters of one level could not be told apart.
        let rival = resources.iter().find(|resource| {
            let other = resource.path_part.as_deref().unwrap_or_default();
            let above = resource.path.strip_suffix(other).unwrap_or_default();
            let above = above.strip_suffix('/').filter(|above| !above.is_empty());
            let greedy = |part: &str| part.ends_with("+}");
            other.starts_with('{')
                && other != part
                && greedy(other) == greedy(part)
                && above.unwrap_or("/") == step.parent
        });
        if let Some(rival) = rival {
            let other = rival.path_part.as_deref().unwrap_or_default();
            return Some(format!("{} has {other} already", step.parent));
        }
    }
    None
}

fn part_problem(part: &str, last: bool) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-:~".contains(c);
    let Some(inside) = part.strip_prefix('{') else {
        return match part.chars().all(allowed) {
            true => None,
            false => Some(format!(
                "{part}: letters, digits and . _ - : only, or one parameter in braces"
            )),
        };
    };
    let Some(name) = inside.strip_suffix('}') else {
        return Some(format!("{part}: a parameter fills its part, as {{id}}"));
    };
    let greedy = name.ends_with('+');
    let name = name.strip_suffix('+').unwrap_or(name);
    if name.is_empty()
        || !name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    {
        return Some(format!(
            "{part}: a parameter's name has letters, digits and . _ -"
        ));
    }
    (greedy && !last)
        .then(|| format!("{part} takes the rest of the path, so nothing stands behind it"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn there(paths: &[&str]) -> Vec<Resource> {
        let of = |path: &&str| Resource {
            path: (*path).to_owned(),
            path_part: path.rsplit('/').next().map(str::to_owned),
            ..Resource::default()
        };
        paths.iter().map(of).collect()
    }

    #[test]
    fn only_the_parts_that_lack_are_made_the_upper_ones_first() {
        let resources = there(&["/", "/orders"]);
        let steps = missing("/orders/{id}/lines", &resources);
        let told: Vec<_> = steps
            .iter()
            .map(|step| (step.parent.as_str(), step.part.as_str()))
            .collect();
        assert_eq!(told, [("/orders", "{id}"), ("/orders/{id}", "lines")]);
        assert!(missing("/", &resources).is_empty());
    }

    #[test]
    fn a_path_that_api_gateway_refuses_is_told_while_it_is_typed() {
        let resources = there(&["/", "/orders", "/orders/{id}", "/files", "/files/{key+}"]);
        let problem = |path: &str| path_problem(path, &resources).unwrap_or_default();
        for good in [
            "/",
            "/orders/{id}/a",
            "/a.b_c-d:e",
            "/x/{proxy+}",
            "/orders/{rest+}",
            "/~a",
        ] {
            assert_eq!(problem(good), "", "{good}");
        }
        assert_eq!(problem("orders"), "It begins with /");
        assert!(problem("/a//b").contains("empty"));
        assert!(problem("/a b").contains("letters"));
        assert!(problem("/a{id}").contains("letters"));
        assert!(problem("/{id").contains("fills"));
        assert!(problem("/{}").contains("name"));
        assert!(problem("/{p+}/x").contains("rest"));
        assert_eq!(problem("/orders/{order}"), "/orders has {id} already");
    }
}

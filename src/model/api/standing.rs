//! How an API stands, for a line of a list: what its stages lack, who may call it, when it was deployed last. What could not be
//! read says so; nothing is guessed.

use super::definition::{Definition, Place, difference, place_of};
use super::stage::{Deployment, Stage};
use crate::model::difference::Change;

/// How far a stage is behind its API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behind {
    /// So many changes are not deployed to it.
    By(Vec<Line>),
    /// What it answers with could not be read: why.
    Unread(String),
}

/// One thing that is not deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What becomes of it.
    pub change: Change,
    /// As `GET`; none where it is no method.
    pub place: Option<Place>,
    /// Its kind and name where it is no method.
    pub name: String,
    /// How many fields of it differ.
    pub fields: usize,
}

/// A stage in few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageLine {
    /// Its name.
    pub name: String,
    /// What it stands on.
    pub deployment: String,
    /// When that was made, ms since 1970.
    pub deployed_at: Option<i64>,
    /// What it lacks.
    pub behind: Behind,
}

impl StageLine {
    /// How many changes it lacks, where that is known.
    pub fn count(&self) -> Option<usize> {
        match &self.behind {
            Behind::By(lines) => Some(lines.len()),
            Behind::Unread(_) => None,
        }
    }
}

/// How an API stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The one that matters most first, then by their names.
    pub stages: Vec<StageLine>,
    /// How many methods there are.
    pub methods: usize,
    /// Those that anybody may call; what answers a browser's question before the real one is not among them.
    pub open: Vec<Place>,
    /// When it was deployed last, ms since 1970.
    pub deployed_at: Option<i64>,
    /// What that deployment is called; may be empty.
    pub deployed: String,
}

impl Standing {
    /// The most changes that a stage lacks; none where a stage could not be read and no other lacks anything.
    pub fn most_behind(&self) -> Option<usize> {
        let known = self.stages.iter().filter_map(StageLine::count).max();
        let unread = self.stages.iter().any(|stage| stage.count().is_none());
        match known {
            Some(0) if unread => None,
            None if unread => None,
            known => Some(known.unwrap_or_default()),
        }
    }

    /// Why a stage could not be read, where one could not.
    pub fn unread(&self) -> Option<String> {
        self.stages.iter().find_map(|stage| match &stage.behind {
            Behind::Unread(why) => Some(format!("{}: {why}", stage.name)),
            Behind::By(_) => None,
        })
    }
}

/// The methods that anybody may call.
pub fn open_of(now: &Definition) -> Vec<Place> {
    let open = now.methods.iter();
    let open = open.filter(|(place, method)| method.is_open() && place.verb != "OPTIONS");
    open.map(|(place, _)| place.clone()).collect()
}

/// What of `now` is not in `deployed`.
pub fn lines(deployed: &Definition, now: &Definition) -> Vec<Line> {
    let difference = difference(deployed, now);
    let mut lines = Vec::new();
    for entry in difference.entries() {
        if entry.name.is_empty() {
            lines.extend(entry.fields.iter().map(|field| Line {
                change: field.change(),
                place: None,
                name: field.name.clone(),
                fields: 1,
            }));
        } else if let Some(change) = entry.change {
            lines.push(Line {
                change,
                place: place_of(&entry.path),
                name: format!("{} {}", entry.kind, entry.name),
                fields: entry.fields.len(),
            });
        }
    }
    lines
}

/// The stage that matters most: the one that people call production, else the one that was changed last.
pub fn lead(stages: &[Stage]) -> Option<&Stage> {
    let named = |name: &str| stages.iter().find(|stage| stage.name == name);
    ["prod", "production", "live"]
        .into_iter()
        .find_map(named)
        .or_else(|| stages.iter().max_by_key(|stage| stage.updated_at))
}

/// Puts together what was read: each stage with what its deployment froze, or why that could not be read.
pub fn standing(
    now: &Definition,
    stages: Vec<(Stage, Result<Definition, String>)>,
    deployments: &[Deployment],
) -> Standing {
    let newest = deployments.iter().max_by_key(|of| of.created_at);
    let first = {
        let all: Vec<Stage> = stages.iter().map(|(stage, _)| stage.clone()).collect();
        lead(&all).map(|stage| stage.name.clone())
    };
    let at = |id: &str| deployments.iter().find(|of| of.id == id)?.created_at;
    let mut stages: Vec<StageLine> = stages
        .into_iter()
        .map(|(stage, read)| StageLine {
            deployed_at: at(&stage.deployment_id),
            deployment: stage.deployment_id,
            behind: match read {
                Ok(deployed) => Behind::By(lines(&deployed, now)),
                Err(why) => Behind::Unread(why),
            },
            name: stage.name,
        })
        .collect();
    stages.sort_by_key(|stage| (Some(&stage.name) != first.as_ref(), stage.name.clone()));
    Standing {
        stages,
        methods: now.methods.len(),
        open: open_of(now),
        deployed_at: newest.and_then(|of| of.created_at),
        deployed: newest.map(|of| of.description.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::definition::Method;
    use super::*;

    fn api(methods: &[(&str, &str, &str)]) -> Definition {
        let one = |(verb, path, authorization): &(&str, &str, &str)| {
            let place = Place {
                verb: (*verb).to_owned(),
                path: (*path).to_owned(),
            };
            let method = Method {
                authorization: (*authorization).to_owned(),
                ..Method::default()
            };
            (place, method)
        };
        Definition {
            methods: methods.iter().map(one).collect(),
            ..Definition::default()
        }
    }

    fn stage(name: &str, deployment: &str) -> Stage {
        Stage {
            name: name.into(),
            deployment_id: deployment.into(),
            ..Stage::default()
        }
    }

    #[test]
    fn a_stage_lacks_what_was_changed_since_and_one_that_was_not_read_is_never_up_to_date() {
        let now = api(&[
            ("GET", "/a", "NONE"),
            ("POST", "/a", "AWS_IAM"),
            ("OPTIONS", "/a", "NONE"),
        ]);
        let old = api(&[("GET", "/a", "AWS_IAM"), ("GET", "/gone", "NONE")]);
        let deployments = [
            Deployment {
                id: "d1".into(),
                created_at: Some(5),
                ..Deployment::default()
            },
            Deployment {
                id: "d2".into(),
                created_at: Some(9),
                description: "second".into(),
            },
        ];
        let stages = vec![
            (stage("dev", "d2"), Ok(now.clone())),
            (stage("prod", "d1"), Ok(old)),
        ];
        let of = standing(&now, stages, &deployments);
        let names: Vec<_> = of
            .stages
            .iter()
            .map(|of| (of.name.as_str(), of.count()))
            .collect();
        assert_eq!(names, [("prod", Some(4)), ("dev", Some(0))]);
        assert_eq!(of.most_behind(), Some(4));
        assert_eq!((of.methods, of.open.len()), (3, 1));
        assert_eq!((of.deployed_at, of.deployed.as_str()), (Some(9), "second"));
        assert_eq!(of.stages[0].deployed_at, Some(5));
        let stages = vec![
            (stage("dev", "d2"), Ok(now.clone())),
            (stage("prod", "d1"), Err("no".to_owned())),
        ];
        let of = standing(&now, stages, &deployments);
        assert_eq!(of.most_behind(), None);
        assert_eq!(of.unread().as_deref(), Some("prod: no"));
    }
}

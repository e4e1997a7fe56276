//! An API of 300 resources and 1,200 methods.

/// The verbs of each of its resources.
pub const VERBS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

/// The paths of its resources: sixty trees of five.
pub fn paths() -> Vec<String> {
    let tree = |at: usize| {
        let root = format!("/area-{at:02}");
        [
            root.clone(),
            format!("{root}/search"),
            format!("{root}/{{id}}"),
            format!("{root}/{{id}}/lines"),
            format!("{root}/{{id}}/lines/{{line}}"),
        ]
    };
    (0..60).flat_map(tree).collect()
}

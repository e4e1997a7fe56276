//! A value that must not be shown, logged or stored unless the person asked for it.

use std::fmt;

/// What stands for a secret wherever one would be printed.
pub const MASK: &str = "***";

/// An environment variable's value or the like: masked in `Debug`, without `Display` and without serde, so that it can
/// reach neither the journal nor a log by accident.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself: call this only where a person asked to see, copy or send it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The value for editing in a form.
    pub fn reveal_mut(&mut self) -> &mut String {
        &mut self.0
    }

    /// How many bytes it counts against Lambda's 4 KB of environment.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the value is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value where `reveal`, otherwise the mask.
    pub fn text(&self, reveal: bool) -> &str {
        if reveal { &self.0 } else { MASK }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_in_debug() {
        let shown = format!("{:?}", vec![("TOKEN", Secret::new("hunter2"))]);
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains(MASK));
    }
}

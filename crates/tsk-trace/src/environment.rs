//! The environment that OpenTelemetry's specification names.

use std::fmt;

/// Reads variables, from the process or from what a test puts in its place.
#[derive(Clone, Copy)]
pub(crate) struct Environment<'a>(&'a dyn Fn(&str) -> Option<String>);

impl<'a> Environment<'a> {
    /// An environment in which `lookup` finds the variables.
    pub(crate) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self(lookup)
    }

    /// The value of a variable. An empty one counts as not set, as the specification asks.
    pub(crate) fn get(self, name: &str) -> Option<String> {
        (self.0)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// Whether a variable is `true`, in any case; anything else is false, as the specification asks.
    pub(crate) fn is_true(self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

impl fmt::Debug for Environment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

//! How many files the process may open, connections among them.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the limit to what the system permits.
///
/// The soft limit is kept low, at 1,024 mostly, for the sake of programs that call `select`, and a program that does not
/// is expected to raise it. Where that fails, the server says how many connections it lacks room for.
pub(crate) fn allow_all() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

//! From when to when a route is there.

use tsk_core::{Declare, Meta};

use super::Checked;

/// Says in which versions a route, or each route of a group, is there.
///
/// It takes a router with [`versions`](crate::Router::versions) around it. What a route says goes before what its group
/// says.
pub trait DeclareVersions: Declare + Sized {
    /// The first version that has it. Default: the oldest there is.
    #[must_use]
    fn since(mut self, version: impl Into<String>) -> Self {
        self.meta_mut().insert(Since(version.into()));
        self
    }

    /// The first version that does not have it any more. Default: the newest has it.
    #[must_use]
    fn until(mut self, version: impl Into<String>) -> Self {
        self.meta_mut().insert(Until(version.into()));
        self
    }
}

impl<T: Declare> DeclareVersions for T {}

struct Since(String);
struct Until(String);

/// What was said of a route.
pub(crate) fn said(meta: &Meta) -> (Option<&str>, Option<&str>) {
    (meta.get().map(|Since(name)| &**name), meta.get().map(|Until(name)| &**name))
}

/// Whether the versions in which a type changed, the newest first, are among these, in their order.
pub(crate) fn check(versions: Option<&Checked>, changes: &[&str]) -> Result<(), String> {
    let Some(versions) = versions else {
        let first = changes.first().copied().unwrap_or_default();
        return Err(format!("which changed in `{first}`, and no `Router::versions` is around it"));
    };
    let mut newer = versions.len();
    for name in changes {
        newer = match versions.find(name.as_bytes()) {
            None => return Err(format!("which changed in `{name}`, and there is no such version")),
            Some(0) => return Err(format!("which changed in `{name}`, and there is none before it")),
            Some(at) if at >= newer => {
                return Err(format!(
                    "which changed in `{name}` before it changed in an older version, or twice"
                ));
            }
            Some(at) => at,
        };
    }
    Ok(())
}

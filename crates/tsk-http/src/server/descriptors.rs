//! Whether the process may open as many files as it is to have connections.

use rustix::process::{Resource, getrlimit};

/// What is open besides connections: listeners, the runtime's own descriptors, logs, files on their way.
const BESIDES: u64 = 64;

/// Warns where descriptors end before `http.max_connections` does.
///
/// The limit belongs to the process, and so to the application: here it is never raised.
pub(super) fn check(max_connections: usize) {
    if let Some((limit, needed)) = shortage(max_connections, getrlimit(Resource::Nofile).current) {
        tracing::warn!(
            "`http.max_connections` is {max_connections}, but the process may open {limit} files only, so that \
             clients wait before; raise the limit to {needed} (`ulimit -n {needed}`, `LimitNOFILE={needed}` in a \
             unit of systemd), or lower the setting"
        );
    }
}

/// The limit and what it ought to be, where it is too low. `None` as a limit is none.
fn shortage(max_connections: usize, limit: Option<u64>) -> Option<(u64, u64)> {
    let needed = u64::try_from(max_connections).unwrap_or(u64::MAX).saturating_add(BESIDES);
    limit.filter(|limit| *limit < needed).map(|limit| (limit, needed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_too_low_unless_it_has_room_for_more_than_connections() {
        assert_eq!(shortage(1_000, Some(1_000)), Some((1_000, 1_064)));
        assert_eq!(shortage(1_000, Some(1_063)), Some((1_063, 1_064)));
        assert_eq!(shortage(1_000, Some(1_064)), None);
    }

    #[test]
    fn without_a_limit_there_is_room_for_any_number() {
        assert_eq!(shortage(usize::MAX, None), None);
        assert_eq!(shortage(usize::MAX, Some(u64::MAX)), None);
    }
}

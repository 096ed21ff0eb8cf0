//! Whether what the settings name takes connections.

use std::time::Duration;

use tokio::task::JoinSet;

use super::Check;
use super::upstreams::Upstream;
use crate::client::{Reason, dial, is_loopback};

/// How long a place may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Connects to each, all at once, and says what came of it in their order. Offline, what may be on another machine is
/// left alone.
pub(crate) async fn check(upstreams: Vec<Upstream>, is_offline: bool) -> Vec<Check> {
    let mut checks = JoinSet::new();
    for (index, upstream) in upstreams.into_iter().enumerate() {
        checks.spawn(async move { (index, reach(&upstream, is_offline).await) });
    }
    let mut checks = checks.join_all().await;
    checks.sort_by_key(|(index, _)| *index);
    checks.into_iter().map(|(_, check)| check).collect()
}

async fn reach(upstream: &Upstream, is_offline: bool) -> Check {
    let Upstream { setting, host, port, .. } = upstream;
    if is_offline && !is_loopback(host) {
        return Check::skip(setting, format_args!("{upstream}: not asked, since --offline"));
    }
    let failure = match tokio::time::timeout(PATIENCE, dial(host, *port)).await {
        Ok(Ok(_)) => return Check::ok(setting, format_args!("{upstream} takes connections")),
        Ok(Err(failure)) => failure,
        Err(_) => {
            let message = format_args!("{upstream} takes no connection within {} s", PATIENCE.as_secs());
            return Check::fail(setting, message, "see whether it runs, and that no firewall is in between");
        }
    };
    let advice = match failure.reason {
        Reason::Resolve => "correct the name, or the resolver of this machine",
        _ => "start it, or correct the setting",
    };
    Check::fail(setting, format_args!("{upstream}: {failure}"), advice)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;
    use tokio::net::TcpListener;

    use super::super::{Verdict, upstreams::find};
    use super::*;

    #[tokio::test]
    async fn what_runs_is_told_from_what_does_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let running = listener.local_addr().unwrap();
        // Bound, and nobody listens: nobody else can take the port.
        let silent = tokio::net::TcpSocket::new_v4().unwrap();
        silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let silent = (silent.local_addr().unwrap(), silent);
        let settings = json!({ "urls": [
            format!("redis://:secret@{running}"),
            format!("postgres://app:secret@{}/shop", silent.0),
            "http://name.invalid",
        ] });
        let checks = check(find(&settings), false).await;
        let verdicts: Vec<_> = checks.iter().map(|check| check.verdict).collect();
        assert_eq!(verdicts, [Verdict::Ok, Verdict::Fail, Verdict::Fail]);
        assert_eq!(checks[1].message, format!("postgres://{}: the connection was refused", silent.0));
        assert!(checks.iter().all(|check| !format!("{check:?}").contains("secret")));

        let checks = check(find(&settings), true).await;
        let verdicts: Vec<_> = checks.iter().map(|check| check.verdict).collect();
        assert_eq!(verdicts, [Verdict::Ok, Verdict::Fail, Verdict::Skip]);
    }
}

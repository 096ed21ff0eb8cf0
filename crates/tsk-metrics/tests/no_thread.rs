//! Where no thread can be started there is no page, until one can.
//!
//! A file of its own, because it takes the memory for further threads from its process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use http::{Request, StatusCode};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tower_service::Service as _;
use tsk_metrics::{Config, Metrics, Scrape};

/// Lets the process have a megabyte more than it has: less than the stack of a thread.
fn take_memory() -> Rlimit {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
    let size: u64 = size.trim().trim_end_matches(" kB").parse().unwrap();
    let former = getrlimit(Resource::As);
    setrlimit(Resource::As, Rlimit { current: Some((size + 1024) * 1024), maximum: former.maximum }).unwrap();
    former
}

#[tokio::test]
async fn who_asks_without_a_thread_is_told_that_there_is_no_page() {
    let mut scrape = Scrape::new(Metrics::new(&Config::default()).unwrap());
    let former = take_memory();
    let refused = scrape.call(Request::new(())).await.unwrap();
    setrlimit(Resource::As, former).unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(scrape.call(Request::new(())).await.unwrap().status(), StatusCode::OK);
}

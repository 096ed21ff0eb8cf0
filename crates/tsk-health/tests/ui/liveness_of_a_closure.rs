//! Nor can a closure, which may do the same.

use tsk_core::check::Finding;
use tsk_health::Health;

fn main() {
    let _ = Health::builder().liveness(|| async { Finding::pass() });
}

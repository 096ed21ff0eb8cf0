//! A check may ask what is outside of the process, and so cannot decide liveness.

use tsk_health::{Health, check::Tcp};

fn main() {
    let _ = Health::builder().liveness(Tcp::new("db.internal", 5432));
}

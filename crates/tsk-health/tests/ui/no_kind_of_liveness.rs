//! And no check is of such a kind.

use tsk_health::{Health, Kind, check::Tcp};

fn main() {
    let _ = Health::builder().check("db", Kind::Liveness, Tcp::new("db.internal", 5432));
}

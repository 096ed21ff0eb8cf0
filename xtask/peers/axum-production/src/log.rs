//! A line of JSON for each answer, written where it costs no disk.

use std::fs::File;

use tracing_subscriber::EnvFilter;

pub fn start() {
    let sink = File::options().write(true).open("/dev/null").expect("/dev/null");
    tracing_subscriber::fmt().json().with_env_filter(EnvFilter::new("info")).with_writer(sink).init();
}

//! Warnings and errors of a running server, on stderr.

use std::io;

use tracing_subscriber::filter::LevelFilter;

/// Has events of level WARN and above written to stderr, a line each, unless somebody listens to them already, as an
/// application that embeds the commands may.
pub(crate) fn install() {
    let log =
        tracing_subscriber::fmt().with_max_level(LevelFilter::WARN).with_ansi(false).with_writer(io::stderr);
    let _ = tracing::subscriber::set_global_default(log.finish());
}

//! That a server serves, as whoever started it is told.

use std::fmt;

use serde::{Deserialize, Serialize};

/// That a server serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ready {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) pid: u32,
    pub(crate) listeners: Vec<String>,
    pub(crate) admin: Option<String>,
}

impl fmt::Display for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listeners = self.listeners.iter().map(|address| format!("listening on {address}"));
        let admin = self.admin.iter().map(|address| format!("admin on {address}"));
        f.write_str(&listeners.chain(admin).collect::<Vec<_>>().join("\n"))
    }
}

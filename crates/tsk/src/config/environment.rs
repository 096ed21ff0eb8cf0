//! The environment layer: `TSK_HTTP__LISTEN` sets `http.listen`.

use std::ffi::OsString;
use std::sync::Arc;

use super::fault::{Fault, Kind};
use super::origin::Origin;
use super::tree::{MAX_DEPTH, Table};

/// What the name of every variable of ours begins with.
pub(super) const PREFIX: &str = "TSK_";

/// What stands between two levels in the name of a variable.
pub(super) const SEPARATOR: &str = "__";

/// Reads the variables that begin with [`PREFIX`].
pub(super) fn read(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Table, Fault> {
    let mut ours: Vec<_> = variables
        .filter(|(name, _)| name.as_encoded_bytes().starts_with(PREFIX.as_bytes()))
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
        .collect();
    // The order of an environment means nothing: by name, the same mistake is reported each time.
    ours.sort();
    let mut table = Table::default();
    for (name, value) in ours {
        let origin = Origin::Environment(Arc::from(name.as_str()));
        let fault = |message: &str| Fault::new(Kind::Syntax(message.to_owned())).at(&origin);
        let value = value.into_string().map_err(|_| fault("not UTF-8 text"))?;
        if is_service_link(&name, &value) {
            continue;
        }
        let path: Vec<String> = name[PREFIX.len()..].split(SEPARATOR).map(str::to_lowercase).collect();
        if path.iter().any(String::is_empty) || path.len() > MAX_DEPTH {
            return Err(fault("names no setting; a setting is named as in TSK_HTTP__LISTEN"));
        }
        table
            .insert(&path, value, &origin)
            .map_err(|other| fault(&format!("clashes with {other}: keep one")))?;
    }
    Ok(table)
}

/// Whether Kubernetes or Docker set the variable for a service whose name begins with `tsk`, as they do unasked:
/// `TSK_WEB_SERVICE_HOST`, `TSK_WEB_SERVICE_PORT_HTTP`, `TSK_WEB_PORT=tcp://…`, `TSK_WEB_PORT_80_TCP_ADDR`.
fn is_service_link(name: &str, value: &str) -> bool {
    if name.contains(SEPARATOR) {
        return false;
    }
    let names_port = name.split_once("_PORT_").is_some_and(|(_, rest)| {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        ["_TCP", "_UDP", "_SCTP"].iter().any(|protocol| rest.starts_with(protocol))
    });
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || names_port
        || (name.ends_with("_PORT") && value.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_over_what_kubernetes_sets_for_a_service_of_that_name() {
        for (name, value) in [
            ("TSK_SERVICE_HOST", "10.0.0.1"),
            ("TSK_WEB_SERVICE_PORT", "80"),
            ("TSK_WEB_SERVICE_PORT_HTTP", "80"),
            ("TSK_PORT", "tcp://10.0.0.1:80"),
            ("TSK_PORT_80_TCP", "tcp://10.0.0.1:80"),
            ("TSK_PORT_80_TCP_ADDR", "10.0.0.1"),
        ] {
            assert!(is_service_link(name, value), "{name}");
        }
        for (name, value) in [("TSK_PORT", "80"), ("TSK_HTTP__SERVICE_PORT", "80"), ("TSK_HTTP__LISTEN", "")]
        {
            assert!(!is_service_link(name, value), "{name}");
        }
    }
}

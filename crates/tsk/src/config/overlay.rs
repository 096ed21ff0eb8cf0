//! Overlays: the tables below `env` in a file, of which one may be laid over the rest of it.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use super::fault::{Fault, Kind, Segment};
use super::origin::Origin;
use super::tree::{Table, Value};

/// The table of a file that holds overlays by their names.
const SECTION: &str = "env";

/// The variable that chooses one.
pub(super) const VARIABLE: &str = "TSK_ENV";

/// What a file says under one name.
#[derive(Clone)]
pub(super) struct Overlay {
    pub(super) name: Arc<str>,
    pub(super) settings: Table,
}

/// The overlay that somebody asks for.
pub(super) struct Wanted {
    pub(super) name: String,
    /// Whether the variable asks, and not the program.
    pub(super) is_variable: bool,
}

/// What the variable asks for.
pub(super) fn from_variables(variables: &[(OsString, OsString)]) -> Result<Option<Wanted>, Fault> {
    let Some((_, value)) = variables.iter().find(|(name, _)| *name == *VARIABLE) else { return Ok(None) };
    match value.to_str() {
        Some(name) => Ok(Some(Wanted { name: name.to_owned(), is_variable: true })),
        None => {
            let fault = Fault::new(Kind::Syntax("not UTF-8 text".to_owned()));
            Err(fault.at(&Origin::Environment(Arc::from(VARIABLE))))
        }
    }
}

/// Takes the overlays out of what a file says.
pub(super) fn take(file: &mut Table) -> Result<Vec<Overlay>, Fault> {
    let Some(section) = file.remove(SECTION) else { return Ok(Vec::new()) };
    let within = |fault: Fault| fault.within(Segment::Key(SECTION.to_owned()));
    let Value::Table(section_table) = section.node.value else {
        let fault = Fault::wrong_type(section.node.value.in_words(), "a table with an overlay for each name");
        return Err(within(fault.at(&section.node.origin)));
    };
    let mut overlays = Vec::new();
    for entry in section_table.into_entries() {
        let Value::Table(mut settings) = entry.node.value else {
            let fault = Fault::wrong_type(entry.node.value.in_words(), "a table of settings");
            return Err(within(fault.at(&entry.node.origin).within(Segment::Key(entry.key))));
        };
        if let Some(inner) = settings.remove(SECTION) {
            let fault = Fault::new(Kind::Custom("an overlay holds no overlays; move it up".to_owned()));
            let fault = fault.at(&inner.origin).within(Segment::Key(inner.key));
            return Err(within(fault.within(Segment::Key(entry.key))));
        }
        let name: Arc<str> = entry.key.into();
        settings.for_each_origin(&mut |origin| origin.set_overlay(&name));
        overlays.push(Overlay { name, settings });
    }
    Ok(overlays)
}

/// The place in `overlays` of the one that is wanted.
pub(super) fn find(overlays: &[Overlay], wanted: Wanted, file: Option<&Path>) -> Result<usize, Fault> {
    overlays.iter().position(|overlay| *overlay.name == *wanted.name).ok_or_else(|| {
        let known = overlays.iter().map(|overlay| overlay.name.to_string()).collect();
        let fault = Fault::new(Kind::UnknownOverlay { wanted: Arc::new(wanted), known });
        match file {
            Some(path) => fault.at(&Origin::file(path)),
            None => fault,
        }
    })
}

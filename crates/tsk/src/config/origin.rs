//! Where a setting came from.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The place that set a key or a value.
///
/// A place in a file is kept as an offset: line and column are counted only when an error is about to name them.
#[derive(Clone)]
pub(super) enum Origin {
    File { source: Arc<Source>, offset: Option<usize>, overlay: Option<Arc<str>> },
    Environment(Arc<str>),
    Flag(Arc<str>),
}

/// A configuration file that was read.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// A position that an editor can jump to; both numbers start at 1, and a column is a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Origin {
    /// The file as a whole.
    pub(super) fn file(path: &Path) -> Origin {
        let source = Source { path: path.to_owned(), text: String::new() };
        Origin::File { source: Arc::new(source), offset: None, overlay: None }
    }

    /// A place in a file.
    pub(super) fn within(source: &Arc<Source>, offset: Option<usize>) -> Origin {
        Origin::File { source: Arc::clone(source), offset, overlay: None }
    }

    /// Says that the place is within an overlay.
    pub(super) fn set_overlay(&mut self, name: &Arc<str>) {
        if let Origin::File { overlay, .. } = self {
            *overlay = Some(Arc::clone(name));
        }
    }

    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Origin::File { source, .. } => Some(&source.path),
            Origin::Environment(_) | Origin::Flag(_) => None,
        }
    }

    pub(super) fn position(&self) -> Option<Position> {
        match self {
            Origin::File { source, offset: Some(offset), .. } => Some(source.position(*offset)),
            _ => None,
        }
    }
}

impl Source {
    fn position(&self, offset: usize) -> Position {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        let line = before[..start].iter().filter(|&&byte| byte == b'\n').count() + 1;
        // Every byte but a continuation byte begins a character.
        let column = before[start..].iter().filter(|&&byte| byte & 0xC0 != 0x80).count() + 1;
        Position { line, column }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File { source, .. } => {
                write!(f, "{}", source.path.display())?;
                match self.position() {
                    Some(Position { line, column }) => write!(f, ":{line}:{column}"),
                    None => Ok(()),
                }
            }
            Origin::Environment(name) | Origin::Flag(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_characters_from_one() {
        let source = Source { path: PathBuf::new(), text: "a\nèé=1\n".to_owned() };
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(2), Position { line: 2, column: 1 });
        assert_eq!(source.position(6), Position { line: 2, column: 3 });
        assert_eq!(source.position(1000), Position { line: 3, column: 1 });
    }
}

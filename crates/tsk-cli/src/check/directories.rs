//! Whether the directories that the settings name can be read, and those of the server written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use serde_json::Value;

use super::Check;

/// How many entries of a directory are looked at: enough to find what a wrong owner has done, and no more than a moment.
const MOST: usize = 10_000;

/// Looks at each directory that a setting names to be read.
pub(crate) fn check(settings: &Value) -> Vec<Check> {
    let mut found = Vec::new();
    named(settings, String::new(), &mut found);
    found.iter().map(|(setting, path)| readable(setting, path)).collect()
}

/// Looks at a directory that is to be written, or to be made.
pub(crate) fn writable(subject: &str, path: &Path) -> Check {
    let shown = path.display();
    match path.metadata() {
        Ok(metadata) if !metadata.is_dir() => {
            Check::fail(subject, format_args!("`{shown}` is not a directory"), "remove it, or name another")
        }
        Ok(_) => match access(path, Access::WRITE_OK | Access::EXEC_OK) {
            Ok(()) => Check::ok(subject, format_args!("{shown} can be written")),
            Err(error) => denied(subject, path, error.into()),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = path.ancestors().skip(1).find(|parent| parent.is_dir());
            let parent = parent.unwrap_or(Path::new("."));
            match access(parent, Access::WRITE_OK | Access::EXEC_OK) {
                Ok(()) => Check::ok(subject, format_args!("{shown} can be made")),
                Err(error) => denied(subject, path, error.into()),
            }
        }
        Err(error) => denied(subject, path, error),
    }
}

/// Looks at a file to whose end is written, and which is made if need be.
pub(crate) fn appendable(subject: &str, path: &Path) -> Check {
    let allowed = match path.metadata() {
        Ok(metadata) if metadata.is_dir() => {
            let message = format_args!("`{}` is a directory", path.display());
            return Check::fail(subject, message, "name a file in it");
        }
        Ok(_) => access(path, Access::WRITE_OK),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            access(parent.unwrap_or(Path::new(".")), Access::WRITE_OK | Access::EXEC_OK)
        }
        Err(error) => return denied(subject, path, error),
    };
    match allowed {
        Ok(()) => Check::ok(subject, format_args!("{} can be written", path.display())),
        Err(error) => denied(subject, path, error.into()),
    }
}

fn denied(subject: &str, path: &Path, error: io::Error) -> Check {
    let message = format!("`{}` cannot be written: {error}", path.display());
    Check::fail(subject, message, "let this user write there, or name another directory")
}

/// The settings whose name says that they are directories.
fn named(value: &Value, path: String, found: &mut Vec<(String, PathBuf)>) {
    match value {
        Value::Object(keys) => {
            for (key, value) in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match value {
                    Value::String(text) if is_directory(key) && !text.is_empty() => {
                        found.push((path, text.into()));
                    }
                    _ => named(value, path, found),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                named(item, format!("{path}[{index}]"), found);
            }
        }
        _ => {}
    }
}

fn is_directory(key: &str) -> bool {
    ["root", "dir", "directory"]
        .iter()
        .any(|name| key.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('_')))
}

fn readable(setting: &str, path: &Path) -> Check {
    let shown = path.display();
    let unreadable = |path: &Path, error: io::Error| {
        let message = format!("`{}` cannot be read: {error}", path.display());
        Check::fail(setting, message, "let this user read it, or name another")
    };
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => {
            let message = format_args!("`{shown}` is not a directory");
            return Check::fail(setting, message, "name the one that holds it");
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Check::fail(
                setting,
                format_args!("there is no directory `{shown}`"),
                "make it, or name another",
            );
        }
        Err(error) => return unreadable(path, error),
    }
    match entries(path) {
        Err(error) => unreadable(path, error),
        Ok(Entries { count: 0, .. }) => {
            Check::warn(setting, format_args!("{shown} is empty"), "put there what is to be served")
        }
        Ok(Entries { unreadable: Some(one), .. }) => Check::warn(
            setting,
            format_args!("`{}` cannot be read by this user", one.display()),
            "let the user of the server read it: chmod o+r, or +rx for a directory",
        ),
        Ok(Entries { count, .. }) => {
            let count = match count {
                1 => "1 entry".to_owned(),
                MOST.. => format!("{MOST} entries or more"),
                count => format!("{count} entries"),
            };
            Check::ok(setting, format_args!("{shown} can be read: {count}"))
        }
    }
}

struct Entries {
    count: usize,
    /// The first that is there and cannot be read.
    unreadable: Option<PathBuf>,
}

fn entries(root: &Path) -> io::Result<Entries> {
    let mut found = Entries { count: 0, unreadable: None };
    let mut open = vec![fs::read_dir(root)?];
    while let Some(directory) = open.last_mut() {
        let Some(entry) = directory.next() else {
            open.pop();
            continue;
        };
        let entry = entry?;
        let (path, is_directory) = (entry.path(), entry.file_type()?.is_dir());
        found.count += 1;
        let wanted = if is_directory { Access::READ_OK | Access::EXEC_OK } else { Access::READ_OK };
        if access(&path, wanted).is_err() {
            found.unreadable.get_or_insert(path);
        } else if is_directory {
            open.push(fs::read_dir(path)?);
        }
        if found.count >= MOST {
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;
    use tempfile::TempDir;

    use super::super::Verdict;
    use super::*;

    #[test]
    fn directories_are_found_by_the_names_of_their_settings() {
        let settings = json!({
            "site": { "root": "a", "listing": true },
            "route": [{ "path": "/x", "directory": "b" }],
            "shop": { "upload_dir": "c", "roots": "no", "uproot": "no", "root": null },
        });
        let mut found = Vec::new();
        named(&settings, String::new(), &mut found);
        found.sort();
        let found: Vec<_> = found.iter().map(|(setting, _)| setting.as_str()).collect();
        assert_eq!(found, ["route[0].directory", "shop.upload_dir", "site.root"]);
    }

    #[test]
    fn a_directory_is_there_and_has_something_in_it() {
        let directory = TempDir::new().unwrap();
        let verdict = |path: &Path| check(&json!({ "site": { "root": path } }))[0].verdict;
        assert_eq!(verdict(&directory.path().join("gone")), Verdict::Fail);
        assert_eq!(verdict(directory.path()), Verdict::Warn);
        fs::write(directory.path().join("index.html"), "").unwrap();
        assert_eq!(verdict(directory.path()), Verdict::Ok);
        assert_eq!(verdict(&directory.path().join("index.html")), Verdict::Fail);
    }

    #[test]
    fn a_directory_to_be_written_may_not_be_there_yet() {
        let directory = TempDir::new().unwrap();
        assert_eq!(writable("state", &directory.path().join("a/b")).verdict, Verdict::Ok);
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(writable("state", &file).verdict, Verdict::Fail);
        assert_eq!(writable("state", &file.join("x")).verdict, Verdict::Fail);
    }

    #[test]
    fn a_file_to_be_written_needs_its_directory() {
        let directory = TempDir::new().unwrap();
        let verdict = |path: &Path| appendable("log", path).verdict;
        assert_eq!(verdict(&directory.path().join("log")), Verdict::Ok);
        assert_eq!(verdict(&directory.path().join("gone/log")), Verdict::Fail);
        assert_eq!(verdict(directory.path()), Verdict::Fail);
    }
}

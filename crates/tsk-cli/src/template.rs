//! The application that `new` makes: real files, in which a name stands for that of the application.

use std::fs;
use std::io;
use std::path::Path;

/// The name in the files, as it is written in manifests and in code.
const NAME: &str = "my-app";
const IDENTIFIER: &str = "my_app";

/// What stands in the manifest for the path of the checkout.
const CHECKOUT: &str = "TSK_CHECKOUT";

/// The files, by their place in the application. Manifest and documents are called otherwise in the template, where
/// cargo, git and readers would take them for those of this crate.
const FILES: [(&str, &str); 13] = [
    ("Cargo.toml", include_str!("../template/manifest.toml")),
    (".gitignore", include_str!("../template/gitignore.txt")),
    ("README.md", include_str!("../template/readme.txt")),
    ("tsk.toml", include_str!("../template/tsk.toml")),
    ("my-app.service", include_str!("../template/service.txt")),
    ("src/main.rs", include_str!("../template/src/main.rs")),
    ("src/lib.rs", include_str!("../template/src/lib.rs")),
    ("src/tasks.rs", include_str!("../template/src/tasks.rs")),
    ("src/events.rs", include_str!("../template/src/events.rs")),
    ("tests/api.rs", include_str!("../template/tests/api.rs")),
    ("public/index.html", include_str!("../template/public/index.html")),
    ("public/style.css", include_str!("../template/public/style.css")),
    ("public/app.js", include_str!("../template/public/app.js")),
];

/// The files of an application: their places, and what is in them.
pub(crate) fn files(name: &str, checkout: &Path) -> Result<Vec<(String, String)>, &'static str> {
    let identifier = name.replace('-', "_");
    let checkout = in_a_string(checkout)?;
    let fill =
        |text: &str| text.replace(CHECKOUT, &checkout).replace(NAME, name).replace(IDENTIFIER, &identifier);
    Ok(FILES.iter().map(|(path, text)| (fill(path), fill(text))).collect())
}

/// Writes the files into a directory, with `Cargo.lock` of the checkout, so that the versions of all dependencies are
/// those with which it was tested.
pub(crate) fn write(directory: &Path, files: &[(String, String)], checkout: &Path) -> io::Result<()> {
    for (path, text) in files {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().unwrap_or(directory))?;
        fs::write(path, text)?;
    }
    match fs::copy(checkout.join("Cargo.lock"), directory.join("Cargo.lock")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Why a name is none for an application, if so.
pub(crate) fn wrong(name: &str) -> Option<&'static str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_word) {
        Some("a name has 1 to 64 letters, digits, `-` and `_`")
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase())
        || name.contains(|c: char| c.is_ascii_uppercase())
    {
        Some("a name begins with a letter, and all of them are small")
    } else if TAKEN.contains(&name.replace('-', "_").as_str()) {
        Some("the name means something else in Rust, or is that of a dependency")
    } else {
        None
    }
}

/// Keywords, crates that the compiler or cargo have, directories of cargo, and the dependencies of the template.
const TAKEN: [&str; 64] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "http",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "serde",
    "serde_json",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "tokio",
    "trait",
    "true",
    "try",
    "tsk",
    "tsk_cli",
    "tsk_core",
    "tsk_http",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// A path within a basic string of TOML.
fn in_a_string(path: &Path) -> Result<String, &'static str> {
    let text = path.to_str().ok_or("it is not UTF-8 text")?;
    if text.contains(char::is_control) {
        return Err("it has control characters");
    }
    Ok(text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn nothing_of_the_template_is_left() {
        for (path, text) in files("shop-2", Path::new("/src/tsk")).unwrap() {
            for left in [NAME, IDENTIFIER, CHECKOUT] {
                assert!(!path.contains(left) && !text.contains(left), "{path}: {left}");
            }
        }
    }

    #[test]
    fn no_dependency_of_ours_has_a_version() {
        let files = files("shop", Path::new("/src/tsk")).unwrap();
        let manifest: toml::Table = files[0].1.parse().unwrap();
        for section in ["dependencies", "dev-dependencies"] {
            for (name, dependency) in manifest[section].as_table().unwrap() {
                if name.starts_with("tsk") {
                    assert!(dependency.get("version").is_none() && dependency.is_table(), "{name}");
                    assert!(
                        dependency["path"].as_str().unwrap().starts_with("/src/tsk/crates/tsk"),
                        "{name}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_path_of_any_kind_is_one_in_the_manifest() {
        for path in ["/a b/tsk", "/a\\b", "/a\"b", "/ü"] {
            let files = files("shop", Path::new(path)).unwrap();
            let manifest: toml::Table = files[0].1.parse().unwrap();
            let tsk = manifest["dependencies"]["tsk"]["path"].as_str().unwrap();
            assert_eq!(tsk, format!("{path}/crates/tsk"));
        }
        assert!(files("shop", Path::new("/a\nb")).is_err());
    }

    #[test]
    fn a_name_is_one_that_cargo_takes() {
        for name in ["shop", "my-shop", "shop_2", "a"] {
            assert_eq!(wrong(name), None, "{name}");
        }
        for name in [
            "",
            "2shop",
            "Shop",
            "sh op",
            "../shop",
            "-shop",
            "tsk",
            "tsk-http",
            "serde-json",
            "test",
            "fn",
            "ü",
        ] {
            assert!(wrong(name).is_some(), "{name}");
        }
        assert!(wrong(&"a".repeat(65)).is_some());
    }
}

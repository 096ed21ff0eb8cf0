//! What a directory has, as a page.

use std::{fmt::Write as _, io, os::fd::OwnedFd, path::Path};

use percent_encoding::utf8_percent_encode;
use rustix::fs::{Dir, FileType, Mode, OFlags, openat};

use super::{
    open::{self, Entry, Wait},
    target::{self, RESERVED},
};

/// As many names as somebody would read. What a directory has beyond them is not looked at.
const MAX_NAMES: usize = 2_000;

/// A page that links to what is served of the directory at `relative`: neither what begins with a dot, nor what leads
/// out of the root, nor what is no file.
pub(super) fn page(root: &Path, relative: &Path, directory: &OwnedFd) -> io::Result<String> {
    let mut names = Vec::new();
    let mut is_cut = false;
    let entries =
        openat(directory, c".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    for entry in Dir::new(entries)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        if !target::is_plain(name) {
            continue;
        }
        let is_directory = match entry.file_type() {
            FileType::Directory => true,
            FileType::RegularFile => false,
            // What a link leads to, and what a file system does not tell, has to be looked up.
            FileType::Symlink | FileType::Unknown => match open::below(root, &relative.join(name), Wait::Yes)
            {
                Ok(Entry::Directory(_)) => true,
                Ok(Entry::File(..)) => false,
                Err(_) => continue,
            },
            _ => continue,
        };
        is_cut = names.len() == MAX_NAMES;
        if is_cut {
            break;
        }
        names.push((!is_directory, name.to_owned()));
    }
    names.sort_unstable();
    Ok(render(relative, &names, is_cut))
}

fn render(relative: &Path, names: &[(bool, String)], is_cut: bool) -> String {
    let mut title = String::from("/");
    if !relative.as_os_str().is_empty() {
        let _ = write!(title, "{}/", Escaped(&relative.to_string_lossy()));
    }
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<h1>{title}</h1>\n<ul>\n"
    );
    if title != "/" {
        page.push_str("<li><a href=\"../\">../</a>\n");
    }
    for (is_file, name) in names {
        let slash = if *is_file { "" } else { "/" };
        let link = utf8_percent_encode(name, RESERVED);
        let _ = writeln!(page, "<li><a href=\"./{link}{slash}\">{}{slash}</a>", Escaped(name));
    }
    page.push_str("</ul>\n");
    if is_cut {
        let _ = writeln!(page, "<p>There is more than the {MAX_NAMES} names above.");
    }
    page
}

/// Text as HTML.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

//! A report as a page, and as Markdown.

use std::{
    fmt::Write as _,
    time::{Duration, SystemTime},
};

use super::{
    Line, Picture, Report,
    chart::{colour, svg},
    encode::{encoded, escaped, told},
};

/// It asks no other host for anything, and runs nothing.
const HEAD: &str = "<meta charset=\"utf-8\">\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
<meta name=\"viewport\" content=\"width=device-width\">\
<style>body{font-family:sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222}\
svg{max-width:100%;height:auto}table{border-collapse:collapse;font-size:.85rem}\
td,th{padding:.1rem .8rem .1rem 0;text-align:left}p{color:#555}</style>";

impl Report {
    /// As a page that needs nothing beside itself.
    pub fn html(&self) -> String {
        let title = escaped(&self.title);
        let mut out =
            format!("<!doctype html><html lang=\"en\"><head>{HEAD}<title>{title}</title></head><body>");
        // Writing to memory does not fail.
        let _ = write!(out, "<h1>{title}</h1><p>{}</p>", escaped(&self.when()));
        for (title, pictures) in &self.sections {
            let _ = write!(out, "<h2>{}</h2>", escaped(title));
            for picture in pictures {
                let _ = write!(out, "<h3>{}</h3>", escaped(&picture.title));
                if !picture.description.is_empty() {
                    let _ = write!(out, "<p>{}</p>", escaped(&picture.description));
                }
                if picture.lines.is_empty() {
                    out.push_str("<p>Nothing.</p>");
                    continue;
                }
                out.push_str(&svg(picture, self.from, self.to));
                out.push_str(
                    "<table><tr><th></th><th></th><th>last</th><th>lowest</th><th>highest</th></tr>",
                );
                for (index, line) in picture.lines.iter().enumerate() {
                    let [last, lowest, highest] = line.told(picture.unit);
                    let _ = write!(
                        out,
                        "<tr><td style=\"color:{}\">■</td><td>{}</td><td>{last}</td><td>{lowest}</td><td>{highest}</td></tr>",
                        colour(index),
                        escaped(line.shown()),
                    );
                }
                out.push_str("</table>");
                if let Some(note) = picture.note() {
                    let _ = write!(out, "<p>{note}</p>");
                }
            }
        }
        out.push_str("</body></html>\n");
        out
    }

    /// In Markdown, with the pictures in it.
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n\n{}\n", plain(&self.title), self.when());
        for (title, pictures) in &self.sections {
            let _ = write!(out, "\n## {}\n", plain(title));
            for picture in pictures {
                let _ = write!(out, "\n### {}\n\n", plain(&picture.title));
                if picture.lines.is_empty() {
                    out.push_str("Nothing.\n");
                    continue;
                }
                let picture_of = encoded(&svg(picture, self.from, self.to));
                let _ = write!(out, "![{}](data:image/svg+xml,{picture_of})\n\n", plain(&picture.title));
                out.push_str("| | last | lowest | highest |\n|---|---|---|---|\n");
                for line in &picture.lines {
                    let [last, lowest, highest] = line.told(picture.unit);
                    let _ = writeln!(out, "| {} | {last} | {lowest} | {highest} |", plain(line.shown()));
                }
                if let Some(note) = picture.note() {
                    let _ = write!(out, "\n{note}\n");
                }
            }
        }
        out
    }

    fn when(&self) -> String {
        let time = |seconds| {
            humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        };
        format!("From {} to {}.", time(self.from), time(self.to))
    }
}

impl Picture {
    fn note(&self) -> Option<String> {
        (self.left_out > 0).then(|| format!("And {} more, which were lower.", self.left_out))
    }
}

impl Line {
    fn shown(&self) -> &str {
        if self.name.is_empty() { "all" } else { &self.name }
    }

    fn told(&self, unit: &str) -> [String; 3] {
        let none = || "none".to_owned();
        match self.last() {
            Some(last) => [last, self.lowest(), self.highest()].map(|value| told(value, unit)),
            None => [none(), none(), none()],
        }
    }
}

/// Text that is no Markdown, whatever a label has.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // Not every reader knows that a backslash takes away the meaning of these.
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => out.push(' '),
            c if c.is_ascii_punctuation() && !"/.,:;%".contains(c) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

//! The header of a part.

use super::parameters;

/// What the header of a part says (RFC 7578 §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) name: String,
    pub(super) file_name: Option<String>,
    pub(super) content_type: Option<String>,
}

/// How many fields a header may have; a browser sends two.
const FIELDS: usize = 16;

impl Head {
    /// Reads a header, up to and with the empty line after it; else says what is wrong.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS];
        let Ok(httparse::Status::Complete((_, fields))) = httparse::parse_headers(bytes, &mut fields) else {
            return Err("the header of a part is malformed");
        };
        let value = |name: &str| {
            let mut values = fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
            match (values.next(), values.next()) {
                (first, None) => Ok(first.map(|field| field.value)),
                _ => Err("the header of a part has a field twice"),
            }
        };
        let disposition = value("content-disposition")?.and_then(|value| std::str::from_utf8(value).ok());
        let disposition = disposition.and_then(parameters::parse);
        let Some((kind, mut parameters)) = disposition else {
            return Err("a part has no `content-disposition` that can be read");
        };
        if !kind.eq_ignore_ascii_case("form-data") {
            return Err("the `content-disposition` of a part is not `form-data`");
        }
        let name = parameters.remove("name").ok_or("a part has no name")?;
        let file_name = parameters.remove("filename").and_then(|name| last_component(&name));
        let content_type = value("content-type")?.and_then(|value| std::str::from_utf8(value).ok());
        Ok(Self { name, file_name, content_type: content_type.map(str::to_owned) })
    }
}

/// A file name without the directories that some clients send, and some attackers.
fn last_component(path: &str) -> Option<String> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|character| !character.is_control()).collect();
    let name = name.trim();
    (!matches!(name, "" | "." | "..")).then(|| name.to_owned())
}

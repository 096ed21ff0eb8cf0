//! Requests that come as `multipart/form-data`, with files: the GraphQL multipart request specification.

use std::collections::HashMap;

use bytes::Bytes;
use http::{HeaderMap, header};
use juniper::{InputValue, Spanning};
use memchr::memmem;

use crate::{
    config::Config,
    document::brief,
    request::{Asked, Request, Variables},
    uploads::{File, Uploads, placeholder},
};

/// The head of a part that is read.
const LONGEST_HEAD: usize = 8 << 10;

/// Headers that no page of another site can send without asking first (Fetch §4.8), by which clients say so.
const ASKED_FIRST: [&str; 4] =
    ["apollo-require-preflight", "graphql-preflight", "graphql-require-preflight", "x-requested-with"];

/// The boundary of a form, where the body is one.
pub(crate) fn boundary(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (essence, rest) = value.to_str().ok()?.split_once(';')?;
    let is_form = essence.trim().eq_ignore_ascii_case("multipart/form-data");
    let boundary = parameters(rest).find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?.1;
    // RFC 2046 §5.1.1.
    (is_form && (1..=70).contains(&boundary.len())).then_some(boundary)
}

/// Whether no page of another site has sent it: a form is what such a page may send without asking.
pub(crate) fn is_asked_for(headers: &HeaderMap) -> bool {
    let is_own = headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin");
    is_own || ASKED_FIRST.iter().any(|name| headers.get(*name).is_some_and(|value| !value.is_empty()))
}

/// Reads a form: the request, with its files in the place of the variables that they are.
///
/// # Errors
///
/// What is wrong with it, for the client.
pub(crate) fn read(
    body: &Bytes,
    boundary: &str,
    config: &Config,
) -> Result<(Request<'static>, Uploads), String> {
    let mut fields = Fields { body, delimiter: format!("\r\n--{boundary}"), at: 0 };
    fields.begin()?;
    let operations = fields.named("operations")?;
    let map = fields.named("map")?;
    let (most, longest) = (config.uploads.files, config.body.as_u64());
    if (operations.len() + map.len()) as u64 > longest {
        return Err(format!("What comes with files may have {}.", config.body));
    }
    let map: HashMap<String, Vec<String>> = serde_json::from_slice(&map)
        .map_err(|error| format!("`map` is not an object of lists of paths: {error}."))?;
    // A path costs as much as there is in the variables.
    if map.len() > most || map.values().map(Vec::len).sum::<usize>() > most {
        return Err(format!("A request may have {most} files, each in one variable."));
    }
    let Asked::One(request) = Asked::from_json(&operations, 0)? else {
        return Err("Batches of requests are not taken here.".to_owned());
    };
    let mut request = request.into_owned();
    let mut files = Vec::new();
    while let Some(field) = fields.next()? {
        let paths =
            map.get(&field.name).ok_or_else(|| format!("`map` says nothing of `{}`.", brief(&field.name)))?;
        if files.len() == map.len() {
            return Err("A file is there twice.".to_owned());
        }
        for path in paths {
            let value = find(&mut request.variables, path)
                .filter(|value| value.is_null())
                .ok_or_else(|| format!("`{}` is no variable that is null.", brief(path)))?;
            *value = placeholder(files.len());
        }
        files.push(File { name: field.file_name, media_type: field.media_type, content: field.content });
    }
    if files.len() < map.len() {
        return Err("A file is missing that `map` names.".to_owned());
    }
    Ok((request, Uploads::new(files)))
}

/// The value at a path as `variables.input.files.0`.
fn find<'v>(variables: &'v mut Variables, path: &str) -> Option<&'v mut InputValue> {
    let mut names = path.strip_prefix("variables.")?.split('.');
    let mut value = variables.get_mut(names.next()?)?;
    for name in names {
        value = match value {
            InputValue::List(items) => &mut items.get_mut(name.parse::<usize>().ok()?)?.item,
            InputValue::Object(fields) => {
                &mut fields
                    .iter_mut()
                    .find(|(key, _)| key.item == name)
                    .map(|(_, value): &mut (_, Spanning<_>)| value)?
                    .item
            }
            InputValue::Scalar(_) | InputValue::Enum(_) | InputValue::Variable(_) | InputValue::Null => {
                return None;
            }
        };
    }
    Some(value)
}

/// A field of a form.
struct Field {
    name: String,
    file_name: Option<String>,
    media_type: Option<String>,
    content: Bytes,
}

/// The fields of a form, one after the other (RFC 7578).
struct Fields<'b> {
    body: &'b Bytes,
    delimiter: String,
    /// After the boundary before the next.
    at: usize,
}

impl Fields<'_> {
    /// Passes over the first boundary, which has no line before it.
    fn begin(&mut self) -> Result<(), String> {
        if !self.body.starts_with(&self.delimiter.as_bytes()[2..]) {
            return Err("The form does not begin with its boundary.".to_owned());
        }
        self.at = self.delimiter.len() - 2;
        Ok(())
    }

    /// The content of the next field, which is to have that name.
    fn named(&mut self, name: &str) -> Result<Bytes, String> {
        match self.next()? {
            Some(field) if field.name == name => Ok(field.content),
            _ => Err(format!("A form has `operations`, then `map`, then files; here `{name}` is missing.")),
        }
    }

    fn next(&mut self) -> Result<Option<Field>, String> {
        let broken = || "The form breaks off, or is none.".to_owned();
        let rest = &self.body[self.at..];
        if rest.starts_with(b"--") {
            return Ok(None);
        }
        let rest = rest.strip_prefix(b"\r\n").ok_or_else(broken)?;
        let begin = self.body.len() - rest.len();
        let head = memmem::find(&rest[..rest.len().min(LONGEST_HEAD)], b"\r\n\r\n").ok_or_else(broken)?;
        let content = begin + head + 4;
        let length = memmem::find(&self.body[content..], self.delimiter.as_bytes()).ok_or_else(broken)?;
        self.at = content + length + self.delimiter.len();
        let content = self.body.slice(content..content + length);
        let head = str::from_utf8(&rest[..head]).map_err(|_| broken())?;
        Field::read(head, content).map(Some)
    }
}

impl Field {
    fn read(head: &str, content: Bytes) -> Result<Self, String> {
        let (mut name, mut file_name, mut media_type) = (None, None, None);
        for line in head.split("\r\n") {
            let (key, value) =
                line.split_once(':').ok_or("A part of the form has a head that cannot be read.")?;
            if key.eq_ignore_ascii_case("content-type") {
                media_type = Some(value.trim().to_owned());
            } else if key.eq_ignore_ascii_case("content-disposition") {
                let rest = value.split_once(';').map_or("", |(_, rest)| rest);
                for (parameter, value) in parameters(rest) {
                    match parameter.to_ascii_lowercase().as_str() {
                        "name" => name = Some(value),
                        "filename" => file_name = Some(value),
                        _ => {}
                    }
                }
            }
        }
        let name = name.ok_or("A part of the form has no name.")?;
        Ok(Self { name, file_name, media_type, content })
    }
}

/// Parameters as in `name="a"; filename="b"`.
fn parameters(text: &str) -> impl Iterator<Item = (&str, String)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim_start_matches([';', ' ', '\t']).trim_end();
        let mut value = String::new();
        match after.trim_start().strip_prefix('"') {
            Some(quoted) => {
                let mut letters = quoted.char_indices();
                rest = "";
                while let Some((at, letter)) = letters.next() {
                    match letter {
                        '"' => {
                            rest = &quoted[at + 1..];
                            break;
                        }
                        '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
                        letter => value.push(letter),
                    }
                }
            }
            None => {
                let (token, after) = after.split_once(';').unwrap_or((after, ""));
                value.push_str(token.trim());
                rest = after;
            }
        }
        Some((name, value))
    })
}

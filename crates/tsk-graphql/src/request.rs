//! What a client asks, as it comes in JSON or in a query string.

use std::{borrow::Cow, fmt};

use juniper::InputValue;
use percent_encoding::percent_decode;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};

/// The values of variables.
pub(crate) type Variables = juniper::Variables;

/// What a client asks: GraphQL over HTTP §5.1.
#[derive(Debug, Default)]
pub(crate) struct Request<'a> {
    pub(crate) query: Option<Cow<'a, str>>,
    /// What names the document in its place (GraphQL over HTTP, appendix A).
    pub(crate) document_id: Option<Cow<'a, str>>,
    pub(crate) operation_name: Option<Cow<'a, str>>,
    pub(crate) variables: Variables,
    pub(crate) extensions: Extensions,
}

/// What a client says beside it, as far as it is understood here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Extensions {
    /// The SHA-256 of the document, in hexadecimal digits.
    pub(crate) persisted: Option<String>,
}

/// The members of a request.
const KNOWN: [&str; 5] = ["query", "operationName", "documentId", "variables", "extensions"];

/// One request, or several in a batch.
#[derive(Debug)]
pub(crate) enum Asked<'a> {
    One(Request<'a>),
    Several(Vec<Request<'a>>),
}

impl<'a> Asked<'a> {
    /// Reads a body in JSON. A batch longer than `batch` is not read to its end.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for the client.
    pub(crate) fn from_json(body: &'a [u8], batch: usize) -> Result<Self, String> {
        let text = str::from_utf8(body).map_err(|_| "The body is not UTF-8.".to_owned())?;
        let is_batch = text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('[');
        if !is_batch {
            let request = serde_json::from_str(text);
            return request.map(Self::One).map_err(|error| format!("The body is not a request: {error}."));
        }
        if batch == 0 {
            return Err("Batches of requests are not taken here.".to_owned());
        }
        let mut json = serde_json::Deserializer::from_str(text);
        let requests = json.deserialize_seq(Batch(batch)).and_then(|requests| json.end().map(|()| requests));
        match requests {
            Ok(requests) if requests.is_empty() => Err("The batch is empty.".to_owned()),
            Ok(requests) => Ok(Self::Several(requests)),
            Err(error) => Err(format!("The body is not a batch of requests: {error}.")),
        }
    }
}

impl Request<'_> {
    /// The same, of what outlives the text that it was read from.
    pub(crate) fn into_owned(self) -> Request<'static> {
        let owned = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        Request {
            query: owned(self.query),
            operation_name: owned(self.operation_name),
            document_id: owned(self.document_id),
            variables: self.variables,
            extensions: self.extensions,
        }
    }

    /// Reads the query string of a GET (GraphQL over HTTP §5.3), written as forms are.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for the client.
    pub(crate) fn from_query(query: &str) -> Result<Request<'static>, String> {
        let mut request = Request::default();
        let mut seen = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = KNOWN.into_iter().find(|known| decoded(name).is_ok_and(|name| name == *known))
            else {
                continue;
            };
            if seen.contains(&name) {
                return Err(format!("The parameter `{name}` comes twice."));
            }
            seen.push(name);
            let value = decoded(value)?;
            let of = |error: serde_json::Error| {
                format!("The parameter `{name}` is not what is expected: {error}.")
            };
            match name {
                "query" => request.query = Some(value.into()),
                "documentId" => request.document_id = Some(value.into()),
                // Clients that have no name send an empty one.
                "operationName" => {
                    request.operation_name = Some(value.into()).filter(|name: &Cow<'_, str>| !name.is_empty())
                }
                "variables" if value.is_empty() => {}
                "variables" => {
                    request.variables =
                        serde_json::from_str::<Option<Variables>>(&value).map_err(of)?.unwrap_or_default();
                }
                _ if value.is_empty() => {}
                _ => {
                    request.extensions =
                        serde_json::from_str::<Option<_>>(&value).map_err(of)?.unwrap_or_default()
                }
            }
        }
        Ok(request)
    }
}

fn decoded(text: &str) -> Result<String, String> {
    let spaced = text.replace('+', " ");
    let bytes = percent_decode(spaced.as_bytes());
    Ok(bytes.decode_utf8().map_err(|_| "The query string is not UTF-8.".to_owned())?.into_owned())
}

/// A sequence of requests of at most that length.
struct Batch(usize);

impl<'de> Visitor<'de> for Batch {
    type Value = Vec<Request<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {} requests", self.0)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut requests = Vec::new();
        while let Some(request) = items.next_element()? {
            if requests.len() == self.0 {
                return Err(A::Error::invalid_length(requests.len() + 1, &self));
            }
            requests.push(request);
        }
        Ok(requests)
    }
}

// By hand, as what is derived would take an array for a struct.
impl<'de: 'a, 'a> Deserialize<'de> for Request<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Request<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `query`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut request = Request::default();
        let mut seen = [false; KNOWN.len()];
        while let Some(Text(key)) = map.next_key::<Text<'de>>()? {
            let Some(at) = KNOWN.iter().position(|known| *known == key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if std::mem::replace(&mut seen[at], true) {
                return Err(A::Error::duplicate_field(KNOWN[at]));
            }
            match at {
                0 => request.query = map.next_value::<Option<Text<'de>>>()?.map(|text| text.0),
                1 => request.operation_name = map.next_value::<Option<Text<'de>>>()?.map(|text| text.0),
                2 => request.document_id = map.next_value::<Option<Text<'de>>>()?.map(|text| text.0),
                3 => request.variables = map.next_value::<Option<Variables>>()?.unwrap_or_default(),
                _ => request.extensions = map.next_value::<Option<Extensions>>()?.unwrap_or_default(),
            }
        }
        Ok(request)
    }
}

impl<'de> Deserialize<'de> for Extensions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = serde_json::Map::deserialize(deserializer)?;
        let Some(persisted) = map.get("persistedQuery") else { return Ok(Self::default()) };
        if persisted.get("version").and_then(serde_json::Value::as_u64) != Some(1) {
            return Err(D::Error::custom("`persistedQuery` has no version 1"));
        }
        let hash = persisted.get("sha256Hash").and_then(serde_json::Value::as_str);
        let hash = hash.filter(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match hash {
            Some(hash) => Ok(Self { persisted: Some(hash.to_ascii_lowercase()) }),
            None => Err(D::Error::custom("`persistedQuery` has no `sha256Hash` of 64 hexadecimal digits")),
        }
    }
}

/// Text that is borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The value of a variable that says how many there shall be, if it is a number.
pub(crate) fn number(value: &InputValue) -> Option<u64> {
    match value {
        InputValue::Scalar(juniper::DefaultScalarValue::Int(number)) => u64::try_from(*number).ok(),
        _ => None,
    }
}

//! Versions that were checked, and can serve.

use std::{sync::Arc, time::SystemTime};

use http::{HeaderMap, HeaderName};
use serde_json::json;
use tsk_core::{
    BindError, Operation, Version,
    operation::{Location, Parameter},
};

use super::{
    Refused, Scheme, Unnamed, Versions,
    date::Date,
    live,
    set::{By, Said},
    stamp::Stamp,
};

/// Versions that were checked, and can serve.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(super) scheme: Scheme,
    /// Which one it is where a request names none.
    unnamed: Option<usize>,
    each: Vec<Each>,
    place: &'static std::panic::Location<'static>,
}

#[derive(Debug)]
struct Each {
    name: Box<str>,
    notice: Option<Box<str>>,
    is_deprecated: bool,
    stamp: Arc<Stamp>,
}

const MOST: usize = 64;
/// The most bytes of a name.
pub(super) const LONGEST: usize = 64;

impl Checked {
    /// Checks them, or says everything that is wrong.
    pub(crate) fn new(versions: &Versions) -> Result<Self, BindError> {
        let mut faults = BindError::default();
        let mut fault =
            |text: &dyn std::fmt::Display| faults.push(format!("the versions at {}: {text}", versions.place));
        let Versions { by, each, unnamed, end_at_sunset, unknown, place } = versions;
        if each.is_empty() || each.len() > MOST {
            fault(&format_args!("there are {} of them; there may be 1 to {MOST}", each.len()));
        }
        for (index, Said { name, .. }) in each.iter().enumerate() {
            if !is_name(name) {
                fault(&format_args!(
                    "{name:?} is no name; one has letters, digits, `.`, `_`, `~` and `-`, at most {LONGEST}"
                ));
            }
            if each[..index].iter().any(|other| other.name == *name) {
                fault(&format_args!("`{name}` is there twice"));
            }
        }
        for name in unknown {
            fault(&format_args!("there is no `{name}` to say anything of"));
        }
        let mut header = |name: &str| {
            name.parse().map_err(|_| fault(&format_args!("{name:?} is no name of a header"))).ok()
        };
        let scheme = match by {
            By::Path => Some(Scheme::Path),
            By::MediaType => Some(Scheme::MediaType),
            By::Header(name) => header(name).map(Scheme::Header),
            By::Date(name) => header(name).map(|header| {
                let dates =
                    each.iter().map(|said| Date::parse(said.name.as_bytes())).collect::<Option<Vec<_>>>();
                Scheme::Date(header, dates.unwrap_or_default())
            }),
        };
        if let Some(Scheme::Date(_, dates)) = &scheme
            && (dates.len() < each.len() || !dates.is_sorted())
        {
            fault(&"they must be days, such as `2026-01-15`, in their order");
        }
        if *by == By::Path && *unnamed != Unnamed::Refused {
            fault(&"a path always names one: say nothing of what is unnamed");
        }
        let scheme = scheme.unwrap_or(Scheme::Path);
        let each = each.iter().map(|said| {
            let stamp = Stamp::new(said, &scheme, *end_at_sunset);
            let stamp = stamp.map_err(|reason| fault(&format_args!("`{}`: {reason}", said.name)));
            Each {
                name: said.name.as_str().into(),
                notice: notice(said),
                is_deprecated: said.deprecated.is_some() || said.sunset.is_some(),
                stamp: Arc::new(stamp.unwrap_or_default()),
            }
        });
        let each: Vec<_> = each.collect();
        faults.into_result()?;
        let unnamed = match unnamed {
            Unnamed::Refused => None,
            Unnamed::Oldest => Some(0),
            Unnamed::Newest => Some(each.len() - 1),
        };
        Ok(Self { scheme, unnamed, each, place })
    }

    pub(crate) fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.each.len()
    }

    pub(crate) fn name(&self, version: usize) -> &str {
        &self.each[version].name
    }

    /// The version of that name.
    pub(crate) fn find(&self, name: &[u8]) -> Option<usize> {
        self.each.iter().position(|each| each.name.as_bytes() == name)
    }

    /// Which version a request is for.
    pub(crate) fn select<'h>(&self, headers: &'h HeaderMap) -> Result<usize, Refused<'h>> {
        self.scheme.named(headers, |name| self.find(name))?.or(self.unnamed).ok_or(Refused::Unnamed)
    }

    /// The header by which a request names one.
    pub(crate) fn header(&self) -> Option<&HeaderName> {
        self.scheme.header()
    }

    /// Whether a text has the form of one of their names: what is a number there is a number here.
    pub(crate) fn is_alike(&self, text: &str) -> bool {
        let is_digit = |each: &char| each.is_ascii_digit();
        let form = |text: &str| {
            let mut last = ' ';
            let digits_as_one = text.chars().filter(|each| {
                let repeats = is_digit(each) && is_digit(&last);
                last = *each;
                !repeats
            });
            digits_as_one.map(|each| if is_digit(&each) { '0' } else { each }).collect::<String>()
        };
        text.len() <= LONGEST && self.each.iter().any(|each| form(&each.name) == form(text))
    }

    /// What is said in the answers of a version; `None` where there is nothing to say.
    pub(crate) fn stamp(&self, version: usize) -> Option<&Arc<Stamp>> {
        Some(&self.each[version].stamp).filter(|stamp| !stamp.is_empty())
    }

    /// The names of those that are still served.
    pub(super) fn known(&self) -> Vec<&str> {
        let now = SystemTime::now();
        self.each.iter().filter(|each| !each.stamp.has_ended(now)).map(|each| &*each.name).collect()
    }

    /// What documents are told of them.
    pub(crate) fn listed(&self) -> Vec<Version> {
        let version = |each: &Each| Version { name: each.name.clone(), notice: each.notice.clone() };
        self.each.iter().map(version).collect()
    }

    /// In which versions a route is there that says so in its meta.
    pub(crate) fn live(&self, meta: &tsk_core::Meta) -> Result<std::ops::Range<usize>, String> {
        let find = |name: Option<&str>, otherwise| match name {
            Some(name) => self.find(name.as_bytes()).ok_or_else(|| {
                let known: Vec<_> = self.each.iter().map(|each| format!("`{}`", each.name)).collect();
                format!("names the version `{name}`, which is none of {} at {}", known.join(", "), self.place)
            }),
            None => Ok(otherwise),
        };
        let (since, until) = live::said(meta);
        let range = find(since, 0)?..find(until, self.len())?;
        if range.is_empty() {
            return Err(
                "is in no version: `until` is the first that does not have it, and after `since`".into()
            );
        }
        Ok(range)
    }

    /// Says in the documentation of a route what it is in this version.
    pub(crate) fn describe(&self, version: usize, operation: &mut Operation) {
        let Each { name, is_deprecated, stamp, .. } = &self.each[version];
        operation.deprecated |= *is_deprecated;
        if !operation.is_described() {
            return;
        }
        if let Scheme::Header(header) | Scheme::Date(header, _) = &self.scheme {
            operation.parameters.push(Parameter {
                name: header.to_string(),
                location: Location::Header,
                required: self.unnamed.is_none(),
                description: Some("The version of the API.".into()),
                schema: json!({ "type": "string", "const": name, "examples": [name] }),
            });
        }
        if let Scheme::MediaType = &self.scheme {
            let with = |media: &mut std::collections::BTreeMap<String, _>| {
                let said = std::mem::take(media).into_iter();
                *media =
                    said.map(|(media_type, schema)| (self.media_type(media_type, name), schema)).collect();
            };
            operation.responses.values_mut().for_each(|answer| with(&mut answer.content.media));
        }
        if self.scheme != Scheme::Path {
            operation
                .problem(400, "The request names no version that there is, or another part of it is wrong.");
        }
        if stamp.ends() {
            operation.problem(410, "The version has ended.");
        }
    }

    fn media_type(&self, media_type: String, name: &str) -> String {
        if media_type == "application/problem+json" {
            media_type
        } else {
            format!("{media_type}; version={name}")
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
    (1..=LONGEST).contains(&name.len())
        && name.bytes().all(is_plain)
        && !name.bytes().all(|byte| byte == b'.')
}

/// What users of a version must know.
fn notice(said: &Said) -> Option<Box<str>> {
    let deprecated = said.deprecated.as_ref().map(|day| format!("This version is deprecated as of {day}."));
    let sunset = said.sunset.as_ref().map(|day| format!("It is expected to end on {day}."));
    let link = said.link.as_ref().map(|url| format!("See <{url}>."));
    let sentences: Vec<_> = [deprecated, sunset, link].into_iter().flatten().collect();
    (!sentences.is_empty()).then(|| sentences.join(" ").into())
}

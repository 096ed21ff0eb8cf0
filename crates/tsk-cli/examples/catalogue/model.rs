//! What the catalogue is about.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use tsk::prelude::*;

/// The number of a book: thirteen digits (ISO 2108).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Isbn(pub(crate) String);

impl JsonSchema for Isbn {
    fn schema_name() -> Cow<'static, str> {
        "Isbn".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9]{13}$",
            "description": "The number of a book: thirteen digits (ISO 2108).",
            "examples": ["9780141439518"],
        })
    }
}

impl TryFrom<String> for Isbn {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_number = text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { Ok(Self(text)) } else { Err("an ISBN has thirteen digits") }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Genre {
    Novel,
    ShortStories,
    Poetry,
    Science,
}

/// Something to read.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Book {
    pub(crate) isbn: Isbn,
    #[schemars(length(min = 1, max = 200))]
    pub(crate) title: String,
    /// Nothing where it is none of these.
    pub(crate) genre: Option<Genre>,
    /// The year in which it came out.
    #[schemars(range(min = 1000, max = 2100))]
    pub(crate) year: u16,
    /// How many there are.
    #[serde(default)]
    #[schemars(range(max = 1000))]
    pub(crate) copies: u16,
    #[serde(default)]
    #[schemars(length(max = 10), inner(length(min = 1, max = 30)))]
    pub(crate) labels: Vec<String>,
    /// The title in other languages, by their codes.
    #[serde(default)]
    pub(crate) translations: BTreeMap<String, String>,
}

impl Validate for Book {
    fn validate(&self, faults: &mut Faults) {
        faults.at("title").length(&self.title, 1..=200);
        faults.at("year").range(self.year, 1000..=2100);
        faults.at("copies").range(self.copies, 0..=1000);
        labels(&self.labels, faults);
    }
}

fn labels(labels: &[String], faults: &mut Faults) {
    let mut faults = faults.at("labels");
    faults.items(labels.len(), 0..=10);
    for (index, label) in labels.iter().enumerate() {
        faults.at(index).length(label, 1..=30);
    }
}

/// What is to change of a book. What is left out stays.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    #[schemars(length(min = 1, max = 200))]
    pub(crate) title: Option<String>,
    #[schemars(range(max = 1000))]
    pub(crate) copies: Option<u16>,
    #[schemars(length(max = 10), inner(length(min = 1, max = 30)))]
    pub(crate) labels: Option<Vec<String>>,
}

impl Validate for Change {
    fn validate(&self, faults: &mut Faults) {
        if let Some(title) = &self.title {
            faults.at("title").length(title, 1..=200);
        }
        if let Some(copies) = self.copies {
            faults.at("copies").range(copies, 0..=1000);
        }
        if let Some(all) = &self.labels {
            labels(all, faults);
        }
    }
}

/// Somebody who wrote something.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Author {
    /// Given by the service.
    pub(crate) id: u32,
    #[serde(flatten)]
    pub(crate) entry: AuthorEntry,
}

/// What is known of somebody who wrote something.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthorEntry {
    #[schemars(length(min = 1, max = 100))]
    pub(crate) name: String,
    #[schemars(range(min = 1000, max = 2100))]
    pub(crate) born: Option<u16>,
}

impl Validate for AuthorEntry {
    fn validate(&self, faults: &mut Faults) {
        faults.at("name").length(&self.name, 1..=100);
        if let Some(born) = self.born {
            faults.at("born").range(born, 1000..=2100);
        }
    }
}

/// Where books stand: shelves within shelves.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shelf {
    #[schemars(length(min = 1, max = 50))]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) shelves: Vec<Shelf>,
}

impl Validate for Shelf {
    fn validate(&self, faults: &mut Faults) {
        faults.at("name").length(&self.name, 1..=50);
        let mut faults = faults.at("shelves");
        for (index, shelf) in self.shelves.iter().enumerate() {
            faults.at(index).nested(shelf);
        }
    }
}

/// How long a book may be kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoanEntry {
    pub(crate) isbn: Isbn,
    #[schemars(range(min = 1, max = 60))]
    pub(crate) days: u8,
    /// Where to send it, unless it is fetched.
    pub(crate) address: Option<Address>,
}

/// Somewhere on this planet.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Address {
    #[schemars(length(min = 1, max = 200))]
    pub(crate) street: String,
    /// Latitude and longitude.
    pub(crate) position: Option<Position>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    #[schemars(range(min = -90.0, max = 90.0))]
    latitude: f64,
    #[schemars(range(min = -180.0, max = 180.0))]
    longitude: f64,
}

impl Validate for LoanEntry {
    fn validate(&self, faults: &mut Faults) {
        faults.at("days").range(self.days, 1..=60);
        if let Some(address) = &self.address {
            let mut faults = faults.at("address");
            faults.at("street").length(&address.street, 1..=200);
            if let Some(Position { latitude, longitude }) = address.position {
                let mut faults = faults.at("position");
                faults.at("latitude").range(latitude, -90.0..=90.0);
                faults.at("longitude").range(longitude, -180.0..=180.0);
            }
        }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Loan {
    /// Given by the service.
    pub(crate) id: u32,
    pub(crate) returned: bool,
    #[serde(flatten)]
    pub(crate) entry: LoanEntry,
}

/// What is owed, by what it is owed for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "for", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Fine {
    /// It came back too late.
    Late {
        #[schemars(range(min = 1, max = 1000))]
        days: u16,
    },
    /// It did not come back.
    Lost { isbn: Isbn },
    /// It came back in parts.
    Damaged {
        #[schemars(length(min = 1, max = 500))]
        what: String,
    },
}

impl Validate for Fine {
    fn validate(&self, faults: &mut Faults) {
        match self {
            Fine::Late { days } => drop(faults.at("days").range(*days, 1..=1000)),
            Fine::Lost { .. } => {}
            Fine::Damaged { what } => drop(faults.at("what").length(what, 1..=500)),
        }
    }
}

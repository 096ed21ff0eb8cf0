//! Validation of what clients send: every fault is found, and each says where it is.
//!
//! ```
//! use tsk_http::{Faults, Json, Valid, Validate, post};
//!
//! #[derive(serde::Deserialize)]
//! struct Order { customer: String, lines: Vec<Line> }
//!
//! #[derive(serde::Deserialize)]
//! struct Line { sku: String, quantity: u32 }
//!
//! impl Validate for Order {
//!     fn validate(&self, faults: &mut Faults) {
//!         faults.at("customer").length(&self.customer, 1..=100);
//!         faults.at("lines").items(self.lines.len(), 1..=20).nested(&self.lines);
//!     }
//! }
//!
//! impl Validate for Line {
//!     fn validate(&self, faults: &mut Faults) {
//!         faults.at("sku").require(self.sku.starts_with("T-"), "must begin with `T-`");
//!         faults.at("quantity").range(self.quantity, 1..=999);
//!     }
//! }
//!
//! let order = Order { customer: "Ada".into(), lines: vec![Line { sku: "T-1".into(), quantity: 0 }] };
//! let faults = Faults::of(&order);
//! let fault = faults.iter().next().unwrap();
//! assert_eq!((fault.pointer(), fault.detail()), ("/lines/0/quantity", "must be at least 1, is 0"));
//!
//! let route = post("/orders", |Valid(Json(order)): Valid<Json<Order>>| async move { order.customer });
//! ```

use std::{
    fmt::{Display, Write},
    ops::{Deref, DerefMut},
};

use http::StatusCode;
use serde::Serialize;
use tsk_core::{Problem, problem::Kind};

mod checks;
mod compound;
mod text;

pub(crate) use text::excerpt;

/// A value is of the right form, but its content is not what the route takes.
pub const VALIDATION_FAILED: Kind = Kind {
    uri: "urn:tsk:problems/validation-failed",
    title: "Validation failed",
    status: StatusCode::UNPROCESSABLE_ENTITY,
};

/// A value that can say what is wrong with it, beyond what its type says.
///
/// A struct looks at each member [at its place](Faults::at), and passes the [nested](Faults::nested) ones on.
/// Lists, maps, options and boxes of what can be validated can be validated too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be validated",
    label = "this does not implement `Validate`",
    note = "write `impl Validate for {Self}`, with a check for each member"
)]
pub trait Validate {
    /// Adds every fault of the value to `faults`.
    fn validate(&self, faults: &mut Faults);
}

/// What is wrong with a value: a detail for each fault, with a JSON pointer (RFC 6901) to where it is.
///
/// At most 100 faults are listed, the others only counted. A detail has at most 256 bytes and a pointer 512: a
/// longer one is cut back to a member that holds the faulty one.
#[derive(Debug, Default)]
pub struct Faults {
    location: Location,
    pointer: String,
    listed: Vec<Fault>,
    total: usize,
}

/// One thing that is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    pointer: String,
    detail: String,
}

impl Fault {
    /// Where it is: a JSON pointer (RFC 6901). An empty one is the whole value.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What is wrong, in words for the client.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

/// The part of a request that pointers lead into.
///
/// The parameters of the query and of the path, and the header fields, are seen as one object each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Location {
    /// The body.
    #[default]
    Body,
    /// The query of the URI.
    Query,
    /// The path of the URI.
    Path,
    /// The header.
    Header,
}

impl Location {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Query => "query",
            Self::Path => "path",
            Self::Header => "header",
        }
    }
}

const LISTED: usize = 100;
const POINTER: usize = 512;

impl Faults {
    /// What is wrong with a value.
    pub fn of(value: &(impl Validate + ?Sized)) -> Self {
        let mut faults = Self::default();
        value.validate(&mut faults);
        faults
    }

    /// Says which part of the request is looked at. Default: the body.
    pub fn within(&mut self, location: Location) -> &mut Self {
        self.location = location;
        self
    }

    /// The place of a member of an object, by its name in JSON, or of an item of a list, by its index.
    pub fn at(&mut self, step: impl Display) -> At<'_> {
        let parent = self.pointer.len();
        self.descend(step);
        At { faults: self, parent }
    }

    /// Goes to a member for good.
    pub(crate) fn descend(&mut self, step: impl Display) {
        self.pointer.push('/');
        // Writing to a `String` fails only where a `Display` does, whose text then ends early.
        let _ = write!(text::Escaped(&mut self.pointer), "{step}");
    }

    /// Adds a fault at this place. What `detail` repeats of the client's input is made printable.
    pub fn add(&mut self, detail: impl Display) -> &mut Self {
        self.total += 1;
        if self.listed.len() < LISTED {
            let pointer = text::shortened(&self.pointer, POINTER).to_owned();
            self.listed.push(Fault { pointer, detail: excerpt(detail) });
        }
        self
    }

    /// Validates a value that is at this place.
    pub fn nested(&mut self, value: &(impl Validate + ?Sized)) -> &mut Self {
        value.validate(self);
        self
    }

    /// The faults, in the order in which they were found; at most 100.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.listed.iter()
    }

    /// How many there are, those that are not listed included.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The answer to a request that has faults.
    ///
    /// # Errors
    ///
    /// If there is any: 422 [`VALIDATION_FAILED`], which lists them.
    pub fn into_result(self) -> Result<(), Problem> {
        if self.is_empty() { Ok(()) } else { Err(self.into_problem()) }
    }

    #[cold]
    fn into_problem(self) -> Problem {
        let total = self.total;
        self.describe(VALIDATION_FAILED, "is not valid").with("total", total)
    }

    /// A problem that lists the faults, and names the first for people.
    pub(crate) fn describe(self, kind: Kind, what: &str) -> Problem {
        let mut detail = format!("The {} {what}", self.location.name());
        if let Some(Fault { pointer, detail: reason }) = self.listed.first() {
            // Parameters and header fields have no members: they are called by their names.
            let name =
                if self.location == Location::Body { pointer } else { pointer.trim_start_matches('/') };
            let name = if name.is_empty() { String::new() } else { format!("`{}`: ", excerpt(name)) };
            detail = format!("{detail}: {name}{reason}");
        }
        detail.push_str(&match self.total {
            0 | 1 => ".".to_owned(),
            2 => "; and there is another fault.".to_owned(),
            total => format!("; and there are {} more faults.", total - 1),
        });
        Problem::of(kind).detail(detail).with("location", self.location).with("errors", self.listed)
    }
}

/// A place within a value; see [`Faults::at`].
#[derive(Debug)]
pub struct At<'a> {
    faults: &'a mut Faults,
    parent: usize,
}

impl Deref for At<'_> {
    type Target = Faults;

    fn deref(&self) -> &Faults {
        self.faults
    }
}

impl DerefMut for At<'_> {
    fn deref_mut(&mut self) -> &mut Faults {
        self.faults
    }
}

impl Drop for At<'_> {
    fn drop(&mut self) {
        self.faults.pointer.truncate(self.parent);
    }
}

#[cfg(test)]
mod tests;

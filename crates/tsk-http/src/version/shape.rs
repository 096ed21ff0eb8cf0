//! What can be read and written in the form of a version.
//!
//! Each of these has two cases, [`Oldest`] at the end and [`Evolve`] before it: the steps from the form of a version to
//! the newest are a walk along types.

use serde::{Serialize, de::DeserializeOwned};
use tsk_core::Problem;

use super::{Evolve, Oldest, Position};
use crate::extract::parsed_json;

/// A type in all the forms that it has had: [`Oldest<T>`], a type that [evolved](Evolve), or a list of one.
pub trait Shape {
    /// The newest of its forms.
    type Value;

    /// Adds the versions in which it changed, the newest first.
    #[doc(hidden)]
    fn changes(versions: &mut Vec<&'static str>);
}

impl<T> Shape for Oldest<T> {
    type Value = T;

    fn changes(_: &mut Vec<&'static str>) {}
}

impl<T: Evolve> Shape for T {
    type Value = T;

    fn changes(versions: &mut Vec<&'static str>) {
        versions.push(T::SINCE);
        T::Older::changes(versions);
    }
}

impl<T: Evolve> Shape for Vec<T> {
    type Value = Self;

    fn changes(versions: &mut Vec<&'static str>) {
        T::changes(versions);
    }
}

/// A type of which each form can be read: `Deserialize` for all of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read in the form of every version",
    label = "a form of this does not implement `Deserialize`, or it does not implement `Evolve`",
    note = "a type that never changed is `Json<{Self}>`"
)]
pub trait Read: Shape {
    /// Reads the form that it has in a version.
    #[doc(hidden)]
    fn read(position: &Position, json: &[u8]) -> Result<Self::Value, Problem>;
}

impl<T: DeserializeOwned> Read for Oldest<T> {
    fn read(_: &Position, json: &[u8]) -> Result<T, Problem> {
        parsed_json(json)
    }
}

impl<T: Evolve + DeserializeOwned> Read for T
where
    T::Older: Read,
{
    fn read(position: &Position, json: &[u8]) -> Result<Self, Problem> {
        if position.has(T::SINCE) { parsed_json(json) } else { T::up(T::Older::read(position, json)?) }
    }
}

/// A type of which each form can be written: `Serialize` for all of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written in the form of every version",
    label = "a form of this does not implement `Serialize`, or it does not implement `Evolve`",
    note = "a type that never changed is `Json<{Self}>`"
)]
pub trait Write: Shape {
    /// Writes the form that it has in a version.
    #[doc(hidden)]
    fn write(value: Self::Value, position: &Position, json: &mut Vec<u8>) -> serde_json::Result<()>;
}

impl<T: Serialize> Write for Oldest<T> {
    fn write(value: T, _: &Position, json: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(json, &value)
    }
}

impl<T: Evolve + Serialize> Write for T
where
    T::Older: Write,
{
    fn write(value: Self, position: &Position, json: &mut Vec<u8>) -> serde_json::Result<()> {
        if position.has(T::SINCE) {
            serde_json::to_writer(json, &value)
        } else {
            T::Older::write(value.down(), position, json)
        }
    }
}

impl<T: Evolve + Write<Value = T>> Write for Vec<T> {
    fn write(values: Self, position: &Position, json: &mut Vec<u8>) -> serde_json::Result<()> {
        json.push(b'[');
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                json.push(b',');
            }
            T::write(value, position, json)?;
        }
        json.push(b']');
        Ok(())
    }
}

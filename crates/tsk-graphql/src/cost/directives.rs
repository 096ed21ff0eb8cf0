//! What the directives of a schema say of costs.

use graphql_parser::schema::Value;

use super::{Cost, Costs};
use crate::{Error, sdl::Model};

/// Reads the costs of a schema in its own language.
pub(super) fn read(text: &str) -> Result<Costs, Error> {
    let model = Model::read(text)?;
    let mut costs = Costs::new();
    let fields = model.types.iter().flat_map(|(name, it)| it.fields.iter().map(move |field| (name, field)));
    for (parent, field) in fields {
        let name = format!("{parent}.{}", field.name);
        let mut cost = Cost::default();
        for (directive, arguments) in &field.directives {
            let number = |argument: &str| {
                whole(arguments.get(argument)).ok_or_else(|| {
                    Error::new(format!("{name}: `@{directive}({argument}:)` is no number of 0 or more"))
                })
            };
            match directive.as_str() {
                "cost" => cost.weight = Some(number("weight")?),
                "listSize" => {
                    if arguments.contains_key("assumedSize") {
                        cost.assumed = Some(number("assumedSize")?);
                    }
                    if let Some(Value::List(names)) = arguments.get("slicingArguments") {
                        cost.sizes.extend(names.iter().filter_map(|name| match name {
                            Value::String(name) => Some(name.clone()),
                            _ => None,
                        }));
                    }
                }
                _ => {}
            }
        }
        if cost != Cost::default() {
            costs = costs.field(name, cost);
        }
    }
    Ok(costs)
}

/// The draft has weights as text.
fn whole(value: Option<&Value<'static, String>>) -> Option<u64> {
    match value? {
        Value::Int(number) => u64::try_from(number.as_i64()?).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

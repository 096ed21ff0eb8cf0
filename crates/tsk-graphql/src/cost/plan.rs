//! What an operation costs, once the values of its variables are known.

use std::collections::HashMap;

use juniper::{DefaultScalarValue, InputValue, OperationType, SchemaType, Value, meta::MetaType};

use super::Costs;
use crate::{
    document::{Index, Operation, Selection},
    limits,
    request::{Variables, number},
};

/// What an operation costs, once the values of its variables are known.
///
/// Every type that a selection could be on counts, and whatever `@skip` and `@include` say: it is the most that the operation can
/// cost, if lists are no longer than they say.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    fields: Vec<Field>,
    /// What it costs whatever there is.
    base: u64,
    /// The estimate, where no variable has a say in it.
    fixed: Option<u64>,
}

/// A field that costs something, or has something in it that does.
#[derive(Debug)]
struct Field {
    /// What it is called in the answer.
    key: Box<str>,
    weight: u64,
    /// How many there are, where it is a list.
    size: Option<Size>,
    /// How many there are in each of these, where they are lists themselves.
    each: u64,
    inner: Vec<Field>,
}

/// How many there are in a list.
#[derive(Debug, Clone)]
enum Size {
    Fixed(u64),
    /// As many as the largest of these variables says, and as `least`, or else so many.
    Variables {
        names: Vec<(Box<str>, Option<u64>)>,
        least: Option<u64>,
        otherwise: u64,
    },
}

/// The arguments that say how many there shall be, where nothing else is said.
const SIZES: [&str; 3] = ["first", "last", "limit"];

/// What a mutation costs beside what it answers.
const MUTATION: u64 = 10;

impl Plan {
    /// Of an operation that is valid, so that no fragment is missing or part of itself, and is within the limit of fields, so that
    /// there are no more of them here.
    pub(crate) fn new(
        index: &Index<'_>,
        operation: &Operation<'_>,
        types: &SchemaType<DefaultScalarValue>,
        costs: &Costs,
        list_size: u64,
    ) -> Self {
        let root = match operation.kind {
            OperationType::Query => Some(types.concrete_query_type()),
            OperationType::Mutation => types.concrete_mutation_type(),
            OperationType::Subscription => types.concrete_subscription_type(),
        };
        let mut defaults = HashMap::new();
        for (name, definition) in
            operation.definition.variables_definition.iter().flat_map(|all| &all.item.items)
        {
            defaults
                .insert(name.item, definition.default_value.as_ref().and_then(|value| number(&value.item)));
        }
        let planner = Planner { index, types, costs, list_size, defaults };
        let mut fields = Vec::new();
        planner.collect(operation.selections, root, None, &mut fields);
        let base = match operation.kind {
            OperationType::Mutation => MUTATION.saturating_mul(limits::root_fields(index, operation)),
            OperationType::Query | OperationType::Subscription => 0,
        };
        let mut plan = Self { fields, base, fixed: None };
        plan.fixed = plan.fields.iter().all(Field::is_fixed).then(|| plan.sum(&Variables::new()));
        plan
    }

    /// What the operation is estimated to cost.
    pub(crate) fn estimate(&self, variables: &Variables) -> u64 {
        self.fixed.unwrap_or_else(|| self.sum(variables))
    }

    fn sum(&self, variables: &Variables) -> u64 {
        self.fields.iter().map(|field| field.sum(variables)).fold(self.base, u64::saturating_add)
    }

    /// What it has cost, by what was found.
    pub(crate) fn actual(&self, data: &Value) -> u64 {
        self.base.saturating_add(actual(&self.fields, data))
    }
}

fn actual(fields: &[Field], data: &Value) -> u64 {
    let Value::Object(object) = data else { return 0 };
    let found = fields.iter().filter_map(|field| Some(field.actual(object.get_field_value(&*field.key)?)));
    found.fold(0, u64::saturating_add)
}

impl Field {
    fn is_fixed(&self) -> bool {
        !matches!(self.size, Some(Size::Variables { .. })) && self.inner.iter().all(Self::is_fixed)
    }

    fn sum(&self, variables: &Variables) -> u64 {
        let one = self.inner.iter().map(|field| field.sum(variables)).fold(self.weight, u64::saturating_add);
        one.saturating_mul(self.each)
            .saturating_mul(self.size.as_ref().map_or(1, |size| size.with(variables)))
    }

    fn actual(&self, value: &Value) -> u64 {
        match value {
            Value::Null => 0,
            Value::List(values) if self.inner.is_empty() => self.weight.saturating_mul(values.len() as u64),
            Value::List(values) => values.iter().map(|value| self.actual(value)).fold(0, u64::saturating_add),
            Value::Scalar(_) | Value::Object(_) => self.weight.saturating_add(actual(&self.inner, value)),
        }
    }
}

impl Size {
    fn with(&self, variables: &Variables) -> u64 {
        match self {
            Self::Fixed(size) => *size,
            Self::Variables { names, least, otherwise } => {
                let of = |(name, default): &(Box<str>, Option<u64>)| match variables.get(&**name) {
                    Some(value) => number(value),
                    None => *default,
                };
                names.iter().filter_map(of).chain(*least).max().unwrap_or(*otherwise)
            }
        }
    }
}

struct Planner<'i, 'd> {
    index: &'i Index<'d>,
    types: &'i SchemaType<DefaultScalarValue>,
    costs: &'i Costs,
    list_size: u64,
    /// What a variable is where it has no value.
    defaults: HashMap<&'i str, Option<u64>>,
}

impl<'i, 'd> Planner<'i, 'd> {
    /// `passed` is the size that the field around says of the lists that are directly in it.
    fn collect(
        &self,
        selections: &'d [Selection<'d>],
        parent: Option<&'i MetaType>,
        passed: Option<&Size>,
        fields: &mut Vec<Field>,
    ) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let arguments = field.item.arguments.iter().flat_map(|all| &all.item.items);
                    let arguments: Vec<_> = arguments.map(|(name, value)| (name.item, &value.item)).collect();
                    let name = field.item.name.item;
                    let key = field.item.alias.as_ref().map_or(name, |alias| alias.item);
                    let inner = field.item.selection_set.as_deref().unwrap_or_default();
                    fields.extend(self.field((key, name), &arguments, inner, parent, passed));
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.item.type_condition.as_ref();
                    let on = on.map_or(parent, |on| self.types.concrete_type_by_name(on.item));
                    self.collect(&fragment.item.selection_set, on, passed, fields);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.index.fragments.get(spread.item.name.item) {
                        let on = self.types.concrete_type_by_name(fragment.on);
                        self.collect(fragment.selections, on, passed, fields);
                    }
                }
            }
        }
    }

    fn field(
        &self,
        (key, name): (&str, &str),
        arguments: &[(&str, &InputValue)],
        selections: &'d [Selection<'d>],
        parent: Option<&'i MetaType>,
        passed: Option<&Size>,
    ) -> Option<Field> {
        // What is asked of the schema has a limit of its own.
        let is_data = !limits::is_schema(name);
        let meta = parent.filter(|_| is_data)?.field_by_name(name)?;
        let cost = parent.and_then(MetaType::name).and_then(|parent| self.costs.of(parent, name));
        let assumed = cost.and_then(|cost| cost.assumed).unwrap_or(self.list_size);
        let takes = |argument: &str| meta.arguments.iter().flatten().any(|known| known.name == argument);
        let by: Vec<&str> = match cost {
            Some(cost) if !cost.sizes.is_empty() => cost.sizes.iter().map(String::as_str).collect(),
            _ => SIZES.into_iter().filter(|name| takes(name)).collect(),
        };
        let preset = |argument: &str| {
            let known = meta.arguments.iter().flatten().find(|known| known.name == argument)?;
            known.default_value.as_ref().and_then(number)
        };
        let own = self.size(&by, arguments, preset, assumed);
        let of = self.types.concrete_type_by_name(meta.field_type.innermost_name());
        let weight = cost.and_then(|cost| cost.weight).unwrap_or_else(|| {
            let is_object = of.is_some_and(MetaType::is_composite);
            u64::from(is_object)
        });
        // By how it is written: `Type::is_list` of juniper is wrong about `[T!]!`.
        let lists = meta.field_type.to_string().matches('[').count();
        let is_list = lists > 0;
        let deeper = u32::try_from(lists.saturating_sub(1)).unwrap_or(u32::MAX);
        let each = self.list_size.saturating_pow(deeper);
        let mut inner = Vec::new();
        // A connection says how many there are in a list that it has.
        let passes = own.as_ref().filter(|_| !is_list);
        self.collect(selections, of, passes, &mut inner);
        if weight == 0 && inner.is_empty() {
            return None;
        }
        let size = is_list.then(|| own.clone().or_else(|| passed.cloned()).unwrap_or(Size::Fixed(assumed)));
        Some(Field { key: key.into(), weight, size, each, inner })
    }

    /// The size that arguments of these names say, whether they are literals, variables, or left out and have a value all the
    /// same.
    fn size(
        &self,
        by: &[&str],
        arguments: &[(&str, &InputValue)],
        preset: impl Fn(&str) -> Option<u64>,
        otherwise: u64,
    ) -> Option<Size> {
        let (mut names, mut least, mut is_said) = (Vec::new(), None, false);
        for name in by {
            match arguments.iter().find(|(argument, _)| argument == name) {
                Some((_, InputValue::Variable(variable))) => {
                    is_said = true;
                    let default =
                        self.defaults.get(variable.as_str()).copied().flatten().or_else(|| preset(name));
                    names.push((variable.as_str().into(), default));
                }
                Some((_, value)) => {
                    is_said = true;
                    least = least.max(number(value));
                }
                None => least = least.max(preset(name)),
            }
        }
        match least {
            _ if !names.is_empty() => Some(Size::Variables { names, least, otherwise }),
            Some(size) => Some(Size::Fixed(size)),
            None => is_said.then_some(Size::Fixed(otherwise)),
        }
    }
}

//! A document that is parsed, and numbers that are summed up over its operations.

use std::collections::HashMap;

use juniper::{
    DefaultScalarValue, Definition, OperationType, SchemaType,
    parser::{SourcePosition, parse_document_source},
};

use crate::told::{Code, Told};

pub(crate) type Selection<'d> = juniper::Selection<'d, DefaultScalarValue>;

/// A document that is parsed and not validated: a fragment may be missing, or be part of itself.
pub(crate) struct Document<'d> {
    parsed: Vec<Definition<'d, DefaultScalarValue>>,
}

/// The operations and fragments of a document, by their names.
pub(crate) struct Index<'d> {
    pub(crate) operations: Vec<Operation<'d>>,
    pub(crate) fragments: HashMap<&'d str, Fragment<'d>>,
}

/// An operation.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'d> {
    pub(crate) kind: OperationType,
    pub(crate) name: Option<&'d str>,
    pub(crate) selections: &'d [Selection<'d>],
    /// The directives on the operation itself.
    pub(crate) directives: usize,
    pub(crate) definition: &'d juniper::Operation<'d, DefaultScalarValue>,
    pub(crate) at: SourcePosition,
}

/// A fragment.
#[derive(Clone, Copy)]
pub(crate) struct Fragment<'d> {
    pub(crate) on: &'d str,
    pub(crate) selections: &'d [Selection<'d>],
}

impl<'d> Document<'d> {
    /// Parses a document. juniper does so in time and depth that are linear, and counts fragments where they are spread.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn parse(source: &'d str, types: &SchemaType<DefaultScalarValue>) -> Result<Self, Told> {
        let parsed = parse_document_source(source, types).map_err(|error| Told::unparsed(&error))?;
        Ok(Self { parsed })
    }

    /// How many operations and fragments there are.
    pub(crate) fn definitions(&self) -> usize {
        self.parsed.len()
    }

    /// Its operations and fragments.
    pub(crate) fn index(&'d self) -> Index<'d> {
        let mut index = Index { operations: Vec::new(), fragments: HashMap::new() };
        for definition in &self.parsed {
            match definition {
                Definition::Operation(spanned) => {
                    let operation = &spanned.item;
                    index.operations.push(Operation {
                        kind: operation.operation_type,
                        name: operation.name.as_ref().map(|name| name.item),
                        selections: &operation.selection_set,
                        directives: operation.directives.as_ref().map_or(0, Vec::len),
                        definition: operation,
                        at: spanned.span.start,
                    });
                }
                Definition::Fragment(spanned) => {
                    let fragment = &spanned.item;
                    let found =
                        Fragment { on: fragment.type_condition.item, selections: &fragment.selection_set };
                    index.fragments.insert(fragment.name.item, found);
                }
            }
        }
        index
    }
}

impl<'d> Index<'d> {
    /// The operation of that name, or the only one.
    ///
    /// # Errors
    ///
    /// Which it is cannot be told.
    pub(crate) fn operation(&self, name: Option<&str>) -> Result<Operation<'d>, Told> {
        let mut found = self.operations.iter().filter(|operation| name.is_none() || operation.name == name);
        match (found.next(), found.next(), name) {
            (Some(operation), None, _) | (Some(operation), Some(_), Some(_)) => Ok(*operation),
            (Some(_), Some(_), None) => Err(Told::new(
                Code::Unresolved,
                "The document has several operations: `operationName` has to say which one is meant.",
            )),
            (None, _, Some(name)) => {
                Err(Told::new(Code::Unresolved, format!("The document has no operation `{}`.", brief(name))))
            }
            (None, _, None) => Err(Told::new(Code::Unresolved, "The document has no operation.")),
        }
    }

    /// Sums a number up over selections, with fragments where they are spread.
    pub(crate) fn measure<M: Measure>(&self, selections: &'d [Selection<'d>]) -> u64 {
        Measuring::<M> { index: self, known: HashMap::new(), measure: std::marker::PhantomData }
            .sum(selections)
    }
}

/// A number that is summed up over selections.
pub(crate) trait Measure {
    /// What a selection counts, with what is in it.
    fn selection(selection: &Selection<'_>, inner: u64) -> u64;

    /// What selections count that are beside each other.
    fn beside(left: u64, right: u64) -> u64 {
        left.saturating_add(right)
    }
}

struct Measuring<'i, 'd, M> {
    index: &'i Index<'d>,
    /// What a fragment counts. It is looked at once, so that the work is linear in the document however often it is spread; one
    /// that is being looked at counts nothing, so that one which is part of itself ends.
    known: HashMap<&'d str, u64>,
    measure: std::marker::PhantomData<M>,
}

impl<'d, M: Measure> Measuring<'_, 'd, M> {
    fn sum(&mut self, selections: &'d [Selection<'d>]) -> u64 {
        let mut sum = 0;
        for selection in selections {
            let inner = match selection {
                Selection::Field(field) => {
                    field.item.selection_set.as_ref().map_or(0, |inner| self.sum(inner))
                }
                Selection::InlineFragment(fragment) => self.sum(&fragment.item.selection_set),
                Selection::FragmentSpread(spread) => self.fragment(spread.item.name.item),
            };
            sum = M::beside(sum, M::selection(selection, inner));
        }
        sum
    }

    fn fragment(&mut self, name: &'d str) -> u64 {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let Some(fragment) = self.index.fragments.get(name) else { return 0 };
        self.known.insert(name, 0);
        let sum = self.sum(fragment.selections);
        self.known.insert(name, sum);
        sum
    }
}

/// The directives on a selection.
pub(crate) fn directives(selection: &Selection<'_>) -> usize {
    let directives = match selection {
        Selection::Field(field) => &field.item.directives,
        Selection::FragmentSpread(spread) => &spread.item.directives,
        Selection::InlineFragment(fragment) => &fragment.item.directives,
    };
    directives.as_ref().map_or(0, Vec::len)
}

/// What a client sent, as much of it as an answer says.
pub(crate) fn brief(text: &str) -> String {
    const MOST: usize = 64;
    if text.chars().nth(MOST).is_none() {
        text.to_owned()
    } else {
        text.chars().take(MOST).chain(['…']).collect()
    }
}

//! What a schema says, without how it is written.

use std::collections::{BTreeMap, BTreeSet};

/// What a schema says, without how it is written: the order of its parts and its descriptions are left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) types: BTreeMap<String, Type>,
    /// The names of its root types, by `query`, `mutation` and `subscription`.
    pub(crate) roots: BTreeMap<&'static str, String>,
}

/// A type.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Type {
    /// As the language has it: `type`, `interface`, `union`, `enum`, `input` or `scalar`.
    pub(crate) kind: &'static str,
    pub(crate) description: Option<String>,
    pub(crate) interfaces: BTreeSet<String>,
    /// Of a type, an interface or an input, in the order in which they are written.
    pub(crate) fields: Vec<Field>,
    /// The members of a union, or the values of an enum, in the order in which they are written.
    pub(crate) members: Vec<String>,
}

/// A field, or an argument, which has no arguments.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) of: String,
    pub(crate) default: Option<String>,
    pub(crate) arguments: Vec<Field>,
    /// By name, with the arguments as they are written.
    pub(crate) directives: Vec<(String, BTreeMap<String, graphql_parser::schema::Value<'static, String>>)>,
}

impl Type {
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Field {
    pub(crate) fn argument(&self, name: &str) -> Option<&Field> {
        self.arguments.iter().find(|argument| argument.name == name)
    }

    /// Whether whoever uses it has to give it.
    pub(crate) fn is_required(&self) -> bool {
        self.of.ends_with('!') && self.default.is_none()
    }
}

impl Model {
    /// The role of a root type.
    pub(crate) fn role(&self, name: &str) -> Option<&'static str> {
        self.roots.iter().find(|(_, root)| *root == name).map(|(role, _)| *role)
    }
}

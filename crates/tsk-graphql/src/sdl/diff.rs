//! What is different between two schemas, and whom it breaks.

use std::{collections::BTreeSet, fmt};

use super::{Field, Model, Type};
use crate::Error;

/// A difference between two schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whether a client that was right before may be wrong now.
    pub is_breaking: bool,
    /// What has changed, in one line.
    pub text: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_breaking { "breaks " } else { "       " };
        write!(f, "{mark} {}", self.text)
    }
}

/// What is different in the second of two schemas, in their own language. Order and descriptions make no difference.
///
/// ```
/// use tsk_graphql::sdl::diff;
///
/// let changes = diff("type Query { name: String! }", "type Query { name: String age: Int }")?;
/// let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
/// assert_eq!(lines, [
///     "breaks  Query.name: `String!` is now `String`",
///     "        Query.age: `Int` is new",
/// ]);
/// # Ok::<(), tsk_graphql::Error>(())
/// ```
///
/// # Errors
///
/// One of them cannot be read.
pub fn diff(before: &str, after: &str) -> Result<Vec<Change>, Error> {
    let (before, after) = (Model::read(before)?, Model::read(after)?);
    let mut changes = Changes(Vec::new());
    changes.models(&before, &after);
    Ok(changes.0)
}

struct Changes(Vec<Change>);

impl Changes {
    fn breaks(&mut self, text: String) {
        self.0.push(Change { is_breaking: true, text });
    }

    fn adds(&mut self, text: String) {
        self.0.push(Change { is_breaking: false, text });
    }

    fn models(&mut self, before: &Model, after: &Model) {
        for role in ["query", "mutation", "subscription"] {
            match (before.roots.get(role), after.roots.get(role)) {
                (Some(one), Some(other)) if one != other => {
                    self.breaks(format!("{role}: `{one}` is now `{other}`"))
                }
                (Some(one), None) => self.breaks(format!("{role}: `{one}` is gone")),
                (None, Some(other)) => self.adds(format!("{role}: `{other}` is new")),
                _ => {}
            }
        }
        for (name, one) in &before.types {
            match after.types.get(name) {
                None => self.breaks(format!("{} {name} is gone", one.kind)),
                Some(other) if one.kind != other.kind => {
                    self.breaks(format!("{} {name} is now {} {name}", one.kind, other.kind));
                }
                Some(other) => self.types(name, one, other),
            }
        }
        for (name, other) in &after.types {
            if !before.types.contains_key(name) {
                self.adds(format!("{} {name} is new", other.kind));
            }
        }
    }

    fn types(&mut self, name: &str, one: &Type, other: &Type) {
        for gone in one.interfaces.difference(&other.interfaces) {
            self.breaks(format!("{name} does not implement `{gone}` any more"));
        }
        for new in other.interfaces.difference(&one.interfaces) {
            self.adds(format!("{name} implements `{new}`"));
        }
        let (were, are): (BTreeSet<_>, BTreeSet<_>) =
            (one.members.iter().collect(), other.members.iter().collect());
        for gone in were.difference(&are) {
            self.breaks(format!("{name}: `{gone}` is gone"));
        }
        for new in are.difference(&were) {
            self.adds(format!("{name}: `{new}` is new"));
        }
        let is_input = one.kind == "input";
        self.fields(name, &one.fields, |field| other.field(field), is_input);
        for new in other.fields.iter().filter(|field| one.field(&field.name).is_none()) {
            self.added(&format!("{name}.{}", new.name), new, is_input);
        }
    }

    fn fields<'a>(
        &mut self,
        name: &str,
        ones: &[Field],
        of: impl Fn(&str) -> Option<&'a Field>,
        is_input: bool,
    ) {
        for one in ones {
            let path = format!("{name}.{}", one.name);
            let Some(other) = of(&one.name) else {
                self.breaks(format!("{path}: `{}` is gone", one.of));
                continue;
            };
            self.field(&path, one, other, is_input);
        }
    }

    fn field(&mut self, path: &str, one: &Field, other: &Field, is_input: bool) {
        if one.of != other.of {
            let text = format!("{path}: `{}` is now `{}`", one.of, other.of);
            // Who gives a value may give more kinds of it; who reads one may read fewer.
            let widens = if is_input { is_within(&one.of, &other.of) } else { is_within(&other.of, &one.of) };
            if widens { self.adds(text) } else { self.breaks(text) }
        }
        if one.default != other.default {
            let of = |field: &Field| field.default.clone().unwrap_or_else(|| "nothing".to_owned());
            let text = format!("{path}: the default `{}` is now `{}`", of(one), of(other));
            self.breaks(text);
        }
        for argument in &one.arguments {
            let path = format!("{path}({}:)", argument.name);
            match other.argument(&argument.name) {
                None => self.breaks(format!("{path}: `{}` is gone", argument.of)),
                Some(now) => self.field(&path, argument, now, true),
            }
        }
        for new in other.arguments.iter().filter(|argument| one.argument(&argument.name).is_none()) {
            self.added(&format!("{path}({}:)", new.name), new, true);
        }
    }

    fn added(&mut self, path: &str, field: &Field, is_input: bool) {
        let text = format!("{path}: `{}` is new", field.of);
        if is_input && field.is_required() { self.breaks(text) } else { self.adds(text) }
    }
}

/// Whether every value of the one type is one of the other, as far as `null` says it.
fn is_within(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    match (one.strip_suffix('!'), other.strip_suffix('!')) {
        (Some(one), Some(other)) => is_within(one, other),
        (Some(one), None) => is_within(one, other),
        (None, Some(_)) => false,
        (None, None) => match (inner(one), inner(other)) {
            (Some(one), Some(other)) => is_within(one, other),
            _ => false,
        },
    }
}

fn inner(list: &str) -> Option<&str> {
    list.strip_prefix('[')?.strip_suffix(']')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn lines(before: &str, after: &str) -> Vec<String> {
        diff(before, after).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_gone_or_needed_breaks_and_what_is_new_does_not() {
        let before = "type Query { a(x: Int): E b: [U!]! } enum E { ONE TWO } union U = V type V implements I { id: ID! } interface I { id: ID! } input N { a: Int }";
        let after = "type Query { a(x: Int, y: Int!): E c: Int } enum E { ONE THREE } union U = V | W type V { id: ID! } type W { id: ID! } interface I { id: ID! } input N { a: Int b: Int! c: Int! = 1 }";
        assert_eq!(
            lines(before, after),
            [
                "breaks  E: `TWO` is gone",
                "        E: `THREE` is new",
                "breaks  N.b: `Int!` is new",
                "        N.c: `Int!` is new",
                "breaks  Query.a(y:): `Int!` is new",
                "breaks  Query.b: `[U!]!` is gone",
                "        Query.c: `Int` is new",
                "        U: `W` is new",
                "breaks  V does not implement `I` any more",
                "        type W is new",
            ]
        );
    }

    #[test]
    fn order_descriptions_and_how_it_is_written_make_no_difference() {
        let one = "schema { query: Query } \"it\" type Query { a: Int b: Int } scalar S";
        let other = "scalar S type Query { b: Int } extend type Query { \"said\" a: Int }";
        assert_eq!(lines(one, other), [] as [&str; 0]);
    }

    #[test]
    fn who_gives_may_give_more_and_who_reads_may_read_less() {
        let of = |output: &str, input: &str| format!("type Query {{ a(x: {input}): {output} }}");
        assert_eq!(
            lines(&of("Int", "Int!"), &of("Int!", "Int")),
            ["        Query.a: `Int` is now `Int!`", "        Query.a(x:): `Int!` is now `Int`",]
        );
        let breaking = diff(&of("[Int!]!", "Int"), &of("[Int]!", "Int!")).unwrap();
        assert!(breaking.len() == 2 && breaking.iter().all(|change| change.is_breaking), "{breaking:?}");
    }

    #[test]
    fn a_default_is_a_part_of_the_contract() {
        let changes = lines("type Query { a(x: Int = 1): Int }", "type Query { a(x: Int = 2): Int }");
        assert_eq!(changes, ["breaks  Query.a(x:): the default `1` is now `2`"]);
    }

    #[test]
    fn what_cannot_be_read_says_why_in_a_line() {
        for sdl in [
            "type",
            "type Query { a: Int } type Query { b: Int }",
            "schema { query: Missing }",
            "extend type Q { a: Int }",
        ] {
            let error = diff(sdl, sdl).unwrap_err().to_string();
            assert!(error.starts_with("the schema") && !error.contains('\n'), "{error}");
        }
    }
}

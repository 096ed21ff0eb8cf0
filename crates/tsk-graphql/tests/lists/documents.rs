//! Random documents: `LIST` stands for a list of one kind or the other.

use std::fmt::Write as _;

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::select,
};

/// What is asked of a person.
#[derive(Debug, Clone)]
enum Asked {
    /// What has no fields in it.
    Leaf(&'static str),
    Name(u8),
    /// Somebody else.
    One(&'static str, Vec<Asked>),
    /// One or the other.
    Abstract(&'static str, Vec<Asked>),
    List(&'static str, u8, Vec<Asked>),
    Inline(Option<&'static str>, Vec<Asked>),
    Spread(&'static str, Vec<Asked>),
    Under(&'static str, Box<Asked>),
}

const DIRECTIVES: [&str; 6] = [
    " @skip(if: $yes)",
    " @skip(if: false)",
    " @include(if: true)",
    " @include(if: $no)",
    " @skip(if: $no) @include(if: $yes)",
    " @include(if: $unset)",
];

/// The variables, each of which has to be used.
const HEAD: &str = "query($yes: Boolean = true, $no: Boolean!, $unset: Boolean = false) { \
    a: __typename @skip(if: $yes) b: __typename @include(if: $no) c: __typename @include(if: $unset)";

const LEAVES: [&str; 8] =
    ["s: seen(times: 2)", "id", "nick", "slow", "fails", "mayFail", "failsLate", "__typename"];

fn asked() -> impl Strategy<Value = Vec<Asked>> {
    let leaf = prop_oneof![4 => select(&LEAVES).prop_map(Asked::Leaf), 1 => (0..3_u8).prop_map(Asked::Name)];
    let one = leaf.prop_recursive(5, 48, 5, |inner| {
        let inner = || vec(inner.clone(), 1..5);
        prop_oneof![
            (select(&["friend", "best", "watched"]), inner()).prop_map(|(name, of)| Asked::One(name, of)),
            (select(&["being", "thing"]), inner()).prop_map(|(name, of)| Asked::Abstract(name, of)),
            (select(&["LIST", "LISTMaybe"]), 0..4_u8, inner())
                .prop_map(|(name, first, of)| Asked::List(name, first, of)),
            (select(&[None, Some("Person"), Some("Being"), Some("Dog")]), inner())
                .prop_map(|(on, of)| Asked::Inline(on, of)),
            (select(&["Person", "Being", "Thing"]), inner()).prop_map(|(on, of)| Asked::Spread(on, of)),
            (select(&DIRECTIVES), inner())
                .prop_map(|(directive, mut of)| Asked::Under(directive, Box::new(of.remove(0)))),
        ]
    });
    vec(one, 1..6)
}

pub(crate) fn document() -> impl Strategy<Value = String> {
    (any::<bool>(), 0..5_u8, asked()).prop_map(|(maybe, first, asked)| {
        let mut fragments = String::new();
        let mut text = HEAD.to_owned();
        let name = if maybe { "LISTMaybe" } else { "LIST" };
        write(&mut text, &mut fragments, &Asked::List(name, first, asked));
        text += " }";
        text + &fragments
    })
}

/// The same field has the same name in the answer, so that any two of them can be asked for.
fn write(text: &mut String, fragments: &mut String, asked: &Asked) {
    let mut set = |text: &mut String, of: &[Asked]| {
        text.push_str(" {");
        of.iter().for_each(|asked| write(text, fragments, asked));
        text.push_str(" }");
    };
    match asked {
        Asked::Leaf(name) => write!(text, " {name}").unwrap(),
        Asked::Name(times) => write!(text, " name{times}: name(times: {times})").unwrap(),
        Asked::One(name, of) => {
            write!(text, " {name}").unwrap();
            set(text, of);
        }
        Asked::Abstract(name, of) => {
            write!(
                text,
                " {name} {{ __typename ... on Dog {{ id barks }} ... on Being {{ nick }} ... on Person"
            )
            .unwrap();
            set(text, of);
            text.push_str(" }");
        }
        Asked::List(name, first, of) => {
            let key = name.replace("LIST", "those");
            write!(text, " {key}{first}: {name}(first: {first})").unwrap();
            set(text, of);
        }
        Asked::Inline(None, of) => {
            text.push_str(" ...");
            set(text, of);
        }
        // A person is asked what only persons have, inside of what it is as well.
        Asked::Inline(Some("Dog"), _) => text.push_str(" ... on Being { ... on Dog { dog: nick } id }"),
        Asked::Inline(Some(on), of) => {
            write!(text, " ... on {on} {{ __typename ... on Person").unwrap();
            set(text, of);
            text.push_str(" }");
        }
        Asked::Spread(on, of) => {
            let mut body = String::new();
            set(&mut body, of);
            let at = fragments.matches("fragment").count();
            write!(text, " ...F{at}").unwrap();
            write!(fragments, " fragment F{at} on {on} {{ __typename ... on Person{body} }}").unwrap();
        }
        Asked::Under(directive, asked) => {
            let mut inner = String::new();
            write(&mut inner, fragments, asked);
            // Around whatever it is: directives have their place behind a name.
            write!(text, " ...{directive} {{{inner} }}").unwrap();
        }
    }
}

/// Fields under directives themselves, and not in a fragment that has one.
pub(crate) fn directives() -> impl Strategy<Value = String> {
    let field = select(&["id", "nick", "fails", "thoseMaybe1: LISTMaybe(first: 1)"]);
    vec((field, prop_oneof![Just(""), select(&DIRECTIVES)]), 1..8).prop_map(|fields| {
        let mut text = HEAD.to_owned() + " those: LIST(first: 4) {";
        for (field, directive) in fields {
            let set = if field.contains('(') { " { id }" } else { "" };
            write!(text, " {field}{directive}{set}").unwrap();
        }
        text + " } }"
    })
}

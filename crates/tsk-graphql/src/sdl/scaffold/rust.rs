//! Names and types of GraphQL in Rust.

use crate::sdl::Model;

/// A name as Rust has it for functions and fields, and the attribute that says what it is in GraphQL, where juniper would not find
/// out.
pub(super) fn snake(name: &str) -> (String, Option<String>) {
    let mut snake = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let starts_word = c.is_ascii_uppercase()
            && at > 0
            && (!chars[at - 1].is_ascii_uppercase()
                || chars.get(at + 1).is_some_and(char::is_ascii_lowercase))
            && chars[at - 1] != '_';
        if starts_word {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    if KEYWORDS.contains(&snake.as_str()) {
        snake.push('_');
    }
    let attribute = (camel(&snake) != name).then(|| format!("name = \"{name}\""));
    (snake, attribute)
}

/// What juniper makes of a name.
fn camel(snake: &str) -> String {
    juniper::to_camel_case(snake).into_owned()
}

/// A value of an enum as Rust has it.
pub(super) fn variant(value: &str) -> (String, Option<String>) {
    let words = value.split('_').filter(|word| !word.is_empty());
    let variant: String = words
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
        })
        .collect();
    let variant = if KEYWORDS.contains(&variant.as_str()) { variant + "_" } else { variant };
    (variant, Some(format!("name = \"{value}\"")))
}

/// A type of GraphQL in Rust: `[Int!]` is `Option<Vec<i32>>`.
pub(super) fn of(text: &str, model: &Model) -> String {
    match text.strip_suffix('!') {
        Some(text) => inner(text, model),
        None => format!("Option<{}>", inner(text, model)),
    }
}

fn inner(text: &str, model: &Model) -> String {
    if let Some(list) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        let kind = if is_list_of_objects(text, model) { "List" } else { "Vec" };
        return format!("{kind}<{}>", of(list, model));
    }
    match text {
        "Int" => "i32".to_owned(),
        "Float" => "f64".to_owned(),
        "Boolean" => "bool".to_owned(),
        "String" => "String".to_owned(),
        "ID" => "ID".to_owned(),
        // juniper makes an enum of those that implement it.
        name if model.types.get(name).is_some_and(|it| it.kind == "interface") => format!("{name}Value"),
        name => name.to_owned(),
    }
}

/// Whether it is what [`List`](crate::List) is for, and the name is not one of the schema.
pub(super) fn is_list_of_objects(text: &str, model: &Model) -> bool {
    let text = text.strip_suffix('!').unwrap_or(text);
    let name = text.strip_prefix('[').and_then(|text| text.strip_suffix("!]"));
    let is_object = |name| model.types.get(name).is_some_and(|it| it.kind == "type");
    name.is_some_and(is_object) && !model.types.contains_key("List")
}

/// The name of a type, without what is around it.
pub(super) fn innermost(text: &str) -> &str {
    text.trim_matches(['[', ']', '!'])
}

/// Whether values of it are held by whoever has them, and not looked for.
pub(super) fn is_leaf(text: &str, model: &Model) -> bool {
    match model.types.get(innermost(text)) {
        Some(it) => matches!(it.kind, "scalar" | "enum"),
        None => true,
    }
}

/// Whether values of it are copied.
pub(super) fn is_copy(text: &str, model: &Model) -> bool {
    let name = text.strip_suffix('!').unwrap_or(text);
    let is_enum = model.types.get(name).is_some_and(|it| it.kind == "enum");
    is_enum || matches!(name, "Int" | "Float" | "Boolean")
}

/// A default in Rust, where it is one that can be said there.
pub(super) fn default(value: &str, of: &str, model: &Model) -> Option<String> {
    let name = of.strip_suffix('!').unwrap_or(of);
    let is_enum = model.types.get(name).is_some_and(|it| it.kind == "enum");
    match name {
        "Int" | "Boolean" => Some(value.to_owned()),
        "Float" if value.contains('.') => Some(value.to_owned()),
        "Float" => Some(format!("{value}.0")),
        "String" if value.starts_with('"') => Some(format!("String::from({value})")),
        _ if is_enum => Some(format!("{name}::{}", variant(value).0)),
        _ => None,
    }
}

const KEYWORDS: [&str; 40] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "match", "mod", "move", "mut", "pub", "ref", "return", "self", "static", "struct", "super", "trait",
    "type", "use", "Self",
];

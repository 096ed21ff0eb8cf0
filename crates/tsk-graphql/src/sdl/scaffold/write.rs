//! The file, part by part.

use std::fmt::Write as _;

use super::rust;
use crate::sdl::{Field, Model, Type};

const HEAD: &str = "\
use juniper::{ID, RootNode};
use tsk_graphql::Fault;

/// What resolvers know of a request.
#[derive(Debug, Default)]
pub struct Context;

impl juniper::Context for Context {}
";

/// The whole file.
pub(super) fn file(model: &Model) -> String {
    let mut file = HEAD.to_owned();
    if !model.types.values().flat_map(|it| &it.fields).any(uses_id) {
        file = file.replacen("juniper::{ID, RootNode}", "juniper::RootNode", 1);
    }
    if model
        .types
        .values()
        .flat_map(|it| &it.fields)
        .any(|field| rust::of(&field.of, model).contains("List<"))
    {
        file = file.replacen("tsk_graphql::Fault", "tsk_graphql::{Fault, List}", 1);
    }
    root_node(&mut file, model);
    for (name, it) in &model.types {
        match (model.role(name), it.kind) {
            (Some("subscription"), _) => subscription(&mut file, name, it, model),
            (Some(_), _) => object(&mut file, name, it, model, true),
            (None, "type") => object(&mut file, name, it, model, false),
            (None, "interface") => interface(&mut file, name, it, model),
            (None, "union") => union(&mut file, name, it),
            (None, "enum") => enumeration(&mut file, name, it),
            (None, "input") => input(&mut file, name, it, model),
            (None, _) => scalar(&mut file, name, it),
        }
    }
    file
}

fn uses_id(field: &Field) -> bool {
    rust::innermost(&field.of) == "ID" || field.arguments.iter().any(uses_id)
}

// Writing to memory does not fail.
macro_rules! line {
    ($file:expr, $($text:tt)*) => {{ let _ = writeln!($file, $($text)*); }};
}

fn root_node(file: &mut String, model: &Model) {
    let of = |role: &str, empty: &str| match model.roots.get(role) {
        Some(name) => (name.clone(), name.clone()),
        None => (format!("juniper::{empty}<Context>"), format!("juniper::{empty}::new()")),
    };
    let (query, mutation) = (of("query", ""), of("mutation", "EmptyMutation"));
    let subscription = of("subscription", "EmptySubscription");
    line!(
        file,
        "\n/// The schema.\npub type Schema = RootNode<{}, {}, {}>;",
        query.0,
        mutation.0,
        subscription.0
    );
    line!(file, "\n/// The schema, to be served.\npub fn schema() -> Schema {{");
    line!(file, "    RootNode::new({}, {}, {})\n}}", query.1, mutation.1, subscription.1);
}

fn describe(file: &mut String, indent: &str, description: Option<&String>, otherwise: &str) {
    let text = description.map_or(otherwise, String::as_str);
    for text in text.trim().lines() {
        let text = text.trim_end();
        let space = if text.is_empty() { "" } else { " " };
        line!(file, "{indent}///{space}{text}");
    }
}

fn attributes(file: &mut String, indent: &str, parts: &[String]) {
    if !parts.is_empty() {
        line!(file, "{indent}#[graphql({})]", parts.join(", "));
    }
}

/// Whether a field is one of the struct.
fn is_held(field: &Field, model: &Model) -> bool {
    field.arguments.is_empty() && rust::is_leaf(&field.of, model)
}

fn object(file: &mut String, name: &str, it: &Type, model: &Model, is_root: bool) {
    line!(file, "");
    describe(file, "", it.description.as_ref(), name);
    let held: Vec<&Field> = it.fields.iter().filter(|field| !is_root && is_held(field, model)).collect();
    line!(file, "#[derive(Debug, Clone)]");
    if held.is_empty() {
        line!(file, "pub struct {name};");
    } else {
        line!(file, "pub struct {name} {{");
        for field in &held {
            describe(file, "    ", field.description.as_ref(), &field.name);
            line!(file, "    pub {}: {},", rust::snake(&field.name).0, rust::of(&field.of, model));
        }
        line!(file, "}}");
    }
    line!(file, "\n#[juniper::graphql_object]");
    let mut parts = vec!["context = Context".to_owned()];
    let interfaces: Vec<String> = it.interfaces.iter().map(|name| format!("{name}Value")).collect();
    if !interfaces.is_empty() {
        parts.push(format!("impl = [{}]", interfaces.join(", ")));
    }
    attributes(file, "", &parts);
    line!(file, "impl {name} {{");
    for (at, field) in it.fields.iter().enumerate() {
        if at > 0 {
            line!(file, "");
        }
        describe(file, "    ", field.description.as_ref(), &field.name);
        let (function, renamed) = rust::snake(&field.name);
        attributes(file, "    ", &renamed.into_iter().collect::<Vec<_>>());
        let of = rust::of(&field.of, model);
        if !is_root && is_held(field, model) {
            let clone = if rust::is_copy(&field.of, model) { "" } else { ".clone()" };
            line!(file, "    pub fn {function}(&self) -> {of} {{\n        self.{function}{clone}\n    }}");
            continue;
        }
        let receiver = if is_root { "" } else { "&self, " };
        line!(
            file,
            "    pub async fn {function}({receiver}{}) -> Result<{of}, Fault> {{",
            arguments(field, model)
        );
        unwritten(file, name, field);
        line!(file, "    }}");
    }
    line!(file, "}}");
}

fn unwritten(file: &mut String, name: &str, field: &Field) {
    for argument in &field.arguments {
        line!(file, "        let _ = {};", rust::snake(&argument.name).0);
    }
    line!(
        file,
        "        Err(Fault::new(\"NOT_IMPLEMENTED\", \"`{name}.{}` is not written yet.\"))",
        field.name
    );
}

/// The context, and the arguments of a field.
fn arguments(field: &Field, model: &Model) -> String {
    let mut all = vec!["_context: &Context".to_owned()];
    for argument in &field.arguments {
        let (name, renamed) = rust::snake(&argument.name);
        let default = argument.default.as_ref().and_then(|value| rust::default(value, &argument.of, model));
        let has_default = default.is_some();
        let parts: Vec<String> =
            renamed.into_iter().chain(default.map(|value| format!("default = {value}"))).collect();
        let attribute =
            if parts.is_empty() { String::new() } else { format!("#[graphql({})] ", parts.join(", ")) };
        // juniper has what has a default as a value, which `null` is none of.
        let of = if has_default {
            argument.of.trim_end_matches('!').to_owned() + "!"
        } else {
            argument.of.clone()
        };
        all.push(format!("{attribute}{name}: {}", rust::of(&of, model)));
    }
    all.join(", ")
}

fn subscription(file: &mut String, name: &str, it: &Type, model: &Model) {
    line!(file, "\n/// What a subscription gives.");
    line!(
        file,
        "pub type Events<T> = std::pin::Pin<Box<dyn juniper::futures::Stream<Item = Result<T, Fault>> + Send>>;\n"
    );
    describe(file, "", it.description.as_ref(), name);
    line!(file, "#[derive(Debug, Clone)]\npub struct {name};\n\n#[juniper::graphql_subscription]");
    line!(file, "#[graphql(context = Context)]\nimpl {name} {{");
    for (at, field) in it.fields.iter().enumerate() {
        if at > 0 {
            line!(file, "");
        }
        describe(file, "    ", field.description.as_ref(), &field.name);
        let (function, renamed) = rust::snake(&field.name);
        attributes(file, "    ", &renamed.into_iter().collect::<Vec<_>>());
        let of = rust::of(&field.of, model);
        line!(
            file,
            "    pub async fn {function}({}) -> Result<Events<{of}>, Fault> {{",
            arguments(field, model)
        );
        unwritten(file, name, field);
        line!(file, "    }}");
    }
    line!(file, "}}");
}

fn interface(file: &mut String, name: &str, it: &Type, model: &Model) {
    let implementors: Vec<&str> = model
        .types
        .iter()
        .filter(|(_, other)| other.interfaces.contains(name))
        .map(|(name, _)| name.as_str())
        .collect();
    line!(file, "");
    describe(file, "", it.description.as_ref(), name);
    line!(file, "#[juniper::graphql_interface]");
    attributes(file, "", &["context = Context".to_owned(), format!("for = [{}]", implementors.join(", "))]);
    line!(file, "pub trait {name} {{");
    for field in &it.fields {
        describe(file, "    ", field.description.as_ref(), &field.name);
        let (function, renamed) = rust::snake(&field.name);
        attributes(file, "    ", &renamed.into_iter().collect::<Vec<_>>());
        let of = rust::of(&field.of, model);
        if is_held(field, model) {
            line!(file, "    fn {function}(&self) -> {of};");
        } else {
            let arguments = arguments(field, model);
            let arguments = arguments.strip_prefix("_context: &Context").unwrap_or_default();
            line!(file, "    async fn {function}(&self{arguments}) -> Result<{of}, Fault>;");
        }
    }
    line!(file, "}}");
}

fn union(file: &mut String, name: &str, it: &Type) {
    line!(file, "");
    describe(file, "", it.description.as_ref(), name);
    line!(
        file,
        "#[derive(Debug, Clone, juniper::GraphQLUnion)]\n#[graphql(context = Context)]\npub enum {name} {{"
    );
    for member in &it.members {
        line!(file, "    /// {member}\n    {member}({member}),");
    }
    line!(file, "}}");
}

fn enumeration(file: &mut String, name: &str, it: &Type) {
    line!(file, "");
    describe(file, "", it.description.as_ref(), name);
    line!(file, "#[derive(Debug, Clone, Copy, PartialEq, Eq, juniper::GraphQLEnum)]\npub enum {name} {{");
    for member in &it.members {
        let (variant, renamed) = rust::variant(member);
        line!(file, "    /// {member}");
        attributes(file, "    ", &renamed.into_iter().collect::<Vec<_>>());
        line!(file, "    {variant},");
    }
    line!(file, "}}");
}

fn input(file: &mut String, name: &str, it: &Type, model: &Model) {
    line!(file, "");
    describe(file, "", it.description.as_ref(), name);
    line!(file, "#[derive(Debug, Clone, juniper::GraphQLInputObject)]\npub struct {name} {{");
    for field in &it.fields {
        describe(file, "    ", field.description.as_ref(), &field.name);
        let (own, renamed) = rust::snake(&field.name);
        let default = field.default.as_ref().and_then(|value| rust::default(value, &field.of, model));
        let of = if default.is_some() {
            field.of.trim_end_matches('!').to_owned() + "!"
        } else {
            field.of.clone()
        };
        let parts: Vec<String> =
            renamed.into_iter().chain(default.map(|value| format!("default = {value}"))).collect();
        attributes(file, "    ", &parts);
        line!(file, "    pub {own}: {},", rust::of(&of, model));
    }
    line!(file, "}}");
}

fn scalar(file: &mut String, name: &str, it: &Type) {
    line!(file, "");
    describe(file, "", it.description.as_ref(), &format!("{name}, as text."));
    line!(file, "#[derive(Debug, Clone, PartialEq, Eq, juniper::GraphQLScalar)]\n#[graphql(transparent)]");
    line!(file, "pub struct {name}(pub String);");
}

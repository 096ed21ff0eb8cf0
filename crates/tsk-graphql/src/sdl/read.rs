//! Reading the language.

use graphql_parser::schema::{
    Definition, Directive, Document, Field as Parsed, InputValue, TypeDefinition, TypeExtension, parse_schema,
};

use super::{Field, Model, Type};
use crate::Error;

type Text = String;

impl Model {
    /// Reads a schema.
    ///
    /// # Errors
    ///
    /// It is not in the language, or has a type twice.
    pub(crate) fn read(sdl: &str) -> Result<Self, Error> {
        let document: Document<'_, Text> = parse_schema(sdl).map_err(|error| {
            let lines: Vec<String> = error.to_string().split_whitespace().map(str::to_owned).collect();
            Error::new(format!("the schema cannot be read: {}", lines.join(" ")))
        })?;
        let document = document.into_static();
        let mut model = Self::default();
        for definition in &document.definitions {
            if let Definition::TypeDefinition(definition) = definition {
                let (name, it) = of(definition);
                if model.types.insert(name.clone(), it).is_some() {
                    return Err(Error::new(format!("the schema has the type `{name}` twice")));
                }
            }
        }
        for role in ["Query", "Mutation", "Subscription"] {
            if model.types.contains_key(role) {
                model.roots.insert(word(role), role.to_owned());
            }
        }
        for definition in &document.definitions {
            match definition {
                Definition::SchemaDefinition(schema) => {
                    let roots = [
                        ("query", &schema.query),
                        ("mutation", &schema.mutation),
                        ("subscription", &schema.subscription),
                    ];
                    model.roots =
                        roots.into_iter().filter_map(|(role, name)| Some((role, name.clone()?))).collect();
                }
                Definition::TypeExtension(extension) => model.extend(extension)?,
                Definition::TypeDefinition(_) | Definition::DirectiveDefinition(_) => {}
            }
        }
        model.settle();
        for (role, name) in &model.roots {
            if !model.types.contains_key(name) {
                return Err(Error::new(format!("the schema has `{name}` for its {role}, and no such type")));
            }
        }
        Ok(model)
    }

    /// juniper writes the default of an enum as text.
    fn settle(&mut self) {
        let enums: Vec<String> =
            self.types.iter().filter(|(_, it)| it.kind == "enum").map(|(name, _)| name.clone()).collect();
        let settle = |field: &mut Field| {
            let is_enum = enums.iter().any(|name| field.of.trim_matches(['[', ']', '!']) == name);
            if let Some(default) = field.default.as_mut().filter(|_| is_enum) {
                *default = default.replace('"', "");
            }
        };
        for field in self.types.values_mut().flat_map(|it| &mut it.fields) {
            settle(field);
            field.arguments.iter_mut().for_each(settle);
        }
    }

    fn extend(&mut self, extension: &TypeExtension<'static, Text>) -> Result<(), Error> {
        let (name, more) = match extension {
            TypeExtension::Object(it) => {
                (&it.name, object("type", None, &it.implements_interfaces, &it.fields))
            }
            TypeExtension::Interface(it) => {
                (&it.name, object("interface", None, &it.implements_interfaces, &it.fields))
            }
            TypeExtension::Union(it) => (&it.name, Type { members: it.types.clone(), ..Type::default() }),
            TypeExtension::Enum(it) => (
                &it.name,
                Type {
                    members: it.values.iter().map(|value| value.name.clone()).collect(),
                    ..Type::default()
                },
            ),
            TypeExtension::InputObject(it) => {
                (&it.name, Type { fields: inputs(&it.fields), ..Type::default() })
            }
            TypeExtension::Scalar(_) => return Ok(()),
        };
        let it = self.types.get_mut(name);
        let it =
            it.ok_or_else(|| Error::new(format!("the schema extends `{name}`, and has no such type")))?;
        it.interfaces.extend(more.interfaces);
        it.fields.extend(more.fields);
        it.members.extend(more.members);
        Ok(())
    }
}

fn word(role: &str) -> &'static str {
    match role {
        "Query" => "query",
        "Mutation" => "mutation",
        _ => "subscription",
    }
}

fn of(definition: &TypeDefinition<'static, Text>) -> (String, Type) {
    match definition {
        TypeDefinition::Scalar(it) => {
            (it.name.clone(), Type { kind: "scalar", description: it.description.clone(), ..Type::default() })
        }
        TypeDefinition::Object(it) => {
            (it.name.clone(), object("type", it.description.clone(), &it.implements_interfaces, &it.fields))
        }
        TypeDefinition::Interface(it) => (
            it.name.clone(),
            object("interface", it.description.clone(), &it.implements_interfaces, &it.fields),
        ),
        TypeDefinition::Union(it) => (
            it.name.clone(),
            Type {
                kind: "union",
                description: it.description.clone(),
                members: it.types.clone(),
                ..Type::default()
            },
        ),
        TypeDefinition::Enum(it) => {
            let members = it.values.iter().map(|value| value.name.clone()).collect();
            (
                it.name.clone(),
                Type { kind: "enum", description: it.description.clone(), members, ..Type::default() },
            )
        }
        TypeDefinition::InputObject(it) => (
            it.name.clone(),
            Type {
                kind: "input",
                description: it.description.clone(),
                fields: inputs(&it.fields),
                ..Type::default()
            },
        ),
    }
}

fn object(
    kind: &'static str,
    description: Option<String>,
    interfaces: &[String],
    fields: &[Parsed<'static, Text>],
) -> Type {
    let fields = fields.iter().map(|field| Field {
        name: field.name.clone(),
        description: field.description.clone(),
        of: field.field_type.to_string(),
        default: None,
        arguments: inputs(&field.arguments),
        directives: directives(&field.directives),
    });
    let interfaces = interfaces.iter().cloned().collect();
    Type { kind, description, interfaces, fields: fields.collect(), members: Vec::new() }
}

fn inputs(values: &[InputValue<'static, Text>]) -> Vec<Field> {
    let fields = values.iter().map(|value| Field {
        name: value.name.clone(),
        description: value.description.clone(),
        of: value.value_type.to_string(),
        default: value.default_value.as_ref().map(ToString::to_string),
        arguments: Vec::new(),
        directives: directives(&value.directives),
    });
    fields.collect()
}

fn directives(
    all: &[Directive<'static, Text>],
) -> Vec<(String, std::collections::BTreeMap<String, graphql_parser::schema::Value<'static, Text>>)> {
    all.iter().map(|it| (it.name.clone(), it.arguments.iter().cloned().collect())).collect()
}

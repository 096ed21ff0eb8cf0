use serde_json::json;

use super::*;

fn adopt(components: &mut Components, schema: Value) -> Value {
    components.adopt(&schema)
}

#[test]
fn definitions_move_and_references_follow() {
    let mut components = Components::default();
    let schema = adopt(
        &mut components,
        json!({
            "type": "array",
            "items": { "$ref": "#/$defs/User" },
            "$defs": {
                "User": { "type": "object", "properties": { "home": { "$ref": "#/$defs/Address" } } },
                "Address": { "type": "string" },
                "Unused": { "type": "null" },
            },
        }),
    );
    assert_eq!(schema, json!({ "type": "array", "items": { "$ref": "#/components/schemas/User" } }));
    assert_eq!(components.schemas.keys().collect::<Vec<_>>(), ["Address", "User"]);
    assert_eq!(
        components.schemas["User"]["properties"]["home"],
        json!({ "$ref": "#/components/schemas/Address" })
    );
}

#[test]
fn the_same_name_is_one_schema_only_if_all_that_it_refers_to_is_the_same() {
    let of = |id: &str| {
        json!({
            "$ref": "#/$defs/User",
            "$defs": {
                "User": { "type": "object", "properties": { "id": { "$ref": "#/$defs/Id" } } },
                "Id": { "type": id },
            },
        })
    };
    let mut components = Components::default();
    assert_eq!(adopt(&mut components, of("string")), json!({ "$ref": "#/components/schemas/User" }));
    assert_eq!(adopt(&mut components, of("integer")), json!({ "$ref": "#/components/schemas/User2" }));
    assert_eq!(adopt(&mut components, of("string")), json!({ "$ref": "#/components/schemas/User" }));
    assert_eq!(components.schemas.keys().collect::<Vec<_>>(), ["Id", "Id2", "User", "User2"]);
    assert_eq!(components.schemas["User2"]["properties"]["id"]["$ref"], "#/components/schemas/Id2");
}

#[test]
fn a_number_behind_a_name_is_never_that_of_another() {
    let of = |name: &str, kind: &str| json!({ "$ref": format!("#/$defs/{name}"), "$defs": { name: { "type": kind } } });
    let mut components = Components::default();
    adopt(&mut components, of("User2", "string"));
    adopt(&mut components, of("User", "string"));
    adopt(&mut components, of("User", "integer"));
    assert_eq!(components.schemas.keys().collect::<Vec<_>>(), ["User", "User2", "User3"]);
    assert_eq!(components.schemas["User3"]["type"], "integer");
}

#[test]
fn a_type_with_a_name_is_a_component_and_may_refer_to_itself() {
    let mut components = Components::default();
    let node = json!({
        "title": "Node",
        "type": "object",
        "properties": { "next": { "$ref": "#" }, "leaf": { "$ref": "#/$defs/Leaf" } },
        "$defs": { "Leaf": { "properties": { "back": { "$ref": "#" } } } },
    });
    assert_eq!(adopt(&mut components, node), json!({ "$ref": "#/components/schemas/Node" }));
    assert_eq!(components.schemas["Node"]["properties"]["next"]["$ref"], "#/components/schemas/Node");
    assert_eq!(components.schemas["Leaf"]["properties"]["back"]["$ref"], "#/components/schemas/Node");
}

#[test]
fn a_title_in_words_names_nothing() {
    let mut components = Components::default();
    let schema = json!({ "title": "The user to add", "type": "object" });
    assert_eq!(adopt(&mut components, schema.clone()), schema);
    assert!(components.schemas.is_empty());
}

#[test]
fn names_are_made_fit_for_a_document() {
    let mut components = Components::default();
    let page = json!({ "$ref": "#/$defs/Page%3CUser%3E", "$defs": { "Page<User>": { "type": "object" } } });
    assert_eq!(adopt(&mut components, page), json!({ "$ref": "#/components/schemas/Page_User_" }));
}

#[test]
fn a_property_called_like_a_keyword_is_a_property() {
    let mut components = Components::default();
    let schema = json!({ "properties": { "$ref": { "type": "string" }, "items": { "$ref": "#/$defs/Item" } },
        "$defs": { "Item": {} } });
    let adopted = adopt(&mut components, schema);
    assert_eq!(adopted["properties"]["$ref"], json!({ "type": "string" }));
    assert_eq!(adopted["properties"]["items"]["$ref"], "#/components/schemas/Item");
}

#[test]
fn an_array_says_of_what_it_is_without_meaning_another_thing() {
    let mut components = Components::default();
    assert_eq!(adopt(&mut components, json!({ "type": "array" })), json!({ "type": "array", "items": {} }));
    assert_eq!(
        adopt(&mut components, json!({ "type": "array", "prefixItems": [{}, {}], "items": false })),
        json!({ "type": "array", "prefixItems": [{}, {}], "items": {}, "maxItems": 2 })
    );
}

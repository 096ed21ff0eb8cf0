use serde_json::json;
use tsk_core::{Endpoint, Meta, Operation, RouteTable, operation::Parameter};

use super::*;
use crate::Info;

#[test]
fn an_operation_is_told_in_full() {
    let mut operation = Operation::default();
    operation.summary = Some("Fetch one user".into());
    operation.tags = vec!["users".into()];
    operation.deprecated = true;
    operation.security.push([("token".to_owned(), vec!["read".to_owned()])].into());
    operation.parameters.push(Parameter {
        name: "id".into(),
        location: Location::Path,
        required: true,
        description: Some("Which one | of all.".into()),
        schema: json!({ "type": "integer", "minimum": 1 }),
    });
    let schema = json!({ "$ref": "#/$defs/User", "$defs": { "User": {
        "type": "object",
        "properties": { "name": { "type": "string", "description": "What they are called." } },
        "required": ["name"],
    } } });
    operation.respond(200, "The user.").content.media.insert("application/json".into(), schema);
    let route = Endpoint::new(Some(http::Method::GET), "/users/{id}").declared(operation, Meta::default());
    let docs = Docs::new(Info::new("Users", "1")).tag("users", "Who is known.").tag("unused", "Not shown.");
    let expected = "\
# Users 1

## users

Who is known.

### GET `/users/{id}`

**Deprecated.**

Fetch one user

Operation `get_users_by_id`. Needs `token` (read).

| parameter | in | type | |
|---|---|---|---|
| `id` | path | integer, at least 1 | **required** Which one \\| of all. |

| status | | headers |
|---|---|---|
| 200 | The user. |  |

**Answer 200**

`application/json`: User

| field | type | |
|---|---|---|
| `name` | string | **required** What they are called. |

```json
{
  \"name\": \"text\"
}
```
";
    assert_eq!(docs.document(RouteTable::new([route])).markdown(), expected);
}

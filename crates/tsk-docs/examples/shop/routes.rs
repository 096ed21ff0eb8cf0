//! The routes of the shop.

use http::Method;
use serde_json::{Value, json};
use tsk_core::Endpoint;

use super::{
    describe::{Describe, on},
    schemas::{bytes, list, named, number, one_or_several, sku, uuid},
};

pub(crate) fn all() -> Vec<Endpoint> {
    let all = customers().into_iter().chain(products()).chain(orders()).chain(others());
    all.map(Describe::route).collect()
}

fn page() -> Value {
    json!({ "type": "integer", "minimum": 1, "default": 1, "description": "Which page to show." })
}

fn etag() -> Value {
    json!({ "type": "string", "description": "The tag of this version.", "examples": ["\"1\""] })
}

fn customers() -> Vec<Describe> {
    let tag = "customers";
    vec![
        on(Method::GET, "/customers", tag, "List customers", "By name.")
            .query("page", page())
            .query("sort", json!({ "type": "string", "enum": ["name", "joined"], "default": "name" }))
            .query("label", json!({ "type": "array", "items": { "type": "string" }, "uniqueItems": true }))
            .answers("A page of customers.", list("Customer"))
            .with(200, "link", json!({ "type": "string", "description": "Where the next page is." }))
            .needs("token", &[])
            .needs("key", &[]),
        on(Method::POST, "/customers", tag, "Add a customer", "Their address of mail must be new.")
            .json(named("Customer"))
            .gives(201, "They were added.", "application/json", named("Customer"))
            .with(201, "location", json!({ "type": "string", "format": "uri-reference" }))
            .says(409, "There is one with this address.")
            .needs("token", &[]),
        on(Method::GET, "/customers/{id}", tag, "Fetch one customer", "With all that is known of them.")
            .path("id", uuid())
            .header("if-none-match", json!({ "type": "string", "description": "The tag of what is known." }))
            .answers("The customer.", named("Customer"))
            .with(200, "etag", etag())
            .says(304, "It is as it was.")
            .says(404, "There is no such customer.")
            .needs("token", &[]),
        on(Method::PUT, "/customers/{id}", tag, "Replace a customer", "Everything, but for their id.")
            .path("id", uuid())
            .must_header(
                "if-match",
                json!({ "type": "string", "description": "What it replaces.", "examples": ["\"1\""] }),
            )
            .json(named("Customer"))
            .answers("As they are now.", named("Customer"))
            .says(412, "Somebody else changed them.")
            .needs("token", &[]),
        on(Method::PATCH, "/customers/{id}", tag, "Change a customer", "In parts.")
            .path("id", uuid())
            .body("application/merge-patch+json", named("Changes"))
            .answers("As they are now.", named("Customer"))
            .needs("token", &[]),
        on(Method::DELETE, "/customers/{id}", tag, "Remove a customer", "Their orders stay.")
            .path("id", uuid())
            .says(204, "They were removed.")
            .needs("token", &[])
            .needs("key", &[]),
        on(Method::GET, "/customers/{id}/addresses", tag, "List addresses", "The latest first.")
            .path("id", uuid())
            .answers("Every address.", list("Address"))
            .needs("token", &[]),
        on(Method::POST, "/customers/{id}/addresses", tag, "Add an address", "It becomes the latest.")
            .path("id", uuid())
            .json(named("Address"))
            .says(204, "It was added.")
            .needs("token", &[]),
        on(Method::GET, "/v1/customers/{id}", tag, "Fetch one customer", "Ask without the version.")
            .path("id", uuid())
            .answers("The customer.", named("Customer"))
            .needs("token", &[])
            .deprecated(),
    ]
}

fn products() -> Vec<Describe> {
    let tag = "products";
    vec![
        on(Method::GET, "/products", tag, "Find products", "By their words and their price.")
            .must_query("q", json!({ "type": "string", "minLength": 2, "examples": ["chess"] }))
            .query("dearer", json!({ "type": "number", "exclusiveMinimum": 0, "deprecated": true }))
            .query("in_stock", json!({ "type": "boolean" }))
            .header("accept-language", json!({ "type": "string", "examples": ["en"] }))
            .answers("What was found.", list("Product")),
        on(Method::POST, "/products", tag, "Add a product", "Or several in one body.")
            .json(one_or_several("Product"))
            .says(201, "They were added.")
            .needs("key", &[]),
        on(Method::GET, "/products/{sku}", tag, "Fetch one product", "As it is sold.")
            .path("sku", sku())
            .answers("The product.", named("Product"))
            .says(404, "There is no such product."),
        on(Method::GET, "/products/{sku}/image", tag, "Fetch its picture", "As it was stored.")
            .path("sku", sku())
            .gives(200, "The picture.", "image/png", bytes())
            .says(404, "There is none."),
        on(Method::PUT, "/products/{sku}/image", tag, "Store its picture", "In place of the one before.")
            .path("sku", sku())
            .body("image/png", bytes())
            .body("image/jpeg", bytes())
            .says(204, "It was stored.")
            .needs("key", &[]),
        on(Method::GET, "/products/{sku}/reviews", tag, "Read reviews", "The latest first.")
            .path("sku", sku())
            .answers("Every review.", list("Review")),
        on(Method::POST, "/products/{sku}/reviews", tag, "Write a review", "By a form.")
            .path("sku", sku())
            .body("application/x-www-form-urlencoded", named("Review"))
            .says(201, "It was written.")
            .needs("session", &[]),
    ]
}

fn orders() -> Vec<Describe> {
    let tag = "orders";
    let time = |text: &str| json!({ "type": "string", "format": "date-time", "description": text });
    let documents = json!({
        "type": "object",
        "properties": {
            "title": { "type": "string" },
            "files": { "type": "array", "items": bytes() },
        },
        "required": ["files"],
    });
    vec![
        on(Method::GET, "/orders", tag, "List orders", "Of who is logged in.")
            .cookie("currency", json!({ "type": "string", "enum": ["EUR"] }))
            .query("from", time("Not before."))
            .query("to", time("Not after."))
            .answers("The orders.", list("Order"))
            .needs("login", &["orders:read"])
            .needs("session", &[]),
        on(Method::POST, "/orders", tag, "Place an order", "It is sent when it is paid.")
            .must_header("idempotency-key", json!({ "type": "string", "format": "uuid" }))
            .json(named("Order"))
            .gives(201, "It was placed.", "application/json", named("Order"))
            .with(201, "location", json!({ "type": "string", "format": "uri-reference" }))
            .needs("login", &["orders:write"]),
        on(Method::GET, "/orders/{number}", tag, "Fetch one order", "And where it is.")
            .path("number", number())
            .answers("The order.", named("Order"))
            .needs("login", &["orders:read"]),
        on(Method::POST, "/orders/{number}/cancel", tag, "Cancel an order", "As long as it was not sent.")
            .path("number", number())
            .optional_json(
                json!({ "type": "object", "properties": { "why": { "type": ["string", "null"] } } }),
            )
            .says(204, "It was cancelled.")
            .says(409, "It is on its way.")
            .needs("login", &["orders:write"]),
        on(Method::GET, "/orders/{number}/events", tag, "Follow an order", "As it goes.")
            .path("number", number())
            .header("last-event-id", json!({ "type": "string" }))
            .gives(200, "Events as they happen.", "text/event-stream", json!({ "type": "string" }))
            .needs("login", &["orders:read"]),
        on(Method::GET, "/orders/{number}/invoice", tag, "Fetch the invoice", "To be printed.")
            .path("number", number())
            .gives(200, "The invoice.", "application/pdf", bytes())
            .gives(
                200,
                "The invoice.",
                "text/plain",
                json!({ "type": "string", "examples": ["One book: 12.50"] }),
            )
            .needs("login", &["orders:read"]),
        on(Method::POST, "/orders/{number}/documents", tag, "Add documents", "By a form with files.")
            .path("number", number())
            .body("multipart/form-data", documents)
            .says(204, "They were added.")
            .needs("login", &["orders:write"]),
    ]
}

fn others() -> Vec<Describe> {
    let month = json!({ "type": "integer", "minimum": 1, "maximum": 12 });
    let any_file = || json!({ "type": "string", "description": "Where the file is." });
    vec![
        on(Method::GET, "/categories", "products", "Show the categories", "As a tree.")
            .answers("The root.", named("Category")),
        on(Method::PUT, "/categories", "products", "Replace the categories", "As a tree.")
            .json(named("Category"))
            .says(204, "They were replaced.")
            .needs("key", &[]),
        on(Method::GET, "/reports/{year}/{month}", "reports", "Read a report", "Of one month.")
            .path("year", json!({ "type": "integer", "minimum": 2000, "exclusiveMaximum": 2100 }))
            .path("month", month)
            .answers("The report.", named("Report"))
            .needs("login", &["reports"]),
        on(Method::POST, "/reports/search", "reports", "Search reports", "By product or by words.")
            .json(named("Search"))
            .answers("What was found.", list("Report"))
            .needs("login", &["reports"]),
        on(Method::GET, "/files/{*path}", "files", "Fetch a file", "As it was stored.")
            .path("path", any_file())
            .gives(200, "The file.", "application/octet-stream", bytes())
            .says(404, "There is no such file."),
        on(Method::PUT, "/files/{*path}", "files", "Store a file", "In place of the one before.")
            .path("path", any_file())
            .body("application/octet-stream", bytes())
            .says(204, "It was stored.")
            .needs("key", &[]),
        on(Method::POST, "/session", "service", "Log in", "By a form.")
            .body(
                "application/x-www-form-urlencoded",
                json!({
                    "type": "object",
                    "properties": { "name": { "type": "string" }, "password": { "type": "string", "format": "password" } },
                    "required": ["name", "password"],
                }),
            )
            .says(204, "There is a session.")
            .with(204, "set-cookie", json!({ "type": "string" })),
        on(Method::GET, "/status", "service", "Ask how it is", "In a word.")
            .gives(200, "It is well.", "text/plain", json!({ "type": "string", "examples": ["well"] })),
    ]
}

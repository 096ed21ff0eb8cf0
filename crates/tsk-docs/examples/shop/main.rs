//! The documents of a shop with every kind of parameter and body:
//! `cargo run -p tsk-docs --example shop -- target/shop` writes them to a directory.

mod describe;
mod routes;
mod schemas;

use std::{env, fs, path::PathBuf};

use serde_json::json;
use tsk_core::RouteTable;
use tsk_docs::{Docs, Document, Info, route_table};

fn docs() -> Docs {
    let info = Info::new("Shop", "1.4.0")
        .description("Customers, what they may buy, and what they have bought.")
        .contact("The shop", "https://shop.example/contact")
        .license("MIT", "https://opensource.org/license/mit")
        .terms("https://shop.example/terms");
    Docs::new(info)
        .server("https://shop.example", "The shop")
        .tag("customers", "Who buys.")
        .tag("products", "What there is.")
        .tag("orders", "What was bought.")
        .tag("reports", "How it goes.")
        .tag("files", "What belongs to it.")
        .tag("service", "The service itself.")
        .security_scheme("token", json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }))
        .security_scheme("key", json!({ "type": "apiKey", "in": "header", "name": "x-api-key" }))
        .security_scheme("session", json!({ "type": "apiKey", "in": "cookie", "name": "session" }))
        .security_scheme(
            "login",
            json!({
                "type": "oauth2",
                "flows": {
                    "authorizationCode": {
                        "authorizationUrl": "https://login.shop.example/authorize",
                        "tokenUrl": "https://login.shop.example/token",
                        "scopes": { "orders:read": "See orders", "orders:write": "Place orders" },
                    },
                    "clientCredentials": {
                        "tokenUrl": "https://login.shop.example/token",
                        "scopes": { "orders:read": "See orders", "reports": "Read reports" },
                    },
                },
            }),
        )
}

fn table() -> RouteTable {
    RouteTable::new(routes::all())
}

fn document() -> Document {
    docs().document(table())
}

fn main() -> std::io::Result<()> {
    let directory = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "target/shop".into()));
    fs::create_dir_all(&directory)?;
    let document = document();
    fs::write(directory.join("openapi.json"), document.openapi())?;
    fs::write(directory.join("openapi-3.0.json"), document.openapi_3_0())?;
    fs::write(directory.join("docs.md"), document.markdown())?;
    fs::write(directory.join("routes.txt"), route_table(&table()))?;
    println!("{}", directory.display());
    Ok(())
}

#[cfg(test)]
mod tests;

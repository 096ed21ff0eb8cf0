//! An application with all the commands: `cargo run -p tsk-cli --example shop -- web start`.
//!
//! `shop web status`, `shop web reload` and the others are about this program, and its own settings are in the same file
//! and the same environment as those of tsk: `[shop] currency`, `TSK_SHOP__CURRENCY`.

use std::process::ExitCode;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tsk::prelude::*;
use tsk_cli::Application;
use tsk_cli::schemars::{self, JsonSchema};

#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// The shop.
    shop: Shop,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Shop {
    /// What prices are in. Default: EUR.
    currency: String,
}

impl Default for Shop {
    fn default() -> Self {
        Self { currency: "EUR".into() }
    }
}

async fn price(Path(sku): Path<String>, State(shop): State<Arc<Shop>>) -> String {
    format!("{sku} costs 7 {}", shop.currency)
}

async fn app(config: Config, settings: Settings) -> Result<App, tsk::Error> {
    let routes = Router::new()
        .route(get("/prices/{sku}", price).summary("What something costs"))
        .state(Arc::new(settings.shop));
    Ok(App::new(config).routes(routes))
}

fn main() -> ExitCode {
    tsk_cli::run(Application::with_settings("shop", env!("CARGO_PKG_VERSION"), app))
}

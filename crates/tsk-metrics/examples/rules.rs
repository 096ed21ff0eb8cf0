//! Writes the rules for a service and their tests to a folder, for who has no `tsk` command.
//!
//! `cargo run -p tsk-metrics --example rules -- rules/`

use std::{env, fs, path::PathBuf};

use tsk_core::{Endpoint, Meta, Operation, RouteTable};
use tsk_metrics::{
    Config,
    rules::{self, Rules},
    slo::{Slo, SloConfig, Slos},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = env::args().nth(1).map(PathBuf::from).ok_or("name a folder to write to")?;
    let mut meta = Meta::default();
    meta.insert(Slo::availability(99.9).latency_ms(50, 99.0));
    let users = Endpoint::new(Some(http::Method::GET), "/users/{id}").declared(Operation::default(), meta);
    let all: SloConfig = serde_json::from_str(r#"{ "name": "shop", "availability": 99.5 }"#)?;
    let counted = Config::default();
    let slos = Slos::new(&RouteTable::new([users]), &[all], &counted)?;
    let config = rules::Config {
        service: Some("shop".into()),
        matchers: [("job".to_owned(), "shop".to_owned())].into(),
        ..rules::Config::default()
    };
    let rules = Rules::new(&slos, &config, &counted)?;
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("rules.yml"), rules.yaml())?;
    fs::write(folder.join("rules.test.yml"), rules.tests("rules.yml"))?;
    Ok(())
}

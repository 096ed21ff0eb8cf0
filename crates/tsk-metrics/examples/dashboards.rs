//! Writes the dashboards of a service as it is by default to a folder, or says which of the files there are others.
//!
//! `cargo run -p tsk-metrics --features grafana --example dashboards -- generate docs/dashboards`

use std::{env, fs, path::Path};

use serde_json::Value;
use tsk_core::RouteTable;
use tsk_metrics::{
    Config,
    grafana::{self, Check, Dashboards},
    rules,
    slo::Slos,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<_> = env::args().skip(1).collect();
    let [command, folder] = args.as_slice() else {
        return Err("say `generate` or `check`, and a folder".into());
    };
    let (counted, rules) = (Config::default(), rules::Config::default());
    let dashboards = Dashboards::new(
        &grafana::Config::default(),
        &RouteTable::default(),
        &Slos::default(),
        &rules,
        &counted,
    );
    let check = Check::new(&counted, &rules);
    let mut mistakes = Vec::new();
    for dashboard in dashboards.all() {
        for (form, value) in [("classic", dashboard.classic()), ("v2", dashboard.resource())] {
            mistakes.extend(check.dashboard(&value));
            let path = Path::new(folder).join(form).join(format!("{}.json", dashboard.uid));
            if command == "generate" {
                fs::create_dir_all(path.parent().unwrap_or(Path::new(folder)))?;
                fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&value)?))?;
            } else if !is_same(&path, &value) {
                mistakes
                    .push(format!("{} is not that of today: `cargo xtask grafana generate`", path.display()));
            }
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes.join("\n").into()) }
}

/// The order of fields is that of whichever features are on.
fn is_same(path: &Path, value: &Value) -> bool {
    let text = fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str::<Value>(&text).is_ok_and(|there| there == *value)
}

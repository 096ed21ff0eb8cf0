//! What a file of settings may hold: what was read can be written and read again, and nothing panics.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tsk_http::{Config, Listen};

fuzz_target!(|text: &str| {
    let _ = text.parse::<Listen>();
    if let Ok(config) = toml::from_str::<Config>(text) {
        let _ = config.id_header();
        let written = toml::to_string(&config).expect("settings can be written");
        // Sizes are written rounded.
        toml::from_str::<Config>(&written).expect("what was written can be read");
    }
});

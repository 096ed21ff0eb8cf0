//! What a file of settings may hold: it reads as it is written, and nothing panics.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tsk_http::{Config, Listen};

fuzz_target!(|text: &str| {
    let _ = text.parse::<Listen>();
    if let Ok(config) = toml::from_str::<Config>(text) {
        let _ = config.id_header();
        let written = toml::to_string(&config).expect("settings can be written");
        assert_eq!(toml::from_str(&written), Ok(config));
    }
});

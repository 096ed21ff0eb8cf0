//! A client that keeps cookies.

use std::fs;

use tempfile::TempDir;
use tsk_tests::{Answer, curl};

use super::shop::Shop;

/// curl with cookies of its own.
pub(super) struct Client {
    jar: TempDir,
}

impl Client {
    pub(super) fn new() -> Self {
        Self { jar: tempfile::tempdir().expect("a temporary folder") }
    }

    /// The same cookies, elsewhere.
    pub(super) fn copy(&self) -> Self {
        let copy = Self::new();
        fs::copy(self.file(), copy.file()).expect("a file of our own");
        copy
    }

    pub(super) fn file(&self) -> String {
        self.jar.path().join("jar").display().to_string()
    }

    pub(super) fn ask(&self, shop: &Shop, method: &str, path: &str, more: &[&str]) -> Answer {
        let (jar, url) = (self.file(), shop.url(path));
        let mut args = vec!["--cacert", shop.authority.file(), "--cookie", &jar, "--cookie-jar", &jar];
        let origin = format!("origin: {}", shop.url(""));
        args.extend(["--header", &origin, "--request", method]);
        args.extend(more);
        args.push(&url);
        curl(&args)
    }

    pub(super) fn log_in(&self, shop: &Shop, name: &str, password: &str) -> u16 {
        let (name, password) = (format!("name={name}"), format!("password={password}"));
        self.ask(shop, "POST", "/login", &["--data-urlencode", &name, "--data-urlencode", &password]).status
    }

    pub(super) fn me(&self, shop: &Shop) -> u16 {
        self.ask(shop, "GET", "/me", &[]).status
    }

    /// What the cookie of the session says.
    pub(super) fn id(&self, name: &str) -> Option<String> {
        let jar = fs::read_to_string(self.file()).unwrap_or_default();
        let mut cookies = jar.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        cookies.find_map(|fields| (fields.get(5) == Some(&name)).then(|| fields[6].to_owned()))
    }
}

//! Logins at oidc-provider, which is certified, by script and by a browser.

mod chromium;
mod shop;
mod site;
mod tokens;

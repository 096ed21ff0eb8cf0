//! Logins at a provider, as routes.

use http::Request;
use tsk_auth::{access::DeclareAccess as _, oidc::Oidc};
use tsk_core::Body;
use tsk_http::{Router, api::DeclareAnswers as _, on};

use crate::App;

impl App {
    /// Has users log in at a provider of OpenID Connect: answers at its [paths](Oidc::paths), takes the sessions that logins make for
    /// who is calling, and gives them to handlers, as [`Session`](tsk_auth::session::Session). Browsers are sent to log in where
    /// others are answered with 401. Settings in `[auth.oidc]` do the same.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tsk::auth::{oidc::Oidc, session::{MemoryStore, Sessions}};
    /// use tsk::prelude::*;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let sessions = Sessions::new(Arc::new(MemoryStore::new(100_000, 256 << 20)));
    /// let oidc = Oidc::builder("https://id.example.com", "shop", "https://shop.example.com/auth/callback", sessions)
    ///     .client_secret("…")
    ///     .build()?;
    /// async fn me(caller: Authenticated) -> String {
    ///     caller.principal().id().to_owned()
    /// }
    /// let routes = Router::new().route(get("/me", me).access(Access::authenticated()));
    /// let client = App::new(Config::default()).routes(routes).oidc(oidc).client()?;
    /// let sent = client.get("/me").header("accept", "text/html").await;
    /// assert_eq!(sent.headers()["location"], "/auth/login?next=/me");
    /// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub fn oidc(self, oidc: Oidc) -> Self {
        self.auth(|auth| auth.oidc(oidc))
    }
}

/// The paths of logins at these providers.
pub(crate) fn routes(providers: &[Oidc]) -> Router {
    let mut routes = Router::new();
    for oidc in providers {
        for (path, methods) in oidc.paths() {
            for method in methods {
                let oidc = oidc.clone();
                let answer = move |request: Request<Body>| {
                    let oidc = oidc.clone();
                    async move { oidc.answer(request).await }
                };
                routes = routes.route(on(method.clone(), path, answer).public().hidden());
            }
        }
    }
    routes
}

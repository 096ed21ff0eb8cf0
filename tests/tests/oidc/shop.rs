//! A service that says who is logged in, and asks others on their behalf.

use tempfile::TempDir;
use tsk::auth::oidc::{Oidc, OidcError};
use tsk::auth::session::{MemoryStore, Sessions};
use tsk::prelude::*;
use tsk_tests::{Application, Authority, Provider, free_port};

/// The service, over TLS, and its provider.
pub(super) struct Shop {
    pub(super) provider: Provider,
    pub(super) authority: Authority,
    application: Application,
    _folder: TempDir,
}

async fn me(caller: Authenticated) -> Html<String> {
    Html(format!("<!doctype html><title>Me</title><p>{}</p>", caller.principal().id()))
}

async fn token(State(oidc): State<Oidc>, session: Session) -> Result<String, OidcError> {
    Ok(oidc.access_token(&session).await?.map(String::from).unwrap_or_default())
}

impl Shop {
    pub(super) fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let authority = Authority::new(folder.path(), "authority");
        authority.issue("server");
        let address = format!("127.0.0.1:{}", free_port());
        let origin = format!("https://{address}");
        let provider = Provider::start(&origin, &authority);
        let sessions = Sessions::new(std::sync::Arc::new(MemoryStore::new(1000, 1 << 24)));
        let oidc = Oidc::builder(provider.url(""), "shop", format!("{origin}/auth/callback"), sessions)
            .client_secret(Provider::SECRET)
            .scope("offline_access")
            .parameter("prompt", "consent")
            .roles_at("roles")
            .userinfo()
            .after_logout(format!("{origin}/bye"))
            .build()
            .expect("settings that can be");
        let routes = Router::new()
            .route(get("/me", me).access(Access::authenticated()))
            .route(get("/editors", async || "for editors").access(Access::role("editor")))
            .route(get("/token", token).access(Access::authenticated()))
            .route(get("/bye", async || Html("<!doctype html><p>Bye</p>")).public())
            .state(oidc.clone());
        let path = folder.path().display();
        let config = format!(
            "[admin]\nenabled = false\n[[http.listen]]\naddress = \"{address}\"\n\
             [http.listen.tls]\ncertificate = \"{path}/server.pem\"\nkey = \"{path}/server.key\"\n"
        );
        let config = Config::loader().text("tsk.toml", &config).environment([("", ""); 0]).load();
        let app = App::new(config.expect("settings that can be")).routes(routes).oidc(oidc);
        Self { provider, authority, application: Application::of(app), _folder: folder }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.application.address())
    }
}

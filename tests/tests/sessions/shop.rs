//! A service with a form to log in by, whose sessions are those of the settings.

use std::time::SystemTime;

use tempfile::TempDir;
use tsk::auth::login::{Form as Page, Submitted, destination};
use tsk::auth::password::{Cost, Devices, Logins, Passwords, Visitor};
use tsk::auth::session::{Login, SessionError, Sessions, Unchecked};
use tsk::prelude::*;
use tsk_tests::{Application, Authority};

/// The service, over TLS, as browsers want it for what is secret.
pub(super) struct Shop {
    pub(super) application: Application,
    pub(super) authority: Authority,
    _folder: TempDir,
}

/// What nobody may.
const ADMIN: Permission = Permission::new("shop:admin");

/// Who has an account, all with the same password.
const ACCOUNTS: [&str; 2] = ["ada", "bob"];
pub(super) const PASSWORD: &str = "correct horse";

/// The hash of that.
#[derive(Clone)]
struct Hash(String);

async fn page(session: Session) -> Result<Page, SessionError> {
    Ok(Page::new("Shop").token(session.csrf_token().await?))
}

async fn log_in(
    State(logins): State<Logins>,
    State(Hash(hash)): State<Hash>,
    visitor: Visitor,
    unchecked: Unchecked,
    Form(submitted): Form<Submitted>,
) -> Result<Result<Redirect, Page>, Problem> {
    let session = unchecked.check(&submitted.token).await?;
    let hash = ACCOUNTS.contains(&&*submitted.name).then_some(&*hash);
    if let Err(error) = logins.check(&submitted.name, &submitted.password, hash, &visitor).await {
        let page = Page::new("Shop").name(submitted.name).token(session.csrf_token().await?).error(error);
        return Ok(Err(page));
    }
    session.login(Login::new(submitted.name)).await?;
    Ok(Ok(Redirect::to(destination(submitted.next.as_deref(), "/me"))))
}

async fn me(caller: Authenticated, session: Session) -> Result<Html<String>, SessionError> {
    let seen = session.get::<u32>("seen").await?.unwrap_or(0) + 1;
    session.set("seen", &seen).await?;
    let name = caller.principal().id();
    let out = "<form method=post action=/logout><button>Log out</button></form>";
    Ok(Html(format!("<!doctype html><title>Me</title><p>{name}, {seen}</p>{out}")))
}

async fn devices(
    State(sessions): State<Sessions>,
    caller: Authenticated,
) -> Result<Json<usize>, SessionError> {
    Ok(Json(sessions.list(caller.principal().id(), SystemTime::now()).await?.len()))
}

/// Ends all others.
async fn end_others(State(sessions): State<Sessions>, session: Session) -> Result<(), SessionError> {
    let subject = session.subject().await?.ok_or(SessionError::Ended)?;
    sessions.revoke_all(&subject, session.key().await?).await?;
    Ok(())
}

async fn log_out(session: Session) -> Result<Redirect, SessionError> {
    session.logout().await?;
    Ok(Redirect::to("/login"))
}

/// Who is greeted by name, and who is not.
async fn greeting(caller: Option<Authenticated>) -> String {
    caller.map_or_else(|| "hello".to_owned(), |caller| format!("hello {}", caller.principal().id()))
}

/// A page of somebody else that has its visitors log out.
async fn trap(Path(port): Path<u16>) -> Html<String> {
    Html(format!(
        "<form method=post action=https://127.0.0.1:{port}/logout><button>Win a prize</button></form>"
    ))
}

fn routes((logins, hash): (Logins, Hash)) -> Router {
    Router::new()
        .route(get("/login", page).public())
        .route(post("/login", log_in).public())
        .route(get("/greeting", greeting).public())
        .route(get("/trap/{port}", trap).public())
        .route(get("/me", me).access(Access::authenticated()))
        .route(get("/devices", devices).access(Access::authenticated()))
        .route(post("/devices/end", end_others).access(Access::authenticated()))
        .route(get("/accounts", || async { "ada, bob" }).access(ADMIN))
        .route(post("/logout", log_out).access(Access::authenticated()))
        .state(logins)
        .state(hash)
}

/// Who looks at passwords, and the hash of the one that there is.
fn passwords() -> (Logins, Hash) {
    // Cheap, as what it costs is not looked at here.
    let cost = Cost { memory: 256, passes: 1, lanes: 1 };
    let passwords = Passwords::with(cost, 2, 64).expect("a cost that can be");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let hash = runtime.block_on(passwords.hash(PASSWORD)).expect("there is room");
    (Logins::with(passwords, Devices::new().expect("the system has randomness")), Hash(hash))
}

impl Shop {
    /// With these settings of `[auth.session]`.
    pub(super) fn open(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let authority = Authority::new(folder.path(), "authority");
        authority.issue("server");
        let path = folder.path().display();
        let config = format!(
            "[auth]\nlogin = \"/login\"\n[auth.session]\n{settings}\n[admin]\nenabled = false\n\
             [[http.listen]]\naddress = \"127.0.0.1:0\"\n\
             [http.listen.tls]\ncertificate = \"{path}/server.pem\"\nkey = \"{path}/server.key\"\n"
        );
        let config = Config::loader().text("tsk.toml", &config).environment([("", ""); 0]).load();
        let app = App::new(config.expect("settings that can be")).routes(routes(passwords()));
        Self { application: Application::of(app), authority, _folder: folder }
    }

    /// Stops it, and waits until it has.
    pub(super) fn close(self) {
        self.application.stop();
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.application.address())
    }
}

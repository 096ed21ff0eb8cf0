//! Who may use which path, in a plain hyper server: `cargo run -p tsk-auth --example auth_in_hyper`, then, with what it prints,
//!
//! ```text
//! curl -i http://127.0.0.1:8080/
//! curl -i http://127.0.0.1:8080/me
//! curl -i http://127.0.0.1:8080/me -H "authorization: Bearer $READER"
//! curl -i -X POST http://127.0.0.1:8080/posts -H "authorization: Bearer $READER"
//! curl -i -X POST http://127.0.0.1:8080/posts -H "authorization: Bearer $EDITOR"
//! curl -i http://127.0.0.1:8080/me -u ada:wrong
//! curl -i http://127.0.0.1:8080/me -u ada:"correct horse"
//! ```

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use hyper::{Method, Request, Response, StatusCode, body::Incoming};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tower_layer::Layer as _;
use tower_service::Service;
use tsk_auth::{
    Auth, Authenticated, Permits,
    access::{Access, Permission, Roles},
    basic::{Accounts, Basic},
    jwt::{Algorithm, Bearer, Grant, Issuer, Keys, Signer, SigningKey, Verifier},
    password::Passwords,
};
use tsk_core::{Body, Drain, FromParts as _, Gate, GateLayer, Head, IntoResponse as _, Problem};

const WRITE: Permission = Permission::new("posts:write");

/// The gate of each path.
#[derive(Clone)]
struct Paths {
    open: Auth,
    known: Auth,
    writers: Auth,
}

impl Paths {
    fn of(&self, method: &Method, path: &str) -> &Auth {
        match (method, path) {
            (&Method::GET, "/") => &self.open,
            (&Method::POST, "/posts") => &self.writers,
            // What nobody has thought of is for nobody who is not known.
            _ => &self.known,
        }
    }
}

impl tsk_core::Policy for Paths {}

impl Gate for Paths {
    type Ticket = ();
    type Wait = <Auth as Gate>::Wait;

    fn admit(&self, head: Head<'_>) -> tsk_core::Admission<(), Self::Wait> {
        self.of(head.method, head.uri.path()).admit(head)
    }
}

/// Answers those who were let in.
#[derive(Clone)]
struct Blog {
    auth: Auth,
}

impl Blog {
    fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (mut parts, _) = request.into_parts();
        parts.extensions.insert(self.auth.clone()); // for `Permits`
        let name = |caller: Authenticated| caller.principal().id().to_owned();
        let caller = Authenticated::<()>::from_parts(&mut parts).map(name);
        match (&parts.method, parts.uri.path()) {
            (&Method::GET, "/") => {
                format!("welcome, {}\n", caller.as_deref().unwrap_or("whoever you are")).into_response()
            }
            (&Method::GET, "/me") => {
                let may = Permits::from_parts(&mut parts).map(|permits| permits.has(&WRITE));
                let text = |name| {
                    format!(
                        "{name}, who {} write\n",
                        if may.is_ok_and(|may| may) { "may" } else { "may not" }
                    )
                };
                caller.map(text).into_response()
            }
            (&Method::POST, "/posts") => caller.map(|name| format!("written by {name}\n")).into_response(),
            _ => Problem::new(StatusCode::NOT_FOUND).into_response(),
        }
    }
}

impl Service<Request<Incoming>> for Blog {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        ready(Ok(self.answer(request)))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = "http://127.0.0.1:8080";
    let signer = Signer::new(name, SigningKey::generate(Algorithm::EdDsa)?, Duration::from_secs(3600))?;
    let issuer = Issuer::new(name, Keys::from(&signer)).audience("blog");
    let verifier = Verifier::<Map<String, Value>>::builder().issuer(issuer).roles_at("roles").build()?;
    for (subject, role) in [("rita", "reader"), ("ed", "editor")] {
        let token =
            signer.issue(&Grant::new(subject, "blog"), &json!({ "roles": [role] }), SystemTime::now())?;
        println!("{}={token}", role.to_uppercase());
    }

    let folder = tempfile::tempdir()?;
    let accounts = folder.path().join("accounts");
    std::fs::write(&accounts, format!("ada:{}:editor\n", Passwords::new().hash("correct horse").await?))?;

    let auth = Auth::builder()
        .scheme(Bearer::new(verifier).realm("blog")?)
        .scheme(Basic::new(Accounts::open(accounts)?)?.realm("blog")?)
        .roles(Roles::builder().role("reader", ["posts:read"]).role("editor", ["posts:*"]).build()?)
        .everywhere(Access::authenticated());
    tokio::spawn(auth.run(&Drain::new()));
    let paths =
        Paths { open: auth.demanding(Access::public()), known: auth.clone(), writers: auth.demanding(WRITE) };
    let layer = GateLayer::new(paths);

    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(layer.layer(Blog { auth: auth.clone() }));
        tokio::spawn(async move {
            // How one client ends its connection is no concern of the others.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

//! Tokens in a plain hyper server: `cargo run -p tsk-auth --example plain_hyper`, then, with the token that it prints,
//! `curl -i http://127.0.0.1:8080/ -H "authorization: Bearer $TOKEN"`.

use std::{
    convert::Infallible,
    time::{Duration, SystemTime},
};

use hyper::{Request, Response, body::Incoming};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tower_layer::Layer as _;
use tsk_auth::{
    Authenticated,
    jwt::{Algorithm, Bearer, Grant, Issuer, Keys, Signer, SigningKey, Verifier},
};
use tsk_core::{Body, FromParts as _, GateLayer, IntoResponse as _};

/// Says who is calling.
#[derive(Clone)]
struct Whoami;

impl tower_service::Service<Request<Incoming>> for Whoami {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let caller = Authenticated::<()>::from_parts(&mut request.into_parts().0);
        let answer = caller.map(|caller| format!("hello, {}\n", caller.principal().id()));
        std::future::ready(Ok(answer.into_response()))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = "http://127.0.0.1:8080";
    let signer = Signer::new(name, SigningKey::generate(Algorithm::EdDsa)?, Duration::from_secs(3600))?;
    // Nothing is read of a token but what every token has.
    let verifier: Verifier = Verifier::new(Issuer::new(name, Keys::from(&signer)).audience("shop"))?;
    println!("TOKEN={}", signer.issue(&Grant::new("ada", "shop"), &(), SystemTime::now())?);

    let layer = GateLayer::new(std::sync::Arc::new(Bearer::new(verifier)));
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(layer.layer(Whoami));
        tokio::spawn(async move {
            // How one client ends its connection is no concern of the others.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

//! A limit for a service on hyper alone, without a layer: `cargo run -p tsk-ratelimit --example plain_hyper`, then
//! `for i in 1 2 3 4; do curl -i localhost:8080; done`.

use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Instant};

use http::{Response, StatusCode, header};
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use tokio::net::TcpListener;
use tsk_ratelimit::{Accounts, Bucket, Limiter, Memory, Quota};

/// Three a second of each address.
fn answer(limiter: &Limiter, address: IpAddr) -> Response<String> {
    let decision = limiter.check(&address, 1, Instant::now());
    let Some(retry_after) = decision.retry_after else {
        return Response::new(format!("hello, {} are left\n", decision.remaining));
    };
    let mut response = Response::new("come again\n".to_owned());
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    // Rounded up, so that nobody comes too early.
    let seconds = retry_after.as_secs() + 1;
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let memory = Arc::new(Memory::new(1 << 20, Instant::now()));
    let limiter = Limiter::new(memory, Accounts::new().of_rule("hello"), Bucket::new(Quota::per_second(3))?);
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept().await?;
        let limiter = limiter.clone();
        let service = service_fn(move |_| {
            let response = answer(&limiter, peer.ip());
            std::future::ready(Ok::<_, Infallible>(response))
        });
        // How one client ends its connection is no concern of the others.
        tokio::spawn(async move {
            Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await
        });
    }
}

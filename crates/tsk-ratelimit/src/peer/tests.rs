#![allow(clippy::unwrap_used)]

use std::{convert::Infallible, future::Ready};

use tsk_core::Head;

use super::*;

/// Answers with the address of the client.
#[derive(Clone)]
struct Whom;

impl Service<Request<()>> for Whom {
    type Response = String;
    type Error = Infallible;
    type Future = Ready<Result<String, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let client = Head::new(&request).and_then(|head| head.client());
        std::future::ready(Ok(client.map_or("nobody".into(), |client| client.to_string())))
    }
}

async fn whom(layer: &PeerLayer, address: Option<[u8; 4]>) -> String {
    let mut request = Request::new(());
    request.headers_mut().insert("x-forwarded-for", "198.51.100.7".parse().unwrap());
    if let Some(address) = address {
        request.extensions_mut().insert(SocketAddr::from((address, 4711)));
    }
    layer.layer(Whom).call(request).await.unwrap()
}

#[tokio::test]
async fn a_request_has_the_address_that_its_server_knows() {
    let layer = PeerLayer::new(|extensions| extensions.get().copied());
    assert_eq!(whom(&layer, Some([192, 0, 2, 1])).await, "192.0.2.1");
    assert_eq!(whom(&layer, None).await, "nobody");
    let networks = vec!["192.0.2.0/24".parse().unwrap()];
    let layer = layer.proxies(Proxies { networks, ..Proxies::default() });
    assert_eq!(whom(&layer, Some([192, 0, 2, 1])).await, "198.51.100.7");
    assert_eq!(whom(&layer, Some([203, 0, 113, 1])).await, "203.0.113.1");
}

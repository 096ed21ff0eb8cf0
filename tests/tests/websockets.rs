//! WebSockets of others, and a service that echoes.

use std::sync::mpsc;
use std::thread;

use tsk::prelude::*;
use tsk_tests::{Application, SocketPeer};

async fn echo(handshake: Handshake) -> impl IntoResponse {
    handshake.protocols(&["chat.v1"]).accept(async |mut socket: Socket| {
        while let Some(Ok(message)) = socket.recv().await {
            if matches!(message, Message::Close(_)) || socket.send(message).await.is_err() {
                break;
            }
        }
    })
}

fn application() -> (Application, String) {
    let application = Application::start(Router::new().route(get("/echo", echo)));
    let url = format!("ws://{}/echo", application.address());
    (application, url)
}

#[test]
fn others_are_understood_compressed_or_not() {
    let (_application, url) = application();
    for peer in SocketPeer::ALL {
        peer.run("echo", &url);
    }
}

#[test]
fn a_page_of_another_origin_opens_none() {
    let (_application, url) = application();
    for peer in SocketPeer::ALL {
        assert_eq!(peer.run("refused", &url), "403", "{peer:?}");
    }
}

/// Stops once it is spoken to.
#[test]
fn others_learn_that_the_service_stops() {
    for peer in SocketPeer::ALL {
        let (sender, spoken) = mpsc::channel();
        let hear = move |handshake: Handshake| {
            let sender = sender.clone();
            async move {
                handshake.accept(async move |mut socket: Socket| {
                    while let Some(Ok(message)) = socket.recv().await {
                        let _ = (sender.send(()), socket.send(message).await);
                    }
                })
            }
        };
        let application = Application::start(Router::new().route(get("/echo", hear)));
        let url = format!("ws://{}/echo", application.address());
        let told = thread::spawn(move || peer.run("drained", &url));
        spoken.recv().expect("somebody speaks");
        assert_eq!(application.stop().abandoned, 0);
        assert_eq!(told.join().expect("it does not panic"), "1012", "{peer:?}");
    }
}

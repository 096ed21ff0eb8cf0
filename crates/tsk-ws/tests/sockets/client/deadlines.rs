//! Servers that take their time.

use std::{future::pending, io, time::Duration};

use tokio::{io::DuplexStream, time::Instant};
use tsk_ws::client::{Connector, Error, Request, Settings};

async fn waited(url: &str, connector: Connector) -> (u64, Error) {
    let begin = Instant::now();
    let error = connector.connect(&Request::new(url).unwrap()).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    (begin.elapsed().as_secs(), error)
}

fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.connect_timeout = Duration::from_secs(3);
    settings.tls_timeout = Duration::from_secs(4);
    settings.handshake_timeout = Duration::from_secs(5);
    settings
}

#[tokio::test(start_paused = true)]
async fn each_step_has_its_own_deadline() {
    let nobody = Connector::dialing(settings(), |_| pending::<io::Result<DuplexStream>>()).unwrap();
    let (seconds, error) = waited("ws://a.test/", nobody).await;
    assert_eq!((seconds, error.to_string().as_str()), (3, "making a connection took too long"));

    // The far end is held, and says nothing.
    let (far, held) = std::sync::mpsc::channel();
    let silent = Connector::dialing(settings(), move |_| {
        let (near, there) = tokio::io::duplex(1 << 16);
        far.send(there).unwrap();
        async { Ok(near) }
    });
    let silent = silent.unwrap();
    let (seconds, error) = waited("wss://a.test/", silent.clone()).await;
    assert_eq!((seconds, error.to_string().as_str()), (4, "TLS took too long"));
    let (seconds, error) = waited("ws://a.test/", silent).await;
    assert_eq!((seconds, error.to_string().as_str()), (5, "the handshake took too long"));
    drop(held);
}

/// The deadline is of the whole handshake: a byte now and then does not put it off.
#[tokio::test(start_paused = true)]
async fn a_server_that_answers_byte_by_byte_is_given_up() {
    let drip = Connector::dialing(settings(), |_| {
        let (near, mut there) = tokio::io::duplex(1 << 16);
        tokio::spawn(async move {
            let mut every = tokio::time::interval(Duration::from_secs(1));
            loop {
                every.tick().await;
                if tokio::io::AsyncWriteExt::write_all(&mut there, b"H").await.is_err() {
                    return;
                }
            }
        });
        async { Ok(near) }
    });
    assert_eq!(waited("ws://a.test/", drip.unwrap()).await.0, 5);
}

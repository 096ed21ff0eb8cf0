//! Event streams and cookies, as browsers and curl have them.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio::sync::Notify;
use tsk::http::answer::{Sender, channel};
use tsk::http::cookies::{Cookie, host};
use tsk::prelude::*;
use tsk_tests::{Application, DEADLINE, curl, render};

/// What a page reports, and what keeps the browser from leaving it before: an image that is there once it has.
fn observer() -> (Application, mpsc::Receiver<String>) {
    let (sender, reports) = mpsc::channel();
    let reported = Arc::new(Notify::new());
    let report = {
        let reported = Arc::clone(&reported);
        move |text: String| {
            sender.send(text).expect("the test waits");
            reported.notify_one();
            async {}
        }
    };
    let image = move || {
        let reported = Arc::clone(&reported);
        async move { reported.notified().await }
    };
    (Application::start(Router::new().route(post("/report", report)).route(get("/image", image))), reports)
}

/// `GET /`: a page with a script that calls `report` with a list when it is done.
fn page(observer: &Application, script: &str) -> Route {
    let (image, report) = (observer.url("/image"), observer.url("/report"));
    let html = format!(
        "<!doctype html><title>test</title><script>
        const report = (list) => fetch('{report}', {{ method: 'POST', mode: 'no-cors', body: list.join('|') }});
        {script}
        </script><img src='{image}'>"
    );
    get("/", move || std::future::ready(Html(html.clone()))).erased()
}

/// Opens a page in a browser, and returns what it reported.
fn reported(url: &str, reports: &mpsc::Receiver<String>) -> String {
    render(url);
    reports.recv_timeout(DEADLINE).expect("the page reports before it has loaded")
}

const LISTEN: &str = "
    const list = [];
    const source = new EventSource('/events');
    source.onopen = () => list.push('open');
    source.onerror = () => list.push('closed');
    source.addEventListener('stock', (event) => list.push(`stock ${event.lastEventId}: ${event.data}`));
    source.onmessage = (event) => {
        list.push(`${event.lastEventId}: ${event.data}`);
        if (event.data === 'end') { source.close(); report(list); }
    };";

#[test]
fn a_browser_gets_events_and_comes_back_for_those_that_it_missed() {
    let (observer, reports) = observer();
    let page = page(&observer, LISTEN);
    let events = |LastEventId(last): LastEventId| async move {
        let (sender, events) = channel(8);
        let send = async |event: Event| sender.send(event).await.expect("there is room");
        match last.as_deref() {
            None => {
                send(Event::retry(Duration::from_millis(10))).await;
                send(Event::comment("passed over\n\ndata: not an event")).await;
                send(Event::new("tea\nis out\r\nid: 9").name("stock").id("1")).await;
                send(Event::new(" ü").id("zwei")).await;
                send(Event::new("")).await;
            }
            Some(last) => {
                send(Event::new(format!("after {last}"))).await;
                send(Event::new("end").id("")).await;
            }
        }
        sender.finish();
        Sse::new(events)
    };
    let routes = Router::new().route(page).route(get("/events", events));
    let app = Application::start(routes);
    assert_eq!(
        reported(&app.url("/"), &reports),
        "open|stock 1: tea\nis out\nid: 9|zwei:  ü|zwei: |closed|open|zwei: after zwei|: end"
    );
}

#[test]
fn a_browser_is_told_of_the_drain_and_comes_back_to_the_next_service() {
    let (observer, reports) = observer();
    let page = page(&observer, LISTEN);
    let (opened, senders) = mpsc::channel();
    let first = Application::start(Router::new().route(page).route(get("/events", move || {
        let opened = opened.clone();
        async move {
            let (sender, events) = channel::<Event>(8);
            sender.send(Event::new("hello").id("7")).await.expect("there is room");
            opened.send(sender).expect("the test waits");
            Sse::new(events).spread(Duration::from_millis(50))
        }
    })));
    let (url, address) = (first.url("/"), first.address());
    let browser = std::thread::spawn(move || reported(&url, &reports));
    // It is kept, so that only the drain ends the stream.
    let _sender: Sender<Event> = senders.recv_timeout(DEADLINE).expect("the browser asks for the events");
    assert_eq!(first.stop().abandoned, 0);

    let second = Application::start_at(
        address,
        Router::new().route(get("/events", |LastEventId(last): LastEventId| async move {
            let (sender, events) = channel::<Event>(8);
            sender.send(Event::new(format!("after {last:?}"))).await.expect("there is room");
            sender.send(Event::new("end")).await.expect("there is room");
            sender.finish();
            Sse::new(events)
        })),
    );
    let list = browser.join().expect("the browser ends");
    let list: Vec<_> = list.split('|').collect();
    assert_eq!(list[..2], ["open", "7: hello"]);
    // Between the two services there was nobody, who knows how often it asked.
    assert_eq!(list[list.len() - 2..], ["7: after Some(\"7\")", "7: end"]);
    assert!(list.contains(&"closed"), "{list:?}");
    second.stop();
}

#[test]
fn curl_sees_events_as_they_come_and_the_end_of_the_service_as_the_end() {
    let (opened, senders) = mpsc::channel();
    let app = Application::start(Router::new().route(get("/events", move || {
        let opened = opened.clone();
        async move {
            let (sender, events) = channel::<Event>(8);
            opened.send(sender).expect("the test waits");
            Sse::new(events).heartbeat(Duration::from_millis(20))
        }
    })));
    for compressed in ["--no-compressed", "--compressed"] {
        let mut client = Command::new("curl")
            .args(["--disable", "--silent", "--no-buffer", "--noproxy", "*", "--max-time", "60", compressed])
            .arg(app.url("/events"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("`cargo xtask test` installs curl");
        let sender: Sender<Event> = senders.recv_timeout(DEADLINE).expect("curl asks");
        let mut lines = BufReader::new(client.stdout.take().expect("a pipe")).lines();
        let mut next = || {
            let line =
                lines.by_ref().map(|line| line.expect("text")).find(|line| !line.is_empty() && line != ":");
            line.expect("the stream goes on")
        };
        for number in 0..3 {
            // Each is seen before the next is sent.
            send(&sender, &number.to_string());
            assert_eq!(next(), format!("data: {number}"));
        }
        send(&sender, "last");
        sender.finish();
        assert_eq!(next(), "data: last");
        assert!(client.wait().expect("curl ends").success(), "{compressed}");
    }

    let mut client = Command::new("curl")
        .args([
            "--disable",
            "--silent",
            "--no-buffer",
            "--noproxy",
            "*",
            "--max-time",
            "60",
            &app.url("/events"),
        ])
        .stdout(Stdio::piped())
        .spawn()
        .expect("curl is there");
    let _sender = senders.recv_timeout(DEADLINE).expect("curl asks");
    let url = app.url("/events");
    assert_eq!(curl(&["--head", &url]).header("content-type"), Some("text/event-stream"));
    assert_eq!(app.stop().abandoned, 0);
    let mut rest = String::new();
    client.stdout.take().expect("a pipe").read_to_string(&mut rest).expect("text");
    assert!(rest.contains("retry: "), "{rest:?}");
    assert!(client.wait().expect("curl ends").success(), "the answer ended as it should");
}

fn send(sender: &Sender<Event>, text: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(sender.send(Event::new(text))).expect("the client is there");
}

#[test]
fn a_browser_keeps_cookies_as_they_were_set() {
    let (observer, reports) = observer();
    let page = page(
        &observer,
        "(async () => {
            await fetch('/set');
            const first = [document.cookie, await (await fetch('/sent')).text()];
            await fetch('/remove');
            report([...first, document.cookie, await (await fetch('/sent')).text()]);
        })();",
    );
    let set = |cookies: Cookies| async move {
        cookies.set(("secret", "a; b = \"ü\""))?;
        cookies.set(Cookie::build(("theme", "dark mode")).http_only(false).permanent())?;
        cookies.set(host("session", "5f3a"))?;
        // Set, and out of sight of this page.
        cookies.set(Cookie::build(("elsewhere", "1")).path("/elsewhere"))?;
        Ok::<_, Problem>(())
    };
    let remove = |cookies: Cookies| async move {
        cookies.remove("secret")?;
        cookies.remove(host("session", ""))?;
        Ok::<_, Problem>(())
    };
    let sent = |cookies: Cookies| async move {
        let mut sent: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        sent.sort_unstable();
        sent.join(", ")
    };
    let routes = Router::new()
        .route(page)
        .route(get("/set", set))
        .route(get("/remove", remove))
        .route(get("/sent", sent));
    let app = Application::start(routes);
    assert_eq!(
        reported(&app.url("/"), &reports),
        "theme=dark%20mode|__Host-session: 5f3a, secret: a; b = \"ü\", theme: dark mode|theme=dark%20mode|theme: dark mode"
    );
}

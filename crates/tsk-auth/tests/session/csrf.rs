//! Pages of other sites.

use http::Request;
use tsk_auth::session::{Login, Session, Unchecked};
use tsk_core::FromParts as _;

use crate::browser::{Browser, CLOSED, OWN, PUBLIC, Service, memory};

async fn logged_in(service: &Service) -> Browser {
    let mut browser = Browser::default();
    let login = async |session: Session| session.login(Login::new("ada")).await.unwrap();
    browser.visit(service, (PUBLIC, "POST"), OWN, login).await.unwrap();
    browser
}

/// What is said of the page, and whether it may change something.
const PAGES: &[(&[(&str, &str)], bool)] = &[
    (&[("sec-fetch-site", "same-origin")], true),
    (&[("sec-fetch-site", "none")], true),
    (&[("sec-fetch-site", "same-site")], false),
    (&[("sec-fetch-site", "cross-site")], false),
    (&[("sec-fetch-site", "")], false),
    (&[("sec-fetch-site", "SAME-ORIGIN")], false),
    (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], false),
    (&[("sec-fetch-site", "cross-site"), ("origin", "https://shop.example.com")], false),
    (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
    (&[("sec-fetch-site", "same-site"), ("origin", "https://admin.example.com")], true),
    (&[("origin", "https://shop.example.com")], true),
    (&[("origin", "https://admin.example.com")], true),
    (&[("origin", "http://shop.example.com")], false),
    (&[("origin", "https://shop.example.com:8443")], false),
    (&[("origin", "https://shop.example.com.evil.example")], false),
    (&[("origin", "https://evil.example")], false),
    (&[("origin", "null")], false),
    (&[("origin", "")], false),
    (&[("origin", "shop.example.com")], false),
    (&[("origin", "https://shop.example.com"), ("origin", "https://evil.example")], false),
    (&[("referer", "https://shop.example.com/")], false),
    (&[("x-csrf-token", "x")], false),
    (&[], false),
];

#[tokio::test]
async fn what_changes_something_comes_from_a_page_of_the_service() {
    let service = Service::on(memory(), |builder| builder.trust("https://admin.example.com").unwrap());
    let browser = logged_in(&service).await;
    for (fields, may) in PAGES {
        for (route, method) in [(CLOSED, "POST"), (CLOSED, "DELETE"), (CLOSED, "PURGE"), (PUBLIC, "POST")] {
            // On a route for everybody the gate lets it in as nobody, and there is no session for its handler.
            let done = browser.clone().visit(&service, (route, method), fields, async |_| ()).await;
            assert_eq!(done, if *may { Ok(()) } else { Err(403) }, "{method} {route} {fields:?}");
        }
        for method in ["GET", "HEAD", "OPTIONS"] {
            let done = browser.clone().visit(&service, (CLOSED, method), fields, async |_| ()).await;
            assert_eq!(done, Ok(()), "{method} {fields:?}");
        }
    }
}

#[tokio::test]
async fn nobody_is_known_on_a_public_route_to_which_another_page_posts() {
    let service = Service::new();
    let browser = logged_in(&service).await;
    let request = browser.request("POST", &[("sec-fetch-site", "cross-site")]);
    let (asked, context) = service.ask(PUBLIC, request).await;
    assert!(asked.is_ok() && context.principal().is_none());
}

#[tokio::test]
async fn a_page_of_another_site_logs_nobody_in() {
    let service = Service::new();
    let mut browser = Browser::default();
    for fields in [&[("sec-fetch-site", "cross-site")][..], &[("origin", "https://evil.example")], &[]] {
        let login = async |session: Session| session.login(Login::new("eve")).await.unwrap();
        assert_eq!(browser.visit(&service, (PUBLIC, "POST"), fields, login).await, Err(403), "{fields:?}");
        assert_eq!(browser.id(), None);
    }
}

#[tokio::test]
async fn a_socket_is_not_opened_by_a_page_of_another_site() {
    let service = Service::new();
    let mut browser = logged_in(&service).await;
    for (origin, opened) in [("https://evil.example", Err(403)), ("https://shop.example.com", Ok(()))] {
        let fields = [("upgrade", "websocket"), ("origin", origin)];
        assert_eq!(browser.visit(&service, (CLOSED, "GET"), &fields, async |_| ()).await, opened, "{origin}");
    }
}

#[tokio::test]
async fn a_browser_that_says_nothing_brings_the_token_of_its_session() {
    let service = Service::new();
    let mut browser = logged_in(&service).await;
    let token = async |session: Session| session.csrf_token().await.unwrap();
    let own = browser.visit(&service, (CLOSED, "GET"), &[], token).await.unwrap();
    let again = browser.visit(&service, (CLOSED, "GET"), &[], token).await.unwrap();
    assert_ne!(own, again, "it is another each time, so that its length tells nothing in a compressed page");
    let other = logged_in(&service).await.visit(&service, (CLOSED, "GET"), &[], token).await.unwrap();

    let mut post =
        async |fields: &[(&str, &str)]| browser.visit(&service, (CLOSED, "POST"), fields, async |_| ()).await;
    assert_eq!(post(&[("x-csrf-token", &own)]).await, Ok(()));
    assert_eq!(post(&[("x-csrf-token", &again)]).await, Ok(()));
    for wrong in [&*other, "", &own[..85], &format!("{own}A"), &"A".repeat(86)] {
        assert_eq!(post(&[("x-csrf-token", wrong)]).await, Err(403), "{wrong}");
    }
    assert_eq!(post(&[("x-csrf-token", &own), ("x-csrf-token", &own)]).await, Err(403));
    assert_eq!(
        post(&[("x-csrf-token", &own), ("origin", "https://evil.example")]).await,
        Err(403),
        "a token does not outweigh what the browser says"
    );
    let rotate = async |session: Session| session.rotate().await.unwrap();
    browser.visit(&service, (CLOSED, "POST"), OWN, rotate).await.unwrap();
    let old = browser.visit(&service, (CLOSED, "POST"), &[("x-csrf-token", &own)], async |_| ()).await;
    assert_eq!(old, Err(403), "a token is that of an id");
}

#[tokio::test]
async fn a_form_of_a_browser_that_says_nothing_has_the_token_in_a_field() {
    let service = Service::new();
    let mut browser = Browser::default();
    let token = async |session: Session| session.csrf_token().await.unwrap();
    let own = browser.visit(&service, (PUBLIC, "GET"), &[], token).await.unwrap();
    let post = async |request: Request<()>, token: &str| {
        let (asked, _) = service.ask(PUBLIC, request).await;
        let unchecked = Unchecked::from_parts(&mut asked.unwrap()).unwrap();
        unchecked.check(token).await.map_err(|problem| problem.status().as_u16()).map(drop)
    };
    assert_eq!(post(browser.request("POST", &[]), &own).await, Ok(()));
    assert_eq!(post(browser.request("POST", OWN), "").await, Ok(()));
    assert_eq!(post(browser.request("POST", &[]), "").await, Err(403));
    assert_eq!(post(browser.request("POST", &[("sec-fetch-site", "cross-site")]), &own).await, Err(403));
    assert_eq!(post(Browser::default().request("POST", &[]), &own).await, Err(403));
}

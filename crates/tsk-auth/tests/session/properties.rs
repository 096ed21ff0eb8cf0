//! Cookies of any kind.

use proptest::prelude::*;

use crate::browser::{Browser, CLOSED, OWN, PUBLIC, Service};

fn ask(cookie: &[u8]) -> u16 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let service = Service::new();
        let mut browser = Browser::default();
        let login = async |session: tsk_auth::session::Session| {
            session.login(tsk_auth::session::Login::new("ada")).await.unwrap();
        };
        browser.visit(&service, (PUBLIC, "POST"), OWN, login).await.unwrap();
        let id = browser.id().unwrap().to_owned();
        let mut request = Browser::default().request("GET", &[]);
        let value = String::from_utf8_lossy(cookie).replace("ID", &id);
        let bytes = if value.contains('\u{fffd}') { cookie.to_vec() } else { value.into_bytes() };
        let Ok(value) = http::HeaderValue::from_bytes(&bytes) else { return 0 };
        request.headers_mut().insert("cookie", value);
        match service.ask(CLOSED, request).await.0 {
            Ok(_) => 200,
            Err(response) => response.status().as_u16(),
        }
    })
}

#[test]
fn the_cookie_is_found_among_others_and_is_no_cookie_twice() {
    for (cookie, status) in [
        ("__Host-session=ID", 200),
        ("a=1; __Host-session=ID; b=2", 200),
        ("a;__Host-session=ID;;", 200),
        (" __Host-session = ID ", 200),
        ("a=\"__Host-session=x\"; __Host-session=ID", 200),
        ("__Host-session=ID; __Host-session=ID", 401),
        ("__Host-session=ID; __Host-session=x", 401),
        ("__Host-session=x; __Host-session=ID", 401),
        ("__Host-session=\"ID\"", 401),
        ("__Host-session=ID=", 401),
        ("__Host-session", 401),
        ("session=ID", 401),
        ("__host-session=ID", 401),
        ("x__Host-session=ID", 401),
        ("", 401),
    ] {
        assert_eq!(ask(cookie.as_bytes()), status, "{cookie}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_cookie_is_read_without_a_panic_and_lets_nobody_in(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        value in "[A-Za-z0-9_=;, -]{30,50}",
    ) {
        prop_assert_ne!(ask(&bytes), 200);
        prop_assert_ne!(ask(format!("__Host-session={value}").as_bytes()), 200);
    }
}

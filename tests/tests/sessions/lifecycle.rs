//! What becomes of a session, for clients that keep cookies.

use tsk_tests::{curl, until};

use super::client::Client;
use super::shop::{PASSWORD, Shop};

#[test]
fn the_settings_are_all_that_a_handler_needs_for_its_session() {
    let shop = Shop::open("");
    let client = Client::new();
    assert_eq!(client.me(&shop), 401);
    assert_eq!(client.log_in(&shop, "ada", "wrong"), 401);
    assert_eq!(client.log_in(&shop, "eve", PASSWORD), 401);
    let strange = client.id("__Host-session").expect("a session of nobody has the token of the form");
    assert_eq!(client.me(&shop), 401);

    assert_eq!(client.log_in(&shop, "ada", PASSWORD), 303);
    let known = client.id("__Host-session").expect("a session");
    assert_ne!(known, strange, "the id is another after the login");
    let me = client.ask(&shop, "GET", "/me", &[]);
    assert!(me.text().contains("ada, 1"), "{}", me.text());
    let planted = format!("__Host-session={strange}");
    let by_the_old = curl(&["--cacert", shop.authority.file(), "--cookie", &planted, &shop.url("/me")]);
    assert_eq!(by_the_old.status, 401);

    let copy = client.copy();
    assert_eq!(client.ask(&shop, "POST", "/logout", &[]).status, 303);
    assert_eq!((client.id("__Host-session"), client.me(&shop)), (None, 401));
    assert_eq!(copy.me(&shop), 401, "who has kept the cookie does not get in by it");
}

#[test]
fn who_is_logged_in_elsewhere_is_listed_and_can_be_ended() {
    let shop = Shop::open("");
    let [here, there, bob] = [("ada"), ("ada"), ("bob")].map(|name| {
        let client = Client::new();
        assert_eq!(client.log_in(&shop, name, PASSWORD), 303);
        client
    });
    assert_eq!(here.ask(&shop, "GET", "/devices", &[]).text(), "2");
    assert_eq!(here.ask(&shop, "POST", "/devices/end", &[]).status, 200);
    assert_eq!((here.me(&shop), there.me(&shop), bob.me(&shop)), (200, 401, 200));
    assert_eq!(here.ask(&shop, "GET", "/devices", &[]).text(), "1");
}

#[test]
fn what_is_set_holds() {
    let shop = Shop::open("cookie = \"shop\"\nabsolute = \"1s\"\nidle = \"1s\"");
    let client = Client::new();
    assert_eq!(client.log_in(&shop, "ada", PASSWORD), 303);
    assert!(client.id("__Host-shop").is_some());
    until("the end of the session", || match client.me(&shop) {
        401 => Ok(()),
        status => Err(status),
    });
}

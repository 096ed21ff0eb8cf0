//! What a browser makes of the form, of the cookie, and of pages of others.

use tsk_tests::Chromium;

use super::shop::{PASSWORD, Shop};

fn log_in(browser: &mut Chromium, shop: &Shop, password: &str) -> (String, String) {
    browser.open(&shop.url("/me"));
    assert_eq!(browser.shown().1, "/login", "who is not known is sent to log in");
    browser.fill("[name=name]", "ada");
    browser.fill("[name=password]", password);
    browser.follow("button");
    browser.shown()
}

#[test]
fn somebody_logs_in_by_the_form_and_out_again() {
    let shop = Shop::open("");
    let mut browser = Chromium::start();
    let (page, path) = log_in(&mut browser, &shop, "wrong");
    assert!(page.contains("The name or the password is wrong.") && path == "/login", "{page}");
    let style = browser.evaluate("getComputedStyle(document.querySelector('[role=alert]')).borderLeftStyle");
    assert_eq!(style, "solid", "the policy lets the page have its own style");
    // The name is still there.
    browser.fill("[name=password]", PASSWORD);
    browser.follow("button");
    assert_eq!(browser.shown(), ("ada, 1\n\nLog out".into(), "/me".into()));
    assert_eq!(browser.evaluate("document.cookie"), "", "no script reads it");

    let cookies = browser.cookies();
    let session = cookies.iter().find(|cookie| cookie["name"] == "__Host-session").expect("a session");
    assert_eq!(
        (&session["secure"], &session["httpOnly"], &session["sameSite"]),
        (&true.into(), &true.into(), &"Lax".into())
    );
    browser.follow("button");
    assert_eq!(browser.shown().1, "/login");
    browser.open(&shop.url("/me"));
    assert_eq!(browser.shown().1, "/login", "it is over");
}

#[test]
fn a_page_of_another_origin_of_the_site_logs_nobody_out() {
    let (shop, other) = (Shop::open(""), Shop::open("cookie = \"other\""));
    let mut browser = Chromium::start();
    assert_eq!(log_in(&mut browser, &shop, PASSWORD).1, "/me");
    // The port makes it another origin, and not another site: the browser sends the cookie.
    browser.open(&other.url(&format!("/trap/{}", shop.application.address().port())));
    browser.follow("button");
    let (page, path) = browser.shown();
    assert!(page.contains("forged-request") && path == "/logout", "{page}");
    browser.open(&shop.url("/me"));
    assert_eq!(browser.shown(), ("ada, 2\n\nLog out".into(), "/me".into()));
}

//! What a browser makes of cookies, redirects and policies on the way to the provider and back.

use tsk_tests::Chromium;

use super::shop::Shop;

fn log_in(browser: &mut Chromium, shop: &Shop) {
    browser.open(&shop.url("/me"));
    assert!(browser.shown().1.starts_with("/interaction/"), "who is not known is sent to the provider");
    browser.fill("[name=login]", "ada");
    browser.fill("[name=password]", "any");
    browser.follow("[type=submit]");
    browser.follow("[type=submit]");
    assert_eq!(browser.shown(), ("ada".into(), "/me".into()), "and back to where it was");
}

#[test]
fn somebody_logs_in_and_out_again_here_and_there() {
    let shop = Shop::open();
    let mut browser = Chromium::start();
    log_in(&mut browser, &shop);
    assert_eq!(browser.evaluate("document.cookie"), "", "no script reads what is there");
    let own = browser
        .cookies()
        .into_iter()
        .filter(|cookie| cookie["name"].as_str().is_some_and(|name| name.starts_with("__Host-")));
    let own: Vec<_> = own.collect();
    assert_eq!((own.len(), &own[0]["name"]), (1, &"__Host-session".into()), "nothing is left of the login");

    browser.open(&shop.url("/auth/logout"));
    browser.follow("button");
    assert_eq!(
        browser.shown().1,
        "/session/end",
        "the policy of the page lets the form go on to the provider"
    );
    browser.follow("button[value=yes]");
    assert_eq!(browser.shown(), ("Bye".into(), "/bye".into()));
    browser.open(&shop.url("/me"));
    assert!(browser.shown().0.contains("Sign-in"), "the provider does not know who it is any more");
}

#[test]
fn who_logs_out_at_the_provider_is_logged_out_here() {
    let shop = Shop::open();
    let mut browser = Chromium::start();
    log_in(&mut browser, &shop);
    browser.open(&shop.provider.url("/session/end"));
    browser.follow("button[value=yes]");
    browser.open(&shop.url("/me"));
    assert!(browser.shown().1.starts_with("/interaction/"), "it is over");
}

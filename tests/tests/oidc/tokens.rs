//! What a service makes of what the provider says, and does on behalf of its users.

use tsk_tests::Visitor;

use super::shop::Shop;

#[test]
fn roles_of_the_provider_open_routes() {
    let shop = Shop::open();
    for (name, status) in [("ada", 200), ("grace", 403)] {
        let visitor = Visitor::new(&shop.authority);
        let shown = visitor.log_in(&visitor.open(&shop.url("/me")), &shop.provider, name);
        assert!(shown.text().contains(&format!("<p>{name}</p>")), "{shown:?}");
        assert_eq!(visitor.ask(&[&shop.url("/editors")]).status, status, "{name}");
    }
}

#[test]
fn an_access_token_is_refreshed_when_it_is_about_to_end_and_the_refresh_token_is_another_each_time() {
    let shop = Shop::open();
    let visitor = Visitor::new(&shop.authority);
    visitor.log_in(&visitor.open(&shop.url("/me")), &shop.provider, "ada");
    // Each ends in less time than they are refreshed early.
    let tokens = [(); 3].map(|()| visitor.ask(&[&shop.url("/token")]).text().to_owned());
    for (at, token) in tokens.iter().enumerate() {
        assert!(token.len() > 20 && !tokens[..at].contains(token), "{tokens:?}");
        let asked = visitor.ask(&["--oauth2-bearer", token, &shop.provider.url("/me")]);
        assert!(asked.text().contains("\"sub\":\"ada\""), "the provider takes it: {asked:?}");
    }
}

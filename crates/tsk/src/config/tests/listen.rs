//! Listeners, which are written in two ways.

use std::time::Duration;

use tsk_http::tls;

use super::file;
use crate::Config;

#[test]
fn a_listener_is_an_address_or_a_table_with_one() {
    let load = |text: &str| file(text).load::<Config>();
    let config =
        load("[http]\nlisten = ['127.0.0.1:80', { address = 'unix:/run/a.sock', max_connections = 5 }]");
    let [plain, table] = &config.unwrap().http.listen[..] else { panic!("two listeners") };
    assert_eq!((plain.address.to_string().as_str(), plain.max_connections), ("127.0.0.1:80", None));
    assert_eq!((table.address.to_string().as_str(), table.max_connections), ("unix:/run/a.sock", Some(5)));

    let config = load("[[http.listen]]\naddress = 'localhost:80'\nprotocols = ['h1']\nidle_timeout = '5s'");
    let config = config.unwrap();
    assert_eq!(config.http.listen[0].idle_timeout, Some(Duration::from_secs(5)));
    let written = toml::to_string(&config).unwrap();
    assert_eq!(load(&written).unwrap().http.listen, config.http.listen, "{written}");

    for (listener, line) in [
        ("", "tsk.toml:2:1: missing key `http.listen[0].address`"),
        (
            "address = 'a:1'\nidle_timout = '5s'",
            "tsk.toml:4:1: unknown key `http.listen[0].idle_timout`; did you mean `http.listen[0].idle_timeout`?",
        ),
        (
            "address = '8080'",
            "tsk.toml:3:1: `http.listen[0].address`: \"8080\" is no address to listen on: the port is missing; write host:port or unix:/path",
        ),
        ("address = 'a:1'\nprotocols = ['h3']", "tsk.toml:4:14: `http.listen[0].protocols[0]`"),
    ] {
        let error = load(&format!("\n[[http.listen]]\n{listener}")).unwrap_err().to_string();
        assert!(error.starts_with(line), "{error}");
    }
    let error = load("http.listen = [8080]").unwrap_err().to_string();
    assert_eq!(
        error,
        "tsk.toml:1:16: `http.listen[0]`: expected an address, or a table with one, found 8080"
    );
}

#[test]
fn a_listener_has_tls_in_its_table() {
    let load = |text: &str| file(text).load::<Config>();
    let text = "[[http.listen]]\naddress = '0.0.0.0:443'\n\
                tls = { certificate = 'cert.pem', key = 'key.pem' }\n\
                [[http.listen]]\naddress = '0.0.0.0:444'\n\
                [http.listen.tls]\ncertificate = 'cert.pem'\nkey = 'key.pem'\nmin_version = '1.3'\n\
                client_ca = 'ca.pem'\nclient_auth = 'optional'\nhandshake_timeout = '5s'\nreload_interval = '0s'\n\
                [[http.listen.tls.others]]\ncertificate = 'shop.pem'\nkey = 'shop.key'\n";
    let config = load(text).unwrap();
    let [short, long] = &config.http.listen[..] else { panic!("two listeners") };
    assert_eq!(short.tls, Some(tls::Config::new("cert.pem", "key.pem")));
    let long = long.tls.as_ref().unwrap();
    assert_eq!((long.min_version, long.client_auth), (tls::Version::V1_3, Some(tls::ClientAuth::Optional)));
    assert_eq!((long.handshake_timeout, long.reload_interval), (Duration::from_secs(5), Duration::ZERO));
    assert_eq!(long.others[0].key.to_str(), Some("shop.key"));
    let written = toml::to_string(&config).unwrap();
    assert_eq!(load(&written).unwrap().http.listen, config.http.listen, "{written}");

    for (tls, line) in [
        ("{ certificate = 'cert.pem' }", "tsk.toml:3:7: missing key `http.listen[0].tls.key`"),
        (
            "{ certificate = 'c', key = 'k', client_cert = 'x' }",
            "tsk.toml:3:39: unknown key `http.listen[0].tls.client_cert`",
        ),
        (
            "{ certificate = 'c', key = 'k', min_version = '1.1' }",
            "tsk.toml:3:53: `http.listen[0].tls.min_version`: unknown value `1.1`; did you mean `1.2`?",
        ),
    ] {
        let error = load(&format!("[[http.listen]]\naddress = 'a:1'\ntls = {tls}")).unwrap_err().to_string();
        assert!(error.starts_with(line), "{error}");
    }
}

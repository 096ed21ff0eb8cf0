#![allow(clippy::unwrap_used)]

use super::*;

fn error(change: impl FnOnce(&mut Config)) -> String {
    let mut config = Config::default();
    change(&mut config);
    config.check().unwrap_err().to_string()
}

#[test]
fn the_path_for_traces_is_added_where_there_is_none() {
    for (endpoint, expected) in [
        ("http://collector:4318", "http://collector:4318/v1/traces"),
        ("https://collector", "https://collector/v1/traces"),
        ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
        ("http://collector:4318/", "http://collector:4318/"),
        ("http://collector/otlp/v1/traces?tenant=a", "http://collector/otlp/v1/traces?tenant=a"),
    ] {
        assert_eq!(uri(endpoint).unwrap().to_string(), expected);
    }
}

#[test]
fn an_endpoint_that_cannot_be_is_an_error_that_says_what_to_do() {
    for (endpoint, expected) in [
        (
            "collector:4318",
            "`tracing.export.endpoint` begins with neither `http://` nor `https://`; an example",
        ),
        ("grpc://collector:4317", "`tracing.export.endpoint` begins with neither"),
        ("http://a:b@collector", "`tracing.export.endpoint` has credentials in it; put them into `headers`"),
        ("http://a b", "`tracing.export.endpoint` is no URL"),
    ] {
        let error = error(|config| config.endpoint = Some(endpoint.to_owned()));
        assert!(error.starts_with(expected), "{error}");
        assert!(!error.contains("a:b"), "{error}");
    }
}

#[test]
fn settings_that_send_nothing_or_wait_for_nothing_are_refused() {
    assert!(error(|config| config.batch_size = 0).starts_with("`tracing.export.batch_size` is 0"));
    assert!(error(|config| config.queue_size = 0).starts_with("`tracing.export.queue_size` is 0"));
    assert!(
        error(|config| config.queue_size = usize::MAX).starts_with("`tracing.export.queue_size` is above")
    );
    assert!(error(|config| config.timeout = Duration::ZERO).starts_with("`tracing.export.timeout` is 0"));
    assert!(error(|config| config.interval = Duration::ZERO).starts_with("`tracing.export.interval` is 0"));
    assert!(error(|config| config.client_key = Some("a".into())).contains("set `client_certificate`"));
    assert!(error(|config| config.client_certificate = Some("a".into())).contains("set `client_key`"));
}

#[test]
fn values_of_headers_are_not_shown() {
    let mut config = Config::default();
    config.headers.insert("authorization".into(), "Bearer hidden".into());
    assert!(format!("{config:?}").contains("authorization"));
    assert!(!format!("{config:?}").contains("hidden"));
    assert!(!format!("{:?}", config.header_map().unwrap()).contains("hidden"));
    config.headers.insert("x".into(), "hidden\n".into());
    let error = config.check().unwrap_err().to_string();
    assert_eq!(error, "`tracing.export.headers.x` has a value that cannot be in a header field");
}

#[test]
fn a_configuration_is_written_as_it_is_read() {
    let text = r#"{ "endpoint": "http://a", "compression": "gzip", "interval": "500ms" }"#;
    let config: Config = serde_json::from_str(text).unwrap();
    assert_eq!((config.compression, config.interval), (Compression::Gzip, Duration::from_millis(500)));
    let written = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<Config>(&written).unwrap(), config);
    assert!(serde_json::from_str::<Config>(r#"{ "endpiont": "http://a" }"#).is_err());
}

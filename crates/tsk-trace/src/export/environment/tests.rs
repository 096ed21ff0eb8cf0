#![allow(clippy::unwrap_used)]

use super::*;

fn read(variables: &[(&str, &str)]) -> (Config, Vec<String>) {
    let lookup =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let (mut config, mut ignored) = (Config::default(), Vec::new());
    config.read(Environment::new(&lookup), &mut ignored);
    (config, ignored)
}

#[test]
fn the_variables_of_the_specification_are_read() {
    let (config, ignored) = read(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318/base/"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "Api-Key=a%20b, tenant = c"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/client.pem"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/client.key"),
        ("OTEL_BSP_SCHEDULE_DELAY", "5000"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "30000"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "2048"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "512"),
    ]);
    let expected = Config {
        endpoint: Some("https://collector:4318/base/v1/traces".into()),
        headers: [("api-key", "a b"), ("tenant", "c")]
            .map(|(name, value)| (name.into(), value.into()))
            .into(),
        compression: Compression::Gzip,
        timeout: Duration::from_millis(2500),
        retry_for: Duration::from_secs(30),
        interval: Duration::from_secs(5),
        batch_size: 512,
        queue_size: 2048,
        certificate: Some("/ca.pem".into()),
        client_certificate: Some("/client.pem".into()),
        client_key: Some("/client.key".into()),
        ..Config::default()
    };
    assert_eq!(ignored, [""; 0]);
    assert_eq!(config, expected);
}

#[test]
fn what_is_for_traces_wins_and_its_url_is_taken_as_it_is() {
    let both = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://everything"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces/in"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2"),
    ];
    let (config, _) = read(&both);
    assert_eq!(config.endpoint.as_deref(), Some("http://traces/in"));
    assert_eq!(config.timeout, Duration::from_millis(2));
    let (config, _) = read(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:4318")]);
    assert_eq!(config.uri().unwrap().unwrap().to_string(), "http://traces:4318/");
}

#[test]
fn an_exporter_is_named_or_none_is() {
    let endpoint = |variables: &[(&str, &str)]| read(variables).0.endpoint;
    assert_eq!(endpoint(&[("OTEL_TRACES_EXPORTER", "otlp")]).as_deref(), Some("http://localhost:4318"));
    let both = [("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a")];
    assert_eq!(endpoint(&both).as_deref(), Some("http://a/v1/traces"));
    let none = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a")];
    assert_eq!(endpoint(&none), None);
    assert_eq!(endpoint(&[]), None);
}

#[test]
fn what_cannot_be_is_ignored_and_said_without_secrets() {
    let (config, ignored) = read(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:hidden@collector"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hidden"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
        ("OTEL_BSP_SCHEDULE_DELAY", "0"),
    ]);
    assert_eq!(config, Config::default());
    assert_eq!(ignored.len(), 7, "{ignored:#?}");
    assert!(ignored.iter().all(|sentence| sentence.contains("is ignored") && !sentence.contains("hidden")));
    assert!(ignored.contains(
        &"OTEL_EXPORTER_OTLP_PROTOCOL: \"grpc\" is ignored: spans are sent by `http/protobuf`".to_owned()
    ));
}

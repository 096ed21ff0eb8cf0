#![allow(clippy::unwrap_used)]

use super::*;

fn read(json: &str) -> Result<Config, serde_json::Error> {
    serde_json::from_str(json)
}

#[test]
fn every_sampling_has_a_short_form() {
    for (text, sampling) in [
        (r#""always""#, Sampling::Always),
        (r#""never""#, Sampling::Never),
        (r#""25%""#, Sampling::Ratio(0.25)),
        (r#""0.1%""#, Sampling::Ratio(0.001)),
        (r#""5/s""#, Sampling::PerSecond(5.0)),
        (
            r#""http://jaeger:5778/sampling""#,
            Sampling::Remote(Remote { endpoint: "http://jaeger:5778/sampling".into(), ..Remote::default() }),
        ),
    ] {
        let config = read(&format!(r#"{{"sampling":{text}}}"#)).unwrap();
        assert_eq!(config.sampling, sampling);
        assert!(config.check().is_ok());
        assert_eq!(serde_json::to_string(&sampling).unwrap(), text);
    }
}

#[test]
fn what_was_written_can_be_read() {
    let rule = Rule {
        route: "/a/*".into(),
        sampling: Some(Sampling::Never),
        slow: Some(Duration::from_millis(2500)),
    };
    let config =
        Config { rules: vec![rule], parent: Parent::Obeyed, retain: Retain::Full, ..Config::default() };
    assert_eq!(read(&serde_json::to_string(&config).unwrap()).unwrap(), config);
}

#[test]
fn a_setting_that_cannot_be_is_named() {
    for (text, message) in [
        (
            r#"{"sampling":"150%"}"#,
            "`tracing.sampling` is 1.5, which is no share; write a number from 0 to 1",
        ),
        (r#"{"parent":"-1/s"}"#, "`tracing.parent` is -1; write a number from 0 to 1000000"),
        (
            r#"{"rules":[{"route":"/","sampling":"1e9/s"}]}"#,
            "`tracing.rules.sampling` is 1000000000; write a number from 0 to 1000000",
        ),
        (
            r#"{"sampling":"ftp://jaeger"}"#,
            "`tracing.sampling` is \"ftp://jaeger\", which is no URL without a query, as in \"http://jaeger:5778/sampling\"",
        ),
    ] {
        assert_eq!(read(text).unwrap().check().unwrap_err().to_string(), message);
    }
    let error = read(r#"{"sampling":"sometimes"}"#).unwrap_err().to_string();
    assert!(
        error.starts_with("\"sometimes\" says of no request whether it is sampled; write \"always\""),
        "{error}"
    );
    assert!(read(r#"{"smapling":"always"}"#).unwrap_err().to_string().contains("smapling"));
    assert!(read(r#"{"rules":[{"route":"/","sampling":"http://jaeger/"}]}"#).unwrap().check().is_err());
}

fn environment(variables: &[(&str, &str)]) -> (Config, Vec<String>) {
    let lookup =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let mut config = Config::default();
    let ignored = config.read_environment(&lookup);
    (config, ignored)
}

#[test]
fn the_environment_names_the_service() {
    let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=shop, deployment.environment.name=prod%20eu");
    let (config, ignored) = environment(&[attributes]);
    assert_eq!((config.service.as_deref(), ignored.len()), (Some("shop"), 0));
    assert_eq!(config.attributes["deployment.environment.name"], "prod eu");
    let (config, _) = environment(&[attributes, ("OTEL_SERVICE_NAME", "till")]);
    assert_eq!(config.service.as_deref(), Some("till"));
    let (config, ignored) = environment(&[("OTEL_RESOURCE_ATTRIBUTES", "a=1,b")]);
    assert!(config.attributes.is_empty());
    assert_eq!(ignored, ["OTEL_RESOURCE_ATTRIBUTES is ignored: it is not of the form `key=value,key=value`"]);
}

#[test]
fn the_environment_chooses_the_sampler() {
    let sampler = |name, arg| {
        let (config, ignored) =
            environment(&[("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", arg)]);
        (config.sampling, config.parent, ignored.len())
    };
    let limited = Config::default().parent;
    assert_eq!(sampler("always_on", ""), (Sampling::Always, Parent::Ignored, 0));
    assert_eq!(sampler("always_off", ""), (Sampling::Never, Parent::Ignored, 0));
    assert_eq!(sampler("traceidratio", "0.5"), (Sampling::Ratio(0.5), Parent::Ignored, 0));
    assert_eq!(sampler("parentbased_always_on", ""), (Sampling::Always, limited, 0));
    assert_eq!(sampler("parentbased_traceidratio", "2"), (Sampling::Ratio(1.0), limited, 1));
    let arg = "endpoint=http://jaeger:5778/sampling,pollingIntervalMs=5000,initialSamplingRate=0.25";
    let remote = Remote {
        endpoint: "http://jaeger:5778/sampling".into(),
        interval: Duration::from_secs(5),
        initial: 0.25,
    };
    assert_eq!(sampler("parentbased_jaeger_remote", arg), (Sampling::Remote(remote), limited, 0));
    assert_eq!(
        sampler("jaeger_remote", "initialSamplingRate=7,x"),
        (Sampling::Remote(Remote::default()), Parent::Ignored, 2)
    );
    assert_eq!(sampler("xray", ""), (Config::default().sampling, limited, 1));
}

#[test]
fn the_environment_may_choose_propagators_and_switch_tracing_off() {
    let (config, ignored) =
        environment(&[("OTEL_PROPAGATORS", "b3, tracecontext,b3,xray"), ("OTEL_SDK_DISABLED", "True")]);
    assert_eq!(config.propagators, [Propagator::B3, Propagator::TraceContext]);
    assert_eq!(ignored, ["OTEL_PROPAGATORS: \"xray\" is ignored: there is no such propagator"]);
    assert!(!config.enabled);
    assert!(environment(&[("OTEL_PROPAGATORS", "none")]).0.propagators.is_empty());
    assert!(environment(&[("OTEL_SDK_DISABLED", "yes")]).0.enabled);
}

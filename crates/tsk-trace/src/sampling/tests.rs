#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use bytes::Bytes;
use http::{Request, Response};
use proptest::prelude::*;
use tsk_core::{
    Drain, HttpClient,
    client::{ClientError, Sending},
};

use super::*;
use crate::config::Remote;

const NOW: Duration = Duration::from_secs(7);

fn sampler(sampling: &Sampling) -> Sampler {
    Sampler::new(sampling, &Arc::new(Strategies::new(0.0)), "GET /")
}

fn share(sampler: &Sampler) -> f64 {
    let mut random = fastrand::Rng::with_seed(1);
    let sampled = (0..10_000).filter(|_| sampler.samples(random.u64(..), || NOW)).count();
    f64::from(u32::try_from(sampled).unwrap()) / 10_000.0
}

#[test]
fn always_never_and_a_share() {
    assert_eq!(share(&sampler(&Sampling::Always)), 1.0);
    assert!(sampler(&Sampling::Always).samples(u64::MAX, || NOW));
    assert_eq!(share(&sampler(&Sampling::Never)), 0.0);
    assert!((share(&sampler(&Sampling::Ratio(0.25))) - 0.25).abs() < 0.02);
}

#[test]
fn services_with_the_same_share_agree_on_a_trace() {
    let (one, other) = (sampler(&Sampling::Ratio(0.5)), sampler(&Sampling::Ratio(0.5)));
    let mut random = fastrand::Rng::with_seed(2);
    for id in std::iter::repeat_with(|| random.u64(..)).take(1000) {
        assert_eq!(one.samples(id, || NOW), other.samples(id, || NOW));
        // The first eight bits need not be random.
        assert_eq!(one.samples(id, || NOW), one.samples(id ^ (0xFF << 56), || NOW));
    }
}

fn remote(is_sampled: Option<bool>) -> propagate::Remote {
    propagate::Remote { id: 1, span: 1, is_sampled, is_random: false, state: None }
}

#[test]
fn a_caller_decides_as_far_as_it_is_trusted() {
    let (always, never) = (sampler(&Sampling::Always), sampler(&Sampling::Never));
    let obeyed = Callers::new(Parent::Obeyed);
    assert!(obeyed.samples(&remote(Some(true)), &never, || NOW));
    assert!(!obeyed.samples(&remote(Some(false)), &always, || NOW));
    assert!(obeyed.samples(&remote(None), &always, || NOW));
    let ignored = Callers::new(Parent::Ignored);
    assert!(!ignored.samples(&remote(Some(true)), &never, || NOW));
    assert!(ignored.samples(&remote(Some(false)), &always, || NOW));
}

#[test]
fn callers_that_ask_for_every_request_to_be_sampled_get_so_many_a_second() {
    let limited = Callers::new(Parent::PerSecond(5.0));
    let never = sampler(&Sampling::Never);
    let at = |millis: u64| {
        let samples =
            |_: &u64| limited.samples(&remote(Some(true)), &never, || NOW + Duration::from_millis(millis));
        (0..1000).filter(samples).count()
    };
    assert_eq!((at(0), at(100), at(200), at(1200)), (5, 0, 1, 5));
}

#[test]
fn who_chooses_the_identifier_does_not_choose_to_be_sampled() {
    let limited = Callers::new(Parent::PerSecond(0.0));
    let sampler = sampler(&Sampling::Ratio(0.1));
    let sampled = (0..1000).filter(|_| limited.samples(&remote(Some(true)), &sampler, || NOW)).count();
    assert!(sampled < 300, "{sampled} of 1000");
}

#[test]
fn strategies_are_of_operations_or_of_the_service() {
    let strategies = Arc::new(Strategies::new(1.0));
    let sampling = Sampling::Remote(Remote::default());
    let users = Sampler::new(&sampling, &strategies, "GET /users");
    assert_eq!(share(&users), 1.0);
    strategies
        .read(br#"{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0.5}}"#)
        .unwrap();
    assert!((share(&users) - 0.5).abs() < 0.02);
    let answer = br#"{"strategyType":1,"rateLimitingSampling":{"maxTracesPerSecond":3}}"#;
    strategies.read(answer).unwrap();
    assert_eq!(share(&users), 0.0003);
    let answer = br#"{"operationSampling":{"defaultSamplingProbability":0,"defaultLowerBoundTracesPerSecond":2,
        "perOperationStrategies":[{"operation":"GET /users","probabilisticSampling":{"samplingRate":1.0}}]}}"#;
    strategies.read(answer).unwrap();
    assert_eq!(share(&users), 1.0);
    // One that is declared later, as by a reload, goes by the same answer.
    let other = Sampler::new(&sampling, &strategies, "GET /other");
    assert_eq!(share(&other), 0.0002);
    assert!(strategies.read(b"<html>").is_err());
    assert_eq!(share(&users), 1.0);
}

#[derive(Debug)]
struct Collector {
    answers: Mutex<Vec<Result<&'static str, ()>>>,
    asked: Mutex<Vec<String>>,
    drain: Drain,
}

impl HttpClient for Collector {
    fn send(&self, request: Request<Bytes>) -> Sending {
        self.asked.lock().unwrap().push(request.uri().to_string());
        let mut answers = self.answers.lock().unwrap();
        let answer = answers.remove(0);
        if answers.is_empty() {
            self.drain.start();
        }
        Box::pin(async move {
            match answer {
                Ok(text) => Ok(Response::new(Bytes::from_static(text.as_bytes()))),
                Err(()) => Err(ClientError::timeout()),
            }
        })
    }
}

#[tokio::test(start_paused = true)]
async fn strategies_are_read_again_also_after_a_collector_was_away() {
    let half = r#"{"probabilisticSampling":{"samplingRate":0.5}}"#;
    let drain = Drain::new();
    let answers = Mutex::new(vec![Err(()), Ok("nonsense"), Ok(half)]);
    let collector = Arc::new(Collector { answers, asked: Mutex::default(), drain: drain.clone() });
    let strategies = Arc::new(Strategies::new(0.0));
    let users = Sampler::new(&Sampling::Remote(Remote::default()), &strategies, "GET /users");
    strategies.follow(&Remote::default(), "a shop", Arc::clone(&collector) as _, drain).await;
    assert!((share(&users) - 0.5).abs() < 0.02);
    assert_eq!(*collector.asked.lock().unwrap(), ["http://localhost:5778/sampling?service=a%20shop"; 3]);
}

proptest! {
    #[test]
    fn a_bucket_gives_no_more_than_its_rate(
        rate in 0.1..2000.0f64,
        steps in proptest::collection::vec(0u64..2_000_000_000, 1..60),
        tries in 1usize..50,
    ) {
        let bucket = Bucket::new(rate);
        let (mut now, mut given) = (0, 0u32);
        for step in steps {
            now += step;
            given += u32::try_from((0..tries).filter(|_| bucket.take(Duration::from_nanos(now))).count()).unwrap();
            let most = rate.max(1.0) + rate * now as f64 / 1e9 + 1.0;
            prop_assert!(f64::from(given) <= most + 1e-6 * most, "{given} of {most}");
        }
    }

    #[test]
    fn a_bucket_that_was_left_alone_for_its_interval_gives_again(rate in 0.1..2000.0f64, tries in 1usize..5000) {
        let bucket = Bucket::new(rate);
        for _ in 0..tries {
            bucket.take(Duration::ZERO);
        }
        prop_assert!(bucket.take(Duration::from_secs_f64(1.0 / rate + 1e-6)));
    }
}

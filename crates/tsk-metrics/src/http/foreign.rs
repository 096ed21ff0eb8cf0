//! Another's recorder, where the program has one installed.

use metrics::{Gauge, Histogram, Key, Label, Level, Metadata};

use super::method::METHODS;
use crate::catalogue::{self, Metric};

/// Handles in another's recorder, or ones that do nothing where there is none. They are held, so that a request looks
/// nothing up.
#[derive(Debug)]
pub(crate) struct Foreign {
    pub(crate) active: [Gauge; METHODS.len()],
}

impl Foreign {
    pub(crate) fn new() -> Self {
        let describe = |metric: &Metric| {
            let unit = metric.unit.and_then(metrics::Unit::from_string);
            metrics::with_recorder(|recorder| match metric.kind {
                catalogue::Kind::Histogram => {
                    recorder.describe_histogram(metric.name.into(), unit, metric.help.into());
                }
                _ => recorder.describe_gauge(metric.name.into(), unit, metric.help.into()),
            });
        };
        describe(&catalogue::HTTP_REQUEST_DURATION);
        describe(&catalogue::HTTP_ACTIVE_REQUESTS);
        describe(&catalogue::HTTP_REQUEST_BODY_SIZE);
        describe(&catalogue::HTTP_RESPONSE_BODY_SIZE);
        let gauge = |method| {
            let key = key(&catalogue::HTTP_ACTIVE_REQUESTS, &[method]);
            metrics::with_recorder(|recorder| recorder.register_gauge(&key, &METADATA))
        };
        Self { active: METHODS.map(gauge) }
    }

    pub(crate) fn histogram(metric: &Metric, values: &[&str]) -> Histogram {
        let key = key(metric, values);
        metrics::with_recorder(|recorder| recorder.register_histogram(&key, &METADATA))
    }
}

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

fn key(metric: &Metric, values: &[&str]) -> Key {
    let labels = metric.labels.iter().zip(values).filter(|(_, value)| !value.is_empty());
    let labels: Vec<Label> = labels.map(|(name, value)| Label::new(*name, (*value).to_owned())).collect();
    Key::from_parts(metric.name, labels)
}

//! Spans to a collector, as in the documentation of `opentelemetry-otlp` and of `tracing-opentelemetry`.

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Spans are exported by a thread of the provider's, in batches.
pub fn start() -> SdkTracerProvider {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(contract::sampled())));
    let mut builder = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name("axum-everything").build())
        .with_sampler(sampler);
    if let Some(collector) = contract::collector() {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{collector}/v1/traces"))
            .build();
        builder = builder.with_batch_exporter(exporter.expect("an exporter"));
    }
    let provider = builder.build();
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("axum-everything"));
    tracing_subscriber::registry().with(LevelFilter::INFO).with(spans).init();
    provider
}

//! Sends traces to an OpenTelemetry collector, where one is named: OTLP over HTTP, as JSON. What
//! stands in a trace is said where it happens, with the target of `app::spans`.

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};
use reqwest::Url;
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

use crate::app::spans;
use crate::gateway;

use super::error::CliError;

/// What the service is called, and what begins the targets of its spans.
const SERVICE: &str = "crossgrade";

/// Where a collector takes traces, below its address.
const PATH: &str = "/v1/traces";

/// How long a collector is waited for.
const TIME_MAX: Duration = Duration::from_secs(10);

/// What sends traces until it is dropped, and then what is left of them.
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends traces to a collector at an address such as `http://localhost:4318`.
    ///
    /// # Errors
    /// An address that is none.
    pub(super) fn to(address: &str) -> Result<Self, CliError> {
        // It may hold a password.
        let wrong =
            |why: &str| CliError::Wrong(format!("invalid value '…' for '--otlp-url <URL>': {why}"));
        let url = Url::parse(address).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("say http or https, such as http://localhost:4318"));
        }
        gateway::choose_cryptography();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(format!("{}{PATH}", address.trim_end_matches('/')))
            .with_timeout(TIME_MAX)
            .build()
            .map_err(|error| wrong(&error.to_string()))?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(Resource::builder().with_service_name(SERVICE).build())
            .build();
        Ok(Self(provider))
    }

    /// What hands over the spans of this program.
    pub(super) fn layer<S>(&self) -> Filtered<OpenTelemetryLayer<S, Tracer>, Targets, S>
    where
        S: tracing::Subscriber + for<'s> LookupSpan<'s>,
    {
        let ours = Targets::new()
            .with_target(spans::TARGET, Level::DEBUG)
            .with_target(SERVICE, Level::INFO)
            .with_default(LevelFilter::OFF);
        tracing_opentelemetry::layer().with_tracer(self.0.tracer(SERVICE)).with_filter(ours)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(TIME_MAX) {
            tracing::warn!(%error, "the last traces were not handed over");
        }
    }
}

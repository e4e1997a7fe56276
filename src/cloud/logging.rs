//! What may be logged. Below `info` the SDK, the HTTP client and TLS print requests with their headers, tokens and session
//! keys among them: no filter that a person sets may let that through.

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{EnvFilter, fmt};

/// What is logged by default: the SDK's own warnings repeat what the window shows.
pub const LOG_FILTER: &str = "warn,aws_smithy_runtime=error,aws_config=error,winit=error";

/// Crates that handle credentials and headers, by the beginning of their names.
const CAPPED: [&str; 7] = [
    "aws_",
    "hyper",
    "rustls",
    "h2",
    "tokio_rustls",
    "http",
    "tower",
];

fn may_log(metadata: &Metadata<'_>) -> bool {
    let capped = |name: &str| CAPPED.iter().any(|start| name.starts_with(start));
    let theirs = capped(metadata.target()) || metadata.module_path().is_some_and(capped);
    !theirs || *metadata.level() <= Level::INFO
}

/// Lines of what `filter` lets through, except what may hold a secret. A filter that can't be read is the default one.
pub fn subscriber<W>(filter: Option<&str>, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let wanted = filter.and_then(|filter| filter.parse::<EnvFilter>().ok());
    tracing_subscriber::registry()
        .with(filter_fn(may_log))
        .with(wanted.unwrap_or_else(|| EnvFilter::new(LOG_FILTER)))
        .with(fmt::layer().with_writer(writer))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::cloud::connection::machine::Machine;
    use crate::cloud::testing::{Reply, Server};
    use crate::cloud::{Cloud, Hooks};
    use crate::model::connection::ConnectionSpec;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn text(&self) -> String {
            String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
        }
    }

    fn logged(filter: &str, work: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(Some(filter), move || writer.clone());
        tracing::subscriber::with_default(subscriber, work);
        lines.text()
    }

    #[test]
    fn the_wordiest_filter_prints_neither_headers_nor_keys() {
        let server = Server::start(|_, _| Reply::json(200, r#"{"Functions":[]}"#));
        let spec = ConnectionSpec::of_endpoint("local", &server.endpoint);
        let machine = Machine::of(
            &[
                ("AWS_ACCESS_KEY_ID", "AKIASHOULDNOTSHOW"),
                ("AWS_SECRET_ACCESS_KEY", "a-secret-key"),
                ("AWS_SESSION_TOKEN", "a-session-token"),
            ],
            &[],
        );
        let wordy = "trace,aws_smithy_runtime=trace,aws_smithy_runtime::client=trace,hyper_util=trace,aws_runtime=trace";
        let text = logged(wordy, || {
            tracing::debug!("ours is heard");
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let cloud = Cloud::on(machine, spec, Hooks::quiet());
                let client = cloud.lambda().await.unwrap();
                client.list_functions().send().await.unwrap();
            });
        });
        assert!(text.contains("ours is heard"), "{text}");
        for secret in ["AKIASHOULDNOTSHOW", "a-secret-key", "a-session-token"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(
            !text.to_ascii_lowercase().contains("authorization"),
            "{text}"
        );
    }

    #[test]
    fn their_warnings_are_heard_and_a_broken_filter_is_the_default_one() {
        let text = logged("=,=nonsense=", || {
            tracing::warn!(target: "hyper_util::client", "a warning");
            tracing::debug!(target: "sekisho", "a detail");
        });
        assert!(
            text.contains("a warning") && !text.contains("a detail"),
            "{text}"
        );
    }
}

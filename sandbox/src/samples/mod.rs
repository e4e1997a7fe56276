//! The functions that a sandbox starts with: ordinary sources, packed when it starts.
//!
//! It knows what they are and what to call them with; it neither creates nor runs them.

use std::io::{self, Cursor, Write};

use zip::write::SimpleFileOptions;

/// A function to start with, in the words of `CreateFunction`.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The function's name.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// AWS's name of the runtime.
    pub runtime: &'static str,
    /// The handler, as the runtime reads it.
    pub handler: &'static str,
    /// Memory in MB.
    pub memory_mb: u32,
    /// Timeout in seconds.
    pub timeout_s: u32,
    /// `x86_64` or `arm64`.
    pub architecture: &'static str,
    /// Whether `TracingConfig` is `Active`.
    pub tracing_active: bool,
    /// Environment variables.
    pub environment: &'static [(&'static str, &'static str)],
    /// Tags; `{account}` in a value stands for the sandbox's account.
    pub tags: &'static [(&'static str, &'static str)],
    /// Descriptions of the versions to publish, the first as version 1.
    pub versions: &'static [&'static str],
    /// Aliases of those versions.
    pub aliases: &'static [Alias],
    /// The package: names and texts.
    pub files: &'static [(&'static str, &'static str)],
}

/// An alias of a sample.
#[derive(Debug, Clone, Copy)]
pub struct Alias {
    /// The alias's name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// The version that it names.
    pub version: &'static str,
    /// A second version and the part of the traffic that it gets, from 0 to 1.
    pub also: Option<(&'static str, f64)>,
}

impl Sample {
    /// The package as a ZIP.
    ///
    /// # Errors
    /// None that the sources here can cause; the ZIP writer's own are passed on.
    pub fn zip(&self) -> io::Result<Vec<u8>> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in self.files {
            let mode = if *name == "bootstrap" { 0o755 } else { 0o644 };
            writer.start_file(*name, SimpleFileOptions::default().unix_permissions(mode))?;
            writer.write_all(text.as_bytes())?;
        }
        Ok(writer.finish()?.into_inner())
    }
}

/// The samples: six functions in three kinds of runtime.
pub const ALL: &[Sample] = &[
    Sample {
        name: "orders-api",
        description: "Sample: checks an order, prices it and charges the card (注文 API)",
        runtime: "python3.13",
        handler: "app.handler",
        memory_mb: 256,
        timeout_s: 10,
        architecture: "x86_64",
        tracing_active: true,
        environment: &[
            ("CURRENCY", "JPY"),
            ("MAX_LINES", "20"),
            ("PAYMENT_API_KEY", "sandbox-key-not-a-secret"),
        ],
        tags: &[("team", "shop"), ("stage", "dev"), ("service", "orders")],
        versions: &["first release", "checks the number of lines"],
        aliases: &[Alias {
            name: "live",
            description: "what the API calls",
            version: "2",
            also: None,
        }],
        files: &[("app.py", include_str!("orders-api/app.py"))],
    },
    Sample {
        name: "thumbnail-resize",
        description: "Sample: makes a PNG thumbnail of every picture that is uploaded",
        runtime: "nodejs22.x",
        handler: "index.handler",
        memory_mb: 512,
        timeout_s: 15,
        architecture: "x86_64",
        tracing_active: false,
        environment: &[("THUMBNAIL_WIDTH", "160")],
        tags: &[
            ("team", "media"),
            ("aws:cloudformation:stack-name", "media-pipeline"),
            ("aws:cloudformation:logical-id", "ThumbnailResize"),
            (
                "aws:cloudformation:stack-id",
                "arn:aws:cloudformation:us-east-1:{account}:stack/media-pipeline/5b0c8a10-6f0e-11f0-9c1e-0a5f3c2d7e41",
            ),
        ],
        versions: &[],
        aliases: &[],
        files: &[("index.js", include_str!("thumbnail-resize/index.js"))],
    },
    Sample {
        name: "report-nightly",
        description: "Sample: a report in four steps, by a runtime of its own in bash (売上レポート)",
        runtime: "provided.al2023",
        handler: "bootstrap",
        memory_mb: 128,
        timeout_s: 60,
        architecture: "x86_64",
        tracing_active: false,
        environment: &[("STORE", "tokyo-1")],
        tags: &[("team", "finance"), ("stage", "dev")],
        versions: &[],
        aliases: &[],
        files: &[("bootstrap", include_str!("report-nightly/bootstrap"))],
    },
    Sample {
        name: "inventory-sync",
        description: "Sample: takes stock movements from a queue; answers which must be delivered again",
        runtime: "python3.12",
        handler: "sync.handler",
        memory_mb: 128,
        timeout_s: 30,
        architecture: "x86_64",
        tracing_active: false,
        environment: &[("LOG_LEVEL", "INFO"), ("OPENING_STOCK", "40")],
        tags: &[("team", "shop"), ("service", "inventory")],
        versions: &[],
        aliases: &[],
        files: &[("sync.py", include_str!("inventory-sync/sync.py"))],
    },
    Sample {
        name: "session-cleanup",
        description: "Sample: removes expired sessions on a schedule; a large backlog runs into the timeout",
        runtime: "nodejs22.x",
        handler: "index.handler",
        memory_mb: 128,
        timeout_s: 2,
        architecture: "x86_64",
        tracing_active: false,
        environment: &[("BATCH_SIZE", "250")],
        tags: &[("team", "platform")],
        versions: &[],
        aliases: &[],
        files: &[("index.mjs", include_str!("session-cleanup/index.mjs"))],
    },
    Sample {
        name: "fraud-score",
        description: "Sample: scores a payment with a model that is trained when the environment starts",
        runtime: "python3.13",
        handler: "score.handler",
        memory_mb: 512,
        timeout_s: 10,
        architecture: "x86_64",
        tracing_active: true,
        environment: &[("THRESHOLD", "0.8")],
        tags: &[("team", "risk"), ("stage", "dev")],
        versions: &["four features", "profiles of customers"],
        aliases: &[
            Alias {
                name: "live",
                description: "a tenth of the traffic tries the next model",
                version: "1",
                also: Some(("2", 0.1)),
            },
            Alias {
                name: "next",
                description: "the model that comes next",
                version: "2",
                also: None,
            },
        ],
        files: &[("score.py", include_str!("fraud-score/score.py"))],
    },
];

#[cfg(test)]
mod tests;

//! The functions screen of ten thousand functions, with all that it asks answered at once and nothing fetched; the screen of a
//! large API is `api`.

mod api;

pub use api::Api;

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use egui::Ui;
use sekisho::cloud::cloudwatch::MetricData;
use sekisho::cloud::lambda::functions::FunctionList;
use sekisho::cloud::tagging::TagsByArn;
use sekisho::cloud::{Cloud, Hooks};
use sekisho::model::connection::ConnectionSpec;
use sekisho::model::format::Zone;
use sekisho::model::function::Function;
use sekisho::model::metric::Series;
use sekisho::route::Route;
use sekisho::settings::Settings;
use sekisho::store::{self, Body, BoxFuture, ConnectionKey, Outbox};
use sekisho::ui::cx::{CloudStore, ConnectionView, Cx, Panel};
use sekisho::ui::functions::FunctionsPanel;

/// What the functions screen shows, and who answers its questions at once.
pub struct Functions {
    panel: FunctionsPanel,
    store: CloudStore,
    settings: Settings,
    connection: ConnectionView,
    /// ms since the epoch.
    now: i64,
    metrics: MetricData,
    /// Batches of metrics that were asked for.
    pub batches: usize,
}

/// Nothing is fetched: what is asked is answered where it was asked.
struct Nowhere;

impl Outbox for Nowhere {
    fn send(&self, _event: store::Event) -> BoxFuture<()> {
        Box::pin(async {})
    }
}

impl Functions {
    /// With nothing asked yet.
    pub fn new() -> Self {
        let connection = ConnectionView {
            place: String::new(),
            spec: ConnectionSpec::of_profile("shop-prod"),
            region: "eu-west-1".to_owned(),
            identity: None,
        };
        let mut store = CloudStore::new(Arc::new(Nowhere), Arc::new(|| {}));
        let cloud = Cloud::new(connection.spec.clone(), Hooks::quiet());
        store.connect(
            ConnectionKey(1),
            Arc::new(cloud),
            "shop-prod".to_owned(),
            false,
        );
        store.switch(ConnectionKey(1));
        let mut settings = Settings::in_memory();
        let marked: Vec<String> = (0..40).map(|at| function_name(at * 7)).collect();
        settings.set("favourites.shop-prod.eu-west-1", &marked);
        let now = 1_795_000_020_000;
        Self {
            panel: FunctionsPanel::new(&settings),
            store,
            settings,
            connection,
            now,
            metrics: metrics(now),
            batches: 0,
        }
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui) {
        let mut cx = Cx {
            store: &mut self.store,
            settings: &mut self.settings,
            connection: &self.connection,
            now: self.now,
            zone: &Zone::Utc,
            active: true,
            command: &mut None,
            messages: &mut Vec::new(),
        };
        self.panel.ui(ui, &Route::Functions, &mut cx);
    }

    /// Answers what the frame asked for, and lets `ms` go by.
    pub fn end_frame(&mut self, ms: i64) {
        self.store.end_frame(self.now);
        self.now += ms;
        for start in self.store.take_starts() {
            let page: Box<dyn Any + Send> = match start.service {
                "lambda" => Box::new(functions(self.now)),
                "tagging" => Box::new(tags()),
                _ => {
                    self.batches += 1;
                    Box::new(self.metrics.clone())
                }
            };
            for body in [Body::Page(page), Body::Done(Ok(None))] {
                let task = start.task;
                self.store.apply(store::Event { task, body }, self.now);
            }
        }
    }
}

const ROWS: i64 = 10_000;

fn function_name(at: i64) -> String {
    format!("function-{at:05}")
}

fn arn(at: i64) -> String {
    let name = function_name(at);
    format!("arn:aws:lambda:eu-west-1:482177391105:function:{name}")
}

fn functions(now: i64) -> FunctionList {
    let runtimes = ["python3.13", "nodejs22.x", "java21", "provided.al2023"];
    let function = |at: i64| Function {
        name: function_name(at),
        arn: arn(at),
        runtime: Some(runtimes[at as usize % runtimes.len()].to_owned()),
        memory_mb: 128 * (at as u32 % 20 + 1),
        timeout_s: at as u32 % 900 + 1,
        last_modified: Some(now - at * 977_000),
        ..Function::default()
    };
    FunctionList {
        rows: (0..ROWS).map(|at| Arc::new(function(at))).collect(),
    }
}

/// One in three is of a stack, which stands beside its name.
fn tags() -> TagsByArn {
    let stack = |at: i64| {
        let key = "aws:cloudformation:stack-name".to_owned();
        (arn(at), BTreeMap::from([(key, format!("shop-{}", at % 9))]))
    };
    TagsByArn {
        tags: (0..ROWS).step_by(3).map(stack).collect(),
    }
}

/// The three measures of as many rows as one call holds: an answer to whichever batch asks.
fn metrics(now: i64) -> MetricData {
    let bounds = now - 3 * 3_600_000..now;
    let series = |measure: i64, row: i64| {
        let id = format!("m{measure}r{row}");
        let period = [60, 60, 3_600][measure as usize];
        let value = move |at: i64| match measure {
            1 if row % 11 != 0 => 0.0,
            1 => (at / 60_000 * 7 % 5) as f64,
            _ => 40.0 + ((at / 60_000 * 7_919 + row * 104_729) % 97) as f64,
        };
        let start = bounds.start;
        let points = (0..180).map(|minute| start + minute * 60_000);
        let points = points.map(|at| (at, value(at)));
        (
            id.clone(),
            Series::on_grid(id, "", bounds.clone(), period, points),
        )
    };
    let rows = 0..500;
    MetricData {
        bounds: bounds.clone(),
        series: rows
            .flat_map(|row| (0..3).map(move |measure| (measure, row)))
            .map(|(measure, row)| series(measure, row))
            .collect(),
        messages: Vec::new(),
    }
}

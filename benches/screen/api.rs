//! The build screen of an API of 300 resources and 1,200 methods, with all that it asks answered at once and nothing fetched.

use std::any::Any;
use std::sync::Arc;

use egui::Ui;
use sekisho::cloud::{Cloud, Hooks};
use sekisho::model::api::definition::{self, Definition, Place};
use sekisho::model::api::{ApiDetail, Deployment, Integration, Method, Resource, RestApi, Stage};
use sekisho::model::connection::ConnectionSpec;
use sekisho::model::format::Zone;
use sekisho::route::{ApiTab, Route};
use sekisho::settings::Settings;
use sekisho::store::{self, Body, ConnectionKey};
use sekisho::ui::apis::ApiPanel;
use sekisho::ui::cx::{CloudStore, ConnectionView, Cx, Panel};

use super::Nowhere;
use crate::common::shop;

const ID: &str = "k3v9qp2xw1";

/// What the screen shows, and who answers its questions at once.
pub struct Api {
    panel: ApiPanel,
    store: CloudStore,
    settings: Settings,
    connection: ConnectionView,
    /// ms since the epoch.
    now: i64,
    /// Questions that were answered.
    pub answered: usize,
}

impl Api {
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
        let name = "shop-prod".to_owned();
        store.connect(ConnectionKey(1), Arc::new(cloud), name, false);
        store.switch(ConnectionKey(1));
        Self {
            panel: ApiPanel::default(),
            store,
            settings: Settings::in_memory(),
            connection,
            now: 1_795_000_020_000,
            answered: 0,
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
        let route = Route::Api {
            id: ID.to_owned(),
            tab: ApiTab::Build,
        };
        self.panel.ui(ui, &route, &mut cx);
    }

    /// Answers what the frame asked for: first the API, then what it is compared with.
    pub fn end_frame(&mut self) {
        self.store.end_frame(self.now);
        for start in self.store.take_starts() {
            let page: Box<dyn Any + Send> = match self.answered {
                0 => Box::new(detail()),
                _ => Box::new(definition(self.answered)),
            };
            self.answered += 1;
            for body in [Body::Page(page), Body::Done(Ok(None))] {
                let task = start.task;
                self.store.apply(store::Event { task, body }, self.now);
            }
        }
    }
}

fn detail() -> ApiDetail {
    let method = |path: &str, verb: &str| Method {
        authorization: "NONE".to_owned(),
        integration: Some(Integration {
            kind: "AWS_PROXY".to_owned(),
            uri: Some(uri(path, verb)),
            ..Integration::default()
        }),
        ..Method::default()
    };
    let resource = |(at, path): (usize, &String)| {
        let methods = shop::VERBS.map(|verb| (verb.to_owned(), method(path, verb)));
        Resource {
            id: format!("r{at:05}"),
            parent_id: Some("root".to_owned()),
            path_part: path.rsplit('/').next().map(str::to_owned),
            path: path.clone(),
            methods: methods.into(),
        }
    };
    let root = Resource {
        id: "root".to_owned(),
        path: "/".to_owned(),
        ..Resource::default()
    };
    let mut resources = vec![root];
    resources.extend(shop::paths().iter().enumerate().map(resource));
    resources.sort_by(|one, other| one.path.cmp(&other.path));
    ApiDetail {
        api: RestApi {
            id: ID.to_owned(),
            name: "shop".to_owned(),
            ..RestApi::default()
        },
        resources,
        stages: vec![Stage {
            name: "prod".to_owned(),
            deployment_id: "d1".to_owned(),
            ..Stage::default()
        }],
        deployments: vec![Deployment {
            id: "d1".to_owned(),
            ..Deployment::default()
        }],
    }
}

fn uri(path: &str, verb: &str) -> String {
    let area = path.split('/').nth(1).unwrap_or("root");
    let arn = format!(
        "arn:aws:lambda:eu-west-1:482177391105:function:{area}-{}",
        verb.to_lowercase()
    );
    format!("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations")
}

/// The API as a stage has it, or as it is now: one method differs.
fn definition(which: usize) -> Definition {
    let mut all = Definition::default();
    for path in shop::paths() {
        for verb in shop::VERBS {
            let place = Place {
                path: path.clone(),
                verb: verb.to_owned(),
            };
            let key = path == "/area-30" && which == 1;
            let method = definition::Method {
                key,
                ..definition::Method::default()
            };
            all.methods.insert(place, method);
        }
    }
    all
}

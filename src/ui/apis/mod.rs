//! The APIs panel: the list, and one API with its parts.

mod access;
mod add;
mod build;
mod client;
mod cors;
mod create;
mod documentation;
mod export;
mod header;
mod import;
mod into;
mod keys;
mod limits;
mod list;
mod method;
mod publish;
mod tree;
mod verb;
mod why;

use egui::Ui;

pub use create::CreateApiPanel;
pub use import::ImportPanel;
pub use keys::KeysPanel;
pub use list::ApisPanel;
pub use why::WhyPanel;

use crate::cloud::apigateway::apis::{GetApi, ListApis};
use crate::command::Command;
use crate::model::api::ApiDetail;
use crate::route::{ApiTab, Route};
use crate::ui::cx::{CloudStore, Cx, Message, Panel};
use crate::ui::icons::Icon;
use crate::ui::widgets::state::{self, Empty};

/// How many there are, once all are known; `now` is ms since the epoch.
pub fn known(store: &mut CloudStore, now: i64) -> Option<usize> {
    let known = store.follow(&ListApis {}, now).value?;
    Some(known.rows.len())
}

/// One API's screen. Every part keeps its state while another is in front.
#[derive(Default)]
pub struct ApiPanel {
    name: String,
    build: build::Build,
    deploy: publish::Deploy,
    stages: publish::Stages,
    client: client::Client,
    access: access::Access,
    behind: publish::Behind,
    document: documentation::Document,
}

impl Panel for ApiPanel {
    fn ui(&mut self, ui: &mut Ui, route: &Route, cx: &mut Cx<'_>) {
        let Route::Api { id, tab } = route else {
            return;
        };
        let loaded = cx.store.want(&GetApi { id: id.clone() }, cx.now);
        if let Some(detail) = loaded.shown() {
            self.name.clone_from(&detail.api.name);
            self.build.know(detail);
        }
        let behind = loaded
            .shown()
            .and_then(|detail| self.behind.of(detail, cx))
            .filter(|(_, count)| *count > 0);
        if cx.take(Command::GoToUrl) {
            self.client.go_to_url();
            cx.open(Route::api_tab(id, ApiTab::Client));
        }
        header::ui(ui, id, *tab, &loaded, behind, cx);
        let empty = Empty {
            icon: Icon::NETWORK,
            title: "This API is empty",
            advice: "",
            action: "",
        };
        let never = |_: &ApiDetail| false;
        let shown = state::show(
            ui,
            "the API",
            &loaded,
            &empty,
            never,
            |ui, detail| match tab {
                ApiTab::Build => self.build.ui(ui, detail, cx),
                ApiTab::Deploy => self.deploy.ui(ui, detail, cx),
                ApiTab::Stages => self.stages.ui(ui, detail, cx),
                ApiTab::Client => self.client.ui(ui, detail, cx),
                ApiTab::Access => self.access.ui(ui, detail, cx),
                ApiTab::Document => self.document.ui(ui, detail, cx),
            },
        );
        if shown.retry {
            cx.store.refresh();
        }
        if shown.sign_in {
            cx.messages.push(Message::SignIn);
        }
    }

    fn title(&self) -> Option<String> {
        Some(self.name.clone()).filter(|name| !name.is_empty())
    }

    fn unsaved(&self) -> Option<String> {
        self.build
            .unsaved()
            .or_else(|| self.deploy.unsaved())
            .or_else(|| self.stages.unsaved())
            .or_else(|| self.client.unsaved())
            .or_else(|| self.access.unsaved())
            .or_else(|| self.document.unsaved())
    }

    fn settled(&self, route: &Route, store: &CloudStore) -> bool {
        let id = route.api_id().unwrap_or_default().to_owned();
        let known = store.peek(&GetApi { id: id.clone() });
        let tab = match route {
            Route::Api { tab, .. } => *tab,
            _ => ApiTab::Build,
        };
        match (tab, &known.value) {
            (ApiTab::Deploy, Some(detail)) => self.deploy.settled(detail, store),
            (ApiTab::Access, _) => known.is_settled() && self.access.settled(&id, store),
            (ApiTab::Document, _) => known.is_settled() && self.document.settled(&id, store),
            (ApiTab::Build, _) => known.is_settled() && self.build.settled(&id, store),
            _ => known.is_settled(),
        }
    }
}

//! The head of an API's screen: its name and what it is, its parts, what can be done with it.

use std::sync::Arc;

use egui::Ui;

use crate::cloud::apigateway::delete::DeleteApi;
use crate::model::api::ApiDetail;
use crate::model::format::counted;
use crate::model::topic::Topic;
use crate::route::{ApiTab, Route};
use crate::store::Loadable;
use crate::ui::cx::Cx;
use crate::ui::icons::Icon;
use crate::ui::theme::space;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::segmented::sub_tabs;
use crate::ui::widgets::state::age_words;
use crate::ui::widgets::toolbar::{Look, Toolbar};

/// What is pressed in the head.
#[derive(Clone, Copy)]
enum Pressed {
    Refresh,
    CopyId,
    Delete,
    Deploy,
    Why,
}

/// Draws it, and opens another part when one is chosen.
pub fn ui(
    ui: &mut Ui,
    id: &str,
    tab: ApiTab,
    loaded: &Loadable<ApiDetail>,
    behind: Option<(String, usize)>,
    cx: &mut Cx<'_>,
) {
    ui.add_space(space::S);
    bar(ui, id, tab, loaded, behind, cx);
    ui.add_space(2.0);
    let mut chosen = tab;
    let tabs = ApiTab::ALL.map(|tab| (tab, tab.title()));
    if sub_tabs(ui, &mut chosen, &tabs) {
        cx.open(Route::api_tab(id, chosen));
    }
}

fn bar(
    ui: &mut Ui,
    id: &str,
    tab: ApiTab,
    loaded: &Loadable<ApiDetail>,
    behind: Option<(String, usize)>,
    cx: &mut Cx<'_>,
) {
    let detail = loaded.shown();
    let name = detail.map_or(id, |detail| detail.api.name.as_str());
    let mut bar = Toolbar::new("The API").inset(space::L).heading(name, 90.0);
    if let Some(detail) = detail {
        bar = bar
            .text("REST", Look::Tag)
            .rank(2)
            .text(detail.api.endpoint(), Look::Tag)
            .rank(2)
            .text(id, Look::Muted)
            .rank(3);
        let (tone, words) = condition(detail);
        let (tone, words) = match behind {
            Some((stage, count)) => (
                Tone::Warn,
                format!("{} not deployed to {stage}", counted(count, "change")),
            ),
            None => (tone, words),
        };
        bar = bar.text(words, Look::State(tone)).rank(8);
    }
    let (age, read) = age_words(loaded, cx.now, cx.zone);
    bar = bar.space().text(age, Look::Small).rank(1).hover(read);
    let refresh = Button::icon_only(Icon::REFRESH_CW, "Refresh this API");
    let copy = Button::icon_only(Icon::COPY, "Copy ID");
    let may = match detail {
        Some(_) => cx.may_write(),
        None => Err("It is not known yet"),
    };
    let why = Button::new("Why this answer?").icon(Icon::CIRCLE_QUESTION_MARK);
    let delete = Button::new("Delete API…").icon(Icon::TRASH_2);
    bar = bar
        .button(refresh, Pressed::Refresh)
        .button(copy, Pressed::CopyId)
        .rank(4)
        .more_here()
        .button(why, Pressed::Why)
        .tucked()
        .button(delete.available(may), Pressed::Delete)
        .tucked();
    let deploy = Button::new("Deploy…").icon(Icon::UPLOAD);
    let may = match (tab, may) {
        (ApiTab::Deploy, _) => Err("It is open"),
        (_, may) => may,
    };
    bar = bar.button(deploy.available(may), Pressed::Deploy).stays();
    match bar.show(ui).pressed {
        Some(Pressed::Refresh) => cx.store.invalidate(&[Topic::Api(id.to_owned())]),
        Some(Pressed::CopyId) => ui.ctx().copy_text(id.to_owned()),
        Some(Pressed::Deploy) => cx.open(Route::api_tab(id, ApiTab::Deploy)),
        Some(Pressed::Why) => cx.open(Route::why()),
        Some(Pressed::Delete) => {
            if let Some(detail) = detail {
                delete_it(detail, cx);
            }
        }
        None => {}
    }
}

fn delete_it(detail: &ApiDetail, cx: &mut Cx<'_>) {
    let stages = detail.stages.iter().map(|stage| stage.name.clone());
    cx.review(Arc::new(DeleteApi {
        id: detail.api.id.clone(),
        name: detail.api.name.clone(),
        methods: detail.methods().0,
        stages: stages.collect(),
        context: cx.connection.cli(),
    }));
}

/// How it stands, in a few words.
fn condition(detail: &ApiDetail) -> (Tone, String) {
    let (methods, open) = detail.methods();
    match (detail.stages.is_empty(), methods, open) {
        (true, 0, _) => (Tone::Muted, "no methods yet".to_owned()),
        (true, _, _) => (Tone::Warn, "no stage answers with it yet".to_owned()),
        (false, _, 0) => (Tone::Muted, counted(methods, "method")),
        (false, _, open) => (
            Tone::Warn,
            format!("{open} of {} open to everybody", counted(methods, "method")),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::api::{Method, Resource, Stage};

    #[test]
    fn what_lacks_first_is_said_first() {
        let mut detail = ApiDetail::default();
        assert_eq!(condition(&detail).1, "no methods yet");
        let method = Method {
            authorization: "NONE".into(),
            ..Method::default()
        };
        detail.resources.push(Resource {
            methods: [("GET".to_owned(), method)].into(),
            ..Resource::default()
        });
        assert_eq!(condition(&detail).1, "no stage answers with it yet");
        detail.stages.push(Stage::default());
        assert_eq!(condition(&detail).1, "1 of 1 method open to everybody");
    }
}

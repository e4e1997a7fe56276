//! Whether API Gateway may write logs at all: the account needs a role for it, one for all APIs of a region. Told where logging
//! is set, with the plan that makes it.

use std::sync::Arc;

use egui::{Label, RichText, Ui};

use crate::cloud::apigateway::account::{GetLogging, Logging, SetUpLogging};
use crate::cloud::apigateway::apis::ListApis;
use crate::model::api::ApiDetail;
use crate::model::arn::partition_of;
use crate::ui::cx::Cx;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::glyph::glyph;

const ROLE: &str = "api-gateway-logs";

/// Draws it; `wanted` where something of the stage is to be logged.
pub fn ui(ui: &mut Ui, detail: &ApiDetail, wanted: bool, cx: &mut Cx<'_>) {
    let known = cx.store.want(&GetLogging {}, cx.now);
    let theme = Theme::of(ui);
    let why = match (known.shown().map(Arc::as_ref), &known.error) {
        (Some(Logging::Role(_) | Logging::Unchecked(_)), _) | (None, None) => return,
        (Some(Logging::NoRole), _) => "the account has no role for it in this region.".to_owned(),
        (Some(Logging::Gone(arn)), _) => {
            format!("the role that the account names, {arn}, is not there any more.")
        }
        (None, Some(error)) => {
            let words = format!(
                "Whether API Gateway may write logs is not known: {}",
                error.message
            );
            let text = RichText::new(words).color(theme.muted);
            ui.add(Label::new(text).wrap());
            return;
        }
    };
    let color = if wanted { theme.warn } else { theme.muted };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        glyph(ui, Icon::TRIANGLE_ALERT, 14.0, color);
        let words = format!("API Gateway may not write logs: {why}");
        ui.add(Label::new(RichText::new(words).color(color)).wrap());
    });
    let account = cx.connection.identity.as_ref().map(|of| of.account.clone());
    let may = match account {
        None => Err("Who you are is not known yet"),
        Some(_) => cx.may_write(),
    };
    let button = Button::new("Set it up…").name("Let API Gateway write logs…");
    if button.available(may).show(ui).clicked() {
        let region = cx.connection.region.clone();
        let apis = cx.store.want(&ListApis {}, cx.now);
        let rows = apis.shown().into_iter().flat_map(|all| &all.rows);
        let others = rows.filter(|row| row.id != detail.api.id);
        let action = SetUpLogging {
            role: ROLE.to_owned(),
            account: account.unwrap_or_default(),
            partition: partition_of(&region).to_owned(),
            region,
            before: match known.shown().map(Arc::as_ref) {
                Some(Logging::Gone(arn)) => Some(arn.clone()),
                _ => None,
            },
            others: others.map(|row| row.name.clone()).collect(),
            context: cx.connection.cli(),
        };
        cx.review(Arc::new(action));
    } else {
        // The plan names the other APIs: they are known by the time that it is asked for.
        cx.store.want(&ListApis {}, cx.now);
    }
    ui.add_space(space::XS);
}

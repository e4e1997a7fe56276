//! The one banner under the top bar while the connection does not answer: since when, why and by whom, Retry. What panes show
//! stays as it was; they don't repeat it.

use std::time::Duration;

use egui::{Align, Frame, Label, Layout, Margin, Panel, RichText, Role, Sense, Ui, WidgetInfo};

use crate::model::format::{self, Zone};
use crate::model::health::Down;
use crate::ui::cx::ConnectionView;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, copy_button};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::in_order::in_order;

/// What it says.
pub struct Banner<'a> {
    /// Why and since when.
    pub down: &'a Down<'a>,
    /// What does not answer: "127.0.0.1:4566".
    pub place: &'a str,
    /// It is being asked again.
    pub asking: bool,
    /// When it is tried again by itself, in ms since the epoch.
    pub next: Option<i64>,
    /// Milliseconds since the epoch.
    pub now: i64,
    /// The zone that times are shown in.
    pub zone: &'a Zone,
}

/// In a narrower window the reason stands below the rest, in points.
const BESIDE: f32 = 640.0;

impl Banner<'_> {
    /// Draws it; true where Retry was pressed.
    pub fn ui(&self, ui: &mut Ui) -> bool {
        let theme = Theme::of(ui);
        let frame = Frame::new()
            .fill(theme.removed)
            .inner_margin(Margin::symmetric(12, 4));
        let mut retry = false;
        let since = since(self.down, self.now, self.zone);
        let why = self.down.cause.words(self.place);
        let panel = Panel::top("connection banner").frame(frame);
        let again = again(self.next, self.now);
        let words = format!("{why} · {again} · what is shown is from before");
        let shown = panel.show(ui, |ui| {
            // Cut off, the reason would say nothing.
            let beside = ui.available_width() >= BESIDE;
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                glyph(ui, Icon::WIFI_OFF, 15.0, theme.err);
                let first = RichText::new(format!("Down since {since}"));
                let first = first.font(fonts::medium(size::BODY)).color(theme.err);
                ui.add(Label::new(first).extend());
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    in_order(ui, "what can be done", |ui| {
                        let available = match self.asking {
                            true => Err("It is being asked again already"),
                            false => Ok(()),
                        };
                        let button = Button::new("Retry").icon(Icon::REFRESH_CW);
                        retry = button.available(available).show(ui).clicked();
                        copy_button(ui, "error", || self.down.error.report());
                    });
                    if beside {
                        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                            let words = RichText::new(format!("· {words}")).color(theme.text);
                            ui.add(Label::new(words).truncate())
                                .on_hover_text(self.down.error.report());
                        });
                    }
                });
            });
            if !beside {
                let words = RichText::new(words).color(theme.text);
                ui.add(Label::new(words).wrap())
                    .on_hover_text(self.down.error.report());
            }
        });
        let alert = shown.response.id.with("alert");
        let alert = ui.interact(shown.response.rect, alert, Sense::hover());
        let words = format!("Down since {since}, {why}");
        alert.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &words));
        if self.next.is_some() {
            ui.ctx().request_repaint_after(Duration::from_millis(500));
        }
        retry
    }
}

/// When it is tried again.
fn again(next: Option<i64>, now: i64) -> String {
    let left = next.map(|next| {
        next.saturating_sub(now)
            .max(0)
            .unsigned_abs()
            .div_ceil(1_000)
    });
    match left {
        None | Some(0) => "trying again".to_owned(),
        Some(seconds) => format!("trying again in {seconds} s"),
    }
}

/// Since when, by the clock of the zone.
pub fn since(down: &Down<'_>, now: i64, zone: &Zone) -> String {
    format::since(down.since, now, zone)
}

/// What a connection is to: an endpoint's host and port, or AWS in a region.
pub fn place(view: &ConnectionView, endpoint: Option<&str>) -> String {
    match endpoint.or(view.spec.endpoint.as_deref()) {
        Some(endpoint) => {
            let rest = endpoint
                .split_once("://")
                .map_or(endpoint, |(_, rest)| rest);
            rest.split('/').next().unwrap_or(rest).to_owned()
        }
        None if view.region.is_empty() => "AWS".to_owned(),
        None => format!("AWS in {}", view.region),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::connection::ConnectionSpec;

    #[test]
    fn the_next_try_is_told_by_the_second() {
        assert_eq!(again(None, 0), "trying again");
        assert_eq!(again(Some(4_001), 1_000), "trying again in 4 s");
        assert_eq!(again(Some(500), 1_000), "trying again");
        assert_eq!(again(Some(i64::MIN), 1_000), "trying again", "at once");
    }

    #[test]
    fn a_place_is_an_endpoints_host_and_port_or_aws_in_a_region() {
        let of = |spec| ConnectionView {
            place: String::new(),
            spec,
            region: "eu-west-1".into(),
            identity: None,
        };
        let local = of(ConnectionSpec::of_endpoint(
            "local",
            "http://127.0.0.1:4566/",
        ));
        assert_eq!(place(&local, None), "127.0.0.1:4566");
        let shop = of(ConnectionSpec::of_profile("shop"));
        assert_eq!(place(&shop, None), "AWS in eu-west-1");
        assert_eq!(
            place(&shop, Some("https://aws.example.com/x")),
            "aws.example.com"
        );
    }
}

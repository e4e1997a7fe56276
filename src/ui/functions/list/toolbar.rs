//! Above the list: the filter, the choices, how many there are, columns and CSV; and notes on what could not be read.

use egui::{Align, Layout, Popup, RichText, Ui};

use crate::cloud::lambda::functions::FunctionList;
use crate::cloud::tagging::FunctionTags;
use crate::command::Command;
use crate::model::error::CloudError;
use crate::model::format;
use crate::store::Loadable;
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, icon_button};
use crate::ui::widgets::table_header::columns_button;
use crate::ui::widgets::text_field::filter_field;

use super::columns::{COLUMNS, Key, sorting};
use super::metrics::MOST_A_BATCH;
use super::{List, export};

const FILTER: &str = "Filter functions";

impl List {
    pub(super) fn toolbar(&mut self, ui: &mut Ui, list: &Loadable<FunctionList>, cx: &mut Cx<'_>) {
        ui.add_space(10.0);
        ui.horizontal(|ui| {
            ui.add_space(space::L);
            if cx.take(Command::Filter) {
                let id = ui.make_persistent_id(("filter", FILTER));
                ui.memory_mut(|memory| memory.request_focus(id));
            }
            let width = (ui.available_width() * 0.3).clamp(180.0, 320.0);
            let hint = "filter: name, runtime, tag:team=shop";
            filter_field(ui, FILTER, hint, &mut self.kept.filter, width)
                .response
                .on_hover_ui(filter_help);
            let runtimes = &self.order.runtimes;
            choice(ui, "Runtime", runtimes, &mut self.kept.runtime);
            choice(ui, "State", &self.order.states, &mut self.kept.state);
            ui.label(RichText::new(self.count(list)).color(Theme::of(ui).muted));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(space::L - 4.0);
                self.right_side(ui, cx);
            });
        });
        ui.add_space(6.0);
    }

    fn right_side(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let available = match self.order.shown.is_empty() {
            true => Err("There are no rows to save"),
            false if self.export.is_busy() => Err("It is being saved already"),
            false => Ok(()),
        };
        let csv = Button::new("CSV")
            .name("Export CSV")
            .hover("Save the rows that are shown, with the columns that are shown")
            .shortcut("Ctrl+E")
            .available(available)
            .show(ui);
        if (csv.clicked() || cx.take(Command::ExportCsv)) && available.is_ok() {
            let rows = export::Rows::of(&self.order, &self.metrics, &self.kept.table);
            self.export.open(cx, rows);
        }
        columns_button(ui, &COLUMNS, &mut self.kept.table);
    }

    fn count(&self, list: &Loadable<FunctionList>) -> String {
        let Some(rows) = list.shown().map(|list| list.rows.len()) else {
            return String::new();
        };
        let number = |count: usize| format::number_exact(i64::try_from(count).unwrap_or(i64::MAX));
        let all = match rows {
            1 => "1 function".to_owned(),
            _ => format!("{} functions", number(rows)),
        };
        let shown = self.order.shown.len();
        match (
            list.value.is_none() && list.loading,
            self.order.is_filtered(),
        ) {
            (true, false) => format!("{} so far…", number(rows)),
            (true, true) => format!("{} of {} so far…", number(shown), number(rows)),
            (false, true) => format!("{} of {all}", number(shown)),
            (false, false) => all,
        }
    }

    /// What lacks on this screen and why, in one quiet line each; the list stays.
    pub(super) fn notes(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        if let Some(error) = self.metrics.error.clone()
            && note(ui, "Metrics are not shown", &error)
        {
            self.metrics.retry(cx.store);
        }
        if self.order.needs_tags() {
            let tags = cx.store.peek(&FunctionTags {});
            if let (Some(error), None) = (&tags.error, &tags.value)
                && note(
                    ui,
                    "The filter asks for tags, which could not be read",
                    error,
                )
            {
                cx.store
                    .invalidate(&[crate::model::topic::Topic::Functions]);
            }
        }
        let (key, _) = sorting(self.kept.table.sort.as_ref());
        if matches!(key, Key::Metric(_)) && self.order.shown.len() > MOST_A_BATCH {
            let text = format!(
                "Sorted by what has been read: with more than {MOST_A_BATCH} rows, metrics are read only for those that \
                 have been on the screen. A filter makes them fewer."
            );
            quiet(ui, &text, |_| {});
        }
    }
}

/// One line in small, muted type; `more` comes at its end.
fn quiet(ui: &mut Ui, text: &str, more: impl FnOnce(&mut Ui)) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.add_space(space::L);
        let sign = RichText::new(Icon::INFO).font(fonts::icon(13.0));
        ui.add(egui::Label::new(sign.color(theme.muted)).selectable(false));
        let room = (ui.available_width() - 80.0).max(80.0);
        ui.scope(|ui| {
            ui.set_max_width(room);
            let text = RichText::new(text).font(fonts::body(size::SMALL));
            ui.add(egui::Label::new(text.color(theme.muted)).truncate());
        });
        more(ui);
    });
}

/// Says that something lacks and why; true when it is to be asked again.
fn note(ui: &mut Ui, what: &str, error: &CloudError) -> bool {
    let mut again = false;
    let text = format!("{what}: {} — {}", error.headline(), error.message);
    quiet(ui, &text, |ui| {
        let name = format!("Retry: {what}");
        again = icon_button(ui, Icon::REFRESH_CW, &name)
            .on_hover_text(error.report())
            .clicked();
    });
    again
}

/// A button that says what is chosen, and a menu of what can be.
fn choice(ui: &mut Ui, name: &str, values: &[(String, usize)], chosen: &mut Option<String>) {
    let text = match chosen {
        Some(value) => format!("{name}: {value}"),
        None => format!("{name}: any"),
    };
    let button = Button::new(&text).selected(chosen.is_some()).show(ui);
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(160.0);
        if ui.selectable_label(chosen.is_none(), "any").clicked() {
            *chosen = None;
        }
        for (value, count) in values {
            let on = chosen.as_deref() == Some(value);
            let words = format!("{value}  ({count})");
            if ui.selectable_label(on, words).clicked() {
                *chosen = Some(value.clone());
            }
        }
        // What was chosen on another connection can be taken back here too.
        if let Some(gone) = chosen
            .clone()
            .filter(|c| values.iter().all(|(v, _)| v != c))
            && ui.selectable_label(true, format!("{gone}  (0)")).clicked()
        {
            *chosen = None;
        }
    });
}

fn filter_help(ui: &mut Ui) {
    let theme = Theme::of(ui);
    ui.label("Words, and properties; everything must hold, - turns a term around:");
    for (key, example) in crate::model::function::FILTER_KEYS {
        ui.horizontal(|ui| {
            let key = RichText::new(key).font(fonts::mono(size::SMALL));
            ui.label(key);
            let example = RichText::new(example).font(fonts::mono(size::SMALL));
            ui.label(example.color(theme.muted));
        });
    }
}

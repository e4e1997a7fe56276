//! Above the list: the filter, the choices, how many rows there are, columns and CSV; and notes on what could not be read.

use egui::{RichText, Ui};

use super::figures;
use super::{Kind, List, export};
use crate::command::Command;
use crate::model::error::CloudError;
use crate::model::format;
use crate::model::metric::Span;
use crate::store::Loadable;
use crate::ui::cx::{Cx, Message};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, icon_button};
use crate::ui::widgets::drop_down::entry;
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::state;
use crate::ui::widgets::table_header::columns_menu;
use crate::ui::widgets::toolbar::{Look, Toolbar};

/// Of which time the figures are is read in so many points; that it grows can be cut off.
const LEAST_SPAN: f32 = 84.0;
/// Why the figures are of this time.
const SPAN_WORDS: &str = "The figures are of the last 15 min, 1 h or 3 h: as far back as there is data. It grows by itself.";

/// Of which time the figures are; that it grows is said while it does.
fn span_words(span: Span) -> String {
    match span {
        Span::ThreeHours => format!("last {}", span.words()),
        _ => format!("last {}: all there is", span.words()),
    }
}

/// What is pressed in the bar.
#[derive(Clone, Copy)]
enum Press {
    /// Of which choice which value; `None` for any.
    Choose(usize, Option<usize>),
    /// Only rows of which something failed, or all.
    Failing,
    /// A switch, by its place.
    Chip(usize),
    Csv,
    /// Make a new one.
    Create,
}

impl<K: Kind> List<K> {
    /// Draws it; true where Enter was pressed in the filter.
    pub(super) fn bar(
        &mut self,
        ui: &mut Ui,
        source: &Loadable<K::Source>,
        cx: &mut Cx<'_>,
    ) -> bool {
        let texts = K::TEXTS;
        let words = self.count(source);
        let span = match self.figures.span {
            Some(span) if !words.is_empty() && figures::are_shown::<K>(&self.kept.table) => {
                span_words(span)
            }
            _ => String::new(),
        };
        let available = match self.order.shown.is_empty() {
            true => Err("There are no rows to save"),
            false if self.export.is_busy() => Err("It is being saved already"),
            false => Ok(()),
        };
        let csv = Button::new("CSV")
            .icon(Icon::DOWNLOAD)
            .name(Command::ExportCsv.text())
            .hover(Command::ExportCsv.tooltip())
            .shortcut(Command::ExportCsv.keys_text())
            .available(available);
        let filter = format!("Filter {}", texts.many);
        let hint = format!("filter: {}", texts.hint);
        let kept_failing = self.kept.failing;
        let chips = self.chips(source);
        let (table, kept) = (&mut self.kept.table, &self.kept.choices);
        ui.add_space(10.0);
        let mut bar = Toolbar::new("Above the list")
            .inset(space::L)
            .filter(&filter, &hint, &mut self.kept.filter, 150.0..=320.0)
            .focus(cx.take(Command::Filter));
        if !K::EXAMPLES.is_empty() {
            bar = bar.help(filter_help::<K>);
        }
        for (at, (choice, values)) in K::CHOICES.iter().zip(&self.order.choices).enumerate() {
            let chosen = kept.get(choice.id).and_then(Option::as_deref);
            let words = format!("{}: {}", choice.title, chosen.unwrap_or("any"));
            bar = bar
                .menu(choice.title, words, move |ui| {
                    choose(ui, values, chosen).map(|value| Press::Choose(at, value))
                })
                .lit(chosen.is_some());
        }
        if figures::can_fail::<K>() {
            let failing = Button::new("With errors")
                .icon(Icon::CIRCLE_ALERT)
                .selected(kept_failing)
                .hover("Only those of which something failed in the time that is shown");
            bar = bar.button(failing, Press::Failing).rank(7);
        }
        for (at, (title, on)) in chips.iter().enumerate() {
            let chip = &K::CHIPS[at];
            let button = Button::new(title).icon(chip.icon);
            let button = button.selected(*on).hover(chip.hover);
            bar = bar.button(button, Press::Chip(at)).rank(6);
        }
        let create = K::CREATE.map(|command| {
            let button = Button::new("Create").primary().icon(Icon::PLUS);
            let button = button.name(command.text()).hover(command.tooltip());
            button.shortcut(command.keys_text())
        });
        let mut bar = bar
            .text(words, Look::Muted)
            .text(span, Look::Muted)
            .least(LEAST_SPAN)
            .hover(SPAN_WORDS)
            .rank(2)
            .space()
            .menu("Columns", "Columns", |ui| {
                columns_menu(ui, K::COLUMNS, table);
                None
            })
            .icon(Icon::COLUMNS_3)
            .keep_open()
            .rank(4)
            .hover("Choose which columns are shown")
            .button(csv, Press::Csv)
            .rank(4);
        if let Some(create) = create {
            bar = bar.button(create, Press::Create).rank(8);
        }
        let output = bar.show(ui);
        if let (Some(Press::Create), Some(command)) = (output.pressed, K::CREATE) {
            cx.messages.push(Message::Run(command));
        }
        ui.add_space(6.0);
        if let Some(Press::Choose(at, value)) = output.pressed {
            let value = value.map(|value| self.order.choices[at][value].0.clone());
            let id = K::CHOICES[at].id.to_owned();
            self.kept.choices.insert(id, value);
        }
        if let Some(Press::Chip(at)) = output.pressed {
            let id = K::CHIPS[at].id;
            match self.kept.chips.iter().position(|on| on == id) {
                Some(on) => drop(self.kept.chips.remove(on)),
                None => self.kept.chips.push(id.to_owned()),
            }
        }
        if let Some(Press::Failing) = output.pressed {
            self.kept.failing = !self.kept.failing;
        }
        let csv = matches!(output.pressed, Some(Press::Csv)) || cx.take(Command::ExportCsv);
        if csv && available.is_ok() {
            let rows = export::Rows::of(&self.order, &self.figures, &self.kept.table);
            self.export.open(cx, rows);
        }
        output.entered
    }

    /// The switches with how many rows each leaves, as far as that is known, and whether it is on.
    fn chips(&self, source: &Loadable<K::Source>) -> Vec<(String, bool)> {
        let on = self.chips_on();
        let rows = source
            .shown()
            .map_or(&[] as &[K::Row], |source| K::rows(source));
        let chip = |(at, chip): (usize, &super::Chip<K>)| {
            let known = rows.iter().map(|row| (chip.holds)(&self.kind, row));
            let (mut count, mut unknown) = (0, 0);
            for holds in known {
                count += usize::from(holds == Some(true));
                unknown += usize::from(holds.is_none());
            }
            let more = if unknown > 0 { "…" } else { "" };
            let title = match (count, unknown) {
                (0, 0) => chip.title.to_owned(),
                (0, _) => format!("{} …", chip.title),
                _ => format!("{} {count}{more}", chip.title),
            };
            (title, on.contains(&at))
        };
        K::CHIPS.iter().enumerate().map(chip).collect()
    }

    fn count(&self, source: &Loadable<K::Source>) -> String {
        let Some(rows) = source.shown().map(|source| K::rows(source).len()) else {
            return String::new();
        };
        let number = |count: usize| format::number_exact(i64::try_from(count).unwrap_or(i64::MAX));
        let all = match rows {
            1 => format!("1 {}", K::TEXTS.one),
            _ => format!("{} {}", number(rows), K::TEXTS.many),
        };
        let shown = number(self.order.shown.len());
        let growing = source.value.is_none() && source.loading;
        match (growing, self.order.is_filtered()) {
            (true, false) => format!("{} so far…", number(rows)),
            (true, true) => format!("{shown} of {} so far…", number(rows)),
            (false, true) => format!("{shown} of {all}"),
            (false, false) => all,
        }
    }

    /// What lacks on this screen and why, in one quiet line each; the list stays.
    pub(super) fn notes(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        if let Some(error) = self.figures.error.clone()
            && note(ui, "Metrics are not shown", &error)
        {
            self.figures.retry(cx.store);
        }
        if let Some(lack) = self.kind.note(&self.order.filter, cx.store)
            && note(ui, lack.what, &lack.error)
        {
            cx.store.invalidate(&[lack.again]);
        }
        let most = figures::most_a_batch::<K>();
        let by_figure = figures::of_column::<K>(self.sorting().0).is_some();
        if self.kept.failing && self.order.candidates.len() > most {
            let text = format!(
                "Errors are known of what has been read: with more than {most} rows, that is the first {most} and those that \
                 have been on the screen. A filter makes them fewer."
            );
            quiet(ui, &text, |_| {});
        } else if by_figure && self.order.shown.len() > most {
            let text = format!(
                "Sorted by what has been read: with more than {most} rows, metrics are read only for those that have been \
                 on the screen. A filter makes them fewer."
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
        glyph(ui, Icon::INFO, 13.0, theme.muted);
        let room = (ui.available_width() - 44.0).max(80.0);
        ui.scope(|ui| {
            ui.set_max_width(room);
            let words = RichText::new(text).font(fonts::body(size::SMALL));
            ui.add(egui::Label::new(words.color(theme.muted)).truncate());
        });
        more(ui);
    });
}

/// Says that something lacks and why; true when it is to be asked again.
fn note(ui: &mut Ui, what: &str, error: &CloudError) -> bool {
    if state::is_told(ui.ctx(), error) {
        return false;
    }
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

/// What can be chosen, with how many rows have it; gives back the place of what was, or `None` for any.
fn choose(ui: &mut Ui, values: &[(String, usize)], chosen: Option<&str>) -> Option<Option<usize>> {
    let mut pressed = None;
    if entry(ui, chosen.is_none(), "any", "") {
        pressed = Some(None);
    }
    for (at, (value, count)) in values.iter().enumerate() {
        let on = chosen == Some(value);
        if entry(
            ui,
            on,
            value,
            &format::number_exact(i64::try_from(*count).unwrap_or(i64::MAX)),
        ) {
            pressed = Some(Some(at));
        }
    }
    // What was chosen on another connection can be taken back here too.
    let gone = chosen.filter(|chosen| values.iter().all(|(value, _)| value != chosen));
    if gone.is_some_and(|gone| entry(ui, true, gone, "0")) {
        pressed = Some(None);
    }
    pressed
}

fn filter_help<K: Kind>(ui: &mut Ui) {
    let theme = Theme::of(ui);
    ui.label("Words, and properties; everything must hold, - turns a term around:");
    for (key, example) in K::EXAMPLES {
        ui.horizontal(|ui| {
            let key = RichText::new(*key).font(fonts::mono(size::SMALL));
            ui.label(key);
            let example = RichText::new(*example).font(fonts::mono(size::SMALL));
            ui.label(example.color(theme.muted));
        });
    }
}

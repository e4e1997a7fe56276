//! The journal: every write that was tried on this machine, with what was there before and Undo where it is known.

use std::borrow::Cow;
use std::sync::Arc;

use egui::{Label, RichText, ScrollArea, Ui};

use super::undo::{self, Undoing};
use super::undo_button;
use crate::model::difference::of_fields;
use crate::model::format;
use crate::settings::Settings;
use crate::store::Loadable;
use crate::store::journal::Record;
use crate::ui::cx::{CloudStore, Cx};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::list::{Around, Choice, Entry, Kind, List, Nothing, Texts};
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::copy_button;
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::difference;
use crate::ui::widgets::table::Column;
use crate::ui::widgets::table_cell::Cell;

/// The records, newest last, as a list shows them.
#[derive(Default)]
pub struct Records {
    records: Arc<Vec<Arc<Record>>>,
}

impl Kind for Records {
    type Row = Arc<Record>;
    type Source = Vec<Arc<Record>>;

    const TEXTS: Texts = Texts {
        key: "activity.journal",
        name: "Journal",
        one: "change",
        many: "changes",
        hint: "what, on:orders, connection:prod",
    };
    const COLUMNS: &'static [Column] = &[
        Column::new("when", "When", 130.0)
            .min(90.0)
            .whole(104.0)
            .priority(9),
        Column::new("what", "What", 220.0)
            .min(130.0)
            .whole(190.0)
            .priority(8)
            .required(),
        Column::new("change", "Change", 320.0)
            .min(140.0)
            .priority(5),
        Column::new("on", "On", 240.0).min(110.0).priority(6),
        Column::new("outcome", "Outcome", 160.0)
            .min(90.0)
            .whole(100.0)
            .priority(9),
        Column::new("connection", "Connection", 160.0).priority(3),
    ];
    const SORT: (&'static str, bool) = ("when", true);
    const CHOICES: &'static [Choice<Arc<Record>>] = &[
        Choice::new("kind", "Kind", |record| {
            Cow::Borrowed(match record.is_run() {
                true => "Runs and checks",
                false => "Changes",
            })
        }),
        Choice::new("function", "On", |record| named(&record.target)),
        Choice::new("outcome", "Outcome", |record| outcome(record).into()),
        Choice::new("connection", "Connection", |record| {
            Cow::Borrowed(&record.connection)
        }),
    ];
    const ENTRIES: &'static [&'static [Entry<Arc<Record>>]] = &[&[
        Entry::new("Copy record", |record, ctx, _| ctx.copy_text(record.line())),
        Entry::new("Copy ARN", |record, ctx, _| {
            ctx.copy_text(record.target.clone());
        }),
    ]];
    const EXAMPLES: &'static [(&'static str, &'static str)] = &[
        ("what:", "what:configuration"),
        ("on:", "on:orders-api"),
        ("outcome:", "-outcome:ok"),
        ("connection:", "connection:prod"),
    ];

    fn want(&mut self, cx: &mut Cx<'_>) -> Loadable<Vec<Arc<Record>>> {
        let journal = cx.store.journal();
        let last = self.records.last().map(Arc::as_ref);
        if journal.len() != self.records.len() || journal.back() != last {
            self.records = Arc::new(journal.iter().cloned().map(Arc::new).collect());
        }
        Loadable::local(self.records.clone())
    }

    fn settled(&self, _store: &CloudStore) -> bool {
        true
    }

    fn rows(source: &Vec<Arc<Record>>) -> &[Arc<Record>] {
        source
    }

    fn key(record: &Arc<Record>) -> Cow<'_, str> {
        Cow::Owned(format!("{} {}", record.told(), record.at))
    }

    fn said<'a>(record: &'a Arc<Record>, zone: &format::Zone) -> Cow<'a, str> {
        let (told, of) = (record.told(), named(&record.target));
        Cow::Owned(format!("{told}, {of}, {}", format::clock(record.at, zone)))
    }

    fn exact<'a>(record: &'a Arc<Record>, column: &str) -> Cow<'a, str> {
        match column {
            "when" => format::time_exact(record.at, &format::Zone::Utc).into(),
            "what" => record.told().into(),
            "change" => record.summary().into(),
            "on" => Cow::Borrowed(&record.target),
            "outcome" => Cow::Borrowed(&record.outcome),
            _ => Cow::Borrowed(&record.connection),
        }
    }

    fn csv_title(column: &Column) -> &'static str {
        match column.id {
            "when" => "When (UTC)",
            _ => column.title,
        }
    }

    fn cell(&self, record: &Arc<Record>, column: &str, cell: &mut Cell<'_>, around: &Around<'_>) {
        match column {
            "when" => around.ago(record.at, cell),
            "what" => cell.name(&record.told()),
            "change" => {
                let summary = record.summary();
                cell.text(&summary);
                cell.hover(|| summary.clone());
            }
            "on" => {
                cell.mono(&named(&record.target));
                cell.hover(|| record.target.clone());
            }
            "outcome" if record.succeeded() => cell.state(Tone::Ok, "Done"),
            "outcome" => cell.state(Tone::Err, &record.outcome),
            _ => cell.muted(&record.connection),
        }
    }

    fn nothing(_cx: &Cx<'_>) -> Nothing {
        Nothing {
            icon: Icon::HISTORY,
            title: "The journal is empty".to_owned(),
            advice: "Every change that is made from this window is written down here, with what was there before.",
            command: None,
        }
    }
}

fn outcome(record: &Record) -> &'static str {
    match record.succeeded() {
        true => "Done",
        false => "Failed",
    }
}

/// What was written to, as people say it: a function's name, and of an API the method or the stage with the API's id, since
/// "GET" or "prod" alone is everywhere. What is no ARN says it already.
fn named(target: &str) -> Cow<'_, str> {
    if !target.starts_with("arn:") {
        return Cow::Borrowed(target);
    }
    if let Some((_, path)) = target.split_once(":/restapis/") {
        let parts: Vec<&str> = path.split('/').collect();
        return match parts.as_slice() {
            [api, "stages", name] | [api, "resources", _, "methods", name] => {
                Cow::Owned(format!("{name} of {api}"))
            }
            _ => Cow::Borrowed(path),
        };
    }
    Cow::Borrowed(target.rsplit([':', '/']).next().unwrap_or(target))
}

/// The part's state between frames.
pub struct Journal {
    list: List<Records>,
}

impl Journal {
    /// With what the person chose before.
    pub fn new(settings: &Settings) -> Self {
        Self {
            list: List::new(settings),
        }
    }

    /// Draws it: the list, and under it the record that is selected.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, undoing: &mut Option<Undoing>) {
        if let Some(record) = self.list.selected().cloned() {
            let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(16, 8));
            egui::Panel::bottom("journal record")
                .default_size(240.0)
                .resizable(true)
                .frame(frame)
                .show(ui, |ui| detail(ui, &record, cx, undoing));
        }
        self.list.show(ui, cx);
    }
}

/// What was changed first, as that is what is looked for; the names of it below.
fn detail(ui: &mut Ui, record: &Record, cx: &mut Cx<'_>, undoing: &mut Option<Undoing>) {
    let theme = Theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        undo_button(ui, record, "Undo", undoing, cx);
        ui.label(RichText::new(record.told()).font(fonts::semibold(size::BODY)));
        let at = format::time_exact(record.at, cx.zone);
        ui.label(RichText::new(at).color(theme.muted));
        copy_button(ui, "record", || record.line());
    });
    if !record.succeeded() {
        ui.add(Label::new(RichText::new(&record.outcome).color(theme.err)).wrap());
    } else if let Some(words) = undo::in_part(record) {
        ui.add(Label::new(RichText::new(words).color(theme.muted)).wrap());
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        if !record.differences.is_empty() {
            let fields = of_fields(&record.differences);
            difference::fields(ui, "Differences", ["Before", "After"], fields);
            ui.add_space(space::S);
        }
        let id = record.request_id.as_deref().unwrap_or_default();
        let facts = [
            ("Target", record.target.as_str()),
            ("Caller", record.caller.as_str()),
            ("Request id", id),
        ];
        for (name, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
            ui.horizontal(|ui| {
                ui.label(RichText::new(name).color(theme.muted));
                ui.label(RichText::new(value).font(fonts::mono(size::SMALL)));
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_little_room_when_what_and_how_it_ended_stay() {
        use crate::ui::widgets::table::kept;
        let kept = |width| kept(Records::COLUMNS, width);
        assert_eq!(kept(340.0), ["when", "what", "outcome"]);
        assert_eq!(kept(600.0), ["when", "what", "on", "outcome"]);
    }

    #[test]
    fn what_was_written_to_is_told_so_that_it_can_be_told_from_others() {
        for (target, expected) in [
            ("arn:aws:lambda:us-east-1:1:function:orders", "orders"),
            (
                "arn:aws:apigateway:us-east-1::/restapis/a1b2/resources/x9/methods/GET",
                "GET of a1b2",
            ),
            (
                "arn:aws:apigateway:us-east-1::/restapis/a1b2/stages/prod",
                "prod of a1b2",
            ),
            ("shop/orders", "shop/orders"),
            ("GET /orders", "GET /orders"),
        ] {
            assert_eq!(named(target), expected, "{target}");
        }
    }
}

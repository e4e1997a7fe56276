//! The bar above the log: the filter, the level, how far back, how it follows; and the search on the server.

use egui::{Align, Layout, RichText, Ui};

use super::search_of;
use crate::cloud::logs::{LogSearch, Mode, POLL, Tail};
use crate::model::log::Level;
use crate::model::metric::TimeRange;
use crate::ui::cx::Cx;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::{Button, icon_button};
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::text_field::{TextField, filter_field};

const MINUTE: i64 = 60_000;

/// How far back a log is read, in ms.
const SPANS: [(i64, &str); 7] = [
    (15 * MINUTE, "last 15 min"),
    (60 * MINUTE, "last hour"),
    (180 * MINUTE, "last 3 h"),
    (720 * MINUTE, "last 12 h"),
    (1_440 * MINUTE, "last day"),
    (10_080 * MINUTE, "last week"),
    (43_200 * MINUTE, "last 30 days"),
];

/// Levels that can be the least one shown.
const LEVELS: [(Option<Level>, &str); 5] = [
    (None, "All levels"),
    (Some(Level::Debug), "DEBUG and above"),
    (Some(Level::Info), "INFO and above"),
    (Some(Level::Warn), "WARN and above"),
    (Some(Level::Error), "ERROR and above"),
];

/// How the lines are laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shape {
    /// One under the other.
    #[default]
    Lines,
    /// Grouped by the invocation that wrote them.
    Invocations,
}

/// What the bar keeps between frames.
#[derive(Default)]
pub struct Bar {
    /// What was typed into the filter.
    pub filter: String,
    /// The least level that is shown.
    pub level: Option<Level>,
    /// How the lines are laid out.
    pub shape: Shape,
    /// From when on, ms since 1970.
    pub since: i64,
    /// Follow by Live Tail where it is offered.
    pub live_tail: bool,
    /// The search whose results are shown.
    pub search: Option<LogSearch>,
    /// The request of the selected line.
    pub request: Option<Box<str>>,
    /// Show that request.
    pub show_request: bool,
    group: String,
    /// What a link asked for and is not shown yet.
    arrived: Option<TimeRange>,
    span: usize,
    searching: bool,
    pattern: String,
    search_span: usize,
}

/// What a person did in the bar.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pressed {
    /// The filter or the level is another.
    pub filtered: bool,
    /// Save the lines.
    pub save: bool,
}

impl Bar {
    /// Begins with a group, once.
    pub fn begin(&mut self, group: &str, cx: &Cx<'_>) {
        if self.group != group {
            group.clone_into(&mut self.group);
            self.search = None;
            self.request = None;
            self.span = 0;
            self.search_span = 2;
            self.since = since(SPANS[0].0, cx.now);
            let local = cx.connection.spec.is_local();
            self.live_tail = cx.settings.get(mode_key(local)).unwrap_or(local);
        }
        if let Some(range) = self.arrived.take() {
            self.look_back_to(range.bounds(cx.now).start, cx.now);
        }
    }

    /// Looks as far back as a link says, from the next frame on.
    pub fn arrive(&mut self, range: TimeRange) {
        self.arrived = Some(range);
    }

    fn look_back_to(&mut self, from: i64, now: i64) {
        let long_enough = |(span, _): &(i64, &str)| now - from <= *span;
        self.span = SPANS
            .iter()
            .position(long_enough)
            .unwrap_or(SPANS.len() - 1);
        self.since = since(now - from, now);
    }

    /// How far back, for a link: as it is named where a link has the same name, else the moments.
    pub fn range(&self, now: i64) -> TimeRange {
        let named = TimeRange::PRESETS.into_iter().find(|preset| {
            let bounds = preset.bounds(now);
            bounds.end - bounds.start == SPANS[self.span].0
        });
        named.unwrap_or(TimeRange::Custom(self.since, now))
    }

    /// How far back, in words.
    pub fn since_title(&self) -> &'static str {
        SPANS[self.span].1
    }

    /// The next longer time.
    pub fn further_back(&mut self) {
        let longer = (self.span + 1).min(SPANS.len() - 1);
        self.since -= SPANS[longer].0 - SPANS[self.span].0;
        self.span = longer;
    }

    /// Shows all lines again.
    pub fn clear_filter(&mut self) {
        self.filter.clear();
        self.level = None;
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, tail: Option<&Tail>) -> Pressed {
        let mut pressed = Pressed::default();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let width = (ui.available_width() - 700.0).clamp(150.0, 380.0);
            let hint = "word, -word, field=value";
            pressed.filtered |=
                filter_field(ui, "Filter lines", hint, &mut self.filter, width).changed;
            pressed.filtered |= self.levels(ui);
            let shapes = [(Shape::Lines, "Lines"), (Shape::Invocations, "Invocations")];
            segmented(ui, "How the lines are laid out", &mut self.shape, &shapes);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                if icon_button(ui, Icon::DOWNLOAD, "Save the lines").clicked() {
                    pressed.save = true;
                }
                let search = Button::icon_only(Icon::SEARCH, "Search in CloudWatch")
                    .selected(self.searching)
                    .show(ui);
                if search.clicked() {
                    self.searching = !self.searching;
                    self.search = None;
                }
                if self.shape == Shape::Lines {
                    let available = match self.request {
                        Some(_) => Ok(()),
                        None => Err("Select a line of an invocation"),
                    };
                    let button = Button::icon_only(Icon::LIST_TREE, "Show this request")
                        .available(available)
                        .show(ui);
                    self.show_request = button.clicked();
                }
                ui.add_space(space::XS);
                if let Some(tail) = tail {
                    self.spans(ui, cx.now);
                    self.following(ui, tail, cx);
                }
            });
        });
        if self.searching {
            ui.add_space(space::S);
            self.search_row(ui, cx);
        }
        pressed
    }

    fn levels(&mut self, ui: &mut Ui) -> bool {
        let mut changed = false;
        let shown = LEVELS.iter().find(|(level, _)| *level == self.level);
        drop_down(ui, "Level", shown.map_or("", |(_, title)| title), |ui| {
            for (level, title) in LEVELS {
                if entry(ui, level == self.level, title, "") {
                    changed = self.level != level;
                    self.level = level;
                }
            }
        });
        changed
    }

    fn spans(&mut self, ui: &mut Ui, now: i64) {
        let mut chosen = None;
        drop_down(ui, "How far back", SPANS[self.span].1, |ui| {
            for (at, (_, title)) in SPANS.iter().enumerate() {
                if entry(ui, at == self.span, title, "") {
                    chosen = Some(at);
                }
            }
        });
        if let Some(at) = chosen {
            self.span = at;
            self.since = since(SPANS[at].0, now);
        }
    }

    /// How it follows now, and the switch for it.
    fn following(&mut self, ui: &mut Ui, tail: &Tail, cx: &mut Cx<'_>) {
        let mut chosen = None;
        drop_down(ui, "How it follows", "Follow", |ui| {
            let seconds = POLL.as_secs();
            let polling = format!("Ask every {seconds} s");
            if entry(ui, !self.live_tail, &polling, "free") {
                chosen = Some(false);
            }
            if entry(
                ui,
                self.live_tail,
                "Live Tail",
                "billed by the minute on AWS",
            ) {
                chosen = Some(true);
            }
        });
        if let Some(live_tail) = chosen {
            self.live_tail = live_tail;
            let key = mode_key(cx.connection.spec.is_local());
            cx.settings.set(key, &live_tail);
        }
        let (tone, word) = mode_words(tail.mode);
        let response = chip::state(ui, tone, &word);
        if !tail.note.is_empty() {
            response.on_hover_text(&tail.note);
        }
    }

    fn search_row(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.label("Search in CloudWatch");
            let field = TextField::new("CloudWatch filter pattern", &mut self.pattern)
                .hint("ERROR  ·  \"two words\"  ·  { $.orderId = 8841 }")
                .width(340.0)
                .mono()
                .show(ui);
            let mut chosen = self.search_span;
            drop_down(ui, "Over which time", SPANS[chosen].1, |ui| {
                for (at, (_, title)) in SPANS.iter().enumerate() {
                    if entry(ui, at == chosen, title, "") {
                        chosen = at;
                    }
                }
            });
            self.search_span = chosen;
            let entered =
                field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let search = Button::new("Search").icon(Icon::SEARCH).show(ui);
            if search.clicked() || entered {
                let span = SPANS[self.search_span].0;
                self.search = Some(search_of(&self.group, &self.pattern, span, cx.now));
            }
            if let Some(search) = &self.search {
                let text = match search.pattern.as_str() {
                    "" => "all events".to_owned(),
                    pattern => format!("what matches {pattern}"),
                };
                let text = RichText::new(format!("Shows {text}"));
                ui.label(text.color(Theme::of(ui).muted));
                if Button::new("Back to the log").ghost().show(ui).clicked() {
                    self.search = None;
                }
            }
        });
    }
}

fn mode_words(mode: Mode) -> (Tone, String) {
    match mode {
        Mode::Reading => (Tone::Muted, "Reading".to_owned()),
        Mode::LiveTail => (Tone::Ok, "Live Tail".to_owned()),
        Mode::Polling => {
            let seconds = POLL.as_secs();
            (Tone::Ok, format!("Polling every {seconds} s"))
        }
        Mode::Missing => (Tone::Muted, "No log group yet".to_owned()),
        Mode::Waiting => (Tone::Warn, "Interrupted".to_owned()),
    }
}

/// On a minute, so that coming back within it asks the same question.
fn since(span: i64, now: i64) -> i64 {
    let from = now - span;
    from - from.rem_euclid(MINUTE)
}

/// Live Tail costs money on AWS and nothing here: each has its own choice.
fn mode_key(local: bool) -> &'static str {
    if local {
        "logs.live_tail.local"
    } else {
        "logs.live_tail"
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_link_looks_back_to_its_moment_and_the_bar_names_a_time_that_holds_it() {
        let now = 1_700_000_012_345;
        let mut bar = Bar::default();
        bar.look_back_to(now - 100 * MINUTE, now);
        assert_eq!(bar.since_title(), "last 3 h");
        assert_eq!(bar.since, since(100 * MINUTE, now));
        assert_eq!(bar.range(now), TimeRange::ThreeHours);
        bar.look_back_to(0, now);
        assert_eq!(bar.since_title(), "last 30 days");
        assert_eq!(bar.range(now), TimeRange::Custom(0, now));
    }

    #[test]
    fn looking_further_back_goes_on_from_the_same_moment() {
        let mut bar = Bar {
            since: since(SPANS[0].0, 1_700_000_012_345),
            ..Bar::default()
        };
        assert_eq!(bar.since % MINUTE, 0);
        let first = bar.since;
        bar.further_back();
        assert_eq!(bar.since, first - 45 * MINUTE);
        assert_eq!(bar.since_title(), "last hour");
        for _ in 0..20 {
            bar.further_back();
        }
        assert_eq!(bar.since_title(), "last 30 days");
    }
}

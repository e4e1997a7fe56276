//! The bar above the log: the filter, the level, how far back, how it follows; and the search on the server.

use std::time::Duration;

use egui::{RichText, Ui};

use super::search_of;
use crate::cloud::logs::{LogSearch, Mode, POLL, Tail};
use crate::model::log::Level;
use crate::model::metric::TimeRange;
use crate::ui::cx::Cx;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::drop_down::entry;
use crate::ui::widgets::toolbar::{Look, Toolbar};

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

/// The word by which the filter leaves the invocations that failed.
pub const FAILURES: &str = "error";

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
    /// Lines that are too long go on below.
    pub wrap: bool,
    /// The platform's own lines are not shown, unless they tell of a failure.
    pub folded: bool,
    /// The filter gets the keyboard.
    pub find: bool,
    /// When lines came last, in the window's seconds, and how many there were.
    came: (f64, u64),
    group: String,
    /// It is to look back to this moment at least.
    wanted_from: Option<i64>,
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
            self.wrap = cx.settings.get(WRAP).unwrap_or_default();
            self.folded = cx.settings.get(FOLDED).unwrap_or_default();
        }
        if let Some(from) = self.wanted_from.take()
            && from < self.since
        {
            self.look_back_to(from, cx.now);
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

    /// Shows invocations that failed, and nothing else.
    pub fn failures(&mut self) {
        self.shape = Shape::Invocations;
        FAILURES.clone_into(&mut self.filter);
        self.level = None;
        self.search = None;
    }

    /// Shows all lines again.
    pub fn clear_filter(&mut self) {
        self.filter.clear();
        self.level = None;
    }

    /// Shows invocations, back to a moment at least, and nothing hides them.
    pub fn show_from(&mut self, at: i64) {
        self.shape = Shape::Invocations;
        self.search = None;
        self.searching = false;
        self.clear_filter();
        self.wanted_from = Some(at - MINUTE);
    }

    /// Something hides lines, beside what hides the platform's.
    pub fn is_filtered(&self) -> bool {
        self.level.is_some() || !self.filter.trim().is_empty()
    }

    /// Adds a term, unless it is there.
    pub fn add_to_filter(&mut self, term: &str) {
        if self.filter.contains(term) {
            return;
        }
        if !self.filter.is_empty() && !self.filter.ends_with(' ') {
            self.filter.push(' ');
        }
        self.filter.push_str(term);
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, tail: Option<&Tail>) -> Pressed {
        let level = LEVELS.iter().find(|(level, _)| *level == self.level);
        let (levels, chosen) = (level.map_or("", |(_, title)| title), self.level);
        let shapes = [(Shape::Lines, "Lines"), (Shape::Invocations, "Invocations")];
        let mut bar = Toolbar::new("Above the log")
            .filter(
                "Filter lines",
                "word, -word, field=value",
                &mut self.filter,
                150.0..=380.0,
            )
            .focus(std::mem::take(&mut self.find))
            .help(filter_help)
            .menu("Level", levels, move |ui| {
                let shown = LEVELS.into_iter();
                entries(ui, shown, |level| level == chosen).map(Press::Level)
            })
            .lit(chosen.is_some())
            .choice(
                "How the lines are laid out",
                &self.shape,
                shapes,
                Press::Shape,
            )
            .space();
        if let Some(tail) = tail {
            let end = tail.buffer.lines().end();
            let now = ui.input(|input| input.time);
            if end != self.came.1 {
                self.came = (now, end);
            }
            let fresh = now - self.came.0 < PULSE_S;
            if fresh {
                let left = Duration::from_secs_f64(PULSE_S);
                ui.ctx().request_repaint_after(left);
            }
            bar = following(bar, tail, self.live_tail, fresh);
            bar = bar.menu(
                "How far back",
                SPANS[self.span].1,
                spans(self.span, Press::Span),
            );
        }
        if self.shape == Shape::Lines {
            let available = match self.request {
                Some(_) => Ok(()),
                None => Err("Select a line of an invocation"),
            };
            let button = Button::icon_only(Icon::LIST_TREE, "Show this request");
            bar = bar
                .button(button.available(available), Press::Request)
                .rank(4);
        }
        let wrap = Button::icon_only(Icon::TEXT_WRAP, "Wrap lines");
        let fold = Button::icon_only(Icon::FOLD_VERTICAL, "Hide the platform's lines")
            .hover("Hides START, END, REPORT and the like, unless they tell of a failure");
        bar = bar
            .button(wrap.selected(self.wrap), Press::Wrap)
            .rank(4)
            .button(fold.selected(self.folded), Press::Fold)
            .rank(4);
        let search = Button::icon_only(Icon::SEARCH, "Search in CloudWatch");
        let save = Button::icon_only(Icon::DOWNLOAD, "Save the lines");
        let output = bar
            .button(search.selected(self.searching), Press::Search)
            .rank(6)
            .button(save, Press::Save)
            .rank(3)
            .show(ui);
        let mut pressed = Pressed {
            filtered: output.changed,
            save: false,
        };
        self.show_request = false;
        if let Some(press) = output.pressed {
            self.act(press, cx, &mut pressed);
        }
        if self.searching {
            ui.add_space(space::S);
            self.search_row(ui, cx);
        }
        pressed
    }

    fn act(&mut self, press: Press, cx: &mut Cx<'_>, pressed: &mut Pressed) {
        match press {
            Press::Level(level) => {
                pressed.filtered |= self.level != level;
                self.level = level;
            }
            Press::Shape(shape) => self.shape = shape,
            Press::Span(at) => {
                self.span = at;
                self.since = since(SPANS[at].0, cx.now);
            }
            Press::LiveTail(live_tail) => {
                self.live_tail = live_tail;
                let key = mode_key(cx.connection.spec.is_local());
                cx.settings.set(key, &live_tail);
            }
            Press::Request => self.show_request = true,
            Press::Wrap => {
                self.wrap = !self.wrap;
                cx.settings.set(WRAP, &self.wrap);
            }
            Press::Fold => {
                self.folded = !self.folded;
                cx.settings.set(FOLDED, &self.folded);
                pressed.filtered = true;
            }
            Press::Search => {
                self.searching = !self.searching;
                self.search = None;
            }
            Press::Save => pressed.save = true,
        }
    }

    fn search_row(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let mut bar = Toolbar::new("Search in CloudWatch, by pattern")
            .text("Search in CloudWatch", Look::Muted)
            .field(
                "CloudWatch filter pattern",
                "ERROR  ·  \"two words\"  ·  { $.orderId = 8841 }",
                &mut self.pattern,
                160.0..=340.0,
            )
            .menu(
                "Over which time",
                SPANS[self.search_span].1,
                spans(self.search_span, Searching::Span),
            )
            .button(Button::new("Search").icon(Icon::SEARCH), Searching::Start)
            .rank(8);
        if let Some(search) = &self.search {
            let text = match search.pattern.as_str() {
                "" => "Shows all events".to_owned(),
                pattern => format!("Shows what matches {pattern}"),
            };
            let back = Button::new("Back to the log").icon(Icon::UNDO_2).ghost();
            bar = bar
                .text(text, Look::Muted)
                .button(back, Searching::Back)
                .rank(7);
        }
        let output = bar.show(ui);
        let entered = output.entered.then_some(Searching::Start);
        match output.pressed.or(entered) {
            Some(Searching::Span(at)) => self.search_span = at,
            Some(Searching::Start) => {
                let span = SPANS[self.search_span].0;
                self.search = Some(search_of(&self.group, &self.pattern, span, cx.now));
            }
            Some(Searching::Back) => self.search = None,
            None => {}
        }
    }
}

/// What is pressed in the bar.
#[derive(Clone, Copy)]
enum Press {
    Level(Option<Level>),
    Shape(Shape),
    Span(usize),
    LiveTail(bool),
    Request,
    Wrap,
    Fold,
    Search,
    Save,
}

/// What is pressed in the row of the search.
#[derive(Clone, Copy)]
enum Searching {
    Span(usize),
    Start,
    Back,
}

/// A menu's entries, of which one is ticked; gives back the one that was chosen.
fn entries<T: Copy>(
    ui: &mut Ui,
    choices: impl Iterator<Item = (T, &'static str)>,
    on: impl Fn(T) -> bool,
) -> Option<T> {
    let mut chosen = None;
    for (choice, title) in choices {
        if entry(ui, on(choice), title, "") {
            chosen = Some(choice);
        }
    }
    chosen
}

fn spans<A>(chosen: usize, action: fn(usize) -> A) -> impl FnOnce(&mut Ui) -> Option<A> {
    move |ui| {
        let titles = SPANS.iter().map(|(_, title)| *title).enumerate();
        entries(ui, titles, |at| at == chosen).map(action)
    }
}

/// How it follows now, with a dot that lights up when lines come; it is the switch for it too.
fn following<'a>(
    bar: Toolbar<'a, Press>,
    tail: &'a Tail,
    live_tail: bool,
    fresh: bool,
) -> Toolbar<'a, Press> {
    let (tone, word) = mode_words(tail.mode);
    bar.widget(10.0..=10.0, move |ui| {
        dot(ui, tone, fresh);
        None
    })
    .menu("How it follows", word, move |ui| {
        if !tail.note.is_empty() {
            ui.label(RichText::new(&tail.note).color(Theme::of(ui).muted));
            ui.separator();
        }
        let polling = format!("Ask every {} s", POLL.as_secs());
        let mut chosen = None;
        if entry(ui, !live_tail, &polling, "free") {
            chosen = Some(Press::LiveTail(false));
        }
        if entry(ui, live_tail, "Live Tail", "billed by the minute on AWS") {
            chosen = Some(Press::LiveTail(true));
        }
        chosen
    })
    .rank(4)
}

/// A pulse and not a result: full while lines have just come, a ring of the same colour else.
fn dot(ui: &mut Ui, tone: Tone, fresh: bool) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), egui::Sense::hover());
    let color = tone.color(theme);
    let stroke = egui::Stroke::new(1.5, color);
    let radius = 3.5;
    match fresh {
        true => ui
            .painter()
            .circle(rect.center(), radius + 1.0, color, stroke),
        false => ui.painter().circle_stroke(rect.center(), radius, stroke),
    };
}

/// What can be typed into the filter.
fn filter_help(ui: &mut Ui) {
    let rows = [
        ("timeout", "lines with the word, in any case"),
        ("\"two words\"", "lines with both, one behind the other"),
        ("-health", "lines without it"),
        ("status=500", "a field of JSON or of name=value"),
        ("ms>=300  order.id!=7", "compared, and fields within fields"),
        ("level>=warn  @stream=abc", "level, and the stream's name"),
    ];
    for (form, words) in rows {
        ui.horizontal(|ui| {
            ui.label(RichText::new(form).monospace());
            ui.label(RichText::new(words).color(Theme::of(ui).muted));
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

const WRAP: &str = "logs.wrap";
const FOLDED: &str = "logs.folded";
/// How long the dot stays full after lines came, in seconds.
const PULSE_S: f64 = 0.8;

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

//! One function: its log, as it is written.
//!
//! Knows no client: a [`LogTail`] brings lines and says how it follows; a [`LogSearch`] asks the server. Lines are shown
//! one under the other, or grouped by the invocation that wrote them. A frame costs the lines on screen.

mod bar;
mod invocations;
mod lines;
mod source;

use std::sync::Arc;

use egui::{Align, Layout, RichText, Ui};

use crate::cloud::lambda::function::GetFunction;
use crate::cloud::logs::{LogSearch, Mode, Tail};
use crate::model::format;
use crate::model::log::{FilteredView, LogBuffer, LogFilter, fields};
use crate::model::metric::TimeRange;
use crate::route::{FunctionTab, Route};
use crate::store::Loadable;
use crate::ui::cx::{CloudStore, Cx, Message};
use crate::ui::functions::save::Save;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::log_view::{Asked, LogView};
use crate::ui::widgets::state::{self, Empty, empty_state};

use bar::{Bar, Shape};
use invocations::InvocationsView;
use lines::FilteredRows;
use source::Source;

/// Lines that a new filter looks at in one frame: about a millisecond.
const BUDGET: usize = 10_000;

/// The height of what stands below the lines, in points.
const FOOT: f32 = 32.0;

/// What this part keeps between frames.
#[derive(Default)]
pub struct Logs {
    bar: Bar,
    source: Option<Source>,
    filtered: FilteredView,
    log: LogView,
    invocations: InvocationsView,
    save: Save,
    /// The newest invocation that failed is to be selected, once it is known which that is.
    newest_failure: bool,
    /// Lines that came since the end was left.
    new: Option<usize>,
    /// A request that is to be shown once the source is known.
    asked_for: Option<Box<str>>,
    /// Something had the keyboard at the end of the last frame, or lay over the log: Esc was meant for it.
    escape_taken: bool,
}

/// What is on the screen: lines, and what else is known of them.
struct Known<'a> {
    buffer: &'a LogBuffer,
    /// A tail's; none for a search.
    tail: Option<&'a Tail>,
    /// A search's: there is more than is shown.
    cut: bool,
    /// Only lines that match a pattern were read.
    partial: bool,
    loading: bool,
}

impl Known<'_> {
    /// Nothing has come of it yet.
    fn is_unread(&self) -> bool {
        let ends = |tail: &Tail| tail.caught_up || tail.mode == Mode::Missing;
        self.buffer.lines().is_empty() && self.tail.is_some_and(|tail| !ends(tail))
    }
}

impl Logs {
    /// Draws it for the function `name`.
    pub fn ui(&mut self, ui: &mut Ui, name: &str, cx: &mut Cx<'_>) {
        self.save.show(ui.ctx(), cx);
        self.escape(ui, cx);
        let Some(source) = Source::of(name, &mut self.bar, cx) else {
            let margin = egui::Margin::symmetric(space::L as i8, space::M as i8);
            egui::Frame::new().inner_margin(margin).show(ui, |ui| {
                state::skeleton(ui, "log", 8);
            });
            return;
        };
        if self.source.as_ref() != Some(&source) {
            // Numbers of another source's lines mean other lines.
            self.filtered = FilteredView::default();
            self.log.reset();
            self.invocations = InvocationsView::default();
            self.filter();
            self.source = Some(source.clone());
        }
        match &source {
            Source::Tail(query) => {
                let known = cx.store.want(query, cx.now);
                self.tail(ui, name, &known, cx);
            }
            Source::Search(query) => {
                let known = cx.store.want(query, cx.now);
                let view = known.shown().cloned();
                let view = view.as_deref().map(|found| Known {
                    buffer: &found.buffer,
                    tail: None,
                    cut: found.cut,
                    partial: !query.pattern.is_empty(),
                    loading: known.loading,
                });
                self.draw(ui, name, view, &known, cx);
            }
        }
    }

    /// Esc leads from what a search found back to the log first, where nobody else has a use for it.
    fn escape(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let ctx = ui.ctx();
        let taken = self.escape_taken;
        self.escape_taken = ctx.memory(|memory| memory.focused().is_some())
            || ctx.memory(|memory| memory.top_modal_layer().is_some())
            || egui::Popup::is_any_open(ctx);
        let free = cx.active && !taken && !self.escape_taken && self.bar.search.is_some();
        let pressed = || ctx.input_mut(|i| i.consume_key(egui::Modifiers::NONE, egui::Key::Escape));
        if free && pressed() {
            self.bar.search = None;
        }
    }

    /// Shows the newest invocation that failed, with its lines, from as far back as the list of functions looks.
    pub fn failures(&mut self) {
        self.bar.arrive(TimeRange::ThreeHours);
        self.bar.failures();
        self.filter();
        self.newest_failure = true;
    }

    /// Puts the keyboard into the filter.
    pub fn find(&mut self) {
        self.bar.find = true;
    }

    /// Shows the lines of a request that was made at `at` (ms since 1970), as soon as they have been read.
    pub fn show_request(&mut self, request: &str, at: i64) {
        self.bar.show_from(at);
        self.asked_for = Some(request.into());
    }

    /// Shows the range of a link.
    pub fn arrive(&mut self, range: TimeRange) {
        self.bar.arrive(range);
    }

    /// The range that is shown.
    pub fn range(&self, now: i64) -> TimeRange {
        self.bar.range(now)
    }

    /// All that it shows has been loaded, or has failed to.
    pub fn settled(&self, _name: &str, store: &CloudStore) -> bool {
        match &self.source {
            None => false,
            Some(Source::Search(query)) => {
                let known = store.peek(query);
                known.value.is_some() || known.error.is_some()
            }
            Some(Source::Tail(query)) => {
                let known = store.peek(query);
                let tail = known.value.as_ref();
                known.error.is_some()
                    || tail.is_some_and(|tail| tail.caught_up || tail.mode == Mode::Missing)
            }
        }
    }

    fn tail(&mut self, ui: &mut Ui, name: &str, known: &Loadable<Tail>, cx: &mut Cx<'_>) {
        let view = known.shown().cloned();
        let view = view.as_deref().map(|tail| Known {
            buffer: &tail.buffer,
            tail: Some(tail),
            cut: false,
            partial: false,
            loading: known.loading,
        });
        self.draw(ui, name, view, known, cx);
    }

    fn draw<T>(
        &mut self,
        ui: &mut Ui,
        name: &str,
        view: Option<Known<'_>>,
        known: &Loadable<T>,
        cx: &mut Cx<'_>,
    ) {
        let margin = egui::Margin {
            left: space::L as i8,
            right: space::L as i8,
            top: space::M as i8,
            bottom: space::XS as i8,
        };
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            let pressed = self
                .bar
                .ui(ui, cx, view.as_ref().and_then(|view| view.tail));
            if pressed.filtered {
                self.filter();
            }
            self.log.wrap = self.bar.wrap;
            self.invocations.wrap(self.bar.wrap);
            if pressed.save
                && let Some(view) = &view
            {
                self.export(name, view.buffer, cx);
            }
            ui.add_space(space::S);
            // A tail begins with nothing, which is not yet a log.
            let view = view.filter(|view| known.error.is_none() || !view.is_unread());
            if let Some(error) = &known.error {
                let shown = if view.is_some() {
                    state::error_line(ui, error)
                } else {
                    state::unread(ui, "log", error, known.loading)
                };
                if shown.retry {
                    cx.store.refresh();
                }
                if shown.sign_in {
                    cx.messages.push(Message::SignIn);
                }
            }
            match &view {
                Some(view) => self.contents(ui, name, view, cx),
                None if known.error.is_none() => {
                    state::skeleton(ui, "log", 8);
                }
                None => {}
            }
        });
    }

    /// Takes up what the bar says.
    fn filter(&mut self) {
        let filter = LogFilter::parse(&self.bar.filter)
            .with_level(self.bar.level)
            .without_platform(self.bar.folded);
        self.filtered.set_filter(filter);
    }

    fn contents(&mut self, ui: &mut Ui, name: &str, view: &Known<'_>, cx: &mut Cx<'_>) {
        let lines = view.buffer.lines();
        let left = self.filtered.update(lines, BUDGET);
        if left > 0 {
            ui.ctx().request_repaint();
        }
        if let Some(request) = &self.asked_for
            && view.buffer.invocations().by_request_id(request).is_some()
        {
            self.invocations.show(request);
            self.asked_for = None;
            self.filter();
        }
        let whole = ui.available_rect_before_wrap();
        let body = whole.with_max_y(whole.bottom() - FOOT);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(body));
        if lines.is_empty() {
            self.nothing(&mut child, name, view, cx);
        } else {
            match self.bar.shape {
                Shape::Lines => self.lines(&mut child, view, left, cx),
                Shape::Invocations => {
                    self.newest_failure &= self.bar.filter == bar::FAILURES;
                    if self.newest_failure {
                        self.invocations.select_newest();
                    }
                    let filter = (&*self.bar.filter, self.bar.level);
                    let latest = cx.store.want(&GetFunction::latest(name), cx.now);
                    let runtime = latest.value.as_ref().map(|detail| &detail.function.runtime);
                    self.invocations.own_runtime = runtime.is_some_and(|runtime| {
                        runtime
                            .as_ref()
                            .is_none_or(|runtime| runtime.starts_with("provided"))
                    });
                    let lines = (view.buffer, view.partial);
                    if self.invocations.ui(&mut child, lines, filter, cx) {
                        self.bar.clear_filter();
                        self.filter();
                    }
                    // While older lines still come, a newer one may follow; and its last line may be a moment behind.
                    let reading = view.tail.is_some_and(|tail| !tail.caught_up);
                    self.newest_failure &= reading || !self.invocations.is_selected();
                }
            }
        }
        let foot = whole.with_min_y(body.bottom() + 4.0);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(foot));
        self.foot(&mut child, view, left);
        ui.allocate_rect(whole, egui::Sense::hover());
    }

    fn lines(&mut self, ui: &mut Ui, view: &Known<'_>, left: usize, cx: &mut Cx<'_>) {
        let lines = view.buffer.lines();
        if self.filtered.len(lines) == 0 && left == 0 {
            self.new = None;
            let empty = Empty {
                icon: Icon::LIST_FILTER,
                title: "No line matches the filter",
                advice: "Words are looked for in the lines that are here; Search asks CloudWatch for older ones.",
                action: "Clear the filter",
            };
            if empty_state(ui, &empty) {
                self.bar.clear_filter();
                self.filter();
            }
            return;
        }
        let marked = self.filtered.filter().words().next().unwrap_or_default();
        let rows = FilteredRows {
            lines,
            view: &self.filtered,
            marked,
            filtered: !self.filtered.filter().is_empty(),
        };
        let output = self.log.show(ui, "Log", &rows, cx.zone);
        self.new = output.new;
        let selected = output.selected.and_then(|number| lines.get(number));
        self.bar.request = selected
            .and_then(|line| view.buffer.invocations().by_number(line.invocation?))
            .map(|invocation| invocation.request_id.clone());
        match output.asked {
            Some(Asked::Filter {
                name,
                value,
                without,
            }) => {
                let asked = fields::as_filter(&name, &value, without);
                self.bar.add_to_filter(&asked);
                self.filter();
            }
            Some(Asked::Around(number)) => {
                self.bar.clear_filter();
                self.bar.folded = false;
                self.filter();
                self.log.go_to(number);
            }
            // A right click selects the line, so that this is its request.
            Some(Asked::Request(_)) => self.bar.show_request = true,
            None => {}
        }
        if self.bar.show_request
            && let Some(request) = &self.bar.request
        {
            self.invocations.show(request);
            self.bar.shape = Shape::Invocations;
        }
        self.bar.show_request = false;
    }

    fn nothing(&mut self, ui: &mut Ui, name: &str, view: &Known<'_>, cx: &mut Cx<'_>) {
        let since = self.bar.since_title();
        let quiet = format!("No lines in the {since}");
        let (title, advice, action) = match view.tail {
            None if view.loading => return drop(state::skeleton(ui, "log", 8)),
            None => (
                "Nothing was found",
                "Another pattern or a longer time may find it.",
                "",
            ),
            Some(tail) if tail.mode == Mode::Missing => (
                "No log yet",
                "Invoke the function: its first run makes the log group.",
                "Open Test",
            ),
            Some(tail) if tail.caught_up => {
                let advice = "New lines show here as they are written.";
                (quiet.as_str(), advice, "Look further back")
            }
            Some(_) => return drop(state::skeleton(ui, "log", 8)),
        };
        let empty = Empty {
            icon: Icon::SCROLL_TEXT,
            title,
            advice,
            action,
        };
        if empty_state(ui, &empty) {
            match action {
                "Open Test" => cx.open(Route::function_tab(name, FunctionTab::Test)),
                _ => self.bar.further_back(),
            }
        }
    }

    /// How many lines there are, and what is to be known of them.
    fn foot(&mut self, ui: &mut Ui, view: &Known<'_>, left: usize) {
        let lines = view.buffer.lines();
        let count = |count: usize| format::number_exact(count as i64);
        let mut words = vec![format::counted(lines.len(), "line")];
        if self.bar.shape == Shape::Invocations {
            let all = view.buffer.invocations().len();
            let shown = self.invocations.shown().min(all);
            words.push(match shown == all {
                true => format::counted(all, "invocation"),
                false => format!("{} of {}", count(shown), format::counted(all, "invocation")),
            });
            if view.partial {
                words.push("only lines that match: how a call went may not be known".to_owned());
            }
        } else if !self.filtered.filter().is_empty() {
            let shown = self.filtered.len(lines);
            let word = match self.bar.is_filtered() {
                false => "shown, without the platform's",
                true => format::either(shown, "matches", "match"),
            };
            words.push(format!("{} {word}", count(shown)));
        }
        words.extend(match self.bar.shape {
            Shape::Lines => self.log.selection_words(),
            Shape::Invocations => self.invocations.selection_words(),
        });
        if left > 0 {
            words.push(format!("{} still to be looked at", count(left)));
        }
        if view.buffer.dropped() > 0 {
            let dropped = count(usize::try_from(view.buffer.dropped()).unwrap_or(usize::MAX));
            words.push(format!("{dropped} older ones were dropped"));
        }
        if view.cut {
            words.push("there are more: search a shorter time".to_owned());
        }
        if let Some(tail) = view.tail {
            if tail.sampled {
                words.push(
                    "more than 500 lines a second: those that Live Tail leaves out are being read"
                        .to_owned(),
                );
            }
            if !tail.note.is_empty() {
                words.push(tail.note.clone());
            }
        }
        let theme = Theme::of(ui);
        let text = RichText::new(words.join(" · ")).color(theme.muted);
        let text = text.font(crate::ui::fonts::body(crate::ui::theme::size::SMALL));
        let new = self.new.filter(|_| self.bar.shape == Shape::Lines);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            self.log.follow_button(ui, new);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(text).truncate());
            });
        });
    }

    fn export(&mut self, name: &str, buffer: &LogBuffer, cx: &mut Cx<'_>) {
        // Both share what they hold with the log, which goes on.
        let lines = buffer.lines().clone();
        let view = Arc::new(self.filtered.clone());
        let make = move || {
            let (text, count) = lines::as_text(&lines, &view);
            Ok((text.into_bytes(), format::counted(count, "line")))
        };
        self.save
            .open(cx, "Text", &format!("{name}.log"), Box::new(make));
    }
}

/// A search over the last `ms`, made whole minutes so that the same press twice is the same question.
fn search_of(group: &str, pattern: &str, ms: i64, now: i64) -> LogSearch {
    let end = now - now.rem_euclid(1_000);
    LogSearch {
        group: group.to_owned(),
        pattern: pattern.trim().to_owned(),
        start: end - ms,
        end,
    }
}

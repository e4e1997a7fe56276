//! The centre of the window: tabs with splits, each showing a route, and the history of what was shown.

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, CornerRadius, Id, Rect, Response, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use egui_tiles::{
    Behavior, Container, Linear, LinearDir, SimplificationOptions, TabState, Tile, TileId, Tiles,
    Tree, UiResponse,
};
use serde::{Deserialize, Serialize};

use crate::command::Command;
use crate::model::metric::TimeRange;
use crate::route::Route;
use crate::settings::{Settings, key_at};
use crate::ui::activity::ActivityPanel;
use crate::ui::apis::{ApiPanel, ApisPanel, CreateApiPanel, ImportPanel, KeysPanel, WhyPanel};
use crate::ui::cx::{CloudStore, ConnectionView, Cx, Message, Panel};
use crate::ui::functions::{CreatePanel, FunctionPanel, FunctionsPanel};
use crate::ui::gallery::Gallery;
use crate::ui::icons::Icon;
use crate::ui::keyboard::{self, focus_ring};
use crate::ui::theme::{TABS_HEIGHT, Theme, size, space};
use crate::ui::widgets::roving;

use super::arrivals::Target;
use crate::ui::{fonts, theme};

/// Where the settings keep them.
const KEY: &str = "tabs";

/// Screens kept in the history.
const HISTORY: usize = 100;

/// A pane is not drawn narrower than this by its edge, in points: nothing would be left to read.
const LEAST_WIDTH: f32 = 220.0;

/// One tab.
#[derive(Serialize, Deserialize)]
pub struct Pane {
    route: Route,
    /// It was only looked at: the next look takes its place.
    #[serde(default)]
    preview: bool,
    #[serde(skip)]
    panel: Option<Box<dyn Panel>>,
    /// The range of time that a link asked for, until it is drawn.
    #[serde(skip)]
    range: Option<TimeRange>,
}

impl Pane {
    fn new(route: Route) -> Self {
        Self {
            route,
            preview: false,
            panel: None,
            range: None,
        }
    }

    fn unsaved(&self) -> Option<String> {
        self.panel.as_ref().and_then(|panel| panel.unsaved())
    }
}

fn panel_of(route: &Route, settings: &Settings) -> Box<dyn Panel> {
    match route {
        Route::Functions => Box::new(FunctionsPanel::new(settings)),
        Route::CreateFunction => Box::<CreatePanel>::default(),
        Route::Function { .. } | Route::Failures { .. } | Route::Run { .. } => {
            Box::<FunctionPanel>::default()
        }
        Route::Apis => Box::new(ApisPanel::new(settings)),
        Route::CreateApi => Box::<CreateApiPanel>::default(),
        Route::ImportApi => Box::<ImportPanel>::default(),
        Route::Api { .. } => Box::<ApiPanel>::default(),
        Route::Keys => Box::<KeysPanel>::default(),
        Route::Why { .. } => Box::<WhyPanel>::default(),
        Route::Activity => Box::new(ActivityPanel::new(settings)),
        Route::Gallery { .. } => Box::<Gallery>::default(),
    }
}

/// All tabs of the window.
pub struct Tabs {
    tree: Tree<Pane>,
    active: Option<TileId>,
    history: Vec<Route>,
    at: usize,
    /// Close was asked of these tabs; those with unsaved work are asked about first.
    closing: Vec<TileId>,
    /// An arrow led to this tab's head: the keyboard goes with it.
    led: Option<TileId>,
    /// Tab goes on from this tab's head.
    entered: Option<TileId>,
    /// Whose they are, see [`key_at`]; none before there is a connection.
    place: Option<String>,
    /// The tab in front and the window's width when its head was last brought into view.
    brought: (Option<TileId>, f32),
    /// Frames in which it still is: how wide a strip is, is known a frame after it was drawn.
    bringing: u8,
}

/// What the tabs are drawn with.
pub struct Surroundings<'a> {
    /// See [`Cx`].
    pub store: &'a mut CloudStore,
    /// See [`Cx`].
    pub settings: &'a mut Settings,
    /// See [`Cx`].
    pub connection: &'a ConnectionView,
    /// See [`Cx`].
    pub now: i64,
    /// See [`Cx`].
    pub zone: &'a crate::model::format::Zone,
    /// See [`Cx`].
    pub command: &'a mut Option<Command>,
    /// See [`Cx`].
    pub messages: &'a mut Vec<Message>,
}

impl Tabs {
    /// The tabs that this place had before, or one with the functions.
    pub fn restore(settings: &Settings, place: Option<&str>) -> Self {
        let tree = place
            .and_then(|place| settings.get::<Tree<Pane>>(&key_at(KEY, place)))
            .filter(|tree| !tree.is_empty())
            .unwrap_or_else(|| {
                Tree::new_tabs(Id::unique("tabs"), vec![Pane::new(Route::Functions)])
            });
        let mut tabs = Self {
            tree,
            active: None,
            history: Vec::new(),
            at: 0,
            closing: Vec::new(),
            led: None,
            entered: None,
            place: place.map(str::to_owned),
            brought: (None, 0.0),
            bringing: 0,
        };
        if let Some(route) = tabs.route().cloned() {
            tabs.history.push(route);
        }
        tabs
    }

    /// Keeps the tabs for the next session.
    pub fn keep(&self, settings: &mut Settings) {
        if let Some(place) = &self.place {
            settings.set(&key_at(KEY, place), &self.tree);
        }
    }

    /// Shows the tabs of `place`: those of another endpoint are kept for it, and would mean other functions here. True where
    /// they are others.
    pub fn turn_to(&mut self, settings: &mut Settings, place: &str) -> bool {
        if self.place.as_deref() == Some(place) {
            return false;
        }
        self.keep(settings);
        settings.visited(place);
        let before = self.place.is_none().then(|| self.route().cloned());
        *self = Self::restore(settings, Some(place));
        // What was asked for before there was a connection is shown on it.
        if let Some(route) = before.flatten().filter(|route| *route != Route::Functions) {
            self.open(&route);
        }
        true
    }

    fn panes(&self) -> impl Iterator<Item = (TileId, &Pane)> {
        self.tree.tiles.iter().filter_map(|(id, tile)| match tile {
            Tile::Pane(pane) => Some((*id, pane)),
            Tile::Container(_) => None,
        })
    }

    /// The tab that has the keyboard.
    fn active(&self) -> Option<TileId> {
        let shown = |id: &TileId| self.tree.is_visible_in_layout(*id) || self.panes().count() == 1;
        self.active
            .filter(|id| {
                self.tree.tiles.get_pane(id).is_some() && self.is_in_front(*id) && shown(id)
            })
            .or_else(|| {
                let in_front = self.tree.active_tiles();
                in_front
                    .into_iter()
                    .find(|id| self.tree.tiles.get_pane(id).is_some())
            })
    }

    fn is_in_front(&self, id: TileId) -> bool {
        self.tree.active_tiles().contains(&id)
    }

    /// What is in front.
    pub fn route(&self) -> Option<&Route> {
        let pane = self.tree.tiles.get_pane(&self.active()?)?;
        Some(&pane.route)
    }

    /// Whether a pane that is in sight shows `route`.
    pub fn shows(&self, route: &Route) -> bool {
        let in_sight = self.tree.active_tiles().into_iter();
        let panes = in_sight.filter_map(|id| self.tree.tiles.get_pane(&id));
        panes.into_iter().any(|pane| pane.route == *route)
    }

    /// Shows `route` as a click in a list does: in the tab that has it, else in the one that was last looked at so and nothing
    /// more, else in a new one. What is looked at further (another part of it, an edit, a double click on the tab) stays.
    pub fn look_at(&mut self, route: &Route) {
        let is_function =
            |route: &Route| matches!(route, Route::Function { .. } | Route::Api { .. });
        let known = self.panes().any(|(_, pane)| pane.route.same_place(route));
        if known || !is_function(route) {
            self.open(route);
            return;
        }
        let replaced = self
            .panes()
            .find(|(_, pane)| pane.preview && pane.unsaved().is_none())
            .map(|(id, _)| id);
        if let Some(id) = replaced
            && let Some(Tile::Pane(pane)) = self.tree.tiles.get_mut(id)
        {
            *pane = Pane::new(route.clone());
        }
        self.open(route);
        let active = self.active();
        if let Some(Tile::Pane(pane)) = active.and_then(|id| self.tree.tiles.get_mut(id)) {
            pane.preview = true;
        }
    }

    /// A tab stays from now on.
    fn pin(&mut self, id: TileId) {
        if let Some(Tile::Pane(pane)) = self.tree.tiles.get_mut(id) {
            pane.preview = false;
        }
    }

    /// Shows `route`: in the tab that has it, else in a new one beside the tab in front.
    pub fn open(&mut self, route: &Route) {
        self.goto(route);
        if self.history.get(self.at) != Some(route) {
            self.history.truncate(self.at + 1);
            self.history.push(route.clone());
            if self.history.len() > HISTORY {
                self.history.remove(0);
            }
            self.at = self.history.len() - 1;
        }
    }

    /// Shows `route` in one more tab, also where a tab has it already: two views of one thing, each with its own state.
    pub fn another(&mut self, route: &Route) {
        let id = self.insert(Pane::new(route.clone()));
        self.tree.make_active(|tile, _| tile == id);
        self.active = Some(id);
        self.open(route);
    }

    /// The pane in front was opened with a key: nothing has the keyboard, so that its own keys work at once, and Tab leads into
    /// it.
    pub fn enter(&mut self) {
        self.entered = self.active();
    }

    /// Shows what a link leads to.
    pub fn arrive(&mut self, target: &Target) {
        if let Some(route) = &target.route {
            self.open(route);
        }
        let front = self.active().and_then(|id| self.tree.tiles.get_mut(id));
        if let (Some(Tile::Pane(pane)), Some(range)) = (front, target.range) {
            pane.range = Some(range);
        }
    }

    /// The range of time that is shown in front, for a link to it.
    pub fn range(&self, now: i64) -> Option<TimeRange> {
        let pane = self.tree.tiles.get_pane(&self.active()?)?;
        let shown = || pane.panel.as_ref()?.range(&pane.route, now);
        pane.range.or_else(shown)
    }

    fn goto(&mut self, route: &Route) {
        // Where two panes show the same place, the one in front is meant.
        let front = self.active();
        let mut found = None;
        for (id, pane) in self.panes() {
            if pane.route.same_place(route) && (found.is_none() || Some(id) == front) {
                found = Some(id);
            }
        }
        let id = match found {
            Some(id) => {
                if let Some(Tile::Pane(pane)) = self.tree.tiles.get_mut(id) {
                    // Another part of it: it is more than a look.
                    pane.preview &= pane.route == *route;
                    pane.route = route.clone();
                }
                id
            }
            None => self.insert(Pane::new(route.clone())),
        };
        self.tree.make_active(|tile, _| tile == id);
        self.active = Some(id);
    }

    fn insert(&mut self, pane: Pane) -> TileId {
        let beside = self.active().and_then(|id| self.tree.tiles.parent_of(id));
        let id = self.tree.tiles.insert_pane(pane);
        if let Some(Tile::Container(Container::Tabs(tabs))) =
            beside.and_then(|parent| self.tree.tiles.get_mut(parent))
        {
            tabs.add_child(id);
            return id;
        }
        let root = self.tree.root;
        match root.and_then(|root| self.tree.tiles.get_mut(root)) {
            Some(Tile::Container(container)) => container.add_child(id),
            _ => {
                let children = root.into_iter().chain([id]).collect();
                self.tree.root = Some(self.tree.tiles.insert_tab_tile(children));
            }
        }
        id
    }

    /// Whether there are screens before and after in the history.
    pub fn can_go(&self) -> (bool, bool) {
        (self.at > 0, self.at + 1 < self.history.len())
    }

    /// One step back or forward in the history.
    pub fn step(&mut self, forward: bool) {
        let to = if forward {
            self.at + 1
        } else {
            self.at.wrapping_sub(1)
        };
        if let Some(route) = self.history.get(to).cloned() {
            self.at = to;
            self.goto(&route);
        }
    }

    /// The next or previous tab of the group in front.
    pub fn cycle(&mut self, forward: bool) {
        let Some(parent) = self.active().and_then(|id| self.tree.tiles.parent_of(id)) else {
            return;
        };
        if let Some(Tile::Container(Container::Tabs(tabs))) = self.tree.tiles.get(parent) {
            let mut tabs = tabs.clone();
            tabs.cycle_active(&self.tree.tiles, forward);
            self.active = tabs.active;
            if let Some(Tile::Container(Container::Tabs(current))) = self.tree.tiles.get_mut(parent)
            {
                *current = tabs;
            }
        }
    }

    /// The pane beside the one in front takes the keyboard; from left to right, and round at the end.
    pub fn next_pane(&mut self, forward: bool) {
        let Some(active) = self.active() else { return };
        let place = |id: &TileId| {
            let rect = self.tree.tiles.rect(*id)?;
            Some((rect.left() as i64, rect.top() as i64))
        };
        let shown = self.tree.active_tiles().into_iter();
        let mut panes: Vec<TileId> = shown
            .filter(|id| self.tree.tiles.get_pane(id).is_some())
            .collect();
        panes.sort_by_key(place);
        let Some(at) = panes.iter().position(|id| *id == active) else {
            return;
        };
        let step = if forward { 1 } else { panes.len() - 1 };
        let next = panes[(at + step) % panes.len()];
        self.front(next);
        self.led = Some(next);
    }

    /// This pane is in front from now on.
    fn front(&mut self, id: TileId) {
        self.active = Some(id);
        if let Some(route) = self.route().cloned() {
            self.open(&route);
        }
    }

    /// Puts the tab in front beside the others of its group.
    pub fn split(&mut self) {
        let Some(id) = self.active() else { return };
        let Some(parent) = self.tree.tiles.parent_of(id) else {
            return;
        };
        let alone =
            matches!(self.tree.tiles.get_container(parent), Some(c) if c.num_children() < 2);
        if alone {
            return;
        }
        if let Some(Tile::Container(container)) = self.tree.tiles.get_mut(parent) {
            container.remove_child(id);
        }
        let own = self.tree.tiles.insert_tab_tile(vec![id]);
        let grand = self.tree.tiles.parent_of(parent);
        if let Some(Tile::Container(Container::Linear(linear))) =
            grand.and_then(|grand| self.tree.tiles.get_mut(grand))
            && linear.dir == LinearDir::Horizontal
        {
            linear.add_child(own);
        } else {
            let linear = Linear::new(LinearDir::Horizontal, vec![parent, own]);
            let both = self.tree.tiles.insert_container(Container::Linear(linear));
            match grand.and_then(|grand| self.tree.tiles.get_mut(grand)) {
                Some(Tile::Container(container)) => {
                    let _place = container.replace_child(parent, both);
                }
                _ => self.tree.root = Some(both),
            }
        }
        self.active = Some(id);
    }

    /// Asks for the tab in front to be closed.
    pub fn close_active(&mut self) {
        self.closing.extend(self.active());
    }

    /// The next tab that is to be closed, with what would be lost.
    pub fn take_closing(&mut self) -> Option<(TileId, Option<String>)> {
        let id = self.closing.pop()?;
        let unsaved = self.tree.tiles.get_pane(&id).and_then(Pane::unsaved);
        Some((id, unsaved))
    }

    /// Closes a tab.
    pub fn close(&mut self, id: TileId) {
        self.tree.remove_recursively(id);
        if self.panes().next().is_none() {
            self.tree = Tree::new_tabs(Id::unique("tabs"), vec![Pane::new(Route::Functions)]);
        }
        self.active = self.active();
        if let Some(route) = self.route().cloned() {
            self.open(&route);
        }
    }

    /// Closes the tab that shows `route`, whose thing is gone, and goes on in the list.
    pub fn leave(&mut self, route: &Route) {
        let found = self.panes().find(|(_, pane)| pane.route.same_place(route));
        if let Some(id) = found.map(|(id, _)| id) {
            self.close(id);
            self.history.retain(|past| !past.same_place(route));
            self.at = self.history.len().saturating_sub(1);
            self.open(&Route::Functions);
        }
    }

    /// Closes the tab that shows `route` without looking elsewhere, where it is not in front: its work is done.
    pub fn done(&mut self, route: &Route) {
        let found = self.panes().find(|(_, pane)| pane.route == *route);
        let Some(id) = found.map(|(id, _)| id) else {
            return;
        };
        self.history.retain(|past| past != route);
        self.at = self.history.len().saturating_sub(1);
        if self.active() == Some(id) {
            self.close(id);
        } else {
            self.tree.remove_recursively(id);
        }
    }

    /// What would be lost if all were closed.
    pub fn unsaved(&self) -> Vec<String> {
        self.panes()
            .filter_map(|(_, pane)| pane.unsaved())
            .collect()
    }

    /// Forgets the panels' state but not what they show: the connection was switched.
    pub fn renew(&mut self) {
        for tile in self.tree.tiles.tiles_mut() {
            if let Tile::Pane(pane) = tile {
                pane.panel = None;
            }
        }
    }

    /// All that the tab in front shows has been loaded.
    pub fn settled(&self, store: &CloudStore) -> bool {
        let pane = self.active().and_then(|id| self.tree.tiles.get_pane(&id));
        pane.is_some_and(|pane| {
            pane.panel
                .as_ref()
                .is_some_and(|panel| panel.settled(&pane.route, store))
        })
    }

    /// Draws all tabs.
    pub fn ui(&mut self, ui: &mut Ui, around: Surroundings<'_>) {
        let active = self.active();
        let now = (active, ui.available_width());
        if now != self.brought {
            self.brought = now;
            self.bringing = 3;
        }
        if self.bringing > 0 {
            self.bringing -= 1;
            ui.ctx().request_repaint();
        }
        let mut drawing = Drawing {
            bring: self.bringing > 0,
            around,
            active,
            pressed: None,
            pinned: None,
            closing: Vec::new(),
            led: self.led.take(),
            entered: self.entered.take(),
            stepped: None,
        };
        self.tree.ui(&mut drawing, ui);
        let (pressed, closing, stepped) = (drawing.pressed, drawing.closing, drawing.stepped);
        if let Some(id) = drawing.pinned {
            self.pin(id);
        }
        self.closing.extend(closing);
        if let Some(id) = pressed {
            self.front(id);
        }
        if let Some((from, forward)) = stepped {
            self.active = Some(from);
            self.cycle(forward);
            self.led = self.active;
            ui.ctx().request_repaint();
        }
    }
}

struct Drawing<'a> {
    /// The heads of the tabs in front are brought into view.
    bring: bool,
    around: Surroundings<'a>,
    active: Option<TileId>,
    pressed: Option<TileId>,
    pinned: Option<TileId>,
    closing: Vec<TileId>,
    /// This tab's head takes the keyboard.
    led: Option<TileId>,
    /// Tab goes on from this tab's head.
    entered: Option<TileId>,
    /// An arrow was pressed on this tab's head; true goes forward.
    stepped: Option<(TileId, bool)>,
}

impl Behavior<Pane> for Drawing<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, id: TileId, pane: &mut Pane) -> UiResponse {
        let around = &mut self.around;
        let panel = pane
            .panel
            .get_or_insert_with(|| panel_of(&pane.route, around.settings));
        if let Some(range) = pane.range.take() {
            panel.arrive(&pane.route, range);
        }
        let mut cx = Cx {
            store: around.store,
            settings: around.settings,
            connection: around.connection,
            now: around.now,
            zone: around.zone,
            active: self.active == Some(id),
            command: around.command,
            messages: around.messages,
        };
        let said = cx.messages.len();
        ui.push_id(id, |ui| panel.ui(ui, &pane.route, &mut cx));
        let reviews = |message: &Message| matches!(message, Message::Review(..));
        let reviewed = cx.messages.iter().skip(said).any(reviews);
        // What one works in is more than a look.
        pane.preview &= !reviewed && !panel.is_worked_in();
        let over = ui.max_rect();
        let pressed = ui.input(|input| {
            input.pointer.any_pressed()
                && input
                    .pointer
                    .interact_pos()
                    .is_some_and(|at| over.contains(at))
        });
        let came = || {
            let there = |came: Response| {
                came.layer_id == ui.layer_id() && over.contains(came.interact_rect.center())
            };
            keyboard::came(ui.ctx()).is_some_and(there)
        };
        let pressed = pressed && ui.rect_contains_pointer(over);
        if self.active != Some(id) && (pressed || came()) {
            self.pressed = Some(id);
        }
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> egui::WidgetText {
        let panel = pane.panel.as_ref().and_then(|panel| panel.title());
        panel.unwrap_or_else(|| pane.route.title()).into()
    }

    fn is_tab_closable(&self, _: &Tiles<Pane>, _: TileId) -> bool {
        true
    }

    fn min_size(&self) -> f32 {
        LEAST_WIDTH
    }

    fn tab_bar_height(&self, _: &egui::Style) -> f32 {
        TABS_HEIGHT
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions {
            all_panes_must_have_tabs: true,
            ..SimplificationOptions::default()
        }
    }

    fn tab_bar_color(&self, visuals: &egui::Visuals) -> Color32 {
        of(visuals).panel
    }

    fn tab_bar_hline_stroke(&self, visuals: &egui::Visuals) -> Stroke {
        of(visuals).stroke()
    }

    fn resize_stroke(&self, style: &egui::Style, state: egui_tiles::ResizeState) -> Stroke {
        let theme = of(&style.visuals);
        match state {
            egui_tiles::ResizeState::Idle => theme.stroke(),
            _ => Stroke::new(2.0, theme.accent),
        }
    }

    fn drag_preview_color(&self, visuals: &egui::Visuals) -> Color32 {
        of(visuals).sel
    }

    fn drag_preview_stroke(&self, visuals: &egui::Visuals) -> Stroke {
        Stroke::new(1.0, of(visuals).accent)
    }

    fn tab_ui(
        &mut self,
        tiles: &mut Tiles<Pane>,
        ui: &mut Ui,
        id: Id,
        tile: TileId,
        state: &TabState,
    ) -> Response {
        let title = self.tab_title_for_tile(tiles, tile);
        let pane = tiles.get_pane(&tile);
        let unsaved = pane.and_then(Pane::unsaved);
        let looks = Looks {
            title: title.text(),
            preview: pane.is_some_and(|pane| pane.preview) && unsaved.is_none(),
            unsaved: unsaved.as_deref(),
            front: self.active == Some(tile),
        };
        let (response, close) = tab(ui, id, &looks, state);
        if self.led == Some(tile) {
            response.request_focus();
        }
        if self.entered == Some(tile) {
            keyboard::leave_at(ui.ctx(), response.id);
        }
        if self.bring && state.active {
            let at_once = egui::style::ScrollAnimation::none();
            ui.scroll_to_rect_animation(response.rect, None, at_once);
        }
        if response.has_focus() {
            self.stepped = roving::arrow(ui, response.id).map(|forward| (tile, forward));
        }
        if response.double_clicked() {
            self.pinned = Some(tile);
        }
        let came = || keyboard::came(ui.ctx()).is_some_and(|came| came.id == response.id);
        if response.clicked() || self.active != Some(tile) && came() {
            self.pressed = Some(tile);
        }
        if close || response.middle_clicked() {
            self.closing.push(tile);
        }
        response
    }
}

fn of(visuals: &egui::Visuals) -> &'static Theme {
    if visuals.dark_mode {
        &theme::DARK
    } else {
        &theme::LIGHT
    }
}

/// What a tab's head shows.
struct Looks<'a> {
    title: &'a str,
    /// The next look takes its place.
    preview: bool,
    /// What would be lost if it were closed.
    unsaved: Option<&'a str>,
    /// Its pane is the one of the window that keys and commands act on.
    front: bool,
}

/// One tab's head; also whether its close button was pressed.
fn tab(ui: &mut Ui, id: Id, looks: &Looks<'_>, state: &TabState) -> (Response, bool) {
    let theme = Theme::of(ui);
    let title = looks.title;
    let color = if state.active {
        theme.text
    } else {
        theme.muted
    };
    let mut format = TextFormat::simple(fonts::body(size::BODY), color);
    format.italics = looks.preview;
    let job = LayoutJob::single_section(title.to_owned(), format);
    let galley = ui.painter().layout_job(job);
    let width = galley.size().x + 14.0 + space::S + 16.0 + space::S;
    let (_, rect) = ui.allocate_space(vec2(width, ui.available_height()));
    // One stop for the keyboard in a row of tabs; the arrows go on from there.
    let sense = roving::sense(state.active) | Sense::DRAG;
    let response = ui.interact(rect, id, sense);
    response.widget_info(|| {
        WidgetInfo::selected(egui::Role::Tab, ui.is_enabled(), state.active, title)
    });
    let told = match (looks.unsaved, looks.preview) {
        (Some(what), _) => format!("Not applied: {what}"),
        (None, true) => "A look: the next one takes its place. Double-click to keep it.".to_owned(),
        (None, false) => String::new(),
    };
    if !told.is_empty() {
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_description(told.as_str()));
    }
    if state.is_being_dragged {
        return (response, false);
    }
    let response = match told.is_empty() {
        true => response,
        false => response.on_hover_text(told),
    };
    if state.active {
        ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.bg);
    }
    if looks.front {
        let line = Rect::from_min_size(rect.min, vec2(rect.width(), 2.0));
        ui.painter()
            .rect_filled(line, CornerRadius::ZERO, theme.accent);
    }
    ui.painter()
        .vline(rect.right() - 0.5, rect.y_range(), theme.stroke());
    let at = pos2(rect.left() + 14.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
    focus_ring(ui, rect.shrink(2.0), &response);
    let place = Rect::from_center_size(
        pos2(rect.right() - space::S - 8.0, rect.center().y),
        vec2(18.0, 18.0),
    );
    // The keyboard closes a tab with its own keys: a stop beside each tab would be one too many.
    let close = ui.interact(place, id.with("close"), Sense::CLICK);
    close.widget_info(|| {
        WidgetInfo::labeled(
            egui::Role::Button,
            ui.is_enabled(),
            format!("Close {title}"),
        )
    });
    let pointed = response.hovered() || close.hovered();
    if looks.unsaved.is_some() && !pointed {
        ui.painter()
            .circle_filled(place.center(), 4.0, theme.accent);
    } else if state.active || pointed {
        if close.hovered() {
            ui.painter()
                .rect_filled(place, CornerRadius::same(4), theme.hover);
        }
        let color = if close.hovered() {
            theme.text
        } else {
            theme.muted
        };
        ui.painter().text(
            place.center(),
            egui::Align2::CENTER_CENTER,
            Icon::X,
            fonts::icon(12.0),
            color,
        );
    }
    let clicked = close.clicked();
    (response, clicked)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ONE: &str = "http://127.0.0.1:42021";
    const OTHER: &str = "http://127.0.0.1:4999";

    fn routes(tabs: &Tabs) -> Vec<Route> {
        let mut all: Vec<_> = tabs.panes().map(|(_, pane)| pane.route.clone()).collect();
        all.sort_by_key(ToString::to_string);
        all
    }

    #[test]
    fn tabs_of_one_endpoint_never_show_on_another_and_are_there_again_on_their_own() {
        let mut settings = Settings::in_memory();
        let mut tabs = Tabs::restore(&settings, Some(ONE));
        tabs.open(&Route::function("orders-api"));
        assert!(tabs.turn_to(&mut settings, OTHER));
        assert_eq!(routes(&tabs), [Route::Functions]);
        tabs.open(&Route::function("of-the-other"));
        assert!(tabs.turn_to(&mut settings, ONE));
        assert_eq!(
            routes(&tabs),
            [Route::Functions, Route::function("orders-api")]
        );
        tabs.keep(&mut settings);
        assert_eq!(routes(&Tabs::restore(&settings, Some(OTHER))).len(), 2);
        assert_eq!(
            routes(&Tabs::restore(&settings, Some("http://new"))),
            [Route::Functions]
        );
    }

    #[test]
    fn one_thing_can_be_seen_twice_and_the_view_in_front_is_meant() {
        let mut tabs = Tabs::restore(&Settings::in_memory(), Some(ONE));
        let orders = Route::function("orders-api");
        tabs.open(&orders);
        tabs.another(&orders);
        assert_eq!(
            routes(&tabs),
            [Route::Functions, orders.clone(), orders.clone()]
        );
        let code = Route::function_tab("orders-api", crate::route::FunctionTab::Code);
        tabs.open(&code);
        assert_eq!(
            routes(&tabs),
            [Route::Functions, orders, code.clone()],
            "its other view stays where it is"
        );
        assert_eq!(tabs.route(), Some(&code));
    }

    #[test]
    fn tabs_of_aws_are_where_they_were_kept_before_and_what_was_asked_for_first_is_shown() {
        let mut settings = Settings::in_memory();
        let mut tabs = Tabs::restore(&settings, Some(""));
        tabs.open(&Route::function("orders-api"));
        tabs.keep(&mut settings);
        assert!(settings.get::<Tree<Pane>>("tabs").is_some());
        let mut unconnected = Tabs::restore(&settings, None);
        assert_eq!(routes(&unconnected), [Route::Functions]);
        unconnected.open(&Route::Activity);
        unconnected.keep(&mut settings);
        assert!(unconnected.turn_to(&mut settings, ""));
        assert_eq!(routes(&unconnected).len(), 3);
        assert_eq!(unconnected.route(), Some(&Route::Activity));
        assert!(
            !unconnected.turn_to(&mut settings, ""),
            "they are shown already"
        );
    }
}

//! What is pressed and typed into.

use egui::{RichText, Ui};

use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::{Button, icon_button};
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, checkbox, form, number_field, whole_number};
use crate::ui::widgets::progress::{Progress, progress as bar};
use crate::ui::widgets::segmented::{segmented, sub_tabs};
use crate::ui::widgets::text_field::{TextField, filter_field, secret_field};
use crate::ui::widgets::toolbar::{Look, Toolbar};

/// What is typed and chosen.
pub struct Controls {
    filter: String,
    name: String,
    wrong: String,
    secret: String,
    revealed: bool,
    memory: String,
    choice: usize,
    tab: usize,
    ticked: bool,
    shape: usize,
}

impl Default for Controls {
    fn default() -> Self {
        Self {
            filter: "orders -state:active".to_owned(),
            name: "payments-capture".to_owned(),
            wrong: "a name with spaces".to_owned(),
            secret: "hunter2".to_owned(),
            revealed: false,
            memory: "64".to_owned(),
            choice: 1,
            tab: 0,
            ticked: true,
            shape: 0,
        }
    }
}

pub fn buttons(controls: &mut Controls, ui: &mut Ui) {
    let locked = Err("The connection is read-only");
    ui.horizontal_wrapped(|ui| {
        Button::new("Normal").show(ui);
        Button::new("With icon").icon(Icon::PLAY).show(ui);
        Button::new("Primary").primary().show(ui);
        Button::new("Destroys")
            .danger()
            .icon(Icon::TRASH_2)
            .show(ui);
        Button::new("Ghost").ghost().icon(Icon::TERMINAL).show(ui);
        Button::new("On").selected(true).show(ui);
        icon_button(ui, Icon::REFRESH_CW, "Icon alone");
    });
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| {
        Button::new("Normal, locked").available(locked).show(ui);
        Button::new("Primary, locked")
            .primary()
            .available(locked)
            .show(ui);
        Button::new("Destroys, locked")
            .danger()
            .available(locked)
            .show(ui);
        Button::new("Ghost, locked")
            .ghost()
            .icon(Icon::TERMINAL)
            .available(locked)
            .show(ui);
    });
    ui.add_space(space::S);
    ui.horizontal_wrapped(|ui| {
        let theme = Theme::of(ui);
        chip::connection_chip(ui, theme.prod, "shop-prod", "4821-7739-1105", None);
        Button::new("Locked · read-only")
            .icon(Icon::LOCK)
            .color(theme.warn)
            .show(ui);
        chip::tag(ui, "python3.13");
        chip::keycap(ui, "Ctrl K");
        for (tone, word) in [
            (Tone::Plain, "Plain"),
            (Tone::Muted, "Active"),
            (Tone::Accent, "Updating"),
            (Tone::Ok, "Done"),
            (Tone::Warn, "Falls behind"),
            (Tone::Err, "3.8 % errors"),
        ] {
            chip::state(ui, tone, word);
        }
    });
    ui.add_space(space::S);
    let tabs = ["Overview", "Test", "Configuration", "Code", "Monitor"];
    let tabs: Vec<(usize, &str)> = tabs.into_iter().enumerate().collect();
    sub_tabs(ui, &mut controls.tab, &tabs);
}

pub fn fields(controls: &mut Controls, ui: &mut Ui) {
    let width = ui.available_width().min(300.0);
    ui.horizontal_wrapped(|ui| {
        filter_field(ui, "Filter", "name, runtime", &mut controls.filter, width);
        let mut empty = String::new();
        filter_field(ui, "Empty filter", "name, runtime", &mut empty, width);
        TextField::new("Name", &mut controls.name)
            .width(width)
            .show(ui);
        TextField::new("Wrong name", &mut controls.wrong)
            .width(width)
            .wrong(true)
            .show(ui);
        TextField::new("Locked name", &mut controls.name)
            .width(width)
            .enabled(false)
            .show(ui);
    });
    ui.add_space(space::S);
    let (secret, revealed) = (&mut controls.secret, &mut controls.revealed);
    secret_field(ui, "DB_PASSWORD", secret, revealed, width - 40.0);
    ui.add_space(space::S);
    ui.horizontal_wrapped(|ui| {
        let choices = [(0, "All 17"), (1, "REST 9"), (2, "HTTP 5")];
        segmented(ui, "Kind of API", &mut controls.choice, &choices);
        drop_down(ui, "Runtime", "Runtime: any", |ui| {
            entry(ui, true, "any", "248");
            entry(ui, false, "python3.13", "17");
        });
        checkbox(ui, &mut controls.ticked, "Stop at the first failure");
        let mut off = false;
        checkbox(ui, &mut off, "Publish a version after each");
    });
}

/// The same toolbar with much room, with some, and with little.
pub fn toolbars(controls: &mut Controls, ui: &mut Ui) {
    for (index, width) in [1_100.0, 620.0, 372.0].into_iter().enumerate() {
        let width = f32::min(width, ui.available_width());
        ui.push_id(index, |ui| {
            ui.allocate_ui(egui::vec2(width, 28.0), |ui| {
                ui.set_width(width);
                toolbar(controls, ui);
            });
        });
        ui.add_space(space::S);
    }
}

fn toolbar(controls: &mut Controls, ui: &mut Ui) {
    let shape = controls.shape;
    let csv = Button::new("CSV").icon(Icon::DOWNLOAD).name("Export CSV");
    let create = Button::new("Create").icon(Icon::PLUS).primary();
    let output = Toolbar::new("A toolbar")
        .filter(
            "Filter rows",
            "name, runtime, tag:team=shop",
            &mut controls.filter,
            150.0..=320.0,
        )
        .choice("Shape", &shape, [(0, "Lines"), (1, "Invocations")], |at| at)
        .menu("Runtime", "Runtime: python3.13", |_| None)
        .lit(true)
        .text("248 functions", Look::Muted)
        .text("Polling every 5 s", Look::State(Tone::Ok))
        .space()
        .text("12 s ago", Look::Small)
        .rank(2)
        .button(Button::icon_only(Icon::REFRESH_CW, "Refresh"), shape)
        .button(csv, shape)
        .button(create, shape)
        .stays()
        .show(ui);
    controls.shape = output.pressed.unwrap_or(shape);
}

pub fn forms(controls: &mut Controls, ui: &mut Ui) {
    form(ui, "general", |ui| {
        let range = 128..=10_240;
        let wrong = whole_number(&controls.memory, &range, "MB");
        let wrong = wrong.err().unwrap_or_default();
        let was = (controls.memory != "256").then_some("256 MB");
        let row = Row::new("Memory").unit("MB").was(was).wrong(&wrong);
        let row = row.show(ui, |ui| {
            number_field(ui, "Memory", &mut controls.memory, &range, "MB")
        });
        if row.revert {
            controls.memory = "256".to_owned();
        }
        let help = "Up to 64 characters; letters, digits, - and _";
        Row::new("Name").help(help).show(ui, |ui| {
            TextField::new("Name in a row", &mut controls.name)
                .width(190.0)
                .show(ui)
        });
    });
}

pub fn progress(ui: &mut Ui) {
    for (title, detail, share, cancel) in [
        (
            "Uploading orders.zip",
            "12.4 MB of 48 MB · 20 s left",
            Some(0.26),
            Ok(()),
        ),
        ("Listing functions", "1,240 so far", None, Ok(())),
        (
            "Publishing version 42",
            "",
            Some(1.0),
            Err("It is being finished"),
        ),
    ] {
        let _cancelled = bar(
            ui,
            &Progress {
                title,
                detail,
                share,
                cancel,
            },
        );
    }
    let muted = Theme::of(ui).muted;
    ui.label(
        RichText::new("An unknown end stands still, so that the window does too.").color(muted),
    );
}

//! Every widget in every state on one page, for looking and for a test: `gallery`, or one section of it as `gallery/lists`.
//!
//! A hidden route: neither rail nor menu leads here. What it shows is made up and asks nothing of any service.

mod controls;
mod data;
mod lists;
mod over;
#[cfg(test)]
mod tests;

use egui::{RichText, ScrollArea, Ui};

use crate::route::Route;
use crate::settings::Settings;
use crate::ui::cx::{CloudStore, Cx, Panel};
use crate::ui::fonts;
use crate::ui::theme::{size, space};

/// A section: its word in the route, its title, what it shows.
struct Section {
    slug: &'static str,
    title: &'static str,
    show: fn(&mut Gallery, &mut Ui, &mut Cx<'_>),
}

const SECTIONS: [Section; 18] = {
    const fn of(
        slug: &'static str,
        title: &'static str,
        show: fn(&mut Gallery, &mut Ui, &mut Cx<'_>),
    ) -> Section {
        Section { slug, title, show }
    }
    [
        of("buttons", "Buttons and chips", |gallery, ui, _| {
            controls::buttons(&mut gallery.controls, ui);
        }),
        of("fields", "Fields and choices", |gallery, ui, _| {
            controls::fields(&mut gallery.controls, ui);
        }),
        of("toolbars", "Toolbars", |gallery, ui, _| {
            controls::toolbars(&mut gallery.controls, ui);
        }),
        of("forms", "A form with a draft", |gallery, ui, _| {
            controls::forms(&mut gallery.controls, ui);
        }),
        of("drafts", "The editor of drafts", |_, ui, _| {
            crate::ui::draft::gallery(ui);
        }),
        of("progress", "Progress", |_, ui, _| controls::progress(ui)),
        of("lists", "Lists", |gallery, ui, cx| {
            gallery.lists.show(ui, cx);
        }),
        of("errors", "Errors of every kind", |_, ui, _| {
            lists::errors(ui)
        }),
        of("facts", "Facts", |_, ui, _| data::facts(ui)),
        of("code", "Code and JSON", |gallery, ui, _| {
            gallery.data.code(ui);
        }),
        of("differences", "Differences", |gallery, ui, _| {
            gallery.data.differences(ui);
        }),
        of("trees", "Differences of trees", |_, ui, _| {
            crate::ui::widgets::difference::gallery(ui);
        }),
        of("plots", "Plots", |_, ui, _| {
            crate::ui::widgets::plot::gallery(ui)
        }),
        of("log", "Log", |gallery, ui, _| gallery.data.log(ui)),
        of("toasts", "Toasts", |gallery, ui, _| gallery.over.toasts(ui)),
        of(
            "confirm",
            "Confirm with the name typed",
            |gallery, ui, _| {
                gallery.over.confirm(ui);
            },
        ),
        of("palette", "Palette", |gallery, ui, _| {
            gallery.over.palette(ui);
        }),
        of("file", "File dialog", |gallery, ui, cx| {
            gallery.over.file(ui, cx);
        }),
    ]
};

/// The page's state between frames: what is typed and chosen on it.
pub struct Gallery {
    controls: controls::Controls,
    lists: lists::Lists,
    data: data::Data,
    over: over::Over,
}

impl Default for Gallery {
    fn default() -> Self {
        Self {
            controls: controls::Controls::default(),
            lists: lists::Lists::new(),
            data: data::Data::default(),
            over: over::Over::default(),
        }
    }
}

impl Panel for Gallery {
    fn ui(&mut self, ui: &mut Ui, route: &Route, cx: &mut Cx<'_>) {
        let Route::Gallery { section } = route else {
            return;
        };
        // Nothing that is chosen here is kept as if it were chosen on a screen.
        let mut settings = Settings::in_memory();
        let mut cx = Cx {
            settings: &mut settings,
            store: cx.store,
            connection: cx.connection,
            now: cx.now,
            zone: cx.zone,
            active: false,
            command: cx.command,
            messages: cx.messages,
        };
        let wanted = SECTIONS.iter().find(|known| known.slug == section);
        let area = ScrollArea::vertical().id_salt("gallery").auto_shrink(false);
        area.show(ui, |ui| {
            let margin = egui::Margin::symmetric(space::L as i8, space::M as i8);
            egui::Frame::new().inner_margin(margin).show(ui, |ui| {
                ui.set_width(ui.available_width());
                for known in SECTIONS.iter() {
                    if wanted.is_none_or(|wanted| wanted.slug == known.slug) {
                        let title = RichText::new(known.title).font(fonts::semibold(size::HEADING));
                        ui.label(title);
                        ui.add_space(space::S);
                        ui.push_id(known.slug, |ui| (known.show)(self, ui, &mut cx));
                        ui.add_space(space::XL);
                    }
                }
            });
        });
        if let Some(wanted) = wanted {
            self.over.stand(wanted.slug, ui, &mut cx);
        }
    }

    fn settled(&self, _route: &Route, _store: &CloudStore) -> bool {
        true
    }
}

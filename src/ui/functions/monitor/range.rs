//! The form of a time range of one's own: from and to, as one types them.

use std::ops::Range;

use egui::{Key, RichText, Ui};

use crate::model::format::Zone;
use crate::model::metric::TimeRange;
use crate::model::moment;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::text_field::TextField;

/// What is typed.
#[derive(Default)]
pub struct RangeForm {
    from: String,
    to: String,
    /// The bounds that the fields began with, on minutes.
    begun: Option<Range<i64>>,
    touched: bool,
}

impl RangeForm {
    /// Begins with the range that is shown, unless somebody is typing.
    pub fn begin(&mut self, bounds: Range<i64>, zone: &Zone) {
        let minutes = |at: i64| at - at.rem_euclid(60_000);
        let bounds = minutes(bounds.start)..minutes(bounds.end);
        if self.touched || self.begun.as_ref() == Some(&bounds) {
            return;
        }
        self.from = moment::text(bounds.start, zone);
        self.to = moment::text(bounds.end, zone);
        self.begun = Some(bounds);
    }

    /// Draws it; gives back the range that was chosen.
    pub fn ui(&mut self, ui: &mut Ui, now: i64, zone: &Zone) -> Option<TimeRange> {
        ui.set_width(260.0);
        for (name, text) in [("From", &mut self.from), ("To", &mut self.to)] {
            ui.horizontal(|ui| {
                ui.set_min_height(28.0);
                ui.add_sized([40.0, 20.0], egui::Label::new(name));
                let field = TextField::new(name, text).width(200.0).show(ui);
                self.touched |= field.changed();
            });
        }
        let range = read(&self.from, &self.to, now, zone);
        let hint = match &range {
            Err(wrong) if self.touched => RichText::new(wrong).color(Theme::of(ui).err),
            _ => RichText::new(format!("As {}", moment::FORMS)).color(Theme::of(ui).muted),
        };
        ui.add(egui::Label::new(hint).wrap());
        ui.add_space(space::XS);
        let may = range.as_ref().map(|_| ()).map_err(String::as_str);
        let pressed = Button::new("Show")
            .primary()
            .available(may)
            .show(ui)
            .clicked();
        let entered = ui.input(|input| input.key_pressed(Key::Enter));
        let chosen = range.ok().filter(|_| pressed || entered)?;
        self.touched = false;
        ui.close();
        Some(chosen)
    }
}

fn read(from: &str, to: &str, now: i64, zone: &Zone) -> Result<TimeRange, String> {
    let from = moment::parse(from, now, zone)?;
    let to = moment::parse(to, now, zone)?;
    if from >= to {
        return Err("The range ends before it begins".to_owned());
    }
    Ok(TimeRange::Custom(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_two_moments_in_their_order() {
        let now = 1_795_000_000_000;
        let range = read("-2h", "now", now, &Zone::Utc);
        assert_eq!(range, Ok(TimeRange::Custom(now - 7_200_000, now)));
        assert!(read("now", "-2h", now, &Zone::Utc).is_err());
        assert!(read("", "now", now, &Zone::Utc).is_err());
    }

    #[test]
    fn the_form_begins_with_what_is_shown_until_somebody_types() {
        let mut form = RangeForm::default();
        form.begin(0..3_600_000, &Zone::Utc);
        assert_eq!(
            (&*form.from, &*form.to),
            ("1970-01-01 00:00", "1970-01-01 01:00")
        );
        form.touched = true;
        form.begin(0..7_200_000, &Zone::Utc);
        assert_eq!(form.to, "1970-01-01 01:00");
    }
}

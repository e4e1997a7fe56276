//! Long work: what is done, what is left, and Cancel.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, vec2};

use super::button::Button;
use super::toolbar::{Look, Toolbar};
use crate::ui::theme::{Theme, space};

/// How far work has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress<'a> {
    /// As "Uploading orders.zip".
    pub title: &'a str,
    /// As "12.4 MB of 48 MB · 20 s left".
    pub detail: &'a str,
    /// From 0.0 to 1.0; None where nobody knows how much there is.
    pub share: Option<f32>,
    /// Whether it can still be stopped; the reason where not.
    pub cancel: Result<(), &'a str>,
}

/// Draws the bar; true when Cancel was pressed.
pub fn progress(ui: &mut Ui, progress: &Progress<'_>) -> bool {
    let mut cancelled = false;
    ui.vertical(|ui| {
        let name = format!("Cancel: {}", progress.title);
        let cancel = Button::new("Cancel").name(&name);
        let output = Toolbar::new(progress.title)
            .text(progress.title, Look::Strong)
            .least(60.0)
            .rank(9)
            .space()
            .text(progress.detail, Look::Small)
            .button(cancel.available(progress.cancel), ())
            .stays()
            .show(ui);
        cancelled = output.pressed.is_some();
        bar(ui, progress.title, progress.share);
        ui.add_space(space::XS);
    });
    cancelled
}

/// The bar alone, 4 points high and as wide as the space. Without a share it is hatched and stands still.
pub fn bar(ui: &mut Ui, name: &str, share: Option<f32>) {
    let theme = Theme::of(ui);
    let wanted = vec2(ui.available_width(), 4.0);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = share.map(|share| f64::from(share) * 100.0);
        info
    });
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 2, theme.hover);
    match share {
        Some(share) => {
            let width = rect.width() * share.clamp(0.0, 1.0);
            let done = Rect::from_min_size(rect.min, vec2(width, rect.height()));
            painter.rect_filled(done, 2, theme.accent);
        }
        None => {
            let mut x = rect.left();
            while x < rect.right() {
                let dash = Rect::from_min_size(egui::pos2(x, rect.top()), vec2(8.0, 4.0));
                painter.rect_filled(dash, 2, theme.accent);
                x += 16.0;
            }
        }
    }
}

//! The plots as a picture: the window is photographed, cut to the plots, and saved as PNG by a job.

use std::sync::{Arc, Mutex};

use egui::{ColorImage, Context, Rect};

use crate::ui::cx::Cx;
use crate::ui::functions::save::Save;

/// A picture under way.
pub struct Picture {
    /// Where the plots are, in points.
    pub area: Rect,
    taken: Arc<Mutex<Option<Arc<ColorImage>>>>,
    scale: f32,
}

impl Default for Picture {
    fn default() -> Self {
        Self {
            area: Rect::NOTHING,
            taken: Arc::default(),
            scale: 1.0,
        }
    }
}

impl Picture {
    /// Photographs the window as it is drawn next.
    pub fn take(&mut self, ctx: &Context) {
        self.scale = ctx.pixels_per_point();
        let (taken, again) = (self.taken.clone(), ctx.clone());
        ctx.request_screenshot(move |image| {
            if let Ok(mut taken) = taken.lock() {
                *taken = Some(image);
            }
            again.request_repaint();
        });
        ctx.request_repaint();
    }

    /// Asks where to save the picture, once it was taken.
    pub fn deliver(&mut self, save: &mut Save, name: &str, cx: &mut Cx<'_>) {
        let image = self.taken.lock().ok().and_then(|mut taken| taken.take());
        let Some(image) = image else { return };
        let (area, scale) = (self.area, self.scale);
        let make = move || {
            let plots = image.region(&area, Some(scale));
            let bytes = png(&plots).map_err(|error| error.to_string())?;
            Ok((bytes, "the picture".to_owned()))
        };
        save.open(cx, "PNG", &format!("{name}-metrics.png"), Box::new(make));
    }
}

fn png(image: &ColorImage) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let [width, height] = image.size;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels: Vec<u8> = image
        .pixels
        .iter()
        .flat_map(|pixel| pixel.to_array())
        .collect();
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_picture_is_a_png_of_its_size() {
        let image = ColorImage::filled([3, 2], egui::Color32::PLACEHOLDER);
        let bytes = png(&image).unwrap();
        let reader = png::Decoder::new(std::io::Cursor::new(bytes));
        let info = reader.read_info().unwrap();
        assert_eq!((info.info().width, info.info().height), (3, 2));
    }
}

//! All that a plot draws of its data, as triangles that are kept until data, size or colours change: while somebody moves
//! the pointer, a frame copies them instead of making them again. It knows no data.

use std::ops::RangeInclusive;
use std::sync::Arc;

use egui::epaint::tessellator::{TessellationOptions, Tessellator};
use egui::mutex::Mutex;
use egui::{Color32, Mesh, Rect, Shape, Ui, Vec2};
use egui_plot::{PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotTransform};

/// What was drawn last, kept beside a plot's points.
pub(super) type Kept = Arc<Mutex<Option<Drawn>>>;

/// Triangles, and what they depend on besides the points.
#[derive(Debug)]
pub(super) struct Drawn {
    /// Where the area was.
    frame: Rect,
    bounds: PlotBounds,
    pixels_per_point: f32,
    options: TessellationOptions,
    /// Colours and looks.
    stamp: u64,
    mesh: Arc<Mesh>,
}

impl Drawn {
    /// True when only the place may be another.
    fn is(&self, other: &Self) -> bool {
        self.frame.size() == other.frame.size()
            && self.bounds == other.bounds
            && self.pixels_per_point == other.pixels_per_point
            && self.options == other.options
            && self.stamp == other.stamp
    }
}

/// One item for the crate that stands for many.
pub(super) struct Picture<'a> {
    base: PlotItemBase,
    items: Vec<Box<dyn PlotItem + 'a>>,
    stamp: u64,
    kept: Kept,
}

impl<'a> Picture<'a> {
    /// Of these items, of which colours and looks are told by `stamp`.
    pub fn new(items: Vec<Box<dyn PlotItem + 'a>>, stamp: u64, kept: Kept) -> Self {
        Self {
            base: PlotItemBase::new(String::new()),
            items,
            stamp,
            kept,
        }
    }

    fn plain(&self, ui: &Ui, transform: &PlotTransform) -> Vec<Shape> {
        let mut shapes = Vec::new();
        for item in &self.items {
            item.shapes(ui, transform, &mut shapes);
        }
        shapes
    }
}

impl PlotItem for Picture<'_> {
    fn shapes(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let frame = *transform.frame();
        // What is out of sight is left out, which must not be kept.
        if !ui.clip_rect().contains_rect(frame) {
            shapes.extend(self.plain(ui, transform));
            return;
        }
        let mut now = Drawn {
            frame,
            bounds: *transform.bounds(),
            pixels_per_point: ui.pixels_per_point(),
            options: ui.ctx().tessellation_options(|options| *options),
            stamp: self.stamp,
            mesh: Arc::default(),
        };
        let mut kept = self.kept.lock();
        let before = kept.take();
        let (indices, vertices) = before.as_ref().map_or((0, 0), |drawn| {
            (drawn.mesh.indices.len(), drawn.mesh.vertices.len())
        });
        let drawn = match before {
            Some(mut drawn) if drawn.is(&now) => {
                let moved = frame.min - drawn.frame.min;
                if moved != Vec2::ZERO {
                    Arc::make_mut(&mut drawn.mesh).translate(moved);
                    drawn.frame = frame;
                }
                drawn
            }
            _ => {
                let mut mesh = Mesh::default();
                mesh.indices.reserve(indices);
                mesh.vertices.reserve(vertices);
                let mut tessellator =
                    Tessellator::new(now.pixels_per_point, now.options, [1, 1], Vec::new());
                for shape in self.plain(ui, transform) {
                    tessellator.tessellate_shape(shape, &mut mesh);
                }
                now.mesh = Arc::new(mesh);
                now
            }
        };
        if !drawn.mesh.is_empty() {
            shapes.push(Shape::Mesh(drawn.mesh.clone()));
        }
        *kept = Some(drawn);
    }

    fn initialize(&mut self, range: RangeInclusive<f64>) {
        for item in &mut self.items {
            item.initialize(range.clone());
        }
    }

    fn color(&self) -> Color32 {
        Color32::PLACEHOLDER
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        PlotBounds::NOTHING
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }
}

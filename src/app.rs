//! The window as eframe sees it: `logic` takes up what running work has said, `ui` draws a frame.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

use crate::core::Core;
use crate::instance::{Visit, Visits};
use crate::route::Route;
use crate::ui::frame::Frame;

/// A screen that was to be photographed has failed to settle after this long.
const PICTURE_WAIT: Duration = Duration::from_secs(60);
/// Frames drawn after a screen has settled, so that sizes that follow from content have settled too.
const QUIET_FRAMES: u8 = 4;

/// A picture that is to be taken, and then the window closes.
pub struct Picture {
    /// Where the PNG is written.
    pub path: PathBuf,
    /// Set when it was written; read by `main` for the exit code.
    pub written: Arc<AtomicU8>,
}

/// [`Picture::written`]: not yet.
pub const PENDING: u8 = 0;
/// [`Picture::written`]: the file is there.
pub const WRITTEN: u8 = 1;
/// [`Picture::written`]: the file could not be written, or the screen did not settle.
pub const FAILED: u8 = 2;

struct Taking {
    picture: Picture,
    since: Instant,
    quiet: u8,
    asked: bool,
}

/// The running window.
pub struct App {
    core: Core,
    frame: Frame,
    picture: Option<Taking>,
    frames: u64,
    visits: Visits,
    end: Arc<AtomicBool>,
}

impl App {
    /// A window over `core`, on `open` where that is given.
    pub fn new(
        ctx: &egui::Context,
        core: Core,
        open: Option<&Route>,
        picture: Option<Picture>,
    ) -> Self {
        crate::ui::dress(ctx);
        let mut frame = Frame::new(&core, ctx);
        if let Some(route) = open {
            frame.open(route);
        }
        let picture = picture.map(|picture| Taking {
            picture,
            since: Instant::now(),
            quiet: 0,
            asked: false,
        });
        let end = core.tasks.watch_for_end();
        Self {
            end,
            core,
            frame,
            picture,
            frames: 0,
            visits: Visits::default(),
        }
    }

    /// Goes where a link leads, see [`Frame::arrive`].
    pub fn arrive(&mut self, visit: Visit) {
        self.frame.arrive(visit);
    }

    /// Shows what later starts hand over, too.
    pub fn with_visits(mut self, visits: Visits) -> Self {
        self.visits = visits;
        self
    }

    /// Takes up what later starts have handed over, and comes to the front for it.
    pub fn welcome(&mut self, ctx: &egui::Context) {
        let mut came = false;
        while let Some(visit) = self.visits.take() {
            self.frame.arrive(visit);
            came = true;
        }
        if came {
            ctx.send_viewport_cmd(egui::ViewportCommand::Minimized(false));
            ctx.send_viewport_cmd(egui::ViewportCommand::Focus);
            ctx.request_repaint();
        }
    }

    /// What is behind the window, for tests.
    pub fn core_mut(&mut self) -> &mut Core {
        &mut self.core
    }

    /// Takes up what running work has said: before each frame, and while the window is hidden.
    pub fn receive(&mut self) {
        self.core.receive();
    }

    /// Draws a frame and starts what it asked for.
    pub fn draw(&mut self, ui: &mut egui::Ui) {
        self.frames += 1;
        // The benchmarks of start and idleness count these lines.
        tracing::debug!(number = self.frames, "frame");
        self.frame.ui(ui, &mut self.core);
        if let Some(ms) = self.core.dispatch() {
            let ms = u64::try_from(ms).unwrap_or_default();
            ui.ctx().request_repaint_after(Duration::from_millis(ms));
        }
        self.photograph(ui.ctx());
        if self.end.load(Ordering::SeqCst) {
            // The system does not wait for an answer to a question.
            self.frame.end(ui.ctx());
        }
    }

    fn photograph(&mut self, ctx: &egui::Context) {
        let Some(taking) = &mut self.picture else {
            return;
        };
        let settled = self.frame.settled(&self.core);
        taking.quiet = if settled {
            taking.quiet.saturating_add(1)
        } else {
            0
        };
        let late = taking.since.elapsed() > PICTURE_WAIT;
        if !taking.asked && (taking.quiet >= QUIET_FRAMES || late) {
            taking.asked = true;
            let path = taking.picture.path.clone();
            let written = taking.picture.written.clone();
            let ctx_for_close = ctx.clone();
            ctx.request_screenshot(move |image| {
                let outcome = match write_png(&path, &image) {
                    Ok(()) if !late => WRITTEN,
                    Ok(()) => FAILED,
                    Err(error) => {
                        tracing::error!(%error, path = %path.display(), "the picture could not be written");
                        FAILED
                    }
                };
                written.store(outcome, Ordering::SeqCst);
                ctx_for_close.send_viewport_cmd(egui::ViewportCommand::Close);
            });
        }
        ctx.request_repaint_after(Duration::from_millis(30));
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.receive();
        self.welcome(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }
}

fn write_png(
    path: &std::path::Path,
    image: &egui::ColorImage,
) -> Result<(), Box<dyn std::error::Error>> {
    let [width, height] = image.size;
    let file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let mut encoder = png::Encoder::new(file, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let bytes: Vec<u8> = image
        .pixels
        .iter()
        .flat_map(|pixel| pixel.to_array())
        .collect();
    encoder.write_header()?.write_image_data(&bytes)?;
    Ok(())
}

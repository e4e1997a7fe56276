//! The tokens of the look: colours of both themes, spacing, sizes and type, and how egui is told about them.
//!
//! The only file with colour literals in it (a tidy test sees to that): everything else asks `Theme::of(ui)` for a
//! colour by what it means. Knows nothing of panels or data.

use egui::{
    Color32, Context, CornerRadius, Margin, Shadow, Stroke, Style, TextStyle, ThemePreference, Ui,
    Visuals, style::ScrollStyle, style::WidgetVisuals, vec2,
};

use super::fonts;

/// Distances on the 4-pixel grid, in points.
pub mod space {
    /// Between things that belong together.
    pub const XS: f32 = 4.0;
    /// Between controls of a row.
    pub const S: f32 = 8.0;
    /// Inside cards and cells.
    pub const M: f32 = 12.0;
    /// From a panel's edge to its contents.
    pub const L: f32 = 16.0;
    /// Between groups.
    pub const XL: f32 = 24.0;
}

/// The one corner radius, in points.
pub const RADIUS: u8 = 6;
/// The height of a table's row, in points.
pub const ROW_HEIGHT: f32 = 32.0;
/// The height of a table's header, in points.
pub const HEADER_HEIGHT: f32 = 31.0;
/// The height of buttons, fields and chips, in points.
pub const CONTROL_HEIGHT: f32 = 28.0;
/// The height of the top bar, in points.
pub const TOP_BAR_HEIGHT: f32 = 44.0;
/// The height of the strip of tabs, in points.
pub const TABS_HEIGHT: f32 = 34.0;
/// The height of the status bar, in points.
pub const STATUS_BAR_HEIGHT: f32 = 24.0;
/// The width of the rail, in points.
pub const RAIL_WIDTH: f32 = 176.0;

/// Text sizes, in points: there are no others.
pub mod size {
    /// Captions, table headers, the status bar, monospaced text.
    pub const SMALL: f32 = 12.0;
    /// Everything.
    pub const BODY: f32 = 13.0;
    /// The title of a page.
    pub const HEADING: f32 = 15.0;
    /// The one number of a card.
    pub const BIG: f32 = 20.0;
    /// Axis labels and tags: the mock-up's one exception below `SMALL`.
    pub const TINY: f32 = 11.0;
}

/// How long a change may take to be explained by motion, in seconds.
pub const MOTION: f32 = 0.12;

/// Colours by what they mean. Text colours have a contrast of at least 4.5:1 on every background of their theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// The dark one of the two.
    pub dark: bool,
    /// Behind the page.
    pub bg: Color32,
    /// Behind bars, rails, cards, dialogs.
    pub panel: Color32,
    /// Behind buttons, chips and tags.
    pub raised: Color32,
    /// `raised` under the pointer.
    pub hover: Color32,
    /// A row under the pointer.
    pub row_hover: Color32,
    /// One-pixel separators and outlines of what holds things.
    pub line: Color32,
    /// Outlines of what can be pressed, ticked or typed into: at least 3:1 against page, panel and its own fill.
    pub outline: Color32,
    /// Separators between rows: `line` at 45 % over `bg`.
    pub row_line: Color32,
    /// Text.
    pub text: Color32,
    /// Text that steps back.
    pub muted: Color32,
    /// Text and icons of what can be acted on.
    pub accent: Color32,
    /// The fill of the primary button.
    pub accent_fill: Color32,
    /// Text on `accent_fill`.
    pub on_accent: Color32,
    /// All is well.
    pub ok: Color32,
    /// Look here soon.
    pub warn: Color32,
    /// Look here now.
    pub err: Color32,
    /// The fill of a button that destroys.
    pub err_fill: Color32,
    /// Text on `err_fill`.
    pub on_err: Color32,
    /// The mark of a production connection; never text.
    pub prod: Color32,
    /// The mark of a connection that was given this colour; never text.
    pub teal: Color32,
    /// The same.
    pub violet: Color32,
    /// The verbs GET, POST, PUT and PATCH, and DELETE; never the colours of a state.
    pub verbs: [Color32; 4],
    /// Behind what is selected.
    pub sel: Color32,
    /// Behind lines that were taken away, in a difference.
    pub removed: Color32,
    /// Behind lines that were added, in a difference.
    pub added: Color32,
    /// Lines of charts, in the order of use; told apart with protanopia and deuteranopia too.
    pub series: [Color32; 8],
    /// Behind dialogs, over everything else.
    pub backdrop: Color32,
    /// Under popups.
    pub shadow: Color32,
}

// The home of colours: clippy.toml keeps them out of everywhere else.
#[allow(clippy::disallowed_methods)]
const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// Colours for a dark room.
pub static DARK: Theme = Theme {
    dark: true,
    bg: rgb(0x0E1116),
    panel: rgb(0x151A21),
    raised: rgb(0x1C232C),
    hover: rgb(0x26303B),
    row_hover: rgb(0x151A21),
    line: rgb(0x28303A),
    outline: rgb(0x667180),
    row_line: rgb(0x1A1F26),
    text: rgb(0xE6EAF0),
    muted: rgb(0x8D99A9),
    accent: rgb(0x5B9DFF),
    accent_fill: rgb(0x5B9DFF),
    // The mock-up's white on this blue has a contrast of 2.7; ours has 6.9.
    on_accent: rgb(0x0E1116),
    ok: rgb(0x43B581),
    warn: rgb(0xE0A93B),
    err: rgb(0xEC6A5E),
    err_fill: rgb(0xEC6A5E),
    on_err: rgb(0x0E1116),
    prod: rgb(0xC8402F),
    teal: rgb(0x2FB5B0),
    violet: rgb(0xA884F3),
    verbs: [rgb(0x2FB5B0), rgb(0xA884F3), rgb(0x8FB8DE), rgb(0xE28AB6)],
    sel: rgb(0x1B2B44),
    removed: rgb(0x2E1B1D),
    added: rgb(0x15281F),
    series: [
        rgb(0x5B9DFF),
        rgb(0xE69F00),
        rgb(0x43B581),
        rgb(0xCC79A7),
        rgb(0xB4F0A6),
        rgb(0xF2DDE3),
        rgb(0x8A7526),
        rgb(0x5A62F5),
    ],
    backdrop: Color32::from_black_alpha(140),
    shadow: Color32::from_black_alpha(110),
};

/// Colours for a light room.
pub static LIGHT: Theme = Theme {
    dark: false,
    bg: rgb(0xFFFFFF),
    panel: rgb(0xF5F6F8),
    raised: rgb(0xF0F2F5),
    hover: rgb(0xE3E7EC),
    row_hover: rgb(0xF0F2F5),
    line: rgb(0xD5DAE1),
    outline: rgb(0x808B9A),
    row_line: rgb(0xECEEF2),
    text: rgb(0x1A2028),
    muted: rgb(0x566170),
    // These four are the mock-up's colours, darkened until text in them has a contrast of 4.5 on every background.
    accent: rgb(0x1B62D1),
    accent_fill: rgb(0x1F6FEB),
    on_accent: rgb(0xFFFFFF),
    ok: rgb(0x17764A),
    warn: rgb(0x8F5F00),
    err: rgb(0xC2352A),
    err_fill: rgb(0xC93A2E),
    on_err: rgb(0xFFFFFF),
    prod: rgb(0xC8402F),
    teal: rgb(0x0E8A86),
    violet: rgb(0x7B4FD6),
    verbs: [rgb(0x0B716D), rgb(0x6D42CC), rgb(0x2C6590), rgb(0xA03E77)],
    sel: rgb(0xE3EDFC),
    removed: rgb(0xFBE9E7),
    added: rgb(0xE4F4EB),
    series: [
        rgb(0x1F6FEB),
        rgb(0xB26B00),
        rgb(0x1E8E5A),
        rgb(0xA8467F),
        rgb(0x4A1586),
        rgb(0x7A1414),
        rgb(0x5F8FD7),
        rgb(0x1410D8),
    ],
    backdrop: Color32::from_black_alpha(80),
    shadow: Color32::from_black_alpha(36),
};

/// What a person chose; the system's choice is followed unless they did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Appearance {
    /// As the system is, also when it changes.
    #[default]
    System,
    /// Always dark.
    Dark,
    /// Always light.
    Light,
}

impl Appearance {
    /// The next one, for a button that goes round.
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Dark,
            Self::Dark => Self::Light,
            Self::Light => Self::System,
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "As the system",
            Self::Dark => "Dark",
            Self::Light => "Light",
        }
    }
}

impl Theme {
    /// The theme that this part of the window is drawn in.
    pub fn of(ui: &Ui) -> &'static Self {
        Self::of_style(ui.style())
    }

    /// What lies under a row of a few: it is chosen, or the pointer is on it.
    pub fn ground(&self, chosen: bool, hovered: bool) -> Option<Color32> {
        match (chosen, hovered) {
            (true, _) => Some(self.sel),
            (false, true) => Some(self.hover),
            _ => None,
        }
    }

    /// The theme that the window is drawn in.
    pub fn of_ctx(ctx: &Context) -> &'static Self {
        match ctx.theme() {
            egui::Theme::Dark => &DARK,
            egui::Theme::Light => &LIGHT,
        }
    }

    fn of_style(style: &Style) -> &'static Self {
        if style.visuals.dark_mode {
            &DARK
        } else {
            &LIGHT
        }
    }

    /// Tells egui about fonts, sizes and both themes. Once, before the first frame.
    pub fn apply(ctx: &Context) {
        fonts::install(ctx);
        // A press that is held is one all the same: not everybody lets go within a second, nor does every machine see it.
        ctx.options_mut(|options| options.input_options.max_click_duration = f64::INFINITY);
        ctx.set_style_of(egui::Theme::Dark, DARK.style());
        ctx.set_style_of(egui::Theme::Light, LIGHT.style());
    }

    /// Chooses dark, light, or whatever the system has.
    pub fn choose(ctx: &Context, appearance: Appearance) {
        ctx.set_theme(match appearance {
            Appearance::System => ThemePreference::System,
            Appearance::Dark => ThemePreference::Dark,
            Appearance::Light => ThemePreference::Light,
        });
    }

    /// Switches motion off, where the system or the person asks for none, or on again.
    pub fn reduce_motion(ctx: &Context, reduce: bool) {
        ctx.all_styles_mut(|style| {
            style.animation_time = if reduce { 0.0 } else { MOTION };
            style.scroll_animation = if reduce {
                egui::style::ScrollAnimation::none()
            } else {
                egui::style::ScrollAnimation::duration(MOTION)
            };
        });
    }

    /// A one-pixel line.
    pub fn stroke(&self) -> Stroke {
        Stroke::new(1.0, self.line)
    }

    /// The edge of what can be pressed: on light grounds its fill is too near to theirs to tell that it can be.
    pub fn edge(&self) -> Stroke {
        if self.dark {
            Stroke::NONE
        } else {
            self.outlined()
        }
    }

    /// The outline of a box to tick, or of a field.
    pub fn outlined(&self) -> Stroke {
        Stroke::new(1.0, self.outline)
    }

    /// The colour of the `index`-th line of a chart; they go round.
    pub fn series_color(&self, index: usize) -> Color32 {
        self.series[index % self.series.len()]
    }

    fn widget(&self, fill: Color32, line: Stroke, text: Color32) -> WidgetVisuals {
        WidgetVisuals {
            bg_fill: fill,
            weak_bg_fill: fill,
            bg_stroke: line,
            corner_radius: CornerRadius::same(RADIUS),
            fg_stroke: Stroke::new(1.0, text),
            expansion: 0.0,
        }
    }

    fn visuals(&self) -> Visuals {
        let mut visuals = if self.dark {
            Visuals::dark()
        } else {
            Visuals::light()
        };
        let line = self.stroke();
        visuals.widgets.noninteractive = self.widget(self.panel, line, self.text);
        visuals.widgets.inactive = self.widget(self.raised, self.outlined(), self.text);
        visuals.widgets.hovered = self.widget(self.hover, self.outlined(), self.text);
        // Active means pressed or focused: the ring is what shows where the keyboard is.
        let ring = Stroke::new(1.0, self.accent);
        visuals.widgets.active = self.widget(self.hover, ring, self.text);
        visuals.widgets.open = self.widget(self.hover, line, self.text);
        visuals.selection.bg_fill = self.sel;
        visuals.selection.stroke = ring;
        visuals.weak_text_color = Some(self.muted);
        visuals.hyperlink_color = self.accent;
        visuals.faint_bg_color = self.row_hover;
        let field = if self.dark { self.panel } else { self.bg };
        visuals.extreme_bg_color = field;
        visuals.text_edit_bg_color = Some(field);
        visuals.code_bg_color = self.raised;
        visuals.warn_fg_color = self.warn;
        visuals.error_fg_color = self.err;
        visuals.window_fill = self.panel;
        visuals.window_stroke = line;
        visuals.panel_fill = self.bg;
        let radius = CornerRadius::same(RADIUS);
        (visuals.window_corner_radius, visuals.menu_corner_radius) = (radius, radius);
        let shadow = Shadow {
            offset: [0, 8],
            blur: 24,
            spread: 0,
            color: self.shadow,
        };
        (visuals.window_shadow, visuals.popup_shadow) = (shadow, shadow);
        visuals.text_cursor.stroke = Stroke::new(1.5, self.accent);
        visuals.ime_composition.active_underline_stroke = Stroke::new(2.0, self.accent);
        visuals.ime_composition.inactive_underline_stroke = Stroke::new(1.0, self.muted);
        visuals.disabled_alpha = if self.dark { 0.55 } else { 0.65 };
        visuals.indent_has_left_vline = false;
        visuals
    }

    fn style(&self) -> Style {
        let mut style = Style {
            visuals: self.visuals(),
            animation_time: MOTION,
            scroll_animation: egui::style::ScrollAnimation::duration(MOTION),
            ..Style::default()
        };
        style.text_styles = [
            (TextStyle::Small, fonts::body(size::SMALL)),
            (TextStyle::Body, fonts::body(size::BODY)),
            (TextStyle::Button, fonts::body(size::BODY)),
            (TextStyle::Heading, fonts::semibold(size::HEADING)),
            (TextStyle::Monospace, fonts::mono(size::SMALL)),
        ]
        .into();
        let spacing = &mut style.spacing;
        spacing.item_spacing = vec2(space::S, space::XS);
        spacing.button_padding = vec2(space::M, space::XS);
        spacing.interact_size = vec2(CONTROL_HEIGHT, CONTROL_HEIGHT);
        spacing.window_margin = Margin::same(space::L as i8);
        spacing.menu_margin = Margin::same(6);
        spacing.icon_spacing = 6.0;
        spacing.menu_width = 280.0;
        spacing.tooltip_width = 420.0;
        spacing.scroll = ScrollStyle {
            bar_width: 8.0,
            floating_width: 4.0,
            bar_inner_margin: 2.0,
            bar_outer_margin: 2.0,
            handle_min_length: 24.0,
            foreground_color: false,
            dormant_handle_opacity: 0.6,
            active_handle_opacity: 0.8,
            ..ScrollStyle::floating()
        };
        spacing.scroll.fade.strength = 0.0;
        style.interaction.tooltip_delay = 0.35;
        style
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn linear(color: Color32) -> [f64; 3] {
        [color.r(), color.g(), color.b()].map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        })
    }

    /// <https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio>
    pub(crate) fn contrast(a: Color32, b: Color32) -> f64 {
        let luminance = |c| {
            let [r, g, b] = linear(c);
            0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
        };
        let (a, b) = (luminance(a), luminance(b));
        a.max(b) / a.min(b)
    }

    #[test]
    fn text_has_a_contrast_of_at_least_four_and_a_half_on_every_background() {
        for theme in [&DARK, &LIGHT] {
            let texts = [
                ("text", theme.text),
                ("muted", theme.muted),
                ("accent", theme.accent),
                ("ok", theme.ok),
                ("warn", theme.warn),
                ("err", theme.err),
                ("GET", theme.verbs[0]),
                ("POST", theme.verbs[1]),
                ("PUT", theme.verbs[2]),
                ("DELETE", theme.verbs[3]),
            ];
            let grounds = [
                ("bg", theme.bg),
                ("panel", theme.panel),
                ("raised", theme.raised),
                ("row_hover", theme.row_hover),
                ("sel", theme.sel),
            ];
            for (text, color) in texts {
                for (ground, behind) in grounds {
                    let ratio = contrast(color, behind);
                    assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
                }
            }
            let pairs = [
                (theme.on_accent, theme.accent_fill),
                (theme.on_err, theme.err_fill),
                (theme.text, theme.hover),
                (theme.text, theme.removed),
                (theme.text, theme.added),
            ];
            for (color, behind) in pairs {
                assert!(contrast(color, behind) >= 4.5);
            }
        }
    }

    #[test]
    fn what_can_be_pressed_is_outlined_at_three_to_one_and_the_page_is_white() {
        for theme in [&DARK, &LIGHT] {
            for behind in [theme.bg, theme.panel, theme.raised] {
                let ratio = contrast(theme.outline, behind);
                assert!(ratio >= 3.0, "{ratio:.2} on {behind:?}");
            }
        }
        assert_eq!(LIGHT.bg, Color32::WHITE);
        // What can't be pressed now steps back, and can still be read.
        for theme in [&DARK, &LIGHT] {
            let alpha = theme.visuals().disabled_alpha;
            let mixed = theme.panel.lerp_to_gamma(theme.text, alpha);
            let ratio = contrast(mixed, theme.panel);
            assert!(ratio >= 4.5, "disabled: {ratio:.2}");
        }
    }

    #[test]
    fn lines_of_charts_stand_out_from_their_card() {
        for theme in [&DARK, &LIGHT] {
            for color in theme.series {
                assert!(contrast(color, theme.panel) >= 3.0, "{color:?}");
            }
        }
    }

    /// Machado, Oliveira, Fernandes 2009, severity 1.0, for protanopia and deuteranopia; the first is normal sight.
    const SIGHTS: [[[f64; 3]; 3]; 3] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
    ];

    fn lab(color: Color32, sight: &[[f64; 3]; 3]) -> [f64; 3] {
        let rgb = linear(color);
        let seen = sight.map(|row| {
            let sum: f64 = row.iter().zip(rgb).map(|(m, c)| m * c).sum();
            sum.clamp(0.0, 1.0)
        });
        let [r, g, b] = seen;
        let f = |t: f64| {
            if t > 0.008856 {
                t.cbrt()
            } else {
                7.787 * t + 16.0 / 116.0
            }
        };
        let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
        let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
        let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn lines_of_charts_can_be_told_apart_by_colour_blind_people() {
        for theme in [&DARK, &LIGHT] {
            for (i, a) in theme.series.iter().enumerate() {
                for b in &theme.series[i + 1..] {
                    for sight in &SIGHTS {
                        let (p, q) = (lab(*a, sight), lab(*b, sight));
                        let distance: f64 =
                            p.iter().zip(q).map(|(p, q)| (p - q).powi(2)).sum::<f64>();
                        assert!(distance.sqrt() >= 15.0, "{a:?} {b:?} {}", distance.sqrt());
                    }
                }
            }
        }
    }

    #[test]
    fn the_theme_is_found_again_from_a_ui_in_either_choice() {
        let ctx = Context::default();
        Theme::apply(&ctx);
        for (appearance, expected) in [(Appearance::Dark, &DARK), (Appearance::Light, &LIGHT)] {
            Theme::choose(&ctx, appearance);
            let mut seen = None;
            let output = ctx.run_ui(egui::RawInput::default(), |ui| {
                seen = Some(Theme::of(ui).dark);
            });
            output.drop_without_applying_deltas();
            assert_eq!(seen, Some(expected.dark));
        }
    }

    #[test]
    fn appearance_goes_round() {
        let start = Appearance::System;
        assert_eq!(start.next().next().next(), start);
    }
}

//! The fonts: Inter for text, JetBrains Mono for code, ids and numbers, Lucide for icons, Noto Sans for Japanese, Chinese and
//! Korean, and Noto Emoji for what log lines and event names have of those. All are in the binary, so that every machine and every test shows the same.
//!
//! egui cannot switch OpenType features on: `assets/fonts/build.py` made the tabular figures the default glyphs.
//! For characters that none of these has, eframe's `system_fonts` looks on the machine.

use std::sync::Arc;

use egui::{Context, FontData, FontDefinitions, FontFamily, FontId, FontTweak};

const MEDIUM: &str = "medium";
const SEMIBOLD: &str = "semibold";
const ICONS: &str = "icons";

/// Regular text of this size, in points.
pub fn body(size: f32) -> FontId {
    FontId::proportional(size)
}

/// Names of things, tabs, the primary button.
pub fn medium(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(MEDIUM.into()))
}

/// Titles.
pub fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}

/// Code, ids and log lines.
pub fn mono(size: f32) -> FontId {
    FontId::monospace(size)
}

/// Icons; see [`super::icons::Icon`].
pub fn icon(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(ICONS.into()))
}

/// Tells egui about the fonts, once. They are active from the next frame on.
pub fn install(ctx: &Context) {
    ctx.set_fonts(definitions());
}

/// Every font, and the order in which a character is looked for in each family.
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let files: [(&str, &'static [u8]); 9] = [
        (
            "inter",
            include_bytes!("../../assets/fonts/Inter-Regular.otf"),
        ),
        (
            "inter-medium",
            include_bytes!("../../assets/fonts/Inter-Medium.otf"),
        ),
        (
            "inter-semibold",
            include_bytes!("../../assets/fonts/Inter-SemiBold.otf"),
        ),
        (
            "jetbrains-mono",
            include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf"),
        ),
        ("lucide", include_bytes!("../../assets/fonts/lucide.ttf")),
        (
            "noto-jp",
            include_bytes!("../../assets/fonts/NotoSansJP-JISX0208.otf"),
        ),
        (
            "noto-sc",
            include_bytes!("../../assets/fonts/NotoSansSC-GB2312.otf"),
        ),
        (
            "noto-kr",
            include_bytes!("../../assets/fonts/NotoSansKR-KSX1001.otf"),
        ),
        (
            "noto-emoji",
            include_bytes!("../../assets/fonts/NotoEmoji-Regular.ttf"),
        ),
    ];
    for (name, bytes) in files {
        let data = FontData::from_static(bytes).tweak(tweak(name));
        fonts.font_data.insert(name.to_owned(), Arc::new(data));
    }
    let families = [
        (FontFamily::Proportional, "inter"),
        (FontFamily::Name(MEDIUM.into()), "inter-medium"),
        (FontFamily::Name(SEMIBOLD.into()), "inter-semibold"),
        (FontFamily::Monospace, "jetbrains-mono"),
        (FontFamily::Name(ICONS.into()), "lucide"),
    ];
    for (family, first) in families {
        // Inter stands behind the monospaced face for the symbols that this lacks, Lucide for icons within text.
        let mut chain = vec![first, "inter", "lucide"];
        chain.extend(["noto-jp", "noto-sc", "noto-kr", "noto-emoji"]);
        let mut seen = std::collections::BTreeSet::new();
        chain.retain(|name| seen.insert(*name));
        fonts
            .families
            .insert(family, chain.into_iter().map(str::to_owned).collect());
    }
    fonts
}

fn tweak(name: &str) -> FontTweak {
    let mut tweak = FontTweak::default();
    if name == "lucide" {
        // Lucide's box stands on the baseline; text's middle is a little above it.
        tweak.y_offset_factor = 0.0;
    }
    tweak
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::ui::icons::Icon;

    fn every_family(check: impl Fn(&mut egui::epaint::text::Fonts, FontId)) {
        let mut fonts = egui::epaint::text::Fonts::new(Default::default(), definitions());
        for id in [body(13.0), medium(13.0), semibold(13.0), mono(12.0)] {
            check(&mut fonts, id);
        }
    }

    #[test]
    fn japanese_chinese_and_korean_text_shows_in_every_family() {
        every_family(|fonts, id| {
            for text in [
                "注文の決済を確定します、カタカナ「」",
                "函数已更新请检查日志",
                "함수가 업데이트되었습니다",
                "Ünïcödé Ελληνικά Кириллица",
            ] {
                let missing: Vec<char> =
                    text.chars().filter(|c| !fonts.has_glyph(&id, *c)).collect();
                assert!(missing.is_empty(), "{id:?} lacks {missing:?}");
            }
        });
    }

    #[test]
    fn emoji_show_in_every_family_also_those_joined_of_several() {
        every_family(|fonts, id| {
            for emoji in "関所🚧👩\u{200d}👩\u{200d}👧🔥✅🚀⚠".chars() {
                assert!(fonts.has_glyph(&id, emoji), "{id:?} lacks {emoji:?}");
            }
        });
    }

    #[test]
    fn the_symbols_that_we_write_show_in_every_family() {
        every_family(|fonts, id| {
            for symbol in "★☆▲▼●○◆→←↑↓✓✗…·—–“”•−×≥≤µ".chars()
            {
                assert!(fonts.has_glyph(&id, symbol), "{id:?} lacks {symbol}");
            }
            assert!(fonts.has_glyphs(&id, Icon::SEARCH));
        });
    }

    #[test]
    fn figures_of_inter_are_all_as_wide_as_each_other() {
        let mut fonts = egui::epaint::text::Fonts::new(Default::default(), definitions());
        let mut view = fonts.with_pixels_per_point(1.0);
        for id in [body(13.0), medium(13.0), semibold(20.0), mono(12.0)] {
            let widths: Vec<f32> = ('0'..='9').map(|c| view.glyph_width(&id, c)).collect();
            assert!(
                widths.iter().all(|w| (w - widths[0]).abs() < 0.05),
                "{id:?} {widths:?}"
            );
        }
    }

    #[test]
    fn all_fonts_together_stay_under_five_megabytes() {
        let bytes: usize = definitions()
            .font_data
            .values()
            .map(|font| font.bytes().len())
            .sum();
        assert!(bytes < 5_000_000, "{bytes}");
    }
}

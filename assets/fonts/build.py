#!/usr/bin/env python3
"""Makes the fonts in this folder from their sources, on Debian 12. Run once when a source changes; the results are committed.

    apt-get install fonts-inter fonts-jetbrains-mono fonts-noto-cjk
    npm pack lucide-static && tar xzf lucide-static-*.tgz        (package/font/lucide.ttf)
    pip install fonttools brotli
    cargo add epaint_default_fonts && cargo fetch            (its fonts/NotoEmoji-Regular.ttf, taken as it is)
    python3 build.py path/to/package/font

egui shapes text but has no switch for OpenType features, so the ones we want are made the default glyphs here:
Inter's tabular figures (tnum) and the l with a tail (cv05). Ligatures are left out: an id must read as it is typed.
"""
import json, pathlib, re, sys
from fontTools import subset
from fontTools.ttLib import TTFont, TTCollection

HERE = pathlib.Path(__file__).parent
INTER = "/usr/share/fonts/opentype/inter/Inter-{}.otf"
MONO = "/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-{}.ttf"
NOTO = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"

# Latin, Greek, Cyrillic, punctuation, currency, letterlike, arrows, mathematics, boxes, shapes, dingbats.
TEXT = [range(0x20, 0x250), range(0x2B0, 0x530), range(0x1E00, 0x2000), range(0x2000, 0x2800), range(0xFB00, 0xFB07), range(0xFFFD, 0xFFFE)]


def characters(ranges):
    return {c for r in ranges for c in r}


def coded(encoding, rows):
    """The characters of a 94x94 set (JIS X 0208, GB 2312, KS X 1001) through Python's EUC codecs."""
    found = set()
    for row in rows:
        for cell in range(94):
            try:
                text = bytes([0xA1 + row, 0xA1 + cell]).decode(encoding)
            except UnicodeDecodeError:
                continue
            if len(text) == 1:
                found.add(ord(text))
    return found


def freeze(font, features):
    """Points the character map at what the features would substitute."""
    gsub = font["GSUB"].table
    mapping = {}
    for feature in features:
        indices = {i for r in gsub.FeatureList.FeatureRecord if r.FeatureTag == feature for i in r.Feature.LookupListIndex}
        for index in indices:
            for table in gsub.LookupList.Lookup[index].SubTable:
                table = getattr(table, "ExtSubTable", table)
                mapping.update(getattr(table, "mapping", {}))
    for table in font["cmap"].tables:
        if table.isUnicode():
            for code, name in table.cmap.items():
                table.cmap[code] = mapping.get(name, name)


def write(font, wanted, out, features, hinting=True):
    options = subset.Options()
    options.layout_features = features
    options.hinting = hinting
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "DSIG", "STAT", "meta"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    font.save(HERE / out)
    print(f"{out}: {len(font.getBestCmap())} characters, {(HERE / out).stat().st_size / 1024:.0f} KB")


def icons(folder):
    """Only the icons that src/ui/icons.rs names, found by the comment that holds each one's name."""
    codes = json.loads((folder / "codepoints.json").read_text())
    source = (HERE / "../../src/ui/icons.rs").read_text()
    wanted = {}
    for name, code in re.findall(r"/// lucide: ([a-z0-9-]+).*\n\s*pub const \w+: &str = \"\\u\{([0-9a-fA-F]+)\}\"", source):
        if codes.get(name) != int(code, 16):
            sys.exit(f"icons.rs says {name} is {code}, lucide says {codes.get(name) and hex(codes[name])}")
        wanted[name] = int(code, 16)
    write(TTFont(folder / "lucide.ttf"), set(wanted.values()), "lucide.ttf", [])


def main():
    text = characters(TEXT)
    if len(sys.argv) > 1:
        icons(pathlib.Path(sys.argv[1]))
        if "--icons" in sys.argv:
            return
    for weight in ["Regular", "Medium", "SemiBold"]:
        font = TTFont(INTER.format(weight))
        freeze(font, ["tnum", "cv05"])
        write(font, text, f"Inter-{weight}.otf", ["kern", "mark", "mkmk", "ccmp", "locl"])
    write(TTFont(MONO.format("Regular")), text, "JetBrainsMono-Regular.ttf", ["mark", "mkmk", "ccmp"])
    faces = TTCollection(NOTO).fonts
    japanese = coded("euc_jp", range(94)) | characters([range(0x3000, 0x3100), range(0xFF00, 0xFFF0)])
    chinese = coded("gb2312", range(15, 94)) - japanese
    korean = coded("euc_kr", range(15, 40)) - japanese
    for index, wanted, out in [(0, japanese, "NotoSansJP-JISX0208.otf"), (2, chinese, "NotoSansSC-GB2312.otf"), (1, korean, "NotoSansKR-KSX1001.otf")]:
        write(faces[index], wanted, out, [], hinting=False)


main()

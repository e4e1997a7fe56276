#!/usr/bin/env bash
# NOT TRIED: written from Apple's documentation, without a Mac at hand. Whoever runs it first, say so in packaging/README.md.
#
# Makes target/macos/Sekisho.app of the release build, without the inspection port, and Sekisho.dmg beside it.
#   ./packaging/macos.sh
# It is signed for this machine alone (codesign -s -); to give it out, sign it with a Developer ID and have it notarised:
#   SEKISHO_IDENTITY="Developer ID Application: …" ./packaging/macos.sh
# The scheme: macOS opens a sekisho: link by an Apple event, which winit 0.30 does not hand on. CFBundleURLTypes makes the
# system start Sekisho for such a link; the window opens, but not yet on the link's place.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ "$(uname)" = Darwin ] || fail "a Mac's bundle is made on a Mac"
need_rust

version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
cargo build --release --locked --no-default-features --bin sekisho
[ -x packaging/check-binary.sh ] && packaging/check-binary.sh target/release/sekisho

app=target/macos/Sekisho.app
rm -rf target/macos
mkdir -p "$app/Contents/MacOS" "$app/Contents/Resources"
cp target/release/sekisho "$app/Contents/MacOS/sekisho"
mkdir -p "$app/Contents/Resources/licences"
cp LICENSE assets/fonts/LICENSE-*.txt "$app/Contents/Resources/licences/"

# The largest icon there is has 256 pixels; iconutil takes what it is given.
icons=target/macos/Sekisho.iconset
mkdir -p "$icons"
for size in 16 32 128 256; do
    sips -z "$size" "$size" assets/icon.png --out "$icons/icon_${size}x$size.png" >/dev/null
done
for size in 16 32 128; do
    double=$((size * 2))
    sips -z "$double" "$double" assets/icon.png --out "$icons/icon_${size}x$size@2x.png" >/dev/null
done
iconutil -c icns "$icons" -o "$app/Contents/Resources/Sekisho.icns"

cat >"$app/Contents/Info.plist" <<PLIST
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>CFBundleIdentifier</key><string>sekisho</string>
  <key>CFBundleName</key><string>Sekisho</string>
  <key>CFBundleExecutable</key><string>sekisho</string>
  <key>CFBundleIconFile</key><string>Sekisho</string>
  <key>CFBundlePackageType</key><string>APPL</string>
  <key>CFBundleShortVersionString</key><string>$version</string>
  <key>CFBundleVersion</key><string>$version</string>
  <key>LSMinimumSystemVersion</key><string>11.0</string>
  <key>LSApplicationCategoryType</key><string>public.app-category.developer-tools</string>
  <key>NSHighResolutionCapable</key><true/>
  <key>CFBundleURLTypes</key>
  <array>
    <dict>
      <key>CFBundleURLName</key><string>Sekisho</string>
      <key>CFBundleURLSchemes</key><array><string>sekisho</string></array>
    </dict>
  </array>
</dict>
</plist>
PLIST
plutil -lint "$app/Contents/Info.plist"
codesign --force --options runtime --sign "${SEKISHO_IDENTITY:--}" "$app"
codesign --verify --strict "$app"
hdiutil create -quiet -fs HFS+ -volname Sekisho -srcfolder "$app" target/macos/Sekisho.dmg
say "target/macos/Sekisho.dmg"

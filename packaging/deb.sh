#!/usr/bin/env bash
# Makes a Debian package of the release build, without the inspection port: target/deb/sekisho_VERSION_ARCH.deb
#   ./packaging/deb.sh                          builds (about twelve minutes on two cores) and packs
#   SEKISHO_BINARY=path ./packaging/deb.sh      packs a binary that is there: for trying this script, not for giving out
# A package asks for the C library that it was built on, or a later one: build it on the oldest Debian that it is for.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

command -v dpkg-deb >/dev/null || fail "a .deb is made with dpkg-deb: run this on Debian or Ubuntu"
need_packages "${PACKAGES_BUILD[@]}" dpkg-dev binutils python3

version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
arch=$(dpkg --print-architecture)
if [ -n "${SEKISHO_BINARY:-}" ]; then
    binary=$SEKISHO_BINARY
    [ -x "$binary" ] || fail "$binary is no program"
    # Sorts before the real one, so that a real one replaces it.
    version="$version~trial"
    say "Packing $binary as a trial, $version: not for giving out"
else
    need_rust
    started=$SECONDS
    say "Building the release without inspection (about twelve minutes on two cores)…"
    cargo build --release --locked --no-default-features --bin sekisho
    say "Built in $((SECONDS - started)) s."
    binary=target/release/sekisho
    [ -x packaging/check-binary.sh ] && packaging/check-binary.sh "$binary"
fi

out=target/deb
root=$out/root
rm -rf "$root"
mkdir -p "$root/DEBIAN"
# Everybody may read what is installed, whatever this shell's mask is.
umask 022

install -D -m 755 "$binary" "$root/usr/bin/sekisho"
strip --strip-unneeded "$root/usr/bin/sekisho"
install -D -m 644 assets/linux/sekisho.desktop "$root/usr/share/applications/sekisho.desktop"

epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH=$epoch
metainfo="$root/usr/share/metainfo/sekisho.metainfo.xml"
mkdir -p "$(dirname "$metainfo")"
sed "s/@VERSION@/${version%~trial}/; s/@DATE@/$(date -u -d "@$epoch" +%F)/" assets/linux/sekisho.metainfo.xml >"$metainfo"

# The icon's sizes are in the .ico already, each as a PNG.
python3 - assets/icon.ico "$root/usr/share/icons/hicolor" <<'PY'
import os, struct, sys
data, base = open(sys.argv[1], "rb").read(), sys.argv[2]
for n in range(struct.unpack_from("<H", data, 4)[0]):
    width, = struct.unpack_from("<B", data, 6 + 16 * n)
    length, offset = struct.unpack_from("<II", data, 6 + 16 * n + 8)
    png, size = data[offset:offset + length], width or 256
    assert png[:8] == b"\x89PNG\r\n\x1a\n", f"{size} is no PNG"
    folder = f"{base}/{size}x{size}/apps"
    os.makedirs(folder)
    open(f"{folder}/sekisho.png", "wb").write(png)
PY

"$binary" generate man "$root/usr/share/man/man1"
gzip -9 -n "$root"/usr/share/man/man1/*.1
completions=$(mktemp -d)
trap 'rm -rf "$completions"' EXIT
"$binary" generate completions "$completions"
install -D -m 644 "$completions/sekisho.bash" "$root/usr/share/bash-completion/completions/sekisho"
install -D -m 644 "$completions/_sekisho" "$root/usr/share/zsh/vendor-completions/_sekisho"
install -D -m 644 "$completions/sekisho.fish" "$root/usr/share/fish/vendor_completions.d/sekisho.fish"

doc="$root/usr/share/doc/sekisho"
install -D -m 644 assets/linux/copyright "$doc/copyright"
install -D -m 644 -t "$doc/fonts" assets/fonts/LICENSE-*.txt
cargo metadata --locked --format-version 1 --filter-platform "$(rustc -vV | sed -n 's/^host: //p')" | python3 -c '
import json, sys
packages = json.load(sys.stdin)["packages"]
for p in sorted(packages, key=lambda p: (p["name"], p["version"])):
    if p["source"]:
        print(p["name"], p["version"], p["license"] or p["license_file"], sep="\t")' >"$doc/crates.txt"

# What it is linked with, by the versions that it really needs; what it loads while it runs is named in common.sh.
mkdir -p "$out/debian"
printf 'Source: sekisho\n\nPackage: sekisho\nArchitecture: any\n' >"$out/debian/control"
linked=$(cd "$out" && dpkg-shlibdeps -O root/usr/bin/sekisho 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[ -n "$linked" ] || fail "dpkg-shlibdeps does not say what the program is linked with"
loaded=$(printf ', %s' "${PACKAGES_WINDOW[@]}")

cat >"$root/DEBIAN/control" <<CONTROL
Package: sekisho
Version: $version
Architecture: $arch
Maintainer: The Sekisho developers <sekisho@example.invalid>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $linked$loaded
Recommends: python3, nodejs
Section: devel
Priority: optional
Description: desktop console for AWS Lambda, with a sandbox that runs functions
 One native window to find, change, deploy, invoke and watch functions, on an
 AWS account, on an AWS-compatible endpoint, or on the built-in sandbox, which
 really runs functions on this machine, without an account and without Docker.
 .
 The sandbox runs functions of the runtimes whose interpreters it finds.
CONTROL
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
find "$root" -exec touch -h -d "@$epoch" {} +

deb="$out/sekisho_${version}_$arch.deb"
# A trial is packed in seconds; what is given out, as small as it gets.
compression=(-Zxz)
[ -n "${SEKISHO_BINARY:-}" ] && compression=(-Zgzip -z1)
dpkg-deb --root-owner-group "${compression[@]}" --build "$root" "$deb" >/dev/null
if command -v desktop-file-validate >/dev/null; then
    desktop-file-validate "$root/usr/share/applications/sekisho.desktop"
fi
if command -v appstreamcli >/dev/null; then
    # The name is no domain turned around: nobody owns one for it.
    appstreamcli validate --no-net --override=cid-desktopapp-is-not-rdns=info "$metainfo" >&2 || fail "appstreamcli refuses the metainfo"
fi
say "$deb, $(du -h "$deb" | cut -f1). Depends: $linked$loaded"
echo "$deb"

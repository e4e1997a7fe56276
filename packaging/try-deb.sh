#!/usr/bin/env bash
# Installs a package on a bare Debian 12 (debootstrap, minbase) and starts what it has installed:
#   ./packaging/try-deb.sh target/deb/sekisho_0.1.0_amd64.deb
# Needs root, debootstrap and Xvfb on this machine, and Debian's mirror. The bare system is made once and kept in
# target/debian-12.tar. Xvfb runs outside, so that nothing of it hides what the package forgets to ask for.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

deb=${1:-}
[ -f "$deb" ] || fail "which package? $0 FILE.deb"
[ "$(id -u)" = 0 ] || fail "a chroot needs root"
need_packages debootstrap xvfb

base=target/debian-12.tar
chroot=$(mktemp -d)
pids=()
finish() {
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for folder in tmp/.X11-unix dev/shm proc dev; do umount -l "$chroot/$folder" 2>/dev/null || true; done
    rm -rf --one-file-system "$chroot"
}
trap finish EXIT

if ! [ -f "$base" ]; then
    started=$SECONDS
    mkdir -p target
    debootstrap --variant=minbase bookworm "$chroot/base" >"$base.log" 2>&1 || fail "debootstrap: see $base.log"
    tar -C "$chroot/base" -cf "$base.part" .
    mv "$base.part" "$base"
    rm -rf "$chroot/base"
    say "A bare Debian 12: $((SECONDS - started)) s."
fi
tar -C "$chroot" -xf "$base"
mount -t proc proc "$chroot/proc"
mount --bind /dev "$chroot/dev"
mount -t tmpfs tmpfs "$chroot/dev/shm"
cp /etc/resolv.conf "$chroot/etc/resolv.conf"
# An array and no function: what runs in the background is then the program itself, and gets the signals.
inside=(chroot "$chroot" env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive)

started=$SECONDS
cp "$deb" "$chroot/sekisho.deb"
"${inside[@]}" apt-get update -qq
# dpkg finds that libraries are missing; apt brings exactly those, and nothing that is only recommended.
"${inside[@]}" dpkg -i /sekisho.deb >"$chroot/dpkg.log" 2>&1 || true
"${inside[@]}" apt-get install -y -qq --no-install-recommends --fix-broken >"$chroot/apt.log" 2>&1 ||
    { tail -n 5 "$chroot/apt.log" >&2; fail "apt could not put the package's needs right"; }
[ "$("${inside[@]}" dpkg-query -W -f '${Status}' sekisho)" = "install ok installed" ] || fail "it is not installed"
say "Installed with what it needs: $((SECONDS - started)) s."

say "sekisho --version: $("${inside[@]}" sekisho --version)"
"${inside[@]}" sh -c 'test -s /usr/share/man/man1/sekisho.1.gz && test -s /usr/share/bash-completion/completions/sekisho &&
    test -s /usr/share/applications/sekisho.desktop && test -s /usr/share/icons/hicolor/256x256/apps/sekisho.png' ||
    fail "a part of the package is missing"

"${inside[@]}" sekisho sandbox --port 0 --quiet >"$chroot/endpoint" 2>"$chroot/sandbox.log" &
pids+=($!)
for _ in $(seq 300); do [ -s "$chroot/endpoint" ] && break; sleep 0.1; done
endpoint=$(head -n 1 "$chroot/endpoint")
[ -n "$endpoint" ] || { cat "$chroot/sandbox.log" >&2; fail "the sandbox does not start"; }
python3 - "$endpoint" <<'PY'
import json, sys, urllib.request
health = json.load(urllib.request.urlopen(sys.argv[1] + "/_sekisho/health", timeout=10))
assert health["service"] == "sekisho-sandbox", health
PY
kill -TERM "${pids[0]}"
code=0; wait "${pids[0]}" || code=$?
[ "$code" = 0 ] || fail "the sandbox ended with $code"
say "sekisho sandbox: answers at $endpoint, and ends"

display=:$((300 + $$ % 600))
Xvfb "$display" -screen 0 1600x1000x24 >/dev/null 2>&1 &
pids+=($!)
for _ in $(seq 100); do [ -S "/tmp/.X11-unix/X${display#:}" ] && break; sleep 0.1; done
mkdir -p "$chroot/tmp/.X11-unix"
mount --bind /tmp/.X11-unix "$chroot/tmp/.X11-unix"
window=$SECONDS
"${inside[@]}" env DISPLAY="$display" LIBGL_ALWAYS_SOFTWARE=1 timeout 120 \
    sekisho --sandbox --open functions --screenshot /picture.png --size 1440x900 2>"$chroot/window.log" ||
    { cat "$chroot/window.log" >&2; fail "the window does not open"; }
picture=target/deb/picture.png
mkdir -p target/deb
cp "$chroot/picture.png" "$picture"
[ "$(stat -c %s "$picture")" -gt 20000 ] || fail "an empty window, see $picture"
say "The window: a picture after $((SECONDS - window)) s, $picture"
"${inside[@]}" dpkg -r sekisho >/dev/null
if "${inside[@]}" sh -c 'command -v sekisho' >/dev/null; then fail "removing it leaves the program"; fi
minutes=$(awk "BEGIN { printf \"%.1f\", ($SECONDS) / 60 }")
say "On a bare Debian 12: installed, started and removed in $minutes minutes."

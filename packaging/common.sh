# Shared by run.sh and test.sh: says what it does, then does it. Sourced, never run.
# Both scripts build with the same features and profile into the same target directory, so that a newcomer builds once.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# egui 0.37 asks for this release.
RUST_NEEDED=1.95

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf 'sekisho: %s\n' "$*" >&2; exit 1; }

# version_at_least HAVE NEED
version_at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# Root as it is, sudo where there is one.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else fail "this needs root, and there is no sudo: $*"
    fi
}

# A yes from the person; in CI and without a terminal there is nobody to ask, and the answer is no unless SEKISHO_YES=1.
ask() {
    [ "${SEKISHO_YES:-}" = 1 ] && return 0
    [ -t 0 ] || return 1
    local answer
    read -r -p "$1 [y/N] " answer
    [ "$answer" = y ] || [ "$answer" = Y ]
}

need_rust() {
    # rustup's own place is not on the PATH of a shell that was open while it was installed.
    if ! command -v cargo >/dev/null && [ -x "$HOME/.cargo/bin/cargo" ]; then
        PATH="$HOME/.cargo/bin:$PATH"
    fi
    local have=""
    command -v cargo >/dev/null && have=$(cargo --version | cut -d' ' -f2)
    if [ -n "$have" ] && version_at_least "$have" "$RUST_NEEDED"; then return; fi
    say "Rust $RUST_NEEDED or later is needed; this machine has ${have:-none}."
    if [ -n "$have" ] && command -v rustup >/dev/null; then
        ask "Update it with 'rustup update stable'?" || fail "run: rustup update stable"
        rustup update stable
    else
        ask "Install it with rustup, from https://sh.rustup.rs, into $HOME/.cargo?" ||
            fail "install Rust from https://rustup.rs and run this again (or set SEKISHO_YES=1)"
        command -v curl >/dev/null || need_packages curl ca-certificates
        curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal
        PATH="$HOME/.cargo/bin:$PATH"
    fi
}

# need_packages NAME…: installs what is missing of these Debian packages; elsewhere says what to install.
need_packages() {
    local missing=() name
    if ! command -v dpkg-query >/dev/null; then
        need_commands
        return
    fi
    for name in "$@"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} = 0 ] && return
    say "Installing with apt: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    if ! as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1; then
        as_root apt-get update -qq
        as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    fi
}

# On systems without apt nothing is installed: what is missing is named.
need_commands() {
    local missing=() name
    for name in cc python3 node; do
        command -v "$name" >/dev/null || missing+=("$name")
    done
    if ! command -v cc >/dev/null; then
        fail "a C compiler is needed. Fedora: dnf install gcc libX11 libX11-xcb libXcursor libXi libxkbcommon-x11 mesa-libEGL mesa-dri-drivers python3 nodejs. Arch: pacman -S gcc libx11 libxcursor libxi libxkbcommon-x11 mesa python nodejs. macOS: xcode-select --install; brew install python node."
    fi
    [ ${#missing[@]} = 0 ] || say "Missing: ${missing[*]}. The sandbox runs functions of the runtimes whose interpreters it finds."
}

# To build: a C compiler and certificates. Debian's node is enough for nodejs functions.
PACKAGES_BUILD=(gcc libc6-dev ca-certificates git)
# The window loads these when it starts.
PACKAGES_WINDOW=(libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libegl1 libgl1-mesa-dri libfontconfig1)
# What the sandbox runs functions with.
PACKAGES_RUNTIMES=(python3)

# node from wherever it came; Debian's only where there is none.
need_node() {
    command -v node >/dev/null || need_packages nodejs
}

# One build for run and test: the tests' binaries reuse every crate that the window was built from.
build() {
    local started=$SECONDS
    say "Building (about five minutes on two cores the first time, seconds later)…"
    cargo build --workspace --locked "$@"
    say "Built in $((SECONDS - started)) s."
}

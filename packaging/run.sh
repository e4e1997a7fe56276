#!/usr/bin/env bash
# Builds Sekisho and opens its window; without arguments on the built-in sandbox, so that no account is needed.
#   ./packaging/run.sh                     the sandbox
#   ./packaging/run.sh --profile NAME      an AWS account; see --help for all arguments
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

need_packages "${PACKAGES_BUILD[@]}" "${PACKAGES_WINDOW[@]}" "${PACKAGES_RUNTIMES[@]}"
need_node
need_rust
build --bin sekisho

[ $# = 0 ] && set -- --sandbox

display=()
if [ "$(uname)" = Linux ] && [ -z "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ] && [ "${1:-}" != sandbox ]; then
    need_packages xvfb xauth
    say "There is no display: the window opens on one of its own (Xvfb, 1440x900), where only --screenshot and inspection see it."
    display=(xvfb-run -a -s "-screen 0 1440x900x24")
    export LIBGL_ALWAYS_SOFTWARE=1
fi

say "Starting: sekisho $*"
exec "${display[@]}" target/debug/sekisho "$@"

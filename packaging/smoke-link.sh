#!/usr/bin/env bash
# Part of smoke.sh, which gives it a display and a folder: a window is killed, another takes its place, and a link that is
# opened twice is shown in that one. What a window shows stands in its settings.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=$1
export XDG_RUNTIME_DIR="$folder/run" XDG_CONFIG_HOME="$folder/config" XDG_DATA_HOME="$folder/data"
mkdir -m 700 "$XDG_RUNTIME_DIR"
settings="$XDG_CONFIG_HOME/sekisho/settings.json"
window=
trap 'kill -KILL "$window" 2>/dev/null || true' EXIT

start() {
    target/debug/sekisho --sandbox --open functions 2>"$folder/window.log" &
    window=$!
}
# until_so WHAT COMMAND…: for a minute at most.
until_so() {
    local what=$1
    shift
    for _ in $(seq 600); do
        if "$@"; then return; fi
        sleep 0.1
    done
    cat "$folder/window.log" >&2
    fail "never: $what"
}
has_socket() { [ -S "$(echo "$XDG_RUNTIME_DIR"/sekisho/window-*.sock)" ]; }
has_settings() { [ -s "$settings" ]; }
shows_logs_once() { [ "$(grep -o 'functions/orders-api/logs' "$settings" | wc -l)" = 1 ]; }

start
until_so "the first window's socket" has_socket
kill -KILL "$window"
wait "$window" 2>/dev/null || true
has_socket || fail "the killed window left no socket: nothing is tried here"

start
until_so "the second window's settings" has_settings
for _ in 1 2; do
    timeout 60 target/debug/sekisho -- "sekisho://functions/orders-api/logs?sandbox&region=us-east-1&last=1h"
    kill -0 "$window" || fail "the window ended"
done
until_so "the link's place, in one tab" shows_logs_once
kill -TERM "$window"
code=0
wait "$window" || code=$?
[ "$code" = 0 ] || fail "the window ended with $code"
if has_socket; then fail "the socket is left"; fi

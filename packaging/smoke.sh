#!/usr/bin/env bash
# The binary as a person starts it: the sandbox alone, and a picture of the window on a display of its own.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

say "Smoke: sekisho sandbox answers, and ends with all its children on SIGTERM"
target/debug/sekisho sandbox --port 0 >"$folder/endpoint" 2>"$folder/log" &
pid=$!
for _ in $(seq 100); do [ -s "$folder/endpoint" ] && break; sleep 0.1; done
endpoint=$(head -n 1 "$folder/endpoint")
python3 - "$endpoint" <<'PY'
import json, sys, urllib.request
health = json.load(urllib.request.urlopen(sys.argv[1] + "/_sekisho/health", timeout=10))
assert health["service"] == "sekisho-sandbox", health
PY
kill -TERM "$pid"
code=0; wait "$pid" || code=$?
[ "$code" = 0 ] || fail "the sandbox ended with $code"
[ -z "$(pgrep -P "$pid" || true)" ] || fail "the sandbox left children behind"

say "Smoke: wrong arguments are told in a line, with exit 2"
code=0; target/debug/sekisho --size huge 2>"$folder/wrong" || code=$?
[ "$code" = 2 ] || fail "exit $code instead of 2"
[ "$(wc -l <"$folder/wrong")" = 1 ] || fail "more than a line: $(cat "$folder/wrong")"

say "Smoke: pictures of the functions and of every widget, on a display of its own"
for picture in functions:dark gallery:dark gallery:light gallery/lists:light; do
    route=${picture%:*} theme=${picture#*:}
    file="$folder/${route//\//-}-$theme.png"
    code=0
    LIBGL_ALWAYS_SOFTWARE=1 timeout 120 xvfb-run -a -s "-screen 0 1600x1000x24" \
        target/debug/sekisho --sandbox --open "$route" --screenshot "$file" --size 1440x900 --theme "$theme" || code=$?
    [ "$code" = 0 ] || fail "--screenshot of $route ended with $code"
    python3 - "$file" <<'PY'
import struct, sys
data = open(sys.argv[1], "rb").read()
assert data[:8] == b"\x89PNG\r\n\x1a\n", "not a PNG"
size = struct.unpack(">II", data[16:24])
assert size == (1440, 900), size
assert len(data) > 20_000, f"{len(data)} bytes: an empty window?"
print(f"a picture of {size[0]}x{size[1]}, {len(data)} bytes")
PY
done

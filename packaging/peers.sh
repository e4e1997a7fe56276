#!/usr/bin/env bash
# The console against two endpoints that others wrote: moto and ministack, both from PyPI, each on a port of its own of
# loopback. Skipped, with a word, where they can't be installed. Bounded in time: a peer that hangs fails the tests.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

venv=target/peers
if ! [ -x "$venv/bin/ministack" ] || ! [ -x "$venv/bin/moto_server" ]; then
    say "Installing moto and ministack into $venv (about 150 MB)"
    if ! { python3 -m venv "$venv" && "$venv/bin/pip" install -q 'moto[server]' 'ministack[full]' cbor2; } >target/peers.log 2>&1; then
        say "SKIPPED: moto and ministack can't be installed here (see target/peers.log)."
        exit 0
    fi
fi

# What the benchmarks are measured beside; version 3 of the framework is the last that asks for no account.
if ! [ -d "$venv/node_modules/serverless-offline" ]; then
    say "Installing serverless-offline into $venv (about 280 MB)"
    if ! npm install --silent --no-audit --no-fund --prefix "$venv" serverless@3 serverless-offline@13 >>target/peers.log 2>&1; then
        say "SKIPPED: serverless-offline can't be installed here (see target/peers.log); cargo bench --bench gateway goes without it."
    fi
fi

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# wait_for_port NAME PORT PID LOG
wait_for_port() {
    for _ in $(seq 300); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; then return; fi
        kill -0 "$3" 2>/dev/null || { tail -n 5 "$4" >&2; fail "$1 ended before it answered"; }
        sleep 0.2
    done
    fail "$1 does not answer on port $2"
}

folder=$(mktemp -d)
pids=()
# Each peer leads a group of its own, so that what it started ends with it.
trap 'for pid in "${pids[@]}"; do kill -TERM -- "-$pid" 2>/dev/null || true; done; sleep 0.3
      for pid in "${pids[@]}"; do kill -KILL -- "-$pid" 2>/dev/null || true; done; rm -rf "$folder"' EXIT

bin="$PWD/$venv/bin"
moto=$(free_port)
setsid "$bin/moto_server" -H 127.0.0.1 -p "$moto" >"$folder/moto.log" 2>&1 &
pids+=($!)
ministack=$(free_port)
# Its state, its temporary files and the services that nobody asks for stay out of the way.
(cd "$folder" && exec env GATEWAY_PORT="$ministack" BIND_HOST=127.0.0.1 IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 \
    TMPDIR="$folder" setsid "$bin/ministack" >"$folder/ministack.log" 2>&1) &
pids+=($!)
wait_for_port moto "$moto" "${pids[0]}" "$folder/moto.log"
wait_for_port ministack "$ministack" "${pids[1]}" "$folder/ministack.log"

say "The console against moto ($("$bin/pip" show moto 2>/dev/null | sed -n 's/^Version: //p')) and ministack ($("$bin/pip" show ministack 2>/dev/null | sed -n 's/^Version: //p'))"
started=$SECONDS
export SEKISHO_MOTO="http://127.0.0.1:$moto" SEKISHO_MINISTACK="http://127.0.0.1:$ministack"
code=0
timeout 600 cargo test --locked --test console peers:: -- --nocapture || code=$?
if [ "$code" != 0 ]; then
    tail -n 20 "$folder/ministack.log" "$folder/moto.log" >&2
    fail "the console against the peers: exit $code"
fi
say "Peers: $((SECONDS - started)) s."

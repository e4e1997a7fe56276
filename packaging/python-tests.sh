#!/usr/bin/env bash
# The sandbox through boto3 and the AWS CLI. Skipped, with a word, where they can't be installed.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

venv=target/python
if ! [ -x "$venv/bin/aws" ]; then
    say "Installing boto3 and the AWS CLI into $venv"
    if ! { python3 -m venv "$venv" && "$venv/bin/pip" install -q boto3 awscli; } >target/python.log 2>&1; then
        say "SKIPPED: boto3 and the AWS CLI can't be installed here (see target/python.log)."
        exit 0
    fi
fi

endpoint_file=$(mktemp)
target/debug/sekisho sandbox --port 0 --quiet >"$endpoint_file" &
pid=$!
trap 'kill -TERM $pid 2>/dev/null; rm -f "$endpoint_file"' EXIT
for _ in $(seq 100); do [ -s "$endpoint_file" ] && break; sleep 0.1; done
SEKISHO_ENDPOINT=$(head -n 1 "$endpoint_file")
export SEKISHO_ENDPOINT
PATH="$PWD/$venv/bin:$PATH" "$venv/bin/python" -m unittest discover -s tests/python -v

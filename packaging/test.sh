#!/usr/bin/env bash
# Builds Sekisho and runs every test: no display, no account, no network beyond loopback (boto3 and the AWS CLI are
# installed from PyPI where that can be reached).
#   ./packaging/test.sh            all
#   ./packaging/test.sh quick      without the peers and the Python SDK
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

need_packages "${PACKAGES_BUILD[@]}" "${PACKAGES_WINDOW[@]}" "${PACKAGES_RUNTIMES[@]}" curl xvfb xauth python3-venv
need_node
need_rust

started=$SECONDS
say "Building the program and its tests…"
cargo build --workspace --locked
cargo test --workspace --locked --no-run
say "Built in $((SECONDS - started)) s."

started=$SECONDS
cargo test --workspace --locked --no-fail-fast
say "Rust tests: $((SECONDS - started)) s."

packaging/smoke.sh

if [ "${1:-}" != quick ]; then
    packaging/python-tests.sh
    packaging/peers.sh
fi
say "All tests passed in $SECONDS s."

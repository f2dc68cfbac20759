#!/usr/bin/env bash
# Runs the suites against real servers. run.sh [RESULTS]: where GoogleTest's XML and the counts go.
#
# REAL_ONLY=REGEX      only the programs whose ctest name matches (real_keycloak, ...)
# REAL_SERVERS="NAME…"  installs these servers only
#
# Needs a built build/release (tests/run.sh real builds it). A server that can't be installed is
# counted as skipped; in CI, where the registries are reached, as failed.
set -euo pipefail
cd "$(dirname "$0")/../.."
results=${1:-build/real/results}
build=${REAL_BUILD:-build/release}
mkdir -p "$results"
results=$(realpath "$results")

export WAVEGATE_SERVERS=${WAVEGATE_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/wavegate/servers}
read -ra servers <<<"${REAL_SERVERS:-}"
bash tests/real/install.sh "${servers[@]}"

skipped=$(find "$WAVEGATE_SERVERS" -maxdepth 1 -name '*.skipped' | wc -l)
if [[ -n ${CI:-} ]]; then
    echo "0 $skipped" >"$results/install.count"
else
    echo "0 0 $skipped" >"$results/install.count"
fi

# One program at a time: each has servers that want both cores.
status=0
GTEST_OUTPUT="xml:$results/" ctest --test-dir "$build" -L '^real$' ${REAL_ONLY:+-R "$REAL_ONLY"} \
    -j 1 --output-on-failure --no-tests=error --output-junit "$results/ctest.junit" || status=$?
[[ $status -eq 0 && (-z ${CI:-} || $skipped -eq 0) ]]

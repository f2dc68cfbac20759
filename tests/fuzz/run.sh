#!/usr/bin/env bash
# Runs every parser on random input for a while. run.sh [RESULTS], where the counts go.
# FUZZ_SECONDS: per target, 10 if unset. What breaks one stays in build/fuzz/found.
set -euo pipefail
cd "$(dirname "$0")/../.."
results=${1:-build/fuzz/results}
seconds=${FUZZ_SECONDS:-10}
mkdir -p "$results" build/fuzz/found

cmake -S tests/fuzz -B build/fuzz -G Ninja -DCMAKE_CXX_COMPILER=clang++-14 >/dev/null
cmake --build build/fuzz

passed=0 failed=0
for source in tests/fuzz/fuzz_*.cpp; do
    name=$(basename "$source" .cpp)
    seeds=build/fuzz/corpus/$name
    mkdir -p "$seeds"
    [[ -d tests/fuzz/corpus/$name ]] && cp tests/fuzz/corpus/"$name"/* "$seeds"/
    if "build/fuzz/$name" "$seeds" -max_total_time="$seconds" -max_len=4096 -rss_limit_mb=1024 \
        -timeout=10 -verbosity=0 -print_final_stats=1 -artifact_prefix="build/fuzz/found/$name-" \
        >"$results/$name.log" 2>&1; then
        passed=$((passed + 1))
        echo "$name: $(grep -o 'number_of_executed_units: *[0-9]*' "$results/$name.log")"
    else
        failed=$((failed + 1))
        tail -n 40 "$results/$name.log"
        echo "$name: FAILED"
    fi
done
echo "$passed $failed" >"$results/fuzz.count"
[[ $failed -eq 0 ]]

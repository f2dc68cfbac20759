#!/usr/bin/env bash
# Every check of the repository. tests/run.sh [STAGE...]
#
#   install  Debian packages (root or sudo)      bench  budgets, as counts and ratios
#   lint     format, layers, banned calls, ...   tidy   clang-tidy
#   unit     unit and contract tests             tsan   races: net, store, runtime
#   sim      whole operator, virtual time        asan   memory and undefined behaviour
#   e2e      the binary, from outside            fuzz   parsers on random input
#   ci       what a submission must pass          real   against real servers
#
# Without arguments: install lint unit sim e2e. The last line counts test cases.
# shellcheck disable=SC2317  # stages are called by name
set -euo pipefail
cd "$(dirname "$0")/.."

jobs="$(nproc)"
results=build/results

# Minutes after which a stage is ended: a guard against hanging, not a budget.
limit() {
    case $1 in
        lint) echo 5 ;;
        install | unit | sim | e2e | bench | fuzz) echo 15 ;;
        build | tidy | tsan) echo 30 ;;
        asan | real) echo 40 ;;
    esac
}

build() {  # PRESET [TARGET...]
    cmake --preset "$1"
    cmake --build --preset "$1" -j "$jobs" ${2:+--target "${@:2}"}
}

# Runs the ctest programs of a build folder whose label matches; says so when there are none.
run_label() {  # STAGE FOLDER LABEL [CTEST-OPTION...]
    local total
    total="$(ctest --test-dir "$2" -N -L "$3" "${@:4}" | sed -n 's/^Total Tests: //p')"
    if [[ $total -eq 0 ]]; then
        echo "$1: no tests here yet"
        return
    fi
    GTEST_OUTPUT="xml:$PWD/$results/$1/" ctest --test-dir "$2" -L "$3" -j "$jobs" \
        --output-on-failure --no-tests=error --output-junit "$PWD/$results/$1/ctest-${3//[^a-z]/}.junit" \
        "${@:4}"
}

stage_install() {
    bash deploy/install-packages.sh build run test
}

# All of lint is run, whatever fails first.
stage_lint() {
    local status=0
    lint_one format list_misformatted || status=1
    lint_one shellcheck shellcheck_all || status=1
    python3 tests/lint/test_rules.py --count "$results/lint/rules.count" || status=1
    python3 tests/lint/lint.py --count "$results/lint/tree.count" || status=1
    return "$status"
}

lint_one() {  # NAME COMMAND
    if "$2"; then
        echo "lint $1: ok"
        echo "1 0" >"$results/lint/$1.count"
    else
        echo "lint $1: failed"
        echo "0 1" >"$results/lint/$1.count"
        return 1
    fi
}

list_misformatted() {  # one line for each file
    git ls-files -z -co --exclude-standard -- '*.cpp' '*.hpp' |
        xargs -0 -r -n 20 -P "$jobs" clang-format-14 --dry-run -Werror 2>&1 |
        awk -F: '/^xargs:/ { print }
            /error:/ && !seen[$1]++ { print $1 ":" $2 ": run clang-format-14 -i" }
            END { exit NR > 0 }'
}

shellcheck_all() {
    git ls-files -z -co --exclude-standard -- '*.sh' .ci/run | xargs -0 shellcheck
}

# Both parts are run, whatever the first finds.
stage_tidy() {
    local status=0
    python3 tests/lint/alone.py --jobs "$jobs" --count "$results/tidy/alone.count" || status=1
    python3 tests/lint/tidy.py --jobs "$jobs" --count "$results/tidy/tidy.count" || status=1
    return "$status"
}

stage_build() { build release; }
stage_unit() { run_label unit build/release '^(unit|contract)$'; }
stage_sim() { run_label sim build/release '^sim$'; }
# Its cases wait more than they compute.
stage_e2e() { run_label e2e build/release '^e2e$' -j 8; }
stage_bench() { run_label bench build/release '^bench$' -j 1; }

stage_asan() {
    build asan tests_unit tests_contract tests_sim
    run_label asan build/asan '^(unit|contract)$'
    # A fifth of the random fleets: each takes ten times as long here. WAVEGATE_SEEDS=200 for all.
    WAVEGATE_SEEDS="${WAVEGATE_SEEDS:-40}" run_label asan build/asan '^sim$'
}

stage_tsan() {
    local folder targets=()
    for folder in net store runtime; do
        if compgen -G "tests/unit/$folder/*.cpp" >/dev/null; then
            targets+=("test_unit_$folder")
        fi
    done
    if [[ ${#targets[@]} -eq 0 ]]; then
        echo "tsan: no tests here yet"
        return
    fi
    build tsan "${targets[@]}"
    run_label tsan build/tsan '^unit$' -R '^unit_(net|store|runtime)$'
}

# Suites with a runner of their own, which writes "PASSED FAILED" into $1/*.count.
stage_fuzz() { run_suite fuzz; }
stage_real() { run_suite real; }
run_suite() {
    if [[ -f tests/$1/run.sh ]]; then
        bash "tests/$1/run.sh" "$results/$1"
    else
        echo "$1: no tests here yet (tests/$1/run.sh is missing)"
    fi
}

# Ends the script, with the summary as its last line.
finish() {
    python3 tests/summary.py "$results" ${1:+--broken "$1"}
    exit "$2"
}

# A stage runs as a child, so that its time limit ends all that it started.
run_stage() {
    local minutes status=0 started=$SECONDS
    minutes="$(limit "$1")"
    printf '\n== %s (at most %s min)\n' "$1" "$minutes"
    mkdir -p "$results/$1"
    timeout --kill-after=30s "${minutes}m" bash tests/run.sh --stage "$1" </dev/null &
    trap 'kill %% 2>/dev/null || true; exit 130' INT TERM
    wait %% || status=$?
    trap - INT TERM
    if [[ $status -eq 124 ]]; then
        echo "== $1: over its limit of $minutes min"
    fi
    if [[ $status -ne 0 ]]; then
        echo "== $1: failed after $((SECONDS - started)) s"
        finish "$1" 1
    fi
    echo "== $1: $((SECONDS - started)) s"
}

if [[ ${1:-} == --stage ]]; then
    "stage_$2"
    exit 0
fi

stages=()
for name in "${@:-default}"; do
    case $name in
        default) stages+=(install lint build unit sim e2e) ;;
        # Cheapest first.
        ci) stages+=(install lint build unit bench e2e sim tsan fuzz tidy asan real) ;;
        unit | sim | e2e | bench | real) stages+=(build "$name") ;;
        install | lint | tidy | asan | tsan | fuzz) stages+=("$name") ;;
        *)
            sed -n '2,/^# Without/s/^# \{0,1\}//p' "$0" >&2
            exit 1
            ;;
    esac
done

rm -rf "$results"
mkdir -p "$results"
ran=" "
for name in "${stages[@]}"; do
    [[ $ran == *" $name "* ]] || run_stage "$name"
    ran+="$name "
done
printf '\n== all: %s s\n' "$SECONDS"
finish "" 0

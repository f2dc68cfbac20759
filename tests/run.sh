#!/usr/bin/env bash
# Every check of the repository. tests/run.sh [STAGE...]
#
#   install  Debian packages (root or sudo)      bench  budgets, as counts and ratios
#   lint     format, layers, banned calls, ...   tidy   clang-tidy
#   unit     unit and contract tests             tsan   races: net, store, runtime
#   sim      whole operator, virtual time        asan   memory and undefined behaviour
#   e2e      the binary, from outside            fuzz   parsers on random input
#   ci       what a submission must pass         real   against real servers
#   ha       three operators on a real etcd
#   mutants  small faults that tests must see: an hour
#   deep     every stage, with nothing left out or shortened: hours
#
# Without arguments: install lint unit sim e2e. The last line counts test cases.
# shellcheck disable=SC2317  # stages are called by name
set -euo pipefail
cd "$(dirname "$0")/.."

jobs="$(nproc)"
results=build/results

# ci, deep or neither: how much of a stage is run. Told to the stages, which are children.
scope="${WAVEGATE_SCOPE:-}"

# Minutes after which a stage is ended: a guard against hanging, not a budget.
limit() {
    local minutes
    case $1 in
        lint) minutes=5 ;;
        install | unit | sim | e2e | ha | bench | fuzz) minutes=15 ;;
        build | tsan) minutes=30 ;;
        asan | asan_build | real | tidy) minutes=40 ;;
        mutants) minutes=60 ;;
    esac
    [[ $scope != deep ]] || minutes=$((minutes * 10))
    echo "$minutes"
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

# Both parts are run, whatever the first finds. CI looks at what the last day touched, and at what
# includes it: a submission is younger.
stage_tidy() {
    local status=0 since=()
    [[ $scope != ci ]] || since=(--since 1)
    python3 tests/lint/alone.py "${since[@]}" --jobs "$jobs" \
        --count "$results/tidy/alone.count" || status=1
    python3 tests/lint/tidy.py "${since[@]}" --jobs "$jobs" \
        --count "$results/tidy/tidy.count" || status=1
    return "$status"
}

# What a stage needs of the release build; WAVEGATE_TARGETS holds that of all that are run.
targets_of() {
    case $1 in
        unit) echo tests_unit tests_contract ;;
        sim | bench) echo "tests_$1" ;;
        e2e | real) echo wavegate wavegate-sandbox "tests_$1" ;;
        ha) echo wavegate wavegate-sandbox ;;
    esac
}
stage_build() {
    local targets
    read -ra targets <<<"${WAVEGATE_TARGETS:-all}"
    build release "${targets[@]}"
}
stage_unit() { run_label unit build/release '^(unit|contract)$'; }
# Its cases wait more than they compute.
stage_e2e() { run_label e2e build/release '^e2e$' -j 8; }
stage_bench() { run_label bench build/release '^bench$' -j 1; }

# Times are promised: nothing runs beside it. Of each kind of loss once, or a hundred rounds.
stage_ha() {
    [[ $scope != deep ]] || export WAVEGATE_ROUNDS="${WAVEGATE_ROUNDS:-100}"
    python3 tests/real/ha/rounds.py build/release/wavegate "$results/ha"
}

# The commit chooses the random fleets, so that every run looks elsewhere and can be repeated.
first_seed() { printf '%d' "0x$(git rev-parse --short=7 HEAD 2>/dev/null || echo 1)"; }
simulate() {  # STAGE FOLDER SEEDS [CTEST-OPTION...]
    export WAVEGATE_SEEDS="${WAVEGATE_SEEDS:-$3}"
    export WAVEGATE_FIRST_SEED="${WAVEGATE_FIRST_SEED:-$(first_seed)}"
    echo "$1: $WAVEGATE_SEEDS random fleets, from seed $WAVEGATE_FIRST_SEED on"
    run_label "$1" "$2" '^sim$' "${@:4}"
}
# And the points at which the operator is killed: a sample, or each of them.
stage_sim() {
    local seeds=200
    if [[ $scope == deep ]]; then
        seeds=1000
        export WAVEGATE_KILLS="${WAVEGATE_KILLS:-all}"
        export WAVEGATE_FILE_KILLS="${WAVEGATE_FILE_KILLS:-all}"
    fi
    simulate sim build/release "$seeds"
    awk '/^kill points of / {
            print "sim: " $0
            for (i = 5; i < NF; i += 2) { split($(i + 1), n, "/"); taken += n[1]; all += n[2] }
        }
        END { print "sim: " taken + 0 " of " all + 0 " kill points" }' \
        build/release/Testing/Temporary/LastTest.log
}

stage_asan_build() { build asan tests_unit tests_contract tests_sim; }
# A fleet takes ten times as long here: the kill points are hundreds of them, and that a
# seed is the same fleet in every process is no question of memory. CI takes a quarter of the rest;
# which one, the commit says.
stage_asan() {
    run_label asan build/asan '^(unit|contract)$'
    if [[ $scope == deep ]]; then
        simulate asan build/asan 200
        return
    fi
    local loops='*KillPoints*' taken=()
    if [[ $scope == ci ]]; then
        local first=$(($(first_seed) % 4 + 1))
        taken=(-R "^sim_($first|$((first + 4)))\$")
        echo "asan: 2 of 8 parts of the directed simulation, $first and $((first + 4))"
    fi
    GTEST_FILTER="-$loops:Seeds.GiveTheSameTrace*" simulate asan build/asan 10 "${taken[@]}"
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

# Each mutant in a copy of the tree: what survives is what the tests do not see.
stage_mutants() { python3 tests/mutants/run.py --jobs "$jobs" --count "$results/mutants/mutants.count"; }

# Suites with a runner of their own, which writes "PASSED FAILED" into $1/*.count.
stage_fuzz() {
    [[ $scope != deep ]] || export FUZZ_SECONDS=600
    run_suite fuzz
}
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
    local running
    running="$(jobs -p)"
    # shellcheck disable=SC2086  # one word a process
    [[ -z $running ]] || kill $running 2>/dev/null || true
    wait
    python3 tests/summary.py "$results" ${1:+--broken "$1"}
    exit "$2"
}

declare -A began process

# Before each stage's command: what runs beside another one gives way to it.
beside=()

# A stage runs as a child, so that its time limit ends all that it started.
begin_stage() {
    mkdir -p "$results/$1"
    began[$1]=$SECONDS
    "${beside[@]}" timeout --kill-after=30s "$(limit "$1")m" bash tests/run.sh --stage "$1" </dev/null &
    process[$1]=$!
}

end_stage() {  # STAGE [WHERE-ITS-OUTPUT-IS]
    local status=0 took
    wait "${process[$1]}" || status=$?
    took=$((SECONDS - began[$1]))
    [[ -z ${2:-} ]] || cat "$2"
    if [[ $status -eq 124 ]]; then
        echo "== $1: over its limit of $(limit "$1") min"
    fi
    if [[ $status -ne 0 ]]; then
        echo "== $1: failed after $took s"
        finish "$1" 1
    fi
    echo "== $1: $took s"
}

# begin:STAGE runs it beside what follows, up to end:STAGE.
run_stage() {
    local name="${1#*:}" minutes
    minutes="$(limit "${1#*:}")"
    case $1 in
        begin:*)
            printf '\n== %s begins (at most %s min)\n' "$name" "$minutes"
            begin_stage "$name" >"$results/$name.txt" 2>&1
            beside=(nice -n 10)
            ;;
        end:*)
            printf '\n== %s, begun before\n' "$name"
            end_stage "$name" "$results/$name.txt"
            beside=()
            ;;
        *)
            printf '\n== %s (at most %s min)\n' "$name" "$minutes"
            begin_stage "$name"
            end_stage "$name"
            ;;
    esac
}

if [[ ${1:-} == --stage ]]; then
    "stage_$2"
    exit 0
fi

# The release build, with all that the stages after it need, comes before the first of them.
stages=()
add() {
    local name
    for name in "$@"; do
        local needed
        needed="$(targets_of "${name#begin:}")"
        if [[ -n $needed ]]; then
            [[ " ${stages[*]} " == *" build "* ]] || stages+=(build)
            WAVEGATE_TARGETS+=" $needed"
        fi
        [[ " ${stages[*]} " == *" $name "* ]] || stages+=("$name")
    done
}

WAVEGATE_TARGETS=
for name in "${@:-default}"; do
    case $name in
        default) add install lint unit sim e2e ;;
        # Cheapest first. Unit and contract tests run once, under the sanitizers; real waits most
        # of its time, but what is measured and what has deadlines is not run beside it.
        ci)
            scope=ci
            add install lint bench ha e2e sim begin:real tsan fuzz tidy asan_build end:real asan
            ;;
        deep)
            scope=deep
            add install lint unit bench ha e2e sim tsan fuzz tidy asan_build asan real mutants
            ;;
        asan) add asan_build asan ;;
        install | lint | unit | sim | e2e | ha | bench | real | tidy | tsan | fuzz | mutants) add "$name" ;;
        *)
            sed -n '2,/^# Without/s/^# \{0,1\}//p' "$0" >&2
            exit 1
            ;;
    esac
done
export WAVEGATE_TARGETS WAVEGATE_SCOPE=$scope

rm -rf "$results"
mkdir -p "$results"
trap 'finish "" 130' INT TERM
for name in "${stages[@]}"; do
    run_stage "$name"
done
printf '\n== all: %s s\n' "$SECONDS"
finish "" 0

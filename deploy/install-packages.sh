#!/usr/bin/env bash
# Installs the named parts of deploy/packages.txt: install-packages.sh build run
# Needs root or sudo, but only when something is missing. Starts no service of a package that it
# installs: whoever needs one runs it.
set -euo pipefail

list="$(dirname "$0")/packages.txt"
packages=()
for part in "$@"; do
    mapfile -t found < <(awk -v head="$part:" '/^# /{ on = ($2 == head); next } on && NF' "$list")
    if [[ ${#found[@]} -eq 0 ]]; then
        echo "install-packages: no part '$part' in $list" >&2
        exit 1
    fi
    packages+=("${found[@]}")
done

missing=()
for package in "${packages[@]}"; do
    state="$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)"
    [[ $state == "install ok installed" ]] || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then
    echo "install-packages: all ${#packages[@]} packages of '$*' are there"
    exit 0
fi

as_root=()
if [[ $(id -u) -ne 0 ]]; then
    as_root=(sudo)
fi
echo "install-packages: ${missing[*]}"
policy=/usr/sbin/policy-rc.d # how Debian is told; one that is there is the machine's own
if [[ ! -e $policy ]]; then
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin "$policy"
fi
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
    install --no-install-recommends "${missing[@]}"

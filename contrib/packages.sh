# Installing Debian packages that are missing: sourced by quickstart, check and bench.
#
#   want PACKAGE…    installs those that are not there, as root or with sudo; quick when all are

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Servers that tests bring up themselves must not be started by being installed.
start_nothing() {
    local policy=/usr/sbin/policy-rc.d made=no status=0
    [ -e $policy ] || { as_root install -m 755 /dev/stdin $policy <<<$'#!/bin/sh\nexit 101' && made=yes; }
    "$@" || status=$?
    [ $made = no ] || as_root rm -f $policy
    return $status
}

want() {
    local package missing=()
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "installing ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q -o=Dpkg::Use-Pty=0 >/dev/null
    start_nothing as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
        -o=Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null
}

# What building needs; the tests and benchmarks want more.
build_packages=(gcc libc6-dev cmake ninja-build pkg-config libgnutls28-dev nettle-dev libgmp-dev libsqlite3-dev
                libconfuse-dev libmicrohttpd-dev libcurl4-gnutls-dev)

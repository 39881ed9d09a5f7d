# A private view of /etc and /srv, so that a recipe can be followed to the letter: its users, its directories, its files.
# Sourced before lib.sh by tests that need root; leaves nothing behind.
[ "$(id -u)" = 0 ] || { echo "$(basename "$0"): only root can make users and mounts of its own: left out"; exit 77; }
[ -n "${CMPGATE_UNSHARED:-}" ] || CMPGATE_UNSHARED=yes exec unshare --mount --propagation private "$0" "$@"

mount -t tmpfs -o mode=755 tmpfs /srv
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /srv/etc
cp -a /etc/. /srv/etc/
mount --bind /srv/etc /etc
rm -f /etc/.pwd.lock

# The steps of a recipe's README, as its reader would type them: the first block, without what starts services.
# $1: its directory.  cmpgate's own user is root here.
follow() {
    local steps
    steps=$(awk '/^    / { inside = 1; print substr($0, 5); next } inside { exit }' "$1/README.md")
    steps=$(sed -e '/^systemctl/d' -e '/^passwd/d' -e 's/-o cmpgate/-o root/; s/-g cmpgate/-g root/; s/^usermod.*cmpgate$/usermod -a -G cmpdrop root/' <<<"$steps")
    (cd "$1" && cp "$work/device-keys" "$work/recipe" 2>/dev/null; cd "$work/recipe" && bash -euc "$steps") >follow.log 2>&1 ||
        fail "the steps of $1: $(cat follow.log)"
}

# The gateway serves the drop of the recipe.
serve_recipe() {
    sed -i '/^file "drop"/,/^}/d' "$conf"
    sed -n 's/^    \(file ".*\)$/\1/p' "$1/README.md" >>"$conf"
    grep -q '^file ".*/srv/cmpgate/drop' "$conf" || fail "no endpoint in $1/README.md"
    drop=/srv/cmpgate/drop
    gateway_start
}

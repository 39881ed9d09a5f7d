# What the tests of a whole gateway share: one gateway of its own in a directory of its own, and openssl cmp.
#
#   . "$(dirname "$0")/lib.sh"          usage of every test: TEST CMPGATE [ARGUMENT…]
#
# A test ends with status 0 only if it reaches `done_with`, and if the gateway, told to stop, stops with status 0:
# a sanitizer that has found something makes it another.
set -euo pipefail
shopt -s inherit_errexit

cmpgate=$(realpath "${1:?usage: $0 CMPGATE}")
shift
test_name=$(basename "$0")
here=$(cd "$(dirname "$0")" && pwd)     # this directory
work=$(mktemp -d "${TMPDIR:-/tmp}/cmpgate-$test_name-XXXXXX")
cd "$work"
conf=$work/demo/cmpgate.conf
anchor=$work/demo/ca.pem
server=
port=
path=.well-known/cmp
others=()                               # processes to end with the test
calls=0                                 # of openssl cmp; its messages are in wire/
wire=
secrets=("open sesame")                 # that MACs are made with
finished=no

say() { echo "$test_name: $*"; }

fail() {
    say "FAILED: $*" >&2
    exit 1
}

on_exit() {
    local status=$?
    trap - EXIT
    set +e
    for pid in $server "${others[@]}"; do
        kill "$pid" 2>/dev/null
    done
    wait
    if [ $status -eq 0 ] && [ $finished = no ]; then
        say "FAILED: ended before its end" >&2
        status=1
    fi
    if [ $status -ne 0 ]; then
        for log in client.log serve.log; do
            [ -s "$log" ] && { echo "---- the end of $log:"; tail -n 40 "$log"; } >&2
        done
    fi
    cd /
    [ -n "${KEEP:-}" ] || rm -rf "$work"
    exit $status
}
trap on_exit EXIT
trap 'exit 1' INT TERM

# ---- the gateway ---------------------------------------------------------------------------------------

# A port that nobody uses, outside of the range that outgoing connections are given.
free_port() {
    local p
    while p=$((10000 + RANDOM % 20000)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || break
    done
    echo "$p"
}

# Makes demo/, with the shared secret "open sesame" for the reference "device".
gateway_init() {
    port=$(free_port)
    echo "open sesame" >secret
    "$cmpgate" init demo --http "127.0.0.1:$port" --ref device --secret-file secret "$@" >init.log 2>&1 ||
        fail "cmpgate init $*: $(cat init.log)"
}

ready_lines() { grep -c 'msg="ready' serve.log || true; }

# gateway_start [COMMAND…]: the command is what runs it, such as env VARIABLE=….
gateway_start() {
    local before
    touch serve.log
    before=$(ready_lines)
    "$@" "$cmpgate" serve -c "$conf" 2>>serve.log &
    server=$!
    for _ in $(seq 400); do
        [ "$(ready_lines)" -gt "$before" ] && return
        kill -0 "$server" 2>/dev/null || fail "the gateway did not start"
        sleep 0.05
    done
    fail "the gateway is not ready after 20 s"
}

gateway_stop() {
    local status=0
    kill -TERM "$server"
    wait "$server" || status=$?
    server=
    [ $status -eq 0 ] || fail "the gateway stopped with status $status"
}

gateway_kill() {
    kill -9 "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
}

# reload TEXT: the configuration is read again, and the log says TEXT.
reload() {
    local before
    before=$(grep -c -- "$1" serve.log || true)
    kill -HUP "$server"
    for _ in $(seq 200); do
        [ "$(grep -c -- "$1" serve.log || true)" -gt "$before" ] && return
        sleep 0.05
    done
    fail "no '$1' in the log 10 s after SIGHUP"
}

# option SECTION LINE: one more line in the configuration, in the section whose header begins so.
option() {
    grep -q "^$1" "$conf" || fail "no section $1 in $conf"
    sed -i "/^$1/a\\    $2" "$conf"
}

# What the store knows for good: the rows of every table but those of CRLs, which grow by themselves.
store_rows() {
    sqlite3 "$work/demo/cmpgate.db" \
        "SELECT * FROM steps; SELECT * FROM orders; SELECT * FROM certificates; SELECT * FROM revocations; SELECT * FROM secrets;" |
        sha256sum
}

store_count() { sqlite3 "$work/demo/cmpgate.db" "SELECT count(*) FROM $1"; }

# ---- clients --------------------------------------------------------------------------------------------

by_secret=(-ref device -secret "pass:open sesame")

# Names for up to forty messages of a call, for -reqout and -rspout.
wire_names() { printf "$wire.$1-%02d.der," $(seq 40) | sed 's/,$//'; }

# client ARGUMENT…: openssl cmp against the gateway; its account is in client.log, its messages are $wire.req-01.der and
# so on, unless the arguments say where they go or (-reqin) come from.
client() {
    local kept=()
    wire=wire/$BASHPID-$((++calls))
    mkdir -p wire
    [[ " $* " == *" -reqin "* ]] || kept=(-reqout "$(wire_names req)" -rspout "$(wire_names rsp)")
    openssl cmp -config /dev/null -server "127.0.0.1:$port" -path "$path" -recipient "/CN=cmpgate demo CA" \
        -trusted "$anchor" -msg_timeout 30 "${kept[@]}" "$@" >client.log 2>&1 </dev/null
}

# enrolled NAME ARGUMENT…: the same, and it must work; the certificate is in NAME.pem.
enrolled() {
    local name=$1
    shift
    client -certout "$name.pem" "$@" || fail "openssl cmp for $name: $*"
    valid "$name.pem"
}

valid() {
    openssl verify -x509_strict -CAfile "$anchor" "$1" >verify.log 2>&1 || fail "openssl verify $1: $(cat verify.log)"
}

# key TYPE FILE
key() {
    case $1 in
    rsa) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$2" 2>/dev/null ||
         openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$2" 2>/dev/null ;;
    p256) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$2" ;;
    p384) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$2" ;;
    ed25519) openssl genpkey -algorithm ED25519 -out "$2" ;;
    *) fail "no key type $1" ;;
    esac
}

# The serial number of a certificate: hex digits in small letters.
serial_of() {
    openssl x509 -in "$1" -noout -serial | sed 's/serial=//' | tr A-F a-f
}

# on_crl FILE.crl CERTIFICATE: whether its serial number is on the CRL (DER).
on_crl() {
    local listed
    listed=$(openssl crl -inform DER -in "$1" -noout -text | sed -n 's/^ *Serial Number: *//p' | tr A-F a-f) || fail "$1 is no CRL"
    [[ $'\n'$listed$'\n' == *$'\n'"$(serial_of "$2")"$'\n'* ]]
}

# refused FAILINFO TEXT FILE: the message in FILE is a refusal with this failInfo alone, and its text has TEXT.
refused() {
    local brief
    brief=$("$cmpgate" show --brief "$3") || fail "the answer cannot be shown: $3"
    [[ $brief == *"rejection ($1)"* ]] || fail "want rejection ($1), have: $brief"
    [[ $brief == *"$2"* ]] || fail "want a text with '$2', have: $brief"
    say "refused as wanted: $brief"
}

same() { [ "$1" = "$2" ] || fail "$3: want '$1', have '$2'"; }

# Every answer that openssl cmp was given is what the RFCs want, whatever else the test was about.
judge_answers() {
    local known=() secret
    [ -d "$work/wire" ] || return 0
    for secret in "${secrets[@]}"; do
        known+=(--secret "$secret")
    done
    python3 "$here/../conformance/answer.py" "${known[@]}" "$work/wire" >judged.log || [ $? -eq 2 ] || fail "answers: $(cat judged.log)"
    say "$(tail -n 1 judged.log)"
}

# The last line of every test.
done_with() {
    [ -z "$server" ] || gateway_stop
    judge_answers
    finished=yes
    say "$*"
}

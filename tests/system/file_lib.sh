# openssl cmp as a client by files: what it writes with -reqout is dropped, and what it reads with -rspin are FIFOs that the
# answers are poured into.  Sourced after lib.sh.
#
# How files travel is in two functions, which a test may replace:
#   drop_request FILE NAME      makes in/NAME of FILE
#   fetch_answer NAME FILE      makes FILE of out/NAME and removes that; false: it is not there yet

drop=$work/demo/drop

drop_request() { cp "$1" "$drop/in/.$2" && mv "$drop/in/.$2" "$drop/in/$2"; }
fetch_answer() { mv "$drop/out/$1" "$2" 2>/dev/null; }

# await COMMAND…: until it is true, for half a minute.
await() {
    for _ in $(seq 600); do
        "$@" && return
        sleep 0.05
    done
    return 1
}

# Each request to in/, each answer to where openssl reads it.  Opening the FIFO ends when openssl, which has written its
# request by then, opens it too.
carry_messages() {
    local name=$1 n
    for n in 1 2; do
        exec 7>"files/$name.$n.fifo"
        [ -n "${requests:-}" ] || drop_request "files/$name-$n.req" "$name-$n.pki" || return
        await fetch_answer "$name-$n.pki" "files/$name-$n.rsp" || return
        cat "files/$name-$n.rsp" >&7
        exec 7>&-
    done
}

# file_client NAME ARGUMENT…: openssl cmp, at most two requests.
file_client() {
    local name=$1 carrier status=0
    shift
    mkdir -p files
    mkfifo "files/$name.1.fifo" "files/$name.2.fifo"
    carry_messages "$name" >carry.log 2>&1 &
    carrier=$!
    timeout 90 openssl cmp -config /dev/null -recipient "/CN=cmpgate demo CA" -trusted "$anchor" \
        -reqout "${requests:-files/$name-1.req,files/$name-2.req}" -rspin "files/$name.1.fifo,files/$name.2.fifo" "$@" \
        >client.log 2>&1 </dev/null || status=$?
    kill $carrier 2>/dev/null || true
    wait $carrier 2>/dev/null || true
    return $status
}

# file_enrolled NAME ARGUMENT…: the same, and it must work; the certificate is in NAME.pem.
file_enrolled() {
    local name=$1
    file_client "$@" -certout "$name.pem" || fail "openssl cmp by files for $name: $(cat carry.log)"
    valid "$name.pem"
}

# ir with explicit confirmation, kur, rr: what every way for files must carry.
file_life() {
    key p256 "$1.key"
    key p256 "$1-next.key"
    file_enrolled "$1-ir" -cmd ir "${by_secret[@]}" -newkey "$1.key" -subject "/CN=$1"
    file_enrolled "$1-kur" -cmd kur -cert "$1-ir.pem" -key "$1.key" -newkey "$1-next.key"
    file_client "$1-rr" -cmd rr -cert "$1-kur.pem" -key "$1-next.key" -oldcert "$1-kur.pem" -revreason 1 ||
        fail "rr by files for $1"
}

# is_revoked CERTIFICATE
is_revoked() { on_crl demo/demo.crl "$1"; }

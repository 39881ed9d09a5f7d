# openssl cmp knows no TCP, so somebody else carries its messages: -reqout says what it has to send, -rspin reads the
# answers from FIFOs.  Sourced after lib.sh.
tcp_port=$(free_port)
tcp_at=127.0.0.1:$tcp_port
peer=$here/tcp_peer.py

# How a message gets there: a function with the framing (2510, 10), the file with the request and where the answer goes.
by_send() {
    local scheme=tcp
    [ "$1" = 2510 ] && scheme=tcp+rfc2510
    "$cmpgate" send "${send_options[@]}" "$scheme://${send_to:-$tcp_at}" "$2" -o - 2>>send.log >"$3"
}
send_options=()
by_peer() { /usr/bin/python3 -B "$peer" carry "$tcp_at" "$1" "$2" "$3"; }

# carried HOW FRAMING COUNT ARGUMENT…: openssl cmp, which sends so many messages.
carried() {
    local how=$1 framing=$2 count=$3 i requests= responses=
    shift 3
    for i in $(seq "$count"); do
        rm -f "req-$i" "rsp-$i"
        mkfifo "rsp-$i"
        requests+=${requests:+,}req-$i
        responses+=${responses:+,}rsp-$i
    done
    openssl cmp -config /dev/null -recipient "/CN=cmpgate demo CA" -trusted "$anchor" -reqout "$requests" \
        -rspin "$responses" "$@" >client.log 2>&1 </dev/null &
    local openssl=$!
    for i in $(seq "$count"); do
        # Opening the FIFO waits for openssl, which has written its request by then; or has given up.
        if ! exec 9> >(exec timeout 30 cat >"rsp-$i"); then
            fail "no FIFO"
        fi
        for _ in $(seq 600); do
            [ -s "req-$i" ] && break
            kill -0 $openssl 2>/dev/null || break
            sleep 0.02
        done
        [ -s "req-$i" ] || fail "openssl cmp has no message $i: $(cat client.log)"
        "$how" "$framing" "req-$i" "answer-$i" || fail "message $i of openssl cmp $* was not carried: $(cat send.log 2>/dev/null)"
        cat "answer-$i" >&9
        exec 9>&-
    done
    wait $openssl || fail "openssl cmp $*"
}
